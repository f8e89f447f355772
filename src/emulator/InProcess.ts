/**
 * The transport without a socket: an HttpClient whose requests the emulator answers.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Disconnected, Host, WireRequest, WireResponse } from "./Wire.js"

const hosts: ReadonlyMap<string, Host> = new Map([
  ["api.line.me", "api"],
  ["api-data.line.me", "data"],
  ["manager.line.biz", "manager"]
])

/** The client of a handler. It knows LINE's hosts and no other. */
export const make = (
  handle: (request: WireRequest) => Effect.Effect<WireResponse, Disconnected>
): HttpClient.HttpClient =>
  HttpClient.make((request, url) => {
    const host = hosts.get(url.hostname)
    if (host === undefined) return Effect.fail(transportError(request, unknownHost(url.hostname)))
    const { method, headers } = request
    return Effect.flatMap(bytesOf(request), (body) =>
      handle({ host, method, path: url.pathname, query: url.searchParams, headers, body }).pipe(
        Effect.mapError((cause) =>
          transportError(request, Object.assign(new Error(cause.message), { code: cause.code }))
        )
      )
    ).pipe(Effect.map((response) => HttpClientResponse.fromWeb(request, toWeb(response))))
  })

const unknownHost = (hostname: string): Error =>
  Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: "ENOTFOUND" })

const transportError = (request: HttpClientRequest.HttpClientRequest, cause: Error) =>
  new HttpClientError.RequestError({ request, reason: "Transport", cause })

/** The web response of a wire response. */
const toWeb = ({ body, headers, status }: WireResponse): Response =>
  // The constructor refuses an empty text where the status allows no body at all.
  new Response(body.length === 0 ? null : (body as BodyInit), { status, headers })

const bytesOf = (
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<Uint8Array, HttpClientError.RequestError> => {
  const { body } = request
  const encodeError = (cause: unknown) => new HttpClientError.RequestError({ request, reason: "Encode", cause })
  switch (body._tag) {
    case "Empty":
      return Effect.succeed(new Uint8Array())
    case "Uint8Array":
      return Effect.succeed(body.body)
    case "Stream":
      return Stream.runCollect(body.stream).pipe(
        Effect.map((chunks) => concat([...chunks])),
        Effect.mapError(encodeError)
      )
    case "Raw":
    case "FormData":
      return Effect.map(
        Effect.tryPromise({
          try: () => new Response((body._tag === "Raw" ? body.body : body.formData) as BodyInit).arrayBuffer(),
          catch: encodeError
        }),
        (buffer) => new Uint8Array(buffer)
      )
  }
}

const concat = (chunks: ReadonlyArray<Uint8Array>): Uint8Array => {
  const bytes = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0))
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}
