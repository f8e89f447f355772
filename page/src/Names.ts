/**
 * What people and chats are called.
 */
import type * as Api from "./Api.js"

/** The name of a chat. */
export const ofChat = (chat: Api.Chat, world: Api.World): string => {
  if (chat.type === "user") return chat.displayName
  if (chat.type === "group") return chat.groupName
  return chat.memberIds.map((userId) => ofUser(userId, world) ?? "Somebody").join(", ")
}

/** The name of a user, or of the bot. */
export const ofUser = (userId: string, world: Api.World): string | undefined => {
  if (userId === world.channel.userId) return world.channel.displayName
  const user = world.chats.find((chat) => chat.type === "user" && chat.userId === userId)
  return user === undefined ? undefined : ofChat(user, world)
}

/** The users who can speak in a chat. */
export const speakersOf = (chat: Api.Chat): ReadonlyArray<string> =>
  chat.type === "user" ? [chat.userId] : chat.memberIds
