/**
 * Answering the event that a webhook handler is at work on. LINE takes the reply token of an event once: {@link send}
 * knows whether it was taken, never sends twice what may have been sent, and pushes instead of replying only if the
 * program opts in to it, because a push counts against the month's quota.
 *
 * @see https://developers.line.biz/en/docs/messaging-api/sending-messages/#reply-messages
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import * as Chats from "./Chats.js"
import * as Delivery from "./Delivery.js"
import * as Request from "./internal/Request.js"
import * as Response from "./internal/Response.js"
import type * as Sends from "./internal/Sends.js"
import type * as LineClient from "./LineClient.js"
import * as LineError from "./LineError.js"
import type * as Message from "./Message.js"
import * as Messaging from "./Messaging.js"
import type * as Receipt from "./Receipt.js"
import * as Retry from "./Retry.js"
import * as WebhookEvent from "./WebhookEvent.js"

/**
 * How messages are sent.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * Whether the first of the messages that can quote (a text, a `textV2` or a sticker) quotes the message of the event. It
   * keeps a `quoteToken` of its own. Where the event has no message that can be quoted, or no message can quote, nothing
   * is quoted: an answer without a quote is better than none.
   */
  readonly quote?: boolean | undefined
  /**
   * Whether to push, which counts against the month's quota: what is beyond five messages, and everything if the event has
   * no reply token, LINE refuses it, or an earlier send used it.
   */
  readonly push?: boolean | undefined
  /**
   * The name of this send, which then happens once for the event, whatever its messages are. Unset, it is known by its
   * messages: give a name to messages that are others each time the handler runs, such as what a model answers.
   */
  readonly place?: string | undefined
  /** Whether the user's device stays silent; false unless set. */
  readonly notificationDisabled?: boolean | undefined
  /** As in `Messaging.pushMessage`, for what is pushed: LINE takes none with a reply. */
  readonly customAggregationUnits?: ReadonlyArray<string> | undefined
}

/**
 * What was sent, and how.
 *
 * @since 0.1.0
 * @category models
 */
export interface Sent {
  /** How the messages went; of more than five, how the first five did: the rest is always pushed. */
  readonly by: "reply" | "push"
  /** All messages in order, each with its id. */
  readonly sentMessages: ReadonlyArray<Receipt.SentMessage>
  /** The receipts of the pushes; none after a reply alone. `alreadyAccepted` if an earlier run of the handler sent it. */
  readonly receipts: ReadonlyArray<Receipt.Receipt>
}

/**
 * The event cannot be answered in this way, and nothing was sent by this call. The message says what to do.
 *
 * - `standby`: another channel answers this chat now; nothing may be sent to it.
 * - `noReplyToken`: the event has none, as those that tell what needs no answer.
 * - `used`: an earlier send of the handler used it, or met its refusal.
 * - `refused`: LINE does not take it: it is too old, or something else used it. `cause` is LINE's answer.
 * - `unknown`: a reply may have been sent, by an earlier call or an earlier run of the handler. It cannot be repeated, nor
 *   replaced by a push, without perhaps sending twice. `cause` is LINE's refusal, if it has just refused the token.
 * - `tooManyMessages`: a reply has at most five, and the rest was not to be pushed.
 * - `noChat`: it would have to be pushed, and the event does not say to whom.
 *
 * @since 0.1.0
 * @category errors
 */
export class CannotReply extends Data.TaggedError("LineCannotReply")<{
  readonly reason: "standby" | "noReplyToken" | "used" | "refused" | "unknown" | "tooManyMessages" | "noChat"
  readonly cause?: LineError.BadRequest
}> {
  override get message(): string {
    return `cannot reply: ${advice[this.reason]}`
  }
}

const orPush = "set push: true to push instead, which counts against the quota"

