/**
 * The state of the emulator: one channel, its users and chats, and everything said in them. It is changed by
 * synchronous functions only, each a whole step.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import type { Audience } from "./Audience.js"
import type { Coupon } from "./Coupons.js"
import type { PendingFault } from "./Fault.js"
import * as Generator from "./Generator.js"
import type { Change } from "./Change.js"
import type { Broadcast } from "./Messaging.js"
import type * as Model from "./Model.js"
import type { Narrowcast } from "./Narrowcast.js"
import type { Bucket } from "./RateLimits.js"
import * as Reactions from "./Reactions.js"
import * as RichMenus from "./RichMenus.js"
import * as Tokens from "./Tokens.js"
import type { LiffApp } from "./Liff.js"
import * as Modules from "./Modules.js"
import type * as Notifications from "./Notifications.js"
import * as Plan from "./Plan.js"
import type { Delivery, Disturbance, Settings as WebhookSettings } from "./Webhook.js"

/** What may be set about a world. */
export interface Settings {
  quota: Model.Quota
  verified: boolean
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
  /** What its reactions are counted for, if they are. */
  readonly origin: Reactions.Origin | undefined
  message: Model.ChatMessage["message"]
  read: boolean
  unsent: boolean
  edited: boolean
  quoteToken: string | undefined
}

/** The bytes behind a message. */
export interface StoredContent {
  readonly bytes: Uint8Array
  readonly contentType: string
  readonly preview: Uint8Array | undefined
  readonly readyAt: number
  readonly fails: boolean
}

/** What a world needs of the process that it is in. It is no part of the state. */
export interface Surroundings {
  /** Who hears of changes. */
  readonly listeners: Set<(change: Change) => void>
  /** Does something beside, until the emulator ends. */
  readonly fork: (effect: Effect.Effect<unknown>) => void
  /** Delivers a webhook, whether or not anybody waits for the end of it. */
  readonly follow: (delivery: Effect.Effect<Delivery>) => Fiber.RuntimeFiber<Delivery>
  /** Keeps a step that was made. */
  keep: ((step: unknown, random: number) => void) | undefined
  /** Why no step can be made any more, if one could not be kept. */
  broken: string | undefined
}

/** The state. */
export interface World {
  readonly surroundings: Surroundings
  readonly channel: Model.Channel
  readonly settings: Settings
  readonly ids: Generator.Generator
  readonly users: Map<string, UserState>
  readonly chats: Map<string, ChatState>
  readonly conversations: Map<string, Array<StoredMessage>>
  readonly messages: Map<string, StoredMessage>
  /** Reply tokens that can still be used, with their chat and end. */
  readonly replyTokens: Map<string, ReplyToken>
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
  readonly reactions: Reactions.State
  readonly audiences: Map<number, Audience>
  /** Link tokens that were not used, with the user that each is for. */
  readonly linkTokens: Map<string, { readonly userId: string; readonly expiresAt: number }>
  readonly liffApps: Map<string, LiffApp>
  readonly notifications: Notifications.State
  readonly modules: Modules.State
  readonly memberships: Map<number, Plan.Plan>
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
  /** Faults of the next webhooks. */
  readonly disturbances: Array<Disturbance>
  /** Webhooks that are held back until the next one was delivered. */
  readonly held: Array<Effect.Effect<unknown>>
  /** Until when the bot shows that it is at work, by chat. */
  readonly loading: Map<string, number>
  readonly webhook: WebhookSettings
  /** How many requests, and how many deliveries, there have been. */
  readonly counts: { requests: number; deliveries: number }
  /** How far the time has been moved forward, in milliseconds. */
  offset: number
}

/** A reply token that was not used. */
export interface ReplyToken {
  readonly chatId: string
  readonly issuedAt: number
  readonly expiresAt: number
}

/** A retry key, and the request with it that was accepted, if one was. */
export interface RetryKey {
  readonly firstSeenAt: number
  accepted: { readonly requestId: string; readonly sentMessages: unknown } | undefined
}

/** A request whose end may be to come. */
export interface RequestState extends Model.RequestRecord {
  status: number | undefined
  answer: unknown
  duration: number | undefined
  aborted: boolean
}

/** A world with nobody in it but the bot. */
export const make = (
  surroundings: Surroundings,
  seed: number,
  settings: Settings,
  channel: Partial<Model.Channel>
): World => {
  const ids = Generator.make(seed)
  // All are drawn, given or not: who is there afterwards does not depend on it.
  const drawn = {
    channelId: ids.digits(10),
    channelSecret: Redacted.make(ids.hex(32)),
    channelAccessToken: Redacted.make(ids.token(172)),
    userId: `U${ids.hex(32)}`,
    basicId: `@${ids.digits(3)}${ids.hex(5)}`,
    displayName: "Bot"
  }
  const whole: Model.Channel = { ...drawn, ...channel }
  return {
    surroundings,
    channel: whole,
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
    reactions: Reactions.empty(),
    audiences: new Map(),
    linkTokens: new Map(),
    liffApps: new Map(),
    modules: Modules.empty(),
    notifications: { phones: new Map(), decisions: new Map(), waiting: [] },
    memberships: Plan.first(),
    sent: new Map(),
    usage: new Map(),
    units: new Map(),
    tokens: Tokens.make(whole.channelAccessToken),
    buckets: new Map(),
    faults: [],
    requests: [],
    deliveries: [],
    disturbances: [],
    held: [],
    loading: new Map(),
    webhook: { target: undefined, active: true, redelivery: false },
    counts: { requests: 0, deliveries: 0 },
    offset: 0
  }
}

