/**
 * Quick replies.
 */
import type { VNode } from "preact"
import type * as Message from "../../../src/Message.js"
import { Icon } from "./Icon.js"
import { Picture } from "./Picture.js"
import { ActionButton, actionName, type OnAction, TapArea } from "./Tap.js"
import { list, lookup, object, webUrl } from "./Untrusted.js"
import "./message.css"

/** The actions for which LINE has icons of its own. */
const icons = { camera: "camera", cameraRoll: "picture", location: "pin" } as const

/**
 * The quick reply buttons of a message, to stand over the input field. LINE shows those of the last message of a chat
 * only, until the user answers: it is for the caller to leave them out elsewhere.
 *
 * @example
 * <QuickReplies quickReply={last.message.quickReply} onAction={act} />
 */
export const QuickReplies = (props: {
  /** The `quickReply` of a message, nothing is shown without items. */
  readonly quickReply: unknown
  readonly onAction: OnAction
}): VNode | null => {
  const items = list(object<Message.QuickReply>(props.quickReply).items)
  if (items.length === 0) return null
  return (
    <TapArea source="quickReply" onAction={props.onAction}>
      <ul class="line-quick-replies" aria-label="Quick replies">
        {items.map((item, index) => (
          <li key={index}>
            <Item item={item} />
          </li>
        ))}
      </ul>
    </TapArea>
  )
}

const Item = (props: { readonly item: unknown }): VNode => {
  const { action, imageUrl } = object<Message.QuickReplyItem>(props.item)
  const icon = lookup(icons, object<Message.QuickReplyItem["action"]>(action).type)
  return (
    <ActionButton class="line-quick-reply" action={action}>
      {imageUrl === undefined ? (
        icon === undefined ? null : (
          <Icon name={icon} />
        )
      ) : (
        <Picture class="line-quick-reply-icon" src={webUrl(imageUrl)} given={imageUrl} alt="" fit="cover" />
      )}
      <span>{actionName(action)}</span>
    </ActionButton>
  )
}
