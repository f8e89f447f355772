/**
 * The cases that decide whether a schema takes what the contract says and nothing else: for each struct in a shape, the
 * struct with all and with only the required properties, and each of its properties left out, at its limits and beyond.
 */
import { without, type Shape, type Shapes, type Struct, type Value } from "./Contract.js"
import { edgesOf, sample, type Off, type Path } from "./Values.js"

/** What becomes of a value: `accepted` as it is, `refused` at a path, or `kept` though a member at it is not known. */
export interface Case {
  readonly name: string
  readonly value: unknown
  readonly expected: "accepted" | "refused" | "kept"
  readonly path: Path
}

/** A struct within a value: where it is, and the value that has it there. */
export interface Site {
  readonly struct: Struct
  readonly path: Path
  readonly around: (part: unknown) => unknown
}

/** Whether a schema is strict, as that of what is sent, or tolerant, as that of what is received. */
export type Direction = "sent" | "received"

/** Each struct that there is in a shape, in its first place. */
export function* sites(shapes: Shapes, shape: Shape): Generator<Site, void> {
  const seen = new Set<string>()
  const found = sitesIn(shape, [], (part) => part)
  for (const site of found) {
    if (seen.has(site.struct.name)) continue
    seen.add(site.struct.name)
    yield site
    found.push(...sitesWithin(shapes, site))
  }
}

const sitesIn = (shape: Shape, path: Path, around: Site["around"]): Array<Site> => {
  switch (shape._tag) {
    case "Scalar":
      return []
    case "Struct":
      return [{ struct: shape, path, around }]
    case "Union":
      return shape.members.flatMap((member) => sitesIn(member, path, around))
    case "List":
      return sitesIn(shape.item, [...path, 0], (part) =>
        around(Array.from({ length: Math.max(shape.minimum, 1) }, () => part))
      )
  }
}

const sitesWithin = (shapes: Shapes, { around, path, struct }: Site): Array<Site> => {
  const having = (property: string) => (part: unknown) =>
    around(struct.rule({ ...minimum(shapes, struct), [property]: part }))
  return [
    ...[...struct.fields].flatMap(([property, { schema }]) =>
      sitesIn(shapes(schema, `${struct.name}.${property}`), [...path, property], having(property))
    ),
    ...(struct.entries === undefined ? [] : sitesIn(struct.entries, [...path, "key"], having("key")))
  ]
}

// A struct is an object.
const minimum = (shapes: Shapes, struct: Struct): Value => sample(shapes, struct, "required") as Value

/** The cases of a struct. */
export function* casesOf(shapes: Shapes, { around, path, struct }: Site, direction: Direction): Generator<Case, void> {
  const { name } = struct
  const minimal = minimum(shapes, struct)
  const whole = around(minimal)
  // Only the part: what is around it must not be made to fit what is wrong with it.
  const put = (part: unknown): unknown => replace(whole, path, part)
  yield { name, value: put(minimal), expected: "accepted", path }
  for (const [property, { required, schema }] of struct.fields) {
    const of = { name: `${name}.${property}`, path: [...path, property] }
    const edges = edgesOf(shapes, shapes(schema, of.name))
    const off =
      (expected: Case["expected"]) =>
      ([value, ...rest]: Off): Case => ({
        name: of.name,
        value: put({ ...minimal, [property]: value }),
        expected,
        path: [...of.path, ...rest]
      })
    for (const value of edges.within) {
      yield { ...of, value: put(struct.rule({ ...minimal, [property]: value })), expected: "accepted" }
    }
    if (required) yield { ...of, value: put(without(minimal, property)), expected: "refused" }
    yield* edges.ofOtherType.map(off("refused"))
    yield* edges.noMembers.map(off(direction === "sent" ? "refused" : "kept"))
    if (direction === "sent") yield* edges.beyond.map(off("refused"))
  }
  for (let seed = 1; seed <= 5; seed++) {
    yield { name, value: put(sample(shapes, struct, "all", seed)), expected: "accepted", path }
  }
  const full = sample(shapes, struct, "all") as Value
  for (const [property, { required }] of struct.fields) {
    const value = put(struct.rule(without(full, property)))
    if (!required) yield { name: `${name}.${property}`, value, expected: "accepted", path: [...path, property] }
  }
}

const replace = (value: unknown, [key, ...path]: Path, part: unknown): unknown => {
  if (key === undefined) return part
  if (Array.isArray(value)) return value.with(Number(key), replace(value[Number(key)], path, part))
  const struct = value as Value
  return { ...struct, [key]: replace(struct[key], path, part) }
}
