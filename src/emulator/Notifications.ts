/**
 * LINE notification messages: to people by the hash of their phone number, whether or not they are friends. Whoever has
 * not decided about such messages gets them if they agree within a day.
 */
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import { createHash } from "node:crypto"
import * as Notifications from "../Notifications.js"
import type { ChatMessage } from "./Model.js"
import * as Reference from "./Reference.js"
import * as Refusal from "./Refusal.js"
import * as Statistics from "./Statistics.js"
import * as Validation from "./Validation.js"
import { ok, type Answer, type Call, type Event, type Handler, type Route } from "./Wire.js"
import * as World from "./World.js"

/** Who can be reached by phone, and what waits for them. */
export interface State {
  /** The users by the hash of their number. */
  readonly phones: Map<string, { readonly userId: string; readonly phoneNumber: string }>
  /** What users have decided about notification messages; who is not here has agreed. */
  readonly decisions: Map<string, Decision>
  readonly waiting: Array<Waiting>
}

/** What a user has decided about notification messages. */
export type Decision = "agreed" | "refused" | "unset"

interface Notification {
  readonly kind: "pnp" | "pnp/templated"
  readonly messages: ReadonlyArray<ChatMessage["message"]>
  /** What the event brings back. */
  readonly data: string
}

interface Waiting extends Notification {
  readonly userId: string
  readonly since: number
}

const e164 = /^\+[1-9]\d{1,14}$/

/** A user has a phone number, in the form of E.164. Or why they cannot. */
export const register = (
  { notifications: { phones } }: World.World,
  userId: string,
  phoneNumber: string
): Either.Either<void, string> => {
  const hash = createHash("sha256").update(phoneNumber).digest("hex")
  if (!e164.test(phoneNumber)) return Either.left(`A phone number is in the form of E.164, such as +818000001234`)
  if (phones.has(hash)) return Either.left(`Another user has the phone number ${phoneNumber}`)
  phones.set(hash, { userId, phoneNumber })
  return Either.void
}

const day = 24 * 3_600_000

/** A user decides about notification messages. Who agrees gets those that have waited for less than a day. */
export const decide = (
  world: World.World,
  userId: string,
  decision: Decision,
  now: number
): Either.Either<ReadonlyArray<Event>, string> => {
  const { decisions, waiting } = world.notifications
  if (!world.users.has(userId)) return Either.left(`There is no user ${userId}`)
  decisions.set(userId, decision)
  if (decision === "unset") return Either.right([])
  const own = waiting.filter((one) => one.userId === userId)
  for (const one of own) waiting.splice(waiting.indexOf(one), 1)
  const due = decision === "agreed" ? own.filter(({ since }) => now - since < day) : []
  return Either.right(due.flatMap((notification) => deliver(world, userId, notification, now)))
}

/** Puts a notification into the user's conversation, and tells of it. */
const deliver = (
  world: World.World,
  userId: string,
  { data, kind, messages }: Notification,
  now: number
): ReadonlyArray<Event> => {
  if (world.users.get(userId)?.relation === "blocked") return []
  for (const message of messages) {
    const from = world.channel.userId
    World.post(world, World.identify(world, message), { chatId: userId, from, via: "pnp", message, timestamp: now })
  }
  Statistics.count(world, kind, 1, now)
  return [{ type: "delivery", delivery: { data } }]
}

/** Where LINE offers notification messages: Japan, Thailand, Taiwan. */
const countries = ["+81", "+66", "+886"]

const notSent = Refusal.refuse(422, "Failed to send messages")

const send = (
  { body, headers, now, world }: Call,
  notification: Omit<Notification, "data">
): Either.Either<ReadonlyArray<Event>, Answer> =>
  Either.gen(function* () {
    const { decisions, phones, waiting } = world.notifications
    const to = String(body["to"])
    const receiver = phones.get(to.toLowerCase())
    if (receiver === undefined) return yield* Either.left(notSent)
    const { phoneNumber, userId } = receiver
    const decision = decisions.get(userId) ?? "agreed"
    const isServed = countries.some((country) => phoneNumber.startsWith(country))
    yield* Refusal.unless(isServed && decision !== "refused", notSent)
    const complete = { ...notification, data: headers[tagHeader] ?? to }
    if (decision === "agreed") return deliver(world, userId, complete, now)
    if (world.users.get(userId)?.relation !== "blocked") waiting.push({ ...complete, userId, since: now })
    return []
  })

const tagHeader = "x-line-delivery-tag"

// LINE says 400 for what is wrong with them: the words are ours.
const malformedTag = Refusal.refuse(400, "The value for the 'X-Line-Delivery-Tag' header is invalid")
const noDigest: Refusal.Detail = { message: "The value must be a valid SHA-256 digest.", property: "to" }

