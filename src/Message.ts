/**
 * The messages that a bot sends.
 *
 * A message is plain data, a literal as good as a constructor's result; nothing is checked, and nothing throws, before it
 * is sent. Then LINE's documented limits are, all at once. Texts are counted in UTF-16 code units unless said otherwise.
 * Where LINE documents no minimum, a text that is required must not be empty and one that is optional may be; a list
 * that would be pointless without an item needs one.
 *
 * @since 0.1.0
 */
import { dual } from "effect/Function"
import * as Schema from "effect/Schema"
import * as String from "effect/String"
import * as Action from "./Action.js"
import * as Flex from "./Flex.js"
import * as Imagemap from "./Imagemap.js"
import * as Limit from "./internal/Limit.js"
import * as Text from "./internal/Text.js"
import * as Template from "./Template.js"

/**
 * What every message can carry: quick replies, and a sender in place of the bot.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#common-properties-for-messages
 * @since 0.1.0
 * @category models
 */
export interface Envelope {
  readonly quickReply?: QuickReply | undefined
  readonly sender?: Sender | undefined
}

/**
 * 1 to 13 buttons at the bottom of the chat. LINE shows those of the last message only, and none on a desktop.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#quick-reply
 * @since 0.1.0
 * @category models
 */
export interface QuickReply {
  readonly items: ReadonlyArray<QuickReplyItem>
}

/**
 * A quick reply button. The icon is an https URL of a square PNG file of at most 1 MB.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#items-object
 * @since 0.1.0
 * @category models
 */
export interface QuickReplyItem {
  readonly type: "action"
  readonly imageUrl?: string | undefined
  readonly action: Action.QuickReplyAction
}

/**
 * The name, at most 20 code units, and the icon shown as the sender of a message. The icon is an https URL of a square
 * PNG file of at most 1 MB. LINE refuses some names, such as its own.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#icon-nickname-switch
 * @since 0.1.0
 * @category models
 */
export interface Sender {
  readonly name?: string | undefined
  readonly iconUrl?: string | undefined
}

/**
 * A text of at most 5,000 code units, with up to 20 LINE emojis. `quoteToken` is of the message to quote, in the same
 * chat; only replies and pushes quote.
 *
 * LINE counts an emoji as its alternative text, which it does not publish: a text with emojis that is just short enough
 * here may be too long for LINE.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#text-message
 * @since 0.1.0
 * @category models
 */
export interface TextMessage extends Envelope {
  readonly type: "text"
  readonly text: string
  readonly emojis?: ReadonlyArray<Emoji> | undefined
  readonly quoteToken?: string | undefined
}

/**
 * A LINE emoji. `index` is the position, in code units, of the `$` in the text that it replaces.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#text-message
 * @since 0.1.0
 * @category models
 */
export interface Emoji {
  readonly index: number
  readonly productId: string
  readonly emojiId: string
}

/**
 * A text of at most 5,000 code units with placeholders in braces, which `substitution` replaces by mentions and emojis:
 * at most 20 of each. Braces that are text are doubled: `{{` and `}}`.
 *
 * A mention needs a reply or push to a group or room.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#text-message-v2
 * @since 0.1.0
 * @category models
 */
export interface TextMessageV2 extends Envelope {
  readonly type: "textV2"
  readonly text: string
  readonly substitution?: Substitution | undefined
  readonly quoteToken?: string | undefined
}

/**
 * What stands for the placeholders of a {@link TextMessageV2}: at most 100 entries, whose keys are 1 to 20 letters,
 * digits and underscores.
 *
 * @since 0.1.0
 * @category models
 */
export interface Substitution {
  readonly [placeholder: string]: MentionSubstitution | EmojiSubstitution
}

/**
 * Mentions one member of the chat, who is no bot, or all of them.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#text-message-v2-mention-object
 * @since 0.1.0
 * @category models
 */
export interface MentionSubstitution {
  readonly type: "mention"
  readonly mentionee: UserMentionee | AllMentionee
}

