/**
 * What LINE tells a bot: the events of a webhook, in LINE's own shape, so that `event.type` narrows.
 *
 * What is new to this version becomes an `Unknown` in its own place: an event, a message, a source, a mentioned user or
 * a member of an enumeration, each without loss to what is around it. So does what is of a known type and malformed; its
 * `issue` says where. Properties that are new stay on the value, beside the typed ones.
 *
 * `timestamp` and every other point in time is in milliseconds since 1970. Events may arrive late, twice and in any
 * order: the `webhookEventId` tells duplicates, the `timestamp` the order.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#webhook-event-objects
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as String from "effect/String"
import * as Check from "./internal/Check.js"
import * as Tolerant from "./internal/Tolerant.js"
import type * as Unknown from "./Unknown.js"

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

const struct = <Fields extends Schema.Struct.Fields>(identifier: string, fields: Fields) =>
  Tolerant.struct(fields).annotations({ identifier })

// -----------------------------------------------------------------------------
// sources
// -----------------------------------------------------------------------------

/**
 * A user, in a one-to-one chat or as a member of a group or room.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#source-user
 * @since 0.1.0
 * @category models
 */
export interface UserSource {
  readonly type: "user"
  readonly userId?: string
}

/**
 * The schema of {@link UserSource}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UserSource: Schema.Schema<UserSource, unknown> = struct("UserSource", {
  type: Schema.Literal("user"),
  userId: optional(Schema.String)
})

/**
 * A group chat. The user is the one who acted, where LINE may tell it: a user who has not agreed to it stays unnamed.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#source-group
 * @since 0.1.0
 * @category models
 */
export interface GroupSource {
  readonly type: "group"
  readonly groupId: string
  readonly userId?: string
}

/**
 * The schema of {@link GroupSource}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const GroupSource: Schema.Schema<GroupSource, unknown> = struct("GroupSource", {
  type: Schema.Literal("group"),
  groupId: Schema.String,
  userId: optional(Schema.String)
})

/**
 * A multi-person chat. The user is the one who acted, where LINE may tell it.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#source-room
 * @since 0.1.0
 * @category models
 */
export interface RoomSource {
  readonly type: "room"
  readonly roomId: string
  readonly userId?: string
}

/**
 * The schema of {@link RoomSource}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RoomSource: Schema.Schema<RoomSource, unknown> = struct("RoomSource", {
  type: Schema.Literal("room"),
  roomId: Schema.String,
  userId: optional(Schema.String)
})

/**
 * Where an event happened.
 *
 * @since 0.1.0
 * @category models
 */
export type Source = UserSource | GroupSource | RoomSource | Unknown.Unknown

/**
 * The schema of {@link Source}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Source: Schema.Schema<Source, unknown> = Tolerant.union(UserSource, GroupSource, RoomSource).annotations({
  identifier: "Source"
})

// A member of a group or room is told as a user, and one of another kind must not lose the others.
const Member = Tolerant.union(UserSource)

/**
 * The id of the chat an event happened in, to which a message can be pushed: of the group, the room or the user.
 *
 * @example
 * ```ts
 * import * as WebhookEvent from "line-effect/WebhookEvent"
 *
 * WebhookEvent.chatId({ type: "group", groupId: "C1", userId: "U1" }) // "C1"
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const chatId = (source: Source | undefined): string | undefined => {
  switch (source?.type) {
    case "user":
      return source.userId
    case "group":
      return source.groupId
    case "room":
      return source.roomId
    default:
      return undefined
  }
}

// -----------------------------------------------------------------------------
// contents of messages
// -----------------------------------------------------------------------------

/**
 * A LINE emoji in a text. Its place and length are counted in UTF-16 code units.
 *
 * @since 0.1.0
 * @category models
 */
export interface Emoji {
  readonly index: number
  readonly length: number
  readonly productId: string
  readonly emojiId: string
}

/**
 * The schema of {@link Emoji}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Emoji: Schema.Schema<Emoji, unknown> = struct("Emoji", {
  index: Schema.Number,
  length: Schema.Number,
  productId: Schema.String,
  emojiId: Schema.String
})

/**
 * A user whom a text mentions. Its place and length are counted in UTF-16 code units; `isSelf` tells the bot itself.
 *
 * @since 0.1.0
 * @category models
 */
export interface UserMentionee {
  readonly type: "user"
  readonly index: number
  readonly length: number
  readonly userId?: string
  readonly isSelf?: boolean
}

/**
 * The schema of {@link UserMentionee}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UserMentionee: Schema.Schema<UserMentionee, unknown> = struct("UserMentionee", {
  type: Schema.Literal("user"),
  index: Schema.Number,
  length: Schema.Number,
  userId: optional(Schema.String),
  isSelf: optional(Schema.Boolean)
})

/**
 * A mention of everybody in the group or room.
 *
 * @since 0.1.0
 * @category models
 */
export interface AllMentionee {
  readonly type: "all"
  readonly index: number
  readonly length: number
}

