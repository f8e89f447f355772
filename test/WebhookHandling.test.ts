import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as HashMap from "effect/HashMap"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Channels from "line-effect/Channels"
import * as Delivery from "line-effect/Delivery"
import type * as Inbox from "line-effect/Inbox"
import * as LineClient from "line-effect/LineClient"
import * as Metrics from "line-effect/Metrics"
import type * as ProcessedEvents from "line-effect/ProcessedEvents"
import * as Signature from "line-effect/Signature"
import * as StoreError from "line-effect/StoreError"
import * as Webhook from "line-effect/Webhook"
import * as WebhookEvent from "line-effect/WebhookEvent"
import * as Spans from "./support/Spans.js"

const channelSecret = Redacted.make("the channel secret")

let made = 0

/** An event of a chat, with an id of its own unless one is given. */
const event = (chat: string, text: string, rest: object = {}) => ({
  type: "message",
  timestamp: 1_700_000_000_000,
  mode: "active",
  webhookEventId: `01H${++made}`,
  deliveryContext: { isRedelivery: false },
  source: { type: "user", userId: chat },
  replyToken: "reply-token",
  message: { type: "text", id: text, text, quoteToken: "q" },
  ...rest
})

const redelivered = (one: object) => ({ ...one, deliveryContext: { isRedelivery: true } })

const textOf = (event: WebhookEvent.MessageEvent | WebhookEvent.MessageEditedEvent) =>
  event.message.type === "text" ? event.message.text : event.message.type

/** A request with events, signed. */
const incoming = (
  events: ReadonlyArray<unknown>,
  {
    destination = "Ubot",
    path,
    secret = channelSecret
  }: { readonly destination?: string; readonly path?: string; readonly secret?: Redacted.Redacted } = {}
) => {
  const body = new TextEncoder().encode(JSON.stringify({ destination, events }))
  return Effect.map(Signature.sign(body, secret), (signature): Webhook.Incoming => ({
    method: "POST",
    path,
    signature,
    read: () => Effect.succeed(body)
  }))
}

const send = (receiver: Webhook.Receiver, events: ReadonlyArray<unknown>, options?: Parameters<typeof incoming>[1]) =>
  Effect.flatMap(incoming(events, options), receiver)

/** Lets everything run until it waits. */
const settle = Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 0))).pipe(Effect.repeatN(3))

const quiet = Logger.remove(Logger.defaultLogger)

/** Handlers of texts that each wait for their gate, and what they have done so far. */
const gated = () => {
  const log: Array<string> = []
  const gates = new Map<string, Deferred.Deferred<void>>()
  const gate = (text: string) => {
    const known = gates.get(text) ?? Effect.runSync(Deferred.make<void>())
    gates.set(text, known)
    return known
  }
  const handlers = Webhook.handlers({
    message: (event) =>
      Effect.gen(function* () {
        log.push(`> ${textOf(event)}`)
        yield* Deferred.await(gate(textOf(event)))
        log.push(`< ${textOf(event)}`)
      })
  })
  return { handlers, log, open: (text: string) => Effect.zipRight(Deferred.succeed(gate(text), undefined), settle) }
}

/** An inbox that notes what is asked of it. */
const noting = (left: ReadonlyArray<Inbox.Entry> = []) => {
  const log: Array<string> = []
  let failing = false
  const note = (what: string) =>
    Effect.suspend(() =>
      failing
        ? new StoreError.StoreError({ store: "the inbox", cause: "full" })
        : Effect.sync(() => void log.push(what))
    )
  const inbox: Inbox.Service = {
    store: (deliveries) =>
      Effect.as(
        note(`store ${deliveries.length}`),
        deliveries.map((delivery) => ({
          ...delivery,
          id: delivery.event.webhookEventId ?? "",
          receivedAt: 0,
          attempts: 0
        }))
      ),
    pending: Stream.fromIterable(left),
    begin: ({ id }) => note(`begin ${id}`),
    complete: ({ id }) => note(`complete ${id}`)
  }
  return { inbox, log, fail: () => (failing = true) }
}

describe("the lanes of chats", () => {
  it.scoped("handle events of one chat in order, of different chats at once", () =>
    Effect.gen(function* () {
      const { handlers, log, open } = gated()
      const receiver = yield* Webhook.make({ channelSecret, handlers })
      yield* send(receiver, [event("U1", "a"), event("U2", "x"), event("U1", "b")])
      yield* send(receiver, [event("U1", "c")])
      yield* settle
      assert.deepStrictEqual(log, ["> a", "> x"])
      yield* open("c")
      yield* open("b")
      assert.deepStrictEqual(log, ["> a", "> x"])
      yield* open("a")
      assert.deepStrictEqual(log, ["> a", "> x", "< a", "> b", "< b", "> c", "< c"])
      yield* open("x")
    })
  )

  it.scoped("are at work up to a limit, and take turns", () =>
    Effect.gen(function* () {
      const { handlers, log, open } = gated()
      const receiver = yield* Webhook.make({ channelSecret, handlers, concurrency: 2 })
      yield* send(receiver, [event("U1", "a"), event("U1", "b"), event("U2", "x"), event("U3", "y")])
      yield* settle
      assert.deepStrictEqual(log, ["> a", "> x"])
      yield* open("a")
      // The chat that waited comes before the next event of the one that had its turn.
      assert.deepStrictEqual(log, ["> a", "> x", "< a", "> y"])
      yield* Effect.all([open("x"), open("y"), open("b")])
      assert.deepStrictEqual(log.at(-1), "< b")
    })
  )

  it.scoped("are one for each group, whoever writes in it, and one for each event without a chat", () =>
    Effect.gen(function* () {
      const { handlers, log, open } = gated()
      const receiver = yield* Webhook.make({ channelSecret, handlers })
      const group = (userId: string) => ({ source: { type: "group", groupId: "C1", userId } })
      const nowhere = { source: undefined }
      yield* send(receiver, [
        event("", "a", group("U1")),
        event("", "b", group("U2")),
        event("", "x", nowhere),
        event("", "y", nowhere)
      ])
      yield* settle
      assert.deepStrictEqual(log, ["> a", "> x", "> y"])
      yield* Effect.all(["a", "b", "x", "y"].map(open))
    })
  )

  it.scoped("answer 503 when they are full, and take more once there is room", () =>
    Effect.gen(function* () {
      const { handlers, log, open } = gated()
      const receiver = yield* Webhook.make({ channelSecret, handlers, capacity: 2 })
      assert.strictEqual((yield* send(receiver, [event("U1", "a"), event("U1", "b")])).status, 200)
      const refused = event("U2", "c")
      const answer = yield* send(receiver, [refused])
      assert.deepStrictEqual([answer.status, answer.body], [503, "too many events are waiting"])
      assert.strictEqual((yield* send(receiver, [])).status, 200)
      yield* open("a")
      assert.strictEqual((yield* send(receiver, [redelivered(refused)])).status, 200)
      yield* Effect.all([open("b"), open("c")])
      assert.includeMembers(log, ["< a", "< b", "< c"])
      // More than there ever is room for is let through when nothing waits.
      const many = ["d", "e", "f"].map((text) => event("U1", text))
      assert.strictEqual((yield* send(receiver, many)).status, 200)
      yield* Effect.all(["d", "e", "f"].map(open))
    }).pipe(Effect.provide(quiet))
  )

  it.scoped("tell when the events of a request have been handled", () =>
    Effect.gen(function* () {
      const { handlers, open } = gated()
      const receiver = yield* Webhook.make({ channelSecret, handlers })
      const { work } = yield* send(receiver, [event("U1", "a"), event("U2", "b")])
      const waiting = yield* Effect.fork(work)
      yield* open("a")
      assert.isTrue(Option.isNone(yield* Fiber.poll(waiting)))
      yield* open("b")
      yield* Fiber.join(waiting)
      yield* (yield* send(receiver, [])).work
    })
  )
})

