/**
 * Lists in pages. A `next` token goes with its list, and is good for 24 hours.
 */
import * as Either from "effect/Either"
import * as Refusal from "./Refusal.js"
import { ok, type Answer, type Call } from "./Wire.js"

const tokenLife = 24 * 3_600_000

/** How many items a page has. */
export interface Size {
  readonly usual: number
  /** The largest `limit` a call may ask for, where the operation has that parameter. */
  readonly maximum?: number
}

/** The page of a list that a call asks for with `start` and `limit`, under the list's name in the answer. */
export const of = (
  call: Call,
  name: string,
  items: ReadonlyArray<unknown>,
  size: Size
): Either.Either<Answer, Answer> =>
  Either.gen(function* () {
    const limit = yield* limitOf(call, size)
    const start = yield* startOf(call)
    const end = start + limit
    return ok({ [name]: items.slice(start, end), ...(end < items.length ? { next: tokenOf(call, end) } : {}) })
  })

const limitOf = ({ query }: Call, { maximum, usual }: Size): Either.Either<number, Answer> => {
  const text = query.get("limit")
  if (text === null || maximum === undefined) return Either.right(usual)
  const limit = Number(text)
  return /^\d+$/.test(text) && limit >= 1 && limit <= maximum
    ? Either.right(limit)
    : Either.left(Refusal.parameter("limit"))
}

const startOf = ({ now, query, route, world }: Call): Either.Either<number, Answer> => {
  const token = query.get("start")
  if (token === null) return Either.right(0)
  const cursor = world.cursors.get(token)
  return cursor?.operationId === route.operationId && now < cursor.expiresAt
    ? Either.right(cursor.offset)
    : Either.left(Refusal.invalidStart)
}

const tokenOf = ({ now, route, world }: Call, offset: number): string => {
  const token = world.ids.token(32)
  for (const [old, { expiresAt }] of world.cursors) {
    if (now < expiresAt) break
    world.cursors.delete(old)
  }
  world.cursors.set(token, { operationId: route.operationId, offset, expiresAt: now + tokenLife })
  return token
}
