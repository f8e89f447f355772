import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Bot from "line-effect/Bot"
import * as Chats from "line-effect/Chats"
import * as Content from "line-effect/Content"
import * as Emulator from "line-effect/Emulator"
import * as LineClient from "line-effect/LineClient"
import * as LineError from "line-effect/LineError"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as Retry from "line-effect/Retry"
import * as Users from "line-effect/Users"
import * as Webhook from "line-effect/Webhook"
import type * as WebhookEvent from "line-effect/WebhookEvent"
import * as Transport from "./support/Transport.js"

/** A client and the LINE it speaks to, in process. */
const client = (options: Partial<LineClient.Options> = {}) =>
  Layer.unwrapEffect(
    Effect.map(Emulator.Emulator, ({ channel }) =>
      LineClient.layer({ channelAccessToken: channel.channelAccessToken, ...options })
    )
  ).pipe(Layer.provide(Emulator.layerHttpClient))

const provide =
  (options: Emulator.Options = {}) =>
  <A, E>(effect: Effect.Effect<A, E, LineClient.LineClient | Emulator.Emulator>) =>
    effect.pipe(Effect.provide(client()), Effect.provide(Emulator.layer(options)))

const messages = [Message.text("hello")] as const

const keyed = (user: Emulator.User) => ({
  pushMessage: Messaging.pushMessage({ to: user.userId, messages }),
  multicast: Messaging.multicast({ to: [user.userId], messages }),
  narrowcast: Messaging.narrowcast({ messages }),
  broadcast: Messaging.broadcast({ messages })
})

