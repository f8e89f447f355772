/**
 * Answers requests: finds the operation, checks what LINE checks of every request, lets faults happen, and remembers
 * retry keys.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Audiences from "./Audiences.js"
import * as Chats from "./Chats.js"
import * as Content from "./Content.js"
import * as Coupons from "./Coupons.js"
import * as Due from "./Due.js"
import * as Fault from "./Fault.js"
import * as Insights from "./Insights.js"
import * as Liff from "./Liff.js"
import * as Memberships from "./Memberships.js"
import * as Messaging from "./Messaging.js"
import * as Missions from "./Missions.js"
import * as Modules from "./Modules.js"
import * as Narrowcast from "./Narrowcast.js"
import * as Notifications from "./Notifications.js"
import * as RateLimits from "./RateLimits.js"
import * as Refusal from "./Refusal.js"
import * as RichMenus from "./RichMenus.js"
import * as Router from "./Router.js"
import * as Statistics from "./Statistics.js"
import * as Step from "./Step.js"
import * as Tokens from "./Tokens.js"
import * as Users from "./Users.js"
import * as Webhook from "./Webhook.js"
import * as Wire from "./Wire.js"
import * as WebhookEndpoint from "./WebhookEndpoint.js"
import * as World from "./World.js"

/** Every operation of LINE's. */
export const routes: ReadonlyArray<Wire.Route> = [
  ...Messaging.routes,
  ...Narrowcast.routes,
  ...Statistics.routes,
  ...Users.routes,
  ...Tokens.routes,
  ...Chats.routes,
  ...Content.routes,
  ...Coupons.routes,
  ...Insights.routes,
  ...RichMenus.routes,
  ...Audiences.routes,
  ...WebhookEndpoint.routes,
  ...Liff.routes,
  ...Memberships.routes,
  ...Missions.routes,
  ...Modules.routes,
  ...Notifications.routes
]

const router = Router.make(routes)

/** Answers a request, or loses it. */
export const handle = (
  world: World.World,
  request: Wire.WireRequest
): Effect.Effect<Wire.WireResponse, Wire.Disconnected> =>
  Effect.flatMap(World.now(world), (timestamp) => {
    const arrival = arrive(world, request, world.ids.uuid(), timestamp)
    const record = recordOf(world, arrival, timestamp)
    const { operationId, requestId } = record
    const show = () => World.announce(world, { _tag: "Request", request: { ...record } })
    World.log(world.requests, record)
    show()
    const fault = Fault.take(world, operationId)
    // What a fault answers is whatever its maker wrote, a token it may be.
    const showsAnswer = isShown(arrival) && fault?._tag !== "Respond"
    return withFault(fault, perform(world, arrival)).pipe(
      Effect.tap(({ body, status }) =>
        Effect.flatMap(World.now(world), (now) => {
          record.status = status
          record.answer = showsAnswer && !(body instanceof Uint8Array) ? body : undefined
          record.duration = now - timestamp
          return Effect.logDebug("Answered a request", { operationId, requestId, status })
        })
      ),
      Effect.tapError(() => Effect.map(World.now(world), (now) => void (record.duration = now - timestamp))),
      Effect.map((answer) => Wire.encode(answer, requestId)),
      Effect.onInterrupt(() => Effect.sync(() => (record.aborted = true))),
      Effect.ensuring(Effect.sync(show))
    )
  })

/** A request, its parts read once. */
interface Arrival {
  readonly request: Wire.WireRequest
  readonly requestId: string
  readonly match: Either.Either<Router.Match, Wire.Answer>
  readonly retryKey: Either.Either<string | undefined, Wire.Answer>
  readonly body: Either.Either<unknown, Wire.Answer>
}

const arrive = (world: World.World, request: Wire.WireRequest, requestId: string, now: number): Arrival => {
  const match = router(request)
  const retryKey = Either.flatMap(match, ({ route }) => retryKeyOf(request, route))
  // The day of a key begins now, whatever becomes of the request.
  if (Either.isRight(retryKey)) lookUp(world, retryKey.right, now)
  return { request, requestId, match, retryKey, body: bodyOf(request, match) }
}

