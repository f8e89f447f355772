/**
 * What people do on LINE, and the events that the bot hears of it.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Struct from "effect/Struct"
import { leaveEvent } from "./Chats.js"
import type {
  Chat,
  ChatMessage,
  Content,
  Group,
  IncomingMessage,
  Preparation,
  Room,
  User,
  UserOptions
} from "./Model.js"
import * as Narrowcast from "./Narrowcast.js"
import * as Webhook from "./Webhook.js"
import type { Event } from "./Wire.js"
import * as World from "./World.js"

type Acted = Effect.Effect<Webhook.Delivery>

/** A new user, with a name that counts up. */
export const addUser = (world: World.World, options: UserOptions): Effect.Effect<User> =>
  Effect.map(Clock.currentTimeMillis, (since) => {
    const user: User = {
      type: "user",
      userId: `U${world.ids.hex(32)}`,
      displayName: options.displayName ?? `User ${world.users.size + 1}`,
      ...Struct.pick(options, "language", "pictureUrl", "statusMessage")
    }
    const relation = options.friend === false ? "stranger" : "friend"
    world.users.set(user.userId, {
      user,
      demographics: options,
      relation,
      relations: [{ since, relation }],
      messagedAt: undefined
    })
    return user
  })

/** A new group of users, without the bot. */
export const addGroup = (world: World.World, groupName: string, members: ReadonlyArray<User>): Effect.Effect<Group> =>
  addChat(world, members, () => ({ type: "group", groupId: `C${world.ids.hex(32)}`, groupName }))

/** A new room of users, without the bot. */
export const addRoom = (world: World.World, members: ReadonlyArray<User>): Effect.Effect<Room> =>
  addChat(world, members, () => ({ type: "room", roomId: `R${world.ids.hex(32)}` }))

const addChat = <C extends Group | Room>(
  world: World.World,
  members: ReadonlyArray<User>,
  make: () => C
): Effect.Effect<C> =>
  areOf(world, members)
    ? Effect.sync(() => {
        const chat = make()
        const ids = new Set(members.map(({ userId }) => userId))
        world.chats.set(World.chatId(chat), { chat, members: ids, joined: false })
        return chat
      })
    : Effect.dieMessage(foreign)

/** A conversation as it is now. */
export const messages = (world: World.World, chat: Chat): Effect.Effect<ReadonlyArray<ChatMessage>> =>
  step(world, chat.type === "user" ? World.userState(world, chat) : World.chatState(world, chat), () => {
    const conversation = world.conversations.get(World.chatId(chat)) ?? []
    return Effect.succeed(conversation.map(({ chatId: _chatId, content: _content, ...message }) => message))
  })

/** A user writes to the bot alone, or in a chat. */
export const say = (world: World.World, user: User, message: IncomingMessage, chat: Chat): Acted =>
  act(world, user, chat, (now, state) => {
    if (chat.type === "user") state.messagedAt = now
    const identity = World.identify(world, message)
    const stored = World.post(world, identity, {
      chatId: World.chatId(chat),
      from: user.userId,
      via: "user",
      message: wireForm(message),
      timestamp: now,
      content: "content" in message ? contentOf(message, now) : undefined
    })
    const markAsReadToken = world.ids.token(40)
    world.readTokens.set(markAsReadToken, stored)
    return {
      type: "message",
      replyToken: World.issueReplyToken(world, stored.chatId, now),
      message: { ...identity, ...stored.message, markAsReadToken }
    }
  })

/** A user taps something that posts data back. */
export const postback = (world: World.World, user: User, data: string, params: unknown, chat: Chat): Acted =>
  act(world, user, chat, (now) => ({
    type: "postback",
    replyToken: World.issueReplyToken(world, World.chatId(chat), now),
    postback: { data, ...(params === undefined ? {} : { params }) }
  }))

/** A user takes a message back. */
export const unsend = (world: World.World, messageId: string): Acted => {
  const message = world.messages.get(messageId)
  const user = world.users.get(message?.from ?? "")?.user
  if (message === undefined || user === undefined) return Effect.dieMessage(`No user sent a message ${messageId}`)
  const chat = world.chats.get(message.chatId)?.chat ?? user
  return act(world, user, chat, () => {
    message.unsent = true
    return { type: "unsend", unsend: { messageId } }
  })
}

/** A user adds the bot as a friend, or unblocks it. */
export const follow = (world: World.World, user: User): Acted =>
  withUser(world, user, (state, now) => {
    const { userId } = user
    const isUnblocked = state.relation === "blocked"
    World.relate(state, "friend", now)
    const replyToken = World.issueReplyToken(world, userId, now)
    return { type: "follow", source: { type: "user", userId }, replyToken, follow: { isUnblocked } }
  })

/** A user blocks the bot. */
export const unfollow = (world: World.World, user: User): Acted =>
  withUser(world, user, (state, now) => {
    World.relate(state, "blocked", now)
    return { type: "unfollow", source: sourceOf(user) }
  })

/** The bot is invited to a chat, unless it is in it. */
export const join = (world: World.World, chat: Group | Room): Acted =>
  withChat(world, chat, [], (state, now) => {
    if (state.joined) return undefined
    state.joined = true
    return { type: "join", source: sourceOf(chat), replyToken: World.issueReplyToken(world, World.chatId(chat), now) }
  })

