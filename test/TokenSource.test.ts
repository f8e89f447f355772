import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type * as ChannelToken from "line-effect/ChannelToken"
import * as LineError from "line-effect/LineError"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as Retry from "line-effect/Retry"
import * as Transport from "./support/Transport.js"

const push = Messaging.pushMessage({ to: "U1", messages: [Message.text("hello")] })

const outage = new LineError.Timeout({
  operation: "issueStatelessChannelToken",
  requestId: undefined,
  attempts: 1,
  retryKey: undefined,
  ambiguous: false,
  milliseconds: 10_000
})

/** Gives what it is told to give for each attempt, and the last of it for all that follow. */
const source = (...gets: ReadonlyArray<ChannelToken.Service["get"]>): ChannelToken.Service => {
  let attempts = 0
  return {
    get: Effect.suspend(() => gets[Math.min(attempts++, gets.length - 1)] ?? Effect.never),
    refuse: () => Effect.succeed(true)
  }
}

const token = (text: string): ChannelToken.Service["get"] => Effect.succeed(Redacted.make(text))

const run = (
  channelAccessToken: ChannelToken.Service,
  script: ReadonlyArray<Transport.Step>,
  retry: Retry.Policy = Retry.standard
) =>
  Effect.gen(function* () {
    const transport = Transport.make(script)
    const client = Transport.client(transport, { channelAccessToken, retry })
    const result = yield* Transport.drive(Effect.either(Effect.provide(push, client)))
    return { result, sent: transport.sent }
  })

describe("a client whose token comes from a source", () => {
  it.effect("calls with the source's token of the moment", () =>
    Effect.gen(function* () {
      const { sent } = yield* run(source(token("first"), token("second")), [Transport.reset, Transport.answer(200)])
      assert.deepStrictEqual(
        sent.map(({ headers }) => headers["authorization"]),
        ["Bearer first", "Bearer second"]
      )
    })
  )

  it.effect("tries once more after a 401, with another token", () =>
    Effect.gen(function* () {
      const unauthorized = Transport.answer(401, { message: "invalid token first" })
      const once = yield* run(
        source(token("first"), token("second")),
        [unauthorized, Transport.answer(200)],
        Retry.none
      )
      assert.isTrue(Either.isRight(once.result))
      const twice = yield* run(source(token("first"), token("second")), [unauthorized], Retry.none)
      assert.lengthOf(twice.sent, 2)
      const error = Either.getOrThrow(Either.flip(twice.result))
      assert.strictEqual(error._tag, "LineUnauthorized")
    })
  )

  it.effect("outlives an outage of the source for as long as its policy lets it", () =>
    Effect.gen(function* () {
      const startedAt = yield* Clock.currentTimeMillis
      const hour = Effect.flatMap(Clock.currentTimeMillis, (now) =>
        now - startedAt < Duration.toMillis("1 hour") ? Effect.fail(outage) : token("late")
      )
      const { result, sent } = yield* run(source(hour), [Transport.answer(200)], Retry.persistent)
      assert.isTrue(Either.isRight(result))
      assert.lengthOf(sent, 1)
      const gaveUp = yield* run(source(Effect.fail(outage)), [Transport.answer(200)])
      const error = Either.getOrThrow(Either.flip(gaveUp.result))
      assert.isTrue(error._tag === "LineTokenUnavailable" && error.cause === outage)
      assert.lengthOf(gaveUp.sent, 0)
    })
  )

  it.effect("does not say that nothing was sent where an attempt before may have been accepted", () =>
    Effect.gen(function* () {
      const { result } = yield* run(source(token("first"), Effect.fail(outage)), [Transport.reset])
      const error = Either.getOrThrow(Either.flip(result))
      assert.isTrue(error._tag === "LineTokenUnavailable" && error.ambiguous && error.attempts >= 1)
      assert.include(error.message, "LINE may have acted all the same")
    })
  )

  it.effect("sends no key that LINE may have forgotten while a token was issued", () =>
    Effect.gen(function* () {
      const late = Effect.zipRight(Effect.sleep("24 hours"), token("late"))
      const { result, sent } = yield* run(source(token("first"), late), [Transport.reset, Transport.answer(200)])
      assert.lengthOf(sent, 1)
      assert.isTrue(Either.isLeft(result) && result.left._tag === "LineNetworkError" && result.left.ambiguous)
    })
  )

  it.effect("says what is wrong with a token that cannot be a header, without showing it", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* run(source(token("top secret\n")), [Transport.answer(200)])
      const error = Either.getOrThrow(Either.flip(result))
      assert.isTrue(error._tag === "LineTokenUnavailable" && error.cause._tag === "LineInvalidRequest")
      assert.notInclude(error.message, "top secret")
      assert.lengthOf(sent, 0)
    })
  )

  it.effect("shows its token in no error, in whatever form LINE repeats it", () =>
    Effect.gen(function* () {
      const message = "access_token=a%2Fb%3D%3D and a/b=="
      const { result } = yield* run(source(token("a/b==")), [Transport.answer(400, { message })])
      const error = Either.getOrThrow(Either.flip(result))
      assert.include(error.message, "access_token=<redacted> and <redacted>")
    })
  )
})
