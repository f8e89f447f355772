/**
 * Checks of values against schemas that change nothing (their encoded side is their type side): a compiled guard for
 * the usual case, and a walk that names every issue for the other. The guard decides in the time of hand-written code
 * what `Schema.is` decides; no issue repeats the value it is about, which may be somebody's message.
 */
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import * as Limit from "./Limit.js"

/** Whether a value is accepted. */
export type Guard = (value: unknown) => boolean

/** What is wrong with a part of a value. */
export interface Issue {
  readonly path: ReadonlyArray<PropertyKey>
  readonly message: string
  readonly limit: Limit.Limit | undefined
}

const guards = new WeakMap<AST.AST, Guard>()

/** The guard of a schema, compiled at its first use. A schema with a transformation in it accepts nothing there. */
export const guard = (ast: AST.AST): Guard => {
  const known = guards.get(ast)
  if (known !== undefined) return known
  const made = compile(ast)
  guards.set(ast, made)
  return made
}

const compile = (ast: AST.AST): Guard => {
  switch (ast._tag) {
    case "StringKeyword":
      return Predicate.isString
    case "NumberKeyword":
      return Predicate.isNumber
    case "BooleanKeyword":
      return Predicate.isBoolean
    case "UndefinedKeyword":
      return Predicate.isUndefined
    case "UnknownKeyword":
    case "AnyKeyword":
      return () => true
    case "Literal": {
      const { literal } = ast
      return (value) => value === literal
    }
    case "Refinement": {
      const from = guard(ast.from)
      return (value) => from(value) && Option.isNone(ast.filter(value, AST.defaultParseOption, ast))
    }
    case "Suspend": {
      let inner: Guard | undefined
      return (value) => (inner ??= guard(ast.f()))(value)
    }
    case "TypeLiteral":
      return compileStruct(ast)
    case "TupleType":
      return compileArray(ast)
    case "Union": {
      // Compiled at its first use: a member may be a structure that is being compiled.
      let inner: Guard | undefined
      return (value) => (inner ??= compileUnion(ast))(value)
    }
    case "Transformation":
      return () => false
    default:
      return ParseResult.is(Schema.make(ast))
  }
}

// Where a schema refers to itself, a value may nest without end; no message of LINE's nests a tenth as deep.
const maximumDepth = 200
let depth = 0

const compileStruct = (ast: AST.TypeLiteral): Guard => {
  // As for a Schema: without any property it accepts whatever is there.
  if (ast.propertySignatures.length === 0 && ast.indexSignatures.length === 0) return Predicate.isNotNullable
  const guardsOf = (isOptional: boolean) =>
    ast.propertySignatures
      .filter((signature) => signature.isOptional === isOptional)
      .map((signature) => [signature.name as string, guard(signature.type)] as const)
  const required = guardsOf(false)
  const optional = new Map(guardsOf(true))
  const index = ast.indexSignatures.map((signature) => ({
    key: guard(signature.parameter),
    value: guard(signature.type)
  }))
  const check = (value: Record<string, unknown>): boolean => {
    for (const [name, accepts] of required) if (!Object.hasOwn(value, name) || !accepts(value[name])) return false
    // By the value's keys, which are few, and not by the schema's, which are many where nearly all are optional.
    for (const key in value) {
      const accepts = optional.get(key)
      if (accepts !== undefined && !accepts(value[key]) && Object.hasOwn(value, key)) return false
    }
    if (index.length === 0) return true
    return Object.entries(value).every(([key, item]) =>
      index.every((signature) => !signature.key(key) || signature.value(item))
    )
  }
  return (value) => {
    if (!isStruct(value) || depth === maximumDepth) return false
    depth++
    try {
      return check(value)
    } finally {
      depth--
    }
  }
}

const compileArray = (ast: AST.TupleType): Guard => {
  const [rest] = ast.rest
  if (ast.elements.length > 0 || ast.rest.length !== 1 || rest === undefined) return ParseResult.is(Schema.make(ast))
  const item = guard(rest.type)
  return (value) => {
    if (!Array.isArray(value)) return false
    // By index: `every` passes over the holes of a sparse array, of which JSON makes null.
    for (let index = 0; index < value.length; index++) if (!item(value[index])) return false
    return true
  }
}

const compileUnion = (ast: AST.Union): Guard => {
  const tagged = tagsOf(ast)
  const members = new Map([...tagged.members].map(([tag, member]) => [tag, guard(member)]))
  const literals = new Set<unknown>(tagged.rest.filter(AST.isLiteral).map((member) => member.literal))
  const rest = tagged.rest.filter((member) => !AST.isLiteral(member)).map(guard)
  return (value) => {
    if (literals.has(value)) return true
    const member = isStruct(value) ? members.get(value[tagged.key]) : undefined
    if (member?.(value) === true) return true
    for (const accepts of rest) if (accepts(value)) return true
    return false
  }
}

