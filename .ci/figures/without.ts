/** The same program without operations. */
import { FetchHttpClient, type HttpClient } from "@effect/platform"
import { Data, Effect, Redacted } from "effect"

class LineNotFound extends Data.TaggedError("LineNotFound")<{ readonly requestId: string | undefined }> {}

const get = <A>(a: A): Effect.Effect<A, LineNotFound, HttpClient.HttpClient> => Effect.succeed(a)

const program = Effect.gen(function* () {
  const { displayName } = yield* get({ displayName: "Mika" })
  const { groupName } = yield* get({ groupName: "Group" })
  const { contentType } = yield* get({ contentType: "image/png" })
  const { requestId } = yield* get({ requestId: displayName })
  yield* get({ token: Redacted.make(groupName) })
  return `${contentType} ${requestId}`
}).pipe(Effect.catchTag("LineNotFound", ({ requestId }) => Effect.succeed(requestId ?? "")))

export const run: Effect.Effect<string, unknown> = program.pipe(Effect.provide(FetchHttpClient.layer))
