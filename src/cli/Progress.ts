/**
 * What happens between a bot and the emulator, line by line.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Change } from "../emulator/Change.js"
import type { RequestRecord } from "../emulator/Model.js"
import type { Delivery } from "../emulator/Webhook.js"
import type { Event } from "../emulator/Wire.js"
import * as Advice from "./Advice.js"

/** A request that has ended, or a webhook. */
export type Step = Extract<Change, { readonly _tag: "Request" | "Delivery" }>

/** The changes that are worth a line: requests when they have ended, and webhooks. */
export const isStep = (change: Change): change is Step =>
  change._tag === "Delivery" || (change._tag === "Request" && isEnded(change.request))

const isEnded = ({ aborted, status }: RequestRecord): boolean => status !== undefined || aborted

/** The lines of steps. `endpoint` is where webhooks go now. */
export const lines = <E, R>(
  steps: Stream.Stream<Step, E, R>,
  endpoint: Effect.Effect<string | undefined>
): Stream.Stream<string, E, R> =>
  steps.pipe(
    Stream.mapAccum(new Set<string>(), (keys, step) => {
      const key = step._tag === "Request" ? step.request.retryKey : undefined
      const isRepeated = key !== undefined && keys.has(key)
      if (key !== undefined) keys.add(key)
      return [keys, { step, isRepeated }]
    }),
    Stream.mapEffect(({ isRepeated, step }) => {
      if (step._tag === "Request") return Effect.succeed(requestLine(step.request, isRepeated))
      return Effect.map(isFailed(step.delivery) ? endpoint : Effect.succeed(undefined), (url) =>
        deliveryLine(step.delivery, url)
      )
    })
  )

const isFailed = ({ outcome }: Delivery): boolean => outcome._tag === "Failed"

/** The line of a request that has ended. */
export const requestLine = (request: RequestRecord, isRepeated: boolean): string => {
  const { answer, duration = 0, method, operationId, path, retryKey, status, timestamp } = request
  const name = operationId ?? `${method} ${path}`
  const notes = [
    status === undefined ? "the bot hung up before the answer" : undefined,
    isRepeated ? `again with retry key ${retryKey}` : undefined,
    status !== undefined && status >= 400 ? complaint(answer) : undefined
  ].filter((note) => note !== undefined)
  return line(timestamp, "bot -> LINE", `${name} ${status ?? "---"} in ${duration} ms`, notes)
}

/** What LINE has to say of a request that it refuses. */
const complaint = (answer: unknown): string | undefined => {
  if (!Predicate.isRecord(answer)) return undefined
  const { details, error, error_description: description, message } = answer
  const parts = Array.isArray(details) ? details.filter(Predicate.isRecord) : []
  const said = [
    message ?? [error, description].filter(Predicate.isString).join(" "),
    ...parts.map(({ message, property }) => [property, message].filter(Predicate.isString).join(" "))
  ].filter((text) => Predicate.isString(text) && text !== "")
  return said.length === 0 ? undefined : said.join("; ")
}

/** The line of a webhook. */
export const deliveryLine = (delivery: Delivery, url: string | undefined): string =>
  line(delivery.timestamp, "LINE -> bot", describe(delivery.events), [outcomeOf(delivery, url)])

/** How the bot took a webhook. */
export const outcomeOf = ({ detail, duration, outcome }: Delivery, url = "the webhook's URL"): string => {
  switch (outcome._tag) {
    case "Answered":
      return `answered ${outcome.status} in ${duration} ms`
    case "Failed":
      return Advice.explain(outcome.reason, { url, status: outcome.status, detail })
    case "NotSent":
      return `not sent: ${detail === undefined ? "the bot does not hear of this" : (remedies[detail] ?? detail)}`
  }
}

const remedies: Readonly<Record<string, string>> = {
  "no webhook is set": "no webhook is set - line-effect webhook set URL"
}

/** The events in the body of a webhook, if it is one. */
export const eventsOf = (body: string): ReadonlyArray<Event> => {
  const parsed = Option.getOrUndefined(decodeJson(body))
  const events = Predicate.hasProperty(parsed, "events") ? parsed.events : []
  return Array.isArray(events) ? events.filter(isEvent) : []
}

const decodeJson = Schema.decodeUnknownOption(Schema.parseJson())

const isEvent = (value: unknown): value is Event => Predicate.isRecord(value) && Predicate.isString(value["type"])

/** The events of a webhook, in a few words. */
export const describe = (events: ReadonlyArray<Event>): string => {
  if (events.length === 0) return "no events"
  const again = events.some(({ deliveryContext }) => isRedelivery(deliveryContext)) ? " (redelivery)" : ""
  return `${events.map(describeEvent).join(", ")}${again}`
}

const isRedelivery = (context: unknown): boolean => Predicate.isRecord(context) && context["isRedelivery"] === true

const describeEvent = ({ message, postback, type }: Event): string => {
  if (Predicate.isRecord(message)) {
    const { text, type: kind } = message
    return Predicate.isString(text) ? `${type} ${quote(text)}` : `${type} (${String(kind)})`
  }
  return Predicate.isRecord(postback) && Predicate.isString(postback["data"])
    ? `${type} ${quote(postback["data"])}`
    : type
}

const longest = 40

const quote = (text: string): string =>
  JSON.stringify(text.length > longest ? `${text.slice(0, longest).toWellFormed()}…` : text)

const line = (timestamp: number, direction: string, what: string, notes: ReadonlyArray<string>): string =>
  [`${clock(timestamp)}  ${direction}  ${what}`, ...notes].join(": ")

/** The time of the day, here. */
export const clock = (timestamp: number): string => {
  const time = new Date(timestamp)
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":")
}
