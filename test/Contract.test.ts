import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import * as Request from "line-effect/internal/Request"
import type * as Operation from "line-effect/Operation"
import * as Calls from "./contract/Calls.js"
import * as Contract from "./contract/Contract.js"
import * as Deviations from "./contract/Deviations.js"
import * as Subjects from "./contract/Subjects.js"
import * as Values from "./contract/Values.js"

const noProblems = (problems: ReadonlyArray<string>): void => {
  const more = problems.length > 5 ? [`and ${problems.length - 5} more`] : []
  assert.strictEqual([...problems.slice(0, 5), ...more].join("\n"), "")
}

const subjects: Array<Subjects.Subject> = [Subjects.webhook]

describe("LINE's contract", () => {
  for (const operation of Contract.operations) {
    const { operationId } = operation
    const found = Subjects.exported.filter(({ name }) => name === operationId)
    const declaration = found[0]?.operation

    describe(`${operationId}`, () => {
      it("is exported once, under LINE's name for it", () => {
        assert.lengthOf(found, 1)
        assert.strictEqual(declaration?.operationId, operationId)
      })

      if (declaration === undefined) return
      const argument = Subjects.argument(operation, declaration)
      const answer = Subjects.answer(operation, declaration)
      subjects.push(argument, ...(answer === undefined ? [] : [answer]))
      const { status } = Contract.successOf(operation)
      const full = answer === undefined ? {} : Subjects.sampleOf(answer, "all")
      const call = (value: Contract.Value, body = JSON.stringify(full)) =>
        Calls.call(declaration, Calls.hiding(value), { status, body })

      it.effect("takes what may be sent and nothing else", () => Effect.map(Subjects.problems(argument), noProblems))

      for (const extent of ["required", "all"] as const) {
        it(`sends ${extent === "all" ? "all properties" : "the required properties"} where they belong`, () =>
          fc.assert(
            fc.asyncProperty(
              Values.arbitrary(Subjects.shapesOf(argument), Subjects.shapeOf(argument), extent),
              async (value) => {
                // The argument of an operation is an object.
                const given = value as Contract.Value
                const called = await Effect.runPromise(call(given))
                assert.isTrue(Either.isRight(called.result), String(called.result))
                const contract = Subjects.shapeOf({ ...argument, deviations: noDeviations })
                const sent = Calls.completed(operationId, contract, Subjects.shapeOf(argument), given)
                assert.deepStrictEqual(await Calls.sentBy(called), Calls.expected(operation, sent))
              }
            ),
            { seed: 42, numRuns: 10 }
          ))
      }

      it.effect("sends nothing without a required property", () =>
        Effect.gen(function* () {
          const minimal = Subjects.sampleOf(argument, "required")
          const shape = Subjects.shapeOf(argument)
          const required =
            shape._tag === "Struct" ? Object.keys(minimal).filter((name) => shape.fields.get(name)?.required) : []
          for (const name of required) {
            const { request, result } = yield* call(Contract.without(minimal, name))
            assert.isUndefined(request)
            assert.isTrue(
              Either.isLeft(result) &&
                result.left._tag === "LineInvalidRequest" &&
                result.left.issues.some(({ path }) => path === name),
              `${name}: ${String(result)}`
            )
          }
        })
      )

      it.effect("reads what LINE answers", () =>
        Effect.gen(function* () {
          const minimal = Subjects.sampleOf(argument, "required")
          const read = (body?: string) => Effect.flatMap(call(minimal, body), ({ result }) => result)
          switch (declaration.success._tag) {
            case "Json":
              if (answer === undefined) return assert.fail("the contract has no JSON")
              return noProblems(yield* Subjects.problems(answer))
            case "Receipt": {
              const { sentMessages = [] } = full
              assert.deepInclude(yield* read(), { status: "accepted", sentMessages })
              return assert.deepInclude(yield* read(""), { status: "accepted", sentMessages: [] })
            }
            case "Content": {
              // What a download gives.
              const { stream } = (yield* read("\u0000 bytes")) as Operation.Content
              return assert.strictEqual(yield* Stream.mkString(Stream.decodeText(stream)), "\u0000 bytes")
            }
            case "Accepted":
              assert.deepInclude(yield* read(""), { requestId: "request", resumeRequestKey: Calls.key })
              break
            case "Void":
              assert.isUndefined(yield* read(""))
              assert.isUndefined(yield* read("{}"))
          }
          assert.isUndefined(answer, "the contract has an answer with properties")
        })
      )
    })
  }

  it("has all operations but those that only LINE's reference has", () => {
    const described = new Set(Contract.operations.map(({ operationId }) => operationId))
    const others = Subjects.exported.filter(({ name }) => !described.has(name))
    assert.sameMembers(
      others.map(({ name }) => name),
      [...Deviations.undescribed]
    )
  })

  it.effect("has the webhooks that are read", () => Effect.map(Subjects.problems(Subjects.webhook), noProblems))
})

const noDeviations: ReadonlyArray<Contract.Deviation> = []

describe("the deviations from LINE's contract", () => {
  const lists = { requests: Deviations.requests, answers: Deviations.answers, webhooks: Deviations.webhooks }

  for (const [name, deviations] of Object.entries(lists)) {
    it.effect(`of ${name} are all needed, and listed once`, () =>
      Effect.gen(function* () {
        const places = deviations.flatMap(({ at }) => at)
        assert.strictEqual(new Set(places).size, places.length)
        assert.deepStrictEqual(yield* Subjects.stale(deviations, subjects), [])
      })
    )
  }

  it("name the headers and the files that there are", () => {
    const headers = Contract.operations.flatMap(({ params }) => params.filter((parameter) => parameter.in === "header"))
    assert.sameMembers([...new Set(headers.map(({ name }) => name))], Object.keys(Deviations.headers))
    const files = Contract.operations.filter(({ body }) => Contract.contentOf(body).type === "*/*")
    assert.sameMembers(
      files.map(({ operationId }) => operationId),
      Object.keys(Deviations.files)
    )
  })

  it("name the texts that are taken out of sight only", () => {
    const secrets = Subjects.exported.flatMap(({ operation: declaration }) => {
      const operation = Contract.operations.find(({ operationId }) => operationId === declaration.operationId)
      if (operation === undefined) return []
      const argument = Subjects.sampleOf(Subjects.argument(operation, declaration), "all")
      return (Request.issues(declaration, argument) ?? []).map(({ path }) => path)
    })
    assert.sameMembers([...new Set(secrets)], [...Deviations.secrets])
  })
})
