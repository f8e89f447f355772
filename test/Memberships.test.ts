import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import * as Memberships from "line-effect/Memberships"
import * as Unknown from "line-effect/Unknown"
import * as Transport from "./support/Transport.js"
import { unknownMember } from "./support/Unknown.js"

const plan = {
  membershipId: 3189,
  title: "Basic Plan",
  description: "You will receive messages and photos every Saturday.",
  benefits: ["Members Only Messages", "Members Only Photos"],
  price: 500.0,
  currency: "JPY"
} as const

const user = { membershipNo: 1, joinedTime: 1707214784, nextBillingDate: "2024-02-08", totalSubscriptionMonths: 1 }

const offered = { ...plan, memberCount: 1, memberLimit: null, isInAppPurchase: true, isPublished: true }

describe("the memberships of a user", () => {
  it.effect("are the plans, and how the user has joined them", () =>
    Effect.gen(function* () {
      const { requests, result } = yield* Transport.run(Memberships.getMembershipSubscription({ userId: "U1" }), [
        Transport.answer(200, { subscriptions: [{ membership: plan, user }] })
      ])
      assert.deepStrictEqual(result, Either.right({ subscriptions: [{ membership: plan, user }] }))
      assert.deepStrictEqual(requests, ["GET /v2/bot/membership/subscription/U1"])
    })
  )

  it.effect("have a price in a currency that may be new", () =>
    Effect.gen(function* () {
      const { result } = yield* Transport.run(Memberships.getMembershipSubscription({ userId: "U1" }), [
        Transport.answer(200, { subscriptions: [{ membership: { ...plan, price: 9.5, currency: "USD" }, user }] })
      ])
      const membership = Either.getOrThrow(result).subscriptions[0]?.membership
      assert.strictEqual(membership?.price, 9.5)
      assert.deepStrictEqual(membership?.currency, unknownMember("USD"))
      assert.isTrue(Unknown.isUnknown(membership?.currency))
    })
  )

  it.effect("are not found where there are none", () =>
    Effect.gen(function* () {
      const { result } = yield* Transport.run(Memberships.getMembershipSubscription({ userId: "U1" }), [
        Transport.answer(404, { message: "Not found" })
      ])
      assert.strictEqual(Either.getOrThrow(Either.flip(result))._tag, "LineNotFound")
    })
  )
})

describe("the memberships of an account", () => {
  it.effect("may be without limit, closed to new members, and more than this version knows", () =>
    Effect.gen(function* () {
      const memberships = [offered, { ...offered, memberLimit: 100, isPublished: false, trialDays: 7 }]
      const { requests, result } = yield* Transport.run(Memberships.getMembershipList(), [
        Transport.answer(200, { memberships })
      ])
      assert.deepStrictEqual<unknown>(result, Either.right({ memberships }))
      assert.deepStrictEqual(requests, ["GET /v2/bot/membership/list"])
    })
  )

  it.effect("are not found where there are none", () =>
    Effect.gen(function* () {
      const { result } = yield* Transport.run(Memberships.getMembershipList(), [
        Transport.answer(404, { message: "Membership plan not found" })
      ])
      const error = Either.getOrThrow(Either.flip(result))
      assert.strictEqual(error._tag, "LineNotFound")
      assert.deepInclude(error, { lineMessage: "Membership plan not found" })
    })
  )
})

describe("the members of a plan", () => {
  const page = Transport.answer(200, { userIds: ["U1", "U2"], next: "yANU9IA" })

  it.effect("are a page of ids, as large as asked for", () =>
    Effect.gen(function* () {
      const { requests, result } = yield* Transport.run(
        Memberships.getJoinedMembershipUsers({ membershipId: 3189, limit: 2, start: "a=b" }),
        [page]
      )
      assert.deepStrictEqual(result, Either.right({ userIds: ["U1", "U2"], next: "yANU9IA" }))
      assert.deepStrictEqual(requests, ["GET /v2/bot/membership/3189/users/ids?limit=2&start=a%3Db"])
    })
  )

  it.effect("come 1 to 1,000 a page, of a plan with a number", () =>
    Effect.gen(function* () {
      for (const limit of [1, 1000]) {
        const { result } = yield* Transport.run(Memberships.getJoinedMembershipUsers({ membershipId: 1, limit }), [
          page
        ])
        assert.isTrue(Either.isRight(result))
      }
      const wrong: ReadonlyArray<readonly [path: string, Memberships.JoinedUsersRequest]> = [
        ["limit", { membershipId: 1, limit: 0 }],
        ["limit", { membershipId: 1, limit: 1001 }],
        ["limit", { membershipId: 1, limit: 1.5 }],
        ["start", { membershipId: 1, start: "" }],
        ["membershipId", { membershipId: 1.5 }],
        ["membershipId", { membershipId: Number.NaN }]
      ]
      for (const [path, request] of wrong) {
        const { requests, result } = yield* Transport.run(Memberships.getJoinedMembershipUsers(request), [page])
        const error = Either.getOrThrow(Either.flip(result))
        if (error._tag !== "LineInvalidRequest") return assert.fail(error._tag)
        assert.deepStrictEqual(
          error.issues.map((issue) => issue.path),
          [path]
        )
        assert.deepStrictEqual(requests, [])
      }
    })
  )

  it.effect("are not found for a plan that does not exist", () =>
    Effect.gen(function* () {
      const { result } = yield* Transport.run(Memberships.getJoinedMembershipUsers({ membershipId: 1 }), [
        Transport.answer(404, { message: "Membership ID is not found" })
      ])
      assert.strictEqual(Either.getOrThrow(Either.flip(result))._tag, "LineNotFound")
    })
  )

  it.effect("are a stream from any page on, through pages that are empty", () =>
    Effect.gen(function* () {
      const members = Memberships.joinedUsers({ membershipId: 7, limit: 2, start: "s" })
      const { requests, result } = yield* Transport.run(Stream.runCollect(members), [
        page,
        Transport.answer(200, { userIds: [], next: "n2" }),
        Transport.answer(200, { userIds: ["U3"] })
      ])
      assert.deepStrictEqual([...Either.getOrThrow(result)], ["U1", "U2", "U3"])
      assert.deepStrictEqual(requests, [
        "GET /v2/bot/membership/7/users/ids?limit=2&start=s",
        "GET /v2/bot/membership/7/users/ids?limit=2&start=yANU9IA",
        "GET /v2/bot/membership/7/users/ids?limit=2&start=n2"
      ])
    })
  )

  it.effect("are asked for only as far as they are needed", () =>
    Effect.gen(function* () {
      const { requests, result } = yield* Transport.run(
        Stream.runCollect(Stream.take(Memberships.joinedUsers({ membershipId: 7 }), 2)),
        [page, Transport.answer(500)]
      )
      assert.deepStrictEqual([...Either.getOrThrow(result)], ["U1", "U2"])
      assert.lengthOf(requests, 1)
    })
  )
})
