/**
 * What is done with an event that was accepted: told apart from its duplicates, given to its handler, tried again, and
 * handed over if nothing helps.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Metric from "effect/Metric"
import * as Predicate from "effect/Predicate"
import type * as Tracer from "effect/Tracer"
import * as Delivery from "../Delivery.js"
import type * as Inbox from "../Inbox.js"
import * as Metrics from "../Metrics.js"
import * as ProcessedEvents from "../ProcessedEvents.js"
import type * as Webhook from "../Webhook.js"
import * as WebhookEvent from "../WebhookEvent.js"
import * as Log from "./Log.js"

/**
 * A handler took longer than it may and was interrupted: raise `handlerTimeout`, or hand long work over to something
 * else.
 *
 * @since 0.1.0
 * @category errors
 */
export class HandlerTimeout extends Data.TaggedError("LineHandlerTimeout")<{ readonly limit: Duration.Duration }> {
  override get message(): string {
    return (
      `the handler took longer than ${Duration.format(this.limit)}: ` +
      "raise handlerTimeout, or hand long work over to something else"
    )
  }
}

/** The options that say how an event is handled. */
export type Policies<E> = Pick<
  Webhook.Settings<E, never>,
  "handlerTimeout" | "retry" | "deadLetter" | "inbox" | "processedEvents"
>

/** An event on its way to its handler. */
export interface Item<E, R> {
  readonly entry: Inbox.Entry
  readonly handler: Effect.Effect<unknown, E, R | Delivery.Delivery>
  /** The span of the request that it came with. */
  readonly request: Tracer.AnySpan | undefined
  /** Called when nothing more is done with it here. */
  readonly ended: () => void
}

export interface Handling<E, R> {
  /** Sees to an event until it is handled, handed over or left in the inbox. */
  readonly work: (item: Item<E, R>) => Effect.Effect<void, never, Exclude<R, Delivery.Delivery>>
  /** What is done with an event whose turn does not come before a shutdown. */
  readonly abandon: (item: Item<E, R>) => Effect.Effect<void>
}

/** What is done with the events of one server. `closing` tells whether an interruption is its shutdown. */
export const make = <E, R>(policies: Policies<E>, closing: () => boolean): Effect.Effect<Handling<E, R>> =>
  Effect.map(policies.inbox === undefined ? remembering(policies) : Effect.succeed(keeping(policies.inbox)), (once) => {
    const isOvertaken = makeIsOvertaken()

    const settle = ({ entry }: Item<E, R>, { attempts, exit }: Attempted<E>): Effect.Effect<void> => {
      if (Exit.isSuccess(exit)) return once.complete(entry)
      if (closing() && Cause.isInterruptedOnly(exit.cause)) return abandon(entry, attempts)
      return Log.error("webhook handler failed", exit.cause).pipe(
        Effect.zipRight(Metric.increment(Metrics.webhookFailures)),
        Effect.zipRight(handOver(policies, entry, attempts, exit.cause)),
        Effect.zipRight(once.giveUp(entry))
      )
    }

    const abandon = (entry: Inbox.Entry, attempts: number): Effect.Effect<void> => {
      const what =
        attempts === 0 ? "a shutdown came before the event's turn" : "webhook handler interrupted by a shutdown"
      if (once.isDurable) return Effect.logInfo(`${what}: the event stays in the inbox`)
      if (policies.deadLetter !== undefined) return handOver(policies, entry, attempts, Cause.interrupt(FiberId.none))
      return Effect.logWarning(`${what}: the event is lost`)
    }

    return {
      work: (item) =>
        Effect.uninterruptibleMask((restore) =>
          Effect.gen(function* () {
            const { entry, handler } = item
            if (isOvertaken(entry.event))
              return yield* Effect.logDebug("a newer edit of the message came before this one")
            if (!(yield* once.begin(entry))) {
              yield* Effect.annotateCurrentSpan("line.event.duplicate", true)
              return yield* Metric.increment(Metrics.webhookDuplicates)
            }
            const started = yield* Clock.currentTimeMillis
            const delivery = yield* deliveryOf(entry, once.isDurable)
            const attempted = yield* attempt(handler, delivery, policies, restore)
            yield* Metric.update(Metrics.webhookHandlerTime, (yield* Clock.currentTimeMillis) - started)
            if (attempted.attempts > 1) yield* Effect.annotateCurrentSpan("line.attempts", attempted.attempts)
            yield* settle(item, attempted)
            if (Exit.isFailure(attempted.exit)) return yield* new SpanFailure(attempted.exit.cause)
          })
        ).pipe(
          annotate(item.entry),
          Effect.ensuring(Effect.sync(item.ended)),
          Effect.withSpan(`line.webhook.${item.entry.event.type}`, {
            kind: "consumer",
            captureStackTrace: false,
            root: true,
            links: item.request === undefined ? [] : [{ _tag: "SpanLink", span: item.request, attributes: {} }],
            attributes: attributesOf(item.entry)
          }),
          // It was settled, and is the span's alone.
          Effect.ignore
        ),
      abandon: ({ ended, entry }) => Effect.ensuring(abandon(entry, 0), Effect.sync(ended)).pipe(annotate(entry))
    }
  })

