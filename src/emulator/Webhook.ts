/**
 * Delivers events to the bot: one signed POST, two seconds to answer.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Signature from "../Signature.js"
import type { Event } from "./Wire.js"
import type { World } from "./World.js"

/**
 * Where webhooks go: a URL, or a handler of web-standard requests in this process.
 *
 * @since 0.1.0
 * @category models
 */
export type Target = string | ((request: Request) => Promise<Response>)

/**
 * What became of a webhook. LINE's own words say why it failed; a handler in this process that throws is
 * `unclassified`.
 *
 * @see https://developers.line.biz/en/docs/messaging-api/check-webhook-error-statistics/
 * @since 0.1.0
 * @category models
 */
export type Outcome =
  | { readonly _tag: "Answered"; readonly status: number }
  | {
      readonly _tag: "Failed"
      readonly reason: "could_not_connect" | "request_timeout" | "error_status_code" | "unclassified"
      /** The status, if that is the reason. */
      readonly status?: number
    }
  /** There is no webhook set; or the bot is not in the chat, and there is no event. */
  | { readonly _tag: "NotSent" }

/**
 * A webhook that was delivered, or failed to be.
 *
 * @since 0.1.0
 * @category models
 */
export interface Delivery {
  /** The events as they were sent; empty for a raw body. */
  readonly events: ReadonlyArray<Event>
  readonly body: string
  readonly signature: string
  readonly outcome: Outcome
}

const timeLimit = "2 seconds"

/** What does not concern the bot: nothing is made of it. */
export const notSent: Delivery = { events: [], body: "", signature: "", outcome: { _tag: "NotSent" } }

/** The events that the emulator makes, with what all events have. */
export const complete = (world: World, events: ReadonlyArray<Event>, now: number): ReadonlyArray<Event> =>
  events.map((event) => ({
    ...event,
    timestamp: now,
    mode: "active",
    webhookEventId: world.ids.ulid(now),
    deliveryContext: { isRedelivery: false }
  }))

/** Delivers events as they are. */
export const send = (world: World, events: ReadonlyArray<Event>): Effect.Effect<Delivery> =>
  deliver(world, JSON.stringify({ destination: world.channel.userId, events }), events)

/** Delivers a body, signed with the channel secret unless the signature is given. */
export const deliver = (
  world: World,
  body: string,
  events: ReadonlyArray<Event> = [],
  signature?: string
): Effect.Effect<Delivery> =>
  Effect.gen(function* () {
    const signed = signature ?? (yield* Signature.sign(body, world.channel.channelSecret))
    const outcome: Outcome =
      world.webhook === undefined ? { _tag: "NotSent" } : yield* post(world.webhook, body, signed)
    const delivery: Delivery = { events, body, signature: signed, outcome }
    world.deliveries.push(delivery)
    yield* Effect.logDebug("Delivered a webhook", { outcome })
    return delivery
  })

const post = (target: Target, body: string, signature: string): Effect.Effect<Outcome> => {
  const url = typeof target === "string" ? target : "http://localhost/webhook"
  const init = {
    method: "POST",
    headers: { "content-type": "application/json; charset=utf-8", [Signature.signatureHeader]: signature },
    body,
    redirect: "manual"
  } as const
  return Effect.tryPromise((signal) =>
    typeof target === "string" ? fetch(url, { ...init, signal }) : target(new Request(url, { ...init, signal }))
  ).pipe(
    Effect.tap((response) => Effect.ignore(Effect.tryPromise(() => Promise.resolve(response.body?.cancel())))),
    Effect.map((response): Outcome => {
      const { ok, status } = response
      return ok ? { _tag: "Answered", status } : { _tag: "Failed", reason: "error_status_code", status }
    }),
    Effect.catchAll(() =>
      Effect.succeed<Outcome>({
        _tag: "Failed",
        reason: typeof target === "string" ? "could_not_connect" : "unclassified"
      })
    ),
    Effect.timeoutOption(timeLimit),
    Effect.map(Option.getOrElse((): Outcome => ({ _tag: "Failed", reason: "request_timeout" })))
  )
}
