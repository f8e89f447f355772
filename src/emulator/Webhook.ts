/**
 * Delivers events to the bot: one signed POST, two seconds to answer. Where the channel has redelivery on, what failed is
 * sent again.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Signature from "../Signature.js"
import * as Modules from "./Modules.js"
import type { Event } from "./Wire.js"
import * as World from "./World.js"

/**
 * Where webhooks go: a URL, or a handler of web-standard requests in this process.
 *
 * @since 0.1.0
 * @category models
 */
export type Target = string | ((request: Request) => Promise<Response>)

/** How the channel's webhook is set. */
export interface Settings {
  target: Target | undefined
  /** Whether webhooks are sent. */
  active: boolean
  /** Whether a webhook that failed is sent again. */
  redelivery: boolean
}

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
  /**
   * There is no webhook set, or it is off; or the bot is not in the chat, and there is no event; or it was lost or held
   * back on demand.
   */
  | { readonly _tag: "NotSent" }

/**
 * A webhook that was delivered, or failed to be.
 *
 * @since 0.1.0
 * @category models
 */
export interface Delivery {
  /** Its number: it counts up, from 1. */
  readonly sequence: number
  /** The events as they were sent; empty for a raw body. */
  readonly events: ReadonlyArray<Event>
  readonly body: string
  readonly signature: string
  readonly outcome: Outcome
  /** More about a failure, for a person to read, such as `connect ECONNREFUSED 127.0.0.1:3000`. */
  readonly detail: string | undefined
  /** When it was sent, and how long it took, in milliseconds. */
  readonly timestamp: number
  readonly duration: number
}

/**
 * What goes wrong with a webhook on demand: it is lost; it comes twice, as it may without any redelivery; it comes after
 * the next one; it comes again some time later, as a redelivery, though it was answered.
 *
 * @since 0.1.0
 * @category models
 */
export type WebhookFault = "lose" | "duplicate" | "reorder" | "redeliver"

/** A fault that waits for its webhook. */
export interface Disturbance {
  readonly fault: WebhookFault
  remaining: number
}

const timeLimit = "2 seconds"

// LINE keeps the number and the intervals to itself.
const redeliveries = [10_000, 60_000, 300_000]

/** What does not concern the bot: nothing is made of it. */
export const notSent: Delivery = {
  sequence: 0,
  events: [],
  body: "",
  signature: "",
  outcome: { _tag: "NotSent" },
  detail: undefined,
  timestamp: 0,
  duration: 0
}

/** The events that the emulator makes, with what all events have. */
export const complete = (world: World.World, events: ReadonlyArray<Event>, now: number): ReadonlyArray<Event> =>
  events.map((event) => {
    const { replyToken: _, ...silent } = event
    const isStandby = Modules.isStandby(world, event, now)
    return {
      ...(isStandby ? silent : event),
      timestamp: now,
      mode: isStandby ? "standby" : "active",
      webhookEventId: world.ids.ulid(now),
      deliveryContext: { isRedelivery: false }
    }
  })

const bodyOf = (world: World.World, events: ReadonlyArray<Event>): string =>
  JSON.stringify({ destination: world.channel.userId, events })

/** Delivers events, unless a fault waits for them, and again if that fails and redelivery is on. */
export const send = (world: World.World, events: ReadonlyArray<Event>): Effect.Effect<Delivery> =>
  Effect.suspend(() => {
    const body = bodyOf(world, events)
    const delivery = deliver(world, body, events)
    const fault = takeDisturbance(world)
    const { replyTokens } = world
    /** Whether the world is still the one of the events, and was not reset meanwhile. */
    const isSame = () => world.replyTokens === replyTokens
    if (fault === "reorder") {
      world.held.push(delivery)
      return record(world, { ...notSent, events, body, detail: "held back on demand" })
    }
    const held = world.held.splice(0)
    return Effect.zipLeft(sendWith(world, delivery, events, fault, isSame), Effect.all(held, { discard: true }))
  })

const sendWith = (
  world: World.World,
  delivery: Effect.Effect<Delivery>,
  events: ReadonlyArray<Event>,
  fault: WebhookFault | undefined,
  isSame: () => boolean
): Effect.Effect<Delivery> => {
  switch (fault) {
    case "lose":
      return record(world, { ...notSent, events, body: bodyOf(world, events), detail: "lost on demand" })
    case "duplicate":
      return Effect.zipLeft(delivery, delivery)
    default:
      return Effect.tap(delivery, ({ outcome }) =>
        isSame() && (fault === "redeliver" || (outcome._tag === "Failed" && world.webhook.redelivery))
          ? redeliverLater(world, events)
          : Effect.void
      )
  }
}

const takeDisturbance = (world: World.World): WebhookFault | undefined => {
  const [next] = world.disturbances
  if (next === undefined) return undefined
  next.remaining--
  if (next.remaining <= 0) world.disturbances.shift()
  return next.fault
}

