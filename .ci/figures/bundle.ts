/** Verifies webhooks and replies, on a runtime that speaks `fetch`. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as LineClient from "line-effect/LineClient"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as Webhook from "line-effect/Webhook"

const handlers = Webhook.handlers({
  message: ({ message, replyToken }) =>
    message.type === "text" && replyToken !== undefined
      ? Messaging.replyMessage({ replyToken, messages: [Message.text(message.text)] })
      : Effect.void
})

export const { handler } = Webhook.toWebHandler(
  { channelSecret: Redacted.make("secret"), handlers },
  LineClient.layer({ channelAccessToken: Redacted.make("token") }).pipe(Layer.provide(FetchHttpClient.layer))
)
