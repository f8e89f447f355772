import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import { fastify, type FastifyInstance } from "fastify"
import * as Fastify from "line-effect/Fastify"
import * as Servers from "./support/Servers.js"

const listen = (app: FastifyInstance) =>
  Effect.acquireRelease(
    Effect.promise(() => app.listen({ port: 0, host: "127.0.0.1" })),
    () => Effect.promise(() => app.close())
  )

const startIn =
  (prepare: (app: FastifyInstance) => void, app = fastify()): Servers.Start =>
  (options, layer) =>
    Effect.gen(function* () {
      prepare(app)
      app.register(Fastify.plugin(options, layer), { path: "/callback" })
      const url = yield* listen(app)
      return { send: Servers.sendTo(`${url}/callback`), dispose: Effect.promise(() => app.close()) }
    })

/** As fastify-raw-body does: reads the request along with Fastify. */
const keepsRawBody = (app: FastifyInstance) =>
  app.addHook("preParsing", (request, _reply, payload, done) => {
    const chunks: Array<Buffer> = []
    payload.on("data", (chunk: Buffer) => chunks.push(chunk))
    payload.on("end", () => Object.assign(request, { rawBody: Buffer.concat(chunks).toString() }))
    done(null, payload)
  })

/** Replaces the bytes by what is in them, where there are any. */
const parses = (app: FastifyInstance) =>
  app.addHook("preValidation", (request, _reply, done) => {
    if (request.body instanceof Uint8Array) request.body = JSON.parse(request.body.toString())
    done()
  })

const start: Servers.Start = (options, layer, before) =>
  startIn((app) => {
    if (before === "a parser that keeps rawBody") keepsRawBody(app)
    if (before !== "nothing") parses(app)
  })(options, layer, before)

describe("Fastify", () => {
  Servers.behaves(start, { advice: /request\.rawBody, as fastify-raw-body does/, waits: false, closes: true })

  it.scopedLive("reads a body that is larger than the app's limit and not larger than its own", () =>
    Effect.gen(function* () {
      const { send, texts } = yield* Servers.make(startIn(() => {}, fastify({ bodyLimit: 100 })))
      assert.strictEqual((yield* send(yield* Servers.webhook())).status, 200)
      assert.strictEqual(yield* Queue.take(texts), Servers.text)
      const large = yield* Servers.webhook("x".repeat(1_048_576))
      assert.strictEqual((yield* send(large)).status, 413)
    })
  )

  it.scopedLive("answers a body of any type, and leaves the rest of the app its parser", () =>
    Effect.gen(function* () {
      const options = { channelSecret: Servers.channelSecret, handlers: {} }
      const app = fastify()
      app.register(Fastify.plugin(options, Layer.empty), { path: "/callback" })
      app.post("/orders", async (request) => request.body)
      const url = yield* listen(app)
      const { body, headers } = yield* Servers.webhook()
      for (const type of ["text/plain", "application/x-unheard-of"]) {
        const sent = { method: "POST", headers: { ...headers, "content-type": type }, body }
        assert.strictEqual((yield* Servers.sendTo(`${url}/callback`)(sent)).status, 200)
      }
      const order = yield* Servers.sendTo(`${url}/orders`)({
        method: "POST",
        headers: { "content-type": "application/json" },
        body: new TextEncoder().encode('{"an":"order"}')
      })
      assert.deepStrictEqual([order.status, order.body], [200, '{"an":"order"}'])
    })
  )

  it.scopedLive("can be registered twice, for two channels", () =>
    Effect.gen(function* () {
      const app = fastify()
      const options = { channelSecret: Servers.channelSecret, handlers: {} }
      app.register(Fastify.plugin(options, Layer.empty), { path: "/one" })
      app.register(Fastify.plugin(options, Layer.empty), { path: "/two", prefix: "/line" })
      const url = yield* listen(app)
      for (const path of ["/one", "/line/two"]) {
        assert.strictEqual((yield* Servers.sendTo(url + path)(yield* Servers.webhook())).status, 200, path)
      }
    })
  )

  it.scopedLive("waits for its handlers when the app closes", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      let handled = false
      const message = () => Effect.andThen(Deferred.await(gate), () => void (handled = true))
      const { dispose, send } = yield* Servers.make(start, "nothing", { handlers: { message } })
      assert.strictEqual((yield* send(yield* Servers.webhook())).status, 200)
      const opened = Effect.andThen(Effect.yieldNow(), Deferred.succeed(gate, undefined))
      yield* Effect.all([dispose, opened], { concurrency: "unbounded" })
      assert.isTrue(handled)
    })
  )

  it.scopedLive("is a plugin for Fastify over HTTP/2, too", () =>
    Effect.gen(function* () {
      const app = fastify({ http2: true })
      yield* Effect.addFinalizer(() => Effect.promise(() => app.close()))
      app.register(Fastify.plugin({ channelSecret: Servers.channelSecret, handlers: {} }, Layer.empty), { path: "/" })
      const { body, headers } = yield* Servers.webhook()
      const inject = () => app.inject({ method: "POST", url: "/", headers, payload: Buffer.from(body) })
      assert.strictEqual((yield* Effect.promise(inject)).statusCode, 200)
    })
  )
})