/** The time in the world, in whole milliseconds, as LINE's are: a test clock may have been moved by parts of one. */
export const now = (world: World): Effect.Effect<number> =>
  Effect.map(Clock.currentTimeMillis, (time) => Math.floor(time + world.offset))

/** Waits for a time in the world, which may be moved forward meanwhile. */
export const sleepUntil = (world: World, time: number): Effect.Effect<void> =>
  Effect.flatMap(now(world), (present) => {
    const left = time - present
    const { offset } = world
    const moved = until(world, () => (world.offset === offset ? undefined : world.offset))
    return left <= 0
      ? Effect.void
      : Effect.zipRight(Effect.race(Effect.sleep(Math.ceil(left)), moved), sleepUntil(world, time))
  })

/** Tells a change to those who watch. */
export const announce = (world: World, change: Change): void => {
  for (const listener of world.surroundings.listeners) listener(change)
}

/** Waits for the changes that make a reading of the world defined. */
export const until = <A>(world: World, read: () => A | undefined): Effect.Effect<A> =>
  Effect.async((resume) => {
    const { listeners } = world.surroundings
    const look = () => {
      try {
        const value = read()
        if (value === undefined) return
        resume(Effect.succeed(value))
      } catch (defect) {
        // Who changes the world is not who reads it wrongly, as one who waits for what a reset has taken away.
        resume(Effect.die(defect))
      }
      listeners.delete(look)
    }
    listeners.add(look)
    look()
    return Effect.sync(() => void listeners.delete(look))
  })

// A log that is never read must not grow for ever.
const longestLog = 10_000

/** Adds to a log, of which the oldest is forgotten in the end. */
export const log = <A>(entries: Array<A>, entry: A): void => {
  entries.push(entry)
  if (entries.length >= 2 * longestLog) entries.splice(0, entries.length - longestLog)
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
    readonly origin?: Reactions.Origin | undefined
  }
): StoredMessage => {
  const stored: StoredMessage = {
    id,
    content: undefined,
    origin: undefined,
    ...message,
    read: false,
    unsent: false,
    edited: false,
    quoteToken
  }
  const conversation = world.conversations.get(stored.chatId) ?? []
  conversation.push(stored)
  world.conversations.set(stored.chatId, conversation)
  world.messages.set(id, stored)
  if (quoteToken !== undefined) world.quoteTokens.set(quoteToken, stored)
  if (stored.via !== "user") world.loading.delete(stored.chatId)
  announceMessage(world, stored)
  return stored
}

/** What everybody may see of a message. */
export const shown = ({
  chatId: _chatId,
  content: _content,
  origin: _origin,
  ...message
}: StoredMessage): Model.ChatMessage => message

/** Tells those who watch how a message is now. */
export const announceMessage = (world: World, message: StoredMessage): void => {
  if (world.surroundings.listeners.size === 0) return
  announce(world, { _tag: "Message", chatId: message.chatId, message: shown(message) })
}

const replyTokenLife = 60_000
const longestReplyTokenLife = 20 * 60_000

/** A new reply token of a chat, good for a minute. */
export const issueReplyToken = (world: World, chatId: string, now: number): string => {
  // Tokens are in the order of their issue: those that no redelivery can bring back are the first.
  for (const [old, { issuedAt }] of world.replyTokens) {
    if (now < issuedAt + longestReplyTokenLife) break
    world.replyTokens.delete(old)
  }
  const token = world.ids.hex(32)
  world.replyTokens.set(token, { chatId, issuedAt: now, expiresAt: now + replyTokenLife })
  return token
}

/** Gives a reply token that was not used another minute, but not beyond 20 minutes after the event. */
export const renewReplyToken = (world: World, token: string, now: number): void => {
  const known = world.replyTokens.get(token)
  if (known === undefined) return
  const expiresAt = Math.min(now + replyTokenLife, known.issuedAt + longestReplyTokenLife)
  world.replyTokens.set(token, { ...known, expiresAt: Math.max(known.expiresAt, expiresAt) })
}

/** Marks a message, and everything users said before it in its conversation, as read. */
export const markRead = (world: World, chatId: string, until?: StoredMessage): void => {
  for (const message of world.conversations.get(chatId) ?? []) {
    if (message.via === "user" && !message.read) {
      message.read = true
      announceMessage(world, message)
    }
    if (message === until) return
  }
}
