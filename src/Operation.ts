/**
 * What a LINE operation is: one value that declares it, and that is also the function that calls it. The client, the
 * documentation and the tests read the same declaration.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type * as Types from "effect/Types"
import * as Limit from "./internal/Limit.js"
import * as LineClient from "./LineClient.js"
import * as LineError from "./LineError.js"
import type * as Receipt from "./Receipt.js"
import * as Retry from "./Retry.js"

/**
 * The part of LINE that serves an operation: `api.line.me`, `api-data.line.me` or `manager.line.biz`.
 *
 * @since 0.1.0
 * @category models
 */
export type Host = "api" | "data" | "manager"

/**
 * How an operation may be repeated after an ambiguous failure: `safe` because it reads or does no harm when repeated,
 * `retryKey` because LINE recognises the repetition, `never` because it would act twice.
 *
 * @since 0.1.0
 * @category models
 */
export type Repeat = "safe" | "retryKey" | "never"

/**
 * The bytes of a file as LINE sends them. The stream holds the connection: run it once, to its end or within a scope
 * that ends; it fails if the connection is lost before the last byte, or stands still for longer than the client's time
 * limit.
 *
 * @since 0.1.0
 * @category models
 */
export interface Content {
  /** The `Content-Type` of the file, such as `image/jpeg`. */
  readonly contentType: string
  /** The size in bytes, if LINE says it and does not compress the file. */
  readonly size: number | undefined
  readonly stream: Stream.Stream<Uint8Array, LineError.NetworkError | LineError.Timeout>
}

/**
 * How the answer to an operation becomes its result: nothing, decoded JSON, the receipt of a keyed send, or bytes.
 *
 * @since 0.1.0
 * @category models
 */
export type Success =
  | { readonly _tag: "Void" }
  | { readonly _tag: "Json"; readonly schema: Schema.Schema.AnyNoContext }
  | { readonly _tag: "Receipt" }
  | { readonly _tag: "Content" }

/**
 * An error that only some operations meet, and that an operation therefore declares.
 *
 * @since 0.1.0
 * @category models
 */
export type Declared =
  | typeof LineError.NotFound
  | typeof LineError.DuplicateRequest
  | typeof LineError.Gone
  | typeof LineError.QuotaExceeded
  | typeof LineError.ContentNotReady
  | typeof LineError.OAuthError

/**
 * An operation as data.
 *
 * @since 0.1.0
 * @category models
 */
export interface Declaration {
  readonly operationId: string
  readonly method: "GET" | "POST" | "PUT" | "DELETE"
  /** The path with its parameters in braces, such as `/v2/bot/profile/{userId}`. */
  readonly path: string
  readonly host: Host
  readonly repeat: Repeat
  readonly pathParameters: ReadonlyArray<string>
  readonly queryParameters: ReadonlyArray<string>
  /** Checks the path and query parameters, and the retry key where there is one. */
  readonly parameters: Schema.Schema.AnyNoContext | undefined
  readonly body: Schema.Schema.AnyNoContext | undefined
  readonly success: Success
  readonly errors: ReadonlyArray<Declared>
}

/**
 * An operation: call it with its one argument, in which path, query and body properties are merged under LINE's own
 * names, or read its declaration. `Request` is `void` where nothing is needed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Operation<in Request, out A, out E = never> extends Declaration {
  (request: Request): Effect.Effect<A, E | LineError.Common, LineClient.LineClient>
}

/**
 * What a keyed send takes beside its body.
 *
 * @since 0.1.0
 * @category models
 */
export interface Keyed {
  /** The caller's own retry key, a UUID. Without one the call makes its own. See `Retry.deriveKey`. */
  readonly retryKey?: string | undefined
}

type Empty = Record<never, never>

type PathFields = { readonly [name: string]: Schema.Schema<string> | Schema.Schema<number> }

interface Parts<Path extends PathFields, Query extends Schema.Struct.Fields, Body> {
  readonly path?: Path
  readonly query?: Query
  readonly body?: Schema.Schema<Body>
  readonly host?: Host
  readonly repeat?: "safe" | "never"
}

interface Answers<S extends Schema.Schema.AnyNoContext, E extends Declared> {
  readonly success?: S
  readonly errors?: ReadonlyArray<E>
}

type Argument<Path extends PathFields, Query extends Schema.Struct.Fields, Body> = [keyof Path | keyof Query] extends [
  never
]
  ? [Body] extends [never]
    ? void
    : Body
  : OrVoid<
      Types.Simplify<Schema.Struct.Type<Path> & Schema.Struct.Type<Query> & ([Body] extends [never] ? unknown : Body)>
    >

type OrVoid<A> = Empty extends A ? A | void : A

type Result<S extends Schema.Schema.AnyNoContext> = [S] extends [never] ? void : Schema.Schema.Type<S>

type Errors<S extends Schema.Schema.AnyNoContext, E extends Declared> =
  InstanceType<E> | ([S] extends [never] ? never : LineError.InvalidResponse)

