import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "effect"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Channels from "line-effect/Channels"
import type * as LineClient from "line-effect/LineClient"
import * as NodeHttp from "line-effect/NodeHttp"
import * as Unknown from "line-effect/Unknown"
import * as Webhook from "line-effect/Webhook"
import * as WebhookEvent from "line-effect/WebhookEvent"
import { createHmac } from "node:crypto"
import { EventEmitter, once } from "node:events"
import * as Http from "node:http"
import * as Net from "node:net"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { gzipSync } from "node:zlib"
import { afterEach, vi } from "vitest"
import * as Destination from "../src/internal/Destination.js"
import * as Hmac from "../src/internal/Hmac.js"
import * as NodeRequest from "../src/internal/NodeRequest.js"
import * as Hostile from "./support/Hostile.js"
import * as Servers from "./support/Servers.js"

const { channelSecret, quiet } = Servers

// By other means than the package's own.
const sign = (body: Uint8Array) => createHmac("sha256", Redacted.value(channelSecret)).update(body).digest("base64")

/** Handlers of every type, of which some fail, and what they were given. */
const recording = () => {
  const handled: Array<WebhookEvent.WebhookEvent> = []
  const handler = (event: WebhookEvent.WebhookEvent) =>
    Effect.suspend(() => {
      const nth = handled.push(event)
      if (nth % 5 === 0) throw new Error("a handler's mistake")
      return nth % 7 === 0 ? Effect.die("a handler's mistake") : Effect.void
    })
  const handlers: Webhook.Handlers = Object.fromEntries(
    [...Hostile.eventTypes, "unknown"].map((type) => [type, handler])
  )
  return { handled, handlers }
}

// Bodies of a corpus have the same ids.
const forgetful = { has: () => Effect.succeed(false), add: () => Effect.void }

const requestOf = (body: Uint8Array, signature: string | undefined): Webhook.Incoming => ({
  method: "POST",
  signature,
  read: () => Effect.succeed(body)
})

afterEach(() => {
  vi.restoreAllMocks()
})

/** What would decode a body, watched. The client of a test must not use it. */
const watched = () => ({ parse: vi.spyOn(JSON, "parse"), decode: vi.spyOn(TextDecoder.prototype, "decode") })

/** Asserts that nothing has decoded anything. */
const assertUntouched = ({ decode, parse }: ReturnType<typeof watched>, message: string) => {
  assert.strictEqual(parse.mock.calls.length, 0, message)
  assert.strictEqual(decode.mock.calls.length, 0, message)
}

/** Asserts that each event of some JSON was read, and is what was sent, be it known or not. */
const assertRead = ({ events }: WebhookEvent.WebhookBody, sent: ReadonlyArray<unknown>) => {
  assert.strictEqual(events.length, sent.length)
  // A known event with something unknown in it is a copy, in which that keeps its JSON.
  for (const [index, event] of events.entries()) {
    if (Unknown.isUnknown(event)) assert.isTrue(event.raw === sent[index], `event ${index}`)
    else assert.propertyVal(sent[index], "type", event.type, `event ${index}`)
  }
}

/** What JSON.parse made of the only text that it was given. */
const parsedOf = ({ parse }: ReturnType<typeof watched>) => {
  assert.strictEqual(parse.mock.calls.length, 1)
  return parse.mock.results[0]?.value
}

/** Whether a body is a webhook, by the rule itself. */
const isWebhook = (body: Uint8Array): boolean => {
  try {
    const json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body))
    return (
      typeof json === "object" &&
      json !== null &&
      typeof own(json, "destination") === "string" &&
      Array.isArray(own(json, "events"))
    )
  } catch {
    return false
  }
}

const own = (value: object, key: string): unknown => Object.getOwnPropertyDescriptor(value, key)?.value

/** A signature that is not that of the body, or none. */
const wrongSignature = (body: Uint8Array) =>
  FastCheck.constantFrom(undefined, ...Object.values(Hostile.signatures)).map((change) => change?.(sign(body)))

/** The client of a channel whose events are not answered. */
const client: LineClient.Service = { execute: () => Effect.die("nothing is sent") }

