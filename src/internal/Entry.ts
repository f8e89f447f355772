/**
 * Events on their way to their handlers: which is which, and which wait for each other.
 */
import * as Uuid from "uuid"
import type * as Inbox from "../Inbox.js"
import * as WebhookEvent from "../WebhookEvent.js"

/** Deliveries as they came. An event without an id of LINE's is its own, and never a duplicate. */
export const fromDeliveries = (
  deliveries: ReadonlyArray<Inbox.Delivery>,
  receivedAt: number
): ReadonlyArray<Inbox.Entry> =>
  deliveries.map(({ channel, destination, event }) => {
    const entry = { id: event.webhookEventId ?? Uuid.v7(), destination, event, receivedAt, attempts: 0 }
    return channel === undefined ? entry : { ...entry, channel }
  })

/** The lane of an event: its chat's. One that is of no chat has a lane for itself. */
export const lane = ({ event, id }: Inbox.Entry): string => WebhookEvent.chatId(event.source) ?? id
