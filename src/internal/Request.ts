/**
 * From an operation and its argument to the bytes of a request: checked, encoded once, the same on every attempt.
 */
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type * as LineError from "../LineError.js"
import type * as Operation from "../Operation.js"
import * as Check from "./Check.js"
import { CodecId } from "./Codec.js"

/** The argument of a call, whatever it is. */
export type Properties = Readonly<Record<string, unknown>>

const none: Properties = {}

const isProperties = (value: unknown): value is Properties => typeof value === "object" && value !== null

/** The properties of an argument; of no argument, none. */
export const properties = (argument: unknown): Properties => (isProperties(argument) ? argument : none)

/** What is wrong with an argument. */
export const issues = (
  operation: Operation.Declaration,
  argument: Properties
): ReadonlyArray<LineError.Issue> | undefined => {
  const schemas = [operation.parameters, operation.body]
  if (schemas.every((schema) => schema === undefined || Check.guard(schema.ast)(argument))) return undefined
  return schemas
    .flatMap((schema) => (schema === undefined ? [] : Check.issues(schema.ast, argument)))
    .map(Check.toLineIssue)
}

/** Requests to which only a call's own parts are missing, made once for a client. */
export interface Templates {
  readonly bare: HttpClientRequest.HttpClientRequest
  readonly json: HttpClientRequest.HttpClientRequest
  readonly empty: HttpClientRequest.HttpClientRequest
}

/** The templates of requests with these headers. */
export const templates = (headers: Readonly<Record<string, string>>): Templates => {
  const template = (more: Readonly<Record<string, string>>) =>
    HttpClientRequest.make("POST")("/", { headers: { ...headers, ...more } })
  return {
    bare: template({}),
    json: template({ "content-type": "application/json" }),
    // LINE's edge answers 411 to a POST that does not say how long its body is, even when it has none; and LINE
    // documents a type for the PUT without a body that closes a coupon.
    empty: template({ "content-length": "0", "content-type": "application/json" })
  }
}

/** The request of a valid argument. Fails if the body cannot be written. */
export const encode = (
  operation: Operation.Declaration,
  given: Properties,
  baseUrl: string,
  templates: Templates
): Either.Either<HttpClientRequest.HttpClientRequest, ReadonlyArray<LineError.Issue>> => {
  const { complete } = operation[CodecId]
  const argument = complete === undefined ? given : complete(given)
  const url = baseUrl + path(operation, argument) + query(operation, argument)
  const template = templates[templateOf(operation)]
  const addressed = HttpClientRequest.setUrl(HttpClientRequest.setMethod(template, operation.method), url)
  const request = setHeaders(addressed, operation, argument)
  return operation.body === undefined
    ? Either.right(request)
    : Either.map(operation[CodecId].write(bodyOf(operation, argument)), (body) =>
        HttpClientRequest.setBody(request, body)
      )
}

const templateOf = (operation: Operation.Declaration): keyof Templates => {
  if (operation.body !== undefined) return operation.encoding === "json" ? "json" : "bare"
  return operation.method === "GET" ? "bare" : "empty"
}

const path = (operation: Operation.Declaration, argument: Properties): string =>
  operation.pathParameters.reduce(
    (path, name) => path.replace(`{${name}}`, () => encodeURIComponent(String(argument[name]))),
    operation.path
  )

const query = (operation: Operation.Declaration, argument: Properties): string => {
  if (operation.queryParameters.length === 0) return ""
  const parameters = new URLSearchParams()
  for (const name of operation.queryParameters) {
    for (const value of [argument[name]].flat()) {
      if (value !== undefined) parameters.append(name, text(value))
    }
  }
  return parameters.size === 0 ? "" : `?${parameters.toString()}`
}

const setHeaders = (
  request: HttpClientRequest.HttpClientRequest,
  operation: Operation.Declaration,
  argument: Properties
): HttpClientRequest.HttpClientRequest => {
  let result = request
  for (const name in operation.headerParameters) {
    const header = operation.headerParameters[name]
    const value = argument[name]
    if (header !== undefined && value !== undefined) result = HttpClientRequest.setHeader(result, header, text(value))
  }
  return result
}

/** A value as a parameter of a query, a header or a form. */
export const text = (value: unknown): string => String(Redacted.isRedacted(value) ? Redacted.value(value) : value)

// What goes elsewhere is undefined in the body: no encoding writes that.
const bodyOf = (operation: Operation.Declaration, argument: Properties): Properties => {
  const body = { ...argument }
  for (const name of operation.pathParameters) body[name] = undefined
  for (const name of operation.queryParameters) body[name] = undefined
  for (const name in operation.headerParameters) body[name] = undefined
  return body
}

/** Writes a body as JSON. Fails if it cannot be. */
// As a text, which every transport takes, and of which it writes the length itself.
export const json = (body: Properties): Either.Either<HttpBody.HttpBody, ReadonlyArray<LineError.Issue>> =>
  Either.try({
    try: () => HttpBody.raw(JSON.stringify(body)),
    catch: () => [{ path: "", message: "cannot be written as JSON: it contains itself, or a bigint" }]
  })

/** Writes a body as a form. */
export const form = (body: Properties): Either.Either<HttpBody.HttpBody> => {
  const fields = new URLSearchParams()
  for (const [name, value] of Object.entries(body)) if (value !== undefined) fields.append(name, text(value))
  return Either.right(HttpBody.text(fields.toString(), "application/x-www-form-urlencoded"))
}
