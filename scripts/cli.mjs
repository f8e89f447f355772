/**
 * Bundles the command line with all that it needs into one file, so that `npx line-effect` installs nothing more; beside
 * it, the licenses of what is in it.
 */
import { build } from "esbuild"
import { readFileSync, readdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"

const outfile = process.argv[2] ?? "dist/cli/line-effect.js"

const { metafile } = await build({
  entryPoints: ["src/cli/main.ts"],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "inline",
  metafile: true,
  logLevel: "warning"
})

const packages = new Set(
  Object.values(metafile.outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .flatMap(([input, { bytesInOutput }]) =>
      bytesInOutput === 0 ? [] : (/^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? [])
    )
)

const licenses = [...packages].sort().map((folder) => {
  const { license, name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  const file = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file))
  const text = file === undefined ? "" : `\n${readFileSync(join(folder, file), "utf8").trim()}\n`
  return `${name} ${version} (${license})\n${text}`
})

writeFileSync(join(dirname(outfile), "LICENSES.txt"), licenses.join(`\n${"-".repeat(80)}\n\n`))
