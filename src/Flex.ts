/**
 * Flex Messages: bubbles and carousels of bubbles, laid out freely from boxes of components.
 *
 * Keywords and sizes are literal types, so that a misspelt keyword does not compile; a theme of one's own keeps them
 * with `as const`. The rest (colours, aspect ratios, the range of a number, which component may stand where, how large
 * the whole may be) is checked before sending.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as String from "effect/String"
import * as Action from "./Action.js"
import * as Limit from "./internal/Limit.js"

/**
 * A length in pixels; decimals are allowed.
 *
 * @since 0.1.0
 * @category models
 */
export type Pixels = `${number}px`

/**
 * A share of the parent box; decimals are allowed.
 *
 * @since 0.1.0
 * @category models
 */
export type Percentage = `${number}%`

type Keyword = "none" | "xs" | "sm" | "md" | "lg" | "xl" | "xxl"

/**
 * A margin, the space between the children of a box, or the radius of its corners.
 *
 * @see https://developers.line.biz/en/docs/messaging-api/flex-message-layout/
 * @since 0.1.0
 * @category models
 */
export type Spacing = Keyword | Pixels

/**
 * The space between the border of a box and its children.
 *
 * @since 0.1.0
 * @category models
 */
export type Padding = Keyword | Pixels | Percentage

/**
 * The distance that a component is moved, which may be negative.
 *
 * @since 0.1.0
 * @category models
 */
export type Offset = Keyword | Pixels | Percentage

/**
 * The width or height of a box.
 *
 * @since 0.1.0
 * @category models
 */
export type Dimension = Pixels | Percentage

/**
 * The width of the border of a box.
 *
 * @since 0.1.0
 * @category models
 */
export type BorderWidth = "none" | "light" | "normal" | "medium" | "semi-bold" | "bold" | Pixels

/**
 * The size of a text, a span or an icon.
 *
 * @since 0.1.0
 * @category models
 */
export type FontSize = "xxs" | "xs" | "sm" | "md" | "lg" | "xl" | "xxl" | "3xl" | "4xl" | "5xl" | Pixels

/**
 * The width of an image.
 *
 * @since 0.1.0
 * @category models
 */
export type ImageSize = FontSize | "full" | Percentage

/**
 * A colour: `#RRGGBB` or `#RRGGBBAA`.
 *
 * @since 0.1.0
 * @category models
 */
export type Color = string

/**
 * Width to height, such as `20:13`: each from 1 to 100000, the height at most three times the width.
 *
 * @since 0.1.0
 * @category models
 */
export type AspectRatio = string

/**
 * The horizontal alignment of a text or an image.
 *
 * @since 0.1.0
 * @category models
 */
export type Align = "start" | "end" | "center"

/**
 * The vertical alignment of a component. In a baseline box LINE ignores it: better leave it out there.
 *
 * @since 0.1.0
 * @category models
 */
export type Gravity = "top" | "bottom" | "center"

/**
 * Where a component stands in its box: beside the others, or with `absolute` placed by its offsets alone. In a baseline
 * box `offsetBottom` is not available: better leave it out there.
 *
 * @see https://developers.line.biz/en/docs/messaging-api/flex-message-layout/
 * @since 0.1.0
 * @category models
 */
export interface Placement {
  readonly margin?: Spacing | undefined
  readonly position?: "relative" | "absolute" | undefined
  readonly offsetTop?: Offset | undefined
  readonly offsetBottom?: Offset | undefined
  readonly offsetStart?: Offset | undefined
  readonly offsetEnd?: Offset | undefined
}

/**
 * The looks that a text and a span have in common.
 *
 * @since 0.1.0
 * @category models
 */
export interface TextStyle {
  readonly size?: FontSize | undefined
  readonly color?: Color | undefined
  readonly weight?: "regular" | "bold" | undefined
  readonly style?: "normal" | "italic" | undefined
  readonly decoration?: "none" | "underline" | "line-through" | undefined
}

/**
 * Components side by side (`horizontal`), below each other (`vertical`), or side by side on one line of text
 * (`baseline`, which takes icons, texts and fillers; the others take everything but icons).
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#box
 * @since 0.1.0
 * @category models
 */
