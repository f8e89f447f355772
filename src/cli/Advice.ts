/**
 * What to do when the bot does not take a webhook, in the words of LINE's own error reasons.
 */
import type { Outcome } from "../emulator/Webhook.js"

/** Why a webhook failed, by LINE. */
export type Reason = Extract<Outcome, { readonly _tag: "Failed" }>["reason"]

/** What is known of a failure. */
export interface Circumstances {
  /** Where the webhook went. */
  readonly url: string
  readonly status?: number | undefined
  /** More about it, such as `connect ECONNREFUSED 127.0.0.1:3000`. */
  readonly detail?: string | undefined
}

/** Why a webhook failed, and what to do. */
export const explain = (reason: Reason, circumstances: Circumstances): string =>
  `${reason}: ${sentences[reason](circumstances)}`

const sentences: Readonly<Record<Reason, (circumstances: Circumstances) => string>> = {
  could_not_connect: ({ detail = "no connection", url }) => {
    if (detail.includes("ECONNREFUSED")) return `nothing listens at ${url} - is the bot running?`
    if (detail.includes("ENOTFOUND")) return `there is no host of the name in ${url} - is the URL right?`
    if (detail.includes("EAI_AGAIN")) return `the name in ${url} could not be looked up - is there a network?`
    return `the connection to ${url} failed (${detail}) - what does the bot say?`
  },
  request_timeout: ({ url }) =>
    `the bot at ${url} did not answer within 2 seconds - answer 200 at once, and do the work afterwards`,
  error_status_code: ({ status = 0, url }) => `the bot answered ${status}, LINE expects 200 - ${adviceOn(status, url)}`,
  unclassified: ({ detail = "no reason given" }) => `${detail} - what does the bot say?`
}

const adviceOn = (status: number, url: string): string => {
  if (status >= 500) return "what does the bot say?"
  if (status >= 300 && status < 400) return "LINE follows no redirects, set the URL that it leads to"
  if (status === 401 || status === 403) return "does it verify with this channel's secret, over the bytes as they came?"
  if (status === 404) return `is the path of ${url} the one that the bot serves?`
  if (status === 405) return "does the bot take POST at this path?"
  return "what does the bot say?"
}
