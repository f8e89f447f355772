import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import express from "express"
import * as Express from "line-effect/Express"
import * as Http from "node:http"
import * as Servers from "./support/Servers.js"

const keepRawBody = express.json({
  verify: (request, _response, buffer) => void Object.assign(request, { rawBody: buffer })
})

/** A server of an app that runs these middlewares, then has the webhook, then others. */
const startAfter =
  (...before: ReadonlyArray<express.RequestHandler>): Servers.Start =>
  (options, layer) =>
    Effect.gen(function* () {
      const { dispose, handler } = Express.toHandler(options, layer)
      // Express types it as one of its own.
      const requestHandler: express.RequestHandler = handler
      const app = express()
      for (const middleware of before) app.use(middleware)
      app.use("/callback", requestHandler)
      app.post("/orders", express.json(), (request, response) => void response.send(typeof request.body))
      const url = yield* Servers.listen(Http.createServer(app))
      return { url, send: Servers.sendTo(url), dispose: Effect.promise(dispose) }
    })

const start: Servers.Start = (options, layer, before) =>
  startAfter(...{ nothing: [], "a parser": [express.json()], "a parser that keeps rawBody": [keepRawBody] }[before])(
    options,
    layer,
    before
  )

describe("Express", () => {
  Servers.behaves(start, { advice: /before express\.json\(\).*request\.rawBody = buffer/, waits: false })

  for (const [name, parser] of [
    ["express.raw()", express.raw({ type: "*/*" })],
    ["express.text()", express.text({ type: "*/*" })],
    ["a parser of another type", express.urlencoded()],
    ["a parser that keeps rawBody as a text", keepText()]
  ] as const) {
    it.scopedLive(`works after ${name}`, () =>
      Effect.gen(function* () {
        const { send, texts } = yield* Servers.make(startAfter(parser))
        assert.strictEqual((yield* send(yield* Servers.webhook())).status, 200)
        assert.strictEqual(yield* Queue.take(texts), Servers.text)
      })
    )
  }

  it.scopedLive("leaves the other routes their parsers", () =>
    Effect.gen(function* () {
      const { handler } = Express.toHandler({ channelSecret: Servers.channelSecret, handlers: {} }, Layer.empty)
      const app = express()
        .use("/callback", handler)
        .use(express.json())
        .post("/orders", (request, response) => void response.json(request.body))
      const url = yield* Servers.listen(Http.createServer(app))
      const answer = yield* Servers.sendTo(new URL("/orders", url).href)({
        method: "POST",
        headers: { "content-type": "application/json" },
        body: new TextEncoder().encode('{"an":"order"}')
      })
      assert.deepStrictEqual([answer.status, answer.body], [200, '{"an":"order"}'])
    })
  )

  it.scopedLive("leaves an answer alone that another middleware has given, and passes errors on", () =>
    Effect.gen(function* () {
      const { handler } = Express.toHandler({ channelSecret: Servers.channelSecret, handlers: {} }, Layer.empty)
      const passedOn: Array<unknown> = []
      const app = express()
        .use("/answered", (_request, response, next) => {
          response.status(504).end("too late")
          next()
        })
        .use("/broken", (_request, response, next) => {
          response.setHeader = () => {
            throw new Error("no headers here")
          }
          next()
        })
        .use(handler)
        .use(((error, _request, response, _next) => {
          passedOn.push(error.message)
          response.writeHead(500).end()
        }) satisfies express.ErrorRequestHandler)
      const url = yield* Servers.listen(Http.createServer(app))
      const get = (path: string) => Servers.sendTo(new URL(path, url).href)({ method: "GET", headers: {} })
      assert.strictEqual((yield* get("/answered")).status, 504)
      assert.strictEqual((yield* get("/broken")).status, 500)
      assert.deepStrictEqual(passedOn, ["no headers here"])
    })
  )
})

function keepText(): express.RequestHandler {
  return express.json({
    verify: (request, _response, buffer) => void Object.assign(request, { rawBody: buffer.toString("utf8") })
  })
}
