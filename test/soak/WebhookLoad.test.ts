import { assert, describe, it } from "@effect/vitest"
import * as Array from "effect/Array"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { fork } from "node:child_process"
import { createHmac } from "node:crypto"
import { once } from "node:events"
import { Agent, request } from "node:http"
import { fileURLToPath } from "node:url"

const rounds = 5
const perRound = 4000
const events = 20
const connections = 16

const program = fileURLToPath(new URL("./webhooks.ts", import.meta.url))

interface Told {
  readonly handled: number
  /** In MB. */
  readonly heap: number
}

const start = Effect.acquireRelease(
  Effect.promise(async () => {
    const child = fork(program, [], {
      execArgv: ["--expose-gc", "--import", "tsx"],
      stdio: ["ignore", "inherit", "inherit", "ipc"]
    })
    const ended = once(child, "exit").then(() => assert.fail("the bot did not start"))
    const [port] = (await Promise.race([once(child, "message"), ended])) as [number]
    return { child, port }
  }),
  ({ child }) => Effect.sync(() => child.kill())
)

/** An event whose id no other has. */
const event = (number: number) => ({
  type: "message",
  timestamp: 1_700_000_000_000 + number,
  mode: "active",
  webhookEventId: `01HXX${number}`,
  deliveryContext: { isRedelivery: false },
  source: { type: "user", userId: `U${number % 1000}` },
  replyToken: `reply-token-${number}`,
  message: { type: "text", id: `${number}`, text: "今夜、2名で席は空いていますか？ 🙏", quoteToken: "q" }
})

describe("a load", () => {
  it.scopedLive(
    `of ${rounds * perRound} webhooks of ${events} events is handled event by event, and the heap does not grow`,
    () =>
      Effect.gen(function* () {
        const { child, port } = yield* start
        const agent = new Agent({ keepAlive: true, maxSockets: connections })
        yield* Effect.addFinalizer(() => Effect.sync(() => agent.destroy()))

        const send = (number: number) =>
          Effect.async<void>((resume) => {
            const body = JSON.stringify({
              destination: "Ubot",
              events: Array.makeBy(events, (index) => event(number * events + index))
            })
            const signature = createHmac("sha256", "the channel secret").update(body).digest("base64")
            const headers = { "x-line-signature": signature, "content-length": Buffer.byteLength(body) }
            request({ agent, port, method: "POST", headers }, (response) => {
              response.resume().on("end", () => {
                resume(Effect.sync(() => assert.strictEqual(response.statusCode, 200)))
              })
            })
              .on("error", (error) => resume(Effect.die(error)))
              .end(body)
          })

        const round = (number: number) =>
          Effect.gen(function* () {
            yield* Effect.forEach(Array.range((number - 1) * perRound, number * perRound - 1), send, {
              concurrency: connections,
              discard: true
            })
            const expected = number * perRound * events
            child.send(expected)
            const [{ handled, heap }] = (yield* Effect.promise(() => once(child, "message"))) as [Told]
            assert.strictEqual(handled, expected)
            yield* Console.log(`round ${number}: ${handled} events handled; heap ${heap.toFixed(1)} MB`)
            return heap
          })

        const heaps = yield* Effect.forEach(Array.range(1, rounds), round)
        // As many ids as are remembered have come within the first two rounds.
        assert.isBelow(heaps.at(-1) ?? Infinity, 1.1 * (heaps[1] ?? 0), "the heap grows")
      }),
    600_000
  )
})
