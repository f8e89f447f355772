/**
 * How calls are repeated: policies as `Schedule` values, and the retry keys that make repeated sends safe.
 *
 * A policy decides when and how often. Whether a failure may be repeated at all is not its choice: the client asks it
 * only about failures that are worth a retry and that cannot act twice.
 *
 * @see https://developers.line.biz/en/docs/messaging-api/retrying-api-request/
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Schedule from "effect/Schedule"
import type * as Schema from "effect/Schema"
import * as Uuid from "uuid"
import * as Limit from "./internal/Limit.js"
import type * as LineError from "./LineError.js"

/**
 * When to repeat a failed call, and when to give up.
 *
 * @since 0.1.0
 * @category models
 */
export type Policy = Schedule.Schedule<unknown, LineError.LineError>

/**
 * Never repeats.
 *
 * @since 0.1.0
 * @category policies
 */
export const none: Policy = Schedule.stop

/**
 * The default: up to 4 retries after about 0.5, 1, 2 and 4 seconds, each varied by 20 % so that many callers do not
 * come back at once.
 *
 * @since 0.1.0
 * @category policies
 */
export const standard: Policy = Schedule.exponential("500 millis").pipe(
  Schedule.jittered,
  Schedule.intersect(Schedule.recurs(4))
)

/**
 * For what must arrive: retries after 1, 2, 4 … seconds, then every 5 minutes, for 23 hours and 30 minutes. Whatever
 * the policy, no call uses its key for longer than {@link keyLifetime}.
 *
 * @since 0.1.0
 * @category policies
 */
export const persistent: Policy = Schedule.exponential("1 second").pipe(
  Schedule.union(Schedule.spaced("5 minutes")),
  Schedule.jittered,
  Schedule.upTo("1410 minutes")
)

/**
 * The policy of the running region of code; `undefined` outside of {@link withPolicy}, where the client's own holds.
 *
 * @since 0.1.0
 * @category services
 */
export class CurrentPolicy extends Context.Reference<CurrentPolicy>()("line-effect/Retry/CurrentPolicy", {
  defaultValue: (): Policy | undefined => undefined
}) {}

/**
 * Runs a region of code with another policy than the client's.
 *
 * @example
 * ```ts
 * import * as Message from "line-effect/Message"
 * import * as Messaging from "line-effect/Messaging"
 * import * as Retry from "line-effect/Retry"
 *
 * const alarm = Messaging.broadcast({ messages: [Message.text("The office is closed today.")] }).pipe(
 *   Retry.withPolicy(Retry.persistent)
 * )
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const withPolicy: {
  (policy: Policy): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(self: Effect.Effect<A, E, R>, policy: Policy): Effect.Effect<A, E, R>
} = dual(2, <A, E, R>(self: Effect.Effect<A, E, R>, policy: Policy): Effect.Effect<A, E, R> =>
  Effect.provideService(self, CurrentPolicy, policy)
)

/**
 * A retry key: a UUID in its usual hexadecimal form. LINE acts once on all requests that carry the same one within
 * {@link keyLifetime}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RetryKey: Schema.Schema<string> = Limit.valid(
  // A key of only zeros is a default that was never set, and would make all sends one.
  (text) => Uuid.validate(text) && text !== Uuid.NIL,
  "a UUID such as 123e4567-e89b-12d3-a456-426614174000"
).annotations({ identifier: "RetryKey" })

/**
 * How long LINE remembers a retry key, counted from its first request. Afterwards the same key is a new request.
 *
 * @since 0.1.0
 * @category constants
 */
export const keyLifetime: Duration.Duration = Duration.hours(24)

/**
 * Makes the key of each send that brings none of its own. Replace it to have known keys in a test.
 *
 * @since 0.1.0
 * @category services
 */
export class KeyGenerator extends Context.Reference<KeyGenerator>()("line-effect/Retry/KeyGenerator", {
  defaultValue: (): Effect.Effect<string> => Effect.sync(() => Uuid.v4())
}) {}

const keyNamespace = "5d3c7f60-9a51-5b6e-8f0c-3b1f6a0d4e27"

/**
 * The retry key of something that a program sends, derived (UUID v5) from its own identifier: after a restart the same
 * identifier gives the same key, so that the send is repeated without being doubled, within 24 hours of its first
 * request. LINE knows only the key: give each message its own identifier.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Message from "line-effect/Message"
 * import * as Messaging from "line-effect/Messaging"
 * import * as Retry from "line-effect/Retry"
 *
 * const confirm = (order: { readonly id: string; readonly userId: string }) =>
 *   Messaging.pushMessage({
 *     to: order.userId,
 *     messages: [Message.text("Your order is on its way.")],
 *     retryKey: Retry.deriveKey(`order-shipped/${order.id}`)
 *   }).pipe(Effect.catchTag("LineDuplicateRequest", () => Effect.log("sent before the restart")))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const deriveKey = (identifier: string): string => Uuid.v5(new TextEncoder().encode(identifier), keyNamespace)
