/**
 * `line-effect emulator`: a LINE platform in a process of its own, and what happens there.
 */
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as ValidationError from "@effect/cli/ValidationError"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Act } from "../emulator/Act.js"
import * as ControlApi from "../emulator/ControlApi.js"
import type { ChatOverview, Overview } from "../emulator/Overview.js"
import * as Emulator from "../Emulator.js"
import { Failure } from "./Failure.js"
import type * as Help from "./Help.js"
import * as Output from "./Output.js"
import * as Progress from "./Progress.js"
import * as Running from "./Running.js"
import * as Target from "./Target.js"

/** The option `--port`. */
export const port = (description: string, otherwise: number) =>
  Options.integer("port").pipe(
    Options.withDescription(description),
    Options.mapEffect((port) =>
      port >= 0 && port <= 65_535
        ? Effect.succeed(port)
        : Effect.fail(ValidationError.invalidValue(HelpDoc.p(`--port is a number from 0 to 65535, not ${port}`)))
    ),
    Options.withDefault(otherwise)
  )

const options = {
  webhook: Options.text("webhook").pipe(
    Options.withPseudoName("url"),
    Options.withDescription("Where the bot takes webhooks, such as http://localhost:3000/callback."),
    Options.optional
  ),
  port: port("The port, 4400 unless set; 0 for any that is free.", 4400),
  host: Options.text("host").pipe(
    Options.withDescription("The address to listen at, 127.0.0.1 unless set."),
    Options.withDefault("127.0.0.1")
  ),
  data: Options.text("data").pipe(
    Options.withPseudoName("file"),
    Options.withDescription("Keep everything in a file, and go on from it the next time."),
    Options.optional
  ),
  seed: Options.integer("seed").pipe(
    Options.withDescription("The seed of all IDs, tokens and secrets: the same one gives the same ones."),
    Options.optional
  ),
  quota: Options.integer("quota").pipe(
    Options.withDescription("How many messages the bot may send a month; no limit unless set."),
    Options.optional
  ),
  redelivery: Options.boolean("redelivery").pipe(
    Options.withDescription("Send webhooks again that the bot did not take.")
  ),
  unverified: Options.boolean("unverified").pipe(
    Options.withDescription("The account is not verified: the bot may not list its followers and members.")
  ),
  noRateLimits: Options.boolean("no-rate-limits").pipe(
    Options.withDescription("Refuse nothing for LINE's rate limits.")
  ),
  json: Output.json
}

type Given = Command.Command.ParseConfig<typeof options>

/** The help. */
export const pages = {
  emulator: {
    summary: "Runs a LINE platform on this machine, and shows what the bot and LINE say to each other.",
    examples: [
      "line-effect emulator --webhook http://localhost:3000/callback",
      "line-effect emulator --data line.db --quota 200 --redelivery",
      "line-effect emulator --port 0 --json"
    ]
  }
} satisfies Help.Pages

/** The command. */
export const command = Command.make("emulator", options, (given) =>
  Output.reporting(given.json)(Effect.scoped(run(given)))
).pipe(Command.withDescription(pages.emulator.summary))

const run = (given: Given): Effect.Effect<void, Failure, Scope.Scope> =>
  Effect.gen(function* () {
    const webhook = yield* Effect.transposeMapOption(given.webhook, webhookUrl)
    const line = yield* open(given, Option.getOrUndefined(webhook))
    yield* Effect.forkScoped(progress(line, given.json))
    const served = yield* Effect.mapError(
      Effect.provideService(Emulator.serve(given), Emulator.Emulator, line),
      ({ cause }) => portFailure(given, cause)
    )
    const url = reachable(served.url)
    const overview = yield* line.overview
    yield* Output.print(given.json, readyOf(url, overview), introduction(url, overview))
    yield* Running.untilStopped
  })

const open = (
  { data, noRateLimits, quota, redelivery, seed, unverified }: Given,
  webhook: string | undefined
): Effect.Effect<Emulator.Service, Failure, Scope.Scope> =>
  Effect.gen(function* () {
    const limit = Option.getOrUndefined(quota)
    if (limit !== undefined && limit < 0) return yield* usage("--quota is a number of messages, 0 or more")
    const acts: ReadonlyArray<Act> = [
      ...(limit === undefined ? [] : [{ type: "setQuota", quota: { type: "limited", value: limit } } as const]),
      ...(unverified ? [{ type: "setVerified", verified: false } as const] : []),
      ...(redelivery ? [{ type: "setWebhook", redelivery } as const] : []),
      ...(webhook === undefined ? [] : [{ type: "setWebhook", endpoint: webhook } as const])
    ]
    // The acts say what may be set, and nothing else about them can be wrong.
    const set = (line: Emulator.Service) => Effect.orDie(Effect.forEach(acts, line.act, { discard: true }))
    const made: Emulator.Options = {
      rateLimits: !noRateLimits,
      // The webhook is set afterwards: the bot is not told of what was before it.
      begin: (line) => Effect.zipRight(populate(line), set(line)),
      ...(Option.isSome(seed) ? { seed: seed.value } : {})
    }
    if (Option.isNone(data)) return yield* Emulator.make(made)
    const line = yield* Emulator.open(data.value, made).pipe(
      Effect.mapError(({ message }) => new Failure({ kind: "failed", message }))
    )
    // In a world of before, too.
    yield* set(line)
    return line
  })

