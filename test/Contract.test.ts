import { assert, describe, it } from "@effect/vitest"
import { readdirSync } from "node:fs"
import * as Request from "line-effect/internal/Request"
import * as Check from "line-effect/internal/Check"
import type { Declaration } from "line-effect/Operation"
import * as Cases from "./contract/Cases.js"
import * as Contract from "./contract/Contract.js"
import * as Deviations from "./contract/Deviations.js"

const exported = new Map<string, Array<{ module: string; operation: Declaration }>>()
for (const file of readdirSync("src").filter((file) => file.endsWith(".ts"))) {
  const module = await import(`../src/${file}`)
  for (const [name, value] of Object.entries<any>(module)) {
    if (typeof value !== "function" || !("operationId" in value)) continue
    exported.set(name, [...(exported.get(name) ?? []), { module: file, operation: value }])
  }
}


for (const operation of Contract.operations) {
  const [found] = exported.get(operation.operationId) ?? []
  if (!found) continue
  it(operation.operationId, () => {
    const shapes = Contract.shapes(operation.api, Deviations.requests)
    const argument = shapes(Contract.argumentOf(operation, Deviations.headers), operation.operationId)
    const problems: string[] = []
    let n = 0
    for (const c of Cases.cases(shapes, argument, "sent")) {
      n++
      const issues = Request.issues(found.operation, c.value as any)
      const at = Check.formatPath(c.path)
      if (c.expected === "accepted" ? issues !== undefined : !issues?.some(({ path }) => path === at)) problems.push(`${c.name} ${c.expected} at ${at}: ${JSON.stringify(issues)} ${JSON.stringify(c.value).slice(0, 700)}`)
    }

    assert.deepStrictEqual(problems.slice(0, 100), [])
  })
}
