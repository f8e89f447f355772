import * as Reactivity from "@effect/experimental/Reactivity"
import { LibsqlClient } from "@effect/sql-libsql"
import { PgClient } from "@effect/sql-pg"
import * as SqlClient from "@effect/sql/SqlClient"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import type * as Inbox from "line-effect/Inbox"
import * as InboxSql from "line-effect/InboxSql"
import * as StoreError from "line-effect/StoreError"
import * as WebhookEvent from "line-effect/WebhookEvent"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll } from "vitest"
import * as PostgresServer from "./support/Postgres.js"

/** An event in a chat with a user. */
const delivery = (id: string | undefined, userId = "U1", rest: object = {}): Inbox.Delivery => {
  const json = {
    type: "message",
    timestamp: 1_700_000_000_000,
    mode: "active",
    ...(id === undefined ? undefined : { webhookEventId: id }),
    deliveryContext: { isRedelivery: false },
    source: { type: "user", userId },
    message: { type: "text", id: "1", text: "こんにちは 🍵\n", quoteToken: "q" },
    ...rest
  }
  const { events } = Either.getOrThrow(WebhookEvent.decode({ destination: "Ubot", events: [json] }))
  const [event] = events
  return { destination: "Ubot", event: event ?? assert.fail("no event") }
}

const ids = (entries: ReadonlyArray<Inbox.Entry>) => entries.map(({ id }) => id)

type Client = Layer.Layer<SqlClient.SqlClient, unknown>

