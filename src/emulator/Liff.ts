/**
 * LIFF apps: added, listed, changed in part, deleted.
 */
import * as Either from "effect/Either"
import * as Struct from "effect/Struct"
import * as Liff from "../Liff.js"
import * as Refusal from "./Refusal.js"
import * as Validation from "./Validation.js"
import { ok, type Answer, type Call, type Handler, type Route } from "./Wire.js"

/** A LIFF app of the channel, as LINE lists it. */
export type LiffApp = Liff.AddLiffAppRequest & { readonly liffId: string }

const most = 30

// LINE documents the statuses of its refusals here, and no words.
const tooMany = Refusal.refuse(400, "The maximum number of LIFF apps has already been added")

/** What a new app has of what is not said. */
const usual = {
  features: { qrCode: false },
  permanentLinkPattern: "concat",
  scope: ["profile", "chat_message.write"],
  botPrompt: "none"
} as const

const settings = ["view", "description", "features", "permanentLinkPattern", "scope", "botPrompt"] as const

const addLIFFApp: Handler = ({ body, world }) =>
  Either.gen(function* () {
    const request = yield* Validation.body(Liff.AddLiffAppRequest, body)
    yield* requireName(request)
    yield* Refusal.unless(world.liffApps.size < most, tooMany)
    const liffId = `${world.channel.channelId}-${world.ids.token(8)}`
    world.liffApps.set(liffId, { liffId, ...usual, ...Struct.pick(request, ...settings) })
    return ok({ liffId })
  })

/** LINE refuses names with its own in them. */
const requireName = ({ description = "" }: Liff.UpdateLiffAppRequest): Either.Either<void, Answer> =>
  Refusal.check(description.includes("LINE") ? [{ message: "Invalid value", property: "description" }] : [])

const getAllLIFFApps: Handler = ({ world }) =>
  world.liffApps.size === 0 ? Either.left(Refusal.notFound) : Either.right(ok({ apps: [...world.liffApps.values()] }))

const find = ({ path, world }: Call): Either.Either<LiffApp, Answer> =>
  Either.fromNullable(world.liffApps.get(path["liffId"] ?? ""), () => Refusal.notFound)

/** LINE documents no body. */
const done: Answer = { status: 200 }

const updateLIFFApp: Handler = (call) =>
  Either.gen(function* () {
    const app = yield* find(call)
    const request = yield* Validation.body(Liff.UpdateLiffAppRequest, call.body)
    yield* requireName(request)
    call.world.liffApps.set(app.liffId, {
      ...app,
      ...Struct.pick(request, ...settings),
      view: viewOf(app, request),
      features: { ...app.features, ...request.features }
    })
    return done
  })

const viewOf = ({ view }: LiffApp, { view: changed = {} }: Liff.UpdateLiffAppRequest): Liff.LiffView => {
  const { moduleMode = view.moduleMode, type = view.type, url = view.url } = changed
  return { type, url, ...(moduleMode === undefined ? {} : { moduleMode }) }
}

const deleteLIFFApp: Handler = (call) =>
  Either.map(find(call), ({ liffId }) => {
    call.world.liffApps.delete(liffId)
    return done
  })

const apps = "/liff/v1/apps"

/** The operations. */
export const routes: ReadonlyArray<Route> = [
  { operationId: "addLIFFApp", method: "POST", path: apps, body: "json", handler: addLIFFApp },
  { operationId: "getAllLIFFApps", method: "GET", path: apps, handler: getAllLIFFApps },
  { operationId: "updateLIFFApp", method: "PUT", path: `${apps}/{liffId}`, body: "json", handler: updateLIFFApp },
  { operationId: "deleteLIFFApp", method: "DELETE", path: `${apps}/{liffId}`, handler: deleteLIFFApp }
]