const usage = (message: string): Failure => new Failure({ kind: "usage", message })

/** Who is there at the beginning. */
const populate = (line: Emulator.Service): Effect.Effect<void> =>
  Effect.gen(function* () {
    const user = yield* line.addUser({ displayName: "Mika" })
    yield* line.join(yield* line.addGroup({ name: "Friends", members: [user] }))
    yield* line.join(yield* line.addRoom({ members: [user] }))
  })

/** The URL of a bot, if a text is one. */
export const webhookUrl = (text: string): Effect.Effect<string, Failure> => {
  const protocol = URL.canParse(text) ? new URL(text).protocol : ""
  return protocol === "http:" || protocol === "https:"
    ? Effect.succeed(text)
    : new Failure({
        kind: "usage",
        message: `${text} is no URL of a webhook`,
        advice: "Such as http://localhost:3000/callback"
      })
}

/** What it means that a port cannot be opened. */
export const portFailure = (
  { host, port }: { readonly host: string; readonly port: number },
  cause: unknown
): Failure => {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined
  switch (code) {
    case "EADDRINUSE":
      return new Failure({
        kind: "failed",
        message: `port ${port} is in use, perhaps by another line-effect`,
        advice: `End that one, or take another port: --port ${port + 1}, or --port 0 for any that is free.`
      })
    case "EACCES":
      return new Failure({
        kind: "failed",
        message: `port ${port} may not be opened by you`,
        advice: "Take one above 1023."
      })
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new Failure({ kind: "usage", message: `${host} is no address of this machine` })
    default:
      return new Failure({
        kind: "usage",
        message: `cannot listen: ${cause instanceof Error ? cause.message : String(cause)}`
      })
  }
}

/** An address of this machine, where a server listens at all of them. */
const reachable = (url: string): string => url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")

const encodeChange = Schema.encodeSync(ControlApi.ChangeEvent)

const progress = (line: Emulator.Service, json: boolean): Effect.Effect<void> => {
  const steps = Stream.filter(line.changes, Progress.isStep)
  const endpoint = Effect.map(line.overview, ({ webhook }) => webhook.endpoint)
  const printed = json
    ? Stream.map(steps, (step) => JSON.stringify(encodeChange(step)))
    : Progress.lines(steps, endpoint)
  return Stream.runForEach(printed, (text) => Console.log(text))
}

/** What a bot has to be told to speak to an emulator: what `LineClient.layerConfig` and its like read. */
export const environment = (url: string, { channel }: Pick<Overview, "channel">): Readonly<Record<string, string>> => ({
  LINE_API_BASE_URL: url,
  LINE_DATA_API_BASE_URL: url,
  LINE_MANAGER_BASE_URL: url,
  LINE_CHANNEL_ID: channel.channelId,
  LINE_CHANNEL_SECRET: Redacted.value(channel.channelSecret),
  LINE_CHANNEL_ACCESS_TOKEN: Redacted.value(channel.channelAccessToken)
})

const pageOf = (url: string): string => `${url}${ControlApi.base}/`

const readyOf = (url: string, overview: Overview): unknown => ({
  _tag: "Ready",
  url,
  page: pageOf(url),
  environment: environment(url, overview),
  webhook: overview.webhook.endpoint,
  chats: overview.chats
})

/** What a person is told when the emulator has started. */
export const introduction = (url: string, overview: Overview): string => {
  const { endpoint, redelivery } = overview.webhook
  const elsewhere = url === Target.defaultEmulator ? "" : ` --emulator ${url}`
  const variables = Object.entries(environment(url, overview)).map(([name, value]) => `  ${name}=${value}`)
  const webhook =
    endpoint === undefined
      ? `none; line-effect webhook set http://localhost:3000/callback${elsewhere}`
      : `${endpoint}${redelivery ? ", redelivered if it fails" : ""}`
  return [
    `LINE is at ${url}, and knows this channel. In the environment of the bot:`,
    "",
    ...variables,
    "",
    `Page:     ${pageOf(url)}`,
    `Webhook:  ${webhook}`,
    ...overview.chats.map((chat, index) => `${index === 0 ? "Chats:    " : "          "}${chatLine(chat)}`),
    "",
    `Try:      line-effect trigger message --text hello${elsewhere}`,
    "Ctrl-C ends it.",
    ""
  ].join("\n")
}

const chatLine = (chat: ChatOverview): string => {
  switch (chat.type) {
    case "user":
      return `${chat.displayName}, ${chat.userId}`
    case "group":
      return `the group ${chat.groupName}, ${chat.groupId}${absence(chat)}`
    case "room":
      return `a room, ${chat.roomId}${absence(chat)}`
  }
}

const absence = ({ joined }: { readonly joined: boolean }): string => (joined ? "" : " (without the bot)")
