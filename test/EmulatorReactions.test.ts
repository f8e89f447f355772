import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as TestClock from "effect/TestClock"
import * as Audiences from "line-effect/Audiences"
import * as Insights from "line-effect/Insights"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as Reactions from "../src/emulator/Reactions.js"
import * as World from "./support/World.js"

const shop = "https://example.com/shop"
const news = "https://example.com/news"
const messages = [
  Message.text("hello"),
  Message.video({
    originalContentUrl: "https://example.com/a.mp4",
    previewImageUrl: "https://example.com/a.jpg",
    trackingId: "video"
  })
]

const start = Date.UTC(2027, 0, 10)
const day = 24 * 3_600_000

/** A world of friends, and what they do: each with the IDs of the bubbles that they got. */
const people = (line: World.Line, count: number) => Effect.forEach(Array.from({ length: count }), () => line.addUser())

const bubblesOf = ({ world }: World.Line, userId: string) => (world.conversations.get(userId) ?? []).map(({ id }) => id)

const none = { uniqueImpression: null, uniqueClick: null, uniqueMediaPlayed: null, uniqueMediaPlayed100Percent: null }

const bubble = {
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

describe("reactions to a broadcast in the emulator", () => {
  it.scoped("are told from 20 people on", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(start)
      const line = yield* World.make()
      const { world } = line
      const users = yield* people(line, 25)
      const { requestId } = yield* World.provide(line)(Messaging.broadcast({ messages }))
      const event = World.provide(line)(Insights.getMessageEvent({ requestId }))
      const overview = { requestId, timestamp: start / 1000, delivered: 25 }
      assert.deepStrictEqual(yield* event, { overview: { ...overview, ...none }, messages: [], clicks: [] })
      const act = (some: ReadonlyArray<string>, react: (userId: string, bubbles: ReadonlyArray<string>) => void) => {
        for (const userId of some) react(userId, bubblesOf(line, userId))
      }
      act(users.slice(0, 19), (userId) => Reactions.opened(world, userId, userId, undefined, start))
      // Whatever is seen already is not seen again by looking at the chat.
      act(users.slice(0, 19), (userId) => Reactions.opened(world, userId, userId, undefined, start))
      assert.deepStrictEqual((yield* event).overview, { ...overview, ...none })
      act(users.slice(19), (userId) => Reactions.opened(world, userId, userId, undefined, start))
      act(users.slice(0, 3), (userId, [first = ""]) => Reactions.seen(world, userId, first, start))
      act(users.slice(0, 20), (userId, [first = ""]) => {
        Reactions.clicked(world, userId, first, shop, start)
        Reactions.clicked(world, userId, first, shop, start)
        Reactions.clicked(world, userId, first, "tel:0300000000", start)
      })
      act(users.slice(0, 19), (userId, [first = ""]) => Reactions.clicked(world, userId, first, news, start))
      act(users.slice(0, 22), (userId, [, second = ""]) => Reactions.played(world, userId, second, 50, start))
      act(users.slice(0, 20), (userId, [, second = ""]) => Reactions.played(world, userId, second, 100, start))
      assert.deepStrictEqual(yield* event, {
        overview: {
          ...overview,
          uniqueImpression: 25,
          uniqueClick: 20,
          uniqueMediaPlayed: 22,
          uniqueMediaPlayed100Percent: 20
        },
        messages: [
          { seq: 1, impression: 28, ...bubble },
          {
            seq: 2,
            impression: 25,
            mediaPlayed: 42,
            mediaPlayed25Percent: 42,
            mediaPlayed50Percent: 42,
            mediaPlayed75Percent: 20,
            mediaPlayed100Percent: 20,
            uniqueMediaPlayed: 22,
            uniqueMediaPlayed25Percent: 22,
            uniqueMediaPlayed50Percent: 22,
            uniqueMediaPlayed75Percent: 20,
            uniqueMediaPlayed100Percent: 20
          }
        ],
        clicks: [{ seq: 1, url: shop, click: 40, uniqueClick: 20, uniqueClickOfRequest: 20 }]
      })
    })
  )

  it.scoped("are counted for 14 days, and are of those who got it", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(start)
      const line = yield* World.make()
      const { world } = line
      const users = yield* people(line, 21)
      const { requestId } = yield* World.provide(line)(Messaging.broadcast({ messages: [Message.text("hello")] }))
      const [late = "", ...others] = users
      for (const userId of others) Reactions.opened(world, userId, userId, undefined, start + 14 * day)
      Reactions.opened(world, late, late, undefined, start + 14 * day + 1)
      const event = World.provide(line)(Insights.getMessageEvent({ requestId }))
      assert.strictEqual((yield* event).overview.uniqueImpression, 20)
      const [message = ""] = bubblesOf(line, late)
      for (const failed of [
        Reactions.seen(world, others[0] ?? "", message, start),
        Reactions.clicked(world, "U1", message, shop, start),
        Reactions.played(world, late, "1", 100, start)
      ]) {
        assert.isTrue(Either.isLeft(failed))
      }
    })
  )

  it.scoped("make audiences, where there are any", () =>
    Effect.gen(function* () {
      const line = yield* World.make()
      const { world } = line
      const [a = "", b = "", c = ""] = yield* people(line, 3)
      const provided = World.provide(line)
      const { requestId } = yield* provided(Messaging.broadcast({ messages: [Message.text("hello")] }))
      const create = (description: string, clickUrl?: string) =>
        provided(Audiences.createClickBasedAudienceGroup({ description, requestId, ...(clickUrl ? { clickUrl } : {}) }))
      const membersOf = ({ audienceGroupId }: { readonly audienceGroupId: number }) =>
        [...(world.audiences.get(audienceGroupId)?.jobs ?? [])].flatMap(({ ids }) => [...ids])
      assert.deepStrictEqual(membersOf(yield* create("nobody has reacted")), [a, b, c])
      const tap = (userId: string, url: string) =>
        Reactions.tapped(
          world,
          userId,
          { action: { type: "uri", uri: url }, messageId: bubblesOf(line, userId)[0] ?? "" },
          0
        )
      tap(a, shop)
      tap(b, news)
      assert.deepStrictEqual(membersOf(yield* create("shop", shop)), [a])
      assert.deepStrictEqual(membersOf(yield* create("elsewhere", "https://example.com")), [])
      const seen = yield* provided(Audiences.createImpBasedAudienceGroup({ description: "seen", requestId }))
      assert.deepStrictEqual(membersOf(seen), [a, b])
    })
  )

  it.scoped("are counted of a narrowcast as well", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(start)
      const line = yield* World.make()
      const users = yield* people(line, 20)
      const { requestId } = yield* World.provide(line)(Messaging.narrowcast({ messages: [Message.text("hello")] }))
      yield* TestClock.adjust("2 seconds")
      for (const userId of users) Reactions.opened(line.world, userId, userId, undefined, start)
      const event = yield* World.provide(line)(Insights.getMessageEvent({ requestId }))
      assert.deepStrictEqual(event.messages, [{ seq: 1, impression: 20, ...bubble }])
    })
  )
})

