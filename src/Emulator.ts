/**
 * A LINE platform in your process: users who write to the bot, webhooks that they cause, and the API that the bot
 * calls, with LINE's rules for tokens, retry keys, quotas and errors. Nothing of it needs a LINE account or the
 * internet, and the same program meets the same world: IDs come from a seed and time from the `Clock` of whoever makes
 * it.
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
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Mistake, type Act } from "./emulator/Act.js"
import * as Acting from "./emulator/Acting.js"
import type { Change } from "./emulator/Change.js"
import type { Fault } from "./emulator/Fault.js"
import * as Control from "./emulator/Control.js"
import * as Journal from "./emulator/Journal.js"
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
import * as Overview from "./emulator/Overview.js"
import * as Platform from "./emulator/Platform.js"
import * as Step from "./emulator/Step.js"
import * as Webhook from "./emulator/Webhook.js"
import type { Disconnected, WireRequest, WireResponse } from "./emulator/Wire.js"
import * as World from "./emulator/World.js"

export { Act, Mistake, Said } from "./emulator/Act.js"
export type { Change } from "./emulator/Change.js"
export { type Accept, Fault } from "./emulator/Fault.js"
export { FileError } from "./emulator/Journal.js"
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
export type { Acted, ChatOverview, File, Overview, RichMenuOverview } from "./emulator/Overview.js"
export type { Delivery, Outcome, Target, WebhookFault } from "./emulator/Webhook.js"
export { Disconnected, type Event, type Host, type WireRequest, type WireResponse } from "./emulator/Wire.js"

/**
 * A LINE platform.
 *
 * A user or chat of another emulator (or a copy: in one process it is the value that counts, not its ID), a user who is
 * not in the chat they write in, or one who writes to the bot while blocking it, is a mistake in the program, and dies.
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
  /**
   * A user taps an action of a message or a rich menu, and LINE does what it does then: a postback with what was picked,
   * a message, a switch of the rich menu.
   */
  readonly tap: (
    user: User,
    action: { readonly type: string },
    options?: { readonly params?: Readonly<Record<string, string>>; readonly in?: Group | Room }
  ) => Effect.Effect<Webhook.Delivery>
  /** The sender of a message takes it back. */
  readonly unsend: (messageId: string) => Effect.Effect<Webhook.Delivery>
  /** The sender of a text in a group changes it. */
  readonly edit: (messageId: string, text: string) => Effect.Effect<Webhook.Delivery>
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
  /** Anything at all that can happen, as data: see {@link Act}. */
  readonly act: (act: Act) => Effect.Effect<Overview.Acted, Mistake>
  /** Delivers events as they are, in one webhook: events of a kind that the emulator does not know, or none. */
  readonly send: (
    events: ReadonlyArray<{ readonly type: string; readonly [property: string]: unknown }>
  ) => Effect.Effect<Webhook.Delivery>
  /** Delivers a body as it is, signed with the channel secret unless a signature is given. */
  readonly deliver: (body: string, options?: { readonly signature?: string }) => Effect.Effect<Webhook.Delivery>
  /**
   * Delivers the events of an earlier webhook again, as a redelivery: the same IDs, `isRedelivery`, and reply tokens that
   * were not used are good for another minute, up to 20 minutes after the event.
   */
  readonly redeliver: (delivery: Webhook.Delivery) => Effect.Effect<Webhook.Delivery>

  /**
   * Lets a fault happen to the next requests, one unless `times` is set, of any operation or one; with a `rate` from 0 to
   * 1, to that part of all requests from now on, chosen by chance.
   */
  readonly fault: (
    fault: Fault,
    options?: { readonly operation?: string; readonly times?: number; readonly rate?: number }
  ) => Effect.Effect<void>
  /** Lets a fault happen to the next webhooks, one unless `times` is set. */
  readonly faultWebhook: (fault: Webhook.WebhookFault, options?: { readonly times?: number }) => Effect.Effect<void>
  /** Takes back the faults that have not happened. */
  readonly clearFaults: Effect.Effect<void>

  /** Moves the time forward: what is due until then happens. */
  readonly advance: (duration: Duration.DurationInput) => Effect.Effect<void>
  /** Makes a new world, as it was at the beginning. Users and chats of before are of another emulator then. */
  readonly reset: Effect.Effect<void>

  /** The channel's settings, and everybody and everything that is there. */
  readonly overview: Effect.Effect<Overview.Overview>
  /** The latest requests of the bot, at least 10,000 of them, in order of arrival. */
  readonly requests: Effect.Effect<ReadonlyArray<RequestRecord>>
  /** The user, group or room of an ID. */
  readonly chat: (chatId: string) => Effect.Effect<Chat, Mistake>
  /** A conversation, both sides, in order. */
  readonly messages: (chat: Chat) => Effect.Effect<ReadonlyArray<ChatMessage>>
  /** Waits until a conversation has more than a number of messages, and returns it. */
  readonly awaitMessages: (chat: Chat, after: number) => Effect.Effect<ReadonlyArray<ChatMessage>>
  /**
   * The latest webhooks, at least 10,000 of them, in the order of their ends. Where none was set, it is here as not sent.
   */
  readonly deliveries: Effect.Effect<ReadonlyArray<Webhook.Delivery>>
  /** The image, video, audio or file of a message. */
  readonly content: (messageId: string) => Effect.Effect<Option.Option<Overview.File>>
  /** The image of a rich menu. */
  readonly richMenuImage: (richMenuId: string) => Effect.Effect<Option.Option<Overview.File>>
  /** What changes from now on. The first is a `"World"`: from there on nothing is missed. */
  readonly changes: Stream.Stream<Change>
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
  /** What happens in a new world, and in one that is reset: who is there at the beginning. */
  readonly begin?: (line: Service) => Effect.Effect<unknown>
}

