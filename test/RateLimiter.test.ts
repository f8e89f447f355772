import * as Limiter from "@effect/experimental/RateLimiter"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import type * as Tracer from "effect/Tracer"
import * as Bot from "line-effect/Bot"
import * as Emulator from "line-effect/Emulator"
import * as LineClient from "line-effect/LineClient"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as RateLimiter from "line-effect/RateLimiter"
import * as Retry from "line-effect/Retry"
import * as Spans from "./support/Spans.js"
import * as Transport from "./support/Transport.js"

const isSpan = (span: Tracer.AnySpan): span is Tracer.Span => span._tag === "Span"

const messages = [Message.text("hello")] as const
const broadcast = Messaging.broadcast({ messages })
const rateLimited = Transport.answer(429, { message: "The API rate limit has been exceeded. Try again later." })

const minutes = (count: number) => count * 60_000
// A wait is longer than LINE's by what a request may take on its way.
const margin = 1000

/** Runs a program with a paced client over a scripted LINE, moving the clock, and tells when each request left. */
const paced = <A, E>(
  program: Effect.Effect<A, E, LineClient.LineClient>,
  {
    script = [Transport.answer(200)],
    layer = RateLimiter.layerMemory(),
    client = {}
  }: {
    readonly script?: ReadonlyArray<Transport.Step>
    readonly layer?: Layer.Layer<LineClient.LineClient, never, LineClient.LineClient>
    readonly client?: Partial<LineClient.Options>
  } = {}
) =>
  Effect.gen(function* () {
    const transport = Transport.make(script)
    const line = Layer.provide(layer, Transport.client(transport, client))
    const startedAt = yield* Clock.currentTimeMillis
    const exit = yield* program.pipe(Effect.provide(line), Effect.exit, Transport.drive)
    return { exit, transport, sent: transport.sent.map(({ at }) => at - startedAt) }
  })

const atOnce = (count: number) => Effect.replicateEffect(broadcast, count, { concurrency: "unbounded", discard: true })

const collect = (logs: Array<string>) =>
  Logger.replace(
    Logger.defaultLogger,
    Logger.map(Logger.logfmtLogger, (line) => logs.push(line))
  )

/** A limiter that shares a store. */
const over = (store: Layer.Layer<Limiter.RateLimiterStore>, channel: string) =>
  RateLimiter.layer({ channel }).pipe(Layer.provide(Limiter.layer), Layer.provide(store))

/** A store that others may reach between two steps of one. */
const remote = Layer.effect(
  Limiter.RateLimiterStore,
  Effect.map(Limiter.RateLimiterStore, (store) => ({
    ...store,
    tokenBucket: (options) => Effect.delay(store.tokenBucket(options), 5)
  }))
).pipe(Layer.provide(Limiter.layerStoreMemory))

