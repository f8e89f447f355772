import { assert, describe, it } from "@effect/vitest"
import * as Action from "line-effect/Action"
import * as Flex from "line-effect/Flex"
import * as Message from "line-effect/Message"
import { family, limits, times, urlOf } from "./support/Refusals.js"

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
    limit: "has no gravity and no offsetBottom in a baseline box",
    accepts: [box("vertical", Flex.text("t", { gravity: "top", offsetBottom: "md" }))],
    refuses: [
      [
        box(
          "baseline",
          Flex.text("t", { gravity: "top", offsetBottom: "md" }),
          Flex.icon(url, { offsetBottom: "1px" })
        ),
        "contents[0].gravity",
        "contents[0].offsetBottom",
        "contents[1].offsetBottom"
      ]
    ]
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

const sized = (options: object) => ({ ...box("vertical"), ...options })

limits("a Flex box's looks", Flex.Box, [
  {
    limit: "are sizes with the keywords and units of each property, decimals allowed",
    accepts: [
      sized({ margin: "xxl", spacing: "23.5px", cornerRadius: "none", paddingAll: "5.5%", paddingTop: "md" }),
      sized({ offsetTop: "-10px", offsetStart: "-2.5%", offsetEnd: "xs", borderWidth: "semi-bold" }),
      sized({ borderWidth: "2px", width: "50%", maxWidth: "100px", height: "1.5px", maxHeight: "100%", flex: 0 })
    ],
    refuses: [
      [sized({ margin: "5%", spacing: "3xl" }), "margin", "spacing"],
      [sized({ cornerRadius: "10", borderWidth: "1%" }), "borderWidth", "cornerRadius"],
      [sized({ paddingAll: "-1px", offsetTop: "10em" }), "offsetTop", "paddingAll"],
      [sized({ width: "md", maxHeight: "full" }), "width", "maxHeight"],
      [sized({ flex: 1.5 }), "flex"]
    ]
  },
  {
    limit: "are colours #RRGGBB and #RRGGBBAA",
    accepts: [sized({ backgroundColor: "#00ff00", borderColor: "#00FF00aa" })],
    refuses: [[sized({ backgroundColor: "green", borderColor: "#0f0" }), "backgroundColor", "borderColor"]]
  },
  {
    limit: "are a gradient at an angle from 0 to under 360 degrees",
    accepts: ["0deg", "45.5deg", "359.9deg"].map((angle) =>
      sized({
        background: {
          type: "linearGradient",
          angle,
          startColor: "#000000",
          endColor: "#ffffff80",
          centerColor: "#808080",
          centerPosition: "100%"
        }
      })
    ),
    refuses: [
      [
        sized({
          background: { type: "linearGradient", angle: "360deg", startColor: "#000000", centerPosition: "101%" }
        }),
        "background.angle",
        "background.endColor",
        "background.centerPosition"
      ],
      [
        sized({ background: { type: "linearGradient", angle: "-1deg", startColor: "#000000", endColor: "black" } }),
        "background.angle",
        "background.endColor"
      ]
    ]
  }
])

limits("a Flex component", Flex.Component, [
  {
    limit: "that is a text has a text or spans",
    accepts: [
      Flex.text([Flex.span("a"), Flex.span("b", { size: "5xl", weight: "bold" })]),
      { type: "text", text: "t", contents: [] },
      Flex.text("t", { size: "16.5px", lineSpacing: "10px", maxLines: 2, wrap: true })
    ],
    refuses: [
      [{ type: "text" }, "text"],
      [{ type: "text", contents: [] }, "text"],
      [{ type: "text", text: "" }, "text"],
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
  },
  {
    limit: "that is an image has sides from 1 to 100000, and is at most three times as high as wide",
    accepts: [
      Flex.image(url, { aspectRatio: "1:3" }),
      Flex.image(url, { aspectRatio: "1.91:1" }),
      Flex.image(url, { aspectRatio: "100000:1" }),
      Flex.image(url, { size: "full" }),
      Flex.image(url, { size: "50%" })
    ],
    refuses: [
      [Flex.image(url, { aspectRatio: "1:3.1" }), "aspectRatio"],
      [Flex.image(url, { aspectRatio: "0:0" }), "aspectRatio"],
      [Flex.image(url, { aspectRatio: "100001:1" }), "aspectRatio"],
      [{ ...image, aspectRatio: "1/3" }, "aspectRatio"],
      [{ ...image, size: "huge" }, "size"]
    ]
  },
  {
    limit: "has https URLs of at most 2,000 code units",
    accepts: [Flex.image(urlOf(2000))],
    refuses: [
      [Flex.image(urlOf(2001)), "url"],
      [Flex.image("http://example.com/a.png"), "url"]
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
  { limit: "is at most 30 KB of JSON in UTF-8", accepts: [heavy(30 * 1024)], refuses: [[heavy(30 * 1024 + 1), ""]] }
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
