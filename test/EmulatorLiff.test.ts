import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Liff from "line-effect/Liff"
import * as Emulated from "./support/Emulated.js"
import * as World from "./support/World.js"

const view = { type: "full", url: "https://example.com/app" } as const

describe("the LIFF apps of the emulator", () => {
  it.effect("are added with LINE's defaults, listed, changed in part and deleted", () =>
    Effect.gen(function* () {
      const { liffId } = yield* Liff.addLIFFApp({ view, description: "Shop", features: { qrCode: true } })
      const app: Liff.LiffApp = {
        liffId,
        view,
        description: "Shop",
        features: { qrCode: true },
        permanentLinkPattern: "concat",
        scope: ["profile", "chat_message.write"],
        botPrompt: "none"
      }
      assert.deepStrictEqual(yield* Liff.getAllLIFFApps(), { apps: [app] })
      yield* Liff.updateLIFFApp({ liffId, view: { type: "tall" }, botPrompt: "normal" })
      const changed: Liff.LiffApp = { ...app, view: { ...view, type: "tall" }, botPrompt: "normal" }
      assert.deepStrictEqual(yield* Liff.getAllLIFFApps(), { apps: [changed] })
      yield* Liff.deleteLIFFApp({ liffId })
      assert.strictEqual((yield* Effect.flip(Liff.getAllLIFFApps()))._tag, "LineNotFound")
    }).pipe(Emulated.provide())
  )

  it.effect("are known, and at most 30", () =>
    Effect.gen(function* () {
      const unknown = { liffId: "1234567890-AbcdEfgh" }
      assert.strictEqual((yield* Effect.flip(Liff.updateLIFFApp(unknown)))._tag, "LineNotFound")
      assert.strictEqual((yield* Effect.flip(Liff.deleteLIFFApp(unknown)))._tag, "LineNotFound")
      for (let count = 0; count < 30; count++) yield* Liff.addLIFFApp({ view })
      assert.strictEqual((yield* Effect.flip(Liff.addLIFFApp({ view })))._tag, "LineBadRequest")
    }).pipe(Emulated.provide())
  )

  it.scoped("are refused in the words of other operations", () =>
    Effect.gen(function* () {
      const line = yield* World.make()
      for (const [body, property, message] of [
        [{}, "view", "May not be empty"],
        [{ view: { type: "wide", url: view.url } }, "view.type", undefined],
        [{ view: { ...view, url: "http://example.com" } }, "view.url", "invalid uri scheme"],
        [{ view: { ...view, url: `${view.url}#top` } }, "view.url", "Invalid value"],
        [{ view, description: "LINE Shop" }, "description", "Invalid value"]
      ] as const) {
        const refused = yield* line.call("POST", "/liff/v1/apps", { body })
        assert.strictEqual(refused.status, 400)
        assert.nestedPropertyVal(refused.body, "details[0].property", property)
        if (message !== undefined) assert.nestedPropertyVal(refused.body, "details[0].message", message)
      }
      const added = yield* line.call("POST", "/liff/v1/apps", { body: { view } })
      const [liffId] = [...line.world.liffApps.keys()]
      assert.deepStrictEqual(added, { status: 200, body: { liffId } })
      const path = `/liff/v1/apps/${liffId}`
      assert.strictEqual((yield* line.call("PUT", path, { body: { botPrompt: "often" } })).status, 400)
      // LINE documents no body of these.
      assert.deepStrictEqual(yield* line.call("PUT", path, { body: {} }), { status: 200, body: undefined })
      assert.deepStrictEqual(yield* line.call("DELETE", path), { status: 200, body: undefined })
    })
  )
})
