/**
 * Whom a narrowcast selects.
 */
import type * as Recipient from "../Recipient.js"
import type { Members } from "./Audience.js"
import type { Demographics } from "./Model.js"
import * as Refusal from "./Refusal.js"
import type { Answer } from "./Wire.js"

/** What recipient objects name, if a narrowcast can be sent to it. */
export interface Sources {
  /** The members of an audience. */
  readonly audience: (audienceGroupId: number) => Members | undefined
  /** The users of an earlier narrowcast. */
  readonly redelivered: (requestId: string) => ReadonlyArray<string> | undefined
}

/** Why a recipient object cannot be used, though it is well-formed. */
export const refusal = (recipient: Recipient.Recipient, sources: Sources): Answer | undefined => {
  switch (recipient.type) {
    case "audience":
      return sources.audience(recipient.audienceGroupId) === undefined
        ? Refusal.refuse(400, `Invalid audience group id: ${recipient.audienceGroupId}`)
        : undefined
    case "redelivery":
      return sources.redelivered(recipient.requestId) === undefined
        ? Refusal.refuse(400, `Invalid request id: ${recipient.requestId}`)
        : undefined
    case "operator":
      return operands(recipient)
        .map((operand) => refusal(operand, sources))
        .find((answer) => answer !== undefined)
  }
}

/** Whether a recipient object selects a user. */
export const selects = (recipient: Recipient.Recipient, sources: Sources, userId: string): boolean => {
  switch (recipient.type) {
    case "audience":
      return sources.audience(recipient.audienceGroupId)?.has(userId) === true
    case "redelivery":
      return sources.redelivered(recipient.requestId)?.includes(userId) === true
    case "operator":
      return holds(recipient, (operand) => selects(operand, sources, userId))
  }
}

/** Whether a recipient object may select few: it names nothing but audiences of uploaded IDs. */
export const mayBeFew = (recipient: Recipient.Recipient, sources: Sources): boolean => {
  switch (recipient.type) {
    case "audience":
      return sources.audience(recipient.audienceGroupId)?.mayBeFew === true
    case "redelivery":
      return false
    case "operator":
      return operands(recipient).every((operand) => mayBeFew(operand, sources))
  }
}

/** Whether a demographic filter lets somebody through. In Thailand none does for people under 20. */
export const passes = (filter: Recipient.DemographicFilter, person: Demographics): boolean =>
  !(person.area?.startsWith("th_") === true && (person.age ?? 20) < 20) && includes(filter, person)

/** Whether a filter fits somebody. What is not known of them is no match. */
const includes = (filter: Recipient.DemographicFilter, person: Demographics): boolean => {
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
