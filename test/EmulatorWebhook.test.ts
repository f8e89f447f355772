import { assert, describe, it } from "@effect/vitest"
import * as Array from "effect/Array"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Bot from "line-effect/Bot"
import * as Emulator from "line-effect/Emulator"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as Users from "line-effect/Users"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import * as Emulated from "./support/Emulated.js"

/** A bot that answers with the statuses of a list, and then with 200, and keeps what it got. */
const bot = (line: Emulator.Service, statuses: ReadonlyArray<number> = []) =>
  Effect.gen(function* () {
    const received: Array<ReturnType<typeof JSON.parse>> = []
    yield* line.setWebhook(async (request) => {
      received.push(await request.json())
      return new Response(null, { status: statuses[received.length - 1] ?? 200 })
    })
    return { received, events: () => received.flatMap(({ events }) => events) }
  })

const textsOf = (events: ReadonlyArray<{ readonly message: { readonly text: string } }>) =>
  events.map(({ message }) => message.text)

/** Lets fibers run that the clock has woken. */
const settle = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))

describe("redelivery", () => {
  it.scoped("sends a failed webhook again until the bot takes it, with nothing new but isRedelivery", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const { events } = yield* bot(line, [500, 503])
      yield* line.act({ type: "setWebhook", redelivery: true })
      yield* line.say(yield* line.addUser(), "hello")
      yield* TestClock.adjust("10 seconds")
      yield* settle
      yield* TestClock.adjust("50 seconds")
      yield* settle
      yield* TestClock.adjust("1 hour")
      yield* settle
      const [first, ...again] = events()
      assert.strictEqual(first.deliveryContext.isRedelivery, false)
      const redelivered = { ...first, deliveryContext: { isRedelivery: true } }
      assert.deepStrictEqual(again, [redelivered, redelivered])
    })
  )

  it.scoped("is off at first, and then what failed is gone", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const { events } = yield* bot(line, [500])
      yield* line.say(yield* line.addUser(), "hello")
      yield* TestClock.adjust("1 hour")
      yield* settle
      assert.lengthOf(events(), 1)
    })
  )

  it.effect("gives an unused reply token another minute, until 20 minutes after the event", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.Emulator
      const user = yield* line.addUser()
      const reply = (delivery: Emulator.Delivery) =>
        Effect.map(
          Effect.either(
            Messaging.replyMessage({ replyToken: delivery.events[0]?.replyToken ?? "", messages: [Message.text("hi")] })
          ),
          ({ _tag }) => _tag
        )
      const used = yield* line.say(user, "one")
      assert.strictEqual(yield* reply(used), "Right")
      yield* line.redeliver(used)
      assert.strictEqual(yield* reply(used), "Left")

      const late = yield* line.say(user, "two")
      yield* TestClock.adjust("19 minutes")
      assert.strictEqual(yield* reply(late), "Left")
      const again = yield* line.redeliver(late)
      assert.strictEqual(again.events[0]?.replyToken, late.events[0]?.replyToken)
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual(yield* reply(again), "Right")

      const tooLate = yield* line.say(user, "three")
      yield* TestClock.adjust("19 minutes")
      yield* line.redeliver(tooLate)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* reply(tooLate), "Left")
    }).pipe(Emulated.provide())
  )
})

describe("a reset", () => {
  it.scoped("takes away what was to come, and ends a wait for what it takes away", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make({ begin: (line) => line.addUser({ displayName: "Mika" }) })
      const { events } = yield* bot(line, [500])
      yield* line.act({ type: "setWebhook", redelivery: true })
      const user = yield* line.addUser()
      yield* line.say(user, "of the old world")
      const waiting = yield* Effect.fork(Effect.exit(line.awaitMessages(user, 1)))
      yield* Effect.yieldNow()
      yield* line.reset
      assert.isTrue(Exit.isFailure(yield* Fiber.join(waiting)))
      yield* bot(line)
      yield* TestClock.adjust("1 hour")
      yield* settle
      assert.deepStrictEqual(textsOf(events()), ["of the old world"])
      assert.lengthOf((yield* line.overview).chats, 1)
    })
  )
})

