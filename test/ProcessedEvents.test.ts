import * as Persistence from "@effect/experimental/Persistence"
import * as RedisPersistence from "@effect/experimental/Persistence/Redis"
import * as NodeKeyValueStore from "@effect/platform-node/NodeKeyValueStore"
import { LibsqlClient } from "@effect/sql-libsql"
import { PgClient } from "@effect/sql-pg"
import * as SqlClient from "@effect/sql/SqlClient"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as ProcessedEvents from "line-effect/ProcessedEvents"
import * as ProcessedEventsPersistence from "line-effect/ProcessedEventsPersistence"
import * as ProcessedEventsSql from "line-effect/ProcessedEventsSql"
import * as StoreError from "line-effect/StoreError"
import { Redis } from "ioredis"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll } from "vitest"
import * as PostgresServer from "./support/Postgres.js"
import * as RedisServer from "./support/Redis.js"

const first = "01H810YECXQQZ37VAXPF6H9E6T"
const second = "01HX6VEPX22YD4RQ5WQXE7NMWB"

type Live = Layer.Layer<ProcessedEvents.ProcessedEvents, unknown>

/** A place where events can be remembered, empty. */
interface Place {
  /** What a process has that uses the place. */
  readonly process: (options?: ProcessedEventsSql.Options) => Live
  /** Lets time go by. */
  readonly elapse: (duration: Duration.DurationInput) => Effect.Effect<void>
  /** Lets nobody use the place any more. */
  readonly shut: Effect.Effect<void, never, Scope.Scope>
}

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(join(tmpdir(), "line-effect-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
)

const inFiles: Effect.Effect<Place, never, Scope.Scope> = Effect.map(folder, (folder) => ({
  process: (options) =>
    ProcessedEventsPersistence.layer(options).pipe(
      Layer.provide(Persistence.layerKeyValueStore),
      Layer.provide(NodeKeyValueStore.layerFileSystem(folder))
    ),
  elapse: TestClock.adjust,
  shut: Effect.sync(() => {
    fs.rmSync(folder, { recursive: true })
    fs.writeFileSync(folder, "")
  })
}))

const inSqlite: Effect.Effect<Place, never, Scope.Scope> = Effect.map(folder, (folder) => {
  const client = LibsqlClient.layer({ url: `file:${join(folder, "events.db")}` })
  return {
    process: (options) => Layer.provide(ProcessedEventsSql.layer(options), client),
    elapse: TestClock.adjust,
    shut: Effect.gen(function* () {
      const sql = Context.get(yield* Layer.build(Layer.fresh(client)), SqlClient.SqlClient)
      yield* sql`BEGIN EXCLUSIVE`
    }).pipe(Effect.orDie)
  }
})

let postgres: PostgresServer.Postgres | undefined
beforeAll(async () => {
  if (!PostgresServer.isMissing) postgres = await PostgresServer.start()
})
afterAll(() => postgres?.stop())

const inPostgres: Effect.Effect<Place, never, Scope.Scope> = Effect.gen(function* () {
  const server = postgres ?? assert.fail("no server")
  const database = yield* server.database
  return {
    process: (options) => Layer.provide(ProcessedEventsSql.layer(options), PgClient.layer(database)),
    elapse: TestClock.adjust,
    shut: server.shut(database)
  }
})

const inRedis: Effect.Effect<Place, never, Scope.Scope> = Effect.gen(function* () {
  const server = yield* Effect.acquireRelease(
    Effect.promise(() => RedisServer.start()),
    ({ stop }) => Effect.promise(stop)
  )
  return {
    process: (options) =>
      Layer.provide(
        ProcessedEventsPersistence.layer(options),
        RedisPersistence.layer({ path: server.path, maxRetriesPerRequest: 0 })
      ),
    elapse: (duration) => Effect.promise(() => elapseIn(server.path, Duration.toMillis(duration))),
    shut: Effect.promise(server.stop)
  }
})

/** Redis has a clock of its own: what it would have forgotten is removed. */
const elapseIn = async (path: string, milliseconds: number) => {
  const client = new Redis({ path })
  for (const key of await client.keys("*")) {
    const left = await client.pttl(key)
    assert.isAbove(left, 0, "it is to be forgotten some day")
    await client.pexpire(key, left - milliseconds)
  }
  client.disconnect()
}

const places = [
  { name: "files", isMissing: false, place: inFiles },
  { name: "Redis", isMissing: RedisServer.isMissing, place: inRedis },
  { name: "SQLite", isMissing: false, place: inSqlite },
  { name: "PostgreSQL", isMissing: PostgresServer.isMissing, place: inPostgres }
]

const remembers = (ids: ReadonlyArray<string>) =>
  Effect.flatMap(ProcessedEvents.ProcessedEvents, (processed) => Effect.filter(ids, processed.has))

const adds = (...ids: ReadonlyArray<string>) =>
  Effect.flatMap(ProcessedEvents.ProcessedEvents, (processed) => Effect.forEach(ids, processed.add, { discard: true }))

const both = [first, second]

for (const { isMissing, name, place } of places) {
  describe.skipIf(isMissing)(`events remembered in ${name}`, () => {
    it.scoped("are those that were added, as often as they were", () =>
      Effect.gen(function* () {
        const { process } = yield* place
        yield* Effect.gen(function* () {
          assert.deepStrictEqual(yield* remembers(both), [])
          yield* adds(first)
          assert.deepStrictEqual(yield* remembers(both), [first])
          yield* adds(first, second)
          assert.deepStrictEqual(yield* remembers(both), both)
        }).pipe(Effect.provide(process()))
      })
    )

    it.scoped("are forgotten when their time is over, also by a process that starts then", () =>
      Effect.gen(function* () {
        const { elapse, process } = yield* place
        yield* Effect.gen(function* () {
          yield* adds(first)
          yield* elapse("50 minutes")
          yield* adds(second)
          assert.deepStrictEqual(yield* remembers(both), both)
          yield* elapse("10 minutes")
          assert.deepStrictEqual(yield* remembers(both), [second])
          // Its time begins anew.
          yield* adds(first)
          yield* elapse("50 minutes")
          assert.deepStrictEqual(yield* remembers(both), [first])
        }).pipe(Effect.provide(process({ timeToLive: "1 hour" })))
        assert.deepStrictEqual(yield* Effect.provide(remembers(both), process()), [first])
        yield* elapse("10 minutes")
        assert.deepStrictEqual(yield* Effect.provide(remembers(both), process()), [])
      })
    )

    it.scoped("are remembered for a day, over a restart", () =>
      Effect.gen(function* () {
        const { elapse, process } = yield* place
        yield* Effect.provide(adds(first), process())
        yield* elapse("23 hours")
        assert.deepStrictEqual(yield* Effect.provide(remembers(both), process()), [first])
        yield* elapse("1 hour")
        assert.deepStrictEqual(yield* Effect.provide(remembers(both), process()), [])
      })
    )

    it.scoped("are known to all processes that use it, which may start at once", () =>
      Effect.gen(function* () {
        const { process } = yield* place
        const processes = yield* Effect.all(
          Array.from({ length: 5 }, () => Layer.build(Layer.fresh(process()))),
          { concurrency: "unbounded" }
        )
        yield* Effect.forEach(processes, (one, number) => Effect.provide(adds(`${number}`, first), one), {
          concurrency: "unbounded"
        })
        for (const one of processes) {
          assert.deepStrictEqual(yield* Effect.provide(remembers(["0", "1", "2", "3", "4", first]), one), [
            ...["0", "1", "2", "3", "4"],
            first
          ])
        }
      })
    )

    it.scoped("cannot be used while it is down, and it is said what to see to", () =>
      Effect.gen(function* () {
        const { process, shut } = yield* place
        yield* Effect.gen(function* () {
          yield* adds(first)
          yield* shut
          const error = yield* Effect.flip(adds(second))
          if (!(error instanceof StoreError.StoreError)) return assert.fail(String(error))
          assert.match(error.message, /^the processed events cannot be used: .{10,}: see that .* runs/)
          assert.notMatch(error.message, /BackingError|Failed to execute/)
        }).pipe(Effect.provide(process()))
      })
    )
  })
}

describe("events remembered in SQL", () => {
  it.scoped("leave the table when their time is over", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "events.db")
      const client = LibsqlClient.layer({ url: `file:${path}` })
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* adds(first)
        yield* TestClock.adjust("1 day")
        yield* adds(second)
        const rows = yield* sql`SELECT webhook_event_id FROM line_effect_processed_events`
        assert.deepStrictEqual(
          rows.map((row) => row["webhook_event_id"]),
          [second]
        )
      }).pipe(Effect.provide(Layer.provideMerge(ProcessedEventsSql.layer(), client)))
    })
  )

  it.scoped("are written again after the database was busy for too long", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "events.db")
      const connect = Effect.map(
        Layer.build(
          Layer.fresh(Layer.provideMerge(ProcessedEventsSql.layer(), LibsqlClient.layer({ url: `file:${path}` })))
        ),
        (context) => ({ context, sql: Context.get(context, SqlClient.SqlClient) })
      )
      const [one, two] = yield* Effect.all([connect, connect])
      yield* two.sql`BEGIN IMMEDIATE`
      const error = yield* Effect.flip(Effect.provide(adds(first), one.context))
      assert.include(error.message, "locked")
      yield* two.sql`COMMIT`
      yield* Effect.provide(adds(second), one.context)
      assert.deepStrictEqual(yield* Effect.provide(remembers(both), two.context), [second])
      yield* Effect.provide(adds(first), two.context)
      assert.deepStrictEqual(yield* Effect.provide(remembers(both), one.context), both)
    })
  )

  it.scoped("are in the table of that name, whatever the program does with the names of its own", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "events.db")
      const renaming = { transformQueryNames: (name: string) => name.toUpperCase(), transformResultNames: () => "x" }
      const client = LibsqlClient.layer({ url: `file:${path}`, ...renaming })
      yield* Effect.provide(adds(first), Layer.provide(ProcessedEventsSql.layer(), client))
      const plain = LibsqlClient.layer({ url: `file:${path}` })
      assert.deepStrictEqual(yield* Effect.provide(remembers(both), Layer.provide(ProcessedEventsSql.layer(), plain)), [
        first
      ])
    })
  )
})