describe("a receiver", () => {
  it.scopedLive("answers 401 to every body whose signature is not right, and decodes nothing of it", () =>
    Effect.gen(function* () {
      const { handled, handlers } = recording()
      const receiver = yield* Webhook.make({ channelSecret, handlers })
      const seen = watched()
      for (const { bytes, name } of Hostile.bodies) {
        const wrong = {
          none: (_: string) => undefined,
          ...Hostile.signatures,
          ...Hostile.unsendable,
          "of another body": () => sign(Buffer.from("{}"))
        }
        for (const [kind, change] of Object.entries(wrong)) {
          if (name === "an empty object" && kind === "of another body") continue
          const { status, work } = yield* receiver(requestOf(bytes, change(sign(bytes))))
          yield* work
          assert.strictEqual(status, 401, `${name}, ${kind}`)
          assertUntouched(seen, `${name}, ${kind}`)
        }
      }
      assert.strictEqual(handled.length, 0)
    }).pipe(Effect.provide(quiet))
  )

  it.scopedLive("looks for the destination of an unverified body among its bytes, and decodes nothing", () =>
    Effect.gen(function* () {
      const { handled, handlers } = recording()
      const asked: Array<string> = []
      const channels = Channels.byDestination((key) => {
        asked.push(key)
        return key === "Ubot" ? Effect.succeed({ channelSecret, client }) : new Channels.UnknownDestination({ key })
      })
      const receiver = yield* Webhook.make({ channels, handlers, capacity: Infinity })
      const seen = watched()
      for (const { bytes, name } of Hostile.bodies) {
        const { status } = yield* receiver(requestOf(bytes, Buffer.alloc(32).toString("base64")))
        assert.strictEqual(status, asked.at(-1) === "Ubot" ? 401 : 404, name)
        assertUntouched(seen, name)
      }
      assert.strictEqual(handled.length, 0)
      assert.isTrue(asked.every((key) => key.length <= 128))
      // What decides on the secret decides on the bot, too.
      for (const { bytes, events, name } of Hostile.bodies) {
        const { status } = yield* receiver(requestOf(bytes, sign(bytes)))
        assert.strictEqual(status, asked.at(-1) !== "Ubot" ? 404 : events === undefined ? 400 : 200, name)
      }
    }).pipe(Effect.provide(quiet))
  )

  it.scopedLive("reads each event of every webhook that is signed, and refuses with 400 what is none", () =>
    Effect.gen(function* () {
      const { handled, handlers } = recording()
      const receiver = yield* Webhook.make({ channelSecret, handlers, processedEvents: forgetful })
      for (const { bytes, events, name } of Hostile.bodies) {
        const before = handled.length
        const { status, work } = yield* receiver(requestOf(bytes, sign(bytes)))
        yield* work
        assert.strictEqual(status, events === undefined ? 400 : 200, name)
        assert.strictEqual(handled.length - before, events ?? 0, name)
        if (events === undefined) continue
        const seen = watched()
        const webhook = yield* Webhook.receive({ body: bytes, signature: sign(bytes), channelSecret })
        assertRead(webhook, parsedOf(seen).events)
        vi.restoreAllMocks()
      }
      assert.notProperty({}, "polluted")
    }).pipe(Effect.provide(quiet))
  )

  it.scopedLive("does so with whatever a webhook may be changed into", () =>
    Effect.gen(function* () {
      const { handlers } = recording()
      const receiver = yield* Webhook.make({ channelSecret, handlers, processedEvents: forgetful })
      const property = FastCheck.asyncProperty(
        Hostile.mutated.chain((body) => FastCheck.tuple(FastCheck.constant(body), wrongSignature(body))),
        ([body, wrong]) =>
          Effect.gen(function* () {
            const seen = watched()
            assert.strictEqual((yield* receiver(requestOf(body, wrong))).status, 401)
            assertUntouched(seen, "unsigned")
            const result = yield* Effect.either(Webhook.receive({ body, signature: sign(body), channelSecret }))
            if (Either.isRight(result)) assertRead(result.right, parsedOf(seen).events)
            vi.restoreAllMocks()
            assert.strictEqual(Either.isRight(result), isWebhook(body))
            const { status, work } = yield* receiver(requestOf(body, sign(body)))
            yield* work
            assert.strictEqual(status, isWebhook(body) ? 200 : 400)
          }).pipe(Effect.provide(quiet), Effect.runPromise)
      )
      yield* Effect.promise(() => FastCheck.assert(property, { seed: 20_260, numRuns: 1500 }))
    }).pipe(Effect.provide(quiet))
  )
})

