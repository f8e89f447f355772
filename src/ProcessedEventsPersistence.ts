/**
 * The events that have been handled, in a store of `@effect/experimental/Persistence`, which a program that uses this module
 * installs: Redis, LMDB, or any `KeyValueStore`.
 *
 * @since 0.1.0
 */
import * as Persistence from "@effect/experimental/Persistence"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Reason from "./internal/Reason.js"
import * as Recent from "./internal/Recent.js"
import * as ProcessedEvents from "./ProcessedEvents.js"
import * as StoreError from "./StoreError.js"

/**
 * How events are remembered.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** What the keys in the store begin with; `line-effect/processed-events` unless set. */
  readonly storeId?: string | undefined
  /** How long an event is remembered; a day unless set. */
  readonly timeToLive?: Duration.DurationInput | undefined
}

/**
 * Remembers events in the store of the context.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {}
): Effect.Effect<ProcessedEvents.Service, never, Persistence.BackingPersistence | Scope.Scope> =>
  Effect.gen(function* () {
    const backing = yield* Persistence.BackingPersistence
    const store = yield* backing.make(options.storeId ?? "line-effect/processed-events")
    const timeToLive = Option.some(Duration.decode(options.timeToLive ?? Recent.standard.timeToLive))
    return {
      has: (id) => Effect.mapBoth(store.get(id), { onFailure: failed, onSuccess: Option.isSome }),
      add: (id) => Effect.mapError(store.set(id, true, timeToLive), failed)
    }
  })

/**
 * The events that have been handled, in a store that outlives the process and that several processes may share.
 *
 * Redis and LMDB forget by themselves what is too old. A `KeyValueStore`, as of files, does so only when it is asked for the
 * same event again, and grows by some bytes with each.
 *
 * With Redis, set `maxRetriesPerRequest`: while it is down, each event waits for that many attempts, 20 unless set, before it
 * is handled all the same.
 *
 * @example
 * ```ts
 * import * as Persistence from "@effect/experimental/Persistence"
 * import * as Redis from "@effect/experimental/Persistence/Redis"
 * import * as NodeKeyValueStore from "@effect/platform-node/NodeKeyValueStore"
 * import * as Layer from "effect/Layer"
 * import * as ProcessedEventsPersistence from "line-effect/ProcessedEventsPersistence"
 *
 * const inRedis = ProcessedEventsPersistence.layer().pipe(
 *   Layer.provide(Redis.layer({ host: "redis.internal", maxRetriesPerRequest: 1 }))
 * )
 *
 * const inFiles = ProcessedEventsPersistence.layer().pipe(
 *   Layer.provide(Persistence.layerKeyValueStore),
 *   Layer.provide(NodeKeyValueStore.layerFileSystem("processed-events"))
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options?: Options
): Layer.Layer<ProcessedEvents.ProcessedEvents, never, Persistence.BackingPersistence> =>
  Layer.scoped(ProcessedEvents.ProcessedEvents, make(options))

const failed = (error: Persistence.PersistenceError): StoreError.StoreError =>
  new StoreError.StoreError({
    store: "the processed events",
    cause: new Error(
      `${Reason.of(error)}: see that what keeps them runs, and that this process can reach it and may write`,
      { cause: error }
    )
  })