describe("who causes a webhook", () => {
  it.scoped("may go before the bot has answered", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const [asked, answered] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      yield* line.setWebhook(async () => {
        Deferred.unsafeDone(asked, Effect.void)
        await Effect.runPromise(Deferred.await(answered))
        return new Response()
      })
      const saying = yield* Effect.fork(line.say(yield* line.addUser(), "hello"))
      yield* Deferred.await(asked)
      yield* Fiber.interrupt(saying)
      yield* Deferred.succeed(answered, undefined)
      yield* line.settled
      assert.deepStrictEqual(
        (yield* line.deliveries).map(({ outcome }) => outcome),
        [{ _tag: "Answered", status: 200 }]
      )
    })
  )
})

describe("webhooks on demand", () => {
  it.scoped("are lost", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const { events } = yield* bot(line)
      const user = yield* line.addUser()
      yield* line.faultWebhook("lose")
      const { detail, outcome } = yield* line.say(user, "one")
      assert.deepStrictEqual([outcome._tag, detail], ["NotSent", "lost on demand"])
      yield* line.say(user, "two")
      assert.deepStrictEqual(textsOf(events()), ["two"])
    })
  )

  it.scoped("come twice, and are no redelivery", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const { events } = yield* bot(line)
      yield* line.faultWebhook("duplicate")
      yield* line.say(yield* line.addUser(), "one")
      const [first, second] = events()
      assert.deepStrictEqual(second, first)
      assert.isFalse(first.deliveryContext.isRedelivery)
    })
  )

  it.scoped("come after the next one", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const { events } = yield* bot(line)
      const user = yield* line.addUser()
      yield* line.faultWebhook("reorder", { times: 2 })
      for (const text of ["one", "two", "three", "four"]) yield* line.say(user, text)
      assert.deepStrictEqual(textsOf(events()), ["three", "one", "two", "four"])
    })
  )

  it.scoped("come again as a redelivery, though they were answered", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const { events } = yield* bot(line)
      yield* line.faultWebhook("redeliver")
      yield* line.say(yield* line.addUser(), "one")
      yield* line.advance("10 seconds")
      yield* settle
      assert.deepStrictEqual(
        events().map(({ deliveryContext }) => deliveryContext.isRedelivery),
        [false, true]
      )
    })
  )

  it.scoped("are as usual again once the faults are taken back", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const { events } = yield* bot(line)
      yield* line.faultWebhook("lose", { times: 10 })
      yield* line.clearFaults
      yield* line.say(yield* line.addUser(), "one")
      assert.deepStrictEqual(textsOf(events()), ["one"])
    })
  )

  it.scoped("are off, or have no endpoint", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser()
      assert.strictEqual((yield* line.say(user, "one")).detail, "no webhook is set")
      const { events } = yield* bot(line)
      yield* line.act({ type: "setWebhook", active: false })
      assert.strictEqual((yield* line.say(user, "two")).detail, "the webhook is off")
      assert.lengthOf(events(), 0)
    })
  )
})

describe("a failure", () => {
  it.scopedLive("is told in LINE's words, and in words that say more", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser()
      const say = (endpoint: string) => Effect.zipRight(line.setWebhook(endpoint), line.say(user, "hello"))
      const server = createServer((_, response) => response.writeHead(302, { location: "/" }).end())
      yield* Effect.acquireRelease(
        Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
        () => Effect.sync(() => server.close())
      )
      const { port } = server.address() as AddressInfo
      const redirected = yield* say(`http://127.0.0.1:${port}`)
      assert.deepStrictEqual(redirected.outcome, { _tag: "Failed", reason: "error_status_code", status: 302 })
      assert.strictEqual(redirected.detail, "the bot answered 302, LINE expects 200")
      yield* Effect.async<void>((resume) => void server.close(() => resume(Effect.void)))
      const refused = yield* say(`http://127.0.0.1:${port}`)
      assert.deepStrictEqual(refused.outcome, { _tag: "Failed", reason: "could_not_connect" })
      assert.strictEqual(refused.detail, `connect ECONNREFUSED 127.0.0.1:${port}`)
    })
  )
})

