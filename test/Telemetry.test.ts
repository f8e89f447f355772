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
import * as Metric from "effect/Metric"
import * as MetricKeyType from "effect/MetricKeyType"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type * as Inbox from "line-effect/Inbox"
import * as Emulator from "line-effect/Emulator"
import * as LineClient from "line-effect/LineClient"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as Metrics from "line-effect/Metrics"
import * as StoreError from "line-effect/StoreError"
import * as Users from "line-effect/Users"
import * as Webhook from "line-effect/Webhook"
import { readFile } from "node:fs/promises"
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

/** What a log says. */
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
    new StoreError.StoreError({ store: "the test's", cause: new Error(`cannot store ${JSON.stringify(deliveries)}`) }),
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
  const note = (delivery: Effect.Effect<Emulator.Delivery>) =>
    Effect.tap(delivery, (delivery) => Effect.sync(() => deliveries.push(delivery)))

  const depth = yield* Effect.gen(function* () {
    yield* line.fault(Emulator.Fault.rateLimited, { operation: "replyMessage" })
    yield* line.fault(Emulator.Fault.serverError({ accept: "after" }), { operation: "pushMessage" })
    const first = yield* note(line.say(mika, text))
    yield* Deferred.await(isAtWork)
    yield* Effect.provide(Effect.void, Layer.provide(metrics(collector.url), transport))
    // The collector has what the exporters of the moment before have told it.
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

/** The trees of traces, with the ids of requests left out: those of different requests may begin in any order. */
const treesOf = (spans: ReadonlyArray<Collector.Span>) =>
  Collector.trees(spans)
    .map((tree) => tree.replaceAll(/request [-0-9a-f]+/g, "request …"))
    .sort()

describe("what a collector gets", () => {
  it.live("is a trace of each event, linked to that of its request, with the calls in it", () =>
    Effect.gen(function* () {
      const { collector } = yield* seen
      const calls = [
        "  line.getProfile (status 200)",
        "  line.getProfile (status 404, failed: getProfile: LINE has nothing under that id for this bot [404 Not found] (request …))",
        "  line.replyMessage (status 400, failed: replyMessage: LINE refused the request [400 Invalid reply token] (request …))"
      ]
      const failedOnce = "line.webhook.message (linked to line.webhook, failed: the handler failed: Error)"
      const answered = ["http.server POST (status 200)\n  line.webhook"]
      assert.deepStrictEqual(
        treesOf(collector.spans()),
        [
          ...[1, 2, 3, 4].flatMap(() => answered),
          [
            "line.webhook.message (linked to line.webhook)",
            "  line.getProfile (status 200)",
            "  line.replyMessage (status 200, 2 attempts)",
            "  line.pushMessage (status 409, 2 attempts)"
          ].join("\n"),
          [failedOnce, ...calls].join("\n"),
          [failedOnce, ...calls].join("\n"),
          failedOnce,
          "http.server POST (status 401)\n  line.webhook (status 401)",
          "http.server POST (status 503)\n  line.webhook (status 503)"
        ].sort()
      )
    })
  )

  it.live("has the trace of an event apart from that of its request, and a link to it alone", () =>
    Effect.gen(function* () {
      const { collector } = yield* seen
      const spans = collector.spans()
      const requests = spans.filter(({ name }) => name === "line.webhook")
      const handled = spans.filter(({ name }) => name === "line.webhook.message")
      assert.lengthOf(handled, 4)
      const linked = handled.flatMap(({ links }) => links.map(({ spanId }) => spanId))
      // The handler of one has run twice.
      assert.strictEqual(new Set(linked).size, 3)
      const known = requests.map(({ spanId }) => spanId)
      assert.includeMembers(known, linked)
      for (const { parentSpanId, traceId } of handled) {
        assert.isUndefined(parentSpanId)
        assert.notInclude(
          requests.map(({ traceId }) => traceId),
          traceId
        )
      }
    })
  )

  it.live("are the values of all that happened", () =>
    Effect.gen(function* () {
      const { collector, depth } = yield* seen
      assert.strictEqual(depth, 1)
      const points = collector.points().filter(({ name }) => name.startsWith("line_"))
      assert.deepStrictEqual(
        points.map(({ name, tags, value }) => `${name} ${Object.values(tags).join()} ${value}`).sort(),
        [
          "line_rate_limited replyMessage 1",
          "line_receipts alreadyAccepted 1",
          "line_retries pushMessage 1",
          "line_retries replyMessage 1",
          "line_webhook_duplicates  1",
          // One event came twice, and one could not be stored.
          "line_webhook_events message 5",
          "line_webhook_failures  2",
          "line_webhook_handler_time ms 3",
          "line_webhook_queue_depth  0",
          "line_webhook_refusals 401 1",
          "line_webhook_refusals 503 1",
          "line_webhook_retries  1"
        ]
      )
      const time = points.find(({ name }) => name === "line_webhook_handler_time")
      assert.strictEqual(time?.unit, "ms")
      assert.isAbove(time?.sum ?? 0, 0)
    })
  )

  it.live("has nothing secret and nothing personal in it, and no logs", () =>
    Effect.gen(function* () {
      const { collector, secrets } = yield* seen
      assert.sameMembers([...new Set(collector.received().map(({ path }) => path))], ["/v1/traces", "/v1/metrics"])
      const all = collector
        .received()
        .map(({ body }) => body)
        .join("\n")
      assert.include(all, "line.webhook.message")
      assert.isAtLeast(secrets.length, 10)
      for (const secret of secrets) {
        assert.isNotEmpty(secret)
        for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]) {
          assert.isFalse(all.includes(form), `what was exported has ${form}`)
        }
      }
    })
  )

  it.live(
    "is less than what is logged: there are the errors of handlers, stores and hooks, and only in their causes",
    () =>
      Effect.gen(function* () {
        const { logs, secrets } = yield* seen
        const causes = logs.filter(({ cause }) => cause !== "").map(({ cause, message }) => [message, cause].join(": "))
        const has = (message: string, said: string) =>
          assert.isTrue(
            causes.some((cause) => cause.includes(message) && cause.includes(said)),
            `${message} ${said}`
          )
        has("webhook handler failed", failing)
        has("webhook handler failed", dying)
        has("the hook for dead letters failed", failing)
        has("a store cannot be used", text)
        for (const { annotations, message } of logs) {
          for (const secret of secrets) assert.notInclude(message + annotations, secret)
        }
      })
  )
})

