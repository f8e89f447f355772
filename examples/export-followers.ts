/**
 * Writes the ids of all followers to a file, page by page, in runs that each go on where the one before ended: a job that
 * has only so much time, or one that was stopped. LINE is the emulator, in this process; for a channel of your own provide
 * `LineClient.layerConfig()` instead.
 *
 *     npx tsx examples/export-followers.ts
 */
import { FileSystem, Path } from "@effect/platform"
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer, Option, Stream } from "effect"
import * as Emulator from "line-effect/Emulator"
import * as LineClient from "line-effect/LineClient"
import * as Operation from "line-effect/Operation"
import * as Users from "line-effect/Users"

/** Where the run before ended. */
const readBookmark = Effect.fn(function* (bookmark: string) {
  const fileSystem = yield* FileSystem.FileSystem
  return yield* fileSystem.readFileString(bookmark).pipe(
    Effect.asSome,
    // Any other failure ends the program: to begin anew would empty the file.
    Effect.catchIf(
      (error) => error._tag === "SystemError" && error.reason === "NotFound",
      () => Effect.succeedNone
    )
  )
})

/** Exports at most so many pages into a folder, and tells whether it has all followers now. */
const exportFollowers = Effect.fn(function* (folder: string, maximumPages: number) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const file = path.join(folder, "followers.txt")
  const bookmark = path.join(folder, "next.txt")

  const start = yield* readBookmark(bookmark)
  if (Option.isNone(start)) yield* fileSystem.writeFileString(file, "")
  const written = yield* Operation.pages(Users.getFollowers, { limit: 300, start: Option.getOrUndefined(start) }).pipe(
    Stream.take(maximumPages),
    // First the page, then the bookmark: if the program ends in between, a page is written twice, and none is lost.
    Stream.tap(({ userIds }) =>
      fileSystem.writeFileString(file, userIds.map((userId) => `${userId}\n`).join(""), { flag: "a" })
    ),
    Stream.tap(({ next }) =>
      next === undefined ? fileSystem.remove(bookmark, { force: true }) : fileSystem.writeFileString(bookmark, next)
    ),
    Stream.runFold(0, (written, { userIds }) => written + userIds.length),
    // LINE knows the token of the next page for 24 hours: the next run begins anew.
    Effect.catchIf(
      (error) => error._tag === "LineBadRequest" && Option.isSome(start),
      (error) =>
        Effect.zipRight(
          fileSystem.remove(bookmark),
          Console.log(`the bookmark is no longer valid, beginning anew: ${error.message}`)
        ).pipe(Effect.as(undefined))
    )
  )
  if (written === undefined) return false
  const isComplete = !(yield* fileSystem.exists(bookmark))
  yield* Console.log(`${written} followers written to ${file}, ${isComplete ? "all are there" : "more to come"}`)
  return isComplete
})

const program = Effect.gen(function* () {
  const line = yield* Emulator.Emulator
  yield* Effect.replicateEffect(line.addUser(), 1000, { discard: true })
  const fileSystem = yield* FileSystem.FileSystem
  const folder = yield* fileSystem.makeTempDirectory({ prefix: "line-followers-" })
  yield* Effect.repeat(exportFollowers(folder, 2), { until: (isComplete) => isComplete })
})

const client = Layer.unwrapEffect(
  Effect.map(Emulator.Emulator, ({ channel }) => LineClient.layer({ channelAccessToken: channel.channelAccessToken }))
).pipe(Layer.provide(Emulator.layerHttpClient))

program.pipe(
  Effect.provide(client),
  Effect.provide(Emulator.layer()),
  Effect.provide(NodeContext.layer),
  NodeRuntime.runMain
)
