/**
 * An inbox in a file, for a server that is one process: no database is needed. For Node, and for Bun and Deno, which have
 * `node:fs`.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as fs from "node:fs"
import * as Inbox from "./Inbox.js"
import * as Entry from "./internal/Entry.js"
import * as FileLock from "./internal/FileLock.js"
import * as Log from "./internal/Log.js"
import * as OwnFile from "./internal/OwnFile.js"
import * as Recent from "./internal/Recent.js"
import * as SentEvent from "./internal/SentEvent.js"
import * as Metrics from "./Metrics.js"
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
 * `store` ends when the events are on the disk, and is not interrupted before; those that are stored at the same time share one
 * `fsync`. What `begin` and `complete` write survives the process at once, and the machine with the next `fsync`. The file begins
 * anew when it has grown enough, with what is in it still.
 *
 * - After a disk that is full, it goes on as soon as there is room. Until then `store` fails, and what `begin` and `complete` say is
 *   in memory, and is written with what comes next or when the scope closes: if it cannot be, the next process does not know it.
 * - When an `fsync` fails, all that is known is written to a new file, and `store` ends when that is on the disk. If it cannot be,
 *   `store` fails, and what it refused is new when it comes again.
 * - A file of which lines cannot be read, as a loss of power may leave it, is copied to `<file>.damaged-<time>` and goes on with
 *   the others; an error is logged. A file that does not begin as an inbox does is left as it is.
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
    const failed = (cause: unknown) => new StoreError.StoreError({ store: `the inbox ${file}`, cause })
    const lock = yield* Effect.mapError(FileLock.make(file), failed)
    const clock = yield* Effect.clock
    const content = yield* Effect.mapError(load(file, Recent.make(options)), failed)
    const log = yield* Effect.acquireRelease(
      Effect.try({
        try: () => open(file, lock, () => pictureOf(content, clock.unsafeCurrentTimeMillis())),
        catch: failed
      }),
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
        // What is refused is no duplicate when it comes again.
        const refuse = () => {
          for (const { id } of entries) content.undone.delete(id)
        }
        // Also for duplicates alone: what they repeat may not be on the disk yet.
        yield* Effect.mapError(log.sync(refuse), failed)
        yield* Metric.incrementBy(Metrics.webhookDuplicates, deliveries.length - entries.length)
        return entries.filter((entry) => !left.takes(entry))
        // What is known already would be nobody's.
      }).pipe(Effect.uninterruptible)

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
  ...completed.entries(now).map(([id, at]): Line => ({ _tag: "Completed", id, at })),
  ...Array.from(undone.values(), storedLine)
]

/** What a file has. If it is damaged, a copy of it is set aside. */
const load = (file: string, completed: Recent.Recent): Effect.Effect<Content, unknown> =>
  Effect.gen(function* () {
    const { bytes, content, damaged } = yield* attempt(() => read(file, completed))
    if (damaged.length === 0) return content
    const copy = `${file}.damaged-${yield* Clock.currentTimeMillis}`
    yield* attempt(() => fs.closeSync(OwnFile.replace(copy, bytes)))
    const which = `${damaged.length} of its lines cannot be read, line ${damaged[0]} first`
    yield* Effect.logError(`the inbox ${file} is damaged: ${which}; it goes on without them, and was copied to ${copy}`)
    return content
  })

const attempt = <A>(run: () => A): Effect.Effect<A, unknown> => Effect.try({ try: run, catch: (error) => error })

/** What a file has, and the numbers of its lines that cannot be read. */
const read = (file: string, completed: Recent.Recent) => {
  const content: Content = { undone: new Map(), completed }
  const bytes = fs.existsSync(file) ? fs.readFileSync(file) : Buffer.alloc(0)
  const text = bytes.toString()
  if (!isInbox(text)) throw new Error("line 1 is not one of an inbox: it is another file")
  const lines = text.split("\n")
  // A last line without its end was cut off by a kill, before anybody was told that it is kept.
  lines.pop()
  const damaged = lines.flatMap((line, index) => (replay(content, line) ? [] : [index + 1]))
  return { bytes, content, damaged }
}

const opening = '{"_tag":"'

// A loss of power leaves zeros where something was being written, and a kill a part of it.
const isInbox = (text: string): boolean => text.startsWith("\0") || opening.startsWith(text.slice(0, opening.length))

