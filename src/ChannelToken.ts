/**
 * Channel access tokens: where the token of a client comes from, and LINE's operations on tokens.
 *
 * A token that is fixed is all that many programs need, and `LineClient.layer` takes it as it is. Tokens that LINE issues
 * on demand end by themselves, and this module keeps one at hand: it is renewed before it ends, once for all calls that
 * wait for it, and again if LINE refuses it. A call near the end goes on with the token that is there while the next one
 * is issued beside it; a program that makes no calls asks for no tokens.
 *
 * @see https://developers.line.biz/en/docs/basics/channel-access-token/
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Assertion from "./internal/Assertion.js"
import * as Bearer from "./internal/Bearer.js"
import * as Environment from "./internal/Environment.js"
import * as Limit from "./internal/Limit.js"
import type { Properties } from "./internal/Request.js"
import { Secret } from "./internal/Secret.js"
import * as Shared from "./internal/Shared.js"
import * as TimeLimit from "./internal/TimeLimit.js"
import * as Tolerant from "./internal/Tolerant.js"
import * as LineClient from "./LineClient.js"
import * as LineError from "./LineError.js"
import * as Operation from "./Operation.js"
import * as Retry from "./Retry.js"

export { InvalidAssertionKey } from "./internal/Assertion.js"

/**
 * Where the token of a client comes from.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** A token to call with now: the current one, or a new one if that has ended. */
  readonly get: Effect.Effect<Redacted.Redacted, LineError.LineError>
  /**
   * LINE refused a token, which is therefore not given out again. Whether there may be another to try: not if there is
   * only one, nor if this one took the place of another that was refused a short while ago.
   */
  readonly refuse: (token: Redacted.Redacted) => Effect.Effect<boolean>
}

/**
 * Where the token of the program's client comes from.
 *
 * @since 0.1.0
 * @category services
 */
export class ChannelToken extends Context.Tag("line-effect/ChannelToken")<ChannelToken, Service>() {}

/**
 * How LINE is called, as for any client. Only the issuing of a token is tried once unless `retry` is set (`Retry.none`):
 * the call that waits for the token is repeated by a policy of its own, and each of its attempts asks again.
 *
 * @since 0.1.0
 * @category models
 */
export type ClientOptions = Omit<LineClient.Options, "channelAccessToken">

/**
 * A channel that proves itself by its secret.
 *
 * @since 0.1.0
 * @category models
 */
export interface BySecret {
  readonly channelId: string
  readonly channelSecret: Redacted.Redacted
}

/**
 * A channel that proves itself by an assertion, signed with a key whose public part is registered in LINE's console.
 *
 * @see https://developers.line.biz/en/docs/messaging-api/generate-json-web-token/
 * @since 0.1.0
 * @category models
 */
export interface ByAssertion {
  readonly channelId: string
  /** The private key, RSA with 2048 bits: a JWK as JSON, or a PEM in the form PKCS#8. */
  readonly assertionKey: Redacted.Redacted
  /** The `kid` that the console showed when the public key was registered; that of the JWK unless set. */
  readonly assertionKeyId?: string | undefined
}

const GrantType = Schema.optional(Schema.Literal("client_credentials"))
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
const AssertionType = Schema.optional(Schema.Literal(assertionType))

/**
 * The credentials of a channel that proves itself by its secret.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClientSecretCredentials {
  /** Is filled in. */
  readonly grant_type?: "client_credentials" | undefined
  /** The channel ID. */
  readonly client_id: string
  /** The channel secret. */
  readonly client_secret: Redacted.Redacted
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const ClientSecretCredentials: Schema.Schema<ClientSecretCredentials> = Schema.Struct({
  grant_type: GrantType,
  client_id: Limit.NonEmpty,
  client_secret: Secret
}).annotations({ identifier: "ClientSecretCredentials" })

/**
 * The credentials of a channel that proves itself by an assertion.
 *
 * @since 0.1.0
 * @category models
 */
