import { assert, describe, it } from "@effect/vitest"
import type { Schema } from "effect"
import * as Action from "line-effect/Action"
import * as Flex from "line-effect/Flex"
import * as Message from "line-effect/Message"
import { family, limits, refusals, times, urlOf } from "./support/Refusals.js"

const url = "https://example.com/a.png"
const action = Action.uri({ label: "l", uri: "https://example.com/" })
const text = Flex.text("t")
const body = Flex.box({ layout: "vertical", contents: [text] })
const image = Flex.image(url)
const video = Flex.video({ url, previewUrl: url, altContent: image })

const box = (layout: Flex.Box["layout"], ...contents: ReadonlyArray<unknown>) => ({ type: "box", layout, contents })

limits("a Flex box", Flex.Box, [
  {
    limit: "takes everything but icons when it is horizontal or vertical",
    accepts: (["horizontal", "vertical"] as const).map((layout) =>
      box(layout, body, Flex.button({ action }), image, text, Flex.separator(), Flex.filler())
    ),
    refuses: [
      [box("vertical", text, Flex.icon(url)), "contents[1].type"],
      [box("horizontal", Flex.icon(url)), "contents[0].type"]
    ]
  },
  {
    limit: "takes icons, texts and fillers when it is a baseline box, and may be empty",
    accepts: [box("baseline", Flex.icon(url), text, Flex.filler()), box("baseline")],
    refuses: [
      [
        box("baseline", body, text, Flex.button({ action }), image, Flex.separator()),
        "contents[0].type",
        "contents[2].type",
        "contents[3].type",
        "contents[4].type"
      ]
    ]
  },
  {
    limit: "leaves it to LINE to ignore gravity and offsetBottom in a baseline box",
    accepts: [
      box(
        "baseline",
        Flex.icon(url, { offsetBottom: "1px" }),
        Flex.text("4.0", { gravity: "top", margin: "md", flex: 0, offsetBottom: "md" })
      )
    ],
    refuses: []
  },
  {
    limit: "takes neither spans nor videos",
    accepts: [],
    refuses: [[box("vertical", Flex.span("s"), video), "contents[0].type", "contents[1].type"]]
  },
  {
    limit: "is checked to any depth",
    accepts: [box("vertical", box("horizontal", box("vertical", box("baseline", Flex.icon(url)))))],
    refuses: [
      [
        box("vertical", box("horizontal", box("vertical", box("baseline", image)))),
        "contents[0].contents[0].contents[0].contents[0].type"
      ]
    ]
  }
])

/** Values that a property takes, and values that it does not. */
interface Values {
  readonly takes: ReadonlyArray<unknown>
  readonly refuses: ReadonlyArray<unknown>
}

/** Every property of a part of a Flex Message alone, at its place in the part. */
const properties = <A>(
  of: string,
  schema: Schema.Schema<A>,
  place: (property: object) => unknown,
  properties: Readonly<Record<string, Values>>,
  under = ""
) => {
  const each = (values: (property: Values) => ReadonlyArray<unknown>) =>
    Object.entries(properties).flatMap(([name, property]) =>
      values(property).map((value) => [place({ [name]: value }), `${under}${name}`] as const)
    )
  limits(of, schema, [
    {
      limit: "takes the values of each property, and no others",
      accepts: each(({ takes }) => takes).map(([value]) => value),
      refuses: each(({ refuses }) => refuses)
    }
  ])
}

const oneOf = (...takes: ReadonlyArray<string>): Values => ({ takes, refuses: ["junk", "", 1, null] })

/** Keywords, and numbers with units. */
const measure = (
  keywords: ReadonlyArray<string>,
  units: ReadonlyArray<string>,
  refuses: ReadonlyArray<string>
): Values => ({
  takes: [...keywords, ...units.flatMap((unit) => [`0${unit}`, `10${unit}`, `23.5${unit}`])],
  refuses: [...refuses, "junk", "", "10", "10em", "10 px", "xmd", "mdx", "x10px", "10pxx", 10, null]
})

