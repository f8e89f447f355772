import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as LineClient from "line-effect/LineClient"
import * as LineError from "line-effect/LineError"
import * as Operation from "line-effect/Operation"
import { inspect } from "node:util"
import { validate as isUuid } from "uuid"
import * as Transport from "./support/Transport.js"

interface Batch {
  readonly operations: ReadonlyArray<string>
  readonly resumeRequestKey?: string | undefined
}
const Batch: Schema.Schema<Batch> = Schema.Struct({
  operations: Schema.Array(Schema.String),
  resumeRequestKey: Schema.optional(Schema.String)
})
const batch = Operation.resume("batch", "/v2/bot/batch", Batch)

interface Credentials {
  readonly grant_type: "client_credentials"
  readonly client_secret: Redacted.Redacted
  readonly scope?: string | undefined
}
const Credentials: Schema.Schema<Credentials> = Schema.Struct({
  grant_type: Schema.Literal("client_credentials"),
  client_secret: Schema.RedactedFromSelf(Schema.String),
  scope: Schema.optional(Schema.String)
})
const issue = Operation.credentials("issue", "/oauth2/token", { body: Credentials })
const verify = Operation.credentials("verify", "/oauth2/verify", {
  query: { access_token: Schema.RedactedFromSelf(Schema.String) }
})

const secret = Redacted.make("very secret & more")
const credentials: Credentials = { grant_type: "client_credentials", client_secret: secret }

const list = Operation.get("list", "/v2/bot/things", {
  query: { status: Schema.optional(Schema.Array(Schema.String)), start: Schema.optional(Schema.String) },
  success: Schema.Struct({
    things: Schema.Array(Schema.String),
    next: Schema.optionalWith(Schema.String, { exact: true })
  })
})

const set = Operation.put("set", "/v2/bot/things/{thingId}", { path: { thingId: Schema.String }, repeat: "safe" })
const remove = Operation.del("remove", "/v2/bot/things/{thingId}", {
  path: { thingId: Schema.String },
  errors: [LineError.NotFound]
})

interface Notice {
  readonly text: string
  readonly tag?: string | undefined
}
const Notice: Schema.Schema<Notice> = Schema.Struct({
  text: Schema.String,
  tag: Schema.optional(Schema.String.pipe(Schema.minLength(2)))
})
const notify = Operation.post("notify", "/v2/bot/notify", { body: Notice, headers: { tag: "x-line-delivery-tag" } })

const resumeKeyOf = (sent: Transport.Sent): string => JSON.parse(sent.body ?? "{}").resumeRequestKey

