import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as Action from "line-effect/Action"
import * as RichMenu from "line-effect/RichMenu"
import * as RichMenus from "line-effect/RichMenus"
import { astral, family, limits, times } from "./support/Refusals.js"

const area: RichMenu.Area = {
  bounds: { x: 0, y: 0, width: 1200, height: 405 },
  action: Action.postback({ label: "Buy", data: "action=buy" })
}

const menu = (options: object) => ({
  size: { width: 1200, height: 405 },
  selected: false,
  name: "menu",
  chatBarText: "Tap",
  areas: [area],
  ...options
})

const size = (width: unknown, height: unknown) => menu({ size: { width, height } })
const bounds = (options: object) => menu({ areas: [{ ...area, bounds: { ...area.bounds, ...options } }] })
const action = (action: unknown) => menu({ areas: [{ ...area, action }] })

limits("a rich menu", RichMenu.RichMenu, [
  {
    limit: "is 800 to 2,500 pixels wide and at least 250 high",
    accepts: [size(800, 250), size(2500, 1686), size(2500, 250)],
    refuses: [
      [size(799, 250), "size.width"],
      [size(2501, 1686), "size.width"],
      [size(800, 249), "size.height"],
      [size(800.5, 250), "size.width"],
      [menu({ size: { height: 405 } }), "size.width"]
    ]
  },
  {
    limit: "is at least 1.45 times as wide as high",
    accepts: [size(1450, 1000), size(2500, 1724)],
    refuses: [
      [size(1449, 1000), "size"],
      [size(2500, 1725), "size.height", "size"]
    ]
  },
  {
    limit: "has a name of at most 300 and a text on its bar of at most 14 grapheme clusters",
    accepts: [menu({ name: family.repeat(300), chatBarText: astral.repeat(14) }), menu({ name: "", chatBarText: "" })],
    refuses: [
      [menu({ name: `${family.repeat(300)}a` }), "name"],
      [menu({ chatBarText: `${astral.repeat(14)}a` }), "chatBarText"]
    ]
  },
  {
    limit: "has at most 20 areas",
    accepts: [menu({ areas: [] }), menu({ areas: times(20, area) })],
    refuses: [[menu({ areas: times(21, area) }), "areas"]]
  },
  {
    limit: "has areas of whole pixels that are not empty",
    accepts: [bounds({ x: 0, y: 0, width: 1, height: 1 }), bounds({ x: 1000, width: 1000 })],
    refuses: [
      [bounds({ x: -1 }), "areas[0].bounds.x"],
      [bounds({ y: 0.5 }), "areas[0].bounds.y"],
      [bounds({ width: 0, height: 0 }), "areas[0].bounds.width", "areas[0].bounds.height"]
    ]
  },
  {
    limit: "switches to other menus, and takes no action of quick replies",
    accepts: [
      action(Action.richmenuswitch({ richMenuAliasId: "tab-b", data: "tab=b" })),
      action(Action.uri({ uri: "https://example.com/" })),
      action(Action.datetimepicker({ data: "d", mode: "date" }))
    ],
    refuses: [
      [action({ type: "camera", label: "c" }), "areas[0].action.type"],
      [action(Action.message({ label: "l".repeat(21), text: "t" })), "areas[0].action.label"]
    ]
  },
  { limit: "needs all of its parts", accepts: [], refuses: [[{}, "size", "selected", "name", "chatBarText", "areas"]] }
])

limits("the id of an alias", RichMenu.RichMenuAliasId, [
  {
    limit: "has 1 to 32 lower-case letters, digits, hyphens and underscores",
    accepts: ["a", "richmenu-alias_a", "9".repeat(32)],
    refuses: [
      ["", ""],
      ["A", ""],
      ["a".repeat(33), ""],
      ["a b", ""]
    ]
  }
])

const [a, b, c] = ["richmenu-a", "richmenu-b", "richmenu-c"] as const
const batch = (...operations: ReadonlyArray<unknown>) => ({ operations })

limits("a batch", RichMenus.RichMenuBatchRequest, [
  {
    limit: "changes each menu once",
    accepts: [
      batch(RichMenu.link({ from: a, to: b }), RichMenu.unlink({ from: b })),
      batch(RichMenu.link({ from: a, to: c }), RichMenu.link({ from: b, to: c })),
      batch(...Array.from({ length: 1000 }, (_, index) => RichMenu.unlink({ from: `richmenu-${index}` })))
    ],
    refuses: [
      [batch(RichMenu.link({ from: a, to: b }), RichMenu.unlink({ from: a })), "operations[1].from"],
      [batch(...Array.from({ length: 1001 }, (_, index) => RichMenu.unlink({ from: String(index) }))), "operations"],
      [batch({ type: "link", from: a }), "operations[0].to"],
      [batch({ type: "move", from: a }), "operations[0].type"]
    ]
  },
  {
    limit: "unlinks all and does nothing else",
    accepts: [batch(RichMenu.unlinkAll)],
    refuses: [
      [batch(RichMenu.unlink({ from: a }), RichMenu.unlinkAll), "operations[1].type"],
      [batch(RichMenu.unlinkAll, RichMenu.unlinkAll), "operations[0].type", "operations[1].type"]
    ]
  },
  {
    limit: "may have a key to resume with",
    accepts: [{ ...batch(RichMenu.unlinkAll), resumeRequestKey: `key_-${"0".repeat(95)}` }],
    refuses: [
      [{ ...batch(RichMenu.unlinkAll), resumeRequestKey: "" }, "resumeRequestKey"],
      [{ ...batch(RichMenu.unlinkAll), resumeRequestKey: "0".repeat(101) }, "resumeRequestKey"],
      [{ ...batch(RichMenu.unlinkAll), resumeRequestKey: "a.b" }, "resumeRequestKey"]
    ]
  }
])

limits("the image of a menu", RichMenus.SetRichMenuImageRequest, [
  {
    limit: "is a JPEG or PNG of at most 1 MB",
    accepts: [
      { image: new Uint8Array(1024 * 1024), contentType: "image/png" },
      { image: new Uint8Array(1), contentType: "image/jpeg" }
    ],
    refuses: [
      [{ image: new Uint8Array(1024 * 1024 + 1), contentType: "image/png" }, "image"],
      [{ image: new Uint8Array(1), contentType: "image/gif" }, "contentType"],
      [{ image: "bytes", contentType: "image/png" }, "image"]
    ]
  }
])

limits("linking to many users", RichMenus.LinkRichMenuIdToUsersRequest, [
  {
    limit: "takes 1 to 500 users",
    accepts: [{ richMenuId: a, userIds: times(500, "U1") }],
    refuses: [
      [{ richMenuId: a, userIds: [] }, "userIds"],
      [{ richMenuId: a, userIds: times(501, "U1") }, "userIds"],
      [{ richMenuId: "", userIds: ["U1"] }, "richMenuId"]
    ]
  }
])

describe("RichMenu", () => {
  it("menus of any kind are what LINE gives back", () => {
    const decode = Schema.decodeUnknownSync(RichMenus.RichMenuResponse)
    FastCheck.assert(
      FastCheck.property(Arbitrary.make(RichMenu.RichMenu), (menu) => {
        const response = JSON.parse(JSON.stringify({ richMenuId: a, ...menu }))
        assert.deepStrictEqual(decode(response), response)
      }),
      { seed: 1, numRuns: 50 }
    )
  })
})
