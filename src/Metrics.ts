/**
 * What the package counts and measures, as metrics of Effect: read them with `Metric.value`, or export them, as with
 * `@effect/opentelemetry`. Their tags are types, operations and statuses; no id, no text and no secret is in them.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Metric from "effect/Metric"
 * import * as Metrics from "line-effect/Metrics"
 *
 * // An answer for a health check.
 * const health = Effect.gen(function* () {
 *   const { value: waiting } = yield* Metric.value(Metrics.webhookQueueDepth)
 *   const { count: failed } = yield* Metric.value(Metrics.webhookFailures)
 *   const { count: forged } = yield* Metric.value(Metrics.webhookRefusals("401"))
 *   return { waiting, failed, forged }
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as Metric from "effect/Metric"
import type * as MetricKeyType from "effect/MetricKeyType"
import type * as MetricState from "effect/MetricState"
import * as MetricBoundaries from "effect/MetricBoundaries"

/**
 * A number that only grows.
 *
 * @since 0.1.0
 * @category models
 */
export type Counter = Metric.Metric.Counter<number>

/**
 * A counter for each value of one tag, made when the value first comes.
 *
 * @since 0.1.0
 * @category models
 */
export type Counters = (value: string) => Counter

const counter = (name: string, description: string): Counter => Metric.counter(name, { description, incremental: true })

const counters = (name: string, description: string, tag: string): Counters => {
  const all = counter(name, description)
  const made = new Map<string, Counter>()
  return (value) => {
    const known = made.get(value)
    if (known !== undefined) return known
    const tagged = Metric.tagged(all, tag, value)
    made.set(value, tagged)
    return tagged
  }
}

/**
 * Webhook events received, by `type`: all that came in a webhook whose signature is right, those without a handler and
 * those that come again included. An event whose type this version does not know is counted as `unknown`.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Metric from "effect/Metric"
 * import * as Metrics from "line-effect/Metrics"
 *
 * const messages = Metric.value(Metrics.webhookEvents("message")).pipe(Effect.map(({ count }) => count))
 * ```
 *
 * @since 0.1.0
 * @category webhooks
 */
export const webhookEvents: Counters = /* @__PURE__ */ counters(
  "line_webhook_events",
  "Webhook events received",
  "type"
)

/**
 * Webhook events that were passed over since they had been handled before.
 *
 * @since 0.1.0
 * @category webhooks
 */
export const webhookDuplicates: Counter = /* @__PURE__ */ counter(
  "line_webhook_duplicates",
  "Webhook events passed over since they had been handled before"
)

/**
 * Requests that were refused, by the `status` of the answer: 401 for a signature that is missing or wrong, 503 for a full
 * queue, a store that fails or a shutdown.
 *
 * @since 0.1.0
 * @category webhooks
 */
export const webhookRefusals: Counters = /* @__PURE__ */ counters(
  "line_webhook_refusals",
  "Webhook requests refused",
  "status"
)

/**
 * Events that wait for their handler or are at work in it.
 *
 * @since 0.1.0
 * @category webhooks
 */
export const webhookQueueDepth: Metric.Metric.Gauge<number> = /* @__PURE__ */ Metric.gauge("line_webhook_queue_depth", {
  description: "Webhook events that wait for their handler or are at work in it"
})

/**
 * How long handlers take for an event with all attempts, in milliseconds.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Metric from "effect/Metric"
 * import * as Metrics from "line-effect/Metrics"
 *
 * const average = Metric.value(Metrics.webhookHandlerTime).pipe(
 *   Effect.map(({ count, sum }) => (count === 0 ? undefined : sum / count))
 * )
 * ```
 *
 * @since 0.1.0
 * @category webhooks
 */
export const webhookHandlerTime: Metric.Metric<
  MetricKeyType.MetricKeyType.Histogram,
  number,
  MetricState.MetricState.Histogram
> = /* @__PURE__ */ Metric.tagged(
  /* @__PURE__ */ Metric.histogram(
    "line_webhook_handler_time",
    /* @__PURE__ */ MetricBoundaries.exponential({ start: 1, factor: 2, count: 18 }),
    "Time that handlers take for an event with all attempts, in milliseconds"
  ),
  // Where exporters of Effect's metrics look for the unit.
  "unit",
  "ms"
)

/**
 * Attempts at handling an event after the first.
 *
 * @since 0.1.0
 * @category webhooks
 */
export const webhookRetries: Counter = /* @__PURE__ */ counter(
  "line_webhook_retries",
  "Attempts at handling a webhook event after the first"
)

/**
 * Events whose handling failed for good.
 *
 * @since 0.1.0
 * @category webhooks
 */
export const webhookFailures: Counter = /* @__PURE__ */ counter(
  "line_webhook_failures",
  "Webhook events whose handling failed for good"
)

/**
 * Attempts of calls after the first, by `operation`.
 *
 * @since 0.1.0
 * @category calls
 */
export const retries: Counters = /* @__PURE__ */ counters(
  "line_retries",
  "Attempts of calls after the first",
  "operation"
)

/**
 * Answers of 429, by `operation`.
 *
 * @since 0.1.0
 * @category calls
 */
export const rateLimited: Counters = /* @__PURE__ */ counters("line_rate_limited", "Answers of 429", "operation")

/**
 * Receipts of sent messages, by `status`: `accepted`, or `alreadyAccepted` where LINE had accepted an attempt whose answer
 * was lost.
 *
 * @since 0.1.0
 * @category calls
 */
export const receipts: Counters = /* @__PURE__ */ counters("line_receipts", "Receipts of sent messages", "status")