/** Checks what both kinds have. */
const requireReceiver = ({ body, headers }: Call): Either.Either<void, Answer> =>
  Either.gen(function* () {
    const { length } = headers[tagHeader] ?? " ".repeat(16)
    yield* Refusal.unless(length >= 16 && length <= 100, malformedTag)
    const { to } = body
    yield* Refusal.check(Predicate.isString(to) && /^[0-9a-f]{64}$/i.test(to) ? [] : [noDigest])
  })

const pushMessagesByPhone: Handler = (call) =>
  Either.gen(function* () {
    yield* requireReceiver(call)
    const { messages } = yield* Validation.body(Notifications.PnpMessagesRequest, withoutTag(call))
    yield* Reference.checkForMany(call.world, messages)
    const sent = messages.map((message) => ({ ...message }))
    return { ...ok(), events: yield* send(call, { kind: "pnp", messages: sent }) }
  })

/** The client has the tag among the properties; on the wire it is a header. */
const withoutTag = ({ body: { deliveryTag: _, ...body } }: Call): Call["body"] => body

const pushTemplatedMessagesByPhone: Handler = (call) =>
  Either.gen(function* () {
    yield* requireReceiver(call)
    yield* Refusal.check(repeatedKeys(call.body["body"]))
    const request = yield* Validation.body(Notifications.TemplatedPnpMessageRequest, withoutTag(call))
    const { body = {}, templateKey } = request
    yield* Refusal.unless(isKey(templateKey), unknownTemplate(templateKey))
    const unknown = unknownKeys(body)
    yield* Refusal.unless(
      unknown.length === 0,
      Refusal.refuse(400, `The request body has ${unknown.length} invalid key(s).`, unknown)
    )
    const message = { type: "pnpTemplate", templateKey, body }
    return { status: 202, body: {}, events: yield* send(call, { kind: "pnp/templated", messages: [message] }) }
  })

/** LINE has lists of its keys; they all end in a language. */
const isKey = (key: string): boolean => /^[a-z][a-z0-9_]*_[a-z]{2}$/.test(key)

const unknownTemplate = (templateKey: string): Answer =>
  Refusal.refuse(400, `Invalid templateKey: ${templateKey}`, [
    { message: "The specified template doesn't exist, or you don't have the permission", property: "templateKey" }
  ])

const unknownKeys = (body: Notifications.TemplateBody): ReadonlyArray<Refusal.Detail> => {
  const { buttons = [], emphasizedItem, items = [] } = body
  const keys = [
    ...(emphasizedItem === undefined ? [] : [["item", emphasizedItem.itemKey, "emphasizedItem.itemKey"] as const]),
    ...items.map(({ itemKey }, index) => ["item", itemKey, `items[${index}].itemKey`] as const),
    ...buttons.map(({ buttonKey }, index) => ["button", buttonKey, `buttons[${index}].buttonKey`] as const)
  ]
  return keys
    .filter(([, key]) => !isKey(key))
    .map(([kind, key, property]) => {
      return { message: `The specified ${kind} key does not exist: ${key}`, property: `body.${property}` }
    })
}

/** What LINE words otherwise than the client does. */
const repeatedKeys = (body: unknown): ReadonlyArray<Refusal.Detail> => {
  const { emphasizedItem, items } = Predicate.isRecord(body) ? body : {}
  const keys = (Array.isArray(items) ? items : []).map(keyOf)
  const emphasized = keyOf(emphasizedItem)
  const repeated = keys.flatMap((key, index) =>
    key !== undefined && keys.indexOf(key) < index ? [[key, `items[${index}]`] as const] : []
  )
  const all =
    emphasized !== undefined && keys.includes(emphasized)
      ? [[emphasized, "emphasizedItem"] as const, ...repeated]
      : repeated
  return all.map(([key, place]) => ({
    message: `Duplicate itemKey in items or between emphasizedItem and items are not allowed: ${key}`,
    property: `body.${place}.itemKey`
  }))
}

const keyOf = (item: unknown): string | undefined =>
  Predicate.hasProperty(item, "itemKey") && Predicate.isString(item.itemKey) ? item.itemKey : undefined

/** The operations. What was sent is counted with everything else that is. */
export const routes: ReadonlyArray<Route> = [
  {
    operationId: "pushMessagesByPhone",
    method: "POST",
    path: "/bot/pnp/push",
    body: "json",
    handler: pushMessagesByPhone
  },
  {
    operationId: "pushTemplatedMessagesByPhone",
    method: "POST",
    path: "/v2/bot/message/pnp/templated/push",
    body: "json",
    handler: pushTemplatedMessagesByPhone
  }
]
