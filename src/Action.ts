/**
 * What happens when a user taps: the actions of templates, Flex Messages, image carousels, quick replies and rich menus.
 *
 * An action is plain data; the constructors only add its `type`. Where an action stands decides whether it needs a
 * label and how long that may be, so there is one schema for every place. The model of an action leaves the label
 * optional; where one is needed, annotate with {@link Labelled}, as in `Labelled<UriAction>`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Limit from "./internal/Limit.js"

/**
 * Sends its `data` back to the bot in a postback event.
 *
 * `data` has at most 300 UTF-16 code units. `displayText`, which the chat then shows as the user's message, and
 * `fillInText`, which is put into the input field and needs the input option `openKeyboard`, have at most 300 grapheme
 * clusters each. `text` is the deprecated form of `displayText`: at most one of them may be given, and never `text` in a
 * quick reply.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#postback-action
 * @since 0.1.0
 * @category models
 */
export interface PostbackAction {
  readonly type: "postback"
  readonly label?: string | undefined
  readonly data: string
  readonly displayText?: string | undefined
  readonly text?: string | undefined
  readonly inputOption?: "closeRichMenu" | "openRichMenu" | "openKeyboard" | "openVoice" | undefined
  readonly fillInText?: string | undefined
}

/**
 * Sends `text`, at most 300 grapheme clusters, as a message of the user.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#message-action
 * @since 0.1.0
 * @category models
 */
export interface MessageAction {
  readonly type: "message"
  readonly label?: string | undefined
  readonly text: string
}

/**
 * Opens a URI: at most 1,000 UTF-16 code units, percent-encoded, with the scheme http, https, line or tel. `altUri` is
 * opened by LINE for macOS and Windows instead, and may be empty; a quick reply ignores it.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#uri-action
 * @since 0.1.0
 * @category models
 */
export interface UriAction {
  readonly type: "uri"
  readonly label?: string | undefined
  readonly uri: string
  readonly altUri?: AltUri | undefined
}

/**
 * What a {@link UriAction} opens on a desktop.
 *
 * @since 0.1.0
 * @category models
 */
export interface AltUri {
  readonly desktop: string
}

/**
 * Asks for a date, a time or both, and sends the choice to the bot in a postback event with `data`, at most 300 UTF-16
 * code units.
 *
 * `initial`, `min` and `max` are written in the form of the mode: `2026-08-31`, `23:59` or `2026-08-31T23:59`, from 1900
 * to 2100 and without a time zone; `min` lies before `max`.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#datetime-picker-action
 * @since 0.1.0
 * @category models
 */
export interface DatetimePickerAction {
  readonly type: "datetimepicker"
  readonly label?: string | undefined
  readonly data: string
  readonly mode: "date" | "time" | "datetime"
  readonly initial?: string | undefined
  readonly max?: string | undefined
  readonly min?: string | undefined
}

/**
 * Copies `clipboardText`, 1 to 1,000 UTF-16 code units, to the clipboard.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#clipboard-action
 * @since 0.1.0
 * @category models
 */
export interface ClipboardAction {
  readonly type: "clipboard"
  readonly label?: string | undefined
  readonly clipboardText: string
}

/**
 * Opens the camera. Only in a quick reply.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#camera-action
 * @since 0.1.0
 * @category models
 */
export interface CameraAction {
  readonly type: "camera"
  readonly label: string
}

/**
 * Opens the camera roll. Only in a quick reply.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#camera-roll-action
 * @since 0.1.0
 * @category models
 */
export interface CameraRollAction {
  readonly type: "cameraRoll"
  readonly label: string
}

/**
 * Opens the screen that sends a location. Only in a quick reply.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#location-action
 * @since 0.1.0
 * @category models
 */
export interface LocationAction {
  readonly type: "location"
  readonly label: string
}

