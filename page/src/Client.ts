/**
 * The control API of the emulator that has served the page.
 */
import type * as Duration from "effect/Duration"
import type * as Redacted from "effect/Redacted"
import type * as Acts from "../../src/emulator/Act.js"
import type * as Changes from "../../src/emulator/Change.js"
import type * as Model from "../../src/emulator/Model.js"
import type * as Overview from "../../src/emulator/Overview.js"
import type * as Webhook from "../../src/emulator/Webhook.js"
import { list, object, text } from "./message/Untrusted.js"

/** A value as its JSON: what is undefined is left out of it. */
type Json<T> = T extends Uint8Array | Redacted.Redacted
  ? string
  : T extends Duration.Duration
    ? number
    : T extends object
      ? { readonly [K in keyof T]: Json<T[K]> }
      : T

/** Everything at a glance. */
export type World = Json<Overview.Overview>
/** A chat at a glance. */
export type Chat = World["chats"][number]
/** A chat of a user with the bot alone. */
export type UserChat = Extract<Chat, { readonly type: "user" }>
/** A chat of several users. */
export type GroupChat = Exclude<Chat, UserChat>
/** A fault that waits for a request. */
export type WaitingFault = World["faults"][number]
/** Something that people do. */
export type Act = Json<Acts.Act>
/** What a user says. */
export type Said = Json<Acts.Said>
/** What an act has led to. */
export type Acted = Json<Overview.Acted>
export type ChatMessage = Model.ChatMessage
export type RequestRecord = Model.RequestRecord
export type Delivery = Webhook.Delivery
export type WebhookFault = Webhook.WebhookFault
export type Change = Changes.Change

/** Why the emulator has not done what it was asked for, in words for a person. */
export class Problem extends Error {}

const base = "/emulator/api"

/** Where the changes come from. */
export const changesUrl = `${base}/changes`

/** Where the content of a message is. */
export const contentUrl = (messageId: string): string => `${base}/messages/${encodeURIComponent(messageId)}/content`

/** Where the image of a rich menu is. */
export const richMenuImageUrl = (richMenuId: string): string =>
  `${base}/rich-menus/${encodeURIComponent(richMenuId)}/image`

/** Asks the emulator for something. The answer is what the control API says it is. */
const ask = async <A>(method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<A> => {
  const json = body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }
  const response = await fetch(base + path, { method, ...json }).catch(() => {
    throw new Problem("The emulator does not answer. Is it still running?")
  })
  const text = await response.text()
  const answer: unknown = text === "" ? undefined : parsed(text)
  if (!response.ok) throw new Problem(wordsOf(answer) ?? `The emulator has answered ${response.status} to ${path}`)
  return answer as A
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw new Problem("The emulator has answered with something that is no JSON. Does something else listen there?")
  }
}

const wordsOf = (answer: unknown): string | undefined => {
  const { issues, message } = object<{ readonly issues: unknown; readonly message: unknown }>(answer)
  // Of a request of the wrong form, what is wrong at which place says more than the whole.
  const words = list(issues).flatMap((issue) => {
    const { message, path } = object<{ readonly message: string; readonly path: unknown }>(issue)
    return [[...list(path), text(message)].join(" ")]
  })
  return words.length > 0 ? words.join("; ") : text(message)
}

export const overview = () => ask<World>("GET", "/overview")

/** The messages of a chat but for the first ones. */
export const messages = (chatId: string, after: number) =>
  ask<ReadonlyArray<ChatMessage>>("GET", `/chats/${encodeURIComponent(chatId)}/messages?after=${after}`)

/** The last requests, also those without an answer. */
export const requests = (last: number) =>
  ask<ReadonlyArray<RequestRecord>>("GET", `/requests?last=${last}&answered=false`)

/** The last webhooks. */
export const deliveries = (last: number) => ask<ReadonlyArray<Delivery>>("GET", `/deliveries?last=${last}`)

export const act = (act: Act) => ask<Acted>("POST", "/acts", act)

/** Delivers events as they are; none at all is how LINE's console verifies a webhook URL. */
export const send = (events: ReadonlyArray<unknown>) => ask<Delivery>("POST", "/events", { events })

/** Delivers a body as it is. */
export const deliver = (body: string, signature?: string) => ask<Delivery>("POST", "/webhooks", { body, signature })

export const redeliver = (sequence: number) => ask<Delivery>("POST", "/redeliveries", { sequence })

export const fault = (options: unknown) => ask<undefined>("POST", "/faults", options)

export const faultWebhook = (fault: WebhookFault, times: number) =>
  ask<undefined>("POST", "/webhook-faults", { fault, times })

export const clearFaults = () => ask<undefined>("DELETE", "/faults")

export const reset = () => ask<undefined>("POST", "/reset")