const steps = ["none", "xs", "sm", "md", "lg", "xl", "xxl"]
const fonts = ["xxs", "xs", "sm", "md", "lg", "xl", "xxl", "3xl", "4xl", "5xl"]
const borders = ["none", "light", "normal", "medium", "semi-bold", "bold"]

const spacing = measure(steps, ["px"], ["5%", "xxs", "3xl", "-1px"])
const padding = measure(steps, ["px", "%"], ["xxs", "3xl", "-1px"])
const offset = measure([...steps, "-10px", "-2.5%"], ["px", "%"], ["xxs", "-md", "--1px"])
const pixels = measure([], ["px"], ["md", "5%"])
const dimension = measure([], ["px", "%"], ["md", "full"])
const borderWidth = measure(borders, ["px"], ["1%", "semibold", "md"])
const fontSize = measure(fonts, ["px"], ["50%", "full", "none", "2xl"])
const imageSize = measure([...fonts, "full"], ["px", "%"], ["none", "2xl"])

const boolean: Values = { takes: [true, false], refuses: ["true", 1, null] }
const natural: Values = { takes: [0, 1, 20], refuses: [-1, 1.5, "1", null] }
const object: Values = { takes: [], refuses: ["junk", [], null] }

const color: Values = {
  takes: ["#00ff00", "#00FF00aA", "#123456"],
  refuses: ["green", "#0f0", "#00ff0", "#00ff00a", "#00ff00aa0", "#gg0000", "00ff00", "x#00ff00", "#00ff00x", 0, null]
}

const aspectRatio: Values = {
  takes: ["1:1", "20:13", "1:3", "1.91:1", "100000:1", "100000:100000"],
  refuses: ["1:3.1", "0:0", "0.5:1", "100001:1", "1/3", "x1:1", "1:1x", "1:1:1", "16:", "", 1, null]
}

const httpsUrl: Values = {
  takes: [urlOf(2000)],
  refuses: [urlOf(2001), "http://example.com/a.png", "https:a.png", "", 1, null, undefined]
}

const align = oneOf("start", "end", "center")
const gravity = oneOf("top", "bottom", "center")
const adjustMode = oneOf("shrink-to-fit")

const placement = {
  margin: spacing,
  position: oneOf("relative", "absolute"),
  offsetTop: offset,
  offsetBottom: offset,
  offsetStart: offset,
  offsetEnd: offset
}

const textStyle = {
  size: fontSize,
  color,
  weight: oneOf("regular", "bold"),
  style: oneOf("normal", "italic"),
  decoration: oneOf("none", "underline", "line-through")
}

properties("a Flex box", Flex.Box, (property) => ({ ...box("vertical"), ...property }), {
  ...placement,
  layout: oneOf("horizontal", "vertical", "baseline"),
  flex: natural,
  spacing,
  backgroundColor: color,
  borderColor: color,
  borderWidth,
  cornerRadius: spacing,
  width: dimension,
  maxWidth: dimension,
  height: dimension,
  maxHeight: dimension,
  paddingAll: padding,
  paddingTop: padding,
  paddingBottom: padding,
  paddingStart: padding,
  paddingEnd: padding,
  justifyContent: oneOf("center", "flex-start", "flex-end", "space-between", "space-around", "space-evenly"),
  alignItems: oneOf("center", "flex-start", "flex-end"),
  background: object,
  action: object
})

const gradient = { type: "linearGradient", angle: "90deg", startColor: "#000000", endColor: "#ffffff80" }

