import { assert, describe, it } from "@effect/vitest"
import { HTTPFetchError, LineBotClient, validateSignature, type webhook } from "@line/bot-sdk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Exit from "effect/Exit"
import * as Emulator from "line-effect/Emulator"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import { buffer } from "node:stream/consumers"

const retryKey = "123e4567-e89b-12d3-a456-426614174000"
const hello = { type: "text", text: "hello" } as const

/** The official SDK, pointed at the emulator's port. */
const peer = Effect.gen(function* () {
  const line = yield* Emulator.Emulator
  const { url } = yield* Emulator.serve()
  const client = LineBotClient.fromChannelAccessToken({
    channelAccessToken: Redacted.value(line.channel.channelAccessToken),
    apiBaseURL: url,
    dataApiBaseURL: url
  })
  return { line, url, client }
})

const call = <A>(promise: () => Promise<A>): Effect.Effect<A, unknown> =>
  Effect.tryPromise({ try: promise, catch: (error) => error })

const refusal = <A>(promise: () => Promise<A>) =>
  Effect.map(Effect.flip(call(promise)), (error) =>
    error instanceof HTTPFetchError ? error : assert.fail(`not an HTTPFetchError: ${String(error)}`)
  )

/** A bot's web server that answers every webhook, and keeps what it got. */
const botServer = Effect.gen(function* () {
  const received: Array<{ readonly body: string; readonly signature: string }> = []
  const server = Http.createServer((request, response) => {
    void buffer(request).then((body) => {
      received.push({ body: body.toString(), signature: String(request.headers["x-line-signature"]) })
      response.end()
    })
  })
  yield* Effect.acquireRelease(
    Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
    () => Effect.sync(() => server.closeAllConnections())
  )
  yield* Effect.addFinalizer(() => Effect.sync(() => server.close()))
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhook` }
})

describe("the official Node SDK", () => {
  it.scopedLive("replies to a webhook whose signature it has checked", () =>
    Effect.gen(function* () {
      const { client, line } = yield* peer
      const bot = yield* botServer
      yield* line.setWebhook(bot.url)
      const user = yield* line.addUser()
      const delivery = yield* line.say(user, "hello – 你好")
      assert.deepStrictEqual(delivery.outcome, { _tag: "Answered", status: 200 })
      const [{ body, signature } = assert.fail("nothing was received")] = bot.received
      assert.isTrue(validateSignature(body, Redacted.value(line.channel.channelSecret), signature))
      const callback: webhook.CallbackRequest = JSON.parse(body)
      assert.strictEqual(callback.destination, line.channel.userId)
      const [event] = callback.events
      if (event?.type !== "message" || event.message.type !== "text") return assert.fail("not a text message")
      assert.strictEqual(event.message.text, "hello – 你好")
      const { quoteToken } = event.message
      const replyToken = event.replyToken ?? assert.fail("no reply token")
      const sent = yield* call(() => client.replyMessage({ replyToken, messages: [{ ...hello, quoteToken }] }))
      assert.lengthOf(sent.sentMessages, 1)
      assert.deepStrictEqual(
        (yield* line.messages(user)).map(({ id, via }) => [id, via]),
        [
          [event.message.id, "user"],
          [sent.sentMessages[0]?.id, "reply"]
        ]
      )
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.scopedLive("pushes once with one retry key", () =>
    Effect.gen(function* () {
      const { client, line } = yield* peer
      const user = yield* line.addUser()
      const push = () => client.pushMessageWithHttpInfo({ to: user.userId, messages: [hello] }, retryKey)
      const first = yield* call(push)
      const again = yield* refusal(push)
      assert.strictEqual(again.status, 409)
      assert.strictEqual(
        again.headers.get("x-line-accepted-request-id"),
        first.httpResponse.headers.get("x-line-request-id")
      )
      assert.deepStrictEqual(JSON.parse(again.body).sentMessages, first.body.sentMessages)
      assert.lengthOf(yield* line.messages(user), 1)
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.scopedLive("multicasts, reads a profile, leaves a group and shows that it is loading", () =>
    Effect.gen(function* () {
      const { client, line } = yield* peer
      const user = yield* line.addUser({ displayName: "Mika", pictureUrl: "https://example.com/mika.png" })
      const group = yield* line.addGroup({ members: [user] })
      yield* line.join(group)
      assert.deepStrictEqual(yield* call(() => client.multicast({ to: [user.userId], messages: [hello] })), {})
      assert.deepStrictEqual(yield* call(() => client.getProfile(user.userId)), {
        userId: user.userId,
        displayName: "Mika",
        pictureUrl: "https://example.com/mika.png"
      })
      yield* call(() => client.leaveGroup(group.groupId))
      assert.strictEqual((yield* refusal(() => client.getGroupSummary(group.groupId))).status, 404)
      yield* call(() => client.showLoadingAnimation({ chatId: user.userId, loadingSeconds: 5 }))
      assert.deepStrictEqual(yield* call(() => client.getFollowers(undefined, 10)), { userIds: [user.userId] })
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.scopedLive("downloads what a user sent", () =>
    Effect.gen(function* () {
      const { client, line } = yield* peer
      const content = Uint8Array.from({ length: 100_000 }, (_, index) => index % 256)
      const delivery = yield* line.say(yield* line.addUser(), { type: "video", content })
      const messageId = delivery.events[0]?.message?.id ?? assert.fail("no message")
      const { body, httpResponse } = yield* call(() => client.getMessageContentWithHttpInfo(messageId))
      assert.strictEqual(httpResponse.headers.get("content-type"), "video/mp4")
      assert.deepStrictEqual(new Uint8Array(yield* call(() => buffer(body))), content)
      const transcoding = yield* call(() => client.getMessageContentTranscodingByMessageId(messageId))
      assert.deepStrictEqual(transcoding, { status: "succeeded" })
    }).pipe(Effect.provide(Emulator.layer()))
  )
})

describe("the loopback port", () => {
  it.scopedLive("a dropped connection is a dead socket", () =>
    Effect.gen(function* () {
      const { line, url } = yield* peer
      yield* line.fault(Emulator.Fault.drop())
      const error = yield* Effect.flip(call(() => fetch(`${url}/v2/bot/info`)))
      assert.instanceOf(error, TypeError)
      assert.lengthOf(yield* line.requests, 1)
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.scopedLive("a caller who hangs up is on record", () =>
    Effect.gen(function* () {
      const { line, url } = yield* peer
      yield* line.fault(Emulator.Fault.delay(Infinity))
      const fiber = yield* Effect.fork(Effect.tryPromise((signal) => fetch(`${url}/v2/bot/info`, { signal })))
      const until = (done: (record: Emulator.RequestRecord | undefined) => boolean) =>
        Effect.map(line.requests, ([record]) => done(record)).pipe(
          Effect.zipLeft(Effect.yieldNow()),
          Effect.repeat({ until: (done) => done })
        )
      yield* until((record) => record !== undefined)
      yield* Fiber.interrupt(fiber)
      yield* until((record) => record?.aborted === true)
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.scopedLive("an answer that cannot be written is a server error, and the port goes on", () =>
    Effect.gen(function* () {
      const { line, url } = yield* peer
      const headers = { authorization: `Bearer ${Redacted.value(line.channel.channelAccessToken)}` }
      yield* line.fault(Emulator.Fault.respond(200, 1n))
      yield* line.fault(Emulator.Fault.respond(200, "hello", { headers: { note: "two\nlines" } }))
      for (const status of [500, 500, 200]) {
        const response = yield* call(() => fetch(`${url}/v2/bot/info`, { headers }))
        assert.strictEqual(response.status, status)
        assert.isObject(yield* call(() => response.json()))
      }
      // The program that has made such an answer is told, on the console.
    }).pipe(Logger.withMinimumLogLevel(LogLevel.None), Effect.provide(Emulator.layer()))
  )

  it.scopedLive("a body that is too large is refused, and not kept", () =>
    Effect.gen(function* () {
      const { line, url } = yield* peer
      const body = JSON.stringify({ messages: [hello], padding: "x".repeat(8 * 1024 * 1024) })
      const response = yield* call(() => fetch(`${url}/v2/bot/message/broadcast`, { method: "POST", body }))
      assert.strictEqual(response.status, 413)
      assert.deepInclude((yield* line.requests)[0], { status: 413, body: undefined })
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.scopedLive("an answer without a body has none", () =>
    Effect.gen(function* () {
      const { line, url } = yield* peer
      yield* line.fault(Emulator.Fault.respond(205, "gone"))
      const response = yield* call(() => fetch(`${url}/v2/bot/info`))
      assert.deepStrictEqual([response.status, yield* call(() => response.text())], [205, ""])
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.scopedLive("a POST without a body says that it has none", () =>
    Effect.gen(function* () {
      const { line, url } = yield* peer
      const user = yield* line.addUser()
      const status = yield* Effect.async<number | undefined>((resume) => {
        const request = Http.request(`${url}/v2/bot/user/${user.userId}/linkToken`, {
          method: "POST",
          headers: { "transfer-encoding": "chunked" }
        })
        request.on("response", (response) => {
          response.resume()
          resume(Effect.succeed(response.statusCode))
        })
        request.end()
      })
      assert.strictEqual(status, 411)
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.live("the port closes with its scope, and cannot be opened twice", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { url } = yield* Scope.extend(Emulator.serve(), scope)
      const port = Number(new URL(url).port)
      const error = yield* Effect.flip(Effect.scoped(Emulator.serve({ port })))
      assert.strictEqual(error._tag, "LineEmulatorServeError")
      yield* Scope.close(scope, Exit.void)
      assert.instanceOf(yield* Effect.flip(call(() => fetch(`${url}/v2/bot/info`))), TypeError)
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.scopedLive("a webhook that nobody listens for could not connect", () =>
    Effect.gen(function* () {
      const { line, url } = yield* Effect.scoped(peer)
      yield* line.setWebhook(`${url}/webhook`)
      const { outcome } = yield* line.say(yield* line.addUser(), "hello")
      assert.deepStrictEqual(outcome, { _tag: "Failed", reason: "could_not_connect" })
    }).pipe(Effect.provide(Emulator.layer()))
  )
})
