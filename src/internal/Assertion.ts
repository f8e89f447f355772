/**
 * JWT assertions, with which a channel proves itself by a key instead of its secret.
 */
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type { JWTPayload } from "jose"
import { SignJWT } from "jose/jwt/sign"
import { importJWK, importPKCS8 } from "jose/key/import"
import type * as ChannelToken from "../ChannelToken.js"

/**
 * The assertion signing key cannot be used. `reason` says why, and shows nothing of the key.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidAssertionKey extends Data.TaggedError("LineInvalidAssertionKey")<{ readonly reason: string }> {
  override get message(): string {
    return `the assertion signing key ${this.reason}`
  }
}

/** Makes an assertion of now. `token_exp` is in seconds. */
export type Sign = (claims?: { readonly token_exp?: number }) => Effect.Effect<Redacted.Redacted>

/** Why a key that is a good one cannot be used. */
export const withoutId = "has no ID: give the kid that LINE's console showed when the key was registered"

const audience = "https://api.line.me/"

// LINE allows 30 minutes. Half of it leaves as much to a clock that is fast as to one that is slow.
const life = 15 * 60

/** Imports a key once, to sign with it. */
export const signer = (options: ChannelToken.ByAssertion): Effect.Effect<Sign, InvalidAssertionKey> =>
  Effect.gen(function* () {
    const { key, keyId } = yield* imported(Redacted.value(options.assertionKey).trim())
    const kid = options.assertionKeyId ?? keyId
    if (kid === undefined || kid === "") {
      return yield* invalid(withoutId)
    }
    const { channelId } = options
    return (claims) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const exp = Math.floor(now / 1000) + life
        const all = { iss: channelId, sub: channelId, aud: audience, exp, ...claims }
        return Effect.promise(async () => Redacted.make(await sign(key, kid, all)))
      })
  })

const sign = (key: CryptoKey, kid: string, claims: JWTPayload): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: "RS256", typ: "JWT", kid }).sign(key)

interface Imported {
  readonly key: CryptoKey
  readonly keyId: string | undefined
}

const imported = (text: string): Effect.Effect<Imported, InvalidAssertionKey> =>
  Effect.gen(function* () {
    if (text === "") return yield* invalid("is empty")
    const found = yield* text.startsWith("{") ? fromJwk(text) : fromPem(text)
    const size = "modulusLength" in found.key.algorithm ? Number(found.key.algorithm.modulusLength) : 0
    if (size < 2048) return yield* invalid(`has ${size} bits, and LINE takes 2048`)
    // A key may be read with which nothing can be signed.
    yield* reading(() => sign(found.key, "", {}))
    return found
  })

const parts = ["kty", "n", "e", "d", "p", "q", "dp", "dq", "qi"]

const fromJwk = (text: string): Effect.Effect<Imported, InvalidAssertionKey> =>
  Effect.gen(function* () {
    const jwk = yield* Effect.try({
      try: (): unknown => JSON.parse(text),
      // The error of the parser shows what it has met.
      catch: () => new InvalidAssertionKey({ reason: "looks like a JWK, but is not JSON" })
    })
    if (!Predicate.isRecord(jwk) || jwk["kty"] !== "RSA")
      return yield* invalid('is not an RSA key: "kty" must be "RSA"')
    if (jwk["d"] === undefined)
      return yield* invalid("is the public key: it must be the private one, which is not registered")
    const missing = parts.filter((name) => typeof jwk[name] !== "string")
    if (missing.length > 0) return yield* invalid(`is not a complete JWK: it has no ${missing.join(", ")}`)
    // Of the key only: what it says of its use may be that of the public key, registered beside it.
    const own = Object.fromEntries(parts.map((name) => [name, jwk[name]]))
    const key = yield* reading(() => importJWK({ ...own, kty: "RSA" }, "RS256", { extractable: false }))
    return { key, keyId: typeof jwk["kid"] === "string" ? jwk["kid"] : undefined }
  })

const fromPem = (text: string): Effect.Effect<Imported, InvalidAssertionKey> => {
  // An environment variable often has its line breaks written out.
  const pem = text.replaceAll("\\n", "\n")
  const kind = /^-----BEGIN ([A-Z ]+)-----/.exec(pem)?.[1]
  if (kind === undefined)
    return invalid("is neither a JWK, which begins with {, nor a PEM, which begins with -----BEGIN")
  const refusal = otherPems[kind]
  if (kind !== "PRIVATE KEY") return invalid(refusal ?? "is a PEM of something else: it must be a PRIVATE KEY (PKCS#8)")
  const key = reading(() => importPKCS8(pem, "RS256", { extractable: false }))
  return Effect.map(key, (key) => ({ key, keyId: undefined }))
}

const otherPems: Readonly<Record<string, string>> = {
  "RSA PRIVATE KEY": "is in the form PKCS#1: convert it to PKCS#8 with openssl pkcs8 -topk8 -nocrypt",
  "ENCRYPTED PRIVATE KEY": "is encrypted: decrypt it with openssl pkcs8",
  "PUBLIC KEY": "is the public key: it must be the private one, which is not registered"
}

// What the runtime says may show a part of the key.
const reading = <A>(read: () => Promise<A>): Effect.Effect<A, InvalidAssertionKey> =>
  Effect.tryPromise({
    try: read,
    catch: () => new InvalidAssertionKey({ reason: "is damaged: it cannot be read as an RSA private key" })
  })

const invalid = (reason: string): Effect.Effect<never, InvalidAssertionKey> =>
  Effect.fail(new InvalidAssertionKey({ reason }))
