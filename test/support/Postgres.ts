import { PgClient } from "@effect/sql-pg"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { execFileSync } from "node:child_process"
import { chownSync, existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import * as Reactivity from "@effect/experimental/Reactivity"
import * as Daemon from "./Daemon.js"

/** Where Debian's package puts its programs, a folder for each version. */
const versions = "/usr/lib/postgresql"
const [version] = existsSync(versions) ? readdirSync(versions) : []
const programs = process.env["POSTGRES_PROGRAMS"] ?? join(versions, version ?? "", "bin")

/** Whether tests of it are left out: where there is none, except in CI, which must have one. */
export const isMissing = !existsSync(join(programs, "initdb")) && process.env["CI"] === undefined

/** It refuses to run as root: there it runs as the user that Debian's package makes. */
const user = (): { readonly uid?: number; readonly gid?: number } =>
  process.getuid?.() === 0
    ? { uid: Number(execFileSync("id", ["-u", "postgres"])), gid: Number(execFileSync("id", ["-g", "postgres"])) }
    : {}

/** The configuration of a client. */
export interface Address {
  readonly host: string
  readonly username: string
  readonly database: string
}

export interface Postgres extends Daemon.Daemon {
  /** A new database. */
  readonly database: Effect.Effect<Address>
  /** Lets nobody into a database any more, and ends the connections that there are. */
  readonly shut: (database: Address) => Effect.Effect<void>
}

/** A server of its own, which nothing reaches but through its socket. */
export const start = async (): Promise<Postgres> => {
  const folder = Daemon.makeFolder()
  const as = user()
  if (as.uid !== undefined && as.gid !== undefined) chownSync(folder, as.uid, as.gid)
  const data = join(folder, "data")
  const initdb = ["--pgdata", data, "--username", "postgres", "--auth", "trust", "--no-sync", "--encoding", "UTF8"]
  execFileSync(join(programs, "initdb"), initdb, { ...as, cwd: folder, stdio: "ignore" })
  const daemon = await Daemon.start({
    program: join(programs, "postgres"),
    args: [
      ...["-D", data, "-c", "listen_addresses=", "-c", `unix_socket_directories=${folder}`],
      ...["-c", "fsync=off", "-c", "max_connections=100"]
    ],
    ready: /ready to accept connections/,
    folder,
    as,
    // Ends without waiting for its clients.
    signal: "SIGQUIT"
  })
  const address = (database: string): Address => ({ host: folder, username: "postgres", database })
  let databases = 0
  return {
    ...daemon,
    database: Effect.suspend(() => {
      const name = `test_${++databases}`
      return Effect.as(administer(address("postgres"), `CREATE DATABASE ${name}`), address(name))
    }),
    shut: ({ database }) =>
      administer(
        address("postgres"),
        `ALTER DATABASE ${database} WITH ALLOW_CONNECTIONS false`,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}'`
      )
  }
}

const administer = (address: Address, ...statements: ReadonlyArray<string>): Effect.Effect<void> =>
  client(address).pipe(
    Effect.flatMap((sql) => Effect.forEach(statements, (statement) => sql.unsafe(statement), { discard: true })),
    Effect.scoped,
    Effect.orDie
  )

const client = (address: Address): Effect.Effect<PgClient.PgClient, unknown, Scope.Scope> =>
  Effect.provide(PgClient.make(address), Reactivity.layer)
