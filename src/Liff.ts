/**
 * The LIFF apps of a channel: web apps that open within LINE.
 *
 * These operations need the channel access token of a LINE Login channel, short-lived or stateless, to which the apps
 * belong: such tokens end, and `ChannelToken` renews them. A program that is a bot as well has a second client for them.
 *
 * @example
 * ```ts
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Config from "effect/Config"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as ChannelToken from "line-effect/ChannelToken"
 * import * as Liff from "line-effect/Liff"
 *
 * const LoginToken = Layer.unwrapEffect(
 *   Effect.gen(function* () {
 *     const channelId = yield* Config.string("LINE_LOGIN_CHANNEL_ID")
 *     const channelSecret = yield* Config.redacted("LINE_LOGIN_CHANNEL_SECRET")
 *     return ChannelToken.layerStateless({ channelId, channelSecret })
 *   })
 * )
 *
 * const LoginChannel = ChannelToken.layerClient().pipe(
 *   Layer.provide(LoginToken),
 *   Layer.provide(FetchHttpClient.layer)
 * )
 *
 * const moveTo = (liffId: string, url: string) =>
 *   Liff.updateLIFFApp({ liffId, view: { url } }).pipe(Effect.provide(LoginChannel))
 * ```
 *
 * @see https://developers.line.biz/en/reference/liff-server/#preparing-channel-access-token
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Limit from "./internal/Limit.js"
import * as Tolerant from "./internal/Tolerant.js"
import * as LineError from "./LineError.js"
import * as Operation from "./Operation.js"
import type * as Unknown from "./Unknown.js"

/**
 * The id of a LIFF app as {@link addLIFFApp} gives it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const LiffId: Schema.Schema<string> = Limit.NonEmpty.annotations({ identifier: "LiffId" })

const sizes = ["compact", "tall", "full"] as const
const scopes = ["openid", "email", "profile", "chat_message.write"] as const
const botPrompts = ["normal", "aggressive", "none"] as const

/**
 * The size of a LIFF app on the screen.
 *
 * @see https://developers.line.biz/en/docs/liff/overview/#screen-size
 * @since 0.1.0
 * @category models
 */
export type LiffViewType = (typeof sizes)[number]

/**
 * What a LIFF app may do with the LIFF SDK.
 *
 * @see https://developers.line.biz/en/docs/liff/registering-liff-apps/#registering-liff-app
 * @since 0.1.0
 * @category models
 */
export type LiffScope = (typeof scopes)[number]

/**
 * Whether a LIFF app offers to befriend the bot: `"normal"` as an option on the consent screen, `"aggressive"` on a
 * screen of its own after it, `"none"` not at all.
 *
 * @see https://developers.line.biz/en/docs/line-login/link-a-bot/
 * @since 0.1.0
 * @category models
 */
export type LiffBotPrompt = (typeof botPrompts)[number]

/**
 * How a LIFF app opens, and what it opens.
 *
 * @since 0.1.0
 * @category models
 */
export interface LiffView {
  readonly type: LiffViewType
  /** The https URL of the web app, percent-encoded and without a fragment. */
  readonly url: string
  /** Whether the action button in the header is hidden. */
  readonly moduleMode?: boolean | undefined
}

/**
 * What to change of how a LIFF app opens, and of what it opens.
 *
 * @since 0.1.0
 * @category models
 */
export interface UpdateLiffView {
  readonly type?: LiffViewType | undefined
  /** The https URL of the web app, percent-encoded and without a fragment. */
  readonly url?: string | undefined
  /** Whether the action button in the header is hidden. */
  readonly moduleMode?: boolean | undefined
}

interface Settings {
  /** The name of the app. LINE refuses some names, such as those with its own in them. */
  readonly description?: string | undefined
  readonly features?: LiffFeatures | undefined
  /** How what follows the id in a LIFF URL is handled: there is one way. */
  readonly permanentLinkPattern?: "concat" | undefined
  /** `["profile", "chat_message.write"]` for a new app unless set. */
  readonly scope?: ReadonlyArray<LiffScope> | undefined
  /** `"none"` for a new app unless set. */
  readonly botPrompt?: LiffBotPrompt | undefined
}

/**
 * What of LINE a LIFF app uses.
 *
 * @since 0.1.0
 * @category models
 */
export interface LiffFeatures {
  /** Whether the app can read QR codes; false for a new app unless set. */
  readonly qrCode?: boolean | undefined
}

/**
 * A LIFF app to add.
 *
 * @since 0.1.0
 * @category models
 */
export interface AddLiffAppRequest extends Settings {
  readonly view: LiffView
}

/**
 * What to change in a LIFF app. What is not there stays as it is.
 *
 * @since 0.1.0
 * @category models
 */
export interface UpdateLiffAppRequest extends Settings {
  readonly view?: UpdateLiffView | undefined
}

const endpoint = "an https URL without a fragment"

const url = Limit.httpsUrl(Number.MAX_SAFE_INTEGER).pipe(
  Limit.whole((url) => !url.includes("#") || `must be ${endpoint}`, { _tag: "Pattern", expected: endpoint })
)

const size = Schema.Literal(...sizes)

