/**
 * A LINE platform in your process: users who write to the bot, webhooks that they cause, and the API that the bot
 * calls, with LINE's rules for tokens, retry keys, quotas and errors. Nothing of it needs a LINE account or the
 * internet, and the same program meets the same world: IDs come from a seed and time from `Clock`.
 *
 * It answers as an `HttpClient`, without a socket ({@link layerHttpClient}), or on a port of this machine to a bot in
 * any language ({@link serve}).
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Emulator from "line-effect/Emulator"
 *
 * const conversation = Effect.gen(function* () {
 *   const line = yield* Emulator.Emulator
 *   yield* line.setWebhook("http://127.0.0.1:3000/webhook")
 *   const user = yield* line.addUser({ displayName: "Mika" })
 *   yield* line.say(user, "hello")
 *   return yield* line.messages(user)
 * }).pipe(Effect.provide(Emulator.layer()))
 * ```
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Acts from "./emulator/Acts.js"
import type { Fault } from "./emulator/Fault.js"
import * as InProcess from "./emulator/InProcess.js"
import * as Loopback from "./emulator/Loopback.js"
import type {
  Channel,
  Chat,
  ChatMessage,
  Group,
  IncomingMessage,
  PublicJwk,
  Quota,
  RequestRecord,
  Room,
  User,
  UserOptions
} from "./emulator/Model.js"
import * as Platform from "./emulator/Platform.js"
import * as Tokens from "./emulator/Tokens.js"
import * as Webhook from "./emulator/Webhook.js"
import type { Disconnected, WireRequest, WireResponse } from "./emulator/Wire.js"
import * as World from "./emulator/World.js"

export { type Accept, Fault } from "./emulator/Fault.js"
export { ServeError } from "./emulator/Loopback.js"
export type {
  Channel,
  Chat,
  ChatMessage,
  Content,
  Demographics,
  Group,
  IncomingMessage,
  Preparation,
  PublicJwk,
  Quota,
  RequestRecord,
  Room,
  User,
  UserOptions
} from "./emulator/Model.js"
export type { Delivery, Outcome, Target } from "./emulator/Webhook.js"
export { Disconnected, type Event, type Host, type WireRequest, type WireResponse } from "./emulator/Wire.js"

/**
 * A LINE platform.
 *
 * A user or chat of another emulator (or a copy: it is the value that counts, not its ID), a user who is not in the chat
 * they write in, or one who writes to the bot while blocking it, is a mistake in the program, and dies.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly channel: Channel
  /** Speaks to this LINE, without a socket. It knows LINE's own hosts and no other. */
  readonly httpClient: HttpClient.HttpClient
  /** Answers a request as it comes off the wire: the base of every transport. */
  readonly handle: (request: WireRequest) => Effect.Effect<WireResponse, Disconnected>

  /** Adds a user, who is a friend of the bot unless told otherwise. No event tells the bot. */
  readonly addUser: (options?: UserOptions) => Effect.Effect<User>
  /** Adds a group of users, without the bot: `join` invites it. */
  readonly addGroup: (options: {
    readonly name?: string
    readonly members: ReadonlyArray<User>
  }) => Effect.Effect<Group>
  /** Adds a room of users, without the bot: `join` invites it. */
  readonly addRoom: (options: { readonly members: ReadonlyArray<User> }) => Effect.Effect<Room>

  /**
   * Registers a public key for assertions, as in LINE's console, and returns the `kid` it gets. What the console refuses
   * is a mistake in the program, and dies: a key that is not RSA with 2048 bits, without `alg: "RS256"`, without
   * `use: "sig"` or `key_ops: ["verify"]`, or with a `kid`.
   */
  readonly registerAssertionKey: (jwk: PublicJwk) => Effect.Effect<string>

  /** Where webhooks go from now on; `undefined` for nowhere. */
  readonly setWebhook: (target: Webhook.Target | undefined) => Effect.Effect<void>
  /** A user writes to the bot, or in a chat. The delivery has the reply token, whether or not a webhook is set. */
  readonly say: (
    user: User,
    message: string | IncomingMessage,
    options?: { readonly in?: Group | Room }
  ) => Effect.Effect<Webhook.Delivery>
  /** A user taps something that posts data back. */
  readonly postback: (
    user: User,
    data: string,
    options?: { readonly params?: Readonly<Record<string, string>>; readonly in?: Group | Room }
  ) => Effect.Effect<Webhook.Delivery>
  /** The sender of a message takes it back. */
  readonly unsend: (messageId: string) => Effect.Effect<Webhook.Delivery>
  /** A user adds the bot as a friend, or unblocks it. */
  readonly follow: (user: User) => Effect.Effect<Webhook.Delivery>
  /** A user blocks the bot. */
  readonly unfollow: (user: User) => Effect.Effect<Webhook.Delivery>
  /** The bot is invited to a chat. Nothing happens if it is there already. */
  readonly join: (chat: Group | Room) => Effect.Effect<Webhook.Delivery>
  /** The bot is removed from a chat. Nothing happens if it is not there. */
  readonly leave: (chat: Group | Room) => Effect.Effect<Webhook.Delivery>
  /** Users join a chat. The bot hears of it if it is there. */
  readonly memberJoined: (chat: Group | Room, users: ReadonlyArray<User>) => Effect.Effect<Webhook.Delivery>
  /** Users leave a chat. The bot hears of it if it is there. */
  readonly memberLeft: (chat: Group | Room, users: ReadonlyArray<User>) => Effect.Effect<Webhook.Delivery>
  /** Delivers events as they are, in one webhook: events of a kind that the emulator does not know, or none. */
  readonly send: (
    events: ReadonlyArray<{ readonly type: string; readonly [property: string]: unknown }>
  ) => Effect.Effect<Webhook.Delivery>
  /** Delivers a body as it is, signed with the channel secret unless a signature is given. */
  readonly deliver: (body: string, options?: { readonly signature?: string }) => Effect.Effect<Webhook.Delivery>

  /** Lets a fault happen to the next requests, one unless `times` is set, of any operation or one. */
  readonly fault: (
    fault: Fault,
    options?: { readonly operation?: string; readonly times?: number }
  ) => Effect.Effect<void>

  /** Every request of the bot, in order of arrival. */
  readonly requests: Effect.Effect<ReadonlyArray<RequestRecord>>
  /** A conversation, both sides, in order. */
  readonly messages: (chat: Chat) => Effect.Effect<ReadonlyArray<ChatMessage>>
  /** Every webhook, in the order of their ends. Where none was set, it is here as not sent. */
  readonly deliveries: Effect.Effect<ReadonlyArray<Webhook.Delivery>>
  /** Waits for the webhooks that follow from calls of the bot, such as `leave`: a call is answered before they end. */
  readonly settled: Effect.Effect<void>
}

