/**
 * Replies, pushes, multicasts, broadcasts, and the checks of messages for them.
 */
import * as Either from "effect/Either"
import type * as Message from "../Message.js"
import * as Id from "./Id.js"
import * as Refusal from "./Refusal.js"
import * as Statistics from "./Statistics.js"
import * as Validation from "./Validation.js"
import { ok, type Answer, type Call, type Handler, type Route } from "./Wire.js"
import * as World from "./World.js"

const reply: Handler = (call) =>
  Either.gen(function* () {
    const { body, now, world } = call
    const messages = yield* Validation.messages(body, Validation.required(body, "replyToken"))
    const token = world.replyTokens.get(String(body["replyToken"]))
    if (token === undefined || now >= token.expiresAt) return yield* Either.left(Refusal.invalidReplyToken)
    yield* requireQuotable(call, messages, token.chatId)
    // Only now: a reply refused for its messages may be corrected, and its token used.
    world.replyTokens.delete(String(body["replyToken"]))
    Statistics.count(world, "reply", audience(world, token.chatId).length, now)
    return ok({ sentMessages: deliver(call, "reply", token.chatId, messages) })
  })

const push: Handler = (call) =>
  Either.gen(function* () {
    const { body, now, world } = call
    const messages = yield* Validation.messages(body, [
      ...Validation.required(body, "to"),
      ...Validation.aggregationUnits(body)
    ])
    const to = String(body["to"])
    yield* Refusal.unless(Id.isChat(to), Refusal.property("'to'"))
    yield* Refusal.unless(world.users.has(to) || world.chats.get(to)?.joined === true, Refusal.notSent)
    yield* requireQuotable(call, messages, to)
    const recipients = world.users.has(to) ? [to].filter((userId) => isReachable(call, userId)) : audience(world, to)
    yield* Statistics.requireQuota(world, recipients.length, now)
    Statistics.count(world, "push", recipients.length, now)
    Statistics.assignUnits(world, Validation.unitsOf(body), now)
    // LINE does not tell a message to somebody who blocked the bot from one that arrived.
    return ok({
      sentMessages:
        recipients.length > 0
          ? deliver(call, "push", to, messages)
          : messages.map((message) => World.identify(world, message))
    })
  })

const multicast: Handler = (call) =>
  Either.gen(function* () {
    const { body, now, world } = call
    const messages = yield* Validation.messages(body, [
      ...Validation.size(body, "to", 1, 500),
      ...Validation.aggregationUnits(body)
    ])
    const to = yield* userIds(body["to"])
    const recipients = [...new Set(to)].filter((userId) => world.users.get(userId)?.relation === "friend")
    yield* sendToEach(call, "multicast", recipients, messages)
    Statistics.assignUnits(world, Validation.unitsOf(body), now)
    return ok()
  })

const broadcast: Handler = (call) =>
  Either.gen(function* () {
    const messages = yield* Validation.messages(call.body)
    yield* sendToEach(call, "broadcast", World.friends(call.world), messages)
    return ok()
  })

const validate: Handler = ({ body }) => Either.map(Validation.messages(body), () => ok())

const userIds = (to: unknown): Either.Either<ReadonlyArray<string>, Answer> => {
  const ids: ReadonlyArray<unknown> = Array.isArray(to) ? to : []
  const wrong = ids.findIndex((id) => !Id.isUser(id))
  return wrong === -1 ? Either.right(ids.map(String)) : Either.left(Refusal.property(`to[${wrong}]`))
}

const sendToEach = (
  call: Call,
  via: "multicast" | "broadcast",
  recipients: ReadonlyArray<string>,
  messages: Message.Messages
): Either.Either<void, Answer> =>
  Either.map(Statistics.requireQuota(call.world, recipients.length, call.now), () => {
    Statistics.count(call.world, via, recipients.length, call.now)
    for (const userId of recipients) deliver(call, via, userId, messages)
  })

const week = 7 * 24 * 3_600_000

/** Whether a push reaches a user: a friend, or somebody who wrote to the bot within a week. */
const isReachable = ({ now, world }: Call, userId: string): boolean => {
  const user = world.users.get(userId)
  if (user === undefined || user.relation === "blocked") return false
  return user.relation === "friend" || (user.messagedAt !== undefined && now - user.messagedAt <= week)
}

/** Everybody whom a message to a chat reaches. */
const audience = (world: World.World, chatId: string): ReadonlyArray<string> => [
  ...(world.chats.get(chatId)?.members ?? [chatId])
]

const deliver = (
  { now, world }: Call,
  via: "reply" | "push" | "multicast" | "broadcast",
  chatId: string,
  messages: Message.Messages
) =>
  messages.map((message) => {
    const from = world.channel.userId
    const sent = World.identify(world, message)
    World.post(world, sent, { chatId, from, via, message: { ...message }, timestamp: now })
    return sent
  })

/** A message can be quoted only in its own chat. */
const requireQuotable = ({ world }: Call, messages: Message.Messages, chatId: string): Either.Either<void, Answer> =>
  Refusal.check(
    messages.flatMap((message, index) =>
      !("quoteToken" in message) || world.quoteTokens.get(message.quoteToken ?? "")?.chatId === chatId
        ? []
        : [{ message: "Invalid quote token", property: `messages[${index}].quoteToken` }]
    )
  )

const post = (operationId: string, path: string, handler: Handler): Route => ({
  operationId,
  method: "POST",
  path: `/v2/bot/message/${path}`,
  json: true,
  handler
})

/** The operations. */
export const routes: ReadonlyArray<Route> = [
  post("replyMessage", "reply", reply),
  { ...post("pushMessage", "push", push), retryKey: true },
  { ...post("multicast", "multicast", multicast), retryKey: true },
  { ...post("broadcast", "broadcast", broadcast), retryKey: true },
  post("validateReply", "validate/reply", validate),
  post("validatePush", "validate/push", validate),
  post("validateMulticast", "validate/multicast", validate),
  post("validateNarrowcast", "validate/narrowcast", validate),
  post("validateBroadcast", "validate/broadcast", validate)
]