describe("docs/telemetry.md", () => {
  it("has all metrics with their names, kinds, tags and units", async () => {
    const document = await readFile("docs/telemetry.md", "utf8")
    const rows = [...document.matchAll(/^\| `Metrics\.(\w+)` +\| `(\w+)` +\| (\w+) +\| (.*?) +\| (.*?) +\|/gm)].map(
      ([, exported = "", name = "", kind = "", tag = "", unit = ""]) => ({
        exported,
        row: [name, kind, /^`(\w+)`/.exec(tag)?.[1] ?? "", unit].join(" ")
      })
    )
    for (const metric of Object.values<unknown>(Metrics)) register(metric)
    const declared = Metric.unsafeSnapshot().flatMap(({ metricKey: { keyType, name, tags } }) => {
      if (!name.startsWith("line_")) return []
      const kind = MetricKeyType.isCounterKey(keyType)
        ? "counter"
        : MetricKeyType.isGaugeKey(keyType)
          ? "gauge"
          : "histogram"
      const tag = tags.find(({ key }) => key !== "unit")?.key ?? ""
      return [[name, kind, tag, tags.find(({ key }) => key === "unit")?.value ?? "1"].join(" ")]
    })
    assert.deepStrictEqual(rows.map(({ row }) => row).sort(), [...new Set(declared)].sort())
    assert.sameMembers(
      rows.map(({ exported }) => exported),
      Object.keys(Metrics)
    )
    for (const { exported, row } of rows) {
      const name = exported.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
      assert.match(row, new RegExp(`^line_${name} `))
    }
  })
})

/** Makes a metric known; of one with a tag, that of some value. */
const register = (metric: unknown): void => {
  if (Predicate.hasProperty(metric, "register") && Predicate.isFunction(metric.register)) metric.register()
  else if (Predicate.isFunction(metric)) register(metric("some value"))
}