/**
 * The user whom a message mentions.
 *
 * @since 0.1.0
 * @category models
 */
export interface UserMentionee {
  readonly type: "user"
  readonly userId: string
}

/**
 * Everybody in the chat, whom a message mentions.
 *
 * @since 0.1.0
 * @category models
 */
export interface AllMentionee {
  readonly type: "all"
}

/**
 * Shows a LINE emoji.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#text-message-v2-emoji-object
 * @since 0.1.0
 * @category models
 */
export interface EmojiSubstitution {
  readonly type: "emoji"
  readonly productId: string
  readonly emojiId: string
}

/**
 * A sticker from the list of those that bots may send. `quoteToken` is of the message to quote.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#sticker-message
 * @since 0.1.0
 * @category models
 */
export interface StickerMessage extends Envelope {
  readonly type: "sticker"
  readonly packageId: string
  readonly stickerId: string
  readonly quoteToken?: string | undefined
}

/**
 * An image: https URLs of a JPEG or PNG file of at most 10 MB, and of a preview of at most 1 MB.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#image-message
 * @since 0.1.0
 * @category models
 */
export interface ImageMessage extends Envelope {
  readonly type: "image"
  readonly originalContentUrl: string
  readonly previewImageUrl: string
}

/**
 * A video: https URLs of an MP4 file of at most 200 MB, and of a preview image of at most 1 MB. With `trackingId`, at
 * most 100 ASCII letters, digits and punctuation marks, LINE reports when it was watched to the end; not in groups and
 * rooms.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#video-message
 * @since 0.1.0
 * @category models
 */
export interface VideoMessage extends Envelope {
  readonly type: "video"
  readonly originalContentUrl: string
  readonly previewImageUrl: string
  readonly trackingId?: string | undefined
}

/**
 * A sound: the https URL of an MP3 or M4A file of at most 200 MB, and its length in milliseconds.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#audio-message
 * @since 0.1.0
 * @category models
 */
export interface AudioMessage extends Envelope {
  readonly type: "audio"
  readonly originalContentUrl: string
  readonly duration: number
}

/**
 * A place: a title and an address of at most 100 code units each, and its coordinates in degrees.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#location-message
 * @since 0.1.0
 * @category models
 */
export interface LocationMessage extends Envelope {
  readonly type: "location"
  readonly title: string
  readonly address: string
  readonly latitude: number
  readonly longitude: number
}

/**
 * A coupon of the bot's account. `deliveryTag`, at most 30 ASCII letters, digits and underscores, tells deliveries apart
 * in the coupon's statistics.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#coupon-message
 * @since 0.1.0
 * @category models
 */
export interface CouponMessage extends Envelope {
  readonly type: "coupon"
  readonly couponId: string
  readonly deliveryTag?: string | undefined
}

/**
 * An image with up to 50 areas that can be tapped, a video that plays on it, or both. LINE appends `/240`, `/300`,
 * `/460`, `/700` and `/1040` to `baseUrl`, an https URL, for the widths it needs.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#imagemap-message
 * @since 0.1.0
 * @category models
 */
export interface ImagemapMessage extends Envelope {
  readonly type: "imagemap"
  readonly baseUrl: string
  readonly altText: string
  readonly baseSize: Imagemap.BaseSize
  readonly video?: Imagemap.Video | undefined
  readonly actions: ReadonlyArray<Imagemap.Action>
}

/**
 * A template, and at most 1,500 code units of text for where it cannot be shown.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#template-messages
 * @since 0.1.0
 * @category models
 */
export interface TemplateMessage extends Envelope {
  readonly type: "template"
  readonly altText: string
  readonly template: Template.Template
}

/**
 * A Flex Message, and at most 1,500 code units of text for where it cannot be shown.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#flex-message
 * @since 0.1.0
 * @category models
 */
export interface FlexMessage extends Envelope {
  readonly type: "flex"
  readonly altText: string
  readonly contents: Flex.Container
}

