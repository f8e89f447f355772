/**
 * Work that many fibers wait for and that is done once: in a fiber of its own, which lives in a scope and does not end
 * when a fiber that waits for it does.
 */
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"

/** Work that is in hand at most once. */
export interface Shared<A, E> {
  /** Waits for the work in hand, or for new work if there is none. */
  readonly result: Effect.Effect<A, E>
  /** Begins the work unless it is in hand, and waits for nothing. */
  readonly begin: Effect.Effect<void>
}

/** Shares work, which runs as in the region that calls this, and until the scope closes. */
export const make = <A, E>(work: Effect.Effect<A, E>): Effect.Effect<Shared<A, E>, never, Scope.Scope> =>
  Effect.map(FiberSet.makeRuntime<never, Exit.Exit<A, E>, never>(), (run) => {
    let inHand: Fiber.RuntimeFiber<Exit.Exit<A, E>> | undefined
    // In one step, so that no two fibers begin at once.
    const begin = (): Fiber.RuntimeFiber<Exit.Exit<A, E>> => {
      if (inHand !== undefined) return inHand
      // As an exit, because a fiber that fails is logged as a failure that nobody handles.
      const fiber = run(Effect.exit(Effect.interruptible(work)))
      inHand = fiber
      fiber.addObserver(() => (inHand = undefined))
      return fiber
    }
    return {
      result: Effect.suspend(() => Effect.flatten(Effect.flatten(Fiber.await(begin())))),
      begin: Effect.sync(() => void begin())
    }
  })
