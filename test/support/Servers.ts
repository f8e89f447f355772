import { assert, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Channels from "line-effect/Channels"
import type * as LineClient from "line-effect/LineClient"
import * as Signature from "line-effect/Signature"
import * as Webhook from "line-effect/Webhook"
import * as Http from "node:http"
import type * as Net from "node:net"

export const channelSecret = Redacted.make("the channel secret")

/** What the handlers of these tests need, so that the layer of a server is told from none. */
export class Texts extends Context.Tag("test/Servers/Texts")<Texts, Queue.Enqueue<string>>() {}

export type Options = Webhook.Options<never, Texts, LineClient.LineClient>

export type TextsLayer = Layer.Layer<Texts, string>

/** A request of a test, and what came of it. */
export interface Sent {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array<ArrayBuffer>
}

export interface Received {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

/** What ran over the request before the webhook got it. */
export type Before = "nothing" | "a parser" | "a parser that keeps rawBody"

export interface Server {
  readonly send: (request: Sent) => Effect.Effect<Received>
  readonly dispose: Effect.Effect<void>
}

export type Start = (options: Options, layer: TextsLayer, before: Before) => Effect.Effect<Server, never, Scope.Scope>

/** Sends over HTTP. */
export const sendTo =
  (url: string): Server["send"] =>
  ({ body, headers, method }) =>
    Effect.promise(async () => {
      const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) })
      return { status: response.status, headers: response.headers, body: await response.text() }
    })

/** Listens on a port of this machine until the scope closes, and returns the URL. */
export const listen = (server: Net.Server) =>
  Effect.acquireRelease(
    Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
    () =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        if (server instanceof Http.Server) server.closeAllConnections()
      })
  ).pipe(Effect.map(() => `http://127.0.0.1:${(server.address() as Net.AddressInfo).port}/callback`))

export const text = "こんにちは、寿司 🍣 と 👩‍👩‍👧‍👦"

const textEvent = (text: string, id = "1") => ({
  type: "message",
  timestamp: 1_700_000_000_000,
  mode: "active",
  webhookEventId: `01HXX${id}`,
  deliveryContext: { isRedelivery: false },
  source: { type: "user", userId: "U1" },
  replyToken: "reply-token",
  message: { type: "text", id, text, quoteToken: "q" }
})

/** A webhook with a text message, signed. */
export const webhook = (content = text) =>
  Effect.gen(function* () {
    const body = new TextEncoder().encode(JSON.stringify({ destination: "Ubot", events: [textEvent(content)] }))
    const signature = yield* Signature.sign(body, channelSecret)
    const headers = { "content-type": "application/json; charset=utf-8", "X-Line-Signature": signature }
    return { method: "POST", headers, body }
  })

export const quiet = Logger.remove(Logger.defaultLogger)

/** A server whose handler of messages offers their texts to the queue that comes with it. */
export const make = (start: Start, before: Before = "nothing", more: Partial<Webhook.Settings<never, Texts>> = {}) =>
  Effect.gen(function* () {
    const texts = yield* Queue.unbounded<string>()
    const handlers = Webhook.handlers({
      message: ({ message }) =>
        Effect.flatMap(Texts, (texts) => Queue.offer(texts, message.type === "text" ? message.text : message.type))
    })
    const layer = Layer.merge(Layer.succeed(Texts, texts), quiet)
    const server = yield* start({ channelSecret, handlers, ...more }, layer, before)
    return { ...server, texts }
  })

/**
 * What is expected of every server. `advice` is what it says about a body that was parsed before, `waits` whether it
 * answers when the events have been handled, `closes` whether it listens no more when it has been disposed.
 */
