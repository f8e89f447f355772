/**
 * A bot in a process of its own that is collected on demand: `node --expose-gc --import tsx webhooks.ts`. It tells its port,
 * and, when it has handled as many events as it is told, their number and its heap in MB.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as NodeHttp from "line-effect/NodeHttp"
import * as Webhook from "line-effect/Webhook"
import { createServer } from "node:http"

let handled = 0
let expected = Infinity

const tell = () => {
  globalThis.gc?.()
  process.send?.({ handled, heap: process.memoryUsage().heapUsed / 2 ** 20 })
}

// Later, when what is done after a handler is done, too.
const look = () => {
  if (handled === expected) setImmediate(tell)
}

const { listener } = NodeHttp.toListener(
  {
    channelSecret: Redacted.make("the channel secret"),
    handlers: Webhook.handlers({
      message: () =>
        Effect.sync(() => {
          handled++
          look()
        })
    })
  },
  Layer.empty
)

const server = createServer(listener).listen(0, "127.0.0.1", () => {
  const address = server.address()
  if (typeof address === "object") process.send?.(address?.port)
})

process.on("message", (number: number) => {
  expected = number
  look()
})
process.on("disconnect", () => process.exit())
