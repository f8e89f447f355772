/**
 * Replies, pushes, multicasts, broadcasts, and the checks of messages for them.
 */
import * as Either from "effect/Either"
import type * as Message from "../Message.js"
import * as Requests from "../Messaging.js"
import * as Id from "./Id.js"
import * as Reference from "./Reference.js"
import * as Refusal from "./Refusal.js"
import * as Statistics from "./Statistics.js"
import * as Validation from "./Validation.js"
import { ok, type Answer, type Call, type Handler, type Route } from "./Wire.js"
import * as World from "./World.js"

/** A broadcast that was sent. */
export interface Broadcast {
  readonly sentAt: number
  readonly recipients: ReadonlyArray<string>
}

const reply: Handler = (call) =>
  Either.gen(function* () {
    const { now, world } = call
    const { messages, replyToken } = yield* Validation.body(Requests.ReplyMessageRequest, call.body)
    const token = world.replyTokens.get(replyToken)
    if (token === undefined || now >= token.expiresAt) return yield* Either.left(Refusal.invalidReplyToken)
    const { chatId } = token
    yield* Refusal.unless(World.isOpen(world, chatId), Refusal.invalidReplyToken)
    yield* Reference.check(world, messages, chatId)
    // Only now: a reply refused for its messages may be corrected, and its token used.
    world.replyTokens.delete(replyToken)
    const recipients = audience(world, chatId, ({ relation }) => relation !== "blocked")
    Statistics.count(world, "reply", recipients.length, now)
    return sendTo(call, "reply", chatId, recipients, messages)
  })

const push: Handler = (call) =>
  Either.gen(function* () {
    const { now, world } = call
    const { customAggregationUnits, messages, to } = yield* Validation.body(Requests.PushMessageRequest, call.body)
    yield* Refusal.unless(Id.isChat(to), Refusal.property("'to'"))
    yield* Refusal.unless(World.isOpen(world, to), Refusal.notSent)
    yield* Reference.check(world, messages, to)
    const recipients = audience(world, to, (user) => isReachable(user, now))
    yield* Statistics.requireQuota(world, recipients.length, now)
    Statistics.count(world, "push", recipients.length, now)
    const units = Statistics.assignUnits(world, customAggregationUnits, now)
    return sendTo(call, "push", to, recipients, messages, units)
  })

const multicast: Handler = (call) =>
  Either.gen(function* () {
    const { now, world } = call
    const { customAggregationUnits, messages, to } = yield* Validation.body(Requests.MulticastRequest, call.body)
    yield* requireUsers(to)
    yield* Reference.checkForMany(world, messages)
    const recipients = [...new Set(to)].filter((userId) => world.users.get(userId)?.relation === "friend")
    yield* Statistics.requireQuota(world, recipients.length, now)
    sendToEach(call, "multicast", recipients, messages, Statistics.assignUnits(world, customAggregationUnits, now))
    return ok()
  })

const broadcast: Handler = (call) =>
  Either.gen(function* () {
    const { now, requestId, world } = call
    const { messages } = yield* Validation.body(Requests.BroadcastRequest, call.body)
    yield* Reference.checkForMany(world, messages)
    const recipients = World.friends(world)
    yield* Statistics.requireQuota(world, recipients.length, now)
    sendToEach(call, "broadcast", recipients, messages)
    world.broadcasts.set(requestId, { sentAt: now, recipients })
    return ok()
  })

const validate =
  (check: typeof Reference.checkForAny): Handler =>
  ({ body, world }) =>
    Validation.body(Requests.ValidateMessageRequest, body).pipe(
      Either.flatMap(({ messages }) => check(world, messages)),
      Either.map(() => ok())
    )

const requireUsers = (ids: ReadonlyArray<string>): Either.Either<void, Answer> => {
  const wrong = ids.findIndex((id) => !Id.isUser(id))
  return Refusal.unless(wrong === -1, Refusal.property(`to[${wrong}]`))
}

const sendToEach = (
  call: Call,
  via: "multicast" | "broadcast",
  recipients: ReadonlyArray<string>,
  messages: Message.Messages,
  units?: ReadonlyArray<string>
): void => {
  Statistics.count(call.world, via, recipients.length, call.now)
  for (const userId of recipients) deliver(call, via, userId, messages, units)
}

const week = 7 * 24 * 3_600_000

/** Whether a push reaches a user: a friend, or somebody who wrote to the bot within a week. */
const isReachable = ({ messagedAt, relation }: World.UserState, now: number): boolean =>
  relation === "friend" || (relation === "stranger" && messagedAt !== undefined && now - messagedAt <= week)

/** Everybody whom a message to a chat reaches: all who are in it, or the one user it can reach. */
const audience = (
  world: World.World,
  chatId: string,
  reaches: (user: World.UserState) => boolean
): ReadonlyArray<string> => {
  const user = world.users.get(chatId)
  if (user === undefined) return [...(world.chats.get(chatId)?.members ?? [])]
  return reaches(user) ? [chatId] : []
}

/** LINE does not tell a message to somebody who blocked the bot from one that arrived. */
const sendTo = (
  call: Call,
  via: "reply" | "push",
  chatId: string,
  recipients: ReadonlyArray<string>,
  messages: Message.Messages,
  units?: ReadonlyArray<string>
): Answer =>
  ok({
    sentMessages:
      recipients.length > 0
        ? deliver(call, via, chatId, messages, units)
        : messages.map((message) => World.identify(call.world, message))
  })

const deliver = (
  { now, requestId, world }: Call,
  via: "reply" | "push" | "multicast" | "broadcast",
  chatId: string,
  messages: Message.Messages,
  units: ReadonlyArray<string> = []
) =>
  messages.map((message, index) => {
    const from = world.channel.userId
    const sent = World.identify(world, message)
    // Reactions to all others are not counted.
    const origin = via === "broadcast" || units.length > 0 ? { requestId, bubble: index + 1, units } : undefined
    World.post(world, sent, { chatId, from, via, message: { ...message }, timestamp: now, origin })
    return sent
  })

const post = (operationId: string, path: string, handler: Handler): Route => ({
  operationId,
  method: "POST",
  path: `/v2/bot/message/${path}`,
  body: "json",
  handler
})

/** The operations. */
export const routes: ReadonlyArray<Route> = [
  post("replyMessage", "reply", reply),
  { ...post("pushMessage", "push", push), retryKey: true },
  { ...post("multicast", "multicast", multicast), retryKey: true },
  { ...post("broadcast", "broadcast", broadcast), retryKey: true },
  post("validateReply", "validate/reply", validate(Reference.checkForAny)),
  post("validatePush", "validate/push", validate(Reference.checkForAny)),
  post("validateMulticast", "validate/multicast", validate(Reference.checkForMany)),
  post("validateNarrowcast", "validate/narrowcast", validate(Reference.checkForMany)),
  post("validateBroadcast", "validate/broadcast", validate(Reference.checkForMany))
]
