/**
 * What is done with an event that was accepted: told apart from its duplicates, given to its handler, tried again, and
 * handed over if nothing helps.
 */
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import { identity } from "effect/Function"
import * as Metric from "effect/Metric"
import type * as Scope from "effect/Scope"
import type * as Tracer from "effect/Tracer"
import * as Delivery from "../Delivery.js"
import type * as Inbox from "../Inbox.js"
import * as Metrics from "../Metrics.js"
import * as ProcessedEvents from "../ProcessedEvents.js"
import type * as Webhook from "../Webhook.js"
import * as WebhookEvent from "../WebhookEvent.js"
import * as TimeLimit from "./TimeLimit.js"
import * as Tracing from "./Tracing.js"

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
export const make = <E, R>(
  policies: Policies<E>,
  closing: () => boolean
): Effect.Effect<Handling<E, R>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const once = policies.inbox === undefined ? yield* remembering(policies) : keeping(policies.inbox)
    const limit = yield* TimeLimit.make(Duration.toMillis(limitOf(policies)))
    const clock = yield* Effect.clock
    const isOvertaken = makeIsOvertaken()

    const settle = ({ entry }: Item<E, R>, { attempts, exit }: Attempted<E>): Effect.Effect<void> => {
      if (Exit.isSuccess(exit)) return once.complete(entry)
      if (closing() && Cause.isInterruptedOnly(exit.cause)) return abandon(entry, attempts)
      return Effect.logError("webhook handler failed", exit.cause).pipe(
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

    const handle = (item: Item<E, R>) => {
      const { entry, handler } = item
      if (isOvertaken(entry.event)) return Effect.logDebug("a newer edit of the message came before this one")
      const begun = Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(deliveryOf(entry, once.isDurable), (delivery) => {
          const started = clock.unsafeCurrentTimeMillis()
          return Effect.flatMap(attempt(handler, delivery, policies, limit, restore), (attempted) => {
            Metrics.webhookHandlerTime.unsafeUpdate(clock.unsafeCurrentTimeMillis() - started, [])
            return settle(item, attempted)
          })
        })
      )
      return Effect.flatMap(once.begin(entry), (isNew) => (isNew ? begun : Metric.increment(Metrics.webhookDuplicates)))
    }

    return {
      work: (item) =>
        traced(
          item,
          Effect.suspend(() => handle(item))
        ).pipe(annotate(item.entry), Effect.ensuring(Effect.sync(item.ended))),
      abandon: ({ ended, entry }) => Effect.ensuring(abandon(entry, 0), Effect.sync(ended)).pipe(annotate(entry))
    }
  })

const traced = <A, E, R, HandlerError, HandlerContext>(
  { entry, request }: Item<HandlerError, HandlerContext>,
  effect: Effect.Effect<A, E, R>
) =>
  Tracing.ifSeen(
    () =>
      Effect.withSpan(effect, `line.webhook.${entry.event.type}`, {
        kind: "consumer",
        captureStackTrace: false,
        root: true,
        links: request === undefined ? [] : [{ _tag: "SpanLink", span: request, attributes: {} }],
        attributes: attributesOf(entry)
      }),
    () => effect
  )

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
  policies: Pick<Policies<E>, "handlerTimeout" | "retry">,
  limit: TimeLimit.TimeLimit,
  restore: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
): Effect.Effect<Attempted<E>, never, Exclude<R, Delivery.Delivery>> =>
  Effect.suspend(() => {
    let attempts = 0
    const timedOut = () => new HandlerTimeout({ limit: limitOf(policies) })
    const once = Effect.suspend(() => {
      if (++attempts > 1) Metrics.webhookRetries.unsafeUpdate(1, [])
      return limit(Effect.provideService(handler, Delivery.Delivery, Delivery.attempt(delivery)), timedOut)
    })
    const all = policies.retry === undefined ? once : Effect.retry(once, policies.retry)
    return Effect.map(Effect.exit(restore(all)), (exit) => ({ exit, attempts }))
  })

const limitOf = ({ handlerTimeout }: Pick<Policies<never>, "handlerTimeout">): Duration.Duration =>
  Duration.decode(handlerTimeout ?? "1 minute")

/** As {@link attempt}, for one event, in the fiber that calls it. */
export const attemptAlone = <E, R>(
  handler: Effect.Effect<unknown, E, R>,
  delivery: Delivery.Service,
  policies: Pick<Policies<E>, "handlerTimeout" | "retry">
): Effect.Effect<Attempted<E>, never, Exclude<R, Delivery.Delivery>> =>
  Effect.flatMap(TimeLimit.patience(Duration.toMillis(limitOf(policies))), ({ limit }) =>
    attempt(handler, delivery, policies, limit, identity)
  )

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
    Effect.catchAllCause((cause) => Effect.logError("the hook for dead letters failed: the event is lost", cause)),
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
      Effect.logError("the inbox could not note that the event was handled: it will be handled again", cause)
    )
  return {
    isDurable: true,
    begin: (entry) =>
      inbox.begin(entry).pipe(
        Effect.catchAllCause((cause) =>
          Effect.logError("the inbox could not note that the event's handler begins", cause)
        ),
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
                Effect.as(
                  Effect.logWarning("it could not be told whether the event was handled: it is now", cause),
                  true
                )
              )
            ),
      complete: ({ event: { webhookEventId } }) =>
        webhookEventId === undefined
          ? Effect.void
          : Effect.catchAllCause(processed.add(webhookEventId), (cause) =>
              Effect.logWarning("it could not be remembered that the event was handled", cause)
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
