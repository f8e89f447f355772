/**
 * From an answer of LINE's, or from none, to a result or an error.
 */
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as LineError from "../LineError.js"
import * as Metrics from "../Metrics.js"
import type * as Operation from "../Operation.js"
import * as Receipt from "../Receipt.js"
import * as Check from "./Check.js"
import { CodecId } from "./Codec.js"

/** One attempt of a call: what its errors tell, and what its meaning depends on. */
export interface Attempt {
  readonly operation: Operation.Declaration
  readonly attempts: number
  readonly retryKey: string | undefined
  /** Whether the client made the key, so that no earlier call can have used it. */
  readonly madeKey: boolean
  /** The failure of the attempt before. */
  readonly previous: LineError.LineError | undefined
  /** How long LINE may take, in milliseconds. */
  readonly milliseconds: number
  /** Takes out of a text what must not be in an error. */
  readonly redact: (text: string) => string
}

const failure = (attempt: Attempt, mayHaveActed: boolean, requestId?: string): LineError.Failure => ({
  operation: attempt.operation.operationId,
  requestId: requestId ?? attempt.previous?.requestId,
  attempts: attempt.attempts,
  retryKey: attempt.retryKey,
  ambiguous: attempt.previous?.ambiguous === true || (mayHaveActed && attempt.operation.repeat !== "safe")
})

/** LINE's id of an answer. */
export const requestId = (response: HttpClientResponse.HttpClientResponse): string | undefined =>
  response.headers["x-line-request-id"]

/** How the successful answers to an operation are read. */
export interface Reader {
  readonly answer: Interpretation
  /** What an answer means whose body did not come in time. */
  readonly headOnly: Interpretation
  /** What a 409 means. */
  readonly conflict?: (
    attempt: Attempt,
    response: HttpClientResponse.HttpClientResponse,
    body: unknown
  ) => Effect.Effect<unknown, LineError.LineError>
}

type Interpretation = (
  attempt: Attempt,
  response: HttpClientResponse.HttpClientResponse
) => Effect.Effect<unknown, LineError.LineError>

/** What an answer means. */
export const interpret: Interpretation = (attempt, response) => {
  if (!isSuccess(response)) return Effect.flatMap(textOrEmpty(response), (text) => refused(attempt, response, text))
  if (isForeign(response)) return Effect.zipRight(textOrEmpty(response), rejected(attempt, response))
  return attempt.operation[CodecId].reader.answer(attempt, response)
}

/** What an answer means whose body did not come in time. */
export const interpretWithoutBody: Interpretation = (attempt, response) => {
  if (!isSuccess(response)) return refused(attempt, response, "")
  if (isForeign(response)) return rejected(attempt, response)
  return attempt.operation[CodecId].reader.headOnly(attempt, response)
}

const acknowledged = (
  result: (attempt: Attempt, response: HttpClientResponse.HttpClientResponse, text: string) => unknown
): Reader => ({
  answer: (attempt, response) => Effect.map(textOrEmpty(response), (text) => result(attempt, response, text)),
  headOnly: (attempt, response) => Effect.sync(() => result(attempt, response, ""))
})

const lateBody: Interpretation = (attempt, response) => Effect.fail(timedOut(attempt, requestId(response)))

/** Nothing: the status has said it all. */
export const nothing: Reader = acknowledged(() => undefined)

/** The receipt of a keyed send. */
export const receipts: Reader = {
  ...acknowledged((attempt, response, text) =>
    receipt(attempt, "accepted", requestId(response), sentMessages(parse(text)))
  ),
  conflict: (attempt, response, body) => {
    const acceptedRequestId = response.headers["x-line-accepted-request-id"]
    // An attempt of this call was accepted and its answer lost. With a key of the caller's and no attempt that may have
    // been accepted, it is an earlier call's.
    return attempt.madeKey || attempt.previous?.ambiguous === true
      ? Effect.succeed(receipt(attempt, "alreadyAccepted", acceptedRequestId, sentMessages(body)))
      : new LineError.DuplicateRequest({
          ...answered(attempt, response, body),
          acceptedRequestId,
          sentMessages: sentMessages(body)
        })
  }
}

