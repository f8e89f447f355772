/**
 * A chat as it is on the phone of a user.
 */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks"
import type { VNode } from "preact"
import * as Client from "./Client.js"
import { Face } from "./ChatList.js"
import { Composer, type ComposerHandle, type Purpose } from "./Composer.js"
import { CopyButton, Dialog, Menu, MenuButton, type MenuItem } from "./Dialog.js"
import { EventDialog } from "./EventDialog.js"
import { Glyph } from "./Glyph.js"
import { Json } from "./Json.js"
import { memo } from "./Memo.js"
import { LoadingDots } from "./message/LoadingDots.js"
import { MessageView, type Quoted, summaryOf } from "./message/MessageView.js"
import { QuickReplies } from "./message/QuickReplies.js"
import { RichMenuView } from "./message/RichMenuView.js"
import type { Action, OnAction, Tap } from "./message/Tap.js"
import { text } from "./message/Untrusted.js"
import { Missed } from "./Missed.js"
import * as Names from "./Names.js"
import { MembersDialog } from "./People.js"
import { type State, useSession } from "./Session.js"

export const ConversationView = (props: {
  readonly state: State
  readonly onShow: (where: "traffic" | "setUp") => void
}): VNode => {
  const { chatId, speakers, world } = props.state
  const chat = world?.chats.find((chat) => Names.chatIdOf(chat) === chatId)
  if (world === undefined || chat === undefined) {
    return (
      <main class="pane conversation" aria-label="Conversation">
        <div class="empty">
          <p>{world === undefined ? "Loading…" : "Add a user on the left, and write to the bot as they do."}</p>
        </div>
      </main>
    )
  }
  const userId = Names.speakerOf(chat, speakers)
  return (
    <main class="pane conversation" id="conversation" tabIndex={-1} aria-label={`Chat: ${Names.chatName(world, chat)}`}>
      <Head {...props} world={world} chat={chat} userId={userId} />
      {userId === undefined ? (
        <div class="empty">
          <p>Nobody is in this {chat.type}.</p>
        </div>
      ) : (
        <Phone key={`${chatId} ${userId}`} {...props} world={world} chat={chat} userId={userId} />
      )}
    </main>
  )
}

interface ChatProps {
  readonly state: State
  readonly world: Client.World
  readonly chat: Client.Chat
  readonly onShow: (where: "traffic" | "setUp") => void
}

/** Who it is, how they stand to the bot, and what else can happen. */
const Head = (props: ChatProps & { readonly userId: string | undefined }): VNode => {
  const { chat, userId, world } = props
  const session = useSession()
  const [dialog, setDialog] = useState<"members" | "event">()
  const chatId = Names.chatIdOf(chat)
  const act = (act: Client.Act) => void session.act(act)
  const relate: ReadonlyArray<MenuItem> =
    chat.type === "user"
      ? [
          chat.relation === "friend"
            ? { name: "Block the bot", run: () => act({ type: "unfollow", userId: chat.userId }) }
            : {
                name: chat.relation === "blocked" ? "Unblock the bot" : "Add the bot as a friend",
                run: () => act({ type: "follow", userId: chat.userId })
              }
        ]
      : [
          { name: "Members…", run: () => setDialog("members") },
          {
            name: chat.joined ? "Remove the bot" : "Invite the bot",
            run: () => act({ type: chat.joined ? "leave" : "join", chatId })
          }
        ]
  const name = Names.chatName(world, chat)
  return (
    <header class="pane-head chat-head">
      <Face
        name={name}
        pictureUrl={chat.type === "user" ? chat.pictureUrl : undefined}
        isGroup={chat.type !== "user"}
      />
      <div class="chat-head-words">
        <h2>{name}</h2>
        <p class="faint">
          {chat.type === "user" ? `with ${world.channel.displayName}` : `${chat.type} of ${chat.memberIds.length}`}
          {Names.standing(chat) === undefined ? null : <span class="tag tag-warning">{Names.standing(chat)}</span>}
        </p>
      </div>
      {chat.type === "user" || userId === undefined ? null : (
        <label class="speaker">
          <span>Speak as</span>
          <select value={userId} onChange={(event) => session.speakAs(chatId, event.currentTarget.value)}>
            {chat.memberIds.map((id) => (
              <option key={id} value={id}>
                {Names.userName(world, id) ?? id}
              </option>
            ))}
          </select>
        </label>
      )}
      <MenuButton
        label="What else can happen"
        items={[
          ...relate,
          ...(userId === undefined ? [] : [{ name: "Another event…", run: () => setDialog("event") }])
        ]}
      >
        <Glyph name="more" />
      </MenuButton>
      {dialog === "members" && chat.type !== "user" ? (
        <MembersDialog world={world} chat={chat} onClose={() => setDialog(undefined)} />
      ) : null}
      {dialog === "event" && userId !== undefined ? (
        <EventDialog chat={chat} userId={userId} onClose={() => setDialog(undefined)} />
      ) : null}
    </header>
  )
}

