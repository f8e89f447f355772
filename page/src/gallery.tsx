/**
 * A page that shows one example of everything that a message can be, and any message that is written into it.
 */
import { render } from "preact"
import { useState } from "preact/hooks"
import type { ComponentChildren, VNode } from "preact"
import { quickReply, quoted, richMenu, richMenuImage, sections } from "./gallery/examples.js"
import { LoadingDots } from "./message/LoadingDots.js"
import { MessageView } from "./message/MessageView.js"
import { QuickReplies } from "./message/QuickReplies.js"
import { RichMenuView } from "./message/RichMenuView.js"
import type { OnAction } from "./message/Tap.js"
import "./gallery/gallery.css"

/** A second of a tone, as a WAV file. */
const tone = (): string => {
  const rate = 8000
  const view = new DataView(new ArrayBuffer(44 + rate))
  const words = (offset: number, text: string) =>
    [...text].forEach((letter, index) => view.setUint8(offset + index, letter.charCodeAt(0)))
  words(0, "RIFF")
  view.setUint32(4, 36 + rate, true)
  words(8, "WAVEfmt ")
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, rate, true)
  view.setUint32(28, rate, true)
  view.setUint16(32, 1, true)
  view.setUint16(34, 8, true)
  words(36, "data")
  view.setUint32(40, rate, true)
  for (let sample = 0; sample < rate; sample++) {
    view.setUint8(44 + sample, 128 + 60 * Math.sin((2 * Math.PI * 440 * sample) / rate))
  }
  return URL.createObjectURL(new Blob([view.buffer], { type: "audio/wav" }))
}

const files = new Map([["tone", tone()]])

const finders = {
  resolveQuote: () => quoted,
  contentUrl: (id: string) => files.get(id),
  nameOf: (userId: string) => (userId === "U1" ? "Mika" : undefined)
}

const Phone = (props: { readonly id: string; readonly title: string; readonly children: ComponentChildren }): VNode => (
  <section class="gallery-phone" id={props.id}>
    <h2>{props.title}</h2>
    {props.children}
  </section>
)

/** Shows the messages of some JSON: one, a list, or the body of a request. */
const Playground = (props: { readonly onAction: OnAction }): VNode => {
  const [text, setText] = useState("")
  const [revision, setRevision] = useState(0)
  const messages = messagesOf(text)
  return (
    <Phone id="playground" title="Any message">
      <textarea
        aria-label="JSON"
        placeholder="The JSON of a message, or the body of a request"
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value)
          setRevision(revision + 1)
        }}
      />
      <div class="gallery-chat" data-revision={revision}>
        {messages.map((message, index) => (
          <MessageView key={index} message={message} own={false} onAction={props.onAction} {...finders} />
        ))}
      </div>
    </Phone>
  )
}

const messagesOf = (text: string): ReadonlyArray<unknown> => {
  try {
    const value: unknown = JSON.parse(text)
    if (Array.isArray(value)) return value
    return typeof value === "object" && value !== null && "messages" in value && Array.isArray(value.messages)
      ? value.messages
      : [value]
  } catch {
    // It is not written to its end.
    return []
  }
}

const Gallery = (): VNode => {
  const [log, setLog] = useState<ReadonlyArray<string>>([])
  const [isOpen, setIsOpen] = useState(true)
  const onAction: OnAction = (action, tap) => setLog([...log, JSON.stringify({ action, ...tap })])
  return (
    <>
      <h1>Messages</h1>
      {sections.map(({ id, messages, title }) => (
        <Phone key={id} id={id} title={title}>
          <div class="gallery-chat">
            {messages.map((message, index) => (
              <MessageView key={index} {...finders} {...message} onAction={onAction} />
            ))}
          </div>
        </Phone>
      ))}
      <Phone id="chat" title="Loading, quick replies, a rich menu">
        <div class="gallery-chat">
          <LoadingDots />
          <QuickReplies quickReply={quickReply} onAction={onAction} />
        </div>
        <RichMenuView menu={richMenu} open={isOpen} onToggle={setIsOpen} onAction={onAction} />
        <RichMenuView menu={richMenu} imageUrl={richMenuImage} open={isOpen} onToggle={setIsOpen} onAction={onAction} />
      </Phone>
      <Playground onAction={onAction} />
      <Phone id="log" title="Taps">
        <output class="gallery-log">{log.join("\n")}</output>
      </Phone>
    </>
  )
}

const root = document.getElementById("gallery")
if (root !== null) render(<Gallery />, root)
