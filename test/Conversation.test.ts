import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as Action from "line-effect/Action"
import * as Conversation from "line-effect/Conversation"
import * as Emulator from "line-effect/Emulator"
import * as EmulatorClient from "line-effect/EmulatorClient"
import * as Flex from "line-effect/Flex"
import type * as LineClient from "line-effect/LineClient"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as RichMenus from "line-effect/RichMenus"
import * as Template from "line-effect/Template"
import * as Webhook from "line-effect/Webhook"
import * as Bot from "./support/Bot.js"
import * as Emulated from "./support/Emulated.js"
import * as Png from "./support/Png.js"

const reply = (replyToken: string | undefined, messages: ReadonlyArray<Message.Message>) =>
  Messaging.replyMessage({ replyToken: replyToken ?? "", messages })

const yesOrNo = Message.template({
  altText: "Buy it?",
  template: Template.confirm({
    text: "Do you want to buy it?",
    actions: [Action.postback({ label: "Yes", data: "buy=1" }), Action.message({ label: "No", text: "no, thanks" })]
  })
})

const order = Message.flex({
  altText: "Order 42",
  contents: Flex.bubble({
    body: Flex.box({
      layout: "vertical",
      contents: [
        Flex.text("Total"),
        Flex.text("1,200 yen", { action: Action.postback({ data: "total" }) }),
        Flex.button({ action: Action.datetimepicker({ label: "Day", mode: "date", data: "day", min: "2026-12-01" }) }),
        Flex.button({ action: Action.datetimepicker({ label: "Time", mode: "time", data: "time" }) })
      ]
    })
  })
})

const shop = Message.template({
  altText: "Shop",
  template: Template.carousel({
    columns: ["tea", "coffee"].map((item) => ({
      text: item,
      actions: [
        Action.postback({ label: "Buy", data: item }),
        Action.uri({ label: "More", uri: "https://example.com" })
      ]
    }))
  })
})

const map = Message.imagemap({
  baseUrl: "https://example.com/map",
  altText: "Map",
  baseSize: { width: 1040, height: 1040 },
  actions: [{ type: "message", label: "Left", text: "go left", area: { x: 0, y: 0, width: 520, height: 1040 } }]
})

const question = Message.withQuickReply(Message.text("Tea or coffee?"), [
  Action.message({ label: "Tea", text: "tea, please" }),
  Action.postback({ label: "Coffee", data: "coffee", displayText: "coffee!" }),
  Action.camera({ label: "Photo" })
])

const shown: Readonly<Record<string, ReadonlyArray<Message.Message>>> = {
  yesOrNo: [yesOrNo],
  order: [order],
  shop: [shop]
}

/** A bot that shows what it is asked for, and says back what it is told. */
const handlers = Webhook.handlers({
  message: ({ message, replyToken }) =>
    reply(
      replyToken,
      message.type === "text"
        ? (shown[message.text] ?? { map: [map], question: [question] }[message.text] ?? [Message.text(message.text)])
        : [Message.text(`a ${message.type}`)]
    ),
  postback: ({ postback, replyToken }) => reply(replyToken, [Message.text(JSON.stringify(postback))]),
  follow: ({ follow, replyToken }) =>
    reply(replyToken, [Message.text(follow?.isUnblocked === true ? "welcome back" : "welcome")]),
  join: ({ replyToken }) => reply(replyToken, [Message.text("hello everybody")])
})

const remote = (options?: Emulator.Options) =>
  Layer.unwrapScoped(
    Effect.map(Effect.orDie(Emulator.serve()), ({ url }) => Layer.orDie(EmulatorClient.layer({ url })))
  ).pipe(Layer.provide(FetchHttpClient.layer), Layer.provide(Emulator.layer(options)))

const places = {
  "in this process": { tester: it.scopedLive, layer: Emulator.layer, onPort: false },
  "under a test clock": { tester: it.scoped, layer: Emulator.layer, onPort: false },
  "in another process": { tester: it.scopedLive, layer: remote, onPort: true },
  "in another process, under a test clock": { tester: it.scoped, layer: remote, onPort: true }
}

