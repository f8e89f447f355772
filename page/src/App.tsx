/**
 * The chats on the left, the conversation in the middle, what can be seen and done behind it on the right.
 */
import { useEffect, useId, useState } from "preact/hooks"
import type { VNode } from "preact"
import { ChatList } from "./ChatList.js"
import { ConversationView } from "./ConversationView.js"
import { FaultsView } from "./FaultsView.js"
import { Glyph } from "./Glyph.js"
import { type Notice, type State, useSession, useSessionState } from "./Session.js"
import { SetUpView } from "./SetUpView.js"
import * as Theme from "./Theme.js"
import * as Traffic from "./Traffic.js"
import { TrafficView } from "./TrafficView.js"

type Pane = "chats" | "chat" | "inspector"

export const App = (): VNode => {
  const session = useSession()
  const state = useSessionState(session)
  const [pane, setPane] = useState<Pane>("chats")
  const [tab, setTab] = useState<Tab>("traffic")
  return (
    <div class="app" data-pane={pane}>
      <a class="skip" href="#conversation" onClick={() => setPane("chat")}>
        Skip to the conversation
      </a>
      <Bar state={state} />
      <ChatList state={state} onOpen={() => setPane("chat")} />
      <ConversationView
        state={state}
        onShow={(where) => {
          setTab(where)
          setPane("inspector")
        }}
      />
      <Inspector state={state} tab={tab} onTab={setTab} />
      <nav class="panes" aria-label="Panes">
        {(
          [
            ["chats", "Chats"],
            ["chat", "Chat"],
            ["inspector", "Inspector"]
          ] as const
        ).map(([name, words]) => (
          <button
            key={name}
            type="button"
            data-pane={name}
            aria-current={pane === name ? "true" : undefined}
            onClick={() => setPane(name)}
          >
            {words}
          </button>
        ))}
      </nav>
      <Told notice={state.notice} onHide={() => session.tell(undefined)} />
    </div>
  )
}

const Bar = (props: { readonly state: State }): VNode => {
  const { link, world } = props.state
  return (
    <header class="bar">
      <h1>LINE emulator</h1>
      {world === undefined ? null : (
        <p class="bar-bot">
          {world.channel.displayName} <span class="faint">{world.channel.basicId}</span>
        </p>
      )}
      <p class={`link link-${link}`} role="status">
        {{ connecting: "Connecting…", live: "Live", lost: "Connection lost. Trying again…" }[link]}
      </p>
      <ThemeButton />
    </header>
  )
}

const glyphs = { system: "system", light: "sun", dark: "moon" } as const

const ThemeButton = (): VNode => {
  const [theme, setTheme] = useState(Theme.stored)
  const label = `Theme: ${theme}`
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      title={label}
      onClick={() => {
        const next = Theme.next(theme)
        Theme.choose(next)
        setTheme(next)
      }}
    >
      <Glyph name={glyphs[theme]} />
    </button>
  )
}

const tabs = [
  ["traffic", "Traffic"],
  ["faults", "Faults"],
  ["setUp", "Set-up"]
] as const

type Tab = (typeof tabs)[number][0]

const Inspector = (props: { readonly state: State; readonly tab: Tab; readonly onTab: (tab: Tab) => void }): VNode => {
  const { onTab, state, tab } = props
  const { traffic, world } = state
  const id = useId()
  const failures = traffic.filter(Traffic.isFailure).length
  const waiting = (world?.faults.length ?? 0) + (world?.webhookFaults.length ?? 0)
  const counts: Readonly<Record<Tab, number>> = { traffic: failures, faults: waiting, setUp: 0 }
  const words: Readonly<Record<Tab, string>> = { traffic: "failures", faults: "waiting", setUp: "" }
  const move = (event: KeyboardEvent) => {
    const at = tabs.findIndex(([name]) => name === tab)
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key]
    const [next] = to === undefined ? [] : (tabs.at(to % tabs.length) ?? [])
    if (next === undefined) return
    event.preventDefault()
    onTab(next)
    document.getElementById(`${id}-${next}`)?.focus()
  }
  return (
    <aside class="pane inspector" aria-label="Inspector">
      <div class="tabs" role="tablist" aria-label="Inspector" onKeyDown={move}>
        {tabs.map(([name, title]) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${id}-${name}`}
            aria-selected={tab === name}
            aria-controls={`${id}-panel`}
            tabIndex={tab === name ? 0 : -1}
            onClick={() => onTab(name)}
          >
            {title}
            {counts[name] === 0 ? null : (
              <span class={name === "traffic" ? "badge badge-bad" : "badge badge-noted"}>
                {counts[name]}
                <span class="unseen"> {words[name]}</span>
              </span>
            )}
          </button>
        ))}
      </div>
      <div class="tab-panel" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${tab}`}>
        {world === undefined ? null : tab === "traffic" ? (
          <TrafficView entries={traffic} />
        ) : tab === "faults" ? (
          <FaultsView world={world} entries={traffic} />
        ) : (
          <SetUpView world={world} />
        )}
      </div>
    </aside>
  )
}

/** What the person is told, until it is hidden or read long ago. */
const Told = (props: { readonly notice: Notice | undefined; readonly onHide: () => void }): VNode => {
  const { notice, onHide } = props
  useEffect(() => {
    if (notice === undefined) return
    const timer = setTimeout(onHide, notice.kind === "done" ? 3_000 : 15_000)
    return () => clearTimeout(timer)
  }, [notice])
  return (
    <div class="told" role="alert">
      {notice === undefined ? null : (
        <div class={`notice notice-${notice.kind}`}>
          <p>{notice.words}</p>
          <button type="button" class="icon-button" aria-label="Hide" onClick={onHide}>
            <Glyph name="close" />
          </button>
        </div>
      )}
    </div>
  )
}
