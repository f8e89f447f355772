/**
 * Who and what a command means, of those who are in the emulator: by ID or by name, or somebody who fits.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ChatMessage } from "../emulator/Model.js"
import type { ChatOverview } from "../emulator/Overview.js"
import { Failure } from "./Failure.js"
import * as Target from "./Target.js"

/** A user. */
export type User = Extract<ChatOverview, { readonly type: "user" }>

/** A group or room. */
export type Group = Exclude<ChatOverview, User>

const mistaken = (message: string, advice?: string): Failure => new Failure({ kind: "usage", message, advice })

/** The users. */
export const users = ({ overview }: Target.Emulator): ReadonlyArray<User> =>
  overview.chats.filter((chat): chat is User => chat.type === "user")

/** The groups and rooms. */
export const groups = ({ overview }: Target.Emulator): ReadonlyArray<Group> =>
  overview.chats.filter((chat): chat is Group => chat.type !== "user")

/** The ID of a group or room. */
export const groupId = (chat: Group): string => (chat.type === "group" ? chat.groupId : chat.roomId)

/** The user of an ID or a name; unless one is given, the first who fits. */
export const user = (
  emulator: Target.Emulator,
  given: Option.Option<string>,
  fits: (user: User) => boolean = ({ relation }) => relation !== "blocked"
): Effect.Effect<User, Failure> => {
  const all = users(emulator)
  const known = `There are ${all.map(({ displayName, userId }) => `${displayName} (${userId})`).join(", ") || "none"}.`
  return Option.match(given, {
    onNone: () =>
      Effect.mapError(Effect.fromNullable(all.find(fits)), () => mistaken("there is no user who could do this", known)),
    onSome: (text) => {
      const [found, ...more] = all.filter(({ displayName, userId }) => userId === text || displayName === text)
      if (found === undefined) return mistaken(`there is no user ${text}`, known)
      return more.length === 0 ? Effect.succeed(found) : mistaken(`there are several users ${text}`, known)
    }
  })
}

/** The group or room of an ID or a name, or of the word `group` or `room`; `undefined` if none is given. */
export const chat = (
  emulator: Target.Emulator,
  given: Option.Option<string>
): Effect.Effect<Group | undefined, Failure> => {
  const all = groups(emulator)
  return Option.match(given, {
    onNone: () => Effect.succeed(undefined),
    onSome: (text) => {
      const named = all.filter((chat) => groupId(chat) === text || (chat.type === "group" && chat.groupName === text))
      const found = named[0] ?? all.find(({ joined, type }) => joined && type === text)
      const known = all.map((chat) => (chat.type === "group" ? `${chat.groupName} (${chat.groupId})` : chat.roomId))
      return found === undefined
        ? mistaken(`there is no group or room ${text}`, `There are ${known.join(", ") || "none"}.`)
        : Effect.succeed(found)
    }
  })
}

/** The latest message of a chat that fits. */
export const latest = (
  { control, url }: Target.Emulator,
  chatId: string,
  fits: (message: ChatMessage) => boolean
): Effect.Effect<ChatMessage | undefined, Failure> =>
  control.messages({ path: { chatId }, urlParams: { after: 0, wait: 0 } }).pipe(
    Effect.mapError(Target.controlFailure(url)),
    Effect.map((messages) => messages.findLast(fits))
  )
