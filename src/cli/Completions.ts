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

/**
 * The library's script for bash loses its way where a name has a hyphen, and after the first subcommand: it goes by names
 * in which hyphens are two underscores, but the words on the command line are as they are.
 */
const reconciled = (script: string, name: string): string => {
  const plain = name.replaceAll("-", "__")
  return script
    .replaceAll(`cmd="${name}"`, `cmd="${plain}"`)
    .replaceAll(new RegExp(`^(\\s*)${name}\\)$`, "gm"), `$1${plain})`)
    .replaceAll(/^(\s*)([\w,]+),(\w+)\)$/gm, (_, space: string, path: string, word: string) => {
      return `${space}${path.replaceAll(",", "__")},${word.replaceAll("__", "-")})`
    })
}
