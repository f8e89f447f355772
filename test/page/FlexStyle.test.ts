import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import {
  blockStyle,
  boxStyle,
  bubbleStyle,
  buttonStyle,
  iconStyle,
  imageStyle,
  isInFlow,
  itemStyle,
  type Layout,
  separatorStyle,
  spanStyle,
  type Style,
  textStyle
} from "../../page/src/message/FlexStyle.js"

const layouts: ReadonlyArray<Layout> = ["horizontal", "vertical", "baseline"]

const inside = (layout: Layout, more?: object) => ({ layout, isFirst: false, ...more })

/** The properties of a style that are set. */
const set = (style: Style) => Object.fromEntries(Object.entries(style).filter(([_, value]) => value !== undefined))

const flexIn = (layout: Layout, component: object) => itemStyle(component, inside(layout))["flex"]

describe("the flex property", () => {
  it("is 1 in horizontal and baseline boxes and 0 in vertical ones, unless it is set", () => {
    assert.strictEqual(flexIn("horizontal", { type: "text" }), "1 0 0px")
    assert.strictEqual(flexIn("baseline", { type: "text" }), "1 0 0px")
    assert.strictEqual(flexIn("vertical", { type: "text" }), "0 0 auto")
    assert.strictEqual(flexIn("horizontal", { type: "text", flex: 3 }), "3 0 0px")
    assert.strictEqual(flexIn("horizontal", { type: "text", flex: 0 }), "0 0 auto")
    assert.strictEqual(flexIn("vertical", { type: "text", flex: 2 }), "2 0 auto")
  })

  it("is 0 of a box whose size is set along the box that it is in", () => {
    assert.strictEqual(flexIn("horizontal", { type: "box", width: "30px", flex: 2 }), "0 0 auto")
    assert.strictEqual(flexIn("vertical", { type: "box", height: "30px", flex: 2 }), "0 0 auto")
    assert.strictEqual(flexIn("vertical", { type: "box", width: "30px", flex: 2 }), "2 0 auto")
  })

  it("does not stretch icons and separators, and lets fillers take what is free", () => {
    assert.strictEqual(flexIn("baseline", { type: "icon", flex: 2 }), "0 0 auto")
    assert.strictEqual(flexIn("horizontal", { type: "separator" }), "0 0 auto")
    assert.strictEqual(flexIn("vertical", { type: "filler" }), "1 0 0px")
  })
})

describe("the space before a component", () => {
  const margins = (component: object, position: object) => {
    const { marginInlineStart, marginTop } = itemStyle(component, inside("vertical", position))
    return [marginInlineStart, marginTop]
  }

  it("is the spacing of its box along that, but for the first one", () => {
    assert.deepStrictEqual(margins({ type: "text" }, { spacing: "md" }), [undefined, "8px"])
    assert.deepStrictEqual(margins({ type: "text" }, { spacing: "md", layout: "horizontal" }), ["8px", undefined])
    assert.deepStrictEqual(margins({ type: "text" }, { spacing: "md", isFirst: true }), [undefined, undefined])
  })

  it("is its own margin rather than that, of the first one too", () => {
    assert.deepStrictEqual(margins({ type: "text", margin: "xxl" }, { spacing: "md" }), [undefined, "20px"])
    assert.deepStrictEqual(margins({ type: "text", margin: "5px" }, { isFirst: true }), [undefined, "5px"])
    assert.deepStrictEqual(margins({ type: "text", margin: "none" }, { spacing: "md" }), [undefined, "0px"])
  })

  it("is none of what is placed absolutely", () => {
    assert.isFalse(isInFlow({ position: "absolute" }))
    assert.deepStrictEqual(margins({ type: "text", position: "absolute", margin: "md" }, {}), [undefined, undefined])
  })
})

it("offsets follow the direction of the text, and may be negative", () => {
  const component = { type: "text", position: "absolute", offsetTop: "-2px", offsetStart: "xl", offsetEnd: "10%" }
  const { bottom, insetInlineEnd, insetInlineStart, position, top } = itemStyle(component, inside("vertical"))
  assert.deepStrictEqual(
    [position, top, bottom, insetInlineStart, insetInlineEnd],
    ["absolute", "-2px", undefined, "16px", "10%"]
  )
})

