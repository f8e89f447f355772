import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Message from "line-effect/Message"
import * as Notifications from "line-effect/Notifications"
import { createHash } from "node:crypto"
import { inspect } from "node:util"
import { limits, times } from "./support/Refusals.js"
import * as Transport from "./support/Transport.js"
import { unknownMember } from "./support/Unknown.js"

// LINE's own example.
const phoneNumber = "+818000001234"
const to = "d41e0ad70dddfeb68f149ad6fc61574b9c5780ab7bcb2fba5517771ffbb2409c"
const deliveryTag = "15034552939884E28681A7D668CEA94C147C716C0EC9DFE8B80B44EF3B57F6BD0602366BC3menu01"

const messages = [Message.text("Hello, world1"), Message.text("Hello, world2")] as const

describe("the hash of a phone number", () => {
  it.effect("is that of LINE's example", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* Notifications.hashPhoneNumber(phoneNumber), to)
    })
  )

  it.effect("is not made of a number in another form, which the error does not repeat", () =>
    Effect.gen(function* () {
      for (const other of [
        "09098765432",
        "819098765432",
        "+81-90-9876-5432",
        "+81 9098765432",
        "+09098765432",
        "+8190987654321098",
        "+",
        "",
        "+819098765432\n",
        "+８１９０９８７６５４３２"
      ]) {
        const error = yield* Effect.flip(Notifications.hashPhoneNumber(other))
        assert.strictEqual(error._tag, "LineInvalidPhoneNumber")
        if (other.length > 1) assert.notInclude(inspect(error), other)
      }
    })
  )

  it("is the SHA-256 of any number", () =>
    fc.assert(
      fc.asyncProperty(fc.stringMatching(/^\+[1-9][0-9]{1,14}$/), async (number) => {
        const hash = await Effect.runPromise(Notifications.hashPhoneNumber(number))
        assert.strictEqual(hash, createHash("sha256").update(number).digest("hex"))
      }),
      { seed: 20260701, numRuns: 50 }
    ))
})

describe("a flexible notification message", () => {
  it.effect("is sent with its tag as a header, and with no retry key", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* Transport.run(
        Notifications.pushMessagesByPhone({ to, messages, notificationDisabled: true, deliveryTag }),
        [Transport.answer(200)]
      )
      assert.deepStrictEqual(result, Either.right(undefined))
      assert.lengthOf(sent, 1)
      const { body, headers, method, url } = sent[0] as Transport.Sent
      assert.strictEqual(`${method} ${url}`, "POST https://api.line.me/bot/pnp/push")
      assert.deepStrictEqual(JSON.parse(body ?? ""), { to, messages, notificationDisabled: true })
      assert.strictEqual(headers["x-line-delivery-tag"], deliveryTag)
      assert.notProperty(headers, "x-line-retry-key")
    })
  )

  it.effect("has no tag unless one is given", () =>
    Effect.gen(function* () {
      const { sent } = yield* Transport.run(Notifications.pushMessagesByPhone({ to, messages }), [
        Transport.answer(200)
      ])
      assert.notProperty(sent[0]?.headers, "x-line-delivery-tag")
      assert.strictEqual(sent[0]?.body, JSON.stringify({ to, messages }))
    })
  )

  it.effect("is not sent with a number or a tag that LINE would refuse", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* Transport.run(
        Notifications.pushMessagesByPhone({ to: phoneNumber, messages, deliveryTag: "short" }),
        [Transport.answer(200)]
      )
      const error = Either.getOrThrow(Either.flip(result))
      if (error._tag !== "LineInvalidRequest") return assert.fail(error._tag)
      assert.deepStrictEqual(
        error.issues.map(({ path }) => path),
        ["to", "deliveryTag"]
      )
      assert.lengthOf(sent, 0)
    })
  )

  limits("takes", Notifications.PnpMessagesRequest, [
    {
      limit: "the SHA-256 of a phone number",
      accepts: [
        { to, messages },
        { to: to.toUpperCase(), messages }
      ],
      refuses: [
        [{ to: phoneNumber, messages }, "to"],
        [{ to: to.slice(1), messages }, "to"],
        [{ to: `${to}0`, messages }, "to"],
        [{ messages }, "to"]
      ]
    },
    {
      limit: "one to five messages",
      accepts: [
        { to, messages: times(1, messages[0]) },
        { to, messages: times(5, messages[0]) }
      ],
      refuses: [
        [{ to, messages: [] }, "messages"],
        [{ to, messages: times(6, messages[0]) }, "messages"],
        [{ to }, "messages"]
      ]
    },
    {
      limit: "neither images nor videos nor audios",
      accepts: [
        { to, messages: [Message.sticker({ packageId: "446", stickerId: "1988" })] },
        { to, messages: [{ type: "location", title: "a", address: "b", latitude: 1, longitude: 2 }] }
      ],
      refuses: (["image", "video", "audio"] as const).map((type) => [
        {
          to,
          messages: [
            messages[0],
            {
              type,
              originalContentUrl: "https://example.com/a",
              previewImageUrl: "https://example.com/b",
              duration: 1000
            }
          ]
        },
        "messages[1].type"
      ])
    },
    {
      limit: "a delivery tag of 16 to 100 characters that a header can hold",
      accepts: ["x".repeat(16), "x".repeat(100), `a${" ".repeat(14)}b`].map((deliveryTag) => ({
        to,
        messages,
        deliveryTag
      })),
      refuses: ["", "x".repeat(15), "x".repeat(101), `${"x".repeat(15)} `, "あ".repeat(16), `${"x".repeat(16)}\n`].map(
        (deliveryTag) => [{ to, messages, deliveryTag }, "deliveryTag"]
      )
    }
  ])
})