/** A database without tables, that others may use as well. */
interface Place {
  readonly client: Client
}

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(join(tmpdir(), "line-effect-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
)

const inSqlite: Effect.Effect<Place, never, Scope.Scope> = Effect.map(folder, (folder) => ({
  client: LibsqlClient.layer({ url: `file:${join(folder, "inbox.db")}` })
}))

let postgres: PostgresServer.Postgres | undefined
beforeAll(async () => {
  if (!PostgresServer.isMissing) postgres = await PostgresServer.start()
})
afterAll(() => postgres?.stop())

const inPostgres: Effect.Effect<Place> = Effect.suspend(() => (postgres ?? assert.fail("no server")).database).pipe(
  Effect.map((database) => ({ client: PgClient.layer({ ...database, maxConnections: 3 }) }))
)

/** A process that uses an inbox. */
interface Process {
  readonly inbox: Inbox.Service
  /** Stops its clock: it does nothing by itself any more. */
  readonly pause: () => void
  readonly resume: () => void
  readonly close: Effect.Effect<void>
  /** The database as this process reaches it. */
  readonly sql: SqlClient.SqlClient
}

/** Processes over one database, and the time that goes by for all of them. */
const makeWorld = (client: Client, options?: InboxSql.Options) =>
  Effect.gen(function* () {
    const clock = yield* Effect.clock
    const lease = Duration.decode(options?.lease ?? "30 seconds")
    const busy = new Set<() => boolean>()

    const start: Effect.Effect<Process, unknown, Scope.Scope> = Effect.gen(function* () {
      const scope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
      let sleeping = 0
      let isPaused = false
      const own: Clock.Clock = {
        [Clock.ClockTypeId]: Clock.ClockTypeId,
        currentTimeMillis: clock.currentTimeMillis,
        currentTimeNanos: clock.currentTimeNanos,
        unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis(),
        unsafeCurrentTimeNanos: () => clock.unsafeCurrentTimeNanos(),
        sleep: (duration) =>
          Effect.suspend(() => {
            // The time limit of what it does, which is no rest.
            if (Duration.equals(Duration.decode(duration), lease)) return clock.sleep(duration)
            sleeping++
            const awake = (): Effect.Effect<void> =>
              isPaused ? Effect.flatMap(clock.sleep(Duration.seconds(1)), awake) : Effect.void
            return Effect.ensuring(
              Effect.flatMap(clock.sleep(duration), awake),
              Effect.sync(() => void sleeping--)
            )
          })
      }
      const context = yield* Layer.buildWithScope(Layer.fresh(client), scope)
      const inbox = yield* InboxSql.make(options).pipe(
        Effect.provide(context),
        Scope.extend(scope),
        Effect.withClock(own)
      )
      const isBusy = () => sleeping < 2
      busy.add(isBusy)
      return {
        inbox,
        pause: () => {
          isPaused = true
        },
        resume: () => {
          isPaused = false
        },
        close: Effect.suspend(() => {
          busy.delete(isBusy)
          return Scope.close(scope, Exit.void)
        }),
        sql: Context.get(context, SqlClient.SqlClient)
      }
    })

    /** Waits until all processes have done what there is to do now. */
    const settle = Effect.gen(function* () {
      do yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      while ([...busy].some((isBusy) => isBusy()))
    })

    /** Lets time go by, step by step, as slowly as the database is. */
    const elapse = (seconds: number, step = 1) =>
      Effect.gen(function* () {
        yield* settle
        for (let second = 0; second < seconds; second += step) {
          yield* TestClock.adjust(Duration.seconds(step))
          yield* settle
        }
      })

    /** The next events that come to a process by themselves, while time goes by. */
    const next = ({ inbox }: Process, count: number) =>
      Effect.gen(function* () {
        const fiber = yield* Effect.fork(Stream.runCollect(Stream.take(inbox.pending, count)))
        for (let second = 0; second < 300; second++) {
          const exit = yield* Fiber.poll(fiber)
          if (Option.isSome(exit)) return Chunk.toReadonlyArray(yield* exit.value)
          yield* elapse(1)
        }
        yield* Fiber.interrupt(fiber)
        return assert.fail("nothing comes")
      })

    /** What comes to a process by itself in some time. */
    const within = ({ inbox }: Process, seconds: number) =>
      Effect.gen(function* () {
        const entries: Array<Inbox.Entry> = []
        const fiber = yield* Effect.fork(
          Stream.runForEach(inbox.pending, (entry) => Effect.sync(() => entries.push(entry)))
        )
        yield* elapse(seconds)
        yield* Fiber.interrupt(fiber)
        return entries
      })

    return { start, elapse, next, within }
  })

const handle = ({ inbox }: Process, entry: Inbox.Entry) => Effect.zipRight(inbox.begin(entry), inbox.complete(entry))

const refusal = (effect: Effect.Effect<unknown, StoreError.StoreError>) =>
  Effect.map(Effect.flip(effect), ({ message }) => assert.include(message, "another process's now"))

for (const { isMissing, name, place } of [
  { name: "SQLite", isMissing: false, place: inSqlite },
  { name: "PostgreSQL", isMissing: PostgresServer.isMissing, place: inPostgres }
]) {
  const world = (options?: InboxSql.Options) => Effect.flatMap(place, ({ client }) => makeWorld(client, options))

  describe.skipIf(isMissing)(`an inbox in ${name}`, () => {
    it.scoped("gives back what was not completed, as it came, oldest first and with the attempts that were begun", () =>
      Effect.gen(function* () {
        const { next, start, within } = yield* world()
        yield* TestClock.setTime(1_800_000_000_000)
        const first = yield* start
        const unknown = { ...delivery("c", "U2", { type: "teleported" }), channel: "/callback/shop" }
        const bare = delivery(undefined, "U1", { type: "teleported" })
        const stored = yield* first.inbox.store([delivery("a"), delivery("b"), unknown, bare, bare])
        assert.deepStrictEqual(ids(stored).slice(0, 3), ["a", "b", "c"])
        assert.strictEqual(new Set(ids(stored)).size, 5)
        assert.deepInclude(stored[2], { ...unknown, receivedAt: 1_800_000_000_000, attempts: 0 })
        const [a, b] = stored
        if (a === undefined || b === undefined) return assert.fail("not stored")
        yield* handle(first, a)
        yield* first.inbox.begin(b)
        yield* first.close

        const left = stored.slice(1).map((entry) => (entry.id === "b" ? { ...entry, attempts: 1 } : entry))
        const second = yield* start
        assert.deepStrictEqual(yield* next(second, 4), left)
        for (const entry of left) yield* handle(second, entry)
        yield* second.close
        const third = yield* start
        assert.deepStrictEqual(yield* within(third, 5), [])
      })
    )

    it.scoped("answers and gives back an event with something unknown in it as it was", () =>
      Effect.gen(function* () {
        const { next, start } = yield* world()
        const odd = [
          delivery("a", "U1", { mode: "paused" }),
          delivery("b", "U2", { source: { type: "planet", name: "Mars" } }),
          delivery("c", "U3", { message: { type: "hologram", id: "2" } })
        ]
        assert.deepStrictEqual(
          odd.map(({ event }) => event.type),
          ["message", "message", "message"]
        )
        const first = yield* start
        const stored = yield* first.inbox.store(odd)
        assert.deepStrictEqual(
          stored.map(({ destination, event }) => ({ destination, event })),
          odd
        )
        yield* first.close
        assert.deepStrictEqual(yield* next(yield* start, 3), stored)
      })
    )

    it.scoped("knows an event that it has or had, whichever process got it, until its time is over", () =>
      Effect.gen(function* () {
        const { elapse, start } = yield* world({ timeToLive: "1 minute" })
        const [one, two] = yield* Effect.all([start, start])
        const [a] = yield* one.inbox.store([delivery("a"), delivery("a")])
        assert.deepStrictEqual(yield* one.inbox.store([delivery("a")]), [])
        assert.deepStrictEqual(yield* two.inbox.store([delivery("a")]), [])
        yield* handle(one, a ?? assert.fail("not stored"))
        assert.deepStrictEqual(yield* one.inbox.store([delivery("a")]), [])
        assert.deepStrictEqual(ids(yield* two.inbox.store([delivery("a"), delivery("b", "U2")])), ["b"])
        yield* elapse(50)
        assert.deepStrictEqual(yield* one.inbox.store([delivery("a"), delivery("b", "U2")]), [])
        yield* elapse(20)
        assert.deepStrictEqual(ids(yield* one.inbox.store([delivery("a"), delivery("b", "U2")])), ["a"])
        assert.lengthOf(yield* one.sql`SELECT * FROM line_effect_inbox_events`, 2)
      })
    )

    it.scoped("leaves the events of a chat to the process that is at work at it, and others to whoever gets them", () =>
      Effect.gen(function* () {
        const { next, start, within } = yield* world()
        const [one, two] = yield* Effect.all([start, start])
        assert.deepStrictEqual(ids(yield* one.inbox.store([delivery("a1", "A")])), ["a1"])
        assert.deepStrictEqual(ids(yield* two.inbox.store([delivery("a2", "A"), delivery("b1", "B")])), ["b1"])
        assert.deepStrictEqual(ids(yield* next(one, 1)), ["a2"])
        // Behind what came from elsewhere, as long as that is not handled.
        assert.deepStrictEqual(yield* one.inbox.store([delivery("a3", "A"), delivery("b2", "B")]), [])
        const [a3] = yield* next(one, 1)
        const [b2] = yield* next(two, 1)
        assert.deepStrictEqual([a3?.id, b2?.id], ["a3", "b2"])
        assert.deepStrictEqual(yield* within(one, 60), [])
        assert.deepStrictEqual(yield* within(two, 60), [])
      })
    )

    it.scoped("gives the chats of a process that closes to another, at once", () =>
      Effect.gen(function* () {
        const { next, start } = yield* world()
        const [one, two] = yield* Effect.all([start, start])
        const stored = yield* one.inbox.store([delivery("a"), delivery("b"), delivery("c", "U2")])
        yield* one.close
        const since = yield* Clock.currentTimeMillis
        assert.deepStrictEqual(yield* next(two, 3), stored)
        assert.isAtMost((yield* Clock.currentTimeMillis) - since, 2000)
      })
    )

    it.scoped("gives them to it after a lease if a process stops, which may begin and complete nothing then", () =>
      Effect.gen(function* () {
        const { next, start, within } = yield* world({ lease: "1 minute" })
        const [one, two] = yield* Effect.all([start, start])
        const [a, b] = yield* one.inbox.store([delivery("a"), delivery("b"), delivery("other", "U2")])
        if (a === undefined || b === undefined) return assert.fail("not stored")
        yield* one.inbox.begin(a)
        one.pause()
        assert.deepStrictEqual(yield* within(two, 50), [])
        // The chat is that process's still.
        assert.deepStrictEqual(yield* two.inbox.store([delivery("c")]), [])
        const taken = yield* next(two, 4)
        assert.deepStrictEqual(
          ids(taken).filter((id) => id !== "other"),
          ["a", "b", "c"]
        )
        assert.deepInclude(taken[0], { id: "a", attempts: 1 })
        // Which notes nothing.
        yield* one.inbox.complete(a)
        yield* refusal(one.inbox.begin(b))
        yield* handle(two, taken[0] ?? a)
        yield* refusal(one.inbox.begin(a))
        // It comes back as another, and takes what is new.
        one.resume()
        assert.deepStrictEqual(yield* within(one, 120), [])
        assert.deepStrictEqual(ids(yield* one.inbox.store([delivery("d"), delivery("new", "U3")])), ["new"])
        assert.deepStrictEqual(ids(yield* next(two, 1)), ["d"])
      })
    )

    it.scoped("takes over from a process that stops, however seldom it looks for events", () =>
      Effect.gen(function* () {
        const { next, start } = yield* world({ pollInterval: "1 minute" })
        const [one, two] = yield* Effect.all([start, start])
        const stored = yield* one.inbox.store([delivery("a")])
        one.pause()
        assert.deepStrictEqual(yield* next(two, 1), stored)
      })
    )

    it.scoped("is never at work at an event in two processes, of which some stop and others close", () =>
      Effect.gen(function* () {
        const { elapse, start } = yield* world()
        const processes = yield* Effect.all([start, start, start])
        const [one, two, three] = processes
        const begun: Array<string> = []
        const work = (process: Process) => (entry: Inbox.Entry) =>
          Effect.gen(function* () {
            if (Either.isLeft(yield* Effect.either(process.inbox.begin(entry)))) return
            begun.push(entry.id)
            yield* process.inbox.complete(entry)
          })
        const chats = ["A", "B", "C", "D", "E"]
        for (const process of processes) {
          yield* Effect.forkScoped(Stream.runForEach(process.inbox.pending, work(process)))
        }
        let number = 0
        const deliver = (to: Process) => {
          const round = `${number++}`.padStart(3, "0")
          return to.inbox.store(chats.map((chat) => delivery(`${chat}${round}`, chat)))
        }
        // All at once, and the same ones to several of them.
        for (let round = 0; round < 10; round++) {
          const [a, b, c] = yield* Effect.all(
            processes.map((process) => process.inbox.store(chats.map((chat) => delivery(`${chat}${round}`, chat)))),
            { concurrency: "unbounded" }
          )
          yield* Effect.all(
            [a, b, c].map((entries, index) =>
              Effect.forEach(entries ?? [], work(processes[index] ?? one), { discard: true })
            ),
            { concurrency: "unbounded" }
          )
          yield* elapse(1)
        }
        yield* elapse(5)
        const all = chats.flatMap((chat) => Array.from({ length: 10 }, (_, round) => `${chat}${round}`))
        assert.deepStrictEqual([...begun].sort(), [...all].sort())
        for (const chat of chats) {
          assert.deepStrictEqual(
            begun.filter((id) => id.startsWith(chat)),
            all.filter((id) => id.startsWith(chat))
          )
        }

        // One stops with events that it has, another closes with some.
        number = 100
        begun.length = 0
        one.pause()
        yield* deliver(one)
        yield* elapse(10)
        yield* deliver(two)
        yield* two.close
        yield* Effect.forEach(yield* deliver(three), work(three))
        yield* elapse(60)
        for (const chat of chats) {
          assert.deepStrictEqual(
            begun.filter((id) => id.startsWith(chat)),
            ["100", "101", "102"].map((round) => `${chat}${round}`)
          )
        }
      })
    )

    it.scoped(
      "makes up for what it could not do without its tables: notes what was handled, and gives the rest again",
      () =>
        Effect.gen(function* () {
          const { elapse, next, start, within } = yield* world()
          const one = yield* start
          const [a, b, c] = yield* one.inbox.store([
            delivery("a"),
            delivery("b"),
            delivery("c", "U2"),
            delivery("d", "U2")
          ])
          if (a === undefined || b === undefined || c === undefined) return assert.fail("not stored")
          yield* one.inbox.begin(a)
          yield* one.sql`ALTER TABLE line_effect_inbox_events RENAME TO elsewhere`
          for (const call of [one.inbox.complete(a), one.inbox.begin(b), one.inbox.begin(c)]) {
            const calls = yield* Effect.fork(Effect.flip(call))
            yield* elapse(40, 5)
            assert.include((yield* calls).message, "the inbox cannot be used")
          }
          yield* one.sql`ALTER TABLE elsewhere RENAME TO line_effect_inbox_events`
          const again = yield* next(one, 3)
          assert.deepStrictEqual(ids(again), ["b", "c", "d"])
          assert.deepStrictEqual(yield* within(one, 5), [])
          yield* handle(one, again[0] ?? b)
          yield* one.close
          const two = yield* start
          assert.deepStrictEqual(ids(yield* within(two, 5)), ["c", "d"])
          assert.deepStrictEqual(yield* two.inbox.store([delivery("a"), delivery("b")]), [])
        })
    )

    it.scoped("stores any number of requests at once", () =>
      Effect.gen(function* () {
        const { start } = yield* world()
        const one = yield* start
        const requests = Array.from({ length: 100 }, (_, request) =>
          Array.from({ length: 100 }, (_, index) => delivery(`${request}-${index}`, `U${index}`))
        )
        const answers = yield* Effect.forEach(requests, one.inbox.store, { concurrency: "unbounded" })
        assert.deepStrictEqual(
          answers.map(ids),
          requests.map((deliveries) => deliveries.map(({ event }) => event.webhookEventId ?? ""))
        )
      })
    )

    it.scoped("forgets chats and processes that are not needed any more", () =>
      Effect.gen(function* () {
        const { elapse, start } = yield* world({ lease: "10 hours", pollInterval: "1 hour", timeToLive: "1 hour" })
        const one = yield* start
        const two = yield* start
        for (const chat of ["A", "B"]) {
          for (const entry of yield* one.inbox.store([delivery(chat, chat)])) yield* handle(one, entry)
        }
        const kept = yield* one.inbox.store([delivery("C", "C")])
        yield* one.close
        yield* elapse(2 * 3600, 3600)
        assert.deepStrictEqual(yield* two.sql`SELECT lane FROM line_effect_inbox_chats`, [{ lane: "C" }])
        for (const entry of kept) yield* handle(two, entry)
        yield* TestClock.adjust("1 day")
        yield* elapse(2 * 3600, 3600)
        assert.lengthOf(yield* two.sql`SELECT * FROM line_effect_inbox_chats`, 0)
        assert.lengthOf(yield* two.sql`SELECT * FROM line_effect_inbox_processes`, 1)
        assert.lengthOf(yield* two.sql`SELECT * FROM line_effect_inbox_events`, 0)
      })
    )
  })
}

describe("an inbox whose database fails", () => {
  type Fault = (statement: string) => "none" | "down" | "silent" | Promise<void>

  /** A database that may be down, take its time, or do what it is told and not say so. */
  const faulty = Effect.gen(function* () {
    const path = join(yield* folder, "inbox.db")
    const client = yield* Effect.provide(LibsqlClient.make({ url: `file:${path}` }), Reactivity.layer)
    // What it is built on is a part of it that its type does not tell of.
    const real = Reflect.get(client, "sdk") as LibsqlClient.LibsqlClientConfig.Live["liveClient"]
    const state: { fault: Fault } = { fault: () => "none" }
    const liveClient = new Proxy(real, {
      get: (_, property) =>
        property === "execute"
          ? async (statement: Parameters<typeof real.execute>[0]) => {
              const fault = state.fault(typeof statement === "string" ? statement : statement.sql)
              if (fault === "down") throw new Error("no route to host")
              if (typeof fault !== "string") await fault
              const result = await real.execute(statement)
              if (fault === "silent") throw new Error("connection reset")
              return result
            }
          : Reflect.get(real, property)
    })
    return { state, world: yield* makeWorld(LibsqlClient.layer({ liveClient })) }
  })

  it.scoped("cannot store what comes meanwhile, waits with what it has, and goes on", () =>
    Effect.gen(function* () {
      const { state, world } = yield* faulty
      const { elapse, next, start } = world
      const one = yield* start
      const [a] = yield* one.inbox.store([delivery("a")])
      if (a === undefined) return assert.fail("not stored")
      state.fault = () => "down"
      const error = yield* Effect.flip(one.inbox.store([delivery("b")]))
      assert.instanceOf(error, StoreError.StoreError)
      assert.match(error.message, /^the inbox cannot be used: no route to host: see that the database runs/)
      const begins = yield* Effect.fork(one.inbox.begin(a))
      yield* elapse(5)
      assert.isTrue(Option.isNone(yield* Fiber.poll(begins)))
      state.fault = () => "none"
      yield* elapse(2)
      yield* begins
      yield* one.inbox.complete(a)
      // By another process, which has gone since.
      const two = yield* start
      const stored = yield* two.inbox.store([delivery("c", "U2")])
      assert.deepStrictEqual(ids(stored), ["c"])
      yield* two.close
      assert.deepStrictEqual(yield* next(one, 1), stored)
    })
  )

  it.scoped("does not wait without end", () =>
    Effect.gen(function* () {
      const { state, world } = yield* faulty
      const { elapse, start } = world
      const one = yield* start
      const [a] = yield* one.inbox.store([delivery("a")])
      if (a === undefined) return assert.fail("not stored")
      state.fault = () => "down"
      const begins = yield* Effect.fork(Effect.flip(one.inbox.begin(a)))
      yield* elapse(40)
      assert.include((yield* begins).message, "no route to host")
    })
  )

  it.scoped("gives an event again that could not begin, and what is behind it in its chat after it", () =>
    Effect.gen(function* () {
      const { state, world } = yield* faulty
      const { elapse, next, start, within } = world
      const one = yield* start
      const [a, b, c] = yield* one.inbox.store([delivery("a"), delivery("b"), delivery("c"), delivery("other", "U2")])
      if (a === undefined || b === undefined || c === undefined) return assert.fail("not stored")
      state.fault = () => "down"
      const begins = yield* Effect.fork(Effect.flip(one.inbox.begin(a)))
      yield* elapse(40)
      assert.include((yield* begins).message, "no route to host")
      state.fault = () => "none"
      assert.include((yield* Effect.flip(one.inbox.begin(b))).message, "comes again after that")
      assert.deepStrictEqual(yield* one.inbox.store([delivery("d")]), [])
      const again = yield* next(one, 4)
      assert.deepStrictEqual(ids(again), ["a", "b", "c", "d"])
      // As it was given first: its turn comes when the events have been given again.
      assert.include((yield* Effect.flip(one.inbox.begin(c))).message, "comes again")
      for (const entry of again) yield* handle(one, entry)
      assert.deepStrictEqual(yield* within(one, 60), [])
      assert.deepStrictEqual(ids(yield* one.inbox.store([delivery("e")])), ["e"])
    })
  )

  it.scoped("gives an event again as often as it takes, and holds up nothing if it is not begun then", () =>
    Effect.gen(function* () {
      const { state, world } = yield* faulty
      const { elapse, next, start } = world
      const one = yield* start
      let [a, b] = yield* one.inbox.store([delivery("a"), delivery("b")])
      for (let outage = 0; outage < 2; outage++) {
        if (a === undefined || b === undefined) return assert.fail("not there")
        state.fault = () => "down"
        const begins = yield* Effect.fork(Effect.flip(one.inbox.begin(a)))
        yield* elapse(40)
        yield* begins
        state.fault = () => "none"
        const again = yield* next(one, 2)
        assert.deepStrictEqual(ids(again), ["a", "b"])
        ;[a, b] = again
      }
      // The first was left where it is, as a server leaves one whose channel it cannot find.
      yield* handle(one, b ?? assert.fail("not there"))
    })
  )

  it.scoped("does not note what another process has taken over", () =>
    Effect.gen(function* () {
      const { state, world } = yield* faulty
      const { elapse, next, start } = world
      const one = yield* start
      const [a] = yield* one.inbox.store([delivery("a")])
      if (a === undefined) return assert.fail("not stored")
      yield* one.inbox.begin(a)
      one.pause()
      state.fault = () => "down"
      const completes = yield* Effect.fork(Effect.flip(one.inbox.complete(a)))
      yield* elapse(40)
      yield* completes
      state.fault = () => "none"
      const two = yield* start
      const [taken] = yield* next(two, 1)
      one.resume()
      yield* elapse(5)
      yield* handle(two, taken ?? assert.fail("not taken over"))
    })
  )

  it.scoped("stores what waits together, and answers each for its own", () =>
    Effect.gen(function* () {
      const { state, world } = yield* faulty
      const one = yield* world.start
      let inserts = 0
      state.fault = (sql) => {
        if (sql.startsWith("INSERT INTO line_effect_inbox_events")) inserts++
        return "none"
      }
      const answers = yield* Effect.all(
        Array.from({ length: 50 }, (_, index) =>
          one.inbox.store([delivery(`a${index}`, `A${index}`), delivery(`b${index}`), delivery("twice", "U2")])
        ),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        answers.map(ids),
        answers.map((_, index) => [`a${index}`, `b${index}`, ...(index === 0 ? ["twice"] : [])])
      )
      assert.isAtMost(inserts, 2)
    })
  )

  /** A statement that is held up from its beginning on. */
  const hold = (state: { fault: Fault }, statement: RegExp) => {
    let begin = () => {}
    let end = () => {}
    const begun = new Promise<void>((resolve) => (begin = resolve))
    const ended = new Promise<void>((resolve) => (end = resolve))
    state.fault = (sql) => {
      if (!statement.test(sql)) return "none"
      begin()
      return ended
    }
    return { begun: Effect.promise(() => begun), end: () => end() }
  }

  it.scoped("answers an event that was stored with others before it gives those that came after it in its chat", () =>
    Effect.gen(function* () {
      const { state, world } = yield* faulty
      const [one, two] = yield* Effect.all([world.start, world.start])
      yield* world.elapse(1)
      two.pause()
      const came: Array<string> = []
      const note = ({ id }: Inbox.Entry) => Effect.sync(() => came.push(id))
      const store = (id: string, chat: string) =>
        Effect.fork(Effect.flatMap(one.inbox.store([delivery(id, chat)]), Effect.forEach(note)))
      yield* Effect.forkScoped(Stream.runForEach(one.inbox.pending, note))
      // While one is being stored, another one waits, then the inbox for what others have for it, then the chat's first event.
      const storing = hold(state, /^INSERT INTO line_effect_inbox_events/)
      const stores = [yield* store("b", "B")]
      yield* storing.begun
      stores.push(yield* store("c", "C"))
      yield* TestClock.adjust("1 second")
      stores.push(yield* store("first", "A"))
      const polling = hold(state, /sequence IN/)
      storing.end()
      yield* polling.begun
      state.fault = () => "none"
      assert.deepStrictEqual(yield* two.inbox.store([delivery("second", "A")]), [])
      polling.end()
      yield* Fiber.joinAll(stores)
      yield* world.elapse(1)
      assert.deepStrictEqual(came, ["b", "c", "first", "second"])
    })
  )

  it.scoped("fails all that are stored together if they cannot be, and stores what comes then", () =>
    Effect.gen(function* () {
      const { state, world } = yield* faulty
      const one = yield* world.start
      state.fault = () => "down"
      const failures = yield* Effect.all(
        ["a", "b", "c"].map((id) => Effect.flip(one.inbox.store([delivery(id)]))),
        { concurrency: "unbounded" }
      )
      for (const { message } of failures) assert.include(message, "no route to host")
      state.fault = () => "none"
      assert.deepStrictEqual(ids(yield* one.inbox.store([delivery("a"), delivery("b")])), ["a", "b"])
    })
  )

  it.scoped("gives up a database that never answers when the lease is over", () =>
    Effect.gen(function* () {
      const { state, world } = yield* faulty
      const { start } = world
      const one = yield* start
      const [a] = yield* one.inbox.store([delivery("a")])
      for (const [call, statement] of [
        [one.inbox.store([delivery("b", "U2")]), /^INSERT INTO line_effect_inbox_events/],
        [one.inbox.begin(a ?? assert.fail("not stored")), /SET attempts/]
      ] as const) {
        const held = hold(state, statement)
        // As a server calls it.
        const calls = yield* Effect.fork(Effect.uninterruptible(Effect.flip(call)))
        yield* held.begun
        // Once for itself, and once for another try.
        for (const time of ["30 seconds", "1 second", "30 seconds"] as const) {
          if (calls.unsafePoll() === null) yield* TestClock.adjust(time)
        }
        assert.include((yield* calls).message, "no answer within 30s")
      }
      state.fault = () => "none"
      assert.deepStrictEqual(ids(yield* one.inbox.store([delivery("b", "U2")])), ["b"])
    })
  )

  for (const [what, statement] of [
    ["its sign of life", /SET renewals/],
    ["its forgetting of events", /^DELETE FROM line_effect_inbox_events/]
  ] as const) {
    it.scoped(`goes on when ${what} was not answered for a lease`, () =>
      Effect.gen(function* () {
        const { state, world } = yield* faulty
        yield* TestClock.setTime(1_800_000_000_000)
        const held = hold(state, statement)
        const one = yield* world.start
        yield* held.begun
        // What is held up already stays so.
        state.fault = () => "none"
        const stores = yield* Effect.fork(one.inbox.store([delivery("a")]))
        yield* TestClock.adjust("30 seconds")
        yield* world.elapse(30)
        assert.deepStrictEqual(ids(yield* stores), ["a"])
        const [row] = yield* one.sql<{ renewals: number }>`SELECT renewals FROM line_effect_inbox_processes`
        assert.isAtLeast(row?.renewals ?? 0, 2)
      })
    )
  }

  it.scoped("closes when a database has not answered for a lease", () =>
    Effect.gen(function* () {
      const { state, world } = yield* faulty
      const one = yield* world.start
      const held = hold(state, /SET died_at/)
      const closes = yield* Effect.fork(one.close)
      yield* held.begun
      yield* TestClock.adjust("30 seconds")
      yield* Fiber.join(closes)
    })
  )

  it.scoped("has noted what was handled if the answer to that did not arrive", () =>
    Effect.gen(function* () {
      const { state, world } = yield* faulty
      const one = yield* world.start
      const [a] = yield* one.inbox.store([delivery("a")])
      if (a === undefined) return assert.fail("not stored")
      yield* one.inbox.begin(a)
      let isSilent = false
      state.fault = (sql) => {
        if (isSilent || !/SET event = NULL/.test(sql)) return "none"
        isSilent = true
        return "silent"
      }
      const completes = yield* Effect.fork(one.inbox.complete(a))
      yield* world.elapse(2)
      assert.isTrue(isSilent)
      yield* completes
      assert.deepStrictEqual(yield* one.inbox.store([delivery("a")]), [])
    })
  )

  it.scoped("fails what is stored when it closes", () =>
    Effect.gen(function* () {
      const { state, world } = yield* faulty
      const one = yield* world.start
      const held = hold(state, /^INSERT INTO line_effect_inbox_events/)
      const stores = yield* Effect.forEach(["a", "b"], (id) =>
        Effect.fork(Effect.flip(one.inbox.store([delivery(id)])))
      )
      yield* held.begun
      yield* one.close
      for (const store of stores) assert.include((yield* store).message, "it is closed")
      assert.include((yield* Effect.flip(one.inbox.store([delivery("c")]))).message, "it is closed")
    })
  )

  for (const [what, statement] of [
    ["takes an event", /^UPDATE line_effect_inbox_events SET process_id/],
    ["keeps an event", /^INSERT INTO line_effect_inbox_events/]
  ] as const) {
    it.scoped(`finds an event later if the database ${what} and its answer does not arrive`, () =>
      Effect.gen(function* () {
        const { state, world } = yield* faulty
        const { next, start, within } = world
        const one = yield* start
        state.fault = (sql) => (statement.test(sql.trim()) ? "silent" : "none")
        const stored = yield* Effect.orElseSucceed(one.inbox.store([delivery("a")]), () => [])
        assert.deepStrictEqual(stored, [])
        state.fault = () => "none"
        // As LINE delivers it again.
        assert.deepStrictEqual(yield* one.inbox.store([delivery("a")]), [])
        assert.deepStrictEqual(ids(yield* next(one, 1)), ["a"])
        assert.deepStrictEqual(yield* within(one, 60), [])
      })
    )
  }
})
