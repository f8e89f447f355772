/**
 * An inbox in an SQL database, SQLite or PostgreSQL, for a server that is several processes. It is built on `@effect/sql`,
 * which a program that uses this module installs, with the driver of its database.
 *
 * @since 0.1.0
 */
import type * as SqlClient from "@effect/sql/SqlClient"
import type { Fragment, Statement } from "@effect/sql/Statement"
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Uuid from "uuid"
import * as Inbox from "./Inbox.js"
import * as Entry from "./internal/Entry.js"
import * as Recent from "./internal/Recent.js"
import * as SentEvent from "./internal/SentEvent.js"
import * as Sql from "./internal/Sql.js"
import * as TimeLimit from "./internal/TimeLimit.js"
import * as Metrics from "./Metrics.js"
import * as StoreError from "./StoreError.js"

/**
 * How processes share the inbox. All of them have the same.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * How long a process may give no sign of life until it is taken for dead, and the others take over its events; 30
   * seconds unless set. It gives three in that time.
   */
  readonly lease?: Duration.DurationInput | undefined
  /** How often a process looks for events that others have for it; a second unless set. */
  readonly pollInterval?: Duration.DurationInput | undefined
  /** How long the ids of events that were handled are remembered; a day unless set. */
  readonly timeToLive?: Duration.DurationInput | undefined
}

