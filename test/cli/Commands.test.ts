import { assert, describe, it } from "@effect/vitest"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeTerminal from "@effect/platform-node/NodeTerminal"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Emulator from "line-effect/Emulator"
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"
import * as Events from "../../src/cli/Events.js"
import * as LineEffect from "../../src/cli/LineEffect.js"
import * as WebhookEvent from "line-effect/WebhookEvent"
import * as Png from "../support/Png.js"

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
const run = (args: ReadonlyArray<string>, environment: Readonly<Record<string, string>> = {}): Effect.Effect<Said> =>
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

/** An emulator with a user and a group, and a bot that answers with the status that it is told. */
const world = Effect.gen(function* () {
  const line = yield* Emulator.Emulator
  const { url } = yield* Emulator.serve()
  const user = yield* line.addUser({ displayName: "Mika" })
  const group = yield* line.addGroup({ name: "Friends", members: [user] })
  yield* line.join(group)
  const bot: { status: number; readonly bodies: Array<string> } = { status: 200, bodies: [] }
  yield* line.setWebhook(async (request) => {
    bot.bodies.push(await request.text())
    return new Response(null, { status: bot.status })
  })
  const to = (...args: ReadonlyArray<string>) => run([...args, "--emulator", url])
  return { line, url, user, group, bot, to }
})

type World = Effect.Effect.Success<typeof world>

const withWorld = <A, E>(test: (world: World) => Effect.Effect<A, E>, options?: Emulator.Options) =>
  Effect.flatMap(world, test).pipe(Effect.provide(Emulator.layer(options)))

const hello = { type: "text", text: "hello" }

