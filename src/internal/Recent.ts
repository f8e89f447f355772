/** What is remembered for a time, and no more of it than there is room for: the oldest goes first. */
export interface Recent {
  readonly has: (id: string, now: number) => boolean
  readonly add: (id: string, now: number) => void
}

/** Ids that are remembered for so many milliseconds, and at most so many of them. */
export const make = (capacity: number, timeToLive: number): Recent => {
  const times = new Map<string, number>()
  // One iterator for all: a new one passes over what was deleted before it comes to the oldest, which costs more than all else.
  let ids = times.keys()
  let oldest: string | undefined

  const findOldest = (): string | undefined => {
    if (oldest !== undefined) return oldest
    let next = ids.next()
    if (next.done === true) {
      ids = times.keys()
      next = ids.next()
    }
    return (oldest = next.done === true ? undefined : next.value)
  }

  const forget = (now: number) => {
    for (let id = findOldest(); id !== undefined; id = findOldest()) {
      if (times.size <= capacity && now - (times.get(id) ?? 0) < timeToLive) return
      times.delete(id)
      oldest = undefined
    }
  }

  return {
    has: (id, now) => {
      const at = times.get(id)
      return at !== undefined && now - at < timeToLive
    },
    add: (id, now) => {
      times.set(id, now)
      forget(now)
    }
  }
}
