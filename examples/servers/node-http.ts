/**
 * On `node:http`.
 *
 *     LINE_CHANNEL_ACCESS_TOKEN=… LINE_CHANNEL_SECRET=… PORT=3000 npx tsx examples/servers/node-http.ts
 */
import { Config, Effect } from "effect"
import * as NodeHttp from "line-effect/NodeHttp"
import { createServer } from "node:http"
import { handlers, LineLive } from "./bot.js"

const channelSecret = Effect.runSync(Config.redacted("LINE_CHANNEL_SECRET"))
const { dispose, listener } = NodeHttp.toListener({ channelSecret, handlers }, LineLive)

const server = createServer(listener).listen(Number(process.env["PORT"] ?? 3000), () => {
  console.log("listening", server.address())
})

process.once("SIGTERM", () => server.close(() => void dispose()))
