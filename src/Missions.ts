/**
 * Mission stickers: stickers that a user gets for something they have done. Corporate accounts have them, by
 * application.
 *
 * @see https://developers.line.biz/en/docs/partner-docs/mission-stickers/
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Id from "./internal/Id.js"
import * as Limit from "./internal/Limit.js"
import * as LineError from "./LineError.js"
import * as Operation from "./Operation.js"

/**
 * Who gets which stickers.
 *
 * @since 0.1.0
 * @category models
 */
export interface MissionStickerRequest {
  /** The id of a user. */
  readonly to: string
  /** The package id of the stickers. */
  readonly productId: string
  readonly productType: "STICKER"
  readonly sendPresentMessage: false
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const MissionStickerRequest: Schema.Schema<MissionStickerRequest> = Schema.Struct({
  to: Id.UserId,
  productId: Limit.NonEmpty,
  productType: Schema.Literal("STICKER"),
  sendPresentMessage: Schema.Literal(false)
}).annotations({ identifier: "MissionStickerRequest" })

/**
 * Lets a user download stickers. `NotFound` if there are no such stickers; `BadRequest` if they are not on sale, not
 * for this channel, or not for this user; `Forbidden` unless LINE has admitted the channel. It is never repeated after
 * an ambiguous failure.
 *
 * @example
 * ```ts
 * import * as Missions from "line-effect/Missions"
 *
 * const reward = (to: string, productId: string) =>
 *   Missions.missionStickerV3({ to, productId, productType: "STICKER", sendPresentMessage: false })
 * ```
 *
 * @see https://developers.line.biz/en/reference/partner-docs/#send-mission-stickers-v3
 * @since 0.1.0
 * @category operations
 */
export const missionStickerV3 = Operation.post("missionStickerV3", "/shop/v3/mission", {
  body: MissionStickerRequest,
  errors: [LineError.NotFound]
})
