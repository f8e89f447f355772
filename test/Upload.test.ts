import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as LineClient from "line-effect/LineClient"
import * as Operation from "line-effect/Operation"
import * as Retry from "line-effect/Retry"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import * as Transport from "./support/Transport.js"

interface Document {
  readonly file: Operation.File
  readonly contentType: string
}
const Document: Schema.Schema<Document> = Schema.Struct({ file: Operation.File, contentType: Schema.String })
const upload = Operation.upload("POST", "upload", "/v2/bot/upload", { body: Document, encoding: "file" })
const send = (file: Operation.File) => upload({ file, contentType: "text/plain" })

const piece = new Uint8Array(64 * 1024)

const transports = {
  fetch: FetchHttpClient.layer,
  undici: NodeHttpClient.layerUndici,
  "node:http": NodeHttpClient.layer
}

/** A server on a port of this machine, and a client for it. */
const serve = (listener: Http.RequestListener, transport: Layer.Layer<HttpClient.HttpClient>) =>
  Effect.gen(function* () {
    const server = Http.createServer(listener)
    yield* Effect.acquireRelease(
      Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
      () => Effect.sync(() => server.close().closeAllConnections())
    )
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return LineClient.layer({
      channelAccessToken: Redacted.make("token"),
      baseUrls: { data: url },
      retry: Retry.none
    }).pipe(Layer.provide(transport))
  })

/** Lets the machine do what else there is to do, as reading a disk does. */
const turn = Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))

/** A file that says when it is opened and closed, and never ends. */
const endless = Effect.gen(function* () {
  const opened = yield* Deferred.make<void>()
  const closed = yield* Deferred.make<void>()
  const stream = Stream.acquireRelease(Deferred.succeed(opened, undefined), () =>
    Deferred.succeed(closed, undefined)
  ).pipe(Stream.flatMap(() => Stream.repeatEffect(Effect.as(turn, piece))))
  return { stream, opened: Deferred.await(opened), closed: Deferred.await(closed) }
})

describe("an upload over", () => {
  for (const [name, transport] of Object.entries(transports)) {
    it.scopedLive(`${name} closes its file when it is interrupted`, () =>
      Effect.gen(function* () {
        const client = yield* serve((request) => void request.resume(), transport)
        const { closed, opened, stream } = yield* endless
        const fiber = yield* Effect.fork(Effect.provide(send(stream), client))
        yield* opened
        yield* Fiber.interrupt(fiber)
        yield* closed
      })
    )

    it.scopedLive(`${name} closes its file when LINE refuses it half-way`, () =>
      Effect.gen(function* () {
        const listener: Http.RequestListener = (request, response) => {
          request.once("data", () => {
            response.writeHead(415, { "content-type": "application/json", connection: "close" })
            response.end(JSON.stringify({ message: "Unsupported" }))
          })
          request.resume()
        }
        const client = yield* serve(listener, transport)
        const { closed, stream } = yield* endless
        // node:http reads a file to its end first.
        const file = name === "node:http" ? Stream.take(stream, 50) : stream
        const result = yield* Effect.either(Effect.provide(send(file), client))
        assert.isTrue(Either.isLeft(result))
        yield* closed
      })
    )

    it.scopedLive(`${name} reads its file no faster than LINE does`, () =>
      Effect.gen(function* () {
        const reached = yield* Deferred.make<void>()
        const listener: Http.RequestListener = (request) => {
          request.pause()
          Deferred.unsafeDone(reached, Effect.void)
        }
        const client = yield* serve(listener, transport)
        let pulled = 0
        const file = Stream.repeatEffect(
          Effect.map(turn, () => {
            pulled++
            return piece
          })
        )
        yield* Effect.fork(Effect.provide(send(file), client))
        yield* reached
        // What the sockets of this machine hold is soon full; then nothing moves any more.
        let before = -1
        while (before !== pulled) {
          before = pulled
          yield* Effect.replicateEffect(turn, 500, { discard: true })
          assert.isBelow(pulled * piece.length, 64 * 1024 * 1024)
        }
      })
    )

    it.scopedLive(`${name} sends large bytes whole`, () =>
      Effect.gen(function* () {
        let received = 0
        const listener: Http.RequestListener = (request, response) => {
          request.on("data", (chunk: Buffer) => (received += chunk.length))
          request.on("end", () => response.end())
        }
        const client = yield* serve(listener, transport)
        yield* Effect.provide(send(new Uint8Array(5_000_001)), client)
        assert.strictEqual(received, 5_000_001)
      })
    )
  }
})

