import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Content from "line-effect/Content"
import * as Emulator from "line-effect/Emulator"
import * as LineClient from "line-effect/LineClient"
import type * as Operation from "line-effect/Operation"
import * as Retry from "line-effect/Retry"
import { once } from "node:events"
import { createServer, type ServerResponse } from "node:http"
import type { Socket } from "node:net"
import * as Emulated from "./support/Emulated.js"
import * as Transport from "./support/Transport.js"

const film = new TextEncoder().encode("a long film")

const textOf = ({ stream }: Operation.Content) => Stream.mkString(Stream.decodeText(stream))

/** A user says something, and its content is waited for: what came of it, when, and what was asked for. */
const awaited = (message: Emulator.IncomingMessage, options?: Parameters<typeof Content.await>[1]) =>
  Effect.gen(function* () {
    const emulator = yield* Emulator.Emulator
    const said = yield* emulator.say(yield* emulator.addUser(), message)
    const messageId = said.events[0]?.message?.id ?? ""
    const startedAt = yield* Clock.currentTimeMillis
    const result = yield* Transport.drive(Effect.either(Content.await({ messageId }, options)))
    const waited = (yield* Clock.currentTimeMillis) - startedAt
    const asked = (yield* emulator.requests).map(({ operationId, status }) => `${operationId} ${status}`)
    return { messageId, result, waited, asked }
  })

const errorOf = <A, E>(result: Either.Either<A, E>): E => Either.getOrThrow(Either.flip(result))

describe("await", () => {
  for (const message of [
    { type: "image", content: film },
    { type: "file", fileName: "film.txt", content: film },
    { type: "audio", content: film },
    { type: "video", content: film }
  ] as const) {
    it.effect(`downloads what is ready at once, without a question about it: ${message.type}`, () =>
      Effect.gen(function* () {
        const { asked, result, waited } = yield* awaited(message)
        assert.strictEqual(yield* textOf(yield* result), "a long film")
        assert.strictEqual(waited, 0)
        assert.deepStrictEqual(asked, ["getMessageContent 200"])
      }).pipe(Emulated.provide())
    )
  }

  it.effect("waits for the preparation of a video, asking ever more rarely", () =>
    Effect.gen(function* () {
      const message = { type: "video", content: film, readyAfter: "26 seconds" } as const
      const { asked, result, waited } = yield* awaited(message)
      assert.strictEqual((yield* result).contentType, "video/mp4")
      assert.strictEqual(yield* textOf(yield* result), "a long film")
      assert.strictEqual(waited, (1 + 2 + 4 + 8 + 10 + 10) * 1000)
      assert.lengthOf(
        asked.filter((request) => request === "getMessageContent 202"),
        6
      )
    }).pipe(Emulated.provide())
  )

  it.effect("fails as soon as LINE says that the preparation failed", () =>
    Effect.gen(function* () {
      const message = { type: "audio", content: film, readyAfter: "2 seconds", preparationFails: true } as const
      const { messageId, result, waited } = yield* awaited(message)
      const error = errorOf(result)
      assert.instanceOf(error, Content.PreparationFailed)
      assert.deepInclude(error, { _tag: "LinePreparationFailed", messageId })
      assert.strictEqual(error.message, `LINE could not prepare the content of message ${messageId}`)
      assert.strictEqual(waited, 3000)
    }).pipe(Emulated.provide())
  )

  it.effect("gives up at the deadline, on the schedule that it is given", () =>
    Effect.gen(function* () {
      const message = { type: "video", content: film, readyAfter: "1 hour" } as const
      const options = { schedule: Schedule.spaced("4 seconds"), deadline: "10 seconds" } as const
      const { asked, messageId, result, waited } = yield* awaited(message, options)
      const error = errorOf(result)
      assert.deepInclude(error, { _tag: "LineNotFinished", awaited: `content of message ${messageId}`, waited: 10_000 })
      assert.isTrue(error._tag === "LineNotFinished" && (error.last as Error).message.includes("still preparing"))
      assert.strictEqual(waited, 10_000)
      assert.lengthOf(asked, 6)
    }).pipe(Emulated.provide())
  )

  it.effect("gives up after ten minutes unless it is told to wait longer", () =>
    Effect.gen(function* () {
      const message = { type: "video", content: film, readyAfter: "11 minutes" } as const
      assert.strictEqual((yield* awaited(message)).waited, 600_000)
      assert.isTrue(Either.isRight((yield* awaited(message, { deadline: "1 hour" })).result))
    }).pipe(Emulated.provide())
  )

  const notReady = Transport.answer(202, "")
  const bytes = Transport.answer(200, "bytes", { "content-type": "video/mp4" })
  const status = (status: string) => Transport.answer(200, { status })

  for (const [kind, transcoding] of [
    ["knows no preparation of it", Transport.answer(400, { message: "Transcoding status doesn't support this" })],
    ["says something new", status("queued")],
    ["says that it is ready now", status("succeeded")],
    ["does not say", Transport.answer(500)]
  ] as const) {
    it.effect(`goes on where LINE ${kind}`, () =>
      Effect.gen(function* () {
        const transport = Transport.make([notReady, transcoding, bytes])
        const client = Transport.client(transport, { retry: Retry.none })
        const content = yield* Transport.drive(Effect.provide(Content.await({ messageId: "1" }), client))
        assert.strictEqual(yield* textOf(content), "bytes")
        assert.lengthOf(transport.sent, 3)
      })
    )
  }

  for (const [code, tag] of [
    [404, "LineNotFound"],
    [410, "LineGone"],
    [401, "LineUnauthorized"]
  ] as const) {
    it.effect(`ends where waiting does not help: ${code}, of the content or of its preparation`, () =>
      Effect.gen(function* () {
        for (const script of [[Transport.answer(code)], [notReady, Transport.answer(code)]]) {
          const client = Transport.client(Transport.make(script))
          const error = yield* Effect.flip(Effect.provide(Content.await({ messageId: "1" }), client))
          assert.strictEqual(error._tag, tag)
        }
      })
    )
  }
})

