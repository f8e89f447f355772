/**
 * Work in lanes: the items of one lane are worked on one after the other, in the order in which they came; those of
 * different lanes at the same time, up to a limit. Lanes take turns, so that a busy one does not hold up the others.
 */
import * as Effect from "effect/Effect"

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

/** Lanes whose items are given to `work`, which calls `end` when an item is done with, be it at once. */
export const make = <A>(options: {
  readonly concurrency: number
  readonly work: (item: A, end: () => void) => void
}): Lanes<A> => {
  // A lane is here as long as it has work: what waits in it, without the item that is being worked on.
  const lanes = new Map<string, Lane<A>>()
  // The lanes that wait for their turn, in its order.
  const ready = new Set<string>()
  const waits = new Set<() => void>()
  let working = 0
  let size = 0
  let scheduled = false
  let starting = false
  let stopped = false

  const start = () => {
    scheduled = false
    // What ends at once gives its lane the next turn in this loop, and does not begin another one within it.
    if (starting) return
    starting = true
    for (const lane of ready) {
      if (stopped || working >= options.concurrency) break
      ready.delete(lane)
      const first = lanes.get(lane)?.take()
      if (first === undefined) continue
      working++
      options.work(first.item, () => end(lane))
    }
    starting = false
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
    if (lanes.get(lane)?.isEmpty() === true) lanes.delete(lane)
    else ready.add(lane)
    start()
    for (const look of waits) look()
  }

  return {
    offer: (lane, item) => {
      size++
      const waiting = lanes.get(lane)
      if (waiting === undefined) {
        lanes.set(lane, makeLane(item))
        ready.add(lane)
      } else waiting.add(item)
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
      return [...lanes.values()].flatMap((lane) => [...lane.items()])
    })
  }
}

interface Waiting<A> {
  readonly item: A
  next: Waiting<A> | undefined
}

/** What waits in a lane. */
interface Lane<A> {
  readonly isEmpty: () => boolean
  readonly add: (item: A) => void
  readonly take: () => Waiting<A> | undefined
  readonly items: () => Iterable<A>
}

// Linked: an array moves all that it has with each item that is taken from its front.
const makeLane = <A>(item: A): Lane<A> => {
  let first: Waiting<A> | undefined = { item, next: undefined }
  let last = first
  return {
    isEmpty: () => first === undefined,
    add: (item) => {
      const added = { item, next: undefined }
      if (first === undefined) first = added
      else last.next = added
      last = added
    },
    take: () => {
      const taken = first
      first = taken?.next
      return taken
    },
    items: function* () {
      for (let waiting = first; waiting !== undefined; waiting = waiting.next) yield waiting.item
    }
  }
}