describe("handlers at work at the same time", () => {
  const language = FiberRef.unsafeMake("none")

  it.scoped("find what the server has, whatever those before them set", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const receiver = yield* Webhook.make({
        channelSecret,
        handlers: Webhook.handlers({
          message: (event) =>
            Effect.gen(function* () {
              const annotations = yield* Effect.logAnnotations
              const { event: delivered } = yield* Delivery.Delivery
              seen.push(`${textOf(event)} ${yield* FiberRef.get(language)} ${HashMap.size(annotations)}`)
              assert.strictEqual(delivered, event)
              yield* FiberRef.set(language, textOf(event))
              yield* FiberRef.set(FiberRef.currentLogAnnotations, HashMap.empty())
              yield* FiberRef.set(FiberRef.currentContext, Context.empty() as Context.Context<never>)
            })
        })
      }).pipe(Effect.locally(language, "ja"))
      const { work } = yield* send(
        receiver,
        ["a", "b", "c", "d"].map((text, index) => event(`U${index % 3}`, text))
      )
      yield* work
      assert.deepStrictEqual(seen, ["a ja 2", "b ja 2", "c ja 2", "d ja 2"])
    })
  )

  it.scoped("leave to those after them no fiber of theirs, no interruption and no time", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const receiver = yield* Webhook.make({
        channelSecret,
        handlerTimeout: "10 seconds",
        handlers: Webhook.handlers({
          message: (event) => {
            switch (textOf(event)) {
              case "forks":
                return Effect.fork(Effect.onInterrupt(Effect.never, () => Effect.sync(() => log.push("fork ended"))))
              case "interrupts itself":
                return Effect.withFiberRuntime((fiber) => Fiber.interrupt(fiber))
              case "fails":
                return Effect.fail("failed")
              case "dies":
                return Effect.die("died")
              default:
                return Effect.zipRight(
                  Effect.sleep("9 seconds"),
                  Effect.sync(() => log.push(textOf(event)))
                )
            }
          }
        })
      })
      const texts = ["a", "forks", "b", "interrupts itself", "c", "fails", "d", "dies", "e"]
      const { work } = yield* send(
        receiver,
        texts.map((text, index) => event(`U${index}`, text))
      )
      yield* settle
      // Also the fork that has not begun is at an end.
      log.splice(0)
      yield* TestClock.adjust("9 seconds")
      yield* work
      assert.sameMembers(log, ["a", "b", "c", "d", "e"])
    }).pipe(Effect.provide(quiet))
  )

  it.scoped("are at work one after the other, and do not hold up each other by waiting", () =>
    Effect.gen(function* () {
      const { handlers, log, open } = gated()
      const receiver = yield* Webhook.make({
        channelSecret,
        handlers: Webhook.handlers({
          ...handlers,
          follow: (event) => Effect.sync(() => log.push(`follow ${WebhookEvent.chatId(event.source)}`))
        })
      })
      const follow = (chat: string) => ({ ...event(chat, ""), type: "follow", follow: { isUnblocked: false } })
      yield* send(receiver, [
        follow("U1"),
        event("U2", "a"),
        follow("U2"),
        follow("U3"),
        event("U1", "b"),
        follow("U4")
      ])
      yield* settle
      assert.deepStrictEqual(log, ["follow U1", "> a", "follow U3", "follow U4", "> b"])
      yield* open("a")
      assert.deepStrictEqual(log.slice(5), ["< a", "follow U2"])
      yield* open("b")
    })
  )
})

