/**
 * Ids that are remembered for a time, and of these the latest so many. Each step takes the same time however many there
 * are.
 */
import * as Hash from "effect/Hash"

/** How much is remembered, unless a program says another. */
export const standard = { capacity: 100_000, timeToLive: "1 day" } as const

/** What is remembered; `now` and all times are in milliseconds. */
export interface Recent {
  readonly has: (id: string, now: number) => boolean
  /** Remembers an id from now on; one that is remembered keeps its time. */
  readonly add: (id: string, now: number) => void
  /** What is remembered and since when, the oldest first. */
  readonly entries: (now: number) => Iterable<readonly [id: string, since: number]>
}

/** So many places, a power of two: an id that has a number is in the place that its last bits say. */
const makeRing = (size: number) => ({
  mask: size - 1,
  ids: new Array<string>(size).fill(""),
  hashes: new Int32Array(size),
  since: new Float64Array(size),
  /** The number of the latest id of each chain, whose hashes have the same last bits. */
  latest: new Float64Array(size),
  /** The number of the id that is next in a chain, an earlier one. */
  earlier: new Float64Array(size)
})

/**
 * An empty memory. Ids have numbers as they come, and nothing is to be done with one that is forgotten: what has a lower
 * number than the oldest is not there. A Map takes three times as long for an event, most of it for what is deleted.
 */
export const make = (capacity: number, timeToLive: number): Recent => {
  let ring = makeRing(1024)
  let oldest = 1
  let next = 1

  const sinceOf = (number: number): number => ring.since[number & ring.mask] ?? 0

  const forget = (now: number): void => {
    while (oldest < next && (next - oldest > capacity || sinceOf(oldest) + timeToLive <= now)) oldest++
  }

  const find = (id: string, hash: number): number | undefined => {
    const { earlier, hashes, ids, latest, mask } = ring
    let number = latest[hash & mask] ?? 0
    while (number >= oldest && (hashes[number & mask] !== hash || ids[number & mask] !== id))
      number = earlier[number & mask] ?? 0
    return number < oldest ? undefined : number
  }

  const put = (number: number, id: string, hash: number, since: number): void => {
    const { earlier, hashes, ids, latest, mask } = ring
    const place = number & mask
    ids[place] = id
    hashes[place] = hash
    ring.since[place] = since
    earlier[place] = latest[hash & mask] ?? 0
    latest[hash & mask] = number
  }

  const grow = (): void => {
    const { hashes, ids, mask, since } = ring
    ring = makeRing(2 * ids.length)
    for (let number = oldest; number < next; number++) {
      const place = number & mask
      put(number, ids[place] ?? "", hashes[place] ?? 0, since[place] ?? 0)
    }
  }

  return {
    has: (id, now) => {
      const number = find(id, Hash.string(id))
      return number !== undefined && sinceOf(number) + timeToLive > now
    },
    add: (id, now) => {
      forget(now)
      const hash = Hash.string(id)
      if (find(id, hash) !== undefined) return
      if (next - oldest > ring.mask) grow()
      put(next++, id, hash, now)
      forget(now)
    },
    entries: function* (now) {
      forget(now)
      for (let number = oldest; number < next; number++) yield [ring.ids[number & ring.mask] ?? "", sinceOf(number)]
    }
  }
}
