import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Action from "line-effect/Action"
import * as Emulator from "line-effect/Emulator"
import * as EmulatorClient from "line-effect/EmulatorClient"
import * as LineClient from "line-effect/LineClient"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as Retry from "line-effect/Retry"
import * as RichMenus from "line-effect/RichMenus"
import * as Signature from "line-effect/Signature"
import * as Users from "line-effect/Users"
import * as Webhook from "line-effect/Webhook"
import * as Bot from "./support/Bot.js"
import * as Png from "./support/Png.js"
import * as Server from "./support/Server.js"

type Provide = (options?: Emulator.Options) => Layer.Layer<Emulator.Emulator>

const remote =
  (transport: typeof FetchHttpClient.layer): Provide =>
  (options) =>
    Layer.unwrapScoped(
      Effect.map(Effect.orDie(Emulator.serve()), ({ url }) =>
        Layer.orDie(EmulatorClient.layer({ url })).pipe(Layer.provide(transport))
      )
    ).pipe(Layer.provide(Emulator.layer(options)))

const places: Readonly<Record<string, Provide>> = {
  "in this process": Emulator.layer,
  "in another, over fetch": remote(FetchHttpClient.layer),
  "in another, over NodeHttpClient": remote(NodeHttpClient.layer),
  "in another, over undici": remote(NodeHttpClient.layerUndici)
}

/** A bot that answers texts with themselves. */
const echo = Bot.start(
  Webhook.handlers({
    message: ({ message, replyToken }) =>
      message.type === "text" && replyToken !== undefined
        ? Messaging.replyMessage({ replyToken, messages: [Message.text(message.text)] })
        : Effect.void
  }),
  { onPort: true }
)

/** A client that repeats nothing. */
const client = Layer.unwrapEffect(
  Effect.map(Emulator.Emulator, ({ channel }) =>
    LineClient.layer({ channelAccessToken: channel.channelAccessToken, retry: Retry.none })
  )
).pipe(Layer.provide(Emulator.layerHttpClient))

const messages = [Message.text("hello")] as const

const mistakeOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.exit(effect), (exit) =>
    Exit.isFailure(exit) && Cause.isDie(exit.cause) ? Cause.pretty(exit.cause) : assert.fail("it did not die")
  )