describe("the webhook endpoint", () => {
  it.effect("is set, got and tested by the bot", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.Emulator
      assert.strictEqual((yield* Effect.flip(Bot.getWebhookEndpoint()))._tag, "LineNotFound")
      assert.strictEqual((yield* Effect.flip(Bot.testWebhookEndpoint({})))._tag, "LineNotFound")
      yield* Bot.setWebhookEndpoint({ endpoint: "https://bot.example.com/callback" })
      assert.deepStrictEqual(yield* Bot.getWebhookEndpoint(), {
        endpoint: "https://bot.example.com/callback",
        active: true
      })
      const { received } = yield* bot(line, [200, 418])
      const good = yield* Bot.testWebhookEndpoint({})
      assert.deepInclude(good, { success: true, statusCode: 200, reason: "OK" })
      assert.deepStrictEqual(received, [{ destination: line.channel.userId, events: [] }])
      const bad = yield* Bot.testWebhookEndpoint({})
      assert.deepInclude(bad, { success: false, statusCode: 418, reason: "ERROR_STATUS_CODE" })
    }).pipe(Emulated.provide())
  )
})

describe("time", () => {
  it.scopedLive("is moved forward, and what is due happens", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const before = (yield* line.overview).now
      yield* line.advance("3 days")
      assert.isAtLeast((yield* line.overview).now, before + 3 * 86_400_000)
    })
  )

  it.effect("brings narrowcasts to those who watch, by itself and moved", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.Emulator
      const user = yield* line.addUser()
      const first = yield* Effect.fork(line.awaitMessages(user, 0))
      yield* Messaging.narrowcast({ messages: [Message.text("one")] })
      yield* TestClock.adjust("2 seconds")
      assert.lengthOf(yield* Fiber.join(first), 1)
      const second = yield* Effect.fork(line.awaitMessages(user, 1))
      yield* Messaging.narrowcast({ messages: [Message.text("two")] })
      yield* line.advance("2 seconds")
      assert.lengthOf(yield* Fiber.join(second), 2)
    }).pipe(Emulated.provide())
  )
})

describe("those who watch", () => {
  it.effect("hear of messages, requests, webhooks and all else", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.Emulator
      const user = yield* line.addUser()
      const watching = yield* Deferred.make<void>()
      const changes = yield* Effect.fork(
        line.changes.pipe(
          Stream.tap(() => Deferred.succeed(watching, undefined)),
          Stream.takeUntil((change) => change._tag === "Request" && change.request.status === 200),
          Stream.runCollect
        )
      )
      yield* Deferred.await(watching)
      yield* line.say(user, "hello")
      yield* Messaging.pushMessage({ to: user.userId, messages: [Message.text("hi")] })
      const tags = [...(yield* Fiber.join(changes))].map(({ _tag }) => _tag)
      // The first says that the others are heard.
      assert.deepStrictEqual(tags, ["World", "Message", "World", "Delivery", "Request", "Message", "World", "Request"])
    }).pipe(Emulated.provide())
  )

  it.scoped("lose no request to a wait that begins late, and none to one that begins early", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const user = yield* line.addUser()
      yield* line.say(user, "one")
      assert.lengthOf(yield* line.awaitMessages(user, 0), 1)
      const fibers = yield* Effect.forkAll(Array.makeBy(3, (after) => line.awaitMessages(user, after)))
      yield* Effect.yieldNow()
      yield* line.say(user, "two")
      yield* line.say(user, "three")
      const [, second, third] = yield* Fiber.join(fibers)
      assert.isAtLeast(second?.length ?? 0, 2)
      assert.lengthOf(third ?? [], 3)
    })
  )
})

