/**
 * For whom a webhook says that it is, read before it is verified, since the secret that verifies it depends on that. Bytes
 * are compared, and nothing is decoded but the value itself: what it says is believed only once the signature is right.
 */

/** The destination that a body says first, if it says one. Takes time in proportion to the body. */
export const peek = (body: Uint8Array): string | undefined => {
  const end = indexAfter(body, name, 0)
  if (end === undefined) return undefined
  const colon = skipSpace(body, end)
  if (body[colon] !== 0x3a) return undefined
  const opening = skipSpace(body, colon + 1)
  if (body[opening] !== quote) return undefined
  const value = body.subarray(opening + 1, opening + 1 + longest)
  const length = value.indexOf(quote)
  return length < 0 ? undefined : String.fromCharCode(...value.subarray(0, length))
}

const name = new TextEncoder().encode('"destination"')

const quote = 0x22

/** The longest destination that is looked for, in bytes. LINE's have 33. */
const longest = 128

const indexAfter = (body: Uint8Array, part: Uint8Array, from: number): number | undefined => {
  for (let start = body.indexOf(quote, from); start >= 0; start = body.indexOf(quote, start + 1)) {
    if (part.every((byte, index) => body[start + index] === byte)) return start + part.length
  }
  return undefined
}

const skipSpace = (body: Uint8Array, from: number): number => {
  let index = from
  while (body[index] === 0x20 || body[index] === 0x0a || body[index] === 0x0d || body[index] === 0x09) index++
  return index
}
