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
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import type * as Tracer from "effect/Tracer"
import * as Delivery from "../Delivery.js"
import type * as Inbox from "../Inbox.js"
import * as Metrics from "../Metrics.js"
import type * as Webhook from "../Webhook.js"
import * as WebhookEvent from "../WebhookEvent.js"
import * as Lanes from "./Lanes.js"
import * as Log from "./Log.js"
import * as Once from "./Once.js"
import type * as RequestScheduler from "./RequestScheduler.js"
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
  "concurrency" | "drainTimeout" | "handlerTimeout" | "retry" | "deadLetter" | "inbox" | "processedEvents"
>

/** An event on its way to its handler. */
export interface Item<E, R> {
  /** Events of one lane are handled in their order. */
  readonly lane: string
  readonly entry: Inbox.Entry
  readonly handler: Effect.Effect<unknown, E, R | Delivery.Delivery>
  /** The span of the request that it came with. */
  readonly request: Tracer.AnySpan | undefined
  /** Called when nothing more is done with it here. */
  readonly ended: () => void
}

/** Where events come to their handlers. */
export type Place<E, R> = Pick<Lanes.Lanes<Item<E, R>>, "offer" | "size" | "awaitBelow">

/** Sees to events until they are handled, handed over or left in the inbox. */
export interface Handling<E, R> {
  /** The place of all events, but for those of requests that are handled apart. */
  readonly shared: Place<E, R>
  /** A place for the events of one request, whose scheduler it is. */
  readonly apart: (scheduler: RequestScheduler.RequestScheduler) => Place<E, R>
  /** Whether it has begun to shut down: what is offered then, nobody sees to. */
  readonly isClosing: () => boolean
  /** Calls what is the program's own. */
  readonly within: Once.Within
}

/** An event at its handler. */
interface Task<E, R> {
  readonly item: Item<E, R>
  readonly delivery: Delivery.Service
  readonly started: number
}

/**
 * What is done with the events of one server. When the scope closes, it waits for what has come, and in the end interrupts
 * it.
 *
 * A handler has a fiber of its own at its first attempt. What is around it is done by plain calls, and what is left to be done
 * when it failed by another fiber.
 */
