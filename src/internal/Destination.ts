/**
 * For whom a webhook says that it is, read before it is verified, since the secret that verifies it depends on that. Bytes
 * are compared, and nothing is decoded but the value itself: what it says is believed only once the signature is right.
 */

/** The destination that a body says first, if it says one. Looks at each byte a few times at most. */
export const peek = (body: ArrayLike<number>): string | undefined => {
  const end = indexAfterName(body)
  if (end === undefined) return undefined
  const colon = skipSpace(body, end)
  if (body[colon] !== 0x3a) return undefined
  const opening = skipSpace(body, colon + 1)
  if (body[opening] !== quote) return undefined
  const bytes: Array<number> = []
  for (let index = opening + 1; bytes.length < longest; index++) {
    const byte = body[index]
    if (byte === quote) return String.fromCharCode(...bytes)
    if (byte === undefined) return undefined
    bytes.push(byte)
  }
  return undefined
}

const name = new TextEncoder().encode('"destination"')

const quote = 0x22

/** The longest destination that is looked for, in bytes. LINE's have 33. */
const longest = 128

// By one plain loop: a search for each quote costs a body of nothing but quotes a hundred times as much as another.
const indexAfterName = (body: ArrayLike<number>): number | undefined => {
  let matched = 0
  for (let index = 0; index < body.length; index++) {
    const byte = body[index]
    // No part of the name but its beginning is a quote, so that a match begins anew nowhere but here.
    if (byte === name[matched]) matched++
    else matched = byte === quote ? 1 : 0
    if (matched === name.length) return index + 1
  }
  return undefined
}

const skipSpace = (body: ArrayLike<number>, from: number): number => {
  let index = from
  while (body[index] === 0x20 || body[index] === 0x0a || body[index] === 0x0d || body[index] === 0x09) index++
  return index
}
