import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Modules from "line-effect/Modules"
import * as Operation from "line-effect/Operation"
import { inspect } from "node:util"
import { limits } from "./support/Refusals.js"
import * as Transport from "./support/Transport.js"

const authorization: Modules.Authorization = {
  redirect_uri: "https://example.com/auth?key=value",
  scope: "message:send message:receive",
  region: "JP",
  basic_search_id: "@linedevelopers",
  brand_type: "premium verified"
}

describe("the URL to authorize a module", () => {
  it("asks for what LINE's example asks for", () => {
    assert.strictEqual(
      Modules.authorizeUrl({
        client_id: "1234567890",
        redirect_uri: "https://example.com/callback",
        scope: "message:send message:receive",
        state: "abc123",
        region: "JP",
        basic_search_id: "@line",
        brand_type: "premium"
      }),
      "https://manager.line.biz/module/auth/v1/authorize?response_type=code&client_id=1234567890" +
        "&redirect_uri=https%3A%2F%2Fexample.com%2Fcallback&scope=message%3Asend%20message%3Areceive&state=abc123" +
        "&region=JP&basic_search_id=%40line&brand_type=premium"
    )
  })

  it("asks for what is given only, and says how a challenge was made", () => {
    const request = { client_id: "1", redirect_uri: "https://a.example", scope: "message:send", state: "s" }
    const parametersOf = (url: string) => [...new URL(url).searchParams.keys()]
    const least = ["response_type", "client_id", "redirect_uri", "scope", "state"]
    assert.deepStrictEqual(parametersOf(Modules.authorizeUrl(request)), least)
    assert.deepStrictEqual(parametersOf(Modules.authorizeUrl({ ...request, region: undefined })), least)
    const challenged = Modules.authorizeUrl({
      ...request,
      code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    })
    assert.deepStrictEqual(parametersOf(challenged), [...least, "code_challenge", "code_challenge_method"])
    assert.strictEqual(new URL(challenged).searchParams.get("code_challenge_method"), "S256")
  })

  it("brings every text to LINE as it is", () => {
    const text = fc.string({ unit: "grapheme", minLength: 1 })
    const request = fc.record({ client_id: text, redirect_uri: text, scope: text, state: text, brand_type: text })
    fc.assert(
      fc.property(request, (request) => {
        const { searchParams } = new URL(Modules.authorizeUrl(request))
        assert.deepStrictEqual(Object.fromEntries(searchParams), { response_type: "code", ...request })
      }),
      { seed: 20260701 }
    )
  })
})