/**
 * A message to send.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#message-objects
 * @since 0.1.0
 * @category models
 */
export type Message =
  | TextMessage
  | TextMessageV2
  | StickerMessage
  | ImageMessage
  | VideoMessage
  | AudioMessage
  | LocationMessage
  | CouponMessage
  | ImagemapMessage
  | TemplateMessage
  | FlexMessage

/**
 * The messages of one request: 1 to 5.
 *
 * @since 0.1.0
 * @category models
 */
export type Messages = ReadonlyArray<Message>

/**
 * The schema of a {@link QuickReplyItem}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const QuickReplyItem: Schema.Schema<QuickReplyItem> = Schema.Struct({
  type: Schema.Literal("action"),
  imageUrl: Schema.optional(Limit.HttpsUrl),
  action: Action.QuickReplyAction
}).annotations({ identifier: "QuickReplyItem" })

/**
 * The schema of a {@link QuickReply}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const QuickReply: Schema.Schema<QuickReply> = Schema.Struct({
  items: Limit.items(QuickReplyItem, 1, 13)
}).annotations({ identifier: "QuickReply" })

/**
 * The schema of a {@link Sender}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Sender: Schema.Schema<Sender> = Schema.Struct({
  name: Schema.optional(Limit.text(20, 0)),
  iconUrl: Schema.optional(Limit.HttpsUrl)
}).annotations({ identifier: "Sender" })

const envelope = { quickReply: Schema.optional(QuickReply), sender: Schema.optional(Sender) }

const message = <Type extends string, Fields extends Schema.Struct.Fields>(type: Type, fields: Fields) =>
  Schema.Struct({ type: Schema.Literal(type), ...fields, ...envelope }).annotations({
    identifier: `${String.capitalize(type)}Message`
  })

const altText = Limit.text(1500)

const emojiFields = { productId: Limit.NonEmpty, emojiId: Limit.NonEmpty }

/**
 * The schema of an {@link Emoji}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Emoji: Schema.Schema<Emoji> = Schema.Struct({ index: Limit.integer(0), ...emojiFields }).annotations({
  identifier: "Emoji"
})

const emojisReplaceDollars = ({ emojis = [], text }: TextMessage): ReadonlyArray<Schema.FilterIssue> =>
  emojis.flatMap((emoji, position) =>
    text[emoji.index] === "$"
      ? []
      : [{ path: ["emojis", position, "index"], message: "must be the position of a $ in the text" }]
  )

/**
 * The schema of a {@link TextMessage}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TextMessage: Schema.Schema<TextMessage> = message("text", {
  text: Limit.text(5000),
  emojis: Schema.optional(Limit.items(Emoji, 0, 20)),
  quoteToken: Schema.optional(Schema.String)
})
  .pipe(Limit.whole<TextMessage>(emojisReplaceDollars))
  .annotations({ identifier: "TextMessage" })

const isPlaceholder = (text: string): boolean => /^[0-9A-Za-z_]{1,20}$/.test(text)

const keysOf = (substitution: Substitution): ReadonlyArray<Schema.FilterIssue> =>
  Object.keys(substitution)
    .filter((key) => !isPlaceholder(key))
    .map((key) => ({ path: [key], message: "must have a key of 1 to 20 letters, digits and underscores" }))

/**
 * The schema of a {@link Substitution}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Substitution: Schema.Schema<Substitution> = Schema.Record({
  key: Schema.String,
  value: Schema.Union(
    Schema.Struct({
      type: Schema.Literal("mention"),
      mentionee: Schema.Union(
        Schema.Struct({ type: Schema.Literal("user"), userId: Limit.NonEmpty }),
        Schema.Struct({ type: Schema.Literal("all") })
      )
    }),
    Schema.Struct({ type: Schema.Literal("emoji"), ...emojiFields })
  )
})
  .pipe(
    Limit.whole<Substitution>(keysOf),
    Limit.whole<Substitution>(
      (substitution) => Object.keys(substitution).length <= 100 || "must have at most 100 entries",
      { _tag: "Size", minimum: 0, maximum: 100 }
    )
  )
  .annotations({ identifier: "Substitution" })

/** The placeholders of a text in the order they occur, or `undefined` where its braces do not pair. */
const placeholders = (text: string): ReadonlyArray<string> | undefined => {
  const braces: ReadonlyArray<string> = text.match(/\{\{|\}\}|\{\w{1,20}\}|[{}]/g) ?? []
  if (braces.includes("{") || braces.includes("}")) return undefined
  return braces.filter((part) => part !== "{{" && part !== "}}").map((part) => part.slice(1, -1))
}

