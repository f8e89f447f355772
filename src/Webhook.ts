/**
 * Receiving webhooks: verify, decode, answer at once, and work in supervised fibers that a shutdown waits for.
 *
 * {@link httpApp} serves @effect/platform's HTTP server, {@link toWebHandler} whatever calls a function with a `Request`
 * (Bun, Deno, Workers, Hono, Next route handlers). {@link receive} is their core, for programs that serve themselves.
 *
 * @see https://developers.line.biz/en/docs/messaging-api/receiving-messages/
 * @since 0.1.0
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as BodyLimit from "./internal/BodyLimit.js"
import * as Signature from "./Signature.js"
import * as WebhookEvent from "./WebhookEvent.js"

/**
 * A body that LINE signed and that is not a webhook: not JSON, or without `destination` and `events`. `reason` says
 * which, and repeats nothing of the body.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidWebhook extends Data.TaggedError("LineInvalidWebhook")<{ readonly reason: string }> {
  override get message(): string {
    return `the body is not a webhook of LINE's: ${this.reason}`
  }
}

/**
 * Decodes the body of a webhook that has been verified. What this version does not know becomes an `Unknown` in its
 * place; only a body that is not a webhook at all fails.
 *
 * @since 0.1.0
 * @category combinators
 */
export const decode = (body: Uint8Array | string): Effect.Effect<WebhookEvent.WebhookBody, InvalidWebhook> =>
  Effect.suspend(() => {
    let json: unknown
    try {
      json = JSON.parse(typeof body === "string" ? body : utf8.decode(body))
    } catch {
      return new InvalidWebhook({ reason: "it is not JSON" })
    }
    return Either.mapLeft(
      WebhookEvent.decode(json),
      () => new InvalidWebhook({ reason: "it has no destination and events" })
    )
  })

const utf8 = new TextDecoder("utf-8", { fatal: true })

/**
 * Verifies a webhook, then decodes it. Give it the bytes as they came: a body that was parsed and written again has
 * another signature.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Redacted from "effect/Redacted"
 * import * as Webhook from "line-effect/Webhook"
 *
 * const eventTypes = (body: Uint8Array, signature: string | undefined) =>
 *   Webhook.receive({ body, signature, channelSecret: Redacted.make("…") }).pipe(
 *     Effect.map(({ events }) => events.map((event) => event.type))
 *   )
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const receive = (
  request: Parameters<typeof Signature.verify>[0]
): Effect.Effect<WebhookEvent.WebhookBody, Signature.InvalidSignature | InvalidWebhook> =>
  Effect.zipRight(Signature.verify(request), decode(request.body))

/**
 * What a program does with each type of event; an event of a type that is not here is passed over. Handlers are plain
 * data: spread one record into another to combine them. Each takes the event, narrowed to its type, and the `destination`
 * of the webhook, the user id of the bot it is for.
 *
 * @since 0.1.0
 * @category models
 */
export type Handlers<E = never, R = never> = {
  readonly [Type in WebhookEvent.WebhookEvent["type"]]?: (
    event: Extract<WebhookEvent.WebhookEvent, { readonly type: Type }>,
    destination: string
  ) => Effect.Effect<unknown, E, R>
}

type Outcome<H> = {
  readonly [Type in keyof H]: H[Type] extends (...input: never) => infer A ? Extract<A, AnyEffect> : never
}[keyof H]

type AnyEffect = Effect.Effect<unknown, unknown, unknown>