const maxBodySize = 100_000

/** A server of Node's, what its handlers were given, and its connections. */
const serve = Effect.gen(function* () {
  const { handled, handlers } = recording()
  const sockets: Array<Net.Socket> = []
  const { dispose, listener } = NodeHttp.toListener(
    { channelSecret, handlers, processedEvents: forgetful, maxBodySize },
    quiet
  )
  const server = Http.createServer(listener).on("connection", (socket) => sockets.push(socket))
  const url = yield* Servers.listen(server)
  yield* Effect.addFinalizer(() => Effect.promise(dispose))
  const port = Number(new URL(url).port)
  /** Asserts that it goes on: a good webhook is answered with 200 and handled. */
  const assertAlive = (message: string) =>
    Effect.gen(function* () {
      const before = handled.length
      const body = Buffer.from(JSON.stringify({ destination: "Ubot", events: [Hostile.event()] }))
      assert.strictEqual(yield* exchange(port, request(body, sign(body))), 200, message)
      yield* Effect.promise(() => vi.waitUntil(() => handled.length > before))
    })
  return { assertAlive, handled, port, sockets }
})

/** A request with a body whose length is told, unless other headers frame it. */
const request = (
  body: Uint8Array,
  signature: string | undefined,
  {
    framing = [`Content-Length: ${body.length}`],
    headers = [],
    method = "POST"
  }: {
    readonly framing?: ReadonlyArray<string>
    readonly headers?: ReadonlyArray<string>
    readonly method?: string
  } = {}
): Uint8Array => {
  const signed = signature === undefined ? [] : [`X-Line-Signature: ${signature}`]
  const head = [`${method} /callback HTTP/1.1`, "Host: bot", ...signed, ...headers, ...framing, "", ""]
  return Buffer.concat([Buffer.from(head.join("\r\n"), "latin1"), body])
}

const chunked = (body: Uint8Array, size: number) =>
  Buffer.concat([
    ...Array.from({ length: Math.ceil(body.length / size) }, (_, index) => {
      const part = body.subarray(index * size, (index + 1) * size)
      return Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n")])
    }),
    Buffer.from("0\r\n\r\n")
  ])

const chunks = { framing: ["Transfer-Encoding: chunked"] }

const connect = (port: number) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const socket = Net.connect(port, "127.0.0.1")
      await once(socket, "connect")
      return socket.on("error", () => {})
    }),
    (socket) => Effect.sync(() => socket.destroy())
  )

/** Waits until a connection has ended, be it with an error. */
const closed = (socket: Net.Socket) =>
  Effect.async<void>((resume) => void socket.once("close", () => resume(Effect.void)))

/** Sends bytes, and returns the status that they are answered with; none if the connection ends without an answer. */
const exchange = (port: number, bytes: Uint8Array): Effect.Effect<number | undefined> =>
  Effect.scoped(
    Effect.flatMap(connect(port), (socket) =>
      Effect.async<number | undefined>((resume) => {
        let received = ""
        socket.on("data", (chunk) => {
          received += chunk.toString("latin1").replaceAll("HTTP/1.1 100 Continue\r\n\r\n", "")
          const status = /^HTTP\/1\.1 (\d+) .*\r\n\r\n/s.exec(received)?.[1]
          if (status !== undefined) resume(Effect.succeed(Number(status)))
        })
        socket.on("close", () => resume(Effect.succeed(undefined)))
        socket.write(bytes)
      })
    )
  )

