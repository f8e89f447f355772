/**
 * Files and standard input.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { readFile } from "node:fs/promises"
import { buffer } from "node:stream/consumers"
import { Failure } from "./Failure.js"

/** The bytes of a file, or of standard input if it is `-`. */
export const bytes = (file: string): Effect.Effect<Uint8Array, Failure> =>
  Effect.tryPromise({
    try: () => (file === "-" ? buffer(process.stdin) : readFile(file)),
    catch: (error) => new Failure({ kind: "usage", message: `cannot read ${file}: ${reasonOf(error)}` })
  })

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a directory",
  EACCES: "it may not be read"
}

const reasonOf = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  return reasons[code] ?? (error instanceof Error ? error.message : String(error))
}

const text = (file: string): Effect.Effect<string, Failure> =>
  Effect.map(bytes(file), (bytes) => new TextDecoder().decode(bytes))

/** The JSON of a file. */
export const json = (file: string): Effect.Effect<unknown, Failure> => Effect.flatMap(text(file), parse(file))

/** Parses the text of a file as JSON. */
export const parse =
  (file: string) =>
  (text: string): Effect.Effect<unknown, Failure> =>
    Effect.try({
      try: (): unknown => JSON.parse(text),
      catch: (error) =>
        new Failure({
          kind: "usage",
          message: `${file === "-" ? "standard input" : file} is not JSON: ${syntaxError(text, error)}`
        })
    })

/** What is wrong with a JSON, and at which line. */
const syntaxError = (text: string, error: unknown): string => {
  if (text.trim() === "") return "it is empty"
  const message = error instanceof Error ? error.message : String(error)
  const [, what = message, position] = /^(.*?)(?: in JSON)? at position (\d+)/s.exec(message) ?? []
  if (position === undefined) return message
  const before = text.slice(0, Number(position)).split("\n")
  return `${what} (line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1})`
}

/** The secret that is all of a file, but for the space around it. */
export const secret = (file: string): Effect.Effect<Redacted.Redacted, Failure> =>
  Effect.flatMap(text(file), (text) =>
    text.trim() === ""
      ? new Failure({ kind: "usage", message: `${file} is empty` })
      : Effect.succeed(Redacted.make(text.trim()))
  )
