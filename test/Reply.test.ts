import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import * as Delivery from "line-effect/Delivery"
import * as Emulator from "line-effect/Emulator"
import * as LineClient from "line-effect/LineClient"
import * as LineError from "line-effect/LineError"
import * as Message from "line-effect/Message"
import * as Reply from "line-effect/Reply"
import * as Webhook from "line-effect/Webhook"
import * as WebhookEvent from "line-effect/WebhookEvent"
import * as Spans from "./support/Spans.js"
import * as Transport from "./support/Transport.js"

const client = Layer.unwrapEffect(
  Effect.map(Emulator.Emulator, ({ channel }) => LineClient.layer({ channelAccessToken: channel.channelAccessToken }))
).pipe(Layer.provide(Emulator.layerHttpClient))

const provide =
  (options: Emulator.Options = {}) =>
  <A, E>(effect: Effect.Effect<A, E, LineClient.LineClient | Emulator.Emulator>) =>
    effect.pipe(Effect.provide(client), Effect.provide(Emulator.layer(options)))

type Overrides = Readonly<Record<string, unknown>>

/** The delivery of the event that a webhook of the emulator has. */
const deliveryOf = (
  { events: [event] }: Emulator.Delivery,
  { mayHaveBegun, ...overrides }: Overrides & { readonly mayHaveBegun?: boolean } = {}
) =>
  Delivery.make({
    event: Schema.decodeUnknownSync(WebhookEvent.WebhookEvent)(
      // Without what is overridden by nothing.
      JSON.parse(JSON.stringify({ ...event, ...overrides }))
    ),
    destination: "U0",
    mayHaveBegun
  })

/** One attempt at an event. */
const handle =
  (delivery: Delivery.Service) =>
  <A, E, R>(handler: Effect.Effect<A, E, R>) =>
    Effect.suspend(() => Effect.provideService(handler, Delivery.Delivery, Delivery.attempt(delivery)))

/** A user who says something to the bot, and the delivery of that. */
const said = (text: string | Emulator.IncomingMessage = "hi", overrides: Parameters<typeof deliveryOf>[1] = {}) =>
  Effect.gen(function* () {
    const emulator = yield* Emulator.Emulator
    const user = yield* emulator.addUser()
    const webhook = yield* emulator.say(user, text)
    return { emulator, user, webhook, delivery: yield* deliveryOf(webhook, overrides) }
  })

/** What the bot has sent to a chat, with what LINE shows it as. */
const sentTo = (chat: Emulator.User | Emulator.Group) =>
  Effect.gen(function* () {
    const emulator = yield* Emulator.Emulator
    return (yield* emulator.messages(chat)).filter(({ via }) => via !== "user").map(({ message }) => message)
  })

const textsTo = (chat: Emulator.User | Emulator.Group) =>
  Effect.map(sentTo(chat), (messages) => messages.map((message) => message["text"]))

const operations = Effect.flatMap(Emulator.Emulator, (emulator) =>
  Effect.map(emulator.requests, (requests) => requests.map(({ operationId }) => operationId))
)

const texts = (count: number) => Array.from({ length: count }, (_, index) => Message.text(`${index + 1}`))

const hello = Message.text("hello")
const push = { push: true } as const

/** The reason for which a send was not made. */
const reasonOf = <A, R>(send: Effect.Effect<A, { readonly _tag: string }, R>) =>
  Effect.map(Effect.flip(send), (error) => (error instanceof Reply.CannotReply ? error.reason : error._tag))

const quickReply = Message.quickReply([{ type: "message", label: "yes", text: "yes" }])
const otherQuickReply = Message.quickReply([{ type: "message", label: "no", text: "no" }])