describe("the client against the emulator", () => {
  for (const operation of ["pushMessage", "multicast", "narrowcast", "broadcast"] as const) {
    for (const [kind, faults] of [
      ["an error after accepting", [Emulator.Fault.serverError({ accept: "after" })]],
      ["a connection lost after accepting", [Emulator.Fault.drop({ accept: "after" })]],
      ["an answer that comes too late", [Emulator.Fault.delay("1 minute", { accept: "after" })]],
      ["an error before accepting", [Emulator.Fault.serverError({ status: 503 })]],
      ["a connection lost before accepting", [Emulator.Fault.drop()]],
      ["a refused connection", [Emulator.Fault.refuse]],
      ["a rate limit", [Emulator.Fault.rateLimited]],
      [
        "one failure after another",
        [
          Emulator.Fault.refuse,
          Emulator.Fault.rateLimited,
          Emulator.Fault.drop(),
          Emulator.Fault.serverError({ accept: "after" })
        ]
      ]
    ] as const) {
      it.effect(`${operation} arrives once through ${kind}`, () =>
        Effect.gen(function* () {
          const emulator = yield* Emulator.Emulator
          const user = yield* emulator.addUser()
          yield* Effect.forEach(faults, (fault) => emulator.fault(fault, { operation }))
          const receipt = yield* Transport.drive(keyed(user)[operation])
          assert.strictEqual(receipt.attempts, faults.length + 1)
          const accepted = faults.some((fault) => "accept" in fault && fault.accept === "after")
          assert.strictEqual(receipt.status, accepted ? "alreadyAccepted" : "accepted")
          yield* TestClock.adjust("1 minute")
          assert.strictEqual((yield* emulator.messages(user)).length, 1)
          const requests = yield* emulator.requests
          assert.strictEqual(new Set(requests.map(({ retryKey }) => retryKey)).size, 1)
          if (operation === "pushMessage") assert.strictEqual(receipt.sentMessages.length, 1)
        }).pipe(provide())
      )
    }
  }

  it.effect("tells a key of an earlier call from its own retry", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const user = yield* emulator.addUser()
      const push = Messaging.pushMessage({ to: user.userId, messages, retryKey: Retry.deriveKey("order-42") })
      const receipt = yield* push
      const error = yield* Effect.flip(push)
      assert.strictEqual(error._tag, "LineDuplicateRequest")
      if (error._tag === "LineDuplicateRequest") {
        assert.strictEqual(error.acceptedRequestId, receipt.requestId)
        assert.deepStrictEqual(error.sentMessages, receipt.sentMessages)
      }
      assert.strictEqual((yield* emulator.messages(user)).length, 1)
    }).pipe(provide())
  )

  it.effect("never repeats a reply that may have been sent", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const user = yield* emulator.addUser()
      const reply = Effect.flatMap(emulator.say(user, "hi"), ({ events: [event] }) =>
        Messaging.replyMessage({ replyToken: event?.replyToken ?? "", messages })
      )
      yield* emulator.fault(Emulator.Fault.drop({ accept: "after" }))
      const lost = yield* Transport.drive(Effect.flip(reply))
      assert.isTrue(LineError.isAmbiguous(lost))
      yield* emulator.fault(Emulator.Fault.rateLimited)
      const { sentMessages } = yield* Transport.drive(reply)
      assert.strictEqual(sentMessages.length, 1)
      const statuses = (yield* emulator.requests).map(({ status }) => status)
      assert.deepStrictEqual(statuses, [undefined, 429, 200])
    }).pipe(provide())
  )

  it.effect("names a used reply token, an unknown user, an exceeded quota", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const user = yield* emulator.addUser()
      const used = yield* Effect.flip(Messaging.replyMessage({ replyToken: "used", messages }))
      assert.deepInclude(used, { _tag: "LineBadRequest", lineMessage: "Invalid reply token" })
      const unknown = yield* Effect.flip(Users.getProfile({ userId: `U${"0".repeat(32)}` }))
      assert.strictEqual(unknown._tag, "LineNotFound")
      yield* Messaging.pushMessage({ to: user.userId, messages })
      const over = yield* Effect.flip(Messaging.pushMessage({ to: user.userId, messages }))
      assert.deepInclude(over, { _tag: "LineQuotaExceeded", attempts: 1 })
    }).pipe(provide({ quota: { type: "limited", value: 1 } }))
  )

  it.effect("sends every kind of message", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const user = yield* emulator.addUser()
      const url = "https://example.com/a.jpg"
      const sent: ReadonlyArray<Message.Message> = [
        Message.text("hi"),
        Message.textV2("hi {who}", {
          substitution: { who: Message.emoji({ productId: "5ac1bfd5040ab15980c9b435", emojiId: "001" }) }
        }),
        Message.sticker({ packageId: "446", stickerId: "1988" }),
        Message.image({ originalContentUrl: url, previewImageUrl: url }),
        Message.video({ originalContentUrl: url, previewImageUrl: url }),
        Message.audio({ originalContentUrl: url, duration: 1000 }),
        Message.location({ title: "here", address: "Tokyo", latitude: 35.6, longitude: 139.7 })
      ]
      for (const message of sent) yield* Messaging.pushMessage({ to: user.userId, messages: [message] })
      const received = (yield* emulator.messages(user)).map(({ message }) => message)
      assert.deepStrictEqual(received as ReadonlyArray<unknown>, sent as ReadonlyArray<unknown>)
    }).pipe(provide())
  )

  it.effect("calls every other operation", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const mika = yield* emulator.addUser({ displayName: "Mika", language: "ja" })
      const rin = yield* emulator.addUser({ displayName: "Rin" })
      const group = yield* emulator.addGroup({ name: "Friends", members: [mika, rin] })
      const room = yield* emulator.addRoom({ members: [mika, rin] })
      yield* emulator.join(group)
      yield* emulator.join(room)
      const { groupId } = group
      const { roomId } = room
      const { userId } = mika

      assert.deepInclude(yield* Users.getProfile({ userId }), { displayName: "Mika", language: "ja" })
      const followers = yield* Users.getFollowers({ limit: 1 })
      assert.strictEqual(followers.userIds.length, 1)
      const rest = yield* Users.getFollowers({ limit: 1, start: followers.next })
      assert.sameMembers([...followers.userIds, ...rest.userIds], [userId, rin.userId])
      assert.isNotEmpty((yield* Users.issueLinkToken({ userId })).linkToken)
      assert.strictEqual((yield* Bot.getBotInfo()).userId, emulator.channel.userId)

      assert.strictEqual((yield* Chats.getGroupSummary({ groupId })).groupName, "Friends")
      assert.deepStrictEqual(yield* Chats.getGroupMemberCount({ groupId }), { count: 2 })
      assert.sameMembers([...(yield* Chats.getGroupMembersIds({ groupId })).memberIds], [userId, rin.userId])
      assert.strictEqual((yield* Chats.getGroupMemberProfile({ groupId, userId })).displayName, "Mika")
      assert.deepStrictEqual(yield* Chats.getRoomMemberCount({ roomId }), { count: 2 })
      assert.sameMembers([...(yield* Chats.getRoomMembersIds({ roomId })).memberIds], [userId, rin.userId])
      assert.strictEqual((yield* Chats.getRoomMemberProfile({ roomId, userId })).displayName, "Mika")

      yield* Chats.showLoadingAnimation({ chatId: userId, loadingSeconds: 5 })
      const said = yield* emulator.say(mika, "hi")
      const markAsReadToken = String(said.events[0]?.message?.["markAsReadToken"])
      yield* Chats.markMessagesAsReadByToken({ markAsReadToken })
      yield* Chats.markMessagesAsRead({ chat: { userId } })

      yield* Effect.all([
        Messaging.validateReply({ messages }),
        Messaging.validatePush({ messages }),
        Messaging.validateMulticast({ messages }),
        Messaging.validateNarrowcast({ messages }),
        Messaging.validateBroadcast({ messages })
      ])
      yield* Messaging.pushMessage({ to: groupId, messages, customAggregationUnits: ["spring"] })
      assert.deepStrictEqual(yield* Messaging.getAggregationUnitUsage(), { numOfCustomAggregationUnits: 1 })
      assert.deepStrictEqual((yield* Messaging.getAggregationUnitNameList({ limit: 10 })).customAggregationUnits, [
        "spring"
      ])
      assert.deepStrictEqual(yield* Messaging.getMessageQuota(), { type: "none" })
      assert.deepStrictEqual(yield* Messaging.getMessageQuotaConsumption(), { totalUsage: 2 })
      const { requestId } = yield* Messaging.narrowcast({ messages })
      assert.strictEqual((yield* Messaging.getNarrowcastProgress({ requestId })).phase, "waiting")
      yield* TestClock.adjust("1 day")
      assert.deepInclude(yield* Messaging.getNarrowcastProgress({ requestId }), { phase: "succeeded", targetCount: 2 })
      const counts = yield* Effect.all([
        Messaging.getNumberOfSentReplyMessages({ date: "19700101" }),
        Messaging.getNumberOfSentPushMessages({ date: "19700101" }),
        Messaging.getNumberOfSentMulticastMessages({ date: "19700101" }),
        Messaging.getNumberOfSentBroadcastMessages({ date: "19700101" })
      ])
      assert.isTrue(counts.every(({ status }) => typeof status === "string"))

      yield* Chats.leaveGroup({ groupId })
      assert.strictEqual((yield* Effect.flip(Chats.getGroupSummary({ groupId })))._tag, "LineNotFound")
      yield* Chats.leaveRoom({ roomId })
    }).pipe(provide())
  )

  it.effect("downloads what users send, once LINE has prepared it", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const user = yield* emulator.addUser()
      const content = new TextEncoder().encode("a long film")
      const said = yield* emulator.say(user, { type: "video", content, readyAfter: "1 minute" })
      const messageId = said.events[0]?.message?.id ?? ""
      const early = yield* Effect.flip(Content.getMessageContent({ messageId }))
      assert.strictEqual(early._tag, "LineContentNotReady")
      assert.deepStrictEqual(yield* Content.getMessageContentTranscodingByMessageId({ messageId }), {
        status: "processing"
      })
      yield* TestClock.adjust("1 minute")
      const video = yield* Content.getMessageContent({ messageId })
      assert.strictEqual(video.contentType, "video/mp4")
      assert.strictEqual(yield* video.stream.pipe(Stream.decodeText(), Stream.mkString), "a long film")
      const preview = yield* Content.getMessageContentPreview({ messageId })
      assert.isAbove(Chunk.size(yield* Stream.runCollect(preview.stream)), 0)
      yield* emulator.unsend(messageId)
      assert.strictEqual((yield* Effect.flip(Content.getMessageContent({ messageId })))._tag, "LineGone")
    }).pipe(provide())
  )

  it.effect("leaves no request behind when it is interrupted", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const user = yield* emulator.addUser()
      yield* emulator.fault(Emulator.Fault.delay(Infinity))
      const fiber = yield* Effect.fork(Messaging.pushMessage({ to: user.userId, messages }))
      while ((yield* emulator.requests).length === 0) yield* Effect.yieldNow()
      yield* Fiber.interrupt(fiber)
      assert.isTrue((yield* emulator.requests)[0]?.aborted)
    }).pipe(provide())
  )

  it.live("is part of a bot that gets signed webhooks and replies", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const user = yield* emulator.addUser({ displayName: "Mika" })
      const seen: Array<WebhookEvent.WebhookEvent> = []
      const web = Webhook.toWebHandler(
        {
          channelSecret: emulator.channel.channelSecret,
          handlers: Webhook.handlers({
            message: (event) =>
              Effect.zipRight(
                Effect.sync(() => seen.push(event)),
                Messaging.replyMessage({ replyToken: event.replyToken ?? "", messages: [Message.text("pong")] })
              ),
            follow: (event) => Effect.sync(() => seen.push(event)),
            postback: (event) => Effect.sync(() => seen.push(event)),
            join: (event) => Effect.sync(() => seen.push(event))
          })
        },
        client().pipe(Layer.provide(Layer.succeed(Emulator.Emulator, emulator)))
      )
      yield* emulator.setWebhook(web.handler)
      const group = yield* emulator.addGroup({ members: [user] })
      const deliveries = yield* Effect.all([
        emulator.say(user, "ping"),
        emulator.follow(user),
        emulator.postback(user, "action=buy"),
        emulator.join(group)
      ])
      yield* Effect.promise(() => web.dispose())
      assert.isTrue(deliveries.every(({ outcome }) => outcome._tag === "Answered" && outcome.status === 200))
      assert.sameMembers(
        seen.map(({ type }) => type),
        ["message", "follow", "postback", "join"]
      )
      assert.deepStrictEqual(
        (yield* emulator.messages(user)).map(({ message }) => message["text"]),
        ["ping", "pong"]
      )
    }).pipe(provide())
  )
})

