import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as LineClient from "line-effect/LineClient"

/** What a scripted LINE does with one request. */
export type Step =
  | {
      readonly _tag: "Answer"
      readonly status: number
      readonly body?: string
      readonly headers?: Record<string, string>
    }
  | { readonly _tag: "Fail"; readonly cause: unknown }
  | { readonly _tag: "Hang" }
  | { readonly _tag: "BreakBody"; readonly status: number }
  | { readonly _tag: "StallBody"; readonly status: number }

export const answer = (status: number, body: unknown = {}, headers: Record<string, string> = {}): Step => ({
  _tag: "Answer",
  status,
  body: typeof body === "string" ? body : JSON.stringify(body),
  headers: { "x-line-request-id": `request-${status}`, ...headers }
})

export const refused: Step = {
  _tag: "Fail",
  cause: Object.assign(new TypeError("fetch failed"), {
    cause: Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED", syscall: "connect" })
  })
}

export const reset: Step = {
  _tag: "Fail",
  cause: Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", syscall: "read" })
}

export const hang: Step = { _tag: "Hang" }

/** A request as it left, with the time of day at which it did. */
export interface Sent {
  readonly at: number
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

export interface Transport {
  readonly httpClient: HttpClient.HttpClient
  readonly sent: Array<Sent>
  /** The number of requests that were aborted before their answer. */
  readonly aborted: () => number
}

const bodyOf = (request: HttpClientRequest.HttpClientRequest): string | undefined => {
  switch (request.body._tag) {
    case "Raw":
      return String(request.body.body)
    case "Uint8Array":
      return new TextDecoder().decode(request.body.body)
    default:
      return undefined
  }
}

/** An HttpClient that does one step of the script with each request, and the last one with all that follow. */
export const make = (script: ReadonlyArray<Step>): Transport => {
  const sent: Array<Sent> = []
  let aborted = 0
  const httpClient = HttpClient.make((request, url, signal) =>
    Effect.flatMap(Clock.currentTimeMillis, (at) => {
      const step = script[Math.min(sent.length, script.length - 1)] ?? hang
      sent.push({ at, method: request.method, url: url.href, headers: { ...request.headers }, body: bodyOf(request) })
      signal.addEventListener("abort", () => aborted++, { once: true })
      switch (step._tag) {
        case "Hang":
          return Effect.never
        case "Fail":
          return new HttpClientError.RequestError({ request, reason: "Transport", cause: step.cause })
        case "BreakBody": {
          const broken = new ReadableStream({
            start: (controller) => controller.error(Object.assign(new Error("terminated"), { code: "UND_ERR_SOCKET" }))
          })
          return Effect.succeed(HttpClientResponse.fromWeb(request, new Response(broken, { status: step.status })))
        }
        case "StallBody": {
          const response = new Response(new ReadableStream({}), { status: step.status })
          return Effect.succeed(HttpClientResponse.fromWeb(request, response))
        }
        case "Answer": {
          const body = step.status === 204 ? null : step.body
          const init = { status: step.status, headers: step.headers ?? {} }
          return Effect.succeed(HttpClientResponse.fromWeb(request, new Response(body ?? null, init)))
        }
      }
    })
  )
  return { httpClient, sent, aborted: () => aborted }
}

export const token = "s3cr3t-channel-access-token"

/** A client over a scripted LINE. */
export const client = (
  transport: Transport,
  options: Partial<LineClient.Options> = {}
): Layer.Layer<LineClient.LineClient> =>
  LineClient.layer({ channelAccessToken: Redacted.make(token), ...options }).pipe(
    Layer.provide(Layer.succeed(HttpClient.HttpClient, transport.httpClient))
  )

/** Runs an effect to its end by moving the test clock from each sleep to the next. */
export const drive = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(effect)
    while (true) {
      // Lets the fiber run until it waits.
      for (let turn = 0; turn < 20; turn++) yield* Effect.yieldNow()
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      const exit = yield* Fiber.poll(fiber)
      if (Option.isSome(exit)) return yield* exit.value
      // What sleeps without end is what something else ends.
      const sleeps = [...(yield* TestClock.sleeps())].filter((until) => until < Infinity)
      if (sleeps.length > 0) yield* TestClock.setTime(Math.min(...sleeps))
    }
  })

/** Runs a call over a scripted LINE: how it ends, and the requests that it makes, each in one line as well. */
export const run = <A, E>(
  call: Effect.Effect<A, E, LineClient.LineClient>,
  script: ReadonlyArray<Step>,
  options: Partial<LineClient.Options> = {}
) => {
  const transport = make(script)
  return drive(Effect.either(call)).pipe(
    Effect.provide(client(transport, options)),
    Effect.map((result) => ({ result, sent: transport.sent, requests: transport.sent.map(line) }))
  )
}

const line = ({ body, method, url }: Sent): string =>
  [method, url.replace("https://api.line.me", ""), ...(body === undefined ? [] : [body])].join(" ")
