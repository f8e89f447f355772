/**
 * What a message refers to: the message of its chat that it quotes, the people that it mentions, the coupon that it
 * brings.
 */
import type * as Either from "effect/Either"
import type * as Message from "../Message.js"
import * as Refusal from "./Refusal.js"
import type { Answer } from "./Wire.js"
import type { World } from "./World.js"

/** Checks messages to one chat: they quote what was said there, mention nobody to a user alone, and bring own coupons. */
export const check = (world: World, messages: Message.Messages, chatId: string): Either.Either<void, Answer> =>
  Refusal.check([
    ...quotes(messages)
      .filter(({ quoteToken }) => world.quoteTokens.get(quoteToken)?.chatId !== chatId)
      .map(({ property }) => ({ message: "Invalid quote token", property })),
    ...(world.users.has(chatId) ? mentions(messages).map(misplaced) : []),
    ...foreignCoupons(world, messages)
  ])

/** Checks messages to whomever: they bring own coupons. */
export const checkForAny = (world: World, messages: Message.Messages): Either.Either<void, Answer> =>
  Refusal.check(foreignCoupons(world, messages))

/** Checks messages to many users, who have no chat in common: they neither quote nor mention, and bring own coupons. */
export const checkForMany = (world: World, messages: Message.Messages): Either.Either<void, Answer> =>
  Refusal.check([...[...quotes(messages), ...mentions(messages)].map(misplaced), ...foreignCoupons(world, messages)])

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

const foreignCoupons = (world: World, messages: Message.Messages): ReadonlyArray<Refusal.Detail> =>
  messages.flatMap((message, index) =>
    message.type === "coupon" && !world.coupons.has(message.couponId)
      ? [{ message: "coupon not found", property: `messages[${index}].couponId` }]
      : []
  )
