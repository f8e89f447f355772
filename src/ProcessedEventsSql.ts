/**
 * The events that have been handled, in a table of an SQL database: SQLite or PostgreSQL. It is built on `@effect/sql`, which
 * a program that uses this module installs, with the driver of its database.
 *
 * @since 0.1.0
 */
import type * as SqlClient from "@effect/sql/SqlClient"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Recent from "./internal/Recent.js"
import * as Sql from "./internal/Sql.js"
import * as ProcessedEvents from "./ProcessedEvents.js"
import type * as StoreError from "./StoreError.js"

/**
 * How long an event is remembered; a day unless set.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly timeToLive?: Duration.DurationInput | undefined
}

/**
 * Remembers events in the table `line_effect_processed_events`, which is made if there is none. Fails with `StoreError` if
 * that cannot be.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {}
): Effect.Effect<ProcessedEvents.Service, StoreError.StoreError, SqlClient.SqlClient> =>
  Effect.gen(function* () {
    const timeToLive = Duration.toMillis(options.timeToLive ?? Recent.standard.timeToLive)
    const { run, sql } = yield* Sql.open("the processed events", (sql) => [
      sql`CREATE TABLE IF NOT EXISTS line_effect_processed_events (
        webhook_event_id TEXT PRIMARY KEY,
        expires_at BIGINT NOT NULL
      )`,
      sql`CREATE INDEX IF NOT EXISTS line_effect_processed_events_expires_at
        ON line_effect_processed_events (expires_at)`
    ])
    let forgottenAt = 0

    // Not with every event: once in a while is enough to keep the table small.
    const forget = (now: number): Effect.Effect<void> => {
      if (now - forgottenAt < Math.min(timeToLive, Sql.sweepInterval)) return Effect.void
      forgottenAt = now
      return run(sql`DELETE FROM line_effect_processed_events WHERE expires_at <= ${now}`).pipe(
        Effect.catchAll((error) =>
          Effect.logWarning("events that were handled long ago could not be forgotten", error)
        ),
        Effect.asVoid
      )
    }

    return {
      has: (id) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          Effect.map(
            run(sql`SELECT 1 FROM line_effect_processed_events WHERE webhook_event_id = ${id} AND expires_at > ${now}`),
            (rows) => rows.length > 0
          )
        ),
      add: (id) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          Effect.zipRight(
            run(sql`INSERT INTO line_effect_processed_events (webhook_event_id, expires_at)
              VALUES (${id}, ${now + timeToLive})
              ON CONFLICT (webhook_event_id) DO UPDATE SET expires_at = excluded.expires_at`),
            forget(now)
          )
        )
    }
  })

/**
 * The events that have been handled, in a database that outlives the process and that several processes may share.
 *
 * @example
 * ```ts
 * import { PgClient } from "@effect/sql-pg"
 * import * as Config from "effect/Config"
 * import * as Layer from "effect/Layer"
 * import * as ProcessedEventsSql from "line-effect/ProcessedEventsSql"
 *
 * const inPostgreSQL = ProcessedEventsSql.layer().pipe(
 *   Layer.provide(PgClient.layerConfig({ url: Config.redacted("DATABASE_URL") }))
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options?: Options
): Layer.Layer<ProcessedEvents.ProcessedEvents, StoreError.StoreError, SqlClient.SqlClient> =>
  Layer.effect(ProcessedEvents.ProcessedEvents, make(options))
