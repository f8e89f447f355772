/**
 * A server of webhooks in a process of its own: `webhooks-server.ts line-effect|peer`. It tells its port, and its heap when it
 * is asked.
 */
import { HTTPFetchError, middleware } from "@line/bot-sdk"
import { Effect, Layer, Redacted } from "effect"
import express from "express"
import * as NodeHttp from "line-effect/NodeHttp"
import * as Webhook from "line-effect/Webhook"
import { createServer, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"

const channelSecret = "8c570fa6dd201bb328f1c1eac23a96d8"

let handled = 0

/** Handles each message event, as line-effect's server does. */
const peer = (): RequestListener => {
  const app = express()
  app.post("/", middleware({ channelSecret }), (request, response) => {
    for (const { type } of request.body.events) if (type === "message") void Promise.resolve().then(() => handled++)
    response.status(200).end()
  })
  app.use((error: unknown, _request: unknown, response: express.Response, _next: unknown) => {
    response.status(error instanceof HTTPFetchError ? 500 : 401).end()
  })
  return app
}

const ours = (): RequestListener =>
  NodeHttp.toListener(
    {
      channelSecret: Redacted.make(channelSecret),
      handlers: Webhook.handlers({ message: () => Effect.sync(() => handled++) })
    },
    Layer.empty
  ).listener

const server = createServer(process.argv[2] === "peer" ? peer() : ours())

// While the other side has its turn, the connections of this one rest.
server.keepAliveTimeout = 0
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port))

process.on("message", () => {
  globalThis.gc?.()
  const { heapUsed, rss } = process.memoryUsage()
  process.send?.({ handled, heapUsed, rss, cpu: process.cpuUsage() })
})

process.on("disconnect", () => process.exit())
