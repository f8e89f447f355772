/**
 * Bundles the command line with all that it needs into one file, so that `npx line-effect` installs nothing more.
 */
import { build } from "esbuild"

await build({
  entryPoints: ["src/cli/main.ts"],
  outfile: process.argv[2] ?? "dist/cli/line-effect.js",
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "inline",
  logLevel: "warning"
})
