/**
 * The forms of IDs: a letter and 32 lower-case hexadecimal digits.
 */
import * as Either from "effect/Either"
import * as Refusal from "./Refusal.js"
import type { Answer, Call } from "./Wire.js"

const form = (letters: string): ((id: unknown) => id is string) => {
  const pattern = new RegExp(`^[${letters}][0-9a-f]{32}$`)
  return (id): id is string => typeof id === "string" && pattern.test(id)
}

export const isUser = form("U")
export const isChat = form("UCR")

const forms: Readonly<Record<string, (id: unknown) => boolean>> = {
  userId: isUser,
  groupId: form("C"),
  roomId: form("R"),
  chatId: isChat
}

/** An ID of the path, refused if it is of the wrong form. */
export const parameter = (
  { path }: Call,
  name: "userId" | "groupId" | "roomId" | "chatId"
): Either.Either<string, Answer> => {
  const id = path[name] ?? ""
  return forms[name]?.(id) === true ? Either.right(id) : Either.left(Refusal.parameter(name))
}
