/**
 * A collector of telemetry, the smallest there is: what programs send it as OTLP/JSON is decoded, kept and printed. It stands
 * in for that of OpenTelemetry, Grafana or a vendor where examples and tests have no network.
 */
import { Array as Arr, Effect, Order, Schema } from "effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"

const Values = Schema.Array(
  Schema.Struct({ key: Schema.String, value: Schema.Record({ key: Schema.String, value: Schema.Unknown }) })
)

const Span = Schema.Struct({
  traceId: Schema.String,
  spanId: Schema.String,
  parentSpanId: Schema.optional(Schema.String),
  name: Schema.String,
  startTimeUnixNano: Schema.BigInt,
  attributes: Values,
  events: Schema.Array(Schema.Struct({ name: Schema.String, attributes: Values })),
  links: Schema.Array(Schema.Struct({ spanId: Schema.String })),
  status: Schema.Struct({ code: Schema.Number, message: Schema.optional(Schema.String) })
})

const Points = Schema.Struct({
  dataPoints: Schema.Array(
    Schema.Struct({
      attributes: Values,
      asDouble: Schema.optional(Schema.Number),
      count: Schema.optional(Schema.Number),
      sum: Schema.optional(Schema.Number)
    })
  )
})

const Metric = Schema.Struct({
  name: Schema.String,
  unit: Schema.String,
  sum: Schema.optional(Points),
  gauge: Schema.optional(Points),
  histogram: Schema.optional(Points)
})

const Traces = Schema.Struct({
  resourceSpans: Schema.Array(Schema.Struct({ scopeSpans: Schema.Array(Schema.Struct({ spans: Schema.Array(Span) })) }))
})

const Metrics = Schema.Struct({
  resourceMetrics: Schema.Array(
    Schema.Struct({ scopeMetrics: Schema.Array(Schema.Struct({ metrics: Schema.Array(Metric) })) })
  )
})

const decodeTraces = Schema.decodeUnknownSync(Schema.parseJson(Traces))
const decodeMetrics = Schema.decodeUnknownSync(Schema.parseJson(Metrics))

export type Span = typeof Span.Type

export interface Point {
  readonly name: string
  readonly unit: string
  readonly tags: Readonly<Record<string, unknown>>
  /** The count of a histogram, the value of anything else. */
  readonly value: number
  /** What a histogram has counted, added up. */
  readonly sum: number | undefined
}

/** Attributes or tags as a record. */
export const record = (values: typeof Values.Type): Readonly<Record<string, unknown>> =>
  Object.fromEntries(values.map(({ key, value }) => [key, Object.values(value)[0]]))

const pointsOf = ({ gauge, histogram, name, sum, unit }: typeof Metric.Type): ReadonlyArray<Point> =>
  [sum, gauge, histogram].flatMap((points) =>
    (points?.dataPoints ?? []).map(({ asDouble, attributes, count, sum }) => ({
      name,
      unit,
      tags: record(attributes),
      value: asDouble ?? count ?? 0,
      sum
    }))
  )

/** Collects on a port of this machine until the scope closes. */
export const start = Effect.gen(function* () {
  const received: Array<{ readonly path: string; readonly body: string }> = []
  const spans: Array<Span> = []
  let points: ReadonlyArray<Point> = []
  const take = (path: string, body: string): number => {
    received.push({ path, body })
    if (path === "/v1/traces") {
      spans.push(...decodeTraces(body).resourceSpans.flatMap((one) => one.scopeSpans.flatMap(({ spans }) => spans)))
    } else if (path === "/v1/metrics") {
      // Each export has all values since the program began.
      points = decodeMetrics(body).resourceMetrics.flatMap((one) =>
        one.scopeMetrics.flatMap(({ metrics }) => metrics.flatMap(pointsOf))
      )
    } else return 404
    return 200
  }
  const server = createServer((request, response) => {
    text(request)
      .then((body) =>
        response.writeHead(take(request.url ?? "", body), { "content-type": "application/json" }).end("{}")
      )
      .catch((error: unknown) => response.writeHead(400).end(String(error)))
  })
  yield* Effect.acquireRelease(
    Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
    () =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  )
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** All that came, as it came. */
    received: (): ReadonlyArray<{ readonly path: string; readonly body: string }> => received,
    spans: (): ReadonlyArray<Span> => spans,
    /** The metrics, as they were last told. */
    points: () => points
  }
})

const byStart = Order.mapInput(Order.bigint, (span: Span) => span.startTimeUnixNano)

/** A text of several lines for each trace, in the order in which they began: its spans as a tree, with what they are linked to. */
export const trees = (spans: ReadonlyArray<Span>): ReadonlyArray<string> => {
  const nameOf = (spanId: string) => spans.find((span) => span.spanId === spanId)?.name ?? "a span that did not come"
  const lines = (span: Span, depth: number): ReadonlyArray<string> => {
    const { "http.response.status_code": status, "line.attempts": attempts } = record(span.attributes)
    const notes = [
      ...span.links.map((link) => `linked to ${nameOf(link.spanId)}`),
      ...(status === undefined ? [] : [`status ${status}`]),
      ...(Number(attempts ?? 1) > 1 ? [`${attempts} attempts`] : []),
      ...(span.status.code === 2 ? [`failed: ${span.status.message}`] : [])
    ]
    const line = `${"  ".repeat(depth)}${span.name}${notes.length === 0 ? "" : ` (${notes.join(", ")})`}`
    const children = Arr.sort(spans, byStart).filter(({ parentSpanId }) => parentSpanId === span.spanId)
    return [line, ...children.flatMap((child) => lines(child, depth + 1))]
  }
  const roots = Arr.sort(spans, byStart).filter(
    ({ parentSpanId }) => !spans.some(({ spanId }) => spanId === parentSpanId)
  )
  return roots.map((root) => lines(root, 0).join("\n"))
}

/** Metrics as lines, by name. */
export const figures = (points: ReadonlyArray<Point>): ReadonlyArray<string> =>
  points
    .map(({ name, sum, tags, unit, value }) => {
      const labels = Object.entries(tags)
        .filter(([key]) => key !== "unit")
        .map(([key, value]) => `{${key}=${value}}`)
      return `${name}${labels.join("")} ${value}${sum === undefined ? "" : ` times, ${sum} ${unit} in all`}`
    })
    .sort()
