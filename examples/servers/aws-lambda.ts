/**
 * A function for AWS Lambda, behind a function URL, API Gateway or a load balancer. Bundle it, and set
 * LINE_CHANNEL_ACCESS_TOKEN and LINE_CHANNEL_SECRET.
 */
import { Config, Effect } from "effect"
import * as AwsLambda from "line-effect/AwsLambda"
import { handlers, LineLive } from "./bot.js"

const channelSecret = Effect.runSync(Config.redacted("LINE_CHANNEL_SECRET"))

export const { handler } = AwsLambda.toHandler({ channelSecret, handlers }, LineLive)
