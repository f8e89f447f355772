/**
 * The signature that LINE puts on a webhook: the Base64 of the HMAC-SHA256 of the body's bytes, keyed with the channel
 * secret. Verify it over the bytes as they came, before anything decodes or parses them.
 *
 * @see https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import * as Hmac from "./internal/Hmac.js"

/**
 * The header that carries the signature. Header names have no case; this one is in lower case.
 *
 * @since 0.1.0
 * @category constants
 */
export const signatureHeader = "x-line-signature"

/**
 * A webhook that LINE did not send, or not to this channel. Answer it with 401 and do nothing else.
 *
 * - `missing`: there is no signature, so the request is not LINE's.
 * - `malformed`: what there is cannot be a signature of LINE's.
 * - `mismatch`: the signature is not that of this body under any of the channel secrets.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidSignature extends Data.TaggedError("LineInvalidSignature")<{
  readonly reason: "missing" | "malformed" | "mismatch"
}> {
  override get message(): string {
    return explanations[this.reason]
  }
}

const explanations: Record<InvalidSignature["reason"], string> = {
  missing: `the request has no ${signatureHeader} header: LINE did not send it, or a proxy dropped the header`,
  malformed: `the ${signatureHeader} header is not the Base64 of 32 bytes: LINE did not send it, or a proxy changed it`,
  mismatch:
    "the signature is not that of the body: the channel secret is another channel's or an old one, or the body was " +
    "changed before it was verified, as by a JSON body parser; verify the bytes as they came"
}

/**
 * The signature of a body, as LINE would send it: for tests, and for programs that play LINE. A text is signed as
 * UTF-8.
 *
 * @example
 * ```ts
 * import * as Signature from "line-effect/Signature"
 * import * as Redacted from "effect/Redacted"
 *
 * const signature = Signature.sign('{"destination":"U0","events":[]}', Redacted.make("channel secret"))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const sign = (body: Uint8Array | string, channelSecret: Redacted.Redacted): Effect.Effect<string> =>
  Effect.suspend(() => {
    const digest = Hmac.native().digest(body, channelSecret)
    return Effect.map(
      digest instanceof Promise ? Effect.promise(() => digest) : Effect.succeed(digest),
      Encoding.encodeBase64
    )
  })

/**
 * Succeeds if the signature is that of the body under the channel secret, or under one of several: while a secret is
 * being replaced, give the old one and the new one. The comparison takes the same time wherever the signatures differ.
 * An empty secret, with which anybody could sign, and an empty list match nothing.
 *
 * @example
 * ```ts
 * import * as Signature from "line-effect/Signature"
 * import * as Effect from "effect/Effect"
 * import * as Redacted from "effect/Redacted"
 *
 * const handle = (request: Request) =>
 *   Effect.gen(function* () {
 *     const body = new Uint8Array(yield* Effect.promise(() => request.arrayBuffer()))
 *     const signature = request.headers.get(Signature.signatureHeader) ?? undefined
 *     yield* Signature.verify({ body, signature, channelSecret: Redacted.make("channel secret") })
 *     return body
 *   })
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const verify = (request: {
  /** The bytes as they came, or the text they are the UTF-8 of. */
  readonly body: Uint8Array | string
  /** The value of the header, whatever it is. */
  readonly signature: string | undefined
  readonly channelSecret: Redacted.Redacted | ReadonlyArray<Redacted.Redacted>
}): Effect.Effect<void, InvalidSignature> =>
  Effect.suspend(() => {
    const { body, channelSecret, signature } = request
    if (signature === undefined || signature === "") return refuse("missing")
    const digest = form.test(signature) ? Encoding.decodeBase64(signature) : undefined
    if (digest?._tag !== "Right") return refuse("malformed")
    const secrets = Redacted.isRedacted(channelSecret) ? [channelSecret] : channelSecret
    const later: Array<Promise<boolean>> = []
    for (const secret of secrets) {
      if (Redacted.value(secret) === "") continue
      const matches = Hmac.native().verify(body, secret, digest.right)
      if (matches === true) return Effect.void
      if (matches !== false) later.push(matches)
    }
    if (later.length === 0) return refuse("mismatch")
    return Effect.flatMap(
      Effect.promise(() => Promise.all(later)),
      (matches) => (matches.includes(true) ? Effect.void : refuse("mismatch"))
    )
  })

// The Base64 of 32 bytes.
const form = /^[A-Za-z0-9+/]{43}=$/

const refuse = (reason: InvalidSignature["reason"]): Effect.Effect<never, InvalidSignature> =>
  Effect.fail(new InvalidSignature({ reason }))
