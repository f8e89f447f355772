/**
 * What became of a webhook, in words.
 */
import type { VNode } from "preact"
import type { Delivery } from "./Client.js"
import { Glyph } from "./Glyph.js"
import { useSession } from "./Session.js"

/** What the person who writes the bot can do about a failure. */
export const adviceOn = ({ outcome }: Delivery): string | undefined => {
  if (outcome._tag !== "Failed") return undefined
  const { status } = outcome
  switch (outcome.reason) {
    case "could_not_connect":
      return "Is the bot running, and is this its address? See the set-up."
    case "request_timeout":
      return "Answer 200 first, and work on the events after that."
    case "error_status_code":
      if (status === 400 || status === 401 || status === 403)
        return "Does the bot verify the signature with the secret of this channel, over the body as it came in?"
      if (status === 404 || status === 405) return "Is the path of the webhook URL the one that the bot serves?"
      return "The bot's own log says more."
    case "unclassified":
      return "The bot's own log says more."
  }
}

/** Tells that the bot has not taken what the user has done, and leads to where that is seen or mended. */
export const Missed = (props: {
  readonly delivery: Delivery
  /** Whether there is a webhook at all. */
  readonly isSet: boolean
  readonly onShow: (where: "traffic" | "setUp") => void
}): VNode => {
  const session = useSession()
  const { delivery, isSet, onShow } = props
  const { detail, outcome } = delivery
  return (
    <div class={outcome._tag === "Failed" ? "strip strip-failure" : "strip"} role="status">
      <Glyph name="warning" />
      <p>
        {outcome._tag === "Failed" ? (
          <>
            The webhook failed: <code>{outcome.reason}</code>
          </>
        ) : (
          "The bot was not told"
        )}
        {detail === undefined ? null : <span class="strip-detail">{detail}</span>}
      </p>
      <button type="button" class="button" onClick={() => onShow(isSet ? "traffic" : "setUp")}>
        {isSet ? "Traffic" : "Set-up"}
      </button>
      <button type="button" class="icon-button" aria-label="Hide" onClick={session.forgetMissed}>
        <Glyph name="close" />
      </button>
    </div>
  )
}
