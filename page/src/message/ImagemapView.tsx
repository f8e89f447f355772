/**
 * Imagemap messages.
 */
import { useState } from "preact/hooks"
import type { VNode } from "preact"
import type * as Imagemap from "../../../src/Imagemap.js"
import type * as Message from "../../../src/Message.js"
import { Area, areaStyle, sizeOf } from "./Areas.js"
import { Picture } from "./Picture.js"
import { ActionButton } from "./Tap.js"
import { list, object, text, webUrl } from "./Untrusted.js"

/** The widths in which LINE asks for the image, by appending them to its URL. */
const widths = [240, 300, 460, 700, 1040]

const maximumWidth = 1040

/** An image with areas, and a video that plays on it. */
export const ImagemapView = (props: { readonly message: unknown }): VNode => {
  const { actions, altText, baseSize, baseUrl, video } = object<Message.ImagemapMessage>(props.message)
  const size = sizeOf(baseSize, { width: maximumWidth, height: maximumWidth })
  const urlOf = (width: number) => webUrl(typeof baseUrl === "string" ? `${baseUrl}/${width}` : undefined)
  return (
    <div class="line-imagemap" style={{ aspectRatio: `${size.width} / ${size.height}` }}>
      <Picture
        src={urlOf(maximumWidth)}
        given={typeof baseUrl === "string" ? `${baseUrl}/${maximumWidth}` : undefined}
        srcset={widths.map((width) => `${urlOf(width)} ${width}w`).join(", ")}
        sizes="300px"
        alt={text(altText) ?? "Imagemap"}
        fit="cover"
      />
      <Video video={video} size={size} />
      {list(actions).map((action, index) => (
        <Area key={index} area={object<Imagemap.Action>(action).area} size={size} action={withUri(action)} />
      ))}
    </div>
  )
}

/** An action of an imagemap as it is elsewhere, with `uri`. */
const withUri = (value: unknown): unknown => {
  const action = object<Imagemap.UriAction>(value)
  return action.linkUri === undefined ? value : { ...action, uri: action.linkUri }
}

const Video = (props: { readonly video: unknown; readonly size: Imagemap.BaseSize }): VNode | null => {
  const { area, externalLink, originalContentUrl, previewImageUrl } = object<Imagemap.Video>(props.video)
  const [hasEnded, setHasEnded] = useState(false)
  const [failed, setFailed] = useState<string>()
  const style = areaStyle(area, props.size)
  if (style === undefined) return null
  const src = webUrl(originalContentUrl)
  const link = object<Imagemap.ExternalLink>(externalLink)
  const isPlayable = src !== undefined && src !== failed
  return (
    <div class="line-imagemap-video" style={style}>
      {isPlayable ? (
        <video
          src={src}
          poster={webUrl(previewImageUrl)}
          controls
          preload="metadata"
          aria-label="Video"
          onPlay={() => setHasEnded(false)}
          onEnded={() => setHasEnded(true)}
          onError={() => setFailed(src)}
        />
      ) : (
        <Picture src={webUrl(previewImageUrl)} given={originalContentUrl} alt="Video" fit="cover" />
      )}
      {(hasEnded || !isPlayable) && text(link.linkUri) !== undefined ? (
        <ActionButton class="line-imagemap-link" action={{ type: "uri", label: link.label, uri: link.linkUri }}>
          {text(link.label) ?? text(link.linkUri)}
        </ActionButton>
      ) : null}
    </div>
  )
}
