/**
 * Webhooks in a Koa app. The signature is over the bytes of the body: they are taken from the request itself or, if
 * something has read it before, from `ctx.request.rawBody`, where koa-bodyparser keeps them, or `ctx.request.body`.
 *
 * @since 0.1.0
 */
import type * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as NodeRequest from "./internal/NodeRequest.js"
import * as Webhook from "./Webhook.js"

/**
 * What is used of a context of Koa's.
 *
 * @since 0.1.0
 * @category models
 */
export interface Context {
  readonly req: NodeRequest.Request
  readonly originalUrl: string
  readonly request: NodeRequest.Kept & { readonly method: string }
  status: number
  body: unknown
  readonly set: (headers: Record<string, string>) => void
}

/**
 * A middleware of Koa's, and how to shut it down.
 *
 * @since 0.1.0
 * @category models
 */
export interface Koa {
  /** Answers every request that comes to it as {@link Webhook.httpApp} does; there is nothing for a `next` to do. */
  readonly middleware: (context: Context) => Promise<void>
  /** Waits for the handlers, then closes the layer. What comes after that is answered with 503. */
  readonly dispose: () => Promise<void>
}

/**
 * A middleware for the path of the webhook. The layer provides what the handlers need; it is built at once, and
 * again with a request if that failed.
 *
 * To shut down, close the server, then dispose.
 *
 * @example
 * ```ts
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 * import Application from "koa"
 * import * as Koa from "line-effect/Koa"
 * import * as LineClient from "line-effect/LineClient"
 * import * as Webhook from "line-effect/Webhook"
 *
 * const { dispose, middleware } = Koa.toMiddleware(
 *   { channelSecret: Redacted.make("…"), handlers: Webhook.handlers({ follow: () => Effect.log("a new friend") }) },
 *   LineClient.layer({ channelAccessToken: Redacted.make("…") }).pipe(Layer.provide(FetchHttpClient.layer))
 * )
 *
 * const app = new Application()
 * app.use((context, next) => (context.path === "/callback" ? middleware(context) : next()))
 * const server = app.listen(3000)
 * process.once("SIGTERM", () => server.close(() => void dispose()))
 * ```
 *
 * @since 0.1.0
 * @category servers
 */
export const toMiddleware = <
  E = never,
  R = never,
  Given = never,
  OptionsError = never,
  Needed = never,
  LayerError = never
>(
  options: Webhook.OptionsSource<E, R, Given, OptionsError, Needed>,
  layer: Layer.Layer<Webhook.Requirements<R, Given> | Exclude<Needed, Scope.Scope>, LayerError>
): Koa => {
  const { dispose, receive, start } = Webhook.host(options, layer)
  void start()
  return {
    middleware: async (context) => {
      const answer = await receive({
        ...NodeRequest.incoming(context.req, advice, context.request),
        path: context.originalUrl
      })
      context.status = answer.status
      context.set(NodeRequest.headersOf(answer, context.req))
      context.body = answer.body
    },
    dispose
  }
}

const advice =
  "use the webhook before the body parser, or a parser that keeps the text as ctx.request.rawBody, as koa-bodyparser does"
