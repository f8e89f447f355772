/**
 * Deletes the built declarations that no module of the package's exports leads to: nothing can import what they declare.
 */
import { readFileSync, readdirSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"

const reached = new Set()

const reach = (file) => {
  if (reached.has(file)) return
  reached.add(file)
  const imports = readFileSync(file, "utf8").matchAll(/\b(?:from|import)\s*\(?\s*["'](\.[^"']+)\.js["']/g)
  for (const [, path] of imports) reach(join(dirname(file), `${path}.d.ts`))
}

for (const file of readdirSync("dist")) if (file.endsWith(".d.ts")) reach(join("dist", file))

for (const name of readdirSync("dist", { recursive: true })) {
  const file = join("dist", name)
  if (!file.endsWith(".d.ts") || reached.has(file)) continue
  rmSync(file)
  rmSync(`${file}.map`, { force: true })
}