describe("Reply.send", () => {
  it.effect("replies with one message or several", () =>
    Effect.gen(function* () {
      const one = yield* said()
      const sent = yield* Reply.send(hello).pipe(handle(one.delivery))
      assert.strictEqual(sent.by, "reply")
      assert.deepStrictEqual(sent.receipts, [])
      const [, message] = yield* one.emulator.messages(one.user)
      assert.deepStrictEqual(sent.sentMessages, [{ id: message?.id ?? "", quoteToken: message?.quoteToken ?? "" }])
      const five = yield* said()
      assert.strictEqual((yield* Reply.send(texts(5)).pipe(handle(five.delivery))).sentMessages.length, 5)
      assert.deepStrictEqual(yield* textsTo(five.user), ["1", "2", "3", "4", "5"])
      assert.deepStrictEqual(yield* operations, ["replyMessage", "replyMessage"])
    }).pipe(provide({ quota: { type: "limited", value: 0 } }))
  )

  it.effect("refuses to send nothing", () =>
    Effect.gen(function* () {
      const { delivery } = yield* said()
      assert.strictEqual(yield* reasonOf(Reply.send([]).pipe(handle(delivery))), "LineInvalidRequest")
      yield* Reply.send(hello).pipe(handle(delivery))
    }).pipe(provide())
  )

  describe("quick replies", () => {
    it.effect("move to the last message, also over a push", () =>
      Effect.gen(function* () {
        for (const count of [3, 7]) {
          const { delivery, user } = yield* said()
          const messages = [Message.text("0", { quickReply }), ...texts(count - 1)]
          yield* Reply.send(messages, push).pipe(handle(delivery))
          const shown = (yield* sentTo(user)).map((message) => message["quickReply"])
          assert.deepStrictEqual(shown, [...Array.from({ length: count - 1 }, () => undefined), quickReply])
        }
      }).pipe(provide())
    )

    it.effect("stay on the last message if it has its own", () =>
      Effect.gen(function* () {
        const { delivery, user } = yield* said()
        yield* Reply.send([Message.text("1", { quickReply: otherQuickReply }), Message.text("2", { quickReply })]).pipe(
          handle(delivery)
        )
        assert.deepStrictEqual(
          (yield* sentTo(user)).map((message) => message["quickReply"]),
          [undefined, quickReply]
        )
      }).pipe(provide())
    )

    it.effect("of several messages, those of the one that is nearest to the end", () =>
      Effect.gen(function* () {
        const { delivery, user } = yield* said()
        const messages = [
          Message.text("1", { quickReply: otherQuickReply }),
          Message.text("2", { quickReply }),
          Message.text("3")
        ]
        yield* Reply.send(messages).pipe(handle(delivery))
        assert.deepStrictEqual((yield* sentTo(user)).at(-1)?.["quickReply"], quickReply)
      }).pipe(provide())
    )
  })

  describe("quote", () => {
    const location = Message.location({ title: "here", address: "Tokyo", latitude: 35.6, longitude: 139.7 })
    const quotes = (user: Emulator.User) =>
      Effect.map(sentTo(user), (messages) => messages.map((message) => message["quoteToken"]))

    for (const [kind, message] of [
      ["text", hello],
      ["textV2", Message.textV2("hello")],
      ["sticker", Message.sticker({ packageId: "446", stickerId: "1988" })]
    ] as const) {
      it.effect(`quotes the message of the event on the first that can, a ${kind}`, () =>
        Effect.gen(function* () {
          const { delivery, emulator, user } = yield* said()
          yield* Reply.send([location, message, hello], { quote: true }).pipe(handle(delivery))
          const [incoming] = yield* emulator.messages(user)
          assert.isString(incoming?.quoteToken)
          assert.deepStrictEqual(yield* quotes(user), [undefined, incoming?.quoteToken, undefined])
        }).pipe(provide())
      )
    }

    it.effect("keeps a quote token of the message's own", () =>
      Effect.gen(function* () {
        const { delivery, emulator, user } = yield* said()
        const [before] = yield* emulator.messages(user)
        const quoteToken = before?.quoteToken ?? ""
        yield* emulator.say(user, "another")
        const later = yield* deliveryOf(yield* emulator.say(user, "a third"))
        yield* Reply.send([Message.text("1", { quoteToken }), hello], { quote: true }).pipe(handle(later))
        assert.deepStrictEqual(yield* quotes(user), [quoteToken, undefined])
        yield* Reply.send(hello).pipe(handle(delivery))
        assert.deepStrictEqual(yield* quotes(user), [quoteToken, undefined, undefined])
      }).pipe(provide())
    )

    it.effect("is left out where the event has nothing to quote, or no message can", () =>
      Effect.gen(function* () {
        const { emulator, user } = yield* said()
        const postback = yield* deliveryOf(yield* emulator.postback(user, "data"))
        yield* Reply.send(hello, { quote: true }).pipe(handle(postback))
        const place = yield* deliveryOf(yield* emulator.say(user, { type: "location", latitude: 1, longitude: 1 }))
        yield* Reply.send(hello, { quote: true }).pipe(handle(place))
        const text = yield* deliveryOf(yield* emulator.say(user, "hi"))
        yield* Reply.send(location, { quote: true }).pipe(handle(text))
        assert.deepStrictEqual(yield* quotes(user), [undefined, undefined, undefined])
      }).pipe(provide())
    )

    it.effect("works in a push", () =>
      Effect.gen(function* () {
        const { delivery, emulator, user } = yield* said("hi", { replyToken: undefined })
        yield* Reply.send(hello, { quote: true, push: true }).pipe(handle(delivery))
        const [incoming] = yield* emulator.messages(user)
        assert.deepStrictEqual(yield* quotes(user), [incoming?.quoteToken])
      }).pipe(provide())
    )
  })

  it.effect("gives LINE the options that each call takes", () =>
    Effect.gen(function* () {
      const { delivery, emulator } = yield* said()
      const options = { push: true, notificationDisabled: true, customAggregationUnits: ["spring"] }
      yield* Reply.send(texts(6), options).pipe(handle(delivery))
      const [reply, pushed] = (yield* emulator.requests).map(({ body }) => body)
      assert.deepInclude(reply, { notificationDisabled: true })
      assert.doesNotHaveAnyKeys(reply, ["customAggregationUnits"])
      assert.deepInclude(pushed, { notificationDisabled: true, customAggregationUnits: ["spring"] })
    }).pipe(provide())
  )

  describe("more than five messages", () => {
    it.effect("are an error before anything is sent, unless they may be pushed", () =>
      Effect.gen(function* () {
        const { delivery } = yield* said()
        const error = yield* Effect.flip(Reply.send(texts(6)).pipe(handle(delivery)))
        assert.deepInclude(error, { _tag: "LineCannotReply", reason: "tooManyMessages" })
        assert.include(error.message, "push: true")
        assert.deepStrictEqual(yield* operations, [])
        assert.strictEqual(yield* Ref.get(delivery.replyToken), "unused")
      }).pipe(provide())
    )

    it.effect("are replied up to the fifth, and pushed from there in order", () =>
      Effect.gen(function* () {
        const { delivery, user } = yield* said()
        const sent = yield* Reply.send(texts(12), push).pipe(handle(delivery))
        assert.strictEqual(sent.by, "reply")
        assert.strictEqual(sent.sentMessages.length, 12)
        assert.deepStrictEqual(
          sent.receipts.map(({ sentMessages, status }) => [status, sentMessages.length]),
          [
            ["accepted", 5],
            ["accepted", 2]
          ]
        )
        assert.deepStrictEqual(
          yield* textsTo(user),
          texts(12).map(({ text }) => text)
        )
        assert.deepStrictEqual(yield* operations, ["replyMessage", "pushMessage", "pushMessage"])
      }).pipe(provide())
    )

    it.effect("are all checked before the first are sent", () =>
      Effect.gen(function* () {
        const { delivery } = yield* said()
        const error = yield* Effect.flip(
          Reply.send([...texts(6), Message.text("")], { push: true, customAggregationUnits: ["a b"] }).pipe(
            handle(delivery)
          )
        )
        assert.strictEqual(error._tag, "LineInvalidRequest")
        if (error._tag === "LineInvalidRequest") {
          assert.sameMembers(
            error.issues.map(({ path }) => path),
            ["messages[6].text", "customAggregationUnits[0]"]
          )
        }
        assert.deepStrictEqual(yield* operations, [])
      }).pipe(provide())
    )

    it.effect("go on where they ended if the push of the rest fails", () =>
      Effect.gen(function* () {
        const { delivery, emulator, user } = yield* said()
        yield* emulator.fault(Emulator.Fault.quotaExceeded, { operation: "pushMessage" })
        const send = Reply.send(texts(7), push)
        assert.strictEqual(yield* reasonOf(send.pipe(handle(delivery))), "LineQuotaExceeded")
        const sent = yield* send.pipe(handle(delivery))
        assert.deepInclude(sent, { by: "reply" })
        assert.strictEqual(sent.sentMessages.length, 7)
        assert.deepStrictEqual(
          yield* textsTo(user),
          texts(7).map(({ text }) => text)
        )
      }).pipe(provide())
    )
  })

  describe("an event without a reply token", () => {
    it.effect("is not replied to", () =>
      Effect.gen(function* () {
        const { delivery } = yield* said("hi", { replyToken: undefined })
        const error = yield* Effect.flip(Reply.send(hello).pipe(handle(delivery)))
        assert.deepInclude(error, { _tag: "LineCannotReply", reason: "noReplyToken" })
        assert.include(error.message, "push: true")
        assert.deepStrictEqual(yield* operations, [])
      }).pipe(provide())
    )

    it.effect("is answered by a push where that is allowed: to the user, or to the group", () =>
      Effect.gen(function* () {
        const { delivery, emulator, user } = yield* said("hi", { replyToken: undefined })
        const sent = yield* Reply.send(hello, push).pipe(handle(delivery))
        assert.strictEqual(sent.by, "push")
        assert.deepStrictEqual(sent.sentMessages, sent.receipts[0]?.sentMessages)
        assert.deepStrictEqual(yield* textsTo(user), ["hello"])
        const group = yield* emulator.addGroup({ members: [user] })
        yield* emulator.join(group)
        const inGroup = yield* deliveryOf(yield* emulator.say(user, "hi", { in: group }), { replyToken: undefined })
        yield* Reply.send(hello, push).pipe(handle(inGroup))
        assert.deepStrictEqual(yield* textsTo(group), ["hello"])
      }).pipe(provide())
    )

    it.effect("cannot be answered if it does not say where it happened", () =>
      Effect.gen(function* () {
        const { delivery } = yield* said("hi", { replyToken: undefined, source: undefined })
        assert.strictEqual(yield* reasonOf(Reply.send(hello, push).pipe(handle(delivery))), "noChat")
        const { delivery: long } = yield* said("hi", { source: undefined })
        assert.strictEqual(yield* reasonOf(Reply.send(texts(6), push).pipe(handle(long))), "noChat")
        assert.deepStrictEqual(yield* operations, [])
      }).pipe(provide())
    )
  })

  describe("an event in standby", () => {
    it.effect("is left to the other channel, also by a push", () =>
      Effect.gen(function* () {
        const { delivery } = yield* said("hi", { mode: "standby" })
        const { delivery: silent } = yield* said("hi", { mode: "standby", replyToken: undefined })
        for (const one of [delivery, silent]) {
          const error = yield* Effect.flip(Reply.send(hello, push).pipe(handle(one)))
          assert.deepInclude(error, { _tag: "LineCannotReply", reason: "standby" })
          assert.strictEqual(yield* reasonOf(Reply.send(texts(6)).pipe(handle(one))), "standby")
        }
        assert.deepStrictEqual(yield* operations, [])
      }).pipe(provide())
    )

    it.effect("is not one in a mode that is new, nor one of a type that is new", () =>
      Effect.gen(function* () {
        for (const overrides of [{ mode: "dozing" }, { type: "wave", mode: undefined }]) {
          const { delivery, user } = yield* said("hi", overrides)
          yield* Reply.send(hello).pipe(handle(delivery))
          assert.deepStrictEqual(yield* textsTo(user), ["hello"])
        }
      }).pipe(provide())
    )
  })

  describe("a second send", () => {
    it.effect("is an error, for the token is used", () =>
      Effect.gen(function* () {
        const { delivery, user } = yield* said()
        const error = yield* Effect.flip(
          Effect.zipRight(Reply.send(hello), Reply.send(Message.text("more"))).pipe(handle(delivery))
        )
        assert.deepInclude(error, { _tag: "LineCannotReply", reason: "used" })
        assert.include(error.message, "push: true")
        assert.deepStrictEqual(yield* textsTo(user), ["hello"])
      }).pipe(provide())
    )

    it.effect("is pushed where that is allowed, be it of the same messages", () =>
      Effect.gen(function* () {
        const { delivery, user } = yield* said()
        const send = Reply.send(hello, push)
        const sent = yield* Effect.all([send, Reply.send(Message.text("more"), push), send, send]).pipe(
          handle(delivery)
        )
        assert.deepStrictEqual(
          sent.map(({ by }) => by),
          ["reply", "push", "push", "push"]
        )
        assert.deepStrictEqual(yield* textsTo(user), ["hello", "more", "hello", "hello"])
      }).pipe(provide())
    )

    it.effect("at the same time does not use the token as well", () =>
      Effect.gen(function* () {
        const { delivery, emulator, user } = yield* said()
        yield* emulator.fault(Emulator.Fault.delay("1 second"), { operation: "replyMessage" })
        const sends = Effect.all(
          [
            Reply.send(Message.text("a"), push),
            Reply.send(Message.text("b"), push),
            Effect.flip(Reply.send(Message.text("c")))
          ],
          { concurrency: "unbounded" }
        )
        const [a, b, c] = yield* Transport.drive(sends.pipe(handle(delivery)))
        assert.deepInclude(a, { by: "reply" })
        assert.deepInclude(b, { by: "push" })
        assert.deepInclude(c, { reason: "used" })
        assert.deepStrictEqual(yield* operations, ["replyMessage", "pushMessage"])
        assert.deepStrictEqual(yield* textsTo(user), ["a", "b"])
      }).pipe(provide())
    )
  })

  describe("a token that LINE refuses", () => {
    const expired = Effect.tap(said(), () => TestClock.adjust("2 minutes"))

    it.effect("is an error that says what to do, and is not tried again", () =>
      Effect.gen(function* () {
        const { delivery } = yield* expired
        const error = yield* Effect.flip(Reply.send(hello).pipe(handle(delivery)))
        assert.deepInclude(error, { _tag: "LineCannotReply", reason: "refused" })
        assert.include(error.message, "push: true")
        if (error._tag === "LineCannotReply") assert.strictEqual(error.cause?.lineMessage, "Invalid reply token")
        assert.strictEqual(yield* reasonOf(Reply.send(hello).pipe(handle(delivery))), "used")
        assert.deepStrictEqual(yield* operations, ["replyMessage"])
      }).pipe(provide())
    )

    it.effect("is replaced by a push of everything where that is allowed", () =>
      Effect.gen(function* () {
        const { delivery, user } = yield* expired
        const sent = yield* Reply.send(texts(6), push).pipe(handle(delivery))
        assert.strictEqual(sent.by, "push")
        assert.strictEqual(sent.receipts.length, 2)
        assert.deepStrictEqual(
          yield* textsTo(user),
          texts(6).map(({ text }) => text)
        )
        assert.deepStrictEqual(yield* operations, ["replyMessage", "pushMessage", "pushMessage"])
      }).pipe(provide())
    )

    it.effect("is no reason to push if an earlier run of the handler may have used it", () =>
      Effect.gen(function* () {
        const { delivery, emulator, user, webhook } = yield* said()
        yield* Reply.send(hello).pipe(handle(delivery))
        const again = yield* deliveryOf(yield* emulator.redeliver(webhook))
        const error = yield* Effect.flip(Reply.send(hello, push).pipe(handle(again)))
        assert.deepInclude(error, { _tag: "LineCannotReply", reason: "unknown" })
        if (error._tag === "LineCannotReply") assert.strictEqual(error.cause?.lineMessage, "Invalid reply token")
        assert.strictEqual(yield* reasonOf(Reply.send(Message.text("more"), push).pipe(handle(again))), "unknown")
        assert.deepStrictEqual(yield* operations, ["replyMessage", "replyMessage"])
        assert.deepStrictEqual(yield* textsTo(user), ["hello"])
      }).pipe(provide())
    )

    it.effect("an event that may have been handled before is replied to if LINE takes the token", () =>
      Effect.gen(function* () {
        const { delivery, user } = yield* said("hi", { mayHaveBegun: true })
        assert.strictEqual((yield* Reply.send(hello).pipe(handle(delivery))).by, "reply")
        assert.deepStrictEqual(yield* textsTo(user), ["hello"])
      }).pipe(provide())
    )
  })

  describe("a reply that may have been sent", () => {
    for (const [kind, fault] of [
      ["an error after accepting", Emulator.Fault.serverError({ accept: "after" })],
      ["an error before accepting", Emulator.Fault.serverError()],
      ["a connection lost after accepting", Emulator.Fault.drop({ accept: "after" })],
      ["a connection lost before accepting", Emulator.Fault.drop()],
      ["an answer that comes too late", Emulator.Fault.delay("1 minute", { accept: "after" })],
      ["an answer that cannot be read", Emulator.Fault.respond(200, "what?", { accept: "after" })]
    ] as const) {
      it.effect(`is neither repeated nor replaced by a push: ${kind}`, () =>
        Effect.gen(function* () {
          const { delivery, emulator, user } = yield* said()
          yield* emulator.fault(fault)
          const first = yield* Transport.drive(Effect.flip(Reply.send(texts(6), push).pipe(handle(delivery))))
          assert.isTrue(first._tag !== "LineCannotReply" && LineError.isAmbiguous(first))
          assert.strictEqual(yield* Ref.get(delivery.replyToken), "unknown")
          for (const message of [texts(6), Message.text("other")]) {
            const later = yield* Effect.flip(Reply.send(message, push).pipe(handle(delivery)))
            assert.deepInclude(later, { _tag: "LineCannotReply", reason: "unknown" })
            assert.include(later.message, "may have been sent")
          }
          assert.deepStrictEqual(yield* operations, ["replyMessage"])
          assert.isAtMost((yield* sentTo(user)).length, 5)
        }).pipe(provide())
      )
    }

    it.effect("is so if it is interrupted, and the sends that wait are not made", () =>
      Effect.gen(function* () {
        const { delivery, emulator } = yield* said()
        yield* emulator.fault(Emulator.Fault.delay(Infinity))
        const fiber = yield* Effect.fork(Reply.send(hello).pipe(handle(delivery)))
        while ((yield* emulator.requests).length === 0) yield* Effect.yieldNow()
        const waiting = yield* Effect.fork(Reply.send(hello, push).pipe(handle(delivery)))
        yield* Effect.yieldNow()
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(yield* reasonOf(Fiber.join(waiting)), "unknown")
        assert.strictEqual(yield* Ref.get(delivery.replyToken), "unknown")
        assert.strictEqual(yield* reasonOf(Reply.send(hello, push).pipe(handle(delivery))), "unknown")
        assert.deepStrictEqual(yield* operations, ["replyMessage"])
      }).pipe(provide())
    )

    it.effect("a send that is interrupted before its turn leaves the token alone", () =>
      Effect.gen(function* () {
        const { delivery, emulator } = yield* said()
        yield* emulator.fault(Emulator.Fault.delay("1 second"))
        const first = yield* Effect.fork(Reply.send(hello).pipe(handle(delivery)))
        while ((yield* emulator.requests).length === 0) yield* Effect.yieldNow()
        const second = yield* Effect.fork(Reply.send(Message.text("b")).pipe(handle(delivery)))
        yield* Effect.yieldNow()
        yield* Fiber.interrupt(second)
        assert.strictEqual((yield* Transport.drive(Fiber.join(first))).by, "reply")
        assert.strictEqual(yield* Ref.get(delivery.replyToken), "used")
      }).pipe(provide())
    )
  })

  describe("a failure that sent nothing leaves the token as it was", () => {
    const unauthorized = Emulator.Fault.respond(401, { message: "Authentication failed" })
    const invalid = Emulator.Fault.respond(400, { message: "The request body has 1 error(s)" })
    for (const [kind, fault, tag, times] of [
      ["a refused connection", Emulator.Fault.refuse, "LineNetworkError", 5],
      ["a rate limit", Emulator.Fault.rateLimited, "LineRateLimited", 5],
      ["a wrong channel access token", unauthorized, "LineUnauthorized", 1],
      ["messages that LINE refuses", invalid, "LineBadRequest", 1]
    ] as const) {
      it.effect(kind, () =>
        Effect.gen(function* () {
          const { delivery, emulator, user } = yield* said()
          yield* emulator.fault(fault, { times })
          const send = Reply.send(hello, push).pipe(handle(delivery))
          assert.strictEqual(yield* reasonOf(Transport.drive(send)), tag)
          assert.strictEqual(yield* Ref.get(delivery.replyToken), "unused")
          assert.strictEqual((yield* send).by, "reply")
          assert.deepStrictEqual(yield* textsTo(user), ["hello"])
        }).pipe(provide())
      )
    }

    it.effect("messages that are refused here", () =>
      Effect.gen(function* () {
        const { delivery } = yield* said()
        assert.strictEqual(yield* reasonOf(Reply.send(Message.text("")).pipe(handle(delivery))), "LineInvalidRequest")
        assert.strictEqual((yield* Reply.send(hello).pipe(handle(delivery))).by, "reply")
      }).pipe(provide())
    )

    it.effect("messages that LINE refused, and that used the token: the next send is pushed", () =>
      Effect.gen(function* () {
        const { delivery, emulator, user } = yield* said()
        yield* emulator.fault(Emulator.Fault.respond(400, { message: "The request body has 1 error(s)" }))
        yield* emulator.fault(Emulator.Fault.respond(400, { message: "Invalid reply token" }))
        assert.strictEqual(yield* reasonOf(Reply.send(hello, push).pipe(handle(delivery))), "LineBadRequest")
        assert.strictEqual((yield* Reply.send(Message.text("mended"), push).pipe(handle(delivery))).by, "push")
        assert.deepStrictEqual(yield* textsTo(user), ["mended"])
      }).pipe(provide())
    )
  })
})

