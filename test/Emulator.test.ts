import { assert, describe, it } from "@effect/vitest"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Emulator from "line-effect/Emulator"
import * as Memberships from "line-effect/Memberships"
import { routes } from "../src/emulator/Platform.js"
import type { Route } from "../src/emulator/Wire.js"
import * as Emulated from "./support/Emulated.js"
import { operations } from "./support/Operations.js"

const hello = { type: "text", text: "hello" }
const retryKey = "123e4567-e89b-12d3-a456-426614174000"

interface Call {
  readonly body?: unknown
  readonly headers?: Record<string, string>
  readonly host?: string
}

/** Sends a request as a bot in any language would. */
const call = (
  line: Emulator.Service,
  method: "GET" | "POST" | "PUT" | "DELETE",
  path: string,
  { body, headers = {}, host = "api.line.me" }: Call = {}
) =>
  HttpClientRequest.make(method)(`https://${host}${path}`).pipe(
    HttpClientRequest.setHeader("authorization", `Bearer ${Redacted.value(line.channel.channelAccessToken)}`),
    body === undefined
      ? (request) => request
      : HttpClientRequest.bodyText(typeof body === "string" ? body : JSON.stringify(body), "application/json"),
    HttpClientRequest.setHeaders(headers),
    line.httpClient.execute,
    Effect.flatMap((response) =>
      Effect.map(response.text, (text) => ({
        status: response.status,
        headers: response.headers,
        body: text.startsWith("{") ? JSON.parse(text) : text
      }))
    )
  )

const post = (line: Emulator.Service, path: string, body: unknown, headers?: Record<string, string>) =>
  call(line, "POST", `/v2/bot/message/${path}`, { body, ...(headers === undefined ? {} : { headers }) })

const get = (line: Emulator.Service, path: string) => call(line, "GET", path)

const replyTokenOf = (delivery: Emulator.Delivery) => delivery.events[0]?.replyToken ?? "none"

const messageIdOf = (delivery: Emulator.Delivery) => delivery.events[0]?.message?.id ?? "none"

const details = (...pairs: ReadonlyArray<readonly [property: string, message: string]>) =>
  pairs.map(([property, message]) => ({ message, property }))

describe("every request", () => {
  const bad: ReadonlyArray<readonly [title: string, method: "GET" | "POST", path: string, Call, number, unknown]> = [
    ["an unknown path is not found", "GET", "/v2/bot/nothing", {}, 404, { message: "Not found" }],
    ["a doubled slash is an unknown path", "GET", "/v2/bot//info", {}, 404, { message: "Not found" }],
    ["a known path has its own method", "GET", "/v2/bot/message/push", {}, 405, { message: "Method not allowed" }],
    [
      "content is at the data host and nowhere else",
      "GET",
      "/v2/bot/message/1/content",
      {},
      404,
      { message: "Not found" }
    ],
    [
      "the token must be the channel's",
      "GET",
      "/v2/bot/info",
      { headers: { authorization: "Bearer other" } },
      401,
      {
        message:
          "Authentication failed due to the following reason: invalid token. " +
          "Confirm that the access token in the authorization header is valid."
      }
    ],
    [
      "a body is JSON and says so",
      "POST",
      "/v2/bot/message/broadcast",
      { body: "{}", headers: { "content-type": "text/plain" } },
      415,
      { message: "The content type, text/plain, is not supported" }
    ],
    [
      "a body must parse",
      "POST",
      "/v2/bot/message/broadcast",
      { body: '{"messages":\n [' },
      400,
      { message: "The request body could not be parsed as JSON (line: 2, column: 3)" }
    ],
    [
      "a body has at most two megabytes",
      "POST",
      "/v2/bot/message/broadcast",
      { body: `"${"x".repeat(2 * 1024 * 1024)}"` },
      413,
      { message: "Request entity too large" }
    ],
    [
      "a retry key is refused where none is accepted",
      "POST",
      "/v2/bot/message/reply",
      { body: {}, headers: { "X-Line-Retry-Key": retryKey } },
      400,
      { message: "The 'X-Line-Retry-Key' header is not supported by this API" }
    ],
    [
      "a retry key is a UUID",
      "POST",
      "/v2/bot/message/broadcast",
      { body: { messages: [hello] }, headers: { "X-Line-Retry-Key": "once" } },
      400,
      { message: "The value for the 'X-Line-Retry-Key' header is invalid" }
    ]
  ]
  for (const [title, method, path, options, status, body] of bad) {
    it.scoped(title, () =>
      Effect.gen(function* () {
        const line = yield* Emulator.make()
        const response = yield* call(line, method, path, options)
        assert.deepStrictEqual([response.status, response.body], [status, body])
        assert.match(response.headers["x-line-request-id"] ?? "", /^[0-9a-f-]{36}$/)
      })
    )
  }

  it.scoped("the hosts are LINE's: any other does not resolve", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      for (const host of ["example.com", "constructor"]) {
        const error = yield* Effect.flip(call(line, "GET", "/v2/bot/info", { host }))
        assert.deepInclude(error.cause, { code: "ENOTFOUND" })
      }
    })
  )

  it.scoped("a body that is too large is not on record", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      yield* post(line, "broadcast", { messages: [hello], padding: "x".repeat(2 * 1024 * 1024) })
      assert.deepInclude((yield* line.requests)[0], { status: 413, body: undefined })
    })
  )

  it.scoped("requests are on record, without the token", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      yield* post(line, "broadcast", { messages: [hello] }, { "X-Line-Retry-Key": retryKey })
      yield* get(line, "/v2/bot/followers/ids?limit=5")
      const records = yield* line.requests
      assert.deepStrictEqual(
        records.map(({ operationId, path, retryKey, status }) => ({ operationId, path, retryKey, status })),
        [
          { operationId: "broadcast", path: "/v2/bot/message/broadcast", retryKey, status: 200 },
          { operationId: "getFollowers", path: "/v2/bot/followers/ids?limit=5", retryKey: undefined, status: 200 }
        ]
      )
      assert.deepStrictEqual(records[0]?.body, { messages: [hello] })
      assert.notInclude(JSON.stringify(records), Redacted.value(line.channel.channelAccessToken))
    })
  )

  it.scoped("the same seed makes the same world", () =>
    Effect.gen(function* () {
      const tell = (seed: number) =>
        Effect.gen(function* () {
          const line = yield* Emulator.make({ seed })
          return (yield* line.say(yield* line.addUser(), "hello")).body
        })
      assert.strictEqual(yield* tell(7), yield* tell(7))
      assert.notStrictEqual(yield* tell(7), yield* tell(8))
    })
  )
})

