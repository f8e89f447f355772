/**
 * Where the channel access token of a client comes from, and LINE's operations on tokens.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as LineError from "./LineError.js"

/**
 * Where the token of a client comes from.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** A token to call with now: the current one, or a new one if that is about to expire. */
  readonly get: Effect.Effect<Redacted.Redacted, LineError.LineError>
  /** LINE refused a token: it is not given out again. Whether there may be another to try. */
  readonly refuse: (token: Redacted.Redacted) => Effect.Effect<boolean>
}
