/**
 * What a message says about the chat it is sent to: the message that it quotes, the people that it mentions.
 */
import type * as Either from "effect/Either"
import type * as Message from "../Message.js"
import * as Refusal from "./Refusal.js"
import type { Answer } from "./Wire.js"
import type { World } from "./World.js"

/** Checks messages to one chat: they quote what was said there, and mention nobody to a user alone. */
export const check = (world: World, messages: Message.Messages, chatId: string): Either.Either<void, Answer> =>
  Refusal.check([
    ...quotes(messages)
      .filter(({ quoteToken }) => world.quoteTokens.get(quoteToken)?.chatId !== chatId)
      .map(({ property }) => ({ message: "Invalid quote token", property })),
    ...(world.users.has(chatId) ? mentions(messages).map(misplaced) : [])
  ])

/** Checks messages to many users, who have no chat in common: they neither quote nor mention. */
export const checkForMany = (messages: Message.Messages): Either.Either<void, Answer> =>
  Refusal.check([...quotes(messages), ...mentions(messages)].map(misplaced))

interface Reference {
  readonly property: string
}

const misplaced = ({ property }: Reference): Refusal.Detail => ({ message: "Must not be specified", property })

const quotes = (messages: Message.Messages): ReadonlyArray<Reference & { readonly quoteToken: string }> =>
  messages.flatMap((message, index) =>
    "quoteToken" in message && message.quoteToken !== undefined
      ? [{ property: `messages[${index}].quoteToken`, quoteToken: message.quoteToken }]
      : []
  )

const mentions = (messages: Message.Messages): ReadonlyArray<Reference> =>
  messages.flatMap((message, index) =>
    Object.entries((message.type === "textV2" ? message.substitution : undefined) ?? {})
      .filter(([, { type }]) => type === "mention")
      .map(([key]) => ({ property: `messages[${index}].substitution.${key}` }))
  )
