import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck as fc, Schema } from "effect"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Emulator from "line-effect/Emulator"
import { connect } from "node:net"
import { routes } from "../src/emulator/Platform.js"
import type { Route } from "../src/emulator/Wire.js"
import * as Arbitraries from "./support/Arbitraries.js"
import { operations } from "./support/Operations.js"
import * as Values from "./support/Values.js"

const perOperation = 150
const seed = 20261125

/** A world with something in it to meet. */
const populated = Effect.gen(function* () {
  const line = yield* Emulator.make({ rateLimits: false })
  const user = yield* line.addUser({ displayName: "Mika" })
  const group = yield* line.addGroup({ members: [user] })
  const room = yield* line.addRoom({ members: [user] })
  yield* line.join(group)
  yield* line.join(room)
  const { events } = yield* line.say(user, { type: "video", content: new Uint8Array(3) })
  const ids = [user.userId, group.groupId, room.roomId, events[0]?.message?.id ?? "", events[0]?.replyToken ?? ""]
  return { line, ids }
})

const odd = fc.constantFrom(
  "",
  ".",
  "..",
  "%",
  "%00",
  "%ff",
  "%E0%A4%A",
  "constructor",
  "__proto__",
  "toString",
  "0",
  "-1",
  "1e999",
  "NaN",
  "list",
  "U".repeat(5000),
  "\u{1F600}",
  "a b",
  "';--"
)

const text = (ids: ReadonlyArray<string>) =>
  fc.oneof({ arbitrary: fc.constantFrom(...ids), weight: 3 }, odd, fc.string({ maxLength: 20 }))

const pathOf = ({ path }: Route, ids: ReadonlyArray<string>): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(text(ids), fc.boolean()), { minLength: 4, maxLength: 4 })
    .map((values) =>
      values.reduce(
        (filled, [value, isEncoded]) =>
          filled.replace(/\{\w+\}/, () => (isEncoded ? encodeURIComponent(value.toWellFormed()) : value)),
        path
      )
    )

const queryNames = ["start", "limit", "date", "from", "to", "requestId", "status", "page", "size", "access_token"]

const query = (ids: ReadonlyArray<string>) =>
  fc
    .array(fc.tuple(fc.constantFrom(...queryNames, "customAggregationUnit", "client_assertion", "x"), text(ids)), {
      maxLength: 4
    })
    .map((pairs) => new URLSearchParams(pairs))

const json = new TextEncoder()

const jsonBody = (operationId: string): fc.Arbitrary<string> => {
  const schema = operations.get(operationId)?.body
  const values: fc.Arbitrary<unknown> = schema === undefined ? fc.jsonValue() : Values.of(schema)
  const steps = fc.array(fc.nat(1000), { minLength: 2, maxLength: 12 })
  return fc.oneof(
    values.map((value) => JSON.stringify(value) ?? ""),
    fc.tuple(values, steps).map(([value, choices]) => JSON.stringify(Arbitraries.mutate(value, choices)) ?? ""),
    fc.constantFrom(
      "",
      "{",
      "null",
      "[]",
      '"text"',
      "1e400",
      '{"__proto__":{"messages":[]}}',
      '{"messages":[{"type":"text","text":"a"}],"messages":null}',
      `${"[".repeat(20_000)}${"]".repeat(20_000)}`,
      `${'{"contents":'.repeat(3000)}0${"}".repeat(3000)}`,
      '\ufeff{"messages":[]}',
      "\ud800"
    ),
    fc.json()
  )
}

const body = ({ body: kind, operationId }: Route, ids: ReadonlyArray<string>): fc.Arbitrary<Uint8Array> => {
  const bytes = fc.uint8Array({ maxLength: 200 })
  const form = query(ids).map((fields) => json.encode(`grant_type=client_credentials&${fields}`))
  const multipart = bytes.map((content) =>
    json.encode(
      `--b\r\nContent-Disposition: form-data; name="file"\r\nContent-Type: text/plain\r\n\r\n${String.fromCharCode(...content)}\r\n--b--\r\n`
    )
  )
  const usual =
    kind === "form"
      ? form
      : kind === "bytes"
        ? fc.oneof(bytes, multipart)
        : jsonBody(operationId).map((text) => json.encode(text))
  return fc.oneof({ arbitrary: usual, weight: 5 }, bytes)
}

const headers = (token: string): fc.Arbitrary<Record<string, string>> =>
  fc.record(
    {
      authorization: fc.oneof(
        { arbitrary: fc.constant(`Bearer ${token}`), weight: 9 },
        fc.constantFrom("Bearer", "Basic x", "")
      ),
      "content-type": fc.oneof(
        { arbitrary: fc.constant("application/json"), weight: 6 },
        fc.constantFrom(
          "application/json; charset=utf-8",
          "application/x-www-form-urlencoded",
          "multipart/form-data; boundary=b",
          "multipart/form-data",
          "image/png",
          "text/plain",
          ""
        )
      ),
      "x-line-retry-key": fc.oneof(fc.uuid(), fc.string({ maxLength: 40 })),
      "x-line-delivery-tag": fc.string({ maxLength: 120 })
    },
    { requiredKeys: ["authorization", "content-type"] }
  )

