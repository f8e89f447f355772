import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type * as Emulator from "line-effect/Emulator"
import * as LineError from "line-effect/LineError"
import * as Advice from "../../src/cli/Advice.js"
import * as Failure from "../../src/cli/Failure.js"
import * as Messages from "../../src/cli/Messages.js"
import * as Progress from "../../src/cli/Progress.js"
import * as Token from "../../src/cli/Token.js"
import * as Webhook from "../../src/cli/Webhook.js"

const url = "http://localhost:3000/callback"

const request: Emulator.RequestRecord = {
  sequence: 1,
  requestId: "638ca92d-4409-4e0e-82e4-c605d6b6390f",
  operationId: "pushMessage",
  method: "POST",
  path: "/v2/bot/message/push",
  retryKey: "123e4567-e89b-12d3-a456-426614174000",
  body: undefined,
  timestamp: 0,
  status: 200,
  answer: {},
  duration: 12,
  aborted: false
}

const delivery: Emulator.Delivery = {
  sequence: 1,
  events: [{ type: "message", message: { id: "1", type: "text", text: "hello" } }],
  body: "",
  signature: "",
  outcome: { _tag: "Answered", status: 200 },
  detail: undefined,
  timestamp: 0,
  duration: 8
}

/** A line without its time, which is that of this place. */
const timeless = (line: string): string => line.replace(/^\d\d:\d\d:\d\d {2}/, "")

describe("advice", () => {
  const cases: ReadonlyArray<readonly [Advice.Reason, Partial<Advice.Circumstances>, string]> = [
    [
      "could_not_connect",
      { detail: "connect ECONNREFUSED 127.0.0.1:3000" },
      `could_not_connect: nothing listens at ${url} - is the bot running?`
    ],
    [
      "could_not_connect",
      { detail: "getaddrinfo ENOTFOUND bot.invalid" },
      `could_not_connect: there is no host of the name in ${url} - is the URL right?`
    ],
    [
      "request_timeout",
      {},
      `request_timeout: the bot at ${url} did not answer within 2 seconds - answer 200 at once, and do the work afterwards`
    ],
    [
      "error_status_code",
      { status: 404 },
      `error_status_code: the bot answered 404, LINE expects 200 - is the path of ${url} the one that the bot serves?`
    ],
    [
      "error_status_code",
      { status: 401 },
      "error_status_code: the bot answered 401, LINE expects 200 - " +
        "does it verify with this channel's secret, over the bytes as they came?"
    ]
  ]
  it.each(cases)("of %s %o", (reason, circumstances, expected) => {
    assert.strictEqual(Advice.explain(reason, { url, ...circumstances }), expected)
  })

  it("is the same for a webhook that was tested", () => {
    const timestamp = "2026-01-01T00:00:00.000Z"
    assert.strictEqual(
      Webhook.judge(url, { timestamp, statusCode: 404, reason: "ERROR_STATUS_CODE", detail: "404" }),
      Advice.explain("error_status_code", { url, status: 404 })
    )
    assert.strictEqual(
      Webhook.judge(url, { timestamp, statusCode: 200, reason: "OK" }),
      `the bot at ${url} answered 200`
    )
  })
})

describe("progress", () => {
  const linesOf = (steps: ReadonlyArray<Progress.Step>) =>
    Progress.lines(Stream.fromIterable(steps), Effect.succeed(url)).pipe(
      Stream.map(timeless),
      Stream.runCollect,
      Effect.map((lines) => [...lines])
    )

  it.effect("says which retry key has come again", () =>
    Effect.gen(function* () {
      const lines = yield* linesOf([
        { _tag: "Request", request: { ...request, status: 500 } },
        { _tag: "Request", request },
        { _tag: "Request", request: { ...request, retryKey: undefined } }
      ])
      assert.deepStrictEqual(lines, [
        "bot -> LINE  pushMessage 500 in 12 ms",
        "bot -> LINE  pushMessage 200 in 12 ms: again with retry key 123e4567-e89b-12d3-a456-426614174000",
        "bot -> LINE  pushMessage 200 in 12 ms"
      ])
    })
  )

  it.effect("says what LINE has to say of what it refuses", () =>
    Effect.gen(function* () {
      const answer = {
        message: "The request body has 1 error(s)",
        details: [{ message: "May not be empty", property: "messages[0].text" }]
      }
      const oauth = { error: "invalid_client", error_description: "invalid client_secret" }
      const lines = yield* linesOf([
        { _tag: "Request", request: { ...request, status: 400, answer } },
        { _tag: "Request", request: { ...request, operationId: "issueChannelToken", status: 400, answer: oauth } },
        { _tag: "Request", request: { ...request, operationId: undefined, retryKey: undefined, status: 404 } },
        { _tag: "Request", request: { ...request, retryKey: undefined, status: undefined, aborted: true } }
      ])
      assert.deepStrictEqual(lines, [
        "bot -> LINE  pushMessage 400 in 12 ms: The request body has 1 error(s); messages[0].text May not be empty",
        "bot -> LINE  issueChannelToken 400 in 12 ms: again with retry key 123e4567-e89b-12d3-a456-426614174000: " +
          "invalid_client invalid client_secret",
        "bot -> LINE  POST /v2/bot/message/push 404 in 12 ms",
        "bot -> LINE  pushMessage --- in 12 ms: the bot hung up before the answer"
      ])
    })
  )

  it.effect("says how the bot took a webhook", () =>
    Effect.gen(function* () {
      const refused = { _tag: "Failed", reason: "could_not_connect" } as const
      const lines = yield* linesOf([
        { _tag: "Delivery", delivery },
        { _tag: "Delivery", delivery: { ...delivery, outcome: refused, detail: "connect ECONNREFUSED" } },
        {
          _tag: "Delivery",
          delivery: { ...delivery, events: [], outcome: { _tag: "NotSent" }, detail: "no webhook is set" }
        }
      ])
      assert.deepStrictEqual(lines, [
        'LINE -> bot  message "hello": answered 200 in 8 ms',
        `LINE -> bot  message "hello": could_not_connect: nothing listens at ${url} - is the bot running?`,
        "LINE -> bot  no events: not sent: no webhook is set - line-effect webhook set URL"
      ])
    })
  )

  it("leaves out requests that have not ended, and what is no step", () => {
    assert.isFalse(Progress.isStep({ _tag: "Request", request: { ...request, status: undefined } }))
    assert.isTrue(Progress.isStep({ _tag: "Request", request }))
    assert.isFalse(Progress.isStep({ _tag: "World" }))
  })

  it("describes events in a few words", () => {
    assert.strictEqual(
      Progress.describe([
        { type: "message", message: { id: "1", type: "image" } },
        { type: "postback", postback: { data: "x".repeat(60) }, deliveryContext: { isRedelivery: true } }
      ]),
      `message (image), postback "${"x".repeat(40)}…" (redelivery)`
    )
    // An emoji is cut as a whole.
    assert.notInclude(
      Progress.describe([{ type: "message", message: { id: "1", type: "text", text: `${"x".repeat(39)}👍` } }]),
      "\\ud83d"
    )
    assert.deepStrictEqual(Progress.eventsOf("not JSON"), [])
    assert.deepStrictEqual(Progress.eventsOf('{"events":[1,{"type":"follow"}]}'), [{ type: "follow" }])
  })
})

