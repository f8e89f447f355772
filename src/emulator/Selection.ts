/**
 * Whom a narrowcast selects: a tree of recipients and a tree of demographic conditions, each a predicate.
 */
import * as Either from "effect/Either"
import type { Demographics } from "./Model.js"
import * as Refusal from "./Refusal.js"
import type { Answer } from "./Wire.js"

type Node = Readonly<Record<string, unknown>>
type Select<A> = (value: A) => boolean
type Leaf<A> = (node: Node) => Either.Either<Select<A>, Answer>

const maximumLeaves = 10

/** The users that a recipient object selects, everybody if there is none. */
export const recipient = (
  root: unknown,
  redelivered: (requestId: string) => ReadonlyArray<string> | undefined
): Either.Either<Select<string>, Answer> =>
  tree("'recipient'", root, (node) => {
    if (node["type"] === "audience") {
      return Either.left(Refusal.refuse(400, `Invalid audience group id: ${String(node["audienceGroupId"])}`))
    }
    if (node["type"] !== "redelivery") return Either.left(Refusal.property("'recipient'"))
    const users = redelivered(String(node["requestId"]))
    return users === undefined
      ? Either.left(Refusal.refuse(400, `Invalid request id: ${String(node["requestId"])}`))
      : Either.right((userId) => users.includes(userId))
  })

/** The people that a demographic filter selects, everybody if there is none. What is unknown of somebody is no match. */
export const demographic = (root: unknown): Either.Either<Select<Demographics>, Answer> =>
  tree("'filter.demographic'", root, (node) => {
    const condition = conditions[String(node["type"])]?.(node)
    return condition === undefined ? Either.left(Refusal.property("'filter.demographic'")) : Either.right(condition)
  })

const oneOf =
  (key: "gender" | "appType" | "area") =>
  (node: Node): Select<Demographics> | undefined => {
    const values: unknown = node["oneOf"]
    if (!Array.isArray(values) || values.length === 0) return undefined
    return (person) => values.includes(person[key])
  }

const within =
  (key: "age" | "subscriptionPeriod") =>
  (node: Node): Select<Demographics> | undefined => {
    const minimum = numberIn(node["gte"]) ?? 0
    const end = numberIn(node["lt"]) ?? Infinity
    if ((node["gte"] === undefined && node["lt"] === undefined) || minimum >= end) return undefined
    return (person) => {
      const value = person[key]
      return value !== undefined && value >= minimum && value < end
    }
  }

/** The number at the end of `age_20` or `day_30`. */
const numberIn = (value: unknown): number | undefined => {
  const digits = /^(?:age|day)_(\d+)$/.exec(String(value))?.[1]
  return digits === undefined ? undefined : Number(digits)
}

const conditions: Readonly<Record<string, (node: Node) => Select<Demographics> | undefined>> = {
  gender: oneOf("gender"),
  appType: oneOf("appType"),
  area: oneOf("area"),
  age: within("age"),
  subscriptionPeriod: within("subscriptionPeriod")
}

const tree = <A>(name: string, root: unknown, leaf: Leaf<A>): Either.Either<Select<A>, Answer> => {
  let leaves = 0
  const wrong = Either.left(Refusal.property(name))
  const walk = (node: unknown): Either.Either<Select<A>, Answer> => {
    if (!isNode(node)) return wrong
    if (node["type"] !== "operator") return ++leaves > maximumLeaves ? wrong : leaf(node)
    const [operator, ...others] = ["and", "or", "not"].filter((key) => node[key] !== undefined)
    if (operator === undefined || others.length > 0) return wrong
    const operands: unknown = node[operator]
    if (operator === "not") return Either.map(walk(operands), (select) => (value) => !select(value))
    if (!Array.isArray(operands) || operands.length === 0) return wrong
    return Either.map(
      Either.all(operands.map(walk)),
      (selects) => (value) =>
        operator === "and" ? selects.every((select) => select(value)) : selects.some((select) => select(value))
    )
  }
  return root === undefined ? Either.right(() => true) : walk(root)
}

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && !Array.isArray(value)
