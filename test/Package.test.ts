import { assert, describe, it } from "vitest"
import { readFileSync, readdirSync } from "node:fs"
import { dirname, join, relative } from "node:path"

const modules = readdirSync("src").flatMap((file) => (file.endsWith(".ts") ? [file.slice(0, -3)] : []))

/** What a file imports at run time. */
const importsOf = (file: string): ReadonlyArray<string> =>
  matchesOf(file, /^(?:import|export) (?:(?:\* as \w+|\{[^}]*\}) from )?"([^"]+)"/gm)

/** What a file imports for its types alone. */
const typesOf = (file: string): ReadonlyArray<string> =>
  matchesOf(file, /^(?:import|export) type [^"=]* from "([^"]+)"/gm)

const matchesOf = (file: string, imports: RegExp): ReadonlyArray<string> =>
  [...readFileSync(file, "utf8").matchAll(imports)].map(([, specifier = ""]) =>
    specifier.startsWith(".") ? relative(".", join(dirname(file), specifier.replace(/\.js$/, ".ts"))) : specifier
  )

/** All that importing a file loads. */
const loadedBy = (file: string) => reachedFrom(file, importsOf)

/** All that the types of a file may refer to. */
const describedBy = (file: string) => reachedFrom(file, (file) => [...importsOf(file), ...typesOf(file)])

const reachedFrom = (
  file: string,
  from: (file: string) => ReadonlyArray<string>,
  reached = new Set<string>()
): ReadonlySet<string> => {
  if (reached.has(file)) return reached
  reached.add(file)
  if (file.startsWith("src/")) for (const imported of from(file)) reachedFrom(imported, from, reached)
  return reached
}

/** The modules that declare operations. */
const families = modules.filter((module) =>
  /^export const \w+ = Operation\./m.test(readFileSync(`src/${module}.ts`, "utf8"))
)

const messageSchemas = ["Action", "Flex", "Imagemap", "Message", "Recipient", "Template"]

/** The families that send what these schemas describe, and of which they therefore load some. */
const senders: Readonly<Record<string, ReadonlyArray<string>>> = {
  Messaging: messageSchemas,
  Notifications: messageSchemas.filter((schema) => schema !== "Recipient"),
  RichMenus: ["Action"]
}

/** The packages of which any module may load modules, and those that only some may. */
const packages: ReadonlyArray<readonly [pattern: RegExp, modules: ReadonlyArray<string>]> = [
  [/^(?:effect|@effect\/platform)\/[A-Z]\w+$|^uuid$/, modules],
  [/^jose(?:\/|$)/, ["ChannelToken", "IdToken"]],
  [/^@effect\/experimental\//, ["RateLimiter", "ProcessedEventsPersistence"]],
  [/^@effect\/sql\//, ["InboxSql", "ProcessedEventsSql"]]
]

describe("the package", () => {
  it("exports each module and nothing else", () => {
    const { exports } = JSON.parse(readFileSync("package.json", "utf8"))
    assert.sameMembers(Object.keys(exports), ["./package.json", ...modules.map((module) => `./${module}`)])
  })

  it("has families of operations, none of which loads another", () => {
    assert.includeMembers(families, ["Messaging", "Users", "ChannelToken"])
    const loaded = families.flatMap((family) =>
      [...loadedBy(`src/${family}.ts`)].flatMap((file) => {
        const other = families.find((other) => other !== family && file === `src/${other}.ts`)
        return other === undefined ? [] : [`${family} loads ${other}`]
      })
    )
    assert.deepStrictEqual(loaded, [])
  })

  it("loads the schemas of messages with the families that send them only", () => {
    for (const family of families) {
      const loaded = loadedBy(`src/${family}.ts`)
      const schemas = messageSchemas.filter((schema) => loaded.has(`src/${schema}.ts`))
      assert.deepStrictEqual(schemas, senders[family] ?? [], family)
    }
  })

  it("loads neither the emulator nor what is received with what is sent", () => {
    for (const family of families) {
      for (const file of loadedBy(`src/${family}.ts`)) {
        assert.notMatch(file, /^src\/(?:emulator\/|(?:Emulator|Webhook|WebhookEvent|Signature)\.ts)/, family)
      }
    }
  })

  it("has entry points for servers, which need neither the server nor its types", () => {
    for (const module of ["AwsLambda", "CloudFunctions", "Express", "Fastify", "Koa", "NodeHttp"]) {
      const described = describedBy(`src/${module}.ts`)
      assert.include(described, "src/Webhook.ts", module)
      for (const file of described)
        assert.match(file, /^src\/|^uuid$|^jose\b|^(?:effect|@effect\/platform)\/[A-Z]\w+$/, module)
    }
  })

  it("needs no Node module outside the emulator and files, and no package but its peers, uuid and jose", () => {
    const onNode = ["Conversation", "Emulator", "EmulatorClient", "InboxFile"]
    for (const module of modules.filter((module) => !onNode.includes(module))) {
      for (const loaded of loadedBy(`src/${module}.ts`)) {
        if (loaded.startsWith("src/")) continue
        const isAllowed = packages.some(([pattern, modules]) => pattern.test(loaded) && modules.includes(module))
        assert.isTrue(isAllowed, `${module} loads ${loaded}`)
      }
    }
  })
})
