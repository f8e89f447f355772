/**
 * A bot whose channel access tokens LINE issues on demand: each lives for 15 minutes, and the bot for an hour. LINE is the
 * emulator, in this process, and the clock is one that the program moves; for a channel of your own provide
 * `ChannelToken.layerClientConfig()` instead, and set LINE_CHANNEL_ID and LINE_CHANNEL_SECRET.
 *
 *     npx tsx examples/token-provider.ts
 */
import { NodeRuntime } from "@effect/platform-node"
import { Clock, Console, Effect, Layer, TestClock, TestContext } from "effect"
import * as Bot from "line-effect/Bot"
import * as ChannelToken from "line-effect/ChannelToken"
import * as Emulator from "line-effect/Emulator"

/** Calls LINE, and tells how many tokens it has issued so far. */
const call = Effect.gen(function* () {
  const line = yield* Emulator.Emulator
  const { displayName } = yield* Bot.getBotInfo()
  const issued = (yield* line.requests).filter(({ operationId }) => operationId === "issueStatelessChannelToken")
  const minute = Math.floor((yield* Clock.currentTimeMillis) / 60_000)
  yield* Console.log(`minute ${minute}: LINE knows ${displayName}, tokens issued: ${issued.length}`)
})

const program = Effect.gen(function* () {
  yield* call
  yield* TestClock.adjust("10 minutes")
  yield* call
  // Near the end of its life a token is still good for the call, and the next one is issued beside it.
  yield* TestClock.adjust("3 minutes")
  yield* call
  yield* TestClock.adjust("3 minutes")
  yield* call
  // Nobody calls, and no token is asked for, until there is a call to make.
  yield* TestClock.adjust("44 minutes")
  yield* call
})

const tokens = Layer.unwrapEffect(
  Effect.map(Emulator.Emulator, ({ channel: { channelId, channelSecret } }) =>
    ChannelToken.layerStateless({ channelId, channelSecret })
  )
)

program.pipe(
  Effect.provide(ChannelToken.layerClient().pipe(Layer.provide(tokens), Layer.provide(Emulator.layerHttpClient))),
  Effect.provide(Emulator.layer()),
  Effect.provide(TestContext.TestContext),
  NodeRuntime.runMain
)
