import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as Modules from "line-effect/Modules"
import { generateKeyPairSync } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Journal from "../src/emulator/Journal.js"
import * as Memberships from "../src/emulator/Memberships.js"
import * as ModuleActs from "../src/emulator/Modules.js"
import * as Notifications from "../src/emulator/Notifications.js"
import * as Plan from "../src/emulator/Plan.js"
import * as Reactions from "../src/emulator/Reactions.js"
import * as Png from "./support/Png.js"
import * as World from "./support/World.js"

const file = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "line-effect-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
  ),
  (folder) => join(folder, "line")
)

const menu = {
  size: { width: 800, height: 540 },
  selected: true,
  name: "menu",
  chatBarText: "Menu",
  areas: [{ bounds: { x: 0, y: 0, width: 800, height: 540 }, action: { type: "message", text: "hi" } }]
}

const phoneNumber = "+818000001234"
const to = "d41e0ad70dddfeb68f149ad6fc61574b9c5780ab7bcb2fba5517771ffbb2409c"
const messages = [{ type: "text", text: "hello" }]

/** The state of a world, without what belongs to its process and what only passes. */
const stateOf = ({ world }: World.Line) => {
  const { counts: _c, deliveries: _d, ids: _i, requests: _r, surroundings: _o, channel, ...state } = world
  return { ...state, channel: channel.channelId }
}

/** Calls of every kind that changes what was not served before, or changes it later. */
const call = (line: World.Line, userId: string, other: string) =>
  Effect.gen(function* () {
    const { call, world } = line
    const post = (path: string, body?: unknown) => call("POST", path, body === undefined ? {} : { body })
    yield* post("/liff/v1/apps", { view: { type: "full", url: "https://example.com" } })
    yield* post(`/v2/bot/user/${userId}/linkToken`)
    yield* post(`/v2/bot/chat/${userId}/control/acquire`)
    yield* post("/bot/pnp/push", { to, messages })
    yield* post("/v2/bot/richmenu", menu)
    yield* post("/v2/bot/richmenu", menu)
    const [from = "", target = ""] = [...world.richMenus.menus.keys()].slice(-2)
    for (const id of [from, target]) {
      const body = Png.make(800, 540)
      yield* line.upload(`/v2/bot/richmenu/${id}/content`, body, "image/png")
    }
    yield* post(`/v2/bot/user/${userId}/richmenu/${from}`)
    yield* post("/v2/bot/richmenu/bulk/link", { richMenuId: from, userIds: [other] })
    yield* post("/v2/bot/richmenu/bulk/unlink", { userIds: [other] })
    yield* post("/v2/bot/richmenu/batch", { operations: [{ type: "link", from, to: target }] })
    yield* post("/v2/bot/message/narrowcast", { messages })
    yield* post("/v2/bot/message/multicast", { to: [userId], messages, customAggregationUnits: ["unit"] })
  })

describe("the state of the emulator", () => {
  it.scoped("is plain data, and is in its file as it is", () =>
    Effect.gen(function* () {
      const path = yield* file
      const line = yield* World.make()
      const { world } = line
      const [userId, other] = [yield* line.addUser({ phoneNumber }), yield* line.addUser()]
      Notifications.decide(world, userId, "unset", 0)
      yield* call(line, userId, other)
      Either.getOrThrow(Plan.add(world, { title: "Gold" }))
      Either.getOrThrow(Memberships.join(world, userId, 2, 0))
      const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
      const jwk = { ...publicKey.export({ format: "jwk" }), alg: "RS256", use: "sig" }
      yield* line.act({ type: "registerAssertionKey", jwk })
      const { channelId: client_id, channelSecret: client_secret } = world.channel
      const authorization = { redirect_uri: "https://example.com", scope: "message:send" }
      const authorize = () =>
        Either.getOrThrow(
          ModuleActs.authorize(world, Modules.authorizeUrl({ client_id, state: "s", ...authorization }), 0)
        )
      ModuleActs.addAccount(world)
      authorize()
      const code = Redacted.make(new URL(authorize()).searchParams.get("code") ?? "")
      yield* World.provide(line)(Modules.attachModule({ ...authorization, client_id, client_secret, code }))
      yield* World.provide(line)(Messaging.broadcast({ messages: [Message.text("hello")] }))
      const [richMenuId = ""] = [...world.richMenus.menus.keys()]
      Reactions.opened(world, userId, userId, richMenuId, 0)
      yield* Effect.scoped(Effect.map(Journal.open(path), ({ begin }) => begin(world)))
      const again = yield* World.make()
      yield* Effect.scoped(Effect.map(Journal.open(path), ({ restore }) => restore(again.world)))
      assert.deepStrictEqual(stateOf(again), stateOf(line))
    })
  )

  it.scoped("comes out the same when its steps are made again", () =>
    Effect.gen(function* () {
      const path = yield* file
      const line = yield* World.make()
      const [userId, other] = [yield* line.addUser({ phoneNumber }), yield* line.addUser()]
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { begin } = yield* Journal.open(path)
          begin(line.world)
          yield* call(line, userId, other)
          // Halfway: some of what was to come is done, and some is not.
          yield* TestClock.adjust("1 second")
        })
      )
      assert.lengthOf(line.world.richMenus.changes, 1)
      const again = yield* World.make()
      yield* Effect.scoped(Effect.map(Journal.open(path), ({ restore }) => restore(again.world)))
      assert.deepStrictEqual(stateOf(again), stateOf(line))
    })
  )
})
