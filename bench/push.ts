import { FetchHttpClient } from "@effect/platform"
import { NodeHttpClient } from "@effect/platform-node"
import { LineBotClient } from "@line/bot-sdk"
import { Effect, Layer, ManagedRuntime, Redacted } from "effect"
import * as LineClient from "line-effect/LineClient"
import * as Messaging from "line-effect/Messaging"
import { randomUUID } from "node:crypto"
import { work } from "./worker.ts"

const [, , variant, port] = process.argv
const url = `http://127.0.0.1:${port}`
const channelAccessToken = "t".repeat(170)
const request = {
  to: `U${"4".repeat(32)}`,
  messages: [{ type: "text" as const, text: "Your table for two is ready, see you at seven. 🙏" }]
}

const calls = 1000
const concurrency = 64

if (variant === "peer") {
  const client = LineBotClient.fromChannelAccessToken({ channelAccessToken, apiBaseURL: url })
  work(calls, async () => {
    let left = calls
    const lane = async () => {
      while (left-- > 0) await client.pushMessage(request, randomUUID())
    }
    await Promise.all(Array.from({ length: concurrency }, lane))
  })
} else {
  const transport = variant === "undici" ? NodeHttpClient.layerUndici : FetchHttpClient.layer
  const runtime = ManagedRuntime.make(
    LineClient.layer({ channelAccessToken: Redacted.make(channelAccessToken), baseUrls: { api: url } }).pipe(
      Layer.provide(transport)
    )
  )
  const many = Effect.forEach(Array.from({ length: calls }), () => Messaging.pushMessage(request), {
    concurrency,
    discard: true
  })
  work(calls, () => runtime.runPromise(many))
}
