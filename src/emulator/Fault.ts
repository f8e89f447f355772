/**
 * Faults on demand, as data.
 */
import * as Duration from "effect/Duration"
import * as Refusal from "./Refusal.js"
import type { Answer } from "./Wire.js"
import type { World } from "./World.js"

/**
 * What goes wrong with a request. `accept` says whether LINE still acts: `"before"` has the fault instead of the act;
 * `"after"` has LINE act, remember the retry key and consume tokens and quota, and only its answer is lost.
 *
 * @since 0.1.0
 * @category models
 */
export type Fault =
  | {
      readonly _tag: "Respond"
      readonly accept: Accept
      readonly status: number
      /** A text or bytes are sent as they are, `undefined` is an empty body, the rest is sent as JSON. */
      readonly body?: unknown
      readonly headers?: Readonly<Record<string, string>>
    }
  | { readonly _tag: "Disconnect"; readonly accept: Accept; readonly code: "ECONNREFUSED" | "ECONNRESET" }
  | { readonly _tag: "Delay"; readonly accept: Accept; readonly duration: Duration.Duration }

/**
 * Whether the fault comes before LINE acts, and instead of it, or after.
 *
 * @since 0.1.0
 * @category models
 */
export type Accept = "before" | "after"

interface AcceptOptions {
  /** `"before"` unless set. */
  readonly accept?: Accept
}

const respond = (answer: Answer, options: AcceptOptions = {}): Fault => {
  const { status } = answer
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new RangeError(`a response has a status from 200 to 599, not ${status}`)
  }
  return { _tag: "Respond", accept: options.accept ?? "before", ...answer }
}

const disconnect = (code: "ECONNREFUSED" | "ECONNRESET", accept: Accept): Fault => ({
  _tag: "Disconnect",
  accept,
  code
})

/**
 * The faults there are.
 *
 * @example
 * ```ts
 * import type * as Effect from "effect/Effect"
 * import * as Emulator from "line-effect/Emulator"
 *
 * const lostAnswer = (line: Emulator.Service): Effect.Effect<void> =>
 *   line.fault(Emulator.Fault.serverError({ accept: "after" }), { operation: "pushMessage" })
 * ```
 *
 * @since 0.1.0
 * @category testing
 */
export const Fault: {
  /** A server error, 500 unless set. */
  readonly serverError: (options?: AcceptOptions & { readonly status?: number }) => Fault
  /** The connection dies without a response. */
  readonly drop: (options?: AcceptOptions) => Fault
  /** The connection is refused: nothing was delivered. A loopback port, being open, resets it instead. */
  readonly refuse: Fault
  /** The answer takes this long; with `accept: "after"`, LINE acts at once. An infinite delay never ends. */
  readonly delay: (duration: Duration.DurationInput, options?: AcceptOptions) => Fault
  /** 429, too many requests. */
  readonly rateLimited: Fault
  /** 429, the monthly limit of messages is reached. */
  readonly quotaExceeded: Fault
  /**
   * Any answer at all: a text or bytes are sent as they are, `undefined` is an empty body, the rest JSON. A status that
   * is not from 200 to 599 is a mistake in the program, and throws.
   */
  readonly respond: (
    status: number,
    body: unknown,
    options?: AcceptOptions & { readonly headers?: Readonly<Record<string, string>> }
  ) => Fault
} = {
  serverError: (options = {}) => respond(Refusal.serverError(options.status ?? 500), options),
  drop: (options = {}) => disconnect("ECONNRESET", options.accept ?? "before"),
  refuse: disconnect("ECONNREFUSED", "before"),
  delay: (duration, options = {}) => ({
    _tag: "Delay",
    accept: options.accept ?? "before",
    duration: Duration.decode(duration)
  }),
  rateLimited: respond(Refusal.rateLimited),
  quotaExceeded: respond(Refusal.quotaExceeded),
  respond: (status, body, { headers = {}, ...options } = {}) => respond({ status, body, headers }, options)
}

/** A fault that waits for its request. */
export interface PendingFault {
  readonly fault: Fault
  readonly operation: string | undefined
  /** Of the requests that it could happen to, the part that it happens to: from 0 to 1. */
  readonly rate: number
  remaining: number
}

/** Takes the first fault that waits for an operation, and that chance has not spared. */
export const take = (world: World, operationId: string | undefined): Fault | undefined => {
  const index = world.faults.findIndex(
    ({ operation, rate }) => (operation === undefined || operation === operationId) && isHit(world, rate)
  )
  const pending = world.faults[index]
  if (pending === undefined) return undefined
  pending.remaining--
  if (pending.remaining <= 0) world.faults.splice(index, 1)
  return pending.fault
}

const isHit = ({ ids }: World, rate: number): boolean => rate >= 1 || Number.parseInt(ids.hex(8), 16) < rate * 2 ** 32
