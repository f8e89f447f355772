import { assert, describe, it } from "@effect/vitest"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Emulator from "line-effect/Emulator"
import * as Insights from "line-effect/Insights"
import * as Day from "line-effect/internal/Day"
import * as LineClient from "line-effect/LineClient"
import type * as LineError from "line-effect/LineError"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import type * as RichMenu from "line-effect/RichMenu"
import * as RichMenus from "line-effect/RichMenus"
import * as Transport from "./support/Transport.js"
import { unknownMember } from "./support/Unknown.js"

const richMenuId = "richmenu-862e6ad6c267d2ddf3f42bc78554f6a4"

const bubble = {
  seq: 1,
  impression: 136,
  mediaPlayed: null,
  mediaPlayed25Percent: null,
  mediaPlayed50Percent: null,
  mediaPlayed75Percent: null,
  mediaPlayed100Percent: null,
  uniqueMediaPlayed: null,
  uniqueMediaPlayed25Percent: null,
  uniqueMediaPlayed50Percent: null,
  uniqueMediaPlayed75Percent: null,
  uniqueMediaPlayed100Percent: null
}

const untold = { uniqueImpression: null, uniqueClick: null, uniqueMediaPlayed: null, uniqueMediaPlayed100Percent: null }

const bounds = { x: 0, y: 0, width: 833, height: 843 }

