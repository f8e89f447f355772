/**
 * The service that executes operations: it checks and encodes the argument, authorises, sends, limits the time,
 * repeats what may be repeated, and turns the answer into a result or an error of `LineError`.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { identity } from "effect/Function"
import * as FiberRef from "effect/FiberRef"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import * as Request from "./internal/Request.js"
import * as Response from "./internal/Response.js"
import * as TimeLimit from "./internal/TimeLimit.js"
import * as LineError from "./LineError.js"
import type * as Operation from "./Operation.js"
import * as Retry from "./Retry.js"

/**
 * Executes operations. Programs call an operation itself, `Messaging.pushMessage({ … })`, which asks for this service.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Calls an operation with its argument. */
  readonly execute: <Request, A, E>(
    operation: Operation.Operation<Request, A, E>,
    request: Request
  ) => Effect.Effect<A, E | LineError.Common>
}

/**
 * The client of one channel.
 *
 * @since 0.1.0
 * @category services
 */
export class LineClient extends Context.Tag("line-effect/LineClient")<LineClient, Service>() {}

/**
 * Where LINE is. Replace the hosts to speak to the emulator or through a proxy.
 *
 * @since 0.1.0
 * @category models
 */
export interface BaseUrls {
  /** `https://api.line.me` unless set. */
  readonly api?: string | undefined
  /** `https://api-data.line.me` unless set. */
  readonly data?: string | undefined
  /** `https://manager.line.biz` unless set. */
  readonly manager?: string | undefined
}

