/**
 * Where the package differs from LINE's public contract on purpose, and why. Every entry is needed: a test fails when
 * the package would pass without it. "LINE's reference" is https://developers.line.biz/en/reference/messaging-api/.
 */
import { without, type Deviation, type Schema, type Value } from "./Contract.js"

/** Operations of LINE's reference that are not in the contract. */
export const undescribed: ReadonlyArray<string> = ["pushTemplatedMessagesByPhone", "getTemplatedPNPMessageStatistics"]

/** Texts that nobody may see: `Redacted` in arguments and in results. */
export const secrets: ReadonlyArray<string> = [
  "access_token",
  "client_assertion",
  "client_secret",
  "code",
  "code_verifier"
]

/** The file that is the whole body of an upload, and what else is asked for with it. */
export const files: Readonly<Record<string, Schema>> = {
  setRichMenuImage: {
    type: "object",
    required: ["image", "contentType"],
    properties: {
      image: { type: "string", format: "binary" },
      contentType: { type: "string", enum: ["image/jpeg", "image/png"] }
    }
  }
}

/** Keys that the package makes unless they are given. */
export const made: Readonly<Record<string, string>> = {
  pushMessage: "retryKey",
  multicast: "retryKey",
  narrowcast: "retryKey",
  broadcast: "retryKey",
  richMenuBatch: "resumeRequestKey"
}

/** Headers that are properties of the argument. */
export const headers: Readonly<Record<string, string>> = {
  "X-Line-Retry-Key": "retryKey",
  "X-Line-Delivery-Tag": "deliveryTag"
}

const demanded = "LINE's reference requires it"

const limit = "LINE's reference has a limit that the contract does not have"

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

const moment = (century: number): Schema => ({ pattern: `^${century}[0-9]{2}-0[1-9]-1[0-9]$` })

const isStruct = (value: unknown, type?: string): value is Value =>
  typeof value === "object" && value !== null && (type === undefined || Reflect.get(value, "type") === type)

const batch = (operations: ReadonlyArray<Value>): ReadonlyArray<Value> =>
  operations.length < 2
    ? operations
    : operations.map(({ to }, index) =>
        to === undefined ? { type: "unlink", from: `menu ${index}` } : { type: "link", from: `menu ${index}`, to }
      )

const operator =
  (leaf: Value) =>
  (value: Value): Value => {
    const kept = ["and", "or", "not"].find((name) => value[name] !== undefined) ?? "not"
    const operand = value[kept] ?? leaf
    return { ...without(value, "and", "or", "not"), [kept]: isList(operand) ? operand.slice(0, 10) : operand }
  }

const range =
  (first: string, last: string) =>
  ({ gte, lt, ...value }: Value): Value => {
    if (gte === undefined || gte === last) return { ...value, lt: lt === undefined || lt === first ? last : lt }
    return lt === undefined ? { ...value, gte } : { ...value, gte: first, lt: last }
  }

/** What an action is, where it is sent and in the rich menus that are read. */
const actions: ReadonlyArray<Deviation> = [
  { at: ["Action.type"], because: "nobody knows what is meant without its type", required: true },
  {
    at: ["URIAction.uri", "AltUri.desktop"],
    because: "LINE opens http, https, line and tel, in at most 1,000 characters",
    required: true,
    schema: { format: "link", maxLength: 1000 }
  },
  {
    at: [
      "PostbackAction.data",
      "DatetimePickerAction.data",
      "DatetimePickerAction.mode",
      "RichMenuSwitchAction.data",
      "RichMenuSwitchAction.richMenuAliasId"
    ],
    because: demanded,
    required: true
  },
  { at: ["MessageAction.text"], because: limit, required: true, schema: { maxLength: 300 } },
  {
    at: ["PostbackAction.displayText", "PostbackAction.text", "PostbackAction.fillInText"],
    because: limit,
    schema: { maxLength: 300 }
  },
  {
    at: ["PostbackAction"],
    because: "displayText replaces text, and fillInText needs a keyboard",
    rule: (action) => ({
      ...("displayText" in action ? without(action, "text") : action),
      ...("fillInText" in action ? { inputOption: "openKeyboard" } : {})
    })
  },
  {
    at: ["DatetimePickerAction.initial", "DatetimePickerAction.min"],
    because: "moments have the form of the mode",
    schema: moment(19)
  },
  { at: ["DatetimePickerAction.max"], because: "moments have the form of the mode", schema: moment(20) },
  {
    at: ["DatetimePickerAction"],
    because: "moments have the form of the mode",
    rule: (action) => ({
      ...action,
      ...("initial" in action || "min" in action || "max" in action ? { mode: "date" } : {})
    })
  },
  {
    at: ["RichMenuArea.action"],
    because: "only rich menus switch rich menus, and labels have at most 20 characters",
    required: true,
    schema: action(20, [...tappable, "richmenuswitch"])
  }
]

