/**
 * Narrowcasts: accepted at once, sent a while later. Nothing runs in between: how far a narrowcast has come is read
 * from the clock, and its messages are in the conversations once anybody looks.
 */
import * as Either from "effect/Either"
import type * as Message from "../Message.js"
import { NarrowcastRequest } from "../Messaging.js"
import type * as Recipient from "../Recipient.js"
import * as Audience from "./Audience.js"
import * as Reference from "./Reference.js"
import * as Refusal from "./Refusal.js"
import * as Selection from "./Selection.js"
import * as Statistics from "./Statistics.js"
import * as Validation from "./Validation.js"
import { ok, type Answer, type Call, type Handler, type Route } from "./Wire.js"
import * as World from "./World.js"

/** A narrowcast that was accepted. */
export interface Narrowcast {
  readonly acceptedAt: number
  readonly messages: Message.Messages
  readonly recipients: ReadonlyArray<string>
  readonly failure: { readonly errorCode: number; readonly failedDescription: string } | undefined
  /** The quota held until it ends. */
  reserved: number
  ended: boolean
}

const waiting = 1000
const sending = 1000
const queryable = 14 * 24 * 3_600_000

/** When a narrowcast has ended, or will have. */
export const completedAt = ({ acceptedAt, failure }: Narrowcast): number =>
  acceptedAt + waiting + (failure === undefined ? sending : 0)

/** When the next narrowcast ends, if one is on its way. */
export const nextEnd = (world: World.World): number | undefined => {
  const ends = [...world.narrowcasts.values()].flatMap((one) => (one.ended ? [] : [completedAt(one)]))
  return ends.length === 0 ? undefined : Math.min(...ends)
}

/** Sends the narrowcasts whose time has come. */
export const settle = (world: World.World, now: number): void => {
  for (const [requestId, narrowcast] of world.narrowcasts) {
    if (narrowcast.ended || now < completedAt(narrowcast)) continue
    narrowcast.ended = true
    narrowcast.reserved = 0
    if (narrowcast.failure === undefined) send(world, requestId, narrowcast)
  }
}

const send = (world: World.World, requestId: string, narrowcast: Narrowcast): void => {
  const timestamp = completedAt(narrowcast)
  Statistics.count(world, "narrowcast", narrowcast.recipients.length, timestamp)
  for (const chatId of narrowcast.recipients) {
    for (const [index, message] of narrowcast.messages.entries()) {
      const sent = World.identify(world, message)
      World.post(world, sent, {
        chatId,
        from: world.channel.userId,
        via: "narrowcast",
        message: { ...message },
        timestamp,
        origin: { requestId, bubble: index + 1, units: [] }
      })
    }
  }
}

const narrowcast: Handler = (call) =>
  Either.gen(function* () {
    const { body, now, requestId, world } = call
    const { filter, limit, messages, recipient } = yield* parse(world, body)
    const sources = sourcesOf(call)
    const reach = yield* target(call, sources, recipient, filter?.demographic)
    const mayBeFew = recipient !== undefined && !filter?.demographic && Selection.mayBeFew(recipient, sources)
    const minimum = mayBeFew ? 0 : world.settings.narrowcastMinimum.recipients
    const wanted = limit?.max === undefined ? reach : shuffle(world, reach).slice(0, limit.max)
    const room = limit?.upToRemainingQuota === true ? Math.max(0, Statistics.remaining(world, now)) : Infinity
    const recipients = wanted.slice(0, room)
    const failure =
      wanted.length < minimum
        ? { errorCode: 2, failedDescription: "Too few recipients" }
        : limit?.forbidPartialDelivery === true && recipients.length < wanted.length
          ? { errorCode: 5, failedDescription: "Partial delivery is forbidden" }
          : undefined
    const reserved = failure === undefined ? recipients.length : 0
    yield* Statistics.requireQuota(world, reserved, now)
    world.narrowcasts.set(requestId, { acceptedAt: now, messages, recipients, failure, reserved, ended: false })
    return { status: 202, body: {} }
  })

const parse = (world: World.World, body: Call["body"]): Either.Either<NarrowcastRequest, Answer> =>
  Either.gen(function* () {
    const { limit } = body as { readonly limit?: Recipient.Limit | null }
    yield* Refusal.unless(
      limit?.forbidPartialDelivery !== true || limit.upToRemainingQuota === true,
      Refusal.refuse(400, "The option forbidPartialDelivery must be used with upToRemainingQuota.")
    )
    const request = yield* Validation.body(NarrowcastRequest, body)
    yield* Reference.checkForMany(world, request.messages)
    return request
  })

const sourcesOf = ({ now, world }: Call): Selection.Sources => ({
  audience: (audienceGroupId) => Audience.members(world, audienceGroupId, now),
  redelivered: (requestId) => recipientsOf(world, requestId, now)
})

/** The friends that the request selects. */
const target = (
  { world }: Call,
  sources: Selection.Sources,
  recipient: Recipient.Recipient | undefined,
  filter: Recipient.DemographicFilter | undefined
): Either.Either<ReadonlyArray<string>, Answer> => {
  const refusal = recipient === undefined ? undefined : Selection.refusal(recipient, sources)
  if (refusal !== undefined) return Either.left(refusal)
  const reach = World.friends(world).filter(
    (userId) =>
      (recipient === undefined || Selection.selects(recipient, sources, userId)) &&
      (filter === undefined || Selection.passes(filter, world.users.get(userId)?.demographics ?? {}))
  )
  return filter !== undefined && reach.length < world.settings.narrowcastMinimum.reach
    ? Either.left(Refusal.refuse(403, "Your account does not have enough friends"))
    : Either.right(reach)
}

/** The recipients of an earlier narrowcast, if it succeeded not long ago. */
const recipientsOf = (world: World.World, requestId: string, now: number): ReadonlyArray<string> | undefined => {
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
    body: "json",
    handler: narrowcast
  },
  {
    operationId: "getNarrowcastProgress",
    method: "GET",
    path: "/v2/bot/message/progress/narrowcast",
    handler: getNarrowcastProgress
  }
]