/**
 * How a client is made.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The channel access token. It appears in no error, log or span. */
  readonly channelAccessToken: Redacted.Redacted
  readonly baseUrls?: BaseUrls | undefined
  /** When to repeat failed calls; `Retry.standard` unless set. */
  readonly retry?: Retry.Policy | undefined
  /** How long each attempt may take, 10 seconds unless set; for a download, how long it may stand still. */
  readonly timeout?: Duration.DurationInput | undefined
  /** Sent with every request: the header of a module channel, or of a proxy. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

const hosts: Required<{ readonly [Host in Operation.Host]: string }> = {
  api: "https://api.line.me",
  data: "https://api-data.line.me",
  manager: "https://manager.line.biz"
}

// A key is not used in its last minutes: LINE's clock decides when its 24 hours are over, not ours.
const keyUse = Duration.toMillis(Retry.keyLifetime) - Duration.toMillis(Duration.minutes(5))

// Without its HTTP span, of which the operation's own span says all, the transport sends LINE no trace headers either.
// Set and not reset: an attempt has a fiber of its own.
const untraced = FiberRef.set(HttpClient.currentTracerDisabledWhen, () => true)

interface Call {
  readonly operation: Operation.Declaration
  readonly request: HttpClientRequest.HttpClientRequest
  readonly retryKey: string | undefined
  readonly madeKey: boolean
  readonly span: Tracer.Span | undefined
}

/**
 * Makes the client of a channel over the `HttpClient` of the context. It watches over the time of its calls until the
 * scope closes; a program that never closes it ends only when the last call's limit is over.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<Service, never, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function* () {
    const httpClient = yield* HttpClient.HttpClient
    const token = Redacted.value(options.channelAccessToken)
    const templates = Request.templates({
      "user-agent": "line-effect",
      ...options.headers,
      authorization: `Bearer ${token}`
    })
    const baseUrl = (host: Operation.Host): string => (options.baseUrls?.[host] ?? hosts[host]).replace(/\/+$/, "")
    const baseUrls = { api: baseUrl("api"), data: baseUrl("data"), manager: baseUrl("manager") }
    const configurationIssues = issuesOf(options, token)
    const redact = (text: string): string => (token === "" ? text : text.replaceAll(token, "<redacted>"))
    const milliseconds = Duration.toMillis(options.timeout ?? "10 seconds")
    const limit = yield* TimeLimit.make(milliseconds)
    const clock = yield* Effect.clock

    const prepare = (
      operation: Operation.Declaration,
      argument: Request.Properties,
      retryKey: string | undefined
    ): Either.Either<HttpClientRequest.HttpClientRequest, LineError.InvalidRequest> => {
      const issues = configurationIssues ?? Request.issues(operation, argument, retryKey)
      const request = Either.flatMap(issues === undefined ? Either.void : Either.left(issues), () =>
        Request.encode(operation, argument, retryKey, baseUrls[operation.host], templates)
      )
      return Either.mapLeft(request, (issues) => Response.invalid(operation, issues))
    }

    const attempt = (
      call: Call,
      attempts: number,
      previous: LineError.LineError | undefined
    ): Effect.Effect<unknown, LineError.LineError> => {
      const { madeKey, operation, retryKey } = call
      const made: Response.Attempt = { operation, attempts, retryKey, madeKey, previous, milliseconds, redact }
      let answer: HttpClientResponse.HttpClientResponse | undefined
      const interpret = (response: HttpClientResponse.HttpClientResponse) => {
        answer = response
        annotate(call.span, attempts, response.status, Response.requestId(response))
        return Response.interpret(made, response)
      }
      return limit(
        Effect.matchEffect(Effect.zipRight(untraced, httpClient.execute(call.request)), {
          onSuccess: interpret,
          // A transport that itself fails on a status still holds the answer.
          onFailure: (error) =>
            error._tag === "ResponseError" ? interpret(error.response) : Effect.fail(Response.unanswered(made, error))
        }),
        () =>
          answer === undefined ? Effect.fail(Response.timedOut(made)) : Response.interpretWithoutBody(made, answer)
      )
    }

    const repeat = Effect.fnUntraced(function* (call: Call, startedAt: number, first: LineError.LineError) {
      const policy = (yield* Retry.CurrentPolicy) ?? options.retry ?? Retry.standard
      const driver = yield* Schedule.driver(policy)
      let failure = first
      for (let attempts = 2; mayRepeat(call.operation, failure); attempts++) {
        const left = call.retryKey === undefined ? Infinity : startedAt + keyUse - clock.unsafeCurrentTimeMillis()
        const waited = yield* driver.next(failure).pipe(Effect.timeoutOption(left), Effect.option)
        if (Option.isNone(Option.flatten(waited))) break
        yield* logRetry(failure)
        const result = yield* Effect.either(attempt(call, attempts, failure))
        if (Either.isRight(result)) return result.right
        failure = result.left
      }
      return yield* failure
    })

    const run = (
      operation: Operation.Declaration,
      argument: Request.Properties,
      retryKey: string | undefined,
      madeKey: boolean
    ): Effect.Effect<unknown, LineError.LineError> =>
      Effect.flatMap(prepare(operation, argument, retryKey), (request) =>
        withSpan(operation, retryKey, (span) => {
          const call: Call = { operation, request, retryKey, madeKey, span }
          const startedAt = clock.unsafeCurrentTimeMillis()
          return Effect.catchAll(attempt(call, 1, undefined), (failure) => repeat(call, startedAt, failure))
        })
      )

    const execute = (operation: Operation.Declaration, request: unknown): Effect.Effect<unknown, LineError.LineError> =>
      Effect.suspend(() => {
        const argument = Request.properties(request)
        if (operation.repeat !== "retryKey") return run(operation, argument, undefined, false)
        const { retryKey } = argument
        return typeof retryKey === "string"
          ? run(operation, argument, retryKey, false)
          : Effect.flatMap(Effect.flatMap(Retry.KeyGenerator, identity), (key) => run(operation, argument, key, true))
      })

    return {
      // The result is of the operation's success kind, the errors are those it declares: both are read from the same
      // declaration that types the operation, which the compiler cannot follow through data.
      execute: execute as Service["execute"]
    }
  })

const mayRepeat = (operation: Operation.Declaration, failure: LineError.LineError): boolean =>
  LineError.isRetryable(failure) &&
  // Takes minutes, and is asked for by those who want to wait.
  failure._tag !== "LineContentNotReady" &&
  (operation.repeat !== "never" || !failure.ambiguous)

const logRetry = (failure: LineError.LineError): Effect.Effect<void> =>
  Effect.logDebug("LINE call failed, repeating it").pipe(
    Effect.annotateLogs({ operation: failure.operation, error: failure._tag, attempts: failure.attempts })
  )

// Effect's own tracer keeps spans that nobody can see, at a tenth of the cost of a call.
const noTracer = Context.get(DefaultServices.liveServices, Tracer.Tracer)

const withSpan = <A, E>(
  operation: Operation.Declaration,
  retryKey: string | undefined,
  use: (span: Tracer.Span | undefined) => Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  Effect.tracerWith((tracer) =>
    tracer === noTracer
      ? use(undefined)
      : Effect.useSpan(`line.${operation.operationId}`, spanOptions(operation, retryKey), use)
  )

const spanOptions = (operation: Operation.Declaration, retryKey: string | undefined): Tracer.SpanOptions => ({
  kind: "client",
  captureStackTrace: false,
  attributes: {
    "http.request.method": operation.method,
    "url.template": operation.path,
    ...(retryKey === undefined ? undefined : { "line.retry_key": retryKey })
  }
})

const annotate = (
  span: Tracer.Span | undefined,
  attempts: number,
  status: number,
  requestId: string | undefined
): void => {
  if (span === undefined) return
  span.attribute("line.attempts", attempts)
  span.attribute("http.response.status_code", status)
  if (requestId !== undefined) span.attribute("line.request_id", requestId)
}

const reserved = new Set(["authorization", "content-length", "content-type", "x-line-retry-key"])

/** What is wrong with the client itself. A transport would refuse it too, with a defect, or with a text that shows it. */
const issuesOf = (options: Options, token: string): ReadonlyArray<LineError.Issue> | undefined => {
  const issues = [
    ...(token === "" ? [{ path: "channelAccessToken", message: "is empty" }] : []),
    ...(token !== "" && !/^[\x21-\x7e]+$/.test(token)
      ? [{ path: "channelAccessToken", message: "must be printable ASCII: a line break was perhaps copied with it" }]
      : []),
    ...Object.entries(options.headers ?? {}).flatMap(([name, value]) => issuesOfHeader(name, value)),
    ...Object.entries(options.baseUrls ?? {}).flatMap(([host, url]) =>
      url === undefined || isBaseUrl(url)
        ? []
        : [{ path: `baseUrls.${host}`, message: "must be an http or https URL without query and fragment" }]
    )
  ]
  return issues.length === 0 ? undefined : issues
}

