/**
 * LINE's two layers of checking a body, and how each words what it finds. The generic properties are checked first:
 * all issues at once, under `messages[0].text`. Then comes what is inside a template, a Flex Message or an imagemap:
 * the first such message, under `template/columns/0/title` or `/hero/url`.
 */
import * as Either from "effect/Either"
import type { Detail } from "./Refusal.js"
import * as Refusal from "./Refusal.js"
import type { Answer } from "./Wire.js"

/** A message that passed the checks. */
export type Message = { readonly type: string } & Readonly<Record<string, unknown>>

type Body = Readonly<Record<string, unknown>>

/** The messages of a body, refused with everything that is wrong with them and the given details before them. */
export const messages = (
  body: Body,
  details: ReadonlyArray<Detail> = []
): Either.Either<ReadonlyArray<Message>, Answer> =>
  Either.gen(function* () {
    yield* Refusal.check([...details, ...size(body, "messages", 1, 5)])
    return body["messages"] as ReadonlyArray<Message>
  })

/** A text that must be there. */
export const required = (body: Body, name: string): ReadonlyArray<Detail> =>
  body[name] === undefined || body[name] === "" ? [{ message: "May not be empty", property: name }] : []

/** An array of a number of items; a missing one has none. */
export const size = (body: Body, name: string, minimum: number, maximum: number): ReadonlyArray<Detail> => {
  const items: unknown = body[name]
  const count = Array.isArray(items) ? items.length : 0
  return count >= minimum && count <= maximum
    ? []
    : [{ message: `Size must be between ${minimum} and ${maximum}`, property: name }]
}

/** The names that a message is to be counted for. */
export const unitsOf = (body: Body): ReadonlyArray<string> => {
  const units: unknown = body["customAggregationUnits"]
  return Array.isArray(units) ? units.map(String) : []
}

/** At most one name, of letters, digits and underscores. */
export const aggregationUnits = (body: Body): ReadonlyArray<Detail> => [
  ...size(body, "customAggregationUnits", 0, 1),
  ...unitsOf(body).flatMap((unit, index) =>
    /^[a-zA-Z0-9_]{1,30}$/.test(unit)
      ? []
      : [{ message: "Length must be between 1 and 30", property: `customAggregationUnits[${index}]` }]
  )
]
