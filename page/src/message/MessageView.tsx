/**
 * A message of a chat as the LINE app shows it.
 */
import type { ComponentChildren, VNode } from "preact"
import type * as Message from "../../../src/Message.js"
import type * as WebhookEvent from "../../../src/WebhookEvent.js"
import { FlexView } from "./FlexView.js"
import { Icon } from "./Icon.js"
import { ImagemapView } from "./ImagemapView.js"
import {
  AudioView,
  type ContentUrl,
  CouponView,
  FileView,
  ImageView,
  LocationView,
  StickerView,
  VideoView
} from "./MediaView.js"
import { Picture } from "./Picture.js"
import { type OnAction, TapArea } from "./Tap.js"
import { TemplateView } from "./TemplateView.js"
import { plainTextOf, TextView } from "./TextView.js"
import { UnknownTile } from "./UnknownTile.js"
import { number, object, oneOf, ownUrl, text, webUrl } from "./Untrusted.js"
import "./message.css"
import "./flex.css"

/** A message that another one quotes, and the name of its sender. */
export interface Quoted {
  readonly name: string
  readonly message: unknown
}

/** The sender of a message; the message itself may say otherwise. */
export interface Sender {
  readonly name: string
  /** It may be relative, a blob or data. */
  readonly iconUrl?: string | undefined
}

/** What {@link MessageView} takes. All but `message`, `own` and `onAction` may be left out. */
export interface MessageViewProps {
  /**
   * The message as it went over the wire: what a bot sends, or the `message` of a webhook event. It may be any JSON:
   * what is not known is shown as a tile with its type.
   */
  readonly message: unknown
  /** Whether it is of the user whose phone the page is: its place is on the right. */
  readonly own: boolean
  /** Its id, with which `contentUrl` is asked. Unless given, the `id` in the message. */
  readonly id?: string | undefined
  /** Who sent it, for a message that is not the user's own. Its `sender` goes before. */
  readonly sender?: Sender | undefined
  /** When, in milliseconds. */
  readonly timestamp?: number | undefined
  /** Whether it was read, or by how many; shown for own messages. */
  readonly read?: boolean | number | undefined
  readonly edited?: boolean | undefined
  /** Whether its sender has taken it back: then only that is shown. */
  readonly unsent?: boolean | undefined
  /** Hears of taps on what the message shows; quick replies are {@link QuickReplies}. */
  readonly onAction: OnAction
  /**
   * Finds what the message quotes: a user's by `quotedMessageId`, a bot's by `quoteToken`. What is not found is shown as
   * a message that is not there.
   */
  readonly resolveQuote?:
    ((quote: { readonly quotedMessageId?: string; readonly quoteToken?: string }) => Quoted | undefined) | undefined
  /** Where the content of a message is that has no URL of its own. */
  readonly contentUrl?: ContentUrl | undefined
  /** The name of a user whom a textV2 mentions, without the `@`. */
  readonly nameOf?: ((userId: string) => string | undefined) | undefined
}

/**
 * A message: its sender, what it quotes, what it says or shows, when it was sent and whether it was read.
 *
 * @example
 * <MessageView message={chatMessage.message} own={false} sender={{ name: "Bot" }} onAction={act} />
 */
export const MessageView = (props: MessageViewProps): VNode => {
  const { own, timestamp } = props
  const message = object<Message.Message>(props.message)
  const { iconUrl, name } = object<Message.Sender>(message.sender)
  const senderName = text(name) ?? props.sender?.name
  const icon = webUrl(iconUrl) ?? ownUrl(props.sender?.iconUrl)
  if (props.unsent === true) {
    return (
      <p class="line-unsent">
        {own ? "You" : (senderName ?? "Somebody")} unsent a message <Time timestamp={timestamp} />
      </p>
    )
  }
  return (
    <article
      class={`line-message ${own ? "line-own" : "line-other"} ${widthClass(message)}`}
      aria-label={own ? "Your message" : `Message of ${senderName ?? "somebody"}`}
    >
      {own || senderName === undefined ? null : <Avatar src={icon} given={iconUrl} name={senderName} />}
      <div class="line-column">
        {own || senderName === undefined ? null : <span class="line-sender">{senderName}</span>}
        <div class="line-row">
          <div class="line-content">
            <TapArea source="message" onAction={props.onAction}>
              <Content {...props} />
            </TapArea>
          </div>
          <div class="line-meta">
            {props.edited === true ? <span>Edited</span> : null}
            {own ? <ReadMark read={props.read} /> : null}
            <Time timestamp={timestamp} />
          </div>
        </div>
      </div>
    </article>
  )
}

