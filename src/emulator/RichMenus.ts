/**
 * Rich menus: menus with their images and aliases, the default menu, and the menus of users. What LINE changes for many
 * users after it has answered is read from the clock.
 */
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import * as RichMenu from "../RichMenu.js"
import * as RichMenus from "../RichMenus.js"
import * as Id from "./Id.js"
import * as Image from "./Image.js"
import * as Refusal from "./Refusal.js"
import * as Validation from "./Validation.js"
import { ok, type Answer, type Call, type Handler, type Route } from "./Wire.js"
import type { World } from "./World.js"

/** The rich menus of a channel. */
export interface State {
  readonly menus: Map<string, Menu>
  readonly aliases: Map<string, string>
  /** The menus that users have linked. */
  readonly links: Map<string, string>
  /** What is still to be changed, in order. */
  readonly changes: Array<Change>
  readonly batches: Map<string, Batch>
  /** The users whose menus were changed under a resumeRequestKey. */
  readonly resumable: Map<string, { readonly since: number; readonly userIds: Set<string> }>
  defaultId: string | undefined
}

interface Menu {
  readonly richMenuId: string
  readonly menu: RichMenu.RichMenu
  readonly createdAt: number
  image: { readonly bytes: Uint8Array; readonly contentType: string } | undefined
}

/** What LINE does for many users a while after it has answered. */
type Change = { readonly at: number } & (
  | { readonly _tag: "Link"; readonly richMenuId: string; readonly userIds: ReadonlyArray<string> }
  | { readonly _tag: "Unlink"; readonly userIds: ReadonlyArray<string> }
  | {
      readonly _tag: "Batch"
      readonly batch: Batch
      readonly operations: Operations
      /** The users of whom its key knows that their menus were changed. */
      readonly done: Set<string>
    }
)

interface Batch {
  readonly acceptedAt: number
  phase: "ongoing" | "succeeded" | "failed"
}

/** No rich menus. */
export const empty = (): State => ({
  menus: new Map(),
  aliases: new Map(),
  links: new Map(),
  changes: [],
  batches: new Map(),
  resumable: new Map(),
  defaultId: undefined
})

const most = 1000
const changing = 1000
const batching = 2000
const remembered = 14 * 24 * 3_600_000

/** When the next change is due, if there is one. */
export const nextEnd = ({ richMenus: { changes } }: World): number | undefined =>
  changes.length === 0 ? undefined : Math.min(...changes.map(({ at }) => at))

/** Makes the changes whose time has come. */
export const settle = (world: World, now: number): void => {
  const { changes } = world.richMenus
  for (const change of changes.filter(({ at }) => at <= now).sort((left, right) => left.at - right.at)) {
    changes.splice(changes.indexOf(change), 1)
    make(world, change)
  }
}

const make = (world: World, change: Change): void => {
  const { links, menus } = world.richMenus
  switch (change._tag) {
    case "Link":
      if (menus.has(change.richMenuId)) for (const userId of change.userIds) link(world, userId, change.richMenuId)
      return
    case "Unlink":
      for (const userId of change.userIds) links.delete(userId)
      return
    case "Batch":
      return carryOut(world.richMenus, change.batch, change.operations, change.done)
  }
}

const idForm = /^richmenu-[0-9a-f]{32}$/

const requireIds = (ids: ReadonlyArray<readonly [property: string, id: string]>): Either.Either<void, Answer> =>
  Refusal.check(
    ids.filter(([, id]) => !idForm.test(id)).map(([property]) => ({ message: "invalid richMenuId", property }))
  )

/** LINE lists the details of these, though there are none. */
const refuse = (status: number, message: string): Answer => ({ status, body: { message, details: [] } })

const withoutImage = refuse(400, "must upload richmenu image before applying it to user")

const find = ({ path, world }: Call): Either.Either<Menu, Answer> =>
  Either.fromNullable(world.richMenus.menus.get(path["richMenuId"] ?? ""), () => Refusal.notFound)

/** The menu of a call, if it can be shown. */
const findComplete = (call: Call): Either.Either<Menu, Answer> =>
  Either.filterOrLeft(
    find(call),
    ({ image }) => image !== undefined,
    () => withoutImage
  )