describe("a handler that runs again", () => {
  it.effect("in the same process sends nothing twice, and the rest of what it did not send", () =>
    Effect.gen(function* () {
      const { delivery, emulator, user } = yield* said()
      const handler = Effect.all([
        Reply.send(hello),
        Reply.send(Message.text("pushed"), push),
        Reply.send(Message.text("pushed"), push),
        Reply.send(Message.text("last"), push)
      ]).pipe(handle(delivery))
      yield* emulator.fault(Emulator.Fault.quotaExceeded, { operation: "pushMessage" })
      assert.strictEqual(yield* reasonOf(handler), "LineQuotaExceeded")
      const second = yield* handler
      assert.deepStrictEqual(yield* textsTo(user), ["hello", "pushed", "pushed", "last"])
      assert.deepStrictEqual(yield* handler, second)
      assert.deepStrictEqual(
        second.map(({ by }) => by),
        ["reply", "push", "push", "push"]
      )
      assert.deepStrictEqual(yield* textsTo(user), ["hello", "pushed", "pushed", "last"])
    }).pipe(provide())
  )

  it.effect("through a push whose answers were all lost, and a retry of the send alone", () =>
    Effect.gen(function* () {
      const { delivery, emulator, user } = yield* said("hi", { replyToken: undefined })
      yield* emulator.fault(Emulator.Fault.serverError({ accept: "after" }))
      yield* emulator.fault(Emulator.Fault.drop(), { times: 4 })
      const handler = Effect.retry(Reply.send(hello, push), { times: 1 }).pipe(handle(delivery))
      const sent = yield* Transport.drive(handler)
      assert.strictEqual(sent.receipts[0]?.status, "alreadyAccepted")
      assert.strictEqual(sent.sentMessages.length, 1)
      assert.deepStrictEqual(yield* textsTo(user), ["hello"])
    }).pipe(provide())
  )

  it.effect("after it was interrupted in a push that LINE accepted", () =>
    Effect.gen(function* () {
      const { delivery, emulator, user } = yield* said("hi", { replyToken: undefined })
      yield* emulator.fault(Emulator.Fault.delay(Infinity, { accept: "after" }))
      const fiber = yield* Effect.fork(Reply.send(hello, push).pipe(handle(delivery)))
      while ((yield* sentTo(user)).length === 0) yield* Effect.yieldNow()
      yield* Fiber.interrupt(fiber)
      const sent = yield* Reply.send(hello, push).pipe(handle(delivery))
      assert.strictEqual(sent.receipts[0]?.status, "alreadyAccepted")
      assert.deepStrictEqual(yield* textsTo(user), ["hello"])
    }).pipe(provide())
  )

  it.effect("in another process: a push that LINE accepted is a success that tells what was sent", () =>
    Effect.gen(function* () {
      const { emulator, user, webhook } = yield* said()
      const handler = Effect.all([Reply.send(Message.text("a"), push), Reply.send(Message.text("b"), push)])
      const before = yield* handler.pipe(handle(yield* deliveryOf(webhook, { replyToken: undefined })))
      const redelivered = yield* emulator.redeliver(webhook)
      const after = yield* handler.pipe(handle(yield* deliveryOf(redelivered, { replyToken: undefined })))
      assert.deepStrictEqual(
        after.map(({ by, receipts }) => [by, receipts[0]?.status, receipts[0]?.requestId]),
        before.map(({ receipts }) => ["push", "alreadyAccepted", receipts[0]?.requestId])
      )
      assert.deepStrictEqual(
        after.map(({ sentMessages }) => sentMessages),
        before.map(({ sentMessages }) => sentMessages)
      )
      assert.deepStrictEqual(yield* textsTo(user), ["a", "b"])
      const other = yield* deliveryOf(yield* emulator.say(user, "again"), { replyToken: undefined })
      yield* handler.pipe(handle(other))
      assert.deepStrictEqual(yield* textsTo(user), ["a", "b", "a", "b"])
    }).pipe(provide())
  )

  it.effect("sends once what has a place, whatever its messages are", () =>
    Effect.gen(function* () {
      const { user, webhook } = yield* said()
      let run = 0
      const handler = Effect.suspend(() => {
        const answer = Message.text(`answer ${++run}`)
        return Effect.all([
          Reply.send(answer, { push: true, place: "answer" }),
          Reply.send(answer, { push: true, place: "advice" })
        ])
      })
      const delivery = yield* deliveryOf(webhook, { replyToken: undefined })
      yield* handler.pipe(handle(delivery))
      yield* handler.pipe(handle(delivery))
      yield* handler.pipe(handle(yield* deliveryOf(webhook, { replyToken: undefined, mayHaveBegun: true })))
      assert.strictEqual(run, 3)
      assert.deepStrictEqual(yield* textsTo(user), ["answer 1", "answer 1"])
    }).pipe(provide())
  )

  it.effect("an event without an id is told from others by all that it says", () =>
    Effect.gen(function* () {
      const { emulator, user, webhook } = yield* said()
      const overrides = { type: "wave", webhookEventId: undefined, replyToken: undefined }
      const send = Reply.send(hello, push)
      yield* send.pipe(handle(yield* deliveryOf(webhook, overrides)))
      yield* send.pipe(handle(yield* deliveryOf(webhook, overrides)))
      assert.deepStrictEqual(yield* textsTo(user), ["hello"])
      yield* send.pipe(handle(yield* deliveryOf(yield* emulator.say(user, "hi"), overrides)))
      assert.deepStrictEqual(yield* textsTo(user), ["hello", "hello"])
    }).pipe(provide())
  )

  for (const how of ["delivered", "replayed"] as const) {
    it.live(`is what a webhook's retry does of an event that is ${how}`, () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const user = yield* emulator.addUser()
        let attempts = 0
        const options = {
          channelSecret: emulator.channel.channelSecret,
          retry: Schedule.recurs(1),
          handlers: Webhook.handlers({
            message: () =>
              Effect.gen(function* () {
                attempts++
                yield* Reply.send(Message.text("pong"))
                yield* Reply.send(Message.text("pong"), push)
                if (attempts === 1) yield* Effect.fail("not yet")
                yield* Reply.send(Message.text("done"), push)
              })
          })
        }
        if (how === "delivered") {
          const web = Webhook.toWebHandler(
            options,
            client.pipe(Layer.provide(Layer.succeed(Emulator.Emulator, emulator)))
          )
          yield* emulator.setWebhook(web.handler)
          yield* emulator.say(user, "ping")
          yield* Effect.promise(() => web.dispose())
        } else {
          const { events } = yield* emulator.say(user, "ping")
          yield* Webhook.replay(options, { destination: "U0", event: events[0] })
        }
        assert.strictEqual(attempts, 2)
        assert.deepStrictEqual(yield* textsTo(user), ["pong", "pong", "done"])
      }).pipe(provide())
    )
  }
})

