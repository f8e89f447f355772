/**
 * What a text consists of: words, links, mentions, and LINE emojis.
 */
import type * as Message from "../../../src/Message.js"
import type * as WebhookEvent from "../../../src/WebhookEvent.js"
import { list, lookup, number, object, text as textOf, webUrl } from "./Untrusted.js"

/** A part of a text. */
export type Segment =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "link"; readonly text: string; readonly url: string }
  | { readonly type: "emoji"; readonly productId: string; readonly emojiId: string }
  /** `text` is what stands there; a mention in a textV2 has none, and names whom it is of. */
  | { readonly type: "mention"; readonly text: string | undefined; readonly userId: string | undefined }

// A URL is ASCII: LINE links "https://example.com" in "https://example.comを見て" too.
const url = /https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]+/gi

/** A URL without what belongs to the sentence around it. */
const trimmed = (found: string): string => {
  const last = found.at(-1) ?? ""
  if (/[.,;:!?']/.test(last)) return trimmed(found.slice(0, -1))
  const opening = lookup({ ")": "(", "]": "[" }, last)
  const isUnopened = opening !== undefined && found.split(last).length > found.split(opening).length
  return isUnopened ? trimmed(found.slice(0, -1)) : found
}

const words = (text: string): ReadonlyArray<Segment> => (text === "" ? [] : [{ type: "text", text }])

/** The links in a text, and what is between them. */
export const linked = (text: string): ReadonlyArray<Segment> => {
  const segments: Array<Segment> = []
  let end = 0
  for (const match of text.matchAll(url)) {
    const found = trimmed(match[0])
    const target = webUrl(found)
    if (target === undefined) continue
    segments.push(...words(text.slice(end, match.index)), { type: "link", text: found, url: target })
    end = match.index + found.length
  }
  return [...segments, ...words(text.slice(end))]
}

const emojiOf = (value: unknown): Segment | undefined => {
  const emoji = object<Message.Emoji>(value)
  const [productId, emojiId] = [textOf(emoji.productId), textOf(emoji.emojiId)]
  return productId === undefined || emojiId === undefined ? undefined : { type: "emoji", productId, emojiId }
}

/** A segment that replaces a part of a text. */
interface Mark {
  readonly index: number
  readonly length: number
  readonly segment: Segment
}

const rangeOf = (value: unknown, text: string): Omit<Mark, "segment"> | undefined => {
  const { index, length = 1 } = object<WebhookEvent.UserMentionee>(value)
  const [start, size] = [number(index), number(length)]
  const isInside = start !== undefined && size !== undefined && start >= 0 && size > 0 && start + size <= text.length
  return isInside ? { index: start, length: size } : undefined
}

const emojiMark = (value: unknown, text: string): ReadonlyArray<Mark> => {
  const [range, segment] = [rangeOf(value, text), emojiOf(value)]
  if (range === undefined || segment === undefined) return []
  // What a bot sends has a $ there, and no length; what a user sends has the emoji's name.
  const isPlace = "length" in object<WebhookEvent.Emoji>(value) || text[range.index] === "$"
  return isPlace ? [{ ...range, segment }] : []
}

const mentionMark = (value: unknown, text: string): ReadonlyArray<Mark> => {
  const range = rangeOf(value, text)
  if (range === undefined) return []
  const userId = textOf(object<WebhookEvent.UserMentionee>(value).userId)
  return [{ ...range, segment: { type: "mention", text: text.slice(range.index, range.index + range.length), userId } }]
}

const marked = (text: string, marks: ReadonlyArray<Mark>): ReadonlyArray<Segment> => {
  const segments: Array<Segment> = []
  let end = 0
  for (const { index, length, segment } of [...marks].sort((a, b) => a.index - b.index)) {
    if (index < end) continue
    segments.push(...linked(text.slice(end, index)), segment)
    end = index + length
  }
  return [...segments, ...linked(text.slice(end))]
}

const substituted = (value: unknown): Segment | undefined => {
  const { mentionee, type } = object<Message.MentionSubstitution>(value)
  if (type === "emoji") return emojiOf(value)
  if (type !== "mention") return undefined
  const { type: whom, userId } = object<Message.UserMentionee>(mentionee)
  return { type: "mention", text: whom === "all" ? "@All" : undefined, userId: textOf(userId) }
}

/** The segments of a textV2: its doubled braces are braces, its placeholders what is substituted for them. */
const substitutedText = (text: string, substitution: unknown): ReadonlyArray<Segment> => {
  const segments: Array<Segment> = []
  let plain = ""
  for (const part of text.split(/(\{\{|\}\}|\{\w{1,20}\})/)) {
    const segment = /^\{\w+\}$/.test(part)
      ? substituted(lookup(object<Record<string, unknown>>(substitution), part.slice(1, -1)))
      : undefined
    if (segment === undefined) {
      plain += part === "{{" ? "{" : part === "}}" ? "}" : part
    } else {
      segments.push(...linked(plain), segment)
      plain = ""
    }
  }
  return [...segments, ...linked(plain)]
}

/** The segments of a text or textV2 message, sent or received. */
export const segmentsOf = (message: unknown): ReadonlyArray<Segment> => {
  const { emojis, mention, substitution, text, type } = object<
    Message.TextMessage | Message.TextMessageV2 | WebhookEvent.TextMessageContent
  >(message)
  if (typeof text !== "string") return []
  if (type === "textV2") return substitutedText(text, substitution)
  return marked(text, [
    ...list(emojis).flatMap((emoji) => emojiMark(emoji, text)),
    ...list(object<WebhookEvent.Mention>(mention).mentionees).flatMap((mentionee) => mentionMark(mentionee, text))
  ])
}
