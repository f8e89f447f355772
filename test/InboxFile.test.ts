import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import type * as Inbox from "line-effect/Inbox"
import * as InboxFile from "line-effect/InboxFile"
import * as Signature from "line-effect/Signature"
import type * as StoreError from "line-effect/StoreError"
import * as Webhook from "line-effect/Webhook"
import * as WebhookEvent from "line-effect/WebhookEvent"
import { spawnSync } from "node:child_process"
import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"

const json = (id: string, text = "hello") => ({
  type: "message",
  timestamp: 1_700_000_000_000,
  mode: "active",
  webhookEventId: id,
  deliveryContext: { isRedelivery: false },
  source: { type: "user", userId: "U1" },
  message: { type: "text", id: "1", text, quoteToken: "q" }
})

const delivery = (id: string, text?: string): Inbox.Delivery => {
  const { events } = Either.getOrThrow(WebhookEvent.decode({ destination: "Ubot", events: [json(id, text)] }))
  return { destination: "Ubot", event: events[0] ?? assert.fail("no event") }
}

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(join(tmpdir(), "line-effect-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
)

const fileIn = Effect.map(folder, (folder) => join(folder, "inbox.ndjson"))

/** Uses the inbox of a file, and closes it. */
const using = <A, E, R>(
  file: string,
  use: (inbox: Inbox.Service) => Effect.Effect<A, E, R>,
  options?: InboxFile.Options
) => Effect.scoped(Effect.flatMap(InboxFile.make(file, options), use))

const pending = (inbox: Inbox.Service) => Effect.map(Stream.runCollect(inbox.pending), Chunk.toReadonlyArray)

const ids = (entries: ReadonlyArray<Inbox.Entry>) => entries.map(({ id }) => id)

const store = (inbox: Inbox.Service, ...deliveries: ReadonlyArray<Inbox.Delivery>) =>
  Effect.map(inbox.store(deliveries), ids)

const left = (file: string) => Effect.map(using(file, pending), ids)

/** The error of a disk. */
const fault = (code: string) => Object.assign(new Error(code), { code })

/** Puts another in the place of a function of `node:fs`, until what is returned is called or the scope closes. */
const faulty = <K extends "writeSync" | "fsync" | "fsyncSync" | "ftruncateSync" | "openSync" | "statSync">(
  name: K,
  make: (original: (typeof fs)[K]) => (...parameters: ReadonlyArray<never>) => unknown
) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => {
        const original = fs[name]
        const replace = (run: unknown) => {
          Object.assign(fs, { [name]: run })
          syncBuiltinESMExports()
        }
        replace(make(original))
        return () => replace(original)
      }),
      (mend) => Effect.sync(mend)
    ),
    (mend) => Effect.sync(mend)
  )

/** A disk that is full for lines of an inbox: it takes a few bytes more, and no more then. */
const fullDisk = faulty("writeSync", (write) => (descriptor: number, bytes: Buffer, offset: number) => {
  if (!bytes.includes("_tag")) return write(descriptor, bytes, offset)
  if (offset > 0) throw fault("ENOSPC")
  return write(descriptor, bytes, 0, 10)
})

/** One that takes nothing at all. */
const fullerDisk = faulty("writeSync", () => () => {
  throw fault("ENOSPC")
})

const failingSync = faulty(
  "fsync",
  () => (_: number, tell: (error: Error) => void) => setImmediate(() => tell(fault("EIO")))
)

const failingNewFiles = faulty("fsyncSync", () => () => {
  throw fault("EIO")
})

/** Runs with what is logged. */
const logged = <A, E, R>(effect: Effect.Effect<A, E, R>) => {
  const messages: Array<string> = []
  const logger = Logger.make(
    ({ cause, logLevel, message }) => void messages.push(`${logLevel.label} ${String(message)} ${Cause.pretty(cause)}`)
  )
  return Effect.map(
    Effect.provide(effect, Logger.replace(Logger.defaultLogger, logger)),
    (value) => [value, messages] as const
  )
}

