import { assert, describe, it } from "@effect/vitest"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import type * as Tracer from "effect/Tracer"
import { SignJWT } from "jose/jwt/sign"
import { exportJWK, exportPKCS8, exportSPKI } from "jose/key/export"
import { generateKeyPair } from "jose/key/generate/keypair"
import * as Bot from "line-effect/Bot"
import * as ChannelToken from "line-effect/ChannelToken"
import * as Emulator from "line-effect/Emulator"
import * as LineClient from "line-effect/LineClient"
import type * as LineError from "line-effect/LineError"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as Retry from "line-effect/Retry"
import { createPrivateKey, generateKeyPairSync } from "node:crypto"
import { inspect } from "node:util"
import { times } from "./support/Refusals.js"
import * as Transport from "./support/Transport.js"

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
const secret = Redacted.make("channel secret & more")
const token = Redacted.make("token")

const pair = await generateKeyPair("RS256", { extractable: true })
const privateJwk = await exportJWK(pair.privateKey)
const publicJwk = { ...(await exportJWK(pair.publicKey)), alg: "RS256", use: "sig" }
const assertionKey = Redacted.make(JSON.stringify(privateJwk))
const pem = await exportPKCS8(pair.privateKey)
const publicPem = await exportSPKI(pair.publicKey)
const other = await generateKeyPair("RS256")

/** Runs an effect with a client that has no token, over a scripted LINE. */
const run = <A, E>(effect: Effect.Effect<A, E, LineClient.LineClient>, step: Transport.Step) => {
  const transport = Transport.make([step])
  return Effect.either(effect).pipe(
    Effect.provide(Transport.client(transport, { channelAccessToken: ChannelToken.none, retry: Retry.none })),
    Effect.map((result) => ({ result, sent: transport.sent[0] }))
  )
}

describe("the operations", () => {
  const client_assertion = Redacted.make("header.claims.signature")
  const byAssertion = `client_assertion=header.claims.signature&grant_type=client_credentials&client_assertion_type=${encodeURIComponent(assertionType)}`
  const bySecret = "client_id=1234567890&client_secret=channel+secret+%26+more&grant_type=client_credentials"
  const credentials = { client_id: "1234567890", client_secret: secret }
  const issued = { access_token: "token", expires_in: 900, token_type: "Bearer" }
  const verified = { client_id: "1234567890", expires_in: 3600, scope: "profile chat_message.write" }

  const rows: ReadonlyArray<
    readonly [
      name: string,
      Effect.Effect<unknown, LineError.LineError, LineClient.LineClient>,
      request: string,
      body: string | undefined,
      answer: unknown
    ]
  > = [
    [
      "issueStatelessChannelToken by secret",
      ChannelToken.issueStatelessChannelToken(credentials),
      "POST https://api.line.me/oauth2/v3/token",
      bySecret,
      issued
    ],
    [
      "issueStatelessChannelToken by assertion",
      ChannelToken.issueStatelessChannelToken({ client_assertion }),
      "POST https://api.line.me/oauth2/v3/token",
      byAssertion,
      issued
    ],
    [
      "issueChannelTokenByJWT",
      ChannelToken.issueChannelTokenByJWT({ client_assertion }),
      "POST https://api.line.me/oauth2/v2.1/token",
      byAssertion,
      { ...issued, key_id: "sDTOzw5wIfxxxxPEzcmeQA" }
    ],
    [
      "verifyChannelTokenByJWT",
      ChannelToken.verifyChannelTokenByJWT({ access_token: Redacted.make("a b") }),
      "GET https://api.line.me/oauth2/v2.1/verify?access_token=a+b",
      undefined,
      verified
    ],
    [
      "getsAllValidChannelAccessTokenKeyIds",
      ChannelToken.getsAllValidChannelAccessTokenKeyIds({ client_assertion }),
      `GET https://api.line.me/oauth2/v2.1/tokens/kid?client_assertion_type=${encodeURIComponent(assertionType)}&client_assertion=header.claims.signature`,
      undefined,
      { kids: ["U_gdnFYKTWRxxxxDVZexGg", "sDTOzw5wIfWxxxxzcmeQA"] }
    ],
    [
      "revokeChannelTokenByJWT",
      ChannelToken.revokeChannelTokenByJWT({ ...credentials, access_token: token }),
      "POST https://api.line.me/oauth2/v2.1/revoke",
      "client_id=1234567890&client_secret=channel+secret+%26+more&access_token=token",
      undefined
    ],
    [
      "issueChannelToken",
      ChannelToken.issueChannelToken(credentials),
      "POST https://api.line.me/v2/oauth/accessToken",
      bySecret,
      { ...issued, expires_in: 2_592_000 }
    ],
    [
      "verifyChannelToken",
      ChannelToken.verifyChannelToken({ access_token: token }),
      "POST https://api.line.me/v2/oauth/verify",
      "access_token=token",
      { client_id: "1234567890", expires_in: 3_138_007_490 }
    ],
    [
      "revokeChannelToken",
      ChannelToken.revokeChannelToken({ access_token: token }),
      "POST https://api.line.me/v2/oauth/revoke",
      "access_token=token",
      undefined
    ]
  ]
  for (const [name, call, request, body, answer] of rows) {
    it.effect(`${name} sends what LINE demands without a channel access token, and reads the answer`, () =>
      Effect.gen(function* () {
        const added = typeof answer === "object" ? { ...answer, added: true } : answer
        const { result, sent } = yield* run(call, Transport.answer(200, added ?? ""))
        assert.strictEqual(`${sent?.method} ${sent?.url}`, request)
        assert.strictEqual(sent?.body, body)
        assert.notProperty(sent?.headers, "authorization")
        if (body !== undefined) assert.strictEqual(sent?.headers["content-type"], "application/x-www-form-urlencoded")
        assert.isTrue(Either.isRight(result))
        const value = Either.getOrThrow(result)
        if (!(typeof value === "object" && value !== null && "access_token" in value)) {
          assert.deepStrictEqual(value, added)
          return
        }
        const { access_token, ...others } = value
        assert.isTrue(Redacted.isRedacted(access_token))
        assert.deepStrictEqual({ ...others, access_token: "token" }, added as never)
        assert.notInclude(inspect(value), "token'")
      })
    )
  }

  it.effect("take the constants that they fill in from whoever writes them", () =>
    Effect.gen(function* () {
      const { sent } = yield* run(
        ChannelToken.issueChannelTokenByJWT({
          grant_type: "client_credentials",
          client_assertion_type: assertionType,
          client_assertion
        }),
        Transport.answer(200, {})
      )
      assert.deepStrictEqual(
        [...new URLSearchParams(sent?.body)].map(([name]) => name),
        ["grant_type", "client_assertion_type", "client_assertion"]
      )
    })
  )

  it.effect("refuse what is missing, empty or not redacted before anything is sent", () =>
    Effect.gen(function* () {
      const empty = Redacted.make("")
      const calls: ReadonlyArray<
        readonly [Effect.Effect<unknown, LineError.LineError, LineClient.LineClient>, ...paths: ReadonlyArray<string>]
      > = [
        [ChannelToken.issueChannelToken({ client_id: "", client_secret: empty }), "client_id", "client_secret"],
        [ChannelToken.issueChannelToken({ client_id: "1" } as never), "client_secret"],
        [ChannelToken.issueStatelessChannelToken({ client_id: "1", client_secret: empty }), "client_secret"],
        [ChannelToken.issueChannelTokenByJWT({ client_assertion: "a.b.c" } as never), "client_assertion"],
        [ChannelToken.issueChannelTokenByJWT({ client_assertion, grant_type: "password" } as never), "grant_type"],
        [ChannelToken.verifyChannelTokenByJWT({ access_token: empty }), "access_token"],
        [ChannelToken.revokeChannelToken({ access_token: "s3cret" } as never), "access_token"]
      ]
      for (const [call, ...paths] of calls) {
        const { result, sent } = yield* run(call, Transport.answer(200))
        const error = Either.isLeft(result) ? result.left : undefined
        assert.strictEqual(error?._tag, "LineInvalidRequest")
        if (error?._tag !== "LineInvalidRequest") return
        assert.deepStrictEqual(
          error.issues.map(({ path }) => path),
          paths
        )
        assert.notInclude(inspect(error), "s3cret")
        assert.isUndefined(sent)
      }
    })
  )

  const errors: ReadonlyArray<
    readonly [
      Effect.Effect<unknown, LineError.LineError, LineClient.LineClient>,
      status: number,
      body: unknown,
      tag: LineError.LineError["_tag"]
    ]
  > = [
    [
      ChannelToken.issueChannelTokenByJWT({ client_assertion }),
      400,
      { message: "The maximum number of access tokens has already been issued" },
      "LineTokenLimitReached"
    ],
    [
      ChannelToken.issueChannelTokenByJWT({ client_assertion }),
      400,
      { error: "invalid_client", error_description: "Invalid exp" },
      "LineOAuthError"
    ],
    ...[
      ChannelToken.issueChannelTokenByJWT({ client_assertion }),
      ChannelToken.issueStatelessChannelToken({ client_assertion }),
      ChannelToken.getsAllValidChannelAccessTokenKeyIds({ client_assertion })
    ].map(
      (call) =>
        [call, 404, { message: "Cannot find channel key that satisfies the conditions" }, "LineNotFound"] as const
    ),
    [ChannelToken.revokeChannelToken({ access_token: token }), 400, { error: "invalid_request" }, "LineOAuthError"],
    [ChannelToken.issueChannelToken(credentials), 429, {}, "LineRateLimited"]
  ]
  for (const [call, status, body, tag] of errors) {
    it.effect(`${status} ${JSON.stringify(body)} is a ${tag}`, () =>
      Effect.gen(function* () {
        const { result } = yield* run(call, Transport.answer(status, body))
        assert.strictEqual(Either.isLeft(result) ? result.left._tag : undefined, tag)
      })
    )
  }

  it("of the tokens v2.1 say what there are too many of", () => {
    const cap = ChannelToken.issueChannelTokenByJWT.errors.map(({ name }) => name)
    assert.includeMembers(cap, ["OAuthError", "TokenLimitReached", "NotFound"])
  })
})

