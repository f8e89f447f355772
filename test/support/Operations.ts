import type * as Operation from "line-effect/Operation"
import { readdirSync } from "node:fs"

const isOperation = (value: unknown): value is Operation.Operation<never, unknown, unknown> =>
  typeof value === "function" && "operationId" in value

const modules = await Promise.all(
  readdirSync("src")
    .filter((file) => file.endsWith(".ts"))
    .map((file): Promise<Record<string, unknown>> => import(`../../src/${file.slice(0, -3)}.ts`))
)

/** Every operation of the package, by its operationId. */
export const operations: ReadonlyMap<string, Operation.Operation<never, unknown, unknown>> = new Map(
  modules
    .flatMap((module) => Object.values(module))
    .filter(isOperation)
    .map((operation) => [operation.operationId, operation])
)
