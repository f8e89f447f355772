/**
 * The webhook endpoint of the channel: where it is, and whether the bot answers there.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Signature from "../Signature.js"
import * as Refusal from "./Refusal.js"
import * as Webhook from "./Webhook.js"
import { ok, type Answer, type Call, type Handler, type Route } from "./Wire.js"
import * as World from "./World.js"

const invalidUrl = Refusal.refuse(400, "Invalid webhook endpoint URL")
const noEndpoint = Refusal.refuse(404, "Webhook endpoint not found")

const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/

/** LINE takes https only; a bot under development is on this machine. */
const isEndpoint = (text: string): boolean => {
  if (text.length > 500 || !URL.canParse(text)) return false
  const { hostname, protocol } = new URL(text)
  return protocol === "https:" || (protocol === "http:" && loopback.test(hostname))
}

const endpointOf = ({ body }: Call): Either.Either<string, Answer> =>
  Either.liftPredicate(
    String(body["endpoint"]),
    (text) => typeof body["endpoint"] === "string" && isEndpoint(text),
    () => invalidUrl
  )

const setWebhookEndpoint: Handler = (call) =>
  Either.map(endpointOf(call), (endpoint) => {
    call.world.webhook.target = endpoint
    return ok()
  })

const getWebhookEndpoint: Handler = ({ world: { webhook } }) =>
  webhook.target === undefined
    ? Either.left(noEndpoint)
    : Either.right(ok({ endpoint: Webhook.urlOf(webhook.target), active: webhook.active }))

const testWebhookEndpoint: Handler = (call) =>
  Either.gen(function* () {
    const { target } = call.world.webhook
    const tested = call.body["endpoint"] === undefined ? target : yield* endpointOf(call)
    if (tested === undefined) return yield* Either.left(noEndpoint)
    return { ...ok(), eventual: test(call.world, tested) }
  })

const test = (world: World.World, target: Webhook.Target): Effect.Effect<Answer> =>
  Effect.gen(function* () {
    const body = JSON.stringify({ destination: world.channel.userId, events: [] })
    const timestamp = new Date(yield* World.now(world)).toISOString()
    const signature = yield* Signature.sign(body, world.channel.channelSecret)
    const { detail, outcome } = yield* Webhook.post(target, body, signature)
    const reason = outcome._tag === "Failed" ? outcome.reason.toUpperCase() : "OK"
    const statusCode = "status" in outcome ? outcome.status : 0
    return ok({
      success: outcome._tag === "Answered",
      timestamp,
      statusCode,
      reason,
      detail: detail ?? String(statusCode)
    })
  })

const base = "/v2/bot/channel/webhook"

/** The operations. */
export const routes: ReadonlyArray<Route> = [
  { operationId: "getWebhookEndpoint", method: "GET", path: `${base}/endpoint`, handler: getWebhookEndpoint },
  {
    operationId: "setWebhookEndpoint",
    method: "PUT",
    path: `${base}/endpoint`,
    body: "json",
    handler: setWebhookEndpoint
  },
  {
    operationId: "testWebhookEndpoint",
    method: "POST",
    path: `${base}/test`,
    body: "json",
    handler: testWebhookEndpoint
  }
]
