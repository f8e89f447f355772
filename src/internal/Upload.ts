/**
 * Uploads: the bytes of a file, or a form with a file in it. A stream goes over the wire as it runs, and starts the time
 * limit anew as it flows.
 */
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberRef from "effect/FiberRef"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import type * as LineError from "../LineError.js"
import type * as Operation from "../Operation.js"
import type { Session } from "./Codec.js"
import * as Request from "./Request.js"
import * as Response from "./Response.js"
import * as TimeLimit from "./TimeLimit.js"

/** Whether a value is the bytes of a file. */
export const isFile = (value: unknown): value is Operation.File =>
  value instanceof Uint8Array || Predicate.hasProperty(value, Stream.StreamTypeId)

const write = (file: Operation.File, contentType: string): Either.Either<HttpBody.HttpBody> =>
  Either.right(file instanceof Uint8Array ? HttpBody.uint8Array(file, contentType) : HttpBody.stream(file, contentType))

/** What fails a file: the property of the body that has it, and why. */
class Unreadable extends Data.Error<{ readonly property: string; readonly reason: string }> {}

const named = (property: string, file: Operation.File): Operation.File =>
  file instanceof Uint8Array
    ? file
    : Stream.catchAllCause(file, (cause) =>
        Stream.fail(new Unreadable({ property, reason: nameOf(Cause.squash(cause)) }))
      )

/** Writes the one file of a body, of the `contentType` in it. */
export const file = (body: Request.Properties): Either.Either<HttpBody.HttpBody> => {
  const [file = new Uint8Array()] = Object.entries(body).flatMap(([name, value]) =>
    isFile(value) ? [named(name, value)] : []
  )
  return write(file, String(body["contentType"]))
}

/** Writes a body as a form with a file in it. */
export const multipart = (body: Request.Properties): Either.Either<HttpBody.HttpBody> => {
  // Not taken from the file, which may be a stream: 122 random bits do not occur in it.
  const boundary = `line-effect-${crypto.randomUUID()}`
  const parts = Object.entries(body).flatMap(([name, value]) =>
    value === undefined
      ? []
      : [bytes(`--${boundary}\r\n${head(name, value)}\r\n\r\n`), content(name, value), bytes("\r\n")]
  )
  return write(join([...parts, bytes(`--${boundary}--\r\n`)]), `multipart/form-data; boundary=${boundary}`)
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const head = (name: string, value: unknown): string => {
  const disposition = `Content-Disposition: form-data; name="${name}"`
  return isFile(value) ? `${disposition}; filename="${name}.txt"\r\nContent-Type: text/plain` : disposition
}

const content = (name: string, value: unknown): Operation.File =>
  isFile(value) ? named(name, value) : bytes(Request.text(value))

/** One file of several: bytes if all of them are, so that the request can say its length. */
const join = (files: ReadonlyArray<Operation.File>): Operation.File => {
  const known = files.filter((file) => file instanceof Uint8Array)
  if (known.length < files.length) {
    return Stream.flatMap(Stream.fromIterable(files), (file) =>
      file instanceof Uint8Array ? Stream.succeed(file) : file
    )
  }
  const joined = new Uint8Array(known.reduce((length, { length: more }) => length + more, 0))
  let offset = 0
  for (const part of known) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

const pieceSize = 64 * 1024

const nothing = new Uint8Array()

/** Bytes in pieces, between which they can be seen to flow. */
const pieces = (bytes: Uint8Array): ReadonlyArray<Uint8Array> =>
  bytes.length <= pieceSize
    ? [bytes]
    : Array.from({ length: Math.ceil(bytes.length / pieceSize) }, (_, index) =>
        bytes.subarray(index * pieceSize, (index + 1) * pieceSize)
      )

/** What a body is as a stream; nothing if it is soon sent. */
const streamOf = (body: HttpBody.HttpBody): Stream.Stream<Uint8Array, unknown> | undefined => {
  if (body._tag === "Stream") return Stream.mapConcat(body.stream, pieces)
  return body._tag === "Uint8Array" && body.body.length > 16 * pieceSize
    ? Stream.fromIterable(pieces(body.body))
    : undefined
}

/** An attempt that may stand still for so long, in milliseconds. */
export const session = (milliseconds: number): Effect.Effect<Session> =>
  Effect.gen(function* () {
    const { limit, watch } = yield* TimeLimit.patience(milliseconds)
    const tracerDisabledWhen = yield* FiberRef.get(HttpClient.currentTracerDisabledWhen)
    let failure: LineError.Issue | undefined

    const send = (
      httpClient: HttpClient.HttpClient,
      request: HttpClientRequest.HttpClientRequest,
      stream: Stream.Stream<Uint8Array, unknown>
    ) =>
      Effect.gen(function* () {
        const { contentLength, contentType } = request.body
        const unreadable = yield* Deferred.make<never, HttpClientError.RequestError>()
        // node:http ends a request whose stream fails as if it were whole. So no transport sees the failure: the stream
        // stands still, and the request is interrupted.
        const watched = Stream.catchAllCause(watch(stream), (cause) => {
          failure = issueOf(Cause.squash(cause))
          const error = new HttpClientError.RequestError({ request, reason: "Encode" })
          return Stream.fromEffect(Effect.zipRight(Deferred.fail(unreadable, error), Effect.never))
        })
        // It ends with the attempt: fetch lets go of a stream without ending it.
        const pull = yield* Stream.toPull(watched)
        // The file may come over HTTP, and is then traced as it was before the call.
        const body = Stream.repeatEffectChunkOption(
          Effect.locally(pull, HttpClient.currentTracerDisabledWhen, tracerDisabledWhen)
          // Over node:http the last item of a chunk is not waited for until it has drained: that is now an empty one.
        ).pipe(Stream.mapChunks(Chunk.append(nothing)))
        return yield* Effect.raceFirst(
          httpClient.execute(HttpClientRequest.setBody(request, HttpBody.stream(body, contentType, contentLength))),
          Deferred.await(unreadable)
        )
      }).pipe(Effect.scoped)

    return {
      limit,
      execute: (httpClient, request) => {
        const stream = streamOf(request.body)
        return stream === undefined ? httpClient.execute(request) : send(httpClient, request, stream)
      },
      unanswered: (attempt, error) =>
        failure === undefined ? Response.unanswered(attempt, error) : Response.unreadable(attempt, failure)
    }
  })

const issueOf = (error: unknown): LineError.Issue => {
  const { property, reason } = error instanceof Unreadable ? error : { property: "", reason: nameOf(error) }
  return { path: property, message: `the file could not be read: ${reason}` }
}

// Not its message, which may repeat parts of the file.
const nameOf = (error: unknown): string => {
  if (Predicate.hasProperty(error, "_tag")) return String(error._tag)
  return error instanceof Error ? error.name : typeof error
}
