/**
 * Waiting for what LINE does in its own time: a narrowcast, an audience, a batch, a video. A waiter asks again and again,
 * outlives the failures that pass, and ends in a result or an error.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as LineError from "./LineError.js"

/**
 * How a waiter waits.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** When to ask again. Each waiter says what it does unless this is set. */
  readonly schedule?: Schedule.Schedule<unknown, void> | undefined
  /** How long to wait in all. Each waiter says how long it waits unless this is set. */
  readonly deadline?: Duration.DurationInput | undefined
}

/**
 * It had not ended when the deadline came or the schedule was over. LINE goes on with it: wait again, and longer.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotFinished extends Data.TaggedError("LineNotFinished")<{
  /** What was waited for, such as `narrowcast 5b59509c-…`. */
  readonly awaited: string
  /** In milliseconds. */
  readonly waited: number
  /** What LINE answered last, or the failure of asking; `undefined` if it never answered. */
  readonly last: unknown
}> {
  override get message(): string {
    return `${this.awaited} is not finished after ${Duration.format(Duration.millis(this.waited))}, wait longer`
  }
}

/**
 * The failures that end a wait: not those that pass by themselves.
 *
 * @since 0.1.0
 * @category errors
 */
export type Lasting<E> = Exclude<
  E,
  LineError.RateLimited | LineError.ServerError | LineError.NetworkError | LineError.Timeout | LineError.ContentNotReady
>

/**
 * Asks until an answer is a result. A failure that `LineError.isRetryable` is no answer, any other ends the wait. At the
 * deadline a question that is still open is aborted.
 *
 * @example
 * ```ts
 * import * as Option from "effect/Option"
 * import * as Schedule from "effect/Schedule"
 * import * as Messaging from "line-effect/Messaging"
 * import * as Wait from "line-effect/Wait"
 *
 * const counted = (date: string) =>
 *   Wait.until("the number of pushes", Messaging.getNumberOfSentPushMessages({ date }), {
 *     result: ({ success }) => Option.fromNullable(success),
 *     schedule: Schedule.spaced("1 hour"),
 *     deadline: "1 day"
 *   })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const until = <State, A, E extends LineError.LineError, R>(
  awaited: string,
  ask: Effect.Effect<State, E, R>,
  options: {
    /** What an answer says: a result, or nothing yet. */
    readonly result: (state: State) => Option.Option<A>
    readonly schedule: Schedule.Schedule<unknown, void>
    readonly deadline: Duration.DurationInput
  }
): Effect.Effect<A, Lasting<E> | NotFinished, R> =>
  Effect.gen(function* () {
    const clock = yield* Effect.clock
    const startedAt = clock.unsafeCurrentTimeMillis()
    const driver = yield* Schedule.driver(options.schedule)
    let last: unknown
    const notFinished = () => new NotFinished({ awaited, waited: clock.unsafeCurrentTimeMillis() - startedAt, last })
    const loop = Effect.gen(function* () {
      while (true) {
        const answer = yield* Effect.either(ask)
        if (Either.isLeft(answer) && !LineError.isRetryable(answer.left)) {
          // Those that pass are retryable, all of them.
          return yield* Effect.fail(answer.left as Lasting<E>)
        }
        last = Either.merge(answer)
        const result = Either.isRight(answer) ? options.result(answer.right) : Option.none()
        if (Option.isSome(result)) return result.value
        if (Option.isNone(yield* Effect.option(driver.next()))) return yield* notFinished()
      }
    })
    return yield* Effect.timeoutFail(loop, { duration: options.deadline, onTimeout: notFinished })
  })