const failsWith = (error: StoreError.StoreError, text: string) => {
  assert.strictEqual(error._tag, "LineStoreError")
  assert.include(error.message, text)
}

describe("the lock of an inbox in a file", () => {
  const lockIn = Effect.map(fileIn, (file) => ({ file, lock: `${file}.lock` }))

  /** A lock as a process elsewhere has it, with the number that this one has here. */
  const elsewhere = [process.pid, "another machine", "1", "bot-1", "an id"].join("\n")

  const deadPid = () => spawnSync(process.execPath, ["--version"]).pid

  /** A lock of this place that does not tell when its process started, as where there is no `/proc`. */
  const withoutStart = (file: string, pid: number) =>
    using(file, () =>
      Effect.sync(() => {
        const [, place, , host, id] = fs.readFileSync(`${file}.lock`, "utf8").split("\n")
        return [pid, place, "", host, id].join("\n")
      })
    )

  /** Opens a file while a lock gives a sign of life. */
  const refused = (file: string, lock: string) =>
    Effect.gen(function* () {
      const opening = yield* Effect.fork(Effect.flip(using(file, pending)))
      yield* TestClock.adjust("4 seconds")
      fs.utimesSync(lock, 5, 5)
      yield* TestClock.adjust("1 second")
      return yield* Fiber.join(opening)
    })

  it.scoped("of another container is respected, though it has the process number of this one", () =>
    Effect.gen(function* () {
      const { file, lock } = yield* lockIn
      fs.writeFileSync(lock, elsewhere)
      const opening = yield* Effect.fork(Effect.flip(using(file, pending)))
      yield* TestClock.adjust("4 seconds")
      assert.isNull(opening.unsafePoll())
      fs.utimesSync(lock, 5, 5)
      yield* TestClock.adjust("1 second")
      failsWith(yield* Fiber.join(opening), `another process has it open, ${process.pid} of the host bot-1`)
      assert.strictEqual(fs.readFileSync(lock, "utf8"), elsewhere)
    })
  )

  it.scoped("of a process elsewhere that was killed is taken over when that gave no sign of life for 15 seconds", () =>
    Effect.gen(function* () {
      const { file, lock } = yield* lockIn
      // And one of which a loss of power left a part or nothing, as it cannot be told whose it is.
      for (const text of [elsewhere, String(process.ppid), ""]) {
        fs.writeFileSync(lock, text)
        const opening = yield* Effect.fork(left(file))
        yield* TestClock.adjust("14 seconds")
        assert.isNull(opening.unsafePoll())
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(yield* Fiber.join(opening), [])
        assert.deepStrictEqual(
          fs.readdirSync(join(file, "..")).filter((name) => name.includes("lock")),
          []
        )
      }
    })
  )

  it.scoped("that is released while it is watched is free at once", () =>
    Effect.gen(function* () {
      const { file, lock } = yield* lockIn
      fs.writeFileSync(lock, elsewhere)
      const opening = yield* Effect.fork(left(file))
      yield* TestClock.adjust("2 seconds")
      fs.rmSync(lock)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* Fiber.join(opening), [])
    })
  )

  it.scoped("gives signs of life, which another host sees", () =>
    Effect.gen(function* () {
      const { file, lock } = yield* lockIn
      yield* using(file, () =>
        Effect.gen(function* () {
          yield* TestClock.adjust("1 second")
          const seen = new Set<number>()
          for (let count = 0; count < 3; count++) {
            seen.add(fs.statSync(lock).mtimeMs)
            yield* TestClock.adjust("5 seconds")
          }
          assert.strictEqual(seen.size, 3)
        })
      )
    })
  )

  it.scoped("that is stale is taken over by one process only", () =>
    Effect.gen(function* () {
      const { file, lock } = yield* lockIn
      const theirs = yield* withoutStart(file, process.ppid)
      fs.writeFileSync(lock, yield* withoutStart(file, deadPid()))
      // Another process takes it over just after this one has seen that it is stale.
      const mend = yield* faulty("statSync", (stat) => (path: never, ...rest: ReadonlyArray<never>) => {
        const seen = Reflect.apply(stat, fs, [path, ...rest])
        if (path === lock) fs.writeFileSync(lock, theirs)
        return seen
      })
      failsWith(yield* refused(file, lock), `another process has it open, ${process.ppid}`)
      yield* mend
      assert.strictEqual(fs.readFileSync(lock, "utf8"), theirs)
    })
  )

  it.scoped("is not taken over while another process does so, unless that was killed at it", () =>
    Effect.gen(function* () {
      const { file, lock } = yield* lockIn
      const theirs = yield* withoutStart(file, process.ppid)
      const stale = yield* withoutStart(file, deadPid())
      fs.writeFileSync(lock, stale)
      fs.writeFileSync(`${lock}.takeover`, theirs)
      failsWith(yield* refused(file, `${lock}.takeover`), `another process has it open, ${process.ppid}`)
      assert.strictEqual(fs.readFileSync(lock, "utf8"), stale)
      fs.writeFileSync(`${lock}.takeover`, stale)
      assert.deepStrictEqual(yield* left(file), [])
      assert.deepStrictEqual(fs.readdirSync(join(file, "..")), ["inbox.ndjson"])
    })
  )

  it.scoped.runIf(fs.existsSync("/proc/self/stat"))(
    "of a killed process is taken over at once, also when another process has its number by now",
    () =>
      Effect.gen(function* () {
        const { file, lock } = yield* lockIn
        const own = yield* using(file, () => Effect.sync(() => fs.readFileSync(lock, "utf8").split("\n")))
        const [, place, start, host, id] = own
        fs.writeFileSync(lock, [process.ppid, place, `${start}0`, host, id].join("\n"))
        assert.deepStrictEqual(yield* left(file), [])
        fs.writeFileSync(lock, [deadPid(), place, start, host, id].join("\n"))
        assert.deepStrictEqual(yield* left(file), [])
      })
  )

  it.scoped(
    "whose number may be another process's by now is taken over when it gave no sign of life for 15 seconds",
    () =>
      Effect.gen(function* () {
        const { file, lock } = yield* lockIn
        for (const pid of [process.ppid, process.pid]) {
          fs.writeFileSync(lock, yield* withoutStart(file, pid))
          const opening = yield* Effect.fork(left(file))
          yield* TestClock.adjust("14 seconds")
          assert.isNull(opening.unsafePoll())
          yield* TestClock.adjust("1 second")
          assert.deepStrictEqual(yield* Fiber.join(opening), [])
        }
      })
  )

  it.scoped(
    "whose number alone is known is respected when it gives a sign of life, also that of another copy of this module",
    () =>
      Effect.gen(function* () {
        const { file, lock } = yield* lockIn
        for (const pid of [process.ppid, process.pid]) {
          const theirs = yield* withoutStart(file, pid)
          fs.writeFileSync(lock, theirs)
          const error = yield* refused(file, lock)
          failsWith(
            error,
            pid === process.pid ? "this process has it open already" : `another process has it open, ${process.ppid}`
          )
          assert.notInclude(error.message, "remove")
          assert.strictEqual(fs.readFileSync(lock, "utf8"), theirs)
          fs.rmSync(lock)
        }
      })
  )

  it.scoped("that was taken over, as after a pause, ends the use of the file, and stays the other's", () =>
    Effect.gen(function* () {
      const { file, lock } = yield* lockIn
      const [, messages] = yield* logged(
        using(file, (inbox) =>
          Effect.gen(function* () {
            const [entry] = yield* inbox.store([delivery("a")])
            if (entry === undefined) return assert.fail("not stored")
            fs.writeFileSync(lock, elsewhere)
            const theirs = "another process's"
            fs.writeFileSync(file, theirs)
            yield* TestClock.adjust("5 seconds")
            failsWith(yield* Effect.flip(inbox.store([delivery("b")])), "it was taken over")
            failsWith(yield* Effect.flip(inbox.begin(entry)), "it was taken over")
            failsWith(yield* Effect.flip(inbox.complete(entry)), "it was taken over")
            // Also when that has come and gone.
            fs.rmSync(lock)
            yield* TestClock.adjust("10 seconds")
            failsWith(yield* Effect.flip(inbox.store([delivery("b")])), "it was taken over")
            assert.strictEqual(fs.readFileSync(file, "utf8"), theirs)
            fs.writeFileSync(lock, elsewhere)
          })
        )
      )
      assert.strictEqual(fs.readFileSync(lock, "utf8"), elsewhere)
      assert.strictEqual(messages.filter((message) => message.includes("cannot be used any more")).length, 1)
    })
  )

  it.scoped("that could not be renewed for long is looked at before anything is written", () =>
    Effect.gen(function* () {
      const { file, lock } = yield* lockIn
      yield* using(file, (inbox) =>
        Effect.gen(function* () {
          yield* store(inbox, delivery("a"))
          const mend = yield* faulty("statSync", () => () => {
            throw fault("EIO")
          })
          yield* TestClock.adjust("20 seconds")
          failsWith(yield* Effect.flip(inbox.store([delivery("b")])), "EIO")
          yield* mend
          fs.writeFileSync(lock, elsewhere)
          failsWith(yield* Effect.flip(inbox.store([delivery("b")])), "it was taken over")
        })
      )
    })
  )
})

