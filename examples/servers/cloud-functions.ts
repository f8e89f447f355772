/**
 * A function for Google Cloud Functions or Cloud Run, with the entry point `callback`. Set LINE_CHANNEL_ACCESS_TOKEN and
 * LINE_CHANNEL_SECRET.
 */
import { http } from "@google-cloud/functions-framework"
import { Config, Effect } from "effect"
import * as CloudFunctions from "line-effect/CloudFunctions"
import { handlers, LineLive } from "./bot.js"

const channelSecret = Effect.runSync(Config.redacted("LINE_CHANNEL_SECRET"))
const { handler } = CloudFunctions.toHandler({ channelSecret, handlers }, LineLive)

http("callback", handler)
