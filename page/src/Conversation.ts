/**
 * The messages of the chat that is looked at, of which the page has the latest.
 */
import type { ChatMessage } from "./Client.js"

/** The messages from some number on. */
export interface Conversation {
  readonly chatId: string
  /** How many messages there are before these. */
  readonly before: number
  readonly messages: ReadonlyArray<ChatMessage>
  /** How many are kept. */
  readonly limit: number
}

/** How many messages are loaded at first, and with each step back. */
export const step = 200

/** Adds messages as they are now: new ones at the end, those that are there in their places. */
export const add = (conversation: Conversation, more: ReadonlyArray<ChatMessage>): Conversation => {
  if (more.length === 0) return conversation
  const places = new Map(conversation.messages.map(({ id }, index) => [id, index]))
  const messages = [...conversation.messages]
  for (const message of more) {
    const place = places.get(message.id)
    const last = messages.at(-1)
    if (place !== undefined) messages[place] = message
    // An older one that the page does not have, and that has changed.
    else if (last !== undefined && message.timestamp < last.timestamp) continue
    else places.set(message.id, messages.push(message) - 1)
  }
  const surplus = Math.max(0, messages.length - conversation.limit)
  return { ...conversation, before: conversation.before + surplus, messages: messages.slice(surplus) }
}