const issuesOfHeader = (name: string, value: string): ReadonlyArray<LineError.Issue> => {
  if (reserved.has(name.toLowerCase())) return [{ path: `headers.${name}`, message: "is set by the client" }]
  return /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value)
    ? []
    : [{ path: `headers.${name}`, message: "must be a header: printable ASCII without surrounding space" }]
}

const isBaseUrl = (text: string): boolean => {
  if (!URL.canParse(text)) return false
  const { hash, protocol, search } = new URL(text)
  return (protocol === "http:" || protocol === "https:") && search === "" && hash === ""
}

/**
 * The client of a channel as a layer. It needs an `HttpClient`: `NodeHttpClient.layerUndici` is the fast one on Node,
 * `FetchHttpClient.layer` runs everywhere.
 *
 * @example
 * ```ts
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 * import * as LineClient from "line-effect/LineClient"
 *
 * const LineLive = LineClient.layer({ channelAccessToken: Redacted.make("…") }).pipe(
 *   Layer.provide(FetchHttpClient.layer)
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<LineClient, never, HttpClient.HttpClient> =>
  Layer.scoped(LineClient, make(options))

/**
 * The client of the channel that the environment names: `LINE_CHANNEL_ACCESS_TOKEN`, and optionally `LINE_API_BASE_URL`,
 * `LINE_DATA_API_BASE_URL` and `LINE_MANAGER_BASE_URL` (to point a program at the emulator). `options` win over it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  options: Partial<Options> = {}
): Layer.Layer<LineClient, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Layer.scoped(
    LineClient,
    Effect.flatMap(environment(options), (found) =>
      make({ ...options, ...found, baseUrls: { ...found.baseUrls, ...options.baseUrls } })
    )
  )

const environment = (
  options: Partial<Options>
): Config.Config<Required<Pick<Options, "channelAccessToken" | "baseUrls">>> =>
  Config.all({
    channelAccessToken:
      options.channelAccessToken === undefined
        ? Config.redacted(Config.nonEmptyString("LINE_CHANNEL_ACCESS_TOKEN"))
        : Config.succeed(options.channelAccessToken),
    baseUrls: Config.all({
      api: optional("LINE_API_BASE_URL"),
      data: optional("LINE_DATA_API_BASE_URL"),
      manager: optional("LINE_MANAGER_BASE_URL")
    })
  })

const optional = (name: string): Config.Config<string | undefined> =>
  Config.url(name).pipe(
    Config.map((url) => url.href),
    Config.withDefault(undefined)
  )
