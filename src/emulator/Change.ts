/**
 * What the emulator tells those who watch it.
 */
import type { ChatMessage, RequestRecord } from "./Model.js"
import type { Delivery } from "./Webhook.js"

/**
 * Something has changed: a message came into a chat or is not as it was, a request arrived or ended, a webhook ended, or
 * anything else about the world, which `"World"` does not tell.
 *
 * @since 0.1.0
 * @category models
 */
export type Change =
  | { readonly _tag: "Message"; readonly chatId: string; readonly message: ChatMessage }
  | { readonly _tag: "Request"; readonly request: RequestRecord }
  | { readonly _tag: "Delivery"; readonly delivery: Delivery }
  | { readonly _tag: "World" }