describe("what LINE answers is read", () => {
  const deliveries = Insights.getNumberOfMessageDeliveries({ date: "20190418" })
  const followers = Insights.getNumberOfFollowers({ date: "20190418" })
  const demographics = Insights.getFriendsDemographics()
  const event = Insights.getMessageEvent({ requestId: "f70dd685-499a-4231-a441-f24b8d4fba21" })
  const perUnit = Insights.getStatisticsPerUnit({
    customAggregationUnit: "promotion_a",
    from: "20210301",
    to: "20210331"
  })
  const summary = Insights.getRichMenuInsightSummary({ richMenuId, from: "20260301", to: "20260331" })
  const daily = Insights.getRichMenuInsightDaily({ richMenuId, from: "20260610", to: "20260612" })

  type Call = Effect.Effect<unknown, unknown, LineClient.LineClient>
  const same: ReadonlyArray<readonly [title: string, call: Call, path: string, body: unknown]> = [
    [
      "deliveries of a day",
      deliveries,
      "/v2/bot/insight/message/delivery?date=20190418",
      { status: "ready", broadcast: 5385, targeting: 522, stepMessage: 1, pnpNoticeMessage: 2, thirdPartyChatTool: 3 }
    ],
    [
      "deliveries not counted yet, as nulls",
      deliveries,
      "/v2/bot/insight/message/delivery?date=20190418",
      { status: "unready", broadcast: null, apiPush: null, thirdPartyChatTool: null }
    ],
    ["deliveries not counted yet", deliveries, "/v2/bot/insight/message/delivery?date=20190418", { status: "unready" }],
    [
      "followers of a day",
      followers,
      "/v2/bot/insight/followers?date=20190418",
      { status: "ready", followers: 7620, targetedReaches: 5848, blocks: 237 }
    ],
    [
      "followers not counted yet, as nulls",
      followers,
      "/v2/bot/insight/followers?date=20190418",
      { status: "unready", followers: null, targetedReaches: null, blocks: null }
    ],
    ["followers left out", followers, "/v2/bot/insight/followers?date=20190418", { status: "out_of_service" }],
    [
      "demographics",
      demographics,
      "/v2/bot/insight/demographic",
      {
        available: true,
        genders: [
          { gender: "unknown", percentage: 37.6 },
          { gender: "male", percentage: 31.8 }
        ],
        ages: [{ age: "from50", percentage: 17.3 }],
        areas: [
          { area: "unknown", percentage: 42.9 },
          { area: "徳島", percentage: 2.9 }
        ],
        appTypes: [{ appType: "others", percentage: 9.9 }],
        subscriptionPeriods: [
          { subscriptionPeriod: "over365days", percentage: 96.4 },
          { subscriptionPeriod: "within7days", percentage: 0 }
        ]
      }
    ],
    [
      "demographics of too few",
      demographics,
      "/v2/bot/insight/demographic",
      { available: false, genders: [], ages: [], areas: [], appTypes: [], subscriptionPeriods: [] }
    ],
    [
      "reactions to a message",
      event,
      "/v2/bot/insight/message/event?requestId=f70dd685-499a-4231-a441-f24b8d4fba21",
      {
        overview: {
          requestId: "f70dd685-499a-4231-a441-f24b8d4fba21",
          timestamp: 1568214000,
          delivered: 320,
          ...untold,
          uniqueImpression: 82,
          uniqueClick: 51
        },
        messages: [bubble],
        clicks: [{ seq: 1, url: "https://line.me/", click: 41, uniqueClick: 30, uniqueClickOfRequest: 30 }]
      }
    ],
    [
      "reactions too few to tell, to a message not sent to all yet",
      event,
      "/v2/bot/insight/message/event?requestId=f70dd685-499a-4231-a441-f24b8d4fba21",
      { overview: { requestId: "r", timestamp: 1711684800, delivered: null, ...untold }, messages: [], clicks: [] }
    ],
    [
      "statistics of a unit",
      perUnit,
      "/v2/bot/insight/message/event/aggregation?customAggregationUnit=promotion_a&from=20210301&to=20210331",
      {
        overview: { ...untold, uniqueImpression: 40 },
        messages: [{ ...bubble, uniqueImpression: 40 }],
        clicks: [
          { seq: 1, url: "https://developers.line.biz/", click: 35, uniqueClick: 25, uniqueClickOfRequest: null }
        ]
      }
    ],
    [
      "totals of a rich menu",
      summary,
      `/v2/bot/insight/richmenu/${richMenuId}/summary?from=20260301&to=20260331`,
      {
        richMenuId,
        metricsFrom: "20260301",
        metricsTo: "20260331",
        impression: { metrics: { count: 10141, uniqueUsers: 2366 } },
        clicks: [{ bounds, metrics: { count: 74, uniqueUsers: 55 } }]
      }
    ],
    [
      "a rich menu tapped by too few",
      summary,
      `/v2/bot/insight/richmenu/${richMenuId}/summary?from=20260301&to=20260331`,
      { richMenuId, metricsFrom: null, metricsTo: null, impression: null, clicks: null }
    ],
    [
      "days of a rich menu",
      daily,
      `/v2/bot/insight/richmenu/${richMenuId}/daily?from=20260610&to=20260612`,
      {
        richMenuId,
        metricsFrom: "20260610",
        metricsTo: "20260611",
        impression: { metrics: [{ date: "20260610", count: 1364, uniqueUsers: 1254 }] },
        clicks: [{ bounds, metrics: [{ date: "20260610", count: 9, uniqueUsers: 8 }] }]
      }
    ],
    [
      "days of a rich menu tapped by too few",
      daily,
      `/v2/bot/insight/richmenu/${richMenuId}/daily?from=20260610&to=20260612`,
      { richMenuId, metricsFrom: null, metricsTo: null, impression: null, clicks: null }
    ]
  ]
  for (const [title, call, path, body] of same) {
    it.effect(title, () =>
      Effect.gen(function* () {
        const { requests, result } = yield* Transport.run(call, [Transport.answer(200, body)])
        assert.deepStrictEqual(result, Either.right(body))
        assert.deepStrictEqual(requests, [`GET ${path}`])
      })
    )
  }

  it.effect("members that are new are unknown, and all else is as it came", () =>
    Effect.gen(function* () {
      const { result } = yield* Transport.run(demographics, [
        Transport.answer(200, {
          available: true,
          genders: [{ gender: "other", percentage: 1 }],
          ages: [{ age: "from80", percentage: 2 }, { percentage: 3 }],
          appTypes: [{ appType: "windows", percentage: 4 }],
          subscriptionPeriods: [{ subscriptionPeriod: "over10years", percentage: 5 }],
          languages: ["ja"]
        })
      ])
      assert.deepStrictEqual<unknown>(
        result,
        Either.right({
          available: true,
          genders: [{ gender: unknownMember("other"), percentage: 1 }],
          ages: [{ age: unknownMember("from80"), percentage: 2 }, { percentage: 3 }],
          areas: [],
          appTypes: [{ appType: unknownMember("windows"), percentage: 4 }],
          subscriptionPeriods: [{ subscriptionPeriod: unknownMember("over10years"), percentage: 5 }],
          languages: ["ja"]
        })
      )
      const paused = yield* Transport.run(deliveries, [Transport.answer(200, { status: "paused" })])
      assert.deepStrictEqual<unknown>(Either.getOrThrow(paused.result).status, unknownMember("paused"))
    })
  )

  it.effect("lists that are left out are empty", () =>
    Effect.gen(function* () {
      for (const call of [event, perUnit]) {
        const { result } = yield* Transport.run(call, [Transport.answer(200, { overview: {} })])
        assert.deepStrictEqual<unknown>(result, Either.right({ overview: {}, messages: [], clicks: [] }))
      }
    })
  )

  it.effect("an error without a message is one", () =>
    Effect.gen(function* () {
      const nothing = Transport.answer(400, { message: null, key: null, stacktrace: null, code: null })
      const { result } = yield* Transport.run(perUnit, [nothing])
      assert.deepInclude(Either.getOrThrow(Either.flip(result)), { _tag: "LineBadRequest", lineMessage: undefined })
    })
  )

  it.effect("a rich menu that does not exist is not found", () =>
    Effect.gen(function* () {
      const calls: ReadonlyArray<Effect.Effect<unknown, LineError.LineError, LineClient.LineClient>> = [summary, daily]
      for (const call of calls) {
        const { result } = yield* Transport.run(call, [Transport.answer(404, { message: "Not found" })])
        assert.strictEqual(Either.getOrThrow(Either.flip(result))._tag, "LineNotFound")
      }
    })
  )
})

