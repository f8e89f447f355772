import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { build } from "esbuild"
import * as Emulator from "line-effect/Emulator"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { builtinModules, createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { Readable } from "node:stream"

// The path of the program; the package has no types.
const { default: workerd }: { readonly default: string } = createRequire(import.meta.url)("workerd")

/** The worker of the examples as it would be deployed: one file, for a runtime that has nothing of Node's. */
const bundle = () =>
  build({
    entryPoints: ["examples/servers/worker.ts"],
    outfile: "worker.js",
    bundle: true,
    format: "esm",
    platform: "neutral",
    conditions: ["workerd", "worker", "browser"],
    mainFields: ["browser", "module", "main"],
    minify: true,
    metafile: true,
    write: false
  })

const text = (name: string, value: string) => `(name = "${name}", text = ${JSON.stringify(value)})`

/** Lets the worker reach this machine, and it alone. */
const configuration = (bindings: Readonly<Record<string, string>>) => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "bot", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "2025-01-01",
      bindings = [${Object.entries(bindings)
        .map(([name, value]) => text(name, value))
        .join(", ")}],
      globalOutbound = "machine"
    )),
    (name = "machine", network = (allow = ["local"]))
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "bot")]
);`

/** Runs a worker until the scope closes, and returns its URL. */
const serve = (code: Uint8Array, bindings: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.promise(() => mkdtemp(join(tmpdir(), "line-effect-"))),
      (folder) => Effect.promise(() => rm(folder, { recursive: true }))
    )
    yield* Effect.promise(() => writeFile(join(folder, "worker.js"), code))
    yield* Effect.promise(() => writeFile(join(folder, "config.capnp"), configuration(bindings)))
    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        spawn(workerd, ["serve", "--control-fd=3", join(folder, "config.capnp")], {
          stdio: ["ignore", "ignore", "inherit", "pipe"]
        })
      ),
      (child) =>
        Effect.promise(async () => {
          if (child.exitCode !== null || child.signalCode !== null) return
          const exit = once(child, "exit")
          child.kill("SIGKILL")
          await exit
        })
    )
    const control = child.stdio[3]
    assert(control instanceof Readable)
    return yield* Effect.promise(async () => {
      for await (const line of createInterface({ input: control })) {
        const { event, port } = JSON.parse(line)
        if (event === "listen") return `http://127.0.0.1:${port}/callback`
      }
      throw new Error("workerd ended before it listened")
    })
  })

describe("on the edge", () => {
  it.effect("the client and the webhook need nothing of Node's", () =>
    Effect.gen(function* () {
      const { metafile } = yield* Effect.promise(bundle)
      const imported = Object.values(metafile.inputs).flatMap(({ imports }) => imports)
      const builtin = imported.filter(
        ({ external, path }) => external || path.startsWith("node:") || builtinModules.includes(path)
      )
      assert.deepStrictEqual(builtin, [])
      assert.isAbove(imported.length, 100)
    })
  )

  it.scopedLive("a worker answers LINE, and replies when it has answered", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const { url } = yield* Emulator.serve()
      const { outputFiles } = yield* Effect.promise(bundle)
      const callback = yield* serve(outputFiles[0]?.contents ?? new Uint8Array(), {
        LINE_API_BASE_URL: url,
        LINE_CHANNEL_ACCESS_TOKEN: Redacted.value(emulator.channel.channelAccessToken),
        LINE_CHANNEL_SECRET: Redacted.value(emulator.channel.channelSecret)
      })
      yield* emulator.setWebhook(callback)
      const users = yield* Effect.replicateEffect(emulator.addUser(), 5)
      // At once, and the first of all: the worker is made by whichever comes first, and works for all.
      const deliveries = yield* Effect.forEach(users, (user) => emulator.say(user, "寿司 🍣"), {
        concurrency: "unbounded"
      })
      for (const { outcome } of deliveries) assert.deepStrictEqual(outcome, { _tag: "Answered", status: 200 })
      for (const user of users) {
        yield* Effect.repeat(emulator.messages(user), {
          until: (messages) => messages.length === 2,
          schedule: Schedule.spaced("10 millis")
        })
        const [, reply] = yield* emulator.messages(user)
        assert.deepStrictEqual([reply?.via, reply?.message], ["reply", { type: "text", text: "寿司 🍣" }])
      }
      const forged = yield* Effect.promise(() =>
        fetch(callback, { method: "POST", body: "{}", headers: { "x-line-signature": `${"A".repeat(43)}=` } })
      )
      assert.strictEqual(forged.status, 401)
    }).pipe(Effect.provide(Emulator.layer()))
  )
})
