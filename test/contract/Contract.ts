/**
 * LINE's public description of its API as data, seen through a list of deviations: what there is to send and to read,
 * in shapes from which values can be made.
 */
import { readFileSync } from "node:fs"

/** A schema in the language of OpenAPI, as far as LINE uses it. */
export interface Schema {
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean"
  readonly ref?: string
  readonly allOf?: ReadonlyArray<Schema>
  readonly oneOf?: ReadonlyArray<Schema>
  readonly discriminator?: { readonly property: string; readonly mapping: Readonly<Record<string, string>> }
  /** Those of the discriminator's members that are meant; in deviations only. */
  readonly variants?: ReadonlyArray<string>
  /** `false`, in deviations only: the property is not there. */
  readonly properties?: Readonly<Record<string, Schema | false>>
  readonly required?: ReadonlyArray<string>
  readonly additionalProperties?: Schema
  readonly items?: Schema
  readonly minItems?: number
  readonly maxItems?: number
  readonly enum?: ReadonlyArray<string | number | boolean>
  readonly format?: string
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number | undefined
  readonly nullable?: boolean
}

interface Content {
  readonly content: Readonly<Record<string, Schema>>
}

export interface Operation {
  readonly api: string
  readonly operationId: string
  readonly method: string
  readonly path: string
  readonly server: string
  readonly auth: ReadonlyArray<Readonly<Record<string, unknown>>>
  readonly params: ReadonlyArray<
    Schema & { readonly name: string; readonly in: "path" | "query" | "header"; readonly required: boolean }
  >
  readonly body: Content | null
  readonly responses: Readonly<Record<string, Content>>
}

type Schemas = Readonly<Record<string, Schema>>

const contract: { readonly operations: ReadonlyArray<Operation>; readonly schemas: Readonly<Record<string, Schemas>> } =
  JSON.parse(readFileSync(new URL("line-contract.json", import.meta.url), "utf8"))

/** What a program can ask of LINE; `callback` is what LINE asks of a program. */
export const operations = contract.operations.filter(({ operationId }) => operationId !== "callback")

/** Where the package differs from the contract on purpose. */
export interface Deviation {
  /** A property, as `FlexText.size` or `pushMessage.to`; a schema for a `rule`. */
  readonly at: ReadonlyArray<string>
  readonly because: string
  /** What takes the place of the contract's own keywords. */
  readonly schema?: Schema
  readonly required?: boolean
  /** Makes a value keep a rule that relates its parts. */
  readonly rule?: Rule
}

export type Rule = (value: Value) => Value

export type Value = Readonly<Record<string, unknown>>

export type Shape = Struct | Union | List | Scalar

export interface Struct {
  readonly _tag: "Struct"
  readonly name: string
  readonly fields: ReadonlyMap<string, Field>
  /** The schema of properties with any name. */
  readonly entries: Shape | undefined
  readonly rule: Rule
  /** The places of the deviations that it is made with. */
  readonly deviations: ReadonlyArray<string>
}

export interface Field {
  readonly required: boolean
  readonly schema: Schema
  readonly deviations: ReadonlyArray<string>
}

export interface Union {
  readonly _tag: "Union"
  readonly members: ReadonlyArray<Shape>
}

export interface List {
  readonly _tag: "List"
  readonly item: Shape
  readonly minimum: number
  readonly maximum: number
}

export interface Scalar {
  readonly _tag: "Scalar"
  readonly schema: Schema
}

/** The shape of a schema. `name` is for one that has no name of its own. */
export type Shapes = (schema: Schema, name: string) => Shape

