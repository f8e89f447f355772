/**
 * How the components of a Flex Message are laid out: LINE's keywords in pixels, and the CSS of each component. LINE
 * documents its layout as that of CSS flexbox, and not its pixels: these are what its app and its simulator show.
 *
 * @see https://developers.line.biz/en/docs/messaging-api/flex-message-layout/
 */
import type * as Flex from "../../../src/Flex.js"
import {
  angle,
  aspectRatio,
  color,
  list,
  lookup,
  number,
  object,
  oneOf,
  percentage,
  pixels,
  positive,
  type Untrusted
} from "./Untrusted.js"

/** CSS, as Preact takes it. What is undefined is left out. */
export type Style = Readonly<Record<string, string | number | undefined>>

/** The layout of the box that a component is in. */
export type Layout = Flex.Box["layout"]

/** How wide a bubble is. It is never wider than the chat. */
export const bubbleWidths: Readonly<Record<NonNullable<Flex.Bubble["size"]>, string>> = {
  nano: "120px",
  micro: "160px",
  deca: "220px",
  hecto: "241px",
  kilo: "260px",
  mega: "300px",
  giga: "500px"
}

const bubbleRadii: typeof bubbleWidths = {
  nano: "10px",
  micro: "10px",
  deca: "10px",
  hecto: "10px",
  kilo: "10px",
  mega: "17px",
  giga: "5px"
}

/** Above, at the sides, and below. */
export type Padding = readonly [top: string, sides: string, bottom: string]

interface BlockPaddings {
  readonly header: Padding
  readonly body: Padding
  /** Of a body that has a footer below it. */
  readonly bodyOverFooter: Padding
  readonly footer: Padding
}

const even = (length: string): Padding => [length, length, length]

const small: BlockPaddings = {
  header: even("10px"),
  body: even("10px"),
  bodyOverFooter: even("10px"),
  footer: even("10px")
}
const medium: BlockPaddings = {
  header: ["11px", "14px", "13px"],
  body: ["11px", "14px", "13px"],
  bodyOverFooter: ["11px", "14px", "17px"],
  footer: even("10px")
}
const large: BlockPaddings = {
  header: even("20px"),
  body: ["19px", "20px", "20px"],
  bodyOverFooter: ["19px", "20px", "10px"],
  footer: even("10px")
}

const blockPaddings: Readonly<Record<keyof typeof bubbleWidths, BlockPaddings>> = {
  nano: small,
  micro: small,
  deca: medium,
  hecto: medium,
  kilo: { header: even("13px"), body: even("13px"), bodyOverFooter: ["13px", "13px", "17px"], footer: even("10px") },
  mega: large,
  giga: large
}

/** Of margins, spacing, paddings, offsets and the radius of corners. */
const spaces = { none: "0px", xs: "2px", sm: "4px", md: "8px", lg: "12px", xl: "16px", xxl: "20px" }

/** Of texts, spans and icons. */
const fontSizes = {
  xxs: "11px",
  xs: "13px",
  sm: "14px",
  md: "16px",
  lg: "19px",
  xl: "22px",
  xxl: "29px",
  "3xl": "35px",
  "4xl": "48px",
  "5xl": "74px"
}

const imageSizes = {
  xxs: "40px",
  xs: "60px",
  sm: "80px",
  md: "100px",
  lg: "120px",
  xl: "140px",
  xxl: "160px",
  "3xl": "180px",
  "4xl": "200px",
  "5xl": "220px",
  full: "100%"
}

const borderWidths = { none: "0px", light: "0.5px", normal: "1px", medium: "2px", "semi-bold": "3px", bold: "4px" }

const buttonHeights = { sm: "40px", md: "52px" }

/** The colours of a button: what `color` sets is its text where it is a link, and otherwise its background. */
const buttonColors = {
  link: { text: "#42659a", background: "transparent" },
  primary: { text: "#ffffff", background: "#17c950" },
  secondary: { text: "#111111", background: "#dcdfe5" }
}

const separatorColor = "#d4d6da"

const notNegative = (length: string | undefined): string | undefined => (length?.startsWith("-") ? undefined : length)

