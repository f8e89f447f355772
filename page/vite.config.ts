import { fileURLToPath } from "node:url"
import { defineConfig } from "vite"

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "/emulator/",
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  // The page's policy lets images come from anywhere, and scripts and styles from its files only.
  build: { outDir: "../dist/page", emptyOutDir: true, assetsInlineLimit: 0 }
})
