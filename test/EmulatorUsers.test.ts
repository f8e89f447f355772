import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as TestClock from "effect/TestClock"
import * as Users from "line-effect/Users"
import * as Acts from "../src/emulator/Users.js"
import * as World from "./support/World.js"

const nonce = "a-nonce-of-the-provider"

describe("linking an account in the emulator", () => {
  it.scoped("is an event that can be replied to, once for each token", () =>
    Effect.gen(function* () {
      const line = yield* World.make()
      const userId = yield* line.addUser()
      const { linkToken } = yield* World.provide(line)(Users.issueLinkToken({ userId }))
      for (const wrong of ["too-short", "x".repeat(256)]) {
        assert.isTrue(Either.isLeft(Acts.linkAccount(line.world, userId, linkToken, wrong, 0)))
      }
      const { replyToken, ...event } = Either.getOrThrow(Acts.linkAccount(line.world, userId, linkToken, nonce, 0))
      assert.deepStrictEqual(event, {
        type: "accountLink",
        source: { type: "user", userId },
        link: { result: "ok", nonce }
      })
      const messages = [{ type: "text", text: "Linked" }]
      const reply = yield* line.call("POST", "/v2/bot/message/reply", { body: { replyToken, messages } })
      assert.strictEqual(reply.status, 200)
      assert.isTrue(Either.isLeft(Acts.linkAccount(line.world, userId, linkToken, nonce, 0)))
    })
  )

  it.scoped("is for the user of the token, and ten minutes", () =>
    Effect.gen(function* () {
      const line = yield* World.make()
      const [userId, other] = [yield* line.addUser(), yield* line.addUser()]
      const issue = World.provide(line)(Effect.map(Users.issueLinkToken({ userId }), ({ linkToken }) => linkToken))
      const failed = Acts.linkAccount(line.world, other, yield* issue, nonce, 0)
      assert.deepStrictEqual(failed, Either.right({ type: "accountLink", link: { result: "failed", nonce } }))
      const late = yield* issue
      yield* TestClock.adjust("10 minutes")
      assert.isTrue(Either.isLeft(Acts.linkAccount(line.world, userId, late, nonce, 600_000)))
      assert.isTrue(Either.isRight(Acts.linkAccount(line.world, userId, yield* issue, nonce, 1_199_999)))
      assert.strictEqual(line.world.linkTokens.size, 0)
      assert.isTrue(Either.isLeft(Acts.linkAccount(line.world, "U1", "token", nonce, 0)))
    })
  )
})