const recordOf = (
  world: World.World,
  { body, match, request, requestId }: Arrival,
  timestamp: number
): World.RequestState => ({
  sequence: ++world.counts.requests,
  requestId,
  operationId: Option.getOrUndefined(Either.getRight(match))?.route.operationId,
  method: request.method,
  path:
    request.query.size > 0 && isShown({ match, request })
      ? `${request.path}?${request.query.toString()}`
      : request.path,
  retryKey: request.headers[retryKeyHeader],
  body: isShown({ match, request }) ? Either.getOrUndefined(body) : undefined,
  timestamp,
  status: undefined,
  answer: undefined,
  duration: undefined,
  aborted: false
})

// What carries no token carries a secret instead.
const isShown = ({ match, request: { path } }: Pick<Arrival, "match" | "request">): boolean =>
  Either.isLeft(match) ? !/oauth|auth\/v1/i.test(path) : match.right.route.authorized !== false

const perform = (world: World.World, arrival: Arrival): Effect.Effect<Wire.Answer> =>
  Effect.flatMap(World.now(world), (now) => {
    const before = Due.next(world)
    const answer = step(world, arrival, now)
    if (answer.events !== undefined) {
      world.surroundings.follow(Webhook.send(world, Webhook.complete(world, answer.events, now)))
    }
    const after = Due.next(world)
    if (after !== undefined && before === undefined) world.surroundings.fork(settleAll(world))
    else if (after !== undefined && after < (before ?? 0)) world.surroundings.fork(settleAt(world, after))
    return answer.eventual ?? Effect.succeed(answer)
  })

/** Does what is due by itself when it is due, as long as there is any. */
export const settleAll = (world: World.World): Effect.Effect<void> =>
  Effect.suspend(() => {
    const end = Due.next(world)
    return end === undefined ? Effect.void : Effect.zipRight(settleAt(world, end), settleAll(world))
  })

const settleAt = (world: World.World, end: number): Effect.Effect<void> =>
  Effect.tap(World.sleepUntil(world, end), () => Step.settle(world, end))

/** Makes the step of a request again. */
export const repeat = (world: World.World, request: Wire.WireRequest, requestId: string, now: number): void => {
  const arrival = arrive(world, request, requestId, now)
  if (Either.isRight(arrival.match)) respond(world, arrival, arrival.match.right, now)
}

/** The step that a request makes, if it reaches its operation. */
const step = (world: World.World, arrival: Arrival, now: number): Wire.Answer => {
  const { match, request, requestId } = arrival
  if (Either.isLeft(match)) return match.left
  const { broken } = world.surroundings
  if (broken !== undefined) return Refusal.refuse(500, broken)
  const random = world.ids.state
  const answer = Either.merge(respond(world, arrival, match.right, now))
  world.surroundings.keep?.(
    { _tag: "Request", request: { ...request, query: `${request.query}` }, requestId, now },
    random
  )
  if (request.method !== "GET") World.announce(world, { _tag: "World" })
  return answer
}

const withFault = (
  fault: Fault.Fault | undefined,
  perform: Effect.Effect<Wire.Answer>
): Effect.Effect<Wire.Answer, Wire.Disconnected> => {
  if (fault === undefined) return perform
  if (fault._tag === "Delay") {
    return fault.accept === "before"
      ? Effect.delay(perform, fault.duration)
      : Effect.tap(perform, () => Effect.sleep(fault.duration))
  }
  const outcome =
    fault._tag === "Respond" ? Effect.succeed(fault) : Effect.fail(new Wire.Disconnected({ code: fault.code }))
  return fault.accept === "before" ? outcome : Effect.zipRight(perform, outcome)
}