/** The acceptance of work that can be resumed. */
export const acceptance: Reader = acknowledged((attempt, response): Operation.Accepted => ({
  requestId: requestId(response) ?? "",
  resumeRequestKey: attempt.retryKey ?? "",
  attempts: attempt.attempts
}))

/** JSON of a schema. */
export const json = (schema: Schema.Schema.AnyNoContext): Reader => ({
  answer: (attempt, response) =>
    Effect.flatMap(text(attempt, response), (text) => decode(attempt, response, schema, text)),
  headOnly: lateBody
})

/** The bytes of a file. */
export const bytes: Reader = {
  answer: (attempt, response) =>
    response.status === 202 ? contentNotReady(attempt, response) : Effect.succeed(content(attempt, response)),
  headOnly: lateBody
}

const isSuccess = (response: HttpClientResponse.HttpClientResponse): boolean =>
  response.status >= 200 && response.status < 300

// A page is not LINE's answer: a proxy asks for a login, or the transport followed a redirect to one.
const isForeign = (response: HttpClientResponse.HttpClientResponse): boolean =>
  requestId(response) === undefined && /^text\/html/i.test(response.headers["content-type"] ?? "")

const rejected = (attempt: Attempt, response: HttpClientResponse.HttpClientResponse): LineError.Rejected =>
  new LineError.Rejected({
    ...failure(attempt, true),
    status: response.status,
    lineMessage: "the answer is a web page and not LINE's",
    details: []
  })

// The status has said everything that must be known: the body is read to free the connection, and may fail.
const textOrEmpty = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<string> =>
  Effect.orElseSucceed(response.text, () => "")

const text = (
  attempt: Attempt,
  response: HttpClientResponse.HttpClientResponse
): Effect.Effect<string, LineError.NetworkError> =>
  Effect.mapError(response.text, (error) => connectionLost(attempt, response, error.cause))

const connectionLost = (
  attempt: Attempt,
  response: HttpClientResponse.HttpClientResponse,
  cause: unknown
): LineError.NetworkError =>
  new LineError.NetworkError({
    ...failure(attempt, true, requestId(response)),
    status: response.status,
    delivered: "unknown",
    reason: reasonOf(cause)
  })

const parse = (text: string): unknown => Either.getOrUndefined(Either.try(() => JSON.parse(text)))

const decode = (
  attempt: Attempt,
  response: HttpClientResponse.HttpClientResponse,
  schema: Schema.Schema.AnyNoContext,
  text: string
): Effect.Effect<unknown, LineError.InvalidResponse> => {
  const body = parse(text)
  if (body !== undefined && Check.guard(schema.ast)(body)) return Effect.succeed(body)
  return Either.mapLeft(
    body === undefined
      ? Either.left([{ path: "", message: "is not JSON" }])
      : Either.mapLeft(Schema.decodeUnknownEither(schema, decodeOptions)(body), ({ issue }) => {
          // A value that is no member of a union has an issue with each of them.
          const paths = ParseResult.ArrayFormatter.formatIssueSync(issue).map(({ path }) => Check.formatPath(path))
          const message = "is missing or has another type than LINE documents"
          return [...new Set(paths)].map((path) => ({ path, message }))
        }),
    (issues) =>
      new LineError.InvalidResponse({ ...failure(attempt, true, requestId(response)), status: response.status, issues })
  )
}

// As on the fast path, what LINE has added since stays in the value.
const decodeOptions = { errors: "all", onExcessProperty: "preserve" } as const

const receipt = (
  attempt: Attempt,
  status: Receipt.Receipt["status"],
  requestId: string | undefined,
  sentMessages: ReadonlyArray<Receipt.SentMessage>
): Receipt.Receipt => {
  Metrics.receipts(status).unsafeUpdate(1, [])
  return {
    status,
    requestId: requestId ?? "",
    retryKey: attempt.retryKey ?? "",
    attempts: attempt.attempts,
    sentMessages
  }
}