describe("a server", () => {
  it.scopedLive("answers each body as its signature deserves, whatever is in it", () =>
    Effect.gen(function* () {
      const { assertAlive, handled, port } = yield* serve
      for (const { bytes, events, name } of Hostile.bodies) {
        const seen = watched()
        const isLarge = bytes.length > maxBodySize
        for (const wrong of [undefined, "", sign(Buffer.from("another"))]) {
          const status = yield* exchange(port, request(bytes, wrong))
          assert.strictEqual(status, isLarge && wrong !== undefined ? 413 : 401, name)
        }
        assertUntouched(seen, name)
        vi.restoreAllMocks()
        const before = handled.length
        const status = yield* exchange(port, request(bytes, sign(bytes)))
        assert.strictEqual(status, isLarge ? 413 : events === undefined ? 400 : 200, name)
        const count = isLarge ? 0 : (events ?? 0)
        yield* Effect.promise(() => vi.waitUntil(() => handled.length === before + count))
        yield* assertAlive(name)
      }
    })
  )

  it.scopedLive("answers 401 to every signature that is not right, or Node refuses it", () =>
    Effect.gen(function* () {
      const { assertAlive, handled, port } = yield* serve
      const body = Buffer.from(JSON.stringify({ destination: "Ubot", events: [Hostile.event()] }))
      for (const [name, change] of Object.entries(Hostile.signatures))
        assert.strictEqual(yield* exchange(port, request(body, change(sign(body)))), 401, name)
      for (const [name, change] of Object.entries(Hostile.unsendable)) {
        const status = yield* exchange(port, request(body, change(sign(body))))
        assert.oneOf(status, [400, 401], name)
      }
      const twice = { headers: [`X-Line-Signature: ${sign(body)}`] }
      assert.strictEqual(yield* exchange(port, request(body, sign(body), twice)), 401, "in two headers")
      assert.strictEqual(handled.length, 0)
      // White space around a value is no part of it.
      assert.strictEqual(yield* exchange(port, request(body, `  ${sign(body)}\t `)), 200)
      yield* assertAlive("afterwards")
    })
  )

  it.scopedLive("takes the bytes as they come, in whatever pieces and encodings", () =>
    Effect.gen(function* () {
      const { assertAlive, handled, port } = yield* serve
      const body = Buffer.from(JSON.stringify({ destination: "Ubot", events: [Hostile.event()] }))
      const zipped = gzipSync(body)
      const gzip = { headers: ["Content-Encoding: gzip"] }
      const cases: ReadonlyArray<readonly [string, number, Uint8Array]> = [
        ["zipped", 401, request(zipped, sign(body), gzip)],
        ["zipped and signed so", 400, request(zipped, sign(zipped), gzip)],
        ["said to be zipped", 200, request(body, sign(body), gzip)],
        [
          "another type of content",
          200,
          request(body, sign(body), { headers: ["Content-Type: image/png; charset=x"] })
        ],
        ["bytes in chunks", 200, request(chunked(body, 1), sign(body), chunks)],
        ["chunks, wrongly signed", 401, request(chunked(body, 7), sign(zipped), chunks)],
        ["chunks over the limit", 413, request(chunked(Buffer.alloc(maxBodySize + 1), 5000), sign(body), chunks)],
        ["chunks that are none", 400, request(Buffer.from("xyz\r\n"), sign(body), chunks)],
        ["an expectation", 200, request(body, sign(body), { headers: ["Expect: 100-continue"] })],
        ["an expectation, unsigned", 401, request(body, undefined, { headers: ["Expect: 100-continue"] })],
        ["an expectation that is none", 417, request(body, sign(body), { headers: ["Expect: the-unexpected"] })],
        [
          "another protocol",
          200,
          request(body, sign(body), { headers: ["Connection: Upgrade", "Upgrade: websocket"] })
        ],
        ["huge headers", 200, request(body, sign(body), { headers: [`Cookie: ${"x".repeat(12_000)}`] })],
        ["headers of every object", 200, request(body, sign(body), { headers: ["__proto__: x", "constructor: y"] })],
        ["nothing", 400, request(Buffer.of(), sign(Buffer.of()))],
        ["as many bytes as may be", 400, request(Buffer.alloc(maxBodySize), sign(Buffer.alloc(maxBodySize)))],
        ["one more", 413, request(Buffer.alloc(maxBodySize + 1), sign(Buffer.alloc(maxBodySize + 1)))]
      ]
      for (const [name, status, bytes] of cases) {
        const seen = watched()
        assert.strictEqual(yield* exchange(port, bytes), status, name)
        if (status === 401 || status === 413) assertUntouched(seen, name)
        vi.restoreAllMocks()
        yield* assertAlive(name)
      }
      for (const method of ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "M-SEARCH"])
        assert.strictEqual(yield* exchange(port, request(body, sign(body), { method })), 405, method)
      yield* assertAlive("other methods")
      assert.isTrue(handled.every(({ type }) => type === "message"))
    })
  )

  it.scopedLive("outlives what is no HTTP, and lengths that lie", () =>
    Effect.gen(function* () {
      const { assertAlive, handled, port, sockets } = yield* serve
      const seen = watched()
      for (const [name, bytes] of Object.entries(Hostile.noise))
        assert.oneOf(yield* exchange(port, bytes), [undefined, 400, 405, 431], name)
      for (const [name, framing] of Object.entries(Hostile.lengths)) {
        const lying = request(Buffer.from("{}{}{"), "A".repeat(44), { framing: framing })
        assert.oneOf(yield* exchange(port, lying), [400, 413], name)
      }
      // A length that is too long, and nothing more comes.
      const socket = yield* connect(port)
      socket.write(request(Buffer.from("{}"), "A".repeat(44), { framing: ["Content-Length: 1000"] }))
      const other = yield* Effect.promise(() =>
        vi.waitUntil(() => sockets.find(({ remotePort }) => remotePort === socket.localPort))
      )
      socket.destroy()
      if (!other.destroyed) yield* closed(other)
      assertUntouched(seen, "noise")
      assert.strictEqual(handled.length, 0)
      vi.restoreAllMocks()
      yield* assertAlive("afterwards")
    })
  )

  it.scopedLive("cuts off a body without end, signed or not", () =>
    Effect.gen(function* () {
      const { assertAlive, port, sockets } = yield* serve
      for (const signature of [undefined, "A", "A".repeat(43) + "="]) {
        const socket = yield* connect(port)
        socket.write(request(Buffer.of(), signature, chunks))
        const chunk = Buffer.from(`8000\r\n${"x".repeat(0x8000)}\r\n`)
        const pour = () => {
          while (!socket.destroyed && socket.write(chunk));
        }
        socket.on("drain", pour)
        pour()
        yield* closed(socket)
        // What the server took: some of what is beyond the limit, and what was under way, of a body that has no end.
        assert.isBelow(sockets.at(-1)?.bytesRead ?? Infinity, 2 ** 24)
        yield* assertAlive(String(signature))
      }
    })
  )

  it.scopedLive("answers whatever is sent to it, and goes on", () =>
    Effect.gen(function* () {
      const { assertAlive, port } = yield* serve
      const ask = (bytes: Uint8Array) => Effect.runPromise(exchange(port, bytes))
      const framed = FastCheck.constantFrom(0, 1, 100, 30_000)
      const property = FastCheck.asyncProperty(
        Hostile.mutated.chain((body) => FastCheck.tuple(FastCheck.constant(body), wrongSignature(body), framed)),
        async ([body, wrong, size]) => {
          const framedRequest = (signature: string | undefined) =>
            size === 0 ? request(body, signature) : request(chunked(body, size), signature, chunks)
          assert.oneOf(await ask(framedRequest(wrong)), [401])
          assert.strictEqual(await ask(framedRequest(sign(body))), isWebhook(body) ? 200 : 400)
        }
      )
      yield* Effect.promise(() => FastCheck.assert(property, { seed: 20_261, numRuns: 300 }))
      const bytes = FastCheck.asyncProperty(
        FastCheck.uint8Array({ minLength: 1, maxLength: 200 }),
        FastCheck.constantFrom("", "POST / HTTP/1.1\r\n", "POST / HTTP/1.1\r\nX-Line-Signature: A\r\nHost: b\r\n"),
        async (noise, before) => {
          // A line that no HTTP begins with: what is cut would be waited for.
          const status = await ask(Buffer.concat([Buffer.from(before), noise, Buffer.from("\r\n\0\r\n\r\n")]))
          assert.oneOf(status, [undefined, 400, 401, 405])
        }
      )
      yield* Effect.promise(() => FastCheck.assert(bytes, { seed: 20_262, numRuns: 300 }))
      yield* assertAlive("afterwards")
    })
  )
})