export interface AssertionCredentials {
  /** Is filled in. */
  readonly grant_type?: "client_credentials" | undefined
  /** Is filled in. */
  readonly client_assertion_type?: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" | undefined
  /** The assertion, see {@link signer}. */
  readonly client_assertion: Redacted.Redacted
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const AssertionCredentials: Schema.Schema<AssertionCredentials> = Schema.Struct({
  grant_type: GrantType,
  client_assertion_type: AssertionType,
  client_assertion: Secret
}).annotations({ identifier: "AssertionCredentials" })

/**
 * A token of which something is asked.
 *
 * @since 0.1.0
 * @category models
 */
export interface AccessToken {
  readonly access_token: Redacted.Redacted
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const AccessToken: Schema.Schema<AccessToken> = Schema.Struct({ access_token: Secret }).annotations({
  identifier: "AccessToken"
})

/**
 * A token v2.1 to revoke, and the channel it belongs to.
 *
 * @since 0.1.0
 * @category models
 */
export interface RevokeChannelTokenByJWTRequest {
  /** The channel ID. */
  readonly client_id: string
  /** The channel secret. */
  readonly client_secret: Redacted.Redacted
  readonly access_token: Redacted.Redacted
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const RevokeChannelTokenByJWTRequest: Schema.Schema<RevokeChannelTokenByJWTRequest> = Schema.Struct({
  client_id: Limit.NonEmpty,
  client_secret: Secret,
  access_token: Secret
}).annotations({ identifier: "RevokeChannelTokenByJWTRequest" })

/**
 * A token that LINE has issued. Nothing can be read of the token itself, whatever it looks like.
 *
 * @since 0.1.0
 * @category models
 */
export interface IssuedToken {
  readonly access_token: Redacted.Redacted
  /** How long it lives, in seconds. */
  readonly expires_in: number
  /** `Bearer`. */
  readonly token_type: string
}

const issuedFields = {
  access_token: Schema.Redacted(Schema.String),
  expires_in: Schema.Number,
  token_type: Schema.String
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const IssuedToken: Schema.Schema<IssuedToken, unknown> = Tolerant.struct(issuedFields).annotations({
  identifier: "IssuedToken"
})

/**
 * A token v2.1 that LINE has issued.
 *
 * @since 0.1.0
 * @category models
 */
export interface IssuedTokenWithKeyId extends IssuedToken {
  /** The name of the token, of which no secret follows: see {@link getsAllValidChannelAccessTokenKeyIds}. */
  readonly key_id: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const IssuedTokenWithKeyId: Schema.Schema<IssuedTokenWithKeyId, unknown> = Tolerant.struct({
  ...issuedFields,
  key_id: Schema.String
}).annotations({ identifier: "IssuedTokenWithKeyId" })

/**
 * A token that is valid.
 *
 * @since 0.1.0
 * @category models
 */
export interface VerifiedToken {
  /** The ID of its channel. */
  readonly client_id: string
  /** How long it goes on living, in seconds. */
  readonly expires_in: number
  /** What it may be used for, such as `profile chat_message.write`. */
  readonly scope?: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const VerifiedToken: Schema.Schema<VerifiedToken> = Schema.Struct({
  client_id: Schema.String,
  expires_in: Schema.Number,
  scope: Schema.optionalWith(Schema.String, { exact: true })
}).annotations({ identifier: "VerifiedToken" })

/**
 * The tokens v2.1 of a channel that are valid.
 *
 * @since 0.1.0
 * @category models
 */
export interface KeyIds {
  /** Their `key_id`s. */
  readonly kids: ReadonlyArray<string>
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const KeyIds: Schema.Schema<KeyIds> = Schema.Struct({ kids: Schema.Array(Schema.String) }).annotations({
  identifier: "KeyIds"
})

const withType = (argument: Properties): Properties => ({ ...argument, client_assertion_type: assertionType })

const withGrant = (argument: Properties): Properties => {
  const granted = { ...argument, grant_type: "client_credentials" }
  return argument["client_assertion"] === undefined ? granted : withType(granted)
}

// The three that issue are repeated through doubt: a token that is lost with its answer serves nobody and ends by itself,
// and a program without a token stands still.

/**
 * Issues a stateless token, which lives for 15 minutes. There may be any number of them, and none can be revoked.
 * `NotFound` if LINE knows no key with the `kid` of the assertion.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#issue-stateless-channel-access-token
 * @since 0.1.0
 * @category operations
 */
export const issueStatelessChannelToken = Operation.credentials("issueStatelessChannelToken", "/oauth2/v3/token", {
  body: Schema.Union(ClientSecretCredentials, AssertionCredentials),
  complete: withGrant,
  success: IssuedToken,
  errors: [LineError.NotFound],
  repeat: "safe"
})

/**
 * Issues a token v2.1, which lives for as long as the assertion says, 30 days at most. `TokenLimitReached` if 30 of the
 * channel are valid, `NotFound` if LINE knows no key with the `kid` of the assertion.
 *
 * It is repeated when an answer is lost, and the token in that answer then counts as one of the 30 until it ends.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Redacted from "effect/Redacted"
 * import * as ChannelToken from "line-effect/ChannelToken"
 *
 * const issue = (assertionKey: Redacted.Redacted) =>
 *   Effect.gen(function* () {
 *     const sign = yield* ChannelToken.signer({ channelId: "1234567890", assertionKey, assertionKeyId: "kid" })
 *     const client_assertion = yield* sign({ token_exp: 86_400 })
 *     return yield* ChannelToken.issueChannelTokenByJWT({ client_assertion })
 *   })
 * ```
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#issue-channel-access-token-v2-1
 * @since 0.1.0
 * @category operations
 */
export const issueChannelTokenByJWT = Operation.credentials("issueChannelTokenByJWT", "/oauth2/v2.1/token", {
  body: AssertionCredentials,
  complete: withGrant,
  success: IssuedTokenWithKeyId,
  errors: [LineError.TokenLimitReached, LineError.NotFound],
  repeat: "safe"
})

/**
 * What is known of a token v2.1. `OAuthError` if it has ended or is none.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#verify-channel-access-token-v2-1
 * @since 0.1.0
 * @category operations
 */
export const verifyChannelTokenByJWT = Operation.credentials("verifyChannelTokenByJWT", "/oauth2/v2.1/verify", {
  query: { access_token: Secret },
  success: VerifiedToken
})

/**
 * The `key_id`s of the tokens v2.1 of a channel that are valid. `NotFound` if LINE knows no key with the `kid` of the
 * assertion.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-all-valid-channel-access-token-key-ids-v2-1
 * @since 0.1.0
 * @category operations
 */
export const getsAllValidChannelAccessTokenKeyIds = Operation.credentials(
  "getsAllValidChannelAccessTokenKeyIds",
  "/oauth2/v2.1/tokens/kid",
  {
    query: { client_assertion_type: AssertionType, client_assertion: Secret },
    complete: withType,
    success: KeyIds,
    errors: [LineError.NotFound]
  }
)

/**
 * Revokes a token v2.1.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#revoke-channel-access-token-v2-1
 * @since 0.1.0
 * @category operations
 */
export const revokeChannelTokenByJWT = Operation.credentials("revokeChannelTokenByJWT", "/oauth2/v2.1/revoke", {
  body: RevokeChannelTokenByJWTRequest,
  repeat: "safe"
})

/**
 * Issues a short-lived token, which lives for 30 days. If 30 of the channel are valid, LINE revokes the oldest.
 *
 * It is repeated when an answer is lost, and the token in that answer then counts as one of the 30 until it ends.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#issue-shortlived-channel-access-token
 * @since 0.1.0
 * @category operations
 */
export const issueChannelToken = Operation.credentials("issueChannelToken", "/v2/oauth/accessToken", {
  body: ClientSecretCredentials,
  complete: withGrant,
  success: IssuedToken,
  repeat: "safe"
})

/**
 * What is known of a short-lived or long-lived token. `OAuthError` if it has ended or is none.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#verify-channel-access-token
 * @since 0.1.0
 * @category operations
 */
export const verifyChannelToken = Operation.credentials("verifyChannelToken", "/v2/oauth/verify", {
  body: AccessToken,
  success: VerifiedToken,
  repeat: "safe"
})

/**
 * Revokes a short-lived or long-lived token. One that LINE does not know is no error.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#revoke-longlived-or-shortlived-channel-access-token
 * @since 0.1.0
 * @category operations
 */
export const revokeChannelToken = Operation.credentials("revokeChannelToken", "/v2/oauth/revoke", {
  body: AccessToken,
  repeat: "safe"
})

/**
 * Imports an assertion signing key, once, and makes assertions with it: for {@link issueChannelTokenByJWT},
 * {@link issueStatelessChannelToken} and {@link getsAllValidChannelAccessTokenKeyIds}. An assertion is good for 15
 * minutes. `token_exp` is how long the token v2.1 that it asks for shall live, in seconds.
 *
 * @since 0.1.0
 * @category constructors
 */
export const signer: (
  options: ByAssertion
) => Effect.Effect<
  (claims?: { readonly token_exp?: number }) => Effect.Effect<Redacted.Redacted>,
  Assertion.InvalidAssertionKey
> = Assertion.signer

const unavailable = (issues: ReadonlyArray<LineError.Issue>): Effect.Effect<never, LineError.InvalidRequest> =>
  Effect.fail(
    new LineError.InvalidRequest({
      operation: "channelAccessToken",
      requestId: undefined,
      attempts: 0,
      retryKey: undefined,
      ambiguous: false,
      issues
    })
  )

/**
 * One token for ever, such as the long-lived one that the console issues.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fixed = (channelAccessToken: Redacted.Redacted): Service => {
  const issues = Bearer.issues(Redacted.value(channelAccessToken))
  return {
    get: issues.length === 0 ? Effect.succeed(channelAccessToken) : unavailable(issues),
    refuse: () => Effect.succeed(false)
  }
}

/**
 * No token: for a client that calls only what takes none, the operations of this module and `IdToken.verify`. Any other
 * call fails with `TokenUnavailable`.
 *
 * @example
 * ```ts
 * import * as ChannelToken from "line-effect/ChannelToken"
 * import * as LineClient from "line-effect/LineClient"
 *
 * const TokenClient = LineClient.layer({ channelAccessToken: ChannelToken.none })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const none: Service = {
  get: unavailable([{ path: "channelAccessToken", message: "is not there: this client is for what takes no token" }]),
  refuse: () => Effect.succeed(false)
}

/** How tokens of a kind are issued, and revoked if they can be. */
interface Issuer<Issued> {
  readonly issue: Effect.Effect<Issued, LineError.LineError>
  readonly revoke: ((access_token: Redacted.Redacted) => Effect.Effect<void, LineError.LineError>) | undefined
}

/** A token that was issued. Times are of the clock, in milliseconds. */
interface Held<Issued> {
  readonly issued: Issued
  /** From when on the next one is issued. */
  renewAt: number
  /** From when on it is no longer used. */
  readonly endsAt: number
}

// A fifth of a token's life is left to renew it in, and of a long life a day.
const renewalTime = (life: number): number => Math.min(life / 5, Duration.toMillis("1 day"))

// What is sent in the last seconds may arrive after the end.
const lastMoments = (life: number): number => Math.min(life / 10, Duration.toMillis("10 seconds"))

// LINE that refuses new tokens one after the other has another reason, and counts them: from this pause to that.
const refusalPause = Duration.toMillis("1 minute")
const longestPause = Duration.toMillis("1 hour")

/**
 * What a log says of a failure, whose text holds no secret: the client sees to that. Nobody does for what a transport
 * dies of.
 */
const reasonOf = (cause: Cause.Cause<{ readonly _tag: string; readonly message: string }>): Record<string, string> => {
  const failure = Option.getOrUndefined(Cause.failureOption(cause))
  if (failure !== undefined) return { error: failure._tag, reason: failure.message }
  const defect = Cause.squash(cause)
  return { error: defect instanceof Error ? defect.name : "unknown" }
}

/** A service that keeps one token at hand, and the token as it was issued. */
const keep = <Issued extends IssuedToken>({
  issue,
  revoke
}: Issuer<Issued>): Effect.Effect<
  Service & { readonly current: Effect.Effect<Issued, LineError.LineError> },
  never,
  Scope.Scope
> =>
  Effect.gen(function* () {
    const clock = yield* Effect.clock
    const elapsed = yield* TimeLimit.elapsed
    const valid = new Set<Held<Issued>>()
    let held: Held<Issued> | undefined
    let replacedAt = -Infinity
    let pause = refusalPause

    const revokeOne = (token: Held<Issued>): Effect.Effect<void, LineError.LineError> =>
      revoke === undefined ? Effect.void : Effect.map(revoke(token.issued.access_token), () => void valid.delete(token))

    const revokeAtEnd = (token: Held<Issued>): Effect.Effect<void> =>
      revokeOne(token).pipe(
        // Interruptible in a finalizer, which must not wait for LINE without end.
        Effect.interruptible,
        Effect.timeout("5 seconds"),
        Effect.catchAllCause((cause) =>
          Effect.annotateLogs(
            Effect.logWarning("A channel access token was not revoked, and goes on until it ends"),
            reasonOf(cause)
          )
        )
      )

    const revokeRefused = (token: Held<Issued>): Effect.Effect<void> =>
      Effect.interruptible(
        Effect.catchAllCause(revokeOne(token), (cause) =>
          Effect.annotateLogs(
            Effect.logWarning("A refused channel access token was not revoked, and will be when the scope closes"),
            reasonOf(cause)
          )
        )
      )

    yield* Effect.addFinalizer(() => {
      const now = clock.unsafeCurrentTimeMillis()
      const living = [...valid].filter(({ endsAt }) => now < endsAt)
      return Effect.forEach(living, revokeAtEnd, { concurrency: "unbounded", discard: true })
    })
    // Made after that finalizer, and so closed before it: what is interrupted then is revoked at the end.
    const runBeside = yield* FiberSet.makeRuntime<never>()

    const hold = (issued: Issued, askedAt: number): Held<Issued> => {
      const life = issued.expires_in * 1000
      const end = askedAt + life
      const token = { issued, renewAt: end - renewalTime(life), endsAt: end - lastMoments(life) }
      for (const old of valid) if (old.endsAt <= askedAt) valid.delete(old)
      valid.add(token)
      return (held = token)
    }

    // Some calls have a token, for some time yet: there is no need to try at each of them.
    const postpone = (cause: Cause.Cause<LineError.LineError>): Effect.Effect<void> => {
      const now = clock.unsafeCurrentTimeMillis()
      if (held === undefined || held.endsAt <= now) return Effect.void
      held.renewAt = now + (held.endsAt - now) / 2
      return Effect.annotateLogs(
        Effect.logWarning("The channel access token was not renewed, and goes on for a while"),
        { ...reasonOf(cause), left: Duration.format(Duration.millis(held.endsAt - now)) }
      )
    }

    const renewal = yield* Shared.make(
      Effect.suspend(() => {
        const askedAt = clock.unsafeCurrentTimeMillis()
        // What has been issued is held, that it may be revoked.
        const issued = Effect.uninterruptibleMask((restore) =>
          Effect.map(restore(issue), (issued) => hold(issued, askedAt))
        )
        return Effect.tapErrorCause(issued, postpone)
      })
    )

    const token: Effect.Effect<Held<Issued>, LineError.LineError> = Effect.suspend(() => {
      const now = clock.unsafeCurrentTimeMillis()
      if (held === undefined || now >= held.endsAt) return renewal.result
      return now < held.renewAt ? Effect.succeed(held) : Effect.as(renewal.begin, held)
    })

    const refuse = (refused: Redacted.Redacted): Effect.Effect<boolean> =>
      Effect.sync(() => {
        const isHeld = held !== undefined && Redacted.value(held.issued.access_token) === Redacted.value(refused)
        if (held === undefined || !isHeld) return true
        const now = elapsed()
        const since = now - replacedAt
        if (since < pause) return false
        // A replacement that has served for longer than any pause was a good one.
        pause = since < 2 * longestPause ? Math.min(2 * pause, longestPause) : refusalPause
        replacedAt = now
        runBeside(revokeRefused(held))
        held = undefined
        return true
      })

    return {
      get: Effect.map(token, ({ issued }) => issued.access_token),
      current: Effect.map(token, ({ issued }) => issued),
      refuse
    }
  })

const tokenClient = (
  options: ClientOptions
): Effect.Effect<LineClient.Service, never, HttpClient.HttpClient | Scope.Scope> =>
  LineClient.make({ ...options, channelAccessToken: none })

/** Issues by the policy of the options alone, whatever that of the region is in which the service is made. */
const byPolicy = ({ retry = Retry.none }: ClientOptions) => Retry.withPolicy(retry)

/**
 * Stateless tokens: each lives for 15 minutes, and LINE neither counts nor revokes them. The usual choice where the
 * console's token is not wanted. A call in the last 3 minutes of a token has the next one issued beside it.
 *
 * @since 0.1.0
 * @category constructors
 */
export function makeStateless(
  options: BySecret & ClientOptions
): Effect.Effect<Service, never, HttpClient.HttpClient | Scope.Scope>
export function makeStateless(
  options: (BySecret | ByAssertion) & ClientOptions
): Effect.Effect<Service, Assertion.InvalidAssertionKey, HttpClient.HttpClient | Scope.Scope>
export function makeStateless(
  options: (BySecret | ByAssertion) & ClientOptions
): Effect.Effect<Service, Assertion.InvalidAssertionKey, HttpClient.HttpClient | Scope.Scope> {
  return Effect.gen(function* () {
    const client = yield* tokenClient(options)
    const credentials = yield* credentialsOf(options)
    const issue = Effect.flatMap(credentials, (credentials) => client.execute(issueStatelessChannelToken, credentials))
    return yield* keep({ issue: byPolicy(options)(issue), revoke: undefined })
  })
}

const credentialsOf = (
  options: BySecret | ByAssertion
): Effect.Effect<Effect.Effect<ClientSecretCredentials | AssertionCredentials>, Assertion.InvalidAssertionKey> =>
  isBySecret(options)
    ? Effect.succeed(Effect.succeed({ client_id: options.channelId, client_secret: options.channelSecret }))
    : Effect.map(signer(options), (sign) => Effect.map(sign(), (client_assertion) => ({ client_assertion })))

// A program may have read what it has from its settings, and have an undefined secret.
const isBySecret = (options: BySecret | ByAssertion): options is BySecret =>
  "channelSecret" in options && options.channelSecret !== undefined

/**
 * Which tokens v2.1 to issue.
 *
 * @since 0.1.0
 * @category models
 */
export interface V21Options extends ByAssertion, ClientOptions {
  /** How long each token lives: 1 day unless set, 30 days at most. A process that is killed leaves its token behind. */
  readonly tokenLifetime?: Duration.DurationInput | undefined
  /** With it tokens are revoked when the scope closes; LINE demands it for that. */
  readonly channelSecret?: Redacted.Redacted | undefined
}

/**
 * A service of tokens v2.1.
 *
 * @since 0.1.0
 * @category models
 */
export interface V21Service extends Service {
  /** The `key_id` of the token to call with now, which names it and is no secret. */
  readonly keyId: Effect.Effect<string, LineError.LineError>
}

const longestLifetime = 30 * 24 * 3600

/**
 * Tokens v2.1, of which a channel may have 30 at once: beyond them none is issued, and calls fail with
 * `TokenUnavailable`, whose `cause` is `TokenLimitReached`. If the channel secret is given, a token that LINE refuses is
 * revoked, and those that are still valid when the scope closes are; a process that is killed leaves its token behind
 * until it ends. A call in the last fifth of a token's life, or on its last day, has the next one issued beside it. A
 * lifetime that is not from 1 second to 30 days is a mistake in the program, and dies.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeV21 = (
  options: V21Options
): Effect.Effect<V21Service, Assertion.InvalidAssertionKey, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function* () {
    const { channelId: client_id, channelSecret: client_secret, tokenLifetime = "1 day" } = options
    const token_exp = Math.floor(Duration.toSeconds(tokenLifetime))
    if (!(token_exp >= 1 && token_exp <= longestLifetime)) {
      return yield* Effect.die(new RangeError(`a token lives from 1 second to 30 days, not ${token_exp} seconds`))
    }
    const client = yield* tokenClient(options)
    const sign = yield* signer(options)
    const { current, ...service } = yield* keep({
      issue: byPolicy(options)(
        Effect.flatMap(sign({ token_exp }), (client_assertion) =>
          client.execute(issueChannelTokenByJWT, { client_assertion })
        )
      ),
      revoke:
        client_secret === undefined
          ? undefined
          : (access_token) => client.execute(revokeChannelTokenByJWT, { client_id, client_secret, access_token })
    })
    return { ...service, keyId: Effect.map(current, ({ key_id }) => key_id) }
  })

/**
 * Short-lived tokens, which live for 30 days, and of which a channel may have 30 at once: beyond them LINE revokes the
 * oldest. A token that LINE refuses is revoked, and those that are still valid when the scope closes are; a process that
 * is killed leaves its token behind until it ends. A call on the last day of a token has the next one issued beside it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeShortLived = (
  options: BySecret & ClientOptions
): Effect.Effect<Service, never, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function* () {
    const client = yield* tokenClient(options)
    const { channelId: client_id, channelSecret: client_secret } = options
    return yield* keep({
      issue: byPolicy(options)(client.execute(issueChannelToken, { client_id, client_secret })),
      revoke: (access_token) => client.execute(revokeChannelToken, { access_token })
    })
  })

/**
 * {@link fixed} as a layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFixed = (channelAccessToken: Redacted.Redacted): Layer.Layer<ChannelToken> =>
  Layer.succeed(ChannelToken, fixed(channelAccessToken))

/**
 * {@link makeStateless} as a layer.
 *
 * @example
 * ```ts
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 * import * as ChannelToken from "line-effect/ChannelToken"
 *
 * const LineLive = ChannelToken.layerClient().pipe(
 *   Layer.provide(ChannelToken.layerStateless({ channelId: "1234567890", channelSecret: Redacted.make("…") })),
 *   Layer.provide(FetchHttpClient.layer)
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export function layerStateless(
  options: BySecret & ClientOptions
): Layer.Layer<ChannelToken, never, HttpClient.HttpClient>
export function layerStateless(
  options: (BySecret | ByAssertion) & ClientOptions
): Layer.Layer<ChannelToken, Assertion.InvalidAssertionKey, HttpClient.HttpClient>
export function layerStateless(
  options: (BySecret | ByAssertion) & ClientOptions
): Layer.Layer<ChannelToken, Assertion.InvalidAssertionKey, HttpClient.HttpClient> {
  return Layer.scoped(ChannelToken, makeStateless(options))
}

/**
 * {@link makeV21} as a layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerV21 = (
  options: V21Options
): Layer.Layer<ChannelToken, Assertion.InvalidAssertionKey, HttpClient.HttpClient> =>
  Layer.scoped(ChannelToken, makeV21(options))

/**
 * {@link makeShortLived} as a layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerShortLived = (
  options: BySecret & ClientOptions
): Layer.Layer<ChannelToken, never, HttpClient.HttpClient> => Layer.scoped(ChannelToken, makeShortLived(options))

const variable = {
  token: "LINE_CHANNEL_ACCESS_TOKEN",
  channelId: "LINE_CHANNEL_ID",
  channelSecret: "LINE_CHANNEL_SECRET",
  assertionKey: "LINE_ASSERTION_KEY",
  assertionKeyId: "LINE_ASSERTION_KEY_ID"
} as const

const secretIn = (name: string): Config.Config<Option.Option<Redacted.Redacted>> =>
  Config.option(Config.redacted(Config.nonEmptyString(name)))

const textIn = (name: string): Config.Config<Option.Option<string>> => Config.option(Config.nonEmptyString(name))

const environment = Config.all({
  token: secretIn(variable.token),
  channelId: textIn(variable.channelId),
  channelSecret: secretIn(variable.channelSecret),
  assertionKey: secretIn(variable.assertionKey),
  assertionKeyId: textIn(variable.assertionKeyId),
  baseUrls: Environment.baseUrls
})

const wanted =
  `set ${variable.token}, or ${variable.channelId} and ${variable.channelSecret}, ` +
  `or ${variable.channelId}, ${variable.assertionKey} and ${variable.assertionKeyId}`

/**
 * The tokens of the channel that the environment names: the fixed one of `LINE_CHANNEL_ACCESS_TOKEN`, or else stateless
 * ones for `LINE_CHANNEL_ID`, by `LINE_CHANNEL_SECRET` or else by `LINE_ASSERTION_KEY` (a JWK, or a PEM in which line
 * breaks may be written `\n`) and `LINE_ASSERTION_KEY_ID`. Tokens are asked for where `LINE_API_BASE_URL` says, unless
 * `options` do.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeConfig = (
  options: ClientOptions = {}
): Effect.Effect<Service, ConfigError.ConfigError, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function* () {
    const { assertionKey, channelId, channelSecret, token, ...found } = yield* environment
    const client = { ...options, baseUrls: { ...found.baseUrls, ...options.baseUrls } }
    if (Option.isSome(token)) return yield* fixedConfig(token.value)
    if (Option.isSome(channelId) && Option.isSome(channelSecret)) {
      return yield* makeStateless({ ...client, channelId: channelId.value, channelSecret: channelSecret.value })
    }
    if (Option.isSome(channelId) && Option.isSome(assertionKey)) {
      const assertionKeyId = Option.getOrUndefined(found.assertionKeyId)
      const key = { channelId: channelId.value, assertionKey: assertionKey.value, assertionKeyId }
      return yield* Effect.mapError(makeStateless({ ...client, ...key }), ({ reason }) =>
        reason === Assertion.withoutId
          ? ConfigError.MissingData([variable.assertionKeyId], `the assertion signing key ${reason}`)
          : ConfigError.InvalidData([variable.assertionKey], reason)
      )
    }
    return yield* Effect.fail(ConfigError.MissingData([variable.token], wanted))
  })

const fixedConfig = (token: Redacted.Redacted): Effect.Effect<Service, ConfigError.ConfigError> => {
  const [issue] = Bearer.issues(Redacted.value(token))
  return issue === undefined
    ? Effect.succeed(fixed(token))
    : Effect.fail(ConfigError.InvalidData([variable.token], issue.message))
}

/**
 * {@link makeConfig} as a layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  options: ClientOptions = {}
): Layer.Layer<ChannelToken, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Layer.scoped(ChannelToken, makeConfig(options))

/**
 * The client of a channel whose tokens come from {@link ChannelToken}.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerClient = (
  options: ClientOptions = {}
): Layer.Layer<LineClient.LineClient, never, ChannelToken | HttpClient.HttpClient> =>
  Layer.unwrapEffect(
    Effect.map(ChannelToken, (channelAccessToken) => LineClient.layer({ ...options, channelAccessToken }))
  )

/**
 * The client of the channel that the environment names, whichever way: as `LineClient.layerConfig`, with the tokens of
 * {@link makeConfig}. `retry` is for the calls, each attempt of which asks once for a token if there is none.
 *
 * @example
 * ```ts
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Layer from "effect/Layer"
 * import * as ChannelToken from "line-effect/ChannelToken"
 *
 * const LineLive = ChannelToken.layerClientConfig().pipe(Layer.provide(FetchHttpClient.layer))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerClientConfig = (
  options: ClientOptions = {}
): Layer.Layer<LineClient.LineClient, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Layer.unwrapScoped(
    Effect.map(makeConfig({ ...options, retry: undefined }), (channelAccessToken) =>
      LineClient.layerConfig({ ...options, channelAccessToken })
    )
  )
