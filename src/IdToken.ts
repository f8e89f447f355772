/**
 * ID tokens: who a person is, as told by the LINE app to a LIFF app, or by LINE Login to a web server, which pass it on
 * to a server of yours. Believe nothing in one before it is verified: by LINE, with {@link verify}, or against LINE's keys
 * without a call for each token, with {@link verifyLocally}. Both take the same argument and fail in the same way.
 *
 * @see https://developers.line.biz/en/docs/line-login/verify-id-token/
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { decodeProtectedHeader } from "jose/decode/protected_header"
import * as Errors from "jose/errors"
import { jwtVerify } from "jose/jwt/verify"
import * as ChannelToken from "./ChannelToken.js"
import * as Limit from "./internal/Limit.js"
import * as Request from "./internal/Request.js"
import * as Response from "./internal/Response.js"
import * as Shared from "./internal/Shared.js"
import * as LineClient from "./LineClient.js"
import type * as LineError from "./LineError.js"
import * as Operation from "./Operation.js"

/**
 * What a verified ID token says. Times are in seconds since 1970.
 *
 * @since 0.1.0
 * @category models
 */
export interface Claims {
  /** `https://access.line.me`. */
  readonly iss: string
  /** The user ID. It differs from provider to provider. */
  readonly sub: string
  /** The ID of the channel that the token is for. */
  readonly aud: string
  /** When the token ends. */
  readonly exp: number
  /** When the token was issued. */
  readonly iat: number
  /** When the user was authenticated, if the authorization asked for it. */
  readonly auth_time?: number
  readonly nonce?: string
  /** How the user was authenticated, such as `pwd`, `lineautologin`, `lineqr` or `linesso`. */
  readonly amr?: ReadonlyArray<string>
  /** The display name, with the scope `profile`. */
  readonly name?: string
  /** The URL of the profile image, with the scope `profile`. */
  readonly picture?: string
  /** The email address, with the scope `email`. */
  readonly email?: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Claims: Schema.Schema<Claims> = Schema.Struct({
  iss: Schema.String,
  sub: Schema.String,
  aud: Schema.String,
  exp: Schema.Number,
  iat: Schema.Number,
  auth_time: Schema.optionalWith(Schema.Number, { exact: true }),
  nonce: Schema.optionalWith(Schema.String, { exact: true }),
  amr: Schema.optionalWith(Schema.Array(Schema.String), { exact: true }),
  name: Schema.optionalWith(Schema.String, { exact: true }),
  picture: Schema.optionalWith(Schema.String, { exact: true }),
  email: Schema.optionalWith(Schema.String, { exact: true })
}).annotations({ identifier: "IdTokenClaims" })

/**
 * An ID token, and what it must say.
 *
 * @since 0.1.0
 * @category models
 */
export interface VerifyRequest {
  readonly id_token: Redacted.Redacted
  /** The ID of the channel that the token must be for: that of the LINE Login channel, also of a LIFF app. */
  readonly client_id: string
  /** The `nonce` of the authorization request, if it had one. */
  readonly nonce?: string | undefined
  /** The ID of the user whose token it must be. */
  readonly user_id?: string | undefined
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const VerifyRequest: Schema.Schema<VerifyRequest> = Schema.Struct({
  id_token: Schema.RedactedFromSelf(Schema.String).annotations({ identifier: "Redacted" }),
  client_id: Limit.NonEmpty,
  nonce: Schema.optional(Schema.String),
  user_id: Schema.optional(Schema.String)
}).annotations({ identifier: "VerifyIdTokenRequest" })

/**
 * An ID token that is not to be believed. Nothing in it shows the token.
 *
 * - `malformed`: it is no ID token of LINE's. LINE itself says so also of one whose signature is wrong.
 * - `algorithm`: it is signed in another way than LINE signs, or with the channel secret, which was not given.
 * - `signature`: none of LINE's keys, nor the channel secret, has signed it.
 * - `issuer`, `audience`, `subject`, `nonce`: it is from, for, about or in answer to another one.
 * - `expired`: it has ended. Have the user log in again.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidIdToken extends Data.TaggedError("LineInvalidIdToken")<{
  readonly reason: "malformed" | "algorithm" | "signature" | "issuer" | "audience" | "subject" | "nonce" | "expired"
}> {
  override get message(): string {
    return explanations[this.reason]
  }
}

const explanations: Record<InvalidIdToken["reason"], string> = {
  malformed: "it is no ID token of LINE's",
  algorithm: "the ID token is signed in a way that was not expected, or with the channel secret, which was not given",
  signature: "the ID token is signed neither by LINE nor with the channel secret",
  issuer: "the ID token is not issued by LINE",
  audience: "the ID token is for another channel",
  subject: "the ID token is another user's",
  nonce: "the ID token is not the answer to this authorization: the nonce is another one",
  expired: "the ID token has expired, the user must log in again"
}

const invalid = (reason: InvalidIdToken["reason"]): InvalidIdToken => new InvalidIdToken({ reason })

const verifyIdToken = Operation.credentials("verifyIdToken", "/oauth2/v2.1/verify", {
  body: VerifyRequest,
  success: Claims,
  repeat: "safe"
})

/**
 * Why an ID token could not be verified, here or by LINE, such as an outage: try later, and do not take it for a refusal
 * of the token. `OAuthError` is a refusal of LINE's for another reason than those of {@link InvalidIdToken}.
 *
 * @since 0.1.0
 * @category errors
 */
export type Unverified = LineError.OAuthError | LineError.InvalidResponse | LineError.Common

/**
 * Has LINE verify an ID token. It takes no channel access token, so that a client of `ChannelToken.none` will do.
 * `InvalidIdToken` is LINE's refusal of the token; every other failure is one of the call.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Redacted from "effect/Redacted"
 * import * as IdToken from "line-effect/IdToken"
 *
 * const login = (idToken: string, nonce: string) =>
 *   IdToken.verify({ id_token: Redacted.make(idToken), client_id: "1234567890", nonce }).pipe(
 *     Effect.map(({ sub }) => sub),
 *     Effect.catchTag("LineInvalidIdToken", ({ reason }) =>
 *       Effect.fail(reason === "expired" ? "log in again" : "who are you?")
 *     )
 *   )
 * ```
 *
 * @see https://developers.line.biz/en/reference/line-login/#verify-id-token
 * @since 0.1.0
 * @category combinators
 */
export const verify = (
  request: VerifyRequest
): Effect.Effect<Claims, InvalidIdToken | Unverified, LineClient.LineClient> =>
  Effect.catchTag(verifyIdToken(request), "LineOAuthError", (error) =>
    Effect.fail(reasonIn(error.errorDescription) ?? error)
  )

// LINE's texts are the only thing in which its refusals differ: "IdToken expired.", "Invalid IdToken Audience."
const reasonIn = (description: string | undefined): InvalidIdToken | undefined => {
  if (description === undefined || !/id ?token/i.test(description)) return undefined
  const [, reason] = words.find(([word]) => word.test(description)) ?? []
  return invalid(reason ?? "malformed")
}

const words: ReadonlyArray<readonly [RegExp, InvalidIdToken["reason"]]> = [
  [/expired/i, "expired"],
  [/issuer/i, "issuer"],
  [/audience/i, "audience"],
  [/subject/i, "subject"],
  [/nonce/i, "nonce"]
]

/**
 * A public key as LINE publishes it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Jwk {
  readonly kty: string
  readonly kid?: string
  readonly [parameter: string]: unknown
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Jwk: Schema.Schema<Jwk> = Schema.Struct(
  { kty: Schema.String, kid: Schema.optionalWith(Schema.String, { exact: true }) },
  { key: Schema.String, value: Schema.Unknown }
).annotations({ identifier: "Jwk" })

/**
 * LINE's keys.
 *
 * @since 0.1.0
 * @category models
 */
export interface KeysService {
  /** The key of a `kid`, unless LINE has none of that name. */
  readonly get: (kid: string) => Effect.Effect<Jwk | undefined, Unverified>
}

/**
 * LINE's keys, with which {@link verifyLocally} verifies.
 *
 * @since 0.1.0
 * @category services
 */
export class Keys extends Context.Tag("line-effect/IdToken/Keys")<Keys, KeysService>() {}

interface KeySet {
  readonly keys: ReadonlyArray<Jwk>
}

const KeySet: Schema.Schema<KeySet> = Schema.Struct({ keys: Schema.Array(Jwk) })

const getIdTokenKeys = Operation.credentials("getIdTokenKeys", "/oauth2/v2.1/certs", { success: KeySet })

// A key that LINE withdraws is believed for no longer than this.
const keysLife = Duration.toMillis("1 hour")

// Anybody can send a token that names a key of their own: LINE is not asked at each.
const cooldown = Duration.toMillis("30 seconds")

/**
 * Fetches LINE's keys when they are needed, at most once for all who wait for them. They are kept for an hour, and
 * fetched before that if a token names a key that is not among them, though not twice within 30 seconds: if they could
 * not be had, that is how long such a token fails for the same reason.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeKeys = (
  options: ChannelToken.ClientOptions = {}
): Effect.Effect<KeysService, never, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function* () {
    const client = yield* LineClient.make({ ...options, channelAccessToken: ChannelToken.none })
    const clock = yield* Effect.clock
    let keys: ReadonlyMap<string | undefined, Jwk> = new Map()
    let fetchedAt = -Infinity
    let last: { readonly at: number; readonly exit: Exit.Exit<unknown, Unverified> } | undefined
    const fetch = yield* Shared.make(
      client.execute(getIdTokenKeys, undefined).pipe(
        Effect.map((set) => {
          keys = new Map(set.keys.map((key) => [key.kid, key]))
          fetchedAt = clock.unsafeCurrentTimeMillis()
        }),
        Effect.onExit((exit) => Effect.sync(() => (last = { at: clock.unsafeCurrentTimeMillis(), exit })))
      )
    )
    // What lies in the future is from before the clock was set back, nobody knows how long.
    const isWithin = (time: number, since: number): boolean => {
      const age = clock.unsafeCurrentTimeMillis() - since
      return age >= 0 && age < time
    }
    const current = Effect.suspend((): Effect.Effect<unknown, Unverified> => {
      const hadKeys = fetchedAt > -Infinity
      return hadKeys && last !== undefined && isWithin(cooldown, last.at) ? last.exit : fetch.result
    })
    return {
      get: (kid) =>
        Effect.suspend(() =>
          keys.has(kid) && isWithin(keysLife, fetchedAt)
            ? Effect.succeed(keys.get(kid))
            : Effect.map(current, () => keys.get(kid))
        )
    }
  })

/**
 * {@link makeKeys} as a layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerKeys = (options: ChannelToken.ClientOptions = {}): Layer.Layer<Keys, never, HttpClient.HttpClient> =>
  Layer.scoped(Keys, makeKeys(options))

const issuer = "https://access.line.me"

// Clocks differ.
const tolerance = 10

/**
 * Verifies an ID token without a call to LINE for each: its signature, by LINE's keys (ES256: LIFF apps, native apps)
 * or by the channel secret (HS256: LINE Login on the web), its issuer, audience and end, with 10 seconds of tolerance,
 * and the nonce and the user if they are given. A token signed with the channel secret is refused unless it is given. If
 * LINE's keys cannot be had, it fails with the failure of the call that should have fetched them.
 *
 * @example
 * ```ts
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 * import * as IdToken from "line-effect/IdToken"
 *
 * const whoIs = (idToken: string) =>
 *   IdToken.verifyLocally({ id_token: Redacted.make(idToken), client_id: "1234567890" })
 *
 * const program = Effect.provide(whoIs("eyJ…"), IdToken.layerKeys().pipe(Layer.provide(FetchHttpClient.layer)))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const verifyLocally = (
  request: VerifyRequest & {
    /** The channel secret, for tokens of LINE Login on the web. */
    readonly client_secret?: Redacted.Redacted | undefined
  }
): Effect.Effect<Claims, InvalidIdToken | Unverified, Keys> =>
  Effect.gen(function* () {
    const { client_secret, ...expected } = request
    const issues = Request.issues(verifyIdToken, expected)
    if (issues !== undefined) return yield* Response.invalid(verifyIdToken, issues)
    const token = Redacted.value(request.id_token)
    const key = yield* keyOf(token, client_secret)
    const now = yield* Clock.currentTimeMillis
    const { payload } = yield* Effect.tryPromise({
      try: () =>
        jwtVerify(token, key, {
          algorithms: ["ES256", "HS256"],
          issuer,
          audience: request.client_id,
          requiredClaims: ["exp"],
          currentDate: new Date(now),
          clockTolerance: tolerance
        }),
      catch: (error) => invalid(reasonOf(error))
    })
    const claims = yield* Either.mapLeft(decode(payload), () => invalid("malformed"))
    // Once more: where it is given nothing to compare with, the library compares nothing.
    if (claims.aud !== request.client_id) return yield* invalid("audience")
    if (request.user_id !== undefined && claims.sub !== request.user_id) return yield* invalid("subject")
    if (request.nonce !== undefined && claims.nonce !== request.nonce) return yield* invalid("nonce")
    return claims
  })