/** What is on the user's phone. */
const Phone = (props: ChatProps & { readonly userId: string }): VNode => {
  const { chat, onShow, state, userId, world } = props
  const session = useSession()
  const composer = useRef<ComposerHandle>(null)
  const [purpose, setPurpose] = useState<Purpose>()
  const [link, setLink] = useState<string>()
  const [json, setJson] = useState<Client.ChatMessage>()
  const [menu, setMenu] = useState<{ readonly message: Client.ChatMessage; readonly anchor: Element }>()
  // The quick replies of a message are gone once one of them was tapped.
  const [answered, setAnswered] = useState<string>()
  const { isOpen: isMenuOpen, richMenu, setIsOpen: setIsMenuOpen } = useRichMenu(world, chat)
  const conversation = state.conversation?.chatId === state.chatId ? state.conversation : undefined
  const messages = conversation?.messages ?? []
  const last = messages.at(-1)

  const tapWith = useStable(
    (more: Pick<Client.Act & { type: "tap" }, "messageId" | "richMenuId">, action: Action, tap: Tap) => {
      const { params } = tap
      void session.act({
        type: "tap",
        ...Names.placeOf(chat, userId),
        ...more,
        action,
        ...(params === undefined ? {} : { params: { ...params } })
      })
      if (tap.source === "quickReply" && action.type !== "uri" && action.type !== "clipboard")
        setAnswered(more.messageId)
      const input = tap.input
      if (input?.option === "openKeyboard") composer.current?.write(input.fillInText)
      if (input?.option === "openRichMenu") setIsMenuOpen(true)
      if (input?.option === "closeRichMenu") setIsMenuOpen(false)
      locally(action)
    }
  )

  /** What an action does on the phone itself. */
  const locally = (action: Action) => {
    switch (action.type) {
      case "uri":
        return setLink(text(action["uri"]) ?? text(action["linkUri"]) ?? "")
      case "clipboard":
        return void session.attempt(async () => {
          await navigator.clipboard.writeText(text(action["clipboardText"]) ?? "")
          session.tell({ kind: "done", words: "Copied" })
        })
      case "camera":
      case "cameraRoll":
        return composer.current?.pick("image")
      case "location":
        return composer.current?.pickLocation()
      default:
        return undefined
    }
  }

  const resolveQuote = useStable(
    (quote: { readonly quotedMessageId?: string; readonly quoteToken?: string }): Quoted | undefined => {
      const { quoteToken, quotedMessageId } = quote
      const found = messages.find(
        (message) => message.id === quotedMessageId || (quoteToken !== undefined && message.quoteToken === quoteToken)
      )
      if (found === undefined) return undefined
      return { name: Names.userName(world, found.from) ?? "Somebody", message: found.message }
    }
  )
  const nameOf = useStable((userId: string) => Names.userName(world, userId))
  const openMenu = useStable((message: Client.ChatMessage, anchor: Element) => setMenu({ message, anchor }))

  const itemsOf = (message: Client.ChatMessage): ReadonlyArray<MenuItem> => {
    const isOwn = message.from === userId
    const type = message.message.type
    const isPlayed = type === "video" || type === "audio"
    return [
      ...(message.unsent || message.quoteToken === undefined
        ? []
        : [
            {
              name: "Reply",
              run: () => {
                setPurpose({ kind: "quote", message, name: Names.userName(world, message.from) ?? "Somebody" })
                composer.current?.write(undefined)
              }
            }
          ]),
      ...(isOwn && !message.unsent && chat.type === "group" && type === "text"
        ? [
            {
              name: "Edit",
              run: () => {
                setPurpose({ kind: "edit", message })
                composer.current?.write(undefined)
              }
            }
          ]
        : []),
      ...(isOwn && !message.unsent
        ? [{ name: "Unsend", run: () => void session.act({ type: "unsend", messageId: message.id }) }]
        : []),
      ...(isPlayed && message.from === world.channel.userId
        ? [{ name: "Play to the end", run: () => playedToEnd(message) }]
        : []),
      { name: "Show JSON", run: () => setJson(message) }
    ]
  }

  const playedToEnd = (message: Client.ChatMessage) => {
    void session.act({ type: "play", ...Names.placeOf(chat, userId), messageId: message.id, percent: 100 })
    if (message.message.type === "video" && message.message["trackingId"] !== undefined && chat.type === "user") {
      void session.act({ type: "videoPlayComplete", userId, messageId: message.id })
    }
  }

  const onEnded = (event: Event) => {
    const id =
      event.target instanceof Element ? event.target.closest("[data-message]")?.getAttribute("data-message") : undefined
    const message = messages.find((message) => message.id === id && message.from === world.channel.userId)
    if (message !== undefined) playedToEnd(message)
  }

  const isLoading = useIsBefore(chat.loadingUntil, state.ahead)
  const quickReply = last?.via === "user" || last?.id === answered ? undefined : last?.message["quickReply"]

  return (
    <div class="phone">
      <Scroll count={(conversation?.before ?? 0) + messages.length} onEnded={onEnded}>
        {conversation !== undefined && conversation.before > 0 ? (
          <button type="button" class="button earlier" onClick={() => void session.loadEarlier()}>
            Show earlier messages ({conversation.before})
          </button>
        ) : null}
        {conversation !== undefined && messages.length === 0 ? <p class="chat-note">No messages yet</p> : null}
        {messages.map((message, index) => (
          <Row
            key={message.id}
            message={message}
            day={dayBefore(messages[index - 1], message)}
            own={message.from === userId}
            name={message.from === userId ? undefined : (Names.userName(world, message.from) ?? "Somebody")}
            iconUrl={pictureOf(world, message.from)}
            generation={state.generation}
            onTap={tapWith}
            onMenu={openMenu}
            resolveQuote={resolveQuote}
            nameOf={nameOf}
          />
        ))}
        {isLoading ? <LoadingDots /> : null}
      </Scroll>
      <Spoken last={last} world={world} userId={userId} />
      {quickReply === undefined || last === undefined ? null : (
        <div class="quick-replies">
          <QuickReplies
            quickReply={quickReply}
            onAction={(action, tap) => tapWith({ messageId: last.id }, action, tap)}
          />
        </div>
      )}
      {state.missed === undefined ? null : (
        <Missed delivery={state.missed} isSet={world.webhook.endpoint !== undefined} onShow={onShow} />
      )}
      <Standing chat={chat} world={world} />
      {richMenu === undefined ? null : (
        <div class="rich-menu">
          <RichMenuView
            key={richMenu.richMenuId}
            menu={richMenu.menu}
            imageUrl={
              richMenu.hasImage ? `${Client.richMenuImageUrl(richMenu.richMenuId)}?${state.generation}` : undefined
            }
            open={isMenuOpen}
            onToggle={setIsMenuOpen}
            onAction={(action, tap) => tapWith({ richMenuId: richMenu.richMenuId }, action, tap)}
          />
        </div>
      )}
      <Composer
        world={world}
        chat={chat}
        userId={userId}
        purpose={purpose}
        onPurposeEnd={() => setPurpose(undefined)}
        handle={composer}
      />
      {menu === undefined ? null : (
        <Menu label="Message" anchor={menu.anchor} items={itemsOf(menu.message)} onClose={() => setMenu(undefined)} />
      )}
      {link === undefined ? null : <LinkDialog url={link} onClose={() => setLink(undefined)} />}
      {json === undefined ? null : (
        <Dialog title="Message" onClose={() => setJson(undefined)}>
          <Json title="As the emulator has it" value={json} />
        </Dialog>
      )}
    </div>
  )
}

