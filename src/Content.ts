/**
 * The images, videos, audio and files that users send.
 *
 * @since 0.1.0
 */
import type * as Schema from "effect/Schema"
import * as Limit from "./internal/Limit.js"
import * as Tolerant from "./internal/Tolerant.js"
import * as LineError from "./LineError.js"
import * as Operation from "./Operation.js"
import type * as Unknown from "./Unknown.js"

/**
 * The id of a message, as its webhook event gives it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const MessageId: Schema.Schema<string> = Limit.NonEmpty.annotations({ identifier: "MessageId" })

/**
 * How far LINE is with the preparation of a video or audio.
 *
 * @since 0.1.0
 * @category models
 */
export interface Transcoding {
  readonly status: "processing" | "succeeded" | "failed" | Unknown.Unknown
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Transcoding: Schema.Schema<Transcoding, unknown> = Tolerant.struct({
  status: Tolerant.enumeration("processing", "succeeded", "failed")
}).annotations({ identifier: "Transcoding" })

/**
 * The bytes of an image, video, audio or file message whose `contentProvider.type` is `line`. LINE may have made it
 * smaller. `ContentNotReady` while a large video or audio is still being prepared, `NotFound` for an unknown or too old
 * message, `Gone` after the user has unsent it.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 * import * as Content from "line-effect/Content"
 *
 * const size = (messageId: string) =>
 *   Effect.flatMap(Content.getMessageContent({ messageId }), ({ stream }) =>
 *     Stream.runFold(stream, 0, (size, chunk) => size + chunk.length)
 *   )
 * ```
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-content
 * @since 0.1.0
 * @category operations
 */
export const getMessageContent = Operation.download("getMessageContent", "/v2/bot/message/{messageId}/content", {
  path: { messageId: MessageId },
  errors: [LineError.NotFound, LineError.Gone, LineError.ContentNotReady]
})

/**
 * A small image of an image or video message. `BadRequest` for other kinds.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-image-or-video-preview
 * @since 0.1.0
 * @category operations
 */
export const getMessageContentPreview = Operation.download(
  "getMessageContentPreview",
  "/v2/bot/message/{messageId}/content/preview",
  { path: { messageId: MessageId }, errors: [LineError.NotFound, LineError.Gone, LineError.ContentNotReady] }
)

/**
 * Whether a video or audio message can be downloaded yet. `BadRequest` for other kinds.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#verify-video-or-audio-preparation-status
 * @since 0.1.0
 * @category operations
 */
export const getMessageContentTranscodingByMessageId = Operation.get(
  "getMessageContentTranscodingByMessageId",
  "/v2/bot/message/{messageId}/content/transcoding",
  { path: { messageId: MessageId }, host: "data", success: Transcoding, errors: [LineError.NotFound, LineError.Gone] }
)
