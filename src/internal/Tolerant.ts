/**
 * Schemas for what LINE sends: what this version does not know becomes an `Unknown` in its place. The known values are
 * plain structs and only the unknown is a transformation, so a guard accepts known JSON as it is.
 */
import * as Arr from "effect/Array"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import * as Unknown from "../Unknown.js"
import * as Check from "./Check.js"

/** A struct whose encoded side is LINE's JSON, of which nothing is known before it is decoded. */
export const struct = <Fields extends Schema.Struct.Fields>(
  fields: Fields
): Schema.Schema<Schema.Struct.Type<Fields>, unknown, Schema.Struct.Context<Fields>> =>
  // Sound: decoding checks its input whatever the input's type, and whatever is encoded is an unknown.
  Schema.make(Schema.Struct(fields).ast)

/** An enumeration to which LINE may add members. */
export const enumeration = <const Members extends Arr.NonEmptyReadonlyArray<string>>(
  ...members: Members
): Schema.Schema<Members[number] | Unknown.Unknown, string> =>
  Schema.Union(Schema.Literal<Members>(...members), UnknownMember)

const UnknownMember: Schema.Schema<Unknown.Unknown, string> = Schema.transform(Schema.String, Unknown.Unknown, {
  strict: true,
  decode: (member) => ({ type: "unknown" as const, originalType: member, raw: member }),
  encode: (unknown) => unknown.originalType
})

/** One of several structs, told apart by the literal of their `type`, to which LINE may add others. */
export const union = <const Members extends ReadonlyArray<Schema.Schema.AnyNoContext>>(
  ...members: Members
): Schema.Schema<Schema.Schema.Type<Members[number]> | Unknown.Unknown, unknown> =>
  Schema.make(Schema.Union(...members, fallback(members, {})).ast)

/**
 * The member of a union that takes what the known ones refuse, together with those of the `common` properties that can
 * be read.
 */
export const fallback = <Common extends Readonly<Record<string, Schema.Schema.AnyNoContext>>>(
  known: ReadonlyArray<Schema.Schema.AnyNoContext>,
  common: Common
): Schema.Schema<Unknown.Unknown & Partial<Schema.Struct.Type<Common>>, unknown> => {
  const anyKnown = Schema.Union(...known)
  const read = unknownWith(common)
  const readable = Schema.partialWith(Schema.typeSchema(Schema.Struct(common)), { exact: true })
  const schema = Schema.transformOrFail(Json, Schema.extend(Unknown.Unknown, readable), {
    // What can be read of `common` is known at run time only.
    strict: false,
    decode: (raw, options) => {
      const issue = Either.match(ParseResult.decodeUnknownEither(anyKnown, options)(raw), {
        onLeft: (problem) => issueOf(problem, []),
        onRight: () => undefined
      })
      const unknown = read(raw, options)
      return ParseResult.succeed(issue === undefined ? unknown : { ...unknown, issue })
    },
    encode: (unknown) => ParseResult.succeed(unknown.raw)
  })
  return Schema.make(schema.ast)
}

/** Reads JSON as unknown, together with those of the `common` properties that can be read. */
export const unknownWith =
  <Common extends Readonly<Record<string, Schema.Schema.AnyNoContext>>>(common: Common) =>
  (raw: unknown, options?: AST.ParseOptions): Unknown.Unknown & Partial<Schema.Struct.Type<Common>> => {
    const object = Predicate.isRecord(raw) ? raw : {}
    const unknown = { type: "unknown", originalType: Predicate.isString(object["type"]) ? object["type"] : "", raw }
    const parts = Record.filterMap(common, (part, name) =>
      object[name] === undefined ? Option.none() : ParseResult.decodeUnknownOption(part, options)(object[name])
    )
    // Each part is what its schema has made.
    return { ...parts, ...unknown } as Unknown.Unknown & Partial<Schema.Struct.Type<Common>>
  }

// JSON has no undefined: a property that is missing must not become an unknown one.
const Json = Schema.Unknown.pipe(Schema.filter(Predicate.isNotUndefined))

/** What is wrong with a value of a known type; nothing if the type itself is what is wrong. */
const issueOf = (problem: ParseResult.ParseIssue, path: ReadonlyArray<PropertyKey>): string | undefined => {
  switch (problem._tag) {
    case "Pointer":
      return issueOf(problem.issue, path.concat(problem.path))
    case "Composite":
      // The last member of a tolerant union takes any value of the right shape, so it tells what shape is expected.
      return issueOf("_tag" in problem.issues ? problem.issues : Arr.lastNonEmpty(problem.issues), path)
    case "Refinement":
    case "Transformation":
      return issueOf(problem.issue, path)
    default:
      return path.length === 0 || (path.length === 1 && path[0] === "type") ? undefined : describe(problem, path)
  }
}

// Not in the problem's own words, which may repeat the value.
const describe = (problem: ParseResult.ParseIssue, path: ReadonlyArray<PropertyKey>): string => {
  const [issue] = problem._tag === "Type" ? Check.issues(problem.ast, problem.actual, path) : []
  if (issue !== undefined) return `${Check.formatPath(issue.path)} ${issue.message}`
  return `${Check.formatPath(path)} ${problem._tag === "Missing" ? "is required" : "is invalid"}`
}
