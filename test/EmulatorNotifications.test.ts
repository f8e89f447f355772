import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as TestClock from "effect/TestClock"
import * as Emulator from "line-effect/Emulator"
import * as Insights from "line-effect/Insights"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as Notifications from "line-effect/Notifications"
import * as Acts from "../src/emulator/Notifications.js"
import * as Emulated from "./support/Emulated.js"
import * as World from "./support/World.js"

const phoneNumber = "+818000001234"
// LINE's own example.
const to = "d41e0ad70dddfeb68f149ad6fc61574b9c5780ab7bcb2fba5517771ffbb2409c"
const messages = [Message.text("Your parcel is on its way.")]
const deliveryTag = "parcel-1234567890"

const template = {
  to,
  templateKey: "shipment_completed_ja",
  body: {
    emphasizedItem: { itemKey: "date_002_ja", content: "August 10" },
    items: [{ itemKey: "number_001_ja", content: "1234567" }],
    buttons: [{ buttonKey: "contact_ja", url: "https://example.com/ContactUs/" }]
  }
}

const conversation = ({ world }: World.Line, userId: string) =>
  (world.conversations.get(userId) ?? []).map(({ message, via }) => [via, message["text"] ?? message["templateKey"]])

const statuses = <A, E extends object>(effect: Effect.Effect<A, E>) =>
  Effect.match(effect, {
    onFailure: (error) => ("status" in error ? error.status : undefined),
    onSuccess: () => "sent"
  })

