import * as OtlpMetrics from "@effect/opentelemetry/OtlpMetrics"
import * as OtlpSerialization from "@effect/opentelemetry/OtlpSerialization"
import * as OtlpTracer from "@effect/opentelemetry/OtlpTracer"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServer from "@effect/platform/HttpServer"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type * as Inbox from "line-effect/Inbox"
import * as Emulator from "line-effect/Emulator"
import * as LineClient from "line-effect/LineClient"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as StoreError from "line-effect/StoreError"
import * as Users from "line-effect/Users"
import * as Webhook from "line-effect/Webhook"
import { readFileSync } from "node:fs"
import { createServer } from "node:http"
import * as Collector from "../examples/collector.js"

const resource = { serviceName: "bot" }
// Everything is exported at the end, and nothing before: the scope of the exporters is what a test waits for.
const atTheEnd = { resource, exportInterval: "1 day", shutdownTimeout: "1 minute" } as const

const traces = (url: string) => OtlpTracer.layer({ ...atTheEnd, url: `${url}/v1/traces` })
const metrics = (url: string) => OtlpMetrics.layer({ ...atTheEnd, url: `${url}/v1/metrics` })
const transport = Layer.merge(OtlpSerialization.layerJson, NodeHttpClient.layerUndici)

const displayName = "Mika Satou-Personal"
const text = "a text that is private"
const failing = "another private text, at which the handler fails"
const dying = "a third private text, at which it dies"

/** What a log says, without its cause. */
interface Log {
  readonly message: string
  readonly annotations: string
  readonly cause: string
}

/** A server of webhooks on a port, to which the emulator delivers. */
const serve = <E>(options: Omit<Webhook.Settings<E, LineClient.LineClient>, "concurrency">) =>
  Effect.gen(function* () {
    const line = yield* Emulator.Emulator
    const webhook = yield* Webhook.httpApp({ ...options, channelSecret: line.channel.channelSecret })
    yield* HttpServer.serveEffect(HttpRouter.empty.pipe(HttpRouter.all("/callback", webhook)))
    yield* HttpServer.addressFormattedWith((url) => line.setWebhook(`${url.replace("0.0.0.0", "127.0.0.1")}/callback`))
  }).pipe(
    Layer.scopedDiscard,
    Layer.provide(NodeHttpServer.layer(createServer, { port: 0 })),
    Layer.provide(
      Layer.unwrapScoped(
        Effect.gen(function* () {
          const { channel } = yield* Emulator.Emulator
          const { url } = yield* Emulator.serve()
          return LineClient.layer({
            channelAccessToken: channel.channelAccessToken,
            baseUrls: { api: url, data: url, manager: url },
            retry: Schedule.recurs(2)
          })
        })
      )
    )
  )

/** An inbox whose database repeats what it was to store. */
const broken: Inbox.Service = {
  store: (deliveries) =>
    new StoreError.StoreError({ store: "the inbox", cause: new Error(`cannot store ${JSON.stringify(deliveries)}`) }),
  pending: Stream.empty,
  begin: () => Effect.void,
  complete: () => Effect.void
}

