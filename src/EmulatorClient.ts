/**
 * An emulator that runs in another process, as if it ran in this one: the service `Emulator.Emulator`, over the control
 * API of an emulator that is served. A test that needs the service runs against both.
 *
 * Users and chats are plain values here, and their ID is what counts. A function cannot be the target of webhooks: the
 * bot has a URL, that the emulator can reach.
 *
 * @example
 * ```ts
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Emulator from "line-effect/Emulator"
 * import * as EmulatorClient from "line-effect/EmulatorClient"
 *
 * const line = EmulatorClient.layer({ url: "http://127.0.0.1:8080" }).pipe(Layer.provide(FetchHttpClient.layer))
 *
 * const greeted = Effect.gen(function* () {
 *   const line = yield* Emulator.Emulator
 *   const user = yield* line.addUser({ displayName: "Mika" })
 *   yield* line.say(user, "hello")
 *   return yield* line.awaitMessages(user, 1)
 * }).pipe(Effect.provide(line))
 * ```
 *
 * @since 0.1.0
 */
import * as HttpApiClient from "@effect/platform/HttpApiClient"
import type * as HttpApiError from "@effect/platform/HttpApiError"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type { HttpMethod } from "@effect/platform/HttpMethod"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Struct from "effect/Struct"
import * as Emulator from "./Emulator.js"
import * as Acting from "./emulator/Acting.js"
import * as ControlApi from "./emulator/ControlApi.js"
import * as InProcess from "./emulator/InProcess.js"
import { chatId } from "./emulator/World.js"

/**
 * No emulator answers at a URL. The reason says what is there instead.
 *
 * @since 0.1.0
 * @category errors
 */
export class Unreachable extends Data.TaggedError("LineEmulatorUnreachable")<{
  readonly url: string
  readonly reason: string
}> {
  override get message(): string {
    return `no emulator answers at ${this.url}: ${this.reason}. Start one there, or correct the URL`
  }
}

/**
 * Where the emulator is.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The URL that it is served at, such as `http://127.0.0.1:8080`. */
  readonly url: string
}

/**
 * The emulator at a URL. A control API that fails later is a defect, which says what has happened; requests for LINE fail
 * as they do where LINE cannot be reached.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<Emulator.Service, Unreachable, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const url = options.url.replace(/\/+$/, "")
    const client = HttpClient.withTracerPropagation(yield* HttpClient.HttpClient, false)
    const commands = yield* HttpApiClient.makeWith(ControlApi.ControlApi, { httpClient: client, baseUrl: url })
    const { channel } = yield* commands
      .overview({})
      .pipe(Effect.catchAll((error) => Effect.flatMap(reasonOf(error), (reason) => new Unreachable({ url, reason }))))
    return serviceOf({ url, client, commands, channel })
  })

interface Connection {
  readonly url: string
  readonly client: HttpClient.HttpClient
  readonly commands: HttpApiClient.Client<typeof ControlApi.Commands, HttpApiError.HttpApiDecodeError, never>
  readonly channel: Emulator.Channel
}

const serviceOf = (connection: Connection): Emulator.Service => {
  const { channel, commands } = connection
  const ask = asking(connection)
  const handle = forwardTo(connection)
  const chat = (id: string) => failing(connection, commands.chat({ path: { chatId: encodeURIComponent(id) } }))
  const messages = (chat: Emulator.Chat, after: number, wait: number) =>
    ask(commands.messages({ path: { chatId: encodeURIComponent(chatId(chat)) }, urlParams: { after, wait } }))
  return {
    channel,
    httpClient: InProcess.make(handle),
    handle,
    ...Acting.make({
      act: (act) =>
        // An act is one of the acts: TypeScript does not put a union of payloads into one.
        failing(connection, commands.act<false>({ payload: act } as Parameters<typeof commands.act<false>>[0])),
      idOf: chatId,
      chat,
      setHandler: () =>
        Effect.dieMessage(
          `the emulator at ${connection.url} is in another process: a function cannot be its webhook, give it a URL`
        )
    }),
    send: (events) => ask(commands.send({ payload: { events } })),
    deliver: (body, options = {}) => ask(commands.deliver({ payload: { body, ...options } })),
    redeliver: ({ sequence }) => ask(commands.redeliver({ payload: { sequence } })),
    fault: (fault, options = {}) => Effect.asVoid(ask(commands.fault({ payload: { fault, ...options } }))),
    faultWebhook: (fault, options = {}) =>
      Effect.asVoid(ask(commands.faultWebhook({ payload: { fault, ...options } }))),
    clearFaults: Effect.asVoid(ask(commands.clearFaults({}))),
    reset: Effect.asVoid(ask(commands.reset({}))),
    overview: ask(commands.overview({})),
    requests: ask(commands.requests({ urlParams: { after: 0, wait: 0, answered: false } })),
    chat,
    messages: (chat) => messages(chat, 0, 0),
    awaitMessages: (chat, after) =>
      messages(chat, after, longestWait).pipe(
        Effect.repeat({ until: ({ length }) => length > 0 }),
        Effect.zipRight(messages(chat, 0, 0))
      ),
    deliveries: ask(commands.deliveries({ urlParams: { after: 0, wait: 0 } })),
    content: (messageId) => fileAt(connection, `/messages/${encodeURIComponent(messageId)}/content`),
    richMenuImage: (richMenuId) => fileAt(connection, `/rich-menus/${encodeURIComponent(richMenuId)}/image`),
    changes: changesOf(connection),
    settled: Effect.asVoid(ask(commands.settled({})))
  }
}

// Before a proxy in between, or a transport, takes it for an end.
const longestWait = 20_000

/** A command whose mistakes are the program's to handle, and whose failures are defects. */
const failing = <A, E>({ url }: Connection, command: Effect.Effect<A, E>): Effect.Effect<A, Emulator.Mistake> =>
  Effect.catchAll(command, (error) =>
    error instanceof Emulator.Mistake ? error : Effect.flatMap(reasonOf(error), (reason) => lost(url, reason))
  )

