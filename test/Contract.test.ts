import { assert, describe, it } from "@effect/vitest"
import { readdirSync, appendFileSync } from "node:fs"
import * as Request from "line-effect/internal/Request"
import * as Check from "line-effect/internal/Check"
import type { Declaration } from "line-effect/Operation"
import * as Redacted from "effect/Redacted"
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


const wrap = (value: any) => Object.fromEntries(Object.entries(value).map(([k, v]) => [k, typeof v === "string" && Deviations.secrets.includes(k) ? Redacted.make(v) : v]))
const views = new Map<string, Contract.Shapes>()
const shapesOf = (api: string) => {
  const s = views.get(api) ?? Contract.shapes(api, Deviations.requests)
  views.set(api, s)
  return s
}

for (const operation of Contract.operations) {
  const [found] = exported.get(operation.operationId) ?? []
  if (!found) continue
  it(operation.operationId, () => {
    const shapes = shapesOf(operation.api)
    const argument = shapes(Contract.argumentOf(operation, Deviations.headers, Deviations.files[operation.operationId]), operation.operationId)
    const problems: string[] = [], vals: string[] = []
    let n = 0
    for (const c of Cases.cases(shapes, argument, "sent")) {
      n++
      const issues = Request.issues(found.operation, wrap(c.value) as any)
      const at = Check.formatPath(c.path)
      if (c.expected === "accepted" ? issues !== undefined : !issues?.some(({ path }) => path === at)) problems.push(`${c.name} ${c.expected} at ${at}: ${JSON.stringify(issues).slice(0,250)} ${n>-1?'':''}`), vals.push(`${c.name} ${JSON.stringify(c.value).slice(0,2000)}`)
    }

    appendFileSync("/tmp/hh/v.txt", vals.join("\n")); appendFileSync("/tmp/hh/p.txt", problems.map((p) => p + "\n").join(""))
    assert.strictEqual(problems.length, 0)
  })
}
