/**
 * Serves the control API and the page of an emulator. Both are for this machine: a request that another site's page has
 * a browser make is refused, and so is one under a name that is not this server's own.
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpServer from "@effect/platform/HttpServer"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Service } from "../Emulator.js"
import { Mistake } from "./Act.js"
import * as ControlApi from "./ControlApi.js"
import { Fault } from "./Fault.js"
import type * as Overview from "./Overview.js"
import * as Page from "./PageFiles.js"
import { routes } from "./Platform.js"
import * as WallClock from "./WallClock.js"

/** A request to the server, and the address at which it came in. */
export interface Local {
  readonly request: Request
  /** The address of this end of the connection. */
  readonly address: string
  /** The name or address that the server was told to listen at. */
  readonly host: string
}

/** Answers requests for the emulator itself, until the scope closes. */
export const make = (line: Service): Effect.Effect<(local: Local) => Promise<Response>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const api = HttpApiBuilder.api(ControlApi.ControlApi).pipe(Layer.provide(commands(line)))
    // It is of the same time here as in the emulator.
    const clock = Layer.setClock(yield* Effect.clock)
    const { handler } = yield* Effect.acquireRelease(
      Effect.sync(() =>
        HttpApiBuilder.toWebHandler(Layer.mergeAll(api, HttpServer.layerContext, clock), { middleware: explain })
      ),
      ({ dispose }) => Effect.promise(dispose)
    )
    const runtime = yield* Effect.runtime()
    return async ({ address, host, request }) => {
      const refusal = refusalOf(request, address, host)
      if (refusal !== undefined) return json(403, { message: refusal })
      const { pathname } = new URL(request.url)
      const raw = request.method === "GET" ? route(line, runtime, pathname) : undefined
      if (raw !== undefined) return raw
      return pathname.startsWith(`${ControlApi.base}/api/`) ? worded(await handler(request)) : Page.respond(pathname)
    }
  })

/** Tells whoever runs the emulator what it did wrong, and the caller too. */
const explain = (app: HttpApp.Default): HttpApp.Default =>
  Effect.catchAllDefect(app, (defect) =>
    Effect.zipRight(
      Effect.logError("A command could not be carried out", defect),
      Effect.succeed(HttpServerResponse.unsafeJson({ message: String(defect) }, { status: 500 }))
    )
  )

/** An answer with words in it, where the server beneath has said nothing but a status. */
const worded = (answer: Response): Response =>
  answer.ok || answer.headers.has("content-type")
    ? answer
    : json(answer.status, { message: words[answer.status] ?? "The emulator failed: its log may say more" })

const words: Readonly<Record<number, string>> = { 400: "The body is no JSON", 404: "Not found" }

const json = (status: number, body: unknown): Response =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } })

/** Whether a browser says that it asks for a page of another site, or of another port of this machine. */
export const isOfOtherSite = (site: unknown): boolean => site === "cross-site" || site === "same-site"

/** Why a request is not one of this machine's own, if it is not. */
const refusalOf = ({ headers, method, url }: Request, address: string, host: string): string | undefined => {
  const { hostname, host: authority, origin } = new URL(url)
  // A page of another site whose name was made to lead here still asks under that name.
  const own = ["localhost", "127.0.0.1", "[::1]", bracketed(address), bracketed(host)]
  if (!own.includes(hostname)) return `this emulator does not answer to the name ${authority}`
  const from = headers.get("origin")
  if (isOfOtherSite(headers.get("sec-fetch-site")) || (from !== null && from !== origin))
    return "requests of other sites' pages are refused"
  const type = headers.get("content-type")
  // What a form of another site can send without asking is not JSON.
  return method === "POST" && type !== null && !/^application\/json\b/i.test(type)
    ? "the control API takes application/json"
    : undefined
}

/** An address as it is in a URL. A socket of both families says one of the old family in the form of the new one. */
const bracketed = (address: string): string => {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, "")
  return plain.includes(":") ? `[${plain}]` : plain
}

/** What is no JSON of a command: the changes as they come, and files. */
const route = (
  line: Service,
  runtime: Runtime.Runtime<never>,
  pathname: string
): Promise<Response> | Response | undefined => {
  const path = pathname.slice(`${ControlApi.base}/api/`.length)
  if (path === "changes") return changes(line, runtime)
  if (path === "openapi.json") return json(200, OpenApi.fromApi(ControlApi.ControlApi))
  const [, kind, id = ""] = /^(messages|rich-menus)\/([^/]+)\/(?:content|image)$/.exec(path) ?? []
  if (kind === undefined) return undefined
  const file = kind === "messages" ? line.content(id) : line.richMenuImage(id)
  return Runtime.runPromise(runtime)(Effect.map(file, fileResponse))
}

const fileResponse: (file: Option.Option<Overview.File>) => Response = Option.match({
  onNone: () => json(404, { message: "Not found" }),
  onSome: ({ bytes, contentType }) =>
    new Response(Uint8Array.from(bytes), {
      headers: {
        "content-type": contentType,
        // What a user sends is not of this page.
        "content-security-policy": "sandbox; default-src 'none'",
        "x-content-type-options": "nosniff"
      }
    })
})

