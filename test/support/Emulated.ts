import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Emulator from "line-effect/Emulator"
import * as LineClient from "line-effect/LineClient"

/** A client of the emulator. */
export const client = Layer.unwrapEffect(
  Effect.map(Emulator.Emulator, ({ channel }) => LineClient.layer({ channelAccessToken: channel.channelAccessToken }))
).pipe(Layer.provide(Emulator.layerHttpClient))

/** Provides a client, and the LINE it speaks to in process. */
export const provide =
  (options: Emulator.Options = {}) =>
  <A, E, R>(effect: Effect.Effect<A, E, R | LineClient.LineClient | Emulator.Emulator>) =>
    effect.pipe(Effect.provide(client), Effect.provide(Emulator.layer(options)))