describe("a failure", () => {
  const call = { operation: "pushMessage", requestId: "r", attempts: 1, retryKey: "k", ambiguous: false }

  it("of LINE's has a kind that scripts know", () => {
    const answered = { ...call, status: 400, lineMessage: "Failed to send messages", details: [] }
    const kinds: ReadonlyArray<readonly [LineError.LineError, Failure.Kind]> = [
      [new LineError.InvalidRequest({ ...call, issues: [{ path: "to", message: "is required" }] }), "invalid"],
      [new LineError.BadRequest(answered), "refused"],
      [new LineError.QuotaExceeded({ ...answered, status: 429 }), "refused"],
      [new LineError.ServerError({ ...answered, status: 500 }), "unreachable"],
      [new LineError.Timeout({ ...call, milliseconds: 10 }), "unreachable"],
      [
        new LineError.NetworkError({ ...call, status: undefined, delivered: "no", reason: "ECONNREFUSED" }),
        "unreachable"
      ]
    ]
    for (const [error, kind] of kinds) {
      assert.strictEqual(Failure.fromLine(error).kind, kind, error._tag)
      const without = new LineError.TokenUnavailable({ ...call, cause: error })
      assert.strictEqual(Failure.fromLine(without).kind, kind, `a token that is not there for ${error._tag}`)
    }
  })

  it("that may have sent something says how not to send it twice", () => {
    const failure = Failure.fromLine(new LineError.Timeout({ ...call, ambiguous: true, milliseconds: 10 }))
    assert.include(Failure.format(failure), "--retry-key k")
  })

  it("has its issues, each on a line", () => {
    const issues = [
      { path: "messages[0].text", message: "must not be empty" },
      { path: "", message: "is nothing" }
    ]
    const failure = new Failure.Failure({ kind: "invalid", message: "invalid", issues, advice: "Do something." })
    assert.strictEqual(
      Failure.format(failure),
      "invalid\n  messages[0].text must not be empty\n  is nothing\nDo something."
    )
  })
})

describe("words", () => {
  it("for a receipt", () => {
    const receipt = {
      status: "accepted",
      requestId: "r",
      retryKey: "k",
      attempts: 1,
      sentMessages: [{ id: "1" }]
    } as const
    assert.strictEqual(Messages.receiptOf(receipt), "sent 1 message, 1: request r, retry key k, 1 attempt")
    assert.strictEqual(
      Messages.receiptOf({ ...receipt, status: "alreadyAccepted", attempts: 2, sentMessages: [] }),
      "sent (LINE had accepted an attempt whose answer was lost): request r, retry key k, 2 attempts"
    )
  })

  it("for a duration", () => {
    assert.deepStrictEqual([900, 2_592_000, 3600, 59].map(Token.duration), [
      "15 minutes",
      "30 days",
      "1 hour",
      "59 seconds"
    ])
  })

  it.effect("tell the way of a message from its file", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Messages.wayAndFile("reply", "-"), { way: "reply", file: "-" })
      assert.deepStrictEqual(yield* Messages.wayAndFile("message.json", undefined), {
        way: "push",
        file: "message.json"
      })
      for (const words of [
        ["reply", undefined],
        ["toString", "x"]
      ] as const) {
        const { kind } = yield* Effect.flip(Messages.wayAndFile(words[0], words[1]))
        assert.strictEqual(kind, "usage")
      }
    })
  )
})