describe("a paced call", () => {
  it.effect("waits once the limit is spent, and goes on as LINE refills it", () =>
    Effect.gen(function* () {
      const { exit, sent } = yield* paced(atOnce(63))
      assert.isTrue(Exit.isSuccess(exit))
      assert.deepStrictEqual(sent, [
        ...Array<number>(60).fill(0),
        minutes(1) + margin,
        minutes(2) + margin,
        minutes(3) + margin
      ])
    })
  )

  it.effect("has waited no longer than LINE takes to refill, whenever it asks", () =>
    Effect.gen(function* () {
      const late = Effect.zipRight(Effect.sleep("59 seconds"), broadcast)
      const { sent } = yield* paced(Effect.zipRight(atOnce(60), late))
      assert.strictEqual(sent.at(-1), minutes(1) + margin)
    })
  )

  it.effect("spreads evenly without a burst, and spends the share of the limit that it is given", () =>
    Effect.gen(function* () {
      const even = yield* paced(atOnce(3), { layer: RateLimiter.layerMemory({ burst: 0 }) })
      assert.deepStrictEqual(even.sent, [0, minutes(1) + margin, minutes(2) + margin])
      const share = yield* paced(atOnce(7), { layer: RateLimiter.layerMemory({ burst: 0.1 }) })
      assert.deepStrictEqual(share.sent, [...Array<number>(6).fill(0), minutes(1) + margin])
    })
  )

  it.effect("goes out in the order in which it was made", () =>
    Effect.gen(function* () {
      const texts = Array.from({ length: 70 }, (_, index) => `${index}`)
      const { transport } = yield* paced(
        Effect.forEach(
          texts,
          (text, index) =>
            Effect.zipRight(Effect.sleep(index * 700), Messaging.broadcast({ messages: [Message.text(text)] })),
          { concurrency: "unbounded" }
        )
      )
      assert.deepStrictEqual(
        transport.sent.map(({ body }) => JSON.parse(body ?? "{}").messages[0].text),
        texts
      )
    })
  )

  it.effect("waits for its own operation only", () =>
    Effect.gen(function* () {
      const { sent } = yield* paced(Effect.zipRight(atOnce(60), Bot.getBotInfo().pipe(Effect.ignore)))
      assert.deepStrictEqual(sent, Array<number>(61).fill(0))
    })
  )

  it.effect("waits before each attempt, since LINE counts each", () =>
    Effect.gen(function* () {
      const { sent } = yield* paced(broadcast, {
        script: [Transport.answer(500), Transport.answer(200)],
        layer: RateLimiter.layerMemory({ burst: 0 })
      })
      assert.lengthOf(sent, 2)
      assert.isAtLeast(sent[1] ?? 0, minutes(1))
    })
  )

  it.effect("waits outside the client's time limit", () =>
    Effect.gen(function* () {
      const { exit } = yield* paced(atOnce(62), { client: { timeout: "1 second", retry: Retry.none } })
      assert.isTrue(Exit.isSuccess(exit))
    })
  )

  it.effect("gives its turn back when it is interrupted while it waits", () =>
    Effect.gen(function* () {
      const { sent } = yield* paced(
        Effect.gen(function* () {
          yield* atOnce(60)
          const waiting = yield* Effect.fork(atOnce(10))
          yield* Effect.sleep("10 seconds")
          yield* Fiber.interrupt(waiting)
          assert.strictEqual(yield* Clock.currentTimeMillis, 10_000)
          yield* broadcast
        })
      )
      assert.deepStrictEqual(sent.slice(60), [minutes(1) + margin])
    })
  )

  it.effect("is not repeated after the life of its key, however long its turn takes to come", () =>
    Effect.gen(function* () {
      const crowded = Layer.succeed(Limiter.RateLimiterStore, {
        fixedWindow: () => Effect.dieMessage("not asked"),
        tokenBucket: () => Effect.map(Clock.currentTimeMillis, (now) => (now === 0 ? 0 : -minutes(25 * 60)))
      })
      const { exit, sent } = yield* paced(Effect.flip(broadcast), {
        script: [Transport.reset],
        layer: over(crowded, "a"),
        client: { retry: Retry.persistent }
      })
      assert.deepInclude(yield* exit, { _tag: "LineNetworkError", attempts: 1, ambiguous: true })
      assert.lengthOf(sent, 1)
      assert.isBelow(yield* Clock.currentTimeMillis, Duration.toMillis(Retry.keyLifetime))
    })
  )

  it.effect("tells in the log and in a span what waits for how long", () =>
    Effect.gen(function* () {
      const logs: Array<string> = []
      const { spans, tracer } = yield* Spans.recording
      yield* paced(atOnce(61)).pipe(
        Effect.withTracer(tracer),
        Effect.provide(collect(logs)),
        Logger.withMinimumLogLevel(LogLevel.Debug)
      )
      assert.deepStrictEqual(
        spans.filter(({ name }) => name === "line.rateLimit").map(({ attributes }) => Object.fromEntries(attributes)),
        [{ "line.operation": "broadcast", "line.wait": minutes(1) + margin }]
      )
      const [waited] = spans.filter(({ name }) => name === "line.rateLimit")
      assert.strictEqual(
        Option.getOrUndefined(Option.filter(waited?.parent ?? Option.none(), isSpan))?.name,
        "line.broadcast"
      )
      assert.lengthOf(logs, 1)
      assert.match(logs[0] ?? "", /level=DEBUG.* milliseconds=61000 operation=broadcast/)
    })
  )
})

it.effect("a key is good for 24 hours from when LINE has seen it, however long the turn was waited for", () =>
  Effect.gen(function* () {
    const { exit, sent } = yield* paced(broadcast, {
      script: [Transport.answer(500), Transport.answer(200)],
      layer: Layer.effect(
        LineClient.LineClient,
        Effect.map(LineClient.LineClient, ({ execute }) => ({
          execute: (operation, request) =>
            Effect.provideService(execute(operation, request), LineClient.BeforeAttempt, (_, previous) =>
              previous === undefined ? Effect.sleep("25 hours") : Effect.void
            )
        }))
      )
    })
    assert.isTrue(Exit.isSuccess(exit))
    assert.lengthOf(sent, 2)
  })
)