/** A LINE, and a client over it whose tokens come from a service of a scope of their own. */
const world = <E>(
  make: (
    line: Emulator.Service,
    keyId: string
  ) => Effect.Effect<ChannelToken.Service, E, HttpClient.HttpClient | Scope.Scope>
) =>
  Effect.gen(function* () {
    const line = yield* Emulator.make()
    const keyId = yield* line.registerAssertionKey(publicJwk)
    const tokens = yield* Scope.make()
    const service = yield* make(line, keyId).pipe(
      Effect.provideService(HttpClient.HttpClient, line.httpClient),
      Scope.extend(tokens)
    )
    const client = yield* LineClient.make({ channelAccessToken: service, retry: Retry.none }).pipe(
      Effect.provideService(HttpClient.HttpClient, line.httpClient)
    )
    /** Calls LINE as the bot does. */
    const call = Effect.provideService(Bot.getBotInfo(), LineClient.LineClient, client)
    const operations = Effect.map(line.requests, (requests) => requests.map(({ operationId }) => operationId))
    const issues = Effect.map(
      operations,
      (operations) => operations.filter((operationId) => operationId?.startsWith("issue")).length
    )
    return { line, service, client, call, operations, issues, close: Scope.close(tokens, Exit.void) }
  })

const stateless = (options: ChannelToken.ClientOptions = {}) =>
  world(({ channel }) => ChannelToken.makeStateless({ ...channel, ...options }))

const v21 = (options: Partial<ChannelToken.V21Options> = {}) =>
  world(({ channel: { channelId, channelSecret } }, assertionKeyId) =>
    ChannelToken.makeV21({ channelId, channelSecret, assertionKey, assertionKeyId, ...options })
  )

const shortLived = (options: ChannelToken.ClientOptions = {}) =>
  world(({ channel }) => ChannelToken.makeShortLived({ ...channel, ...options }))

const revoke = (line: Emulator.Service, access_token: Redacted.Redacted) =>
  ChannelToken.revokeChannelToken({ access_token }).pipe(
    Effect.provide(LineClient.layer({ channelAccessToken: ChannelToken.none })),
    Effect.provideService(HttpClient.HttpClient, line.httpClient)
  )

/** Whether LINE still takes a token. */
const accepts = (line: Emulator.Service, channelAccessToken: Redacted.Redacted) =>
  Bot.getBotInfo().pipe(
    Effect.provide(LineClient.layer({ channelAccessToken, retry: Retry.none })),
    Effect.provideService(HttpClient.HttpClient, line.httpClient),
    Effect.isSuccess
  )

const turn = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))

/** Waits, while the clock stands still, until something is so. */
const until = <E, R>(condition: Effect.Effect<boolean, E, R>) =>
  Effect.repeat(Effect.zipRight(turn, condition), { until: (holds) => holds })

/** Waits until some fiber sleeps for this long. */
const asleep = (duration: Duration.DurationInput) =>
  until(
    Effect.map(Effect.all([TestClock.sleeps(), Clock.currentTimeMillis]), ([sleeps, now]) =>
      [...sleeps].includes(now + Duration.toMillis(duration))
    )
  )

/** Collects the warnings of a region, each with its annotations. */
const warnings = (messages: Array<unknown>) => {
  const logger = Logger.make(({ annotations, logLevel, message }) => {
    if (logLevel === LogLevel.Warning) messages.push([message, Object.fromEntries(annotations)])
  })
  return Logger.replace(Logger.defaultLogger, logger)
}

/** A transport that dies of the requests to a path. */
const mortal = ({ httpClient }: Emulator.Service, path: string) => {
  const state = { dies: false }
  const transport = HttpClient.make((request, url) =>
    state.dies && url.pathname === path ? Effect.die(new RangeError("s3cret")) : httpClient.execute(request)
  )
  return { state, transport }
}

/** Waits until there is another token than this one. */
const renewed = ({ get }: ChannelToken.Service, old: Redacted.Redacted) =>
  until(Effect.map(get, (token) => token !== old))

