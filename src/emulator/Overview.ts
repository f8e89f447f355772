/**
 * A view of the whole world, for people and programs that look at it.
 */
import * as Option from "effect/Option"
import type { Fault } from "./Fault.js"
import type { Channel, ChatMessage, Group, Quota, Room, User } from "./Model.js"
import * as RichMenus from "./RichMenus.js"
import * as Statistics from "./Statistics.js"
import * as Webhook from "./Webhook.js"
import * as World from "./World.js"

/**
 * A chat with what there is to know of it at a glance.
 *
 * @since 0.1.0
 * @category models
 */
export type ChatOverview = (
  | (User & {
      readonly relation: "friend" | "stranger" | "blocked"
      /** The rich menu that the user sees. */
      readonly richMenuId: string | undefined
    })
  | ((Group | Room) & {
      readonly memberIds: ReadonlyArray<string>
      /** Whether the bot is there. */
      readonly joined: boolean
    })
) & {
  /** How many messages there are, and the latest of them. */
  readonly messages: number
  readonly latest: ChatMessage | undefined
  /** Until when the bot shows that it is at work, in milliseconds. */
  readonly loadingUntil: number | undefined
}

/**
 * A rich menu of the channel.
 *
 * @since 0.1.0
 * @category models
 */
export interface RichMenuOverview {
  readonly richMenuId: string
  /** The menu as it was made. */
  readonly menu: unknown
  readonly hasImage: boolean
  readonly aliases: ReadonlyArray<string>
}

/**
 * The world as it is now.
 *
 * @since 0.1.0
 * @category models
 */
export interface Overview {
  readonly channel: Channel
  /** The time there, in milliseconds. */
  readonly now: number
  readonly webhook: { readonly endpoint: string | undefined; readonly active: boolean; readonly redelivery: boolean }
  readonly quota: Quota
  /** How many messages count against the quota this month. */
  readonly totalUsage: number
  readonly verified: boolean
  readonly chats: ReadonlyArray<ChatOverview>
  readonly richMenus: ReadonlyArray<RichMenuOverview>
  /** The faults that wait for requests, and for webhooks. */
  readonly faults: ReadonlyArray<{
    readonly fault: Fault
    readonly operation: string | undefined
    readonly rate: number
    /** How often it still happens; without end it is `Infinity`. */
    readonly remaining: number
  }>
  readonly webhookFaults: ReadonlyArray<{ readonly fault: Webhook.WebhookFault; readonly remaining: number }>
}

/**
 * Bytes with their media type.
 *
 * @since 0.1.0
 * @category models
 */
export interface File {
  readonly contentType: string
  readonly bytes: Uint8Array
}

/**
 * What an act has led to: the ID of what it made, and the webhook that told the bot of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Acted {
  /** The ID of a new user, group or room, or of a key. */
  readonly id: string | undefined
  readonly delivery: Webhook.Delivery
}

/** The view of a world. */
export const of = (world: World.World, now: number): Overview => ({
  channel: world.channel,
  now,
  webhook: {
    endpoint: world.webhook.target === undefined ? undefined : Webhook.urlOf(world.webhook.target),
    active: world.webhook.active,
    redelivery: world.webhook.redelivery
  },
  quota: world.settings.quota,
  totalUsage: Statistics.used(world, now),
  verified: world.settings.verified,
  chats: [
    ...[...world.users.values()].map((state) => userOverview(world, state, now)),
    ...[...world.chats.values()].map((state) => chatOverview(world, state, now))
  ],
  richMenus: [...world.richMenus.menus.values()].map(({ image, menu, richMenuId }) => ({
    richMenuId,
    menu,
    hasImage: image !== undefined,
    aliases: [...world.richMenus.aliases].flatMap(([alias, id]) => (id === richMenuId ? [alias] : []))
  })),
  faults: world.faults.map((fault) => ({ ...fault })),
  webhookFaults: world.disturbances.map((fault) => ({ ...fault }))
})

const userOverview = (world: World.World, { relation, user }: World.UserState, now: number): ChatOverview => ({
  ...user,
  relation,
  richMenuId: RichMenus.shownTo(world, user.userId),
  ...glance(world, user.userId, now)
})

const chatOverview = (world: World.World, { chat, joined, members }: World.ChatState, now: number): ChatOverview => ({
  ...chat,
  memberIds: [...members],
  joined,
  ...glance(world, World.chatId(chat), now)
})

const glance = (world: World.World, chatId: string, now: number) => {
  const until = world.loading.get(chatId)
  const conversation = world.conversations.get(chatId) ?? []
  const latest = conversation.at(-1)
  return {
    messages: conversation.length,
    latest: latest === undefined ? undefined : World.shown(latest),
    loadingUntil: until !== undefined && until > now ? until : undefined
  }
}

/** The content of a message, for those who look at the chat. */
export const content = (world: World.World, messageId: string): Option.Option<File> =>
  Option.map(Option.fromNullable(world.messages.get(messageId)?.content), ({ bytes, contentType }) => ({
    bytes,
    contentType
  }))

/** The image of a rich menu. */
export const richMenuImage = (world: World.World, richMenuId: string): Option.Option<File> =>
  Option.fromNullable(world.richMenus.menus.get(richMenuId)?.image)