/**
 * Switches to the rich menu of an alias (at most 32 UTF-16 code units), and sends `data`, at most 300, to the bot in a
 * postback event. Only in a rich menu.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#richmenu-switch-action
 * @since 0.1.0
 * @category models
 */
export interface RichMenuSwitchAction {
  readonly type: "richmenuswitch"
  readonly label?: string | undefined
  readonly richMenuAliasId: string
  readonly data: string
}

/**
 * The actions that can stand in every place that takes one.
 *
 * @since 0.1.0
 * @category models
 */
export type Action = PostbackAction | MessageAction | UriAction | DatetimePickerAction | ClipboardAction

/**
 * An action that has its label, as templates, the buttons of Flex Messages and quick replies need it.
 *
 * @example
 * ```ts
 * import * as Action from "line-effect/Action"
 *
 * const track = (order: string): Action.Labelled<Action.UriAction> =>
 *   Action.uri({ label: "Track", uri: `https://example.com/orders/${order}` })
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type Labelled<A extends { readonly label?: string | undefined }> = A & { readonly label: string }

/**
 * An action of a template, other than the image carousel.
 *
 * @since 0.1.0
 * @category models
 */
export type TemplateAction = Labelled<Action>

/**
 * The action of a button in a Flex Message.
 *
 * @since 0.1.0
 * @category models
 */
export type ButtonAction = Labelled<Action>

/**
 * An action of a quick reply.
 *
 * @since 0.1.0
 * @category models
 */
export type QuickReplyAction = Labelled<Action> | CameraAction | CameraRollAction | LocationAction

/**
 * An action of a rich menu.
 *
 * @since 0.1.0
 * @category models
 */
export type RichMenuAction = Action | RichMenuSwitchAction

const data = Limit.text(300, 0)

const uriFields = {
  type: Schema.Literal("uri"),
  uri: Limit.LinkUri,
  altUri: Schema.optional(Schema.Struct({ desktop: Limit.LinkUriOrEmpty }))
}

const actions = <Label extends Schema.Struct.Field>(label: Label) =>
  [
    Schema.Struct({
      type: Schema.Literal("postback"),
      label,
      data,
      displayText: Schema.optional(Limit.graphemes(300, 0)),
      text: Schema.optional(Limit.graphemes(300, 0)),
      inputOption: Schema.optional(Schema.Literal("closeRichMenu", "openRichMenu", "openKeyboard", "openVoice")),
      fillInText: Schema.optional(Limit.graphemes(300, 0))
    }),
    Schema.Struct({ type: Schema.Literal("message"), label, text: Limit.graphemes(300) }),
    Schema.Struct({ ...uriFields, label }),
    Schema.Struct({
      type: Schema.Literal("datetimepicker"),
      label,
      data,
      mode: Schema.Literal("date", "time", "datetime"),
      initial: Schema.optional(Schema.String),
      max: Schema.optional(Schema.String),
      min: Schema.optional(Schema.String)
    }),
    Schema.Struct({ type: Schema.Literal("clipboard"), label, clipboardText: Limit.text(1000) })
  ] as const

const consistent = (action: QuickReplyAction | RichMenuAction): ReadonlyArray<Schema.FilterIssue> => {
  switch (action.type) {
    case "postback":
      return postbackIssues(action)
    case "datetimepicker":
      return pickerIssues(action)
    default:
      return []
  }
}

const postbackIssues = (action: PostbackAction): ReadonlyArray<Schema.FilterIssue> => [
  ...(action.text !== undefined && action.displayText !== undefined
    ? [{ path: ["text"], message: "must not be given beside displayText, which replaces it" }]
    : []),
  ...(action.fillInText !== undefined && action.inputOption !== "openKeyboard"
    ? [{ path: ["fillInText"], message: 'must not be given unless inputOption is "openKeyboard"' }]
    : [])
]

