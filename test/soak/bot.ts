/**
 * A bot with a durable inbox, in a process of its own: `node --import tsx bot.ts INBOX LINE-URL TOKEN SECRET`. It answers each
 * message once: texts with an even number by a reply, the others by a push.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Inbox from "line-effect/Inbox"
import * as InboxFile from "line-effect/InboxFile"
import * as LineClient from "line-effect/LineClient"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as NodeHttp from "line-effect/NodeHttp"
import * as Reply from "line-effect/Reply"
import * as Retry from "line-effect/Retry"
import * as Webhook from "line-effect/Webhook"
import * as WebhookEvent from "line-effect/WebhookEvent"
import { createServer } from "node:http"

const [, , file = "", url = "", token = "", secret = ""] = process.argv

const handlers = Webhook.handlers({
  message: ({ message, source, webhookEventId }) =>
    Effect.gen(function* () {
      if (message.type !== "text") return
      const answer = Message.text(`answer to ${message.text}`)
      if (Number(/\d+/.exec(message.text)?.[0]) % 2 === 0) return yield* Reply.send(answer)
      return yield* Messaging.pushMessage({
        to: WebhookEvent.chatId(source) ?? "",
        messages: [answer],
        retryKey: Retry.deriveKey(webhookEventId)
      }).pipe(Effect.catchTag("LineDuplicateRequest", () => Effect.void))
    })
})

const { listener } = NodeHttp.toListener(
  Effect.map(Inbox.Inbox, (inbox) => ({ channelSecret: Redacted.make(secret), inbox, handlers })),
  Layer.mergeAll(
    InboxFile.layer(file),
    LineClient.layer({ channelAccessToken: Redacted.make(token), baseUrls: { api: url, data: url } }).pipe(
      Layer.provide(FetchHttpClient.layer)
    ),
    // It is killed in the middle of everything, and says so for each event that it cannot answer once more.
    Logger.remove(Logger.defaultLogger)
  )
)

const server = createServer(listener).listen(0, "127.0.0.1", () => process.send?.(server.address()))
