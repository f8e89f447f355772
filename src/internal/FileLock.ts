/**
 * The lock of a file that one process has for itself.
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as fs from "node:fs"
import { hostname } from "node:os"
import { resolve } from "node:path"
import * as Uuid from "uuid"
import * as Log from "./Log.js"
import * as OwnFile from "./OwnFile.js"

/** Tells whether a file is this process's still. */
export interface FileLock {
  /** Throws if the file is not this process's any more; asked before each use of it. */
  readonly assure: () => void
  /** Whether it is not, as far as is known. */
  readonly isLost: () => boolean
}

/**
 * Takes a file for this process until the scope closes, or fails.
 *
 * The lock is a file that is made if there is none, and says whose it is. That of a process that is gone is nobody's. Whether one
 * of another host or container is there cannot be seen, nor, elsewhere than on Linux, whether a number is still the same process's:
 * it is taken for gone if it gives no sign of life for 15 seconds.
 * No two clocks are compared. A process that could not give one for so long finds out before it uses the file again.
 */
export const make = (file: string): Effect.Effect<FileLock, Error, Scope.Scope> =>
  Effect.gen(function* () {
    const path = `${file}.lock`
    const clock = yield* Effect.clock
    let renewedAt = clock.unsafeCurrentTimeNanos()
    let lost: Error | undefined
    const text = yield* take(path)

    const renew = () => {
      if (lost !== undefined) throw lost
      const now = clock.unsafeCurrentTimeNanos()
      // Also without any: another process may have come and gone.
      if (look(path)?.text !== text) {
        lost = new Error("it was taken over, or its lock was removed; start this process again")
        throw lost
      }
      const sign = clock.unsafeCurrentTimeMillis() / 1000
      fs.utimesSync(path, sign, sign)
      renewedAt = now
    }

    yield* attempt(renew).pipe(
      // What is wrong with the disk is told by what is written next.
      Effect.catchIf(
        () => lost === undefined,
        () => Effect.void
      ),
      Effect.repeat(Schedule.spaced(beat)),
      Effect.catchAll((error) => Log.error(`${file} cannot be used any more`, error)),
      Effect.forkScoped
    )
    return {
      assure: () => {
        if (lost !== undefined || clock.unsafeCurrentTimeNanos() - renewedAt > mostSilence) renew()
      },
      isLost: () => lost !== undefined
    }
  })

const beat = "5 seconds"

/** How often another process looks for a sign of life, and how long it waits between. */
const looks = 15
const betweenLooks = "1 second"

// Half of the time in which others look, in nanoseconds.
const mostSilence = 7_500_000_000n

/** The locks that this process has: its number alone would not tell. */
const taken = new Set<string>()

const take = (path: string): Effect.Effect<string, Error, Scope.Scope> =>
  Effect.gen(function* () {
    const text = [process.pid, placeHere(), processOf(process.pid)?.start ?? "", hostHere(), Uuid.v4()].join("\n")
    const claim = attempt(() => create(path, text)).pipe(
      Effect.tap((isOurs) =>
        isOurs ? Effect.addFinalizer(() => Effect.sync(() => release(path, text))) : Effect.void
      ),
      Effect.uninterruptible
    )
    while (!(yield* claim)) {
      const found = yield* attempt(() => look(path))
      if (found === undefined) continue
      const state = stateOf(path, found)
      const later = state === "unseen" ? yield* watch(path, found) : found
      // Others have come or gone meanwhile.
      if (later?.text !== found.text) continue
      if (state === "running" || later.sign !== found.sign) return yield* Effect.fail(isOpen(found))
      // One at a time, or the lock that is removed might be that of another process that has just done so.
      yield* Effect.zipRight(
        take(`${path}.takeover`),
        attempt(() => {
          if (look(path)?.text === found.text) fs.rmSync(path)
        })
      ).pipe(Effect.scoped)
    }
    return text
  })

/** A lock as it was seen: a sign of life changes its time. */
interface Look {
  readonly text: string
  readonly sign: number
}

const look = (path: string): Look | undefined => {
  try {
    return { text: fs.readFileSync(path, "utf8"), sign: fs.statSync(path).mtimeMs }
  } catch (error) {
    if (isCode(error, "ENOENT")) return undefined
    throw error
  }
}

/** Looks until something happens to a lock, or for long enough: by its own count, as it may stand still with the other. */
const watch = (path: string, found: Look): Effect.Effect<Look | undefined, Error> =>
  Effect.gen(function* () {
    yield* Effect.logWarning(`whose ${path} is cannot be seen from here: waiting for a sign of life for 15 seconds`)
    let later: Look | undefined = found
    for (let count = 0; count < looks && later?.text === found.text && later.sign === found.sign; count++) {
      yield* Effect.sleep(betweenLooks)
      later = yield* attempt(() => look(path))
    }
    return later
  })

const create = (path: string, text: string): boolean => {
  let descriptor: number
  try {
    descriptor = fs.openSync(path, "wx")
  } catch (error) {
    if (isCode(error, "EEXIST")) return false
    throw error
  }
  try {
    OwnFile.write(descriptor, Buffer.from(text))
  } catch (error) {
    fs.rmSync(path, { force: true })
    throw error
  } finally {
    fs.closeSync(descriptor)
  }
  taken.add(resolve(path))
  return true
}

const release = (path: string, text: string): void => {
  taken.delete(resolve(path))
  if (look(path)?.text === text) fs.rmSync(path, { force: true })
}

type State = "running" | "gone" | "unseen"

const stateOf = (path: string, { text }: Look): State => {
  const [number, place = "", start = ""] = text.split("\n")
  const pid = Number(number)
  if (place === "" || place !== placeHere() || !Number.isInteger(pid) || pid <= 0) return "unseen"
  const found = processOf(pid)
  if (!isRunning(pid) || found?.isDead === true) return "gone"
  if (pid === process.pid && taken.has(resolve(path))) return "running"
  // Elsewhere than on Linux the number may be another process's by now, or be had by another copy of this module.
  if (found === undefined || start === "") return "unseen"
  return found.start === start ? "running" : "gone"
}

const isOpen = ({ text }: Look): Error => {
  const [pid, place, , host] = text.split("\n")
  if (place === "" || place !== placeHere()) return new Error(`another process has it open, ${pid} of the host ${host}`)
  return Number(pid) === process.pid
    ? new Error("this process has it open already")
    : new Error(`another process has it open, ${pid}`)
}

/**
 * Where processes see each other by their numbers: on Linux one start of the machine, and in it a container. Empty if it cannot
 * be told.
 */
const placeHere = (): string => {
  if (process.platform !== "linux") return hostHere()
  try {
    return `${fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${fs.readlinkSync("/proc/self/ns/pid")}`
  } catch {
    return ""
  }
}

// Deno asks for its permission.
const hostHere = (): string => {
  try {
    return hostname()
  } catch {
    return ""
  }
}

/** When a process started, which tells it from others with its number, and whether it waits for its burial; on Linux. */
const processOf = (pid: number): { readonly start: string | undefined; readonly isDead: boolean } | undefined => {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8")
    // The name before may have spaces and brackets in it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    return { start: fields[19], isDead: fields[0] === "Z" || fields[0] === "X" }
  } catch {
    return undefined
  }
}

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // There is one, and it is somebody else's.
    return isCode(error, "EPERM")
  }
}

const attempt = <A>(run: () => A): Effect.Effect<A, Error> =>
  Effect.try({ try: run, catch: (error) => (error instanceof Error ? error : new Error(String(error))) })

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code
