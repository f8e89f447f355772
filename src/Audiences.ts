/**
 * Audiences: sets of users to whom a narrowcast is sent with `Recipient.audience`, made of ids that are uploaded, or of
 * those who saw a message or tapped a link in it. LINE makes an audience in its own time, which may be hours:
 * {@link awaitReady} waits.
 *
 * Accounts in Japan, Taiwan and Thailand have them. A channel has at most 1,000, each for 180 days; a month later LINE
 * deletes it. All operations are limited to 60 calls a minute. What is wrong with a request LINE says by a code in the
 * `details` of `BadRequest`: `AUDIENCE_GROUP_NOT_FOUND` if it does not know the audience.
 *
 * @see https://developers.line.biz/en/docs/messaging-api/using-audience/
 * @since 0.1.0
 */
import * as Chunk from "effect/Chunk"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Limit from "./internal/Limit.js"
import * as Tolerant from "./internal/Tolerant.js"
import type * as LineClient from "./LineClient.js"
import type * as LineError from "./LineError.js"
import * as Operation from "./Operation.js"
import type * as Unknown from "./Unknown.js"
import * as Wait from "./Wait.js"

const string = Schema.optionalWith(Schema.String, { exact: true })

const number = Schema.optionalWith(Schema.Number, { exact: true })

const boolean = Schema.optionalWith(Schema.Boolean, { exact: true })

/**
 * The id of an audience.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AudienceGroupId: Schema.Schema<number> = Limit.integer(0).annotations({ identifier: "AudienceGroupId" })

const types = [
  "UPLOAD",
  "CLICK",
  "IMP",
  "CHAT_TAG",
  "FRIEND_PATH",
  "RESERVATION",
  "RICHMENU_IMP",
  "RICHMENU_CLICK",
  "APP_EVENT",
  "VIDEO_VIEW",
  "WEBTRAFFIC",
  "TRACKINGTAG_WEBTRAFFIC",
  "IMAGE_CLICK",
  "POP_AD_IMP"
] as const

/**
 * What an audience is made of: `"UPLOAD"` of ids, `"CLICK"` of those who tapped a link in a message, `"IMP"` of those who
 * saw it. The others are made elsewhere.
 *
 * @since 0.1.0
 * @category models
 */
export type AudienceGroupType = (typeof types)[number]

const statuses = ["IN_PROGRESS", "READY", "FAILED", "EXPIRED", "INACTIVE", "ACTIVATING"] as const

/**
 * How far an audience is. Only one that is `"READY"` can be sent to. `"IN_PROGRESS"` may take hours, and does not end
 * while the audience is empty, or has fewer than 50 users and is of a type that must have them.
 *
 * @since 0.1.0
 * @category models
 */
export type AudienceGroupStatus = (typeof statuses)[number]

/**
 * @since 0.1.0
 * @category schemas
 */
export const AudienceGroupStatus: Schema.Schema<AudienceGroupStatus> = Schema.Literal(...statuses).annotations({
  identifier: "AudienceGroupStatus"
})

const ownRoutes = ["OA_MANAGER", "MESSAGING_API", "POINT_AD", "AD_MANAGER"] as const

const routes = [...ownRoutes, "BUSINESS_MANAGER", "YAHOO_DISPLAY_ADS"] as const

/**
 * Where an audience was made: LINE Official Account Manager, here, LINE Points Ads or LINE Ads; a shared one may be of
 * Business Manager or LY Ads too.
 *
 * @since 0.1.0
 * @category models
 */
export type AudienceGroupCreateRoute = (typeof routes)[number]

/**
 * @since 0.1.0
 * @category schemas
 */
export const AudienceGroupCreateRoute: Schema.Schema<AudienceGroupCreateRoute> = Schema.Literal(...routes).annotations({
  identifier: "AudienceGroupCreateRoute"
})

const type = Tolerant.enumeration(...types)

const createRoute = Schema.optionalWith(Tolerant.enumeration(...routes), { exact: true })

const permission = Schema.optionalWith(Tolerant.enumeration("READ", "READ_WRITE"), { exact: true })

type FailedType = "AUDIENCE_GROUP_AUDIENCE_INSUFFICIENT" | "INTERNAL_ERROR" | Unknown.Unknown

const failedType = Schema.optionalWith(
  Schema.NullOr(Tolerant.enumeration("AUDIENCE_GROUP_AUDIENCE_INSUFFICIENT", "INTERNAL_ERROR")),
  { exact: true }
)

/**
 * The websites whose visitors a shared audience is made of. A list has its first four properties only.
 *
 * @since 0.1.0
 * @category models
 */