describe("an event that comes again", () => {
  /** Counts how often each text is handled; the first attempts fail as often as told. */
  const counting = (failures = 0) => {
    const handled: Array<string> = []
    let left = failures
    const handlers = Webhook.handlers({
      message: (event) =>
        Effect.suspend(() => {
          handled.push(textOf(event))
          return left-- > 0 ? Effect.fail("not yet") : Effect.void
        })
    })
    return { handled, handlers }
  }

  it.scoped("is passed over once its handler has succeeded", () =>
    Effect.gen(function* () {
      const before = (yield* Metric.value(Metrics.webhookDuplicates)).count
      const { handled, handlers } = counting()
      const receiver = yield* Webhook.make({ channelSecret, handlers })
      const one = event("U1", "a")
      yield* send(receiver, [one, one])
      yield* send(receiver, [redelivered(one)])
      yield* settle
      assert.deepStrictEqual(handled, ["a"])
      assert.strictEqual((yield* Metric.value(Metrics.webhookDuplicates)).count - before, 2)
    })
  )

  it.scoped("is handled if the earlier delivery failed", () =>
    Effect.gen(function* () {
      const { handled, handlers } = counting(1)
      const receiver = yield* Webhook.make({ channelSecret, handlers })
      const one = event("U1", "a")
      yield* send(receiver, [one])
      yield* send(receiver, [redelivered(one)])
      yield* send(receiver, [redelivered(one)])
      yield* settle
      assert.deepStrictEqual(handled, ["a", "a"])
    }).pipe(Effect.provide(quiet))
  )

  it.scoped("waits while the earlier delivery is at work", () =>
    Effect.gen(function* () {
      const { handlers, log, open } = gated()
      const receiver = yield* Webhook.make({ channelSecret, handlers })
      const one = event("U1", "a")
      yield* send(receiver, [one])
      yield* settle
      const { work } = yield* send(receiver, [redelivered(one)])
      const waiting = yield* Effect.fork(work)
      yield* settle
      assert.isTrue(Option.isNone(yield* Fiber.poll(waiting)))
      yield* open("a")
      yield* Fiber.join(waiting)
      assert.deepStrictEqual(log, ["> a", "< a"])
    })
  )

  it.scoped("is told by what remembers events for several processes, and handled if that cannot be asked", () =>
    Effect.gen(function* () {
      const remembered = new Set<string>()
      let broken = false
      const failing = Effect.suspend(() => new StoreError.StoreError({ store: "the store", cause: "down" }))
      const processedEvents: ProcessedEvents.Service = {
        has: (id) => (broken ? failing : Effect.sync(() => remembered.has(id))),
        add: (id) => (broken ? failing : Effect.sync(() => void remembered.add(id)))
      }
      const { handled, handlers } = counting()
      const options = { channelSecret, handlers, processedEvents }
      const [one, two] = [yield* Webhook.make(options), yield* Webhook.make(options)]
      const first = event("U1", "a")
      yield* send(one, [first])
      yield* settle
      yield* send(two, [redelivered(first)])
      yield* settle
      assert.deepStrictEqual(handled, ["a"])
      broken = true
      yield* send(two, [redelivered(first)])
      yield* settle
      assert.deepStrictEqual(handled, ["a", "a"])
    }).pipe(Effect.provide(quiet))
  )

  it.scoped("tells its handler that it may have been handled, and how old it is", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_700_000_060_000)
      const seen: Array<unknown> = []
      const receiver = yield* Webhook.make({
        channelSecret,
        handlers: Webhook.handlers({
          message: (event) =>
            Effect.gen(function* () {
              const { mayHaveBegun, receivedAt } = yield* Delivery.Delivery
              seen.push([WebhookEvent.isRedelivery(event), mayHaveBegun, receivedAt, yield* WebhookEvent.age(event)])
            })
        })
      })
      yield* send(receiver, [event("U1", "a"), redelivered(event("U1", "b"))])
      yield* settle
      assert.deepStrictEqual(
        seen.map((one) => JSON.stringify(one)),
        [false, true].map((again) =>
          JSON.stringify([again, again, 1_700_000_060_000, { _id: "Duration", _tag: "Millis", millis: 60_000 }])
        )
      )
    })
  )
})

describe("edits of a message", () => {
  const edit = (text: string, timestamp: number) =>
    event("U1", text, { type: "messageEdited", timestamp, message: { type: "text", id: "m1", text, quoteToken: "q" } })

  it.scoped("that a newer one came before are passed over", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const receiver = yield* Webhook.make({
        channelSecret,
        handlers: Webhook.handlers({ messageEdited: (event) => Effect.sync(() => seen.push(textOf(event))) })
      })
      yield* send(receiver, [edit("second", 2), edit("first", 1), edit("third", 3)])
      yield* settle
      assert.deepStrictEqual(seen, ["second", "third"])
    })
  )
})

