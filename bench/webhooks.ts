/**
 * Webhooks of 1 to 20 events through a real HTTP server: this package's beside express with the middleware of @line/bot-sdk, in
 * turns, from this process. `npm run bench:webhooks -- 1000000`
 */
import assert from "node:assert/strict"
import { fork, type ChildProcess } from "node:child_process"
import { createHmac } from "node:crypto"
import { once } from "node:events"
import { connect, type Socket } from "node:net"
import { setTimeout } from "node:timers/promises"
import { fileURLToPath } from "node:url"

const total = Number(process.argv[2] ?? 100_000)
/** Webhooks of a round, which are made before its time begins. */
const perRound = Math.min(5000, total)
const connections = 32
const secret = "8c570fa6dd201bb328f1c1eac23a96d8"
const destination = `U${"4".repeat(32)}`

/** Numbers that are the same in each run. */
const random = (seed: number) => () => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return seed / 2 ** 32
}

let number = 0

const event = (next: () => number) => {
  const id = ++number
  const envelope = {
    timestamp: 1_767_225_600_000 + id,
    mode: "active",
    webhookEventId: `01KDVD${String(id).padStart(20, "0")}`,
    deliveryContext: { isRedelivery: false },
    source: { type: "user", userId: `U${String(Math.floor(next() * 10_000)).padStart(32, "0")}` },
    replyToken: String(id).padStart(32, "0")
  }
  const kind = next()
  if (kind < 0.1) return { ...envelope, type: "follow", follow: { isUnblocked: false } }
  if (kind < 0.25) return { ...envelope, type: "postback", postback: { data: `action=buy&item=${id}` } }
  return {
    ...envelope,
    type: "message",
    message: { type: "text", id: String(id), quoteToken: "q".repeat(60), text: "今夜、2名で席は空いていますか？ 🙏" }
  }
}

const request = (side: Side): Buffer => {
  const events = Array.from({ length: 1 + Math.floor(side.next() * 20) }, () => event(side.next))
  side.messages += events.filter(({ type }) => type === "message").length
  const body = JSON.stringify({ destination, events })
  const signature = createHmac("sha256", secret).update(body).digest("base64")
  const head = `POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json; charset=utf-8\r\nx-line-signature: ${signature}\r\n`
  return Buffer.from(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}

/** Sends a request, and waits for the answer, which has no body. */
const exchange = (socket: Socket, bytes: Buffer): Promise<number> =>
  new Promise((resolve, reject) => {
    const started = performance.now()
    socket.once("data", (chunk: Buffer) => {
      if (chunk.toString("latin1", 9, 12) === "200") resolve(performance.now() - started)
      else reject(new Error(chunk.toString("latin1", 0, 200)))
    })
    socket.write(bytes)
  })

interface Side {
  readonly name: string
  readonly child: ChildProcess
  readonly sockets: ReadonlyArray<Socket>
  readonly rates: Array<number>
  /** How busy this process was in each round: it must not be what limits the rate. */
  readonly loads: Array<number>
  readonly latencies: Array<number>
  readonly next: () => number
  /** The number of messages that it was sent. */
  messages: number
}

const start = async (name: string): Promise<Side> => {
  const child = fork(fileURLToPath(new URL("./webhooks-server.ts", import.meta.url)), [name], {
    execArgv: ["--expose-gc", "--import", "tsx"]
  })
  const [port] = (await once(child, "message")) as [number]
  const sockets = Array.from({ length: connections }, () => connect(port, "127.0.0.1").setNoDelay())
  await Promise.all(sockets.map((socket) => once(socket, "connect")))
  for (const socket of sockets) socket.on("close", () => assert.fail(`${name} closed a connection`))
  return { name, child, sockets, rates: [], loads: [], latencies: [], next: random(1), messages: 0 }
}

interface Memory {
  readonly handled: number
  readonly heapUsed: number
  readonly rss: number
}

/** What it uses, once it has handled each message: some come to their handlers after the answer. */
const memory = async ({ child, messages, name }: Side): Promise<Memory> => {
  const deadline = Date.now() + 10_000
  for (;;) {
    child.send("memory")
    const [told] = (await once(child, "message")) as [Memory]
    if (told.handled === messages) return told
    assert(told.handled < messages && Date.now() < deadline, `${name} handled ${told.handled} messages of ${messages}`)
    await setTimeout(10)
  }
}

const run = async (side: Side, measure: boolean) => {
  const requests = Array.from({ length: perRound }, () => request(side))
  const latencies = measure ? side.latencies : []
  const cpu = process.cpuUsage()
  const started = performance.now()
  await Promise.all(
    side.sockets.map(async (socket) => {
      for (let next = requests.pop(); next !== undefined; next = requests.pop())
        latencies.push(await exchange(socket, next))
    })
  )
  const wall = performance.now() - started
  if (!measure) return
  side.rates.push((perRound * 1000) / wall)
  const { system, user } = process.cpuUsage(cpu)
  side.loads.push((system + user) / 1000 / wall)
}

const sorted = (values: ReadonlyArray<number>) => Float64Array.from(values).sort()

const quantile = (values: ReadonlyArray<number>, at: number): number => {
  const all = sorted(values)
  return all[Math.min(all.length - 1, Math.floor(at * all.length))] ?? Number.NaN
}

const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MB`

const sides = [await start("line-effect"), await start("peer")]
for (const side of sides) await run(side, false)
const before = await Promise.all(sides.map(memory))
for (let round = 0; round * perRound < total; round++) {
  for (const side of round % 2 === 0 ? sides : [...sides].reverse()) await run(side, true)
}
const after = await Promise.all(sides.map(memory))

for (const [index, { latencies, loads, name, rates }] of sides.entries()) {
  const [then, now] = [before[index], after[index]]
  if (then === undefined || now === undefined) continue
  console.log(
    `${name}: ${quantile(rates, 0.5).toFixed(0)} webhooks/s, p50 ${quantile(latencies, 0.5).toFixed(1)} ms, ` +
      `p99 ${quantile(latencies, 0.99).toFixed(1)} ms; ${now.handled} messages handled; ` +
      `heap ${megabytes(then.heapUsed)} before, ${megabytes(now.heapUsed)} after (RSS ${megabytes(then.rss)}, ${megabytes(now.rss)}); ` +
      `the generator used ${(100 * quantile(loads, 0.5)).toFixed(0)} % of a processor`
  )
}
const [ours, peer] = sides
if (ours !== undefined && peer !== undefined) {
  console.log(
    `line-effect to peer: ${(quantile(ours.rates, 0.5) / quantile(peer.rates, 0.5)).toFixed(2)} of the rate, ` +
      `${(quantile(ours.latencies, 0.99) / quantile(peer.latencies, 0.99)).toFixed(2)} of the p99, over ${total} webhooks each`
  )
}
for (const { child } of sides) child.disconnect()
process.exit()