const isSentMessage = Check.guard(Receipt.SentMessage.ast) as (value: unknown) => value is Receipt.SentMessage

// The send has happened: a list of messages that cannot be read must not turn it into a failure.
const sentMessages = (body: unknown): ReadonlyArray<Receipt.SentMessage> => {
  const list = property(body, "sentMessages")
  return Array.isArray(list) ? list.filter(isSentMessage) : []
}

const property = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined

const contentNotReady = (
  attempt: Attempt,
  response: HttpClientResponse.HttpClientResponse
): Effect.Effect<never, LineError.ContentNotReady> =>
  Effect.zipRight(
    textOrEmpty(response),
    new LineError.ContentNotReady({ ...failure(attempt, false, requestId(response)), status: response.status })
  )

const content = (attempt: Attempt, response: HttpClientResponse.HttpClientResponse): Operation.Content => {
  const size = sizeOf(response)
  return {
    contentType: response.headers["content-type"] ?? "application/octet-stream",
    size,
    stream: response.stream.pipe(
      Stream.mapError((error) => connectionLost(attempt, response, error.cause)),
      complete(size, () => connectionLost(attempt, response, { code: "INCOMPLETE" })),
      Stream.timeoutFail(() => timedOut(attempt, requestId(response)), attempt.milliseconds),
      once
    )
  }
}

// A transport may give a body that has been read as an empty one.
const once = <E>(stream: Stream.Stream<Uint8Array, E>): Stream.Stream<Uint8Array, E> => {
  let hasRun = false
  return Stream.suspend(() => {
    if (hasRun) return Stream.dieMessage("a content stream has its bytes only once: run it once")
    hasRun = true
    return stream
  })
}

// The length of a compressed answer is not that of the file.
const sizeOf = (response: HttpClientResponse.HttpClientResponse): number | undefined => {
  const length = response.headers["content-length"]
  return length !== undefined && /^\d+$/.test(length) && response.headers["content-encoding"] === undefined
    ? Number(length)
    : undefined
}

// A transport may end a small body that was cut off as if it were whole.
const complete =
  <E2>(size: number | undefined, onIncomplete: () => E2) =>
  <E>(stream: Stream.Stream<Uint8Array, E>): Stream.Stream<Uint8Array, E | E2> => {
    if (size === undefined) return stream
    return Stream.suspend(() => {
      let received = 0
      return stream.pipe(
        Stream.tap((chunk) => Effect.sync(() => (received += chunk.length))),
        Stream.concat(Stream.suspend(() => (received < size ? Stream.fail(onIncomplete()) : Stream.empty)))
      )
    })
  }

const refused = (
  attempt: Attempt,
  response: HttpClientResponse.HttpClientResponse,
  text: string
): Effect.Effect<unknown, LineError.LineError> => {
  const body = parse(text)
  const { conflict } = attempt.operation[CodecId].reader
  return response.status === 409 && conflict !== undefined
    ? conflict(attempt, response, body)
    : Effect.fail(refusal(attempt, response, body))
}

const answered = (
  attempt: Attempt,
  response: HttpClientResponse.HttpClientResponse,
  body: unknown
): LineError.Answered => ({
  ...failure(attempt, response.status >= 500, requestId(response)),
  status: response.status,
  lineMessage: said(attempt, property(body, "message")),
  details: details(attempt, property(body, "details"))
})

const refusal = (
  attempt: Attempt,
  response: HttpClientResponse.HttpClientResponse,
  body: unknown
): LineError.LineError => {
  const answer = answered(attempt, response, body)
  const { status } = answer
  if (status >= 500) return new LineError.ServerError(answer)
  return declared(attempt, answer, body) ?? new (common[status] ?? LineError.Rejected)(answer)
}

const common: Readonly<Record<number, new (answered: LineError.Answered) => LineError.Common>> = {
  400: LineError.BadRequest,
  401: LineError.Unauthorized,
  403: LineError.Forbidden,
  429: LineError.RateLimited
}

