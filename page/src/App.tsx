/**
 * The whole page: chats, the conversation, and the panels; side by side, or one at a time on a narrow screen.
 */
import { useEffect, useState } from "preact/hooks"
import type { VNode } from "preact"
import * as Api from "./Api.js"
import { Chats } from "./Chats.js"
import { Conversation } from "./Conversation.js"
import { Faults } from "./Faults.js"
import { Setup } from "./Setup.js"
import * as Store from "./Store.js"
import { Traffic } from "./Traffic.js"

const panes = { chats: "Chats", chat: "Conversation", panels: "Panels" } as const
const panels = { traffic: "Traffic", faults: "Faults and time", setup: "Set-up" } as const

type Pane = keyof typeof panes
type Panel = keyof typeof panels

export const App = (): VNode => {
  const state = Store.useStore()
  const [pane, setPane] = useState<Pane>("chat")
  const [panel, setPanel] = useState<Panel>("traffic")
  const { selected, world } = state
  const chat = world?.chats.find((chat) => Api.idOf(chat) === selected)
  return (
    <div class="app" data-pane={pane}>
      <header class="top">
        <h1>LINE emulator</h1>
        <Connection state={state} />
        <Tabs label="Parts of the page" class="pane-tabs" tabs={panes} current={pane} onSelect={setPane} />
        <Theme />
      </header>
      <Notice notice={state.notice} />
      {world === undefined ? (
        <main class="loading">Connecting to the emulator…</main>
      ) : (
        <>
          <nav class="pane pane-chats" aria-label="Chats">
            <Chats
              state={state}
              world={world}
              onSelect={(chatId) => {
                Store.select(chatId)
                setPane("chat")
              }}
            />
          </nav>
          <main class="pane pane-chat">
            {chat === undefined ? (
              <p class="empty">Choose a chat, or add a user.</p>
            ) : (
              <Conversation key={selected} state={state} world={world} chat={chat} />
            )}
          </main>
          <aside class="pane pane-panels" aria-label="Panels">
            <Tabs label="Panels" class="panel-tabs" tabs={panels} current={panel} onSelect={setPanel} />
            <div key={panel} class="panel" role="tabpanel" aria-label={panels[panel]}>
              {panel === "traffic" ? (
                <Traffic requests={state.requests} deliveries={state.deliveries} />
              ) : panel === "faults" ? (
                <Faults world={world} />
              ) : (
                <Setup world={world} />
              )}
            </div>
          </aside>
        </>
      )}
    </div>
  )
}

const Tabs = <Name extends string>(props: {
  readonly label: string
  readonly class: string
  readonly tabs: Readonly<Record<Name, string>>
  readonly current: Name
  readonly onSelect: (name: Name) => void
}): VNode => {
  // The keys of a record of names are the names.
  const names = Object.keys(props.tabs) as Array<Name>
  const move = (event: KeyboardEvent & { readonly currentTarget: HTMLElement }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    const index = (names.indexOf(props.current) + step + names.length) % names.length
    const name = names[index]
    if (name !== undefined) props.onSelect(name)
    event.currentTarget.querySelectorAll<HTMLElement>("[role=tab]")[index]?.focus()
  }
  return (
    <div class={props.class} role="tablist" aria-label={props.label} onKeyDown={move}>
      {names.map((name) => (
        <button
          key={name}
          type="button"
          role="tab"
          aria-selected={name === props.current}
          tabIndex={name === props.current ? 0 : -1}
          onClick={() => props.onSelect(name)}
        >
          {props.tabs[name]}
        </button>
      ))}
    </div>
  )
}

const connections = { connecting: "Connecting…", live: "Live", lost: "Connection lost, trying again…" } as const

const Connection = ({ state }: { readonly state: Store.State }): VNode => (
  <span class={`connection connection-${state.connection}`} role="status">
    {connections[state.connection]}
  </span>
)

const Notice = ({ notice }: { readonly notice: string | undefined }): VNode => (
  <div class="notice" role="alert" hidden={notice === undefined}>
    <span>{notice}</span>
    <button type="button" aria-label="Dismiss" onClick={() => Store.notify(undefined)}>
      ✕
    </button>
  </div>
)

const themes = ["light", "dark"] as const

const Theme = (): VNode => {
  const [theme, setTheme] = useState(() => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"))
  useEffect(() => {
    document.documentElement.dataset["theme"] = theme
  }, [theme])
  const other = themes.find((name) => name !== theme) ?? "dark"
  return (
    <button type="button" class="theme" aria-label={`Switch to ${other}`} onClick={() => setTheme(other)}>
      {other === "dark" ? "Dark" : "Light"}
    </button>
  )
}
