/**
 * Who gets a narrowcast: recipients, a filter by their attributes, and a limit to their number.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Bounds from "./internal/Limit.js"

/**
 * The users of an audience.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#narrowcast-recipient
 * @since 0.1.0
 * @category models
 */
export interface AudienceRecipient {
  readonly type: "audience"
  readonly audienceGroupId: number
}

/**
 * The users that an earlier narrowcast, named by its request ID, was sent to: it has succeeded, less than 14 days ago.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#narrowcast-recipient
 * @since 0.1.0
 * @category models
 */
export interface RedeliveryRecipient {
  readonly type: "redelivery"
  readonly requestId: string
}

/**
 * A combination by exactly one of `and`, `or` and `not`. The lists are not empty.
 *
 * @since 0.1.0
 * @category models
 */
export interface Operator<A> {
  readonly type: "operator"
  readonly and?: ReadonlyArray<A> | undefined
  readonly or?: ReadonlyArray<A> | undefined
  readonly not?: A | undefined
}

/**
 * Those who get a narrowcast: combined from at most 10 audiences and redeliveries.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#narrowcast-recipient
 * @since 0.1.0
 * @category models
 */
export type Recipient = AudienceRecipient | RedeliveryRecipient | Operator<Recipient>

/**
 * Users of any of the genders.
 *
 * @since 0.1.0
 * @category models
 */
export interface GenderFilter {
  readonly type: "gender"
  readonly oneOf: ReadonlyArray<"male" | "female">
}

/**
 * An age that bounds a range.
 *
 * @since 0.1.0
 * @category models
 */
export type Age = (typeof ages)[number]

/**
 * Users of at least the age `gte`, and younger than `lt`. One of the two is needed.
 *
 * @since 0.1.0
 * @category models
 */
export interface AgeFilter {
  readonly type: "age"
  readonly gte?: Age | undefined
  readonly lt?: Age | undefined
}

/**
 * Users of any of the operating systems.
 *
 * @since 0.1.0
 * @category models
 */
export interface AppTypeFilter {
  readonly type: "appType"
  readonly oneOf: ReadonlyArray<"ios" | "android">
}

type OneToNine = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9

/**
 * A region of Japan (`jp_01` to `jp_47`), Taiwan (`tw_01` to `tw_22`), Thailand (`th_01` to `th_08`) or Indonesia
 * (`id_01` to `id_12`). Those of Indonesia are in LINE's OpenAPI description, but no longer in its reference.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#narrowcast-demographic-filter
 * @since 0.1.0
 * @category models
 */
export type Area =
  | `${"jp" | "tw" | "id"}_0${OneToNine}`
  | `jp_${1 | 2 | 3}${0 | OneToNine}`
  | `jp_4${0 | 1 | 2 | 3 | 4 | 5 | 6 | 7}`
  | `tw_1${0 | OneToNine}`
  | `tw_2${0 | 1 | 2}`
  | `th_0${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8}`
  | `id_1${0 | 1 | 2}`

/**
 * Users of any of the regions.
 *
 * @since 0.1.0
 * @category models
 */
export interface AreaFilter {
  readonly type: "area"
  readonly oneOf: ReadonlyArray<Area>
}

/**
 * A number of days that bounds a range.
 *
 * @since 0.1.0
 * @category models
 */
export type SubscriptionPeriod = (typeof subscriptionPeriods)[number]

/**
 * Users who have been friends of the bot for at least `gte`, and for less than `lt`. One of the two is needed.
 *
 * @since 0.1.0
 * @category models
 */
export interface SubscriptionPeriodFilter {
  readonly type: "subscriptionPeriod"
  readonly gte?: SubscriptionPeriod | undefined
  readonly lt?: SubscriptionPeriod | undefined
}

/**
 * Attributes of users, combined from at most 10 conditions. LINE's data are about three days old.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#narrowcast-demographic-filter
 * @since 0.1.0
 * @category models
 */
export type DemographicFilter =
  GenderFilter | AgeFilter | AppTypeFilter | AreaFilter | SubscriptionPeriodFilter | Operator<DemographicFilter>

