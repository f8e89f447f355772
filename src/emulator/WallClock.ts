/**
 * The clock on the wall, for those who wait outside of the emulator: whatever time it is there, a test clock included.
 */
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

const clock = Clock.make()

/** Waits for something at most so long. The thing itself keeps its own clock. */
export const within = <A, E, R>(
  duration: Duration.DurationInput,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<Option.Option<A>, E, R> =>
  Effect.raceFirst(Effect.asSome(effect), Effect.as(Effect.withClock(Effect.sleep(duration), clock), Option.none()))