describe("limit", () => {
  const pieces = [film, film, film]
  const content = (size: number | undefined): Operation.Content => ({
    contentType: "video/mp4",
    size,
    stream: Stream.fromIterable(pieces)
  })
  const run = (stream: Stream.Stream<Uint8Array, unknown>) =>
    Effect.gen(function* () {
      let received = 0
      const run = Stream.runForEach(stream, ({ length }) => Effect.sync(() => (received += length)))
      return { result: yield* Effect.either(run), received }
    })

  for (const size of [33, undefined]) {
    it.effect(`lets a file pass that is not too large, of ${size === undefined ? "unknown" : "known"} size`, () =>
      Effect.gen(function* () {
        const { received, result } = yield* run(Content.limit(content(size), 33))
        assert.deepStrictEqual(result, Either.right(undefined))
        assert.strictEqual(received, 33)
      })
    )
  }

  it.effect("fails before the first byte if the size is known", () =>
    Effect.gen(function* () {
      const { received, result } = yield* run(Content.limit(32)(content(33)))
      const error = errorOf(result)
      assert.instanceOf(error, Content.TooLarge)
      assert.deepInclude(error, { _tag: "LineContentTooLarge", maximum: 32, size: 33 })
      assert.strictEqual(error.message, "the content has 33 bytes where at most 32 are taken")
      assert.strictEqual(received, 0)
    })
  )

  it.effect("fails at the first byte too many, and never gives more than the limit", () =>
    Effect.gen(function* () {
      for (const [size, maximum, expected] of [
        [undefined, 32, 22],
        [undefined, 21, 11],
        [undefined, 0, 0],
        // A size that is not true.
        [5, 12, 11]
      ] as const) {
        const { received, result } = yield* run(Content.limit(content(size), maximum))
        assert.deepInclude(errorOf(result), { _tag: "LineContentTooLarge", maximum, size })
        assert.strictEqual(received, expected)
      }
    })
  )

  it.effect("counts anew each time the stream runs", () =>
    Effect.gen(function* () {
      const limited = Content.limit(content(undefined), 33)
      assert.strictEqual((yield* run(limited)).received, 33)
      assert.strictEqual((yield* run(limited)).received, 33)
    })
  )
})

const sixteenMegabytes = 16 * 1024 * 1024

/** A server that answers every request in one way; its first connection, and how much it has written. */
const serve = (answer: (response: ServerResponse, write: () => void) => void) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const state = { written: 0 }
      let connected: (socket: Socket) => void
      const connection = new Promise<Socket>((resolve) => (connected = resolve))
      const server = createServer((request, response) => {
        connected(request.socket)
        const piece = new Uint8Array(64 * 1024)
        const write = (): void => {
          while (state.written < 16 * sixteenMegabytes) {
            state.written += piece.length
            if (response.write(piece)) continue
            response.once("drain", write)
            return
          }
          response.end()
        }
        answer(response, write)
      })
      server.listen(0, "127.0.0.1")
      await once(server, "listening")
      const address = server.address()
      if (address === null || typeof address === "string") throw new Error("no port")
      return { server, state, connection, url: `http://127.0.0.1:${address.port}` }
    }),
    ({ server }) =>
      Effect.sync(() => {
        server.close()
        server.closeAllConnections()
      })
  )

