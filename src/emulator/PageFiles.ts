/**
 * The files of the page, as its build has left them.
 */
import { readFileSync, readdirSync } from "node:fs"
import { extname } from "node:path"
import { fileURLToPath } from "node:url"
import { base } from "./ControlApi.js"

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml"
}

// The page shows images and videos of wherever the bot has put them; everything else is of this server.
const policy = [
  "default-src 'self'",
  "img-src * data: blob:",
  "media-src * data: blob:",
  "style-src 'self' 'unsafe-inline'",
  "frame-ancestors 'none'",
  "form-action 'none'",
  "base-uri 'none'"
].join("; ")

/** Where the page is: beside the built module, or in the build's folder when the sources run. */
const folders = ["./page/", "../dist/page/", "../../dist/page/"].map((path) =>
  fileURLToPath(new URL(path, import.meta.url))
)

const read = (): ReadonlyMap<string, Buffer> => {
  for (const folder of folders) {
    try {
      const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile())
      return new Map(
        files.map(({ name, parentPath }) => {
          const path = `${parentPath}/${name}`
          return [path.slice(folder.length).replace(/^\//, ""), readFileSync(path)]
        })
      )
    } catch {
      // Another folder may have it.
    }
  }
  return new Map()
}

let files: ReadonlyMap<string, Buffer> | undefined

/** The file of a path. */
export const respond = (pathname: string): Response => {
  if (pathname === "/" || pathname === base)
    return new Response(null, { status: 302, headers: { location: `${base}/` } })
  files ??= read()
  const name = pathname === `${base}/` ? "index.html" : pathname.slice(base.length + 1)
  const file = files.get(name)
  if (file === undefined) {
    const message = files.size === 0 ? "the page is not built: npm run build:page" : "Not found"
    return new Response(JSON.stringify({ message }), { status: 404, headers: { "content-type": "application/json" } })
  }
  const type = types[extname(name)] ?? "application/octet-stream"
  return new Response(Uint8Array.from(file), {
    headers: { "content-type": type, "content-security-policy": policy, "x-content-type-options": "nosniff" }
  })
}
