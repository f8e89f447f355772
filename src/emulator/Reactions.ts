/**
 * What users do with the messages and rich menus that they get, as LINE counts it: what they see, which links they open,
 * what they play. Of a message it counts for 14 days.
 */
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import { isDeepStrictEqual } from "node:util"
import type * as Insights from "../Insights.js"
import * as Statistics from "./Statistics.js"
import type { StoredMessage, World } from "./World.js"

/** Everything that is counted. */
export interface State {
  /** By the request that sent the messages. */
  readonly sendings: Map<string, Sending>
  /** By rich menu and day. */
  readonly richMenus: Map<string, Map<string, Counts>>
}

/** Where a message comes from: its request, its number there from 1, and the units that it is counted for. */
export interface Origin {
  readonly requestId: string
  readonly bubble: number
  readonly units: ReadonlyArray<string>
}

interface Sending {
  readonly sentAt: number
  readonly units: ReadonlyArray<string>
  readonly counts: Counts
}

/** How often each user did something, by what it was. */
type Counts = Map<string, Count>

interface Count extends Reaction {
  readonly users: Map<string, number>
}

/** Something that users do: with a bubble, or with an area of a rich menu. */
interface Reaction {
  readonly kind: "impression" | "click" | `played ${Part}`
  readonly place: number
  readonly url: string
}

/** How much of a video or audio was played, in percent. */
export type Part = 0 | 25 | 50 | 75 | 100

const parts = [0, 25, 50, 75, 100] as const

/** Nothing is counted. */
export const empty = (): State => ({ sendings: new Map(), richMenus: new Map() })

const countedFor = 14 * 24 * 3_600_000

const add = (counts: Counts, { kind, place, url }: Reaction, userId: string): void => {
  const key = `${kind} ${place} ${url}`
  const count = counts.get(key) ?? { kind, place, url, users: new Map<string, number>() }
  counts.set(key, count)
  count.users.set(userId, (count.users.get(userId) ?? 0) + 1)
}

/** A message of the bot's that a user has before them. */
const shownTo = (world: World, userId: string, messageId: string): Either.Either<StoredMessage, string> => {
  const message = world.messages.get(messageId)
  if (!world.users.has(userId)) return Either.left(`There is no user ${userId}`)
  const isThere =
    message !== undefined &&
    message.from === world.channel.userId &&
    (message.chatId === userId || world.chats.get(message.chatId)?.members.has(userId) === true)
  return isThere ? Either.right(message) : Either.left(`The user has no message ${messageId} of the bot's`)
}

/** Counts what a user does with a message. Whoever does anything with it sees it. */
const react = (
  world: World,
  userId: string,
  { origin, timestamp }: StoredMessage,
  reactions: ReadonlyArray<Omit<Reaction, "place">>,
  now: number
): void => {
  if (origin === undefined || now - timestamp > countedFor) return
  const { sendings } = world.reactions
  const { bubble: place, requestId, units } = origin
  const sending: Sending = sendings.get(requestId) ?? { sentAt: timestamp, units, counts: new Map() }
  sendings.set(requestId, sending)
  const isFirst = !sending.counts.get(`impression ${place} `)?.users.has(userId)
  if (isFirst || reactions.length === 0) add(sending.counts, { kind: "impression", place, url: "" }, userId)
  for (const reaction of reactions) add(sending.counts, { ...reaction, place }, userId)
}

/** A user sees a message of the bot's, once more if they have seen it. */
export const seen = (world: World, userId: string, messageId: string, now: number): Either.Either<void, string> =>
  Either.map(shownTo(world, userId, messageId), (message) => react(world, userId, message, [], now))

/** A user opens a link in a message of the bot's. */
export const clicked = (
  world: World,
  userId: string,
  messageId: string,
  url: string,
  now: number
): Either.Either<void, string> =>
  Either.map(shownTo(world, userId, messageId), (message) => {
    // Whatever else can be tapped, such as a phone number, leads to no page.
    if (/^https?:/i.test(url)) react(world, userId, message, [{ kind: "click", url }], now)
  })

/** A user plays a video or an audio in a message of the bot's, as far as some percent. */
export const played = (
  world: World,
  userId: string,
  messageId: string,
  percent: Part,
  now: number
): Either.Either<void, string> =>
  Either.map(shownTo(world, userId, messageId), (message) => {
    const reached = parts.filter((part) => part <= percent)
    react(
      world,
      userId,
      message,
      reached.map((part) => ({ kind: `played ${part}` as const, url: "" })),
      now
    )
  })

