import { assert, describe, it } from "vitest"
import { readFileSync, readdirSync } from "node:fs"
import { dirname, join, relative } from "node:path"

const modules = readdirSync("src").flatMap((file) => (file.endsWith(".ts") ? [file.slice(0, -3)] : []))

/** What a file imports at run time. */
const importsOf = (file: string): ReadonlyArray<string> =>
  [...readFileSync(file, "utf8").matchAll(/^(?:import|export) (?!type\b)[^"=;]*?from "([^"]+)"/gm)].map(
    ([, specifier = ""]) =>
      specifier.startsWith(".") ? relative(".", join(dirname(file), specifier.replace(/\.js$/, ".ts"))) : specifier
  )

/** All that importing a file loads. */
const loadedBy = (file: string, loaded = new Set<string>()): ReadonlySet<string> => {
  if (loaded.has(file)) return loaded
  loaded.add(file)
  if (file.startsWith("src/")) for (const imported of importsOf(file)) loadedBy(imported, loaded)
  return loaded
}

const families = ["Messaging", "Users", "Chats", "Content", "Bot"]

describe("the package", () => {
  it("exports each module and nothing else", () => {
    const { exports } = JSON.parse(readFileSync("package.json", "utf8"))
    assert.sameMembers(Object.keys(exports), ["./package.json", ...modules.map((module) => `./${module}`)])
  })

  it("loads neither the emulator nor what is received with what is sent", () => {
    const loaded = [...loadedBy("src/Messaging.ts")]
    assert.include(loaded, "src/Message.ts")
    const others = ["Users", "Chats", "Content", "Bot", "WebhookEvent", "Webhook", "Signature", "Emulator"]
    for (const other of others) assert.notInclude(loaded, `src/${other}.ts`)
    assert.isFalse(loaded.some((file) => file.startsWith("src/emulator/")))
  })

  it("loads no message schema with a family that sends none", () => {
    for (const family of ["Users", "Chats", "Content", "Bot"]) {
      const loaded = loadedBy(`src/${family}.ts`)
      for (const schema of ["Message", "Flex", "Recipient", "WebhookEvent"]) {
        assert.isFalse(loaded.has(`src/${schema}.ts`), `${family} loads ${schema}`)
      }
    }
  })

  it("needs no Node module outside the emulator, and no package but its peers, uuid, and jose for what is signed", () => {
    for (const module of modules.filter((module) => module !== "Emulator")) {
      for (const loaded of loadedBy(`src/${module}.ts`)) {
        if (module === "RateLimiter" && loaded === "@effect/experimental/RateLimiter") continue
        if (["ChannelToken", "IdToken"].includes(module) && loaded.startsWith("jose/")) continue
        assert.match(loaded, /^(src\/|effect\/|@effect\/platform\/|uuid$)/, `${module} loads ${loaded}`)
      }
    }
  })

  it("exports each operation under its own id, from one module", async () => {
    const names: Array<string> = []
    for (const family of families) {
      const exported: Record<string, unknown> = await import(`../src/${family}.ts`)
      for (const [name, value] of Object.entries(exported)) {
        if (typeof value !== "function" || !("operationId" in value)) continue
        assert.strictEqual(value.operationId, name)
        names.push(name)
      }
    }
    assert.strictEqual(new Set(names).size, names.length)
    assert.strictEqual(names.length, 38)
  })
})
