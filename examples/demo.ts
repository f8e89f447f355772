/**
 * A LINE platform and a bot on two ports of this machine, and what passes between them when things go wrong. Everything
 * that is shown is checked: the demo ends with exit code 0, or 1 if something was not so.
 *
 *     npm run demo
 */
import { HttpRouter, HttpServer } from "@effect/platform"
import { NodeHttpClient, NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Logger, LogLevel, Queue, type Redacted } from "effect"
import * as Chats from "line-effect/Chats"
import * as Emulator from "line-effect/Emulator"
import * as LineClient from "line-effect/LineClient"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as Signature from "line-effect/Signature"
import * as Users from "line-effect/Users"
import * as Webhook from "line-effect/Webhook"
import { createServer } from "node:http"

const style = (code: number) => (text: string) => (process.stdout.isTTY ? `\u001b[${code}m${text}\u001b[0m` : text)
const bold = style(1)
const faint = style(2)
const green = style(32)

const scene = (title: string) => Console.log(`\n${bold(title)}`)
const line = (who: string, what: string) => Console.log(`  ${faint(who.padEnd(9))} ${what}`)

let checks = 0

/** Shows that something is so, or ends the demo. */
const check = (what: string, holds: boolean) =>
  holds
    ? Effect.zipRight(
        Effect.sync(() => checks++),
        line("", green(`✓ ${what}`))
      )
    : Effect.dieMessage(`this should be so and is not: ${what}`)

/** What the bot's handlers have done, so that the demo can wait for it. */
const done = Effect.runSync(Queue.unbounded<string>())

const handlers = Webhook.handlers({
  message: ({ message, replyToken, source }) =>
    Effect.gen(function* () {
      if (message.type !== "text" || replyToken === undefined || source?.type !== "user") return
      const { displayName } = yield* Users.getProfile({ userId: source.userId ?? "" })
      const text = `Hello ${displayName}, you said: ${message.text}`
      const { sentMessages } = yield* Messaging.replyMessage({ replyToken, messages: [Message.text(text)] })
      yield* Queue.offer(done, `replied with message ${sentMessages[0]?.id}`)
    }),
  unknown: ({ originalType, raw }) =>
    Queue.offer(done, `kept the unknown event "${originalType}": ${JSON.stringify(raw)}`)
})

/** The bot: a server for LINE's webhooks on a port of its own. */
const bot = (channelSecret: Redacted.Redacted) =>
  Effect.gen(function* () {
    const webhook = yield* Webhook.httpApp({ channelSecret, handlers })
    yield* HttpServer.serveEffect(HttpRouter.empty.pipe(HttpRouter.all("/callback", webhook)))
    return yield* HttpServer.addressFormattedWith((url) =>
      Effect.succeed(`${url.replace("0.0.0.0", "127.0.0.1")}/callback`)
    )
  })

const webhookAndReply = (mika: Emulator.User) =>
  Effect.gen(function* () {
    yield* scene("1. Mika writes, the bot replies")
    const emulator = yield* Emulator.Emulator
    const delivery = yield* emulator.say(mika, "are you there?")
    yield* line("Mika", "are you there?")
    yield* line("LINE", `POST /callback  ${Signature.signatureHeader}: ${delivery.signature}`)
    yield* check("the bot verified the signature and answered 200", isAnswered(delivery.outcome, 200))
    yield* line("bot", yield* Queue.take(done))
    const seen = yield* textsOf(mika)
    yield* line("Mika", `sees "${seen.at(-1)}"`)
    yield* check("the reply has arrived", seen.at(-1) === "Hello Mika, you said: are you there?")
    const forged = yield* emulator.deliver(delivery.body, { signature: Buffer.alloc(32).toString("base64") })
    yield* check("the same body with a forged signature is answered 401", failedWith(forged.outcome, 401))
  })

