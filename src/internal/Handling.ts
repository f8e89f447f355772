/**
 * What is done with an event that was accepted: told apart from its duplicates, given to its handler, tried again, and
 * handed over if nothing helps.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import * as HashMap from "effect/HashMap"
import * as Metric from "effect/Metric"
import * as Predicate from "effect/Predicate"
import * as Runtime from "effect/Runtime"
import type * as Scheduler from "effect/Scheduler"
import type * as Scope from "effect/Scope"
import type * as Tracer from "effect/Tracer"
import * as Delivery from "../Delivery.js"
import type * as Inbox from "../Inbox.js"
import * as Metrics from "../Metrics.js"
import type * as ProcessedEvents from "../ProcessedEvents.js"
import type * as Webhook from "../Webhook.js"
import * as WebhookEvent from "../WebhookEvent.js"
import * as Log from "./Log.js"
import * as Recent from "./Recent.js"
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
  /** The scheduler of that request, if its events are handled within it. */
  readonly scheduler: Scheduler.Scheduler | undefined
  /** Called when nothing more is done with it here. */
  readonly ended: () => void
}

export interface Handling<E, R> {
  /** Sees to an event until it is handled, handed over or left in the inbox, and then calls `end`. */
  readonly start: (item: Item<E, R>, end: () => void) => void
  /** Interrupts what is at work, and waits until that has been seen to. */
  readonly interrupt: Effect.Effect<void>
  /** What is done with an event whose turn does not come before a shutdown. */
  readonly abandon: (item: Item<E, R>) => Effect.Effect<void>
}

/**
 * What is done with the events of one server. `closing` tells whether an interruption is its shutdown; what is at work when
 * the scope closes is interrupted.
 *
 * An event that is handled at its first attempt has one fiber, which is its handler's; what is around it is done by plain
 * calls. Anything else has another fiber, after that.
 */
