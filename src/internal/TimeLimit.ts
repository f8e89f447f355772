/**
 * A time limit that costs one fork a call. All calls of a client have the same limit, so they expire in the order in
 * which they began, and one fiber that sleeps until the next expiry watches over all of them; `Effect.timeout` would
 * start and race a sleeping fiber for each.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as RequestScheduler from "./RequestScheduler.js"

/** Runs an effect; when the time is over, interrupts it and does something else. */
export type TimeLimit = <A, E, R, B, E2>(
  effect: Effect.Effect<A, E, R>,
  onTimeout: () => Effect.Effect<B, E2>
) => Effect.Effect<A | B, E | E2, R>

/**
 * The time that only goes forward, in milliseconds: the time of day may be set back, and what waits for a later one would
 * wait until it returns.
 */
export const elapsed: Effect.Effect<() => number> = Effect.map(
  Effect.clock,
  (clock) => () => Number(clock.unsafeCurrentTimeNanos() / 1_000_000n)
)

interface Watched {
  readonly fiber: Fiber.RuntimeFiber<unknown, unknown>
  readonly deadline: number
  expired: boolean
}

/**
 * Begins to watch over a fiber, which is interrupted when its time is over. What it gives ends the watch and tells whether it
 * was.
 */
export type Watch = (fiber: Fiber.RuntimeFiber<unknown, unknown>) => () => boolean

/** A watch with a limit in milliseconds, until the scope closes. */
export const watch = (milliseconds: number): Effect.Effect<Watch, never, Scope.Scope> =>
  Effect.gen(function* () {
    const now = yield* elapsed
    const latch = yield* Effect.makeLatch()
    const fork = Runtime.runFork(yield* Effect.runtime())
    // In the order of their deadlines.
    const watched = new Set<Watched>()

    const watchNext = Effect.suspend(() => {
      const [next] = watched
      if (next === undefined) {
        latch.unsafeClose()
        return latch.await
      }
      return Effect.zipRight(Effect.sleep(Math.max(0, next.deadline - now())), expire(next))
    })
    const expire = (next: Watched): Effect.Effect<void> =>
      Effect.suspend(() => {
        if (!watched.delete(next)) return Effect.void
        next.expired = true
        return Fiber.interruptFork(next.fiber)
      })
    // Interruptible, or closing the scope within an uninterruptible region would wait for it without end.
    yield* Effect.forkScoped(Effect.interruptible(Effect.forever(watchNext)))

    // The timer of another request may be dropped at any time.
    const watchAlone = (fiber: Watched["fiber"], scheduler: RequestScheduler.RequestScheduler) => {
      let expired = false
      const expire = Effect.suspend(() => {
        expired = true
        return Fiber.interruptFork(fiber)
      })
      const watcher = fork(Effect.zipRight(Effect.sleep(milliseconds), expire), { scheduler })
      return () => {
        watcher.unsafeInterruptAsFork(FiberId.none)
        return expired
      }
    }

    return (fiber) => {
      const request = RequestScheduler.of(fiber)
      if (request !== undefined) return watchAlone(fiber, request)
      const entry: Watched = { fiber, deadline: now() + milliseconds, expired: false }
      watched.add(entry)
      if (watched.size === 1) latch.unsafeOpen()
      return () => {
        watched.delete(entry)
        return entry.expired
      }
    }
  })

/**
 * Runs an effect in a fiber of its own, and waits for it: interruptible also in a finalizer, which must not wait for LINE
 * without end. As a daemon that is interrupted with what waits for it, because a child would be with its parent also where that
 * cannot be interrupted.
 */
const apart = <A, E, R, B, E2>(
  effect: Effect.Effect<A, E, R>,
  wait: (fiber: Fiber.RuntimeFiber<A, E>) => Effect.Effect<B, E2>
): Effect.Effect<B, E2, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Effect.forkDaemon(Effect.interruptible(effect)), (fiber) =>
      Effect.onInterrupt(restore(wait(fiber)), () => Fiber.interrupt(fiber))
    )
  )

/** A limit in milliseconds, watched over until the scope closes. */
export const make = (milliseconds: number): Effect.Effect<TimeLimit, never, Scope.Scope> =>
  Effect.map(
    watch(milliseconds),
    (watch) =>
      <A, E, R, B, E2>(effect: Effect.Effect<A, E, R>, onTimeout: () => Effect.Effect<B, E2>) =>
        // As an exit, because a fiber that fails is logged as a failure that nobody handles.
        apart(Effect.exit(effect), (fiber) =>
          Effect.async<A | B, E | E2>((resume) => {
            const unwatch = watch(fiber)
            fiber.addObserver((exit) => {
              const expired = unwatch()
              resume(expired && Exit.isInterrupted(exit) ? onTimeout() : Exit.flatten(exit))
            })
          })
        )
  )

/** A limit on how long a call may stand still: what flows through it starts the time anew. */
export interface Patience {
  readonly limit: TimeLimit
  readonly watch: <E>(stream: Stream.Stream<Uint8Array, E>) => Stream.Stream<Uint8Array, E>
}

/** A limit for one call that differs from the others, in milliseconds. */
export const patience = (milliseconds: number): Effect.Effect<Patience> =>
  Effect.map(elapsed, (now) => {
    let movedAt = now()
    const stoodStill: Effect.Effect<undefined> = Effect.suspend(() => {
      const left = movedAt + milliseconds - now()
      return left <= 0 ? Effect.succeed(undefined) : Effect.zipRight(Effect.sleep(left), stoodStill)
    })
    const limit: TimeLimit = <A, E, R, B, E2>(effect: Effect.Effect<A, E, R>, onTimeout: () => Effect.Effect<B, E2>) =>
      Effect.suspend(() => {
        movedAt = now()
        // Awaited, not joined: what it sets stays there.
        return apart(Effect.raceFirst(Effect.exit(effect), stoodStill), (fiber) =>
          Fiber.await(fiber).pipe(
            Effect.flatten,
            Effect.flatMap((exit): Effect.Effect<A | B, E | E2> => exit ?? onTimeout())
          )
        )
      })
    return { limit, watch: (stream) => Stream.tap(stream, () => Effect.sync(() => (movedAt = now()))) }
  })
