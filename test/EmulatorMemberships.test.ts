import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Memberships from "line-effect/Memberships"
import * as Missions from "line-effect/Missions"
import * as Acts from "../src/emulator/Memberships.js"
import * as Plan from "../src/emulator/Plan.js"
import * as Emulated from "./support/Emulated.js"
import * as World from "./support/World.js"

const messageOf = <A>(effect: Effect.Effect<A, unknown>) =>
  Effect.map(Effect.flip(effect as Effect.Effect<A, { _tag: string; lineMessage?: string }>), (error) => [
    error._tag,
    error.lineMessage
  ])

const january31 = Date.UTC(2027, 0, 31, 3)

describe("the memberships of the emulator", () => {
  it.effect("have one plan in a new world", () =>
    Effect.gen(function* () {
      const { memberships } = yield* Memberships.getMembershipList()
      assert.deepStrictEqual(
        memberships.map(({ isPublished, memberCount, memberLimit }) => [isPublished, memberCount, memberLimit]),
        [[true, 0, null]]
      )
    }).pipe(Emulated.provide())
  )

  it.scoped("are joined, renewed and left, and each is an event that can be replied to", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(january31)
      const line = yield* World.make()
      const userId = yield* line.addUser()
      const act = (step: typeof Acts.join) => Either.getOrThrow(step(line.world, userId, undefined, january31))
      const subscription = World.provide(line)(Memberships.getMembershipSubscription({ userId }))
      assert.deepStrictEqual(yield* messageOf(subscription), ["LineNotFound", "Not found"])
      const { replyToken, ...joined } = act(Acts.join)
      assert.deepStrictEqual(joined, {
        type: "membership",
        source: { type: "user", userId },
        membership: { type: "joined", membershipId: 1 }
      })
      const messages = [{ type: "text", text: "Welcome" }]
      const reply = yield* line.call("POST", "/v2/bot/message/reply", { body: { replyToken, messages } })
      assert.strictEqual(reply.status, 200)
      const userNow = Effect.map(subscription, ({ subscriptions }) => subscriptions.map(({ user }) => user))
      const joinedTime = january31 / 1000
      assert.deepStrictEqual(yield* userNow, [
        { membershipNo: 1, joinedTime, nextBillingDate: "2027-02-28", totalSubscriptionMonths: 1 }
      ])
      assert.deepInclude(act(Acts.renew)["membership"], { type: "renewed" })
      assert.deepStrictEqual(yield* userNow, [
        { membershipNo: 1, joinedTime, nextBillingDate: "2027-03-31", totalSubscriptionMonths: 2 }
      ])
      assert.deepInclude(act(Acts.leave)["membership"], { type: "left" })
      assert.deepStrictEqual(yield* messageOf(subscription), ["LineNotFound", "Not found"])
      // Whoever comes back has a new number.
      act(Acts.join)
      assert.deepInclude((yield* userNow)[0], { membershipNo: 2, totalSubscriptionMonths: 1 })
    })
  )

  it.scoped("are at most five plans, which may be full or closed", () =>
    Effect.gen(function* () {
      const { addUser, world } = yield* World.make()
      const [a, b] = [yield* addUser(), yield* addUser()]
      const id = Either.getOrThrow(Plan.add(world, { title: "Gold", memberLimit: 1, price: 1000 }))
      assert.isTrue(Either.isRight(Acts.join(world, a, id, 0)))
      assert.deepStrictEqual(Acts.join(world, b, id, 0), Either.left("Gold is full"))
      assert.deepStrictEqual(Acts.join(world, a, id, 0), Either.left("User 1 is a member of Gold"))
      assert.deepStrictEqual(Acts.renew(world, b, id, 0), Either.left("User 2 is no member of Gold"))
      assert.deepStrictEqual(Acts.leave(world, b, undefined, 0), Either.left("User 2 is no member of any plan"))
      assert.deepStrictEqual(Acts.join(world, b, 9, 0), Either.left("There is no membership plan 9"))
      Acts.publish(world, id, false)
      assert.deepStrictEqual(Acts.join(world, b, id, 0), Either.left("Nobody can join Gold any more"))
      for (let count = 0; count < 3; count++) assert.isTrue(Either.isRight(Plan.add(world)))
      assert.isTrue(Either.isLeft(Plan.add(world)))
    })
  )

  it.scoped("are listed as long as anybody has them", () =>
    Effect.gen(function* () {
      const line = yield* World.make()
      const { world } = line
      const list = World.provide(line)(Memberships.getMembershipList())
      const userId = yield* line.addUser()
      Acts.join(world, userId, undefined, 0)
      Acts.publish(world, 1, false)
      assert.deepInclude((yield* list).memberships[0], { isPublished: false, memberCount: 1 })
      Acts.leave(world, userId, undefined, 0)
      assert.deepStrictEqual(yield* messageOf(list), ["LineNotFound", "Membership plan not found"])
    })
  )

  it.scoped("tell their members who are friends, page by page", () =>
    Effect.gen(function* () {
      const line = yield* World.make()
      const { world } = line
      const ids = yield* Effect.forEach(Array.from({ length: 5 }), () => line.addUser())
      for (const userId of ids) Acts.join(world, userId, undefined, 0)
      yield* line.act({ type: "unfollow", userId: ids[1] ?? "" })
      const members = Stream.runCollect(Memberships.joinedUsers({ membershipId: 1, limit: 2 }))
      const friends = ids.filter((_, index) => index !== 1)
      assert.deepStrictEqual([...(yield* World.provide(line)(members))], friends)
      const unknown = World.provide(line)(Memberships.getJoinedMembershipUsers({ membershipId: 7 }))
      assert.deepStrictEqual(yield* messageOf(unknown), ["LineNotFound", "Membership ID is not found"])
      for (const [path, message] of [
        ["one/users/ids", "The value for the 'membershipId' parameter is invalid"],
        ["1/users/ids?start=x", "Invalid start param"],
        ["1/users/ids?limit=1001", "The value for the 'limit' parameter is invalid"],
        ["subscription/U1", "The value for the 'userId' parameter is invalid"]
      ]) {
        assert.deepStrictEqual(yield* line.call("GET", `/v2/bot/membership/${path}`), {
          status: 400,
          body: { message }
        })
      }
    })
  )
})

describe("the mission stickers of the emulator", () => {
  it.scoped("go to users, or are refused in LINE's words", () =>
    Effect.gen(function* () {
      const line = yield* World.make()
      const to = yield* line.addUser()
      const given = { to, productId: "1234", productType: "STICKER", sendPresentMessage: false } as const
      yield* World.provide(line)(Missions.missionStickerV3(given))
      const send = (body: unknown) => line.call("POST", "/shop/v3/mission", { body })
      // LINE's success has no body.
      assert.deepStrictEqual(yield* send(given), { status: 200, body: undefined })
      for (const [body, status, message] of [
        [{ ...given, to: `U${"0".repeat(32)}` }, 400, "invalid request"],
        [{ ...given, to: undefined }, 400, "invalid request"],
        [{ ...given, sendPresentMessage: true }, 400, "invalid request"],
        [{ ...given, productId: "abc" }, 404, "not found"]
      ] as const) {
        assert.deepStrictEqual(yield* send(body), { status, body: { message } })
      }
    })
  )
})
