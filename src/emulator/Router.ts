/**
 * Finds the operation of a request. Where a literal segment and a parameter both fit, the literal wins.
 */
import * as Either from "effect/Either"
import * as Refusal from "./Refusal.js"
import type { Answer, Route, WireRequest } from "./Wire.js"

/** An operation, and the parameters that its path has in a request. */
export interface Match {
  readonly route: Route
  readonly path: Readonly<Record<string, string>>
}

/** A router over a table of operations. */
export const make = (routes: ReadonlyArray<Route>): ((request: WireRequest) => Either.Either<Match, Answer>) => {
  const table = routes
    .map((route) => ({ route, segments: route.path.split("/"), host: route.host ?? "api" }))
    .sort((a, b) => parameters(a.route) - parameters(b.route))
  return ({ host, method, path }) => {
    const actual = path.split("/")
    const found = table.flatMap((entry) => {
      const values = host === "any" || host === entry.host ? match(entry.segments, actual) : undefined
      return values === undefined ? [] : [{ route: entry.route, path: values }]
    })
    const exact = found.find(({ route }) => route.method === method)
    if (exact !== undefined) return Either.right(exact)
    return Either.left(found.length > 0 ? Refusal.methodNotAllowed : Refusal.notFound)
  }
}

const parameters = ({ path }: Route): number => path.split("{").length

const match = (
  expected: ReadonlyArray<string>,
  actual: ReadonlyArray<string>
): Readonly<Record<string, string>> | undefined => {
  if (expected.length !== actual.length) return undefined
  const values: Record<string, string> = {}
  for (const [index, segment] of expected.entries()) {
    const value = actual[index] ?? ""
    if (segment.startsWith("{")) {
      if (value === "") return undefined
      values[segment.slice(1, -1)] = decode(value)
    } else if (segment !== value) return undefined
  }
  return values
}

const decode = (segment: string): string => {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
