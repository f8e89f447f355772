/**
 * A conversation, as it is on the phone of one of its users.
 */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks"
import type { RefObject, VNode } from "preact"
import * as Api from "./Api.js"
import { Composer, type Draft } from "./Composer.js"
import { Dialog } from "./Dialog.js"
import { Happenings } from "./Happenings.js"
import { LoadingDots } from "./message/LoadingDots.js"
import { MessageView } from "./message/MessageView.js"
import { QuickReplies } from "./message/QuickReplies.js"
import { RichMenuView } from "./message/RichMenuView.js"
import type { Action, OnAction, Tap } from "./message/Tap.js"
import * as Names from "./Names.js"
import * as Store from "./Store.js"

interface Props {
  readonly state: Store.State
  readonly world: Api.World
  readonly chat: Api.Chat
}

/** Who looks at the chat, and what to say of where it is. */
export interface Place {
  readonly userId: string
  readonly chatId?: string
}

// As many as a phone shows before one scrolls back; more are a tap away.
const shownAtOnce = 100

const empty: Draft = { text: "", quoted: undefined }

export const Conversation = ({ chat, state, world }: Props): VNode => {
  const id = Api.idOf(chat)
  const speakers = Names.speakersOf(chat)
  const speaker = state.speakers[id] ?? speakers[0]
  const messages = state.conversations[id] ?? []
  const [draft, setDraft] = useState(empty)
  const [opened, setOpened] = useState<string>()
  const [isMenuOpen, setIsMenuOpen] = useState(true)
  const [openings, setOpenings] = useState<Openings>({})
  const place: Place | undefined =
    speaker === undefined ? undefined : { userId: speaker, ...(chat.type === "user" ? {} : { chatId: id }) }

  useSeeing(place, messages.length)

  const tap = (action: Action, tap: Tap, origin: Readonly<Record<string, string>>) => {
    if (place === undefined) return
    switch (action.type) {
      case "clipboard":
        void Store.attempt(navigator.clipboard.writeText(String(action["clipboardText"])))
        break
      case "camera":
      case "cameraRoll":
        setOpenings({ file: (openings.file ?? 0) + 1 })
        return
      case "location":
        setOpenings({ location: (openings.location ?? 0) + 1 })
        return
      case "uri":
        setOpened(String(action["uri"] ?? action["linkUri"]))
    }
    const { input, params } = tap
    if (input?.option === "openRichMenu") setIsMenuOpen(true)
    if (input?.option === "closeRichMenu" || input?.option === "openKeyboard") setIsMenuOpen(false)
    if (input?.option === "openKeyboard") setDraft({ ...draft, text: input.fillInText ?? draft.text })
    void Store.attempt(
      Api.act({ type: "tap", ...place, action, ...(params === undefined ? {} : { params }), ...origin })
    )
  }

  return (
    <section class="conversation" aria-label={`Conversation: ${Names.ofChat(chat, world)}`}>
      <Head chat={chat} world={world} place={place} speakers={speakers} />
      <Messages
        messages={messages}
        world={world}
        speaker={speaker}
        isGroup={chat.type === "group"}
        loading={chat.loadingUntil !== undefined && chat.loadingUntil > world.now}
        onAction={tap}
        onQuote={(quoted) => setDraft({ ...draft, quoted })}
      />
      <Latest messages={messages} onAction={(action, how) => tap(action, how, {})} />
      {place === undefined ? (
        <p class="empty">Nobody is in this chat.</p>
      ) : (
        <Composer
          key={speaker}
          chat={chat}
          world={world}
          place={place}
          draft={draft}
          openings={openings}
          onDraft={setDraft}
        />
      )}
      <Menu
        chat={chat}
        world={world}
        isOpen={isMenuOpen}
        onToggle={setIsMenuOpen}
        onAction={(action, how, richMenuId) => tap(action, how, { richMenuId })}
      />
      {opened === undefined ? null : <Link url={opened} onClose={() => setOpened(undefined)} />}
    </section>
  )
}

/** How often the composer was asked to open something. */
export interface Openings {
  readonly file?: number
  readonly location?: number
}

