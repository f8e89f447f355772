import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Emulator from "line-effect/Emulator"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Png from "./support/Png.js"

/** A file that is gone when the scope closes. */
const file = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "line-effect-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
  ),
  (folder) => join(folder, "line")
)

/** One life of an emulator with a file. */
const live = <A, E>(
  path: string,
  use: (line: Emulator.Service) => Effect.Effect<A, E>,
  options: Emulator.Options = {}
) => Effect.scoped(Effect.flatMap(Emulator.open(path, options), use))

const call = (
  line: Emulator.Service,
  method: "GET" | "POST",
  path: string,
  body?: unknown,
  headers: Record<string, string> = {}
) =>
  HttpClientRequest.make(method)(path).pipe(
    HttpClientRequest.setHeader("authorization", `Bearer ${Redacted.value(line.channel.channelAccessToken)}`),
    HttpClientRequest.setHeaders(headers),
    body instanceof Uint8Array
      ? HttpClientRequest.bodyUint8Array(body, "image/png")
      : body === undefined
        ? (request) => request
        : HttpClientRequest.bodyText(JSON.stringify(body), "application/json"),
    line.httpClient.execute,
    Effect.flatMap((response) => Effect.map(response.text, (text) => ({ status: response.status, text }))),
    Effect.orDie
  )

const post = (line: Emulator.Service, path: string, body: unknown, headers?: Record<string, string>) =>
  call(line, "POST", `https://api.line.me/v2/bot/${path}`, body, headers)

const hello = [{ type: "text", text: "hello" }]

/** Everything there is to see of a world but what its logs tell. */
const seen = (line: Emulator.Service) =>
  Effect.gen(function* () {
    const { now: _, ...overview } = yield* line.overview
    const conversations = yield* Effect.forEach(overview.chats, (chat) =>
      Effect.flatMap(
        line.chat(chat.type === "user" ? chat.userId : chat.type === "group" ? chat.groupId : chat.roomId),
        line.messages
      )
    )
    return { overview, conversations }
  })

