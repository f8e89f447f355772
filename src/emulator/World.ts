/**
 * The state of the emulator: one channel, its users and chats, and everything said in them. It is changed by
 * synchronous functions only, each a whole step.
 */
import * as Redacted from "effect/Redacted"
import type { Audience } from "./Audience.js"
import type { Coupon } from "./Coupons.js"
import type { PendingFault } from "./Fault.js"
import * as Generator from "./Generator.js"
import type { Broadcast } from "./Messaging.js"
import type * as Model from "./Model.js"
import type { Narrowcast } from "./Narrowcast.js"
import type { Bucket } from "./RateLimits.js"
import * as RichMenus from "./RichMenus.js"
import * as Tokens from "./Tokens.js"
import type { Delivery, Target } from "./Webhook.js"

/** What may be set about a world. */
export interface Settings {
  readonly quota: Model.Quota
  readonly verified: boolean
  readonly narrowcastMinimum: { readonly reach: number; readonly recipients: number }
  readonly rateLimits: boolean
}

type Relation = "friend" | "stranger" | "blocked"

/** How a user stands to the bot. */
export interface UserState {
  readonly user: Model.User
  readonly demographics: Model.Demographics
  relation: Relation
  /** How they have stood since when, the present relation last. */
  readonly relations: Array<{ readonly since: number; readonly relation: Relation }>
  /** When the user last wrote to the bot alone. */
  messagedAt: number | undefined
}

/** A chat of several users. */
export interface ChatState {
  readonly chat: Model.Group | Model.Room
  readonly members: Set<string>
  joined: boolean
}

/** A message and what the platform keeps with it. */
export interface StoredMessage extends Model.ChatMessage {
  readonly chatId: string
  readonly content: StoredContent | undefined
  read: boolean
  unsent: boolean
}

/** The bytes behind a message. */
export interface StoredContent {
  readonly bytes: Uint8Array
  readonly contentType: string
  readonly preview: Uint8Array | undefined
  readonly readyAt: number
  readonly fails: boolean
}

/** The state. */
export interface World {
  readonly channel: Model.Channel
  readonly settings: Settings
  readonly ids: Generator.Generator
  readonly users: Map<string, UserState>
  readonly chats: Map<string, ChatState>
  readonly conversations: Map<string, Array<StoredMessage>>
  readonly messages: Map<string, StoredMessage>
  /** Reply tokens that can still be used, with their chat and end. */
  readonly replyTokens: Map<string, { readonly chatId: string; readonly expiresAt: number }>
  /** The message of a quote token. */
  readonly quoteTokens: Map<string, StoredMessage>
  /** The message of a markAsReadToken. */
  readonly readTokens: Map<string, StoredMessage>
  /** Where the `next` token of a list goes on. */
  readonly cursors: Map<string, { readonly operationId: string; readonly offset: number; readonly expiresAt: number }>
  readonly retryKeys: Map<string, RetryKey>
  readonly broadcasts: Map<string, Broadcast>
  readonly narrowcasts: Map<string, Narrowcast>
  readonly coupons: Map<string, Coupon>
  readonly richMenus: RichMenus.State
  readonly audiences: Map<number, Audience>
  /** Recipients by kind of sending and day, `push 20261123`. */
  readonly sent: Map<string, number>
  /** Recipients counted against the quota, by month, `202611`. */
  readonly usage: Map<string, number>
  /** The custom aggregation units named, by month. */
  readonly units: Map<string, Set<string>>
  readonly tokens: Tokens.Tokens
  /** The token buckets of the operations that were called. */
  readonly buckets: Map<string, Bucket>
  readonly faults: Array<PendingFault>
  readonly requests: Array<RequestState>
  readonly deliveries: Array<Delivery>
  webhook: Target | undefined
}

/** A retry key, and the request with it that was accepted, if one was. */
export interface RetryKey {
  readonly firstSeenAt: number
  accepted: { readonly requestId: string; readonly sentMessages: unknown } | undefined
}

/** A request whose end may be to come. */
export interface RequestState extends Model.RequestRecord {
  status: number | undefined
  aborted: boolean
}