describe("what is outside LINE's limits is not sent", () => {
  const unit = (customAggregationUnit: string, from = "20210301", to = "20210331") =>
    Insights.getStatisticsPerUnit({ customAggregationUnit, from, to })
  const summary = (from: string, to: string) => Insights.getRichMenuInsightSummary({ richMenuId, from, to })
  const daily = (from: string, to: string) => Insights.getRichMenuInsightDaily({ richMenuId, from, to })

  type Refused = readonly [call: Effect.Effect<unknown, LineError.LineError, LineClient.LineClient>, path: string]
  const table: ReadonlyArray<
    readonly [limit: string, accepted: ReadonlyArray<Refused[0]>, refused: ReadonlyArray<Refused>]
  > = [
    [
      "a day is one of the calendar, and always named",
      [
        Insights.getNumberOfFollowers({ date: "20240229" }),
        Insights.getNumberOfMessageDeliveries({ date: "20161231" })
      ],
      [
        [Insights.getNumberOfFollowers({ date: "20230229" }), "date"],
        [Insights.getNumberOfFollowers({ date: "2024-02-29" }), "date"],
        [Insights.getNumberOfFollowers({ date: "" }), "date"],
        [Insights.getNumberOfMessageDeliveries({ date: "20241301" }), "date"],
        [Insights.getNumberOfMessageDeliveries({ date: "20240100" }), "date"]
      ]
    ],
    [
      "a message is named by its request",
      [Insights.getMessageEvent({ requestId: "r" })],
      [[Insights.getMessageEvent({ requestId: "" }), "requestId"]]
    ],
    [
      "a unit has 1 to 30 letters, digits or underscores",
      [unit("a"), unit("Promotion_1".padEnd(30, "x"))],
      [
        [unit(""), "customAggregationUnit"],
        [unit("x".repeat(31)), "customAggregationUnit"],
        [unit("promotion-a"), "customAggregationUnit"]
      ]
    ],
    [
      "the statistics of a unit are for at most 30 days after the first",
      [unit("a", "20210301", "20210331"), unit("a", "20240201", "20240302"), unit("a", "20210301", "20210301")],
      [
        [unit("a", "20210301", "20210401"), "to"],
        [unit("a", "20210301", "20210228"), "to"],
        [unit("a", "20210301", "20210332"), "to"]
      ]
    ],
    [
      "the totals of a rich menu are for at most 396 days after the first",
      [summary("20230701", "20240731"), summary("20230701", "20230701")],
      [
        [summary("20230701", "20240801"), "to"],
        [summary("20230701", "20230630"), "to"],
        [summary("20230631", "20240731"), "from"]
      ]
    ],
    [
      "the days of a rich menu are at most 99 after the first",
      [daily("20230701", "20231008")],
      [
        [daily("20230701", "20231009"), "to"],
        [daily("20230701", "20230630"), "to"]
      ]
    ]
  ]
  for (const [limit, accepted, refused] of table) {
    it.effect(limit, () =>
      Effect.gen(function* () {
        for (const call of accepted) {
          const { sent } = yield* Transport.run(call, [Transport.answer(404, { message: "Not found" })])
          assert.lengthOf(sent, 1)
        }
        for (const [call, path] of refused) {
          const { result, sent } = yield* Transport.run(call, [Transport.answer(200)])
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
  }

  it("a day has one number and one text", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.integer({ min: 0, max: 40_000 }), (day) => Day.parse(Day.format(day)) === day),
      { seed: 42, numRuns: 300 }
    )
    assert.strictEqual(Day.format(0), "19700101")
    for (const text of ["", "1970011", "197001011", "19700a01", "20230230", "20230431"]) {
      assert.isUndefined(Day.parse(text))
    }
  })
})

/** Eleven in the morning of 2026-08-07 in Japan. */
const now = Date.UTC(2026, 7, 7, 2)

const world = <A, E>(test: (line: Emulator.Service) => Effect.Effect<A, E, LineClient.LineClient>) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(now)
    const line = yield* Emulator.make()
    const client = LineClient.layer({ channelAccessToken: line.channel.channelAccessToken }).pipe(
      Layer.provide(Layer.succeed(HttpClient.HttpClient, line.httpClient))
    )
    return yield* Effect.provide(test(line), client)
  }).pipe(Effect.scoped)

