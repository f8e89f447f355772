/**
 * The control API of a served emulator, as data: what there is to do with it from another process. It answers under
 * `/emulator/api`, and describes itself at `/emulator/api/openapi.json`.
 */
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Act, Mistake } from "./Act.js"
import type { Change } from "./Change.js"
import type { Fault } from "./Fault.js"
import type * as Model from "./Model.js"
import type * as Overview from "./Overview.js"
import type { Delivery, Outcome, WebhookFault } from "./Webhook.js"
import type { Event } from "./Wire.js"

/** Under which path everything about the emulator itself is. */
export const base = "/emulator"

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

/** A schema whose JSON is not for the types. */
const named = <S extends Schema.Schema.AnyNoContext>(
  identifier: string,
  schema: S
): Schema.Schema<Schema.Schema.Type<S>, unknown> => Schema.make(schema.annotations({ identifier }).ast)

/** A property that JSON leaves out where it is undefined. */
const orUndefined = <A, I>(schema: Schema.Schema<A, I>) =>
  Schema.optionalToRequired(schema, Schema.UndefinedOr(Schema.typeSchema(schema)), {
    decode: Option.getOrUndefined,
    encode: Option.fromNullable
  })

/** As `orUndefined`, of anything at all: null is a value. */
const anything = Schema.optionalToRequired(Schema.Unknown, Schema.Unknown, {
  decode: Option.getOrUndefined,
  encode: Option.liftPredicate((value) => value !== undefined)
})

/** A number that JSON leaves out where it is without end. */
const orInfinity = Schema.optionalToRequired(Schema.Number, Schema.Number, {
  decode: Option.getOrElse(() => Infinity),
  encode: Option.liftPredicate(Number.isFinite)
})

/** A number that may be infinite, which JSON cannot say. */
const orInfinite = (schema: Schema.Schema<number>): Schema.Schema<number, number | "Infinity"> =>
  Schema.transform(Schema.Union(schema, Schema.Literal("Infinity")), Schema.Number, {
    strict: true,
    decode: Number,
    encode: (number) => (number === Infinity ? "Infinity" : number)
  })

const Milliseconds = Schema.transform(orInfinite(Schema.NonNegative), Schema.DurationFromSelf, {
  strict: true,
  decode: Duration.millis,
  encode: Duration.toMillis
})

/** Bytes, where there may be any JSON. */
const Bytes = Schema.transform(
  Schema.Struct({ base64: Schema.Uint8ArrayFromBase64 }).annotations({ parseOptions: { onExcessProperty: "error" } }),
  Schema.Uint8ArrayFromSelf,
  { strict: true, decode: ({ base64 }) => base64, encode: (base64) => ({ base64 }) }
)

const user = {
  type: Schema.Literal("user"),
  userId: Schema.String,
  displayName: Schema.String,
  language: optional(Schema.String),
  pictureUrl: optional(Schema.String),
  statusMessage: optional(Schema.String)
}
const group = { type: Schema.Literal("group"), groupId: Schema.String, groupName: Schema.String }
const room = { type: Schema.Literal("room"), roomId: Schema.String }

const Properties = Schema.Record({ key: Schema.String, value: Schema.Unknown })

const ChatMessage: Schema.Schema<Model.ChatMessage, unknown> = named(
  "ChatMessage",
  Schema.Struct({
    id: Schema.String,
    from: Schema.String,
    via: Schema.Literal("user", "reply", "push", "multicast", "narrowcast", "broadcast", "pnp"),
    message: Schema.Struct({ type: Schema.String }, { key: Schema.String, value: Schema.Unknown }),
    timestamp: Schema.Number,
    read: Schema.Boolean,
    unsent: Schema.Boolean,
    edited: Schema.Boolean,
    quoteToken: orUndefined(Schema.String)
  })
)

const RequestRecord: Schema.Schema<Model.RequestRecord, unknown> = named(
  "RequestRecord",
  Schema.Struct({
    sequence: Schema.Number,
    requestId: Schema.String,
    operationId: orUndefined(Schema.String),
    method: Schema.String,
    path: Schema.String,
    retryKey: orUndefined(Schema.String),
    body: anything,
    timestamp: Schema.Number,
    status: orUndefined(Schema.Number),
    answer: anything,
    duration: orUndefined(Schema.Number),
    aborted: Schema.Boolean
  })
)

const Outcome: Schema.Schema<Outcome, unknown> = named(
  "Outcome",
  Schema.Union(
    Schema.TaggedStruct("Answered", { status: Schema.Number }),
    Schema.TaggedStruct("Failed", {
      reason: Schema.Literal("could_not_connect", "request_timeout", "error_status_code", "unclassified"),
      status: optional(Schema.Number)
    }),
    Schema.TaggedStruct("NotSent", {})
  )
)

