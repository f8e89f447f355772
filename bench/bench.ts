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

const rounds = 21
const warmUps = 8

const start = (module: string, ...arguments_: ReadonlyArray<string>): ChildProcess =>
  fork(fileURLToPath(new URL(`./${module}.ts`, import.meta.url)), arguments_)

const message = async <A>(child: ChildProcess): Promise<A> => {
  const [value] = await once(child, "message")
  return value as A
}

const median = (values: ReadonlyArray<number>): number =>
  [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN

interface Result {
  readonly name: string
  /** Medians, in microseconds a call. */
  readonly cpu: number
  readonly wall: number
  /** Medians of the rounds' ratios to the peer, which was measured a moment before. */
  readonly cpuRatio: number
  readonly callsRatio: number
}

/** Measures variants of a worker, the first of which is the peer. */
const measure = async (
  module: string,
  names: Readonly<Record<string, string>>,
  argument = ""
): Promise<Array<Result>> => {
  const children = Object.keys(names).map((variant) => start(module, variant, argument))
  await Promise.all(children.map(message))
  const samples = children.map((): Array<Sample> => [])
  for (let round = -warmUps; round < rounds; round++) {
    for (const [index, child] of children.entries()) {
      child.send("go")
      const sample = await message<Sample>(child)
      if (round >= 0) samples[index]?.push(sample)
    }
  }
  for (const child of children) child.kill()
  const peers = samples[0] ?? []
  const against = (of: ReadonlyArray<Sample>, ratio: (sample: Sample, peer: Sample) => number): number =>
    median(of.flatMap((sample, round) => peers.slice(round, round + 1).map((peer) => ratio(sample, peer))))
  return Object.values(names).map((name, index) => {
    const own = samples[index] ?? []
    return {
      name,
      cpu: median(own.map(({ calls, cpu }) => cpu / calls)),
      wall: median(own.map(({ calls, wall }) => wall / calls)),
      cpuRatio: against(own, (sample, peer) => sample.cpu / peer.cpu),
      callsRatio: against(own, (sample, peer) => peer.wall / sample.wall)
    }
  })
}

const show = (title: string, results: ReadonlyArray<Result>): void => {
  console.log(`\n${title}`)
  for (const { callsRatio, cpu, cpuRatio, name, wall } of results) {
    console.log(
      `  ${name.padEnd(34)} ${cpu.toFixed(1).padStart(7)} µs CPU a call ${cpuRatio.toFixed(2).padStart(5)}x` +
        ` ${(1e6 / wall).toFixed(0).padStart(7)} calls/s ${callsRatio.toFixed(2).padStart(5)}x`
    )
  }
}

const receive = await measure("receive", {
  peer: "@line/bot-sdk: verify, parse",
  "line-effect": "line-effect: verify, parse, decode"
})
show("Receiving a webhook of 5 events", receive)

const server = start("server")
const port = await message<number>(server)
const push = await measure(
  "push",
  { peer: "@line/bot-sdk", undici: "line-effect, layerUndici", fetch: "line-effect, FetchHttpClient" },
  String(port)
)
server.kill()
show("Pushing a text, 64 at a time, keep-alive", push)

const target = (what: string, value: number | undefined, limit: number, met: boolean): void =>
  console.log(`  ${what.padEnd(34)} ${value?.toFixed(2)} (${limit}) ${met ? "met" : "MISSED"}`)

console.log("\nTargets, as ratios to the peer")
const atMost = (what: string, value = Number.NaN, limit: number): void =>
  target(`${what}, at most`, value, limit, value <= limit)
const atLeast = (what: string, value = Number.NaN, limit: number): void =>
  target(`${what}, at least`, value, limit, value >= limit)
atMost("CPU of receiving", receive[1]?.cpuRatio, 1.5)
atMost("CPU of pushing", push[1]?.cpuRatio, 0.85)
atLeast("pushes a second", push[1]?.callsRatio, 1.2)
