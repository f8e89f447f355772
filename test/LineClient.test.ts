import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Inspectable from "effect/Inspectable"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Tracer from "effect/Tracer"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Bot from "line-effect/Bot"
import * as Chats from "line-effect/Chats"
import * as Content from "line-effect/Content"
import * as Insights from "line-effect/Insights"
import * as LineClient from "line-effect/LineClient"
import * as LineError from "line-effect/LineError"
import * as Messaging from "line-effect/Messaging"
import * as Retry from "line-effect/Retry"
import * as Users from "line-effect/Users"
import { inspect } from "node:util"
import { validate as isUuid } from "uuid"
import * as Transport from "./support/Transport.js"

const hello = { type: "text", text: "hello from a private conversation" } as const
const push = Messaging.pushMessage({ to: "U1", messages: [hello] })
const pushWithOwnKey = Messaging.pushMessage({ to: "U1", messages: [hello], retryKey: Retry.deriveKey("order-42") })
const reply = Messaging.replyMessage({ replyToken: "reply-token", messages: [hello] })
const read = Messaging.getMessageQuotaConsumption()

const rateLimited = Transport.answer(429, { message: "The API rate limit has been exceeded. Try again later." })
const quotaExceeded = Transport.answer(429, { message: "You have reached your monthly limit." })
const accepted = Transport.answer(200, { sentMessages: [{ id: "1", quoteToken: "q1" }], totalUsage: 7 })
const alreadyAccepted = Transport.answer(
  409,
  { message: "The retry key is already accepted", sentMessages: [{ id: "1", quoteToken: "q1" }] },
  { "x-line-accepted-request-id": "request-first" }
)

const threeTimes: Retry.Policy = Schedule.spaced("1 second").pipe(Schedule.intersect(Schedule.recurs(2)))

/** Every status and failure kind, and for each repeat class: the error's tag, the attempts, whether it is ambiguous. */
type Expectation = readonly [tag: string, attempts: number, ambiguous: boolean]
const table: ReadonlyArray<{
  readonly kind: string
  readonly step: Transport.Step
  readonly safe: Expectation
  readonly retryKey: Expectation
  readonly never: Expectation
}> = [
  ...[
    [400, "LineBadRequest"],
    [401, "LineUnauthorized"],
    [403, "LineForbidden"],
    [404, "LineRejected"],
    [405, "LineRejected"],
    [410, "LineRejected"],
    [413, "LineRejected"],
    [415, "LineRejected"],
    [422, "LineRejected"],
    [302, "LineRejected"]
  ].map(([status, tag]) => ({
    kind: String(status),
    step: Transport.answer(Number(status), { message: "refused" }),
    safe: [String(tag), 1, false] as const,
    retryKey: [String(tag), 1, false] as const,
    never: [String(tag), 1, false] as const
  })),
  {
    kind: "409 to a first attempt",
    step: alreadyAccepted,
    safe: ["LineRejected", 1, false],
    retryKey: ["LineDuplicateRequest", 1, false],
    never: ["LineRejected", 1, false]
  },
  {
    kind: "429 by rate",
    step: rateLimited,
    safe: ["LineRateLimited", 3, false],
    retryKey: ["LineRateLimited", 3, false],
    never: ["LineRateLimited", 3, false]
  },
  {
    kind: "429 by quota",
    step: quotaExceeded,
    safe: ["LineRateLimited", 3, false],
    retryKey: ["LineQuotaExceeded", 1, false],
    never: ["LineRateLimited", 3, false]
  },
  ...[500, 502, 503, 504].map((status) => ({
    kind: String(status),
    step: Transport.answer(status, { message: "internal" }),
    safe: ["LineServerError", 3, false] as const,
    retryKey: ["LineServerError", 3, true] as const,
    never: ["LineServerError", 1, true] as const
  })),
  {
    kind: "501, of what will not learn it",
    step: Transport.answer(501, { message: "not implemented" }),
    safe: ["LineServerError", 1, false],
    retryKey: ["LineServerError", 1, true],
    never: ["LineServerError", 1, true]
  },
  {
    kind: "a refused connection",
    step: Transport.refused,
    safe: ["LineNetworkError", 3, false],
    retryKey: ["LineNetworkError", 3, false],
    never: ["LineNetworkError", 3, false]
  },
  {
    kind: "a lost connection",
    step: Transport.reset,
    safe: ["LineNetworkError", 3, false],
    retryKey: ["LineNetworkError", 3, true],
    never: ["LineNetworkError", 1, true]
  },
  {
    kind: "no answer in time",
    step: Transport.hang,
    safe: ["LineTimeout", 3, false],
    retryKey: ["LineTimeout", 3, true],
    never: ["LineTimeout", 1, true]
  }
]

type Call = Effect.Effect<unknown, LineError.LineError, LineClient.LineClient>
const calls: { readonly safe: Call; readonly retryKey: Call; readonly never: Call } = {
  safe: read,
  retryKey: pushWithOwnKey,
  never: reply
}

const fail = (call: Call, transport: Transport.Transport) =>
  Transport.drive(Effect.flip(Effect.provide(call, Transport.client(transport, { retry: threeTimes }))))