properties(
  "the gradient of a Flex box",
  Flex.Box,
  (property) => ({ ...box("vertical"), background: { ...gradient, ...property } }),
  {
    type: oneOf("linearGradient"),
    angle: {
      takes: ["0deg", "9deg", "45.5deg", "300deg", "359.9deg"],
      refuses: ["360deg", "400deg", "1000deg", "-1deg", "45", "x45deg", "45degx", 45, null, undefined]
    },
    startColor: color,
    endColor: color,
    centerColor: color,
    centerPosition: { takes: ["0%", "50.5%", "100%", "100.0%"], refuses: ["101%", "100.1%", "-1%", "50", "x5%", 50] }
  },
  "background."
)

properties("a Flex button", Flex.Button, (property) => ({ ...Flex.button({ action }), ...property }), {
  ...placement,
  action: { takes: [action], refuses: ["junk", [], null, undefined] },
  flex: natural,
  height: oneOf("sm", "md"),
  style: oneOf("primary", "secondary", "link"),
  color,
  gravity,
  adjustMode,
  scaling: boolean
})

properties("a Flex image", Flex.Image, (property) => ({ ...image, ...property }), {
  ...placement,
  url: httpsUrl,
  flex: natural,
  align,
  gravity,
  size: imageSize,
  aspectRatio,
  aspectMode: oneOf("cover", "fit"),
  backgroundColor: color,
  action: object,
  animated: boolean
})

properties("a Flex video", Flex.Video, (property) => ({ ...video, ...property }), {
  url: httpsUrl,
  previewUrl: httpsUrl,
  altContent: { takes: [body, image], refuses: ["junk", null, undefined] },
  aspectRatio,
  action: object
})

properties("a Flex icon", Flex.Icon, (property) => ({ ...Flex.icon(url), ...property }), {
  ...placement,
  url: httpsUrl,
  size: fontSize,
  aspectRatio,
  scaling: boolean
})

properties("a Flex text", Flex.Text, (property) => ({ ...text, ...property }), {
  ...placement,
  ...textStyle,
  contents: { takes: [[], [Flex.span("s")]], refuses: ["junk", {}, null] },
  flex: natural,
  align,
  gravity,
  wrap: boolean,
  lineSpacing: pixels,
  maxLines: natural,
  adjustMode,
  scaling: boolean,
  action: object
})

properties("a Flex span", Flex.Span, (property) => ({ ...Flex.span("s"), ...property }), {
  ...textStyle,
  text: { takes: ["t", "", undefined], refuses: [1, null] }
})

properties("a Flex separator", Flex.Separator, (property) => ({ ...Flex.separator(), ...property }), {
  margin: spacing,
  color
})

properties("a Flex filler", Flex.Filler, (property) => ({ ...Flex.filler(), ...property }), { flex: natural })

properties("a Flex bubble", Flex.Bubble, (property) => ({ ...Flex.bubble({ body }), ...property }), {
  size: oneOf("nano", "micro", "deca", "hecto", "kilo", "mega", "giga"),
  direction: oneOf("ltr", "rtl"),
  styles: object,
  action: object
})

for (const block of ["header", "hero", "body", "footer"]) {
  properties(
    `the style of the ${block} of a Flex bubble`,
    Flex.Bubble,
    (property) => ({ ...Flex.bubble({ body }), styles: { [block]: property } }),
    { backgroundColor: color, separator: boolean, separatorColor: color },
    `styles.${block}.`
  )
}

limits("a Flex component", Flex.Component, [
  {
    limit: "that is a text has a text or spans",
    accepts: [
      Flex.text([Flex.span("a"), Flex.span("b", { size: "5xl", weight: "bold" })]),
      { type: "text", text: "t", contents: [] },
      { type: "text", text: "", contents: [Flex.span("a")] },
      Flex.text("t", { size: "16.5px", lineSpacing: "10px", maxLines: 2, wrap: true })
    ],
    refuses: [
      [{ type: "text" }, "text"],
      [{ type: "text", contents: [] }, "text"],
      [{ type: "text", text: "" }, "text"],
      [{ type: "text", text: "", contents: [] }, "text"],
      [{ type: "text", text: 1, contents: [Flex.span("a")] }, "text"],
      [{ type: "text", contents: [text] }, "contents[0].type"],
      [{ type: "text", text: "t", size: "50%", lineSpacing: "md" }, "size", "lineSpacing"]
    ]
  },
  {
    limit: "that is a button has a label of at most 40 grapheme clusters",
    accepts: [Flex.button({ action: Action.message({ label: family.repeat(40), text: "t" }) })],
    refuses: [
      [Flex.button({ action: Action.message({ label: family.repeat(41), text: "t" }) }), "action.label"],
      [{ type: "button", action: { type: "message", text: "t" } }, "action.label"],
      [{ type: "button" }, "action"]
    ]
  }
])

