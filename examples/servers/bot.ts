/** The bot of the servers in this folder, which answers every text with the same text, and its client. */
import { FetchHttpClient } from "@effect/platform"
import { Effect, Layer } from "effect"
import * as LineClient from "line-effect/LineClient"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as Webhook from "line-effect/Webhook"

export const handlers = Webhook.handlers({
  message: ({ message, replyToken }) =>
    message.type === "text" && replyToken !== undefined
      ? Messaging.replyMessage({ replyToken, messages: [Message.text(message.text)] })
      : Effect.void
})

export const LineLive = LineClient.layerConfig().pipe(Layer.provide(FetchHttpClient.layer))
