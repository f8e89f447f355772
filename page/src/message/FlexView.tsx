/**
 * Flex Messages.
 */
import { useLayoutEffect, useRef, useState } from "preact/hooks"
import type { RefObject, VNode } from "preact"
import type * as Flex from "../../../src/Flex.js"
import {
  blockStyle,
  boxStyle,
  bubbleStyle,
  buttonStyle,
  iconStyle,
  imageStyle,
  isInFlow,
  itemStyle,
  layoutOf,
  type Layout,
  type Padding,
  pictureFit,
  type Position,
  separatorStyle,
  spanStyle,
  textStyle,
  videoStyle
} from "./FlexStyle.js"
import { Picture } from "./Picture.js"
import { ActionButton, actionName, Tappable } from "./Tap.js"
import { UnknownTile } from "./UnknownTile.js"
import { list, object, text, type Untrusted, webUrl } from "./Untrusted.js"

/** A bubble, or a carousel of bubbles: the `contents` of a Flex Message. */
export const FlexView = (props: { readonly contents: unknown }): VNode => {
  const { contents, type } = object<Flex.Container>(props.contents)
  if (type === "bubble") return <Bubble bubble={props.contents} />
  if (type !== "carousel") return <UnknownTile kind="Flex container" value={props.contents} />
  return (
    <ul class="line-carousel" tabIndex={0} aria-label="Bubbles">
      {list(contents).map((bubble, index) => (
        <li key={index}>
          <Bubble bubble={bubble} />
        </li>
      ))}
    </ul>
  )
}

const blocks = ["header", "hero", "body", "footer"] as const

const Bubble = (props: { readonly bubble: unknown }): VNode => {
  const bubble = object<Flex.Bubble>(props.bubble)
  if (bubble.type !== "bubble") return <UnknownTile kind="Flex container" value={props.bubble} />
  const given = blocks.filter((block) => bubble[block] !== undefined)
  return (
    <Tappable
      class="line-flex-bubble"
      style={bubbleStyle(bubble)}
      dir={bubble.direction === "rtl" ? "rtl" : "ltr"}
      action={bubble.action}
      name={() => wordsOf(props.bubble)}
    >
      {given.map((block, index) => {
        const { block: style, padding } = blockStyle(bubble, block, index === 0)
        return (
          <div key={block} class={`line-flex-block line-flex-${block}`} style={style}>
            <Component
              component={bubble[block]}
              position={inBlock}
              padding={padding}
              depth={0}
              isHero={block === "hero"}
            />
          </div>
        )
      })}
    </Tappable>
  )
}

const inBlock: Position = { layout: "vertical", isFirst: true, isBlock: true }

/** Deeper than any design, and not too deep for a browser. */
const maximumDepth = 60

interface ComponentProps {
  readonly component: unknown
  readonly position: Position
  readonly depth: number
  /** Of a box that is a block, where it says nothing of it. */
  readonly padding?: Padding | undefined
  /** Only there LINE plays videos. */
  readonly isHero?: boolean
}

const Component = (props: ComponentProps): VNode => {
  const { type } = object<Flex.Component>(props.component)
  switch (props.depth > maximumDepth ? undefined : type) {
    case "box":
      return <Box {...props} />
    case "text":
      return <Text {...props} />
    case "image":
      return <Image {...props} />
    case "icon":
      return <FlexIcon {...props} />
    case "button":
      return <Button {...props} />
    case "separator":
      return <Separator {...props} />
    case "filler":
      return <div class="line-flex-item" style={itemStyle(props.component, props.position)} />
    case "video":
      if (props.isHero === true) return <Video {...props} />
  }
  return (
    <div class="line-flex-item" style={itemStyle(props.component, props.position)}>
      <UnknownTile kind="Flex component" value={props.component} />
    </div>
  )
}

const Box = ({ component, depth, padding, position }: ComponentProps): VNode => {
  const box = object<Flex.Box>(component)
  const layout = layoutOf(box)
  const style = { ...itemStyle(component, position), ...boxStyle(component, position.layout, padding) }
  return (
    <Tappable class="line-flex-item line-flex-box" style={style} action={box.action} name={() => wordsOf(component)}>
      <Contents contents={list(box.contents)} layout={layout} spacing={box.spacing} depth={depth + 1} />
    </Tappable>
  )
}

const Contents = (props: {
  readonly contents: ReadonlyArray<unknown>
  readonly layout: Layout
  readonly spacing: unknown
  readonly depth: number
}): VNode => {
  const { contents, depth, layout, spacing } = props
  const first = contents.findIndex(isInFlow)
  return (
    <>
      {contents.map((child, index) => (
        <Component
          key={index}
          component={child}
          position={{ layout, spacing, isFirst: index === first }}
          depth={depth}
        />
      ))}
    </>
  )
}

