/** A program that uses five operations. */
import { FetchHttpClient } from "@effect/platform"
import { Effect, Layer, Redacted } from "effect"
import * as Chats from "line-effect/Chats"
import * as Content from "line-effect/Content"
import * as LineClient from "line-effect/LineClient"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as Users from "line-effect/Users"

const program = Effect.gen(function* () {
  const { displayName } = yield* Users.getProfile({ userId: "U1" })
  const { groupName } = yield* Chats.getGroupSummary({ groupId: "C1" })
  const { contentType } = yield* Content.getMessageContent({ messageId: "1" })
  const { requestId } = yield* Messaging.pushMessage({ to: "U1", messages: [Message.text(displayName)] })
  yield* Messaging.replyMessage({ replyToken: "r1", messages: [Message.text(groupName)] })
  return `${contentType} ${requestId}`
}).pipe(Effect.catchTag("LineNotFound", ({ requestId }) => Effect.succeed(requestId ?? "")))

export const run: Effect.Effect<string, unknown> = program.pipe(
  Effect.provide(
    LineClient.layer({ channelAccessToken: Redacted.make("token") }).pipe(Layer.provide(FetchHttpClient.layer))
  )
)
