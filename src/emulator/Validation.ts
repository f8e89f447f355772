/**
 * LINE's two layers of checking a body, and how each words what it finds. The generic properties are checked first:
 * all issues at once, under `messages[0].text`. Then comes what is inside a template, a Flex Message or an imagemap:
 * the first such message, under `template/columns/0/title` or `/hero/url`.
 */
import * as Either from "effect/Either"
import type * as Schema from "effect/Schema"
import * as Check from "../internal/Check.js"
import type { Detail } from "./Refusal.js"
import * as Refusal from "./Refusal.js"
import type { Answer } from "./Wire.js"

type Body = Readonly<Record<string, unknown>>

/** A body as the type of its schema, refused if anything is wrong with it. */
export const body = <A>(schema: Schema.Schema<A>, value: Body, wording: Wording = generic): Either.Either<A, Answer> =>
  Either.gen(function* () {
    const issues = Check.issues(schema.ast, value)
    const shallow = issues.filter((issue) => !isNested(value, issue))
    const mismatch = shallow.find((issue) => isMismatch(value, issue))
    if (mismatch !== undefined) return yield* Either.left(Refusal.property(`'${Check.formatPath(mismatch.path)}'`))
    yield* Refusal.check(shallow.map((issue) => detail(value, issue, wording)))
    yield* requireNested(value, issues)
    // What has no issues is of the schema's type.
    return value as A
  })

const requireNested = (body: Body, issues: ReadonlyArray<Check.Issue>): Either.Either<void, Answer> => {
  const index = issues[0]?.path[1]
  if (index === undefined) return Either.void
  const details = issues.filter(({ path }) => path[1] === index).map((issue) => nestedDetail(body, issue))
  // LINE has a no-break space after the parenthesis.
  return Either.left(
    Refusal.refuse(400, `A message (messages[${String(index)}])\u00a0in the request body is invalid`, details)
  )
}

/** How a family of operations words what is wrong. */
export interface Wording {
  readonly missing: string
  readonly length: (minimum: number, maximum: number, value: unknown) => string
  readonly size: (minimum: number, maximum: number) => string
  readonly range: (minimum: number, maximum: number) => string
  readonly oneOf?: (values: ReadonlyArray<unknown>) => string
  readonly misplaced: string
  readonly otherwise: string
}

/** How most words are. */
export const generic: Wording = {
  missing: "May not be empty",
  length: (_, maximum, value) => (value === "" ? "May not be empty" : `Length must be between 0 and ${maximum}`),
  size: (minimum, maximum) => `Size must be between ${minimum} and ${maximum}`,
  range: (minimum, maximum) =>
    maximum === Number.MAX_SAFE_INTEGER
      ? `Must be greater than or equal to ${minimum}`
      : `Must be between ${minimum} and ${maximum}`,
  oneOf: (values) => `Must be one of the following values: [${values.join(", ")}]`,
  misplaced: "Must not be specified",
  otherwise: "Invalid value"
}

/** How the words are inside of templates, Flex Messages, imagemaps and rich menus. */
export const nested: Wording = {
  missing: "must be specified",
  length: (_, maximum, value) =>
    value === "" ? "must be non-empty text" : `must not be longer than ${maximum} characters`,
  size: (minimum, maximum) => `size must be between ${minimum} and ${maximum}`,
  range: (minimum, maximum) => `must be between ${minimum} and ${maximum}`,
  misplaced: "invalid property",
  otherwise: "invalid property"
}

/** The properties of a message that the second layer checks. */
const nestedProperties: ReadonlyMap<unknown, ReadonlyArray<unknown>> = new Map([
  ["template", ["template"]],
  ["flex", ["contents"]],
  ["imagemap", ["baseUrl", "baseSize", "actions", "video"]]
])

const isNested = (body: Body, { path }: Check.Issue): boolean =>
  nestedProperties.get(typeOf(body, path))?.includes(path[2]) === true

/** The type of the message that a path leads into. */
const typeOf = (body: Body, path: ReadonlyArray<PropertyKey>): unknown =>
  path[0] === "messages" ? valueAt(body, [...path.slice(0, 2), "type"]) : undefined

/** LINE stops at a property of the wrong type before it checks anything else. */
const isMismatch = (body: Body, { limit, message, path }: Check.Issue): boolean => {
  if (limit?._tag !== "Values") return limit === undefined && message !== missing
  // Whatever stands where a name should be is no such name; where a number should be, it is of the wrong type.
  const type = typeof valueAt(body, path)
  return limit.values.every((value) => typeof value !== "string" && typeof value !== type)
}

const missing = "is required"

const detail = (body: Body, issue: Check.Issue, wording: Wording): Detail => ({
  message: word(wording, issue, valueAt(body, issue.path)),
  property: Check.formatPath(issue.path)
})

const nestedDetail = (body: Body, issue: Check.Issue): Detail => {
  const { path } = issue
  const isFlex = typeOf(body, path) === "flex"
  if (isFlex && path.length === 3 && issue.limit !== undefined) {
    return { message: "At least one block must be specified", property: "/" }
  }
  // A component in a place where it may not be is itself the wrong property, not its type.
  const inner = path.at(-1) === "type" ? path.slice(0, -1) : path
  return {
    message: word(nested, issue, valueAt(body, path)),
    property: isFlex ? `/${inner.slice(3).join("/")}` : inner.slice(2).join("/")
  }
}

const word = (wording: Wording, { limit, message }: Check.Issue, value: unknown): string => {
  if (message === missing) return wording.missing
  switch (limit?._tag) {
    case "Length":
      return wording.length(limit.minimum, limit.maximum, value)
    case "Size":
      return wording.size(limit.minimum, limit.maximum)
    case "Range":
      return wording.range(limit.minimum, limit.maximum)
    case "Values":
      return wording.oneOf?.(limit.values) ?? wording.otherwise
    case "Uri": {
      const scheme = String(value).split(":")[0] ?? ""
      return limit.schemes.includes(scheme.toLowerCase()) ? "invalid uri" : "invalid uri scheme"
    }
    default:
      return message.startsWith("must not be given") ? wording.misplaced : wording.otherwise
  }
}

const valueAt = (value: unknown, path: ReadonlyArray<PropertyKey>): unknown =>
  path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null ? (inner as Readonly<Record<PropertyKey, unknown>>)[key] : undefined,
    value
  )
