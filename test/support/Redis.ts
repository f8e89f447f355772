import { existsSync } from "node:fs"
import { join } from "node:path"
import * as Daemon from "./Daemon.js"

/** Where Debian's package puts it. */
const program = process.env["REDIS_SERVER"] ?? "/usr/bin/redis-server"

/** Whether tests of it are left out: where there is none, except in CI, which must have one. */
export const isMissing = !existsSync(program) && process.env["CI"] === undefined

/** A server of its own, which nothing reaches but through its socket. */
export const start = async (): Promise<Daemon.Daemon & { readonly path: string }> => {
  const folder = Daemon.makeFolder()
  const path = join(folder, "redis.sock")
  const daemon = await Daemon.start({
    program,
    args: ["--port", "0", "--unixsocket", path, "--save", "", "--dir", folder],
    ready: /ready to accept connections/i,
    folder
  })
  return { ...daemon, path }
}
