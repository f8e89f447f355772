/**
 * The events that can be had from the emulator, and what of the command line says what they are about.
 */
import * as Options from "@effect/cli/Options"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as HashMap from "effect/HashMap"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as CliCommand from "@effect/cli/Command"
import { randomBytes } from "node:crypto"
import { basename } from "node:path"
import type { Act, Said } from "../emulator/Act.js"
import * as Users from "../Users.js"
import { Failure, fromLine } from "./Failure.js"
import * as Input from "./Input.js"
import * as Scene from "./Scene.js"
import * as Target from "./Target.js"

const text = (name: string, placeholder: string, description: string) =>
  Options.text(name).pipe(Options.withPseudoName(placeholder), Options.withDescription(description), Options.optional)

/** What the events are about. */
export const options = {
  user: text("user", "id", "Who does it: an ID or a name; the first who can unless set."),
  chat: text("chat", "id", "Where: the ID or name of a group or room, or the word group or room."),
  type: Options.choice("type", ["text", "sticker", "location", "image", "video", "audio", "file"]).pipe(
    Options.withDescription("What kind of message: text unless set."),
    Options.withDefault("text" as const)
  ),
  text: text("text", "text", "The text of a message."),
  content: text("content", "file", "The image, video, audio or file of a message."),
  data: text("data", "text", "The data of a postback."),
  param: Options.keyValueMap("param").pipe(
    Options.withDescription("A parameter of a postback, such as datetime=2026-01-31T10:00."),
    Options.optional
  ),
  action: text("action", "json", "The action that is tapped."),
  message: text("message", "id", "The message that is meant: the latest that fits unless set."),
  beacon: Options.choice("beacon", ["enter", "banner", "stay"]).pipe(
    Options.withDescription("What happens at the beacon: enter unless set."),
    Options.withDefault("enter" as const)
  ),
  hwid: text("hwid", "id", "The hardware ID of the beacon."),
  membership: Options.choice("membership", ["joined", "left", "renewed"]).pipe(
    Options.withDescription("What happens to the membership: joined unless set."),
    Options.withDefault("joined" as const)
  ),
  linkToken: text("link-token", "token", "The link token of the bot; one is issued unless set."),
  nonce: text("nonce", "text", "The nonce of the bot's service.")
}

/** What was given on the command line. */
export type Given = CliCommand.Command.ParseConfig<typeof options>

/** An event as it is sent. */
export interface RawEvent {
  readonly type: string
  readonly [property: string]: unknown
}

/** What makes the event: something that people do, or the event as it is. */
export type Cause =
  { readonly _tag: "Act"; readonly act: Act } | { readonly _tag: "Events"; readonly events: ReadonlyArray<RawEvent> }

type Made = Effect.Effect<Cause, Failure, HttpClient.HttpClient>

interface Kind {
  readonly summary: string
  /** The options that it takes. */
  readonly takes: ReadonlyArray<string>
  readonly make: (emulator: Target.Emulator, given: Given) => Made
}

const act = (act: Act): Cause => ({ _tag: "Act", act })

const or = (given: Option.Option<string>, otherwise: string): string => Option.getOrElse(given, () => otherwise)

const impossible = (message: string, advice: string): Failure => new Failure({ kind: "failed", message, advice })

/** Somebody does something, in a group or room or alone with the bot. */
const byUser = (
  emulator: Target.Emulator,
  given: Given,
  make: (who: { readonly userId: string; readonly chatId?: string }) => Act
): Made =>
  Effect.gen(function* () {
    const chat = yield* Scene.chat(emulator, given.chat)
    const user = yield* Scene.user(emulator, given.user, ({ relation, userId }) =>
      chat === undefined ? relation !== "blocked" : chat.memberIds.includes(userId)
    )
    return act(make({ userId: user.userId, ...(chat === undefined ? {} : { chatId: Scene.groupId(chat) }) }))
  })

/** Somebody does something alone with the bot. */
const alone = (
  emulator: Target.Emulator,
  given: Given,
  make: (userId: string) => Act,
  fits?: (user: Scene.User) => boolean
): Made => Effect.map(Scene.user(emulator, given.user, fits), ({ userId }) => act(make(userId)))