/** A user sees a rich menu. */
export const menuSeen = (world: World, userId: string, richMenuId: string, now: number): Either.Either<void, string> =>
  reactToMenu(world, userId, richMenuId, undefined, now)

/** A user taps the area of a rich menu that has an action. */
export const menuTapped = (
  world: World,
  userId: string,
  richMenuId: string,
  action: unknown,
  now: number
): Either.Either<void, string> => {
  const areas = world.richMenus.menus.get(richMenuId)?.menu.areas ?? []
  const place = areas.findIndex((area) => isDeepStrictEqual(area.action, action))
  if (place === -1) return Either.left(`There is no rich menu ${richMenuId} with this action`)
  return reactToMenu(world, userId, richMenuId, place, now)
}

const reactToMenu = (
  world: World,
  userId: string,
  richMenuId: string,
  place: number | undefined,
  now: number
): Either.Either<void, string> => {
  if (!world.users.has(userId)) return Either.left(`There is no user ${userId}`)
  if (!world.richMenus.menus.has(richMenuId)) return Either.left(`There is no rich menu ${richMenuId}`)
  const days = world.reactions.richMenus.get(richMenuId) ?? new Map<string, Counts>()
  world.reactions.richMenus.set(richMenuId, days)
  const day = Statistics.dayOf(now)
  const counts: Counts = days.get(day) ?? new Map()
  days.set(day, counts)
  const isFirst = !counts.get("impression 0 ")?.users.has(userId)
  if (isFirst || place === undefined) add(counts, { kind: "impression", place: 0, url: "" }, userId)
  if (place !== undefined) add(counts, { kind: "click", place, url: "" }, userId)
  return Either.void
}

/** A user looks at a chat: at what the bot sent and they have not seen, and at the rich menu, if it is theirs alone. */
export const opened = (
  world: World,
  userId: string,
  chatId: string,
  richMenuId: string | undefined,
  now: number
): void => {
  for (const message of world.conversations.get(chatId) ?? []) {
    const { origin } = message
    if (origin === undefined) continue
    const seenBy = world.reactions.sendings.get(origin.requestId)?.counts.get(`impression ${origin.bubble} `)?.users
    if (seenBy?.has(userId) !== true) react(world, userId, message, [], now)
  }
  if (richMenuId !== undefined && chatId === userId) menuSeen(world, userId, richMenuId, now)
}

/** A user taps an action of a message or of a rich menu. */
export const tapped = (
  world: World,
  userId: string,
  {
    action,
    messageId,
    richMenuId
  }: { readonly action: Readonly<Record<string, unknown>>; readonly messageId?: string; readonly richMenuId?: string },
  now: number
): Either.Either<void, string> => {
  if (richMenuId !== undefined) return menuTapped(world, userId, richMenuId, action, now)
  // An imagemap has a name of its own for it.
  const url = action["type"] === "uri" ? (action["uri"] ?? action["linkUri"]) : undefined
  return messageId === undefined || !Predicate.isString(url) ? Either.void : clicked(world, userId, messageId, url, now)
}

/** Who saw a message, or opened a link in it; nothing if nobody has reacted to it in any way. */
export const usersOf = (
  { reactions }: World,
  requestId: string,
  kind: "impression" | "click",
  url: string | undefined
): ReadonlySet<string> | undefined => {
  const sending = reactions.sendings.get(requestId)
  return sending === undefined
    ? undefined
    : union([sending.counts], (count) => count.kind === kind && (url === undefined || count.url === url))
}

/** Who did what fits. */
const union = (all: ReadonlyArray<Counts>, fits: (count: Count) => boolean): ReadonlySet<string> =>
  new Set(all.flatMap((counts) => [...counts.values()].filter(fits).flatMap(({ users }) => [...users.keys()])))

interface Metric {
  readonly count: number
  readonly uniqueUsers: number
}

/** How often, and by how many, what fits was done. */
const sum = (all: ReadonlyArray<Counts>, fits: (count: Count) => boolean): Metric => {
  const found = all.flatMap((counts) => [...counts.values()].filter(fits))
  const count = found.flatMap(({ users }) => [...users.values()]).reduce((total, times) => total + times, 0)
  return { count, uniqueUsers: union(all, fits).size }
}

const fewest = 20

/** LINE tells nothing of fewer than 20, nor of what fewer than 20 did. */
const told = ({ count, uniqueUsers }: Metric) =>
  uniqueUsers < fewest ? { count: null, unique: null } : { count, unique: uniqueUsers }

