/**
 * What stands for what the page does not know.
 */
import type { VNode } from "preact"
import { Icon } from "./Icon.js"
import { object, text } from "./Untrusted.js"

/** A tile with the type of something that is not known, and its JSON to read. */
export const UnknownTile = (props: { readonly kind: string; readonly value: unknown }): VNode => {
  const type = text(object<{ readonly type: string }>(props.value).type)
  return (
    <details class="line-unknown">
      <summary>
        <Icon name="question" /> {props.kind} of {type === undefined ? "no type" : `the type “${type}”`}
      </summary>
      <pre>{json(props.value)}</pre>
    </details>
  )
}

const json = (value: unknown): string => {
  try {
    return (JSON.stringify(value, null, 2) ?? "undefined").slice(0, 4000)
  } catch {
    // Too deep to be written.
    return "…"
  }
}