/** Something happens to a group or room: the one that is given, or the first that fits. */
const toChat = (
  emulator: Target.Emulator,
  given: Given,
  fits: (chat: Scene.Group) => boolean,
  make: (chat: Scene.Group) => Effect.Effect<Act, Failure>
): Made =>
  Effect.gen(function* () {
    const found = (yield* Scene.chat(emulator, given.chat)) ?? Scene.groups(emulator).find(fits)
    if (found === undefined) return yield* impossible("there is no group or room for this", "Add one on the page.")
    return act(yield* make(found))
  })

/** A message of somebody's, in the chat that is given. */
const messageOf = (
  emulator: Target.Emulator,
  given: Given,
  chatId: string | undefined,
  fits: (message: { readonly from: string; readonly message: { readonly type: string } }) => boolean,
  otherwise: Failure
): Effect.Effect<string, Failure> =>
  Option.match(given.message, {
    onSome: (id) => Effect.succeed(id),
    onNone: () =>
      Effect.gen(function* () {
        const found = chatId === undefined ? undefined : yield* Scene.latest(emulator, chatId, fits)
        return found === undefined ? yield* otherwise : found.id
      })
  })

/** Events as they are, but for what all events have. */
const written =
  (make: (emulator: Target.Emulator, given: Given) => Effect.Effect<RawEvent, Failure>) =>
  (emulator: Target.Emulator, given: Given): Made =>
    Effect.gen(function* () {
      const timestamp = yield* Clock.currentTimeMillis
      const event = yield* make(emulator, given)
      const envelope = {
        timestamp,
        mode: "active",
        webhookEventId: ulid(timestamp),
        deliveryContext: { isRedelivery: false }
      }
      return { _tag: "Events", events: [{ ...envelope, ...event }] }
    })

const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const ulid = (now: number): string => {
  const time = Array.from({ length: 10 }, (_, index) => digits[Math.floor(now / 32 ** (9 - index)) % 32])
  return [...time, ...Array.from(randomBytes(16), (byte) => digits[byte % 32])].join("")
}

const fromUser = (emulator: Target.Emulator, given: Given, event: RawEvent): Effect.Effect<RawEvent, Failure> =>
  Effect.map(Scene.user(emulator, given.user), ({ userId }) => ({ ...event, source: { type: "user", userId } }))

// One pixel.
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

const types: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  mp4: "video/mp4",
  m4a: "audio/x-m4a",
  mp3: "audio/mpeg",
  pdf: "application/pdf"
}

/** What is said. */
const saidOf = (given: Given): Effect.Effect<Said, Failure> => {
  const { content, text, type } = given
  switch (type) {
    case "text":
      return Effect.succeed({ type, text: or(text, "hello") })
    case "sticker":
      return Effect.succeed({ type, packageId: "446", stickerId: "1988" })
    case "location":
      return Effect.succeed({
        type,
        title: or(text, "LINE"),
        address: "1-3 Kioicho, Chiyoda-ku, Tokyo",
        latitude: 35.67966,
        longitude: 139.73669
      })
    default:
      return Effect.map(contentOf(type, content), ({ fileName, ...said }) =>
        type === "file" ? { type, fileName, ...said } : { type, ...said }
      )
  }
}

const contentOf = (type: "image" | "video" | "audio" | "file", file: Option.Option<string>) =>
  Option.match(file, {
    onSome: (file) =>
      Effect.map(Input.bytes(file), (content) => {
        const contentType = types[/\.(\w+)$/.exec(file)?.[1]?.toLowerCase() ?? ""]
        return { fileName: basename(file), content, ...(contentType === undefined ? {} : { contentType }) }
      }),
    onNone: () => {
      if (type === "image") {
        const content = Uint8Array.from(Buffer.from(pixel, "base64"))
        return Effect.succeed({ fileName: "pixel.png", content, contentType: "image/png" })
      }
      return new Failure({ kind: "usage", message: `a message of type ${type} needs --content file` })
    }
  })

const actionOf = (given: Given): Effect.Effect<Readonly<Record<string, unknown>>, Failure> =>
  Effect.flatMap(
    Option.match(given.action, {
      onNone: () => Effect.succeed<unknown>({ type: "postback", data: or(given.data, "hello") }),
      onSome: Input.parse("--action")
    }),
    (action) =>
      Predicate.isRecord(action)
        ? Effect.succeed(action)
        : new Failure({ kind: "usage", message: '--action is an action, such as {"type":"postback","data":"buy"}' })
  )

const paramsOf = ({ param }: Given) =>
  Option.match(param, {
    onNone: () => ({}),
    onSome: (params) => ({ params: Object.fromEntries(HashMap.entries(params)) })
  })