const parse = ({ body }: Call): Either.Either<RichMenu.RichMenu, Answer> =>
  Validation.body(RichMenu.RichMenu, body, Validation.nested)

const createRichMenu: Handler = (call) =>
  Either.gen(function* () {
    const menu = yield* parse(call)
    const { menus } = call.world.richMenus
    yield* Refusal.unless(menus.size < most, Refusal.refuse(400, "You have too many rich menus created."))
    const richMenuId = `richmenu-${call.world.ids.hex(32)}`
    menus.set(richMenuId, { richMenuId, menu, createdAt: call.now, image: undefined })
    return ok({ richMenuId })
  })

const validateRichMenuObject: Handler = (call) => Either.map(parse(call), () => ok())

const shown = ({ menu, richMenuId }: Menu) => ({
  richMenuId,
  ...Struct.pick(menu, "size", "selected", "name", "chatBarText", "areas")
})

const getRichMenu: Handler = (call) => Either.map(find(call), (menu) => ok(shown(menu)))

const getRichMenuList: Handler = ({ world }) =>
  Either.right(ok({ richmenus: [...world.richMenus.menus.values()].map(shown) }))

const deleteRichMenu: Handler = (call) =>
  Either.map(find(call), ({ richMenuId }) => {
    const { links, menus } = call.world.richMenus
    menus.delete(richMenuId)
    if (call.world.richMenus.defaultId === richMenuId) call.world.richMenus.defaultId = undefined
    for (const [userId, linked] of links) if (linked === richMenuId) links.delete(userId)
    return ok()
  })

const imageTypes: ReadonlyArray<string> = ["image/jpeg", "image/png"]
const largestImage = 1024 * 1024
const isAllowed = Schema.is(RichMenu.Size)

const setRichMenuImage: Handler = (call) =>
  Either.gen(function* () {
    const menu = yield* find(call)
    const contentType = call.contentType.split(";")[0]?.trim().toLowerCase() ?? ""
    yield* Refusal.unless(imageTypes.includes(contentType), Refusal.contentType(call.contentType))
    yield* Refusal.unless(
      call.bytes.length <= largestImage && isAllowed(Image.size(call.bytes)),
      Refusal.refuse(400, "The image size is not allowed for richmenu")
    )
    yield* Refusal.unless(
      menu.image === undefined,
      Refusal.refuse(400, "An image has already been uploaded to the richmenu")
    )
    menu.image = { bytes: call.bytes, contentType }
    return ok()
  })

const getRichMenuImage: Handler = (call) =>
  Either.flatMap(find(call), ({ image }) =>
    image === undefined
      ? Either.left(Refusal.notFound)
      : Either.right({ status: 200, headers: { "content-type": image.contentType }, body: image.bytes })
  )

const setDefaultRichMenu: Handler = (call) =>
  Either.map(findComplete(call), ({ richMenuId }) => {
    call.world.richMenus.defaultId = richMenuId
    return ok()
  })

const getDefaultRichMenuId: Handler = ({ world: { richMenus } }) =>
  richMenus.defaultId === undefined
    ? Either.left(refuse(404, "no default richmenu"))
    : Either.right(ok({ richMenuId: richMenus.defaultId }))

const cancelDefaultRichMenu: Handler = ({ world: { richMenus } }) => {
  richMenus.defaultId = undefined
  return Either.right(ok())
}

const aliasTarget = (call: Call, richMenuId: string): Either.Either<void, Answer> =>
  Either.gen(function* () {
    yield* requireIds([["richMenuId", richMenuId]])
    const menu = call.world.richMenus.menus.get(richMenuId)
    yield* Refusal.unless(menu?.image !== undefined, Refusal.refuse(400, "richmenu not found"))
  })

const createRichMenuAlias: Handler = (call) =>
  Either.gen(function* () {
    const { aliases } = call.world.richMenus
    const { richMenuAliasId, richMenuId } = yield* Validation.body(RichMenus.CreateRichMenuAliasRequest, call.body)
    yield* aliasTarget(call, richMenuId)
    yield* Refusal.unless(!aliases.has(richMenuAliasId), Refusal.refuse(400, "conflict richmenu alias id"))
    yield* Refusal.unless(aliases.size < most, Refusal.refuse(400, "You have too many rich menu aliases created."))
    aliases.set(richMenuAliasId, richMenuId)
    return ok()
  })

