import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as fc from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Emulator from "line-effect/Emulator"
import type * as LineClient from "line-effect/LineClient"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as Operation from "line-effect/Operation"
import * as Retry from "line-effect/Retry"
import * as Emulated from "./support/Emulated.js"
import * as Transport from "./support/Transport.js"

const run = <A, E>(call: Effect.Effect<A, E, LineClient.LineClient>, script: ReadonlyArray<Transport.Step>) =>
  Transport.run(call, script, { retry: Retry.none })

const collect = <A, E, R>(stream: Stream.Stream<A, E, R>) =>
  Effect.map(Stream.runCollect(stream), (items) => [...items])

const messages = [Message.text("hello")] as const

const user = (index: number): string => `U${index.toString(16).padStart(32, "0")}`

const users = (count: number, from = 0): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, i) => user(from + i))

interface Body {
  readonly to: ReadonlyArray<string>
}

const bodyOf = ({ body }: Transport.Sent): Body => JSON.parse(body ?? "") as Body

const keyOf = ({ headers }: Transport.Sent): string | undefined => headers["x-line-retry-key"]

const ok = Transport.answer(200)
const duplicate = Transport.answer(
  409,
  { message: "The retry key is already accepted" },
  { "x-line-accepted-request-id": "request-before" }
)
const quotaExceeded = Transport.answer(429, { message: "You have reached your monthly limit." })

const multicastAll = <E = never, R = never>(to: Messaging.MulticastAllRequest<E, R>["to"], run = "run") =>
  Messaging.multicastAll({ run, to, messages })

/** The keys of a run, by their users. */
const keysOf = (to: ReadonlyArray<string>, name = "run") =>
  Effect.map(run(collect(multicastAll(to, name)), [ok]), ({ sent }) =>
    sent.map((request) => [keyOf(request), bodyOf(request).to.join()] as const)
  )

