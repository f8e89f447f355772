/**
 * What a byte of a webhook costs, by the size of the body and by what is in it: flat, or somebody could hold a server up
 * with few bytes. `npm run build && tsx --tsconfig bench/tsconfig.json bench/bytes.ts`
 */
import { Effect, Logger, Redacted, Runtime } from "effect"
import * as Channels from "line-effect/Channels"
import * as Signature from "line-effect/Signature"
import * as Webhook from "line-effect/Webhook"

const channelSecret = Redacted.make("8c570fa6dd201bb328f1c1eac23a96d8")
const sizes = [1, 10, 100, 1000]

const event = JSON.stringify({
  type: "message",
  timestamp: 1_767_225_600_000,
  mode: "active",
  webhookEventId: "01KDVD00000000000000000000",
  deliveryContext: { isRedelivery: false },
  source: { type: "user", userId: `U${"4".repeat(32)}` },
  replyToken: "0".repeat(32),
  message: { type: "text", id: "1", quoteToken: "q".repeat(60), text: "今夜、2名で席は空いていますか？ 🙏" }
})

/** As many of something as there is room for. */
const list = (item: string, size: number): string =>
  Array.from({ length: Math.max(1, Math.floor(size / (Buffer.byteLength(item) + 1))) }, () => item).join()

const nested = (open: string, close: string, size: number): string => {
  const levels = Math.floor(size / (open.length + close.length))
  return `${open.repeat(levels)}0${close.repeat(levels)}`
}

const bodies: Readonly<Record<string, (size: number) => string>> = {
  "text messages": (size) => list(event, size),
  "one long text": (size) => event.replace("今夜", "寿".repeat(size / 3)),
  "arrays in arrays": (size) => nested("[", "]", size),
  "objects in objects": (size) => nested('{"type":', "}", size),
  "duplicate keys": (size) => `{${list('"type":"message"', size)}}`,
  "quote characters": (size) => `"${'\\"'.repeat(size / 2)}"`,
  "known types, nothing else": (size) => list('{"type":"message"}', size),
  "unknown types": (size) => list('{"type":"x"}', size),
  "empty objects": (size) => list("{}", size),
  numbers: (size) => list("0", size)
}

/** Microseconds a kB: the least of several, which is what the work itself takes. */
const cost = (bytes: Uint8Array, work: () => void): number => {
  let least = Infinity
  const times = Math.max(3, Math.min(300, Math.floor(3e6 / bytes.length)))
  for (let time = 0; time < times; time++) {
    const started = performance.now()
    work()
    least = Math.min(least, performance.now() - started)
  }
  return (least * 1000) / (bytes.length / 1000)
}

const show = (name: string, costs: ReadonlyArray<number>): void =>
  console.log(`  ${name.padEnd(28)}${costs.map((each) => each.toFixed(1).padStart(9)).join("")}`)

const title = (text: string): void => {
  console.log(`\n${text}, µs a kB`)
  console.log(`  ${"".padEnd(28)}${sizes.map((size) => `${size} kB`.padStart(9)).join("")}`)
}

title("Verified and decoded")
for (const [name, make] of Object.entries(bodies)) {
  const costs = sizes.map((size) => {
    const body = Buffer.from(`{"destination":"U0","events":[${make(size * 1000)}]}`)
    const signature = Effect.runSync(Signature.sign(body, channelSecret))
    return cost(body, () => Effect.runSync(Webhook.receive({ body, signature, channelSecret })))
  })
  show(name, costs)
}

title("Refused, of an unknown destination that the body says last")
const channels = Channels.byDestination({})
const quiet = Logger.remove(Logger.defaultLogger)
const refused = Effect.gen(function* () {
  const receiver = yield* Webhook.make({ channels, handlers: {} })
  const runtime = yield* Effect.runtime()
  for (const [name, make] of Object.entries(bodies)) {
    const costs = sizes.map((size) => {
      const body = Buffer.from(`{"events":[${make(size * 1000)}],"destination":"U0"}`)
      const incoming = { method: "POST", signature: "A", read: () => Effect.succeed(body) }
      return cost(body, () => {
        const { status } = Runtime.runSync(runtime)(receiver(incoming))
        if (status !== 404) throw new Error(`answered with ${status}`)
      })
    })
    show(name, costs)
  }
})
Effect.runSync(Effect.scoped(refused).pipe(Effect.provide(quiet)))