export const behaves = (
  start: Start,
  { advice, closes = false, waits }: { readonly advice: RegExp; readonly waits: boolean; readonly closes?: boolean }
) => {
  it.scopedLive("answers 200 and hands on the event as it was written", () =>
    Effect.gen(function* () {
      const { send, texts } = yield* make(start)
      const answer = yield* send(yield* webhook())
      assert.deepStrictEqual([answer.status, answer.body], [200, ""])
      assert.strictEqual(yield* Queue.take(texts), text)
    })
  )

  it.scopedLive("answers 401 to a wrong signature and to none", () =>
    Effect.gen(function* () {
      const { send, texts } = yield* make(start)
      const good = yield* webhook()
      const wrong = yield* webhook("another")
      assert.strictEqual((yield* send({ ...good, headers: wrong.headers })).status, 401)
      const unsigned = yield* send({ ...good, headers: { "content-type": "application/json" } })
      assert.strictEqual(unsigned.status, 401)
      assert.match(unsigned.headers.get("content-type") ?? "", /^text\/plain/)
      assert.strictEqual(yield* Queue.size(texts), 0)
    })
  )

  it.scopedLive("answers 400 to what is signed and no webhook", () =>
    Effect.gen(function* () {
      const { send } = yield* make(start)
      const body = new TextEncoder().encode('{"hello":1}')
      const signature = yield* Signature.sign(body, channelSecret)
      const headers = { "content-type": "application/json", "x-line-signature": signature }
      assert.strictEqual((yield* send({ method: "POST", headers, body })).status, 400)
    })
  )

  it.scopedLive("answers 413 to a body over the limit, and reads one at the limit", () =>
    Effect.gen(function* () {
      const small = yield* webhook()
      const { send, texts } = yield* make(start, "nothing", { maxBodySize: small.body.length })
      assert.strictEqual((yield* send(yield* webhook("x".repeat(5000)))).status, 413)
      assert.strictEqual((yield* send(yield* webhook(`${text}.`))).status, 413)
      assert.strictEqual((yield* send(small)).status, 200)
      assert.strictEqual(yield* Queue.take(texts), text)
    })
  )

  it.scopedLive("answers 405 to GET and HEAD", () =>
    Effect.gen(function* () {
      const { send } = yield* make(start)
      const get = yield* send({ method: "GET", headers: {} })
      assert.deepStrictEqual([get.status, get.headers.get("allow")], [405, "POST"])
      assert.strictEqual((yield* send({ method: "HEAD", headers: {} })).status, 405)
    })
  )

  it.scopedLive("finds a channel by the path of the URL", () =>
    Effect.gen(function* () {
      const layer = Layer.merge(Layer.succeed(Texts, yield* Queue.unbounded<string>()), quiet)
      const { send } = yield* start({ channels: Channels.byPath({}), handlers: {} }, layer, "nothing")
      const answer = yield* send(yield* webhook())
      assert.strictEqual(answer.status, 404)
      assert.include(answer.body, '"/callback"')
    })
  )

  it.scopedLive("says what to do when a parser read the body and kept no bytes", () =>
    Effect.gen(function* () {
      const { send, texts } = yield* make(start, "a parser")
      const answer = yield* send(yield* webhook())
      assert.strictEqual(answer.status, 500)
      assert.match(answer.body, /the body was read before the webhook got it/)
      assert.match(answer.body, advice)
      assert.strictEqual(yield* Queue.size(texts), 0)
    })
  )

  it.scopedLive("takes the bytes that a parser kept", () =>
    Effect.gen(function* () {
      const { send, texts } = yield* make(start, "a parser that keeps rawBody", { maxBodySize: 5000 })
      assert.strictEqual((yield* send(yield* webhook())).status, 200)
      assert.strictEqual(yield* Queue.take(texts), text)
      assert.strictEqual((yield* send(yield* webhook("x".repeat(5000)))).status, 413)
    })
  )

  it.scopedLive("answers 500 while its layer cannot be built, and works when it can", () =>
    Effect.gen(function* () {
      const texts = yield* Queue.unbounded<string>()
      let broken = true
      const flaky = Layer.effect(
        Texts,
        Effect.suspend(() => (broken ? Effect.fail("not yet") : Effect.succeed<Queue.Enqueue<string>>(texts)))
      )
      const handlers = { message: () => Effect.flatMap(Texts, (texts) => Queue.offer(texts, "handled")) }
      const { send } = yield* start({ channelSecret, handlers }, flaky, "nothing")
      const first = yield* send(yield* webhook())
      assert.deepStrictEqual([first.status, first.body], [500, "not ready"])
      broken = false
      assert.strictEqual((yield* send(yield* webhook())).status, 200)
      assert.strictEqual(yield* Queue.take(texts), "handled")
    })
  )

  it.scopedLive(waits ? "answers when the handlers are done" : "answers before the handlers are done", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const began = yield* Deferred.make<void>()
      let done = false
      const message = () =>
        Deferred.succeed(began, undefined).pipe(
          Effect.zipRight(Deferred.await(gate)),
          Effect.zipRight(Effect.sync(() => (done = true)))
        )
      const { send } = yield* make(start, "nothing", { handlers: { message } })
      const sent = Effect.flatMap(webhook(), send)
      if (waits) {
        const opened = Effect.zipRight(Deferred.await(began), Deferred.succeed(gate, undefined))
        const [answer] = yield* Effect.all([sent, opened], { concurrency: "unbounded" })
        assert.deepStrictEqual([answer.status, done], [200, true])
      } else {
        assert.deepStrictEqual([(yield* sent).status, done], [200, false])
        yield* Deferred.succeed(gate, undefined)
      }
    })
  )

  it.scopedLive("has finished its handlers when it has been disposed, and answers 503", () =>
    Effect.gen(function* () {
      const { dispose, send, texts } = yield* make(start)
      assert.strictEqual((yield* send(yield* webhook())).status, 200)
      yield* dispose
      assert.strictEqual(yield* Queue.size(texts), 1)
      if (closes) return
      assert.strictEqual((yield* send(yield* webhook())).status, 503)
    })
  )
}
