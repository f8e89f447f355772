/**
 * A file that one process has for itself and that is written at its end: it is replaced as a whole when it begins anew.
 */
import * as fs from "node:fs"
import { dirname } from "node:path"

const { O_APPEND, O_CREAT, O_TRUNC, O_WRONLY } = fs.constants

/** Puts a new file in the place of the one that there is, whole or not at all, and leaves it open for more. */
export const replace = (file: string, bytes: Buffer): number => {
  const fresh = `${file}.new`
  const descriptor = fs.openSync(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o600)
  try {
    write(descriptor, bytes)
    fs.fsyncSync(descriptor)
    fs.renameSync(fresh, file)
  } catch (error) {
    fs.closeSync(descriptor)
    // What there is of it takes the room of what is written instead.
    fs.rmSync(fresh, { force: true })
    throw error
  }
  syncFolder(dirname(file))
  return descriptor
}

// The name of a file is its folder's to keep over a loss of power. Windows has no call for it, nor have some file systems; the
// new file is in its place all the same, and nothing may be written to the old one.
const syncFolder = (folder: string): void => {
  try {
    const descriptor = fs.openSync(folder, "r")
    try {
      fs.fsyncSync(descriptor)
    } finally {
      fs.closeSync(descriptor)
    }
  } catch {
    return
  }
}

/** Writes all of some bytes at the end. */
export const write = (descriptor: number, bytes: Buffer): void => {
  for (let written = 0; written < bytes.length;) written += fs.writeSync(descriptor, bytes, written)
}