/**
 * A new emulator, with nobody in it but the bot. It delivers webhooks until the scope closes.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<Service, never, Scope.Scope> => start(options)

/**
 * An emulator whose world is in a file: a new one, or the one that is there, which then has its own IDs, tokens and
 * settings. What a bot was told has happened is in the file, whenever the process is killed. Fails with `FileError` if
 * the file is not the emulator's, or another emulator has it open.
 *
 * @since 0.1.0
 * @category constructors
 */
export const open = (file: string, options: Options = {}): Effect.Effect<Service, Journal.FileError, Scope.Scope> =>
  Effect.flatMap(Journal.open(file), (journal) => start(options, journal))

const start = (options: Options, journal?: Journal.Journal): Effect.Effect<Service, never, Scope.Scope> =>
  Effect.gen(function* () {
    const background = yield* FiberSet.make<unknown>()
    const fork = yield* FiberSet.runtime(background)()
    const followUps = yield* FiberSet.make<Webhook.Delivery>()
    const follow = yield* FiberSet.runtime(followUps)()
    const surroundings: World.Surroundings = {
      listeners: new Set(),
      fork: (effect) => void fork(effect),
      follow: (delivery) => follow(delivery),
      keep: undefined,
      broken: undefined
    }
    const world = newWorld(surroundings, options)
    const isRestored = journal?.restore(world) === true
    // What LINE is like is said anew with each start.
    const { narrowcastMinimum = world.settings.narrowcastMinimum, rateLimits = world.settings.rateLimits } = options
    Object.assign(world.settings, { narrowcastMinimum, rateLimits })
    const clock = yield* Effect.clock
    // A bot may run in a runtime of its own, with another clock: it is of the same time here.
    const handle = (request: WireRequest) => Effect.withClock(Platform.handle(world, request), clock)
    const reset = Effect.gen(function* () {
      // What was to come in the old world does not come in the new one.
      yield* FiberSet.clear(background)
      // The bot keeps its channel, and whoever follows the logs by their numbers goes on with the next.
      const { channel, counts } = world
      Object.assign(world, newWorld(surroundings, { ...options, channel }), { counts })
      journal?.begin(world)
      World.announce(world, { _tag: "World" })
      yield* options.begin?.(service) ?? Effect.void
    })
    const service = serviceOf(world, handle, followUps, reset)
    // A kill before the end of the beginning leaves nothing half begun.
    if (!isRestored) yield* options.begin?.(service) ?? Effect.void
    journal?.begin(world)
    if (isRestored) surroundings.fork(Platform.settleAll(world))
    return service
  })

const serviceOf = (
  world: World.World,
  handle: Service["handle"],
  followUps: FiberSet.FiberSet<Webhook.Delivery>,
  reset: Effect.Effect<void>
): Service => ({
  channel: world.channel,
  httpClient: InProcess.make(handle),
  handle,
  ...actingOf(world),
  ...faultsOf(world),
  ...viewsOf(world),
  reset,
  settled: FiberSet.awaitEmpty(followUps)
})

const newWorld = (surroundings: World.Surroundings, options: Options): World.World =>
  World.make(
    surroundings,
    options.seed ?? 1,
    {
      quota: options.quota ?? { type: "none" },
      verified: options.verified ?? true,
      narrowcastMinimum: options.narrowcastMinimum ?? { reach: 0, recipients: 0 },
      rateLimits: options.rateLimits ?? true
    },
    options.channel ?? {}
  )

const actingOf = (world: World.World): Acting.Acting & Pick<Service, "send" | "deliver" | "redeliver"> => {
  /** A webhook is delivered to its end, even if who has caused it waits no longer. */
  const delivering = (delivery: Effect.Effect<Webhook.Delivery>): Effect.Effect<Webhook.Delivery> =>
    Effect.suspend(() => Fiber.join(world.surroundings.follow(delivery)))
  const act = (made: Act): Effect.Effect<Overview.Acted, Mistake> =>
    Effect.flatMap(World.now(world), (now) => {
      const done = Step.act(world, made, now)
      if (Either.isLeft(done)) return new Mistake({ message: done.left })
      const { events, id } = done.right
      const delivery =
        events.length === 0
          ? Effect.succeed(Webhook.notSent)
          : Fiber.join(world.surroundings.follow(Webhook.send(world, Webhook.complete(world, events, now))))
      return Effect.map(delivery, (delivery) => ({ id, delivery }))
    }).pipe(
      // The time may be another one now.
      Effect.zipLeft(Effect.map(World.now(world), (now) => Step.settle(world, now)))
    )
  return {
    ...Acting.make({
      act,
      idOf: (chat) => {
        const state = chat.type === "user" ? World.userState(world, chat) : World.chatState(world, chat)
        if (state === undefined) throw new Error(foreign)
        return World.chatId(chat)
      },
      chat: (chatId) => chatOf(world, chatId),
      // A function is for this process only: no act can hold it.
      setHandler: (handler) => Effect.sync(() => void (world.webhook.target = handler))
    }),
    send: (events) =>
      delivering(
        Webhook.send(
          world,
          events.map((event) => ({ ...event }))
        )
      ),
    deliver: (body, options = {}) => delivering(Webhook.deliver(world, body, [], options.signature)),
    redeliver: ({ events }) => delivering(Webhook.redeliver(world, events))
  }
}

