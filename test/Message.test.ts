import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc, pipe } from "effect"
import * as Action from "line-effect/Action"
import * as Flex from "line-effect/Flex"
import * as Message from "line-effect/Message"
import * as Template from "line-effect/Template"
import { astral, family, limits, refusals, times, urlOf } from "./support/Refusals.js"

const emoji = { productId: "5ac1bfd5040ab15980c9b435", emojiId: "001" }

limits("a text message", Message.TextMessage, [
  {
    limit: "has 1 to 5,000 code units, of which a letter outside the basic plane is two",
    accepts: [Message.text("a".repeat(5000)), Message.text(astral.repeat(2500)), Message.text("a")],
    refuses: [
      [Message.text("a".repeat(5001)), "text"],
      [Message.text(`${astral.repeat(2500)}a`), "text"],
      [Message.text(family.repeat(455)), "text"],
      [Message.text(""), "text"],
      [{ type: "text" }, "text"],
      [{ type: "text", text: 5 }, "text"]
    ]
  },
  {
    limit: "has emojis in place of dollar signs, whose position is counted in code units",
    accepts: [
      Message.text(`${astral}$ $`, {
        emojis: [
          { index: 2, ...emoji },
          { index: 4, ...emoji }
        ]
      }),
      Message.text("$ 5", { emojis: [] })
    ],
    refuses: [
      [Message.text(`${astral}$`, { emojis: [{ index: 1, ...emoji }] }), "emojis[0].index"],
      [
        Message.text("$", {
          emojis: [
            { index: 0, ...emoji },
            { index: 1, ...emoji }
          ]
        }),
        "emojis[1].index"
      ],
      [
        Message.text("$", { emojis: [{ index: -1, productId: "", emojiId: "" }] }),
        ...["index", "productId", "emojiId"].map((name) => `emojis[0].${name}`)
      ]
    ]
  },
  {
    limit: "has at most 20 emojis",
    accepts: [Message.text("$", { emojis: times(20, { index: 0, ...emoji }) })],
    refuses: [[Message.text("$", { emojis: times(21, { index: 0, ...emoji }) }), "emojis"]]
  }
])

const placeholders = (count: number, kind: string) =>
  Array.from({ length: count }, (_, index) => `{${kind}${index}}`).join("")