/**
 * The schema of {@link AllMentionee}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AllMentionee: Schema.Schema<AllMentionee, unknown> = struct("AllMentionee", {
  type: Schema.Literal("all"),
  index: Schema.Number,
  length: Schema.Number
})

/**
 * Whom a text mentions at one place.
 *
 * @since 0.1.0
 * @category models
 */
export type Mentionee = UserMentionee | AllMentionee | Unknown.Unknown

/**
 * The schema of {@link Mentionee}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Mentionee: Schema.Schema<Mentionee, unknown> = Tolerant.union(UserMentionee, AllMentionee).annotations({
  identifier: "Mentionee"
})

/**
 * The mentions in a text, at most 20.
 *
 * @since 0.1.0
 * @category models
 */
export interface Mention {
  readonly mentionees: ReadonlyArray<Mentionee>
}

/**
 * The schema of {@link Mention}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Mention: Schema.Schema<Mention, unknown> = struct("Mention", { mentionees: Schema.Array(Mentionee) })

/**
 * Who holds the file of an image, a video or an audio: LINE, from whom it is fetched by message id, or the server at
 * the URLs, which are there only then.
 *
 * @since 0.1.0
 * @category models
 */
export interface ContentProvider {
  readonly type: "line" | "external" | Unknown.Unknown
  readonly originalContentUrl?: string
  readonly previewImageUrl?: string
}

/**
 * The schema of {@link ContentProvider}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ContentProvider: Schema.Schema<ContentProvider, unknown> = struct("ContentProvider", {
  type: Tolerant.enumeration("line", "external"),
  originalContentUrl: optional(Schema.String),
  previewImageUrl: optional(Schema.String)
})

/**
 * The set an image was sent in with others, each of which is an event of its own. They arrive in any order: `index`
 * counts from 1 to `total`, where LINE tells them.
 *
 * @since 0.1.0
 * @category models
 */
export interface ImageSet {
  readonly id: string
  readonly index?: number
  readonly total?: number
}

/**
 * The schema of {@link ImageSet}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ImageSet: Schema.Schema<ImageSet, unknown> = struct("ImageSet", {
  id: Schema.String,
  index: optional(Schema.Number),
  total: optional(Schema.Number)
})

/**
 * What every received message has: its id, and the token that marks it, and all before it, as read.
 *
 * @since 0.1.0
 * @category models
 */
export interface MessageIdentity {
  readonly id: string
  readonly markAsReadToken?: string
}

const content = <Type extends string, Fields extends Schema.Struct.Fields>(type: Type, fields: Fields) =>
  struct(`${String.capitalize(type)}MessageContent`, {
    type: Schema.Literal(type),
    id: Schema.String,
    markAsReadToken: optional(Schema.String),
    ...fields
  })

/**
 * A text. Quote it in an answer with its `quoteToken`; `quotedMessageId` is the message it quotes itself.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#wh-text
 * @since 0.1.0
 * @category models
 */
export interface TextMessageContent extends MessageIdentity {
  readonly type: "text"
  readonly text: string
  readonly emojis?: ReadonlyArray<Emoji>
  readonly mention?: Mention
  readonly quoteToken: string
  readonly quotedMessageId?: string
}

/**
 * The schema of {@link TextMessageContent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TextMessageContent: Schema.Schema<TextMessageContent, unknown> = content("text", {
  text: Schema.String,
  emojis: optional(Schema.Array(Emoji)),
  mention: optional(Mention),
  quoteToken: Schema.String,
  quotedMessageId: optional(Schema.String)
})

/**
 * An image.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#wh-image
 * @since 0.1.0
 * @category models
 */
export interface ImageMessageContent extends MessageIdentity {
  readonly type: "image"
  readonly contentProvider: ContentProvider
  readonly imageSet?: ImageSet
  readonly quoteToken: string
}

/**
 * The schema of {@link ImageMessageContent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ImageMessageContent: Schema.Schema<ImageMessageContent, unknown> = content("image", {
  contentProvider: ContentProvider,
  imageSet: optional(ImageSet),
  quoteToken: Schema.String
})

/**
 * A video. `duration` is in milliseconds.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#wh-video
 * @since 0.1.0
 * @category models
 */
export interface VideoMessageContent extends MessageIdentity {
  readonly type: "video"
  readonly duration?: number
  readonly contentProvider: ContentProvider
  readonly quoteToken: string
}

/**
 * The schema of {@link VideoMessageContent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const VideoMessageContent: Schema.Schema<VideoMessageContent, unknown> = content("video", {
  duration: optional(Schema.Number),
  contentProvider: ContentProvider,
  quoteToken: Schema.String
})

/**
 * An audio, which cannot be quoted. `duration` is in milliseconds.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#wh-audio
 * @since 0.1.0
 * @category models
 */
export interface AudioMessageContent extends MessageIdentity {
  readonly type: "audio"
  readonly duration?: number
  readonly contentProvider: ContentProvider
}

