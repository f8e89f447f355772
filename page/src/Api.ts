/**
 * The control API of the emulator that serves this page.
 */
import type { Change } from "../../src/emulator/Change.js"
import type { Channel, ChatMessage, RequestRecord } from "../../src/emulator/Model.js"
import type * as Overview from "../../src/emulator/Overview.js"
import type { Delivery } from "../../src/emulator/Webhook.js"

export type { Change, ChatMessage, Delivery, RequestRecord }

/** A chat at a glance. */
export type Chat = Overview.ChatOverview

/** The world at a glance, as JSON. */
export type World = Omit<Overview.Overview, "channel"> & { readonly channel: Readonly<Record<keyof Channel, string>> }

/** What happens: an act of the control API, as JSON. */
export type Act = { readonly type: string } & Readonly<Record<string, unknown>>

const base = "./api/"

/** What the emulator says no to, in its words. */
export class Refused extends Error {}

const call = async <A>(method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<A> => {
  const response = await fetch(`${base}${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) })
  }).catch(() => {
    throw new Refused("The emulator does not answer. Is it still running?")
  })
  const text = await response.text()
  const value: unknown = text === "" ? undefined : JSON.parse(text)
  if (!response.ok) throw new Refused(messageOf(value) ?? `The emulator answered ${response.status}`)
  // The emulator that serves this page speaks its version of the API.
  return value as A
}

const messageOf = (value: unknown): string | undefined => {
  if (typeof value !== "object" || value === null) return undefined
  // Of a request of the wrong form, what is wrong at which place says more than the whole.
  const issues = "issues" in value && Array.isArray(value.issues) ? value.issues : []
  if (issues.length > 0) {
    return issues
      .map(({ message, path }: { readonly message: string; readonly path: ReadonlyArray<string> }) =>
        [path.join("."), message].filter((part) => part !== "").join(": ")
      )
      .join("; ")
  }
  return "message" in value && typeof value.message === "string" ? value.message : undefined
}

export const overview = (): Promise<World> => call("GET", "overview")

export const messages = (chatId: string): Promise<ReadonlyArray<ChatMessage>> => call("GET", `chats/${chatId}/messages`)

export const requests = (): Promise<ReadonlyArray<RequestRecord>> => call("GET", "requests")

export const deliveries = (): Promise<ReadonlyArray<Delivery>> => call("GET", "deliveries")

/** Lets something happen. */
export const act = (act: Act): Promise<{ readonly id?: string; readonly delivery: Delivery }> =>
  call("POST", "acts", act)

/** Sends events to the bot as they are. */
export const send = (events: ReadonlyArray<unknown>): Promise<Delivery> => call("POST", "events", { events })

export const redeliver = (sequence: number): Promise<Delivery> => call("POST", "redeliveries", { sequence })

export const fault = (options: Readonly<Record<string, unknown>>): Promise<void> => call("POST", "faults", options)

export const faultWebhook = (options: Readonly<Record<string, unknown>>): Promise<void> =>
  call("POST", "webhook-faults", options)

export const clearFaults = (): Promise<void> => call("DELETE", "faults")

export const reset = (): Promise<void> => call("POST", "reset", {})

export const contentUrl = (messageId: string): string => `${base}messages/${messageId}/content`

export const richMenuImageUrl = (richMenuId: string): string => `${base}rich-menus/${richMenuId}/image`

/** Listens to changes until it is told to stop. The browser connects again by itself. */
export const listen = (handlers: {
  readonly onChange: (change: Change) => void
  readonly onOpen: () => void
  readonly onLost: () => void
}): (() => void) => {
  const source = new EventSource(`${base}changes`)
  source.addEventListener("open", handlers.onOpen)
  source.addEventListener("error", handlers.onLost)
  source.addEventListener("message", ({ data }) => handlers.onChange(JSON.parse(data) as Change))
  return () => source.close()
}

/** The ID of a chat. */
export const idOf = (chat: Chat): string =>
  chat.type === "user" ? chat.userId : chat.type === "group" ? chat.groupId : chat.roomId
