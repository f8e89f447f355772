/**
 * Values for the shapes of the contract, with all properties or with only the required ones, and the values at the
 * limits of a shape and beyond them.
 */
import { FastCheck as fc } from "effect"
import type { Schema, Shape, Shapes, Struct, Value } from "./Contract.js"

export type Extent = "required" | "all"

export type Path = ReadonlyArray<string | number>

/** Values of a shape. `depth` is how many structs may stand in each other that need not be there. */
export const arbitrary = (shapes: Shapes, shape: Shape, extent: Extent, depth = 4): fc.Arbitrary<unknown> => {
  switch (shape._tag) {
    case "Scalar":
      return scalar(shape.schema)
    case "Union":
      // Only the one that is chosen is made: a member may hold the union again.
      return fc.constantFrom(...shape.members).chain((member) => arbitrary(shapes, member, extent, depth))
    case "List": {
      const isFilled = extent === "all" && depth > 0
      const minLength = isFilled ? Math.max(shape.minimum, 1) : shape.minimum
      const maxLength = isFilled ? Math.max(minLength, Math.min(2, shape.maximum)) : minLength
      return maxLength === 0
        ? fc.constant([])
        : fc.array(arbitrary(shapes, shape.item, extent, depth), { minLength, maxLength })
    }
    case "Struct":
      return struct(shapes, shape, extent, depth)
  }
}

/** Makes a thing once for a key. */
const once = <A>() => {
  const made = new WeakMap<Shapes, Map<string, A>>()
  return (shapes: Shapes, key: string, make: () => A): A => {
    const known = made.get(shapes) ?? new Map<string, A>()
    made.set(shapes, known)
    const value = known.get(key) ?? make()
    known.set(key, value)
    return value
  }
}

const oneArbitrary = once<fc.Arbitrary<unknown>>()
const oneSample = once<{ readonly value: unknown }>()

const struct = (shapes: Shapes, shape: Struct, extent: Extent, depth: number) =>
  oneArbitrary(shapes, `${shape.name} ${extent === "all" ? depth : extent}`, () =>
    makeStruct(shapes, shape, extent, depth)
  )

const makeStruct = (shapes: Shapes, { entries, fields, name, rule }: Struct, extent: Extent, depth: number) => {
  const chosen = [...fields].filter(([, { required }]) => required || (extent === "all" && depth > 0))
  const record = fc.record<Value>(
    Object.fromEntries(
      chosen.map(([property, { schema }]) => [
        property,
        arbitrary(shapes, shapes(schema, `${name}.${property}`), extent, depth - 1)
      ])
    )
  )
  if (entries === undefined || extent === "required" || depth === 0) return record.map(rule)
  const key = matching("^[a-z]{1,8}$")
  return fc
    .tuple(record, fc.dictionary(key, arbitrary(shapes, entries, extent, depth - 1), { minKeys: 1, maxKeys: 2 }))
    .map(([record, values]) => rule({ ...values, ...record }))
}

const scalar = (schema: Schema): fc.Arbitrary<unknown> => {
  const { format = "", maximum, minimum } = schema
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (schema.type === "boolean") return fc.boolean()
  if (schema.type === "integer") return fc.integer({ min: minimum ?? 1, max: maximum ?? 2_147_483_647 })
  // Not -0, of which JSON makes 0.
  if (schema.type === "number") return fc.integer({ min: minimum ?? 0, max: maximum ?? 1000 }).map((value) => value / 2)
  if (format === "binary") return fc.uint8Array({ minLength: 1, maxLength: 20 })
  return schema.pattern === undefined ? text(schema) : matching(schema.pattern)
}

const patterns = new Map<string, fc.Arbitrary<string>>()

// Made once: it takes milliseconds.
const matching = (pattern: string): fc.Arbitrary<string> => {
  const made = patterns.get(pattern) ?? fc.stringMatching(new RegExp(pattern))
  patterns.set(pattern, made)
  return made
}

interface Format {
  readonly examples: ReadonlyArray<string>
  readonly others: ReadonlyArray<string>
  /** Whether any letters may follow. */
  readonly isOpen?: boolean
}

const formats: Readonly<Record<string, Format>> = {
  uri: { examples: ["https://example.com/", "http://example.com/"], others: ["no uri"], isOpen: true },
  https: { examples: ["https://example.com/"], others: ["http://example.com/", "no uri"], isOpen: true },
  link: {
    examples: ["https://example.com/", "http://example.com/", "line://nv/chat/", "tel:+8190"],
    others: ["ftp://example.com/", "no uri"],
    isOpen: true
  },
  uuid: { examples: ["123e4567-e89b-42d3-a456-426614174000"], others: ["no uuid"] },
  "date-time": { examples: ["2026-07-01T09:00:00.000Z"], others: [] }
}

const text = ({ format = "", maxLength = Infinity, minLength = 1 }: Schema): fc.Arbitrary<unknown> => {
  const known = formats[format]
  if (known !== undefined) {
    const letters = matching(known.isOpen === true ? "^[a-z]{0,20}$" : "^$")
    return fc.tuple(fc.constantFrom(...known.examples), letters).map((parts) => parts.join(""))
  }
  const least = Math.max(minLength, 1)
  return fc
    .string({ unit: "grapheme", minLength: least, maxLength: Math.min(least + 20, maxLength) })
    .map((text) => (format === "line" ? text.replace(/\p{Cc}/gu, "-") : text))
    .filter(({ length }) => length <= maxLength)
}

