/**
 * The event that a handler is at work on, as it was delivered: what is in every handler's context, beside the event
 * itself. `Reply` answers through it.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as Sends from "./internal/Sends.js"
import * as WebhookEvent from "./WebhookEvent.js"

/**
 * What became of an event's reply token, which LINE takes once.
 *
 * - `unused`: nothing was sent with it.
 * - `used`: LINE accepted a reply, or refused the token.
 * - `unknown`: a reply may have been sent; whether it was, nobody can tell.
 *
 * @since 0.1.0
 * @category models
 */
export type ReplyToken = "unused" | "used" | "unknown"

/**
 * The delivery of an event to a handler. It is the same in each attempt at the event, but for what {@link attempt} says.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly event: WebhookEvent.WebhookEvent
  /** The user id of the bot that the event is for. */
  readonly destination: string
  /** When the event came to this server, in milliseconds since 1970. */
  readonly receivedAt: number
  /**
   * Whether the event may have been handled before, in part at least: LINE delivers it again, or a process ended while
   * it was at work on it. A reply may have been sent then, though nothing here knows of one.
   */
  readonly mayHaveBegun: boolean
  readonly replyToken: Ref.Ref<ReplyToken>
  /** What was sent for the event, in this attempt and those before it: for `Reply` alone. */
  readonly sends: Sends.Sends
}

/**
 * The delivery of the event that is being handled.
 *
 * @since 0.1.0
 * @category services
 */
export class Delivery extends Context.Tag("line-effect/Delivery")<Delivery, Service>() {}

/**
 * The delivery of an event: for tests of handlers, and for programs that call handlers themselves. Received now and
 * delivered for the first time, unless it is said otherwise or LINE says that it delivers it again.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Delivery from "line-effect/Delivery"
 * import type * as WebhookEvent from "line-effect/WebhookEvent"
 *
 * declare const event: WebhookEvent.WebhookEvent
 * declare const handler: Effect.Effect<void, never, Delivery.Delivery>
 *
 * const handled = handler.pipe(Effect.provideServiceEffect(Delivery.Delivery, Delivery.make({ event, destination: "U0" })))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (delivery: {
  readonly event: WebhookEvent.WebhookEvent
  readonly destination: string
  readonly receivedAt?: number | undefined
  readonly mayHaveBegun?: boolean | undefined
}): Effect.Effect<Service> =>
  Effect.map(Clock.currentTimeMillis, (now) =>
    unsafeMake({
      event: delivery.event,
      destination: delivery.destination,
      receivedAt: delivery.receivedAt ?? now,
      mayHaveBegun: delivery.mayHaveBegun ?? WebhookEvent.isRedelivery(delivery.event)
    })
  )

/**
 * A delivery, made at once: for what calls handlers without an effect around them.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unsafeMake = ({
  destination,
  event,
  mayHaveBegun,
  receivedAt
}: Pick<Service, "event" | "destination" | "receivedAt" | "mayHaveBegun">): Service => ({
  event,
  destination,
  receivedAt,
  mayHaveBegun,
  replyToken: Ref.unsafeMake<ReplyToken>("unused"),
  sends: Sends.make()
})

/**
 * The delivery for another attempt at the event: what an earlier attempt sent is known, and the handler begins anew. For
 * programs that repeat handlers themselves; what an attempt has sent already, `Reply.send` then does not send again.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Delivery from "line-effect/Delivery"
 *
 * const twice = <E, R>(handler: Effect.Effect<void, E, R>) =>
 *   Effect.provideServiceEffect(handler, Delivery.Delivery, Effect.map(Delivery.Delivery, Delivery.attempt)).pipe(
 *     Effect.retry({ times: 1 })
 *   )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const attempt = (delivery: Service): Service => ({ ...delivery, sends: Sends.again(delivery.sends) })
