/**
 * Coupons of the account: made here, then sent with `Message.coupon`. A coupon cannot be changed: close it, and make
 * another.
 *
 * @see https://developers.line.biz/en/docs/messaging-api/send-coupons-to-users/
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Limit from "./internal/Limit.js"
import * as Tolerant from "./internal/Tolerant.js"
import type * as LineClient from "./LineClient.js"
import * as LineError from "./LineError.js"
import * as Operation from "./Operation.js"
import type * as Unknown from "./Unknown.js"

/**
 * The id of a coupon as {@link createCoupon} gives it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CouponId: Schema.Schema<string> = Limit.NonEmpty.annotations({ identifier: "CouponId" })

/**
 * A time zone, by the name of a place in it. `ETC_GMT_MINUS_12` is UTC-12:00, and `ETC_GMT_PLUS_12` is UTC+12:00.
 *
 * @since 0.1.0
 * @category models
 */
export type Timezone = (typeof timezones)[number]

const timezones = [
  "ETC_GMT_MINUS_12",
  "ETC_GMT_MINUS_11",
  "PACIFIC_HONOLULU",
  "AMERICA_ANCHORAGE",
  "AMERICA_LOS_ANGELES",
  "AMERICA_PHOENIX",
  "AMERICA_CHICAGO",
  "AMERICA_NEW_YORK",
  "AMERICA_CARACAS",
  "AMERICA_SANTIAGO",
  "AMERICA_ST_JOHNS",
  "AMERICA_SAO_PAULO",
  "ETC_GMT_MINUS_2",
  "ATLANTIC_CAPE_VERDE",
  "EUROPE_LONDON",
  "EUROPE_PARIS",
  "EUROPE_ISTANBUL",
  "EUROPE_MOSCOW",
  "ASIA_TEHRAN",
  "ASIA_TBILISI",
  "ASIA_KABUL",
  "ASIA_TASHKENT",
  "ASIA_COLOMBO",
  "ASIA_KATHMANDU",
  "ASIA_ALMATY",
  "ASIA_RANGOON",
  "ASIA_BANGKOK",
  "ASIA_TAIPEI",
  "ASIA_TOKYO",
  "AUSTRALIA_DARWIN",
  "AUSTRALIA_SYDNEY",
  "ASIA_VLADIVOSTOK",
  "ETC_GMT_PLUS_12",
  "PACIFIC_TONGATAPU"
] as const

/**
 * Who may have a coupon: everybody, or those who win it.
 *
 * @since 0.1.0
 * @category models
 */
export type AcquisitionConditionRequest =
  | { readonly type: "normal" }
  | {
      readonly type: "lottery"
      /** The chance to win in percent, from 1 to 99. */
      readonly lotteryProbability: number
      /** How many may win: from 1 to 999,999, or -1 for no limit. */
      readonly maxAcquireCount: number
    }

const isAcquireCount = (count: number): boolean =>
  count === -1 || (Number.isSafeInteger(count) && count >= 1 && count <= 999_999)

/**
 * @since 0.1.0
 * @category schemas
 */
export const AcquisitionConditionRequest: Schema.Schema<AcquisitionConditionRequest> = Schema.Union(
  Schema.Struct({ type: Schema.Literal("normal") }),
  Schema.Struct({
    type: Schema.Literal("lottery"),
    lotteryProbability: Limit.integer(1, 99),
    maxAcquireCount: Schema.Number.pipe(
      Limit.whole((count) => isAcquireCount(count) || "must be -1, or a whole number between 1 and 999999")
    ).annotations({ arbitrary: () => (fc) => fc.oneof(fc.constant(-1), fc.integer({ min: 1, max: 999_999 })) })
  })
).annotations({ identifier: "AcquisitionConditionRequest" })

/**
 * An amount of money or a percentage. The currency is that of the account's country: yen, Taiwan dollars or baht.
 *
 * @since 0.1.0
 * @category models
 */
export type CashBackPriceInfoRequest =
  | {
      readonly type: "fixed"
      /** At least 1. */
      readonly fixedAmount: number
    }
  | {
      readonly type: "percentage"
      /** From 1 to 99. */
      readonly percentage: number
    }

/**
 * An amount of money or a percentage off, or the price before and after.
 *
 * @since 0.1.0
 * @category models
 */