export interface WebTraffic {
  /** Whether the LINE Tag is the account's own. */
  readonly webtrafficIsMyTag?: boolean
  /** Whether the tag is shared in Business Manager; `"ERROR"` if that cannot be told now. */
  readonly webtrafficBmTagSharingStatus?: "SHARED" | "UNSHARED" | "ERROR" | Unknown.Unknown
  readonly webtrafficIsTagDeleted?: boolean
  readonly webtrafficTagCreateRoute?: "OA_MANAGER" | "AD_MANAGER" | "BUSINESS_MANAGER" | Unknown.Unknown
  readonly webtrafficVisitType?: "VISIT_ALL" | "URL_MATCHING" | "EVENT_MATCHING" | Unknown.Unknown
  /** In days. LINE documents a text and shows a number. */
  readonly webtrafficRetentionDays?: number | string
  readonly webtrafficTagEventType?: "CONVERSION_EVENT" | "CUSTOM_EVENT" | Unknown.Unknown
  readonly webtrafficCustomEventName?: string
  readonly webtrafficMatchingType?: "NORMAL" | Unknown.Unknown
  readonly webtrafficConditionGroup?: ReadonlyArray<{
    readonly conditionType: "CONTAIN" | "NOT_CONTAIN" | "EQUAL_TO" | Unknown.Unknown
    readonly keywords: ReadonlyArray<string>
  }>
  readonly webtrafficTagId?: string
  readonly webtrafficTagOwnerName?: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const WebTraffic: Schema.Schema<WebTraffic, unknown> = Tolerant.struct({
  webtrafficIsMyTag: boolean,
  webtrafficBmTagSharingStatus: Schema.optionalWith(Tolerant.enumeration("SHARED", "UNSHARED", "ERROR"), {
    exact: true
  }),
  webtrafficIsTagDeleted: boolean,
  webtrafficTagCreateRoute: Schema.optionalWith(Tolerant.enumeration("OA_MANAGER", "AD_MANAGER", "BUSINESS_MANAGER"), {
    exact: true
  }),
  webtrafficVisitType: Schema.optionalWith(Tolerant.enumeration("VISIT_ALL", "URL_MATCHING", "EVENT_MATCHING"), {
    exact: true
  }),
  webtrafficRetentionDays: Schema.optionalWith(Schema.Union(Schema.Number, Schema.String), { exact: true }),
  webtrafficTagEventType: Schema.optionalWith(Tolerant.enumeration("CONVERSION_EVENT", "CUSTOM_EVENT"), {
    exact: true
  }),
  webtrafficCustomEventName: string,
  webtrafficMatchingType: Schema.optionalWith(Tolerant.enumeration("NORMAL"), { exact: true }),
  webtrafficConditionGroup: Schema.optionalWith(
    Schema.Array(
      Schema.Struct({
        conditionType: Tolerant.enumeration("CONTAIN", "NOT_CONTAIN", "EQUAL_TO"),
        keywords: Schema.Array(Schema.String)
      })
    ),
    { exact: true }
  ),
  webtrafficTagId: string,
  webtrafficTagOwnerName: string
}).annotations({ identifier: "WebTraffic" })

/**
 * An audience. Times are in seconds since 1970.
 *
 * @since 0.1.0
 * @category models
 */
export interface AudienceGroup {
  readonly audienceGroupId: number
  readonly type: AudienceGroupType | Unknown.Unknown
  /** The name. */
  readonly description: string
  readonly status: AudienceGroupStatus | Unknown.Unknown
  /** Why it failed, if it did. */
  readonly failedType?: FailedType | null
  /**
   * How many users are in it, those who have blocked the bot among them. 0 if there are fewer than 20, except of user ids
   * that were uploaded and of chat tags.
   */
  readonly audienceCount: number
  readonly created: number
  readonly createRoute?: AudienceGroupCreateRoute | Unknown.Unknown
  /** `"READ_WRITE"` if this channel may change it. */
  readonly permission?: "READ" | "READ_WRITE" | Unknown.Unknown
  /** Whether it is made of Identifiers for Advertisers and not of user ids. */
  readonly isIfaAudience?: boolean
  /** When it ends to be of use. */
  readonly expireTimestamp?: number
  /** The request that sent the message, if it was made of a message. */
  readonly requestId?: string
  /** The link in the message, if it was made of those who tapped one link. */
  readonly clickUrl?: string
  /** When it was activated, if it was made with LINE Ads or LINE Points Ads. */
  readonly activated?: number
  /** When it was inactivated, if it was made with LINE Ads or LINE Points Ads. */
  readonly inactivatedTimestamp?: number
  /** The same, as LINE's examples have it. */
  readonly inactiveTimestamp?: number
  /** The websites whose visitors it is made of, if it is shared. */
  readonly webtraffic?: WebTraffic
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const AudienceGroup: Schema.Schema<AudienceGroup, unknown> = Tolerant.struct({
  audienceGroupId: Schema.Number,
  type,
  description: Schema.String,
  status: Tolerant.enumeration(...statuses),
  failedType,
  audienceCount: Schema.Number,
  created: Schema.Number,
  createRoute,
  permission,
  isIfaAudience: boolean,
  expireTimestamp: number,
  requestId: string,
  clickUrl: string,
  activated: number,
  inactivatedTimestamp: number,
  inactiveTimestamp: number,
  webtraffic: Schema.optionalWith(WebTraffic, { exact: true })
}).annotations({ identifier: "AudienceGroup" })

/**
 * One upload of ids to an audience. `created` is in seconds since 1970.
 *
 * @since 0.1.0
 * @category models
 */
export interface AudienceGroupJob {
  readonly audienceGroupJobId: number
  readonly audienceGroupId?: number
  /** The `uploadDescription` of the upload; `null` if it had none. */
  readonly description?: string | null
  readonly type?: "DIFF_ADD" | Unknown.Unknown
  readonly jobStatus: "QUEUED" | "WORKING" | "FINISHED" | "FAILED" | Unknown.Unknown
  /** Why it failed; `null` if it did not. */
  readonly failedType?: FailedType | null
  /** How many users it added. */
  readonly audienceCount?: number
  readonly created?: number
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const AudienceGroupJob: Schema.Schema<AudienceGroupJob, unknown> = Tolerant.struct({
  audienceGroupJobId: Schema.Number,
  audienceGroupId: number,
  description: Schema.optionalWith(Schema.NullOr(Schema.String), { exact: true }),
  type: Schema.optionalWith(Tolerant.enumeration("DIFF_ADD"), { exact: true }),
  jobStatus: Tolerant.enumeration("QUEUED", "WORKING", "FINISHED", "FAILED"),
  failedType,
  audienceCount: number,
  created: number
}).annotations({ identifier: "AudienceGroupJob" })

const jobs = Schema.optionalWith(Schema.Array(AudienceGroupJob), { exact: true, default: () => [] })

/**
 * All about an audience.
 *
 * @since 0.1.0
 * @category models
 */
export interface AudienceData {
  readonly audienceGroup: AudienceGroup
  /** The uploads to it, at most 50; none if it is not made of ids. */
  readonly jobs: ReadonlyArray<AudienceGroupJob>
  /** The ad account, if it was made with LINE Ads or LINE Points Ads. */
  readonly adaccount?: { readonly name?: string }
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const AudienceData: Schema.Schema<AudienceData, unknown> = Tolerant.struct({
  audienceGroup: AudienceGroup,
  jobs,
  adaccount: Schema.optionalWith(Schema.Struct({ name: string }), { exact: true })
}).annotations({ identifier: "AudienceData" })

/**
 * All about an audience that is shared in Business Manager.
 *
 * @since 0.1.0
 * @category models
 */
export interface SharedAudienceData {
  readonly audienceGroup: AudienceGroup
  /** The uploads to it, at most 50; none if it is not made of ids. */
  readonly jobs: ReadonlyArray<AudienceGroupJob>
  readonly owner?: {
    /** Business Manager, LINE Ads, a LINE Official Account, or LY Ads. */
    readonly serviceType?: "bm" | "lap" | "account" | "yda" | Unknown.Unknown
    readonly id?: string
    readonly name?: string
  }
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const SharedAudienceData: Schema.Schema<SharedAudienceData, unknown> = Tolerant.struct({
  audienceGroup: AudienceGroup,
  jobs,
  owner: Schema.optionalWith(
    Schema.Struct({
      serviceType: Schema.optionalWith(Tolerant.enumeration("bm", "lap", "account", "yda"), { exact: true }),
      id: string,
      name: string
    }),
    { exact: true }
  )
}).annotations({ identifier: "SharedAudienceData" })

/**
 * A page of audiences.
 *
 * @since 0.1.0
 * @category models
 */
export interface AudienceGroups {
  readonly audienceGroups: ReadonlyArray<AudienceGroup>
  readonly hasNextPage: boolean
  /** How many audiences there are on all pages. */
  readonly totalCount?: number
  /** How many of them this channel may change. */
  readonly readWriteAudienceGroupTotalCount?: number
  readonly page?: number
  readonly size?: number
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const AudienceGroups: Schema.Schema<AudienceGroups, unknown> = Tolerant.struct({
  audienceGroups: Schema.Array(AudienceGroup),
  hasNextPage: Schema.Boolean,
  totalCount: number,
  readWriteAudienceGroupTotalCount: number,
  page: number,
  size: number
}).annotations({ identifier: "AudienceGroups" })

/**
 * An audience that LINE has begun to make. Times are in seconds since 1970.
 *
 * @since 0.1.0
 * @category models
 */
export interface CreatedAudienceGroup {
  readonly audienceGroupId: number
  readonly type: AudienceGroupType | Unknown.Unknown
  readonly description: string
  readonly created: number
  readonly createRoute?: AudienceGroupCreateRoute | Unknown.Unknown
  readonly permission?: "READ" | "READ_WRITE" | Unknown.Unknown
  readonly expireTimestamp?: number
  readonly isIfaAudience?: boolean
  readonly requestId?: string
  readonly clickUrl?: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const CreatedAudienceGroup: Schema.Schema<CreatedAudienceGroup, unknown> = Tolerant.struct({
  audienceGroupId: Schema.Number,
  type,
  description: Schema.String,
  created: Schema.Number,
  createRoute,
  permission,
  expireTimestamp: number,
  isIfaAudience: boolean,
  requestId: string,
  clickUrl: string
}).annotations({ identifier: "CreatedAudienceGroup" })

/**
 * Somebody in an audience.
 *
 * @since 0.1.0
 * @category models
 */
export interface Audience {
  /** The id of a user, or an Identifier for Advertisers. */
  readonly id: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Audience: Schema.Schema<Audience> = Schema.Struct({ id: Limit.NonEmpty }).annotations({
  identifier: "Audience"
})

const name = Limit.text(120).pipe(
  Limit.whole(
    (text) =>
      /^ +$/.test(text) ? "must not be all spaces" : !/\p{Cc}/u.test(text) || "must not contain control characters",
    { _tag: "Pattern", expected: "a name without control characters" }
  )
)

interface Named {
  /**
   * The name: 1 to 120 UTF-16 code units, no control characters and not all spaces. LINE takes upper and lower case for
   * the same.
   */
  readonly description: string
}

interface Uploading {
  /**
   * The description of this upload, at most 300 UTF-16 code units, by which {@link awaitAdded} knows it: one of its own
   * for each upload.
   */
  readonly uploadDescription?: string | undefined
}

interface Identifying {
  /** Whether the ids are Identifiers for Advertisers, which LINE must have allowed to the account; not unless set. */
  readonly isIfaAudience?: boolean | undefined
}

const uploadDescription = Schema.optional(Limit.text(300, 0))

const isIfaAudience = Schema.optional(Schema.Boolean)

/**
 * An audience to make of ids.
 *
 * @since 0.1.0
 * @category models
 */
export interface CreateAudienceGroupRequest extends Named, Identifying, Uploading {
  /** At most 10,000; without any, the audience is not ready before some are added. */
  readonly audiences?: ReadonlyArray<Audience> | undefined
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const CreateAudienceGroupRequest: Schema.Schema<CreateAudienceGroupRequest> = Schema.Struct({
  description: name,
  isIfaAudience,
  uploadDescription,
  audiences: Schema.optional(Limit.items(Audience, 0, 10_000))
}).annotations({ identifier: "CreateAudienceGroupRequest" })

/**
 * Ids to add to an audience.
 *
 * @since 0.1.0
 * @category models
 */
export interface AddAudienceToAudienceGroupRequest extends Uploading {
  readonly audienceGroupId: number
  /** 1 to 10,000, of the kind that the audience was made of. */
  readonly audiences: ReadonlyArray<Audience>
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const AddAudienceToAudienceGroupRequest: Schema.Schema<AddAudienceToAudienceGroupRequest> = Schema.Struct({
  audienceGroupId: AudienceGroupId,
  uploadDescription,
  audiences: Limit.items(Audience, 1, 10_000)
}).annotations({ identifier: "AddAudienceToAudienceGroupRequest" })

interface Lines {
  /** A text with one id a line, at most 1,500,000. */
  readonly file: Operation.File
}

/**
 * An audience to make of a file of ids.
 *
 * @since 0.1.0
 * @category models
 */
export interface CreateAudienceForUploadingUserIdsRequest extends Named, Identifying, Uploading, Lines {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const CreateAudienceForUploadingUserIdsRequest: Schema.Schema<CreateAudienceForUploadingUserIdsRequest> =
  Schema.Struct({ description: name, isIfaAudience, uploadDescription, file: Operation.File }).annotations({
    identifier: "CreateAudienceForUploadingUserIdsRequest"
  })

/**
 * A file of ids to add to an audience.
 *
 * @since 0.1.0
 * @category models
 */
export interface AddUserIdsToAudienceRequest extends Uploading, Lines {
  readonly audienceGroupId: number
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const AddUserIdsToAudienceRequest: Schema.Schema<AddUserIdsToAudienceRequest> = Schema.Struct({
  audienceGroupId: AudienceGroupId,
  uploadDescription,
  file: Operation.File
}).annotations({ identifier: "AddUserIdsToAudienceRequest" })

/**
 * An audience to make of those who saw a message.
 *
 * @since 0.1.0
 * @category models
 */
export interface CreateImpBasedAudienceGroupRequest extends Named {
  /** The `requestId` of the broadcast's or narrowcast's receipt, at most 60 days old. */
  readonly requestId: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const CreateImpBasedAudienceGroupRequest: Schema.Schema<CreateImpBasedAudienceGroupRequest> = Schema.Struct({
  description: name,
  requestId: Limit.NonEmpty
}).annotations({ identifier: "CreateImpBasedAudienceGroupRequest" })

/**
 * An audience to make of those who tapped a link in a message.
 *
 * @since 0.1.0
 * @category models
 */
export interface CreateClickBasedAudienceGroupRequest extends CreateImpBasedAudienceGroupRequest {
  /** The link, as it stands in the message, at most 2,000 UTF-16 code units; any link unless set, or if empty. */
  readonly clickUrl?: string | undefined
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const CreateClickBasedAudienceGroupRequest: Schema.Schema<CreateClickBasedAudienceGroupRequest> = Schema.Struct({
  description: name,
  requestId: Limit.NonEmpty,
  clickUrl: Schema.optional(Limit.text(2000, 0))
}).annotations({ identifier: "CreateClickBasedAudienceGroupRequest" })

/**
 * The new name of an audience.
 *
 * @since 0.1.0
 * @category models
 */
export interface UpdateAudienceGroupDescriptionRequest extends Named {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const UpdateAudienceGroupDescriptionRequest: Schema.Schema<UpdateAudienceGroupDescriptionRequest> =
  Schema.Struct({ description: name }).annotations({ identifier: "UpdateAudienceGroupDescriptionRequest" })

interface Listing {
  /** The page to begin with, from 1; the first unless set. */
  readonly page?: number | undefined
  /** A part of the name, in upper or lower case. */
  readonly description?: string | undefined
  readonly status?: AudienceGroupStatus | undefined
  /** The size of a page: from 1 to 40, 20 unless set. */
  readonly size?: number | undefined
}

/**
 * Which audiences to list. Of several of `description`, `status` and `createRoute`, one that fits is enough.
 *
 * @since 0.1.0
 * @category models
 */
export interface AudienceGroupsRequest extends Listing {
  /** Whether public audiences of the bot's other channels are listed too; they are unless set. */
  readonly includesExternalPublicGroups?: boolean | undefined
  readonly createRoute?: (typeof ownRoutes)[number] | undefined
}

/**
 * Which shared audiences to list. Of several of `description`, `status` and `createRoute`, one that fits is enough.
 *
 * @since 0.1.0
 * @category models
 */
export interface SharedAudienceGroupsRequest extends Listing {
  readonly createRoute?: AudienceGroupCreateRoute | undefined
  /** Whether the account's own audiences are listed too; not unless set. */
  readonly includesOwnedAudienceGroups?: boolean | undefined
}

const page = Limit.integer(1)

const listing = {
  description: Schema.optional(Schema.String),
  status: Schema.optional(AudienceGroupStatus),
  size: Schema.optional(Limit.integer(1, 40))
}

const patience = Operation.patience("30 seconds")

/**
 * Makes an audience of up to 10,000 ids. LINE works on it after it has answered: wait with {@link awaitReady}. An id of
 * the wrong form is a `BadRequest`; somebody who is no friend of the bot is in the audience, and is sent nothing. It is
 * never repeated by itself where LINE may have made the audience: after an error that `LineError.isAmbiguous`, look for
 * it among the {@link audienceGroups}. LINE silently leaves out the ids of people who have not agreed to its privacy
 * policy of 2022. At most 60 calls a minute.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Audiences from "line-effect/Audiences"
 * import * as Message from "line-effect/Message"
 * import * as Messaging from "line-effect/Messaging"
 * import * as Recipient from "line-effect/Recipient"
 *
 * const invite = (userIds: ReadonlyArray<string>) =>
 *   Effect.gen(function* () {
 *     const { audienceGroupId } = yield* Audiences.createAudienceGroup({
 *       description: "Guests of the opening",
 *       audiences: userIds.map((id) => ({ id }))
 *     })
 *     yield* Audiences.awaitReady({ audienceGroupId })
 *     return yield* Messaging.narrowcast({
 *       messages: [Message.text("You are invited!")],
 *       recipient: Recipient.audience(audienceGroupId)
 *     })
 *   })
 * ```
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#create-upload-audience-group
 * @since 0.1.0
 * @category operations
 */
export const createAudienceGroup = Operation.post("createAudienceGroup", "/v2/bot/audienceGroup/upload", {
  body: CreateAudienceGroupRequest,
  success: CreatedAudienceGroup,
  patience
})

/**
 * Adds up to 10,000 ids to an audience that was made of ids; none can be taken out again. The audience stays `"READY"`
 * while LINE works on it: give the upload an `uploadDescription` of its own, and wait with {@link awaitAdded}. Adding
 * somebody twice does no harm. `RateLimited` if LINE still works on 10 uploads to the audience. At most 60 calls a
 * minute.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#update-upload-audience-group
 * @since 0.1.0
 * @category operations
 */
export const addAudienceToAudienceGroup = Operation.put("addAudienceToAudienceGroup", "/v2/bot/audienceGroup/upload", {
  body: AddAudienceToAudienceGroupRequest,
  repeat: "safe",
  patience
})

/**
 * Makes an audience of a file of up to 1,500,000 ids, one a line, as {@link createAudienceGroup} does. A stream goes over
 * the wire as it runs. If it fails, the call fails with `InvalidRequest` and no audience is made. At most 60 calls a
 * minute.
 *
 * @example
 * ```ts
 * import * as Stream from "effect/Stream"
 * import * as Audiences from "line-effect/Audiences"
 *
 * const upload = <E>(userIds: Stream.Stream<string, E>) =>
 *   Audiences.createAudienceForUploadingUserIds({
 *     description: "Everybody who bought something",
 *     file: userIds.pipe(
 *       Stream.map((id) => `${id}\n`),
 *       Stream.encodeText
 *     )
 *   })
 * ```
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#create-upload-audience-group-by-file
 * @since 0.1.0
 * @category operations
 */
export const createAudienceForUploadingUserIds = Operation.upload(
  "POST",
  "createAudienceForUploadingUserIds",
  "/v2/bot/audienceGroup/upload/byFile",
  { body: CreateAudienceForUploadingUserIdsRequest, encoding: "multipart", success: CreatedAudienceGroup, patience }
)

/**
 * Adds a file of up to 1,500,000 ids, one a line, to an audience, as {@link addAudienceToAudienceGroup} does. At most 60
 * calls a minute.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#update-upload-audience-group-by-file
 * @since 0.1.0
 * @category operations
 */
export const addUserIdsToAudience = Operation.upload(
  "PUT",
  "addUserIdsToAudience",
  "/v2/bot/audienceGroup/upload/byFile",
  { body: AddUserIdsToAudienceRequest, encoding: "multipart", repeat: "safe", patience }
)

/**
 * Makes an audience of those who tapped a link in a broadcast or narrowcast, at least 50 of them. There is one for each
 * request and link: another is a `BadRequest`. So is one that comes before LINE is ready to make an audience of the
 * request. It is never repeated by itself where LINE may have made the audience. At most 60 calls a minute.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#create-click-audience-group
 * @since 0.1.0
 * @category operations
 */
export const createClickBasedAudienceGroup = Operation.post(
  "createClickBasedAudienceGroup",
  "/v2/bot/audienceGroup/click",
  { body: CreateClickBasedAudienceGroupRequest, success: CreatedAudienceGroup }
)

/**
 * Makes an audience of those who saw a broadcast or narrowcast, at least 50 of them. There is one for each request:
 * another is a `BadRequest`. So is one that comes before LINE is ready to make an audience of the request. It is never
 * repeated by itself where LINE may have made the audience. At most 60 calls a minute.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#create-imp-audience-group
 * @since 0.1.0
 * @category operations
 */
export const createImpBasedAudienceGroup = Operation.post("createImpBasedAudienceGroup", "/v2/bot/audienceGroup/imp", {
  body: CreateImpBasedAudienceGroupRequest,
  success: CreatedAudienceGroup
})

/**
 * Renames an audience. At most 60 calls a minute.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#set-description-audience-group
 * @since 0.1.0
 * @category operations
 */
export const updateAudienceGroupDescription = Operation.put(
  "updateAudienceGroupDescription",
  "/v2/bot/audienceGroup/{audienceGroupId}/updateDescription",
  { path: { audienceGroupId: AudienceGroupId }, body: UpdateAudienceGroupDescriptionRequest, repeat: "safe" }
)

/**
 * Deletes an audience for good. `BadRequest` if LINE does not know it, be it that an earlier attempt of this call, whose
 * answer was lost, deleted it. At most 60 calls a minute.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#delete-audience-group
 * @since 0.1.0
 * @category operations
 */
export const deleteAudienceGroup = Operation.del("deleteAudienceGroup", "/v2/bot/audienceGroup/{audienceGroupId}", {
  path: { audienceGroupId: AudienceGroupId }
})

/**
 * All about an audience, and how far the uploads to it are. At most 60 calls a minute.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-audience-group
 * @since 0.1.0
 * @category operations
 */
export const getAudienceData = Operation.get("getAudienceData", "/v2/bot/audienceGroup/{audienceGroupId}", {
  path: { audienceGroupId: AudienceGroupId },
  success: AudienceData
})

/**
 * A page of audiences, up to 20 unless `size` says otherwise (at most 40). Of several of `description`, `status` and
 * `createRoute`, one that fits is enough. Go on with the next `page` while `hasNextPage`; {@link audienceGroups} does. At
 * most 60 calls a minute.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-audience-groups
 * @since 0.1.0
 * @category operations
 */
export const getAudienceGroups = Operation.get("getAudienceGroups", "/v2/bot/audienceGroup/list", {
  query: {
    page,
    ...listing,
    includesExternalPublicGroups: Schema.optional(Schema.Boolean),
    createRoute: Schema.optional(Schema.Literal(...ownRoutes))
  },
  success: AudienceGroups
})

/**
 * All about an audience that is shared with the account in Business Manager. At most 60 calls a minute.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-shared-audience
 * @since 0.1.0
 * @category operations
 */
export const getSharedAudienceData = Operation.get(
  "getSharedAudienceData",
  "/v2/bot/audienceGroup/shared/{audienceGroupId}",
  { path: { audienceGroupId: AudienceGroupId }, success: SharedAudienceData }
)

/**
 * A page of the audiences that are shared with the account in Business Manager, as {@link getAudienceGroups} lists the
 * others; {@link sharedAudienceGroups} goes on. At most 60 calls a minute.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-shared-audience-list
 * @since 0.1.0
 * @category operations
 */
export const getSharedAudienceGroups = Operation.get("getSharedAudienceGroups", "/v2/bot/audienceGroup/shared/list", {
  query: {
    page: Schema.optional(page),
    ...listing,
    createRoute: Schema.optional(AudienceGroupCreateRoute),
    includesOwnedAudienceGroups: Schema.optional(Schema.Boolean)
  },
  success: AudienceGroups
})

/** The audiences from a page on. A page may be short, or empty, without being the last. */
const across = <E, R>(
  first: number | undefined,
  ask: (page: number) => Effect.Effect<AudienceGroups, E, R>
): Stream.Stream<AudienceGroup, E, R> =>
  Stream.paginateChunkEffect(first ?? 1, (page) =>
    Effect.map(ask(page), ({ audienceGroups, hasNextPage }) => [
      Chunk.unsafeFromArray(audienceGroups),
      hasNextPage ? Option.some(page + 1) : Option.none()
    ])
  )

/**
 * The audiences, page by page as they are needed, from `page` on. LINE numbers the pages anew when an audience is made or
 * deleted, so that meanwhile one may come twice or not at all.
 *
 * @example
 * ```ts
 * import * as Stream from "effect/Stream"
 * import * as Audiences from "line-effect/Audiences"
 *
 * const find = (description: string) =>
 *   Audiences.audienceGroups({ description, size: 40 }).pipe(
 *     Stream.filter((audience) => audience.description === description),
 *     Stream.runHead
 *   )
 * ```
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-audience-groups
 * @since 0.1.0
 * @category streams
 */
export const audienceGroups = (
  request: AudienceGroupsRequest = {}
): Stream.Stream<AudienceGroup, LineError.Common | LineError.InvalidResponse, LineClient.LineClient> =>
  across(request.page, (page) => getAudienceGroups({ ...request, page }))

/**
 * The audiences that are shared with the account in Business Manager, page by page as they are needed, from `page` on.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-shared-audience-list
 * @since 0.1.0
 * @category streams
 */
export const sharedAudienceGroups = (
  request: SharedAudienceGroupsRequest = {}
): Stream.Stream<AudienceGroup, LineError.Common | LineError.InvalidResponse, LineClient.LineClient> =>
  across(request.page, (page) => getSharedAudienceGroups({ ...request, page }))

const named = (value: string | Unknown.Unknown | null | undefined): string =>
  typeof value === "string" ? value : (value?.originalType ?? "no reason given")

/**
 * The audience will not be ready: it failed, which `failedType` explains, it has expired, or it was made elsewhere and is
 * inactive. Make another, or activate it where it was made.
 *
 * @since 0.1.0
 * @category errors
 */
export class Unusable extends Data.TaggedError("LineAudienceUnusable")<{
  readonly audienceGroupId: number
  readonly status: "FAILED" | "EXPIRED" | "INACTIVE"
  readonly failedType: AudienceGroup["failedType"]
}> {
  override get message(): string {
    const reason = this.status === "FAILED" ? `FAILED (${named(this.failedType)})` : this.status
    return `audience ${this.audienceGroupId} cannot be used: ${reason}`
  }
}

/**
 * LINE has not added the ids of an upload to the audience; `job.failedType` explains why. Add them again, with another
 * `uploadDescription`.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotAdded extends Data.TaggedError("LineAudienceNotAdded")<{
  readonly audienceGroupId: number
  readonly job: AudienceGroupJob
}> {
  override get message(): string {
    const { audienceGroupJobId, failedType } = this.job
    return `audience ${this.audienceGroupId}: job ${audienceGroupJobId} has added nobody: ${named(failedType)}`
  }
}

/** Soon at first, for audiences of few, and then once a minute: the limit of 60 calls a minute is for all audiences. */
const usual = Schedule.union(Schedule.exponential("5 seconds", 1.5), Schedule.spaced("1 minute"))

type Unfinished = Wait.NotFinished | Wait.Lasting<LineError.Common | LineError.InvalidResponse>

type Verdict<E> = (data: AudienceData) => Option.Option<Either.Either<AudienceData, E>>

const wait = <E>(
  audienceGroupId: number,
  { deadline = "6 hours", schedule = usual }: Wait.Options,
  result: Verdict<E>
): Effect.Effect<AudienceData, E | Unfinished, LineClient.LineClient> =>
  Effect.flatten(
    Wait.until(`audience ${audienceGroupId}`, getAudienceData({ audienceGroupId }), { result, schedule, deadline })
  )

const readiness: Verdict<Unusable> = (data) => {
  const { audienceGroupId, failedType, status } = data.audienceGroup
  switch (status) {
    case "READY":
      return Option.some(Either.right(data))
    case "FAILED":
    case "EXPIRED":
    case "INACTIVE":
      return Option.some(Either.left(new Unusable({ audienceGroupId, status, failedType })))
    default:
      return Option.none()
  }
}

/**
 * Waits until an audience is `"READY"`, and fails with {@link Unusable} if it cannot be any more. It asks after 5 seconds
 * at first and less and less often, once a minute in the end, and for 6 hours, unless `options` say otherwise.
 *
 * An audience that is empty, or of a message that fewer than 50 people saw or tapped, stays `"IN_PROGRESS"`: give it a
 * `deadline`.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Audiences from "line-effect/Audiences"
 *
 * const size = (audienceGroupId: number) =>
 *   Audiences.awaitReady({ audienceGroupId }, { deadline: "1 day" }).pipe(
 *     Effect.map(({ audienceGroup }) => audienceGroup.audienceCount),
 *     Effect.catchTag("LineAudienceUnusable", () => Effect.succeed(0))
 *   )
 * ```
 *
 * @see https://developers.line.biz/en/docs/messaging-api/sending-messages/#get-audience-status
 * @since 0.1.0
 * @category waiters
 */
export const awaitReady = (
  request: { readonly audienceGroupId: number },
  options: Wait.Options = {}
): Effect.Effect<AudienceData, Unusable | Unfinished, LineClient.LineClient> =>
  wait(request.audienceGroupId, options, readiness)

/**
 * Waits until an audience is `"READY"` and LINE has added the uploads of an `uploadDescription`, and fails with
 * {@link NotAdded} if one of them failed. It heeds no others. It waits as {@link awaitReady} does.
 *
 * Give each upload a description of its own, such as the date and a number, and a new one when you add ids again: LINE
 * goes on listing what failed, and may list an upload a while after it has accepted it.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 * import * as Audiences from "line-effect/Audiences"
 *
 * const add = (audienceGroupId: number, file: Stream.Stream<Uint8Array>, uploadDescription: string) =>
 *   Audiences.addUserIdsToAudience({ audienceGroupId, file, uploadDescription }).pipe(
 *     Effect.zipRight(Audiences.awaitAdded({ audienceGroupId, uploadDescription }))
 *   )
 * ```
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-audience-group
 * @since 0.1.0
 * @category waiters
 */
export const awaitAdded = (
  request: { readonly audienceGroupId: number; readonly uploadDescription: string },
  options: Wait.Options = {}
): Effect.Effect<AudienceData, NotAdded | Unusable | Unfinished, LineClient.LineClient> =>
  wait<NotAdded | Unusable>(request.audienceGroupId, options, (data) => {
    const { audienceGroupId, uploadDescription } = request
    const jobs = data.jobs.filter((job) => job.description === uploadDescription)
    const failed = jobs.find((job) => job.jobStatus === "FAILED")
    if (failed !== undefined) return Option.some(Either.left(new NotAdded({ audienceGroupId, job: failed })))
    // LINE may list an upload a while after it has accepted it.
    const added = jobs.length > 0 && jobs.every((job) => job.jobStatus === "FINISHED")
    return Option.filter(readiness(data), (verdict) => added || Either.isLeft(verdict))
  })
