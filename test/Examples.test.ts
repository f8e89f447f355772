import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Emulator from "line-effect/Emulator"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as Webhook from "line-effect/Webhook"
import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Readable } from "node:stream"
import * as Bot from "./support/Bot.js"

const spawnNode = (arguments_: ReadonlyArray<string>, environment: Readonly<Record<string, string>> = {}) =>
  spawn(process.execPath, arguments_, { env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "inherit"] })

/** Runs an example in a process of its own, killed when the scope closes. */
const run = (example: string, arguments_: ReadonlyArray<string>, environment: Readonly<Record<string, string>> = {}) =>
  start(["--import", "tsx", `examples/${example}.ts`, ...arguments_], environment)

const start = (arguments_: ReadonlyArray<string>, environment: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() => spawnNode(arguments_, environment)),
    (child) =>
      Effect.promise(async () => {
        if (child.exitCode !== null || child.signalCode !== null) return
        const exit = once(child, "exit")
        child.kill("SIGTERM")
        await exit
      })
  )

const lines = ({ stdout }: ChildProcess) =>
  Stream.fromAsyncIterable<Uint8Array, unknown>(stdout ?? Readable.from([]), (error) => error).pipe(
    Stream.decodeText(),
    Stream.splitLines,
    Stream.orDie
  )

const output = (child: ChildProcess) => Effect.map(Stream.runCollect(lines(child)), (lines) => [...lines])

const environment = Effect.gen(function* () {
  const { channel } = yield* Emulator.Emulator
  const { url } = yield* Emulator.serve()
  return {
    LINE_API_BASE_URL: url,
    LINE_CHANNEL_ACCESS_TOKEN: Redacted.value(channel.channelAccessToken),
    LINE_CHANNEL_SECRET: Redacted.value(channel.channelSecret)
  }
})

