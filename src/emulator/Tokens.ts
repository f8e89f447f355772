/**
 * Channel access tokens: issued, verified, revoked, and ended by the clock. The one that the channel has from the
 * beginning is the long-lived one of the console.
 */
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import { createPublicKey, verify } from "node:crypto"
import type { PublicJwk } from "./Model.js"
import * as Refusal from "./Refusal.js"
import { ok, type Answer, type Call, type Handler, type Route } from "./Wire.js"
import type { World } from "./World.js"

type Kind = "long-lived" | "short-lived" | "v2.1" | "stateless"

/** A token that is not revoked. */
export interface Token {
  readonly kind: Kind
  /** Its name, if it is a token v2.1. */
  readonly keyId: string | undefined
  readonly expiresAt: number
}

/** The tokens of the channel, in the order of their issue, and the keys that are registered for it by their `kid`s. */
export interface Tokens {
  readonly issued: Map<string, Token>
  readonly keys: Map<string, Key>
}

/** What a registered key is made of. */
interface Key {
  readonly n: string
  readonly e: string
}

const publicKey = (key: Key) => createPublicKey({ key: { kty: "RSA", ...key }, format: "jwk" })

/** No tokens but the long-lived one. */
export const make = (channelAccessToken: Redacted.Redacted): Tokens => ({
  issued: new Map([
    [Redacted.value(channelAccessToken), { kind: "long-lived", keyId: undefined, expiresAt: Infinity }]
  ]),
  keys: new Map()
})

/** Whether the token in an `Authorization` header is one of the channel's, and has not ended. */
export const authorizes = ({ tokens }: World, authorization: string | undefined, now: number): boolean => {
  const token = /^Bearer (.+)$/.exec(authorization ?? "")?.[1]
  return token !== undefined && now < (tokens.issued.get(token)?.expiresAt ?? -Infinity)
}

/** Registers a public key as LINE's console does, and returns the `kid` it gets; or says why the console refuses it. */
export const register = ({ ids, tokens }: World, jwk: PublicJwk): Either.Either<string, string> =>
  Either.gen(function* () {
    const rules = [
      [jwk.kty === "RSA" && jwk.alg === "RS256", 'kty must be "RSA" and alg "RS256"'],
      [(jwk.use === "sig") !== isForVerification(jwk.key_ops), 'either use must be "sig" or key_ops ["verify"]'],
      [!("kid" in jwk), "it must have no kid: LINE chooses one"],
      [!("d" in jwk), "it must be the public key: the private one is not for LINE"]
    ] as const
    for (const [holds, reason] of rules) if (!holds) yield* Either.left(reason)
    const key: Key = { n: jwk.n ?? "", e: jwk.e ?? "" }
    const { asymmetricKeyDetails } = yield* Either.try({
      try: () => publicKey(key),
      catch: () => "it is not a whole key"
    })
    if (asymmetricKeyDetails?.modulusLength !== 2048) yield* Either.left("it must have 2048 bits")
    const kid = ids.uuid()
    tokens.keys.set(kid, key)
    return kid
  })

const isForVerification = (operations: ReadonlyArray<string> | undefined): boolean =>
  operations?.length === 1 && operations[0] === "verify"

const refuse = (error: string, description?: string): Either.Either<never, Answer> =>
  Either.left(Refusal.oauth(error, description))

const incomplete = Refusal.oauth("invalid_request", "some parameters missed or invalid")
const unknownKey = Refusal.refuse(404, "Cannot find channel key that satisfies the conditions")
const tooMany = Refusal.refuse(400, "The maximum number of access tokens has already been issued")

const maximum = 30
const longestLife = 30 * 24 * 3600
const statelessLife = 900

/** The tokens of a kind that have not ended, the oldest first. */
const living = ({ now, world }: Call, kind: Kind): ReadonlyArray<readonly [value: string, token: Token]> =>
  [...world.tokens.issued].filter(([, token]) => token.kind === kind && now < token.expiresAt)