const Event: Schema.Schema<Event, unknown> = named(
  "Event",
  Schema.Struct(
    {
      type: Schema.String,
      replyToken: optional(Schema.String),
      message: optional(Schema.Struct({ id: Schema.String }, { key: Schema.String, value: Schema.Unknown }))
    },
    { key: Schema.String, value: Schema.Unknown }
  )
)

const Delivery: Schema.Schema<Delivery, unknown> = named(
  "Delivery",
  Schema.Struct({
    sequence: Schema.Number,
    events: Schema.Array(Event),
    body: Schema.String,
    signature: Schema.String,
    outcome: Outcome,
    detail: orUndefined(Schema.String),
    timestamp: Schema.Number,
    duration: Schema.Number
  })
)

/** A change, as an event of the stream at `/emulator/api/changes`. */
export const ChangeEvent: Schema.Schema<Change, unknown> = named(
  "Change",
  Schema.Union(
    Schema.TaggedStruct("Message", { chatId: Schema.String, message: ChatMessage }),
    Schema.TaggedStruct("Request", { request: RequestRecord }),
    Schema.TaggedStruct("Delivery", { delivery: Delivery }),
    Schema.TaggedStruct("World", {})
  )
)

const Accept = Schema.Literal("before", "after")

/** Headers as HTTP has them: others could not be sent. */
const Headers = Schema.Record({
  key: Schema.String.pipe(Schema.pattern(/^[\w!#$%&'*+.^`|~-]+$/)),
  value: Schema.String.pipe(Schema.pattern(/^[\t -~\u0080-\u00ff]*$/))
})

const FaultStruct: Schema.Schema<Fault, unknown> = named(
  "Fault",
  Schema.Union(
    Schema.TaggedStruct("Respond", {
      accept: Accept,
      status: Schema.Int.pipe(Schema.between(200, 599)),
      body: Schema.optional(Schema.Union(Bytes, Schema.Unknown)),
      headers: optional(Headers)
    }),
    Schema.TaggedStruct("Disconnect", { accept: Accept, code: Schema.Literal("ECONNREFUSED", "ECONNRESET") }),
    Schema.TaggedStruct("Delay", { accept: Accept, duration: Milliseconds })
  )
)

const WebhookFault: Schema.Schema<WebhookFault> = Schema.Literal("lose", "duplicate", "reorder", "redeliver")

const Quota: Schema.Schema<Model.Quota> = Schema.Union(
  Schema.Struct({ type: Schema.Literal("none") }),
  Schema.Struct({ type: Schema.Literal("limited"), value: Schema.Number })
)

const Chat: Schema.Schema<Model.Chat, unknown> = named(
  "Chat",
  Schema.Union(Schema.Struct(user), Schema.Struct(group), Schema.Struct(room))
)

const glance = { messages: Schema.Number, latest: orUndefined(ChatMessage), loadingUntil: orUndefined(Schema.Number) }
const members = { memberIds: Schema.Array(Schema.String), joined: Schema.Boolean }

const ChatOverview: Schema.Schema<Overview.ChatOverview, unknown> = named(
  "ChatOverview",
  Schema.Union(
    Schema.Struct({
      ...user,
      relation: Schema.Literal("friend", "stranger", "blocked"),
      richMenuId: orUndefined(Schema.String),
      ...glance
    }),
    Schema.Struct({ ...group, ...members, ...glance }),
    Schema.Struct({ ...room, ...members, ...glance })
  )
)

/** The world at a glance. */
export const World: Schema.Schema<Overview.Overview, unknown> = named(
  "World",
  Schema.Struct({
    channel: Schema.Struct({
      channelId: Schema.String,
      channelSecret: Schema.Redacted(Schema.String),
      channelAccessToken: Schema.Redacted(Schema.String),
      userId: Schema.String,
      basicId: Schema.String,
      displayName: Schema.String
    }),
    now: Schema.Number,
    webhook: Schema.Struct({
      endpoint: orUndefined(Schema.String),
      active: Schema.Boolean,
      redelivery: Schema.Boolean
    }),
    quota: Quota,
    totalUsage: Schema.Number,
    verified: Schema.Boolean,
    chats: Schema.Array(ChatOverview),
    richMenus: Schema.Array(
      Schema.Struct({
        richMenuId: Schema.String,
        menu: Schema.Unknown,
        hasImage: Schema.Boolean,
        aliases: Schema.Array(Schema.String)
      })
    ),
    faults: Schema.Array(
      Schema.Struct({
        fault: FaultStruct,
        operation: orUndefined(Schema.String),
        rate: Schema.Number,
        remaining: orInfinity
      })
    ),
    webhookFaults: Schema.Array(Schema.Struct({ fault: WebhookFault, remaining: orInfinity }))
  })
)

const Acted: Schema.Schema<Overview.Acted, unknown> = named(
  "Acted",
  Schema.Struct({ id: orUndefined(Schema.String), delivery: Delivery })
)

/** Nothing but that it was done. */
const Done = Schema.Struct({})

/** Takes no property that it does not know: a name that is written wrongly would be passed over. */
const exactly = <A, I>(schema: Schema.Schema<A, I>): Schema.Schema<A, I> =>
  schema.annotations({ parseOptions: { onExcessProperty: "error" } })

const times = optional(orInfinite(Schema.NonNegativeInt))

/** After which one a list begins, and how many milliseconds to wait for it to have one. */
const following = {
  after: Schema.optionalWith(Schema.NumberFromString, { default: () => 0 }),
  wait: Schema.optionalWith(Schema.NumberFromString.pipe(Schema.between(0, 30_000)), { default: () => 0 })
}

/** As `following`, of a log: it may be long, and only so many of its newest entries be wanted. */
const newest = { ...following, last: optional(Schema.NumberFromString.pipe(Schema.int(), Schema.positive())) }

const chatId = HttpApiSchema.param("chatId", Schema.String)

/** The commands. */
export class Commands extends HttpApiGroup.make("commands", { topLevel: true })
  .add(HttpApiEndpoint.get("overview", "/overview").addSuccess(World))
  .add(HttpApiEndpoint.post("act", "/acts").setPayload(exactly(Act)).addSuccess(Acted))
  .add(
    HttpApiEndpoint.post("send", "/events")
      .setPayload(Schema.Struct({ events: Schema.Array(Properties) }))
      .addSuccess(Delivery)
  )
  .add(
    HttpApiEndpoint.post("deliver", "/webhooks")
      .setPayload(Schema.Struct({ body: Schema.String, signature: optional(Schema.String) }))
      .addSuccess(Delivery)
  )
  .add(
    HttpApiEndpoint.post("redeliver", "/redeliveries")
      .setPayload(Schema.Struct({ sequence: Schema.Number }))
      .addSuccess(Delivery)
  )
  .add(
    HttpApiEndpoint.post("fault", "/faults")
      .addSuccess(Done)
      .setPayload(
        exactly(
          Schema.Struct({
            fault: Schema.Union(
              Schema.Literal("serverError", "drop", "refuse", "rateLimited", "quotaExceeded"),
              FaultStruct
            ),
            accept: optional(Accept),
            operation: optional(Schema.String),
            times,
            rate: optional(Schema.Number.pipe(Schema.between(0, 1)))
          })
        )
      )
  )
  .add(
    HttpApiEndpoint.post("faultWebhook", "/webhook-faults")
      .setPayload(exactly(Schema.Struct({ fault: WebhookFault, times })))
      .addSuccess(Done)
  )
  .add(HttpApiEndpoint.del("clearFaults", "/faults").addSuccess(Done))
  .add(HttpApiEndpoint.post("reset", "/reset").addSuccess(Done))
  .add(HttpApiEndpoint.post("settled", "/settled").addSuccess(Done))
  .add(
    HttpApiEndpoint.get("requests", "/requests")
      .setUrlParams(
        Schema.Struct({
          ...newest,
          operation: optional(Schema.String),
          /** Whether to leave out those that have no answer, or none yet. */
          answered: Schema.optionalWith(Schema.BooleanFromString, { default: () => true })
        })
      )
      .addSuccess(Schema.Array(RequestRecord))
  )
  .add(
    HttpApiEndpoint.get("deliveries", "/deliveries")
      .setUrlParams(Schema.Struct(newest))
      .addSuccess(Schema.Array(Delivery))
  )
  .add(HttpApiEndpoint.get("chat")`/chats/${chatId}`.addSuccess(Chat))
  .add(
    HttpApiEndpoint.get("messages")`/chats/${chatId}/messages`
      .setUrlParams(Schema.Struct(following))
      .addSuccess(Schema.Array(ChatMessage))
  )
  .addError(Mistake, { status: 400 }) {}

/** The API. */
export class ControlApi extends HttpApi.make("line-effect emulator")
  .add(Commands)
  .prefix(`${base}/api`)
  .annotate(OpenApi.Description, "What there is to do with a running LINE emulator.") {}