it("the gravity of a component counts but in baseline boxes", () => {
  const component = { type: "text", gravity: "bottom" }
  assert.strictEqual(itemStyle(component, inside("horizontal"))["justifyContent"], "flex-end")
  assert.isUndefined(itemStyle(component, inside("baseline"))["justifyContent"])
})

describe("a box", () => {
  const style = (box: object) => set(boxStyle({ type: "box", layout: "vertical", ...box }, "vertical"))

  it("has the padding of a side rather than that of all", () => {
    const { paddingBottom, paddingInlineStart, paddingTop } = style({
      paddingAll: "80px",
      paddingTop: "20px",
      paddingStart: "10%"
    })
    assert.deepStrictEqual([paddingTop, paddingInlineStart, paddingBottom], ["20px", "10%", "80px"])
  })

  it("has sizes, a border, corners and a background", () => {
    const asInCss = {
      width: "50%",
      maxWidth: "100px",
      height: "30px",
      maxHeight: "20px",
      borderColor: "#112233",
      backgroundColor: "#00000080",
      justifyContent: "space-evenly",
      alignItems: "flex-end"
    }
    assert.include(style({ ...asInCss, borderWidth: "semi-bold", cornerRadius: "lg" }), {
      ...asInCss,
      borderWidth: "3px",
      borderRadius: "12px"
    })
  })

  it("has a gradient of two or three colours", () => {
    const background = { type: "linearGradient", angle: "90deg", startColor: "#ff0000", endColor: "#0000ff" }
    assert.strictEqual(style({ background })["backgroundImage"], "linear-gradient(90deg, #ff0000 0%, #0000ff 100%)")
    assert.strictEqual(
      style({ background: { ...background, centerColor: "#00ff00", centerPosition: "10%" } })["backgroundImage"],
      "linear-gradient(90deg, #ff0000 0%, #00ff00 10%, #0000ff 100%)"
    )
    assert.isUndefined(style({ background: { ...background, startColor: "url(x)" } })["backgroundImage"])
  })

  it("aligns its contents by their baselines only in a baseline box", () => {
    assert.strictEqual(style({ layout: "baseline", alignItems: "center" })["alignItems"], "baseline")
  })
})

describe("a text", () => {
  it("has the size md and one line, unless it says otherwise", () => {
    const { fontSize, whiteSpace } = textStyle({ type: "text" })
    assert.deepStrictEqual([fontSize, whiteSpace], ["16px", "nowrap"])
    assert.strictEqual(textStyle({ type: "text", size: "huge" })["fontSize"], "16px")
    assert.strictEqual(textStyle({ type: "text", size: "5xl" })["fontSize"], "74px")
  })

  it("scales with the font size of the app only if it says so", () => {
    assert.strictEqual(
      textStyle({ type: "text", size: "30px", scaling: true })["fontSize"],
      "calc(30px * var(--line-font-scale, 1))"
    )
  })

  it("has as many lines as it may, and space between them", () => {
    const style = textStyle({ type: "text", wrap: true, maxLines: 2, lineSpacing: "10px" })
    assert.include(style, { whiteSpace: "pre-wrap", WebkitLineClamp: 2, lineHeight: "calc(1.4em + 10px)" })
    assert.isUndefined(textStyle({ type: "text", wrap: true, maxLines: 0 })["WebkitLineClamp"])
  })

  it("gives its spans its decoration, which they may take off", () => {
    const text = { type: "text", decoration: "underline", contents: [{ type: "span" }] }
    assert.isUndefined(textStyle(text)["textDecorationLine"])
    assert.strictEqual(spanStyle({ type: "span" }, text)["textDecorationLine"], "underline")
    assert.strictEqual(spanStyle({ type: "span", decoration: "none" }, text)["textDecorationLine"], "none")
  })
})