/**
 * Opens the inbox of a database, in tables whose names begin with `line_effect_inbox_`, which are made if there are none.
 * Fails with `StoreError` if that cannot be.
 *
 * - An event that was stored is handled, at least once, as long as any process runs.
 * - The events of a chat are handled by one process at a time, in the order in which they were stored: a chat with events
 *   belongs to a process, and what others receive for it they leave to that one.
 * - No event is at work in two processes that live. One that could not reach the database for the time of its lease is taken
 *   for dead: it begins and completes nothing any more that others took over, but a handler that it has begun may still run.
 * - A process that closes gives its chats to the others at once. One that was killed does so when its lease is over.
 *
 * No two clocks are compared: a process is dead when another one has seen no sign of life for the time of a lease, and it
 * stays so. If it lives after all, it goes on as a new one.
 *
 * While the database cannot be used, `begin` and `complete` wait for it, for the time of a lease, and fail then. What that left
 * undone is done when the database is back, as long as this process lives and is not taken for dead: an event that could not
 * begin comes again through `pending`, and all that came after it in its chat comes again after it; an event that was
 * handled is noted as such. `begin` fails at once if another process has taken the event over: then it is not to be handled
 * here, and `complete` notes nothing. A statement that is not answered for the time of a lease has failed.
 *
 * What is to be stored while other events are being stored is stored together, or fails together, in one set of statements.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {}
): Effect.Effect<Inbox.Service, StoreError.StoreError, SqlClient.SqlClient | Scope.Scope> =>
  Effect.gen(function* () {
    const lease = Duration.toMillis(options.lease ?? "30 seconds")
    const pollInterval = Duration.decode(options.pollInterval ?? "1 second")
    const timeToLive = Duration.toMillis(options.timeToLive ?? Recent.standard.timeToLive)
    const opened = yield* Sql.open(name, tables)
    const database: Sql.Database = { ...opened, run: (statement) => limited(opened.run(statement), lease) }
    const membership = yield* join(database, lease)
    const taken = yield* Queue.unbounded<Inbox.Entry>()
    // What is stored and what is taken over come to the chats of this process in one order.
    const inTurn = (yield* Effect.makeSemaphore(1)).withPermits(1)
    const late: Late = { completed: new Set(), chats: new Set() }
    const hand = makeHand(database, membership, late, timeToLive)
    const { run, sql } = database

    /** The chats of which events went to `pending`: what comes after those goes there too, until they have been handled. */
    const behind = new Map<string, Set<Inbox.Entry>>()
    const pend = (entry: Inbox.Entry): void => {
      const lane = Entry.lane(entry)
      const entries = behind.get(lane)
      if (entries === undefined) behind.set(lane, new Set([entry]))
      else entries.add(entry)
      taken.unsafeOffer(entry)
    }
    const leave = (entry: Inbox.Entry) =>
      Effect.sync(() => {
        const lane = Entry.lane(entry)
        const entries = behind.get(lane)
        if (entries?.delete(entry) === true && entries.size === 0) behind.delete(lane)
      })

    const storeTogether = (requests: ReadonlyArray<Request>) =>
      Effect.gen(function* () {
        // An event that several of them bring is the first one's.
        const owners = new Map<string, Request>()
        const entries: Array<Inbox.Entry> = []
        for (const request of requests) {
          for (const entry of request.entries) {
            if (owners.has(entry.id)) continue
            owners.set(entry.id, request)
            entries.push(entry)
          }
        }
        yield* membership.assure
        // In one order for all processes, so that none waits for another that waits for it.
        const lanes = [...new Set(entries.map(Entry.lane))].sort()
        yield* run(sql`INSERT INTO line_effect_inbox_chats ${sql.insert(lanes.map((lane) => ({ lane, process_id: membership.id() })))}
          ON CONFLICT (lane) DO UPDATE SET process_id = ${ownerOf(database, membership)}`)
        const stored = yield* run(sql<{ readonly id: string }>`INSERT INTO line_effect_inbox_events
          ${sql.insert(entries.map(rowOf))} ON CONFLICT (id) DO NOTHING RETURNING id`)
        const brought = requests.reduce((brought, { entries }) => brought + entries.length, 0)
        yield* Metric.incrementBy(Metrics.webhookDuplicates, brought - stored.length)
        if (stored.length === 0) return
        const fresh = new Set(stored.map(({ id }) => id))
        const give = (handed: ReadonlyArray<Inbox.Entry>) => {
          for (const entry of handed) if (!fresh.has(entry.id)) pend(entry)
          for (const entry of handed) {
            if (!fresh.has(entry.id)) continue
            const owner = owners.get(entry.id)
            if (owner === undefined || behind.has(Entry.lane(entry))) pend(entry)
            else owner.now.push(entry)
          }
        }
        // They are kept: if this process cannot have them now, it finds them later.
        yield* hand
          .take(sql`lane IN ${sql.in(lanes)}`, give)
          .pipe(Effect.catchAll((error) => Effect.logWarning("events wait in the inbox", error)))
      })
    const store = yield* makeStore(storeTogether, inTurn)

    const poll = Effect.gen(function* () {
      yield* membership.assure
      yield* hand.catchUp
      yield* adopt(database, membership)
      if ((yield* Queue.size(taken)) >= batch) return
      yield* hand.take(
        sql`sequence IN (
        SELECT sequence FROM line_effect_inbox_events AS event
        JOIN line_effect_inbox_chats AS chat ON chat.lane = event.lane
        WHERE chat.process_id = ${membership.id()} AND event.event IS NOT NULL
          AND (event.process_id IS NULL OR event.process_id <> ${membership.id()})
        ORDER BY sequence LIMIT ${batch})`,
        (handed) => handed.forEach(pend)
      )
    }).pipe(inTurn)

    const sweep = makeSweep(database, membership, Math.min(timeToLive, Sql.sweepInterval))

    // In turn too: a chat must not be forgotten while what comes for it is being stored.
    yield* Effect.zipRight(poll, inTurn(sweep)).pipe(
      whileItFails("the inbox could not be read"),
      Effect.repeat(Schedule.spaced(pollInterval)),
      Effect.forkScoped
    )

    const again = Schedule.spaced("1 second").pipe(Schedule.upTo(lease))

    /** Changes an event that is this process's. What is `later` happens if the database cannot be used. */
    const change = (which: Fragment, to: Fragment, later: () => void) =>
      Effect.gen(function* () {
        yield* membership.assure
        return yield* run(sql`UPDATE line_effect_inbox_events SET ${to}
          WHERE ${which} AND event IS NOT NULL AND process_id = ${membership.id()}
            AND EXISTS (${living(sql, membership.id())}) RETURNING id`)
      }).pipe(
        Effect.retry(again),
        Effect.onError(() => Effect.sync(later))
      )

    return {
      store,
      pending: Stream.fromQueue(taken),
      begin: (entry) =>
        Effect.suspend(() => {
          const lane = Entry.lane(entry)
          // What comes after an event that could not begin must not overtake it: all are given again, in their order.
          if (late.chats.has(lane)) return outOfTurn
          const begun = change(hand.given(entry), sql`attempts = attempts + 1`, () => late.chats.add(lane))
          return Effect.flatMap(begun, (rows) => (rows.length > 0 ? Effect.void : lost))
        }).pipe(Effect.onError(() => leave(entry))),
      complete: (entry) =>
        Clock.currentTimeMillis.pipe(
          Effect.flatMap((now) =>
            change(sql`id = ${entry.id}`, sql`event = NULL, expires_at = ${now + timeToLive}`, () =>
              late.completed.add(entry.id)
            )
          ),
          Effect.ensuring(leave(entry))
        )
    }
  })