describe("a server of several channels", () => {
  it.scopedLive("answers 500 when its lookup of a channel throws, and goes on", () =>
    Effect.gen(function* () {
      const channels = Channels.byPath(() => {
        throw new Error("a lookup's mistake")
      })
      const { dispose, listener } = NodeHttp.toListener({ channels, handlers: {} }, quiet)
      const url = yield* Servers.listen(Http.createServer(listener))
      yield* Effect.addFinalizer(() => Effect.promise(dispose))
      const bytes = request(Buffer.from("{}"), "A")
      for (let time = 0; time < 3; time++) assert.strictEqual(yield* exchange(Number(new URL(url).port), bytes), 500)
    })
  )
})

describe("a server with a store that throws", () => {
  it.scopedLive("handles the events all the same", () =>
    Effect.gen(function* () {
      const { handled, handlers } = recording()
      const broken = () => {
        throw new Error("a store's mistake")
      }
      const receiver = yield* Webhook.make({ channelSecret, handlers, processedEvents: { has: broken, add: broken } })
      const body = Buffer.from(JSON.stringify({ destination: "Ubot", events: [Hostile.event(), Hostile.event()] }))
      const { work } = yield* receiver(requestOf(body, sign(body)))
      yield* work
      assert.strictEqual(handled.length, 2)
    }).pipe(Effect.provide(quiet))
  )
})

