/**
 * The rich menus of a channel: menus, their images and aliases, the default menu, and the menus of single users; and
 * {@link apply}, which brings all of them to what a program describes.
 *
 * LINE changes neither a menu nor its image: a changed menu is a new one. It shows a user the menu that is linked to
 * them, else the channel's default, else the one of LINE Official Account Manager, whose menus are not in this API.
 *
 * @see https://developers.line.biz/en/docs/messaging-api/using-rich-menus/
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Action from "./Action.js"
import * as Check from "./internal/Check.js"
import * as Id from "./internal/Id.js"
import * as Limit from "./internal/Limit.js"
import * as RichMenuPlan from "./internal/RichMenuPlan.js"
import * as RichMenuRun from "./internal/RichMenuRun.js"
import * as Tolerant from "./internal/Tolerant.js"
import type * as LineClient from "./LineClient.js"
import * as LineError from "./LineError.js"
import * as Operation from "./Operation.js"
import * as RateLimit from "./RateLimit.js"
import * as RichMenu from "./RichMenu.js"
import type * as Unknown from "./Unknown.js"
import * as Wait from "./Wait.js"

/**
 * A rich menu as LINE keeps it. An action that this version does not know is `Unknown`.
 *
 * @since 0.1.0
 * @category models
 */
export interface RichMenuResponse extends Omit<RichMenu.RichMenu, "areas"> {
  readonly richMenuId: string
  readonly areas: ReadonlyArray<{
    readonly bounds: RichMenu.Bounds
    readonly action: Action.RichMenuAction | Unknown.Unknown
  }>
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const RichMenuResponse: Schema.Schema<RichMenuResponse, unknown> = Tolerant.struct({
  richMenuId: Schema.String,
  size: Schema.Struct({ width: Schema.Number, height: Schema.Number }),
  selected: Schema.Boolean,
  name: Schema.String,
  chatBarText: Schema.String,
  areas: Schema.Array(
    Tolerant.struct({
      bounds: Schema.Struct({ x: Schema.Number, y: Schema.Number, width: Schema.Number, height: Schema.Number }),
      action: Tolerant.union(Action.RichMenuAction)
    })
  )
}).annotations({ identifier: "RichMenuResponse" })

/**
 * The menus of a channel.
 *
 * @since 0.1.0
 * @category models
 */
export interface RichMenuList {
  readonly richmenus: ReadonlyArray<RichMenuResponse>
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const RichMenuList: Schema.Schema<RichMenuList, unknown> = Tolerant.struct({
  richmenus: Schema.Array(RichMenuResponse)
}).annotations({ identifier: "RichMenuList" })

/**
 * Which menu it is.
 *
 * @since 0.1.0
 * @category models
 */
export interface RichMenuIdResponse {
  readonly richMenuId: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const RichMenuIdResponse: Schema.Schema<RichMenuIdResponse> = Schema.Struct({
  richMenuId: Schema.String
}).annotations({ identifier: "RichMenuIdResponse" })

/**
 * The image of a menu.
 *
 * @since 0.1.0
 * @category models
 */
export interface SetRichMenuImageRequest {
  /** A JPEG or PNG of at most 1 MB, of a size that a menu may have. */
  readonly image: Operation.File
  readonly contentType: ContentType
}

/**
 * The type of an image.
 *
 * @since 0.1.0
 * @category models
 */
export type ContentType = "image/jpeg" | "image/png"

const ContentType = Schema.Literal("image/jpeg", "image/png")

const maximumImage = 1024 * 1024

const imageFits = <A extends { readonly image: Operation.File }>({ image }: A) => {
  const size = image instanceof Uint8Array ? image.length : 0
  return size <= maximumImage
    ? []
    : [{ path: ["image"], message: `must have at most ${maximumImage} bytes (1 MB), but has ${size}` }]
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const SetRichMenuImageRequest: Schema.Schema<SetRichMenuImageRequest> = Schema.Struct({
  image: Operation.File,
  contentType: ContentType
})
  .pipe(Limit.whole<SetRichMenuImageRequest>(imageFits))
  .annotations({ identifier: "SetRichMenuImageRequest" })

/**
 * A name by which a program, and the `richmenuswitch` actions of menus, know a menu although its id changes with it.
 *
 * @since 0.1.0
 * @category models
 */
export interface RichMenuAlias {
  /** 1 to 32 lower-case letters, digits, hyphens and underscores. */
  readonly richMenuAliasId: string
  readonly richMenuId: string
}

const aliasFields = { richMenuAliasId: Schema.String, richMenuId: Schema.String }

/**
 * @since 0.1.0
 * @category schemas
 */
export const RichMenuAlias: Schema.Schema<RichMenuAlias> = Schema.Struct(aliasFields).annotations({
  identifier: "RichMenuAlias"
})

/**
 * The aliases of a channel.
 *
 * @since 0.1.0
 * @category models
 */
export interface RichMenuAliasList {
  readonly aliases: ReadonlyArray<RichMenuAlias>
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const RichMenuAliasList: Schema.Schema<RichMenuAliasList> = Schema.Struct({
  aliases: Schema.Array(RichMenuAlias)
}).annotations({ identifier: "RichMenuAliasList" })

/**
 * @since 0.1.0
 * @category models
 */
export interface CreateRichMenuAliasRequest extends RichMenuAlias {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const CreateRichMenuAliasRequest: Schema.Schema<CreateRichMenuAliasRequest> = Schema.Struct({
  richMenuAliasId: RichMenu.RichMenuAliasId,
  richMenuId: RichMenu.RichMenuId
}).annotations({ identifier: "CreateRichMenuAliasRequest" })

/**
 * @since 0.1.0
 * @category models
 */
export interface UpdateRichMenuAliasRequest {
  /** The menu that the alias is for from now on. */
  readonly richMenuId: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const UpdateRichMenuAliasRequest: Schema.Schema<UpdateRichMenuAliasRequest> = Schema.Struct({
  richMenuId: RichMenu.RichMenuId
}).annotations({ identifier: "UpdateRichMenuAliasRequest" })

/**
 * @since 0.1.0
 * @category models
 */
export interface UnlinkRichMenuIdFromUsersRequest {
  /** 1 to 500 users. */
  readonly userIds: ReadonlyArray<string>
}

const userIds = Limit.items(Id.UserId, 1, 500)

/**
 * @since 0.1.0
 * @category schemas
 */
export const UnlinkRichMenuIdFromUsersRequest: Schema.Schema<UnlinkRichMenuIdFromUsersRequest> = Schema.Struct({
  userIds
}).annotations({ identifier: "UnlinkRichMenuIdFromUsersRequest" })

/**
 * @since 0.1.0
 * @category models
 */
export interface LinkRichMenuIdToUsersRequest extends UnlinkRichMenuIdFromUsersRequest {
  /** A menu that has its image. */
  readonly richMenuId: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const LinkRichMenuIdToUsersRequest: Schema.Schema<LinkRichMenuIdToUsersRequest> = Schema.Struct({
  richMenuId: RichMenu.RichMenuId,
  userIds
}).annotations({ identifier: "LinkRichMenuIdToUsersRequest" })

/**
 * Changes to the menus of all users.
 *
 * @since 0.1.0
 * @category models
 */
export interface RichMenuBatchRequest {
  /** At most 1,000, with each menu at most once as `from`. */
  readonly operations: ReadonlyArray<RichMenu.BatchOperation>
  /**
   * The key of an earlier call, to go on where it stopped: 1 to 100 letters, digits, hyphens and underscores, good for 14
   * days. Each call makes its own unless given.
   */
  readonly resumeRequestKey?: string | undefined
}

const consistent = ({ operations }: RichMenuBatchRequest): ReadonlyArray<Schema.FilterIssue> => {
  const seen = new Set<string>()
  return operations.flatMap((operation, index) => {
    if (operation.type === "unlinkAll") {
      const message = "must not be given beside other operations if it is unlinkAll"
      return operations.length === 1 ? [] : [{ path: ["operations", index, "type"], message }]
    }
    const isKnown = seen.has(operation.from)
    seen.add(operation.from)
    const message = "must not be given twice: each menu is changed once"
    return isKnown ? [{ path: ["operations", index, "from"], message }] : []
  })
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const RichMenuBatchRequest: Schema.Schema<RichMenuBatchRequest> = Schema.Struct({
  operations: Limit.items(RichMenu.BatchOperation, 0, 1000),
  resumeRequestKey: Schema.optional(
    Limit.pattern(/^[a-zA-Z0-9_-]{1,100}$/, "1 to 100 letters, digits, hyphens or underscores")
  )
})
  .pipe(Limit.whole<RichMenuBatchRequest>(consistent))
  .annotations({ identifier: "RichMenuBatchRequest" })

/**
 * How far a batch is. The times are ISO 8601.
 *
 * @since 0.1.0
 * @category models
 */
export interface RichMenuBatchProgress {
  readonly phase: "ongoing" | "succeeded" | "failed" | Unknown.Unknown
  readonly acceptedTime: string
  /** When it ended, if it has. */
  readonly completedTime?: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const RichMenuBatchProgress: Schema.Schema<RichMenuBatchProgress, unknown> = Tolerant.struct({
  phase: Tolerant.enumeration("ongoing", "succeeded", "failed"),
  acceptedTime: Schema.String,
  completedTime: Schema.optionalWith(Schema.String, { exact: true })
}).annotations({ identifier: "RichMenuBatchProgress" })

const path = { richMenuId: RichMenu.RichMenuId }

// In the place of a user, LINE takes "all" for the default menu of everybody.
const oneUser = {
  userId: Id.UserId.pipe(
    Limit.whole((userId) => userId !== "all" || "must be the id of one user", {
      _tag: "Pattern",
      expected: "the id of one user"
    })
  )
}

const aliasPath = { richMenuAliasId: RichMenu.RichMenuAliasId }

/**
 * Creates a menu, which is shown once it has its image ({@link setRichMenuImage}) and is linked or the default. A
 * channel has at most 1,000. After an ambiguous failure look for it with {@link getRichMenuList}. At most 100 calls an
 * hour.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#create-rich-menu
 * @since 0.1.0
 * @category operations
 */
export const createRichMenu = Operation.post("createRichMenu", "/v2/bot/richmenu", {
  body: RichMenu.RichMenu,
  success: RichMenuIdResponse
})

/**
 * Lets LINE check a menu without creating it; `BadRequest` says what is wrong.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#validate-rich-menu-object
 * @since 0.1.0
 * @category operations
 */
export const validateRichMenuObject = Operation.post("validateRichMenuObject", "/v2/bot/richmenu/validate", {
  body: RichMenu.RichMenu,
  repeat: "safe"
})

/**
 * The image of a menu. `NotFound` if there is no such menu or it has no image.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#download-rich-menu-image
 * @since 0.1.0
 * @category operations
 */
export const getRichMenuImage = Operation.download("getRichMenuImage", "/v2/bot/richmenu/{richMenuId}/content", {
  path,
  errors: [LineError.NotFound]
})

/**
 * Uploads the image of a menu, once: an image cannot be replaced. `BadRequest` if the menu has one, or if its width and
 * height are not allowed. LINE refuses any other kind of file with `Rejected` and the status 415.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import type * as RichMenu from "line-effect/RichMenu"
 * import * as RichMenus from "line-effect/RichMenus"
 *
 * const create = (menu: RichMenu.RichMenu, image: Uint8Array) =>
 *   Effect.gen(function* () {
 *     const { richMenuId } = yield* RichMenus.createRichMenu(menu)
 *     yield* RichMenus.setRichMenuImage({ richMenuId, image, contentType: "image/png" })
 *     return richMenuId
 *   })
 * ```
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#upload-rich-menu-image
 * @since 0.1.0
 * @category operations
 */
export const setRichMenuImage = Operation.upload("POST", "setRichMenuImage", "/v2/bot/richmenu/{richMenuId}/content", {
  path,
  body: SetRichMenuImageRequest,
  encoding: "file",
  errors: [LineError.NotFound]
})

/**
 * A menu by its id.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-rich-menu
 * @since 0.1.0
 * @category operations
 */
export const getRichMenu = Operation.get("getRichMenu", "/v2/bot/richmenu/{richMenuId}", {
  path,
  success: RichMenuResponse,
  errors: [LineError.NotFound]
})

/**
 * Deletes a menu. Users who have it linked lose it, and see the default menu when they open the chat again. At most 100
 * calls an hour.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#delete-rich-menu
 * @since 0.1.0
 * @category operations
 */
export const deleteRichMenu = Operation.del("deleteRichMenu", "/v2/bot/richmenu/{richMenuId}", {
  path,
  errors: [LineError.NotFound]
})

/**
 * All menus of the channel. At most 10 calls a second.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-rich-menu-list
 * @since 0.1.0
 * @category operations
 */
export const getRichMenuList = Operation.get("getRichMenuList", "/v2/bot/richmenu/list", { success: RichMenuList })

/**
 * Makes a menu the default, for everybody who has none linked. It is there when they open the chat again, within a
 * minute. `BadRequest` if it has no image.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#set-default-rich-menu
 * @since 0.1.0
 * @category operations
 */
export const setDefaultRichMenu = Operation.post("setDefaultRichMenu", "/v2/bot/user/all/richmenu/{richMenuId}", {
  path,
  errors: [LineError.NotFound],
  repeat: "safe"
})

/**
 * The default menu. `NotFound` if there is none, `Forbidden` if it is another channel's.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-default-rich-menu-id
 * @since 0.1.0
 * @category operations
 */
export const getDefaultRichMenuId = Operation.get("getDefaultRichMenuId", "/v2/bot/user/all/richmenu", {
  success: RichMenuIdResponse,
  errors: [LineError.NotFound]
})

/**
 * Makes no menu the default.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#clear-default-rich-menu
 * @since 0.1.0
 * @category operations
 */
export const cancelDefaultRichMenu = Operation.del("cancelDefaultRichMenu", "/v2/bot/user/all/richmenu", {})

/**
 * Creates an alias of a menu that has its image. A channel has at most 1,000. `BadRequest` if there is no such menu, it
 * has no image, or the alias exists.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#create-rich-menu-alias
 * @since 0.1.0
 * @category operations
 */
export const createRichMenuAlias = Operation.post("createRichMenuAlias", "/v2/bot/richmenu/alias", {
  body: CreateRichMenuAliasRequest
})

/**
 * Which menu an alias is for. LINE takes the id `list` for {@link getRichMenuAliasList}: read that one there, here it
 * fails with `InvalidResponse`.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-rich-menu-alias-information
 * @since 0.1.0
 * @category operations
 */
export const getRichMenuAlias = Operation.get("getRichMenuAlias", "/v2/bot/richmenu/alias/{richMenuAliasId}", {
  path: aliasPath,
  success: RichMenuAlias,
  errors: [LineError.NotFound]
})

/**
 * Switches an alias to another menu. LINE keeps aliases for a while, so a tap may lead to the old menu at first.
 * `BadRequest` if there is no such menu or it has no image.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#update-rich-menu-alias
 * @since 0.1.0
 * @category operations
 */
export const updateRichMenuAlias = Operation.post("updateRichMenuAlias", "/v2/bot/richmenu/alias/{richMenuAliasId}", {
  path: aliasPath,
  body: UpdateRichMenuAliasRequest,
  errors: [LineError.NotFound],
  repeat: "safe"
})

/**
 * Deletes an alias; its menu stays. At most 100 calls an hour.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#delete-rich-menu-alias
 * @since 0.1.0
 * @category operations
 */
export const deleteRichMenuAlias = Operation.del("deleteRichMenuAlias", "/v2/bot/richmenu/alias/{richMenuAliasId}", {
  path: aliasPath,
  errors: [LineError.NotFound]
})

/**
 * All aliases of the channel.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-rich-menu-alias-list
 * @since 0.1.0
 * @category operations
 */
export const getRichMenuAliasList = Operation.get("getRichMenuAliasList", "/v2/bot/richmenu/alias/list", {
  success: RichMenuAliasList
})

/**
 * The menu that is linked to a user; `NotFound` if none is.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-rich-menu-id-of-user
 * @since 0.1.0
 * @category operations
 */
export const getRichMenuIdOfUser = Operation.get("getRichMenuIdOfUser", "/v2/bot/user/{userId}/richmenu", {
  path: oneUser,
  success: RichMenuIdResponse,
  errors: [LineError.NotFound]
})

/**
 * Unlinks the menu of a user, who then sees the default menu.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#unlink-rich-menu-from-user
 * @since 0.1.0
 * @category operations
 */
export const unlinkRichMenuIdFromUser = Operation.del("unlinkRichMenuIdFromUser", "/v2/bot/user/{userId}/richmenu", {
  path: oneUser
})

/**
 * Links a menu to a user, in place of the one that was, at once. A user who is no friend of the bot, or has blocked it,
 * gets none and no error says so. `BadRequest` if the menu has no image.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#link-rich-menu-to-user
 * @since 0.1.0
 * @category operations
 */
export const linkRichMenuIdToUser = Operation.post(
  "linkRichMenuIdToUser",
  "/v2/bot/user/{userId}/richmenu/{richMenuId}",
  { path: { ...oneUser, ...path }, errors: [LineError.NotFound], repeat: "safe" }
)

/**
 * Links a menu to up to 500 users, as {@link linkRichMenuIdToUser} does. LINE works on it after it has answered, for
 * some seconds; nothing is linked if the call fails.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#link-rich-menu-to-users
 * @since 0.1.0
 * @category operations
 */
export const linkRichMenuIdToUsers = Operation.post("linkRichMenuIdToUsers", "/v2/bot/richmenu/bulk/link", {
  body: LinkRichMenuIdToUsersRequest,
  errors: [LineError.NotFound],
  repeat: "safe"
})

/**
 * Unlinks the menus of up to 500 users. LINE works on it after it has answered, for some seconds; nothing is unlinked if
 * the call fails.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#unlink-rich-menus-from-users
 * @since 0.1.0
 * @category operations
 */
export const unlinkRichMenuIdFromUsers = Operation.post("unlinkRichMenuIdFromUsers", "/v2/bot/richmenu/bulk/unlink", {
  body: UnlinkRichMenuIdFromUsersRequest,
  repeat: "safe"
})

/**
 * Replaces or unlinks the menus of all users who have certain ones linked. LINE works on it after it has answered: follow
 * it with {@link awaitBatch}. A batch that failed goes on where it stopped if it is sent again with the same
 * `resumeRequestKey`, within 14 days. `NotFound` if there is no such menu, `BadRequest` if `to` has no image. At most 3
 * calls an hour.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as RichMenu from "line-effect/RichMenu"
 * import * as RichMenus from "line-effect/RichMenus"
 *
 * const replace = (from: string, to: string) => {
 *   const batch = (resumeRequestKey?: string) =>
 *     RichMenus.richMenuBatch({ operations: [RichMenu.link({ from, to })], resumeRequestKey }).pipe(
 *       Effect.flatMap((accepted) => RichMenus.awaitBatch(accepted))
 *     )
 *   // Once more, from where it stopped.
 *   return Effect.catchTag(batch(), "LineRichMenuBatchFailed", ({ resumeRequestKey }) => batch(resumeRequestKey))
 * }
 * ```
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#batch-control-rich-menus-of-users
 * @since 0.1.0
 * @category operations
 */
export const richMenuBatch = Operation.resume("richMenuBatch", "/v2/bot/richmenu/batch", RichMenuBatchRequest, [
  LineError.NotFound
])

/**
 * Lets LINE check a batch without carrying it out; `BadRequest` or `NotFound` says what is wrong.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#validate-batch-control-rich-menus-request
 * @since 0.1.0
 * @category operations
 */
export const validateRichMenuBatchRequest = Operation.post(
  "validateRichMenuBatchRequest",
  "/v2/bot/richmenu/validate/batch",
  { body: RichMenuBatchRequest, errors: [LineError.NotFound], repeat: "safe" }
)

/**
 * How far a batch is, up to 14 days after it. `requestId` is the one that {@link richMenuBatch} came back with. At most
 * 100 calls an hour.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-batch-control-rich-menus-progress-status
 * @since 0.1.0
 * @category operations
 */
export const getRichMenuBatchProgress = Operation.get("getRichMenuBatchProgress", "/v2/bot/richmenu/progress/batch", {
  query: { requestId: Limit.NonEmpty },
  success: RichMenuBatchProgress,
  errors: [LineError.NotFound]
})

/**
 * A batch that has done all it should. The times are ISO 8601.
 *
 * @since 0.1.0
 * @category models
 */
export interface SucceededBatch extends RichMenuBatchProgress {
  readonly phase: "succeeded"
}

/**
 * A batch failed, perhaps after it had changed the menus of some users. The same operations under the same
 * `resumeRequestKey` go on where it stopped.
 *
 * @since 0.1.0
 * @category errors
 */
export class BatchFailed extends Data.TaggedError("LineRichMenuBatchFailed")<{
  readonly requestId: string
  /** The key that {@link awaitBatch} was given. */
  readonly resumeRequestKey: string | undefined
  readonly progress: RichMenuBatchProgress
}> {
  override get message(): string {
    const { requestId, resumeRequestKey: key } = this
    return `rich menu batch ${requestId} failed${key === undefined ? "" : `, send it again with resumeRequestKey ${key}`}`
  }
}

// A bucket of 100 an hour is shared by all batches, of which an hour has 3: each may ask 33 times.
const askForBatch = Schedule.exponential("10 seconds").pipe(Schedule.union(Schedule.spaced("2 minutes")))

/**
 * A batch to wait for, such as {@link richMenuBatch} comes back with.
 *
 * @since 0.1.0
 * @category models
 */
export interface AwaitedBatch extends Pick<Operation.Accepted, "requestId"> {
  /** The key for {@link BatchFailed}, to go on with. */
  readonly resumeRequestKey?: string | undefined
}

/**
 * Waits until a batch has ended. Unless `schedule` says otherwise it asks at once, after 10, 20, 40 and 80 seconds more,
 * and then every 2 minutes, so that three batches can be waited for within LINE's 100 questions an hour; unless
 * `deadline` says otherwise it waits for an hour.
 *
 * @since 0.1.0
 * @category waiters
 */
export const awaitBatch = (
  { requestId, resumeRequestKey }: AwaitedBatch,
  options: Wait.Options = {}
): Effect.Effect<
  SucceededBatch,
  BatchFailed | Wait.NotFinished | LineError.Common | LineError.NotFound | LineError.InvalidResponse,
  LineClient.LineClient
> =>
  Wait.until(`rich menu batch ${requestId}`, getRichMenuBatchProgress({ requestId }), {
    result: (progress) => ended({ requestId, resumeRequestKey }, progress),
    schedule: options.schedule ?? askForBatch,
    deadline: options.deadline ?? "1 hour"
  }).pipe(Effect.flatten)

const ended = (
  { requestId, resumeRequestKey }: AwaitedBatch,
  progress: RichMenuBatchProgress
): Option.Option<Either.Either<SucceededBatch, BatchFailed>> => {
  switch (progress.phase) {
    case "succeeded":
      return Option.some(Either.right({ ...progress, phase: progress.phase }))
    case "failed":
      return Option.some(Either.left(new BatchFailed({ requestId, resumeRequestKey, progress })))
    default:
      return Option.none()
  }
}

/**
 * A menu of a {@link Description}, with its image.
 *
 * @since 0.1.0
 * @category models
 */
export interface DescribedMenu {
  /** The menu. Its name has at most 170 grapheme clusters: {@link apply} adds to it. */
  readonly menu: RichMenu.RichMenu
  /** A JPEG or PNG of at most 1 MB, of a size that a menu may have. */
  readonly image: Uint8Array
  readonly contentType: ContentType
  /** The aliases of the menu. Each belongs to one menu, and is taken from whatever menu of the channel has it. */
  readonly aliases?: ReadonlyArray<string> | undefined
}

/**
 * The rich menus that a channel should have, with their images and aliases.
 *
 * The menus of a description are known by its name, which {@link apply} writes into theirs. Other menus of the channel
 * are never touched, and neither are those of a description with another name.
 *
 * @since 0.1.0
 * @category models
 */
export interface Description<Name extends string = string> {
  /** 1 to 32 letters, digits, hyphens and underscores. A description under a new name knows none of the old menus. */
  readonly name: string
  /** The menus by name, of the same form. A menu under a new name is another menu. */
  readonly menus: { readonly [Menu in Name]: DescribedMenu }
  /**
   * The menu that is the default. Unless set, the default menu of the channel stays; if it is an old version of a menu of
   * the description the new one takes its place, and if its menu is no longer described there is none.
   */
  readonly default?: NoInfer<Name> | undefined
  /** Whether users who have the old version of a menu linked get the new one, by a batch. True unless set. */
  readonly moveUsers?: boolean | undefined
}

/**
 * A description as it is written, whose default is one of its menus.
 *
 * @since 0.1.0
 * @category constructors
 */
export const describe = <Name extends string>(description: Description<Name>): Description<Name> => description

const DescribedMenu: Schema.Schema<DescribedMenu> = Schema.Struct({
  menu: RichMenu.RichMenu,
  image: Schema.declare((value): value is Uint8Array => value instanceof Uint8Array, { identifier: "bytes" }),
  contentType: ContentType,
  aliases: Schema.optional(Schema.Array(RichMenu.RichMenuAliasId))
}).pipe(
  Limit.whole<DescribedMenu>(imageFits),
  Limit.whole<DescribedMenu>(({ menu }) =>
    Limit.graphemeCount(menu.name) > RichMenuPlan.longestName
      ? [{ path: ["menu", "name"], message: `must have at most ${RichMenuPlan.longestName} grapheme clusters here` }]
      : []
  )
)

const related = ({ default: name, menus }: Description): ReadonlyArray<Schema.FilterIssue> => {
  const seen = new Set<string>()
  return [
    ...Object.entries(menus).flatMap(([menu, { aliases = [] }]) => [
      ...(RichMenuPlan.nameForm.test(menu)
        ? []
        : [{ path: ["menus", menu], message: `must have a name of ${nameExpected}` }]),
      ...aliases.flatMap((alias, index) => {
        const isKnown = seen.has(alias)
        seen.add(alias)
        return isKnown ? [{ path: ["menus", menu, "aliases", index], message: "must not be given twice" }] : []
      })
    ]),
    ...(name === undefined || Object.hasOwn(menus, name)
      ? []
      : [{ path: ["default"], message: "must be the name of a menu" }])
  ]
}

const nameExpected = "1 to 32 letters, digits, hyphens or underscores"

/**
 * @since 0.1.0
 * @category schemas
 */
export const Description: Schema.Schema<Description> = Schema.Struct({
  name: Limit.pattern(RichMenuPlan.nameForm, nameExpected),
  menus: Schema.Record({ key: Schema.String, value: DescribedMenu }),
  default: Schema.optional(Schema.String),
  moveUsers: Schema.optional(Schema.Boolean)
})
  .pipe(Limit.whole<Description>(related))
  .annotations({ identifier: "RichMenusDescription" })

/**
 * A menu is created and gets its image.
 *
 * @since 0.1.0
 * @category models
 */
export interface CreateMenu {
  readonly _tag: "CreateMenu"
  /** The name of the menu in the description. */
  readonly menu: string
  /** The name that it gets on LINE, without the id of the apply that is added to it. */
  readonly name: string
  readonly reason: "new" | "changed"
}

/**
 * A menu is made the default, in place of the one that is, if there is one.
 *
 * @since 0.1.0
 * @category models
 */
export interface SetDefault {
  readonly _tag: "SetDefault"
  readonly menu: string
  readonly from: string | undefined
}

/**
 * The default menu, which is no longer described, is the default no more.
 *
 * @since 0.1.0
 * @category models
 */
export interface CancelDefault {
  readonly _tag: "CancelDefault"
  readonly from: string
}

/**
 * An alias of a menu is created.
 *
 * @since 0.1.0
 * @category models
 */
export interface CreateAlias {
  readonly _tag: "CreateAlias"
  readonly richMenuAliasId: string
  readonly menu: string
}

/**
 * An alias is switched to a menu from another, whoever made the alias and the other menu.
 *
 * @since 0.1.0
 * @category models
 */
export interface SwitchAlias {
  readonly _tag: "SwitchAlias"
  readonly richMenuAliasId: string
  readonly menu: string
  readonly from: string
}

/**
 * An alias that is not described is deleted, because it is for a menu of the description.
 *
 * @since 0.1.0
 * @category models
 */
export interface DeleteAlias {
  readonly _tag: "DeleteAlias"
  readonly richMenuAliasId: string
  readonly from: string
}

/**
 * The users who have the old version of a menu linked get the new one.
 *
 * @since 0.1.0
 * @category models
 */
export interface MoveUsers {
  readonly _tag: "MoveUsers"
  readonly moves: ReadonlyArray<{ readonly from: string; readonly menu: string }>
}

/**
 * A menu is deleted: because a new version has taken its place, because it is no longer described, because there are two
 * that are the same, or because it never got its image. Users who still have it linked see the default menu then.
 *
 * @since 0.1.0
 * @category models
 */
export interface DeleteMenu {
  readonly _tag: "DeleteMenu"
  readonly richMenuId: string
  /** Its name on LINE. */
  readonly name: string
  readonly reason: "changed" | "notDescribed" | "duplicate" | "unfinished"
}

/**
 * A step from what a channel has to what is described.
 *
 * @since 0.1.0
 * @category models
 */
export type Step =
  CreateMenu | SetDefault | CancelDefault | CreateAlias | SwitchAlias | DeleteAlias | MoveUsers | DeleteMenu

/**
 * A step in words.
 *
 * @since 0.1.0
 * @category formatting
 */
export const formatStep: (step: Step) => string = RichMenuPlan.format

/**
 * What {@link apply} would do.
 *
 * @since 0.1.0
 * @category models
 */
export interface Plan<Name extends string = string> {
  readonly description: Description<Name>
  /** In the order in which they are done; none if the channel is as described. */
  readonly steps: ReadonlyArray<Step>
  /** How many menus are created, of the 100 that LINE allows in an hour. */
  readonly creations: number
}

/**
 * What {@link apply} has done.
 *
 * @since 0.1.0
 * @category models
 */
export interface Applied<Name extends string = string> {
  /** The ids of the described menus, by their names in the description. */
  readonly menus: { readonly [Menu in Name]: string }
  readonly steps: ReadonlyArray<Step>
}

/**
 * The description is outside of LINE's limits, or its parts do not fit each other. Nothing was done.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidDescription extends Data.TaggedError("LineInvalidDescription")<{
  readonly issues: ReadonlyArray<LineError.Issue>
}> {
  override get message(): string {
    const issues = this.issues.map(({ message, path }) => `${path} ${message}`.trimStart())
    return `the description of the rich menus is invalid: ${issues.join("; ")}`
  }
}

/**
 * More menus would have to be created than LINE takes: 100 in an hour, and as many as the 1,000 of a channel leave room
 * for. Nothing was done. Add or change a part of them first, with all others described as they are, and the rest an hour
 * later: a menu that is not described is deleted.
 *
 * @since 0.1.0
 * @category errors
 */
export class TooManyCreations extends Data.TaggedError("LineTooManyCreations")<{
  readonly creations: number
  readonly possible: number
}> {
  override get message(): string {
    const advice = "add or change a part of them first, with all others described as they are"
    return `${this.creations} rich menus would have to be created, but LINE takes ${this.possible} now: ${advice}`
  }
}

/**
 * The channel has changed since the plan was made, and other steps would be right. Nothing was done.
 *
 * @since 0.1.0
 * @category errors
 */
export class PlanOutdated extends Data.TaggedError("LinePlanOutdated")<{
  /** What is right now. */
  readonly plan: Plan
}> {
  override get message(): string {
    return "the rich menus of the channel have changed since the plan was made, look at the new plan"
  }
}

/**
 * Something else has changed the rich menus of the channel meanwhile, such as an apply at the same time.
 *
 * @since 0.1.0
 * @category errors
 */
export class Disturbed extends Data.TaggedError("LineRichMenusDisturbed") {
  override get message(): string {
    return "something else has changed the rich menus meanwhile, such as another apply"
  }
}

/**
 * A step failed. `outcome` says how the channel is:
 *
 * - `undone`: as it was before.
 * - `partlyUndone`: the steps in `left` could not be undone, at least not within a minute. No menu it had is deleted; the
 *   default and the aliases in `left` may be the new ones, or none; and there may be new menus beside.
 * - `inPlace`: everything described is in place, and not all of what it replaces is removed yet.
 *
 * {@link apply} again if the outcome is not `undone`, if the cause is {@link Disturbed}, or if `LineError.isRetryable`
 * says so of it: it goes on from what is there. Otherwise the same happens again unless something is changed first,
 * mostly the description.
 *
 * @since 0.1.0
 * @category errors
 */
export class ApplyFailed extends Data.TaggedError("LineApplyFailed")<{
  readonly step: Step
  readonly cause: LineError.LineError | BatchFailed | Wait.NotFinished | Disturbed
  readonly outcome: "undone" | "partlyUndone" | "inPlace"
  readonly left: ReadonlyArray<Step>
}> {
  override get message(): string {
    const { cause, left, outcome, step } = this
    const state = {
      undone: "the channel is as it was",
      partlyUndone: `not undone: ${left.map(formatStep).join("; ")}`,
      inPlace: "the described menus are in place, what they replace is not all removed"
    }[outcome]
    return `could not ${formatStep(step)}: ${cause.message} (${state}${helps(this) ? "; apply again" : ""})`
  }
}

/** Whether the same may be done again. */
const helps = ({ cause, outcome }: ApplyFailed): boolean => {
  if (outcome !== "undone") return true
  switch (cause._tag) {
    case "LineRichMenusDisturbed":
    case "LineRichMenuBatchFailed":
    case "LineNotFinished":
      return true
    default:
      return LineError.isRetryable(cause)
  }
}

type ReadError = LineError.Common | LineError.InvalidResponse

const mostMenus = 1000

const line: RichMenuRun.Line = {
  createRichMenu,
  setRichMenuImage,
  getRichMenuImage,
  getRichMenuList,
  deleteRichMenu,
  setDefaultRichMenu,
  getDefaultRichMenuId,
  cancelDefaultRichMenu,
  createRichMenuAlias,
  updateRichMenuAlias,
  deleteRichMenuAlias,
  getRichMenuAliasList,
  richMenuBatch,
  awaitBatch,
  Disturbed
}

const prepare = (
  description: Description
): Effect.Effect<RichMenuRun.Prepared, InvalidDescription | ReadError, LineClient.LineClient> => {
  const issues = Check.issues(Description.ast, description)
  return issues.length > 0
    ? Effect.fail(new InvalidDescription({ issues: issues.map(Check.toLineIssue) }))
    : RichMenuRun.prepare(line, description)
}

/**
 * What {@link apply} would do to bring the channel to a description. It only reads.
 *
 * A menu is unchanged if everything about it is, its image included, byte for byte. It is recognised by a digest that
 * {@link apply} writes into the menu's name.
 *
 * @example
 * ```ts
 * import * as Console from "effect/Console"
 * import * as Effect from "effect/Effect"
 * import * as RichMenus from "line-effect/RichMenus"
 *
 * const show = (description: RichMenus.Description) =>
 *   Effect.flatMap(RichMenus.plan(description), ({ steps }) =>
 *     Effect.forEach(steps, (step) => Console.log(RichMenus.formatStep(step)))
 *   )
 * ```
 *
 * @since 0.1.0
 * @category sync
 */
export const plan = <Name extends string>(
  description: Description<Name>
): Effect.Effect<Plan<Name>, InvalidDescription | ReadError, LineClient.LineClient> =>
  Effect.map(prepare(description), ({ creations, steps }) => ({ description, steps, creations }))

/**
 * Brings the channel to a description: to its menus with their images, its aliases and, if it names one, the default
 * menu. What is as described stays as it is, so a second time it does nothing. Given a plan, it does what the plan says
 * or, if that is no longer right, nothing.
 *
 * 1. Menus that are new or have changed are created.
 * 2. Aliases are created, then switched, from whatever menu has them; then the default menu is set, or cancelled if its
 *    menu is no longer described and none is named.
 * 3. Aliases that are no longer described are deleted, users who have an old menu linked get the new one, and old menus
 *    are deleted.
 *
 * If it fails or is interrupted in the first two, it switches back and deletes what it has created before it ends, within
 * a minute. From the third on it leaves what is in place, and the next time does what is still to do. What an apply that
 * was killed has left behind is used or deleted by the next one, too.
 *
 * Apply one description at one place at a time. Of several at once, such as replicas that start together, one may bring
 * the channel to the description, and the others fail with {@link Disturbed} as the cause and take back their own. Two
 * descriptions that name the same alias take it from each other.
 *
 * The batch that moves users takes some minutes, and LINE takes 3 in an hour: `options` say how to wait for it, as for
 * {@link awaitBatch}.
 *
 * A creation whose answer was lost is looked for, and made again if it is not there: as often as `Retry.standard` says,
 * whatever the client's own policy, or as the policy of a `Retry.withPolicy` around this says.
 *
 * If the description names a default and the present one is another channel's, this and {@link plan} fail with
 * `Forbidden`: name none, or let the other channel cancel its own.
 *
 * @example
 * ```ts
 * import * as Action from "line-effect/Action"
 * import * as RichMenus from "line-effect/RichMenus"
 *
 * const size = { width: 1200, height: 405 }
 * const bounds = { x: 0, y: 0, ...size }
 *
 * const menus = (image: Uint8Array) =>
 *   RichMenus.describe({
 *     name: "shop",
 *     menus: {
 *       hours: {
 *         menu: {
 *           size,
 *           selected: true,
 *           name: "Opening hours",
 *           chatBarText: "Menu",
 *           areas: [{ bounds, action: Action.message({ text: "When are you open?" }) }]
 *         },
 *         image,
 *         contentType: "image/png",
 *         aliases: ["hours"]
 *       }
 *     },
 *     default: "hours"
 *   })
 *
 * const bring = (image: Uint8Array) => RichMenus.apply(menus(image))
 * ```
 *
 * @since 0.1.0
 * @category sync
 */
export const apply = <Name extends string>(
  described: Description<Name> | Plan<Name>,
  options: Wait.Options = {}
): Effect.Effect<
  Applied<Name>,
  InvalidDescription | TooManyCreations | PlanOutdated | ApplyFailed | ReadError,
  LineClient.LineClient
> =>
  Effect.gen(function* () {
    const prepared = yield* prepare("steps" in described ? described.description : described)
    const { count, creations, steps } = prepared
    if ("steps" in described && !RichMenuPlan.isSame(described.steps, steps)) {
      return yield* new PlanOutdated({ plan: { description: described.description, steps, creations } })
    }
    const possible = Math.min(RateLimit.of(createRichMenu).limit, mostMenus - count)
    if (creations > possible) return yield* new TooManyCreations({ creations, possible })
    const ids = yield* Effect.mapError(
      RichMenuRun.carryOut(line, prepared, options),
      (failure) => new ApplyFailed(failure)
    )
    // Every described menu is unchanged or created.
    return { menus: Object.fromEntries(ids) as Applied<Name>["menus"], steps }
  })