describe("people", () => {
  it.scoped("edit what they wrote in a group, and the bot hears of it with tokens of its own", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const { events } = yield* bot(line)
      const user = yield* line.addUser()
      const group = yield* line.addGroup({ members: [user] })
      yield* line.join(group)
      const said = yield* line.say(user, "helo", { in: group })
      const { message, replyToken } = said.events[0] ?? assert.fail("no event")
      yield* line.edit(message?.id ?? "", "hello")
      const [edited] = events().slice(-1)
      assert.deepInclude(edited, {
        type: "messageEdited",
        source: { type: "group", groupId: group.groupId, userId: user.userId }
      })
      assert.deepInclude(edited.message, { id: message?.id, type: "text", text: "hello" })
      assert.notProperty(edited.message, "markAsReadToken")
      assert.notStrictEqual(edited.message.quoteToken, message?.["quoteToken"])
      assert.notStrictEqual(edited.replyToken, replyToken)
      assert.deepInclude((yield* line.messages(group))[0], { edited: true, message: { type: "text", text: "hello" } })
      const alone = yield* line.say(user, "helo")
      const mistake = yield* Effect.flip(
        line.act({ type: "edit", messageId: alone.events[0]?.message?.id ?? "", text: "hello" })
      )
      assert.include(mistake.message, "in groups")
    })
  )

  it.scoped("tap, and LINE does what each action is for", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const { events } = yield* bot(line)
      const user = yield* line.addUser()
      const shown = Effect.map(line.messages(user), (messages) => messages.map(({ message }) => message["text"]))
      yield* line.tap(user, { type: "postback", ...{ data: "a=1", displayText: "One" } })
      assert.deepInclude(events()[0], { type: "postback", postback: { data: "a=1" } })
      yield* line.tap(user, { type: "postback", ...{ data: "a=2", text: "Two" } })
      assert.deepStrictEqual(
        events()
          .slice(1)
          .map(({ type }) => type),
        ["message", "postback"]
      )
      yield* line.tap(user, { type: "message", ...{ text: "Three" } })
      assert.deepStrictEqual(yield* shown, ["One", "Two", "Three"])
      const params = { date: "2026-11-25" }
      yield* line.tap(user, { type: "datetimepicker", ...{ data: "when" } }, { params })
      assert.deepStrictEqual(events().at(-1).postback, { data: "when", params })
      yield* line.tap(user, { type: "richmenuswitch", ...{ richMenuAliasId: "none", data: "tab" } })
      assert.deepStrictEqual(events().at(-1).postback, {
        data: "tab",
        params: { status: "RICHMENU_ALIAS_ID_NOTFOUND" }
      })
      const count = events().length
      yield* line.tap(user, { type: "uri", ...{ uri: "https://example.com" } })
      yield* line.tap(user, { type: "clipboard", ...{ clipboardText: "copied" } })
      assert.lengthOf(events(), count)
    })
  )

  it.scoped("finish a video, come near a beacon", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const { events } = yield* bot(line)
      const { userId } = yield* line.addUser()
      yield* line.act({ type: "beacon", userId, hwid: "374591320", beacon: "stay" })
      assert.deepInclude(events()[0], { type: "beacon", beacon: { hwid: "374591320", type: "stay" } })
      const mistake = yield* Effect.flip(line.act({ type: "videoPlayComplete", userId, messageId: "1" }))
      assert.include(mistake.message, "trackingId")
    })
  )

  it.scoped("join, renew and leave memberships, and link accounts", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const { events } = yield* bot(line)
      const { userId } = yield* line.addUser()
      for (const membership of ["joined", "renewed", "left"] as const) {
        yield* line.act({ type: "membership", userId, membership })
      }
      assert.deepStrictEqual(
        events().map(({ membership }) => membership),
        ["joined", "renewed", "left"].map((type) => ({ type, membershipId: 1 }))
      )
      const nonce = "0123456789"
      const mistake = yield* Effect.flip(line.act({ type: "accountLink", userId, linkToken: "none", nonce }))
      assert.include(mistake.message, "link token")
    })
  )

  it.effect("link their account by the page that the bot sends them to, once", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.Emulator
      const { events } = yield* bot(line)
      const user = yield* line.addUser()
      const { linkToken } = yield* Users.issueLinkToken({ userId: user.userId })
      const uri = `https://access.line.me/dialog/bot/accountLink?linkToken=${linkToken}&nonce=0123456789`
      const tap = line.act({ type: "tap", userId: user.userId, action: { type: "uri", uri } })
      yield* tap
      assert.deepInclude(events()[0], { type: "accountLink", link: { result: "ok", nonce: "0123456789" } })
      assert.include((yield* Effect.flip(tap)).message, "was used")
    }).pipe(Emulated.provide())
  )

  it.scoped("pick a date where one is to be picked", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const { userId } = yield* line.addUser()
      const action = { type: "datetimepicker", data: "when", mode: "date" }
      assert.include((yield* Effect.flip(line.act({ type: "tap", userId, action }))).message, "params")
    })
  )
})

