/**
 * The drawings of what is around the chat.
 */
import type { VNode } from "preact"

const paths = {
  plus: "M12 5v14M5 12h14",
  send: "M4 12 20 4l-5 16-3.500-6.500zM11.500 13.500 20 4",
  more: "M5 11a1 1 0 1 0 0 2 1 1 0 0 0 0-2zM12 11a1 1 0 1 0 0 2 1 1 0 0 0 0-2zM19 11a1 1 0 1 0 0 2 1 1 0 0 0 0-2z",
  close: "M6 6l12 12M18 6 6 18",
  at: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM16 8v5.500a2.500 2.500 0 0 0 5 0V12a9 9 0 1 0-3.500 7.100",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  check: "M5 12.500 10 17.500 19 7",
  user: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21c0-4.500 3.500-7 8-7s8 2.500 8 7",
  users:
    "M9 5a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7zM2.500 20c0-3.500 2.600-5.500 6.500-5.500s6.500 2 6.500 5.500M15.500 5.300a3.500 3.500 0 0 1 0 6.500M18 14.800c2.200.7 3.500 2.500 3.500 5.200",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.500v2M12 19.500v2M2.500 12h2M19.500 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M18.700 5.300l-1.400 1.400M6.700 17.300l-1.400 1.400",
  moon: "M20 14.500A8.500 8.500 0 0 1 9.500 4 8.500 8.500 0 1 0 20 14.500z",
  system: "M3 5h18v12H3zM8 21h8M12 17v4",
  warning: "M12 4 2.500 20h19zM12 10v4.500M12 17.300h.01",
  out: "M14 5h5v5M19 5l-9 9M17 14v5H5V7h5",
  again: "M19.500 12a7.500 7.500 0 1 1-2.200-5.300L20 9.400M20 4v5.400h-5.400",
  bolt: "M13 3 5 13.500h6L10 21l9-11h-6.500z",
  down: "M12 5v14M6 13l6 6 6-6",
  toBot: "M4 12h15M13 6l6 6-6 6",
  fromBot: "M20 12H5M11 6l-6 6 6 6"
}

/** A drawing of a line; screen readers pass over it. */
export const Glyph = (props: { readonly name: keyof typeof paths }): VNode => (
  <svg class="glyph" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d={paths[props.name]} />
  </svg>
)
