/**
 * What LINE sends and this version does not know. LINE adds events, kinds of messages and members of enumerations
 * without notice; each arrives as an {@link Unknown} in the place of the known value, and everything around it is
 * decoded as ever.
 *
 * @see https://developers.line.biz/en/docs/messaging-api/development-guidelines/
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

/**
 * A value that could not be read as one of the known ones. Encoding it gives back the JSON as it came.
 *
 * @example
 * ```ts
 * import * as Unknown from "line-effect/Unknown"
 *
 * const mode: "active" | "standby" | Unknown.Unknown = { type: "unknown", originalType: "paused", raw: "paused" }
 * const name = Unknown.isUnknown(mode) ? mode.originalType : mode
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface Unknown {
  readonly type: "unknown"
  /** The `type` of an object, empty if it has none; the member itself of an enumeration. */
  readonly originalType: string
  /** The JSON as it came. */
  readonly raw: unknown
  /**
   * Why a value of a known type could not be read, with the path within `raw`, as `quoteToken is required`; absent if
   * the type is new. It repeats no received value.
   */
  readonly issue?: string
}

/**
 * The schema of {@link Unknown}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Unknown: Schema.Schema<Unknown> = Schema.Struct({
  type: Schema.Literal("unknown"),
  originalType: Schema.String,
  raw: Schema.Unknown,
  issue: Schema.optionalWith(Schema.String, { exact: true })
}).annotations({ identifier: "Unknown" })

/**
 * Whether a decoded value is unknown to this version. It narrows a union to its unknown member, and to the known ones
 * where it is false.
 *
 * @since 0.1.0
 * @category guards
 */
export const isUnknown = (value: unknown): value is Unknown =>
  Predicate.isRecord(value) && value["type"] === "unknown" && "raw" in value