describe("a module", () => {
  const request: Modules.AttachModuleRequest = {
    code: Redacted.make("1234567890abcde"),
    code_verifier: Redacted.make("ayjtZgTunh96nHCvgLEiXzqVQOOC0SwMRs39bh1l5dx"),
    client_id: "1234567890",
    client_secret: Redacted.make("1234567890abcdefghij1234567890ab"),
    ...authorization
  }

  it.effect("is attached with its own credentials, in a form to LINE's manager host", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* Transport.run(Modules.attachModule(request), [
        Transport.answer(200, { bot_id: "U45c5c51f", scopes: ["message:send", "message:receive"] })
      ])
      assert.deepStrictEqual(result, Either.right({ bot_id: "U45c5c51f", scopes: ["message:send", "message:receive"] }))
      assert.lengthOf(sent, 1)
      const { body, headers, method, url } = sent[0] as Transport.Sent
      assert.strictEqual(`${method} ${url}`, "POST https://manager.line.biz/module/auth/v1/token")
      assert.strictEqual(headers["content-type"], "application/x-www-form-urlencoded")
      assert.notProperty(headers, "authorization")
      assert.deepStrictEqual<unknown>(Object.fromEntries(new URLSearchParams(body)), {
        grant_type: "authorization_code",
        code: "1234567890abcde",
        code_verifier: "ayjtZgTunh96nHCvgLEiXzqVQOOC0SwMRs39bh1l5dx",
        client_id: "1234567890",
        client_secret: "1234567890abcdefghij1234567890ab",
        ...authorization
      })
    })
  )

  it.effect("is attached to a bot that LINE names, however it tells what was allowed", () =>
    Effect.gen(function* () {
      for (const answer of [{ bot_id: "U45c5c51f" }, { bot_id: "U45c5c51f", scope: "message:send message:receive" }]) {
        const { result } = yield* Transport.run(Modules.attachModule(request), [Transport.answer(200, answer)])
        assert.deepStrictEqual<unknown>(result, Either.right(answer))
      }
    })
  )

  it.effect(
    "is not attached with secrets that are empty or could be shown, which the error says and does not show",
    () =>
      Effect.gen(function* () {
        // As a program without types would.
        const shown = { ...request, code: Redacted.make(""), client_secret: "1234567890abcdefghij" as never }
        const { requests, result } = yield* Transport.run(Modules.attachModule(shown), [Transport.answer(200)])
        const error = Either.getOrThrow(Either.flip(result))
        if (error._tag !== "LineInvalidRequest") return assert.fail(error._tag)
        assert.deepStrictEqual(error.issues, [
          { path: "code", message: "must not be empty" },
          { path: "client_secret", message: "must be Redacted, but is a value of type string" }
        ])
        assert.lengthOf(requests, 0)
      })
  )

  it.effect("is not attached again with a code that may be used up", () =>
    Effect.gen(function* () {
      const { requests, result } = yield* Transport.run(Modules.attachModule(request), [
        Transport.reset,
        Transport.answer(200)
      ])
      assert.lengthOf(requests, 1)
      assert.deepInclude(Either.getOrThrow(Either.flip(result)), { ambiguous: true })
    })
  )

  for (const [status, body, tag] of [
    [400, { error: "invalid_grant", error_description: "1234567890abcde is used up" }, "LineOAuthError"],
    [400, { message: "bad" }, "LineBadRequest"],
    [403, "", "LineForbidden"]
  ] as const) {
    it.effect(`is refused as ${tag} by ${status} ${JSON.stringify(body)}, which shows no secret`, () =>
      Effect.gen(function* () {
        const { result } = yield* Transport.run(Modules.attachModule(request), [Transport.answer(status, body)])
        const error = Either.getOrThrow(Either.flip(result))
        assert.strictEqual(error._tag, tag)
        assert.notInclude(`${inspect(error)} ${error}`, "1234567890abcde")
      })
    )
  }

  it.effect("is detached, again if the answer was lost", () =>
    Effect.gen(function* () {
      const { requests, result } = yield* Transport.run(Modules.detachModule({ botId: "U45c5c51f" }), [
        Transport.reset,
        Transport.answer(200, "")
      ])
      assert.deepStrictEqual(result, Either.right(undefined))
      assert.deepStrictEqual(requests, Array(2).fill('POST /v2/bot/channel/detach {"botId":"U45c5c51f"}'))
    })
  )

  it.effect("is not detached from where it is not attached", () =>
    Effect.gen(function* () {
      const { result } = yield* Transport.run(Modules.detachModule({ botId: "U45c5c51f" }), [
        Transport.answer(400, { message: "Specified channel is not detachable" })
      ])
      assert.deepInclude(Either.getOrThrow(Either.flip(result)), {
        _tag: "LineBadRequest",
        lineMessage: "Specified channel is not detachable"
      })
    })
  )

  limits("to attach", Modules.AttachModuleRequest, [
    {
      limit: "needs a code and the module channel's credentials",
      accepts: [
        request,
        { ...request, grant_type: "authorization_code" },
        { ...request, scope: undefined, region: "TW", code_verifier: undefined }
      ],
      refuses: [
        [{}, "code", "redirect_uri", "client_id", "client_secret"],
        [{ ...request, grant_type: "client_credentials" }, "grant_type"],
        [{ ...request, client_secret: "1234567890abcdefghij1234567890ab" }, "client_secret"],
        [{ ...request, code: Redacted.make("") }, "code"],
        [{ ...request, region: "TH" }, "region"]
      ]
    }
  ])
})

