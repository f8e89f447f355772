import { assert, describe, it } from "@effect/vitest"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import { SignJWT } from "jose/jwt/sign"
import { exportJWK } from "jose/key/export"
import { generateKeyPair } from "jose/key/generate/keypair"
import * as ChannelToken from "line-effect/ChannelToken"
import * as IdToken from "line-effect/IdToken"
import type * as LineError from "line-effect/LineError"
import * as Retry from "line-effect/Retry"
import { inspect } from "node:util"
import * as Transport from "./support/Transport.js"

const start = 1_800_000_000
const userId = "U1234567890abcdef1234567890abcdef"
const secret = Redacted.make("0123456789abcdef0123456789abcdef")

/** LINE's documented example of what a token says. */
const documented = {
  iss: "https://access.line.me",
  sub: userId,
  aud: "1234567890",
  exp: start + 3600,
  iat: start,
  nonce: "0987654asdf",
  amr: ["pwd"],
  name: "Taro Line",
  picture: "https://sample_line.me/aBcdefg123456",
  email: "taro.line@example.com"
}

const line = await generateKeyPair("ES256")
const other = await generateKeyPair("ES256")
const rsa = await generateKeyPair("RS256")
const jwkOf = async (key: CryptoKey, kid: string) => ({ ...(await exportJWK(key)), alg: "ES256", use: "sig", kid })
const keys = [await jwkOf(line.publicKey, "line-1")]

type Claims = Readonly<Record<string, unknown>>

/** A token as LINE makes it for a LIFF app, with some of it changed. */
const tokenOf = (claims: Claims = {}, kid = "line-1", key: CryptoKey = line.privateKey) =>
  signed({ alg: "ES256", kid }, claims, key)

/** A token as LINE makes it for LINE Login on the web. */
const webToken = (claims: Claims = {}, key = secret) =>
  signed({ alg: "HS256" }, claims, new TextEncoder().encode(Redacted.value(key)))

const signed = (header: { readonly alg: string; readonly kid?: string }, claims: Claims, key: CryptoKey | Uint8Array) =>
  Effect.map(
    Effect.promise(() =>
      new SignJWT({ ...documented, ...claims }).setProtectedHeader({ typ: "JWT", ...header }).sign(key)
    ),
    Redacted.make
  )

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")

/** Verifies tokens against keys that a scripted LINE has. */
const world = (script: ReadonlyArray<Transport.Step> = [Transport.answer(200, { keys })]) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(start * 1000)
    const transport = Transport.make(script)
    const keys = yield* IdToken.makeKeys({ retry: Retry.none }).pipe(
      Effect.provideService(HttpClient.HttpClient, transport.httpClient)
    )
    const verify = (id_token: Redacted.Redacted, request: Partial<Parameters<typeof IdToken.verifyLocally>[0]> = {}) =>
      Effect.provideService(
        IdToken.verifyLocally({ id_token, client_id: "1234567890", ...request }),
        IdToken.Keys,
        keys
      )
    return { verify, sent: transport.sent }
  })

const reasonOf = <A, R>(effect: Effect.Effect<A, IdToken.InvalidIdToken | LineError.LineError, R>) =>
  Effect.map(Effect.flip(effect), (error) => (error._tag === "LineInvalidIdToken" ? error.reason : error._tag))