/**
 * Narrows the recipients by their attributes. LINE needs at least 100 users to be left.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#narrowcast-demographic-filter
 * @since 0.1.0
 * @category models
 */
export interface Filter {
  readonly demographic?: DemographicFilter | undefined
}

/**
 * Limits how many get the narrowcast: at most `max`, chosen at random, or as many as the month's quota still allows.
 * `forbidPartialDelivery` sends to nobody where that would leave somebody out; it needs `upToRemainingQuota`.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#send-narrowcast-message
 * @since 0.1.0
 * @category models
 */
export interface Limit {
  readonly max?: number | undefined
  readonly upToRemainingQuota?: boolean | undefined
  readonly forbidPartialDelivery?: boolean | undefined
}

const ages = [
  "age_15",
  "age_20",
  "age_25",
  "age_30",
  "age_35",
  "age_40",
  "age_45",
  "age_50",
  "age_55",
  "age_60",
  "age_65",
  "age_70"
] as const

const subscriptionPeriods = ["day_7", "day_30", "day_90", "day_180", "day_365"] as const

const some = <A>(item: Schema.Schema<A>): Schema.Schema<ReadonlyArray<A>> =>
  Bounds.items(item, 1, Number.MAX_SAFE_INTEGER)

const operators = ["and", "or", "not"] as const

const operator = <A>(operand: () => Schema.Schema<A>): Schema.Schema<Operator<A>> =>
  Schema.Struct({
    type: Schema.Literal("operator"),
    and: Schema.optional(some(Schema.suspend(operand))),
    or: Schema.optional(some(Schema.suspend(operand))),
    not: Schema.optional(Schema.suspend(operand))
  }).pipe(
    Bounds.whole<Operator<A>>(
      (value) =>
        operators.filter((name) => value[name] !== undefined).length === 1 || "must have exactly one of and, or and not"
    )
  )

const leaves = (tree: Recipient | DemographicFilter): number => {
  if (tree.type !== "operator") return 1
  const operands = [...(tree.and ?? []), ...(tree.or ?? []), ...(tree.not === undefined ? [] : [tree.not])]
  return operands.reduce((sum, operand) => sum + leaves(operand), 0)
}

const fewLeaves = (tree: Recipient | DemographicFilter): boolean | string =>
  leaves(tree) <= 10 || `must combine at most 10 conditions, but combines ${leaves(tree)}`

const recipient: Schema.Schema<Recipient> = Schema.Union(
  Schema.Struct({ type: Schema.Literal("audience"), audienceGroupId: Bounds.integer(0) }),
  Schema.Struct({ type: Schema.Literal("redelivery"), requestId: Bounds.NonEmpty }),
  operator(() => recipient)
)

