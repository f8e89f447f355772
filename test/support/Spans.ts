/**
 * What a tracer is asked for.
 */
import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"

/** A tracer, and the spans that it was asked for so far. */
export const recording = Effect.map(Effect.tracer, (native) => {
  const spans: Array<Tracer.Span> = []
  const tracer = Tracer.make({
    span: (...input) => {
      const span = native.span(...input)
      spans.push(span)
      return span
    },
    context: (f, fiber) => native.context(f, fiber)
  })
  return { tracer, spans }
})