const bubble = (options: object) => ({ type: "bubble", ...options })

/** A bubble of exactly so many bytes of JSON, in characters of three bytes as far as they go. */
const heavy = (bytes: number): Flex.Bubble => {
  const of = (content: string) =>
    Flex.bubble({ body: Flex.box({ layout: "vertical", contents: [Flex.text(content)] }) })
  const rest = bytes - JSON.stringify(of("")).length
  return of("あ".repeat(Math.floor(rest / 3)) + "a".repeat(rest % 3))
}

limits("a Flex bubble", Flex.Bubble, [
  {
    limit: "has at least one block",
    accepts: [
      bubble({ body }),
      bubble({ hero: image }),
      bubble({ footer: body, styles: { footer: { separator: true } } })
    ],
    refuses: [
      [bubble({}), ""],
      [bubble({ styles: { body: { backgroundColor: "white" } } }), "styles.body.backgroundColor", ""]
    ]
  },
  {
    limit: "has boxes for blocks, and as its hero also an image or a video",
    accepts: [bubble({ hero: body })],
    refuses: [
      [bubble({ body: text, footer: image }), "body.type", "footer.type"],
      [bubble({ hero: text }), "hero.type"]
    ]
  },
  {
    limit: "has no block that is placed absolutely",
    accepts: [bubble({ body: box("vertical", text, { ...body, position: "absolute", offsetTop: "0px" }) })],
    refuses: [[bubble({ hero: { ...image, position: "absolute" } }), "hero.position"]]
  },
  {
    limit: "has a video only from the size kilo on, which is met by the size that LINE assumes",
    accepts: [bubble({ hero: video }), ...["kilo", "mega", "giga"].map((size) => bubble({ hero: video, size }))],
    refuses: ["nano", "micro", "deca", "hecto"].map((size) => [bubble({ hero: video, size }), "hero.type"] as const)
  },
  {
    limit: "has a video whose only action is to open a URI",
    accepts: [bubble({ hero: { ...video, action: Action.uri({ uri: "https://example.com/" }) } })],
    refuses: [
      [bubble({ hero: { ...video, action: Action.message({ text: "t" }) } }), "hero.action.type"],
      [bubble({ hero: { type: "video", url: "ftp://a" } }), "hero.url", "hero.previewUrl", "hero.altContent"],
      [bubble({ hero: { ...video, altContent: text } }), "hero.altContent.type"]
    ]
  },
  { limit: "is at most 30 KB of JSON in UTF-8", accepts: [heavy(30 * 1024)], refuses: [[heavy(30 * 1024 + 1), ""]] },
  {
    limit: "has no size where it cannot be JSON, which the request reports",
    accepts: [bubble({ body, novelty: 1n })],
    refuses: [[bubble({ body: { ...body, flex: 1n } }), "body.flex"]]
  }
])

const carousel = (...contents: ReadonlyArray<object>) => ({ type: "carousel", contents })

/** What is left for the second bubble of a carousel of 50 KB. */
const rest = 50 * 1024 - JSON.stringify(carousel()).length - 25_000 - 1

const animated = (count: number) => box("vertical", ...times(count, Flex.image(url, { animated: true })))

