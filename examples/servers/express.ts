/**
 * In an Express app.
 *
 *     LINE_CHANNEL_ACCESS_TOKEN=… LINE_CHANNEL_SECRET=… PORT=3000 npx tsx examples/servers/express.ts
 */
import { Config, Effect } from "effect"
import express from "express"
import * as Express from "line-effect/Express"
import { handlers, LineLive } from "./bot.js"

const channelSecret = Effect.runSync(Config.redacted("LINE_CHANNEL_SECRET"))
const { dispose, handler } = Express.toHandler({ channelSecret, handlers }, LineLive)

const app = express()
app.use("/callback", handler)
// Body parsers come after the webhook, which needs the bytes that LINE signed.
app.use(express.json())
app.post("/orders", (request, response) => void response.json(request.body))

const server = app.listen(Number(process.env["PORT"] ?? 3000), () => console.log("listening", server.address()))

process.once("SIGTERM", () => server.close(() => void dispose()))