/** What the span of a handler tells of its failure: the type. The rest may be of what a user wrote, and is logged. */
class SpanFailure extends Data.Error<{ readonly name: string; readonly message: string }> {
  constructor(cause: Cause.Cause<unknown>) {
    const name = Cause.isInterruptedOnly(cause) ? "Interrupted" : typeOfError(Cause.squash(cause))
    super({ name, message: `the handler failed: ${name}` })
  }
}

const typeOfError = (error: unknown): string => {
  if (Predicate.hasProperty(error, "_tag")) return String(error._tag)
  return error instanceof Error ? error.name : typeof error
}

/** The attempts at an event. */
interface Attempted<E> {
  readonly exit: Exit.Exit<unknown, E | HandlerTimeout>
  readonly attempts: number
}

/**
 * Runs a handler: each attempt within the time limit, a failure again as the schedule says. Defects are mistakes of the
 * program, which another attempt does not mend.
 */
export const attempt = <E, R>(
  handler: Effect.Effect<unknown, E, R>,
  delivery: Delivery.Service,
  { handlerTimeout, retry }: Pick<Policies<E>, "handlerTimeout" | "retry">,
  restore: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
): Effect.Effect<Attempted<E>, never, Exclude<R, Delivery.Delivery>> =>
  Effect.suspend(() => {
    const limit = Duration.decode(handlerTimeout ?? "1 minute")
    let attempts = 0
    const once = Effect.suspend(() => {
      attempts++
      const handled = Effect.provideService(handler, Delivery.Delivery, Delivery.attempt(delivery))
      return attempts === 1 ? handled : Effect.zipRight(Metric.increment(Metrics.webhookRetries), handled)
    }).pipe(Effect.timeoutFail({ duration: limit, onTimeout: () => new HandlerTimeout({ limit }) }))
    const all = retry === undefined ? once : Effect.retry(once, retry)
    return Effect.map(Effect.exit(restore(all)), (exit) => ({ exit, attempts }))
  })

// The hook's own failure must not be silent: nothing else keeps the event.
const handOver = <E>(
  { deadLetter }: Policies<E>,
  { attempts: earlier, channel, destination, event, receivedAt }: Inbox.Entry,
  attempts: number,
  cause: Cause.Cause<E | HandlerTimeout>
): Effect.Effect<void> => {
  if (deadLetter === undefined) return Effect.void
  const letter = { destination, event, receivedAt, attempts: earlier + attempts, cause }
  return Effect.suspend(() => deadLetter(channel === undefined ? letter : { ...letter, channel })).pipe(
    Effect.catchAllCause((cause) => Log.error("the hook for dead letters failed: the event is lost", cause)),
    Effect.asVoid
  )
}

