/**
 * `line-effect listen`: takes the webhooks that a tunnel brings, and passes them on to the bot as they are.
 */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import * as Http from "node:http"
import * as Https from "node:https"
import type { AddressInfo } from "node:net"
import { buffer } from "node:stream/consumers"
import * as Signature from "../Signature.js"
import * as Advice from "./Advice.js"
import * as Emulator from "./Emulator.js"
import type { Failure } from "./Failure.js"
import type * as Help from "./Help.js"
import * as Input from "./Input.js"
import * as Output from "./Output.js"
import * as Progress from "./Progress.js"
import * as Running from "./Running.js"

const host = "127.0.0.1"

const options = {
  forwardTo: Options.text("forward-to").pipe(
    Options.withPseudoName("url"),
    Options.withDescription("Where the bot takes webhooks, such as http://localhost:3000/callback.")
  ),
  port: Emulator.port("The port that the tunnel leads to, 4401 unless set; 0 for any that is free.", 4401),
  secretFile: Options.text("secret-file").pipe(
    Options.withPseudoName("file"),
    Options.withDescription(
      "A file with the channel secret, instead of LINE_CHANNEL_SECRET, to verify signatures with."
    ),
    Options.optional
  ),
  json: Output.json
}

type Given = Command.Command.ParseConfig<typeof options>

/** The help. */
export const pages = {
  listen: {
    summary: "Takes the webhooks that a tunnel brings, shows them, and passes them on to the bot as they are.",
    examples: [
      "line-effect listen --forward-to http://localhost:3000/callback",
      "LINE_CHANNEL_SECRET=… line-effect listen --port 8080 --forward-to http://localhost:3000/callback"
    ]
  }
} satisfies Help.Pages

/** The command. */
export const command = Command.make("listen", options, (given) =>
  Output.reporting(given.json)(Effect.scoped(run(given)))
).pipe(Command.withDescription(pages.listen.summary))

const run = (given: Given): Effect.Effect<void, Failure, Scope.Scope> =>
  Effect.gen(function* () {
    const target = yield* Emulator.webhookUrl(given.forwardTo)
    const secret = yield* secretOf(given)
    const port = yield* serve(given.port, (request, response) =>
      pass({ json: given.json, secret, target }, request, response)
    )
    const url = `http://${host}:${port}`
    const verified =
      secret === undefined ? "Signatures are not verified: LINE_CHANNEL_SECRET is not set." : "Signatures are verified."
    yield* Output.print(
      given.json,
      { _tag: "Ready", url, forwardTo: target },
      `Webhooks that come to ${url} go to ${target}. Let a tunnel lead there. Ctrl-C ends it.`
    )
    yield* Console.error(verified)
    yield* Running.untilStopped
  })

const secretOf = ({ secretFile }: Given): Effect.Effect<Redacted.Redacted | undefined, Failure> =>
  Option.match(secretFile, {
    onSome: Input.secret,
    onNone: () =>
      Config.option(Config.redacted(Config.nonEmptyString("LINE_CHANNEL_SECRET"))).pipe(
        Effect.map(Option.getOrUndefined),
        Effect.orElseSucceed(() => undefined)
      )
  })

type Handler = (request: Http.IncomingMessage, response: Http.ServerResponse) => Effect.Effect<void>

const serve = (port: number, handle: Handler): Effect.Effect<number, Failure, Scope.Scope> =>
  Effect.gen(function* () {
    const runFork = Runtime.runFork(yield* Effect.runtime<never>())
    const server = yield* Effect.acquireRelease(
      Effect.sync(() => Http.createServer()),
      (server) =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        })
    )
    server.on("request", (request, response) => {
      const fiber = runFork(handle(request, response))
      response.once("close", () => fiber.unsafeInterruptAsFork(FiberId.none))
    })
    yield* Effect.async<void, Failure>((resume) => {
      server.once("error", (error) => resume(Emulator.portFailure({ host, port }, error)))
      server.listen(port, host, () => resume(Effect.void))
    })
    const address: AddressInfo | string | null = server.address()
    return typeof address === "object" && address !== null ? address.port : port
  })

interface Passing {
  readonly json: boolean
  readonly secret: Redacted.Redacted | undefined
  readonly target: string
}

/** A webhook that was passed on, as it is shown. */
export interface Passed {
  readonly timestamp: number
  readonly method: string
  readonly body: string
  /** Whether the signature is right, or why not; `undefined` where there is no secret. */
  readonly signature: "valid" | Signature.InvalidSignature["reason"] | undefined
  readonly status: number | undefined
  readonly duration: number
  readonly reason: Advice.Reason | undefined
  readonly detail: string | undefined
}

/** How long LINE waits for the bot, in milliseconds. */
const patience = 2000

