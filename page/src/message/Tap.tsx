/**
 * What a tap on an action does: the caller is told, after a datetime picker has asked for what it needs.
 */
import { createContext } from "preact"
import { useContext, useEffect, useId, useMemo, useRef, useState } from "preact/hooks"
import type { ComponentChildren, VNode } from "preact"
import type * as LineAction from "../../../src/Action.js"
import type { Style } from "./FlexStyle.js"
import { object, oneOf, text } from "./Untrusted.js"

/**
 * An action of a message, a quick reply or a rich menu, as it is in its JSON; its properties are to be checked. The
 * `linkUri` of an imagemap's `uri` action is its `uri` too.
 */
export type Action = { readonly type: string } & Readonly<Record<string, unknown>>

/** What there is to know of a tap beside the action. */
export interface Tap {
  /** What was tapped. */
  readonly source: "message" | "quickReply" | "richMenu"
  /** What a datetime picker has asked for: the `params` of the postback event. */
  readonly params?: Readonly<Partial<Record<LineAction.DatetimePickerAction["mode"], string>>>
  /** What a postback action wants of the input field and the rich menu, with the text to fill into the field. */
  readonly input?: { readonly option: InputOption; readonly fillInText: string | undefined }
}

/** The `inputOption` of a postback action. */
export type InputOption = NonNullable<LineAction.PostbackAction["inputOption"]>

/** Hears of a tap. Whatever the action is, all that it does is left to do. */
export type OnAction = (action: Action, tap: Tap) => void

const inputOptions: ReadonlyArray<InputOption> = ["closeRichMenu", "openRichMenu", "openKeyboard", "openVoice"]

const inputOf = (action: unknown): Pick<Tap, "input"> => {
  const { fillInText, inputOption, type } = object<LineAction.PostbackAction>(action)
  const option = type === "postback" ? oneOf(inputOptions, inputOption) : undefined
  return option === undefined ? {} : { input: { option, fillInText: text(fillInText) } }
}

const isAction = (value: unknown): value is Action => typeof object<Action>(value)["type"] === "string"

/** What is below takes its taps here. */
export const Taps = createContext<(action: unknown) => void>(() => {})

/** Takes the taps of what is in it, and asks for the date or time that an action needs. */
export const TapArea = (props: {
  readonly source: Tap["source"]
  readonly onAction: OnAction
  readonly children: ComponentChildren
}): VNode => {
  const { onAction, source } = props
  const [picker, setPicker] = useState<Action>()
  const tap = useMemo(
    () => (action: unknown) => {
      if (!isAction(action)) return
      if (action.type === "datetimepicker") setPicker(action)
      else onAction(action, { source, ...inputOf(action) })
    },
    [onAction, source]
  )
  return (
    <Taps.Provider value={tap}>
      {props.children}
      {picker === undefined ? null : (
        <DatetimeDialog
          action={picker}
          onCancel={() => setPicker(undefined)}
          onPick={(params) => {
            setPicker(undefined)
            onAction(picker, { source, params })
          }}
        />
      )}
    </Taps.Provider>
  )
}

const modes = {
  date: { input: "date", form: /^\d{4}-\d{2}-\d{2}$/, title: "Choose a date", length: 10, start: 0 },
  time: { input: "time", form: /^\d{2}:\d{2}$/, title: "Choose a time", length: 5, start: 11 },
  datetime: {
    input: "datetime-local",
    form: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/,
    title: "Choose a date and time",
    length: 16,
    start: 0
  }
} as const

/** The time on the clock of this machine, in the form of a mode. */
const nowIn = ({ length, start }: (typeof modes)[keyof typeof modes]): string => {
  const now = new Date()
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString()
  return local.slice(start, start + length)
}

const DatetimeDialog = (props: {
  readonly action: Action
  readonly onCancel: () => void
  readonly onPick: (params: NonNullable<Tap["params"]>) => void
}): VNode => {
  const action = object<LineAction.DatetimePickerAction>(props.action)
  const name = oneOf(["date", "time", "datetime"], action.mode) ?? "datetime"
  const mode = modes[name]
  const moment = (value: unknown): string | undefined => {
    const written = text(value)?.replace("t", "T")
    return written !== undefined && mode.form.test(written) ? written : undefined
  }
  const [value, setValue] = useState(() => moment(action.initial) ?? nowIn(mode))
  const dialog = useRef<HTMLDialogElement>(null)
  const title = useId()
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} class="line-picker" aria-labelledby={title} onClose={props.onCancel}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          // Closed, a dialog gives the focus back.
          dialog.current?.close()
          props.onPick({ [name]: value })
        }}
      >
        <h2 id={title}>{text(action.label) ?? mode.title}</h2>
        <input
          type={mode.input}
          aria-label={mode.title}
          value={value}
          min={moment(action.min)}
          max={moment(action.max)}
          required
          onInput={(event) => setValue(event.currentTarget.value)}
        />
        <div class="line-picker-buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit">OK</button>
        </div>
      </form>
    </dialog>
  )
}

const fallbackNames: Readonly<Record<string, (action: Action) => string | undefined>> = {
  message: (action) => text(action["text"]),
  postback: (action) => text(action["displayText"]) ?? text(action["data"]),
  uri: (action) => text(action["uri"]),
  clipboard: () => "Copy",
  richmenuswitch: (action) => text(action["richMenuAliasId"])
}

/** What an action is called, to those who cannot see it: its label, or else what it does. */
export const actionName = (action: unknown): string => {
  if (!isAction(action)) return "Nothing"
  const fallback = Object.hasOwn(fallbackNames, action.type) ? fallbackNames[action.type] : undefined
  return text(action["label"]) ?? fallback?.(action) ?? action.type
}

/**
 * An element that can be tapped everywhere if it has an action, and whose contents may have buttons of their own. For
 * keyboards and screen readers there is a button, as large as the element, behind its contents.
 */
export const Tappable = (props: {
  readonly action: unknown
  /** What the button is called if the action has no label. */
  readonly name?: () => string | undefined
  readonly class: string
  readonly style?: Style
  readonly dir?: "ltr" | "rtl" | undefined
  readonly children?: ComponentChildren
}): VNode => {
  const tap = useContext(Taps)
  const { action, children, class: className, dir, name, style } = props
  if (!isAction(action)) {
    return (
      <div class={className} style={style} dir={dir}>
        {children}
      </div>
    )
  }
  const onClick = (event: Event) => {
    event.stopPropagation()
    tap(action)
  }
  return (
    <div class={`${className} line-tappable`} style={style} dir={dir} onClick={onClick}>
      <button type="button" class="line-tap" aria-label={text(action["label"]) ?? name?.() ?? actionName(action)} />
      {children}
    </div>
  )
}

/** A button that does an action, and only that. */
export const ActionButton = (props: {
  readonly action: unknown
  readonly class: string
  readonly style?: Style
  readonly children: ComponentChildren
}): VNode => {
  const tap = useContext(Taps)
  return (
    <button
      type="button"
      class={props.class}
      style={props.style}
      disabled={!isAction(props.action)}
      onClick={(event) => {
        event.stopPropagation()
        tap(props.action)
      }}
    >
      {props.children}
    </button>
  )
}
