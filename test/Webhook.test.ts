import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpApp from "@effect/platform/HttpApp"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpServer from "@effect/platform/HttpServer"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Channels from "line-effect/Channels"
import * as LineClient from "line-effect/LineClient"
import * as ProcessedEvents from "line-effect/ProcessedEvents"
import * as Signature from "line-effect/Signature"
import * as Webhook from "line-effect/Webhook"
import { inspect } from "node:util"

const channelSecret = Redacted.make("the channel secret")

const envelope = {
  timestamp: 1_700_000_000_000,
  mode: "active",
  webhookEventId: "01HXX",
  deliveryContext: { isRedelivery: false },
  source: { type: "user", userId: "U1" },
  replyToken: "reply-token"
}
const follow = { ...envelope, type: "follow", follow: { isUnblocked: false } }
const text = {
  ...envelope,
  webhookEventId: "01HXY",
  type: "message",
  message: { type: "text", id: "1", text: "a private text", quoteToken: "q" }
}
const novel = { ...envelope, webhookEventId: "01HXZ", type: "teleported", teleported: { to: "the moon" } }

const bodyOf = (...events: ReadonlyArray<unknown>) => JSON.stringify({ destination: "Ubot", events })

const post = (body: string | undefined, signature: string | undefined, method = "POST") =>
  new Request("http://bot.example/callback", {
    method,
    ...(body === undefined ? {} : { body }),
    headers: signature === undefined ? {} : { "X-Line-Signature": signature }
  })

const signed = (body: string) => Effect.map(Signature.sign(body, channelSecret), (signature) => post(body, signature))

const quiet = Logger.remove(Logger.defaultLogger)

/** Serves through HttpApp, in a scope of its own. */
const serve = <E = never, R = never>(options: Webhook.Settings<E, R>) =>
  Effect.gen(function* () {
    const app = yield* Webhook.httpApp({ channelSecret, ...options })
    const handler = HttpApp.toWebHandlerRuntime(yield* Effect.runtime())(app)
    return (request: Request) => Effect.promise(() => handler(request))
  })

