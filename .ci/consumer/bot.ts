/** A stranger's program: what a consumer's compiler and Node see of the packed package. */
import { Effect, Either, Layer, Redacted } from "effect"
import * as Emulator from "line-effect/Emulator"
import * as Flex from "line-effect/Flex"
import * as LineClient from "line-effect/LineClient"
import type * as LineError from "line-effect/LineError"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import type * as Receipt from "line-effect/Receipt"
import * as Users from "line-effect/Users"
import * as Webhook from "line-effect/Webhook"

const bubble = Flex.bubble({ body: Flex.box({ layout: "vertical", contents: [Flex.text("hello")] }) })

// Without exactOptionalPropertyTypes an optional property may be undefined.
const quickReply: Message.QuickReply | undefined = undefined

const push: Effect.Effect<
  Receipt.Receipt,
  LineError.Common | LineError.DuplicateRequest | LineError.QuotaExceeded,
  LineClient.LineClient
> = Messaging.pushMessage({
  to: "U1",
  messages: [
    { type: "text", text: "a literal is a message", quickReply },
    Message.flex({ altText: "hello", contents: bubble })
  ]
})

// @ts-expect-error a push needs a recipient
const withoutRecipient = () => Messaging.pushMessage({ messages: [] })

// @ts-expect-error an unknown event type has no handler
const misspelt = () => Webhook.handlers({ folow: () => Effect.void })

const handlers: Webhook.Handlers<
  LineError.Common | LineError.NotFound | LineError.InvalidResponse,
  LineClient.LineClient
> = Webhook.handlers({
  message: ({ message, source }) =>
    message.type === "text" && source?.type === "user" && source.userId !== undefined
      ? Effect.map(Users.getProfile({ userId: source.userId }), ({ displayName }) => `${displayName}: ${message.text}`)
      : Effect.void,
  unknown: ({ originalType }) => Effect.log(originalType)
})

const program = Effect.gen(function* () {
  const emulator = yield* Emulator.Emulator
  const user = yield* emulator.addUser({ displayName: "Mika" })
  const client = LineClient.layer({ channelAccessToken: emulator.channel.channelAccessToken }).pipe(
    Layer.provide(Emulator.layerHttpClient)
  )
  const outcome = yield* Effect.either(push).pipe(Effect.provide(client))
  if (Either.isRight(outcome)) return yield* Effect.dieMessage("nobody is called U1")
  const web = Webhook.toWebHandler(
    { channelSecret: Redacted.make("another secret"), handlers },
    client.pipe(Layer.provide(Layer.succeed(Emulator.Emulator, emulator)))
  )
  yield* emulator.setWebhook(web.handler)
  const { outcome: refused } = yield* emulator.say(user, "hello")
  if (refused._tag !== "Failed" || refused.status !== 401) return yield* Effect.dieMessage("a forged webhook was taken")
  yield* Effect.promise(() => web.dispose())
}).pipe(Effect.provide(Emulator.layer()))

await Effect.runPromise(program)
console.log("the packed package works", typeof withoutRecipient, typeof misspelt)
