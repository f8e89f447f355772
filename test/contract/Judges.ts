/**
 * What the package makes of a value, and whether that is what a case expects.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Check from "line-effect/internal/Check"
import * as Request from "line-effect/internal/Request"
import type * as Operation from "line-effect/Operation"
import * as Unknown from "line-effect/Unknown"
import * as Webhook from "line-effect/Webhook"
import { isDeepStrictEqual } from "node:util"
import * as Calls from "./Calls.js"
import type { Case } from "./Cases.js"
import type { Value } from "./Contract.js"
import { secrets } from "./Deviations.js"
import type { Path } from "./Values.js"

/** The paths of what is wrong with a value, and of what is kept as an `Unknown`. */
export interface Verdict {
  readonly refused: ReadonlyArray<string>
  readonly unknown: ReadonlyArray<string>
}

export type Judge = (value: unknown) => Effect.Effect<Verdict>

/** Whether an argument would be sent. */
export const argument =
  (operation: Operation.Declaration): Judge =>
  (value) =>
    Effect.sync(() => ({
      refused: (Request.issues(operation, Calls.hiding(value)) ?? []).map(({ path }) => path),
      unknown: []
    }))

/** What a call makes of LINE's answer. */
export const answer =
  (operation: Operation.Declaration, argument: Value, status: number): Judge =>
  (value) =>
    Effect.map(Calls.call(operation, argument, { status, body: JSON.stringify(value) }), ({ result }) => {
      if (Either.isRight(result)) return compare(value, result.right)
      if (result.left._tag !== "LineInvalidResponse") throw result.left
      return { refused: result.left.issues.map(({ path }) => path), unknown: [] }
    })

/** What is made of the body of a webhook. */
export const webhook: Judge = (value) =>
  Effect.match(Webhook.decode(JSON.stringify(value)), {
    // All that a webhook must have.
    onFailure: () => ({ refused: ["destination", "events"], unknown: [] }),
    onSuccess: (body) => compare(value, body)
  })

/** What came out of what went in. There may be more in it. */
const compare = (given: unknown, result: unknown, path: Path = []): Verdict => {
  const at = [Check.formatPath(path)]
  if (Unknown.isUnknown(result)) {
    return isDeepStrictEqual(result.raw, given) ? { refused: [], unknown: at } : { refused: at, unknown: [] }
  }
  if (typeof given !== "object" || given === null) {
    const isSecret = secrets.includes(String(path.at(-1)))
    const value = isSecret && Redacted.isRedacted(result) ? Redacted.value(result) : result
    return { refused: value === given && isSecret === (value !== result) ? [] : at, unknown: [] }
  }
  const verdicts = Object.entries(given).map(([name, part]) =>
    compare(part, Predicate.hasProperty(result, name) ? result[name] : undefined, [
      ...path,
      Array.isArray(given) ? Number(name) : name
    ])
  )
  return { refused: verdicts.flatMap(({ refused }) => refused), unknown: verdicts.flatMap(({ unknown }) => unknown) }
}

/** What is wrong with the cases that there are. */
export const problems = (cases: Iterable<Case>, judge: Judge): Effect.Effect<ReadonlyArray<string>> =>
  Effect.map(
    Effect.forEach(cases, (one) => Effect.map(judge(one.value), (verdict) => problem(one, verdict))),
    (found) => found.filter(Predicate.isNotUndefined)
  )

/** Whether anything is wrong with the cases that there are. */
export const anyProblem = (cases: Iterable<Case>, judge: Judge): Effect.Effect<boolean> =>
  Effect.exists(cases, (one) => Effect.map(judge(one.value), (verdict) => problem(one, verdict) !== undefined))

const problem = ({ expected, name, path, value }: Case, { refused, unknown }: Verdict): string | undefined => {
  const at = Check.formatPath(path)
  const isAsExpected = {
    accepted: refused.length + unknown.length === 0,
    refused: refused.includes(at) || unknown.some((unknown) => isWithin(at, unknown)),
    kept: refused.length === 0
  }
  if (isAsExpected[expected]) return undefined
  const found = `it is refused at [${refused.join(", ")}] and unknown at [${unknown.join(", ")}]`
  return `${name} must be ${expected} at "${at}", but ${found}: ${JSON.stringify(value)?.slice(0, 1000)}`
}

const isWithin = (path: string, outer: string): boolean =>
  path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`)