describe("a RateLimited all the same", () => {
  it.effect("makes the retry and every other call wait for what LINE refills", () =>
    Effect.gen(function* () {
      const { exit, sent } = yield* paced(Effect.zipRight(broadcast, atOnce(2)), {
        script: [rateLimited, Transport.answer(200)]
      })
      assert.isTrue(Exit.isSuccess(exit))
      const [, first = 0, second = 0, third = 0] = sent
      assert.isAtLeast(first, minutes(1))
      assert.isAtLeast(second, minutes(2))
      assert.isAtLeast(third, minutes(3))
    })
  )

  it.effect("that many calls meet at once costs no more than what was left", () =>
    Effect.gen(function* () {
      const { sent } = yield* paced(atOnce(20), {
        script: [...Array<Transport.Step>(20).fill(rateLimited), Transport.answer(200)],
        layer: over(remote, "a"),
        client: { retry: Schedule.spaced("1 second") }
      })
      assert.lengthOf(sent, 40)
      assert.isBelow(sent.at(-1) ?? Infinity, minutes(21))
    })
  )

  it.effect("and is not repeated makes the next call wait", () =>
    Effect.gen(function* () {
      const { sent } = yield* paced(Effect.zipRight(Effect.flip(broadcast), broadcast), {
        script: [rateLimited, Transport.answer(200)],
        client: { retry: Retry.none }
      })
      assert.deepStrictEqual(sent, [0, minutes(1) + margin])
    })
  )

  it.effect("is told from a month's quota, for which nobody waits", () =>
    Effect.gen(function* () {
      const { sent } = yield* paced(Effect.zipRight(Effect.flip(broadcast), broadcast), {
        script: [Transport.answer(429, { message: "You have reached your monthly limit." }), Transport.answer(200)]
      })
      assert.deepStrictEqual(sent, [0, 0])
    })
  )
})

describe("the store", () => {
  it.effect("has the buckets of each channel apart, and those of one channel together", () =>
    Effect.gen(function* () {
      const context = yield* Layer.build(Limiter.layerStoreMemory)
      const store = Layer.succeedContext(context)
      const first = yield* paced(atOnce(60), { layer: over(store, "a") })
      const same = yield* paced(broadcast, { layer: over(store, "a") })
      const other = yield* paced(broadcast, { layer: over(store, "b") })
      assert.deepStrictEqual(first.sent, Array<number>(60).fill(0))
      assert.deepStrictEqual(same.sent, [minutes(1) + margin])
      assert.deepStrictEqual(other.sent, [0])
    }).pipe(Effect.scoped)
  )

  it.effect("is each client's own in memory, also within one program", () =>
    Effect.gen(function* () {
      const transports = [Transport.make([Transport.answer(200)]), Transport.make([Transport.answer(200)])] as const
      const program = (transport: Transport.Transport) =>
        Layer.effectDiscard(atOnce(60)).pipe(
          Layer.provide(RateLimiter.layerMemory()),
          Layer.provide(Transport.client(transport))
        )
      yield* Transport.drive(Effect.scoped(Layer.build(Layer.merge(program(transports[0]), program(transports[1])))))
      for (const { sent } of transports) {
        assert.deepStrictEqual(
          sent.map(({ at }) => at),
          Array<number>(60).fill(0)
        )
      }
    })
  )

  it.effect("that fails paces nothing, and is spoken of once until it works again", () =>
    Effect.gen(function* () {
      let works = false
      const logs: Array<string> = []
      const failure = new Limiter.RateLimitStoreError({ message: "no connection" })
      const answer = Effect.suspend(() => (works ? Effect.succeed(0) : Effect.fail(failure)))
      const store = Layer.succeed(Limiter.RateLimiterStore, {
        fixedWindow: () => Effect.dieMessage("not asked"),
        tokenBucket: () => answer
      })
      const program = Effect.gen(function* () {
        yield* atOnce(100)
        works = true
        yield* broadcast
        works = false
        yield* atOnce(100)
      })
      const { exit, sent } = yield* paced(program, { layer: over(store, "a") }).pipe(Effect.provide(collect(logs)))
      assert.isTrue(Exit.isSuccess(exit))
      assert.deepStrictEqual(sent, Array<number>(201).fill(0))
      assert.lengthOf(logs, 2)
      assert.match(logs[0] ?? "", /level=WARN.*no connection/s)
      assert.notInclude(logs.join(), Transport.token)
    })
  )
})

