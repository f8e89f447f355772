/**
 * Narrowcasts: accepted at once, sent a while later. Nothing runs in between: how far a narrowcast has come is read
 * from the clock, and its messages are in the conversations once anybody looks.
 */
import * as Either from "effect/Either"
import * as Refusal from "./Refusal.js"
import * as Selection from "./Selection.js"
import * as Statistics from "./Statistics.js"
import * as Validation from "./Validation.js"
import { ok, type Answer, type Call, type Handler, type Route } from "./Wire.js"
import * as World from "./World.js"

/** A narrowcast that was accepted. */
export interface Narrowcast {
  readonly acceptedAt: number
  readonly messages: ReadonlyArray<Validation.Message>
  readonly recipients: ReadonlyArray<string>
  readonly failure: { readonly errorCode: number; readonly failedDescription: string } | undefined
  /** The quota held until it ends. */
  reserved: number
  ended: boolean
}

const waiting = 1000
const sending = 1000
const queryable = 14 * 24 * 3_600_000

const completedAt = ({ acceptedAt, failure }: Narrowcast): number =>
  acceptedAt + waiting + (failure === undefined ? sending : 0)

/** Sends the narrowcasts whose time has come. */
export const settle = (world: World.World, now: number): void => {
  for (const narrowcast of world.narrowcasts.values()) {
    if (narrowcast.ended || now < completedAt(narrowcast)) continue
    narrowcast.ended = true
    narrowcast.reserved = 0
    if (narrowcast.failure === undefined) send(world, narrowcast)
  }
}

const send = (world: World.World, narrowcast: Narrowcast): void => {
  const timestamp = completedAt(narrowcast)
  Statistics.count(world, "narrowcast", narrowcast.recipients.length, timestamp)
  for (const chatId of narrowcast.recipients) {
    for (const message of narrowcast.messages) {
      World.post(world, { chatId, from: world.channel.userId, via: "narrowcast", message, timestamp })
    }
  }
}

const narrowcast: Handler = (call) =>
  Either.gen(function* () {
    const { body, now, requestId, world } = call
    const limit = body["limit"] as Limit | undefined
    const messages = yield* Validation.messages(body, limitDetails(limit))
    if (limit?.forbidPartialDelivery === true && limit.upToRemainingQuota !== true) {
      return yield* Either.left(
        Refusal.refuse(400, "The option forbidPartialDelivery must be used with upToRemainingQuota.")
      )
    }
    const reach = yield* target(call)
    const wanted = limit?.max === undefined ? reach : shuffle(world, reach).slice(0, limit.max)
    const room = limit?.upToRemainingQuota === true ? Math.max(0, Statistics.remaining(world, now)) : Infinity
    const recipients = wanted.slice(0, room)
    const failure =
      wanted.length < world.settings.narrowcastMinimum.recipients
        ? { errorCode: 2, failedDescription: "Too few recipients" }
        : limit?.forbidPartialDelivery === true && recipients.length < wanted.length
          ? { errorCode: 5, failedDescription: "Partial delivery is forbidden" }
          : undefined
    const reserved = failure === undefined ? recipients.length : 0
    yield* Statistics.requireQuota(world, reserved, now)
    world.narrowcasts.set(requestId, { acceptedAt: now, messages, recipients, failure, reserved, ended: false })
    return { status: 202, body: {} }
  })

interface Limit {
  readonly max?: number
  readonly upToRemainingQuota?: boolean
  readonly forbidPartialDelivery?: boolean
}

const limitDetails = (limit: Limit | undefined): ReadonlyArray<Refusal.Detail> =>
  limit?.max === undefined || (Number.isInteger(limit.max) && limit.max >= 1)
    ? []
    : [{ message: "Must be greater than or equal to 1", property: "limit.max" }]

/** The friends that the request selects. */
const target = ({ body, now, world }: Call): Either.Either<ReadonlyArray<string>, Answer> =>
  Either.gen(function* () {
    const filter = body["filter"] as { readonly demographic?: unknown } | undefined
    const isRecipient = yield* Selection.recipient(body["recipient"], (id) => redelivered(world, id, now))
    const isIncluded = yield* Selection.demographic(filter?.demographic)
    const reach = World.friends(world).filter(
      (userId) => isRecipient(userId) && isIncluded(world.users.get(userId)?.demographics ?? {})
    )
    yield* Refusal.unless(
      filter?.demographic === undefined || reach.length >= world.settings.narrowcastMinimum.reach,
      Refusal.refuse(403, "Your account does not have enough friends")
    )
    return reach
  })

/** The recipients of an earlier narrowcast, if it succeeded not long ago. */
const redelivered = (world: World.World, requestId: string, now: number): ReadonlyArray<string> | undefined => {
  const earlier = world.narrowcasts.get(requestId)
  const usable = earlier?.ended === true && earlier.failure === undefined && now - earlier.acceptedAt < queryable
  return usable ? earlier.recipients : undefined
}

const shuffle = (world: World.World, items: ReadonlyArray<string>): ReadonlyArray<string> =>
  items
    .map((item) => ({ item, at: world.ids.hex(8) }))
    .sort((a, b) => (a.at < b.at ? -1 : 1))
    .map(({ item }) => item)

const getNarrowcastProgress: Handler = ({ now, query, world }) => {
  const requestId = query.get("requestId") ?? ""
  if (!/^[0-9a-f-]{36}$/i.test(requestId)) return Either.left(Refusal.parameter("requestId"))
  const found = world.narrowcasts.get(requestId)
  if (found === undefined || now - found.acceptedAt > queryable) return Either.left(Refusal.notFound)
  return Either.right(ok({ acceptedTime: new Date(found.acceptedAt).toISOString(), ...progress(found, now) }))
}

const progress = (found: Narrowcast, now: number): Readonly<Record<string, unknown>> => {
  const targetCount = found.recipients.length
  if (found.ended) {
    const completedTime = new Date(completedAt(found)).toISOString()
    return found.failure === undefined
      ? { phase: "succeeded", successCount: targetCount, failureCount: 0, targetCount, completedTime }
      : { phase: "failed", ...found.failure, completedTime }
  }
  return now < found.acceptedAt + waiting
    ? { phase: "waiting" }
    : { phase: "sending", successCount: 0, failureCount: 0, targetCount }
}

/** The operations. */
export const routes: ReadonlyArray<Route> = [
  {
    operationId: "narrowcast",
    method: "POST",
    path: "/v2/bot/message/narrowcast",
    retryKey: true,
    handler: narrowcast
  },
  {
    operationId: "getNarrowcastProgress",
    method: "GET",
    path: "/v2/bot/message/progress/narrowcast",
    handler: getNarrowcastProgress
  }
]