type Place = Pick<Route, "host" | "method" | "operationId" | "path">

describe("the operations of the emulator", () => {
  it("are all there are, each where LINE has it", () => {
    const placeOf = ({ host = "api", method, operationId, path }: Place) => `${operationId} ${method} ${host} ${path}`
    assert.sameMembers(routes.map(placeOf), [...operations.values()].map(placeOf))
  })

  it.effect("can be given another answer", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.Emulator
      yield* line.fault(Emulator.Fault.respond(200, { memberships: [] }), { operation: "getMembershipList" })
      assert.deepStrictEqual(yield* Memberships.getMembershipList(), { memberships: [] })
    }).pipe(Emulated.provide())
  )

  it.scoped("are on record with the body of a call, unless that carries a secret", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const body = { to: "U1" }
      yield* call(line, "POST", "/shop/v3/mission", { body })
      yield* call(line, "POST", "/module/auth/v1/token", {
        host: "manager.line.biz",
        body: { client_secret: "hidden" }
      })
      assert.deepStrictEqual(
        (yield* line.requests).map((request) => request.body),
        [body, undefined]
      )
    })
  )
})

describe("replying", () => {
  it.scoped("a reply token is good once, for a minute", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser()
      const replyToken = replyTokenOf(yield* line.say(user, "hello"))
      yield* TestClock.adjust("59 seconds")
      const first = yield* post(line, "reply", { replyToken, messages: [hello, { ...hello, text: "again" }] })
      assert.strictEqual(first.status, 200)
      assert.lengthOf(first.body.sentMessages, 2)
      assert.hasAllKeys(first.body.sentMessages[0], ["id", "quoteToken"])
      const late = replyTokenOf(yield* line.say(user, "hello"))
      yield* TestClock.adjust("60 seconds")
      for (const token of [replyToken, late, "unknown"]) {
        const { body, status } = yield* post(line, "reply", { replyToken: token, messages: [hello] })
        assert.deepStrictEqual([status, body], [400, { message: "Invalid reply token" }])
      }
      const said = (yield* line.messages(user)).map(({ message, via }) => [via, message["text"]])
      assert.deepStrictEqual(said, [
        ["user", "hello"],
        ["reply", "hello"],
        ["reply", "again"],
        ["user", "hello"]
      ])
    })
  )

  it.scoped("a reply refused for its messages leaves its token good", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const replyToken = replyTokenOf(yield* line.say(yield* line.addUser(), "hello"))
      assert.strictEqual((yield* post(line, "reply", { replyToken, messages: [] })).status, 400)
      assert.strictEqual((yield* post(line, "reply", { replyToken, messages: [hello] })).status, 200)
    })
  )

  it.scoped("a reply to somebody who has blocked the bot is accepted all the same", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser()
      const replyToken = replyTokenOf(yield* line.say(user, "hello"))
      yield* line.unfollow(user)
      const { body, status } = yield* post(line, "reply", { replyToken, messages: [hello] })
      assert.strictEqual(status, 200)
      assert.hasAllKeys(body.sentMessages[0], ["id", "quoteToken"])
      assert.lengthOf(yield* line.messages(user), 1)
    })
  )

  it.scoped("a reply token is no good in a chat that the bot has left", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const group = yield* line.addGroup({ members: [yield* line.addUser()] })
      const replyToken = replyTokenOf(yield* line.join(group))
      yield* line.leave(group)
      const { body, status } = yield* post(line, "reply", { replyToken, messages: [hello] })
      assert.deepStrictEqual([status, body], [400, { message: "Invalid reply token" }])
      assert.lengthOf(yield* line.messages(group), 0)
    })
  )

  it.scoped("a message is quoted in its own chat only", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const [ann, ben] = [yield* line.addUser(), yield* line.addUser()]
      const quoteToken = (yield* line.say(ann, "hello")).events[0]?.message?.["quoteToken"]
      const quote = (to: Emulator.User) =>
        Effect.map(post(line, "push", { to: to.userId, messages: [{ ...hello, quoteToken }] }), ({ status }) => status)
      assert.deepStrictEqual([yield* quote(ann), yield* quote(ben)], [200, 400])
    })
  )
})

describe("retry keys", () => {
  const push = (line: Emulator.Service, to: string, text = "hello") =>
    post(line, "push", { to, messages: [{ type: "text", text }] }, { "X-Line-Retry-Key": retryKey })

  it.scoped("a push accepted once is answered 409 for a day, with what was sent", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser()
      const first = yield* push(line, user.userId)
      yield* TestClock.adjust("23 hours")
      const second = yield* push(line, user.userId, "something else")
      assert.strictEqual(second.status, 409)
      assert.deepStrictEqual(second.body, { message: "The retry key is already accepted", ...first.body })
      assert.strictEqual(second.headers["x-line-accepted-request-id"], first.headers["x-line-request-id"])
      assert.notStrictEqual(second.headers["x-line-request-id"], first.headers["x-line-request-id"])
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* push(line, user.userId)).status, 200)
      assert.lengthOf(yield* line.messages(user), 2)
    })
  )

  it.scoped("the day of a key begins with the first request, whatever became of it", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser()
      yield* line.fault(Emulator.Fault.serverError())
      assert.strictEqual((yield* push(line, user.userId)).status, 500)
      yield* TestClock.adjust("23 hours")
      assert.strictEqual((yield* push(line, user.userId)).status, 200)
      assert.strictEqual((yield* push(line, user.userId)).status, 409)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* push(line, user.userId)).status, 200)
      assert.strictEqual((yield* push(line, user.userId)).status, 409)
    })
  )

  it.scoped("a refused request leaves its key free", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser()
      assert.strictEqual((yield* push(line, user.userId, "")).status, 400)
      yield* line.fault(Emulator.Fault.serverError())
      assert.strictEqual((yield* push(line, user.userId)).status, 500)
      assert.strictEqual((yield* push(line, user.userId)).status, 200)
    })
  )

  it.scoped("of two requests at once, one is accepted", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser()
      const responses = yield* Effect.all([push(line, user.userId), push(line, user.userId)], {
        concurrency: "unbounded"
      })
      assert.sameMembers(
        responses.map(({ status }) => status),
        [200, 409]
      )
      assert.lengthOf(yield* line.messages(user), 1)
    })
  )

  it.scoped("multicast, narrowcast and broadcast take one too, and are told no more than that", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser()
      for (const [index, path] of ["multicast", "narrowcast", "broadcast"].entries()) {
        const send = post(
          line,
          path,
          { to: [user.userId], messages: [hello] },
          { "X-Line-Retry-Key": retryKey.replace(/0$/, String(index + 1)) }
        )
        assert.strictEqual((yield* send).status, path === "narrowcast" ? 202 : 200)
        assert.deepStrictEqual((yield* send).body, { message: "The retry key is already accepted" })
      }
    })
  )
})