export const make = <E, R>(
  policies: Policies<E>,
  closing: () => boolean
): Effect.Effect<Handling<E, R>, never, Exclude<R, Delivery.Delivery> | Scope.Scope> =>
  Effect.gen(function* () {
    const once = policies.inbox === undefined ? remembering(policies) : keeping(policies.inbox)
    const watch = yield* TimeLimit.watch(Duration.toMillis(limitOf(policies)))
    const clock = yield* Effect.clock
    const runtime = yield* Effect.runtime<Exclude<R, Delivery.Delivery>>()
    const fork = <A, F>({ entry, scheduler }: Item<E, R>, effect: Effect.Effect<A, F, Exclude<R, Delivery.Delivery>>) =>
      Runtime.runFork(runtime, annotate(entry)(effect), { scheduler })
    const fibers = new Set<Fiber.RuntimeFiber<unknown, unknown>>()
    // What an interruption leaves to be done is done by further fibers.
    const interruptAll: Effect.Effect<void> = Effect.suspend(() =>
      fibers.size === 0 ? Effect.void : Effect.zipRight(Fiber.interruptAll([...fibers]), interruptAll)
    )
    yield* Effect.addFinalizer(() => interruptAll)
    const isOvertaken = makeIsOvertaken()

    const observe = <A, F>(fiber: Fiber.RuntimeFiber<A, F>, then: (exit: Exit.Exit<A, F>) => void): void => {
      fibers.add(fiber)
      fiber.addObserver((exit) => {
        fibers.delete(fiber)
        then(exit)
      })
    }

    const settle = ({ entry }: Item<E, R>, { attempts, exit }: Attempted<E>): Effect.Effect<void> => {
      if (Exit.isSuccess(exit)) return once.complete(entry, clock.unsafeCurrentTimeMillis()) ?? Effect.void
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

    const start = (item: Item<E, R>, end: () => void): void => {
      const { entry } = item
      const started = clock.unsafeCurrentTimeMillis()
      const ended = () => {
        item.ended()
        end()
      }
      if (isOvertaken(entry.event)) {
        const overtaken = Effect.logDebug("a newer edit of the message came before this one")
        const completed = once.complete(entry, started) ?? Effect.void
        return observe(fork(item, Effect.uninterruptible(Effect.zipRight(overtaken, completed))), ended)
      }
      const begun = once.begin(entry, started)
      if (typeof begun === "boolean") return begun ? handle(item, started, ended) : passOver(ended)
      // In a fiber of its own: its time is no part of the handler's, and what it says is heard however long it takes.
      observe(fork(item, begun), (exit) =>
        Exit.isSuccess(exit) && exit.value ? handle(item, started, ended) : passOver(ended)
      )
    }

    const handle = (item: Item<E, R>, started: number, ended: () => void): void => {
      const { entry } = item
      const delivery = deliveryOf(entry, once.isDurable)
      const fiber = forkFirst(item, delivery, Effect.exit(traced(item, item.handler)))
      // What only computes has ended by now.
      const unwatch = fiber.unsafePoll() === null ? watch(fiber) : () => false
      observe(fiber, (ending) => {
        const expired = unwatch()
        const exit = Exit.flatten(ending)
        if (Exit.isSuccess(exit)) {
          measure(started)
          const completed = once.complete(entry, started)
          return completed === undefined ? ended() : observe(fork(item, completed), ended)
        }
        const failure = expired && Exit.isInterrupted(exit) ? Exit.fail(timedOut()) : exit
        observe(fork(item, afterwards(item, attempts(item, delivery), failure, started)), ended)
      })
    }

    // The fiber begins with what it is given: to give it within costs more than the fiber.
    const forkFirst = <A, F>(
      item: Item<E, R>,
      delivery: Delivery.Service,
      effect: Effect.Effect<A, F, R | Delivery.Delivery>
    ) => {
      const context = Context.add(runtime.context, Delivery.Delivery, delivery)
      // All that R is beside the delivery is in the runtime, which the compiler does not see.
      return Runtime.runFork(
        Runtime.make({ ...runtime, context: context as Context.Context<R | Delivery.Delivery> }),
        effect,
        {
          scheduler: item.scheduler,
          updateRefs: (refs, fiberId) =>
            FiberRefs.updateAs(refs, {
              fiberId,
              fiberRef: FiberRef.currentLogAnnotations,
              value: HashMap.mutate(FiberRefs.getOrDefault(refs, FiberRef.currentLogAnnotations), (annotations) => {
                for (const [name, value] of Object.entries(annotationsOf(item.entry)))
                  HashMap.set(annotations, name, value)
              })
            })
        }
      )
    }

    const passOver = (ended: () => void): void => {
      if (!once.isDurable) Metrics.webhookDuplicates.unsafeUpdate(1, [])
      ended()
    }

    const measure = (started: number): void =>
      Metrics.webhookHandlerTime.unsafeUpdate(clock.unsafeCurrentTimeMillis() - started, [])

    const timedOut = () => new HandlerTimeout({ limit: limitOf(policies) })

    /** What is done when the first attempt has failed. */
    const afterwards = (
      item: Item<E, R>,
      handle: Effect.Effect<unknown, E, Exclude<R, Delivery.Delivery>>,
      first: Exit.Exit<unknown, E | HandlerTimeout>,
      started: number
    ) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(retried(handle, policies, first, restore), (attempted) => {
          measure(started)
          return settle(item, attempted)
        })
      )

    return {
      start,
      interrupt: interruptAll,
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

const traced = <A, E, R>(
  { entry, request }: Pick<Item<unknown, unknown>, "entry" | "request">,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Tracing.ifSeen(
    () => {
      let ended: Effect.Effect<A, E> = Effect.interrupt
      return Effect.exit(effect).pipe(
        Effect.tap((exit) => {
          ended = exit
          return Exit.isSuccess(exit) ? Effect.void : new SpanFailure(exit.cause)
        }),
        Effect.withSpan(`line.webhook.${entry.event.type}`, {
          kind: "consumer",
          captureStackTrace: false,
          root: true,
          links: request === undefined ? [] : [{ _tag: "SpanLink", span: request, attributes: {} }],
          attributes: attributesOf(entry)
        }),
        Effect.exit,
        Effect.flatMap(() => ended)
      )
    },
    () => effect
  )

/** A handler with what it is given, for each attempt anew. */
const attempts = <E, R>(
  item: Item<E, R>,
  delivery: Delivery.Service
): Effect.Effect<unknown, E, Exclude<R, Delivery.Delivery>> =>
  annotate(item.entry)(
    traced(
      item,
      Effect.suspend(() => Effect.provideService(item.handler, Delivery.Delivery, Delivery.attempt(delivery)))
    )
  )

/**
 * Runs a handler again as the schedule says, each attempt within the time limit, when it has failed. Defects are mistakes
 * of the program, which another attempt does not mend.
 */
const retried = <E, R>(
  handle: Effect.Effect<unknown, E, R>,
  policies: Pick<Policies<E>, "handlerTimeout" | "retry">,
  first: Exit.Exit<unknown, E | HandlerTimeout>,
  restore: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
): Effect.Effect<Attempted<E>, never, R> => {
  const { retry } = policies
  if (retry === undefined) return Effect.succeed({ exit: first, attempts: 1 })
  let attempts = 0
  const once = Effect.suspend((): Effect.Effect<unknown, E | HandlerTimeout, R> => {
    if (++attempts === 1) return first
    Metrics.webhookRetries.unsafeUpdate(1, [])
    return limited(handle, policies)
  })
  return Effect.map(Effect.exit(restore(Effect.retry(once, retry))), (exit) => ({ exit, attempts }))
}

const limited = <E, R>(
  handle: Effect.Effect<unknown, E, R>,
  policies: Pick<Policies<E>, "handlerTimeout">
): Effect.Effect<unknown, E | HandlerTimeout, R> => {
  const limit = limitOf(policies)
  return Effect.timeoutFail(handle, { duration: limit, onTimeout: () => new HandlerTimeout({ limit }) })
}

const limitOf = ({ handlerTimeout }: Pick<Policies<never>, "handlerTimeout">): Duration.Duration =>
  Duration.decode(handlerTimeout ?? "1 minute")

/** Handles an event in the fiber that calls it, as the policies say. */
export const alone = <E, R>(
  handler: Effect.Effect<unknown, E, R>,
  delivery: Delivery.Service,
  policies: Pick<Policies<E>, "handlerTimeout" | "retry">
): Effect.Effect<unknown, E | HandlerTimeout, Exclude<R, Delivery.Delivery>> => {
  const handle = Effect.suspend(() => Effect.provideService(handler, Delivery.Delivery, Delivery.attempt(delivery)))
  const once = limited(handle, policies)
  return policies.retry === undefined ? once : Effect.retry(once, policies.retry)
}

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
): Delivery.Service => {
  const mayHaveBegun = attempts > 0 || (!isDurable && WebhookEvent.isRedelivery(event))
  return Delivery.unsafeMake({ event, destination, receivedAt, mayHaveBegun })
}

/** How an event is kept from being handled twice. What is known at once is said at once: an effect costs more than it. */
interface Once {
  readonly isDurable: boolean
  /** Whether the event is to be handled. */
  readonly begin: (entry: Inbox.Entry, now: number) => boolean | Effect.Effect<boolean>
  readonly complete: (entry: Inbox.Entry, now: number) => Effect.Effect<void> | undefined
  /** It failed for good, and was handed over. */
  readonly giveUp: (entry: Inbox.Entry) => Effect.Effect<void>
}

/** The inbox itself tells duplicates apart, before they come here. */
const keeping = (inbox: Inbox.Service): Once => {
  const complete = (entry: Inbox.Entry) =>
    Effect.catchAllCause(
      Effect.suspend(() => inbox.complete(entry)),
      (cause) => Log.error("the inbox could not note that the event was handled: it will be handled again", cause)
    )
  return {
    isDurable: true,
    // Another process may have it by now.
    begin: (entry) =>
      Effect.suspend(() => inbox.begin(entry)).pipe(
        Effect.as(true),
        Effect.catchAllCause((cause) => Effect.as(Log.error("an event stays in the inbox", cause), false)),
        Effect.uninterruptible
      ),
    complete,
    giveUp: complete
  }
}

/** Two deliveries of an event are in the same lane: the second one's turn comes when the first has ended. */
const remembering = ({ processedEvents }: Pick<Policies<never>, "processedEvents">): Once => {
  const once = processedEvents === undefined ? inMemory() : inStore(processedEvents)
  return {
    isDurable: false,
    // An event without an id is its own.
    begin: ({ event: { webhookEventId } }, now) => webhookEventId === undefined || once.isNew(webhookEventId, now),
    complete: ({ event: { webhookEventId } }, now) =>
      webhookEventId === undefined ? undefined : once.add(webhookEventId, now),
    giveUp: () => Effect.void
  }
}

const inMemory = () => {
  const handled = Recent.make(Recent.standard.capacity, Duration.toMillis(Recent.standard.timeToLive))
  return {
    isNew: (id: string, now: number): boolean => !handled.has(id, now),
    add: (id: string, now: number): undefined => void handled.add(id, now)
  }
}

// What a store throws is a failure of it as well: nothing may be thrown into the lanes.
const inStore = (processed: ProcessedEvents.Service) => ({
  isNew: (id: string): Effect.Effect<boolean> =>
    Effect.suspend(() => processed.has(id)).pipe(
      Effect.map((has) => !has),
      Effect.catchAllCause((cause) =>
        // An event that is handled twice is better than one that is lost.
        Effect.as(Log.warning("it could not be told whether the event was handled: it is now", cause), true)
      ),
      Effect.uninterruptible
    ),
  add: (id: string): Effect.Effect<void> =>
    Effect.catchAllCause(
      Effect.suspend(() => processed.add(id)),
      (cause) => Log.warning("it could not be remembered that the event was handled", cause)
    )
})

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

export const annotate = (entry: Pick<Inbox.Entry, "event">) => Effect.annotateLogs(annotationsOf(entry))

const annotationsOf = ({ event }: Pick<Inbox.Entry, "event">): Record<string, unknown> => ({
  eventType: typeOf(event),
  ...(event.webhookEventId === undefined ? undefined : { webhookEventId: event.webhookEventId })
})

const typeOf = (event: WebhookEvent.WebhookEvent): string =>
  event.type === "unknown" ? event.originalType : event.type
