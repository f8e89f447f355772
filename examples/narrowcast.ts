/**
 * Sends a message to some of the followers, and waits until LINE has sent it. LINE is the emulator, in this process; for
 * a channel of your own provide `LineClient.layerConfig()` instead.
 *
 *     npx tsx examples/narrowcast.ts
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer } from "effect"
import * as Emulator from "line-effect/Emulator"
import * as LineClient from "line-effect/LineClient"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as Recipient from "line-effect/Recipient"

const invite = (area: Recipient.Area, text: string) =>
  Effect.gen(function* () {
    const receipt = yield* Messaging.narrowcast({
      messages: [Message.text(text)],
      filter: { demographic: Recipient.area([area]) }
    })
    yield* Console.log(`${area}: accepted`)
    const { failureCount, successCount } = yield* Messaging.awaitNarrowcast(receipt, { deadline: "1 hour" })
    yield* Console.log(`${area}: sent to ${successCount}, failed for ${failureCount}`)
  }).pipe(
    Effect.catchTags({
      LineNarrowcastFailed: ({ failedDescription }) => Console.log(`${area}: not sent: ${failedDescription}`),
      LineNotFinished: ({ message }) => Console.log(`${area}: ${message}`)
    })
  )

const program = Effect.gen(function* () {
  const line = yield* Emulator.Emulator
  yield* Effect.forEach(["jp_13", "jp_27", "jp_27", "jp_27"], (area) => line.addUser({ area }))
  yield* Effect.all([invite("jp_27", "See you in Osaka!"), invite("jp_13", "See you in Tokyo!")])
})

const client = Layer.unwrapEffect(
  Effect.map(Emulator.Emulator, ({ channel }) => LineClient.layer({ channelAccessToken: channel.channelAccessToken }))
).pipe(Layer.provide(Emulator.layerHttpClient))

program.pipe(
  Effect.provide(client),
  Effect.provide(Emulator.layer({ narrowcastMinimum: { reach: 0, recipients: 2 } })),
  NodeRuntime.runMain
)
