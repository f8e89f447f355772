/**
 * A store of the program's own that could not be used.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"

/**
 * An inbox, or what remembers the events that have been handled, could not be read or written: a disk that is full, a
 * database that is down. `store` names it. A webhook whose events cannot be kept is answered with 503, so that LINE
 * delivers them again.
 *
 * @since 0.1.0
 * @category errors
 */
export class StoreError extends Data.TaggedError("LineStoreError")<{
  readonly store: string
  readonly cause: unknown
}> {
  override get message(): string {
    const { cause, store } = this
    return `${store} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`
  }
}