/** The bot is removed from a chat, if it is in it. */
export const leave = (world: World.World, chat: Group | Room): Acted =>
  withChat(world, chat, [], (state) => {
    if (!state.joined) return undefined
    state.joined = false
    return leaveEvent(state)
  })

/** Users join a chat; the bot hears of it if it is there. */
export const memberJoined = (world: World.World, chat: Group | Room, users: ReadonlyArray<User>): Acted =>
  withChat(world, chat, users, (state, now) => {
    for (const { userId } of users) state.members.add(userId)
    if (!state.joined) return undefined
    const replyToken = World.issueReplyToken(world, World.chatId(chat), now)
    return { type: "memberJoined", source: sourceOf(chat), replyToken, joined: { members: users.map(sourceOf) } }
  })

/** Users leave a chat; the bot hears of it if it is there. */
export const memberLeft = (world: World.World, chat: Group | Room, users: ReadonlyArray<User>): Acted =>
  withChat(world, chat, users, (state) => {
    for (const { userId } of users) state.members.delete(userId)
    if (!state.joined) return undefined
    return { type: "memberLeft", source: sourceOf(chat), left: { members: users.map(sourceOf) } }
  })

/** A user does something in a chat; the bot hears of it if it is there. */
const act = (
  world: World.World,
  user: User,
  chat: Chat,
  change: (now: number, state: World.UserState) => Event
): Acted =>
  step(world, World.userState(world, user), (state, now) => {
    const mistake = mistakeOf(world, state, chat)
    if (mistake !== undefined) return Effect.dieMessage(mistake)
    const event = { ...change(now, state), source: { ...sourceOf(chat), userId: user.userId } }
    return tell(world, World.isOpen(world, World.chatId(chat)) ? event : undefined, now)
  })

const foreign = "This user or chat is of another emulator"

const mistakeOf = (world: World.World, { relation, user }: World.UserState, chat: Chat): string | undefined => {
  if (chat.type === "user") {
    return relation === "blocked" ? `${user.displayName} has blocked the bot: follow first` : undefined
  }
  const state = World.chatState(world, chat)
  if (state === undefined) return foreign
  return state.members.has(user.userId) ? undefined : `${user.displayName} is not in this ${chat.type}`
}

const withUser = (world: World.World, user: User, change: (state: World.UserState, now: number) => Event): Acted =>
  step(world, World.userState(world, user), (state, now) => tell(world, change(state, now), now))

const withChat = (
  world: World.World,
  chat: Group | Room,
  users: ReadonlyArray<User>,
  change: (state: World.ChatState, now: number) => Event | undefined
): Acted =>
  step(world, areOf(world, users) ? World.chatState(world, chat) : undefined, (state, now) =>
    tell(world, change(state, now), now)
  )

const areOf = (world: World.World, users: ReadonlyArray<User>): boolean =>
  users.every((user) => World.userState(world, user) !== undefined)

/** One step, after the narrowcasts that were due. What has no state here is of another emulator. */
const step = <S, A>(
  world: World.World,
  state: S | undefined,
  change: (state: S, now: number) => Effect.Effect<A>
): Effect.Effect<A> =>
  state === undefined
    ? Effect.dieMessage(foreign)
    : Effect.flatMap(Clock.currentTimeMillis, (now) => {
        Narrowcast.settle(world, now)
        return change(state, now)
      })

/** Tells the bot of an event, if it is one of its own. */
const tell = (world: World.World, event: Event | undefined, now: number): Acted =>
  event === undefined ? Effect.succeed(Webhook.notSent) : Webhook.send(world, Webhook.complete(world, [event], now))

/** The source of an event: the IDs of a chat. */
const sourceOf = (chat: Chat): Readonly<Record<string, string>> => ({
  type: chat.type,
  [`${chat.type}Id`]: World.chatId(chat)
})

const wireForm = (message: IncomingMessage): ChatMessage["message"] => {
  switch (message.type) {
    case "text":
    case "location":
      return message
    case "sticker":
      return { stickerResourceType: "STATIC", ...message }
    case "file":
      return { type: "file", fileName: message.fileName, fileSize: message.content.length }
    case "image":
      return { type: "image", contentProvider: { type: "line" } }
    case "video":
    case "audio": {
      const { duration, type } = message
      return { type, contentProvider: { type: "line" }, ...(duration === undefined ? {} : { duration }) }
    }
  }
}

const contentTypes = {
  image: "image/jpeg",
  video: "video/mp4",
  audio: "audio/x-m4a",
  file: "application/octet-stream"
} as const

// From how many bytes on LINE has to prepare a video or audio, and for how long, is its secret.
const largeMedia = 1024 * 1024

const preparationOf = ({ content, type }: { readonly type: string } & Content): Duration.DurationInput =>
  (type === "video" || type === "audio") && content.length > largeMedia ? "2 seconds" : 0

const contentOf = (
  message: { readonly type: keyof typeof contentTypes } & Content & Preparation,
  now: number
): World.StoredContent => ({
  bytes: message.content,
  contentType: message.contentType ?? contentTypes[message.type],
  preview: message.preview,
  readyAt: now + Duration.toMillis(message.readyAfter ?? preparationOf(message)),
  fails: message.preparationFails ?? false
})