describe("events remembered in memory", () => {
  it.effect("are forgotten when their time is over", () =>
    Effect.gen(function* () {
      yield* adds(first)
      yield* TestClock.adjust("59 minutes")
      yield* adds(second)
      assert.deepStrictEqual(yield* remembers(both), both)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* remembers(both), [second])
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* remembers(both), [])
      // All are gone at once, and it goes on.
      yield* adds(first)
      yield* TestClock.adjust("1 hour")
      yield* adds(second)
      assert.deepStrictEqual(yield* remembers(both), [second])
    }).pipe(Effect.provide(ProcessedEvents.layerMemory({ timeToLive: "1 hour" })))
  )

  it.effect("are so many at most, of which the oldest goes first", () =>
    Effect.gen(function* () {
      const ids = Array.from({ length: 1000 }, (_, number) => `${number}`)
      yield* adds(...ids)
      assert.deepStrictEqual(yield* remembers(ids), ids.slice(-3))
      yield* adds("again", "again", "again")
      assert.deepStrictEqual(yield* remembers([...ids, "again"]), ["998", "999", "again"])
    }).pipe(Effect.provide(ProcessedEvents.layerMemory({ capacity: 3 })))
  )

  it.effect("are 100,000 for a day unless it is told otherwise", () =>
    Effect.gen(function* () {
      const ids = Array.from({ length: 100_001 }, (_, number) => `${number}`)
      yield* adds(...ids)
      assert.deepStrictEqual(yield* remembers(["0", "1", "100000"]), ["1", "100000"])
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(yield* remembers(["1", "100000"]), [])
    }).pipe(Effect.provide(ProcessedEvents.layerMemory()))
  )
})
