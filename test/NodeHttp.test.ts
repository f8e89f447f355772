import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Queue from "effect/Queue"
import * as NodeHttp from "line-effect/NodeHttp"
import { once } from "node:events"
import * as Http from "node:http"
import * as Http2 from "node:http2"
import * as Net from "node:net"
import type { Readable } from "node:stream"
import { buffer } from "node:stream/consumers"
import * as Servers from "./support/Servers.js"

const start: Servers.Start = (options, layer, before) =>
  Effect.gen(function* () {
    const { dispose, listener } = NodeHttp.toListener(options, layer)
    const server = Http.createServer((request, response) => {
      if (before === "nothing") return listener(request, response)
      void buffer(request).then((bytes) => {
        listener(
          Object.assign(request, before === "a parser" ? { body: JSON.parse(bytes.toString()) } : { rawBody: bytes }),
          response
        )
      })
    })
    const url = yield* Servers.listen(server)
    return { send: Servers.sendTo(url), dispose: Effect.promise(dispose) }
  })

describe("NodeHttp", () => {
  Servers.behaves(start, { advice: /request\.rawBody/, waits: false })

  /** A server whose requests are seen, too. */
  const watched = (maxBodySize: number) =>
    Effect.gen(function* () {
      const requests = yield* Queue.unbounded<Http.IncomingMessage>()
      const ports = yield* Queue.unbounded<number>()
      const watchedStart: Servers.Start = (options, layer) =>
        Effect.gen(function* () {
          const { dispose, listener } = NodeHttp.toListener(options, layer)
          const url = yield* Servers.listen(
            Http.createServer((request, response) => {
              Queue.unsafeOffer(requests, request)
              listener(request, response)
            })
          )
          Queue.unsafeOffer(ports, Number(new URL(url).port))
          return { send: Servers.sendTo(url), dispose: Effect.promise(dispose) }
        })
      const { send, texts } = yield* Servers.make(watchedStart, "nothing", { maxBodySize })
      return { port: yield* Queue.take(ports), requests, send, texts }
    })

  const connect = (port: number) =>
    Effect.acquireRelease(
      Effect.promise(async () => {
        const socket = Net.connect(port, "127.0.0.1")
        await once(socket, "connect")
        return socket.on("error", () => {})
      }),
      (socket) => Effect.sync(() => socket.destroy())
    )

  const head = (...headers: ReadonlyArray<string>) =>
    ["POST /callback HTTP/1.1", "Host: bot", "X-Line-Signature: AAAA", ...headers, "", ""].join("\r\n")

  const answerOf = (socket: Net.Socket) =>
    Effect.promise(async () => {
      const [chunk] = await once(socket, "data")
      return String(chunk).split("\r\n")[0]
    })

  const closed = (stream: Readable) =>
    Effect.async<void>((resume) => {
      if (stream.closed) resume(Effect.void)
      else stream.once("close", () => resume(Effect.void))
    })

  it.scopedLive("puts a body together that comes in pieces, within characters too", () =>
    Effect.gen(function* () {
      const { port, texts } = yield* watched(100_000)
      const { body, headers } = yield* Servers.webhook()
      const socket = yield* connect(port)
      const signature = `X-Line-Signature: ${headers["X-Line-Signature"]}`
      socket.write(["POST / HTTP/1.1", "Host: bot", signature, "Transfer-Encoding: chunked", "", ""].join("\r\n"))
      for (const byte of body)
        socket.write(Buffer.concat([Buffer.from("1\r\n"), Uint8Array.of(byte), Buffer.from("\r\n")]))
      socket.write("0\r\n\r\n")
      assert.strictEqual(yield* answerOf(socket), "HTTP/1.1 200 OK")
      assert.strictEqual(yield* Queue.take(texts), Servers.text)
    })
  )

  it.scopedLive("answers 413 to a length over the limit without reading, and keeps the connection", () =>
    Effect.gen(function* () {
      const { port, requests } = yield* watched(100)
      const socket = yield* connect(port)
      socket.write(head("Content-Length: 1000"))
      assert.strictEqual(yield* answerOf(socket), "HTTP/1.1 413 Payload Too Large")
      assert.isFalse((yield* Queue.take(requests)).readableDidRead)
      socket.write("x".repeat(1000) + head("Content-Length: 0"))
      assert.strictEqual(yield* answerOf(socket), "HTTP/1.1 401 Unauthorized")
    })
  )

  it.scopedLive("answers 413 to a body without end, and ends the connection", () =>
    Effect.gen(function* () {
      const { port } = yield* watched(1000)
      const socket = yield* connect(port)
      socket.write(head("Transfer-Encoding: chunked"))
      for (let index = 0; index < 9; index++) socket.write(`3E8\r\n${"x".repeat(1000)}\r\n`)
      assert.strictEqual(yield* answerOf(socket), "HTTP/1.1 413 Payload Too Large")
      yield* closed(socket)
    })
  )

  it.scopedLive("lets go of a request whose connection breaks while its body comes", () =>
    Effect.gen(function* () {
      const { port, requests, send } = yield* watched(1000)
      for (const part of ["", "a part of it"]) {
        const socket = yield* connect(port)
        socket.write(head("Content-Length: 500") + part)
        const request = yield* Queue.take(requests)
        socket.destroy()
        yield* closed(request)
        for (const event of ["data", "end", "error", "close"]) {
          assert.strictEqual(request.listenerCount(event), 0, event)
        }
      }
      assert.strictEqual((yield* send(yield* Servers.webhook())).status, 200)
    })
  )

  it.scopedLive("refuses a request whose connection broke before its body was read", () =>
    Effect.gen(function* () {
      const built = yield* Deferred.make<void>()
      const warnings = yield* Queue.unbounded<unknown>()
      const logger = Logger.make(({ message }) => Queue.unsafeOffer(warnings, String(message)))
      const { dispose, listener } = NodeHttp.toListener(
        { channelSecret: Servers.channelSecret, handlers: {} },
        Layer.merge(Layer.effectDiscard(Deferred.await(built)), Logger.replace(Logger.defaultLogger, logger))
      )
      yield* Effect.addFinalizer(() => Effect.promise(dispose))
      const requests = yield* Queue.unbounded<Http.IncomingMessage>()
      const url = yield* Servers.listen(
        Http.createServer((request, response) => {
          Queue.unsafeOffer(requests, request)
          listener(request, response)
        })
      )
      const socket = yield* connect(Number(new URL(url).port))
      socket.write(head("Content-Length: 500") + "a part of it")
      const request = yield* Queue.take(requests)
      socket.destroy()
      yield* closed(request)
      yield* Deferred.succeed(built, undefined)
      assert.strictEqual(yield* Queue.take(warnings), "webhook refused with 400: the body could not be read")
    })
  )

  it.scopedLive("serves HTTP/2, too", () =>
    Effect.gen(function* () {
      const options = { channelSecret: Servers.channelSecret, handlers: {}, maxBodySize: 1000 }
      const { listener } = NodeHttp.toListener(options, Servers.quiet)
      const url = yield* Servers.listen(Http2.createServer(listener))
      const session = yield* Effect.acquireRelease(
        Effect.sync(() => Http2.connect(url)),
        (session) => Effect.async<void>((resume) => session.close(() => resume(Effect.void)))
      )
      const { body, headers } = yield* Servers.webhook()
      for (const [sent, status] of [
        [body, 200],
        [Buffer.alloc(2000), 413],
        [Buffer.alloc(20_000), 413]
      ] as const) {
        const stream = session.request({ ":method": "POST", ...headers })
        stream.end(sent)
        const [answer] = yield* Effect.promise(() => once(stream, "response"))
        assert.strictEqual(answer[":status"], status)
        yield* Effect.promise(() => buffer(stream))
      }
    })
  )
})
