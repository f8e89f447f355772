import { assert, describe, it } from "@effect/vitest"
import axe from "axe-core"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Action from "line-effect/Action"
import * as Chats from "line-effect/Chats"
import * as Emulator from "line-effect/Emulator"
import * as Flex from "line-effect/Flex"
import type * as LineClient from "line-effect/LineClient"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as Retry from "line-effect/Retry"
import * as Template from "line-effect/Template"
import * as Webhook from "line-effect/Webhook"
import { execFileSync } from "node:child_process"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { chromium, type Browser, type BrowserContextOptions, type Locator, type Page } from "playwright-core"
import { afterAll, beforeAll } from "vitest"
import * as Bot from "../support/Bot.js"
import * as Chromium from "../support/Chromium.js"
import * as Emulated from "../support/Emulated.js"
import * as Server from "../support/Server.js"
import * as Png from "../support/Png.js"

type Axe = typeof axe

const root = fileURLToPath(new URL("../..", import.meta.url))

// Where screenshots of what the tests see are kept, if anywhere.
const screenshots = process.env["SCREENSHOTS"]

const shoot = async (page: Page, name: string): Promise<void> => {
  if (screenshots === undefined) return
  mkdirSync(screenshots, { recursive: true })
  await page.screenshot({ path: join(screenshots, `${name}.png`) })
}

const rooms = Message.template({
  altText: "Rooms",
  template: Template.buttons({
    text: "Which room?",
    actions: [
      Action.postback({ label: "By the window", data: "room=window", displayText: "The one by the window" }),
      Action.datetimepicker({ label: "Another day", data: "day", mode: "date", initial: "2026-12-24" })
    ]
  })
})

const linked = Message.template({
  altText: "Menu",
  template: Template.buttons({
    text: "What we cook",
    actions: [Action.uri({ label: "See the menu", uri: "https://bot.example/menu" })]
  })
})

const table = Message.flex({
  altText: "Your table",
  contents: Flex.bubble({
    body: Flex.box({ layout: "vertical", contents: [Flex.text("Table 7", { weight: "bold", size: "xl" })] }),
    footer: Flex.box({
      layout: "vertical",
      contents: [Flex.button({ action: Action.postback({ label: "Confirm", data: "confirmed" }), style: "primary" })]
    })
  })
})

const text = (event: { readonly message: { readonly type: string } }): string =>
  "text" in event.message ? String(event.message.text) : ""

/** A bot for a restaurant, which says what it hears of everything else. */
const handlers = Webhook.handlers({
  message: (event) =>
    event.replyToken === undefined
      ? Effect.void
      : Messaging.replyMessage({
          replyToken: event.replyToken,
          messages:
            text(event) === "book"
              ? [rooms]
              : text(event) === "table"
                ? [table]
                : [
                    Message.withQuickReply(Message.text(`You said: ${text(event)}`), [
                      Action.message({ label: "Book", text: "book" })
                    ])
                  ]
        }),
  postback: ({ postback, replyToken }) =>
    replyToken === undefined
      ? Effect.void
      : Messaging.replyMessage({
          replyToken,
          messages: [Message.text(`Postback: ${postback.data} ${JSON.stringify(postback.params ?? {})}`)]
        })
})

const api = (url: string, method: string, path: string, token: string, body: unknown) =>
  Effect.promise(async () => {
    const isBytes = body instanceof Uint8Array
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": isBytes ? "image/png" : "application/json" },
      body: isBytes ? Uint8Array.from(body) : JSON.stringify(body)
    })
    assert.isBelow(response.status, 300, path)
    return response.json()
  })

/** Two rich menus that switch to each other, the first for everybody. */
const richMenus = (url: string, token: string, image: Uint8Array = Png.make(800, 270, 170)) =>
  Effect.gen(function* () {
    for (const [name, other] of [
      ["a", "b"],
      ["b", "a"]
    ]) {
      const { richMenuId } = yield* api(url, "POST", "/v2/bot/richmenu", token, {
        size: { width: 800, height: 270 },
        selected: true,
        name: `Menu ${name}`,
        chatBarText: `Menu ${name}`,
        areas: [
          {
            bounds: { x: 0, y: 0, width: 400, height: 270 },
            action: {
              type: "richmenuswitch",
              label: `To ${other}`,
              richMenuAliasId: `menu-${other}`,
              data: `to ${other}`
            }
          },
          {
            bounds: { x: 400, y: 0, width: 400, height: 270 },
            action: { type: "postback", label: `Help of ${name}`, data: `help of ${name}` }
          }
        ]
      })
      yield* api(url, "POST", `/v2/bot/richmenu/${richMenuId}/content`, token, image)
      yield* api(url, "POST", "/v2/bot/richmenu/alias", token, { richMenuAliasId: `menu-${name}`, richMenuId })
      if (name === "a") yield* api(url, "POST", `/v2/bot/user/all/richmenu/${richMenuId}`, token, {})
    }
  })