for (const [place, { layer, onPort, tester }] of Object.entries(places)) {
  const test = (
    name: string,
    effect: Effect.Effect<void, unknown, Emulator.Emulator | LineClient.LineClient | Scope.Scope>
  ) =>
    tester(name, () =>
      Effect.zipRight(Bot.start(handlers, { onPort }), effect).pipe(
        // Nobody waits in vain here, but a machine may be slow.
        Conversation.withLimit("30 seconds"),
        Effect.provide(Emulated.client),
        Effect.provide(layer())
      )
    )

  describe(`a conversation ${place}`, () => {
    test(
      "goes from message to message",
      Effect.gen(function* () {
        const mika = yield* Conversation.user({ displayName: "Mika" })
        const { outcome } = yield* mika.says("hi")
        assert.deepStrictEqual(outcome, { _tag: "Answered", status: 200 })
        yield* mika.receives("hi")
        yield* mika.says("yesOrNo")
        const received = yield* mika.receives(yesOrNo)
        assert.deepInclude(received, { via: "reply", read: false })
        yield* mika.says("order")
        yield* mika.receives("Order 42")
        yield* mika.says("question")
        yield* mika.receives("Tea or coffee?")
        yield* mika.says("bye")
        yield* mika.receives((message) => message.type === "text" && message.text.startsWith("by"))
        yield* mika.says("one")
        yield* mika.says("two")
        const answers = [yield* mika.receives(), yield* mika.receives()]
        assert.sameMembers(
          answers.map(({ message }) => (message.type === "text" ? message.text : message.type)),
          ["one", "two"]
        )
        yield* mika.receivesNothing(0)
      })
    )

    test(
      "has stickers, images and locations in it",
      Effect.gen(function* () {
        const mika = yield* Conversation.user()
        yield* mika.sends({ type: "sticker", packageId: "446", stickerId: "1988" })
        yield* mika.receives(Message.text("a sticker"))
        yield* mika.sends({ type: "image", content: Png.make(1, 1), contentType: "image/png" })
        yield* mika.receives("a image")
        yield* mika.sends({ type: "location", latitude: 35.6, longitude: 139.7 })
        yield* mika.receives("a location")
      })
    )

    test(
      "goes on with taps: of templates, Flex Messages, imagemaps and quick replies",
      Effect.gen(function* () {
        const mika = yield* Conversation.user()
        yield* mika.says("yesOrNo")
        // It is not there yet: the tap waits for it.
        yield* mika.taps("Yes")
        yield* mika.receives(yesOrNo)
        yield* mika.receives('{"data":"buy=1"}')
        yield* mika.taps("No")
        yield* mika.receives("no, thanks")

        yield* mika.says("order")
        yield* mika.taps("1,200 yen")
        yield* mika.receives(order)
        yield* mika.receives('{"data":"total"}')

        yield* mika.says("map")
        yield* mika.taps("Left")
        yield* mika.receives(map)
        yield* mika.receives("go left")

        yield* mika.says("shop")
        yield* mika.receives(shop)
        yield* mika.taps(Action.postback({ label: "Buy", data: "coffee" }))
        yield* mika.receives('{"data":"coffee"}')
        const opened = yield* mika.taps("More")
        assert.deepStrictEqual(opened.events, [])

        yield* mika.says("question")
        yield* mika.receives(question)
        yield* mika.taps("Coffee")
        yield* mika.receives('{"data":"coffee"}')
        const line = yield* Emulator.Emulator
        const said = (yield* line.messages(mika.user)).filter(({ via }) => via === "user").at(-1)
        assert.strictEqual(said?.message["text"], "coffee!")
      })
    )

    test(
      "goes on with what is picked",
      Effect.gen(function* () {
        const mika = yield* Conversation.user()
        yield* mika.says("order")
        yield* mika.picks("2026-12-24", "Day")
        yield* mika.receives(order)
        yield* mika.receives('{"data":"day","params":{"date":"2026-12-24"}}')
        yield* mika.picks("18:30", "Time")
        yield* mika.receives('{"data":"time","params":{"time":"18:30"}}')
      })
    )

    test(
      "goes on with the rich menu",
      Effect.gen(function* () {
        const mika = yield* Conversation.user()
        const half = { y: 0, width: 400, height: 250 }
        const areas = [
          { bounds: { x: 0, ...half }, action: Action.message({ label: "Help", text: "help me" }) },
          { bounds: { x: 400, ...half }, action: Action.postback({ data: "shop" }) }
        ] as const
        const tapped = yield* Effect.fork(mika.taps("Help"))
        const { richMenuId } = yield* RichMenus.createRichMenu({
          size: { width: 800, height: 250 },
          selected: true,
          name: "menu",
          chatBarText: "Menu",
          areas
        })
        yield* RichMenus.setRichMenuImage({ richMenuId, image: Png.make(800, 250), contentType: "image/png" })
        yield* RichMenus.setDefaultRichMenu({ richMenuId })
        yield* Fiber.join(tapped)
        yield* mika.receives("help me")
        yield* mika.taps(areas[1])
        yield* mika.receives('{"data":"shop"}')
      })
    )

    test(
      "begins and ends with friendship",
      Effect.gen(function* () {
        const mika = yield* Conversation.user({ friend: false })
        yield* mika.follows
        yield* mika.receives("welcome")
        const { events } = yield* mika.blocks
        assert.strictEqual(events[0]?.type, "unfollow")
        yield* Messaging.pushMessage({ to: mika.user.userId, messages: [Message.text("do you hear me?")] })
        yield* mika.receivesNothing(0)
        yield* mika.follows
        yield* mika.receives("welcome back")
      })
    )

    test(
      "is of many in a group, where everybody reads everything",
      Effect.gen(function* () {
        const mika = yield* Conversation.user({ displayName: "Mika" })
        const rin = yield* Conversation.user({ displayName: "Rin" })
        const friends = yield* Conversation.group({ name: "Friends", members: [mika, rin] })
        yield* mika.in(friends).receives("hello everybody")
        yield* rin.in(friends).says("yesOrNo")
        yield* mika.in(friends).receives(yesOrNo)
        const { events } = yield* mika.in(friends).taps("Yes")
        assert.deepInclude(events[0]?.["source"], { type: "group", groupId: friends.groupId, userId: mika.user.userId })
        yield* mika.in(friends).receives('{"data":"buy=1"}')
        yield* mika.in(friends).receivesNothing(0)
        yield* rin.in(friends).receives("hello everybody")
        yield* rin.in(friends).receives(yesOrNo)
        yield* rin.in(friends).receives('{"data":"buy=1"}')
        yield* mika.receivesNothing(0)
      })
    )

    test(
      "goes on with people who are there already",
      Effect.gen(function* () {
        const line = yield* Emulator.Emulator
        const user = yield* line.addUser()
        const group = yield* line.addGroup({ members: [user] })
        yield* line.join(group)
        yield* line.awaitMessages(group, 0)
        yield* line.say(user, "of old")
        yield* line.awaitMessages(user, 1)
        const mika = yield* Conversation.of(user)
        yield* mika.receivesNothing(0)
        yield* mika.in(group).receivesNothing(0)
        yield* mika.says("new")
        yield* mika.receives("new")
      })
    )
  })
}

