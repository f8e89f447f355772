import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck, Redacted } from "effect"
import * as Signature from "line-effect/Signature"
import * as NodeCrypto from "node:crypto"
import * as Hmac from "../src/internal/Hmac.js"

// LINE's own example.
const channelSecret = Redacted.make("8c570fa6dd201bb328f1c1eac23a96d8")
const body = '{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'
const signature = "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs="

const bytes = new TextEncoder().encode(body)
const other = Redacted.make("0d5a1c3e9b7f4a2860c8e6f4a2b0d9e7")

const reasonOf = (request: Partial<Parameters<typeof Signature.verify>[0]>) =>
  Signature.verify({ body: bytes, signature, channelSecret, ...request }).pipe(
    Effect.as("none"),
    Effect.catchTag("LineInvalidSignature", (error) => Effect.succeed(error.reason))
  )

describe("sign", () => {
  it.effect("gives LINE's documented signature, of the bytes and of their text", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* Signature.sign(bytes, channelSecret), signature)
      assert.strictEqual(yield* Signature.sign(body, channelSecret), signature)
    })
  )

  it.effect("signs a text as UTF-8", () =>
    Effect.gen(function* () {
      const text = "おはよう 👋"
      const signed = yield* Signature.sign(text, channelSecret)
      assert.strictEqual(signed, yield* Signature.sign(new TextEncoder().encode(text), channelSecret))
    })
  )
})

describe("verify", () => {
  it.effect("accepts LINE's documented signature, of the bytes and of their text", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* reasonOf({}), "none")
      assert.strictEqual(yield* reasonOf({ body }), "none")
    })
  )

  it.effect("accepts any of several secrets, in any order", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* reasonOf({ channelSecret: [channelSecret, other] }), "none")
      assert.strictEqual(yield* reasonOf({ channelSecret: [other, channelSecret] }), "none")
    })
  )

  it.effect("refuses a body with one bit changed, and one that was parsed and written again", () =>
    Effect.gen(function* () {
      for (let index = 0; index < bytes.length; index++) {
        const changed = bytes.map((byte, at) => (at === index ? byte ^ 1 : byte))
        assert.strictEqual(yield* reasonOf({ body: changed }), "mismatch")
      }
      assert.strictEqual(yield* reasonOf({ body: JSON.stringify(JSON.parse(body), null, 1) }), "mismatch")
    })
  )

  it.effect("refuses another channel's secret, no secret, and an empty one even of its own signature", () =>
    Effect.gen(function* () {
      const forged = NodeCrypto.createHmac("sha256", "").update(bytes).digest("base64")
      assert.strictEqual(yield* reasonOf({ channelSecret: other }), "mismatch")
      assert.strictEqual(yield* reasonOf({ channelSecret: [] }), "mismatch")
      assert.strictEqual(yield* reasonOf({ channelSecret: Redacted.make(""), signature: forged }), "mismatch")
      assert.strictEqual(yield* reasonOf({ channelSecret: [Redacted.make(""), channelSecret] }), "none")
    })
  )

  it.effect("tells a request without a signature from one with a wrong one", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* reasonOf({ signature: undefined }), "missing")
      assert.strictEqual(yield* reasonOf({ signature: "" }), "missing")
    })
  )

  const garbage = [
    " ",
    "=",
    "undefined",
    signature.slice(0, -1),
    signature.slice(1),
    `${signature}=`,
    `${signature}\n`,
    ` ${signature}`,
    `${signature},${signature}`,
    signature.replace("+", "-"),
    signature.replace("+", " "),
    `${"A".repeat(42)}==`,
    "A".repeat(44),
    "=".repeat(44),
    `${"あ".repeat(43)}=`,
    `${"\u0000".repeat(43)}=`,
    `${"\ud800".repeat(43)}=`,
    `sha256=${signature}`,
    "1a144a9af987caCE0F8BC0F1905E3E11AC9A1F43AAB49B5A6718130FD7CC0CBB",
    "A".repeat(100_000)
  ]
  it.effect.each(garbage.map((value) => [value.slice(0, 60), value] as const))("refuses %j as malformed", ([, value]) =>
    Effect.gen(function* () {
      assert.strictEqual(yield* reasonOf({ signature: value }), "malformed")
    })
  )

  it.effect("says what to do, and neither the secret nor the signature", () =>
    Effect.gen(function* () {
      const refused = [{ signature: undefined }, { signature: "garbage" }, { channelSecret: other }]
      for (const request of refused) {
        const error = yield* Effect.flip(Signature.verify({ body, signature, channelSecret, ...request }))
        const said = `${error.message} ${String(error)} ${JSON.stringify(error)}`
        assert.ok(error.message.length > 20)
        assert.ok(![signature, "garbage", Redacted.value(other), body].some((secret) => said.includes(secret)))
      }
    })
  )

  it("is synchronous where the runtime has Node's crypto", () => {
    assert.strictEqual(Effect.runSync(Signature.verify({ body, signature, channelSecret })), undefined)
  })
})

describe("the primitives", () => {
  const web = Hmac.web(globalThis.crypto.subtle)
  const node = Hmac.node(NodeCrypto)

  it("agree on every body and secret", () =>
    FastCheck.assert(
      FastCheck.asyncProperty(
        FastCheck.oneof(FastCheck.uint8Array({ maxLength: 3000 }), FastCheck.string({ unit: "binary" })),
        FastCheck.string({ unit: "binary", minLength: 1 }),
        async (body, text) => {
          const secret = Redacted.make(text)
          const digest = await node.digest(body, secret)
          assert.deepStrictEqual([...(await web.digest(body, secret))], [...digest])
          const changed = digest.map((byte, index) => (index === 31 ? byte ^ 128 : byte))
          for (const hmac of [node, web]) {
            assert.strictEqual(await hmac.verify(body, secret, digest), true)
            assert.strictEqual(await hmac.verify(body, secret, changed), false)
            assert.strictEqual(await hmac.verify(body, secret, digest.slice(1)), false)
          }
        }
      ),
      { seed: 20260701, numRuns: 200 }
    ))

  it.effect("WebCrypto imports the key of a secret once", () =>
    Effect.gen(function* () {
      const { subtle } = globalThis.crypto
      let imports = 0
      const counting: Hmac.WebCrypto = {
        importKey: ((...args: Parameters<SubtleCrypto["importKey"]>) => {
          imports++
          return subtle.importKey(...args)
        }) as SubtleCrypto["importKey"],
        sign: subtle.sign.bind(subtle),
        verify: subtle.verify.bind(subtle)
      }
      const hmac = Hmac.web(counting)
      const digest = yield* Effect.promise(async () => hmac.digest(body, channelSecret))
      assert.ok(yield* Effect.promise(async () => hmac.verify(body, channelSecret, digest)))
      assert.ok(yield* Effect.promise(async () => hmac.verify(bytes, channelSecret, digest)))
      assert.strictEqual(imports, 1)
      assert.strictEqual(yield* Effect.promise(async () => hmac.verify(bytes, other, digest)), false)
      assert.strictEqual(imports, 2)
    })
  )

  it.effect("a runtime without Node's crypto verifies by WebCrypto", () =>
    Effect.gen(function* () {
      const { crypto } = globalThis
      for (const runtime of [
        { crypto },
        { crypto, process: {} },
        { crypto, process: { getBuiltinModule: () => undefined } }
      ]) {
        const digest = yield* Effect.promise(async () => Hmac.of(runtime).digest(body, channelSecret))
        assert.strictEqual(Buffer.from(digest).toString("base64"), signature)
      }
    })
  )
})
