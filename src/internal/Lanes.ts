/**
 * Work in lanes: the items of one lane are worked on one after the other, in the order in which they came; those of
 * different lanes at the same time, up to a limit. Lanes take turns, so that a busy one does not hold up the others.
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"

export interface Lanes<A> {
  /** Puts an item at the end of its lane. Its work begins in a later turn of the event loop. */
  readonly offer: (lane: string, item: A) => void
  /** The number of items that wait or are at work. */
  readonly size: () => number
  /** Waits until there are fewer than a number. */
  readonly awaitBelow: (number: number) => Effect.Effect<void>
  /** Begins no further work, and answers the items that waited for it. */
  readonly stop: Effect.Effect<ReadonlyArray<A>>
}

/**
 * Lanes whose items are given to `work`, which sees to its own failures. What is at work when the scope closes is
 * interrupted.
 */
export const make = <A, R>(options: {
  readonly concurrency: number
  readonly work: (item: A) => Effect.Effect<void, never, R>
}): Effect.Effect<Lanes<A>, never, R | Scope.Scope> =>
  Effect.gen(function* () {
    const fork = Runtime.runFork(yield* Effect.runtime<R>())
    // Not a FiberSet, which costs a tenth of an event: who is at work is known here anyway.
    const fibers = new Set<Fiber.RuntimeFiber<void>>()
    yield* Effect.addFinalizer(() => {
      stopped = true
      return Fiber.interruptAll(fibers)
    })
    // A lane is here as long as it has work: what waits in it, without the item that is being worked on.
    const lanes = new Map<string, Array<A>>()
    // The lanes that wait for their turn, in its order.
    const ready = new Set<string>()
    const waits = new Set<() => void>()
    let working = 0
    let size = 0
    let scheduled = false
    let stopped = false

    const start = () => {
      scheduled = false
      for (const lane of ready) {
        if (stopped || working >= options.concurrency) return
        ready.delete(lane)
        const waiting = lanes.get(lane)
        const item = waiting?.shift()
        if (item === undefined) continue
        working++
        const fiber = fork(options.work(item))
        fibers.add(fiber)
        fiber.addObserver(() => {
          fibers.delete(fiber)
          end(lane)
        })
      }
    }

    // In a later turn, and one for all that come in this one: work that only computes must not hold up the answer.
    const schedule = () => {
      if (scheduled) return
      scheduled = true
      setTimeout(start, 0)
    }

    const end = (lane: string) => {
      working--
      size--
      if (lanes.get(lane)?.length === 0) lanes.delete(lane)
      else ready.add(lane)
      start()
      for (const look of waits) look()
    }

    return {
      offer: (lane, item) => {
        size++
        const waiting = lanes.get(lane)
        if (waiting === undefined) {
          lanes.set(lane, [item])
          ready.add(lane)
        } else waiting.push(item)
        schedule()
      },
      size: () => size,
      awaitBelow: (number) =>
        Effect.async<void>((resume) => {
          const look = () => {
            if (size < number && waits.delete(look)) resume(Effect.void)
          }
          waits.add(look)
          look()
          return Effect.sync(() => waits.delete(look))
        }),
      stop: Effect.sync(() => {
        stopped = true
        return [...lanes.values()].flat()
      })
    }
  })