const pass = (
  { json, secret, target }: Passing,
  request: Http.IncomingMessage,
  response: Http.ServerResponse
): Effect.Effect<void> =>
  Effect.gen(function* () {
    const body = yield* Effect.promise(() => buffer(request))
    const timestamp = yield* Clock.currentTimeMillis
    const signature = secret === undefined ? undefined : yield* check(request, body, secret)
    const forwarded = yield* Effect.fork(Effect.either(forward(target, request, body)))
    const inTime = yield* Effect.timeoutOption(Fiber.join(forwarded), patience)
    const duration = (yield* Clock.currentTimeMillis) - timestamp
    const method = request.method ?? ""
    const passed: Passed = { timestamp, method, body: body.toString(), signature, duration, ...outcomeOf(inTime) }
    yield* Output.print(json, passed, format(passed, target))
    // LINE has gone by now if it was too late; who tries by hand has not.
    answer(response, yield* Fiber.join(forwarded), target)
  }).pipe(
    // Whoever sent it has gone.
    Effect.catchAllCause(() => Effect.sync(() => void response.destroy()))
  )

const answer = (response: Http.ServerResponse, answer: Either.Either<Answer, Error>, target: string): void => {
  if (Either.isRight(answer)) {
    response.writeHead(answer.right.status, answer.right.headers)
    response.end(answer.right.body)
  } else {
    response.writeHead(502, { "content-type": "text/plain" })
    response.end(`the bot at ${target} cannot be reached\n`)
  }
}

const check = (request: Http.IncomingMessage, body: Uint8Array, channelSecret: Redacted.Redacted) => {
  const header = request.headers[Signature.signatureHeader]
  const signature = Array.isArray(header) ? header[0] : header
  return Signature.verify({ body, signature, channelSecret }).pipe(
    Effect.as("valid" as const),
    Effect.catchAll(({ reason }) => Effect.succeed(reason))
  )
}

interface Answer {
  readonly status: number
  readonly headers: Array<string>
  readonly body: Buffer
}

// What is about one connection, and not about the webhook.
const ofConnection = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade", "proxy-connection", "te"])

/** The headers as they came, names and order included. */
const headersOf = (raw: ReadonlyArray<string>): Array<string> =>
  raw.flatMap((name, index) => {
    if (index % 2 === 1 || ofConnection.has(name.toLowerCase())) return []
    return [name, raw[index + 1] ?? ""]
  })

const forward = (target: string, incoming: Http.IncomingMessage, body: Buffer): Effect.Effect<Answer, Error> =>
  Effect.async((resume) => {
    const { request } = target.startsWith("https:") ? Https : Http
    // What came in pieces goes as one.
    const length = incoming.headers["content-length"] === undefined ? ["content-length", String(body.length)] : []
    const headers = [...headersOf(incoming.rawHeaders), ...length]
    // A connection of its own: one that is kept would break with each restart of the bot.
    const options = { method: incoming.method ?? "POST", headers, agent: false }
    const outgoing = request(target, options, (response) => {
      buffer(response).then(
        (body) =>
          resume(Effect.succeed({ status: response.statusCode ?? 0, headers: headersOf(response.rawHeaders), body })),
        (error: Error) => resume(Effect.fail(error))
      )
    })
    outgoing.once("error", (error) => resume(Effect.fail(error)))
    outgoing.end(body)
    return Effect.sync(() => void outgoing.destroy())
  })

type Outcome = Pick<Passed, "status" | "reason" | "detail">

const outcomeOf = (answer: Option.Option<Either.Either<Answer, Error>>): Outcome => {
  const nothing = { status: undefined, reason: undefined, detail: undefined }
  if (Option.isNone(answer)) return { ...nothing, reason: "request_timeout" }
  if (Either.isLeft(answer.value)) {
    const error = answer.value.left
    // Where a name has several addresses, only the code tells.
    const code = "code" in error ? String(error.code) : ""
    return { ...nothing, reason: "could_not_connect", detail: error.message === "" ? code : error.message }
  }
  const { status } = answer.value.right
  return { ...nothing, status, reason: status >= 200 && status < 300 ? undefined : "error_status_code" }
}

/** What a person is told of a webhook that was passed on. */
export const format = (passed: Passed, url: string): string => {
  const { body, detail, duration, method, reason, signature, status, timestamp } = passed
  const outcome =
    reason === undefined ? `answered ${status} in ${duration} ms` : Advice.explain(reason, { url, status, detail })
  const warning = signature === undefined || signature === "valid" ? [] : [`          ${warnings(signature)}`]
  const what = method === "POST" ? Progress.describe(Progress.eventsOf(body)) : `a ${method}, which LINE does not send`
  return [`${Progress.clock(timestamp)}  LINE -> bot  ${what}: ${outcome}`, ...warning].join("\n")
}

const warnings = (reason: Signature.InvalidSignature["reason"]): string =>
  new Signature.InvalidSignature({ reason }).message
