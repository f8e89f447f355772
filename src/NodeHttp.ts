/**
 * Webhooks on `node:http`, and on whatever else calls a listener of its kind, such as `node:https`, `node:http2` in its
 * compatibility mode, or an API route of Next's `pages`.
 *
 * @since 0.1.0
 */
import type * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as NodeRequest from "./internal/NodeRequest.js"
import * as Webhook from "./Webhook.js"

/**
 * A request listener of `node:http`, and how to shut it down.
 *
 * @since 0.1.0
 * @category models
 */
export interface NodeHttp {
  /** Answers every request as {@link Webhook.httpApp} does, whatever its path. */
  readonly listener: (request: NodeRequest.Request, response: NodeRequest.Response) => void
  /** Waits for the handlers, then closes the layer. What comes after that is answered with 503. */
  readonly dispose: () => Promise<void>
}

/**
 * A listener for `http.createServer`. The layer provides what the handlers need; it is built at once, and again with a
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
 * import * as LineClient from "line-effect/LineClient"
 * import * as NodeHttp from "line-effect/NodeHttp"
 * import * as Webhook from "line-effect/Webhook"
 * import { createServer } from "node:http"
 *
 * const { dispose, listener } = NodeHttp.toListener(
 *   { channelSecret: Redacted.make("…"), handlers: Webhook.handlers({ follow: () => Effect.log("a new friend") }) },
 *   LineClient.layer({ channelAccessToken: Redacted.make("…") }).pipe(Layer.provide(FetchHttpClient.layer))
 * )
 *
 * const server = createServer(listener).listen(3000)
 * process.once("SIGTERM", () => server.close(() => void dispose()))
 * ```
 *
 * @since 0.1.0
 * @category servers
 */
export const toListener = <
  E = never,
  R = never,
  Given = never,
  OptionsError = never,
  Needed = never,
  LayerError = never
>(
  options: Webhook.OptionsSource<E, R, Given, OptionsError, Needed>,
  layer: Layer.Layer<Webhook.Requirements<R, Given> | Exclude<Needed, Scope.Scope>, LayerError>
): NodeHttp => {
  const { dispose, receive, start } = Webhook.host(options, layer)
  void start()
  return {
    listener: (request, response) =>
      void receive(NodeRequest.incoming(request, advice)).then((answer) =>
        NodeRequest.respond(request, response, answer)
      ),
    dispose
  }
}

const advice = "call the listener before anything reads the request, or keep the bytes as request.rawBody"