const decode = Schema.decodeUnknownEither(Claims, { onExcessProperty: "preserve" })

/** What must have signed a token: which kind of key, its header decides, and with it the algorithm. */
const keyOf = (
  token: string,
  secret: Redacted.Redacted | undefined
): Effect.Effect<Jwk | Uint8Array, InvalidIdToken | Unverified, Keys> =>
  Effect.gen(function* () {
    const header = yield* Effect.try({ try: () => decodeProtectedHeader(token), catch: () => invalid("malformed") })
    if (header.alg === "HS256") {
      // With an empty secret anybody could sign.
      if (secret === undefined || Redacted.value(secret) === "") return yield* invalid("algorithm")
      return new TextEncoder().encode(Redacted.value(secret))
    }
    if (header.alg !== "ES256") return yield* invalid("algorithm")
    const keys = yield* Keys
    const key = yield* keys.get(header.kid ?? "")
    return key ?? (yield* invalid("signature"))
  })

const claimReasons: Readonly<Record<string, InvalidIdToken["reason"]>> = { iss: "issuer", aud: "audience" }

const reasonOf = (error: unknown): InvalidIdToken["reason"] => {
  if (error instanceof Errors.JWTExpired) return "expired"
  if (error instanceof Errors.JWTClaimValidationFailed) return claimReasons[error.claim] ?? "malformed"
  if (error instanceof Errors.JWSSignatureVerificationFailed) return "signature"
  return "malformed"
}
