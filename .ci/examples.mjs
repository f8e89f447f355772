/** Type-checks the examples of the docstrings and of the documents, each as a module of its own. */
import { execFileSync } from "node:child_process"
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const target = "node_modules/.cache/line-effect-examples"
rmSync(target, { recursive: true, force: true })
mkdirSync(target, { recursive: true })

const sources = ["src", "src/emulator", "docs"].flatMap((folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [join(folder, entry.name)] : []))
)

let count = 0
for (const source of sources) {
  const text = readFileSync(source, "utf8")
  const examples = source.endsWith(".md")
    ? [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code)
    : [...text.matchAll(/^ *\* ```ts\n([\s\S]*?)^ *\* ```$/gm)].map(([, code]) => code.replaceAll(/^ *\* ?/gm, ""))
  examples.forEach((code, index) => {
    writeFileSync(join(target, `${source.replaceAll(/[/.]/g, "-")}-${index}.ts`), `${code}\nexport {}\n`)
    count++
  })
}

const options = { noUnusedLocals: false, rootDir: "../../..", paths: { "line-effect/*": ["../../../src/*.ts"] } }
writeFileSync(
  join(target, "tsconfig.json"),
  JSON.stringify({ extends: "../../../tsconfig.json", compilerOptions: options, include: ["*.ts"] })
)
execFileSync("npx", ["tsc", "-p", target], { stdio: "inherit" })
console.log(`${count} examples type-check`)