/** A command whose mistakes are defects as well. */
const asking =
  (connection: Connection) =>
  <A, E>(command: Effect.Effect<A, E>): Effect.Effect<A> =>
    Acting.orDie(failing(connection, command))

const lost = (url: string, reason: string) => Effect.dieMessage(`the emulator at ${url} failed: ${reason}`)

/** What a person is told of a failure. */
const reasonOf = (error: unknown): Effect.Effect<string> => {
  if (error instanceof HttpClientError.RequestError) return Effect.succeed(innermost(error).message)
  if (error instanceof HttpClientError.ResponseError) {
    const { status } = error.response
    return error.response.text.pipe(
      Effect.map((text) => `it answers ${status} ${text.slice(0, 200)}`.trim()),
      Effect.orElseSucceed(() => `it answers ${status}`)
    )
  }
  return Effect.succeed(error instanceof Error ? error.message : String(error))
}

const innermost = (error: Error): Error => {
  const { cause } = error
  // Node tries several addresses of a name, and joins their errors into one without a message.
  const [inner] = cause instanceof AggregateError ? (cause.errors as ReadonlyArray<unknown>) : [cause]
  return inner instanceof Error ? innermost(inner) : error
}

/** Sends a request for LINE to the emulator. */
const forwardTo =
  ({ client, url }: Connection): Emulator.Service["handle"] =>
  ({ body, headers, method, path, query }) =>
    // Whatever the method, it goes over the wire as it is.
    HttpClientRequest.make(method as HttpMethod)(`${url}${path}${query.size === 0 ? "" : `?${query.toString()}`}`).pipe(
      HttpClientRequest.setHeaders(Struct.omit(headers, "host", "connection", "transfer-encoding")),
      (request) => (body.length === 0 ? request : HttpClientRequest.setBody(request, HttpBody.raw(body))),
      client.execute,
      Effect.flatMap((response) =>
        Effect.map(response.arrayBuffer, (bytes) => ({
          status: response.status,
          headers: Struct.omit(
            { ...response.headers },
            "connection",
            "keep-alive",
            "transfer-encoding",
            "content-length"
          ),
          body: new Uint8Array(bytes)
        }))
      ),
      Effect.mapError((error) => {
        const { code } = innermost(error) as NodeJS.ErrnoException
        return new Emulator.Disconnected({ code: code === "ECONNREFUSED" ? code : "ECONNRESET" })
      })
    )

const fileAt = (connection: Connection, path: string): Effect.Effect<Option.Option<Emulator.File>> =>
  connection.client.get(`${connection.url}${ControlApi.base}/api${path}`).pipe(
    Effect.flatMap((response) =>
      response.status === 404
        ? Effect.succeedNone
        : HttpClientResponse.filterStatusOk(response).pipe(
            Effect.flatMap(({ arrayBuffer }) => arrayBuffer),
            Effect.map((bytes) =>
              Option.some({ contentType: response.headers["content-type"] ?? "", bytes: new Uint8Array(bytes) })
            )
          )
    ),
    asking(connection)
  )

const decodeChange = Schema.decode(Schema.parseJson(ControlApi.ChangeEvent))

/** The changes until the stream is left. It does not connect again: what came meanwhile would be missing. */
const changesOf = ({ client, url }: Connection): Stream.Stream<Emulator.Change> =>
  client.get(`${url}${ControlApi.base}/api/changes`).pipe(
    Effect.flatMap(HttpClientResponse.filterStatusOk),
    HttpClientResponse.stream,
    Stream.decodeText(),
    Stream.splitLines,
    Stream.filterMap((line) => (line.startsWith("data: ") ? Option.some(line.slice(6)) : Option.none())),
    Stream.mapEffect(decodeChange),
    Stream.concat(Stream.fail(new Error("it has ended"))),
    Stream.catchAll((error) => Stream.fromEffect(Effect.flatMap(reasonOf(error), (reason) => lost(url, reason))))
  )

/**
 * The emulator at a URL, as a layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<Emulator.Emulator, Unreachable, HttpClient.HttpClient> =>
  Layer.effect(Emulator.Emulator, make(options))
