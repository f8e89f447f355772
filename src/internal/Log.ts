/**
 * Logs whose text or cause is not this package's own: the error of a handler, of a store, a text that somebody sent.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"

/**
 * Logs with the ids of the current span and not into it. Effect makes each log an event of its span, and so it would be
 * exported with traces, where nobody looks for what users wrote.
 */
export const besideSpan = <A, E, R>(log: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.withFiberRuntime<A, E, R>(({ currentSpan }) =>
    currentSpan?._tag === "Span" ? Effect.provideService(log, Tracer.ParentSpan, Tracer.externalSpan(currentSpan)) : log
  )

/** {@link Effect.logError} of an error or a cause. */
export const error = (message: string, error: unknown): Effect.Effect<void> =>
  besideSpan(Effect.logError(message, causeOf(error)))

/** {@link Effect.logWarning} of a text, with an error or a cause if there is one. */
export const warning = (message: string, error?: unknown): Effect.Effect<void> =>
  besideSpan(error === undefined ? Effect.logWarning(message) : Effect.logWarning(message, causeOf(error)))

const causeOf = (error: unknown): Cause.Cause<unknown> => (Cause.isCause(error) ? error : Cause.fail(error))
