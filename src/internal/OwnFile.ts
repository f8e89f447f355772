/**
 * A file that one process has for itself and that is written at its end: locked, and replaced as a whole when it begins
 * anew.
 */
import * as fs from "node:fs"
import { dirname, resolve } from "node:path"

/** The files that this process has open: its number alone would not tell. */
const opened = new Set<string>()

const lockOf = (file: string): string => `${file}.lock`

/** Takes the file for this process, or throws. The lock of a process that is gone is nobody's. */
export const lock = (file: string): void => {
  const own = resolve(file)
  if (opened.has(own)) throw new Error("this process has it open already")
  const path = lockOf(file)
  try {
    fs.writeFileSync(path, `${process.pid}`, { flag: "wx" })
  } catch (error) {
    if (!isCode(error, "EEXIST")) throw error
    const owner = Number(fs.readFileSync(path, "utf8"))
    if (isRunning(owner))
      throw new Error(`another process has it open, ${owner}; if not, remove ${path}`, { cause: error })
    fs.writeFileSync(path, `${process.pid}`)
  }
  opened.add(own)
}

export const unlock = (file: string): void => {
  opened.delete(resolve(file))
  fs.rmSync(lockOf(file), { force: true })
}

const isRunning = (pid: number): boolean => {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // There is one, and it is somebody else's.
    return isCode(error, "EPERM")
  }
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code

const { O_APPEND, O_CREAT, O_TRUNC, O_WRONLY } = fs.constants

/** Puts a new file in the place of the one that there is, whole or not at all, and leaves it open for more. */
export const replace = (file: string, bytes: Buffer): number => {
  const fresh = `${file}.new`
  const descriptor = fs.openSync(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o600)
  try {
    write(descriptor, bytes)
    fs.fsyncSync(descriptor)
    fs.renameSync(fresh, file)
    syncFolder(dirname(file))
    return descriptor
  } catch (error) {
    fs.closeSync(descriptor)
    throw error
  }
}

// The name of a file is its folder's to keep over a loss of power. Windows has no call for it.
const syncFolder = (folder: string): void => {
  if (process.platform === "win32") return
  const descriptor = fs.openSync(folder, "r")
  try {
    fs.fsyncSync(descriptor)
  } finally {
    fs.closeSync(descriptor)
  }
}

/** Writes all of some bytes at the end. */
export const write = (descriptor: number, bytes: Buffer): void => {
  for (let written = 0; written < bytes.length;) written += fs.writeSync(descriptor, bytes, written)
}