const substitution = (count: number, kind: string, value: Message.MentionSubstitution | Message.EmojiSubstitution) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${kind}${index}`, value]))

const many = (mentions: number, emojis: number) =>
  Message.textV2(placeholders(mentions, "m") + placeholders(emojis, "e"), {
    substitution: {
      ...substitution(mentions, "m", Message.mentionAll),
      ...substitution(emojis, "e", Message.emoji(emoji))
    }
  })

limits("a text message (v2)", Message.TextMessageV2, [
  {
    limit: "has 1 to 5,000 code units",
    accepts: [Message.textV2(astral.repeat(2500))],
    refuses: [
      [Message.textV2(`${astral.repeat(2500)}a`), "text"],
      [Message.textV2(""), "text"]
    ]
  },
  {
    limit: "has a substitution for every placeholder",
    accepts: [
      Message.textV2("Hi {user}, {all} {e_1}{e_1}", {
        substitution: { user: Message.mention("U1"), all: Message.mentionAll, e_1: Message.emoji(emoji) }
      }),
      Message.textV2("Nobody", { substitution: { unused: Message.mentionAll } })
    ],
    refuses: [
      [Message.textV2("{user}"), "text"],
      [Message.textV2("{toString}", { substitution: {} }), "text"],
      [Message.textV2("{user}", { substitution: { other: Message.mentionAll } }), "text"]
    ]
  },
  {
    limit: "pairs its braces, doubled ones being text",
    accepts: [Message.textV2("{{ }} {{{a}}}", { substitution: { a: Message.mentionAll } }), Message.textV2("{{{{}}")],
    refuses: [
      [Message.textV2("{"), "text"],
      [Message.textV2("}"), "text"],
      [Message.textV2("{{a}"), "text"],
      [Message.textV2("{a b}"), "text"],
      [Message.textV2("{}"), "text"],
      [Message.textV2(`{${"a".repeat(21)}}`), "text"]
    ]
  },
  {
    limit: "has keys of 1 to 20 letters, digits and underscores",
    accepts: [Message.textV2(`{${"a".repeat(20)}}`, { substitution: { ["a".repeat(20)]: Message.mentionAll } })],
    refuses: [
      [Message.textV2("t", { substitution: { "a-b": Message.mentionAll } }), "substitution.a-b"],
      [
        Message.textV2("t", { substitution: { ["a".repeat(21)]: Message.mentionAll } }),
        `substitution.${"a".repeat(21)}`
      ]
    ]
  },
  {
    limit: "has at most 100 substitutions",
    accepts: [Message.textV2("t", { substitution: substitution(100, "k", Message.mentionAll) })],
    refuses: [[Message.textV2("t", { substitution: substitution(101, "k", Message.mentionAll) }), "substitution"]]
  },
  {
    limit: "has at most 20 mentions and 20 emojis",
    accepts: [many(20, 20)],
    refuses: [
      [many(21, 20), "text"],
      [many(20, 21), "text"]
    ]
  },
  {
    limit: "mentions users and everybody, and shows emojis",
    accepts: [],
    refuses: [
      [{ type: "textV2", text: "t", substitution: { a: { type: "link" } } }, "substitution.a.type"],
      [
        { type: "textV2", text: "t", substitution: { a: { type: "mention", mentionee: { type: "user" } } } },
        "substitution.a.mentionee.userId"
      ],
      [{ type: "textV2", text: "t", substitution: { a: { type: "emoji", productId: "p" } } }, "substitution.a.emojiId"]
    ]
  }
])

limits("a message", Message.Message, [
  {
    limit: "that is a sticker names it",
    accepts: [Message.sticker({ packageId: "446", stickerId: "1988", quoteToken: "q" })],
    refuses: [
      [{ type: "sticker" }, "packageId", "stickerId"],
      [{ type: "sticker", packageId: 446, stickerId: "" }, "packageId", "stickerId"]
    ]
  },
  {
    limit: "that is an image has https URLs of at most 2,000 code units",
    accepts: [Message.image({ originalContentUrl: urlOf(2000), previewImageUrl: urlOf(2000) })],
    refuses: [
      [
        Message.image({ originalContentUrl: urlOf(2001), previewImageUrl: "http://example.com/" }),
        "originalContentUrl",
        "previewImageUrl"
      ],
      [{ type: "image", originalContentUrl: urlOf(30) }, "previewImageUrl"]
    ]
  },
  {
    limit: "that is a video is tracked by at most 100 of LINE's characters",
    accepts: [
      Message.video({
        originalContentUrl: urlOf(2000),
        previewImageUrl: urlOf(2000),
        trackingId: "azAZ09-.=,+*()%$&;:@{}!?<>[]".padEnd(100, "x")
      }),
      Message.video({ originalContentUrl: urlOf(30), previewImageUrl: urlOf(30), trackingId: "" })
    ],
    refuses: [
      [
        Message.video({ originalContentUrl: "", previewImageUrl: urlOf(2001), trackingId: "x".repeat(101) }),
        "originalContentUrl",
        "previewImageUrl",
        "trackingId"
      ],
      ...["a b", "a_b", "a/b", "あ"].map(
        (trackingId) =>
          [
            Message.video({ originalContentUrl: urlOf(30), previewImageUrl: urlOf(30), trackingId }),
            "trackingId"
          ] as const
      )
    ]
  },
  {
    limit: "that is a sound has a length in whole milliseconds",
    accepts: [Message.audio({ originalContentUrl: urlOf(2000), duration: 60_000 })],
    refuses: [
      [Message.audio({ originalContentUrl: urlOf(2001), duration: 0.5 }), "originalContentUrl", "duration"],
      [Message.audio({ originalContentUrl: urlOf(30), duration: -1 }), "duration"]
    ]
  },
  {
    limit: "that is a place has a title and an address of at most 100 code units, and is on the earth",
    accepts: [Message.location({ title: astral.repeat(50), address: "a".repeat(100), latitude: -90, longitude: 180 })],
    refuses: [
      [
        Message.location({ title: "t".repeat(101), address: "a".repeat(101), latitude: 90.1, longitude: Number.NaN }),
        "title",
        "address",
        "latitude",
        "longitude"
      ],
      [Message.location({ title: "", address: "", latitude: 0, longitude: -180.1 }), "title", "address", "longitude"]
    ]
  },
  {
    limit: "that is a coupon is tagged by at most 30 letters, digits and underscores",
    accepts: [
      Message.coupon({ couponId: "01JYNW8JMQVFBNWF1APF8Z3FS7", deliveryTag: "a_Z".padEnd(30, "0") }),
      Message.coupon({ couponId: "c", deliveryTag: "" })
    ],
    refuses: [
      [Message.coupon({ couponId: "", deliveryTag: "t".repeat(31) }), "couponId", "deliveryTag"],
      [Message.coupon({ couponId: "c", deliveryTag: "a-b" }), "deliveryTag"]
    ]
  },
  {
    limit: "that is a template has an alternative text of 1 to 1,500 code units",
    accepts: [
      Message.template({
        altText: astral.repeat(750),
        template: Template.confirm({ text: "t", actions: times(2, Action.message({ label: "l", text: "t" })) })
      })
    ],
    refuses: [
      [
        { type: "template", altText: `${astral.repeat(750)}a`, template: { type: "confirm" } },
        "altText",
        "template.text",
        "template.actions"
      ],
      [{ type: "template", altText: "" }, "altText", "template"]
    ]
  },
  {
    limit: "is of a known type",
    accepts: [],
    refuses: [
      [{ type: "voice" }, "type"],
      [{ text: "hello" }, "type"],
      ["hello", ""],
      [null, ""],
      [[], ""]
    ]
  }
])

const replies = (count: number) => times(count, Action.message({ label: "l", text: "t" }))

limits("what a message carries", Message.Message, [
  {
    limit: "is 1 to 13 quick replies",
    accepts: [Message.withQuickReply(Message.text("t"), replies(13))],
    refuses: [
      [Message.withQuickReply(Message.text("t"), replies(14)), "quickReply.items"],
      [Message.withQuickReply(Message.text("t"), []), "quickReply.items"]
    ]
  },
  {
    limit: "is quick replies with icons behind https URLs of at most 2,000 code units",
    accepts: [
      Message.withQuickReply(Message.text("t"), [
        Message.quickReplyItem({ imageUrl: urlOf(2000), action: Action.camera({ label: "l" }) })
      ])
    ],
    refuses: [
      [
        Message.withQuickReply(Message.text("t"), [
          Message.quickReplyItem({ imageUrl: urlOf(2001), action: Action.camera({ label: "l".repeat(21) }) })
        ]),
        "quickReply.items[0].imageUrl",
        "quickReply.items[0].action.label"
      ],
      [{ type: "text", text: "t", quickReply: { items: [{ action: replies(1)[0] }] } }, "quickReply.items[0].type"]
    ]
  },
  {
    limit: "is a sender with a name of at most 20 code units and an https icon",
    accepts: [
      Message.withSender(Message.text("t"), { name: astral.repeat(10), iconUrl: urlOf(2000) }),
      Message.withSender(Message.text("t"), { name: "" })
    ],
    refuses: [
      [
        Message.withSender(Message.text("t"), { name: `${astral.repeat(10)}a`, iconUrl: urlOf(2001) }),
        "sender.name",
        "sender.iconUrl"
      ],
      [{ type: "text", text: "t", sender: { name: 1, iconUrl: "" } }, "sender.name", "sender.iconUrl"]
    ]
  },
  {
    limit: "is the token of the message to quote, a text",
    accepts: [Message.text("t", { quoteToken: "q" }), Message.textV2("t", { quoteToken: "" })],
    refuses: [
      [{ type: "text", text: "t", quoteToken: 1 }, "quoteToken"],
      [{ type: "textV2", text: "t", quoteToken: null }, "quoteToken"],
      [{ type: "sticker", packageId: "1", stickerId: "1", quoteToken: ["q"] }, "quoteToken"]
    ]
  }
])

limits("the messages of a request", Message.Messages, [
  {
    limit: "are 1 to 5",
    accepts: [times(1, Message.text("t")), times(5, Message.text("t"))],
    refuses: [
      [[], ""],
      [times(6, Message.text("t")), ""],
      [Message.text("t"), ""]
    ]
  }
])

describe("Message.Messages", () => {
  it("names every issue of every message at once", () => {
    const messages = [
      { type: "text", text: "", sender: { name: "n".repeat(21) } },
      {
        type: "template",
        altText: "a",
        template: { type: "buttons", text: "t", title: "t".repeat(41), actions: [{ type: "uri", uri: "ftp://a" }] }
      },
      {
        type: "flex",
        altText: "a",
        contents: {
          type: "bubble",
          body: { type: "box", layout: "vertical", contents: [{ type: "text" }, { type: "icon" }] }
        }
      }
    ]
    assert.deepStrictEqual(refusals(Message.Messages, messages), [
      "[0].text",
      "[0].sender.name",
      "[1].template.title",
      "[1].template.actions[0].uri",
      "[1].template.actions[0].label",
      "[2].contents.body.contents[0].text",
      "[2].contents.body.contents[1].url",
      "[2].contents.body.contents[1].type"
    ])
  })

  it("lets through what LINE may add", () => {
    assert.deepStrictEqual(refusals(Message.Messages, [{ type: "text", text: "t", novelty: { a: 1 } }]), [])
  })

  it("takes undefined for what is left out", () => {
    const name: string | undefined = undefined
    const message = Message.text("t", { quoteToken: undefined, sender: { name }, quickReply: undefined })
    assert.deepStrictEqual(refusals(Message.Message, message), [])
  })
})

describe("Message constructors", () => {
  it("make what a literal would be", () => {
    const messages: Message.Messages = [
      Message.text("hi", { quoteToken: "q" }),
      Message.sticker({ packageId: "446", stickerId: "1988" }),
      Message.flex({ altText: "a", contents: Flex.bubble({ body: Flex.box({ layout: "vertical", contents: [] }) }) })
    ]
    const literals: Message.Messages = [
      { type: "text", text: "hi", quoteToken: "q" },
      { type: "sticker", packageId: "446", stickerId: "1988" },
      {
        type: "flex",
        altText: "a",
        contents: { type: "bubble", body: { type: "box", layout: "vertical", contents: [] } }
      }
    ]
    assert.deepStrictEqual(messages, literals)
  })

  it("never throw, however wrong the message is", () => {
    assert.deepStrictEqual(Message.text(""), { type: "text", text: "" })
    assert.deepStrictEqual(Message.quickReply([]), { items: [] })
  })

  it("give a message quick replies and a sender, and keep its type", () => {
    const icon = Message.quickReplyItem({
      imageUrl: "https://example.com/",
      action: Action.location({ label: "Here" })
    })
    const message: Message.TextMessage = pipe(
      Message.text("Where?"),
      Message.withQuickReply([icon, Action.cameraRoll({ label: "Photo" })]),
      Message.withSender({ name: "Guide" })
    )
    assert.deepStrictEqual(message, {
      type: "text",
      text: "Where?",
      quickReply: {
        items: [
          { type: "action", imageUrl: "https://example.com/", action: { type: "location", label: "Here" } },
          { type: "action", action: { type: "cameraRoll", label: "Photo" } }
        ]
      },
      sender: { name: "Guide" }
    })
  })
})

describe("splitText", () => {
  const a = "a".repeat(30)

  for (const [kind, text, parts] of [
    ["that fits is left as it is", ` ${"a".repeat(38)}\n`, [` ${"a".repeat(38)}\n`]],
    ["that is empty is one part", "", [""]],
    ["of white space only has nothing to send", " ".repeat(41), [""]],
    ["ends at a paragraph, though more lines would fit", `${a}\r\n \r\nb\nc. d ${a}`, [a, `b\nc. d ${a}`]],
    ["ends at a line, though more sentences would fit", `${a}\nb. c d ${a}`, [a, `b. c d ${a}`]],
    ["ends at a sentence, though more words would fit", `${a}! b c ${a}`, [`${a}!`, `b c ${a}`]],
    ["ends at a sentence in quotes", `"${a}!" b c ${a}`, [`"${a}!"`, `b c ${a}`]],
    [
      "ends at a sentence of Japanese",
      "吾輩は猫である。".repeat(6),
      ["吾輩は猫である。".repeat(5), "吾輩は猫である。"]
    ],
    ["ends at a word", `${"word ".repeat(8)}words`, ["word ".repeat(8).trim(), "words"]],
    ["does not end at a dot within a word", `${a} b.c d.e ${a}`, [`${a} b.c d.e`, a]],
    ["without a place to end is cut where it must be", "a".repeat(81), ["a".repeat(40), "a".repeat(40), "a"]],
    ["does not end too early", `a\n\n${"b".repeat(41)}`, [`a\n\n${"b".repeat(37)}`, "bbbb"]],
    ["loses the white space at a cut", `${a}${" \n".repeat(40)}${a} `, [a, `${a} `]],
    ["ends before white space that no longer fits", `${"a".repeat(40)}\n\n`, ["a".repeat(40)]]
  ] as const) {
    it(`a text ${kind}`, () => assert.deepStrictEqual(Message.splitText(text, 40), parts))
  }

  it("a word of Thai or Japanese, which has no spaces, stays whole", () => {
    assert.deepStrictEqual(Message.splitText("東京都庁へ行く予定です明日は大阪へ行きます", 8), [
      "東京都庁へ行く",
      "予定です明日は",
      "大阪へ行きます"
    ])
    assert.deepStrictEqual(Message.splitText("สวัสดีครับผมชื่อสมชายยินดีที่ได้รู้จัก", 12), [
      "สวัสดีครับผม",
      "ชื่อสมชาย",
      "ยินดีที่ได้",
      "รู้จัก"
    ])
  })

  it("a character that readers see as one stays whole, unless it alone is too long", () => {
    assert.deepStrictEqual(Message.splitText(family.repeat(3), 25), [family.repeat(2), family])
    assert.deepStrictEqual(Message.splitText("🇯🇵🇹🇼🇹🇭", 6), ["🇯🇵", "🇹🇼", "🇹🇭"])
    assert.deepStrictEqual(Message.splitText(`e${"\u0301".repeat(5)}`, 4), ["e\u0301\u0301\u0301", "\u0301\u0301"])
    assert.deepStrictEqual(Message.splitText(astral.repeat(3), 3), [astral, astral, astral])
    for (const maximum of [1, 0, -1])
      assert.deepStrictEqual(Message.splitText(astral.repeat(2), maximum), [astral, astral])
  })

  it("each part is a text that LINE takes, 5,000 code units unless told otherwise", () => {
    const parts = Message.splitText(`${"日本語の文。".repeat(2000)}${family.repeat(1000)}`)
    assert.isAtMost(parts.length, 6)
    for (const part of parts) assert.deepStrictEqual(refusals(Message.TextMessage, Message.text(part)), [])
  })

  const piece = fc.oneof(
    fc.constantFrom(
      " ",
      "  ",
      "\n",
      "\r\n",
      "\n\n",
      "\t",
      "\u3000",
      "。",
      ". ",
      "!) ",
      "…",
      "」",
      "https://example.com/?q=1"
    ),
    fc.constantFrom(
      family,
      astral,
      "🇯🇵",
      "👍🏽",
      "e\u0301",
      " \u0301",
      "\u0600 ",
      "\u0600\n",
      "각",
      "क्षि",
      "\ud83d",
      "\ude00"
    ),
    fc.string({ unit: "grapheme", maxLength: 12 }),
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.constantFrom("word", "吾輩は猫である", "สวัสดีครับผมชื่อ", "a".repeat(30))
  )
  const texts = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""))

  it("loses nothing but white space at the cuts, cuts no character, and makes no part too long", () => {
    const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" })
    fc.assert(
      fc.property(texts, fc.integer({ min: 2, max: 60 }), (text, maximum) => {
        const clusters = [...segmenter.segment(text)]
        const isBoundary = (index: number): boolean =>
          index === text.length ||
          clusters.some(({ index: start, segment }) =>
            segment.length > maximum ? index >= start && index < start + segment.length : index === start
          )
        const parts = Message.splitText(text, maximum)
        if (text.length <= maximum) assert.deepStrictEqual(parts, [text])
        if (text.trim() === "") return
        let position = 0
        for (const part of parts) {
          assert.isAtMost(part.length, maximum)
          assert.notStrictEqual(part.trim(), "")
          while (!text.startsWith(part, position)) assert.match(text.charAt(position++), /\s/)
          assert.isTrue(isBoundary(position))
          position += part.length
          assert.isTrue(isBoundary(position))
        }
        assert.strictEqual(text.slice(position).trim(), "")
      }),
      { seed: 1, numRuns: 2000 }
    )
  })
})