// Encoding leaves "." and ".." as they are, and an empty parameter turns the path into another operation's.
const isPathSegment = (value: string | number): boolean => {
  const segment = String(value)
  return segment !== "" && segment !== "." && segment !== ".." && segment.isWellFormed()
}

const expectedId = "an id: not empty, not a path"

const pathParameter = (schema: Schema.Schema<string> | Schema.Schema<number>): Schema.Schema<string | number> =>
  Schema.make<string | number>(schema.ast).pipe(
    Limit.whole((value) => isPathSegment(value) || `must be ${expectedId}`, { _tag: "Pattern", expected: expectedId })
  )

interface Specification {
  readonly path?: PathFields
  readonly query?: Schema.Struct.Fields
  readonly body?: Schema.Schema.AnyNoContext
  readonly host?: Host
  readonly repeat?: Repeat
  readonly errors?: ReadonlyArray<Declared>
}

const declare = <Request, A, E>(
  method: Declaration["method"],
  operationId: string,
  path: string,
  success: Success,
  specification: Specification
): Operation<Request, A, E> => {
  const pathFields = Record.map(specification.path ?? {}, pathParameter)
  const keyField: Schema.Struct.Fields =
    specification.repeat === "retryKey" ? { retryKey: Schema.optional(Retry.RetryKey) } : {}
  const fields: Schema.Struct.Fields = { ...pathFields, ...specification.query, ...keyField }
  const declaration: Declaration = {
    operationId,
    method,
    path,
    host: specification.host ?? "api",
    repeat: specification.repeat ?? (method === "GET" ? "safe" : "never"),
    pathParameters: Object.keys(pathFields),
    queryParameters: Object.keys(specification.query ?? {}),
    parameters: Record.isEmptyReadonlyRecord(fields) ? undefined : Schema.make(Schema.Struct(fields).ast),
    body: specification.body,
    success,
    errors: specification.errors ?? []
  }
  const operation: Operation<Request, A, E> = Object.assign(
    (request: Request) => Effect.flatMap(LineClient.LineClient, (client) => client.execute(operation, request)),
    declaration
  )
  return operation
}

const answer = (schema: Schema.Schema.AnyNoContext | undefined): Success =>
  schema === undefined ? { _tag: "Void" } : { _tag: "Json", schema }

/**
 * Declares an operation that reads.
 *
 * @example
 * ```ts
 * import * as Schema from "effect/Schema"
 * import * as LineError from "line-effect/LineError"
 * import * as Operation from "line-effect/Operation"
 *
 * interface Greeting {
 *   readonly text: string
 * }
 * const Greeting: Schema.Schema<Greeting> = Schema.Struct({ text: Schema.String })
 *
 * export const getGreeting = Operation.get("getGreeting", "/v2/bot/greeting/{greetingId}", {
 *   path: { greetingId: Schema.String },
 *   success: Greeting,
 *   errors: [LineError.NotFound]
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const get = <
  const Path extends PathFields = Empty,
  const Query extends Schema.Struct.Fields = Empty,
  S extends Schema.Schema.AnyNoContext = never,
  E extends Declared = never
>(
  operationId: string,
  path: string,
  specification: Omit<Parts<Path, Query, never>, "body"> & Answers<S, E>
): Operation<Argument<Path, Query, never>, Result<S>, Errors<S, E>> =>
  declare("GET", operationId, path, answer(specification.success), specification)

/**
 * Declares an operation that acts. It is never repeated after an ambiguous failure unless `repeat` says otherwise.
 *
 * @since 0.1.0
 * @category constructors
 */
export const post = <
  const Path extends PathFields = Empty,
  const Query extends Schema.Struct.Fields = Empty,
  Body = never,
  S extends Schema.Schema.AnyNoContext = never,
  E extends Declared = never
>(
  operationId: string,
  path: string,
  specification: Parts<Path, Query, Body> & Answers<S, E>
): Operation<Argument<Path, Query, Body>, Result<S>, Errors<S, E>> =>
  declare("POST", operationId, path, answer(specification.success), specification)

/**
 * Declares a send that LINE accepts once per retry key, with its receipt as result.
 *
 * @since 0.1.0
 * @category constructors
 */
export const send = <Body>(
  operationId: string,
  path: string,
  body: Schema.Schema<Body>
): Operation<Body & Keyed, Receipt.Receipt, LineError.DuplicateRequest | LineError.QuotaExceeded> =>
  declare(
    "POST",
    operationId,
    path,
    { _tag: "Receipt" },
    { body, repeat: "retryKey", errors: [LineError.DuplicateRequest, LineError.QuotaExceeded] }
  )

/**
 * Declares a download from LINE's data host.
 *
 * @since 0.1.0
 * @category constructors
 */
export const download = <const Path extends PathFields, E extends Declared = never>(
  operationId: string,
  path: string,
  specification: { readonly path: Path; readonly errors?: ReadonlyArray<E> }
): Operation<Argument<Path, Empty, never>, Content, InstanceType<E>> =>
  declare("GET", operationId, path, { _tag: "Content" }, { ...specification, host: "data" })
