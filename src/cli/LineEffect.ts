/**
 * `line-effect`, the whole of it.
 */
import type * as CliApp from "@effect/cli/CliApp"
import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import * as ValidationError from "@effect/cli/ValidationError"
import * as HelpDoc from "@effect/cli/HelpDoc"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import manifest from "../../package.json" with { type: "json" }
import * as Completions from "./Completions.js"
import * as Emulator from "./Emulator.js"
import * as Failure from "./Failure.js"
import * as Help from "./Help.js"
import * as Listen from "./Listen.js"
import * as Messages from "./Messages.js"
import * as Output from "./Output.js"
import * as RichMenu from "./RichMenu.js"
import * as Tail from "./Tail.js"
import * as Token from "./Token.js"
import * as Trigger from "./Trigger.js"
import * as Webhook from "./Webhook.js"

const name = "line-effect"

/** All commands. */
const root = Command.make(name).pipe(
  Command.withSubcommands([
    Emulator.command,
    Trigger.command,
    Tail.command,
    Listen.command,
    Messages.push,
    Messages.validate,
    RichMenu.command,
    Webhook.command,
    Token.command
  ])
)

/** What each of them says of itself. */
export const pages: Help.Pages = {
  "": {
    summary: "A LINE platform on this machine, and what one does with LINE from a shell.",
    examples: [
      `${name} emulator --webhook http://localhost:3000/callback`,
      `${name} trigger message --text hello`,
      `${name} validate message.json`
    ]
  },
  ...Emulator.pages,
  ...Trigger.pages,
  ...Tail.pages,
  ...Listen.pages,
  ...Messages.pages,
  ...RichMenu.pages,
  ...Webhook.pages,
  ...Token.pages
}

const commands: Help.Commands = {
  emulator: Emulator.command.descriptor,
  trigger: Trigger.command.descriptor,
  tail: Tail.command.descriptor,
  listen: Listen.command.descriptor,
  push: Messages.push.descriptor,
  validate: Messages.validate.descriptor,
  ...RichMenu.subcommands,
  ...Webhook.subcommands,
  ...Token.subcommands
}

const parse = Command.run(root, { name, version: manifest.version, executable: name })

/** Runs the command of some arguments. */
export const run = (
  args: ReadonlyArray<string>
): Effect.Effect<void, Output.Ended, CliApp.CliApp.Environment | HttpClient.HttpClient> =>
  Effect.suspend(() => {
    const { children, path, rest } = Help.find(pages, args)
    const [next] = rest
    if (path.length === 0 && next === "--version") return Console.log(manifest.version)
    if (path.length === 0 && next === "--completions") return completions(rest[1])
    if (rest.includes("--help") || rest.includes("-h") || (children.length > 0 && next === undefined)) {
      return Console.log(Help.render(name, path, commands, pages))
    }
    if (next !== undefined && children.length > 0 && !next.startsWith("-")) {
      const message = `there is no command ${[...path, next].join(" ")}`
      const failure = new Failure.Failure({
        kind: "usage",
        message,
        advice: `It is one of ${[...children].sort().join(", ")}.`
      })
      return Output.reporting(args.includes("--json"))(Effect.fail(failure))
    }
    return parse(["node", name, ...ordered(args)]).pipe(
      Effect.provideService(CliConfig.CliConfig, Help.config),
      Effect.catchIf(ValidationError.isValidationError, (error) => usageError(error, path, args.includes("--json")))
    )
  })

const flags = new Set(["--json", "--line"])

/** The library takes `-` for an option that it does not know, and the rest for arguments: standard input comes last. */
const ordered = (args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const isInput = (arg: string, index: number): boolean => {
    const before = args[index - 1] ?? ""
    return arg === "-" && (!before.startsWith("--") || flags.has(before))
  }
  return [...args.filter((arg, index) => !isInput(arg, index)), ...args.filter(isInput)]
}

const completions = (shell: string | undefined) =>
  Output.reporting(false)(Effect.flatMap(Completions.of(root, name, shell), (script) => Console.log(script)))

/** The error is on stderr already. */
const usageError = (
  { error }: ValidationError.ValidationError,
  path: ReadonlyArray<string>,
  asJson: boolean
): Effect.Effect<never, Output.Ended> =>
  Effect.gen(function* () {
    const message = Help.withoutColours(HelpDoc.toAnsiText(error)).trim()
    yield* Console.error(`See ${[name, ...path].join(" ")} --help`)
    if (asJson) yield* Console.log(JSON.stringify(Failure.toJson(new Failure.Failure({ kind: "usage", message }))))
    return yield* Output.end("usage")
  })