/**
 * An inbox in a database. Processes of several machines share PostgreSQL; an SQLite file is for those of one, whose client is
 * best the inbox's own: what another user of it does may keep the inbox waiting.
 *
 * @example
 * ```ts
 * import { PgClient } from "@effect/sql-pg"
 * import * as Config from "effect/Config"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 * import * as Inbox from "line-effect/Inbox"
 * import * as InboxSql from "line-effect/InboxSql"
 * import * as NodeHttp from "line-effect/NodeHttp"
 * import * as Webhook from "line-effect/Webhook"
 *
 * const { listener } = NodeHttp.toListener(
 *   Effect.map(Inbox.Inbox, (inbox) => ({
 *     channelSecret: Redacted.make("…"),
 *     inbox,
 *     handlers: Webhook.handlers({ follow: () => Effect.log("a new friend") })
 *   })),
 *   InboxSql.layer().pipe(Layer.provide(PgClient.layerConfig({ url: Config.redacted("DATABASE_URL") })))
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<Inbox.Inbox, StoreError.StoreError, SqlClient.SqlClient> =>
  Layer.scoped(Inbox.Inbox, make(options))

const name = "the inbox"

// So many events are taken from the database at once.
const batch = 1000

// A statement of a process that died may still be on its way, but not for so long.
const tombstoneTime = 24 * 60 * 60_000

const failed = (message: string) => new StoreError.StoreError({ store: name, cause: new Error(message) })

const lost = failed("the event is another process's now, has been handled, or comes again: it must not be handled here")

const outOfTurn = failed("an event before this one in its chat could not begin: this one comes again after that")

const closed = failed("it is closed")

/** Gives up what the database does not answer for the time of a lease, also in a region that is not interruptible. */
const limited = <A>(effect: Effect.Effect<A, StoreError.StoreError>, lease: number) =>
  Effect.timeoutFail(Effect.interruptible(effect), {
    duration: lease,
    onTimeout: () => failed(`no answer within ${Duration.format(lease)}: see that the database runs`)
  })

/** What one call of `store` brings. */
interface Request {
  readonly entries: ReadonlyArray<Inbox.Entry>
  /** Those that are to be handled now. */
  readonly now: Array<Inbox.Entry>
  readonly answer: Deferred.Deferred<ReadonlyArray<Inbox.Entry>, StoreError.StoreError>
}

/**
 * Stores what requests bring, with `together`. Each comes with a turn, in which whoever waits then is stored and answered: its
 * own at the latest, unless the inbox closes first.
 */
const makeStore = (
  together: (requests: ReadonlyArray<Request>) => Effect.Effect<void, StoreError.StoreError>,
  inTurn: (effect: Effect.Effect<unknown>) => Effect.Effect<unknown>
): Effect.Effect<Inbox.Service["store"], never, Scope.Scope> =>
  Effect.map(Effect.scope, (scope) => {
    const waiting: Array<Request> = []
    const turn = Effect.suspend(() => {
      const requests = takeBatch(waiting)
      if (requests.length === 0) return Effect.void
      return Effect.flatMap(Effect.exit(together(requests)), (exit) =>
        Effect.forEach(requests, ({ answer, now }) => Deferred.done(answer, Exit.as(exit, now)), { discard: true })
      )
    }).pipe(inTurn, Effect.interruptible)

    return (deliveries) =>
      Effect.gen(function* () {
        if (deliveries.length === 0) return []
        const entries = Entry.fromDeliveries(deliveries, yield* Clock.currentTimeMillis)
        const answer = yield* Deferred.make<ReadonlyArray<Inbox.Entry>, StoreError.StoreError>()
        waiting.push({ entries, now: [], answer })
        yield* Effect.forkIn(Effect.ensuring(turn, Deferred.fail(answer, closed)), scope)
        // Not the turn itself: events that came later in a chat may be given before that.
        return yield* Deferred.await(answer)
      }).pipe(Effect.uninterruptible)
  })

// A statement has so many parameters at most, seven of them for each event.
const takeBatch = (waiting: Array<Request>): ReadonlyArray<Request> => {
  let events = 0
  const end = waiting.findIndex(({ entries }) => (events += entries.length) > batch)
  return waiting.splice(0, end < 0 ? waiting.length : Math.max(1, end))
}

