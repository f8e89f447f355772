import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type * as Operation from "line-effect/Operation"
import { appendFileSync, readdirSync } from "node:fs"
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

/** Something that the contract describes: what it is, and what the package makes of it. */
interface Subject {
  readonly api: string
  readonly name: string
  readonly schema: Contract.Schema
  readonly deviations: ReadonlyArray<Contract.Deviation>
  readonly direction: Cases.Direction
  readonly judge: Judges.Judge
}

const views = new Map<unknown, Map<string, Contract.Shapes>>()

/** The schemas of an API with these deviations, always the same. */
const viewOf = ({ api, deviations }: Pick<Subject, "api" | "deviations">): Contract.Shapes => {
  const known = views.get(deviations) ?? new Map<string, Contract.Shapes>()
  views.set(deviations, known)
  const view = known.get(api) ?? Contract.shapes(api, deviations)
  known.set(api, view)
  return view
}

const shapeOf = (subject: Subject): Contract.Shape => viewOf(subject)(subject.schema, subject.name)

const sampleOf = (subject: Subject, extent: Values.Extent): Contract.Value =>
  // Arguments, answers and webhooks are objects.
  Values.sample(viewOf(subject), shapeOf(subject), extent) as Contract.Value

const casesOf = (subject: Subject): Iterable<Cases.Case> =>
  Cases.cases(viewOf(subject), shapeOf(subject), subject.direction)

const argumentOf = (operation: Contract.Operation, declaration: Operation.Declaration): Subject => ({
  api: operation.api,
  name: operation.operationId,
  schema: Contract.argumentOf(operation, Deviations.headers, Deviations.files[operation.operationId]),
  deviations: Deviations.requests,
  direction: "sent",
  judge: Judges.argument(declaration)
})

const answerOf = (operation: Contract.Operation, declaration: Operation.Declaration): Subject | undefined => {
  const [status, content] = Contract.successOf(operation)
  const { schema, type } = Contract.contentOf(content) ?? {}
  const given = Calls.hiding(sampleOf(argumentOf(operation, declaration), "required"))
  return schema === undefined || type !== "application/json"
    ? undefined
    : {
        api: operation.api,
        name: operation.operationId,
        schema,
        deviations: Deviations.answers,
        direction: "received",
        judge: Judges.answer(declaration, given, status)
      }
}

const webhook: Subject = {
  api: "webhook",
  name: "callback",
  schema: { ref: "CallbackRequest" },
  deviations: Deviations.webhooks,
  direction: "received",
  judge: Judges.webhook
}

const noProblems = (problems: ReadonlyArray<string>): void => {
  appendFileSync("/tmp/hh/p.txt", problems.map((p) => p + "\n").join(""))
  assert.deepStrictEqual(problems, [])
}

const has = (subject: Subject | undefined): boolean => {
  const shape = subject === undefined ? undefined : shapeOf(subject)
  return shape?._tag === "Struct" && shape.fields.size > 0
}