/** The events, by their names. */
export const kinds: Readonly<Record<string, Kind>> = {
  message: {
    summary: "A user writes.",
    takes: ["user", "chat", "type", "text", "content"],
    make: (emulator, given) =>
      Effect.flatMap(saidOf(given), (message) => byUser(emulator, given, (who) => ({ type: "say", ...who, message })))
  },
  messageEdited: {
    summary: "A user changes a text in a group.",
    takes: ["chat", "message", "text"],
    make: (emulator, given) =>
      Effect.gen(function* () {
        const group =
          (yield* Scene.chat(emulator, given.chat)) ?? Scene.groups(emulator).find(({ type }) => type === "group")
        const nothing = impossible(
          "nobody has written in a group",
          "line-effect trigger message --chat group --text hello"
        )
        const messageId = yield* messageOf(
          emulator,
          given,
          group === undefined ? undefined : Scene.groupId(group),
          ({ from, message }) =>
            message.type === "text" && from.startsWith("U") && from !== emulator.overview.channel.userId,
          nothing
        )
        return act({ type: "edit", messageId, text: or(given.text, "hello again") })
      })
  },
  unsend: {
    summary: "A user takes a message back.",
    takes: ["user", "chat", "message"],
    make: (emulator, given) =>
      Effect.gen(function* () {
        const chat = yield* Scene.chat(emulator, given.chat)
        const { displayName, userId } = yield* Scene.user(emulator, given.user)
        const chatId = chat === undefined ? userId : Scene.groupId(chat)
        const nothing = impossible(`${displayName} has written nothing there`, "line-effect trigger message")
        const messageId = yield* messageOf(emulator, given, chatId, ({ from }) => from === userId, nothing)
        return act({ type: "unsend", messageId })
      })
  },
  postback: {
    summary: "A user taps something that posts data back.",
    takes: ["user", "chat", "data", "param"],
    make: (emulator, given) =>
      byUser(emulator, given, (who) => ({
        type: "postback",
        ...who,
        data: or(given.data, "hello"),
        ...paramsOf(given)
      }))
  },
  tap: {
    summary: "A user taps an action, and LINE does what it does then.",
    takes: ["user", "chat", "action", "param"],
    make: (emulator, given) =>
      Effect.flatMap(actionOf(given), (action) =>
        byUser(emulator, given, (who) => ({ type: "tap", ...who, action, ...paramsOf(given) }))
      )
  },
  follow: {
    summary: "A user adds the bot as a friend, or unblocks it.",
    takes: ["user"],
    make: (emulator, given) =>
      alone(
        emulator,
        given,
        (userId) => ({ type: "follow", userId }),
        () => true
      )
  },
  unfollow: {
    summary: "A user blocks the bot.",
    takes: ["user"],
    make: (emulator, given) => alone(emulator, given, (userId) => ({ type: "unfollow", userId }))
  },
  join: {
    summary: "The bot is invited to a group or room: to a new group of the user's unless there is one without it.",
    takes: ["chat", "user"],
    make: (emulator, given) =>
      Effect.gen(function* () {
        const chat = (yield* Scene.chat(emulator, given.chat)) ?? Scene.groups(emulator).find(({ joined }) => !joined)
        if (chat !== undefined) return act({ type: "join", chatId: Scene.groupId(chat) })
        const { userId } = yield* Scene.user(emulator, given.user)
        const chatId = yield* add(emulator, { type: "addGroup", userIds: [userId] })
        return act({ type: "join", chatId })
      })
  },
  leave: {
    summary: "The bot is removed from a group or room.",
    takes: ["chat"],
    make: (emulator, given) =>
      toChat(
        emulator,
        given,
        ({ joined }) => joined,
        (chat) => Effect.succeed({ type: "leave", chatId: Scene.groupId(chat) })
      )
  },
  memberJoined: {
    summary: "A user joins a group or room: a new one unless one is given.",
    takes: ["chat", "user"],
    make: (emulator, given) =>
      toChat(
        emulator,
        given,
        ({ joined }) => joined,
        (chat) =>
          Effect.map(
            Option.isSome(given.user)
              ? Effect.map(Scene.user(emulator, given.user), ({ userId }) => userId)
              : add(emulator, { type: "addUser", friend: false }),
            (userId) => ({ type: "memberJoined", chatId: Scene.groupId(chat), userIds: [userId] })
          )
      )
  },
  memberLeft: {
    summary: "A user leaves a group or room: the last who has joined unless one is given.",
    takes: ["chat", "user"],
    make: (emulator, given) =>
      toChat(
        emulator,
        given,
        ({ joined, memberIds }) => joined && memberIds.length > 0,
        (chat) =>
          Effect.map(
            Scene.user(emulator, given.user, ({ userId }) => userId === chat.memberIds.at(-1)),
            ({ userId }) => ({ type: "memberLeft", chatId: Scene.groupId(chat), userIds: [userId] })
          )
      )
  },
  videoPlayComplete: {
    summary: "A user has seen a video with a trackingId to its end.",
    takes: ["user", "message"],
    make: (emulator, given) =>
      Effect.gen(function* () {
        const { userId } = yield* Scene.user(emulator, given.user)
        const none = impossible(
          "the bot has sent this user no video with a trackingId",
          "Send one with line-effect push, or name a message with --message."
        )
        const isTracked = ({ message }: { readonly message: object }) => "trackingId" in message
        const messageId = yield* messageOf(emulator, given, userId, isTracked, none)
        return act({ type: "videoPlayComplete", userId, messageId })
      })
  },
  beacon: {
    summary: "A user is near a beacon of the bot's.",
    takes: ["user", "beacon", "hwid"],
    make: (emulator, given) =>
      alone(emulator, given, (userId) => {
        return { type: "beacon", userId, beacon: given.beacon, hwid: or(given.hwid, "d41d8cd98f") }
      })
  },
  accountLink: {
    summary: "A user links the account with one of the bot's service.",
    takes: ["user", "link-token", "nonce"],
    make: (emulator, given) =>
      Effect.gen(function* () {
        const { userId } = yield* Scene.user(emulator, given.user)
        const linkToken = yield* Option.match(given.linkToken, {
          onSome: Effect.succeed,
          onNone: () =>
            Users.issueLinkToken({ userId }).pipe(
              Effect.map(({ linkToken }) => linkToken),
              Effect.mapError(fromLine),
              Effect.provide(Target.client(emulator))
            )
        })
        const nonce = or(given.nonce, Encoding.encodeBase64(randomBytes(16)))
        return act({ type: "accountLink", userId, linkToken, nonce })
      })
  },
  membership: {
    summary: "A user joins, leaves or renews a membership.",
    takes: ["user", "membership"],
    make: (emulator, { membership, ...given }) =>
      Effect.map(Scene.user(emulator, given.user), ({ userId }) => act({ type: "membership", userId, membership }))
  },
  things: {
    summary: "A user links a device of LINE Things. The event has no reply token.",
    takes: ["user"],
    make: written((emulator, given) =>
      fromUser(emulator, given, { type: "things", things: { deviceId: "t2c449c9d1c2f", type: "link" } })
    )
  },
  delivery: {
    summary: "A LINE notification message was delivered.",
    takes: ["user", "data"],
    make: written((emulator, given) =>
      fromUser(emulator, given, { type: "delivery", delivery: { data: or(given.data, "hello") } })
    )
  },
  activated: {
    summary: "The module channel may speak in a chat now.",
    takes: ["user"],
    make: written((emulator, given) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        fromUser(emulator, given, { type: "activated", chatControl: { expireAt: now + 3_600_000 } })
      )
    )
  },
  deactivated: {
    summary: "The module channel may not speak in a chat any more.",
    takes: ["user"],
    make: written((emulator, given) => fromUser(emulator, given, { type: "deactivated", mode: "standby" }))
  },
  module: {
    summary: "The module channel is attached to an account.",
    takes: [],
    make: written(({ overview }) =>
      Effect.succeed({
        type: "module",
        module: { type: "attached", botId: overview.channel.userId, scopes: ["message:send", "message:receive"] }
      })
    )
  },
  botSuspended: {
    summary: "The account that the module channel is attached to is suspended.",
    takes: [],
    make: written(() => Effect.succeed({ type: "botSuspended" }))
  },
  botResumed: {
    summary: "The account that the module channel is attached to is back.",
    takes: [],
    make: written(() => Effect.succeed({ type: "botResumed" }))
  }
}

/** Adds somebody or something, and tells the ID. */
const add = (emulator: Target.Emulator, act: Act): Effect.Effect<string, Failure> =>
  Effect.map(Target.act(emulator, act), ({ id = "" }) => id)
