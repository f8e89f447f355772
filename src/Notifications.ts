/**
 * LINE notification messages: messages to people by their phone number, friends of the bot or not, such as that a parcel
 * is on its way. Corporate accounts have them, by application, in Japan, Thailand and Taiwan. They come in two kinds:
 * flexible ones of any content, which LINE reviews before it admits them, and ones that are put together from LINE's
 * templates.
 *
 * There is no retry key for them, so a call is never repeated after an ambiguous failure: the message may have been
 * sent. A call that succeeds says that LINE has found the person; a `delivery` event of the webhook says that the message
 * has arrived. LINE advises against restricting the IP addresses that may use the channel access token.
 *
 * @see https://developers.line.biz/en/docs/partner-docs/line-notification-messages/overview/
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Schema from "effect/Schema"
import * as DailyCount from "./internal/DailyCount.js"
import * as Limit from "./internal/Limit.js"
import * as Message from "./Message.js"
import * as Operation from "./Operation.js"

/**
 * It is not a phone number in the form of E.164, such as `+818000001234`: a plus, the country's code and the number
 * without its leading zero, 15 digits at most and nothing between them. The error does not repeat it.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidPhoneNumber extends Data.TaggedError("LineInvalidPhoneNumber") {
  override get message(): string {
    return "the phone number is not in the form of E.164, such as +818000001234: digits only, after a plus"
  }
}

/**
 * The hash of a phone number, by which LINE knows it: the `to` of a notification message. The number is in the form of
 * E.164, such as `+818000001234`.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Message from "line-effect/Message"
 * import * as Notifications from "line-effect/Notifications"
 *
 * const notify = (phoneNumber: string, text: string) =>
 *   Effect.flatMap(Notifications.hashPhoneNumber(phoneNumber), (to) =>
 *     Notifications.pushMessagesByPhone({ to, messages: [Message.text(text)] })
 *   )
 * ```
 *
 * @see https://developers.line.biz/en/docs/partner-docs/line-notification-messages/technical-specs/#phone-number-hashed
 * @since 0.1.0
 * @category constructors
 */
export const hashPhoneNumber = (phoneNumber: string): Effect.Effect<string, InvalidPhoneNumber> =>
  e164.test(phoneNumber)
    ? Effect.map(
        Effect.promise(() => crypto.subtle.digest("SHA-256", new TextEncoder().encode(phoneNumber))),
        (digest) => Encoding.encodeHex(new Uint8Array(digest))
      )
    : Effect.fail(new InvalidPhoneNumber())

const e164 = /^\+[1-9]\d{1,14}$/

/**
 * The SHA-256 of a phone number in lower-case hexadecimal digits, as {@link hashPhoneNumber} makes it.
 *
 * @since 0.1.0
 * @category schemas
 */
// LINE documents no case, and shows lower case only.
export const PhoneNumberHash: Schema.Schema<string> = Limit.pattern(
  /^[0-9a-fA-F]{64}$/,
  "the SHA-256 of a phone number: 64 hexadecimal digits"
).annotations({ identifier: "PhoneNumberHash" })

interface Delivery {
  /** The {@link hashPhoneNumber} of the receiver. */
  readonly to: string
  /**
   * What the `delivery` event brings back, instead of the hash of the number: 16 to 100 printable ASCII characters, no
   * space at either end.
   */
  readonly deliveryTag?: string | undefined
}

const delivery = {
  to: PhoneNumberHash,
  deliveryTag: Schema.optional(
    // It travels as a header, which holds no others, and which is trimmed.
    Limit.pattern(/^[!-~][ -~]{14,98}[!-~]$/, "16 to 100 printable ASCII characters, no space at either end")
  )
}

const headers = { deliveryTag: "x-line-delivery-tag" }

/**
 * A message that a notification may have: any but an image, a video or an audio.
 *
 * @see https://developers.line.biz/en/docs/partner-docs/line-notification-messages/technical-specs/#message-types-that-can-be-sent
 * @since 0.1.0
 * @category models
 */
