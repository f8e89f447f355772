/**
 * Where a user writes, and sends everything else that can be sent.
 */
import { useImperativeHandle, useRef, useState } from "preact/hooks"
import type { Ref, VNode } from "preact"
import type { Chat, ChatMessage, Said, World } from "./Client.js"
import { Field, FormDialog, MenuButton, textOf } from "./Dialog.js"
import { Glyph } from "./Glyph.js"
import { summaryOf } from "./message/MessageView.js"
import * as Names from "./Names.js"
import { useSession } from "./Session.js"
import * as Upload from "./Upload.js"

/** What a message is written for, if it is not simply new. */
export type Purpose =
  | { readonly kind: "quote"; readonly message: ChatMessage; readonly name: string }
  | { readonly kind: "edit"; readonly message: ChatMessage }

/** What others have the composer do. */
export interface ComposerHandle {
  readonly write: (text: string | undefined) => void
  readonly pick: (kind: Upload.Kind) => void
  readonly pickLocation: () => void
}

export const Composer = (props: {
  readonly world: World
  readonly chat: Chat
  /** Who writes. */
  readonly userId: string
  readonly purpose: Purpose | undefined
  readonly onPurposeEnd: () => void
  readonly handle: Ref<ComposerHandle>
}): VNode => {
  const { chat, onPurposeEnd, purpose, userId, world } = props
  const session = useSession()
  const field = useRef<HTMLTextAreaElement>(null)
  const file = useRef<HTMLInputElement>(null)
  const [kind, setKind] = useState<Upload.Kind>("image")
  const [text, setText] = useState("")
  const [mentioned, setMentioned] = useState<ReadonlyArray<Mentioned>>([])
  const [dialog, setDialog] = useState<"sticker" | "location">()
  const [edited, setEdited] = useState<string>()

  // The text of a message that is edited comes into the field once.
  const editing = purpose?.kind === "edit" ? purpose.message : undefined
  if (editing?.id !== edited) {
    setEdited(editing?.id)
    setText(editing === undefined ? "" : String(editing.message["text"] ?? ""))
  }

  const say = async (message: Said): Promise<boolean> =>
    (await session.act({ type: "say", ...Names.placeOf(chat, userId), message })) !== undefined

  const quoted = purpose?.kind === "quote" ? { quotedMessageId: purpose.message.id } : {}

  const send = async () => {
    if (text.trim() === "") return
    const done =
      editing === undefined
        ? await say({ type: "text", text, ...mentionOf(text, mentioned), ...quoted })
        : (await session.act({ type: "edit", messageId: editing.id, text })) !== undefined
    if (!done) return
    setText("")
    setMentioned([])
    onPurposeEnd()
  }

  const pick = (kind: Upload.Kind) => {
    setKind(kind)
    const input = file.current
    if (input === null) return
    input.accept = Upload.accepted[kind]
    input.click()
  }

  const upload = async (input: HTMLInputElement) => {
    const chosen = [...(input.files ?? [])]
    input.value = ""
    for (const one of chosen) {
      const message = await session.attempt(() => Upload.messageOf(kind, one))
      if (message !== undefined) await say(message)
    }
  }

  const insert = (more: string) => {
    const at = field.current?.selectionStart ?? text.length
    setText(text.slice(0, at) + more + text.slice(at))
    field.current?.focus()
  }

  useImperativeHandle(props.handle, () => ({
    write: (text) => {
      if (text !== undefined) setText(text)
      field.current?.focus()
    },
    pick,
    pickLocation: () => setDialog("location")
  }))

  const mentionable: ReadonlyArray<Mentioned> =
    chat.type === "user"
      ? []
      : [
          ...(chat.joined ? [{ name: world.channel.displayName, userId: world.channel.userId, isSelf: true }] : []),
          ...chat.memberIds
            .filter((id) => id !== userId)
            .map((id) => ({ name: Names.userName(world, id) ?? id, userId: id, isSelf: false })),
          { name: "All", userId: undefined, isSelf: false }
        ]

  return (
    <div class="composer">
      {purpose === undefined ? null : (
        <div class="composer-purpose">
          <span class="composer-purpose-words">
            <strong>{purpose.kind === "quote" ? `Reply to ${purpose.name}` : "Edit the message"}</strong>
            <span>{summaryOf(purpose.message.message)}</span>
          </span>
          <button type="button" class="icon-button" aria-label="Cancel" onClick={onPurposeEnd}>
            <Glyph name="close" />
          </button>
        </div>
      )}
      <form
        class="composer-row"
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
      >
        <MenuButton
          label="Send something else"
          items={[
            { name: "Image", run: () => pick("image") },
            { name: "Video", run: () => pick("video") },
            { name: "Audio", run: () => pick("audio") },
            { name: "File", run: () => pick("file") },
            { name: "Sticker", run: () => setDialog("sticker") },
            { name: "Location", run: () => setDialog("location") }
          ]}
        >
          <Glyph name="plus" />
        </MenuButton>
        {mentionable.length === 0 ? null : (
          <MenuButton
            label="Mention somebody"
            items={mentionable.map((one) => ({
              name: one.isSelf ? `@${one.name} (the bot)` : `@${one.name}`,
              run: () => {
                setMentioned([...mentioned, one])
                insert(`@${one.name} `)
              }
            }))}
          >
            <Glyph name="at" />
          </MenuButton>
        )}
        <textarea
          ref={field}
          rows={1}
          aria-label={`Message as ${Names.userName(world, userId) ?? userId}`}
          placeholder={chat.type === "user" ? "Message" : `Message as ${Names.userName(world, userId) ?? userId}`}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape" && purpose !== undefined) onPurposeEnd()
            // Enter also ends the input of a Japanese word.
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return
            event.preventDefault()
            void send()
          }}
        />
        <button type="submit" class="icon-button send-button" aria-label="Send" disabled={text.trim() === ""}>
          <Glyph name="send" />
        </button>
      </form>
      <input
        ref={file}
        type="file"
        hidden
        multiple
        aria-label="File to send"
        onChange={(event) => void upload(event.currentTarget)}
      />
      {dialog === "sticker" ? (
        <StickerDialog
          onClose={() => setDialog(undefined)}
          onPick={async (sticker) => {
            if (await say({ type: "sticker", ...sticker, ...quoted })) onPurposeEnd()
          }}
        />
      ) : null}
      {dialog === "location" ? (
        <LocationDialog onClose={() => setDialog(undefined)} onPick={(place) => say({ type: "location", ...place })} />
      ) : null}
    </div>
  )
}

