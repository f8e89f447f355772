/**
 * The bot itself.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Tolerant from "./internal/Tolerant.js"
import * as Operation from "./Operation.js"
import type * as Unknown from "./Unknown.js"

/**
 * What LINE knows of the bot.
 *
 * @since 0.1.0
 * @category models
 */
export interface BotInfo {
  readonly userId: string
  /** The id with an `@` by which people find the bot. */
  readonly basicId: string
  readonly premiumId?: string
  readonly displayName: string
  readonly pictureUrl?: string
  /** `"chat"` if people answer in LINE Official Account Manager, `"bot"` if only the bot does. */
  readonly chatMode: "chat" | "bot" | Unknown.Unknown
  readonly markAsReadMode: "auto" | "manual" | Unknown.Unknown
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const BotInfo: Schema.Schema<BotInfo, unknown> = Tolerant.struct({
  userId: Schema.String,
  basicId: Schema.String,
  premiumId: Schema.optionalWith(Schema.String, { exact: true }),
  displayName: Schema.String,
  pictureUrl: Schema.optionalWith(Schema.String, { exact: true }),
  chatMode: Tolerant.enumeration("chat", "bot"),
  markAsReadMode: Tolerant.enumeration("auto", "manual")
}).annotations({ identifier: "BotInfo" })

/**
 * The bot's own name, ids and modes.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-bot-info
 * @since 0.1.0
 * @category operations
 */
export const getBotInfo = Operation.get("getBotInfo", "/v2/bot/info", { success: BotInfo })