/** A function that stays the same one, and does what its latest form does. */
const useStable = <A extends ReadonlyArray<unknown>, R>(latest: (...args: A) => R): ((...args: A) => R) => {
  const current = useRef(latest)
  current.current = latest
  return useMemo(
    () =>
      (...args: A) =>
        current.current(...args),
    []
  )
}

/** The rich menu of a user, and whether it is open: at first as the menu says. */
const useRichMenu = (world: Client.World, chat: Client.Chat) => {
  const id = chat.type === "user" && chat.relation !== "blocked" ? chat.richMenuId : undefined
  const richMenu = world.richMenus.find(({ richMenuId }) => richMenuId === id)
  const [chosen, setIsOpen] = useState<boolean>()
  const menu: unknown = richMenu?.menu
  const selected = typeof menu === "object" && menu !== null && "selected" in menu && menu.selected === true
  return { richMenu, isOpen: chosen ?? selected, setIsOpen }
}

/** Whether a time on the emulator's clock is to come; it is looked at again once it is there. */
const useIsBefore = (time: number | undefined, ahead: number): boolean => {
  const [, setNow] = useState(0)
  const left = time === undefined ? 0 : time - (Date.now() + ahead)
  useEffect(() => {
    if (left <= 0) return
    const timer = setTimeout(() => setNow(Date.now()), left + 20)
    return () => clearTimeout(timer)
  }, [time, ahead])
  return left > 0
}

