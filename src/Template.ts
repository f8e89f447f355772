/**
 * Template messages: buttons, confirm, carousel and image carousel, LINE's ready-made layouts.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Action from "./Action.js"
import * as Limit from "./internal/Limit.js"

/**
 * The shape of the images of a template: `rectangle` is 1.51:1.
 *
 * @since 0.1.0
 * @category models
 */
export type ImageAspectRatio = "rectangle" | "square"

/**
 * How the images of a template fill their space: `cover` fills all of it, `contain` shows all of the image.
 *
 * @since 0.1.0
 * @category models
 */
export type ImageSize = "cover" | "contain"

/**
 * An image, a title and a text over 1 to 4 buttons.
 *
 * `title` has at most 40 grapheme clusters, `text` at most 160, and at most 60 beside an image or a title. The image is
 * an https URL, the background a colour `#RRGGBB`. `defaultAction` answers taps beside the buttons, and needs no label.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#buttons
 * @since 0.1.0
 * @category models
 */
export interface ButtonsTemplate {
  readonly type: "buttons"
  readonly thumbnailImageUrl?: string | undefined
  readonly imageAspectRatio?: ImageAspectRatio | undefined
  readonly imageSize?: ImageSize | undefined
  readonly imageBackgroundColor?: string | undefined
  readonly title?: string | undefined
  readonly text: string
  readonly defaultAction?: Action.Action | undefined
  readonly actions: ReadonlyArray<Action.TemplateAction>
}

/**
 * A question, at most 240 grapheme clusters, and exactly 2 buttons.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#confirm
 * @since 0.1.0
 * @category models
 */
export interface ConfirmTemplate {
  readonly type: "confirm"
  readonly text: string
  readonly actions: ReadonlyArray<Action.TemplateAction>
}

/**
 * 1 to 10 columns side by side. All have the same number of actions, and either all or none have an image, and a title.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#carousel
 * @since 0.1.0
 * @category models
 */
export interface CarouselTemplate {
  readonly type: "carousel"
  readonly columns: ReadonlyArray<CarouselColumn>
  readonly imageAspectRatio?: ImageAspectRatio | undefined
  readonly imageSize?: ImageSize | undefined
}

/**
 * A column of a {@link CarouselTemplate}, with 1 to 3 actions: `title` has at most 40 grapheme clusters, `text` at most
 * 120, and at most 60 beside an image or a title.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#column-object-for-carousel
 * @since 0.1.0
 * @category models
 */
export interface CarouselColumn {
  readonly thumbnailImageUrl?: string | undefined
  readonly imageBackgroundColor?: string | undefined
  readonly title?: string | undefined
  readonly text: string
  readonly defaultAction?: Action.Action | undefined
  readonly actions: ReadonlyArray<Action.TemplateAction>
}

/**
 * 1 to 10 images side by side.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#image-carousel
 * @since 0.1.0
 * @category models
 */
export interface ImageCarouselTemplate {
  readonly type: "image_carousel"
  readonly columns: ReadonlyArray<ImageCarouselColumn>
}

/**
 * An image of an {@link ImageCarouselTemplate}: an https URL, and an action whose label has at most 12 grapheme clusters.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#column-object-for-image-carousel
 * @since 0.1.0
 * @category models
 */
export interface ImageCarouselColumn {
  readonly imageUrl: string
  readonly action: Action.Action
}

/**
 * What a template message shows.
 *
 * @since 0.1.0
 * @category models
 */
export type Template = ButtonsTemplate | ConfirmTemplate | CarouselTemplate | ImageCarouselTemplate

const images = {
  imageAspectRatio: Schema.optional(Schema.Literal("rectangle", "square")),
  imageSize: Schema.optional(Schema.Literal("cover", "contain"))
}

