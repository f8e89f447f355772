/**
 * What LINE counts for an account: messages sent, friends and who they are, and how people deal with messages and rich
 * menus.
 *
 * Days are days in Japan (UTC+9), written `yyyyMMdd`. Numbers of fewer than 20 people are withheld: `null`, or absent.
 * All operations are limited to 60 calls an hour.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-insight
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Day from "./internal/Day.js"
import * as Id from "./internal/Id.js"
import * as Limit from "./internal/Limit.js"
import * as Tolerant from "./internal/Tolerant.js"
import * as LineError from "./LineError.js"
import * as Operation from "./Operation.js"
import type * as Unknown from "./Unknown.js"

const number = Schema.optionalWith(Schema.Number, { exact: true })

const orNull = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(Schema.NullOr(schema), { exact: true })

const numberOrNull = orNull(Schema.Number)

const dayOrNull = orNull(Schema.String)

// LINE's OpenAPI description does not promise its lists, and its reference says that they are empty then.
const list = <A, I>(item: Schema.Schema<A, I>) =>
  Schema.optionalWith(Schema.Array(item), { exact: true, default: () => [] })

/**
 * How many messages were sent on a day, by the way they were sent. `"unready"` is usually ready the next day;
 * `"out_of_service"` is before 2017-03-01. The numbers are there if `status` is `"ready"`, and only those of what the
 * account uses.
 *
 * @since 0.1.0
 * @category models
 */