describe("faults", () => {
  it.scoped("an error after LINE accepted leaves the message sent and the key used", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser()
      yield* line.fault(Emulator.Fault.serverError({ status: 503, accept: "after" }), { operation: "pushMessage" })
      const send = post(line, "push", { to: user.userId, messages: [hello] }, { "X-Line-Retry-Key": retryKey })
      yield* get(line, "/v2/bot/info")
      assert.strictEqual((yield* send).status, 503)
      assert.strictEqual((yield* send).status, 409)
      assert.lengthOf(yield* line.messages(user), 1)
    })
  )

  it.scoped("a dropped or refused connection fails as a socket would", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      yield* line.fault(Emulator.Fault.drop(), { times: 2 })
      yield* line.fault(Emulator.Fault.refuse)
      const codes = yield* Effect.forEach([1, 2, 3], () =>
        Effect.map(Effect.flip(get(line, "/v2/bot/info")), ({ _tag, cause, reason }) => [
          _tag,
          reason,
          cause instanceof Error && "code" in cause ? cause.code : cause
        ])
      )
      assert.deepStrictEqual(codes, [
        ["RequestError", "Transport", "ECONNRESET"],
        ["RequestError", "Transport", "ECONNRESET"],
        ["RequestError", "Transport", "ECONNREFUSED"]
      ])
      assert.strictEqual((yield* get(line, "/v2/bot/info")).status, 200)
    })
  )

  it.scoped("a fault for no times never happens", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      yield* line.fault(Emulator.Fault.drop(), { times: 0 })
      assert.strictEqual((yield* get(line, "/v2/bot/info")).status, 200)
    })
  )

  it.scoped("an answer has no body where its status has none, and a status that there is", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      for (const status of [204, 205, 304]) {
        yield* line.fault(Emulator.Fault.respond(status, "gone"))
        const answer = yield* get(line, "/v2/bot/info")
        assert.deepStrictEqual([answer.status, answer.body], [status, ""])
      }
      for (const status of [0, 101, 600, 200.5]) {
        assert.throws(() => Emulator.Fault.respond(status, ""), `from 200 to 599, not ${status}`)
      }
    })
  )

  it.scoped("a delayed answer comes after its time", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser()
      yield* line.fault(Emulator.Fault.delay("3 seconds", { accept: "after" }))
      const fiber = yield* Effect.fork(post(line, "push", { to: user.userId, messages: [hello] }))
      yield* TestClock.adjust("2 seconds")
      assert.lengthOf(yield* line.messages(user), 1)
      assert.strictEqual((yield* line.requests)[0]?.status, undefined)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(fiber)).status, 200)
    })
  )

  it.scoped("a caller who gives up is on record, and LINE did not act", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser()
      yield* line.fault(Emulator.Fault.delay(Infinity))
      const fiber = yield* Effect.fork(post(line, "push", { to: user.userId, messages: [hello] }))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      assert.deepInclude((yield* line.requests)[0], { aborted: true, status: undefined })
      assert.lengthOf(yield* line.messages(user), 0)
    })
  )

  it.scoped("the two 429 are worded apart, and any answer can be given", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      yield* line.fault(Emulator.Fault.rateLimited)
      yield* line.fault(Emulator.Fault.quotaExceeded)
      yield* line.fault(Emulator.Fault.respond(502, "<html></html>", { headers: { "content-type": "text/html" } }))
      yield* line.fault(Emulator.Fault.respond(400, { message: null }))
      const answers = yield* Effect.forEach([1, 2, 3, 4], () =>
        Effect.map(get(line, "/v2/bot/info"), ({ body, status }) => [status, body])
      )
      assert.deepStrictEqual(answers, [
        [429, { message: "The API rate limit has been exceeded. Try again later." }],
        [429, { message: "You have reached your monthly limit." }],
        [502, "<html></html>"],
        [400, { message: null }]
      ])
    })
  )
})