/** The port that a program says it listens on. */
const portOf = (child: ChildProcess) =>
  lines(child).pipe(
    Stream.map((line) => /http:\/\/[^"\s]*:(\d+)|port: (\d+)/.exec(line)),
    Stream.map((match) => match?.[1] ?? match?.[2]),
    Stream.filter((port) => port !== undefined),
    Stream.runHead,
    Effect.flatten
  )

/** A user of the emulator says something, and is told the same. */
const echoes = (text: string) =>
  Effect.gen(function* () {
    const emulator = yield* Emulator.Emulator
    const user = yield* emulator.addUser()
    const delivery = yield* emulator.say(user, text)
    assert.deepStrictEqual(delivery.outcome, { _tag: "Answered", status: 200 })
    yield* Effect.repeat(emulator.messages(user), {
      until: (messages) => messages.length === 2,
      schedule: Schedule.spaced("10 millis")
    })
    const [, reply] = yield* emulator.messages(user)
    assert.strictEqual(reply?.via, "reply")
    assert.deepStrictEqual(reply?.message, { type: "text", text })
  })

/** Serves a function of the examples as its platform would: the code that does, given to a process of its own. */
const platforms = {
  "aws-lambda": `
    import { createServer } from "node:http"
    import { text } from "node:stream/consumers"
    const { handler } = await import("./examples/servers/aws-lambda.ts")
    const server = createServer(async (request, response) => {
      const { headers, method } = request
      const event = { headers, requestContext: { http: { method } }, body: await text(request), isBase64Encoded: false }
      const { body, statusCode } = await handler(event)
      response.writeHead(statusCode).end(body)
    })
    server.listen(0, () => console.log("port:", server.address().port))`,
  "cloud-functions": `
    import { getTestServer } from "@google-cloud/functions-framework/testing"
    await import("./examples/servers/cloud-functions.ts")
    const server = getTestServer("callback").listen(0, () => console.log("port:", server.address().port))`
}

describe("examples", () => {
  for (const example of ["echo-bot", "servers/node-http", "servers/express", "servers/fastify", "servers/koa"]) {
    it.scopedLive(`${example} answers a text with the same text`, () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const child = yield* run(example, [], { ...(yield* environment), PORT: "0" })
        yield* emulator.setWebhook(`http://localhost:${yield* portOf(child)}/callback`)
        yield* echoes("good morning")
      }).pipe(Effect.provide(Emulator.layer()))
    )
  }

  for (const [example, platform] of Object.entries(platforms)) {
    it.scopedLive(`servers/${example} answers a text with the same text`, () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const child = yield* start(["--import", "tsx", "--input-type=module", "--eval", platform], yield* environment)
        yield* emulator.setWebhook(`http://localhost:${yield* portOf(child)}/callback`)
        yield* echoes("good morning")
      }).pipe(Effect.provide(Emulator.layer()))
    )
  }

  it.scopedLive("retrying-push sends once through failures, and nothing when it is started again", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const user = yield* emulator.addUser()
      yield* emulator.fault(Emulator.Fault.serverError())
      yield* emulator.fault(Emulator.Fault.drop({ accept: "after" }))
      const line = yield* environment
      const first = yield* output(yield* run("retrying-push", [user.userId, "42"], line))
      assert.deepStrictEqual(first, [
        "attempt 1 failed: LineServerError",
        "attempt 2 failed: LineNetworkError",
        "alreadyAccepted after 3 attempts"
      ])
      const second = yield* output(yield* run("retrying-push", [user.userId, "42"], line))
      assert.deepStrictEqual(second, ["sent before, nothing to do"])
      assert.strictEqual((yield* emulator.messages(user)).length, 1)
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.scopedLive("decode-webhooks counts what a recorded file holds", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* output(yield* run("decode-webhooks", ["examples/webhooks.ndjson"])), [
        "1  follow",
        "1  message of the unknown kind voiceprint",
        "1  message: image",
        "1  message: sticker",
        "2  message: text",
        "1  postback",
        "1  unfollow",
        "1  unknown event teleported"
      ])
    })
  )

  it.scopedLive("export-followers writes every follower once, in two runs", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.promise(() => mkdtemp(join(tmpdir(), "line-effect-"))),
        (folder) => Effect.promise(() => rm(folder, { recursive: true }))
      )
      const lines = yield* output(yield* run("export-followers", [], { TMPDIR: folder }))
      assert.deepStrictEqual(
        lines.map((line) => line.replace(/to \S+,/, "to a file,")),
        ["600 followers written to a file, more to come", "400 followers written to a file, all are there"]
      )
      const file = /to (\S+),/.exec(lines.join())?.[1] ?? ""
      const userIds = (yield* Effect.promise(() => readFile(file, "utf8"))).trimEnd().split("\n")
      assert.strictEqual(new Set(userIds).size, 1000)
      assert.lengthOf(userIds, 1000)
    })
  )

  it.scopedLive("narrowcast tells what was sent, and why something was not", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* output(yield* run("narrowcast", [])), [
        "jp_27: accepted",
        "jp_27: sent to 3, failed for 0",
        "jp_13: accepted",
        "jp_13: not sent: Too few recipients"
      ])
    })
  )

  it.scopedLive("rich-menus shows its plan, applies it, and has nothing to do the second time", () =>
    Effect.gen(function* () {
      const lines = yield* output(yield* run("rich-menus", []))
      assert.deepStrictEqual(
        // Ids, digests of images that are compressed here, and the number of the run.
        lines.map((line) => line.replaceAll(/\b(?:[0-9a-f]{32}|[0-9a-f]{8})\b/g, "…")),
        [
          "an empty channel: 5 steps, of which 2 create a menu",
          "  create menu shop",
          "  create menu help",
          "  create alias shop of menu shop",
          "  create alias help of menu help",
          "  make menu shop the default",
          "the shop is richmenu-…",
          "applied again: 0 steps",
          "a red shop: 5 steps, of which 1 create a menu",
          "  create menu shop, which has changed",
          "  switch alias shop to menu shop from richmenu-…",
          "  make menu shop the default in place of richmenu-…",
          "  move users from richmenu-… to menu shop",
          "  delete richmenu-…, it has changed: Shop (line-effect example/shop … …)"
        ]
      )
    })
  )

  it.scopedLive("token-provider lives longer than its tokens", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* output(yield* run("token-provider", [])), [
        "minute 0: LINE knows Bot, tokens issued: 1",
        "minute 10: LINE knows Bot, tokens issued: 1",
        "minute 13: LINE knows Bot, tokens issued: 2",
        "minute 16: LINE knows Bot, tokens issued: 2",
        "minute 60: LINE knows Bot, tokens issued: 3"
      ])
    })
  )

  it.scopedLive("of the control API in JavaScript hold", () =>
    Effect.gen(function* () {
      yield* Bot.start(
        Webhook.handlers({
          message: ({ replyToken = "" }) => Messaging.replyMessage({ replyToken, messages: [Message.text("hi")] })
        }),
        { onPort: true }
      )
      const { url } = yield* Emulator.serve()
      const document = yield* Effect.promise(() => readFile("docs/emulator.md", "utf8"))
      const [, code = ""] = /```js\n([\s\S]*?)```/.exec(document) ?? []
      const program = `${code.replace("http://127.0.0.1:4400", url)}console.log(answer.message.text)`
      const [printed] = yield* output(spawnNode(["--input-type=module", "--eval", program]))
      assert.strictEqual(printed, "hi")
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.scopedLive("telemetry shows the traces and metrics of a bot", () =>
    Effect.gen(function* () {
      const lines = yield* output(yield* run("telemetry", []))
      const end = lines.indexOf("Metrics")
      // Requests and events may begin in any order, the spans of each are in one.
      assert.sameMembers(
        lines
          .slice(1, end - 1)
          .join("\n")
          .split(/\n(?! )/),
        [
          "http.server POST (status 200)\n  line.webhook",
          "line.webhook.follow (linked to line.webhook, failed: the handler failed: CustomersUnavailable)\n" +
            "  customers.add (failed: the customers are not there)",
          "line.webhook.follow (linked to line.webhook)\n  customers.add",
          "http.server POST (status 200)\n  line.webhook",
          "http.server POST (status 200)\n  line.webhook",
          "line.webhook.message (linked to line.webhook)\n" +
            "  line.getProfile (status 200)\n" +
            "  line.replyMessage (status 200, 2 attempts)\n" +
            "  line.pushMessage (status 409, 2 attempts)",
          "http.server POST (status 401)\n  line.webhook (status 401)"
        ]
      )
      assert.deepStrictEqual(
        lines.slice(end + 1).map((line) => line.replace(/\d+ ms/, "… ms")),
        [
          "line_rate_limited{operation=replyMessage} 1",
          "line_receipts{status=alreadyAccepted} 1",
          "line_retries{operation=pushMessage} 1",
          "line_retries{operation=replyMessage} 1",
          "line_webhook_duplicates 1",
          "line_webhook_events{type=follow} 2",
          "line_webhook_events{type=message} 1",
          "line_webhook_handler_time 2 times, … ms in all",
          "line_webhook_queue_depth 0",
          "line_webhook_refusals{status=401} 1",
          "line_webhook_retries 1"
        ]
      )
    })
  )

  it.effect("are where the README's code is from", () =>
    Effect.gen(function* () {
      const read = (file: string) => Effect.promise(() => readFile(file, "utf8"))
      const readme = yield* read("README.md")
      const programs = [...readme.matchAll(/```ts\n\/\/ (examples\/\S+)\n([\s\S]*?)```/g)]
      assert.isAtLeast(programs.length, 2)
      for (const [, file = "", code = ""] of programs) assert.include(yield* read(file), code.trim(), file)
    })
  )
})
