/**
 * What is read from the JSON of a message: nobody has checked it, so nothing of it is used but what is understood.
 */

type KeyOf<T> = T extends unknown ? keyof T : never

/** JSON that should be a `T`: its properties have the names of a `T`'s, and any values. */
export type Untrusted<T> = { readonly [K in KeyOf<T>]?: unknown }

/** The properties of an object, none where there is no object. */
export const object = <T>(value: unknown): Untrusted<T> =>
  // Any object has all properties of an Untrusted: they are optional, and of any type.
  (typeof value === "object" && value !== null && !Array.isArray(value) ? value : {}) as Untrusted<T>

/** The items of an array, none where there is no array. */
export const list = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

/** A string that is not empty. */
export const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined

/** A number that is finite. */
export const number = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined

/** A positive number, such as a side of a rectangle. */
export const positive = (value: unknown): number | undefined => {
  const size = number(value)
  return size !== undefined && size > 0 ? size : undefined
}

/** What a table has under a name, and nothing that all objects have. */
export const lookup = <A>(table: Readonly<Record<string, A>>, key: unknown): A | undefined =>
  typeof key === "string" && Object.hasOwn(table, key) ? table[key] : undefined

/** One of some words. */
export const oneOf = <A extends string>(words: ReadonlyArray<A>, value: unknown): A | undefined =>
  words.find((word) => word === value)

/** A colour `#RRGGBB` or `#RRGGBBAA`. */
export const color = (value: unknown): string | undefined =>
  typeof value === "string" && /^#(?:[0-9a-f]{6}|[0-9a-f]{8})$/i.test(value) ? value : undefined

/** More than any design needs: what is larger would leave a chat with nothing but itself. */
const farthest = 9999

const measure = (unit: string, value: unknown): string | undefined => {
  const amount = typeof value === "string" && value.endsWith(unit) ? value.slice(0, -unit.length) : ""
  if (!/^-?\d+(?:\.\d+)?$/.test(amount)) return undefined
  return Math.min(Math.max(Number(amount), -farthest), farthest) + unit
}

/** A length such as `23.5px`. */
export const pixels = (value: unknown): string | undefined => measure("px", value)

/** A share such as `23.5%`. */
export const percentage = (value: unknown): string | undefined => measure("%", value)

/** An angle such as `45deg`. */
export const angle = (value: unknown): string | undefined => measure("deg", value)

const webProtocols = ["http:", "https:"]
const mediaProtocols = [...webProtocols, "blob:", "data:"]

const urlOf = (protocols: ReadonlyArray<string>, value: unknown, base?: string): string | undefined => {
  const url = typeof value === "string" && URL.canParse(value, base) ? new URL(value, base) : undefined
  return url !== undefined && protocols.includes(url.protocol) ? url.href : undefined
}

/** The http or https URL that a message has. */
export const webUrl = (value: unknown): string | undefined => urlOf(webProtocols, value)

/** A URL of the page's own, which may also be relative, a blob or data. */
export const ownUrl = (value: unknown): string | undefined => urlOf(mediaProtocols, value, globalThis.location?.href)

/** Width by height of `20:13`; at most three times as high as wide, as LINE has it. */
export const aspectRatio = (value: unknown): number | undefined => {
  const [, width, height] = (typeof value === "string" ? /^(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)$/.exec(value) : null) ?? []
  const ratio = Number(width) / Number(height)
  return Number.isFinite(ratio) && ratio > 0 ? Math.max(ratio, 1 / 3) : undefined
}
