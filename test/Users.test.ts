import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import * as Emulator from "line-effect/Emulator"
import * as LineError from "line-effect/LineError"
import * as Operation from "line-effect/Operation"
import * as Users from "line-effect/Users"
import * as Emulated from "./support/Emulated.js"
import * as Transport from "./support/Transport.js"

const collect = <A, E, R>(stream: Stream.Stream<A, E, R>) =>
  Effect.map(Stream.runCollect(stream), (items) => [...items])

describe("a profile", () => {
  it.effect("has what the user shares, and no more is needed", () =>
    Effect.gen(function* () {
      const bare = { displayName: "LINE taro", userId: "U4af4980629" }
      const whole = { ...bare, language: "en", pictureUrl: "https://example.com/1", statusMessage: "Hello, LINE!" }
      for (const profile of [bare, whole]) {
        const { requests, result } = yield* Transport.run(Users.getProfile({ userId: "U4af4980629" }), [
          Transport.answer(200, profile)
        ])
        assert.deepStrictEqual(result, Either.right(profile))
        assert.deepStrictEqual(requests, ["GET /v2/bot/profile/U4af4980629"])
      }
    })
  )

  it.effect("is not found where the user does not share it", () =>
    Effect.gen(function* () {
      const { result } = yield* Transport.run(Users.getProfile({ userId: "U1" }), [
        Transport.answer(404, { message: "Not found" })
      ])
      assert.instanceOf(Either.getOrThrow(Either.flip(result)), LineError.NotFound)
    })
  )
})

describe("a link token", () => {
  it.effect("is issued once for each call, never by a repetition", () =>
    Effect.gen(function* () {
      const issued = yield* Transport.run(Users.issueLinkToken({ userId: "U1" }), [
        Transport.answer(200, { linkToken: "NMZTN" })
      ])
      assert.deepStrictEqual(issued.result, Either.right({ linkToken: "NMZTN" }))
      assert.deepStrictEqual(issued.requests, ["POST /v2/bot/user/U1/linkToken"])
      const lost = yield* Transport.run(Users.issueLinkToken({ userId: "U1" }), [Transport.reset])
      assert.strictEqual(lost.requests.length, 1)
      assert.isTrue(LineError.isAmbiguous(Either.getOrThrow(Either.flip(lost.result))))
    })
  )
})

describe("followers", () => {
  const pages = [
    Transport.answer(200, { userIds: ["U1", "U2"], next: "yANU9IA.." }),
    Transport.answer(200, { userIds: [], next: "a b&c" }),
    Transport.answer(200, { userIds: ["U3"] })
  ]

  it.effect("are those of all pages, also of short and empty ones", () =>
    Effect.gen(function* () {
      const { requests, result } = yield* Transport.run(collect(Users.followers()), pages)
      assert.deepStrictEqual(result, Either.right(["U1", "U2", "U3"]))
      assert.deepStrictEqual(requests, [
        "GET /v2/bot/followers/ids",
        "GET /v2/bot/followers/ids?start=yANU9IA..",
        "GET /v2/bot/followers/ids?start=a+b%26c"
      ])
    })
  )

  it.effect("are asked for page by page, as they are needed", () =>
    Effect.gen(function* () {
      for (const [taken, count] of [
        [0, 0],
        [1, 1],
        [2, 1],
        [3, 3]
      ] as const) {
        const { requests } = yield* Transport.run(collect(Stream.take(Users.followers(), taken)), pages)
        assert.strictEqual(requests.length, count, `${taken} taken`)
      }
    })
  )

  it.effect("begin where they are told to, in pages of the size that is asked for", () =>
    Effect.gen(function* () {
      const { requests, result } = yield* Transport.run(collect(Users.followers({ limit: 1000, start: "abc" })), [
        Transport.answer(200, { userIds: ["U3"] })
      ])
      assert.deepStrictEqual(result, Either.right(["U3"]))
      assert.deepStrictEqual(requests, ["GET /v2/bot/followers/ids?limit=1000&start=abc"])
    })
  )

  for (const limit of [0, 1001, 1.5]) {
    it.effect(`are refused in pages of ${limit} before anything is sent`, () =>
      Effect.gen(function* () {
        const { requests, result } = yield* Transport.run(collect(Users.followers({ limit })), pages)
        const error = Either.getOrThrow(Either.flip(result))
        assert.isTrue(error._tag === "LineInvalidRequest" && error.issues[0]?.path === "limit")
        assert.lengthOf(requests, 0)
      })
    )
  }

  it.effect("repeat a page that failed, and fail where it cannot be had, after what came before", () =>
    Effect.gen(function* () {
      const [first = Transport.hang, , last = Transport.hang] = pages
      const through = yield* Transport.run(collect(Users.followers()), [
        first,
        Transport.reset,
        Transport.answer(503),
        last
      ])
      assert.deepStrictEqual(through.result, Either.right(["U1", "U2", "U3"]))
      const seen: Array<string> = []
      const expired = Users.followers().pipe(Stream.runForEach((userId) => Effect.sync(() => seen.push(userId))))
      const { result } = yield* Transport.run(expired, [
        first,
        Transport.answer(400, { message: "Invalid start param" })
      ])
      assert.strictEqual(Either.getOrThrow(Either.flip(result))._tag, "LineBadRequest")
      assert.deepStrictEqual(seen, ["U1", "U2"])
    })
  )

  it.effect("can be gone on with from a token that was kept", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const users = yield* Effect.replicateEffect(emulator.addUser(), 7)
      const userIds = users.map(({ userId }) => userId)
      const [page] = yield* collect(Stream.take(Operation.pages(Users.getFollowers, { limit: 3 }), 1))
      assert.deepStrictEqual(page?.userIds, userIds.slice(0, 3))
      const rest = yield* collect(Users.followers({ limit: 3, start: page?.next }))
      assert.deepStrictEqual(rest, userIds.slice(3))
      assert.deepStrictEqual(yield* collect(Users.followers()), userIds)
    }).pipe(Emulated.provide())
  )

  it.effect("are forbidden to an account that is not verified", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Stream.runDrain(Users.followers()))
      assert.strictEqual(error._tag, "LineForbidden")
    }).pipe(Emulated.provide({ verified: false }))
  )
})
