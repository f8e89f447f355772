import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { linked, type Segment, segmentsOf } from "../../page/src/message/TextSegments.js"

const words = (text: string): Segment => ({ type: "text", text })
const link = (text: string, url = text): Segment => ({ type: "link", text, url })
const emoji = (emojiId: string): Segment => ({ type: "emoji", productId: "p", emojiId })

describe("links in a text", () => {
  it("end before what belongs to the sentence", () => {
    assert.deepStrictEqual(linked("See https://example.com/a, or (https://example.com/b_(c))."), [
      words("See "),
      link("https://example.com/a"),
      words(", or ("),
      link("https://example.com/b_(c)"),
      words(").")
    ])
  })

  it("need no space in Japanese", () => {
    assert.deepStrictEqual(linked("こちらhttps://example.com/jaを見て"), [
      words("こちら"),
      link("https://example.com/ja"),
      words("を見て")
    ])
  })

  it("are http and https only", () => {
    assert.deepStrictEqual(linked("javascript:alert(1) ftp://a https://"), [
      words("javascript:alert(1) ftp://a https://")
    ])
  })

  it("lose nothing of the text", () => {
    const part = fc.oneof(fc.string(), fc.webUrl(), fc.constantFrom("https://", ")", "(", ".", " ", "$", "を"))
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const text = parts.join("")
        const shown = linked(text).map((segment) => ("text" in segment ? segment.text : ""))
        assert.strictEqual(shown.join(""), text)
      })
    )
  })
})

describe("a text", () => {
  it("has LINE emojis where its $ are, and nowhere else", () => {
    const message = {
      type: "text",
      text: "$ costs 5$ $",
      emojis: [
        { index: 11, productId: "p", emojiId: "2" },
        { index: 0, productId: "p", emojiId: "1" },
        { index: 2, productId: "p", emojiId: "3" },
        { index: 99, productId: "p", emojiId: "4" }
      ]
    }
    assert.deepStrictEqual(segmentsOf(message), [emoji("1"), words(" costs 5$ "), emoji("2")])
  })

  it("that a user sent has emojis with a length, and mentions", () => {
    const message = {
      type: "text",
      text: "@Bot thanks (love)",
      emojis: [{ index: 12, length: 6, productId: "p", emojiId: "1" }],
      mention: {
        mentionees: [
          { type: "user", index: 0, length: 4, userId: "U1" },
          { type: "all", index: 2, length: 50 }
        ]
      }
    }
    assert.deepStrictEqual(segmentsOf(message), [
      { type: "mention", text: "@Bot", userId: "U1" },
      words(" thanks "),
      emoji("1")
    ])
  })

  it("does not show what overlaps twice", () => {
    const mentionees = [
      { type: "all", index: 0, length: 4 },
      { type: "all", index: 2, length: 4 }
    ]
    assert.deepStrictEqual(segmentsOf({ type: "text", text: "@All of you", mention: { mentionees } }), [
      { type: "mention", text: "@All", userId: undefined },
      words(" of you")
    ])
  })
})

describe("a textV2", () => {
  it("shows what is substituted, and doubled braces once", () => {
    const message = {
      type: "textV2",
      text: "{{Hi}} {who} {all}{smile} {constructor}{nobody} https://example.com/{{a}}",
      substitution: {
        who: { type: "mention", mentionee: { type: "user", userId: "U1" } },
        all: { type: "mention", mentionee: { type: "all" } },
        smile: { type: "emoji", productId: "p", emojiId: "1" }
      }
    }
    assert.deepStrictEqual(segmentsOf(message), [
      words("{Hi} "),
      { type: "mention", text: undefined, userId: "U1" },
      words(" "),
      { type: "mention", text: "@All", userId: undefined },
      emoji("1"),
      words(" {constructor}{nobody} "),
      link("https://example.com/"),
      words("{a}")
    ])
  })
})

it("any JSON has segments", () => {
  fc.assert(
    fc.property(
      fc.record({
        type: fc.constantFrom("text", "textV2"),
        text: fc.oneof(fc.string(), fc.jsonValue()),
        emojis: fc.jsonValue(),
        mention: fc.oneof(fc.jsonValue(), fc.record({ mentionees: fc.array(fc.jsonValue()) })),
        substitution: fc.jsonValue()
      }),
      (message) => assert.isArray(segmentsOf(message))
    )
  )
})
