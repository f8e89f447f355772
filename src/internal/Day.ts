/**
 * Days as LINE writes them: `yyyyMMdd`, of the calendar in Japan (UTC+9).
 */
import type * as Schema from "effect/Schema"
import * as Limit from "./Limit.js"

const milliseconds = 24 * 3_600_000

/** The number of a day, counted from 1970-01-01; nothing if the text names no day. */
export const parse = (text: string): number | undefined => {
  if (!/^\d{8}$/.test(text)) return undefined
  const date = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`
  const time = Date.parse(date)
  // Some engines take the 30th of February for a day in March.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date) ? time / milliseconds : undefined
}

/** The text of a numbered day. */
export const format = (day: number): string =>
  new Date(day * milliseconds).toISOString().slice(0, 10).replaceAll("-", "")

/** A day that exists. */
export const Day: Schema.Schema<string> = Limit.valid(
  (text) => parse(text) !== undefined,
  "a day as yyyyMMdd, in UTC+9"
).annotations({ identifier: "Day", arbitrary: () => (fc) => fc.integer({ min: 0, max: 40_000 }).map(format) })

/** A period, both its days included. */
export interface Period {
  readonly from: string
  readonly to: string
}

/** What is wrong with a period that may end at most so many days after it begins. */
export const within =
  (days: number) =>
  ({ from, to }: Period): ReadonlyArray<Schema.FilterIssue> => {
    const length = (parse(to) ?? Number.NaN) - (parse(from) ?? Number.NaN)
    if (length < 0) return [{ path: ["to"], message: "must not be before from" }]
    return length > days ? [{ path: ["to"], message: `must be at most ${days} days after from` }] : []
  }
