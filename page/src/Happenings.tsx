/**
 * Whatever else can happen, as JSON that is ready to be changed and sent.
 */
import { useState } from "preact/hooks"
import type { VNode } from "preact"
import * as Api from "./Api.js"
import type { Place } from "./Conversation.js"
import { Dialog, Field } from "./Dialog.js"
import * as Store from "./Store.js"

/** What can happen in a chat, by what it is called. */
const happeningsOf = (chat: Api.Chat, place: Place | undefined): Readonly<Record<string, unknown>> => {
  const chatId = Api.idOf(chat)
  const userId = place?.userId ?? ""
  const own = place ?? { userId }
  const shared = {
    "Post data back": { type: "postback", ...own, data: "action=buy" },
    "Another channel takes control of the chat": { type: "takeControl", chatId },
    "The other channel gives control back": { type: "giveBackControl", chatId },
    "Any event, as it is": { events: [{ type: "teleported", source: { type: "user", userId }, timestamp: 0 }] }
  }
  if (chat.type !== "user") {
    return {
      "Members join": { type: "memberJoined", chatId, userIds: [userId] },
      "Members leave": { type: "memberLeft", chatId, userIds: [userId] },
      ...shared
    }
  }
  return {
    "Come near a beacon": { type: "beacon", userId, hwid: "d41d8cd98f", beacon: "enter" },
    "Link the account": { type: "accountLink", userId, linkToken: "", nonce: "" },
    "Join a membership": { type: "membership", userId, membership: "joined" },
    "Renew the membership": { type: "membership", userId, membership: "renewed" },
    "Leave the membership": { type: "membership", userId, membership: "left" },
    "Play a video to its end": { type: "videoPlayComplete", userId, messageId: "" },
    "Agree to notification messages": { type: "decideNotifications", userId, decision: "agreed" },
    ...shared
  }
}

export const Happenings = (props: {
  readonly chat: Api.Chat
  readonly world: Api.World
  readonly place: Place | undefined
  readonly onClose: () => void
}): VNode => {
  const happenings = happeningsOf(props.chat, props.place)
  const [first = ""] = Object.keys(happenings)
  const written = (name: string) => JSON.stringify(happenings[name], undefined, 2)
  const [text, setText] = useState(written(first))
  return (
    <Dialog
      title="Let something happen"
      submit="Let it happen"
      onClose={props.onClose}
      onSubmit={() => void Store.attempt(happen(text))}
    >
      <Field label="What happens">
        <select onChange={(event) => setText(written(event.currentTarget.value))}>
          {Object.keys(happenings).map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </Field>
      <Field label="As JSON">
        <textarea rows={9} value={text} spellcheck={false} onInput={(event) => setText(event.currentTarget.value)} />
      </Field>
    </Dialog>
  )
}

const happen = async (text: string): Promise<unknown> => {
  const value: unknown = JSON.parse(text)
  if (typeof value !== "object" || value === null) throw new Error("What happens is an object")
  if ("events" in value && Array.isArray(value.events)) return Api.send(value.events)
  // The emulator says what is wrong with an act.
  return Api.act(value as Api.Act)
}