describe("a handler that fails", () => {
  it.scoped("is run again as the schedule says, and its chat waits", () =>
    Effect.gen(function* () {
      const before = (yield* Metric.value(Metrics.webhookRetries)).count
      const log: Array<string> = []
      const receiver = yield* Webhook.make({
        channelSecret,
        retry: Schedule.intersect(Schedule.spaced("10 seconds"), Schedule.recurs(2)),
        handlers: Webhook.handlers({
          message: (event) =>
            Effect.suspend(() => {
              log.push(textOf(event))
              return log.length < 3 ? Effect.fail("not yet") : Effect.void
            })
        })
      })
      const { work } = yield* send(receiver, [event("U1", "a"), event("U1", "b")])
      yield* settle
      assert.deepStrictEqual(log, ["a"])
      yield* TestClock.adjust("10 seconds")
      yield* settle
      assert.deepStrictEqual(log, ["a", "a"])
      yield* TestClock.adjust("10 seconds")
      yield* work
      assert.deepStrictEqual(log, ["a", "a", "a", "b"])
      assert.strictEqual((yield* Metric.value(Metrics.webhookRetries)).count - before, 2)
    })
  )

  it.scoped("keeps the state of its reply token from attempt to attempt", () =>
    Effect.gen(function* () {
      const tokens: Array<unknown> = []
      const receiver = yield* Webhook.make({
        channelSecret,
        retry: Schedule.recurs(1),
        handlers: Webhook.handlers({
          message: () =>
            Effect.gen(function* () {
              const { replyToken } = yield* Delivery.Delivery
              tokens.push(replyToken)
              if (tokens.length === 1) yield* Effect.fail("again")
            })
        })
      })
      yield* (yield* send(receiver, [event("U1", "a")])).work
      assert.strictEqual(tokens.length, 2)
      assert.strictEqual(tokens[0], tokens[1])
    })
  )

  it.scoped("and takes longer than it may is interrupted, and the next event of its chat has its turn", () =>
    Effect.gen(function* () {
      const letters: Array<Webhook.DeadLetter<never>> = []
      const log: Array<string> = []
      const receiver = yield* Webhook.make({
        channelSecret,
        handlerTimeout: "5 seconds",
        deadLetter: (letter) => Effect.sync(() => letters.push(letter)),
        handlers: Webhook.handlers({
          message: (event) =>
            textOf(event) === "a"
              ? Effect.onInterrupt(Effect.never, () => Effect.sync(() => log.push("interrupted")))
              : Effect.sync(() => log.push(textOf(event)))
        })
      })
      const { work } = yield* send(receiver, [event("U1", "a"), event("U1", "b")])
      yield* settle
      yield* TestClock.adjust("5 seconds")
      yield* work
      assert.deepStrictEqual(log, ["interrupted", "b"])
      const failure = Option.getOrUndefined(Cause.failureOption(letters[0]?.cause ?? Cause.empty))
      assert.instanceOf(failure, Webhook.HandlerTimeout)
      assert.include(failure.message, "5s")
    }).pipe(Effect.provide(quiet))
  )

  it.scoped("to the end hands its event over, which can be replayed from JSON", () =>
    Effect.gen(function* () {
      const before = (yield* Metric.value(Metrics.webhookFailures)).count
      const letters: Array<Webhook.DeadLetter<string>> = []
      const texts: Array<string> = []
      let mended = false
      const options = {
        channelSecret,
        retry: Schedule.recurs(2),
        deadLetter: (letter: Webhook.DeadLetter<string>) => Effect.sync(() => letters.push(letter)),
        handlers: Webhook.handlers({
          message: (event) =>
            Effect.gen(function* () {
              const { mayHaveBegun } = yield* Delivery.Delivery
              texts.push(`${textOf(event)} ${mayHaveBegun}`)
              if (!mended) yield* Effect.fail("broken")
            }),
          unknown: ({ originalType }) => (mended ? Effect.sync(() => texts.push(originalType)) : Effect.die("a defect"))
        })
      }
      const receiver = yield* Webhook.make(options)
      const sent = event("U1", "a")
      yield* (yield* send(receiver, [sent, { ...event("U1", "b"), type: "teleported" }])).work
      assert.deepStrictEqual(
        letters.map(({ attempts, destination }) => [attempts, destination]),
        [
          [3, "Ubot"],
          // A defect is not tried again.
          [1, "Ubot"]
        ]
      )
      assert.deepStrictEqual(letters[0]?.event as unknown, sent)
      assert.isTrue(letters[0] !== undefined && Cause.contains(letters[0].cause, Cause.fail("broken")))
      assert.strictEqual((yield* Metric.value(Metrics.webhookFailures)).count - before, 2)

      const kept = letters.map((letter) => JSON.parse(JSON.stringify(letter)))
      assert.strictEqual(yield* Effect.flip(Webhook.replay({ ...options, retry: undefined }, kept[0])), "broken")
      mended = true
      texts.length = 0
      yield* Effect.forEach(kept, (letter) => Webhook.replay(options, letter))
      assert.deepStrictEqual(texts, ["a true", "teleported"])
    }).pipe(Effect.provide(quiet))
  )

  it.scoped("leaves the server at work when the hook for dead letters fails", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const logger = Logger.make(({ message }) => log.push(String(message)))
      const receiver = yield* Webhook.make({
        channelSecret,
        deadLetter: () => Effect.fail("no disk"),
        handlers: Webhook.handlers({ message: () => Effect.fail("broken") })
      }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
      yield* (yield* send(receiver, [event("U1", "a"), event("U1", "b")])).work
      assert.deepStrictEqual(
        log,
        [1, 2].flatMap(() => ["webhook handler failed", "the hook for dead letters failed: the event is lost"])
      )
    })
  )
})

/** Closes a scope, and lets so many seconds go by. */
const closing = (scope: Scope.CloseableScope, seconds: number) =>
  Effect.gen(function* () {
    const closed = yield* Effect.fork(Scope.close(scope, Exit.void))
    for (const _ of Array.from({ length: seconds })) yield* Effect.zipRight(settle, TestClock.adjust("1 second"))
    yield* settle
    return yield* Fiber.poll(closed)
  })