/** Tells the emulator that the user sees the chat, whenever there is more to see. */
const useSeeing = (place: Place | undefined, messages: number): void => {
  const { chatId, userId } = place ?? {}
  useEffect(() => {
    // Nobody who has blocked the bot looks at its chat, and nobody needs to be told.
    if (userId !== undefined && messages > 0) void Api.act({ type: "open", userId, chatId }).catch(() => undefined)
  }, [userId, chatId, messages])
}

/** The quick replies of the last message, until somebody answers. */
const Latest = (props: {
  readonly messages: ReadonlyArray<Api.ChatMessage>
  readonly onAction: OnAction
}): VNode | null => {
  const last = props.messages.at(-1)
  return last === undefined || last.via === "user" ? null : (
    <QuickReplies quickReply={last.message["quickReply"]} onAction={props.onAction} />
  )
}

const Menu = (props: {
  readonly chat: Api.Chat
  readonly world: Api.World
  readonly isOpen: boolean
  readonly onToggle: (isOpen: boolean) => void
  readonly onAction: (action: Action, tap: Tap, richMenuId: string) => void
}): VNode | null => {
  const { chat, isOpen, onAction, onToggle, world } = props
  const richMenuId = chat.type === "user" ? chat.richMenuId : undefined
  const found = world.richMenus.find((menu) => menu.richMenuId === richMenuId)
  return found === undefined ? null : (
    <RichMenuView
      key={found.richMenuId}
      menu={found.menu}
      imageUrl={found.hasImage ? Api.richMenuImageUrl(found.richMenuId) : undefined}
      open={isOpen}
      onToggle={onToggle}
      onAction={(action, tap) => onAction(action, tap, found.richMenuId)}
    />
  )
}

/** What a tap on a link opens: here it is shown, and opened only if the person wants it. */
const Link = ({ onClose, url }: { readonly url: string; readonly onClose: () => void }): VNode => {
  const isWeb = /^https?:/i.test(url)
  return (
    <Dialog title="The user opens" onClose={onClose}>
      <p class="url">{url}</p>
      {isWeb ? (
        <p>
          <a href={url} target="_blank" rel="noopener noreferrer">
            Open it in this browser
          </a>
        </p>
      ) : null}
    </Dialog>
  )
}

const Head = (props: {
  readonly chat: Api.Chat
  readonly world: Api.World
  readonly place: Place | undefined
  readonly speakers: ReadonlyArray<string>
}): VNode => {
  const { chat, place, speakers, world } = props
  const [isOpen, setIsOpen] = useState(false)
  const id = Api.idOf(chat)
  const change = (type: string, more: object = {}) => void Store.attempt(Api.act({ type, ...more }))
  return (
    <header class="conversation-head">
      <h2>{Names.ofChat(chat, world)}</h2>
      {chat.type === "user" ? null : (
        <label class="speaker">
          Speaking as{" "}
          <select value={place?.userId} onChange={(event) => Store.speakAs(id, event.currentTarget.value)}>
            {speakers.map((userId) => (
              <option key={userId} value={userId}>
                {Names.ofUser(userId, world) ?? userId}
              </option>
            ))}
          </select>
        </label>
      )}
      <span class="spacer" />
      {chat.type === "user" ? (
        chat.relation === "friend" ? (
          <button type="button" onClick={() => change("unfollow", { userId: id })}>
            Block the bot
          </button>
        ) : (
          <button type="button" onClick={() => change("follow", { userId: id })}>
            {chat.relation === "blocked" ? "Unblock the bot" : "Add the bot"}
          </button>
        )
      ) : (
        <button type="button" onClick={() => change(chat.joined ? "leave" : "join", { chatId: id })}>
          {chat.joined ? "Remove the bot" : "Invite the bot"}
        </button>
      )}
      <button type="button" onClick={() => setIsOpen(true)}>
        More events
      </button>
      {isOpen ? <Happenings chat={chat} world={world} place={place} onClose={() => setIsOpen(false)} /> : null}
    </header>
  )
}

interface MessagesProps {
  readonly messages: ReadonlyArray<Api.ChatMessage>
  readonly world: Api.World
  readonly speaker: string | undefined
  readonly isGroup: boolean
  readonly loading: boolean
  readonly onAction: (action: Action, tap: Tap, origin: { readonly messageId: string }) => void
  readonly onQuote: (message: Api.ChatMessage) => void
}