describe("Webhook", () => {
  describe("receive", () => {
    it.effect("gives the destination and the events", () =>
      Effect.gen(function* () {
        const body = new TextEncoder().encode(bodyOf(follow, novel))
        const signature = yield* Signature.sign(body, channelSecret)
        const webhook = yield* Webhook.receive({ body, signature, channelSecret })
        assert.strictEqual(webhook.destination, "Ubot")
        assert.deepStrictEqual(
          webhook.events.map((event) => event.type),
          ["follow", "unknown"]
        )
      })
    )

    for (const [kind, body] of [
      ["not JSON", "{"],
      ["not UTF-8", new Uint8Array([0x22, 0xff, 0x22])],
      ["an array", "[]"],
      ["null", "null"],
      ["without events", '{"destination":"U"}'],
      ["with events that are no array", '{"destination":"U","events":{}}']
    ] as const) {
      it.effect(`fails on a body that is ${kind}`, () =>
        Effect.gen(function* () {
          const signature = yield* Signature.sign(body, channelSecret)
          const error = yield* Effect.flip(Webhook.receive({ body, signature, channelSecret }))
          assert.strictEqual(error._tag, "LineInvalidWebhook")
        })
      )
    }

    it.effect("decodes nothing that is not signed", () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Webhook.receive({ body: "{", signature: "nonsense", channelSecret }))
        assert.strictEqual(error._tag, "LineInvalidSignature")
      })
    )
  })

  describe("httpApp", () => {
    const nothing = { handlers: {}, maxBodySize: 1000 }
    const large = bodyOf({ ...novel, filler: "x".repeat(2000) })
    const rows = Effect.gen(function* () {
      const body = bodyOf(follow)
      const sign = (body: string) => Signature.sign(body, channelSecret)
      return [
        ["a signed webhook", 200, post(body, yield* sign(body))],
        ["the empty events of LINE's verify button", 200, post(bodyOf(), yield* sign(bodyOf()))],
        ["a missing signature", 401, post(body, undefined)],
        ["a wrong signature", 401, post(body, yield* sign("another body"))],
        ["a signature that is no Base64", 401, post(body, "ü".normalize("NFD").slice(0, 1))],
        ["a body that is no JSON", 400, post("{", yield* sign("{"))],
        ["a body that is no webhook", 400, post('{"hello":1}', yield* sign('{"hello":1}'))],
        ["no body", 401, post(undefined, undefined)],
        ["a body over the limit", 413, post(large, yield* sign(large))],
        ["a GET", 405, post(undefined, undefined, "GET")]
      ] as const
    })

    it.scoped("answers each kind of request with its status", () =>
      Effect.gen(function* () {
        const handler = yield* serve(nothing)
        for (const [kind, status, request] of yield* rows) {
          assert.strictEqual((yield* handler(request)).status, status, kind)
        }
      }).pipe(Effect.provide(quiet))
    )

    it.effect("answers as toWebHandler does", () =>
      Effect.gen(function* () {
        const web = Webhook.toWebHandler({ channelSecret, ...nothing }, quiet)
        for (const [kind, status, request] of yield* rows) {
          assert.strictEqual((yield* Effect.promise(() => web.handler(request))).status, status, kind)
        }
        yield* Effect.promise(() => web.dispose())
      })
    )

    it.scoped("hands each event to the handler of its type, with the destination", () =>
      Effect.gen(function* () {
        const seen: Array<string> = []
        const done = yield* Deferred.make<void>()
        const handlers = Webhook.handlers({
          follow: (event, destination) => Effect.sync(() => seen.push(`${event.follow.isUnblocked} ${destination}`)),
          message: ({ message }) => Effect.sync(() => seen.push(message.type === "text" ? message.text : message.type)),
          unknown: ({ originalType }) =>
            Effect.zipRight(
              Effect.sync(() => seen.push(originalType)),
              Deferred.succeed(done, undefined)
            )
        })
        const handler = yield* serve({ handlers })
        yield* handler(
          yield* signed(bodyOf(follow, text, { ...envelope, webhookEventId: "01HXW", type: "unfollow" }, novel))
        )
        yield* Deferred.await(done)
        assert.deepStrictEqual(seen, ["false Ubot", "a private text", "teleported"])
      })
    )

    it.scoped("answers before the handlers finish", () =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        const finished = yield* Deferred.make<void>()
        const handler = yield* serve({
          handlers: { follow: () => Effect.zipRight(Deferred.await(gate), Deferred.succeed(finished, undefined)) }
        })
        const response = yield* handler(yield* signed(bodyOf(follow)))
        assert.strictEqual(response.status, 200)
        assert.isFalse(yield* Deferred.isDone(finished))
        yield* Deferred.succeed(gate, undefined)
        yield* Deferred.await(finished)
      })
    )

    it.scoped("logs a handler that fails, dies or throws, with its event and without its text", () =>
      Effect.gen(function* () {
        const logs: Array<string> = []
        const logger = Logger.make(({ annotations, cause, logLevel, message }) => {
          logs.push(
            inspect([logLevel.label, message, Object.fromEntries(HashMap.toEntries(annotations)), Cause.pretty(cause)])
          )
        })
        const survived = yield* Deferred.make<void>()
        const gate = yield* Deferred.make<void>()
        const handler = yield* serve({
          handlers: {
            follow: () => Effect.fail("failed on purpose"),
            message: () => Effect.die(new Error("died on purpose")),
            unfollow: () => {
              throw new Error("thrown on purpose")
            },
            unknown: () => Effect.zipRight(Deferred.await(gate), Deferred.succeed(survived, undefined))
          }
        }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
        const events = [follow, text, { ...envelope, webhookEventId: "01HXW", type: "unfollow" }, novel]
        const response = yield* handler(yield* signed(bodyOf(...events)))
        assert.strictEqual(response.status, 200)
        while (logs.length < 3) yield* Effect.yieldNow()
        yield* Deferred.succeed(gate, undefined)
        yield* Deferred.await(survived)
        const all = logs.join("\n")
        for (const part of ["failed on purpose", "died on purpose", "thrown on purpose", "01HXX", "unfollow"]) {
          assert.include(all, part)
        }
        assert.notInclude(all, "a private text")
        assert.notInclude(all, "reply-token")
        assert.strictEqual((yield* handler(yield* signed(bodyOf(novel)))).status, 200)
      })
    )

    it.effect("answers before handlers that only compute", () =>
      Effect.gen(function* () {
        const order: Array<string> = []
        const done = yield* Deferred.make<void>()
        const web = Webhook.toWebHandler(
          {
            channelSecret,
            handlers: {
              follow: () =>
                Effect.suspend(() => {
                  order.push("handled")
                  return Deferred.succeed(done, undefined)
                })
            }
          },
          Layer.empty
        )
        const request = yield* signed(bodyOf(follow))
        yield* Effect.promise(() => web.handler(request).then(() => order.push("answered")))
        yield* Deferred.await(done)
        assert.deepStrictEqual(order, ["answered", "handled"])
        yield* Effect.promise(() => web.dispose())
      })
    )

    it.effect("answers 503 to a webhook whose body arrives while it shuts down, so that no event is lost", () =>
      Effect.gen(function* () {
        let handled = 0
        const handlers = { follow: () => Effect.sync(() => handled++) }
        const body = new TextEncoder().encode(bodyOf(follow))
        const signature = yield* Signature.sign(body, channelSecret)
        const slow = () => {
          let finish = () => {}
          const stream = new ReadableStream<Uint8Array>({
            start: (controller) => {
              finish = () => {
                controller.enqueue(body)
                controller.close()
              }
            }
          })
          const init = { method: "POST", body: stream, headers: { "x-line-signature": signature }, duplex: "half" }
          return { request: new Request("http://bot.example/callback", init), finish: () => finish() }
        }
        const scope = yield* Scope.make()
        const app = yield* serve({ handlers }).pipe(Scope.extend(scope))
        const web = Webhook.toWebHandler({ channelSecret, handlers }, Layer.empty)
        yield* Effect.promise(() => web.handler(new Request("http://bot.example/callback")))
        for (const [handler, close] of [
          [app, Scope.close(scope, Exit.void)],
          [(request: Request) => Effect.promise(() => web.handler(request)), Effect.promise(() => web.dispose())]
        ] as const) {
          const { finish, request } = slow()
          const answer = yield* Effect.fork(handler(request))
          yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
          yield* close
          finish()
          assert.strictEqual((yield* Fiber.join(answer)).status, 503)
        }
        assert.strictEqual(handled, 0)
        assert.strictEqual((yield* Effect.promise(() => web.handler(post(undefined, undefined)))).status, 503)
      }).pipe(Effect.provide(quiet))
    )

    it.effect("waits for the handlers when its scope closes, and takes no new events then", () =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const gate = yield* Deferred.make<void>()
        const log: Array<string> = []
        const handler = yield* serve({
          handlers: {
            follow: () =>
              Effect.zipRight(
                Deferred.await(gate),
                Effect.sync(() => log.push("handled"))
              )
          }
        }).pipe(Scope.extend(scope))
        yield* handler(yield* signed(bodyOf(follow)))
        const closing = yield* Effect.fork(
          Effect.zipRight(
            Scope.close(scope, Exit.void),
            Effect.sync(() => log.push("closed"))
          )
        )
        while ((yield* handler(yield* signed(bodyOf()))).status !== 503) yield* Effect.yieldNow()
        assert.deepStrictEqual(log, [])
        yield* Deferred.succeed(gate, undefined)
        yield* Fiber.join(closing)
        assert.deepStrictEqual(log, ["handled", "closed"])
      })
    )

    it.effect("interrupts handlers that outlast the drain timeout, and logs their events", () =>
      Effect.gen(function* () {
        const logs: Array<string> = []
        const logger = Logger.make(({ annotations, message }) => {
          logs.push(inspect([message, Object.fromEntries(HashMap.toEntries(annotations))]))
        })
        const scope = yield* Scope.make()
        const started = yield* Deferred.make<void>()
        let interrupted = false
        const handler = yield* serve({
          drainTimeout: "5 seconds",
          handlers: {
            follow: () =>
              Effect.zipRight(Deferred.succeed(started, undefined), Effect.never).pipe(
                Effect.onInterrupt(() => Effect.sync(() => (interrupted = true)))
              )
          }
        }).pipe(Scope.extend(scope), Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
        yield* handler(yield* signed(bodyOf(follow)))
        yield* Deferred.await(started)
        const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
        yield* TestClock.adjust("4999 millis")
        assert.isTrue(Option.isNone(yield* Fiber.poll(closing)))
        yield* TestClock.adjust("1 millis")
        yield* Fiber.join(closing)
        assert.isTrue(interrupted)
        assert.isTrue(logs.some((log) => log.includes("interrupted") && log.includes("01HXX")))
      })
    )

    it("refuses at compile time a handler of an event that does not exist", () => {
      // @ts-expect-error mesage
      const misspelt = Webhook.handlers({ follow: () => Effect.void, mesage: () => Effect.void })
      assert.property(misspelt, "follow")
    })

    it.scoped("gives handlers their requirements", () =>
      Effect.gen(function* () {
        class Name extends Context.Tag("test/Name")<Name, string>() {}
        const named = yield* Deferred.make<string>()
        const handler = yield* serve({
          handlers: Webhook.handlers({ follow: () => Effect.flatMap(Name, (name) => Deferred.succeed(named, name)) })
        }).pipe(Effect.provideService(Name, "the name"))
        yield* handler(yield* signed(bodyOf(follow)))
        assert.strictEqual(yield* Deferred.await(named), "the name")
      })
    )

    it.scopedLive("answers 413 over a real connection, with and without a Content-Length", () =>
      Effect.gen(function* () {
        const app = yield* Webhook.httpApp({ channelSecret, handlers: {}, maxBodySize: 100_000 })
        yield* HttpServer.serveEffect(app)
        const body = bodyOf({ ...novel, filler: "x".repeat(500_000) })
        const signature = yield* Signature.sign(body, channelSecret)
        const bytes = new TextEncoder().encode(body)
        const request = HttpClientRequest.post("/", { headers: { "x-line-signature": signature } })
        const known = yield* HttpClient.execute(HttpClientRequest.bodyUint8Array(request, bytes))
        assert.strictEqual(known.status, 413)
        const chunked = yield* HttpClient.execute(HttpClientRequest.bodyStream(request, Stream.make(bytes)))
        assert.strictEqual(chunked.status, 413)
        const small = bodyOf(follow)
        const accepted = yield* HttpClientRequest.post("/", {
          headers: { "x-line-signature": yield* Signature.sign(small, channelSecret) }
        }).pipe(HttpClientRequest.bodyStream(Stream.make(new TextEncoder().encode(small))), HttpClient.execute)
        assert.strictEqual(accepted.status, 200)
      }).pipe(Effect.provide([NodeHttpServer.layerTest, quiet]))
    )
  })

  describe("toWebHandler", () => {
    it.effect("tells an edge runtime what to wait for", () =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        let handled = false
        const web = Webhook.toWebHandler(
          {
            channelSecret,
            handlers: {
              follow: () =>
                Effect.zipRight(
                  Deferred.await(gate),
                  Effect.sync(() => (handled = true))
                )
            }
          },
          Layer.empty
        )
        const waits: Array<Promise<unknown>> = []
        const request = yield* signed(bodyOf(follow))
        const response = yield* Effect.promise(() => web.handler(request, { waitUntil: (wait) => waits.push(wait) }))
        assert.strictEqual(response.status, 200)
        assert.strictEqual(waits.length, 1)
        assert.isFalse(handled)
        yield* Deferred.succeed(gate, undefined)
        yield* Effect.promise(() => Promise.all(waits))
        assert.isTrue(handled)
        yield* Effect.promise(() => web.dispose())
      })
    )

    it.effect("handles what comes with a context within its request, and a shutdown waits for all of it", () =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        const begun = yield* Queue.unbounded<string>()
        const ended: Array<string> = []
        const web = Webhook.toWebHandler(
          {
            channelSecret,
            capacity: 1,
            concurrency: 1,
            handlers: {
              follow: ({ webhookEventId = "" }) =>
                Effect.zipRight(
                  Effect.zipRight(begun.offer(webhookEventId), Deferred.await(gate)),
                  Effect.sync(() => ended.push(webhookEventId))
                )
            }
          },
          Layer.empty
        )
        const ids = ["1", "2", "3"]
        for (const webhookEventId of ids) {
          const request = yield* signed(bodyOf({ ...follow, webhookEventId }))
          const context = { waitUntil: () => {} }
          const { status } = yield* Effect.promise(() => web.handler(request, context))
          assert.strictEqual(status, 200)
        }
        // Of one chat, and yet at the same time.
        assert.deepStrictEqual([...(yield* begun.takeBetween(3, 3))], ids)
        const disposed = web.dispose()
        assert.deepStrictEqual(ended, [])
        yield* Deferred.succeed(gate, undefined)
        yield* Effect.promise(() => disposed)
        assert.deepStrictEqual(ended, ids)
      })
    )

    it.effect("says of a body that was read before it what to do", () =>
      Effect.gen(function* () {
        const { dispose, handler } = Webhook.toWebHandler({ channelSecret, handlers: {} }, quiet)
        const request = yield* signed(bodyOf(text))
        yield* Effect.promise(() => request.json())
        const response = yield* Effect.promise(() => handler(request))
        assert.strictEqual(response.status, 500)
        assert.include(yield* Effect.promise(() => response.text()), "request.clone()")
        yield* Effect.promise(dispose)
      })
    )

    it.effect("takes its options from an effect of what its layer provides", () =>
      Effect.gen(function* () {
        const texts: Array<string> = []
        const channels = Effect.gen(function* () {
          const client = yield* LineClient.make({ channelAccessToken: Redacted.make("token") })
          return {
            channels: Channels.byDestination({ Ubot: { channelSecret: yield* Config.redacted("SECRET"), client } }),
            processedEvents: yield* ProcessedEvents.ProcessedEvents,
            handlers: Webhook.handlers({
              message: ({ message }) =>
                Effect.map(LineClient.LineClient, () => texts.push(message.type === "text" ? message.text : ""))
            })
          }
        })
        const layer = Layer.mergeAll(
          FetchHttpClient.layer,
          Layer.effect(ProcessedEvents.ProcessedEvents, ProcessedEvents.makeMemory()),
          Layer.setConfigProvider(ConfigProvider.fromMap(new Map([["SECRET", Redacted.value(channelSecret)]])))
        )
        const { dispose, handler } = Webhook.toWebHandler(channels, layer)
        const response = yield* Effect.promise(() => handler(Effect.runSync(signed(bodyOf(text)))))
        assert.strictEqual(response.status, 200)
        yield* Effect.promise(dispose)
        assert.deepStrictEqual(texts, ["a private text"])
      })
    )

    it.effect("builds the layer again for the next request after it could not be built", () =>
      Effect.gen(function* () {
        let builds = 0
        const flaky = Layer.effectDiscard(Effect.suspend(() => (builds++ === 0 ? Effect.fail("not yet") : Effect.void)))
        const web = Webhook.toWebHandler({ channelSecret, handlers: {} }, flaky)
        const statuses: Array<number> = []
        for (const request of [yield* signed(bodyOf()), yield* signed(bodyOf())]) {
          statuses.push((yield* Effect.promise(() => web.handler(request))).status)
        }
        assert.deepStrictEqual(statuses, [500, 200])
        yield* Effect.promise(() => web.dispose())
      })
    )

    it.effect("waits for the handlers when it is disposed", () =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        let handled = false
        const web = Webhook.toWebHandler(
          {
            channelSecret,
            handlers: {
              follow: () =>
                Effect.zipRight(
                  Deferred.await(gate),
                  Effect.sync(() => (handled = true))
                )
            }
          },
          Layer.empty
        )
        const request = yield* signed(bodyOf(follow))
        yield* Effect.promise(() => web.handler(request))
        const disposed = yield* Effect.fork(Effect.promise(() => web.dispose()))
        yield* Effect.yieldNow()
        assert.isTrue(Option.isNone(yield* Fiber.poll(disposed)))
        yield* Deferred.succeed(gate, undefined)
        yield* Fiber.join(disposed)
        assert.isTrue(handled)
      })
    )
  })
})
