/**
 * `line-effect trigger`: an event happens in the emulator, and the bot hears of it.
 */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { Act } from "../emulator/Act.js"
import type { Delivery } from "../emulator/Webhook.js"
import * as Events from "./Events.js"
import { Failure } from "./Failure.js"
import type * as Help from "./Help.js"
import * as Input from "./Input.js"
import * as Output from "./Output.js"
import * as Progress from "./Progress.js"
import * as Target from "./Target.js"

const event = Args.text({ name: "event" }).pipe(
  Args.withDescription("The event, one of those that --list lists."),
  Args.optional
)

const options = {
  event,
  list: Options.boolean("list").pipe(Options.withDescription("List the events, and what they take.")),
  ...Events.options,
  file: Options.text("file").pipe(
    Options.withDescription("Deliver the events of a JSON file as they are, in one webhook; - is standard input."),
    Options.optional
  ),
  act: Options.text("act").pipe(
    Options.withPseudoName("json"),
    Options.withDescription("Let anything else happen that the emulator knows, whether or not the bot hears of it."),
    Options.optional
  ),
  redeliver: Options.boolean("redeliver").pipe(
    Options.withDescription("Send it once more afterwards, as LINE does with what it has sent before.")
  ),
  ...Target.emulatorOptions,
  json: Output.json
}

type Given = Command.Command.ParseConfig<typeof options>

/** The help. */
export const pages = {
  trigger: {
    summary: "Lets an event happen in the emulator, which tells the bot, and says how the bot took it.",
    examples: [
      "line-effect trigger message --text hello",
      "line-effect trigger message --type image --chat group",
      "line-effect trigger postback --user Mika --data action=buy --redeliver",
      "line-effect trigger --file events.json",
      `line-effect trigger --act '{"type":"addUser","displayName":"Ren"}'`
    ]
  }
} satisfies Help.Pages

/** The command. */
export const command = Command.make("trigger", options, (given) => Output.reporting(given.json)(run(given))).pipe(
  Command.withDescription(pages.trigger.summary)
)

const run = (given: Given): Effect.Effect<void, Failure | Output.Ended, HttpClient.HttpClient> => {
  if (given.list)
    return Output.print(
      given.json,
      Object.entries(Events.kinds).map(([event, { summary, takes }]) => ({ event, summary, takes })),
      listing()
    )
  return Effect.gen(function* () {
    const make = yield* causeOf(given)
    const emulator = yield* Target.findEmulator(given)
    yield* Console.error(`To the emulator at ${emulator.url}`)
    const first = yield* cause(emulator, yield* make(emulator))
    // Of an event the bot should hear; of other acts it need not.
    const isSilent = first.delivery.sequence === 0 && Option.isSome(given.act)
    const again = given.redeliver && first.delivery.sequence > 0 ? yield* redeliver(emulator, first.delivery) : []
    const deliveries = isSilent ? [] : [first.delivery, ...again]
    const url = emulator.overview.webhook.endpoint
    const lines = deliveries.map((delivery) => sentence(delivery, url))
    const done = Option.isSome(given.act) ? [`done${first.id === undefined ? "" : `: ${first.id}`}`] : []
    yield* Output.print(given.json, { id: first.id, deliveries }, [...done, ...lines].join("\n"))
    if (deliveries.some(({ outcome }) => outcome._tag !== "Answered")) yield* Output.end("failed")
  })
}

type Make = (emulator: Target.Emulator) => Effect.Effect<Events.Cause, Failure, HttpClient.HttpClient>

/** What is to happen: an event by its name, the events of a file, or an act. */
const causeOf = ({ act, event, file, ...given }: Given): Effect.Effect<Make, Failure> => {
  if ([act, event, file].filter(Option.isSome).length > 1) {
    return new Failure({ kind: "usage", message: "it is either an event, or --file, or --act" })
  }
  if (Option.isSome(file)) return Effect.map(fromFile(file.value), (cause) => () => Effect.succeed(cause))
  if (Option.isSome(act)) return Effect.map(fromAct(act.value), (cause) => () => Effect.succeed(cause))
  return named(event, given)
}

/** What makes an event of a name. */
const named = (event: Option.Option<string>, given: Events.Given): Effect.Effect<Make, Failure> =>
  Effect.gen(function* () {
    const see = "line-effect trigger --list lists them all."
    if (Option.isNone(event)) return yield* new Failure({ kind: "usage", message: "which event?", advice: see })
    const kind = Object.hasOwn(Events.kinds, event.value) ? Events.kinds[event.value] : undefined
    if (kind === undefined) {
      return yield* new Failure({ kind: "usage", message: `there is no event ${event.value}`, advice: see })
    }
    return (emulator: Target.Emulator) => kind.make(emulator, given)
  })

const fromAct = (text: string): Effect.Effect<Events.Cause, Failure> =>
  Input.parse("--act")(text).pipe(
    Effect.flatMap((value) =>
      Effect.mapError(decodeAct(value), (error) => {
        const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
        const message = `--act is no act of the emulator: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`
        return new Failure({ kind: "usage", message, advice: 'Such as {"type":"addUser","displayName":"Ren"}.' })
      })
    ),
    Effect.map((act) => ({ _tag: "Act", act }))
  )

const decodeAct = Schema.decodeUnknown(Act)

const fromFile = (file: string): Effect.Effect<Events.Cause, Failure> =>
  Effect.flatMap(Input.json(file), (value) => {
    const events = Array.isArray(value) ? value : Predicate.hasProperty(value, "events") ? value.events : [value]
    return Array.isArray(events) && events.every(isEvent)
      ? Effect.succeed<Events.Cause>({ _tag: "Events", events })
      : new Failure({
          kind: "usage",
          message: `${file} has no events`,
          advice: 'It is an event, {"type":"follow", ...}, an array of events, or {"events":[...]}.'
        })
  })

const isEvent = (value: unknown): value is Events.RawEvent =>
  Predicate.isRecord(value) && Predicate.isString(value["type"])

/** Lets it happen, and delivers it. */
const cause = (
  emulator: Target.Emulator,
  cause: Events.Cause
): Effect.Effect<{ readonly id: string | undefined; readonly delivery: Delivery }, Failure> =>
  cause._tag === "Act"
    ? Target.act(emulator, cause.act)
    : emulator.control.send({ payload: { events: cause.events } }).pipe(
        Effect.map((delivery) => ({ id: undefined, delivery })),
        Effect.mapError(Target.controlFailure(emulator.url))
      )

const redeliver = ({ control, url }: Target.Emulator, { sequence }: Delivery): Effect.Effect<[Delivery], Failure> =>
  control.redeliver({ payload: { sequence } }).pipe(
    Effect.map((delivery): [Delivery] => [delivery]),
    Effect.mapError(Target.controlFailure(url))
  )

/** A webhook in a sentence. */
export const sentence = (delivery: Delivery, url: string | undefined): string =>
  `${Progress.describe(delivery.events)}: ${Progress.outcomeOf(delivery, url)}`

const listing = (): string => {
  const width = Math.max(...Object.keys(Events.kinds).map((name) => name.length))
  const rows = Object.entries(Events.kinds).map(([name, { summary, takes }]) => {
    const taken = takes.map((option) => `--${option}`).join(" ")
    return `${name.padEnd(width)}  ${summary}${taken === "" ? "" : `\n${" ".repeat(width)}  ${taken}`}`
  })
  return rows.join("\n")
}
