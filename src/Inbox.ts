/**
 * A durable inbox: events are in it from before the webhook is answered until they have been handled, so that a process that
 * ends at any moment loses none. Give one to a server as `inbox`; `InboxFile` keeps it in a file, `InboxSql` in a database
 * that several processes share.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type * as StoreError from "./StoreError.js"
import type * as WebhookEvent from "./WebhookEvent.js"

/**
 * An event as it came.
 *
 * @since 0.1.0
 * @category models
 */
export interface Delivery {
  /** The user id of the bot that it is for. */
  readonly destination: string
  /** The key of its channel, where channels are told apart by path. */
  readonly channel?: string
  readonly event: WebhookEvent.WebhookEvent
}

/**
 * An event in an inbox.
 *
 * @since 0.1.0
 * @category models
 */
export interface Entry extends Delivery {
  /** The `webhookEventId`, or one that was made for an event without. */
  readonly id: string
  /** When it came, in milliseconds since 1970. */
  readonly receivedAt: number
  /** How often its handling was begun before: above 0, its handler may have acted. */
  readonly attempts: number
}

/**
 * What keeps events. A server calls it; programs need no more than a layer.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /**
   * Keeps events: once this has succeeded, they survive the process. Answers those that are this process's to handle now. An
   * event that is kept already, or that was completed not long ago, is a duplicate and none of them.
   *
   * A server calls it uninterruptibly, together with what takes the answer: an event that was stored and answered to nobody may
   * come back only with the next start. `InboxFile` does not let it be interrupted in any case.
   */
  readonly store: (deliveries: ReadonlyArray<Delivery>) => Effect.Effect<ReadonlyArray<Entry>, StoreError.StoreError>
  /**
   * The events that come to this process other than by its own `store`, those of one chat in their order: what an earlier
   * run left, what comes to the same chat before that is dealt with, and what it takes over from other processes, if it
   * shares the store with any. Ask for the next one when the last one is in its place.
   */
  readonly pending: Stream.Stream<Entry, StoreError.StoreError>
  /**
   * The handling of an event begins. It is counted before its handler runs; `InboxFile` counts it later where the disk is full. If
   * it fails, the event is not handled here: it stays in the inbox, or another process has it.
   */
  readonly begin: (entry: Entry) => Effect.Effect<void, StoreError.StoreError>
  /** The handling of an event has ended: it never comes back. */
  readonly complete: (entry: Entry) => Effect.Effect<void, StoreError.StoreError>
}

/**
 * The inbox of a server.
 *
 * @since 0.1.0
 * @category services
 */
export class Inbox extends Context.Tag("line-effect/Inbox")<Inbox, Service>() {}
