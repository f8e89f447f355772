/**
 * What was sent for an event, so that a handler that runs again doubles nothing.
 */
import * as Effect from "effect/Effect"
import type * as Receipt from "../Receipt.js"

/** Messages that LINE accepted in one call. */
export type Part =
  | { readonly by: "reply"; readonly sentMessages: ReadonlyArray<Receipt.SentMessage> }
  | {
      readonly by: "push"
      readonly sentMessages: ReadonlyArray<Receipt.SentMessage>
      readonly receipt: Receipt.Receipt
    }

export interface Sends {
  /** One send at a time: the next one begins when it is known what became of the reply token. */
  readonly turn: Effect.Semaphore
  /** What LINE accepted in any attempt at the event, by key. */
  readonly accepted: Map<string, Part>
  /** How often the same messages were sent in this attempt. */
  readonly times: Map<string, number>
}

/** Nothing was sent. */
export const make = (): Sends => ({ turn: Effect.unsafeMakeSemaphore(1), accepted: new Map(), times: new Map() })

/** The same at the beginning of another attempt. */
export const again = (sends: Sends): Sends => ({ ...sends, times: new Map() })
