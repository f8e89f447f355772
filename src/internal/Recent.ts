/**
 * Ids that are remembered for a time, and of these the latest so many. Each step takes the same time however many there
 * are, but for the few that double the room.
 */
import * as Duration from "effect/Duration"
import * as Hash from "effect/Hash"

/** How much is remembered, unless a program says another. */
export const standard = { capacity: 100_000, timeToLive: "1 day" } as const

/** Bounds of what is remembered, those of {@link standard} unless they are set. */
export interface Bounds {
  readonly capacity?: number | undefined
  readonly timeToLive?: Duration.DurationInput | undefined
}

/** What is remembered; `now` and all times are in milliseconds. */
export interface Recent {
  readonly has: (id: string, now: number) => boolean
  /** Remembers an id from now on; one that is remembered keeps its time. */
  readonly add: (id: string, now: number) => void
  /** What is remembered and since when, the oldest first. */
  readonly entries: (now: number) => ReadonlyArray<readonly [id: string, since: number]>
}

/**
 * An empty memory. Ids are numbered as they come and stand in a ring, from the oldest on; those whose hashes have the same
 * last bits are a chain, the latest first. What has a lower number than the oldest is forgotten, and its place waits for one
 * that comes later. With a Map, this takes three times as long, most of it to find what is to be deleted.
 */
export const make = ({ capacity = standard.capacity, timeToLive = standard.timeToLive }: Bounds = {}): Recent => {
  const milliseconds = Duration.toMillis(timeToLive)
  let oldest = 1
  let next = 1
  // The size is a power of two, so that the last bits of a number are its place; at first, there is no room.
  let mask = -1
  let ids: Array<string> = []
  let hashes = new Int32Array()
  let times = new Float64Array()
  /** The number of the next id in the chain of each. */
  let earlier = new Float64Array()
  /** The number of the first id of each chain. */
  let latest = new Float64Array()

  /** Of all that is remembered, the oldest first. */
  const places = () => Array.from({ length: next - oldest }, (_, index) => (oldest + index) & mask)

  const grow = (): void => {
    const [all, oldIds, oldHashes, oldTimes] = [places(), ids, hashes, times]
    const size = Math.max(1024, 2 * (mask + 1))
    mask = size - 1
    ids = []
    hashes = new Int32Array(size)
    times = new Float64Array(size)
    earlier = new Float64Array(size)
    latest = new Float64Array(size)
    // From the first place on: an array that is filled elsewhere first has holes, and is slow.
    oldest = size
    next = size
    for (const place of all) put(oldIds[place] ?? "", oldHashes[place] ?? 0, oldTimes[place] ?? 0)
  }

  const put = (id: string, hash: number, since: number): void => {
    const place = next & mask
    ids[place] = id
    hashes[place] = hash
    times[place] = since
    earlier[place] = latest[hash & mask] ?? 0
    latest[hash & mask] = next++
  }

  const find = (id: string, hash: number): number => {
    let number = latest[hash & mask] ?? 0
    // The hashes lie close together: to look at each id takes longer.
    while (number >= oldest && (hashes[number & mask] !== hash || ids[number & mask] !== id))
      number = earlier[number & mask] ?? 0
    return number
  }

  const isCurrent = (number: number, now: number): boolean =>
    number >= oldest && (times[number & mask] ?? 0) + milliseconds > now

  const forget = (now: number): void => {
    while (oldest < next && (next - oldest > capacity || !isCurrent(oldest, now))) oldest++
  }

  return {
    has: (id, now) => isCurrent(find(id, Hash.string(id)), now),
    add: (id, now) => {
      const hash = Hash.string(id)
      forget(now)
      if (find(id, hash) >= oldest) return
      if (next - oldest > mask) grow()
      put(id, hash, now)
      forget(now)
    },
    entries: (now) => {
      forget(now)
      return places().map((place) => [ids[place] ?? "", times[place] ?? 0])
    }
  }
}