const advice: { readonly [Reason in CannotReply["reason"]]: string } = {
  standby: "another channel answers this chat now (the event's mode is standby), leave it to that one",
  noReplyToken: `the event has no reply token: ${orPush}`,
  used: `the reply token is used up, LINE takes it once: put all messages into one send, or ${orPush}`,
  refused: `LINE refused the reply token, it is too old or used by something else: answer sooner, or ${orPush}`,
  unknown:
    "a reply may have been sent already, which cannot be told: nothing more was sent, so as not to send it twice. " +
    "What must arrive even if it is twice, push with Messaging.pushMessage",
  tooManyMessages:
    "a reply has at most five messages: send fewer, or set push: true to push the rest, which counts against the quota",
  noChat: "it would have to be pushed, and the event does not say to which chat"
}

/** The most messages that LINE takes in one call. */
const most = 5

type Failure = CannotReply | LineError.QuotaExceeded | LineError.InvalidResponse | LineError.Common

/**
 * Answers the event with one or more messages: with its reply token, which costs nothing, or by a push where `push`
 * allows it. A quick reply is moved to the last message, whose quick reply is the only one that LINE shows, unless that has
 * its own.
 *
 * What was sent is not sent again. If a handler is run again, in this process or another, a send that it repeats is a
 * success that tells what was sent then, as far as can be known: within the process always, after its end if it was a
 * push of the last 24 hours. Two sends of the same messages in one run of the handler are two.
 *
 * The messages of one call go out together or not at all, up to five; if a push of the rest fails, what was replied
 * stays, and the same send goes on where it ended. `CannotReply` says when nothing can be sent. After another
 * failure the same send may be tried again, with the reply token or the retry key that it had. But if the reply itself failed
 * with an error that `LineError.isAmbiguous`, or was interrupted, it may have been sent: nothing is ever sent in its place.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Message from "line-effect/Message"
 * import * as Reply from "line-effect/Reply"
 * import * as Webhook from "line-effect/Webhook"
 *
 * declare const answer: (question: string) => Effect.Effect<string>
 *
 * const handlers = Webhook.handlers({
 *   follow: () => Reply.send(Message.text("Welcome!")),
 *   message: ({ message }) =>
 *     message.type === "text"
 *       ? answer(message.text).pipe(
 *           Reply.withLoadingAnimation,
 *           Effect.flatMap((text) => Reply.send(Message.text(text), { quote: true, push: true, place: "answer" }))
 *         )
 *       : Reply.send(Message.text("I only read texts."))
 * })
 * ```
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#send-reply-message
 * @since 0.1.0
 * @category sending
 */
export const send = (
  messages: Message.Message | ReadonlyArray<Message.Message>,
  options: Options = {}
): Effect.Effect<Sent, Failure, Delivery.Delivery | LineClient.LineClient> =>
  Effect.flatMap(Delivery.Delivery, (delivery) =>
    delivery.sends.turn.withPermits(1)(
      Effect.suspend(() =>
        deliver(delivery, arrange("type" in messages ? [messages] : messages, delivery, options), options)
      )
    )
  ).pipe(
    Effect.tap(({ by, receipts }) =>
      Effect.annotateCurrentSpan({ "line.reply.by": by, "line.reply.pushes": receipts.length })
    ),
    Effect.withSpan("line.reply", { captureStackTrace: false })
  )

const deliver = Effect.fnUntraced(function* (
  delivery: Delivery.Service,
  messages: ReadonlyArray<Message.Message>,
  options: Options
) {
  const { event, sends } = delivery
  if (event.mode === "standby") return yield* new CannotReply({ reason: "standby" })
  const content = yield* write(messages, options)
  const times = sends.times.get(content) ?? 0
  const keyOf = keys(delivery, options.place === undefined ? [content, times] : [options.place])
  const first = messages.slice(0, most)
  const rest = portions(messages.slice(most))
  const reason = obstacle(delivery, yield* Ref.get(delivery.replyToken), {
    answered: sends.accepted.has(keyOf(0)),
    long: rest.length > 0,
    push: options.push === true
  })
  if (reason !== undefined) return yield* new CannotReply({ reason })
  if (rest.length > 0) yield* validate([first, ...rest], options)

  const parts = [yield* once(sends, keyOf(0), (restore) => answer({ delivery, options, restore }, first, keyOf(0)))]
  for (const [index, portion] of rest.entries()) {
    const key = keyOf(index + 1)
    parts.push(yield* once(sends, key, (restore) => push({ delivery, options, restore }, portion, key)))
  }
  sends.times.set(content, times + 1)
  return sentBy(parts)
})