const pictureOf = (world: Client.World, userId: string): string | undefined => {
  const user = world.chats.find((chat) => chat.type === "user" && chat.userId === userId)
  return user?.type === "user" ? user.pictureUrl : undefined
}

/** The day of a message, if it is another than that of the one before. */
const dayBefore = (before: Client.ChatMessage | undefined, { timestamp }: Client.ChatMessage): string | undefined => {
  const day = new Date(timestamp)
  if (before !== undefined && new Date(before.timestamp).toDateString() === day.toDateString()) return undefined
  return day.toLocaleDateString([], { weekday: "short", year: "numeric", month: "short", day: "numeric" })
}

interface RowProps {
  readonly message: Client.ChatMessage
  readonly day: string | undefined
  readonly own: boolean
  readonly name: string | undefined
  readonly iconUrl: string | undefined
  readonly generation: number
  readonly onTap: (more: { readonly messageId: string }, action: Action, tap: Tap) => void
  readonly onMenu: (message: Client.ChatMessage, anchor: Element) => void
  readonly resolveQuote: NonNullable<Parameters<typeof MessageView>[0]["resolveQuote"]>
  readonly nameOf: (userId: string) => string | undefined
}

const Row = memo((props: RowProps) => {
  const { day, generation, iconUrl, message, name, own } = props
  const onAction: OnAction = (action, tap) => props.onTap({ messageId: message.id }, action, tap)
  return (
    <>
      {day === undefined ? null : <p class="chat-note">{day}</p>}
      <div class={own ? "row row-own" : "row"} data-message={message.id}>
        <MessageView
          message={message.message}
          id={message.id}
          own={own}
          sender={name === undefined ? undefined : { name, iconUrl }}
          timestamp={message.timestamp}
          read={message.read}
          edited={message.edited}
          unsent={message.unsent}
          onAction={onAction}
          resolveQuote={props.resolveQuote}
          nameOf={props.nameOf}
          contentUrl={(id) => (message.via === "user" ? `${Client.contentUrl(id)}?${generation}` : undefined)}
        />
        <button
          type="button"
          class="icon-button row-menu"
          aria-label="More about this message"
          aria-haspopup="menu"
          onClick={(event) => props.onMenu(message, event.currentTarget)}
        >
          <Glyph name="more" />
        </button>
      </div>
    </>
  )
})