describe("multicastAll", () => {
  for (const [kind, of] of [
    ["an array", (userIds: ReadonlyArray<string>) => userIds],
    ["a set", (userIds: ReadonlyArray<string>) => new Set(userIds)],
    ["a stream", (userIds: ReadonlyArray<string>) => Stream.fromIterable(userIds)],
    ["a stream of small chunks", (userIds: ReadonlyArray<string>) => Stream.rechunk(Stream.fromIterable(userIds), 7)]
  ] as const) {
    it.effect(`sends to 500 users at a time, from ${kind}`, () =>
      Effect.gen(function* () {
        for (const [count, sizes] of [
          [0, []],
          [1, [1]],
          [500, [500]],
          [501, [500, 1]],
          [1200, [500, 500, 200]]
        ] as const) {
          const { result, sent } = yield* run(collect(multicastAll(of(users(count)))), [ok])
          assert.deepStrictEqual(
            sent.map((request) => bodyOf(request).to.length),
            [...sizes]
          )
          const results = Either.getOrThrow(result)
          assert.deepStrictEqual(
            results.flatMap(({ userIds }) => userIds),
            users(count)
          )
          assert.deepStrictEqual(
            results.map((result) => [
              result.userIds,
              result.status === "accepted" ? result.receipt.retryKey : undefined
            ]),
            sent.map((request) => [bodyOf(request).to, keyOf(request)])
          )
        }
      })
    )
  }

  it.effect("sends the messages as a multicast does, and nothing else", () =>
    Effect.gen(function* () {
      const { sent } = yield* run(
        collect(
          Messaging.multicastAll({
            run: "run",
            to: users(1),
            messages,
            notificationDisabled: true,
            customAggregationUnits: ["spring"],
            concurrency: 2
          })
        ),
        [ok]
      )
      assert.strictEqual(sent[0]?.url, "https://api.line.me/v2/bot/message/multicast")
      assert.deepEqual<unknown>(JSON.parse(sent[0]?.body ?? ""), {
        to: users(1),
        messages: [{ type: "text", text: "hello" }],
        notificationDisabled: true,
        customAggregationUnits: ["spring"]
      })
    })
  )

  describe("the key of 500 users", () => {
    it.effect("is a UUID, the same in each run of the same name, and another in any other run", () =>
      Effect.gen(function* () {
        const first = yield* keysOf(users(1200))
        assert.strictEqual(new Set(first.map(([key]) => key)).size, 3)
        for (const [key] of first) assert.match(key ?? "", /^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/)
        assert.deepStrictEqual(yield* keysOf(users(1200)), first)
        const other = yield* keysOf(users(1200), "another run")
        assert.isTrue(other.every(([key], index) => key !== first[index]?.[0]))
      })
    )

    it.effect("does not depend on their order, nor on who occurs twice among them, nor does the request", () =>
      Effect.gen(function* () {
        const first = yield* keysOf(users(500))
        assert.deepStrictEqual(yield* keysOf(users(500).toReversed()), first)
        assert.deepStrictEqual(yield* keysOf([...users(499), ...users(500)]), first)
      })
    )

    it.effect("stays the same when only what failed is sent again", () =>
      Effect.gen(function* () {
        const first = yield* keysOf(users(1700))
        assert.deepStrictEqual(yield* keysOf(users(1200, 500)), first.slice(1))
        assert.deepStrictEqual(yield* keysOf([...users(500), ...users(200, 1500)]), [
          ...first.slice(0, 1),
          ...first.slice(3)
        ])
      })
    )

    it.effect("is another as soon as one of the users is", () =>
      Effect.gen(function* () {
        const userIds = users(500)
        const [[key] = []] = yield* keysOf(userIds)
        for (const index of fc.sample(fc.nat(499), { seed: 1, numRuns: 10 })) {
          const [[changed] = []] = yield* keysOf(userIds.with(index, user(1000)))
          const [[fewer] = []] = yield* keysOf(userIds.toSpliced(index, 1))
          assert.strictEqual(new Set([key, changed, fewer]).size, 3)
        }
      })
    )
  })

  it.effect("messages nobody twice when it is run again, also after lost answers", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const followers = yield* Effect.replicateEffect(emulator.addUser(), 1100)
      const all = multicastAll(followers.map(({ userId }) => userId)).pipe(collect, Retry.withPolicy(Retry.none))
      yield* emulator.fault(Emulator.Fault.drop({ accept: "after" }))
      yield* emulator.fault(Emulator.Fault.drop())
      const first = yield* Transport.drive(all)
      assert.deepStrictEqual(
        first.map(({ status }) => status),
        ["failed", "failed", "accepted"]
      )
      assert.isTrue(first[0]?.status === "failed" && first[0].error.ambiguous)
      const second = yield* Transport.drive(all)
      assert.deepStrictEqual(
        second.map(({ status }) => status),
        ["acceptedBefore", "accepted", "acceptedBefore"]
      )
      const [, , before] = second
      assert.isTrue(
        before?.status === "acceptedBefore" &&
          first[2]?.status === "accepted" &&
          before.requestId === first[2].receipt.requestId
      )
      for (const follower of followers) assert.lengthOf(yield* emulator.messages(follower), 1)
    }).pipe(Emulated.provide())
  )

  it.effect("goes on after what failed, and tells each failure with its users", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* run(
        collect(Messaging.multicastAll({ run: "run", to: users(2100), messages, concurrency: 1 })),
        [
          ok,
          Transport.answer(400, {
            message: "The property, to[1], in the request body is invalid (line: -, column: -)"
          }),
          duplicate,
          Transport.reset,
          ok
        ]
      )
      const results = Either.getOrThrow(result)
      assert.deepStrictEqual(
        results.map((result) => (result.status === "failed" ? result.error._tag : result.status)),
        ["accepted", "LineBadRequest", "acceptedBefore", "LineNetworkError", "accepted"]
      )
      assert.deepInclude(results[2], { requestId: "request-before" })
      assert.deepStrictEqual(
        results.flatMap(({ userIds }) => userIds),
        users(2100)
      )
      const failed = results[3]
      assert.isTrue(failed?.status === "failed" && failed.error.ambiguous)
      assert.deepStrictEqual(sent.slice(3, 4).map(keyOf), failed?.status === "failed" ? [failed.error.retryKey] : [])
    })
  )

  it.effect("sends nothing more once the month's quota is used up, and tells who is left", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* run(
        collect(Messaging.multicastAll({ run: "run", to: users(2500), messages, concurrency: 1 })),
        [ok, quotaExceeded, ok]
      )
      assert.lengthOf(sent, 2)
      const results = Either.getOrThrow(result)
      assert.deepStrictEqual(
        results.map((result) => (result.status === "failed" ? result.error._tag : result.status)),
        ["accepted", ...Array<string>(4).fill("LineQuotaExceeded")]
      )
      assert.deepStrictEqual(
        results.filter(({ status }) => status === "failed").flatMap(({ userIds }) => userIds),
        users(2000, 500)
      )
    })
  )

  it.effect("asks again for a quota in a run of its own", () =>
    Effect.gen(function* () {
      const all = Messaging.multicastAll({ run: "run", to: users(501), messages, concurrency: 1 })
      const { result, sent } = yield* run(Effect.zip(collect(all), collect(all)), [quotaExceeded, ok])
      assert.lengthOf(sent, 3)
      const [, second] = Either.getOrThrow(result)
      assert.isTrue(second.every(({ status }) => status === "accepted"))
    })
  )

  it.effect("refuses what breaks LINE's limits, and a run without a name, before anything is sent", () =>
    Effect.gen(function* () {
      for (const [all, path] of [
        [Messaging.multicastAll({ run: "run", to: users(501), messages: [] }), "messages"],
        [Messaging.multicastAll({ run: "run", to: [""], messages }), "to[0]"],
        [multicastAll(users(501), ""), "run"]
      ] as const) {
        const { result, sent } = yield* run(collect(all), [ok])
        assert.lengthOf(sent, 0)
        for (const each of Either.getOrThrow(result)) {
          assert.isTrue(each.status === "failed" && each.error._tag === "LineInvalidRequest")
          if (each.status === "failed" && each.error._tag === "LineInvalidRequest") {
            assert.strictEqual(each.error.issues[0]?.path, path)
          }
        }
      }
    })
  )

  it.effect("messages a user once who occurs twice among 500 different ones", () =>
    Effect.gen(function* () {
      for (const to of [
        [user(0), ...users(600)],
        users(600).flatMap((userId) => [userId, userId]),
        [...users(499), ...users(600)]
      ]) {
        const { sent } = yield* run(collect(multicastAll(new Set(to))), [ok])
        assert.deepStrictEqual(
          sent.map((request) => bodyOf(request).to),
          [users(500), users(100, 500)]
        )
        const { sent: listed } = yield* run(collect(multicastAll(to)), [ok])
        assert.deepStrictEqual(
          listed.slice(0, 1).map((request) => bodyOf(request).to),
          [users(500)]
        )
      }
    })
  )

  it("takes any iterable of ids, and not one id, which is an iterable of characters", () => {
    expectTypeOf<string>().not.toExtend<Messaging.MulticastAllRequest["to"]>()
    expectTypeOf<Generator<string>>().toExtend<Messaging.MulticastAllRequest["to"]>()
    expectTypeOf<ReadonlyArray<string>>().toExtend<Messaging.MulticastAllRequest["to"]>()
  })

  it.effect("messages nobody once more when what failed is repeated, of users who occur twice", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const followers = yield* Effect.replicateEffect(emulator.addUser(), 3000)
      const userIds = followers.map(({ userId }) => userId)
      const to = [...userIds.slice(0, 1000), ...userIds.slice(0, 1), ...userIds.slice(1000)]
      const send = (to: ReadonlyArray<string>) =>
        Transport.drive(
          Messaging.multicastAll({ run: "run", to, messages, concurrency: 1 }).pipe(
            collect,
            Retry.withPolicy(Retry.none)
          )
        )
      yield* emulator.fault(Emulator.Fault.drop({ accept: "after" }))
      yield* emulator.fault(Emulator.Fault.delay("1 second"))
      yield* emulator.fault(Emulator.Fault.drop({ accept: "after" }))
      yield* emulator.fault(Emulator.Fault.drop())
      const first = yield* send(to)
      const failed = first.filter(({ status }) => status === "failed")
      assert.deepStrictEqual(
        first.map(({ status }) => status),
        ["failed", "accepted", "failed", "failed", "accepted", "accepted", "accepted"]
      )
      const second = yield* send(failed.flatMap(({ userIds }) => userIds))
      assert.deepStrictEqual(
        second.map(({ status, userIds }) => [status, userIds]),
        failed.map(({ userIds }, index) => [index < 2 ? "acceptedBefore" : "accepted", userIds])
      )
      // The first occurs in two portions of the run itself.
      for (const [index, follower] of followers.entries()) {
        assert.lengthOf(yield* emulator.messages(follower), index === 0 ? 2 : 1)
      }
    }).pipe(Emulated.provide())
  )

  describe("a stream of users that fails", () => {
    const failing = (count: number) => Stream.concat(Stream.fromIterable(users(count)), Stream.fail("no more rows"))

    it.effect("fails the run after the results of what came before", () =>
      Effect.gen(function* () {
        const seen: Array<Messaging.MulticastResult> = []
        const all = multicastAll(failing(1000)).pipe(
          Stream.runForEach((result) => Effect.sync(() => seen.push(result)))
        )
        const { result } = yield* run(all, [ok])
        assert.deepStrictEqual(result, Either.left("no more rows"))
        assert.deepStrictEqual(
          seen.flatMap(({ userIds }) => userIds),
          users(1000)
        )
      })
    )

    it.effect("has no part of 500 sent, whose key would not be that of the 500", () =>
      Effect.gen(function* () {
        const { sent } = yield* run(Stream.runDrain(multicastAll(failing(1200))), [ok])
        assert.deepStrictEqual(
          sent.map((request) => bodyOf(request).to.length),
          [500, 500]
        )
      })
    )
  })

  it.effect("takes no more users than it is about to send to", () =>
    Effect.gen(function* () {
      let taken = 0
      const endless = Stream.iterate(0, (index) => index + 1).pipe(
        Stream.map((index) => {
          taken++
          return user(index)
        })
      )
      const { sent } = yield* run(collect(Stream.take(multicastAll(endless), 3)), [ok])
      assert.isAtMost(sent.length, 3 + 4)
      assert.isAtMost(taken, (3 + 2 * 4 + 2) * 500)
    })
  )

  it.effect("has four multicasts under way at once, and not more than a hundred a second", () =>
    Effect.gen(function* () {
      const waiting = yield* run(Effect.timeoutOption(collect(multicastAll(users(5000))), "5 seconds"), [
        Transport.hang
      ])
      assert.lengthOf(waiting.sent, 4)
      const { sent } = yield* run(collect(multicastAll(users(50_000))), [ok])
      assert.lengthOf(sent, 100)
      for (const [index, { at }] of sent.entries()) {
        assert.isAtMost(sent.filter((other) => other.at >= at && other.at < at + 1000).length, 100, `from ${index}`)
      }
      assert.isAtLeast((sent[99]?.at ?? 0) - (sent[0]?.at ?? 0), 990)
    })
  )

  it.effect("leaves no request behind when it is interrupted", () =>
    Effect.gen(function* () {
      const transport = Transport.make([Transport.hang])
      const fiber = yield* Stream.runDrain(multicastAll(users(5000))).pipe(
        Effect.provide(Transport.client(transport)),
        Effect.fork
      )
      yield* Effect.repeat(TestClock.adjust("10 millis"), { until: () => transport.sent.length === 4 })
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(transport.aborted(), 4)
    })
  )
})