for (const [place, layer] of Object.entries(places)) {
  const test = (
    name: string,
    effect: Effect.Effect<void, unknown, Emulator.Emulator | LineClient.LineClient | Scope.Scope>,
    options?: Emulator.Options
  ) => it.scopedLive(name, () => effect.pipe(Effect.provide(client), Effect.provide(layer(options))))

  describe(`an emulator ${place}`, () => {
    test(
      "has users and chats, found by their IDs",
      Effect.gen(function* () {
        const line = yield* Emulator.Emulator
        const mika = yield* line.addUser({ displayName: "Mika", language: "ja" })
        const rin = yield* line.addUser()
        const group = yield* line.addGroup({ name: "Friends", members: [mika, rin] })
        const room = yield* line.addRoom({ members: [rin] })
        assert.deepStrictEqual(yield* line.chat(mika.userId), mika)
        assert.deepStrictEqual(yield* line.chat(group.groupId), group)
        assert.deepStrictEqual(yield* line.chat(room.roomId), room)
        assert.deepInclude(mika, { type: "user", displayName: "Mika", language: "ja" })
        assert.strictEqual(rin.displayName, "User 2")
        const { message } = yield* Effect.flip(line.chat("../nobody"))
        assert.strictEqual(message, "There is no chat ../nobody")
        const { channel, chats } = yield* line.overview
        assert.lengthOf(chats, 4)
        assert.strictEqual(Redacted.value(channel.channelSecret), Redacted.value(line.channel.channelSecret))
      })
    )

    test(
      "delivers what users say to a bot, and waits for its answer",
      Effect.gen(function* () {
        yield* echo
        const line = yield* Emulator.Emulator
        const user = yield* line.addUser()
        const waiting = yield* Effect.fork(line.awaitMessages(user, 1))
        const delivery = yield* line.say(user, "good morning")
        assert.deepStrictEqual(delivery.outcome, { _tag: "Answered", status: 200 })
        assert.strictEqual(yield* Signature.sign(delivery.body, line.channel.channelSecret), delivery.signature)
        assert.deepStrictEqual(
          (yield* Fiber.join(waiting)).map(({ from, message, via }) => [from, via, message["text"]]),
          [
            [user.userId, "user", "good morning"],
            [line.channel.userId, "reply", "good morning"]
          ]
        )
        assert.deepStrictEqual(yield* line.messages(user), yield* line.awaitMessages(user, 0))
      })
    )

    test(
      "lets people do everything they do",
      Effect.gen(function* () {
        const line = yield* Emulator.Emulator
        const mika = yield* line.addUser({ friend: false })
        const rin = yield* line.addUser()
        const group = yield* line.addGroup({ members: [mika] })
        yield* line.follow(mika)
        yield* line.postback(mika, "a=1", { params: { date: "2026-12-24" } })
        yield* line.join(group)
        yield* line.tap(mika, Action.postback({ data: "b=2" }), { in: group })
        yield* line.memberJoined(group, [rin])
        const text = yield* line.say(rin, "helo", { in: group })
        const messageId = text.events[0]?.message?.id ?? "none"
        yield* line.edit(messageId, "hello")
        yield* line.unsend(messageId)
        yield* line.memberLeft(group, [rin])
        yield* line.leave(group)
        yield* line.unfollow(mika)
        const deliveries = yield* line.deliveries
        const types = deliveries.flatMap(({ events }) => events.map(({ type }) => type))
        assert.deepStrictEqual(types, [
          ...["follow", "postback", "join", "postback", "memberJoined", "message", "messageEdited", "unsend"],
          ...["memberLeft", "leave", "unfollow"]
        ])
        assert.deepStrictEqual(deliveries[1]?.events[0]?.["postback"], { data: "a=1", params: { date: "2026-12-24" } })
        const [said] = yield* line.messages(group)
        assert.deepInclude(said, { edited: true, unsent: true })
        assert.deepInclude(deliveries[0], { detail: "no webhook is set", outcome: { _tag: "NotSent" } })
      })
    )

    test(
      "takes acts as data, and tells what cannot be done",
      Effect.gen(function* () {
        const line = yield* Emulator.Emulator
        const { id = "none" } = yield* line.act({ type: "addUser", displayName: "Mika" })
        const { delivery } = yield* line.act({ type: "beacon", userId: id, hwid: "0a" })
        assert.deepStrictEqual(delivery.events[0]?.["beacon"], { hwid: "0a", type: "enter" })
        const mistake = yield* Effect.flip(line.act({ type: "follow", userId: "nobody" }))
        assert.deepInclude(mistake, { _tag: "LineEmulatorMistake", message: "There is no user nobody" })
        const user = yield* line.addUser({ displayName: "Rin" })
        yield* line.unfollow(user)
        assert.include(yield* mistakeOf(line.say(user, "hi")), "Rin has blocked the bot: follow first")
      })
    )

    test(
      "sends events and bodies as they are, and webhooks once more",
      Effect.gen(function* () {
        yield* echo
        const line = yield* Emulator.Emulator
        const sent = yield* line.send([{ type: "teleported", to: "Mars" }])
        assert.deepInclude(sent, { events: [{ type: "teleported", to: "Mars" }] })
        const forged = yield* line.deliver(sent.body, { signature: "forged" })
        assert.deepInclude(forged, { outcome: { _tag: "Failed", reason: "error_status_code", status: 401 } })
        const delivery = yield* line.say(yield* line.addUser(), "hi")
        const again = yield* line.redeliver(delivery)
        assert.deepStrictEqual(
          again.events.map((event) => [event["webhookEventId"], event["deliveryContext"]]),
          delivery.events.map((event) => [event["webhookEventId"], { isRedelivery: true }])
        )
      })
    )

    test(
      "lets faults happen to requests, and lists them all",
      Effect.gen(function* () {
        const line = yield* Emulator.Emulator
        const { userId: to } = yield* line.addUser()
        const push = Effect.either(Messaging.pushMessage({ to, messages }))
        yield* line.fault(Emulator.Fault.respond(200, new TextEncoder().encode("no JSON")))
        yield* line.fault(Emulator.Fault.drop({ accept: "after" }), { operation: "pushMessage" })
        yield* push
        yield* push
        yield* line.fault(Emulator.Fault.rateLimited, { times: Infinity })
        yield* line.fault(Emulator.Fault.delay(Infinity))
        assert.deepStrictEqual(
          (yield* line.overview).faults.map(({ fault, remaining }) => [fault._tag, remaining]),
          [
            ["Respond", Infinity],
            ["Delay", 1]
          ]
        )
        yield* push
        yield* line.clearFaults
        yield* push
        const requests = yield* line.requests
        assert.deepStrictEqual(
          requests.map(({ operationId, status }) => [operationId, status]),
          [200, undefined, 429, 200].map((status) => ["pushMessage", status])
        )
        assert.deepStrictEqual(requests[0]?.body, { to, messages })
        assert.lengthOf(yield* line.messages(yield* line.chat(to)), 2)
      })
    )

    test(
      "keeps a request that was given up as aborted",
      Effect.gen(function* () {
        const line = yield* Emulator.Emulator
        yield* line.fault(Emulator.Fault.delay(Infinity))
        const arrived = yield* Deferred.make<void>()
        const watching = yield* Effect.fork(
          line.changes.pipe(
            Stream.tap((change) => (change._tag === "Request" ? Deferred.succeed(arrived, undefined) : Effect.void)),
            Stream.filter((change) => change._tag === "Request" && change.request.aborted),
            Stream.runHead
          )
        )
        const calling = yield* Effect.fork(Effect.forever(Effect.ignore(Messaging.getMessageQuota())))
        yield* Deferred.await(arrived)
        yield* Fiber.interrupt(calling)
        assert.isTrue(Option.isSome(yield* Fiber.join(watching)))
        assert.deepInclude((yield* line.requests).at(-1), { aborted: true, status: undefined })
      })
    )

    test(
      "lets faults happen to webhooks",
      Effect.gen(function* () {
        yield* echo
        const line = yield* Emulator.Emulator
        const user = yield* line.addUser()
        yield* line.faultWebhook("lose")
        yield* line.faultWebhook("duplicate", { times: 2 })
        assert.lengthOf((yield* line.overview).webhookFaults, 2)
        assert.deepInclude(yield* line.say(user, "lost"), { detail: "lost on demand" })
        yield* line.say(user, "twice")
        yield* line.clearFaults
        yield* line.say(user, "once")
        assert.lengthOf(yield* line.deliveries, 4)
      })
    )

    test(
      "keeps what users send, and the images of rich menus",
      Effect.gen(function* () {
        const line = yield* Emulator.Emulator
        const user = yield* line.addUser()
        const content = Uint8Array.from([0, 255, 10, 13])
        const said = yield* line.say(user, { type: "file", fileName: "a.bin", content })
        assert.deepStrictEqual(
          yield* line.content(said.events[0]?.message?.id ?? "none"),
          Option.some({ contentType: "application/octet-stream", bytes: content })
        )
        const film = yield* line.say(user, { type: "video", content, readyAfter: "1 minute" })
        assert.deepInclude(film.events[0]?.message, { type: "video", contentProvider: { type: "line" } })
        assert.deepStrictEqual(yield* line.content("1"), Option.none())
        const { richMenuId } = yield* RichMenus.createRichMenu({
          size: { width: 800, height: 250 },
          selected: false,
          name: "menu",
          chatBarText: "Menu",
          areas: []
        })
        assert.deepStrictEqual(yield* line.richMenuImage(richMenuId), Option.none())
        const image = Png.make(800, 250)
        yield* RichMenus.setRichMenuImage({ richMenuId, image, contentType: "image/png" })
        assert.deepStrictEqual(
          yield* line.richMenuImage(richMenuId),
          Option.some({ contentType: "image/png", bytes: image })
        )
      })
    )

    test(
      "moves the time, and begins anew",
      Effect.gen(function* () {
        const line = yield* Emulator.Emulator
        const before = (yield* line.overview).now
        yield* line.advance("1 day")
        assert.isAtLeast((yield* line.overview).now - before, 24 * 3_600_000)
        const user = yield* line.addUser()
        yield* line.reset
        const { chats } = yield* line.overview
        assert.deepStrictEqual(
          chats.map((chat) => (chat.type === "user" ? chat.displayName : undefined)),
          ["Mika"]
        )
        yield* mistakeOf(line.messages({ ...user, userId: `U${"0".repeat(32)}` }))
      }),
      { begin: (line) => line.addUser({ displayName: "Mika" }) }
    )

    test(
      "tells what changes, and first that it does",
      Effect.gen(function* () {
        const line = yield* Emulator.Emulator
        const user = yield* line.addUser()
        const isHeard = yield* Deferred.make<void>()
        const heard = yield* Effect.fork(
          line.changes.pipe(
            Stream.tap(() => Deferred.succeed(isHeard, undefined)),
            Stream.takeUntil((change) => change._tag === "Request" && change.request.status === 200),
            Stream.runCollect
          )
        )
        yield* Deferred.await(isHeard)
        const delivery = yield* line.say(user, "hi")
        yield* Users.getProfile({ userId: user.userId })
        const changes = [...(yield* Fiber.join(heard))]
        assert.deepStrictEqual(
          changes.map(({ _tag }) => _tag),
          ["World", "Message", "World", "Delivery", "Request", "Request"]
        )
        const [message] = yield* line.messages(user)
        assert.deepStrictEqual(changes[1], { _tag: "Message", chatId: user.userId, message } as Emulator.Change)
        assert.deepStrictEqual(changes[3], { _tag: "Delivery", delivery } as Emulator.Change)
      })
    )

    test(
      "is a transport of LINE's hosts, and of no other",
      Effect.gen(function* () {
        const line = yield* Emulator.Emulator
        const group = yield* line.addGroup({ members: [yield* line.addUser()] })
        yield* line.join(group)
        const { sentMessages } = yield* Messaging.pushMessage({ to: group.groupId, messages })
        const [sent] = yield* line.messages(group)
        assert.strictEqual(sent?.id, sentMessages[0]?.id)
        const refused = yield* Effect.flip(Messaging.pushMessage({ to: "nobody", messages }))
        assert.deepInclude(refused, { _tag: "LineBadRequest", status: 400 })
        const left = yield* Effect.either(line.httpClient.get("https://example.com/"))
        assert.include(JSON.stringify(left), "ENOTFOUND")
      })
    )

    test(
      "takes the public keys of assertions",
      Effect.gen(function* () {
        const line = yield* Emulator.Emulator
        assert.include(yield* mistakeOf(line.registerAssertionKey({ kty: "EC" })), "LINE's console refuses this key")
        yield* line.settled
      })
    )
  })
}

