/**
 * The bot's friends, what it may know of them, and the signs it gives them: loading, read.
 */
import * as Either from "effect/Either"
import * as Chats from "../Chats.js"
import * as Id from "./Id.js"
import * as Page from "./Page.js"
import * as Refusal from "./Refusal.js"
import * as Validation from "./Validation.js"
import { ok, type Event, type Handler, type Route } from "./Wire.js"
import * as World from "./World.js"

const getProfile: Handler = (call) =>
  Either.flatMap(Id.parameter(call, "userId"), (userId) => {
    const state = call.world.users.get(userId)
    if (state === undefined || state.relation === "blocked") return Either.left(Refusal.notFound)
    if (state.relation === "stranger" && state.messagedAt === undefined) return Either.left(Refusal.notFound)
    const { type: _, ...profile } = state.user
    return Either.right(ok(profile))
  })

const getFollowers: Handler = (call) =>
  call.world.settings.verified
    ? Page.of(call, "userIds", World.friends(call.world), { usual: 300, maximum: 1000 })
    : Either.left(Refusal.unavailable)

const linkTokenLife = 10 * 60_000

const issueLinkToken: Handler = (call) =>
  Either.gen(function* () {
    const userId = yield* Id.parameter(call, "userId")
    const { now, world } = call
    yield* Refusal.unless(world.users.has(userId), Refusal.notFound)
    for (const [old, { expiresAt }] of world.linkTokens) if (now >= expiresAt) world.linkTokens.delete(old)
    const linkToken = world.ids.token(32)
    world.linkTokens.set(linkToken, { userId, expiresAt: now + linkTokenLife })
    return ok({ linkToken })
  })

/**
 * A user opens https://access.line.me/dialog/bot/accountLink with a link token and a nonce. Returns the event, which
 * tells of a failure if the token is another user's; or why LINE shows the user an error, and there is no event.
 */
export const linkAccount = (
  world: World.World,
  userId: string,
  linkToken: string,
  nonce: string,
  now: number
): Either.Either<Event, string> =>
  Either.gen(function* () {
    if (!world.users.has(userId)) return yield* Either.left(`There is no user ${userId}`)
    if (nonce.length < 10 || nonce.length > 255) return yield* Either.left("A nonce has 10 to 255 characters")
    const known = world.linkTokens.get(linkToken)
    world.linkTokens.delete(linkToken)
    if (known === undefined || now >= known.expiresAt) {
      return yield* Either.left("The link token has expired, was used, or is none")
    }
    if (known.userId !== userId) return { type: "accountLink", link: { result: "failed", nonce } }
    return {
      type: "accountLink",
      source: { type: "user", userId },
      replyToken: World.issueReplyToken(world, userId, now),
      link: { result: "ok", nonce }
    }
  })

const onlyUsers = "Only user id is acceptable, please confirm if there are any group/room ids or illegal ids."

const showLoadingAnimation: Handler = ({ body, now, world }) => {
  const { chatId, loadingSeconds = 20 } = body
  const seconds = typeof loadingSeconds === "number" ? loadingSeconds : Number.NaN
  return Either.map(
    Refusal.check([
      ...(Id.isUser(chatId) ? [] : [{ message: onlyUsers, property: "chatId" }]),
      ...(seconds >= 5 && seconds <= 60 ? [] : [{ message: "Must be between 5 and 60", property: "loadingSeconds" }]),
      ...(seconds % 5 === 0 ? [] : [{ message: "must be a multiple of five", property: "loadingSeconds" }])
    ]),
    () => {
      world.loading.set(String(chatId), now + seconds * 1000)
      return { status: 202, body: {} }
    }
  )
}

const invalidReadToken = Refusal.refuse(
  400,
  "Invalid markAsReadToken. Tokens must be used by the bot that received them via Webhook."
)

const markMessagesAsReadByToken: Handler = ({ body, world }) =>
  Either.gen(function* () {
    const { markAsReadToken } = yield* Validation.body(Chats.MarkMessagesAsReadByTokenRequest, body)
    const message = world.readTokens.get(markAsReadToken)
    if (message === undefined) return yield* Either.left(invalidReadToken)
    World.markRead(world, message.chatId, message)
    return ok()
  })

const markMessagesAsRead: Handler = ({ body, world }) => {
  const chat = body["chat"]
  const userId = typeof chat === "object" && chat !== null && "userId" in chat ? chat.userId : undefined
  // LINE says chatId, though the property is userId.
  if (!Id.isUser(userId) || !world.users.has(userId)) return Either.left(Refusal.property("'chat.chatId'"))
  World.markRead(world, userId)
  return Either.right(ok())
}

const getBotInfo: Handler = ({ world: { channel } }) =>
  Either.right(
    ok({
      userId: channel.userId,
      basicId: channel.basicId,
      displayName: channel.displayName,
      // With the chat off, LINE marks messages as read by itself.
      chatMode: "chat",
      markAsReadMode: "manual"
    })
  )

/** The operations. */
export const routes: ReadonlyArray<Route> = [
  { operationId: "getProfile", method: "GET", path: "/v2/bot/profile/{userId}", handler: getProfile },
  { operationId: "getFollowers", method: "GET", path: "/v2/bot/followers/ids", handler: getFollowers },
  { operationId: "issueLinkToken", method: "POST", path: "/v2/bot/user/{userId}/linkToken", handler: issueLinkToken },
  { operationId: "getBotInfo", method: "GET", path: "/v2/bot/info", handler: getBotInfo },
  {
    operationId: "showLoadingAnimation",
    method: "POST",
    path: "/v2/bot/chat/loading/start",
    body: "json",
    handler: showLoadingAnimation
  },
  {
    operationId: "markMessagesAsReadByToken",
    method: "POST",
    path: "/v2/bot/chat/markAsRead",
    body: "json",
    handler: markMessagesAsReadByToken
  },
  {
    operationId: "markMessagesAsRead",
    method: "POST",
    path: "/v2/bot/message/markAsRead",
    body: "json",
    handler: markMessagesAsRead
  }
]