const card = {
  thumbnailImageUrl: Schema.optional(Limit.HttpsUrl),
  imageBackgroundColor: Schema.optional(Limit.pattern(/^#[0-9A-Fa-f]{6}$/, "a colour #RRGGBB")),
  title: Schema.optional(Limit.graphemes(40, 0)),
  defaultAction: Schema.optional(Action.DefaultAction)
}

const shortTextBesideImageOrTitle = (value: ButtonsTemplate | CarouselColumn): ReadonlyArray<Schema.FilterIssue> => {
  if (value.thumbnailImageUrl === undefined && value.title === undefined) return []
  const count = value.text.length <= 60 ? 0 : Limit.graphemeCount(value.text)
  const message = `must have at most 60 grapheme clusters beside an image or a title, but has ${count}`
  return count <= 60 ? [] : [{ path: ["text"], message }]
}

/**
 * The schema of a {@link ButtonsTemplate}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ButtonsTemplate: Schema.Schema<ButtonsTemplate> = Schema.Struct({
  ...card,
  ...images,
  type: Schema.Literal("buttons"),
  text: Limit.graphemes(160),
  actions: Limit.items(Action.TemplateAction, 1, 4)
})
  .pipe(Limit.whole<ButtonsTemplate>(shortTextBesideImageOrTitle))
  .annotations({ identifier: "ButtonsTemplate" })

/**
 * The schema of a {@link ConfirmTemplate}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ConfirmTemplate: Schema.Schema<ConfirmTemplate> = Schema.Struct({
  type: Schema.Literal("confirm"),
  text: Limit.graphemes(240),
  actions: Limit.items(Action.TemplateAction, 2, 2)
}).annotations({ identifier: "ConfirmTemplate" })

/**
 * The schema of a {@link CarouselColumn}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CarouselColumn: Schema.Schema<CarouselColumn> = Schema.Struct({
  ...card,
  text: Limit.graphemes(120),
  actions: Limit.items(Action.TemplateAction, 1, 3)
})
  .pipe(Limit.whole<CarouselColumn>(shortTextBesideImageOrTitle))
  .annotations({ identifier: "CarouselColumn" })

/** What the columns of a carousel must have in common. */
const alike: ReadonlyArray<{
  readonly property: keyof CarouselColumn
  readonly trait: (column: CarouselColumn) => unknown
  readonly message: string
}> = [
  {
    property: "actions",
    trait: (column) => column.actions.length,
    message: "must have as many items as in the first column"
  },
  {
    property: "thumbnailImageUrl",
    trait: (column) => column.thumbnailImageUrl === undefined,
    message: "must be given in all columns or in none"
  },
  {
    property: "title",
    trait: (column) => column.title === undefined,
    message: "must be given in all columns or in none"
  }
]

const alikeColumns = ({ columns }: CarouselTemplate): ReadonlyArray<Schema.FilterIssue> =>
  columns.flatMap((column, index) =>
    alike
      .filter(({ trait }) => trait(column) !== trait(columns[0] ?? column))
      .map(({ message, property }) => ({ path: ["columns", index, property], message }))
  )

/**
 * The schema of a {@link CarouselTemplate}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CarouselTemplate: Schema.Schema<CarouselTemplate> = Schema.Struct({
  ...images,
  type: Schema.Literal("carousel"),
  columns: Limit.items(CarouselColumn, 1, 10)
})
  .pipe(Limit.whole<CarouselTemplate>(alikeColumns))
  .annotations({ identifier: "CarouselTemplate" })

/**
 * The schema of an {@link ImageCarouselColumn}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ImageCarouselColumn: Schema.Schema<ImageCarouselColumn> = Schema.Struct({
  imageUrl: Limit.HttpsUrl,
  action: Action.ImageCarouselAction
}).annotations({ identifier: "ImageCarouselColumn" })

/**
 * The schema of an {@link ImageCarouselTemplate}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ImageCarouselTemplate: Schema.Schema<ImageCarouselTemplate> = Schema.Struct({
  type: Schema.Literal("image_carousel"),
  columns: Limit.items(ImageCarouselColumn, 1, 10)
}).annotations({ identifier: "ImageCarouselTemplate" })

/**
 * The schema of a {@link Template}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Template: Schema.Schema<Template> = Schema.Union(
  ButtonsTemplate,
  ConfirmTemplate,
  CarouselTemplate,
  ImageCarouselTemplate
).annotations({ identifier: "Template" })

/**
 * Makes a {@link ButtonsTemplate}.
 *
 * @example
 * ```ts
 * import * as Action from "line-effect/Action"
 * import * as Message from "line-effect/Message"
 * import * as Template from "line-effect/Template"
 *
 * Message.template({
 *   altText: "What next?",
 *   template: Template.buttons({
 *     text: "What next?",
 *     actions: [Action.message({ label: "Again", text: "again" })]
 *   })
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const buttons = (options: Omit<ButtonsTemplate, "type">): ButtonsTemplate => ({ type: "buttons", ...options })

/**
 * Makes a {@link ConfirmTemplate}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const confirm = (options: Omit<ConfirmTemplate, "type">): ConfirmTemplate => ({ type: "confirm", ...options })

/**
 * Makes a {@link CarouselTemplate}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const carousel = (options: Omit<CarouselTemplate, "type">): CarouselTemplate => ({
  type: "carousel",
  ...options
})

/**
 * Makes an {@link ImageCarouselTemplate}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const imageCarousel = (options: Omit<ImageCarouselTemplate, "type">): ImageCarouselTemplate => ({
  type: "image_carousel",
  ...options
})
