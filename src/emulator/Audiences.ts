/**
 * Audiences: made of ids or of a message, added to, renamed, listed and deleted.
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Requests from "../Audiences.js"
import * as Check from "../internal/Check.js"
import * as Audience from "./Audience.js"
import * as Id from "./Id.js"
import type { Broadcast } from "./Messaging.js"
import * as Multipart from "./Multipart.js"
import * as Reactions from "./Reactions.js"
import * as Refusal from "./Refusal.js"
import * as Validation from "./Validation.js"
import { maximumBody, ok, type Answer, type Call, type Handler, type Route } from "./Wire.js"
import type { World } from "./World.js"

const mostAudiences = 1000
const mostPending = 10
const mostListed = 50
const mostInFile = 1_500_000
const oldestMessage = 60 * 24 * 3_600_000

const seconds = (time: number): number => Math.floor(time / 1000)

/** The refusal of a code. Of most, LINE documents the code and not the message. */
const coded = (code: string, message = code, property?: string): Answer => ({
  status: 400,
  body: { message, details: [{ message: code, ...(property === undefined ? {} : { property }) }] }
})

const unknownAudience = coded("AUDIENCE_GROUP_NOT_FOUND", "audience group not found")
const nobody = coded("UPLOAD_AUDIENCE_GROUP_NO_VALID_AUDIENCE_IDS")
const tooMany = coded("UPLOAD_AUDIENCE_GROUP_TOO_MANY_AUDIENCE_IDS")

const invalidId = (property: "audiences" | "file"): Answer => {
  const code = "UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT"
  return coded(code, property === "audiences" ? "Invalid audience id format" : code, property)
}

/** A body as the type of its schema. */
const parse = <A>(schema: Schema.Schema<A>, body: Call["body"]): Either.Either<A, Answer> => {
  const [issue] = Check.issues(schema.ast, body)
  const answer = issue === undefined ? undefined : refusalOf(issue, body)
  return answer === undefined ? Validation.body(schema, body) : Either.left(answer)
}

/** The refusal of what is wrong with a body, where LINE has a code for it. */
const refusalOf = ({ limit, path }: Check.Issue, body: Call["body"]): Answer | undefined => {
  const [name] = path
  const value = body[String(name)] ?? ""
  if (name === "description" && typeof value === "string") {
    if (value.trim() === "") return coded("AUDIENCE_GROUP_NAME_EMPTY")
    return limit?._tag === "Length"
      ? coded("AUDIENCE_GROUP_NAME_SIZE_OVER", "size over audienceGroupName")
      : coded("AUDIENCE_GROUP_NAME_WRONG")
  }
  if (name === "uploadDescription" && limit !== undefined) return coded("AUDIENCE_GROUP_UPLOAD_DESCRIPTION_SIZE_OVER")
  if (name !== "audiences") return undefined
  if (path.length > 1) return invalidId(name)
  if (limit === undefined) return value === "" ? nobody : undefined
  return Array.isArray(value) && value.length > 0 ? tooMany : nobody
}

/** The fields of a form, the file among them. */
const formOf = ({ bytes, contentType }: Call): Either.Either<Call["body"], Answer> => {
  const parts = Multipart.parse(contentType, bytes)
  if (parts === undefined) return Either.left(Refusal.contentType(contentType))
  const type = parts.find(({ name }) => name === "file")?.contentType ?? "text/plain"
  return /^text\/plain\s*(;|$)/i.test(type)
    ? Either.right(Object.fromEntries(parts.map((part) => [part.name, valueOf(part)])))
    : Either.left(Refusal.contentType(type))
}

const valueOf = ({ bytes, name }: Multipart.Part): unknown => {
  if (name === "file") return bytes
  const text = new TextDecoder().decode(bytes)
  if (name === "audienceGroupId") return /^\d+$/.test(text) ? Number(text) : text
  return name === "isIfaAudience" ? text === "true" : text
}

const isIfa = (id: string): boolean => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)

/** The IDs that an upload has, each of the form of an audience. */
type Upload = (isIfaAudience: boolean) => Either.Either<ReadonlySet<string>, Answer>

const uploadOf =
  (ids: ReadonlyArray<string>, property: "audiences" | "file"): Upload =>
  (isIfaAudience) =>
    ids.every(isIfaAudience ? isIfa : Id.isUser) ? Either.right(new Set(ids)) : Either.left(invalidId(property))