describe("a world in a file", () => {
  it.scoped("is there again as it was: channel, people, chats, messages, tokens, settings, menus, content", () =>
    Effect.gen(function* () {
      const path = yield* file
      const first = yield* live(path, (line) =>
        Effect.gen(function* () {
          const mika = yield* line.addUser({ displayName: "Mika", language: "ja" })
          const group = yield* line.addGroup({ name: "Friends", members: [mika] })
          yield* line.join(group)
          yield* line.say(mika, "hello")
          yield* line.say(mika, { type: "image", content: Png.make(2, 2), contentType: "image/png" })
          const delivery = yield* line.say(mika, "in the group", { in: group })
          yield* line.edit(delivery.events[0]?.message?.id ?? "", "edited")
          const replyToken = delivery.events[0]?.replyToken
          assert.strictEqual((yield* post(line, "message/reply", { replyToken, messages: hello })).status, 200)
          assert.strictEqual((yield* post(line, "message/push", { to: mika.userId, messages: hello })).status, 200)
          yield* post(line, "message/narrowcast", { messages: hello })
          yield* TestClock.adjust("3 seconds")
          yield* line.act({ type: "setQuota", quota: { type: "limited", value: 500 } })
          yield* line.setWebhook("http://127.0.0.1:9/callback")
          const menu = {
            size: { width: 800, height: 540 },
            selected: true,
            name: "Tab A",
            chatBarText: "Menu",
            areas: [{ bounds: { x: 0, y: 0, width: 800, height: 540 }, action: { type: "message", text: "hi" } }]
          }
          const { richMenuId } = JSON.parse((yield* post(line, "richmenu", menu)).text)
          const upload = `https://api-data.line.me/v2/bot/richmenu/${richMenuId}/content`
          assert.strictEqual((yield* call(line, "POST", upload, Png.make(800, 540))).status, 200)
          yield* post(line, `user/all/richmenu/${richMenuId}`, undefined)
          return yield* seen(line)
        })
      )
      const second = yield* live(path, seen)
      assert.deepStrictEqual(second, first)
      // And once more: what was read is written as it was.
      assert.deepStrictEqual(yield* live(path, seen), first)
    })
  )

  it.scoped("remembers retry keys and reply tokens", () =>
    Effect.gen(function* () {
      const path = yield* file
      const key = { "x-line-retry-key": "123e4567-e89b-12d3-a456-426614174000" }
      const [userId, replyToken, sent] = yield* live(path, (line) =>
        Effect.gen(function* () {
          const { userId } = yield* line.addUser()
          const { events } = yield* line.say(yield* line.addUser(), "hello")
          const pushed = yield* post(line, "message/push", { to: userId, messages: hello }, key)
          return [userId, events[0]?.replyToken, pushed.text] as const
        })
      )
      yield* live(path, (line) =>
        Effect.gen(function* () {
          const again = yield* post(line, "message/push", { to: userId, messages: hello }, key)
          assert.strictEqual(again.status, 409)
          assert.deepStrictEqual(JSON.parse(again.text).sentMessages, JSON.parse(sent).sentMessages)
          assert.strictEqual((yield* post(line, "message/reply", { replyToken, messages: hello })).status, 200)
          assert.strictEqual((yield* post(line, "message/reply", { replyToken, messages: hello })).status, 400)
        })
      )
    })
  )

  it.scoped("is not begun again, except by a reset", () =>
    Effect.gen(function* () {
      const path = yield* file
      const options: Emulator.Options = { begin: (line) => line.addUser({ displayName: "Mika" }) }
      const names = (line: Emulator.Service) =>
        Effect.map(line.overview, ({ chats }) => chats.map((chat) => (chat.type === "user" ? chat.displayName : "")))
      yield* live(path, (line) => line.addUser({ displayName: "Rin" }), options)
      assert.deepStrictEqual(yield* live(path, names, options), ["Mika", "Rin"])
      yield* live(path, (line) => line.reset, options)
      assert.deepStrictEqual(yield* live(path, names, options), ["Mika"])
    })
  )

  it.scoped("loses what a kill has cut off, and nothing before it", () =>
    Effect.gen(function* () {
      const path = yield* file
      // A copy of the file as a kill leaves it: still open, with all that was acknowledged.
      const copy = `${path}.copy`
      const before = yield* live(path, (line) =>
        Effect.gen(function* () {
          const user = yield* line.addUser()
          yield* line.say(user, "one")
          const before = yield* seen(line)
          const size = readFileSync(path).length
          yield* line.say(user, "two")
          const bytes = readFileSync(path)
          assert.isAbove(bytes.length, size + 10)
          writeFileSync(copy, bytes)
          truncateSync(copy, bytes.length - 5)
          return before
        })
      )
      assert.deepStrictEqual(yield* live(copy, seen), before)
    })
  )

  it.scoped("begins its file anew when it has grown, and loses nothing by it", () =>
    Effect.gen(function* () {
      const path = yield* file
      const content = new Uint8Array(3 * 1024 * 1024)
      const first = yield* live(path, (line) =>
        Effect.gen(function* () {
          const user = yield* line.addUser()
          for (let said = 0; said < 20; said++) {
            yield* line.say(user, { type: "file", fileName: `${said}.bin`, content })
            yield* line.unsend((yield* line.messages(user)).at(-1)?.id ?? "")
          }
          return yield* seen(line)
        })
      )
      assert.deepStrictEqual(yield* live(path, seen), first)
    })
  )

  it.scoped("is one emulator's at a time, and that of a process that is gone is nobody's", () =>
    Effect.gen(function* () {
      const path = yield* file
      const own = yield* live(path, () => Effect.sync(() => readFileSync(`${path}.lock`, "utf8")))
      writeFileSync(`${path}.lock`, ["1", "another machine", "1", "bot-1", "an id"].join("\n"))
      const opening = yield* Effect.fork(Effect.flip(live(path, seen)))
      yield* TestClock.adjust("1 second")
      utimesSync(`${path}.lock`, 5, 5)
      yield* TestClock.adjust("1 second")
      assert.include((yield* Fiber.join(opening)).message, "another process has it open, 1 of the host bot-1")
      writeFileSync(`${path}.lock`, own.replace(String(process.pid), "99999999"))
      yield* live(path, seen)
      assert.isFalse(existsSync(`${path}.lock`))
    })
  )

  it.scoped("is another emulator's once that has taken it over, as after a pause: nothing more is written to it", () =>
    Effect.gen(function* () {
      const path = yield* file
      const theirs = "another process's"
      yield* live(path, (line) =>
        Effect.gen(function* () {
          yield* line.addUser()
          writeFileSync(`${path}.lock`, theirs)
          writeFileSync(path, theirs)
          yield* TestClock.adjust("5 seconds")
          for (const step of [line.addUser(), line.addUser(), line.reset]) {
            const exit = yield* Effect.exit(step)
            assert.include(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", "it was taken over")
          }
          assert.include((yield* post(line, "message/broadcast", { messages: hello })).text, "it was taken over")
        })
      )
      assert.strictEqual(readFileSync(path, "utf8"), theirs)
      assert.strictEqual(readFileSync(`${path}.lock`, "utf8"), theirs)
    })
  )

  it.scoped("is no other file: what is not an emulator's is left as it is", () =>
    Effect.gen(function* () {
      const path = yield* file
      writeFileSync(path, "dear diary")
      assert.include((yield* Effect.flip(live(path, seen))).message, "it is not a file of the emulator's")
      assert.strictEqual(readFileSync(path, "utf8"), "dear diary")
      const nowhere = yield* Effect.flip(live(join(path, "below"), seen))
      assert.strictEqual(nowhere._tag, "LineEmulatorFileError")
      rmSync(path)
      yield* live(path, (line) => line.addUser())
      appendFileSync(path, Buffer.from([0, 0, 0, 3, 1, 2, 3]))
      assert.include((yield* Effect.flip(live(path, seen))).message, "it is damaged at byte")
    })
  )

  it.scoped("is made again under the limits of its time, whatever they are now", () =>
    Effect.gen(function* () {
      const path = yield* file
      const copy = `${path}.copy`
      const sent = yield* live(
        path,
        (line) =>
          Effect.gen(function* () {
            yield* line.addUser()
            yield* Effect.replicateEffect(post(line, "message/broadcast", { messages: hello }), 70)
            writeFileSync(copy, readFileSync(path))
            return yield* seen(line)
          }),
        { rateLimits: false }
      )
      assert.lengthOf(sent.conversations[0] ?? [], 70)
      assert.deepStrictEqual(yield* live(copy, seen, { rateLimits: true }), sent)
    })
  )

  it.scoped("is one emulator's of this process as well", () =>
    Effect.gen(function* () {
      const path = yield* file
      const error = yield* live(path, () => Effect.flip(live(path, seen)))
      assert.include(error.message, "this process has it open already")
    })
  )

  it.scoped("keeps its channel through a reset, and the numbers of its logs go on", () =>
    Effect.gen(function* () {
      const path = yield* file
      yield* live(path, (line) => line.addUser(), { seed: 7 })
      yield* live(path, (line) =>
        Effect.gen(function* () {
          yield* line.reset
          assert.strictEqual((yield* call(line, "GET", "https://api.line.me/v2/bot/info")).status, 200)
          assert.isAbove((yield* line.requests)[0]?.sequence ?? 0, 1000)
        })
      )
    })
  )

  it.scoped("has the reply tokens that a redelivery has renewed", () =>
    Effect.gen(function* () {
      const path = yield* file
      const replyToken = yield* live(path, (line) =>
        Effect.gen(function* () {
          const delivery = yield* line.say(yield* line.addUser(), "hello")
          yield* TestClock.adjust("70 seconds")
          yield* line.redeliver(delivery)
          return delivery.events[0]?.replyToken
        })
      )
      const answer = yield* live(path, (line) => post(line, "message/reply", { replyToken, messages: hello }))
      assert.strictEqual(answer.status, 200)
    })
  )
})
