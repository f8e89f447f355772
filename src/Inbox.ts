import type { StoreError } from "./StoreError.js"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import * as Context from "effect/Context"
import type * as WebhookEvent from "./WebhookEvent.js"
export interface Entry {
  readonly id: string
  readonly destination: string
  readonly channel?: string
  readonly event: WebhookEvent.WebhookEvent
  readonly receivedAt: number
  readonly attempts: number
}
export interface Delivery {
  readonly destination: string
  readonly channel?: string
  readonly event: WebhookEvent.WebhookEvent
}
export interface Service {
  readonly store: (deliveries: ReadonlyArray<Delivery>) => Effect.Effect<ReadonlyArray<Entry>, StoreError>
  readonly pending: Stream.Stream<Entry, StoreError>
  readonly begin: (entry: Entry) => Effect.Effect<void, StoreError>
  readonly complete: (entry: Entry) => Effect.Effect<void, StoreError>
}
export class Inbox extends Context.Tag("line-effect/Inbox")<Inbox, Service>() {}
