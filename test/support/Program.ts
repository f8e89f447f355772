/**
 * The command line as it is shipped: one file, in a folder with nothing else.
 */
import { execFileSync, spawn, type ChildProcess } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"

/** What a program has come to. */
export interface Ended {
  readonly exitCode: number | null
  readonly stdout: ReadonlyArray<string>
  readonly stderr: ReadonlyArray<string>
}

/** A program that runs. */
export interface Running {
  /** The first line of either stream that matches, of those that are there or are to come. */
  readonly line: (pattern: RegExp) => Promise<string>
  readonly signal: (signal: NodeJS.Signals) => Promise<Ended>
  readonly ended: Promise<Ended>
}

/** Builds the program into a folder of its own. */
export const build = () => {
  const folder = mkdtempSync(join(tmpdir(), "line-effect-"))
  const program = join(folder, "line-effect.mjs")
  execFileSync(process.execPath, ["scripts/cli.mjs", program])
  const children = new Set<ChildProcess>()
  const start = (
    args: ReadonlyArray<string>,
    options: { readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {}
  ): Running => {
    const child = spawn(process.execPath, [program, ...args], { cwd: folder, env: { TZ: "UTC", ...options.env } })
    children.add(child)
    child.stdin.end(options.input ?? "")
    return follow(child)
  }
  return {
    folder,
    start,
    run: (...args: Parameters<typeof start>): Promise<Ended> => start(...args).ended,
    remove: () => {
      for (const child of children) child.kill("SIGKILL")
      rmSync(folder, { recursive: true })
    }
  }
}

const follow = (child: ChildProcess): Running => {
  const stdout: Array<string> = []
  const stderr: Array<string> = []
  const waiting = new Set<() => void>()
  const wake = () => {
    for (const look of waiting) look()
  }
  for (const [stream, lines] of [
    [child.stdout, stdout],
    [child.stderr, stderr]
  ] as const) {
    if (stream === null) throw new Error("no pipe")
    createInterface(stream).on("line", (line) => {
      lines.push(line)
      wake()
    })
  }
  let isOver = false
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (exitCode) => {
      isOver = true
      wake()
      resolve({ exitCode, stdout, stderr })
    })
  })
  const line = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = () => {
        const found = [...stdout, ...stderr].find((line) => pattern.test(line))
        if (found === undefined && !isOver) return
        waiting.delete(look)
        if (found === undefined) reject(new Error(`no line ${pattern}: ${[...stdout, ...stderr].join("\n")}`))
        else resolve(found)
      }
      waiting.add(look)
      look()
    })
  return {
    line,
    ended,
    signal: (signal) => {
      child.kill(signal)
      return ended
    }
  }
}
