/**
 * Every failure of a call to LINE, named for the decision it leaves to the caller. Two questions cut across the names:
 * {@link isRetryable}, may the same call succeed later, and {@link isAmbiguous}, may LINE have acted although it failed.
 *
 * The texts LINE sends may change; a program decides by `_tag` and by these two questions, never by a message.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#error-responses
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type * as Receipt from "./Receipt.js"

/**
 * What every failure tells about the call it ended. No field holds a token, a secret or the text of a message.
 *
 * @since 0.1.0
 * @category models
 */
export interface Failure {
  /** The operationId of the call, such as `pushMessage`. */
  readonly operation: string
  /** LINE's id of the last answer (`x-line-request-id`), which LINE's support asks for. */
  readonly requestId: string | undefined
  /** The number of requests sent, retries included; 0 if the call was refused before the first. */
  readonly attempts: number
  /** The retry key of the call, or the `resumeRequestKey` of a rich menu batch; no other operation has a key. */
  readonly retryKey: string | undefined
  /**
   * Whether LINE may have acted on this attempt or an earlier one of the call, although it did not say so. Never on an
   * operation that may be repeated without harm.
   */
  readonly ambiguous: boolean
}

/**
 * A failure that LINE answered.
 *
 * @since 0.1.0
 * @category models
 */
export interface Answered extends Failure {
  /** The HTTP status of the answer. */
  readonly status: number
  /** LINE's own explanation, if the answer had one. */
  readonly lineMessage: string | undefined
  /** LINE's list of what is wrong, often empty. */
  readonly details: ReadonlyArray<Detail>
}

/**
 * What an answer in OAuth's form says.
 *
 * @since 0.1.0
 * @category models
 */
export interface OAuthAnswer {
  /** OAuth's code, such as `invalid_client`; `undefined` in an answer of another form. */
  readonly error: string | undefined
  readonly errorDescription: string | undefined
}

/**
 * One entry of an error's `details`: what is wrong, and at which property.
 *
 * @since 0.1.0
 * @category models
 */
export interface Detail {
  readonly message: string | undefined
  readonly property: string | undefined
}

/**
 * One thing that is wrong with a request: where, in LINE's notation (`messages[0].text`), and what.
 *
 * @since 0.1.0
 * @category models
 */
export interface Issue {
  readonly path: string
  readonly message: string
}

const mayHaveActed = (failure: Failure): string => (failure.ambiguous ? ", LINE may have acted all the same" : "")

const sentNothing = (failure: Failure): string =>
  failure.attempts === 0 ? "nothing was sent" : `nothing was sent by the last attempt${mayHaveActed(failure)}`

const sentence = (failure: Failure, what: string): string => {
  const facts = [
    failure.attempts > 1 ? `${failure.attempts} attempts` : undefined,
    failure.requestId === undefined ? undefined : `request ${failure.requestId}`,
    failure.retryKey === undefined ? undefined : `retry key ${failure.retryKey}`
  ].filter((fact) => fact !== undefined)
  return `${failure.operation}: ${what}${facts.length === 0 ? "" : ` (${facts.join(", ")})`}`
}

const answer = (failure: Answered, what: string): string => {
  const details = failure.details.map((detail) => [detail.property, detail.message].filter(Boolean).join(": "))
  const said = [failure.lineMessage, ...details].filter(Boolean).join("; ")
  return sentence(failure, `${what} [${failure.status}${said === "" ? "" : ` ${said}`}]${mayHaveActed(failure)}`)
}

/**
 * Nothing was sent: the request is outside LINE's documented limits, or its file cannot be read. `issues` names every
 * violation; correct them. Where a file could be read by an earlier attempt and not by the last, `attempts` is not 0.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidRequest extends Data.TaggedError("LineInvalidRequest")<
  Failure & { readonly issues: ReadonlyArray<Issue> }
> {
  override get message(): string {
    const issues = this.issues.map(({ message, path }) => (path === "" ? message : `${path} ${message}`))
    return sentence(this, `${sentNothing(this)}, the request is invalid: ${issues.join("; ")}`)
  }
}

/**
 * LINE refused the request (400). `details` names the properties; the same request is refused again.
 *
 * @since 0.1.0
 * @category errors
 */
export class BadRequest extends Data.TaggedError("LineBadRequest")<Answered> {
  override get message(): string {
    return answer(this, "LINE refused the request")
  }
}

/**
 * The channel access token is wrong, expired or revoked (401). Issue a new one for this channel.
 *
 * @since 0.1.0
 * @category errors
 */
export class Unauthorized extends Data.TaggedError("LineUnauthorized")<Answered> {
  override get message(): string {
    return answer(this, "LINE does not accept the channel access token, issue a new one for this channel")
  }
}

/**
 * The account, its plan or the token may not do this (403). Some operations need a verified or premium account.
 *
 * @since 0.1.0
 * @category errors
 */
