/**
 * What an idempotent send comes back with.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * A message that LINE sent: its id, and the token to quote it with, on the kinds that can be quoted.
 *
 * @see https://developers.line.biz/en/docs/messaging-api/get-quote-tokens/
 * @since 0.1.0
 * @category models
 */
export interface SentMessage {
  readonly id: string
  readonly quoteToken?: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const SentMessage: Schema.Schema<SentMessage> = Schema.Struct({
  id: Schema.String,
  quoteToken: Schema.optionalWith(Schema.String, { exact: true })
}).annotations({ identifier: "SentMessage" })

/**
 * LINE accepted a push, multicast, narrowcast or broadcast, once. Accepted is not delivered: a user may have blocked
 * the bot.
 *
 * @since 0.1.0
 * @category models
 */
export interface Receipt {
  /**
   * `"alreadyAccepted"` if LINE answered a retry by saying that it had accepted an attempt before it, whose answer was
   * lost. Either way the message is sent exactly once.
   */
  readonly status: "accepted" | "alreadyAccepted"
  /** The id of the accepted request: the `requestId` of narrowcast progress and statistics. Empty if LINE sent none. */
  readonly requestId: string
  readonly retryKey: string
  /** The number of requests sent, at least 1. */
  readonly attempts: number
  /** What was sent, in the order of the request; LINE lists it for push only. */
  readonly sentMessages: ReadonlyArray<SentMessage>
}
