/**
 * The service that executes operations: it checks and encodes the argument, authorises, sends, limits the time,
 * repeats what may be repeated, and turns the answer into a result or an error of `LineError`.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberRef from "effect/FiberRef"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type * as Tracer from "effect/Tracer"
import type * as ChannelToken from "./ChannelToken.js"
import * as Bearer from "./internal/Bearer.js"
import { CodecId, type Session } from "./internal/Codec.js"
import * as Environment from "./internal/Environment.js"
import * as Request from "./internal/Request.js"
import * as Response from "./internal/Response.js"
import * as TimeLimit from "./internal/TimeLimit.js"
import * as Tracing from "./internal/Tracing.js"
import * as LineError from "./LineError.js"
import * as Metrics from "./Metrics.js"
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
 * What each attempt of a call waits for before it is sent: nothing, unless something that paces calls is provided. It
 * learns how the attempt before it failed, if there was one. The wait is no part of the client's time limit; that of a
 * retry ends, with the call, when the key of the call does.
 *
 * @since 0.1.0
 * @category services
 */
export class BeforeAttempt extends Context.Reference<BeforeAttempt>()("line-effect/LineClient/BeforeAttempt", {
  defaultValue: ():
    | ((operation: Operation.Declaration, previous: LineError.LineError | undefined) => Effect.Effect<void>)
    | undefined => undefined
}) {}

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
  /** The channel access token, or where one comes from. It appears in no error, log or span. */
  readonly channelAccessToken: Redacted.Redacted | ChannelToken.Service
  readonly baseUrls?: BaseUrls | undefined
  /** When to repeat failed calls; `Retry.standard` unless set. */
  readonly retry?: Retry.Policy | undefined
  /**
   * How long LINE may take for each attempt, 10 seconds unless set; for an upload or a download, how long it may stand
   * still. It does not count the time in which a token or a turn is waited for.
   */
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
  readonly key: string | undefined
  readonly madeKey: boolean
  readonly secrets: ReadonlyArray<string>
  readonly span: Tracer.Span | undefined
  readonly before: Context.Tag.Service<typeof BeforeAttempt>
  /** Until when the key of the call may be sent, in milliseconds. */
  lastUse: number
  /** The token of the last attempt, if it may be replaced by another. */
  token: Redacted.Redacted | undefined
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
    const given = options.channelAccessToken
    const fixed = Redacted.isRedacted(given) ? Redacted.value(given) : undefined
    const source = Redacted.isRedacted(given) ? undefined : given
    const headers = { "user-agent": "line-effect", ...options.headers }
    const anonymous = Request.templates(headers)
    const authorized = fixed === undefined ? anonymous : Request.templates({ ...headers, authorization: bearer(fixed) })
    const baseUrl = (host: Operation.Host): string => (options.baseUrls?.[host] ?? hosts[host]).replace(/\/+$/, "")
    const baseUrls = { api: baseUrl("api"), data: baseUrl("data"), manager: baseUrl("manager") }
    const configurationIssues = issuesOf(options, fixed)
    const milliseconds = Duration.toMillis(options.timeout ?? "10 seconds")
    const usual: Session = {
      limit: yield* TimeLimit.make(milliseconds),
      execute: (httpClient, request) => httpClient.execute(request),
      unanswered: Response.unanswered
    }
    const clock = yield* Effect.clock

    const prepare = (
      operation: Operation.Declaration,
      argument: Request.Properties
    ): Either.Either<HttpClientRequest.HttpClientRequest, LineError.InvalidRequest> => {
      const issues = configurationIssues ?? Request.issues(operation, argument)
      const templates = operation.authorized ? authorized : anonymous
      const request = Either.flatMap(issues === undefined ? Either.void : Either.left(issues), () =>
        Request.encode(operation, argument, baseUrls[operation.host], templates)
      )
      return Either.mapLeft(request, (issues) => Response.invalid(operation, issues))
    }

    const attempt = (
      call: Call,
      attempts: number,
      previous: LineError.LineError | undefined
    ): Effect.Effect<unknown, LineError.LineError> => {
      const { key, madeKey, operation } = call
      const patience = Math.max(milliseconds, operation.patience)
      const made: Response.Attempt = {
        operation,
        attempts,
        retryKey: key,
        madeKey,
        previous,
        milliseconds: patience,
        redact: redactor(fixed, call)
      }
      const { session } = operation[CodecId]
      const send = (request: HttpClientRequest.HttpClientRequest) =>
        session === undefined
          ? exchange(usual, call, made, request)
          : Effect.flatMap(session(patience), (session) => exchange(session, call, made, request))
      return source === undefined || !operation.authorized
        ? send(call.request)
        : Effect.matchEffect(source.get, {
            onFailure: (cause) => Effect.fail(Response.withoutToken(made, cause)),
            onSuccess: (token) => {
              call.token = token
              // LINE may have forgotten the key while a token was issued.
              if (previous !== undefined && left(call) <= 0) return Effect.fail(previous)
              const issues = Bearer.issues(Redacted.value(token))
              return issues.length === 0
                ? send(HttpClientRequest.setHeader(call.request, "authorization", bearer(Redacted.value(token))))
                : Effect.fail(Response.withoutToken(made, Response.invalid(operation, issues)))
            }
          })
    }

    const exchange = (
      { execute, limit, unanswered }: Session,
      call: Call,
      made: Response.Attempt,
      request: HttpClientRequest.HttpClientRequest
    ): Effect.Effect<unknown, LineError.LineError> => {
      let answer: HttpClientResponse.HttpClientResponse | undefined
      const interpret = (response: HttpClientResponse.HttpClientResponse) => {
        answer = response
        annotate(call.span, made.attempts, response.status, Response.requestId(response))
        if (response.status === 429) Metrics.rateLimited(call.operation.operationId).unsafeUpdate(1, [])
        return Response.interpret(made, response)
      }
      return limit(
        Effect.matchEffect(Effect.zipRight(untraced, execute(httpClient, request)), {
          onSuccess: interpret,
          // A transport that itself fails on a status still holds the answer.
          onFailure: (error) =>
            error._tag === "ResponseError" ? interpret(error.response) : Effect.fail(unanswered(made, error))
        }),
        () =>
          answer === undefined ? Effect.fail(Response.timedOut(made)) : Response.interpretWithoutBody(made, answer)
      )
    }

    // Whether LINE would have another token for a call whose token it refused.
    const renew = (call: Call): Effect.Effect<boolean> => {
      const { token } = call
      if (source === undefined || token === undefined) return Effect.succeed(false)
      return source.refuse(token)
    }

    const left = (call: Call): number => call.lastUse - clock.unsafeCurrentTimeMillis()

    const repeat = Effect.fnUntraced(function* (call: Call, first: LineError.LineError) {
      const policy = (yield* Retry.CurrentPolicy) ?? options.retry ?? Retry.standard
      const driver = yield* Schedule.driver(policy)
      let failure = first
      let renewed = false
      for (let attempts = 2; ; attempts++) {
        const renews = failure._tag === "LineUnauthorized" && !renewed && (yield* renew(call))
        if (renews) renewed = true
        else if (!mayRepeat(call.operation, failure)) break
        const wait = Effect.zipRight(renews ? Effect.void : driver.next(failure), turn(call, failure))
        const waited = yield* wait.pipe(Effect.timeoutOption(left(call)), Effect.option)
        if (Option.isNone(Option.flatten(waited))) break
        yield* logRetry(failure)
        Metrics.retries(call.operation.operationId).unsafeUpdate(1, [])
        const result = yield* Effect.either(attempt(call, attempts, failure))
        if (Either.isRight(result)) return result.right
        failure = result.left
      }
      return yield* failure
    })

    const run = (
      operation: Operation.Declaration,
      argument: Request.Properties,
      key: string | undefined,
      madeKey: boolean,
      before: Call["before"]
    ): Effect.Effect<unknown, LineError.LineError> => {
      const prepared = prepare(operation, argument)
      if (Either.isLeft(prepared)) return Effect.fail(prepared.left)
      return withSpan(operation, key, (span) => {
        const secrets = operation.authorized ? [] : secretsOf(argument)
        const request = prepared.right
        const call: Call = {
          operation,
          request,
          key,
          madeKey,
          secrets,
          span,
          before,
          lastUse: Infinity,
          token: undefined
        }
        const start = Effect.suspend(() => {
          if (key !== undefined) call.lastUse = clock.unsafeCurrentTimeMillis() + keyUse
          return Effect.catchAll(attempt(call, 1, undefined), (failure) => repeat(call, failure))
        })
        return before === undefined ? start : Effect.zipRight(turn(call, undefined), start)
      })
    }

    const execute = (operation: Operation.Declaration, request: unknown): Effect.Effect<unknown, LineError.LineError> =>
      // Both services in one step: looked up one by one they cost a twentieth of a call.
      Effect.contextWithEffect((context: Context.Context<never>) => {
        const argument = Request.properties(request)
        const before = Context.get(context, BeforeAttempt)
        const keyed = operation[CodecId].key
        if (keyed === undefined) return run(operation, argument, undefined, false, before)
        const { generator, name } = keyed
        const key = argument[name]
        return key === undefined
          ? Effect.flatMap(Context.get(context, generator), (key) =>
              run(operation, { ...argument, [name]: key }, key, true, before)
            )
          : run(operation, argument, String(key), false, before)
      })

    return {
      // The result is of the operation's success kind, the errors are those it declares: both are read from the same
      // declaration that types the operation, which the compiler cannot follow through data.
      execute: execute as Service["execute"]
    }
  })