const space = (value: unknown): string | undefined => lookup(spaces, value) ?? notNegative(pixels(value))
const padding = (value: unknown): string | undefined => space(value) ?? notNegative(percentage(value))
const dimension = (value: unknown): string | undefined => notNegative(pixels(value) ?? percentage(value))
const offset = (value: unknown): string | undefined => lookup(spaces, value) ?? pixels(value) ?? percentage(value)

/** Sizes with `scaling` follow the font size that is set in the app: the custom property `--line-font-scale`. */
const scaled = (size: string, scaling: unknown): string =>
  scaling === true ? `calc(${size} * var(--line-font-scale, 1))` : size

const fontSize = (value: unknown): string | undefined => lookup(fontSizes, value) ?? notNegative(pixels(value))

const isHorizontal = (layout: Layout): boolean => layout !== "vertical"

type AnyComponent = Untrusted<Flex.Component | Flex.Video>

/** Whether a component stands in the flow of its box, and not where its offsets put it. */
export const isInFlow = (component: unknown): boolean => object<Flex.Placement>(component).position !== "absolute"

/** How much of the free space a component takes. */
const growth = (component: AnyComponent, layout: Layout): number => {
  if (component.type === "icon" || component.type === "separator") return 0
  if (component.type === "box") {
    // LINE: a width takes the component out of the sharing of the width, and a height out of that of the height.
    const fixed = isHorizontal(layout) ? component.width : component.height
    if (dimension(fixed) !== undefined) return 0
  }
  const flex = number(component.flex)
  if (flex !== undefined && flex >= 0) return flex
  return isHorizontal(layout) || component.type === "filler" ? 1 : 0
}

const flexOf = (component: AnyComponent, { isBlock, layout }: Position): string => {
  if (isBlock === true) return "1 0 auto"
  const grow = growth(component, layout)
  if (grow === 0) return "0 0 auto"
  return isHorizontal(layout) || component.type === "filler" ? `${grow} 0 0px` : `${grow} 0 auto`
}

const placement = (component: AnyComponent): Style => ({
  position: component.position === "absolute" ? "absolute" : "relative",
  top: offset(component.offsetTop),
  bottom: offset(component.offsetBottom),
  insetInlineStart: offset(component.offsetStart),
  insetInlineEnd: offset(component.offsetEnd)
})

/** Where a component stands in its box. */
export interface Position {
  readonly layout: Layout
  /** The `spacing` of the box. */
  readonly spacing?: unknown
  /** Whether it is the first that stands in the flow. */
  readonly isFirst: boolean
  /** Whether it is a block of its bubble: it fills that. */
  readonly isBlock?: boolean
}

const margins = (component: AnyComponent, { isFirst, layout, spacing }: Position): Style => {
  if (component.type === "filler" || !isInFlow(component)) return {}
  const margin = space(component.margin) ?? (isFirst ? undefined : space(spacing))
  return isHorizontal(layout) ? { marginInlineStart: margin } : { marginTop: margin }
}

const gravities = { top: "flex-start", center: "center", bottom: "flex-end" }

/** What a component is in its box: its place, its margin, its share of the space. */
export const itemStyle = (value: unknown, position: Position): Style => {
  const component: AnyComponent = object(value)
  return {
    ...placement(component),
    ...margins(component, position),
    flex: flexOf(component, position),
    justifyContent: position.layout === "baseline" ? undefined : lookup(gravities, component.gravity)
  }
}

const paddings = (box: Untrusted<Flex.Box>, [top, sides, bottom]: Padding): Style => {
  const all = padding(box.paddingAll)
  return {
    paddingTop: padding(box.paddingTop) ?? all ?? top,
    paddingBottom: padding(box.paddingBottom) ?? all ?? bottom,
    paddingInlineStart: padding(box.paddingStart) ?? all ?? sides,
    paddingInlineEnd: padding(box.paddingEnd) ?? all ?? sides
  }
}

