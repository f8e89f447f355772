/**
 * Requests and responses as `node:http` has them, which most servers of JavaScript hand on: how the bytes of a body are
 * had, whether they have been read before or not, and how an answer is written. The types are of their own, so that
 * nothing has to be installed for them.
 */
import * as Effect from "effect/Effect"
import * as Signature from "../Signature.js"
import * as Webhook from "../Webhook.js"
import * as Bytes from "./Bytes.js"

/** Where programs and body parsers keep a body that they have read: its bytes, its text, or what they made of it. */
export interface Kept {
  readonly rawBody?: unknown
  readonly body?: unknown
}

/** What is used of an `http.IncomingMessage`. */
export interface Request extends Kept {
  readonly method?: string | undefined
  readonly url?: string | undefined
  /** The URL before routers took from it what they were mounted at. */
  readonly originalUrl?: string | undefined
  readonly headers: Headers
  readonly httpVersionMajor: number
  /** All of the body has come. */
  readonly complete: boolean
  readonly destroyed: boolean
  readonly readableDidRead: boolean
  readonly readableEnded: boolean
  readonly on: (event: string, listener: (value: unknown) => void) => unknown
  readonly removeListener: (event: string, listener: (value: unknown) => void) => unknown
}

/** Names in lower case. */
export interface Headers {
  readonly [name: string]: string | ReadonlyArray<string> | undefined
}

/** What is used of an `http.ServerResponse`. */
export interface Response {
  statusCode: number
  readonly destroyed: boolean
  readonly headersSent: boolean
  readonly setHeader: (name: string, value: string) => unknown
  readonly end: (body: string) => unknown
}

/**
 * A request of Node's. What has been read of it is looked for in `kept`; `advice` says how to keep the bytes, for when
 * something read them and kept none.
 */
export const incoming = (request: Request, advice: string, kept: Kept = request): Webhook.Incoming => ({
  method: request.method ?? "",
  path: request.originalUrl ?? request.url,
  signature: signatureOf(request.headers),
  read: (limit) =>
    readKept(kept, limit, () => {
      if (request.readableDidRead || request.readableEnded) return parsed(advice)
      if (request.destroyed) return broken
      if (Number(request.headers["content-length"] ?? 0) > limit) return tooLarge
      return readStream(request, limit)
    })
})

/** The signature that a request has. */
export const signatureOf = (headers: Headers): string | undefined => {
  const signature = headers[Signature.signatureHeader]
  return typeof signature === "string" ? signature : undefined
}

/** The bytes that were kept, and otherwise those of another source. */
export const readKept = (
  { body, rawBody }: Kept,
  limit: number,
  otherwise: () => Effect.Effect<Uint8Array, Webhook.UnreadableBody>
): Effect.Effect<Uint8Array, Webhook.UnreadableBody> => {
  const bytes = bytesOf(rawBody) ?? bytesOf(body)
  if (bytes === undefined) return otherwise()
  return bytes.length <= limit ? Effect.succeed(bytes) : tooLarge
}

const bytesOf = (value: unknown): Uint8Array | undefined => {
  if (value instanceof Uint8Array) return value
  return typeof value === "string" ? new TextEncoder().encode(value) : undefined
}

/** The body was read, and its bytes are gone. */
export const parsed = (advice: string) => Effect.suspend(() => new Webhook.UnreadableBody({ reason: "parsed", advice }))

const tooLarge = Effect.suspend(() => new Webhook.UnreadableBody({ reason: "tooLarge" }))

const broken = Effect.suspend(() => new Webhook.UnreadableBody({ reason: "broken" }))

// By listeners: every webhook comes through here, and an effect of a few callbacks costs a fraction of a Stream.
const readStream = (request: Request, limit: number) =>
  Effect.async<Uint8Array, Webhook.UnreadableBody>((resume) => {
    const gathered = Bytes.gather(limit)
    const finish = (result: Effect.Effect<Uint8Array, Webhook.UnreadableBody>) => {
      stop()
      resume(result)
    }
    const onData = (chunk: unknown) => {
      gathered.add(bytesOf(chunk) ?? new Uint8Array())
      // Some of what is beyond the limit is read and forgotten: most clients read an answer only when they have sent all.
      if (gathered.size() > 8 * limit) finish(tooLarge)
    }
    const onEnd = () => {
      const bytes = gathered.take()
      finish(bytes === undefined ? tooLarge : Effect.succeed(bytes))
    }
    const onBroken = () => finish(broken)
    const stop = () => {
      request.removeListener("data", onData)
      request.removeListener("end", onEnd)
      request.removeListener("error", onBroken)
      request.removeListener("close", onBroken)
    }
    request.on("data", onData)
    request.on("end", onEnd)
    request.on("error", onBroken)
    request.on("close", onBroken)
    // Nothing interrupts a request, and `end` or `close` would come anyway: to be prepared for it costs as much as to read.
  })

/** The headers of an answer, and of what is done with the connection of its request. */
export const headersOf = ({ body, headers }: Webhook.Answer, request?: Request): Readonly<Record<string, string>> => {
  const typed = body === "" ? headers : { "content-type": "text/plain; charset=utf-8", ...headers }
  return request !== undefined && isGivenUp(request) ? { connection: "close", ...typed } : typed
}

// What is left of a body that was given up, or never looked at, may have no end. HTTP/2 has no such header, and ends the
// stream by itself.
const isGivenUp = ({ complete, headers, httpVersionMajor, readableDidRead }: Request): boolean =>
  httpVersionMajor < 2 && !complete && (readableDidRead || headers["transfer-encoding"] !== undefined)

/** Writes an answer, unless something else has answered or nobody is there any more. */
export const respond = (request: Request, response: Response, answer: Webhook.Answer): void => {
  if (response.headersSent || response.destroyed) return
  response.statusCode = answer.status
  for (const [name, value] of Object.entries(headersOf(answer, request))) response.setHeader(name, value)
  response.end(answer.body)
}
