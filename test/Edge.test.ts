import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { build } from "esbuild"
import * as Emulator from "line-effect/Emulator"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { createServer, type Server, type ServerResponse } from "node:http"
import { builtinModules, createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { Readable } from "node:stream"

// The path of the program; the package has no types.
const { default: workerd }: { readonly default: string } = createRequire(import.meta.url)("workerd")

/** A worker as it would be deployed: one file, for a runtime that has nothing of Node's. */
const bundle = (entryPoint: string) =>
  build({
    entryPoints: [entryPoint],
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

/** This machine as a worker sees it that says how far it is, and waits at gates. */
const makeMachine = Effect.gen(function* () {
  const asked = new Map<string, Deferred.Deferred<ServerResponse>>()
  const at = (path: string) => {
    const deferred = asked.get(path) ?? Deferred.unsafeMake<ServerResponse>(FiberId.none)
    asked.set(path, deferred)
    return deferred
  }
  const server = yield* Effect.acquireRelease(
    Effect.async<Server>((resume) => {
      const server = createServer(({ url = "" }, response) => {
        const path = decodeURI(url.slice(1))
        if (!path.startsWith("gate/")) response.end()
        Deferred.unsafeDone(at(path), Effect.succeed(response))
      })
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.sync(() => {
        server.close()
        server.closeAllConnections()
      })
  )
  const address = server.address()
  assert(address !== null && typeof address === "object")
  return {
    url: `http://127.0.0.1:${address.port}`,
    /** Waits until the worker has asked for a path. */
    reached: (path: string) => Effect.asVoid(Deferred.await(at(path))),
    /** Lets what waits at a gate go on, when it has come there. */
    open: (gate: string) => Effect.map(Deferred.await(at(`gate/${gate}`)), (response) => void response.end())
  }
})

/** A worker of handlers that wait at gates, and two users who write to it. */
const makeWorker = (bindings: Readonly<Record<string, string>> = {}) =>
  Effect.gen(function* () {
    const emulator = yield* Emulator.Emulator
    const { url } = yield* Emulator.serve()
    const machine = yield* makeMachine
    const { outputFiles } = yield* Effect.promise(() => bundle("test/EdgeWorker.ts"))
    const callback = yield* serve(outputFiles[0]?.contents ?? new Uint8Array(), {
      LINE_API_BASE_URL: url,
      LINE_CHANNEL_ID: emulator.channel.channelId,
      LINE_CHANNEL_SECRET: Redacted.value(emulator.channel.channelSecret),
      MACHINE: machine.url,
      ...bindings
    })
    yield* emulator.setWebhook(callback)
    const [one, other] = yield* Effect.all([emulator.addUser(), emulator.addUser()])
    /** Writes, and waits for the answer to the webhook, which is one of success. */
    const say = (user: Emulator.User, text: string) =>
      Effect.map(emulator.say(user, text), ({ outcome }) =>
        assert.deepStrictEqual(outcome, { _tag: "Answered", status: 200 })
      )
    return { callback, emulator, machine, one, other, say }
  })

describe("on the edge", () => {
  it.effect("the client and the webhook need nothing of Node's", () =>
    Effect.gen(function* () {
      const { metafile } = yield* Effect.promise(() => bundle("examples/servers/worker.ts"))
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
      const { outputFiles } = yield* Effect.promise(() => bundle("examples/servers/worker.ts"))
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

  describe("a webhook is handled within its own request", () => {
    it.scopedLive("whatever others of the chat, or of other chats, have begun and not ended", () =>
      Effect.gen(function* () {
        const { machine, one, other, say } = yield* makeWorker()
        yield* say(one, "1")
        yield* machine.reached("gate/1")
        yield* say(other, "2")
        yield* machine.open("2")
        yield* machine.reached("done/2")
        yield* say(one, "3")
        yield* machine.reached("gate/3")
        // The first request, which made the worker, is over before the handler of a later one goes on.
        yield* machine.open("1")
        yield* machine.reached("done/1")
        yield* machine.open("3")
        yield* machine.reached("done/3")
      }).pipe(Effect.provide(Emulator.layer()))
    )

    it.scopedLive("also when the one ends by which a token for all was being issued", () =>
      Effect.gen(function* () {
        const { emulator, machine, one, say } = yield* makeWorker({ HANDLER_TIMEOUT: "500 millis" })
        yield* emulator.fault(Emulator.Fault.delay("1 hour"), { operation: "issueStatelessChannelToken" })
        yield* say(one, "1")
        yield* machine.open("1")
        yield* machine.reached("dead/1")
        const isDone = (text: string) =>
          Effect.gen(function* () {
            yield* say(one, text)
            const done = Effect.zipRight(machine.open(text), machine.reached(`done/${text}`))
            return yield* Effect.raceFirst(Effect.as(done, true), Effect.as(machine.reached(`dead/${text}`), false))
          })
        // A slow machine may need more than one attempt.
        yield* Effect.iterate(2, {
          while: (n) => n > 0,
          body: (n) => Effect.map(isDone(String(n)), (isDone) => (isDone ? 0 : n + 1))
        })
      }).pipe(Effect.provide(Emulator.layer()))
    )

    it.scopedLive("also when that of another one lets its handler go on", () =>
      Effect.gen(function* () {
        const { machine, one, other, say } = yield* makeWorker()
        yield* say(one, "await the latch")
        yield* machine.reached("begun/await the latch")
        yield* say(other, "open the latch")
        yield* machine.open("open the latch")
        yield* machine.reached("done/open the latch")
        yield* machine.open("await the latch")
        yield* machine.reached("done/await the latch")
      }).pipe(Effect.provide(Emulator.layer()))
    )

    it.scopedLive("within the time limit of each", () =>
      Effect.gen(function* () {
        const { machine, one, say } = yield* makeWorker({ HANDLER_TIMEOUT: "500 millis" })
        yield* say(one, "at once")
        yield* Effect.raceFirst(machine.reached("done/at once"), machine.reached("dead/at once"))
        for (const text of ["1", "2"]) {
          yield* say(one, text)
          yield* machine.reached(`dead/${text}`)
        }
      }).pipe(Effect.provide(Emulator.layer()))
    )

    it.scopedLive("also when its sender has gone, and when it waits for the layer that another one builds", () =>
      Effect.gen(function* () {
        const { callback, emulator, machine, one, other, say } = yield* makeWorker({ LAYER_WAITS: "yes" })
        const signed = yield* Deferred.make<RequestInit>()
        yield* emulator.setWebhook(async (request) => {
          const init = { method: "POST", headers: request.headers, body: await request.arrayBuffer() }
          Deferred.unsafeDone(signed, Effect.succeed(init))
          return new Response()
        })
        yield* say(one, "1")
        const init = yield* Deferred.await(signed)
        const sender = yield* Effect.fork(Effect.tryPromise((signal) => fetch(callback, { ...init, signal })))
        yield* machine.reached("gate/layer")
        yield* emulator.setWebhook(callback)
        const second = yield* Effect.fork(say(other, "2"))
        yield* machine.reached("request/2")
        yield* Fiber.interrupt(sender)
        yield* machine.open("layer")
        yield* Fiber.join(second)
        for (const text of ["1", "2"]) {
          yield* machine.open(text)
          yield* machine.reached(`done/${text}`)
        }
      }).pipe(Effect.provide(Emulator.layer()))
    )

    it.scopedLive("and one that was cut off for want of a context takes no other with it", () =>
      Effect.gen(function* () {
        const { callback, emulator, machine, one, say } = yield* makeWorker()
        yield* emulator.setWebhook(`${callback}/without-context`)
        yield* say(one, "1")
        yield* emulator.setWebhook(callback)
        yield* say(one, "2")
        yield* machine.open("2")
        yield* machine.reached("done/2")
      }).pipe(Effect.provide(Emulator.layer()))
    )
  })
})
