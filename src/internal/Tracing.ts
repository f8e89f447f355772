import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"

// Effect's own tracer keeps spans that nobody can see, at a tenth of the cost of a call.
const unseen = Context.get(DefaultServices.liveServices, Tracer.Tracer)

/** Whether a tracer is set that shows spans to anybody. */
export const isSeen: Effect.Effect<boolean> = Effect.map(Effect.tracer, (tracer) => tracer !== unseen)

/** One effect where a tracer is set, and another where nobody would see its spans. */
export const ifSeen = <A, E, R>(
  seen: () => Effect.Effect<A, E, R>,
  otherwise: () => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => Effect.tracerWith((tracer) => (tracer === unseen ? otherwise() : seen()))