const listed = (audiences: ReadonlyArray<Requests.Audience> = []): Upload =>
  uploadOf(
    audiences.map(({ id }) => id),
    "audiences"
  )

const inFile = (file: unknown): Upload => {
  const text = file instanceof Uint8Array ? new TextDecoder().decode(file) : ""
  const lines = text.split("\n").flatMap((line) => line.trim() || [])
  if (lines.length === 0) return () => Either.left(nobody)
  return lines.length > mostInFile ? () => Either.left(tooMany) : uploadOf(lines, "file")
}

const accepted = (body: unknown = {}): Answer => ({ status: 202, body })

/** What does not change about an audience, but for its name. */
const identityOf = (audience: Audience.Audience) => ({
  audienceGroupId: audience.audienceGroupId,
  createRoute: "MESSAGING_API" as const,
  type: audience.type,
  description: audience.description,
  created: seconds(audience.createdAt),
  permission: "READ_WRITE",
  expireTimestamp: seconds(Audience.expiresAt(audience)),
  isIfaAudience: audience.isIfaAudience,
  ...audience.source
})

const stateOf = (world: World, audience: Audience.Audience, now: number) => ({
  ...identityOf(audience),
  status: Audience.statusOf(world, audience, now),
  audienceCount: Audience.countOf(audience, now)
})

const make = (
  { now, world }: Call,
  made: Pick<Audience.Audience, "type" | "description" | "isIfaAudience" | "source">
): Either.Either<Audience.Audience, Answer> => {
  if (Audience.list(world, now).length >= mostAudiences) return Either.left(coded("AUDIENCE_GROUP_COUNT_MAX_OVER"))
  const audienceGroupId = Number(world.ids.digits(13))
  const audience: Audience.Audience = { ...made, audienceGroupId, createdAt: now, jobs: [] }
  world.audiences.set(audienceGroupId, audience)
  return Either.right(audience)
}

const enqueue = (
  { now, world }: Call,
  { jobs }: Audience.Audience,
  ids: ReadonlySet<string>,
  description?: string
): void => {
  if (ids.size === 0) return
  jobs.push({ audienceGroupJobId: Number(world.ids.digits(8)), description, createdAt: now, ids })
}

const create = (
  call: Call,
  { description, isIfaAudience = false, uploadDescription }: Requests.CreateAudienceGroupRequest,
  upload: Upload
): Either.Either<Answer, Answer> =>
  Either.gen(function* () {
    const ids = yield* upload(isIfaAudience)
    const audience = yield* make(call, { type: "UPLOAD", description, isIfaAudience, source: undefined })
    enqueue(call, audience, ids, uploadDescription)
    return accepted(identityOf(audience))
  })

const createAudienceGroup: Handler = (call) =>
  Either.flatMap(parse(Requests.CreateAudienceGroupRequest, call.body), (request) =>
    create(call, request, listed(request.audiences))
  )

const createAudienceForUploadingUserIds: Handler = (call) =>
  formOf(call).pipe(
    Either.flatMap((form) => parse(Requests.CreateAudienceForUploadingUserIdsRequest, form)),
    Either.flatMap((request) => create(call, request, inFile(request.file)))
  )

const add = (
  call: Call,
  { audienceGroupId, uploadDescription }: Omit<Requests.AddUserIdsToAudienceRequest, "file">,
  upload: Upload
): Either.Either<Answer, Answer> =>
  Either.gen(function* () {
    const { now, world } = call
    const audience = Audience.find(world, audienceGroupId, now)
    if (audience?.type !== "UPLOAD") return yield* Either.left(unknownAudience)
    const isExpired = Audience.statusOf(world, audience, now) === "EXPIRED"
    yield* Refusal.unless(!isExpired, coded("AUDIENCE_GROUP_CAN_NOT_UPLOAD_STATUS_EXPIRED"))
    const ids = yield* upload(audience.isIfaAudience)
    yield* Refusal.unless(Audience.pending(audience, now) < mostPending, Refusal.rateLimited)
    enqueue(call, audience, ids, uploadDescription)
    return accepted()
  })

const addAudienceToAudienceGroup: Handler = (call) =>
  Either.flatMap(parse(Requests.AddAudienceToAudienceGroupRequest, call.body), (request) =>
    add(call, request, listed(request.audiences))
  )