/**
 * The schema of {@link AudioMessageContent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AudioMessageContent: Schema.Schema<AudioMessageContent, unknown> = content("audio", {
  duration: optional(Schema.Number),
  contentProvider: ContentProvider
})

/**
 * A file, which cannot be quoted. `fileSize` is in bytes.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#wh-file
 * @since 0.1.0
 * @category models
 */
export interface FileMessageContent extends MessageIdentity {
  readonly type: "file"
  readonly fileName: string
  readonly fileSize: number
}

/**
 * The schema of {@link FileMessageContent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FileMessageContent: Schema.Schema<FileMessageContent, unknown> = content("file", {
  fileName: Schema.String,
  fileSize: Schema.Number
})

/**
 * A location, in degrees.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#wh-location
 * @since 0.1.0
 * @category models
 */
export interface LocationMessageContent extends MessageIdentity {
  readonly type: "location"
  readonly title?: string
  readonly address?: string
  readonly latitude: number
  readonly longitude: number
}

/**
 * The schema of {@link LocationMessageContent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const LocationMessageContent: Schema.Schema<LocationMessageContent, unknown> = content("location", {
  title: optional(Schema.String),
  address: optional(Schema.String),
  latitude: Schema.Number,
  longitude: Schema.Number
})

/**
 * A sticker. `keywords` are at most 15 words for its meaning, picked by LINE; `text` is what the user wrote on it.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#wh-sticker
 * @since 0.1.0
 * @category models
 */
export interface StickerMessageContent extends MessageIdentity {
  readonly type: "sticker"
  readonly packageId: string
  readonly stickerId: string
  readonly stickerResourceType:
    | "STATIC"
    | "ANIMATION"
    | "SOUND"
    | "ANIMATION_SOUND"
    | "POPUP"
    | "POPUP_SOUND"
    | "CUSTOM"
    | "MESSAGE"
    | "NAME_TEXT"
    | "PER_STICKER_TEXT"
    | Unknown.Unknown
  readonly keywords?: ReadonlyArray<string>
  readonly text?: string
  readonly quoteToken: string
  readonly quotedMessageId?: string
}

/**
 * The schema of {@link StickerMessageContent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const StickerMessageContent: Schema.Schema<StickerMessageContent, unknown> = content("sticker", {
  packageId: Schema.String,
  stickerId: Schema.String,
  stickerResourceType: Tolerant.enumeration(
    "STATIC",
    "ANIMATION",
    "SOUND",
    "ANIMATION_SOUND",
    "POPUP",
    "POPUP_SOUND",
    "CUSTOM",
    "MESSAGE",
    "NAME_TEXT",
    "PER_STICKER_TEXT"
  ),
  keywords: optional(Schema.Array(Schema.String)),
  text: optional(Schema.String),
  quoteToken: Schema.String,
  quotedMessageId: optional(Schema.String)
})

/**
 * What was sent.
 *
 * @since 0.1.0
 * @category models
 */
export type MessageContent =
  | TextMessageContent
  | ImageMessageContent
  | VideoMessageContent
  | AudioMessageContent
  | FileMessageContent
  | LocationMessageContent
  | StickerMessageContent
  | Unknown.Unknown

/**
 * The schema of {@link MessageContent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const MessageContent: Schema.Schema<MessageContent, unknown> = Tolerant.union(
  TextMessageContent,
  ImageMessageContent,
  VideoMessageContent,
  AudioMessageContent,
  FileMessageContent,
  LocationMessageContent,
  StickerMessageContent
).annotations({ identifier: "MessageContent" })

// -----------------------------------------------------------------------------
// what every event has
// -----------------------------------------------------------------------------

/**
 * Whether LINE sends an event again because an earlier delivery was not answered with 200.
 *
 * @since 0.1.0
 * @category models
 */
export interface DeliveryContext {
  readonly isRedelivery: boolean
}

/**
 * The schema of {@link DeliveryContext}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const DeliveryContext: Schema.Schema<DeliveryContext, unknown> = struct("DeliveryContext", {
  isRedelivery: Schema.Boolean
})

/**
 * What every event has.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#common-properties
 * @since 0.1.0
 * @category models
 */
export interface Envelope {
  /** Where it happened. Events about the bot itself have none. */
  readonly source?: Source
  /** When it happened, in milliseconds since 1970. */
  readonly timestamp: number
  /** In `standby` another channel answers this chat: there is no reply token, and nothing is to be sent. */
  readonly mode: "active" | "standby" | Unknown.Unknown
  /** A ULID, the same in every delivery of the event. */
  readonly webhookEventId: string
  readonly deliveryContext: DeliveryContext
}

/**
 * What the events have that can be replied to. The token is for one reply, within about a minute; it is absent in
 * `standby`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Replyable {
  readonly replyToken?: string
}

const envelope = {
  timestamp: Schema.Number,
  mode: Tolerant.enumeration("active", "standby"),
  webhookEventId: Schema.String,
  deliveryContext: DeliveryContext
}

const replyable = { replyToken: optional(Schema.String) }

const event = <Type extends string, Fields extends Schema.Struct.Fields>(type: Type, fields: Fields) =>
  struct(`${String.capitalize(type)}Event`, {
    type: Schema.Literal(type),
    source: optional(Source),
    ...envelope,
    ...fields
  })

// -----------------------------------------------------------------------------
// messages
// -----------------------------------------------------------------------------

/**
 * A user sent a message, in a one-to-one chat, a group or a room. It can be replied to.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#message-event
 * @since 0.1.0
 * @category models
 */