describe.skipIf(Chromium.isMissing)("the page of the emulator", () => {
  let browser: Browser

  beforeAll(async () => {
    // The page as it is published, which a build of the tests' own mode would not be.
    const options = { cwd: root, env: { ...process.env, NODE_ENV: "production" } }
    execFileSync("npm", ["run", "--silent", "build:page"], options)
    browser = await chromium.launch(Chromium.launchOptions)
  }, 120_000)

  afterAll(() => browser?.close())

  /** The page of an emulator with a bot, as a browser shows it. What goes wrong in the browser fails the test. */
  const open = (options: BrowserContextOptions = {}) =>
    Effect.gen(function* () {
      const line = yield* Emulator.Emulator
      const serving = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.sequential)
      const { url } = yield* Scope.extend(Emulator.serve(), serving)
      const mika = yield* line.addUser({ displayName: "Mika" })
      yield* Bot.start(handlers, { onPort: false })
      const page = yield* Effect.promise(() => browser.newPage({ viewport: { width: 1280, height: 860 }, ...options }))
      const errors: Array<string> = []
      page.on("pageerror", (error) => errors.push(error.message))
      page.on("console", (entry) => {
        if (entry.type() === "error" && /Content.Security/i.test(entry.text())) errors.push(entry.text())
      })
      // Of elsewhere there is nothing but the pictures of the bot.
      const png = { contentType: "image/png", body: Buffer.from(Png.make(300, 200, 90)) }
      yield* Effect.promise(() =>
        page.route(
          (to) => to.origin !== url,
          (route) => (route.request().resourceType() === "image" ? route.fulfill(png) : route.abort())
        )
      )
      yield* Effect.addFinalizer(() =>
        Effect.promise(async () => {
          await page.close()
          assert.deepStrictEqual(errors, [])
        })
      )
      yield* Effect.promise(async () => {
        await page.goto(url)
        await page.getByText("Live", { exact: true }).waitFor()
        await page.getByRole("navigation", { name: "Chats" }).getByRole("button", { name: "Mika" }).waitFor()
      })
      const stop = Scope.close(serving, Exit.void)
      return { line, mika, page, url, stop, token: Redacted.value(line.channel.channelAccessToken) }
    })

  const field = (page: Page) => page.getByRole("textbox", { name: /^Message as / })

  const messages = (page: Page) => page.getByRole("region", { name: "Messages" })

  /** By a text of its line: what is below it, where it is open, may have any digits in it. */
  const traffic = (page: Page, text: string) =>
    page
      .getByRole("list", { name: "Traffic, the newest first" })
      .getByRole("listitem")
      .filter({ has: page.locator(".entry-line").getByText(text, { exact: true }) })

  /** Chooses from the menu that a button opens. */
  const choose = async (page: Page, button: string, item: string) => {
    await page.getByRole("button", { name: button }).last().click()
    await page.getByRole("menuitem", { name: item, exact: true }).click()
  }

  const say = async (page: Page, text: string) => {
    await field(page).fill(text)
    await page.getByRole("button", { name: "Send", exact: true }).click()
  }

  const shows = (page: Page, text: string) => messages(page).getByText(text, { exact: true }).last().waitFor()

  const test = (
    title: string,
    run: (
      opened: Effect.Effect.Success<ReturnType<typeof open>>
    ) => Effect.Effect<void, unknown, LineClient.LineClient>,
    options?: BrowserContextOptions
  ) =>
    it.scopedLive(title, () =>
      Effect.flatMap(open(options), run).pipe(
        Effect.provide(Emulated.client),
        Effect.provide(Emulator.layer({ rateLimits: false }))
      )
    )

  /** A picture of some HTML, as PNG. */
  const drawn = (html: string, viewport: { readonly width: number; readonly height: number }) =>
    Effect.promise(async () => {
      const page = await browser.newPage({ viewport })
      await page.setContent(html)
      const picture = await page.screenshot()
      await page.close()
      return new Uint8Array(picture)
    })

  const inBrowser = (run: () => Promise<void>) => Effect.promise(run)

  test("lets one write to the bot, and shows its reply", ({ page }) =>
    inBrowser(async () => {
      await say(page, "hello")
      await shows(page, "You said: hello")
      await page.getByRole("button", { name: "Book", exact: true }).click()
      await shows(page, "Which room?")
      // The quick reply is gone with the answer.
      assert.strictEqual(await page.getByRole("list", { name: "Quick replies" }).count(), 0)
    }))

  test("posts back what is tapped: a template's button, a date, a Flex Message's button", ({ page }) =>
    inBrowser(async () => {
      await say(page, "book")
      await page.getByRole("button", { name: "By the window" }).click()
      await shows(page, "The one by the window")
      await shows(page, "Postback: room=window {}")
      await page.getByRole("button", { name: "Another day" }).click()
      await page.getByRole("dialog").getByRole("button", { name: "OK" }).click()
      await shows(page, 'Postback: day {"date":"2026-12-24"}')
      await say(page, "table")
      await shows(page, "Table 7")
      await page.getByRole("button", { name: "Confirm" }).click()
      await shows(page, "Postback: confirmed {}")
    }))

  test("has the rich menu, whose areas are tapped and whose tabs are switched", ({ page, token, url }) =>
    Effect.gen(function* () {
      yield* richMenus(url, token)
      yield* inBrowser(async () => {
        await page.getByRole("button", { name: "Help of a" }).click()
        await shows(page, "Postback: help of a {}")
        await page.getByRole("button", { name: "To b" }).click()
        await shows(page, 'Postback: to b {"newRichMenuAliasId":"menu-b","status":"SUCCESS"}')
        await page.getByRole("button", { name: "Help of b" }).click()
        await shows(page, "Postback: help of b {}")
        await page.getByRole("button", { name: "Menu b", exact: true }).click()
        await page.getByRole("button", { name: "Help of b", exact: true }).waitFor({ state: "hidden" })
      })
    }))

  test("injects a fault, and shows the retry with the same key and one message", ({ mika, page }) =>
    Effect.gen(function* () {
      yield* inBrowser(async () => {
        await page.getByRole("tab", { name: "Faults" }).click()
        const form = page.getByRole("region", { name: "Faults of requests" })
        await form.getByLabel("When").selectOption("after")
        await form.getByLabel("Operation").fill("pushMessage")
        await form.getByRole("button", { name: "Inject the fault" }).click()
        await page.getByText("pushMessage: answer 500, after LINE has acted").waitFor()
      })
      const receipt = yield* Messaging.pushMessage({ to: mika.userId, messages: [Message.text("once")] }).pipe(
        Retry.withPolicy(Schedule.spaced("1 millis"))
      )
      assert.strictEqual(receipt.status, "alreadyAccepted")
      yield* inBrowser(async () => {
        await page.getByText("Nothing: LINE works as it should.").waitFor()
        await page.getByRole("tab", { name: "Traffic" }).click()
        const [second, first] = [traffic(page, "409"), traffic(page, "500")]
        await second.getByText("attempt 2").waitFor()
        for (const attempt of [first, second]) {
          await attempt.getByText("pushMessage").click()
          await attempt.getByText(receipt.retryKey).waitFor()
        }
        await shoot(page, "retry")
        assert.strictEqual(await messages(page).getByText("once").count(), 1)
      })
    }))

  test("clears faults, and tells what a fault lacks", ({ page }) =>
    inBrowser(async () => {
      await page.getByRole("tab", { name: "Faults" }).click()
      await page.getByLabel("What goes wrong").selectOption({ label: "Another answer" })
      await page.getByLabel("Headers").fill("nonsense")
      await page.getByRole("button", { name: "Inject the fault" }).click()
      await page.getByRole("alert").getByText("This is no header: nonsense").waitFor()
      await page.getByLabel("Headers").fill("retry-after: 5")
      await page.getByRole("button", { name: "Inject the fault" }).click()
      await page.getByText("Any request: answer 503").waitFor()
      await page.getByLabel("The next webhook").selectOption({ label: "lost" })
      await page.getByRole("button", { name: "Disturb webhooks" }).click()
      await page.getByText("Webhook: lost").waitFor()
      await page.getByRole("button", { name: "Clear all faults" }).click()
      await page.getByText("Nothing: LINE works as it should.").waitFor()
    }))

  /** The URL of a bot that has ended. */
  const closedPort = Effect.scoped(Server.serve(() => Promise.resolve(new Response())))
  const answers = (answer: () => Promise<Response>) => Effect.succeed(answer)

  const failures: ReadonlyArray<
    readonly [
      reason: string,
      target: Effect.Effect<NonNullable<Parameters<Emulator.Service["setWebhook"]>[0]>>,
      detail: string
    ]
  > = [
    [
      "error_status_code",
      answers(() => Promise.resolve(new Response(null, { status: 500 }))),
      "the bot answered 500, LINE expects 200"
    ],
    ["could_not_connect", closedPort, "connect ECONNREFUSED 127.0.0.1"],
    ["request_timeout", answers(() => new Promise(() => {})), "the bot did not answer within 2 seconds"]
  ]
  for (const [reason, target, detail] of failures) {
    test(`shows that a webhook failed, and why: ${reason}`, ({ line, page }) =>
      Effect.gen(function* () {
        yield* line.setWebhook(yield* target)
        yield* inBrowser(async () => {
          await say(page, "hello")
          const strip = page.getByRole("main").getByRole("status").filter({ hasText: reason })
          await strip.getByText(detail).waitFor()
          await strip.getByRole("button", { name: "Traffic" }).click()
          await traffic(page, reason).getByText(detail).click()
          await traffic(page, reason).getByRole("button", { name: "Redeliver" }).waitFor()
          await shoot(page, `failure ${reason}`)
        })
        yield* line.setWebhook(() => Promise.resolve(new Response()))
        yield* inBrowser(async () => {
          await traffic(page, reason).getByRole("button", { name: "Redeliver" }).click()
          await traffic(page, "redelivery").getByText("200", { exact: true }).waitFor()
        })
      }))
  }

  test("shows the groups, where one speaks as any member", ({ line, mika, page }) =>
    Effect.gen(function* () {
      const rin = yield* line.addUser({ displayName: "Rin" })
      const group = yield* line.addGroup({ name: "Friends", members: [mika, rin] })
      yield* inBrowser(async () => {
        await page.getByRole("button", { name: "Friends" }).click()
        await page.getByText("Bot is not in this group, and hears nothing.").waitFor()
        await page.getByRole("button", { name: "Invite", exact: true }).click()
        await page.getByText("Bot is not in this group, and hears nothing.").waitFor({ state: "hidden" })
        await page.getByLabel("Speak as").selectOption({ label: "Rin" })
        await choose(page, "Mention somebody", "@Bot (the bot)")
        await field(page).press("End")
        await field(page).pressSequentially("hello")
        await field(page).press("Enter")
        await shows(page, "You said: @Bot hello")
      })
      const [said] = yield* line.messages(group)
      assert.strictEqual(said?.from, rin.userId)
      const delivery = (yield* line.deliveries).find(({ events: [event] }) => event?.type === "message")
      assert.deepInclude(delivery?.events[0]?.message, {
        mention: { mentionees: [{ index: 0, length: 4, type: "user", userId: line.channel.userId, isSelf: true }] }
      })
      yield* inBrowser(async () => {
        const own = messages(page).locator("[data-message]").first()
        const more = async (item: string) => {
          await own.hover()
          await own.getByRole("button", { name: "More about this message" }).click()
          await page.getByRole("menuitem", { name: item }).click()
        }
        await more("Edit")
        await field(page).fill("hello, all")
        await field(page).press("Enter")
        await own.getByText("Edited").waitFor()
        await more("Reply")
        await field(page).fill("indeed")
        await field(page).press("Enter")
        await shows(page, "You said: indeed")
        assert.strictEqual(await messages(page).locator("blockquote", { hasText: "hello, all" }).count(), 1)
        await more("Unsend")
        await messages(page).getByText("You unsent a message").waitFor()
        await choose(page, "What else can happen", "Members…")
        await page.getByRole("button", { name: "Mika leaves" }).click()
        await page.getByRole("button", { name: "Mika joins" }).waitFor()
        await page.getByRole("button", { name: "Close" }).click()
        await page.getByRole("main").getByText("group of 1").waitFor()
      })
      const types = (yield* line.deliveries).flatMap(({ events }) => events.map(({ type }) => type))
      assert.deepStrictEqual(types, ["join", "message", "messageEdited", "message", "unsend", "memberLeft"])
    }))

  test("tells in words what cannot be done, and adds people", ({ page }) =>
    inBrowser(async () => {
      await choose(page, "What else can happen", "Block the bot")
      await page.getByText("Mika has blocked Bot.").waitFor()
      await say(page, "hello")
      await page.getByRole("alert").getByText("Mika has blocked the bot: follow first").waitFor()
      await page.getByRole("button", { name: "Unblock" }).click()
      await page.getByText("Mika has blocked Bot.").waitFor({ state: "hidden" })
      await choose(page, "New user or chat", "New user")
      await page.getByLabel("Name", { exact: true }).fill("Rin")
      await page.getByRole("button", { name: "Add", exact: true }).click()
      await page.getByRole("heading", { name: "Rin" }).waitFor()
      await say(page, "good evening")
      await shows(page, "You said: good evening")
      await choose(page, "New user or chat", "New group")
      await page.getByLabel("Name", { exact: true }).fill("Friends")
      await page.getByRole("button", { name: "Add", exact: true }).click()
      await page.getByRole("dialog").getByText("A group has at least one member").waitFor()
      await page.getByLabel("Rin", { exact: true }).check()
      await page.getByRole("button", { name: "Add", exact: true }).click()
      await page.getByRole("heading", { name: "Friends" }).waitFor()
    }))

  test("sends stickers, places and files, and events of every kind", ({ line, mika, page }) =>
    Effect.gen(function* () {
      yield* line.setWebhook(() => Promise.resolve(new Response()))
      yield* inBrowser(async () => {
        await choose(page, "Send something else", "Sticker")
        await page.getByRole("button", { name: "11537 / 52002734" }).click()
        await page.getByRole("dialog").getByRole("button", { name: "Send" }).click()
        await messages(page).getByLabel("Sticker 52002734 of package 11537").waitFor()
        await choose(page, "Send something else", "Location")
        await page.getByLabel("Title").fill("Tokyo Station")
        await page.getByRole("dialog").getByRole("button", { name: "Send" }).click()
        await shows(page, "Tokyo Station")
        const choosing = page.waitForEvent("filechooser")
        await choose(page, "Send something else", "Image")
        await (await choosing).setFiles({ name: "a.png", mimeType: "image/png", buffer: Buffer.from(content) })
        await messages(page).getByRole("img", { name: "Image" }).waitFor()
        await choose(page, "What else can happen", "Another event…")
        await page.getByLabel("What happens").selectOption({ label: "Account link" })
        await page.getByLabel("Link token").fill("none")
        await page.getByLabel("Nonce").fill("0123456789")
        const dialog = page.getByRole("dialog")
        await dialog.getByRole("button", { name: "Send" }).click()
        await dialog.getByRole("alert").waitFor()
        await page.getByLabel("What happens").selectOption({ label: "An event as JSON" })
        await dialog.getByRole("button", { name: "Send" }).click()
        await dialog.waitFor({ state: "hidden" })
        await traffic(page, "somethingNew").getByText("200").waitFor()
      })
      const sent = (yield* line.messages(mika)).map(({ message }) => message.type)
      assert.deepStrictEqual(sent, ["sticker", "location", "image"])
    }))

  test("asks before it opens a link, and shows that the bot is at work", ({ line, mika, page }) =>
    Effect.gen(function* () {
      yield* Messaging.pushMessage({ to: mika.userId, messages: [linked] })
      yield* inBrowser(async () => {
        await page.getByRole("button", { name: "See the menu" }).click()
        const link = page.getByRole("dialog").getByRole("link", { name: "Open in a new tab" })
        assert.strictEqual(await link.getAttribute("href"), "https://bot.example/menu")
        assert.include(await link.getAttribute("rel"), "noopener")
        await page.keyboard.press("Escape")
        await page.getByRole("dialog").waitFor({ state: "hidden" })
      })
      yield* Chats.showLoadingAnimation({ chatId: mika.userId, loadingSeconds: 60 })
      yield* inBrowser(() => page.getByLabel("The bot is at work").waitFor())
      yield* line.advance("1 minute")
      yield* inBrowser(() => page.getByLabel("The bot is at work").waitFor({ state: "hidden" }))
    }))

  test("moves the time, changes settings and begins again", ({ line, page }) =>
    Effect.gen(function* () {
      const before = (yield* line.overview).now
      yield* inBrowser(async () => {
        await say(page, "hello")
        await shows(page, "You said: hello")
        await page.getByRole("tab", { name: "Faults" }).click()
        await page.getByRole("checkbox", { name: "Redelivery" }).check()
        await page.getByRole("spinbutton", { name: "Monthly limit" }).fill("200")
        await page.getByRole("button", { name: "Set", exact: true }).click()
        await page.getByText("0 of 200 messages sent this month.").waitFor()
        await page.getByRole("button", { name: "1 day" }).click()
        await messages(page).waitFor()
        await page.getByRole("tab", { name: "Set-up" }).click()
        await page.getByText("LINE_CHANNEL_SECRET=").waitFor()
        await page.getByRole("button", { name: "Verify" }).click()
        await page.getByText("The bot has answered 200").waitFor()
      })
      const { now, quota, webhook } = yield* line.overview
      assert.isAtLeast(now, before + 86_400_000)
      assert.isTrue(webhook.redelivery)
      assert.deepStrictEqual(quota, { type: "limited", value: 200 })
      yield* inBrowser(async () => {
        await page.getByRole("tab", { name: "Faults" }).click()
        await page.getByRole("button", { name: "Reset the emulator" }).click()
        await page.getByRole("dialog").getByRole("button", { name: "Reset" }).click()
        await page.getByText("Nobody is here yet.").waitFor()
      })
    }))

  test("stays usable under thousands of messages, and keeps the latest", ({ line, mika, page }) =>
    Effect.gen(function* () {
      yield* line.setWebhook(undefined)
      const texts = Array.from({ length: 3000 }, (_, index) => `push ${index}`)
      yield* Effect.forEach(
        texts,
        (text) => Messaging.pushMessage({ to: mika.userId, messages: [Message.text(text)] }),
        { concurrency: 20, discard: true }
      )
      yield* inBrowser(async () => {
        await shows(page, "push 2999")
        await say(page, "still there?")
        await shows(page, "still there?")
        assert.isAtMost(await messages(page).getByRole("article").count(), 500)
        await page.getByRole("button", { name: /Show earlier messages/ }).waitFor()
        const entries = page.getByRole("list", { name: "Traffic, the newest first" }).getByRole("listitem")
        assert.strictEqual(await entries.count(), 500)
      })
    }))

  test("tells that the emulator is gone, and goes on when it is back", ({ line, mika, page, stop, url }) =>
    Effect.gen(function* () {
      yield* stop
      yield* inBrowser(async () => {
        await page.getByText("Connection lost. Trying again…").waitFor()
        await say(page, "hello")
        await page.getByRole("alert").getByText("The emulator does not answer. Is it still running?").waitFor()
        // What was written is not lost.
        assert.strictEqual(await field(page).inputValue(), "hello")
      })
      yield* Messaging.pushMessage({ to: mika.userId, messages: [Message.text("meanwhile")] })
      const scope = yield* Scope.make()
      yield* Scope.extend(Emulator.serve({ port: Number(new URL(url).port) }), scope).pipe(
        Effect.provideService(Emulator.Emulator, line)
      )
      yield* inBrowser(async () => {
        await page.getByText("Live", { exact: true }).waitFor()
        await shows(page, "meanwhile")
        await traffic(page, "pushMessage").waitFor()
      })
      yield* Scope.close(scope, Exit.void)
    }))

  test(
    "fits a phone, one part at a time",
    ({ page }) =>
      inBrowser(async () => {
        await page.getByRole("navigation", { name: "Chats" }).getByRole("button", { name: "Mika" }).click()
        await say(page, "book")
        await shows(page, "Which room?")
        await shoot(page, "phone")
        assert.isFalse(await page.getByRole("navigation", { name: "Chats" }).isVisible())
        await page.getByRole("button", { name: "Inspector" }).click()
        await page.getByText("replyMessage").first().waitFor()
        await shoot(page, "phone inspector")
        for (const tab of ["Faults", "Set-up", "Traffic"]) {
          await page.getByRole("tab", { name: tab }).click()
          assert.isFalse(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), tab)
        }
        await page.getByRole("button", { name: "Chats", exact: true }).click()
        await page.getByRole("button", { name: "Mika" }).click()
        await shows(page, "Which room?")
      }),
    { viewport: { width: 390, height: 844 } }
  )

  test("is used with the keyboard alone", ({ page }) =>
    inBrowser(async () => {
      const tabTo = async (element: Locator, key: "Tab" | "Shift+Tab") => {
        for (let presses = 0; presses < 30; presses++) {
          if (await element.evaluate((element) => element === document.activeElement)) return
          await page.keyboard.press(key)
        }
        assert.fail("the focus does not get there")
      }
      await tabTo(page.getByRole("button", { name: /^Mika/ }), "Tab")
      await page.keyboard.press("Enter")
      await tabTo(field(page), "Tab")
      await page.keyboard.type("book")
      await page.keyboard.press("Enter")
      await shows(page, "Which room?")
      await tabTo(page.getByRole("button", { name: "By the window" }), "Shift+Tab")
      await page.keyboard.press("Enter")
      await shows(page, "Postback: room=window {}")
      // A menu opens, is walked through, and gives the focus back; so does a dialog.
      const more = page.getByRole("button", { name: "Send something else" })
      await tabTo(more, "Tab")
      await page.keyboard.press("Enter")
      for (let presses = 0; presses < 4; presses++) await page.keyboard.press("ArrowDown")
      await page.keyboard.press("Enter")
      await page.getByRole("dialog", { name: "Sticker" }).waitFor()
      await page.keyboard.press("Escape")
      await page.getByRole("dialog").waitFor({ state: "hidden" })
      assert.isTrue(await more.evaluate((element) => element === document.activeElement))
      await page.getByRole("tab", { name: "Traffic" }).focus()
      await page.keyboard.press("ArrowRight")
      await page.getByRole("button", { name: "Inject the fault" }).waitFor()
    }))

  for (const colorScheme of ["light", "dark"] as const) {
    test(
      `has nothing that keeps people out, in ${colorScheme}`,
      ({ page, token, url }) =>
        Effect.gen(function* () {
          yield* richMenus(url, token)
          yield* inBrowser(async () => {
            await say(page, "hello")
            await shows(page, "You said: hello")
            await say(page, "table")
            await shows(page, "Table 7")
            await page.evaluate(axe.source)
            for (const tab of ["Traffic", "Faults", "Set-up"]) {
              await page.getByRole("tab", { name: tab }).click()
              // What is in a message is the bot's choice, and LINE's.
              const { violations } = await page.evaluate(() =>
                (globalThis as unknown as { readonly axe: Axe }).axe.run({ exclude: [[".line-message"]] })
              )
              assert.deepStrictEqual(
                violations
                  .filter(({ impact }) => impact === "serious" || impact === "critical")
                  .map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
                []
              )
            }
            await page.getByRole("tab", { name: "Traffic" }).click()
            await shoot(page, colorScheme)
          })
        }),
      { colorScheme }
    )
  }

  test(
    "shows all of a conversation and what is behind it at once",
    ({ line, mika, page, token, url }) =>
      Effect.gen(function* () {
        yield* richMenus(url, token, yield* drawn(menuPicture, { width: 800, height: 270 }))
        const rin = yield* line.addUser({ displayName: "Rin" })
        const group = yield* line.addGroup({ name: "Friday dinner", members: [mika, rin] })
        yield* line.join(group)
        yield* line.say(rin, "Who comes?", { in: group })
        yield* line.unfollow(yield* line.addUser({ displayName: "Sato" }))
        yield* line.say(mika, "book")
        yield* inBrowser(() => shows(page, "Which room?"))
        yield* line.say(mika, "table")
        yield* inBrowser(() => shows(page, "Table 7"))
        yield* line.fault(Emulator.Fault.serverError({ accept: "after" }), { operation: "pushMessage" })
        yield* Messaging.pushMessage({
          to: mika.userId,
          messages: [
            Message.withQuickReply(Message.text("Your table is ready. 🍜"), [
              Action.message({ label: "On my way", text: "On my way" }),
              Action.location({ label: "Where I am" })
            ])
          ]
        }).pipe(Retry.withPolicy(Schedule.spaced("1 millis")))
        yield* inBrowser(async () => {
          await page.getByRole("button", { name: "On my way" }).waitFor()
          await page.getByRole("img", { name: "Menu a" }).waitFor()
          await traffic(page, "attempt 2").getByText("The retry key is already accepted").waitFor()
          await traffic(page, "replyMessage").first().waitFor()
          await page.getByRole("heading", { name: "Mika" }).hover()
          await shoot(page, "emulator-page")
        })
      }),
    { viewport: { width: 1200, height: 900 }, colorScheme: "light" }
  )

  for (const [name, options] of [
    ["light", { colorScheme: "light" }],
    ["dark", { colorScheme: "dark" }],
    ["phone", { viewport: { width: 390, height: 844 } }]
  ] as const) {
    test(
      `shows every kind of message: ${name}`,
      ({ line, mika, page }) =>
        Effect.gen(function* () {
          yield* line.setWebhook(undefined)
          if (name === "phone") {
            yield* inBrowser(() =>
              page.getByRole("navigation", { name: "Chats" }).getByRole("button", { name: "Mika" }).click()
            )
          }
          for (const [kind, message, shown] of [...kinds, ...said]) {
            if ("content" in message || kind.startsWith("said"))
              yield* line.say(mika, message as Emulator.IncomingMessage)
            else yield* Messaging.pushMessage({ to: mika.userId, messages: [message as Message.Message] })
            yield* inBrowser(async () => {
              const last = messages(page).getByRole("article").last()
              await last.getByText(shown).or(last.getByLabel(shown)).or(last.getByAltText(shown)).first().waitFor()
              await page.waitForFunction(() => {
                const log = document.querySelector("[role=log]")
                return log !== null && log.scrollHeight - log.scrollTop - log.clientHeight < 40
              })
              await shoot(page, `${name} ${kind}`)
            })
          }
        }),
      options
    )
  }
})

