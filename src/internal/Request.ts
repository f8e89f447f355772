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

/** The request of a valid argument. Fails if the body cannot be written as JSON. */
export const encode = (
  operation: Operation.Declaration,
  argument: Properties,
  baseUrl: string,
  headers: Readonly<Record<string, string>>
): Either.Either<HttpClientRequest.HttpClientRequest, ReadonlyArray<LineError.Issue>> => {
  const make = HttpClientRequest.make(operation.method)
  const url = baseUrl + path(operation, argument) + query(operation, argument)
  if (operation.method === "GET") return Either.right(make(url, { headers }))
  // LINE's edge answers 411 to a POST that does not say how long its body is, even when it has none.
  if (operation.body === undefined) return Either.right(make(url, { headers: { ...headers, "content-length": "0" } }))
  return Either.map(json(bodyOf(operation, argument)), (body) =>
    HttpClientRequest.setBody(make(url, { headers: { ...headers, "content-type": "application/json" } }), body)
  )
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
