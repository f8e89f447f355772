import { assert, describe, it } from "@effect/vitest"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Coupons from "line-effect/Coupons"
import * as Emulator from "line-effect/Emulator"
import * as Check from "line-effect/internal/Check"
import * as LineClient from "line-effect/LineClient"
import type * as LineError from "line-effect/LineError"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as Operation from "line-effect/Operation"
import * as Arbitraries from "./support/Arbitraries.js"
import { astral, limits, refusals, urlOf } from "./support/Refusals.js"
import * as Transport from "./support/Transport.js"
import { unknownMember } from "./support/Unknown.js"

const discount = { type: "discount", priceInfo: { type: "fixed", fixedAmount: 100 } } as const

const coupon: Coupons.CouponCreateRequest = {
  title: "Friends-only coupon",
  description: "- To redeem your coupon, present this screen at checkout.\n- Redeemable once only.",
  reward: discount,
  acquisitionCondition: { type: "normal" },
  startTimestamp: 0,
  endTimestamp: 1924959599,
  imageUrl: "https://developers.line.biz/media/messaging-api/coupon/sample-coupon-image-100-yen-off.jpg",
  timezone: "ASIA_TOKYO",
  visibility: "UNLISTED",
  maxUseCountPerTicket: 1
}

const without = (name: keyof Coupons.CouponCreateRequest) => ({ ...coupon, [name]: undefined })

limits("a coupon to make", Coupons.CouponCreateRequest, [
  {
    limit: "has a title of at most 60 UTF-16 code units",
    accepts: [coupon, { ...coupon, title: "t".repeat(60) }, { ...coupon, title: astral.repeat(30) }],
    refuses: [
      [{ ...coupon, title: "" }, "title"],
      [{ ...coupon, title: "t".repeat(61) }, "title"],
      [{ ...coupon, title: astral.repeat(31) }, "title"]
    ]
  },
  {
    limit: "may have texts, which may be empty, and images",
    accepts: [
      { ...coupon, description: "", usageCondition: "", couponCode: "", barcodeImageUrl: urlOf(2000) },
      {
        ...coupon,
        description: "d".repeat(1000),
        usageCondition: "u".repeat(100),
        couponCode: "COUPONCODE123456",
        imageUrl: undefined
      }
    ],
    refuses: [
      [{ ...coupon, description: "d".repeat(1001) }, "description"],
      [{ ...coupon, usageCondition: "u".repeat(101) }, "usageCondition"],
      [{ ...coupon, couponCode: "COUPONCODE1234567" }, "couponCode"],
      [{ ...coupon, imageUrl: "http://example.com/a.png", barcodeImageUrl: urlOf(2001) }, "imageUrl", "barcodeImageUrl"]
    ]
  },
  {
    limit: "needs all else",
    accepts: [],
    refuses: (
      [
        "title",
        "acquisitionCondition",
        "maxUseCountPerTicket",
        "startTimestamp",
        "endTimestamp",
        "timezone",
        "reward",
        "visibility"
      ] as const
    ).map((name) => [without(name), name] as const)
  },
  {
    limit: "ends no earlier than it begins, in whole seconds",
    accepts: [{ ...coupon, startTimestamp: coupon.endTimestamp }],
    refuses: [
      [{ ...coupon, startTimestamp: coupon.endTimestamp + 1 }, "endTimestamp"],
      [{ ...coupon, startTimestamp: 0.5 }, "startTimestamp"],
      [{ ...coupon, startTimestamp: -1 }, "startTimestamp"]
    ]
  },
  {
    limit: "is used once or without limit, and shown or not",
    accepts: [
      { ...coupon, maxUseCountPerTicket: -1, visibility: "PUBLIC" },
      { ...coupon, timezone: "ETC_GMT_MINUS_12" },
      { ...coupon, timezone: "PACIFIC_TONGATAPU" }
    ],
    refuses: [
      [{ ...coupon, maxUseCountPerTicket: 2 }, "maxUseCountPerTicket"],
      [{ ...coupon, maxUseCountPerTicket: 0 }, "maxUseCountPerTicket"],
      [{ ...coupon, visibility: "PRIVATE" }, "visibility"],
      [{ ...coupon, timezone: "Asia/Tokyo" }, "timezone"]
    ]
  }
])

