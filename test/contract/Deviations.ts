/**
 * Where the package differs from LINE's public contract on purpose, and why. Every entry is needed: a test fails when
 * the package would pass without it. "LINE's reference" is https://developers.line.biz/en/reference/messaging-api/.
 */
import type { Deviation, Schema, Value } from "./Contract.js"

/** Headers that are properties of the argument. */
export const headers: Readonly<Record<string, string>> = {
  "X-Line-Retry-Key": "retryKey",
  "X-Line-Delivery-Tag": "deliveryTag"
}

const tappable = ["postback", "message", "uri", "datetimepicker", "clipboard"]

const action = (label: number, variants: ReadonlyArray<string> = tappable): Schema => ({
  variants,
  properties: { label: { maxLength: label } }
})

const labelled = (label: number, variants?: ReadonlyArray<string>): Schema => ({
  ...action(label, variants),
  required: ["label"]
})

const measure = (units: string, ...keywords: ReadonlyArray<string>): Schema => ({
  pattern: `^(${[...keywords, `[0-9]{1,3}(\\.[0-9])?(${units})`].join("|")})$`
})

const steps = ["none", "xs", "sm", "md", "lg", "xl", "xxl"]
const fontSteps = ["xxs", ...steps.slice(1), "3xl", "4xl", "5xl"]

const day: Schema = { pattern: "^20[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])$" }

const color: Schema = { pattern: "^#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?$" }

const isList = (value: unknown): value is ReadonlyArray<Value> => Array.isArray(value)

const isValue = (value: unknown): value is Value => typeof value === "object" && value !== null

const only = (value: Value, names: ReadonlyArray<string>, kept: string): Value =>
  Object.fromEntries(Object.entries(value).filter(([name]) => name === kept || !names.includes(name)))

const without = (value: Value, ...names: ReadonlyArray<string>): Value =>
  Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)))

const operatorRule = (value: Value): Value => {
  const names = ["and", "or", "not"]
  const kept = names.find((name) => name in value)
  return kept === undefined ? value : only(value, names, kept)
}

/** Where what may be sent is more or less than the contract says. */
export const requests: ReadonlyArray<Deviation> = [
  {
    at: ["Action.type", "Recipient.type", "DemographicFilter.type"],
    because: "LINE's reference requires the type, without which nobody knows what is meant",
    required: true
  },
  {
    at: [
      "ImageMessage.originalContentUrl",
      "ImageMessage.previewImageUrl",
      "VideoMessage.originalContentUrl",
      "VideoMessage.previewImageUrl",
      "AudioMessage.originalContentUrl",
      "ImagemapMessage.baseUrl",
      "ImagemapVideo.originalContentUrl",
      "ImagemapVideo.previewImageUrl",
      "ButtonsTemplate.thumbnailImageUrl",
      "CarouselColumn.thumbnailImageUrl",
      "ImageCarouselColumn.imageUrl",
      "FlexImage.url",
      "FlexVideo.url",
      "FlexVideo.previewUrl",
      "FlexIcon.url",
      "QuickReplyItem.imageUrl",
      "Sender.iconUrl",
      "CouponCreateRequest.imageUrl",
      "CouponCreateRequest.barcodeImageUrl"
    ],
    because: "LINE fetches files over https, from URLs of up to 2,000 characters",
    schema: { format: "https", maxLength: 2000 }
  },
  {
    at: ["SetWebhookEndpointRequest.endpoint", "TestWebhookEndpointRequest.endpoint", "LiffView.url", "UpdateLiffView.url"],
    because: "LINE's reference: an https URL",
    schema: { format: "https" }
  },
  {
    at: ["URIAction.uri", "AltUri.desktop", "URIImagemapAction.linkUri", "ImagemapExternalLink.linkUri"],
    because: "LINE's reference: http, https, line or tel, up to 1,000 characters",
    required: true,
    schema: { format: "link", maxLength: 1000 }
  },
  { at: ["TextMessage.text", "TextMessageV2.text"], because: "LINE's reference: up to 5,000 characters", schema: { maxLength: 5000 } },
  { at: ["ImagemapMessage.altText", "TemplateMessage.altText", "FlexMessage.altText"], because: "LINE's reference: up to 1,500 characters", schema: { maxLength: 1500 } },
  { at: ["TextMessage.emojis"], because: "LINE's reference: up to 20 emojis", schema: { maxItems: 20 } },
  { at: ["LocationMessage.title", "LocationMessage.address"], because: "LINE's reference: up to 100 characters", schema: { maxLength: 100 } },
  { at: ["LocationMessage.latitude"], because: "a latitude", schema: { minimum: -90, maximum: 90 } },
  { at: ["LocationMessage.longitude"], because: "a longitude", schema: { minimum: -180, maximum: 180 } },
  { at: ["CouponMessage.deliveryTag"], because: "LINE's reference: letters, digits and underscores", schema: { pattern: "^[0-9A-Za-z_]{0,30}$" } },
  { at: ["VideoMessage.trackingId"], because: "LINE's reference: up to 100 of these characters", schema: { pattern: "^[0-9A-Za-z.=,+*()%$&;:@{}!?<>\\[\\]-]{0,100}$" } },
  { at: ["QuickReplyItem.type"], because: "LINE's reference", required: true, schema: { enum: ["action"] } },
  { at: ["QuickReplyItem.action"], because: "LINE's reference: these actions, with a label of up to 20 characters", required: true, schema: labelled(20, [...tappable, "camera", "cameraRoll", "location"]) },
  { at: ["QuickReply.items"], because: "LINE's reference", required: true, schema: { minItems: 1 } },
  { at: ["Emoji.index", "Emoji.productId", "Emoji.emojiId"], because: "LINE's reference requires them", required: true },
]
