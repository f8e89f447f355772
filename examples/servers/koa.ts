/**
 * In a Koa app.
 *
 *     LINE_CHANNEL_ACCESS_TOKEN=… LINE_CHANNEL_SECRET=… PORT=3000 npx tsx examples/servers/koa.ts
 */
import { Config, Effect } from "effect"
import Application from "koa"
import * as Koa from "line-effect/Koa"
import { handlers, LineLive } from "./bot.js"

const channelSecret = Effect.runSync(Config.redacted("LINE_CHANNEL_SECRET"))
const { dispose, middleware } = Koa.toMiddleware({ channelSecret, handlers }, LineLive)

const app = new Application()
app.use((context, next) => (context.path === "/callback" ? middleware(context) : next()))

const server = app.listen(Number(process.env["PORT"] ?? 3000), () => console.log("listening", server.address()))

process.once("SIGTERM", () => server.close(() => void dispose()))
