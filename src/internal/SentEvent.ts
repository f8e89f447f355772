/**
 * An event as LINE sent it, for stores: what is written, and how it is read back, perhaps by a later version that knows
 * more.
 */
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as WebhookEvent from "../WebhookEvent.js"
import * as Check from "./Check.js"

/** The JSON that LINE sent. Known events are that JSON, but for an unknown that may be anywhere within. */
export const encode = (event: WebhookEvent.WebhookEvent): unknown =>
  Check.guard(WebhookEvent.WebhookEvent.ast)(event) ? event : encodeEvent(event)

// Made at its first use, which for most programs never comes.
const encodeEvent = (event: WebhookEvent.WebhookEvent): unknown => Schema.encodeSync(WebhookEvent.WebhookEvent)(event)

/** The event of some JSON: what LINE sent, or an event of an earlier version that did not know it. */
export const decode = (json: unknown): WebhookEvent.WebhookEvent => {
  const sent = Predicate.isRecord(json) && json["type"] === "unknown" && "raw" in json ? json["raw"] : json
  const { events } = Either.getOrThrow(WebhookEvent.decode({ destination: "", events: [sent] }))
  const [event] = events
  // One event goes in, whatever it is, and one comes out.
  return event as WebhookEvent.WebhookEvent
}