/** The error of those that the operation declares. */
const declared = (attempt: Attempt, answer: LineError.Answered, body: unknown): LineError.LineError | undefined => {
  const oauth: LineError.OAuthAnswer = {
    error: said(attempt, property(body, "error")),
    errorDescription: said(attempt, property(body, "error_description"))
  }
  for (const error of attempt.operation.errors) {
    const recognized = "recognize" in error ? error.recognize(answer, oauth) : undefined
    if (recognized !== undefined) return recognized
  }
  return undefined
}

const string = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined)

const said = (attempt: Attempt, value: unknown): string | undefined => {
  const text = string(value)
  return text === undefined ? undefined : attempt.redact(text)
}

const details = (attempt: Attempt, value: unknown): ReadonlyArray<LineError.Detail> =>
  Array.isArray(value)
    ? value.map((detail) => ({
        message: said(attempt, property(detail, "message")),
        property: said(attempt, property(detail, "property"))
      }))
    : []

/** The error of an attempt that had no answer. */
export const unanswered = (attempt: Attempt, error: HttpClientError.RequestError): LineError.NetworkError => {
  const delivered = error.reason !== "Transport" || neverSent(error.cause) ? "no" : "unknown"
  return new LineError.NetworkError({
    ...failure(attempt, delivered === "unknown"),
    status: undefined,
    delivered,
    reason: error.reason === "Transport" ? reasonOf(error.cause) : error.reason
  })
}

/** The error of an attempt that took too long. */
export const timedOut = (attempt: Attempt, requestId?: string): LineError.Timeout =>
  new LineError.Timeout({ ...failure(attempt, true, requestId), milliseconds: attempt.milliseconds })

/** The error of a call for which there is no token. */
export const withoutToken = (attempt: Attempt, cause: LineError.LineError): LineError.TokenUnavailable =>
  new LineError.TokenUnavailable({ ...failure(attempt, false), attempts: attempt.attempts - 1, cause })

/** The error of an attempt whose file could not be read: LINE has seen a part of it at most, and ignores that. */
export const unreadable = (attempt: Attempt, issue: LineError.Issue): LineError.InvalidRequest =>
  new LineError.InvalidRequest({ ...failure(attempt, false), issues: [issue] })

/** The error of a call that was refused before its first attempt. */
export const invalid = (
  operation: Operation.Declaration,
  issues: ReadonlyArray<LineError.Issue>
): LineError.InvalidRequest =>
  new LineError.InvalidRequest({
    operation: operation.operationId,
    requestId: undefined,
    attempts: 0,
    retryKey: undefined,
    ambiguous: false,
    issues
  })

// What the runtimes say when no connection came about, be it for a certificate: LINE cannot have seen the request.
const unconnectedCalls = new Set(["connect", "getaddrinfo"])
const unconnectedCode =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|UND_ERR_CONNECT_TIMEOUT|ConnectionRefused|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$|CERT/

const neverSent = (cause: unknown, depth = 0): boolean => {
  if (depth > 4 || typeof cause !== "object" || cause === null) return false
  const code = property(cause, "code")
  const systemCall = property(cause, "syscall")
  if (typeof code === "string" && unconnectedCode.test(code)) return true
  if (typeof systemCall === "string" && unconnectedCalls.has(systemCall)) return true
  const errors = property(cause, "errors")
  if (Array.isArray(errors) && errors.length > 0) return errors.every((error) => neverSent(error, depth + 1))
  return neverSent(property(cause, "cause"), depth + 1)
}

const reasonOf = (cause: unknown, depth = 0): string => {
  if (depth > 4 || typeof cause !== "object" || cause === null) return "connection failed"
  const inner = property(cause, "cause")
  // A code or a name; a message may repeat parts of the request.
  return (
    string(property(cause, "code")) ??
    (inner === undefined ? (string(property(cause, "name")) ?? "Error") : reasonOf(inner, depth + 1))
  )
}
