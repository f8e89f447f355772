import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, FastCheck as fc, Schema } from "effect"
import * as Action from "line-effect/Action"
import * as Flex from "line-effect/Flex"
import * as Imagemap from "line-effect/Imagemap"
import * as Check from "line-effect/internal/Check"
import * as Limit from "line-effect/internal/Limit"
import * as Message from "line-effect/Message"
import * as Recipient from "line-effect/Recipient"
import * as Arbitraries from "./support/Arbitraries.js"
import { family } from "./support/Refusals.js"

interface Case {
  readonly name: string
  readonly schema: Schema.Schema<unknown>
  readonly values: fc.Arbitrary<unknown>
}

// The cast forgets the type that a case is about: the properties hold for any.
const of = <A>(
  name: string,
  schema: Schema.Schema<A>,
  values: fc.Arbitrary<unknown> = Arbitrary.make(schema)
): Case => ({ name, schema: schema as unknown as Schema.Schema<unknown>, values })

const cases: ReadonlyArray<Case> = [
  of("Message", Message.Message, Arbitraries.message),
  of("QuickReplyAction", Action.QuickReplyAction),
  of("RichMenuAction", Action.RichMenuAction),
  of("Recipient", Recipient.Recipient, Arbitraries.recipient),
  of("DemographicFilter", Recipient.DemographicFilter, Arbitraries.demographicFilter),
  of("Limit", Recipient.Limit)
]

const parameters = { seed: 42, numRuns: 300 }

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

for (const { name, schema, values } of cases) {
  describe(`the schema ${name}`, () => {
    it("accepts what it generates, and neither encodes nor decodes change it", () => {
      fc.assert(
        fc.property(values, (value) => {
          assert.deepStrictEqual(Check.issues(schema.ast, value), [])
          assert.deepStrictEqual(Schema.decodeUnknownSync(schema)(value), value)
          assert.deepStrictEqual(Schema.encodeSync(schema)(value), value)
        }),
        parameters
      )
    })

    it("accepts what it generates after it has been JSON", () => {
      fc.assert(
        fc.property(values, (value) => {
          const json = throughJson(value)
          assert.deepStrictEqual(Schema.decodeUnknownSync(schema)(json), json)
          assert.isTrue(Check.guard(schema.ast)(json))
        }),
        parameters
      )
    })

    it("is decided by its guard as by Schema.is, and refused with at least one issue", () => {
      const guard = Check.guard(schema.ast)
      const is = Schema.is(schema)
      const refused = { count: 0 }
      fc.assert(
        fc.property(values, fc.array(fc.nat(1000), { minLength: 8, maxLength: 20 }), (value, choices) => {
          const mutant = Arbitraries.mutate(throughJson(value), choices)
          assert.strictEqual(guard(mutant), is(mutant))
          assert.strictEqual(Check.issues(schema.ast, mutant).length === 0, is(mutant))
          if (!guard(mutant)) refused.count++
        }),
        { seed: 42, numRuns: 1500 }
      )
      // Otherwise the property says nothing.
      assert.isAbove(refused.count, 300)
    })
  })
}

/** An array of three items, none of which is there. */
const holes = (): Array<unknown> => Object.assign([], { length: 3 })

describe("Check.guard", () => {
  it("decides what no schema of a message has, as Schema.is does", () => {
    const schemas: ReadonlyArray<Schema.Schema.AnyNoContext> = [
      Schema.Struct({}),
      Schema.Struct({ a: Schema.optionalWith(Schema.String, { exact: true }) }),
      Schema.Struct({ a: Schema.UndefinedOr(Schema.Number) }),
      Schema.Record({ key: Schema.String, value: Schema.Number }),
      Schema.Record({ key: Limit.pattern(/^a/, "a…"), value: Schema.Number }),
      Schema.Tuple(Schema.String, Schema.Number),
      Schema.Union(Schema.Struct({ type: Schema.Literal("a"), b: Schema.String }), Schema.Struct({ b: Schema.Number })),
      Schema.NullOr(Schema.Literal("a", 1)),
      Schema.Unknown
    ]
    const values = [
      undefined,
      null,
      "a",
      1,
      true,
      [],
      ["a", 1],
      ["a"],
      {},
      { a: "a" },
      { a: 1 },
      { a: undefined },
      { b: "b" },
      { type: "a", b: "b" },
      { type: "a", b: 1 },
      { type: "c", b: 1 },
      { b: 1 },
      Object.create({ a: 1, b: "b" })
    ]
    for (const schema of schemas) {
      for (const value of values) assert.strictEqual(Check.guard(schema.ast)(value), Schema.is(schema)(value))
    }
  })

  it("refuses the holes of an array, as Schema.is does", () => {
    const schemas: ReadonlyArray<Schema.Schema.AnyNoContext> = [Message.Messages, Schema.Array(Schema.String)]
    for (const schema of schemas) {
      assert.isFalse(Check.guard(schema.ast)(holes()))
      assert.isFalse(Schema.is(schema)(holes()))
    }
  })

  it("accepts nothing where a schema would change the value", () => {
    assert.isFalse(Check.guard(Schema.NumberFromString.ast)("1"))
    assert.isFalse(Check.guard(Schema.NumberFromString.ast)(1))
  })
})

