/**
 * Webhooks in a Fastify app. The rest of the app keeps its body parsers.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as BodyLimit from "./internal/BodyLimit.js"
import * as NodeRequest from "./internal/NodeRequest.js"
import * as Webhook from "./Webhook.js"

/**
 * What is used of a request of Fastify's.
 *
 * @since 0.1.0
 * @category models
 */
export interface Request {
  readonly method: string
  readonly originalUrl: string
  readonly headers: NodeRequest.Headers
  readonly body: unknown
  readonly rawBody?: unknown
}

/**
 * What is used of a reply of Fastify's.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reply {
  readonly code: (status: number) => unknown
  readonly headers: (headers: Record<string, string>) => unknown
}

/**
 * What is used of an app of Fastify's.
 *
 * @since 0.1.0
 * @category models
 */
export interface Instance {
  readonly removeAllContentTypeParsers: () => unknown
  readonly addContentTypeParser: (
    contentType: string,
    options: { readonly parseAs: "buffer"; readonly bodyLimit: number },
    parser: (request: unknown, body: unknown) => Promise<unknown>
  ) => unknown
  readonly addHook: (name: "onClose", hook: () => Promise<void>) => unknown
  readonly all: (path: string, handler: (request: Request, reply: Reply) => Promise<string>) => unknown
}

/**
 * A plugin that answers every request to `path` as {@link Webhook.httpApp} does. The layer provides what the handlers
 * need; it is built at once, and again with a request if that failed. When the app closes, it waits for the handlers.
 *
 * A body over `maxBodySize` is refused by Fastify, whose own `bodyLimit` does not count here; where the options come from an
 * effect, Fastify reads 1 MiB at most.
 *
 * @example
 * ```ts
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 * import { fastify } from "fastify"
 * import * as Fastify from "line-effect/Fastify"
 * import * as LineClient from "line-effect/LineClient"
 * import * as Webhook from "line-effect/Webhook"
 *
 * const webhook = Fastify.plugin(
 *   { channelSecret: Redacted.make("…"), handlers: Webhook.handlers({ follow: () => Effect.log("a new friend") }) },
 *   LineClient.layer({ channelAccessToken: Redacted.make("…") }).pipe(Layer.provide(FetchHttpClient.layer))
 * )
 *
 * const app = fastify()
 * app.register(webhook, { path: "/callback" })
 * void app.listen({ port: 3000 })
 * process.once("SIGTERM", () => void app.close())
 * ```
 *
 * @since 0.1.0
 * @category servers
 */
export const plugin =
  <E = never, R = never, Given = never, OptionsError = never, Needed = never, LayerError = never>(
    options: Webhook.OptionsSource<E, R, Given, OptionsError, Needed>,
    layer: Layer.Layer<Webhook.Requirements<R, Given> | Exclude<Needed, Scope.Scope>, LayerError>
  ): ((instance: Instance, settings: { readonly path: string }, done: () => void) => void) =>
  (instance, { path }, done) => {
    const { dispose, receive, start } = Webhook.host(options, layer)
    void start()
    instance.removeAllContentTypeParsers()
    const bodyLimit = Effect.isEffect(options) ? BodyLimit.standard : (options.maxBodySize ?? BodyLimit.standard)
    instance.addContentTypeParser("*", { parseAs: "buffer", bodyLimit }, async (_request, body) => body)
    instance.addHook("onClose", dispose)
    instance.all(path, async (request, reply) => {
      const answer = await receive({
        method: request.method,
        path: request.originalUrl,
        signature: NodeRequest.signatureOf(request.headers),
        read: (limit) => NodeRequest.readKept(request, limit, () => NodeRequest.parsed(advice))
      })
      reply.code(answer.status)
      reply.headers(NodeRequest.headersOf(answer))
      return answer.body
    })
    done()
  }

const advice =
  "a hook replaced request.body: leave the route of the webhook out, or keep the bytes as request.rawBody, " +
  "as fastify-raw-body does"