/** The form of each mode, and its completion to one that orders and that `Date` can check. */
const moments = {
  date: { form: "YYYY-MM-DD", complete: (text: string) => `${text}T00:00` },
  time: { form: "HH:mm", complete: (text: string) => `1900-01-01T${text}` },
  datetime: { form: "YYYY-MM-DDTHH:mm", complete: (text: string) => text.replace("t", "T") }
}

const isMoment = (text: string): boolean => {
  const time = text.length === 16 ? Date.parse(`${text}Z`) : Number.NaN
  // Date rolls 30 February over to March: what it does not give back unchanged is no date.
  return time >= Date.UTC(1900) && time < Date.UTC(2101) && new Date(time).toISOString().startsWith(text)
}

const pickerIssues = (action: DatetimePickerAction): ReadonlyArray<Schema.FilterIssue> => {
  const { complete, form } = moments[action.mode]
  const moment = (text: string | undefined) => (text === undefined ? undefined : complete(text))
  const [initial, min, max] = [moment(action.initial), moment(action.min), moment(action.max)]
  const malformed = Object.entries({ initial, min, max }).filter(([_, text]) => text !== undefined && !isMoment(text))
  const isOrdered = min === undefined || max === undefined || !isMoment(min) || !isMoment(max) || min < max
  return [
    ...malformed.map(([name]) => ({ path: [name], message: `must have the form ${form}, from 1900 to 2100` })),
    ...(isOrdered ? [] : [{ path: ["min"], message: "must lie before max" }])
  ]
}

const consistentInQuickReply = (action: QuickReplyAction): ReadonlyArray<Schema.FilterIssue> => [
  ...(action.type === "postback" && action.text !== undefined
    ? [{ path: ["text"], message: "must not be given in a quick reply: use displayText" }]
    : []),
  ...consistent(action)
]

const optionalLabel = (maximum: number) => Schema.optional(Limit.graphemes(maximum, 0))

const flexLabel = optionalLabel(40)
const buttonLabel = Limit.graphemes(40)
const templateLabel = Limit.graphemes(20)
const defaultLabel = optionalLabel(20)
const imageCarouselLabel = optionalLabel(12)
const quickReplyLabel = Limit.graphemes(20)
const richMenuLabel = optionalLabel(20)

/**
 * An action of a Flex Message, other than a button's: the label is optional, at most 40 grapheme clusters.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#action-objects
 * @since 0.1.0
 * @category schemas
 */
export const Action: Schema.Schema<Action> = Schema.Union(...actions(flexLabel))
  .pipe(Limit.whole<Action>(consistent))
  .annotations({ identifier: "Action" })

/**
 * The action of a video in a Flex Message, which only opens URIs: the label is optional, at most 40 grapheme clusters.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#f-video
 * @since 0.1.0
 * @category schemas
 */
export const UriAction: Schema.Schema<UriAction> = Schema.Struct({ ...uriFields, label: flexLabel }).annotations({
  identifier: "UriAction"
})

/**
 * The action of a button in a Flex Message: the label is required, at most 40 grapheme clusters.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#button
 * @since 0.1.0
 * @category schemas
 */
export const ButtonAction: Schema.Schema<ButtonAction> = Schema.Union(...actions(buttonLabel))
  .pipe(Limit.whole<ButtonAction>(consistent))
  .annotations({ identifier: "ButtonAction" })

/**
 * An action of a buttons, confirm or carousel template: the label is required, at most 20 grapheme clusters.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#action-objects
 * @since 0.1.0
 * @category schemas
 */
export const TemplateAction: Schema.Schema<TemplateAction> = Schema.Union(...actions(templateLabel))
  .pipe(Limit.whole<TemplateAction>(consistent))
  .annotations({ identifier: "TemplateAction" })

/**
 * The `defaultAction` of a buttons or carousel template, which answers taps beside its buttons: the label is optional,
 * at most 20 grapheme clusters.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#action-objects
 * @since 0.1.0
 * @category schemas
 */
