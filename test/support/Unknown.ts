import type * as Unknown from "line-effect/Unknown"

/** What a member becomes that LINE has added to an enumeration. */
export const unknownMember = (member: string): Unknown.Unknown => ({
  type: "unknown",
  originalType: member,
  raw: member
})
