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
export const make = (): Sends => new LazySends()

/** Most handlers send nothing: what it takes is made when it is asked for. */
class LazySends implements Sends {
  private ownTurn: Effect.Semaphore | undefined
  private ownAccepted: Map<string, Part> | undefined
  private ownTimes: Map<string, number> | undefined

  get turn() {
    return (this.ownTurn ??= Effect.unsafeMakeSemaphore(1))
  }

  get accepted() {
    return (this.ownAccepted ??= new Map())
  }

  get times() {
    return (this.ownTimes ??= new Map())
  }
}

/** The same at the beginning of another attempt. */
export const again = ({ accepted, turn }: Sends): Sends => ({ turn, accepted, times: new Map() })