const findAlias = ({ path, world }: Call): Either.Either<RichMenus.RichMenuAlias, Answer> => {
  const richMenuAliasId = path["richMenuAliasId"] ?? ""
  const richMenuId = world.richMenus.aliases.get(richMenuAliasId)
  return richMenuId === undefined
    ? Either.left(Refusal.refuse(404, "richmenu alias not found"))
    : Either.right({ richMenuAliasId, richMenuId })
}

const getRichMenuAlias: Handler = (call) => Either.map(findAlias(call), ok)

const updateRichMenuAlias: Handler = (call) =>
  Either.gen(function* () {
    const { richMenuAliasId } = yield* findAlias(call)
    const { richMenuId } = yield* Validation.body(RichMenus.UpdateRichMenuAliasRequest, call.body)
    yield* aliasTarget(call, richMenuId)
    call.world.richMenus.aliases.set(richMenuAliasId, richMenuId)
    return ok()
  })

const deleteRichMenuAlias: Handler = (call) =>
  Either.map(findAlias(call), ({ richMenuAliasId }) => {
    call.world.richMenus.aliases.delete(richMenuAliasId)
    return ok()
  })

const getRichMenuAliasList: Handler = ({ world }) =>
  Either.right(
    ok({
      aliases: [...world.richMenus.aliases].map(([richMenuAliasId, richMenuId]) => ({ richMenuAliasId, richMenuId }))
    })
  )

const getRichMenuIdOfUser: Handler = (call) =>
  Either.flatMap(Id.parameter(call, "userId"), (userId) => {
    const richMenuId = call.world.richMenus.links.get(userId)
    return richMenuId === undefined
      ? Either.left(Refusal.refuse(404, "the user has no richmenu"))
      : Either.right(ok({ richMenuId }))
  })

/** Whoever is no friend gets nothing, and nothing says so. */
const link = (world: World, userId: string, richMenuId: string): void => {
  if (world.users.get(userId)?.relation === "friend") world.richMenus.links.set(userId, richMenuId)
}

const linkRichMenuIdToUser: Handler = (call) =>
  Either.gen(function* () {
    const userId = yield* Id.parameter(call, "userId")
    const { richMenuId } = yield* findComplete(call)
    link(call.world, userId, richMenuId)
    return ok()
  })

const unlinkRichMenuIdFromUser: Handler = (call) =>
  Either.map(Id.parameter(call, "userId"), (userId) => {
    call.world.richMenus.links.delete(userId)
    return ok()
  })

const accepted: Answer = { status: 202, body: {} }

const requireUsers = (userIds: ReadonlyArray<string>): Either.Either<void, Answer> => {
  const wrong = userIds.findIndex((userId) => !Id.isUser(userId))
  return Refusal.unless(wrong === -1, Refusal.property(`'userIds[${wrong}]'`))
}

const linkRichMenuIdToUsers: Handler = ({ body, now, world }) =>
  Either.gen(function* () {
    const { richMenuId, userIds } = yield* Validation.body(RichMenus.LinkRichMenuIdToUsersRequest, body)
    yield* requireUsers(userIds)
    yield* requireIds([["richMenuId", richMenuId]])
    const { changes, menus } = world.richMenus
    const menu = menus.get(richMenuId)
    yield* Refusal.unless(menu !== undefined, refuse(404, "richmenu not found"))
    yield* Refusal.unless(menu?.image !== undefined, withoutImage)
    changes.push({ _tag: "Link", at: now + changing, richMenuId, userIds })
    return accepted
  })

const unlinkRichMenuIdFromUsers: Handler = ({ body, now, world: { richMenus } }) =>
  Either.gen(function* () {
    const { userIds } = yield* Validation.body(RichMenus.UnlinkRichMenuIdFromUsersRequest, body)
    yield* requireUsers(userIds)
    richMenus.changes.push({ _tag: "Unlink", at: now + changing, userIds })
    return accepted
  })

