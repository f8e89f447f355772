/**
 * What people do on LINE, and the events that the bot hears of it. Each act is one step, which says what changes and
 * which event tells of it; delivering the event comes after.
 */
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Struct from "effect/Struct"
import type { Act, Said } from "./Act.js"
import { leaveEvent } from "./Chats.js"
import type { Chat, ChatMessage, Group, PublicJwk, Room, User } from "./Model.js"
import * as Due from "./Due.js"
import * as Memberships from "./Memberships.js"
import * as Modules from "./Modules.js"
import * as Notifications from "./Notifications.js"
import * as Plan from "./Plan.js"
import * as Reactions from "./Reactions.js"
import * as RichMenus from "./RichMenus.js"
import * as Tokens from "./Tokens.js"
import * as Users from "./Users.js"
import type { Event } from "./Wire.js"
import * as World from "./World.js"

/** What an act has led to. */
export interface Done {
  /** The ID of what was made: a user's, a chat's, a key's. */
  readonly id?: string
  /** What the bot hears of it, if it concerns the bot. */
  readonly events: ReadonlyArray<Event>
}

/** What was done, or why it cannot be. */
type Result = Either.Either<Done, string>

/** Acts out what an act says. */
export const perform = (world: World.World, act: Act, now: number): Result => {
  Due.settle(world, now)
  switch (act.type) {
    case "addUser":
      return addUser(world, act, now)
    case "addGroup":
      return addChat(world, act.userIds, () => {
        return { type: "group", groupId: `C${world.ids.hex(32)}`, groupName: act.name ?? "Group" }
      })
    case "addRoom":
      return addChat(world, act.userIds, () => ({ type: "room", roomId: `R${world.ids.hex(32)}` }))
    case "say":
      return within(world, act, (scene) =>
        Either.map(sayable(world, scene, act.message), () => [say(world, scene, act.message, now)])
      )
    case "edit":
      return edit(world, act, now)
    case "unsend":
      return unsend(world, act.messageId)
    case "open":
      return inChat(world, act, ({ chat, state: { user } }) => {
        const richMenuId = RichMenus.shownTo(world, user.userId)
        Reactions.opened(world, user.userId, World.chatId(chat), richMenuId, now)
        return []
      })
    case "play":
      return quietly(Reactions.played(world, act.userId, act.messageId, act.percent, now))
    case "tap":
      return tap(world, act, now)
    case "postback":
      return inChat(world, act, (scene) => [postback(world, scene, act.data, act.params, now)])
    case "follow":
      return withUser(world, act.userId, (state) => Either.right([follow(world, state, now)]))
    case "unfollow":
      return withUser(world, act.userId, (state) => {
        if (state.relation === "blocked") return Either.left(`${state.user.displayName} has blocked the bot already`)
        World.relate(state, "blocked", now)
        return Either.right([{ type: "unfollow", source: sourceOf(state.user) }])
      })
    case "join":
      return withChat(world, act.chatId, (state) => {
        if (state.joined) return []
        state.joined = true
        return [{ type: "join", source: sourceOf(state.chat), replyToken: replyTokenOf(world, state.chat, now) }]
      })
    case "leave":
      return withChat(world, act.chatId, (state) => {
        if (!state.joined) return []
        state.joined = false
        return [leaveEvent(state)]
      })
    case "memberJoined":
      return withMembers(world, act, false, (state, users) => {
        for (const { userId } of users) state.members.add(userId)
        const replyToken = replyTokenOf(world, state.chat, now)
        const members = users.map((user) => sourceOf(user))
        return { type: "memberJoined", source: sourceOf(state.chat), replyToken, joined: { members } }
      })
    case "memberLeft":
      return withMembers(world, act, true, (state, users) => {
        for (const { userId } of users) state.members.delete(userId)
        return {
          type: "memberLeft",
          source: sourceOf(state.chat),
          left: { members: users.map((user) => sourceOf(user)) }
        }
      })
    case "videoPlayComplete":
      return videoPlayComplete(world, act, now)
    case "beacon": {
      const { beacon: type = "enter", dm, hwid } = act
      return inChat(world, act, (scene) => [
        happen(world, scene, now, "beacon", { beacon: { hwid, type, ...(dm === undefined ? {} : { dm }) } })
      ])
    }
    case "accountLink":
      return telling(Users.linkAccount(world, act.userId, act.linkToken, act.nonce, now))
    case "membership":
      return telling(memberships[act.membership](world, act.userId, act.membershipId, now))
    case "addMembershipPlan":
      return making(Either.map(Plan.add(world, act), String))
    case "publishMembershipPlan":
      return quietly(Memberships.publish(world, act.membershipId, act.isPublished))
    case "decideNotifications":
      return tellingAll(Notifications.decide(world, act.userId, act.decision, now))
    case "addAccount":
      return making(Either.right(Modules.addAccount(world, act)))
    case "authorizeModule":
      return making(Modules.authorize(world, act.url, now))
    case "detachModule":
      return tellingAll(Modules.detach(world, act.botId ?? world.channel.userId, act.reason))
    case "takeControl":
      return tellingAll(Modules.takeControl(world, act.chatId, now))
    case "giveBackControl":
      return tellingAll(Modules.giveBackControl(world, act.chatId))
    case "suspend":
      return tellingAll(Modules.suspend(world, act.suspended))
    case "setWebhook": {
      const { active, endpoint, redelivery } = act
      if (Predicate.isString(endpoint) && !/^https?:/.test(URL.canParse(endpoint) ? new URL(endpoint).protocol : "")) {
        return Either.left(`A webhook goes to an http or https URL, which ${endpoint} is not`)
      }
      if (endpoint !== undefined) world.webhook.target = endpoint ?? undefined
      if (active !== undefined) world.webhook.active = active
      if (redelivery !== undefined) world.webhook.redelivery = redelivery
      return nothing
    }
    case "setQuota":
      world.settings.quota = act.quota
      return nothing
    case "setVerified":
      world.settings.verified = act.verified
      return nothing
    case "registerAssertionKey":
      // What the console takes for a key is checked there.
      return making(
        Either.mapLeft(
          Tokens.register(world, act.jwk as PublicJwk),
          (reason) => `LINE's console refuses this key: ${reason}`
        )
      )
    case "advance":
      if (now + act.milliseconds > lastTime) return Either.left("The time ends with the year 9999")
      world.offset += act.milliseconds
      return nothing
  }
}