describe("what nobody can do", () => {
  it.scoped("is a mistake that says why", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const [mika, ren] = [yield* line.addUser({ displayName: "Mika" }), yield* line.addUser({ displayName: "Ren" })]
      const { groupId: chatId } = yield* line.addGroup({ members: [mika] })
      const { userId } = mika
      const said = yield* line.say(mika, "hello")
      const messageId = said.events[0]?.message?.id ?? ""
      yield* line.unsend(messageId)
      yield* line.unfollow(ren)
      const mistakes: ReadonlyArray<readonly [act: Emulator.Act, why: string]> = [
        [{ type: "unsend", messageId }, "taken back"],
        [{ type: "unfollow", userId: ren.userId }, "Ren has blocked the bot already"],
        [{ type: "memberJoined", chatId, userIds: [userId] }, "Mika is already in this group"],
        [{ type: "memberJoined", chatId, userIds: [] }, "at least one"],
        [{ type: "memberLeft", chatId, userIds: [ren.userId] }, "Ren is not in this group"],
        [{ type: "say", userId, message: { type: "text", text: "" } }, "not empty"],
        [{ type: "say", userId, message: { type: "text", text: "a", quotedMessageId: "1" } }, "no message 1"],
        [{ type: "tap", userId, action: { type: "postbak" } }, "no action of the type postbak"],
        [{ type: "tap", userId, action: { type: "datetimepicker" }, params: { date: "soon" } }, "picks"],
        [{ type: "setWebhook", endpoint: "localhost:3000" }, "which localhost:3000 is not"],
        [{ type: "advance", milliseconds: 9e15 }, "the year 9999"]
      ]
      for (const [act, why] of mistakes) assert.include((yield* Effect.flip(line.act(act))).message, why)
      assert.strictEqual((yield* line.overview).chats.length, 3)
    })
  )
})

describe("the channel", () => {
  it.scoped("stands by where another channel has taken control of a chat", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const { events } = yield* bot(line)
      const user = yield* line.addUser()
      yield* line.act({ type: "takeControl", chatId: user.userId })
      yield* line.say(user, "one")
      yield* line.act({ type: "giveBackControl", chatId: user.userId })
      yield* line.say(user, "two")
      const [standby, active] = events()
      assert.deepStrictEqual([standby.mode, active.mode], ["standby", "active"])
      assert.notProperty(standby, "replyToken")
      assert.property(active, "replyToken")
    })
  )

  it.scoped("is told of what happens to a module", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.make()
      const { events } = yield* bot(line)
      const query = new URLSearchParams({
        response_type: "code",
        client_id: line.channel.channelId,
        redirect_uri: "https://module.example.com/back",
        scope: "message:send message:receive",
        state: "state"
      })
      const url = `https://manager.line.biz/module/auth/v1/authorize?${query}`
      const { id = "" } = yield* line.act({ type: "authorizeModule", url })
      const code = new URL(id).searchParams.get("code") ?? ""
      const body = new URLSearchParams({
        grant_type: "authorization_code",
        code,
        redirect_uri: "https://module.example.com/back",
        client_id: line.channel.channelId,
        client_secret: Redacted.value(line.channel.channelSecret)
      })
      const response = yield* line.handle({
        host: "manager",
        method: "POST",
        path: "/module/auth/v1/token",
        query: new URLSearchParams(),
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: new TextEncoder().encode(body.toString())
      })
      assert.strictEqual(response.status, 200)
      yield* line.settled
      yield* line.act({ type: "suspend", suspended: true })
      yield* line.act({ type: "suspend", suspended: false })
      yield* line.act({ type: "detachModule" })
      assert.deepStrictEqual(
        events().map(({ module, type }) => [type, module?.type]),
        [
          ["module", "attached"],
          ["botSuspended", undefined],
          ["botResumed", undefined],
          ["module", "detached"]
        ]
      )
    })
  )
})
