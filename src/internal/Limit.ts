/**
 * LINE's documented limits as schema filters. Each filter says in its annotation what the limit is, so that the client
 * words it for a developer and the emulator words it as LINE does.
 */
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"

/** The annotation under which a filter keeps its {@link Limit}. */
export const LimitId: unique symbol = Symbol.for("line-effect/Limit")

/** What a filter demands, or an enumeration. */
export type Limit =
  | { readonly _tag: "Length"; readonly minimum: number; readonly maximum: number; readonly unit: Unit }
  | { readonly _tag: "Size"; readonly minimum: number; readonly maximum: number }
  | { readonly _tag: "Range"; readonly minimum: number; readonly maximum: number }
  | { readonly _tag: "Pattern"; readonly expected: string }
  | { readonly _tag: "Uri"; readonly schemes: ReadonlyArray<string> }
  | { readonly _tag: "Rule" }
  | { readonly _tag: "Values"; readonly values: ReadonlyArray<unknown> }

/** LINE counts most text in UTF-16 code units, and labels, titles and texts of templates in grapheme clusters. */
export type Unit = "UTF-16 code units" | "grapheme clusters"

// Made on first use: construction loads ICU data, and most programs never count graphemes.
let segmenter: Intl.Segmenter | undefined

/** The number of grapheme clusters in a text. */
export const graphemeCount = (text: string): number => {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" })
  let count = 0
  for (const _ of segmenter.segment(text)) count++
  return count
}

const count = (text: string, unit: Unit): number => (unit === "UTF-16 code units" ? text.length : graphemeCount(text))

const between = (minimum: number, maximum: number): string => {
  if (minimum === maximum) return `exactly ${minimum}`
  if (maximum === Number.MAX_SAFE_INTEGER) return `at least ${minimum}`
  return minimum === 0 ? `at most ${maximum}` : `between ${minimum} and ${maximum}`
}

const length = (unit: Unit, minimum: number, maximum: number): Schema.Schema<string> =>
  Schema.String.pipe(
    Schema.filter(
      (text) => {
        // A text of n code units has at most n graphemes: the short text, which is nearly every text, is not segmented.
        if (text.length <= maximum && minimum <= Math.min(text.length, 1)) return true
        if (text === "") return "must not be empty"
        const actual = count(text, unit)
        return (
          (actual >= minimum && actual <= maximum) ||
          `must have ${between(minimum, maximum)} ${unit}, but has ${actual}`
        )
      },
      { [LimitId]: { _tag: "Length", minimum, maximum, unit } }
    )
  )

/** A text counted in UTF-16 code units, not empty unless `minimum` is 0. */
export const text = (maximum: number, minimum = 1): Schema.Schema<string> =>
  length("UTF-16 code units", minimum, maximum)

/** A text counted in grapheme clusters, not empty unless `minimum` is 0. */
export const graphemes = (maximum: number, minimum = 1): Schema.Schema<string> =>
  length("grapheme clusters", minimum, maximum)

/** A text that is not empty, of any length. */
export const NonEmpty: Schema.Schema<string> = text(Number.MAX_SAFE_INTEGER).annotations({
  identifier: "NonEmptyString"
})

/** A text of a given form, which `A` may say in types. `expected` completes the sentence "must be …". */
export const pattern = <A extends string = string>(regex: RegExp, expected: string): Schema.Schema<A> =>
  Schema.String.pipe(
    Schema.filter((text) => regex.test(text) || `must be ${expected}`, {
      [LimitId]: { _tag: "Pattern", expected },
      arbitrary: () => (fc) => fc.stringMatching(regex)
    })
    // TypeScript cannot see that the pattern and the type say the same.
  ) as unknown as Schema.Schema<A>

/** The name of a unit, under which LINE counts messages that belong together. */
export const AggregationUnit: Schema.Schema<string> = pattern(
  /^[a-zA-Z0-9_]{1,30}$/,
  "1 to 30 letters, digits or underscores"
).annotations({ identifier: "AggregationUnit" })

/** A text that a predicate accepts. `expected` completes the sentence "must be …". */
export const valid = (accepts: (text: string) => boolean, expected: string): Schema.Schema<string> =>
  Schema.String.pipe(
    Schema.filter((text) => accepts(text) || `must be ${expected}`, { [LimitId]: { _tag: "Pattern", expected } })
  )

/** An array of `minimum` to `maximum` items. */
export const items = <A>(item: Schema.Schema<A>, minimum: number, maximum: number): Schema.Schema<ReadonlyArray<A>> => {
  const most = maximum === Number.MAX_SAFE_INTEGER ? minimum : maximum
  const expected = `${between(minimum, maximum)} ${most === 1 ? "item" : "items"}`
  return Schema.Array(item).pipe(
    whole(({ length }) => (length >= minimum && length <= maximum) || `must have ${expected}, but has ${length}`, {
      _tag: "Size",
      minimum,
      maximum
    })
  )
}

