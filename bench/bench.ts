/**
 * Measures line-effect beside `@line/bot-sdk` in one run: each variant in a process of its own, all of them in turns of
 * short rounds, so that they meet the same noise. What counts is the ratio of the medians.
 *
 *     npm run bench
 */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import type { Sample } from "./worker.ts"

const rounds = 15

const start = (module: string, ...arguments_: ReadonlyArray<string>): ChildProcess =>
  fork(fileURLToPath(new URL(`./${module}.ts`, import.meta.url)), arguments_, {
    execArgv: [...process.execArgv, "--single-threaded-gc", "--max-semi-space-size=16"]
  })

const message = async <A>(child: ChildProcess): Promise<A> => {
  const [value] = await once(child, "message")
  return value as A
}

const median = (values: ReadonlyArray<number>): number =>
  [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN

interface Result {
  readonly cpu: number
  readonly wall: number
}

const measure = async (module: string, variants: ReadonlyArray<string>, argument = ""): Promise<Array<Result>> => {
  const children = variants.map((variant) => start(module, variant, argument))
  await Promise.all(children.map(message))
  const samples = variants.map((): Array<Sample> => [])
  // The first rounds warm up.
  for (let round = -3; round < rounds; round++) {
    for (const [index, child] of children.entries()) {
      child.send("go")
      const sample = await message<Sample>(child)
      if (round >= 0) samples[index]?.push(sample)
    }
  }
  for (const child of children) child.kill()
  return samples.map((samples) => ({
    cpu: median(samples.map(({ calls, cpu }) => cpu / calls)),
    wall: median(samples.map(({ calls, wall }) => wall / calls))
  }))
}

const show = (title: string, rows: ReadonlyArray<readonly [string, Result]>, peer: Result) => {
  console.log(`\n${title}`)
  for (const [name, { cpu, wall }] of rows) {
    console.log(
      `  ${name.padEnd(34)} ${cpu.toFixed(1).padStart(8)} µs CPU a call ${(cpu / peer.cpu).toFixed(2).padStart(6)}x` +
        ` ${(1e6 / wall).toFixed(0).padStart(8)} calls/s ${(peer.wall / wall).toFixed(2).padStart(6)}x`
    )
  }
}

const [peerReceive, ourReceive] = await measure("receive", ["peer", "line-effect"])
const server = start("server")
const port = await message<number>(server)
const [peerPush, ourPush, ourFetch] = await measure("push", ["peer", "undici", "fetch"], String(port))
server.kill()

if (!peerReceive || !ourReceive || !peerPush || !ourPush || !ourFetch) throw new Error("a variant gave no result")

show(
  "Receiving a webhook of 5 events",
  [
    ["@line/bot-sdk: verify, parse", peerReceive],
    ["line-effect: verify, parse, decode", ourReceive]
  ],
  peerReceive
)
show(
  "Pushing a text, 64 at a time, keep-alive",
  [
    ["@line/bot-sdk", peerPush],
    ["line-effect, layerUndici", ourPush],
    ["line-effect, FetchHttpClient", ourFetch]
  ],
  peerPush
)

console.log("\nTargets")
const target = (what: string, value: number, atMost: boolean, limit: number) =>
  console.log(
    `  ${what.padEnd(34)} ${value.toFixed(2)} (${atMost ? "at most" : "at least"} ${limit})` +
      ` ${(atMost ? value <= limit : value >= limit) ? "met" : "MISSED"}`
  )
target("receiving, CPU against the peer", ourReceive.cpu / peerReceive.cpu, true, 1.5)
target("pushing, CPU against the peer", ourPush.cpu / peerPush.cpu, true, 0.85)
target("pushing, calls/s against the peer", peerPush.wall / ourPush.wall, false, 1.2)
