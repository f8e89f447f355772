/**
 * What a program can have people do, made of acts: the same wherever these are performed, in this process or another.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Service } from "../Emulator.js"
import type { Act, Mistake, Said } from "./Act.js"
import type { Chat, Group, IncomingMessage, Room, User } from "./Model.js"
import type * as Overview from "./Overview.js"
import type { Target } from "./Webhook.js"

/** The part of the service that is made of acts. */
export type Acting = Pick<
  Service,
  | "addUser"
  | "addGroup"
  | "addRoom"
  | "registerAssertionKey"
  | "setWebhook"
  | "say"
  | "postback"
  | "tap"
  | "unsend"
  | "edit"
  | "follow"
  | "unfollow"
  | "join"
  | "leave"
  | "memberJoined"
  | "memberLeft"
  | "act"
  | "advance"
>

/** Where acts are performed. */
interface Stage {
  readonly act: (act: Act) => Effect.Effect<Overview.Acted, Mistake>
  /** The ID of a chat. Throws where it is not of this emulator. */
  readonly idOf: (chat: Chat) => string
  readonly chat: (chatId: string) => Effect.Effect<Chat, Mistake>
  readonly setHandler: (handler: Exclude<Target, string>) => Effect.Effect<void>
}

interface Where {
  readonly in?: Group | Room
}

/** The ways to act at a place. What cannot be done is a mistake in the program there, and dies. */
export const make = ({ act, chat, idOf, setHandler }: Stage): Acting => {
  const done = (made: () => Act) => orDie(Effect.suspend(() => act(made())))
  const delivery = (made: () => Act) => Effect.map(done(made), ({ delivery }) => delivery)
  // An act that adds a user adds a user, and so on.
  const added = <C extends Chat>(made: () => Act): Effect.Effect<C> =>
    Effect.flatMap(done(made), ({ id = "" }) => orDie(chat(id)) as Effect.Effect<C>)
  const place = (options: Where = {}) => (options.in === undefined ? {} : { chatId: idOf(options.in) })
  const ids = (users: ReadonlyArray<User>) => users.map(idOf)
  const params = (options: { readonly params?: Readonly<Record<string, string>> } = {}) =>
    options.params === undefined ? {} : { params: options.params }
  return {
    addUser: (options = {}) => added<User>(() => ({ type: "addUser", ...options })),
    addGroup: ({ members, name }) =>
      added<Group>(() => ({ type: "addGroup", userIds: ids(members), ...(name === undefined ? {} : { name }) })),
    addRoom: ({ members }) => added<Room>(() => ({ type: "addRoom", userIds: ids(members) })),
    registerAssertionKey: (jwk) =>
      Effect.map(
        done(() => ({ type: "registerAssertionKey", jwk: { ...jwk } })),
        ({ id = "" }) => id
      ),
    setWebhook: (target) =>
      typeof target === "function"
        ? setHandler(target)
        : Effect.asVoid(done(() => ({ type: "setWebhook", endpoint: target ?? null }))),
    say: (user, message, options) =>
      delivery(() => ({ type: "say", userId: idOf(user), message: saidOf(message), ...place(options) })),
    postback: (user, data, options) =>
      delivery(() => ({ type: "postback", userId: idOf(user), data, ...params(options), ...place(options) })),
    tap: (user, action, options) =>
      delivery(() => {
        return { type: "tap", userId: idOf(user), action: { ...action }, ...params(options), ...place(options) }
      }),
    unsend: (messageId) => delivery(() => ({ type: "unsend", messageId })),
    edit: (messageId, text) => delivery(() => ({ type: "edit", messageId, text })),
    follow: (user) => delivery(() => ({ type: "follow", userId: idOf(user) })),
    unfollow: (user) => delivery(() => ({ type: "unfollow", userId: idOf(user) })),
    join: (chat) => delivery(() => ({ type: "join", chatId: idOf(chat) })),
    leave: (chat) => delivery(() => ({ type: "leave", chatId: idOf(chat) })),
    memberJoined: (chat, users) => delivery(() => ({ type: "memberJoined", chatId: idOf(chat), userIds: ids(users) })),
    memberLeft: (chat, users) => delivery(() => ({ type: "memberLeft", chatId: idOf(chat), userIds: ids(users) })),
    act,
    advance: (duration) =>
      Effect.asVoid(done(() => ({ type: "advance", milliseconds: Math.round(Duration.toMillis(duration)) })))
  }
}

/** What a program got wrong is no failure that it can handle. */
export const orDie = <A>(effect: Effect.Effect<A, Mistake>): Effect.Effect<A> =>
  Effect.catchAll(effect, ({ message }) => Effect.dieMessage(message))

const saidOf = (message: string | IncomingMessage): Said => {
  if (typeof message === "string") return { type: "text", text: message }
  if (message.type !== "video" && message.type !== "audio") return message
  const { readyAfter, ...said } = message
  return readyAfter === undefined ? said : { ...said, readyAfter: Duration.toMillis(readyAfter) }
}
