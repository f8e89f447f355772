/**
 * Several channels behind one webhook server, each with its secrets and its client.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Destination from "./internal/Destination.js"
import * as LineClient from "./LineClient.js"
import type * as StoreError from "./StoreError.js"

/**
 * A channel: what verifies its webhooks, and the client with which its events are answered.
 *
 * @since 0.1.0
 * @category models
 */
export interface Channel {
  /** The secret of the channel; several while it is being replaced. */
  readonly channelSecret: Redacted.Redacted | ReadonlyArray<Redacted.Redacted>
  readonly client: LineClient.Service
}

/**
 * A webhook for a channel that is not known here: LINE Developers Console has the URL of this server for a channel that
 * the program was not given, or somebody else sent it. Answered with 404.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnknownDestination extends Data.TaggedError("LineUnknownDestination")<{
  /** What the channel was looked up by: the user id of a bot, or a path. */
  readonly key: string
}> {
  override get message(): string {
    // Whatever its length: nobody has verified it.
    return `no channel is known for ${JSON.stringify(this.key.slice(0, 200))}: add it to the channels, or remove this server's URL from it`
  }
}

/**
 * Why a channel was not found: there is none, or where channels are kept could not be asked. Then the webhook is answered with
 * 503, so that LINE delivers it again.
 *
 * @since 0.1.0
 * @category errors
 */
export type LookupError = UnknownDestination | StoreError.StoreError

/**
 * How the channel of a webhook is found.
 *
 * @since 0.1.0
 * @category models
 */
export interface Channels<Given = LineClient.LineClient> {
  /**
   * - `destination`: by the user id of the bot that the webhook is for, which `Bot.getBotInfo` tells.
   * - `path`: by the path of the request's URL, one for each channel.
   */
  readonly by: "destination" | "path"
  /** What a request says that it is for, before it is verified. */
  readonly keyOf: (request: { readonly path: string | undefined; readonly body: Uint8Array }) => string | undefined
  readonly find: (key: string) => Effect.Effect<Channel, LookupError>
  /** What handlers are given the client of their channel as. */
  readonly client: Context.Tag<Given, LineClient.Service>
}

type Known = Readonly<Record<string, Channel>> | ((key: string) => Effect.Effect<Channel, LookupError>)

const find = (known: Known): Channels["find"] =>
  typeof known === "function"
    ? known
    : (key) => {
        const channel = Object.hasOwn(known, key) ? known[key] : undefined
        return channel === undefined ? new UnknownDestination({ key }) : Effect.succeed(channel)
      }

/**
 * Channels by the user id of their bot: a record, or a function that looks one up, as in a database. It is asked with what
 * an unverified body says of its destination, so it should remember; it fails with a `StoreError` while it cannot tell.
 *
 * @since 0.1.0
 * @category constructors
 */
export const byDestination = (channels: Known): Channels => ({
  by: "destination",
  keyOf: ({ body }) => Destination.peek(body),
  find: find(channels),
  client: LineClient.LineClient
})

/**
 * Channels by the path of the URL that LINE was given for them, as `/callback/shop`, without a query: a record, or a
 * function that looks one up.
 *
 * @since 0.1.0
 * @category constructors
 */
export const byPath = (channels: Known): Channels => ({
  by: "path",
  keyOf: ({ path }) => path?.replace(/\?.*$/s, ""),
  find: find(channels),
  client: LineClient.LineClient
})
