/**
 * The transport over a port of this machine. One port stands for all hosts of LINE, and for the emulator itself.
 */
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import type { ReadableStream } from "node:stream/web"
import { isOfOtherSite, type Local } from "./Control.js"
import { maximumBody, type Disconnected, type WireRequest, type WireResponse } from "./Wire.js"

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

/** Answers requests for LINE. */
type Handle = (request: WireRequest) => Effect.Effect<WireResponse, Disconnected>

/** Answers requests for the emulator itself. */
type Control = (local: Local) => Promise<Response>

/** Serves both until the scope closes, which ends the connections. */
export const serve = (
  handle: Handle,
  control: Control,
  address: { readonly host: string; readonly port: number }
): Effect.Effect<{ readonly url: string }, ServeError, Scope.Scope> =>
  Effect.gen(function* () {
    const run = yield* FiberSet.makeRuntime<never, void>()
    const server = yield* Effect.acquireRelease(
      Effect.sync(() => Http.createServer()),
      close
    )
    server.on("request", (request, response) => {
      const exchanged = isOwn(request)
        ? exchangeOwn(control, address.host, request, response)
        : exchange(handle, request, response)
      const fiber = run(exchanged)
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

const internalError: WireResponse = {
  status: 500,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ message: "Internal server error" })
}

// The edge in front of LINE says this: the request has no ID yet.
const lengthRequired: WireResponse = {
  status: 411,
  headers: { "content-type": "text/html" },
  body: "<html><head><title>411 Length Required</title></head><body><h1>Length Required</h1></body></html>"
}

/** Whether a request is for the emulator itself: LINE has nothing at these paths. */
const isOwn = ({ url = "/" }: Http.IncomingMessage): boolean => /^\/(?:$|\?|emulator(?:[/?]|$))/.test(url)

const exchangeOwn = (
  control: Control,
  host: string,
  request: Http.IncomingMessage,
  response: Http.ServerResponse
): Effect.Effect<void> =>
  Effect.gen(function* () {
    const body = yield* read(request)
    const web = yield* Effect.try({ try: () => toWeb(request, body), catch: () => "malformed" as const })
    const answer = yield* Effect.promise((signal) =>
      control({ request: new Request(web, { signal }), address: request.socket.localAddress ?? "", host })
    )
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    yield* pipe(answer, response)
  }).pipe(
    Effect.catchIf(
      (error) => error === "malformed",
      () => Effect.sync(() => send(response, { status: 400, headers: {}, body: "" }))
    ),
    Effect.catchAllCause((cause) => fail(cause, response))
  )

/** Sends a body as it comes, until the other end has gone. */
const pipe = ({ body }: Response, response: Http.ServerResponse): Effect.Effect<void, unknown> =>
  body === null
    ? Effect.sync(() => response.end())
    : Effect.tryPromise((signal) => pipeline(Readable.fromWeb(body as ReadableStream), response, { signal }))

const toWeb = (request: Http.IncomingMessage, body: Uint8Array): Request =>
  new Request(`http://${request.headers.host ?? "unknown.invalid"}${request.url}`, {
    method: request.method ?? "GET",
    headers: Object.entries(request.headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as [string, string]]
    ),
    body: body.length === 0 ? null : (body as BodyInit)
  })

// Bots are programs. A page of another site that has a browser call LINE's paths here would act as the bot.
const ofPage: WireResponse = {
  status: 403,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ message: "requests of web pages are refused" })
}

const exchange = (handle: Handle, request: Http.IncomingMessage, response: Http.ServerResponse): Effect.Effect<void> =>
  Effect.gen(function* () {
    const body = yield* read(request)
    const isOfPage = request.headers.origin !== undefined || isOfOtherSite(request.headers["sec-fetch-site"])
    const lengthMissing =
      request.method === "POST" && body.length === 0 && request.headers["content-length"] === undefined
    const answer = isOfPage ? ofPage : lengthMissing ? lengthRequired : yield* handle(toWire(request, body))
    send(response, answer)
  }).pipe(Effect.catchAllCause((cause) => fail(cause, response)))

const send = (response: Http.ServerResponse, { body, headers, status }: WireResponse): void => {
  response.writeHead(status, headers)
  response.end(body)
}

/** Ends an exchange that failed: nobody waits for the answer, the connection is to break, or the emulator is wrong. */
const fail = (cause: Cause.Cause<unknown>, response: Http.ServerResponse): Effect.Effect<void> => {
  if (Cause.isInterrupted(cause)) return Effect.void
  const disconnect = Effect.sync(() => response.destroy())
  if (Cause.isFailure(cause)) return disconnect
  return Effect.zipRight(
    Effect.logError("A request could not be answered", cause),
    response.headersSent ? disconnect : Effect.sync(() => send(response, internalError))
  )
}

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
    let size = 0
    request.on("data", (chunk: Uint8Array) => {
      // What comes after too much is not kept: what there is is refused already.
      if (size <= maximumBody) chunks.push(chunk)
      size += chunk.length
    })
    request.on("end", () => resume(Effect.succeed(Buffer.concat(chunks))))
    request.on("error", (error) => resume(Effect.fail(error)))
  })
