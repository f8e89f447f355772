import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck, Schema } from "effect"
import * as Unknown from "line-effect/Unknown"
import * as WebhookEvent from "line-effect/WebhookEvent"
import { readdirSync, readFileSync } from "node:fs"

type Json = Readonly<Record<string, unknown>>
type Body = { readonly destination: string; readonly events: ReadonlyArray<Json> }

const folder = new URL("./fixtures/webhook/", import.meta.url)
const fixtures = readdirSync(folder).map((name): readonly [string, Body] => [
  name,
  JSON.parse(readFileSync(new URL(name, folder), "utf8"))
])

const decode = (body: unknown): WebhookEvent.WebhookBody => Either.getOrThrow(WebhookEvent.decode(body))

const encode = Schema.encodeSync(WebhookEvent.WebhookBody)

const envelope = {
  webhookEventId: "01JZ8Q4M7WXB3T5K9R2VNC6D00",
  deliveryContext: { isRedelivery: false },
  timestamp: 1751328001371,
  source: { type: "user", userId: "U1f0a3c5d7e9b2846af13c5d7e9b28460" },
  replyToken: "000000004b781e9534d941733d306dcc",
  mode: "active"
}

const text = { type: "text", id: "571204938816430000", quoteToken: "q3Plxr4A", text: "hello" }

const messageEvent = (message: unknown, other: Json = {}): Json => ({ type: "message", message, ...envelope, ...other })

/** The events of a body in which one stands between two known ones, whose survival is part of every test. */
const between = (event: unknown): WebhookEvent.WebhookEvent => {
  const known = messageEvent(text)
  const body = { destination: "U5b1c8e0f3a7d42968cd0e7f1b2a39464", events: [known, event, known] }
  const { events } = decode(body)
  assert.strictEqual(events.length, 3)
  assert.strictEqual(events[0], known as unknown)
  assert.strictEqual(events[2], known as unknown)
  assert.deepStrictEqual(Schema.decodeUnknownSync(WebhookEvent.WebhookBody)(body), { ...body, events })
  assert.strictEqual(JSON.stringify(encode({ ...body, events })), JSON.stringify(body))
  return events[1] ?? assert.fail("the event is lost")
}

const messageOf = (message: unknown): WebhookEvent.MessageContent => {
  const event = between(messageEvent(message))
  return event.type === "message" ? event.message : assert.fail(`the event became ${event.type}`)
}

describe("what LINE documents", () => {
  it.for(fixtures)("%s is read as it came, without a copy of any event", ([_, body]) => {
    const { destination, events } = decode(body)
    assert.strictEqual(destination, body.destination)
    assert.strictEqual(events.length, body.events.length)
    for (const [index, event] of events.entries()) assert.strictEqual(event, body.events[index] as unknown)
  })

  it.for(fixtures)("%s is the same to the schema, and encodes to itself", ([_, body]) => {
    const decoded = Schema.decodeUnknownSync(WebhookEvent.WebhookBody)(body)
    assert.deepStrictEqual<unknown>(decoded, body)
    assert.strictEqual(JSON.stringify(encode(decoded)), JSON.stringify(body))
  })

  it("every type of event and of message is among the fixtures", () => {
    const events = fixtures.flatMap(([_, body]) => decode(body).events)
    const messages = events.flatMap((event) => (event.type === "message" ? [event.message.type] : []))
    assert.strictEqual(new Set(events.map((event) => event.type)).size, 21)
    assert.strictEqual(new Set(messages).size, 7)
  })

  it("the type of an event narrows it, and so do those within it", () => {
    const event = between(
      messageEvent({ ...text, mention: { mentionees: [{ type: "user", index: 0, length: 4, userId: "U1" }] } })
    )
    assert.ok(event.type === "message" && event.message.type === "text" && event.source?.type === "user")
    const userId: string | undefined = event.source.userId
    const [mentionee] = event.message.mention?.mentionees ?? []
    assert.strictEqual(userId, envelope.source.userId)
    assert.strictEqual(mentionee?.type === "user" ? mentionee.userId : undefined, "U1")
  })

  it("a body can be read out of its text by a schema", () => {
    const fromText = Schema.decodeUnknownSync(Schema.parseJson(WebhookEvent.WebhookBody))
    for (const [_, body] of fixtures) assert.deepStrictEqual<unknown>(fromText(JSON.stringify(body)), body)
  })
})

