/**
 * What the page knows of the emulator, and how it hears of it: everything at first, then each change.
 */
import { createContext } from "preact"
import { useContext, useEffect, useState } from "preact/hooks"
import * as Client from "./Client.js"
import * as Conversation from "./Conversation.js"
import * as Names from "./Names.js"
import * as Traffic from "./Traffic.js"

/** What the page knows. */
export interface State {
  /** Whether changes come in. */
  readonly link: "connecting" | "live" | "lost"
  readonly world: Client.World | undefined
  /** How far the emulator's clock is ahead of this machine's, in milliseconds. */
  readonly ahead: number
  /** The chat that is looked at. */
  readonly chatId: string | undefined
  /** As whom one speaks in each group and room. */
  readonly speakers: ReadonlyMap<string, string>
  /** How many messages of each chat were seen. */
  readonly seen: ReadonlyMap<string, number>
  readonly conversation: Conversation.Conversation | undefined
  readonly traffic: ReadonlyArray<Traffic.Entry>
  /** What the person is to be told. */
  readonly notice: Notice | undefined
  /** The latest webhook that this page has caused, if the bot has not taken it. */
  readonly missed: Client.Delivery | undefined
  /** Counts the worlds that there have been: what had an ID may be something else in the next. */
  readonly generation: number
}

/** Something to be told. */
export interface Notice {
  readonly kind: "problem" | "done"
  readonly words: string
}

/** The state, and all that changes it. */
export interface Session {
  readonly state: () => State
  readonly subscribe: (listener: () => void) => () => void
  /** Follows the emulator until the returned function is called. */
  readonly connect: () => () => void
  readonly select: (chatId: string) => void
  readonly speakAs: (chatId: string, userId: string) => void
  readonly loadEarlier: () => Promise<void>
  /** Does something, and tells the person if it cannot be done. Undefined if so. */
  readonly attempt: <A>(work: () => Promise<A>) => Promise<A | undefined>
  /** An act, and the webhook that comes of it. Undefined if it cannot be done. */
  readonly act: (act: Client.Act) => Promise<Client.Acted | undefined>
  /** Makes a new world. */
  readonly reset: () => Promise<void>
  readonly clearTraffic: () => void
  readonly tell: (notice: Notice | undefined) => void
  readonly forgetMissed: () => void
}

const seenKey = "line-emulator-seen"

const readSeen = (): ReadonlyMap<string, number> => {
  try {
    const seen: unknown = JSON.parse(sessionStorage.getItem(seenKey) ?? "{}")
    return new Map(
      Object.entries(seen ?? {}).flatMap(([id, count]) => (typeof count === "number" ? [[id, count]] : []))
    )
  } catch {
    return new Map()
  }
}

/** Runs some work when it is asked for, and rests after it: what is asked for meanwhile is one run more. */
const coalesced = (work: () => Promise<void>, rest: number): (() => void) => {
  let isBusy = false
  let isWanted = false
  const run = async () => {
    isBusy = true
    isWanted = false
    const began = performance.now()
    await work()
    // What takes long is done less often.
    setTimeout(
      () => {
        isBusy = false
        if (isWanted) void run()
      },
      Math.max(rest, 3 * (performance.now() - began))
    )
  }
  return () => {
    isWanted = true
    if (!isBusy) void run()
  }
}

