/**
 * What the package costs those who use it, measured on the packed tarball in a project that has installed it: the size
 * of the declarations, the work of a compiler, the size of a bundle. Fails if one of them is beyond its limit.
 *
 *     node .ci/figures.mjs <project>
 */
import { build } from "esbuild"
import { execFileSync } from "node:child_process"
import { cpSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"

const project = process.argv[2]
if (project === undefined) throw new Error("usage: node .ci/figures.mjs <project>")
const programs = join(project, "figures")
cpSync(join(import.meta.dirname, "figures"), programs, { recursive: true })
const compilerOptions = JSON.parse(readFileSync(join(project, "tsconfig.json"), "utf8")).compilerOptions

/** The instantiations of a compiler that checks one program. */
const instantiations = (program) => {
  const configuration = join(programs, `${program}.json`)
  writeFileSync(
    configuration,
    JSON.stringify({ compilerOptions: { ...compilerOptions, noEmit: true }, files: [`${program}.ts`] })
  )
  const output = execFileSync("npx", ["tsc", "-p", configuration, "--extendedDiagnostics"], {
    cwd: project,
    encoding: "utf8"
  })
  return Number(/^Instantiations:\s+(\d+)/m.exec(output)[1])
}

const declarations = () => {
  const folder = join(project, "node_modules/line-effect/dist")
  return readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith(".d.ts"))
    .reduce((size, file) => size + statSync(join(folder, file)).size, 0)
}

/** The size of the bundle after compression, or of the part of it that is not of the packages named. */
const bundle = async (...external) => {
  const { outputFiles } = await build({
    entryPoints: [join(programs, "bundle.ts")],
    absWorkingDir: project,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
    logLevel: "error",
    external
  })
  return gzipSync(outputFiles[0].contents, { level: 9 }).length
}

const size = declarations()
const [without, with_] = ["without", "with"].map(instantiations)
const whole = await bundle()
const own = await bundle("effect", "effect/*", "@effect/*")

const figures = [
  ["Declarations of the whole package, kB", size / 1000, 600],
  ["Instantiations that five operations add", with_ - without, 10_000],
  ["Verify and reply, minified and compressed, beside effect and platform, kB", own / 1000, 15]
]

console.log(
  `TypeScript ${execFileSync("npx", ["tsc", "--version"], { cwd: project, encoding: "utf8" }).trim().replace("Version ", "")}: ${without} instantiations without operations, ${with_} with five`
)
console.log(`Bundle: ${(whole / 1000).toFixed(1)} kB with effect and platform, ${(own / 1000).toFixed(1)} kB without`)
let isOver = false
for (const [name, value, limit] of figures) {
  if (value > limit) isOver = true
  const shown = Number.isInteger(value) ? value : value.toFixed(1)
  console.log(`  ${name}: ${shown} (at most ${limit}) ${value > limit ? "TOO MUCH" : "met"}`)
}
if (isOver) process.exit(1)
