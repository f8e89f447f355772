/**
 * JSON, to be read by people.
 */
import { useState } from "preact/hooks"
import type { VNode } from "preact"
import { CopyButton } from "./Dialog.js"

const token = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/** The words of a text of JSON with what each of them is. */
const tokensOf = (text: string): ReadonlyArray<readonly [kind: string, text: string]> => {
  const tokens: Array<readonly [string, string]> = []
  let end = 0
  for (const match of text.matchAll(token)) {
    const [all, string, colon, word] = match
    if (match.index > end) tokens.push(["", text.slice(end, match.index)])
    if (string === undefined) tokens.push([word === undefined ? "number" : "word", all])
    else if (colon === undefined) tokens.push(["string", string])
    else tokens.push(["key", string], ["", colon])
    end = match.index + all.length
  }
  tokens.push(["", text.slice(end)])
  return tokens
}

const longest = 12_000

/** A value as formatted JSON under a title, with a button that copies it. */
export const Json = (props: { readonly title: string; readonly value: unknown }): VNode => {
  const [isWhole, setIsWhole] = useState(false)
  const text = typeof props.value === "string" ? props.value : (JSON.stringify(props.value, null, 2) ?? "")
  const shown = isWhole ? text : text.slice(0, longest)
  return (
    <div class="json">
      <div class="json-head">
        <h4>{props.title}</h4>
        <CopyButton text={text} name={props.title.toLowerCase()} />
      </div>
      <pre tabIndex={0} role="region" aria-label={props.title}>
        {tokensOf(shown).map(([kind, part], index) =>
          kind === "" ? (
            part
          ) : (
            <span key={index} class={`json-${kind}`}>
              {part}
            </span>
          )
        )}
      </pre>
      {shown.length === text.length ? null : (
        <button type="button" class="button" onClick={() => setIsWhole(true)}>
          Show all {text.length.toLocaleString("en")} characters
        </button>
      )}
    </div>
  )
}

/** A text as the value that it is the JSON of, or as it is. */
export const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
