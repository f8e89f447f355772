/**
 * Memberships: plans for which people pay the account by the month, and who has joined them. Accounts in Japan have
 * them, by application.
 *
 * @see https://developers.line.biz/en/docs/messaging-api/use-membership-features/
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Id from "./internal/Id.js"
import * as Limit from "./internal/Limit.js"
import * as Tolerant from "./internal/Tolerant.js"
import type * as LineClient from "./LineClient.js"
import * as LineError from "./LineError.js"
import * as Operation from "./Operation.js"
import type * as Unknown from "./Unknown.js"

/**
 * The id of a membership plan.
 *
 * @since 0.1.0
 * @category schemas
 */
export const MembershipId: Schema.Schema<number> = Limit.integer(0).annotations({ identifier: "MembershipId" })

interface Plan {
  readonly membershipId: number
  readonly title: string
  readonly description: string
  /** What members get, at most 5 things. */
  readonly benefits: ReadonlyArray<string>
  /** The price of a month, such as 500. */
  readonly price: number
  readonly currency: "JPY" | "TWD" | "THB" | Unknown.Unknown
}

const plan = {
  membershipId: Schema.Number,
  title: Schema.String,
  description: Schema.String,
  benefits: Schema.Array(Schema.String),
  price: Schema.Number,
  currency: Tolerant.enumeration("JPY", "TWD", "THB")
}

/**
 * A membership plan that the account offers.
 *
 * @since 0.1.0
 * @category models
 */
