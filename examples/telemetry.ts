/**
 * A bot that is seen: its traces and metrics go to a collector. That and the LINE platform are started here, on ports of this
 * machine, and what the collector got is printed at the end.
 *
 *     npx tsx examples/telemetry.ts
 */
import * as OtlpMetrics from "@effect/opentelemetry/OtlpMetrics"
import * as OtlpSerialization from "@effect/opentelemetry/OtlpSerialization"
import * as OtlpTracer from "@effect/opentelemetry/OtlpTracer"
import { HttpRouter, HttpServer } from "@effect/platform"
import { NodeHttpClient, NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Console, Data, Effect, Layer, Logger, LogLevel, Schedule } from "effect"
import * as Emulator from "line-effect/Emulator"
import * as LineClient from "line-effect/LineClient"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as Users from "line-effect/Users"
import * as Webhook from "line-effect/Webhook"
import type * as WebhookEvent from "line-effect/WebhookEvent"
import { createServer } from "node:http"
import * as Collector from "./collector.js"

const resource = { serviceName: "echo-bot" }

/** Traces and metrics go to a collector. It needs the `HttpClient` of the program and no SDK. */
const telemetry = (collector: string) =>
  Layer.merge(
    OtlpTracer.layer({ url: `${collector}/v1/traces`, resource }),
    OtlpMetrics.layer({ url: `${collector}/v1/metrics`, resource })
  ).pipe(Layer.provide(OtlpSerialization.layerJson))

class CustomersUnavailable extends Data.TaggedError("CustomersUnavailable") {
  override readonly message = "the customers are not there"
}

const handlers = Webhook.handlers({
  message: ({ message, replyToken, source }) =>
    Effect.gen(function* () {
      if (message.type !== "text" || replyToken === undefined || source?.type !== "user") return
      const to = source.userId ?? ""
      const { displayName } = yield* Users.getProfile({ userId: to })
      yield* Messaging.replyMessage({ replyToken, messages: [Message.text(`One moment, ${displayName}.`)] })
      yield* Messaging.pushMessage({ to, messages: [Message.text(`You said: ${message.text}`)] })
    }),
  // A service of the program's own, with a span of its own, which is not there at the first attempt.
  follow: (event) =>
    Effect.suspend(() => {
      if (tried.has(event)) return Effect.void
      tried.add(event)
      return new CustomersUnavailable()
    }).pipe(Effect.withSpan("customers.add"))
})

const tried = new Set<WebhookEvent.FollowEvent>()

const bot = (line: Emulator.Service, lineUrl: string) =>
  Effect.gen(function* () {
    const webhook = yield* Webhook.httpApp({
      channelSecret: line.channel.channelSecret,
      handlers,
      retry: Schedule.recurs(2)
    })
    yield* HttpServer.serveEffect(HttpRouter.empty.pipe(HttpRouter.all("/callback", webhook)))
    yield* HttpServer.addressFormattedWith((url) => line.setWebhook(`${url.replace("0.0.0.0", "127.0.0.1")}/callback`))
  }).pipe(
    Layer.scopedDiscard,
    Layer.provide(NodeHttpServer.layer(createServer, { port: 0 })),
    Layer.provide(
      LineClient.layer({
        channelAccessToken: line.channel.channelAccessToken,
        baseUrls: { api: lineUrl, data: lineUrl, manager: lineUrl }
      })
    )
  )

/** What happens in the life of this bot. */
const life = Effect.gen(function* () {
  const line = yield* Emulator.Emulator
  const mika = yield* line.addUser({ displayName: "Mika" })
  const followed = yield* line.follow(mika)
  yield* line.redeliver(followed)
  yield* line.fault(Emulator.Fault.rateLimited, { operation: "replyMessage" })
  yield* line.fault(Emulator.Fault.serverError({ accept: "after" }), { operation: "pushMessage" })
  const said = yield* line.say(mika, "are you there?")
  yield* line.deliver(said.body, { signature: Buffer.alloc(32).toString("base64") })
})

const program = Effect.gen(function* () {
  const line = yield* Emulator.Emulator
  const { url: lineUrl } = yield* Emulator.serve()
  const collector = yield* Collector.start
  // A shutdown waits for the handlers, then for what is left to export.
  yield* Effect.provide(
    life,
    bot(line, lineUrl).pipe(
      Layer.provide(telemetry(collector.url)),
      Layer.provide(NodeHttpClient.layerUndici),
      Layer.provide(Logger.minimumLogLevel(LogLevel.None))
    )
  )
  yield* Console.log("Traces")
  for (const one of Collector.trees(collector.spans())) yield* Console.log(one)
  yield* Console.log("\nMetrics")
  const figures = Collector.figures(collector.points().filter(({ name }) => name.startsWith("line_")))
  for (const one of figures) yield* Console.log(one)
})

program.pipe(Effect.scoped, Effect.provide(Emulator.layer()), NodeRuntime.runMain)
