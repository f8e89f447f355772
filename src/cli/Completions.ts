/**
 * What shells complete.
 */
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import { Failure } from "./Failure.js"

/** The script that teaches a shell the commands and their options. */
export const of = <Name extends string, R, E, A>(
  root: Command.Command<Name, R, E, A>,
  name: string,
  shell: string | undefined
): Effect.Effect<string, Failure> => {
  const joined = Effect.map((lines: ReadonlyArray<string>) => lines.join("\n"))
  switch (shell) {
    case "bash":
    case "sh":
      return Effect.map(joined(Command.getBashCompletions(root, name)), (script) => reconciled(script, name))
    case "fish":
      return joined(Command.getFishCompletions(root, name))
    case "zsh":
      return joined(Command.getZshCompletions(root, name))
    default:
      return new Failure({ kind: "usage", message: "--completions is for bash, fish or zsh" })
  }
}

/** The script begins with the name as it is, and goes on with the one in which each hyphen is two underscores. */
const reconciled = (script: string, name: string): string =>
  script
    .replaceAll(`cmd="${name}"`, `cmd="${name.replaceAll("-", "__")}"`)
    .replaceAll(new RegExp(`^(\\s*)${name}\\)$`, "gm"), `$1${name.replaceAll("-", "__")})`)