export type PnpMessage = Exclude<Message.Message, { readonly type: "image" | "video" | "audio" }>

/**
 * @since 0.1.0
 * @category schemas
 */
export const PnpMessage: Schema.Schema<PnpMessage> = Schema.Union(
  Message.TextMessage,
  Message.TextMessageV2,
  Message.StickerMessage,
  Message.LocationMessage,
  Message.CouponMessage,
  Message.ImagemapMessage,
  Message.TemplateMessage,
  Message.FlexMessage
).annotations({ identifier: "PnpMessage" })

/**
 * A flexible notification message.
 *
 * @since 0.1.0
 * @category models
 */
export interface PnpMessagesRequest extends Delivery {
  /** One to five messages, shown in this order. */
  readonly messages: ReadonlyArray<PnpMessage>
  /** Whether the person's device stays silent; false unless set. */
  readonly notificationDisabled?: boolean | undefined
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const PnpMessagesRequest: Schema.Schema<PnpMessagesRequest> = Schema.Struct({
  ...delivery,
  messages: Limit.items(PnpMessage, 1, 5),
  notificationDisabled: Schema.optional(Schema.Boolean)
}).annotations({ identifier: "PnpMessagesRequest" })

/**
 * A line of a template: LINE's key of what it is about, and the text.
 *
 * @see https://developers.line.biz/en/docs/partner-docs/line-notification-messages/template/#items
 * @since 0.1.0
 * @category models
 */
export interface TemplateItem {
  /** LINE's key, such as `number_001_ja`. */
  readonly itemKey: string
  /** At most 300 UTF-16 code units. */
  readonly content: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const TemplateItem: Schema.Schema<TemplateItem> = Schema.Struct({
  itemKey: Limit.NonEmpty,
  content: Limit.text(300, 0)
}).annotations({ identifier: "TemplateItem" })

/**
 * A button of a template.
 *
 * @see https://developers.line.biz/en/docs/partner-docs/line-notification-messages/template/#buttons
 * @since 0.1.0
 * @category models
 */
export interface TemplateButton {
  /** LINE's key, such as `contact_ja`. */
  readonly buttonKey: string
  /** The page that it opens: at most 1,000 UTF-16 code units. */
  readonly url: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const TemplateButton: Schema.Schema<TemplateButton> = Schema.Struct({
  buttonKey: Limit.NonEmpty,
  url: Limit.text(1000)
}).annotations({ identifier: "TemplateButton" })

/**
 * What a template is filled with. No key of an item is in it twice.
 *
 * @since 0.1.0
 * @category models
 */
export interface TemplateBody {
  /** The item at the top. LINE documents 15 characters for it, but does not keep to that in its own example. */
  readonly emphasizedItem?: TemplateItem | undefined
  /** At most 15. */
  readonly items?: ReadonlyArray<TemplateItem> | undefined
  /** At most 2. */
  readonly buttons?: ReadonlyArray<TemplateButton> | undefined
}

const repeatedKeys = ({ emphasizedItem, items = [] }: TemplateBody): ReadonlyArray<Schema.FilterIssue> => {
  const keys = items.map(({ itemKey }) => itemKey)
  const message = "must not be repeated within a message"
  const repeated = keys.flatMap((key, index) =>
    keys.indexOf(key) < index ? [{ path: ["items", index, "itemKey"], message }] : []
  )
  return emphasizedItem !== undefined && keys.includes(emphasizedItem.itemKey)
    ? [{ path: ["emphasizedItem", "itemKey"], message }, ...repeated]
    : repeated
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const TemplateBody: Schema.Schema<TemplateBody> = Schema.Struct({
  emphasizedItem: Schema.optional(TemplateItem),
  items: Schema.optional(Limit.items(TemplateItem, 0, 15)),
  buttons: Schema.optional(Limit.items(TemplateButton, 0, 2))
})
  .pipe(Limit.whole(repeatedKeys))
  .annotations({ identifier: "TemplateBody" })

/**
 * A notification message that is put together from one of LINE's templates.
 *
 * @since 0.1.0
 * @category models
 */
export interface TemplatedPnpMessageRequest extends Delivery {
  /** LINE's key of the template, such as `shipment_completed_ja`. */
  readonly templateKey: string
  readonly body?: TemplateBody | undefined
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const TemplatedPnpMessageRequest: Schema.Schema<TemplatedPnpMessageRequest> = Schema.Struct({
  ...delivery,
  templateKey: Limit.NonEmpty,
  body: Schema.optional(TemplateBody)
}).annotations({ identifier: "TemplatedPnpMessageRequest" })

/**
 * Sends a flexible notification message. `Rejected` with the `status` 422 if there is no one with that number whom LINE
 * may send it to: no user, one of another country, or one who has refused such messages. For someone who has blocked the
 * bot it succeeds, and nothing is sent. Someone who has never decided about such messages is asked, and gets it if they
 * agree within 24 hours. `Forbidden` unless LINE has admitted the account.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Message from "line-effect/Message"
 * import * as Notifications from "line-effect/Notifications"
 *
 * const tell = (to: string, parcelId: string) =>
 *   Notifications.pushMessagesByPhone({
 *     to,
 *     deliveryTag: `parcel-${parcelId}`.padEnd(16, "-"),
 *     messages: [Message.text("Your parcel is on its way.")]
 *   }).pipe(
 *     Effect.as("sent"),
 *     Effect.catchTag("LineRejected", (error) =>
 *       error.status === 422 ? Effect.succeed("send an SMS instead") : Effect.fail(error)
 *     )
 *   )
 * ```
 *
 * @see https://developers.line.biz/en/reference/line-notification-messages/#send-line-notification-message-flexible
 * @since 0.1.0
 * @category operations
 */
export const pushMessagesByPhone = Operation.post("pushMessagesByPhone", "/bot/pnp/push", {
  body: PnpMessagesRequest,
  headers
})

/**
 * Sends a notification message that is put together from one of LINE's templates. It fails as
 * {@link pushMessagesByPhone}, and with `BadRequest` for a key that LINE does not know. LINE publishes no id of this
 * operation: the name is this package's.
 *
 * @example
 * ```ts
 * import * as Notifications from "line-effect/Notifications"
 *
 * const shipped = (to: string, parcelId: string) =>
 *   Notifications.pushTemplatedMessagesByPhone({
 *     to,
 *     templateKey: "shipment_completed_ja",
 *     body: {
 *       items: [{ itemKey: "number_001_ja", content: parcelId }],
 *       buttons: [{ buttonKey: "check_delivery_status_ja", url: `https://example.com/parcels/${parcelId}` }]
 *     }
 *   })
 * ```
 *
 * @see https://developers.line.biz/en/reference/line-notification-messages/#send-line-notification-message-template
 * @since 0.1.0
 * @category operations
 */
export const pushTemplatedMessagesByPhone = Operation.post(
  "pushTemplatedMessagesByPhone",
  "/v2/bot/message/pnp/templated/push",
  { body: TemplatedPnpMessageRequest, headers }
)

/**
 * How many flexible notification messages reached people on a day (`date`, `yyyyMMdd` in UTC+9).
 *
 * @see https://developers.line.biz/en/reference/line-notification-messages/#get-number-of-sent-line-notification-messages-flexible
 * @since 0.1.0
 * @category operations
 */
export const getPNPMessageStatistics = Operation.get(
  "getPNPMessageStatistics",
  "/v2/bot/message/delivery/pnp",
  DailyCount.onDay
)

/**
 * How many notification messages from templates reached people on a day (`date`, `yyyyMMdd` in UTC+9). LINE publishes no
 * id of this operation: the name is this package's.
 *
 * @see https://developers.line.biz/en/reference/line-notification-messages/#get-number-of-sent-line-notification-messages-template
 * @since 0.1.0
 * @category operations
 */
export const getTemplatedPNPMessageStatistics = Operation.get(
  "getTemplatedPNPMessageStatistics",
  "/v2/bot/message/delivery/pnp/templated",
  DailyCount.onDay
)