const settings = {
  description: Schema.optional(Schema.String),
  features: Schema.optional(Schema.Struct({ qrCode: Schema.optional(Schema.Boolean) })),
  permanentLinkPattern: Schema.optional(Schema.Literal("concat")),
  scope: Schema.optional(Schema.Array(Schema.Literal(...scopes))),
  botPrompt: Schema.optional(Schema.Literal(...botPrompts))
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const AddLiffAppRequest: Schema.Schema<AddLiffAppRequest> = Schema.Struct({
  view: Schema.Struct({ type: size, url, moduleMode: Schema.optional(Schema.Boolean) }),
  ...settings
}).annotations({ identifier: "AddLiffAppRequest" })

/**
 * @since 0.1.0
 * @category schemas
 */
export const UpdateLiffAppRequest: Schema.Schema<UpdateLiffAppRequest> = Schema.Struct({
  view: Schema.optional(
    Schema.Struct({
      type: Schema.optional(size),
      url: Schema.optional(url),
      moduleMode: Schema.optional(Schema.Boolean)
    })
  ),
  ...settings
}).annotations({ identifier: "UpdateLiffAppRequest" })

/**
 * A LIFF app that was added.
 *
 * @since 0.1.0
 * @category models
 */
export interface AddLiffAppResponse {
  readonly liffId: string
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const AddLiffAppResponse: Schema.Schema<AddLiffAppResponse> = Schema.Struct({
  liffId: Schema.String
}).annotations({ identifier: "AddLiffAppResponse" })

/**
 * A LIFF app of the channel.
 *
 * @since 0.1.0
 * @category models
 */
export interface LiffApp {
  readonly liffId: string
  readonly view: { readonly type: LiffViewType | Unknown.Unknown; readonly url: string; readonly moduleMode?: boolean }
  /** The name of the app. */
  readonly description?: string
  readonly features?: {
    /** Left over from LINE Things, which has ended. */
    readonly ble?: boolean
    readonly qrCode?: boolean
  }
  readonly permanentLinkPattern?: "concat" | Unknown.Unknown
  readonly scope?: ReadonlyArray<LiffScope | Unknown.Unknown>
  readonly botPrompt?: LiffBotPrompt | Unknown.Unknown
}

const exact = { exact: true } as const

/**
 * @since 0.1.0
 * @category schemas
 */
export const LiffApp: Schema.Schema<LiffApp, unknown> = Tolerant.struct({
  liffId: Schema.String,
  view: Schema.Struct({
    type: Tolerant.enumeration(...sizes),
    url: Schema.String,
    moduleMode: Schema.optionalWith(Schema.Boolean, exact)
  }),
  description: Schema.optionalWith(Schema.String, exact),
  features: Schema.optionalWith(
    Schema.Struct({
      ble: Schema.optionalWith(Schema.Boolean, exact),
      qrCode: Schema.optionalWith(Schema.Boolean, exact)
    }),
    exact
  ),
  permanentLinkPattern: Schema.optionalWith(Tolerant.enumeration("concat"), exact),
  scope: Schema.optionalWith(Schema.Array(Tolerant.enumeration(...scopes)), exact),
  botPrompt: Schema.optionalWith(Tolerant.enumeration(...botPrompts), exact)
}).annotations({ identifier: "LiffApp" })

/**
 * The LIFF apps of the channel.
 *
 * @since 0.1.0
 * @category models
 */
export interface LiffApps {
  readonly apps: ReadonlyArray<LiffApp>
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const LiffApps: Schema.Schema<LiffApps, unknown> = Tolerant.struct({ apps: Schema.Array(LiffApp) }).annotations({
  identifier: "LiffApps"
})

/**
 * Adds a LIFF app to the channel, which can have 30: `BadRequest` if it has.
 *
 * @see https://developers.line.biz/en/reference/liff-server/#add-liff-app
 * @since 0.1.0
 * @category operations
 */
export const addLIFFApp = Operation.post("addLIFFApp", "/liff/v1/apps", {
  body: AddLiffAppRequest,
  success: AddLiffAppResponse
})

/**
 * All LIFF apps of the channel. `NotFound` if there are none.
 *
 * @see https://developers.line.biz/en/reference/liff-server/#get-all-liff-apps
 * @since 0.1.0
 * @category operations
 */
export const getAllLIFFApps = Operation.get("getAllLIFFApps", "/liff/v1/apps", {
  success: LiffApps,
  errors: [LineError.NotFound]
})

/**
 * Changes the given properties of a LIFF app, and no others. `NotFound` if the channel has no such app.
 *
 * @see https://developers.line.biz/en/reference/liff-server/#update-liff-app
 * @since 0.1.0
 * @category operations
 */
export const updateLIFFApp = Operation.put("updateLIFFApp", "/liff/v1/apps/{liffId}", {
  path: { liffId: LiffId },
  body: UpdateLiffAppRequest,
  errors: [LineError.NotFound],
  repeat: "safe"
})

/**
 * Removes a LIFF app from the channel. `NotFound` if the channel has no such app, or no longer.
 *
 * @see https://developers.line.biz/en/reference/liff-server/#delete-liff-app
 * @since 0.1.0
 * @category operations
 */
export const deleteLIFFApp = Operation.del("deleteLIFFApp", "/liff/v1/apps/{liffId}", {
  path: { liffId: LiffId },
  errors: [LineError.NotFound]
})
