/**
 * The bot itself, and where LINE sends its webhooks.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Limit from "./internal/Limit.js"
import * as Tolerant from "./internal/Tolerant.js"
import * as LineError from "./LineError.js"
import * as Operation from "./Operation.js"
import type * as Unknown from "./Unknown.js"

/**
 * What LINE knows of the bot.
 *
 * @since 0.1.0
 * @category models
 */
export interface BotInfo {
  readonly userId: string
  /** The id with an `@` by which people find the bot. */
  readonly basicId: string
  readonly premiumId?: string
  readonly displayName: string
  readonly pictureUrl?: string
  /** `"chat"` if people answer in LINE Official Account Manager, `"bot"` if only the bot does. */
  readonly chatMode: "chat" | "bot" | Unknown.Unknown
  /**
   * `"manual"` where `chatMode` is `"chat"`: messages are read when somebody reads them, or when the bot says so with
   * `Chats.markMessagesAsReadByToken`. `"auto"` where it is `"bot"`: LINE marks them as read at once.
   */
  readonly markAsReadMode: "auto" | "manual" | Unknown.Unknown
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const BotInfo: Schema.Schema<BotInfo, unknown> = Tolerant.struct({
  userId: Schema.String,
  basicId: Schema.String,
  premiumId: Schema.optionalWith(Schema.String, { exact: true }),
  displayName: Schema.String,
  pictureUrl: Schema.optionalWith(Schema.String, { exact: true }),
  chatMode: Tolerant.enumeration("chat", "bot"),
  markAsReadMode: Tolerant.enumeration("auto", "manual")
}).annotations({ identifier: "BotInfo" })

/**
 * Where LINE sends webhooks, and whether it does.
 *
 * @since 0.1.0
 * @category models
 */
export interface WebhookEndpoint {
  readonly endpoint: string
  /** Whether webhooks are switched on: "Use webhook" in the LINE Developers Console. */
  readonly active: boolean
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const WebhookEndpoint: Schema.Schema<WebhookEndpoint> = Schema.Struct({
  endpoint: Schema.String,
  active: Schema.Boolean
}).annotations({ identifier: "WebhookEndpoint" })

const webhookUrl = Limit.httpsUrl(500)

/**
 * Where to send webhooks.
 *
 * @since 0.1.0
 * @category models
 */
export interface SetWebhookEndpointRequest {
  /** An https URL, percent-encoded, of at most 500 UTF-16 code units. */
  readonly endpoint: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const SetWebhookEndpointRequest: Schema.Schema<SetWebhookEndpointRequest> = Schema.Struct({
  endpoint: webhookUrl
}).annotations({ identifier: "SetWebhookEndpointRequest" })

/**
 * Which webhook URL to test.
 *
 * @since 0.1.0
 * @category models
 */
export interface TestWebhookEndpointRequest {
  /** An https URL, percent-encoded, of at most 500 UTF-16 code units; the one that is set unless given. */
  readonly endpoint?: string | undefined
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const TestWebhookEndpointRequest: Schema.Schema<TestWebhookEndpointRequest> = Schema.Struct({
  endpoint: Schema.optional(webhookUrl)
}).annotations({ identifier: "TestWebhookEndpointRequest" })

/**
 * How a webhook URL answered a webhook without events.
 *
 * @since 0.1.0
 * @category models
 */
export interface TestWebhookEndpointResponse {
  readonly success?: boolean
  /** When LINE asked, as ISO 8601. */
  readonly timestamp: string
  /** The HTTP status of the answer; 0 or less if there was none. */
  readonly statusCode: number
  readonly reason:
    "OK" | "COULD_NOT_CONNECT" | "REQUEST_TIMEOUT" | "ERROR_STATUS_CODE" | "UNCLASSIFIED" | Unknown.Unknown
  /** The reason in more words, such as `TLS handshake failure: https://example.com/webhook`. */
  readonly detail?: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const TestWebhookEndpointResponse: Schema.Schema<TestWebhookEndpointResponse, unknown> = Tolerant.struct({
  success: Schema.optionalWith(Schema.Boolean, { exact: true }),
  timestamp: Schema.String,
  statusCode: Schema.Number,
  reason: Tolerant.enumeration("OK", "COULD_NOT_CONNECT", "REQUEST_TIMEOUT", "ERROR_STATUS_CODE", "UNCLASSIFIED"),
  detail: Schema.optionalWith(Schema.String, { exact: true })
}).annotations({ identifier: "TestWebhookEndpointResponse" })

/**
 * The bot's own name, ids and modes.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-bot-info
 * @since 0.1.0
 * @category operations
 */
export const getBotInfo = Operation.get("getBotInfo", "/v2/bot/info", { success: BotInfo })

/**
 * Where LINE sends the bot's webhooks. `NotFound` if it is set to nowhere.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-webhook-endpoint-information
 * @since 0.1.0
 * @category operations
 */
export const getWebhookEndpoint = Operation.get("getWebhookEndpoint", "/v2/bot/channel/webhook/endpoint", {
  success: WebhookEndpoint,
  errors: [LineError.NotFound]
})

/**
 * Sets where LINE sends the bot's webhooks, which it does within a minute. `BadRequest` if LINE cannot resolve the host.
 * It does not switch webhooks on.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#set-webhook-endpoint-url
 * @since 0.1.0
 * @category operations
 */
export const setWebhookEndpoint = Operation.put("setWebhookEndpoint", "/v2/bot/channel/webhook/endpoint", {
  body: SetWebhookEndpointRequest,
  repeat: "safe"
})

/**
 * Has LINE send a webhook without events to a URL, or to the one that is set, and tells how that went: a URL that does
 * not answer is a result and no error. `NotFound` if no URL is given and none is set, `BadRequest` if LINE cannot
 * resolve the host. At most 60 calls an hour.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Bot from "line-effect/Bot"
 *
 * const moveTo = (endpoint: string) =>
 *   Effect.gen(function* () {
 *     const { reason } = yield* Bot.testWebhookEndpoint({ endpoint })
 *     if (reason !== "OK") return yield* Effect.fail({ _tag: "Unreachable", endpoint, reason } as const)
 *     yield* Bot.setWebhookEndpoint({ endpoint })
 *   })
 * ```
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#test-webhook-endpoint
 * @since 0.1.0
 * @category operations
 */
export const testWebhookEndpoint = Operation.post("testWebhookEndpoint", "/v2/bot/channel/webhook/test", {
  body: TestWebhookEndpointRequest,
  success: TestWebhookEndpointResponse,
  errors: [LineError.NotFound],
  repeat: "safe"
})
