/**
 * The loading animation.
 */
import type { VNode } from "preact"
import "./message.css"

/** Three dots that say that the bot is at work on an answer: it stands below the last message. */
export const LoadingDots = (): VNode => (
  <div class="line-loading" role="status" aria-label="The bot is at work">
    <span />
    <span />
    <span />
  </div>
)
