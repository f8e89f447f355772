/**
 * Modules: the channel as an extension of accounts, its own and others. An account's administrator attaches it in the
 * browser; then it may take control of chats from the other channels of the account, until its time is over.
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import * as Modules from "../Modules.js"
import * as Id from "./Id.js"
import * as Page from "./Page.js"
import * as Refusal from "./Refusal.js"
import * as Validation from "./Validation.js"
import { ok, type Answer, type Call, type Event, type Handler, type Route } from "./Wire.js"
import type { World } from "./World.js"

/** Everything about modules. */
export interface State {
  /** The accounts beside the channel's own. */
  readonly accounts: Map<string, Account>
  /** What administrators have allowed, by the code that the browser brings back. */
  readonly codes: Map<string, Authorized>
  /** The accounts to which the module is attached, by the user IDs of their bots. */
  readonly attached: Map<string, { readonly scopes: ReadonlyArray<string> }>
  /** Which channel has taken control of a chat. The other ones have it where nobody has. */
  readonly controls: Map<string, Control>
  /** Whether LINE has suspended the bot. */
  suspended: boolean
}

interface Account {
  readonly userId: string
  readonly basicId: string
  readonly displayName: string
}

interface Authorized {
  readonly botId: string
  readonly parameters: Parameters
  readonly expiresAt: number
}

type Parameters = Readonly<Record<string, string | undefined>>

interface Control {
  readonly by: "module" | "other"
  readonly since: number
  readonly expireAt: number
}

/** No modules. */
export const empty = (): State => ({
  accounts: new Map(),
  codes: new Map(),
  attached: new Map(),
  controls: new Map(),
  suspended: false
})

/** What LINE lets modules do. */
const scopes: ReadonlyArray<string> = [
  "message:send",
  "message:receive",
  "account:manage",
  "message:mark_as_read",
  "message:templated_pnp",
  "profile:read",
  "coupon:manage",
  "crm:manage"
]

// LINE keeps it to itself for how long a code is good.
const codeLife = 10 * 60_000

const ownAccount = ({ channel: { basicId, displayName, userId } }: World): Account => ({ userId, basicId, displayName })

const accountsOf = (world: World): ReadonlyArray<Account> => [ownAccount(world), ...world.modules.accounts.values()]

/** There is one more account, to which the module can be attached. Returns the user ID of its bot. */
export const addAccount = ({ ids, modules }: World, options: Partial<Omit<Account, "userId">> = {}): string => {
  const userId = `U${ids.hex(32)}`
  const basicId = options.basicId ?? `@${ids.digits(3)}${ids.hex(5)}`
  const displayName = options.displayName ?? `Account ${modules.accounts.size + 2}`
  modules.accounts.set(userId, { userId, basicId, displayName })
  return userId
}

/**
 * An administrator opens the URL that attaching begins with, and allows it: for the account of its `basic_search_id`, or
 * the channel's own. Returns where the browser is sent, with `code` and `state`; or why LINE shows an error instead.
 */
export const authorize = (world: World, url: string, now: number): Either.Either<string, string> =>
  Either.gen(function* () {
    const { pathname, searchParams } = yield* Either.try({ try: () => new URL(url), catch: () => `${url} is no URL` })
    const parameters: Parameters = Object.fromEntries(searchParams)
    const { basic_search_id, brand_type, client_id, code_challenge, code_challenge_method, region } = parameters
    const { redirect_uri = "", response_type, scope = "", state = "" } = parameters
    const wanted = scope.split(" ")
    const account = accountsOf(world).find(
      ({ basicId }) => basic_search_id === undefined || basicId === basic_search_id
    )
    const brands = world.settings.verified ? ["premium", "verified"] : ["unverified"]
    const rules = [
      [pathname === "/module/auth/v1/authorize", "the path must be /module/auth/v1/authorize"],
      [response_type === "code", 'response_type must be "code"'],
      [client_id === world.channel.channelId, "client_id must be the ID of the channel"],
      [URL.canParse(redirect_uri), "redirect_uri must be a URL"],
      [wanted.every((one) => scopes.includes(one)), `scope must be some of ${scopes.join(", ")}, with spaces between`],
      [state !== "", "state must be given"],
      [(code_challenge === undefined) === (code_challenge_method === undefined), "code_challenge goes with its method"],
      [code_challenge === undefined || code_challenge_method === "S256", 'code_challenge_method must be "S256"'],
      [region === undefined || region === "JP", "the account is in Japan"],
      [brand_type === undefined || brands.some((brand) => brand_type.split(" ").includes(brand)), "brand_type differs"]
    ] as const
    for (const [holds, reason] of rules) if (!holds) yield* Either.left(reason)
    if (account === undefined) return yield* Either.left(`there is no account ${basic_search_id}`)
    const code = world.ids.token(32)
    world.modules.codes.set(code, { botId: account.userId, parameters, expiresAt: now + codeLife })
    const back = new URL(redirect_uri)
    back.searchParams.set("code", code)
    back.searchParams.set("state", state)
    return back.href
  })

