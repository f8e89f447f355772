import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Modules from "line-effect/Modules"
import * as WebhookEvent from "line-effect/WebhookEvent"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import * as Acts from "../src/emulator/Modules.js"
import * as Webhook from "../src/emulator/Webhook.js"
import type { Event } from "../src/emulator/Wire.js"
import * as World from "./support/World.js"

const authorization: Modules.Authorization = {
  redirect_uri: "https://example.com/attached?from=line",
  scope: "message:send message:receive"
}

const verifier = "a-verifier-of-enough-letters-and-digits-0123456789"
const code_challenge = createHash("sha256").update(verifier).digest("base64url")

/** What the browser brings back. */
const browse = (
  { world }: World.Line,
  rest: Partial<Modules.AuthorizeRequest> = {},
  now = 0
): { readonly code: string; readonly url: URL } => {
  const request = { client_id: world.channel.channelId, state: "state", ...authorization, ...rest }
  const url = new URL(Either.getOrThrow(Acts.authorize(world, Modules.authorizeUrl(request), now)))
  return { code: url.searchParams.get("code") ?? "", url }
}

const attach = (line: World.Line, code: string, rest: Partial<Modules.AttachModuleRequest> = {}) => {
  const { channelId: client_id, channelSecret: client_secret } = line.world.channel
  const request = { ...authorization, client_id, client_secret, code: Redacted.make(code), ...rest }
  return World.provide(line)(Modules.attachModule(request))
}

const refusal = <A, E extends { readonly _tag: string }>(effect: Effect.Effect<A, E>) =>
  Effect.map(Effect.flip(effect), (error) =>
    "error" in error ? [error.error, Reflect.get(error, "errorDescription")] : [error._tag]
  )

/** The event as a bot reads it. */
const read = (line: World.Line, event: Event | undefined, now = 0): WebhookEvent.WebhookEvent => {
  const [completed] = Webhook.complete(line.world, event === undefined ? [] : [event], now)
  return Schema.decodeUnknownSync(WebhookEvent.WebhookEvent)(completed)
}