describe("checking messages", () => {
  const button = { type: "uri", label: "Open", uri: "https://example.com" }
  const buttons = (template: object) => ({
    type: "template",
    altText: "Menu",
    template: { type: "buttons", ...template }
  })
  const flex = (contents: unknown) => ({ type: "flex", altText: "Card", contents })
  const bodies: ReadonlyArray<readonly [title: string, messages: unknown, message: string, details?: unknown]> = [
    [
      "every generic issue is told at once",
      [{ type: "text", text: "" }, { type: "text", text: "x".repeat(5001) }, { type: "fax" }, { text: "hello" }],
      "The request body has 4 error(s)",
      details(
        ["messages[0].text", "May not be empty"],
        ["messages[1].text", "Length must be between 0 and 5000"],
        [
          "messages[2].type",
          "Must be one of the following values: " +
            "[text, textV2, sticker, image, video, audio, location, coupon, imagemap, template, flex]"
        ],
        ["messages[3].type", "May not be empty"]
      )
    ],
    [
      "there are one to five messages",
      [],
      "The request body has 1 error(s)",
      details(["messages", "Size must be between 1 and 5"])
    ],
    [
      "a value of the wrong type stops the check",
      [{ type: "text", text: 1 }],
      "The property, 'messages[0].text', in the request body is invalid (line: -, column: -)"
    ],
    [
      "a template is checked inside, under a path of slashes",
      [
        hello,
        buttons({ title: "x".repeat(41), text: "hello", actions: [button, { ...button, uri: "ftp://example.com" }] })
      ],
      "A message (messages[1])\u00a0in the request body is invalid",
      details(
        ["template/title", "must not be longer than 40 characters"],
        ["template/actions/1/uri", "invalid uri scheme"]
      )
    ],
    [
      "a Flex Message is checked inside, under a path from its bubble",
      [
        flex({
          type: "bubble",
          hero: { type: "image" },
          body: { type: "box", layout: "vertical", contents: [{ type: "text", text: "" }, { type: "fax" }] }
        })
      ],
      "A message (messages[0])\u00a0in the request body is invalid",
      details(
        ["/hero/url", "must be specified"],
        ["/body/contents/0/text", "must be non-empty text"],
        ["/body/contents/1", "invalid property"]
      )
    ],
    [
      "a bubble has something in it",
      [flex({ type: "bubble" })],
      "A message (messages[0])\u00a0in the request body is invalid",
      details(["/", "At least one block must be specified"])
    ]
  ]
  for (const [title, messages, message, expected] of bodies) {
    it.scoped(title, () =>
      Effect.gen(function* () {
        const line = yield* Emulator.make()
        const user = yield* line.addUser()
        const pushed = yield* post(line, "push", { to: user.userId, messages })
        const validated = yield* post(line, "validate/push", { messages })
        const body = expected === undefined ? { message } : { message, details: expected }
        assert.deepStrictEqual([pushed.status, pushed.body], [400, body])
        assert.deepStrictEqual(validated.body, body)
        assert.lengthOf(yield* line.messages(user), 0)
      })
    )
  }

  const user = `U${"0".repeat(32)}`
  const wrong: ReadonlyArray<readonly [property: string, path: string, body: object]> = [
    ["'to'", "message/push", { to: [user], messages: [hello] }],
    ["'to'", "message/push", { to: { toString: 1 }, messages: [hello] }],
    ["'to'", "message/multicast", { to: user, messages: [hello] }],
    ["'replyToken'", "message/reply", { replyToken: ["token"], messages: [hello] }],
    ["'replyToken'", "message/reply", { replyToken: { toString: 1 }, messages: [hello] }],
    ["'notificationDisabled'", "message/broadcast", { messages: [hello], notificationDisabled: "maybe" }],
    ["'notificationDisabled'", "message/narrowcast", { messages: [hello], notificationDisabled: 1 }],
    ["'customAggregationUnits'", "message/push", { to: user, messages: [hello], customAggregationUnits: "spring" }],
    [
      "'customAggregationUnits[0]'",
      "message/multicast",
      { to: [user], messages: [hello], customAggregationUnits: [{ toString: 1 }] }
    ],
    ["'markAsReadToken'", "chat/markAsRead", { markAsReadToken: ["token"] }],
    ["'chat.chatId'", "message/markAsRead", { chat: { userId: { toString: 1 } } }]
  ]
  for (const [property, path, body] of wrong) {
    it.scoped(`${property} of ${path} is not ${JSON.stringify(body).slice(0, 60)}…`, () =>
      Effect.gen(function* () {
        const line = yield* Emulator.make()
        const refused = yield* call(line, "POST", `/v2/bot/${path}`, { body })
        assert.deepStrictEqual(
          [refused.status, refused.body.message],
          [400, `The property, ${property}, in the request body is invalid (line: -, column: -)`]
        )
      })
    )
  }

  it.scoped("a token or an ID in an array is none", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser()
      const replyToken = [replyTokenOf(yield* line.say(user, "hello"))]
      const refused = [
        yield* post(line, "reply", { replyToken, messages: [hello] }),
        yield* post(line, "push", { to: [user.userId], messages: [hello] }),
        yield* post(line, "markAsRead", { chat: { userId: [user.userId] } })
      ]
      assert.deepStrictEqual(
        refused.map(({ status }) => status),
        [400, 400, 400]
      )
      assert.lengthOf(yield* line.messages(user), 1)
    })
  )

  for (const type of ["constructor", "toString", "__proto__", { toString: 1 }, ["text"], null]) {
    it.scoped(`${JSON.stringify(type)} is no type of a message`, () =>
      Effect.gen(function* () {
        const line = yield* Emulator.make()
        const { body, status } = yield* post(line, "validate/push", { messages: [{ type, text: "hello" }] })
        assert.deepStrictEqual([status, body.details[0].property], [400, "messages[0].type"])
      })
    )
  }

  it.scoped("good messages pass each of the five checks, and none is sent", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser()
      for (const kind of ["reply", "push", "multicast", "narrowcast", "broadcast"]) {
        assert.deepStrictEqual((yield* post(line, `validate/${kind}`, { messages: [hello] })).body, {})
      }
      assert.lengthOf(yield* line.messages(user), 0)
    })
  )
})

describe("pushing", () => {
  it.scoped("only known users and joined chats can be pushed to", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const group = yield* line.addGroup({ members: [yield* line.addUser()] })
      const push = (to: unknown) =>
        Effect.map(post(line, "push", { to, messages: [hello] }), ({ body, status }) => [status, body.message])
      const malformed = "The property, 'to', in the request body is invalid (line: -, column: -)"
      assert.deepStrictEqual(yield* push("nobody"), [400, malformed])
      assert.deepStrictEqual(yield* push(`U${"0".repeat(32)}`), [400, "Failed to send messages"])
      assert.deepStrictEqual(yield* push(group.groupId), [400, "Failed to send messages"])
      assert.deepStrictEqual(yield* push(undefined), [400, "The request body has 1 error(s)"])
      yield* line.join(group)
      assert.deepStrictEqual(yield* push(group.groupId), [200, undefined])
    })
  )

  it.scoped("a push to somebody who cannot get it is accepted all the same", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make({ quota: { type: "limited", value: 10 } })
      const [blocker, stranger] = [yield* line.addUser(), yield* line.addUser({ friend: false })]
      yield* line.unfollow(blocker)
      for (const { userId } of [blocker, stranger]) {
        const { body, status } = yield* post(line, "push", { to: userId, messages: [hello] })
        assert.strictEqual(status, 200)
        assert.hasAllKeys(body.sentMessages[0], ["id", "quoteToken"])
      }
      assert.lengthOf(yield* line.messages(blocker), 0)
      assert.deepStrictEqual((yield* get(line, "/v2/bot/message/quota/consumption")).body, { totalUsage: 0 })
      yield* line.say(stranger, "hello")
      yield* TestClock.adjust("7 days")
      yield* post(line, "push", { to: stranger.userId, messages: [hello] })
      yield* TestClock.adjust("1 minute")
      yield* post(line, "push", { to: stranger.userId, messages: [hello] })
      assert.lengthOf(yield* line.messages(stranger), 2)
    })
  )

  it.scoped("a multicast reaches the friends among its users", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const [ann, ben] = [yield* line.addUser(), yield* line.addUser({ friend: false })]
      const unknown = `U${"0".repeat(32)}`
      const to = [ann.userId, ann.userId, ben.userId, unknown]
      assert.deepStrictEqual((yield* post(line, "multicast", { to, messages: [hello] })).body, {})
      assert.deepStrictEqual([(yield* line.messages(ann)).length, (yield* line.messages(ben)).length], [1, 0])
      const group = yield* post(line, "multicast", { to: [ann.userId, `C${"0".repeat(32)}`], messages: [hello] })
      assert.strictEqual(group.body.message, "The property, to[1], in the request body is invalid (line: -, column: -)")
      const many = yield* post(line, "multicast", { to: Array(501).fill(unknown), messages: [hello] })
      assert.deepStrictEqual(many.body.details, details(["to", "Size must be between 1 and 500"]))
    })
  )
})

