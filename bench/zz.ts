import { FetchHttpClient, HttpClient, HttpClientRequest, HttpBody } from "@effect/platform"
import { NodeHttpClient } from "@effect/platform-node"
import { Effect, Layer, ManagedRuntime, Redacted, FiberRef, Fiber } from "effect"
import { work } from "./worker.ts"
const [, , variant, port] = process.argv
const url = `http://127.0.0.1:${port}`
const request = { to: `U${"4".repeat(32)}`, messages: [{ type: "text" as const, text: "Your table for two is ready, see you at seven. 🙏" }] }
const calls = 2000, concurrency = 64
const runtime = ManagedRuntime.make(NodeHttpClient.layerUndici)
const headers = { authorization: "Bearer " + "t".repeat(170), "x-line-retry-key": "5b59509c-c57b-11e9-aa8c-2a2ae2dbcce4" }
const call = Effect.gen(function* () {
  let client = yield* HttpClient.HttpClient
  if (variant !== "raw") client = client.pipe(HttpClient.withTracerPropagation(false), HttpClient.withTracerDisabledWhen(() => true))
  const once = Effect.suspend(() => client.execute(HttpClientRequest.post(url + "/v2/bot/message/push", { headers, body: HttpBody.text(JSON.stringify(request), "application/json") })))
  const text = Effect.flatMap(once, (r) => r.text)
  if (variant === "notext") return Effect.asVoid(once)
  if (variant === "stream") return Effect.flatMap(once, (r: any) => Effect.promise(() => (r.original ?? r).source.body.text()))
  if (variant === "timeout") return Effect.timeoutFail(text, { duration: 10000, onTimeout: () => "x" })
  if (variant === "fork") return Effect.flatMap(Effect.fork(text), Fiber.join)
  if (variant === "forkawait") return Effect.uninterruptibleMask((restore) => Effect.flatMap(Effect.forkDaemon(restore(text)), (f) => Effect.flatten(Effect.async<any, any, any>((resume) => { f.addObserver((e) => resume(Effect.succeed(e as any))); return Fiber.interrupt(f) }))))
  if (variant === "race") return Effect.raceFirst(text, Effect.sleep(10000))
  if (variant === "timeoutonly") return Effect.flatMap(Effect.timeoutFail(once, { duration: 10000, onTimeout: () => "x" }), (r) => r.text)
  if (variant === "disconnected") return Effect.timeoutFail(Effect.disconnect(text), { duration: 10000, onTimeout: () => "x" })
  if (variant === "watch") return Effect.flatMap(Effect.fork(Effect.sleep(10000)), (t) => Effect.zipLeft(text, Fiber.interruptFork(t)))
  if (variant === "span") return Effect.useSpan("x", { captureStackTrace: false }, () => text)
  if (variant === "ref") return Effect.locally(text, FiberRef.currentTracerEnabled, false)
  return text
})
const many = Effect.flatMap(call, (call) => Effect.forEach(Array.from({ length: calls }), () => call as any, { concurrency, discard: true }))
work(calls, () => runtime.runPromise(many as any))