const addUserIdsToAudience: Handler = (call) =>
  formOf(call).pipe(
    Either.flatMap((form) => parse(Requests.AddUserIdsToAudienceRequest, form)),
    Either.flatMap((request) => add(call, request, inFile(request.file)))
  )

/** A broadcast or narrowcast, as soon as it has been sent. */
const sendingOf = (world: World, requestId: string): Broadcast | undefined => {
  const narrowcast = world.narrowcasts.get(requestId)
  if (narrowcast === undefined) return world.broadcasts.get(requestId)
  const { acceptedAt, ended, failure, recipients } = narrowcast
  return ended && failure === undefined ? { sentAt: acceptedAt, recipients } : undefined
}

/**
 * Makes an audience of a message: of those who saw it or opened a link in it; where nobody has reacted to it in any way, of
 * everybody whom it was sent to.
 */
const createOfMessage = (
  call: Call,
  type: "CLICK" | "IMP",
  { clickUrl, description, requestId }: Requests.CreateClickBasedAudienceGroupRequest
): Either.Either<Answer, Answer> =>
  Either.gen(function* () {
    const { now, world } = call
    const sending = sendingOf(world, requestId)
    if (sending === undefined) return yield* Either.left(coded("REQUEST_NOT_FOUND"))
    yield* Refusal.unless(now - sending.sentAt <= oldestMessage, coded("TOO_OLD_MESSAGES"))
    const isTaken = Audience.list(world, now).some(
      (other) => other.type === type && other.source?.requestId === requestId && other.source.clickUrl === clickUrl
    )
    yield* Refusal.unless(!isTaken, coded("AUDIENCE_GROUP_REQUESTID_DUPLICATE"))
    const source = { requestId, clickUrl }
    const audience = yield* make(call, { type, description, isIfaAudience: false, source })
    const reacted = Reactions.usersOf(world, requestId, type === "IMP" ? "impression" : "click", clickUrl)
    enqueue(call, audience, reacted ?? new Set(sending.recipients))
    return accepted(identityOf(audience))
  })

const createClickBasedAudienceGroup: Handler = (call) =>
  Either.flatMap(parse(Requests.CreateClickBasedAudienceGroupRequest, call.body), (request) =>
    createOfMessage(call, "CLICK", { ...request, clickUrl: request.clickUrl || undefined })
  )

const createImpBasedAudienceGroup: Handler = (call) =>
  Either.flatMap(parse(Requests.CreateImpBasedAudienceGroupRequest, call.body), ({ description, requestId }) =>
    createOfMessage(call, "IMP", { description, requestId })
  )

const find = ({ now, path, world }: Call): Either.Either<Audience.Audience, Answer> =>
  Either.fromNullable(Audience.find(world, Number(path["audienceGroupId"]), now), () => unknownAudience)

const updateAudienceGroupDescription: Handler = (call) =>
  Either.gen(function* () {
    const { description } = yield* parse(Requests.UpdateAudienceGroupDescriptionRequest, call.body)
    const audience = yield* find(call)
    audience.description = description
    return ok()
  })

const deleteAudienceGroup: Handler = (call) =>
  Either.map(find(call), ({ audienceGroupId }) => {
    call.world.audiences.delete(audienceGroupId)
    return accepted()
  })

const getAudienceData: Handler = (call) =>
  Either.map(find(call), (audience) => {
    const { now, world } = call
    const uploads = audience.type === "UPLOAD" ? audience.jobs.slice(-mostListed) : []
    return ok({ audienceGroup: stateOf(world, audience, now), jobs: uploads.map((job) => jobOf(audience, job, now)) })
  })

const jobOf = ({ audienceGroupId }: Audience.Audience, job: Audience.Job, now: number) => {
  const jobStatus = Audience.jobStatusOf(job, now)
  return {
    audienceGroupJobId: job.audienceGroupJobId,
    audienceGroupId,
    description: job.description ?? null,
    type: "DIFF_ADD",
    jobStatus,
    failedType: null,
    audienceCount: jobStatus === "FINISHED" ? job.ids.size : 0,
    created: seconds(job.createdAt)
  }
}