const Text = ({ component, position }: ComponentProps): VNode => {
  const { action, adjustMode, contents, text: plain, wrap } = object<Flex.Text>(component)
  const spans = list(contents)
  const paragraph = useShrinkToFit<HTMLParagraphElement>(adjustMode, component)
  return (
    <Tappable
      class="line-flex-item line-flex-text"
      style={itemStyle(component, position)}
      action={action}
      name={() => wordsOf(component)}
    >
      <p ref={paragraph} class={wrap === true ? "line-flex-wrap" : undefined} style={textStyle(component)}>
        {spans.length === 0
          ? text(plain)
          : spans.map((span, index) => (
              <span key={index} style={spanStyle(span, component)}>
                {text(object<Flex.Span>(span).text)}
              </span>
            ))}
      </p>
    </Tappable>
  )
}

const Image = ({ component, position }: ComponentProps): VNode => {
  const { action, url } = object<Flex.Image>(component)
  const { frame, item } = imageStyle(component, position.layout)
  return (
    <Tappable
      class="line-flex-item line-flex-image"
      style={{ ...itemStyle(component, position), ...item }}
      action={action}
    >
      <div class="line-flex-frame" style={frame}>
        <Picture src={webUrl(url)} given={url} alt="" fit={pictureFit(component)} />
      </div>
    </Tappable>
  )
}

const FlexIcon = ({ component, position }: ComponentProps): VNode => {
  const { url } = object<Flex.Icon>(component)
  return (
    <div class="line-flex-item line-flex-icon" style={{ ...itemStyle(component, position), ...iconStyle(component) }}>
      <Picture src={webUrl(url)} given={url} alt="" fit="contain" />
    </div>
  )
}

const Button = ({ component, position }: ComponentProps): VNode => {
  const { action, adjustMode } = object<Flex.Button>(component)
  const label = useShrinkToFit<HTMLSpanElement>(adjustMode, component)
  return (
    <div class="line-flex-item" style={itemStyle(component, position)}>
      <ActionButton class="line-flex-button" style={buttonStyle(component)} action={action}>
        <span ref={label}>{actionName(action)}</span>
      </ActionButton>
    </div>
  )
}

const Separator = ({ component, position }: ComponentProps): VNode => (
  <div
    class="line-flex-item line-flex-separator"
    style={{ ...itemStyle(component, position), ...separatorStyle(component) }}
  />
)

const Video = ({ component, depth, position }: ComponentProps): VNode => {
  const { action, altContent, previewUrl, url } = object<Flex.Video>(component)
  const [failed, setFailed] = useState<unknown>()
  const src = webUrl(url)
  if (src === undefined || src === failed) {
    return <Component component={altContent} position={position} depth={depth + 1} />
  }
  return (
    <div class="line-flex-item line-flex-video">
      <video
        style={videoStyle(component)}
        src={src}
        poster={webUrl(previewUrl)}
        controls
        preload="metadata"
        onError={() => setFailed(src)}
      />
      {action === undefined ? null : (
        <ActionButton class="line-flex-video-link" action={action}>
          {actionName(action)}
        </ActionButton>
      )}
    </div>
  )
}

/** In pixels: smaller nobody could read it. */
const smallestFont = 6

/** Makes the font of an element as much smaller as it takes to show all of its text, where the text asks for it. */
const useShrinkToFit = <E extends HTMLElement>(adjustMode: unknown, component: unknown): RefObject<E | null> => {
  const ref = useRef<E>(null)
  const shrinks = adjustMode === "shrink-to-fit"
  useLayoutEffect(() => {
    const element = ref.current
    const room = element?.parentElement
    if (!shrinks || element === null || !room) return undefined
    const given = element.style.fontSize
    const fit = () => {
      element.style.fontSize = given
      let size = Number.parseFloat(getComputedStyle(element).fontSize)
      // Widths are rounded, and fonts do not shrink evenly: a step is a little larger than it seems to need to be.
      while (element.scrollWidth > element.clientWidth && size > smallestFont) {
        size *= (0.99 * element.clientWidth) / element.scrollWidth
        element.style.fontSize = `${size}px`
      }
    }
    const observer = new ResizeObserver(fit)
    observer.observe(room)
    return () => observer.disconnect()
  }, [shrinks, component])
  return ref
}

/** The words in a component, for those who hear it as one button. */
const wordsOf = (value: unknown, depth = 0): string | undefined => {
  if (typeof value === "string") return value
  if (typeof value !== "object" || value === null || depth > maximumDepth) return undefined
  const part: Untrusted<Flex.Bubble | Flex.Box | Flex.Text> = object(value)
  const parts = [part.text, ...list(part.contents), ...blocks.map((block) => part[block])]
  return text(parts.flatMap((child) => wordsOf(child, depth + 1) ?? []).join(" "))
}
