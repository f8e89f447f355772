import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberSet from "effect/FiberSet"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as LineClient from "line-effect/LineClient"
import * as Layer from "effect/Layer"
import type { Act } from "../../src/emulator/Act.js"
import * as Acts from "../../src/emulator/Acts.js"
import * as InProcess from "../../src/emulator/InProcess.js"
import type * as Model from "../../src/emulator/Model.js"
import * as Platform from "../../src/emulator/Platform.js"
import type { Event, Host } from "../../src/emulator/Wire.js"
import type { Delivery } from "line-effect/Emulator"
import * as Worlds from "../../src/emulator/World.js"

/** What a request may have, the right token and JSON unless set. */
export interface Call {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly host?: Host
}

/** A world, and those who act on it. */
export interface Line {
  readonly world: Worlds.World
  readonly httpClient: HttpClient.HttpClient
  /** A request as it comes off the wire, and its answer, read. */
  readonly call: (
    method: "GET" | "POST" | "PUT" | "DELETE",
    path: string,
    call?: Call
  ) => Effect.Effect<{ readonly status: number; readonly body: unknown }>
  /** A request whose body is a file. */
  readonly upload: (path: string, bytes: Uint8Array, contentType: string) => Effect.Effect<void>
  /** A person acts. Returns the ID of what was made. */
  readonly act: (act: Act) => Effect.Effect<string>
  readonly addUser: (options?: Model.UserOptions) => Effect.Effect<string>
  /** Everything that the bot was told of by calls of its own. */
  readonly events: Effect.Effect<ReadonlyArray<Event>>
}

/** A new world. */
export const make = (settings: Partial<Worlds.Settings> = {}): Effect.Effect<Line, never, Scope.Scope> =>
  Effect.gen(function* () {
    const fork = yield* FiberSet.makeRuntime<never, unknown>()
    const followUps = yield* FiberSet.make<Delivery>()
    const follow = yield* FiberSet.runtime(followUps)()
    const world = Worlds.make(
      {
        listeners: new Set(),
        fork: (effect) => void fork(effect),
        follow: (delivery) => follow(delivery),
        keep: undefined,
        broken: undefined
      },
      1,
      {
        quota: { type: "none" },
        verified: true,
        narrowcastMinimum: { reach: 0, recipients: 0 },
        rateLimits: false,
        ...settings
      },
      {}
    )
    const act = (act: Act) =>
      Effect.map(Worlds.now(world), (now) => Either.getOrThrow(Acts.perform(world, act, now)).id ?? "")
    return {
      world,
      httpClient: InProcess.make((request) => Platform.handle(world, request)),
      call: (method, path, { body, headers = {}, host = "any" } = {}) => {
        const url = new URL(path, "https://line")
        return Platform.handle(world, {
          host,
          method,
          path: url.pathname,
          query: url.searchParams,
          headers: {
            authorization: `Bearer ${Redacted.value(world.channel.channelAccessToken)}`,
            ...(body === undefined ? {} : { "content-type": "application/json" }),
            ...headers
          },
          body: new TextEncoder().encode(
            body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body)
          )
        }).pipe(
          Effect.map((answer) => {
            const text = typeof answer.body === "string" ? answer.body : new TextDecoder().decode(answer.body)
            return { status: answer.status, body: text === "" ? undefined : (JSON.parse(text) as unknown) }
          }),
          Effect.orDie
        )
      },
      upload: (path, body, contentType) =>
        Effect.asVoid(
          Effect.orDie(
            Platform.handle(world, {
              host: "any",
              method: "POST",
              path,
              query: new URLSearchParams(),
              headers: {
                authorization: `Bearer ${Redacted.value(world.channel.channelAccessToken)}`,
                "content-type": contentType
              },
              body
            })
          )
        ),
      act,
      addUser: (options = {}) => act({ type: "addUser", ...options }),
      events: Effect.map(FiberSet.awaitEmpty(followUps), () => world.deliveries.flatMap(({ events }) => events))
    }
  })

/** Provides a client that speaks to a world. */
export const provide =
  ({ httpClient, world: { channel } }: Line) =>
  <A, E, R>(effect: Effect.Effect<A, E, R | LineClient.LineClient>) =>
    Effect.provide(
      effect,
      LineClient.layer({ channelAccessToken: channel.channelAccessToken }).pipe(
        Layer.provide(Layer.succeed(HttpClient.HttpClient, httpClient))
      )
    )
