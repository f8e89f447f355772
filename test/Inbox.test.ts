import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import type * as Inbox from "line-effect/Inbox"
import * as InboxFile from "line-effect/InboxFile"
import * as Signature from "line-effect/Signature"
import * as Webhook from "line-effect/Webhook"
import * as WebhookEvent from "line-effect/WebhookEvent"
import * as Either from "effect/Either"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const event = (id: string | undefined, text: string, rest: object = {}): WebhookEvent.WebhookEvent => {
  const json = {
    type: "message",
    timestamp: 1_700_000_000_000,
    mode: "active",
    ...(id === undefined ? undefined : { webhookEventId: id }),
    deliveryContext: { isRedelivery: false },
    source: { type: "user", userId: "U1" },
    message: { type: "text", id: "1", text, quoteToken: "q" },
    ...rest
  }
  const { events } = Either.getOrThrow(WebhookEvent.decode({ destination: "Ubot", events: [json] }))
  const [decoded] = events
  return decoded ?? assert.fail("no event")
}

const delivery = (id: string | undefined, text = "こんにちは 🍵\n"): Inbox.Delivery => ({
  destination: "Ubot",
  event: event(id, text)
})

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(join(tmpdir(), "line-effect-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
)

const fileIn = Effect.map(folder, (folder) => join(folder, "inbox.ndjson"))

/** Uses the inbox of a file, and closes it. */
const using = <A, E>(file: string, use: (inbox: Inbox.Service) => Effect.Effect<A, E>, options?: InboxFile.Options) =>
  Effect.scoped(Effect.flatMap(InboxFile.make(file, options), use))

const pending = (inbox: Inbox.Service) => Effect.map(Stream.runCollect(inbox.pending), Chunk.toReadonlyArray)

const ids = (entries: ReadonlyArray<Inbox.Entry>) => entries.map(({ id }) => id)

describe("an inbox in a file", () => {
  it.scoped("gives back what was not completed, as it came, oldest first and with the attempts that were begun", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      yield* TestClock.setTime(1000)
      const unknown: Inbox.Delivery = {
        destination: "Ubot",
        channel: "/callback/shop",
        event: event("c", "", { type: "teleported" })
      }
      const stored = yield* using(file, (inbox) =>
        Effect.gen(function* () {
          const entries = yield* inbox.store([delivery("a"), delivery("b"), unknown, delivery("d")])
          const [a, b] = entries
          if (a === undefined || b === undefined) return assert.fail("not stored")
          yield* inbox.begin(a)
          yield* inbox.begin(b)
          yield* inbox.complete(a)
          return entries
        })
      )
      assert.deepStrictEqual(ids(stored), ["a", "b", "c", "d"])
      const left = yield* using(file, pending)
      assert.deepStrictEqual(
        left,
        stored.slice(1).map((entry) => (entry.id === "b" ? { ...entry, attempts: 1 } : entry))
      )
      assert.deepInclude(left[1], { channel: "/callback/shop", receivedAt: 1000 })
      // As often as it is opened.
      assert.deepStrictEqual(yield* using(file, pending), left)
    })
  )

  it.scoped("gives back an event with something unknown in it as it was", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      const odd = [
        event("a", "", { mode: "paused" }),
        event("b", "", { source: { type: "planet", name: "Mars" } }),
        event("c", "", { message: { type: "hologram", id: "2" } }),
        event("d", "", {
          message: { type: "text", id: "3", text: "@x", quoteToken: "q", mention: { mentionees: [{ type: "y" }] } },
          extra: { type: "new" }
        })
      ]
      assert.deepStrictEqual(
        odd.map(({ type }) => type),
        ["message", "message", "message", "message"]
      )
      const stored = yield* using(file, (inbox) => inbox.store(odd.map((event) => ({ destination: "Ubot", event }))))
      assert.notInclude(fs.readFileSync(file, "utf8"), "originalType")
      assert.deepStrictEqual(yield* using(file, pending), stored)
    })
  )

  it.scoped("puts what is new behind what is left of its chat, until the server has that", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      const of = (id: string, userId: string): Inbox.Delivery => ({
        destination: "Ubot",
        event: event(id, "", { source: { type: "user", userId } })
      })
      yield* using(file, (inbox) => inbox.store([of("a", "U1"), of("b", "U2"), of("c", "U1")]))
      const came = yield* using(file, (inbox) =>
        Effect.gen(function* () {
          const came: Array<string> = []
          const store = (...deliveries: ReadonlyArray<Inbox.Delivery>) =>
            Effect.map(inbox.store(deliveries), (entries) => came.push(...ids(entries).map((id) => `${id} now`)))
          yield* store(of("d", "U1"), of("e", "U3"))
          yield* Stream.runForEach(inbox.pending, ({ id }) =>
            Effect.gen(function* () {
              // While the server is at it.
              if (id === "d") yield* store(of("f", "U1"), of("g", "U2"))
              came.push(id)
            })
          )
          yield* store(of("h", "U1"), of("a", "U1"))
          return came
        })
      )
      assert.deepStrictEqual(came, ["e now", "a", "b", "c", "g now", "d", "f", "h now"])
    })
  )

  it.scoped("knows an event that it has or had, until its time is over", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      // As a server does, which takes what is left first.
      const store = (id: string) => (inbox: Inbox.Service) =>
        Effect.zipRight(pending(inbox), Effect.map(inbox.store([delivery(id)]), ids))
      yield* using(file, (inbox) =>
        Effect.gen(function* () {
          assert.deepStrictEqual(ids(yield* inbox.store([delivery("a"), delivery("a")])), ["a"])
          assert.deepStrictEqual(yield* store("a")(inbox), [])
          const [b] = yield* inbox.store([delivery("b")])
          if (b !== undefined) yield* inbox.complete(b)
          assert.deepStrictEqual(yield* store("b")(inbox), [])
        })
      )
      assert.deepStrictEqual(yield* using(file, store("a")), [])
      assert.deepStrictEqual(yield* using(file, store("b")), [])
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(yield* using(file, store("a")), [])
      assert.deepStrictEqual(yield* using(file, store("b")), ["b"])
    })
  )

  it.scoped("remembers no more of those that were completed than it may", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      yield* using(
        file,
        (inbox) =>
          Effect.gen(function* () {
            for (const id of ["a", "b", "c", "d"]) {
              yield* Effect.forEach(yield* inbox.store([delivery(id)]), inbox.complete)
            }
            assert.deepStrictEqual(ids(yield* inbox.store(["a", "b", "c", "d"].map((id) => delivery(id)))), ["a"])
          }),
        { capacity: 3 }
      )
    })
  )

  it.scoped("keeps events without an id, each as one of its own", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      const bare: Inbox.Delivery = { destination: "Ubot", event: event(undefined, "", { type: "teleported" }) }
      const stored = yield* using(file, (inbox) => inbox.store([bare, bare]))
      assert.strictEqual(new Set(ids(stored)).size, 2)
      assert.deepStrictEqual(yield* using(file, pending), stored)
    })
  )

  it.scoped("begins anew when it has grown, with what is in it still", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      const large = "x".repeat(100_000)
      yield* using(file, (inbox) =>
        Effect.gen(function* () {
          yield* inbox.store([delivery("first")])
          for (let number = 0; number < 100; number++) {
            yield* Effect.forEach(yield* inbox.store([delivery(`${number}`, large)]), inbox.complete)
            assert.isBelow(fs.statSync(file).size, 5_000_000)
          }
          yield* inbox.store([delivery("last")])
        })
      )
      const left = yield* using(file, pending)
      assert.deepStrictEqual(ids(left), ["first", "last"])
      assert.deepStrictEqual(ids(yield* using(file, (inbox) => inbox.store([delivery("99")]))), [])
      assert.isBelow(fs.statSync(file).size, 20_000)
    })
  )

  it.scoped("has each event that it has just kept, also when it begins anew for it", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      const large = "x".repeat(400_000)
      yield* using(file, (inbox) =>
        Effect.gen(function* () {
          let size = 0
          let isAnew = false
          for (let number = 0; number < 60; number++) {
            const [entry] = yield* inbox.store([delivery(`${number}`, large)])
            if (entry === undefined) return assert.fail("not stored")
            const text = fs.readFileSync(file, "utf8")
            assert.include(text, `"id":"${number}"`)
            isAnew ||= text.length < size
            size = text.length
            yield* inbox.begin(entry)
            if (number % 2 === 0) yield* inbox.complete(entry)
          }
          assert.isTrue(isAnew)
        })
      )
      const left = yield* using(file, pending)
      assert.deepStrictEqual(
        left.map(({ attempts, id }) => [id, attempts]),
        Array.from({ length: 30 }, (_, index) => [`${2 * index + 1}`, 1])
      )
    })
  )

  it.scoped("passes over a last line that a kill cut off, at every byte", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      yield* using(file, (inbox) => inbox.store([delivery("a")]))
      const before = fs.statSync(file).size
      yield* using(file, (inbox) => inbox.store([delivery("b")]))
      const bytes = fs.readFileSync(file)
      for (let end = before; end < bytes.length; end++) {
        fs.writeFileSync(file, bytes.subarray(0, end))
        assert.deepStrictEqual(ids(yield* using(file, pending)), ["a"])
      }
      fs.writeFileSync(file, bytes)
      assert.deepStrictEqual(ids(yield* using(file, pending)), ["a", "b"])
    })
  )

  it.scoped("is not opened where there is another file, and leaves that as it is", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      fs.writeFileSync(file, "dear diary\n")
      const error = yield* Effect.flip(using(file, pending))
      assert.include(error.message, "line 1")
      assert.strictEqual(fs.readFileSync(file, "utf8"), "dear diary\n")
    })
  )

  it.scoped("is of one process at a time, and of the next one once that is gone", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      const lock = yield* using(file, () =>
        Effect.gen(function* () {
          assert.include((yield* Effect.flip(using(file, pending))).message, "has it open")
          return fs.readFileSync(`${file}.lock`, "utf8")
        })
      )
      const { pid } = spawnSync(process.execPath, ["--version"])
      fs.writeFileSync(`${file}.lock`, lock.replace(String(process.pid), String(pid)))
      assert.deepStrictEqual(yield* using(file, pending), [])
    })
  )

  it.scoped("shares one fsync among those who store at the same time, and answers none before it", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      yield* using(file, (inbox) =>
        Effect.gen(function* () {
          const stored = yield* Effect.forEach(
            Array.from({ length: 100 }, (_, number) => delivery(`${number}`)),
            (one) => inbox.store([one]),
            { concurrency: "unbounded" }
          )
          assert.strictEqual(stored.flat().length, 100)
        })
      )
      assert.strictEqual((yield* using(file, pending)).length, 100)
    })
  )
})