const issue = ({ now, world: { ids, tokens } }: Call, kind: Kind, seconds: number): Answer => {
  // Short-lived ones are of one piece; the others look like a JWS, of which nothing may be read.
  const value = kind === "short-lived" ? ids.token(172) : `${ids.token(36)}.${ids.token(160)}.${ids.token(43)}`
  const keyId = kind === "v2.1" ? ids.token(22) : undefined
  for (const [old, { expiresAt }] of tokens.issued) if (now >= expiresAt) tokens.issued.delete(old)
  tokens.issued.set(value, { kind, keyId, expiresAt: now + seconds * 1000 })
  return ok({ access_token: value, expires_in: seconds, token_type: "Bearer", key_id: keyId })
}

const isGrant = ({ body }: Call): boolean => body["grant_type"] === "client_credentials"

/** Whose secret is wrong, if either is. */
const requireSecret = ({ body, world: { channel } }: Call): Either.Either<void, Answer> => {
  if (!body["client_id"] || !body["client_secret"]) return Either.left(incomplete)
  if (body["client_id"] !== channel.channelId) return refuse("invalid_client", "invalid client_id")
  return body["client_secret"] === Redacted.value(channel.channelSecret)
    ? Either.void
    : refuse("invalid_client", "invalid client_secret")
}

const issueChannelToken: Handler = (call) =>
  Either.gen(function* () {
    yield* Refusal.unless(isGrant(call), incomplete)
    yield* requireSecret(call)
    const [oldest, ...others] = living(call, "short-lived")
    if (oldest !== undefined && others.length + 1 >= maximum) call.world.tokens.issued.delete(oldest[0])
    return issue(call, "short-lived", longestLife)
  })

const issueStatelessChannelToken: Handler = (call) =>
  Either.gen(function* () {
    yield* Refusal.unless(isGrant(call), incomplete)
    const { client_assertion, client_assertion_type } = call.body
    if (client_assertion !== undefined || client_assertion_type !== undefined) {
      yield* requireAssertion(call, client_assertion_type, client_assertion)
    } else {
      const refused = Refusal.oauth("invalid_request", "Invalid 'client_credentials'.")
      yield* Either.mapLeft(requireSecret(call), (answer) => (answer === incomplete ? answer : refused))
    }
    return issue(call, "stateless", statelessLife)
  })

const issueChannelTokenByJWT: Handler = (call) =>
  Either.gen(function* () {
    yield* Refusal.unless(isGrant(call), incomplete)
    const { client_assertion, client_assertion_type } = call.body
    const { token_exp } = yield* requireAssertion(call, client_assertion_type, client_assertion)
    const isLife = typeof token_exp === "number" && Number.isInteger(token_exp)
    if (!isLife || token_exp < 1 || token_exp > longestLife) return yield* refuse("invalid_client", "Invalid token_exp")
    yield* Refusal.unless(living(call, "v2.1").length < maximum, tooMany)
    return issue(call, "v2.1", token_exp)
  })

const getsAllValidChannelAccessTokenKeyIds: Handler = (call) => {
  const { query } = call
  const checked = requireAssertion(call, query.get("client_assertion_type"), query.get("client_assertion"))
  return Either.map(checked, () => ok({ kids: living(call, "v2.1").map(([, { keyId }]) => keyId) }))
}

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
const longestAssertion = 30 * 60

type Claims = Readonly<Record<string, unknown>>

/** The claims of an assertion that a registered key has signed for this channel, and that has not ended. */
const requireAssertion = (
  { now, world: { channel, tokens } }: Call,
  type: unknown,
  assertion: unknown
): Either.Either<Claims, Answer> =>
  Either.gen(function* () {
    if (type !== assertionType || typeof assertion !== "string" || assertion === "")
      return yield* Either.left(incomplete)
    const [head = "", body = "", signature = ""] = assertion.split(".")
    const [header, claims] = [jsonOf(head), jsonOf(body)]
    if (header === undefined || claims === undefined || header["alg"] !== "RS256" || header["typ"] !== "JWT") {
      return yield* refuse("invalid_client", "Invalid client_assertion")
    }
    const key = tokens.keys.get(String(header["kid"]))
    if (key === undefined) return yield* Either.left(unknownKey)
    const signed = Buffer.from(`${head}.${body}`)
    const isSigned = verify("RSA-SHA256", signed, publicKey(key), Buffer.from(signature, "base64url"))
    if (!isSigned) return yield* refuse("invalid_client", "Invalid signature")
    const { aud, exp, iss, sub } = claims
    if (iss !== channel.channelId) return yield* refuse("invalid_client", "iss and clientId of key do not match")
    if (sub !== channel.channelId) return yield* refuse("invalid_client", "Invalid sub")
    if (aud !== "https://api.line.me/") return yield* refuse("invalid_client", "Invalid aud")
    const left = typeof exp === "number" ? exp - now / 1000 : Number.NaN
    if (!(left > 0 && left <= longestAssertion)) return yield* refuse("invalid_client", "Invalid exp")
    return claims
  })

