/**
 * What the stores in an SQL database have in common. They make do with single statements, each of which is atomic: a
 * transaction would keep the other processes of an SQLite file waiting.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { Statement } from "@effect/sql/Statement"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as StoreError from "../StoreError.js"
import * as Reason from "./Reason.js"

/** How often a store deletes what it need not know any more, in milliseconds. */
export const sweepInterval = 60_000

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
    const polite = sql.onDialectOrElse({ sqlite: () => makePolite(sql), orElse: () => direct })
    const run: Run = (statement) => Effect.mapError(polite(statement), failed(store))
    // Whoever reads does not hold up who writes, as the drivers of SQLite have it for the most part; it stays so in the file.
    yield* sql.onDialectOrElse({
      sqlite: () => Effect.ignore(sql.unsafe("PRAGMA journal_mode = WAL")),
      orElse: () => Effect.void
    })
    // PostgreSQL may fail if two processes make the same table at once: then it is there for the second try.
    for (const table of tables(sql)) yield* Effect.retry(run(table), { times: 2 })
    return { sql, run }
  })

/**
 * SQLite lets one process write at a time, and some of its drivers do not wait for their turn by themselves. This is said
 * before each statement, for a transaction of the program may have opened another connection.
 *
 * A statement that waited in vain stays open in the driver of libSQL, whose connection then keeps a lock and commits nothing
 * that comes after it: it is not used again before a transaction, after which that driver opens another one.
 *
 * @see https://github.com/tursodatabase/libsql-client-ts/issues/352
 */
const makePolite = (sql: SqlClient.SqlClient) => {
  let isSpoilt = false
  // One that is reached over a network may not know it, and need not.
  let mayWait = true
  const renew = sql
    .withTransaction(new Renewed())
    .pipe(Effect.catchTag("Renewed", () => Effect.sync(() => void (isSpoilt = false))))
  const wait = Effect.catchAll(sql.unsafe("PRAGMA busy_timeout = 2000"), () =>
    Effect.sync(() => void (mayWait = false))
  )
  const polite: Polite = (statement) =>
    Effect.suspend(() => (isSpoilt ? renew : Effect.void)).pipe(
      Effect.zipRight(Effect.suspend(() => (mayWait ? wait : Effect.void))),
      Effect.zipRight(statement),
      Effect.tapError((error) => Effect.sync(() => void (isSpoilt ||= isBusy(error))))
    )
  return polite
}

type Polite = <A>(statement: Effect.Effect<A, SqlError>) => Effect.Effect<A, SqlError>

const direct: Polite = (statement) => statement

/** Ends a transaction of which nothing is to remain. */
class Renewed extends Data.TaggedError("Renewed") {}

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