const refuse = (error: string, description: string): Either.Either<never, Answer> =>
  Either.left(Refusal.oauth(error, description))

const attachModule: Handler = (call) =>
  Either.gen(function* () {
    const { body, now, world } = call
    yield* requireClient(call)
    if (body["grant_type"] !== "authorization_code")
      return yield* refuse("unsupported_grant_type", "invalid grant_type")
    const code = String(body["code"] ?? "")
    const authorized = world.modules.codes.get(code)
    if (authorized === undefined || now >= authorized.expiresAt) return yield* refuse("invalid_grant", "invalid code")
    const { botId, parameters } = authorized
    for (const name of ["redirect_uri", "scope", "region", "basic_search_id", "brand_type"] as const) {
      // The scope is the one of the URL, whether or not it is repeated.
      const isLeftOut = name === "scope" && body[name] === undefined
      if (!isLeftOut && body[name] !== parameters[name]) return yield* refuse("invalid_grant", `${name} does not match`)
    }
    const challenge = parameters["code_challenge"]
    if (challenge !== undefined && challenge !== digestOf(String(body["code_verifier"]))) {
      return yield* refuse("invalid_grant", "code_verifier does not match")
    }
    world.modules.codes.delete(code)
    const allowed = (parameters["scope"] ?? "").split(" ")
    world.modules.attached.set(botId, { scopes: allowed })
    const event = moduleEvent({ type: "attached", botId, scopes: allowed })
    return { ...ok({ bot_id: botId, scopes: allowed }), events: [event] }
  })

const digestOf = (verifier: string): string => createHash("sha256").update(verifier).digest("base64url")

const moduleEvent = (module: Readonly<Record<string, unknown>>): Event => ({ type: "module", module })

/** The channel's credentials, in a header or in the form. */
const requireClient = ({ body, headers, world: { channel } }: Call): Either.Either<void, Answer> => {
  const basic = /^Basic (.+)$/i.exec(headers["authorization"] ?? "")?.[1]
  const [id, secret] =
    basic === undefined
      ? [body["client_id"], body["client_secret"]]
      : Buffer.from(basic, "base64").toString().split(":")
  if (id !== channel.channelId) return refuse("invalid_client", "invalid client_id")
  return secret === Redacted.value(channel.channelSecret)
    ? Either.void
    : refuse("invalid_client", "invalid client_secret")
}

const unavailableId = Refusal.refuse(400, "user/group/room Id is not available.")
const notDetachable = Refusal.refuse(400, "Specified channel is not detachable")

/** LINE documents the status, and no body. */
const done: Answer = { status: 200 }

const detachModule: Handler = ({ body, world }) =>
  Either.gen(function* () {
    const { botId } = yield* Validation.body(Modules.DetachModuleRequest, body)
    yield* Refusal.unless(Id.isUser(botId), unavailableId)
    const events = yield* Either.mapLeft(detach(world, botId), () => notDetachable)
    return { ...done, events }
  })

/**
 * The module is no longer attached to an account: its administrator or the module has ended it, or LINE has because the
 * account was deleted.
 */
export const detach = (
  world: World,
  botId: string,
  reason?: "bot_deleted"
): Either.Either<ReadonlyArray<Event>, string> => {
  const { attached, controls } = world.modules
  if (!attached.delete(botId)) return Either.left(`The module is not attached to ${botId}`)
  if (botId === world.channel.userId) controls.clear()
  return Either.right([moduleEvent({ type: "detached", botId, ...(reason === undefined ? {} : { reason }) })])
}

const getModules: Handler = (call) => {
  const bots = accountsOf(call.world).filter(({ userId }) => call.world.modules.attached.has(userId))
  return Page.of(call, "bots", bots, { usual: 100, maximum: 100 })
}

const usualTtl = 3600
const longestTtl = 31_536_000

// LINE says some seconds.
const contention = 3000

const contended = Refusal.refuse(423, "Another channel has taken control of the chat within the last seconds")