type Work = (event: Emulator.Event) => Effect.Effect<unknown, unknown, LineClient.LineClient>

/** A bot that has done its work when it answers the webhook. */
const bot = (work: Work, status = 200) =>
  Effect.gen(function* () {
    const line = yield* Emulator.Emulator
    const client = Emulated.client.pipe(Layer.provide(Layer.succeed(Emulator.Emulator, line)))
    yield* line.setWebhook(async (request) => {
      const { events } = (await request.json()) as { readonly events: ReadonlyArray<Emulator.Event> }
      await Effect.runPromise(
        Effect.forEach(events, (event) => Effect.ignore(work(event))).pipe(Effect.provide(client))
      )
      return new Response(null, { status })
    })
  })

const answers =
  (...messages: ReadonlyArray<Message.Message>): Work =>
  ({ replyToken }) =>
    replyToken === undefined ? Effect.void : reply(replyToken, messages)

/** A test that fails, with these words. */
const fails = (
  name: string,
  test: Effect.Effect<unknown, Conversation.ConversationError, Emulator.Emulator>,
  ...lines: ReadonlyArray<string>
) =>
  it.effect(name, () =>
    Effect.gen(function* () {
      // Whatever comes has come before.
      const error = yield* Effect.flip(Conversation.withLimit(test, "1 millis"))
      assert.strictEqual(error._tag, "LineConversationError")
      assert.deepStrictEqual(error.message.split("\n"), lines)
    }).pipe(Effect.provide(Emulator.layer()))
  )

const mika = Conversation.user({ displayName: "Mika" })

