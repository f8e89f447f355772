/**
 * The people a bot talks to: profiles, followers, and the token that links an account of a service to a LINE account.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Id from "./internal/Id.js"
import * as Limit from "./internal/Limit.js"
import type * as LineClient from "./LineClient.js"
import * as LineError from "./LineError.js"
import * as Operation from "./Operation.js"

/**
 * The id of a user as webhooks give it: `U` and 32 hexadecimal digits, longer for module channels. The same person has
 * another id for each provider.
 *
 * @see https://developers.line.biz/en/docs/messaging-api/getting-user-ids/
 * @since 0.1.0
 * @category schemas
 */
export const UserId: Schema.Schema<string> = Id.UserId

/**
 * What a user shows of themselves.
 *
 * @since 0.1.0
 * @category models
 */
export interface UserProfile {
  readonly displayName: string
  readonly userId: string
  readonly pictureUrl?: string
  readonly statusMessage?: string
  /** A BCP 47 language tag; absent if the user has not agreed to share it. */
  readonly language?: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const UserProfile: Schema.Schema<UserProfile> = Schema.Struct({
  displayName: Schema.String,
  userId: Schema.String,
  pictureUrl: Schema.optionalWith(Schema.String, { exact: true }),
  statusMessage: Schema.optionalWith(Schema.String, { exact: true }),
  language: Schema.optionalWith(Schema.String, { exact: true })
}).annotations({ identifier: "UserProfile" })

/**
 * A page of followers. `next` is there while there may be more; it is valid for 24 hours.
 *
 * @since 0.1.0
 * @category models
 */
export interface Followers {
  readonly userIds: ReadonlyArray<string>
  readonly next?: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Followers: Schema.Schema<Followers> = Schema.Struct({
  userIds: Schema.Array(Schema.String),
  next: Schema.optionalWith(Schema.String, { exact: true })
}).annotations({ identifier: "Followers" })

/**
 * Where a list of followers begins, and in what portions LINE is asked for it.
 *
 * @since 0.1.0
 * @category models
 */
export interface FollowersRequest {
  /** The size of a page: from 1 to 1,000, 300 unless set. */
  readonly limit?: number | undefined
  /** The `next` of the page before. */
  readonly start?: string | undefined
}

/**
 * A token with which a user links their LINE account to an account of a service: good for 10 minutes and one use.
 *
 * @since 0.1.0
 * @category models
 */
export interface LinkToken {
  readonly linkToken: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const LinkToken: Schema.Schema<LinkToken> = Schema.Struct({ linkToken: Schema.String }).annotations({
  identifier: "LinkToken"
})

/**
 * The profile of a friend, or of someone who is none but has written to the bot. `NotFound` for anyone else, for
 * someone who blocked the bot, and for someone who has not agreed to share it.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Users from "line-effect/Users"
 *
 * const displayName = (userId: string) =>
 *   Users.getProfile({ userId }).pipe(
 *     Effect.map((profile) => profile.displayName),
 *     Effect.catchTag("LineNotFound", () => Effect.succeed("you"))
 *   )
 * ```
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-profile
 * @since 0.1.0
 * @category operations
 */
export const getProfile = Operation.get("getProfile", "/v2/bot/profile/{userId}", {
  path: { userId: UserId },
  success: UserProfile,
  errors: [LineError.NotFound]
})

/**
 * A page of the ids of the bot's friends, up to 300 unless `limit` says otherwise (at most 1,000). A page may be short
 * without being the last: go on while `next` is there, with it as `start`; {@link followers} does. `Forbidden` unless the
 * account is verified or premium.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-follower-ids
 * @since 0.1.0
 * @category operations
 */
export const getFollowers = Operation.get("getFollowers", "/v2/bot/followers/ids", {
  query: { limit: Schema.optional(Limit.integer(1, 1000)), start: Schema.optional(Limit.NonEmpty) },
  success: Followers
})

/**
 * The ids of the bot's friends, page by page as they are needed, as {@link getFollowers} gives them. To go on later from
 * where a page ended, take the pages themselves with `Operation.pages`, and keep their `next`.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 * import * as Users from "line-effect/Users"
 *
 * const names = Users.followers({ limit: 1000 }).pipe(
 *   Stream.mapEffect((userId) => Effect.option(Users.getProfile({ userId })), { concurrency: 10 }),
 *   Stream.filterMap((profile) => profile),
 *   Stream.map(({ displayName }) => displayName)
 * )
 * ```
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-follower-ids
 * @since 0.1.0
 * @category streams
 */
export const followers = (
  request: FollowersRequest = {}
): Stream.Stream<string, LineError.Common | LineError.InvalidResponse, LineClient.LineClient> =>
  Stream.mapConcat(Operation.pages(getFollowers, request), ({ userIds }) => userIds)

/**
 * Issues the token that starts the linking of a user's account.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#issue-link-token
 * @since 0.1.0
 * @category operations
 */
export const issueLinkToken = Operation.post("issueLinkToken", "/v2/bot/user/{userId}/linkToken", {
  path: { userId: UserId },
  success: LinkToken,
  errors: [LineError.NotFound]
})
