/**
 * A time limit that costs one fork a call. All calls of a client have the same limit, so they expire in the order in
 * which they began, and one fiber that sleeps until the next expiry watches over all of them; `Effect.timeout` would
 * start and race a sleeping fiber for each.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"

/** Runs an effect, and interrupts it when the time is over. */
export type TimeLimit = <A, E, R, E2>(
  effect: Effect.Effect<A, E, R>,
  onTimeout: () => E2
) => Effect.Effect<A, E | E2, R>

interface Watched {
  readonly fiber: Fiber.RuntimeFiber<unknown, unknown>
  readonly deadline: number
  expired: boolean
}

/** A limit in milliseconds, watched over until the scope closes. */
export const make = (milliseconds: number): Effect.Effect<TimeLimit, never, Scope.Scope> =>
  Effect.gen(function* () {
    const clock = yield* Effect.clock
    const latch = yield* Effect.makeLatch()
    // In the order of their deadlines.
    const watched = new Set<Watched>()

    const expireNext = Effect.gen(function* () {
      yield* latch.await
      const [next] = watched
      if (next === undefined) return yield* latch.close
      yield* Effect.sleep(Math.max(0, next.deadline - clock.unsafeCurrentTimeMillis()))
      if (!watched.delete(next)) return
      next.expired = true
      yield* Fiber.interruptFork(next.fiber)
    })
    yield* Effect.forkScoped(Effect.forever(expireNext))

    return <A, E, R, E2>(effect: Effect.Effect<A, E, R>, onTimeout: () => E2) =>
      // Interruptible also in a finalizer, which must not wait for LINE without end.
      Effect.flatMap(Effect.fork(Effect.interruptible(effect)), (fiber) => {
        const entry: Watched = { fiber, deadline: clock.unsafeCurrentTimeMillis() + milliseconds, expired: false }
        watched.add(entry)
        if (watched.size === 1) latch.unsafeOpen()
        return Fiber.await(fiber).pipe(
          Effect.onInterrupt(() =>
            Effect.zipRight(
              Effect.sync(() => watched.delete(entry)),
              Fiber.interrupt(fiber)
            )
          ),
          Effect.flatMap((exit): Exit.Exit<A, E | E2> => {
            watched.delete(entry)
            return entry.expired && Exit.isInterrupted(exit) ? Exit.fail(onTimeout()) : exit
          })
        )
      })
  })
