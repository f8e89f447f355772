import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Bot from "line-effect/Bot"
import * as Emulated from "./support/Emulated.js"
import { limits, times, urlOf } from "./support/Refusals.js"
import * as Transport from "./support/Transport.js"
import { unknownMember } from "./support/Unknown.js"

const endpointPath = "/v2/bot/channel/webhook/endpoint"
const testPath = "/v2/bot/channel/webhook/test"
const endpoint = "https://example.com/webhook"

const ok = { success: true, timestamp: "2020-09-30T05:38:20.031Z", statusCode: 200, reason: "OK", detail: "200" }

const unreachable = {
  success: false,
  timestamp: "2023-07-07T04:29:51.043124Z",
  statusCode: 0,
  reason: "COULD_NOT_CONNECT",
  detail: "TLS handshake failure: https://example.com/webhook"
}

describe("the bot's information", () => {
  const info = {
    userId: "Ub9952f8",
    basicId: "@216ru",
    displayName: "Example name",
    pictureUrl: "https://example.com/picture",
    chatMode: "chat",
    markAsReadMode: "manual"
  }

  it.effect("may have modes that are new", () =>
    Effect.gen(function* () {
      const known = yield* Transport.run(Bot.getBotInfo(), [Transport.answer(200, info)])
      assert.deepStrictEqual<unknown>(known.result, Either.right(info))
      assert.deepStrictEqual(known.requests, ["GET /v2/bot/info"])
      const { result } = yield* Transport.run(Bot.getBotInfo(), [Transport.answer(200, { ...info, chatMode: "agent" })])
      assert.deepStrictEqual(Either.getOrThrow(result).chatMode, unknownMember("agent"))
    })
  )

  it.effect("tells of the emulator's bot that it marks messages as read, which it can with the chat on", () =>
    Effect.gen(function* () {
      assert.deepInclude(yield* Bot.getBotInfo(), { chatMode: "chat", markAsReadMode: "manual" })
    }).pipe(Emulated.provide())
  )
})

describe("the webhook endpoint", () => {
  it.effect("is a URL that webhooks go to, or would if they were switched on", () =>
    Effect.gen(function* () {
      for (const active of [true, false]) {
        const { requests, result } = yield* Transport.run(Bot.getWebhookEndpoint(), [
          Transport.answer(200, { endpoint, active })
        ])
        assert.deepStrictEqual(result, Either.right({ endpoint, active }))
        assert.deepStrictEqual(requests, [`GET ${endpointPath}`])
      }
    })
  )

  it.effect("is not found where none is set", () =>
    Effect.gen(function* () {
      const { result } = yield* Transport.run(Bot.getWebhookEndpoint(), [
        Transport.answer(404, { message: "Webhook endpoint not found" })
      ])
      assert.strictEqual(Either.getOrThrow(Either.flip(result))._tag, "LineNotFound")
    })
  )

  it.effect("is set, again if the answer was lost", () =>
    Effect.gen(function* () {
      const { requests, result } = yield* Transport.run(Bot.setWebhookEndpoint({ endpoint }), [
        Transport.reset,
        Transport.answer(200)
      ])
      assert.deepStrictEqual(result, Either.right(undefined))
      assert.deepStrictEqual<unknown>(requests, times(2, `PUT ${endpointPath} ${JSON.stringify({ endpoint })}`))
    })
  )

  it.effect("is a bad one where LINE cannot resolve the host", () =>
    Effect.gen(function* () {
      const { result } = yield* Transport.run(Bot.setWebhookEndpoint({ endpoint }), [
        Transport.answer(400, { message: "Invalid webhook endpoint URL" })
      ])
      assert.deepInclude(Either.getOrThrow(Either.flip(result)), {
        _tag: "LineBadRequest",
        lineMessage: "Invalid webhook endpoint URL"
      })
    })
  )

  limits("to set", Bot.SetWebhookEndpointRequest, [
    {
      limit: "is an https URL of at most 500 code units",
      accepts: [{ endpoint }, { endpoint: urlOf(500) }, { endpoint: "https://example.com:8443/%E3%81%82?a=b" }],
      refuses: [
        [{}, "endpoint"],
        [{ endpoint: "" }, "endpoint"],
        [{ endpoint: urlOf(501) }, "endpoint"],
        [{ endpoint: "http://example.com/webhook" }, "endpoint"],
        [{ endpoint: "https://example.com/あ" }, "endpoint"],
        [{ endpoint: null }, "endpoint"]
      ]
    }
  ])
})

describe("a test of a webhook endpoint", () => {
  it.effect("is of a given URL, or of the one that is set", () =>
    Effect.gen(function* () {
      const given = yield* Transport.run(Bot.testWebhookEndpoint({ endpoint }), [Transport.answer(200, ok)])
      assert.deepStrictEqual<unknown>(given.result, Either.right(ok))
      assert.deepStrictEqual(given.requests, [`POST ${testPath} ${JSON.stringify({ endpoint })}`])
      const set = yield* Transport.run(Bot.testWebhookEndpoint(), [Transport.answer(200, ok)])
      assert.deepStrictEqual(set.requests, [`POST ${testPath} {}`])
    })
  )

  it.effect("has a result where the URL does not answer, for a reason that may be new", () =>
    Effect.gen(function* () {
      const { result } = yield* Transport.run(Bot.testWebhookEndpoint(), [Transport.answer(200, unreachable)])
      assert.deepStrictEqual<unknown>(result, Either.right(unreachable))
      const { timestamp } = unreachable
      const isNew = yield* Transport.run(Bot.testWebhookEndpoint(), [
        Transport.answer(200, { timestamp, statusCode: -1, reason: "TOO_MANY_REDIRECTS" })
      ])
      const reason = unknownMember("TOO_MANY_REDIRECTS")
      assert.deepStrictEqual(isNew.result, Either.right({ timestamp, statusCode: -1, reason }))
    })
  )

  it.effect("is not found where no URL is given and none is set", () =>
    Effect.gen(function* () {
      const { result } = yield* Transport.run(Bot.testWebhookEndpoint(), [
        Transport.answer(404, { message: "Webhook endpoint not found" })
      ])
      assert.strictEqual(Either.getOrThrow(Either.flip(result))._tag, "LineNotFound")
    })
  )

  it.effect("is repeated through doubt: it changes nothing", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* Transport.run(Bot.testWebhookEndpoint(), [
        Transport.reset,
        Transport.answer(200, ok)
      ])
      assert.isTrue(Either.isRight(result))
      assert.lengthOf(sent, 2)
    })
  )

  limits("takes", Bot.TestWebhookEndpointRequest, [
    {
      limit: "an https URL of at most 500 code units, or none",
      accepts: [{}, { endpoint: undefined }, { endpoint: urlOf(500) }],
      refuses: [
        [{ endpoint: urlOf(501) }, "endpoint"],
        [{ endpoint: "http://example.com" }, "endpoint"]
      ]
    }
  ])
})
