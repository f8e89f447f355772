/**
 * The images, videos, audio and files that users send.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Limit from "./internal/Limit.js"
import * as Tolerant from "./internal/Tolerant.js"
import type * as LineClient from "./LineClient.js"
import * as LineError from "./LineError.js"
import * as Operation from "./Operation.js"
import type * as Unknown from "./Unknown.js"
import * as Wait from "./Wait.js"

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
 * LINE could not prepare a video or audio, and never will: ask the user to send it again.
 *
 * @since 0.1.0
 * @category errors
 */
export class PreparationFailed extends Data.TaggedError("LinePreparationFailed")<{ readonly messageId: string }> {
  override get message(): string {
    return `LINE could not prepare the content of message ${this.messageId}`
  }
}

/**
 * A file is larger than the caller takes.
 *
 * @since 0.1.0
 * @category errors
 */
export class TooLarge extends Data.TaggedError("LineContentTooLarge")<{
  /** How many bytes were to be taken at most. */
  readonly maximum: number
  /** The size in bytes, if LINE said it. */
  readonly size: number | undefined
}> {
  override get message(): string {
    const size = this.size === undefined ? "more" : String(this.size)
    return `the content has ${size} bytes where at most ${this.maximum} are taken`
  }
}

/**
 * The bytes of an image, video, audio or file message whose `contentProvider.type` is `line`. LINE may have made it
 * smaller. `ContentNotReady` while a large video or audio is still being prepared, for which {@link await_ | await} waits,
 * `NotFound` for an unknown or too old message, `Gone` after the user has unsent it.
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

/**
 * Waits until LINE has prepared a large video or audio, and downloads it; anything else is downloaded at once. It fails
 * with `PreparationFailed` if LINE says that it cannot be prepared. Unless set otherwise it asks again after 1, 2, 4, 8
 * seconds and then every 10, for 10 minutes. The deadline is for the preparation, not for the bytes.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 * import * as Content from "line-effect/Content"
 *
 * const save = (messageId: string, write: (bytes: Uint8Array) => Effect.Effect<void>) =>
 *   Effect.flatMap(Content.await({ messageId }, { deadline: "1 hour" }), ({ stream }) => Stream.runForEach(stream, write))
 * ```
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-content
 * @since 0.1.0
 * @category waiters
 */
const await_ = (
  request: { readonly messageId: string },
  options: Wait.Options = {}
): Effect.Effect<
  Operation.Content,
  | PreparationFailed
  | Wait.NotFinished
  | Wait.Lasting<LineError.NotFound | LineError.Gone | LineError.InvalidResponse | LineError.Common>,
  LineClient.LineClient
> => {
  const download = Effect.map(getMessageContent(request), Either.right)
  const ask = Effect.catchTag(download, "LineContentNotReady", (notReady) =>
    Effect.flatMap(hasFailed(request), (hasFailed) =>
      hasFailed ? Effect.succeed(Either.left(new PreparationFailed(request))) : notReady
    )
  )
  return Effect.flatten(
    Wait.until(`content of message ${request.messageId}`, ask, {
      result: Option.some,
      schedule: options.schedule ?? Schedule.union(Schedule.exponential("1 second"), Schedule.spaced("10 seconds")),
      deadline: options.deadline ?? "10 minutes"
    })
  )
}

export { await_ as await }

// LINE answers a download that will never succeed as one that is not ready yet.
const hasFailed = (request: { readonly messageId: string }) =>
  getMessageContentTranscodingByMessageId(request).pipe(
    Effect.map(({ status }) => status === "failed"),
    // It knows no preparation of this kind of message, and prepares it all the same.
    Effect.catchTag("LineBadRequest", () => Effect.succeed(false))
  )

/**
 * The bytes of a file, as long as they are at most so many. It fails with {@link TooLarge} before the first byte if LINE
 * says that there are more, else at the first one too many; either way the rest is not downloaded.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 * import * as Content from "line-effect/Content"
 *
 * const image = (messageId: string) =>
 *   Content.getMessageContent({ messageId }).pipe(
 *     Effect.map(Content.limit(10_000_000)),
 *     Stream.unwrap,
 *     Stream.runCollect,
 *     Effect.catchTag("LineContentTooLarge", () => Effect.succeed([]))
 *   )
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const limit: {
  (maximum: number): (content: Operation.Content) => Limited
  (content: Operation.Content, maximum: number): Limited
} = dual(2, ({ size, stream }: Operation.Content, maximum: number): Limited => {
  const tooLarge = Effect.suspend(() => new TooLarge({ maximum, size }))
  if (size !== undefined && size > maximum) return Stream.concat(release(stream), tooLarge)
  return Stream.suspend(() => {
    let received = 0
    return Stream.tap(stream, (chunk) => ((received += chunk.length) > maximum ? tooLarge : Effect.void))
  })
})

type Limited = Stream.Stream<Uint8Array, TooLarge | LineError.NetworkError | LineError.Timeout>

// The connection of a download is given back by the end of its stream, which is therefore begun, and left at once.
const release = <E>(stream: Stream.Stream<Uint8Array, E>): Stream.Stream<never, E> =>
  Stream.interruptWhen(Stream.drain(stream), Effect.yieldNow())
