/**
 * Answers requests: finds the operation, checks what LINE checks of every request, lets faults happen, and remembers
 * retry keys.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Chats from "./Chats.js"
import * as Content from "./Content.js"
import * as Fault from "./Fault.js"
import * as Messaging from "./Messaging.js"
import * as Narrowcast from "./Narrowcast.js"
import * as Refusal from "./Refusal.js"
import * as Router from "./Router.js"
import * as Statistics from "./Statistics.js"
import * as Users from "./Users.js"
import * as Webhook from "./Webhook.js"
import * as Wire from "./Wire.js"
import type { RequestState, World } from "./World.js"

const router = Router.make([
  ...Messaging.routes,
  ...Narrowcast.routes,
  ...Statistics.routes,
  ...Users.routes,
  ...Chats.routes,
  ...Content.routes
])

/** Answers a request, or loses it. */
export const handle = (world: World, request: Wire.WireRequest): Effect.Effect<Wire.WireResponse, Wire.Disconnected> =>
  Effect.flatMap(Clock.currentTimeMillis, (timestamp) => {
    const match = router(request)
    const record = recordOf(request, match, world.ids.uuid(), timestamp)
    const { operationId, requestId } = record
    world.requests.push(record)
    return withFault(Fault.take(world, operationId), perform(world, request, match, requestId)).pipe(
      Effect.tap(({ status }) => {
        record.status = status
        return Effect.logDebug("Answered a request", { operationId, requestId, status })
      }),
      Effect.map((answer) => Wire.encode(answer, requestId)),
      Effect.onInterrupt(() => Effect.sync(() => (record.aborted = true)))
    )
  })

type Matched = Either.Either<Router.Match, Wire.Answer>

const recordOf = (request: Wire.WireRequest, match: Matched, requestId: string, timestamp: number): RequestState => ({
  requestId,
  operationId: Option.getOrUndefined(Either.getRight(match))?.route.operationId,
  method: request.method,
  path: request.query.size === 0 ? request.path : `${request.path}?${request.query.toString()}`,
  retryKey: request.headers[retryKeyHeader],
  body: Either.getOrUndefined(parse(request.body)),
  timestamp,
  status: undefined,
  aborted: false
})

const perform = (
  world: World,
  request: Wire.WireRequest,
  match: Matched,
  requestId: string
): Effect.Effect<Wire.Answer> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const answer = Either.merge(Either.flatMap(match, (match) => respond(world, request, match, requestId, now)))
    const { events = [] } = answer
    // An answer comes after the events that follow from it, so that whoever has it can look at them.
    return events.length === 0 ? Effect.succeed(answer) : Effect.as(Webhook.emit(world, events), answer)
  })

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

const maximumBody = 2 * 1024 * 1024

/** One step: no other request comes between its parts. */
const respond = (
  world: World,
  request: Wire.WireRequest,
  { path, route }: Router.Match,
  requestId: string,
  now: number
): Either.Either<Wire.Answer, Wire.Answer> =>
  Either.gen(function* () {
    Narrowcast.settle(world, now)
    yield* Refusal.unless(request.body.length <= maximumBody, Refusal.tooLarge)
    const bearer = `Bearer ${Redacted.value(world.channel.channelAccessToken)}`
    yield* Refusal.unless(request.headers["authorization"] === bearer, Refusal.unauthorized)
    const retryKey = yield* retryKeyOf(request, route)
    yield* requireUnused(world, retryKey, now)
    const body = route.json === true ? yield* bodyOf(request) : {}
    const answer = yield* route.handler({ world, route, requestId, now, path, query: request.query, body })
    if (retryKey !== undefined) remember(world, retryKey, answer, requestId, now)
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

/** The key alone decides: what a repeated request says is not looked at. */
const requireUnused = (world: World, key: string | undefined, now: number): Either.Either<void, Wire.Answer> => {
  const accepted = key === undefined ? undefined : world.acceptedKeys.get(key)
  if (accepted === undefined || now - accepted.acceptedAt >= retryKeyLife) return Either.void
  return Either.left(Refusal.alreadyAccepted(accepted.requestId, accepted.sentMessages))
}

const remember = (world: World, key: string, { body }: Wire.Answer, requestId: string, now: number): void => {
  const sentMessages =
    typeof body === "object" && body !== null && "sentMessages" in body ? body.sentMessages : undefined
  world.acceptedKeys.set(key, { acceptedAt: now, requestId, sentMessages })
}

const bodyOf = (request: Wire.WireRequest): Either.Either<Readonly<Record<string, unknown>>, Wire.Answer> => {
  const type = request.headers["content-type"] ?? "null"
  if (!/^application\/json\s*(;|$)/i.test(type)) return Either.left(Refusal.contentType(type))
  return Either.flatMap(parse(request.body), (value) =>
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