export const make = (): Session => {
  let state: State = {
    link: "connecting",
    world: undefined,
    ahead: 0,
    chatId: location.hash.slice(1) || undefined,
    speakers: new Map(),
    seen: readSeen(),
    conversation: undefined,
    traffic: [],
    notice: undefined,
    missed: undefined,
    generation: 0
  }
  const listeners = new Set<() => void>()
  const patch = (change: Partial<State>): void => {
    state = { ...state, ...change }
    for (const listener of listeners) listener()
  }
  const tell = (notice: Notice | undefined) => patch({ notice })

  const attempt = async <A>(work: () => Promise<A>): Promise<A | undefined> => {
    try {
      return await work()
    } catch (error) {
      tell({ kind: "problem", words: error instanceof Error ? error.message : String(error) })
      return undefined
    }
  }

  const chat = () => state.world?.chats.find((chat) => Names.chatIdOf(chat) === state.chatId)

  /** The open chat, as far as it is before the eyes of the person, has been seen. */
  const see = (): void => {
    const open = chat()
    if (open === undefined || document.hidden || state.seen.get(Names.chatIdOf(open)) === open.messages) return
    const seen = new Map(state.seen).set(Names.chatIdOf(open), open.messages)
    sessionStorage.setItem(seenKey, JSON.stringify(Object.fromEntries(seen)))
    patch({ seen })
  }

  const loadWorld = async (): Promise<void> => {
    const world = await Client.overview()
    const isOther = isOtherWorld(state.world, world)
    const isThere = world.chats.some((chat) => Names.chatIdOf(chat) === state.chatId)
    const [first] = world.chats
    const chatId = isThere ? state.chatId : first === undefined ? undefined : Names.chatIdOf(first)
    const generation = state.generation + (isOther ? 1 : 0)
    patch({ world, ahead: world.now - Date.now(), chatId, generation })
    if (isOther || chatId !== state.conversation?.chatId) await loadConversation()
    see()
  }

  /** The messages that come while those before them are loaded. */
  let arriving: { readonly chatId: string; readonly messages: Array<Client.ChatMessage> } | undefined

  const loadConversation = async (size = Conversation.step): Promise<void> => {
    const open = chat()
    if (open === undefined) {
      patch({ conversation: undefined })
      return
    }
    const chatId = Names.chatIdOf(open)
    const mine: NonNullable<typeof arriving> = { chatId, messages: [] }
    arriving = mine
    const before = Math.max(0, open.messages - size)
    const messages = await Client.messages(chatId, before)
    if (arriving !== mine) return
    arriving = undefined
    const limit = Math.max(2 * Conversation.step, size)
    patch({ conversation: Conversation.add({ chatId, before, messages, limit }, mine.messages) })
    look()
  }

  const loadTraffic = async (): Promise<void> => {
    const known = new Set(state.traffic)
    const [requests, deliveries] = await Promise.all([Client.requests(Traffic.limit), Client.deliveries(Traffic.limit)])
    const entries = [...requests.map(Traffic.ofRequest), ...deliveries.map(Traffic.ofDelivery)]
    const arrived = state.traffic.filter((entry) => !known.has(entry))
    patch({ traffic: Traffic.add(entries, arrived) })
  }

  const loadEverything = async (): Promise<void> => {
    await loadWorld()
    await Promise.all([loadConversation(), loadTraffic()])
  }

  const refresh = coalesced(async () => void (await attempt(loadWorld)), 250)

  /** Whoever has the chat open sees what the bot sends: LINE counts it. */
  const look = coalesced(async () => {
    const open = chat()
    if (open === undefined || document.hidden) return
    see()
    const userId = Names.speakerOf(open, state.speakers)
    const isOpen = open.type === "user" ? open.relation !== "blocked" : open.joined
    if (userId === undefined || !isOpen) return
    // Where it cannot be done any more, there is nothing to be told.
    await Client.act({ type: "open", ...Names.placeOf(open, userId) }).catch(() => undefined)
  }, 500)

  let changes: Array<Client.Change> = []

  const receive = (change: Client.Change): void => {
    // Many changes at once are one change of the page.
    if (changes.push(change) === 1) setTimeout(take, 50)
  }

  const take = (): void => {
    const taken = changes
    changes = []
    const entries: Array<Traffic.Entry> = []
    const messages: Array<Client.ChatMessage> = []
    for (const change of taken) {
      if (change._tag === "Request") entries.push(Traffic.ofRequest(change.request))
      else if (change._tag === "Delivery") entries.push(Traffic.ofDelivery(change.delivery))
      else if (change._tag === "Message" && change.chatId === state.chatId) messages.push(change.message)
    }
    if (arriving?.chatId === state.chatId) arriving?.messages.push(...messages)
    const { conversation } = state
    patch({
      traffic: entries.length === 0 ? state.traffic : Traffic.add(state.traffic, entries),
      conversation:
        conversation?.chatId === state.chatId && conversation !== undefined
          ? Conversation.add(conversation, messages)
          : conversation
    })
    refresh()
    if (messages.some(({ via }) => via !== "user")) look()
  }

  const connect = (): (() => void) => {
    let source: EventSource | undefined
    let retry: ReturnType<typeof setTimeout> | undefined
    const open = () => {
      source = new EventSource(Client.changesUrl)
      source.addEventListener("open", () => {
        patch({ link: "live" })
        void attempt(loadEverything)
      })
      source.addEventListener("message", ({ data }) => receive(JSON.parse(String(data))))
      source.addEventListener("error", () => {
        source?.close()
        patch({ link: "lost" })
        retry = setTimeout(open, 1000)
      })
    }
    const onVisible = () => look()
    const onHash = () => select(location.hash.slice(1))
    open()
    document.addEventListener("visibilitychange", onVisible)
    addEventListener("hashchange", onHash)
    return () => {
      source?.close()
      clearTimeout(retry)
      document.removeEventListener("visibilitychange", onVisible)
      removeEventListener("hashchange", onHash)
    }
  }

  const select = (chatId: string): void => {
    if (chatId === state.chatId || chatId === "") return
    patch({ chatId, missed: undefined })
    history.replaceState(null, "", `#${chatId}`)
    void attempt(loadConversation)
  }

  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    connect,
    select,
    speakAs: (chatId, userId) => {
      patch({ speakers: new Map(state.speakers).set(chatId, userId) })
      look()
    },
    loadEarlier: async () => {
      const length = state.conversation?.messages.length ?? 0
      await attempt(() => loadConversation(length + Conversation.step))
    },
    attempt,
    act: (act) =>
      attempt(async () => {
        const acted = await Client.act(act)
        if (acted.delivery.sequence > 0) {
          patch({ missed: acted.delivery.outcome._tag === "Answered" ? undefined : acted.delivery })
        }
        return acted
      }),
    reset: async () => {
      await attempt(async () => {
        await Client.reset()
        patch({ traffic: [], missed: undefined, seen: new Map(), conversation: undefined })
        sessionStorage.removeItem(seenKey)
        await loadEverything()
      })
    },
    clearTraffic: () => patch({ traffic: [] }),
    tell,
    forgetMissed: () => patch({ missed: undefined })
  }
}

/** Whether there is another world since: a chat is not there any more, or has lost messages. */
const isOtherWorld = (before: Client.World | undefined, now: Client.World): boolean => {
  if (before === undefined) return false
  const counts = new Map(now.chats.map((chat) => [Names.chatIdOf(chat), chat.messages]))
  return before.chats.some((chat) => (counts.get(Names.chatIdOf(chat)) ?? -1) < chat.messages)
}

export const SessionContext = createContext<Session | undefined>(undefined)

/** The session of the page. */
export const useSession = (): Session => {
  const session = useContext(SessionContext)
  if (session === undefined) throw new Error("There is no session around this")
  return session
}

/** The state of a session, whenever it changes. */
export const useSessionState = (session: Session): State => {
  const [state, setState] = useState(session.state)
  useEffect(() => {
    setState(session.state)
    return session.subscribe(() => setState(session.state))
  }, [session])
  return state
}