/**
 * The tables. A process has died when it has a `died_at`, and never lives again. An event that was handled is an id without an
 * `event`. `process_id` of an event is the process that has been given it, with the `hand` of that number.
 */
const tables = (sql: SqlClient.SqlClient): ReadonlyArray<Statement<object>> => [
  sql`CREATE TABLE IF NOT EXISTS line_effect_inbox_processes (
    process_id TEXT PRIMARY KEY,
    renewals BIGINT NOT NULL,
    died_at BIGINT
  )`,
  sql`CREATE TABLE IF NOT EXISTS line_effect_inbox_chats (lane TEXT PRIMARY KEY, process_id TEXT NOT NULL)`,
  sql`CREATE TABLE IF NOT EXISTS line_effect_inbox_events (
    sequence ${sql.literal(
      sql.onDialectOrElse({ pg: () => "BIGSERIAL PRIMARY KEY", orElse: () => "INTEGER PRIMARY KEY AUTOINCREMENT" })
    )},
    id TEXT NOT NULL UNIQUE,
    lane TEXT NOT NULL,
    destination TEXT NOT NULL,
    channel TEXT,
    event TEXT,
    received_at BIGINT NOT NULL,
    attempts INTEGER NOT NULL,
    process_id TEXT,
    hand BIGINT,
    expires_at BIGINT
  )`,
  sql`CREATE INDEX IF NOT EXISTS line_effect_inbox_chats_process_id ON line_effect_inbox_chats (process_id)`,
  sql`CREATE INDEX IF NOT EXISTS line_effect_inbox_events_lane
    ON line_effect_inbox_events (lane, sequence) WHERE event IS NOT NULL`,
  sql`CREATE INDEX IF NOT EXISTS line_effect_inbox_events_expires_at
    ON line_effect_inbox_events (expires_at) WHERE expires_at IS NOT NULL`
]

const rowOf = (entry: Inbox.Entry) => ({
  id: entry.id,
  lane: Entry.lane(entry),
  destination: entry.destination,
  channel: entry.channel ?? null,
  event: JSON.stringify(SentEvent.encode(entry.event)),
  received_at: entry.receivedAt,
  attempts: 0
})

/** An event in its table. Drivers give large numbers as text. */
interface Row {
  readonly sequence: number | string
  readonly id: string
  readonly destination: string
  readonly channel: string | null
  readonly event: string
  readonly received_at: number | string
  readonly attempts: number | string
}

const entryOf = ({ attempts, channel, destination, event, id, received_at }: Row): Inbox.Entry => ({
  id,
  destination,
  ...(channel === null ? undefined : { channel }),
  event: SentEvent.decode(JSON.parse(event)),
  receivedAt: Number(received_at),
  attempts: Number(attempts)
})

const living = (sql: SqlClient.SqlClient, id: string) =>
  sql`SELECT 1 FROM line_effect_inbox_processes WHERE process_id = ${id} AND died_at IS NULL`

/**
 * Whose a chat is to be: its owner's, or this process's if that has died. One that is not known is not taken for dead: it may
 * have come after this statement began.
 */
const ownerOf = ({ sql }: Sql.Database, { id }: Membership) => sql`CASE WHEN EXISTS (
  SELECT 1 FROM line_effect_inbox_processes AS owner
  WHERE owner.process_id = line_effect_inbox_chats.process_id AND owner.died_at IS NOT NULL
) THEN ${id()} ELSE line_effect_inbox_chats.process_id END`

/** Makes the chats with events that have no living owner this process's. */
const adopt = (database: Sql.Database, membership: Membership) => {
  const { run, sql } = database
  return run(sql`INSERT INTO line_effect_inbox_chats (lane, process_id)
    SELECT DISTINCT event.lane, CAST(${membership.id()} AS TEXT) FROM line_effect_inbox_events AS event
    LEFT JOIN line_effect_inbox_chats AS chat ON chat.lane = event.lane
    LEFT JOIN line_effect_inbox_processes AS owner ON owner.process_id = chat.process_id
    WHERE event.event IS NOT NULL AND (chat.lane IS NULL OR owner.died_at IS NOT NULL)
    ORDER BY 1
    ON CONFLICT (lane) DO UPDATE SET process_id = ${ownerOf(database, membership)}`)
}