export interface MessageEvent extends Envelope, Replyable {
  readonly type: "message"
  readonly message: MessageContent
}

/**
 * The schema of {@link MessageEvent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const MessageEvent: Schema.Schema<MessageEvent, unknown> = event("message", {
  ...replyable,
  message: MessageContent
})

/**
 * A user edited a text in a group. The message has the id of the original, and a new quote token. Of several edits the
 * one with the largest `timestamp` holds. It can be replied to.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#edit-event
 * @since 0.1.0
 * @category models
 */
export interface MessageEditedEvent extends Envelope, Replyable {
  readonly type: "messageEdited"
  readonly message: MessageContent
}

/**
 * The schema of {@link MessageEditedEvent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const MessageEditedEvent: Schema.Schema<MessageEditedEvent, unknown> = event("messageEdited", {
  ...replyable,
  message: MessageContent
})

/**
 * The message that was taken back.
 *
 * @since 0.1.0
 * @category models
 */
export interface UnsendDetail {
  readonly messageId: string
}

/**
 * The schema of {@link UnsendDetail}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UnsendDetail: Schema.Schema<UnsendDetail, unknown> = struct("UnsendDetail", { messageId: Schema.String })

/**
 * A user took back a message, in a one-to-one chat, a group or a room: delete what was kept of it. It cannot be replied
 * to.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#unsend-event
 * @since 0.1.0
 * @category models
 */
export interface UnsendEvent extends Envelope {
  readonly type: "unsend"
  readonly unsend: UnsendDetail
}

/**
 * The schema of {@link UnsendEvent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UnsendEvent: Schema.Schema<UnsendEvent, unknown> = event("unsend", { unsend: UnsendDetail })

/**
 * The end of a video, known by the tracking id it was sent with.
 *
 * @since 0.1.0
 * @category models
 */
export interface VideoPlayComplete {
  readonly trackingId: string
}

/**
 * The schema of {@link VideoPlayComplete}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const VideoPlayComplete: Schema.Schema<VideoPlayComplete, unknown> = struct("VideoPlayComplete", {
  trackingId: Schema.String
})

/**
 * A user watched to its end a video that was sent with a tracking id, in a one-to-one chat. It may happen again when
 * the user comes back to the chat. It can be replied to.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#video-viewing-complete
 * @since 0.1.0
 * @category models
 */
export interface VideoPlayCompleteEvent extends Envelope, Replyable {
  readonly type: "videoPlayComplete"
  readonly videoPlayComplete: VideoPlayComplete
}

/**
 * The schema of {@link VideoPlayCompleteEvent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const VideoPlayCompleteEvent: Schema.Schema<VideoPlayCompleteEvent, unknown> = event("videoPlayComplete", {
  ...replyable,
  videoPlayComplete: VideoPlayComplete
})

// -----------------------------------------------------------------------------
// friends, groups and rooms
// -----------------------------------------------------------------------------

/**
 * Whether the user had blocked the bot before, as far as LINE knows.
 *
 * @since 0.1.0
 * @category models
 */
export interface FollowDetail {
  readonly isUnblocked: boolean
}

/**
 * The schema of {@link FollowDetail}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FollowDetail: Schema.Schema<FollowDetail, unknown> = struct("FollowDetail", {
  isUnblocked: Schema.Boolean
})

/**
 * A user added the bot as a friend, or unblocked it. It can be replied to.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#follow-event
 * @since 0.1.0
 * @category models
 */
export interface FollowEvent extends Envelope, Replyable {
  readonly type: "follow"
  readonly follow: FollowDetail
}

/**
 * The schema of {@link FollowEvent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FollowEvent: Schema.Schema<FollowEvent, unknown> = event("follow", { ...replyable, follow: FollowDetail })

/**
 * A user blocked the bot, perhaps without ever having followed it. It cannot be replied to.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#unfollow-event
 * @since 0.1.0
 * @category models
 */
export interface UnfollowEvent extends Envelope {
  readonly type: "unfollow"
}

/**
 * The schema of {@link UnfollowEvent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UnfollowEvent: Schema.Schema<UnfollowEvent, unknown> = event("unfollow", {})

/**
 * The bot joined a group, or is in a room where the first event happened. It can be replied to.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#join-event
 * @since 0.1.0
 * @category models
 */
export interface JoinEvent extends Envelope, Replyable {
  readonly type: "join"
}

/**
 * The schema of {@link JoinEvent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const JoinEvent: Schema.Schema<JoinEvent, unknown> = event("join", replyable)

/**
 * The bot left a group or room, by itself or because a user removed it. It cannot be replied to.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#leave-event
 * @since 0.1.0
 * @category models
 */
export interface LeaveEvent extends Envelope {
  readonly type: "leave"
}