export class Forbidden extends Data.TaggedError("LineForbidden")<Answered> {
  override get message(): string {
    return answer(this, "this account or plan may not call the operation")
  }
}

/**
 * LINE does not know the id, or may not show it to this bot (404): a user who blocked the bot, a group it left.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotFound extends Data.TaggedError("LineNotFound")<Answered> {
  /** This error, if an answer is it. */
  static recognize(answered: Answered): NotFound | undefined {
    return answered.status === 404 ? new NotFound(answered) : undefined
  }

  override get message(): string {
    return answer(this, "LINE has nothing under that id for this bot")
  }
}

/**
 * The caller's own retry key was already accepted, in an earlier call (409): nothing was sent this time. For a new
 * message use a new key. After a restart with a derived key, this is the proof that the message went out before.
 *
 * @since 0.1.0
 * @category errors
 */
export class DuplicateRequest extends Data.TaggedError("LineDuplicateRequest")<
  Answered & {
    /** The request id under which LINE accepted the earlier call. */
    readonly acceptedRequestId: string | undefined
    /** What the earlier call sent; only push answers it. */
    readonly sentMessages: ReadonlyArray<Receipt.SentMessage>
  }
> {
  override get message(): string {
    const request = this.acceptedRequestId === undefined ? "" : ` as request ${this.acceptedRequestId}`
    return answer(this, `the retry key was already accepted${request}, nothing was sent now`)
  }
}

/**
 * The thing existed and is gone for good (410): content of an unsent message, a coupon that was closed.
 *
 * @since 0.1.0
 * @category errors
 */
export class Gone extends Data.TaggedError("LineGone")<Answered> {
  /** This error, if an answer is it. */
  static recognize(answered: Answered): Gone | undefined {
    return answered.status === 410 ? new Gone(answered) : undefined
  }

  override get message(): string {
    return answer(this, "it no longer exists")
  }
}

/**
 * Too many requests to this operation (429). LINE did not act on this attempt; the same call may succeed after a wait.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#rate-limits
 * @since 0.1.0
 * @category errors
 */
export class RateLimited extends Data.TaggedError("LineRateLimited")<Answered> {
  override get message(): string {
    return answer(this, "over LINE's rate limit, call again later and less often")
  }
}

/**
 * The month's messages are used up or reserved by a running narrowcast (429). This attempt sent nothing, and waiting
 * seconds does not help: raise the plan's limit, reply instead of pushing, or wait for the narrowcast or the next month.
 *
 * @since 0.1.0
 * @category errors
 */
export class QuotaExceeded extends Data.TaggedError("LineQuotaExceeded")<Answered> {
  /** This error, if an answer is it. */
  static recognize(answered: Answered): QuotaExceeded | undefined {
    // The message is the only thing in which it differs from a rate limit.
    const isQuota = answered.status === 429 && /monthly limit/i.test(answered.lineMessage ?? "")
    return isQuota ? new QuotaExceeded(answered) : undefined
  }

  override get message(): string {
    return answer(this, "the month's message quota is used up")
  }
}

/**
 * LINE or something before it refused the request with a status that has no meaning for this operation, or a proxy
 * answered with a page of its own.
 *
 * @since 0.1.0
 * @category errors
 */
export class Rejected extends Data.TaggedError("LineRejected")<Answered> {
  override get message(): string {
    return answer(this, "the request was rejected")
  }
}

/**
 * LINE failed (5xx). Whether it acted is unknown unless the operation only reads.
 *
 * @since 0.1.0
 * @category errors
 */
export class ServerError extends Data.TaggedError("LineServerError")<Answered> {
  override get message(): string {
    return answer(this, "LINE failed")
  }
}

/**
 * No answer: the connection could not be made (`delivered: "no"`) or died before the answer was complete
 * (`delivered: "unknown"`). `delivered` is about the last attempt, `ambiguous` about the whole call.
 *
 * @since 0.1.0
 * @category errors
 */
export class NetworkError extends Data.TaggedError("LineNetworkError")<
  Failure & {
    readonly status: number | undefined
    readonly delivered: "no" | "unknown"
    /** The failure's code or name, such as `ECONNREFUSED`. */
    readonly reason: string
  }
> {
  override get message(): string {
    const what = this.delivered === "no" ? "LINE was not reached" : "the connection to LINE was lost"
    return sentence(this, `${what} [${this.reason}]${mayHaveActed(this)}`)
  }
}

/**
 * No answer within the client's time limit; the request was aborted.
 *
 * @since 0.1.0
 * @category errors
 */
export class Timeout extends Data.TaggedError("LineTimeout")<Failure & { readonly milliseconds: number }> {
  override get message(): string {
    return sentence(this, `no answer within ${this.milliseconds} ms${mayHaveActed(this)}`)
  }
}

