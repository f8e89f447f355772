/**
 * Calls through the real client, over a transport that keeps what is sent and answers what it is told; and what the
 * contract says is sent.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as LineClient from "line-effect/LineClient"
import type * as LineError from "line-effect/LineError"
import type * as Operation from "line-effect/Operation"
import * as Retry from "line-effect/Retry"
import { contentOf, type Operation as ContractOperation, type Shape, type Struct, type Value } from "./Contract.js"
import * as Deviations from "./Deviations.js"

export interface Answer {
  readonly status: number
  readonly body: string
}

export interface Called {
  readonly result: Either.Either<unknown, LineError.LineError>
  readonly request: HttpClientRequest.HttpClientRequest | undefined
  readonly url: URL | undefined
}

const token = "channel-access-token"

export const key = "123e4567-e89b-42d3-a456-426614174000"

/** Calls an operation once. */
export const call = (operation: Operation.Declaration, argument: unknown, answer: Answer): Effect.Effect<Called> =>
  Effect.gen(function* () {
    let request: HttpClientRequest.HttpClientRequest | undefined
    let url: URL | undefined
    const transport = HttpClient.make((sent, to) => {
      request = sent
      url = to
      const headers = { "content-type": "application/json", "x-line-request-id": "request" }
      const response = new Response(answer.body, { status: answer.status, headers })
      return Effect.succeed(HttpClientResponse.fromWeb(sent, response))
    })
    const client = yield* LineClient.make({ channelAccessToken: Redacted.make(token) }).pipe(
      Effect.provideService(HttpClient.HttpClient, transport)
    )
    // Which operation it is, and so what it takes and what it may fail with, is not known here.
    const anyOperation = operation as Operation.Operation<unknown, unknown, LineError.NotFound>
    return { result: yield* Effect.either(client.execute(anyOperation, argument)), request, url }
  }).pipe(Effect.scoped, Effect.provideService(Retry.KeyGenerator, Effect.succeed(key)))

/** The argument with its secrets out of sight. */
export const hiding = (argument: unknown): Value =>
  Object.fromEntries(
    // The argument of an operation is an object.
    Object.entries(argument as Value).map(([name, value]) => [
      name,
      typeof value === "string" && Deviations.secrets.includes(name) ? Redacted.make(value) : value
    ])
  )

type Entries = ReadonlyArray<readonly [name: string, value: unknown]>

/** A request in as much as the contract says it. */
export interface Sent {
  readonly method: string
  readonly url: string
  readonly query: Entries
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** What was sent. */
export const sentBy = async ({ request, url }: Called): Promise<Sent> => {
  if (request === undefined || url === undefined) throw new Error("nothing was sent")
  const { "content-length": length, "content-type": contentType, ...headers } = request.headers
  const bytes = bytesOf(request.body)
  if (length !== undefined && Number(length) !== bytes.length) throw new Error(`${length} is not the body's length`)
  const [type = "", boundary] = contentType?.split(";") ?? []
  return {
    method: request.method,
    url: url.origin + url.pathname,
    query: sorted([...url.searchParams]),
    headers: { ...headers, ...(contentType === undefined ? {} : { "content-type": type }) },
    body: await read(type, boundary, bytes)
  }
}

const bytesOf = (body: HttpClientRequest.HttpClientRequest["body"]): Uint8Array<ArrayBuffer> => {
  switch (body._tag) {
    case "Raw":
      return new TextEncoder().encode(String(body.body))
    case "Uint8Array":
      return new Uint8Array(body.body)
    default:
      return new Uint8Array()
  }
}

const read = async (type: string, boundary: string | undefined, bytes: Uint8Array<ArrayBuffer>): Promise<unknown> => {
  if (bytes.length === 0) return undefined
  if (type === "application/json") return JSON.parse(new TextDecoder().decode(bytes))
  if (type === "application/x-www-form-urlencoded")
    return sorted([...new URLSearchParams(new TextDecoder().decode(bytes))])
  if (boundary === undefined) return bytes
  const form = await new Response(bytes, { headers: { "content-type": `${type};${boundary}` } }).formData()
  const entries = [...form].map(
    async ([name, value]) =>
      [name, typeof value === "string" ? value : new Uint8Array(await value.arrayBuffer())] as const
  )
  return sorted(await Promise.all(entries))
}

const sorted = (entries: Entries): Entries =>
  [...entries].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))

/** What the contract says is sent for an argument, with what the package has put into it. */
export const expected = (operation: ContractOperation, argument: Value): Sent => {
  const { auth, body, method, params, path, server } = operation
  const nameOf = (name: string) => Deviations.headers[name] ?? name
  const given = (place: string): Entries =>
    params
      .filter((parameter) => parameter.in === place && argument[nameOf(parameter.name)] !== undefined)
      .flatMap(({ name }) => [argument[nameOf(name)]].flat().map((value) => [name, value] as const))
  const parameters = params.map(({ name }) => nameOf(name))
  const properties = Object.entries(argument).filter(([name]) => !parameters.includes(name))
  const { type } = contentOf(body)
  const encoded = encode(type, properties)
  return {
    method,
    url: given("path").reduce(
      (url, [name, value]) => url.replace(`{${name}}`, () => encodeURIComponent(String(value))),
      new URL(server).origin + path
    ),
    query: sorted(given("query").map(([name, value]) => [name, String(value)])),
    headers: {
      "user-agent": "line-effect",
      ...(auth.some((scheme) => "Bearer" in scheme) ? { authorization: `Bearer ${token}` } : {}),
      ...(encoded === undefined ? {} : { "content-type": encoded.type }),
      // LINE documents a type for one of the requests without a body.
      ...(encoded === undefined && method !== "GET" ? { "content-type": "application/json" } : {}),
      ...Object.fromEntries(given("header").map(([name, value]) => [name.toLowerCase(), String(value)]))
    },
    body: encoded?.body
  }
}

const encode = (
  type: string | undefined,
  properties: Entries
): { readonly type: string; readonly body: unknown } | undefined => {
  const asText = properties.map(([name, value]) => [name, value instanceof Uint8Array ? value : String(value)] as const)
  switch (type) {
    case undefined:
      return undefined
    case "application/json":
      return { type, body: Object.fromEntries(properties) }
    case "*/*": {
      const file = properties.find(([, value]) => value instanceof Uint8Array)
      const contentType = properties.find(([name]) => name === "contentType")
      return { type: String(contentType?.[1]), body: file?.[1] }
    }
    default:
      return { type, body: sorted(asText) }
  }
}

/** An argument with what the package puts into it: its keys, and what the contract requires and has only one value. */
export const completed = (operationId: string, contract: Shape, deviating: Shape, argument: Value): Value => {
  const made = Deviations.made[operationId]
  const structs = structsIn(deviating)
  const index = structs.findIndex(({ fields }) =>
    [...fields].every(([name, { required }]) => !required || name in argument)
  )
  const missing = [...(structsIn(contract)[index]?.fields ?? [])].flatMap(([name, { required }]) => {
    const [only] = structs[index]?.fields.get(name)?.schema.enum ?? []
    return required && only !== undefined ? [[name, only]] : []
  })
  return { ...(made === undefined ? {} : { [made]: key }), ...Object.fromEntries(missing), ...argument }
}

const structsIn = (shape: Shape): ReadonlyArray<Struct> => {
  if (shape._tag === "Union") return shape.members.flatMap(structsIn)
  return shape._tag === "Struct" ? [shape] : []
}