export const DefaultAction: Schema.Schema<Action> = Schema.Union(...actions(defaultLabel))
  .pipe(Limit.whole<Action>(consistent))
  .annotations({ identifier: "DefaultAction" })

/**
 * The action of a column of an image carousel: the label is optional, at most 12 grapheme clusters.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#column-object-for-image-carousel
 * @since 0.1.0
 * @category schemas
 */
export const ImageCarouselAction: Schema.Schema<Action> = Schema.Union(...actions(imageCarouselLabel))
  .pipe(Limit.whole<Action>(consistent))
  .annotations({ identifier: "ImageCarouselAction" })

/**
 * An action of a quick reply: the label is required, at most 20 grapheme clusters.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#items-object
 * @since 0.1.0
 * @category schemas
 */
export const QuickReplyAction: Schema.Schema<QuickReplyAction> = Schema.Union(
  ...actions(quickReplyLabel),
  Schema.Struct({ type: Schema.Literal("camera"), label: quickReplyLabel }),
  Schema.Struct({ type: Schema.Literal("cameraRoll"), label: quickReplyLabel }),
  Schema.Struct({ type: Schema.Literal("location"), label: quickReplyLabel })
)
  .pipe(Limit.whole<QuickReplyAction>(consistentInQuickReply))
  .annotations({ identifier: "QuickReplyAction" })

/**
 * An action of a rich menu: the label is optional, at most 20 grapheme clusters.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#rich-menu-object
 * @since 0.1.0
 * @category schemas
 */
export const RichMenuAction: Schema.Schema<RichMenuAction> = Schema.Union(
  ...actions(richMenuLabel),
  Schema.Struct({
    type: Schema.Literal("richmenuswitch"),
    label: richMenuLabel,
    richMenuAliasId: Limit.text(32, 0),
    data
  })
)
  .pipe(Limit.whole<RichMenuAction>(consistent))
  .annotations({ identifier: "RichMenuAction" })

/**
 * Makes an action from everything but its `type`. What is made with a label is {@link Labelled}.
 *
 * @since 0.1.0
 * @category constructors
 */
export interface Constructor<A extends RichMenuAction> {
  (options: Labelled<Omit<A, "type">>): Labelled<A>
  (options: Omit<A, "type">): A
}

const constructor =
  <A extends RichMenuAction>(type: A["type"]): Constructor<A> =>
  (options: Omit<A, "type">) =>
    // The overloads say when the label is there; TypeScript does not put an object of a generic type together again.
    ({ type, ...options }) as unknown as Labelled<A>

/**
 * Makes a {@link PostbackAction}.
 *
 * @example
 * ```ts
 * import * as Action from "line-effect/Action"
 *
 * Action.postback({ label: "Buy", data: "action=buy&item=1", displayText: "I'll take it" })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const postback: Constructor<PostbackAction> = constructor("postback")

/**
 * Makes a {@link MessageAction}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const message: Constructor<MessageAction> = constructor("message")

/**
 * Makes a {@link UriAction}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const uri: Constructor<UriAction> = constructor("uri")

/**
 * Makes a {@link DatetimePickerAction}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const datetimepicker: Constructor<DatetimePickerAction> = constructor("datetimepicker")

/**
 * Makes a {@link ClipboardAction}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const clipboard: Constructor<ClipboardAction> = constructor("clipboard")

/**
 * Makes a {@link RichMenuSwitchAction}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const richmenuswitch: Constructor<RichMenuSwitchAction> = constructor("richmenuswitch")

/**
 * Makes a {@link CameraAction}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const camera = (options: Omit<CameraAction, "type">): CameraAction => ({ type: "camera", ...options })

/**
 * Makes a {@link CameraRollAction}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const cameraRoll = (options: Omit<CameraRollAction, "type">): CameraRollAction => ({
  type: "cameraRoll",
  ...options
})

/**
 * Makes a {@link LocationAction}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const location = (options: Omit<LocationAction, "type">): LocationAction => ({ type: "location", ...options })