describe("a module of the emulator", () => {
  it.scoped("is attached with what the browser brings back, once", () =>
    Effect.gen(function* () {
      const line = yield* World.make()
      const botId = line.world.channel.userId
      const { code, url } = browse(line)
      assert.strictEqual(url.searchParams.get("state"), "state")
      assert.strictEqual(url.searchParams.get("from"), "line")
      const scopes = ["message:send", "message:receive"]
      assert.deepStrictEqual(yield* attach(line, code), { bot_id: botId, scopes })
      const [event] = yield* line.events
      assert.deepInclude(Schema.decodeUnknownSync(WebhookEvent.WebhookEvent)(event), {
        type: "module",
        module: { type: "attached", botId, scopes },
        mode: "active"
      })
      assert.deepStrictEqual(yield* refusal(attach(line, code)), ["invalid_grant", "invalid code"])
    })
  )

  it.scoped("is not attached with anything else", () =>
    Effect.gen(function* () {
      const line = yield* World.make()
      const { code } = browse(line, { code_challenge, region: "JP" })
      const code_verifier = Redacted.make(verifier)
      for (const [rest, ...expected] of [
        [{ code_verifier }, "invalid_grant", "region does not match"],
        [
          { code_verifier, region: "JP", redirect_uri: "https://example.com" },
          "invalid_grant",
          "redirect_uri does not match"
        ],
        [{ code_verifier, region: "JP", scope: "message:send" }, "invalid_grant", "scope does not match"],
        [{ region: "JP" }, "invalid_grant", "code_verifier does not match"],
        [{ region: "JP", client_secret: Redacted.make("wrong") }, "invalid_client", "invalid client_secret"],
        [{ region: "JP", client_id: "1" }, "invalid_client", "invalid client_id"]
      ] as const) {
        assert.deepStrictEqual(yield* refusal(attach(line, code, rest)), expected)
      }
      yield* attach(line, code, { code_verifier, region: "JP" })
      const late = browse(line).code
      yield* TestClock.adjust("10 minutes")
      assert.deepStrictEqual(yield* refusal(attach(line, late)), ["invalid_grant", "invalid code"])
    })
  )

  it.scoped("takes its credentials in a header as well, at the manager's host", () =>
    Effect.gen(function* () {
      const line = yield* World.make()
      const { channelId, channelSecret } = line.world.channel
      const send = (secret: string, host: "manager" | "api" = "manager") =>
        line.call("POST", "/module/auth/v1/token", {
          host,
          headers: {
            authorization: `Basic ${Buffer.from(`${channelId}:${secret}`).toString("base64")}`,
            "content-type": "application/x-www-form-urlencoded"
          },
          body: `${new URLSearchParams({ grant_type: "authorization_code", code: browse(line).code, redirect_uri: authorization.redirect_uri })}`
        })
      assert.strictEqual((yield* send(Redacted.value(channelSecret))).status, 200)
      assert.strictEqual((yield* send("wrong")).status, 400)
      assert.strictEqual((yield* send("wrong", "api")).status, 404)
    })
  )

  it.scoped("is refused in the browser where the URL is wrong", () =>
    Effect.gen(function* () {
      const { world } = yield* World.make()
      const right = { client_id: world.channel.channelId, state: "s", ...authorization }
      for (const request of [
        { ...right, client_id: "1" },
        { ...right, scope: "message:read" },
        { ...right, state: "" },
        { ...right, redirect_uri: "attached" },
        { ...right, region: "TW" as const },
        { ...right, basic_search_id: "@nobody" },
        { ...right, brand_type: "unverified" }
      ]) {
        assert.isTrue(Either.isLeft(Acts.authorize(world, Modules.authorizeUrl(request), 0)))
      }
      assert.isTrue(Either.isRight(Acts.authorize(world, Modules.authorizeUrl(right), 0)))
    })
  )

  it.scoped("lists the accounts that it is attached to, and is detached", () =>
    Effect.gen(function* () {
      const line = yield* World.make()
      const bots = World.provide(line)(Stream.runCollect(Modules.bots({ limit: 2 })))
      assert.lengthOf([...(yield* bots)], 0)
      yield* attach(line, browse(line).code)
      const others = ["@a", "@b", "@c"].map((basicId) => ({
        basicId,
        userId: Acts.addAccount(line.world, { basicId })
      }))
      for (const { basicId: basic_search_id } of others.slice(0, 2)) {
        yield* attach(line, browse(line, { basic_search_id }).code, { basic_search_id })
      }
      const { basicId, displayName, userId } = line.world.channel
      assert.deepStrictEqual(
        [...(yield* bots)],
        [
          { userId, basicId, displayName },
          { userId: others[0]?.userId ?? "", basicId: "@a", displayName: "Account 2" },
          { userId: others[1]?.userId ?? "", basicId: "@b", displayName: "Account 3" }
        ]
      )
      yield* World.provide(line)(Modules.detachModule({ botId: userId }))
      assert.deepInclude((yield* line.events).at(-1)?.["module"], { type: "detached", botId: userId })
      assert.lengthOf([...(yield* bots)], 2)
      const detach = (botId: string) => line.call("POST", "/v2/bot/channel/detach", { body: { botId } })
      const refused = (message: string) => ({ status: 400, body: { message } })
      assert.deepStrictEqual(yield* detach(userId), refused("Specified channel is not detachable"))
      assert.deepStrictEqual(yield* detach("bot"), refused("user/group/room Id is not available."))
      const [deleted] = Either.getOrThrow(Acts.detach(line.world, others[0]?.userId ?? "", "bot_deleted"))
      assert.deepInclude(read(line, deleted), {
        module: { type: "detached", botId: others[0]?.userId ?? "", reason: "bot_deleted" }
      })
    })
  )

  it.scoped("takes control of a chat for a time, and gives it back", () =>
    Effect.gen(function* () {
      const line = yield* World.make()
      const userId = yield* line.addUser()
      const acquire = (body?: unknown) =>
        line.call("POST", `/v2/bot/chat/${userId}/control/acquire`, body === undefined ? {} : { body })
      const release = line.call("POST", `/v2/bot/chat/${userId}/control/release`)
      // Nobody has to say anything about time.
      assert.strictEqual((yield* acquire()).status, 200)
      const source = { type: "user", userId }
      assert.deepInclude((yield* line.events)[0], { type: "activated", source, chatControl: { expireAt: 3_600_000 } })
      yield* acquire({ ttl: 60 })
      assert.deepInclude((yield* line.events)[1], { chatControl: { expireAt: 60_000 } })
      yield* release
      assert.deepInclude((yield* line.events)[2], { type: "deactivated", source })
      // There is nothing to give back any more; nor is there when its time is over, of which nothing tells.
      yield* release
      yield* acquire({ ttl: 60 })
      yield* TestClock.adjust("1 minute")
      yield* release
      assert.lengthOf(yield* line.events, 4)
      yield* acquire({ expired: false })
      yield* TestClock.adjust("1000 days")
      yield* release
      assert.strictEqual((yield* line.events).at(-1)?.type, "deactivated")
    })
  )

  it.scoped("waits where another channel has just taken control, and is in standby meanwhile", () =>
    Effect.gen(function* () {
      const line = yield* World.make()
      const { world } = line
      const userId = yield* line.addUser()
      const acquire = World.provide(line)(Modules.acquireChatControl({ chatId: userId }))
      const say = {
        type: "message",
        source: { type: "user", userId },
        replyToken: "t",
        message: { id: "1", type: "text", text: "hi" }
      }
      assert.deepStrictEqual(Acts.takeControl(world, userId, 0), Either.right([]))
      assert.deepInclude(yield* Effect.flip(acquire), { _tag: "LineRejected", status: 423 })
      const told = read(line, say)
      assert.strictEqual(told.type === "message" && told.mode, "standby")
      assert.notProperty(told, "replyToken")
      yield* TestClock.adjust("3 seconds")
      yield* acquire
      assert.propertyVal(read(line, say, 3000), "replyToken", "t")
      const lost = Either.getOrThrow(Acts.takeControl(world, userId, 3000))
      assert.deepStrictEqual(lost, [{ type: "deactivated", source: { type: "user", userId } }])
      Acts.giveBackControl(world, userId)
      assert.propertyVal(read(line, say, 3000), "mode", "active")
      assert.isTrue(Either.isLeft(Acts.giveBackControl(world, userId)))
    })
  )

  it.scoped("has control of chats where the bot is", () =>
    Effect.gen(function* () {
      const line = yield* World.make()
      const userId = yield* line.addUser()
      const groupId = yield* line.act({ type: "addGroup", userIds: [userId] })
      const acquire = (chatId: string, body = {}) =>
        line.call("POST", `/v2/bot/chat/${chatId}/control/acquire`, { body })
      const notFound = { status: 404, body: { message: "Not found" } }
      assert.deepStrictEqual(yield* acquire(groupId), notFound)
      yield* line.act({ type: "join", chatId: groupId })
      assert.strictEqual((yield* acquire(groupId)).status, 200)
      assert.deepInclude((yield* line.events)[0], { source: { type: "group", groupId } })
      yield* acquire(userId)
      // It is over when the user has blocked the bot, also if they take it back.
      yield* line.act({ type: "unfollow", userId })
      assert.deepStrictEqual(yield* acquire(userId), notFound)
      yield* line.act({ type: "follow", userId })
      yield* line.call("POST", `/v2/bot/chat/${userId}/control/release`)
      assert.lengthOf(yield* line.events, 2)
      assert.deepStrictEqual(yield* acquire("chat"), {
        status: 400,
        body: { message: "The value for the 'chatId' parameter is invalid" }
      })
      assert.strictEqual((yield* acquire(userId, { ttl: 31_536_001 })).status, 400)
    })
  )

  it.scoped("hears that the bot is suspended and works again", () =>
    Effect.gen(function* () {
      const line = yield* World.make()
      assert.deepStrictEqual(Acts.suspend(line.world, true), Either.right([]))
      Acts.suspend(line.world, false)
      yield* attach(line, browse(line).code)
      const [suspended] = Either.getOrThrow(Acts.suspend(line.world, true))
      assert.strictEqual(read(line, suspended).type, "botSuspended")
      assert.isTrue(Either.isLeft(Acts.suspend(line.world, true)))
      const [resumed] = Either.getOrThrow(Acts.suspend(line.world, false))
      assert.strictEqual(read(line, resumed).type, "botResumed")
    })
  )
})
