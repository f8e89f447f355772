/**
 * How a command fails: a sentence for a person, a kind for a script. Nothing of a secret is in it.
 */
import * as Data from "effect/Data"
import type * as LineError from "../LineError.js"

/**
 * The kinds of failures, and the exit codes that scripts know them by.
 *
 * - `failed`: it could not be done.
 * - `usage`: the command line, a file or the environment is not what the command takes.
 * - `invalid`: messages or menus are outside LINE's documented limits; nothing was sent.
 * - `refused`: LINE refused it.
 * - `unreachable`: there is no answer, or a server error: the same may succeed later.
 */
export const exitCodes = { failed: 1, usage: 2, invalid: 3, refused: 4, unreachable: 5 } as const

/** A kind of failure. */
export type Kind = keyof typeof exitCodes

/** A command has failed. */
export class Failure extends Data.TaggedError("CommandFailure")<{
  readonly kind: Kind
  /** What went wrong, in words. */
  readonly message: string
  /** What to do now. */
  readonly advice?: string | undefined
  readonly issues?: ReadonlyArray<LineError.Issue> | undefined
  /** What else a program may want to know, such as the ID of the request. */
  readonly facts?: Readonly<Record<string, unknown>> | undefined
}> {}

/** A failure in words, over several lines if there are issues. */
export const format = ({ advice, issues = [], message }: Failure): string =>
  [
    message,
    ...issues.map(({ message, path }) => `  ${path === "" ? message : `${path} ${message}`}`),
    ...(advice === undefined ? [] : [advice])
  ].join("\n")

/** A failure as JSON. */
export const toJson = ({ advice, facts, issues, kind, message }: Failure): unknown => ({
  error: { kind, message, advice, issues, ...facts }
})

/** A failure of a call to LINE. */
export const fromLine = (error: LineError.LineError): Failure => {
  const { attempts, requestId, retryKey } = error
  const facts = {
    type: error._tag,
    operation: error.operation,
    attempts,
    requestId,
    retryKey,
    mayHaveActed: error.ambiguous,
    ...("status" in error ? { status: error.status } : {})
  }
  switch (error._tag) {
    case "LineInvalidRequest":
      return new Failure({ kind: "invalid", message: notSent, issues: error.issues, facts })
    case "LineTokenUnavailable": {
      const failure = fromLine(error.cause)
      return new Failure({ ...failure, message: `there is no channel access token: ${failure.message}` })
    }
    case "LineNetworkError":
    case "LineTimeout":
    case "LineServerError":
      return new Failure({ kind: "unreachable", message: error.message, advice: again(error), facts })
    case "LineInvalidResponse":
      return new Failure({ kind: "failed", message: error.message, facts })
    default:
      return new Failure({ kind: "refused", message: error.message, advice: advice[error._tag], facts })
  }
}

const notSent = "nothing was sent: this is outside LINE's limits"

const again = ({ ambiguous, retryKey }: LineError.LineError): string =>
  ambiguous && retryKey !== undefined
    ? `LINE may have sent it. To send it once at most, repeat the command with --retry-key ${retryKey} within 24 hours.`
    : "Try again later."

const advice: Partial<Record<LineError.LineError["_tag"], string>> = {
  LineUnauthorized: "line-effect token issue makes a new one, from the channel ID and the channel secret.",
  LineQuotaExceeded: "Reply instead of pushing, or raise the limit of the plan (of the emulator: --quota).",
  LineRateLimited: "Wait a minute and try again.",
  LineOAuthError: "Are the channel ID and the secret or key those of one channel?"
}