describe("quoting and mentioning", () => {
  const mention = {
    type: "textV2",
    text: "Hello {who}",
    substitution: { who: { type: "mention", mentionee: { type: "all" } } }
  }
  const misplaced = (...properties: ReadonlyArray<string>) => ({
    message: `The request body has ${properties.length} error(s)`,
    details: details(...properties.map((property) => [property, "Must not be specified"] as const))
  })

  it.scoped("what goes to many users neither quotes nor mentions", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser()
      const quoteToken = (yield* line.say(user, "hello")).events[0]?.message?.["quoteToken"]
      const messages = [{ ...hello, quoteToken }, mention]
      const expected = misplaced("messages[0].quoteToken", "messages[1].substitution.who")
      for (const path of ["multicast", "narrowcast", "broadcast"]) {
        for (const prefix of ["", "validate/"]) {
          const { body, status } = yield* post(line, `${prefix}${path}`, { to: [user.userId], messages })
          assert.deepStrictEqual([status, body], [400, expected])
        }
      }
      yield* TestClock.adjust("1 minute")
      assert.lengthOf(yield* line.messages(user), 1)
    })
  )

  it.scoped("people are mentioned in groups and rooms, and not to a user alone", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser()
      const group = yield* line.addGroup({ members: [user] })
      yield* line.join(group)
      const send = (replyToken: string, to: string) =>
        Effect.all([
          post(line, "reply", { replyToken, messages: [mention] }),
          post(line, "push", { to, messages: [mention] })
        ])
      for (const { body, status } of yield* send(replyTokenOf(yield* line.say(user, "hello")), user.userId)) {
        assert.deepStrictEqual([status, body], [400, misplaced("messages[0].substitution.who")])
      }
      const inGroup = yield* line.say(user, "hello", { in: group })
      for (const { status } of yield* send(replyTokenOf(inGroup), group.groupId)) assert.strictEqual(status, 200)
    })
  )
})

describe("counting", () => {
  it.scoped("the quota counts recipients, and what exceeds it is not sent", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make({ quota: { type: "limited", value: 4 } })
      const users = yield* Effect.replicateEffect(line.addUser(), 3)
      const group = yield* line.addGroup({ members: users })
      yield* line.join(group)
      assert.strictEqual((yield* post(line, "push", { to: group.groupId, messages: [hello, hello] })).status, 200)
      const over = yield* post(line, "broadcast", { messages: [hello] })
      assert.deepStrictEqual([over.status, over.body], [429, { message: "You have reached your monthly limit." }])
      const token = replyTokenOf(yield* line.say(users[0] ?? assert.fail(), "hello"))
      assert.strictEqual((yield* post(line, "reply", { replyToken: token, messages: [hello] })).status, 200)
      assert.deepStrictEqual((yield* get(line, "/v2/bot/message/quota")).body, { type: "limited", value: 4 })
      assert.deepStrictEqual((yield* get(line, "/v2/bot/message/quota/consumption")).body, { totalUsage: 3 })
    })
  )

  it.scoped("deliveries are told by the day of UTC+9, once it is over", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser()
      yield* TestClock.setTime(Date.parse("2026-03-01T14:59:00Z"))
      yield* post(line, "push", { to: user.userId, messages: [hello] })
      const delivered = (date: string) =>
        Effect.map(get(line, `/v2/bot/message/delivery/push?date=${date}`), ({ body }) => body)
      assert.deepStrictEqual(yield* delivered("20260301"), { status: "unready" })
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* delivered("20260301"), { status: "ready", success: 1 })
      assert.deepStrictEqual(yield* delivered("20260302"), { status: "unready" })
      assert.deepStrictEqual(yield* delivered("20180330"), { status: "out_of_service" })
      assert.deepStrictEqual(yield* delivered("20260230"), { message: "The value for the 'date' parameter is invalid" })
    })
  )

  it.scoped("aggregation units are named for a month", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser()
      const push = (...customAggregationUnits: ReadonlyArray<string>) =>
        post(line, "push", { to: user.userId, messages: [hello], customAggregationUnits })
      yield* push("spring")
      yield* push("autumn")
      assert.strictEqual((yield* push("with space")).status, 400)
      assert.strictEqual((yield* push("one", "two")).status, 400)
      const first = (yield* get(line, "/v2/bot/message/aggregation/list?limit=1")).body
      assert.deepStrictEqual(first.customAggregationUnits, ["spring"])
      const rest = (yield* get(line, `/v2/bot/message/aggregation/list?start=${first.next}`)).body
      assert.deepStrictEqual(rest, { customAggregationUnits: ["autumn"] })
      yield* TestClock.adjust("31 days")
      assert.deepStrictEqual((yield* get(line, "/v2/bot/message/aggregation/info")).body, {
        numOfCustomAggregationUnits: 0
      })
    })
  )
})

