/**
 * A question to the person before the page.
 */
import { useEffect, useId, useRef } from "preact/hooks"
import type { ComponentChildren, VNode } from "preact"

/** A dialog with a title, which is open as long as it is there. Without `onSubmit` there is nothing to submit. */
export const Dialog = (props: {
  readonly title: string
  readonly submit?: string
  readonly onClose: () => void
  readonly onSubmit?: (form: FormData) => void
  readonly children: ComponentChildren
}): VNode => {
  const { children, onClose, onSubmit, submit = "OK", title } = props
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={id} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          onSubmit?.(new FormData(event.currentTarget))
          onClose()
        }}
      >
        <h2 id={id}>{title}</h2>
        {children}
        <div class="buttons">
          <button type="button" onClick={onClose}>
            {onSubmit === undefined ? "Close" : "Cancel"}
          </button>
          {onSubmit === undefined ? null : (
            <button type="submit" class="primary">
              {submit}
            </button>
          )}
        </div>
      </form>
    </dialog>
  )
}

/** A labelled field of a form. */
export const Field = (props: { readonly label: string; readonly children: ComponentChildren }): VNode => (
  <label class="field">
    <span>{props.label}</span>
    {props.children}
  </label>
)

/** What was written into a field; `undefined` if nothing was. */
export const textOf = (form: FormData, name: string): string | undefined => {
  const value = form.get(name)
  return typeof value === "string" && value !== "" ? value : undefined
}