const pushThroughFailures = (mika: Emulator.User) =>
  Effect.gen(function* () {
    yield* scene("2. A push through failures, sent once")
    const emulator = yield* Emulator.Emulator
    yield* emulator.fault(Emulator.Fault.serverError({ accept: "after" }), { operation: "pushMessage" })
    yield* emulator.fault(Emulator.Fault.drop(), { operation: "pushMessage" })
    yield* line("LINE", "will accept the push and answer 500 all the same, then drop a connection")
    const text = "Your table is ready."
    const receipt = yield* Messaging.pushMessage({ to: mika.userId, messages: [Message.text(text)] })
    const attempts = (yield* emulator.requests).filter(({ operationId }) => operationId === "pushMessage")
    for (const [index, { retryKey, status }] of attempts.entries()) {
      yield* line(
        `attempt ${index + 1}`,
        `${String(status ?? "connection lost").padEnd(15)} x-line-retry-key: ${retryKey}`
      )
    }
    yield* line("receipt", `${receipt.status}, as request ${receipt.requestId}`)
    yield* check("there were three attempts", attempts.length === 3 && receipt.attempts === 3)
    yield* check(
      "all of them with the same key",
      attempts.every(({ retryKey }) => retryKey === receipt.retryKey)
    )
    yield* check("LINE said at last that it had accepted the first", receipt.status === "alreadyAccepted")
    const seen = (yield* textsOf(mika)).filter((seen) => seen === text)
    yield* line("Mika", seen.map((text) => `sees "${text}"`).join(", "))
    yield* check("Mika got it exactly once", seen.length === 1)
  })

const typedErrors = (group: Emulator.Group) =>
  Effect.gen(function* () {
    yield* scene("3. Errors that say what to do")
    const invalid = yield* Effect.flip(
      Messaging.broadcast({
        messages: [Message.text("x".repeat(5001)), Message.sticker({ packageId: "", stickerId: "1" })]
      })
    )
    yield* line("caught", invalid._tag)
    if (invalid._tag === "LineInvalidRequest") {
      for (const { message, path } of invalid.issues) yield* line("", `${path} ${message}`)
    }
    yield* check(
      "nothing was sent, and both issues were found",
      invalid._tag === "LineInvalidRequest" && invalid.issues.length === 2
    )
    const refused = yield* Effect.flip(Chats.showLoadingAnimation({ chatId: group.groupId }))
    yield* line("caught", refused._tag)
    yield* line("", refused.message)
    yield* check(
      "what only LINE can know comes with LINE's details",
      refused._tag === "LineBadRequest" && refused.details.length === 1
    )
  })

const unknownEvent = Effect.gen(function* () {
  yield* scene("4. LINE invents something")
  const emulator = yield* Emulator.Emulator
  const delivery = yield* emulator.send([{ type: "teleported", teleported: { to: "the moon" } }])
  yield* line("LINE", `POST /callback  ${delivery.body}`)
  yield* check("the bot answered 200", isAnswered(delivery.outcome, 200))
  const handled = yield* Queue.take(done)
  yield* line("bot", handled)
  yield* check("and handled it", handled.includes("the moon"))
})

const isAnswered = (outcome: Emulator.Outcome, status: number) =>
  outcome._tag === "Answered" && outcome.status === status
const failedWith = (outcome: Emulator.Outcome, status: number) => outcome._tag === "Failed" && outcome.status === status

const textsOf = (user: Emulator.User) =>
  Effect.gen(function* () {
    const emulator = yield* Emulator.Emulator
    const messages = yield* emulator.messages(user)
    return messages.filter(({ via }) => via !== "user").map(({ message }) => String(message["text"]))
  })

const demo = Effect.gen(function* () {
  const emulator = yield* Emulator.Emulator
  const { url } = yield* Emulator.serve()
  const client = LineClient.layer({
    channelAccessToken: emulator.channel.channelAccessToken,
    baseUrls: { api: url, data: url, manager: url }
  })
  yield* Effect.gen(function* () {
    const callback = yield* bot(emulator.channel.channelSecret)
    yield* emulator.setWebhook(callback)
    yield* Console.log(`${bold("line-effect")}: a LINE platform and a bot, both on this machine`)
    yield* line("LINE", url)
    yield* line("bot", callback)
    const mika = yield* emulator.addUser({ displayName: "Mika" })
    const group = yield* emulator.addGroup({ name: "Friends", members: [mika] })
    yield* webhookAndReply(mika)
    yield* pushThroughFailures(mika)
    yield* typedErrors(group)
    yield* unknownEvent
    yield* Console.log(`\n${green(`All ${checks} checks hold.`)}`)
  }).pipe(Effect.provide(client))
}).pipe(
  Effect.scoped,
  Effect.provide([
    Emulator.layer(),
    NodeHttpClient.layerUndici,
    NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })
  ]),
  Effect.timeout("1 minute"),
  // The refused webhook is part of the show.
  Logger.withMinimumLogLevel(LogLevel.Error)
)

NodeRuntime.runMain(demo)
