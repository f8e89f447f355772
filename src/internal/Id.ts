/**
 * Ids that several families of operations take. Each is exported by the family it belongs to; from here the others have
 * it without loading that family.
 */
import type * as Schema from "effect/Schema"
import * as Limit from "./Limit.js"

/** The id of a user. */
export const UserId: Schema.Schema<string> = Limit.NonEmpty.annotations({ identifier: "UserId" })

/** The id of a rich menu. */
export const RichMenuId: Schema.Schema<string> = Limit.NonEmpty.annotations({ identifier: "RichMenuId" })