export const make = <E, R>(
  policies: Policies<E>
): Effect.Effect<Handling<E, R>, never, Exclude<R, Delivery.Delivery> | Scope.Scope> =>
  Effect.gen(function* () {
    const watch = yield* TimeLimit.watch(Duration.toMillis(limitOf(policies)))
    const within = yield* patience
    const once = Once.make(policies, within)
    const clock = yield* Effect.clock
    const runtime = yield* Effect.runtime<Exclude<R, Delivery.Delivery>>()
    const traced = yield* tracing
    const giving = makeGiving(runtime)
    // Without its refs, which come with what is given: they would be forked anew for each fiber.
    const bare = Runtime.updateFiberRefs(runtime, () => FiberRefs.empty())
    const isOvertaken = makeIsOvertaken()
    const fibers = new Set<Fiber.RuntimeFiber<unknown, unknown>>()
    // Those that have events.
    const places = new Set<Lanes.Lanes<Item<E, R>>>()
    let closing = false
    let interrupting = false

    const observe = <A, F>(fiber: Fiber.RuntimeFiber<A, F>, then: (exit: Exit.Exit<A, F>) => void): void => {
      fibers.add(fiber)
      fiber.addObserver((exit) => {
        fibers.delete(fiber)
        then(exit)
      })
    }

    const settle = ({ item: { entry } }: Task<E, R>, { attempts, exit, failed }: Attempted<E>): Effect.Effect<void> => {
      if (Exit.isSuccess(exit)) return once.complete(entry, clock.unsafeCurrentTimeMillis()) ?? Effect.void
      if (interrupting && Cause.isInterruptedOnly(exit.cause)) return abandon(entry, attempts, failed)
      return Effect.all(
        [
          Log.error("webhook handler failed", exit.cause),
          Metric.increment(Metrics.webhookFailures),
          handOver(entry, attempts, exit.cause),
          once.giveUp(entry)
        ],
        { discard: true }
      )
    }

    /** What is done with an event that a shutdown left without its handling. */
    const abandon = (
      entry: Inbox.Entry,
      attempts = 0,
      failed: Cause.Cause<E | HandlerTimeout> = Cause.empty
    ): Effect.Effect<void> => {
      const what =
        attempts === 0 ? "a shutdown came before the event's turn" : "webhook handler interrupted by a shutdown"
      if (once.isDurable) return Effect.logInfo(`${what}: the event stays in the inbox`)
      if (policies.deadLetter === undefined) return Effect.logWarning(`${what}: the event is lost`)
      const interruption = Cause.interrupt(FiberId.none)
      return handOver(entry, attempts, Cause.isEmpty(failed) ? interruption : Cause.sequential(failed, interruption))
    }

    // The hook's own failure must not be silent: nothing else keeps the event.
    const handOver = (
      { attempts: earlier, channel, destination, event, receivedAt }: Inbox.Entry,
      attempts: number,
      cause: Cause.Cause<E | HandlerTimeout>
    ): Effect.Effect<void> => {
      const { deadLetter } = policies
      if (deadLetter === undefined) return Effect.void
      const letter = { destination, event, receivedAt, attempts: earlier + attempts, cause }
      return within(() => deadLetter(channel === undefined ? letter : { ...letter, channel })).pipe(
        Effect.catchAllCause((cause) => Log.error("the hook for dead letters failed: the event is lost", cause)),
        Effect.asVoid,
        Effect.uninterruptible
      )
    }

    const measure = (started: number): void =>
      Metrics.webhookHandlerTime.unsafeUpdate(clock.unsafeCurrentTimeMillis() - started, [])

    /** What is done when the first attempt has failed. */
    const afterwards = (
      task: Task<E, R>,
      first: Cause.Cause<E | HandlerTimeout>
    ): Effect.Effect<void, never, Exclude<R, Delivery.Delivery>> => {
      const again = traced(task.item, anew(task.item.handler, task.delivery))
      return Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(retried(again, policies, first, restore), (attempted) => {
          measure(task.started)
          return settle(task, attempted)
        })
      )
    }

    /** Nothing more is done with an event here. */
    const leave = ({ ended }: Item<E, R>): void => {
      Metrics.webhookQueueDepth.unsafeModify(-1, [])
      ended()
    }

    /** A place of its own for events, whose fibers have the scheduler if there is one. */
    const open = (scheduler?: RequestScheduler.RequestScheduler): Place<E, R> => {
      const fork = <A, F>(effect: Effect.Effect<A, F, Exclude<R, Delivery.Delivery>>) =>
        Runtime.runFork(runtime, effect, { scheduler })

      const lanes = Lanes.make<Item<E, R>>({ concurrency: policies.concurrency ?? 64, work: (item) => begin(item) })

      const done = (item: Item<E, R>): void => {
        leave(item)
        lanes.end(item)
        if (lanes.size() === 0) places.delete(lanes)
      }

      /** Does what is left to be done with an event in a fiber of its own. */
      const conclude = (item: Item<E, R>, effect: Effect.Effect<unknown, never, Exclude<R, Delivery.Delivery>>): void =>
        observe(fork(annotate(item.entry)(effect)), () => done(item))

      const begin = (item: Item<E, R>): void => {
        const { entry } = item
        const now = clock.unsafeCurrentTimeMillis()
        if (isOvertaken(entry.event)) {
          const overtaken = Effect.logDebug("a newer edit of the message came before this one")
          return conclude(item, Effect.zipRight(overtaken, once.complete(entry, now) ?? Effect.void))
        }
        const begun = once.begin(entry, now)
        if (typeof begun === "boolean") return begun ? handle(item) : passOver(item)
        // In a fiber of its own: its time is no part of the handler's, and what it says is heard however long it takes.
        observe(fork(annotate(entry)(begun)), (exit) => {
          if (Exit.isFailure(exit) || interrupting) return conclude(item, abandon(entry))
          return exit.value ? handle(item) : passOver(item)
        })
      }

      const handle = (item: Item<E, R>): void => {
        const delivery = deliveryOf(item.entry, once.isDurable)
        const task = { item, delivery, started: clock.unsafeCurrentTimeMillis() }
        // What it requires is in what it is given, which the compiler does not see.
        const handler = traced(item, item.handler) as Effect.Effect<unknown, E, Exclude<R, Delivery.Delivery>>
        const fiber = Runtime.runFork(bare, Effect.exit(handler), { scheduler, updateRefs: giving(task) })
        const ended = fiber.unsafePoll()
        if (ended !== null) return attempted(task, Exit.flatten(ended))
        const unwatch = watch(fiber)
        observe(fiber, (ended) => {
          const expired = unwatch()
          const exit = Exit.flatten(ended)
          attempted(task, expired && Exit.isInterrupted(exit) ? Exit.fail(timeoutOf(policies)) : exit)
        })
      }

      const attempted = (task: Task<E, R>, exit: Exit.Exit<unknown, E | HandlerTimeout>): void => {
        if (Exit.isFailure(exit)) return conclude(task.item, afterwards(task, exit.cause))
        measure(task.started)
        const completed = once.complete(task.item.entry, task.started)
        return completed === undefined ? done(task.item) : conclude(task.item, completed)
      }

      const passOver = (item: Item<E, R>): void => {
        if (!once.isDurable) Metrics.webhookDuplicates.unsafeUpdate(1, [])
        done(item)
      }

      return {
        ...lanes,
        offer: (item) => {
          Metrics.webhookQueueDepth.unsafeModify(1, [])
          places.add(lanes)
          lanes.offer(item)
        }
      }
    }

    // What an interruption leaves to be done is done by further fibers.
    const interruptAll: Effect.Effect<void> = Effect.suspend(() =>
      fibers.size === 0 ? Effect.void : Effect.zipRight(Fiber.interruptAll([...fibers]), interruptAll)
    )

    const drain = Effect.gen(function* () {
      const all = [...places]
      const drained = yield* Effect.forEach(all, (lanes) => lanes.awaitBelow(1), { discard: true }).pipe(
        Effect.interruptible,
        Effect.timeoutOption(policies.drainTimeout ?? "30 seconds")
      )
      if (Option.isSome(drained)) return
      const size = all.reduce((size, lanes) => size + lanes.size(), 0)
      yield* Effect.logWarning(`shutdown interrupts ${size} webhook events that are waiting or in their handlers`)
      interrupting = true
      const waiting = (yield* Effect.forEach(all, (lanes) => lanes.stop)).flat()
      let left = waiting.length
      const abandonNext = ({ entry }: Item<E, R>) =>
        Effect.zipRight(
          annotate(entry)(abandon(entry)),
          Effect.sync(() => left--)
        )
      const abandoned = within(() => Effect.forEach(waiting, abandonNext, { concurrency: 16, discard: true })).pipe(
        Effect.catchAllCause((cause) =>
          Log.error(`${left} webhook events could not be handed over: they are lost`, cause)
        ),
        Effect.ensuring(Effect.sync(() => waiting.forEach(leave)))
      )
      yield* Effect.all([interruptAll, abandoned], { concurrency: 2, discard: true })
    })

    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        closing = true
        return Effect.zipRight(drain, interruptAll)
      })
    )

    return { shared: open(), apart: open, isClosing: () => closing, within }
  })