describe("the emulator, of any request", () => {
  for (const route of routes) {
    it.scoped(`answers, and means it: ${route.operationId}`, () =>
      Effect.gen(function* () {
        const { ids, line } = yield* populated
        const requests = fc.record({
          method: fc.oneof(
            { arbitrary: fc.constant(route.method), weight: 9 },
            fc.constantFrom("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "x")
          ),
          path: pathOf(route, ids),
          query: query(ids),
          headers: headers(Redacted.value(line.channel.channelAccessToken)),
          body: body(route, ids)
        })
        for (const request of fc.sample(requests, { numRuns: perOperation, seed })) {
          const response = yield* line.handle({ host: "any", ...request })
          const shown = JSON.stringify({
            ...request,
            query: `${request.query}`,
            body: new TextDecoder().decode(request.body)
          })
          assert.isBelow(response.status, 500, shown)
          assert.isString(response.headers["x-line-request-id"], shown)
        }
        const info = yield* line.handle({
          host: "api",
          method: "GET",
          path: "/v2/bot/info",
          query: new URLSearchParams(),
          headers: { authorization: `Bearer ${Redacted.value(line.channel.channelAccessToken)}` },
          body: new Uint8Array()
        })
        assert.strictEqual(info.status, 200)
      })
    )
  }

  it.scoped("does of any acts what can be done, and says of the others why not", () =>
    Effect.gen(function* () {
      const { ids, line } = yield* populated
      const [user = "", group = "", , message = ""] = ids
      const real = new Map([
        ["userId", [user]],
        ["chatId", [user, group]],
        ["messageId", [message]]
      ])
      /** Acts of people and in chats that are there, most of them. */
      const acts = fc.tuple(Values.of(Emulator.Act), fc.nat(9)).map(([act, choice]) => {
        const entries = Object.entries(Object(act)).map(([name, value]) => {
          const known = real.get(name) ?? []
          return [name, choice < 8 ? (known[choice % Math.max(known.length, 1)] ?? value) : value]
        })
        return Schema.decodeUnknownEither(Emulator.Act)(Object.fromEntries(entries))
      })
      let done = 0
      for (const act of fc.sample(acts, { numRuns: 3000, seed })) {
        if (Either.isLeft(act)) continue
        // A far future is no fault, and no time for the rest.
        if (act.right.type === "advance") continue
        const result = yield* Effect.either(line.act(act.right))
        if (Either.isRight(result)) done++
      }
      assert.isAbove(done, 300)
      assert.isAbove((yield* line.overview).chats.length, 10)
    })
  )

  it.scopedLive("outlives whatever comes to its port", () =>
    Effect.gen(function* () {
      const { url } = yield* Emulator.serve()
      const port = Number(new URL(url).port)
      const lines = fc.constantFrom(
        "GET / HTTP/1.1\r\n\r\n",
        "GET /emulator/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET /emulator/../../package.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET /emulator/api/chats/%ff/messages HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET //v2/bot/info HTTP/1.1\r\nHost: [::1\r\nConnection: close\r\n\r\n",
        "POST /emulator/api/acts HTTP/1.1\r\nHost: a b\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
        'POST /emulator/api/acts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\nConnection: close\r\n\r\n{"type":{',
        "TRACE /emulator/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "CONNECT /emulator/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET http://other.example/v2/bot/info HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n\r\n",
        "POST /v2/bot/message/push HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{",
        "POST /v2/bot/message/push HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n",
        "\0\0\0\0\r\n\r\n"
      )
      const inputs = fc.oneof(
        lines.map((line) => Buffer.from(line, "latin1")),
        fc.uint8Array({ maxLength: 300 })
      )
      for (const input of fc.sample(inputs, { numRuns: 200, seed })) {
        const answer = yield* Effect.promise(() => exchange(port, input))
        assert.notMatch(answer, /^HTTP\/1.1 5/, Buffer.from(input).toString("latin1"))
      }
      const info = yield* Effect.promise(() => fetch(`${url}/v2/bot/info`))
      assert.strictEqual(info.status, 401)
    }).pipe(Effect.provide(Emulator.layer()))
  )
})

/** Sends bytes, and what comes back until the connection is over. */
const exchange = (port: number, input: Uint8Array): Promise<string> =>
  new Promise((resolve) => {
    let answer = ""
    const socket = connect(port, "127.0.0.1", () => socket.end(input))
    socket.on("data", (chunk) => (answer += chunk.toString("latin1")))
    socket.on("error", () => resolve(answer))
    socket.on("close", () => resolve(answer))
  })