export type DiscountPriceInfoRequest =
  | CashBackPriceInfoRequest
  | {
      readonly type: "explicit"
      /** The price that is shown crossed out, at least 1. */
      readonly originalPrice: number
      /** At least 1. */
      readonly priceAfterDiscount: number
    }

const fixed = Schema.Struct({ type: Schema.Literal("fixed"), fixedAmount: Limit.integer(1) })

const percentage = Schema.Struct({ type: Schema.Literal("percentage"), percentage: Limit.integer(1, 99) })

const explicit = Schema.Struct({
  type: Schema.Literal("explicit"),
  originalPrice: Limit.integer(1),
  priceAfterDiscount: Limit.integer(1)
})

const prices = { fixed, percentage, explicit }

const amounts = new Set(Object.values(prices).flatMap(({ fields }) => Object.keys(fields)))

// LINE refuses an amount that belongs to another type.
const foreignAmounts = (price: DiscountPriceInfoRequest): ReadonlyArray<Schema.FilterIssue> => {
  const { fields } = prices[price.type]
  return Object.entries(price)
    .filter(([name, value]) => amounts.has(name) && !(name in fields) && value !== undefined)
    .map(([name]) => ({ path: [name], message: "must not be given with this type" }))
}

// The rule is about properties that the structs do not have.
const parseOptions = { onExcessProperty: "preserve" } as const

/**
 * @since 0.1.0
 * @category schemas
 */
export const CashBackPriceInfoRequest: Schema.Schema<CashBackPriceInfoRequest> = Schema.Union(fixed, percentage)
  .pipe(Limit.whole<CashBackPriceInfoRequest>(foreignAmounts))
  .annotations({ identifier: "CashBackPriceInfoRequest", parseOptions })

/**
 * @since 0.1.0
 * @category schemas
 */
export const DiscountPriceInfoRequest: Schema.Schema<DiscountPriceInfoRequest> = Schema.Union(
  fixed,
  percentage,
  explicit
)
  .pipe(Limit.whole<DiscountPriceInfoRequest>(foreignAmounts))
  .annotations({ identifier: "DiscountPriceInfoRequest", parseOptions })

/**
 * What a coupon is good for: less to pay, money back, a thing for free, a present, or something else.
 *
 * @since 0.1.0
 * @category models
 */
export type CouponRewardRequest =
  | { readonly type: "discount"; readonly priceInfo: DiscountPriceInfoRequest }
  | { readonly type: "free" }
  | { readonly type: "gift" }
  | { readonly type: "cashBack"; readonly priceInfo: CashBackPriceInfoRequest }
  | { readonly type: "others" }

/**
 * @since 0.1.0
 * @category schemas
 */
export const CouponRewardRequest: Schema.Schema<CouponRewardRequest> = Schema.Union(
  Schema.Struct({ type: Schema.Literal("discount"), priceInfo: DiscountPriceInfoRequest }),
  Schema.Struct({ type: Schema.Literal("free") }),
  Schema.Struct({ type: Schema.Literal("gift") }),
  Schema.Struct({ type: Schema.Literal("cashBack"), priceInfo: CashBackPriceInfoRequest }),
  Schema.Struct({ type: Schema.Literal("others") })
).annotations({ identifier: "CouponRewardRequest" })

/**
 * A coupon to make. LINE copies the images when the coupon is made.
 *
 * @since 0.1.0
 * @category models
 */