const isStruct = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The members of a union by the literal of the property that tells them apart, and those that have none. */
const tagsOf = (
  ast: AST.Union
): { readonly key: string; readonly members: ReadonlyMap<unknown, AST.AST>; readonly rest: ReadonlyArray<AST.AST> } => {
  const members = new Map<unknown, AST.AST>()
  const rest: Array<AST.AST> = []
  for (const member of ast.types.flatMap(flatten)) {
    const tag = literalOf(member, "type")
    if (tag === undefined || members.has(tag)) rest.push(member)
    else members.set(tag, member)
  }
  return { key: "type", members, rest }
}

const flatten = (ast: AST.AST): ReadonlyArray<AST.AST> => {
  if (AST.isUnion(ast)) return ast.types.flatMap(flatten)
  if (AST.isSuspend(ast)) {
    const inner = ast.f()
    return AST.isUnion(inner) ? flatten(inner) : [ast]
  }
  return [ast]
}

const literalOf = (ast: AST.AST, key: string): AST.LiteralValue | undefined => {
  switch (ast._tag) {
    case "Refinement":
      return literalOf(ast.from, key)
    case "Suspend":
      return literalOf(ast.f(), key)
    case "TypeLiteral": {
      const signature = ast.propertySignatures.find((signature) => signature.name === key && !signature.isOptional)
      return signature !== undefined && AST.isLiteral(signature.type) ? signature.type.literal : undefined
    }
    default:
      return undefined
  }
}

/** Every issue of a value that its guard refuses. */
export const issues = (ast: AST.AST, value: unknown, path: ReadonlyArray<PropertyKey> = []): ReadonlyArray<Issue> => {
  if (guard(ast)(value)) return []
  switch (ast._tag) {
    case "Suspend":
      return issues(ast.f(), value, path)
    case "Refinement":
      return issuesOfRefinement(ast, value, path)
    case "TypeLiteral":
      return isStruct(value) ? issuesWithin(ast, value, path) : [mismatch(ast, value, path)]
    case "TupleType":
      return Array.isArray(value) ? issuesOfArray(ast, value, path) : [mismatch(ast, value, path)]
    case "Union":
      return issuesOfUnion(ast, value, path)
    default:
      return [mismatch(ast, value, path)]
  }
}

const issuesOfRefinement = (
  ast: AST.Refinement,
  value: unknown,
  path: ReadonlyArray<PropertyKey>
): ReadonlyArray<Issue> => {
  const inner = issues(ast.from, value, path)
  // Parts are related although some are wrong; a text or a number is measured only once it has its form.
  const isRelatable = typeof value === "object" && guardsShape(ast.from, value)
  if (inner.length > 0 && !isRelatable) return inner
  return [
    ...inner,
    ...Option.match(filterSafely(ast, value), {
      onNone: () => [],
      onSome: (issue) => flattenIssue(issue, path, Limit.of(ast))
    })
  ]
}

// A rule may meet a value whose parts are wrong; what it throws then is the parts' issue, not the rule's.
const filterSafely = (ast: AST.Refinement, value: unknown): Option.Option<ParseResult.ParseIssue> => {
  try {
    return ast.filter(value, AST.defaultParseOption, ast)
  } catch {
    return Option.none()
  }
}

const flattenIssue = (
  issue: ParseResult.ParseIssue,
  path: ReadonlyArray<PropertyKey>,
  limit: Limit.Limit | undefined
): ReadonlyArray<Issue> => {
  switch (issue._tag) {
    case "Pointer":
      return flattenIssue(issue.issue, path.concat(issue.path), limit)
    case "Composite":
      return [issue.issues].flat().flatMap((inner) => flattenIssue(inner, path, limit))
    case "Refinement":
    case "Transformation":
      return flattenIssue(issue.issue, path, limit)
    default:
      return [{ path, message: issue.message ?? "is invalid", limit }]
  }
}

const issuesOfArray = (
  ast: AST.TupleType,
  value: ReadonlyArray<unknown>,
  path: ReadonlyArray<PropertyKey>
): ReadonlyArray<Issue> =>
  // `Array.from` fills the holes of a sparse array, which `flatMap` passes over.
  Array.from(value).flatMap((item, index) => ast.rest.flatMap((rest) => issues(rest.type, item, [...path, index])))

/** The values that the walk is inside of. */
const ancestors = new Set<unknown>()

const issuesWithin = (
  ast: AST.TypeLiteral,
  value: Record<string, unknown>,
  path: ReadonlyArray<PropertyKey>
): ReadonlyArray<Issue> => {
  // What contains itself twice has 2^200 paths down to the greatest depth: no path goes round.
  if (ancestors.has(value)) return [{ path, message: "contains itself", limit: undefined }]
  if (depth === maximumDepth) return [{ path, message: "is nested too deeply", limit: undefined }]
  ancestors.add(value)
  depth++
  try {
    return issuesOfStruct(ast, value, path)
  } finally {
    depth--
    ancestors.delete(value)
  }
}

