/**
 * Dialogs, and menus that open beside what they belong to.
 */
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks"
import type { ComponentChildren, VNode } from "preact"
import { Glyph } from "./Glyph.js"
import { useSession } from "./Session.js"

/** A dialog over the page, open as long as it is there. */
export const Dialog = (props: {
  readonly title: string
  readonly onClose: () => void
  readonly children: ComponentChildren
}): VNode => {
  const dialog = useRef<HTMLDialogElement>(null)
  const title = useId()
  useLayoutEffect(() => {
    const element = dialog.current
    element?.showModal()
    // Closed, and not only removed, it gives the focus back.
    return () => element?.close()
  }, [])
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={title} onClose={props.onClose}>
      <header class="dialog-head">
        <h2 id={title}>{props.title}</h2>
        <button type="button" class="icon-button" aria-label="Close" onClick={props.onClose}>
          <Glyph name="close" />
        </button>
      </header>
      {props.children}
    </dialog>
  )
}

/** A dialog with a form. It closes once that what it asks for is done. */
export const FormDialog = (props: {
  readonly title: string
  readonly submit: string
  readonly onClose: () => void
  /** Does it, or says by throwing why it cannot be done. */
  readonly onSubmit: (form: FormData) => Promise<unknown>
  readonly children: ComponentChildren
}): VNode => {
  const [isBusy, setIsBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const onSubmit = async (event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    setIsBusy(true)
    setProblem(undefined)
    try {
      await props.onSubmit(form)
      props.onClose()
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
    } finally {
      setIsBusy(false)
    }
  }
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <form class="form" onSubmit={(event) => void onSubmit(event)}>
        {props.children}
        {problem === undefined ? null : (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <div class="form-buttons">
          <button type="button" class="button" onClick={props.onClose}>
            Cancel
          </button>
          <button type="submit" class="button button-main" disabled={isBusy}>
            {props.submit}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

/** A text field of a form, or a text of several lines, with what it is called. */
export const Field = (props: {
  readonly label: string
  readonly name: string
  readonly type?: "text" | "number" | "url"
  readonly value?: string
  readonly placeholder?: string
  readonly hint?: string
  readonly required?: boolean
  readonly min?: number
  readonly max?: number
  readonly step?: number | "any"
  readonly lines?: number
  readonly list?: string
}): VNode => {
  const hint = useId()
  const { label, lines, list, max, min, name, placeholder, required, step, value } = props
  const described = props.hint === undefined ? {} : { "aria-describedby": hint }
  const usual = { name, defaultValue: value, placeholder, required, ...described }
  return (
    <label class="field">
      <span>{label}</span>
      {lines === undefined ? (
        <input type={props.type ?? "text"} min={min} max={max} step={step} list={list} autocomplete="off" {...usual} />
      ) : (
        <textarea rows={lines} spellcheck={false} {...usual} />
      )}
      {props.hint === undefined ? null : (
        <small id={hint} class="hint">
          {props.hint}
        </small>
      )}
    </label>
  )
}

/** A choice of a form. */
export const Choice = (props: {
  readonly label: string
  readonly name: string
  readonly options: ReadonlyArray<readonly [value: string, words: string]>
  readonly value?: string
  readonly onChange?: (value: string) => void
}): VNode => (
  <label class="field">
    <span>{props.label}</span>
    <select name={props.name} value={props.value} onChange={(event) => props.onChange?.(event.currentTarget.value)}>
      {props.options.map(([value, words]) => (
        <option key={value} value={value}>
          {words}
        </option>
      ))}
    </select>
  </label>
)

/** A box to tick. */
export const Tick = (props: {
  readonly label: string
  readonly name?: string
  readonly value?: string
  readonly checked?: boolean
  readonly defaultChecked?: boolean
  readonly onChange?: (checked: boolean) => void
}): VNode => {
  const { checked, defaultChecked, label, name, onChange, value } = props
  return (
    <label class="tick">
      <input
        type="checkbox"
        {...(name === undefined ? {} : { name })}
        {...(value === undefined ? {} : { value })}
        {...(checked === undefined ? { defaultChecked: defaultChecked === true } : { checked })}
        onChange={(event) => onChange?.(event.currentTarget.checked)}
      />
      <span>{label}</span>
    </label>
  )
}

/** A text of a form, undefined if nothing was written. */
export const textOf = (form: FormData, name: string): string | undefined => {
  const value = form.get(name)
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined
}

/** What a menu offers. */
export interface MenuItem {
  readonly name: string
  readonly run: () => void
}

/** A menu beside an element, open as long as it is there. */
export const Menu = (props: {
  readonly label: string
  readonly anchor: Element
  readonly items: ReadonlyArray<MenuItem>
  readonly onClose: () => void
}): VNode => {
  const { anchor, items, label, onClose } = props
  const menu = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const element = menu.current
    if (element === null) return
    element.showPopover()
    const [around, own] = [anchor.getBoundingClientRect(), element.getBoundingClientRect()]
    const fitsBelow = around.bottom + own.height + 8 < innerHeight
    element.style.top = `${Math.max(8, fitsBelow ? around.bottom + 4 : around.top - own.height - 4)}px`
    element.style.left = `${Math.max(8, Math.min(around.left, innerWidth - own.width - 8))}px`
    element.querySelector("button")?.focus()
  }, [anchor])
  const move = (event: KeyboardEvent) => {
    const buttons = [...(menu.current?.querySelectorAll("button") ?? [])]
    const at = buttons.findIndex((button) => button === document.activeElement)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key]
    if (event.key === "Tab") menu.current?.hidePopover()
    if (to === undefined) return
    event.preventDefault()
    buttons.at(to % buttons.length)?.focus()
  }
  return (
    <div
      ref={menu}
      popover="auto"
      role="menu"
      class="menu"
      aria-label={label}
      onKeyDown={move}
      onToggle={(event) => {
        if (event.newState === "closed") onClose()
      }}
    >
      {items.map(({ name, run }) => (
        <button
          key={name}
          type="button"
          role="menuitem"
          tabIndex={-1}
          onClick={() => {
            // The focus is back where it was before anything takes it.
            menu.current?.hidePopover()
            onClose()
            run()
          }}
        >
          {name}
        </button>
      ))}
    </div>
  )
}

/** A button that opens a menu. */
export const MenuButton = (props: {
  readonly label: string
  readonly items: ReadonlyArray<MenuItem>
  readonly class?: string
  readonly children: ComponentChildren
}): VNode => {
  const [anchor, setAnchor] = useState<Element>()
  return (
    <>
      <button
        type="button"
        class={props.class ?? "icon-button"}
        aria-label={props.label}
        title={props.label}
        aria-haspopup="menu"
        aria-expanded={anchor !== undefined}
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        {props.children}
      </button>
      {anchor === undefined ? null : (
        <Menu label={props.label} anchor={anchor} items={props.items} onClose={() => setAnchor(undefined)} />
      )}
    </>
  )
}

/** A button that copies a text, and says that it has. */
export const CopyButton = (props: { readonly text: string; readonly name: string }): VNode => {
  const session = useSession()
  const [isCopied, setIsCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setIsCopied(false), 1500)
    return () => clearTimeout(timer)
  }, [isCopied])
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={isCopied ? `Copied: ${props.name}` : `Copy ${props.name}`}
      title={isCopied ? "Copied" : `Copy ${props.name}`}
      onClick={() =>
        void session.attempt(async () => {
          await navigator.clipboard.writeText(props.text)
          setIsCopied(true)
        })
      }
    >
      <Glyph name={isCopied ? "check" : "copy"} />
    </button>
  )
}
