/** A LINE that accepts every push at once. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

const server = createServer((request, response) => {
  request.on("data", () => undefined)
  request.on("end", () => {
    response.writeHead(200, {
      "content-type": "application/json",
      "x-line-request-id": "5b59509c-c57b-11e9-aa8c-2a2ae2dbcce4"
    })
    response.end('{"sentMessages":[{"id":"461230966842064897","quoteToken":"IStG5h1Tz7b"}]}')
  })
})

server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port))