describe("an inbox on a disk that fails", () => {
  it.scoped("refuses what it cannot write, has nothing of it, and takes it when there is room", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      yield* using(file, (inbox) =>
        Effect.gen(function* () {
          yield* store(inbox, delivery("a"))
          const before = fs.readFileSync(file, "utf8")
          const mend = yield* fullDisk
          failsWith(yield* Effect.flip(inbox.store([delivery("b"), delivery("c")])), "ENOSPC")
          failsWith(yield* Effect.flip(inbox.store([delivery("b")])), "ENOSPC")
          assert.strictEqual(fs.readFileSync(file, "utf8"), before)
          yield* mend
          assert.deepStrictEqual(yield* store(inbox, delivery("b")), ["b"])
          assert.deepStrictEqual(yield* store(inbox, delivery("b")), [])
        })
      )
      assert.deepStrictEqual(yield* left(file), ["a", "b"])
      assert.deepStrictEqual(fs.readdirSync(join(file, "..")), ["inbox.ndjson"])
    })
  )

  it.scoped("leaves no file behind for which there was no room, nor a lock", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      yield* using(file, (inbox) => store(inbox, delivery("a")))
      for (const disk of [fullDisk, fullerDisk]) {
        const mend = yield* disk
        failsWith(yield* Effect.flip(using(file, pending)), "ENOSPC")
        yield* mend
        assert.deepStrictEqual(fs.readdirSync(join(file, "..")), ["inbox.ndjson"])
      }
      assert.deepStrictEqual(yield* left(file), ["a"])
    })
  )

  it.scoped("notes later what it could not write, and handles nothing twice for it", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      yield* using(file, (inbox) =>
        Effect.gen(function* () {
          const [a, b] = yield* inbox.store([delivery("a"), delivery("b")])
          if (a === undefined || b === undefined) return assert.fail("not stored")
          const mend = yield* fullDisk
          yield* inbox.begin(a)
          yield* inbox.complete(a)
          yield* inbox.begin(b)
          yield* mend
          yield* store(inbox, delivery("c"))
        })
      ).pipe(logged)
      const entries = yield* using(file, pending)
      assert.deepStrictEqual(
        entries.map(({ attempts, id }) => [id, attempts]),
        [
          ["b", 1],
          ["c", 0]
        ]
      )
    })
  )

  it.scoped("keeps what it has when it can neither note what happened nor write anything more", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      yield* using(file, (inbox) =>
        Effect.gen(function* () {
          const [other, a] = yield* inbox.store([delivery("other"), delivery("a")])
          if (other === undefined || a === undefined) return assert.fail("not stored")
          const before = fs.readFileSync(file, "utf8")
          const mend = yield* fullDisk
          yield* inbox.begin(a)
          failsWith(yield* Effect.flip(inbox.store([delivery("b")])), "ENOSPC")
          yield* inbox.complete(a)
          failsWith(yield* Effect.flip(inbox.store([delivery("b")])), "ENOSPC")
          assert.strictEqual(fs.readFileSync(file, "utf8"), before)
          yield* mend
          assert.deepStrictEqual(yield* store(inbox, delivery("b")), ["b"])
        })
      ).pipe(logged)
      assert.deepStrictEqual(yield* left(file), ["other", "b"])
    })
  )

  it.scoped("notes it when it is closed, if there is room by then and nothing else was written", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      const scope = yield* Effect.scope
      const handleOnFullDisk = (inbox: Inbox.Service) =>
        Effect.gen(function* () {
          const [a, b] = yield* inbox.store([delivery("a"), delivery("b")])
          if (a === undefined || b === undefined) return assert.fail("not stored")
          const mend = yield* Scope.extend(fullDisk, scope)
          yield* inbox.begin(a)
          yield* inbox.complete(a)
          yield* inbox.begin(b)
          return mend
        })
      yield* using(file, (inbox) => Effect.flatten(handleOnFullDisk(inbox))).pipe(logged)
      const entries = yield* using(file, pending)
      assert.deepStrictEqual(
        entries.map(({ attempts, id }) => [id, attempts]),
        [["b", 1]]
      )
      // It is closed as well if there is none, and has what it had.
      fs.rmSync(file)
      const [mend] = yield* logged(using(file, handleOnFullDisk))
      yield* mend
      assert.deepStrictEqual(yield* left(file), ["a", "b"])
      assert.deepStrictEqual(fs.readdirSync(join(file, "..")), ["inbox.ndjson"])
    })
  )

  it.scoped("leaves a file that was taken over as it is when it is closed, whatever it has to note", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      const theirs = "another process's"
      yield* using(file, (inbox) =>
        Effect.gen(function* () {
          const [a] = yield* inbox.store([delivery("a")])
          if (a === undefined) return assert.fail("not stored")
          const mend = yield* fullDisk
          yield* inbox.complete(a)
          yield* mend
          fs.writeFileSync(`${file}.lock`, theirs)
          fs.writeFileSync(file, theirs)
          yield* TestClock.adjust("5 seconds")
        })
      ).pipe(logged)
      assert.strictEqual(fs.readFileSync(file, "utf8"), theirs)
    })
  )

  it.scoped("writes nothing behind a part of a line that it cannot take back, but all of it to a new file", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      yield* using(file, (inbox) =>
        Effect.gen(function* () {
          yield* store(inbox, delivery("a"))
          const full = yield* fullDisk
          const noTruncate = yield* faulty("ftruncateSync", () => () => {
            throw fault("EIO")
          })
          failsWith(yield* Effect.flip(inbox.store([delivery("b")])), "ENOSPC")
          failsWith(yield* Effect.flip(inbox.store([delivery("b")])), "ENOSPC")
          assert.strictEqual(fs.readFileSync(file, "utf8").split("\n").at(-1)?.length, 10)
          yield* full
          yield* noTruncate
          assert.deepStrictEqual(yield* store(inbox, delivery("b")), ["b"])
          assert.deepStrictEqual(yield* store(inbox, delivery("c")), ["c"])
        })
      )
      const [entries, messages] = yield* logged(left(file))
      assert.deepStrictEqual(entries, ["a", "b", "c"])
      assert.deepStrictEqual(messages, [])
    })
  )

  it.scoped("puts all that is known into a new file when an fsync fails, and goes on", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      const [, messages] = yield* logged(
        using(file, (inbox) =>
          Effect.gen(function* () {
            yield* store(inbox, delivery("a"))
            const before = fs.statSync(file).ino
            const mend = yield* failingSync
            // It is on the disk, as the new file is.
            assert.deepStrictEqual(yield* store(inbox, delivery("b")), ["b"])
            assert.notStrictEqual(fs.statSync(file).ino, before)
            yield* mend
            assert.deepStrictEqual(yield* store(inbox, delivery("b"), delivery("c")), ["c"])
          })
        )
      )
      assert.strictEqual(messages.length, 1)
      assert.include(messages[0], "WARN")
      assert.include(messages[0], "EIO")
      assert.deepStrictEqual(yield* left(file), ["a", "b", "c"])
    })
  )

  it.scoped("refuses what is not on the disk after that, and takes it as new when it comes again, once", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      yield* using(file, (inbox) =>
        Effect.gen(function* () {
          yield* store(inbox, delivery("a"))
          const noSync = yield* failingSync
          const noNewFile = yield* failingNewFiles
          const first = yield* Effect.fork(Effect.flip(inbox.store([delivery("b")])))
          yield* Effect.yieldNow()
          // It comes again before the first answer: who is told that it is a duplicate takes it for kept.
          const again = yield* Effect.fork(Effect.flip(inbox.store([delivery("b")])))
          failsWith(yield* Fiber.join(first), "EIO")
          failsWith(yield* Fiber.join(again), "EIO")
          yield* noSync
          failsWith(yield* Effect.flip(inbox.store([delivery("b")])), "EIO")
          failsWith(yield* Effect.flip(inbox.store([delivery("a")])), "EIO")
          yield* noNewFile
          assert.deepStrictEqual(yield* store(inbox, delivery("a")), [])
          const [entry] = yield* inbox.store([delivery("b")])
          assert.strictEqual(entry?.id, "b")
          assert.deepStrictEqual(yield* store(inbox, delivery("b")), [])
        })
      )
      assert.deepStrictEqual(yield* left(file), ["a", "b"])
    })
  )

  it.scoped("does not let go of what it stores when it is interrupted while the disk is slow", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      yield* using(file, (inbox) =>
        Effect.gen(function* () {
          const synchronised: Array<() => void> = []
          yield* faulty("fsync", () => (_: number, tell: (error: null) => void) => {
            synchronised.push(() => tell(null))
          })
          const storing = yield* Effect.fork(inbox.store([delivery("a")]))
          while (synchronised.length === 0) yield* Effect.yieldNow()
          storing.unsafeInterruptAsFork(FiberId.none)
          yield* Effect.yieldNow()
          assert.isNull(storing.unsafePoll())
          for (const run of synchronised) run()
          yield* Fiber.await(storing)
        })
      )
      assert.deepStrictEqual(yield* left(file), ["a"])
    })
  )

  it.scoped("is kept where a folder cannot be synchronised", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      yield* faulty("openSync", (open) => (path: never, ...rest: ReadonlyArray<never>) => {
        if (path === join(file, "..")) throw fault("EACCES")
        return Reflect.apply(open, fs, [path, ...rest])
      })
      yield* using(file, (inbox) => store(inbox, delivery("a")))
      assert.deepStrictEqual(yield* left(file), ["a"])
    })
  )

  it.live("has a server answer 503, and handle the event once when LINE delivers it again", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      const channelSecret = Redacted.make("secret")
      const handled: Array<string> = []
      const scope = yield* Scope.make()
      const serve = yield* Effect.gen(function* () {
        const inbox = yield* InboxFile.make(file)
        const message = ({ webhookEventId }: WebhookEvent.MessageEvent) =>
          Effect.sync(() => void handled.push(webhookEventId))
        return yield* Webhook.make({ channelSecret, inbox, handlers: Webhook.handlers({ message }) })
      }).pipe(Scope.extend(scope))
      const body = new TextEncoder().encode(JSON.stringify({ destination: "Ubot", events: [json("a")] }))
      const signature = yield* Signature.sign(body, channelSecret)
      const request = { method: "POST", signature, read: () => Effect.succeed(body) } as const
      const mend = yield* fullDisk
      const [refused] = yield* logged(serve(request))
      assert.strictEqual(refused.status, 503)
      yield* mend
      const accepted = yield* serve(request)
      assert.strictEqual(accepted.status, 200)
      yield* accepted.work
      assert.strictEqual((yield* serve(request)).status, 200)
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(handled, ["a"])
      assert.deepStrictEqual(yield* left(file), [])
    }).pipe(Effect.scoped)
  )
})