/**
 * What the fiber of a handler begins with: the refs of the server, the delivery, and the annotations of its event. To give them
 * within costs more than the fiber.
 */
const makeGiving = <R>({ context, fiberRefs }: Runtime.Runtime<R>) => {
  const annotations = FiberRefs.getOrDefault(fiberRefs, FiberRef.currentLogAnnotations)
  // Most programs have no refs that a fork changes, and a fork takes as long as all that is done here.
  const isForked = [...FiberRefs.forkAs(fiberRefs, FiberId.none).locals].some(
    ([ref, stack]) => fiberRefs.locals.get(ref) !== stack
  )
  return ({ delivery, item }: Task<unknown, unknown>) =>
    (refs: FiberRefs.FiberRefs, fiberId: FiberId.Runtime): FiberRefs.FiberRefs => {
      const locals = new Map((isForked ? FiberRefs.forkAs(fiberRefs, fiberId) : fiberRefs).locals)
      for (const [ref, stack] of refs.locals) locals.set(ref, stack)
      return FiberRefs.unsafeMake(
        locals
          .set(FiberRef.currentContext, [[fiberId, Context.add(context, Delivery.Delivery, delivery)]])
          .set(FiberRef.currentLogAnnotations, [[fiberId, annotated(annotations, item.entry)]])
      )
    }
}

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

type Traced = <A, E, R>(
  item: Pick<Item<unknown, unknown>, "entry" | "request">,
  effect: Effect.Effect<A, E, R>
) => Effect.Effect<A, E, R>

// Asked once for all handlers.
const tracing: Effect.Effect<Traced> = Effect.map(Tracing.isSeen, (isSeen) => (isSeen ? inSpan : (_, effect) => effect))

const inSpan: Traced = ({ entry, request }, effect) =>
  Effect.suspend(() => {
    let ended: typeof effect = Effect.interrupt
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
  })

/** A handler with what it is given for another attempt. */
const anew = <E, R>(
  handler: Effect.Effect<unknown, E, R>,
  delivery: Delivery.Service
): Effect.Effect<unknown, E, Exclude<R, Delivery.Delivery>> =>
  Effect.suspend(() => Effect.provideService(handler, Delivery.Delivery, Delivery.attempt(delivery)))

/** The attempts at an event. */
interface Attempted<E> {
  readonly exit: Exit.Exit<unknown, E | HandlerTimeout>
  readonly attempts: number
  /** Why the last attempt failed that ended by itself. */
  readonly failed: Cause.Cause<E | HandlerTimeout>
}

