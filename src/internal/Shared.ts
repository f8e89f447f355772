/**
 * Work that many fibers wait for and that is done once: in a fiber of its own, which lives in a scope and does not end
 * when a fiber that waits for it does.
 */
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import * as RequestScheduler from "./RequestScheduler.js"

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
    // By the request, where requests cannot wait for each other's work: it may end with the one that began it.
    const server = {}
    const inHand = new WeakMap<object, Fiber.RuntimeFiber<Exit.Exit<A, E>>>()
    // In one step, so that no two fibers begin at once.
    const begin = (caller: Fiber.RuntimeFiber<unknown, unknown>): Fiber.RuntimeFiber<Exit.Exit<A, E>> => {
      const scheduler = RequestScheduler.of(caller)
      const owner = scheduler ?? server
      const begun = inHand.get(owner)
      if (begun !== undefined) return begun
      // As an exit, because a fiber that fails is logged as a failure that nobody handles.
      const fiber = run(Effect.exit(Effect.interruptible(work)), { scheduler })
      inHand.set(owner, fiber)
      fiber.addObserver(() => inHand.delete(owner))
      return fiber
    }
    return {
      result: Effect.withFiberRuntime((caller) => Effect.flatten(Effect.flatten(Fiber.await(begin(caller))))),
      begin: Effect.withFiberRuntime((caller) => Effect.succeed(void begin(caller)))
    }
  })
