/**
 * `line-effect rich-menu`: the rich menus of a channel, as a file describes them.
 */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import { dirname, isAbsolute, join } from "node:path"
import * as Check from "../internal/Check.js"
import * as RichMenus from "../RichMenus.js"
import { Failure, fromLine } from "./Failure.js"
import type * as Help from "./Help.js"
import * as Input from "./Input.js"
import * as Output from "./Output.js"
import * as Target from "./Target.js"

/** The help. */
export const pages = {
  "rich-menu": {
    summary: "Brings the rich menus of a channel to what a file describes.",
    examples: ["line-effect rich-menu plan menus.json"]
  },
  "rich-menu plan": {
    summary: "Shows what would change.",
    examples: ["line-effect rich-menu plan menus.json", "line-effect rich-menu plan --line --json menus.json"]
  },
  "rich-menu apply": {
    summary: "Changes it, or puts back what it has begun.",
    examples: ["line-effect rich-menu apply menus.json", "line-effect rich-menu apply --line menus.json"]
  }
} satisfies Help.Pages

const options = {
  file: Args.text({ name: "description" }).pipe(
    Args.withDescription(
      'A JSON file: {"name","menus":{NAME:{"menu","image","aliases"}},"default"}, with images by their paths from there.'
    )
  ),
  ...Target.options,
  json: Output.json
}

const plan = Command.make("plan", options, (given) =>
  Effect.gen(function* () {
    const description = yield* read(given.file)
    const { creations, steps } = yield* Target.provide(given)(() =>
      Effect.mapError(RichMenus.plan(description), failureOf)
    )
    yield* Output.print(given.json, { steps, creations }, list(steps, "would "))
  }).pipe(Output.reporting(given.json))
).pipe(Command.withDescription(pages["rich-menu plan"].summary))

const apply = Command.make("apply", options, (given) =>
  Effect.gen(function* () {
    const description = yield* read(given.file)
    const { menus, steps } = yield* Target.provide(given)(() =>
      Effect.mapError(RichMenus.apply(description), failureOf)
    )
    const ids = Object.entries(menus).map(([name, id]) => `${name}: ${id}`)
    yield* Output.print(given.json, { menus, steps }, [list(steps, "did "), ...ids].join("\n"))
  }).pipe(Output.reporting(given.json))
).pipe(Command.withDescription(pages["rich-menu apply"].summary))

/** The subcommands by their words. */
export const subcommands = { "rich-menu plan": plan.descriptor, "rich-menu apply": apply.descriptor }

/** The command. */
export const command = Command.make("rich-menu").pipe(
  Command.withDescription(pages["rich-menu"].summary),
  Command.withSubcommands([plan, apply])
)

const list = (steps: ReadonlyArray<RichMenus.Step>, verb: string): string =>
  steps.length === 0
    ? "the channel is as described: nothing to do"
    : steps.map((step) => `${verb}${RichMenus.formatStep(step)}`).join("\n")

type Error_ = Effect.Effect.Error<ReturnType<typeof RichMenus.plan> | ReturnType<typeof RichMenus.apply>>

const failureOf = (error: Error_): Failure => {
  switch (error._tag) {
    case "LineInvalidDescription":
      return invalid(error.issues)
    case "LineTooManyCreations":
    case "LinePlanOutdated":
      return new Failure({ kind: "failed", message: error.message })
    case "LineApplyFailed": {
      const { cause, left, message, outcome, step } = error
      const facts = { type: error._tag, outcome, step, left }
      const isLine = "operation" in cause
      return new Failure({ kind: isLine ? fromLine(cause).kind : "failed", message, facts })
    }
    default:
      return fromLine(error)
  }
}

const invalid = (issues: Failure["issues"]): Failure =>
  new Failure({ kind: "invalid", message: "the description of the rich menus is invalid", issues })

/** The description of a file, with its images. */
const read = (file: string): Effect.Effect<RichMenus.Description, Failure> =>
  Effect.gen(function* () {
    const value = yield* Input.json(file)
    const menus = Predicate.isRecord(value) ? value["menus"] : undefined
    if (!Predicate.isRecord(value) || !Predicate.isRecord(menus)) {
      return yield* new Failure({
        kind: "usage",
        message: `${file} is no description of rich menus`,
        advice: 'It is {"name":"main","menus":{"shop":{"menu":{...},"image":"shop.png"}},"default":"shop"}.'
      })
    }
    const folder = file === "-" ? "." : dirname(file)
    const read = Object.entries(menus).map(([name, menu]) => withImage(folder, name, menu))
    const whole: unknown = { ...value, menus: Object.fromEntries(yield* Effect.all(read)) }
    const issues = Check.issues(RichMenus.Description.ast, whole)
    // It has just been checked to be one.
    return issues.length === 0 ? (whole as RichMenus.Description) : yield* invalid(issues.map(Check.toLineIssue))
  })

/** A menu with the bytes of its image. */
const withImage = (folder: string, name: string, menu: unknown): Effect.Effect<readonly [string, unknown], Failure> => {
  if (!Predicate.isRecord(menu)) return Effect.succeed([name, menu])
  const { image: path } = menu
  return Predicate.isString(path)
    ? Effect.map(Input.bytes(isAbsolute(path) ? path : join(folder, path)), (image) => {
        return [name, { contentType: contentTypeOf(image), ...menu, image }]
      })
    : invalid([{ path: `menus.${name}.image`, message: "must be the path of its image, from the description" }])
}

const contentTypeOf = (image: Uint8Array): RichMenus.ContentType => (image[0] === 0xff ? "image/jpeg" : "image/png")
