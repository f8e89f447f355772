/**
 * What the package costs those who use it, measured on the packed tarball in a project that has installed it: the size
 * of the declarations, the work of a compiler, the size of a bundle. Fails if one of them is beyond its limit.
 *
 *     node .ci/figures.mjs <project>
 */
import { build } from "esbuild"
import { execFileSync } from "node:child_process"
import { cpSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs"
import { join, relative, resolve } from "node:path"
import { gzipSync } from "node:zlib"

const project = resolve(process.argv[2])
const installed = join(project, "node_modules/line-effect/dist")
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
  return readdirSync(installed, { recursive: true })
    .filter((file) => file.endsWith(".d.ts"))
    .reduce((size, file) => size + statSync(join(installed, file)).size, 0)
}

const bundle = (entry, options = {}) =>
  build({
    entryPoints: [join(programs, String(entry))],
    absWorkingDir: project,
    bundle: true,
    minify: true,
    metafile: true,
    format: "esm",
    target: "es2022",
    write: false,
    outfile: "bundle.js",
    ...options
  })

const compressed = ({ outputFiles: [{ contents }] }) => gzipSync(contents, { level: 9 }).length

/** The part of a bundle that is neither effect's and platform's nor the program's own. */
const ownPart = ({ metafile }) => {
  const [{ inputs }] = Object.values(metafile.outputs)
  const sizeOf = (entries) => entries.reduce((size, [, { bytesInOutput }]) => size + bytesInOutput, 0)
  const isOwn = ([module]) => /node_modules\/(line-effect|uuid)\//.test(module)
  return sizeOf(Object.entries(inputs).filter(isOwn)) / sizeOf(Object.entries(inputs))
}

/** A program of nothing but what a bundle uses of effect and platform. */
const baseOf = async (entry) => {
  const external = { external: ["effect", "effect/*", "@effect/*"], minify: false }
  const [{ text }] = (await bundle(entry, external)).outputFiles
  const modules = [...text.matchAll(/^import \* as (\w+) from "([^"]+)"/gm)]
  const uses = modules.flatMap(([, name]) => [
    ...new Set(Array.from(text.matchAll(new RegExp(`\\b${name}\\.\\w+`, "g")), ([use]) => use))
  ])
  writeFileSync(
    join(programs, "base.mjs"),
    [...modules.map(([line]) => line), `export const used = [${uses}]`].join("\n")
  )
  return bundle("base.mjs")
}

/** The modules that declare operations. */
const families = readdirSync(installed).filter(
  (file) =>
    file.endsWith(".js") && /^export const .*Operation\.\w+\("/m.test(readFileSync(join(installed, file), "utf8"))
)

/** The families that importing one loads beside it. */
const loadedBeside = async (family) => {
  const { metafile } = await bundle(undefined, {
    entryPoints: [join(installed, family)],
    external: ["effect", "@effect/*"]
  })
  const loaded = Object.keys(metafile.inputs).map((file) => relative(installed, join(project, file)))
  return families
    .filter((other) => other !== family && loaded.includes(other))
    .map((other) => `${family} loads ${other}`)
}

const size = declarations()
const [without, with_] = ["without", "with"].map(instantiations)
const program = await bundle("bundle.ts")
const own = compressed(program) * ownPart(program)
const base = compressed(await baseOf("bundle.ts"))

const loaded = (await Promise.all(families.map(loadedBeside))).flat()

const figures = [
  [`Families that load another, of ${families.length}${loaded.map((line) => `; ${line}`).join("")}`, loaded.length, 0],
  ["Declarations of the whole package, kB", size / 1000, 600],
  ["Instantiations that five operations add", with_ - without, 10_000],
  ["Verify and reply, minified and compressed, beside the share of effect and platform, kB", own / 1000, 20]
]

const version = execFileSync("npx", ["tsc", "--version"], { cwd: project, encoding: "utf8" }).trim()
console.log(
  `TypeScript ${version.replace("Version ", "")}: ${without} instantiations without operations, ${with_} with five`
)
console.log(
  `Bundle: ${(compressed(program) / 1000).toFixed(1)} kB; ` +
    `what it uses of effect and platform is ${(base / 1000).toFixed(1)} kB when bundled alone`
)
let isOver = false
for (const [name, value, limit] of figures) {
  if (value > limit) isOver = true
  const shown = Number.isInteger(value) ? value : value.toFixed(1)
  console.log(`  ${name}: ${shown} (at most ${limit}) ${value > limit ? "TOO MUCH" : "met"}`)
}
if (isOver) process.exit(1)