/** One value of a shape, the same for a seed. */
export const sample = (shapes: Shapes, shape: Shape, extent: Extent, seed = 1): unknown => {
  const make = () => ({ value: fc.sample(arbitrary(shapes, shape, extent, 3), { seed, numRuns: 1 })[0] })
  return shape._tag === "Struct" ? oneSample(shapes, `${shape.name} ${extent} ${seed}`, make).value : make().value
}

/** A value that is not of a shape, and the path at which it is not. */
export type Off = readonly [value: unknown, ...path: Path]

/** What decides whether a schema is as wide as a shape. */
export interface Edges {
  readonly within: ReadonlyArray<unknown>
  readonly ofOtherType: ReadonlyArray<Off>
  /** Texts that an enumeration does not have. */
  readonly noMembers: ReadonlyArray<Off>
  readonly beyond: ReadonlyArray<Off>
}

/** The edges of a shape; of a struct only that it is one. */
export const edgesOf = (shapes: Shapes, shape: Shape): Edges => {
  switch (shape._tag) {
    case "Struct":
    case "Union":
      return { within: [], ofOtherType: [["no struct"]], noMembers: [], beyond: [[null]] }
    case "Scalar":
      return edgesOfScalar(shape.schema)
    case "List": {
      const { item, maximum, minimum } = shape
      const list = (length: number, part: unknown = sample(shapes, item, "required")): unknown =>
        Array.from({ length }, () => part)
      const some = Math.max(minimum, 1)
      const edges = edgesOf(shapes, item)
      const inList = ([value, ...path]: Off): Off => [list(some, value), 0, ...path]
      return {
        within: [
          list(minimum),
          list(maximum === Infinity ? 150 : maximum),
          ...edges.within.map((value) => list(some, value))
        ],
        ofOtherType: [["no list"], ...edges.ofOtherType.map(inList)],
        noMembers: edges.noMembers.map(inList),
        beyond: [
          [null],
          ...(minimum === 0 ? [] : [[list(minimum - 1)] as const]),
          ...(maximum === Infinity ? [] : [[list(maximum + 1)] as const]),
          ...edges.beyond.map(inList)
        ]
      }
    }
  }
}

const edgesOfScalar = (schema: Schema): Edges => {
  const { nullable = false, type } = schema
  const limits = schema.enum === undefined ? limitsOf(schema) : { within: schema.enum, beyond: [] }
  return {
    within: [...limits.within, ...(nullable ? [null] : [])],
    ofOtherType: [[type === "boolean" ? "true" : true]],
    noMembers: schema.enum === undefined ? [] : [["no member"]],
    beyond: [...limits.beyond, ...(nullable ? [] : [null])].map((value) => [value])
  }
}

interface Limits {
  readonly within: ReadonlyArray<unknown>
  readonly beyond: ReadonlyArray<unknown>
}

// What the contract leaves open, negative numbers and empty texts, is LINE's reference's to say.
const limitsOf = (schema: Schema): Limits => {
  const { format, maximum, minimum, type } = schema
  if (type === "boolean") return { within: [true, false], beyond: [] }
  if (format === "binary") return { within: [new Uint8Array(3)], beyond: [] }
  if (type === "string") return schema.pattern === undefined ? limitsOfText(schema) : limitsOfPattern(schema.pattern)
  return {
    within: [minimum ?? 1, maximum ?? 2_147_483_647],
    beyond: [
      ...(minimum === undefined ? [] : [minimum - 1]),
      ...(maximum === undefined ? [] : [maximum + 1]),
      ...(type === "integer" ? [1.5] : [])
    ]
  }
}

const limitsOfPattern = (pattern: string): Limits => ({
  within: fc.sample(matching(pattern), { seed: 1, numRuns: 10 }),
  beyond: ["", " ", "é", "-", "a".repeat(1000), "0".repeat(1000)].filter((text) => !new RegExp(pattern).test(text))
})

const limitsOfText = ({ format = "", maxLength = Infinity, minLength = 0 }: Schema): Limits => {
  const { examples, isOpen, others } = formats[format] ?? {
    examples: ["a", "é{a}/?&=+%#\"'"],
    others: format === "line" ? ["two\nlines"] : [],
    isOpen: true
  }
  return {
    within: [
      ...examples,
      ...(format === "" ? ["two\nlines"] : []),
      ...(isOpen === true ? [examples[0]?.padEnd(Math.min(maxLength, 6000), "a")] : []),
      ...(minLength > 0 && format === "" ? ["a".repeat(minLength)] : [])
    ].filter((text = "") => text.length >= minLength && text.length <= maxLength),
    beyond: [
      ...others,
      ...(maxLength === Infinity ? [] : [examples[0]?.padEnd(maxLength + 1, "a")]),
      ...(minLength > 0 ? ["a".repeat(minLength - 1)] : [])
    ]
  }
}