describe("a conversation that goes otherwise", () => {
  fails(
    "says that no webhook is set",
    Effect.gen(function* () {
      const user = yield* mika
      yield* user.says("hi")
      yield* user.receives()
    }),
    "Mika received nothing within 1ms.",
    "",
    "The conversation:",
    "    Mika: hi",
    "      ! message: the bot was not told: no webhook is set",
    "",
    "Bot has not called LINE since."
  )

  fails(
    "says how the bot answered the webhook",
    Effect.gen(function* () {
      yield* bot(() => Effect.void, 500)
      const user = yield* mika
      yield* user.follows
      yield* user.says("hi")
      yield* user.receives(Message.text("hi"))
    }),
    "Mika received nothing within 1ms.",
    "",
    "Expected:",
    "    hi",
    "",
    "The conversation:",
    "    Mika follows the bot",
    "      ! follow: the webhook failed: the bot answered 500, LINE expects 200",
    "    Mika: hi",
    "      ! message: the webhook failed: the bot answered 500, LINE expects 200",
    "",
    "Bot has not called LINE since."
  )

  fails(
    "says what LINE refused, and why",
    Effect.gen(function* () {
      const line = yield* Emulator.Emulator
      // The client would not send this.
      const empty = HttpClientRequest.post("https://api.line.me/v2/bot/message/push").pipe(
        HttpClientRequest.bearerToken(line.channel.channelAccessToken),
        HttpClientRequest.bodyUnsafeJson({ to: `U${"0".repeat(32)}`, messages: [{ type: "text", text: "" }] })
      )
      yield* bot(() => Effect.zipRight(line.httpClient.execute(empty), reply("used", [Message.text("hi")])))
      const user = yield* mika
      yield* user.sends({ type: "sticker", packageId: "446", stickerId: "1988" })
      yield* user.receives("a sticker")
    }),
    "Mika received nothing within 1ms.",
    "",
    "Expected:",
    "    a sticker",
    "",
    "The conversation:",
    "    Mika: (sticker) 446/1988",
    "",
    "Calls of Bot that failed:",
    "    pushMessage: 400 The request body has 1 error(s)",
    "      messages[0].text: May not be empty",
    "    replyMessage: 400 Invalid reply token"
  )

  fails(
    "tells two texts apart",
    Effect.gen(function* () {
      yield* bot(
        answers(Message.withSender(Message.text("hello,\nMika"), { name: "Cony" }), Message.text("how are you?"))
      )
      const user = yield* mika
      yield* user.says("hi")
      yield* user.receives("hello")
    }),
    "Mika received another message than expected.",
    "",
    "Expected:",
    "    hello",
    "",
    "Received:",
    "    hello,",
    "    Mika",
    "",
    "Difference:",
    '    text: "hello,\\nMika" instead of "hello"',
    "",
    "The conversation:",
    "    Mika: hi",
    "  > Bot as Cony: hello,",
    "                 Mika",
    "    Bot: how are you?"
  )

  fails(
    "tells two messages apart, property by property",
    Effect.gen(function* () {
      yield* bot(answers(yesOrNo))
      const user = yield* mika
      yield* user.says("hi")
      const { altText } = yesOrNo
      const actions = [Action.postback({ label: "Yes", data: "buy=2" }), Action.message({ label: "No", text: "no" })]
      yield* user.receives({
        ...Message.template({ altText, template: Template.confirm({ text: "Buy it?", actions }) }),
        sender: { name: "Cony" }
      })
    }),
    "Mika received another message than expected.",
    "",
    "Expected:",
    "    (template) Buy it?",
    "    [Yes] [No]",
    "",
    "Received:",
    "    (template) Buy it?",
    "    Do you want to buy it?",
    "    [Yes] [No]",
    "",
    "Difference:",
    '    template.text: "Do you want to buy it?" instead of "Buy it?"',
    '    template.actions[0].data: "buy=1" instead of "buy=2"',
    '    template.actions[1].text: "no, thanks" instead of "no"',
    '    sender: missing, expected {"name":"Cony"}',
    "",
    "The conversation:",
    "    Mika: hi",
    "  > Bot: (template) Buy it?",
    "         Do you want to buy it?",
    "         [Yes] [No]"
  )

  fails(
    "shows a Flex Message by its texts and labels, and a function by its source",
    Effect.gen(function* () {
      yield* bot(answers(order, question))
      const user = yield* mika
      yield* user.says("hi")
      yield* user.receives((message) => message.type === "text")
    }),
    "Mika received another message than expected.",
    "",
    "Expected a message that passes:",
    '    (message) => message.type === "text"',
    "",
    "Received:",
    "    (flex) Order 42",
    "    Total",
    "    [1,200 yen] [Day] [Time]",
    "",
    "The conversation:",
    "    Mika: hi",
    "  > Bot: (flex) Order 42",
    "         Total",
    "         [1,200 yen] [Day] [Time]",
    "    Bot: Tea or coffee?",
    "         quick replies: [Tea] [Coffee] [Photo]"
  )

  fails(
    "shows where two long texts part",
    Effect.gen(function* () {
      yield* bot(answers(Message.text(`${"a".repeat(1000)}b${"c".repeat(1000)}`)))
      const user = yield* mika
      yield* user.says("hi")
      yield* Effect.mapError(user.receives("a".repeat(2000)), ({ message }) => {
        const lines = message.split("\n")
        const error = new Conversation.ConversationError({ message: lines[lines.indexOf("Difference:") + 1] ?? "" })
        return error
      })
    }),
    `    text: …${"a".repeat(30)}b${"c".repeat(89)}… instead of …${"a".repeat(120)}…`
  )

  fails(
    "shows a message where none was expected",
    Effect.gen(function* () {
      yield* bot(answers(Message.sticker({ packageId: "446", stickerId: "1988" })))
      const user = yield* mika
      yield* user.says("hi")
      yield* user.receivesNothing(0)
    }),
    "Mika received a message, and expected none.",
    "",
    "The conversation:",
    "    Mika: hi",
    "  > Bot: (sticker) 446/1988"
  )

  it.effect("does not wait longer than it must for nothing", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.Emulator
      const user = yield* mika
      const waiting = yield* Effect.fork(Effect.flip(user.receivesNothing("1 hour")))
      yield* Effect.yieldNow()
      yield* line.say(user.user, "hi")
      yield* Messaging.pushMessage({ to: user.user.userId, messages: [Message.text("late")] })
      assert.include((yield* Fiber.join(waiting)).message, "  > Bot: late")
      yield* Conversation.of(user.user).pipe(Effect.flatMap((again) => again.receivesNothing("1 millis")))
    }).pipe(Emulated.provide())
  )

  fails(
    "says what there is to tap instead",
    Effect.gen(function* () {
      yield* bot(answers(yesOrNo, order, question))
      const user = yield* mika
      yield* user.says("hi")
      yield* user.taps("Maybe")
    }),
    "Mika found no [Maybe] to tap within 1ms.",
    "",
    "There is to tap:",
    "    [Tea] [Coffee] [Photo]",
    "    [1,200 yen] [Day] [Time]",
    "    [Yes] [No]",
    "",
    "The conversation:",
    "    Mika: hi",
    "    Bot: (template) Buy it?",
    "         Do you want to buy it?",
    "         [Yes] [No]",
    "    Bot: (flex) Order 42",
    "         Total",
    "         [1,200 yen] [Day] [Time]",
    "    Bot: Tea or coffee?",
    "         quick replies: [Tea] [Coffee] [Photo]"
  )

  fails(
    "knows that quick replies go with the next message",
    Effect.gen(function* () {
      yield* bot(({ message, replyToken }) =>
        message?.["text"] === "hi" ? reply(replyToken, [question]) : Effect.void
      )
      const user = yield* mika
      yield* user.says("hi")
      yield* user.taps("Coffee")
      yield* user.taps("Tea")
    }),
    "Mika found no [Tea] to tap within 1ms.",
    "",
    "The conversation:",
    "    Mika: hi",
    "    Bot: Tea or coffee?",
    "         quick replies: [Tea] [Coffee] [Photo]",
    "    Mika taps [Coffee]: postback coffee",
    "    Mika: coffee!"
  )

  fails(
    "does not choose between actions of one name",
    Effect.gen(function* () {
      yield* bot(answers(shop))
      const user = yield* mika
      yield* user.says("hi")
      yield* user.taps("Buy")
    }),
    "Mika found [Buy] 2 times in one message: tap the action itself.",
    "",
    "The conversation:",
    "    Mika: hi",
    "  > Bot: (template) Shop",
    "         tea",
    "         [Buy] [More]",
    "         coffee",
    "         [Buy] [More]"
  )

  for (const [value, label, first] of [
    ["2026-11-30", "Day", "Mika cannot pick 2026-11-30 with [Day]."],
    ["tomorrow", "Day", "Mika cannot pick tomorrow with [Day]."],
    ["24:00", "Time", "Mika cannot pick 24:00 with [Time]."],
    ["2026-12-24", "Night", "Mika found no datetime picker [Night] to tap within 1ms."],
    [undefined, "Day", "[Day] is a datetime picker: say what Mika picks with it."]
  ] as const) {
    it.effect(`knows what is picked: ${first}`, () =>
      Effect.gen(function* () {
        yield* bot(answers(order))
        const user = yield* mika
        yield* user.says("hi")
        const picked = value === undefined ? user.taps(label) : user.picks(value, label)
        const error = yield* Effect.flip(Conversation.withLimit(picked, "1 millis"))
        assert.strictEqual(error.message.split("\n")[0], first)
      }).pipe(Effect.provide(Emulator.layer()))
    )
  }

  fails(
    "says that the bot is blocked, and of what it was not told",
    Effect.gen(function* () {
      const user = yield* mika
      yield* user.blocks
      yield* user.receives()
    }),
    "Mika received nothing within 1ms.",
    "",
    "The conversation:",
    "    Mika has blocked Bot.",
    "    Mika blocks the bot",
    "      ! unfollow: the bot was not told: no webhook is set",
    "",
    "Bot has not called LINE since."
  )

  fails(
    "says that the user is a stranger",
    Effect.gen(function* () {
      yield* bot(() => Effect.void)
      const user = yield* Conversation.user({ displayName: "Rin", friend: false })
      yield* user.receives()
    }),
    "Rin received nothing within 1ms.",
    "",
    "The conversation:",
    "    Rin has not added Bot as a friend.",
    "    Nobody has said anything.",
    "",
    "Bot has not called LINE since."
  )

  fails(
    "says that the bot is not in a group, and of webhooks that failed there",
    Effect.gen(function* () {
      yield* bot(() => Effect.void, 400)
      const user = yield* mika
      const rin = yield* Conversation.user({ displayName: "Rin" })
      const group = yield* Conversation.group({ members: [user, rin] })
      yield* Effect.flatMap(Emulator.Emulator, (line) => line.leave(group))
      yield* rin.in(group).says("anybody here?")
      yield* user.in(group).receives()
    }),
    "Mika received nothing within 1ms.",
    "",
    "The conversation:",
    "    Bot is not in this group.",
    "    Rin: anybody here?",
    "    ! join: the webhook failed: the bot answered 400, LINE expects 200",
    "    ! leave: the webhook failed: the bot answered 400, LINE expects 200",
    "",
    "Bot has not called LINE since."
  )

  it.effect("has messages that were taken back or changed, and calls without an answer", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.Emulator
      yield* bot(() => Effect.void)
      const user = yield* mika
      const group = yield* Conversation.group({ members: [user] })
      const { events } = yield* user.in(group).says("helo")
      yield* line.edit(events[0]?.message?.id ?? "none", "hello")
      const taken = yield* user.in(group).says("oops")
      yield* line.unsend(taken.events[0]?.message?.id ?? "none")
      yield* line.fault(Emulator.Fault.drop())
      yield* Effect.ignore(Messaging.replyMessage({ replyToken: "none", messages: [Message.text("x")] }))
      const error = yield* Effect.flip(Conversation.withLimit(user.in(group).receives(), "1 millis"))
      assert.deepStrictEqual(error.message.split("\n").slice(2), [
        "The conversation:",
        "    Mika: hello (edited)",
        "    Mika: oops (taken back)",
        "",
        "Calls of Bot that failed:",
        "    replyMessage: no answer"
      ])
    }).pipe(Emulated.provide())
  )

  it.effect("points at the line of the test", () =>
    Effect.gen(function* () {
      const user = yield* mika
      const expecting: ReadonlyArray<Effect.Effect<unknown, Conversation.ConversationError>> = [
        user.receives(),
        user.taps("Yes"),
        user.picks("2026-12-24")
      ]
      for (const waiting of expecting) {
        const { stack = "" } = yield* Effect.flip(Conversation.withLimit(waiting, "1 millis"))
        const [, frame = ""] = stack.split(/\n {4}at /)
        assert.include(frame, "Conversation.test.ts")
      }
      assert.strictEqual(yield* Conversation.Limit, "5 seconds")
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("keeps the test's clock: a bot that answers in a day has not yet", () =>
    Effect.gen(function* () {
      const user = yield* mika
      const reminder = Effect.delay(
        Messaging.pushMessage({ to: user.user.userId, messages: [Message.text("a day has gone")] }),
        "1 day"
      )
      const reminded = yield* Effect.fork(reminder)
      yield* user.receivesNothing("1 millis")
      yield* TestClock.adjust("1 day")
      yield* Fiber.join(reminded)
      const { timestamp } = yield* user.receives("a day has gone")
      assert.strictEqual(timestamp, 24 * 3_600_000)
    }).pipe(Emulated.provide())
  )
})