describe("a token that LINE issues", () => {
  for (const [kind, make, operationId] of [
    ["stateless, by secret", stateless, "issueStatelessChannelToken"],
    [
      "stateless, by assertion",
      () =>
        world(({ channel: { channelId } }, assertionKeyId) =>
          ChannelToken.makeStateless({ channelId, assertionKey, assertionKeyId })
        ),
      "issueStatelessChannelToken"
    ],
    ["v2.1", v21, "issueChannelTokenByJWT"],
    ["short-lived", shortLived, "issueChannelToken"]
  ] as const) {
    it.scoped(`(${kind}) is asked for at the first call and serves those after it`, () =>
      Effect.gen(function* () {
        const { call, operations } = yield* make()
        assert.deepStrictEqual(yield* operations, [])
        yield* call
        yield* call
        assert.deepStrictEqual(yield* operations, [operationId, "getBotInfo", "getBotInfo"])
      })
    )
  }

  it.scoped("is asked for once by all that wait for it", () =>
    Effect.gen(function* () {
      const { call, issues, line } = yield* stateless()
      yield* line.fault(Emulator.Fault.delay("1 second"))
      const fiber = yield* Effect.fork(Effect.all(times(50, call), { concurrency: "unbounded" }))
      yield* asleep("1 second")
      yield* TestClock.adjust("1 second")
      assert.lengthOf(yield* Fiber.join(fiber), 50)
      assert.strictEqual(yield* issues, 1)
    })
  )

  it.scoped("goes on while the next one is issued beside it, in the last fifth of its life", () =>
    Effect.gen(function* () {
      const { call, issues, line, service } = yield* stateless()
      const first = yield* service.get
      yield* TestClock.adjust("719 seconds")
      yield* call
      assert.strictEqual(yield* issues, 1)
      yield* TestClock.adjust("1 second")
      yield* line.fault(Emulator.Fault.delay("5 seconds"), { operation: "issueStatelessChannelToken" })
      // Neither waits, although the clock stands still.
      yield* call
      yield* call
      assert.strictEqual(yield* service.get, first)
      yield* asleep("5 seconds")
      assert.strictEqual(yield* issues, 2)
      yield* TestClock.adjust("5 seconds")
      yield* renewed(service, first)
      yield* TestClock.adjust("5 minutes")
      yield* call
      assert.strictEqual(yield* issues, 2)
    })
  )

  it.scoped("is not asked for by a program that makes no calls, and is waited for after its end", () =>
    Effect.gen(function* () {
      const { call, issues } = yield* stateless()
      yield* call
      yield* TestClock.adjust("10 hours")
      assert.strictEqual(yield* issues, 1)
      yield* call
      assert.strictEqual(yield* issues, 2)
    })
  )

  it.scoped("is not sent in its last seconds", () =>
    Effect.gen(function* () {
      const { call, issues, line } = yield* stateless()
      yield* call
      yield* TestClock.adjust("895 seconds")
      yield* line.fault(Emulator.Fault.delay("1 second"), { operation: "issueStatelessChannelToken" })
      const fiber = yield* Effect.fork(call)
      yield* asleep("1 second")
      assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      assert.strictEqual(yield* issues, 2)
    })
  )

  it.scoped("is renewed a day before it ends if it lives for long", () =>
    Effect.gen(function* () {
      const { issues, service } = yield* shortLived()
      const first = yield* service.get
      yield* TestClock.adjust("695 hours")
      assert.strictEqual(yield* service.get, first)
      yield* turn
      assert.strictEqual(yield* issues, 1)
      yield* TestClock.adjust("2 hours")
      yield* renewed(service, first)
      assert.strictEqual(yield* issues, 2)
    })
  )

  it.scoped("lives for as long as was asked for, and has a name", () =>
    Effect.gen(function* () {
      const { issues, line, service } = yield* v21({ tokenLifetime: "100 seconds" })
      const v21Service = service as ChannelToken.V21Service
      const keyId = yield* v21Service.keyId
      const access_token = yield* service.get
      const verified = yield* ChannelToken.verifyChannelTokenByJWT({ access_token }).pipe(
        Effect.provide(LineClient.layer({ channelAccessToken: ChannelToken.none })),
        Effect.provideService(HttpClient.HttpClient, line.httpClient)
      )
      assert.strictEqual(verified.expires_in, 100)
      assert.strictEqual(yield* v21Service.keyId, keyId)
      assert.strictEqual(yield* issues, 1)
      yield* TestClock.adjust("100 seconds")
      assert.notStrictEqual(yield* v21Service.keyId, keyId)
    })
  )

  it.scoped("lives for a day unless another life is asked for: what a killed process leaves behind ends soon", () =>
    Effect.gen(function* () {
      const { issues, service } = yield* v21()
      const first = yield* service.get
      yield* TestClock.adjust("19 hours")
      assert.strictEqual(yield* service.get, first)
      yield* turn
      assert.strictEqual(yield* issues, 1)
      yield* TestClock.adjust("1 hour")
      yield* renewed(service, first)
      assert.strictEqual(yield* issues, 2)
    })
  )

  it.scoped("lives for a second to 30 days, or the program is mistaken", () =>
    Effect.gen(function* () {
      for (const tokenLifetime of ["31 days", "500 millis"] as const) {
        const exit = yield* Effect.exit(v21({ tokenLifetime }))
        assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
      }
    })
  )

  it.scoped("comes although the fiber that asked for it first is interrupted", () =>
    Effect.gen(function* () {
      const { call, issues, line } = yield* stateless()
      yield* line.fault(Emulator.Fault.delay("1 second"))
      const first = yield* Effect.fork(call)
      yield* asleep("1 second")
      const second = yield* Effect.fork(call)
      yield* turn
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(first)))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(second)
      assert.strictEqual(yield* issues, 1)
    })
  )

  it.scoped("that was not issued fails the call with the reason, and is asked for again by the next", () =>
    Effect.gen(function* () {
      const { call, line } = yield* stateless({ retry: Retry.none })
      yield* line.fault(Emulator.Fault.serverError())
      const error = yield* Effect.flip(call)
      assert.strictEqual(error._tag, "LineTokenUnavailable")
      if (error._tag !== "LineTokenUnavailable") return
      assert.deepInclude(error, { operation: "getBotInfo", attempts: 0, ambiguous: false })
      assert.deepInclude(error.cause, { _tag: "LineServerError", operation: "issueStatelessChannelToken" })
      yield* call
    })
  )

  it.scoped(
    "is asked for once by each attempt of a call, so that an outage of an hour costs no more than the policy",
    () =>
      Effect.gen(function* () {
        const outage = Emulator.Fault.serverError()
        const line = yield* Emulator.make()
        const { channel, httpClient } = line
        const tokens = ChannelToken.layerStateless(channel)
        const variables = ConfigProvider.fromMap(
          new Map([
            ["LINE_CHANNEL_ID", channel.channelId],
            ["LINE_CHANNEL_SECRET", Redacted.value(channel.channelSecret)]
          ])
        )
        yield* line.fault(outage, { operation: "issueStatelessChannelToken", times: 1000 })
        let before = 0
        for (const [client, count] of [
          [ChannelToken.layerClient().pipe(Layer.provide(tokens)), 5],
          // What the region is to do in which the layer is built, its calls do.
          [
            ChannelToken.layerClient().pipe(
              Layer.provide(tokens),
              Layer.provide(Layer.succeed(Retry.CurrentPolicy, Retry.standard))
            ),
            5
          ],
          [
            ChannelToken.layerClientConfig({ retry: Retry.standard }).pipe(
              Layer.provide(Layer.setConfigProvider(variables))
            ),
            5
          ],
          [
            ChannelToken.layerClient({ retry: Schedule.recurs(2) }).pipe(
              Layer.provide(ChannelToken.layerStateless({ ...channel, retry: Schedule.recurs(1) }))
            ),
            6
          ]
        ] as const) {
          const call = Bot.getBotInfo().pipe(
            Effect.provide(client),
            Effect.provideService(HttpClient.HttpClient, httpClient)
          )
          const error = yield* Transport.drive(Effect.flip(call))
          assert.strictEqual(error._tag, "LineTokenUnavailable")
          const sent = (yield* line.requests).length
          assert.strictEqual(sent - before, count)
          before = sent
        }
      })
  )

  it.scoped("is waited for by a persistent call for as long as LINE issues none", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const startedAt = yield* Clock.currentTimeMillis
      let asked = 0
      const hour = Duration.toMillis("1 hour")
      const outage = HttpClient.make((request, url) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => {
          if (url.pathname !== "/oauth2/v3/token") return line.httpClient.execute(request)
          asked++
          return now - startedAt < hour
            ? Effect.succeed(HttpClientResponse.fromWeb(request, new Response("{}", { status: 500 })))
            : line.httpClient.execute(request)
        })
      )
      const user = yield* line.addUser()
      const receipt = yield* Messaging.pushMessage({ to: user.userId, messages: [Message.text("hello")] }).pipe(
        Effect.provide(ChannelToken.layerClient({ retry: Retry.persistent })),
        Effect.provide(ChannelToken.layerStateless(line.channel)),
        Effect.provideService(HttpClient.HttpClient, outage),
        Transport.drive
      )
      assert.strictEqual(receipt.status, "accepted")
      assert.isAtLeast((yield* Clock.currentTimeMillis) - startedAt, hour)
      assert.isBelow(asked, 30)
    })
  )

  it.scoped("is asked for again by the policy of its own, if it has one, through doubt", () =>
    Effect.gen(function* () {
      const { call, issues, line } = yield* v21({ retry: Schedule.recurs(3) })
      yield* line.fault(Emulator.Fault.serverError({ accept: "after" }))
      yield* line.fault(Emulator.Fault.drop())
      yield* line.fault(Emulator.Fault.rateLimited)
      yield* call
      assert.strictEqual(yield* issues, 4)
    })
  )

  it.scoped("is not there when the channel has too many, which the error says", () =>
    Effect.gen(function* () {
      const { call, client, line, service } = yield* v21()
      const sign = yield* ChannelToken.signer({
        channelId: line.channel.channelId,
        assertionKey,
        assertionKeyId: yield* line.registerAssertionKey(publicJwk)
      })
      for (let count = 0; count < 30; count++) {
        const client_assertion = yield* sign({ token_exp: 1000 })
        yield* client.execute(ChannelToken.issueChannelTokenByJWT, { client_assertion })
      }
      const error = yield* Effect.flip(call)
      assert.strictEqual(error._tag === "LineTokenUnavailable" ? error.cause._tag : undefined, "LineTokenLimitReached")
      assert.include(error.message, "30 valid tokens")
      yield* TestClock.adjust("1000 seconds")
      yield* service.get
    })
  )

  it.scoped("goes on when it could not be renewed, with fewer and fewer attempts, which are logged", () =>
    Effect.gen(function* () {
      const messages: Array<unknown> = []
      const { call, issues, line } = yield* stateless().pipe(Effect.provide(warnings(messages)))
      yield* call
      yield* TestClock.adjust("730 seconds")
      yield* line.fault(Emulator.Fault.serverError(), { operation: "issueStatelessChannelToken", times: 2 })
      yield* call
      yield* until(Effect.sync(() => messages.length === 1))
      yield* Effect.all(times(10, call))
      yield* turn
      assert.strictEqual(yield* issues, 2)
      const requestId = (yield* line.requests).filter(({ status }) => status === 500)[0]?.requestId
      assert.deepStrictEqual(messages, [
        [
          ["The channel access token was not renewed, and goes on for a while"],
          {
            error: "LineServerError",
            reason: `issueStatelessChannelToken: LINE failed [500 Internal server error] (request ${requestId})`,
            left: "2m 40s"
          }
        ]
      ])
      yield* TestClock.adjust("80 seconds")
      yield* call
      yield* until(Effect.sync(() => messages.length === 2))
      assert.strictEqual(yield* issues, 3)
      yield* TestClock.adjust("85 seconds")
      yield* call
      assert.strictEqual(yield* issues, 4)
    })
  )
})