/**
 * Handlers as a value, with the errors and requirements of all of them.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Message from "line-effect/Message"
 * import * as Messaging from "line-effect/Messaging"
 * import * as Webhook from "line-effect/Webhook"
 *
 * const handlers = Webhook.handlers({
 *   follow: ({ replyToken }) =>
 *     replyToken === undefined
 *       ? Effect.void
 *       : Messaging.replyMessage({ replyToken, messages: [Message.text("Welcome!")] }),
 *   unknown: ({ originalType }) => Effect.log(`LINE has a new event: ${originalType}`)
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const handlers = <const H extends Handlers<unknown, unknown>>(
  handlers: H & { readonly [Type in Exclude<keyof H, keyof Handlers>]: never }
): Handlers<Effect.Effect.Error<Outcome<H>>, Effect.Effect.Context<Outcome<H>>> => {
  const anyHandlers: Handlers<unknown, unknown> = handlers
  // The errors and requirements of each handler are a part of those of all, which the compiler does not see in H.
  return anyHandlers as Handlers<never, never>
}

/**
 * How webhooks are served.
 *
 * Each event of each webhook is worked on at once, in a fiber of its own: in no order, and as many at a time as LINE
 * sends. A handler that needs an order or a bound brings its own queue or semaphore, and keeps what must survive the
 * process before it ends.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<E, R> {
  /** The secret of the channel; several while it is being replaced. */
  readonly channelSecret: Redacted.Redacted | ReadonlyArray<Redacted.Redacted>
  readonly handlers: Handlers<E, R>
  /** The largest body that is read, in bytes; 1 MiB unless set. A larger one is answered with 413. */
  readonly maxBodySize?: number | undefined
  /** How long a shutdown waits for handlers before it interrupts them; 30 seconds unless set. */
  readonly drainTimeout?: Duration.DurationInput | undefined
}

/**
 * A body that cannot be had as LINE sent it.
 *
 * - `tooLarge`: it is larger than the limit. Answered with 413.
 * - `broken`: the connection ended before the body did, or another error of the transport. Answered with 400.
 * - `parsed`: something read the body before, as a JSON body parser does, and kept no bytes: `advice` says how to keep
 *   them. The signature is over the bytes, so nothing can be verified. Answered with 500, for it is this server's to mend.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnreadableBody extends Data.TaggedError("LineUnreadableBody")<{
  readonly reason: "tooLarge" | "broken" | "parsed"
  readonly advice?: string
}> {
  override get message(): string {
    switch (this.reason) {
      case "tooLarge":
        return "the body is larger than the limit"
      case "broken":
        return "the body could not be read"
      case "parsed":
        return (
          "the body was read before the webhook got it, as by a body parser, so its signature cannot be verified" +
          (this.advice === undefined ? "" : `: ${this.advice}`)
        )
    }
  }
}

/**
 * A request, in as much as the answer depends on it: what a server of any kind tells of one.
 *
 * @since 0.1.0
 * @category models
 */
export interface Incoming {
  readonly method: string
  /** The value of the header `x-line-signature`, if there is one. */
  readonly signature: string | undefined
  /** The bytes of the body as they came, if they are at most this many. */
  readonly read: (limit: number) => Effect.Effect<Uint8Array, UnreadableBody>
}

/**
 * What to answer a request with.
 *
 * @since 0.1.0
 * @category models
 */
export interface Answer {
  readonly status: number
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  /** Ends when the events of the request have been handled, whatever came of them. */
  readonly work: Effect.Effect<void>
}

/**
 * Answers requests, and sees to their events.
 *
 * @since 0.1.0
 * @category models
 */
export type Receiver = (incoming: Incoming) => Effect.Effect<Answer>

const refuse = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  body,
  headers,
  work: Effect.void
})

// LINE sends an event again that was not answered with 2xx, if redelivery is on.
const shuttingDown = refuse(503, "shutting down")

/**
 * The core of all servers: answers requests and hands their events to the handlers. When the scope closes, it waits for
 * the handlers.
 *
 * @since 0.1.0
 * @category servers
 */