const lottery = { type: "lottery", lotteryProbability: 50, maxAcquireCount: -1 }

limits("who may have a coupon", Coupons.AcquisitionConditionRequest, [
  {
    limit: "is everybody, or the winners of a lottery",
    accepts: [
      { type: "normal" },
      lottery,
      { ...lottery, lotteryProbability: 1, maxAcquireCount: 1 },
      { ...lottery, lotteryProbability: 99, maxAcquireCount: 999_999 }
    ],
    refuses: [
      [{ type: "referral" }, "type"],
      [{ type: "lottery" }, "lotteryProbability", "maxAcquireCount"],
      [{ ...lottery, lotteryProbability: 0 }, "lotteryProbability"],
      [{ ...lottery, lotteryProbability: 100 }, "lotteryProbability"],
      [{ ...lottery, maxAcquireCount: 0 }, "maxAcquireCount"],
      [{ ...lottery, maxAcquireCount: -2 }, "maxAcquireCount"],
      [{ ...lottery, maxAcquireCount: 1_000_000 }, "maxAcquireCount"]
    ]
  }
])

it("the limit of winners names both of its forms", () => {
  for (const maxAcquireCount of [0, -2, 1.5, 1_000_000]) {
    assert.deepStrictEqual(
      Check.issues(Coupons.AcquisitionConditionRequest.ast, { ...lottery, maxAcquireCount }).map(Check.toLineIssue),
      [{ path: "maxAcquireCount", message: "must be -1, or a whole number between 1 and 999999" }]
    )
  }
})

const explicit = { type: "explicit", originalPrice: 12_000, priceAfterDiscount: 9500 }

limits("a reward", Coupons.CouponRewardRequest, [
  {
    limit: "is a discount or money back of an amount or a percentage, or nothing in numbers",
    accepts: [
      discount,
      { type: "discount", priceInfo: { type: "percentage", percentage: 1 } },
      { type: "discount", priceInfo: explicit },
      { type: "cashBack", priceInfo: { type: "fixed", fixedAmount: 1 } },
      { type: "cashBack", priceInfo: { type: "percentage", percentage: 99 } },
      { type: "free" },
      { type: "gift" },
      { type: "others" }
    ],
    refuses: [
      [{ type: "points" }, "type"],
      [{ type: "discount" }, "priceInfo"],
      [{ type: "cashBack", priceInfo: explicit }, "priceInfo.type"],
      [{ type: "discount", priceInfo: { type: "fixed" } }, "priceInfo.fixedAmount"],
      [{ type: "discount", priceInfo: { type: "fixed", fixedAmount: 0 } }, "priceInfo.fixedAmount"],
      [{ type: "discount", priceInfo: { type: "percentage", percentage: 100 } }, "priceInfo.percentage"],
      [{ type: "discount", priceInfo: { ...explicit, originalPrice: 1.5 } }, "priceInfo.originalPrice"],
      [{ type: "discount", priceInfo: { ...explicit, priceAfterDiscount: 0 } }, "priceInfo.priceAfterDiscount"]
    ]
  },
  {
    limit: "has no amount that belongs to another type",
    accepts: [{ type: "discount", priceInfo: { type: "percentage", percentage: 5, fixedAmount: undefined } }],
    refuses: [
      [
        { type: "discount", priceInfo: { type: "percentage", percentage: 5, fixedAmount: 100 } },
        "priceInfo.fixedAmount"
      ],
      [
        { type: "cashBack", priceInfo: { ...explicit, type: "fixed", fixedAmount: 1 } },
        "priceInfo.originalPrice",
        "priceInfo.priceAfterDiscount"
      ],
      [
        { type: "discount", priceInfo: { ...explicit, originalPrice: 0, percentage: 5 } },
        "priceInfo.originalPrice",
        "priceInfo.percentage"
      ]
    ]
  }
])

