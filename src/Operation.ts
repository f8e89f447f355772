/**
 * What a LINE operation is: one value that declares it, and that is also the function that calls it. The client, the
 * documentation and the tests read the same declaration.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type * as Types from "effect/Types"
import { CodecId, type Codec } from "./internal/Codec.js"
import * as Limit from "./internal/Limit.js"
import * as Request from "./internal/Request.js"
import * as Response from "./internal/Response.js"
import * as Upload from "./internal/Upload.js"
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
 * `retryKey` because LINE recognises the repetition, `resumeKey` because LINE goes on where it stopped, `never` because
 * it would act twice.
 *
 * @since 0.1.0
 * @category models
 */
export type Repeat = "safe" | "retryKey" | "resumeKey" | "never"

/**
 * How the body of a request is written: as JSON, as a form, as the bytes of one file, or as a form with a file in it.
 *
 * @since 0.1.0
 * @category models
 */
export type Encoding = "json" | "form" | "file" | "multipart"

/**
 * The bytes of a file to upload. A stream is run once for each attempt of the call, so it must be one that can be run
 * again, such as that of a file on disk. If it fails, nothing is uploaded and the call fails with `InvalidRequest`.
 *
 * @since 0.1.0
 * @category models
 */
export type File = Uint8Array | Stream.Stream<Uint8Array, unknown>

/**
 * @since 0.1.0
 * @category schemas
 */
export const File: Schema.Schema<File> = Schema.declare(Upload.isFile, { description: "bytes or a stream of bytes" })

/**
 * A request that LINE has accepted and works on.
 *
 * @since 0.1.0
 * @category models
 */
export interface Accepted {
  /** LINE's id of the request, by which its progress is asked for. */
  readonly requestId: string
  /** The key with which the same call goes on where it stopped. */
  readonly resumeRequestKey: string
  /** The number of requests that were sent. */
  readonly attempts: number
}

/**
 * The bytes of a file as LINE sends them. The stream holds the connection: run it once, to its end or within a scope
 * that ends; it dies if it is run again. It fails if the connection is lost before the last byte, or stands still for
 * longer than the client's time limit.
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
 * How the answer to an operation becomes its result: nothing, decoded JSON, the receipt of a keyed send, the acceptance
 * of work that can be resumed, or bytes.
 *
 * @since 0.1.0
 * @category models
 */
export type Success =
  | { readonly _tag: "Void" }
  | { readonly _tag: "Json"; readonly schema: Schema.Schema.AnyNoContext }
  | { readonly _tag: "Receipt" }
  | { readonly _tag: "Accepted" }
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
  | typeof LineError.TokenLimitReached

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
  /** The headers that are parameters, by the name that each has in the argument. */
  readonly headerParameters: Readonly<Record<string, string>>
  /** Checks the parameters. */
  readonly parameters: Schema.Schema.AnyNoContext | undefined
  readonly body: Schema.Schema.AnyNoContext | undefined
  /** How the body is written, where there is one. */
  readonly encoding: Encoding
  /** Whether a request carries the channel access token: token operations carry their credentials in the body. */
  readonly authorized: boolean
  /** How long LINE may need at least, in milliseconds; 0 where the client's time limit is enough. */
  readonly patience: number
  readonly success: Success
  readonly errors: ReadonlyArray<Declared>
  /** How the client carries it out. */
  readonly [CodecId]: Codec
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

type Rule<in Query> = (query: Query) => ReadonlyArray<Schema.FilterIssue>

type PathFields = { readonly [name: string]: Schema.Schema<string> | Schema.Schema<number> }

interface Parts<Path extends PathFields, Query extends Schema.Struct.Fields, Body> {
  readonly path?: Path
  readonly query?: Query
  /** What is wrong with parameters of the query that must fit each other. */
  readonly rule?: Rule<Schema.Struct.Type<Query>>
  readonly body?: Schema.Schema<Body>
  /** Properties of the body's schema that go into a header instead of the body. */
  readonly headers?: Headers
  readonly host?: Host
  readonly repeat?: "safe" | "never"
  readonly patience?: Patience
}

/**
 * The least time limit of an operation, see {@link patience}.
 *
 * @since 0.1.0
 * @category models
 */
