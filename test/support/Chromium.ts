import { existsSync } from "node:fs"

/** Where Chromium is; Debian's package puts it there. */
export const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium"

/** Whether tests in a browser are left out: where there is none, except in CI, which must have one. */
export const isMissing = !existsSync(executablePath) && process.env["CI"] === undefined

/** How it is started: without what needs a desktop or the internet. */
export const launchOptions = {
  executablePath,
  args: [
    ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
    ...["--disable-background-networking", "--disable-component-update", "--disable-sync"]
  ]
}
