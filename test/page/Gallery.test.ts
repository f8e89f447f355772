import { assert, describe, it } from "@effect/vitest"
import axe from "axe-core"
import { FastCheck as fc } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { type Browser, chromium, type Page } from "playwright-core"
import { build, preview, type PreviewServer } from "vite"
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest"
import { message } from "../support/Arbitraries.js"
import * as Chromium from "../support/Chromium.js"

type Axe = typeof axe

const fileOf = (name: string) => fileURLToPath(new URL(`../../page/${name}`, import.meta.url))

describe.skipIf(Chromium.isMissing)("the messages of the page in a browser", () => {
  const outDir = mkdtempSync(join(tmpdir(), "line-effect-page-"))
  let server: PreviewServer
  let browser: Browser
  let page: Page
  let errors: Array<string>

  beforeAll(async () => {
    const options = { configFile: fileOf("vite.config.ts"), logLevel: "error" as const }
    const input = fileOf("gallery.html")
    await build({ ...options, build: { outDir, rollupOptions: { input } } })
    server = await preview({ ...options, build: { outDir }, preview: { port: 0, host: "127.0.0.1" } })
    browser = await chromium.launch(Chromium.launchOptions)
  }, 60_000)

  afterAll(async () => {
    await browser?.close()
    await server?.close()
    rmSync(outDir, { recursive: true, force: true })
  })

  const urlOf = () => `${server.resolvedUrls?.local[0]}gallery.html`

  const open = async () => {
    await page.goto(urlOf())
    await page.locator("#log h2").waitFor()
  }

  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1300, height: 900 } })
    errors = []
    page.on("pageerror", (error) => errors.push(error.message))
    page.on("console", (entry) => {
      if (/Content.Security.Policy/i.test(entry.text())) errors.push(entry.text())
    })
    // What is not of the gallery is not there.
    await page.route(
      (url) => !url.href.startsWith(new URL(urlOf()).origin),
      (route) => route.abort()
    )
    await open()
  }, 60_000)

  afterEach(async () => {
    await page.close()
    assert.deepStrictEqual(errors, [])
  })

  /** What the page was told of taps, the latest at the end. */
  const taps = async (count: number): Promise<ReadonlyArray<unknown>> => {
    await page.waitForFunction(
      (count) => {
        const log = document.querySelector("#log output")?.textContent ?? ""
        return log.split("\n").filter((line) => line !== "").length >= count
      },
      count,
      { timeout: 10_000 }
    )
    const log = (await page.locator("#log output").textContent()) ?? ""
    return log.split("\n").map((line) => JSON.parse(line))
  }

  const show = async (json: unknown) => {
    const chat = page.locator("#playground .gallery-chat")
    const revision = Number(await chat.getAttribute("data-revision")) + 1
    await page.locator("#playground textarea").fill(JSON.stringify(json))
    await page.locator(`#playground [data-revision="${revision}"]`).waitFor({ timeout: 10_000 })
    return chat
  }

  describe("a tap", () => {
    it("on a button tells the action and where it was", async () => {
      await page.locator("#templates").getByRole("button", { name: "Buy" }).click()
      assert.deepStrictEqual(await taps(1), [
        {
          action: { type: "postback", label: "Buy", data: "action=buy&item=1", displayText: "I buy it" },
          source: "message"
        }
      ])
    })

    it("tells what a postback action wants of the input field", async () => {
      await page.locator("#templates").getByRole("button", { name: "Write a review" }).click()
      assert.nestedPropertyVal((await taps(1))[0], "input.option", "openKeyboard")
      assert.nestedPropertyVal((await taps(1))[0], "input.fillInText", "My review:\n")
    })

    it("on a button in a box that has an action is of the button alone", async () => {
      const box = page.locator("#flex-boxes").getByText("A box to tap")
      await page.locator("#flex-boxes").getByRole("button", { name: "Say hello" }).click()
      assert.nestedPropertyVal((await taps(1))[0], "action.type", "message")
      await box.click()
      assert.nestedPropertyVal((await taps(2))[1], "action.type", "uri")
      assert.lengthOf(await taps(2), 2)
    })

    it("may be done with the keyboard", async () => {
      const bubble = page.locator("#flex-video").getByRole("button", { name: "See more" }).last()
      await bubble.focus()
      await page.keyboard.press("Enter")
      assert.nestedPropertyVal((await taps(1))[0], "action.uri", "https://example.com/more")
    })

    it("on an area of an imagemap has its linkUri as uri", async () => {
      await page.locator("#imagemap").getByRole("button", { name: "The left half" }).click()
      assert.nestedPropertyVal((await taps(1))[0], "action.uri", "https://example.com/")
    })

    it("on a quick reply and on a rich menu says so", async () => {
      await page.getByRole("button", { name: "Camera" }).click()
      await page.locator("#chat .line-area").nth(1).click()
      const [quickReply, richMenu] = await taps(2)
      assert.nestedPropertyVal(quickReply, "source", "quickReply")
      assert.nestedPropertyVal(richMenu, "source", "richMenu")
      assert.nestedPropertyVal(richMenu, "input.option", "closeRichMenu")
    })
  })

  describe("a datetime picker", () => {
    it("asks within its limits, and tells the choice", async () => {
      await page.locator("#templates").getByRole("button", { name: "Pick a day" }).click()
      const input = page.getByRole("dialog").getByLabel("Choose a date")
      assert.strictEqual(await input.inputValue(), "2026-08-31")
      assert.deepStrictEqual(
        [await input.getAttribute("min"), await input.getAttribute("max")],
        ["2026-08-01", "2026-12-31"]
      )
      await input.fill("2027-01-01")
      await page.getByRole("button", { name: "OK" }).click()
      // The browser keeps it open, as that is too late.
      await input.fill("2026-09-15")
      await page.getByRole("button", { name: "OK" }).click()
      const [tap, ...others] = await taps(1)
      assert.nestedPropertyVal(tap, "params.date", "2026-09-15")
      assert.lengthOf(others, 0)
    })

    it("asks for a time, or both, in LINE's form", async () => {
      await page.locator("#templates").getByRole("button", { name: "Pick a time" }).click()
      await page.getByRole("button", { name: "OK" }).click()
      assert.nestedPropertyVal((await taps(1))[0], "params.time", "18:30")
      await page.locator("#templates").getByRole("button", { name: "Pick both" }).click()
      await page.getByRole("button", { name: "OK" }).click()
      assert.nestedPropertyVal((await taps(2))[1], "params.datetime", "2026-08-31T18:30")
    })

    it("that is cancelled tells nothing, and gives the focus back", async () => {
      await page.locator("#templates").getByRole("button", { name: "Pick a day" }).click()
      await page.getByRole("dialog").waitFor()
      await page.keyboard.press("Escape")
      await page.getByRole("dialog").waitFor({ state: "detached" })
      assert.strictEqual(await page.evaluate(() => document.activeElement?.textContent), "Pick a day")
      await page.locator("#templates").getByRole("button", { name: "Buy" }).click()
      assert.nestedPropertyVal((await taps(1))[0], "action.type", "postback")
    })
  })

  it("a rich menu opens and closes by its bar", async () => {
    const bar = page.locator("#chat .line-chat-bar").first()
    assert.strictEqual(await bar.getAttribute("aria-expanded"), "true")
    await bar.click()
    await page.locator("#chat .line-rich-menu-image").first().waitFor({ state: "detached" })
    assert.strictEqual(await bar.getAttribute("aria-expanded"), "false")
  })

  describe("a Flex Message", () => {
    const widths = async (selector: string) => {
      const boxes = await page.locator(`#playground ${selector}`).all()
      return Promise.all(boxes.map(async (box) => Math.round((await box.boundingBox())?.width ?? Number.NaN)))
    }

    const bubble = (body: object, more?: object) => ({
      type: "flex",
      altText: "a",
      contents: { type: "bubble", size: "kilo", body: { type: "box", paddingAll: "0px", ...body }, ...more }
    })

    it("shares the width of a horizontal box by its flex properties", async () => {
      const contents = [
        { type: "box", layout: "vertical", contents: [], width: "60px" },
        { type: "text", text: "a long text that does not fit", flex: 1 },
        { type: "text", text: "b", flex: 3 }
      ]
      await show(bubble({ layout: "horizontal", contents }))
      assert.deepStrictEqual(await widths(".line-flex-text"), [50, 150])
    })

    it("shares the height of a vertical box, and is as high as the highest bubble beside it", async () => {
      const tall = { type: "box", layout: "vertical", height: "200px", contents: [] }
      const vertical = (contents: ReadonlyArray<unknown>) => ({ type: "box", layout: "vertical", contents })
      const texts = [
        { type: "text", text: "a", flex: 1 },
        { type: "text", text: "b", flex: 1 }
      ]
      await show({
        type: "flex",
        altText: "a",
        contents: {
          type: "carousel",
          contents: [vertical([tall]), vertical(texts)].map((body) => ({ type: "bubble", size: "nano", body }))
        }
      })
      const [first, second] = await page.locator("#playground .line-flex-bubble").all()
      const heights = [(await first?.boundingBox())?.height, (await second?.boundingBox())?.height]
      assert.deepStrictEqual(heights, [220, 220])
      const [a, b] = await page.locator("#playground .line-flex-text").all()
      assert.deepStrictEqual([(await a?.boundingBox())?.height, (await b?.boundingBox())?.height], [100, 100])
    })

    it("places absolutely by offsets, from the right in a bubble that is read from there", async () => {
      const contents = [
        { type: "box", layout: "vertical", height: "100px", contents: [] },
        { ...{ type: "text", text: "x", flex: 0, position: "absolute" }, offsetStart: "20px", offsetBottom: "10px" }
      ]
      await show(bubble({ layout: "vertical", contents }, { direction: "rtl" }))
      const [outer, inner] = [
        await page.locator("#playground .line-flex-bubble").boundingBox(),
        await page.locator("#playground .line-flex-text").boundingBox()
      ]
      assert.isNotNull(outer)
      assert.isNotNull(inner)
      if (outer === null || inner === null) return
      assert.closeTo(outer.x + outer.width - (inner.x + inner.width), 20, 0.5)
      assert.closeTo(outer.y + outer.height - (inner.y + inner.height), 10, 0.5)
    })

    it("shrinks a text until it fits", async () => {
      const text = { type: "text", text: "quite a long text for such a small bubble", size: "xl" }
      await show(bubble({ layout: "vertical", contents: [text, { ...text, adjustMode: "shrink-to-fit" }] }))
      await page.waitForFunction(() => {
        const [, shrunk] = document.querySelectorAll("#playground .line-flex-text p")
        return shrunk !== undefined && shrunk.scrollWidth <= shrunk.clientWidth
      })
      const overflows = await page
        .locator("#playground .line-flex-text p")
        .first()
        .evaluate((p) => p.scrollWidth > p.clientWidth)
      assert.isTrue(overflows)
    })

    it("shows the altContent of a video that cannot be played", async () => {
      const image = page.locator("#flex-video .line-flex-hero .line-flex-image img")
      await image.waitFor()
      assert.match((await image.getAttribute("src")) ?? "", /landscape/)
    })
  })

  it("an image that cannot be loaded leaves its URL", async () => {
    const missing = page.locator("#media .line-picture-missing")
    await missing.filter({ hasText: "not-there.jpg" }).waitFor()
    assert.deepStrictEqual((await missing.allTextContents()).slice(0, 2), [
      "https://bot.example/pictures/not-there.jpg",
      "javascript:alert(1)"
    ])
  })

  for (const width of [390, 320]) {
    it(`nothing is wider than a phone of ${width} pixels`, async () => {
      await page.setViewportSize({ width, height: 800 })
      const wide = await page.evaluate(() =>
        [...document.querySelectorAll(".gallery-phone, .gallery-chat, .line-message")]
          .filter((element) => element.scrollWidth > element.clientWidth)
          .map((element) => element.closest("section")?.id)
      )
      assert.deepStrictEqual(wide, [])
    })
  }

  for (const theme of ["light", "dark"] as const) {
    it(`it is accessible, in the ${theme} theme`, async () => {
      await page.evaluate((theme) => document.documentElement.setAttribute("data-theme", theme), theme)
      await page.evaluate(axe.source)
      const violations = await page.evaluate(async () => {
        // The script that was just evaluated has left it there.
        const { axe } = globalThis as unknown as { readonly axe: Axe }
        const rules = { "color-contrast": { enabled: false } }
        const all = await axe.run(document, { rules })
        // The colours of a Flex Message are those of its designer, not of the page.
        const context = { include: [["#gallery"]], exclude: [[".line-flex-bubble"]] }
        const colors = await axe.run(context, { runOnly: ["color-contrast"] })
        return [...all.violations, ...colors.violations].map(({ id, nodes }) => ({
          id,
          nodes: nodes.map(({ html }) => html.slice(0, 200))
        }))
      })
      assert.deepStrictEqual(violations, [])
    })
  }

  describe("any JSON", () => {
    const types = [
      ...["text", "textV2", "sticker", "image", "video", "audio", "file", "location", "coupon", "imagemap"],
      ...["template", "flex", "bubble", "carousel", "box", "button", "icon", "span", "separator", "filler"],
      ...["buttons", "confirm", "image_carousel", "postback", "uri", "datetimepicker", "linearGradient", "other"]
    ]
    const names = [
      ...["text", "contents", "template", "altText", "columns", "actions", "action", "area", "baseSize", "baseUrl"],
      ...["video", "hero", "body", "footer", "styles", "emojis", "mention", "mentionees", "substitution", "sender"],
      ...["url", "originalContentUrl", "previewImageUrl", "contentProvider", "duration", "fileSize", "index", "x"],
      ...["width", "height", "layout", "label", "uri", "linkUri", "latitude", "quotedMessageId", "title", "size"]
    ]
    const odd = fc.constantFrom(
      "javascript:alert(1)",
      "data:text/html,x",
      "https://",
      "1px;",
      "constructor",
      "",
      "\u0000"
    )

    /** Objects with the names of LINE, in which anything may be. */
    const { scrambled } = fc.letrec<{ scrambled: unknown }>((tie) => ({
      scrambled: fc.oneof(
        { maxDepth: 5, depthSize: "medium" },
        odd,
        fc.jsonValue({ maxDepth: 1 }),
        fc
          .tuple(fc.constantFrom(...types), fc.dictionary(fc.constantFrom(...names), tie("scrambled"), { maxKeys: 8 }))
          .map(([type, properties]) => ({ ...properties, type })),
        fc.array(tie("scrambled"), { maxLength: 4 })
      )
    }))

    /** A value with something in it replaced. */
    const replaced = (value: unknown, path: ReadonlyArray<number>, replacement: unknown): unknown => {
      const [step, ...rest] = path
      if (step === undefined || typeof value !== "object" || value === null) return replacement
      const entries = Object.entries(value)
      const chosen = entries.length === 0 ? -1 : step % entries.length
      const changed = entries.map(([key, child], index) =>
        index === chosen ? [key, replaced(child, rest, replacement)] : [key, child]
      )
      return Array.isArray(value) ? changed.map(([_, child]) => child) : Object.fromEntries(changed)
    }

    const almost = fc
      .tuple(message, fc.array(fc.nat(20), { minLength: 1, maxLength: 7 }), scrambled)
      .map(([value, path, replacement]) => replaced(value, path, replacement))

    /** What is in the page and should not be. */
    const harm = () =>
      page.evaluate(() => {
        const safe = ["http:", "https:", "blob:"]
        const found: Array<string> = []
        for (const element of document.querySelectorAll("#playground .gallery-chat *")) {
          for (const { name, value } of element.attributes) {
            const isLink = ["src", "href", "poster", "srcset"].includes(name)
            if (name.startsWith("on")) found.push(name)
            if (isLink && !safe.includes(new URL(value, "page:").protocol)) found.push(`${name}=${value}`)
            if (name === "style" && /url\(|expression|@import/.test(value)) found.push(value)
          }
          if (element.matches("script, iframe, object, embed, link, style")) found.push(element.tagName)
        }
        return found
      })

    /** How many messages are shown, and what is wrong with it. */
    const shown = async (messages: ReadonlyArray<unknown>) => {
      const chat = await show(messages)
      const articles = await chat.locator("article").count()
      const harmful = await harm()
      const thrown = errors
      errors = []
      // What has failed to render leaves the page in pieces.
      if (thrown.length > 0) await open()
      return { articles, harmful, thrown }
    }

    it("is shown as a message, without an error and without a script", { timeout: 300_000 }, async () => {
      const values = fc.array(fc.oneof(scrambled, almost, message, fc.jsonValue()), { minLength: 1, maxLength: 5 })
      const property = fc.asyncProperty(values, async (messages) =>
        assert.deepStrictEqual(await shown(messages), { articles: messages.length, harmful: [], thrown: [] })
      )
      await fc.assert(property, { numRuns: 100 })
    })

    it("that is nested without end is shown as far as it makes sense", async () => {
      let box: unknown = { type: "text", text: "deep" }
      for (let depth = 0; depth < 1000; depth++) box = { type: "box", layout: "vertical", contents: [box] }
      const message = { type: "flex", altText: "a", contents: { type: "bubble", body: box } }
      assert.deepStrictEqual(await shown([message]), { articles: 1, harmful: [], thrown: [] })
    })
  })
})
