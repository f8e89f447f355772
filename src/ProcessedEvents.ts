/**
 * Which webhook events have been handled: LINE may deliver one more than once. A server asks before it handles an event, and
 * adds it when its handler has succeeded.
 *
 * A server has one in its memory unless it is given another, which ends with the process. `ProcessedEventsPersistence` keeps
 * them in Redis, in LMDB or in files, `ProcessedEventsSql` in a database: there a restart does not forget them, and
 * processes share them. An inbox does all of it by itself.
 *
 * @see https://developers.line.biz/en/docs/messaging-api/receiving-messages/#webhook-redelivery
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Recent from "./internal/Recent.js"
import type * as StoreError from "./StoreError.js"

/**
 * What remembers events. A server calls it; programs need no more than a layer.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Whether an event was added not long ago. */
  readonly has: (webhookEventId: string) => Effect.Effect<boolean, StoreError.StoreError>
  /** Remembers an event, from now on. */
  readonly add: (webhookEventId: string) => Effect.Effect<void, StoreError.StoreError>
}

/**
 * The events that a server has handled.
 *
 * @since 0.1.0
 * @category services
 */
export class ProcessedEvents extends Context.Tag("line-effect/ProcessedEvents")<ProcessedEvents, Service>() {}

/**
 * How many events are remembered in memory, 100,000 unless set, and for how long, a day unless set. LINE does not say how
 * late it delivers an event again.
 *
 * @since 0.1.0
 * @category models
 */
export interface MemoryOptions {
  readonly capacity?: number | undefined
  readonly timeToLive?: Duration.DurationInput | undefined
}

/**
 * Remembers events in memory. When there are too many, the oldest is forgotten.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeMemory = (options: MemoryOptions = {}): Effect.Effect<Service> =>
  Effect.sync(() => {
    const ids = Recent.make(options)
    return {
      has: (id) => Effect.map(Clock.currentTimeMillis, (now) => ids.has(id, now)),
      add: (id) => Effect.map(Clock.currentTimeMillis, (now) => ids.add(id, now))
    }
  })

/**
 * Events in memory, as every server has them unless it is given others: for other bounds, and for several servers of one
 * process.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Redacted from "effect/Redacted"
 * import * as NodeHttp from "line-effect/NodeHttp"
 * import * as ProcessedEvents from "line-effect/ProcessedEvents"
 * import * as Webhook from "line-effect/Webhook"
 *
 * const { listener } = NodeHttp.toListener(
 *   Effect.map(ProcessedEvents.ProcessedEvents, (processedEvents) => ({
 *     channelSecret: Redacted.make("…"),
 *     processedEvents,
 *     handlers: Webhook.handlers({ follow: () => Effect.log("a new friend") })
 *   })),
 *   ProcessedEvents.layerMemory({ capacity: 1_000_000 })
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMemory = (options?: MemoryOptions): Layer.Layer<ProcessedEvents> =>
  Layer.effect(ProcessedEvents, makeMemory(options))
