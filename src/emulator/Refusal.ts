/**
 * How LINE says no: the answers of its error catalogue, worded as it words them.
 */
import * as Either from "effect/Either"
import type { Answer } from "./Wire.js"
import type { RetryKey } from "./World.js"

/** A part of a request that is wrong. */
export interface Detail {
  readonly message: string
  readonly property: string
}

/** A refusal with a message, and the details if there are any. */
export const refuse = (status: number, message: string, details: ReadonlyArray<Detail> = []): Answer => ({
  status,
  body: details.length === 0 ? { message } : { message, details }
})

export const unauthorized: Answer = refuse(
  401,
  "Authentication failed due to the following reason: invalid token. " +
    "Confirm that the access token in the authorization header is valid."
)
export const unavailable: Answer = refuse(403, "Access to this API is not available for your account")
export const notFound: Answer = refuse(404, "Not found")
export const methodNotAllowed: Answer = refuse(405, "Method not allowed")
export const tooLarge: Answer = refuse(413, "Request entity too large")
export const rateLimited: Answer = refuse(429, "The API rate limit has been exceeded. Try again later.")
export const quotaExceeded: Answer = refuse(429, "You have reached your monthly limit.")
export const serverError = (status: number): Answer => refuse(status, "Internal server error")

export const invalidReplyToken: Answer = refuse(400, "Invalid reply token")
export const notSent: Answer = refuse(400, "Failed to send messages")
export const invalidStart: Answer = refuse(400, "Invalid start param")

// LINE says 400 for both, and no more: the words are ours.
export const malformedRetryKey: Answer = refuse(400, "The value for the 'X-Line-Retry-Key' header is invalid")
export const unsupportedRetryKey: Answer = refuse(400, "The 'X-Line-Retry-Key' header is not supported by this API")

export const contentType = (type: string): Answer => refuse(415, `The content type, ${type}, is not supported`)

export const unparsable = (line: number, column: number): Answer =>
  refuse(400, `The request body could not be parsed as JSON (line: ${line}, column: ${column})`)

/** A refusal of credentials, in the words of OAuth. */
export const oauth = (error: string, description?: string): Answer => ({
  status: 400,
  body: description === undefined ? { error } : { error, error_description: description }
})

/** A property of the wrong type or form. LINE quotes some names and not others. */
export const property = (name: string): Answer =>
  refuse(400, `The property, ${name}, in the request body is invalid (line: -, column: -)`)

/** A parameter of the path or query of the wrong form. */
export const parameter = (name: string): Answer => refuse(400, `The value for the '${name}' parameter is invalid`)

/** The answer to a body with errors in it. */
export const body = (details: ReadonlyArray<Detail>): Answer =>
  refuse(400, `The request body has ${details.length} error(s)`, details)

/** Refuses a body if there are details of what is wrong with it. */
export const check = (details: ReadonlyArray<Detail>): Either.Either<void, Answer> =>
  details.length === 0 ? Either.void : Either.left(body(details))

/** Refuses with an answer unless a condition holds. */
export const unless = (condition: boolean, answer: Answer): Either.Either<void, Answer> =>
  condition ? Either.void : Either.left(answer)

/** The answer to a retry key that was accepted before, with what was sent then, where LINE tells. */
export const alreadyAccepted = ({ requestId, sentMessages }: NonNullable<RetryKey["accepted"]>): Answer => ({
  status: 409,
  headers: { "x-line-accepted-request-id": requestId },
  body: { message: "The retry key is already accepted", ...(sentMessages === undefined ? {} : { sentMessages }) }
})
