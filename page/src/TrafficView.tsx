/**
 * What passes between LINE and the bot, as it happens.
 */
import { useMemo, useState } from "preact/hooks"
import type { VNode } from "preact"
import * as Client from "./Client.js"
import { Glyph } from "./Glyph.js"
import { Json, parsed } from "./Json.js"
import { memo } from "./Memo.js"
import { adviceOn } from "./Missed.js"
import { useSession } from "./Session.js"
import * as Traffic from "./Traffic.js"

export const TrafficView = (props: { readonly entries: ReadonlyArray<Traffic.Entry> }): VNode => {
  const session = useSession()
  const [text, setText] = useState("")
  const [kind, setKind] = useState<"all" | Traffic.Entry["kind"]>("all")
  const [isFailuresOnly, setIsFailuresOnly] = useState(false)
  const { entries } = props
  const attempts = useMemo(() => Traffic.attempts(entries), [entries])
  const shown = useMemo(
    () =>
      entries
        .filter((entry) => kind === "all" || entry.kind === kind)
        .filter((entry) => !isFailuresOnly || Traffic.isFailure(entry))
        .filter((entry) => Traffic.matches(entry, text))
        .reverse(),
    [entries, kind, isFailuresOnly, text]
  )
  return (
    <div class="traffic">
      <div class="filters" role="search" aria-label="Filter the traffic">
        <input
          type="search"
          class="search"
          aria-label="Filter by words"
          placeholder="Filter by any words"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <select
          aria-label="What to show"
          value={kind}
          onChange={({ currentTarget: { value } }) =>
            setKind(value === "request" || value === "webhook" ? value : "all")
          }
        >
          <option value="all">All</option>
          <option value="request">Requests</option>
          <option value="webhook">Webhooks</option>
        </select>
        <label class="tick">
          <input
            type="checkbox"
            checked={isFailuresOnly}
            onChange={(event) => setIsFailuresOnly(event.currentTarget.checked)}
          />
          <span>Failures</span>
        </label>
        <button type="button" class="button" onClick={session.clearTraffic}>
          Clear
        </button>
      </div>
      {shown.length === 0 ? (
        <div class="empty">
          <p>
            {entries.length === 0
              ? "Nothing has passed between LINE and the bot yet. Write to the bot, or let it call the API."
              : "Nothing of it is like this."}
          </p>
        </div>
      ) : (
        <ol class="entries" aria-label="Traffic, the newest first">
          {shown.map((entry) => (
            <EntryRow key={entry.key} entry={entry} attempt={attempts.get(entry.key)} />
          ))}
        </ol>
      )}
    </div>
  )
}

const EntryRow = memo((props: { readonly entry: Traffic.Entry; readonly attempt: number | undefined }) => {
  const [isOpen, setIsOpen] = useState(false)
  const { attempt, entry } = props
  const { duration, timestamp } = entry.record
  const why = reasonOf(entry)
  return (
    <li class={`entry entry-${entry.kind} ${Traffic.isFailure(entry) ? "entry-failure" : ""}`} data-key={entry.key}>
      <details open={isOpen} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
        <summary>
          <span class="entry-line">
            <Glyph name={entry.kind === "request" ? "fromBot" : "toBot"} />
            <span class="unseen">{entry.kind === "request" ? "Request: " : "Webhook: "}</span>
            <span class="entry-name">{Traffic.nameOf(entry)}</span>
            {isRedelivery(entry) ? <span class="tag">redelivery</span> : null}
            {attempt === undefined ? null : <span class="tag tag-retry">attempt {attempt}</span>}
            <Status entry={entry} />
            <span class="entry-duration">{duration === undefined ? "" : `${Math.round(duration)} ms`}</span>
            <time class="entry-time" dateTime={new Date(timestamp).toISOString()}>
              {clockTime(timestamp)}
            </time>
          </span>
          {why === undefined ? null : <span class="entry-why">{why}</span>}
        </summary>
        {isOpen ? (
          entry.kind === "request" ? (
            <Request record={entry.record} />
          ) : (
            <Webhook record={entry.record} />
          )
        ) : null}
      </details>
    </li>
  )
})