/** The life of a bot: what the collector got of it, what was logged, and all that must not be told. */
const life = Effect.gen(function* () {
  const line = yield* Emulator.Emulator
  const collector = yield* Collector.start
  const logs: Array<Log> = []
  const logger = Logger.make<unknown, void>(({ annotations, cause, message }) => {
    logs.push({
      message: JSON.stringify(message),
      annotations: JSON.stringify([...HashMap.toEntries(annotations)]),
      cause: Cause.pretty(cause, { renderErrorCause: true })
    })
  })
  const [isAtWork, mayGoOn] = yield* Effect.all([Deferred.make<void>(), Deferred.make<void>()])
  const mika = yield* line.addUser({ displayName })

  const handlers = Webhook.handlers({
    message: ({ message, replyToken = "", source }) =>
      Effect.gen(function* () {
        const userId = source?.type === "user" ? (source.userId ?? "") : ""
        const said = message.type === "text" ? message.text : ""
        if (said === dying) throw new Error(`cannot read ${said}`)
        const { displayName } = yield* Users.getProfile({ userId })
        if (said === failing) {
          yield* Effect.ignore(Users.getProfile({ userId: `U${"0".repeat(32)}` }))
          yield* Effect.ignore(Messaging.replyMessage({ replyToken: "used up", messages: [Message.text(said)] }))
          return yield* Effect.fail(new Error(`${displayName} said ${said}`))
        }
        yield* Messaging.replyMessage({ replyToken, messages: [Message.text(`${displayName}: ${said}`)] })
        yield* Messaging.pushMessage({ to: userId, messages: [Message.text(said)] })
        yield* Deferred.succeed(isAtWork, undefined)
        yield* Deferred.await(mayGoOn)
      })
  })
  const bot = serve({
    handlers,
    retry: Schedule.recurs(1),
    deadLetter: (letter) => Effect.fail(new Error(`no room for ${JSON.stringify(letter.event)}`))
  })
  const deliveries: Array<Emulator.Delivery> = []
  const note = (delivering: Effect.Effect<Emulator.Delivery>) =>
    Effect.tap(delivering, (delivery) => Effect.sync(() => deliveries.push(delivery)))

  const depth = yield* Effect.gen(function* () {
    yield* line.fault(Emulator.Fault.rateLimited, { operation: "replyMessage" })
    yield* line.fault(Emulator.Fault.serverError({ accept: "after" }), { operation: "pushMessage" })
    const first = yield* note(line.say(mika, text))
    yield* Deferred.await(isAtWork)
    yield* Effect.provide(Effect.void, Layer.provide(metrics(collector.url), transport))
    const depth = collector.points().find(({ name }) => name === "line_webhook_queue_depth")?.value
    yield* Deferred.succeed(mayGoOn, undefined)
    yield* note(line.redeliver(first))
    yield* note(line.say(mika, failing))
    yield* note(line.say(mika, dying))
    yield* note(line.deliver(first.body, { signature: Buffer.alloc(32).toString("base64") }))
    return depth
  }).pipe(
    Effect.provide(
      bot.pipe(
        Layer.provide(Layer.merge(traces(collector.url), metrics(collector.url))),
        Layer.provide(transport),
        Layer.provide(Logger.replace(Logger.defaultLogger, logger))
      )
    )
  )
  yield* note(line.say(mika, text)).pipe(
    Effect.provide(
      serve({ handlers, inbox: broken }).pipe(
        Layer.provide(Layer.merge(traces(collector.url), metrics(collector.url))),
        Layer.provide(transport),
        Layer.provide(Logger.replace(Logger.defaultLogger, logger))
      )
    )
  )

  const { channelAccessToken, channelSecret } = line.channel
  const tokens = deliveries.flatMap(({ body }) => [...body.matchAll(/"(?:replyToken|quoteToken)":"([^"]+)"/g)])
  return {
    collector,
    depth,
    logs,
    channelId: line.channel.channelId,
    secrets: [
      Redacted.value(channelSecret),
      Redacted.value(channelAccessToken),
      ...new Set(tokens.map(([, token = ""]) => token)),
      mika.userId,
      displayName,
      text,
      failing,
      dying
    ]
  }
}).pipe(Effect.provide(Emulator.layer()))

const seen = Effect.runSync(Effect.cached(Effect.scoped(life)))

describe("what a collector gets", () => {
  it.live("is a trace of each event, linked to that of its request, with the calls in it", () =>
    Effect.gen(function* () {
      const { collector } = yield* seen
      const lines = Collector.trees(collector.spans())
      const start = lines.indexOf("line.webhook.message (linked to line.webhook)")
      assert.deepStrictEqual(lines.slice(start, start + 4), [
        "line.webhook.message (linked to line.webhook)",
        "  line.getProfile (status 200)",
        "  line.replyMessage (status 200, 2 attempts)",
        "  line.pushMessage (status 409, 2 attempts)"
      ])
      assert.includeMembers(
        [...lines],
        [
          "  line.webhook (status 401)",
          "  line.webhook (status 503)",
          "line.webhook.message (linked to line.webhook, failed: the handler failed: Error)"
        ]
      )
    })
  )

  it.live("is each figure, with its value", () =>
    Effect.gen(function* () {
      const { collector, depth } = yield* seen
      assert.strictEqual(depth, 1)
      const figures = Collector.figures(collector.points())
      for (const figure of [
        "line_webhook_events{type=message}",
        "line_webhook_duplicates 1",
        "line_webhook_refusals{status=401} 1",
        "line_webhook_refusals{status=503} 1",
        "line_webhook_handler_time",
        "line_webhook_queue_depth 0",
        "line_webhook_retries 1",
        "line_webhook_failures 2",
        "line_retries{operation=pushMessage} 1",
        "line_rate_limited{operation=replyMessage} 1",
        "line_receipts{status=alreadyAccepted} 1"
      ]) {
        assert.isTrue(
          figures.some((line) => line.startsWith(figure)),
          `${figure} in\n${figures.join("\n")}`
        )
      }
    })
  )

  it.live("is nothing secret and nothing personal", () =>
    Effect.gen(function* () {
      const { collector, secrets } = yield* seen
      const exported = collector
        .received()
        .map(({ body }) => body)
        .join("\n")
      assert.isAbove(exported.length, 10_000)
      for (const secret of secrets) assert.notInclude(exported, secret)
    })
  )

  it.live("is not in the texts of logs, but in their causes, which are the program's own errors", () =>
    Effect.gen(function* () {
      const { logs, secrets } = yield* seen
      const told = logs.map(({ annotations, message }) => message + annotations).join("\n")
      for (const secret of secrets) assert.notInclude(told, secret)
      assert.isTrue(logs.some(({ cause }) => cause.includes(failing)))
    })
  )

  it("is told in full by docs/telemetry.md", () => {
    const names = [...readFileSync("src/Metrics.ts", "utf8").matchAll(/"(line_\w+)"/g)].map(([, name]) => name)
    const table = [...readFileSync("docs/telemetry.md", "utf8").matchAll(/^\| `(line_\w+)`/gm)].map(([, name]) => name)
    assert.sameMembers(names, table)
  })
})
