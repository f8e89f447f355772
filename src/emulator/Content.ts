/**
 * The images, videos, audios and files that users sent.
 */
import * as Either from "effect/Either"
import * as Refusal from "./Refusal.js"
import { ok, type Answer, type Call, type Handler, type Route } from "./Wire.js"
import type { StoredContent, StoredMessage } from "./World.js"

const notFound = Refusal.refuse(404, "not found")
const gone = Refusal.refuse(410, "The content is gone")
const noPreview = Refusal.refuse(400, "The content can not be previewed")
const noTranscoding = Refusal.refuse(400, "Transcoding status doesn't support this type of content")
const notReady: Answer = { status: 202 }

type Media = StoredMessage & { readonly content: StoredContent }

const media = ({ path, world }: Call): Either.Either<Media, Answer> => {
  const message = world.messages.get(path["messageId"] ?? "")
  if (message?.content === undefined) return Either.left(notFound)
  return message.unsent ? Either.left(gone) : Either.right({ ...message, content: message.content })
}

const isOneOf = (message: StoredMessage, ...types: ReadonlyArray<string>): boolean =>
  types.includes(message.message.type)

const getMessageContent: Handler = (call) =>
  Either.map(media(call), ({ content }) =>
    call.now < content.readyAt || content.fails
      ? notReady
      : { status: 200, headers: { "content-type": content.contentType }, body: content.bytes }
  )

const getMessageContentPreview: Handler = (call) =>
  Either.gen(function* () {
    const message = yield* media(call)
    yield* Refusal.unless(isOneOf(message, "image", "video"), noPreview)
    if (call.now < message.content.readyAt) return notReady
    return { status: 200, headers: { "content-type": "image/png" }, body: message.content.preview ?? onePixel }
  })

const getTranscoding: Handler = (call) =>
  Either.gen(function* () {
    const message = yield* media(call)
    yield* Refusal.unless(isOneOf(message, "video", "audio"), noTranscoding)
    const { fails, readyAt } = message.content
    return ok({ status: call.now < readyAt ? "processing" : fails ? "failed" : "succeeded" })
  })

const onePixel = Uint8Array.from(
  atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="),
  (character) => character.charCodeAt(0)
)

const route = (operationId: string, path: string, handler: Handler): Route => ({
  operationId,
  method: "GET",
  host: "data",
  path: `/v2/bot/message/{messageId}/content${path}`,
  handler
})

/** The operations. */
export const routes: ReadonlyArray<Route> = [
  route("getMessageContent", "", getMessageContent),
  route("getMessageContentPreview", "/preview", getMessageContentPreview),
  route("getMessageContentTranscodingByMessageId", "/transcoding", getTranscoding)
]