/** One step: no other request comes between its parts. */
const respond = (
  world: World.World,
  { body, request, requestId, retryKey }: Arrival,
  { path, route }: Router.Match,
  now: number
): Either.Either<Wire.Answer, Wire.Answer> =>
  Either.gen(function* () {
    Due.settle(world, now)
    yield* Refusal.unless(request.body.length <= maximumBody(route), Refusal.tooLarge)
    const authorized = route.authorized === false || Tokens.authorizes(world, request.headers["authorization"], now)
    yield* Refusal.unless(authorized, Refusal.unauthorized)
    yield* RateLimits.take(world, route.operationId, now)
    const key = lookUp(world, yield* retryKey, now)
    // The key alone decides: what a repeated request says is not looked at.
    if (key?.accepted !== undefined) return yield* Either.left(Refusal.alreadyAccepted(key.accepted))
    const contentType = request.headers["content-type"] ?? "null"
    const { body: bytes, headers, query } = request
    const properties = isLeftOut(route, bytes) ? {} : yield* propertiesOf(route, contentType, body)
    const call = { world, route, requestId, now, path, query, headers, bytes, contentType, body: properties }
    const answer = yield* route.handler(call)
    if (key !== undefined) key.accepted = { requestId, sentMessages: sentMessagesOf(answer) }
    return answer
  })

const retryKeyHeader = "x-line-retry-key"
const retryKeyForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const retryKeyLife = 24 * 3_600_000

const retryKeyOf = (request: Wire.WireRequest, route: Wire.Route): Either.Either<string | undefined, Wire.Answer> => {
  const key = request.headers[retryKeyHeader]?.toLowerCase()
  if (key === undefined) return Either.right(undefined)
  if (route.retryKey === undefined) return Either.left(Refusal.unsupportedRetryKey)
  return retryKeyForm.test(key) ? Either.right(key) : Either.left(Refusal.malformedRetryKey)
}

/** What is known of a key: of one first seen a day ago, nothing. */
const lookUp = (world: World.World, key: string | undefined, now: number): World.RetryKey | undefined => {
  if (key === undefined) return undefined
  const known = world.retryKeys.get(key)
  if (known !== undefined && now - known.firstSeenAt < retryKeyLife) return known
  const fresh: World.RetryKey = { firstSeenAt: now, accepted: undefined }
  // The oldest are the first; what is set again goes to the end.
  for (const [old, { firstSeenAt }] of world.retryKeys) {
    if (now - firstSeenAt < retryKeyLife) break
    world.retryKeys.delete(old)
  }
  world.retryKeys.set(key, fresh)
  return fresh
}

const sentMessagesOf = ({ body }: Wire.Answer): unknown =>
  typeof body === "object" && body !== null && "sentMessages" in body ? body.sentMessages : undefined

const maximumBody = (route: Wire.Route): number => route.maximumBody ?? Wire.usualMaximumBody

const bodyOf = (request: Wire.WireRequest, match: Arrival["match"]): Arrival["body"] => {
  const route = Option.getOrUndefined(Either.getRight(match))?.route
  if (route !== undefined && request.body.length > maximumBody(route)) return Either.left(Refusal.tooLarge)
  switch (route?.body) {
    case "bytes":
      return Either.right(undefined)
    case "form":
      return Either.right(Object.fromEntries(new URLSearchParams(new TextDecoder().decode(request.body))))
    default:
      return parse(request.body)
  }
}

const mediaTypes = { json: /^application\/json\s*(;|$)/i, form: /^application\/x-www-form-urlencoded\s*(;|$)/i }

const isLeftOut = ({ body }: Wire.Route, { length }: Uint8Array): boolean => body === "optional json" && length === 0

/** The properties of a JSON object, or the fields of a form. */
const propertiesOf = (
  { body: kind }: Wire.Route,
  contentType: string,
  body: Arrival["body"]
): Either.Either<Readonly<Record<string, unknown>>, Wire.Answer> => {
  if (kind === undefined || kind === "bytes") return Either.right({})
  if (!mediaTypes[kind === "form" ? "form" : "json"].test(contentType))
    return Either.left(Refusal.contentType(contentType))
  return Either.flatMap(body, (value) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Either.right(value as Readonly<Record<string, unknown>>)
      : Either.left(Refusal.unparsable(1, 1))
  )
}

const parse = (bytes: Uint8Array): Either.Either<unknown, Wire.Answer> => {
  const text = new TextDecoder().decode(bytes)
  return Either.try({
    try: (): unknown => JSON.parse(text),
    catch: (error) => {
      // An engine that does not tell where the error is has most often met the end.
      const position = Number(/position (\d+)/.exec(String(error))?.[1] ?? text.length)
      const lines = text.slice(0, position).split("\n")
      return Refusal.unparsable(lines.length, (lines.at(-1)?.length ?? 0) + 1)
    }
  })
}