export interface Box extends Placement {
  readonly type: "box"
  readonly layout: "horizontal" | "vertical" | "baseline"
  readonly contents: ReadonlyArray<Component>
  readonly flex?: number | undefined
  readonly spacing?: Spacing | undefined
  readonly backgroundColor?: Color | undefined
  readonly borderColor?: Color | undefined
  readonly borderWidth?: BorderWidth | undefined
  readonly cornerRadius?: Spacing | undefined
  readonly width?: Dimension | undefined
  readonly maxWidth?: Dimension | undefined
  readonly height?: Dimension | undefined
  readonly maxHeight?: Dimension | undefined
  readonly paddingAll?: Padding | undefined
  readonly paddingTop?: Padding | undefined
  readonly paddingBottom?: Padding | undefined
  readonly paddingStart?: Padding | undefined
  readonly paddingEnd?: Padding | undefined
  readonly justifyContent?:
    "center" | "flex-start" | "flex-end" | "space-between" | "space-around" | "space-evenly" | undefined
  readonly alignItems?: "center" | "flex-start" | "flex-end" | undefined
  readonly background?: LinearGradient | undefined
  readonly action?: Action.Action | undefined
}

/**
 * The background of a box that goes over from one colour to another: `angle` from 0 to under 360 degrees, and the place
 * of the colour in the middle, if there is one, from `0%` to `100%`.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#box
 * @since 0.1.0
 * @category models
 */
export interface LinearGradient {
  readonly type: "linearGradient"
  readonly angle: `${number}deg`
  readonly startColor: Color
  readonly endColor: Color
  readonly centerColor?: Color | undefined
  readonly centerPosition?: Percentage | undefined
}

/**
 * A button; the label of its action is required, and has at most 40 grapheme clusters.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#button
 * @since 0.1.0
 * @category models
 */
export interface Button extends Placement {
  readonly type: "button"
  readonly action: Action.ButtonAction
  readonly flex?: number | undefined
  readonly height?: "sm" | "md" | undefined
  readonly style?: "primary" | "secondary" | "link" | undefined
  readonly color?: Color | undefined
  readonly gravity?: Gravity | undefined
  readonly adjustMode?: "shrink-to-fit" | undefined
  readonly scaling?: boolean | undefined
}

/**
 * An image: an https URL of a JPEG or PNG file. A message has at most 10 `animated` ones (APNG).
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#f-image
 * @since 0.1.0
 * @category models
 */
export interface Image extends Placement {
  readonly type: "image"
  readonly url: string
  readonly flex?: number | undefined
  readonly align?: Align | undefined
  readonly gravity?: Gravity | undefined
  readonly size?: ImageSize | undefined
  readonly aspectRatio?: AspectRatio | undefined
  readonly aspectMode?: "cover" | "fit" | undefined
  readonly backgroundColor?: Color | undefined
  readonly action?: Action.Action | undefined
  readonly animated?: boolean | undefined
}

/**
 * A video, only as the hero of a bubble of the size kilo, mega or giga that is not in a carousel. `altContent` is shown
 * where LINE cannot play it; the action only opens a URI.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#f-video
 * @since 0.1.0
 * @category models
 */
export interface Video {
  readonly type: "video"
  readonly url: string
  readonly previewUrl: string
  readonly altContent: Box | Image
  readonly aspectRatio?: AspectRatio | undefined
  readonly action?: Action.UriAction | undefined
}

/**
 * A small image beside a text, only in a baseline box.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#icon
 * @since 0.1.0
 * @category models
 */
export interface Icon extends Placement {
  readonly type: "icon"
  readonly url: string
  readonly size?: FontSize | undefined
  readonly aspectRatio?: AspectRatio | undefined
  readonly scaling?: boolean | undefined
}

/**
 * A text in one style, or in several with `contents`, which then replace `text`. One of the two is needed, not empty.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#f-text
 * @since 0.1.0
 * @category models
 */
