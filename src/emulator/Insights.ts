/**
 * What LINE would count of this world: the messages sent, the friends, and what users do with messages and rich menus.
 */
import * as Arr from "effect/Array"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Day from "../internal/Day.js"
import * as Limit from "../internal/Limit.js"
import type { Demographics } from "./Model.js"
import * as Narrowcast from "./Narrowcast.js"
import * as Reactions from "./Reactions.js"
import * as Refusal from "./Refusal.js"
import * as Statistics from "./Statistics.js"
import { ok, type Answer, type Handler, type Route } from "./Wire.js"
import type { UserState, World } from "./World.js"

const badRequest = Refusal.refuse(400, "Bad Request")

const dayOf = (query: URLSearchParams, name: string): Either.Either<string, Answer> => {
  const day = query.get(name) ?? ""
  return Day.parse(day) === undefined ? Either.left(badRequest) : Either.right(day)
}

const getNumberOfMessageDeliveries: Handler = ({ now, query, world }) =>
  Either.map(dayOf(query, "date"), (date) => {
    const status = Statistics.statusOf(date, "20170301", now)
    if (status !== "ready") return ok({ status })
    return ok({
      status,
      apiBroadcast: Statistics.sentOn(world, "broadcast", date),
      apiPush: Statistics.sentOn(world, "push", date),
      apiMulticast: Statistics.sentOn(world, "multicast", date),
      apiNarrowcast: Statistics.sentOn(world, "narrowcast", date),
      apiReply: Statistics.sentOn(world, "reply", date),
      pnpNoticeMessage: Statistics.sentOn(world, "pnp", date) + Statistics.sentOn(world, "pnp/templated", date)
    })
  })

const getNumberOfFollowers: Handler = ({ now, query, world }) =>
  Either.gen(function* () {
    yield* Refusal.unless(query.has("date"), Refusal.refuse(400, "date is required"))
    const date = yield* dayOf(query, "date")
    const status = Statistics.statusOf(date, "20161101", now)
    if (status !== "ready") return ok({ status, followers: null, targetedReaches: null, blocks: null })
    const users = [...world.users.values()].map((user) => ({ user, relations: relationsUntil(user, date) }))
    return ok({
      status,
      followers: users.filter(({ relations }) => relations.includes("friend")).length,
      targetedReaches: users.filter(({ relations, user }) => relations.at(-1) === "friend" && isKnown(user)).length,
      blocks: users.filter(({ relations }) => relations.at(-1) === "blocked").length
    })
  })

/** How a user has stood to the bot, up to the end of a day. */
const relationsUntil = ({ relations }: UserState, date: string): ReadonlyArray<UserState["relation"]> =>
  relations.filter(({ since }) => Statistics.dayOf(since) <= date).map(({ relation }) => relation)

/** Whether messages selected by gender, age or area can reach a user. */
const isKnown = ({ demographics: { age, area, gender } }: UserState): boolean =>
  age !== undefined || area !== undefined || gender !== undefined

const fewest = 20

const getFriendsDemographics: Handler = ({ world }) => {
  const friends = [...world.users.values()].filter(({ relation }) => relation === "friend")
  const available = friends.filter(isKnown).length >= fewest
  const people = available ? friends.map(({ demographics }) => demographics) : []
  return Either.right(
    ok({
      available,
      genders: shares("gender", people, ({ gender = "unknown" }) => gender),
      ages: shares("age", people, ageGroup),
      areas: shares("area", people, areaName),
      appTypes: shares("appType", people, ({ appType = "others" }) => appType),
      subscriptionPeriods: shares("subscriptionPeriod", people, period)
    })
  )
}

/** How many percent have which value, the most first. */
const shares = (name: string, people: ReadonlyArray<Demographics>, valueOf: (person: Demographics) => string) =>
  Object.entries(Arr.groupBy(people, valueOf))
    .map(([value, group]) => ({ [name]: value, percentage: Math.round((1000 * group.length) / people.length) / 10 }))
    .sort((a, b) => Number(b["percentage"]) - Number(a["percentage"]))

const ageGroup = ({ age }: Demographics): string => {
  if (age === undefined) return "unknown"
  if (age < 15) return "from0to14"
  const youngest = Math.floor(age / 5) * 5
  return youngest < 70 ? `from${youngest}to${youngest + 4}` : "from70"
}

const period = ({ subscriptionPeriod: days }: Demographics): string => {
  if (days === undefined) return "unknown"
  const within = [7, 30, 90, 180, 365].find((limit) => days < limit)
  return within === undefined ? "over365days" : `within${within}days`
}

/** The names of areas, in the order of LINE's numbers: a narrowcast selects by number, and the statistics tell names. */
const areaNames: Readonly<Record<string, ReadonlyArray<string>>> = {
  jp: [
    "北海道 青森 岩手 宮城 秋田 山形 福島 茨城 栃木 群馬 埼玉 千葉 東京 神奈川 新潟 富山 石川 福井 山梨 長野 岐阜 静岡 愛知",
    "三重 滋賀 京都 大阪 兵庫 奈良 和歌山 鳥取 島根 岡山 広島 山口 徳島 香川 愛媛 高知 福岡 佐賀 長崎 熊本 大分 宮崎 鹿児島 沖縄"
  ].flatMap((names) => names.split(" ")),
  tw: [
    "台北市 新北市 桃園市 台中市 台南市 高雄市 基隆市 新竹市 嘉義市 新竹縣 苗栗縣",
    "彰化縣 南投縣 雲林縣 嘉義縣 屏東縣 宜蘭縣 花蓮縣 台東縣 澎湖縣 金門縣 連江縣"
  ].flatMap((names) => names.split(" ")),
  th: "Bangkok Pattaya Northern Central Southern Eastern NorthEastern Western".split(" ")
}