/** The messages, with the latest in sight unless somebody looks at earlier ones. */
const Scroll = (props: {
  /** How many messages there are. */
  readonly count: number
  readonly onEnded: (event: Event) => void
  readonly children: unknown
}): VNode => {
  const scroll = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const isAtEnd = useRef(true)
  const top = useRef(0)
  const [seen, setSeen] = useState(props.count)
  const toEnd = () => {
    const element = scroll.current
    if (element !== null) element.scrollTop = element.scrollHeight
  }
  useLayoutEffect(() => {
    if (!isAtEnd.current) return
    toEnd()
    setSeen(props.count)
  }, [props.count])
  useEffect(() => {
    // Pictures have no size until they are there; the panes below take some room, or give it back.
    const observer = new ResizeObserver(() => {
      if (isAtEnd.current) toEnd()
    })
    for (const { current } of [scroll, content]) if (current !== null) observer.observe(current)
    return () => observer.disconnect()
  }, [])
  const missed = isAtEnd.current ? 0 : props.count - seen
  return (
    <div class="scroll-frame">
      <div
        ref={scroll}
        class="scroll"
        role="region"
        aria-label="Messages"
        tabIndex={0}
        onEndedCapture={props.onEnded}
        onScroll={({ currentTarget: { clientHeight, scrollHeight, scrollTop } }) => {
          // Only who scrolls up has left: what has grown meanwhile has not been scrolled.
          if (scrollTop < top.current) isAtEnd.current = false
          if (scrollHeight - scrollTop - clientHeight < 40) isAtEnd.current = true
          top.current = scrollTop
          if (isAtEnd.current && seen !== props.count) setSeen(props.count)
        }}
      >
        <div ref={content} class="messages">
          {props.children as VNode}
        </div>
      </div>
      {missed <= 0 ? null : (
        <button
          type="button"
          class="button to-end"
          onClick={() => {
            isAtEnd.current = true
            setSeen(props.count)
            toEnd()
          }}
        >
          <Glyph name="down" /> {missed} new
        </button>
      )}
    </div>
  )
}

/** Says new messages to screen readers. */
const Spoken = (props: {
  readonly last: Client.ChatMessage | undefined
  readonly world: Client.World
  readonly userId: string
}): VNode => {
  const { last, userId, world } = props
  const first = useRef<string | undefined>(undefined)
  if (first.current === undefined && last !== undefined) first.current = last.id
  const isNew = last !== undefined && last.id !== first.current && last.from !== userId
  return (
    <div class="unseen" role="log" aria-live="polite" aria-label="New messages">
      {isNew ? (
        <p key={last.id}>
          {Names.userName(world, last.from) ?? "Somebody"}: {summaryOf(last.message)}
        </p>
      ) : null}
    </div>
  )
}

/** Why the bot hears nothing here, and how that ends. */
const Standing = (props: { readonly chat: Client.Chat; readonly world: Client.World }): VNode | null => {
  const session = useSession()
  const { chat, world } = props
  if (chat.type === "user") {
    const { displayName, relation, userId } = chat
    if (relation !== "blocked") return null
    return (
      <div class="strip">
        <p>
          {displayName} has blocked {world.channel.displayName}.
        </p>
        <button type="button" class="button" onClick={() => void session.act({ type: "follow", userId })}>
          Unblock
        </button>
      </div>
    )
  }
  if (chat.joined) return null
  return (
    <div class="strip">
      <p>
        {world.channel.displayName} is not in this {chat.type}, and hears nothing.
      </p>
      <button
        type="button"
        class="button"
        onClick={() => void session.act({ type: "join", chatId: Names.chatIdOf(chat) })}
      >
        Invite
      </button>
    </div>
  )
}

/** What a link leads to. */
const LinkDialog = (props: { readonly url: string; readonly onClose: () => void }): VNode => (
  <Dialog title="A link was tapped" onClose={props.onClose}>
    <div class="form">
      <p class="link-url">
        <code>{props.url}</code>
        <CopyButton text={props.url} name="the link" />
      </p>
      {/^(https?|tel|mailto):/i.test(props.url) ? (
        <div class="form-buttons">
          <a class="button button-main" href={props.url} target="_blank" rel="noopener noreferrer">
            Open in a new tab <Glyph name="out" />
          </a>
        </div>
      ) : (
        <p class="hint">Only the LINE app opens links of this kind.</p>
      )}
    </div>
  </Dialog>
)