describe("awaitNarrowcast", () => {
  const accepted = { acceptedTime: "2020-12-03T10:15:30.121Z" }
  const waiting = Transport.answer(200, { phase: "waiting", ...accepted })
  const sending = Transport.answer(200, {
    phase: "sending",
    successCount: 1,
    failureCount: 0,
    targetCount: 2,
    ...accepted
  })
  const succeeded = {
    phase: "succeeded",
    successCount: 1,
    failureCount: 1,
    targetCount: 2,
    ...accepted,
    completedTime: "2020-12-03T10:15:30.121Z"
  }
  const receipt = { requestId: "5b59509c-c57b-11e9-aa8c-2a2ae2dbcce4" }

  it.effect("waits through what comes before the end, also what is new, and gives the last progress", () =>
    Effect.gen(function* () {
      const paused = Transport.answer(200, { phase: "paused", ...accepted })
      const { result, sent } = yield* run(Messaging.awaitNarrowcast(receipt), [
        waiting,
        Transport.answer(503),
        paused,
        sending,
        Transport.answer(200, succeeded)
      ])
      assert.deepEqual<unknown>(result, Either.right(succeeded))
      assert.deepStrictEqual(
        sent.map(({ at }) => at),
        [0, 1000, 3000, 7000, 15_000]
      )
      assert.strictEqual(
        sent[0]?.url,
        `https://api.line.me/v2/bot/message/progress/narrowcast?requestId=${receipt.requestId}`
      )
    })
  )

  it.effect("asks every 30 seconds in the end, for an hour", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* run(Messaging.awaitNarrowcast(receipt), [waiting])
      const error = Either.getOrThrow(Either.flip(result))
      assert.deepInclude(error, {
        _tag: "LineNotFinished",
        awaited: `narrowcast ${receipt.requestId}`,
        waited: 3_600_000
      })
      const times = sent.map(({ at }) => at)
      assert.deepStrictEqual(times.slice(0, 8), [0, 1000, 3000, 7000, 15_000, 31_000, 61_000, 91_000])
    })
  )

  it.effect("waits as it is told to", () =>
    Effect.gen(function* () {
      const options = { schedule: Schedule.spaced("1 minute"), deadline: "150 seconds" } as const
      const { sent } = yield* run(Messaging.awaitNarrowcast(receipt, options), [waiting])
      assert.deepStrictEqual(
        sent.map(({ at }) => at),
        [0, 60_000, 120_000]
      )
    })
  )

  it.effect("fails with LINE's reason where the narrowcast was not sent", () =>
    Effect.gen(function* () {
      const failed = { phase: "failed", errorCode: 2, failedDescription: "Too few recipients", ...accepted }
      const { result } = yield* run(Messaging.awaitNarrowcast(receipt), [waiting, Transport.answer(200, failed)])
      const error = Either.getOrThrow(Either.flip(result))
      assert.instanceOf(error, Messaging.NarrowcastFailed)
      assert.deepInclude(error, {
        _tag: "LineNarrowcastFailed",
        requestId: receipt.requestId,
        errorCode: 2,
        failedDescription: "Too few recipients"
      })
      assert.strictEqual(error.message, `narrowcast ${receipt.requestId} failed: Too few recipients [2]`)
    })
  )

  for (const [kind, requestId, script, tag] of [
    ["of which LINE knows nothing", receipt.requestId, [Transport.answer(404)], "LineNotFound"],
    ["whose id is malformed", "x", [Transport.answer(400)], "LineBadRequest"],
    ["whose id LINE did not tell", "", [], "LineInvalidRequest"]
  ] as const) {
    it.effect(`does not wait for a narrowcast ${kind}`, () =>
      Effect.gen(function* () {
        const { result, sent } = yield* run(Messaging.awaitNarrowcast({ requestId }), script)
        assert.strictEqual(Either.getOrThrow(Either.flip(result))._tag, tag)
        assert.lengthOf(sent, script.length)
      })
    )
  }

  it.effect("takes the receipt of a narrowcast, also of one whose answer was lost", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      yield* emulator.addUser()
      yield* emulator.fault(Emulator.Fault.drop({ accept: "after" }))
      const progress = yield* Transport.drive(
        Effect.flatMap(Messaging.narrowcast({ messages }), (receipt) => Messaging.awaitNarrowcast(receipt))
      )
      assert.deepInclude(progress, { phase: "succeeded", successCount: 1, targetCount: 1 })
      assert.isAtMost(yield* Clock.currentTimeMillis, 10_000)
    }).pipe(Emulated.provide())
  )
})

