import { assert, describe, it } from "@effect/vitest"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeTerminal from "@effect/platform-node/NodeTerminal"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Emulator from "line-effect/Emulator"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"
import * as Events from "../../src/cli/Events.js"
import * as LineEffect from "../../src/cli/LineEffect.js"
import * as WebhookEvent from "line-effect/WebhookEvent"
import { png } from "../support/Png.js"

const surroundings = Layer.mergeAll(NodeFileSystem.layer, NodePath.layer, NodeTerminal.layer, FetchHttpClient.layer)

const folder = mkdtempSync(join(tmpdir(), "line-effect-"))
afterAll(() => rmSync(folder, { recursive: true }))

/** The path of a file with a content. */
const file = (name: string, content: unknown): string => {
  const path = join(folder, name)
  writeFileSync(path, typeof content === "string" || content instanceof Uint8Array ? content : JSON.stringify(content))
  return path
}

interface Said {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command in this process. */
const run = (
  args: ReadonlyArray<string>,
  environment: Readonly<Record<string, string>> = {}
): Effect.Effect<Said> =>
  Effect.consoleWith((usual) => {
    const stdout: Array<string> = []
    const stderr: Array<string> = []
    const to = (lines: Array<string>) => (text: unknown) => Effect.sync(() => void lines.push(String(text)))
    return LineEffect.run(args).pipe(
      Effect.provide(surroundings),
      Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(environment)))),
      Effect.withConsole({ ...usual, log: to(stdout), error: to(stderr) }),
      Effect.match({ onSuccess: () => 0, onFailure: ({ exitCode }) => exitCode }),
      Effect.map((exitCode) => ({ exitCode, stdout: stdout.join("\n"), stderr: stderr.join("\n") }))
    )
  })

/** An emulator with a user, a group and a room, and a bot that takes all webhooks but those it is told not to. */
const world = Effect.gen(function* () {
  const line = yield* Emulator.Emulator
  const { url } = yield* Emulator.serve()
  const user = yield* line.addUser({ displayName: "Mika" })
  const group = yield* line.addGroup({ name: "Friends", members: [user] })
  yield* line.join(group)
  const bot = { status: 200, bodies: [] as Array<string> }
  yield* line.setWebhook(async (request) => {
    bot.bodies.push(await request.text())
    return new Response(null, { status: bot.status })
  })
  const to = (...args: ReadonlyArray<string>) => run([...args, "--emulator", url])
  return { line, url, user, group, bot, to }
})

const withWorld = <A, E>(
  test: (world: Effect.Effect.Success<typeof world_>) => Effect.Effect<A, E, Emulator.Emulator>
) => Effect.flatMap(world_, test).pipe(Effect.provide(Emulator.layer()))
const world_ = world

const hello = { type: "text", text: "hello" }

describe("trigger", () => {
  it.scopedLive("lets a user write, and says how the bot took it", () =>
    withWorld(({ bot, line, to, user }) =>
      Effect.gen(function* () {
        const { exitCode, stdout } = yield* to("trigger", "message", "--text", "hi", "--user", "Mika")
        assert.strictEqual(exitCode, 0)
        assert.match(stdout, /^message "hi": answered 200 in \d+ ms$/)
        assert.deepInclude((yield* line.messages(user)).map(({ message }) => message), { type: "text", text: "hi" })
        bot.status = 500
        const failed = yield* to("trigger", "message")
        assert.strictEqual(failed.exitCode, 1)
        assert.include(failed.stdout, "error_status_code: the bot answered 500, LINE expects 200")
      })
    )
  )

  it.scopedLive("sends it once more as a redelivery", () =>
    withWorld(({ bot, to }) =>
      Effect.gen(function* () {
        const { stdout } = yield* to("trigger", "postback", "--data", "buy", "--redeliver")
        assert.lengthOf(stdout.split("\n"), 2)
        const [first, second] = bot.bodies.map((body) => JSON.parse(body).events[0])
        assert.deepStrictEqual(second, { ...first, deliveryContext: { isRedelivery: true } })
        assert.strictEqual(first.postback.data, "buy")
      })
    )
  )

  it.scopedLive("knows every event that LINE has, and makes each so that it decodes", () =>
    withWorld(({ bot, group, line, to, user }) =>
      Effect.gen(function* () {
        yield* line.say(user, "in the group", { in: group })
        yield* line.say(user, "alone")
        const video = {
          type: "video",
          originalContentUrl: "https://example.com/v.mp4",
          previewImageUrl: "https://example.com/v.jpg",
          trackingId: "spring"
        }
        yield* run(["push", "--to", user.userId, file("video.json", video), "--emulator", (yield* urlOf(to)).url])
        const order = [...Object.keys(Events.kinds).filter((name) => name !== "unfollow"), "unfollow"]
        for (const name of order) {
          const { exitCode, stderr, stdout } = yield* to("trigger", name)
          assert.strictEqual(exitCode, 0, `${name}: ${stdout} ${stderr}`)
        }
        const types = bot.bodies.flatMap((body) => {
          const decoded = WebhookEvent.decode(JSON.parse(body))
          return decoded._tag === "Right" ? decoded.right.events.map(({ type }) => type) : assert.fail(body)
        })
        assert.notInclude(types, "unknown")
        assert.includeMembers(types, order.filter((name) => name !== "tap"))
      })
    )
  )
})
