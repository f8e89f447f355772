/**
 * Token buckets: one for each operation, which holds as many tokens as its limit says and is refilled gradually.
 */
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as RateLimit from "../RateLimit.js"
import * as Refusal from "./Refusal.js"
import type { Answer } from "./Wire.js"
import type { World } from "./World.js"

/**
 * What an operation has spent of its bucket, and when that was. A request costs as much as the window has milliseconds,
 * and each millisecond gives back as much as the limit: whole numbers, which no rounding lets drift.
 */
export interface Bucket {
  readonly spent: number
  readonly at: number
}

/** Takes a token for a request, or refuses it. */
export const take = (world: World, operationId: string, now: number): Either.Either<void, Answer> => {
  if (!world.settings.rateLimits) return Either.void
  const { limit, window } = RateLimit.of(operationId)
  const cost = Duration.toMillis(window)
  const bucket = world.buckets.get(operationId) ?? { spent: 0, at: now }
  const spent = Math.max(0, bucket.spent - Math.max(0, now - bucket.at) * limit) + cost
  if (spent > cost * limit) return Either.left(Refusal.rateLimited)
  world.buckets.set(operationId, { spent, at: now })
  return Either.void
}