type ActOf<Type extends Act["type"]> = Extract<Act, { readonly type: Type }>

const nothing: Result = Either.right({ events: [] })

const lastTime = Date.UTC(9999, 11, 31)

const tellingAll = (events: Either.Either<ReadonlyArray<Event>, string>): Result =>
  Either.map(events, (events) => ({ events }))

const telling = (event: Either.Either<Event, string>): Result => tellingAll(Either.map(event, (event) => [event]))

const making = (id: Either.Either<string, string>): Result => Either.map(id, (id) => ({ id, events: [] }))

const quietly = (change: Either.Either<void, string>): Result => Either.flatMap(change, () => nothing)

const memberships = { joined: Memberships.join, renewed: Memberships.renew, left: Memberships.leave }

/** A new user, with a name that counts up. */
const addUser = (world: World.World, act: ActOf<"addUser">, now: number): Result => {
  const userId = `U${world.ids.hex(32)}`
  const { phoneNumber } = act
  const registered = phoneNumber === undefined ? Either.void : Notifications.register(world, userId, phoneNumber)
  if (Either.isLeft(registered)) return Either.left(registered.left)
  const user: User = {
    type: "user",
    userId,
    displayName: act.displayName ?? `User ${world.users.size + 1}`,
    ...Struct.pick(act, "language", "pictureUrl", "statusMessage")
  }
  const relation = act.friend === false ? "stranger" : "friend"
  const demographics = Struct.pick(act, "gender", "age", "appType", "area", "subscriptionPeriod")
  const relations = [{ since: now, relation } as const]
  world.users.set(userId, { user, demographics, relation, relations: [...relations], messagedAt: undefined })
  return Either.right({ id: userId, events: [] })
}

/** A new chat of users, without the bot. */
const addChat = (world: World.World, userIds: ReadonlyArray<string>, make: () => Group | Room): Result =>
  Either.map(usersOf(world, userIds), () => {
    const chat = make()
    const id = World.chatId(chat)
    world.chats.set(id, { chat, members: new Set(userIds), joined: false })
    return { id, events: [] }
  })

