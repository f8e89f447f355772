import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Png from "./support/Png.js"
import * as World from "./support/World.js"

const hello = [{ type: "text", text: "hello" }]
const nobody = `U${"0".repeat(32)}`
const noMenu = `richmenu-${"0".repeat(32)}`
const noRequest = "123e4567-e89b-12d3-a456-426614174000"

const menu = {
  size: { width: 800, height: 540 },
  selected: true,
  name: "menu",
  chatBarText: "Menu",
  areas: [{ bounds: { x: 0, y: 0, width: 800, height: 540 }, action: { type: "message", text: "hi" } }]
}

const coupon = {
  title: "100 yen off",
  reward: { type: "discount", priceInfo: { type: "fixed", fixedAmount: 100 } },
  acquisitionCondition: { type: "normal" },
  maxUseCountPerTicket: 1,
  startTimestamp: 1,
  endTimestamp: 86_400,
  timezone: "ASIA_TOKYO",
  visibility: "UNLISTED"
}

/** A world with something of everything, and the IDs of it. */
const furnished = Effect.gen(function* () {
  const line = yield* World.make()
  const userId = yield* line.addUser()
  const groupId = yield* line.act({ type: "addGroup", userIds: [userId] })
  const left = yield* line.act({ type: "addRoom", userIds: [userId] })
  yield* line.act({ type: "say", userId, message: { type: "text", text: "hi" } })
  yield* line.act({ type: "say", userId, message: { type: "file", fileName: "a", content: new Uint8Array(1) } })
  yield* line.act({ type: "say", userId, message: { type: "image", content: new Uint8Array(1) } })
  const [text = "", file = "", unsent = ""] = [...line.world.messages.keys()]
  yield* line.act({ type: "unsend", messageId: unsent })
  const made = (path: string, body: unknown) =>
    Effect.map(line.call("POST", path, { body }), ({ body }) => Object.values(body as Record<string, string>)[0] ?? "")
  const bare = yield* made("/v2/bot/richmenu", menu)
  const complete = yield* made("/v2/bot/richmenu", menu)
  const image = { bytes: Png.make(800, 540), contentType: "image/png" }
  const stored = line.world.richMenus.menus.get(complete)
  if (stored !== undefined) stored.image = image
  yield* line.call("POST", "/v2/bot/richmenu/alias", { body: { richMenuAliasId: "tab", richMenuId: complete } })
  const closed = yield* made("/v2/bot/coupon", coupon)
  yield* line.call("PUT", `/v2/bot/coupon/${closed}/close`)
  return { line, ids: { userId, groupId, left, text, file, unsent, bare, complete, closed } }
})

type Ids = Effect.Effect.Success<typeof furnished>["ids"]

type Row = readonly [
  method: "GET" | "POST" | "PUT" | "DELETE",
  path: string | ((ids: Ids) => string),
  body: unknown,
  status: number,
  message: string | null | ((ids: Ids) => string),
  detail?: string | ((ids: Ids) => string)
]

const property = (name: string) => `The property, ${name}, in the request body is invalid (line: -, column: -)`
const parameter = (name: string) => `The value for the '${name}' parameter is invalid`
const oneError = "The request body has 1 error(s)"

