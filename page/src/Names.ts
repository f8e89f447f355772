/**
 * Who and where: names and IDs of chats.
 */
import type { Chat, World } from "./Client.js"

export const chatIdOf = (chat: Chat): string =>
  chat.type === "user" ? chat.userId : chat.type === "group" ? chat.groupId : chat.roomId

/** The name of a user. */
export const userName = (world: World, userId: string): string | undefined => {
  if (userId === world.channel.userId) return world.channel.displayName
  const user = world.chats.find((chat) => chat.type === "user" && chat.userId === userId)
  return user?.type === "user" ? user.displayName : undefined
}

/** What a chat is called; a room is called as those who are in it. */
export const chatName = (world: World, chat: Chat): string => {
  if (chat.type === "user") return chat.displayName
  if (chat.type === "group") return chat.groupName
  const names = chat.memberIds.map((userId) => userName(world, userId) ?? userId)
  return names.length === 0 ? "Empty room" : names.join(", ")
}

/** Who speaks in a chat: its user, or in a group whoever was chosen, the first member unless chosen. */
export const speakerOf = (chat: Chat, speakers: ReadonlyMap<string, string>): string | undefined => {
  if (chat.type === "user") return chat.userId
  const chosen = speakers.get(chatIdOf(chat)) ?? ""
  return chat.memberIds.includes(chosen) ? chosen : chat.memberIds[0]
}

/** Where somebody acts, as an act has it. */
export const placeOf = (chat: Chat, userId: string): { readonly userId: string; readonly chatId?: string } =>
  chat.type === "user" ? { userId } : { userId, chatId: chatIdOf(chat) }

/** How a chat stands to the bot, where that is not as usual. */
export const standing = (chat: Chat): string | undefined => {
  if (chat.type !== "user") return chat.joined ? undefined : "without the bot"
  return { friend: undefined, stranger: "not a friend", blocked: "has blocked the bot" }[chat.relation]
}