describe("what is new to this version", () => {
  it("an event keeps what every event has", () => {
    const party = { type: "party", ...envelope, party: { guests: 3 } }
    const event = between(party)
    assert.deepStrictEqual<unknown>(event, { ...envelope, type: "unknown", originalType: "party", raw: party })
    assert.ok(event.type === "unknown")
    assert.strictEqual(WebhookEvent.chatId(event.source), envelope.source.userId)
  })

  it("an event keeps of its envelope what can be read", () => {
    const party = { type: "party", timestamp: 1, source: { type: "thread" }, mode: 5, replyToken: null }
    assert.deepStrictEqual<unknown>(between(party), {
      type: "unknown",
      originalType: "party",
      raw: party,
      timestamp: 1,
      source: { type: "unknown", originalType: "thread", raw: { type: "thread" } }
    })
  })

  it.for([[null], [5], ["text"], [[]], [{}], [{ type: 7 }]])("%j in the place of an event loses nothing", ([raw]) => {
    assert.deepStrictEqual<unknown>(between(raw), { type: "unknown", originalType: "", raw })
  })

  it("a type that is called unknown is as unknown as any other", () => {
    const raw = { type: "unknown", ...envelope }
    assert.deepStrictEqual<unknown>(between(raw), { ...envelope, type: "unknown", originalType: "unknown", raw })
  })

  it("a message leaves its event as it is", () => {
    const raw = { type: "hologram", id: "1", depth: { unit: "cm" } }
    const event = between(messageEvent(raw))
    assert.deepStrictEqual<unknown>(event, messageEvent({ type: "unknown", originalType: "hologram", raw }))
  })

  it("a source leaves its event as it is", () => {
    const raw = { type: "thread", threadId: "T1" }
    const event = between(messageEvent(text, { source: raw }))
    assert.deepStrictEqual<unknown>(
      event,
      messageEvent(text, { source: { type: "unknown", originalType: "thread", raw } })
    )
  })

  it("a mentioned one leaves the others and the text as they are", () => {
    const raw = { type: "role", index: 0, length: 6, role: "admin" }
    const all = { type: "all", index: 7, length: 4 }
    const message = messageOf({ ...text, mention: { mentionees: [raw, all] } })
    assert.deepStrictEqual<unknown>(message, {
      ...text,
      mention: { mentionees: [{ type: "unknown", originalType: "role", raw }, all] }
    })
  })

  it("a member of a group leaves the others as they are", () => {
    const raw = { type: "bot", botId: "B1" }
    const joined = { type: "memberJoined", ...envelope, joined: { members: [raw, envelope.source] } }
    const event = between(joined)
    assert.deepStrictEqual<unknown>(event, {
      ...joined,
      joined: { members: [{ type: "unknown", originalType: "bot", raw }, envelope.source] }
    })
  })

  const sticker = { type: "sticker", id: "1", quoteToken: "q", packageId: "446", stickerId: "1988" }
  const enumerations: ReadonlyArray<readonly [string, (member: unknown) => Json]> = [
    ["mode", (mode) => messageEvent(text, { mode })],
    ["stickerResourceType", (stickerResourceType) => messageEvent({ ...sticker, stickerResourceType })],
    ["contentProvider.type", (type) => messageEvent({ type: "audio", id: "1", contentProvider: { type } })],
    ["beacon.type", (type) => ({ type: "beacon", ...envelope, beacon: { hwid: "d41d8cd98f", type } })],
    ["link.result", (result) => ({ type: "accountLink", ...envelope, link: { result, nonce: "n" } })],
    ["membership.type", (type) => ({ type: "membership", ...envelope, membership: { type, membershipId: 1 } })],
    ["params.status", (status) => ({ type: "postback", ...envelope, postback: { data: "d", params: { status } } })],
    ["module.reason", (reason) => ({ type: "module", ...envelope, module: { type: "detached", botId: "B", reason } })],
    ["things.type", (type) => ({ type: "things", ...envelope, things: { deviceId: "t", type } })]
  ]
  it.for(enumerations)("a member of the enumeration %s leaves everything else as it is", ([_, event]) => {
    assert.deepStrictEqual<unknown>(
      between(event("brandNew")),
      event({ type: "unknown", originalType: "brandNew", raw: "brandNew" })
    )
  })

  it("properties stay on the value, whether or not something beside them is unknown", () => {
    const extended = (mode: unknown) =>
      messageEvent(
        { ...text, mood: { score: 1 } },
        {
          mode,
          tenant: "t1",
          source: { ...envelope.source, region: "JP" },
          deliveryContext: { isRedelivery: true, n: 2 }
        }
      )
    assert.deepStrictEqual<unknown>(between(extended("active")), extended("active"))
    assert.deepStrictEqual<unknown>(
      between(extended("paused")),
      extended({ type: "unknown", originalType: "paused", raw: "paused" })
    )
    assert.deepStrictEqual<unknown>(decode({ destination: "U0", events: [], version: 2 }), {
      destination: "U0",
      events: [],
      version: 2
    })
  })
})