describe("the control of a chat", () => {
  const acquire = "POST /v2/bot/chat/U1/control/acquire"

  it.effect("is acquired for a while, with the header that names the account's bot", () =>
    Effect.gen(function* () {
      const { requests, result, sent } = yield* Transport.run(
        Modules.acquireChatControl({ chatId: "U1", expired: true, ttl: 3600 }),
        [Transport.reset, Transport.answer(200, "")],
        { headers: { "x-bot": "U45c5c51f" } }
      )
      assert.deepStrictEqual(result, Either.right(undefined))
      assert.deepStrictEqual(requests, Array(2).fill(`${acquire} {"expired":true,"ttl":3600}`))
      assert.strictEqual(sent[0]?.headers["x-bot"], "U45c5c51f")
    })
  )

  it.effect("is acquired for LINE's usual time unless one is given", () =>
    Effect.gen(function* () {
      const { requests } = yield* Transport.run(Modules.acquireChatControl({ chatId: "U1" }), [Transport.answer(200)])
      assert.deepStrictEqual(requests, [`${acquire} {}`])
    })
  )

  for (const [status, tag] of [
    [400, "LineBadRequest"],
    [404, "LineNotFound"],
    [423, "LineRejected"]
  ] as const) {
    it.effect(`is not acquired on a ${status}, which is a ${tag}`, () =>
      Effect.gen(function* () {
        const { requests, result } = yield* Transport.run(Modules.acquireChatControl({ chatId: "U1" }), [
          Transport.answer(status, { message: "no" }),
          Transport.answer(200)
        ])
        assert.deepInclude(Either.getOrThrow(Either.flip(result)), { _tag: tag, status })
        assert.lengthOf(requests, 1)
      })
    )
  }

  it.effect("is released", () =>
    Effect.gen(function* () {
      const { requests, result, sent } = yield* Transport.run(Modules.releaseChatControl({ chatId: "C/1" }), [
        Transport.reset,
        Transport.answer(200, "")
      ])
      assert.deepStrictEqual(result, Either.right(undefined))
      assert.deepStrictEqual(requests, Array(2).fill("POST /v2/bot/chat/C%2F1/control/release"))
      assert.strictEqual(sent[0]?.headers["content-length"], "0")
    })
  )

  limits("is acquired", Modules.AcquireChatControlRequest, [
    {
      limit: "for a year at most",
      accepts: [{}, { ttl: 31_536_000 }, { ttl: 1, expired: false }],
      refuses: [
        [{ ttl: 31_536_001 }, "ttl"],
        [{ ttl: 0.5 }, "ttl"],
        [{ ttl: -1 }, "ttl"],
        [{ expired: "true" }, "expired"]
      ]
    }
  ])
})

describe("the bots of a module", () => {
  const bot = (userId: string) => ({ userId, basicId: "@628", displayName: "Test01" })
  const pictured = { ...bot("U2"), premiumId: "@test", pictureUrl: "https://profile.line-scdn.net/a" }
  const pages = [
    Transport.answer(200, { bots: [bot("U1"), pictured], next: "a=b" }),
    Transport.answer(200, { bots: [], next: "c" }),
    Transport.answer(200, { bots: [bot("U3")] })
  ]
  const list = "GET /v2/bot/list"

  it.effect("are a page, as large as asked for", () =>
    Effect.gen(function* () {
      const { requests, result } = yield* Transport.run(Modules.getModules({ limit: 2, start: "x" }), pages)
      assert.deepStrictEqual(result, Either.right({ bots: [bot("U1"), pictured], next: "a=b" }))
      assert.deepStrictEqual(requests, [`${list}?limit=2&start=x`])
    })
  )

  it.effect("come 1 to 100 a page", () =>
    Effect.gen(function* () {
      for (const limit of [0, 101, 1.5]) {
        const { requests, result } = yield* Transport.run(Modules.getModules({ limit }), pages)
        const error = Either.getOrThrow(Either.flip(result))
        assert.isTrue(error._tag === "LineInvalidRequest" && error.issues[0]?.path === "limit")
        assert.lengthOf(requests, 0)
      }
      for (const limit of [1, 100])
        assert.isTrue(Either.isRight((yield* Transport.run(Modules.getModules({ limit }), pages)).result))
    })
  )

  it.effect("are streamed over all pages, one of which may be empty", () =>
    Effect.gen(function* () {
      const { requests, result } = yield* Transport.run(Stream.runCollect(Modules.bots()), pages)
      assert.deepStrictEqual(Chunk.toReadonlyArray(Either.getOrThrow(result)), [bot("U1"), pictured, bot("U3")])
      assert.deepStrictEqual(requests, [list, `${list}?start=a%3Db`, `${list}?start=c`])
    })
  )

  it.effect("are asked for when they are needed", () =>
    Effect.gen(function* () {
      const { requests } = yield* Transport.run(Stream.runCollect(Stream.take(Modules.bots({ limit: 2 }), 2)), pages)
      assert.deepStrictEqual(requests, [`${list}?limit=2`])
    })
  )

  it.effect("go on from where a page ended", () =>
    Effect.gen(function* () {
      const first = yield* Transport.run(Stream.runHead(Operation.pages(Modules.getModules, {})), pages)
      assert.deepStrictEqual(first.requests, [list])
      const rest = yield* Transport.run(Stream.runCollect(Modules.bots({ start: "a=b" })), pages.slice(1))
      assert.deepStrictEqual(rest.requests, [`${list}?start=a%3Db`, `${list}?start=c`])
    })
  )

  it.effect("are refused from a start that has expired", () =>
    Effect.gen(function* () {
      const { result } = yield* Transport.run(Stream.runDrain(Modules.bots({ start: "old" })), [
        Transport.answer(400, { message: "Invalid start param" })
      ])
      assert.strictEqual(Either.getOrThrow(Either.flip(result))._tag, "LineBadRequest")
    })
  )
})