interface Mentioned {
  readonly name: string
  /** Nobody's: all are mentioned. */
  readonly userId: string | undefined
  readonly isSelf: boolean
}

/** Where in a text they are who were mentioned, each once, in the order of the text. */
const mentionOf = (text: string, mentioned: ReadonlyArray<Mentioned>) => {
  let end = 0
  const mentionees = mentioned.flatMap(({ isSelf, name, userId }) => {
    const words = `@${name}`
    const found = text.indexOf(words, end)
    const index = found === -1 ? text.indexOf(words) : found
    if (index === -1) return []
    end = index + words.length
    const whom = userId === undefined ? { type: "all" } : { type: "user", userId, isSelf }
    return [{ index, length: words.length, ...whom }]
  })
  const places = new Set<number>()
  const each = mentionees
    .filter(({ index }) => !places.has(index) && places.add(index))
    .sort((a, b) => a.index - b.index)
  return each.length === 0 ? {} : { mention: { mentionees: each } }
}

/** Some of the stickers that LINE lets bots send, and that everybody has. */
const stickers = [
  ["446", "1988"],
  ["789", "10855"],
  ["6325", "10979904"],
  ["8515", "16581242"],
  ["11537", "52002734"]
] as const

const StickerDialog = (props: {
  readonly onClose: () => void
  readonly onPick: (sticker: {
    readonly packageId: string
    readonly stickerId: string
    readonly keywords?: ReadonlyArray<string>
  }) => Promise<unknown>
}): VNode => {
  const [[packageId, stickerId], choose] = useState<readonly [string, string]>(stickers[0])
  return (
    <FormDialog
      title="Sticker"
      submit="Send"
      onClose={props.onClose}
      onSubmit={(form) => {
        const keywords = textOf(form, "keywords")?.split(",")
        return props.onPick({
          packageId: textOf(form, "packageId") ?? packageId,
          stickerId: textOf(form, "stickerId") ?? stickerId,
          ...(keywords === undefined ? {} : { keywords: keywords.map((word) => word.trim()) })
        })
      }}
    >
      <fieldset class="field">
        <legend>Some of LINE's</legend>
        <div class="choices choices-beside">
          {stickers.map((sticker) => (
            <button
              key={sticker[1]}
              type="button"
              class="button"
              aria-pressed={sticker[1] === stickerId}
              onClick={() => choose(sticker)}
            >
              {sticker.join(" / ")}
            </button>
          ))}
        </div>
      </fieldset>
      <Field key={`package ${packageId}`} label="Package ID" name="packageId" value={packageId} required />
      <Field key={`sticker ${stickerId}`} label="Sticker ID" name="stickerId" value={stickerId} required />
      <Field label="Keywords" name="keywords" placeholder="love, happy" hint="With commas between them" />
    </FormDialog>
  )
}

const LocationDialog = (props: {
  readonly onClose: () => void
  readonly onPick: (place: {
    readonly title?: string
    readonly address?: string
    readonly latitude: number
    readonly longitude: number
  }) => Promise<unknown>
}): VNode => (
  <FormDialog
    title="Location"
    submit="Send"
    onClose={props.onClose}
    onSubmit={(form) => {
      const [title, address] = [textOf(form, "title"), textOf(form, "address")]
      return props.onPick({
        latitude: Number(form.get("latitude")),
        longitude: Number(form.get("longitude")),
        ...(title === undefined ? {} : { title }),
        ...(address === undefined ? {} : { address })
      })
    }}
  >
    <Field label="Title" name="title" placeholder="Tokyo Station" />
    <Field label="Address" name="address" value="1-9-1 Marunouchi, Chiyoda-ku, Tokyo" />
    <div class="field-row">
      <Field label="Latitude" name="latitude" type="number" value="35.681236" min={-90} max={90} step="any" required />
      <Field
        label="Longitude"
        name="longitude"
        type="number"
        value="139.767125"
        min={-180}
        max={180}
        step="any"
        required
      />
    </div>
  </FormDialog>
)
