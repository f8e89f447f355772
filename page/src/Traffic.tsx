/**
 * What passes between LINE and the bot: requests and webhooks, the latest first.
 */
import { useState } from "preact/hooks"
import type { VNode } from "preact"
import * as Api from "./Api.js"
import { Json } from "./Json.js"
import * as Store from "./Store.js"

type Entry =
  | { readonly kind: "request"; readonly at: number; readonly request: Api.RequestRecord }
  | { readonly kind: "webhook"; readonly at: number; readonly delivery: Api.Delivery }

const kinds = { all: "Everything", request: "Requests", webhook: "Webhooks", failed: "What failed" } as const

export const Traffic = (props: {
  readonly requests: ReadonlyArray<Api.RequestRecord>
  readonly deliveries: ReadonlyArray<Api.Delivery>
}): VNode => {
  const [kind, setKind] = useState<keyof typeof kinds>("all")
  const [text, setText] = useState("")
  const entries: ReadonlyArray<Entry> = [
    ...props.requests.map((request) => ({ kind: "request", at: request.timestamp, request }) as const),
    ...props.deliveries.map((delivery) => ({ kind: "webhook", at: delivery.timestamp, delivery }) as const)
  ]
  const shown = entries
    .filter((entry) => kind === "all" || (kind === "failed" ? isFailed(entry) : entry.kind === kind))
    .filter((entry) => titleOf(entry).toLowerCase().includes(text.toLowerCase()))
    .sort((a, b) => b.at - a.at)
    .slice(0, 200)
  return (
    <>
      <div class="filter">
        <select
          aria-label="Show"
          value={kind}
          // The options are the keys.
          onChange={(event) => setKind(event.currentTarget.value as keyof typeof kinds)}
        >
          {Object.entries(kinds).map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
        <input
          type="search"
          aria-label="Filter by name"
          placeholder="Filter by name"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </div>
      {shown.length === 0 ? (
        <p class="empty">
          {entries.length === 0 ? "Nothing yet. Write to the bot, or let it call LINE." : "Nothing like that."}
        </p>
      ) : null}
      <ul class="traffic">
        {shown.map((entry) => (
          <li key={`${entry.kind} ${entry.kind === "request" ? entry.request.sequence : entry.delivery.sequence}`}>
            {entry.kind === "request" ? <Request request={entry.request} /> : <Webhook delivery={entry.delivery} />}
          </li>
        ))}
      </ul>
    </>
  )
}

const titleOf = (entry: Entry): string =>
  entry.kind === "request" ? nameOf(entry.request) : eventsOf(entry.delivery).join(", ")

const nameOf = ({ method, operationId, path }: Api.RequestRecord): string => operationId ?? `${method} ${path}`

const eventsOf = ({ body, events }: Api.Delivery): ReadonlyArray<string> =>
  events.length > 0 ? events.map(({ type }) => type) : [body === "" ? "webhook" : "a body as it is"]

const isFailed = (entry: Entry): boolean =>
  entry.kind === "request"
    ? entry.request.aborted || entry.request.status === undefined || entry.request.status >= 400
    : entry.delivery.outcome._tag !== "Answered"

const timeOf = (timestamp: number): string => new Date(timestamp).toLocaleTimeString([], { hour12: false })

const Request = ({ request }: { readonly request: Api.RequestRecord }): VNode => {
  const { aborted, answer, body, duration, method, path, requestId, retryKey, status, timestamp } = request
  return (
    <details>
      <summary>
        <span class="arrow" title="From the bot to LINE">
          →
        </span>
        <span class="name">{nameOf(request)}</span>
        <span class={`status ${status !== undefined && status < 400 ? "good" : "bad"}`}>
          {aborted ? "given up" : (status ?? "lost")}
        </span>
        <span class="time">
          {duration === undefined ? "" : `${duration} ms · `}
          {timeOf(timestamp)}
        </span>
      </summary>
      <dl>
        <dt>Request</dt>
        <dd>
          <code>
            {method} {path}
          </code>
        </dd>
        <dt>x-line-request-id</dt>
        <dd>
          <code>{requestId}</code>
        </dd>
        {retryKey === undefined ? null : (
          <>
            <dt>x-line-retry-key</dt>
            <dd>
              <code>{retryKey}</code>
            </dd>
          </>
        )}
      </dl>
      <Json label="Body" value={body} />
      <Json label="Answer" value={answer} />
    </details>
  )
}

/** What is to be done about each reason of LINE's. */
const advice = {
  could_not_connect: "Nothing answers there: is the bot running, at this address?",
  request_timeout: "LINE waits for 2 seconds: answer 200 at once, and work afterwards.",
  error_status_code: "LINE takes 200 and no other answer: look at the bot's log.",
  unclassified: "The handler failed before it answered."
} as const

const Webhook = ({ delivery }: { readonly delivery: Api.Delivery }): VNode => {
  const { body, detail, duration, events, outcome, sequence, signature, timestamp } = delivery
  const isRedelivery = JSON.stringify(events).includes('"isRedelivery":true')
  return (
    <details>
      <summary>
        <span class="arrow" title="From LINE to the bot">
          ←
        </span>
        <span class="name">
          {eventsOf(delivery).join(", ")} {isRedelivery ? <small class="badge">again</small> : null}
        </span>
        <span class={`status ${outcome._tag === "Answered" ? "good" : "bad"}`}>
          {outcome._tag === "Answered" ? outcome.status : outcome._tag === "Failed" ? outcome.reason : "not sent"}
        </span>
        <span class="time">
          {`${duration} ms · `}
          {timeOf(timestamp)}
        </span>
      </summary>
      {outcome._tag === "Answered" ? null : (
        <p class="reason">
          {detail === undefined ? null : <strong>{detail}. </strong>}
          {outcome._tag === "Failed" ? advice[outcome.reason] : null}
        </p>
      )}
      {events.length === 0 ? null : (
        <button type="button" onClick={() => void Store.attempt(Api.redeliver(sequence))}>
          Redeliver
        </button>
      )}
      <dl>
        <dt>x-line-signature</dt>
        <dd>
          <code>{signature === "" ? "none" : signature}</code>
        </dd>
      </dl>
      <Json label="Body" value={jsonOf(body)} />
    </details>
  )
}

const jsonOf = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}