describe("narrowcasts", () => {
  const narrowcast = (line: Emulator.Service, rest: object = {}) =>
    post(line, "narrowcast", { messages: [hello], ...rest })
  const progress = (line: Emulator.Service, { headers }: { readonly headers: Record<string, string> }) =>
    Effect.map(
      get(line, `/v2/bot/message/progress/narrowcast?requestId=${headers["x-line-request-id"]}`),
      ({ body }) => body
    )

  it.scoped("a narrowcast waits, is sent, and has succeeded", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser()
      const accepted = yield* narrowcast(line)
      assert.deepStrictEqual([accepted.status, accepted.body], [202, {}])
      const phases = []
      for (let second = 0; second < 3; second++) {
        phases.push([(yield* progress(line, accepted)).phase, (yield* line.messages(user)).length])
        yield* TestClock.adjust("1 second")
      }
      assert.deepStrictEqual(phases, [
        ["waiting", 0],
        ["sending", 0],
        ["succeeded", 1]
      ])
      assert.deepStrictEqual(yield* progress(line, accepted), {
        acceptedTime: "1970-01-01T00:00:00.000Z",
        phase: "succeeded",
        successCount: 1,
        failureCount: 0,
        targetCount: 1,
        completedTime: "1970-01-01T00:00:02.000Z"
      })
      yield* TestClock.adjust("15 days")
      assert.deepStrictEqual(yield* progress(line, accepted), { message: "Not found" })
    })
  )

  it.scoped("a narrowcast is sent when its time comes between two milliseconds of a test clock", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser()
      // Less than a nanosecond is left at the end, which no sleep can be for.
      yield* TestClock.setTime(1000.0000003)
      yield* narrowcast(line)
      yield* TestClock.setTime(3000)
      assert.strictEqual((yield* line.messages(user)).length, 1)
    })
  )

  it.scoped("a filter and the recipients of an earlier one select its recipients", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const young = yield* line.addUser({ age: 19, gender: "female" })
      const old = yield* line.addUser({ age: 40, gender: "male" })
      const unknown = yield* line.addUser()
      const first = yield* narrowcast(line, {
        filter: {
          demographic: {
            type: "operator",
            or: [
              { type: "age", gte: "age_20" },
              { type: "gender", oneOf: ["female"] }
            ]
          }
        }
      })
      yield* TestClock.adjust("2 seconds")
      yield* narrowcast(line, {
        recipient: { type: "operator", not: { type: "redelivery", requestId: first.headers["x-line-request-id"] } }
      })
      yield* TestClock.adjust("2 seconds")
      const counts = yield* Effect.forEach([young, old, unknown], (user) =>
        Effect.map(line.messages(user), ({ length }) => length)
      )
      assert.deepStrictEqual(counts, [1, 1, 1])
    })
  )

  it.scoped("what happens after it comes after it in a conversation", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser()
      yield* narrowcast(line)
      yield* TestClock.adjust("3 seconds")
      yield* line.say(user, "thanks")
      yield* narrowcast(line)
      yield* TestClock.adjust("3 seconds")
      yield* line.unfollow(user)
      yield* line.follow(user)
      yield* line.say(user, "again")
      const timeline = (yield* line.messages(user)).map(({ timestamp, via }) => [via, timestamp])
      assert.deepStrictEqual(timeline, [
        ["narrowcast", 2000],
        ["user", 3000],
        ["narrowcast", 5000],
        ["user", 6000]
      ])
    })
  )

  it.scoped("it cannot name what there is not", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make({ narrowcastMinimum: { reach: 100, recipients: 50 } })
      yield* line.addUser()
      const refusal = (rest: object) => Effect.map(narrowcast(line, rest), ({ body, status }) => [status, body.message])
      assert.deepStrictEqual(yield* refusal({ recipient: { type: "audience", audienceGroupId: 5 } }), [
        400,
        "Invalid audience group id: 5"
      ])
      assert.deepStrictEqual(yield* refusal({ recipient: { type: "redelivery", requestId: "none" } }), [
        400,
        "Invalid request id: none"
      ])
      assert.deepStrictEqual(yield* refusal({ limit: { forbidPartialDelivery: true } }), [
        400,
        "The option forbidPartialDelivery must be used with upToRemainingQuota."
      ])
      assert.deepStrictEqual(yield* refusal({ filter: { demographic: { type: "gender", oneOf: ["male"] } } }), [
        403,
        "Your account does not have enough friends"
      ])
      const few = yield* narrowcast(line)
      yield* TestClock.adjust("2 seconds")
      assert.deepInclude(yield* progress(line, few), { phase: "failed", errorCode: 2 })
    })
  )

  it.scoped("it holds its part of the quota until it ends", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make({ quota: { type: "limited", value: 3 } })
      const users = yield* Effect.replicateEffect(line.addUser(), 2)
      yield* narrowcast(line)
      assert.strictEqual((yield* post(line, "broadcast", { messages: [hello] })).status, 429)
      const partial = { limit: { upToRemainingQuota: true } }
      assert.strictEqual((yield* narrowcast(line, partial)).status, 202)
      const whole = yield* narrowcast(line, { limit: { ...partial.limit, forbidPartialDelivery: true } })
      yield* TestClock.adjust("2 seconds")
      assert.deepInclude(yield* progress(line, whole), { phase: "failed", errorCode: 5 })
      const counts = yield* Effect.forEach(users, (user) => Effect.map(line.messages(user), ({ length }) => length))
      assert.deepStrictEqual(counts, [2, 1])
      assert.deepStrictEqual((yield* get(line, "/v2/bot/message/quota/consumption")).body, { totalUsage: 3 })
    })
  )
})

describe("users", () => {
  it.scoped("a profile is there for friends and those who wrote, until they block the bot", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser({ displayName: "Mika", language: "en", friend: false, age: 30 })
      const profile = get(line, `/v2/bot/profile/${user.userId}`)
      assert.deepStrictEqual((yield* profile).body, { message: "Not found" })
      yield* line.say(user, "hello")
      assert.deepStrictEqual((yield* profile).body, { userId: user.userId, displayName: "Mika", language: "en" })
      yield* line.unfollow(user)
      assert.strictEqual((yield* profile).status, 404)
      assert.deepStrictEqual((yield* get(line, "/v2/bot/profile/Mika")).body, {
        message: "The value for the 'userId' parameter is invalid"
      })
    })
  )

  it.scoped("followers come in pages, to a verified account", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const users = yield* Effect.replicateEffect(line.addUser(), 5)
      const ids = users.map(({ userId }) => userId)
      const first = (yield* get(line, "/v2/bot/followers/ids?limit=3")).body
      assert.deepStrictEqual(first.userIds, ids.slice(0, 3))
      const rest = get(line, `/v2/bot/followers/ids?limit=3&start=${first.next}`)
      assert.deepStrictEqual((yield* rest).body, { userIds: ids.slice(3) })
      yield* TestClock.adjust("24 hours")
      assert.deepStrictEqual((yield* rest).body, { message: "Invalid start param" })
      assert.strictEqual((yield* get(line, "/v2/bot/followers/ids?limit=1001")).status, 400)
      const unverified = yield* Emulator.make({ verified: false })
      assert.deepStrictEqual((yield* get(unverified, "/v2/bot/followers/ids")).body, {
        message: "Access to this API is not available for your account"
      })
    })
  )

  it.scoped("loading is shown to users, for a multiple of five seconds", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const { userId } = yield* line.addUser()
      const show = (body: unknown) =>
        Effect.map(call(line, "POST", "/v2/bot/chat/loading/start", { body }), ({ body, status }) => [status, body])
      assert.deepStrictEqual(yield* show({ chatId: userId }), [202, {}])
      assert.deepStrictEqual(yield* show({ chatId: userId, loadingSeconds: 62 }), [
        400,
        {
          message: "The request body has 2 error(s)",
          details: details(
            ["loadingSeconds", "Must be between 5 and 60"],
            ["loadingSeconds", "must be a multiple of five"]
          )
        }
      ])
      const [status] = yield* show({ chatId: `C${"0".repeat(32)}` })
      assert.strictEqual(status, 400)
    })
  )

  it.scoped("a markAsReadToken marks its message and those before it", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser()
      yield* line.say(user, "one")
      const markAsReadToken = (yield* line.say(user, "two")).events[0]?.message?.["markAsReadToken"]
      yield* line.say(user, "three")
      const mark = (body: unknown) => call(line, "POST", "/v2/bot/chat/markAsRead", { body })
      assert.deepStrictEqual((yield* mark({ markAsReadToken })).body, {})
      assert.deepStrictEqual(
        (yield* line.messages(user)).map(({ read }) => read),
        [true, true, false]
      )
      assert.strictEqual((yield* mark({ markAsReadToken: "other" })).status, 400)
      yield* post(line, "markAsRead", { chat: { userId: user.userId } })
      assert.isTrue((yield* line.messages(user))[2]?.read)
      assert.deepStrictEqual((yield* post(line, "markAsRead", { chat: {} })).body, {
        message: "The property, 'chat.chatId', in the request body is invalid (line: -, column: -)"
      })
    })
  )

  it.scoped("the bot knows itself, and gets link tokens for its users", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make({ channel: { displayName: "Helper" } })
      const { userId } = yield* line.addUser()
      assert.deepInclude((yield* get(line, "/v2/bot/info")).body, {
        userId: line.channel.userId,
        displayName: "Helper"
      })
      const token = yield* call(line, "POST", `/v2/bot/user/${userId}/linkToken`)
      assert.match(token.body.linkToken, /^\w+$/)
    })
  )
})