const wholeNumber = (minimum: number, maximum: number): string => {
  if (minimum === maximum) return String(minimum)
  return maximum === Number.MAX_SAFE_INTEGER
    ? `a whole number of at least ${minimum}`
    : `a whole number between ${minimum} and ${maximum}`
}

/** A whole number from `minimum` to `maximum`. */
export const integer = (minimum: number, maximum = Number.MAX_SAFE_INTEGER): Schema.Schema<number> =>
  Schema.Number.pipe(
    Schema.filter(
      (value) =>
        (Number.isSafeInteger(value) && value >= minimum && value <= maximum) ||
        `must be ${wholeNumber(minimum, maximum)}`,
      {
        [LimitId]: { _tag: "Range", minimum, maximum },
        arbitrary: () => (fc) => fc.bigInt(BigInt(minimum), BigInt(maximum)).map(Number)
      }
    )
  )

/** A number from `minimum` to `maximum`. */
export const number = (minimum: number, maximum: number): Schema.Schema<number> =>
  Schema.Number.pipe(
    Schema.filter((value) => (value >= minimum && value <= maximum) || `must be between ${minimum} and ${maximum}`, {
      [LimitId]: { _tag: "Range", minimum, maximum },
      arbitrary: () => (fc) => fc.double({ min: minimum, max: maximum, noNaN: true })
    })
  )

interface UriForm {
  readonly maximum: number
  readonly schemes: ReadonlyArray<string>
  readonly expected: string
  readonly mayBeEmpty?: boolean
}

const uri = ({ expected, maximum, mayBeEmpty = false, schemes }: UriForm): Schema.Schema<string> => {
  // Of what follows the scheme only a host is demanded, where the scheme has one: LINE is the judge of the rest.
  const forms = schemes.map((scheme) => (scheme.startsWith("http") ? `${scheme}://[^/?#:@]` : `${scheme}:`))
  const form = new RegExp(`^(?:${forms.join("|")})`, "i")
  return Schema.String.pipe(
    Schema.filter(
      (text) => {
        if (text === "") return mayBeEmpty || "must not be empty"
        if (text.length > maximum) return `must have ${between(0, maximum)} UTF-16 code units, but has ${text.length}`
        if (!form.test(text)) return `must be ${expected}`
        // LINE wants URLs percent-encoded as UTF-8: nothing outside printable ASCII may stand in one.
        return /^[\x21-\x7e]+$/.test(text) || "must be percent-encoded: it contains a space or a non-ASCII character"
      },
      { [LimitId]: { _tag: "Uri", schemes }, arbitrary: () => (fc) => fc.webUrl({ validSchemes: ["https"] }) }
    )
  )
}

/** An HTTPS URL, percent-encoded. */
export const httpsUrl = (maximum: number): Schema.Schema<string> =>
  uri({ maximum, schemes: ["https"], expected: "a URL that starts with https:// and a host" })

/** An HTTPS URL of a file that LINE fetches, percent-encoded, at most 2,000 UTF-16 code units. */
export const HttpsUrl: Schema.Schema<string> = httpsUrl(2000).annotations({ identifier: "HttpsUrl" })

const link: UriForm = {
  maximum: 1000,
  schemes: ["https", "http", "line", "tel"],
  expected: "a URI that starts with https:// or http:// and a host, with line: or with tel:"
}

/** A URI that the LINE app opens on a tap: http, https, line or tel, percent-encoded, at most 1,000 code units. */
export const LinkUri: Schema.Schema<string> = uri(link).annotations({ identifier: "LinkUri" })

/** A {@link LinkUri} where LINE takes an empty text as well. */
export const LinkUriOrEmpty: Schema.Schema<string> = uri({ ...link, mayBeEmpty: true }).annotations({
  identifier: "LinkUriOrEmpty"
})

/** A rule over a whole value: it relates parts of it, and is checked beside them. */
export const whole =
  <A>(
    check: (value: A) => boolean | string | ReadonlyArray<Schema.FilterIssue>,
    limit: Limit = { _tag: "Rule" }
  ): ((schema: Schema.Schema<A>) => Schema.Schema<A>) =>
  (schema) =>
    schema.pipe(Schema.filter(check, { [LimitId]: limit }))

/** The limit that a refinement demands. */
export const of = (ast: AST.Annotated): Limit | undefined => ast.annotations[LimitId] as Limit | undefined
