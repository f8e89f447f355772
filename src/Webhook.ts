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
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as Layer from "effect/Layer"
import * as LogLevel from "effect/LogLevel"
import * as ManagedRuntime from "effect/ManagedRuntime"
import type * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Tracer from "effect/Tracer"
import type * as Channels from "./Channels.js"
import * as Delivery from "./Delivery.js"
import type * as Inbox from "./Inbox.js"
import * as BodyLimit from "./internal/BodyLimit.js"
import * as Bytes from "./internal/Bytes.js"
import * as Entry from "./internal/Entry.js"
import * as Handling from "./internal/Handling.js"
import type { HandlerTimeout } from "./internal/Handling.js"
import * as Log from "./internal/Log.js"
import * as RequestScheduler from "./internal/RequestScheduler.js"
import * as SentEvent from "./internal/SentEvent.js"
import * as Tracing from "./internal/Tracing.js"
import * as Metrics from "./Metrics.js"
import type * as ProcessedEvents from "./ProcessedEvents.js"
import * as Signature from "./Signature.js"
import * as StoreError from "./StoreError.js"
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
 * Events of one chat are handled one after the other, in the order in which they came; those of different chats at the
 * same time. An event whose handler succeeded is not handled again when LINE delivers it again.
 *
 * @since 0.1.0
 * @category models
 */
export type Options<E, R, Given = never> = Settings<E, R> & (ForOne | ForSeveral<Given>)

/**
 * Options, or an effect that makes them of what the layer of a server provides: of its configuration, its inbox or its
 * channels.
 *
 * @example
 * ```ts
 * import * as Config from "effect/Config"
 * import * as Effect from "effect/Effect"
 * import * as Inbox from "line-effect/Inbox"
 * import * as Webhook from "line-effect/Webhook"
 *
 * const options = Effect.gen(function* () {
 *   return {
 *     channelSecret: yield* Config.redacted("LINE_CHANNEL_SECRET"),
 *     inbox: yield* Inbox.Inbox,
 *     handlers: Webhook.handlers({ follow: () => Effect.log("a new friend") })
 *   }
 * })
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type OptionsSource<E, R, Given, OptionsError, Needed> =
  Options<E, R, Given> | Effect.Effect<Options<E, R, Given>, OptionsError, Needed>

/**
 * The options of a server for one channel.
 *
 * @since 0.1.0
 * @category models
 */
export interface ForOne {
  /** The secret of the channel; several while it is being replaced. */
  readonly channelSecret: Redacted.Redacted | ReadonlyArray<Redacted.Redacted>
  readonly channels?: undefined
}

/**
 * The options of a server for several channels. Handlers are given the `LineClient` of the channel of their event.
 *
 * @since 0.1.0
 * @category models
 */
export interface ForSeveral<Given> {
  /** The channels, by the path of the URL or by the destination. A request for none of them is answered with 404. */
  readonly channels: Channels.Channels<Given>
  readonly channelSecret?: undefined
}

/**
 * The options of every server.
 *
 * @since 0.1.0
 * @category models
 */
export interface Settings<E, R> {
  readonly handlers: Handlers<E, R>
  /** The number of chats whose events are handled at the same time; 64 unless set. */
  readonly concurrency?: number | undefined
  /**
   * The number of events that may wait or be at work; 10,000 unless set. What comes beyond it is answered with 503, so that
   * LINE delivers it again, if redelivery is on.
   */
  readonly capacity?: number | undefined
  /** How long a handler may take for an attempt at an event before it is interrupted; a minute unless set. */
  readonly handlerTimeout?: Duration.DurationInput | undefined
  /** When a handler that failed or took too long is run again; never unless set. Later events of the chat wait. */
  readonly retry?: Schedule.Schedule<unknown, E | HandlerTimeout> | undefined
  /**
   * What is done with an event whose handling failed for good, and, without an inbox, with one that a shutdown left without its
   * handling: keep it, and give it to {@link replay} when the reason is mended. It has a minute, and of a shutdown all of
   * them have one together. Failures are logged in any case.
   */
  readonly deadLetter?: ((letter: DeadLetter<E>) => Effect.Effect<unknown, unknown>) | undefined
  /** Where events are kept from before the answer until they have been handled; in memory alone unless set. */
  readonly inbox?: Inbox.Service | undefined
  /** What remembers the events that have been handled; the memory of the process unless set. An inbox does so by itself. */
  readonly processedEvents?: ProcessedEvents.Service | undefined
  /** The largest body that is read, in bytes; 1 MiB unless set. A larger one is answered with 413. */
  readonly maxBodySize?: number | undefined
  /** How long a shutdown waits for handlers before it interrupts them; 30 seconds unless set. */
  readonly drainTimeout?: Duration.DurationInput | undefined
}

