/**
 * The chats a bot is in: groups, multi-person rooms, their members, and what a bot shows in a chat while it works.
 *
 * Groups and rooms differ only in name for a bot. Since 2020 users make groups; rooms are older ones.
 *
 * @see https://developers.line.biz/en/docs/messaging-api/group-chats/
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Id from "./internal/Id.js"
import * as Limit from "./internal/Limit.js"
import type * as LineClient from "./LineClient.js"
import * as LineError from "./LineError.js"
import * as Operation from "./Operation.js"

/**
 * The id of a group as webhooks give it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const GroupId: Schema.Schema<string> = Limit.NonEmpty.annotations({ identifier: "GroupId" })

/**
 * The id of a room as webhooks give it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RoomId: Schema.Schema<string> = Limit.NonEmpty.annotations({ identifier: "RoomId" })

/**
 * What a group shows of itself.
 *
 * @since 0.1.0
 * @category models
 */
export interface GroupSummary {
  readonly groupId: string
  readonly groupName: string
  readonly pictureUrl?: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const GroupSummary: Schema.Schema<GroupSummary> = Schema.Struct({
  groupId: Schema.String,
  groupName: Schema.String,
  pictureUrl: Schema.optionalWith(Schema.String, { exact: true })
}).annotations({ identifier: "GroupSummary" })

/**
 * What a member of a group or room shows, friend of the bot or not.
 *
 * @since 0.1.0
 * @category models
 */
export interface MemberProfile {
  readonly displayName: string
  readonly userId: string
  readonly pictureUrl?: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const MemberProfile: Schema.Schema<MemberProfile> = Schema.Struct({
  displayName: Schema.String,
  userId: Schema.String,
  pictureUrl: Schema.optionalWith(Schema.String, { exact: true })
}).annotations({ identifier: "MemberProfile" })

/**
 * A page of members. `next` is there while there may be more; it is valid for 24 hours.
 *
 * @since 0.1.0
 * @category models
 */
export interface MemberIds {
  readonly memberIds: ReadonlyArray<string>
  readonly next?: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const MemberIds: Schema.Schema<MemberIds> = Schema.Struct({
  memberIds: Schema.Array(Schema.String),
  next: Schema.optionalWith(Schema.String, { exact: true })
}).annotations({ identifier: "MemberIds" })

/**
 * Whose members to list, and where to begin.
 *
 * @since 0.1.0
 * @category models
 */
export interface GroupMembersRequest {
  readonly groupId: string
  /** The `next` of the page before. */
  readonly start?: string | undefined
}

/**
 * Whose members to list, and where to begin.
 *
 * @since 0.1.0
 * @category models
 */
export interface RoomMembersRequest {
  readonly roomId: string
  /** The `next` of the page before. */
  readonly start?: string | undefined
}

/**
 * The number of people in a chat, the bot not counted.
 *
 * @since 0.1.0
 * @category models
 */
export interface MemberCount {
  readonly count: number
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const MemberCount: Schema.Schema<MemberCount> = Schema.Struct({ count: Schema.Number }).annotations({
  identifier: "MemberCount"
})

/**
 * How long a loading animation is shown at most: 5 to 60 seconds in steps of 5.
 *
 * @since 0.1.0
 * @category models
 */
export type LoadingSeconds = 5 | 10 | 15 | 20 | 25 | 30 | 35 | 40 | 45 | 50 | 55 | 60

/**
 * Where to show a loading animation, and for how long.
 *
 * @since 0.1.0
 * @category models
 */
export interface ShowLoadingAnimationRequest {
  /** The id of a user: the animation is shown in one-to-one chats only. */
  readonly chatId: string
  /** 20 unless set. */
  readonly loadingSeconds?: LoadingSeconds | undefined
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const ShowLoadingAnimationRequest: Schema.Schema<ShowLoadingAnimationRequest> = Schema.Struct({
  chatId: Id.UserId,
  loadingSeconds: Schema.optional(Schema.Literal(5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60))
}).annotations({ identifier: "ShowLoadingAnimationRequest" })

/**
 * Which messages have been read: the one whose webhook event brought the token, and all before it.
 *
 * @since 0.1.0
 * @category models
 */
export interface MarkMessagesAsReadByTokenRequest {
  readonly markAsReadToken: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const MarkMessagesAsReadByTokenRequest: Schema.Schema<MarkMessagesAsReadByTokenRequest> = Schema.Struct({
  markAsReadToken: Limit.NonEmpty
}).annotations({ identifier: "MarkMessagesAsReadByTokenRequest" })

/**
 * Whose messages have been read.
 *
 * @since 0.1.0
 * @category models
 */
export interface MarkMessagesAsReadRequest {
  readonly chat: { readonly userId: string }
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const MarkMessagesAsReadRequest: Schema.Schema<MarkMessagesAsReadRequest> = Schema.Struct({
  chat: Schema.Struct({ userId: Id.UserId })
}).annotations({ identifier: "MarkMessagesAsReadRequest" })

/**
 * The name and picture of a group the bot is in.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-group-summary
 * @since 0.1.0
 * @category operations
 */
export const getGroupSummary = Operation.get("getGroupSummary", "/v2/bot/group/{groupId}/summary", {
  path: { groupId: GroupId },
  success: GroupSummary,
  errors: [LineError.NotFound]
})

/**
 * The number of people in a group.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-members-group-count
 * @since 0.1.0
 * @category operations
 */
export const getGroupMemberCount = Operation.get("getGroupMemberCount", "/v2/bot/group/{groupId}/members/count", {
  path: { groupId: GroupId },
  success: MemberCount,
  errors: [LineError.NotFound]
})

/**
 * A page of the ids of a group's members, at most 100. A page may be short without being the last: go on while `next`
 * is there, with it as `start`; {@link groupMembers} does. `Forbidden` unless the account is verified or premium.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-group-member-user-ids
 * @since 0.1.0
 * @category operations
 */
export const getGroupMembersIds = Operation.get("getGroupMembersIds", "/v2/bot/group/{groupId}/members/ids", {
  path: { groupId: GroupId },
  query: { start: Schema.optional(Limit.NonEmpty) },
  success: MemberIds,
  errors: [LineError.NotFound]
})

/**
 * The ids of a group's members, page by page as they are needed, as {@link getGroupMembersIds} gives them. To go on later
 * from where a page ended, take the pages themselves with `Operation.pages`, and keep their `next`.
 *
 * @example
 * ```ts
 * import * as Stream from "effect/Stream"
 * import * as Chats from "line-effect/Chats"
 *
 * const names = (groupId: string) =>
 *   Chats.groupMembers({ groupId }).pipe(
 *     Stream.mapEffect((userId) => Chats.getGroupMemberProfile({ groupId, userId }), { concurrency: 10 }),
 *     Stream.map(({ displayName }) => displayName)
 *   )
 * ```
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-group-member-user-ids
 * @since 0.1.0
 * @category streams
 */
export const groupMembers = (
  request: GroupMembersRequest
): Stream.Stream<string, LineError.NotFound | LineError.Common | LineError.InvalidResponse, LineClient.LineClient> =>
  Stream.mapConcat(Operation.pages(getGroupMembersIds, request), ({ memberIds }) => memberIds)

/**
 * The profile of a group member, friend of the bot or not.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-group-member-profile
 * @since 0.1.0
 * @category operations
 */
export const getGroupMemberProfile = Operation.get("getGroupMemberProfile", "/v2/bot/group/{groupId}/member/{userId}", {
  path: { groupId: GroupId, userId: Id.UserId },
  success: MemberProfile,
  errors: [LineError.NotFound]
})

/**
 * Leaves a group. `NotFound` if the bot is not in it.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#leave-group
 * @since 0.1.0
 * @category operations
 */
export const leaveGroup = Operation.post("leaveGroup", "/v2/bot/group/{groupId}/leave", {
  path: { groupId: GroupId },
  errors: [LineError.NotFound]
})

/**
 * The number of people in a room.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-members-room-count
 * @since 0.1.0
 * @category operations
 */
export const getRoomMemberCount = Operation.get("getRoomMemberCount", "/v2/bot/room/{roomId}/members/count", {
  path: { roomId: RoomId },
  success: MemberCount,
  errors: [LineError.NotFound]
})

/**
 * A page of the ids of a room's members, at most 100, as {@link getGroupMembersIds}; {@link roomMembers} goes on.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-room-member-user-ids
 * @since 0.1.0
 * @category operations
 */
export const getRoomMembersIds = Operation.get("getRoomMembersIds", "/v2/bot/room/{roomId}/members/ids", {
  path: { roomId: RoomId },
  query: { start: Schema.optional(Limit.NonEmpty) },
  success: MemberIds,
  errors: [LineError.NotFound]
})

/**
 * The ids of a room's members, page by page as they are needed, as {@link groupMembers}.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-room-member-user-ids
 * @since 0.1.0
 * @category streams
 */
export const roomMembers = (
  request: RoomMembersRequest
): Stream.Stream<string, LineError.NotFound | LineError.Common | LineError.InvalidResponse, LineClient.LineClient> =>
  Stream.mapConcat(Operation.pages(getRoomMembersIds, request), ({ memberIds }) => memberIds)

/**
 * The profile of a room member, friend of the bot or not.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-room-member-profile
 * @since 0.1.0
 * @category operations
 */
export const getRoomMemberProfile = Operation.get("getRoomMemberProfile", "/v2/bot/room/{roomId}/member/{userId}", {
  path: { roomId: RoomId, userId: Id.UserId },
  success: MemberProfile,
  errors: [LineError.NotFound]
})

/**
 * Leaves a room. Succeeds also if the bot is not in it; `NotFound` if there is no such room.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#leave-room
 * @since 0.1.0
 * @category operations
 */
export const leaveRoom = Operation.post("leaveRoom", "/v2/bot/room/{roomId}/leave", {
  path: { roomId: RoomId },
  errors: [LineError.NotFound]
})

/**
 * Shows a loading animation in a one-to-one chat until the bot's next message or the time is over. Succeeds also where
 * nothing is shown because the user is not looking. At most 100 calls a second.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#display-a-loading-indicator
 * @since 0.1.0
 * @category operations
 */
export const showLoadingAnimation = Operation.post("showLoadingAnimation", "/v2/bot/chat/loading/start", {
  body: ShowLoadingAnimationRequest,
  repeat: "safe"
})

/**
 * Marks a message and all before it as read, with the `markAsReadToken` of its webhook event. Needs the chat feature of
 * the account to be on.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#mark-as-read
 * @since 0.1.0
 * @category operations
 */
export const markMessagesAsReadByToken = Operation.post("markMessagesAsReadByToken", "/v2/bot/chat/markAsRead", {
  body: MarkMessagesAsReadByTokenRequest,
  repeat: "safe"
})

/**
 * Marks all messages of a user as read: the older operation, for accounts that applied for it.
 *
 * @see https://developers.line.biz/en/reference/partner-docs/#mark-messages-from-users-as-read
 * @since 0.1.0
 * @category operations
 */
export const markMessagesAsRead = Operation.post("markMessagesAsRead", "/v2/bot/message/markAsRead", {
  body: MarkMessagesAsReadRequest,
  repeat: "safe"
})
