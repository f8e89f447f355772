/**
 * What happens in the emulator's world without the bot: people who use LINE, and the owner of the account in LINE's
 * console. An act is plain data: it comes from a program, over the control API or from the command line, and is kept in
 * the emulator's file.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

const MediaType = Schema.String.pipe(Schema.pattern(/^[\w.+-]+\/[\w.+-]+(?:\s*;[ -~]*)?$/)).annotations({
  arbitrary: () => (fc) => fc.constantFrom("image/png", "video/mp4", "text/plain; charset=utf-8")
})

const content = {
  /** The bytes, in Base64 where this is JSON. */
  content: Schema.Uint8ArrayFromBase64,
  contentType: optional(MediaType),
  preview: optional(Schema.Uint8ArrayFromBase64)
}

const preparation = { readyAfter: optional(Schema.NonNegative), preparationFails: optional(Schema.Boolean) }

const Said_ = Schema.Union(
  Schema.Struct({
    type: Schema.Literal("text"),
    text: Schema.String,
    emojis: optional(Schema.Array(Schema.Unknown)),
    mention: optional(Schema.Unknown),
    quotedMessageId: optional(Schema.String)
  }),
  Schema.Struct({
    type: Schema.Literal("sticker"),
    packageId: Schema.String,
    stickerId: Schema.String,
    stickerResourceType: optional(Schema.String),
    keywords: optional(Schema.Array(Schema.String)),
    text: optional(Schema.String),
    quotedMessageId: optional(Schema.String)
  }),
  Schema.Struct({
    type: Schema.Literal("location"),
    latitude: Schema.Number,
    longitude: Schema.Number,
    title: optional(Schema.String),
    address: optional(Schema.String)
  }),
  Schema.Struct({ type: Schema.Literal("image"), ...content }),
  Schema.Struct({
    type: Schema.Literal("video", "audio"),
    duration: optional(Schema.NonNegative),
    ...content,
    ...preparation
  }),
  Schema.Struct({ type: Schema.Literal("file"), fileName: Schema.String, ...content })
)

/**
 * What a user says, as an act has it: media with its bytes, times in milliseconds.
 *
 * @since 0.1.0
 * @category models
 */
export type Said = typeof Said_.Type

/**
 * The schema of {@link Said}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Said: Schema.Schema<Said, unknown> = Schema.make(Said_.ast)

const act = <Type extends string, Fields extends Schema.Struct.Fields>(type: Type, fields: Fields) =>
  Schema.Struct({ type: Schema.Literal(type), ...fields }).annotations({ identifier: `Act.${type}` })

const Properties = Schema.Record({ key: Schema.String, value: Schema.Unknown })
const Texts = Schema.Record({ key: Schema.String, value: Schema.String })
const UserIds = Schema.Array(Schema.String)

/** Who does it: in a chat with the bot alone, or in the group or room of the ID. */
const user = { userId: Schema.String, chatId: optional(Schema.String) }

