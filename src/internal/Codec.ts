/**
 * How operations are carried out: the parts of a call that not every operation needs. An operation brings its own, so
 * that a bundle holds only those of the operations in it.
 */
import type * as HttpBody from "@effect/platform/HttpBody"
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import type * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import type * as LineError from "../LineError.js"
import type * as Retry from "../Retry.js"
import type { Properties } from "./Request.js"
import type { Attempt, Reader } from "./Response.js"
import type { TimeLimit } from "./TimeLimit.js"

/** Where an operation keeps its codec. */
export const CodecId: unique symbol = Symbol.for("line-effect/Codec")

/** How one operation is carried out. */
export interface Codec {
  /** Writes the body. */
  readonly write: (body: Properties) => Either.Either<HttpBody.HttpBody, ReadonlyArray<LineError.Issue>>
  /** Adds to a valid argument what has only one value, so that no caller has to write it. */
  readonly complete: ((argument: Properties) => Properties) | undefined
  /** Makes sense of the answer. */
  readonly reader: Reader
  /** The property that has the key of a call, and what makes one. */
  readonly key: { readonly name: string; readonly generator: typeof Retry.KeyGenerator } | undefined
  /** What each attempt gets that does not live by the client's usual time limit. */
  readonly session: ((milliseconds: number) => Effect.Effect<Session>) | undefined
}

/** One attempt with a time limit of its own. */
export interface Session {
  readonly limit: TimeLimit
  /** Sends the request. */
  readonly execute: (
    httpClient: HttpClient.HttpClient,
    request: HttpClientRequest.HttpClientRequest
  ) => Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>
  /** The error of the attempt if there was no answer. */
  readonly unanswered: (attempt: Attempt, error: HttpClientError.RequestError) => LineError.LineError
}
