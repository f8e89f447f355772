/**
 * Template messages.
 */
import type { VNode } from "preact"
import type * as Template from "../../../src/Template.js"
import { Picture } from "./Picture.js"
import { ActionButton, actionName, Tappable } from "./Tap.js"
import { UnknownTile } from "./UnknownTile.js"
import { color, list, object, text, webUrl } from "./Untrusted.js"

/** The `template` of a template message. */
export const TemplateView = (props: { readonly template: unknown }): VNode => {
  const template = object<Template.Template>(props.template)
  switch (template.type) {
    case "buttons":
      return <Card card={template} images={template} />
    case "confirm":
      return <Confirm confirm={template} />
    case "carousel":
      return (
        <ul class="line-carousel" tabIndex={0} aria-label="Columns">
          {list(template.columns).map((column, index) => (
            <li key={index}>
              <Card card={column} images={template} />
            </li>
          ))}
        </ul>
      )
    case "image_carousel":
      return (
        <ul class="line-carousel" tabIndex={0} aria-label="Columns">
          {list(template.columns).map((column, index) => (
            <li key={index}>
              <ImageColumn column={column} />
            </li>
          ))}
        </ul>
      )
    default:
      return <UnknownTile kind="Template" value={props.template} />
  }
}

/** A buttons template, or a column of a carousel, whose images have the shape that the carousel says. */
const Card = (props: { readonly card: unknown; readonly images: unknown }): VNode => {
  const card = object<Template.ButtonsTemplate>(props.card)
  const { imageAspectRatio, imageSize } = object<Template.ButtonsTemplate>(props.images)
  const hasTitle = text(card.title) !== undefined
  return (
    <div class="line-template">
      <Tappable class="line-template-top" action={card.defaultAction} name={() => text(card.title) ?? text(card.text)}>
        {card.thumbnailImageUrl === undefined ? null : (
          <div
            class={`line-template-image ${imageAspectRatio === "square" ? "line-template-square" : ""}`}
            style={{ backgroundColor: color(card.imageBackgroundColor) }}
          >
            <Picture
              src={webUrl(card.thumbnailImageUrl)}
              given={card.thumbnailImageUrl}
              alt=""
              fit={imageSize === "contain" ? "contain" : "cover"}
            />
          </div>
        )}
        <div class="line-template-words">
          {hasTitle ? <strong>{text(card.title)}</strong> : null}
          <p class={hasTitle ? "line-template-subtext" : undefined}>{text(card.text)}</p>
        </div>
      </Tappable>
      <Actions actions={card.actions} />
    </div>
  )
}

const Confirm = (props: { readonly confirm: unknown }): VNode => {
  const confirm = object<Template.ConfirmTemplate>(props.confirm)
  return (
    <div class="line-template">
      <div class="line-template-words">
        <p>{text(confirm.text)}</p>
      </div>
      <Actions actions={confirm.actions} beside />
    </div>
  )
}

const Actions = (props: { readonly actions: unknown; readonly beside?: boolean }): VNode => (
  <div class={`line-template-actions ${props.beside === true ? "line-template-beside" : ""}`}>
    {list(props.actions).map((action, index) => (
      <ActionButton key={index} class="line-template-action" action={action}>
        {actionName(action)}
      </ActionButton>
    ))}
  </div>
)

const ImageColumn = (props: { readonly column: unknown }): VNode => {
  const { action, imageUrl } = object<Template.ImageCarouselColumn>(props.column)
  const label = text(object<Template.ImageCarouselColumn["action"]>(action).label)
  return (
    <Tappable class="line-template line-image-column" action={action}>
      <Picture src={webUrl(imageUrl)} given={imageUrl} alt="" fit="cover" />
      {label === undefined ? null : <span class="line-image-column-label">{label}</span>}
    </Tappable>
  )
}