const isRedelivery = ({ kind, record }: Traffic.Entry): boolean => {
  const context = kind === "webhook" ? record.events[0]?.["deliveryContext"] : undefined
  return typeof context === "object" && context !== null && "isRedelivery" in context && context.isRedelivery === true
}

/** Why something has gone wrong, or was not done. */
const reasonOf = (entry: Traffic.Entry): string | undefined => {
  if (entry.kind === "webhook") return entry.record.detail
  const { aborted, answer, duration, status } = entry.record
  if (status === undefined) {
    if (aborted) return "The bot gave up before the answer"
    return duration === undefined ? undefined : "The connection ended without an answer"
  }
  if (status < 400) return undefined
  const message = typeof answer === "object" && answer !== null && "message" in answer ? answer.message : undefined
  const details = typeof answer === "object" && answer !== null && "details" in answer ? answer.details : undefined
  const [first]: ReadonlyArray<unknown> = Array.isArray(details) ? details : []
  const at =
    typeof first === "object" && first !== null && "property" in first && "message" in first
      ? ` (${String(first.property)}: ${String(first.message)})`
      : ""
  return typeof message === "string" ? message + at : undefined
}

const Status = (props: { readonly entry: Traffic.Entry }): VNode => {
  const { entry } = props
  const [words, kind] = statusOf(entry)
  return <span class={`status status-${kind}`}>{words}</span>
}

const statusOf = ({ kind, record }: Traffic.Entry): readonly [words: string, kind: string] => {
  if (kind === "webhook") {
    const { outcome } = record
    if (outcome._tag === "Answered") return [String(outcome.status), "good"]
    return outcome._tag === "Failed" ? [outcome.reason, "bad"] : ["not sent", "idle"]
  }
  const { aborted, duration, status } = record
  if (status !== undefined) return [String(status), status < 400 ? "good" : status === 409 ? "noted" : "bad"]
  if (aborted) return ["aborted", "bad"]
  return duration === undefined ? ["…", "idle"] : ["no answer", "bad"]
}

const clockTime = (timestamp: number): string => {
  const time = new Date(timestamp)
  const two = (part: number) => String(part).padStart(2, "0")
  const milliseconds = String(time.getMilliseconds()).padStart(3, "0")
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${milliseconds}`
}

const Facts = (props: { readonly facts: Readonly<Record<string, string | undefined>> }): VNode => (
  <dl class="facts">
    {Object.entries(props.facts).map(([name, value]) =>
      value === undefined ? null : (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      )
    )}
  </dl>
)

const Request = ({ record }: { readonly record: Client.RequestRecord }): VNode => {
  const { answer, body, method, path, requestId, retryKey, status } = record
  return (
    <div class="entry-body">
      <Facts facts={{ Request: `${method} ${path}`, "Request ID": requestId, "Retry key": retryKey }} />
      {body === undefined ? null : <Json title="Body" value={body} />}
      {answer === undefined ? (
        <p class="hint">
          {status === undefined
            ? "There was no answer."
            : "The answer is not shown: it is of a fault, is bytes, or has a token."}
        </p>
      ) : (
        <Json title="Answer" value={answer} />
      )}
    </div>
  )
}

const Webhook = ({ record }: { readonly record: Client.Delivery }): VNode => {
  const session = useSession()
  const advice = adviceOn(record)
  return (
    <div class="entry-body">
      {advice === undefined ? null : <p class="advice">{advice}</p>}
      <Facts facts={{ Signature: record.signature === "" ? undefined : record.signature }} />
      <Json title="Body" value={parsed(record.body)} />
      {record.events.length === 0 ? null : (
        <button
          type="button"
          class="button"
          onClick={() => void session.attempt(() => Client.redeliver(record.sequence))}
        >
          <Glyph name="again" /> Redeliver
        </button>
      )}
    </div>
  )
}