/** Whether somebody can say something: LINE sends no empty text, and quotes what was said in the chat. */
const sayable = (world: World.World, { chat }: Scene, message: Said): Either.Either<void, string> => {
  if (message.type === "text" && message.text === "") return Either.left("A text is not empty")
  const quoted = "quotedMessageId" in message ? message.quotedMessageId : undefined
  return quoted === undefined || world.messages.get(quoted)?.chatId === World.chatId(chat)
    ? Either.void
    : Either.left(`There is no message ${quoted} in this chat to quote`)
}

const say = (world: World.World, scene: Scene, message: Said, now: number): Event => {
  const { chat, state } = scene
  if (chat.type === "user") state.messagedAt = now
  const identity = World.identify(world, message)
  const stored = World.post(world, identity, {
    chatId: World.chatId(chat),
    from: state.user.userId,
    via: "user",
    message: wireForm(message),
    timestamp: now,
    content: "content" in message ? contentOf(message, now) : undefined
  })
  const markAsReadToken = world.ids.token(40)
  world.readTokens.set(markAsReadToken, stored)
  return happen(world, scene, now, "message", { message: { ...identity, ...stored.message, markAsReadToken } })
}

/** A message of a user that LINE shows in the chat, and tells the bot nothing of. */
const display = (world: World.World, { chat, state }: Scene, text: string, now: number): void => {
  World.post(world, World.identify(world, { type: "text" }), {
    chatId: World.chatId(chat),
    from: state.user.userId,
    via: "user",
    message: { type: "text", text },
    timestamp: now
  })
}

const edit = (world: World.World, { messageId, text }: ActOf<"edit">, now: number): Result =>
  ofSender(world, messageId, (stored, scene) => {
    if (scene.chat.type !== "group" || stored.message.type !== "text") {
      return Either.left("LINE lets users edit texts in groups, and nothing else")
    }
    if (stored.unsent) return Either.left(unsentAlready)
    // Where it mentions somebody and has emojis is of the text as it was.
    stored.message = { ...Struct.omit(stored.message, "mention", "emojis"), type: "text", text }
    stored.edited = true
    // The token of the text as it was quotes it still.
    const quoteToken = world.ids.token(40)
    stored.quoteToken = quoteToken
    world.quoteTokens.set(quoteToken, stored)
    World.announceMessage(world, stored)
    const message = { id: messageId, ...stored.message, quoteToken }
    return Either.right(happen(world, scene, now, "messageEdited", { message }))
  })

const unsentAlready = "The message was taken back"

const unsend = (world: World.World, messageId: string): Result =>
  ofSender(world, messageId, (stored, { chat, state }) => {
    if (stored.unsent) return Either.left(unsentAlready)
    stored.unsent = true
    World.announceMessage(world, stored)
    return Either.right({ type: "unsend", source: sourceOf(chat, state.user), unsend: { messageId } })
  })

const postback = (
  world: World.World,
  scene: Scene,
  data: string,
  params: Readonly<Record<string, string>> | undefined,
  now: number
): Event => happen(world, scene, now, "postback", { postback: { data, ...(params === undefined ? {} : { params }) } })

const follow = (world: World.World, state: World.UserState, now: number): Event => {
  const { user } = state
  const isUnblocked = state.relation === "blocked"
  World.relate(state, "friend", now)
  const replyToken = replyTokenOf(world, user, now)
  return { type: "follow", source: sourceOf(user), replyToken, follow: { isUnblocked } }
}

/** What LINE does when somebody taps an action. */
const tap = (world: World.World, act: ActOf<"tap">, now: number): Result =>
  within(world, act, (scene) =>
    Either.flatMap(Reactions.tapped(world, act.userId, act, now), () => actionOf(world, act, scene, now))
  )