/** Why nothing can be sent. */
const obstacle = (
  { event }: Delivery.Service,
  state: Delivery.ReplyToken,
  { answered, long, push }: { readonly answered: boolean; readonly long: boolean; readonly push: boolean }
): CannotReply["reason"] | undefined => {
  if (!answered && state === "unknown") return "unknown"
  if (long && !push) return "tooManyMessages"
  const hasToken = replyTokenOf(event) !== undefined
  const replies = answered || (hasToken && state === "unused")
  if (!replies && !push) return hasToken ? "used" : "noReplyToken"
  return (!replies || long) && WebhookEvent.chatId(event.source) === undefined ? "noChat" : undefined
}

type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

interface Sending {
  readonly delivery: Delivery.Service
  readonly options: Options
  /** Makes a call interruptible; what is noted of its outcome is not. */
  readonly restore: Restore
}

/** Sends a part, unless LINE has accepted it before. */
const once = <E, R>(
  { accepted }: Sends.Sends,
  key: string,
  sending: (restore: Restore) => Effect.Effect<Sends.Part, E, R>
): Effect.Effect<Sends.Part, E, R> =>
  Effect.suspend(() => {
    const before = accepted.get(key)
    if (before !== undefined) return Effect.as(Effect.logDebug("sent by an earlier attempt at the event"), before)
    return Effect.uninterruptibleMask((restore) =>
      Effect.tap(sending(restore), (part) => Effect.sync(() => accepted.set(key, part)))
    )
  })

/** Replies if the token is there and was not used, and pushes otherwise. */
const answer = (
  sending: Sending,
  messages: ReadonlyArray<Message.Message>,
  key: string
): Effect.Effect<Sends.Part, Failure, LineClient.LineClient> => {
  const { delivery, options, restore } = sending
  const replyToken = replyTokenOf(delivery.event)
  if (replyToken === undefined) return push(sending, messages, key)
  const { notificationDisabled } = options
  const note = (state: Delivery.ReplyToken) => Ref.set(delivery.replyToken, state)
  const reply = Effect.matchEffect(restore(Messaging.replyMessage({ replyToken, messages, notificationDisabled })), {
    onSuccess: ({ sentMessages }) => Effect.as(note("used"), { by: "reply", sentMessages } as const),
    onFailure: (error) => {
      if (LineError.isAmbiguous(error)) return Effect.fail(error)
      // LINE does not say whether a reply that it refused for its messages has used the token. It sent nothing: the next
      // one may try the token, and if LINE refuses that, it is as if the token were too old.
      if (!isRefusal(error)) return Effect.zipRight(note("unused"), Effect.fail(error))
      if (delivery.mayHaveBegun) return new CannotReply({ reason: "unknown", cause: error })
      return Effect.zipRight(
        note("used"),
        options.push === true && WebhookEvent.chatId(delivery.event.source) !== undefined
          ? push(sending, messages, key)
          : new CannotReply({ reason: "refused", cause: error })
      )
    }
  })
  return Effect.flatMap(Ref.get(delivery.replyToken), (state) =>
    // Until it is known what became of the reply, and so also if it is interrupted.
    state === "used" ? push(sending, messages, key) : Effect.zipRight(note("unknown"), reply)
  )
}