const acquireChatControl: Handler = (call) =>
  Either.gen(function* () {
    const { body, now, world } = call
    const chatId = yield* Id.parameter(call, "chatId")
    const { expired = true, ttl = usualTtl } = yield* Validation.body(Modules.AcquireChatControlRequest, body)
    yield* Refusal.unless(isThere(world, chatId), Refusal.notFound)
    const control = controlOf(world, chatId, now)
    yield* Refusal.unless(control?.by !== "other" || now - control.since >= contention, contended)
    // The event has an end even where control has none.
    const expireAt = now + 1000 * (expired ? ttl : longestTtl)
    world.modules.controls.set(chatId, { by: "module", since: now, expireAt: expired ? expireAt : Infinity })
    return { ...done, events: [{ type: "activated", source: sourceOf(world, chatId), chatControl: { expireAt } }] }
  })

const releaseChatControl: Handler = (call) =>
  Either.map(Id.parameter(call, "chatId"), (chatId) => {
    const { now, world } = call
    if (controlOf(world, chatId, now)?.by !== "module") return done
    world.modules.controls.delete(chatId)
    return { ...done, events: [deactivated(world, chatId)] }
  })

const isThere = ({ chats, users }: World, chatId: string): boolean =>
  users.get(chatId)?.relation === "friend" || chats.get(chatId)?.joined === true

/** Who has control of a chat, if its time is not over, and the user has not blocked the bot since. */
const controlOf = ({ modules, users }: World, chatId: string, now: number): Control | undefined => {
  const control = modules.controls.get(chatId)
  if (control === undefined || now >= control.expireAt) return undefined
  const relations = users.get(chatId)?.relations ?? []
  return relations.some(({ relation, since }) => relation === "blocked" && since >= control.since) ? undefined : control
}

const sourceOf = ({ chats }: World, chatId: string): Readonly<Record<string, string>> => {
  const type = chats.get(chatId)?.chat.type ?? "user"
  return { type, [`${type}Id`]: chatId }
}

const deactivated = (world: World, chatId: string): Event => ({ type: "deactivated", source: sourceOf(world, chatId) })

/** Another channel of the account takes control of a chat for an hour. The module hears of it if it had control. */
export const takeControl = (world: World, chatId: string, now: number): Either.Either<ReadonlyArray<Event>, string> => {
  if (!isThere(world, chatId)) return Either.left(`The bot is in no chat ${chatId}`)
  const had = controlOf(world, chatId, now)?.by === "module"
  world.modules.controls.set(chatId, { by: "other", since: now, expireAt: now + 1000 * usualTtl })
  return Either.right(had ? [deactivated(world, chatId)] : [])
}

/** The other channel gives control of a chat back. */
export const giveBackControl = ({ modules }: World, chatId: string): Either.Either<ReadonlyArray<Event>, string> => {
  if (modules.controls.get(chatId)?.by !== "other") return Either.left(`No other channel has control of ${chatId}`)
  modules.controls.delete(chatId)
  return Either.right([])
}

/** Whether another channel answers in the chat of an event: the channel hears of it, and cannot reply. */
export const isStandby = (world: World, { source }: Event, now: number): boolean =>
  isSource(source) && controlOf(world, source.groupId ?? source.roomId ?? source.userId ?? "", now)?.by === "other"

const optionalText = Schema.optional(Schema.String)
const isSource = Schema.is(Schema.Struct({ userId: optionalText, groupId: optionalText, roomId: optionalText }))

/** LINE suspends the bot, or lets it work again. The module hears of it if it is attached to the account. */
export const suspend = (
  { channel, modules }: World,
  suspended: boolean
): Either.Either<ReadonlyArray<Event>, string> => {
  if (modules.suspended === suspended) return Either.left(`The bot is ${suspended ? "suspended" : "not suspended"}`)
  modules.suspended = suspended
  const type = suspended ? "botSuspended" : "botResumed"
  return Either.right(modules.attached.has(channel.userId) ? [{ type }] : [])
}

const control = "/v2/bot/chat/{chatId}/control"

/** The operations. */
export const routes: ReadonlyArray<Route> = [
  {
    operationId: "attachModule",
    method: "POST",
    host: "manager",
    path: "/module/auth/v1/token",
    body: "form",
    authorized: false,
    handler: attachModule
  },
  { operationId: "detachModule", method: "POST", path: "/v2/bot/channel/detach", body: "json", handler: detachModule },
  {
    operationId: "acquireChatControl",
    method: "POST",
    path: `${control}/acquire`,
    body: "optional json",
    handler: acquireChatControl
  },
  { operationId: "releaseChatControl", method: "POST", path: `${control}/release`, handler: releaseChatControl },
  { operationId: "getModules", method: "GET", path: "/v2/bot/list", handler: getModules }
]