describe("what never answers", () => {
  it.scoped("of an inbox, takes no room from what comes after it", () =>
    Effect.gen(function* () {
      const { inbox } = noting()
      let isBroken = true
      const keep = (broken: () => Effect.Effect<never>) =>
        Effect.gen(function* () {
          isBroken = true
          const receiver = yield* Webhook.make({
            channelSecret,
            capacity: 2,
            inbox: { ...inbox, store: (deliveries) => (isBroken ? broken() : inbox.store(deliveries)) },
            handlers: { message: () => Effect.void }
          })
          const sent = yield* Effect.fork(
            Effect.all([send(receiver, [event("U1", "a")]), send(receiver, [event("U2", "b")])], { concurrency: 2 })
          )
          yield* settle
          yield* TestClock.adjust("1 minute")
          const refused = yield* Fiber.join(sent)
          isBroken = false
          return [...refused, yield* send(receiver, [event("U1", "c")])].map(({ status }) => status)
        })
      assert.deepStrictEqual(yield* keep(() => Effect.never), [503, 503, 200])
      assert.deepStrictEqual(
        yield* keep(() => {
          throw new Error("a mistake")
        }),
        [500, 500, 200]
      )
    }).pipe(Effect.provide(quiet))
  )

  it.effect("of a hook that cannot be interrupted, does not keep a shutdown with many events for longer", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const receiver = yield* Webhook.make({
        channelSecret,
        concurrency: 1,
        drainTimeout: "1 second",
        deadLetter: () => Effect.uninterruptible(Effect.never),
        handlers: Webhook.handlers({ message: () => Effect.never })
      }).pipe(Scope.extend(scope))
      const texts = Array.from({ length: 100 }, (_, index) => `${index}`)
      const { work } = yield* send(
        receiver,
        texts.map((text) => event("U1", text))
      )
      yield* settle
      assert.isTrue(Option.isSome(yield* closing(scope, 62)))
      yield* work
    }).pipe(Effect.provide(quiet))
  )

  it.scoped("of a store, does not keep the events of a chat for longer than a minute", () =>
    Effect.gen(function* () {
      const handled: Array<string> = []
      const receiver = yield* Webhook.make({
        channelSecret,
        processedEvents: { has: () => Effect.never, add: () => Effect.never },
        handlers: Webhook.handlers({ message: (event) => Effect.sync(() => handled.push(textOf(event))) })
      })
      const { work } = yield* send(receiver, [event("U1", "a"), event("U1", "b")])
      yield* settle
      for (const _ of Array.from({ length: 4 })) yield* Effect.zipRight(TestClock.adjust("1 minute"), settle)
      yield* work
      assert.deepStrictEqual(handled, ["a", "b"])
    }).pipe(Effect.provide(quiet))
  )

  it.effect("of a hook for dead letters, does not keep a shutdown for longer than a minute", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const receiver = yield* Webhook.make({
        channelSecret,
        drainTimeout: "1 second",
        deadLetter: () => Effect.never,
        handlers: Webhook.handlers({ message: () => Effect.never })
      }).pipe(Scope.extend(scope))
      yield* send(receiver, [event("U1", "a"), event("U1", "b")])
      yield* settle
      assert.isTrue(Option.isSome(yield* closing(scope, 61)))
    }).pipe(Effect.provide(quiet))
  )
})

describe("a shutdown", () => {
  const second = Effect.sleep("1 second")

  it.effect("waits for the hook for dead letters", () =>
    Effect.gen(function* () {
      for (const handler of [Effect.never, Effect.fail("failed")]) {
        const letters: Array<string> = []
        const scope = yield* Scope.make()
        const receiver = yield* Webhook.make({
          channelSecret,
          drainTimeout: "1 second",
          deadLetter: ({ event }: Webhook.DeadLetter<string>) =>
            Effect.zipRight(
              Effect.repeatN(second, 4),
              Effect.sync(() => letters.push(event.type === "message" ? textOf(event) : event.type))
            ),
          handlers: Webhook.handlers({ message: () => handler })
        }).pipe(Scope.extend(scope))
        yield* send(receiver, [event("U1", "a"), event("U1", "b")])
        yield* settle
        assert.isTrue(Option.isSome(yield* closing(scope, 12)))
        assert.sameMembers(letters, ["a", "b"])
      }
    }).pipe(Effect.provide(quiet))
  )

  it.effect("hands over an event whose turn begins at that time, and counts it as no duplicate", () =>
    Effect.gen(function* () {
      const duplicates = Effect.map(Metric.value(Metrics.webhookDuplicates), ({ count }) => count)
      const before = yield* duplicates
      const letters: Array<number> = []
      const scope = yield* Scope.make()
      const receiver = yield* Webhook.make({
        channelSecret,
        drainTimeout: "1 second",
        processedEvents: { has: () => Effect.as(Effect.repeatN(second, 4), false), add: () => Effect.void },
        deadLetter: ({ attempts }) => Effect.sync(() => letters.push(attempts)),
        handlers: Webhook.handlers({ message: () => Effect.die("it is not called") })
      }).pipe(Scope.extend(scope))
      yield* send(receiver, [event("U1", "a")])
      yield* settle
      yield* closing(scope, 6)
      assert.deepStrictEqual([letters, (yield* duplicates) - before], [[0], 0])
    }).pipe(Effect.provide(quiet))
  )

  it.effect("waits for what notes that an event was handled", () =>
    Effect.gen(function* () {
      const { inbox, log } = noting()
      const scope = yield* Scope.make()
      const receiver = yield* Webhook.make({
        channelSecret,
        drainTimeout: "1 second",
        inbox: { ...inbox, complete: (entry) => Effect.zipRight(Effect.repeatN(second, 2), inbox.complete(entry)) },
        handlers: { message: () => Effect.void }
      }).pipe(Scope.extend(scope))
      yield* send(receiver, [event("U1", "a")])
      yield* settle
      yield* closing(scope, 5)
      assert.include(log.at(-1), "complete")
    }).pipe(Effect.provide(quiet))
  )

  it.effect("tells a handler that interrupts itself while it waits from one that it interrupts", () =>
    Effect.gen(function* () {
      const failures = Effect.map(Metric.value(Metrics.webhookFailures), ({ count }) => count)
      const before = yield* failures
      const scope = yield* Scope.make()
      const receiver = yield* Webhook.make({
        channelSecret,
        handlers: Webhook.handlers({ message: () => Effect.zipRight(second, Effect.interrupt) })
      }).pipe(Scope.extend(scope))
      yield* send(receiver, [event("U1", "a")])
      yield* settle
      yield* closing(scope, 2)
      assert.strictEqual((yield* failures) - before, 1)
    }).pipe(Effect.provide(quiet))
  )

  it.effect("hands over why an event failed before, if it ends the retries", () =>
    Effect.gen(function* () {
      const letters: Array<Webhook.DeadLetter<string>> = []
      const scope = yield* Scope.make()
      const receiver = yield* Webhook.make({
        channelSecret,
        drainTimeout: "1 second",
        retry: Schedule.spaced("1 hour"),
        deadLetter: (letter) => Effect.sync(() => letters.push(letter)),
        handlers: Webhook.handlers({ message: () => Effect.fail("the reason") })
      }).pipe(Scope.extend(scope))
      yield* send(receiver, [event("U1", "a")])
      yield* settle
      assert.isTrue(Option.isSome(yield* closing(scope, 1)))
      assert.deepStrictEqual(
        letters.map(({ attempts, cause }) => [attempts, [...Cause.failures(cause)], Cause.isInterrupted(cause)]),
        [[1, ["the reason"], true]]
      )
    }).pipe(Effect.provide(quiet))
  )

  it.effect("hands over what it interrupts and what still waits", () =>
    Effect.gen(function* () {
      const letters: Array<Webhook.DeadLetter<never>> = []
      const scope = yield* Scope.make()
      const receiver = yield* Webhook.make({
        channelSecret,
        drainTimeout: "1 second",
        deadLetter: (letter) => Effect.sync(() => letters.push(letter)),
        handlers: Webhook.handlers({ message: () => Effect.never })
      }).pipe(Scope.extend(scope))
      yield* send(receiver, [event("U1", "a"), event("U1", "b"), event("U1", "c")])
      yield* settle
      const closed = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* settle
      assert.strictEqual((yield* send(receiver, [event("U1", "d")])).status, 503)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(closed)
      assert.sameDeepMembers(
        letters.map(({ attempts, cause, event }) => [
          event.type === "message" ? textOf(event) : "",
          attempts,
          Cause.isInterruptedOnly(cause)
        ]),
        [
          ["a", 1, true],
          ["b", 0, true],
          ["c", 0, true]
        ]
      )
    }).pipe(Effect.provide(quiet))
  )
})

