/**
 * What goes over the wire, as plain data: both transports of the emulator, in process and loopback, sit on it.
 */
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import type { World } from "./World.js"

/**
 * The hosts of LINE that the emulator stands for: api.line.me, api-data.line.me and manager.line.biz. A request to a
 * loopback port is for `"any"` of them.
 *
 * @since 0.1.0
 * @category models
 */
export type Host = "api" | "data" | "manager" | "any"

/**
 * A request as it arrives.
 *
 * @since 0.1.0
 * @category models
 */
export interface WireRequest {
  readonly host: Host
  readonly method: string
  /** The path as sent, percent-encoded, without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
}

/**
 * A response as it leaves.
 *
 * @since 0.1.0
 * @category models
 */
export interface WireResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | string
}

/**
 * The connection ended before a response: refused, or reset.
 *
 * @since 0.1.0
 * @category errors
 */
export class Disconnected extends Data.TaggedError("LineEmulatorDisconnected")<{
  readonly code: "ECONNREFUSED" | "ECONNRESET"
}> {
  override get message(): string {
    return this.code === "ECONNREFUSED" ? "connect ECONNREFUSED" : "read ECONNRESET"
  }
}

/**
 * An event of a webhook, in LINE's shape.
 *
 * @since 0.1.0
 * @category models
 */
export interface Event {
  readonly type: string
  readonly replyToken?: string
  readonly message?: { readonly id: string } & Readonly<Record<string, unknown>>
  readonly [property: string]: unknown
}

/** An answer to a call: bytes and texts are sent as they are, anything else as JSON, `undefined` as an empty body. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** The events that follow from the call. */
  readonly events?: ReadonlyArray<Event>
  /** The answer in place of this one, where it takes time: it changes nothing. */
  readonly eventual?: Effect.Effect<Answer>
}

/** A request that reached its operation. */
export interface Call {
  readonly world: World
  readonly route: Route
  readonly requestId: string
  /** In milliseconds. */
  readonly now: number
  /** The parameters of the path, decoded. */
  readonly path: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The JSON body, or the fields of the form; empty if the operation has neither. */
  readonly body: Readonly<Record<string, unknown>>
  /** The body as it arrived, and its type as the request says it. */
  readonly bytes: Uint8Array
  readonly contentType: string
}

/** A handler answers at once and changes the world in one step: no two calls interleave in it. */
export type Handler = (call: Call) => Either.Either<Answer, Answer>

/** An operation of LINE: where it is, and what it does. */
export interface Route {
  readonly operationId: string
  readonly method: "GET" | "POST" | "PUT" | "DELETE"
  readonly path: string
  /** `"api"` unless set. */
  readonly host?: Host
  /** Whether it takes a retry key. */
  readonly retryKey?: true
  /** What its body is, if it has one: JSON, which may be left out, a form, or bytes of which the handler makes sense. */
  readonly body?: "json" | "optional json" | "form" | "bytes"
  /** Whether it takes a channel access token; true unless set. */
  readonly authorized?: false
  /** How many bytes its body may have; LINE's usual 2 MB unless set. */
  readonly maximumBody?: number
  readonly handler: Handler
}

/** How many bytes a body may usually have. */
export const usualMaximumBody = 2 * 1024 * 1024

/** How many bytes a body may have at all: a file of 1,500,000 IDs, and room. */
export const maximumBody = 64 * 1024 * 1024

/** A success with JSON. */
export const ok = (body: unknown = {}): Answer => ({ status: 200, body })

const bodiless: ReadonlySet<number> = new Set([204, 205, 304])

/** The response that carries an answer. */
export const encode = ({ body, headers, status }: Answer, requestId: string): WireResponse => {
  const content = bodiless.has(status) || body === undefined ? "" : body
  const isRaw = typeof content === "string" || content instanceof Uint8Array
  return {
    status,
    headers: { "x-line-request-id": requestId, ...(isRaw ? {} : { "content-type": "application/json" }), ...headers },
    body: isRaw ? content : JSON.stringify(content)
  }
}
