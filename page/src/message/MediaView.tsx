/**
 * Images, videos, audios and files, and the messages that are shown as a card: stickers, locations and coupons.
 */
import { useState } from "preact/hooks"
import type { VNode } from "preact"
import type * as Message from "../../../src/Message.js"
import type * as WebhookEvent from "../../../src/WebhookEvent.js"
import { Icon } from "./Icon.js"
import { Picture } from "./Picture.js"
import { list, number, object, ownUrl, positive, text, webUrl } from "./Untrusted.js"

/**
 * Where the content of a message is that LINE holds, or what it shows of it before it is opened; undefined where there
 * is none. A URL may be relative, a blob or data.
 */
export type ContentUrl = (messageId: string, part: "original" | "preview") => string | undefined

/** A message that has content, here or elsewhere. */
export interface MediaProps {
  readonly message: unknown
  readonly id: string | undefined
  readonly contentUrl: ContentUrl | undefined
}

interface Source {
  readonly src: string | undefined
  /** What the message has as the URL, to be shown where there is none that can be used. */
  readonly given: unknown
}

const properties = { original: "originalContentUrl", preview: "previewImageUrl" } as const

const sourceOf = ({ contentUrl, id, message }: MediaProps, part: keyof typeof properties): Source => {
  const { contentProvider, ...urls } = object<
    (Message.ImageMessage | Message.VideoMessage) & WebhookEvent.ImageMessageContent
  >(message)
  const given = urls[properties[part]] ?? object<WebhookEvent.ContentProvider>(contentProvider)[properties[part]]
  if (given !== undefined || id === undefined) return { src: webUrl(given), given }
  return { src: ownUrl(contentUrl?.(id, part)), given: `content of message ${id}` }
}

/** An image, that opens in full. */
export const ImageView = (props: MediaProps): VNode => {
  const original = sourceOf(props, "original")
  const preview = sourceOf(props, "preview")
  const shown = preview.src === undefined ? original : preview
  const picture = <Picture class="line-photo" src={shown.src} given={shown.given} alt="Image" />
  if (original.src === undefined) return picture
  return (
    <a class="line-photo-link" href={original.src} target="_blank" rel="noopener noreferrer">
      {picture}
    </a>
  )
}

/** A video with its controls. */
export const VideoView = (props: MediaProps): VNode => {
  const { given, src } = sourceOf(props, "original")
  const preview = sourceOf(props, "preview")
  const duration = number(object<WebhookEvent.VideoMessageContent>(props.message).duration)
  const [failed, setFailed] = useState<string>()
  return (
    <div class="line-video">
      {src === undefined || src === failed ? (
        <>
          <Picture src={preview.src} given={given ?? preview.given} alt="Video" />
          <span class="line-video-note">{src === undefined ? "No video" : "The video cannot be played"}</span>
        </>
      ) : (
        <video
          src={src}
          poster={preview.src}
          controls
          preload={preview.src === undefined ? "metadata" : "none"}
          aria-label="Video"
          onError={() => setFailed(src)}
        />
      )}
      {duration === undefined ? null : <span class="line-video-duration">{clock(duration)}</span>}
    </div>
  )
}

/** An audio with its controls and its length. */
export const AudioView = (props: MediaProps): VNode => {
  const { given, src } = sourceOf(props, "original")
  const duration = number(object<Message.AudioMessage>(props.message).duration)
  const [failed, setFailed] = useState<string>()
  const isPlayable = src !== undefined && src !== failed
  return (
    <div class="line-audio">
      {isPlayable ? (
        <audio src={src} controls preload="none" aria-label="Audio" onError={() => setFailed(src)} />
      ) : (
        <span class="line-audio-missing">Audio that cannot be played: {text(given) ?? "no URL"}</span>
      )}
      {duration === undefined ? null : <span class="line-audio-duration">{clock(duration)}</span>}
    </div>
  )
}