const gradient = (value: unknown): string | undefined => {
  const { centerColor, centerPosition, endColor, startColor, type, ...rest } = object<Flex.LinearGradient>(value)
  const [direction, start, center, end] = [angle(rest.angle), color(startColor), color(centerColor), color(endColor)]
  if (type !== "linearGradient" || direction === undefined || start === undefined || end === undefined) return undefined
  const middle = center === undefined ? "" : `, ${center} ${notNegative(percentage(centerPosition)) ?? "50%"}`
  return `linear-gradient(${direction}, ${start} 0%${middle}, ${end} 100%)`
}

const justifications = ["center", "flex-start", "flex-end", "space-between", "space-around", "space-evenly"]
const alignments = ["center", "flex-start", "flex-end"]

/** The layout of a box; a box without a known one is taken to be vertical. */
export const layoutOf = (box: Untrusted<Flex.Box>): Layout =>
  oneOf(["horizontal", "vertical", "baseline"], box.layout) ?? "vertical"

/** What a box is to its contents, and how it looks. A block has a padding where it says nothing of it. */
export const boxStyle = (value: unknown, parent: Layout, blockPadding: Padding = even("0px")): Style => {
  const box = object<Flex.Box>(value)
  const layout = layoutOf(box)
  const borderWidth = lookup(borderWidths, box.borderWidth) ?? notNegative(pixels(box.borderWidth))
  const radius = space(box.cornerRadius)
  return {
    flexDirection: isHorizontal(layout) ? "row" : "column",
    // A horizontal box is as wide as a vertical one that it is in, even where that aligns its items.
    width:
      dimension(box.width) ?? (isHorizontal(layout) && parent === "vertical" && isInFlow(box) ? "100%" : undefined),
    height: dimension(box.height),
    maxWidth: dimension(box.maxWidth),
    maxHeight: dimension(box.maxHeight),
    justifyContent: oneOf(justifications, box.justifyContent),
    alignItems: layout === "baseline" ? "baseline" : oneOf(alignments, box.alignItems),
    backgroundColor: color(box.backgroundColor),
    backgroundImage: gradient(box.background),
    borderWidth,
    borderColor: borderWidth === undefined ? undefined : (color(box.borderColor) ?? "transparent"),
    borderRadius: radius,
    ...paddings(box, blockPadding)
  }
}

const inlineStyle = (value: Untrusted<Flex.TextStyle>, scaling: unknown): Style => {
  const size = fontSize(value.size)
  return {
    fontSize: size === undefined ? undefined : scaled(size, scaling),
    color: color(value.color),
    fontWeight: lookup({ regular: "normal", bold: "bold" }, value.weight),
    fontStyle: oneOf(["normal", "italic"], value.style)
  }
}

const decorationOf = (value: Untrusted<Flex.TextStyle>) =>
  oneOf(["none", "underline", "line-through"], value.decoration)

/** A span; what it does not say itself it has from its text. */
export const spanStyle = (value: unknown, parent: unknown): Style => {
  const span = object<Flex.Span>(value)
  const text = object<Flex.Text>(parent)
  return { ...inlineStyle(span, text.scaling), textDecorationLine: decorationOf(span) ?? decorationOf(text) }
}

/** The paragraph of a text. */
export const textStyle = (value: unknown): Style => {
  const text = object<Flex.Text>(value)
  const maxLines = positive(text.maxLines)
  const spacing = notNegative(pixels(text.lineSpacing))
  return {
    ...inlineStyle({ ...text, size: fontSize(text.size) === undefined ? "md" : text.size }, text.scaling),
    // A decoration reaches into all spans, and none of them could take it off.
    textDecorationLine: list(text.contents).length === 0 ? decorationOf(text) : undefined,
    textAlign: oneOf(["start", "end", "center"], text.align),
    whiteSpace: text.wrap === true ? "pre-wrap" : "nowrap",
    lineHeight: spacing === undefined ? undefined : `calc(1.4em + ${spacing})`,
    // LINE puts the space between lines only, not before the first or after the last one.
    marginBlock: spacing === undefined ? undefined : `calc(${spacing} / -2)`,
    ...(text.wrap === true && maxLines !== undefined
      ? { display: "-webkit-box", WebkitBoxOrient: "vertical", WebkitLineClamp: Math.ceil(maxLines) }
      : {})
  }
}