describe("verifyLocally", () => {
  it.scoped("believes a token that LINE signed for the channel, and tells all it says", () =>
    Effect.gen(function* () {
      const { sent, verify } = yield* world()
      const claims = yield* verify(yield* tokenOf({ auth_time: start - 5, added: [1] }), {
        nonce: "0987654asdf",
        user_id: userId
      })
      assert.deepStrictEqual(claims, { ...documented, auth_time: start - 5, added: [1] } as never)
      assert.deepStrictEqual(
        sent.map(({ method, url }) => `${method} ${url}`),
        ["GET https://api.line.me/oauth2/v2.1/certs"]
      )
      assert.notProperty(sent[0]?.headers, "authorization")
    })
  )

  it.scoped("believes one that LINE signed with the channel secret, and needs no key for that", () =>
    Effect.gen(function* () {
      const { sent, verify } = yield* world()
      const { sub } = yield* verify(yield* webToken(), { client_secret: secret })
      assert.strictEqual(sub, userId)
      assert.strictEqual((yield* verify(yield* tokenOf(), { client_secret: secret })).sub, userId)
      assert.lengthOf(sent, 1)
    })
  )

  it.scoped("demands only what every token has", () =>
    Effect.gen(function* () {
      const { verify } = yield* world()
      const absent = { nonce: undefined, amr: undefined, name: undefined, picture: undefined, email: undefined }
      const { aud, exp, iat, iss, sub } = documented
      assert.deepStrictEqual(yield* verify(yield* tokenOf(absent)), { aud, exp, iat, iss, sub })
    })
  )

  const wrong: ReadonlyArray<
    readonly [
      what: string,
      token: Effect.Effect<Redacted.Redacted>,
      reason: IdToken.InvalidIdToken["reason"],
      request?: Partial<Parameters<typeof IdToken.verifyLocally>[0]>
    ]
  > = [
    ["that has expired", tokenOf({ exp: start - 10 }), "expired"],
    ["for another channel", tokenOf({ aud: "1" }), "audience"],
    ["from another issuer", tokenOf({ iss: "https://access.line.me.example.com" }), "issuer"],
    ["with another nonce", tokenOf(), "nonce", { nonce: "other" }],
    ["without the nonce", tokenOf({ nonce: undefined }), "nonce", { nonce: "other" }],
    ["of another user", tokenOf(), "subject", { user_id: "U0" }],
    ["without an end", tokenOf({ exp: undefined }), "malformed"],
    ["without a user", tokenOf({ sub: undefined }), "malformed"],
    ["with an end that is no number", tokenOf({ exp: "tomorrow" }), "malformed"],
    ["signed with another key", tokenOf({}, "line-1", other.privateKey), "signature"],
    ["signed with a key that LINE does not have", tokenOf({}, "mine", other.privateKey), "signature"],
    ["signed with another secret", webToken({}, Redacted.make("other")), "signature", { client_secret: secret }],
    ["signed with the secret, which is not given", webToken(), "algorithm"],
    ["signed with the secret, which is empty", webToken(), "algorithm", { client_secret: Redacted.make("") }],
    ["signed in another way", signed({ alg: "RS256", kid: "line-1" }, {}, rsa.privateKey), "algorithm"],
    [
      "signed with LINE's public key as if that were a secret",
      signed({ alg: "HS256", kid: "line-1" }, {}, new TextEncoder().encode(JSON.stringify(keys[0]))),
      "signature",
      { client_secret: secret }
    ],
    [
      "that is not signed",
      Effect.succeed(Redacted.make(`${encoded({ alg: "none" })}.${encoded(documented)}.`)),
      "algorithm"
    ],
    [
      "whose signature is cut off",
      Effect.map(tokenOf(), (token) => Redacted.make(Redacted.value(token).replace(/[^.]*$/, ""))),
      "signature"
    ],
    [
      "that was changed",
      Effect.map(tokenOf(), (token) => {
        const [header, , signature] = Redacted.value(token).split(".")
        return Redacted.make(`${header}.${encoded({ ...documented, sub: "U0" })}.${signature}`)
      }),
      "signature"
    ],
    ["that is an access token", Effect.succeed(Redacted.make("bNl4YEFPI/hjFWhTqexp4MuEw5YPs")), "malformed"],
    ["that is empty", Effect.succeed(Redacted.make("")), "malformed"]
  ]
  for (const [what, token, reason, request] of wrong) {
    it.scoped(`refuses a token ${what}: ${reason}`, () =>
      Effect.gen(function* () {
        const { verify } = yield* world()
        const made = yield* token
        const error = yield* Effect.flip(verify(made, request))
        assert.deepInclude(error, { _tag: "LineInvalidIdToken", reason })
        for (const part of Redacted.value(made).split(".")) {
          if (part.length > 12) assert.notInclude(inspect(error, { depth: 10 }) + error.message, part)
        }
      })
    )
  }

  for (const [what, request, path] of [
    ["without a channel", { client_id: undefined }, "client_id"],
    ["for an empty channel", { client_id: "" }, "client_id"],
    ["for no channel at all", { client_id: [] }, "client_id"],
    ["for one of several channels", { client_id: ["1234567890", "1"] }, "client_id"],
    ["with several nonces", { nonce: ["0987654asdf"] }, "nonce"],
    ["for something that is no user", { user_id: null }, "user_id"],
    ["whose token is not redacted", { id_token: "eyJ.s3cret.signature" }, "id_token"]
  ] as const) {
    it.scoped(`refuses a request ${what}, whatever the token, as LINE's own verification does`, () =>
      Effect.gen(function* () {
        const { sent, verify } = yield* world()
        for (const token of [yield* tokenOf(), yield* webToken()]) {
          const error = yield* Effect.flip(verify(token, { client_secret: secret, ...(request as object) }))
          assert.deepInclude(error, { _tag: "LineInvalidRequest", operation: "verifyIdToken", attempts: 0 })
          const issues = error._tag === "LineInvalidRequest" ? error.issues : []
          assert.deepStrictEqual(
            issues.map(({ path }) => path),
            [path]
          )
          assert.notInclude(inspect(error, { depth: 10 }), "s3cret")
        }
        assert.lengthOf(sent, 0)
      })
    )
  }

  it.scoped("refuses a token that is for several channels", () =>
    Effect.gen(function* () {
      const { verify } = yield* world()
      assert.strictEqual(yield* reasonOf(verify(yield* tokenOf({ aud: ["1234567890", "1"] }))), "malformed")
    })
  )

  it.scoped("refuses a token of which any character was changed, and whatever is no token", () =>
    Effect.gen(function* () {
      const { verify } = yield* world()
      const token = Redacted.value(yield* tokenOf())
      const text = FastCheck.string({ maxLength: 200 })
      const changed = FastCheck.tuple(FastCheck.nat(token.lastIndexOf(".") - 1), FastCheck.char()).map(
        ([index, character]) => token.slice(0, index) + character + token.slice(index + 1)
      )
      const parts = FastCheck.array(text).map((parts) => parts.join("."))
      for (const text of FastCheck.sample(FastCheck.oneof(changed, parts), { seed: 20260701, numRuns: 200 })) {
        const result = yield* Effect.either(verify(Redacted.make(text)))
        assert.strictEqual(Either.isRight(result), text === token)
      }
    })
  )

  it.scoped("allows clocks to differ by ten seconds, and no more", () =>
    Effect.gen(function* () {
      const { verify } = yield* world()
      const token = yield* tokenOf({ exp: start + 60 })
      yield* TestClock.adjust("69 seconds")
      yield* verify(token)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* reasonOf(verify(token)), "expired")
    })
  )
})