const Act_ = Schema.Union(
  act("addUser", {
    displayName: optional(Schema.String),
    language: optional(Schema.String),
    pictureUrl: optional(Schema.String),
    statusMessage: optional(Schema.String),
    friend: optional(Schema.Boolean),
    phoneNumber: optional(Schema.String),
    gender: optional(Schema.Literal("male", "female")),
    age: optional(Schema.Number),
    appType: optional(Schema.Literal("ios", "android")),
    area: optional(Schema.String),
    subscriptionPeriod: optional(Schema.Number)
  }),
  act("addGroup", { name: optional(Schema.String), userIds: UserIds }),
  act("addRoom", { userIds: UserIds }),
  act("say", { ...user, message: Said_ }),
  act("edit", { messageId: Schema.String, text: Schema.String }),
  act("unsend", { messageId: Schema.String }),
  act("open", user),
  act("tap", {
    ...user,
    action: Properties,
    params: optional(Texts),
    messageId: optional(Schema.String),
    richMenuId: optional(Schema.String)
  }),
  act("postback", { ...user, data: Schema.String, params: optional(Texts) }),
  act("follow", { userId: Schema.String }),
  act("unfollow", { userId: Schema.String }),
  act("join", { chatId: Schema.String }),
  act("leave", { chatId: Schema.String }),
  act("memberJoined", { chatId: Schema.String, userIds: UserIds }),
  act("memberLeft", { chatId: Schema.String, userIds: UserIds }),
  act("videoPlayComplete", { userId: Schema.String, messageId: Schema.String }),
  act("beacon", {
    userId: Schema.String,
    hwid: Schema.String,
    beacon: optional(Schema.Literal("enter", "banner", "stay")),
    dm: optional(Schema.String)
  }),
  act("accountLink", { userId: Schema.String, linkToken: Schema.String, nonce: Schema.String }),
  act("membership", {
    userId: Schema.String,
    membership: Schema.Literal("joined", "left", "renewed"),
    membershipId: optional(Schema.Number)
  }),
  act("addMembershipPlan", {
    title: optional(Schema.String),
    description: optional(Schema.String),
    benefits: optional(Schema.Array(Schema.String)),
    price: optional(Schema.NonNegative),
    currency: optional(Schema.Literal("JPY", "TWD", "THB")),
    memberLimit: optional(Schema.NullOr(Schema.NonNegativeInt)),
    isInAppPurchase: optional(Schema.Boolean),
    isPublished: optional(Schema.Boolean)
  }),
  act("publishMembershipPlan", { membershipId: Schema.Number, isPublished: Schema.Boolean }),
  act("decideNotifications", { userId: Schema.String, decision: Schema.Literal("agreed", "refused", "unset") }),
  act("play", { ...user, messageId: Schema.String, percent: Schema.Literal(0, 25, 50, 75, 100) }),
  act("addAccount", { basicId: optional(Schema.String), displayName: optional(Schema.String) }),
  act("authorizeModule", { url: Schema.String }),
  act("detachModule", { botId: optional(Schema.String), reason: optional(Schema.Literal("bot_deleted")) }),
  act("takeControl", { chatId: Schema.String }),
  act("giveBackControl", { chatId: Schema.String }),
  act("suspend", { suspended: Schema.Boolean }),
  act("setWebhook", {
    endpoint: optional(Schema.NullOr(Schema.String)),
    active: optional(Schema.Boolean),
    redelivery: optional(Schema.Boolean)
  }),
  act("setQuota", {
    quota: Schema.Union(
      Schema.Struct({ type: Schema.Literal("none") }),
      Schema.Struct({ type: Schema.Literal("limited"), value: Schema.NonNegativeInt })
    )
  }),
  act("setVerified", { verified: Schema.Boolean }),
  act("registerAssertionKey", { jwk: Properties }),
  act("advance", { milliseconds: Schema.NonNegativeInt })
)

/**
 * An act, told apart by its `type`. Where a user does something, `userId` says who, and `chatId` in which group or room
 * if not alone with the bot.
 *
 * - `addUser`, `addGroup`, `addRoom`: people and chats that were not there; a chat is without the bot until `join`.
 * - `say`, `edit`, `unsend`: a user writes, changes a text in a group, takes a message back.
 * - `open`: a user looks at the chat, and so sees what the bot sent.
 * - `tap`: a user taps an action of a message or rich menu, with what LINE does then: it posts data back, with the
 *   `params` that were picked, says a text, opens a link, switches the rich menu.
 * - `play`: a user plays a video or an audio of the bot's, as far as some percent.
 * - `postback`, `follow`, `unfollow`, `join`, `leave`, `memberJoined`, `memberLeft`, `videoPlayComplete`, `beacon`,
 *   `accountLink`, `membership`: what the event of that name tells.
 * - `decideNotifications`: a user agrees to LINE notification messages, or refuses them.
 * - `addMembershipPlan`, `publishMembershipPlan`: the account offers a plan, and ends and begins to take members.
 * - `addAccount`, `authorizeModule`, `detachModule`, `takeControl`, `giveBackControl`, `suspend`: of a module channel. There
 *   is one more account; its administrator opens the URL of the authorization and is led back with a code (the ID is
 *   the URL that leads back); the module is detached; another channel takes control of a chat, and gives it back; LINE
 *   suspends the bot, or lets it work again.
 * - `setWebhook`, `setQuota`, `setVerified`, `registerAssertionKey`: the owner of the account changes a setting.
 * - `advance`: the time goes forward.
 *
 * @since 0.1.0
 * @category models
 */
export type Act = typeof Act_.Type

/**
 * The schema of {@link Act}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Act: Schema.Schema<Act, unknown> = Schema.make(Act_.ast)

/**
 * What an act says cannot be done: there is no such user, chat or message, or LINE does not let them.
 *
 * @since 0.1.0
 * @category errors
 */
export class Mistake extends Schema.TaggedError<Mistake>()("LineEmulatorMistake", { message: Schema.String }) {}