describe("the client of an emulator", () => {
  const connect = (url: string) => EmulatorClient.make({ url }).pipe(Effect.provide(FetchHttpClient.layer))

  it.scopedLive("says what is in the place of an emulator", () =>
    Effect.gen(function* () {
      const { url } = yield* Effect.scoped(Emulator.serve())
      const refused = yield* Effect.flip(connect(`${url}/`))
      assert.deepInclude(refused, { _tag: "LineEmulatorUnreachable", url })
      const port = new URL(url).port
      assert.strictEqual(
        refused.message,
        `no emulator answers at ${url}: connect ECONNREFUSED 127.0.0.1:${port}. Start one there, or correct the URL`
      )
      const other = yield* Server.serve(() => Promise.resolve(new Response("a wiki", { status: 404 })))
      assert.strictEqual((yield* Effect.flip(connect(other))).reason, "it answers 404 a wiki")
      const page = yield* Server.serve(() => Promise.resolve(new Response("<html>")))
      assert.include((yield* Effect.flip(connect(page))).reason, "JSON")
      assert.include((yield* Effect.flip(connect("localhost"))).message, "no emulator answers at localhost")
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.scopedLive("takes no function for a webhook", () =>
    Effect.gen(function* () {
      const { url } = yield* Emulator.serve()
      const line = yield* connect(url)
      const mistake = yield* mistakeOf(line.setWebhook(() => Promise.resolve(new Response())))
      assert.include(mistake, `the emulator at ${url} is in another process: a function cannot be its webhook`)
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.scopedLive("dies, and says of what, when the emulator has gone; a call of the bot only fails", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { url } = yield* Scope.extend(Emulator.serve(), scope)
      const line = yield* connect(url)
      const user = yield* line.addUser()
      const isHeard = yield* Deferred.make<void>()
      const watching = yield* line.changes.pipe(
        Stream.tap(() => Deferred.succeed(isHeard, undefined)),
        Stream.runDrain,
        Effect.fork
      )
      const waiting = yield* Effect.fork(line.awaitMessages(user, 0))
      yield* Deferred.await(isHeard)
      yield* Scope.close(scope, Exit.void)
      assert.include(yield* mistakeOf(Fiber.join(watching)), `the emulator at ${url} failed`)
      assert.include(yield* mistakeOf(Fiber.join(waiting)), `the emulator at ${url} failed`)
      assert.include(yield* mistakeOf(line.addUser()), "ECONNREFUSED")
      const request = { host: "api", method: "GET", path: "/v2/bot/info", query: new URLSearchParams() } as const
      const lost = yield* Effect.flip(line.handle({ ...request, headers: {}, body: new Uint8Array() }))
      assert.strictEqual(lost.code, "ECONNREFUSED")
    }).pipe(Effect.provide(Emulator.layer()))
  )
})