/**
 * The schema of {@link LeaveEvent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const LeaveEvent: Schema.Schema<LeaveEvent, unknown> = event("leave", {})

/**
 * The users who joined.
 *
 * @since 0.1.0
 * @category models
 */
export interface JoinedMembers {
  readonly members: ReadonlyArray<UserSource | Unknown.Unknown>
}

/**
 * The schema of {@link JoinedMembers}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const JoinedMembers: Schema.Schema<JoinedMembers, unknown> = struct("JoinedMembers", {
  members: Schema.Array(Member)
})

/**
 * Users joined a group or room the bot is in. It can be replied to.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#member-joined-event
 * @since 0.1.0
 * @category models
 */
export interface MemberJoinedEvent extends Envelope, Replyable {
  readonly type: "memberJoined"
  readonly joined: JoinedMembers
}

/**
 * The schema of {@link MemberJoinedEvent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const MemberJoinedEvent: Schema.Schema<MemberJoinedEvent, unknown> = event("memberJoined", {
  ...replyable,
  joined: JoinedMembers
})

/**
 * The users who left.
 *
 * @since 0.1.0
 * @category models
 */
export interface LeftMembers {
  readonly members: ReadonlyArray<UserSource | Unknown.Unknown>
}

/**
 * The schema of {@link LeftMembers}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const LeftMembers: Schema.Schema<LeftMembers, unknown> = struct("LeftMembers", { members: Schema.Array(Member) })

/**
 * Users left a group or room the bot is in. It cannot be replied to.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#member-left-event
 * @since 0.1.0
 * @category models
 */
export interface MemberLeftEvent extends Envelope {
  readonly type: "memberLeft"
  readonly left: LeftMembers
}

/**
 * The schema of {@link MemberLeftEvent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const MemberLeftEvent: Schema.Schema<MemberLeftEvent, unknown> = event("memberLeft", { left: LeftMembers })

// -----------------------------------------------------------------------------
// actions and services
// -----------------------------------------------------------------------------

/**
 * What a postback brings beside its data: what the user picked in a date and time picker (`2017-12-25`, `01:00` or
 * `2017-12-25T01:00`, by its mode), or the outcome of a switch of rich menus, without the alias if it failed.
 *
 * @since 0.1.0
 * @category models
 */
export interface PostbackParams {
  readonly date?: string
  readonly time?: string
  readonly datetime?: string
  readonly newRichMenuAliasId?: string
  readonly status?: "SUCCESS" | "RICHMENU_ALIAS_ID_NOTFOUND" | "RICHMENU_NOTFOUND" | "FAILED" | Unknown.Unknown
}

/**
 * The schema of {@link PostbackParams}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const PostbackParams: Schema.Schema<PostbackParams, unknown> = struct("PostbackParams", {
  date: optional(Schema.String),
  time: optional(Schema.String),
  datetime: optional(Schema.String),
  newRichMenuAliasId: optional(Schema.String),
  status: optional(Tolerant.enumeration("SUCCESS", "RICHMENU_ALIAS_ID_NOTFOUND", "RICHMENU_NOTFOUND", "FAILED"))
})

/**
 * The data of the action that the user triggered.
 *
 * @since 0.1.0
 * @category models
 */
export interface PostbackContent {
  readonly data: string
  readonly params?: PostbackParams
}

/**
 * The schema of {@link PostbackContent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const PostbackContent: Schema.Schema<PostbackContent, unknown> = struct("PostbackContent", {
  data: Schema.String,
  params: optional(PostbackParams)
})

/**
 * A user triggered a postback, date and time picker or rich menu switch action, in a one-to-one chat, a group or a
 * room. It can be replied to.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#postback-event
 * @since 0.1.0
 * @category models
 */
export interface PostbackEvent extends Envelope, Replyable {
  readonly type: "postback"
  readonly postback: PostbackContent
}

/**
 * The schema of {@link PostbackEvent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const PostbackEvent: Schema.Schema<PostbackEvent, unknown> = event("postback", {
  ...replyable,
  postback: PostbackContent
})

/**
 * A beacon, by its hardware id, and what the user did there: came near (`enter`), tapped its banner, or stays, which is
 * told every 10 seconds or less often. `dm` is the device message in hexadecimal digits.
 *
 * @since 0.1.0
 * @category models
 */
export interface BeaconContent {
  readonly hwid: string
  readonly type: "enter" | "banner" | "stay" | Unknown.Unknown
  readonly dm?: string
}

/**
 * The schema of {@link BeaconContent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const BeaconContent: Schema.Schema<BeaconContent, unknown> = struct("BeaconContent", {
  hwid: Schema.String,
  type: Tolerant.enumeration("enter", "banner", "stay"),
  dm: optional(Schema.String)
})

/**
 * A user is near a beacon of the bot's. The source is a user. It can be replied to.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#beacon-event
 * @since 0.1.0
 * @category models
 */
export interface BeaconEvent extends Envelope, Replyable {
  readonly type: "beacon"
  readonly beacon: BeaconContent
}

