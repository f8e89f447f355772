/**
 * Groups and rooms, and who is in them.
 */
import * as Either from "effect/Either"
import * as Id from "./Id.js"
import * as Page from "./Page.js"
import * as Refusal from "./Refusal.js"
import { ok, type Answer, type Call, type Event, type Handler, type Route } from "./Wire.js"
import type { ChatState } from "./World.js"

type Kind = "group" | "room"

/** The chat of the path, as long as the bot is in it. */
const joined = (call: Call, kind: Kind): Either.Either<ChatState, Answer> =>
  Either.flatMap(Id.parameter(call, `${kind}Id`), (id) => {
    const state = call.world.chats.get(id)
    return state?.joined === true ? Either.right(state) : Either.left(Refusal.notFound)
  })

const getGroupSummary: Handler = (call) =>
  Either.map(joined(call, "group"), ({ chat: { type: _, ...summary } }) => ok(summary))

const getMemberCount =
  (kind: Kind): Handler =>
  (call) =>
    Either.map(joined(call, kind), ({ members }) => ok({ count: members.size }))

const getMembersIds =
  (kind: Kind): Handler =>
  (call) =>
    call.world.settings.verified
      ? Either.flatMap(joined(call, kind), ({ members }) => Page.of(call, "memberIds", [...members], { usual: 100 }))
      : Either.left(Refusal.unavailable)

const getMemberProfile =
  (kind: Kind): Handler =>
  (call) =>
    Either.gen(function* () {
      const { members } = yield* joined(call, kind)
      const userId = yield* Id.parameter(call, "userId")
      const state = call.world.users.get(userId)
      if (state === undefined || !members.has(userId)) return yield* Either.left(Refusal.notFound)
      const { displayName, pictureUrl } = state.user
      return ok({ displayName, userId, ...(pictureUrl === undefined ? {} : { pictureUrl }) })
    })

const leave =
  (kind: Kind): Handler =>
  (call) =>
    Either.gen(function* () {
      const id = yield* Id.parameter(call, `${kind}Id`)
      const state = call.world.chats.get(id)
      if (state === undefined) return yield* Either.left(Refusal.notFound)
      // LINE forgives leaving a room twice, and a group not.
      if (!state.joined) return kind === "room" ? ok() : yield* Either.left(Refusal.notFound)
      state.joined = false
      return { ...ok(), events: [leaveEvent(state)] }
    })

/** What the webhook says when the bot is no longer in a chat. */
export const leaveEvent = ({ chat }: ChatState): Event => ({
  type: "leave",
  source: chat.type === "group" ? { type: "group", groupId: chat.groupId } : { type: "room", roomId: chat.roomId }
})

const route = (
  operationId: string,
  method: "GET" | "POST",
  kind: Kind,
  path: string,
  handler: (kind: Kind) => Handler
): Route => ({ operationId, method, path: `/v2/bot/${kind}/{${kind}Id}/${path}`, handler: handler(kind) })

/** The operations. */
export const routes: ReadonlyArray<Route> = [
  route("getGroupSummary", "GET", "group", "summary", () => getGroupSummary),
  route("getGroupMemberCount", "GET", "group", "members/count", getMemberCount),
  route("getGroupMembersIds", "GET", "group", "members/ids", getMembersIds),
  route("getGroupMemberProfile", "GET", "group", "member/{userId}", getMemberProfile),
  route("leaveGroup", "POST", "group", "leave", leave),
  route("getRoomMemberCount", "GET", "room", "members/count", getMemberCount),
  route("getRoomMembersIds", "GET", "room", "members/ids", getMembersIds),
  route("getRoomMemberProfile", "GET", "room", "member/{userId}", getMemberProfile),
  route("leaveRoom", "POST", "room", "leave", leave)
]