describe("groups and rooms", () => {
  it.scoped("a chat can be read while the bot is in it", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const member = yield* line.addUser({ friend: false, statusMessage: "away" })
      const outsider = yield* line.addUser()
      const group = yield* line.addGroup({ name: "Choir", members: [member] })
      const path = `/v2/bot/group/${group.groupId}`
      assert.strictEqual((yield* get(line, `${path}/summary`)).status, 404)
      yield* line.join(group)
      assert.deepStrictEqual((yield* get(line, `${path}/summary`)).body, { groupId: group.groupId, groupName: "Choir" })
      assert.deepStrictEqual((yield* get(line, `${path}/members/count`)).body, { count: 1 })
      assert.deepStrictEqual((yield* get(line, `${path}/members/ids`)).body, { memberIds: [member.userId] })
      assert.deepStrictEqual((yield* get(line, `${path}/member/${member.userId}`)).body, {
        userId: member.userId,
        displayName: member.displayName
      })
      assert.strictEqual((yield* get(line, `${path}/member/${outsider.userId}`)).status, 404)
      assert.deepStrictEqual((yield* get(line, "/v2/bot/group/choir/summary")).body, {
        message: "The value for the 'groupId' parameter is invalid"
      })
    })
  )

  it.scoped("member IDs come a hundred at a time", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const room = yield* line.addRoom({ members: yield* Effect.replicateEffect(line.addUser(), 101) })
      yield* line.join(room)
      const path = `/v2/bot/room/${room.roomId}/members/ids`
      const first = (yield* get(line, path)).body
      const rest = (yield* get(line, `${path}?start=${first.next}`)).body
      assert.deepStrictEqual([first.memberIds.length, rest.memberIds.length, rest.next], [100, 1, undefined])
    })
  )

  it.scoped("a group is left once, a room as often as one likes, and the webhook tells of it", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const members = [yield* line.addUser()]
      const [group, room] = [yield* line.addGroup({ members }), yield* line.addRoom({ members })]
      const leave = (path: string) => Effect.map(call(line, "POST", `/v2/bot/${path}/leave`), ({ status }) => status)
      const statuses = []
      for (const [chat, path] of [
        [group, `group/${group.groupId}`],
        [room, `room/${room.roomId}`]
      ] as const) {
        yield* line.join(chat)
        statuses.push(yield* leave(path), yield* leave(path))
      }
      assert.deepStrictEqual(statuses, [200, 404, 200, 200])
      yield* line.settled
      const types = (yield* line.deliveries).map(({ events }) => events[0]?.type)
      assert.deepStrictEqual(types, ["join", "leave", "join", "leave"])
    })
  )
})

describe("content", () => {
  const content = (line: Emulator.Service, id: string, path = "") =>
    call(line, "GET", `/v2/bot/message/${id}/content${path}`, { host: "api-data.line.me" })

  it.scoped("what a user sent can be fetched until they take it back", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser()
      const bytes = new TextEncoder().encode("a picture")
      const id = messageIdOf(yield* line.say(user, { type: "image", content: bytes, contentType: "image/png" }))
      const fetched = yield* content(line, id)
      assert.deepStrictEqual(
        [fetched.status, fetched.headers["content-type"], fetched.body],
        [200, "image/png", "a picture"]
      )
      assert.strictEqual((yield* content(line, id, "/preview")).headers["content-type"], "image/png")
      assert.strictEqual((yield* content(line, id, "/transcoding")).status, 400)
      yield* line.unsend(id)
      assert.deepStrictEqual((yield* content(line, id)).body, { message: "The content is gone" })
      const text = messageIdOf(yield* line.say(user, "hello"))
      assert.deepStrictEqual((yield* content(line, text)).body, { message: "not found" })
    })
  )

  it.scoped("a video is there once it is prepared", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser()
      const delivery = yield* line.say(user, {
        type: "video",
        content: new Uint8Array([1, 2, 3]),
        duration: 5000,
        readyAfter: "1 minute"
      })
      assert.deepInclude(delivery.events[0]?.message, {
        type: "video",
        duration: 5000,
        contentProvider: { type: "line" }
      })
      const states = Effect.gen(function* () {
        const id = messageIdOf(delivery)
        return [(yield* content(line, id)).status, (yield* content(line, id, "/transcoding")).body.status]
      })
      assert.deepStrictEqual(yield* states, [202, "processing"])
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* states, [200, "succeeded"])
    })
  )

  it.scoped("of a large video or audio is prepared, and of a large image is not", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser()
      for (const [type, first] of [
        ["video", 202],
        ["audio", 202],
        ["image", 200]
      ] as const) {
        const delivery = yield* line.say(user, { type, content: new Uint8Array(2 * 1024 * 1024) })
        assert.strictEqual((yield* content(line, messageIdOf(delivery))).status, first)
        yield* TestClock.adjust("2 seconds")
        assert.strictEqual((yield* content(line, messageIdOf(delivery))).status, 200)
      }
    })
  )
})