/**
 * What handlers need beside what they are given for each event: their `Delivery`, and the client of its channel where
 * there are several.
 *
 * @since 0.1.0
 * @category models
 */
export type Requirements<R, Given> = Exclude<Exclude<R, Given>, Delivery.Delivery>

export { HandlerTimeout } from "./internal/Handling.js"

/**
 * An event whose handling failed for good, with everything that it takes to replay it. All but the `cause` is JSON.
 *
 * @since 0.1.0
 * @category models
 */
export interface DeadLetter<E> {
  readonly destination: string
  /** The key of its channel, where channels are told apart by path. */
  readonly channel?: string
  readonly event: WebhookEvent.WebhookEvent
  /** When it came, in milliseconds since 1970. */
  readonly receivedAt: number
  /** How often its handler was run; 0 if its turn did not come before a shutdown. */
  readonly attempts: number
  /** Why the last attempt failed; with an interruption at its end, or that alone, if a shutdown came in between. */
  readonly cause: Cause.Cause<E | HandlerTimeout>
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
  /** The path of its URL, if the channel is to be found by it. A query is passed over. */
  readonly path?: string | undefined
  /** The value of the header `x-line-signature`, if there is one. */
  readonly signature: string | undefined
  /** The bytes of the body as they came, if they are at most this many. */
  readonly read: (limit: number) => Effect.Effect<Uint8Array, UnreadableBody>
  /**
   * Whether its events are handled within the request, apart from those of others: for platforms on which what a request
   * began ends with it, such as Workers. Events of one chat that come in different requests may then be handled at the same
   * time, and `concurrency` and `capacity` are those of each request.
   */
  readonly isolated?: boolean | undefined
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

const answerWith = (
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
  work: Effect.Effect<void> = Effect.void
): Answer => ({ status, body, headers, work })

const accepted = answerWith(200, "")

// LINE sends an event again that was not answered with 2xx, if redelivery is on.
const shuttingDown = answerWith(503, "shutting down")

/**
 * The core of all servers: answers requests and hands their events to the handlers. When the scope closes, it waits for
 * the handlers.
 *
 * @since 0.1.0
 * @category servers
 */
export const make = <E = never, R = never, Given = never>(
  options: Options<E, R, Given>
): Effect.Effect<Receiver, never, Requirements<R, Given> | Scope.Scope> =>
  Effect.gen(function* () {
    const limit = options.maxBodySize ?? BodyLimit.standard
    const capacity = options.capacity ?? 10_000
    const { inbox } = options
    const handling = yield* Handling.make<E, Exclude<R, Given>>(options)
    const clock = yield* Effect.clock

    const offer = (
      place: Handling.Place<E, Exclude<R, Given>>,
      entry: Inbox.Entry,
      channel: Channels.Channel | undefined,
      { ended, request }: Pick<Handling.Item<E, R>, "ended" | "request">
    ) => place.offer({ lane: Entry.lane(entry), entry, handler: handlerOf(options, entry, channel), request, ended })

    /** The number of events that are being stored, for which there has to be room in the lanes afterwards. */
    let arriving = 0
    const storeIn = (inbox: Inbox.Service, deliveries: ReadonlyArray<Inbox.Delivery>) =>
      Effect.suspend(() => {
        arriving += deliveries.length
        return handling
          .within(() => inbox.store(deliveries))
          .pipe(
            Effect.catchTag("TimeoutException", (cause) => new StoreError.StoreError({ store: "the inbox", cause })),
            Effect.ensuring(Effect.sync(() => (arriving -= deliveries.length)))
          )
      })

    const isFull = (size: number): boolean => {
      const waiting = handling.shared.size() + arriving
      // More than there is room for at all is let through alone: it would never be accepted.
      return size > 0 && waiting > 0 && waiting + size > capacity
    }

    const accept = (
      webhook: WebhookEvent.WebhookBody,
      addressed: Addressed,
      scheduler: RequestScheduler.RequestScheduler | undefined
    ) =>
      Effect.withFiberRuntime<Answer, StoreError.StoreError>((fiber) => {
        const { destination, events } = webhook
        for (const { type } of events) Metrics.webhookEvents(type).unsafeUpdate(1, [])
        const wanted = events.filter(({ type }) => isHandled(options.handlers, type))
        // What has no room now may have some when LINE sends it again.
        if (scheduler === undefined && isFull(wanted.length)) {
          return refused(503, "too many events are waiting")
        }
        const takeWanted = () => take(wanted, destination, addressed, scheduler, fiber.currentSpan)
        // The level is asked here: a log that is not written costs as much as a handler.
        return wanted.length === events.length ||
          LogLevel.greaterThan(fiber.getFiberRef(FiberRef.currentMinimumLogLevel), LogLevel.Debug)
          ? takeWanted()
          : Effect.uninterruptible(Effect.zipRight(passedOver(events, options.handlers), Effect.suspend(takeWanted)))
      })

    const take = (
      events: ReadonlyArray<WebhookEvent.WebhookEvent>,
      destination: string,
      { channel, key }: Addressed,
      scheduler: RequestScheduler.RequestScheduler | undefined,
      request: Tracer.AnySpan | undefined
    ): Effect.Effect<Answer, StoreError.StoreError> => {
      if (events.length === 0) return Effect.succeed(accepted)
      const deliveries = events.map((event) =>
        key === undefined ? { destination, event } : { destination, event, channel: key }
      )
      const handOn = (entries: ReadonlyArray<Inbox.Entry>): Answer => {
        // Asked when nothing can come between: what is offered to lanes that were stopped never runs.
        if (handling.isClosing()) return inbox === undefined ? shuttingDown : accepted
        const place = scheduler === undefined ? handling.shared : handling.apart(scheduler)
        const { ended, work } = counted(entries.length)
        for (const entry of entries) offer(place, entry, channel, { ended, request })
        return answerWith(200, "", {}, work)
      }
      return inbox === undefined
        ? Effect.succeed(handOn(Entry.fromDeliveries(deliveries, clock.unsafeCurrentTimeMillis())))
        : // What is stored has to come to its lane, whether or not the sender still waits for the answer.
          Effect.uninterruptible(Effect.map(storeIn(inbox, deliveries), handOn))
    }

    const resume = (entry: Inbox.Entry) =>
      Effect.gen(function* () {
        const channel = yield* Effect.suspend(() => channelOf(options.channels, entry)).pipe(
          Effect.retry({ schedule: resumption, while: ({ _tag }) => _tag === "LineStoreError" })
        )
        yield* handling.shared.awaitBelow(capacity)
        offer(handling.shared, entry, channel, { ended: () => {}, request: undefined })
      }).pipe(Effect.catchAllCause((cause) => Log.error("an event stays in the inbox", cause)))

    if (inbox !== undefined) {
      yield* Stream.runForEach(inbox.pending, resume).pipe(
        Effect.catchAllCause((cause) => Log.error("the inbox could not be read", cause)),
        Effect.forkScoped
      )
    }

    // By flatMap: a generator costs a tenth of all that is done with a webhook.
    const receiveIn = (
      incoming: Incoming,
      scheduler?: RequestScheduler.RequestScheduler
    ): Effect.Effect<Answer, Problem> => {
      const { method, signature } = incoming
      if (method !== "POST") return Effect.succeed(answerWith(405, "webhooks are sent by POST", { allow: "POST" }))
      if (handling.isClosing()) return Effect.succeed(shuttingDown)
      if (signature === undefined) return new Signature.InvalidSignature({ reason: "missing" })
      return Effect.flatMap(incoming.read(limit), (body) =>
        Effect.flatMap(address(options, incoming, body), (addressed) =>
          Effect.flatMap(
            receive({ body, signature, channelSecret: addressed.channelSecret }),
            (webhook): Effect.Effect<Answer, Problem> =>
              addressed.destination === undefined || addressed.destination === webhook.destination
                ? accept(webhook, addressed, scheduler)
                : new InvalidWebhook({ reason: "it names two destinations" })
          )
        )
      )
    }

    const answered = (incoming: Incoming, scheduler?: RequestScheduler.RequestScheduler) =>
      Effect.suspend(() => receiveIn(incoming, scheduler)).pipe(
        Effect.catchAll((problem) => refusal(problem, limit)),
        // A mistake of the program, as in its lookup of channels, must not take the server down with it.
        Effect.catchAllDefect((defect) => refused(500, "the webhook could not be received", Cause.die(defect))),
        Effect.flatMap((answer) => (answer.status === 200 ? Effect.succeed(answer) : noted(answer))),
        traced
      )

    return (incoming) =>
      incoming.isolated === true
        ? Effect.suspend(() => {
            const scheduler = new RequestScheduler.RequestScheduler()
            return Effect.withScheduler(answered(incoming, scheduler), scheduler)
          })
        : answered(incoming)
  })

/** The end of so much work, and how to wait for it, which most servers do not. */
const counted = (size: number): { readonly ended: () => void; readonly work: Effect.Effect<void> } => {
  let left = size
  let all: Deferred.Deferred<void> | undefined
  return {
    ended: () => {
      if (--left <= 0 && all !== undefined) Deferred.unsafeDone(all, Effect.void)
    },
    work: Effect.suspend(() => (left <= 0 ? Effect.void : Deferred.await((all ??= Deferred.unsafeMake(FiberId.none)))))
  }
}

const noted = (answer: Answer): Effect.Effect<Answer> => {
  Metrics.webhookRefusals(String(answer.status)).unsafeUpdate(1, [])
  return Effect.as(Effect.annotateCurrentSpan("http.response.status_code", answer.status), answer)
}

const isHandled = (handlers: object, type: string): boolean => Object.hasOwn(handlers, type)

// A lookup that cannot be made now may be made later; what comes after it in the inbox would fail as well.
const resumption = Schedule.union(Schedule.exponential("1 second"), Schedule.spaced("30 seconds"))

const traced = <A>(effect: Effect.Effect<A>): Effect.Effect<A> =>
  Tracing.ifSeen(
    () => Effect.withSpan(effect, "line.webhook", { kind: "server", captureStackTrace: false }),
    () => effect
  )

/** The channel that a request says it is for. */
interface Addressed extends Pick<ForOne, "channelSecret"> {
  readonly channel?: Channels.Channel
  /** What the channel was found by, if that is not the destination. */
  readonly key?: string
  /** The destination that the body must have. */
  readonly destination?: string
}

const address = <E, R, Given>(
  { channels, channelSecret }: Options<E, R, Given>,
  { path }: Incoming,
  body: Uint8Array
): Effect.Effect<Addressed, Channels.LookupError> => {
  if (channels === undefined) return Effect.succeed({ channelSecret })
  const key = channels.keyOf({ path, body }) ?? ""
  const found = channels.by === "path" ? { key } : { destination: key }
  return Effect.map(channels.find(key), (channel) => ({ channelSecret: channel.channelSecret, channel, ...found }))
}

/** The channel of an event that came before. */
const channelOf = <Given>(
  channels: Channels.Channels<Given> | undefined,
  { channel = "", destination }: Pick<DeadLetter<never>, "channel" | "destination">
): Effect.Effect<Channels.Channel | undefined, Channels.LookupError> =>
  channels === undefined ? Effect.succeed(undefined) : channels.find(channels.by === "path" ? channel : destination)

/** What is run for an event; nothing if the program has no handler for its type. */
const handlerOf = <E, R, Given>(
  { channels, handlers }: Options<E, R, Given>,
  { destination, event }: Pick<DeadLetter<never>, "destination" | "event">,
  channel: Channels.Channel | undefined
): Effect.Effect<unknown, E, Exclude<R, Given>> => {
  // The record is typed by type of event: the handler of this event's type takes this event.
  const handler = handlers[event.type] as
    ((event: WebhookEvent.WebhookEvent, destination: string) => Effect.Effect<unknown, E, R>) | undefined
  if (handler === undefined) return Effect.void
  const handled = Effect.suspend(() => handler(event, destination))
  return channels !== undefined && channel !== undefined
    ? Effect.provideService(handled, channels.client, channel.client)
    : // Without channels nothing is given.
      (handled as Effect.Effect<unknown, E, Exclude<R, Given>>)
}

type Problem =
  UnreadableBody | Signature.InvalidSignature | InvalidWebhook | Channels.UnknownDestination | StoreError.StoreError

const statusOf = { LineInvalidSignature: 401, LineInvalidWebhook: 400, LineUnknownDestination: 404 } as const

const refusal = (problem: Problem, limit: number): Effect.Effect<Answer> => {
  switch (problem._tag) {
    case "LineStoreError":
      // LINE delivers again what was not kept.
      return refused(503, "a store cannot be used", problem)
    case "LineUnreadableBody":
      return problem.reason === "tooLarge"
        ? refused(413, `the body is larger than ${limit} bytes`)
        : refused(problem.reason === "parsed" ? 500 : 400, problem.message)
    default:
      return refused(statusOf[problem._tag], problem.message)
  }
}

/** A refusal that is logged: as an error with its cause if there is one, and otherwise as a warning. */
const refused = (status: number, reason: string, cause?: unknown): Effect.Effect<Answer> => {
  const log = cause === undefined ? Log.warning : Log.error
  return Effect.as(log(`webhook refused with ${status}: ${reason}`, cause), answerWith(status, reason))
}

const passedOver = (events: ReadonlyArray<WebhookEvent.WebhookEvent>, handlers: object): Effect.Effect<void> =>
  Effect.forEach(
    events.filter(({ type }) => !isHandled(handlers, type)),
    (event) => Effect.logDebug("webhook event without a handler").pipe(Handling.annotate({ event })),
    { discard: true }
  )

/**
 * Handles an event again that could not be handled: a dead letter, as it was handed over or as it was read back from JSON.
 * Its handler is run in this fiber as the options say, and its failure is this effect's. Succeeds if there is no handler for
 * it.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Redacted from "effect/Redacted"
 * import * as Webhook from "line-effect/Webhook"
 *
 * const options = {
 *   channelSecret: Redacted.make("…"),
 *   handlers: Webhook.handlers({ follow: () => Effect.log("a new friend") })
 * }
 *
 * const replayed = (line: string) => Webhook.replay(options, JSON.parse(line))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const replay = <E = never, R = never, Given = never>(
  options: Options<E, R, Given>,
  letter: {
    readonly destination: string
    readonly channel?: string
    readonly event: unknown
    readonly receivedAt?: number
  }
): Effect.Effect<void, E | HandlerTimeout | Channels.LookupError, Requirements<R, Given>> =>
  Effect.gen(function* () {
    const { destination, receivedAt } = letter
    const event = SentEvent.decode(letter.event)
    const channel = yield* channelOf(options.channels, letter)
    const delivery = yield* Delivery.make({ event, destination, receivedAt, mayHaveBegun: true })
    const handler = handlerOf(options, { destination, event }, channel)
    yield* Handling.alone(handler, delivery, options)
    if (event.webhookEventId !== undefined)
      yield* Effect.ignore(options.processedEvents?.add(event.webhookEventId) ?? Effect.void)
  })

/**
 * An HTTP app that answers LINE's webhooks and hands the events to the handlers, in supervised fibers: 200 before they
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
export const httpApp = <E = never, R = never, Given = never>(
  options: Options<E, R, Given>
): Effect.Effect<HttpApp.Default, never, Requirements<R, Given> | Scope.Scope> =>
  Effect.map(make(options), (receiver) =>
    Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
      Effect.map(
        receiver({
          method: request.method,
          path: request.url,
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
    const gathered = Bytes.gather(limit)
    const isBearable = () => gathered.size() <= 8 * limit
    return Effect.flatMap(
      Effect.mapError(
        Stream.runFoldWhile(stream, gathered, isBearable, (gathered, chunk) => {
          gathered.add(chunk)
          return gathered
        }),
        () => new UnreadableBody({ reason: "broken" })
      ),
      (gathered) => {
        const bytes = gathered.take()
        return bytes === undefined ? tooLarge : Effect.succeed(bytes)
      }
    )
  })

/**
 * A function from `Request` to `Response`, and how to shut it down.
 *
 * @since 0.1.0
 * @category models
 */
export interface WebHandler {
  /**
   * Answers as {@link httpApp} does. Give it the context of an edge runtime, which then waits for the handlers: Workers drop
   * the events of a request without it. With it, a request is `isolated`, as {@link Incoming} says.
   */
  readonly handler: (
    request: Request,
    context?: { readonly waitUntil?: (promise: Promise<unknown>) => void }
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
export const toWebHandler = <
  E = never,
  R = never,
  Given = never,
  OptionsError = never,
  Needed = never,
  LayerError = never
>(
  options: OptionsSource<E, R, Given, OptionsError, Needed>,
  layer: Layer.Layer<Requirements<R, Given> | Exclude<Needed, Scope.Scope>, LayerError>
): WebHandler => {
  const { dispose, receive } = host(options, layer)
  return {
    handler: async (request, context) => {
      const isolated = context?.waitUntil !== undefined
      const received = receive({
        method: request.method,
        path: new URL(request.url).pathname,
        signature: request.headers.get(Signature.signatureHeader) ?? undefined,
        read: (limit) => readRequest(request, limit),
        isolated
      })
      // At once: the platform ends a request whose sender does not wait for the answer.
      context?.waitUntil?.(received.then(({ work }) => Effect.runPromise(work)))
      // A request that waits for nothing of its own, as for the layer that another one builds, is taken for one that hangs.
      const alive = isolated ? setInterval(() => {}, 1000) : undefined
      const { body, headers, status } = await received.finally(() => clearInterval(alive))
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
  /** Builds the layer now, so that the events of an inbox go on; the first request does it otherwise. Never rejects. */
  readonly start: () => Promise<void>
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
export const host = <E = never, R = never, Given = never, OptionsError = never, Needed = never, LayerError = never>(
  options: OptionsSource<E, R, Given, OptionsError, Needed>,
  layer: Layer.Layer<Requirements<R, Given> | Exclude<Needed, Scope.Scope>, LayerError>
): Host => {
  type Failure = OptionsError | LayerError
  const made = Effect.flatMap(Effect.isEffect(options) ? options : Effect.succeed(options), make<E, R, Given>)
  const receiver: Layer.Layer<ReceiverTag, Failure, unknown> = Layer.provide(Layer.scoped(ReceiverTag, made), layer)
  // The layer gives all that is required, and that taken from itself is nothing, which the compiler does not see.
  const makeRuntime = () => ManagedRuntime.make(receiver as Layer.Layer<ReceiverTag, Failure>)
  let current = makeRuntime()
  // Once the layer is built.
  let run: Host["receive"] | undefined
  let disposed = false

  const ready = async () => {
    const runtime = current
    const exit = await Effect.runPromiseExit(runtime)
    if (Exit.isSuccess(exit)) {
      const receiver = Context.get(exit.value.context, ReceiverTag)
      return (run ??= (incoming) => Runtime.runPromise(exit.value, receiver(incoming)))
    }
    // A layer that could not be built may be built for the next request.
    if (current === runtime && !disposed) {
      current = makeRuntime()
      Effect.runSync(Effect.logError("the layer of the webhook handler could not be built", exit.cause))
    }
    return undefined
  }

  const receiveLater = async (incoming: Incoming): Promise<Answer> => {
    const built = await ready()
    if (disposed) return shuttingDown
    return built === undefined ? answerWith(500, "not ready") : built(incoming)
  }

  return {
    receive: (incoming) => {
      if (disposed) return Promise.resolve(shuttingDown)
      return run === undefined ? receiveLater(incoming) : run(incoming)
    },
    start: async () => void (await ready()),
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
    const { body, bodyUsed } = request
    if (bodyUsed || body?.locked === true) return new UnreadableBody({ reason: "parsed", advice })
    if (body === null) return Effect.succeed(new Uint8Array())
    return readStream(Stream.fromReadableStream({ evaluate: () => body, onError: () => undefined }), limit)
  })

const advice = "give the webhook the request before anything reads it, or let that read request.clone()"