describe("LINE's keys", () => {
  it.scoped("are fetched once for all who wait for them, and kept for an hour", () =>
    Effect.gen(function* () {
      const { sent, verify } = yield* world()
      const token = yield* tokenOf({ exp: start + 10_000 })
      yield* Effect.all(
        Array.from({ length: 20 }, () => verify(token)),
        { concurrency: "unbounded" }
      )
      yield* TestClock.adjust("59 minutes")
      yield* verify(token)
      assert.lengthOf(sent, 1)
      yield* TestClock.adjust("1 minute")
      yield* verify(token)
      assert.lengthOf(sent, 2)
    })
  )

  it.scoped("are fetched again for one that is new, though not twice within half a minute", () =>
    Effect.gen(function* () {
      const next = [...keys, yield* Effect.promise(() => jwkOf(other.publicKey, "line-2"))]
      const { sent, verify } = yield* world([
        Transport.answer(200, { keys }),
        Transport.answer(200, { keys: next, added: true })
      ])
      const [old, fresh, forged] = yield* Effect.all([
        tokenOf(),
        tokenOf({}, "line-2", other.privateKey),
        tokenOf({}, "mine", other.privateKey)
      ])
      yield* verify(old)
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual(yield* reasonOf(verify(fresh)), "signature")
      assert.lengthOf(sent, 1)
      yield* TestClock.adjust("1 second")
      yield* verify(fresh)
      yield* verify(old)
      assert.lengthOf(sent, 2)
      yield* Effect.all(
        Array.from({ length: 10 }, () => reasonOf(verify(forged))),
        { concurrency: "unbounded" }
      )
      assert.lengthOf(sent, 2)
    })
  )

  it.scoped(
    "that cannot be had are no fault of the token: verifyLocally fails as verify does, and the next asks again",
    () =>
      Effect.gen(function* () {
        const { sent, verify } = yield* world([
          Transport.refused,
          Transport.answer(200, { keys: "none" }),
          Transport.answer(200, { keys })
        ])
        const token = yield* tokenOf()
        const facts = { operation: "getIdTokenKeys", attempts: 1 }
        assert.deepInclude(yield* Effect.flip(verify(token)), { _tag: "LineNetworkError", ...facts })
        assert.deepInclude(yield* Effect.flip(verify(token)), { _tag: "LineInvalidResponse", ...facts })
        yield* verify(token)
        assert.lengthOf(sent, 3)
      })
  )

  it.effect("are fetched by a policy, from where the options say, through a layer", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(start * 1000)
      const transport = Transport.make([Transport.answer(503), Transport.answer(200, { keys })])
      const options = { baseUrls: { api: "http://127.0.0.1:8080" }, retry: Schedule.recurs(1) }
      const id_token = yield* tokenOf()
      yield* IdToken.verifyLocally({ id_token, client_id: "1234567890" }).pipe(
        Effect.provide(IdToken.layerKeys(options)),
        Effect.provideService(HttpClient.HttpClient, transport.httpClient)
      )
      assert.deepStrictEqual(
        transport.sent.map(({ url }) => url),
        Array(2).fill("http://127.0.0.1:8080/oauth2/v2.1/certs")
      )
    })
  )

  it.scoped("come although the fiber that asked for them first is interrupted", () =>
    Effect.gen(function* () {
      const { sent, verify } = yield* world([Transport.hang])
      const token = yield* tokenOf()
      const [first, second] = yield* Effect.all([Effect.fork(verify(token)), Effect.fork(reasonOf(verify(token)))])
      yield* Effect.repeat(
        Effect.promise(() => new Promise((resolve) => setImmediate(resolve))),
        { until: () => sent.length > 0 }
      )
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* Fiber.join(second), "LineTimeout")
      assert.lengthOf(sent, 1)
    })
  )

  it.scoped("are not asked for at each token that names another, even while they cannot be had", () =>
    Effect.gen(function* () {
      const { sent, verify } = yield* world([
        Transport.answer(200, { keys }),
        Transport.refused,
        Transport.answer(200, { keys })
      ])
      const [known, forged] = yield* Effect.all([
        tokenOf({ exp: start + 10_000 }),
        tokenOf({ exp: start + 10_000 }, "mine", other.privateKey)
      ])
      yield* verify(known)
      yield* TestClock.adjust("30 seconds")
      for (let count = 0; count < 10; count++) {
        // It may be one that LINE has begun to use: an outage is no refusal.
        assert.strictEqual(yield* reasonOf(verify(forged)), "LineNetworkError")
        yield* verify(known)
      }
      assert.lengthOf(sent, 2)
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual(yield* reasonOf(verify(forged)), "LineNetworkError")
      assert.lengthOf(sent, 2)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* reasonOf(verify(forged)), "signature")
      assert.lengthOf(sent, 3)
    })
  )

  it.scoped("that are old are not believed, also when the new ones cannot be had", () =>
    Effect.gen(function* () {
      const { sent, verify } = yield* world([
        Transport.answer(200, { keys }),
        Transport.refused,
        Transport.answer(200, { keys })
      ])
      const token = yield* tokenOf({ exp: start + 10_000 })
      yield* verify(token)
      yield* TestClock.adjust("1 hour")
      for (let count = 0; count < 10; count++) assert.strictEqual(yield* reasonOf(verify(token)), "LineNetworkError")
      assert.lengthOf(sent, 2)
      yield* TestClock.adjust("30 seconds")
      yield* verify(token)
      assert.lengthOf(sent, 3)
    })
  )

  it.scoped("are old when the clock was set back behind their coming", () =>
    Effect.gen(function* () {
      const next = [yield* Effect.promise(() => jwkOf(other.publicKey, "line-2"))]
      const { sent, verify } = yield* world([Transport.answer(200, { keys }), Transport.answer(200, { keys: next })])
      const token = yield* tokenOf({}, "line-2", other.privateKey)
      assert.strictEqual(yield* reasonOf(verify(token)), "signature")
      yield* TestClock.setTime((start - 86_400) * 1000)
      yield* verify(token)
      assert.lengthOf(sent, 2)
    })
  )
})