describe("reactions to the messages of a unit in the emulator", () => {
  it.scoped("are those to pushes and multicasts on the days of a period, in groups too", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(start)
      const line = yield* World.make()
      const { world } = line
      const provided = World.provide(line)
      const users = yield* people(line, 20)
      const groupId = yield* line.act({ type: "addGroup", userIds: users })
      yield* line.act({ type: "join", chatId: groupId })
      const hello = { messages: [Message.text("hello")], customAggregationUnits: ["spring"] }
      yield* provided(Messaging.multicast({ to: users, ...hello }))
      yield* TestClock.adjust("1 day")
      yield* provided(Messaging.pushMessage({ to: groupId, ...hello }))
      yield* provided(Messaging.pushMessage({ to: users[0] ?? "", messages: hello.messages }))
      for (const userId of users) {
        Reactions.opened(world, userId, userId, undefined, start)
        Reactions.opened(world, userId, groupId, undefined, start)
        const [message = ""] = bubblesOf(line, userId)
        Reactions.clicked(world, userId, message, shop, start)
      }
      const statistics = (from: string, to: string, customAggregationUnit = "spring") =>
        provided(Insights.getStatisticsPerUnit({ customAggregationUnit, from, to }))
      const told = (impression: number) => [{ seq: 1, impression, uniqueImpression: 20, ...bubble }]
      const clicks = [{ seq: 1, url: shop, click: 20, uniqueClick: 20, uniqueClickOfRequest: 20 }]
      assert.deepStrictEqual(yield* statistics("20270110", "20270111"), {
        overview: { ...none, uniqueImpression: 20, uniqueClick: 20 },
        messages: told(40),
        clicks
      })
      assert.deepInclude(yield* statistics("20270111", "20270111"), { messages: told(20), clicks: [] })
      const empty = { overview: none, messages: [], clicks: [] }
      assert.deepStrictEqual(yield* statistics("20270112", "20270112"), empty)
      assert.deepStrictEqual(yield* statistics("20270110", "20270111", "autumn"), empty)
    })
  )
})

