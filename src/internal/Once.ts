/**
 * How events are kept from being handled twice.
 */
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Inbox from "../Inbox.js"
import type * as ProcessedEvents from "../ProcessedEvents.js"
import type * as Webhook from "../Webhook.js"
import * as Log from "./Log.js"
import * as Recent from "./Recent.js"

/** How an event is kept from being handled twice. What is known at once is said at once: an effect costs more than it. */
export interface Once {
  readonly isDurable: boolean
  /** Whether the event is to be handled. */
  readonly begin: (entry: Inbox.Entry, now: number) => boolean | Effect.Effect<boolean>
  readonly complete: (entry: Inbox.Entry, now: number) => Effect.Effect<void> | undefined
  /** It failed for good, and was handed over. */
  readonly giveUp: (entry: Inbox.Entry) => Effect.Effect<void>
}

/** By the inbox of a server, or by what remembers the events that were handled. Calls of a store are made `within` a time. */
export const make = (
  { inbox, processedEvents }: Pick<Webhook.Settings<never, never>, "inbox" | "processedEvents">,
  within: Within
): Once => {
  if (inbox !== undefined) return keeping(inbox, within)
  return remembering(processedEvents === undefined ? inMemory() : inStore(processedEvents, within))
}

/** Runs what is the program's own: its defects are failures as well, and it does not keep anything waiting without end. */
export type Within = <A, E>(effect: () => Effect.Effect<A, E>) => Effect.Effect<A, E | Cause.TimeoutException>

/** The inbox itself tells duplicates apart, before they come here. */
const keeping = (inbox: Inbox.Service, within: Within): Once => {
  const complete = (entry: Inbox.Entry) =>
    orElse(
      within(() => inbox.complete(entry)),
      (cause) => Log.error("the inbox could not note that the event was handled: it may be handled again", cause)
    )
  return {
    isDurable: true,
    // Another process may have it by now.
    begin: (entry) =>
      orElse(
        Effect.as(
          within(() => inbox.begin(entry)),
          true
        ),
        (cause) => Effect.as(Log.error("an event stays in the inbox", cause), false)
      ),
    complete,
    giveUp: complete
  }
}

/** Two deliveries of an event are in the same lane: the second one's turn comes when the first has ended. */
const remembering = (handled: Handled): Once => ({
  isDurable: false,
  // An event without an id is its own.
  begin: ({ event: { webhookEventId } }, now) => webhookEventId === undefined || handled.isNew(webhookEventId, now),
  complete: ({ event: { webhookEventId } }, now) =>
    webhookEventId === undefined ? undefined : handled.add(webhookEventId, now),
  giveUp: () => Effect.void
})

/** The ids of events that were handled. */
interface Handled {
  readonly isNew: (id: string, now: number) => boolean | Effect.Effect<boolean>
  readonly add: (id: string, now: number) => Effect.Effect<void> | undefined
}

const inMemory = (): Handled => {
  const handled = Recent.make()
  return { isNew: (id, now) => !handled.has(id, now), add: (id, now) => void handled.add(id, now) }
}

const inStore = (processed: ProcessedEvents.Service, within: Within): Handled => ({
  isNew: (id) =>
    orElse(
      Effect.map(
        within(() => processed.has(id)),
        (has) => !has
      ),
      // An event that is handled twice is better than one that is lost.
      (cause) => Effect.as(Log.warning("it could not be told whether the event was handled: it is now", cause), true)
    ),
  add: (id) =>
    orElse(
      within(() => processed.add(id)),
      (cause) => Log.warning("it could not be remembered that the event was handled", cause)
    )
})

/** What a store says, and something else if it fails; not interrupted. */
const orElse = <A, E>(said: Effect.Effect<A, E>, otherwise: (cause: Cause.Cause<E>) => Effect.Effect<A>) =>
  Effect.uninterruptible(Effect.catchAllCause(said, otherwise))