type Operations = ReadonlyArray<RichMenu.BatchOperation>

const parseBatch = ({ body, world }: Call): Either.Either<RichMenus.RichMenuBatchRequest, Answer> =>
  Either.gen(function* () {
    yield* Refusal.check(conflicts(body["operations"]))
    const request = yield* Validation.body(RichMenus.RichMenuBatchRequest, body)
    const ids = idsOf(request.operations)
    yield* requireIds(ids)
    const { menus } = world.richMenus
    const unknown = ids.find(([, id]) => !menus.has(id))
    if (unknown !== undefined) return yield* Either.left(Refusal.refuse(404, `Richmenu (${unknown[1]}) is not found`))
    yield* Refusal.check(
      ids
        .filter(([property, id]) => property.endsWith("to") && menus.get(id)?.image === undefined)
        .map(([property, id]) => ({ message: `'to' richmenu (${id}) must have image but it doesn't`, property }))
    )
    return request
  })

/** What LINE words otherwise than the client does. */
const conflicts = (operations: unknown): ReadonlyArray<Refusal.Detail> => {
  const seen = new Set<unknown>()
  const all = Array.isArray(operations) ? operations.filter(Predicate.isRecord) : []
  return all.flatMap(({ from, type }, index) => {
    if (type === "unlinkAll" && all.length > 1) {
      const message = "'unlinkAll' type can't be combined with other type"
      return [{ message, property: `operations[${index}].type` }]
    }
    const isKnown = from !== undefined && seen.has(from)
    seen.add(from)
    const message = `from richmenu (${String(from)}) is duplicated`
    return isKnown ? [{ message, property: `operations[${index}].from` }] : []
  })
}

const idsOf = (operations: Operations): ReadonlyArray<readonly [property: string, id: string]> =>
  operations.flatMap(({ type: _, ...ids }, index) =>
    Object.entries(ids).map(([name, id]) => [`operations[${index}].${name}`, String(id)] as const)
  )

const validateRichMenuBatchRequest: Handler = (call) => Either.map(parseBatch(call), () => ok())

const richMenuBatch: Handler = (call) =>
  Either.map(parseBatch(call), ({ operations, resumeRequestKey }) => {
    const { now, requestId, world } = call
    const { batches, changes } = world.richMenus
    const batch: Batch = { acceptedAt: now, phase: "ongoing" }
    const done = doneUnder(world.richMenus, resumeRequestKey ?? requestId, now)
    batches.set(requestId, batch)
    changes.push({ _tag: "Batch", at: now + batching, batch, operations, done })
    return accepted
  })

/** The users of whom a key knows that their menus were changed. */
const doneUnder = ({ resumable }: State, key: string, now: number): Set<string> => {
  const known = resumable.get(key)
  if (known !== undefined && now - known.since < remembered) return known.userIds
  const userIds = new Set<string>()
  resumable.set(key, { since: now, userIds })
  return userIds
}

const carryOut = ({ links, menus }: State, batch: Batch, operations: Operations, done: Set<string>): void => {
  const gone = operations.some((operation) => operation.type === "link" && !menus.has(operation.to))
  batch.phase = gone ? "failed" : "succeeded"
  if (gone) return
  // Once for each user: what is linked by one operation is not changed by another.
  for (const [userId, linked] of [...links].filter(([userId]) => !done.has(userId))) {
    const operation = operations.find((operation) => operation.type === "unlinkAll" || operation.from === linked)
    if (operation === undefined) continue
    done.add(userId)
    if (operation.type === "link") links.set(userId, operation.to)
    else links.delete(userId)
  }
}

const getRichMenuBatchProgress: Handler = ({ now, query, world }) => {
  const batch = world.richMenus.batches.get(query.get("requestId") ?? "")
  if (batch === undefined || now - batch.acceptedAt > remembered) return Either.left(Refusal.notFound)
  const { acceptedAt, phase } = batch
  const completed = phase === "ongoing" ? {} : { completedTime: new Date(acceptedAt + batching).toISOString() }
  return Either.right(ok({ phase, acceptedTime: new Date(acceptedAt).toISOString(), ...completed }))
}

