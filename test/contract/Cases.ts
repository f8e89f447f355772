/**
 * Values for the shapes of the contract: any, with all properties or only the required ones; and the cases that decide
 * whether a schema takes what the contract says, and nothing else.
 */
import { FastCheck as fc } from "effect"
import type { Schema, Shape, Shapes, Struct, Value } from "./Contract.js"

export type Extent = "required" | "all"

export type Path = ReadonlyArray<string | number>

/** Values of a shape. `depth` is how many structs may stand in each other that need not be there. */
export const arbitrary = (shapes: Shapes, shape: Shape, extent: Extent, depth = 5): fc.Arbitrary<unknown> => {
  switch (shape._tag) {
    case "Scalar":
      return scalar(shape.schema)
    case "Union":
      return fc.oneof(...shape.members.map((member) => arbitrary(shapes, member, extent, depth)))
    case "List": {
      const minLength = extent === "all" && depth > 0 ? Math.max(shape.minimum, Math.min(1, shape.maximum)) : shape.minimum
      const maxLength = extent === "all" && depth > 0 ? Math.max(minLength, Math.min(2, shape.maximum)) : minLength
      if (maxLength === 0) return fc.constant([])
      return fc.array(arbitrary(shapes, shape.item, extent, depth), { minLength, maxLength })
    }
    case "Struct":
      return struct(shapes, shape, extent, depth)
  }
}

const made = new WeakMap<Shapes, Map<string, fc.Arbitrary<unknown>>>()

const struct = (shapes: Shapes, shape: Struct, extent: Extent, depth: number): fc.Arbitrary<unknown> => {
  const known = made.get(shapes) ?? new Map<string, fc.Arbitrary<unknown>>()
  made.set(shapes, known)
  const key = `${shape.name} ${extent} ${extent === "all" ? depth : 0}`
  const value = known.get(key) ?? makeStruct(shapes, shape, extent, depth)
  known.set(key, value)
  return value
}

const makeStruct = (shapes: Shapes, { entries, fields, name, rule }: Struct, extent: Extent, depth: number) => {
  const chosen = [...fields].filter(([, field]) => field.required || (extent === "all" && depth > 0))
  const properties = chosen.map(([property, { schema }]) => [
    property,
    arbitrary(shapes, shapes(schema, `${name}.${property}`), extent, depth - 1)
  ])
  const record: fc.Arbitrary<Value> = fc.record(Object.fromEntries(properties))
  if (entries === undefined || extent === "required") return record.map(rule)
  const values = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), arbitrary(shapes, entries, extent, depth - 1), {
    minKeys: 1,
    maxKeys: 2
  })
  return fc.tuple(record, values).map(([record, values]) => rule({ ...values, ...record }))
}

const scalar = (schema: Schema): fc.Arbitrary<unknown> => {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  switch (schema.type) {
    case "boolean":
      return fc.boolean()
    case "integer":
      return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 2_147_483_647 })
    case "number":
      return fc.double({ min: schema.minimum ?? -1000, max: schema.maximum ?? 1000, noNaN: true }).map((value) => value + 0)
    default:
      return text(schema)
  }
}

const text = ({ format, maxLength = Infinity, minLength = 0, pattern }: Schema): fc.Arbitrary<unknown> => {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern))
  switch (format) {
    case "binary":
      return fc.uint8Array({ minLength: 1, maxLength: 20 })
    case "uuid":
      return fc.uuid({ version: 4 })
    case "date-time":
      return fc.date({ min: new Date(0), max: new Date("2100-01-01") }).map((date) => date.toISOString())
    case "uri":
    case "https":
    case "link":
      return fc.webUrl({ validSchemes: ["https"] }).filter((url) => url.length <= maxLength)
    default: {
      const least = Math.max(minLength, 1)
      return fc.string({ unit: "grapheme", minLength: least, maxLength: Math.min(least + 19, maxLength) }).filter(({ length }) => length <= maxLength)
    }
  }
}

/** One value of a shape, always the same. */
export const sample = (shapes: Shapes, shape: Shape, extent: Extent, seed = 1): unknown =>
  fc.sample(arbitrary(shapes, shape, extent, 3), { seed, numRuns: 1 })[0]