describe("a transport that dies", () => {
  const makes = (line: Emulator.Service, path: string) =>
    Effect.gen(function* () {
      const { state, transport } = mortal(line, path)
      const messages: Array<unknown> = []
      const scope = yield* Scope.make()
      const service = yield* ChannelToken.makeShortLived(line.channel).pipe(
        Effect.provideService(HttpClient.HttpClient, transport),
        Effect.provide(warnings(messages)),
        Scope.extend(scope)
      )
      const close = Effect.provide(Scope.close(scope, Exit.void), warnings(messages))
      return { state, messages, service, close }
    })

  it.scoped("of a renewal leaves the token that is there, and is asked again after a while", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const { messages, service, state } = yield* makes(line, "/v2/oauth/accessToken")
      const first = yield* service.get
      yield* TestClock.adjust("700 hours")
      state.dies = true
      assert.strictEqual(yield* service.get, first)
      yield* until(Effect.sync(() => messages.length === 1))
      for (const token of yield* Effect.all(times(10, service.get))) assert.strictEqual(token, first)
      yield* turn
      // What it dies of may show a secret.
      assert.deepStrictEqual(messages, [
        [
          ["The channel access token was not renewed, and goes on for a while"],
          { error: "RangeError", left: "19h 59m 50s" }
        ]
      ])
      state.dies = false
      yield* TestClock.adjust("10 hours")
      yield* renewed(service, first)
    })
  )

  it.scoped("of an issue that a call waits for ends that call, and the next tries again", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const { messages, service, state } = yield* makes(line, "/v2/oauth/accessToken")
      state.dies = true
      const exit = yield* Effect.exit(service.get)
      assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
      state.dies = false
      yield* service.get
      assert.deepStrictEqual(messages, [])
    })
  )

  it.scoped("of a revocation keeps no scope from closing, and no call from its token", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const { close, messages, service, state } = yield* makes(line, "/v2/oauth/revoke")
      state.dies = true
      assert.isTrue(yield* service.refuse(yield* service.get))
      yield* until(Effect.sync(() => messages.length === 1))
      yield* service.get
      yield* close
      assert.deepStrictEqual(messages, [
        [
          ["A refused channel access token was not revoked, and will be when the scope closes"],
          { error: "RangeError" }
        ],
        ...times(2, [["A channel access token was not revoked, and goes on until it ends"], { error: "RangeError" }])
      ])
    })
  )
})

describe("a token that LINE refuses", () => {
  it.scoped("is replaced, and the request is tried once more", () =>
    Effect.gen(function* () {
      const { client, line, operations, service } = yield* shortLived()
      const user = yield* line.addUser()
      yield* revoke(line, yield* service.get)
      const receipt = yield* Messaging.pushMessage({ to: user.userId, messages: [Message.text("hello")] }).pipe(
        Effect.provideService(LineClient.LineClient, client)
      )
      assert.deepInclude(receipt, { status: "accepted", attempts: 2 })
      assert.deepStrictEqual(
        (yield* operations).filter((name) => name !== "revokeChannelToken"),
        ["issueChannelToken", "pushMessage", "issueChannelToken", "pushMessage"]
      )
    })
  )

  it.scoped("is replaced once for all calls that had it", () =>
    Effect.gen(function* () {
      const { call, issues, line, service } = yield* shortLived()
      yield* revoke(line, yield* service.get)
      yield* line.fault(Emulator.Fault.delay("1 second"), { operation: "getBotInfo", times: 20 })
      const fiber = yield* Effect.fork(Effect.all(times(20, call), { concurrency: "unbounded" }))
      yield* asleep("1 second")
      yield* TestClock.adjust("1 second")
      assert.lengthOf(yield* Fiber.join(fiber), 20)
      assert.strictEqual(yield* issues, 2)
    })
  )

  it.scoped("after it was replaced leaves the new one alone", () =>
    Effect.gen(function* () {
      const { issues, service } = yield* shortLived()
      const first = yield* service.get
      assert.isTrue(yield* service.refuse(first))
      const second = yield* service.get
      assert.isTrue(yield* service.refuse(first))
      assert.strictEqual(yield* service.get, second)
      assert.strictEqual(yield* issues, 2)
    })
  )

  it.scoped("in the place of another is not replaced within a minute: LINE counts them", () =>
    Effect.gen(function* () {
      const { call, issues, line } = yield* shortLived()
      const refusal = Emulator.Fault.respond(401, { message: "invalid token" })
      yield* line.fault(refusal, { operation: "getBotInfo", times: 5 })
      for (let count = 0; count < 4; count++) {
        assert.strictEqual((yield* Effect.flip(call))._tag, "LineUnauthorized")
      }
      assert.strictEqual(yield* issues, 2)
      yield* line.fault(refusal, { operation: "getBotInfo" })
      yield* TestClock.adjust("1 minute")
      yield* call
      assert.strictEqual(yield* issues, 3)
    })
  )

  it.scoped("in the place of others is replaced after 1, 2, 4 … minutes, an hour at most, until one is good", () =>
    Effect.gen(function* () {
      const { issues, service } = yield* shortLived()
      assert.isTrue(yield* service.refuse(yield* service.get))
      for (const minutes of [1, 2, 4, 8, 16, 32, 60, 60]) {
        yield* TestClock.adjust(Duration.seconds(minutes * 60 - 1))
        assert.isFalse(yield* service.refuse(yield* service.get))
        yield* TestClock.adjust("1 second")
        assert.isTrue(yield* service.refuse(yield* service.get))
      }
      assert.strictEqual(yield* issues, 9)
      yield* service.get
      yield* TestClock.adjust("2 hours")
      assert.isTrue(yield* service.refuse(yield* service.get))
      assert.isFalse(yield* service.refuse(yield* service.get))
      yield* TestClock.adjust("1 minute")
      assert.isTrue(yield* service.refuse(yield* service.get))
    })
  )

  it.scoped("in the place of another is replaced after a minute, whatever becomes of the time of day", () =>
    Effect.gen(function* () {
      const clock = yield* Effect.clock
      let ahead = 0
      const adjusted: Clock.Clock = {
        [Clock.ClockTypeId]: Clock.ClockTypeId,
        unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis() + ahead,
        unsafeCurrentTimeNanos: () => clock.unsafeCurrentTimeNanos(),
        currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now + ahead),
        currentTimeNanos: clock.currentTimeNanos,
        sleep: (duration) => clock.sleep(duration)
      }
      const { service } = yield* Effect.withClock(shortLived(), adjusted)
      assert.isTrue(yield* service.refuse(yield* service.get))
      ahead = Duration.toMillis("1 day")
      assert.isFalse(yield* service.refuse(yield* service.get))
      ahead = -Duration.toMillis("1 day")
      yield* TestClock.adjust("1 minute")
      assert.isTrue(yield* service.refuse(yield* service.get))
    })
  )

  for (const [kind, make, operationId] of [
    ["short-lived", shortLived, "revokeChannelToken"],
    ["v2.1", v21, "revokeChannelTokenByJWT"]
  ] as const) {
    it.scoped(`is revoked beside the calls, for LINE counts it, or at the end at last (${kind})`, () =>
      Effect.gen(function* () {
        const { close, line, operations, service } = yield* make({ retry: Retry.none })
        const revocations = Effect.map(operations, (all) => all.filter((name) => name === operationId).length)
        yield* line.fault(Emulator.Fault.delay("1 second"), { operation: operationId })
        const first = yield* service.get
        yield* service.refuse(first)
        // Nobody waits, although the clock stands still.
        const second = yield* service.get
        yield* asleep("1 second")
        yield* TestClock.adjust("1 second")
        yield* until(Effect.map(revocations, (count) => count === 1))
        yield* until(Effect.map(accepts(line, first), (isAccepted) => !isAccepted))
        yield* TestClock.adjust("1 minute")
        yield* line.fault(Emulator.Fault.serverError(), { operation: operationId })
        yield* service.refuse(second)
        yield* until(Effect.map(revocations, (count) => count === 2))
        yield* turn
        assert.isTrue(yield* accepts(line, second))
        yield* close
        assert.strictEqual(yield* revocations, 3)
        assert.isFalse(yield* accepts(line, second))
      })
    )
  }

  it.scoped("and was being revoked when the scope closes is revoked then", () =>
    Effect.gen(function* () {
      const { close, line, operations, service } = yield* shortLived()
      const first = yield* service.get
      yield* line.fault(Emulator.Fault.delay("1 hour"), { operation: "revokeChannelToken" })
      yield* service.refuse(first)
      yield* asleep("1 hour")
      yield* close
      assert.deepStrictEqual((yield* operations).slice(1), ["revokeChannelToken", "revokeChannelToken"])
      assert.isFalse(yield* accepts(line, first))
    })
  )

  it.scoped("and cannot be replaced fails the call with the reason for that", () =>
    Effect.gen(function* () {
      const { call, line, service } = yield* shortLived({ retry: Retry.none })
      yield* revoke(line, yield* service.get)
      yield* line.fault(Emulator.Fault.refuse, { operation: "issueChannelToken" })
      const error = yield* Effect.flip(call)
      assert.deepInclude(error, { _tag: "LineTokenUnavailable", attempts: 1 })
      yield* call
    })
  )

  it.scoped("and is fixed is LINE's last word", () =>
    Effect.gen(function* () {
      const { call, operations } = yield* world(() => Effect.succeed(ChannelToken.fixed(Redacted.make("other"))))
      assert.deepInclude(yield* Effect.flip(call), { _tag: "LineUnauthorized", attempts: 1 })
      assert.deepStrictEqual(yield* operations, ["getBotInfo"])
    })
  )
})

