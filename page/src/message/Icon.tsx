/**
 * The drawings of the page: none of them is LINE's.
 */
import type { VNode } from "preact"

const paths = {
  camera: "M4 8h3l2-3h6l2 3h3v11H4zM12 10a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 8.5h.01",
  pin: "M12 21s-6-6.2-6-11a6 6 0 0 1 12 0c0 4.8-6 11-6 11zM12 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  sticker: "M5 4h14v9l-6 7H5zM19 13h-6v7M9 9h.01M14 9h.01M9 12.5c1.4 1.4 3.6 1.4 5 0",
  coupon: "M3 7h18v3a2 2 0 0 0 0 4v3H3v-3a2 2 0 0 0 0-4zM14 7v10",
  person: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21c0-4.5 3.5-7 8-7s8 2.5 8 7",
  broken: "M4 5h16v14H4zM4 5l16 14",
  question: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M12 16.5h.01",
  down: "M6 9l6 6 6-6",
  up: "M6 15l6-6 6 6"
}

/** A drawing of a line; screen readers pass over it. */
export const Icon = (props: { readonly name: keyof typeof paths }): VNode => (
  <svg class="line-icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d={paths[props.name]} />
  </svg>
)