it("a coupon to make is refused by its guard just where its schema refuses it", () => {
  const mutants = FastCheck.sample(
    FastCheck.tuple(Arbitrary.make(Coupons.CouponCreateRequest), FastCheck.array(FastCheck.nat(), { minLength: 2 })),
    { seed: 42, numRuns: 500 }
  ).map(([request, choices]) => Arbitraries.mutate(JSON.parse(JSON.stringify(request)), choices))
  for (const mutant of mutants) {
    const accepted = Schema.is(Coupons.CouponCreateRequest)(mutant)
    assert.strictEqual(refusals(Coupons.CouponCreateRequest, mutant).length === 0, accepted, JSON.stringify(mutant))
  }
})

const detail = {
  couponId: "01K0B456W5Y6SBD3YH74YM6QE6",
  title: "Friends-only coupon",
  acquisitionCondition: lottery,
  startTimestamp: 1752678000,
  endTimestamp: 1924959540,
  timezone: "ASIA_TOKYO",
  couponCode: "COUPONCODE123456",
  maxUseCountPerTicket: 1,
  maxTicketPerUser: 1,
  visibility: "UNLISTED",
  reward: { type: "discount", priceInfo: { type: "fixed", fixedAmount: 100, currency: "JPY" } },
  imageUrl: "https://oa-coupon.line-scdn-dev.net/0h9gbUqRVkZkhfLHhXMLYZHwdyaCos",
  usageCondition: "Usable for payments of 1,000 yen or more",
  status: "RUNNING",
  createdTimestamp: 1752720120
}

