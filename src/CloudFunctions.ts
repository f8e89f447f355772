/**
 * Webhooks in Google Cloud Functions, and in functions on Cloud Run.
 *
 * A function may get next to no CPU when it has answered. So the handler answers when the events have been handled, and
 * LINE waits two seconds for that: what takes longer belongs in a queue or in a durable inbox, which another function
 * works off.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as NodeRequest from "./internal/NodeRequest.js"
import * as Webhook from "./Webhook.js"

/**
 * An HTTP function, and how to shut it down.
 *
 * @since 0.1.0
 * @category models
 */
export interface CloudFunctions {
  /** Answers as {@link Webhook.httpApp} does, but when the events have been handled. */
  readonly handler: (request: NodeRequest.Request, response: NodeRequest.Response) => Promise<void>
  /** Waits for the handlers, then closes the layer. What comes after that is answered with 503. */
  readonly dispose: () => Promise<void>
}

/**
 * An HTTP function. The layer provides what the handlers need; it is built at once, and again with a request if that
 * failed, and kept as long as the platform keeps the process. The bytes of the body are those of `request.rawBody`, which the platform keeps.
 *
 * @example
 * ```ts
 * import { http } from "@google-cloud/functions-framework"
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 * import * as CloudFunctions from "line-effect/CloudFunctions"
 * import * as LineClient from "line-effect/LineClient"
 * import * as Webhook from "line-effect/Webhook"
 *
 * const { handler } = CloudFunctions.toHandler(
 *   { channelSecret: Redacted.make("…"), handlers: Webhook.handlers({ follow: () => Effect.log("a new friend") }) },
 *   LineClient.layer({ channelAccessToken: Redacted.make("…") }).pipe(Layer.provide(FetchHttpClient.layer))
 * )
 *
 * http("callback", handler)
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
): CloudFunctions => {
  const { dispose, receive, start } = Webhook.host(options, layer)
  void start()
  return {
    handler: async (request, response) => {
      const answer = await receive(NodeRequest.incoming(request, advice))
      await Effect.runPromise(answer.work)
      NodeRequest.respond(request, response, answer)
    },
    dispose
  }
}

const advice = "hand on the request as the platform gives it, with its rawBody"