const areaName = ({ area = "" }: Demographics): string => {
  const [country = "", number] = area.split("_")
  return areaNames[country]?.[Number(number) - 1] ?? "unknown"
}

const getMessageEvent: Handler = ({ query, world }) => {
  const requestId = query.get("requestId") ?? ""
  const sending = sendingOf(world, requestId)
  if (sending === undefined) return Either.left(badRequest)
  const { overview, ...rest } = Reactions.ofRequest(world, requestId)
  return Either.right(ok({ overview: { requestId, ...sending, ...overview }, ...rest }))
}

/** When a broadcast or narrowcast was sent, and to how many, as soon as it has been. */
const sendingOf = (world: World, requestId: string) => {
  const broadcast = world.broadcasts.get(requestId)
  if (broadcast !== undefined) {
    return { timestamp: Math.floor(broadcast.sentAt / 1000), delivered: broadcast.recipients.length }
  }
  const narrowcast = world.narrowcasts.get(requestId)
  if (narrowcast === undefined) return undefined
  return {
    timestamp: Math.floor(Narrowcast.completedAt(narrowcast) / 1000),
    delivered: narrowcast.ended && narrowcast.failure === undefined ? narrowcast.recipients.length : null
  }
}

/** LINE's words where it has no statistics of a unit. */
const noStatistics: Answer = { status: 400, body: { message: null, key: null, stacktrace: null, code: null } }

const getStatisticsPerUnit: Handler = ({ query, world }) =>
  Either.gen(function* () {
    const unit = query.get("customAggregationUnit")
    if (!Schema.is(Limit.AggregationUnit)(unit)) return yield* Either.left(noStatistics)
    const period = yield* Either.mapLeft(periodOf(query), () => noStatistics)
    yield* Refusal.unless(Day.within(30)(period).length === 0, noStatistics)
    return ok(Reactions.ofUnit(world, unit, period.from, period.to))
  })

const periodOf = (query: URLSearchParams): Either.Either<Day.Period, Answer> =>
  Either.all({ from: dayOf(query, "from"), to: dayOf(query, "to") })

const getRichMenuInsight =
  (longest: number, metricsOf: (of: Reactions.Metrics) => unknown): Handler =>
  ({ now, path, query, world }) =>
    Either.gen(function* () {
      const { from, to } = yield* periodOf(query)
      yield* Refusal.unless(
        from <= to,
        Refusal.refuse(400, "Parameter to must be the same date as, or after parameter from.")
      )
      yield* Refusal.unless(
        Day.within(longest)({ from, to }).length === 0,
        Refusal.refuse(400, `Date range exceeds. Max range is ${longest} days.`)
      )
      const earliest = threeYearsBefore(Statistics.dayOf(now))
      const date = `${earliest.slice(0, 4)}-${earliest.slice(4, 6)}-${earliest.slice(6)}`
      yield* Refusal.unless(
        from >= earliest,
        Refusal.refuse(400, `Parameter from must be the same date as, or after ${date}.`)
      )
      const { richMenuId = "" } = path
      const found = world.richMenus.menus.get(richMenuId)
      if (found === undefined) return yield* Either.left(Refusal.notFound)
      const days = daysOf({ from, to }).filter(
        (day) => Statistics.dayOf(found.createdAt) <= day && day < Statistics.dayOf(now)
      )
      const reactions = Reactions.ofRichMenu(world, richMenuId, days)
      if (reactions === undefined) return ok({ richMenuId })
      return ok({
        richMenuId,
        metricsFrom: days.at(0),
        metricsTo: days.at(-1),
        impression: { metrics: metricsOf(reactions.impression) },
        clicks: found.menu.areas.map(({ bounds }, index) => ({ bounds, metrics: metricsOf(reactions.area(index)) }))
      })
    })

const daysOf = ({ from, to }: Day.Period): ReadonlyArray<string> => {
  const [first = 0, last = 0] = [Day.parse(from), Day.parse(to)]
  return Array.from({ length: last - first + 1 }, (_, index) => Day.format(first + index))
}

/** The day three years before another; before the 29th of February, the 28th. */
const threeYearsBefore = (day: string): string => {
  const number = Number(day) - 30_000
  return String(Day.parse(String(number)) === undefined ? number - 1 : number)
}

const get = (operationId: string, path: string, handler: Handler): Route => ({
  operationId,
  method: "GET",
  path: `/v2/bot/insight/${path}`,
  handler
})

/** The operations. */
export const routes: ReadonlyArray<Route> = [
  get("getNumberOfMessageDeliveries", "message/delivery", getNumberOfMessageDeliveries),
  get("getNumberOfFollowers", "followers", getNumberOfFollowers),
  get("getFriendsDemographics", "demographic", getFriendsDemographics),
  get("getMessageEvent", "message/event", getMessageEvent),
  get("getStatisticsPerUnit", "message/event/aggregation", getStatisticsPerUnit),
  get(
    "getRichMenuInsightSummary",
    "richmenu/{richMenuId}/summary",
    getRichMenuInsight(396, ({ total }) => total)
  ),
  get(
    "getRichMenuInsightDaily",
    "richmenu/{richMenuId}/daily",
    getRichMenuInsight(99, ({ daily }) => daily)
  )
]