describe("Reply.age", () => {
  it.effect("counts from when the event came, not from when it happened", () =>
    Effect.gen(function* () {
      const { webhook } = yield* said()
      yield* TestClock.adjust("5 minutes")
      const delivery = yield* deliveryOf(webhook)
      yield* TestClock.adjust("20 seconds")
      assert.deepStrictEqual(yield* Reply.age.pipe(handle(delivery)), Duration.seconds(20))
    }).pipe(provide())
  )
})

describe("Reply.withLoadingAnimation", () => {
  const loadingUntil = Effect.flatMap(Emulator.Emulator, (emulator) =>
    Effect.map(emulator.overview, ({ chats }) => chats[0]?.loadingUntil)
  )

  it.effect("shows the animation at once and until the effect ends, in good time before it ends", () =>
    Effect.gen(function* () {
      const { delivery, emulator } = yield* said()
      const fiber = yield* Effect.fork(Reply.withLoadingAnimation(Effect.sleep("100 seconds")).pipe(handle(delivery)))
      for (let second = 0; second < 100; second++) {
        yield* TestClock.adjust(0)
        const until = (yield* loadingUntil) ?? 0
        assert.isAbove(until, second * 1000 + 1000)
        yield* TestClock.adjust("1 second")
      }
      yield* Fiber.join(fiber)
      const count = (yield* emulator.requests).length
      assert.isAtMost(count, 7)
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual((yield* emulator.requests).length, count)
    }).pipe(provide())
  )

  it.effect("shows nothing in groups, in rooms and in standby", () =>
    Effect.gen(function* () {
      const { emulator, user } = yield* said()
      const group = yield* emulator.addGroup({ members: [user] })
      const room = yield* emulator.addRoom({ members: [user] })
      yield* emulator.join(group)
      yield* emulator.join(room)
      const deliveries = [
        yield* deliveryOf(yield* emulator.say(user, "hi", { in: group })),
        yield* deliveryOf(yield* emulator.say(user, "hi", { in: room })),
        yield* deliveryOf(yield* emulator.say(user, "hi"), { mode: "standby" }),
        yield* deliveryOf(yield* emulator.say(user, "hi"), { source: { type: "user" } }),
        yield* deliveryOf(yield* emulator.say(user, "hi"), { source: undefined })
      ]
      for (const delivery of deliveries) {
        const done = Reply.withLoadingAnimation(Effect.as(Effect.sleep("1 minute"), "done")).pipe(handle(delivery))
        assert.strictEqual(yield* Transport.drive(done), "done")
      }
      assert.deepStrictEqual(yield* operations, [])
    }).pipe(provide())
  )

  it.effect("does not fail the effect when it fails, tells it at the level of debugging, and tries again", () => {
    const logged: Array<readonly [LogLevel.LogLevel, string]> = []
    const logger = Logger.make(({ cause, logLevel, message }) => {
      logged.push([logLevel, `${String(message)} ${Cause.pretty(cause)}`])
    })
    return Effect.gen(function* () {
      const { delivery, emulator } = yield* said()
      yield* emulator.fault(Emulator.Fault.respond(403, { message: "no" }))
      const work = Effect.as(Effect.sleep("20 seconds"), "done")
      assert.strictEqual(yield* Transport.drive(Reply.withLoadingAnimation(work).pipe(handle(delivery))), "done")
      assert.deepStrictEqual(
        (yield* emulator.requests).map(({ status }) => status),
        [403, 202]
      )
      const [level, text = ""] = logged.find(([, text]) => text.includes("loading animation")) ?? []
      assert.strictEqual(level, LogLevel.Debug)
      assert.include(text, "showLoadingAnimation")
      assert.isTrue(logged.every(([level]) => LogLevel.lessThanEqual(level, LogLevel.Debug)))
    }).pipe(
      provide(),
      Logger.withMinimumLogLevel(LogLevel.All),
      Effect.provide(Logger.replace(Logger.defaultLogger, logger))
    )
  })

  it.effect("does not let the effect wait for its request, which ends with the effect", () =>
    Effect.gen(function* () {
      const { delivery, emulator } = yield* said()
      yield* emulator.fault(Emulator.Fault.delay(Infinity))
      const inFlight = Effect.gen(function* () {
        while ((yield* emulator.requests).length === 0) yield* Effect.yieldNow()
        return "done"
      })
      assert.strictEqual(yield* Reply.withLoadingAnimation(inFlight).pipe(handle(delivery)), "done")
      assert.isTrue((yield* emulator.requests)[0]?.aborted)
    }).pipe(provide())
  )

  it.effect("ends when the effect fails or is interrupted, also where nothing is interruptible", () =>
    Effect.gen(function* () {
      const { delivery, emulator } = yield* said()
      const failing = Reply.withLoadingAnimation(Effect.zipRight(Effect.sleep("1 second"), Effect.fail("no")))
      assert.strictEqual(yield* Transport.drive(Effect.flip(failing.pipe(handle(delivery)))), "no")
      const begun = yield* Deferred.make<void>()
      const endless = Reply.withLoadingAnimation(Effect.zipRight(Deferred.succeed(begun, undefined), Effect.never))
      const fiber = yield* Effect.fork(endless.pipe(handle(delivery)))
      yield* Deferred.await(begun)
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      const shielded = Effect.uninterruptible(Reply.withLoadingAnimation(Effect.sleep("1 second")))
      yield* Transport.drive(shielded.pipe(handle(delivery)))
      const count = (yield* emulator.requests).length
      assert.strictEqual(count, 3)
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual((yield* emulator.requests).length, count)
    }).pipe(provide())
  )
})

describe("the span of a send", () => {
  it.effect("tells how it went", () =>
    Effect.gen(function* () {
      const { delivery } = yield* said()
      const { spans, tracer } = yield* Spans.recording
      yield* Reply.send(texts(6), push).pipe(handle(delivery), Effect.withTracer(tracer))
      const [reply, ...calls] = spans
      assert.deepStrictEqual(
        calls.map(({ name, parent }) => [name, Option.map(parent, ({ spanId }) => spanId)]),
        ["line.replyMessage", "line.pushMessage"].map((name) => [name, Option.some(reply?.spanId ?? "")])
      )
      assert.strictEqual(reply?.name, "line.reply")
      assert.deepInclude(Object.fromEntries(reply?.attributes ?? []), {
        "line.reply.by": "reply",
        "line.reply.pushes": 1
      })
    }).pipe(provide())
  )
})
