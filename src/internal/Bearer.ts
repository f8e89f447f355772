/**
 * The form of a channel access token: it travels in a header.
 */
import type * as LineError from "../LineError.js"

/** What is wrong with a token. A transport would refuse it too, with a defect, or with a text that shows it. */
export const issues = (token: string): ReadonlyArray<LineError.Issue> => {
  if (token === "") return [{ path: "channelAccessToken", message: "is empty" }]
  return /^[\x21-\x7e]+$/.test(token)
    ? []
    : [{ path: "channelAccessToken", message: "must be printable ASCII: a line break was perhaps copied with it" }]
}
