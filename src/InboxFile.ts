/**
 * An inbox in a file, for a server that is one process: no database is needed. For Node, and for Bun and Deno, which have
 * `node:fs`.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as fs from "node:fs"
import * as Inbox from "./Inbox.js"
import * as Entry from "./internal/Entry.js"
import * as Log from "./internal/Log.js"
import * as OwnFile from "./internal/OwnFile.js"
import * as Recent from "./internal/Recent.js"
import * as SentEvent from "./internal/SentEvent.js"
import * as StoreError from "./StoreError.js"

/**
 * How long the ids of events that were handled are remembered: at most this long, a day unless set, and at most so many,
 * 100,000 unless set.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly timeToLive?: Duration.DurationInput | undefined
  readonly capacity?: number | undefined
}

/** A line of the file. */
type Line =
  | { readonly _tag: "Stored"; readonly entry: Omit<Inbox.Entry, "event"> & { readonly event: unknown } }
  | { readonly _tag: "Begun"; readonly id: string }
  | { readonly _tag: "Completed"; readonly id: string; readonly at: number }

/**
 * Opens the inbox of a file, which is made if there is none. No other process may have it open until the scope closes.
 *
 * `store` ends when the events are on the disk; those that are stored at the same time share one `fsync`. What `begin` and
 * `complete` write survives the process at once, and the machine with the next `fsync`. The file begins anew when it has
 * grown enough, with what is in it still. After a disk that is full, it goes on as soon as there is room.
 *
 * - The file `<file>.lock` says whose it is. It is taken over at once from a process that was killed, and from one of another host
 *   or container when that has given no sign of life for 15 seconds. A process that finds it taken over, as after a pause, stores
 *   and begins nothing any more: start it again.
 *
 * Fails with `StoreError` if the file cannot be used, as when another process has it open.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  file: string,
  options: Options = {}
): Effect.Effect<Inbox.Service, StoreError.StoreError, Scope.Scope> =>
  Effect.gen(function* () {
    const timeToLive = Duration.toMillis(options.timeToLive ?? Recent.standard.timeToLive)
    const capacity = options.capacity ?? Recent.standard.capacity
    const failed = (cause: unknown) => new StoreError.StoreError({ store: `the inbox ${file}`, cause })
    const lock = yield* Effect.mapError(OwnFile.lock(file), failed)
    const now = yield* Clock.currentTimeMillis
    const content = yield* Effect.try({ try: () => read(file, Recent.make(capacity, timeToLive)), catch: failed })
    const log = yield* Effect.acquireRelease(
      Effect.try({ try: () => open(file, lock, () => pictureOf(content, now)), catch: failed }),
      (log) => Effect.sync(log.close)
    )
    const left = makeLeft(content.undone.values())

    // In one step: the file may begin anew with what is known at any write, and must not do so without what it was given.
    const keep = (lines: ReadonlyArray<Line>, change: () => void) =>
      Effect.try({
        try: () => {
          log.write(lines)
          change()
        },
        catch: failed
      })

    // What happened has happened, also if it cannot be written now: the file is written whole as soon as it can be. In a file
    // that is another process's now, nothing happens any more.
    const note = (line: Line, change: () => void) =>
      Effect.catchAll(keep([line], change), (error) => {
        if (lock.isLost()) return Effect.fail(error)
        change()
        log.makeOverdue()
        return Log.error("what an event has come to is noted later", error)
      })

    const store: Inbox.Service["store"] = (deliveries) =>
      Effect.gen(function* () {
        const receivedAt = yield* Clock.currentTimeMillis
        const fresh = new Map<string, Inbox.Entry>()
        for (const entry of Entry.fromDeliveries(deliveries, receivedAt)) {
          const { id } = entry
          if (!content.undone.has(id) && !content.completed.has(id, receivedAt)) fresh.set(id, fresh.get(id) ?? entry)
        }
        const entries = [...fresh.values()]
        yield* keep(entries.map(storedLine), () => {
          for (const entry of entries) content.undone.set(entry.id, entry)
        })
        // Also for duplicates alone: what they repeat may not be on the disk yet.
        yield* Effect.mapError(log.sync, failed)
        return entries.filter((entry) => !left.takes(entry))
      })

    return {
      store,
      pending: left.entries,
      begin: ({ id }) => note({ _tag: "Begun", id }, () => beginIn(content, id)),
      complete: ({ id }) =>
        Effect.flatMap(Clock.currentTimeMillis, (at) =>
          note({ _tag: "Completed", id, at }, () => completeIn(content, id, at))
        )
    }
  })

/**
 * An inbox in a file.
 *
 * @example
 * ```ts
 * import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 * import * as Inbox from "line-effect/Inbox"
 * import * as InboxFile from "line-effect/InboxFile"
 * import * as LineClient from "line-effect/LineClient"
 * import * as NodeHttp from "line-effect/NodeHttp"
 * import * as Webhook from "line-effect/Webhook"
 *
 * const { listener } = NodeHttp.toListener(
 *   Effect.map(Inbox.Inbox, (inbox) => ({
 *     channelSecret: Redacted.make("…"),
 *     inbox,
 *     handlers: Webhook.handlers({ follow: () => Effect.log("a new friend") })
 *   })),
 *   Layer.merge(
 *     InboxFile.layer("inbox.ndjson"),
 *     LineClient.layer({ channelAccessToken: Redacted.make("…") }).pipe(Layer.provide(NodeHttpClient.layerUndici))
 *   )
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (file: string, options?: Options): Layer.Layer<Inbox.Inbox, StoreError.StoreError> =>
  Layer.scoped(Inbox.Inbox, make(file, options))

/** What an earlier process left, until the server has it. */
interface Left {
  readonly entries: Stream.Stream<Inbox.Entry>
  /** Takes an entry of a chat of which there are some, to come after these. */
  readonly takes: (entry: Inbox.Entry) => boolean
}