const substituted = ({ substitution = {}, text }: TextMessageV2): ReadonlyArray<Schema.FilterIssue> => {
  const keys = placeholders(text)
  const issue = (message: string) => ({ path: ["text"], message })
  if (keys === undefined) {
    return [
      issue("must pair its braces: {placeholder} with 1 to 20 letters, digits and underscores, or {{ and }} as text")
    ]
  }
  const unknown = new Set(keys.filter((key) => !Object.hasOwn(substitution, key)))
  const count = (type: "mention" | "emoji") => keys.filter((key) => substitution[key]?.type === type).length
  return [
    ...Array.from(unknown, (key) => issue(`must have a substitution for its placeholder {${key}}`)),
    ...(count("mention") > 20 ? [issue(`must have at most 20 mentions, but has ${count("mention")}`)] : []),
    ...(count("emoji") > 20 ? [issue(`must have at most 20 emojis, but has ${count("emoji")}`)] : [])
  ]
}

/**
 * The schema of a {@link TextMessageV2}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TextMessageV2: Schema.Schema<TextMessageV2> = message("textV2", {
  text: Limit.text(5000),
  substitution: Schema.optional(Substitution),
  quoteToken: Schema.optional(Schema.String)
})
  .pipe(Limit.whole<TextMessageV2>(substituted))
  .annotations({ identifier: "TextMessageV2" })

/**
 * The schema of a {@link StickerMessage}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const StickerMessage: Schema.Schema<StickerMessage> = message("sticker", {
  packageId: Limit.NonEmpty,
  stickerId: Limit.NonEmpty,
  quoteToken: Schema.optional(Schema.String)
})

/**
 * The schema of an {@link ImageMessage}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ImageMessage: Schema.Schema<ImageMessage> = message("image", {
  originalContentUrl: Limit.HttpsUrl,
  previewImageUrl: Limit.HttpsUrl
})

/**
 * The schema of a {@link VideoMessage}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const VideoMessage: Schema.Schema<VideoMessage> = message("video", {
  originalContentUrl: Limit.HttpsUrl,
  previewImageUrl: Limit.HttpsUrl,
  trackingId: Schema.optional(
    Limit.pattern(
      /^[0-9A-Za-z.=,+*()%$&;:@{}!?<>[\]-]{0,100}$/,
      "at most 100 letters, digits and characters of -.=,+*()%$&;:@{}!?<>[]"
    )
  )
})

/**
 * The schema of an {@link AudioMessage}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AudioMessage: Schema.Schema<AudioMessage> = message("audio", {
  originalContentUrl: Limit.HttpsUrl,
  duration: Limit.integer(0)
})

/**
 * The schema of a {@link LocationMessage}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const LocationMessage: Schema.Schema<LocationMessage> = message("location", {
  title: Limit.text(100),
  address: Limit.text(100),
  latitude: Limit.number(-90, 90),
  longitude: Limit.number(-180, 180)
})

/**
 * The schema of a {@link CouponMessage}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CouponMessage: Schema.Schema<CouponMessage> = message("coupon", {
  couponId: Limit.NonEmpty,
  deliveryTag: Schema.optional(Limit.pattern(/^[0-9A-Za-z_]{0,30}$/, "at most 30 letters, digits and underscores"))
})

const actionsOrVideo = ({ actions, video }: ImagemapMessage): ReadonlyArray<Schema.FilterIssue> =>
  actions.length === 0 && video === undefined
    ? [{ path: ["actions"], message: "must have at least 1 item where there is no video" }]
    : []

/**
 * The schema of an {@link ImagemapMessage}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ImagemapMessage: Schema.Schema<ImagemapMessage> = message("imagemap", {
  baseUrl: Limit.HttpsUrl,
  altText,
  baseSize: Imagemap.BaseSize,
  video: Schema.optional(Imagemap.Video),
  actions: Limit.items(Imagemap.Action, 0, 50)
})
  .pipe(Limit.whole<ImagemapMessage>(actionsOrVideo, { _tag: "Size", minimum: 1, maximum: 50 }))
  .annotations({ identifier: "ImagemapMessage" })

/**
 * The schema of a {@link TemplateMessage}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TemplateMessage: Schema.Schema<TemplateMessage> = message("template", {
  altText,
  template: Template.Template
})

/**
 * The schema of a {@link FlexMessage}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FlexMessage: Schema.Schema<FlexMessage> = message("flex", { altText, contents: Flex.Container })

/**
 * The schema of a {@link Message}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Message: Schema.Schema<Message> = Schema.Union(
  TextMessage,
  TextMessageV2,
  StickerMessage,
  ImageMessage,
  VideoMessage,
  AudioMessage,
  LocationMessage,
  CouponMessage,
  ImagemapMessage,
  TemplateMessage,
  FlexMessage
).annotations({ identifier: "Message" })

/**
 * The schema of {@link Messages}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Messages: Schema.Schema<Messages> = Limit.items(Message, 1, 5).annotations({ identifier: "Messages" })

/**
 * Makes a {@link TextMessage}.
 *
 * @example
 * ```ts
 * import * as Message from "line-effect/Message"
 *
 * Message.text("Hello")
 * Message.text("$ Hello", { emojis: [{ index: 0, productId: "5ac1bfd5040ab15980c9b435", emojiId: "001" }] })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const text = (text: string, options?: Omit<TextMessage, "type" | "text">): TextMessage => ({
  type: "text",
  text,
  ...options
})

/**
 * A long text in parts, each short enough for one text message: at most 5,000 UTF-16 code units unless `maximum`, which is
 * at least 2, says otherwise. A part ends at the end of a paragraph if it can, else of a line, a sentence or a word, as
 * long as it is not shorter than half of the maximum; never within a character as a reader sees it (a grapheme cluster),
 * unless that alone is too long. White space is left out where the text is cut, and nothing else is.
 *
 * A call takes at most five messages, so at most five parts: whether the rest goes into further calls is for the program
 * to decide. It is for plain text: it knows neither the positions of `emojis` nor the placeholders of a `textV2`.
 *
 * @example
 * ```ts
 * import * as Message from "line-effect/Message"
 * import * as Messaging from "line-effect/Messaging"
 *
 * const reply = (replyToken: string, essay: string) =>
 *   Messaging.replyMessage({
 *     replyToken,
 *     messages: Message.splitText(essay).slice(0, 5).map((part) => Message.text(part))
 *   })
 * ```
 *
 * @see https://developers.line.biz/en/docs/messaging-api/text-character-count/
 * @since 0.1.0
 * @category combinators
 */
