/**
 * Uploads: the bytes of a file, or a form with a file in it. A stream goes over the wire as it runs, and starts the time
 * limit anew as it flows.
 */
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import type * as Operation from "../Operation.js"
import type { Session } from "./Codec.js"
import type { Properties } from "./Request.js"
import * as Response from "./Response.js"
import * as TimeLimit from "./TimeLimit.js"

/** Whether a value is the bytes of a file. */
export const isFile = (value: unknown): value is Operation.File =>
  value instanceof Uint8Array || Predicate.hasProperty(value, Stream.StreamTypeId)

const write = (file: Operation.File, contentType: string): Either.Either<HttpBody.HttpBody> =>
  Either.right(file instanceof Uint8Array ? HttpBody.uint8Array(file, contentType) : HttpBody.stream(file, contentType))

/** Writes the one file of a body, of the `contentType` in it. */
export const file = (body: Properties): Either.Either<HttpBody.HttpBody> =>
  write(Object.values(body).find(isFile) ?? new Uint8Array(), String(body["contentType"]))

/** Writes a body as a form with a file in it. */
export const multipart = (body: Properties): Either.Either<HttpBody.HttpBody> => {
  // Not taken from the file, which may be a stream: 122 random bits do not occur in it.
  const boundary = `line-effect-${crypto.randomUUID()}`
  const parts = Object.entries(body).flatMap(([name, value]) =>
    value === undefined ? [] : [bytes(`--${boundary}\r\n${head(name, value)}\r\n\r\n`), content(value), bytes("\r\n")]
  )
  return write(join([...parts, bytes(`--${boundary}--\r\n`)]), `multipart/form-data; boundary=${boundary}`)
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const head = (name: string, value: unknown): string => {
  const disposition = `Content-Disposition: form-data; name="${name}"`
  return isFile(value) ? `${disposition}; filename="${name}.txt"\r\nContent-Type: text/plain` : disposition
}

const content = (value: unknown): Operation.File => (isFile(value) ? value : bytes(String(value)))

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

/** An attempt that may stand still for so long, in milliseconds. */
export const session = (milliseconds: number): Effect.Effect<Session> =>
  Effect.map(TimeLimit.patience(milliseconds), ({ limit, watch }) => {
    let failure: string | undefined
    return {
      limit,
      execute: (httpClient, request) => {
        const { body } = request
        if (body._tag !== "Stream") return httpClient.execute(request)
        return Effect.flatMap(Deferred.make<never, HttpClientError.RequestError>(), (unreadable) => {
          // node:http ends a request whose stream fails as if it were whole. So no transport sees the failure: the
          // stream stands still, and the request is interrupted.
          const stream = Stream.catchAllCause(watch(body.stream), (cause) => {
            failure = `the file could not be read: ${nameOf(Cause.squash(cause))}`
            const error = new HttpClientError.RequestError({ request, reason: "Encode" })
            return Stream.fromEffect(Effect.zipRight(Deferred.fail(unreadable, error), Effect.never))
          })
          const sent = httpClient.execute(
            HttpClientRequest.setBody(request, HttpBody.stream(stream, body.contentType, body.contentLength))
          )
          return Effect.raceFirst(sent, Deferred.await(unreadable))
        })
      },
      unanswered: (attempt, error) =>
        failure === undefined ? Response.unanswered(attempt, error) : Response.unreadable(attempt, failure)
    }
  })

// Not its message, which may repeat parts of the file.
const nameOf = (error: unknown): string => {
  if (Predicate.hasProperty(error, "_tag")) return String(error._tag)
  return error instanceof Error ? error.name : typeof error
}