/** What the database could not be told, which it is as soon as it can be used. */
interface Late {
  /** The ids of events that have been handled. */
  readonly completed: Set<string>
  /** The chats of events that could not begin: this process gives back what it has of them, and takes it again. */
  readonly chats: Set<string>
}

/** Events on their way from the database to this process. */
interface Hand {
  /**
   * Takes events of the chats of this process that it has not been given yet, and gives them on in their order: at once, for
   * what is taken and then lost by an interruption would not come again.
   */
  readonly take: (
    which: Fragment,
    give: (entries: ReadonlyArray<Inbox.Entry>) => void
  ) => Effect.Effect<void, StoreError.StoreError>
  /** Tells the database what is late. */
  readonly catchUp: Effect.Effect<void, StoreError.StoreError>
  /** The row of an event, if it has not been given again since. */
  readonly given: (entry: Inbox.Entry) => Fragment
}

const makeHand = ({ run, sql }: Sql.Database, { id }: Membership, late: Late, timeToLive: number): Hand => {
  let number = 0
  const numbers = new WeakMap<Inbox.Entry, number>()
  // Those whose answer did not arrive: they may have given it events all the same, and have to give them back.
  const unanswered = new Set<number>()

  const complete = Effect.gen(function* () {
    while (late.completed.size > 0) {
      const ids = Arr.take(late.completed, batch)
      const expiresAt = (yield* Clock.currentTimeMillis) + timeToLive
      yield* run(sql`UPDATE line_effect_inbox_events SET event = NULL, expires_at = ${expiresAt}
        WHERE event IS NOT NULL AND process_id = ${id()} AND id IN ${sql.in(ids)}`)
      for (const id of ids) late.completed.delete(id)
    }
  })
  const giveBack = Effect.gen(function* () {
    const hands = [...unanswered]
    const lanes = Arr.take(late.chats, batch)
    if (hands.length + lanes.length === 0) return
    yield* run(sql`UPDATE line_effect_inbox_events SET process_id = NULL
      WHERE event IS NOT NULL AND process_id = ${id()} AND ${sql.or([sql.in("hand", hands), sql.in("lane", lanes)])}`)
    for (const hand of hands) unanswered.delete(hand)
    for (const lane of lanes) late.chats.delete(lane)
  })
  // In this order: what was handled must not be given back.
  const catchUp = Effect.zipRight(complete, giveBack)

  return {
    catchUp,
    take: (which, give) =>
      Effect.gen(function* () {
        yield* catchUp
        const hand = ++number
        unanswered.add(hand)
        const rows = yield* run(sql<Row>`UPDATE line_effect_inbox_events SET process_id = ${id()}, hand = ${hand}
          WHERE event IS NOT NULL AND (process_id IS NULL OR process_id <> ${id()}) AND ${which}
            AND lane IN (SELECT lane FROM line_effect_inbox_chats WHERE process_id = ${id()})
          RETURNING sequence, id, destination, channel, event, received_at, attempts`)
        unanswered.delete(hand)
        const entries = [...rows].sort((a, b) => Number(a.sequence) - Number(b.sequence)).map(entryOf)
        for (const entry of entries) numbers.set(entry, hand)
        give(entries)
      }),
    given: (entry) => {
      const number = numbers.get(entry)
      return number === undefined ? sql`id = ${entry.id}` : sql`id = ${entry.id} AND hand = ${number}`
    }
  }
}

/** This process among those that share the inbox. */
interface Membership {
  /** Its id, until it is taken for dead and goes on as another. */
  readonly id: () => string
  /** Gives a sign of life, if the last one may be too old for others. */
  readonly assure: Effect.Effect<void, StoreError.StoreError>
}

