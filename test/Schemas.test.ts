import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck as fc, Schema, SchemaAST as AST } from "effect"
import * as Check from "line-effect/internal/Check"
import { readdirSync } from "node:fs"
import * as Arbitraries from "./support/Arbitraries.js"
import * as Values from "./support/Values.js"

const modules = readdirSync("src").flatMap((file) => (file.endsWith(".ts") ? [file.slice(0, -3)] : []))

const exported = await Promise.allSettled(
  modules.map(async (module): Promise<Readonly<Record<string, unknown>>> => import(`../src/${module}.ts`))
)

const schemas = exported.flatMap((result, index) =>
  Object.entries(result.status === "fulfilled" ? result.value : {}).flatMap(([name, value]) =>
    Schema.isSchema(value) ? [{ name: `${modules[index]}.${name}`, schema: Schema.make(value.ast) }] : []
  )
)

/** Whether a part of a schema is of some kind. */
const has = (isOfKind: (ast: AST.AST) => boolean, ast: AST.AST, seen = new Set<AST.AST>()): boolean => {
  if (isOfKind(ast)) return true
  if (seen.has(ast)) return false
  seen.add(ast)
  return partsOf(ast).some((part) => has(isOfKind, part, seen))
}

const partsOf = (ast: AST.AST): ReadonlyArray<AST.AST> => {
  switch (ast._tag) {
    case "TypeLiteral":
      return [...ast.propertySignatures, ...ast.indexSignatures].map(({ type }) => type)
    case "TupleType":
      return [...ast.elements, ...ast.rest].map(({ type }) => type)
    case "Union":
      return ast.types
    case "Suspend":
      return [ast.f()]
    case "Refinement":
      return [ast.from]
    case "Transformation":
      return [ast.from, ast.to]
    default:
      return []
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const throughJson = (value: unknown): unknown => (value === undefined ? null : JSON.parse(JSON.stringify(value)))

/** JSON with a property in each object that no version of this package knows. */
const withMore = (json: unknown): unknown => {
  if (Array.isArray(json)) return json.map(withMore)
  if (!isRecord(json)) return json
  const known = Object.entries(json).map(([name, part]) => [name, withMore(part)])
  return Object.fromEntries([...known, ["added-since", [null, { by: "LINE" }]]])
}

/** The value without the properties that were not in the JSON: a default may have come for them. */
const within = (json: unknown, value: unknown): unknown => {
  if (Array.isArray(json) && Array.isArray(value)) return value.map((item, index) => within(json[index], item))
  if (!isRecord(json) || !isRecord(value)) return value
  const known = Object.entries(value).filter(([name]) => Object.hasOwn(json, name))
  return Object.fromEntries(known.map(([name, part]) => [name, within(json[name], part)]))
}

const parameters = { seed: 20260701, numRuns: 40 }
const options = { onExcessProperty: "preserve", errors: "all" } as const

describe("the schemas", () => {
  it("are found in the modules, which can all be loaded", () => {
    for (const result of exported) if (result.status === "rejected") throw result.reason
    const names = schemas.map(({ name }) => name)
    assert.includeMembers(names, ["Messaging.PushMessageRequest", "Users.UserProfile", "WebhookEvent.WebhookEvent"])
  })
})

for (const { name, schema } of schemas) {
  // Made in a test: of a schema that needs help there are none.
  const values = () => Values.of(schema)
  const mutants = () =>
    fc
      .tuple(values(), fc.array(fc.nat(1000), { minLength: 8, maxLength: 20 }))
      .map(([value, choices]) => Arbitraries.mutate(value, choices))

  const isOutgoing = !has(AST.isTransformation, schema.ast)
  // The bytes of a file and a secret are none.
  const isJson = !has(AST.isDeclaration, schema.ast)
  // Any property of it has a meaning.
  const isOpen = has((ast) => AST.isTypeLiteral(ast) && ast.indexSignatures.length > 0, schema.ast)

  describe(`the schema ${name}`, () => {
    it("accepts its values, which survive being JSON", () => {
      const decode = Schema.decodeUnknownEither(schema, options)
      fc.assert(
        fc.property(values(), (value) => {
          assert.isTrue(Either.isRight(decode(value)))
          if (!isOutgoing) return
          assert.deepStrictEqual(Check.issues(schema.ast, value), [])
          if (isJson && value !== undefined) assert.isTrue(Check.guard(schema.ast)(throughJson(value)))
        }),
        parameters
      )
    })

    it.runIf(isJson)("gives back the JSON that it reads, with what it does not know", () => {
      const decode = Schema.decodeUnknownEither(schema, options)
      const encode = Schema.encodeSync(schema, options)
      fc.assert(
        fc.property(fc.oneof(values(), mutants()).map(throughJson), fc.boolean(), (known, isMore) => {
          const json = isMore && !isOpen ? withMore(known) : known
          const decoded = decode(json)
          if (Either.isLeft(decoded)) return
          const encoded = throughJson(encode(decoded.right))
          assert.deepStrictEqual(within(json, encoded), json)
          assert.deepStrictEqual(decode(encoded), decoded)
        }),
        parameters
      )
    })

    it("refuses or accepts whatever comes, its guard as well", () => {
      const guard = Check.guard(schema.ast)
      const is = Schema.is(schema)
      const decode = Schema.decodeUnknownEither(schema, options)
      fc.assert(
        fc.property(fc.oneof(fc.anything(), mutants()), (garbage) => {
          const result = decode(garbage)
          if (!isOutgoing) return
          assert.strictEqual(guard(garbage), is(garbage))
          assert.strictEqual(guard(garbage), Either.isRight(result))
          assert.strictEqual(guard(garbage), Check.issues(schema.ast, garbage).length === 0)
        }),
        parameters
      )
    })
  })
}