export interface Text extends Placement, TextStyle {
  readonly type: "text"
  readonly text?: string | undefined
  readonly contents?: ReadonlyArray<Span> | undefined
  readonly flex?: number | undefined
  readonly align?: Align | undefined
  readonly gravity?: Gravity | undefined
  readonly wrap?: boolean | undefined
  readonly lineSpacing?: Pixels | undefined
  readonly maxLines?: number | undefined
  readonly adjustMode?: "shrink-to-fit" | undefined
  readonly scaling?: boolean | undefined
  readonly action?: Action.Action | undefined
}

/**
 * A part of a {@link Text} with a style of its own.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#span
 * @since 0.1.0
 * @category models
 */
export interface Span extends TextStyle {
  readonly type: "span"
  readonly text?: string | undefined
}

/**
 * A line between the components of a box.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#separator
 * @since 0.1.0
 * @category models
 */
export interface Separator {
  readonly type: "separator"
  readonly margin?: Spacing | undefined
  readonly color?: Color | undefined
}

/**
 * Empty space.
 *
 * @deprecated LINE advises the properties of the other components instead.
 * @see https://developers.line.biz/en/reference/messaging-api/#filler
 * @since 0.1.0
 * @category models
 */
export interface Filler {
  readonly type: "filler"
  readonly flex?: number | undefined
}

/**
 * What a box can contain.
 *
 * @since 0.1.0
 * @category models
 */
export type Component = Box | Button | Image | Icon | Text | Separator | Filler

/**
 * The style of a block of a bubble.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#bubble
 * @since 0.1.0
 * @category models
 */
export interface BlockStyle {
  readonly backgroundColor?: Color | undefined
  readonly separator?: boolean | undefined
  readonly separatorColor?: Color | undefined
}

/**
 * The styles of the blocks of a bubble.
 *
 * @since 0.1.0
 * @category models
 */
export interface BubbleStyles {
  readonly header?: BlockStyle | undefined
  readonly hero?: BlockStyle | undefined
  readonly body?: BlockStyle | undefined
  readonly footer?: BlockStyle | undefined
}

/**
 * One bubble: at least one of its four blocks, none of them placed with `position: "absolute"`, and at most 30 KB. The
 * size is `mega` unless told otherwise.
 *
 * Two of these limits are readings of LINE's words. One sentence of its documents keeps the first component of a block
 * from being placed absolutely: it is taken to mean the box or image that is the block, and not what is in it. What a KB
 * is LINE does not say; here it is 1,024 bytes of the JSON without white space, in UTF-8.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#bubble
 * @since 0.1.0
 * @category models
 */
export interface Bubble {
  readonly type: "bubble"
  readonly size?: "nano" | "micro" | "deca" | "hecto" | "kilo" | "mega" | "giga" | undefined
  readonly direction?: "ltr" | "rtl" | undefined
  readonly header?: Box | undefined
  readonly hero?: Box | Image | Video | undefined
  readonly body?: Box | undefined
  readonly footer?: Box | undefined
  readonly styles?: BubbleStyles | undefined
  readonly action?: Action.Action | undefined
}

/**
 * 1 to 12 bubbles of the same size side by side, at most 50 KB, counted as in a {@link Bubble}.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#f-carousel
 * @since 0.1.0
 * @category models
 */
export interface Carousel {
  readonly type: "carousel"
  readonly contents: ReadonlyArray<Bubble>
}

/**
 * What a Flex Message shows.
 *
 * @since 0.1.0
 * @category models
 */
export type Container = Bubble | Carousel

const steps = ["none", "xs", "sm", "md", "lg", "xl", "xxl"]
const fontSteps = ["xxs", "xs", "sm", "md", "lg", "xl", "xxl", "3xl", "4xl", "5xl"]
const borderSteps = ["none", "light", "normal", "medium", "semi-bold", "bold"]

const decimal = "\\d+(?:\\.\\d+)?"

/** One of some keywords, or a number with one of some units. */
const measure = <A extends string>(
  keywords: ReadonlyArray<string>,
  units: ReadonlyArray<"px" | "%">,
  number = decimal
) =>
  Limit.pattern<A>(
    new RegExp(`^(?:${[...keywords, `${number}(?:${units.join("|")})`].join("|")})$`),
    `${keywords.length === 0 ? "" : `one of ${keywords.join(", ")}, or `}a number followed by ${units.join(" or ")}`
  )

