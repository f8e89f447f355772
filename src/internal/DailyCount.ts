/**
 * How many messages were sent on a day: LINE tells it of every kind of message in the same way.
 */
import * as Schema from "effect/Schema"
import type * as Messaging from "../Messaging.js"
import * as Day from "./Day.js"
import * as Tolerant from "./Tolerant.js"

/** The answer. */
export const NumberOfMessages: Schema.Schema<Messaging.NumberOfMessages, unknown> = Tolerant.struct({
  status: Tolerant.enumeration("ready", "unready", "unavailable_for_privacy", "out_of_service"),
  success: Schema.optionalWith(Schema.Number, { exact: true })
}).annotations({ identifier: "NumberOfMessages" })

/** What an operation that asks for it is made of. */
export const onDay = { query: { date: Day.Day }, success: NumberOfMessages }
