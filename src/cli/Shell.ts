/**
 * The two streams that a shell reads, and the end of the process.
 */
import type * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Help from "./Help.js"

const hasColours = (stream: NodeJS.WriteStream): boolean => stream.isTTY && process.env["NO_COLOR"] === undefined

const write =
  (stream: NodeJS.WriteStream) =>
  (...args: ReadonlyArray<unknown>): void => {
    const text = args.map(String).join(" ")
    stream.write(`${hasColours(stream) ? text : Help.withoutColours(text)}\n`)
  }

/** Writes results to stdout and everything else to stderr, in colours only where somebody sees them. */
export const provide = <A, E, R>(program: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.consoleWith((usual) => {
    const log = write(process.stdout)
    const error = write(process.stderr)
    const console: Console.Console = {
      ...usual,
      log: (...args) => Effect.sync(() => log(...args)),
      error: (...args) => Effect.sync(() => error(...args)),
      unsafe: { ...usual.unsafe, log, error }
    }
    return Effect.withConsole(program, console)
  }).pipe(Effect.provide(logger))

const logger = Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.stringLogger))

/** Ends the process well when whoever reads it has gone, as `head` does. */
export const endWithReader = (): void => {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => process.exit(0))
}

/** Ends the process when everything is written. */
export const end = (exitCode: number): void => {
  process.stdout.write("", () => process.exit(exitCode))
}
