/**
 * Rich menus.
 */
import { useId } from "preact/hooks"
import type { VNode } from "preact"
import type * as RichMenu from "../../../src/RichMenu.js"
import { Area, sizeOf } from "./Areas.js"
import { Icon } from "./Icon.js"
import { Picture } from "./Picture.js"
import { type OnAction, TapArea } from "./Tap.js"
import { list, object, ownUrl, text } from "./Untrusted.js"
import "./message.css"

/** What {@link RichMenuView} takes. */
export interface RichMenuViewProps {
  /** The rich menu as it was made. `selected` says whether it is open at first: that is for the caller to heed. */
  readonly menu: unknown
  /** Where its image is; without one the areas are drawn. It may be relative, a blob or data. */
  readonly imageUrl?: string | undefined
  readonly open: boolean
  /** The bar was tapped, which opens and closes the menu. */
  readonly onToggle: (open: boolean) => void
  /**
   * An area was tapped. What a postback action wants of the menu and of the input field is in `input`; the menu does not
   * close by itself.
   */
  readonly onAction: OnAction
}

/**
 * A rich menu over the bar that opens and closes it, as it stands at the bottom of a chat.
 *
 * @example
 * <RichMenuView menu={menu} imageUrl={url} open={open} onToggle={setOpen} onAction={act} />
 */
export const RichMenuView = (props: RichMenuViewProps): VNode => {
  const { imageUrl, onAction, onToggle, open } = props
  const { areas, chatBarText, name, size: given } = object<RichMenu.RichMenu>(props.menu)
  const size = sizeOf(given, { width: 2500, height: 1686 })
  const panel = useId()
  return (
    <div class="line-rich-menu">
      <div id={panel} hidden={!open}>
        {open ? (
          <TapArea source="richMenu" onAction={onAction}>
            <div
              class="line-rich-menu-image"
              role="group"
              aria-label={text(chatBarText) ?? "Rich menu"}
              style={{ aspectRatio: `${size.width} / ${size.height}` }}
            >
              {imageUrl === undefined ? null : (
                <Picture src={ownUrl(imageUrl)} given={imageUrl} alt={text(name) ?? "Rich menu"} fit="cover" />
              )}
              {list(areas).map((area, index) => {
                const { action, bounds } = object<RichMenu.Area>(area)
                return <Area key={index} area={bounds} size={size} action={action} drawn={imageUrl === undefined} />
              })}
            </div>
          </TapArea>
        ) : null}
      </div>
      <button
        type="button"
        class="line-chat-bar"
        aria-expanded={open}
        aria-controls={panel}
        onClick={() => onToggle(!open)}
      >
        {text(chatBarText) ?? "Menu"}
        <Icon name={open ? "down" : "up"} />
      </button>
    </div>
  )
}
