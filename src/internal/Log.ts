/**
 * Logs whose text or cause is not this package's own: the error of a handler, of a store, a text that somebody sent.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"

/**
 * Logs with the ids of the current span and not into it. Effect makes each log an event of its span, and so it would be
 * exported with traces, where nobody looks for what users wrote.
 */
export const besideSpan = <A, E, R>(log: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.contextWithEffect((context: Context.Context<never>) => {
    const span = Context.getOption(context, Tracer.ParentSpan)
    return span._tag === "Some" && span.value._tag === "Span"
      ? Effect.provideService(log, Tracer.ParentSpan, Tracer.externalSpan(span.value))
      : log
  })

/** {@link Effect.logError}, of a cause. */
export const error = (message: string, cause: unknown): Effect.Effect<void> =>
  besideSpan(Effect.logError(message, cause))

/** {@link Effect.logWarning}, of a cause or a text. */
export const warning = (...message: ReadonlyArray<unknown>): Effect.Effect<void> =>
  besideSpan(Effect.logWarning(...message))
