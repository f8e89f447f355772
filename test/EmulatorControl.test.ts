import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Emulator from "line-effect/Emulator"
import * as Http from "node:http"

interface Answer {
  readonly status: number
  readonly headers: Http.IncomingHttpHeaders
  readonly body: ReturnType<typeof JSON.parse>
}

/** Sends a request with exactly these headers, as a browser or curl would. */
const send = (
  url: string,
  method: string,
  path: string,
  { body, headers = {} }: { readonly body?: unknown; readonly headers?: Http.OutgoingHttpHeaders } = {}
): Effect.Effect<Answer> =>
  Effect.async((resume) => {
    const json = body === undefined ? {} : { "content-type": "application/json" }
    const request = Http.request(url + path, { method, headers: { ...json, ...headers } }, (response) => {
      let text = ""
      response.setEncoding("utf8")
      response.on("data", (chunk) => (text += chunk))
      response.on("end", () => {
        const isJson = response.headers["content-type"]?.startsWith("application/json") === true
        const parsed = isJson && text !== "" ? JSON.parse(text) : text
        resume(Effect.succeed({ status: response.statusCode ?? 0, headers: response.headers, body: parsed }))
      })
    })
    request.on("error", (error) => resume(Effect.die(error)))
    request.end(body === undefined ? undefined : JSON.stringify(body))
  })

const served = Effect.gen(function* () {
  const line = yield* Emulator.Emulator
  const { url } = yield* Emulator.serve()
  const api = (method: string, path: string, options?: Parameters<typeof send>[3]) =>
    send(url, method, `/emulator/api${path}`, options)
  return { line, url, api, port: new URL(url).port }
})