describe("on the wire", () => {
  it.effect("a coupon is made once: a lost answer is not followed by another request", () =>
    Effect.gen(function* () {
      const made = yield* Transport.run(Coupons.createCoupon(coupon), [Transport.answer(200, { couponId: "c" })])
      assert.deepStrictEqual(made.result, Either.right({ couponId: "c" }))
      assert.deepStrictEqual(JSON.parse(made.sent[0]?.body ?? ""), coupon)
      for (const step of [Transport.reset, Transport.hang, Transport.answer(500)]) {
        const { result, sent } = yield* Transport.run(Coupons.createCoupon(coupon), [step])
        assert.isTrue(Either.getOrThrow(Either.flip(result)).ambiguous)
        assert.lengthOf(sent, 1)
      }
    })
  )

  it.effect("a coupon is closed by a request without a body, which may be repeated", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* Transport.run(Coupons.closeCoupon({ couponId: "c/1" }), [
        Transport.answer(500),
        Transport.answer(200)
      ])
      assert.deepStrictEqual(result, Either.void)
      assert.deepStrictEqual(
        sent.map(({ body, headers, method, url }) => [method, url, body, headers["content-type"]]),
        [1, 2].map(() => ["PUT", "https://api.line.me/v2/bot/coupon/c%2F1/close", undefined, "application/json"])
      )
    })
  )

  it.effect("a list names each status, its size and its page", () =>
    Effect.gen(function* () {
      const { sent } = yield* Transport.run(
        Coupons.listCoupon({ status: ["DRAFT", "RUNNING"], limit: 100, start: "MTAw=" }),
        [Transport.answer(200, { items: [] })]
      )
      assert.strictEqual(new URL(sent[0]?.url ?? "").search, "?status=DRAFT&status=RUNNING&limit=100&start=MTAw%3D")
      const all = yield* Transport.run(Coupons.listCoupon(), [Transport.answer(200, { items: [] })])
      assert.strictEqual(new URL(all.sent[0]?.url ?? "").search, "")
    })
  )

  it.effect("a list has 1 to 100 coupons a page, of known status", () =>
    Effect.gen(function* () {
      const wrong: ReadonlyArray<readonly [path: string, request: object]> = [
        ["limit", { limit: 0 }],
        ["limit", { limit: 101 }],
        ["start", { start: "" }],
        ["status[1]", { status: ["DRAFT", "EXPIRED"] }]
      ]
      for (const [path, request] of wrong) {
        const { result, sent } = yield* Transport.run(Coupons.listCoupon(request), [
          Transport.answer(200, { items: [] })
        ])
        const error = Either.getOrThrow(Either.flip(result))
        if (error._tag !== "LineInvalidRequest") return assert.fail(error._tag)
        assert.deepStrictEqual(
          error.issues.map((issue) => issue.path),
          [path]
        )
        assert.lengthOf(sent, 0)
      }
    })
  )

  const got = (body: unknown) =>
    Effect.map(
      Transport.run(Coupons.getCouponDetail({ couponId: "c" }), [Transport.answer(200, body)]),
      ({ result }) => result
    )

  it.effect("a coupon is read as LINE documents it", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual<unknown>(yield* got(detail), Either.right(detail))
      const rewards = [
        { type: "discount", priceInfo: { type: "percentage", percentage: 25 } },
        { type: "discount", priceInfo: { ...explicit, currency: "TWD" } },
        { type: "cashBack", priceInfo: { type: "fixed", fixedAmount: 100, currency: "THB" } },
        { type: "free" },
        { type: "gift" },
        { type: "others" }
      ]
      for (const reward of rewards) {
        const read = yield* got({
          ...detail,
          acquisitionCondition: { type: "referral" },
          reward,
          visibility: "PRIVATE"
        })
        assert.deepStrictEqual<unknown>(Either.getOrThrow(read).reward, reward)
      }
    })
  )

  it.effect("a draft may lack nearly everything", () =>
    Effect.gen(function* () {
      const draft = { couponId: "c", title: "", status: "DRAFT" }
      assert.deepStrictEqual<unknown>(yield* got(draft), Either.right(draft))
    })
  )

  it.effect("what is new about a coupon is unknown, and the rest is read", () =>
    Effect.gen(function* () {
      const read = Either.getOrThrow(
        yield* got({
          ...detail,
          status: "PAUSED",
          visibility: "FRIENDS",
          timezone: "ASIA_SEOUL",
          acquisitionCondition: { type: "stamps", stamps: 10 },
          reward: { type: "discount", priceInfo: { type: "fixed", fixedAmount: 1, currency: "KRW" } },
          badge: "new"
        })
      )
      assert.deepStrictEqual<unknown>(
        [read.status, read.visibility, read.timezone, read.title],
        [unknownMember("PAUSED"), unknownMember("FRIENDS"), unknownMember("ASIA_SEOUL"), detail.title]
      )
      assert.deepStrictEqual<unknown>(read.acquisitionCondition, {
        type: "unknown",
        originalType: "stamps",
        raw: { type: "stamps", stamps: 10 }
      })
      assert.deepStrictEqual<unknown>(read.reward, {
        type: "discount",
        priceInfo: { type: "fixed", fixedAmount: 1, currency: unknownMember("KRW") }
      })
      assert.propertyVal(read, "badge", "new")
      const points = { type: "discount", priceInfo: { type: "points", points: 5 } }
      assert.deepStrictEqual<unknown>(Either.getOrThrow(yield* got({ ...detail, reward: points })).reward, {
        type: "discount",
        priceInfo: { type: "unknown", originalType: "points", raw: points.priceInfo }
      })
    })
  )

  it.effect("coupons are a stream, asked for page by page as they are needed", () =>
    Effect.gen(function* () {
      const script = [
        Transport.answer(200, { items: [{ couponId: "a", title: "A" }], next: "n1" }),
        Transport.answer(200, { items: [], next: "n2" }),
        Transport.answer(200, { items: [{ couponId: "b", title: "B" }] })
      ]
      const running = Coupons.coupons({ status: ["RUNNING"], start: "n0" })
      const all = yield* Transport.run(Stream.runCollect(running), script)
      assert.deepStrictEqual(
        [...Either.getOrThrow(all.result)],
        [
          { couponId: "a", title: "A" },
          { couponId: "b", title: "B" }
        ]
      )
      assert.deepStrictEqual(
        all.sent.map(({ url }) => new URL(url).search),
        ["n0", "n1", "n2"].map((start) => `?status=RUNNING&start=${start}`)
      )
      const first = yield* Transport.run(Stream.runHead(Coupons.coupons()), script)
      assert.lengthOf(first.sent, 1)
    })
  )
})

