/**
 * Webhooks in AWS Lambda, behind a function URL, API Gateway (a REST or an HTTP API) or an Application Load Balancer.
 *
 * A function is frozen when it has answered. So the handler answers when the events have been handled, and LINE waits
 * two seconds for that: what takes longer belongs in a queue or in a durable inbox, which another function works off.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import type * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as NodeRequest from "./internal/NodeRequest.js"
import * as Signature from "./Signature.js"
import * as Webhook from "./Webhook.js"

/**
 * What is used of an event: of payload format 1.0, as REST APIs have it, and load balancers nearly so, or 2.0, as HTTP APIs
 * and function URLs do.
 *
 * @since 0.1.0
 * @category models
 */
export type Event = Content & (FormatOne | FormatTwo)

interface Content {
  readonly headers?: Readonly<Record<string, string | undefined>> | null | undefined
  readonly body?: unknown
  readonly rawBody?: unknown
  readonly isBase64Encoded: boolean
}

interface FormatOne {
  readonly httpMethod: string
  readonly path?: string
  readonly multiValueHeaders?: Readonly<Record<string, ReadonlyArray<string> | undefined>> | null | undefined
}

interface FormatTwo {
  readonly rawPath?: string
  readonly requestContext: { readonly http: { readonly method: string } }
}

/**
 * An answer in the form that all of them understand.
 *
 * @since 0.1.0
 * @category models
 */
export interface Result {
  statusCode: number
  headers: Record<string, string>
  /** For a load balancer that asks for headers in this form. */
  multiValueHeaders?: Record<string, Array<string>>
  body: string
  isBase64Encoded: false
}

/**
 * A function for Lambda, and how to shut it down.
 *
 * @since 0.1.0
 * @category models
 */
export interface AwsLambda {
  /** Answers as {@link Webhook.httpApp} does, but when the events have been handled. */
  readonly handler: (event: Event) => Promise<Result>
  /** Waits for the handlers, then closes the layer. What comes after that is answered with 503. */
  readonly dispose: () => Promise<void>
}

/**
 * A function for Lambda. The layer provides what the handlers need; it is built at once, while Lambda starts the process,
 * and again with an event if that failed.
 *
 * @example
 * ```ts
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 * import * as AwsLambda from "line-effect/AwsLambda"
 * import * as LineClient from "line-effect/LineClient"
 * import * as Webhook from "line-effect/Webhook"
 *
 * export const { handler } = AwsLambda.toHandler(
 *   { channelSecret: Redacted.make("…"), handlers: Webhook.handlers({ follow: () => Effect.log("a new friend") }) },
 *   LineClient.layer({ channelAccessToken: Redacted.make("…") }).pipe(Layer.provide(FetchHttpClient.layer))
 * )
 * ```
 *
 * @since 0.1.0
 * @category servers
 */
export const toHandler = <
  E = never,
  R = never,
  Given = never,
  OptionsError = never,
  Needed = never,
  LayerError = never
>(
  options: Webhook.OptionsSource<E, R, Given, OptionsError, Needed>,
  layer: Layer.Layer<Webhook.Requirements<R, Given> | Exclude<Needed, Scope.Scope>, LayerError>
): AwsLambda => {
  const { dispose, receive, start } = Webhook.host(options, layer)
  void start()
  return {
    handler: async (event) => {
      const answer = await receive(incoming(event))
      await Effect.runPromise(answer.work)
      return resultOf(answer, event)
    },
    dispose
  }
}

const incoming = (event: Event): Webhook.Incoming => ({
  ...("httpMethod" in event
    ? { method: event.httpMethod, path: event.path }
    : { method: event.requestContext.http.method, path: event.rawPath }),
  signature: signatureOf(event),
  read: (limit) => NodeRequest.readKept({ body: bodyOf(event) }, limit, () => NodeRequest.parsed(advice))
})

const signatureOf = (event: Event): string | undefined => {
  const lists = "multiValueHeaders" in event ? event.multiValueHeaders : undefined
  for (const [name, value] of Object.entries({ ...lists, ...event.headers })) {
    if (name.toLowerCase() === Signature.signatureHeader) return typeof value === "string" ? value : value?.[0]
  }
  return undefined
}

const bodyOf = ({ body, isBase64Encoded, rawBody }: Event): unknown => {
  const sent = rawBody ?? body ?? ""
  if (!isBase64Encoded || typeof sent !== "string") return sent
  // What is no Base64 is signed by nobody.
  const bytes = Encoding.decodeBase64(sent)
  return bytes._tag === "Right" ? bytes.right : ""
}

const resultOf = (answer: Webhook.Answer, event: Event): Result => {
  const headers = { ...NodeRequest.headersOf(answer) }
  const lists = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]))
  return {
    statusCode: answer.status,
    headers,
    // A load balancer has headers in one of both forms, and wants them back in the same.
    ...(event.headers == null ? { multiValueHeaders: lists } : undefined),
    body: answer.body,
    isBase64Encoded: false
  }
}

const advice =
  "a middleware replaced event.body: leave httpJsonBodyParser of middy and the like out, or keep the text as event.rawBody"