describe("the notification messages of the emulator", () => {
  it.effect("reach a user by phone, friend or not, and an event tells", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.Emulator
      const user = yield* line.addUser({ friend: false, phoneNumber })
      yield* Notifications.pushMessagesByPhone({ to, messages })
      yield* Notifications.pushTemplatedMessagesByPhone({ ...template, deliveryTag })
      yield* line.settled
      const [first, second] = yield* line.messages(user)
      assert.deepStrictEqual([first?.via, first?.message], ["pnp", { ...messages[0] }])
      assert.deepInclude(second, {
        via: "pnp",
        message: { type: "pnpTemplate", templateKey: template.templateKey, body: template.body }
      })
      const events = (yield* line.deliveries).flatMap(({ events }) => events)
      assert.deepStrictEqual(
        events.map(({ delivery, source, type }) => [type, delivery, source]),
        [
          ["delivery", { data: to }, undefined],
          ["delivery", { data: deliveryTag }, undefined]
        ]
      )
    }).pipe(Emulated.provide())
  )

  it.effect("are counted apart by day, and not against the quota", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2027, 0, 10))
      const line = yield* Emulator.Emulator
      yield* line.addUser({ phoneNumber })
      yield* Notifications.pushMessagesByPhone({ to, messages })
      yield* Notifications.pushMessagesByPhone({ to, messages })
      yield* Notifications.pushTemplatedMessagesByPhone(template)
      assert.strictEqual((yield* Messaging.getMessageQuotaConsumption()).totalUsage, 0)
      const date = "20270110"
      assert.deepStrictEqual(yield* Notifications.getPNPMessageStatistics({ date }), { status: "unready" })
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(yield* Notifications.getPNPMessageStatistics({ date }), { status: "ready", success: 2 })
      const templated = yield* Notifications.getTemplatedPNPMessageStatistics({ date })
      assert.deepStrictEqual(templated, { status: "ready", success: 1 })
      assert.strictEqual((yield* Insights.getNumberOfMessageDeliveries({ date })).pnpNoticeMessage, 3)
    }).pipe(Emulated.provide({ quota: { type: "limited", value: 1 } }))
  )

  it.scoped("do not reach those who are unknown, abroad, or have refused; of a block nothing tells", () =>
    Effect.gen(function* () {
      const line = yield* World.make()
      const push = (phone: string) =>
        Effect.flatMap(Notifications.hashPhoneNumber(phone), (to) =>
          statuses(World.provide(line)(Notifications.pushMessagesByPhone({ to, messages })))
        )
      assert.strictEqual(yield* push(phoneNumber), 422)
      const userId = yield* line.addUser({ phoneNumber })
      yield* line.addUser({ phoneNumber: "+12025550123" })
      assert.strictEqual(yield* push("+12025550123"), 422)
      Acts.decide(line.world, userId, "refused", 0)
      assert.strictEqual(yield* push(phoneNumber), 422)
      Acts.decide(line.world, userId, "agreed", 0)
      yield* line.act({ type: "unfollow", userId })
      assert.strictEqual(yield* push(phoneNumber), "sent")
      assert.deepStrictEqual([conversation(line, userId), yield* line.events], [[], []])
      assert.isTrue(Either.isLeft(Acts.register(line.world, userId, "080-0000-1234")))
      assert.isTrue(Either.isLeft(Acts.register(line.world, userId, phoneNumber)))
    })
  )

  it.scoped("wait a day for those who have not decided", () =>
    Effect.gen(function* () {
      const line = yield* World.make()
      const userId = yield* line.addUser({ phoneNumber })
      Acts.decide(line.world, userId, "unset", 0)
      const push = (text: string) =>
        World.provide(line)(Notifications.pushMessagesByPhone({ to, messages: [Message.text(text)] }))
      yield* push("too early")
      yield* TestClock.adjust("1 day")
      yield* push("in time")
      assert.deepStrictEqual(conversation(line, userId), [])
      const events = Acts.decide(line.world, userId, "agreed", 24 * 3_600_000)
      assert.deepStrictEqual(events, Either.right([{ type: "delivery", delivery: { data: to } }]))
      assert.deepStrictEqual(conversation(line, userId), [["pnp", "in time"]])
      Acts.decide(line.world, userId, "unset", 0)
      yield* push("in vain")
      assert.deepStrictEqual(Acts.decide(line.world, userId, "refused", 0), Either.right([]))
      assert.deepStrictEqual(Acts.decide(line.world, userId, "agreed", 0), Either.right([]))
    })
  )

  it.scoped("are refused in LINE's words", () =>
    Effect.gen(function* () {
      const line = yield* World.make()
      yield* line.addUser({ phoneNumber })
      const one = (message: string, property: string) => ({
        message: "The request body has 1 error(s)",
        details: [{ message, property }]
      })
      const digest = one("The value must be a valid SHA-256 digest.", "to")
      const path = "/v2/bot/message/pnp/templated/push"
      for (const [body, expected] of [
        [{ ...template, to: "+818000001234" }, digest],
        [{ ...template, to: undefined }, digest],
        [
          { ...template, templateKey: "reserve_004" },
          {
            message: "Invalid templateKey: reserve_004",
            details: [
              {
                message: "The specified template doesn't exist, or you don't have the permission",
                property: "templateKey"
              }
            ]
          }
        ],
        [
          { ...template, body: { items: [{ itemKey: "datetime_000", content: "" }] } },
          {
            message: "The request body has 1 invalid key(s).",
            details: [
              { message: "The specified item key does not exist: datetime_000", property: "body.items[0].itemKey" }
            ]
          }
        ],
        [
          { ...template, body: { ...template.body, items: [template.body.emphasizedItem] } },
          one(
            "Duplicate itemKey in items or between emphasizedItem and items are not allowed: date_002_ja",
            "body.emphasizedItem.itemKey"
          )
        ],
        [
          {
            ...template,
            body: { items: Array.from({ length: 16 }, (_, index) => ({ itemKey: `a_${index}_ja`, content: "" })) }
          },
          undefined
        ]
      ] as const) {
        const refused = yield* line.call("POST", path, { body })
        assert.strictEqual(refused.status, 400)
        if (expected !== undefined) assert.deepStrictEqual(refused.body, expected)
      }
      const push = (body: unknown, headers = {}) => line.call("POST", "/bot/pnp/push", { body, headers })
      const image = { type: "image", originalContentUrl: "https://a.example/", previewImageUrl: "https://a.example/" }
      for (const refused of [
        yield* push({ to: "U1", messages }),
        yield* push({ to, messages: [image] }),
        yield* push({ to, messages: Array(6).fill(messages[0]) }),
        yield* push({ to, messages }, { "x-line-delivery-tag": "short" }),
        yield* push({ to, messages }, { "x-line-retry-key": "123e4567-e89b-12d3-a456-426614174000" })
      ]) {
        assert.strictEqual(refused.status, 400)
      }
      assert.deepStrictEqual(yield* push({ to, messages }), { status: 200, body: {} })
      assert.deepStrictEqual(yield* line.call("POST", path, { body: template }), { status: 202, body: {} })
      const unknown = yield* push({ to: "0".repeat(64), messages })
      assert.deepStrictEqual(unknown, { status: 422, body: { message: "Failed to send messages" } })
    })
  )
})
