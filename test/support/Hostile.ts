/** What anybody may send to a webhook URL: bodies, signatures and bytes that are no HTTP, and a fuzzer over them. */
import { FastCheck } from "effect"
import { readdirSync, readFileSync } from "node:fs"

const utf8 = (text: string) => new TextEncoder().encode(text)

/** A webhook with these events, each as it is written. */
const of = (...events: ReadonlyArray<string>) => `{"destination":"Ubot","events":[${events.join(",")}]}`

/** An event of a known type whose properties are written after the envelope, so that they come instead of its. */
export const event = (more: object = {}) => ({
  type: "message",
  timestamp: 1_700_000_000_000,
  mode: "active",
  webhookEventId: "01HXX",
  deliveryContext: { isRedelivery: false },
  source: { type: "user", userId: "U1" },
  replyToken: "reply-token",
  message: { type: "text", id: "1", text: "寿司 🍣", quoteToken: "q" },
  ...more
})

const written = (more?: object) => JSON.stringify(event(more))

/** A value inside of this many arrays or objects. */
const nested = (levels: number, open: string, close: string) => `${open.repeat(levels)}0${close.repeat(levels)}`

const deep = 100_000

const wrong = [null, 0, "", [], {}, true, { type: "text" }, { type: {} }, { type: "__proto__" }]

/** Bodies that are a webhook, whatever their events are, with the number of these. */
const webhooks: Readonly<Record<string, readonly [number, string]>> = {
  "no events": [0, of()],
  "white space": [0, ` \r\n\t{ "destination" : "Ubot" ,\n"events" : [ ] } \n`],
  "a BOM": [1, `\ufeff${of(written())}`],
  "events that are no objects": [8, of("null", "0", "-1", '""', "[]", "true", "false", "[[{}]]")],
  "events without a type": [3, of("{}", '{"type":null}', '{"type":{}}')],
  "types that every object has": [
    4,
    of(...["__proto__", "constructor", "toString", "hasOwnProperty"].map((type) => written({ type })))
  ],
  "prototypes in all places": [
    2,
    `{"__proto__":{"destination":"U0"},"constructor":{"prototype":{"x":1}},"destination":"Ubot","events":[` +
      `{"__proto__":{"type":"message"},"constructor":0},${written().replace("{", '{"__proto__":{"polluted":true},')}]}`
  ],
  "duplicate keys": [1, of(written().replace("{", '{"type":"follow","type":"unsend","message":null,'))],
  "the destination twice": [0, `{"destination":"Uother","destination":"Ubot","events":[]}`],
  "events twice": [1, `{"destination":"Ubot","events":[1,2,3],"events":[${written()}]}`],
  "many duplicate keys": [1, of(`{${'"type":"message",'.repeat(20_000)}"type":"x"}`)],
  "arrays in arrays": [1, of(nested(deep, "[", "]"))],
  "objects in objects": [1, of(nested(deep, '{"a":', "}"))],
  "sources in sources": [1, of(`{"type":"message","source":${nested(deep, '{"type":"user","source":', "}")}}`)],
  "depth beside what is known": [1, of(written().replace("{", `{"more":${nested(deep, "[", "]")},`))],
  "huge numbers": [
    3,
    of(written({ timestamp: "T" }).replace('"T"', "1e999"), "9".repeat(10_000), `-0.${"0".repeat(10_000)}1e-9999`)
  ],
  "times that are none": [2, of(written({ timestamp: -1e308 }), written({ timestamp: 8.64e15 + 1 }))],
  "a huge text": [1, of(written({ message: { type: "text", id: "1", quoteToken: "q", text: "寿".repeat(300_000) } }))],
  "a huge id": [1, of(written({ webhookEventId: "0".repeat(900_000) }))],
  "a huge type": [1, of(written({ type: "x".repeat(900_000) }))],
  "lone surrogates": [2, of(written({ replyToken: "R" }).replace('"R"', '"\\ud83c"'), '"\\udf63\\ud83c"')],
  "escaped NUL": [1, of(written({ replyToken: "\0\0" }))],
  "quotes all over": [1, of(JSON.stringify('"'.repeat(100_000)))],
  "names of the destination in a text": [1, of(JSON.stringify('"destination":"Uother"'.repeat(1000)))],
  "known types with wrong properties": [
    wrong.length * 4,
    of(
      ...wrong.flatMap((value) => [
        written({ message: value }),
        written({ source: value }),
        written({ deliveryContext: value }),
        written({ webhookEventId: value, timestamp: value, mode: value, replyToken: value })
      ])
    )
  ],
  "10,000 events": [10_000, of(...Array.from({ length: 10_000 }, (_, id) => `{"type":"message","id":${id}}`))],
  "4000 known events": [
    4000,
    of(...Array.from({ length: 4000 }, (_, id) => written({ type: "unfollow", webhookEventId: `${id}`, message: 0 })))
  ]
}

const raw = (...bytes: ReadonlyArray<number>) => Uint8Array.from(bytes)

const within = (bytes: Uint8Array) => {
  const [before = "", after = ""] = of('"|"').split("|")
  return Buffer.concat([utf8(before), bytes, utf8(after)])
}

