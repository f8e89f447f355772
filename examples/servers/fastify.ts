/**
 * In a Fastify app.
 *
 *     LINE_CHANNEL_ACCESS_TOKEN=… LINE_CHANNEL_SECRET=… PORT=3000 npx tsx examples/servers/fastify.ts
 */
import { Config, Effect } from "effect"
import { fastify } from "fastify"
import * as Fastify from "line-effect/Fastify"
import { handlers, LineLive } from "./bot.js"

const channelSecret = Effect.runSync(Config.redacted("LINE_CHANNEL_SECRET"))

const app = fastify()
app.register(Fastify.plugin({ channelSecret, handlers }, LineLive), { path: "/callback" })
app.post("/orders", async (request) => request.body)

await app.listen({ port: Number(process.env["PORT"] ?? 3000) })
console.log("listening", app.server.address())

process.once("SIGTERM", () => void app.close())
