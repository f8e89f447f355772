/**
 * Mission stickers: LINE lets a user download them, which leaves nothing to see here.
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Missions from "../Missions.js"
import * as Refusal from "./Refusal.js"
import type { Handler, Route } from "./Wire.js"

const invalidRequest = Refusal.refuse(400, "invalid request")
const unknownStickers = Refusal.refuse(404, "not found")

const isRequest = Schema.is(Missions.MissionStickerRequest)

/** LINE's package IDs are numbers. */
const isPackage = (productId: string): boolean => /^\d+$/.test(productId)

const missionStickerV3: Handler = ({ body, world }) =>
  Either.gen(function* () {
    if (!isRequest(body)) return yield* Either.left(invalidRequest)
    yield* Refusal.unless(world.users.has(body.to), invalidRequest)
    yield* Refusal.unless(isPackage(body.productId), unknownStickers)
    return { status: 200 }
  })

/** The operation. */
export const routes: ReadonlyArray<Route> = [
  { operationId: "missionStickerV3", method: "POST", path: "/shop/v3/mission", body: "json", handler: missionStickerV3 }
]