describe("an image", () => {
  it("has the width of its size, and the height of its ratio", () => {
    const { frame, item } = imageStyle({ type: "image", size: "xl", aspectRatio: "2:1", align: "end" }, "vertical")
    assert.include(frame, { width: "140px", aspectRatio: 2 })
    assert.strictEqual(item["alignItems"], "flex-end")
    assert.include(imageStyle({ type: "image" }, "vertical").frame, { width: "100px", aspectRatio: 1 })
  })

  it("is as wide as a share of its box, even where it takes no share of the space", () => {
    const { frame, item } = imageStyle({ type: "image", size: "50%", flex: 0 }, "horizontal")
    assert.deepStrictEqual([item["width"], frame["width"]], ["50%", "100%"])
  })
})

it("an icon is as high as its text", () => {
  assert.deepStrictEqual(iconStyle({ type: "icon", size: "lg", aspectRatio: "2:1" }), {
    height: "19px",
    width: "calc(19px * 2)"
  })
})

it("the colour of a button is that of its text only where it is a link", () => {
  const color = "#123456"
  assert.include(buttonStyle({ style: "link", color }), { color, backgroundColor: "transparent", height: "52px" })
  assert.include(buttonStyle({ style: "primary", color }), { color: "#ffffff", backgroundColor: color })
  assert.include(buttonStyle({ style: "secondary", height: "sm" }), { color: "#111111", height: "40px" })
})

describe("a bubble", () => {
  it("has the width of its size", () => {
    const widths = ["nano", "micro", "deca", "hecto", "kilo", "mega", "giga", "tera", undefined].map(
      (size) => bubbleStyle({ size })["width"]
    )
    assert.deepStrictEqual(widths, ["120px", "160px", "220px", "241px", "260px", "300px", "500px", "300px", "300px"])
  })

  it("has separators between its blocks, and a padding by its size", () => {
    const bubble = { footer: {}, styles: { body: { separator: true, separatorColor: "#ff0000" } } }
    assert.strictEqual(blockStyle(bubble, "body", false).block["borderTop"], "1px solid #ff0000")
    assert.isUndefined(blockStyle(bubble, "body", true).block["borderTop"])
    assert.deepStrictEqual(blockStyle(bubble, "body", true).padding, ["19px", "20px", "10px"])
    assert.deepStrictEqual(blockStyle({ size: "nano" }, "body", true).padding, ["10px", "10px", "10px"])
    assert.isUndefined(blockStyle(bubble, "hero", true).padding)
  })
})

/** What no value of a style may have, as it would lead out of its property or to somewhere else. */
const isHarmless = (style: Style): boolean =>
  Object.values(style).every(
    (value) => typeof value !== "string" || !/[;{}<>"'\\]|url|expression|var\((?!--line)/.test(value)
  )

it("no JSON gets into a style but what is understood", () => {
  const names = [
    ...[
      "type",
      "layout",
      "flex",
      "margin",
      "position",
      "offsetTop",
      "offsetStart",
      "paddingAll",
      "paddingEnd",
      "width"
    ],
    ...["height", "borderWidth", "borderColor", "cornerRadius", "backgroundColor", "background", "size", "color"],
    ...["weight", "style", "decoration", "align", "gravity", "maxLines", "lineSpacing", "aspectRatio", "styles", "wrap"]
  ]
  const odd = fc.constantFrom("1px;color:red", "url(https://example.com)", "constructor", "var(--x)", "1e400", "-5px")
  const component = fc.dictionary(fc.constantFrom(...names), fc.oneof(odd, fc.jsonValue()), { maxKeys: 12 })
  fc.assert(
    fc.property(component, fc.constantFrom(...layouts), (value, layout) => {
      const { frame, item } = imageStyle(value, layout)
      const { block } = blockStyle(value, "body", false)
      const styles = [
        itemStyle(value, inside(layout, { spacing: value["margin"] })),
        boxStyle(value, layout),
        textStyle(value),
        spanStyle(value, value),
        iconStyle(value),
        buttonStyle(value),
        separatorStyle(value),
        bubbleStyle(value),
        frame,
        item,
        block
      ]
      for (const style of styles) assert.isTrue(isHarmless(style), JSON.stringify(style))
    }),
    { numRuns: 1000 }
  )
})