export const splitText = (text: string, maximum = 5000): ReadonlyArray<string> => Text.split(text, maximum)

/**
 * Makes a {@link TextMessageV2}.
 *
 * @example
 * ```ts
 * import * as Message from "line-effect/Message"
 *
 * Message.textV2("Welcome, {newcomer}!", {
 *   substitution: { newcomer: Message.mention("U4af4980629f1cd3a8e4d5f0d0b0d0b0d") }
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const textV2 = (text: string, options?: Omit<TextMessageV2, "type" | "text">): TextMessageV2 => ({
  type: "textV2",
  text,
  ...options
})

/**
 * Makes the {@link MentionSubstitution} of a user.
 *
 * @since 0.1.0
 * @category constructors
 */
export const mention = (userId: string): MentionSubstitution => ({
  type: "mention",
  mentionee: { type: "user", userId }
})

/**
 * The {@link MentionSubstitution} of everybody in the chat.
 *
 * @since 0.1.0
 * @category constructors
 */
export const mentionAll: MentionSubstitution = { type: "mention", mentionee: { type: "all" } }

/**
 * Makes an {@link EmojiSubstitution}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const emoji = (options: Omit<EmojiSubstitution, "type">): EmojiSubstitution => ({ type: "emoji", ...options })

/**
 * Makes a {@link StickerMessage}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const sticker = (options: Omit<StickerMessage, "type">): StickerMessage => ({ type: "sticker", ...options })

/**
 * Makes an {@link ImageMessage}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const image = (options: Omit<ImageMessage, "type">): ImageMessage => ({ type: "image", ...options })

/**
 * Makes a {@link VideoMessage}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const video = (options: Omit<VideoMessage, "type">): VideoMessage => ({ type: "video", ...options })

/**
 * Makes an {@link AudioMessage}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const audio = (options: Omit<AudioMessage, "type">): AudioMessage => ({ type: "audio", ...options })

/**
 * Makes a {@link LocationMessage}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const location = (options: Omit<LocationMessage, "type">): LocationMessage => ({ type: "location", ...options })

/**
 * Makes a {@link CouponMessage}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const coupon = (options: Omit<CouponMessage, "type">): CouponMessage => ({ type: "coupon", ...options })

/**
 * Makes an {@link ImagemapMessage}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const imagemap = (options: Omit<ImagemapMessage, "type">): ImagemapMessage => ({ type: "imagemap", ...options })

/**
 * Makes a {@link TemplateMessage}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const template = (options: Omit<TemplateMessage, "type">): TemplateMessage => ({ type: "template", ...options })

/**
 * Makes a {@link FlexMessage}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const flex = (options: Omit<FlexMessage, "type">): FlexMessage => ({ type: "flex", ...options })

/**
 * Makes a {@link QuickReplyItem}, for a quick reply with an icon of its own.
 *
 * @since 0.1.0
 * @category constructors
 */