/** The schemas of an API as they are with these deviations. */
export const shapes = (api: string, deviations: ReadonlyArray<Deviation>): Shapes => {
  const schemas = contract.schemas[api] ?? {}
  const schemaOf = (ref: string): Schema => {
    const schema = schemas[ref]
    if (schema === undefined) throw new Error(`the contract has no schema ${api}/${ref}`)
    return schema
  }

  const shape: Shapes = (schema, name) => {
    const { discriminator: ownDiscriminator, ref, variants, ...refinement } = schema
    const named = ref === undefined ? {} : schemaOf(ref)
    const discriminator = ownDiscriminator ?? named.discriminator
    if (discriminator !== undefined) {
      const members = Object.entries(discriminator.mapping).filter(([tag]) => variants?.includes(tag) ?? true)
      return union(members.map(([, member]) => shape({ ...refinement, ref: member }, `${name}/${member}`)))
    }
    if (schema.oneOf !== undefined) return union(schema.oneOf.map((member) => shape(member, name)))
    const whole: Schema = { ...named, ...refinement }
    if (whole.type === "array") {
      const { items = {}, maxItems = Infinity, minItems = 0 } = whole
      return { _tag: "List", item: shape(items, `${name}[]`), minimum: minItems, maximum: maxItems }
    }
    if (whole.type !== undefined && whole.type !== "object") return { _tag: "Scalar", schema: whole }
    const names = [name, ref, ...(whole.allOf ?? []).map((part) => part.ref)]
    const own = ref !== undefined && Object.keys(refinement).length === 0 ? ref : name
    const fields = deviating(fieldsOf(schema), own)
    const ruling = rules.filter(({ at }) => names.includes(at))
    return {
      _tag: "Struct",
      name: own,
      fields,
      entries: whole.additionalProperties && shape(whole.additionalProperties, `${own}.*`),
      rule: (value) => ruling.reduce((value, { rule }) => rule(value), value),
      deviations: [...ruling.map(({ at }) => at), ...[...fields.values()].flatMap(({ deviations }) => deviations)]
    }
  }

  const changes = new Map(deviations.flatMap((deviation) => deviation.at.map((at) => [at, deviation] as const)))
  const rules = deviations.flatMap(({ at, rule }) => (rule === undefined ? [] : at.map((at) => ({ at, rule }))))

  /** The properties of a schema and of those it is made of. */
  const fieldsOf = (schema: Schema): Map<string, Field> => {
    const { allOf = [], properties = {}, ref, required = [] } = schema
    const fields = new Map(ref === undefined ? [] : tagged(deviating(fieldsOf(schemaOf(ref)), ref), ref))
    for (const part of allOf) for (const [name, field] of fieldsOf(part)) fields.set(name, field)
    for (const [name, property] of Object.entries(properties)) {
      const known = fields.get(name)
      if (property === false) fields.delete(name)
      // A deviation is about the properties that there are.
      else if (known !== undefined) fields.set(name, { ...known, schema: { ...known.schema, ...property } })
      else if (ref === undefined) fields.set(name, { required: false, schema: property, deviations: [] })
    }
    for (const [name, field] of fields) if (required.includes(name)) fields.set(name, { ...field, required: true })
    return fields
  }

  const deviating = (fields: Map<string, Field>, owner: string): Map<string, Field> => {
    for (const [name, field] of fields) {
      const at = `${owner}.${name}`
      const change = changes.get(at)
      if (change === undefined) continue
      fields.set(name, {
        required: change.required ?? field.required,
        schema: { ...field.schema, ...change.schema },
        deviations: [...field.deviations, at]
      })
    }
    return fields
  }

  /** With the tag by which a schema is told apart from the others of its base. */
  const tagged = (fields: Map<string, Field>, name: string): Map<string, Field> => {
    const { property = "", tag = "" } = tags.get(name) ?? {}
    const field = fields.get(property)
    if (field !== undefined) fields.set(property, { ...field, schema: { ...field.schema, enum: [tag] } })
    return fields
  }

  const tags = new Map(
    Object.values(schemas).flatMap(({ discriminator: { mapping, property } = { mapping: {}, property: "" } }) =>
      Object.entries(mapping).map(([tag, member]) => [member, { property, tag }] as const)
    )
  )

  return shape
}

const union = (members: ReadonlyArray<Shape>): Union => ({ _tag: "Union", members })

/** The one content of a body or an answer, and its type. */
export const contentOf = (
  content: Content | null
): { readonly type: string | undefined; readonly schema: Schema | undefined } => {
  const [type, schema] = Object.entries(content?.content ?? {})[0] ?? []
  return { type, schema }
}

/** What LINE answers when an operation succeeds. */
export const successOf = ({ responses }: Operation): ReturnType<typeof contentOf> & { readonly status: number } => {
  // Of those that the contract lists, the successful one is the least.
  const status = Math.min(...Object.keys(responses).map(Number))
  return { status, ...contentOf(responses[status] ?? null) }
}

/** The argument of an operation: its parameters, under these names for headers, and the properties of its body. */
export const argumentOf = (
  { body, params }: Operation,
  headers: Readonly<Record<string, string>>,
  file: Schema | undefined
): Schema => {
  const schema = file ?? contentOf(body).schema
  if (schema?.oneOf !== undefined) return schema
  const named = params.map(({ in: _, name, required, ...schema }) => ({
    name: headers[name] ?? name,
    required,
    schema
  }))
  const parameters: Schema = {
    type: "object",
    properties: Object.fromEntries(named.map(({ name, schema }) => [name, schema])),
    required: named.filter(({ required }) => required).map(({ name }) => name)
  }
  return { type: "object", allOf: schema === undefined ? [parameters] : [parameters, schema] }
}

/** A value without some of its properties. */
export const without = (value: Value, ...names: ReadonlyArray<string>): Value =>
  Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)))