const getAudienceGroups: Handler = (call) =>
  call.query.has("page") ? pageOf(call, Audience.list(call.world, call.now)) : Either.left(Refusal.parameter("page"))

const getSharedAudienceData: Handler = () => Either.left(unknownAudience)

const getSharedAudienceGroups: Handler = (call) =>
  pageOf(call, call.query.get("includesOwnedAudienceGroups") === "true" ? Audience.list(call.world, call.now) : [])

/** The page that a call asks for, of the audiences that any of its conditions fits. */
const pageOf = (call: Call, audiences: ReadonlyArray<Audience.Audience>): Either.Either<Answer, Answer> =>
  Either.gen(function* () {
    const { now, query, world } = call
    const page = yield* numberOf(query, "page", 1)
    const size = yield* numberOf(query, "size", 20, 40)
    const status = yield* oneOf(query, "status", Requests.AudienceGroupStatus)
    const createRoute = yield* oneOf(query, "createRoute", Requests.AudienceGroupCreateRoute)
    const part = query.get("description")?.toLowerCase()
    const hasConditions = part !== undefined || status !== undefined || createRoute !== undefined
    const found = audiences.filter(
      (audience) =>
        !hasConditions ||
        (part !== undefined && audience.description.toLowerCase().includes(part)) ||
        Audience.statusOf(world, audience, now) === status ||
        identityOf(audience).createRoute === createRoute
    )
    return ok({
      audienceGroups: found.slice((page - 1) * size, page * size).map((audience) => stateOf(world, audience, now)),
      hasNextPage: page * size < found.length,
      totalCount: found.length,
      readWriteAudienceGroupTotalCount: found.length,
      page,
      size
    })
  })

const numberOf = (
  query: URLSearchParams,
  name: string,
  usual: number,
  maximum = Number.MAX_SAFE_INTEGER
): Either.Either<number, Answer> => {
  const text = query.get(name) ?? String(usual)
  const value = Number(text)
  if (!/^-?\d+$/.test(text)) return Either.left(Refusal.parameter(name))
  if (value < 1) return Either.left(coded("TOO_LOW", `${name}: must be greater than or equal to 1`))
  return value > maximum
    ? Either.left(coded("TOO_HIGH", `${name}: must be less than or equal to ${maximum}`))
    : Either.right(value)
}

const oneOf = <A extends string>(
  query: URLSearchParams,
  name: string,
  values: Schema.Schema<A>
): Either.Either<A | undefined, Answer> => {
  const value = query.get(name) ?? undefined
  return value === undefined || Schema.is(values)(value) ? Either.right(value) : Either.left(Refusal.parameter(name))
}

const route = (
  operationId: string,
  method: Route["method"],
  path: string,
  handler: Handler,
  rest: Pick<Route, "host" | "body" | "maximumBody"> = {}
): Route => ({ operationId, method, path: `/v2/bot/audienceGroup/${path}`, handler, ...rest })

const json = { body: "json" } as const
const upload = { host: "data", body: "bytes", maximumBody } as const

/** The operations. */
export const routes: ReadonlyArray<Route> = [
  route("createAudienceGroup", "POST", "upload", createAudienceGroup, json),
  route("addAudienceToAudienceGroup", "PUT", "upload", addAudienceToAudienceGroup, json),
  route("createAudienceForUploadingUserIds", "POST", "upload/byFile", createAudienceForUploadingUserIds, upload),
  route("addUserIdsToAudience", "PUT", "upload/byFile", addUserIdsToAudience, upload),
  route("createClickBasedAudienceGroup", "POST", "click", createClickBasedAudienceGroup, json),
  route("createImpBasedAudienceGroup", "POST", "imp", createImpBasedAudienceGroup, json),
  route(
    "updateAudienceGroupDescription",
    "PUT",
    "{audienceGroupId}/updateDescription",
    updateAudienceGroupDescription,
    json
  ),
  route("deleteAudienceGroup", "DELETE", "{audienceGroupId}", deleteAudienceGroup),
  route("getAudienceData", "GET", "{audienceGroupId}", getAudienceData),
  route("getAudienceGroups", "GET", "list", getAudienceGroups),
  route("getSharedAudienceData", "GET", "shared/{audienceGroupId}", getSharedAudienceData),
  route("getSharedAudienceGroups", "GET", "shared/list", getSharedAudienceGroups)
]