export const make = <E = never, R = never>(options: Options<E, R>): Effect.Effect<Receiver, never, R | Scope.Scope> =>
  Effect.gen(function* () {
    const limit = options.maxBodySize ?? BodyLimit.standard
    const fibers = yield* FiberSet.make<void>()
    const fork = yield* FiberSet.runtime(fibers)<R>()
    let closing = false
    yield* Effect.addFinalizer(() => {
      closing = true
      return drain(fibers, options.drainTimeout ?? "30 seconds")
    })

    const handle = (body: WebhookEvent.WebhookBody): Answer => {
      // Asked when nothing can come between: a fiber that is forked into a closed set never runs.
      if (closing) return shuttingDown
      const work = body.events.map((event) => fork(supervise(options.handlers, event, body.destination)))
      return { status: 200, body: "", headers: {}, work: Effect.asVoid(Fiber.awaitAll(work)) }
    }

    return (incoming) =>
      Effect.gen(function* () {
        if (incoming.method !== "POST") return refuse(405, "webhooks are sent by POST", { allow: "POST" })
        if (closing) return shuttingDown
        if (incoming.signature === undefined) return yield* new Signature.InvalidSignature({ reason: "missing" })
        const body = yield* incoming.read(limit)
        const webhook = yield* receive({ body, signature: incoming.signature, channelSecret: options.channelSecret })
        return handle(webhook)
      }).pipe(Effect.catchAll((problem) => refusal(problem, limit)))
  })

const refusal = (
  problem: UnreadableBody | Signature.InvalidSignature | InvalidWebhook,
  limit: number
): Effect.Effect<Answer> => {
  const answer = refuse(statusOf(problem), explain(problem, limit))
  return Effect.as(Effect.logWarning(`webhook refused with ${answer.status}: ${answer.body}`), answer)
}

const statusOf = (problem: UnreadableBody | Signature.InvalidSignature | InvalidWebhook): number => {
  switch (problem._tag) {
    case "LineInvalidSignature":
      return 401
    case "LineInvalidWebhook":
      return 400
    case "LineUnreadableBody":
      return { tooLarge: 413, broken: 400, parsed: 500 }[problem.reason]
  }
}

const explain = (problem: UnreadableBody | Signature.InvalidSignature | InvalidWebhook, limit: number): string =>
  problem._tag === "LineUnreadableBody" && problem.reason === "tooLarge"
    ? `the body is larger than ${limit} bytes`
    : problem.message

const supervise = <E, R>(
  handlers: Handlers<E, R>,
  event: WebhookEvent.WebhookEvent,
  destination: string
): Effect.Effect<void, never, R> => {
  // The record is typed by type of event: the handler of this event's type takes this event.
  const handler = handlers[event.type] as
    ((event: WebhookEvent.WebhookEvent, destination: string) => Effect.Effect<unknown, E, R>) | undefined
  if (handler === undefined) return Effect.logDebug("webhook event without a handler").pipe(annotate(event))
  return afterAnswer.pipe(
    Effect.zipRight(Effect.suspend(() => handler(event, destination))),
    Effect.catchAllCause((cause) => Effect.logError("webhook handler failed", cause)),
    Effect.onInterrupt(() => Effect.logWarning("webhook handler interrupted, its event is lost")),
    annotate(event),
    Effect.withSpan(`line.webhook.${event.type}`, { kind: "consumer", captureStackTrace: false, root: true }),
    Effect.asVoid
  )
}

// The next turn of the event loop. A handler that only computes would otherwise hold up the answer.
const afterAnswer = Effect.async<void>((resume) => {
  const timer = setTimeout(() => resume(Effect.void), 0)
  return Effect.sync(() => clearTimeout(timer))
})

const annotate = (event: WebhookEvent.WebhookEvent) =>
  Effect.annotateLogs({
    eventType: event.type === "unknown" ? event.originalType : event.type,
    ...(event.webhookEventId === undefined ? undefined : { webhookEventId: event.webhookEventId })
  })