// The message is the only thing in which it differs from another bad request.
const isRefusal = (error: LineError.LineError): error is LineError.BadRequest =>
  error._tag === "LineBadRequest" && /invalid reply token/i.test(error.lineMessage ?? "")

const push = (
  { delivery, options, restore }: Sending,
  messages: ReadonlyArray<Message.Message>,
  retryKey: string
): Effect.Effect<Sends.Part, Failure, LineClient.LineClient> => {
  const to = WebhookEvent.chatId(delivery.event.source)
  if (to === undefined) return new CannotReply({ reason: "noChat" })
  const { customAggregationUnits, notificationDisabled } = options
  return restore(
    Messaging.pushMessage({ to, messages, notificationDisabled, customAggregationUnits, retryKey }).pipe(
      Effect.catchTag("LineDuplicateRequest", ({ acceptedRequestId = "", attempts, sentMessages }) =>
        Effect.succeed<Receipt.Receipt>({
          status: "alreadyAccepted",
          requestId: acceptedRequestId,
          retryKey,
          attempts,
          sentMessages
        })
      ),
      Effect.map((receipt) => ({ by: "push", sentMessages: receipt.sentMessages, receipt }) as const)
    )
  )
}

const sentBy = (parts: ReadonlyArray<Sends.Part>): Sent => ({
  by: parts[0]?.by ?? "reply",
  sentMessages: parts.flatMap(({ sentMessages }) => sentMessages),
  receipts: parts.flatMap((part) => (part.by === "push" ? [part.receipt] : []))
})

// -----------------------------------------------------------------------------
// what is sent
// -----------------------------------------------------------------------------

const replyTokenOf = (event: WebhookEvent.WebhookEvent): string | undefined =>
  "replyToken" in event ? event.replyToken : undefined

/** The keys of a send's parts, the same in each run of the handler. */
const keys = (
  { destination, event }: Delivery.Service,
  place: ReadonlyArray<string | number>
): ((part: number) => string) => {
  // Only an event that this version does not know may be without an id: then it is its own.
  const id = event.webhookEventId ?? JSON.stringify(event)
  return (part) => Retry.deriveKey(`reply/${JSON.stringify([destination, id, part, ...place])}`)
}

/** Messages in portions of as many as LINE takes in one call. */
const portions = (messages: ReadonlyArray<Message.Message>): ReadonlyArray<ReadonlyArray<Message.Message>> =>
  messages.length === 0 ? [] : [messages.slice(0, most), ...portions(messages.slice(most))]

/** What makes a send the same as another one. */
const write = (
  messages: ReadonlyArray<Message.Message>,
  { customAggregationUnits, notificationDisabled }: Options
): Either.Either<string, LineError.InvalidRequest> =>
  Either.try({
    try: () => JSON.stringify([messages, notificationDisabled, customAggregationUnits]),
    catch: () =>
      Response.invalid(Messaging.replyMessage, [
        { path: "messages", message: "cannot be written as JSON: it contains itself, or a bigint" }
      ])
  })

/** Finds what is wrong with any of the messages before the first of them are sent. */
const validate = (
  portions: ReadonlyArray<ReadonlyArray<Message.Message>>,
  { customAggregationUnits, notificationDisabled }: Options
): Effect.Effect<void, LineError.InvalidRequest> => {
  const issues = [
    ...(Request.issues(Messaging.pushMessage, {
      to: "-",
      messages: portions[0],
      notificationDisabled,
      customAggregationUnits
    }) ?? []),
    ...portions
      .slice(1)
      .flatMap((messages, index) =>
        (Request.issues(Messaging.validatePush, { messages }) ?? []).map(({ message, path }) => ({
          path: path.replace(/^messages\[(\d+)\]/, (_, at: string) => `messages[${Number(at) + most * (index + 1)}]`),
          message
        }))
      )
  ]
  return issues.length === 0 ? Effect.void : Response.invalid(Messaging.replyMessage, issues)
}