/**
 * The emulator of a program.
 *
 * @since 0.1.0
 * @category services
 */
export class Emulator extends Context.Tag("line-effect/Emulator")<Emulator, Service>() {}

/**
 * What may be set about an emulator.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The seed of all IDs and tokens; the same one unless set. */
  readonly seed?: number
  /** Parts of the channel to have as given; the rest comes from the seed. */
  readonly channel?: Partial<Channel>
  /** The monthly limit of messages; none unless set. */
  readonly quota?: Quota
  /** Whether the account is verified or premium, and so may list its followers and members; true unless set. */
  readonly verified?: boolean
  /**
   * How many a narrowcast with a filter must select, and how many it must reach in the end. LINE demands 100 and 50;
   * here none unless set, so that a small world is enough. An audience of those who saw a message must have as many as
   * the latter; one of ids that were uploaded may be sent to however few they are.
   */
  readonly narrowcastMinimum?: { readonly reach: number; readonly recipients: number }
  /**
   * Whether requests beyond LINE's rate limits are refused; true unless set. A test clock that stands still refills no
   * bucket: without the limits a test may send thousands at one moment.
   */
  readonly rateLimits?: boolean
}

/**
 * A new emulator, with nobody in it but the bot. It delivers webhooks until the scope closes.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<Service, never, Scope.Scope> =>
  Effect.map(FiberSet.make<Webhook.Delivery, never>(), (followUps) => {
    const world = World.make(
      options.seed ?? 1,
      {
        quota: options.quota ?? { type: "none" },
        verified: options.verified ?? true,
        narrowcastMinimum: options.narrowcastMinimum ?? { reach: 0, recipients: 0 },
        rateLimits: options.rateLimits ?? true
      },
      options.channel ?? {}
    )
    const handle = (request: WireRequest) => Platform.handle(world, followUps, request)
    return {
      channel: world.channel,
      httpClient: InProcess.make(handle),
      handle,
      ...actsOf(world),
      fault: (fault, { operation, times = 1 } = {}) =>
        Effect.sync(() => {
          if (times > 0) world.faults.push({ fault, operation, remaining: times })
        }),
      requests: Effect.sync(() => world.requests.map((record) => ({ ...record }))),
      messages: (chat) => Acts.messages(world, chat),
      deliveries: Effect.sync(() => [...world.deliveries]),
      settled: FiberSet.awaitEmpty(followUps)
    }
  })

type Acting = Omit<
  Service,
  "channel" | "httpClient" | "handle" | "fault" | "requests" | "messages" | "deliveries" | "settled"
>

const actsOf = (world: World.World): Acting => ({
  addUser: (options = {}) => Acts.addUser(world, options),
  addGroup: ({ members, name = "Group" }) => Acts.addGroup(world, name, members),
  addRoom: ({ members }) => Acts.addRoom(world, members),
  registerAssertionKey: (jwk) =>
    Effect.suspend(() =>
      Either.match(Tokens.register(world, jwk), {
        onLeft: (reason) => Effect.dieMessage(`LINE's console refuses this key: ${reason}`),
        onRight: Effect.succeed
      })
    ),
  setWebhook: (target) => Effect.sync(() => void (world.webhook = target)),
  say: (user, message, options = {}) =>
    Acts.say(world, user, typeof message === "string" ? { type: "text", text: message } : message, options.in ?? user),
  postback: (user, data, options = {}) => Acts.postback(world, user, data, options.params, options.in ?? user),
  unsend: (messageId) => Acts.unsend(world, messageId),
  follow: (user) => Acts.follow(world, user),
  unfollow: (user) => Acts.unfollow(world, user),
  join: (chat) => Acts.join(world, chat),
  leave: (chat) => Acts.leave(world, chat),
  memberJoined: (chat, users) => Acts.memberJoined(world, chat, users),
  memberLeft: (chat, users) => Acts.memberLeft(world, chat, users),
  send: (events) =>
    Webhook.send(
      world,
      events.map((event) => ({ ...event }))
    ),
  deliver: (body, options = {}) => Webhook.deliver(world, body, [], options.signature)
})

/**
 * A new emulator as a layer: bind it to a name to share one.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<Emulator> => Layer.scoped(Emulator, make(options))

/**
 * The transport of a client that is to speak to the emulator.
 *
 * @example
 * ```ts
 * import * as Layer from "effect/Layer"
 * import * as Emulator from "line-effect/Emulator"
 *
 * const line = Emulator.layerHttpClient.pipe(Layer.provideMerge(Emulator.layer({ quota: { type: "limited", value: 200 } })))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerHttpClient: Layer.Layer<HttpClient.HttpClient, never, Emulator> = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(Emulator, ({ httpClient }) => httpClient)
)

/**
 * Serves the emulator on a port of this machine until the scope closes: 127.0.0.1 and any free port unless told
 * otherwise. The one port stands for all hosts of LINE, so a client takes `url` for each of its base URLs.
 *
 * @since 0.1.0
 * @category constructors
 */
export const serve = (
  options: { readonly port?: number; readonly host?: string } = {}
): Effect.Effect<{ readonly url: string }, Loopback.ServeError, Emulator | Scope.Scope> =>
  Effect.flatMap(Emulator, ({ handle }) =>
    Loopback.serve(handle, { host: options.host ?? "127.0.0.1", port: options.port ?? 0 })
  )
