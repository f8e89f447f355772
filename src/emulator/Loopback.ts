/**
 * The transport over a port of this machine. One port stands for all hosts of LINE.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import type { Disconnected, WireRequest, WireResponse } from "./Wire.js"

/**
 * The port could not be opened.
 *
 * @since 0.1.0
 * @category errors
 */
export class ServeError extends Data.TaggedError("LineEmulatorServeError")<{ readonly cause: unknown }> {
  override get message(): string {
    return `the emulator could not listen: ${String(this.cause)}`
  }
}

/** Serves a handler until the scope closes, which ends its connections. */
export const serve = (
  handle: (request: WireRequest) => Effect.Effect<WireResponse, Disconnected>,
  address: { readonly host: string; readonly port: number }
): Effect.Effect<{ readonly url: string }, ServeError, Scope.Scope> =>
  Effect.gen(function* () {
    const run = yield* FiberSet.makeRuntime<never, void>()
    const server = yield* Effect.acquireRelease(
      Effect.sync(() => Http.createServer()),
      close
    )
    server.on("request", (request, response) => {
      const fiber = run(exchange(handle, request, response))
      // Closed before it was finished: the caller has gone.
      response.once("close", () => {
        if (!response.writableFinished) fiber.unsafeInterruptAsFork(FiberId.none)
      })
    })
    yield* listen(server, address)
    const { port } = server.address() as AddressInfo
    return { url: `http://${address.host.includes(":") ? `[${address.host}]` : address.host}:${port}` }
  })

const listen = (server: Http.Server, { host, port }: { readonly host: string; readonly port: number }) =>
  Effect.async<void, ServeError>((resume) => {
    const fail = (cause: Error) => resume(Effect.fail(new ServeError({ cause })))
    server.once("error", fail)
    server.listen(port, host, () => {
      server.off("error", fail)
      resume(Effect.void)
    })
  })

const close = (server: Http.Server): Effect.Effect<void> =>
  Effect.async((resume) => {
    server.close(() => resume(Effect.void))
    server.closeAllConnections()
  })

// The edge in front of LINE says this: the request has no ID yet.
const lengthRequired: WireResponse = {
  status: 411,
  headers: { "content-type": "text/html" },
  body: "<html><head><title>411 Length Required</title></head><body><h1>Length Required</h1></body></html>"
}

const exchange = (
  handle: (request: WireRequest) => Effect.Effect<WireResponse, Disconnected>,
  request: Http.IncomingMessage,
  response: Http.ServerResponse
): Effect.Effect<void> =>
  Effect.gen(function* () {
    const body = yield* read(request)
    const lengthMissing =
      request.method === "POST" && body.length === 0 && request.headers["content-length"] === undefined
    const answer = lengthMissing ? lengthRequired : yield* handle(toWire(request, body))
    response.writeHead(answer.status, answer.headers)
    response.end(answer.body)
  }).pipe(Effect.catchAll(() => Effect.sync(() => request.socket.destroy())))

const toWire = (request: Http.IncomingMessage, body: Uint8Array): WireRequest => {
  const [path = "/", ...query] = (request.url ?? "/").split("?")
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value])
  )
  return {
    host: "any",
    method: request.method ?? "GET",
    path,
    query: new URLSearchParams(query.join("?")),
    headers,
    body
  }
}

const read = (request: Http.IncomingMessage): Effect.Effect<Uint8Array, Error> =>
  Effect.async((resume) => {
    const chunks: Array<Uint8Array> = []
    request.on("data", (chunk: Uint8Array) => chunks.push(chunk))
    request.on("end", () => resume(Effect.succeed(Buffer.concat(chunks))))
    request.on("error", (error) => resume(Effect.fail(error)))
  })
