import type { StoreError } from "./StoreError.js"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
export interface Service {
  readonly has: (webhookEventId: string) => Effect.Effect<boolean, StoreError>
  readonly add: (webhookEventId: string) => Effect.Effect<void, StoreError>
}
export class ProcessedEvents extends Context.Tag("line-effect/ProcessedEvents")<ProcessedEvents, Service>() {}
export const makeMemory = (): Effect.Effect<Service> =>
  Effect.sync(() => {
    const ids = new Set<string>()
    return { has: (id) => Effect.sync(() => ids.has(id)), add: (id) => Effect.sync(() => void ids.add(id)) }
  })
