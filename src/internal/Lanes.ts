/**
 * Work in lanes: the items of one lane are worked on one after the other, in the order in which they came; those of
 * different lanes at the same time, up to a limit. Lanes take turns, so that a busy one does not hold up the others.
 */
import * as Effect from "effect/Effect"
import * as MutableList from "effect/MutableList"

export interface Lanes<A> {
  /** Puts an item at the end of its lane. Its work begins in a later turn of the event loop. */
  readonly offer: (item: A) => void
  /** An item that was worked on is done with. */
  readonly end: (item: A) => void
  /** The number of items that wait or are at work. */
  readonly size: () => number
  /** Waits until there are fewer than a number. */
  readonly awaitBelow: (number: number) => Effect.Effect<void>
  /** Begins no further work, and answers the items that waited for it. */
  readonly stop: Effect.Effect<ReadonlyArray<A>>
}

/** Lanes whose items are given to `work`, after which `end` is to be called for each, be it at once. */
export const make = <A extends { readonly lane: string }>(options: {
  readonly concurrency: number
  readonly work: (item: A) => void
}): Lanes<A> => {
  // A lane is here as long as it has work: what waits behind the one of its items that is ready or being worked on.
  const lanes = new Map<string, MutableList.MutableList<A> | undefined>()
  // The first items of the lanes that wait for their turn, in its order.
  const ready = MutableList.empty<A>()
  const waits = new Set<() => void>()
  let working = 0
  let size = 0
  let scheduled = false
  let starting = false
  let stopped = false

  const mayBegin = () => !stopped && working < options.concurrency

  const start = () => {
    scheduled = false
    // What ends at once gives its lane the next turn in this loop, and does not begin another one within it.
    if (starting) return
    starting = true
    while (mayBegin()) {
      const item = MutableList.shift(ready)
      if (item === undefined) break
      working++
      options.work(item)
    }
    starting = false
  }

  return {
    offer: (item) => {
      size++
      if (lanes.has(item.lane)) {
        lanes.set(item.lane, MutableList.append(lanes.get(item.lane) ?? MutableList.empty(), item))
        return
      }
      lanes.set(item.lane, undefined)
      MutableList.append(ready, item)
      // In a later turn, and once for all that come in this one: work that only computes must not hold up the answer.
      if (!scheduled) setTimeout(start, 0)
      scheduled = true
    },
    end: ({ lane }) => {
      working--
      size--
      const waiting = lanes.get(lane)
      const next = waiting === undefined ? undefined : MutableList.shift(waiting)
      if (next === undefined) lanes.delete(lane)
      else MutableList.append(ready, next)
      start()
      for (const look of waits) look()
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
      return [...ready, ...[...lanes.values()].flatMap((waiting) => [...(waiting ?? [])])]
    })
  }
}