describe("LINE's contract", () => {
  for (const operation of Contract.operations) {
    const { operationId } = operation
    const found = exported.filter(({ name }) => name === operationId)
    const declaration = found[0]?.operation

    describe(operationId, () => {
      it("is exported once, under LINE's name for it", () => {
        assert.lengthOf(found, 1)
        assert.strictEqual(declaration?.operationId, operationId)
      })

      if (declaration === undefined) return
      const argument = argumentOf(operation, declaration)
      const answer = answerOf(operation, declaration)
      const [status] = Contract.successOf(operation)

      it.effect("takes what may be sent, and nothing else", () =>
        Effect.map(Judges.problems(casesOf(argument), argument.judge), noProblems)
      )

      const success = { status, body: answer === undefined ? "" : JSON.stringify(sampleOf(answer, "all")) }

      for (const extent of ["required", "all"] as const) {
        it(`sends what is given with ${extent === "all" ? "all" : "only the required"} properties`, () =>
          fc.assert(
            fc.asyncProperty(Values.arbitrary(viewOf(argument), shapeOf(argument), extent), async (value) => {
              const called = await Effect.runPromise(Calls.call(declaration, Calls.hiding(value), success))
              const plain = shapeOf({ ...argument, deviations: none })
              assert.isTrue(Either.isRight(called.result))
              assert.deepStrictEqual(
                await Calls.sentBy(called),
                Calls.expected(operation, Calls.completed(operationId, plain, shapeOf(argument), value as Contract.Value))
              )
            }),
            { seed: 42, numRuns: 10 }
          ))
      }

      it.effect("reads what LINE answers", () =>
        Effect.gen(function* () {
          const given = Calls.hiding(sampleOf(argument, "required"))
          const read = (body: Calls.Answer["body"]) =>
            Effect.flatMap(Calls.call(declaration, given, { status, body }), ({ result }) => result)
          switch (declaration.success._tag) {
            case "Json":
              assert.isTrue(has(answer))
              return noProblems(answer === undefined ? [] : yield* Judges.problems(casesOf(answer), answer.judge))
            case "Content": {
              const bytes = new Uint8Array([0, 255, 10])
              const { contentType, stream } = (yield* read(bytes)) as Operation.Content
              assert.strictEqual(contentType, "application/json")
              assert.deepStrictEqual(yield* Stream.runCollect(stream).pipe(Effect.map((chunks) => [...chunks])), [bytes])
              return
            }
            case "Receipt": {
              const { sentMessages = [] } = answer === undefined ? {} : sampleOf(answer, "all")
              assert.deepInclude(yield* read(success.body), { status: "accepted", sentMessages })
              assert.deepInclude(yield* read(""), { status: "accepted", sentMessages: [] })
              return
            }
            case "Accepted":
              assert.isFalse(has(answer))
              assert.deepInclude(yield* read(""), { requestId: "request", resumeRequestKey: Calls.key })
              return
            case "Void":
              assert.isFalse(has(answer))
              assert.isUndefined(yield* read(""))
              assert.isUndefined(yield* read("{}"))
          }
        })
      )
    })
  }

  it.effect("reads the webhooks that LINE sends", () =>
    Effect.map(Judges.problems(casesOf(webhook), webhook.judge), noProblems)
  )
})
const none: ReadonlyArray<Contract.Deviation> = []

describe("a deviation from LINE's contract", () => {
  const subjects = Contract.operations.flatMap((operation) => {
    const declaration = exported.find(({ name }) => name === operation.operationId)?.operation
    return declaration === undefined ? [] : [argumentOf(operation, declaration), answerOf(operation, declaration)]
  })

  for (const list of ["requests", "answers", "webhooks"] as const) {
    it.effect(`is needed: ${list}`, () =>
      Effect.gen(function* () {
        const deviations = Deviations[list]
        const places = new Map<string, { readonly subject: Subject; readonly struct: string }>()
        for (const subject of [...subjects, webhook]) {
          if (subject?.deviations !== deviations) continue
          for (const { struct } of Cases.sites(viewOf(subject), shapeOf(subject))) {
            for (const at of struct.deviations) if (!places.has(at)) places.set(at, { subject, struct: struct.name })
          }
        }
        const stale: Array<string> = []
        for (const deviation of deviations) {
          for (const at of deviation.at) {
            const place = places.get(at)
            const others = deviations.map((other) => other === deviation ? { ...other, at: other.at.filter((other) => other !== at) } : other)
            if (place === undefined || !(yield* fails({ ...place.subject, deviations: others }, place.struct))) stale.push(at + (place === undefined ? " NOWHERE" : ""))
          }
        }
        appendFileSync("/tmp/hh/stale.txt", stale.join("\n")+"\n"); assert.deepStrictEqual(stale, [])
      })
    )
  }
})

/** Whether a struct of a subject, or what is in it, is not as the contract says. */
const fails = (subject: Subject, name: string): Effect.Effect<boolean> => {
  const shapes = viewOf(subject)
  let top: Cases.Site | undefined
  const cases = function* () {
    for (const site of Cases.sites(shapes, shapeOf(subject))) {
      if (site.struct.name === name) top = site
      if (top?.path.every((part, index) => part === site.path[index]) === true) {
        yield* Cases.casesOf(shapes, site, subject.direction)
      }
    }
  }
  return Judges.anyProblem({ [Symbol.iterator]: cases }, subject.judge)
}