describe("the control API", () => {
  it.scopedLive("lists the newest entries of its logs, also of requests without an answer", () =>
    Effect.gen(function* () {
      const { api, line, url } = yield* served
      const user = yield* line.addUser()
      yield* Effect.forEach(["one", "two", "three"], (text) => line.say(user, text))
      yield* line.fault(Emulator.Fault.drop())
      yield* Effect.promise(() => fetch(`${url}/v2/bot/info`).catch(() => undefined))
      const texts = ({ body }: Answer) =>
        body.map(({ events }: Emulator.Delivery) => events.map(({ message }) => message?.["text"])).flat()
      assert.deepStrictEqual(texts(yield* api("GET", "/deliveries?last=2")), ["two", "three"])
      assert.deepStrictEqual((yield* api("GET", "/requests?last=2")).body, [])
      const { body: lost } = yield* api("GET", "/requests?last=2&answered=false")
      assert.lengthOf(lost, 1)
      assert.notProperty(lost[0], "status")
      // It has ended, and is not on its way.
      assert.isNumber(lost[0].duration)
      assert.strictEqual((yield* api("GET", "/requests?last=0")).status, 400)
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.scopedLive("lets anything happen, and shows it", () =>
    Effect.gen(function* () {
      const { api, line } = yield* served
      const { body: added } = yield* api("POST", "/acts", { body: { type: "addUser", displayName: "Mika" } })
      const userId: string = added.id
      const said = yield* api("POST", "/acts", { body: { type: "say", userId, message: { type: "text", text: "hi" } } })
      assert.deepInclude(said.body.delivery.outcome, { _tag: "NotSent" })
      const image = { type: "image", content: Buffer.from("a picture").toString("base64"), contentType: "image/png" }
      yield* api("POST", "/acts", { body: { type: "say", userId, message: image } })
      const { body: messages } = yield* api("GET", `/chats/${userId}/messages`)
      assert.deepStrictEqual(
        messages.map(({ message }: Emulator.ChatMessage) => message.type),
        ["text", "image"]
      )
      const content = yield* api("GET", `/messages/${messages[1].id}/content`)
      assert.deepStrictEqual([content.headers["content-type"], content.body], ["image/png", "a picture"])
      assert.include(String(content.headers["content-security-policy"]), "sandbox")
      const { body: overview } = yield* api("GET", "/overview")
      assert.strictEqual(overview.channel.channelSecret, Redacted.value(line.channel.channelSecret))
      assert.deepInclude(overview.chats[0], { userId, displayName: "Mika", messages: 2, relation: "friend" })
      yield* api("POST", "/reset")
      assert.lengthOf((yield* api("GET", "/overview")).body.chats, 0)
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.scopedLive("says in words what is wrong with what it is asked", () =>
    Effect.gen(function* () {
      const { api } = yield* served
      const unknown = yield* api("POST", "/acts", { body: { type: "follow", userId: "Unobody" } })
      assert.deepStrictEqual([unknown.status, unknown.body.message], [400, "There is no user Unobody"])
      const malformed = yield* api("POST", "/acts", { body: { type: "follow" } })
      assert.strictEqual(malformed.status, 400)
      assert.include(JSON.stringify(malformed.body.issues), "userId")
      const typeless = yield* api("POST", "/events", { body: { events: [{}] } })
      assert.deepStrictEqual([typeless.status, typeless.body.message], [400, "An event has a type"])
      assert.strictEqual((yield* api("GET", "/chats/Cnone/messages")).status, 400)
      assert.strictEqual((yield* api("POST", "/redeliveries", { body: { sequence: 7 } })).status, 400)
      assert.strictEqual((yield* api("GET", "/nothing")).status, 404)
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.scopedLive("waits for what is to come, as long as it is told to", () =>
    Effect.gen(function* () {
      const { api, line, url } = yield* served
      const user = yield* line.addUser()
      const [[, messages], deliveries, requests] = yield* Effect.all(
        [
          Effect.zip(line.say(user, "one"), api("GET", `/chats/${user.userId}/messages?after=1&wait=30000`)),
          api("GET", "/deliveries?after=1&wait=30000"),
          api("GET", "/requests?operation=getBotInfo&wait=30000"),
          Effect.gen(function* () {
            // The others are at the server once it has answered this.
            yield* api("GET", "/overview")
            yield* send(url, "GET", "/v2/bot/profile/x")
            yield* send(url, "GET", "/v2/bot/info")
            yield* line.say(user, "two")
          })
        ],
        { concurrency: "unbounded" }
      )
      assert.strictEqual(messages.body[0].message.text, "two")
      assert.strictEqual(deliveries.body[0].events[0].message.text, "two")
      assert.deepStrictEqual(
        requests.body.map(({ operationId, status }: Emulator.RequestRecord) => [operationId, status]),
        [["getBotInfo", 401]]
      )
      assert.deepStrictEqual((yield* api("GET", "/requests?after=99&wait=1")).body, [])
      assert.strictEqual((yield* api("GET", "/requests?wait=9999999")).status, 400)
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.scopedLive("takes no name that it does not know, and says what is no JSON", () =>
    Effect.gen(function* () {
      const { api, line, url } = yield* served
      const misspelled = yield* api("POST", "/acts", { body: { type: "addUser", name: "Ren" } })
      assert.strictEqual(misspelled.status, 400)
      assert.include(JSON.stringify(misspelled.body), "name")
      assert.lengthOf((yield* line.overview).chats, 0)
      const nowhere = yield* api("POST", "/faults", { body: { fault: "drop", operation: "pushMesage" } })
      assert.deepStrictEqual([nowhere.status, nowhere.body.message], [400, "LINE has no operation pushMesage"])
      const answer = { _tag: "Respond", accept: "before", status: 500, headers: { "bad header": "x" } }
      assert.strictEqual((yield* api("POST", "/faults", { body: { fault: answer } })).status, 400)
      const headers = { "content-type": "application/json" }
      const malformed = yield* Effect.promise(() =>
        fetch(`${url}/emulator/api/acts`, { method: "POST", headers, body: "{" })
      )
      assert.strictEqual(malformed.status, 400)
      assert.deepStrictEqual(yield* Effect.promise(() => malformed.json()), { message: "The body is no JSON" })
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.scoped("is of the same time as the emulator", () =>
    Effect.gen(function* () {
      const { api, line } = yield* served
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* api("GET", "/overview")).body.now, (yield* line.overview).now)
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.scopedLive("outlives a reset with somebody who waits", () =>
    Effect.gen(function* () {
      const { api, line } = yield* served
      const { userId } = yield* line.addUser()
      const [waited, reset] = yield* Effect.all(
        [
          api("GET", `/chats/${userId}/messages?wait=30000`),
          Effect.zipRight(api("GET", "/overview"), api("POST", "/reset"))
        ],
        { concurrency: "unbounded" }
      )
      assert.strictEqual(reset.status, 200)
      assert.deepStrictEqual([waited.status, waited.body.message], [400, `There is no chat ${userId}`])
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.scopedLive("has faults happen", () =>
    Effect.gen(function* () {
      const { api, url } = yield* served
      const status = Effect.map(send(url, "GET", "/v2/bot/info"), (answer) => answer.status)
      yield* api("POST", "/faults", { body: { fault: "rateLimited", operation: "getBotInfo" } })
      yield* api("POST", "/faults", {
        body: { fault: { _tag: "Respond", accept: "before", status: 418, body: { message: "teapot" } }, times: 2 }
      })
      assert.lengthOf((yield* api("GET", "/overview")).body.faults, 2)
      assert.deepStrictEqual([yield* status, yield* status, yield* status, yield* status], [429, 418, 418, 401])
      yield* api("POST", "/faults", { body: { fault: "serverError", rate: 1 } })
      assert.deepStrictEqual([yield* status, yield* status], [500, 500])
      yield* api("DELETE", "/faults")
      assert.strictEqual(yield* status, 401)
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.scopedLive("describes itself", () =>
    Effect.gen(function* () {
      const { api } = yield* served
      const { body } = yield* api("GET", "/openapi.json")
      assert.includeMembers(Object.keys(body.paths), ["/emulator/api/acts", "/emulator/api/chats/{chatId}/messages"])
    }).pipe(Effect.provide(Emulator.layer()))
  )
})

describe("other sites", () => {
  const refused: ReadonlyArray<
    readonly [title: string, method: string, headers: (port: string) => Http.OutgoingHttpHeaders]
  > = [
    ["a name that was made to lead here", "GET", (port) => ({ host: `rebound.example:${port}` })],
    ["a page of another site that reads", "GET", () => ({ "sec-fetch-site": "cross-site" })],
    ["a page of another port that reads", "GET", () => ({ "sec-fetch-site": "same-site" })],
    ["a page of another site that writes", "POST", () => ({ origin: "https://other.example" })],
    ["a page without an origin that writes", "POST", () => ({ origin: "null" })],
    ["a form of another site", "POST", () => ({ "content-type": "text/plain" })]
  ]
  for (const [title, method, headers] of refused) {
    it.scopedLive(`are refused: ${title}`, () =>
      Effect.gen(function* () {
        const { api, port, line } = yield* served
        yield* line.addUser()
        const path = method === "GET" ? "/overview" : "/reset"
        const body = method === "GET" ? {} : { body: {} }
        const answer = yield* api(method, path, { ...body, headers: headers(port) })
        assert.strictEqual(answer.status, 403)
        assert.lengthOf((yield* line.overview).chats, 1)
      }).pipe(Effect.provide(Emulator.layer()))
    )
  }

  it.scopedLive("do not reach LINE's paths either, nor what a request has hidden in a wrong place", () =>
    Effect.gen(function* () {
      const { line, url } = yield* served
      const headers = { origin: "https://other.example" }
      assert.strictEqual((yield* send(url, "POST", "/v2/oauth/revoke", { headers, body: {} })).status, 403)
      yield* send(url, "GET", "/v2/oauth/verify?access_token=s3cret")
      assert.notInclude(JSON.stringify(yield* line.requests), "s3cret")
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.scopedLive("are not refused where they are this one", () =>
    Effect.gen(function* () {
      const { api, port, url } = yield* served
      const own = { "sec-fetch-site": "same-origin", origin: url }
      assert.strictEqual((yield* api("POST", "/reset", { body: {}, headers: own })).status, 200)
      const named = { host: `localhost:${port}`, origin: `http://localhost:${port}` }
      assert.strictEqual((yield* api("POST", "/reset", { body: {}, headers: named })).status, 200)
    }).pipe(Effect.provide(Emulator.layer()))
  )
})