const makeLeft = (entries: Iterable<Inbox.Entry>): Left => {
  const waiting = new Set(entries)
  const counts = new Map<string, number>()
  const count = (entry: Inbox.Entry, change: number) => {
    const lane = Entry.lane(entry)
    const waiting = (counts.get(lane) ?? 0) + change
    if (waiting === 0) counts.delete(lane)
    else counts.set(lane, waiting)
  }
  for (const entry of waiting) count(entry, 1)
  let given: Inbox.Entry | undefined
  return {
    // One by one: whoever asks for the next has put the last one where it belongs.
    entries: Stream.repeatEffectOption(
      Effect.suspend(() => {
        if (given !== undefined) count(given, -1)
        ;[given] = waiting
        if (given === undefined) return Effect.fail(Option.none())
        waiting.delete(given)
        return Effect.succeed(given)
      })
    ),
    takes: (entry) => {
      if (!counts.has(Entry.lane(entry))) return false
      waiting.add(entry)
      count(entry, 1)
      return true
    }
  }
}

/** What is in a file: the events whose handling has not ended, and when that of others did; both oldest first. */
interface Content {
  readonly undone: Map<string, Inbox.Entry>
  readonly completed: Recent.Recent
}

const beginIn = ({ undone }: Content, id: string): void => {
  const entry = undone.get(id)
  if (entry !== undefined) undone.set(id, { ...entry, attempts: entry.attempts + 1 })
}

const completeIn = ({ completed, undone }: Content, id: string, at: number): void => {
  undone.delete(id)
  completed.add(id, at)
}

const storedLine = (entry: Inbox.Entry): Line => ({
  _tag: "Stored",
  entry: { ...entry, event: SentEvent.encode(entry.event) }
})

const pictureOf = ({ completed, undone }: Content, now: number): ReadonlyArray<Line> => [
  ...Array.from(completed.entries(now), ([id, at]): Line => ({ _tag: "Completed", id, at })),
  ...Array.from(undone.values(), storedLine)
]

