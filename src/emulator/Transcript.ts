/**
 * A conversation as a person reads it: who said what, which webhooks failed, and what LINE refused.
 */
import * as Predicate from "effect/Predicate"
import type { Chat, ChatMessage, RequestRecord } from "./Model.js"
import type { Overview } from "./Overview.js"
import * as Sight from "./Sight.js"
import type { Delivery, Outcome } from "./Webhook.js"
import { chatId } from "./World.js"

/** Something that a person did and that is no message. */
export interface Deed {
  /** How many messages there were before it. */
  readonly after: number
  readonly what: string
  readonly delivery: Delivery
}

/** What there is to tell. */
export interface Matter {
  readonly chat: Chat
  readonly overview: Overview
  readonly messages: ReadonlyArray<ChatMessage>
  readonly deeds: ReadonlyArray<Deed>
  readonly deliveries: ReadonlyArray<Delivery>
  /** The requests of the bot, since the conversation began. */
  readonly requests: ReadonlyArray<RequestRecord>
  /** The ID of the message that it is about. */
  readonly marked: string | undefined
}

/** Tells all of it, in lines. */
export const of = (matter: Matter): ReadonlyArray<string> => [
  "The conversation:",
  ...indented(situation(matter)),
  ...conversation(matter),
  ...indented(otherFailures(matter)),
  ...calls(matter)
]

const indented = (lines: ReadonlyArray<string>): ReadonlyArray<string> => lines.map((line) => `    ${line}`)

const own = ({ chat, overview }: Matter) => overview.chats.find((other) => chatId(other) === chatId(chat))

/** Why the bot or its messages may not arrive. */
const situation = (matter: Matter): ReadonlyArray<string> => {
  const chat = own(matter)
  const bot = matter.overview.channel.displayName
  if (chat === undefined) return []
  if (!("relation" in chat)) return chat.joined ? [] : [`${bot} is not in this ${chat.type}.`]
  switch (chat.relation) {
    case "friend":
      return []
    case "blocked":
      return [`${chat.displayName} has blocked ${bot}.`]
    case "stranger":
      return [`${chat.displayName} has not added ${bot} as a friend.`]
  }
}

const conversation = (matter: Matter): ReadonlyArray<string> => {
  const { deeds, deliveries, marked, messages } = matter
  if (messages.length === 0 && deeds.length === 0) return indented(["Nobody has said anything."])
  const done = (after: number) =>
    indented(
      deeds
        .filter((deed) => deed.after === after)
        .flatMap(({ delivery, what }) => [what, ...failures([delivery]).map((line) => `  ${line}`)])
    )
  return [
    ...messages.flatMap((message, index) => {
      const [first = "", ...rest] = spoken(matter, message)
      const told = deliveries.filter(({ events }) => events.some((event) => event.message?.id === message.id))
      return [
        ...done(index),
        `  ${message.id === marked ? ">" : " "} ${first}`,
        ...indented([...rest, ...failures(told).map((line) => `  ${line}`)])
      ]
    }),
    ...done(messages.length)
  ]
}

/** A message, after the name of who sent it. */
const spoken = ({ overview }: Matter, { edited, from, message, unsent, via }: ChatMessage): ReadonlyArray<string> => {
  const user = overview.chats.find((chat) => chat.type === "user" && chat.userId === from)
  const name = via === "user" ? (user?.type === "user" ? user.displayName : from) : botName(overview, message)
  const [first = "", ...rest] = seen(message)
  const notes = [...(unsent ? [" (taken back)"] : []), ...(edited ? [" (edited)"] : [])]
  return [`${name}: ${first}${notes.join("")}`, ...rest.map((line) => `${" ".repeat(name.length + 2)}${line}`)]
}

const botName = ({ channel }: Overview, { sender }: ChatMessage["message"]): string =>
  Predicate.hasProperty(sender, "name") && typeof sender.name === "string"
    ? `${channel.displayName} as ${sender.name}`
    : channel.displayName

/** What is seen of a message, in lines. What can be tapped is in brackets. */
export const seen = (message: ChatMessage["message"]): ReadonlyArray<string> => {
  const { parts, quickReplies } = Sight.of(message)
  const lines: Array<string> = []
  let wasOffer = false
  for (const part of parts) {
    const isOffer = typeof part !== "string"
    const shown = isOffer ? bracketed([part]) : part
    if (isOffer && wasOffer) lines.push(`${lines.pop()} ${shown}`)
    else lines.push(...shown.split("\n"))
    wasOffer = isOffer
  }
  return quickReplies.length === 0 ? lines : [...lines, `quick replies: ${bracketed(quickReplies)}`]
}

/** What can be tapped. */
export const bracketed = (offers: ReadonlyArray<Sight.Offer>): string => offers.map(({ name }) => `[${name}]`).join(" ")

/** The webhooks that the bot did not take. */
const failures = (deliveries: ReadonlyArray<Delivery>): ReadonlyArray<string> =>
  deliveries.flatMap(({ detail, events, outcome, sequence }) =>
    // Without a number there was nothing to tell the bot.
    outcome._tag === "Answered" || sequence === 0
      ? []
      : [`! ${events.map(({ type }) => type).join(", ")}: ${failure(outcome, detail)}`]
  )

const failure = (outcome: Exclude<Outcome, { readonly _tag: "Answered" }>, detail: string | undefined): string =>
  outcome._tag === "NotSent"
    ? `the bot was not told: ${detail ?? "no webhook was sent"}`
    : `the webhook failed: ${detail ?? outcome.reason}`

/** What failed and stands at no message. */
const otherFailures = (matter: Matter): ReadonlyArray<string> => {
  const { chat, deeds, deliveries, messages } = matter
  const ids = new Set(messages.map(({ id }) => id))
  const done = new Set(deeds.map(({ delivery }) => delivery.sequence))
  return failures(
    deliveries.filter(
      ({ events, sequence }) =>
        !done.has(sequence) &&
        events.some(({ message, source }) => isOf(chat, source) && (message === undefined || !ids.has(message.id)))
    )
  )
}

const isOf = (chat: Chat, source: unknown): boolean =>
  Predicate.hasProperty(source, "type") && source.type === chat.type && Object.values(source).includes(chatId(chat))

const mostCalls = 10

/** What came of the calls of the bot. */
const calls = ({ overview, requests }: Matter): ReadonlyArray<string> => {
  const bot = overview.channel.displayName
  if (requests.length === 0) return ["", `${bot} has not called LINE since.`]
  const refused = requests.filter(({ status }) => status === undefined || status >= 400)
  if (refused.length === 0) return []
  return ["", `Calls of ${bot} that failed:`, ...indented(refused.slice(-mostCalls).flatMap(refusal))]
}

const refusal = ({ aborted, answer, method, operationId, path, status }: RequestRecord): ReadonlyArray<string> => {
  const name = operationId ?? `${method} ${path}`
  if (status === undefined) return [`${name}: ${aborted ? "the bot gave up" : "no answer"}`]
  const message = Predicate.hasProperty(answer, "message") ? String(answer.message) : JSON.stringify(answer)
  const details = Predicate.hasProperty(answer, "details") && Array.isArray(answer.details) ? answer.details : []
  return [`${name}: ${status} ${message ?? ""}`.trimEnd(), ...(details as ReadonlyArray<unknown>).map(detail)]
}

const detail = (detail: unknown): string =>
  Predicate.hasProperty(detail, "message") && Predicate.hasProperty(detail, "property")
    ? `  ${String(detail.property)}: ${String(detail.message)}`
    : `  ${JSON.stringify(detail)}`
