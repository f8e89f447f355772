/**
 * Module channels: extensions that a company offers to many LINE Official Accounts. An account's administrator attaches
 * the module to the account; then the module acts for the account, with its own channel's token. LINE admits module
 * channels by application.
 *
 * Attaching begins in the administrator's browser with {@link authorizeUrl} and ends with {@link attachModule}.
 *
 * Every call for an account names the account's bot in a header, whose name LINE tells the companies that it admits:
 * give the client of an account that header with `headers` of `LineClient.layer`. This goes for
 * {@link acquireChatControl} and {@link releaseChatControl} too.
 *
 * @see https://developers.line.biz/en/docs/partner-docs/module/
 * @since 0.1.0
 */
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Limit from "./internal/Limit.js"
import { Secret } from "./internal/Secret.js"
import type * as LineClient from "./LineClient.js"
import * as LineError from "./LineError.js"
import * as Operation from "./Operation.js"

/**
 * What an administrator is asked to allow, in the same words in {@link authorizeUrl} and in {@link attachModule}: make
 * one value, and use it in both.
 *
 * @see https://developers.line.biz/en/docs/partner-docs/module-technical-attach-channel/#request-auth-from-line-oa-admin
 * @since 0.1.0
 * @category models
 */
export interface Authorization {
  /** Where the browser comes back to: a URL that is registered for the module channel. */
  readonly redirect_uri: string
  /** What the module may do: LINE's names, such as `message:send`, with a space between them. */
  readonly scope: string
  /** The country of the account. */
  readonly region?: "JP" | "TW" | undefined
  /** The basic id of the one account that may be attached, such as `@linedevelopers`. */
  readonly basic_search_id?: string | undefined
  /** The kinds of account that may be attached: `premium`, `verified` and `unverified`, with a space between them. */
  readonly brand_type?: string | undefined
}

/**
 * What begins the attaching of a module.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthorizeRequest extends Authorization {
  /** The id of the module channel. */
  readonly client_id: string
  /**
   * Letters and digits at random, other ones for each attempt. The browser brings them back, which shows that it was
   * sent from here.
   */
  readonly state: string
  /** The SHA-256 of a random `code_verifier` in the URL form of Base64, without padding. */
  readonly code_challenge?: string | undefined
}

/**
 * The URL to which an account's administrator goes to attach the module. LINE sends the browser back to `redirect_uri`
 * with `code` and `state`, or with `error`, `error_description` and `state`: check that `state` is the same, and finish
 * with {@link attachModule}.
 *
 * @example
 * ```ts
 * import * as Modules from "line-effect/Modules"
 *
 * const authorization: Modules.Authorization = {
 *   redirect_uri: "https://example.com/attached",
 *   scope: "message:send message:receive",
 *   region: "JP"
 * }
 *
 * const link = (state: string) => Modules.authorizeUrl({ client_id: "1234567890", state, ...authorization })
 * ```
 *
 * @see https://developers.line.biz/en/docs/partner-docs/module-technical-attach-channel/#request-auth-from-line-oa-admin
 * @since 0.1.0
 * @category constructors
 */
export const authorizeUrl = (request: AuthorizeRequest): string => {
  const parameters = {
    response_type: "code",
    client_id: request.client_id,
    redirect_uri: request.redirect_uri,
    scope: request.scope,
    state: request.state,
    region: request.region,
    basic_search_id: request.basic_search_id,
    brand_type: request.brand_type,
    code_challenge: request.code_challenge,
    code_challenge_method: request.code_challenge === undefined ? undefined : "S256"
  }
  // Not by URLSearchParams, which writes a space as "+": LINE wants "%20".
  const query = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`]
  )
  return `https://manager.line.biz/module/auth/v1/authorize?${query.join("&")}`
}

/**
 * What finishes the attaching of a module: what the URL had, what the browser brought back, and the module channel's
 * credentials.
 *
 * @since 0.1.0
 * @category models
 */