/** What LINE tells of the messages of a request. */
export const ofRequest = (world: World, requestId: string) => {
  const { messages, ...rest } = interactions([world.reactions.sendings.get(requestId)?.counts ?? new Map()])
  return { ...rest, messages: messages.map(({ uniqueImpression: _, ...bubble }) => bubble) }
}

/** What LINE tells of the messages of a unit that were sent on the days of a period. */
export const ofUnit = ({ reactions }: World, unit: string, from: string, to: string) =>
  interactions(
    [...reactions.sendings.values()].flatMap(({ counts, sentAt, units }) => {
      const day = Statistics.dayOf(sentAt)
      return units.includes(unit) && from <= day && day <= to ? [counts] : []
    })
  )

const interactions = (all: ReadonlyArray<Counts>) => {
  const unique = (fits: (count: Count) => boolean) => told(sum(all, fits)).unique
  const places = [...new Set(all.flatMap((counts) => [...counts.values()].map(({ place }) => place)))].sort(
    (a, b) => a - b
  )
  return {
    overview: {
      uniqueImpression: unique(({ kind }) => kind === "impression"),
      uniqueClick: unique(({ kind }) => kind === "click"),
      uniqueMediaPlayed: unique(({ kind }) => kind === "played 0"),
      uniqueMediaPlayed100Percent: unique(({ kind }) => kind === "played 100")
    },
    messages: places.map((place) => bubbleOf(all, place)).filter(isTold),
    clicks: places.flatMap((place) => clicksOf(all, place)).filter(isTold)
  }
}

/** Whether there is any number that LINE tells. */
const isTold = ({ seq: _, ...numbers }: Insights.BubbleReactions | Insights.UrlClicks): boolean =>
  Object.values(numbers).some(Predicate.isNumber)

const bubbleOf = (all: ReadonlyArray<Counts>, seq: number): Insights.BubbleReactions => {
  const of = (wanted: Reaction["kind"]) => told(sum(all, ({ kind, place }) => kind === wanted && place === seq))
  const impression = of("impression")
  const [start, quarter, half, most, whole] = parts.map((part) => of(`played ${part}`))
  return {
    seq,
    impression: impression.count,
    uniqueImpression: impression.unique,
    mediaPlayed: start?.count ?? null,
    mediaPlayed25Percent: quarter?.count ?? null,
    mediaPlayed50Percent: half?.count ?? null,
    mediaPlayed75Percent: most?.count ?? null,
    mediaPlayed100Percent: whole?.count ?? null,
    uniqueMediaPlayed: start?.unique ?? null,
    uniqueMediaPlayed25Percent: quarter?.unique ?? null,
    uniqueMediaPlayed50Percent: half?.unique ?? null,
    uniqueMediaPlayed75Percent: most?.unique ?? null,
    uniqueMediaPlayed100Percent: whole?.unique ?? null
  }
}

const clicksOf = (all: ReadonlyArray<Counts>, seq: number): ReadonlyArray<Insights.UrlClicks> => {
  const isClick = ({ kind, place }: Count) => kind === "click" && place === seq
  const urls = new Set(all.flatMap((counts) => [...counts.values()].filter(isClick).map(({ url }) => url)))
  return [...urls].map((url) => {
    const here = told(sum(all, (count) => isClick(count) && count.url === url))
    const anywhere = told(sum(all, (count) => count.kind === "click" && count.url === url))
    return { seq, url, click: here.count, uniqueClick: here.unique, uniqueClickOfRequest: anywhere.unique }
  })
}

/** How often a rich menu was seen or an area of it tapped, in a whole period and on each day of it. */
export interface Metrics {
  readonly total: Metric
  readonly daily: ReadonlyArray<Metric & { readonly date: string }>
}

/** What LINE tells of a rich menu on some days, in which there are at least 20 who tapped it. */
export const ofRichMenu = ({ reactions }: World, richMenuId: string, days: ReadonlyArray<string>) => {
  const counted = days.map((date) => ({
    date,
    all: [reactions.richMenus.get(richMenuId)?.get(date) ?? new Map<string, Count>()]
  }))
  const whole = counted.flatMap(({ all }) => all)
  if (union(whole, ({ kind }) => kind === "click").size < fewest) return undefined
  const of = (fits: (count: Count) => boolean): Metrics => ({
    total: sum(whole, fits),
    daily: counted.map(({ all, date }) => ({ date, ...sum(all, fits) }))
  })
  return {
    impression: of(({ kind }) => kind === "impression"),
    area: (index: number) => of(({ kind, place }) => kind === "click" && place === index)
  }
}
