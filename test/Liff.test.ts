import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Liff from "line-effect/Liff"
import { limits, urlOf } from "./support/Refusals.js"
import * as Transport from "./support/Transport.js"
import { unknownMember } from "./support/Unknown.js"

const apps = "/liff/v1/apps"

const added: Liff.AddLiffAppRequest = {
  view: { type: "full", url: "https://example.com/myservice" },
  description: "Service Example",
  features: { qrCode: true },
  permanentLinkPattern: "concat",
  scope: ["profile", "chat_message.write"],
  botPrompt: "none"
}

const listed = [
  {
    liffId: "1234567890-AbcdEfgh",
    view: { type: "full", url: "https://example.com/myservice" },
    description: "Happy New York",
    permanentLinkPattern: "concat"
  },
  {
    liffId: "1234567890-IjklMnop",
    view: { type: "tall", url: "https://example.com/myservice2", moduleMode: true },
    features: { ble: true, qrCode: true },
    permanentLinkPattern: "concat",
    scope: ["profile", "chat_message.write"],
    botPrompt: "none"
  }
]

describe("a LIFF app", () => {
  it.effect("is added, once", () =>
    Effect.gen(function* () {
      const { requests, result } = yield* Transport.run(Liff.addLIFFApp(added), [
        Transport.answer(200, { liffId: "1234567890-AbcdEfgh" })
      ])
      assert.deepStrictEqual(result, Either.right({ liffId: "1234567890-AbcdEfgh" }))
      assert.deepStrictEqual(requests, [`POST ${apps} ${JSON.stringify(added)}`])
      const lost = yield* Transport.run(Liff.addLIFFApp(added), [Transport.reset, Transport.answer(200)])
      assert.lengthOf(lost.requests, 1)
      assert.deepInclude(Either.getOrThrow(Either.flip(lost.result)), { ambiguous: true })
    })
  )

  it.effect("is refused where the channel has 30, for which LINE documents no body", () =>
    Effect.gen(function* () {
      const { result } = yield* Transport.run(Liff.addLIFFApp(added), [Transport.answer(400, "")])
      assert.deepInclude(Either.getOrThrow(Either.flip(result)), { _tag: "LineBadRequest", lineMessage: undefined })
    })
  )

  it.effect("is changed in what is given, again if the answer was lost", () =>
    Effect.gen(function* () {
      const { requests, result } = yield* Transport.run(
        Liff.updateLIFFApp({ liffId: "1234567890-AbcdEfgh", view: { url: "https://new.example.com" } }),
        [Transport.reset, Transport.answer(200, "")]
      )
      assert.deepStrictEqual(result, Either.right(undefined))
      const once = `PUT ${apps}/1234567890-AbcdEfgh {"view":{"url":"https://new.example.com"}}`
      assert.deepStrictEqual(requests, [once, once])
    })
  )

  it.effect("is removed", () =>
    Effect.gen(function* () {
      const { requests, result } = yield* Transport.run(Liff.deleteLIFFApp({ liffId: "a/b" }), [
        Transport.answer(200, "")
      ])
      assert.deepStrictEqual(result, Either.right(undefined))
      assert.deepStrictEqual(requests, [`DELETE ${apps}/a%2Fb`])
    })
  )

  it.effect("is not found where it is another channel's", () =>
    Effect.gen(function* () {
      for (const operation of [Liff.updateLIFFApp, Liff.deleteLIFFApp]) {
        const { result } = yield* Transport.run(operation({ liffId: "1-a" }), [Transport.answer(404, "")])
        assert.strictEqual(Either.getOrThrow(Either.flip(result))._tag, "LineNotFound")
      }
    })
  )

  it.effect("has an id", () =>
    Effect.gen(function* () {
      for (const liffId of ["", "..", "."]) {
        const { requests, result } = yield* Transport.run(Liff.deleteLIFFApp({ liffId }), [Transport.answer(200)])
        const error = Either.getOrThrow(Either.flip(result))
        assert.isTrue(error._tag === "LineInvalidRequest" && error.issues.every(({ path }) => path === "liffId"))
        assert.lengthOf(requests, 0)
      }
    })
  )
})

describe("the LIFF apps of a channel", () => {
  it.effect("are listed with what is set of each", () =>
    Effect.gen(function* () {
      const { requests, result } = yield* Transport.run(Liff.getAllLIFFApps(), [
        Transport.answer(200, { apps: listed })
      ])
      assert.deepStrictEqual<unknown>(result, Either.right({ apps: listed }))
      assert.deepStrictEqual(requests, [`GET ${apps}`])
    })
  )

  it.effect("may have what this version does not know", () =>
    Effect.gen(function* () {
      const app = {
        ...listed[1],
        view: { type: "wide", url: "https://example.com", corners: "round" },
        permanentLinkPattern: "replace",
        scope: ["profile", "payment"],
        botPrompt: "gentle"
      }
      const { result } = yield* Transport.run(Liff.getAllLIFFApps(), [Transport.answer(200, { apps: [app] })])
      const expected = {
        ...app,
        view: { ...app.view, type: unknownMember("wide") },
        permanentLinkPattern: unknownMember("replace"),
        scope: ["profile", unknownMember("payment")],
        botPrompt: unknownMember("gentle")
      }
      assert.deepStrictEqual<unknown>(result, Either.right({ apps: [expected] }))
    })
  )

  it.effect("are not found where there are none", () =>
    Effect.gen(function* () {
      const { result } = yield* Transport.run(Liff.getAllLIFFApps(), [Transport.answer(404, "")])
      assert.strictEqual(Either.getOrThrow(Either.flip(result))._tag, "LineNotFound")
    })
  )
})

const withView = (view: object) => ({ view: { ...added.view, ...view } })

limits("a LIFF app to add", Liff.AddLiffAppRequest, [
  {
    limit: "needs a view and nothing else",
    accepts: [added, { view: added.view }, withView({ moduleMode: true })],
    refuses: [
      [{ description: "Service Example" }, "view"],
      [{ view: {} }, "view.type", "view.url"],
      [withView({ type: "wide" }), "view.type"],
      [withView({ moduleMode: "yes" }), "view.moduleMode"]
    ]
  },
  {
    limit: "opens an https URL without a fragment",
    accepts: [withView({ url: urlOf(5000) }), withView({ url: "https://example.com/a?b=%23" })],
    refuses: [
      [withView({ url: "http://example.com" }), "view.url"],
      [withView({ url: "https://example.com/#top" }), "view.url"],
      [withView({ url: "https://example.com/あ" }), "view.url"],
      [withView({ url: "" }), "view.url"]
    ]
  },
  {
    limit: "has settings that LINE knows",
    accepts: [
      { ...added, scope: [] },
      { ...added, scope: ["openid", "email", "profile", "chat_message.write"], botPrompt: "aggressive" }
    ],
    refuses: [
      [{ ...added, scope: ["profile", "payment"] }, "scope[1]"],
      [{ ...added, botPrompt: "gentle" }, "botPrompt"],
      [{ ...added, permanentLinkPattern: "replace" }, "permanentLinkPattern"],
      [{ ...added, features: { qrCode: 1 } }, "features.qrCode"]
    ]
  }
])

limits("a LIFF app to change", Liff.UpdateLiffAppRequest, [
  {
    limit: "needs nothing, and has the same limits",
    accepts: [{}, { view: {} }, { view: { type: "tall" } }, { description: "New" }, added],
    refuses: [
      [{ view: { url: "https://example.com/#top" } }, "view.url"],
      [{ view: { type: "wide" } }, "view.type"],
      [{ scope: ["payment"] }, "scope[0]"]
    ]
  }
])
