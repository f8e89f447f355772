import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import * as LineError from "line-effect/LineError"
import * as Operation from "line-effect/Operation"
import * as Retry from "line-effect/Retry"
import * as Wait from "line-effect/Wait"
import * as Transport from "./support/Transport.js"

interface State {
  readonly state: string
}
const State: Schema.Schema<State> = Schema.Struct({ state: Schema.String })

const getState = Operation.get("getState", "/v2/bot/state", { success: State, errors: [LineError.NotFound] })

const working = Transport.answer(200, { state: "working" })
const done = Transport.answer(200, { state: "done" })

/** Waits for the state to be done, and tells when it asked. */
const wait = (
  script: ReadonlyArray<Transport.Step>,
  options: { readonly schedule?: Schedule.Schedule<unknown, void>; readonly deadline?: "1 minute" | "12 seconds" } = {}
) =>
  Effect.gen(function* () {
    const transport = Transport.make(script)
    const until = Wait.until("the state", getState(), {
      result: Option.liftPredicate(({ state }) => state === "done"),
      schedule: Schedule.spaced("5 seconds"),
      deadline: "1 minute",
      ...options
    })
    const client = Transport.client(transport, { retry: Retry.none })
    const result = yield* Transport.drive(Effect.either(Effect.provide(until, client)))
    const endedAt = yield* Clock.currentTimeMillis
    return { result, endedAt, askedAt: transport.sent.map(({ at }) => at), aborted: transport.aborted() }
  })

describe("Wait.until", () => {
  it.effect("asks at once, and ends with the first answer that is a result", () =>
    Effect.gen(function* () {
      const { askedAt, result } = yield* wait([done])
      assert.deepStrictEqual(askedAt, [0])
      assert.deepInclude(result, { _tag: "Right", right: { state: "done" } })
    })
  )

  it.effect("asks again when the schedule says", () =>
    Effect.gen(function* () {
      const { askedAt, result } = yield* wait([working, working, done], { schedule: Schedule.exponential("1 second") })
      assert.deepStrictEqual(askedAt, [0, 1000, 3000])
      assert.strictEqual(result._tag, "Right")
    })
  )

  for (const [kind, step] of [
    ["a rate limit", Transport.answer(429, { message: "The API rate limit has been exceeded. Try again later." })],
    ["an error of LINE's", Transport.answer(500)],
    ["a connection that cannot be made", Transport.refused],
    ["a lost connection", Transport.reset],
    ["an answer that does not come", Transport.hang]
  ] as const) {
    it.effect(`outlives ${kind}`, () =>
      Effect.gen(function* () {
        const { askedAt, result } = yield* wait([working, step, done])
        assert.strictEqual(askedAt.length, 3)
        assert.strictEqual(result._tag, "Right")
      })
    )
  }

  for (const [status, tag] of [
    [400, "LineBadRequest"],
    [401, "LineUnauthorized"],
    [404, "LineNotFound"]
  ] as const) {
    it.effect(`ends with ${tag}, which does not pass`, () =>
      Effect.gen(function* () {
        const { askedAt, result } = yield* wait([working, Transport.answer(status), done])
        assert.deepStrictEqual(askedAt, [0, 5000])
        assert.isTrue(result._tag === "Left" && result.left._tag === tag)
      })
    )
  }

  it.effect("ends with NotFinished at the deadline, and tells what it saw last", () =>
    Effect.gen(function* () {
      const { askedAt, endedAt, result } = yield* wait([working], { deadline: "12 seconds" })
      assert.deepStrictEqual(askedAt, [0, 5000, 10_000])
      assert.strictEqual(endedAt, 12_000)
      assert.isTrue(result._tag === "Left" && result.left._tag === "LineNotFinished")
      if (result._tag === "Right" || result.left._tag !== "LineNotFinished") return
      assert.deepInclude(result.left, { awaited: "the state", waited: 12_000 })
      assert.deepEqual(result.left.last, { state: "working" })
      assert.strictEqual(result.left.message, "the state is not finished after 12s, wait longer")
    })
  )

  it.effect("tells the failure of asking if that was the last it saw", () =>
    Effect.gen(function* () {
      const { result } = yield* wait([working, Transport.answer(500)], { deadline: "12 seconds" })
      const last = result._tag === "Left" && result.left._tag === "LineNotFinished" ? result.left.last : undefined
      assert.instanceOf(last, LineError.ServerError)
    })
  )

  it.effect("aborts a question that is open at the deadline", () =>
    Effect.gen(function* () {
      const { aborted, endedAt, result } = yield* wait([working, working, Transport.hang], { deadline: "12 seconds" })
      assert.strictEqual(endedAt, 12_000)
      assert.strictEqual(aborted, 1)
      assert.isTrue(result._tag === "Left" && result.left._tag === "LineNotFinished")
    })
  )

  it.effect("ends with NotFinished when the schedule is over, without waiting for the deadline", () =>
    Effect.gen(function* () {
      const schedule = Schedule.spaced("5 seconds").pipe(Schedule.intersect(Schedule.recurs(2)))
      const { askedAt, endedAt, result } = yield* wait([working], { schedule })
      assert.deepStrictEqual(askedAt, [0, 5000, 10_000])
      assert.strictEqual(endedAt, 10_000)
      assert.isTrue(result._tag === "Left" && result.left._tag === "LineNotFinished" && result.left.waited === 10_000)
    })
  )

  it.effect("leaves no request behind when it is interrupted", () =>
    Effect.gen(function* () {
      const transport = Transport.make([Transport.hang])
      const fiber = yield* Wait.until("the state", getState(), {
        result: Option.some,
        schedule: Schedule.spaced("5 seconds"),
        deadline: "1 minute"
      }).pipe(Effect.provide(Transport.client(transport)), Effect.fork)
      yield* Effect.repeat(Effect.yieldNow(), { until: () => transport.sent.length === 1 })
      const exit = yield* Fiber.interrupt(fiber)
      assert.isTrue(Exit.isInterrupted(exit))
      assert.strictEqual(transport.aborted(), 1)
      yield* TestClock.adjust("1 minute")
      assert.lengthOf(transport.sent, 1)
    })
  )
})