/**
 * Runs a handler again as the schedule says, each attempt within the time limit, when it has failed. Defects are mistakes
 * of the program, which another attempt does not mend.
 */
const retried = <E, R>(
  again: Effect.Effect<unknown, E, R>,
  policies: Pick<Policies<E>, "handlerTimeout" | "retry">,
  first: Cause.Cause<E | HandlerTimeout>,
  restore: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
): Effect.Effect<Attempted<E>, never, R> => {
  const { retry } = policies
  let attempts = 0
  let failed: Cause.Cause<E | HandlerTimeout> = Cause.empty
  const attempt = Effect.suspend((): Effect.Effect<unknown, E | HandlerTimeout, R> => {
    if (++attempts === 1) return Effect.failCause(first)
    Metrics.webhookRetries.unsafeUpdate(1, [])
    return Effect.zipRight(Log.warning("webhook handler failed: it is run again", failed), limited(again, policies))
  }).pipe(
    Effect.tapErrorCause((cause) =>
      Effect.sync(() => {
        if (!Cause.isInterruptedOnly(cause)) failed = cause
      })
    )
  )
  const all = retry === undefined ? attempt : Effect.retry(attempt, retry)
  return Effect.map(Effect.exit(restore(all)), (exit) => ({ exit, attempts, failed }))
}

const limited = <E, R>(
  handle: Effect.Effect<unknown, E, R>,
  policies: Pick<Policies<E>, "handlerTimeout">
): Effect.Effect<unknown, E | HandlerTimeout, R> =>
  Effect.timeoutFail(handle, { duration: limitOf(policies), onTimeout: () => timeoutOf(policies) })

const timeoutOf = (policies: Pick<Policies<never>, "handlerTimeout">): HandlerTimeout =>
  new HandlerTimeout({ limit: limitOf(policies) })

const limitOf = ({ handlerTimeout }: Pick<Policies<never>, "handlerTimeout">): Duration.Duration =>
  Duration.decode(handlerTimeout ?? "1 minute")

// A store, or a hook, that never answers must not keep the events of a chat, and a shutdown, waiting without end.
const patience: Effect.Effect<Once.Within, never, Scope.Scope> = Effect.map(
  TimeLimit.make(60_000),
  (limit) => (effect) =>
    limit(
      // Also where it cannot be interrupted: nobody waits for its end then.
      Effect.disconnect(Effect.suspend(effect)),
      () => new Cause.TimeoutException("it took longer than a minute")
    )
)

/** Handles an event in the fiber that calls it, as the policies say. */
export const alone = <E, R>(
  handler: Effect.Effect<unknown, E, R>,
  delivery: Delivery.Service,
  policies: Pick<Policies<E>, "handlerTimeout" | "retry">
): Effect.Effect<unknown, E | HandlerTimeout, Exclude<R, Delivery.Delivery>> => {
  const attempt = limited(anew(handler, delivery), policies)
  return policies.retry === undefined ? attempt : Effect.retry(attempt, policies.retry)
}

// An inbox knows of every run of a handler, so that a redelivery says nothing; without one, another process may have begun.
const deliveryOf = (
  { attempts, destination, event, receivedAt }: Inbox.Entry,
  isDurable: boolean
): Delivery.Service => {
  const mayHaveBegun = attempts > 0 || (!isDurable && WebhookEvent.isRedelivery(event))
  return Delivery.unsafeMake({ event, destination, receivedAt, mayHaveBegun })
}

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
    const [oldest] = newest.keys()
    if (newest.size > remembered && oldest !== undefined) newest.delete(oldest)
    return false
  }
}

const attributesOf = ({ event }: Inbox.Entry): Record<string, unknown> => ({
  "line.event.type": typeOf(event),
  "line.event.redelivery": WebhookEvent.isRedelivery(event),
  ...(event.webhookEventId === undefined ? undefined : { "line.event.id": event.webhookEventId })
})

/** Annotates logs with their event. */
export const annotate =
  (entry: Pick<Inbox.Entry, "event">) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.locallyWith(effect, FiberRef.currentLogAnnotations, (annotations) => annotated(annotations, entry))

const annotated = (annotations: HashMap.HashMap<string, unknown>, { event }: Pick<Inbox.Entry, "event">) => {
  const typed = HashMap.set(annotations, "eventType", typeOf(event))
  return event.webhookEventId === undefined ? typed : HashMap.set(typed, "webhookEventId", event.webhookEventId)
}

const typeOf = (event: WebhookEvent.WebhookEvent): string =>
  event.type === "unknown" ? event.originalType : event.type