describe("aggregationUnitNames", () => {
  it.effect("are those of all pages, asked for as they are needed", () =>
    Effect.gen(function* () {
      const pages = [
        Transport.answer(200, { customAggregationUnits: ["a", "b"], next: "jxEW" }),
        Transport.answer(200, { customAggregationUnits: [], next: "kyFX" }),
        Transport.answer(200, { customAggregationUnits: ["c"] })
      ]
      const all = yield* run(collect(Messaging.aggregationUnitNames({ limit: 2 })), pages)
      assert.deepStrictEqual(all.result, Either.right(["a", "b", "c"]))
      assert.deepStrictEqual(
        all.sent.map(({ url }) => new URL(url).search),
        ["?limit=2", "?limit=2&start=jxEW", "?limit=2&start=kyFX"]
      )
      const some = yield* run(collect(Stream.take(Messaging.aggregationUnitNames(), 2)), pages)
      assert.lengthOf(some.sent, 1)
    })
  )

  it.effect("can be gone on with from a token that was kept", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const { userId } = yield* emulator.addUser()
      for (const unit of ["a", "b", "c"]) {
        yield* Messaging.pushMessage({ to: userId, messages, customAggregationUnits: [unit] })
      }
      const pages = Operation.pages(Messaging.getAggregationUnitNameList, { limit: 2 })
      const [first] = yield* collect(Stream.take(pages, 1))
      assert.deepStrictEqual(first?.customAggregationUnits, ["a", "b"])
      assert.deepStrictEqual(yield* collect(Messaging.aggregationUnitNames({ start: first?.next })), ["c"])
    }).pipe(Emulated.provide())
  )
})