describe("the destination of a body", () => {
  /** The bytes of a text, and how many have been looked at. */
  const counted = (text: string) => {
    let looks = 0
    const bytes: ArrayLike<number> = new Proxy(Array.from(Buffer.from(text)), {
      get: (target, name) => {
        if (typeof name === "string" && name !== "length") looks++
        return Reflect.get(target, name)
      }
    })
    return { bytes, looks: () => looks }
  }

  it("is found by as many looks as there are bytes, whatever they are", () => {
    // The first one that is written as a name decides, whether or not it is one.
    const fillings = ["x", '"', '"destination', '"destinatio', '"destinatio"', '"destination"', '\\"', "寿", " "]
    for (const filling of fillings) {
      const { bytes, looks } = counted(`${filling.repeat(1000)} "destination" : "Ubot"`)
      const found = Destination.peek(bytes)
      assert.strictEqual(found, filling.startsWith('"destination') ? undefined : "Ubot", filling)
      assert.isAtMost(looks(), bytes.length + 10, filling)
    }
  })
})

describe("events without a type", () => {
  it("are read as the schema reads them", () => {
    const { decode } = WebhookEvent
    const property = FastCheck.property(
      FastCheck.oneof(
        FastCheck.jsonValue(),
        FastCheck.tuple(
          FastCheck.constantFrom(
            "source",
            "timestamp",
            "mode",
            "webhookEventId",
            "deliveryContext",
            "replyToken",
            "type"
          ),
          FastCheck.oneof(FastCheck.jsonValue(), FastCheck.constantFrom(...Object.values(Hostile.event())))
        ).map(([name, value]) => ({ ...Hostile.event(), type: undefined, [name]: value }))
      ),
      (sent) => {
        // As JSON has it.
        const event: unknown = JSON.parse(JSON.stringify(sent))
        const body = { destination: "Ubot", events: [event] }
        assert.deepStrictEqual(decode(body), Schema.decodeUnknownEither(WebhookEvent.WebhookBody)(body))
      }
    )
    FastCheck.assert(property, { seed: 20_263, numRuns: 2000 })
  })
})

setFlagsFromString("--expose-gc")
const collect: () => void = runInNewContext("gc")

const turn = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))