describe("a damaged inbox", () => {
  const damaged = (file: string) => fs.readdirSync(join(file, "..")).filter((name) => name.includes("damaged"))

  it.scoped("goes on with all that can be read, and is set aside as it was", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      yield* using(file, (inbox) =>
        Effect.gen(function* () {
          const entries = yield* inbox.store(["a", "b", "c", "d"].map((id) => delivery(id)))
          for (const entry of entries.slice(0, 1)) yield* inbox.complete(entry)
        })
      )
      const [a, b, c, d, ...others] = fs.readFileSync(file, "utf8").split("\n")
      const zeros = "\0".repeat(4096)
      const text = [a, `${b?.slice(0, 20)}${zeros}${c?.slice(30)}`, d, `{"_tag":"Elsewhere"}`, "null", ...others]
      const bytes = Buffer.concat([Buffer.from(text.join("\n")), Buffer.from([0xff, 0, 0, 0x0a, 0, 0])])
      fs.writeFileSync(file, bytes)
      yield* TestClock.setTime(1_700_000_000_000)
      const [entries, messages] = yield* logged(left(file))
      assert.deepStrictEqual(entries, ["d"])
      assert.deepStrictEqual(damaged(file), ["inbox.ndjson.damaged-1700000000000"])
      const copy = `${file}.damaged-1700000000000`
      assert.isTrue(fs.readFileSync(copy).equals(bytes))
      assert.strictEqual(messages.length, 1)
      assert.include(messages[0], "ERROR")
      assert.include(messages[0], "4 of its lines cannot be read, line 2 first")
      assert.include(messages[0], copy)
      if (process.platform !== "win32") assert.strictEqual(fs.statSync(copy).mode & 0o777, 0o600)
      // What was handled is a duplicate still, and nothing is damaged any more.
      const [stored, later] = yield* logged(using(file, (inbox) => store(inbox, delivery("a"))))
      assert.deepStrictEqual(stored, [])
      assert.deepStrictEqual(later, [])
      assert.strictEqual(damaged(file).length, 1)
    })
  )

  it.scoped("goes on though its beginning is gone", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      yield* using(file, (inbox) => inbox.store([delivery("a"), delivery("b")]))
      const bytes = fs.readFileSync(file)
      fs.writeFileSync(file, bytes.fill(0, 0, 50))
      const [entries] = yield* logged(left(file))
      assert.deepStrictEqual(entries, ["b"])
      assert.strictEqual(damaged(file).length, 1)
    })
  )

  it.scoped("is not what another file is, with or without an end of its line: that stays as it is", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      for (const text of ["dear diary\n", "dear diary", `{"name":"bot"}`, `{\n  "_tag": "Stored"\n}\n`, "[]\n"]) {
        fs.writeFileSync(file, text)
        failsWith(yield* Effect.flip(using(file, pending)), "line 1")
        assert.strictEqual(fs.readFileSync(file, "utf8"), text)
        assert.deepStrictEqual(damaged(file), [])
      }
    })
  )
})

describe("the ids of handled events", () => {
  it.scoped("are not written again into a new file when their time is over", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      const handle = (inbox: Inbox.Service, id: string) =>
        Effect.flatMap(inbox.store([delivery(id)]), (entries) => Effect.forEach(entries, inbox.complete))
      yield* using(
        file,
        (inbox) =>
          Effect.gen(function* () {
            yield* handle(inbox, "old")
            yield* TestClock.adjust("30 seconds")
            yield* handle(inbox, "new")
            yield* TestClock.adjust("45 seconds")
            const before = fs.statSync(file).ino
            const large = "x".repeat(400_000)
            for (let number = 0; fs.statSync(file).ino === before; number++) {
              yield* inbox.store([delivery(`${number}`, large)])
            }
            const text = fs.readFileSync(file, "utf8")
            assert.include(text, `"id":"new"`)
            assert.notInclude(text, `"id":"old"`)
          }),
        { timeToLive: "1 minute" }
      )
    })
  )
})