const actionOf = (
  world: World.World,
  { action, params, userId }: ActOf<"tap">,
  scene: Scene,
  now: number
): Either.Either<ReadonlyArray<Event>, string> => {
  const text = (name: string): string | undefined => {
    const value = action[name]
    return Predicate.isString(value) ? value : undefined
  }
  const data = text("data") ?? ""
  switch (action["type"]) {
    case "postback": {
      const displayed = text("displayText")
      if (displayed !== undefined) display(world, scene, displayed, now)
      const said = text("text")
      const saying = said === undefined ? [] : [say(world, scene, { type: "text", text: said }, now)]
      return Either.right([...saying, postback(world, scene, data, undefined, now)])
    }
    case "message":
      return Either.right([say(world, scene, { type: "text", text: text("text") ?? "" }, now)])
    case "datetimepicker":
      return !isPicked(params)
        ? Either.left("Whoever taps this picks a date or time: params has one of date, time and datetime")
        : Either.right([postback(world, scene, data, params, now)])
    case "richmenuswitch": {
      const switched = RichMenus.switchTo(world, userId, text("richMenuAliasId") ?? "")
      return Either.right([postback(world, scene, data, switched, now)])
    }
    case "uri":
      return opening(world, userId, text("uri") ?? text("linkUri") ?? "", now)
    case "clipboard":
    case "camera":
    case "cameraRoll":
    case "location":
      return Either.right([])
    default:
      return Either.left(`There is no action of the type ${String(action["type"])}`)
  }
}

/** What a datetime picker gives: one of these, in its form. */
const picked: Readonly<Record<string, RegExp>> = {
  date: /^\d{4}-\d\d-\d\d$/,
  time: /^\d\d:\d\d$/,
  datetime: /^\d{4}-\d\d-\d\dT\d\d:\d\d$/
}

const isPicked = (params: Readonly<Record<string, string>> = {}): boolean => {
  const entries = Object.entries(params)
  return entries.length === 1 && entries.every(([name, value]) => picked[name]?.test(value) === true)
}

/** A user opens a page. One of LINE's own links accounts. */
const opening = (
  world: World.World,
  userId: string,
  uri: string,
  now: number
): Either.Either<ReadonlyArray<Event>, string> => {
  const url = URL.canParse(uri) ? new URL(uri) : undefined
  if (url?.host !== "access.line.me" || url.pathname !== "/dialog/bot/accountLink") return Either.right([])
  const [linkToken, nonce] = ["linkToken", "nonce"].map((name) => url.searchParams.get(name) ?? "")
  return Either.map(Users.linkAccount(world, userId, linkToken ?? "", nonce ?? "", now), (event) => [event])
}

const videoPlayComplete = (world: World.World, act: ActOf<"videoPlayComplete">, now: number): Result => {
  const trackingId = world.messages.get(act.messageId)?.message["trackingId"]
  if (!Predicate.isString(trackingId)) return Either.left(`No video with a trackingId has the ID ${act.messageId}`)
  return within(world, act, (scene) =>
    Either.map(Reactions.played(world, act.userId, act.messageId, 100, now), () => [
      happen(world, scene, now, "videoPlayComplete", { videoPlayComplete: { trackingId } })
    ])
  )
}

/** Who acts, and where. */
interface Scene {
  readonly state: World.UserState
  readonly chat: Chat
}

/** An event of something that a user does in a chat, and that the bot can reply to. */
const happen = (
  world: World.World,
  { chat, state }: Scene,
  now: number,
  type: string,
  payload: Readonly<Record<string, unknown>>
): Event => ({ type, source: sourceOf(chat, state.user), replyToken: replyTokenOf(world, chat, now), ...payload })

const replyTokenOf = (world: World.World, chat: Chat, now: number): string =>
  World.issueReplyToken(world, World.chatId(chat), now)

/** A user does something in a chat. */
const inChat = (world: World.World, place: Place, change: (scene: Scene) => ReadonlyArray<Event>): Result =>
  within(world, place, (scene) => Either.right(change(scene)))

interface Place {
  readonly userId: string
  readonly chatId?: string
}

/** A user does something in a chat, if it can be done; the bot hears of it if it is there. */
const within = (
  world: World.World,
  { chatId, userId }: Place,
  change: (scene: Scene) => Either.Either<ReadonlyArray<Event>, string>
): Result =>
  Either.gen(function* () {
    const state = yield* userOf(world, userId)
    const scene: Scene = { state, chat: yield* chatOf(world, state, chatId ?? userId) }
    const events = yield* change(scene)
    return { events: World.isOpen(world, World.chatId(scene.chat)) ? events : [] }
  })

