/**
 * What the emulator shows of its world.
 */
import type * as Duration from "effect/Duration"
import type * as Redacted from "effect/Redacted"

/**
 * The channel that the emulator plays LINE for, and its bot.
 *
 * @since 0.1.0
 * @category models
 */
export interface Channel {
  readonly channelId: string
  readonly channelSecret: Redacted.Redacted
  readonly channelAccessToken: Redacted.Redacted
  /** The user ID of the bot: the `destination` of its webhooks. */
  readonly userId: string
  /** The bot's basic ID, with its `@`. */
  readonly basicId: string
  readonly displayName: string
}

/**
 * A public key as LINE's console takes it, to verify assertions with: RSA with 2048 bits.
 *
 * @see https://developers.line.biz/en/docs/messaging-api/generate-json-web-token/
 * @since 0.1.0
 * @category models
 */
export interface PublicJwk {
  readonly kty?: string
  readonly n?: string
  readonly e?: string
  readonly alg?: string
  /** `"sig"`, unless there is `key_ops`. */
  readonly use?: string
  /** `["verify"]`, unless there is `use`. */
  readonly key_ops?: ReadonlyArray<string>
}

/**
 * A person on LINE.
 *
 * @since 0.1.0
 * @category models
 */
export interface User {
  readonly type: "user"
  readonly userId: string
  readonly displayName: string
  /** A BCP 47 language tag. */
  readonly language?: string
  readonly pictureUrl?: string
  readonly statusMessage?: string
}

/**
 * A group chat.
 *
 * @since 0.1.0
 * @category models
 */
export interface Group {
  readonly type: "group"
  readonly groupId: string
  readonly groupName: string
}

/**
 * A multi-person chat of old, without a name.
 *
 * @since 0.1.0
 * @category models
 */
export interface Room {
  readonly type: "room"
  readonly roomId: string
}

/**
 * Where a conversation takes place: with a user alone, in a group or in a room.
 *
 * @since 0.1.0
 * @category models
 */
export type Chat = User | Group | Room

/**
 * What LINE knows of a user to select the recipients of a narrowcast by.
 *
 * @since 0.1.0
 * @category models
 */
export interface Demographics {
  readonly gender?: "male" | "female"
  /** In years. */
  readonly age?: number
  readonly appType?: "ios" | "android"
  /** LINE's code of an area, such as `jp_13`. */
  readonly area?: string
  /** In days since the user became a friend. */
  readonly subscriptionPeriod?: number
}

/**
 * A user to add. Every part has a default.
 *
 * @since 0.1.0
 * @category models
 */
export interface UserOptions extends Demographics {
  readonly displayName?: string
  readonly language?: string
  readonly pictureUrl?: string
  readonly statusMessage?: string
  /** Whether the user has added the bot as a friend; true unless set. */
  readonly friend?: boolean
  /** In the form of E.164, such as `+818000001234`: LINE notification messages find the user by it. */
  readonly phoneNumber?: string
}

/**
 * A message in a conversation, from a user or from the bot.
 *
 * @since 0.1.0
 * @category models
 */
export interface ChatMessage {
  readonly id: string
  /** The user ID of its sender: the user's, or the bot's. */
  readonly from: string
  /** How it got here: a user said it, or the call that sent it. */
  readonly via: "user" | "reply" | "push" | "multicast" | "narrowcast" | "broadcast" | "pnp"
  /** The message as it went over the wire. */
  readonly message: { readonly type: string } & Readonly<Record<string, unknown>>
  /** When, in milliseconds. */
  readonly timestamp: number
  /** Whether the bot has marked it as read. */
  readonly read: boolean
  /** Whether its sender has taken it back. */
  readonly unsent: boolean
  /** Whether its sender has changed it. */
  readonly edited: boolean
  /** The token to quote it with, where its kind can be quoted. */
  readonly quoteToken: string | undefined
}

/**
 * What a user sends. Media comes with its bytes, which the bot gets with `getMessageContent`.
 *
 * @since 0.1.0
 * @category models
 */
export type IncomingMessage =
  | {
      readonly type: "text"
      readonly text: string
      readonly emojis?: ReadonlyArray<unknown>
      readonly mention?: unknown
      readonly quotedMessageId?: string
    }
  | {
      readonly type: "sticker"
      readonly packageId: string
      readonly stickerId: string
      /** `STATIC` unless set. */
      readonly stickerResourceType?: string
      readonly keywords?: ReadonlyArray<string>
      readonly text?: string
      readonly quotedMessageId?: string
    }
  | {
      readonly type: "location"
      readonly latitude: number
      readonly longitude: number
      readonly title?: string
      readonly address?: string
    }
  | ({ readonly type: "image" } & Content)
  | ({ readonly type: "video"; readonly duration?: number } & Content & Preparation)
  | ({ readonly type: "audio"; readonly duration?: number } & Content & Preparation)
  | ({ readonly type: "file"; readonly fileName: string } & Content)

/**
 * The bytes of an image, a video, an audio or a file.
 *
 * @since 0.1.0
 * @category models
 */
export interface Content {
  readonly content: Uint8Array
  /** The media type; the usual one of the kind of message unless set. */
  readonly contentType?: string
  /** The preview image, a PNG of one pixel unless set. */
  readonly preview?: Uint8Array
}

/**
 * How LINE prepares a large video or audio before its content can be got: 202 until then.
 *
 * @see https://developers.line.biz/en/reference/messaging-api/#get-content
 * @since 0.1.0
 * @category models
 */
export interface Preparation {
  /** How long the preparation takes. Unless set, 2 seconds for more than 1 MB, and no time for less. */
  readonly readyAfter?: Duration.DurationInput
  /** Whether the preparation fails in the end. */
  readonly preparationFails?: boolean
}

/**
 * The monthly limit of messages. A message counts once for each recipient; replies are free.
 *
 * @see https://developers.line.biz/en/docs/messaging-api/pricing/
 * @since 0.1.0
 * @category models
 */
export type Quota = { readonly type: "none" } | { readonly type: "limited"; readonly value: number }

/**
 * A request that the bot made. It holds no token.
 *
 * @since 0.1.0
 * @category models
 */
export interface RequestRecord {
  /** Its number: it counts up, from 1. */
  readonly sequence: number
  /** LINE's `x-line-request-id` of the response. */
  readonly requestId: string
  /** LINE's name of the operation, if there is one at this path with this method. */
  readonly operationId: string | undefined
  readonly method: string
  /** The path and the query. */
  readonly path: string
  readonly retryKey: string | undefined
  /** The body: parsed if it is JSON, `undefined` if it is empty or bytes. */
  readonly body: unknown
  /** When it arrived, in milliseconds. */
  readonly timestamp: number
  /** The status answered; `undefined` until then, and if the connection ended before. */
  readonly status: number | undefined
  /** What was answered: a value if it is JSON; `undefined` if it is bytes, a fault's, or holds a token. */
  readonly answer: unknown
  /** From the arrival to the answer, or to the end of a connection that had none, in milliseconds. */
  readonly duration: number | undefined
  /** Whether the caller gave up before the answer. */
  readonly aborted: boolean
}