describe("several channels", () => {
  const secrets = { shop: Redacted.make("secret of the shop"), club: Redacted.make("secret of the club") }
  const old = Redacted.make("an old secret of the club")

  const channel = (name: keyof typeof secrets) =>
    Effect.map(LineClient.make({ channelAccessToken: Redacted.make(`token-${name}`) }), (client): Channels.Channel => ({
      channelSecret: name === "club" ? [secrets.club, old] : secrets.shop,
      client
    })).pipe(Effect.provide(FetchHttpClient.layer))

  const serve = (by: (channels: Record<string, Channels.Channel>) => Channels.Channels, keys: [string, string]) =>
    Effect.gen(function* () {
      const [shop, club] = [yield* channel("shop"), yield* channel("club")]
      const used: Array<string> = []
      const receiver = yield* Webhook.make({
        channels: by({ [keys[0]]: shop, [keys[1]]: club }),
        handlers: Webhook.handlers({
          message: (event, destination) =>
            Effect.map(LineClient.LineClient, (client) =>
              used.push(`${destination} ${client === shop.client ? "shop" : "club"} ${textOf(event)}`)
            )
        })
      })
      return { receiver, used }
    })

  it.scoped("are told apart by destination, each with its secrets and client", () =>
    Effect.gen(function* () {
      const { receiver, used } = yield* serve(Channels.byDestination, ["Ushop", "Uclub"])
      const statuses = yield* Effect.all([
        send(receiver, [event("U1", "a")], { destination: "Ushop", secret: secrets.shop }),
        send(receiver, [event("U1", "b")], { destination: "Uclub", secret: secrets.club }),
        send(receiver, [event("U1", "c")], { destination: "Uclub", secret: old }),
        send(receiver, [event("U1", "d")], { destination: "Ushop", secret: secrets.club }),
        send(receiver, [event("U1", "e")], { destination: "Uother", secret: secrets.shop }),
        send(receiver, [event("U1", "f")], { destination: "__proto__", secret: secrets.shop })
      ])
      yield* settle
      assert.deepStrictEqual(
        statuses.map(({ status }) => status),
        [200, 200, 200, 401, 404, 404]
      )
      assert.include(statuses[4].body, '"Uother"')
      assert.sameMembers(used, ["Ushop shop a", "Uclub club b", "Uclub club c"])
    }).pipe(Effect.provide(quiet))
  )

  it.scoped("are told apart by path, each with its secrets and client", () =>
    Effect.gen(function* () {
      const { receiver, used } = yield* serve(Channels.byPath, ["/callback/shop", "/callback/club"])
      const statuses = yield* Effect.all([
        send(receiver, [event("U1", "a")], { path: "/callback/shop?x=1", secret: secrets.shop }),
        send(receiver, [event("U1", "b")], { path: "/callback/club", secret: secrets.shop }),
        send(receiver, [event("U1", "c")], { path: "/callback/none", secret: secrets.shop }),
        send(receiver, [event("U1", "d")], { secret: secrets.shop })
      ])
      yield* settle
      assert.deepStrictEqual(
        statuses.map(({ status }) => status),
        [200, 401, 404, 404]
      )
      assert.sameMembers(used, ["Ubot shop a"])
    }).pipe(Effect.provide(quiet))
  )

  it.scoped("that cannot be looked up now are answered with 503", () =>
    Effect.gen(function* () {
      const down = new StoreError.StoreError({ store: "the channels", cause: new Error("the database is down") })
      const receiver = yield* Webhook.make({
        channels: Channels.byDestination(() => down),
        handlers: { message: () => Effect.void }
      })
      assert.strictEqual((yield* send(receiver, [event("U1", "a")])).status, 503)
    }).pipe(Effect.provide(quiet))
  )

  it.scoped("a body cannot be for two of them", () =>
    Effect.gen(function* () {
      const { receiver, used } = yield* serve(Channels.byDestination, ["Ushop", "Uclub"])
      const body = new TextEncoder().encode(
        `{"destination":"Ushop","events":[${JSON.stringify(event("U1", "a"))}],"destination":"Uclub"}`
      )
      const signature = yield* Signature.sign(body, secrets.shop)
      const answer = yield* receiver({ method: "POST", signature, read: () => Effect.succeed(body) })
      yield* settle
      assert.deepStrictEqual([answer.status, used], [400, []])
    }).pipe(Effect.provide(quiet))
  )
})