/** An icon. */
export const iconStyle = (value: unknown): Style => {
  const icon = object<Flex.Icon>(value)
  const height = scaled(fontSize(icon.size) ?? fontSizes.md, icon.scaling)
  return { height, width: `calc(${height} * ${aspectRatio(icon.aspectRatio) ?? 1})` }
}

/** An image: the item in its box, and the frame of the picture in that. */
export const imageStyle = (value: unknown, layout: Layout): { readonly item: Style; readonly frame: Style } => {
  const image = object<Flex.Image>(value)
  const size = lookup(imageSizes, image.size) ?? dimension(image.size) ?? imageSizes.md
  const frame = { aspectRatio: aspectRatio(image.aspectRatio) ?? 1, backgroundColor: color(image.backgroundColor) }
  const alignItems = lookup({ start: "flex-start", end: "flex-end", center: "center" }, image.align) ?? "center"
  if (!size.endsWith("%")) return { item: { alignItems }, frame: { ...frame, width: size } }
  // A share of an item that is only as wide as its content would be a share of nothing.
  const isAsWideAsContent = isHorizontal(layout) && growth(image, layout) === 0
  return isAsWideAsContent
    ? { item: { alignItems, width: size }, frame: { ...frame, width: "100%" } }
    : { item: { alignItems, width: isHorizontal(layout) ? undefined : "100%" }, frame: { ...frame, width: size } }
}

/** How a picture fills its frame. */
export const pictureFit = (value: unknown): "cover" | "contain" =>
  object<Flex.Image>(value).aspectMode === "cover" ? "cover" : "contain"

/** The frame of a video. */
export const videoStyle = (value: unknown): Style => ({
  aspectRatio: aspectRatio(object<Flex.Video>(value).aspectRatio) ?? 1
})

/** A button inside its item. */
export const buttonStyle = (value: unknown): Style => {
  const button = object<Flex.Button>(value)
  const kind = oneOf(["link", "primary", "secondary"], button.style) ?? "link"
  const { background, text } = buttonColors[kind]
  const chosen = color(button.color)
  return {
    height: scaled(lookup(buttonHeights, button.height) ?? buttonHeights.md, button.scaling),
    fontSize: scaled(fontSizes.md, button.scaling),
    color: kind === "link" ? (chosen ?? text) : text,
    backgroundColor: kind === "link" ? background : (chosen ?? background)
  }
}

/** A line across its box. */
export const separatorStyle = (value: unknown): Style => ({
  backgroundColor: color(object<Flex.Separator>(value).color) ?? separatorColor
})

/** The size of a bubble, `mega` unless LINE knows what it says. */
export const bubbleSize = (value: unknown): keyof typeof bubbleWidths =>
  oneOf(["nano", "micro", "deca", "hecto", "kilo", "giga"], object<Flex.Bubble>(value).size) ?? "mega"

/** A bubble. */
export const bubbleStyle = (value: unknown): Style => {
  const size = bubbleSize(value)
  return { width: bubbleWidths[size], borderRadius: bubbleRadii[size] }
}

/** A block of a bubble, and the padding of its box. */
export const blockStyle = (
  value: unknown,
  block: keyof Flex.BubbleStyles,
  isFirst: boolean
): { readonly block: Style; readonly padding: Padding | undefined } => {
  const bubble = object<Flex.Bubble>(value)
  const styles = object<Flex.BubbleStyles>(bubble.styles)
  const style = object<Flex.BlockStyle>(styles[block])
  const isSeparated = style.separator === true && !isFirst
  const padding = { ...blockPaddings[bubbleSize(value)], hero: undefined }
  return {
    block: {
      backgroundColor: color(style.backgroundColor),
      borderTop: isSeparated ? `1px solid ${color(style.separatorColor) ?? separatorColor}` : undefined
    },
    padding: block === "body" && bubble.footer !== undefined ? padding.bodyOverFooter : padding[block]
  }
}
