/**
 * The list of chats, and what adds to it.
 */
import { useState } from "preact/hooks"
import type { VNode } from "preact"
import * as Api from "./Api.js"
import { Dialog, Field, textOf } from "./Dialog.js"
import { summaryOf } from "./message/MessageView.js"
import * as Names from "./Names.js"
import * as Store from "./Store.js"

interface Props {
  readonly state: Store.State
  readonly world: Api.World
  readonly onSelect: (chatId: string) => void
}

export const Chats = ({ onSelect, state, world }: Props): VNode => {
  const [adding, setAdding] = useState<"user" | "chat">()
  return (
    <>
      <ul class="chats">
        {world.chats.map((chat) => (
          <li key={Api.idOf(chat)}>
            <Entry chat={chat} state={state} world={world} onSelect={onSelect} />
          </li>
        ))}
      </ul>
      <div class="chats-add">
        <button type="button" onClick={() => setAdding("user")}>
          Add a user
        </button>
        <button type="button" onClick={() => setAdding("chat")}>
          Add a group
        </button>
      </div>
      {adding === "user" ? <AddUser onClose={() => setAdding(undefined)} onAdded={onSelect} /> : null}
      {adding === "chat" ? <AddChat world={world} onClose={() => setAdding(undefined)} onAdded={onSelect} /> : null}
    </>
  )
}

const Entry = ({ chat, onSelect, state, world }: Props & { readonly chat: Api.Chat }): VNode => {
  const id = Api.idOf(chat)
  const unread = chat.messages - (state.seen[id] ?? 0)
  const note = noteOf(chat)
  const isSelected = id === state.selected
  return (
    <button type="button" class="chat" aria-current={isSelected ? "true" : undefined} onClick={() => onSelect(id)}>
      <span class={`chat-icon chat-icon-${chat.type}`} aria-hidden="true">
        {[...Names.ofChat(chat, world)][0]}
      </span>
      <span class="chat-text">
        <span class="chat-name">
          {Names.ofChat(chat, world)} {note === undefined ? null : <small class="badge">{note}</small>}
        </span>
        <span class="chat-latest">{chat.latest === undefined ? "No messages" : latestOf(chat.latest)}</span>
      </span>
      {unread > 0 && !isSelected ? (
        <span class="unread" aria-label={`${unread} unread`}>
          {unread > 99 ? "99+" : unread}
        </span>
      ) : null}
    </button>
  )
}

const latestOf = ({ message, unsent }: Api.ChatMessage): string => (unsent ? "Unsent" : summaryOf(message))

/** What is out of the ordinary about a chat. */
const noteOf = (chat: Api.Chat): string | undefined => {
  if (chat.type !== "user") return chat.joined ? undefined : "without bot"
  return chat.relation === "friend" ? undefined : chat.relation === "blocked" ? "blocked" : "no friend"
}

interface Adding {
  readonly onClose: () => void
  readonly onAdded: (chatId: string) => void
}

const add = async (act: Api.Act, onAdded: (chatId: string) => void, then?: (id: string) => Api.Act): Promise<void> => {
  const added = await Store.attempt(Api.act(act))
  if (added?.id === undefined) return
  if (then !== undefined) await Store.attempt(Api.act(then(added.id)))
  onAdded(added.id)
}

const AddUser = ({ onAdded, onClose }: Adding): VNode => (
  <Dialog
    title="Add a user"
    submit="Add"
    onClose={onClose}
    onSubmit={(form) => {
      const [displayName, language, phoneNumber] = ["displayName", "language", "phoneNumber"].map((name) =>
        textOf(form, name)
      )
      void add({ type: "addUser", displayName, language, phoneNumber, friend: form.get("friend") === "on" }, onAdded)
    }}
  >
    <Field label="Name">
      <input name="displayName" required autofocus />
    </Field>
    <Field label="Language (BCP 47)">
      <input name="language" placeholder="ja" />
    </Field>
    <Field label="Phone number, for LINE notification messages">
      <input name="phoneNumber" type="tel" placeholder="+818000001234" />
    </Field>
    <label class="check">
      <input type="checkbox" name="friend" defaultChecked /> Has the bot as a friend
    </label>
  </Dialog>
)

const AddChat = ({ onAdded, onClose, world }: Adding & { readonly world: Api.World }): VNode => (
  <Dialog
    title="Add a group or room"
    submit="Add"
    onClose={onClose}
    onSubmit={(form) => {
      const userIds = form.getAll("member")
      const kind = form.get("kind") === "room" ? { type: "addRoom" } : { type: "addGroup", name: textOf(form, "name") }
      const joining = (chatId: string): Api.Act => ({ type: "join", chatId })
      void add({ ...kind, userIds }, onAdded, form.get("join") === "on" ? joining : undefined)
    }}
  >
    <Field label="Kind">
      <select name="kind">
        <option value="group">Group</option>
        <option value="room">Room</option>
      </select>
    </Field>
    <Field label="Name of the group">
      <input name="name" autofocus />
    </Field>
    <fieldset>
      <legend>Members</legend>
      {world.chats.map((chat) =>
        chat.type === "user" ? (
          <label class="check" key={chat.userId}>
            <input type="checkbox" name="member" value={chat.userId} defaultChecked /> {chat.displayName}
          </label>
        ) : null
      )}
    </fieldset>
    <label class="check">
      <input type="checkbox" name="join" defaultChecked /> Invite the bot
    </label>
  </Dialog>
)