/**
 * The schema of {@link BeaconEvent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const BeaconEvent: Schema.Schema<BeaconEvent, unknown> = event("beacon", { ...replyable, beacon: BeaconContent })

/**
 * The outcome of linking accounts, and the nonce that was made for it.
 *
 * @since 0.1.0
 * @category models
 */
export interface LinkContent {
  readonly result: "ok" | "failed" | Unknown.Unknown
  readonly nonce: string
}

/**
 * The schema of {@link LinkContent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const LinkContent: Schema.Schema<LinkContent, unknown> = struct("LinkContent", {
  result: Tolerant.enumeration("ok", "failed"),
  nonce: Schema.String
})

/**
 * A user linked the LINE account with one of the provider's. The source is a user. It can be replied to if the linking
 * succeeded; if it failed there is neither a source nor a reply token.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#account-link-event
 * @since 0.1.0
 * @category models
 */
export interface AccountLinkEvent extends Envelope, Replyable {
  readonly type: "accountLink"
  readonly link: LinkContent
}

/**
 * The schema of {@link AccountLinkEvent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AccountLinkEvent: Schema.Schema<AccountLinkEvent, unknown> = event("accountLink", {
  ...replyable,
  link: LinkContent
})

/**
 * What happened to the membership. A change of plan within a month is told as `left` and `joined`.
 *
 * @since 0.1.0
 * @category models
 */
export interface MembershipContent {
  readonly type: "joined" | "left" | "renewed" | Unknown.Unknown
  readonly membershipId: number
}

/**
 * The schema of {@link MembershipContent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const MembershipContent: Schema.Schema<MembershipContent, unknown> = struct("MembershipContent", {
  type: Tolerant.enumeration("joined", "left", "renewed"),
  membershipId: Schema.Number
})

/**
 * A user subscribed to, left or renewed a membership of the bot's. The source is a user. It can be replied to.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#membership-event
 * @since 0.1.0
 * @category models
 */
export interface MembershipEvent extends Envelope, Replyable {
  readonly type: "membership"
  readonly membership: MembershipContent
}

/**
 * The schema of {@link MembershipEvent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const MembershipEvent: Schema.Schema<MembershipEvent, unknown> = event("membership", {
  ...replyable,
  membership: MembershipContent
})

/**
 * The completion of a LINE notification message: the hash of the phone number, or the tag that was given to its
 * delivery.
 *
 * @since 0.1.0
 * @category models
 */
export interface PnpDelivery {
  readonly data: string
}

/**
 * The schema of {@link PnpDelivery}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const PnpDelivery: Schema.Schema<PnpDelivery, unknown> = struct("PnpDelivery", { data: Schema.String })

/**
 * A LINE notification message reached its user. It has no source and cannot be replied to.
 *
 * @see https://developers.line.biz/en/docs/partner-docs/line-notification-messages/message-sending-complete-webhook-event/
 * @since 0.1.0
 * @category models
 */
export interface DeliveryEvent extends Envelope {
  readonly type: "delivery"
  readonly delivery: PnpDelivery
}

/**
 * The schema of {@link DeliveryEvent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const DeliveryEvent: Schema.Schema<DeliveryEvent, unknown> = event("delivery", { delivery: PnpDelivery })

/**
 * A LINE Things device, and what happened to it.
 *
 * @since 0.1.0
 * @category models
 */
export interface ThingsContent {
  readonly deviceId: string
  readonly type: "link" | "unlink" | "scenarioResult" | Unknown.Unknown
}

/**
 * The schema of {@link ThingsContent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ThingsContent: Schema.Schema<ThingsContent, unknown> = struct("ThingsContent", {
  deviceId: Schema.String,
  type: Tolerant.enumeration("link", "unlink", "scenarioResult")
})

/**
 * A user linked, unlinked or used a LINE Things device. LINE has retired LINE Things; stored events may still be read.
 *
 * @since 0.1.0
 * @category models
 */
export interface ThingsEvent extends Envelope, Replyable {
  readonly type: "things"
  readonly things: ThingsContent
}

/**
 * The schema of {@link ThingsEvent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ThingsEvent: Schema.Schema<ThingsEvent, unknown> = event("things", { ...replyable, things: ThingsContent })

// -----------------------------------------------------------------------------
// module channels
// -----------------------------------------------------------------------------

/**
 * A bot was attached to the module channel, which may now do what the scopes name.
 *
 * @since 0.1.0
 * @category models
 */
export interface AttachedModuleContent {
  readonly type: "attached"
  readonly botId: string
  readonly scopes: ReadonlyArray<string>
}

/**
 * The schema of {@link AttachedModuleContent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AttachedModuleContent: Schema.Schema<AttachedModuleContent, unknown> = struct("AttachedModuleContent", {
  type: Schema.Literal("attached"),
  botId: Schema.String,
  scopes: Schema.Array(Schema.String)
})

/**
 * A bot was detached from the module channel.
 *
 * @since 0.1.0
 * @category models
 */
