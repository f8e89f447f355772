/**
 * Long texts in parts, cut where a reader would.
 */

// Made on first use: construction loads ICU data, and most programs never cut a text.
let graphemes: Intl.Segmenter | undefined
let words: Intl.Segmenter | undefined

// Where a part may end, in order of preference: at the end of a paragraph, a line, a sentence, or before white space.
const ends: ReadonlyArray<RegExp> = [
  /(?=\r?\n[^\S\n]*\n)/g,
  /(?=\r?\n)/g,
  /(?<=[.!?…]["'”’)\]]{0,3})(?=\s)|(?<=[。！？｡][」』”’）]{0,3})(?![。！？｡」』”’）])/g,
  /(?<!\s)(?=\s)/g
]

// What follows a position decides whether it is within a grapheme cluster, or within a word of Japanese or Thai.
const lookahead = 64

/** The parts of a text, each of at most so many UTF-16 code units, of which two are the least. */
export const split = (text: string, maximum: number): ReadonlyArray<string> => {
  const most = Math.max(2, Math.floor(maximum))
  const parts: Array<string> = []
  let rest = text
  while (rest.length > most) {
    const cut = cutOf(rest, most)
    const part = withoutSpaceAtEnd(rest.slice(0, cut))
    if (part !== "") parts.push(part)
    rest = withoutSpaceAtStart(rest.slice(cut))
  }
  return rest === "" && parts.length > 0 ? parts : [...parts, rest]
}

const cutOf = (text: string, most: number): number => {
  const window = text.slice(0, most + lookahead)
  const last = clusterAt(window, most).index
  if (last === 0) return isWithinCodePoint(text, most) ? most - 1 : most
  // A part shorter than half of what fits would make more messages than it is worth.
  const isEnd = (index: number): boolean =>
    index * 2 >= most && index <= last && index > 0 && clusterAt(window, index).index === index
  for (const end of ends) {
    const index = [...window.matchAll(end)].findLast(({ index }) => isEnd(index))?.index
    if (index !== undefined) return index
  }
  words ??= new Intl.Segmenter("ja", { granularity: "word" })
  const word = words.segment(window).containing(last)?.index ?? last
  return isEnd(word) ? word : last
}

/** The grapheme cluster at a position of a text that begins with a whole one. */
const clusterAt = (text: string, index: number): { readonly index: number; readonly segment: string } => {
  graphemes ??= new Intl.Segmenter("en", { granularity: "grapheme" })
  return graphemes.segment(text.slice(0, index + lookahead)).containing(index) ?? { index: text.length, segment: "" }
}

const isWithinCodePoint = (text: string, index: number): boolean => (text.codePointAt(index - 1) ?? 0) > 0xffff

// White space may be in one cluster with what it is next to, which then stays whole.
const withoutSpaceAtEnd = (text: string): string => {
  const end = text.trimEnd().length
  const { index, segment } = clusterAt(text, end)
  return text.slice(0, index === end ? end : index + segment.length)
}

const withoutSpaceAtStart = (text: string): string =>
  text.slice(clusterAt(text, text.length - text.trimStart().length).index)
