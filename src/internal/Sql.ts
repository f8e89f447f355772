/**
 * What the stores in an SQL database have in common. They make do with single statements, each of which is atomic: a
 * transaction would keep the other processes of an SQLite file waiting.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { Statement } from "@effect/sql/Statement"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schedule from "effect/Schedule"
import * as StoreError from "../StoreError.js"
import * as Reason from "./Reason.js"

/** The rows of a statement. */
export type Run = <A extends object>(statement: Statement<A>) => Effect.Effect<ReadonlyArray<A>, StoreError.StoreError>

export interface Database {
  /** Writes statements as they are here, whatever names the program gives to its own tables and columns. */
  readonly sql: SqlClient.SqlClient
  readonly run: Run
}

/** The database of a store, with its tables, which are made if there are none. `store` names it in errors. */
export const open = (
  store: string,
  tables: (sql: SqlClient.SqlClient) => ReadonlyArray<Statement<object>>
): Effect.Effect<Database, StoreError.StoreError, SqlClient.SqlClient> =>
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const run: Run = (statement) => Effect.mapError(patient(statement), failed(store))
    // PostgreSQL may fail if two processes make the same table at once: then it is there for the second try.
    for (const table of tables(sql)) yield* Effect.retry(run(table), { times: 2 })
    return { sql, run }
  })

/** SQLite lets one process write at a time, and some of its drivers do not wait for their turn by themselves. */
const patient = <A>(effect: Effect.Effect<A, SqlError>): Effect.Effect<A, SqlError> =>
  Effect.retry(effect, {
    while: isBusy,
    schedule: Schedule.spaced("20 millis").pipe(Schedule.jittered, Schedule.upTo(Duration.seconds(5)))
  })

const isBusy = ({ cause }: SqlError): boolean =>
  Predicate.hasProperty(cause, "code") && typeof cause.code === "string" && cause.code.startsWith("SQLITE_BUSY")

const failed =
  (store: string) =>
  (error: SqlError): StoreError.StoreError =>
    new StoreError.StoreError({
      store,
      cause: new Error(
        `${Reason.of(error)}: see that the database runs, and that its user may read, write and make tables`,
        { cause: error }
      )
    })
