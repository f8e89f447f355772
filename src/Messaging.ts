/**
 * Sending messages, and what LINE tells about messages sent.
 *
 * `pushMessage`, `multicast`, `narrowcast` and `broadcast` are idempotent: each call makes one retry key before its
 * first request and sends it with every attempt, so that the client repeats them through lost answers and LINE still
 * acts once. `replyMessage` has no such key: it is repeated only when LINE cannot have seen the request.
 *
 * @see https://developers.line.biz/en/docs/messaging-api/sending-messages/
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as DailyCount from "./internal/DailyCount.js"
import * as Limit from "./internal/Limit.js"
import * as Response from "./internal/Response.js"
import * as Tolerant from "./internal/Tolerant.js"
import type * as LineClient from "./LineClient.js"
import * as LineError from "./LineError.js"
import * as Message from "./Message.js"
import * as Operation from "./Operation.js"
import * as Receipt from "./Receipt.js"
import * as Recipient from "./Recipient.js"
import * as Retry from "./Retry.js"
import type * as Unknown from "./Unknown.js"
import * as Wait from "./Wait.js"

const messages = { messages: Message.Messages, notificationDisabled: Schema.optional(Schema.Boolean) }

const customAggregationUnits = Schema.optional(Limit.items(Limit.AggregationUnit, 0, 1))

interface Sending {
  /** One to five messages, shown in this order. */
  readonly messages: Message.Messages
  /** Whether the user's device stays silent; false unless set. */
  readonly notificationDisabled?: boolean | undefined
}

