import { assert, describe, it } from "@effect/vitest"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Cause from "effect/Cause"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
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
import * as Transport from "./support/Transport.js"

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
const secret = Redacted.make("channel secret & more")
const token = Redacted.make("token")

const pair = await generateKeyPair("RS256", { extractable: true })
const privateJwk = await exportJWK(pair.privateKey)
const publicJwk = { ...(await exportJWK(pair.publicKey)), alg: "RS256", use: "sig" }
const assertionKey = Redacted.make(JSON.stringify(privateJwk))

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

/** Lets fibers run until each of them waits. */
const settle = Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 5)))

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
      const fiber = yield* Effect.fork(Effect.all(Array(50).fill(call), { concurrency: "unbounded" }))
      yield* settle
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
      yield* line.fault(Emulator.Fault.delay("1 minute"), { operation: "issueStatelessChannelToken" })
      // Neither waits, although the clock stands still.
      yield* call
      yield* call
      assert.strictEqual(yield* service.get, first)
      yield* settle
      assert.strictEqual(yield* issues, 2)
      yield* TestClock.adjust("1 minute")
      yield* settle
      assert.notStrictEqual(yield* service.get, first)
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
      yield* settle
      assert.isNull(yield* Fiber.poll(fiber).pipe(Effect.map((exit) => (exit._tag === "None" ? null : exit))))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      assert.strictEqual(yield* issues, 2)
    })
  )

  it.scoped("is renewed a day before it ends if it lives for long", () =>
    Effect.gen(function* () {
      const { call, issues } = yield* shortLived()
      yield* call
      yield* TestClock.adjust("695 hours")
      yield* call
      yield* settle
      assert.strictEqual(yield* issues, 1)
      yield* TestClock.adjust("2 hours")
      yield* call
      yield* settle
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
      yield* settle
      const second = yield* Effect.fork(call)
      yield* settle
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

  it.scoped("is asked for again by the policy, through doubt", () =>
    Effect.gen(function* () {
      const { call, issues, line } = yield* v21({ retry: Schedule.recurs(3) })
      yield* line.fault(Emulator.Fault.serverError({ accept: "after" }))
      yield* line.fault(Emulator.Fault.drop())
      yield* line.fault(Emulator.Fault.rateLimited())
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
      const logger = Logger.make(({ annotations, logLevel, message }) => {
        if (logLevel === LogLevel.Warning) messages.push([message, [...annotations]])
      })
      const { call, issues, line } = yield* stateless({ retry: Retry.none }).pipe(
        Effect.provide(Logger.replace(Logger.defaultLogger, logger))
      )
      yield* call
      yield* TestClock.adjust("730 seconds")
      yield* line.fault(Emulator.Fault.serverError(), { operation: "issueStatelessChannelToken", times: 2 })
      for (let count = 0; count < 10; count++) {
        yield* call
        yield* settle
      }
      assert.strictEqual(yield* issues, 2)
      assert.deepStrictEqual(messages, [
        [
          ["The channel access token was not renewed, and goes on for a while"],
          [
            ["error", "LineServerError"],
            ["left", "2m 40s"]
          ]
        ]
      ])
      yield* TestClock.adjust("80 seconds")
      yield* call
      yield* settle
      assert.strictEqual(yield* issues, 3)
      yield* TestClock.adjust("85 seconds")
      yield* call
      assert.strictEqual(yield* issues, 4)
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
      assert.deepStrictEqual(yield* operations, [
        "issueChannelToken",
        "revokeChannelToken",
        "pushMessage",
        "issueChannelToken",
        "pushMessage"
      ])
    })
  )

  it.scoped("is replaced once for all calls that had it", () =>
    Effect.gen(function* () {
      const { call, issues, line, service } = yield* shortLived()
      yield* revoke(line, yield* service.get)
      yield* line.fault(Emulator.Fault.delay("1 second"), { operation: "getBotInfo", times: 20 })
      const fiber = yield* Effect.fork(Effect.all(Array(20).fill(call), { concurrency: "unbounded" }))
      yield* settle
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
      const refusal = Emulator.Fault.respond({ status: 401, body: { message: "invalid token" } })
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

  it.scoped("and cannot be replaced fails the call with the reason for that", () =>
    Effect.gen(function* () {
      const { call, line, service } = yield* shortLived({ retry: Retry.none })
      yield* revoke(line, yield* service.get)
      yield* line.fault(Emulator.Fault.refuse(), { operation: "issueChannelToken" })
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
    it.scoped(`revokes the tokens that were issued and not refused (${kind})`, () =>
      Effect.gen(function* () {
        const { close, line, operations, service } = yield* make()
        const first = yield* service.get
        yield* service.refuse(first)
        const second = yield* service.get
        yield* TestClock.adjust("697 hours")
        assert.strictEqual(yield* service.get, second)
        yield* settle
        const third = yield* service.get
        yield* close
        assert.deepStrictEqual((yield* operations).slice(3), [operationId, operationId])
        for (const [token, isLive] of [
          [first, true],
          [second, false],
          [third, false]
        ] as const) {
          const call = Bot.getBotInfo().pipe(
            Effect.provide(LineClient.layer({ channelAccessToken: token })),
            Effect.provideService(HttpClient.HttpClient, line.httpClient)
          )
          assert.strictEqual(Exit.isSuccess(yield* Effect.exit(call)), isLive)
        }
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
      for (const fault of [Emulator.Fault.delay("1 hour"), Emulator.Fault.refuse()]) {
        const { call, close, line } = yield* shortLived({ retry: Retry.persistent })
        yield* call
        yield* line.fault(fault, { operation: "revokeChannelToken", times: 1000 })
        // As at the end of a program that is interrupted.
        const fiber = yield* Effect.fork(Effect.uninterruptible(close))
        yield* settle
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
      yield* settle
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