const menuPath = "/v2/bot/richmenu/{richMenuId}"
const aliasPath = "/v2/bot/richmenu/alias/{richMenuAliasId}"
const defaultPath = "/v2/bot/user/all/richmenu"
const userPath = "/v2/bot/user/{userId}/richmenu"

const route = (
  method: Route["method"],
  path: string,
  operationId: string,
  handler: Handler,
  options: Pick<Route, "body" | "host"> = {}
): Route => ({ operationId, method, path, ...options, handler })

const json = { body: "json" } as const
const image = { host: "data", body: "bytes" } as const

/** A user switches to the menu of an alias. Returns what the postback tells of it. */
export const switchTo = (world: World, userId: string, richMenuAliasId: string): Readonly<Record<string, string>> => {
  const { aliases, links, menus } = world.richMenus
  const richMenuId = aliases.get(richMenuAliasId)
  if (richMenuId === undefined) return { status: "RICHMENU_ALIAS_ID_NOTFOUND" }
  if (!menus.has(richMenuId)) return { status: "RICHMENU_NOTFOUND" }
  links.set(userId, richMenuId)
  return { newRichMenuAliasId: richMenuAliasId, status: "SUCCESS" }
}

/** The ID of the menu that a user sees: the linked one if they are a friend, or the default one. */
export const shownTo = ({ richMenus, users }: World, userId: string): string | undefined => {
  const linked = users.get(userId)?.relation === "friend" ? richMenus.links.get(userId) : undefined
  return linked ?? richMenus.defaultId
}

/** The operations. */
export const routes: ReadonlyArray<Route> = [
  route("POST", "/v2/bot/richmenu", "createRichMenu", createRichMenu, json),
  route("POST", "/v2/bot/richmenu/validate", "validateRichMenuObject", validateRichMenuObject, json),
  route("GET", "/v2/bot/richmenu/list", "getRichMenuList", getRichMenuList),
  route("GET", menuPath, "getRichMenu", getRichMenu),
  route("DELETE", menuPath, "deleteRichMenu", deleteRichMenu),
  route("POST", `${menuPath}/content`, "setRichMenuImage", setRichMenuImage, image),
  route("GET", `${menuPath}/content`, "getRichMenuImage", getRichMenuImage, { host: "data" }),
  route("POST", `${defaultPath}/{richMenuId}`, "setDefaultRichMenu", setDefaultRichMenu),
  route("GET", defaultPath, "getDefaultRichMenuId", getDefaultRichMenuId),
  route("DELETE", defaultPath, "cancelDefaultRichMenu", cancelDefaultRichMenu),
  route("POST", "/v2/bot/richmenu/alias", "createRichMenuAlias", createRichMenuAlias, json),
  route("GET", "/v2/bot/richmenu/alias/list", "getRichMenuAliasList", getRichMenuAliasList),
  route("GET", aliasPath, "getRichMenuAlias", getRichMenuAlias),
  route("POST", aliasPath, "updateRichMenuAlias", updateRichMenuAlias, json),
  route("DELETE", aliasPath, "deleteRichMenuAlias", deleteRichMenuAlias),
  route("GET", userPath, "getRichMenuIdOfUser", getRichMenuIdOfUser),
  route("POST", `${userPath}/{richMenuId}`, "linkRichMenuIdToUser", linkRichMenuIdToUser),
  route("DELETE", userPath, "unlinkRichMenuIdFromUser", unlinkRichMenuIdFromUser),
  route("POST", "/v2/bot/richmenu/bulk/link", "linkRichMenuIdToUsers", linkRichMenuIdToUsers, json),
  route("POST", "/v2/bot/richmenu/bulk/unlink", "unlinkRichMenuIdFromUsers", unlinkRichMenuIdFromUsers, json),
  route("POST", "/v2/bot/richmenu/batch", "richMenuBatch", richMenuBatch, json),
  route("POST", "/v2/bot/richmenu/validate/batch", "validateRichMenuBatchRequest", validateRichMenuBatchRequest, json),
  route("GET", "/v2/bot/richmenu/progress/batch", "getRichMenuBatchProgress", getRichMenuBatchProgress)
]