const Messages = (props: MessagesProps): VNode => {
  const { loading, messages } = props
  const [count, setCount] = useState(shownAtOnce)
  const list = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  useFollowing(list, content)
  const hidden = Math.max(0, messages.length - count)
  return (
    <div class="messages" ref={list} role="log" aria-label="Messages" tabIndex={0}>
      <div ref={content}>
        {hidden === 0 ? null : (
          <button type="button" class="earlier" onClick={() => setCount(count + shownAtOnce)}>
            {hidden} earlier messages
          </button>
        )}
        {messages.length === 0 ? <p class="empty">No messages yet. Say hello.</p> : null}
        {messages.slice(hidden).map((message) => (
          <Entry key={message.id} {...props} message={message} />
        ))}
        {loading ? <LoadingDots /> : null}
      </div>
    </div>
  )
}

/** Whoever is at the end stays there: whatever comes, and whatever of it takes its room only later, as images do. */
const useFollowing = (list: RefObject<HTMLDivElement | null>, content: RefObject<HTMLDivElement | null>): void => {
  useLayoutEffect(() => {
    const [scroller, inner] = [list.current, content.current]
    if (scroller === null || inner === null) return undefined
    let isAtEnd = true
    let top = 0
    const onScroll = () => {
      const { clientHeight, scrollHeight, scrollTop } = scroller
      // Only who scrolls up has left: what has grown meanwhile has not been scrolled.
      if (scrollTop < top) isAtEnd = false
      if (scrollHeight - scrollTop - clientHeight < 40) isAtEnd = true
      top = scrollTop
    }
    const observer = new ResizeObserver(() => {
      if (isAtEnd) scroller.scrollTo({ top: scroller.scrollHeight })
    })
    observer.observe(inner)
    observer.observe(scroller)
    scroller.addEventListener("scroll", onScroll)
    return () => {
      observer.disconnect()
      scroller.removeEventListener("scroll", onScroll)
    }
  }, [list, content])
}

const Entry = (props: MessagesProps & { readonly message: Api.ChatMessage }): VNode => {
  const { isGroup, message, messages, onAction, onQuote, speaker, world } = props
  const [isEditing, setIsEditing] = useState(false)
  const isOwn = message.from === speaker
  const isUsers = message.via === "user"
  const act = useCallback<OnAction>(
    (action, tap) => onAction(action, tap, { messageId: message.id }),
    [onAction, message.id]
  )
  const name = Names.ofUser(message.from, world) ?? "Somebody"
  const resolveQuote = (quote: { readonly quotedMessageId?: string; readonly quoteToken?: string }) => {
    const found = messages.find(({ id, quoteToken }) =>
      quote.quotedMessageId === undefined ? quoteToken === quote.quoteToken : id === quote.quotedMessageId
    )
    return found && { name: Names.ofUser(found.from, world) ?? "Somebody", message: found.message }
  }
  return (
    <div class={`entry ${isOwn ? "entry-own" : ""}`}>
      <MessageView
        message={message.message}
        own={isOwn}
        // What has an ID of its own is a user's: a bot's message may quote by the token in it.
        {...(isUsers ? { id: message.id } : {})}
        sender={{ name }}
        timestamp={message.timestamp}
        read={message.read}
        edited={message.edited}
        unsent={message.unsent}
        onAction={act}
        resolveQuote={resolveQuote}
        contentUrl={(id) => Api.contentUrl(id)}
        nameOf={(userId) => Names.ofUser(userId, world)}
      />
      {message.unsent ? null : (
        <div class="entry-tools">
          <button type="button" onClick={() => onQuote(message)}>
            Quote
          </button>
          {isOwn && isGroup && message.message.type === "text" ? (
            <button type="button" onClick={() => setIsEditing(true)}>
              Edit
            </button>
          ) : null}
          {isOwn ? (
            <button
              type="button"
              onClick={() => void Store.attempt(Api.act({ type: "unsend", messageId: message.id }))}
            >
              Unsend
            </button>
          ) : null}
        </div>
      )}
      {isEditing ? (
        <Dialog
          title="Edit the message"
          onClose={() => setIsEditing(false)}
          onSubmit={(form) =>
            void Store.attempt(Api.act({ type: "edit", messageId: message.id, text: String(form.get("text")) }))
          }
        >
          <textarea name="text" aria-label="Text" rows={4} required autofocus>
            {String(message.message["text"])}
          </textarea>
        </Dialog>
      ) : null}
    </div>
  )
}