export interface Membership extends Plan {
  readonly memberCount: number
  /** How many may join; `null` if there is no limit. */
  readonly memberLimit: number | null
  /** Whether people pay in the app; in the browser if not. */
  readonly isInAppPurchase: boolean
  /** Whether people can join; if not, those who have joined still have their benefits. */
  readonly isPublished: boolean
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Membership: Schema.Schema<Membership, unknown> = Tolerant.struct({
  ...plan,
  memberCount: Schema.Number,
  memberLimit: Schema.NullOr(Schema.Number),
  isInAppPurchase: Schema.Boolean,
  isPublished: Schema.Boolean
}).annotations({ identifier: "Membership" })

/**
 * The membership plans that the account offers, at most 5.
 *
 * @since 0.1.0
 * @category models
 */
export interface MembershipList {
  readonly memberships: ReadonlyArray<Membership>
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const MembershipList: Schema.Schema<MembershipList, unknown> = Tolerant.struct({
  memberships: Schema.Array(Membership)
}).annotations({ identifier: "MembershipList" })

/**
 * That a user has joined a membership plan.
 *
 * @since 0.1.0
 * @category models
 */
export interface Subscription {
  readonly membership: Plan
  readonly user: {
    /** The user's number among the members of the plan. */
    readonly membershipNo: number
    /** When the user joined, in seconds since 1970. */
    readonly joinedTime: number
    /** The day of the next payment, `yyyy-MM-dd` in UTC+9. */
    readonly nextBillingDate: string
    /** For how many months the user has been a member, since they last joined. */
    readonly totalSubscriptionMonths: number
  }
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Subscription: Schema.Schema<Subscription, unknown> = Tolerant.struct({
  membership: Schema.Struct(plan),
  user: Schema.Struct({
    membershipNo: Schema.Number,
    joinedTime: Schema.Number,
    nextBillingDate: Schema.String,
    totalSubscriptionMonths: Schema.Number
  })
}).annotations({ identifier: "Subscription" })

/**
 * The membership plans that a user has joined.
 *
 * @since 0.1.0
 * @category models
 */
export interface MembershipSubscription {
  readonly subscriptions: ReadonlyArray<Subscription>
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const MembershipSubscription: Schema.Schema<MembershipSubscription, unknown> = Tolerant.struct({
  subscriptions: Schema.Array(Subscription)
}).annotations({ identifier: "MembershipSubscription" })

/**
 * A page of the members of a plan. `next` is there while there may be more; it is valid for 24 hours.
 *
 * @since 0.1.0
 * @category models
 */
export interface JoinedUsers {
  readonly userIds: ReadonlyArray<string>
  readonly next?: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const JoinedUsers: Schema.Schema<JoinedUsers> = Schema.Struct({
  userIds: Schema.Array(Schema.String),
  next: Schema.optionalWith(Schema.String, { exact: true })
}).annotations({ identifier: "JoinedUsers" })

/**
 * Whose members to list, and where to begin.
 *
 * @since 0.1.0
 * @category models
 */
export interface JoinedUsersRequest {
  readonly membershipId: number
  /** The size of a page: from 1 to 1,000, 300 unless set. */
  readonly limit?: number | undefined
  /** The `next` of the page before. */
  readonly start?: string | undefined
}

/**
 * The membership plans that a user has joined. `NotFound` if there are none. At most 200 calls a second.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Memberships from "line-effect/Memberships"
 *
 * const isMember = (userId: string, membershipId: number) =>
 *   Memberships.getMembershipSubscription({ userId }).pipe(
 *     Effect.map(({ subscriptions }) => subscriptions.some(({ membership }) => membership.membershipId === membershipId)),
 *     Effect.catchTag("LineNotFound", () => Effect.succeed(false))
 *   )
 * ```
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-a-users-membership-subscription-status
 * @since 0.1.0
 * @category operations
 */
export const getMembershipSubscription = Operation.get(
  "getMembershipSubscription",
  "/v2/bot/membership/subscription/{userId}",
  { path: { userId: Id.UserId }, success: MembershipSubscription, errors: [LineError.NotFound] }
)

/**
 * The membership plans that the account offers, without those under review and those that have ended. `NotFound` if there
 * are none. At most 200 calls a second.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-membership-plans
 * @since 0.1.0
 * @category operations
 */
export const getMembershipList = Operation.get("getMembershipList", "/v2/bot/membership/list", {
  success: MembershipList,
  errors: [LineError.NotFound]
})

/**
 * A page of the ids of a plan's members who are friends of the bot, up to 300 unless `limit` says otherwise (at most
 * 1,000). A page may be short without being the last: go on while `next` is there, with it as `start`;
 * {@link joinedUsers} does. `NotFound` if there is no such plan. At most 200 calls a second.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-membership-user-ids
 * @since 0.1.0
 * @category operations
 */
export const getJoinedMembershipUsers = Operation.get(
  "getJoinedMembershipUsers",
  "/v2/bot/membership/{membershipId}/users/ids",
  {
    path: { membershipId: MembershipId },
    query: { limit: Schema.optional(Limit.integer(1, 1000)), start: Schema.optional(Limit.NonEmpty) },
    success: JoinedUsers,
    errors: [LineError.NotFound]
  }
)

/**
 * The ids of a plan's members, page by page as they are needed, as {@link getJoinedMembershipUsers} gives them. To go on
 * later from where a page ended, take the pages themselves with `Operation.pages`, and keep their `next`.
 *
 * @example
 * ```ts
 * import * as Stream from "effect/Stream"
 * import * as Memberships from "line-effect/Memberships"
 * import * as Message from "line-effect/Message"
 * import * as Messaging from "line-effect/Messaging"
 *
 * const thank = (membershipId: number) =>
 *   Memberships.joinedUsers({ membershipId }).pipe(
 *     Stream.grouped(500),
 *     Stream.runForEach((to) => Messaging.multicast({ to: [...to], messages: [Message.text("Thank you!")] }))
 *   )
 * ```
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-membership-user-ids
 * @since 0.1.0
 * @category streams
 */
export const joinedUsers = (
  request: JoinedUsersRequest
): Stream.Stream<string, LineError.NotFound | LineError.Common | LineError.InvalidResponse, LineClient.LineClient> =>
  Stream.mapConcat(Operation.pages(getJoinedMembershipUsers, request), ({ userIds }) => userIds)