const world = <A, E>(
  test: (line: Emulator.Service) => Effect.Effect<A, E, LineClient.LineClient>,
  now = Date.UTC(2026, 7, 7)
) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(now)
    // Far more coupons are made at one moment than LINE takes in a second.
    const line = yield* Emulator.make({ rateLimits: false })
    const client = LineClient.layer({ channelAccessToken: line.channel.channelAccessToken }).pipe(
      Layer.provide(Layer.succeed(HttpClient.HttpClient, line.httpClient))
    )
    return yield* Effect.provide(test(line), client)
  }).pipe(Effect.scoped)

const now = Date.UTC(2026, 7, 7) / 1000

const said = (error: LineError.LineError) =>
  "details" in error ? [error._tag, error.lineMessage, ...error.details] : [error._tag]

const oneError = "The request body has 1 error(s)"

/** Sends what the client would refuse. */
const raw = (line: Emulator.Service, method: "GET" | "POST", { body, query }: { body?: unknown; query?: string }) =>
  line
    .handle({
      host: "api",
      method,
      path: "/v2/bot/coupon",
      query: new URLSearchParams(query),
      headers: {
        authorization: `Bearer ${Redacted.value(line.channel.channelAccessToken)}`,
        "content-type": "application/json"
      },
      body: new TextEncoder().encode(JSON.stringify(body))
    })
    .pipe(Effect.map(({ body, status }) => [status, JSON.parse(String(body))]))

