import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A server program that a test has started for itself. */
export interface Daemon {
  /** Ends it and removes its folder. */
  readonly stop: () => Promise<void>
}

/** A folder for what a server keeps, which {@link Daemon.stop} removes. The path of a socket in it must be short. */
export const makeFolder = (): string => mkdtempSync(join(tmpdir(), "line-effect-"))

/** Starts a server, and waits until it says that it is ready. */
export const start = (options: {
  readonly program: string
  readonly args: ReadonlyArray<string>
  readonly ready: RegExp
  readonly folder: string
  readonly as?: { readonly uid?: number; readonly gid?: number }
  readonly signal?: NodeJS.Signals
}): Promise<Daemon> =>
  new Promise((resolve, reject) => {
    const { args, as, folder, program, ready, signal = "SIGKILL" } = options
    const child = spawn(program, args, { ...as, cwd: folder, stdio: ["ignore", "pipe", "pipe"] })
    const end = () => void child.kill(signal)
    process.once("exit", end)
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()))
    let output = ""
    const read = (chunk: Buffer) => {
      output += chunk.toString()
      if (!ready.test(output)) return
      resolve({
        stop: async () => {
          process.off("exit", end)
          end()
          await ended
          rmSync(folder, { recursive: true, force: true })
        }
      })
    }
    child.stdout.on("data", read)
    child.stderr.on("data", read)
    child.once("error", reject)
    child.once("close", () => reject(new Error(`${program} did not start:\n${output}`)))
  })
