/**
 * Calls that wait their turn instead of meeting LINE's rate limits: a client over the client, which paces each attempt
 * by a token bucket for each operation of the channel. All fibers of a process share the buckets, and with a store such
 * as Redis all processes do.
 *
 * It is built on the `RateLimiter` of `@effect/experimental`, which a program that uses this module installs.
 *
 * @since 0.1.0
 */
import * as Limiter from "@effect/experimental/RateLimiter"
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Log from "./internal/Log.js"
import * as LineClient from "./LineClient.js"
import type * as Operation from "./Operation.js"
import * as RateLimit from "./RateLimit.js"

/**
 * How calls are paced.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * The name of the channel in the store, such as its channel ID, and never a secret. LINE counts each channel for
   * itself, and a module channel once more for each bot.
   */
  readonly channel: string
  /**
   * How much of a limit may be spent at once, from 0 to 1; all of it unless set, for LINE does not say how much it lets
   * through. With 0 calls are spread evenly: a broadcast each minute, instead of 60 at once and then one each minute.
   */
  readonly burst?: number | undefined
}

/**
 * Paces the calls of the client of the context.
 *
 * Calls to an operation go out in the order in which they ask for their turns. One that is interrupted while it waits
 * gives its turn back, to a call that asks later. A wait has no limit but the caller's: the 61st broadcast waits a minute, the fourth rich menu
 * batch 20 minutes. A debug log and the span `line.rateLimit` tell what waits for how long.
 *
 * LINE may answer `RateLimited` all the same, because other programs spend the same limit or this one has just started
 * anew. Then what is left in the bucket is thrown away: the retry, and every call after it, waits for new tokens.
 *
 * If the store fails, calls go on unpaced, and a warning is logged when that begins.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options
): Effect.Effect<LineClient.Service, never, LineClient.LineClient | Limiter.RateLimiter> =>
  Effect.gen(function* () {
    const { burst = 1, channel } = options
    if (!(burst >= 0 && burst <= 1)) return yield* Effect.die(new RangeError(`a burst is from 0 to 1, not ${burst}`))
    const client = yield* LineClient.LineClient
    const take = taker(yield* Limiter.RateLimiter)
    const bucketOf = bucketsOf(channel, burst)
    const pace = pacer(take, bucketOf)
    return {
      execute: (operation, request) =>
        client.execute(operation, request).pipe(
          Effect.provideService(LineClient.BeforeAttempt, pace),
          // No attempt comes after this one, which would have learned of it.
          Effect.tapError((error) =>
            Predicate.isTagged(error, "LineRateLimited") ? empty(take, bucketOf(operation)) : Effect.void
          )
        )
    }
  })

/**
 * The bucket of an operation. A token is a millisecond of refilling, and a request takes as many as LINE needs to make
 * up for it: were a token a request, the limiter, which counts whole ones, would let it wait a refill too long.
 */
interface Bucket {
  readonly key: string
  readonly cost: number
  readonly capacity: number
}

type BucketOf = (operation: Pick<Operation.Declaration, "operationId">) => Bucket

const bucketsOf =
  (channel: string, burst: number): BucketOf =>
  ({ operationId }) => {
    const { limit, window } = RateLimit.of(operationId)
    const milliseconds = Duration.toMillis(window)
    const requests = Math.max(1, Math.floor(limit * burst))
    return {
      key: `line-effect/${channel}/${operationId}`,
      cost: milliseconds / limit,
      capacity: Math.ceil((requests * milliseconds) / limit)
    }
  }

/**
 * Takes tokens from a bucket, or gives them back if their number is negative, and says how many are left; a negative
 * number is yet to come.
 */
type Take = (bucket: Bucket, tokens: number, onExceeded: "delay" | "fail") => Effect.Effect<number>