const read = (file: string, completed: Recent.Recent): Content => {
  const content: Content = { undone: new Map(), completed }
  const lines = fs.existsSync(file) ? fs.readFileSync(file, "utf8").split("\n") : []
  // A last line without its end was cut off by a kill, before anybody was told that it is kept.
  lines.pop()
  for (const [index, text] of lines.entries()) {
    const line = parse(text)
    if (line === undefined) throw new Error(`line ${index + 1} is not one of an inbox: it is another file, or damaged`)
    replayLine(content, line)
  }
  return content
}

const parse = (text: string): Line | undefined => {
  try {
    const line: unknown = JSON.parse(text)
    // Nothing but an inbox writes such lines, and no other process has the file.
    return typeof line === "object" && line !== null && "_tag" in line ? (line as Line) : undefined
  } catch {
    return undefined
  }
}

const replayLine = (content: Content, line: Line): void => {
  switch (line._tag) {
    case "Stored":
      content.undone.set(line.entry.id, { ...line.entry, event: SentEvent.decode(line.entry.event) })
      return
    case "Begun":
      return beginIn(content, line.id)
    case "Completed":
      return completeIn(content, line.id, line.at)
  }
}

// A file that begins anew too often would do nothing else.
const smallestGrowth = 4 * 1024 * 1024

/** The file, open for more lines. It begins with a picture of its content, and begins anew with one when it has grown. */
const open = (file: string, lock: OwnFile.Lock, picture: () => ReadonlyArray<Line>) => {
  let descriptor: number | undefined
  let size = 0
  let grown = 0
  let broken: unknown
  let overdue = false
  let syncing = false
  const waiting: Array<(error: unknown) => void> = []

  const begin = () => {
    const bytes = Buffer.from(textOf(picture()))
    descriptor = OwnFile.replace(file, bytes)
    size = bytes.length
    grown = 0
  }

  const use = (): number => {
    if (broken !== undefined) throw broken
    if (descriptor === undefined) throw new Error("it is closed")
    lock.assure()
    return descriptor
  }

  /** Only while nothing is being synchronised: the file that is has to stay until then. */
  const beginAnew = () => {
    if (syncing || (!overdue && grown <= Math.max(smallestGrowth, size))) return
    const old = use()
    try {
      begin()
      overdue = false
      fs.closeSync(old)
    } catch {
      // The file that there is goes on; there may be room for a new one later.
      grown = 0
    }
  }

  const synchronise = () => {
    const told = waiting.splice(0)
    if (told.length === 0) return
    const end = (error: unknown) => {
      syncing = false
      // What the disk has is unknown from now on: it is read again at the next start.
      if (error !== null) broken = new Error(`${String(error)}; start the process again`)
      for (const tell of told) tell(error)
      synchronise()
    }
    syncing = true
    try {
      fs.fsync(use(), end)
    } catch (error) {
      end(error)
    }
  }

  begin()
  return {
    write: (lines: ReadonlyArray<Line>): void => {
      if (lines.length === 0) return
      beginAnew()
      const at = use()
      const end = size + grown
      const bytes = Buffer.from(textOf(lines))
      try {
        OwnFile.write(at, bytes)
      } catch (error) {
        try {
          // A part of it may be in the file, to which the next line must not be joined.
          fs.ftruncateSync(at, end)
        } catch {
          broken = error
        }
        throw error
      }
      grown += bytes.length
    },
    /** The file lacks something that is known: it begins anew with the next write. */
    makeOverdue: (): void => {
      overdue = true
    },
    /** Waits until all that was written is on the disk. */
    sync: Effect.async<void, unknown>((resume) => {
      waiting.push((error) => resume(error === null ? Effect.void : Effect.fail(error)))
      if (!syncing) synchronise()
    }),
    close: () => {
      if (descriptor !== undefined) fs.closeSync(descriptor)
      descriptor = undefined
    }
  }
}

const textOf = (lines: ReadonlyArray<Line>): string => lines.map((line) => `${JSON.stringify(line)}\n`).join("")