export const quickReplyItem = (options: Omit<QuickReplyItem, "type">): QuickReplyItem => ({
  type: "action",
  ...options
})

/**
 * Makes a {@link QuickReply} from actions, or from items where a button has an icon of its own.
 *
 * @since 0.1.0
 * @category constructors
 */
export const quickReply = (items: ReadonlyArray<QuickReplyItem | Action.QuickReplyAction>): QuickReply => ({
  items: items.map((item) => (item.type === "action" ? item : quickReplyItem({ action: item })))
})

/**
 * Gives a message quick replies, from actions or items.
 *
 * @example
 * ```ts
 * import { pipe } from "effect/Function"
 * import * as Action from "line-effect/Action"
 * import * as Message from "line-effect/Message"
 *
 * pipe(
 *   Message.text("Which one?"),
 *   Message.withQuickReply([
 *     Action.message({ label: "Tea", text: "Tea, please" }),
 *     Action.message({ label: "Coffee", text: "Coffee, please" })
 *   ])
 * )
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const withQuickReply: {
  (items: ReadonlyArray<QuickReplyItem | Action.QuickReplyAction>): <M extends Message>(message: M) => M
  <M extends Message>(message: M, items: ReadonlyArray<QuickReplyItem | Action.QuickReplyAction>): M
} = dual(2, <M extends Message>(message: M, items: ReadonlyArray<QuickReplyItem | Action.QuickReplyAction>): M => ({
  ...message,
  quickReply: quickReply(items)
}))

/**
 * Shows a name or an icon in place of the bot's as the sender of a message.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withSender: {
  (sender: Sender): <M extends Message>(message: M) => M
  <M extends Message>(message: M, sender: Sender): M
} = dual(2, <M extends Message>(message: M, sender: Sender): M => ({ ...message, sender }))
