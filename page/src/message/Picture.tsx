/**
 * Pictures, and what stands for them where they cannot be loaded.
 */
import { useState } from "preact/hooks"
import type { VNode } from "preact"
import { Icon } from "./Icon.js"
import { text } from "./Untrusted.js"

/** A picture in a frame that has its size from elsewhere, or a placeholder with its URL. */
export const Picture = (props: {
  /** The URL, if it is one that may be loaded. */
  readonly src: string | undefined
  /** What the message has as the URL. */
  readonly given: unknown
  readonly alt: string
  readonly class?: string
  readonly fit?: "cover" | "contain"
  /** The widths in which there is the picture, for the browser to choose. */
  readonly srcset?: string | undefined
  readonly sizes?: string
}): VNode => {
  const { alt, fit, given, sizes, src, srcset } = props
  const [failed, setFailed] = useState<string>()
  const className = `line-picture ${props.class ?? ""}`
  if (src === undefined || src === failed) return <MissingPicture class={className} given={given} alt={alt} />
  return (
    <img
      key={src}
      class={className}
      style={{ objectFit: fit }}
      src={src}
      srcset={srcset}
      sizes={srcset === undefined ? undefined : sizes}
      alt={alt}
      decoding="async"
      referrerpolicy="no-referrer"
      onError={() => setFailed(src)}
    />
  )
}

const MissingPicture = (props: { readonly class: string; readonly given: unknown; readonly alt: string }): VNode => {
  const url = text(props.given) ?? "No URL"
  return (
    <span class={`${props.class} line-picture-missing`} title={url}>
      <Icon name="broken" />
      <span class="line-picture-url">{url}</span>
    </span>
  )
}