const issuesOfStruct = (
  ast: AST.TypeLiteral,
  value: Record<string, unknown>,
  path: ReadonlyArray<PropertyKey>
): ReadonlyArray<Issue> => [
  ...ast.propertySignatures.flatMap((signature) => {
    const at = [...path, signature.name]
    if (Object.hasOwn(value, signature.name)) return issues(signature.type, value[signature.name as string], at)
    return signature.isOptional ? [] : [{ path: at, message: "is required", limit: undefined }]
  }),
  ...ast.indexSignatures.flatMap((signature) =>
    Object.entries(value)
      .filter(([key]) => guard(signature.parameter)(key))
      .flatMap(([key, item]) => issues(signature.type, item, [...path, key]))
  )
]

const issuesOfUnion = (ast: AST.Union, value: unknown, path: ReadonlyArray<PropertyKey>): ReadonlyArray<Issue> => {
  const tagged = tagsOf(ast)
  const candidates = tagged.rest.filter((member) => !AST.isUndefinedKeyword(member))
  if (isStruct(value) && tagged.members.size > 0) {
    const tag = value[tagged.key]
    const member = tagged.members.get(tag)
    if (member !== undefined) return issues(member, value, path)
    const at = [...path, tagged.key]
    const values = [...tagged.members.keys()]
    return tag === undefined
      ? [{ path: at, message: "is required", limit: undefined }]
      : [{ path: at, message: `must be ${oneOf(values)}`, limit: { _tag: "Values", values } }]
  }
  const [only] = candidates
  if (only !== undefined && candidates.length === 1 && tagged.members.size === 0) return issues(only, value, path)
  // Of the members that may be meant, the one of which the least is wrong.
  const [nearest] = candidates
    .filter((member) => guardsShape(member, value))
    .map((member) => issues(member, value, path))
    .sort((one, other) => one.length - other.length)
  return nearest ?? [mismatch(ast, value, path)]
}

/** Whether a value is of the kind that a schema is about, whatever is wrong with its parts. */
const guardsShape = (ast: AST.AST, value: unknown): boolean => {
  switch (ast._tag) {
    case "Refinement":
      return guardsShape(ast.from, value)
    case "Union":
      return ast.types.some((member) => guardsShape(member, value))
    case "TypeLiteral": {
      const tag = literalOf(ast, "type")
      return isStruct(value) && (tag === undefined || value["type"] === tag)
    }
    case "TupleType":
      return Array.isArray(value)
    default:
      return guard(ast)(value)
  }
}

const oneOf = (values: ReadonlyArray<unknown>): string =>
  values.length === 1 ? JSON.stringify(values[0]) : `one of ${values.map((value) => JSON.stringify(value)).join(", ")}`

const mismatch = (ast: AST.AST, value: unknown, path: ReadonlyArray<PropertyKey>): Issue => {
  if (value === undefined) return { path, message: "is required", limit: undefined }
  const values = valuesOf(ast)
  return {
    path,
    message: `must be ${expected(ast)}${kindNote(ast, value)}`,
    limit: values === undefined ? undefined : { _tag: "Values", values }
  }
}

const membersOf = (ast: AST.AST): ReadonlyArray<AST.AST> =>
  flatten(ast).filter((member) => !AST.isUndefinedKeyword(member))

/** The values of an enumeration. */
const valuesOf = (ast: AST.AST): ReadonlyArray<unknown> | undefined => {
  const members = membersOf(ast)
  return members.every(AST.isLiteral) ? members.map((member) => member.literal) : undefined
}

const expected = (ast: AST.AST): string => {
  switch (ast._tag) {
    case "StringKeyword":
      return "a string"
    case "NumberKeyword":
      return "a number"
    case "BooleanKeyword":
      return "true or false"
    case "TupleType":
      return "an array"
    case "TypeLiteral":
      return "an object"
    case "Literal":
      return JSON.stringify(ast.literal)
    case "Refinement":
      return expected(ast.from)
    case "Suspend":
      return expected(ast.f())
    case "Union": {
      const values = valuesOf(ast)
      return values === undefined ? [...new Set(membersOf(ast).map(expected))].join(" or ") : oneOf(values)
    }
    default:
      return String(ast)
  }
}

const kindNote = (ast: AST.AST, value: unknown): string => {
  const kind = value === null ? "null" : Array.isArray(value) ? "an array" : `a value of type ${typeof value}`
  return AST.isLiteral(ast) || AST.isUnion(ast) ? "" : `, but is ${kind}`
}

/** A path in LINE's own notation: `messages[0].text`. */
export const formatPath = (path: ReadonlyArray<PropertyKey>): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === "number" ? `${text}[${part}]` : text === "" ? String(part) : `${text}.${String(part)}`,
    ""
  )

/** An issue as errors carry it. */
export const toLineIssue = (issue: Issue): { readonly path: string; readonly message: string } => ({
  path: formatPath(issue.path),
  message: issue.message
})
