/**
 * A bot that answers every text with the same text.
 *
 *     LINE_CHANNEL_ACCESS_TOKEN=… LINE_CHANNEL_SECRET=… PORT=3000 npx tsx examples/echo-bot.ts
 */
import { HttpRouter, HttpServer } from "@effect/platform"
import { NodeHttpClient, NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Config, Effect, Layer } from "effect"
import * as LineClient from "line-effect/LineClient"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as Webhook from "line-effect/Webhook"
import { createServer } from "node:http"

const handlers = Webhook.handlers({
  message: ({ message, replyToken }) =>
    message.type === "text" && replyToken !== undefined
      ? Messaging.replyMessage({ replyToken, messages: [Message.text(message.text)] })
      : Effect.void
})

const Bot = Effect.gen(function* () {
  const channelSecret = yield* Config.redacted("LINE_CHANNEL_SECRET")
  const webhook = yield* Webhook.httpApp({ channelSecret, handlers })
  return HttpServer.serve(HttpRouter.empty.pipe(HttpRouter.all("/callback", webhook)))
}).pipe(Layer.unwrapScoped, HttpServer.withLogAddress)

Bot.pipe(
  Layer.provide(LineClient.layerConfig()),
  Layer.provide(NodeHttpClient.layerUndici),
  Layer.provide(NodeHttpServer.layerConfig(createServer, { port: Config.integer("PORT") })),
  Layer.launch,
  NodeRuntime.runMain
)