export interface Patience {
  readonly milliseconds: number
  readonly session: NonNullable<Codec["session"]>
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
    : OrVoid<Body>
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
  readonly rule?: Rule<never>
  readonly headers?: Headers
  readonly key?: Schema.Struct.Fields
  readonly body?: Schema.Schema.AnyNoContext
  readonly encoding?: Encoding
  readonly authorized?: boolean
  readonly host?: Host
  readonly repeat?: Repeat
  readonly patience?: Patience
  readonly errors?: ReadonlyArray<Declared>
}

type Headers = Readonly<Record<string, string>>

const parametersOf = (fields: Schema.Struct.Fields, rule: Rule<never> | undefined): Schema.Schema.AnyNoContext => {
  const { ast } = Schema.Struct(fields)
  // The rule is about the type of these fields, which the declared types have made sure of.
  return Schema.make(rule === undefined ? ast : Limit.whole(rule)(Schema.make<never>(ast)).ast)
}

const declare = <Request, A, E>(
  method: Declaration["method"],
  operationId: string,
  path: string,
  success: Success,
  specification: Specification,
  codec: Partial<Codec> & Pick<Codec, "reader">
): Operation<Request, A, E> => {
  const pathFields = Record.map(specification.path ?? {}, pathParameter)
  const fields: Schema.Struct.Fields = { ...pathFields, ...specification.query, ...specification.key }
  const declaration: Declaration = {
    operationId,
    method,
    path,
    host: specification.host ?? "api",
    repeat: specification.repeat ?? (method === "GET" ? "safe" : "never"),
    pathParameters: Object.keys(pathFields),
    queryParameters: Object.keys(specification.query ?? {}),
    headerParameters: specification.headers ?? {},
    parameters: Record.isEmptyReadonlyRecord(fields) ? undefined : parametersOf(fields, specification.rule),
    body: specification.body,
    encoding: specification.encoding ?? "json",
    authorized: specification.authorized ?? true,
    patience: specification.patience?.milliseconds ?? 0,
    success,
    errors: specification.errors ?? [],
    [CodecId]: {
      write: Request.json,
      complete: undefined,
      key: undefined,
      session: specification.patience?.session,
      ...codec
    }
  }
  const operation: Operation<Request, A, E> = Object.assign(
    (request: Request) => Effect.flatMap(LineClient.LineClient, (client) => client.execute(operation, request)),
    declaration
  )
  return operation
}

const declarePlain = <Request, A, E>(
  method: Declaration["method"],
  operationId: string,
  path: string,
  { success, ...specification }: Specification & { readonly success?: Schema.Schema.AnyNoContext },
  codec: Partial<Codec> = {}
): Operation<Request, A, E> =>
  success === undefined
    ? declare(method, operationId, path, { _tag: "Void" }, specification, { reader: Response.nothing, ...codec })
    : declare(method, operationId, path, { _tag: "Json", schema: success }, specification, {
        reader: Response.json(success),
        ...codec
      })

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
  specification: Omit<Parts<Path, Query, never>, "body" | "headers"> & Answers<S, E>
): Operation<Argument<Path, Query, never>, Result<S>, Errors<S, E>> =>
  declarePlain("GET", operationId, path, specification)

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
  declarePlain("POST", operationId, path, specification)

/**
 * Declares an operation that sets something: as {@link post}, and repeated as it says.
 *
 * @since 0.1.0
 * @category constructors
 */
export const put = <
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
  declarePlain("PUT", operationId, path, specification)

/**
 * Declares an operation that removes something. Removing twice does no harm; where LINE no longer knows the thing, the
 * error of a repeated call may be due to its own earlier attempt.
 *
 * @since 0.1.0
 * @category constructors
 */
export const del = <const Path extends PathFields = Empty, E extends Declared = never>(
  operationId: string,
  path: string,
  specification: { readonly path?: Path; readonly errors?: ReadonlyArray<E> }
): Operation<Argument<Path, Empty, never>, void, InstanceType<E>> =>
  declarePlain("DELETE", operationId, path, { ...specification, repeat: "safe" })

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
    {
      body,
      headers: { retryKey: "x-line-retry-key" },
      key: { retryKey: Schema.optional(Retry.RetryKey) },
      repeat: "retryKey",
      errors: [LineError.DuplicateRequest, LineError.QuotaExceeded]
    },
    { reader: Response.receipts, key: { name: "retryKey", generator: Retry.KeyGenerator } }
  )