/** Where what may be sent is more or less than the contract says. */
export const requests: ReadonlyArray<Deviation> = [
  ...actions,
  {
    at: ["Recipient.type", "DemographicFilter.type"],
    because: "nobody knows what is meant without its type",
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
    because: "LINE fetches files over https, from URLs of at most 2,000 characters",
    schema: { format: "https", maxLength: 2000 }
  },
  {
    at: ["ImagemapVideo.originalContentUrl", "ImagemapVideo.previewImageUrl"],
    because: "a video needs both, over https, in at most 2,000 characters each",
    required: true,
    schema: { format: "https", maxLength: 2000 }
  },
  {
    at: [
      "SetWebhookEndpointRequest.endpoint",
      "TestWebhookEndpointRequest.endpoint",
      "LiffView.url",
      "UpdateLiffView.url"
    ],
    because: "LINE calls webhooks and opens LIFF apps over https only",
    schema: { format: "https" }
  },
  {
    at: ["URIImagemapAction.linkUri", "ImagemapExternalLink.linkUri"],
    because: "LINE opens http, https, line and tel, in at most 1,000 characters",
    required: true,
    schema: { format: "link", maxLength: 1000 }
  },

  // Actions: where they stand decides which there are, and how long a label is.
  {
    at: ["FlexBox.action", "FlexImage.action", "FlexText.action", "FlexBubble.action"],
    because: "what people tap has actions that a button can have, with a label of at most 40 characters",
    schema: action(40)
  },
  { at: ["FlexButton.action"], because: "a button has a label of at most 40 characters", schema: labelled(40) },
  { at: ["FlexVideo.action"], because: "a video opens a URI", schema: action(40, ["uri"]) },
  {
    at: ["ButtonsTemplate.defaultAction", "CarouselColumn.defaultAction"],
    because: "labels that are not shown have at most 20 characters",
    schema: action(20)
  },
  {
    at: ["ButtonsTemplate.actions"],
    because: "at most four buttons, each with a label of at most 20 characters",
    schema: { minItems: 1, maxItems: 4, items: { ref: "Action", ...labelled(20) } }
  },
  {
    at: ["ConfirmTemplate.actions"],
    because: "two buttons, each with a label of at most 20 characters",
    schema: { minItems: 2, maxItems: 2, items: { ref: "Action", ...labelled(20) } }
  },
  {
    at: ["CarouselColumn.actions"],
    because: "at most three buttons, each with a label of at most 20 characters",
    schema: { minItems: 1, maxItems: 3, items: { ref: "Action", ...labelled(20) } }
  },
  { at: ["ImageCarouselColumn.action"], because: "labels have at most 12 characters", schema: action(12) },
  {
    at: ["QuickReplyItem.action"],
    because: "only quick replies open the camera, and labels have at most 20 characters",
    required: true,
    schema: labelled(20, [...tappable, "camera", "cameraRoll", "location"])
  },
  {
    at: ["QuickReplyItem.action/PostbackAction"],
    because: "a quick reply has displayText instead",
    rule: (action) => without(action, "text")
  },

  // Messages
  { at: ["QuickReplyItem.type"], because: demanded, required: true, schema: { enum: ["action"] } },
  { at: ["QuickReply.items"], because: demanded, required: true, schema: { minItems: 1 } },
  { at: ["TextMessage.text", "TextMessageV2.text"], because: limit, schema: { maxLength: 5000 } },
  {
    at: ["TemplateMessage.altText", "FlexMessage.altText", "ImagemapMessage.altText"],
    because: limit,
    schema: { maxLength: 1500 }
  },
  { at: ["TextMessage.emojis"], because: limit, schema: { maxItems: 20 } },
  { at: ["Emoji.productId", "Emoji.emojiId"], because: demanded, required: true },
  {
    at: ["Emoji.index"],
    because: "it is the place of a $ in the text, and the texts below have twenty",
    required: true,
    schema: { minimum: 0, maximum: 19 }
  },
  {
    at: ["TextMessage"],
    because: "emojis take the place of $ in the text",
    rule: (message) => ("emojis" in message ? { ...message, text: "$".repeat(20) } : message)
  },
  {
    at: ["TextMessageV2"],
    because: "braces are placeholders",
    rule: (message) => ({ ...message, text: String(message["text"]).replace(/[{}]/g, "-") })
  },
  { at: ["LocationMessage.title", "LocationMessage.address"], because: limit, schema: { maxLength: 100 } },
  {
    at: ["LocationMessage.latitude"],
    because: "no place is further north or south",
    schema: { minimum: -90, maximum: 90 }
  },
  {
    at: ["LocationMessage.longitude"],
    because: "no place is further east or west",
    schema: { minimum: -180, maximum: 180 }
  },
  { at: ["CouponMessage.deliveryTag"], because: limit, schema: { pattern: "^[0-9A-Za-z_]{0,30}$" } },
  {
    at: ["VideoMessage.trackingId"],
    because: limit,
    schema: { pattern: "^[0-9A-Za-z.=,+*()%$&;:@{}!?<>\\[\\]-]{0,100}$" }
  },

  // Imagemaps and templates
  { at: ["ImagemapBaseSize.width"], because: limit, schema: { minimum: 1040, maximum: 1040 } },
  { at: ["ImagemapMessage.actions"], because: limit, schema: { maxItems: 50 } },
  {
    at: ["ImagemapMessage"],
    because: "an imagemap without a video has something to tap",
    rule: (message) =>
      isList(message["actions"]) && message["actions"].length === 0 && !("video" in message)
        ? { ...message, actions: [{ type: "message", text: "Hello", area: { x: 0, y: 0, width: 1, height: 1 } }] }
        : message
  },
  { at: ["MessageImagemapAction.text"], because: limit, schema: { maxLength: 400 } },
  {
    at: ["MessageImagemapAction.label", "URIImagemapAction.label", "ClipboardImagemapAction.label"],
    because: limit,
    schema: { maxLength: 100 }
  },
  { at: ["ImagemapVideo.area"], because: demanded, required: true },
  { at: ["ImagemapExternalLink.label"], because: limit, required: true, schema: { maxLength: 30 } },
  { at: ["ButtonsTemplate.text"], because: limit, schema: { maxLength: 160 } },
  { at: ["CarouselColumn.text"], because: limit, schema: { maxLength: 120 } },
  { at: ["ConfirmTemplate.text"], because: limit, schema: { maxLength: 240 } },
  { at: ["ButtonsTemplate.title", "CarouselColumn.title"], because: limit, schema: { maxLength: 40 } },
  {
    at: ["ButtonsTemplate.imageAspectRatio", "CarouselTemplate.imageAspectRatio"],
    because: "the contract has the enumeration, and does not use it",
    schema: { enum: ["rectangle", "square"] }
  },
  {
    at: ["ButtonsTemplate.imageSize", "CarouselTemplate.imageSize"],
    because: "the contract has the enumeration, and does not use it",
    schema: { enum: ["cover", "contain"] }
  },
  {
    at: ["ButtonsTemplate.imageBackgroundColor", "CarouselColumn.imageBackgroundColor"],
    because: "LINE's reference: a colour",
    schema: { pattern: "^#[0-9A-Fa-f]{6}$" }
  },
  {
    at: ["CarouselTemplate.columns", "ImageCarouselTemplate.columns"],
    because: limit,
    schema: { minItems: 1, maxItems: 10 }
  },
  {
    at: ["CarouselTemplate"],
    because: "all columns have an image, a title and as many buttons, or none has",
    rule: (template) => ({
      ...template,
      columns: isList(template["columns"]) ? template["columns"].map((_, __, [first]) => first) : template["columns"]
    })
  },

  // Flex Messages
  { at: ["FlexCarousel.contents"], because: limit, schema: { minItems: 1, maxItems: 12 } },
  {
    at: ["FlexBubble.header", "FlexBubble.body", "FlexBubble.footer"],
    because: "the component of a block stays in it",
    schema: { properties: { position: { enum: ["relative"] } } }
  },
  {
    at: ["FlexBubble.hero"],
    because: "these components stand in a hero, and stay in it",
    schema: { variants: ["box", "image", "video"], properties: { position: { enum: ["relative"] } } }
  },
  {
    at: ["FlexVideo.altContent"],
    because: "LINE's reference: these components",
    schema: { variants: ["box", "image"] }
  },
  {
    at: ["FlexBox.contents"],
    because: "a video is a hero, and a span stands in a text",
    schema: {
      items: { ref: "FlexComponent", variants: ["box", "button", "image", "icon", "text", "separator", "filler"] }
    }
  },
  {
    at: ["FlexBubble"],
    because: "a bubble has a block, and a video needs room",
    rule: (bubble) => ({
      ...(isStruct(bubble["hero"], "video") ? without(bubble, "size") : bubble),
      ...(["header", "hero", "body", "footer"].some((name) => name in bubble)
        ? {}
        : { body: { type: "box", layout: "vertical", contents: [] } })
    })
  },
  {
    at: ["FlexCarousel"],
    because: "bubbles that stand together have one size, and no video",
    rule: (carousel) => ({
      ...carousel,
      contents: isList(carousel["contents"])
        ? carousel["contents"].map((bubble) =>
            without(isStruct(bubble["hero"], "video") ? without(bubble, "hero") : bubble, "size")
          )
        : carousel["contents"]
    })
  },
  {
    at: ["FlexBox"],
    because: "icons stand in baseline boxes only, and what is no text or icon does not",
    rule: (box) => {
      if (!isList(box["contents"])) return box
      const icons = ["icon", "text", "filler"]
      const [first] = box["contents"]
      const isBaseline =
        first === undefined
          ? box["layout"] === "baseline"
          : first["type"] === "icon" || (icons.includes(String(first["type"])) && box["layout"] === "baseline")
      return {
        ...box,
        layout: isBaseline ? "baseline" : box["layout"] === "baseline" ? "vertical" : box["layout"],
        contents: box["contents"].filter(({ type }) => (isBaseline ? icons.includes(String(type)) : type !== "icon"))
      }
    }
  },
  {
    at: ["FlexText"],
    because: "a text has text or spans",
    rule: (text) =>
      text["text"] === undefined && (!isList(text["contents"]) || text["contents"].length === 0)
        ? { ...text, text: "Hello" }
        : text
  },
  {
    at: [
      "FlexBox.spacing",
      "FlexBox.margin",
      "FlexBox.cornerRadius",
      "FlexButton.margin",
      "FlexImage.margin",
      "FlexIcon.margin",
      "FlexText.margin",
      "FlexSeparator.margin"
    ],
    because: "LINE's reference: keywords or pixels",
    schema: measure("px", ...steps)
  },
  {
    at: ["FlexBox", "FlexButton", "FlexImage", "FlexIcon", "FlexText"].flatMap((name) =>
      ["Top", "Bottom", "Start", "End"].map((side) => `${name}.offset${side}`)
    ),
    because: "LINE's reference: keywords, pixels or percentages",
    schema: measure("px|%", ...steps)
  },
  {
    at: ["All", "Top", "Bottom", "Start", "End"].map((side) => `FlexBox.padding${side}`),
    because: "LINE's reference: keywords, pixels or percentages",
    schema: measure("px|%", ...steps)
  },
  {
    at: ["FlexBox.width", "FlexBox.maxWidth", "FlexBox.height", "FlexBox.maxHeight"],
    because: "LINE's reference: pixels or percentages",
    schema: measure("px|%")
  },
  {
    at: ["FlexBox.borderWidth"],
    because: "LINE's reference: keywords or pixels",
    schema: measure("px", "none", "light", "normal", "medium", "semi-bold", "bold")
  },
  {
    at: ["FlexText.size", "FlexSpan.size", "FlexIcon.size"],
    because: "LINE's reference: keywords or pixels",
    schema: measure("px", ...fontSteps)
  },
  {
    at: ["FlexImage.size"],
    because: "LINE's reference: keywords, pixels or percentages",
    schema: measure("px|%", ...fontSteps, "full")
  },
  { at: ["FlexText.lineSpacing"], because: "LINE's reference: pixels", schema: measure("px") },
  {
    at: ["FlexImage.aspectRatio", "FlexVideo.aspectRatio", "FlexIcon.aspectRatio"],
    because: "LINE's reference: width:height",
    schema: { pattern: "^[1-9][0-9]?:[1-3]$" }
  },
  {
    at: [
      "FlexBox.backgroundColor",
      "FlexBox.borderColor",
      "FlexButton.color",
      "FlexImage.backgroundColor",
      "FlexText.color",
      "FlexSpan.color",
      "FlexSeparator.color",
      "FlexBlockStyle.backgroundColor",
      "FlexBlockStyle.separatorColor",
      "FlexBoxLinearGradient.centerColor"
    ],
    because: "LINE's reference: a colour",
    schema: color
  },
  {
    at: ["FlexBoxLinearGradient.startColor", "FlexBoxLinearGradient.endColor"],
    because: "LINE's reference: a colour, required",
    required: true,
    schema: color
  },
  {
    at: ["FlexBoxLinearGradient.angle"],
    because: "LINE's reference: degrees, required",
    required: true,
    schema: { pattern: "^([0-9]{1,2}|[12][0-9]{2}|3[0-5][0-9])(\\.[0-9])?deg$" }
  },
  {
    at: ["FlexBoxLinearGradient.centerPosition"],
    because: "LINE's reference: a percentage",
    schema: { pattern: "^([0-9]{1,2}(\\.[0-9])?|100)%$" }
  },

  // Narrowcasts
  { at: ["AudienceRecipient.audienceGroupId", "RedeliveryRecipient.requestId"], because: demanded, required: true },
  {
    at: ["AppTypeDemographicFilter.oneOf", "AreaDemographicFilter.oneOf", "GenderDemographicFilter.oneOf"],
    because: "LINE's reference: at least one",
    required: true,
    schema: { minItems: 1 }
  },
  {
    at: [
      "OperatorRecipient.and",
      "OperatorRecipient.or",
      "OperatorDemographicFilter.and",
      "OperatorDemographicFilter.or"
    ],
    because: limit,
    schema: { minItems: 1 }
  },
  {
    at: ["OperatorRecipient"],
    because: "one of and, or and not, and ten conditions in all",
    rule: operator({ type: "audience", audienceGroupId: 1 })
  },
  {
    at: ["OperatorDemographicFilter"],
    because: "one of and, or and not, and ten conditions in all",
    rule: operator({ type: "gender", oneOf: ["male"] })
  },
  {
    at: ["AgeDemographicFilter"],
    because: "a range has a side, and its sides are in order",
    rule: range("age_15", "age_70")
  },
  {
    at: ["SubscriptionPeriodDemographicFilter"],
    because: "a range has a side, and its sides are in order",
    rule: range("day_7", "day_365")
  },
  {
    at: ["Limit"],
    because: "forbidPartialDelivery is about the rest of the quota",
    rule: (limit) => (limit["forbidPartialDelivery"] === true ? { ...limit, upToRemainingQuota: true } : limit)
  },
  {
    at: ["PushMessageRequest.customAggregationUnits"],
    because: "LINE's reference: as for a multicast",
    schema: { maxItems: 1, items: { type: "string", pattern: "^[a-zA-Z0-9_]{1,30}$" } }
  },

  // LINE notification messages
  {
    at: ["PnpMessagesRequest.messages"],
    because: "no image, video or audio",
    schema: {
      items: {
        ref: "Message",
        variants: ["text", "textV2", "sticker", "location", "coupon", "imagemap", "template", "flex"]
      }
    }
  },
  { at: ["PnpMessagesRequest.to"], because: "the SHA-256 of a phone number", schema: { pattern: "^[0-9a-fA-F]{64}$" } },
  {
    at: ["pushMessagesByPhone.deliveryTag"],
    because: "it travels as a header, which holds no other characters, and is trimmed",
    schema: { pattern: "^[!-~][ -~]{14,98}[!-~]$" }
  },

  // Days
  {
    at: [
      "getNumberOfMessageDeliveries.date",
      "getNumberOfSentReplyMessages.date",
      "getNumberOfSentPushMessages.date",
      "getNumberOfSentMulticastMessages.date",
      "getNumberOfSentBroadcastMessages.date",
      "getPNPMessageStatistics.date",
      "getStatisticsPerUnit.from",
      "getRichMenuInsightSummary.from",
      "getRichMenuInsightDaily.from"
    ],
    because: "a day that exists",
    schema: day
  },
  {
    at: ["getNumberOfFollowers.date"],
    because: "a day that exists, and LINE answers 400 without it",
    required: true,
    schema: day
  },
  {
    at: ["getStatisticsPerUnit", "getRichMenuInsightSummary", "getRichMenuInsightDaily"],
    because: "a period is in order, and not too long",
    rule: (period) => ({ ...period, to: period["from"] })
  },

  // Rich menus
  {
    at: [
      "RichMenuRequest.size",
      "RichMenuRequest.selected",
      "RichMenuRequest.name",
      "RichMenuRequest.chatBarText",
      "RichMenuArea.bounds"
    ],
    because: demanded,
    required: true
  },
  { at: ["RichMenuRequest.areas"], because: limit, required: true, schema: { maxItems: 20 } },
  {
    at: ["RichMenuBounds.x", "RichMenuBounds.y", "RichMenuBounds.width", "RichMenuBounds.height"],
    because: "LINE knows better than a number of 32 bits what lies outside a menu",
    required: true,
    schema: { maximum: undefined }
  },
  { at: ["RichMenuSize.width"], because: limit, required: true, schema: { minimum: 800, maximum: 2500 } },
  {
    at: ["RichMenuSize.height"],
    because: "LINE's reference, and 2500 / 1.45",
    required: true,
    schema: { minimum: 250, maximum: 1724 }
  },
  {
    at: ["RichMenuSize"],
    because: "at least 1.45 times as wide as high",
    rule: (size) => (Number(size["height"]) * 1.45 > Number(size["width"]) ? { ...size, width: 2500 } : size)
  },
  {
    at: [
      "getRichMenuAlias.richMenuAliasId",
      "updateRichMenuAlias.richMenuAliasId",
      "deleteRichMenuAlias.richMenuAliasId"
    ],
    because: "there is no alias of another form",
    schema: { pattern: "^[a-z0-9_-]{1,32}$" }
  },
  {
    at: ["RichMenuBatchRequest"],
    because: "each menu is changed once, and all users at once or some",
    rule: (request) => ({
      ...request,
      operations: isList(request["operations"]) ? batch(request["operations"]) : request["operations"]
    })
  },

  // Audiences
  {
    at: [
      "CreateAudienceGroupRequest.description",
      "CreateClickBasedAudienceGroupRequest.description",
      "CreateImpBasedAudienceGroupRequest.description",
      "UpdateAudienceGroupDescriptionRequest.description",
      "createAudienceForUploadingUserIds.description"
    ],
    because: "an audience has a name, in which there are no control characters",
    required: true,
    schema: { format: "line" }
  },
  {
    at: [
      "CreateAudienceGroupRequest.uploadDescription",
      "AddAudienceToAudienceGroupRequest.uploadDescription",
      "createAudienceForUploadingUserIds.uploadDescription",
      "addUserIdsToAudience.uploadDescription"
    ],
    because: limit,
    schema: { maxLength: 300 }
  },
  {
    at: [
      "Audience.id",
      "AddAudienceToAudienceGroupRequest.audienceGroupId",
      "addUserIdsToAudience.audienceGroupId",
      "CreateClickBasedAudienceGroupRequest.requestId",
      "CreateImpBasedAudienceGroupRequest.requestId"
    ],
    because: demanded,
    required: true
  },
  {
    at: ["AddAudienceToAudienceGroupRequest.audiences"],
    because: "LINE's reference requires somebody to add",
    required: true,
    schema: { minItems: 1 }
  },
  {
    at: ["CreateClickBasedAudienceGroupRequest.clickUrl"],
    because: "it is compared with the URL of a message, whatever that was",
    schema: { format: "" }
  },
  { at: ["getSharedAudienceGroups.page"], because: "optional in LINE's reference", required: false },

  // Coupons
  {
    at: [
      "CouponCreateRequest.reward",
      "CouponCashBackRewardRequest.priceInfo",
      "CouponDiscountRewardRequest.priceInfo",
      "CashBackFixedPriceInfoRequest.fixedAmount",
      "CashBackPercentagePriceInfoRequest.percentage",
      "DiscountFixedPriceInfoRequest.fixedAmount",
      "DiscountPercentagePriceInfoRequest.percentage",
      "DiscountExplicitPriceInfoRequest.priceAfterDiscount",
      "DiscountExplicitPriceInfoRequest.originalPrice"
    ],
    because: demanded,
    required: true
  },
  { at: ["CouponCreateRequest.couponCode"], because: limit, schema: { maxLength: 16 } },
  {
    at: ["CouponCreateRequest"],
    because: "a coupon begins before it ends",
    rule: (coupon) => ({ ...coupon, startTimestamp: 0 })
  },

  // The rest
  {
    at: ["showLoadingAnimation.loadingSeconds"],
    because: "LINE's reference: in steps of five seconds",
    schema: { enum: [5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60] }
  },
  {
    at: ["getAggregationUnitNameList.limit"],
    because: "a number, which the contract calls a string",
    schema: { type: "integer", minimum: 1, maximum: 100 }
  },
  {
    at: ["AddLiffAppRequest.permanentLinkPattern", "UpdateLiffAppRequest.permanentLinkPattern"],
    because: "LINE's reference has one",
    schema: { enum: ["concat"] }
  },
  {
    at: ["AddLiffAppRequest.features", "UpdateLiffAppRequest.features"],
    because: "LINE's reference no longer lets ble be set",
    schema: { properties: { ble: false } }
  },
  {
    at: [
      "IssueStatelessChannelTokenByJWTAssertionRequest.grant_type",
      "IssueStatelessChannelTokenByClientSecretRequest.grant_type",
      "issueChannelTokenByJWT.grant_type",
      "issueChannelToken.grant_type"
    ],
    because: "there is one, which the package fills in",
    required: false,
    schema: { enum: ["client_credentials"] }
  },
  {
    at: [
      "IssueStatelessChannelTokenByJWTAssertionRequest.client_assertion_type",
      "issueChannelTokenByJWT.client_assertion_type",
      "getsAllValidChannelAccessTokenKeyIds.client_assertion_type"
    ],
    because: "there is one, which the package fills in",
    required: false,
    schema: { enum: ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"] }
  },
  {
    at: ["attachModule.grant_type"],
    because: "there is one, which the package fills in",
    required: false,
    schema: { enum: ["authorization_code"] }
  },
  {
    at: ["attachModule.client_id", "attachModule.client_secret"],
    because: "the credentials stand in the form, and not in a header",
    required: true
  },
  { at: ["attachModule.region"], because: "LINE's reference has two", schema: { enum: ["JP", "TW"] } },
  { at: ["detachModule.botId"], because: demanded, required: true },
  { at: ["missionStickerV3.productType"], because: "LINE's reference has one", schema: { enum: ["STICKER"] } },
  { at: ["missionStickerV3.sendPresentMessage"], because: "LINE's reference has one", schema: { enum: [false] } }
]

/** Where what is read must be more, or may be less, than the contract says. */
export const answers: ReadonlyArray<Deviation> = [
  ...actions,
  {
    at: [
      "GetFriendsDemographicsResponse.available",
      "GetNumberOfMessageDeliveriesResponse.status",
      "GetNumberOfFollowersResponse.status",
      "GetMessageEventResponse.overview",
      "GetMessageEventResponseMessage.seq",
      "GetMessageEventResponseClick.seq",
      "GetMessageEventResponseClick.url",
      "RichMenuArea.bounds",
      ...["x", "y", "width", "height"].map((property) => `RichMenuBounds.${property}`),
      "RichMenuSize.width",
      "RichMenuSize.height",
      "CouponResponse.couponId",
      "CouponResponse.title",
      "CouponResponse.status",
      "GetAllLiffAppsResponse.apps",
      "LiffApp.liffId",
      "LiffApp.view",
      ...[
        "CreateAudienceGroupResponse",
        "CreateClickBasedAudienceGroupResponse",
        "CreateImpBasedAudienceGroupResponse"
      ].flatMap((name) =>
        ["audienceGroupId", "type", "description", "created"].map((property) => `${name}.${property}`)
      ),
      ...["audienceGroupId", "type", "description", "status", "audienceCount", "created"].map(
        (property) => `AudienceGroup.${property}`
      ),
      "AudienceGroupJob.audienceGroupJobId",
      "AudienceGroupJob.jobStatus",
      "GetAudienceDataResponse.audienceGroup",
      "GetSharedAudienceDataResponse.audienceGroup",
      "GetAudienceGroupsResponse.audienceGroups",
      "GetAudienceGroupsResponse.hasNextPage",
      "GetSharedAudienceGroupsResponse.audienceGroups",
      "GetSharedAudienceGroupsResponse.hasNextPage"
    ],
    because: "LINE's reference always has it, and without it the rest has no meaning",
    required: true
  },
  { at: ["LiffApp.permanentLinkPattern"], because: "LINE's reference has one", schema: { enum: ["concat"] } },
  {
    at: ["TestWebhookEndpointResponse.reason"],
    because: "LINE's reference has five",
    schema: { enum: ["OK", "COULD_NOT_CONNECT", "REQUEST_TIMEOUT", "ERROR_STATUS_CODE", "UNCLASSIFIED"] }
  },
  {
    at: ["AttachModuleResponse.scopes"],
    because: "LINE's reference has another name for it in its text than in its example",
    required: false
  },
  { at: ["TestWebhookEndpointResponse.detail"], because: "it only explains the reason", required: false },
  {
    at: ["DetailedOwner.serviceType"],
    because: "LINE's reference has four",
    schema: { enum: ["bm", "lap", "account", "yda"] }
  },
  {
    at: ["GetStatisticsPerUnitResponse.messages", "GetStatisticsPerUnitResponse.clicks"],
    because: "an absent list is an empty one",
    required: false
  }
]

/** Where what arrives by webhook must be more, or may be less, than the contract says. */
export const webhooks: ReadonlyArray<Deviation> = [
  {
    at: ["Follow", "Join", "MemberJoined", "VideoPlayComplete", "Beacon", "Membership"].map(
      (type) => `${type}Event.replyToken`
    ),
    because: "there is none in standby",
    required: false
  },
  { at: ["DetachedModuleContent.reason"], because: "LINE's own example has none", required: false }
]