const bearer = (token: string): string => `Bearer ${token}`

const turn = ({ before, operation }: Call, previous: LineError.LineError | undefined): Effect.Effect<void> =>
  before === undefined ? Effect.void : before(operation, previous)

const secretsOf = (argument: Request.Properties): ReadonlyArray<string> =>
  Object.values(argument).flatMap((value) => (Redacted.isRedacted(value) ? [String(Redacted.value(value))] : []))

const redactor =
  (fixed: string | undefined, call: Call): ((text: string) => string) =>
  (text) =>
    [fixed, call.token === undefined ? undefined : Redacted.value(call.token), ...call.secrets]
      .flatMap((secret) => (secret === undefined || secret === "" ? [] : [secret, encodeURIComponent(secret)]))
      .reduce((text, secret) => text.replaceAll(secret, "<redacted>"), text)

const mayRepeat = (operation: Operation.Declaration, failure: LineError.LineError): boolean =>
  LineError.isRetryable(failure) &&
  // Takes minutes, and is asked for by those who want to wait.
  failure._tag !== "LineContentNotReady" &&
  (operation.repeat !== "never" || !failure.ambiguous)

const logRetry = (failure: LineError.LineError): Effect.Effect<void> =>
  Effect.logDebug("LINE call failed, repeating it").pipe(
    Effect.annotateLogs({ operation: failure.operation, error: failure._tag, attempts: failure.attempts })
  )

const withSpan = <A, E>(
  operation: Operation.Declaration,
  key: string | undefined,
  use: (span: Tracer.Span | undefined) => Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  Tracing.ifSeen(
    () =>
      Effect.useSpan(`line.${operation.operationId}`, spanOptions(operation, key), (span) =>
        Effect.withParentSpan(use(span), span)
      ),
    () => use(undefined)
  )

const spanOptions = (operation: Operation.Declaration, key: string | undefined): Tracer.SpanOptions => ({
  kind: "client",
  captureStackTrace: false,
  attributes: {
    "http.request.method": operation.method,
    "url.template": operation.path,
    ...(key === undefined ? undefined : { "line.retry_key": key })
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
const issuesOf = (options: Options, token: string | undefined): ReadonlyArray<LineError.Issue> | undefined => {
  const issues = [
    ...(token === undefined ? [] : Bearer.issues(token)),
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
 * `FetchHttpClient.layer` runs everywhere. `NodeHttpClient.layer` reads a file to its end before it sees that LINE has
 * refused the upload.
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
 * `ChannelToken.layerClientConfig` also knows channels whose tokens LINE issues on demand.
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
    baseUrls: Environment.baseUrls
  })