/** What a value is for: `accepted` as it is, `refused` at a path, or not known and yet not in the way. */
export interface Case {
  readonly name: string
  readonly value: unknown
  readonly expected: "accepted" | "refused" | "kept"
  readonly path: Path
}

/** A struct within a value: where it is, and how the value is made of it. */
interface Site {
  readonly struct: Struct
  readonly path: Path
  readonly place: (part: unknown) => unknown
}

export interface Options {
  /** Whether limits, enumerations and types are strict, as in what is sent. */
  readonly strict: boolean
  /** The only struct of interest. */
  readonly only?: string
}

/** The cases of each struct that there is in a shape, and of each of its properties. */
export function* cases(shapes: Shapes, shape: Shape, options: Options): Generator<Case> {
  const seen = new Set<string>()
  const sites = sitesIn(shape, [], (part) => part)
  for (const site of sites) {
    if (seen.has(site.struct.name)) continue
    seen.add(site.struct.name)
    if (options.only === undefined || options.only === site.struct.name) yield* casesOf(shapes, site, options.strict)
    sites.push(...within(shapes, site))
  }
}

const sitesIn = (shape: Shape, path: Path, place: Site["place"]): Array<Site> => {
  switch (shape._tag) {
    case "Scalar":
      return []
    case "Struct":
      return [{ struct: shape, path, place }]
    case "Union":
      return shape.members.flatMap((member) => sitesIn(member, path, place))
    case "List":
      return sitesIn(shape.item, [...path, 0], (part) => place(Array.from({ length: Math.max(shape.minimum, 1) }, () => part)))
  }
}

const within = (shapes: Shapes, { path, place, struct }: Site): Array<Site> => {
  const minimal = () => sample(shapes, struct, "required") as Value
  const withProperty = (name: string) => (part: unknown) => place(struct.rule({ ...minimal(), [name]: part }))
  return [
    ...[...struct.fields].flatMap(([name, { schema }]) =>
      sitesIn(shapes(schema, `${struct.name}.${name}`), [...path, name], withProperty(name))
    ),
    ...(struct.entries === undefined ? [] : sitesIn(struct.entries, [...path, "key"], withProperty("key")))
  ]
}

function* casesOf(shapes: Shapes, { path, place, struct }: Site, strict: boolean): Generator<Case> {
  const minimal = sample(shapes, struct, "required") as Value
  const whole = place(minimal)
  // Changed in its place: what is around a part must not be made to fit what is wrong with it.
  const put = (part: unknown) => replace(whole, path, part)
  yield { name: struct.name, value: put(minimal), expected: "accepted", path }
  for (let seed = 1; seed <= 10; seed++) {
    yield { name: struct.name, value: put(sample(shapes, struct, "all", seed)), expected: "accepted", path }
  }
  const full = sample(shapes, struct, "all") as Value
  for (const [property, { required, schema }] of struct.fields) {
    const name = `${struct.name}.${property}`
    const edges = edgesOf(shapes, shapes(schema, name))
    const at = [...path, property]
    const off = (expected: Case["expected"]) => ([value, ...rest]: Off): Case => ({
      name,
      value: put({ ...minimal, [property]: value }),
      expected,
      path: [...at, ...rest]
    })
    yield required
      ? { name, value: put(without(minimal, property)), expected: "refused", path: at }
      : { name, value: put(struct.rule(without(full, property))), expected: "accepted", path: at }
    for (const value of edges.within) {
      yield { name, value: put(struct.rule({ ...minimal, [property]: value })), expected: "accepted", path: at }
    }
    yield* edges.otherType.map(off("refused"))
    yield* edges.nonMembers.map(off(strict ? "refused" : "kept"))
    if (strict) yield* edges.beyond.map(off("refused"))
  }
}

/** A value that is not of a shape, and the path at which it is not. */
type Off = readonly [value: unknown, ...path: Path]

interface Edges {
  readonly within: ReadonlyArray<unknown>
  readonly otherType: ReadonlyArray<Off>
  readonly nonMembers: ReadonlyArray<Off>
  readonly beyond: ReadonlyArray<Off>
}

