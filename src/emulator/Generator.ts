/**
 * Identifiers in LINE's forms, from a seeded generator: the same program meets the same world.
 */

/** Draws identifiers. */
export interface Generator {
  /** Where it is: set back, it draws the same again. */
  state: number
  /** Lower-case hexadecimal digits. */
  readonly hex: (length: number) => string
  readonly digits: (length: number) => string
  /** An opaque token of letters and digits. */
  readonly token: (length: number) => string
  readonly uuid: () => string
  /** A ULID of a time, in milliseconds. */
  readonly ulid: (time: number) => string
}

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/** The generator of a seed. */
export const make = (seed: number): Generator => {
  const draw = (alphabet: string, length: number): string => {
    let text = ""
    for (let drawn = 0; drawn < length; drawn++) {
      generator.state = (generator.state + 0x6d2b79f5) >>> 0
      text += alphabet.charAt(mulberry32(generator.state) % alphabet.length)
    }
    return text
  }
  const hex = (length: number) => draw("0123456789abcdef", length)
  const generator: Generator = {
    state: seed >>> 0,
    hex,
    digits: (length) => draw("123456789", 1) + draw("0123456789", length - 1),
    token: (length) => draw(letters, length),
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${draw("89ab", 1)}${hex(3)}-${hex(12)}`,
    ulid: (time) => ulidTime(time) + draw(crockford, 16)
  }
  return generator
}

const ulidTime = (time: number): string =>
  Array.from({ length: 10 }, (_, index) => crockford.charAt(Math.floor(time / 32 ** (9 - index)) % 32)).join("")

const mulberry32 = (state: number): number => {
  let mixed = Math.imul(state ^ (state >>> 15), state | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return (mixed ^ (mixed >>> 14)) >>> 0
}