/**
 * Declares a long piece of work that LINE resumes under the key in its body, which the call makes unless it is given.
 *
 * @since 0.1.0
 * @category constructors
 */
export const resume = <Body extends { readonly resumeRequestKey?: string | undefined }, E extends Declared = never>(
  operationId: string,
  path: string,
  body: Schema.Schema<Body>,
  errors: ReadonlyArray<E> = []
): Operation<Body, Accepted, InstanceType<E>> =>
  declare(
    "POST",
    operationId,
    path,
    { _tag: "Accepted" },
    { body, repeat: "resumeKey", errors },
    { reader: Response.acceptance, key: { name: "resumeRequestKey", generator: Retry.KeyGenerator } }
  )

/**
 * Declares an operation on tokens or credentials, which carries no channel access token: POST with a form, or GET with a
 * query. `complete` adds to an argument what OAuth demands and has only one value.
 *
 * @since 0.1.0
 * @category constructors
 */
export const credentials = <
  const Query extends Schema.Struct.Fields = Empty,
  Body = never,
  S extends Schema.Schema.AnyNoContext = never,
  E extends Declared = never
>(
  operationId: string,
  path: string,
  {
    complete,
    ...specification
  }: Omit<Parts<Empty, Query, Body>, "path" | "patience"> & Answers<S, E> & { readonly complete?: Codec["complete"] }
): Operation<Argument<Empty, Query, Body>, Result<S>, LineError.OAuthError | Errors<S, E>> =>
  declarePlain(
    specification.body === undefined ? "GET" : "POST",
    operationId,
    path,
    {
      ...specification,
      encoding: "form",
      authorized: false,
      errors: [LineError.OAuthError, ...(specification.errors ?? [])]
    },
    { write: Request.form, complete }
  )

/**
 * Declares an upload to LINE's data host: of one file, whose type the property `contentType` says, or of a form with a
 * file in it. Its time limit is for how long it may stand still.
 *
 * @since 0.1.0
 * @category constructors
 */
export const upload = <
  Body,
  const Path extends PathFields = Empty,
  S extends Schema.Schema.AnyNoContext = never,
  E extends Declared = never
>(
  method: "POST" | "PUT",
  operationId: string,
  path: string,
  specification: Answers<S, E> & {
    readonly path?: Path
    readonly body: Schema.Schema<Body>
    readonly encoding: "file" | "multipart"
    readonly repeat?: "safe" | "never"
    readonly patience?: Patience
  }
): Operation<Argument<Path, Empty, Body>, Result<S>, Errors<S, E>> =>
  declarePlain(
    method,
    operationId,
    path,
    { ...specification, host: "data" },
    { write: specification.encoding === "file" ? Upload.file : Upload.multipart, session: Upload.session }
  )

/**
 * How long LINE may need for an operation at least, whatever the client's time limit is.
 *
 * @since 0.1.0
 * @category constructors
 */
export const patience = (atLeast: Duration.DurationInput): Patience => ({
  milliseconds: Duration.toMillis(atLeast),
  session: Upload.session
})

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
  declare("GET", operationId, path, { _tag: "Content" }, { ...specification, host: "data" }, { reader: Response.bytes })

/**
 * The pages of a list from `start` on, each asked for when it is needed. A page may be short, or empty, without being
 * the last: the last one has no `next`. To go on later, begin with the `next` of the last page as `start`; LINE knows it
 * for 24 hours.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 * import * as Operation from "line-effect/Operation"
 * import * as Users from "line-effect/Users"
 *
 * const export_ = (save: (userIds: ReadonlyArray<string>, next: string | undefined) => Effect.Effect<void>, start?: string) =>
 *   Operation.pages(Users.getFollowers, { start }).pipe(Stream.runForEach(({ next, userIds }) => save(userIds, next)))
 * ```
 *
 * @since 0.1.0
 * @category streams
 */
export const pages = <
  Request extends { readonly start?: string | undefined } | void,
  A extends { readonly next?: string },
  E
>(
  operation: Operation<Request, A, E>,
  request: Exclude<Request, void>
): Stream.Stream<A, E | LineError.Common, LineClient.LineClient> =>
  Stream.paginateEffect(request, (request) =>
    Effect.map(operation(request), (page) => [
      page,
      page.next === undefined ? Option.none() : Option.some({ ...request, start: page.next })
    ])
  )
