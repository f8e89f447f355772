import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Emulator from "line-effect/Emulator"
import type * as LineClient from "line-effect/LineClient"
import * as Webhook from "line-effect/Webhook"
import * as Emulated from "./Emulated.js"
import * as Server from "./Server.js"

/** A bot of these handlers, which hears of everything from now on, on a port if the emulator is in another process. */
export const start = <E>(
  handlers: Webhook.Handlers<E, LineClient.LineClient>,
  { onPort }: { readonly onPort: boolean }
) =>
  Effect.gen(function* () {
    const line = yield* Emulator.Emulator
    const { dispose, handler } = Webhook.toWebHandler(
      { channelSecret: line.channel.channelSecret, handlers },
      Emulated.client.pipe(
        Layer.provide(Layer.succeed(Emulator.Emulator, line)),
        Layer.merge(Layer.setClock(yield* Effect.clock)),
        // What goes wrong with it is what the tests are about.
        Layer.merge(Logger.minimumLogLevel(LogLevel.None))
      )
    )
    yield* Effect.addFinalizer(() => Effect.promise(dispose))
    yield* line.setWebhook(onPort ? yield* Server.serve(handler) : handler)
  })