describe("an inbox", () => {
  const taken = Effect.suspend(() => new StoreError.StoreError({ store: "the inbox", cause: "another process has it" }))

  const leftOver = (text: string, attempts = 0): Inbox.Entry => {
    const { events } = Effect.runSync(
      Webhook.decode(JSON.stringify({ destination: "Ubot", events: [event("U1", text)] }))
    )
    const [one] = events
    return { id: text, destination: "Ubot", event: one ?? assert.fail("no event"), receivedAt: 0, attempts }
  }

  it.scoped("has an event before the answer, and until it was handled", () =>
    Effect.gen(function* () {
      const { inbox, log } = noting()
      const one = event("U1", "a")
      const receiver = yield* Webhook.make({
        channelSecret,
        inbox,
        handlers: Webhook.handlers({ message: () => Effect.sync(() => log.push("handle")) })
      })
      const { status, work } = yield* send(receiver, [one, event("U1", "b", { type: "unfollow" })])
      assert.deepStrictEqual([status, log], [200, ["store 1"]])
      yield* work
      assert.deepStrictEqual(log, [
        "store 1",
        `begin ${one.webhookEventId}`,
        "handle",
        `complete ${one.webhookEventId}`
      ])
    })
  )

  it.scoped("that cannot keep events is answered with 503", () =>
    Effect.gen(function* () {
      const { fail, inbox } = noting()
      const receiver = yield* Webhook.make({ channelSecret, inbox, handlers: { message: () => Effect.void } })
      fail()
      assert.strictEqual((yield* send(receiver, [event("U1", "a")])).status, 503)
    }).pipe(Effect.provide(quiet))
  )

  it.scoped("gives what an earlier run left, in order", () =>
    Effect.gen(function* () {
      const left = ["a", "b"].map((text, index) => leftOver(text, index === 0 ? 1 : 0))
      const { inbox, log } = noting(left)
      yield* Webhook.make({
        channelSecret,
        inbox,
        handlers: Webhook.handlers({
          message: (event) =>
            Effect.map(Delivery.Delivery, ({ mayHaveBegun }) => log.push(`${textOf(event)} ${mayHaveBegun}`))
        })
      })
      yield* settle
      assert.deepStrictEqual(log, ["begin a", "a true", "complete a", "begin b", "b false", "complete b"])
    })
  )

  it.scoped("takes its own time to begin, and what it says then holds", () =>
    Effect.gen(function* () {
      const { inbox, log } = noting()
      const handled: Array<string> = []
      const receiver = yield* Webhook.make({
        channelSecret,
        inbox: {
          ...inbox,
          begin: (entry) =>
            Effect.zipRight(
              Effect.sleep("50 seconds"),
              entry.event.type === "message" && textOf(entry.event) === "a" ? taken : inbox.begin(entry)
            )
        },
        handlerTimeout: "10 seconds",
        handlers: Webhook.handlers({ message: (event) => Effect.sync(() => handled.push(textOf(event))) })
      })
      const { work } = yield* send(receiver, [event("U1", "a"), event("U2", "b")])
      yield* settle
      yield* TestClock.adjust("1 minute")
      yield* work
      assert.deepStrictEqual(handled, ["b"])
      assert.deepStrictEqual(log.filter((line) => line.startsWith("complete")).length, 1)
    }).pipe(Effect.provide(quiet))
  )

  it.scoped("has room for no more than the capacity while it stores", () =>
    Effect.gen(function* () {
      const { inbox } = noting()
      const gate = yield* Deferred.make<void>()
      const receiver = yield* Webhook.make({
        channelSecret,
        capacity: 5,
        inbox: { ...inbox, store: (deliveries) => Effect.zipRight(Deferred.await(gate), inbox.store(deliveries)) },
        handlers: { message: () => Effect.void }
      })
      const sending = yield* Effect.forkAll(
        Array.from({ length: 20 }, (_, index) => send(receiver, [event("U1", `${index}`)]))
      )
      yield* settle
      yield* Deferred.succeed(gate, undefined)
      const statuses = (yield* Fiber.join(sending)).map(({ status }) => status)
      assert.deepStrictEqual([statuses.filter((one) => one === 200).length, statuses.length], [5, 20])
    }).pipe(Effect.provide(quiet))
  )

  it.scoped("waits with what is left for its channel while that cannot be looked up", () =>
    Effect.gen(function* () {
      const { inbox, log } = noting(["a", "b"].map((text) => leftOver(text)))
      const client = yield* LineClient.make({ channelAccessToken: Redacted.make("token") }).pipe(
        Effect.provide(FetchHttpClient.layer)
      )
      let lookups = 0
      yield* Webhook.make({
        inbox,
        channels: Channels.byDestination(() =>
          ++lookups < 3
            ? new StoreError.StoreError({ store: "the channels", cause: new Error("down") })
            : Effect.succeed({ channelSecret, client })
        ),
        handlers: Webhook.handlers({ message: (event) => Effect.sync(() => log.push(textOf(event))) })
      })
      yield* settle
      assert.deepStrictEqual(log, [])
      for (const _ of Array.from({ length: 2 })) yield* Effect.zipRight(TestClock.adjust("2 seconds"), settle)
      assert.deepStrictEqual(log, ["begin a", "a", "complete a", "begin b", "b", "complete b"])
    })
  )

  it.scoped("goes on with what is left after an event whose channel cannot be looked up", () =>
    Effect.gen(function* () {
      const { inbox, log } = noting(["a", "b"].map((id) => leftOver(id)))
      yield* Webhook.make({
        channels: Channels.byDestination((key) =>
          log.push(key) === 1 ? Effect.die("no database") : Effect.fail(new Channels.UnknownDestination({ key }))
        ),
        inbox,
        handlers: { message: () => Effect.void }
      })
      yield* settle
      assert.deepStrictEqual(log, ["Ubot", "Ubot"])
    }).pipe(Effect.provide(quiet))
  )

  it.scoped("is rid of an edit that a newer one came before", () =>
    Effect.gen(function* () {
      const { inbox, log } = noting()
      const edits = [2, 1].map((timestamp) => event("U1", "m1", { type: "messageEdited", timestamp }))
      const receiver = yield* Webhook.make({ channelSecret, inbox, handlers: { messageEdited: () => Effect.void } })
      yield* (yield* send(receiver, edits)).work
      const [newer, older] = edits.map(({ webhookEventId }) => webhookEventId)
      assert.deepStrictEqual(log, ["store 2", `begin ${newer}`, `complete ${newer}`, `complete ${older}`])
    })
  )

  it.effect("keeps what a shutdown leaves", () =>
    Effect.gen(function* () {
      const { inbox, log } = noting()
      const scope = yield* Scope.make()
      const one = event("U1", "a")
      const letters: Array<unknown> = []
      const receiver = yield* Webhook.make({
        channelSecret,
        inbox,
        drainTimeout: 0,
        deadLetter: (letter) => Effect.sync(() => letters.push(letter)),
        handlers: Webhook.handlers({ message: () => Effect.never })
      }).pipe(Scope.extend(scope))
      yield* send(receiver, [one, event("U1", "b")])
      yield* settle
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual([log, letters], [["store 2", `begin ${one.webhookEventId}`], []])
    }).pipe(Effect.provide(quiet))
  )
})

