/**
 * Ids that are remembered for a time, and of these the latest so many. Each step takes the same time however many there
 * are.
 */

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

interface Node {
  readonly id: string
  readonly since: number
  next: Node | undefined
}

/** An empty memory. */
export const make = (capacity: number, timeToLive: number): Recent => {
  // A Map alone would tell its oldest key only by a walk over all that were deleted before it.
  const nodes = new Map<string, Node>()
  let oldest: Node | undefined
  let latest: Node | undefined
  const forget = (now: number): void => {
    while (oldest !== undefined && (nodes.size > capacity || oldest.since + timeToLive <= now)) {
      nodes.delete(oldest.id)
      oldest = oldest.next
    }
  }
  return {
    has: (id, now) => {
      const node = nodes.get(id)
      return node !== undefined && node.since + timeToLive > now
    },
    add: (id, now) => {
      forget(now)
      if (nodes.has(id)) return
      const node: Node = { id, since: now, next: undefined }
      nodes.set(id, node)
      if (oldest === undefined || latest === undefined) oldest = node
      else latest.next = node
      latest = node
      forget(now)
    },
    entries: function* (now) {
      forget(now)
      for (let node = oldest; node !== undefined; node = node.next) yield [node.id, node.since]
    }
  }
}
