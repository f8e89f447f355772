/**
 * What a person sees of a message: its texts, and what there is to tap in it.
 */
import * as Schema from "effect/Schema"
import type * as Action from "../Action.js"
import type * as Flex from "../Flex.js"
import type * as Imagemap from "../Imagemap.js"
import * as Message from "../Message.js"
import * as RichMenu from "../RichMenu.js"
import type * as Template from "../Template.js"

/** An action of any place that has one. */
export type AnyAction = Action.RichMenuAction | Action.QuickReplyAction | Imagemap.Action

/** Something to tap, under the name by which a person knows it. */
export interface Offer {
  readonly name: string
  readonly action: AnyAction
}

/** What is seen of a message, in the order in which it is read, and its quick replies below. */
export interface Sight {
  readonly parts: ReadonlyArray<string | Offer>
  readonly quickReplies: ReadonlyArray<Offer>
}

const isMessage = Schema.is(Message.Message)
const isRichMenu = Schema.is(RichMenu.RichMenu)

/** What is seen of a message. */
export const of = (message: Readonly<Record<string, unknown>>): Sight => {
  if (!isMessage(message)) return { parts: [received(message)], quickReplies: [] }
  const items = message.quickReply?.items ?? []
  return { parts: partsOf(message), quickReplies: items.map(({ action }) => offer(action)) }
}

/** What there is to tap in a message, without its quick replies. */
export const offers = ({ parts }: Sight): ReadonlyArray<Offer> => parts.filter((part) => typeof part !== "string")

/** What there is to tap in a rich menu. */
export const ofRichMenu = (menu: unknown): ReadonlyArray<Offer> =>
  isRichMenu(menu) ? menu.areas.map(({ action }) => offer(action)) : []

/** What stands for a message in the list of chats: its text, or its alternative text. */
export const summary = (message: Message.Message): string | undefined =>
  "altText" in message ? message.altText : "text" in message ? message.text : undefined

/** An action under its name: the label; where there is none, the text that is tapped, or else what the action says, opens or posts. */
export const offer = (action: AnyAction, seen = ""): Offer => ({ name: action.label || seen || deedOf(action), action })

const deedOf = (action: AnyAction): string => {
  switch (action.type) {
    case "message":
      return action.text
    case "uri":
      return "uri" in action ? action.uri : action.linkUri
    case "clipboard":
      return action.clipboardText
    case "postback":
      return action.displayText ?? action.text ?? action.data
    case "datetimepicker":
    case "richmenuswitch":
      return action.data
    default:
      return action.label
  }
}

type Parts = Sight["parts"]

const partsOf = (message: Message.Message): Parts => {
  switch (message.type) {
    case "text":
    case "textV2":
      return [message.text]
    case "template":
      return titled(message, ofTemplate(message.template))
    case "flex":
      return titled(message, ofContainer(message.contents))
    case "imagemap":
      return titled(
        message,
        message.actions.map((action) => offer(action))
      )
    case "image":
    case "video":
    case "audio":
      return [`(${message.type}) ${message.originalContentUrl}`]
    case "coupon":
      return [`(coupon) ${message.couponId}`]
    case "sticker":
    case "location":
      return [received({ ...message })]
  }
}

/** What is under an alternative text, which is not said twice. */
const titled = ({ altText, type }: { readonly type: string; readonly altText: string }, parts: Parts): Parts => [
  `(${type}) ${altText}`,
  ...(parts[0] === altText ? parts.slice(1) : parts)
]

/** A message that has nothing to tap, such as those of users. */
const received = (message: Readonly<Record<string, unknown>>): string => {
  const { type } = message
  const shown = ["altText", "text", "title", "address", "fileName"].flatMap((name) =>
    typeof message[name] === "string" ? [message[name]] : []
  )
  if (type === "text") return shown.join()
  const sticker = type === "sticker" ? [`${String(message["packageId"])}/${String(message["stickerId"])}`] : []
  return [`(${String(type)})`, ...sticker, ...shown].join(" ")
}

const ofTemplate = (template: Template.Template): Parts => {
  switch (template.type) {
    case "buttons":
      return ofCard(template)
    case "confirm":
      return [template.text, ...template.actions.map((action) => offer(action))]
    case "carousel":
      return template.columns.flatMap(ofCard)
    case "image_carousel":
      return template.columns.map(({ action }) => offer(action))
  }
}

const ofCard = ({ actions, defaultAction, text, title }: Template.ButtonsTemplate | Template.CarouselColumn): Parts => [
  ...(title === undefined ? [] : [title]),
  text,
  ...(defaultAction === undefined ? [] : [offer(defaultAction, title ?? text)]),
  ...actions.map((action) => offer(action))
]

const ofContainer = (container: Flex.Container): Parts =>
  container.type === "carousel" ? container.contents.flatMap(ofBubble) : ofBubble(container)

const ofBubble = ({ action, body, footer, header, hero }: Flex.Bubble): Parts =>
  tappable(
    [header, hero, body, footer].flatMap((block) => (block === undefined ? [] : ofComponent(block))),
    action
  )

const ofComponent = (component: Flex.Component | Flex.Video): Parts => {
  switch (component.type) {
    case "box":
      return tappable(component.contents.flatMap(ofComponent), component.action)
    case "text":
      return tappable(
        [component.contents?.map(({ text = "" }) => text).join("") ?? component.text ?? ""],
        component.action
      )
    case "button":
      return [offer(component.action)]
    case "image":
      return tappable([], component.action)
    case "video":
      return tappable(ofComponent(component.altContent), component.action)
    default:
      return []
  }
}

/** Parts that are tapped as a whole, if there is an action. */
const tappable = (parts: Parts, action: Action.Action | undefined): Parts => {
  if (action === undefined) return parts
  const whole = offer(action, parts.filter((part) => typeof part === "string").join(" "))
  return parts.length === 1 && parts[0] === whole.name ? [whole] : [...parts, whole]
}