describe("a notification message from a template", () => {
  const templated: Notifications.TemplatedPnpMessageRequest = {
    to: "c9fb9ae95bff879cbcdfc9edf6716640bc40841f3b7352140daa1431af4c319e",
    templateKey: "shipment_completed_ja",
    body: {
      emphasizedItem: { itemKey: "date_002_ja", content: "Saturday, August 10, 2024" },
      items: [
        { itemKey: "time_range_001_ja", content: "A.M." },
        { itemKey: "number_001_ja", content: "1234567" },
        { itemKey: "price_001_ja", content: "120 USD" },
        { itemKey: "name_010_ja", content: "Frozen Soup Set" }
      ],
      buttons: [
        { buttonKey: "check_delivery_status_ja", url: "https://example.com/CheckDeliveryStatus/" },
        { buttonKey: "contact_ja", url: "https://example.com/ContactUs/" }
      ]
    }
  }

  it.effect("is sent as LINE's example", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* Transport.run(
        Notifications.pushTemplatedMessagesByPhone({ ...templated, deliveryTag }),
        [Transport.answer(202)]
      )
      assert.deepStrictEqual(result, Either.right(undefined))
      const { body, headers, method, url } = sent[0] as Transport.Sent
      assert.strictEqual(`${method} ${url}`, "POST https://api.line.me/v2/bot/message/pnp/templated/push")
      assert.deepStrictEqual(JSON.parse(body ?? ""), templated)
      assert.strictEqual(headers["x-line-delivery-tag"], deliveryTag)
      assert.notProperty(headers, "x-line-retry-key")
    })
  )

  const item = (itemKey: string, content = "x") => ({ itemKey, content })
  const items = Array.from({ length: 16 }, (_, index) => item(`item_${index}`))
  const button = (url: string) => ({ buttonKey: "contact_ja", url })
  const withBody = (body: object) => ({ ...templated, body })

  limits("takes", Notifications.TemplatedPnpMessageRequest, [
    {
      limit: "a template, filled or not",
      accepts: [templated, { ...templated, body: undefined }, withBody({}), withBody({ items: [], buttons: [] })],
      refuses: [
        [{ ...templated, templateKey: "" }, "templateKey"],
        [{}, "to", "templateKey"]
      ]
    },
    {
      limit: "up to 15 items of up to 300 code units",
      accepts: [
        withBody({ items: items.slice(1) }),
        withBody({ emphasizedItem: item("e"), items: items.slice(1) }),
        withBody({ items: [item("a", "x".repeat(300))] })
      ],
      refuses: [
        [withBody({ items }), "body.items"],
        [withBody({ items: [item("a", "x".repeat(301))] }), "body.items[0].content"],
        [withBody({ items: [{ itemKey: "a" }] }), "body.items[0].content"],
        [withBody({ emphasizedItem: item("", "x") }), "body.emphasizedItem.itemKey"]
      ]
    },
    {
      limit: "no key of an item twice",
      accepts: [withBody({ emphasizedItem: item("a"), items: [item("b")] })],
      refuses: [
        [withBody({ items: [item("a"), item("b"), item("a")] }), "body.items[2].itemKey"],
        [withBody({ emphasizedItem: item("a"), items: [item("a")] }), "body.emphasizedItem.itemKey"]
      ]
    },
    {
      limit: "up to 2 buttons with URLs of up to 1,000 code units",
      accepts: [withBody({ buttons: times(2, button("https://example.com/".padEnd(1000, "a"))) })],
      refuses: [
        [withBody({ buttons: times(3, button("https://example.com")) }), "body.buttons"],
        [withBody({ buttons: [button("https://example.com/".padEnd(1001, "a"))] }), "body.buttons[0].url"]
      ]
    }
  ])

  for (const [message, property] of [
    ["Invalid templateKey: reserve_004", "templateKey"],
    ["The request body has 1 invalid key(s).", "body.items[0].itemKey"]
  ] as const) {
    it.effect(`is refused as "${message}"`, () =>
      Effect.gen(function* () {
        const { result } = yield* Transport.run(Notifications.pushTemplatedMessagesByPhone(templated), [
          Transport.answer(400, { message, details: [{ message: "unknown", property }] })
        ])
        assert.deepInclude(Either.getOrThrow(Either.flip(result)), {
          _tag: "LineBadRequest",
          lineMessage: message,
          details: [{ message: "unknown", property }]
        })
      })
    )
  }
})