/**
 * The schema of a {@link Recipient}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Recipient: Schema.Schema<Recipient> = recipient
  .pipe(Bounds.whole<Recipient>(fewLeaves))
  .annotations({ identifier: "Recipient" })

const ageBound = Schema.optional(Schema.Literal(...ages))

const periodBound = Schema.optional(Schema.Literal(...subscriptionPeriods))

const inOrder =
  (values: ReadonlyArray<string>) =>
  ({ gte, lt }: AgeFilter | SubscriptionPeriodFilter): boolean | string | ReadonlyArray<Schema.FilterIssue> => {
    if (gte === undefined && lt === undefined) return "must have gte or lt"
    if (gte === undefined || lt === undefined || !values.includes(gte) || !values.includes(lt)) return true
    return values.indexOf(gte) < values.indexOf(lt) || [{ path: ["gte"], message: "must be less than lt" }]
  }

const areaCode = Bounds.pattern<Area>(
  /^(?:jp_(?:0[1-9]|[1-3]\d|4[0-7])|tw_(?:0[1-9]|1\d|2[0-2])|th_0[1-8]|id_(?:0[1-9]|1[0-2]))$/,
  "an area of Japan (jp_01 to jp_47), Taiwan (tw_01 to tw_22), Thailand (th_01 to th_08) or Indonesia (id_01 to id_12)"
)

const demographic: Schema.Schema<DemographicFilter> = Schema.Union(
  Schema.Struct({ type: Schema.Literal("gender"), oneOf: some(Schema.Literal("male", "female")) }),
  Schema.Struct({ type: Schema.Literal("age"), gte: ageBound, lt: ageBound }).pipe(
    Bounds.whole<AgeFilter>(inOrder(ages))
  ),
  Schema.Struct({ type: Schema.Literal("appType"), oneOf: some(Schema.Literal("ios", "android")) }),
  Schema.Struct({ type: Schema.Literal("area"), oneOf: some(areaCode) }),
  Schema.Struct({ type: Schema.Literal("subscriptionPeriod"), gte: periodBound, lt: periodBound }).pipe(
    Bounds.whole<SubscriptionPeriodFilter>(inOrder(subscriptionPeriods))
  ),
  operator(() => demographic)
)

/**
 * The schema of a {@link DemographicFilter}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const DemographicFilter: Schema.Schema<DemographicFilter> = demographic
  .pipe(Bounds.whole<DemographicFilter>(fewLeaves))
  .annotations({ identifier: "DemographicFilter" })

/**
 * The schema of a {@link Filter}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Filter: Schema.Schema<Filter> = Schema.Struct({
  demographic: Schema.optional(DemographicFilter)
}).annotations({ identifier: "Filter" })

/**
 * The schema of a {@link Limit}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Limit: Schema.Schema<Limit> = Schema.Struct({
  max: Schema.optional(Bounds.integer(1)),
  upToRemainingQuota: Schema.optional(Schema.Boolean),
  forbidPartialDelivery: Schema.optional(Schema.Boolean)
})
  .pipe(
    Bounds.whole<Limit>((limit) =>
      limit.forbidPartialDelivery === true && limit.upToRemainingQuota !== true
        ? [{ path: ["forbidPartialDelivery"], message: "must not be true unless upToRemainingQuota is" }]
        : []
    )
  )
  .annotations({ identifier: "Limit" })

/**
 * Makes an {@link AudienceRecipient}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const audience = (audienceGroupId: number): AudienceRecipient => ({ type: "audience", audienceGroupId })

/**
 * Makes a {@link RedeliveryRecipient}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const redelivery = (requestId: string): RedeliveryRecipient => ({ type: "redelivery", requestId })

/**
 * Those who are in all of the recipients, or meet all of the filters.
 *
 * @example
 * ```ts
 * import * as Recipient from "line-effect/Recipient"
 *
 * const recipient = Recipient.and([Recipient.audience(5614991017776), Recipient.not(Recipient.audience(4389303728991))])
 * const filter = { demographic: Recipient.or([Recipient.gender(["male"]), Recipient.age({ gte: "age_20" })]) }
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const and = <A extends Recipient | DemographicFilter>(operands: ReadonlyArray<A>): Operator<A> => ({
  type: "operator",
  and: operands
})

/**
 * Those who are in any of the recipients, or meet any of the filters.
 *
 * @since 0.1.0
 * @category combinators
 */
export const or = <A extends Recipient | DemographicFilter>(operands: ReadonlyArray<A>): Operator<A> => ({
  type: "operator",
  or: operands
})

/**
 * Those who are not in the recipients, or do not meet the filter.
 *
 * @since 0.1.0
 * @category combinators
 */
export const not = <A extends Recipient | DemographicFilter>(operand: A): Operator<A> => ({
  type: "operator",
  not: operand
})

/**
 * Makes a {@link GenderFilter}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const gender = (oneOf: GenderFilter["oneOf"]): GenderFilter => ({ type: "gender", oneOf })

/**
 * Makes an {@link AgeFilter}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const age = (range: Omit<AgeFilter, "type">): AgeFilter => ({ type: "age", ...range })

/**
 * Makes an {@link AppTypeFilter}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const appType = (oneOf: AppTypeFilter["oneOf"]): AppTypeFilter => ({ type: "appType", oneOf })

/**
 * Makes an {@link AreaFilter}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const area = (oneOf: AreaFilter["oneOf"]): AreaFilter => ({ type: "area", oneOf })

/**
 * Makes a {@link SubscriptionPeriodFilter}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const subscriptionPeriod = (range: Omit<SubscriptionPeriodFilter, "type">): SubscriptionPeriodFilter => ({
  type: "subscriptionPeriod",
  ...range
})
