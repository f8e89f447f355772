import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import type * as Operation from "line-effect/Operation"
import { readdirSync, appendFileSync } from "node:fs"
import * as Calls from "./contract/Calls.js"
import * as Cases from "./contract/Cases.js"
import * as Contract from "./contract/Contract.js"
import * as Deviations from "./contract/Deviations.js"
import * as Judges from "./contract/Judges.js"
import * as Values from "./contract/Values.js"

interface Exported {
  readonly module: string
  readonly name: string
  readonly operation: Operation.Declaration
}

const isOperation = (value: unknown): value is Operation.Declaration =>
  typeof value === "function" && "operationId" in value

const modules = readdirSync("src").flatMap((file) => (file.endsWith(".ts") ? [file.slice(0, -3)] : []))

const exported: ReadonlyArray<Exported> = (
  await Promise.all(
    modules.map(async (module) => {
      const exports: Record<string, unknown> = await import(`../src/${module}.ts`)
      return Object.entries(exports).flatMap(([name, operation]) =>
        isOperation(operation) ? [{ module, name, operation }] : []
      )
    })
  )
).flat()

const viewed = (deviations: ReadonlyArray<Contract.Deviation>) => {
  const views = new Map<string, Contract.Shapes>()
  return (api: string): Contract.Shapes => {
    const view = views.get(api) ?? Contract.shapes(api, deviations)
    views.set(api, view)
    return view
  }
}

const requestsOf = viewed(Deviations.requests)
const answersOf = viewed(Deviations.answers)
const contractOf = viewed([])

const argumentShape = (shapes: Contract.Shapes, operation: Contract.Operation): Contract.Shape =>
  shapes(
    Contract.argumentOf(operation, Deviations.headers, Deviations.files[operation.operationId]),
    operation.operationId
  )

const empty: Calls.Answer = { status: 200, body: "{}", contentType: "application/json" }

for (const operation of Contract.operations) {
  const { api, operationId } = operation
  describe(operationId, () => {
    const found = exported.filter(({ name }) => name === operationId)

    it("is exported once, under LINE's name for it", () => {
      assert.lengthOf(found, 1, `from ${found.map(({ module }) => module).join(" and ")}`)
      assert.strictEqual(found[0]?.operation.operationId, operationId)
    })

    const [first] = found
    if (first === undefined) return
    const declaration = first.operation
    const argument = argumentShape(requestsOf(api), operation)
    const [status, content] = Contract.successOf(operation)
    const success = Contract.contentOf(content)
    const answer = success === undefined ? undefined : answersOf(api)(success.schema, operationId)

    it.effect("takes what the contract lets be sent, and nothing else", () =>
      Effect.sync(() => {
        const judge = Judges.argument(declaration)
        const problems = [...Cases.cases(requestsOf(api), argument, "sent")].flatMap(
          (one) => Judges.problem(one, judge(one.value)) ?? []
        )
        appendFileSync("/tmp/hh/p.txt", problems.map((p) => p + "\n").join(""))
        assert.deepStrictEqual(problems, [])
      })
    )

    for (const extent of ["required", "all"] as const) {
      it(`sends ${extent} properties as the contract says`, () =>
        fc.assert(
          fc.asyncProperty(Values.arbitrary(requestsOf(api), argument, extent), async (value) => {
            const { request, ...called } = await Effect.runPromise(Calls.call(declaration, Calls.hiding(value), succeeding))
            assert.isTrue(Either.isRight(called.result))
            assert.deepStrictEqual(await Calls.sentBy(request), Calls.expected(operation, value))
          }),
          { seed: 42, numRuns: 20 }
        ))
    }

    it.effect("reads what LINE may answer", () =>
      Effect.gen(function* () {
        const given = Calls.hiding(Values.sample(requestsOf(api), argument, "required"))
        if (declaration.success._tag !== "Json" || answer === undefined) {
          return
        }
        const judge = Judges.answer(declaration, given, status)
        const problems: Array<string> = []
        for (const one of Cases.cases(answersOf(api), answer, "received")) {
          const problem = Judges.problem(one, yield* judge(one.value))
          if (problem !== undefined) problems.push(problem)
        }
        appendFileSync("/tmp/hh/p.txt", problems.map((p) => operationId + " " + p + "\n").join(""))
        assert.deepStrictEqual(problems, [])
      })
    )
  })
}