/** A transport that takes a piece of a body each second. */
const slow = Layer.succeed(
  HttpClient.HttpClient,
  HttpClient.make((request) =>
    request.body._tag === "Stream"
      ? Effect.zipRight(
          Stream.runForEach(Stream.orDie(request.body.stream), ({ length }) =>
            length > 0 ? Effect.sleep("1 second") : Effect.void
          ),
          Effect.never
        )
      : Effect.never
  )
)

const clientOver = (transport: Layer.Layer<HttpClient.HttpClient>) =>
  LineClient.layer({ channelAccessToken: Redacted.make("token"), timeout: "2 seconds", retry: Retry.none }).pipe(
    Layer.provide(transport)
  )

describe("the time limit of an upload", () => {
  for (const [what, file] of Object.entries({
    "large bytes": new Uint8Array(100 * piece.length),
    "a stream of one large piece": Stream.succeed(new Uint8Array(100 * piece.length))
  })) {
    it.effect(`is for how long it stands still: ${what}`, () =>
      Effect.gen(function* () {
        const fiber = yield* Effect.fork(Effect.either(Effect.provide(send(file), clientOver(slow))))
        for (let second = 0; second < 99; second++) yield* TestClock.adjust("1 second")
        assert.isTrue((yield* Fiber.poll(fiber))._tag === "None")
        for (let second = 0; second < 4; second++) yield* TestClock.adjust("1 second")
        const result = yield* Fiber.join(fiber)
        assert.isTrue(Either.isLeft(result) && result.left._tag === "LineTimeout")
      })
    )
  }

  it.effect("is kept in a finalizer, where the upload goes on", () =>
    Effect.gen(function* () {
      const transport = Transport.make([Transport.answer(200)])
      const farewell = Effect.provide(send(piece), Transport.client(transport))
      const fiber = yield* Effect.fork(Effect.onInterrupt(Effect.never, () => Effect.orDie(farewell)))
      yield* Effect.yieldNow()
      yield* Transport.drive(Fiber.interrupt(fiber))
      assert.lengthOf(transport.sent, 1)
      const hanging = Transport.make([Transport.hang])
      const late = Effect.provide(send(piece), Transport.client(hanging, { retry: Retry.none }))
      yield* Transport.drive(Effect.scoped(Effect.addFinalizer(() => Effect.ignore(late))))
      assert.strictEqual(hanging.aborted(), 1)
    })
  )
})

it.effect("a file that comes over HTTP is traced as it was before the call", () =>
  Effect.gen(function* () {
    const reads = Layer.succeed(
      HttpClient.HttpClient,
      HttpClient.make((request) =>
        request.body._tag === "Stream"
          ? Effect.zipRight(Stream.runDrain(Stream.orDie(request.body.stream)), Effect.never)
          : Effect.never
      )
    )
    const disabled = yield* Deferred.make<boolean>()
    const file = Stream.fromEffect(
      Effect.as(
        Effect.flatMap(FiberRef.get(HttpClient.currentTracerDisabledWhen), (isDisabled) =>
          Deferred.succeed(disabled, isDisabled(HttpClientRequest.get("https://files.example.com")))
        ),
        piece
      )
    )
    const fiber = yield* Effect.fork(Effect.provide(send(file), clientOver(reads)))
    assert.isFalse(yield* Deferred.await(disabled))
    yield* Fiber.interrupt(fiber)
  })
)
