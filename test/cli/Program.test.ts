import { createServer, request, type IncomingMessage, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { buffer } from "node:stream/consumers"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import * as Png from "../support/Png.js"
import * as Program from "../support/Program.js"

let program: ReturnType<typeof Program.build>
const servers = new Set<Server>()

beforeAll(() => {
  program = Program.build()
})

afterAll(() => {
  program.remove()
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
})

interface Received {
  readonly body: string
  readonly rawHeaders: ReadonlyArray<string>
}

/** A bot that answers with a status, or not at all. */
const bot = async (status: number | undefined) => {
  const received: Array<Received> = []
  const server = createServer((request: IncomingMessage, response) => {
    void buffer(request).then((body) => {
      received.push({ body: body.toString(), rawHeaders: request.rawHeaders })
      if (status === undefined) return
      response.writeHead(status, ["X-Bot", "yes", "content-type", "text/plain"])
      response.end("said the bot")
    })
  })
  servers.add(server)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return { received, server, url: `http://127.0.0.1:${port}/callback` }
}

/** The program's emulator, with the environment that it gives a bot. */
const emulator = async (...args: ReadonlyArray<string>) => {
  const running = program.start(["emulator", "--port", "0", ...args])
  await running.line(/^Ctrl-C ends it\.$/)
  const variable = async (name: string) => (await running.line(new RegExp(`^ {2}${name}=`))).slice(name.length + 3)
  const url = await variable("LINE_API_BASE_URL")
  const [, userId = ""] = /(U[0-9a-f]{32})$/.exec(await running.line(/Mika, U/)) ?? []
  const to = (...args: ReadonlyArray<string>) => program.run([...args, "--emulator", url])
  return { running, variable, url, userId, to }
}

const file = (name: string, content: unknown): string => {
  const path = join(program.folder, name)
  writeFileSync(path, content instanceof Uint8Array ? content : JSON.stringify(content))
  return path
}

const hello = { type: "text", text: "hello" }

describe("line-effect emulator", () => {
  it("tells what a bot needs, and shows what happens", async () => {
    const { received, url } = await bot(200)
    const { running, to, userId, variable } = await emulator("--webhook", url, "--seed", "7")
    assert.match(await variable("LINE_CHANNEL_SECRET"), /^[0-9a-f]{32}$/)
    assert.match(await variable("LINE_CHANNEL_ACCESS_TOKEN"), /^\S{100,}$/)
    assert.match(await running.line(/^Page:/), /\/emulator\/$/)
    assert.include(await running.line(/^Webhook:/), url)
    await running.line(/the group Friends, C[0-9a-f]{32}$/)
    await running.line(/a room, R[0-9a-f]{32}$/)
    const triggered = await to("trigger", "message", "--text", "hi")
    assert.strictEqual(triggered.exitCode, 0)
    assert.strictEqual(JSON.parse(received[0]?.body ?? "").events[0].message.text, "hi")
    await running.line(/^\d\d:\d\d:\d\d {2}LINE -> bot {2}message "hi": answered 200 in \d+ ms$/)
    const key = "123e4567-e89b-12d3-a456-426614174000"
    const push = ["push", "--to", userId, "--retry-key", key, file("hello.json", hello)]
    assert.strictEqual((await to(...push)).exitCode, 0)
    await running.line(/bot -> LINE {2}pushMessage 200 in \d+ ms$/)
    await to(...push)
    await running.line(new RegExp(`pushMessage 409 in \\d+ ms: again with retry key ${key}`))
    const { exitCode, stderr } = await running.signal("SIGINT")
    assert.deepStrictEqual([exitCode, stderr], [0, []])
  })

  it("says why a bot was not reached, and what to do", async () => {
    const { server, url } = await bot(200)
    const { running, to } = await emulator("--webhook", url)
    await new Promise((resolve) => server.close(resolve))
    assert.strictEqual((await to("trigger", "follow")).exitCode, 1)
    assert.include(
      await running.line(/could_not_connect/),
      `follow: could_not_connect: nothing listens at ${url} - is the bot running?`
    )
    const { url: missing } = await bot(404)
    assert.strictEqual((await to("webhook", "set", missing)).exitCode, 0)
    await to("trigger", "follow")
    await running.line(/error_status_code: the bot answered 404/)
    assert.strictEqual((await to("webhook", "test")).exitCode, 1)
    const { url: silent } = await bot(undefined)
    await to("webhook", "set", silent)
    await to("trigger", "follow")
    await running.line(/request_timeout: .* did not answer within 2 seconds/)
    assert.strictEqual((await running.signal("SIGTERM")).exitCode, 0)
  })

  it("says so where its port is in use", async () => {
    const { running, url } = await emulator()
    const { port } = new URL(url)
    const { exitCode, stderr } = await program.run(["emulator", "--port", port])
    assert.deepStrictEqual([exitCode, stderr[0]], [1, `port ${port} is in use, perhaps by another line-effect`])
    await running.signal("SIGINT")
  })

  it("goes on with a file after it was killed", async () => {
    const data = ["--data", join(program.folder, "world.db")]
    const first = await emulator(...data, "--quota", "1")
    assert.strictEqual((await first.to("push", "--to", first.userId, file("hello.json", hello))).exitCode, 0)
    const locked = await program.run(["emulator", "--port", "0", ...data])
    assert.deepStrictEqual([locked.exitCode, locked.stderr[0]?.includes("another process has it open")], [1, true])
    await first.running.signal("SIGKILL")
    const second = await emulator(...data)
    assert.strictEqual(second.userId, first.userId)
    assert.strictEqual(
      await second.variable("LINE_CHANNEL_ACCESS_TOKEN"),
      await first.variable("LINE_CHANNEL_ACCESS_TOKEN")
    )
    // The month's one message was sent before.
    assert.strictEqual((await second.to("push", "--to", second.userId, file("hello.json", hello))).exitCode, 4)
    await second.running.signal("SIGINT")
  })

  it("speaks JSON", async () => {
    const running = program.start(["emulator", "--port", "0", "--json"])
    const { environment, url } = JSON.parse(await running.line(/"_tag":"Ready"/))
    assert.strictEqual(environment.LINE_API_BASE_URL, url)
    await program.run(["webhook", "get", "--emulator", url])
    const { request } = JSON.parse(await running.line(/"_tag":"Request"/))
    assert.deepInclude(request, { operationId: "getWebhookEndpoint", status: 404 })
    const { stdout } = await running.signal("SIGINT")
    for (const line of stdout) assert.isObject(JSON.parse(line))
  })
})

describe("line-effect tail", () => {
  it("shows what happens in an emulator, until that ends", async () => {
    const { running, to, url } = await emulator()
    const human = program.start(["tail", "--emulator", url])
    const json = program.start(["tail", "--json", "--emulator", url])
    await human.line(/^Following the emulator/)
    await json.line(/^Following the emulator/)
    await to("trigger", "message", "--text", "hi")
    await to("webhook", "get")
    await human.line(/LINE -> bot {2}message "hi": not sent: no webhook is set/)
    await human.line(/bot -> LINE {2}getWebhookEndpoint 404/)
    await json.line(/"_tag":"Request"/)
    assert.strictEqual((await human.signal("SIGINT")).exitCode, 0)
    await running.signal("SIGINT")
    const { exitCode, stderr, stdout } = await json.ended
    assert.strictEqual(exitCode, 5)
    assert.include(stderr.join("\n"), "has ended")
    assert.deepStrictEqual(
      stdout.map((line) => Object.keys(JSON.parse(line))[0]),
      ["_tag", "_tag", "error"]
    )
  })
})

describe("line-effect listen", () => {
  const secret = "8c570fa6dd201bb328f1c1eac23a96d8"
  const body = '{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'
  const signature = "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs="

  const post = (url: string, headers: Array<string>) =>
    new Promise<{
      readonly status: number | undefined
      readonly headers: ReadonlyArray<string>
      readonly body: string
    }>((resolve, reject) => {
      const outgoing = request(`${url}/anywhere`, { method: "POST", headers }, (response) => {
        void buffer(response).then((body) => {
          resolve({ status: response.statusCode, headers: response.rawHeaders, body: body.toString() })
        })
      })
      outgoing.once("error", reject)
      outgoing.end(body)
    })

  it("passes webhooks on as they are, and the answer back", async () => {
    const { received, server, url } = await bot(200)
    const running = program.start(["listen", "--port", "0", "--forward-to", url], {
      env: { LINE_CHANNEL_SECRET: secret }
    })
    await running.line(/^Signatures are verified/)
    const [own = ""] = /http:\S+/.exec(await running.line(/^Webhooks that come to/)) ?? []
    const headers = (signature: string) => {
      return [
        "Host",
        "bot.example",
        "X-Line-Signature",
        signature,
        "X-Twice",
        "1",
        "X-Twice",
        "2",
        "content-length",
        "63"
      ]
    }
    const answer = await post(own, headers(signature))
    assert.deepInclude(answer, { status: 200, body: "said the bot" })
    assert.deepStrictEqual(answer.headers.slice(0, 2), ["X-Bot", "yes"])
    assert.strictEqual(received[0]?.body, body)
    assert.deepStrictEqual(received[0]?.rawHeaders.slice(0, 10), headers(signature))
    await running.line(/no events: answered 200 in \d+ ms$/)
    await post(own, headers(`A${signature.slice(1)}`))
    await running.line(/the signature is not that of the body/)
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    assert.strictEqual((await post(own, headers(signature))).status, 502)
    await running.line(/could_not_connect: nothing listens at/)
    const { exitCode, stdout, stderr } = await running.signal("SIGINT")
    assert.strictEqual(exitCode, 0)
    assert.notInclude([...stdout, ...stderr].join("\n"), secret)
  })

  it("says that a bot is late before it answers", async () => {
    const { url } = await bot(undefined)
    const running = program.start(["listen", "--port", "0", "--forward-to", url])
    const [own = ""] = /http:\S+/.exec(await running.line(/^Webhooks that come to/)) ?? []
    const posted = post(own, ["Host", "bot.example", "content-length", "63"]).catch(() => undefined)
    await running.line(/request_timeout: .* did not answer within 2 seconds/)
    assert.strictEqual((await running.signal("SIGINT")).exitCode, 0)
    await posted
  })
})

describe("line-effect for scripts", () => {
  it("has exit codes, results on stdout and all else on stderr", async () => {
    const { running, to, url, userId } = await emulator()
    const sent = await program.run(["push", "--json", "--to", userId, "-", "--emulator", url], {
      input: JSON.stringify(hello)
    })
    assert.strictEqual(sent.exitCode, 0)
    assert.deepInclude(JSON.parse(sent.stdout.join("\n")), { status: "accepted", attempts: 1 })
    const good = file("hello.json", hello)
    const bad = file("bad.json", { type: "text", text: "" })
    const codes = await Promise.all(
      [
        ["validate", good],
        ["validate", join(program.folder, "missing.json")],
        ["validate", "narrowcast", bad],
        ["push", "--to", "U1", good]
      ].map(async (args) => (await to(...args)).exitCode)
    )
    assert.deepStrictEqual(codes, [0, 2, 3, 4])
    await running.signal("SIGINT")
    assert.strictEqual((await to("validate", good)).exitCode, 5)
  })

  it("issues tokens that work, and applies rich menus", async () => {
    const { running, to, url } = await emulator()
    const issued = await to("token", "issue")
    assert.strictEqual(issued.exitCode, 0)
    const [token = ""] = issued.stdout
    assert.lengthOf(issued.stdout, 1)
    const environment = { LINE_CHANNEL_ACCESS_TOKEN: token, LINE_API_BASE_URL: url }
    const found = await program.run(["webhook", "get", "--line", "--json"], { env: environment })
    assert.deepStrictEqual(found.stdout, ['{"endpoint":null,"active":false}'])
    file("shop.png", Png.make(1200, 405))
    const bounds = { x: 0, y: 0, width: 1200, height: 405 }
    const menu = {
      size: { width: 1200, height: 405 },
      selected: true,
      name: "Shop",
      chatBarText: "Menu",
      areas: [{ bounds, action: { type: "message", text: "Help!" } }]
    }
    const path = file("menus.json", { name: "main", menus: { shop: { menu, image: "shop.png" } }, default: "shop" })
    assert.deepStrictEqual((await to("rich-menu", "plan", path)).stdout, [
      "would create menu shop",
      "would make menu shop the default"
    ])
    assert.strictEqual((await to("rich-menu", "apply", path)).exitCode, 0)
    assert.deepStrictEqual((await to("rich-menu", "plan", path)).stdout, ["the channel is as described: nothing to do"])
    await running.signal("SIGINT")
  })

  it("has no colours, no stack and no secret where it fails", async () => {
    const { stderr } = await program.run(
      ["push", "--to", "U1", "--emulator", "http://127.0.0.1:1", file("m.json", hello)],
      { env: { LINE_CHANNEL_SECRET: "secret-of-the-environment" } }
    )
    const text = stderr.join("\n")
    assert.notMatch(text, /\n {4}at |secret-of/)
    assert.notInclude(text, "\u001b")
    const { stdout } = await program.run(["--version"])
    assert.deepStrictEqual(stdout, ["0.1.0"])
  })
})