/**
 * LINE accepted the request, but its answer is not what LINE documents. LINE acted: do not repeat what must not happen
 * twice. `issues` says what could not be read.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidResponse extends Data.TaggedError("LineInvalidResponse")<
  Failure & { readonly status: number; readonly issues: ReadonlyArray<Issue> }
> {
  override get message(): string {
    const issues = this.issues.map(({ message, path }) => (path === "" ? message : `${path} ${message}`))
    return sentence(this, `LINE's answer could not be read: ${issues.join("; ")} [${this.status}]`)
  }
}

/**
 * LINE is still preparing a large video or audio (202): ask again in a while.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-content
 * @since 0.1.0
 * @category errors
 */
export class ContentNotReady extends Data.TaggedError("LineContentNotReady")<Failure & { readonly status: number }> {
  override get message(): string {
    return sentence(this, `LINE is still preparing the content, ask again later [${this.status}]`)
  }
}

/**
 * A token operation was refused in OAuth's form: wrong credentials, expired assertion, malformed token.
 *
 * @since 0.1.0
 * @category errors
 */
export class OAuthError extends Data.TaggedError("LineOAuthError")<
  Answered & {
    /** OAuth's code, such as `invalid_client`. */
    readonly error: string
    readonly errorDescription: string | undefined
  }
> {
  /** This error, if an answer is it. */
  static recognize(answered: Answered, { error, errorDescription }: OAuthAnswer): OAuthError | undefined {
    return error === undefined ? undefined : new OAuthError({ ...answered, error, errorDescription })
  }

  override get message(): string {
    return answer(this, `LINE refused the credentials: ${this.error} ${this.errorDescription ?? ""}`.trimEnd())
  }
}

/**
 * The channel has as many valid tokens of this kind as LINE allows, 30, and none was issued (400). Revoke one that is no
 * longer used: tokens that expire by themselves make room too.
 *
 * @see https://developers.line.biz/en/docs/basics/channel-access-token/
 * @since 0.1.0
 * @category errors
 */
export class TokenLimitReached extends Data.TaggedError("LineTokenLimitReached")<Answered> {
  /** This error, if an answer is it. */
  static recognize(answered: Answered): TokenLimitReached | undefined {
    // The message is the only thing in which it differs from another bad request.
    const isLimit = answered.status === 400 && /maximum number/i.test(answered.lineMessage ?? "")
    return isLimit ? new TokenLimitReached(answered) : undefined
  }

  override get message(): string {
    return answer(this, "the channel already has 30 valid tokens, revoke one that is no longer used")
  }
}

/**
 * No channel access token could be had for an attempt, which therefore sent nothing. `cause` is the failure of the
 * operation that should have issued one. The client repeats the call by the policy of the call if that failure may pass,
 * and each attempt asks once for a token unless the options of the token service say otherwise.
 *
 * @since 0.1.0
 * @category errors
 */
export class TokenUnavailable extends Data.TaggedError("LineTokenUnavailable")<
  Failure & { readonly cause: LineError }
> {
  override get message(): string {
    return sentence(this, `${sentNothing(this)}, there is no channel access token: ${this.cause.message}`)
  }
}

/**
 * What any operation can meet.
 *
 * @since 0.1.0
 * @category errors
 */
export type Common =
  | InvalidRequest
  | TokenUnavailable
  | BadRequest
  | Unauthorized
  | Forbidden
  | RateLimited
  | Rejected
  | ServerError
  | NetworkError
  | Timeout

/**
 * Any failure of a call to LINE.
 *
 * @since 0.1.0
 * @category errors
 */
export type LineError =
  | Common
  | NotFound
  | DuplicateRequest
  | Gone
  | QuotaExceeded
  | InvalidResponse
  | ContentNotReady
  | OAuthError
  | TokenLimitReached

/**
 * Whether the same call may succeed later without a change: a rate limit, a failure of LINE's (but not 501) or of the
 * network, content that is not ready. It does not say that a repetition is safe, see {@link isAmbiguous}.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as LineError from "line-effect/LineError"
 * import * as Users from "line-effect/Users"
 *
 * const profile = Users.getProfile({ userId: "U4af4980629" }).pipe(
 *   Effect.catchIf(LineError.isRetryable, () => Effect.succeed(undefined))
 * )
 * ```
 *
 * @since 0.1.0
 * @category guards
 */
export const isRetryable = (error: LineError): boolean => {
  switch (error._tag) {
    // A server that does not have the operation will not have it a moment later.
    case "LineServerError":
      return error.status !== 501
    case "LineRateLimited":
    case "LineNetworkError":
    case "LineTimeout":
    case "LineContentNotReady":
      return true
    case "LineTokenUnavailable":
      return isRetryable(error.cause)
    default:
      return false
  }
}

/**
 * Whether LINE may have acted although the call failed: a message may have been sent. Repeat such a call only with the
 * same retry key.
 *
 * @since 0.1.0
 * @category guards
 */
export const isAmbiguous = (error: LineError): boolean => error.ambiguous