export interface NumberOfMessageDeliveries {
  readonly status: "ready" | "unready" | "out_of_service" | Unknown.Unknown
  /** Sent to all friends in LINE Official Account Manager. */
  readonly broadcast?: number | null
  /** Sent to some of the friends in LINE Official Account Manager. */
  readonly targeting?: number | null
  /** Sent as a step of a series in LINE Official Account Manager. */
  readonly stepMessage?: number | null
  /** Answers that LINE Official Account Manager gave by itself. */
  readonly autoResponse?: number | null
  /** Greetings of new friends. */
  readonly welcomeResponse?: number | null
  /** Written by people on the chat screen of LINE Official Account Manager. */
  readonly chat?: number | null
  /** Sent by `Messaging.broadcast`. */
  readonly apiBroadcast?: number | null
  /** Sent by `Messaging.pushMessage`. */
  readonly apiPush?: number | null
  /** Sent by `Messaging.multicast`. */
  readonly apiMulticast?: number | null
  /** Sent by `Messaging.narrowcast`. */
  readonly apiNarrowcast?: number | null
  /** Sent by `Messaging.replyMessage`. */
  readonly apiReply?: number | null
  /** Answers that LINE Chat Plus gave by itself. */
  readonly ccAutoReply?: number | null
  /** Written by people in LINE Chat Plus. */
  readonly ccManualReply?: number | null
  /** LINE notification messages. */
  readonly pnpNoticeMessage?: number | null
  /** Sent by Call to LINE. */
  readonly pnpCallToLine?: number | null
  /** Sent by chat tools of others. */
  readonly thirdPartyChatTool?: number | null
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const NumberOfMessageDeliveries: Schema.Schema<NumberOfMessageDeliveries, unknown> = Tolerant.struct({
  status: Tolerant.enumeration("ready", "unready", "out_of_service"),
  broadcast: numberOrNull,
  targeting: numberOrNull,
  stepMessage: numberOrNull,
  autoResponse: numberOrNull,
  welcomeResponse: numberOrNull,
  chat: numberOrNull,
  apiBroadcast: numberOrNull,
  apiPush: numberOrNull,
  apiMulticast: numberOrNull,
  apiNarrowcast: numberOrNull,
  apiReply: numberOrNull,
  ccAutoReply: numberOrNull,
  ccManualReply: numberOrNull,
  pnpNoticeMessage: numberOrNull,
  pnpCallToLine: numberOrNull,
  thirdPartyChatTool: numberOrNull
}).annotations({ identifier: "NumberOfMessageDeliveries" })

/**
 * How many people had to do with the account up to a day. `"unready"` is usually ready the next day; `"out_of_service"`
 * is before 2016-11-01. The numbers are `null` unless `status` is `"ready"`.
 *
 * @since 0.1.0
 * @category models
 */
export interface NumberOfFollowers {
  readonly status: "ready" | "unready" | "out_of_service" | Unknown.Unknown
  /** Those who have added the account as a friend, each once. It never falls: who blocks or leaves LINE still counts. */
  readonly followers?: number | null
  /** The friends whom messages selected by gender, age or area can reach. */
  readonly targetedReaches?: number | null
  /** Those who block the account on this day. */
  readonly blocks?: number | null
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const NumberOfFollowers: Schema.Schema<NumberOfFollowers, unknown> = Tolerant.struct({
  status: Tolerant.enumeration("ready", "unready", "out_of_service"),
  followers: numberOrNull,
  targetedReaches: numberOrNull,
  blocks: numberOrNull
}).annotations({ identifier: "NumberOfFollowers" })

/**
 * Who the friends are, in percent, as LINE estimated about 3 days ago. Not `available`, and empty, if fewer than 20 can
 * be reached or the account is not from Japan, Taiwan or Thailand.
 *
 * @since 0.1.0
 * @category models
 */
export interface FriendsDemographics {
  readonly available: boolean
  readonly genders: ReadonlyArray<{
    readonly gender?: "male" | "female" | "unknown" | Unknown.Unknown
    readonly percentage?: number
  }>
  /** `from50` is everybody of 50 and older, where LINE does not divide them. */
  readonly ages: ReadonlyArray<{ readonly age?: (typeof ages)[number] | Unknown.Unknown; readonly percentage?: number }>
  readonly areas: ReadonlyArray<{
    /** The name of a prefecture, a city or a region as the country writes it, such as `東京`, or `unknown`. */
    readonly area?: string
    readonly percentage?: number
  }>
  readonly appTypes: ReadonlyArray<{
    readonly appType?: "ios" | "android" | "others" | Unknown.Unknown
    readonly percentage?: number
  }>
  /** For how long people have been friends. */
  readonly subscriptionPeriods: ReadonlyArray<{
    readonly subscriptionPeriod?: (typeof subscriptionPeriods)[number] | Unknown.Unknown
    readonly percentage?: number
  }>
}

const ages = [
  "from0to14",
  "from15to19",
  "from20to24",
  "from25to29",
  "from30to34",
  "from35to39",
  "from40to44",
  "from45to49",
  "from50",
  "from50to54",
  "from55to59",
  "from60to64",
  "from65to69",
  "from70",
  "unknown"
] as const

const subscriptionPeriods = [
  "within7days",
  "within30days",
  "within90days",
  "within180days",
  "within365days",
  "over365days",
  "unknown"
] as const

const optionalEnumeration = <const Members extends readonly [string, ...ReadonlyArray<string>]>(...members: Members) =>
  Schema.optionalWith(Tolerant.enumeration(...members), { exact: true })

/**
 * @since 0.1.0
 * @category schemas
 */
export const FriendsDemographics: Schema.Schema<FriendsDemographics, unknown> = Tolerant.struct({
  available: Schema.Boolean,
  genders: list(Schema.Struct({ gender: optionalEnumeration("male", "female", "unknown"), percentage: number })),
  ages: list(Schema.Struct({ age: optionalEnumeration(...ages), percentage: number })),
  areas: list(Schema.Struct({ area: Schema.optionalWith(Schema.String, { exact: true }), percentage: number })),
  appTypes: list(Schema.Struct({ appType: optionalEnumeration("ios", "android", "others"), percentage: number })),
  subscriptionPeriods: list(
    Schema.Struct({ subscriptionPeriod: optionalEnumeration(...subscriptionPeriods), percentage: number })
  )
}).annotations({ identifier: "FriendsDemographics" })

interface Reactions {
  /** The people who saw the message: at least one of its bubbles. */
  readonly uniqueImpression?: number | null
  /** The people who opened a URL in it. */
  readonly uniqueClick?: number | null
  /** The people who began to play a video or audio in it. */
  readonly uniqueMediaPlayed?: number | null
  /** The people who played a video or audio in it to the end. */
  readonly uniqueMediaPlayed100Percent?: number | null
}

const reactions = {
  uniqueImpression: numberOrNull,
  uniqueClick: numberOrNull,
  uniqueMediaPlayed: numberOrNull,
  uniqueMediaPlayed100Percent: numberOrNull
}

/**
 * How people deal with one bubble of a message: how often it was seen and played, and by how many (`unique…`).
 *
 * @since 0.1.0
 * @category models
 */
export interface BubbleReactions {
  /** The number of the bubble, from 1. */
  readonly seq: number
  readonly impression?: number | null
  /** Only LINE's statistics of a unit have it. */
  readonly uniqueImpression?: number | null
  /** A video that plays by itself counts. */
  readonly mediaPlayed?: number | null
  readonly mediaPlayed25Percent?: number | null
  readonly mediaPlayed50Percent?: number | null
  readonly mediaPlayed75Percent?: number | null
  readonly mediaPlayed100Percent?: number | null
  readonly uniqueMediaPlayed?: number | null
  readonly uniqueMediaPlayed25Percent?: number | null
  readonly uniqueMediaPlayed50Percent?: number | null
  readonly uniqueMediaPlayed75Percent?: number | null
  readonly uniqueMediaPlayed100Percent?: number | null
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const BubbleReactions: Schema.Schema<BubbleReactions> = Schema.Struct({
  seq: Schema.Number,
  impression: numberOrNull,
  uniqueImpression: numberOrNull,
  mediaPlayed: numberOrNull,
  mediaPlayed25Percent: numberOrNull,
  mediaPlayed50Percent: numberOrNull,
  mediaPlayed75Percent: numberOrNull,
  mediaPlayed100Percent: numberOrNull,
  uniqueMediaPlayed: numberOrNull,
  uniqueMediaPlayed25Percent: numberOrNull,
  uniqueMediaPlayed50Percent: numberOrNull,
  uniqueMediaPlayed75Percent: numberOrNull,
  uniqueMediaPlayed100Percent: numberOrNull
}).annotations({ identifier: "BubbleReactions" })

/**
 * How often a URL in a bubble was opened.
 *
 * @since 0.1.0
 * @category models
 */
export interface UrlClicks {
  /** LINE calls it the serial number of the URL. By its examples it is that of the bubble the URL is in, from 1. */
  readonly seq: number
  readonly url: string
  readonly click?: number | null
  /** The people who opened it in this bubble. */
  readonly uniqueClick?: number | null
  /** The people who opened it in any bubble of the message. */
  readonly uniqueClickOfRequest?: number | null
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const UrlClicks: Schema.Schema<UrlClicks> = Schema.Struct({
  seq: Schema.Number,
  url: Schema.String,
  click: numberOrNull,
  uniqueClick: numberOrNull,
  uniqueClickOfRequest: numberOrNull
}).annotations({ identifier: "UrlClicks" })

/**
 * How people deal with a broadcast or narrowcast. A number is `null` if it is below 20, or if fewer than 20 people are
 * behind it. LINE counts for 14 days after sending.
 *
 * @since 0.1.0
 * @category models
 */
export interface MessageEvent {
  readonly overview: {
    readonly requestId?: string
    /** When it was sent, in seconds since 1970. */
    readonly timestamp?: number
    /** The messages delivered, also if they are fewer than 20; `null` while they are not all sent. */
    readonly delivered?: number | null
  } & Reactions
  /** By bubble; empty if nothing can be told. */
  readonly messages: ReadonlyArray<BubbleReactions>
  /** By URL; empty if nothing can be told. */
  readonly clicks: ReadonlyArray<UrlClicks>
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const MessageEvent: Schema.Schema<MessageEvent, unknown> = Tolerant.struct({
  overview: Schema.Struct({
    requestId: Schema.optionalWith(Schema.String, { exact: true }),
    timestamp: number,
    delivered: numberOrNull,
    ...reactions
  }),
  messages: list(BubbleReactions),
  clicks: list(UrlClicks)
}).annotations({ identifier: "MessageEvent" })

/**
 * How people deal with all messages of a unit. A number is `null` if it is below 20, or if fewer than 20 people are
 * behind it. LINE counts for 14 days after sending.
 *
 * @since 0.1.0
 * @category models
 */
export interface UnitStatistics {
  readonly overview: Reactions
  /** By number of bubble, whatever the messages are; empty if nothing can be told. */
  readonly messages: ReadonlyArray<BubbleReactions>
  /** By URL; empty if nothing can be told. */
  readonly clicks: ReadonlyArray<UrlClicks>
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const UnitStatistics: Schema.Schema<UnitStatistics, unknown> = Tolerant.struct({
  overview: Schema.Struct(reactions),
  messages: list(BubbleReactions),
  clicks: list(UrlClicks)
}).annotations({ identifier: "UnitStatistics" })

interface Metrics {
  /** How often. */
  readonly count: number
  /** By how many people. */
  readonly uniqueUsers: number
}

const metrics = { count: Schema.Number, uniqueUsers: Schema.Number }

interface Bounds {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

const Bounds = Schema.Struct({ x: Schema.Number, y: Schema.Number, width: Schema.Number, height: Schema.Number })

/**
 * How often a rich menu was seen and tapped in a period. There is nothing but the id if fewer than 20 people tapped it.
 *
 * @since 0.1.0
 * @category models
 */
export interface RichMenuInsightSummary {
  readonly richMenuId: string
  /** The first day that LINE has counted within the period, `yyyyMMdd` in UTC+9. */
  readonly metricsFrom?: string | null
  /** The last day that LINE has counted within the period, `yyyyMMdd` in UTC+9. */
  readonly metricsTo?: string | null
  readonly impression?: { readonly metrics: Metrics } | null
  /** By area of the rich menu. */
  readonly clicks?: ReadonlyArray<{ readonly bounds: Bounds; readonly metrics: Metrics }> | null
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const RichMenuInsightSummary: Schema.Schema<RichMenuInsightSummary> = Schema.Struct({
  richMenuId: Schema.String,
  metricsFrom: dayOrNull,
  metricsTo: dayOrNull,
  impression: orNull(Schema.Struct({ metrics: Schema.Struct(metrics) })),
  clicks: orNull(Schema.Array(Schema.Struct({ bounds: Bounds, metrics: Schema.Struct(metrics) })))
}).annotations({ identifier: "RichMenuInsightSummary" })

interface DailyMetrics extends Metrics {
  /** `yyyyMMdd`, in UTC+9. */
  readonly date: string
}

const DailyMetrics = Schema.Array(Schema.Struct({ date: Schema.String, ...metrics }))

/**
 * How often a rich menu was seen and tapped on each day of a period. There is nothing but the id if fewer than 20 people
 * tapped it in the whole period.
 *
 * @since 0.1.0
 * @category models
 */
export interface RichMenuInsightDaily {
  readonly richMenuId: string
  /** The first day that LINE has counted within the period, `yyyyMMdd` in UTC+9. */
  readonly metricsFrom?: string | null
  /** The last day that LINE has counted within the period, `yyyyMMdd` in UTC+9. */
  readonly metricsTo?: string | null
  readonly impression?: { readonly metrics: ReadonlyArray<DailyMetrics> } | null
  /** By area of the rich menu. */
  readonly clicks?: ReadonlyArray<{ readonly bounds: Bounds; readonly metrics: ReadonlyArray<DailyMetrics> }> | null
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const RichMenuInsightDaily: Schema.Schema<RichMenuInsightDaily> = Schema.Struct({
  richMenuId: Schema.String,
  metricsFrom: dayOrNull,
  metricsTo: dayOrNull,
  impression: orNull(Schema.Struct({ metrics: DailyMetrics })),
  clicks: orNull(Schema.Array(Schema.Struct({ bounds: Bounds, metrics: DailyMetrics })))
}).annotations({ identifier: "RichMenuInsightDaily" })

/**
 * How many messages the account sent on a day (`date`, `yyyyMMdd` in UTC+9), through the API and otherwise.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-number-of-delivery-messages
 * @since 0.1.0
 * @category operations
 */
export const getNumberOfMessageDeliveries = Operation.get(
  "getNumberOfMessageDeliveries",
  "/v2/bot/insight/message/delivery",
  { query: { date: Day.Day }, success: NumberOfMessageDeliveries }
)

/**
 * How many people had added the account as a friend by a day (`date`, `yyyyMMdd` in UTC+9), whether or not they were
 * still friends, and how many blocked it. `followers` counts first-time additions, and never falls.
 *
 * @example
 * ```ts
 * import * as Option from "effect/Option"
 * import * as Schedule from "effect/Schedule"
 * import * as Insights from "line-effect/Insights"
 * import * as Wait from "line-effect/Wait"
 *
 * const counted = (date: string) =>
 *   Wait.until(`the followers of ${date}`, Insights.getNumberOfFollowers({ date }), {
 *     result: (day) => (day.status === "unready" ? Option.none() : Option.some(day)),
 *     schedule: Schedule.spaced("1 hour"),
 *     deadline: "2 days"
 *   })
 * ```
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-number-of-followers
 * @since 0.1.0
 * @category operations
 */
export const getNumberOfFollowers = Operation.get("getNumberOfFollowers", "/v2/bot/insight/followers", {
  query: { date: Day.Day },
  success: NumberOfFollowers
})

/**
 * Who the friends of the account are.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-demographic
 * @since 0.1.0
 * @category operations
 */
export const getFriendsDemographics = Operation.get("getFriendsDemographics", "/v2/bot/insight/demographic", {
  success: FriendsDemographics
})

/**
 * How people deal with a broadcast or a narrowcast: `requestId` is the one of its receipt. Pushes and multicasts are
 * counted by unit only, see {@link getStatisticsPerUnit}.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Insights from "line-effect/Insights"
 * import type * as Receipt from "line-effect/Receipt"
 *
 * const seen = (receipt: Receipt.Receipt) =>
 *   Insights.getMessageEvent({ requestId: receipt.requestId }).pipe(
 *     Effect.map(({ overview }) => overview.uniqueImpression ?? "fewer than 20")
 *   )
 * ```
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-message-event
 * @since 0.1.0
 * @category operations
 */
export const getMessageEvent = Operation.get("getMessageEvent", "/v2/bot/insight/message/event", {
  query: { requestId: Limit.NonEmpty },
  success: MessageEvent
})

/**
 * How people deal with the pushes and multicasts that were sent with the name of a unit in `customAggregationUnits`, from
 * the day `from` to the day `to` (`yyyyMMdd` in UTC+9), which is at most 30 days later.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-statistics-per-unit
 * @since 0.1.0
 * @category operations
 */
export const getStatisticsPerUnit = Operation.get("getStatisticsPerUnit", "/v2/bot/insight/message/event/aggregation", {
  query: { customAggregationUnit: Limit.AggregationUnit, from: Day.Day, to: Day.Day },
  rule: Day.within(30),
  success: UnitStatistics
})

const ofRichMenu = {
  path: { richMenuId: Id.RichMenuId },
  query: { from: Day.Day, to: Day.Day },
  errors: [LineError.NotFound]
}

/**
 * How often a rich menu was seen and tapped from the day `from` to the day `to` (`yyyyMMdd` in UTC+9), which is at most
 * 396 days later. LINE goes back 3 years; an earlier `from` is a `BadRequest`. A day is counted by the next.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-rich-menu-insight-summary
 * @since 0.1.0
 * @category operations
 */
export const getRichMenuInsightSummary = Operation.get(
  "getRichMenuInsightSummary",
  "/v2/bot/insight/richmenu/{richMenuId}/summary",
  { ...ofRichMenu, rule: Day.within(396), success: RichMenuInsightSummary }
)

/**
 * How often a rich menu was seen and tapped on each day from `from` to `to` (`yyyyMMdd` in UTC+9), which is at most 99
 * days later. LINE goes back 3 years; an earlier `from` is a `BadRequest`. A day is counted by the next.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-rich-menu-insight-daily
 * @since 0.1.0
 * @category operations
 */
export const getRichMenuInsightDaily = Operation.get(
  "getRichMenuInsightDaily",
  "/v2/bot/insight/richmenu/{richMenuId}/daily",
  { ...ofRichMenu, rule: Day.within(99), success: RichMenuInsightDaily }
)
