/**
 * One membership plan: what it offers, and who has joined it.
 */
import * as Either from "effect/Either"
import type * as Memberships from "../Memberships.js"
import type { World } from "./World.js"

/** A membership plan. */
export interface Plan extends Omit<Memberships.Membership, "memberCount" | "currency"> {
  readonly currency: "JPY" | "TWD" | "THB"
  /** Its members by their user IDs. */
  readonly members: Map<string, Member>
  /** How many have ever joined it: each has a number. */
  joined: number
}

/** That a user is a member of a plan. */
export interface Member {
  readonly membershipNo: number
  readonly joinedAt: number
  /** For how many months. */
  readonly months: number
}

/** What may be said of a new plan; everything has a default. */
export type Options = Partial<
  Pick<
    Plan,
    "title" | "description" | "benefits" | "price" | "currency" | "memberLimit" | "isInAppPurchase" | "isPublished"
  >
>

const mostPlans = 5
const mostBenefits = 5

/** The plans of a new world: one, so that there is something to join. */
export const first = (): Map<number, Plan> => new Map([[1, make(1, {})]])

const make = (membershipId: number, options: Options): Plan => ({
  membershipId,
  title: options.title ?? "Membership",
  description: options.description ?? "For members",
  benefits: options.benefits ?? ["Messages for members"],
  price: options.price ?? 500,
  currency: options.currency ?? "JPY",
  memberLimit: options.memberLimit ?? null,
  isInAppPurchase: options.isInAppPurchase ?? true,
  isPublished: options.isPublished ?? true,
  members: new Map(),
  joined: 0
})

/** The account offers one more plan. Returns its ID, or why it cannot. */
export const add = ({ memberships }: World, options: Options = {}): Either.Either<number, string> => {
  if (memberships.size >= mostPlans) return Either.left(`An account has at most ${mostPlans} membership plans`)
  const count = options.benefits?.length ?? 1
  if (count < 1 || count > mostBenefits) return Either.left(`A membership plan has 1 to ${mostBenefits} benefits`)
  const membershipId = memberships.size + 1
  memberships.set(membershipId, make(membershipId, options))
  return Either.right(membershipId)
}