export interface AttachModuleRequest extends Omit<Authorization, "scope"> {
  /** Is filled in. */
  readonly grant_type?: "authorization_code" | undefined
  /** What the browser brought back: good once, and not for long. */
  readonly code: Redacted.Redacted
  /** What the `code_challenge` of the URL was made of, if it had one. */
  readonly code_verifier?: Redacted.Redacted | undefined
  /** The id of the module channel. */
  readonly client_id: string
  /** The secret of the module channel. */
  readonly client_secret: Redacted.Redacted
  /** As the URL had it. */
  readonly scope?: string | undefined
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const AttachModuleRequest: Schema.Schema<AttachModuleRequest> = Schema.Struct({
  grant_type: Schema.optional(Schema.Literal("authorization_code")),
  code: Secret,
  redirect_uri: Limit.NonEmpty,
  code_verifier: Schema.optional(Secret),
  client_id: Limit.NonEmpty,
  client_secret: Secret,
  region: Schema.optional(Schema.Literal("JP", "TW")),
  basic_search_id: Schema.optional(Limit.NonEmpty),
  scope: Schema.optional(Limit.NonEmpty),
  brand_type: Schema.optional(Limit.NonEmpty)
}).annotations({ identifier: "AttachModuleRequest" })

/**
 * An account to which the module is attached now.
 *
 * @since 0.1.0
 * @category models
 */
export interface AttachModuleResponse {
  /** The user id of the account's bot: the `destination` of its webhooks, and what the header of calls for it names. */
  readonly bot_id: string
  /** What the administrator has allowed, such as `message:send`, where LINE tells. */
  readonly scopes?: ReadonlyArray<string>
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const AttachModuleResponse: Schema.Schema<AttachModuleResponse> = Schema.Struct({
  bot_id: Schema.String,
  // LINE's documents disagree on its name and type.
  scopes: Schema.optionalWith(Schema.Array(Schema.String), { exact: true })
}).annotations({ identifier: "AttachModuleResponse" })

/**
 * Which account to detach the module from.
 *
 * @since 0.1.0
 * @category models
 */
export interface DetachModuleRequest {
  /** The user id of the account's bot. */
  readonly botId: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const DetachModuleRequest: Schema.Schema<DetachModuleRequest> = Schema.Struct({
  botId: Limit.NonEmpty
}).annotations({ identifier: "DetachModuleRequest" })

/**
 * The id of a chat: of a user, group or room.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ChatId: Schema.Schema<string> = Limit.NonEmpty.annotations({ identifier: "ChatId" })

/**
 * For how long to take control of a chat.
 *
 * @since 0.1.0
 * @category models
 */
export interface AcquireChatControlRequest {
  /** Whether control goes back to the primary channel after `ttl`; true unless set. */
  readonly expired?: boolean | undefined
  /** In seconds, at most a year; 3,600 unless set. LINE ignores it if `expired` is false. */
  readonly ttl?: number | undefined
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const AcquireChatControlRequest: Schema.Schema<AcquireChatControlRequest> = Schema.Struct({
  expired: Schema.optional(Schema.Boolean),
  ttl: Schema.optional(Limit.integer(0, 31_536_000))
}).annotations({ identifier: "AcquireChatControlRequest" })

/**
 * The bot of an account to which the module is attached.
 *
 * @since 0.1.0
 * @category models
 */
export interface ModuleBot {
  readonly userId: string
  /** The id with an `@` by which people find the bot. */
  readonly basicId: string
  readonly premiumId?: string
  readonly displayName: string
  readonly pictureUrl?: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const ModuleBot: Schema.Schema<ModuleBot> = Schema.Struct({
  userId: Schema.String,
  basicId: Schema.String,
  premiumId: Schema.optionalWith(Schema.String, { exact: true }),
  displayName: Schema.String,
  pictureUrl: Schema.optionalWith(Schema.String, { exact: true })
}).annotations({ identifier: "ModuleBot" })

/**
 * A page of bots. `next` is there while there may be more; it is valid for 24 hours.
 *
 * @since 0.1.0
 * @category models
 */
export interface ModuleBots {
  readonly bots: ReadonlyArray<ModuleBot>
  readonly next?: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const ModuleBots: Schema.Schema<ModuleBots> = Schema.Struct({
  bots: Schema.Array(ModuleBot),
  next: Schema.optionalWith(Schema.String, { exact: true })
}).annotations({ identifier: "ModuleBots" })

/**
 * Where to begin a list of bots.
 *
 * @since 0.1.0
 * @category models
 */
export interface ModulesRequest {
  /** The size of a page: from 1 to 100, 100 unless set. */
  readonly limit?: number | undefined
  /** The `next` of the page before. */
  readonly start?: string | undefined
}

/**
 * Attaches the module to the account whose administrator has allowed it. The call carries the module channel's own
 * credentials and not the client's token. LINE answers what it refuses with 400, an `OAuthError` or a `BadRequest`, or
 * with `Forbidden`. A `code` is good once: the call is never repeated after an ambiguous failure.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Redacted from "effect/Redacted"
 * import * as Modules from "line-effect/Modules"
 *
 * interface Attempt {
 *   readonly authorization: Modules.Authorization
 *   readonly state: string
 * }
 *
 * const attach = ({ authorization, state }: Attempt, cameBackTo: URL, client_secret: Redacted.Redacted) =>
 *   Effect.gen(function* () {
 *     const { searchParams } = cameBackTo
 *     if (searchParams.get("state") !== state) return yield* Effect.fail("not sent from here")
 *     const code = searchParams.get("code")
 *     if (code === null) return yield* Effect.fail(`not allowed: ${searchParams.get("error")}`)
 *     return yield* Modules.attachModule({
 *       code: Redacted.make(code),
 *       client_id: "1234567890",
 *       client_secret,
 *       ...authorization
 *     })
 *   })
 * ```
 *
 * @see https://developers.line.biz/en/reference/partner-docs/#link-attach-by-operation-module-channel-provider
 * @since 0.1.0
 * @category operations
 */
export const attachModule = Operation.credentials("attachModule", "/module/auth/v1/token", {
  host: "manager",
  body: AttachModuleRequest,
  complete: (argument) => ({ ...argument, grant_type: "authorization_code" }),
  success: AttachModuleResponse
})

/**
 * Detaches the module from an account, which takes LINE a while. `BadRequest` if the module is not attached to it, or no
 * longer: that may be due to an earlier attempt of the same call.
 *
 * @see https://developers.line.biz/en/reference/partner-docs/#unlink-detach-module-channel-by-operation-mc-admin
 * @since 0.1.0
 * @category operations
 */
export const detachModule = Operation.post("detachModule", "/v2/bot/channel/detach", {
  body: DetachModuleRequest,
  repeat: "safe"
})

/**
 * Takes control of a chat, so that the module is the channel that answers in it; or keeps it for another `ttl`. The
 * module that loses control is told by a webhook, and so is the one that has it now. `NotFound` if the user is no friend
 * of the account or the account is not in the group or room. `Rejected` with the `status` 423 if another channel took
 * control within the last seconds. LINE says that the modules offered today need this call only where control has
 * switched unexpectedly.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Modules from "line-effect/Modules"
 *
 * const takeOver = (chatId: string) =>
 *   Modules.acquireChatControl({ chatId, ttl: 600 }).pipe(
 *     Effect.as(true),
 *     Effect.catchTag("LineRejected", (error) => (error.status === 423 ? Effect.succeed(false) : Effect.fail(error)))
 *   )
 * ```
 *
 * @see https://developers.line.biz/en/reference/partner-docs/#acquire-control-api
 * @since 0.1.0
 * @category operations
 */
export const acquireChatControl = Operation.post("acquireChatControl", "/v2/bot/chat/{chatId}/control/acquire", {
  path: { chatId: ChatId },
  body: AcquireChatControlRequest,
  errors: [LineError.NotFound],
  repeat: "safe"
})

/**
 * Gives control of a chat back to the primary channel. LINE says that the modules offered today need this call only
 * where control has switched unexpectedly.
 *
 * @see https://developers.line.biz/en/reference/partner-docs/#release-control-api
 * @since 0.1.0
 * @category operations
 */
export const releaseChatControl = Operation.post("releaseChatControl", "/v2/bot/chat/{chatId}/control/release", {
  path: { chatId: ChatId },
  repeat: "safe"
})

/**
 * A page of the bots of the accounts to which the module is attached. A page may be short without being the last: go on
 * while `next` is there, with it as `start`; {@link bots} does.
 *
 * @see https://developers.line.biz/en/reference/partner-docs/#get-multiple-bot-info-api
 * @since 0.1.0
 * @category operations
 */
export const getModules = Operation.get("getModules", "/v2/bot/list", {
  query: { limit: Schema.optional(Limit.integer(1, 100)), start: Schema.optional(Limit.NonEmpty) },
  success: ModuleBots
})

/**
 * The bots of the accounts to which the module is attached, page by page as they are needed. To go on later from where a
 * page ended, take the pages themselves with `Operation.pages`, and keep their `next`.
 *
 * @example
 * ```ts
 * import * as Stream from "effect/Stream"
 * import * as Modules from "line-effect/Modules"
 *
 * const names = Modules.bots().pipe(
 *   Stream.map(({ displayName }) => displayName),
 *   Stream.runCollect
 * )
 * ```
 *
 * @see https://developers.line.biz/en/reference/partner-docs/#get-multiple-bot-info-api
 * @since 0.1.0
 * @category streams
 */
export const bots = (
  request: ModulesRequest = {}
): Stream.Stream<ModuleBot, LineError.Common | LineError.InvalidResponse, LineClient.LineClient> =>
  Stream.mapConcat(Operation.pages(getModules, request), ({ bots }) => bots)