/** Ends when the server has seen the end of its first connection, however it ended. */
const disconnected = ({ connection }: { readonly connection: Promise<Socket> }) =>
  Effect.promise(async () => {
    const socket = await connection
    if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve))
  })

/** Ends when the server can write no more, or has written everything. */
const stalled = ({ state }: { readonly state: { readonly written: number } }) =>
  Effect.promise(async () => {
    for (let before = -1, still = 0; still < 200; still = state.written === before ? still + 1 : 0) {
      before = state.written
      await new Promise((resolve) => setImmediate(resolve))
    }
  })

const head = { "content-type": "video/mp4", "x-line-request-id": "1" }

describe("a download over a real connection", () => {
  for (const [name, transport] of [
    ["fetch", FetchHttpClient.layer],
    ["node:http", NodeHttpClient.layer],
    ["undici", NodeHttpClient.layerUndici]
  ] as const) {
    // The transport ends with the test and not before: a download is of no use without it.
    const download = Effect.fn(function* (url: string) {
      const options = { channelAccessToken: Redacted.make("token"), baseUrls: { data: url }, retry: Retry.none }
      const client = yield* Layer.build(LineClient.layer(options).pipe(Layer.provide(transport)))
      return yield* Effect.provide(Content.getMessageContent({ messageId: "1" }), client)
    })

    it.scopedLive(`is read no faster than it is used, and let go when it is interrupted (${name})`, () =>
      Effect.gen(function* () {
        const server = yield* serve((response, write) => {
          response.writeHead(200, head)
          write()
        })
        const { stream } = yield* download(server.url)
        const first = yield* Deferred.make<void>()
        const use = Stream.runForEach(stream, () => Effect.zipRight(Deferred.succeed(first, undefined), Effect.never))
        const fiber = yield* Effect.fork(use)
        yield* Deferred.await(first)
        yield* stalled(server)
        // What the sockets hold, of 256 MB.
        assert.isBelow(server.state.written, 2 * sixteenMegabytes)
        yield* Fiber.interrupt(fiber)
        yield* disconnected(server)
      })
    )

    it.scopedLive(`is let go when its reader wants no more (${name})`, () =>
      Effect.gen(function* () {
        const server = yield* serve((response, write) => {
          response.writeHead(200, head)
          write()
        })
        const { stream } = yield* download(server.url)
        yield* Stream.runDrain(Stream.take(stream, 1))
        yield* disconnected(server)
      })
    )

    it.scopedLive(`dies if it is run once more, instead of being empty (${name})`, () =>
      Effect.gen(function* () {
        const server = yield* serve((response) => {
          response.writeHead(200, head)
          response.end(film)
        })
        const { stream } = yield* download(server.url)
        yield* Stream.runDrain(stream)
        const exit = yield* Effect.exit(Stream.runDrain(stream))
        assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
        if (Exit.isFailure(exit)) assert.include(Cause.pretty(exit.cause), "run it once")
      })
    )

    it.scopedLive(`is let go when it becomes too large (${name})`, () =>
      Effect.gen(function* () {
        const server = yield* serve((response, write) => {
          response.writeHead(200, head)
          write()
        })
        const content = yield* download(server.url)
        let received = 0
        const error = yield* Content.limit(content, 1_000_000).pipe(
          Stream.runForEach(({ length }) => Effect.sync(() => (received += length))),
          Effect.flip
        )
        assert.strictEqual(error._tag, "LineContentTooLarge")
        assert.isAtMost(received, 1_000_000)
        yield* disconnected(server)
      })
    )

    it.scopedLive(`is let go unread if its size says that it is too large (${name})`, () =>
      Effect.gen(function* () {
        const server = yield* serve((response) => {
          response.writeHead(200, { ...head, "content-length": "1000001" })
          // Not a byte follows.
          response.flushHeaders()
        })
        const error = yield* Effect.flip(Stream.runDrain(Content.limit(yield* download(server.url), 1_000_000)))
        assert.deepInclude(error, { _tag: "LineContentTooLarge", size: 1_000_001 })
        yield* disconnected(server)
      })
    )

    for (const [kind, headers] of [
      ["of known size", { ...head, "content-length": "1000000" }],
      ["of unknown size", head]
    ] as const) {
      it.scopedLive(`fails if the connection is lost, ${kind} (${name})`, () =>
        Effect.gen(function* () {
          const server = yield* serve((response) => {
            response.writeHead(200, headers)
            response.write(film, () => response.destroy())
          })
          const { stream } = yield* download(server.url)
          const error = yield* Effect.flip(Stream.runDrain(stream))
          assert.deepInclude(error, { _tag: "LineNetworkError", delivered: "unknown", ambiguous: false })
        })
      )
    }
  }
})