const spacing = measure<Spacing>(steps, ["px"])
const padding = measure<Padding>(steps, ["px", "%"])
const offset = measure<Offset>(steps, ["px", "%"], `-?${decimal}`)
const pixels = measure<Pixels>([], ["px"])
const dimension = measure<Dimension>([], ["px", "%"])
const borderWidth = measure<BorderWidth>(borderSteps, ["px"])
const fontSize = measure<FontSize>(fontSteps, ["px"])
const imageSize = measure<ImageSize>([...fontSteps, "full"], ["px", "%"])

const color = Limit.pattern(/^#[0-9A-Fa-f]{6}(?:[0-9A-Fa-f]{2})?$/, "a colour #RRGGBB or #RRGGBBAA")

const angle = Limit.pattern<LinearGradient["angle"]>(
  /^(?:\d{1,2}|[0-2]\d{2}|3[0-5]\d)(?:\.\d+)?deg$/,
  'an angle from "0deg" to under "360deg"'
)

const centerPosition = Limit.pattern<Percentage>(
  /^(?:\d{1,2}(?:\.\d+)?|100(?:\.0+)?)%$/,
  'a position from "0%" to "100%"'
)

const inRange = (side: number): boolean => side >= 1 && side <= 100_000

const aspectRatio = Limit.pattern(new RegExp(`^${decimal}:${decimal}$`), 'an aspect ratio such as "20:13"').pipe(
  Limit.whole<AspectRatio>(
    (ratio) => {
      const [width = 0, height = 0] = ratio.split(":").map(Number)
      return (
        (inRange(width) && inRange(height) && height <= 3 * width) ||
        "must have sides between 1 and 100000, and a height of at most three times the width"
      )
    },
    { _tag: "Pattern", expected: "an aspect ratio of at most 1:3" }
  )
)

const part = <Type extends string, Fields extends Schema.Struct.Fields>(type: Type, fields: Fields) =>
  Schema.Struct({ type: Schema.Literal(type), ...fields }).annotations({ identifier: `Flex${String.capitalize(type)}` })

const flex = Schema.optional(Limit.integer(0))
const align = Schema.optional(Schema.Literal("start", "end", "center"))
const gravity = Schema.optional(Schema.Literal("top", "bottom", "center"))
const adjustMode = Schema.optional(Schema.Literal("shrink-to-fit"))
const scaling = Schema.optional(Schema.Boolean)
const action = Schema.optional(Action.Action)

const placement = {
  margin: Schema.optional(spacing),
  position: Schema.optional(Schema.Literal("relative", "absolute")),
  offsetTop: Schema.optional(offset),
  offsetBottom: Schema.optional(offset),
  offsetStart: Schema.optional(offset),
  offsetEnd: Schema.optional(offset)
}

const textStyle = {
  size: Schema.optional(fontSize),
  color: Schema.optional(color),
  weight: Schema.optional(Schema.Literal("regular", "bold")),
  style: Schema.optional(Schema.Literal("normal", "italic")),
  decoration: Schema.optional(Schema.Literal("none", "underline", "line-through"))
}

/**
 * The schema of a {@link LinearGradient}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const LinearGradient: Schema.Schema<LinearGradient> = part("linearGradient", {
  angle,
  startColor: color,
  endColor: color,
  centerColor: Schema.optional(color),
  centerPosition: Schema.optional(centerPosition)
})

/** The components that a layout does not take. */
const unavailable: Record<Box["layout"], ReadonlyArray<Component["type"]>> = {
  horizontal: ["icon"],
  vertical: ["icon"],
  baseline: ["box", "button", "image", "separator"]
}

const fittingChildren = ({ contents, layout }: Box): ReadonlyArray<Schema.FilterIssue> =>
  contents.flatMap(({ type }, index) =>
    unavailable[layout].includes(type)
      ? [{ path: ["contents", index, "type"], message: `must not stand in a ${layout} box` }]
      : []
  )

/**
 * The schema of a {@link Box}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Box: Schema.Schema<Box> = Schema.Struct({
  ...placement,
  type: Schema.Literal("box"),
  layout: Schema.Literal("horizontal", "vertical", "baseline"),
  contents: Schema.Array(Schema.suspend((): Schema.Schema<Component> => Component)),
  flex,
  spacing: Schema.optional(spacing),
  backgroundColor: Schema.optional(color),
  borderColor: Schema.optional(color),
  borderWidth: Schema.optional(borderWidth),
  cornerRadius: Schema.optional(spacing),
  width: Schema.optional(dimension),
  maxWidth: Schema.optional(dimension),
  height: Schema.optional(dimension),
  maxHeight: Schema.optional(dimension),
  paddingAll: Schema.optional(padding),
  paddingTop: Schema.optional(padding),
  paddingBottom: Schema.optional(padding),
  paddingStart: Schema.optional(padding),
  paddingEnd: Schema.optional(padding),
  justifyContent: Schema.optional(
    Schema.Literal("center", "flex-start", "flex-end", "space-between", "space-around", "space-evenly")
  ),
  alignItems: Schema.optional(Schema.Literal("center", "flex-start", "flex-end")),
  background: Schema.optional(LinearGradient),
  action
})
  .pipe(Limit.whole<Box>(fittingChildren))
  .annotations({ identifier: "FlexBox" })

/**
 * The schema of a {@link Button}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Button: Schema.Schema<Button> = part("button", {
  ...placement,
  action: Action.ButtonAction,
  flex,
  height: Schema.optional(Schema.Literal("sm", "md")),
  style: Schema.optional(Schema.Literal("primary", "secondary", "link")),
  color: Schema.optional(color),
  gravity,
  adjustMode,
  scaling
})

/**
 * The schema of an {@link Image}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Image: Schema.Schema<Image> = part("image", {
  ...placement,
  url: Limit.HttpsUrl,
  flex,
  align,
  gravity,
  size: Schema.optional(imageSize),
  aspectRatio: Schema.optional(aspectRatio),
  aspectMode: Schema.optional(Schema.Literal("cover", "fit")),
  backgroundColor: Schema.optional(color),
  action,
  animated: Schema.optional(Schema.Boolean)
})

/**
 * The schema of a {@link Video}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Video: Schema.Schema<Video> = part("video", {
  url: Limit.HttpsUrl,
  previewUrl: Limit.HttpsUrl,
  altContent: Schema.Union(Box, Image),
  aspectRatio: Schema.optional(aspectRatio),
  action: Schema.optional(Action.UriAction)
})

/**
 * The schema of an {@link Icon}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Icon: Schema.Schema<Icon> = part("icon", {
  ...placement,
  url: Limit.HttpsUrl,
  size: Schema.optional(fontSize),
  aspectRatio: Schema.optional(aspectRatio),
  scaling
})

/**
 * The schema of a {@link Span}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Span: Schema.Schema<Span> = part("span", { ...textStyle, text: Schema.optional(Schema.String) })

const textOrSpans = ({ contents = [], text }: Text): ReadonlyArray<Schema.FilterIssue> => {
  if (contents.length > 0) return []
  if (text === undefined) return [{ path: ["text"], message: "is required" }]
  return text === "" ? [{ path: ["text"], message: "must not be empty" }] : []
}

/**
 * The schema of a {@link Text}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Text: Schema.Schema<Text> = Schema.Struct({
  ...placement,
  ...textStyle,
  type: Schema.Literal("text"),
  text: Schema.optional(Schema.String),
  contents: Schema.optional(Schema.Array(Span)),
  flex,
  align,
  gravity,
  wrap: Schema.optional(Schema.Boolean),
  lineSpacing: Schema.optional(pixels),
  maxLines: Schema.optional(Limit.integer(0)),
  adjustMode,
  scaling,
  action
})
  .pipe(
    Limit.whole<Text>(textOrSpans, {
      _tag: "Length",
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      unit: "UTF-16 code units"
    })
  )
  .annotations({ identifier: "FlexText" })

/**
 * The schema of a {@link Separator}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Separator: Schema.Schema<Separator> = part("separator", {
  margin: Schema.optional(spacing),
  color: Schema.optional(color)
})

/**
 * The schema of a {@link Filler}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Filler: Schema.Schema<Filler> = part("filler", { flex })

/**
 * The schema of a {@link Component}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Component: Schema.Schema<Component> = Schema.Union(
  Box,
  Button,
  Image,
  Icon,
  Text,
  Separator,
  Filler
).annotations({ identifier: "FlexComponent" })

const blockStyle = Schema.optional(
  Schema.Struct({
    backgroundColor: Schema.optional(color),
    separator: Schema.optional(Schema.Boolean),
    separatorColor: Schema.optional(color)
  })
)

const byteLength = (json: string): number => new TextEncoder().encode(json).length

const jsonOf = (value: Container): string => {
  try {
    return JSON.stringify(value)
  } catch {
    // A bigint or a cycle has no size: where the request is encoded, that is said of the whole body.
    return ""
  }
}

const atMostKilobytes = (kilobytes: number, value: Container): ReadonlyArray<Schema.FilterIssue> => {
  const maximum = kilobytes * 1024
  const json = jsonOf(value)
  // A UTF-16 code unit takes at most three bytes of UTF-8: most bubbles need no encoding to be known as small enough.
  if (json.length * 3 <= maximum || byteLength(json) <= maximum) return []
  return [{ path: [], message: `must be at most ${kilobytes} KB of JSON, but is ${byteLength(json)} bytes` }]
}

const blocks = ["header", "hero", "body", "footer"] as const

const videoSizes: ReadonlyArray<Bubble["size"]> = ["kilo", "mega", "giga", undefined]

const fittingBlocks = (bubble: Bubble): ReadonlyArray<Schema.FilterIssue> => {
  const given = blocks.filter((block) => bubble[block] !== undefined)
  const absolute = given.filter((block) => {
    const component = bubble[block]
    return component !== undefined && "position" in component && component.position === "absolute"
  })
  return [
    ...(given.length === 0 ? [{ path: [], message: "must have at least one of header, hero, body and footer" }] : []),
    ...absolute.map((block) => ({ path: [block, "position"], message: 'must not be "absolute" in a block' })),
    ...(bubble.hero?.type === "video" && !videoSizes.includes(bubble.size)
      ? [{ path: ["hero", "type"], message: "must not be a video in a bubble smaller than kilo" }]
      : []),
    ...atMostKilobytes(30, bubble)
  ]
}

/**
 * The schema of a {@link Bubble}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Bubble: Schema.Schema<Bubble> = Schema.Struct({
  type: Schema.Literal("bubble"),
  size: Schema.optional(Schema.Literal("nano", "micro", "deca", "hecto", "kilo", "mega", "giga")),
  direction: Schema.optional(Schema.Literal("ltr", "rtl")),
  header: Schema.optional(Box),
  hero: Schema.optional(Schema.Union(Box, Image, Video)),
  body: Schema.optional(Box),
  footer: Schema.optional(Box),
  styles: Schema.optional(
    Schema.Struct({ header: blockStyle, hero: blockStyle, body: blockStyle, footer: blockStyle })
  ),
  action
})
  .pipe(Limit.whole<Bubble>(fittingBlocks))
  .annotations({ identifier: "FlexBubble" })

const sizeOf = (bubble: Bubble | undefined): Bubble["size"] => bubble?.size ?? "mega"

const alikeBubbles = (carousel: Carousel): ReadonlyArray<Schema.FilterIssue> => [
  ...carousel.contents.flatMap((bubble, index) => [
    ...(sizeOf(bubble) === sizeOf(carousel.contents[0])
      ? []
      : [{ path: ["contents", index, "size"], message: "must be the size of the first bubble" }]),
    ...(bubble.hero?.type === "video"
      ? [{ path: ["contents", index, "hero", "type"], message: "must not be a video in a carousel" }]
      : [])
  ]),
  ...atMostKilobytes(50, carousel)
]

/**
 * The schema of a {@link Carousel}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Carousel: Schema.Schema<Carousel> = Schema.Struct({
  type: Schema.Literal("carousel"),
  contents: Limit.items(Bubble, 1, 12)
})
  .pipe(Limit.whole<Carousel>(alikeBubbles))
  .annotations({ identifier: "FlexCarousel" })

const animatedImages = (part: Component | Video | Bubble | undefined): number => {
  switch (part?.type) {
    case "bubble":
      return blocks.reduce((sum, block) => sum + animatedImages(part[block]), 0)
    case "box":
      return part.contents.reduce((sum, child) => sum + animatedImages(child), 0)
    case "video":
      return animatedImages(part.altContent)
    case "image":
      return part.animated === true ? 1 : 0
    default:
      return 0
  }
}

const fewAnimatedImages = (container: Container): boolean | string => {
  const bubbles = container.type === "bubble" ? [container] : container.contents
  const count = bubbles.reduce((sum, bubble) => sum + animatedImages(bubble), 0)
  return count <= 10 || `must have at most 10 animated images, but has ${count}`
}

/**
 * The schema of a {@link Container}: what a whole Flex Message shows.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Container: Schema.Schema<Container> = Schema.Union(Bubble, Carousel)
  .pipe(Limit.whole<Container>(fewAnimatedImages))
  .annotations({ identifier: "FlexContainer" })

/**
 * Makes a {@link Bubble}.
 *
 * @example
 * ```ts
 * import * as Action from "line-effect/Action"
 * import * as Flex from "line-effect/Flex"
 * import * as Message from "line-effect/Message"
 *
 * Message.flex({
 *   altText: "Your order has shipped",
 *   contents: Flex.bubble({
 *     body: Flex.box({ layout: "vertical", contents: [Flex.text("On its way", { weight: "bold", size: "xl" })] }),
 *     footer: Flex.box({
 *       layout: "vertical",
 *       contents: [Flex.button({ action: Action.uri({ label: "Track", uri: "https://example.com/track" }) })]
 *     })
 *   })
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const bubble = (options: Omit<Bubble, "type">): Bubble => ({ type: "bubble", ...options })

/**
 * Makes a {@link Carousel}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const carousel = (contents: ReadonlyArray<Bubble>): Carousel => ({ type: "carousel", contents })

/**
 * Makes a {@link Box}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const box = (options: Omit<Box, "type">): Box => ({ type: "box", ...options })

/**
 * Makes a {@link LinearGradient}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const linearGradient = (options: Omit<LinearGradient, "type">): LinearGradient => ({
  type: "linearGradient",
  ...options
})

/**
 * Makes a {@link Button}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const button = (options: Omit<Button, "type">): Button => ({ type: "button", ...options })

/**
 * Makes an {@link Image}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const image = (url: string, options?: Omit<Image, "type" | "url">): Image => ({ type: "image", url, ...options })

/**
 * Makes a {@link Video}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const video = (options: Omit<Video, "type">): Video => ({ type: "video", ...options })

/**
 * Makes an {@link Icon}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const icon = (url: string, options?: Omit<Icon, "type" | "url">): Icon => ({ type: "icon", url, ...options })

/**
 * Makes a {@link Text}, in one style or from spans.
 *
 * @example
 * ```ts
 * import * as Flex from "line-effect/Flex"
 *
 * Flex.text("Hello", { size: "lg" })
 * Flex.text([Flex.span("Only "), Flex.span("today", { weight: "bold" })])
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const text = (text: string | ReadonlyArray<Span>, options?: Omit<Text, "type" | "text" | "contents">): Text => ({
  type: "text",
  ...(typeof text === "string" ? { text } : { contents: text }),
  ...options
})

/**
 * Makes a {@link Span}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const span = (text: string, options?: Omit<Span, "type" | "text">): Span => ({ type: "span", text, ...options })

/**
 * Makes a {@link Separator}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const separator = (options?: Omit<Separator, "type">): Separator => ({ type: "separator", ...options })

/**
 * Makes a {@link Filler}.
 *
 * @deprecated LINE advises the properties of the other components instead.
 * @since 0.1.0
 * @category constructors
 */
export const filler = (options?: Omit<Filler, "type">): Filler => ({ type: "filler", ...options })
