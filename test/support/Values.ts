/** Values of any schema, as they are before they are decoded. */
import { FastCheck as fc, Option, ParseResult, Schema, SchemaAST as AST } from "effect"
import * as Flex from "line-effect/Flex"
import * as Limit from "line-effect/internal/Limit"
import * as Message from "line-effect/Message"
import * as Recipient from "line-effect/Recipient"
import * as Retry from "line-effect/Retry"
import * as Arbitraries from "./Arbitraries.js"

/** The schemas whose values do not come about by chance, or without end. Add what the errors below name. */
const helped = new Map<AST.AST, fc.Arbitrary<unknown>>([
  [Flex.Box.ast, Arbitraries.box],
  [Flex.Bubble.ast, Arbitraries.container.filter(({ type }) => type === "bubble")],
  [Flex.Carousel.ast, Arbitraries.container.filter(({ type }) => type === "carousel")],
  [Flex.Container.ast, Arbitraries.container],
  [Message.Message.ast, Arbitraries.message],
  [Recipient.Recipient.ast, Arbitraries.recipient],
  [Recipient.DemographicFilter.ast, Arbitraries.demographicFilter],
  [Retry.RetryKey.ast, fc.uuid()],
  [Schema.Uint8ArrayFromBase64.ast, fc.base64String()]
])

/** The values of a schema. */
export const of = (schema: Schema.Schema.AnyNoContext): fc.Arbitrary<unknown> => generate(schema.ast)

const generate = (ast: AST.AST, size: fc.ArrayConstraints = { maxLength: 3 }): fc.Arbitrary<unknown> => {
  const known = helped.get(ast)
  if (known !== undefined) return known
  switch (ast._tag) {
    case "Literal":
      return fc.constant(ast.literal)
    case "UndefinedKeyword":
      return fc.constant(undefined)
    case "UnknownKeyword":
      return fc.jsonValue({ maxDepth: 2 })
    case "StringKeyword":
      return fc.string()
    case "NumberKeyword":
      return fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }))
    case "BooleanKeyword":
      return fc.boolean()
    case "Union":
      return fc.oneof(...ast.types.map((member) => generate(member)))
    case "Refinement":
      return refined(ast)
    case "Transformation":
      return generate(ast.from)
    case "TupleType": {
      const [rest] = ast.rest
      if (ast.elements.length === 0 && ast.rest.length === 1 && rest !== undefined) {
        return fc.array(generate(rest.type), size)
      }
      break
    }
    case "TypeLiteral":
      return struct(ast)
    case "Declaration":
      return declared(ast)
  }
  throw new Error(`${name(ast)} is a ${ast._tag}: help it in test/support/Values.ts`)
}

const name = (ast: AST.AST): string => Option.getOrElse(AST.getIdentifierAnnotation(ast), () => String(ast))

const struct = (ast: AST.TypeLiteral): fc.Arbitrary<unknown> => {
  const properties = ast.propertySignatures.map(({ name, type }) => [String(name), generate(type)] as const)
  const known = fc.record(Object.fromEntries(properties), {
    requiredKeys: ast.propertySignatures.flatMap(({ isOptional, name }) => (isOptional ? [] : [String(name)]))
  })
  return ast.indexSignatures.reduce<fc.Arbitrary<object>>((values, { parameter, type }) => {
    const keys = generate(parameter).map(String)
    return fc
      .tuple(fc.dictionary(keys, generate(type), { maxKeys: 3 }), values)
      .map(([others, value]) => ({ ...others, ...value }))
  }, known)
}

const refined = (ast: AST.Refinement): fc.Arbitrary<unknown> => {
  let missed = 0
  return candidates(ast).filter((value) => {
    const isMet = Option.isNone(ast.filter(value, AST.defaultParseOption, ast))
    missed = isMet ? 0 : missed + 1
    if (missed > 1000) throw new Error(`${name(ast)} is not met by chance: help it in test/support/Values.ts`)
    return isMet
  })
}

const candidates = (ast: AST.Refinement): fc.Arbitrary<unknown> => {
  const own = AST.getAnnotation<Own>(AST.ArbitraryAnnotationId)(ast)
  const limit = Limit.of(ast)
  if (Option.isSome(own)) return own.value(() => generate(ast.from))(fc)
  if (limit?._tag === "Size") {
    const { maximum, minimum } = limit
    return generate(ast.from, { minLength: minimum, maxLength: Math.min(maximum, minimum + 3) })
  }
  if (limit?._tag === "Length" && AST.isStringKeyword(ast.from)) {
    const { maximum, minimum, unit } = limit
    const characters = unit === "grapheme clusters" ? "grapheme" : "binary"
    const short = { minLength: minimum, maxLength: Math.min(maximum, minimum + 10), unit: characters } as const
    const longest = maximum > 5000 ? [] : [fc.constant("x".repeat(maximum))]
    return fc.oneof({ arbitrary: fc.string(short), weight: 4 }, ...longest)
  }
  return generate(ast.from)
}

/** How a schema says itself what its values are. */
type Own = (...parts: ReadonlyArray<() => fc.Arbitrary<unknown>>) => (fastCheck: typeof fc) => fc.Arbitrary<unknown>

const declared = (ast: AST.Declaration): fc.Arbitrary<unknown> =>
  Option.match(AST.getAnnotation<Own>(AST.ArbitraryAnnotationId)(ast), {
    onNone: () => {
      if (ParseResult.is(Schema.make(ast))(new Uint8Array())) return fc.uint8Array()
      throw new Error(`${name(ast)} is declared: help it in test/support/Values.ts`)
    },
    onSome: (own) => own(...ast.typeParameters.map((part) => () => generate(part)))(fc)
  })
