/**
 * Why a store failed, in its own words: what wraps its error often says no more than that it failed.
 */
export const of = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof AggregateError && error.errors.length > 0) return of(error.errors[0])
  if (error.cause instanceof Error) return of(error.cause)
  return error.message === "" && "code" in error ? String(error.code) : error.message
}