describe("the client over a real connection", () => {
  const transports: Readonly<Record<string, Layer.Layer<HttpClient.HttpClient>>> = {
    "NodeHttpClient.layerUndici": NodeHttpClient.layerUndici,
    "NodeHttpClient.layer": NodeHttpClient.layer,
    "FetchHttpClient.layer": FetchHttpClient.layer
  }
  for (const [name, transport] of Object.entries(transports)) {
    it.scopedLive(`arrives once through lost answers, and is not refused for a missing length (${name})`, () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const { url } = yield* Emulator.serve()
        const user = yield* emulator.addUser()
        const group = yield* emulator.addGroup({ members: [user] })
        yield* emulator.join(group)
        yield* emulator.fault(Emulator.Fault.serverError({ accept: "after" }))
        yield* emulator.fault(Emulator.Fault.drop())
        const layer = LineClient.layer({
          channelAccessToken: emulator.channel.channelAccessToken,
          baseUrls: { api: url, data: url },
          retry: Schedule.recurs(2)
        }).pipe(Layer.provide(transport))
        yield* Effect.gen(function* () {
          const receipt = yield* Messaging.pushMessage({ to: user.userId, messages })
          assert.deepInclude(receipt, { status: "alreadyAccepted", attempts: 3 })
          assert.strictEqual((yield* emulator.messages(user)).length, 1)
          yield* Users.issueLinkToken({ userId: user.userId })
          yield* Chats.leaveGroup({ groupId: group.groupId })
        }).pipe(Effect.provide(layer))
      }).pipe(Effect.provide(Emulator.layer()))
    )

    it.scopedLive(`knows a refused connection from a lost one (${name})`, () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const { url } = yield* Effect.scoped(Emulator.serve())
        const options = { channelAccessToken: emulator.channel.channelAccessToken, retry: Retry.none }
        const read = Effect.flip(Messaging.getMessageQuota())
        const refused = yield* Effect.provide(
          read,
          LineClient.layer({ ...options, baseUrls: { api: url } }).pipe(Layer.provide(transport))
        )
        assert.deepInclude(refused, { _tag: "LineNetworkError", delivered: "no", reason: "ECONNREFUSED" })
        const served = yield* Emulator.serve()
        yield* emulator.fault(Emulator.Fault.drop())
        const lost = yield* Effect.provide(
          read,
          LineClient.layer({ ...options, baseUrls: { api: served.url } }).pipe(Layer.provide(transport))
        )
        assert.deepInclude(lost, { _tag: "LineNetworkError", delivered: "unknown" })
      }).pipe(Effect.provide(Emulator.layer()))
    )
  }
})
