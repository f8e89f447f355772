/**
 * A test of a bot, as the conversation that it has. Nothing of it leaves this process.
 *
 *     npx vitest run examples/bot.test.ts
 */
import { it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as Action from "line-effect/Action"
import * as Conversation from "line-effect/Conversation"
import * as Emulator from "line-effect/Emulator"
import * as LineClient from "line-effect/LineClient"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as Template from "line-effect/Template"
import * as Webhook from "line-effect/Webhook"

const when = Message.template({
  altText: "When will you come?",
  template: Template.buttons({
    text: "When will you come?",
    actions: [Action.datetimepicker({ label: "Choose", mode: "datetime", data: "book" })]
  })
})

const confirm = (time: string) =>
  Message.template({
    altText: `A table at ${time}?`,
    template: Template.confirm({
      text: `A table at ${time}?`,
      actions: [
        Action.postback({ label: "Yes", data: `confirm ${time}` }),
        Action.message({ label: "No", text: "another time" })
      ]
    })
  })

const reply = (replyToken: string | undefined, message: Message.Message) =>
  Messaging.replyMessage({ replyToken: replyToken ?? "", messages: [message] })

/** The bot: it books tables. */
const handlers = Webhook.handlers({
  message: ({ message, replyToken }) => (message.type === "text" ? reply(replyToken, when) : Effect.void),
  postback: ({ postback: { data, params }, replyToken }) =>
    params !== undefined && "datetime" in params
      ? reply(replyToken, confirm(params.datetime))
      : reply(replyToken, Message.text(`See you at ${data.replace("confirm ", "")}!`))
})

/** LINE, and the bot that hears of it. */
const Line = Layer.scopedDiscard(
  Effect.gen(function* () {
    const line = yield* Emulator.Emulator
    const client = LineClient.layer({ channelAccessToken: line.channel.channelAccessToken }).pipe(
      Layer.provide(Emulator.layerHttpClient),
      Layer.provide(Layer.succeed(Emulator.Emulator, line))
    )
    const { dispose, handler } = Webhook.toWebHandler({ channelSecret: line.channel.channelSecret, handlers }, client)
    yield* Effect.addFinalizer(() => Effect.promise(dispose))
    yield* line.setWebhook(handler)
  })
).pipe(Layer.provideMerge(Emulator.layer()))

it.effect("books a table", () =>
  Effect.gen(function* () {
    const mika = yield* Conversation.user({ displayName: "Mika" })
    yield* mika.says("a table, please")
    yield* mika.receives(when)
    yield* mika.picks("2026-12-24T18:30")
    yield* mika.receives("A table at 2026-12-24T18:30?")
    yield* mika.taps("No")
    yield* mika.receives(when)
    yield* mika.picks("2026-12-24T19:00")
    yield* mika.receives(confirm("2026-12-24T19:00"))
    yield* mika.taps("Yes")
    yield* mika.receives("See you at 2026-12-24T19:00!")
  }).pipe(Effect.provide(Line))
)

it.effect("books a table in a group, where anybody may choose", () =>
  Effect.gen(function* () {
    const mika = yield* Conversation.user({ displayName: "Mika" })
    const rin = yield* Conversation.user({ displayName: "Rin" })
    const friends = yield* Conversation.group({ name: "Friends", members: [mika, rin] })
    yield* rin.in(friends).says("a table for two")
    yield* mika.in(friends).receives(when)
    yield* mika.in(friends).picks("2026-12-24T18:30")
    yield* rin.in(friends).receives(when)
    yield* rin.in(friends).receives(confirm("2026-12-24T18:30"))
  }).pipe(Effect.provide(Line))
)