/** Whether it is a line of an inbox, whose content then has it. */
const replay = (content: Content, text: string): boolean => {
  try {
    // Nothing but an inbox writes such lines: what else has come into the file is no JSON, or none of these.
    const line = JSON.parse(text) as Line
    switch (line._tag) {
      case "Stored":
        content.undone.set(line.entry.id, { ...line.entry, event: SentEvent.decode(line.entry.event) })
        return true
      case "Begun":
        beginIn(content, line.id)
        return true
      case "Completed":
        completeIn(content, line.id, line.at)
        return true
      default:
        return false
    }
  } catch {
    return false
  }
}

// A file that begins anew too often would do nothing else.
const smallestGrowth = 4 * 1024 * 1024

/** Somebody who waits until what was written is on the disk. */
interface Waiting {
  readonly refuse: () => void
  readonly resume: (told: Effect.Effect<void, unknown>) => void
}

/** The file, open for more lines. It begins with a picture of its content, and begins anew with one when it has grown. */
const open = (file: string, lock: FileLock.FileLock, picture: () => ReadonlyArray<Line>) => {
  let descriptor: number | undefined
  // Together they are its length.
  let size = 0
  let grown = 0
  /** Why it is not known what the file has: nothing is written to it any more, but to a new one. */
  let broken: unknown
  let overdue = false
  let syncing = false
  const waiting: Array<Waiting> = []

  const begin = () => {
    const bytes = Buffer.from(textOf(picture()))
    descriptor = OwnFile.replace(file, bytes)
    size = bytes.length
    grown = 0
    broken = undefined
    overdue = false
  }

  const use = (): number => {
    if (descriptor === undefined) throw new Error("it is closed")
    lock.assure()
    return descriptor
  }

  const beginAnew = () => {
    const old = use()
    begin()
    // It is no more: what closing it meets is of no matter.
    fs.close(old, () => {})
  }

  /** Only while nothing is being synchronised: the file that is has to stay until then. */
  const beginAnewIfNeeded = () => {
    if (broken !== undefined) {
      if (syncing) throw broken
      return beginAnew()
    }
    if (syncing || (!overdue && grown <= Math.max(smallestGrowth, size))) return
    try {
      beginAnew()
    } catch {
      // The file that there is goes on; there may be room for a new one when it has grown as much again.
      size += grown
      grown = 0
    }
  }

  const synchronise = () => {
    const [first, ...others] = waiting.splice(0)
    if (first === undefined) return
    const kept = (told: Effect.Effect<void>) => {
      syncing = false
      first.resume(told)
      for (const { resume } of others) resume(Effect.void)
      synchronise()
    }
    const refuseAll = (error: unknown) => {
      syncing = false
      // Those who came meanwhile too: they may repeat what is refused now.
      for (const { refuse, resume } of [first, ...others, ...waiting.splice(0)]) {
        refuse()
        resume(Effect.fail(error))
      }
    }
    // All that is known is in a new file then, and that on the disk.
    const recover = (error: unknown) => {
      broken = error
      try {
        beginAnew()
      } catch (error) {
        return refuseAll(error)
      }
      kept(Log.warning(`the inbox ${file} was written anew, as it could not be told what is in it`, error))
    }
    syncing = true
    if (broken !== undefined) return recover(broken)
    try {
      fs.fsync(use(), (error) => (error === null ? kept(Effect.void) : recover(error)))
    } catch (error) {
      refuseAll(error)
    }
  }

  begin()
  return {
    write: (lines: ReadonlyArray<Line>): void => {
      if (lines.length === 0) return
      beginAnewIfNeeded()
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
    /** Waits until all that was written is on the disk. If that cannot be, it is refused before anybody comes again. */
    sync: (refuse: () => void): Effect.Effect<void, unknown> =>
      Effect.async((resume) => {
        waiting.push({ refuse, resume })
        if (!syncing) synchronise()
      }),
    close: () => {
      try {
        // What is known and not in the file yet would happen again in the next process.
        if (overdue || broken !== undefined) beginAnewIfNeeded()
      } catch {
        // There is no room still, or it is another process's.
      }
      if (descriptor !== undefined) fs.closeSync(descriptor)
      descriptor = undefined
    }
  }
}

const textOf = (lines: ReadonlyArray<Line>): string => lines.map((line) => `${JSON.stringify(line)}\n`).join("")