export interface DetachedModuleContent {
  readonly type: "detached"
  readonly botId: string
  readonly reason?: "bot_deleted" | Unknown.Unknown
}

/**
 * The schema of {@link DetachedModuleContent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const DetachedModuleContent: Schema.Schema<DetachedModuleContent, unknown> = struct("DetachedModuleContent", {
  type: Schema.Literal("detached"),
  botId: Schema.String,
  // LINE's definition demands it, LINE's example is without it.
  reason: optional(Tolerant.enumeration("bot_deleted"))
})

/**
 * What happened between a bot and the module channel.
 *
 * @since 0.1.0
 * @category models
 */
export type ModuleContent = AttachedModuleContent | DetachedModuleContent | Unknown.Unknown

/**
 * The schema of {@link ModuleContent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ModuleContent: Schema.Schema<ModuleContent, unknown> = Tolerant.union(
  AttachedModuleContent,
  DetachedModuleContent
).annotations({ identifier: "ModuleContent" })

/**
 * A bot was attached to or detached from the module channel. It has no source and cannot be replied to.
 *
 * @see https://developers.line.biz/en/reference/partner-docs/
 * @since 0.1.0
 * @category models
 */
export interface ModuleEvent extends Envelope {
  readonly type: "module"
  readonly module: ModuleContent
}

/**
 * The schema of {@link ModuleEvent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ModuleEvent: Schema.Schema<ModuleEvent, unknown> = event("module", { module: ModuleContent })

/**
 * Until when a module channel answers a chat, in milliseconds since 1970.
 *
 * @since 0.1.0
 * @category models
 */
export interface ChatControl {
  readonly expireAt: number
}

/**
 * The schema of {@link ChatControl}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ChatControl: Schema.Schema<ChatControl, unknown> = struct("ChatControl", { expireAt: Schema.Number })

/**
 * The module channel was given a chat to answer. It cannot be replied to.
 *
 * @see https://developers.line.biz/en/reference/partner-docs/
 * @since 0.1.0
 * @category models
 */
export interface ActivatedEvent extends Envelope {
  readonly type: "activated"
  readonly chatControl: ChatControl
}

/**
 * The schema of {@link ActivatedEvent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ActivatedEvent: Schema.Schema<ActivatedEvent, unknown> = event("activated", { chatControl: ChatControl })

/**
 * The chat the module channel answered was given to another. Nothing tells that its time simply ran out. It cannot be
 * replied to.
 *
 * @see https://developers.line.biz/en/reference/partner-docs/
 * @since 0.1.0
 * @category models
 */
export interface DeactivatedEvent extends Envelope {
  readonly type: "deactivated"
}

/**
 * The schema of {@link DeactivatedEvent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const DeactivatedEvent: Schema.Schema<DeactivatedEvent, unknown> = event("deactivated", {})

/**
 * LINE suspended a bot that is attached to the module channel. It has no source and cannot be replied to.
 *
 * @see https://developers.line.biz/en/reference/partner-docs/
 * @since 0.1.0
 * @category models
 */
export interface BotSuspendedEvent extends Envelope {
  readonly type: "botSuspended"
}

/**
 * The schema of {@link BotSuspendedEvent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const BotSuspendedEvent: Schema.Schema<BotSuspendedEvent, unknown> = event("botSuspended", {})

/**
 * A suspended bot that is attached to the module channel works again. It has no source and cannot be replied to.
 *
 * @see https://developers.line.biz/en/reference/partner-docs/
 * @since 0.1.0
 * @category models
 */
export interface BotResumedEvent extends Envelope {
  readonly type: "botResumed"
}

/**
 * The schema of {@link BotResumedEvent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const BotResumedEvent: Schema.Schema<BotResumedEvent, unknown> = event("botResumed", {})

// -----------------------------------------------------------------------------
// any event, and the body
// -----------------------------------------------------------------------------

const known = [
  MessageEvent,
  MessageEditedEvent,
  UnsendEvent,
  VideoPlayCompleteEvent,
  FollowEvent,
  UnfollowEvent,
  JoinEvent,
  LeaveEvent,
  MemberJoinedEvent,
  MemberLeftEvent,
  PostbackEvent,
  BeaconEvent,
  AccountLinkEvent,
  MembershipEvent,
  DeliveryEvent,
  ThingsEvent,
  ModuleEvent,
  ActivatedEvent,
  DeactivatedEvent,
  BotSuspendedEvent,
  BotResumedEvent
] as const

const common = { ...envelope, source: Source, replyToken: Schema.String }

/**
 * An event that this version does not know or cannot read, with what it has of an event all the same: enough to answer
 * it, to tell its duplicates and to log it.
 *
 * @since 0.1.0
 * @category models
 */
export interface UnknownEvent extends Unknown.Unknown, Partial<Envelope>, Replyable {}