/** The values at the limits of a shape, and those beyond. Of a struct only that it is one: it has cases of its own. */
const edgesOf = (shapes: Shapes, shape: Shape): Edges => {
  switch (shape._tag) {
    case "Struct":
    case "Union":
      return { within: [], otherType: [["no struct"]], nonMembers: [], beyond: [[null]] }
    case "Scalar":
      return edgesOfScalar(shape.schema)
    case "List": {
      const { item, maximum, minimum } = shape
      const some = sample(shapes, item, "required")
      const list = (length: number, part = some): unknown => Array.from({ length }, () => part)
      const edges = edgesOf(shapes, item)
      const inList = ([value, ...path]: Off): Off => [list(Math.max(minimum, 1), value), 0, ...path]
      return {
        within: [list(minimum), list(Math.min(maximum, 150)), ...(maximum === Infinity ? [] : [list(maximum)]), ...edges.within.map((value) => list(Math.max(minimum, 1), value))],
        otherType: [["no list"], ...edges.otherType.map(inList)],
        nonMembers: edges.nonMembers.map(inList),
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
  const { beyond = [], within, nonMembers = [] } = schema.enum === undefined ? limitsOf(schema) : { within: schema.enum, nonMembers: ["no member"] }
  return {
    within: nullable ? [...within, null] : within,
    otherType: [[type === "boolean" ? "true" : true]],
    nonMembers: nonMembers.map((value) => [value]),
    beyond: (nullable ? beyond : [...beyond, null]).map((value) => [value])
  }
}

interface Limits {
  readonly within: ReadonlyArray<unknown>
  readonly beyond?: ReadonlyArray<unknown>
  readonly nonMembers?: ReadonlyArray<unknown>
}

const limitsOf = (schema: Schema): Limits => {
  const { maximum, minimum } = schema
  switch (schema.type) {
    case "boolean":
      return { within: [true, false] }
    case "integer":
    case "number":
      return {
        within: [minimum ?? 1, maximum ?? 2_147_483_647],
        beyond: [
          ...(minimum === undefined ? [] : [minimum - 1]),
          ...(maximum === undefined ? [] : [maximum + 1]),
          ...(schema.type === "integer" ? [1.5] : [])
        ]
      }
    default:
      return limitsOfText(schema)
  }
}

const limitsOfText = (schema: Schema): Limits => {
  const { format, maxLength, minLength, pattern } = schema
  if (format === "binary") return { within: [new Uint8Array(3)] }
  const filled = (length: number): string => (format === "uri" ? "https://example.com/" : "").padEnd(length, "a")
  const beyond = maxLength === undefined ? [] : [filled(maxLength + 1)]
  if (pattern !== undefined) {
    const isWithin = (value: string): boolean => new RegExp(pattern).test(value)
    const odd = ["", " ", "é", "a".repeat(1000), "0".repeat(1000), "-"]
    return { within: fc.sample(text(schema), { seed: 1, numRuns: 10 }), beyond: odd.filter((value) => !isWithin(value)) }
  }
  if (format !== undefined) return { within: fc.sample(text(schema), { seed: 1, numRuns: 10 }), beyond: format === "uri" ? [...beyond, "no uri"] : beyond }
  return {
    within: [
      ...(minLength === undefined ? [] : [filled(minLength)]),
      filled(maxLength ?? 10_000),
      "é/?&=+%#\" "
    ].filter((value) => value.length <= (maxLength ?? Infinity) && value.length >= (minLength ?? 0)),
    beyond: [...beyond, ...(minLength === undefined || minLength === 0 ? [] : [filled(minLength - 1)])]
  }
}

const without = (value: Value, name: string): Value =>
  Object.fromEntries(Object.entries(value).filter(([property]) => property !== name))

const replace = (value: unknown, [key, ...path]: Path, part: unknown): unknown => {
  if (key === undefined) return part
  if (Array.isArray(value)) return value.with(Number(key), replace(value[Number(key)], path, part))
  return { ...(value as Value), [key]: replace((value as Value)[key], path, part) }
}