const taker = (limiter: Limiter.RateLimiter): Take => {
  let fails = false
  return ({ capacity, key }, tokens, onExceeded) =>
    limiter
      .consume({
        algorithm: "token-bucket",
        key,
        limit: capacity,
        window: Duration.millis(capacity),
        tokens,
        onExceeded
      })
      .pipe(
        Effect.map(({ remaining }) => {
          fails = false
          return remaining
        }),
        Effect.catchAll((error) => {
          if (error.reason === "Exceeded" || fails) return Effect.succeed(0)
          fails = true
          return Effect.as(Log.warning("The store of the rate limiter fails, calls go on unpaced", error), 0)
        })
      )
}

/** Throws away what is left in a bucket: what is left and no more, however many calls do so at once. */
const empty = (take: Take, bucket: Bucket): Effect.Effect<void> =>
  Effect.flatMap(take(bucket, 0, "delay"), (left) => (left > 0 ? take(bucket, left, "fail") : Effect.void))

const pacer =
  (take: Take, bucketOf: BucketOf): NonNullable<Context.Tag.Service<typeof LineClient.BeforeAttempt>> =>
  (operation, previous) => {
    const bucket = bucketOf(operation)
    const turn = Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(restore(take(bucket, bucket.cost, "delay")), (left) =>
        left >= 0
          ? Effect.void
          : Effect.onInterrupt(restore(wait(operation, bucket.cost, -left)), () => take(bucket, -bucket.cost, "delay"))
      )
    )
    return previous?._tag === "LineRateLimited" ? Effect.zipRight(empty(take, bucket), turn) : turn
  }

const wait = ({ operationId }: Operation.Declaration, cost: number, missing: number): Effect.Effect<void> => {
  // LINE's bucket fills from when the first request has arrived, and this one may be faster on its way.
  const milliseconds = Math.ceil(missing + Math.min(cost, 1000))
  return Effect.logDebug("A LINE call waits for its rate limit").pipe(
    Effect.annotateLogs({ operation: operationId, milliseconds }),
    Effect.zipRight(Effect.sleep(milliseconds)),
    Effect.withSpan("line.rateLimit", {
      captureStackTrace: false,
      attributes: { "line.operation": operationId, "line.wait": milliseconds }
    })
  )
}

/**
 * The paced client of a channel over the client and the limiter of the context, whose `RateLimiterStore` may be that of
 * many processes.
 *
 * @example
 * ```ts
 * import * as Limiter from "@effect/experimental/RateLimiter"
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Layer from "effect/Layer"
 * import * as LineClient from "line-effect/LineClient"
 * import * as RateLimiter from "line-effect/RateLimiter"
 *
 * const LineLive = (store: Layer.Layer<Limiter.RateLimiterStore>) =>
 *   RateLimiter.layer({ channel: "1234567890" }).pipe(
 *     Layer.provide(LineClient.layerConfig()),
 *     Layer.provide(FetchHttpClient.layer),
 *     Layer.provide(Limiter.layer),
 *     Layer.provide(store)
 *   )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options
): Layer.Layer<LineClient.LineClient, never, LineClient.LineClient | Limiter.RateLimiter> =>
  Layer.effect(LineClient.LineClient, make(options))

/**
 * The paced client of a channel that this process has for itself: its buckets are in memory, and full at the start.
 *
 * @example
 * ```ts
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Layer from "effect/Layer"
 * import * as LineClient from "line-effect/LineClient"
 * import * as RateLimiter from "line-effect/RateLimiter"
 *
 * const LineLive = RateLimiter.layerMemory().pipe(
 *   Layer.provide(LineClient.layerConfig()),
 *   Layer.provide(FetchHttpClient.layer)
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMemory = (
  options: Omit<Options, "channel"> = {}
): Layer.Layer<LineClient.LineClient, never, LineClient.LineClient> =>
  // Fresh, or the channels of a program would have one memory.
  Layer.provide(
    layer({ ...options, channel: "memory" }),
    Layer.fresh(Layer.provide(Limiter.layer, Limiter.layerStoreMemory))
  )
