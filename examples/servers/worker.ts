/**
 * A worker for Cloudflare and runtimes like it, with the secrets LINE_CHANNEL_ACCESS_TOKEN and LINE_CHANNEL_SECRET.
 */
import { ConfigProvider, Layer, Redacted } from "effect"
import * as Webhook from "line-effect/Webhook"
import { handlers, LineLive } from "./bot.js"

interface Environment {
  readonly LINE_CHANNEL_ACCESS_TOKEN: string
  readonly LINE_CHANNEL_SECRET: string
}

const make = (environment: Environment) =>
  Webhook.toWebHandler(
    { channelSecret: Redacted.make(environment.LINE_CHANNEL_SECRET), handlers },
    LineLive.pipe(Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(environment))))))
  )

// A worker knows its secrets when the first request comes.
let webhook: Webhook.WebHandler | undefined

export default {
  fetch: (
    request: Request,
    environment: Environment,
    context: { readonly waitUntil: (promise: Promise<unknown>) => void }
  ): Promise<Response> => {
    webhook ??= make(environment)
    return webhook.handler(request, context)
  }
}
