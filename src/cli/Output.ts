/**
 * What a command prints: its result on stdout, for a person or as JSON; everything else on stderr.
 */
import * as Options from "@effect/cli/Options"
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Failure from "./Failure.js"

/** The option `--json`. */
export const json = Options.boolean("json").pipe(
  Options.withDescription("Print JSON on stdout, for programs. What is for people is on stderr.")
)

/** A command has ended with an exit code, and has said all there is to say. */
export class Ended extends Data.TaggedError("CommandEnded")<{ readonly exitCode: number }> {}

/** Prints a result. */
export const print = (asJson: boolean, value: unknown, text: string): Effect.Effect<void> =>
  Console.log(asJson ? JSON.stringify(value) : text)

/** Ends a command that has printed its result, which is that something is wrong. */
export const end = (kind: Failure.Kind): Effect.Effect<never, Ended> =>
  Effect.fail(new Ended({ exitCode: Failure.exitCodes[kind] }))

/** Says how a command has failed. */
export const reporting =
  (asJson: boolean) =>
  <A, R>(command: Effect.Effect<A, Failure.Failure | Ended, R>): Effect.Effect<A, Ended, R> =>
    Effect.catchAll(command, (error) =>
      Effect.gen(function* () {
        if (error._tag === "CommandEnded") return yield* error
        yield* Console.error(Failure.format(error))
        if (asJson) yield* Console.log(JSON.stringify(Failure.toJson(error)))
        return yield* end(error.kind)
      })
    )
