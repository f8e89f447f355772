import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, FastCheck as fc, Schema } from "effect"
import * as Action from "line-effect/Action"
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
  })

  it("relates the parts of a value although some are wrong", () => {
    const action = { type: "postback", data: 1, displayText: "t", text: "t" }
    assert.deepStrictEqual(
      Check.issues(Action.Action.ast, action).map((issue) => issue.path),
      [["data"], ["text"]]
    )
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