const arrange = (
  messages: ReadonlyArray<Message.Message>,
  { event }: Delivery.Service,
  options: Options
): ReadonlyArray<Message.Message> =>
  quickReplyLast(options.quote === true ? quoting(messages, quoteTokenOf(event)) : messages)

const quickReplyLast = (messages: ReadonlyArray<Message.Message>): ReadonlyArray<Message.Message> => {
  const quickReply = messages.findLast((message) => message.quickReply !== undefined)?.quickReply
  if (quickReply === undefined) return messages
  const last = messages.length - 1
  return messages.map((message, index) => ({ ...message, quickReply: index === last ? quickReply : undefined }))
}

const quoteTokenOf = (event: WebhookEvent.WebhookEvent): string | undefined =>
  (event.type === "message" || event.type === "messageEdited") && "quoteToken" in event.message
    ? event.message.quoteToken
    : undefined

const quoting = (
  messages: ReadonlyArray<Message.Message>,
  quoteToken: string | undefined
): ReadonlyArray<Message.Message> => {
  const first = messages.find(canQuote)
  if (quoteToken === undefined || first === undefined || first.quoteToken !== undefined) return messages
  const index = messages.indexOf(first)
  return messages.with(index, { ...first, quoteToken })
}

const canQuote = (
  message: Message.Message
): message is Message.TextMessage | Message.TextMessageV2 | Message.StickerMessage =>
  message.type === "text" || message.type === "textV2" || message.type === "sticker"

// -----------------------------------------------------------------------------
// time
// -----------------------------------------------------------------------------

/**
 * How old the reply token of the event is, counted as LINE does from when the event came. LINE asks that a reply be sent
 * within a minute, does not promise that limit, and may change it: take the age for a log or for a choice between a short
 * and a long answer, and let {@link send} find out whether LINE still takes the token.
 *
 * @since 0.1.0
 * @category combinators
 */
export const age: Effect.Effect<Duration.Duration, never, Delivery.Delivery> = Effect.flatMap(
  Delivery.Delivery,
  ({ receivedAt }) => Effect.map(Clock.currentTimeMillis, (now) => Duration.millis(now - receivedAt))
)

/**
 * Shows LINE's loading animation in the chat of the event while an effect runs: at once, and again before it ends. LINE
 * shows it in one-to-one chats only; in a group, a room or a chat that another channel answers, nothing is shown. A
 * message that the bot sends ends it, else it ends at most 20 seconds after the effect. That it cannot be shown, which
 * is logged at the level of debugging, concerns the effect in nothing.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Message from "line-effect/Message"
 * import * as Reply from "line-effect/Reply"
 *
 * declare const report: Effect.Effect<string>
 *
 * const answer = report.pipe(
 *   Reply.withLoadingAnimation,
 *   Effect.flatMap((text) => Reply.send(Message.text(text), { push: true }))
 * )
 * ```
 *
 * @see https://developers.line.biz/en/docs/messaging-api/use-loading-indicator/
 * @since 0.1.0
 * @category combinators
 */
export const withLoadingAnimation = <A, E, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R | Delivery.Delivery | LineClient.LineClient> =>
  Effect.flatMap(Delivery.Delivery, ({ event: { mode, source } }) =>
    source?.type !== "user" || source.userId === undefined || mode === "standby"
      ? effect
      : withAnimation(source.userId, effect)
  )

const withAnimation = <A, E, R>(
  chatId: string,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R | LineClient.LineClient> => {
  const show = Effect.catchAllCause(Chats.showLoadingAnimation({ chatId, loadingSeconds: 20 }), (cause) =>
    Effect.logDebug("the loading animation could not be shown", cause)
  )
  // Interruptible also where the effect is not: nothing else ends it.
  const animation = Effect.interruptible(Effect.repeat(show, Schedule.fixed("15 seconds")))
  return Effect.scopedWith((scope) => Effect.zipRight(Effect.forkIn(animation, scope), effect))
}