/** Bodies that are no webhook, whoever signed them. */
const others: Readonly<Record<string, string | Uint8Array>> = {
  nothing: "",
  "a space": " ",
  "no JSON": "destination=Ubot&events=",
  "JSON that is cut": of(written()).slice(0, -20),
  "JSON and more": `${of()}${of()}`,
  "a comma too many": `{"destination":"Ubot","events":[],}`,
  "a comment": `/**/${of()}`,
  NaN: `{"destination":"Ubot","events":[NaN]}`,
  null: "null",
  "a number": "1",
  "a text": '"destination"',
  "an array": `[${of()}]`,
  "an empty object": "{}",
  "no destination": '{"events":[]}',
  "a destination that is no text": '{"destination":["Ubot"],"events":[]}',
  "no list of events": '{"destination":"Ubot"}',
  "events that are no list": '{"destination":"Ubot","events":{"length":1,"0":{}}}',
  "events in the prototype": '{"__proto__":{"destination":"Ubot","events":[]}}',
  "arrays alone": nested(deep, "[", "]"),
  "arrays that stay open": "[".repeat(deep),
  "objects alone": nested(deep, '{"destination":', "}"),
  "NUL bytes": raw(0, 0, 0, 0),
  "NUL before": `\0${of()}`,
  "NUL after": `${of()}\0`,
  "NUL in a text": within(raw(0)),
  "two BOMs": `\ufeff\ufeff${of()}`,
  "UTF-16": Buffer.from(`\ufeff${of()}`, "utf16le"),
  "UTF-16 without a BOM": Buffer.from(of(), "utf16le"),
  "UTF-8 that is cut": within(raw(0xe5, 0xaf)),
  "UTF-8 that is cut at the end": raw(0x22, 0xf0, 0x9f),
  "UTF-8 that is too long": within(raw(0xc0, 0xa2)),
  "a surrogate in UTF-8": within(raw(0xed, 0xa0, 0x80)),
  Shift_JIS: within(raw(0x8e, 0xf5, 0x8e, 0x69)),
  "bytes that UTF-8 never has": raw(0xff, 0xfe, 0xfd)
}

export interface Body {
  readonly name: string
  readonly bytes: Uint8Array<ArrayBuffer>
  /** The number of its events, if it is a webhook. */
  readonly events: number | undefined
}

const bytesOf = (body: string | Uint8Array) => new Uint8Array(typeof body === "string" ? utf8(body) : body)

export const bodies: ReadonlyArray<Body> = [
  ...Object.entries(webhooks).map(([name, [events, text]]) => ({ name, events, bytes: bytesOf(text) })),
  ...Object.entries(others).map(([name, body]) => ({ name, events: undefined, bytes: bytesOf(body) }))
]

/** What may stand in the place of a signature, made of the right one. */
export const signatures: Readonly<Record<string, (right: string) => string>> = {
  empty: () => "",
  "one byte": () => "A",
  "a byte less": (right) => Buffer.from(right, "base64").subarray(1).toString("base64"),
  "a byte more": (right) => Buffer.concat([Buffer.from(right, "base64"), raw(0)]).toString("base64"),
  "without padding": (right) => right.replace(/=+$/, ""),
  "padded twice": (right) => `${right}=`,
  "lower case": (right) => right.toLowerCase(),
  "URL-safe Base64": (right) => `-_${right.slice(2).replaceAll("+", "-").replaceAll("/", "_")}`,
  hexadecimal: (right) => Buffer.from(right, "base64").toString("hex"),
  "no Base64": () => `${"*".repeat(43)}=`,
  "no ASCII": () => "é".repeat(44),
  "the first bit wrong": (right) => flipped(right, 0),
  "the last bit wrong": (right) => flipped(right, 31),
  zeros: () => Buffer.alloc(32).toString("base64"),
  twice: (right) => `${right},${right}`,
  "a list with the right one": (right) => `${Buffer.alloc(32).toString("base64")}, ${right}`,
  "a scheme": (right) => `sha256=${right}`,
  "spaces within": (right) => `${right.slice(0, 20)} ${right.slice(20)}`,
  "a tab within": (right) => `${right.slice(0, 20)}\t${right.slice(20)}`,
  quoted: (right) => `"${right}"`,
  "very long": (right) => right.repeat(200),
  undefined: () => "undefined",
  null: () => "null"
}

const flipped = (signature: string, index: number) => {
  const digest = Buffer.from(signature, "base64")
  digest[index] = (digest[index] ?? 0) ^ (index === 0 ? 0x80 : 1)
  return digest.toString("base64")
}

/** Headers of which no HTTP message is made. */
export const unsendable: Readonly<Record<string, (right: string) => string>> = {
  "a newline within": (right) => `${right.slice(0, 20)}\n${right.slice(20)}`,
  "a line of its own": (right) => `${right.slice(0, 20)}\r\n${right.slice(20)}`,
  "a folded line": (right) => `${right.slice(0, 20)}\r\n ${right.slice(20)}`,
  NUL: (right) => `${right}\0`
}

