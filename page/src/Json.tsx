/**
 * JSON as a person reads it.
 */
import type { VNode } from "preact"

/** A value, indented. */
export const Json = ({ label, value }: { readonly label: string; readonly value: unknown }): VNode | null =>
  value === undefined ? null : (
    <figure class="json">
      <figcaption>{label}</figcaption>
      <pre tabIndex={0}>{JSON.stringify(value, undefined, 2)}</pre>
    </figure>
  )