// An inbox knows of every run of a handler, so that a redelivery says nothing; without one, another process may have begun.
const deliveryOf = (
  { attempts, destination, event, receivedAt }: Inbox.Entry,
  isDurable: boolean
): Effect.Effect<Delivery.Service> => {
  const mayHaveBegun = attempts > 0 || (!isDurable && WebhookEvent.isRedelivery(event))
  return Delivery.make({ event, destination, receivedAt, mayHaveBegun })
}

/** How an event is kept from being handled twice. */
interface Once {
  readonly isDurable: boolean
  /** Whether the event is to be handled. */
  readonly begin: (entry: Inbox.Entry) => Effect.Effect<boolean>
  readonly complete: (entry: Inbox.Entry) => Effect.Effect<void>
  /** It failed for good, and was handed over. */
  readonly giveUp: (entry: Inbox.Entry) => Effect.Effect<void>
}

/** The inbox itself tells duplicates apart, before they come here. */
const keeping = (inbox: Inbox.Service): Once => {
  const complete = (entry: Inbox.Entry) =>
    Effect.catchAllCause(inbox.complete(entry), (cause) =>
      Log.error("the inbox could not note that the event was handled: it will be handled again", cause)
    )
  return {
    isDurable: true,
    begin: (entry) =>
      inbox.begin(entry).pipe(
        Effect.catchAllCause((cause) => Log.error("the inbox could not note that the event's handler begins", cause)),
        Effect.as(true)
      ),
    complete,
    giveUp: complete
  }
}

/** Two deliveries of an event are in the same lane: the second one's turn comes when the first has ended. */
const remembering = (policies: Pick<Policies<never>, "processedEvents">): Effect.Effect<Once> =>
  Effect.map(
    policies.processedEvents === undefined ? ProcessedEvents.makeMemory() : Effect.succeed(policies.processedEvents),
    (processed) => ({
      isDurable: false,
      begin: ({ event: { webhookEventId } }) =>
        webhookEventId === undefined
          ? Effect.succeed(true)
          : Effect.map(processed.has(webhookEventId), (has) => !has).pipe(
              Effect.catchAllCause((cause) =>
                // An event that is handled twice is better than one that is lost.
                Effect.as(Log.warning("it could not be told whether the event was handled: it is now", cause), true)
              )
            ),
      complete: ({ event: { webhookEventId } }) =>
        webhookEventId === undefined
          ? Effect.void
          : Effect.catchAllCause(processed.add(webhookEventId), (cause) =>
              Log.warning("it could not be remembered that the event was handled", cause)
            ),
      giveUp: () => Effect.void
    })
  )

// So many messages are edited again within the time in which edits overtake each other, at most.
const remembered = 10_000

/** Whether a newer edit of the same message was seen before an edit. */
const makeIsOvertaken = (): ((event: WebhookEvent.WebhookEvent) => boolean) => {
  const newest = new Map<string, number>()
  return (event) => {
    if (event.type !== "messageEdited" || event.message.type === "unknown") return false
    const { message, timestamp } = event
    const known = newest.get(message.id)
    if (known !== undefined && known > timestamp) return true
    newest.delete(message.id)
    newest.set(message.id, timestamp)
    if (newest.size > remembered) for (const id of newest.keys()) return !newest.delete(id)
    return false
  }
}

const attributesOf = ({ event }: Inbox.Entry): Record<string, unknown> => ({
  "line.event.type": typeOf(event),
  "line.event.redelivery": WebhookEvent.isRedelivery(event),
  ...(event.webhookEventId === undefined ? undefined : { "line.event.id": event.webhookEventId })
})

export const annotate = ({ event }: Pick<Inbox.Entry, "event">) =>
  Effect.annotateLogs({
    eventType: typeOf(event),
    ...(event.webhookEventId === undefined ? undefined : { webhookEventId: event.webhookEventId })
  })

const typeOf = (event: WebhookEvent.WebhookEvent): string =>
  event.type === "unknown" ? event.originalType : event.type