export interface CouponCreateRequest {
  /** At most 60 UTF-16 code units. */
  readonly title: string
  /** How to use it, at most 1,000 UTF-16 code units in any number of lines. */
  readonly description?: string | undefined
  readonly acquisitionCondition: AcquisitionConditionRequest
  /** How often one person may use it: once, or -1 for any number of times. */
  readonly maxUseCountPerTicket: 1 | -1
  /** From when it is valid, in seconds since 1970. */
  readonly startTimestamp: number
  /** Until when it is valid, in seconds since 1970: in the future, and not before `startTimestamp`. */
  readonly endTimestamp: number
  /** The time zone in which people read the two. */
  readonly timezone: Timezone
  readonly reward: CouponRewardRequest
  /** Whether LINE shows it to people in its services, beside the messages that bring it. */
  readonly visibility: "PUBLIC" | "UNLISTED"
  /** A JPEG or PNG of at most 10 MB. */
  readonly imageUrl?: string | undefined
  /** A JPEG or PNG of at most 10 MB, shown to who has opened the coupon. */
  readonly barcodeImageUrl?: string | undefined
  /** Shown to who has opened the coupon; at most 16 UTF-16 code units. */
  readonly couponCode?: string | undefined
  /** What must be met to use it, at most 100 UTF-16 code units. */
  readonly usageCondition?: string | undefined
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const CouponCreateRequest: Schema.Schema<CouponCreateRequest> = Schema.Struct({
  title: Limit.text(60),
  description: Schema.optional(Limit.text(1000, 0)),
  acquisitionCondition: AcquisitionConditionRequest,
  maxUseCountPerTicket: Schema.Literal(1, -1),
  startTimestamp: Limit.integer(0),
  endTimestamp: Limit.integer(0),
  timezone: Schema.Literal(...timezones),
  reward: CouponRewardRequest,
  visibility: Schema.Literal("PUBLIC", "UNLISTED"),
  imageUrl: Schema.optional(Limit.HttpsUrl),
  barcodeImageUrl: Schema.optional(Limit.HttpsUrl),
  couponCode: Schema.optional(Limit.text(16, 0)),
  usageCondition: Schema.optional(Limit.text(100, 0))
})
  .pipe(
    Limit.whole(({ endTimestamp, startTimestamp }) =>
      endTimestamp < startTimestamp ? [{ path: ["endTimestamp"], message: "must not be before startTimestamp" }] : []
    )
  )
  .annotations({ identifier: "CouponCreateRequest" })

/**
 * A coupon that was made.
 *
 * @since 0.1.0
 * @category models
 */
export interface CouponCreateResponse {
  readonly couponId: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const CouponCreateResponse: Schema.Schema<CouponCreateResponse> = Schema.Struct({
  couponId: Schema.String
}).annotations({ identifier: "CouponCreateResponse" })

/**
 * How far a coupon is: a `DRAFT` of LINE Official Account Manager; `RUNNING` until its end, also before it has begun;
 * `CLOSED` when it has expired or was closed.
 *
 * @since 0.1.0
 * @category models
 */
export type CouponStatus = "DRAFT" | "RUNNING" | "CLOSED"

/**
 * @since 0.1.0
 * @category schemas
 */
export const CouponStatus: Schema.Schema<CouponStatus> = Schema.Literal("DRAFT", "RUNNING", "CLOSED").annotations({
  identifier: "CouponStatus"
})

/**
 * Who may have a coupon. One for who recommends the account to friends (`referral`) is made in LINE Official Account
 * Manager only.
 *
 * @since 0.1.0
 * @category models
 */
export type AcquisitionCondition =
  | { readonly type: "normal" }
  | {
      readonly type: "lottery"
      /** The chance to win in percent. */
      readonly lotteryProbability?: number
      /** How many may win; -1 for no limit. */
      readonly maxAcquireCount?: number
    }
  | { readonly type: "referral" }
  | Unknown.Unknown

const number = Schema.optionalWith(Schema.Number, { exact: true })

const string = Schema.optionalWith(Schema.String, { exact: true })

/**
 * @since 0.1.0
 * @category schemas
 */
export const AcquisitionCondition: Schema.Schema<AcquisitionCondition, unknown> = Tolerant.union(
  Schema.Struct({ type: Schema.Literal("normal") }),
  Schema.Struct({ type: Schema.Literal("lottery"), lotteryProbability: number, maxAcquireCount: number }),
  Schema.Struct({ type: Schema.Literal("referral") })
).annotations({ identifier: "AcquisitionCondition" })

/**
 * What is off or comes back: an amount of money, a percentage, or the price before and after.
 *
 * @since 0.1.0
 * @category models
 */
export type PriceInfo =
  | { readonly type: "fixed"; readonly fixedAmount?: number; readonly currency?: Currency }
  | { readonly type: "percentage"; readonly percentage?: number }
  | {
      readonly type: "explicit"
      readonly originalPrice?: number
      readonly priceAfterDiscount?: number
      readonly currency?: Currency
    }
  | Unknown.Unknown

type Currency = "JPY" | "TWD" | "THB" | Unknown.Unknown

const currency = Schema.optionalWith(Tolerant.enumeration("JPY", "TWD", "THB"), { exact: true })

/**
 * @since 0.1.0
 * @category schemas
 */
export const PriceInfo: Schema.Schema<PriceInfo, unknown> = Tolerant.union(
  Schema.Struct({ type: Schema.Literal("fixed"), fixedAmount: number, currency }),
  Schema.Struct({ type: Schema.Literal("percentage"), percentage: number }),
  Schema.Struct({ type: Schema.Literal("explicit"), originalPrice: number, priceAfterDiscount: number, currency })
).annotations({ identifier: "PriceInfo" })

/**
 * What a coupon is good for.
 *
 * @since 0.1.0
 * @category models
 */
export type CouponReward =
  | { readonly type: "discount" | "cashBack"; readonly priceInfo?: PriceInfo }
  | { readonly type: "free" | "gift" | "others" }
  | Unknown.Unknown

const priceInfo = Schema.optionalWith(PriceInfo, { exact: true })

/**
 * @since 0.1.0
 * @category schemas
 */
export const CouponReward: Schema.Schema<CouponReward, unknown> = Tolerant.union(
  Schema.Struct({ type: Schema.Literal("discount"), priceInfo }),
  Schema.Struct({ type: Schema.Literal("free") }),
  Schema.Struct({ type: Schema.Literal("gift") }),
  Schema.Struct({ type: Schema.Literal("cashBack"), priceInfo }),
  Schema.Struct({ type: Schema.Literal("others") })
).annotations({ identifier: "CouponReward" })

/**
 * A coupon of the account, made here or in LINE Official Account Manager, where a draft may lack nearly everything.
 *
 * @since 0.1.0
 * @category models
 */
export interface Coupon {
  readonly couponId: string
  readonly title: string
  readonly status: CouponStatus | Unknown.Unknown
  readonly description?: string
  readonly acquisitionCondition?: AcquisitionCondition
  /** How many people may have it. */
  readonly maxAcquireCount?: number
  /** How often one person may use it: once, or -1 for any number of times. */
  readonly maxUseCountPerTicket?: number
  /** How many of it one person may have: 1, or up to 30 for recommending the account. */
  readonly maxTicketPerUser?: number
  /** From when it is valid, in seconds since 1970. */
  readonly startTimestamp?: number
  /** Until when it is valid, in seconds since 1970. */
  readonly endTimestamp?: number
  readonly timezone?: Timezone | Unknown.Unknown
  readonly reward?: CouponReward
  /** Whether LINE shows it to people in its services, beside the messages that bring it. */
  readonly visibility?: "PUBLIC" | "UNLISTED" | "PRIVATE" | Unknown.Unknown
  /** LINE's copy of the image. */
  readonly imageUrl?: string
  /** LINE's copy of the image. */
  readonly barcodeImageUrl?: string
  readonly couponCode?: string
  readonly usageCondition?: string
  /** When it was made, in seconds since 1970. */
  readonly createdTimestamp?: number
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Coupon: Schema.Schema<Coupon, unknown> = Tolerant.struct({
  couponId: Schema.String,
  title: Schema.String,
  status: Tolerant.enumeration("DRAFT", "RUNNING", "CLOSED"),
  description: string,
  acquisitionCondition: Schema.optionalWith(AcquisitionCondition, { exact: true }),
  maxAcquireCount: number,
  maxUseCountPerTicket: number,
  maxTicketPerUser: number,
  startTimestamp: number,
  endTimestamp: number,
  timezone: Schema.optionalWith(Tolerant.enumeration(...timezones), { exact: true }),
  reward: Schema.optionalWith(CouponReward, { exact: true }),
  visibility: Schema.optionalWith(Tolerant.enumeration("PUBLIC", "UNLISTED", "PRIVATE"), { exact: true }),
  imageUrl: string,
  barcodeImageUrl: string,
  couponCode: string,
  usageCondition: string,
  createdTimestamp: number
}).annotations({ identifier: "Coupon" })

/**
 * A coupon in a list.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListedCoupon {
  readonly couponId: string
  readonly title: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const ListedCoupon: Schema.Schema<ListedCoupon> = Schema.Struct({
  couponId: Schema.String,
  title: Schema.String
}).annotations({ identifier: "ListedCoupon" })

/**
 * Which coupons to list, and where to begin.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListCouponRequest {
  /** Of any of these; of all unless set. */
  readonly status?: ReadonlyArray<CouponStatus> | undefined
  /** The size of a page: from 1 to 100, 20 unless set. */
  readonly limit?: number | undefined
  /** The `next` of the page before. */
  readonly start?: string | undefined
}

/**
 * A page of coupons. `next` is there while there may be more; it is valid for 24 hours.
 *
 * @since 0.1.0
 * @category models
 */
export interface CouponList {
  readonly items: ReadonlyArray<ListedCoupon>
  readonly next?: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const CouponList: Schema.Schema<CouponList> = Schema.Struct({
  items: Schema.Array(ListedCoupon),
  next: string
}).annotations({ identifier: "CouponList" })

/**
 * Makes a coupon, which nobody has until it is sent. An account may have 5,000 that are valid; beyond that LINE answers
 * `BadRequest`. It is never repeated by itself where LINE may have made the coupon: after an error that
 * `LineError.isAmbiguous`, look for it among the {@link coupons}. At most 200 calls a second.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Coupons from "line-effect/Coupons"
 * import * as Message from "line-effect/Message"
 * import * as Messaging from "line-effect/Messaging"
 *
 * const giveAway = (startTimestamp: number, days: number) =>
 *   Effect.gen(function* () {
 *     const { couponId } = yield* Coupons.createCoupon({
 *       title: "100 yen off",
 *       reward: { type: "discount", priceInfo: { type: "fixed", fixedAmount: 100 } },
 *       acquisitionCondition: { type: "normal" },
 *       maxUseCountPerTicket: 1,
 *       startTimestamp,
 *       endTimestamp: startTimestamp + days * 86_400,
 *       timezone: "ASIA_TOKYO",
 *       visibility: "UNLISTED"
 *     })
 *     return yield* Messaging.broadcast({ messages: [Message.coupon({ couponId })] })
 *   })
 * ```
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#create-coupon
 * @since 0.1.0
 * @category operations
 */
export const createCoupon = Operation.post("createCoupon", "/v2/bot/coupon", {
  body: CouponCreateRequest,
  success: CouponCreateResponse
})

/**
 * Closes a coupon for good: nobody can get it any more, nor use it. `Gone` if it is closed already, be it by an earlier
 * attempt of this call whose answer was lost. At most 200 calls a second.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#discontinue-coupon
 * @since 0.1.0
 * @category operations
 */
export const closeCoupon = Operation.put("closeCoupon", "/v2/bot/coupon/{couponId}/close", {
  path: { couponId: CouponId },
  repeat: "safe",
  errors: [LineError.NotFound, LineError.Gone]
})

/**
 * All about a coupon. At most 200 calls a second.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-coupon
 * @since 0.1.0
 * @category operations
 */
export const getCouponDetail = Operation.get("getCouponDetail", "/v2/bot/coupon/{couponId}", {
  path: { couponId: CouponId },
  success: Coupon,
  errors: [LineError.NotFound]
})

/**
 * A page of the account's coupons, of any `status` unless some are named, up to 20 unless `limit` says otherwise (at most
 * 100). Go on while `next` is there, with it as `start`; {@link coupons} does. At most 200 calls a second.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-coupons-list
 * @since 0.1.0
 * @category operations
 */
export const listCoupon = Operation.get("listCoupon", "/v2/bot/coupon", {
  query: {
    status: Schema.optional(Schema.Array(CouponStatus)),
    limit: Schema.optional(Limit.integer(1, 100)),
    start: Schema.optional(Limit.NonEmpty)
  },
  success: CouponList
})

/**
 * The account's coupons, page by page as they are needed. To go on later from where a page ended, take the pages
 * themselves with `Operation.pages`, and keep their `next`.
 *
 * @example
 * ```ts
 * import * as Stream from "effect/Stream"
 * import * as Coupons from "line-effect/Coupons"
 *
 * const running = Coupons.coupons({ status: ["RUNNING"], limit: 100 }).pipe(Stream.runCollect)
 * ```
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-coupons-list
 * @since 0.1.0
 * @category streams
 */
export const coupons = (
  request: ListCouponRequest = {}
): Stream.Stream<ListedCoupon, LineError.Common | LineError.InvalidResponse, LineClient.LineClient> =>
  Stream.mapConcat(Operation.pages(listCoupon, request), ({ items }) => items)