describe("verify", () => {
  const id_token = Redacted.make("eyJhbGciOiJIUzI1NiJ9.s3cret.signature")

  const run = (request: Partial<IdToken.VerifyRequest>, ...script: ReadonlyArray<Transport.Step>) => {
    const transport = Transport.make(script)
    return Effect.either(IdToken.verify({ id_token, client_id: "1234567890", ...request })).pipe(
      Effect.provide(Transport.client(transport, { channelAccessToken: ChannelToken.none, retry: Schedule.recurs(1) })),
      Effect.map((result) => ({ result, sent: transport.sent }))
    )
  }

  it.effect("has LINE verify, without a channel access token, and repeats that through doubt", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* run(
        { nonce: "n & m", user_id: userId },
        Transport.reset,
        Transport.answer(200, { ...documented, added: true })
      )
      assert.deepStrictEqual(Either.getOrThrow(result), { ...documented, added: true } as never)
      assert.lengthOf(sent, 2)
      assert.strictEqual(`${sent[1]?.method} ${sent[1]?.url}`, "POST https://api.line.me/oauth2/v2.1/verify")
      assert.strictEqual(
        sent[1]?.body,
        `id_token=${Redacted.value(id_token)}&client_id=1234567890&nonce=n+%26+m&user_id=${userId}`
      )
      assert.notProperty(sent[1]?.headers, "authorization")
    })
  )

  for (const [description, reason] of [
    ["Invalid IdToken.", "malformed"],
    ["Invalid IdToken Issuer.", "issuer"],
    ["IdToken expired.", "expired"],
    ["Invalid IdToken Audience.", "audience"],
    ["Invalid IdToken Nonce.", "nonce"],
    ["Invalid IdToken Subject Identifier.", "subject"]
  ] as const) {
    it.effect(`refuses as verifyLocally does what LINE refuses with "${description}"`, () =>
      Effect.gen(function* () {
        const refusal = Transport.answer(400, { error: "invalid_request", error_description: description })
        const { result } = yield* run({}, refusal)
        const error = Either.isLeft(result) ? result.left : undefined
        assert.deepInclude(error, { _tag: "LineInvalidIdToken", reason })
      })
    )
  }

  it.effect("tells every other failure as it is, and never the token", () =>
    Effect.gen(function* () {
      const shown: Array<string> = []
      const logger = Logger.make((entry) => void shown.push(inspect(entry, { depth: 10 })))
      const echo = `you sent ${Redacted.value(id_token)}`
      for (const [step, tag] of [
        [Transport.answer(400, { error: "invalid_client", error_description: echo }), "LineOAuthError"],
        [Transport.answer(400, { error: "invalid_request" }), "LineOAuthError"],
        [Transport.answer(400, { message: echo }), "LineBadRequest"],
        [Transport.answer(500, { message: echo }), "LineServerError"],
        [Transport.answer(200, { ...documented, sub: 1 }), "LineInvalidResponse"],
        [Transport.refused, "LineNetworkError"]
      ] as const) {
        const { result } = yield* run({}, step).pipe(
          Effect.tap(({ result }) => Effect.logError(result)),
          Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
          Logger.withMinimumLogLevel(LogLevel.All)
        )
        assert.strictEqual(Either.isLeft(result) ? result.left._tag : undefined, tag)
        shown.push(inspect(result, { depth: 10 }), JSON.stringify(result))
      }
      for (const text of shown) assert.notInclude(text, "s3cret")
    })
  )

  it.effect("refuses a request without a channel before anything is sent", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* run({ client_id: "" }, Transport.answer(200, documented))
      assert.strictEqual(Either.isLeft(result) ? result.left._tag : undefined, "LineInvalidRequest")
      assert.lengthOf(sent, 0)
    })
  )
})

describe("Claims", () => {
  it("keep what LINE has added since", () => {
    const more = { ...documented, amr: ["pwd", "telepathy"], added: true }
    assert.deepStrictEqual(Schema.decodeUnknownSync(IdToken.Claims, { onExcessProperty: "preserve" })(more), more)
  })
})
