import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import type * as Inbox from "line-effect/Inbox"
import * as InboxFile from "line-effect/InboxFile"
import type * as StoreError from "line-effect/StoreError"
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

  const deadPid = () => String(spawnSync(process.execPath, ["--version"]).pid)

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
      // And one that a loss of power left empty, as it cannot be told whose it is.
      for (const text of [elsewhere, ""]) {
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
      fs.writeFileSync(lock, deadPid())
      // Another process takes it over just after this one has seen that it is stale.
      const mend = yield* faulty("statSync", (stat) => (path: never, ...rest: ReadonlyArray<never>) => {
        const seen = Reflect.apply(stat, fs, [path, ...rest])
        if (path === lock) fs.writeFileSync(lock, String(process.ppid))
        return seen
      })
      failsWith(yield* Effect.flip(using(file, pending)), `another process has it open, ${process.ppid}`)
      yield* mend
      assert.strictEqual(fs.readFileSync(lock, "utf8"), String(process.ppid))
    })
  )

  it.scoped("is not taken over while another process does so, unless that was killed at it", () =>
    Effect.gen(function* () {
      const { file, lock } = yield* lockIn
      const stale = deadPid()
      fs.writeFileSync(lock, stale)
      fs.writeFileSync(`${lock}.takeover`, String(process.ppid))
      failsWith(yield* Effect.flip(using(file, pending)), `another process has it open, ${process.ppid}`)
      assert.strictEqual(fs.readFileSync(lock, "utf8"), stale)
      fs.writeFileSync(`${lock}.takeover`, deadPid())
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