describe("an operation", () => {
  describe("that can be resumed", () => {
    it.effect("makes one key for all attempts of a call, and is repeated through doubt", () =>
      Effect.gen(function* () {
        const script = [Transport.reset, Transport.answer(500), Transport.answer(202)]
        const { result, sent } = yield* Transport.run(batch({ operations: ["a"] }), script)
        const keys = sent.map(resumeKeyOf)
        assert.lengthOf(new Set(keys), 1)
        assert.isTrue(isUuid(keys[0]))
        assert.deepStrictEqual(
          result,
          Either.right({ requestId: "request-202", resumeRequestKey: keys[0] ?? "", attempts: 3 })
        )
        assert.deepStrictEqual(JSON.parse(sent[0]?.body ?? ""), { operations: ["a"], resumeRequestKey: keys[0] })
        assert.isTrue(sent.every(({ headers }) => headers["x-line-retry-key"] === undefined))
      })
    )

    it.effect("takes the caller's key, and gives it back with a failure to go on with", () =>
      Effect.gen(function* () {
        const { result, sent } = yield* Transport.run(batch({ operations: [], resumeRequestKey: "mine" }), [
          Transport.answer(500)
        ])
        assert.strictEqual(resumeKeyOf(sent[0] as Transport.Sent), "mine")
        assert.isTrue(Either.isLeft(result) && result.left.retryKey === "mine" && result.left.ambiguous)
      })
    )

    it.effect("knows no success in a 409", () =>
      Effect.gen(function* () {
        const { result } = yield* Transport.run(batch({ operations: [] }), [Transport.answer(409)])
        assert.isTrue(Either.isLeft(result) && result.left._tag === "LineRejected" && result.left.status === 409)
      })
    )
  })

  describe("on credentials", () => {
    it.effect("sends a form without the client's token, and shows no secret in an error", () =>
      Effect.gen(function* () {
        const refusal = Transport.answer(400, {
          error: "invalid_client",
          error_description: "very secret & more is no secret of this channel"
        })
        const { result, sent } = yield* Transport.run(issue(credentials), [refusal])
        const { body, headers, method } = sent[0] as Transport.Sent
        assert.strictEqual(method, "POST")
        assert.strictEqual(body, "grant_type=client_credentials&client_secret=very+secret+%26+more")
        assert.strictEqual(headers["content-type"], "application/x-www-form-urlencoded")
        assert.notProperty(headers, "authorization")
        const error = Either.isLeft(result) ? result.left : undefined
        assert.isTrue(error?._tag === "LineOAuthError" && error.error === "invalid_client")
        assert.notInclude(inspect(error), "very secret")
        assert.notInclude(String(error), "very secret")
      })
    )

    it.effect("is a bad request where LINE does not answer in OAuth's form", () =>
      Effect.gen(function* () {
        const { result } = yield* Transport.run(issue(credentials), [Transport.answer(400, { message: "no" })])
        assert.isTrue(Either.isLeft(result) && result.left._tag === "LineBadRequest")
      })
    )

    it.effect("may have its secret in the query, and is repeated as the read it is", () =>
      Effect.gen(function* () {
        const { sent } = yield* Transport.run(verify({ access_token: secret }), [
          Transport.reset,
          Transport.answer(200)
        ])
        assert.deepStrictEqual(
          sent.map(({ method, url }) => `${method} ${url}`),
          Array(2).fill("GET https://api.line.me/oauth2/verify?access_token=very+secret+%26+more")
        )
      })
    )
  })

  it.effect("repeats a parameter of the query for each item of an array", () =>
    Effect.gen(function* () {
      const { sent } = yield* Transport.run(list({ status: ["DRAFT", "A B"] }), [Transport.answer(200, { things: [] })])
      assert.strictEqual(sent[0]?.url, "https://api.line.me/v2/bot/things?status=DRAFT&status=A+B")
    })
  )

  it.effect("sends a property of its argument as a header, and checks it first", () =>
    Effect.gen(function* () {
      const { sent } = yield* Transport.run(notify({ text: "hi", tag: "tag" }), [Transport.answer(200)])
      assert.strictEqual(sent[0]?.headers["x-line-delivery-tag"], "tag")
      assert.strictEqual(sent[0]?.body, '{"text":"hi"}')
      const refused = yield* Transport.run(notify({ text: "hi", tag: "t" }), [Transport.answer(200)])
      assert.lengthOf(refused.sent, 0)
      assert.isTrue(Either.isLeft(refused.result) && refused.result.left._tag === "LineInvalidRequest")
    })
  )

  it.effect("that sets or removes is repeated through doubt, and asks the transport to say that it has no body", () =>
    Effect.gen(function* () {
      for (const [operation, method] of [
        [set({ thingId: "a/b" }), "PUT"],
        [remove({ thingId: "a/b" }), "DELETE"]
      ] as const) {
        const { result, sent } = yield* Transport.run<void, LineError.LineError>(operation, [
          Transport.reset,
          Transport.answer(200)
        ])
        assert.isTrue(Either.isRight(result))
        assert.deepStrictEqual(
          sent.map(({ headers, method, url }) => [method, url, headers["content-length"]]),
          [1, 2].map(() => [method, "https://api.line.me/v2/bot/things/a%2Fb", "0"])
        )
      }
    })
  )

  it.effect("waits before each attempt for what paces it, outside its time limit", () =>
    Effect.gen(function* () {
      const waits: Array<string> = []
      const paced = Effect.provideService(list({}), LineClient.BeforeAttempt, ({ operationId }) =>
        Effect.zipRight(
          Effect.sleep("1 minute"),
          Effect.sync(() => waits.push(operationId))
        )
      )
      const { result, sent } = yield* Transport.run(paced, [
        Transport.answer(500),
        Transport.answer(200, { things: [] })
      ])
      assert.isTrue(Either.isRight(result))
      assert.deepStrictEqual(waits, ["list", "list"])
      assert.isAtLeast((sent[1]?.at ?? 0) - (sent[0]?.at ?? 0), 60_000)
    })
  )

  describe("whose list has pages", () => {
    const script = [
      Transport.answer(200, { things: ["a"], next: "2" }),
      Transport.answer(200, { things: [], next: "3" }),
      Transport.answer(200, { things: ["b"] })
    ]
    const items = Operation.pages(list, { status: ["RUNNING"] }).pipe(
      Stream.flatMap(({ things }) => Stream.fromIterable(things))
    )

    it.effect("goes on until there is no next, through pages that are empty", () =>
      Effect.gen(function* () {
        const { result, sent } = yield* Transport.run(Stream.runCollect(items), script)
        assert.deepStrictEqual(
          Either.map(result, (chunk) => [...chunk]),
          Either.right(["a", "b"])
        )
        assert.deepStrictEqual(
          sent.map(({ url }) => new URL(url).search),
          ["?status=RUNNING", "?status=RUNNING&start=2", "?status=RUNNING&start=3"]
        )
      })
    )

    it.effect("asks for a page only when it is needed", () =>
      Effect.gen(function* () {
        const { sent } = yield* Transport.run(Stream.runCollect(Stream.take(items, 1)), script)
        assert.lengthOf(sent, 1)
      })
    )
  })
})
