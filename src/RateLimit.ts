/**
 * LINE's published rate limits, as data. LINE counts the requests of each channel to each operation, whatever their
 * parameters, body and origin are, in a token bucket that is refilled gradually; how many tokens it holds is not
 * published. Beyond the limit a call fails with `RateLimited`. `RateLimiter` makes calls wait instead.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#rate-limits
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"

/**
 * How many requests LINE takes in how much time.
 *
 * @since 0.1.0
 * @category models
 */
export interface RateLimit {
  readonly limit: number
  readonly window: Duration.Duration
}

/**
 * The limit of every operation that has none of its own: 2,000 requests per second.
 *
 * @since 0.1.0
 * @category constants
 */
export const usual: RateLimit = { limit: 2000, window: Duration.seconds(1) }

const each = (
  limit: number,
  window: Duration.DurationInput,
  operationIds: ReadonlyArray<string>
): ReadonlyArray<readonly [operationId: string, RateLimit]> => {
  const rateLimit: RateLimit = { limit, window: Duration.decode(window) }
  return operationIds.map((operationId) => [operationId, rateLimit])
}

/**
 * The operations with a limit of their own, by operationId, as published on 2026-08-07.
 *
 * @since 0.1.0
 * @category constants
 */
export const own: ReadonlyMap<string, RateLimit> = new Map([
  ...each(3, "1 hour", ["richMenuBatch"]),
  ...each(60, "1 hour", [
    "narrowcast",
    "broadcast",
    "getNumberOfMessageDeliveries",
    "getNumberOfFollowers",
    "getFriendsDemographics",
    "getMessageEvent",
    "getStatisticsPerUnit",
    "getRichMenuInsightSummary",
    "getRichMenuInsightDaily",
    "testWebhookEndpoint"
  ]),
  ...each(100, "1 hour", ["createRichMenu", "deleteRichMenu", "deleteRichMenuAlias", "getRichMenuBatchProgress"]),
  ...each(60, "1 minute", [
    "createAudienceGroup",
    "addAudienceToAudienceGroup",
    "createAudienceForUploadingUserIds",
    "addUserIdsToAudience",
    "createClickBasedAudienceGroup",
    "createImpBasedAudienceGroup",
    "updateAudienceGroupDescription",
    "deleteAudienceGroup",
    "getAudienceData",
    "getAudienceGroups",
    "getSharedAudienceData",
    "getSharedAudienceGroups"
  ]),
  ...each(1000, "1 minute", ["setWebhookEndpoint", "getWebhookEndpoint"]),
  ...each(10, "1 second", ["getRichMenuList"]),
  ...each(100, "1 second", ["showLoadingAnimation"]),
  ...each(200, "1 second", [
    "multicast",
    "getMembershipSubscription",
    "getMembershipList",
    "getJoinedMembershipUsers",
    "listCoupon",
    "createCoupon",
    "getCouponDetail",
    "closeCoupon"
  ]),
  ...each(370, "1 second", ["issueChannelToken"])
])

/**
 * The limit of an operation, or of LINE's operationId.
 *
 * @example
 * ```ts
 * import * as Messaging from "line-effect/Messaging"
 * import * as RateLimit from "line-effect/RateLimit"
 *
 * const { limit, window } = RateLimit.of(Messaging.broadcast) // 60, an hour
 * ```
 *
 * @since 0.1.0
 * @category getters
 */
export const of = (operation: string | { readonly operationId: string }): RateLimit =>
  own.get(typeof operation === "string" ? operation : operation.operationId) ?? usual