describe("the end of the scope", () => {
  for (const [kind, make, operationId] of [
    ["short-lived", shortLived, "revokeChannelToken"],
    ["v2.1", v21, "revokeChannelTokenByJWT"]
  ] as const) {
    it.scoped(`revokes every token that was issued and still lives, refused or not (${kind})`, () =>
      Effect.gen(function* () {
        const { close, line, operations, service } = yield* make()
        const first = yield* service.get
        yield* service.refuse(first)
        const second = yield* service.get
        yield* until(Effect.map(accepts(line, first), (isAccepted) => !isAccepted))
        yield* TestClock.adjust(kind === "v2.1" ? "20 hours" : "697 hours")
        yield* renewed(service, second)
        const third = yield* service.get
        yield* close
        assert.lengthOf(
          (yield* operations).filter((name) => name === operationId),
          3
        )
        for (const token of [first, second, third]) assert.isFalse(yield* accepts(line, token))
      })
    )
  }

  it.scoped("revokes nothing where nothing was issued, has ended or can be revoked", () =>
    Effect.gen(function* () {
      const unused = yield* shortLived()
      yield* unused.close
      assert.deepStrictEqual(yield* unused.operations, [])

      const ended = yield* shortLived()
      yield* ended.call
      yield* TestClock.adjust("31 days")
      yield* ended.close
      assert.notInclude(yield* ended.operations, "revokeChannelToken")

      for (const { call, close, operations } of [
        yield* stateless(),
        yield* world(({ channel: { channelId } }, assertionKeyId) =>
          ChannelToken.makeV21({ channelId, assertionKey, assertionKeyId })
        ),
        yield* world(({ channel }) => Effect.succeed(ChannelToken.fixed(channel.channelAccessToken)))
      ]) {
        yield* call
        yield* close
        yield* call
        assert.isFalse((yield* operations).some((operationId) => operationId?.startsWith("revoke")))
      }
    })
  )

  it.scoped("does not wait for a LINE that does not answer, however long the policy would", () =>
    Effect.gen(function* () {
      for (const fault of [Emulator.Fault.delay("1 hour"), Emulator.Fault.refuse]) {
        const { call, close, line } = yield* shortLived({ retry: Retry.persistent })
        yield* call
        yield* line.fault(fault, { operation: "revokeChannelToken", times: 1000 })
        // As at the end of a program that is interrupted.
        const fiber = yield* Effect.fork(Effect.uninterruptible(close))
        yield* asleep("5 seconds")
        yield* TestClock.adjust("5 seconds")
        yield* Fiber.join(fiber)
      }
    })
  )

  it.scoped("does not mind a LINE that refuses", () =>
    Effect.gen(function* () {
      const { call, close, line } = yield* shortLived({ retry: Retry.none })
      yield* call
      yield* line.fault(Emulator.Fault.serverError(), { operation: "revokeChannelToken" })
      yield* close
    })
  )

  it.scoped("ends a program that is interrupted, after its tokens are revoked", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const called = yield* Deferred.make<void>()
      const client = ChannelToken.layerClient().pipe(Layer.provide(ChannelToken.layerShortLived(line.channel)))
      const program = Bot.getBotInfo().pipe(
        Effect.zipRight(Deferred.succeed(called, undefined)),
        Effect.zipRight(Effect.never),
        Effect.provide(client),
        Effect.provideService(HttpClient.HttpClient, line.httpClient)
      )
      const fiber = yield* Effect.fork(program)
      yield* Deferred.await(called)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual((yield* line.requests).at(-1)?.operationId, "revokeChannelToken")
    })
  )

  it.scoped("interrupts the issue that is in hand, and those that wait for it", () =>
    Effect.gen(function* () {
      const { call, close, issues, line } = yield* stateless()
      yield* line.fault(Emulator.Fault.delay("1 hour"))
      const fiber = yield* Effect.fork(call)
      yield* asleep("1 hour")
      yield* close
      assert.isTrue(Exit.isInterrupted(yield* Fiber.await(fiber)))
      assert.isTrue((yield* line.requests)[0]?.aborted)
      assert.isTrue(Exit.isInterrupted(yield* Effect.exit(call)))
      assert.strictEqual(yield* issues, 1)
    })
  )
})

describe("a token that is given", () => {
  it.effect("is sent as it is, or refused without being shown", () =>
    Effect.gen(function* () {
      const transport = Transport.make([Transport.answer(200, {})])
      const call = (token: string) =>
        Effect.flip(Bot.getBotInfo()).pipe(
          Effect.provide(ChannelToken.layerClient()),
          Effect.provide(ChannelToken.layerFixed(Redacted.make(token))),
          Effect.provideService(HttpClient.HttpClient, transport.httpClient)
        )
      yield* call("abc")
      assert.strictEqual(transport.sent[0]?.headers["authorization"], "Bearer abc")
      for (const token of ["", "s3cret\n"]) {
        const error = yield* call(token)
        assert.strictEqual(error._tag, "LineTokenUnavailable")
        assert.include(error.message, "channelAccessToken")
        assert.notInclude(inspect(error), "s3cret")
      }
      assert.lengthOf(transport.sent, 1)
    })
  )

  it.effect("not at all serves what takes none, and nothing else", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* run(Bot.getBotInfo(), Transport.answer(200, {}))
      assert.strictEqual(Either.isLeft(result) ? result.left._tag : undefined, "LineTokenUnavailable")
      assert.isUndefined(sent)
      assert.isFalse(yield* ChannelToken.none.refuse(token))
    })
  )
})

const decoded = (assertion: Redacted.Redacted) => {
  const parts = Redacted.value(assertion).split(".")
  const [header, claims] = parts.slice(0, 2).map((part) => JSON.parse(Buffer.from(part, "base64url").toString()))
  return { header, claims }
}

