/**
 * What a rich menu is: the object that describes it, with the areas of its image that can be tapped, and the changes
 * that a batch makes to the menus of users.
 *
 * @see https://developers.line.biz/en/docs/messaging-api/rich-menus-overview/
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Action from "./Action.js"
import * as Id from "./internal/Id.js"
import * as Limit from "./internal/Limit.js"

/**
 * The id that LINE gives a rich menu, such as `richmenu-8dfdfc571eca39c0ffcd1f799519c5b5`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RichMenuId: Schema.Schema<string> = Id.RichMenuId

/**
 * The id of an alias, chosen by the developer: 1 to 32 lower-case letters, digits, hyphens and underscores.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RichMenuAliasId: Schema.Schema<string> = Limit.pattern(
  /^[a-z0-9_-]{1,32}$/,
  "1 to 32 lower-case letters, digits, hyphens or underscores"
).annotations({ identifier: "RichMenuAliasId" })

/**
 * The size of a rich menu in pixels: 800 to 2,500 wide, at least 250 high, and at least 1.45 times as wide as high.
 *
 * @since 0.1.0
 * @category models
 */
export interface Size {
  readonly width: number
  readonly height: number
}

/**
 * A rectangle of the menu, in the coordinates of its {@link Size}.
 *
 * @since 0.1.0
 * @category models
 */
export interface Bounds {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/**
 * A part of the menu that can be tapped, and what a tap does.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#area-object
 * @since 0.1.0
 * @category models
 */
export interface Area {
  readonly bounds: Bounds
  readonly action: Action.RichMenuAction
}

/**
 * A rich menu without its image, which is uploaded on its own.
 *
 * @example
 * ```ts
 * import * as Action from "line-effect/Action"
 * import type * as RichMenu from "line-effect/RichMenu"
 *
 * const menu: RichMenu.RichMenu = {
 *   size: { width: 1200, height: 405 },
 *   selected: true,
 *   name: "opening hours",
 *   chatBarText: "Menu",
 *   areas: [{ bounds: { x: 0, y: 0, width: 1200, height: 405 }, action: Action.message({ text: "When are you open?" }) }]
 * }
 * ```
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#rich-menu-object
 * @since 0.1.0
 * @category models
 */
export interface RichMenu {
  readonly size: Size
  /** Whether the menu is open at first. */
  readonly selected: boolean
  /** For those who manage the menus, users do not see it: at most 300 grapheme clusters. */
  readonly name: string
  /** What stands on the bar that opens the menu: at most 14 grapheme clusters. */
  readonly chatBarText: string
  /** At most 20. */
  readonly areas: ReadonlyArray<Area>
}

/**
 * Links the menu `to` to every user who has the menu `from` linked.
 *
 * @since 0.1.0
 * @category models
 */
export interface LinkOperation {
  readonly type: "link"
  readonly from: string
  /** A menu that has its image. */
  readonly to: string
}

/**
 * Unlinks the menu `from` from every user who has it linked.
 *
 * @since 0.1.0
 * @category models
 */
export interface UnlinkOperation {
  readonly type: "unlink"
  readonly from: string
}

/**
 * Unlinks whatever menu a user has linked, from all users. It is the only operation of its batch.
 *
 * @since 0.1.0
 * @category models
 */
export interface UnlinkAllOperation {
  readonly type: "unlinkAll"
}

/**
 * One change of a batch. All changes of a batch are about the menus that users had before it: what is linked by one is
 * not changed again by another.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#batch-control-rich-menus-of-users
 * @since 0.1.0
 * @category models
 */
export type BatchOperation = LinkOperation | UnlinkOperation | UnlinkAllOperation

const minimumRatio = 1.45
const maximumWidth = 2500

/**
 * The schema of a {@link Size}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Size: Schema.Schema<Size> = Schema.Struct({
  width: Limit.integer(800, maximumWidth),
  height: Limit.integer(250, Math.floor(maximumWidth / minimumRatio))
})
  .pipe(
    Limit.whole<Size>(({ height, width }) =>
      // Of a size with a part that is missing or no number, only that part is wrong.
      width / height < minimumRatio ? `must be at least ${minimumRatio} times as wide as high` : true
    )
  )
  .annotations({ identifier: "RichMenuSize" })

/**
 * The schema of {@link Bounds}: whole pixels, not empty.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Bounds: Schema.Schema<Bounds> = Schema.Struct({
  x: Limit.integer(0),
  y: Limit.integer(0),
  width: Limit.integer(1),
  height: Limit.integer(1)
}).annotations({ identifier: "RichMenuBounds" })

/**
 * The schema of an {@link Area}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Area: Schema.Schema<Area> = Schema.Struct({ bounds: Bounds, action: Action.RichMenuAction }).annotations({
  identifier: "RichMenuArea"
})

/**
 * The schema of a {@link RichMenu}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RichMenu: Schema.Schema<RichMenu> = Schema.Struct({
  size: Size,
  selected: Schema.Boolean,
  name: Limit.graphemes(300, 0),
  chatBarText: Limit.graphemes(14, 0),
  areas: Limit.items(Area, 0, 20)
}).annotations({ identifier: "RichMenu" })

/**
 * The schema of a {@link BatchOperation}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const BatchOperation: Schema.Schema<BatchOperation> = Schema.Union(
  Schema.Struct({ type: Schema.Literal("link"), from: RichMenuId, to: RichMenuId }),
  Schema.Struct({ type: Schema.Literal("unlink"), from: RichMenuId }),
  Schema.Struct({ type: Schema.Literal("unlinkAll") })
).annotations({ identifier: "RichMenuBatchOperation" })

/**
 * Makes a {@link LinkOperation}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const link = (options: Omit<LinkOperation, "type">): LinkOperation => ({ type: "link", ...options })

/**
 * Makes an {@link UnlinkOperation}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unlink = (options: Omit<UnlinkOperation, "type">): UnlinkOperation => ({ type: "unlink", ...options })

/**
 * An {@link UnlinkAllOperation}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unlinkAll: UnlinkAllOperation = { type: "unlinkAll" }
