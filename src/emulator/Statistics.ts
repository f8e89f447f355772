/**
 * What LINE counts: the monthly quota, the recipients reached each day, and the custom aggregation units. Days and
 * months are those of UTC+9. A call counts once for each recipient, however many messages it has.
 */
import * as Either from "effect/Either"
import * as Day from "../internal/Day.js"
import * as Page from "./Page.js"
import * as Refusal from "./Refusal.js"
import { ok, type Answer, type Handler, type Route } from "./Wire.js"
import type { World } from "./World.js"

/** The day of a time, as yyyyMMdd. */
export const dayOf = (time: number): string =>
  new Date(time + 9 * 3_600_000).toISOString().slice(0, 10).replaceAll("-", "")

const monthOf = (time: number): string => dayOf(time).slice(0, 6)

/** The recipients that the quota still has room for, reservations of running narrowcasts taken off. */
export const remaining = (world: World, now: number): number => {
  const { quota } = world.settings
  if (quota.type === "none") return Number.POSITIVE_INFINITY
  const reserved = [...world.narrowcasts.values()].reduce((sum, narrowcast) => sum + narrowcast.reserved, 0)
  return quota.value - used(world, now) - reserved
}

/** How many messages count against the quota of this month. */
export const used = (world: World, now: number): number => world.usage.get(monthOf(now)) ?? 0

/** Refuses more recipients than the quota has room for. */
export const requireQuota = (world: World, recipients: number, now: number): Either.Either<void, Answer> =>
  Refusal.unless(recipients <= remaining(world, now), Refusal.quotaExceeded)

/** The ways of sending that LINE counts apart. */
export type Kind = "reply" | "push" | "multicast" | "narrowcast" | "broadcast" | "pnp" | "pnp/templated"

/** What does not count against the quota: replies are free, and notification messages have a price of their own. */
const uncounted: ReadonlyArray<Kind> = ["reply", "pnp", "pnp/templated"]

/** Counts what was sent. */
export const count = (world: World, kind: Kind, recipients: number, now: number): void => {
  const date = dayOf(now)
  world.sent.set(`${kind} ${date}`, sentOn(world, kind, date) + recipients)
  if (!uncounted.includes(kind)) world.usage.set(monthOf(now), used(world, now) + recipients)
}

const unitsPerMonth = 1000

const unitsOf = (world: World, now: number): ReadonlySet<string> => world.units.get(monthOf(now)) ?? new Set()

/**
 * Notes the units a message is counted for, and returns them. LINE sends a message with one name too many without
 * assigning it.
 */
export const assignUnits = (world: World, units: ReadonlyArray<string> = [], now: number): ReadonlyArray<string> => {
  const known = new Set(unitsOf(world, now))
  for (const unit of units) if (known.size < unitsPerMonth) known.add(unit)
  world.units.set(monthOf(now), known)
  return units.filter((unit) => known.has(unit))
}

/** Whether the numbers of a day are there: not before LINE began to count, nor before the day is over. */
export const statusOf = (date: string, firstDay: string, now: number): "ready" | "unready" | "out_of_service" => {
  if (date < firstDay) return "out_of_service"
  return date >= dayOf(now) ? "unready" : "ready"
}

/** How many were reached on a day. */
export const sentOn = (world: World, kind: Kind, date: string): number => world.sent.get(`${kind} ${date}`) ?? 0

const numberOfSent =
  (kind: Kind): Handler =>
  ({ now, query, world }) => {
    const date = query.get("date") ?? ""
    if (Day.parse(date) === undefined) return Either.left(Refusal.parameter("date"))
    const status = statusOf(date, "20180331", now)
    return Either.right(ok(status === "ready" ? { status, success: sentOn(world, kind, date) } : { status }))
  }

const delivered = (operationId: string, kind: Kind): Route => ({
  operationId,
  method: "GET",
  path: `/v2/bot/message/delivery/${kind}`,
  handler: numberOfSent(kind)
})

/** The operations. */
export const routes: ReadonlyArray<Route> = [
  {
    operationId: "getMessageQuota",
    method: "GET",
    path: "/v2/bot/message/quota",
    handler: ({ world }) => Either.right(ok(world.settings.quota))
  },
  {
    operationId: "getMessageQuotaConsumption",
    method: "GET",
    path: "/v2/bot/message/quota/consumption",
    handler: ({ now, world }) => Either.right(ok({ totalUsage: used(world, now) }))
  },
  delivered("getNumberOfSentReplyMessages", "reply"),
  delivered("getNumberOfSentPushMessages", "push"),
  delivered("getNumberOfSentMulticastMessages", "multicast"),
  delivered("getNumberOfSentBroadcastMessages", "broadcast"),
  delivered("getPNPMessageStatistics", "pnp"),
  delivered("getTemplatedPNPMessageStatistics", "pnp/templated"),
  {
    operationId: "getAggregationUnitUsage",
    method: "GET",
    path: "/v2/bot/message/aggregation/info",
    handler: ({ now, world }) => Either.right(ok({ numOfCustomAggregationUnits: unitsOf(world, now).size }))
  },
  {
    operationId: "getAggregationUnitNameList",
    method: "GET",
    path: "/v2/bot/message/aggregation/list",
    handler: (call) =>
      Page.of(call, "customAggregationUnits", [...unitsOf(call.world, call.now)], { maximum: 100, usual: 100 })
  }
]
