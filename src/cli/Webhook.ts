/**
 * `line-effect webhook`: where webhooks go.
 */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Bot from "../Bot.js"
import * as Advice from "./Advice.js"
import * as Emulator from "./Emulator.js"
import { Failure, fromLine } from "./Failure.js"
import type * as Help from "./Help.js"
import * as Output from "./Output.js"
import * as Target from "./Target.js"

/** The help. */
export const pages = {
  webhook: { summary: "Where webhooks go, and whether the bot takes them.", examples: ["line-effect webhook get"] },
  "webhook get": {
    summary: "Tells where webhooks go.",
    examples: ["line-effect webhook get", "line-effect webhook get --line --json"]
  },
  "webhook set": {
    summary: "Sets where webhooks go. LINE takes https only, the emulator also http.",
    examples: [
      "line-effect webhook set http://localhost:3000/callback",
      "line-effect webhook set --line https://example.com/callback"
    ]
  },
  "webhook test": {
    summary: "Sends the bot a webhook without events, and tells how it took it.",
    examples: ["line-effect webhook test", "line-effect webhook test --line"]
  }
} satisfies Help.Pages

const options = { ...Target.options, json: Output.json }

const get = Command.make("get", options, (given) =>
  Target.provide(given)(() =>
    Bot.getWebhookEndpoint().pipe(
      Effect.map((found) => ({ endpoint: found.endpoint, active: found.active })),
      Effect.catchTag("LineNotFound", () => Effect.succeed({ endpoint: undefined, active: false })),
      Effect.mapError(fromLine),
      Effect.flatMap(({ active, endpoint }) =>
        Output.print(
          given.json,
          { endpoint: endpoint ?? null, active },
          endpoint === undefined ? "no webhook is set" : `${endpoint}${active ? "" : " (webhooks are off)"}`
        )
      )
    )
  ).pipe(Output.reporting(given.json))
).pipe(Command.withDescription(pages["webhook get"].summary))

const url = Args.text({ name: "url" }).pipe(Args.withDescription("The URL at which the bot takes webhooks."))

const set = Command.make("set", { url, ...options }, (given) =>
  Effect.gen(function* () {
    const endpoint = yield* Emulator.webhookUrl(given.url)
    yield* Target.provide(given)((target) => setEndpoint(target, endpoint))
    yield* Output.print(given.json, { endpoint }, `webhooks go to ${endpoint}`)
  }).pipe(Output.reporting(given.json))
).pipe(Command.withDescription(pages["webhook set"].summary))

// What LINE would not take, a bot on this machine, is the owner's to set.
const setEndpoint = (target: Target.Target, endpoint: string) =>
  target._tag === "Emulator"
    ? Target.act(target, { type: "setWebhook", endpoint })
    : Effect.mapError(Bot.setWebhookEndpoint({ endpoint }), fromLine)

const test = Command.make("test", options, (given) =>
  Target.provide(given)(() =>
    Effect.gen(function* () {
      const { endpoint } = yield* Bot.getWebhookEndpoint()
      return { endpoint, result: yield* Bot.testWebhookEndpoint({}) }
    }).pipe(
      Effect.catchTag("LineNotFound", () =>
        Effect.fail(
          new Failure({ kind: "failed", message: "no webhook is set", advice: "line-effect webhook set URL" })
        )
      ),
      Effect.mapError((error) => (error._tag === "CommandFailure" ? error : fromLine(error)))
    )
  ).pipe(
    Effect.flatMap(({ endpoint, result }) =>
      Output.print(given.json, { endpoint, ...result }, judge(endpoint, result)).pipe(
        Effect.zipRight(result.reason === "OK" ? Effect.void : Output.end("failed"))
      )
    ),
    Output.reporting(given.json)
  )
).pipe(Command.withDescription(pages["webhook test"].summary))

/** The result of a test in words. */
export const judge = (url: string, { detail, reason, statusCode }: Bot.TestWebhookEndpointResponse): string => {
  const circumstances = { url, status: statusCode, detail }
  switch (reason) {
    case "OK":
      return `the bot at ${url} answered ${statusCode}`
    case "COULD_NOT_CONNECT":
      return Advice.explain("could_not_connect", circumstances)
    case "REQUEST_TIMEOUT":
      return Advice.explain("request_timeout", circumstances)
    case "ERROR_STATUS_CODE":
      return Advice.explain("error_status_code", circumstances)
    default:
      return Advice.explain("unclassified", circumstances)
  }
}

/** The subcommands by their words. */
export const subcommands = {
  "webhook get": get.descriptor,
  "webhook set": set.descriptor,
  "webhook test": test.descriptor
}

/** The command. */
export const command = Command.make("webhook").pipe(
  Command.withDescription(pages.webhook.summary),
  Command.withSubcommands([get, set, test])
)
