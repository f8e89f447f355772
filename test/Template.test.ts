import { assert, describe, it } from "@effect/vitest"
import * as Action from "line-effect/Action"
import * as Template from "line-effect/Template"
import { family, limits, times, urlOf } from "./support/Refusals.js"

const action = Action.message({ label: "l", text: "t" })

const buttons = (options: object) => ({ type: "buttons", text: "t", actions: [action], ...options })

const besideText = [{ title: "t" }, { thumbnailImageUrl: urlOf(30) }]
const shortTexts = besideText.map((beside) => ({ ...beside, text: family.repeat(60) }))
const longTexts = besideText.map((beside) => ({ ...beside, text: family.repeat(61) }))

limits("a buttons template", Template.ButtonsTemplate, [
  {
    limit: "has a text of at most 160 grapheme clusters, and 60 beside an image or a title",
    accepts: [buttons({ text: family.repeat(160) }), ...shortTexts.map((options) => buttons(options))],
    refuses: [
      [buttons({ text: family.repeat(161) }), "text"],
      [buttons({ text: "" }), "text"],
      ...longTexts.map((options) => [buttons(options), "text"] as const)
    ]
  },
  {
    limit: "has a title of at most 40 grapheme clusters, which may be none",
    accepts: [buttons({ title: family.repeat(40) }), buttons({ title: "" })],
    refuses: [
      [buttons({ title: family.repeat(41) }), "title"],
      [buttons({ title: 1 }), "title"]
    ]
  },
  {
    limit: "has 1 to 4 actions, each with a label of at most 20 grapheme clusters",
    accepts: [buttons({ actions: times(4, action) })],
    refuses: [
      [buttons({ actions: times(5, action) }), "actions"],
      [buttons({ actions: [] }), "actions"],
      [
        buttons({
          actions: [
            { ...action, label: "l".repeat(21) },
            { type: "message", text: "t" }
          ]
        }),
        "actions[0].label",
        "actions[1].label"
      ]
    ]
  },
  {
    limit: "answers taps beside its buttons, with a label of at most 20 grapheme clusters or none",
    accepts: [
      buttons({ defaultAction: Action.uri({ uri: "https://example.com/" }) }),
      buttons({ defaultAction: { ...action, label: family.repeat(20) } })
    ],
    refuses: [
      [buttons({ defaultAction: { ...action, label: "l".repeat(21) } }), "defaultAction.label"],
      [buttons({ defaultAction: Action.camera({ label: "l" }) }), "defaultAction.type"]
    ]
  },
  {
    limit: "has an image behind an https URL of at most 2,000 code units",
    accepts: [buttons({ thumbnailImageUrl: urlOf(2000) })],
    refuses: [
      [buttons({ thumbnailImageUrl: urlOf(2001) }), "thumbnailImageUrl"],
      [buttons({ thumbnailImageUrl: "http://example.com/a.png" }), "thumbnailImageUrl"]
    ]
  },
  {
    limit: "has LINE's image shapes and a background #RRGGBB",
    accepts: [buttons({ imageAspectRatio: "square", imageSize: "contain", imageBackgroundColor: "#00fFaA" })],
    refuses: [
      [
        buttons({ imageAspectRatio: "round", imageSize: "fit", imageBackgroundColor: "#fff" }),
        "imageBackgroundColor",
        "imageAspectRatio",
        "imageSize"
      ]
    ]
  }
])

limits("a confirm template", Template.ConfirmTemplate, [
  {
    limit: "has a text of at most 240 grapheme clusters",
    accepts: [Template.confirm({ text: family.repeat(240), actions: [action, action] })],
    refuses: [[Template.confirm({ text: family.repeat(241), actions: [action, action] }), "text"]]
  },
  {
    limit: "has exactly 2 actions",
    accepts: [],
    refuses: [
      [Template.confirm({ text: "t", actions: [action] }), "actions"],
      [Template.confirm({ text: "t", actions: times(3, action) }), "actions"]
    ]
  }
])

const carousel = (...columns: ReadonlyArray<object>) => ({
  type: "carousel",
  columns: columns.map((column) => ({ text: "t", actions: [action], ...column }))
})

limits("a carousel template", Template.CarouselTemplate, [
  {
    limit: "has 1 to 10 columns",
    accepts: [carousel(...times(10, {}))],
    refuses: [
      [carousel(...times(11, {})), "columns"],
      [carousel(), "columns"]
    ]
  },
  {
    limit: "has texts of at most 120 grapheme clusters, and 60 beside an image or a title",
    accepts: [carousel({ text: family.repeat(120) }), ...shortTexts.map((options) => carousel(options))],
    refuses: [
      [carousel({ text: family.repeat(121) }), "columns[0].text"],
      ...longTexts.map((options) => [carousel(options), "columns[0].text"] as const)
    ]
  },
  {
    limit: "has 1 to 3 actions in a column, as many in every column, and one beside them without a label",
    accepts: [
      carousel({ actions: times(3, action) }, { actions: times(3, action) }),
      carousel({ defaultAction: Action.message({ text: "t" }) })
    ],
    refuses: [
      [carousel({ actions: times(4, action) }), "columns[0].actions"],
      [carousel({ actions: [] }), "columns[0].actions"],
      [carousel({}, { actions: [action, action] }, {}), "columns[1].actions"]
    ]
  },
  {
    limit: "has an image in all columns or in none, and a title",
    accepts: [carousel({ title: "t", thumbnailImageUrl: urlOf(30) }, { title: "u", thumbnailImageUrl: urlOf(31) })],
    refuses: [
      [carousel({ title: "t" }, {}), "columns[1].title"],
      [carousel({}, { thumbnailImageUrl: urlOf(30) }), "columns[1].thumbnailImageUrl"]
    ]
  }
])

const images = (count: number, label?: string) =>
  Template.imageCarousel({
    columns: times(count, { imageUrl: urlOf(2000), action: Action.message({ label, text: "t" }) })
  })

limits("an image carousel template", Template.ImageCarouselTemplate, [
  {
    limit: "has 1 to 10 columns",
    accepts: [images(10)],
    refuses: [
      [images(11), "columns"],
      [images(0), "columns"]
    ]
  },
  {
    limit: "has labels of at most 12 grapheme clusters, if any",
    accepts: [images(1, family.repeat(12))],
    refuses: [[images(1, "l".repeat(13)), "columns[0].action.label"]]
  },
  {
    limit: "has images behind https URLs of at most 2,000 code units",
    accepts: [],
    refuses: [[Template.imageCarousel({ columns: [{ imageUrl: urlOf(2001), action }] }), "columns[0].imageUrl"]]
  }
])

limits("a template", Template.Template, [
  {
    limit: "is one of the four",
    accepts: [Template.buttons({ text: "t", actions: [action] }), images(1)],
    refuses: [
      [{ type: "grid" }, "type"],
      [{}, "type"],
      ["buttons", ""]
    ]
  }
])

describe("Template constructors", () => {
  it("only add the type", () => {
    assert.deepStrictEqual(Template.carousel({ columns: [{ text: "t", actions: [action] }] }), {
      type: "carousel",
      columns: [{ text: "t", actions: [{ type: "message", label: "l", text: "t" }] }]
    })
    assert.strictEqual(images(1).type, "image_carousel")
  })
})