for (const [kind, push] of [
  ["flexible", Notifications.pushMessagesByPhone({ to, messages })],
  ["templated", Notifications.pushTemplatedMessagesByPhone({ to, templateKey: "shipment_completed_ja" })]
] as const) {
  describe(`a ${kind} notification`, () => {
    it.effect("is rejected with 422 where LINE finds nobody to send it to", () =>
      Effect.gen(function* () {
        const { result, sent } = yield* Transport.run<void, Effect.Effect.Error<typeof push>>(push, [
          Transport.answer(422, { message: "Failed to send messages" }),
          Transport.answer(200)
        ])
        assert.deepInclude(Either.getOrThrow(Either.flip(result)), {
          _tag: "LineRejected",
          status: 422,
          lineMessage: "Failed to send messages",
          ambiguous: false
        })
        assert.lengthOf(sent, 1)
      })
    )

    it.effect("is forbidden where LINE has not admitted the account", () =>
      Effect.gen(function* () {
        const { result } = yield* Transport.run<void, Effect.Effect.Error<typeof push>>(push, [
          Transport.answer(403, { message: "Access to this API is not available for your account" })
        ])
        assert.strictEqual(Either.getOrThrow(Either.flip(result))._tag, "LineForbidden")
      })
    )

    it.effect("is not sent again where LINE may have sent it", () =>
      Effect.gen(function* () {
        for (const step of [Transport.reset, Transport.answer(500)]) {
          const { result, sent } = yield* Transport.run<void, Effect.Effect.Error<typeof push>>(push, [
            step,
            Transport.answer(200)
          ])
          assert.lengthOf(sent, 1)
          assert.deepInclude(Either.getOrThrow(Either.flip(result)), { ambiguous: true })
        }
      })
    )
  })
}

for (const [operation, path] of [
  [Notifications.getPNPMessageStatistics, "/v2/bot/message/delivery/pnp"],
  [Notifications.getTemplatedPNPMessageStatistics, "/v2/bot/message/delivery/pnp/templated"]
] as const) {
  describe(`${operation.operationId}`, () => {
    it.effect("tells the number of a day, or why there is none", () =>
      Effect.gen(function* () {
        for (const answer of [{ status: "ready", success: 3 }, { status: "unready" }, { status: "out_of_service" }]) {
          const { result, sent } = yield* Transport.run(operation({ date: "20240916" }), [
            Transport.answer(200, answer)
          ])
          assert.deepStrictEqual<unknown>(result, Either.right(answer))
          assert.strictEqual(sent[0]?.url, `https://api.line.me${path}?date=20240916`)
        }
        const { result } = yield* Transport.run(operation({ date: "20240916" }), [
          Transport.answer(200, { status: "late" })
        ])
        assert.deepStrictEqual(Either.getOrThrow(result).status, unknownMember("late"))
      })
    )

    it.effect("is of a day that exists", () =>
      Effect.gen(function* () {
        for (const date of ["2024-09-16", "20240230", ""]) {
          const { result, sent } = yield* Transport.run(operation({ date }), [Transport.answer(200)])
          assert.strictEqual(Either.getOrThrow(Either.flip(result))._tag, "LineInvalidRequest")
          assert.lengthOf(sent, 0)
        }
      })
    )
  })
}