describe("trigger", () => {
  it.scopedLive("lets a user write, and says how the bot took it", () =>
    withWorld(({ bot, line, to, user }) =>
      Effect.gen(function* () {
        const { exitCode, stdout } = yield* to("trigger", "message", "--text", "hi", "--user", "Mika")
        assert.strictEqual(exitCode, 0)
        assert.match(stdout, /^message "hi": answered 200 in \d+ ms$/)
        assert.deepInclude(
          (yield* line.messages(user)).map(({ message }) => message),
          { type: "text", text: "hi" }
        )
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
        assert.strictEqual((yield* to("push", "--to", user.userId, file("video.json", video))).exitCode, 0)
        // Nobody can do anything who has blocked the bot.
        const names = [...Object.keys(Events.kinds).filter((name) => name !== "unfollow"), "unfollow"]
        const done: Array<string> = []
        for (const name of names) {
          const { exitCode, stderr, stdout } = yield* to("trigger", name)
          assert.strictEqual(exitCode, 0, `${name}: ${stdout} ${stderr}`)
          if (name !== "tap") done.push(name)
        }
        const types = bot.bodies.flatMap((body) => {
          const decoded = WebhookEvent.decode(JSON.parse(body))
          return Either.isRight(decoded) ? decoded.right.events.map(({ type }) => type) : assert.fail(body)
        })
        assert.notInclude(types, "unknown")
        assert.includeMembers(types, done)
      })
    )
  )

  it("leaves out no event that the SDK decodes", () => {
    const source = readFileSync("src/WebhookEvent.ts", "utf8")
    const types = [...source.matchAll(/= event\("(\w+)"/g)].map(([, type = ""]) => type)
    assert.isAbove(types.length, 15)
    assert.includeMembers(Object.keys(Events.kinds), types)
  })

  it.scopedLive("delivers the events of a file as they are", () =>
    withWorld(({ bot, to }) =>
      Effect.gen(function* () {
        const events = [{ type: "brandNew", more: { of: "it" } }]
        assert.strictEqual((yield* to("trigger", "--file", file("events.json", { events }))).exitCode, 0)
        assert.deepStrictEqual(
          bot.bodies.map((body) => JSON.parse(body).events),
          [events]
        )
        assert.strictEqual((yield* to("trigger", "--file", file("not.json", [{}]))).exitCode, 2)
      })
    )
  )

  it.scopedLive("lets any act happen that is given as JSON", () =>
    withWorld(({ bot, group, line, to, user }) =>
      Effect.gen(function* () {
        const act = (act: unknown) => to("trigger", "--act", typeof act === "string" ? act : JSON.stringify(act))
        const added = yield* act({ type: "addGroup", name: "More", userIds: [user.userId] })
        // Nothing that the bot hears of.
        assert.deepStrictEqual([added.exitCode, added.stdout.startsWith("done: C")], [0, true])
        assert.include(
          (yield* line.overview).chats.map((chat) => "groupName" in chat && chat.groupName),
          "More"
        )
        assert.strictEqual((yield* act({ type: "leave", chatId: group.groupId })).exitCode, 0)
        assert.strictEqual(JSON.parse(bot.bodies[0] ?? "").events[0].type, "leave")
        assert.strictEqual((yield* act({ type: "leave", chatId: "C1" })).exitCode, 1)
        const unknown = yield* act({ type: "dance" })
        assert.deepStrictEqual([unknown.exitCode, unknown.stderr.includes("--act is no act")], [2, true])
        assert.strictEqual((yield* act({ type: "leave" })).exitCode, 2)
        assert.strictEqual((yield* act("{")).exitCode, 2)
      })
    )
  )

  it.scopedLive("sends media with its bytes", () =>
    withWorld(({ bot, line, to }) =>
      Effect.gen(function* () {
        const content = file("a.mp4", "moving")
        assert.strictEqual((yield* to("trigger", "message", "--type", "video", "--content", content)).exitCode, 0)
        const [{ events } = assert.fail("no webhook")] = bot.bodies.map((body) => JSON.parse(body))
        const stored = yield* line.content(events[0].message.id)
        assert.deepStrictEqual(
          Option.map(stored, ({ bytes, contentType }) => [new TextDecoder().decode(bytes), contentType]),
          Option.some(["moving", "video/mp4"])
        )
        const without = yield* to("trigger", "message", "--type", "audio")
        assert.deepStrictEqual(
          [without.exitCode, without.stderr.includes("a message of type audio needs --content file")],
          [2, true]
        )
      })
    )
  )

  it.scopedLive("says who there is where somebody is not", () =>
    withWorld(({ to, user }) =>
      Effect.gen(function* () {
        const { exitCode, stderr } = yield* to("trigger", "message", "--user", "Nobody")
        assert.strictEqual(exitCode, 2)
        assert.include(stderr, "there is no user Nobody")
        assert.include(stderr, `Mika (${user.userId})`)
        assert.include((yield* to("trigger", "message", "--chat", "Strangers")).stderr, "Friends (C")
        assert.include((yield* to("trigger", "nothing")).stderr, "--list")
      })
    )
  )
})

describe("push", () => {
  it.scopedLive("sends what a file has, once, through a lost answer", () =>
    withWorld(({ line, to, user }) =>
      Effect.gen(function* () {
        yield* line.fault(Emulator.Fault.drop({ accept: "after" }), { operation: "pushMessage" })
        const { exitCode, stderr, stdout } = yield* to("push", "--json", "--to", user.userId, file("m.json", hello))
        assert.strictEqual(exitCode, 0, stderr)
        assert.deepInclude(JSON.parse(stdout), { status: "alreadyAccepted", attempts: 2 })
        assert.lengthOf(yield* line.messages(user), 1)
        assert.match(stderr, /^To the emulator at http:/)
      })
    )
  )

  it.scopedLive("does not send again what a retry key has sent", () =>
    withWorld(({ line, to, user }) =>
      Effect.gen(function* () {
        const args = ["push", "--to", user.userId, "--retry-key", "123e4567-e89b-12d3-a456-426614174000"]
        const path = file("m.json", hello)
        assert.strictEqual((yield* to(...args, path)).exitCode, 0)
        const again = yield* to(...args, path)
        assert.deepStrictEqual([again.exitCode, again.stdout.includes("it had been sent before")], [0, true])
        assert.lengthOf(yield* line.messages(user), 1)
      })
    )
  )

  it.scopedLive("tells failures apart by exit codes", () =>
    withWorld(({ line, to, user }) =>
      Effect.gen(function* () {
        const path = file("m.json", hello)
        const push = (path: string, id = user.userId) =>
          Effect.map(to("push", "--to", id, path), ({ exitCode }) => exitCode)
        assert.strictEqual(yield* push(join(folder, "missing.json")), 2)
        assert.strictEqual(yield* push(file("broken.json", '{"type":')), 2)
        assert.strictEqual(yield* push(file("long.json", { type: "text", text: "" })), 3)
        assert.strictEqual(yield* push(path, `U${"0".repeat(32)}`), 4)
        assert.strictEqual((yield* run(["push", "--to", "U1", path, "--emulator", "http://127.0.0.1:1"])).exitCode, 5)
        assert.strictEqual((yield* to("push", path)).exitCode, 2)
        assert.lengthOf(yield* line.messages(user), 0)
      })
    )
  )

  it.effect("names every issue of messages, without asking anybody", () =>
    Effect.gen(function* () {
      const path = file("many.json", [
        { type: "text", text: "" },
        { type: "sticker", packageId: "1" }
      ])
      const { exitCode, stderr, stdout } = yield* run(["push", "--to", "U1", path, "--json"])
      assert.strictEqual(exitCode, 3)
      assert.deepStrictEqual(JSON.parse(stdout).error.issues, [
        { path: "messages[0].text", message: "must not be empty" },
        { path: "messages[1].stickerId", message: "is required" }
      ])
      assert.include(stderr, "messages[1].stickerId is required")
    })
  )
})

describe("validate", () => {
  it.scopedLive("asks LINE what cannot be known here", () =>
    withWorld(({ line, to }) =>
      Effect.gen(function* () {
        const quoting = file("quoting.json", { messages: [{ ...hello, quoteToken: "none" }] })
        const refused = yield* to("validate", "broadcast", quoting)
        assert.strictEqual(refused.exitCode, 3)
        assert.include(refused.stderr, "messages[0].quoteToken")
        const taken = yield* to("validate", "reply", file("m.json", hello))
        assert.deepStrictEqual([taken.exitCode, taken.stdout], [0, "valid: LINE would take this message as a reply"])
        assert.deepStrictEqual(
          (yield* line.requests).map(({ operationId }) => operationId),
          ["validateBroadcast", "validateReply"]
        )
      })
    )
  )
})

describe("rich-menu", () => {
  const menus = (text: string, image: unknown = "shop.png") => ({
    name: "main",
    menus: {
      shop: {
        menu: {
          size: { width: 1200, height: 405 },
          selected: true,
          name: "Shop",
          chatBarText: "Menu",
          areas: [{ bounds: { x: 0, y: 0, width: 1200, height: 405 }, action: { type: "message", text } }]
        },
        image,
        aliases: ["shop"]
      }
    },
    default: "shop"
  })

  it.scopedLive("plans, applies, and then has nothing to do", () =>
    withWorld(({ line, to }) =>
      Effect.gen(function* () {
        file("shop.png", Png.make(1200, 405))
        const path = file("menus.json", menus("Help!"))
        const plan = yield* to("rich-menu", "plan", path)
        assert.deepStrictEqual(plan.stdout.split("\n"), [
          "would create menu shop",
          "would create alias shop of menu shop",
          "would make menu shop the default"
        ])
        assert.lengthOf((yield* line.overview).richMenus, 0)
        const applied = yield* to("rich-menu", "apply", path, "--json")
        const [menu] = (yield* line.overview).richMenus
        assert.strictEqual(JSON.parse(applied.stdout).menus.shop, menu?.richMenuId)
        assert.include((yield* to("rich-menu", "plan", path)).stdout, "nothing to do")
      })
    )
  )

  it.effect("says what is wrong with a description", () =>
    Effect.gen(function* () {
      const plan = (content: unknown) => run(["rich-menu", "plan", file("wrong.json", content)])
      const missing = yield* plan(menus("Help!", "missing.png"))
      assert.deepStrictEqual([missing.exitCode, missing.stderr.includes("missing.png")], [2, true])
      const number = yield* plan(menus("Help!", 1))
      assert.deepStrictEqual([number.exitCode, number.stderr.includes("menus.shop.image")], [3, true])
      file("shop.png", Png.make(1200, 405))
      const empty = yield* plan(menus(""))
      assert.deepStrictEqual([empty.exitCode, empty.stderr.includes("menus.shop.menu.areas[0].action.text")], [3, true])
      assert.strictEqual((yield* plan(hello)).exitCode, 2)
    })
  )
})

describe("webhook", () => {
  it.scopedLive("is set, told and tested", () =>
    withWorld(({ line, to }) =>
      Effect.gen(function* () {
        yield* line.setWebhook(undefined)
        assert.strictEqual((yield* to("webhook", "get")).stdout, "no webhook is set")
        assert.strictEqual((yield* to("webhook", "test")).exitCode, 1)
        assert.strictEqual((yield* to("webhook", "set", "http://127.0.0.1:1/callback")).exitCode, 0)
        assert.deepStrictEqual(JSON.parse((yield* to("webhook", "get", "--json")).stdout), {
          endpoint: "http://127.0.0.1:1/callback",
          active: true
        })
        assert.strictEqual((yield* to("webhook", "test")).exitCode, 1)
        assert.strictEqual((yield* to("webhook", "set", "callback")).exitCode, 2)
      })
    )
  )
})

describe("token", () => {
  it.scopedLive("is issued, verified and revoked, of each kind", () =>
    withWorld(({ to }) =>
      Effect.gen(function* () {
        for (const [kind, known] of [
          ["short-lived", "short-lived or long-lived"],
          ["v2.1", "v2.1"]
        ] as const) {
          const issued = yield* to("token", "issue", "--kind", kind)
          assert.strictEqual(issued.exitCode, 0, issued.stderr)
          const path = file("token.txt", `${issued.stdout}\n`)
          const verified = yield* to("token", "verify", "--token-file", path, "--json")
          assert.deepInclude(JSON.parse(verified.stdout), { valid: true, kind: known })
          assert.strictEqual((yield* to("token", "revoke", "--token-file", path)).exitCode, 0)
          const revoked = yield* to("token", "verify", "--token-file", path)
          assert.strictEqual(revoked.exitCode, 4)
          assert.notInclude(revoked.stderr, issued.stdout)
        }
        assert.deepInclude(JSON.parse((yield* to("token", "issue", "--json")).stdout), { expires_in: 900 })
      })
    )
  )

  it.scopedLive("comes from the secrets of the environment or of a file, with --line", () =>
    withWorld(({ line, url }) =>
      Effect.gen(function* () {
        const { channelId, channelSecret } = line.channel
        const environment = { LINE_API_BASE_URL: url, LINE_CHANNEL_ID: channelId }
        const issue = ["token", "issue", "--line"]
        const without = yield* run(issue, environment)
        assert.deepStrictEqual([without.exitCode, without.stderr.includes("LINE_CHANNEL_SECRET is not set")], [2, true])
        const secret = Redacted.value(channelSecret)
        assert.strictEqual((yield* run(issue, { ...environment, LINE_CHANNEL_SECRET: secret })).exitCode, 0)
        const path = file("secret.txt", `${secret}\n`)
        assert.strictEqual((yield* run([...issue, "--secret-file", path], environment)).exitCode, 0)
        const wrong = yield* run(issue, { ...environment, LINE_CHANNEL_SECRET: "not-the-secret" })
        assert.strictEqual(wrong.exitCode, 4)
        assert.notInclude(wrong.stderr, "not-the-secret")
      })
    )
  )
})

describe("the target", () => {
  it.scopedLive("is LINE with --line only, whatever the environment has", () =>
    withWorld(({ line, url, user }) =>
      Effect.gen(function* () {
        const token = Redacted.value(line.channel.channelAccessToken)
        const environment = { LINE_CHANNEL_ACCESS_TOKEN: token, LINE_API_BASE_URL: url }
        const push = ["push", "--to", user.userId, file("m.json", hello)]
        const elsewhere = yield* run([...push, "--emulator", "http://127.0.0.1:1"], environment)
        assert.strictEqual(elsewhere.exitCode, 5)
        assert.lengthOf(yield* line.requests, 0)
        const sent = yield* run([...push, "--line"], environment)
        assert.strictEqual(sent.exitCode, 0, sent.stderr)
        assert.match(sent.stderr, /^To LINE, http:.* as LINE_API_BASE_URL says$/)
        assert.strictEqual((yield* run([...push, "--line", "--emulator", url], environment)).exitCode, 2)
        const missing = yield* run([...push, "--line"], { LINE_API_BASE_URL: url })
        assert.deepStrictEqual([missing.exitCode, missing.stderr.includes("LINE_CHANNEL_ACCESS_TOKEN")], [2, true])
      })
    )
  )

  it.effect("is where an emulator is", () =>
    Effect.gen(function* () {
      const refused = yield* run(["webhook", "get", "--emulator", "http://127.0.0.1:1"])
      assert.deepStrictEqual(
        [refused.exitCode, refused.stderr.includes("Start one with line-effect emulator")],
        [5, true]
      )
      assert.strictEqual((yield* run(["webhook", "get", "--emulator", "nowhere"])).exitCode, 2)
    })
  )
})

describe("help", () => {
  it.effect("is there for every command, with an example of it", () =>
    Effect.gen(function* () {
      for (const [words, { examples, summary }] of Object.entries(LineEffect.pages)) {
        const { exitCode, stdout } = yield* run([...words.split(" ").filter((word) => word !== ""), "--help"])
        assert.strictEqual(exitCode, 0)
        assert.include(stdout, summary)
        assert.include(stdout, `Usage: ${`line-effect ${words}`.trim()}`)
        assert.isNotEmpty(examples, words)
        for (const example of examples) assert.include(example, `line-effect ${words}`.trim())
        for (const line of stdout.split("\n")) assert.isAtMost(line.length, 120, line)
      }
    })
  )

  it.effect("says of every option what it is for", () =>
    Effect.gen(function* () {
      for (const words of Object.keys(LineEffect.pages)) {
        const { stdout } = yield* run([...words.split(" ").filter((word) => word !== ""), "--help"])
        const undescribed = stdout.split("\n").filter((line, index, lines) => {
          const isBare = /^ {2}(?:--|<)\S+(?: \S+)*$/.test(line.trimEnd()) && !/ {2}\S/.test(line.trim())
          return isBare && !/^ {10,}\S/.test(lines[index + 1] ?? "")
        })
        assert.deepStrictEqual(undescribed, [], words)
      }
    })
  )

  it.effect("is pointed to where the command line is wrong", () =>
    Effect.gen(function* () {
      for (const [words, hint] of [
        ["push", "line-effect push --help"],
        ["webhook set", "line-effect webhook set --help"],
        ["webhook gett", "webhook get, webhook set"],
        ["pusch", "push, rich-menu"],
        ["trigger message --colour red", "line-effect trigger --help"],
        ["emulator --port many", "line-effect emulator --help"],
        ["emulator --port 70000", "from 0 to 65535"],
        ["listen --forward-to localhost --port 0", "http://localhost:3000/callback"],
        ["--completions tcsh", "bash, fish or zsh"]
      ] as const) {
        const { exitCode, stderr } = yield* run(words.split(" "))
        assert.strictEqual(exitCode, 2, words)
        assert.include(stderr, hint)
      }
    })
  )

  it.effect("is there where a command is missing, and so is the version", () =>
    Effect.gen(function* () {
      assert.include((yield* run([])).stdout, "Usage: line-effect <command>")
      assert.include((yield* run(["token"])).stdout, "Usage: line-effect token <command>")
      const { version } = JSON.parse(readFileSync("package.json", "utf8"))
      assert.strictEqual((yield* run(["--version"])).stdout, version)
    })
  )

  it.effect("completes commands and their options in a shell", () =>
    Effect.gen(function* () {
      const script = (yield* run(["--completions", "bash"])).stdout
      const complete = (...words: ReadonlyArray<string>): ReadonlyArray<string> => {
        const call = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}
          COMPREPLY=(); _line-effect_bash_completions line-effect; echo "\${COMPREPLY[*]}"`
        return execFileSync("bash", ["-c", `${script}\n${call}`], { encoding: "utf8" })
          .trim()
          .split(" ")
      }
      assert.deepStrictEqual(complete("line-effect", "tri"), ["trigger"])
      assert.includeMembers([...complete("line-effect", "rich-menu", "")], ["plan", "apply"])
      assert.includeMembers([...complete("line-effect", "webhook", "set", "--")], ["--emulator", "--line", "--json"])
    })
  )
})
