/**
 * Whom a narrowcast selects.
 */
import type * as Recipient from "../Recipient.js"
import type { Demographics } from "./Model.js"
import * as Refusal from "./Refusal.js"
import type { Answer } from "./Wire.js"

/** The users of an earlier narrowcast, if it can be redelivered. */
export type Redelivered = (requestId: string) => ReadonlyArray<string> | undefined

/** Why a recipient object cannot be used, though it is well-formed. There are no audiences yet. */
export const refusal = (recipient: Recipient.Recipient, redelivered: Redelivered): Answer | undefined => {
  switch (recipient.type) {
    case "audience":
      return Refusal.refuse(400, `Invalid audience group id: ${recipient.audienceGroupId}`)
    case "redelivery":
      return redelivered(recipient.requestId) === undefined
        ? Refusal.refuse(400, `Invalid request id: ${recipient.requestId}`)
        : undefined
    case "operator":
      return operands(recipient)
        .map((operand) => refusal(operand, redelivered))
        .find((answer) => answer !== undefined)
  }
}

/** Whether a recipient object selects a user. */
export const selects = (recipient: Recipient.Recipient, redelivered: Redelivered, userId: string): boolean => {
  switch (recipient.type) {
    case "audience":
      return false
    case "redelivery":
      return redelivered(recipient.requestId)?.includes(userId) === true
    case "operator":
      return holds(recipient, (operand) => selects(operand, redelivered, userId))
  }
}

/** Whether a demographic filter lets somebody through. What is not known of them is no match. */
export const includes = (filter: Recipient.DemographicFilter, person: Demographics): boolean => {
  switch (filter.type) {
    case "gender":
    case "appType":
    case "area": {
      const value: string | undefined = person[filter.type]
      return value !== undefined && filter.oneOf.some((item) => item === value)
    }
    case "age":
    case "subscriptionPeriod": {
      const value = person[filter.type]
      return value !== undefined && value >= bound(filter.gte, 0) && value < bound(filter.lt, Infinity)
    }
    case "operator":
      return holds(filter, (operand) => includes(operand, person))
  }
}

/** The number of `age_20` or `day_30`. */
const bound = (name: string | undefined, otherwise: number): number =>
  name === undefined ? otherwise : Number(name.slice(name.indexOf("_") + 1))

const holds = <A>({ and, not, or }: Recipient.Operator<A>, test: (operand: A) => boolean): boolean =>
  not === undefined ? (and?.every(test) ?? or?.some(test) ?? true) : !test(not)

const operands = <A>({ and = [], not, or = [] }: Recipient.Operator<A>): ReadonlyArray<A> => [
  ...and,
  ...or,
  ...(not === undefined ? [] : [not])
]
