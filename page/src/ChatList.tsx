/**
 * The chats, as a list.
 */
import { useState } from "preact/hooks"
import type { VNode } from "preact"
import type { Chat, World } from "./Client.js"
import { MenuButton } from "./Dialog.js"
import { Glyph } from "./Glyph.js"
import { memo } from "./Memo.js"
import { summaryOf } from "./message/MessageView.js"
import * as Names from "./Names.js"
import { GroupDialog, UserDialog } from "./People.js"
import { type State, useSession } from "./Session.js"

/** More than a person looks through: the rest is found by its name. */
const longest = 200

export const ChatList = (props: {
  readonly state: State
  /** A chat was chosen. */
  readonly onOpen: () => void
}): VNode => {
  const { chatId, seen, world } = props.state
  const session = useSession()
  const [dialog, setDialog] = useState<"user" | "group" | "room">()
  const [wanted, setWanted] = useState("")
  const all = world === undefined ? [] : world.chats.map((chat) => ({ chat, name: Names.chatName(world, chat) }))
  const found = all.filter(({ name }) => name.toLowerCase().includes(wanted.toLowerCase()))
  const open = (id: string) => {
    session.select(id)
    props.onOpen()
  }
  return (
    <nav class="pane chats" aria-label="Chats">
      <header class="pane-head">
        <h2>Chats</h2>
        <MenuButton
          label="New user or chat"
          items={[
            { name: "New user", run: () => setDialog("user") },
            { name: "New group", run: () => setDialog("group") },
            { name: "New room", run: () => setDialog("room") }
          ]}
        >
          <Glyph name="plus" />
        </MenuButton>
      </header>
      {all.length > 8 ? (
        <input
          type="search"
          class="search"
          aria-label="Find a chat"
          placeholder="Find a chat"
          value={wanted}
          onInput={(event) => setWanted(event.currentTarget.value)}
        />
      ) : null}
      {world !== undefined && all.length === 0 ? (
        <div class="empty">
          <p>Nobody is here yet.</p>
          <button type="button" class="button button-main" onClick={() => setDialog("user")}>
            New user
          </button>
        </div>
      ) : null}
      <ul class="chat-list">
        {found.slice(0, longest).map(({ chat, name }) => {
          const id = Names.chatIdOf(chat)
          return (
            <ChatRow
              key={id}
              name={name}
              kind={chat.type}
              people={chat.type === "user" ? undefined : chat.memberIds.length}
              standing={Names.standing(chat)}
              pictureUrl={chat.type === "user" ? chat.pictureUrl : undefined}
              last={lastWords(world, chat)}
              timestamp={chat.latest?.timestamp}
              unread={Math.max(0, chat.messages - (seen.get(id) ?? 0))}
              isOpen={id === chatId}
              id={id}
              // A row is not drawn again for another function that does the same.
              onOpen={open}
            />
          )
        })}
      </ul>
      {found.length > longest ? <p class="hint">{found.length - longest} more: find them by their names.</p> : null}
      {dialog === "user" ? <UserDialog onClose={() => setDialog(undefined)} onAdded={open} /> : null}
      {(dialog === "group" || dialog === "room") && world !== undefined ? (
        <GroupDialog kind={dialog} world={world} onClose={() => setDialog(undefined)} onAdded={open} />
      ) : null}
    </nav>
  )
}

const lastWords = (world: World | undefined, { latest, type }: Chat): string => {
  if (latest === undefined || world === undefined) return ""
  const name = Names.userName(world, latest.from) ?? "Somebody"
  if (latest.unsent) return `${name} unsent a message`
  const isNamed = type !== "user" || latest.from === world.channel.userId
  const words = summaryOf(latest.message).slice(0, 120)
  return isNamed ? `${name}: ${words}` : words
}

interface ChatRowProps {
  readonly id: string
  readonly name: string
  readonly kind: Chat["type"]
  readonly people: number | undefined
  readonly standing: string | undefined
  readonly pictureUrl: string | undefined
  readonly last: string
  readonly timestamp: number | undefined
  readonly unread: number
  readonly isOpen: boolean
  readonly onOpen: (id: string) => void
}

const ChatRow = memo((props: ChatRowProps) => {
  const { isOpen, kind, last, name, people, pictureUrl, standing, timestamp, unread } = props
  return (
    <li>
      <button
        type="button"
        class="chat-row"
        aria-current={isOpen ? "true" : undefined}
        onClick={() => props.onOpen(props.id)}
      >
        <Face name={name} pictureUrl={pictureUrl} isGroup={kind !== "user"} />
        <span class="chat-words">
          <span class="chat-line">
            <span class="chat-name">{name}</span>
            {people === undefined ? null : (
              <span class="faint">
                <span aria-hidden="true">({people})</span>
                <span class="unseen">
                  {kind} of {people}
                </span>
              </span>
            )}
            {timestamp === undefined ? null : <time class="chat-time">{shortTime(timestamp)}</time>}
          </span>
          <span class="chat-line">
            <span class="chat-last">{last === "" ? "No messages" : last}</span>
            {unread === 0 || isOpen ? null : (
              <span class="badge">
                {unread > 999 ? "999+" : unread}
                <span class="unseen"> unread</span>
              </span>
            )}
          </span>
          {standing === undefined ? null : <span class="tag tag-warning">{standing}</span>}
        </span>
      </button>
    </li>
  )
})

/** The time of today, or the day. */
const shortTime = (timestamp: number): string => {
  const time = new Date(timestamp)
  return time.toDateString() === new Date().toDateString()
    ? time.toLocaleTimeString([], { hour: "numeric", minute: "2-digit" })
    : time.toLocaleDateString([], { month: "short", day: "numeric" })
}

/** The picture of a chat, or the first letter of its name. */
export const Face = (props: {
  readonly name: string
  readonly pictureUrl: string | undefined
  readonly isGroup: boolean
}): VNode => {
  const { isGroup, name, pictureUrl } = props
  return (
    <span class={isGroup ? "face face-group" : "face"} aria-hidden="true">
      {pictureUrl !== undefined && /^https?:/i.test(pictureUrl) ? (
        <img src={pictureUrl} alt="" referrerpolicy="no-referrer" />
      ) : isGroup ? (
        <Glyph name="users" />
      ) : (
        Array.from(name)[0]?.toUpperCase()
      )}
    </span>
  )
}
