/**
 * What the contract describes, side by side with what the package makes of it: the argument and the answer of each
 * operation, and the body of a webhook.
 */
import * as Effect from "effect/Effect"
import type * as AST from "effect/SchemaAST"
import type * as Operation from "line-effect/Operation"
import { readdirSync } from "node:fs"
import * as Calls from "./Calls.js"
import * as Cases from "./Cases.js"
import * as Contract from "./Contract.js"
import * as Deviations from "./Deviations.js"
import * as Judges from "./Judges.js"
import * as Values from "./Values.js"

export interface Exported {
  readonly module: string
  readonly name: string
  readonly operation: Operation.Declaration
}

const isOperation = (value: unknown): value is Operation.Declaration =>
  typeof value === "function" && "operationId" in value

const modules = readdirSync("src").flatMap((file) => (file.endsWith(".ts") ? [file.slice(0, -3)] : []))

/** Every operation that a module exports. */
export const exported: ReadonlyArray<Exported> = (
  await Promise.all(
    modules.map(async (module) => {
      const exports: Record<string, unknown> = await import(`../../src/${module}.ts`)
      return Object.entries(exports).flatMap(([name, operation]) =>
        isOperation(operation) ? [{ module, name, operation }] : []
      )
    })
  )
).flat()

export interface Subject {
  readonly api: string
  readonly name: string
  readonly schema: Contract.Schema
  readonly deviations: ReadonlyArray<Contract.Deviation>
  readonly direction: Cases.Direction
  readonly judge: Judges.Judge
  /** The package's own schema of a property. */
  readonly schemaOf?: (property: string) => AST.AST | undefined
}

const views = new WeakMap<ReadonlyArray<Contract.Deviation>, Map<string, Contract.Shapes>>()

/** The schemas of a subject's API, which subjects with the same deviations share. */
export const shapesOf = ({ api, deviations }: Subject): Contract.Shapes => {
  const known = views.get(deviations) ?? new Map<string, Contract.Shapes>()
  views.set(deviations, known)
  const shapes = known.get(api) ?? Contract.shapes(api, deviations)
  known.set(api, shapes)
  return shapes
}

export const shapeOf = (subject: Subject): Contract.Shape => shapesOf(subject)(subject.schema, subject.name)

/** One value of a subject. */
export const sampleOf = (subject: Subject, extent: Values.Extent): Contract.Value =>
  // Arguments, answers and webhooks are objects.
  Values.sample(shapesOf(subject), shapeOf(subject), extent) as Contract.Value

/** What is wrong with a subject. */
export const problems = (subject: Subject): Effect.Effect<ReadonlyArray<string>> => {
  const cases = function* () {
    for (const site of Cases.sites(shapesOf(subject), shapeOf(subject))) {
      if (isNew(subject, site)) yield* Cases.casesOf(shapesOf(subject), site, subject.direction)
    }
  }
  return Judges.problems(cases(), subject.judge)
}

const judged = new WeakMap<AST.AST, Set<string>>()

// The messages of ten operations have one schema: what is in them is judged with the first.
const isNew = ({ schemaOf }: Subject, { path: [property, ...path], struct }: Cases.Site): boolean => {
  const schema = path.length === 0 ? undefined : schemaOf?.(String(property))
  if (schema === undefined) return true
  const known = judged.get(schema) ?? new Set<string>()
  judged.set(schema, known)
  return known.size < known.add(struct.name).size
}

const propertyOf = (ast: AST.AST | undefined, name: string): AST.AST | undefined => {
  if (ast?._tag === "Refinement") return propertyOf(ast.from, name)
  return ast?._tag === "TypeLiteral"
    ? ast.propertySignatures.find((signature) => signature.name === name)?.type
    : undefined
}

/** The argument of an operation. */
export const argument = (operation: Contract.Operation, declaration: Operation.Declaration): Subject => ({
  api: operation.api,
  name: operation.operationId,
  schema: Contract.argumentOf(operation, Deviations.headers, Deviations.files[operation.operationId]),
  deviations: Deviations.requests,
  direction: "sent",
  judge: Judges.argument(declaration),
  schemaOf: (property) => propertyOf(declaration.body?.ast, property)
})

/** The JSON that LINE answers to an operation, if it has properties. */
export const answer = (operation: Contract.Operation, declaration: Operation.Declaration): Subject | undefined => {
  const { status, type, schema } = Contract.successOf(operation)
  if (schema === undefined || type !== "application/json") return undefined
  const given = Calls.hiding(sampleOf(argument(operation, declaration), "required"))
  const subject: Subject = {
    api: operation.api,
    name: operation.operationId,
    schema,
    deviations: Deviations.answers,
    direction: "received",
    judge: Judges.answer(declaration, given, status)
  }
  const shape = shapeOf(subject)
  return shape._tag === "Struct" && shape.fields.size === 0 ? undefined : subject
}

/** The body of a webhook. */
export const webhook: Subject = {
  api: "webhook",
  name: "callback",
  schema: { ref: "CallbackRequest" },
  deviations: Deviations.webhooks,
  direction: "received",
  judge: Judges.webhook
}

/** The places of a list of deviations at which nothing would be wrong without it. */
export const stale = (
  deviations: ReadonlyArray<Contract.Deviation>,
  subjects: ReadonlyArray<Subject>
): Effect.Effect<ReadonlyArray<string>> => {
  const users = new Map<string, { readonly subject: Subject; readonly struct: string }>()
  for (const subject of subjects.filter((subject) => subject.deviations === deviations)) {
    for (const { struct } of Cases.sites(shapesOf(subject), shapeOf(subject))) {
      for (const at of struct.deviations) if (!users.has(at)) users.set(at, { subject, struct: struct.name })
    }
  }
  return Effect.filter(
    deviations.flatMap(({ at }) => at),
    (place) => {
      const user = users.get(place)
      if (user === undefined) return Effect.succeed(true)
      const others = deviations.map((deviation) => ({ ...deviation, at: deviation.at.filter((at) => at !== place) }))
      return Effect.negate(isWrong({ ...user.subject, deviations: others }, user.struct))
    }
  )
}

/** Whether anything is wrong with a struct of a subject, or with what is in it. */
const isWrong = (subject: Subject, name: string): Effect.Effect<boolean> => {
  const shapes = shapesOf(subject)
  const cases = function* () {
    let top: Values.Path | undefined
    for (const site of Cases.sites(shapes, shapeOf(subject))) {
      if (site.struct.name === name) top = site.path
      const isIn = top?.every((part, index) => part === site.path[index]) ?? false
      if (isIn) yield* Cases.casesOf(shapes, site, subject.direction)
    }
  }
  return Judges.anyProblem(cases(), subject.judge)
}