const rows: ReadonlyArray<Row> = [
  ["GET", "/v2/bot/message/1/content", undefined, 404, "not found"],
  ["GET", ({ text }) => `/v2/bot/message/${text}/content`, undefined, 404, "not found"],
  ["GET", ({ unsent }) => `/v2/bot/message/${unsent}/content`, undefined, 410, "The content is gone"],
  [
    "GET",
    ({ file }) => `/v2/bot/message/${file}/content/transcoding`,
    undefined,
    400,
    "Transcoding status doesn't support this type of content"
  ],
  ["GET", ({ file }) => `/v2/bot/message/${file}/content/preview`, undefined, 400, "The content can not be previewed"],
  ["POST", "/v2/bot/message/reply", { replyToken: "used", messages: hello }, 400, "Invalid reply token"],
  ["POST", "/v2/bot/message/push", { to: nobody, messages: hello }, 400, "Failed to send messages"],
  [
    "POST",
    "/v2/bot/message/push",
    ({ groupId }: Ids) => ({ to: groupId, messages: hello }),
    400,
    "Failed to send messages"
  ],
  ["POST", "/v2/bot/message/push", { to: "U1", messages: hello }, 400, property("'to'")],
  ["POST", "/v2/bot/message/multicast", { to: [nobody, "U1"], messages: hello }, 400, property("to[1]")],
  [
    "POST",
    "/v2/bot/message/multicast",
    ({ groupId }: Ids) => ({ to: [groupId], messages: hello }),
    400,
    property("to[0]")
  ],
  [
    "POST",
    "/v2/bot/message/narrowcast",
    { messages: hello, recipient: { type: "audience", audienceGroupId: 5 } },
    400,
    "Invalid audience group id: 5"
  ],
  [
    "POST",
    "/v2/bot/message/narrowcast",
    { messages: hello, recipient: { type: "redelivery", requestId: noRequest } },
    400,
    `Invalid request id: ${noRequest}`
  ],
  [
    "POST",
    "/v2/bot/message/narrowcast",
    { messages: hello, limit: { forbidPartialDelivery: true } },
    400,
    "The option forbidPartialDelivery must be used with upToRemainingQuota."
  ],
  ["GET", "/v2/bot/message/progress/narrowcast?requestId=1", undefined, 400, parameter("requestId")],
  ["GET", `/v2/bot/message/progress/narrowcast?requestId=${noRequest}`, undefined, 404, "Not found"],
  ["GET", "/v2/bot/message/delivery/push?date=20270230", undefined, 400, parameter("date")],
  ["GET", "/v2/bot/message/delivery/pnp", undefined, 400, parameter("date")],
  ["GET", "/v2/bot/message/delivery/pnp/templated?date=1", undefined, 400, parameter("date")],
  [
    "POST",
    "/v2/bot/chat/markAsRead",
    { markAsReadToken: "other" },
    400,
    "Invalid markAsReadToken. Tokens must be used by the bot that received them via Webhook."
  ],
  ["POST", "/v2/bot/message/markAsRead", { chat: { userId: "U1" } }, 400, property("'chat.chatId'")],
  ["GET", "/v2/bot/group/C1/summary", undefined, 400, parameter("groupId")],
  ["GET", "/v2/bot/room/R1/members/count", undefined, 400, parameter("roomId")],
  ["GET", "/v2/bot/profile/U1", undefined, 400, parameter("userId")],
  ["GET", `/v2/bot/profile/${nobody}`, undefined, 404, "Not found"],
  ["POST", ({ groupId }) => `/v2/bot/group/${groupId}/leave`, undefined, 404, "Not found"],
  ["POST", `/v2/bot/room/R${"0".repeat(32)}/leave`, undefined, 404, "Not found"],
  ["GET", "/v2/bot/followers/ids?start=x", undefined, 400, "Invalid start param"],
  ["POST", `/v2/bot/user/all/richmenu/${noMenu}`, undefined, 404, "Not found"],
  [
    "POST",
    ({ bare }) => `/v2/bot/user/all/richmenu/${bare}`,
    undefined,
    400,
    "must upload richmenu image before applying it to user"
  ],
  ["GET", "/v2/bot/user/all/richmenu", undefined, 404, "no default richmenu"],
  ["GET", ({ bare }) => `/v2/bot/richmenu/${bare}/content`, undefined, 404, "Not found"],
  ["GET", ({ userId }) => `/v2/bot/user/${userId}/richmenu`, undefined, 404, "the user has no richmenu"],
  ["POST", `/v2/bot/user/U1/richmenu/${noMenu}`, undefined, 400, parameter("userId")],
  ["POST", ({ userId }) => `/v2/bot/user/${userId}/richmenu/${noMenu}`, undefined, 404, "Not found"],
  ["POST", "/v2/bot/richmenu/bulk/link", { richMenuId: noMenu, userIds: ["U1"] }, 400, property("'userIds[0]'")],
  ["POST", "/v2/bot/richmenu/bulk/link", { richMenuId: noMenu, userIds: [nobody] }, 404, "richmenu not found"],
  [
    "POST",
    "/v2/bot/richmenu/batch",
    { operations: [{ type: "unlink", from: "menu" }] },
    400,
    oneError,
    "invalid richMenuId"
  ],
  [
    "POST",
    "/v2/bot/richmenu/batch",
    ({ complete: from }: Ids) => ({
      operations: [
        { type: "unlink", from },
        { type: "unlink", from }
      ]
    }),
    400,
    oneError,
    ({ complete }) => `from richmenu (${complete}) is duplicated`
  ],
  [
    "POST",
    "/v2/bot/richmenu/batch",
    ({ complete: from }: Ids) => ({ operations: [{ type: "unlink", from }, { type: "unlinkAll" }] }),
    400,
    oneError,
    "'unlinkAll' type can't be combined with other type"
  ],
  [
    "POST",
    "/v2/bot/richmenu/batch",
    ({ bare, complete }: Ids) => ({ operations: [{ type: "link", from: complete, to: bare }] }),
    400,
    oneError,
    ({ bare }) => `'to' richmenu (${bare}) must have image but it doesn't`
  ],
  [
    "POST",
    "/v2/bot/richmenu/batch",
    { operations: [{ type: "unlink", from: noMenu }] },
    404,
    `Richmenu (${noMenu}) is not found`
  ],
  ["GET", `/v2/bot/richmenu/progress/batch?requestId=${noRequest}`, undefined, 404, "Not found"],
  [
    "POST",
    "/v2/bot/richmenu/alias",
    ({ bare: richMenuId }: Ids) => ({ richMenuAliasId: "new", richMenuId }),
    400,
    "richmenu not found"
  ],
  [
    "POST",
    "/v2/bot/richmenu/alias",
    ({ complete: richMenuId }: Ids) => ({ richMenuAliasId: "tab", richMenuId }),
    400,
    "conflict richmenu alias id"
  ],
  ["GET", "/v2/bot/richmenu/alias/none", undefined, 404, "richmenu alias not found"],
  ["DELETE", "/v2/bot/richmenu/alias/none", undefined, 404, "richmenu alias not found"],
  ["POST", "/v2/bot/richmenu/alias/none", { richMenuId: noMenu }, 404, "richmenu alias not found"],
  [
    "PUT",
    ({ closed }) => `/v2/bot/coupon/${closed}/close`,
    undefined,
    410,
    oneError,
    "The coupon has already been closed."
  ],
  ["GET", "/v2/bot/coupon/none", undefined, 404, oneError, "coupon not found"],
  ["GET", "/v2/bot/coupon?limit=101", undefined, 400, oneError, "Must be less than or equal to 100"],
  ["GET", "/v2/bot/insight/message/delivery?date=1", undefined, 400, "Bad Request"],
  ["GET", "/v2/bot/insight/followers", undefined, 400, "date is required"],
  ["GET", "/v2/bot/insight/message/event/aggregation", undefined, 400, null],
  [
    "GET",
    ({ bare }) => `/v2/bot/insight/richmenu/${bare}/summary?from=20270102&to=20270101`,
    undefined,
    400,
    "Parameter to must be the same date as, or after parameter from."
  ],
  [
    "GET",
    ({ bare }) => `/v2/bot/insight/richmenu/${bare}/summary?from=20260101&to=20270202`,
    undefined,
    400,
    "Date range exceeds. Max range is 396 days."
  ],
  [
    "GET",
    ({ bare }) => `/v2/bot/insight/richmenu/${bare}/daily?from=20270101&to=20270411`,
    undefined,
    400,
    "Date range exceeds. Max range is 99 days."
  ],
  [
    "GET",
    ({ bare }) => `/v2/bot/insight/richmenu/${bare}/daily?from=19660101&to=19660102`,
    undefined,
    400,
    "Parameter from must be the same date as, or after 1967-01-01."
  ],
  ["GET", "/v2/bot/audienceGroup/5", undefined, 400, "audience group not found", "AUDIENCE_GROUP_NOT_FOUND"],
  [
    "GET",
    "/v2/bot/audienceGroup/list?page=1&size=41",
    undefined,
    400,
    "size: must be less than or equal to 40",
    "TOO_HIGH"
  ],
  [
    "POST",
    "/v2/bot/chat/loading/start",
    { chatId: "C1" },
    400,
    oneError,
    "Only user id is acceptable, please confirm if there are any group/room ids or illegal ids."
  ]
]

