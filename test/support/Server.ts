import * as Effect from "effect/Effect"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import { buffer } from "node:stream/consumers"

/** Serves a handler of web-standard requests on a port of this machine until the scope closes, and returns its URL. */
export const serve = (handler: (request: Request) => Promise<Response>) =>
  Effect.gen(function* () {
    const server = Http.createServer((request, response) => {
      const answered = async () => {
        const body = await buffer(request)
        const headers = Object.entries(request.headers).map(
          ([name, value]) => [name, String(value)] as [string, string]
        )
        const init = { method: request.method ?? "GET", headers, body: body.length === 0 ? null : new Uint8Array(body) }
        const answer = await handler(new Request(`http://127.0.0.1${request.url}`, init))
        response.writeHead(answer.status, Object.fromEntries(answer.headers))
        response.end(new Uint8Array(await answer.arrayBuffer()))
      }
      void answered().catch(() => response.destroy())
    })
    yield* Effect.acquireRelease(
      Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
      () =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        })
    )
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