const hello = { messages: [Message.text("hello")] } as const

const menu: RichMenu.RichMenu = {
  size: { width: 800, height: 540 },
  selected: true,
  name: "Tab A",
  chatBarText: "Menu",
  areas: [{ bounds: { x: 0, y: 0, width: 800, height: 540 }, action: { type: "message", text: "hi" } }]
}

const addUsers = (line: Emulator.Service, count: number, options?: Emulator.UserOptions) =>
  Effect.forEach(Array.from({ length: count }), () => line.addUser(options))

describe("the emulator counts", () => {
  it.effect("what the API sent on a day that is over", () =>
    world((line) =>
      Effect.gen(function* () {
        const [first, second] = yield* addUsers(line, 3)
        if (first === undefined || second === undefined) return assert.fail("no users")
        yield* Messaging.broadcast(hello)
        yield* Messaging.pushMessage({ to: first.userId, ...hello })
        yield* Messaging.multicast({ to: [first.userId, second.userId], ...hello })
        yield* Messaging.narrowcast(hello)
        const delivery = yield* line.say(first, "hi")
        yield* Messaging.replyMessage({ replyToken: delivery.events[0]?.replyToken ?? "", ...hello })
        const onDay = (date: string) => Insights.getNumberOfMessageDeliveries({ date })
        assert.deepStrictEqual(yield* onDay("20260807"), { status: "unready" })
        // Midnight in Japan.
        yield* TestClock.setTime(Date.UTC(2026, 7, 7, 15))
        assert.deepStrictEqual(yield* onDay("20260807"), {
          status: "ready",
          apiBroadcast: 3,
          apiPush: 1,
          apiMulticast: 2,
          apiNarrowcast: 3,
          apiReply: 1,
          pnpNoticeMessage: 0
        })
        assert.deepInclude(yield* onDay("20260806"), { status: "ready", apiPush: 0 })
        assert.deepInclude(yield* onDay("20170301"), { status: "ready" })
        assert.deepStrictEqual(yield* onDay("20170228"), { status: "out_of_service" })
      })
    )
  )

  it.effect("who has become a friend, who can be selected, and who blocks the bot, on each day", () =>
    world((line) =>
      Effect.gen(function* () {
        const [friend] = yield* addUsers(line, 2, { gender: "female" })
        yield* addUsers(line, 1)
        const [stranger] = yield* addUsers(line, 1, { friend: false, age: 30 })
        if (friend === undefined || stranger === undefined) return assert.fail("no users")
        yield* TestClock.adjust("1 day")
        yield* line.unfollow(friend)
        yield* line.follow(stranger)
        yield* TestClock.adjust("1 day")
        yield* line.follow(friend)
        yield* TestClock.adjust("1 day")
        const onDay = (date: string) => Insights.getNumberOfFollowers({ date })
        assert.deepStrictEqual(yield* Effect.forEach(["20260806", "20260807", "20260808", "20260809"], onDay), [
          { status: "ready", followers: 0, targetedReaches: 0, blocks: 0 },
          { status: "ready", followers: 3, targetedReaches: 2, blocks: 0 },
          { status: "ready", followers: 4, targetedReaches: 2, blocks: 1 },
          { status: "ready", followers: 4, targetedReaches: 3, blocks: 0 }
        ])
        const none = { followers: null, targetedReaches: null, blocks: null }
        assert.deepStrictEqual(yield* onDay("20260810"), { status: "unready", ...none })
        assert.deepStrictEqual(yield* onDay("20161031"), { status: "out_of_service", ...none })
      })
    )
  )

  it.effect("who the friends are, once 20 can be selected", () =>
    world((line) =>
      Effect.gen(function* () {
        yield* addUsers(line, 12, { gender: "female", age: 14, area: "jp_13", appType: "ios", subscriptionPeriod: 6 })
        yield* addUsers(line, 7, { gender: "male", age: 22, area: "tw_22", subscriptionPeriod: 364 })
        yield* addUsers(line, 20, { friend: false, gender: "male" })
        yield* addUsers(line, 4, { appType: "android" })
        assert.deepStrictEqual(yield* Insights.getFriendsDemographics(), {
          available: false,
          genders: [],
          ages: [],
          areas: [],
          appTypes: [],
          subscriptionPeriods: []
        })
        yield* addUsers(line, 1, { age: 70, area: "th_01", subscriptionPeriod: 365 })
        assert.deepStrictEqual(yield* Insights.getFriendsDemographics(), {
          available: true,
          genders: [
            { gender: "female", percentage: 50 },
            { gender: "male", percentage: 29.2 },
            { gender: "unknown", percentage: 20.8 }
          ],
          ages: [
            { age: "from0to14", percentage: 50 },
            { age: "from20to24", percentage: 29.2 },
            { age: "unknown", percentage: 16.7 },
            { age: "from70", percentage: 4.2 }
          ],
          areas: [
            { area: "東京", percentage: 50 },
            { area: "連江縣", percentage: 29.2 },
            { area: "unknown", percentage: 16.7 },
            { area: "Bangkok", percentage: 4.2 }
          ],
          appTypes: [
            { appType: "ios", percentage: 50 },
            { appType: "others", percentage: 33.3 },
            { appType: "android", percentage: 16.7 }
          ],
          subscriptionPeriods: [
            { subscriptionPeriod: "within7days", percentage: 50 },
            { subscriptionPeriod: "within365days", percentage: 29.2 },
            { subscriptionPeriod: "unknown", percentage: 16.7 },
            { subscriptionPeriod: "over365days", percentage: 4.2 }
          ]
        })
      })
    )
  )

  it.effect("to how many a broadcast or narrowcast was sent, and no reactions, which are fewer than 20", () =>
    world((line) =>
      Effect.gen(function* () {
        const [user] = yield* addUsers(line, 2)
        const event = (requestId: string) => Insights.getMessageEvent({ requestId })
        const expected = (requestId: string, timestamp: number, delivered: number | null) => ({
          overview: { requestId, timestamp, delivered, ...untold },
          messages: [],
          clicks: []
        })
        const broadcast = yield* Messaging.broadcast(hello)
        const sentAt = now / 1000
        assert.deepStrictEqual(yield* event(broadcast.requestId), expected(broadcast.requestId, sentAt, 2))
        const narrowcast = yield* Messaging.narrowcast({ ...hello, limit: { max: 1 } })
        assert.deepStrictEqual(yield* event(narrowcast.requestId), expected(narrowcast.requestId, sentAt + 2, null))
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(yield* event(narrowcast.requestId), expected(narrowcast.requestId, sentAt + 2, 1))
        const push = yield* Messaging.pushMessage({ to: user?.userId ?? "", ...hello })
        assert.deepInclude(yield* Effect.flip(event(push.requestId)), {
          _tag: "LineBadRequest",
          lineMessage: "Bad Request"
        })
      })
    )
  )

  it.effect("no reactions to a unit, and none to a rich menu", () =>
    world(() =>
      Effect.gen(function* () {
        const unit = { customAggregationUnit: "promotion_a", from: "20260701", to: "20260731" }
        assert.deepStrictEqual(yield* Insights.getStatisticsPerUnit(unit), {
          overview: untold,
          messages: [],
          clicks: []
        })
        const { richMenuId } = yield* RichMenus.createRichMenu(menu)
        const period = { richMenuId, from: "20260501", to: "20260807" }
        assert.deepStrictEqual(yield* Insights.getRichMenuInsightSummary(period), { richMenuId })
        assert.deepStrictEqual(yield* Insights.getRichMenuInsightDaily(period), { richMenuId })
      })
    )
  )

  it.effect("nothing of a rich menu that does not exist, or no longer", () =>
    world(() =>
      Effect.gen(function* () {
        const deleted = yield* RichMenus.createRichMenu(menu)
        yield* RichMenus.deleteRichMenu(deleted)
        for (const id of [richMenuId, deleted.richMenuId]) {
          const period = { richMenuId: id, from: "20260501", to: "20260807" }
          const notFound = { _tag: "LineNotFound", lineMessage: "Not found" } as const
          assert.deepInclude(yield* Effect.flip(Insights.getRichMenuInsightSummary(period)), notFound)
          assert.deepInclude(yield* Effect.flip(Insights.getRichMenuInsightDaily(period)), notFound)
        }
      })
    )
  )

  it.effect("rich menus from the day three years ago, which on a 29th of February is a 28th", () =>
    world(() =>
      Effect.gen(function* () {
        const { richMenuId } = yield* RichMenus.createRichMenu(menu)
        yield* TestClock.setTime(Date.UTC(2028, 1, 29, 2))
        const from = (from: string) => Insights.getRichMenuInsightDaily({ richMenuId, from, to: "20250301" })
        assert.deepStrictEqual(yield* from("20250228"), { richMenuId })
        assert.deepInclude(yield* Effect.flip(from("20250227")), {
          _tag: "LineBadRequest",
          lineMessage: "Parameter from must be the same date as, or after 2025-02-28."
        })
      })
    )
  )

  const refusals: ReadonlyArray<readonly [path: string, query: string, message: string | null]> = [
    ["message/delivery", "", "Bad Request"],
    ["message/delivery", "date=20260230", "Bad Request"],
    ["followers", "", "date is required"],
    ["followers", "date=2026", "Bad Request"],
    ["message/event", "", "Bad Request"],
    ["message/event/aggregation", "from=20260701&to=20260731", null],
    ["message/event/aggregation", "customAggregationUnit=a-b&from=20260701&to=20260731", null],
    ["message/event/aggregation", "customAggregationUnit=a&from=20260701", null],
    ["message/event/aggregation", "customAggregationUnit=a&from=20260701&to=20260801", null],
    ["richmenu/r/summary", "from=20260701", "Bad Request"],
    [
      "richmenu/r/summary",
      "from=20260702&to=20260701",
      "Parameter to must be the same date as, or after parameter from."
    ],
    ["richmenu/r/summary", "from=20250701&to=20260802", "Date range exceeds. Max range is 396 days."],
    ["richmenu/r/daily", "from=20260401&to=20260710", "Date range exceeds. Max range is 99 days."],
    ["richmenu/r/daily", "from=20230806&to=20230901", "Parameter from must be the same date as, or after 2023-08-07."]
  ]
  for (const [path, query, message] of refusals) {
    it.effect(`and refuses ${path}?${query}, in LINE's words`, () =>
      world((line) =>
        Effect.gen(function* () {
          const { body, status } = yield* line.handle({
            host: "api",
            method: "GET",
            path: `/v2/bot/insight/${path}`,
            query: new URLSearchParams(query),
            headers: { authorization: `Bearer ${Redacted.value(line.channel.channelAccessToken)}` },
            body: new Uint8Array()
          })
          const expected = message === null ? { message, key: null, stacktrace: null, code: null } : { message }
          assert.deepStrictEqual([status, JSON.parse(String(body))], [400, expected])
        })
      )
    )
  }
})
