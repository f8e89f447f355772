/**
 * Webhooks in an Express app. The signature is over the bytes of the body: they are taken from the request itself or, if
 * something has read it before, from `request.rawBody` or from the `request.body` of `express.raw()` or `express.text()`.
 *
 * @since 0.1.0
 */
import type * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as NodeRequest from "./internal/NodeRequest.js"
import * as Webhook from "./Webhook.js"

/**
 * A request handler of Express's, and how to shut it down.
 *
 * @since 0.1.0
 * @category models
 */
export interface Express {
  /** Answers every request that comes to it as {@link Webhook.httpApp} does. `next` is for errors alone. */
  readonly handler: (
    request: NodeRequest.Request,
    response: NodeRequest.Response,
    next: (error?: unknown) => void
  ) => void
  /** Waits for the handlers, then closes the layer. What comes after that is answered with 503. */
  readonly dispose: () => Promise<void>
}

/**
 * A handler for the path of the webhook. The layer provides what the handlers need; it is built at once, and again with a
 * request if that failed.
 *
 * To shut down, close the server, then dispose.
 *
 * @example
 * ```ts
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 * import express from "express"
 * import * as Express from "line-effect/Express"
 * import * as LineClient from "line-effect/LineClient"
 * import * as Webhook from "line-effect/Webhook"
 *
 * const { dispose, handler } = Express.toHandler(
 *   { channelSecret: Redacted.make("…"), handlers: Webhook.handlers({ follow: () => Effect.log("a new friend") }) },
 *   LineClient.layer({ channelAccessToken: Redacted.make("…") }).pipe(Layer.provide(FetchHttpClient.layer))
 * )
 *
 * const app = express()
 * app.use("/callback", handler)
 * app.use(express.json())
 * const server = app.listen(3000)
 * process.once("SIGTERM", () => server.close(() => void dispose()))
 * ```
 *
 * @since 0.1.0
 * @category servers
 */
export const toHandler = <
  E = never,
  R = never,
  Given = never,
  OptionsError = never,
  Needed = never,
  LayerError = never
>(
  options: Webhook.OptionsSource<E, R, Given, OptionsError, Needed>,
  layer: Layer.Layer<Webhook.Requirements<R, Given> | Exclude<Needed, Scope.Scope>, LayerError>
): Express => {
  const { dispose, receive, start } = Webhook.host(options, layer)
  void start()
  return {
    handler: (request, response, next) =>
      void receive(NodeRequest.incoming(request, advice))
        .then((answer) => NodeRequest.respond(request, response, answer))
        .catch(next),
    dispose
  }
}

const advice =
  "mount the webhook before express.json(), or keep the bytes with " +
  "express.json({ verify: (request, _response, buffer) => { request.rawBody = buffer } })"
