/**
 * Texts.
 */
import type { VNode } from "preact"
import { Icon } from "./Icon.js"
import { type Segment, segmentsOf } from "./TextSegments.js"

/** The words, links, mentions and LINE emojis of a text or textV2 message. */
export const TextView = (props: {
  readonly message: unknown
  readonly nameOf: ((userId: string) => string | undefined) | undefined
}): VNode => (
  <p class="line-text">
    {segmentsOf(props.message).map((segment, index) => (
      <Part key={index} segment={segment} nameOf={props.nameOf} />
    ))}
  </p>
)

const Part = (props: {
  readonly segment: Segment
  readonly nameOf: ((userId: string) => string | undefined) | undefined
}): VNode => {
  const { nameOf, segment } = props
  switch (segment.type) {
    case "text":
      return <>{segment.text}</>
    case "link":
      return (
        <a href={segment.url} target="_blank" rel="noopener noreferrer">
          {segment.text}
        </a>
      )
    case "mention": {
      const { text, userId } = segment
      const name = userId === undefined ? undefined : nameOf?.(userId)
      return (
        <span class="line-mention" title={userId}>
          {text ?? `@${name ?? userId ?? "unknown"}`}
        </span>
      )
    }
    case "emoji": {
      const id = `LINE emoji ${segment.productId} ${segment.emojiId}`
      return (
        <span class="line-emoji" role="img" aria-label={id} title={id}>
          <Icon name="sticker" />
        </span>
      )
    }
  }
}

/** A text in one line, for where it is quoted. */
export const plainTextOf = (message: unknown): string =>
  segmentsOf(message)
    .map((segment) => ("text" in segment ? (segment.text ?? "@…") : segment.type === "emoji" ? "☺" : ""))
    .join("")