/** A message with a width of its own has it, with the time below where there is no room; a carousel takes all width. */
const widthClass = (message: { readonly type?: unknown; readonly contents?: unknown; readonly template?: unknown }) => {
  const container = object<{ readonly type: string }>(message.type === "flex" ? message.contents : message.template)
  if (oneOf(["carousel", "image_carousel"], container.type) !== undefined) return "line-wide"
  return oneOf(["flex", "template", "imagemap"], message.type) === undefined ? "" : "line-sized"
}

const Avatar = (props: { readonly src: string | undefined; readonly given: unknown; readonly name: string }): VNode => (
  <span class="line-avatar" aria-hidden="true">
    {props.src === undefined && props.given === undefined ? (
      <Icon name="person" />
    ) : (
      <Picture src={props.src} given={props.given} alt="" fit="cover" />
    )}
  </span>
)

const ReadMark = (props: { readonly read: boolean | number | undefined }): VNode | null => {
  if (props.read === undefined || props.read === false || props.read === 0) return null
  return <span>{typeof props.read === "number" && props.read > 1 ? `Read ${props.read}` : "Read"}</span>
}

const Time = (props: { readonly timestamp: number | undefined }): VNode | null => {
  const time = new Date(number(props.timestamp) ?? Number.NaN)
  if (Number.isNaN(time.getTime())) return null
  return (
    <time dateTime={time.toISOString()} title={time.toLocaleString()}>
      {time.toLocaleTimeString([], { hour: "numeric", minute: "2-digit" })}
    </time>
  )
}

const Content = (props: MessageViewProps): VNode => {
  const message = object<Message.Message | WebhookEvent.MessageContent>(props.message)
  const id = props.id ?? text(object<WebhookEvent.MessageIdentity>(message).id)
  const media = { message, id, contentUrl: props.contentUrl }
  switch (message.type) {
    case "text":
    case "textV2":
      return (
        <div class="line-bubble">
          <Quote {...props} />
          <TextView message={message} nameOf={props.nameOf} />
        </div>
      )
    case "sticker":
      return (
        <>
          <Quote {...props} />
          <StickerView message={message} />
        </>
      )
    case "image":
      return <ImageView {...media} />
    case "video":
      return <VideoView {...media} />
    case "audio":
      return <AudioView {...media} />
    case "file":
      return <FileView {...media} />
    case "location":
      return <LocationView message={message} />
    case "coupon":
      return <CouponView message={message} />
    case "imagemap":
      return (
        <Named altText={message.altText}>
          <ImagemapView message={message} />
        </Named>
      )
    case "template":
      return (
        <Named altText={message.altText}>
          <TemplateView template={message.template} />
        </Named>
      )
    case "flex":
      return (
        <Named altText={message.altText}>
          <FlexView contents={message.contents} />
        </Named>
      )
    default:
      return <UnknownTile kind="Message" value={props.message} />
  }
}

/** A group that has its alternative text for screen readers. */
const Named = (props: { readonly altText: unknown; readonly children: ComponentChildren }): VNode => (
  <div role="group" aria-label={text(props.altText)}>
    {props.children}
  </div>
)

const Quote = (props: MessageViewProps): VNode | null => {
  const { id, quotedMessageId, quoteToken } = object<Message.TextMessage & WebhookEvent.TextMessageContent>(
    props.message
  )
  const quoted = text(quotedMessageId)
  // What a user has sent has an id, and its own token, with which a bot can quote it.
  const token = id === undefined ? text(quoteToken) : undefined
  if (quoted === undefined && token === undefined) return null
  const found = props.resolveQuote?.({
    ...(quoted === undefined ? {} : { quotedMessageId: quoted }),
    ...(token === undefined ? {} : { quoteToken: token })
  })
  return (
    <blockquote class="line-quote">
      {found === undefined ? (
        <span class="line-quote-text">A message that is not there</span>
      ) : (
        <>
          <strong>{found.name}</strong>
          <span class="line-quote-text">{summaryOf(found.message)}</span>
        </>
      )}
    </blockquote>
  )
}

/** A message in a few words, as in a list of chats or where it is quoted. */
export const summaryOf = (value: unknown): string => {
  const message = object<Message.Message | WebhookEvent.FileMessageContent>(value)
  switch (message.type) {
    case "text":
    case "textV2":
      return plainTextOf(value)
    case "file":
      return text(message.fileName) ?? "File"
    case "template":
    case "flex":
    case "imagemap":
      return text(message.altText) ?? "Message"
    default: {
      const type = text(message.type) ?? "message"
      return type.charAt(0).toUpperCase() + type.slice(1)
    }
  }
}