describe("an assertion", () => {
  it.effect("says what LINE demands, and ends in time by the clock", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_800_000_000_999)
      const sign = yield* ChannelToken.signer({ channelId: "1234567890", assertionKey, assertionKeyId: "kid" })
      const { claims, header } = decoded(yield* sign({ token_exp: 86_400 }))
      assert.deepStrictEqual(header, { alg: "RS256", typ: "JWT", kid: "kid" })
      assert.deepStrictEqual(claims, {
        iss: "1234567890",
        sub: "1234567890",
        aud: "https://api.line.me/",
        exp: 1_800_000_900,
        token_exp: 86_400
      })
      assert.notProperty(decoded(yield* sign()).claims, "token_exp")
    })
  )

  const keys: ReadonlyArray<readonly [form: string, key: string, keyId: string | undefined]> = [
    ["a JWK", JSON.stringify(privateJwk), "kid"],
    ["a JWK with its kid", JSON.stringify({ ...privateJwk, kid: "kid" }, null, 2), undefined],
    ["a JWK that speaks of the public key", JSON.stringify({ ...privateJwk, use: "sig", key_ops: ["verify"] }), "kid"],
    ["a PEM", pem, "kid"],
    ["a PEM of one line", pem.trim().replaceAll("\n", "\\n"), "kid"]
  ]
  for (const [form, key, assertionKeyId] of keys) {
    it.scoped(`is signed with ${form}`, () =>
      Effect.gen(function* () {
        const line = yield* Emulator.make()
        const kid = yield* line.registerAssertionKey(publicJwk)
        const given = assertionKeyId === undefined ? JSON.stringify({ ...JSON.parse(key), kid }) : key
        const service = yield* ChannelToken.makeStateless({
          channelId: line.channel.channelId,
          assertionKey: Redacted.make(given),
          ...(assertionKeyId === undefined ? {} : { assertionKeyId: kid })
        }).pipe(Effect.provideService(HttpClient.HttpClient, line.httpClient))
        yield* service.get
      })
    )
  }

  it.scoped("is the proof of a channel whose secret is left out, be it undefined", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const assertionKeyId = yield* line.registerAssertionKey(publicJwk)
      const { channelId, channelSecret } = line.channel
      const key = { assertionKey, assertionKeyId }
      for (const options of [
        { channelId, ...key, channelSecret: undefined },
        { channelId, ...key },
        { channelId, channelSecret, assertionKey: undefined }
      ]) {
        // As a program writes it that reads what there is from its settings.
        const service = yield* ChannelToken.makeStateless(options as ChannelToken.ByAssertion).pipe(
          Effect.provideService(HttpClient.HttpClient, line.httpClient)
        )
        yield* service.get
      }
    })
  )

  const short = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey
  const curve = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey
  const pkcs8 = { type: "pkcs8", format: "pem" } as const
  const bad: ReadonlyArray<readonly [what: string, key: string, reason: RegExp]> = [
    ["nothing", " \n", /is empty/],
    ["a word", "s3cret", /neither a JWK.* nor a PEM/],
    ["half a JWK", JSON.stringify(privateJwk).slice(0, 100), /not JSON/],
    ["the public JWK", JSON.stringify(publicJwk), /is the public key/],
    ["an elliptic JWK", JSON.stringify(curve.export({ format: "jwk" })), /"kty" must be "RSA"/],
    ["a JWK without its primes", JSON.stringify({ ...privateJwk, p: undefined, q: undefined }), /has no p, q/],
    ["a JWK with a wrong part", JSON.stringify({ ...privateJwk, p: "s3cret" }), /is damaged/],
    ["a JWK that is too short", JSON.stringify(short.export({ format: "jwk" })), /has 1024 bits/],
    ["a PEM that is too short", String(short.export(pkcs8)), /has 1024 bits/],
    ["an elliptic PEM", String(curve.export(pkcs8)), /is damaged/],
    ["a PEM that was cut", pem.slice(0, 300), /is damaged/],
    ["the public PEM", publicPem, /is the public key/],
    ["a PEM in PKCS#1", String(createPrivateKey(pem).export({ type: "pkcs1", format: "pem" })), /openssl pkcs8 -topk8/],
    [
      "an encrypted PEM",
      String(createPrivateKey(pem).export({ ...pkcs8, cipher: "aes-256-cbc", passphrase: "s3cret" })),
      /is encrypted/
    ],
    ["a certificate", "-----BEGIN CERTIFICATE-----\ns3cret\n-----END CERTIFICATE-----", /must be a PRIVATE KEY/]
  ]
  for (const [what, key, reason] of bad) {
    it.effect(`is not signed with ${what}, and the error says why without showing it`, () =>
      Effect.gen(function* () {
        const options = { channelId: "1", assertionKey: Redacted.make(key), assertionKeyId: "kid" }
        const error = yield* Effect.flip(ChannelToken.signer(options))
        assert.strictEqual(error._tag, "LineInvalidAssertionKey")
        assert.match(error.message, reason)
        const parts = key.split(/[^A-Za-z0-9+/_-]+/).filter((part) => part.length > 12 && part !== "CERTIFICATE")
        for (const part of [...parts, "s3cret"]) assert.notInclude(inspect(error, { depth: 10 }), part)
      })
    )
  }

  it.effect("names its key", () =>
    Effect.gen(function* () {
      for (const key of [JSON.stringify(privateJwk), pem]) {
        const error = yield* Effect.flip(ChannelToken.signer({ channelId: "1", assertionKey: Redacted.make(key) }))
        assert.include(error.message, "kid")
      }
    })
  )
})

describe("layerConfig", () => {
  const environment = (variables: Readonly<Record<string, string>>) =>
    Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables))))

  const configured = (
    variables: Readonly<Record<string, string>>,
    httpClient: HttpClient.HttpClient,
    options: ChannelToken.ClientOptions = {}
  ) =>
    Bot.getBotInfo().pipe(
      Effect.provide(ChannelToken.layerClientConfig(options).pipe(Layer.provide(environment(variables)))),
      Effect.provideService(HttpClient.HttpClient, httpClient)
    )

  it.scoped("takes a fixed token, or else a secret, or else a key", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const { channelAccessToken, channelId, channelSecret } = line.channel
      const byToken = { LINE_CHANNEL_ACCESS_TOKEN: Redacted.value(channelAccessToken) }
      const bySecret = { LINE_CHANNEL_ID: channelId, LINE_CHANNEL_SECRET: Redacted.value(channelSecret) }
      const byKey = {
        LINE_CHANNEL_ID: channelId,
        LINE_ASSERTION_KEY: JSON.stringify(privateJwk),
        LINE_ASSERTION_KEY_ID: yield* line.registerAssertionKey(publicJwk)
      }
      yield* configured({ ...byToken, ...bySecret }, line.httpClient)
      yield* configured({ ...bySecret, LINE_CHANNEL_ACCESS_TOKEN: "" }, line.httpClient)
      yield* configured(byKey, line.httpClient)
      const operations = (yield* line.requests).map(({ operationId }) => operationId)
      const issued = ["issueStatelessChannelToken", "getBotInfo"]
      assert.deepStrictEqual(operations, ["getBotInfo", ...issued, ...issued])
    })
  )

  it.effect("asks for tokens where the environment says LINE is, or the options", () =>
    Effect.gen(function* () {
      const variables = { LINE_CHANNEL_ID: "1", LINE_CHANNEL_SECRET: "s", LINE_API_BASE_URL: "http://127.0.0.1:8080" }
      for (const [options, url] of [
        [{}, "http://127.0.0.1:8080"],
        [{ baseUrls: { api: "http://127.0.0.1:9090" } }, "http://127.0.0.1:9090"]
      ] as const) {
        const transport = Transport.make([
          Transport.answer(200, { access_token: "t", expires_in: 900, token_type: "Bearer" }),
          Transport.answer(200, {})
        ])
        yield* Effect.exit(configured(variables, transport.httpClient, options))
        assert.deepStrictEqual(
          transport.sent.map(({ url }) => url),
          [`${url}/oauth2/v3/token`, `${url}/v2/bot/info`]
        )
      }
    })
  )

  const missing: ReadonlyArray<readonly [variables: Readonly<Record<string, string>>, ...says: ReadonlyArray<string>]> =
    [
      [{}, "LINE_CHANNEL_ACCESS_TOKEN", "LINE_CHANNEL_SECRET", "LINE_ASSERTION_KEY_ID"],
      [{ LINE_CHANNEL_SECRET: "s3cret" }, "LINE_CHANNEL_ID and LINE_CHANNEL_SECRET"],
      [{ LINE_CHANNEL_ID: "1" }, "LINE_CHANNEL_ID and LINE_CHANNEL_SECRET"],
      [{ LINE_CHANNEL_ACCESS_TOKEN: "s3cret\n" }, "LINE_CHANNEL_ACCESS_TOKEN", "a line break"],
      [{ LINE_CHANNEL_ID: "1", LINE_ASSERTION_KEY: "s3cret" }, "LINE_ASSERTION_KEY", "neither a JWK"],
      [{ LINE_CHANNEL_ID: "1", LINE_ASSERTION_KEY: JSON.stringify(privateJwk) }, "LINE_ASSERTION_KEY", "kid"],
      [{ LINE_CHANNEL_ACCESS_TOKEN: "t", LINE_API_BASE_URL: "s3cret" }, "LINE_API_BASE_URL"]
    ]
  for (const [form, key] of [
    ["a PEM", pem],
    ["a JWK", JSON.stringify(privateJwk)]
  ] as const) {
    it.effect(`names the ID that ${form} needs`, () =>
      Effect.gen(function* () {
        const variables = { LINE_CHANNEL_ID: "1", LINE_ASSERTION_KEY: key }
        const error = yield* Effect.flip(configured(variables, Transport.make([]).httpClient))
        assert.deepInclude(error, { _op: "MissingData", path: ["LINE_ASSERTION_KEY_ID"] })
        assert.include(String(error), "kid")
      })
    )
  }

  for (const [variables, ...says] of missing) {
    it.effect(`with ${Object.keys(variables).join(" and ") || "nothing"} says what is missing or wrong`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(configured(variables, Transport.make([]).httpClient))
        assert.isTrue(ConfigError.isConfigError(error))
        for (const words of says) assert.include(String(error), words)
        if (!("LINE_API_BASE_URL" in variables)) assert.notInclude(inspect(error, { depth: 10 }), "s3cret")
      })
    )
  }
})