describe("LineClient", () => {
  describe("every status and failure kind, in every repeat class", () => {
    for (const row of table) {
      for (const repeat of ["safe", "retryKey", "never"] as const) {
        const [tag, attempts, ambiguous] = row[repeat]
        it.effect(`${row.kind}, ${repeat}: ${tag} after ${attempts}`, () =>
          Effect.gen(function* () {
            const transport = Transport.make([row.step])
            const error = yield* fail(calls[repeat], transport)
            assert.strictEqual(error._tag, tag)
            assert.strictEqual(error.attempts, attempts)
            assert.strictEqual(LineError.isAmbiguous(error), ambiguous)
            assert.strictEqual(transport.sent.length, attempts)
            // The waits between attempts are the policy's, beside the time an attempt itself may take.
            const attemptTime = tag === "LineTimeout" ? 10_000 : 0
            const waits = transport.sent.slice(1).map((sent, index) => sent.at - (transport.sent[index]?.at ?? 0))
            assert.deepStrictEqual(
              waits,
              waits.map(() => 1000 + attemptTime)
            )
            const keys = new Set(transport.sent.map((sent) => sent.headers["x-line-retry-key"]))
            assert.strictEqual(keys.size, 1)
            const [key] = keys
            if (repeat === "retryKey") assert.isTrue(isUuid(key))
            else assert.isUndefined(key)
            assert.strictEqual(error.retryKey, key)
            // All attempts are the same request, byte for byte.
            assert.strictEqual(new Set(transport.sent.map((sent) => sent.body)).size, 1)
          })
        )
      }
    }
  })

  describe("the retry key", () => {
    it.effect("is another for each call", () =>
      Effect.gen(function* () {
        const transport = Transport.make([accepted])
        yield* Effect.provide(Effect.all([push, push]), Transport.client(transport))
        const keys = transport.sent.map((sent) => sent.headers["x-line-retry-key"])
        assert.strictEqual(new Set(keys).size, 2)
      })
    )

    it.effect("is on the four keyed sends and on no other operation", () =>
      Effect.gen(function* () {
        const transport = Transport.make([Transport.answer(200, { sentMessages: [], memberIds: [], totalUsage: 0 })])
        yield* Effect.all([
          push,
          Messaging.multicast({ to: ["U1"], messages: [hello] }),
          Messaging.narrowcast({ messages: [hello] }),
          Messaging.broadcast({ messages: [hello] })
        ]).pipe(Effect.provide(Transport.client(transport)))
        assert.isTrue(transport.sent.every((sent) => isUuid(sent.headers["x-line-retry-key"])))
        transport.sent.length = 0
        yield* Effect.all([
          reply,
          read,
          Messaging.validatePush({ messages: [hello] }),
          Chats.leaveGroup({ groupId: "C1" })
        ]).pipe(Effect.provide(Transport.client(transport)))
        assert.isTrue(transport.sent.every((sent) => sent.headers["x-line-retry-key"] === undefined))
      })
    )

    it.effect("is the caller's own if given, and not part of the body", () =>
      Effect.gen(function* () {
        const transport = Transport.make([accepted])
        const retryKey = Retry.deriveKey("order-42")
        const receipt = yield* Messaging.pushMessage({ to: "U1", messages: [hello], retryKey }).pipe(
          Effect.provide(Transport.client(transport))
        )
        assert.strictEqual(receipt.retryKey, retryKey)
        assert.strictEqual(transport.sent[0]?.headers["x-line-retry-key"], retryKey)
        assert.deepStrictEqual(JSON.parse(transport.sent[0]?.body ?? ""), { to: "U1", messages: [hello] })
      })
    )

    it.effect("is refused before sending if it is no UUID", () =>
      Effect.gen(function* () {
        const transport = Transport.make([accepted])
        const error = yield* Messaging.pushMessage({ to: "U1", messages: [hello], retryKey: "order-42" }).pipe(
          Effect.flip,
          Effect.provide(Transport.client(transport))
        )
        assert.strictEqual(error._tag, "LineInvalidRequest")
        assert.deepStrictEqual(error._tag === "LineInvalidRequest" ? error.issues.map(({ path }) => path) : [], [
          "retryKey"
        ])
        assert.strictEqual(transport.sent.length, 0)
      })
    )

    it.effect("is refused before sending if it is the key of only zeros, or the generator makes none", () =>
      Effect.gen(function* () {
        const transport = Transport.make([accepted])
        const nil = "00000000-0000-0000-0000-000000000000"
        for (const call of [
          Messaging.pushMessage({ to: "U1", messages: [hello], retryKey: nil }),
          Effect.provideService(push, Retry.KeyGenerator, Effect.succeed("order-42"))
        ]) {
          const error = yield* Effect.flip(Effect.provide(call, Transport.client(transport)))
          assert.deepStrictEqual(error._tag === "LineInvalidRequest" ? error.issues.map(({ path }) => path) : [], [
            "retryKey"
          ])
        }
        assert.strictEqual(transport.sent.length, 0)
      })
    )

    it.effect("comes from the generator of the context", () =>
      Effect.gen(function* () {
        const transport = Transport.make([accepted])
        const key = "123e4567-e89b-12d3-a456-426614174000"
        const receipt = yield* push.pipe(
          Effect.provideService(Retry.KeyGenerator, Effect.succeed(key)),
          Effect.provide(Transport.client(transport))
        )
        assert.strictEqual(receipt.retryKey, key)
      })
    )
  })

  describe("a 409", () => {
    for (const [kind, step] of [
      ["a 500", Transport.answer(500)],
      ["a lost connection", Transport.reset],
      ["no answer in time", Transport.hang]
    ] as const) {
      it.effect(`after ${kind} is the receipt of the attempt that LINE accepted`, () =>
        Effect.gen(function* () {
          const transport = Transport.make([step, alreadyAccepted])
          const receipt = yield* Transport.drive(Effect.provide(push, Transport.client(transport)))
          assert.deepInclude(receipt, {
            status: "alreadyAccepted",
            requestId: "request-first",
            attempts: 2,
            sentMessages: [{ id: "1", quoteToken: "q1" }]
          })
        })
      )
    }

    it.effect("after attempts that LINE cannot have accepted is the caller's reuse of a key", () =>
      Effect.gen(function* () {
        const transport = Transport.make([Transport.refused, rateLimited, alreadyAccepted])
        const error = yield* Transport.drive(Effect.flip(Effect.provide(pushWithOwnKey, Transport.client(transport))))
        assert.strictEqual(error._tag, "LineDuplicateRequest")
        if (error._tag === "LineDuplicateRequest") {
          assert.strictEqual(error.acceptedRequestId, "request-first")
          assert.deepStrictEqual(error.sentMessages, [{ id: "1", quoteToken: "q1" }])
        }
      })
    )

    it.effect("to a key that the client made is its own message, repeated by something below it", () =>
      Effect.gen(function* () {
        const receipt = yield* Effect.provide(push, Transport.client(Transport.make([alreadyAccepted])))
        assert.deepInclude(receipt, { status: "alreadyAccepted", attempts: 1, requestId: "request-first" })
      })
    )
  })

  it.effect("keeps LINE's last request id when a later attempt had no answer", () =>
    Effect.gen(function* () {
      const error = yield* fail(push, Transport.make([Transport.answer(500), Transport.refused]))
      assert.strictEqual(error._tag, "LineNetworkError")
      assert.strictEqual(error.requestId, "request-500")
    })
  )

  it.effect("does not say that nothing was sent when an earlier attempt may have been accepted", () =>
    Effect.gen(function* () {
      const error = yield* fail(push, Transport.make([Transport.reset, quotaExceeded]))
      assert.strictEqual(error._tag, "LineQuotaExceeded")
      assert.isTrue(LineError.isAmbiguous(error))
      assert.include(error.message, "may have acted")
      assert.notInclude(error.message, "nothing was sent")
    })
  )

  it.effect("stays ambiguous when a later attempt was surely not delivered", () =>
    Effect.gen(function* () {
      const transport = Transport.make([Transport.reset, Transport.refused])
      const error = yield* fail(push, transport)
      assert.strictEqual(error._tag, "LineNetworkError")
      assert.isTrue(LineError.isAmbiguous(error))
    })
  )

  describe("policies", () => {
    const waitsOf = (transport: Transport.Transport) =>
      transport.sent.slice(1).map((sent, index) => sent.at - (transport.sent[index]?.at ?? 0))

    it.effect("standard: four retries after about 0.5, 1, 2 and 4 seconds", () =>
      Effect.gen(function* () {
        const transport = Transport.make([Transport.answer(503)])
        const error = yield* Transport.drive(
          Effect.flip(Effect.provide(push, Transport.client(transport))).pipe(Effect.withRandom(Random.make("seed")))
        )
        assert.strictEqual(error.attempts, 5)
        const waits = waitsOf(transport)
        assert.strictEqual(waits.length, 4)
        for (const [index, wait] of waits.entries()) {
          const middle = 500 * 2 ** index
          assert.isTrue(wait >= middle * 0.8 && wait <= middle * 1.2, `${wait} is about ${middle}`)
        }
      })
    )

    it.effect("none: one attempt", () =>
      Effect.gen(function* () {
        const transport = Transport.make([Transport.answer(503)])
        const error = yield* Effect.flip(Effect.provide(push, Transport.client(transport, { retry: Retry.none })))
        assert.strictEqual(error.attempts, 1)
      })
    )

    it.effect("withPolicy holds for its region only", () =>
      Effect.gen(function* () {
        const transport = Transport.make([Transport.answer(503)])
        const errors = yield* Transport.drive(
          Effect.all([Effect.flip(Retry.withPolicy(push, threeTimes)), Effect.flip(push)]).pipe(
            Effect.provide(Transport.client(transport, { retry: Retry.none }))
          )
        )
        assert.deepStrictEqual(
          errors.map((error) => error.attempts),
          [3, 1]
        )
      })
    )

    it.effect("persistent: goes on every five minutes until the key's 24 hours are nearly over", () =>
      Effect.gen(function* () {
        const transport = Transport.make([Transport.answer(503)])
        const error = yield* Transport.drive(
          Effect.flip(Effect.provide(push, Transport.client(transport, { retry: Retry.persistent })))
        )
        const last = transport.sent.at(-1)?.at ?? 0
        assert.isTrue(last > Duration.toMillis("23 hours") && last < Duration.toMillis("24 hours"), `${last}`)
        assert.isTrue(waitsOf(transport).every((wait) => wait <= Duration.toMillis("6 minutes")))
        assert.strictEqual(error.attempts, transport.sent.length)
      })
    )

    it.effect("give up when the next attempt would come too late, not after the wait for it", () =>
      Effect.gen(function* () {
        const transport = Transport.make([Transport.answer(503)])
        yield* Transport.drive(
          Effect.flip(Effect.provide(push, Transport.client(transport, { retry: Schedule.spaced("20 hours") })))
        )
        assert.strictEqual(transport.sent.length, 2)
        assert.isTrue((yield* Clock.currentTimeMillis) < Duration.toMillis("24 hours"))
      })
    )

    it.effect("of the caller's own cannot outlive the key", () =>
      Effect.gen(function* () {
        const transport = Transport.make([Transport.answer(503)])
        yield* Transport.drive(
          Effect.flip(Effect.provide(push, Transport.client(transport, { retry: Schedule.spaced("1 hour") })))
        )
        assert.isTrue((transport.sent.at(-1)?.at ?? 0) < Duration.toMillis("24 hours"))
        assert.strictEqual(transport.sent.length, 24)
      })
    )
  })

  describe("answers", () => {
    it.effect("give a void operation its success whatever the body is", () =>
      Effect.gen(function* () {
        for (const step of [
          Transport.answer(200, ""),
          Transport.answer(202, "<html>"),
          Transport.answer(204, ""),
          { _tag: "BreakBody", status: 200 } as const
        ]) {
          const result = yield* Chats.leaveRoom({ roomId: "R1" }).pipe(
            Effect.provide(Transport.client(Transport.make([step])))
          )
          assert.isUndefined(result)
        }
      })
    )

    it.effect("accept a send whatever their body is", () =>
      Effect.gen(function* () {
        for (const step of [
          Transport.answer(200, ""),
          Transport.answer(202, "<html>"),
          Transport.answer(200, { sentMessages: [{ id: 1 }] }),
          { _tag: "BreakBody", status: 200 } as const
        ]) {
          const transport = Transport.make([step])
          const receipt = yield* Effect.provide(push, Transport.client(transport))
          assert.deepStrictEqual(receipt.sentMessages, [])
          assert.strictEqual(transport.sent.length, 1)
        }
      })
    )

    it.effect("that are a web page are not LINE's, whatever their status says", () =>
      Effect.gen(function* () {
        const page: Transport.Step = {
          _tag: "Answer",
          status: 200,
          body: "<html>log in</html>",
          headers: { "content-type": "text/html; charset=utf-8" }
        }
        const download = Content.getMessageContent({ messageId: "1" })
        for (const call of [push, Chats.leaveGroup({ groupId: "C1" }), read, download]) {
          const transport = Transport.make([page])
          const error = yield* Effect.flip(Effect.provide(call as Call, Transport.client(transport)))
          assert.strictEqual(error._tag, "LineRejected")
          assert.strictEqual(transport.sent.length, 1)
        }
      })
    )

    it.effect("whose body does not come in time still have their status", () =>
      Effect.gen(function* () {
        const run = (call: Call, status: number) =>
          Transport.drive(
            Effect.either(
              Effect.provide(
                call,
                Transport.client(Transport.make([{ _tag: "StallBody", status }]), { retry: Retry.none })
              )
            )
          )
        assert.isTrue(Either.isRight(yield* run(Chats.leaveGroup({ groupId: "C1" }), 200)))
        assert.isTrue(Either.isRight(yield* run(push, 200)))
        const refused = yield* Effect.flip(yield* run(reply, 400))
        assert.deepInclude(refused, { _tag: "LineBadRequest", ambiguous: false })
        const unread = yield* Effect.flip(yield* run(reply, 200))
        assert.deepInclude(unread, { _tag: "LineTimeout", ambiguous: true })
      })
    )

    for (const [kind, body, lineMessage] of [
      ["HTML", "<html>411</html>", undefined],
      ["empty", "", undefined],
      ["a null message", { message: null, key: null, stacktrace: null, code: null }, undefined],
      ["JSON that is no object", "[1]", undefined],
      ["odd details", { message: "m", details: [null, { message: 1 }, { property: "p", message: "d" }] }, "m"]
    ] as const) {
      it.effect(`with an error and a body that is ${kind} give the right error`, () =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(read).pipe(
            Effect.provide(Transport.client(Transport.make([Transport.answer(400, body)])))
          )
          assert.strictEqual(error._tag, "LineBadRequest")
          if (error._tag !== "LineBadRequest") return
          assert.strictEqual(error.lineMessage, lineMessage)
          if (kind === "odd details") assert.deepStrictEqual(error.details.at(-1), { property: "p", message: "d" })
        })
      )
    }

    it.effect("that are no documented JSON are an InvalidResponse that says where", () =>
      Effect.gen(function* () {
        const run = (step: Transport.Step) =>
          Effect.flip(read).pipe(Effect.provide(Transport.client(Transport.make([step]))))
        const html = yield* run(Transport.answer(200, "<html>hello</html>"))
        assert.strictEqual(html._tag, "LineInvalidResponse")
        const typed = yield* run(Transport.answer(200, { totalUsage: "seven" }))
        assert.strictEqual(typed._tag, "LineInvalidResponse")
        if (typed._tag === "LineInvalidResponse") assert.strictEqual(typed.issues[0]?.path, "totalUsage")
      })
    )

    it.effect("name each value that cannot be read once, however many forms it might have had", () =>
      Effect.gen(function* () {
        const answer = Transport.answer(200, { available: true, ages: [{ age: 5, percentage: "6" }] })
        const { result } = yield* Transport.run(Insights.getFriendsDemographics(), [answer])
        const error = Either.getOrThrow(Either.flip(result))
        if (error._tag !== "LineInvalidResponse") return assert.fail(error._tag)
        const message = "is missing or has another type than LINE documents"
        assert.deepStrictEqual(error.issues, [
          { path: "ages[0].age", message },
          { path: "ages[0].percentage", message }
        ])
      })
    )

    it.effect("keep what LINE has added since, and name what is unknown", () =>
      Effect.gen(function* () {
        const transport = Transport.make([Transport.answer(200, { type: "metered", value: 3, added: true })])
        const quota = yield* Messaging.getMessageQuota().pipe(Effect.provide(Transport.client(transport)))
        assert.deepStrictEqual(quota, {
          type: { type: "unknown", originalType: "metered", raw: "metered" },
          value: 3,
          added: true
        } as Messaging.MessageQuota)
      })
    )

    it.effect("of a transport that itself fails on a status are understood", () =>
      Effect.gen(function* () {
        const transport = Transport.make([Transport.answer(404, { message: "Not found" })])
        const error = yield* Users.getProfile({ userId: "U1" }).pipe(
          Effect.flip,
          Effect.provide(
            Transport.client({ ...transport, httpClient: HttpClient.filterStatusOk(transport.httpClient) })
          )
        )
        assert.strictEqual(error._tag, "LineNotFound")
      })
    )

    it.effect("carry LINE's details into the error's message", () =>
      Effect.gen(function* () {
        const body = {
          message: "The request body has 1 error(s)",
          details: [{ message: "Length must be between 0 and 5000", property: "messages[0].text" }]
        }
        const error = yield* Effect.flip(push).pipe(
          Effect.provide(Transport.client(Transport.make([Transport.answer(400, body)])))
        )
        assert.include(error.message, "pushMessage")
        assert.include(error.message, "messages[0].text: Length must be between 0 and 5000")
        assert.include(error.message, "request-400")
      })
    )
  })

  describe("requests", () => {
    it.effect("encode path parameters and queries", () =>
      Effect.gen(function* () {
        const transport = Transport.make([Transport.answer(200, { displayName: "n", userId: "u", memberIds: [] })])
        yield* Effect.all([
          Chats.getGroupMemberProfile({ groupId: "C/1?x=#", userId: "ü %2e" }),
          Chats.getGroupMembersIds({ groupId: "C1", start: "a b&c" })
        ]).pipe(Effect.provide(Transport.client(transport)))
        assert.deepStrictEqual(
          transport.sent.map((sent) => sent.url),
          [
            "https://api.line.me/v2/bot/group/C%2F1%3Fx%3D%23/member/%C3%BC%20%252e",
            "https://api.line.me/v2/bot/group/C1/members/ids?start=a+b%26c"
          ]
        )
      })
    )

    for (const id of ["", ".", "..", "\ud800"]) {
      it.effect(`refuse the path parameter ${JSON.stringify(id)} before anything is sent`, () =>
        Effect.gen(function* () {
          const transport = Transport.make([accepted])
          const error = yield* Effect.flip(Users.getProfile({ userId: id })).pipe(
            Effect.provide(Transport.client(transport))
          )
          assert.strictEqual(error._tag, "LineInvalidRequest")
          assert.strictEqual(error.attempts, 0)
          assert.deepStrictEqual(error._tag === "LineInvalidRequest" ? error.issues.map(({ path }) => path) : [], [
            "userId"
          ])
          assert.strictEqual(transport.sent.length, 0)
        })
      )
    }

    it.effect("refuse what breaks LINE's limits with all issues at once", () =>
      Effect.gen(function* () {
        const transport = Transport.make([accepted])
        const error = yield* Messaging.pushMessage({
          to: "",
          messages: [
            { type: "text", text: "" },
            { type: "image", originalContentUrl: "ftp://x", previewImageUrl: "" }
          ],
          customAggregationUnits: ["a b"]
        }).pipe(Effect.flip, Effect.provide(Transport.client(transport)))
        assert.strictEqual(error._tag, "LineInvalidRequest")
        assert.deepStrictEqual(error._tag === "LineInvalidRequest" ? error.issues.map(({ path }) => path) : [], [
          "to",
          "messages[0].text",
          "messages[1].originalContentUrl",
          "messages[1].previewImageUrl",
          "customAggregationUnits[0]"
        ])
        assert.strictEqual(transport.sent.length, 0)
      })
    )

    it.effect("that cannot be written as JSON are refused", () =>
      Effect.gen(function* () {
        const transport = Transport.make([accepted])
        const circular: { self?: unknown } = {}
        circular.self = circular
        const error = yield* Messaging.broadcast(Object.assign({ messages: [hello] }, { circular })).pipe(
          Effect.flip,
          Effect.provide(Transport.client(transport))
        )
        assert.strictEqual(error._tag, "LineInvalidRequest")
      })
    )

    it.effect("without a body say Content-Length, go to the operation's host, and carry the client's headers", () =>
      Effect.gen(function* () {
        const transport = Transport.make([Transport.answer(200, { status: "succeeded" })])
        yield* Effect.all([
          Chats.leaveGroup({ groupId: "C1" }),
          Content.getMessageContentTranscodingByMessageId({ messageId: "1" })
        ]).pipe(
          Effect.provide(
            Transport.client(transport, { headers: { "X-Line-Bot-Id": "b" }, baseUrls: { api: "http://localhost:1/" } })
          )
        )
        const [leave, transcoding] = transport.sent
        assert.strictEqual(leave?.headers["content-length"], "0")
        assert.strictEqual(leave?.url, "http://localhost:1/v2/bot/group/C1/leave")
        assert.strictEqual(leave?.headers["x-line-bot-id"], "b")
        assert.strictEqual(transcoding?.url, "https://api-data.line.me/v2/bot/message/1/content/transcoding")
        assert.strictEqual(transcoding?.headers["authorization"], `Bearer ${Transport.token}`)
      })
    )

    it.effect("carry no trace headers", () =>
      Effect.gen(function* () {
        const transport = Transport.make([accepted])
        yield* push.pipe(Effect.withSpan("parent"), Effect.provide(Transport.client(transport)))
        assert.notProperty(transport.sent[0]?.headers, "traceparent")
        assert.notProperty(transport.sent[0]?.headers, "b3")
      })
    )

    it.effect("with a token that cannot be a header are refused without showing it", () =>
      Effect.gen(function* () {
        const transport = Transport.make([accepted])
        const error = yield* Bot.getBotInfo().pipe(
          Effect.flip,
          Effect.provide(Transport.client(transport, { channelAccessToken: Redacted.make("top secret\n") }))
        )
        assert.strictEqual(error._tag, "LineInvalidRequest")
        assert.include(error.message, "channelAccessToken")
        assert.notInclude(inspect(error), "top secret")
      })
    )
  })

  describe("content", () => {
    const content = Content.getMessageContent({ messageId: "1" })

    it.effect("is streamed with its type and size", () =>
      Effect.gen(function* () {
        const step = Transport.answer(200, "bytes", { "content-type": "image/png", "content-length": "5" })
        const found = yield* Effect.provide(content, Transport.client(Transport.make([step])))
        assert.strictEqual(found.contentType, "image/png")
        assert.strictEqual(found.size, 5)
        const text = yield* found.stream.pipe(Stream.decodeText(), Stream.mkString)
        assert.strictEqual(text, "bytes")
      })
    )

    it.effect("that LINE still prepares is ContentNotReady, never an empty success", () =>
      Effect.gen(function* () {
        const transport = Transport.make([Transport.answer(202, "")])
        const error = yield* Effect.flip(Effect.provide(content, Transport.client(transport)))
        assert.strictEqual(error._tag, "LineContentNotReady")
        assert.strictEqual(transport.sent.length, 1)
      })
    )

    it.effect("that is gone or unknown says which", () =>
      Effect.gen(function* () {
        const tags = yield* Effect.forEach([404, 410], (status) =>
          Effect.flip(Effect.provide(content, Transport.client(Transport.make([Transport.answer(status)]))))
        )
        assert.deepStrictEqual(
          tags.map(({ _tag }) => _tag),
          ["LineNotFound", "LineGone"]
        )
      })
    )

    it.effect("that stands still for too long fails the stream", () =>
      Effect.gen(function* () {
        const transport = Transport.make([{ _tag: "StallBody", status: 200 }])
        const error = yield* Transport.drive(
          Effect.flatMap(content, ({ stream }) => Effect.flip(Stream.runDrain(stream))).pipe(
            Effect.provide(Transport.client(transport))
          )
        )
        assert.strictEqual(error._tag, "LineTimeout")
      })
    )

    it.effect("that is shorter than its length fails the stream, and a compressed one has no size", () =>
      Effect.gen(function* () {
        const short = Transport.answer(200, "half", { "content-length": "8" })
        const found = yield* Effect.provide(content, Transport.client(Transport.make([short])))
        assert.deepInclude(yield* Effect.flip(Stream.runDrain(found.stream)), {
          _tag: "LineNetworkError",
          reason: "INCOMPLETE"
        })
        const compressed = Transport.answer(200, "whole", { "content-length": "3", "content-encoding": "gzip" })
        const other = yield* Effect.provide(content, Transport.client(Transport.make([compressed])))
        assert.isUndefined(other.size)
        yield* Stream.runDrain(other.stream)
      })
    )

    it.effect("whose connection is lost fails the stream", () =>
      Effect.gen(function* () {
        const transport = Transport.make([{ _tag: "BreakBody", status: 200 }])
        const found = yield* Effect.provide(content, Transport.client(transport))
        const error = yield* Effect.flip(Stream.runDrain(found.stream))
        assert.strictEqual(error._tag, "LineNetworkError")
      })
    )
  })

  it.effect("keeps its time limit in a finalizer, and ends with its scope where nothing can be interrupted", () =>
    Effect.gen(function* () {
      const transport = Transport.make([Transport.hang])
      const client = Transport.client(transport, { retry: Retry.none })
      const farewell = Effect.scoped(Effect.addFinalizer(() => Effect.ignore(Effect.provide(push, client))))
      yield* Transport.drive(farewell)
      assert.strictEqual(transport.aborted(), 1)
      yield* Transport.drive(Effect.uninterruptible(Effect.ignore(Effect.provide(push, client))))
      assert.strictEqual(transport.aborted(), 2)
    })
  )

  it.effect("logs no failure that its caller handles", () =>
    Effect.gen(function* () {
      const logs: Array<unknown> = []
      const logger = Logger.make(({ message }) => void logs.push(message))
      yield* Effect.ignore(Effect.provide(read, Transport.client(Transport.make([Transport.answer(404)])))).pipe(
        Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
        Logger.withMinimumLogLevel(LogLevel.All)
      )
      assert.deepStrictEqual(logs, [])
    })
  )

  describe("a network failure", () => {
    const coded = (code: string) => Object.assign(new Error(code), { code })
    for (const [delivered, cause] of [
      ["no", coded("ECONNREFUSED")],
      ["no", coded("ENOTFOUND")],
      ["no", coded("EAI_AGAIN")],
      ["no", coded("UND_ERR_CONNECT_TIMEOUT")],
      ["no", coded("CERT_HAS_EXPIRED")],
      ["no", coded("DEPTH_ZERO_SELF_SIGNED_CERT")],
      ["no", coded("ERR_TLS_CERT_ALTNAME_INVALID")],
      ["no", Object.assign(coded("ETIMEDOUT"), { syscall: "connect" })],
      ["no", new TypeError("fetch failed", { cause: coded("ECONNREFUSED") })],
      ["no", new AggregateError([coded("ECONNREFUSED"), Object.assign(coded("EHOSTUNREACH"), { syscall: "connect" })])],
      ["unknown", new AggregateError([coded("ECONNREFUSED"), coded("ECONNRESET")])],
      ["unknown", coded("ECONNRESET")],
      ["unknown", coded("EPIPE")],
      ["unknown", Object.assign(coded("ETIMEDOUT"), { syscall: "read" })],
      ["unknown", coded("UND_ERR_SOCKET")],
      ["unknown", new TypeError("fetch failed")],
      ["unknown", "a text"],
      ["unknown", undefined]
    ] as const) {
      it.effect(`of ${inspect(cause, { depth: 0 }).split("\n")[0]} was delivered: ${delivered}`, () =>
        Effect.gen(function* () {
          const transport = Transport.make([{ _tag: "Fail", cause }])
          const error = yield* Effect.flip(Effect.provide(reply, Transport.client(transport, { retry: Retry.none })))
          assert.deepInclude(error, { _tag: "LineNetworkError", delivered, ambiguous: delivered === "unknown" })
        })
      )
    }
  })

  describe("a client that is set up wrongly says so at each call, before sending", () => {
    const rows: ReadonlyArray<readonly [path: string, options: Partial<LineClient.Options>]> = [
      ["channelAccessToken", { channelAccessToken: Redacted.make("") }],
      ["channelAccessToken", { channelAccessToken: Redacted.make("a b") }],
      ["baseUrls.api", { baseUrls: { api: "localhost:8080" } }],
      ["baseUrls.api", { baseUrls: { api: "not a url" } }],
      ["baseUrls.api", { baseUrls: { api: "http://localhost/?a=b" } }],
      ["headers.bad name", { headers: { "bad name": "x" } }],
      ["headers.X-Odd", { headers: { "X-Odd": "line\nbreak" } }],
      ["headers.X-Line-Retry-Key", { headers: { "X-Line-Retry-Key": "k" } }],
      ["headers.Content-Length", { headers: { "Content-Length": "3" } }]
    ]
    for (const [path, options] of rows) {
      it.effect(`${path}: ${inspect(Object.values(options)[0])}`, () =>
        Effect.gen(function* () {
          const transport = Transport.make([accepted])
          const error = yield* Effect.flip(Effect.provide(read, Transport.client(transport, options)))
          assert.deepStrictEqual(error._tag === "LineInvalidRequest" ? error.issues.map(({ path }) => path) : [], [
            path
          ])
          assert.strictEqual(transport.sent.length, 0)
        })
      )
    }
  })

  it.effect("aborts the request in flight when it is interrupted", () =>
    Effect.gen(function* () {
      const transport = Transport.make([Transport.hang])
      const fiber = yield* Effect.fork(Effect.provide(push, Transport.client(transport)))
      while (transport.sent.length === 0) yield* Effect.yieldNow()
      assert.strictEqual(transport.aborted(), 0)
      const exit = yield* Fiber.interrupt(fiber)
      assert.isTrue(Exit.isInterrupted(exit))
      assert.strictEqual(transport.aborted(), 1)
      assert.strictEqual(transport.sent.length, 1)
    })
  )

  it.effect("aborts the request that took too long", () =>
    Effect.gen(function* () {
      const transport = Transport.make([Transport.hang])
      const fiber = yield* Effect.fork(
        Effect.flip(Effect.provide(reply, Transport.client(transport, { timeout: "3 seconds" })))
      )
      yield* TestClock.adjust("2999 millis")
      assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
      yield* TestClock.adjust("1 millis")
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error._tag, "LineTimeout")
      assert.strictEqual(transport.aborted(), 1)
    })
  )

  describe("secrets", () => {
    const echo = `You sent Bearer ${Transport.token}`
    const steps: ReadonlyArray<Transport.Step> = [
      Transport.answer(400, { message: echo, details: [{ message: echo, property: "authorization" }] }),
      Transport.answer(500, { message: echo }),
      Transport.answer(200, echo),
      Transport.answer(400, JSON.stringify({ message: echo }).replaceAll("-", "\\u002d")),
      Transport.refused,
      Transport.reset,
      Transport.hang,
      { _tag: "Fail", cause: new TypeError(`invalid header value: Bearer ${Transport.token}`) }
    ]

    it.effect("and texts are in no error, log, span or toString", () =>
      Effect.gen(function* () {
        const shown: Array<string> = []
        const logger = Logger.make(({ annotations, cause, message }) => {
          shown.push(inspect({ annotations: [...annotations], message, cause: Cause.pretty(cause) }, { depth: 20 }))
        })
        const spans: Array<Tracer.Span> = []
        const tracer = Tracer.make({
          span: (name, parent, context, links, startTime, kind) => {
            const attributes = new Map<string, unknown>()
            const span: Tracer.Span = {
              _tag: "Span",
              name,
              spanId: "s",
              traceId: "t",
              parent,
              context,
              status: { _tag: "Started", startTime },
              attributes,
              links,
              sampled: true,
              kind,
              end: (_, exit) => shown.push(inspect(exit, { depth: 20 })),
              attribute: (key, value) => attributes.set(key, value),
              event: (event, _, fields) => shown.push(inspect({ event, fields })),
              addLinks: () => undefined
            }
            spans.push(span)
            return span
          },
          context: (f) => f()
        })
        for (const step of steps) {
          for (const call of Object.values(calls)) {
            const transport = Transport.make([step])
            const layer = Transport.client(transport, { retry: threeTimes })
            const exit = yield* Transport.drive(Effect.exit(Effect.provide(call, layer))).pipe(
              Effect.tap((exit) => Effect.log("ended", exit)),
              Effect.withTracer(tracer),
              Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
              Logger.withMinimumLogLevel(LogLevel.All)
            )
            shown.push(inspect(exit, { depth: 20 }), JSON.stringify(exit), String(exit))
            if (Exit.isFailure(exit)) {
              shown.push(Cause.pretty(exit.cause))
              const error = Cause.failureOption(exit.cause)
              if (Option.isSome(error)) {
                shown.push(
                  error.value.message,
                  String(error.value.stack),
                  String(error.value),
                  JSON.stringify(error.value)
                )
                shown.push(Inspectable.toStringUnknown(error.value))
              }
            }
          }
        }
        shown.push(inspect(yield* LineClient.LineClient.pipe(Effect.provide(Transport.client(Transport.make([]))))))
        shown.push(...spans.map((span) => inspect([span.name, [...span.attributes]])))
        assert.isTrue(shown.length > 50)
        for (const text of shown) {
          assert.notInclude(text, Transport.token)
          assert.notInclude(text, hello.text)
          assert.notInclude(text, "reply-token")
        }
        assert.isTrue(spans.some((span) => span.name === "line.pushMessage" && span.attributes.has("line.retry_key")))
      })
    )
  })

  describe("layerConfig", () => {
    const configured = (environment: ReadonlyArray<readonly [string, string]>, transport: Transport.Transport) =>
      Effect.provide(
        read,
        LineClient.layerConfig().pipe(
          Layer.provide(Layer.succeed(HttpClient.HttpClient, transport.httpClient)),
          Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(new Map(environment))))
        )
      )

    it.effect("reads the token and the hosts from the environment", () =>
      Effect.gen(function* () {
        const transport = Transport.make([accepted])
        yield* configured(
          [
            ["LINE_CHANNEL_ACCESS_TOKEN", "from-environment"],
            ["LINE_API_BASE_URL", "http://127.0.0.1:8080"]
          ],
          transport
        )
        assert.strictEqual(transport.sent[0]?.url, "http://127.0.0.1:8080/v2/bot/message/quota/consumption")
        assert.strictEqual(transport.sent[0]?.headers["authorization"], "Bearer from-environment")
      })
    )

    it.effect("takes each host from the options or else from the environment", () =>
      Effect.gen(function* () {
        const transport = Transport.make([accepted])
        const environment = new Map([
          ["LINE_CHANNEL_ACCESS_TOKEN", "from-environment"],
          ["LINE_API_BASE_URL", "http://127.0.0.1:8080"]
        ])
        yield* Effect.provide(
          read,
          LineClient.layerConfig({ baseUrls: { data: "http://127.0.0.1:9090" } }).pipe(
            Layer.provide(Layer.succeed(HttpClient.HttpClient, transport.httpClient)),
            Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(environment)))
          )
        )
        assert.include(transport.sent[0]?.url, "http://127.0.0.1:8080/")
      })
    )

    it.effect("names what is missing", () =>
      Effect.gen(function* () {
        const exit = yield* Effect.exit(configured([], Transport.make([accepted])))
        assert.include(JSON.stringify(exit), "LINE_CHANNEL_ACCESS_TOKEN")
      })
    )
  })
})
