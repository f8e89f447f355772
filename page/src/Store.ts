/**
 * What the page knows: the world at a glance, the conversations that were looked at, and the latest traffic.
 */
import { useEffect, useState } from "preact/hooks"
import * as Api from "./Api.js"

/** What the page knows. */
export interface State {
  readonly connection: "connecting" | "live" | "lost"
  readonly world: Api.World | undefined
  readonly conversations: Readonly<Record<string, ReadonlyArray<Api.ChatMessage>>>
  /** How many messages of a chat were looked at. */
  readonly seen: Readonly<Record<string, number>>
  readonly requests: ReadonlyArray<Api.RequestRecord>
  readonly deliveries: ReadonlyArray<Api.Delivery>
  readonly selected: string | undefined
  /** As whom one speaks in a group or room. */
  readonly speakers: Readonly<Record<string, string>>
  /** What went wrong last. */
  readonly notice: string | undefined
}

// More than a person reads; the emulator has the rest.
const longestTraffic = 500

let state: State = {
  connection: "connecting",
  world: undefined,
  conversations: {},
  seen: {},
  requests: [],
  deliveries: [],
  selected: undefined,
  speakers: {},
  notice: undefined
}

const listeners = new Set<() => void>()

const set = (changes: Partial<State>): void => {
  state = { ...state, ...changes }
  for (const listener of listeners) listener()
}

/** The state, and again whenever it changes. */
export const useStore = (): State => {
  const [current, setCurrent] = useState(state)
  useEffect(() => {
    const listener = () => setCurrent(state)
    listeners.add(listener)
    listener()
    return () => void listeners.delete(listener)
  }, [])
  return current
}

/** Says that something went wrong, or nothing any more. */
export const notify = (notice: string | undefined): void => set({ notice })

/** Does something, and says why if it cannot be done. */
export const attempt = async <A>(promise: Promise<A>): Promise<A | undefined> => {
  try {
    const value = await promise
    if (state.notice !== undefined) notify(undefined)
    return value
  } catch (error) {
    notify(error instanceof Error ? error.message : String(error))
    return undefined
  }
}

/** Looks at a chat. */
export const select = (chatId: string): void => {
  set({ selected: chatId })
  void load(chatId)
}

/** Speaks as a user in a group or room. */
export const speakAs = (chatId: string, userId: string): void =>
  set({ speakers: { ...state.speakers, [chatId]: userId } })

const load = async (chatId: string): Promise<void> => {
  const messages = await attempt(Api.messages(chatId))
  if (messages === undefined) return
  set({ conversations: { ...state.conversations, [chatId]: messages }, seen: seenNow(chatId, messages.length) })
}

const seenNow = (chatId: string, messages: number): State["seen"] =>
  chatId === state.selected ? { ...state.seen, [chatId]: messages } : state.seen

// -----------------------------------------------------------------------------
// live
// -----------------------------------------------------------------------------

let waiting: Array<Api.Change> = []

/** Takes in what has come since the last time, at once: a load of changes must not redraw the page for each. */
const takeIn = (): void => {
  const changes = waiting
  waiting = []
  const conversations = { ...state.conversations }
  const requests: Array<Api.RequestRecord> = []
  const deliveries: Array<Api.Delivery> = []
  for (const change of changes) {
    switch (change._tag) {
      case "Message": {
        const known = conversations[change.chatId]
        if (known !== undefined) conversations[change.chatId] = withMessage(known, change.message)
        break
      }
      case "Request":
        requests.push(change.request)
        break
      case "Delivery":
        deliveries.push(change.delivery)
    }
  }
  const { selected } = state
  set({
    conversations,
    requests: bySequence(state.requests, requests),
    deliveries: bySequence(state.deliveries, deliveries),
    seen: selected === undefined ? state.seen : seenNow(selected, conversations[selected]?.length ?? 0)
  })
  if (changes.some(({ _tag }) => _tag === "World")) refresh()
}

const withMessage = (
  messages: ReadonlyArray<Api.ChatMessage>,
  message: Api.ChatMessage
): ReadonlyArray<Api.ChatMessage> => {
  const index = messages.findLastIndex(({ id }) => id === message.id)
  return index === -1 ? [...messages, message] : messages.with(index, message)
}

let isRefreshing = false
let isStale = false

/** Reads the world again, never twice at once. */
const refresh = (): void => {
  isStale = true
  if (isRefreshing) return
  isRefreshing = true
  void (async () => {
    while (isStale) {
      isStale = false
      const world = await attempt(Api.overview())
      if (world !== undefined) takeWorld(world)
    }
    isRefreshing = false
  })()
}

const takeWorld = (world: Api.World): void => {
  const ids = world.chats.map(Api.idOf)
  const { selected } = state
  // After a reset everybody is somebody else.
  const isGone = selected !== undefined && !ids.includes(selected)
  set({ world, ...(isGone ? { selected: undefined, conversations: {}, seen: {}, speakers: {} } : {}) })
  const [first] = ids
  if (state.selected === undefined && first !== undefined) select(first)
}

/** What was read, and what has come meanwhile. */
const bySequence = <A extends { readonly sequence: number }>(
  ...lists: ReadonlyArray<ReadonlyArray<A>>
): ReadonlyArray<A> =>
  [...new Map(lists.flat().map((entry) => [entry.sequence, entry])).values()]
    .sort((a, b) => a.sequence - b.sequence)
    .slice(-longestTraffic)

const readAll = async (): Promise<void> => {
  refresh()
  const [requests, deliveries] = await Promise.all([attempt(Api.requests()), attempt(Api.deliveries())])
  set({
    requests: bySequence(requests ?? [], state.requests),
    deliveries: bySequence(deliveries ?? [], state.deliveries)
  })
  for (const chatId of Object.keys(state.conversations)) void load(chatId)
}

/** Keeps the state up to date from now on. */
export const start = (): (() => void) =>
  Api.listen({
    onOpen: () => {
      set({ connection: "live" })
      void readAll()
    },
    onLost: () => set({ connection: "lost" }),
    onChange: (change) => {
      if (waiting.length === 0) setTimeout(takeIn, 30)
      waiting.push(change)
    }
  })
