/**
 * Dialogs about who is there: new users, groups and rooms, and the members of a chat.
 */
import type { VNode } from "preact"
import * as Client from "./Client.js"
import { Dialog, Field, FormDialog, textOf, Tick } from "./Dialog.js"
import * as Names from "./Names.js"
import { useSession } from "./Session.js"

/** Who can be a member of a chat. */
const usersOf = (world: Client.World): ReadonlyArray<Client.UserChat> =>
  world.chats.flatMap((chat) => (chat.type === "user" ? [chat] : []))

const given = (form: FormData, names: ReadonlyArray<string>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = textOf(form, name)
      return value === undefined ? [] : [[name, value]]
    })
  )

interface AddingProps {
  readonly onClose: () => void
  /** There is a new chat. */
  readonly onAdded: (chatId: string) => void
}

export const UserDialog = (props: AddingProps): VNode => (
  <FormDialog
    title="New user"
    submit="Add"
    onClose={props.onClose}
    onSubmit={async (form) => {
      const texts = given(form, ["displayName", "language", "pictureUrl", "statusMessage", "phoneNumber"])
      const { id } = await Client.act({ type: "addUser", ...texts, friend: false })
      // As it is on LINE: the bot hears of a new friend.
      if (id !== undefined && form.has("friend")) await Client.act({ type: "follow", userId: id })
      if (id !== undefined) props.onAdded(id)
    }}
  >
    <Field label="Name" name="displayName" placeholder="Mika" />
    <Tick label="Adds the bot as a friend, and the bot hears of it" name="friend" defaultChecked />
    <details>
      <summary>More</summary>
      <Field label="Language" name="language" placeholder="ja" hint="A BCP 47 tag" />
      <Field label="Picture URL" name="pictureUrl" type="url" placeholder="https://…" />
      <Field label="Status message" name="statusMessage" />
      <Field
        label="Phone number"
        name="phoneNumber"
        placeholder="+818000001234"
        hint="LINE notification messages find the user by it"
      />
    </details>
  </FormDialog>
)

export const GroupDialog = (
  props: AddingProps & { readonly kind: "group" | "room"; readonly world: Client.World }
): VNode => {
  const { kind, world } = props
  const users = usersOf(world)
  return (
    <FormDialog
      title={`New ${kind}`}
      submit="Add"
      onClose={props.onClose}
      onSubmit={async (form) => {
        const userIds = form.getAll("member").map(String)
        if (userIds.length === 0) throw new Client.Problem(`A ${kind} has at least one member`)
        const name = textOf(form, "name")
        const { id } = await Client.act(
          kind === "room"
            ? { type: "addRoom", userIds }
            : { type: "addGroup", userIds, ...(name === undefined ? {} : { name }) }
        )
        if (id === undefined) return
        if (form.has("join")) await Client.act({ type: "join", chatId: id })
        props.onAdded(id)
      }}
    >
      {kind === "group" ? <Field label="Name" name="name" placeholder="Friends" /> : null}
      <fieldset class="field">
        <legend>Members</legend>
        {users.length === 0 ? <p class="hint">There are no users yet.</p> : null}
        <div class="choices">
          {users.map(({ displayName, userId }) => (
            <Tick key={userId} label={displayName} name="member" value={userId} />
          ))}
        </div>
      </fieldset>
      <Tick label="Invites the bot" name="join" defaultChecked />
    </FormDialog>
  )
}

/** The members of a chat, to be added and removed. */
export const MembersDialog = (props: {
  readonly world: Client.World
  readonly chat: Client.GroupChat
  readonly onClose: () => void
}): VNode => {
  const session = useSession()
  const { chat, world } = props
  const chatId = Names.chatIdOf(chat)
  const others = usersOf(world).filter(({ userId }) => !chat.memberIds.includes(userId))
  const change = (type: "memberJoined" | "memberLeft", userId: string) =>
    void session.act({ type, chatId, userIds: [userId] })
  return (
    <Dialog title={`Members of ${Names.chatName(world, chat)}`} onClose={props.onClose}>
      <ul class="member-list" aria-label="Members">
        <li>
          <span>
            {world.channel.displayName} <span class="tag">bot</span>
          </span>
          <button
            type="button"
            class="button"
            onClick={() => void session.act({ type: chat.joined ? "leave" : "join", chatId })}
          >
            {chat.joined ? "Remove the bot" : "Invite the bot"}
          </button>
        </li>
        {chat.memberIds.map((userId) => {
          const name = Names.userName(world, userId) ?? userId
          return (
            <li key={userId}>
              <span>{name}</span>
              <button
                type="button"
                class="button"
                aria-label={`${name} leaves`}
                onClick={() => change("memberLeft", userId)}
              >
                Leaves
              </button>
            </li>
          )
        })}
      </ul>
      {others.length === 0 ? null : (
        <>
          <h3>Not in this {chat.type}</h3>
          <ul class="member-list" aria-label={`Not in this ${chat.type}`}>
            {others.map(({ displayName, userId }) => (
              <li key={userId}>
                <span>{displayName}</span>
                <button
                  type="button"
                  class="button"
                  aria-label={`${displayName} joins`}
                  onClick={() => change("memberJoined", userId)}
                >
                  Joins
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </Dialog>
  )
}
