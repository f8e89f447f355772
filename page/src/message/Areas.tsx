/**
 * Areas of a picture that can be tapped, in the coordinates of its size.
 */
import type { VNode } from "preact"
import type * as Imagemap from "../../../src/Imagemap.js"
import type { Style } from "./FlexStyle.js"
import { ActionButton, actionName } from "./Tap.js"
import { number, object, positive } from "./Untrusted.js"

/** A size that can be drawn, of what says that it has one. */
export const sizeOf = (value: unknown, fallback: Imagemap.BaseSize): Imagemap.BaseSize => {
  const { height, width } = object<Imagemap.BaseSize>(value)
  return { width: positive(width) ?? fallback.width, height: positive(height) ?? fallback.height }
}

/** Where an area is on a picture of some size; undefined where it says nothing that can be drawn. */
export const areaStyle = (value: unknown, size: Imagemap.BaseSize): Style | undefined => {
  const area = object<Imagemap.Area>(value)
  const [x, y, width, height] = [number(area.x), number(area.y), positive(area.width), positive(area.height)]
  if (x === undefined || y === undefined || width === undefined || height === undefined) return undefined
  const share = (part: number, whole: number) => `${(100 * part) / whole}%`
  return {
    left: share(x, size.width),
    top: share(y, size.height),
    width: share(width, size.width),
    height: share(height, size.height)
  }
}

/** An area that can be tapped. What it is called is seen when it is pointed at, or always if it is `drawn`. */
export const Area = (props: {
  readonly area: unknown
  readonly size: Imagemap.BaseSize
  readonly action: unknown
  readonly drawn?: boolean
}): VNode | null => {
  const style = areaStyle(props.area, props.size)
  if (style === undefined) return null
  return (
    <ActionButton
      class={`line-area ${props.drawn === true ? "line-area-drawn" : ""}`}
      style={style}
      action={props.action}
    >
      <span class="line-area-name">{actionName(props.action)}</span>
    </ActionButton>
  )
}
