import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

export default defineConfig({
  resolve: {
    alias: [{ find: /^line-effect\/(.*)$/, replacement: fileURLToPath(new URL("./src/$1.ts", import.meta.url)) }]
  },
  test: { include: ["test/**/*.test.ts"] }
})
