import { HttpClient, HttpClientResponse } from "@effect/platform"
import { Effect, Layer, ManagedRuntime, Redacted } from "effect"
import * as LineClient from "line-effect/LineClient"
import * as Messaging from "line-effect/Messaging"
const request = { to: `U${"4".repeat(32)}`, messages: [{ type: "text" as const, text: "Your table for two is ready, see you at seven. 🙏" }] }
const body = Effect.succeed('{"sentMessages":[{"id":"461230966842064897","quoteToken":"IStG5h1Tz7b"}]}')
const fake = HttpClient.makeWith((r) => Effect.flatMap(r, (request) => Effect.async<any>((resume) => { queueMicrotask(() => resume(Effect.succeed({ status: 200, headers: { "x-line-request-id": "x" }, text: body, request } as any))) })), Effect.succeed)
const mk = (o: any) => ManagedRuntime.make(LineClient.layer({ channelAccessToken: Redacted.make("t".repeat(170)), ...o }).pipe(Layer.provide(Layer.succeed(HttpClient.HttpClient, fake as any))))
const variants: Record<string, any> = { full: mk({}), infinite: mk({ timeout: Infinity }) }
const N = 4000
const run = async (rt: any) => { const c = process.cpuUsage(); await rt.runPromise(Effect.forEach(Array.from({ length: N }), () => Messaging.pushMessage(request), { concurrency: 64, discard: true })); const d = process.cpuUsage(c); return (d.user + d.system) / N }
for (let i = 0; i < 5; i++) for (const k in variants) await run(variants[k])
const s: any = {}
for (let i = 0; i < 21; i++) for (const k in variants) (s[k] ??= []).push(await run(variants[k]))
for (const k in s) console.log(k, s[k].sort((a: number, b: number) => a - b)[5].toFixed(1))
process.exit(0)
