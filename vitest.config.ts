import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

export default defineConfig({
  resolve: {
    alias: [{ find: /^line-effect\/(.*)$/, replacement: fileURLToPath(new URL("./src/$1.ts", import.meta.url)) }]
  },
  // Nothing waits, but a machine may be slow: a test that ends at all ends in time.
  test: { include: ["test/**/*.test.ts", "examples/*.test.ts"], testTimeout: 60_000 }
})