describe("webhooks", () => {
  it.scoped("a handler gets what happened, signed", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const received: Array<readonly [signature: string | null, body: string]> = []
      yield* line.setWebhook(async (request) => {
        received.push([request.headers.get("x-line-signature"), await request.text()])
        return new Response()
      })
      const user = yield* line.addUser({ friend: false })
      const group = yield* line.addGroup({ members: [user] })
      yield* line.follow(user)
      yield* line.unfollow(user)
      yield* line.follow(user)
      yield* line.postback(user, "buy=1")
      yield* line.join(group)
      const said = yield* line.say(user, { type: "sticker", packageId: "1", stickerId: "2" }, { in: group })
      yield* line.memberLeft(group, [user])
      yield* line.memberJoined(group, [user])
      yield* line.leave(group)
      const events = received.map(([, body]) => JSON.parse(body).events[0])
      assert.deepStrictEqual(
        events.map(({ type }) => type),
        ["follow", "unfollow", "follow", "postback", "join", "message", "memberLeft", "memberJoined", "leave"]
      )
      assert.deepStrictEqual([events[0].follow, events[2].follow], [{ isUnblocked: false }, { isUnblocked: true }])
      assert.deepStrictEqual(events[5].source, { type: "group", groupId: group.groupId, userId: user.userId })
      assert.deepInclude(events[5].message, { type: "sticker", stickerResourceType: "STATIC" })
      assert.deepStrictEqual(received[5], [said.signature, said.body])
      assert.deepStrictEqual(said.outcome, { _tag: "Answered", status: 200 })
      assert.lengthOf(yield* line.deliveries, 9)
    })
  )

  it.scoped("a call is answered before the bot has answered the webhook that follows from it", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const group = yield* line.addGroup({ members: [yield* line.addUser()] })
      yield* line.join(group)
      const told = yield* Deferred.make<string>()
      yield* line.setWebhook(async (request) => {
        Deferred.unsafeDone(told, Effect.succeed(await request.text()))
        return new Promise(() => {})
      })
      assert.strictEqual((yield* call(line, "POST", `/v2/bot/group/${group.groupId}/leave`)).status, 200)
      assert.strictEqual(JSON.parse(yield* Deferred.await(told)).events[0].type, "leave")
      assert.lengthOf(yield* line.deliveries, 1)
      const settled = yield* Effect.fork(line.settled)
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(settled)
      assert.deepInclude((yield* line.deliveries)[1], { outcome: { _tag: "Failed", reason: "request_timeout" } })
    })
  )

  it.scoped("a delivery that fails says why in LINE's words", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser()
      const outcome = (target: Emulator.Target | undefined) =>
        Effect.gen(function* () {
          yield* line.setWebhook(target)
          const fiber = yield* Effect.fork(line.say(user, "hello"))
          yield* TestClock.adjust("2 seconds")
          return (yield* Fiber.join(fiber)).outcome
        })
      assert.deepStrictEqual(yield* outcome(() => Promise.resolve(new Response(null, { status: 503 }))), {
        _tag: "Failed",
        reason: "error_status_code",
        status: 503
      })
      assert.deepStrictEqual(yield* outcome(() => new Promise(() => {})), { _tag: "Failed", reason: "request_timeout" })
      assert.deepStrictEqual(yield* outcome(() => Promise.reject(new Error("bug"))), {
        _tag: "Failed",
        reason: "unclassified"
      })
      assert.deepStrictEqual(yield* outcome(undefined), { _tag: "NotSent" })
    })
  )

  it.scoped("events and bodies can be delivered as they are, with any signature", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const bodies: Array<string> = []
      yield* line.setWebhook(async (request) => {
        bodies.push(await request.text())
        return new Response()
      })
      yield* line.send([{ type: "teleported" }])
      const forged = yield* line.deliver("{}", { signature: "forged" })
      assert.deepStrictEqual(bodies, [
        JSON.stringify({ destination: line.channel.userId, events: [{ type: "teleported" }] }),
        "{}"
      ])
      assert.strictEqual(forged.signature, "forged")
    })
  )

  it.scoped("nobody tells the bot of a chat it is not in", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser()
      const group = yield* line.addGroup({ members: [user] })
      const received: Array<string> = []
      yield* line.setWebhook(async (request) => {
        received.push(JSON.parse(await request.text()).events[0].type)
        return new Response()
      })
      const other = yield* line.addUser()
      const outside = [
        yield* line.say(user, "hello", { in: group }),
        yield* line.leave(group),
        yield* line.memberJoined(group, [other]),
        yield* line.memberLeft(group, [user])
      ]
      assert.deepStrictEqual(
        outside.map(({ outcome }) => outcome._tag),
        ["NotSent", "NotSent", "NotSent", "NotSent"]
      )
      assert.lengthOf(yield* line.deliveries, 0)
      assert.lengthOf(yield* line.messages(group), 1)
      yield* line.join(group)
      assert.deepStrictEqual((yield* line.join(group)).outcome, { _tag: "NotSent" })
      assert.deepStrictEqual(received, ["join"])
      const { memberIds } = (yield* get(line, `/v2/bot/group/${group.groupId}/members/ids`)).body
      assert.deepStrictEqual(memberIds, [other.userId])
    })
  )

  it.scoped("users and chats of another emulator are a mistake in the program, though their IDs are the same", () =>
    Effect.gen(function* () {
      const populate = Effect.gen(function* () {
        const line = yield* Emulator.make()
        const user = yield* line.addUser()
        return { line, user, group: yield* line.addGroup({ members: [user] }) }
      })
      const [{ group, line, user }, other] = [yield* populate, yield* populate]
      assert.deepStrictEqual([user, group], [other.user, other.group])
      const mistakes: ReadonlyArray<Effect.Effect<unknown>> = [
        line.say(other.user, "hello"),
        line.say(user, "hello", { in: other.group }),
        line.postback(other.user, "buy=1"),
        line.follow(other.user),
        line.join(other.group),
        line.memberJoined(group, [other.user]),
        line.addGroup({ members: [user, other.user] }),
        line.messages(other.user),
        line.messages(other.group)
      ]
      for (const mistake of mistakes) {
        const exit = yield* Effect.exit(mistake)
        assert.isTrue(Exit.isFailure(exit) && Cause.pretty(exit.cause).includes("of another emulator"))
      }
    })
  )

  it.scoped("what a user could not do is a mistake in the program", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const [ann, ben] = [yield* line.addUser({ displayName: "Ann" }), yield* line.addUser()]
      const group = yield* line.addGroup({ members: [ben] })
      const exit = yield* Effect.exit(line.say(ann, "hello", { in: group }))
      assert.isTrue(Exit.isFailure(exit) && Cause.pretty(exit.cause).includes("Ann is not in this group"))
    })
  )
})
