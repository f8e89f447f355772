/**
 * Secrets of a request.
 */
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Limit from "./Limit.js"

/** A secret that is not empty. */
export const Secret: Schema.Schema<Redacted.Redacted> = Schema.RedactedFromSelf(Schema.String)
  .annotations({ identifier: "Redacted" })
  .pipe(Limit.whole((secret) => Redacted.value(secret) !== "" || "must not be empty"))