/**
 * The schema of {@link UnknownEvent}. It takes anything at all: use it after the schemas of known events.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UnknownEvent: Schema.Schema<UnknownEvent, unknown> = Tolerant.fallback(known, common).annotations({
  identifier: "UnknownEvent"
})

/**
 * An event.
 *
 * @example
 * ```ts
 * import type * as WebhookEvent from "line-effect/WebhookEvent"
 *
 * const describe = (event: WebhookEvent.WebhookEvent): string => {
 *   switch (event.type) {
 *     case "message":
 *       return event.message.type === "text" ? event.message.text : `a message of type ${event.message.type}`
 *     case "follow":
 *       return event.follow.isUnblocked ? "an old friend" : "a new friend"
 *     case "unknown":
 *       return `something new: ${event.originalType}`
 *     default:
 *       return event.type
 *   }
 * }
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type WebhookEvent =
  | MessageEvent
  | MessageEditedEvent
  | UnsendEvent
  | VideoPlayCompleteEvent
  | FollowEvent
  | UnfollowEvent
  | JoinEvent
  | LeaveEvent
  | MemberJoinedEvent
  | MemberLeftEvent
  | PostbackEvent
  | BeaconEvent
  | AccountLinkEvent
  | MembershipEvent
  | DeliveryEvent
  | ThingsEvent
  | ModuleEvent
  | ActivatedEvent
  | DeactivatedEvent
  | BotSuspendedEvent
  | BotResumedEvent
  | UnknownEvent

// What is new stays on the value, and the value encodes to the JSON it came from.
const untouched = { onExcessProperty: "preserve", propertyOrder: "original" } as const

/**
 * The schema of {@link WebhookEvent}. It takes any JSON; what is not a known event becomes an {@link UnknownEvent}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const WebhookEvent: Schema.Schema<WebhookEvent, unknown> = Schema.Union(...known, UnknownEvent).annotations({
  identifier: "WebhookEvent",
  parseOptions: untouched
})

/**
 * Whether LINE delivered the event before. It may still be new to the program, if the earlier delivery failed.
 *
 * @since 0.1.0
 * @category guards
 */
export const isRedelivery = (event: WebhookEvent): boolean => event.deliveryContext?.isRedelivery === true

/**
 * How long ago the event happened: a redelivered one may be old, and its reply token of no use. An event that does not
 * say when it happened is taken to have happened now.
 *
 * @since 0.1.0
 * @category combinators
 */
export const age = ({ timestamp }: WebhookEvent): Effect.Effect<Duration.Duration> =>
  Effect.map(Clock.currentTimeMillis, (now) => Duration.millis(now - (timestamp ?? now)))

/**
 * The body of a webhook: events of one bot, whose user id is the `destination`, and of any of its users. LINE verifies
 * a webhook URL with a body without events.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#request-body
 * @since 0.1.0
 * @category models
 */
export interface WebhookBody {
  readonly destination: string
  readonly events: ReadonlyArray<WebhookEvent>
}

/**
 * The schema of {@link WebhookBody}, for pipelines of schemas such as `Schema.parseJson(WebhookBody)`. {@link decode}
 * gives the same values several times faster.
 *
 * @since 0.1.0
 * @category schemas
 */
export const WebhookBody: Schema.Schema<WebhookBody, unknown> = Tolerant.struct({
  destination: Schema.String,
  events: Schema.Array(WebhookEvent)
}).annotations({ identifier: "WebhookBody", parseOptions: untouched })

/**
 * Reads the parsed JSON of a body. It fails only if that is no object with a `destination` and `events`; whatever the
 * events are, they are read. Known events are the very objects of the JSON, not copies.
 *
 * @example
 * ```ts
 * import * as WebhookEvent from "line-effect/WebhookEvent"
 *
 * const body = WebhookEvent.decode(JSON.parse('{"destination":"U0","events":[]}'))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const decode = (body: unknown): Either.Either<WebhookBody, ParseResult.ParseError> => {
  if (!isFrame(body)) return Schema.decodeUnknownEither(WebhookBody)(body)
  const { events } = body
  if (events.every(isKnown)) return Either.right({ ...body, events })
  const decoded = events.map((event) => (isKnown(event) ? Either.right(event) : decodeEvent(event)))
  return Either.map(Either.all(decoded), (events) => ({ ...body, events }))
}

const Frame = Schema.Struct({ destination: Schema.String, events: Schema.Array(Schema.Unknown) })

const isFrame = (body: unknown): body is typeof Frame.Type => Check.guard(Frame.ast)(body)

const isKnown = (event: unknown): event is WebhookEvent => Check.guard(WebhookEvent.ast)(event)

const decodeEvent = (event: unknown): Either.Either<WebhookEvent, ParseResult.ParseError> =>
  hasType(event) ? decodeTyped(event) : Either.right(readUnknown(event))

const hasType = (event: unknown): boolean => Predicate.isRecord(event) && Predicate.isString(event["type"])

// To try every known type costs a thousand times as much as to parse what has none.
const readUnknown = Tolerant.unknownWith(common)

// Made at its first use: a decoder of every event costs milliseconds at start, and most programs never need it.
const decodeTyped = (event: unknown): Either.Either<WebhookEvent, ParseResult.ParseError> =>
  Schema.decodeUnknownEither(WebhookEvent)(event)
