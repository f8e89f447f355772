/**
 * Marks the calls at the top of the built modules as free of side effects, so that a bundler leaves out the schemas and
 * operations that a program does not use.
 */
import { transformFileSync } from "@babel/core"
import { readFileSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const modules = readdirSync("dist", { recursive: true }).filter((file) => file.endsWith(".js"))

for (const module of modules) {
  const file = join("dist", module)
  const { code, map } = transformFileSync(file, {
    configFile: false,
    babelrc: false,
    plugins: ["annotate-pure-calls"],
    inputSourceMap: JSON.parse(readFileSync(`${file}.map`, "utf8")),
    sourceMaps: true
  })
  writeFileSync(file, code)
  // The sources are in the package.
  writeFileSync(`${file}.map`, JSON.stringify({ ...map, sourcesContent: undefined }))
}
