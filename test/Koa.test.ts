import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import Application from "koa"
import * as Koa from "line-effect/Koa"
import * as Http from "node:http"
import { buffer } from "node:stream/consumers"
import * as Servers from "./support/Servers.js"

/** As body parsers of Koa do: reads all, and leaves what `keep` makes of it in the request. */
const reads =
  (keep: (bytes: Buffer) => object): Application.Middleware =>
  async (context, next) => {
    Object.assign(context.request, keep(await buffer(context.req)))
    await next()
  }

const startAfter =
  (...before: ReadonlyArray<Application.Middleware>): Servers.Start =>
  (options, layer) =>
    Effect.gen(function* () {
      const { dispose, middleware } = Koa.toMiddleware(options, layer)
      // Koa types it as one of its own.
      const asKoaHasIt: Application.Middleware = middleware
      const app = new Application()
      for (const parser of before) app.use(parser)
      app.use((context, next) => (context.path === "/callback" ? middleware(context) : next()))
      app.use(asKoaHasIt)
      const url = yield* Servers.listen(
        Http.createServer((request, response) => void app.callback()(request, response))
      )
      return { send: Servers.sendTo(url), dispose: Effect.promise(dispose) }
    })

const parse = (bytes: Buffer) => JSON.parse(bytes.toString() || "{}")

const start: Servers.Start = (options, layer, before) => {
  const parsers = {
    nothing: [],
    "a parser": [reads((bytes) => ({ body: parse(bytes) }))],
    "a parser that keeps rawBody": [reads((bytes) => ({ body: parse(bytes), rawBody: bytes.toString() }))]
  }
  return startAfter(...parsers[before])(options, layer, before)
}

describe("Koa", () => {
  Servers.behaves(start, { advice: /ctx\.request\.rawBody, as koa-bodyparser does/, waits: false })

  for (const [name, keep] of [
    ["bytes", (bytes: Buffer) => ({ body: bytes })],
    ["a text", (bytes: Buffer) => ({ body: bytes.toString() })]
  ] as const) {
    it.scopedLive(`works after a parser whose body is ${name}`, () =>
      Effect.gen(function* () {
        const { send, texts } = yield* Servers.make(startAfter(reads(keep)))
        assert.strictEqual((yield* send(yield* Servers.webhook())).status, 200)
        assert.strictEqual(yield* Queue.take(texts), Servers.text)
      })
    )
  }

  it.scopedLive("lets the middlewares around it see the answer", () =>
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      const { send } = yield* Servers.make(
        startAfter(async (context, next) => {
          await next()
          seen.push(context.status, context.body)
        })
      )
      yield* send(yield* Servers.webhook())
      yield* send({ method: "GET", headers: {} })
      assert.deepStrictEqual(seen, [200, "", 405, "webhooks are sent by POST"])
    })
  )
})
