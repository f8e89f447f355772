import { NodeHttpClient } from "@effect/platform-node"
import { Effect, Layer, ManagedRuntime, Redacted } from "effect"
import * as LineClient from "line-effect/LineClient"
import * as Messaging from "line-effect/Messaging"
import { work } from "./worker.ts"
const [, , variant, port] = process.argv
const url = `http://127.0.0.1:${port}`
const request = { to: `U${"4".repeat(32)}`, messages: [{ type: "text" as const, text: "Your table for two is ready, see you at seven. 🙏" }] }
const calls = 2000, concurrency = 64
const runtime = ManagedRuntime.make(LineClient.layer({ channelAccessToken: Redacted.make("t".repeat(170)), baseUrls: { api: url }, ...(variant === "infinite" ? { timeout: Infinity } : {}) }).pipe(Layer.provide(NodeHttpClient.layerUndici)))
const many = Effect.forEach(Array.from({ length: calls }), () => Messaging.pushMessage(request), { concurrency, discard: true })
work(calls, () => runtime.runPromise(many))