describe("a server with an inbox in a file", () => {
  const channelSecret = Redacted.make("secret")

  const request = (events: ReadonlyArray<unknown>) => {
    const body = new TextEncoder().encode(JSON.stringify({ destination: "Ubot", events }))
    return Effect.map(Signature.sign(body, channelSecret), (signature): Webhook.Incoming => ({
      method: "POST",
      signature,
      read: () => Effect.succeed(body)
    }))
  }

  it.live("handles after a shutdown what it could not before, and nothing twice", () =>
    Effect.gen(function* () {
      const file = yield* fileIn
      const handled: Array<string> = []
      const began = yield* Deferred.make<void>()
      let isBlocked = true
      const serve = (scope: Scope.Scope) =>
        Effect.gen(function* () {
          const inbox = yield* InboxFile.make(file)
          return yield* Webhook.make({
            channelSecret,
            inbox,
            drainTimeout: 0,
            handlers: Webhook.handlers({
              message: ({ message }) =>
                Effect.gen(function* () {
                  const text = message.type === "text" ? message.text : ""
                  if (isBlocked && text === "b")
                    yield* Effect.zipRight(Deferred.succeed(began, undefined), Effect.never)
                  handled.push(text)
                })
            })
          })
        }).pipe(Scope.extend(scope))

      const first = yield* Scope.make()
      const one = yield* serve(first)
      const incoming = yield* request(["a", "b", "c"].map((text) => event(text, text)))
      assert.strictEqual((yield* one(incoming)).status, 200)
      yield* Deferred.await(began)
      yield* Scope.close(first, Exit.void)
      assert.deepStrictEqual(handled, ["a"])

      isBlocked = false
      const second = yield* Scope.make()
      const two = yield* serve(second)
      const { work } = yield* two(yield* request([event("d", "d")]))
      yield* work
      assert.strictEqual((yield* two(incoming)).status, 200)
      yield* Scope.close(second, Exit.void)
      assert.deepStrictEqual(handled, ["a", "b", "c", "d"])
      assert.deepStrictEqual(yield* using(file, pending), [])
    }).pipe(Effect.scoped)
  )
})
