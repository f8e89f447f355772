/**
 * What is not the same in two values of JSON, told to a person.
 */

/** The differences, each in a line that begins with where it is; none if the values are equal. */
export const of = (expected: unknown, actual: unknown, path = ""): ReadonlyArray<string> => {
  if (isObject(expected) && isObject(actual) && Array.isArray(expected) === Array.isArray(actual)) {
    const names = new Set([...Object.keys(expected), ...Object.keys(actual)])
    const at = (name: string) => (Array.isArray(actual) ? `${path}[${name}]` : path === "" ? name : `${path}.${name}`)
    return [...names].flatMap((name) => of(expected[name], actual[name], at(name)))
  }
  if (expected === actual) return []
  if (actual === undefined) return [`${path}: missing, expected ${show(expected)}`]
  if (expected === undefined) return [`${path}: ${show(actual)}, which was not expected`]
  return [`${path}: ${show(actual, expected)} instead of ${show(expected, actual)}`]
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const longest = 120
const before = 30

/** A value, in one line. Of a long one, the part is shown in which it differs from the other. */
const show = (value: unknown, other?: unknown): string => {
  const text = JSON.stringify(value)
  if (text.length <= longest) return text
  const start = other === undefined ? 0 : Math.max(0, sameUntil(text, JSON.stringify(other)) - before)
  const end = start + longest
  return `${start > 0 ? "…" : ""}${text.slice(start, end)}${end < text.length ? "…" : ""}`
}

const sameUntil = (one: string, other: string): number => {
  let index = 0
  while (index < one.length && one[index] === other[index]) index++
  return index
}