describe("what is malformed", () => {
  it("a message becomes unknown and says why, and its event stays", () => {
    const { quoteToken: _, ...raw } = text
    assert.deepStrictEqual<unknown>(messageOf(raw), {
      type: "unknown",
      originalType: "text",
      raw,
      issue: "quoteToken is required"
    })
  })

  it("an event becomes unknown and says why, and keeps what can be read", () => {
    const { message: _, ...raw } = messageEvent(text)
    assert.deepStrictEqual<unknown>(between(raw), {
      ...envelope,
      type: "unknown",
      originalType: "message",
      raw,
      issue: "message is required"
    })
  })

  const malformed: ReadonlyArray<readonly [string, Json]> = [
    ["timestamp must be a number, but is a value of type string", messageEvent(text, { timestamp: "secret" })],
    ["mode must be a string, but is an array", messageEvent(text, { mode: ["secret"] })],
    ["replyToken must be a string, but is null", messageEvent(text, { replyToken: null })],
    ["deliveryContext.isRedelivery is required", messageEvent(text, { deliveryContext: { was: "secret" } })],
    [
      "postback.params.date must be a string, but is a value of type object",
      { type: "postback", ...envelope, postback: { data: "secret", params: { date: { day: "secret" } } } }
    ],
    [
      "joined.members must be an array, but is a value of type object",
      { type: "memberJoined", ...envelope, joined: { members: { name: "secret" } } }
    ]
  ]
  it.for(malformed)("%s, and the issue repeats no value", ([issue, raw]) => {
    const event = between(raw)
    assert.ok(event.type === "unknown")
    assert.strictEqual(event.issue, issue)
  })

  it("a mentioned one says at which part of itself it is wrong", () => {
    const message = messageOf({ ...text, mention: { mentionees: [{ type: "all", index: 0 }] } })
    assert.ok(message.type === "text")
    const [mentionee] = message.mention?.mentionees ?? []
    assert.strictEqual(Unknown.isUnknown(mentionee) ? mentionee.issue : undefined, "length is required")
  })

  it.for([
    [{}],
    [[]],
    [null],
    ["body"],
    [{ hello: 1 }],
    [{ destination: "U0" }],
    [{ events: [] }],
    [{ destination: 1, events: [] }],
    [{ destination: "U0", events: { 0: messageEvent(text) } }]
  ])("%j is not a body", ([body]) => {
    assert.ok(Either.isLeft(WebhookEvent.decode(body)))
    assert.ok(Either.isLeft(Schema.decodeUnknownEither(WebhookEvent.WebhookBody)(body)))
  })
})

describe("any JSON in the place of any other", () => {
  const replacements = [null, true, 5, "text", {}, [], { type: "new" }, [{ type: "user" }], undefined] as const

  /** A body's events with the part at the n-th place replaced, or taken out where the replacement is undefined. */
  const damage = (value: unknown, replacement: unknown, state: { place: number }): unknown => {
    if (state.place-- === 0) return replacement
    if (Array.isArray(value)) return value.map((item) => damage(item, replacement, state) ?? null)
    if (typeof value !== "object" || value === null) return value
    return Object.fromEntries(
      Object.entries(value)
        .map(([key, item]): [string, unknown] => [key, damage(item, replacement, state)])
        .filter(([_, item]) => item !== undefined)
    )
  }

  it("loses no event, is the same to the decoder and the schema, and encodes to itself", () => {
    const decodeBySchema = Schema.decodeUnknownSync(WebhookEvent.WebhookBody)
    FastCheck.assert(
      FastCheck.property(
        FastCheck.constantFrom(...fixtures.map(([_, body]) => body)),
        FastCheck.nat(150),
        FastCheck.constantFrom(...replacements),
        ({ destination, events }, place, replacement) => {
          const state = { place }
          const body = { destination, events: events.map((event) => damage(event, replacement, state) ?? null) }
          const decoded = decode(body)
          assert.strictEqual(decoded.events.length, events.length)
          assert.deepStrictEqual(decoded, decodeBySchema(body))
          assert.strictEqual(JSON.stringify(encode(decoded)), JSON.stringify(body))
        }
      ),
      { seed: 20260701, numRuns: 2000 }
    )
  })
})

describe("chatId", () => {
  it("is the group's or room's where there is one, else the user's", () => {
    assert.strictEqual(WebhookEvent.chatId({ type: "user", userId: "U1" }), "U1")
    assert.strictEqual(WebhookEvent.chatId({ type: "group", groupId: "C1", userId: "U1" }), "C1")
    assert.strictEqual(WebhookEvent.chatId({ type: "room", roomId: "R1" }), "R1")
    assert.strictEqual(WebhookEvent.chatId({ type: "unknown", originalType: "thread", raw: {} }), undefined)
    assert.strictEqual(WebhookEvent.chatId(undefined), undefined)
  })
})

describe("isRedelivery", () => {
  it("tells an event that was delivered before, known or not", () => {
    const again = { deliveryContext: { isRedelivery: true } }
    assert.strictEqual(WebhookEvent.isRedelivery(between(messageEvent(text))), false)
    assert.strictEqual(WebhookEvent.isRedelivery(between(messageEvent(text, again))), true)
    assert.strictEqual(WebhookEvent.isRedelivery(between({ type: "party", ...again })), true)
    assert.strictEqual(WebhookEvent.isRedelivery(between({ type: "party" })), false)
  })
})
