/**
 * Coupons: made, listed, closed. Whether one has expired is read from the clock.
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import * as Coupons from "../Coupons.js"
import * as Page from "./Page.js"
import * as Refusal from "./Refusal.js"
import * as Validation from "./Validation.js"
import { ok, type Answer, type Call, type Handler, type Route } from "./Wire.js"

/** A coupon that was made. */
export interface Coupon {
  readonly couponId: string
  readonly request: Coupons.CouponCreateRequest
  readonly createdAt: number
  closed: boolean
}

const mostValid = 5000

const statusOf = ({ closed, request }: Coupon, now: number): Coupons.CouponStatus =>
  closed || seconds(now) > request.endTimestamp ? "CLOSED" : "RUNNING"

const seconds = (time: number): number => Math.floor(time / 1000)

const wording: Validation.Wording = {
  ...Validation.generic,
  length: (minimum, maximum) => `Size must be between ${minimum} and ${maximum}`,
  oneOf: (values) => `Must be one of the following values: [${values.join(",")}]`
}

const createCoupon: Handler = ({ body, now, world }) =>
  Either.gen(function* () {
    const request = yield* Validation.body(Coupons.CouponCreateRequest, body, wording)
    if (request.endTimestamp < seconds(now)) {
      return yield* Either.left(Refusal.body([{ message: "Invalid value", property: "endTimestamp" }]))
    }
    const valid = [...world.coupons.values()].filter((coupon) => statusOf(coupon, now) === "RUNNING")
    yield* Refusal.unless(valid.length < mostValid, refusal(400, "You have too many coupons created."))
    const couponId = world.ids.ulid(now)
    world.coupons.set(couponId, { couponId, request, createdAt: now, closed: false })
    return ok({ couponId })
  })

/** LINE counts one error, and names no property. */
const refusal = (status: number, message: string): Answer => ({ ...Refusal.body([{ message, property: "" }]), status })

const find = ({ path, world }: Call): Either.Either<Coupon, Answer> =>
  Either.fromNullable(world.coupons.get(path["couponId"] ?? ""), () => refusal(404, "coupon not found"))

const getCouponDetail: Handler = (call) =>
  Either.map(find(call), (coupon) =>
    ok({
      couponId: coupon.couponId,
      ...Struct.pick(coupon.request, ...keptAsTheyAre),
      reward: rewardOf(coupon.request.reward),
      maxTicketPerUser: 1,
      status: statusOf(coupon, call.now),
      createdTimestamp: seconds(coupon.createdAt)
    })
  )

const keptAsTheyAre = [
  "title",
  "description",
  "acquisitionCondition",
  "maxUseCountPerTicket",
  "startTimestamp",
  "endTimestamp",
  "timezone",
  "visibility",
  "imageUrl",
  "barcodeImageUrl",
  "couponCode",
  "usageCondition"
] as const

/** LINE adds the currency of the account's country to amounts of money. */
const rewardOf = (reward: Coupons.CouponRewardRequest): Coupons.CouponReward =>
  "priceInfo" in reward && reward.priceInfo.type !== "percentage"
    ? { ...reward, priceInfo: { ...reward.priceInfo, currency: "JPY" } }
    : reward

const closeCoupon: Handler = (call) =>
  Either.gen(function* () {
    const coupon = yield* find(call)
    yield* Refusal.unless(statusOf(coupon, call.now) !== "CLOSED", refusal(410, "The coupon has already been closed."))
    coupon.closed = true
    return ok()
  })

const mostPerPage = 100

const listCoupon: Handler = (call) =>
  Either.gen(function* () {
    const { now, query, world } = call
    // LINE's description repeats the parameter, and its reference shows values with commas.
    const wanted = query.getAll("status").flatMap((text) => text.split(","))
    const limit = Number(query.get("limit") ?? mostPerPage)
    yield* Refusal.check([
      ...(wanted.every(Schema.is(Coupons.CouponStatus)) ? [] : [{ message: unknownStatus, property: "status" }]),
      ...(limit > mostPerPage ? [{ message: `Must be less than or equal to ${mostPerPage}`, property: "limit" }] : []),
      ...(limit < 1 ? [{ message: "Must be greater than or equal to 1", property: "limit" }] : [])
    ])
    const items = [...world.coupons.values()]
      .filter((coupon) => wanted.length === 0 || wanted.includes(statusOf(coupon, now)))
      .map(({ couponId, request }) => ({ couponId, title: request.title }))
      .reverse()
    return yield* Page.of(call, "items", items, { usual: 20, maximum: mostPerPage })
  })

const unknownStatus = "Must be one of the following values: [DRAFT,RUNNING,CLOSED]"

/** The operations. */
export const routes: ReadonlyArray<Route> = [
  { operationId: "createCoupon", method: "POST", path: "/v2/bot/coupon", body: "json", handler: createCoupon },
  { operationId: "listCoupon", method: "GET", path: "/v2/bot/coupon", handler: listCoupon },
  { operationId: "getCouponDetail", method: "GET", path: "/v2/bot/coupon/{couponId}", handler: getCouponDetail },
  { operationId: "closeCoupon", method: "PUT", path: "/v2/bot/coupon/{couponId}/close", handler: closeCoupon }
]