const given = <A>(value: A | ((ids: Ids) => A), ids: Ids): A =>
  typeof value === "function" ? (value as (ids: Ids) => A)(ids) : value

describe("LINE's documented refusals", () => {
  for (const [method, path, body, status, message, detail] of rows) {
    const at = typeof path === "string" ? path : path.toString().replace(/^.*`(.*)`$/, "$1")
    it.scoped(
      `${method} ${at}: ${status} ${typeof message === "function" ? "" : message} ${typeof detail === "string" ? detail : ""}`,
      () =>
        Effect.gen(function* () {
          const { ids, line } = yield* furnished
          const sent = given(body, ids)
          const answer = yield* line.call(method, given(path, ids), sent === undefined ? {} : { body: sent })
          assert.strictEqual(answer.status, status)
          assert.propertyVal(answer.body, "message", given(message, ids))
          if (detail !== undefined) assert.nestedPropertyVal(answer.body, "details[0].message", given(detail, ids))
        })
    )
  }

  it.scoped("lists details where LINE shows them empty", () =>
    Effect.gen(function* () {
      const { ids, line } = yield* furnished
      for (const [method, path, body] of [
        ["POST", `/v2/bot/user/all/richmenu/${ids.bare}`, undefined],
        ["GET", "/v2/bot/user/all/richmenu", undefined],
        ["POST", "/v2/bot/richmenu/bulk/link", { richMenuId: noMenu, userIds: [nobody] }]
      ] as const) {
        const answer = yield* line.call(method, path, body === undefined ? {} : { body })
        assert.deepInclude(answer.body, { details: [] })
      }
    })
  )

  it.scoped("forgives leaving a room twice", () =>
    Effect.gen(function* () {
      const { ids, line } = yield* furnished
      assert.deepStrictEqual(yield* line.call("POST", `/v2/bot/room/${ids.left}/leave`), { status: 200, body: {} })
    })
  )
})

describe("a narrowcast with a filter", () => {
  it.scoped("selects nobody under 20 in Thailand", () =>
    Effect.gen(function* () {
      const line = yield* World.make()
      const ages = [19, 20]
      yield* Effect.forEach(ages, (age) => line.addUser({ age, area: "th_01" }))
      const thai = yield* line.call("POST", "/v2/bot/message/narrowcast", {
        body: { messages: hello, filter: { demographic: { type: "area", oneOf: ["th_01"] } } }
      })
      assert.strictEqual(thai.status, 202)
      const [narrowcast] = [...line.world.narrowcasts.values()]
      assert.lengthOf(narrowcast?.recipients ?? [], 1)
    })
  )
})