const jsonOf = (part: string): Claims | undefined => {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString())
    return Predicate.isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

const isJws = (token: string): boolean => /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)
const isText = (token: string): boolean => /^[\w.~+/-]+=*$/.test(token)

// LINE's answer for a token without an end is not documented.
const century = 100 * 365 * 24 * 3600

const verified = ({ now, world: { channel } }: Call, { expiresAt }: Token): Answer =>
  ok({
    client_id: channel.channelId,
    expires_in: Math.min(century, Math.floor((expiresAt - now) / 1000)),
    scope: "profile chat_message.write"
  })

const find = (call: Call, token: string, kinds: ReadonlyArray<Kind>): Token | undefined => {
  const known = call.world.tokens.issued.get(token)
  return known !== undefined && kinds.includes(known.kind) && call.now < known.expiresAt ? known : undefined
}

const verifyChannelTokenByJWT: Handler = (call) => {
  const token = call.query.get("access_token") ?? ""
  if (!isJws(token)) return refuse("invalid_request", "The access token not JWS")
  const known = find(call, token, ["v2.1"])
  return known === undefined
    ? refuse("invalid_request", "The access token expired")
    : Either.right(verified(call, known))
}

const opaque: ReadonlyArray<Kind> = ["long-lived", "short-lived"]

const verifyChannelToken: Handler = (call) => {
  const token = String(call.body["access_token"] ?? "")
  if (!isText(token)) return refuse("invalid_request", "access_token in invalid format")
  const known = find(call, token, opaque)
  return known === undefined ? refuse("invalid_request", "access_token invalid") : Either.right(verified(call, known))
}

const revoked: Answer = { status: 200 }

const revokeChannelToken: Handler = (call) => {
  const token = String(call.body["access_token"] ?? "")
  if (!isText(token)) return refuse("invalid_request")
  if (find(call, token, opaque) !== undefined) call.world.tokens.issued.delete(token)
  return Either.right(revoked)
}

const revokeChannelTokenByJWT: Handler = (call) =>
  Either.gen(function* () {
    yield* requireSecret(call)
    const token = String(call.body["access_token"] ?? "")
    if (!isJws(token)) return yield* refuse("invalid_request", "The access token not JWS")
    if (find(call, token, ["v2.1"]) !== undefined) call.world.tokens.issued.delete(token)
    return revoked
  })

const form = { method: "POST", body: "form", authorized: false } as const
const read = { method: "GET", authorized: false } as const

/** The operations. */
export const routes: ReadonlyArray<Route> = [
  { operationId: "issueChannelToken", path: "/v2/oauth/accessToken", handler: issueChannelToken, ...form },
  { operationId: "verifyChannelToken", path: "/v2/oauth/verify", handler: verifyChannelToken, ...form },
  { operationId: "revokeChannelToken", path: "/v2/oauth/revoke", handler: revokeChannelToken, ...form },
  { operationId: "issueChannelTokenByJWT", path: "/oauth2/v2.1/token", handler: issueChannelTokenByJWT, ...form },
  { operationId: "verifyChannelTokenByJWT", path: "/oauth2/v2.1/verify", handler: verifyChannelTokenByJWT, ...read },
  { operationId: "revokeChannelTokenByJWT", path: "/oauth2/v2.1/revoke", handler: revokeChannelTokenByJWT, ...form },
  {
    operationId: "getsAllValidChannelAccessTokenKeyIds",
    path: "/oauth2/v2.1/tokens/kid",
    handler: getsAllValidChannelAccessTokenKeyIds,
    ...read
  },
  { operationId: "issueStatelessChannelToken", path: "/oauth2/v3/token", handler: issueStatelessChannelToken, ...form }
]
