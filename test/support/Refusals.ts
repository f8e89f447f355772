import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Check from "line-effect/internal/Check"

/** The paths at which a schema refuses a value, in LINE's notation and without repetition. */
export const refusals = <A>(schema: Schema.Schema<A>, value: unknown): ReadonlyArray<string> => [
  ...new Set(Check.issues(schema.ast, value).map((issue) => Check.formatPath(issue.path)))
]

/** A limit: a sentence that states it, values that keep it, and values that do not with the paths they are refused at. */
export interface Row {
  readonly limit: string
  readonly accepts: ReadonlyArray<unknown>
  readonly refuses: ReadonlyArray<readonly [value: unknown, ...paths: ReadonlyArray<string>]>
}

/** A test for every limit of a schema. */
export const limits = <A>(of: string, schema: Schema.Schema<A>, rows: ReadonlyArray<Row>) =>
  describe(`${of}`, () => {
    for (const { accepts, limit, refuses } of rows) {
      it(`${limit}`, () => {
        for (const value of accepts) {
          assert.deepStrictEqual(Check.issues(schema.ast, value), [])
          assert.isTrue(Schema.is(schema)(value))
        }
        for (const [value, ...paths] of refuses) {
          assert.deepStrictEqual(refusals(schema, value), paths)
          assert.isFalse(Schema.is(schema)(value))
        }
      })
    }
  })

/** A letter that is two UTF-16 code units, and one grapheme cluster. */
export const astral = "𠮷"

/** A family that is eleven UTF-16 code units, and one grapheme cluster. */
export const family = "👨‍👩‍👧‍👦"

/** An https URL of so many characters. */
export const urlOf = (length: number): string => "https://example.com/".padEnd(length, "a")

/** So many copies of a value. */
export const times = <A>(count: number, value: A): ReadonlyArray<A> => Array.from({ length: count }, () => value)