describe("a handler", () => {
  it.scoped("begins with the fiber refs of the server as a fork of its own has them", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const inherited = FiberRef.unsafeMake("initial")
      const own = FiberRef.unsafeMake<Array<string>>([], { fork: () => [] })
      const receiver = yield* Webhook.make({
        channelSecret,
        handlers: Webhook.handlers({
          message: (event) =>
            Effect.gen(function* () {
              const texts = yield* FiberRef.get(own)
              texts.push(textOf(event))
              seen.push(`${yield* FiberRef.get(inherited)}: ${texts}`)
              yield* FiberRef.set(inherited, "changed")
            })
        })
      }).pipe(Effect.locally(inherited, "server"), Effect.locally(own, ["server"]))
      for (const text of ["a", "b"]) yield* Effect.flatMap(send(receiver, [event("U1", text)]), ({ work }) => work)
      assert.deepStrictEqual(seen, ["server: a", "server: b"])
    })
  )
})

describe("what is seen", () => {
  it.scoped("a webhook has a span where its request alone has a tracer", () =>
    Effect.gen(function* () {
      const { spans, tracer } = yield* Spans.recording
      const receiver = yield* Webhook.make({ channelSecret, handlers: {} })
      yield* send(receiver, [event("U1", "a")]).pipe(Effect.withTracer(tracer))
      yield* send(receiver, [event("U1", "b")])
      assert.deepStrictEqual(
        spans.map(({ name }) => name),
        ["line.webhook"]
      )
    })
  )

  it.scoped("the span of a handler is linked to that of its request, and calls are within it", () =>
    Effect.gen(function* () {
      const { spans, tracer } = yield* Spans.recording
      const one = event("U-personal", "a private text")
      const receiver = yield* Webhook.make({
        channelSecret,
        handlers: Webhook.handlers({ message: () => Effect.withSpan(Effect.void, "work") })
      }).pipe(Effect.withTracer(tracer))
      const { work } = yield* send(receiver, [one]).pipe(Effect.withTracer(tracer))
      yield* work
      const [request, handler, inner] = spans
      assert.deepStrictEqual(
        spans.map(({ name }) => name),
        ["line.webhook", "line.webhook.message", "work"]
      )
      assert.deepStrictEqual(
        handler?.links.map(({ span }) => span.spanId),
        [request?.spanId]
      )
      assert.isTrue(handler !== undefined && Option.isNone(handler.parent))
      assert.strictEqual(inner !== undefined && Option.getOrUndefined(inner.parent)?.spanId, handler?.spanId)
      const attributes = JSON.stringify(spans.map((span) => [...span.attributes]))
      assert.include(attributes, one.webhookEventId)
      for (const secret of ["U-personal", "private", "reply-token"]) assert.notInclude(attributes, secret)
    })
  )

  it.scoped("the time of a handler is without that of a store", () =>
    Effect.gen(function* () {
      const sum = Effect.map(Metric.value(Metrics.webhookHandlerTime), ({ sum }) => sum)
      const before = yield* sum
      const receiver = yield* Webhook.make({
        channelSecret,
        processedEvents: { has: () => Effect.as(Effect.sleep("5 seconds"), false), add: () => Effect.void },
        handlers: { message: () => Effect.void }
      })
      const { work } = yield* send(receiver, [event("U1", "a")])
      yield* settle
      yield* TestClock.adjust("5 seconds")
      yield* work
      assert.strictEqual((yield* sum) - before, 0)
    })
  )

  it.scoped("events by type, refusals by status, the depth of the queue and the time of handlers are measured", () =>
    Effect.gen(function* () {
      const values = Effect.all({
        messages: Effect.map(Metric.value(Metrics.webhookEvents("message")), ({ count }) => count),
        unknown: Effect.map(Metric.value(Metrics.webhookEvents("unknown")), ({ count }) => count),
        refused: Effect.map(Metric.value(Metrics.webhookRefusals("401")), ({ count }) => count),
        handled: Effect.map(Metric.value(Metrics.webhookHandlerTime), ({ count }) => count)
      })
      const before = yield* values
      const { handlers, open } = gated()
      const receiver = yield* Webhook.make({ channelSecret, handlers })
      yield* send(receiver, [event("U1", "a"), event("U2", "b"), event("U1", "c", { type: "teleported" })])
      yield* send(receiver, [event("U1", "d")], { secret: Redacted.make("another") })
      yield* settle
      assert.strictEqual((yield* Metric.value(Metrics.webhookQueueDepth)).value, 2)
      yield* Effect.all([open("a"), open("b")])
      assert.strictEqual((yield* Metric.value(Metrics.webhookQueueDepth)).value, 0)
      const after = yield* values
      assert.deepStrictEqual(
        Object.entries(after).map(([name, value]) => [name, value - (before[name as keyof typeof before] ?? 0)]),
        [
          ["messages", 2],
          ["unknown", 1],
          ["refused", 1],
          ["handled", 2]
        ]
      )
    }).pipe(Effect.provide(quiet))
  )
})
