/**
 * A worker whose handlers tell this machine how far they are, and wait at gates that a test opens: by requests, which belong
 * to the webhook that a handler is at work on.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as ChannelToken from "line-effect/ChannelToken"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as Webhook from "line-effect/Webhook"

interface Environment {
  readonly LINE_API_BASE_URL: string
  readonly LINE_CHANNEL_ID: string
  readonly LINE_CHANNEL_SECRET: string
  readonly MACHINE: string
  readonly HANDLER_TIMEOUT?: `${number} millis`
  /** Set if the layer waits at a gate while it is built. */
  readonly LAYER_WAITS?: string
}

// What handlers of different webhooks have in common.
const latch = Effect.unsafeMakeLatch()

const make = (environment: Environment) => {
  const ask = (path: string) =>
    Effect.promise((signal) => fetch(`${environment.MACHINE}/${encodeURI(path)}`, { signal }))
  const work = (text: string, replyToken: string) =>
    Effect.gen(function* () {
      if (text === "open the latch") yield* latch.open
      if (text === "await the latch") {
        yield* ask(`begun/${text}`)
        yield* latch.await
      }
      if (text !== "at once") {
        yield* ask(`gate/${text}`)
        yield* Messaging.replyMessage({ replyToken, messages: [Message.text(text)] })
      }
      yield* ask(`done/${text}`)
    })
  const LineLive = ChannelToken.layerClientConfig().pipe(
    Layer.provide(FetchHttpClient.layer),
    Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(environment)))))
  )
  return Webhook.toWebHandler(
    {
      channelSecret: Redacted.make(environment.LINE_CHANNEL_SECRET),
      handlerTimeout: environment.HANDLER_TIMEOUT,
      deadLetter: ({ event }) =>
        event.type === "message" && event.message.type === "text" ? ask(`dead/${event.message.text}`) : Effect.void,
      handlers: Webhook.handlers({
        message: ({ message, replyToken }) =>
          message.type === "text" && replyToken !== undefined ? work(message.text, replyToken) : Effect.void
      })
    },
    environment.LAYER_WAITS === undefined ? LineLive : Layer.merge(LineLive, Layer.effectDiscard(ask("gate/layer")))
  )
}

let webhook: Webhook.WebHandler | undefined
let requests = 0

export default {
  fetch: async (
    request: Request,
    environment: Environment,
    context: { readonly waitUntil: (promise: Promise<unknown>) => void }
  ): Promise<Response> => {
    webhook ??= make(environment)
    await fetch(`${environment.MACHINE}/request/${++requests}`)
    return webhook.handler(request, request.url.endsWith("/without-context") ? undefined : context)
  }
}
