/**
 * Memberships: the plans that the account offers, and who has joined them. Nobody pays here: a membership goes on until
 * the user leaves, and is renewed when they renew it.
 */
import * as Either from "effect/Either"
import * as Struct from "effect/Struct"
import * as Day from "../internal/Day.js"
import * as Id from "./Id.js"
import * as Page from "./Page.js"
import type { Member, Plan } from "./Plan.js"
import * as Refusal from "./Refusal.js"
import * as Statistics from "./Statistics.js"
import { ok, type Event, type Handler, type Route } from "./Wire.js"
import * as World from "./World.js"

/** Whether users can join a plan from now on. */
export const publish = (world: World.World, membershipId: number, isPublished: boolean): Either.Either<void, string> =>
  Either.map(planOf(world, membershipId), (plan) => {
    world.memberships.set(membershipId, { ...plan, isPublished })
  })

const planOf = ({ memberships }: World.World, membershipId: number): Either.Either<Plan, string> =>
  Either.fromNullable(memberships.get(membershipId), () => `There is no membership plan ${membershipId}`)

/** A user joins a plan: the first that is published unless told which. */
export const join = (
  world: World.World,
  userId: string,
  membershipId: number | undefined,
  now: number
): Either.Either<Event, string> =>
  Either.gen(function* () {
    const { relation, user } = yield* userOf(world, userId)
    const first = [...world.memberships.values()].find(({ isPublished }) => isPublished)?.membershipId
    const plan = yield* planOf(world, membershipId ?? first ?? 0)
    const rules = [
      [relation !== "blocked", `${user.displayName} has blocked the bot: follow first`],
      [plan.isPublished, `Nobody can join ${plan.title} any more`],
      [!plan.members.has(userId), `${user.displayName} is a member of ${plan.title}`],
      [plan.members.size < (plan.memberLimit ?? Infinity), `${plan.title} is full`]
    ] as const
    for (const [holds, reason] of rules) if (!holds) yield* Either.left(reason)
    plan.members.set(userId, { membershipNo: ++plan.joined, joinedAt: now, months: 1 })
    return eventOf(world, "joined", userId, plan, now)
  })

/** A user pays for another month of a plan: the one that they have joined unless told which. */
export const renew = (
  world: World.World,
  userId: string,
  membershipId: number | undefined,
  now: number
): Either.Either<Event, string> =>
  Either.map(memberOf(world, userId, membershipId), ({ member, plan }) => {
    plan.members.set(userId, { ...member, months: member.months + 1 })
    return eventOf(world, "renewed", userId, plan, now)
  })

/** A user leaves a plan: the one that they have joined unless told which. */
export const leave = (
  world: World.World,
  userId: string,
  membershipId: number | undefined,
  now: number
): Either.Either<Event, string> =>
  Either.map(memberOf(world, userId, membershipId), ({ plan }) => {
    plan.members.delete(userId)
    return eventOf(world, "left", userId, plan, now)
  })

const userOf = (world: World.World, userId: string): Either.Either<World.UserState, string> =>
  Either.fromNullable(world.users.get(userId), () => `There is no user ${userId}`)

const memberOf = (
  world: World.World,
  userId: string,
  membershipId: number | undefined
): Either.Either<{ readonly plan: Plan; readonly member: Member }, string> =>
  Either.gen(function* () {
    const { user } = yield* userOf(world, userId)
    const plan =
      membershipId === undefined
        ? [...world.memberships.values()].find(({ members }) => members.has(userId))
        : yield* planOf(world, membershipId)
    const member = plan?.members.get(userId)
    return plan === undefined || member === undefined
      ? yield* Either.left(`${user.displayName} is no member of ${plan?.title ?? "any plan"}`)
      : { plan, member }
  })

const eventOf = (
  world: World.World,
  type: "joined" | "renewed" | "left",
  userId: string,
  { membershipId }: Plan,
  now: number
): Event => ({
  type: "membership",
  source: { type: "user", userId },
  replyToken: World.issueReplyToken(world, userId, now),
  membership: { type, membershipId }
})

const shared = ["membershipId", "title", "description", "benefits", "price", "currency"] as const

const noPlans = Refusal.refuse(404, "Membership plan not found")
const unknownPlan = Refusal.refuse(404, "Membership ID is not found")

/** A plan that nobody can join has ended when its last member has left. */
const getMembershipList: Handler = ({ world }) => {
  const memberships = [...world.memberships.values()]
    .filter(({ isPublished, members }) => isPublished || members.size > 0)
    .map((plan) => ({
      ...Struct.pick(plan, ...shared, "memberLimit", "isInAppPurchase", "isPublished"),
      memberCount: plan.members.size
    }))
  return memberships.length === 0 ? Either.left(noPlans) : Either.right(ok({ memberships }))
}

const getMembershipSubscription: Handler = (call) =>
  Either.flatMap(Id.parameter(call, "userId"), (userId) => {
    const subscriptions = [...call.world.memberships.values()].flatMap((plan) => {
      const member = plan.members.get(userId)
      return member === undefined ? [] : [{ membership: Struct.pick(plan, ...shared), user: shown(member) }]
    })
    return subscriptions.length === 0 ? Either.left(Refusal.notFound) : Either.right(ok({ subscriptions }))
  })

const shown = ({ joinedAt, membershipNo, months }: Member) => ({
  membershipNo,
  joinedTime: Math.floor(joinedAt / 1000),
  nextBillingDate: monthsAfter(Statistics.dayOf(joinedAt), months),
  totalSubscriptionMonths: months
})

/** The same day some months later, or the last of that month if it has no such day. */
const monthsAfter = (day: string, months: number): string => {
  const month = Number(day.slice(0, 4)) * 12 + Number(day.slice(4, 6)) - 1 + months
  const start = `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, "0")}`
  const last = [28, 29, 30, 31].findLast((date) => Day.parse(`${start.replace("-", "")}${date}`) !== undefined) ?? 28
  return `${start}-${String(Math.min(Number(day.slice(6)), last)).padStart(2, "0")}`
}

const getJoinedMembershipUsers: Handler = (call) =>
  Either.gen(function* () {
    const { path, world } = call
    const { membershipId = "" } = path
    yield* Refusal.unless(/^\d+$/.test(membershipId), Refusal.parameter("membershipId"))
    const plan = world.memberships.get(Number(membershipId))
    if (plan === undefined) return yield* Either.left(unknownPlan)
    const friends = [...plan.members.keys()].filter((userId) => world.users.get(userId)?.relation === "friend")
    return yield* Page.of(call, "userIds", friends, { usual: 300, maximum: 1000 })
  })

const get = (operationId: string, path: string, handler: Handler): Route => ({
  operationId,
  method: "GET",
  path: `/v2/bot/membership/${path}`,
  handler
})

/** The operations. */
export const routes: ReadonlyArray<Route> = [
  get("getMembershipList", "list", getMembershipList),
  get("getMembershipSubscription", "subscription/{userId}", getMembershipSubscription),
  get("getJoinedMembershipUsers", "{membershipId}/users/ids", getJoinedMembershipUsers)
]