interface Aggregating {
  /** At most one name under which LINE counts the message: letters, digits and underscores, up to 30. */
  readonly customAggregationUnits?: ReadonlyArray<string> | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ReplyMessageRequest extends Sending {
  /** The `replyToken` of a webhook event: good once, for about a minute. */
  readonly replyToken: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const ReplyMessageRequest: Schema.Schema<ReplyMessageRequest> = Schema.Struct({
  replyToken: Limit.NonEmpty,
  ...messages
}).annotations({ identifier: "ReplyMessageRequest" })

/**
 * @since 0.1.0
 * @category models
 */
export interface ReplyMessageResponse {
  /** The messages in the order of the request. */
  readonly sentMessages: ReadonlyArray<Receipt.SentMessage>
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const ReplyMessageResponse: Schema.Schema<ReplyMessageResponse> = Schema.Struct({
  sentMessages: Schema.Array(Receipt.SentMessage)
}).annotations({ identifier: "ReplyMessageResponse" })

/**
 * @since 0.1.0
 * @category models
 */
export interface PushMessageRequest extends Sending, Aggregating {
  /** The id of a user, group or room. */
  readonly to: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const PushMessageRequest: Schema.Schema<PushMessageRequest> = Schema.Struct({
  to: Limit.NonEmpty,
  ...messages,
  customAggregationUnits
}).annotations({ identifier: "PushMessageRequest" })

/**
 * @since 0.1.0
 * @category models
 */
export interface MulticastRequest extends Sending, Aggregating {
  /** The ids of 1 to 500 users. */
  readonly to: ReadonlyArray<string>
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const MulticastRequest: Schema.Schema<MulticastRequest> = Schema.Struct({
  to: Limit.items(Limit.NonEmpty, 1, 500),
  ...messages,
  customAggregationUnits
}).annotations({ identifier: "MulticastRequest" })

/**
 * The same messages to any number of users.
 *
 * @since 0.1.0
 * @category models
 */
export interface MulticastAllRequest<out E = never, out R = never> extends Sending, Aggregating {
  /** The ids of the users; not one id alone, which would be an iterable of its characters. */
  readonly to: (Iterable<string> & object) | Stream.Stream<string, E, R>
  /** The name of the run: the same one when it is repeated, another one for other messages. */
  readonly run: string
  /** How many multicasts are under way at once; 4 unless set. */
  readonly concurrency?: number | undefined
}

/**
 * What became of one multicast of many, to up to 500 users: LINE accepted it, or had accepted it before, in an earlier
 * run, and sent nothing now, or it failed. After an error that `LineError.isAmbiguous` it may have been sent all the same.
 *
 * @since 0.1.0
 * @category models
 */
export type MulticastResult =
  | { readonly status: "accepted"; readonly userIds: ReadonlyArray<string>; readonly receipt: Receipt.Receipt }
  | {
      readonly status: "acceptedBefore"
      readonly userIds: ReadonlyArray<string>
      /** The id of the request that LINE accepted then. */
      readonly requestId: string | undefined
    }
  | {
      readonly status: "failed"
      readonly userIds: ReadonlyArray<string>
      readonly error: LineError.QuotaExceeded | LineError.Common
    }

/**
 * @since 0.1.0
 * @category models
 */
export interface NarrowcastRequest extends Sending {
  /** Who is meant: audiences and earlier deliveries, combined. All friends unless set. */
  readonly recipient?: Recipient.Recipient | undefined
  /** Which of them, by what LINE estimates about them. */
  readonly filter?: Recipient.Filter | undefined
  /** How many of them at most. */
  readonly limit?: Recipient.Limit | undefined
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const NarrowcastRequest: Schema.Schema<NarrowcastRequest> = Schema.Struct({
  ...messages,
  recipient: Schema.optional(Recipient.Recipient),
  filter: Schema.optional(Recipient.Filter),
  limit: Schema.optional(Recipient.Limit)
}).annotations({ identifier: "NarrowcastRequest" })

/**
 * @since 0.1.0
 * @category models
 */
export interface BroadcastRequest extends Sending {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const BroadcastRequest: Schema.Schema<BroadcastRequest> = Schema.Struct(messages).annotations({
  identifier: "BroadcastRequest"
})

/**
 * @since 0.1.0
 * @category models
 */
export interface ValidateMessageRequest {
  /** One to five messages. */
  readonly messages: Message.Messages
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const ValidateMessageRequest: Schema.Schema<ValidateMessageRequest> = Schema.Struct({
  messages: Message.Messages
}).annotations({ identifier: "ValidateMessageRequest" })

/**
 * How far a narrowcast is. The counts are absent while it waits.
 *
 * @since 0.1.0
 * @category models
 */
export interface NarrowcastProgress {
  readonly phase: "waiting" | "sending" | "succeeded" | "failed" | Unknown.Unknown
  readonly successCount?: number
  readonly failureCount?: number
  readonly targetCount?: number
  /** Why it failed. */
  readonly failedDescription?: string
  /**
   * Why it failed: 1 internal, 2 too few recipients, 3 a retry of an accepted request, 4 an audience too small, 5 more
   * recipients than the limit where partial delivery is forbidden.
   */
  readonly errorCode?: number
  /** When LINE accepted the request, in ISO 8601. */
  readonly acceptedTime: string
  /** When it ended, in ISO 8601. */
  readonly completedTime?: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const NarrowcastProgress: Schema.Schema<NarrowcastProgress, unknown> = Tolerant.struct({
  phase: Tolerant.enumeration("waiting", "sending", "succeeded", "failed"),
  successCount: Schema.optionalWith(Schema.Number, { exact: true }),
  failureCount: Schema.optionalWith(Schema.Number, { exact: true }),
  targetCount: Schema.optionalWith(Schema.Number, { exact: true }),
  failedDescription: Schema.optionalWith(Schema.String, { exact: true }),
  errorCode: Schema.optionalWith(Schema.Number, { exact: true }),
  acceptedTime: Schema.String,
  completedTime: Schema.optionalWith(Schema.String, { exact: true })
}).annotations({ identifier: "NarrowcastProgress" })

/**
 * A narrowcast ended without being sent. With `errorCode` 3 its messages may have been sent all the same: LINE took it
 * for a retry of a request that it had accepted before. Do not send it again then.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-narrowcast-progress-status
 * @since 0.1.0
 * @category errors
 */
export class NarrowcastFailed extends Data.TaggedError("LineNarrowcastFailed")<{
  readonly requestId: string
  /** As in {@link NarrowcastProgress}. */
  readonly errorCode: number | undefined
  readonly failedDescription: string | undefined
}> {
  override get message(): string {
    return `narrowcast ${this.requestId} failed: ${this.failedDescription ?? "no reason given"} [${this.errorCode}]`
  }
}

/**
 * How many messages the account may send this month: `"none"` if there is no limit, else `value`.
 *
 * @since 0.1.0
 * @category models
 */
export interface MessageQuota {
  readonly type: "none" | "limited" | Unknown.Unknown
  readonly value?: number
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const MessageQuota: Schema.Schema<MessageQuota, unknown> = Tolerant.struct({
  type: Tolerant.enumeration("none", "limited"),
  value: Schema.optionalWith(Schema.Number, { exact: true })
}).annotations({ identifier: "MessageQuota" })

/**
 * How many messages the account has sent this month, approximately.
 *
 * @since 0.1.0
 * @category models
 */
export interface QuotaConsumption {
  readonly totalUsage: number
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const QuotaConsumption: Schema.Schema<QuotaConsumption> = Schema.Struct({
  totalUsage: Schema.Number
}).annotations({ identifier: "QuotaConsumption" })

/**
 * How many messages were sent on a day: `success` if `status` is `"ready"`. `"unready"` is usually ready the next day.
 *
 * @since 0.1.0
 * @category models
 */
export interface NumberOfMessages {
  readonly status: "ready" | "unready" | "unavailable_for_privacy" | "out_of_service" | Unknown.Unknown
  readonly success?: number
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const NumberOfMessages: Schema.Schema<NumberOfMessages, unknown> = DailyCount.NumberOfMessages

/**
 * How many names of aggregation units are in use this month, of 1,000.
 *
 * @since 0.1.0
 * @category models
 */
export interface AggregationUnitUsage {
  readonly numOfCustomAggregationUnits: number
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const AggregationUnitUsage: Schema.Schema<AggregationUnitUsage> = Schema.Struct({
  numOfCustomAggregationUnits: Schema.Number
}).annotations({ identifier: "AggregationUnitUsage" })

/**
 * Where a list of names of aggregation units begins, and in what portions LINE is asked for it.
 *
 * @since 0.1.0
 * @category models
 */
export interface AggregationUnitNamesRequest {
  /** The size of a page: from 1 to 100, 100 unless set. */
  readonly limit?: number | undefined
  /** The `next` of the page before. */
  readonly start?: string | undefined
}

/**
 * A page of names of aggregation units. `next` is there while there may be more; it is valid for 24 hours.
 *
 * @since 0.1.0
 * @category models
 */
export interface AggregationUnitNames {
  readonly customAggregationUnits: ReadonlyArray<string>
  readonly next?: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const AggregationUnitNames: Schema.Schema<AggregationUnitNames> = Schema.Struct({
  customAggregationUnits: Schema.Array(Schema.String),
  next: Schema.optionalWith(Schema.String, { exact: true })
}).annotations({ identifier: "AggregationUnitNames" })

/**
 * Answers a webhook event with one to five messages, at no cost. The reply token is good once, and for about a minute
 * after the webhook arrived; later LINE answers `BadRequest`. An error that `LineError.isAmbiguous` may have sent the
 * reply: do not push the same text after it.
 *
 * @example
 * ```ts
 * import * as Message from "line-effect/Message"
 * import * as Messaging from "line-effect/Messaging"
 *
 * const reply = (replyToken: string) =>
 *   Messaging.replyMessage({ replyToken, messages: [Message.text("Welcome!")] })
 * ```
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#send-reply-message
 * @since 0.1.0
 * @category operations
 */
export const replyMessage = Operation.post("replyMessage", "/v2/bot/message/reply", {
  body: ReplyMessageRequest,
  success: ReplyMessageResponse
})

/**
 * Sends one to five messages to a user, group or room, exactly once. Counts against the month's quota, in a group once
 * for each member. A user who blocked the bot gets nothing and no error says so. At most 2,000 calls a second.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Message from "line-effect/Message"
 * import * as Messaging from "line-effect/Messaging"
 *
 * const remind = (userId: string) =>
 *   Messaging.pushMessage({ to: userId, messages: [Message.text("See you tomorrow at ten.")] }).pipe(
 *     Effect.tap((receipt) => Effect.log(`${receipt.status} after ${receipt.attempts} attempts`))
 *   )
 * ```
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#send-push-message
 * @since 0.1.0
 * @category operations
 */
export const pushMessage = Operation.send("pushMessage", "/v2/bot/message/push", PushMessageRequest)

/**
 * Sends the same messages to up to 500 users, exactly once; {@link multicastAll} to more. At most 200 calls a second.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#send-multicast-message
 * @since 0.1.0
 * @category operations
 */
export const multicast = Operation.send("multicast", "/v2/bot/message/multicast", MulticastRequest)

/**
 * Sends the same messages to any number of users, in multicasts of 500, at most 100 of them a second: half of LINE's limit,
 * which leaves room for retries and for others. The results come in the order of the users. A multicast that fails does
 * not end the run, except that nothing more is sent after a `QuotaExceeded`: those that follow fail with the same error.
 *
 * Each multicast has a retry key of its own, derived from the name of the run and from its users. So a run that was
 * interrupted, or failed in part, can be repeated within 24 hours of its start: with the same name, the same messages
 * and the same users in the same order, or only with those of the results that failed, in the order of the results, it
 * messages nobody twice. This holds for each 500 as a whole. One user more or less makes other 500s of the one it is in
 * and of all that follow, which LINE does not know, and sends: keep the list of a run. The messages are no part of the
 * key, and LINE asks that a retry be the same request: other messages need another name.
 *
 * A user who occurs twice is messaged once if both are in the same 500, and twice otherwise: a run remembers no more
 * than that. Give it a `Set`, or a list without repetitions. If the stream of users fails, the run fails with it, after
 * the results of all whole 500s before.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 * import * as Message from "line-effect/Message"
 * import * as Messaging from "line-effect/Messaging"
 *
 * const announce = (userIds: ReadonlyArray<string>) =>
 *   Messaging.multicastAll({
 *     run: "summer-sale-2026",
 *     to: userIds,
 *     messages: [Message.text("The summer sale begins today.")]
 *   }).pipe(
 *     Stream.runForEach((result) =>
 *       result.status === "failed"
 *         ? Effect.logError(`${result.userIds.length} users not messaged`, result.error)
 *         : Effect.log(`${result.userIds.length} users: ${result.status}`)
 *     )
 *   )
 * ```
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#send-multicast-message
 * @since 0.1.0
 * @category streams
 */
export const multicastAll = <E = never, R = never>(
  request: MulticastAllRequest<E, R>
): Stream.Stream<MulticastResult, E, R | LineClient.LineClient> =>
  Stream.suspend(() => {
    const { concurrency = 4, run, to, ...sending } = request
    let exceeded: LineError.QuotaExceeded | undefined
    const send = (userIds: ReadonlyArray<string>) =>
      Effect.suspend(() => exceeded ?? multicast({ ...sending, to: userIds, retryKey: keyOf(run, userIds) })).pipe(
        Effect.tapErrorTag("LineQuotaExceeded", (error) => Effect.sync(() => (exceeded = error))),
        Effect.match({
          onSuccess: (receipt): MulticastResult => ({ status: "accepted", userIds, receipt }),
          onFailure: (error): MulticastResult =>
            error._tag === "LineDuplicateRequest"
              ? { status: "acceptedBefore", userIds, requestId: error.acceptedRequestId }
              : { status: "failed", userIds, error }
        })
      )
    return fiveHundreds(to).pipe(
      Stream.schedule(Schedule.spaced("10 millis")),
      Stream.mapEffect(run === "" ? unnamed : send, { concurrency })
    )
  })

const keyOf = (run: string, userIds: ReadonlyArray<string>): string =>
  Retry.deriveKey(`multicast/${JSON.stringify([run, ...userIds])}`)

// All runs without a name would be one.
const unnamed = (userIds: ReadonlyArray<string>): Effect.Effect<MulticastResult> =>
  Effect.succeed({
    status: "failed",
    userIds,
    error: Response.invalid(multicast, [{ path: "run", message: "must not be empty" }])
  })

/** Users in portions, each in an order that is always the same, so that its request is too. */
const fiveHundreds = <E, R>(
  to: Iterable<string> | Stream.Stream<string, E, R>
): Stream.Stream<ReadonlyArray<string>, E, R> =>
  Stream.suspend(() => {
    let portion = new Set<string>()
    const take = (): ReadonlyArray<string> => {
      const userIds = [...portion].sort()
      portion = new Set()
      return userIds
    }
    const users = Predicate.hasProperty(to, Stream.StreamTypeId) ? to : Stream.fromIterable(to)
    return users.pipe(
      // Only within a portion: what depends on those before would be another one when some of them are repeated.
      Stream.filterMap((userId) => (portion.add(userId).size < 500 ? Option.none() : Option.some(take()))),
      // Not if the users fail: what is left then is a part of a portion, which would be sent again in the whole one.
      Stream.concat(Stream.suspend(() => (portion.size === 0 ? Stream.empty : Stream.succeed(take()))))
    )
  })

/**
 * Sends messages to the friends that audiences, earlier deliveries and demographic filters select, exactly once. LINE
 * works on it after it has answered: {@link awaitNarrowcast} waits for its end. At most 60 calls an hour. `Forbidden`
 * if the account has too few friends for the filter.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#send-narrowcast-message
 * @since 0.1.0
 * @category operations
 */
export const narrowcast = Operation.send("narrowcast", "/v2/bot/message/narrowcast", NarrowcastRequest)

/**
 * How far a narrowcast is, up to 14 days after it. `requestId` is the one of its receipt.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-narrowcast-progress-status
 * @since 0.1.0
 * @category operations
 */
export const getNarrowcastProgress = Operation.get("getNarrowcastProgress", "/v2/bot/message/progress/narrowcast", {
  query: { requestId: Limit.NonEmpty },
  success: NarrowcastProgress,
  errors: [LineError.NotFound]
})

/**
 * Waits for the end of a narrowcast, of which it takes the receipt. It fails with {@link NarrowcastFailed} if LINE did
 * not send it, and with `NotFound` if the request was no narrowcast or is older than 14 days. Unless set otherwise it
 * asks again after 1, 2, 4, 8, 16 seconds and then every 30, for one hour.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Message from "line-effect/Message"
 * import * as Messaging from "line-effect/Messaging"
 * import * as Recipient from "line-effect/Recipient"
 *
 * const invite = Messaging.narrowcast({
 *   messages: [Message.text("See you in Osaka!")],
 *   filter: { demographic: Recipient.area(["jp_27"]) }
 * }).pipe(
 *   Effect.flatMap((receipt) => Messaging.awaitNarrowcast(receipt, { deadline: "6 hours" })),
 *   Effect.tap(({ successCount, targetCount }) => Effect.log(`${successCount} of ${targetCount}`)),
 *   Effect.catchTag("LineNarrowcastFailed", ({ failedDescription }) => Effect.logError(failedDescription))
 * )
 * ```
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-narrowcast-progress-status
 * @since 0.1.0
 * @category waiters
 */
export const awaitNarrowcast = (
  { requestId }: { readonly requestId: string },
  options: Wait.Options = {}
): Effect.Effect<
  NarrowcastProgress,
  NarrowcastFailed | Wait.NotFinished | Wait.Lasting<LineError.NotFound | LineError.InvalidResponse | LineError.Common>,
  LineClient.LineClient
> =>
  Wait.until(`narrowcast ${requestId}`, getNarrowcastProgress({ requestId }), {
    result: Option.liftPredicate(({ phase }) => phase === "succeeded" || phase === "failed"),
    schedule: options.schedule ?? Schedule.union(Schedule.exponential("1 second"), Schedule.spaced("30 seconds")),
    deadline: options.deadline ?? "1 hour"
  }).pipe(
    Effect.filterOrFail(
      ({ phase }) => phase === "succeeded",
      ({ errorCode, failedDescription }) => new NarrowcastFailed({ requestId, errorCode, failedDescription })
    )
  )

/**
 * Sends messages to all friends of the bot, exactly once. At most 60 calls an hour.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#send-broadcast-message
 * @since 0.1.0
 * @category operations
 */
export const broadcast = Operation.send("broadcast", "/v2/bot/message/broadcast", BroadcastRequest)

/**
 * Lets LINE check messages for a reply without sending them; `BadRequest` says what is wrong.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#validate-message-objects-of-reply-message
 * @since 0.1.0
 * @category operations
 */
export const validateReply = Operation.post("validateReply", "/v2/bot/message/validate/reply", {
  body: ValidateMessageRequest,
  repeat: "safe"
})

/**
 * Lets LINE check messages for a push without sending them; `BadRequest` says what is wrong.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#validate-message-objects-of-push-message
 * @since 0.1.0
 * @category operations
 */
export const validatePush = Operation.post("validatePush", "/v2/bot/message/validate/push", {
  body: ValidateMessageRequest,
  repeat: "safe"
})

/**
 * Lets LINE check messages for a multicast without sending them; `BadRequest` says what is wrong.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#validate-message-objects-of-multicast-message
 * @since 0.1.0
 * @category operations
 */
export const validateMulticast = Operation.post("validateMulticast", "/v2/bot/message/validate/multicast", {
  body: ValidateMessageRequest,
  repeat: "safe"
})

/**
 * Lets LINE check messages for a narrowcast without sending them; `BadRequest` says what is wrong.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#validate-message-objects-of-narrowcast-message
 * @since 0.1.0
 * @category operations
 */
export const validateNarrowcast = Operation.post("validateNarrowcast", "/v2/bot/message/validate/narrowcast", {
  body: ValidateMessageRequest,
  repeat: "safe"
})

/**
 * Lets LINE check messages for a broadcast without sending them; `BadRequest` says what is wrong.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#validate-message-objects-of-broadcast-message
 * @since 0.1.0
 * @category operations
 */
export const validateBroadcast = Operation.post("validateBroadcast", "/v2/bot/message/validate/broadcast", {
  body: ValidateMessageRequest,
  repeat: "safe"
})

/**
 * How many messages the account may send this month.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-quota
 * @since 0.1.0
 * @category operations
 */
export const getMessageQuota = Operation.get("getMessageQuota", "/v2/bot/message/quota", { success: MessageQuota })

/**
 * How many messages the account has sent this month.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-consumption
 * @since 0.1.0
 * @category operations
 */
export const getMessageQuotaConsumption = Operation.get(
  "getMessageQuotaConsumption",
  "/v2/bot/message/quota/consumption",
  { success: QuotaConsumption }
)

/**
 * How many replies were sent on a day (`date`, `yyyyMMdd` in UTC+9).
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-number-of-reply-messages
 * @since 0.1.0
 * @category operations
 */
export const getNumberOfSentReplyMessages = Operation.get(
  "getNumberOfSentReplyMessages",
  "/v2/bot/message/delivery/reply",
  DailyCount.onDay
)

/**
 * How many messages were pushed on a day (`date`, `yyyyMMdd` in UTC+9).
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-number-of-push-messages
 * @since 0.1.0
 * @category operations
 */
export const getNumberOfSentPushMessages = Operation.get(
  "getNumberOfSentPushMessages",
  "/v2/bot/message/delivery/push",
  DailyCount.onDay
)

/**
 * How many messages were multicast on a day (`date`, `yyyyMMdd` in UTC+9).
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-number-of-multicast-messages
 * @since 0.1.0
 * @category operations
 */
export const getNumberOfSentMulticastMessages = Operation.get(
  "getNumberOfSentMulticastMessages",
  "/v2/bot/message/delivery/multicast",
  DailyCount.onDay
)

/**
 * How many messages were broadcast on a day (`date`, `yyyyMMdd` in UTC+9).
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-number-of-broadcast-messages
 * @since 0.1.0
 * @category operations
 */
export const getNumberOfSentBroadcastMessages = Operation.get(
  "getNumberOfSentBroadcastMessages",
  "/v2/bot/message/delivery/broadcast",
  DailyCount.onDay
)

/**
 * How many names of aggregation units are in use this month.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-the-number-of-unit-name-types-assigned-during-this-month
 * @since 0.1.0
 * @category operations
 */
export const getAggregationUnitUsage = Operation.get("getAggregationUnitUsage", "/v2/bot/message/aggregation/info", {
  success: AggregationUnitUsage
})

/**
 * A page of the names of aggregation units in use this month, 100 unless `limit` says less. Go on while `next` is
 * there, with it as `start`; {@link aggregationUnitNames} does.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-a-list-of-unit-names-assigned-during-this-month
 * @since 0.1.0
 * @category operations
 */
export const getAggregationUnitNameList = Operation.get(
  "getAggregationUnitNameList",
  "/v2/bot/message/aggregation/list",
  {
    query: { limit: Schema.optional(Limit.integer(1, 100)), start: Schema.optional(Limit.NonEmpty) },
    success: AggregationUnitNames
  }
)

/**
 * The names of aggregation units in use this month, page by page as they are needed.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-a-list-of-unit-names-assigned-during-this-month
 * @since 0.1.0
 * @category streams
 */
export const aggregationUnitNames = (
  request: AggregationUnitNamesRequest = {}
): Stream.Stream<string, LineError.Common | LineError.InvalidResponse, LineClient.LineClient> =>
  Stream.mapConcat(
    Operation.pages(getAggregationUnitNameList, request),
    ({ customAggregationUnits }) => customAggregationUnits
  )