const menuPicture = `
  <body style="margin: 0; display: flex; gap: 4px; background: #e9e2d4; font: 600 34px sans-serif; color: #4a3420">
    <div style="flex: 1; display: grid; place-items: center; height: 270px; background: #f6efe2">🍽️ Our dishes</div>
    <div style="flex: 1; display: grid; place-items: center; height: 270px; background: #f6efe2">💬 Help</div>
  </body>`

const picture = "https://bot.example/picture.png"
const imageActions = ["left", "right"].map((side) => Action.message({ label: side, text: side }))

/** A message of every kind that a bot sends, with what it shows. */
const kinds: ReadonlyArray<readonly [kind: string, message: Message.Message, shown: string | RegExp]> = [
  [
    "text",
    Message.text("$ Look at https://example.com/menu", {
      emojis: [{ index: 0, productId: "5ac1bfd5040ab15980c9b435", emojiId: "001" }],
      sender: { name: "Chef" }
    }),
    "https://example.com/menu"
  ],
  ["textV2", Message.textV2("Braces {{ and }}"), "Braces { and }"],
  ["sticker", Message.sticker({ packageId: "446", stickerId: "1988" }), /1988/],
  ["image", Message.image({ originalContentUrl: picture, previewImageUrl: picture }), /image/i],
  ["video", Message.video({ originalContentUrl: "https://bot.example/film.mp4", previewImageUrl: picture }), /video/i],
  ["audio", Message.audio({ originalContentUrl: "https://bot.example/sound.m4a", duration: 61_000 }), "1:01"],
  [
    "location",
    Message.location({ title: "Tokyo Station", address: "Marunouchi", latitude: 35.68, longitude: 139.76 }),
    "Tokyo Station"
  ],
  [
    "imagemap",
    Message.imagemap({
      baseUrl: "https://bot.example/map",
      altText: "A map",
      baseSize: { width: 1040, height: 520 },
      actions: [{ type: "message", label: "Here", text: "here", area: { x: 0, y: 0, width: 520, height: 520 } }]
    }),
    "Here"
  ],
  ["template buttons", rooms, "Which room?"],
  [
    "template confirm",
    Message.template({
      altText: "Sure?",
      template: Template.confirm({
        text: "Are you sure?",
        actions: [Action.message({ label: "Yes", text: "yes" }), Action.message({ label: "No", text: "no" })]
      })
    }),
    "Are you sure?"
  ],
  [
    "template carousel",
    Message.template({
      altText: "Dishes",
      template: Template.carousel({
        columns: ["Soup", "Noodles", "Cake"].map((title) => ({
          thumbnailImageUrl: picture,
          title,
          text: "With everything",
          actions: [Action.message({ label: `Order ${title}`, text: title })]
        }))
      })
    }),
    "Order Soup"
  ],
  [
    "template image carousel",
    Message.template({
      altText: "Pictures",
      template: Template.imageCarousel({ columns: imageActions.map((action) => ({ imageUrl: picture, action })) })
    }),
    "left"
  ],
  ["flex bubble", table, "Table 7"],
  [
    "flex carousel",
    Message.flex({
      altText: "Menus",
      contents: Flex.carousel(
        ["Lunch", "Dinner"].map((name) =>
          Flex.bubble({
            size: "micro",
            hero: Flex.image(picture, { size: "full", aspectRatio: "3:2", aspectMode: "cover" }),
            body: Flex.box({ layout: "vertical", contents: [Flex.text(name, { weight: "bold" })] })
          })
        )
      )
    }),
    "Dinner"
  ]
]

const content = Png.make(40, 30, 120)

/** A message of every kind that a user sends. */
const said: ReadonlyArray<readonly [kind: string, message: Emulator.IncomingMessage, shown: string | RegExp]> = [
  ["said text", { type: "text", text: "Thank you" }, "Thank you"],
  ["said sticker", { type: "sticker", packageId: "446", stickerId: "1989" }, /1989/],
  ["said location", { type: "location", title: "Home", latitude: 35, longitude: 139 }, "Home"],
  ["said image", { type: "image", content, contentType: "image/png" }, /image/i],
  ["said audio", { type: "audio", content, duration: 2000 }, "0:02"],
  ["said file", { type: "file", fileName: "order.pdf", content }, "order.pdf"]
]
