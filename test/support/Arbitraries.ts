import { Arbitrary, FastCheck as fc, type Schema } from "effect"
import * as Flex from "line-effect/Flex"
import * as Message from "line-effect/Message"
import * as Recipient from "line-effect/Recipient"

const leaf = <A extends Flex.Component>(schema: Schema.Schema<A>) => Arbitrary.make(schema)

const texts = leaf(Flex.Text)
const images = leaf(Flex.Image)

const inBaseline = fc.oneof(leaf(Flex.Icon), texts, leaf(Flex.Filler))

/** Boxes of Flex Messages, with what may be in them. */
// Derived from its schema, a box would be tried until its children happen to fit its layout, at every depth.
export const { box } = fc.letrec<{ box: Flex.Box; child: Flex.Component }>((tie) => ({
  box: fc.oneof(
    { maxDepth: 3 },
    fc.record({
      type: fc.constant("box" as const),
      layout: fc.constant("baseline" as const),
      contents: fc.array(inBaseline, { maxLength: 3 })
    }),
    fc.record(
      {
        type: fc.constant("box" as const),
        layout: fc.constantFrom("horizontal" as const, "vertical" as const),
        contents: fc.array(tie("child"), { maxLength: 3 }),
        spacing: fc.constantFrom("md" as const, "10px" as const),
        offsetTop: fc.constantFrom("-2.5%" as const, "xl" as const),
        background: Arbitrary.make(Flex.LinearGradient)
      },
      { requiredKeys: ["type", "layout", "contents"] }
    )
  ),
  child: fc.oneof(
    { maxDepth: 3 },
    texts,
    images,
    leaf(Flex.Button),
    leaf(Flex.Separator),
    leaf(Flex.Filler),
    tie("box")
  )
}))

const bubble = (size: Flex.Bubble["size"], heroes: fc.Arbitrary<Flex.Bubble["hero"]>): fc.Arbitrary<Flex.Bubble> =>
  fc
    .record({ header: fc.option(box), hero: heroes, body: box })
    .map(({ body, header, hero }) => ({
      type: "bubble",
      body,
      size,
      ...(header === null ? {} : { header }),
      ...(hero === undefined ? {} : { hero: { ...hero, ...("position" in hero ? { position: "relative" } : {}) } })
    }))

/** Containers of Flex Messages. */
export const container: fc.Arbitrary<Flex.Container> = fc.oneof(
  bubble(
    "giga",
    fc.record({
      type: fc.constant("video" as const),
      url: fc.webUrl({ validSchemes: ["https"] }),
      previewUrl: fc.webUrl({ validSchemes: ["https"] }),
      altContent: images
    })
  ),
  fc
    .array(bubble("nano", fc.option(fc.oneof(box, images), { nil: undefined })), { minLength: 1, maxLength: 4 })
    .map((contents): Flex.Carousel => ({ type: "carousel", contents }))
)

const envelope = fc.record(
  { quickReply: Arbitrary.make(Message.QuickReply), sender: Arbitrary.make(Message.Sender) },
  { requiredKeys: [] }
)

/** Messages of every type, Flex Messages among them. */
export const message: fc.Arbitrary<Message.Message> = fc.oneof(
  Arbitrary.make(Message.TextMessage),
  Arbitrary.make(Message.TextMessageV2),
  Arbitrary.make(Message.StickerMessage),
  Arbitrary.make(Message.ImageMessage),
  Arbitrary.make(Message.VideoMessage),
  Arbitrary.make(Message.AudioMessage),
  Arbitrary.make(Message.LocationMessage),
  Arbitrary.make(Message.CouponMessage),
  Arbitrary.make(Message.ImagemapMessage),
  Arbitrary.make(Message.TemplateMessage),
  fc.tuple(container, envelope).map(([contents, rest]) => Message.flex({ altText: "alt", contents, ...rest }))
)

/** Trees of operators over leaves, of at most 8 leaves. */
const treeOf = (leaves: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => {
  const operatorOf = (operand: fc.Arbitrary<unknown>) => {
    const operands = fc.array(operand, { minLength: 1, maxLength: 2 })
    return fc
      .oneof(fc.record({ and: operands }), fc.record({ or: operands }), fc.record({ not: operand }))
      .map((operator) => ({ type: "operator", ...operator }))
  }
  return fc.oneof(
    leaves,
    operatorOf(leaves),
    operatorOf(operatorOf(leaves)),
    operatorOf(operatorOf(operatorOf(leaves)))
  )
}

/** Recipients of narrowcasts, combined to some depth. */
export const recipient: fc.Arbitrary<unknown> = treeOf(
  fc.oneof(fc.nat().map(Recipient.audience), fc.uuid().map(Recipient.redelivery))
)

/** Filters of narrowcasts, combined to some depth. */
export const demographicFilter: fc.Arbitrary<unknown> = treeOf(
  fc.constantFrom<Recipient.DemographicFilter>(
    Recipient.gender(["male", "female"]),
    Recipient.age({ gte: "age_20", lt: "age_45" }),
    Recipient.appType(["ios"]),
    Recipient.area(["jp_13", "tw_22"]),
    Recipient.subscriptionPeriod({ lt: "day_30" })
  )
)

const junk: ReadonlyArray<unknown> = [undefined, null, "", 0, -1, 1.5, true, [], {}, "x".repeat(1600), { type: "text" }]

/** The value with one part, chosen by the numbers, removed, replaced by junk, repeated or moved to another name. */
export const mutate = (value: unknown, [step = 0, change = 0, ...choices]: ReadonlyArray<number>): unknown => {
  if (typeof value !== "object" || value === null) return junk[change % junk.length]
  const keys = Object.keys(value)
  const key = keys[step % Math.max(keys.length, 1)]
  if (key === undefined) return junk[change % junk.length]
  const part: unknown = Reflect.get(value, key)
  if (change % 3 === 0 && choices.length > 1) return replace(value, key, mutate(part, choices))
  if (change % 5 === 1) return remove(value, key)
  if (change % 5 === 2) return Array.isArray(value) ? [...value, part, part] : { ...value, [`${key}2`]: part }
  return replace(value, key, junk[change % junk.length])
}

const replace = (value: object, key: string, part: unknown): unknown =>
  Array.isArray(value) ? value.with(Number(key), part) : { ...value, [key]: part }

const remove = (value: object, key: string): unknown =>
  Array.isArray(value)
    ? value.filter((_, index) => index !== Number(key))
    : Object.fromEntries(Object.entries(value).filter(([name]) => name !== key))
