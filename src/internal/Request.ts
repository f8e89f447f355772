/**
 * From an operation and its argument to the bytes of a request: checked, encoded once, the same on every attempt.
 */
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Either from "effect/Either"
import type * as Schema from "effect/Schema"
import type * as LineError from "../LineError.js"
import type * as Operation from "../Operation.js"
import * as Check from "./Check.js"

/** The argument of a call, whatever it is. */
export type Properties = Readonly<Record<string, unknown>>

const none: Properties = {}

const isProperties = (value: unknown): value is Properties => typeof value === "object" && value !== null

/** The properties of an argument; of no argument, none. */
export const properties = (argument: unknown): Properties => (isProperties(argument) ? argument : none)

/** What is wrong with an argument, or with the retry key, which may come from elsewhere. */
export const issues = (
  operation: Operation.Declaration,
  argument: Properties,
  retryKey: string | undefined
): ReadonlyArray<LineError.Issue> | undefined => {
  const checks: ReadonlyArray<readonly [Schema.Schema.AnyNoContext | undefined, unknown]> = [
    [operation.parameters, retryKey === undefined ? argument : { ...argument, retryKey }],
    [operation.body, argument]
  ]
  if (checks.every(([schema, value]) => schema === undefined || Check.guard(schema.ast)(value))) return undefined
  return checks
    .flatMap(([schema, value]) => (schema === undefined ? [] : Check.issues(schema.ast, value)))
    .map(Check.toLineIssue)
}

/** Requests to which only a call's own parts are missing, made once for a client. */
export interface Templates {
  readonly get: HttpClientRequest.HttpClientRequest
  readonly json: HttpClientRequest.HttpClientRequest
  readonly empty: HttpClientRequest.HttpClientRequest
}

/** The templates of a client that sends these headers. */
export const templates = (headers: Readonly<Record<string, string>>): Templates => {
  const template = (more: Readonly<Record<string, string>>) =>
    HttpClientRequest.make("POST")("/", { headers: { ...headers, ...more } })
  return {
    get: template({}),
    json: template({ "content-type": "application/json" }),
    // LINE's edge answers 411 to a POST that does not say how long its body is, even when it has none.
    empty: template({ "content-length": "0" })
  }
}

/** The request of a valid argument. Fails if the body cannot be written as JSON. */
export const encode = (
  operation: Operation.Declaration,
  argument: Properties,
  retryKey: string | undefined,
  baseUrl: string,
  templates: Templates
): Either.Either<HttpClientRequest.HttpClientRequest, ReadonlyArray<LineError.Issue>> => {
  const template = operation.method === "GET" ? "get" : operation.body === undefined ? "empty" : "json"
  const url = baseUrl + path(operation, argument) + query(operation, argument)
  const addressed = HttpClientRequest.setUrl(HttpClientRequest.setMethod(templates[template], operation.method), url)
  const request =
    retryKey === undefined ? addressed : HttpClientRequest.setHeader(addressed, "x-line-retry-key", retryKey)
  return operation.body === undefined
    ? Either.right(request)
    : Either.map(json(bodyOf(operation, argument)), (body) => HttpClientRequest.setBody(request, body))
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
    const value = argument[name]
    if (value !== undefined) parameters.append(name, String(value))
  }
  return parameters.size === 0 ? "" : `?${parameters.toString()}`
}

const bodyOf = (operation: Operation.Declaration, argument: Properties): Properties => {
  const beside = [...operation.pathParameters, ...operation.queryParameters, "retryKey"]
  if (!beside.some((name) => name in argument)) return argument
  return Object.fromEntries(Object.entries(argument).filter(([name]) => !beside.includes(name)))
}

// As a text, which every transport takes, and of which it writes the length itself.
const json = (body: Properties): Either.Either<HttpBody.HttpBody, ReadonlyArray<LineError.Issue>> =>
  Either.try({
    try: () => HttpBody.raw(JSON.stringify(body)),
    catch: () => [{ path: "", message: "cannot be written as JSON: it contains itself, or a bigint" }]
  })
