import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Missions from "line-effect/Missions"
import { limits } from "./support/Refusals.js"
import * as Transport from "./support/Transport.js"

const request: Missions.MissionStickerRequest = {
  to: "U4af4980629",
  productId: "0000",
  productType: "STICKER",
  sendPresentMessage: false
}

const give = Missions.missionStickerV3(request)

describe("mission stickers", () => {
  it.effect("are given with a body that LINE answers with none", () =>
    Effect.gen(function* () {
      const { requests, result, sent } = yield* Transport.run(give, [Transport.answer(200, "")])
      assert.deepStrictEqual(result, Either.right(undefined))
      assert.deepStrictEqual(requests, [`POST /shop/v3/mission ${JSON.stringify(request)}`])
      assert.strictEqual(sent[0]?.headers["authorization"], `Bearer ${Transport.token}`)
    })
  )

  for (const [status, message, tag] of [
    [400, "not in sales period", "LineBadRequest"],
    [403, "not allowed to use the API", "LineForbidden"],
    [404, "not found", "LineNotFound"]
  ] as const) {
    it.effect(`are refused as "${message}"`, () =>
      Effect.gen(function* () {
        const { result } = yield* Transport.run(give, [Transport.answer(status, { message })])
        assert.deepInclude(Either.getOrThrow(Either.flip(result)), { _tag: tag, lineMessage: message, status })
      })
    )
  }

  it.effect("are not given again where LINE may have given them", () =>
    Effect.gen(function* () {
      for (const step of [Transport.reset, Transport.answer(502, { message: "upstream error" })]) {
        const { result, sent } = yield* Transport.run(give, [step, Transport.answer(200)])
        assert.lengthOf(sent, 1)
        assert.deepInclude(Either.getOrThrow(Either.flip(result)), { ambiguous: true })
      }
    })
  )

  limits("are", Missions.MissionStickerRequest, [
    {
      limit: "stickers without a message, for a user",
      accepts: [request],
      refuses: [
        [{ ...request, to: "" }, "to"],
        [{ ...request, productId: "" }, "productId"],
        [{ ...request, productId: 1 }, "productId"],
        [{ ...request, productType: "EMOJI" }, "productType"],
        [{ ...request, sendPresentMessage: true }, "sendPresentMessage"],
        [{}, "to", "productId", "productType", "sendPresentMessage"]
      ]
    }
  ])
})