describe("secrets", () => {
  it.scoped("are in no error, log, span or record", () =>
    Effect.gen(function* () {
      const shown: Array<string> = []
      const logger = Logger.make(({ annotations, cause, message }) => {
        shown.push(inspect({ annotations: [...annotations], message, cause: Cause.pretty(cause) }, { depth: 20 }))
      })
      const spans: Array<string> = []
      const tracer = (yield* Effect.tracer) satisfies Tracer.Tracer
      const recording: Tracer.Tracer = {
        ...tracer,
        span: (...parameters) => {
          const span = tracer.span(...parameters)
          spans.push(span.name)
          const { end } = span
          span.end = (time, exit) => {
            shown.push(inspect([span.name, [...span.attributes], exit], { depth: 20 }))
            end.call(span, time, exit)
          }
          return span
        }
      }
      const line = yield* Emulator.make({ channel: { channelSecret: Redacted.make("s3cret-of-channel") } })
      const assertionKeyId = yield* line.registerAssertionKey(publicJwk)
      const { channelId, channelSecret } = line.channel
      const echo = { error: "e", error_description: "s3cret-of-channel", message: "s3cret-of-channel" }
      const policy = { retry: Schedule.recurs(1) }
      const makers = [
        [ChannelToken.makeStateless({ channelId, channelSecret, ...policy }), echo],
        [ChannelToken.makeShortLived({ channelId, channelSecret, ...policy }), echo],
        // LINE is not told the secret where an assertion takes its place.
        [ChannelToken.makeV21({ channelId, channelSecret, assertionKey, assertionKeyId, ...policy }), { error: "e" }]
      ] as const
      const tokens: Array<string> = []
      for (const [make, echo] of makers) {
        for (const [fault, times] of [
          [Emulator.Fault.drop(), 0],
          [Emulator.Fault.drop(), 2],
          [Emulator.Fault.respond(400, echo), 1],
          [Emulator.Fault.respond(500, echo), 2],
          [Emulator.Fault.respond(200, echo), 1]
        ] as const) {
          yield* line.fault(fault, { times })
          const exit = yield* Effect.gen(function* () {
            const service = yield* make
            const client = yield* LineClient.make({ channelAccessToken: service, retry: Schedule.stop })
            const call = Effect.provideService(Bot.getBotInfo(), LineClient.LineClient, client)
            const exit = yield* Effect.exit(call)
            yield* Effect.log("called", exit, service)
            const token = yield* service.get
            tokens.push(Redacted.value(token))
            yield* line.fault(Emulator.Fault.respond(400, { message: Redacted.value(token) }))
            yield* Effect.log("refused", yield* Effect.exit(call))
            // Their revocation fails as well.
            for (const operation of ["revokeChannelToken", "revokeChannelTokenByJWT"]) {
              yield* line.fault(Emulator.Fault.respond(400, { error: "e" }), { operation })
            }
            return exit
          }).pipe(
            Effect.scoped,
            Effect.provideService(HttpClient.HttpClient, line.httpClient),
            Effect.withTracer(recording),
            Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
            Logger.withMinimumLogLevel(LogLevel.All)
          )
          shown.push(inspect(exit, { depth: 20 }), JSON.stringify(exit), String(exit))
        }
      }
      shown.push(inspect(yield* line.requests, { depth: 20 }))
      assert.isAbove(shown.length, 50)
      assert.includeMembers(spans, ["line.issueChannelToken", "line.issueChannelTokenByJWT", "line.revokeChannelToken"])
      const secrets = ["s3cret-of-channel", privateJwk.d ?? "", "eyJ", ...tokens]
      for (const text of shown) for (const secret of secrets) assert.notInclude(text, secret)
    })
  )
})