/** Bytes that are no HTTP, or none that a server has to take. */
export const noise: Readonly<Record<string, Uint8Array>> = {
  NUL: new Uint8Array(1000),
  "a line": utf8("hello\r\n\r\n"),
  "lines alone": utf8("\r\n".repeat(1000) + "x\r\n"),
  "a hello of TLS": Buffer.from("16030100c8010000c40303" + "5a".repeat(200), "hex"),
  "a greeting of SSH": utf8("SSH-2.0-OpenSSH_9.6\r\n"),
  "a preface of HTTP/2": utf8("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  "HTTP of another version": utf8("POST /callback HTTP/9.9\r\nHost: bot\r\n\r\n"),
  "no version": utf8("GET /callback\r\n\r\n"),
  "a method that is none": utf8("BREW /callback HTTP/1.1\r\nHost: bot\r\n\r\n"),
  "a URL that is none": utf8("POST \0 HTTP/1.1\r\nHost: bot\r\n\r\n"),
  "a name that is none": utf8("POST / HTTP/1.1\r\nHost: bot\r\nä ö: ü\r\n\r\n"),
  "an answer": utf8("HTTP/1.1 200 OK\r\n\r\n"),
  "no host": utf8("POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"),
  "a tunnel": utf8("CONNECT bot:443 HTTP/1.1\r\nHost: bot\r\n\r\n"),
  "huge headers": utf8(`POST / HTTP/1.1\r\nHost: bot\r\nX-Line-Signature: ${"A".repeat(100_000)}\r\n\r\n`),
  "many headers": utf8(`POST / HTTP/1.1\r\nHost: bot\r\n${"X: y\r\n".repeat(20_000)}\r\n`),
  "a huge URL": utf8(`POST /${"a".repeat(100_000)} HTTP/1.1\r\nHost: bot\r\n\r\n`)
}

/** Lengths that lie, or are none. */
export const lengths: Readonly<Record<string, ReadonlyArray<string>>> = {
  "a text": ["Content-Length: NaN"],
  negative: ["Content-Length: -1"],
  "with a sign": ["Content-Length: +5"],
  "with an exponent": ["Content-Length: 1e3"],
  hexadecimal: ["Content-Length: 0x10"],
  "a fraction": ["Content-Length: 1.5"],
  none: ["Content-Length: "],
  "two in one": ["Content-Length: 5, 6"],
  "two that differ": ["Content-Length: 5", "Content-Length: 6"],
  "beyond every number": [`Content-Length: ${"9".repeat(40)}`],
  "beside chunks": ["Content-Length: 5", "Transfer-Encoding: chunked"],
  "chunks that are none": ["Transfer-Encoding: chunked, identity"],
  "a size that is none": ["Transfer-Encoding: chunked", "", "xyz"]
}

const folder = new URL("../fixtures/webhook/", import.meta.url)
const fixtures = readdirSync(folder).map((name) => bytesOf(readFileSync(new URL(name, folder))))

const eventsOf = (body: Uint8Array): ReadonlyArray<{ readonly type: string }> =>
  JSON.parse(Buffer.from(body).toString()).events

/** Every type of event that LINE documents. */
export const eventTypes: ReadonlyArray<string> = [
  ...new Set(fixtures.flatMap((bytes) => eventsOf(bytes).map(({ type }) => type)))
]

const tokens = [
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  '"',
  "\\",
  "null",
  "1e999",
  '"__proto__":',
  '"destination":"U",',
  "\0",
  "é"
]

/** Bodies of the corpus and of LINE's documentation, changed here and there. */
export const mutated: FastCheck.Arbitrary<Uint8Array<ArrayBuffer>> = FastCheck.tuple(
  FastCheck.constantFrom(...fixtures, ...bodies.map(({ bytes }) => bytes).filter(({ length }) => length < 50_000)),
  FastCheck.array(
    FastCheck.record({
      kind: FastCheck.constantFrom("flip", "cut", "drop", "repeat", "insert", "byte"),
      at: FastCheck.double({ min: 0, max: 1, noNaN: true }),
      length: FastCheck.integer({ min: 0, max: 60 }),
      value: FastCheck.integer({ min: 0, max: 255 }),
      token: FastCheck.constantFrom(...tokens)
    }),
    { maxLength: 4 }
  )
).map(([body, changes]) =>
  changes.reduce((bytes, { at, kind, length, token, value }) => {
    const start = Math.floor(at * bytes.length)
    const before = bytes.subarray(0, start)
    const part = bytes.subarray(start, start + length)
    const after = bytes.subarray(start + length)
    switch (kind) {
      case "flip":
        return bytes.map((byte, index) => (index === start ? byte ^ (1 << (value % 8)) : byte))
      case "byte":
        return bytes.map((byte, index) => (index === start ? value : byte))
      case "cut":
        return bytesOf(before)
      case "drop":
        return bytesOf(Buffer.concat([before, after]))
      case "repeat":
        return bytesOf(Buffer.concat([before, part, part, after]))
      default:
        return bytesOf(Buffer.concat([before, utf8(token), part, after]))
    }
  }, body)
)
