/**
 * The bodies of uploads: the bytes of a file, or a form with a file in it. A stream goes over the wire as it runs.
 */
import * as HttpBody from "@effect/platform/HttpBody"
import * as Stream from "effect/Stream"
import type * as Operation from "../Operation.js"
import type { Properties } from "./Request.js"

/** Sees a stream as it is run: what flows, and how it fails. */
export type Watch = (stream: Stream.Stream<Uint8Array, unknown>) => Stream.Stream<Uint8Array, unknown>

const isFile = (value: unknown): value is Operation.File =>
  value instanceof Uint8Array || (typeof value === "object" && value !== null && Stream.StreamTypeId in value)

const write = (file: Operation.File, contentType: string, watch: Watch): HttpBody.HttpBody =>
  file instanceof Uint8Array ? HttpBody.uint8Array(file, contentType) : HttpBody.stream(watch(file), contentType)

/** The bytes of the one file in an argument, of the `contentType` in it. */
export const file = (body: Properties, watch: Watch): HttpBody.HttpBody =>
  write(Object.values(body).find(isFile) ?? new Uint8Array(), String(body["contentType"]), watch)

/** A form with the properties of an argument as its fields. */
export const multipart = (body: Properties, watch: Watch): HttpBody.HttpBody => {
  // Not from a file's bytes, which may be a stream: what 122 random bits happen not to say.
  const boundary = `line-effect-${crypto.randomUUID()}`
  const parts = Object.entries(body).flatMap(([name, value]) =>
    value === undefined ? [] : [bytes(`--${boundary}\r\n${head(name, value)}\r\n\r\n`), content(value), bytes("\r\n")]
  )
  return write(join([...parts, bytes(`--${boundary}--\r\n`)]), `multipart/form-data; boundary=${boundary}`, watch)
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const head = (name: string, value: unknown): string => {
  const disposition = `Content-Disposition: form-data; name="${name}"`
  return isFile(value) ? `${disposition}; filename="${name}.txt"\r\nContent-Type: text/plain` : disposition
}

const content = (value: unknown): Operation.File => (isFile(value) ? value : bytes(String(value)))

/** One file of several: bytes as long as all of them are, so that the request can say its length. */
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
