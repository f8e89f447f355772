/**
 * The parts of an imagemap message: areas of an image that can be tapped, and the video that can play on it.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Limit from "./internal/Limit.js"

/**
 * A rectangle of the image, in the coordinates of its {@link BaseSize}.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#imagemap-area-object
 * @since 0.1.0
 * @category models
 */
export interface Area {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/**
 * The size of the image, in whose coordinates the areas are: a `width` of 1040, and the `height` at that width.
 *
 * @since 0.1.0
 * @category models
 */
export interface BaseSize {
  readonly width: number
  readonly height: number
}

/**
 * Opens `linkUri`: at most 1,000 UTF-16 code units, percent-encoded, with the scheme http, https, line or tel. The label,
 * which is read out to the user, has at most 100 grapheme clusters.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#imagemap-uri-action-object
 * @since 0.1.0
 * @category models
 */
export interface UriAction {
  readonly type: "uri"
  readonly label?: string | undefined
  readonly linkUri: string
  readonly area: Area
}

/**
 * Sends `text`, at most 400 UTF-16 code units, as a message of the user. The label has at most 100 grapheme clusters.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#imagemap-message-action-object
 * @since 0.1.0
 * @category models
 */
export interface MessageAction {
  readonly type: "message"
  readonly label?: string | undefined
  readonly text: string
  readonly area: Area
}

/**
 * Copies `clipboardText`, 1 to 1,000 UTF-16 code units, to the clipboard. The label has at most 100 grapheme clusters.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#imagemap-clipboard-action-object
 * @since 0.1.0
 * @category models
 */
export interface ClipboardAction {
  readonly type: "clipboard"
  readonly label?: string | undefined
  readonly clipboardText: string
  readonly area: Area
}

/**
 * What happens when an area is tapped.
 *
 * @since 0.1.0
 * @category models
 */
export type Action = UriAction | MessageAction | ClipboardAction

/**
 * A video that plays in an area of the image: https URLs of the video and of its preview.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#imagemap-message
 * @since 0.1.0
 * @category models
 */
export interface Video {
  readonly originalContentUrl: string
  readonly previewImageUrl: string
  readonly area: Area
  readonly externalLink?: ExternalLink | undefined
}

/**
 * The link that is shown after a video has ended. The label has at most 30 UTF-16 code units.
 *
 * @since 0.1.0
 * @category models
 */
export interface ExternalLink {
  readonly linkUri: string
  readonly label: string
}

/**
 * The schema of an {@link Area}: whole pixels, not empty.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Area: Schema.Schema<Area> = Schema.Struct({
  x: Limit.integer(0),
  y: Limit.integer(0),
  width: Limit.integer(1),
  height: Limit.integer(1)
}).annotations({ identifier: "ImagemapArea" })

/**
 * The schema of a {@link BaseSize}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const BaseSize: Schema.Schema<BaseSize> = Schema.Struct({
  width: Limit.integer(1040, 1040),
  height: Limit.integer(1)
}).annotations({ identifier: "ImagemapBaseSize" })

const tappable = { label: Schema.optional(Limit.graphemes(100, 0)), area: Area }

/**
 * The schema of an {@link Action}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Action: Schema.Schema<Action> = Schema.Union(
  Schema.Struct({ ...tappable, type: Schema.Literal("uri"), linkUri: Limit.LinkUri }),
  Schema.Struct({ ...tappable, type: Schema.Literal("message"), text: Limit.text(400) }),
  Schema.Struct({ ...tappable, type: Schema.Literal("clipboard"), clipboardText: Limit.text(1000) })
).annotations({ identifier: "ImagemapAction" })

/**
 * The schema of a {@link Video}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Video: Schema.Schema<Video> = Schema.Struct({
  originalContentUrl: Limit.HttpsUrl,
  previewImageUrl: Limit.HttpsUrl,
  area: Area,
  externalLink: Schema.optional(Schema.Struct({ linkUri: Limit.LinkUri, label: Limit.text(30) }))
}).annotations({ identifier: "ImagemapVideo" })

/**
 * Makes a {@link UriAction}.
 *
 * @example
 * ```ts
 * import * as Imagemap from "line-effect/Imagemap"
 *
 * Imagemap.uri({ linkUri: "https://example.com/", area: { x: 0, y: 0, width: 520, height: 1040 } })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const uri = (options: Omit<UriAction, "type">): UriAction => ({ type: "uri", ...options })

/**
 * Makes a {@link MessageAction}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const message = (options: Omit<MessageAction, "type">): MessageAction => ({ type: "message", ...options })

/**
 * Makes a {@link ClipboardAction}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const clipboard = (options: Omit<ClipboardAction, "type">): ClipboardAction => ({
  type: "clipboard",
  ...options
})