const join = (
  { run, sql }: Sql.Database,
  lease: number
): Effect.Effect<Membership, StoreError.StoreError, Scope.Scope> =>
  Effect.gen(function* () {
    let id = Uuid.v4()
    let renewedAt = yield* elapsed
    const atATime = (yield* Effect.makeSemaphore(1)).withPermits(1)
    const enter = Effect.suspend(() =>
      run(sql`INSERT INTO line_effect_inbox_processes ${sql.insert({ process_id: id, renewals: 0 })}`)
    )
    // What others saw last is from after this, so that they count from there at the earliest.
    const renew = Effect.gen(function* () {
      const now = yield* elapsed
      const alive = yield* run(sql`UPDATE line_effect_inbox_processes SET renewals = renewals + 1
        WHERE process_id = ${id} AND died_at IS NULL RETURNING process_id`)
      if (alive.length === 0) {
        yield* Effect.logWarning(
          "this process was taken for dead, and its events were taken over: it goes on as a new one"
        )
        id = Uuid.v4()
        yield* enter
      }
      renewedAt = now
    })

    yield* Effect.acquireRelease(enter, () =>
      Clock.currentTimeMillis.pipe(
        Effect.flatMap((now) =>
          run(sql`UPDATE line_effect_inbox_processes SET died_at = ${now} WHERE process_id = ${id}`)
        ),
        Effect.catchAll((error) => Effect.logWarning("others take over the inbox when the lease is over", error))
      )
    )
    const watch = makeWatch({ run, sql }, () => id, lease)
    yield* Effect.zipRight(atATime(renew), watch).pipe(
      whileItFails("the lease of the inbox could not be renewed"),
      Effect.repeat(Schedule.spaced(lease / 3)),
      Effect.forkScoped
    )
    return {
      id: () => id,
      assure: atATime(Effect.flatMap(elapsed, (now) => (now - renewedAt < lease / 2 ? Effect.void : renew)))
    }
  })

/** Whoever gives no sign of life for the time of a lease is dead from then on. */
const makeWatch = (
  { run, sql }: Sql.Database,
  id: () => string,
  lease: number
): Effect.Effect<void, StoreError.StoreError> => {
  let seen = new Map<string, { readonly renewals: number; readonly since: number }>()
  let lookedAt = 0
  return Effect.gen(function* () {
    const rows = yield* run(sql<{ readonly process_id: string; readonly renewals: number | string }>`
      SELECT process_id, renewals FROM line_effect_inbox_processes WHERE died_at IS NULL AND process_id <> ${id()}`)
    const now = yield* elapsed
    // Who did not look could not see: the database may have been down for all.
    const before = now - lookedAt > lease / 2 ? new Map<string, never>() : seen
    lookedAt = now
    seen = new Map()
    for (const { process_id, renewals } of rows) {
      const last = before.get(process_id)
      const one = last?.renewals === Number(renewals) ? last : { renewals: Number(renewals), since: now }
      seen.set(process_id, one)
      if (now - one.since < lease) continue
      const diedAt = yield* Clock.currentTimeMillis
      yield* run(sql`UPDATE line_effect_inbox_processes SET died_at = ${diedAt}
        WHERE process_id = ${process_id} AND renewals = ${one.renewals} AND died_at IS NULL`)
    }
  })
}

/** Forgets once in a while what is not needed any more. */
const makeSweep = (
  { run, sql }: Sql.Database,
  { id }: Membership,
  interval: number
): Effect.Effect<void, StoreError.StoreError> => {
  let sweptAt = 0
  return Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    if (now - sweptAt < interval) return
    sweptAt = now
    yield* run(sql`DELETE FROM line_effect_inbox_events WHERE expires_at <= ${now}`)
    // An event that comes for such a chat meanwhile finds nobody, until it is adopted.
    yield* run(sql`DELETE FROM line_effect_inbox_chats
      WHERE (process_id = ${id()} OR EXISTS (
          SELECT 1 FROM line_effect_inbox_processes AS owner
          WHERE owner.process_id = line_effect_inbox_chats.process_id AND owner.died_at IS NOT NULL))
        AND NOT EXISTS (SELECT 1 FROM line_effect_inbox_events AS event
          WHERE event.lane = line_effect_inbox_chats.lane AND event.event IS NOT NULL)`)
    yield* run(sql`DELETE FROM line_effect_inbox_processes WHERE died_at <= ${now - tombstoneTime}
      AND NOT EXISTS (SELECT 1 FROM line_effect_inbox_chats AS chat
        WHERE chat.process_id = line_effect_inbox_processes.process_id)`)
  })
}

const elapsed = Effect.map(TimeLimit.elapsed, (now) => now())

/** What goes on whatever happens, and says when it begins to fail. */
const whileItFails = (message: string) => {
  let fails = false
  const told = (problem: unknown) =>
    Effect.suspend(() => {
      if (fails) return Effect.void
      fails = true
      return Effect.logWarning(message, problem)
    })
  return <A>(effect: Effect.Effect<A, StoreError.StoreError>): Effect.Effect<void> =>
    Effect.map(effect, () => {
      fails = false
    }).pipe(Effect.catchAll(told), Effect.catchAllDefect(told))
}
