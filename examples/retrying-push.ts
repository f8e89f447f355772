/**
 * A push that is repeated by a policy of its own, and that stays one message however often it is repeated: also when
 * this program is started again with the same order, within the 24 hours that LINE remembers a key.
 *
 *     LINE_CHANNEL_ACCESS_TOKEN=… npx tsx examples/retrying-push.ts <user id> <order id>
 */
import { NodeHttpClient, NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer, Schedule } from "effect"
import * as LineClient from "line-effect/LineClient"
import type * as LineError from "line-effect/LineError"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as Retry from "line-effect/Retry"

// Every 50 ms for a start, then ever more slowly, for one minute; said aloud.
const patient: Retry.Policy = Schedule.exponential("50 millis").pipe(
  Schedule.upTo("1 minute"),
  Schedule.tapInput((error: LineError.LineError) => Console.log(`attempt ${error.attempts} failed: ${error._tag}`))
)

const shipped = (userId: string, orderId: string) =>
  Messaging.pushMessage({
    to: userId,
    messages: [Message.text(`Order ${orderId} is on its way.`)],
    retryKey: Retry.deriveKey(`order-shipped/${orderId}`)
  }).pipe(
    Retry.withPolicy(patient),
    Effect.flatMap((receipt) => Console.log(`${receipt.status} after ${receipt.attempts} attempts`)),
    Effect.catchTags({
      LineDuplicateRequest: () => Console.log("sent before, nothing to do"),
      LineQuotaExceeded: () => Console.log("out of messages this month, ask the customer to write first"),
      LineInvalidRequest: ({ issues }) => Console.log("mend the message:", issues)
    })
  )

const [userId = "", orderId = ""] = process.argv.slice(2)

shipped(userId, orderId).pipe(
  Effect.provide(LineClient.layerConfig().pipe(Layer.provide(NodeHttpClient.layerUndici))),
  NodeRuntime.runMain
)
