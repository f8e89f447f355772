import { assert, describe, it } from "@effect/vitest"
import * as Imagemap from "line-effect/Imagemap"
import * as Message from "line-effect/Message"
import { astral, family, limits, refusals, times, urlOf } from "./support/Refusals.js"

const area = { x: 0, y: 0, width: 520, height: 520 }

const action = Imagemap.message({ text: "t", area })

const imagemap = (options: object) => ({
  type: "imagemap",
  baseUrl: "https://example.com/map",
  altText: "a",
  baseSize: { width: 1040, height: 1040 },
  actions: [action],
  ...options
})

const video = (options: object) =>
  imagemap({ video: { originalContentUrl: urlOf(2000), previewImageUrl: urlOf(2000), area, ...options } })

limits("an imagemap message", Message.ImagemapMessage, [
  {
    limit: "has 1 to 50 actions, or none but a video",
    accepts: [imagemap({ actions: times(50, action) }), { ...video({}), actions: [] }],
    refuses: [
      [imagemap({ actions: times(51, action) }), "actions"],
      [imagemap({ actions: [] }), "actions"],
      [{ ...video({}), actions: times(51, action) }, "actions"],
      [{ ...video({}), actions: undefined }, "actions"]
    ]
  },
  {
    limit: "has an alternative text of 1 to 1,500 code units",
    accepts: [imagemap({ altText: astral.repeat(750) })],
    refuses: [
      [imagemap({ altText: `${astral.repeat(750)}a` }), "altText"],
      [imagemap({ altText: "" }), "altText"]
    ]
  },
  {
    limit: "is 1,040 pixels wide",
    accepts: [],
    refuses: [
      [imagemap({ baseSize: { width: 1041, height: 1 } }), "baseSize.width"],
      [imagemap({ baseSize: { width: 1039, height: 1 } }), "baseSize.width"],
      [imagemap({ baseSize: { width: 1040, height: 0 } }), "baseSize.height"],
      [imagemap({ baseSize: { width: 1040 } }), "baseSize.height"]
    ]
  },
  {
    limit: "has an https base URL of at most 2,000 code units",
    accepts: [imagemap({ baseUrl: urlOf(2000) })],
    refuses: [
      [imagemap({ baseUrl: urlOf(2001) }), "baseUrl"],
      [imagemap({ baseUrl: "http://example.com/map" }), "baseUrl"]
    ]
  },
  {
    limit: "has a video with a preview and an area, all or nothing",
    accepts: [video({})],
    refuses: [
      [
        imagemap({ video: { externalLink: { linkUri: urlOf(30), label: "l" } } }),
        "video.originalContentUrl",
        "video.previewImageUrl",
        "video.area"
      ],
      [
        video({ originalContentUrl: urlOf(2001), previewImageUrl: "http://a" }),
        "video.originalContentUrl",
        "video.previewImageUrl"
      ]
    ]
  },
  {
    limit: "has a link after the video with a URI of 1,000 and a label of 30 code units, both or none",
    accepts: [video({ externalLink: { linkUri: urlOf(1000), label: astral.repeat(15) } })],
    refuses: [
      [
        video({ externalLink: { linkUri: urlOf(1001), label: `${astral.repeat(15)}a` } }),
        "video.externalLink.linkUri",
        "video.externalLink.label"
      ],
      [video({ externalLink: { linkUri: urlOf(30) } }), "video.externalLink.label"]
    ]
  }
])

limits("an imagemap action", Imagemap.Action, [
  {
    limit: "opens a URI of at most 1,000 code units",
    accepts: [Imagemap.uri({ linkUri: urlOf(1000), area }), Imagemap.uri({ linkUri: "tel:117", area })],
    refuses: [
      [Imagemap.uri({ linkUri: urlOf(1001), area }), "linkUri"],
      [Imagemap.uri({ linkUri: "ftp://example.com/", area }), "linkUri"]
    ]
  },
  {
    limit: "sends a text of at most 400 code units",
    accepts: [Imagemap.message({ text: astral.repeat(200), area })],
    refuses: [[Imagemap.message({ text: `${astral.repeat(200)}a`, area }), "text"]]
  },
  {
    limit: "copies 1 to 1,000 code units",
    accepts: [Imagemap.clipboard({ clipboardText: "c".repeat(1000), area })],
    refuses: [
      [Imagemap.clipboard({ clipboardText: "c".repeat(1001), area }), "clipboardText"],
      [Imagemap.clipboard({ clipboardText: "", area }), "clipboardText"]
    ]
  },
  {
    limit: "has a label of at most 100 grapheme clusters, if any",
    accepts: [
      Imagemap.message({ label: family.repeat(100), text: "t", area }),
      Imagemap.message({ label: "", text: "t", area })
    ],
    refuses: [[Imagemap.message({ label: "l".repeat(101), text: "t", area }), "label"]]
  },
  {
    limit: "has an area of whole pixels that starts on the image",
    accepts: [],
    refuses: [
      [{ type: "message", text: "t" }, "area"],
      [
        Imagemap.message({ text: "t", area: { x: -1, y: -1, width: 0, height: 1.5 } }),
        "area.x",
        "area.y",
        "area.width",
        "area.height"
      ],
      [{ type: "postback", data: "d", area }, "type"]
    ]
  }
])

describe("Imagemap types", () => {
  it("take a size that was computed", () => {
    const sizeOf = (width: number, height: number): Imagemap.BaseSize => ({ width, height })
    const message = Message.imagemap({
      baseUrl: "https://example.com/map",
      altText: "a",
      baseSize: sizeOf(520 * 2, 585),
      actions: [action]
    })
    assert.deepStrictEqual(refusals(Message.ImagemapMessage, message), [])
  })
})