describe("the emulator", () => {
  it.effect("tells of a coupon what it was made with, and what LINE adds", () =>
    world(() =>
      Effect.gen(function* () {
        const { couponId } = yield* Coupons.createCoupon(coupon)
        assert.match(couponId, /^[0-9A-HJKMNP-TV-Z]{26}$/)
        assert.deepStrictEqual<unknown>(yield* Coupons.getCouponDetail({ couponId }), {
          ...coupon,
          couponId,
          reward: { type: "discount", priceInfo: { type: "fixed", fixedAmount: 100, currency: "JPY" } },
          maxTicketPerUser: 1,
          status: "RUNNING",
          createdTimestamp: now
        })
      })
    )
  )

  it.effect("knows nothing of a coupon of another account", () =>
    world(() =>
      Effect.gen(function* () {
        const couponId = "01JYNW8JMQVFBNWF1APF8Z3FS7"
        const missing = ["LineNotFound", oneError, { message: "coupon not found", property: undefined }]
        assert.deepStrictEqual<unknown>(said(yield* Effect.flip(Coupons.getCouponDetail({ couponId }))), missing)
        assert.deepStrictEqual<unknown>(said(yield* Effect.flip(Coupons.closeCoupon({ couponId }))), missing)
      })
    )
  )

  it.effect("closes a coupon once", () =>
    world(() =>
      Effect.gen(function* () {
        const { couponId } = yield* Coupons.createCoupon(coupon)
        yield* Coupons.closeCoupon({ couponId })
        assert.strictEqual((yield* Coupons.getCouponDetail({ couponId })).status, "CLOSED")
        assert.deepStrictEqual<unknown>(said(yield* Effect.flip(Coupons.closeCoupon({ couponId }))), [
          "LineGone",
          oneError,
          { message: "The coupon has already been closed.", property: undefined }
        ])
      })
    )
  )

  it.effect(
    "lists coupons by status, the newest first: one that has not begun runs, one that has expired is closed",
    () =>
      world(() =>
        Effect.gen(function* () {
          const make = (title: string, startTimestamp: number, endTimestamp: number) =>
            Effect.map(
              Coupons.createCoupon({ ...coupon, title, startTimestamp, endTimestamp }),
              ({ couponId }) => couponId
            )
          yield* make("short", now, now + 59)
          yield* make("coming", now + 3600, now + 7200)
          yield* Effect.flatMap(make("taken back", 0, now + 7200), (couponId) => Coupons.closeCoupon({ couponId }))
          const titles = (...status: ReadonlyArray<Coupons.CouponStatus>) =>
            Effect.map(Coupons.listCoupon({ status }), ({ items }) => items.map(({ title }) => title))
          assert.deepStrictEqual(yield* titles("RUNNING"), ["coming", "short"])
          yield* TestClock.adjust("1 minute")
          assert.deepStrictEqual(yield* titles("RUNNING"), ["coming"])
          assert.deepStrictEqual(yield* titles("CLOSED"), ["taken back", "short"])
          assert.deepStrictEqual(yield* titles("RUNNING", "CLOSED"), ["taken back", "coming", "short"])
          assert.deepStrictEqual(yield* titles("DRAFT"), [])
          assert.deepStrictEqual(yield* titles(), ["taken back", "coming", "short"])
        })
      )
  )

  it.effect("lists coupons in pages of 20, or of the size asked for", () =>
    world(() =>
      Effect.gen(function* () {
        yield* Effect.forEach(Array.from({ length: 45 }), (_, index) =>
          Coupons.createCoupon({ ...coupon, title: String(index) })
        )
        const sizes = (limit?: number) =>
          Operation.pages(Coupons.listCoupon, limit === undefined ? {} : { limit }).pipe(
            Stream.map(({ items }) => items.length),
            Stream.runCollect,
            Effect.map((sizes) => [...sizes])
          )
        assert.deepStrictEqual(yield* sizes(), [20, 20, 5])
        assert.deepStrictEqual(yield* sizes(45), [45])
        const titles = yield* Stream.runCollect(Stream.map(Coupons.coupons({ limit: 7 }), ({ title }) => Number(title)))
        assert.deepStrictEqual(
          [...titles],
          Array.from({ length: 45 }, (_, index) => 44 - index)
        )
      })
    )
  )

  const lists: ReadonlyArray<readonly [title: string, query: string, status: number, body: unknown]> = [
    [
      "an unknown status",
      "status=EXPIRED",
      400,
      {
        message: oneError,
        details: [{ message: "Must be one of the following values: [DRAFT,RUNNING,CLOSED]", property: "status" }]
      }
    ],
    [
      "too large a page",
      "limit=101",
      400,
      { message: oneError, details: [{ message: "Must be less than or equal to 100", property: "limit" }] }
    ],
    [
      "a page of nothing",
      "limit=0",
      400,
      { message: oneError, details: [{ message: "Must be greater than or equal to 1", property: "limit" }] }
    ],
    ["a page that it has not announced", "start=x", 400, { message: "Invalid start param" }],
    ["several statuses with a comma between them", "status=DRAFT,CLOSED", 200, { items: [] }]
  ]
  for (const [title, query, status, body] of lists) {
    it.effect(`lists coupons only as documented: ${title}`, () =>
      world((line) =>
        Effect.map(raw(line, "GET", { query }), (answer) => assert.deepStrictEqual(answer, [status, body]))
      )
    )
  }

  const bodies: ReadonlyArray<readonly [title: string, body: unknown, message: string, property: string]> = [
    ["a title that is too long", { ...coupon, title: "t".repeat(61) }, "Size must be between 1 and 60", "title"],
    ["no title", { ...coupon, title: "" }, "Size must be between 1 and 60", "title"],
    [
      "a reward of another kind",
      { ...coupon, reward: { type: "points" } },
      "Must be one of the following values: [discount,free,gift,cashBack,others]",
      "reward.type"
    ],
    [
      "an amount beside a percentage",
      { ...coupon, reward: { type: "discount", priceInfo: { type: "percentage", percentage: 5, fixedAmount: 1 } } },
      "Must not be specified",
      "reward.priceInfo.fixedAmount"
    ],
    [
      "a coupon to use five times",
      { ...coupon, maxUseCountPerTicket: 5 },
      "Must be one of the following values: [1,-1]",
      "maxUseCountPerTicket"
    ],
    ["an end before now", { ...coupon, endTimestamp: now - 1 }, "Invalid value", "endTimestamp"]
  ]
  for (const [title, body, message, property] of bodies) {
    it.effect(`refuses ${title}, in LINE's words`, () =>
      world((line) =>
        Effect.map(raw(line, "POST", { body }), (answer) =>
          assert.deepStrictEqual(answer, [400, { message: oneError, details: [{ message, property }] }])
        )
      )
    )
  }

  it.effect("stops at a property of the wrong type", () =>
    world((line) =>
      Effect.gen(function* () {
        for (const [name, value] of [
          ["maxUseCountPerTicket", "once"],
          ["startTimestamp", "now"]
        ] as const) {
          const answer = yield* raw(line, "POST", { body: { ...coupon, title: "", [name]: value } })
          const message = `The property, '${name}', in the request body is invalid (line: -, column: -)`
          assert.deepStrictEqual(answer, [400, { message }])
        }
      })
    )
  )

  it.effect("has room for 5,000 valid coupons", () =>
    world((line) =>
      Effect.gen(function* () {
        yield* Effect.forEach(Array.from({ length: 4999 }), () => raw(line, "POST", { body: coupon }))
        const { couponId } = yield* Coupons.createCoupon(coupon)
        assert.deepStrictEqual<unknown>(said(yield* Effect.flip(Coupons.createCoupon(coupon))), [
          "LineBadRequest",
          oneError,
          { message: "You have too many coupons created.", property: undefined }
        ])
        yield* Coupons.closeCoupon({ couponId })
        yield* Coupons.createCoupon(coupon)
      })
    )
  )

  it.effect("sends a coupon of the account, and refuses any other", () =>
    world((line) =>
      Effect.gen(function* () {
        const user = yield* line.addUser()
        const { couponId } = yield* Coupons.createCoupon(coupon)
        const bring = (couponId: string) =>
          ({ messages: [Message.text("For you"), Message.coupon({ couponId })] }) as const
        yield* Messaging.pushMessage({ to: user.userId, ...bring(couponId) })
        yield* Messaging.broadcast(bring(couponId))
        assert.lengthOf(yield* line.messages(user), 4)
        const other = bring("01JYNW8JMQVFBNWF1APF8Z3FS7")
        const refused = [
          Messaging.pushMessage({ to: user.userId, ...other }),
          Messaging.multicast({ to: [user.userId], ...other }),
          Messaging.narrowcast(other),
          Messaging.broadcast(other),
          Messaging.validateBroadcast(other),
          Messaging.validateReply(other)
        ]
        for (const send of refused) {
          assert.deepStrictEqual<unknown>(said(yield* Effect.flip(send)), [
            "LineBadRequest",
            oneError,
            { message: "coupon not found", property: "messages[1].couponId" }
          ])
        }
        assert.lengthOf(yield* line.messages(user), 4)
      })
    )
  )

  it.effect("accepts whatever the client does", () =>
    world(
      () =>
        Effect.gen(function* () {
          const requests = FastCheck.sample(Arbitrary.make(Coupons.CouponCreateRequest), { seed: 42, numRuns: 200 })
          for (const request of requests) {
            const { couponId } = yield* Coupons.createCoupon(request)
            const detail = yield* Coupons.getCouponDetail({ couponId })
            assert.deepInclude<unknown>(detail, { title: request.title, status: "RUNNING" })
            assert.strictEqual(detail.reward?.type, request.reward.type)
          }
        }),
      0
    )
  )
})
