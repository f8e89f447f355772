/**
 * The texts of `--help`.
 */
import * as CliConfig from "@effect/cli/CliConfig"
import * as CommandDescriptor from "@effect/cli/CommandDescriptor"
import * as HelpDoc from "@effect/cli/HelpDoc"
import type * as Span from "@effect/cli/HelpDoc/Span"
import * as Usage from "@effect/cli/Usage"

/** What a command does, in a sentence, and how it is called. */
export interface Page {
  readonly summary: string
  readonly examples: ReadonlyArray<string>
}

/** Pages by the words of their commands, such as `webhook set`. */
export type Pages = Readonly<Record<string, Page>>

/** How arguments are read: what all commands have is told once, by the first of them. */
export const config: CliConfig.CliConfig = CliConfig.make({ showBuiltIns: false })

/** The commands that take something, by their words. */
export type Commands = Readonly<Record<string, CommandDescriptor.Command<unknown>>>

/** The command that words begin with, what follows, and the commands that it has. */
export const find = (
  pages: Pages,
  words: ReadonlyArray<string>
): {
  readonly path: ReadonlyArray<string>
  readonly rest: ReadonlyArray<string>
  readonly children: ReadonlyArray<string>
} => {
  let length = 0
  while (length < words.length && Object.hasOwn(pages, words.slice(0, length + 1).join(" "))) length++
  const path = words.slice(0, length)
  return { path, rest: words.slice(length), children: childrenOf(pages, path) }
}

const childrenOf = (pages: Pages, path: ReadonlyArray<string>): ReadonlyArray<string> =>
  Object.keys(pages).filter((key) => key !== "" && key.split(" ").slice(0, -1).join(" ") === path.join(" "))

/** The page of a command. */
export const render = (name: string, path: ReadonlyArray<string>, commands: Commands, pages: Pages): string => {
  const key = path.join(" ")
  const { examples = [], summary = "" } = pages[key] ?? {}
  const command = Object.hasOwn(commands, key) ? commands[key] : undefined
  const children = childrenOf(pages, path).map((child) => [child, pages[child]?.summary ?? ""] as const)
  return [
    summary,
    "",
    `Usage: ${[name, ...path.slice(0, -1)].join(" ")} ${command === undefined ? [...path.slice(-1), "<command>"].join(" ") : usageOf(command)}`,
    ...section("Commands", children),
    ...section("", command === undefined ? [] : definitionsOf(CommandDescriptor.getHelp(command, config))),
    ...(examples.length === 0 ? [] : ["", "Examples:", ...examples.map((example) => `  ${example}`)]),
    ...(key === "" ? builtIns : []),
    ""
  ].join("\n")
}

const usageOf = (command: CommandDescriptor.Command<unknown>): string => {
  const usage = plain(HelpDoc.getSpan(Usage.getHelp(CommandDescriptor.getUsage(command))))
  if (usage.length < width) return usage
  const [name = ""] = usage.split(" ")
  return `${name} [options]${/ \[?<.*$/.exec(usage)?.[0] ?? ""}`
}

const builtIns = [
  "",
  "Every command has --help. --version is this program's; --completions bash|fish|zsh prints what a shell completes.",
  "Commands speak to the emulator at http://127.0.0.1:4400 unless told otherwise, and to LINE with --line only.",
  "Exit codes: 0 well, 1 failed, 2 usage, 3 invalid messages or menus, 4 refused by LINE, 5 no answer."
]

const section = (
  title: string,
  entries: ReadonlyArray<readonly [term: string, text: string]>
): ReadonlyArray<string> => {
  if (entries.length === 0) return []
  const indent = Math.min(Math.max(...entries.map(([term]) => term.length)), 26) + 4
  return ["", ...(title === "" ? [] : [`${title}:`]), ...entries.flatMap((entry) => layOut(entry, indent))]
}

const width = 110

const layOut = ([term, text]: readonly [term: string, text: string], indent: number): ReadonlyArray<string> => {
  const lines = wrap(text, width - indent)
  const head = `  ${term}`
  const [first = "", ...rest] = lines
  const begun =
    head.length + 2 > indent ? [head, `${" ".repeat(indent)}${first}`] : [`${head.padEnd(indent)}${first}`.trimEnd()]
  return [...begun, ...rest.map((line) => `${" ".repeat(indent)}${line}`)]
}

const wrap = (text: string, width: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = ""
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === "" ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** What a command takes, and what each of it is for. */
const definitionsOf = (doc: HelpDoc.HelpDoc): ReadonlyArray<readonly [term: string, text: string]> => {
  switch (doc._tag) {
    case "Sequence":
      return [...definitionsOf(doc.left), ...definitionsOf(doc.right)]
    case "DescriptionList":
      return doc.definitions.map(([term, text]) => [plain(term), paragraphsOf(text).filter(isOurs).join(" ")])
    default:
      return []
  }
}

const paragraphsOf = (doc: HelpDoc.HelpDoc): ReadonlyArray<string> => {
  switch (doc._tag) {
    case "Sequence":
      return [...paragraphsOf(doc.left), ...paragraphsOf(doc.right)]
    case "Paragraph":
      return [plain(doc.value)]
    default:
      return []
  }
}

/** Whether a paragraph says more than what kind of value it is. */
const isOurs = (paragraph: string): boolean =>
  !/^(?:A user-defined piece of text|A true or false value|An integer|This setting is optional|One of the following|This setting is a property argument|This argument|This option)/.test(
    paragraph
  )

// oxlint-disable-next-line no-control-regex -- these are control characters
const ansi = /\u001b\[[0-9;]*m/g

/** A text without colours. */
export const withoutColours = (text: string): string => text.replaceAll(ansi, "")

const plain = (span: Span.Span): string => withoutColours(HelpDoc.toAnsiText(HelpDoc.p(span))).trim()