/** Sends events again after a while, until the bot takes them or LINE gives up. */
const redeliverLater = (world: World.World, events: ReadonlyArray<Event>): Effect.Effect<void> =>
  Effect.map(World.now(world), (now) =>
    world.surroundings.fork(
      Effect.gen(function* () {
        for (const delay of redeliveries) {
          yield* World.sleepUntil(world, now + delay)
          const { outcome } = yield* redeliver(world, events)
          if (outcome._tag === "Answered") return
        }
      })
    )
  )

/** The reply tokens of events that are delivered again are good once more. */
export const renew = (world: World.World, tokens: ReadonlyArray<string>, now: number): void => {
  for (const token of tokens) World.renewReplyToken(world, token, now)
}

/** Delivers events once more, as a redelivery: nothing but that is new, and their reply tokens are good once more. */
export const redeliver = (world: World.World, events: ReadonlyArray<Event>): Effect.Effect<Delivery> =>
  Effect.flatMap(World.now(world), (now) => {
    const tokens = events.flatMap(({ replyToken }) => replyToken ?? [])
    renew(world, tokens, now)
    world.surroundings.keep?.({ _tag: "Renew", tokens, now }, world.ids.state)
    const again = events.map((event) => ({ ...event, deliveryContext: { isRedelivery: true } }))
    return deliver(world, bodyOf(world, again), again)
  })

/** Delivers a body, signed with the channel secret unless the signature is given. */
export const deliver = (
  world: World.World,
  body: string,
  events: ReadonlyArray<Event> = [],
  signature?: string
): Effect.Effect<Delivery> =>
  Effect.gen(function* () {
    const timestamp = yield* World.now(world)
    const started = yield* Clock.currentTimeMillis
    const signed = signature ?? (yield* Signature.sign(body, world.channel.channelSecret))
    const { active, target } = world.webhook
    const { detail, outcome } =
      target === undefined || !active
        ? { outcome: notSent.outcome, detail: target === undefined ? "no webhook is set" : "the webhook is off" }
        : yield* post(target, body, signed)
    const duration = (yield* Clock.currentTimeMillis) - started
    return yield* record(world, { sequence: 0, events, body, signature: signed, outcome, detail, timestamp, duration })
  })

const record = (world: World.World, delivery: Delivery): Effect.Effect<Delivery> =>
  Effect.gen(function* () {
    const numbered = { ...delivery, sequence: ++world.counts.deliveries }
    World.log(world.deliveries, numbered)
    World.announce(world, { _tag: "Delivery", delivery: numbered })
    yield* Effect.logDebug("Delivered a webhook", { outcome: delivery.outcome, detail: delivery.detail })
    return numbered
  })

interface Result {
  readonly outcome: Outcome
  readonly detail: string | undefined
}

/** The URL of a target; of a handler in this process, one that leads nowhere. */
export const urlOf = (target: Target): string => (typeof target === "string" ? target : "http://localhost/webhook")

/** Posts a body to the bot. */
export const post = (target: Target, body: string, signature: string): Effect.Effect<Result> => {
  const url = urlOf(target)
  const init = {
    method: "POST",
    headers: {
      "content-type": "application/json; charset=utf-8",
      "user-agent": "LineBotWebhook/2.0",
      [Signature.signatureHeader]: signature
    },
    body,
    redirect: "manual"
  } as const
  return Effect.tryPromise((signal) =>
    typeof target === "string" ? fetch(url, { ...init, signal }) : target(new Request(url, { ...init, signal }))
  ).pipe(
    Effect.tap((response) => Effect.ignore(Effect.tryPromise(() => Promise.resolve(response.body?.cancel())))),
    Effect.map(({ ok, status }): Result => {
      if (ok) return { outcome: { _tag: "Answered", status }, detail: undefined }
      return {
        outcome: { _tag: "Failed", reason: "error_status_code", status },
        detail: `the bot answered ${status}, LINE expects 200`
      }
    }),
    Effect.catchAll(({ error }) => {
      const reason = typeof target === "string" ? "could_not_connect" : "unclassified"
      return Effect.succeed<Result>({ outcome: { _tag: "Failed", reason }, detail: causeOf(error) })
    }),
    Effect.timeoutOption(timeLimit),
    Effect.map(
      Option.getOrElse((): Result => ({
        outcome: { _tag: "Failed", reason: "request_timeout" },
        detail: `the bot did not answer within ${timeLimit}`
      }))
    )
  )
}

/** What a person is told of an error: the innermost cause that has a message. */
const causeOf = (error: unknown): string => {
  const cause = error instanceof Error ? error.cause : undefined
  // Node tries several addresses of a name, and joins their errors into one without a message.
  const [inner] = cause instanceof AggregateError ? (cause.errors as ReadonlyArray<unknown>) : [cause]
  return inner instanceof Error ? causeOf(inner) : error instanceof Error ? error.message : String(error)
}