/** Who sent a message does something with it. */
const ofSender = (
  world: World.World,
  messageId: string,
  change: (stored: World.StoredMessage, scene: Scene) => Either.Either<Event, string>
): Result =>
  Either.gen(function* () {
    const stored = world.messages.get(messageId)
    const state = world.users.get(stored?.from ?? "")
    if (stored === undefined || state === undefined) return yield* Either.left(`No user sent a message ${messageId}`)
    const scene: Scene = { state, chat: yield* chatOf(world, state, stored.chatId) }
    const event = yield* change(stored, scene)
    return { events: World.isOpen(world, stored.chatId) ? [event] : [] }
  })

const withUser = (
  world: World.World,
  userId: string,
  change: (state: World.UserState) => Either.Either<ReadonlyArray<Event>, string>
): Result => Either.flatMap(userOf(world, userId), (state) => tellingAll(change(state)))

const withChat = (
  world: World.World,
  chatId: string,
  change: (state: World.ChatState) => ReadonlyArray<Event>
): Result =>
  Either.map(
    Either.fromNullable(world.chats.get(chatId), () => `There is no group or room ${chatId}`),
    (state) => ({ events: change(state) })
  )

/** Users come into a chat, or go; the bot hears of it if it is there. */
const withMembers = (
  world: World.World,
  { chatId, userIds }: { readonly chatId: string; readonly userIds: ReadonlyArray<string> },
  areMembers: boolean,
  change: (state: World.ChatState, users: ReadonlyArray<User>) => Event
): Result =>
  Either.gen(function* () {
    const users = yield* usersOf(world, userIds)
    const state = yield* Either.fromNullable(world.chats.get(chatId), () => `There is no group or room ${chatId}`)
    if (new Set(userIds).size !== userIds.length || userIds.length === 0) {
      return yield* Either.left("userIds has each user once, and at least one")
    }
    const odd = users.find(({ userId }) => state.members.has(userId) !== areMembers)
    if (odd !== undefined) {
      return yield* Either.left(`${odd.displayName} is ${areMembers ? "not" : "already"} in this ${state.chat.type}`)
    }
    const event = change(state, users)
    return { events: state.joined ? [event] : [] }
  })

const userOf = (world: World.World, userId: string): Either.Either<World.UserState, string> =>
  Either.fromNullable(world.users.get(userId), () => `There is no user ${userId}`)

const usersOf = (world: World.World, userIds: ReadonlyArray<string>): Either.Either<ReadonlyArray<User>, string> =>
  Either.all(userIds.map((userId) => Either.map(userOf(world, userId), ({ user }) => user)))

/** The chat in which a user can act. */
const chatOf = (
  world: World.World,
  { relation, user }: World.UserState,
  chatId: string
): Either.Either<Chat, string> => {
  if (chatId === user.userId) {
    return relation === "blocked"
      ? Either.left(`${user.displayName} has blocked the bot: follow first`)
      : Either.right(user)
  }
  const state = world.chats.get(chatId)
  if (state === undefined) return Either.left(`There is no group or room ${chatId}`)
  return state.members.has(user.userId)
    ? Either.right(state.chat)
    : Either.left(`${user.displayName} is not in this ${state.chat.type}`)
}

/** The source of an event: the IDs of a chat, and of the user who acted in it. */
const sourceOf = (chat: Chat, user?: User): Readonly<Record<string, string>> => ({
  type: chat.type,
  [`${chat.type}Id`]: World.chatId(chat),
  ...(user === undefined ? {} : { userId: user.userId })
})

const wireForm = (message: Said): ChatMessage["message"] => {
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

type Media = Extract<Said, { readonly content: Uint8Array }>

// From how many bytes on LINE has to prepare a video or audio, and for how long, is its secret.
const largeMedia = 1024 * 1024
const largeMediaPreparation = 2000

const preparationOf = ({ content, type }: Media): number =>
  (type === "video" || type === "audio") && content.length > largeMedia ? largeMediaPreparation : 0

const contentOf = (message: Media, now: number): World.StoredContent => ({
  bytes: message.content,
  contentType: message.contentType ?? contentTypes[message.type],
  preview: message.preview,
  readyAt: now + (("readyAfter" in message ? message.readyAfter : undefined) ?? preparationOf(message)),
  fails: "preparationFails" in message && message.preparationFails === true
})