it.effect("a burst beyond the limit is a mistake in the program", () =>
  Effect.gen(function* () {
    for (const burst of [-0.1, 1.1, NaN]) {
      const { exit } = yield* paced(broadcast, { layer: RateLimiter.layerMemory({ burst }) })
      assert.match(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", /a burst is from 0 to 1/)
    }
  })
)

describe("against the emulator", () => {
  /** A client without retries, so that each 429 shows. */
  const client = Layer.unwrapEffect(
    Effect.map(Emulator.Emulator, ({ channel }) =>
      LineClient.layer({ channelAccessToken: channel.channelAccessToken, retry: Retry.none })
    )
  ).pipe(Layer.provide(Emulator.layerHttpClient))

  const statuses = <E>(
    program: Effect.Effect<unknown, E, LineClient.LineClient>,
    layer: Layer.Layer<LineClient.LineClient, never, Emulator.Emulator>,
    options: Emulator.Options = {}
  ) =>
    Effect.gen(function* () {
      const line = yield* Emulator.Emulator
      yield* program.pipe(Effect.provide(layer), Effect.ignore, Transport.drive)
      return new Set((yield* line.requests).map(({ status }) => status))
    }).pipe(Effect.provide(Emulator.layer(options)))

  const multicast = Messaging.multicast({ to: [`U${"0".repeat(32)}`], messages })

  const times = <A, E>(count: number, call: Effect.Effect<A, E, LineClient.LineClient>) =>
    Effect.replicateEffect(Effect.either(call), count, { concurrency: "unbounded" })

  const all = <A>(programs: ReadonlyArray<Effect.Effect<A, never, LineClient.LineClient>>) =>
    Effect.all(programs, { concurrency: "unbounded", discard: true })

  const many = all([times(65, broadcast), times(230, multicast), Effect.asVoid(times(2100, Bot.getBotInfo()))])

  it.effect("a client with the limiter never meets a 429 where one without does", () =>
    Effect.gen(function* () {
      assert.sameMembers([...(yield* statuses(many, client))], [200, 429])
      const limited = Layer.provide(RateLimiter.layerMemory(), client)
      assert.sameMembers([...(yield* statuses(many, limited))], [200])
    })
  )

  it.effect("a client with the limiter meets none whenever calls are made", () =>
    Effect.gen(function* () {
      const call = FastCheck.record({
        operation: FastCheck.constantFrom(broadcast, multicast),
        after: FastCheck.oneof(FastCheck.integer({ min: 0, max: 9 }), FastCheck.integer({ min: 0, max: 90_000 }))
      })
      const calls = FastCheck.array(call, { minLength: 20, maxLength: 40 })
      for (const list of FastCheck.sample(calls, { seed: 42, numRuns: 4 })) {
        let at = 0
        const later = list.map(({ after, operation }) => {
          at += after
          return Effect.delay(times(1, operation), at)
        })
        const program = Effect.zipRight(all([times(60, broadcast), times(200, multicast)]), all(later))
        const limited = Layer.provide(RateLimiter.layerMemory(), client)
        assert.sameMembers([...(yield* statuses(program, limited))], [200])
      }
    })
  )

  it.effect("its buckets hold a limit, and fill again gradually", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.Emulator
      const count = (calls: number) =>
        Effect.map(times(calls, broadcast), (results) => results.filter(Either.isRight).length)
      assert.strictEqual(yield* count(70), 60)
      yield* TestClock.adjust("59999 millis")
      assert.strictEqual(yield* count(3), 0)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* count(3), 1)
      yield* TestClock.adjust("30 minutes")
      assert.strictEqual(yield* count(60), 30)
      yield* TestClock.adjust("3 hours")
      assert.strictEqual(yield* count(61), 60)
      const [refused] = (yield* line.requests).filter(({ status }) => status === 429)
      assert.deepInclude(refused, { operationId: "broadcast" })
    }).pipe(Effect.provide(client), Effect.provide(Emulator.layer()))
  )

  it.effect("it counts no request of a stranger, and none if it is told so", () =>
    Effect.gen(function* () {
      assert.sameMembers([...(yield* statuses(many, client, { rateLimits: false }))], [200])
      const stranger = Layer.provide(
        LineClient.layer({ channelAccessToken: Redacted.make("other") }),
        Emulator.layerHttpClient
      )
      const after = Effect.gen(function* () {
        const line = yield* Emulator.Emulator
        yield* Effect.provide(Effect.flip(broadcast), stranger)
        yield* Effect.provide(atOnce(60), client)
        return (yield* line.requests).map(({ status }) => status)
      })
      assert.deepStrictEqual(yield* Effect.provide(after, Emulator.layer()), [401, ...Array<number>(60).fill(200)])
    })
  )

  it.effect("its answer is LINE's", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(atOnce(61))
      assert.deepInclude(error, {
        _tag: "LineRateLimited",
        status: 429,
        lineMessage: "The API rate limit has been exceeded. Try again later."
      })
    }).pipe(Effect.provide(client), Effect.provide(Emulator.layer()))
  )
})