// Also tells the other end that it is connected, and still is.
const alive = Stream.as(Stream.tick("15 seconds"), ": alive\n\n")

const changes = (line: Service, runtime: Runtime.Runtime<never>): Response => {
  const encode = Schema.encodeSync(ControlApi.ChangeEvent)
  const events = line.changes.pipe(
    Stream.map((change) => `data: ${JSON.stringify(encode(change))}\n\n`),
    Stream.merge(alive),
    Stream.encodeText
  )
  return new Response(Stream.toReadableStreamRuntime(events, runtime), {
    headers: { "content-type": "text/event-stream", "cache-control": "no-store" }
  })
}

const commands = (line: Service) =>
  HttpApiBuilder.group(ControlApi.ControlApi, "commands", (handlers) =>
    handlers
      .handle("overview", () => line.overview)
      .handle("act", ({ payload }) => line.act(payload))
      .handle("send", ({ payload }) => Effect.flatMap(typed(payload.events), line.send))
      .handle("deliver", ({ payload: { body, ...options } }) => line.deliver(body, options))
      .handle("redeliver", ({ payload }) =>
        line.deliveries.pipe(
          Effect.map((deliveries) => deliveries.find(({ sequence }) => sequence === payload.sequence)),
          Effect.filterOrFail(
            (delivery) => delivery !== undefined,
            () => new Mistake({ message: `There is no webhook ${payload.sequence}` })
          ),
          Effect.flatMap(line.redeliver)
        )
      )
      .handle("fault", ({ payload: { accept, fault, ...options } }) => {
        const { operation } = options
        return operation === undefined || routes.some(({ operationId }) => operationId === operation)
          ? Effect.as(line.fault(typeof fault === "string" ? presets[fault](accept) : fault, options), {})
          : new Mistake({ message: `LINE has no operation ${operation}` })
      })
      .handle("faultWebhook", ({ payload: { fault, ...options } }) => Effect.as(line.faultWebhook(fault, options), {}))
      .handle("clearFaults", () => Effect.as(line.clearFaults, {}))
      .handle("reset", () => Effect.as(line.reset, {}))
      .handle("settled", () => Effect.as(line.settled, {}))
      .handle("requests", ({ urlParams: { after, answered, last, operation, wait } }) =>
        Effect.map(
          awaiting(line, wait, line.requests, ({ operationId, sequence, status }) => {
            const isListed = status !== undefined || !answered
            return sequence > after && isListed && (operation === undefined || operationId === operation)
          }),
          newest(last)
        )
      )
      .handle("deliveries", ({ urlParams: { after, last, wait } }) =>
        Effect.map(
          awaiting(line, wait, line.deliveries, ({ sequence }) => sequence > after),
          newest(last)
        )
      )
      .handle("chat", ({ path }) => line.chat(path.chatId))
      .handle("messages", ({ path, urlParams: { after, wait } }) =>
        Effect.gen(function* () {
          const chat = yield* line.chat(path.chatId)
          // A reset in the meantime takes the chat away.
          const awaited = Effect.catchAllDefect(line.awaitMessages(chat, after), () => line.chat(path.chatId))
          if (wait > 0) yield* WallClock.within(wait, awaited)
          return (yield* line.messages(chat)).slice(after)
        })
      )
  )

/** The last entries of a log, all of them unless told otherwise. */
const newest =
  (last: number | undefined) =>
  <A>(entries: ReadonlyArray<A>): ReadonlyArray<A> =>
    last === undefined ? entries : entries.slice(-last)

const typed = (events: ReadonlyArray<Readonly<Record<string, unknown>>>) =>
  Effect.forEach(events, ({ type, ...event }) =>
    typeof type === "string" ? Effect.succeed({ ...event, type }) : new Mistake({ message: "An event has a type" })
  )

const presets: Readonly<
  Record<"serverError" | "drop" | "refuse" | "rateLimited" | "quotaExceeded", (accept?: "before" | "after") => Fault>
> = {
  serverError: (accept = "before") => Fault.serverError({ accept }),
  drop: (accept = "before") => Fault.drop({ accept }),
  refuse: () => Fault.refuse,
  rateLimited: () => Fault.rateLimited,
  quotaExceeded: () => Fault.quotaExceeded
}

/** The entries of a log that are wanted, of which there is at least one if the wait is long enough. */
const awaiting = <A>(
  line: Service,
  wait: number,
  log: Effect.Effect<ReadonlyArray<A>>,
  isWanted: (entry: A) => boolean
): Effect.Effect<ReadonlyArray<A>> => {
  const wanted = Effect.map(log, (entries) => entries.filter(isWanted))
  const some = Effect.filterOrFail(wanted, ({ length }) => length > 0)
  if (wait === 0) return wanted
  return Effect.orElse(some, () =>
    line.changes.pipe(
      // The first says that the others are heard: nothing comes between unseen.
      Stream.mapEffect(() => Effect.option(some)),
      Stream.filterMap((found) => found),
      Stream.runHead,
      (found) => WallClock.within(wait, found),
      Effect.map((found) => Option.getOrElse(Option.flatten(found), () => []))
    )
  )
}
