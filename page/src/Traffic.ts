/**
 * What has passed between LINE and the bot, in the order in which it began. Only the newest of it is kept.
 */
import type { Delivery, RequestRecord } from "./Client.js"

/** A request of the bot's, or a webhook. */
export type Entry =
  | { readonly kind: "request"; readonly key: string; readonly record: RequestRecord }
  | { readonly kind: "webhook"; readonly key: string; readonly record: Delivery }

/** How many entries are kept. */
export const limit = 500

export const ofRequest = (record: RequestRecord): Entry => ({
  kind: "request",
  key: `request ${record.sequence}`,
  record
})

export const ofDelivery = (record: Delivery): Entry => ({ kind: "webhook", key: `webhook ${record.sequence}`, record })

/** Adds entries; one that is there already is replaced, unless it has ended and the other has not. */
export const add = (entries: ReadonlyArray<Entry>, more: ReadonlyArray<Entry>): ReadonlyArray<Entry> => {
  const byKey = new Map(entries.map((entry) => [entry.key, entry]))
  for (const entry of more) {
    const known = byKey.get(entry.key)
    if (known === undefined || !isEnded(known) || isEnded(entry)) byKey.set(entry.key, entry)
  }
  return [...byKey.values()].sort(inTime).slice(-limit)
}

const inTime = (a: Entry, b: Entry): number => a.record.timestamp - b.record.timestamp

/** Whether nothing more will be known of it. */
export const isEnded = ({ kind, record }: Entry): boolean =>
  kind === "webhook" || record.duration !== undefined || record.aborted

/** Whether something is wrong with it that a person should look at. */
export const isFailure = ({ kind, record }: Entry): boolean => {
  if (kind === "webhook") return record.outcome._tag === "Failed"
  // A 409 says that the first attempt has arrived: the retry key does its work.
  if (record.status !== undefined) return record.status >= 400 && record.status !== 409
  return record.aborted || record.duration !== undefined
}

/** What it is called: LINE's name of the operation, or the types of the events. */
export const nameOf = ({ kind, record }: Entry): string => {
  if (kind === "request") return record.operationId ?? `${record.method} ${record.path}`
  if (record.events.length > 0) return record.events.map(eventName).join(", ")
  return /"events":\s*\[\]/.test(record.body) ? "verify (no events)" : "a raw body"
}

const eventName = ({ message, type }: Delivery["events"][number]): string => {
  const kind = message?.["type"]
  return type === "message" && typeof kind === "string" ? `message: ${kind}` : type
}

/** Which attempt with its retry key each request is, by its key, where it is not the only one. */
export const attempts = (entries: ReadonlyArray<Entry>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  const numbers = new Map<string, number>()
  for (const { key, kind, record } of entries) {
    if (kind !== "request" || record.retryKey === undefined) continue
    const count = (counts.get(record.retryKey) ?? 0) + 1
    counts.set(record.retryKey, count)
    if (count > 1) numbers.set(key, count)
  }
  return numbers
}

/** Whether an entry has a text in what it is called, its path, IDs and keys, or in what was sent or answered. */
export const matches = (entry: Entry, text: string): boolean => {
  if (text === "") return true
  const { kind, record } = entry
  const words =
    kind === "request"
      ? [record.path, record.requestId, record.retryKey ?? "", String(record.status), json(record.body, record.answer)]
      : [record.body, record.outcome._tag === "Failed" ? record.outcome.reason : "", record.detail ?? ""]
  return [nameOf(entry), ...words].some((word) => word.toLowerCase().includes(text.toLowerCase()))
}

const json = (...values: ReadonlyArray<unknown>): string => JSON.stringify(values)
