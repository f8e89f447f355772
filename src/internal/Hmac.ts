/**
 * HMAC-SHA256 by whichever primitive the runtime has: Node's own crypto, which is synchronous and about ten times
 * faster on the few kilobytes of a webhook, or WebCrypto.
 */
import * as Redacted from "effect/Redacted"

/** A keyed digest, and its comparison in constant time: at once where the primitive is synchronous. */
export interface Hmac {
  readonly digest: (body: Uint8Array | string, secret: Redacted.Redacted) => Uint8Array | Promise<Uint8Array>
  readonly verify: (
    body: Uint8Array | string,
    secret: Redacted.Redacted,
    digest: Uint8Array
  ) => boolean | Promise<boolean>
}

/** What is used of `node:crypto`, which is not imported: edge runtimes and browsers do not have it. */
export interface NodeCrypto {
  readonly createHmac: (algorithm: string, key: string) => NodeDigest
  readonly timingSafeEqual: (left: Uint8Array, right: Uint8Array) => boolean
}

interface NodeDigest {
  readonly update: (data: Uint8Array | string) => NodeDigest
  readonly digest: () => Uint8Array
}

/** By `node:crypto`. */
export const node = ({ createHmac, timingSafeEqual }: NodeCrypto): Hmac => {
  const digest = (body: Uint8Array | string, secret: Redacted.Redacted): Uint8Array =>
    createHmac("sha256", Redacted.value(secret)).update(body).digest()
  return {
    digest,
    verify: (body, secret, expected) => {
      const actual = digest(body, secret)
      return actual.length === expected.length && timingSafeEqual(actual, expected)
    }
  }
}

/** What is used of WebCrypto. */
export type WebCrypto = Pick<SubtleCrypto, "importKey" | "sign" | "verify">

/** By WebCrypto. */
export const web = (subtle: WebCrypto): Hmac => {
  // Kept as long as the secret's own value: importing a key costs as much as using it. Keys and not promises of keys,
  // which some edge runtimes do not let one request await for another.
  const keys = new WeakMap<Redacted.Redacted, CryptoKey>()
  const keyOf = async (secret: Redacted.Redacted): Promise<CryptoKey> => {
    const known = keys.get(secret)
    if (known !== undefined) return known
    const bytes = bytesOf(Redacted.value(secret))
    const key = await subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"])
    keys.set(secret, key)
    return key
  }
  return {
    digest: async (body, secret) => new Uint8Array(await subtle.sign("HMAC", await keyOf(secret), bytesOf(body))),
    verify: async (body, secret, expected) =>
      subtle.verify("HMAC", await keyOf(secret), bytesOf(expected), bytesOf(body))
  }
}

// WebCrypto refuses views of shared memory, hence the copy.
const bytesOf = (body: Uint8Array | string): Uint8Array<ArrayBuffer> =>
  typeof body === "string" ? new TextEncoder().encode(body) : new Uint8Array(body)

/** What a runtime has of the two. Only Node and its like have a `process`, and not all of them the method. */
export interface Runtime {
  readonly process?: { readonly getBuiltinModule?: (id: string) => unknown }
  readonly crypto: { readonly subtle: WebCrypto }
}

/** By the faster one of a runtime. */
export const of = ({ crypto, process }: Runtime): Hmac => {
  // The module of this name has this shape wherever it exists.
  const builtin = process?.getBuiltinModule?.("node:crypto") as NodeCrypto | undefined
  return builtin === undefined ? web(crypto.subtle) : node(builtin)
}

let preferred: Hmac | undefined

/** By the faster one of this runtime. */
export const native = (): Hmac => (preferred ??= of(globalThis))