const drain = (fibers: FiberSet.FiberSet<void>, timeout: Duration.DurationInput): Effect.Effect<void> =>
  FiberSet.awaitEmpty(fibers).pipe(
    Effect.interruptible,
    Effect.timeoutOption(timeout),
    Effect.flatMap((drained) =>
      Option.isSome(drained)
        ? Effect.void
        : Effect.flatMap(FiberSet.size(fibers), (size) =>
            Effect.logWarning(`shutdown interrupts ${size} webhook handlers that are still at work`)
          )
    )
  )

/**
 * An HTTP app that answers LINE's webhooks and hands the events to the handlers, each in its own fiber: 200 before they
 * finish, 401 for a signature that is missing or wrong, 400 for a body that is no webhook, 413 for one over the limit. A
 * handler that fails or dies is logged with the type and id of its event, and disturbs nothing else. When the scope closes, it
 * waits for the handlers.
 *
 * @example
 * ```ts
 * import * as HttpRouter from "@effect/platform/HttpRouter"
 * import * as HttpServer from "@effect/platform/HttpServer"
 * import * as Config from "effect/Config"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Webhook from "line-effect/Webhook"
 *
 * const BotLive = Effect.gen(function* () {
 *   const channelSecret = yield* Config.redacted("LINE_CHANNEL_SECRET")
 *   const webhook = yield* Webhook.httpApp({
 *     channelSecret,
 *     handlers: Webhook.handlers({ follow: () => Effect.log("a new friend") })
 *   })
 *   return HttpServer.serve(HttpRouter.empty.pipe(HttpRouter.all("/callback", webhook)))
 * }).pipe(Layer.unwrapScoped)
 * ```
 *
 * @since 0.1.0
 * @category servers
 */
export const httpApp = <E = never, R = never>(
  options: Options<E, R>
): Effect.Effect<HttpApp.Default, never, R | Scope.Scope> =>
  Effect.map(make(options), (receiver) =>
    Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
      Effect.map(
        receiver({
          method: request.method,
          signature: request.headers[Signature.signatureHeader],
          read: (limit) => readServerRequest(request, limit)
        }),
        ({ body, headers, status }) => HttpServerResponse.text(body, { status, headers })
      )
    )
  )

const tooLarge = Effect.suspend(() => new UnreadableBody({ reason: "tooLarge" }))

const readServerRequest = (
  request: HttpServerRequest.HttpServerRequest,
  limit: number
): Effect.Effect<Uint8Array, UnreadableBody> =>
  Effect.suspend(() => {
    const length = request.headers["content-length"]
    if (length === undefined) return readStream(request.stream, limit)
    if (!(Number(length) <= limit)) return tooLarge
    return Effect.flatMap(
      Effect.mapError(request.arrayBuffer, () => new UnreadableBody({ reason: "broken" })),
      // What a server does not hold to is not a length.
      (buffer) => (buffer.byteLength <= limit ? Effect.succeed(new Uint8Array(buffer)) : tooLarge)
    )
  })

// Some of what is beyond the limit is read and forgotten: to stop reading breaks the connection before the answer.
const readStream = <E>(
  stream: Stream.Stream<Uint8Array, E>,
  limit: number
): Effect.Effect<Uint8Array, UnreadableBody> =>
  Effect.suspend(() => {
    const chunks: Array<Uint8Array> = []
    return Stream.runFoldWhile(
      stream,
      { size: 0, chunks },
      ({ size }) => size <= 8 * limit,
      ({ size }, chunk) => {
        if (size + chunk.length <= limit) chunks.push(chunk)
        return { size: size + chunk.length, chunks }
      }
    )
  }).pipe(
    Effect.mapError(() => new UnreadableBody({ reason: "broken" })),
    Effect.filterOrFail(
      ({ size }) => size <= limit,
      () => new UnreadableBody({ reason: "tooLarge" })
    ),
    Effect.map(({ chunks, size }) => concat(chunks, size))
  )

const concat = (chunks: ReadonlyArray<Uint8Array>, size: number): Uint8Array => {
  const bytes = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}