/** A body that comes in chunks, and how many of these are still held by something. */
const pouring = () => {
  const chunks: Array<WeakRef<Uint8Array>> = []
  const emitter = Object.assign(new EventEmitter(), {
    method: "POST",
    headers: { "x-line-signature": "A" },
    httpVersionMajor: 1,
    complete: false,
    destroyed: false,
    readableDidRead: false,
    readableEnded: false
  })
  return {
    request: emitter,
    pour: (chunk: Uint8Array) => {
      chunks.push(new WeakRef(chunk))
      emitter.emit("data", chunk)
    },
    // What a turn has looked at is held until its end.
    held: Effect.gen(function* () {
      yield* turn
      collect()
      yield* turn
      return chunks.filter((chunk) => chunk.deref() !== undefined).length
    })
  }
}

describe("the bytes of a body", () => {
  it.scopedLive("are let go of as soon as there are too many", () =>
    Effect.gen(function* () {
      const { held, pour, request } = pouring()
      const fiber = yield* Effect.fork(Effect.flip(NodeRequest.incoming(request, "").read(10_000)))
      yield* turn
      for (let index = 0; index < 70; index++) pour(new Uint8Array(1000))
      assert.isAtMost(yield* held, 1)
      assert.strictEqual(request.listenerCount("data"), 1)
      for (let index = 0; index < 11; index++) pour(new Uint8Array(1000))
      assert.strictEqual(request.listenerCount("data"), 0)
      assert.strictEqual((yield* Fiber.join(fiber)).reason, "tooLarge")
    })
  )

  it.scopedLive("are kept without the pieces that they came in: a piece of a byte takes a hundred", () =>
    Effect.gen(function* () {
      const { held, pour, request } = pouring()
      const fiber = yield* Effect.fork(NodeRequest.incoming(request, "").read(10_000))
      yield* turn
      for (let index = 0; index < 10_000; index++) pour(Uint8Array.of(index))
      assert.isAtMost(yield* held, 1)
      request.emit("end")
      assert.deepStrictEqual(
        yield* Fiber.join(fiber),
        Uint8Array.from({ length: 10_000 }, (_, index) => index)
      )
    })
  )
})

describe("the comparison of signatures", () => {
  const body = Buffer.from("{}")
  const right = createHmac("sha256", "key").update(body).digest()
  const key = Redacted.make("key")
  /** The right digest with one bit changed, in each byte. */
  const wrong = Array.from(right, (_, index) => right.map((byte, at) => (at === index ? byte ^ 1 : byte)))

  /** Bytes that are handed on only: who looks at one fails. */
  const sealed = (bytes: Uint8Array) =>
    new Proxy(bytes, {
      get: (target, name) => {
        if (typeof name === "string" && name !== "length") assert.fail(`looks at ${name}`)
        return Reflect.get(target, name, target)
      }
    })

  it("is node:crypto's own, once and over all bytes, wherever they differ", () => {
    const compared: Array<readonly [Uint8Array, Uint8Array]> = []
    const digest = sealed(right)
    const hmac = { update: () => hmac, digest: () => digest }
    const { verify } = Hmac.node({
      createHmac: () => hmac,
      timingSafeEqual: (...both) => {
        compared.push(both)
        return false
      }
    })
    for (const bytes of [...wrong, right].map(sealed)) {
      assert.isFalse(verify(body, key, bytes))
      const [[left, other] = [], ...more] = compared.splice(0)
      assert.isTrue(left === digest && other === bytes)
      assert.strictEqual(more.length, 0)
    }
  })

  it.effect("is WebCrypto's own, once and over all bytes, wherever they differ", () =>
    Effect.gen(function* () {
      const { subtle } = globalThis.crypto
      const verified: Array<BufferSource> = []
      const { verify } = Hmac.web({
        importKey: subtle.importKey.bind(subtle),
        sign: () => assert.fail("compares by itself"),
        verify: (...[algorithm, key, signature, data]) => {
          verified.push(signature)
          return subtle.verify(algorithm, key, signature, data)
        }
      })
      for (const bytes of [...wrong, right]) {
        assert.strictEqual(yield* Effect.promise(async () => verify(body, key, bytes)), bytes === right)
        assert.deepStrictEqual(verified.splice(0), [Uint8Array.from(bytes)])
      }
    })
  )
})