describe("Check.issues", () => {
  it("never repeats the value, which may be somebody's message", () => {
    const secret = "my secret"
    const values = [
      Message.text(secret.repeat(1000)),
      Message.textV2(`{${secret}}`),
      Message.textV2("t", { substitution: {} }),
      Message.video({ originalContentUrl: secret, previewImageUrl: secret, trackingId: secret }),
      Message.flex({ altText: secret.repeat(1000), contents: { type: "bubble" } }),
      { type: secret, text: secret },
      {
        type: "template",
        altText: "a",
        template: { type: "buttons", text: secret.repeat(40), title: secret.repeat(9) }
      },
      {
        type: "flex",
        altText: "a",
        contents: { type: "bubble", body: { type: "box", layout: secret, contents: secret } }
      },
      {
        type: "text",
        text: "t",
        quickReply: { items: [{ type: "action", action: { type: "datetimepicker", mode: "date", initial: secret } }] }
      }
    ]
    for (const value of values) {
      for (const { message } of Check.issues(Message.Message.ast, value)) assert.notInclude(message, secret)
    }
  })

  it("says what is wrong, in LINE's units", () => {
    const messagesOf = <A>(schema: Schema.Schema<A>, value: unknown) =>
      Check.issues(schema.ast, value).map((issue) => issue.message)
    assert.deepStrictEqual(messagesOf(Message.TextMessage, { type: "text", text: "a".repeat(5001) }), [
      "must have between 1 and 5000 UTF-16 code units, but has 5001"
    ])
    assert.deepStrictEqual(messagesOf(Action.TemplateAction, Action.message({ label: family.repeat(21), text: "t" })), [
      "must have between 1 and 20 grapheme clusters, but has 21"
    ])
    assert.deepStrictEqual(messagesOf(Message.TextMessage, { type: "text", text: "" }), ["must not be empty"])
    assert.deepStrictEqual(messagesOf(Message.QuickReply, { items: [] }), [
      "must have between 1 and 13 items, but has 0"
    ])
    assert.deepStrictEqual(messagesOf(Recipient.Recipient, Recipient.and([])), ["must have at least 1 item, but has 0"])
    assert.deepStrictEqual(messagesOf(Limit.items(Schema.String, 0, 1), ["a", "b"]), [
      "must have at most 1 item, but has 2"
    ])
    assert.deepStrictEqual(messagesOf(Imagemap.BaseSize, { width: 1041, height: 0 }), [
      "must be 1040",
      "must be a whole number of at least 1"
    ])
    assert.deepStrictEqual(messagesOf(Flex.Separator, { type: "separator", margin: "huge" }), [
      "must be one of none, xs, sm, md, lg, xl, xxl, or a number followed by px"
    ])
    assert.deepStrictEqual(messagesOf(Flex.Box, { type: "box", layout: "vertical", contents: [], width: "md" }), [
      "must be a number followed by px or %"
    ])
  })

  it("names the holes of an array", () => {
    const sparse = holes()
    sparse[1] = Message.text("t")
    assert.deepStrictEqual(Check.issues(Message.Messages.ast, sparse).map(Check.toLineIssue), [
      { path: "[0]", message: "is required" },
      { path: "[2]", message: "is required" }
    ])
  })

  it("ends where a value contains itself, however often", () => {
    const box = (...contents: Array<unknown>) => ({ type: "box", layout: "vertical", contents })
    const once = box()
    once.contents.push(once)
    const twice = box()
    twice.contents.push(twice, Flex.text("t"), twice)
    const [inner, outer] = [box(), box()]
    inner.contents.push(outer, inner)
    outer.contents.push(inner, outer)
    const operator: { type: string; and: Array<unknown> } = { type: "operator", and: [] }
    operator.and.push(operator, operator)
    const negation: { type: string; not?: unknown } = { type: "operator" }
    negation.not = negation
    const values: ReadonlyArray<readonly [Schema.Schema.AnyNoContext, unknown, ReadonlyArray<string>]> = [
      [Flex.Box, once, ["contents[0]"]],
      [Flex.Box, twice, ["contents[0]", "contents[2]"]],
      [Flex.Box, outer, ["contents[0].contents[0]", "contents[0].contents[1]", "contents[1]"]],
      [Flex.Container, { type: "bubble", body: twice }, ["body.contents[0]", "body.contents[2]"]],
      [Recipient.Recipient, operator, ["and[0]", "and[1]"]],
      [Recipient.DemographicFilter, negation, ["not"]]
    ]
    for (const [schema, value, paths] of values) {
      assert.isFalse(Check.guard(schema.ast)(value))
      assert.deepStrictEqual(
        Check.issues(schema.ast, value).map(Check.toLineIssue),
        paths.map((path) => ({ path, message: "contains itself" }))
      )
    }
  })

  it("tells a value that is there twice from one that contains itself", () => {
    const wrong = Flex.text("")
    const value = Flex.box({ layout: "vertical", contents: [wrong, wrong] })
    assert.deepStrictEqual(
      Check.issues(Flex.Box.ast, value).map((issue) => Check.formatPath(issue.path)),
      ["contents[0].text", "contents[1].text"]
    )
  })

  it("ends where a value nests without end", () => {
    let tree: Recipient.Recipient = Recipient.audience(1)
    for (let depth = 0; depth < 100_000; depth++) tree = Recipient.not(tree)
    assert.isFalse(Check.guard(Recipient.Recipient.ast)(tree))
    assert.deepStrictEqual(
      Check.issues(Recipient.Recipient.ast, tree).map((issue) => issue.message),
      ["is nested too deeply"]
    )
  })

  it("does not compare what is wrong in itself", () => {
    const messagesOf = <A>(schema: Schema.Schema<A>, value: unknown) =>
      Check.issues(schema.ast, value).map(({ message, path }) => `${Check.formatPath(path)} ${message.split(",")[0]}`)
    assert.deepStrictEqual(messagesOf(Recipient.DemographicFilter, { type: "age", gte: "age_1", lt: "age_2" }), [
      'gte must be one of "age_15"',
      'lt must be one of "age_15"'
    ])
    assert.deepStrictEqual(messagesOf(Flex.Carousel, { type: "carousel", contents: [{ type: "hero" }] }), [
      'contents[0].type must be "bubble"'
    ])
    assert.deepStrictEqual(
      messagesOf(Message.TextMessage, { type: "sms", text: "t", emojis: [{ index: 0, productId: "p", emojiId: "e" }] }),
      ['type must be "text"']
    )
  })

  it("relates the parts of a value although some are wrong", () => {
    const action = { type: "postback", data: 1, displayText: "t", text: "t" }
    assert.deepStrictEqual(
      Check.issues(Action.Action.ast, action).map((issue) => issue.path),
      [["data"], ["text"]]
    )
  })

  it("measures a value by the struct that it is nearest to, where no type tells which is meant", () => {
    const schema = Schema.Union(
      Schema.Struct({ clientId: Schema.String, secret: Schema.String }),
      Schema.Struct({ assertion: Schema.String, algorithm: Schema.optional(Schema.Literal("RS256")) })
    )
    const issues = (value: unknown) => Check.issues(schema.ast, value).map(({ path }) => Check.formatPath(path))
    assert.deepStrictEqual(issues({ assertion: "a", algorithm: "none" }), ["algorithm"])
    assert.deepStrictEqual(issues({ clientId: "c", secret: 1 }), ["secret"])
  })

  it("keeps the limit that a value exceeds", () => {
    assert.deepStrictEqual(
      Check.issues(Message.Messages.ast, []).map((issue) => issue.limit),
      [{ _tag: "Size", minimum: 1, maximum: 5 }]
    )
  })
})

describe("Check.formatPath", () => {
  it("writes paths as LINE does", () => {
    assert.strictEqual(
      Check.formatPath(["messages", 0, "quickReply", "items", 12, "action"]),
      "messages[0].quickReply.items[12].action"
    )
    assert.strictEqual(Check.formatPath([]), "")
  })
})