/** A world with nobody in it but the bot. */
export const make = (seed: number, settings: Settings, channel: Partial<Model.Channel>): World => {
  const ids = Generator.make(seed)
  const channelId = channel.channelId ?? ids.digits(10)
  const channelSecret = channel.channelSecret ?? Redacted.make(ids.hex(32))
  const channelAccessToken = channel.channelAccessToken ?? Redacted.make(ids.token(172))
  return {
    channel: {
      channelId,
      channelSecret,
      channelAccessToken,
      userId: channel.userId ?? `U${ids.hex(32)}`,
      basicId: channel.basicId ?? `@${ids.digits(3)}${ids.hex(5)}`,
      displayName: channel.displayName ?? "Bot"
    },
    settings,
    ids,
    users: new Map(),
    chats: new Map(),
    conversations: new Map(),
    messages: new Map(),
    replyTokens: new Map(),
    quoteTokens: new Map(),
    readTokens: new Map(),
    cursors: new Map(),
    retryKeys: new Map(),
    broadcasts: new Map(),
    narrowcasts: new Map(),
    coupons: new Map(),
    richMenus: RichMenus.empty(),
    audiences: new Map(),
    sent: new Map(),
    usage: new Map(),
    units: new Map(),
    tokens: Tokens.make(channelAccessToken),
    buckets: new Map(),
    faults: [],
    requests: [],
    deliveries: [],
    webhook: undefined
  }
}

/** The ID of a chat: the user's, the group's or the room's. */
export const chatId = (chat: Model.Chat): string =>
  chat.type === "user" ? chat.userId : chat.type === "group" ? chat.groupId : chat.roomId

/** From now on a user stands to the bot as given. */
export const relate = (user: UserState, relation: Relation, now: number): void => {
  user.relation = relation
  user.relations.push({ since: now, relation })
}

/** The state of a user, unless of another world, where the same IDs may be. */
export const userState = (world: World, user: Model.User): UserState | undefined => {
  const state = world.users.get(user.userId)
  return state?.user === user ? state : undefined
}

/** The state of a group or room, unless of another world. */
export const chatState = (world: World, chat: Model.Group | Model.Room): ChatState | undefined => {
  const state = world.chats.get(chatId(chat))
  return state?.chat === chat ? state : undefined
}

/** Whether the bot can send anything to a chat: there is such a user, or it is in the group or room. */
export const isOpen = (world: World, chatId: string): boolean =>
  world.users.has(chatId) || world.chats.get(chatId)?.joined === true

/** The user IDs of everybody who has the bot as a friend. */
export const friends = (world: World): ReadonlyArray<string> =>
  [...world.users.values()].filter(({ relation }) => relation === "friend").map(({ user }) => user.userId)

const quotable = new Set(["text", "textV2", "sticker", "image", "video", "template", "flex"])

/** The ID of a new message, and the token to quote it with, where its kind can be quoted. */
export const identify = (
  world: World,
  { type }: { readonly type: string }
): { readonly id: string; readonly quoteToken?: string } => ({
  id: world.ids.digits(18),
  ...(quotable.has(type) ? { quoteToken: world.ids.token(40) } : {})
})

/** Puts a message into its conversation. */
export const post = (
  world: World,
  { id, quoteToken }: ReturnType<typeof identify>,
  message: Pick<StoredMessage, "chatId" | "from" | "via" | "message" | "timestamp"> & {
    readonly content?: StoredContent | undefined
  }
): StoredMessage => {
  const stored: StoredMessage = { id, content: undefined, ...message, read: false, unsent: false }
  const conversation = world.conversations.get(stored.chatId) ?? []
  conversation.push(stored)
  world.conversations.set(stored.chatId, conversation)
  world.messages.set(id, stored)
  if (quoteToken !== undefined) world.quoteTokens.set(quoteToken, stored)
  return stored
}

const replyTokenLife = 60_000

/** A new reply token of a chat, good for a minute. */
export const issueReplyToken = (world: World, chatId: string, now: number): string => {
  const token = world.ids.hex(32)
  world.replyTokens.set(token, { chatId, expiresAt: now + replyTokenLife })
  return token
}

/** Marks a message, and everything users said before it in its conversation, as read. */
export const markRead = (world: World, chatId: string, until?: StoredMessage): void => {
  for (const message of world.conversations.get(chatId) ?? []) {
    if (message.via === "user") message.read = true
    if (message === until) return
  }
}