limits("a Flex container", Flex.Container, [
  {
    limit: "that is a carousel has 1 to 12 bubbles",
    accepts: [carousel(...times(12, bubble({ body })))],
    refuses: [
      [carousel(...times(13, bubble({ body }))), "contents"],
      [carousel(), "contents"]
    ]
  },
  {
    limit: "that is a carousel has bubbles of one size, which LINE assumes to be mega",
    accepts: [
      carousel(bubble({ body }), bubble({ body, size: "mega" })),
      carousel(...times(2, bubble({ body, size: "nano" })))
    ],
    refuses: [[carousel(bubble({ body }), bubble({ body, size: "giga" }), bubble({ body })), "contents[1].size"]]
  },
  {
    limit: "that is a carousel has no videos",
    accepts: [],
    refuses: [[carousel(bubble({ body }), bubble({ hero: video })), "contents[1].hero.type"]]
  },
  {
    limit: "that is a carousel is at most 50 KB of JSON in UTF-8",
    accepts: [carousel(heavy(25_000), heavy(rest))],
    refuses: [[carousel(heavy(25_000), heavy(rest + 1)), ""]]
  },
  {
    limit: "has at most 10 animated images in all",
    accepts: [bubble({ body: animated(10) }), carousel(...times(2, bubble({ body: animated(5) })))],
    refuses: [
      [bubble({ body: animated(11) }), ""],
      [bubble({ body: animated(9), hero: { ...video, altContent: animated(2) } }), ""],
      [carousel(...times(2, bubble({ header: animated(3), body: box("vertical", animated(3)) }))), ""]
    ]
  },
  { limit: "is a bubble or a carousel", accepts: [], refuses: [[{ type: "box" }, "type"]] }
])

limits("a Flex message", Message.FlexMessage, [
  {
    limit: "has an alternative text of 1 to 1,500 code units",
    accepts: [Message.flex({ altText: "a".repeat(1500), contents: Flex.bubble({ body }) })],
    refuses: [
      [Message.flex({ altText: "a".repeat(1501), contents: Flex.bubble({ body }) }), "altText"],
      [{ type: "flex", contents: bubble({}) }, "altText", "contents"]
    ]
  }
])

describe("Flex types", () => {
  it("take colours and ratios from anywhere, and keywords that are constants", () => {
    const theme: { readonly accent: string; readonly ratio: string } = { accent: "#00ff00", ratio: "20:13" }
    const sizes = { title: "xl", gap: "12px" } as const
    const component = Flex.box({
      layout: "vertical",
      backgroundColor: theme.accent,
      spacing: sizes.gap,
      contents: [
        Flex.image(url, { aspectRatio: theme.ratio }),
        Flex.text("t", { size: sizes.title, color: theme.accent })
      ]
    })
    assert.deepStrictEqual(refusals(Flex.Box, component), [])
  })

  it("know the keywords", () => {
    // @ts-expect-error no font is that small
    const tiny = Flex.text("t", { size: "tiny" })
    assert.deepStrictEqual(refusals(Flex.Text, tiny), ["size"])
  })
})

describe("Flex constructors", () => {
  it("only add the type", () => {
    assert.deepStrictEqual(
      Flex.carousel([
        Flex.bubble({
          hero: Flex.image(url, { size: "full" }),
          body: Flex.box({ layout: "baseline", contents: [Flex.icon(url, { size: "sm" }), Flex.text("t")] })
        })
      ]),
      {
        type: "carousel",
        contents: [
          {
            type: "bubble",
            hero: { type: "image", url, size: "full" },
            body: {
              type: "box",
              layout: "baseline",
              contents: [
                { type: "icon", url, size: "sm" },
                { type: "text", text: "t" }
              ]
            }
          }
        ]
      }
    )
  })

  it("make a text from spans", () => {
    assert.deepStrictEqual(Flex.text([Flex.span("a")], { wrap: true }), {
      type: "text",
      contents: [{ type: "span", text: "a" }],
      wrap: true
    })
  })
})
