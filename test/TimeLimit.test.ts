import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as TimeLimit from "../src/internal/TimeLimit.js"

const limits = { make: TimeLimit.make(10_000), patience: Effect.map(TimeLimit.patience(10_000), ({ limit }) => limit) }

describe.each(Object.entries(limits))("TimeLimit.%s", (_, make) => {
  const begin = (region: (effect: Effect.Effect<string>) => Effect.Effect<string>) =>
    Effect.gen(function* () {
      const limit = yield* make
      let isInterrupted = false
      const work = Effect.sleep("5 seconds").pipe(
        Effect.as("done"),
        Effect.onInterrupt(() => Effect.sync(() => (isInterrupted = true)))
      )
      const fiber = yield* Effect.fork(region(limit(work, () => Effect.succeed("late"))))
      yield* TestClock.adjust("1 second")
      const interrupting = yield* Effect.fork(Fiber.interrupt(fiber))
      yield* TestClock.adjust("5 seconds")
      return { exit: yield* Fiber.join(interrupting), isInterrupted: () => isInterrupted }
    })

  it.scoped("interrupts what it limits with its caller", () =>
    Effect.gen(function* () {
      const { exit, isInterrupted } = yield* begin((effect) => effect)
      assert.deepStrictEqual([Exit.isInterrupted(exit), isInterrupted()], [true, true])
    })
  )

  it.scoped("does not where its caller cannot be interrupted", () =>
    Effect.gen(function* () {
      const { isInterrupted } = yield* begin(Effect.uninterruptible)
      assert.isFalse(isInterrupted())
    })
  )

  it.scoped("ends what takes too long, also where its caller cannot be interrupted", () =>
    Effect.gen(function* () {
      const limit = yield* make
      const fiber = yield* Effect.fork(Effect.uninterruptible(limit(Effect.never, () => Effect.succeed("late"))))
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* Fiber.join(fiber), "late")
    })
  )
})