describe("the emulator", () => {
  /** Asks LINE as a program in any language would. */
  const ask = (
    line: Emulator.Service,
    method: "GET" | "POST",
    path: string,
    fields: Readonly<Record<string, string>>
  ) => {
    const form = new URLSearchParams(fields)
    const [rest, query] = method === "GET" ? ["", form] : [form.toString(), new URLSearchParams()]
    const headers = { "content-type": "application/x-www-form-urlencoded" }
    const body = new TextEncoder().encode(rest)
    return Effect.map(line.handle({ host: "api", method, path, query, headers, body }), ({ body, status }) => ({
      status,
      body: typeof body === "string" && body !== "" ? JSON.parse(body) : body
    }))
  }

  const grant = { grant_type: "client_credentials" }
  const secretOf = ({ channelId, channelSecret }: Emulator.Channel) => ({
    client_id: channelId,
    client_secret: Redacted.value(channelSecret)
  })

  const oauth = (error: string, error_description?: string) =>
    error_description === undefined ? { error } : { error, error_description }

  /** An assertion for a channel, with some of it changed. */
  const assertionOf = (
    line: Emulator.Service,
    kid: string,
    claims: Readonly<Record<string, unknown>> = {},
    { header = {}, key = pair.privateKey }: { readonly header?: object; readonly key?: CryptoKey } = {}
  ) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const { channelId } = line.channel
      const usual = { iss: channelId, sub: channelId, aud: "https://api.line.me/", exp: now / 1000 + 1800 }
      const assertion = new SignJWT({ ...usual, token_exp: 3600, ...claims })
      return Effect.promise(() => assertion.setProtectedHeader({ alg: "RS256", typ: "JWT", kid, ...header }).sign(key))
    })

  const by = (client_assertion: string) => ({ client_assertion_type: assertionType, client_assertion })

  const isAccepted = (line: Emulator.Service, token: string) =>
    Effect.map(
      line.handle({
        host: "api",
        method: "GET",
        path: "/v2/bot/info",
        query: new URLSearchParams(),
        headers: { authorization: `Bearer ${token}` },
        body: new Uint8Array()
      }),
      ({ status }) => status === 200
    )

  it.scoped("accepts every token of the channel that lives, until it ends", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const kid = yield* line.registerAssertionKey(publicJwk)
      const secret = secretOf(line.channel)
      const assertion = by(yield* assertionOf(line, kid))
      const issued = yield* Effect.all([
        ask(line, "POST", "/oauth2/v3/token", { ...grant, ...secret }),
        ask(line, "POST", "/oauth2/v3/token", { ...grant, ...assertion }),
        ask(line, "POST", "/oauth2/v2.1/token", { ...grant, ...assertion }),
        ask(line, "POST", "/v2/oauth/accessToken", { ...grant, ...secret })
      ])
      assert.deepStrictEqual(
        issued.map(({ body }) => [body.expires_in, body.token_type, "key_id" in body]),
        [
          [900, "Bearer", false],
          [900, "Bearer", false],
          [3600, "Bearer", true],
          [2_592_000, "Bearer", false]
        ]
      )
      const tokens: ReadonlyArray<string> = issued.map(({ body }) => body.access_token)
      const fixed = Redacted.value(line.channel.channelAccessToken)
      const accepted = Effect.forEach([...tokens, fixed, "other"], (token) => isAccepted(line, token))
      assert.deepStrictEqual(yield* accepted, [true, true, true, true, true, false])
      yield* TestClock.adjust("899 seconds")
      assert.deepStrictEqual(yield* accepted, [true, true, true, true, true, false])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* accepted, [false, false, true, true, true, false])
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* accepted, [false, false, false, true, true, false])
      yield* TestClock.adjust("30 days")
      assert.deepStrictEqual(yield* accepted, [false, false, false, false, true, false])
    })
  )

  it.scoped("verifies and revokes what can be, by the operations of its kind", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const kid = yield* line.registerAssertionKey(publicJwk)
      const secret = secretOf(line.channel)
      const assertion = by(yield* assertionOf(line, kid))
      const tokenOf = (path: string, fields: Readonly<Record<string, string>>) =>
        Effect.map(ask(line, "POST", path, { ...grant, ...fields }), ({ body }) => String(body.access_token))
      const stateless = yield* tokenOf("/oauth2/v3/token", secret)
      const v21 = yield* tokenOf("/oauth2/v2.1/token", assertion)
      const shortLived = yield* tokenOf("/v2/oauth/accessToken", secret)
      const longLived = Redacted.value(line.channel.channelAccessToken)
      const lasting = (access_token: string) => ask(line, "POST", "/v2/oauth/verify", { access_token })
      const signed = (access_token: string) => ask(line, "GET", "/oauth2/v2.1/verify", { access_token })
      yield* TestClock.adjust("10 seconds")

      assert.deepInclude((yield* lasting(shortLived)).body, { client_id: secret.client_id, expires_in: 2_591_990 })
      assert.strictEqual((yield* lasting(longLived)).status, 200)
      assert.deepInclude((yield* signed(v21)).body, { client_id: secret.client_id, expires_in: 3590 })
      const none = oauth("invalid_request", "access_token invalid")
      for (const token of [v21, stateless, "other"]) assert.deepStrictEqual((yield* lasting(token)).body, none)
      assert.deepStrictEqual((yield* lasting("a b")).body, oauth("invalid_request", "access_token in invalid format"))
      const ended = oauth("invalid_request", "The access token expired")
      assert.deepStrictEqual((yield* signed("a.b.c")).body, ended)
      assert.deepStrictEqual((yield* signed("abc")).body, oauth("invalid_request", "The access token not JWS"))

      const revoke = (access_token: string) => ask(line, "POST", "/v2/oauth/revoke", { access_token })
      const revokeSigned = (access_token: string, more: object = {}) =>
        ask(line, "POST", "/oauth2/v2.1/revoke", { ...secret, access_token, ...more })
      // What is not of its kind is unknown to it, which is no error.
      for (const token of [stateless, v21, "other"]) {
        assert.deepStrictEqual(yield* revoke(token), { status: 200, body: "" })
      }
      assert.deepStrictEqual(yield* revokeSigned(stateless), { status: 200, body: "" })
      for (const token of [stateless, v21, shortLived, longLived]) assert.isTrue(yield* isAccepted(line, token))
      assert.deepStrictEqual(yield* revoke("a b"), { status: 400, body: oauth("invalid_request") })
      assert.deepStrictEqual((yield* revokeSigned("a")).body, oauth("invalid_request", "The access token not JWS"))
      assert.deepStrictEqual(
        (yield* revokeSigned(v21, { client_secret: "other" })).body,
        oauth("invalid_client", "invalid client_secret")
      )
      yield* revokeSigned(v21)
      yield* revoke(shortLived)
      yield* revoke(longLived)
      for (const token of [v21, shortLived, longLived]) assert.isFalse(yield* isAccepted(line, token))
      assert.deepStrictEqual((yield* signed(v21)).body, ended)
    })
  )

  it.scoped("has room for 30: more tokens v2.1 are refused, for a short-lived one the oldest goes", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const kid = yield* line.registerAssertionKey(publicJwk)
      const assertion = by(yield* assertionOf(line, kid))
      const v21 = ask(line, "POST", "/oauth2/v2.1/token", { ...grant, ...assertion })
      const shortLived = ask(line, "POST", "/v2/oauth/accessToken", { ...grant, ...secretOf(line.channel) })
      const issued = yield* Effect.all(times(30, v21))
      const refused = yield* v21
      assert.deepStrictEqual(refused, {
        status: 400,
        body: { message: "The maximum number of access tokens has already been issued" }
      })
      const { body } = yield* ask(line, "GET", "/oauth2/v2.1/tokens/kid", assertion)
      assert.deepStrictEqual(
        body.kids,
        issued.map(({ body }) => body.key_id)
      )
      const [first, second] = yield* Effect.all(times(30, shortLived))
      assert.isTrue(yield* isAccepted(line, first?.body.access_token))
      yield* shortLived
      assert.isFalse(yield* isAccepted(line, first?.body.access_token))
      assert.isTrue(yield* isAccepted(line, second?.body.access_token))
      yield* TestClock.adjust("1 hour")
      const again = by(yield* assertionOf(line, kid))
      assert.deepStrictEqual((yield* ask(line, "GET", "/oauth2/v2.1/tokens/kid", again)).body, { kids: [] })
      assert.strictEqual((yield* ask(line, "POST", "/oauth2/v2.1/token", { ...grant, ...again })).status, 200)
    })
  )

  const assertions: ReadonlyArray<
    readonly [what: string, claims: object, made: Parameters<typeof assertionOf>[3], status: number, body: unknown]
  > = [
    ["of another channel", { iss: "1" }, {}, 400, oauth("invalid_client", "iss and clientId of key do not match")],
    ["about another channel", { sub: "1" }, {}, 400, oauth("invalid_client", "Invalid sub")],
    ["for somebody else", { aud: "https://access.line.me" }, {}, 400, oauth("invalid_client", "Invalid aud")],
    ["that has ended", { exp: 0 }, {}, 400, oauth("invalid_client", "Invalid exp")],
    ["that ends too late", { exp: 1801 }, {}, 400, oauth("invalid_client", "Invalid exp")],
    ["without an end", { exp: undefined }, {}, 400, oauth("invalid_client", "Invalid exp")],
    ["for more than 30 days", { token_exp: 2_592_001 }, {}, 400, oauth("invalid_client", "Invalid token_exp")],
    ["for no time", { token_exp: undefined }, {}, 400, oauth("invalid_client", "Invalid token_exp")],
    ["signed with another key", {}, { key: other.privateKey }, 400, oauth("invalid_client", "Invalid signature")],
    ["of no type", {}, { header: { typ: undefined } }, 400, oauth("invalid_client", "Invalid client_assertion")],
    [
      "with an unknown key",
      {},
      { header: { kid: "other" } },
      404,
      { message: "Cannot find channel key that satisfies the conditions" }
    ]
  ]
  for (const [what, claims, made, status, body] of assertions) {
    it.scoped(`refuses an assertion ${what}`, () =>
      Effect.gen(function* () {
        const line = yield* Emulator.make()
        const kid = yield* line.registerAssertionKey(publicJwk)
        const assertion = yield* assertionOf(line, kid, { ...claims }, made)
        const answer = yield* ask(line, "POST", "/oauth2/v2.1/token", { ...grant, ...by(assertion) })
        assert.deepStrictEqual(answer, { status, body })
      })
    )
  }

  it.scoped("refuses wrong and incomplete credentials in LINE's words", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const secret = secretOf(line.channel)
      const incomplete = oauth("invalid_request", "some parameters missed or invalid")
      const stateless = oauth("invalid_request", "Invalid 'client_credentials'.")
      for (const [path, fields, body] of [
        ["/v2/oauth/accessToken", secret, incomplete],
        ["/v2/oauth/accessToken", { ...grant, client_id: "1" }, incomplete],
        [
          "/v2/oauth/accessToken",
          { ...grant, ...secret, client_id: "1" },
          oauth("invalid_client", "invalid client_id")
        ],
        [
          "/v2/oauth/accessToken",
          { ...grant, ...secret, client_secret: "1" },
          oauth("invalid_client", "invalid client_secret")
        ],
        ["/oauth2/v3/token", { ...grant, ...secret, client_secret: "1" }, stateless],
        ["/oauth2/v3/token", { ...grant, ...secret, client_id: "1" }, stateless],
        ["/oauth2/v3/token", secret, incomplete],
        ["/oauth2/v3/token", grant, incomplete],
        ["/oauth2/v3/token", { ...grant, client_assertion: "a.b.c" }, incomplete],
        ["/oauth2/v3/token", { ...grant, ...by("a.b.c") }, oauth("invalid_client", "Invalid client_assertion")],
        ["/oauth2/v2.1/token", { ...grant, ...secret }, incomplete],
        ["/oauth2/v2.1/token", by("a.b.c"), incomplete]
      ] as const) {
        assert.deepStrictEqual(yield* ask(line, "POST", path, fields), { status: 400, body }, path)
      }
    })
  )

  it.scoped("registers what the console does, and nothing else", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const { use: _, ...bare } = publicJwk
      assert.notStrictEqual(
        yield* line.registerAssertionKey(publicJwk),
        yield* line.registerAssertionKey({ ...bare, key_ops: ["verify"] })
      )
      const short = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ format: "jwk" })
      for (const [jwk, reason] of [
        [{ ...publicJwk, kid: "mine" }, "kid"],
        [{ ...publicJwk, alg: "RS512" }, "alg"],
        [bare, "use"],
        [{ ...publicJwk, key_ops: ["verify"] }, "use"],
        [{ ...privateJwk, alg: "RS256", use: "sig" }, "public"],
        [{ ...short, alg: "RS256", use: "sig" }, "2048"],
        [{ kty: "RSA", alg: "RS256", use: "sig" }, "2048"]
      ] as const) {
        const exit = yield* Effect.exit(line.registerAssertionKey(jwk as Emulator.PublicJwk))
        assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
        assert.include(String(exit), reason)
      }
    })
  )
})
