import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import {
  angle,
  aspectRatio,
  color,
  list,
  lookup,
  number,
  object,
  ownUrl,
  percentage,
  pixels,
  text,
  webUrl
} from "../../page/src/message/Untrusted.js"

describe("what is read from JSON", () => {
  it("is nothing where it is of another type", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.isTrue(typeof value === "object" || Object.keys(object(value)).length === 0)
        assert.deepStrictEqual(list(value), Array.isArray(value) ? value : [])
        assert.strictEqual(text(value), typeof value === "string" && value !== "" ? value : undefined)
        assert.strictEqual(number(value), typeof value === "number" ? value : undefined)
      })
    )
  })

  it("has no property of all objects in a table", () => {
    assert.strictEqual(lookup({ md: "8px" }, "md"), "8px")
    for (const key of ["constructor", "__proto__", "toString", 1, null, undefined]) {
      assert.isUndefined(lookup({ md: "8px" }, key))
    }
  })
})

describe("a value of CSS", () => {
  it("is a colour with six or eight digits", () => {
    assert.strictEqual(color("#ff00AA"), "#ff00AA")
    assert.strictEqual(color("#ff00AA80"), "#ff00AA80")
    for (const value of ["red", "#fff", "#ff00aa;", "url(https://example.com)", " #ff00aa", 0xff00aa, null]) {
      assert.isUndefined(color(value))
    }
  })

  it("is a number and its unit", () => {
    assert.strictEqual(pixels("23.5px"), "23.5px")
    assert.strictEqual(pixels("-4px"), "-4px")
    assert.strictEqual(percentage("50%"), "50%")
    assert.strictEqual(angle("45deg"), "45deg")
    // A million pixels would leave a chat with nothing else.
    assert.strictEqual(pixels("-1000000px"), "-9999px")
    for (const value of ["px", "1e9px", "calc(1px)", "1px;", "1 px", "+1px", "1px 2px", 12]) {
      assert.isUndefined(pixels(value))
    }
  })

  it("is the ratio of an image, at most three times as high as wide", () => {
    assert.strictEqual(aspectRatio("20:13"), 20 / 13)
    assert.strictEqual(aspectRatio("1:100"), 1 / 3)
    for (const value of ["0:0", "1:0", "0:1", "1", "1:1:1", "a:b", 2]) assert.isUndefined(aspectRatio(value))
  })
})

describe("a URL", () => {
  it("of a message is http or https", () => {
    assert.strictEqual(webUrl("https://example.com/a b"), "https://example.com/a%20b")
    assert.strictEqual(webUrl("http://127.0.0.1:3000/a.png"), "http://127.0.0.1:3000/a.png")
    for (const value of [
      "javascript:alert(1)",
      " JavaScript:alert(1)",
      "java\nscript:alert(1)",
      "data:text/html,<script>alert(1)</script>",
      "blob:https://example.com/1",
      "file:///etc/passwd",
      "line://ti/p/1",
      "/relative",
      "//example.com",
      "https://",
      7
    ]) {
      assert.isUndefined(webUrl(value))
    }
  })

  it("of the page may be a blob or data, and never a script", () => {
    assert.strictEqual(ownUrl("blob:https://example.com/1"), "blob:https://example.com/1")
    assert.strictEqual(ownUrl("data:image/png;base64,AA=="), "data:image/png;base64,AA==")
    assert.isUndefined(ownUrl("javascript:alert(1)"))
    assert.isUndefined(ownUrl("vbscript:x"))
  })
})
