/**
 * Where a user writes: a text, a sticker, a place, a file.
 */
import { useEffect, useRef, useState } from "preact/hooks"
import type { VNode } from "preact"
import * as Api from "./Api.js"
import type { Openings, Place } from "./Conversation.js"
import { Dialog, Field } from "./Dialog.js"
import { summaryOf } from "./message/MessageView.js"
import * as Store from "./Store.js"

/** What is being written. */
export interface Draft {
  readonly text: string
  readonly quoted: Api.ChatMessage | undefined
}

interface Props {
  readonly chat: Api.Chat
  readonly world: Api.World
  readonly place: Place
  readonly draft: Draft
  readonly openings: Openings
  readonly onDraft: (draft: Draft) => void
}

export const Composer = ({ chat, draft, onDraft, openings, place, world }: Props): VNode => {
  const [open, setOpen] = useState<"sticker" | "location">()
  const file = useRef<HTMLInputElement>(null)
  const text = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    if (openings.file !== undefined) file.current?.click()
    if (openings.location !== undefined) setOpen("location")
  }, [openings])
  const { quoted } = draft
  const quote = quoted === undefined ? {} : { quotedMessageId: quoted.id }
  const say = (message: Readonly<Record<string, unknown>>) => {
    onDraft({ text: "", quoted: undefined })
    void Store.attempt(Api.act({ type: "say", ...place, message }))
  }
  const submit = () => {
    if (draft.text.trim() === "") return
    say({ type: "text", text: draft.text, ...mentionOf(draft.text, world), ...quote })
    text.current?.focus()
  }
  return (
    <form
      class="composer"
      aria-label="Write"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      {quoted === undefined ? null : (
        <p class="quoting">
          <span>Quoting: {summaryOf(quoted.message)}</span>
          <button type="button" aria-label="Do not quote" onClick={() => onDraft({ ...draft, quoted: undefined })}>
            ✕
          </button>
        </p>
      )}
      <div class="composer-tools">
        <button type="button" onClick={() => file.current?.click()}>
          File
        </button>
        <button type="button" onClick={() => setOpen("sticker")}>
          Sticker
        </button>
        <button type="button" onClick={() => setOpen("location")}>
          Location
        </button>
        {chat.type === "user" ? null : (
          <button
            type="button"
            onClick={() => {
              onDraft({ ...draft, text: `${nameOf(world)} ${draft.text}` })
              text.current?.focus()
            }}
          >
            Mention the bot
          </button>
        )}
      </div>
      <div class="composer-line">
        <textarea
          ref={text}
          rows={1}
          aria-label="Message"
          placeholder="Write a message"
          value={draft.text}
          onInput={(event) => onDraft({ ...draft, text: event.currentTarget.value })}
          onKeyDown={(event) => {
            // While an input method composes, Enter is its own.
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return
            event.preventDefault()
            submit()
          }}
        />
        <button type="submit" class="primary">
          Send
        </button>
      </div>
      <input
        ref={file}
        type="file"
        hidden
        aria-label="File"
        onChange={async ({ currentTarget }) => {
          const [chosen] = currentTarget.files ?? []
          if (chosen === undefined) return
          const message = await Store.attempt(contentOf(chosen))
          currentTarget.value = ""
          if (message !== undefined) say(message)
        }}
      />
      {open === "sticker" ? (
        <Sticker onClose={() => setOpen(undefined)} onSay={(sticker) => say({ ...sticker, ...quote })} />
      ) : null}
      {open === "location" ? <Location onClose={() => setOpen(undefined)} onSay={say} /> : null}
    </form>
  )
}

const nameOf = ({ channel }: Api.World): string => `@${channel.displayName}`

/** The mention of the bot in a text, if it is in it. */
const mentionOf = (text: string, world: Api.World): object => {
  const name = nameOf(world)
  const index = text.indexOf(name)
  if (index === -1) return {}
  const mentionee = { index, length: name.length, type: "user", userId: world.channel.userId, isSelf: true }
  return { mention: { mentionees: [mentionee] } }
}

const kinds = ["image", "video", "audio"]

/** A file as what LINE makes of it. */
const contentOf = async (file: File): Promise<Readonly<Record<string, unknown>>> => {
  const url = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader()
    reader.addEventListener("load", () => resolve(String(reader.result)))
    reader.addEventListener("error", () => reject(new Error(`${file.name} cannot be read`)))
    reader.readAsDataURL(file)
  })
  const content = url.slice(url.indexOf(",") + 1)
  const kind = kinds.find((kind) => file.type.startsWith(`${kind}/`))
  const contentType = file.type === "" ? {} : { contentType: file.type }
  return kind === undefined
    ? { type: "file", fileName: file.name, content, ...contentType }
    : { type: kind, content, ...contentType }
}

interface Saying {
  readonly onClose: () => void
  readonly onSay: (message: Readonly<Record<string, unknown>>) => void
}

const Sticker = ({ onClose, onSay }: Saying): VNode => (
  <Dialog
    title="Send a sticker"
    submit="Send"
    onClose={onClose}
    onSubmit={(form) =>
      onSay({ type: "sticker", packageId: String(form.get("packageId")), stickerId: String(form.get("stickerId")) })
    }
  >
    <Field label="Package ID">
      <input name="packageId" required defaultValue="446" autofocus />
    </Field>
    <Field label="Sticker ID">
      <input name="stickerId" required defaultValue="1988" />
    </Field>
  </Dialog>
)

const Location = ({ onClose, onSay }: Saying): VNode => (
  <Dialog
    title="Send a location"
    submit="Send"
    onClose={onClose}
    onSubmit={(form) =>
      onSay({
        type: "location",
        title: String(form.get("title")),
        address: String(form.get("address")),
        latitude: Number(form.get("latitude")),
        longitude: Number(form.get("longitude"))
      })
    }
  >
    <Field label="Title">
      <input name="title" defaultValue="Tokyo Station" autofocus />
    </Field>
    <Field label="Address">
      <input name="address" defaultValue="1-9-1 Marunouchi, Chiyoda, Tokyo" />
    </Field>
    <Field label="Latitude">
      <input name="latitude" type="number" step="any" min="-90" max="90" required defaultValue="35.681236" />
    </Field>
    <Field label="Longitude">
      <input name="longitude" type="number" step="any" min="-180" max="180" required defaultValue="139.767125" />
    </Field>
  </Dialog>
)