describe("reactions to a rich menu in the emulator", () => {
  const action = (uri: string) => ({ type: "uri" as const, uri, label: "open" })
  const areas = [shop, news].map((uri, index) => ({
    bounds: { x: index * 400, y: 0, width: 400, height: 540 },
    action: action(uri)
  }))
  const menu = { size: { width: 800, height: 540 }, selected: true, name: "menu", chatBarText: "Menu", areas }

  it.scoped("are told by day, from the next day on, if 20 people tapped it", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(start)
      const line = yield* World.make()
      const { world } = line
      const users = yield* people(line, 21)
      const created = yield* line.call("POST", "/v2/bot/richmenu", { body: menu })
      assert.strictEqual(created.status, 200)
      const [richMenuId = ""] = [...world.richMenus.menus.keys()]
      const period = { richMenuId, from: "20270101", to: "20270131" }
      const summary = World.provide(line)(Insights.getRichMenuInsightSummary(period))
      const daily = World.provide(line)(Insights.getRichMenuInsightDaily(period))
      for (const userId of users) Reactions.opened(world, userId, userId, richMenuId, start)
      const tap = (userId: string, uri: string, now: number) =>
        Reactions.tapped(world, userId, { action: action(uri), richMenuId }, now)
      for (const userId of users.slice(0, 19)) tap(userId, shop, start)
      yield* TestClock.adjust("2 days")
      assert.deepStrictEqual(yield* summary, { richMenuId })
      tap(users[19] ?? "", news, start + day)
      tap(users[0] ?? "", shop, start + day)
      const shown = { metricsFrom: "20270110", metricsTo: "20270111" }
      const boundsOf = (index: number) => areas[index]?.bounds ?? { x: 0, y: 0, width: 0, height: 0 }
      assert.deepStrictEqual(yield* summary, {
        richMenuId,
        ...shown,
        impression: { metrics: { count: 23, uniqueUsers: 21 } },
        clicks: [
          { bounds: boundsOf(0), metrics: { count: 20, uniqueUsers: 19 } },
          { bounds: boundsOf(1), metrics: { count: 1, uniqueUsers: 1 } }
        ]
      })
      const days = (first: number, second: number) => [
        { date: "20270110", count: first, uniqueUsers: first },
        { date: "20270111", count: second, uniqueUsers: second }
      ]
      assert.deepStrictEqual(yield* daily, {
        richMenuId,
        ...shown,
        impression: { metrics: days(21, 2) },
        clicks: [
          { bounds: boundsOf(0), metrics: days(19, 1) },
          { bounds: boundsOf(1), metrics: days(0, 1) }
        ]
      })
      assert.isTrue(Either.isLeft(tap(users[0] ?? "", "https://example.com", start)))
      assert.isTrue(Either.isLeft(Reactions.menuSeen(world, users[0] ?? "", "richmenu-1", start)))
    })
  )
})