/** A file, to be downloaded where the caller has it. */
export const FileView = ({ contentUrl, id, message }: MediaProps): VNode => {
  const file = object<WebhookEvent.FileMessageContent>(message)
  const name = text(file.fileName) ?? "File"
  const size = number(file.fileSize)
  const href = id === undefined ? undefined : ownUrl(contentUrl?.(id, "original"))
  const content = (
    <>
      <Icon name="file" />
      <span class="line-file-words">
        <span class="line-file-name">{name}</span>
        {size === undefined ? null : <span class="line-file-size">{bytes(size)}</span>}
      </span>
    </>
  )
  return href === undefined ? (
    <div class="line-file">{content}</div>
  ) : (
    <a class="line-file" href={href} download={name}>
      {content}
    </a>
  )
}

/** A tile in place of a sticker, whose picture is LINE's. */
export const StickerView = (props: { readonly message: unknown }): VNode => {
  const sticker = object<WebhookEvent.StickerMessageContent>(props.message)
  const [packageId, stickerId] = [text(sticker.packageId) ?? "?", text(sticker.stickerId) ?? "?"]
  const words = list(sticker.keywords).flatMap((word) => text(word) ?? [])
  const written = text(sticker.text)
  return (
    <div class="line-sticker" role="img" aria-label={`Sticker ${stickerId} of package ${packageId}`}>
      <Icon name="sticker" />
      {written === undefined ? null : <strong>{written}</strong>}
      <span>package {packageId}</span>
      <span>sticker {stickerId}</span>
      {words.length === 0 ? null : <span class="line-sticker-words">{words.join(", ")}</span>}
    </div>
  )
}

/** A place, on a map that is a drawing. */
export const LocationView = (props: { readonly message: unknown }): VNode => {
  const { address, latitude, longitude, title } = object<Message.LocationMessage>(props.message)
  const degrees = [number(latitude), number(longitude)].map((degree) => degree?.toFixed(6) ?? "?").join(", ")
  return (
    <div class="line-location">
      <svg class="line-map" viewBox="0 0 240 120" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
        <path class="line-map-water" d="M0 92c40-18 70 6 110-8s80-22 130-4v40H0z" />
        <path class="line-map-green" d="M150 0h58v34c-20 10-44 6-58-4z" />
        <path class="line-map-road" d="M-5 58h250M62-5v130M186 40v85M-5 20l130 60M130-5l-34 130" />
        <path class="line-map-pin" d="M120 74s-15-15-15-28a15 15 0 0 1 30 0c0 13-15 28-15 28z" />
        <circle class="line-map-hole" cx="120" cy="46" r="5" />
      </svg>
      <div class="line-location-words">
        <strong>{text(title) ?? "Location"}</strong>
        {text(address) === undefined ? null : <span>{text(address)}</span>}
        <span class="line-location-degrees">{degrees}</span>
      </div>
    </div>
  )
}

/** A coupon, of which the message has no more than the id. */
export const CouponView = (props: { readonly message: unknown }): VNode => {
  const { couponId, deliveryTag } = object<Message.CouponMessage>(props.message)
  return (
    <div class="line-coupon">
      <Icon name="coupon" />
      <div class="line-coupon-words">
        <strong>Coupon</strong>
        <span>{text(couponId) ?? "no id"}</span>
        {text(deliveryTag) === undefined ? null : <span class="line-coupon-tag">{text(deliveryTag)}</span>}
      </div>
    </div>
  )
}

/** Milliseconds as minutes and seconds. */
const clock = (milliseconds: number): string => {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
}

const units = ["B", "kB", "MB", "GB"]

const bytes = (size: number): string => {
  const power = Math.min(Math.floor(Math.log10(positive(size) ?? 1) / 3), units.length - 1)
  const unit = units[Math.max(power, 0)]
  return `${Number((size / 1000 ** Math.max(power, 0)).toFixed(1))} ${unit}`
}