const foreign = "This user or chat is of another emulator"

const chatOf = (world: World.World, chatId: string): Effect.Effect<Chat, Mistake> =>
  Effect.suspend(() => {
    const chat = world.users.get(chatId)?.user ?? world.chats.get(chatId)?.chat
    return chat === undefined ? new Mistake({ message: `There is no chat ${chatId}` }) : Effect.succeed(chat)
  })

const faultsOf = (world: World.World): Pick<Service, "fault" | "faultWebhook" | "clearFaults"> => ({
  fault: (fault, { operation, rate, times = rate === undefined ? 1 : Infinity } = {}) =>
    Effect.sync(() => {
      if (times > 0) world.faults.push({ fault, operation, rate: rate ?? 1, remaining: times })
      World.announce(world, { _tag: "World" })
    }),
  faultWebhook: (fault, { times = 1 } = {}) =>
    Effect.sync(() => {
      if (times > 0) world.disturbances.push({ fault, remaining: times })
      World.announce(world, { _tag: "World" })
    }),
  clearFaults: Effect.sync(() => {
    world.faults.length = 0
    world.disturbances.length = 0
    World.announce(world, { _tag: "World" })
  })
})

type Viewing = Pick<
  Service,
  | "overview"
  | "requests"
  | "chat"
  | "messages"
  | "awaitMessages"
  | "deliveries"
  | "content"
  | "richMenuImage"
  | "changes"
>

const viewsOf = (world: World.World): Viewing => {
  const settled = Effect.map(World.now(world), (now) => {
    Step.settle(world, now)
    return now
  })
  const conversation = (chat: Chat): ReadonlyArray<World.StoredMessage> => {
    const state = chat.type === "user" ? World.userState(world, chat) : World.chatState(world, chat)
    if (state === undefined) throw new Error(foreign)
    return world.conversations.get(World.chatId(chat)) ?? []
  }
  const messages = (chat: Chat) => Effect.map(settled, () => conversation(chat).map(World.shown))
  return {
    overview: Effect.map(settled, (now) => Overview.of(world, now)),
    requests: Effect.sync(() => world.requests.map((record) => ({ ...record }))),
    chat: (chatId) => chatOf(world, chatId),
    messages,
    awaitMessages: (chat, after) =>
      settled.pipe(
        Effect.zipRight(World.until(world, () => (conversation(chat).length > after ? chat : undefined))),
        Effect.flatMap(messages)
      ),
    deliveries: Effect.sync(() => [...world.deliveries]),
    content: (messageId) => Effect.sync(() => Overview.content(world, messageId)),
    richMenuImage: (richMenuId) => Effect.sync(() => Overview.richMenuImage(world, richMenuId)),
    changes: Stream.asyncPush<Change>(
      (emit) =>
        Effect.acquireRelease(
          Effect.sync(() => {
            const listener = (change: Change) => void emit.single(change)
            world.surroundings.listeners.add(listener)
            listener({ _tag: "World" })
            return listener
          }),
          (listener) => Effect.sync(() => world.surroundings.listeners.delete(listener))
        ),
      { bufferSize: 10_000, strategy: "sliding" }
    )
  }
}

/**
 * A new emulator as a layer: bind it to a name to share one.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<Emulator> => Layer.scoped(Emulator, make(options))

/**
 * An emulator whose world is in a file, as a layer: see {@link open}.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFile = (file: string, options?: Options): Layer.Layer<Emulator, Journal.FileError> =>
  Layer.scoped(Emulator, open(file, options))

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
 * otherwise. The one port stands for all hosts of LINE, so a client takes `url` for each of its base URLs. Under
 * `/emulator/` it serves the page and the control API, and refuses there what other sites' pages have a browser ask.
 *
 * @since 0.1.0
 * @category constructors
 */
export const serve = (
  options: { readonly port?: number; readonly host?: string } = {}
): Effect.Effect<{ readonly url: string }, Loopback.ServeError, Emulator | Scope.Scope> =>
  Effect.gen(function* () {
    const line = yield* Emulator
    const control = yield* Control.make(line)
    return yield* Loopback.serve(line.handle, control, { host: options.host ?? "127.0.0.1", port: options.port ?? 0 })
  })
