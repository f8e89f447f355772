/** An emulator in a process of its own, with its world in the file that it is given: `node --import tsx server.ts FILE`. */
import * as Effect from "effect/Effect"
import * as Emulator from "line-effect/Emulator"

const [, , file = ""] = process.argv

Effect.gen(function* () {
  const line = yield* Emulator.Emulator
  const { url } = yield* Emulator.serve()
  const { chats } = yield* line.overview
  const [user] = chats.flatMap((chat) => (chat.type === "user" ? [chat.userId] : []))
  process.send?.({ url, user })
  return yield* Effect.never
}).pipe(
  Effect.scoped,
  Effect.provide(
    Emulator.layerFile(file, { rateLimits: false, begin: (line) => line.addUser({ displayName: "Mika" }) })
  ),
  Effect.runFork
)