/**
 * A function from `Request` to `Response`, and how to shut it down.
 *
 * @since 0.1.0
 * @category models
 */
export interface WebHandler {
  /** Answers as {@link httpApp} does. Give it the context of an edge runtime, which then waits for the handlers. */
  readonly handler: (
    request: Request,
    context?: { readonly waitUntil: (promise: Promise<unknown>) => void }
  ) => Promise<Response>
  /** Waits for the handlers, then closes the layer. */
  readonly dispose: () => Promise<void>
}

/**
 * {@link httpApp} for runtimes that call a function with a `Request`. The layer provides what the handlers need; it is
 * built with the first request.
 *
 * @example
 * ```ts
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 * import * as LineClient from "line-effect/LineClient"
 * import * as Webhook from "line-effect/Webhook"
 *
 * const { handler } = Webhook.toWebHandler(
 *   { channelSecret: Redacted.make("…"), handlers: Webhook.handlers({ follow: () => Effect.log("a new friend") }) },
 *   LineClient.layer({ channelAccessToken: Redacted.make("…") }).pipe(Layer.provide(FetchHttpClient.layer))
 * )
 *
 * export default { fetch: (request: Request) => handler(request) }
 * ```
 *
 * @since 0.1.0
 * @category servers
 */
export const toWebHandler = <E = never, R = never, LayerError = never>(
  options: Options<E, R>,
  layer: Layer.Layer<R, LayerError>
): WebHandler => {
  const { dispose, receive } = host(options, layer)
  return {
    handler: async (request, context) => {
      const { body, headers, status, work } = await receive({
        method: request.method,
        signature: request.headers.get(Signature.signatureHeader) ?? undefined,
        read: (limit) => readRequest(request, limit)
      })
      context?.waitUntil(Effect.runPromise(work))
      return new Response(body, { status, headers })
    },
    dispose
  }
}

/**
 * A {@link Receiver} for code that is no effect.
 *
 * @since 0.1.0
 * @category models
 */
export interface Host {
  /** Answers a request; never rejects. */
  readonly receive: (incoming: Incoming) => Promise<Answer>
  /** Waits for the handlers, then closes the layer. What comes after that is answered with 503. */
  readonly dispose: () => Promise<void>
}

/**
 * The core of the servers that call a function: a {@link Receiver} that runs by itself. The layer provides what the
 * handlers need; it is built with the first request.
 *
 * @since 0.1.0
 * @category servers
 */
export const host = <E = never, R = never, LayerError = never>(
  options: Options<E, R>,
  layer: Layer.Layer<R, LayerError>
): Host => {
  const makeRuntime = () => ManagedRuntime.make(Layer.provide(Layer.scoped(ReceiverTag, make(options)), layer))
  let current = makeRuntime()
  let disposed = false

  return {
    receive: async (incoming) => {
      if (disposed) return shuttingDown
      const runtime = current
      try {
        await runtime.runtime()
      } catch (error) {
        if (disposed) return shuttingDown
        // A layer that could not be built may be built for the next request.
        if (current === runtime) current = makeRuntime()
        Effect.runSync(Effect.logError("the layer of the webhook handler could not be built", error))
        return refuse(500, "not ready")
      }
      return runtime.runPromise(Effect.flatMap(ReceiverTag, (receiver) => receiver(incoming)))
    },
    dispose: () => {
      disposed = true
      return current.dispose()
    }
  }
}

class ReceiverTag extends Context.Tag("line-effect/Webhook/Receiver")<ReceiverTag, Receiver>() {}

const readRequest = (request: Request, limit: number): Effect.Effect<Uint8Array, UnreadableBody> =>
  Effect.suspend(() => {
    if (Number(request.headers.get("content-length") ?? 0) > limit) return tooLarge
    const { body } = request
    if (body === null) return Effect.succeed(new Uint8Array())
    return readStream(Stream.fromReadableStream({ evaluate: () => body, onError: () => undefined }), limit)
  })
