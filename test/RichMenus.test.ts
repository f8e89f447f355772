import { assert, describe, it } from "@effect/vitest"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Action from "line-effect/Action"
import * as Emulator from "line-effect/Emulator"
import * as LineClient from "line-effect/LineClient"
import * as Retry from "line-effect/Retry"
import * as RichMenu from "line-effect/RichMenu"
import * as RichMenus from "line-effect/RichMenus"
import * as Transport from "./support/Transport.js"

const menu: RichMenu.RichMenu = {
  size: { width: 1200, height: 405 },
  selected: false,
  name: "menu",
  chatBarText: "Tap",
  areas: [{ bounds: { x: 0, y: 0, width: 1200, height: 405 }, action: Action.message({ text: "hello" }) }]
}

/** As much of a PNG as says its size, and one byte to tell it from others. */
const png = (width: number, height: number, byte = 0): Uint8Array => {
  const bytes = new Uint8Array(25)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, 0x89504e47)
  view.setUint32(4, 0x0d0a1a0a)
  view.setUint32(16, width)
  view.setUint32(20, height)
  bytes[24] = byte
  return bytes
}

const image = png(1200, 405)

const clientOf = (line: Emulator.Service, httpClient: HttpClient.HttpClient = line.httpClient) =>
  LineClient.layer({ channelAccessToken: line.channel.channelAccessToken }).pipe(
    Layer.provide(Layer.succeed(HttpClient.HttpClient, httpClient))
  )

const emulator = Emulator.layer({ rateLimits: false })
const world = Layer.unwrapEffect(Effect.map(Emulator.Emulator, (line) => clientOf(line))).pipe(
  Layer.provideMerge(emulator)
)

const complete = (options: Partial<RichMenu.RichMenu> = {}) =>
  Effect.gen(function* () {
    const { richMenuId } = yield* RichMenus.createRichMenu({ ...menu, ...options })
    yield* RichMenus.setRichMenuImage({ richMenuId, image, contentType: "image/png" })
    return richMenuId
  })

const id = "richmenu-00000000000000000000000000000000"
const userId = "U00000000000000000000000000000000"

describe("operations", () => {
  const calls: ReadonlyArray<
    readonly [call: Effect.Effect<unknown, unknown, LineClient.LineClient>, request: string, body?: unknown]
  > = [
    [RichMenus.createRichMenu(menu), "POST https://api.line.me/v2/bot/richmenu", menu],
    [RichMenus.validateRichMenuObject(menu), "POST https://api.line.me/v2/bot/richmenu/validate", menu],
    [RichMenus.getRichMenu({ richMenuId: id }), `GET https://api.line.me/v2/bot/richmenu/${id}`],
    [RichMenus.deleteRichMenu({ richMenuId: id }), `DELETE https://api.line.me/v2/bot/richmenu/${id}`],
    [RichMenus.getRichMenuList(), "GET https://api.line.me/v2/bot/richmenu/list"],
    [RichMenus.getRichMenuImage({ richMenuId: id }), `GET https://api-data.line.me/v2/bot/richmenu/${id}/content`],
    [RichMenus.setDefaultRichMenu({ richMenuId: id }), `POST https://api.line.me/v2/bot/user/all/richmenu/${id}`],
    [RichMenus.getDefaultRichMenuId(), "GET https://api.line.me/v2/bot/user/all/richmenu"],
    [RichMenus.cancelDefaultRichMenu(), "DELETE https://api.line.me/v2/bot/user/all/richmenu"],
    [
      RichMenus.createRichMenuAlias({ richMenuAliasId: "tab-a", richMenuId: id }),
      "POST https://api.line.me/v2/bot/richmenu/alias",
      { richMenuAliasId: "tab-a", richMenuId: id }
    ],
    [RichMenus.getRichMenuAlias({ richMenuAliasId: "tab-a" }), "GET https://api.line.me/v2/bot/richmenu/alias/tab-a"],
    [
      RichMenus.updateRichMenuAlias({ richMenuAliasId: "tab-a", richMenuId: id }),
      "POST https://api.line.me/v2/bot/richmenu/alias/tab-a",
      { richMenuId: id }
    ],
    [
      RichMenus.deleteRichMenuAlias({ richMenuAliasId: "tab-a" }),
      "DELETE https://api.line.me/v2/bot/richmenu/alias/tab-a"
    ],
    [RichMenus.getRichMenuAliasList(), "GET https://api.line.me/v2/bot/richmenu/alias/list"],
    [RichMenus.getRichMenuIdOfUser({ userId }), `GET https://api.line.me/v2/bot/user/${userId}/richmenu`],
    [RichMenus.unlinkRichMenuIdFromUser({ userId }), `DELETE https://api.line.me/v2/bot/user/${userId}/richmenu`],
    [
      RichMenus.linkRichMenuIdToUser({ userId, richMenuId: id }),
      `POST https://api.line.me/v2/bot/user/${userId}/richmenu/${id}`
    ],
    [
      RichMenus.linkRichMenuIdToUsers({ richMenuId: id, userIds: [userId] }),
      "POST https://api.line.me/v2/bot/richmenu/bulk/link",
      { richMenuId: id, userIds: [userId] }
    ],
    [
      RichMenus.unlinkRichMenuIdFromUsers({ userIds: [userId] }),
      "POST https://api.line.me/v2/bot/richmenu/bulk/unlink",
      { userIds: [userId] }
    ],
    [
      RichMenus.richMenuBatch({ operations: [RichMenu.unlinkAll], resumeRequestKey: "key" }),
      "POST https://api.line.me/v2/bot/richmenu/batch",
      { operations: [{ type: "unlinkAll" }], resumeRequestKey: "key" }
    ],
    [
      RichMenus.validateRichMenuBatchRequest({ operations: [RichMenu.unlink({ from: id })] }),
      "POST https://api.line.me/v2/bot/richmenu/validate/batch",
      { operations: [{ type: "unlink", from: id }] }
    ],
    [
      RichMenus.getRichMenuBatchProgress({ requestId: "r" }),
      "GET https://api.line.me/v2/bot/richmenu/progress/batch?requestId=r"
    ]
  ]
  for (const [call, request, body] of calls) {
    it.effect(`sends ${request}`, () =>
      Effect.gen(function* () {
        const transport = Transport.make([Transport.answer(200)])
        yield* Effect.exit(Effect.provide(call, Transport.client(transport)))
        const [sent] = transport.sent
        assert.strictEqual(`${sent?.method} ${sent?.url}`, request)
        assert.deepStrictEqual(sent?.body === undefined ? undefined : JSON.parse(sent.body), body)
      })
    )
  }

  it.effect("an image is sent as it is, to the data host", () =>
    Effect.gen(function* () {
      const transport = Transport.make([Transport.answer(200, "")])
      yield* RichMenus.setRichMenuImage({
        richMenuId: id,
        image: new TextEncoder().encode("image"),
        contentType: "image/jpeg"
      }).pipe(Effect.provide(Transport.client(transport)))
      const [sent] = transport.sent
      assert.deepInclude(sent, { url: `https://api-data.line.me/v2/bot/richmenu/${id}/content`, body: "image" })
      assert.strictEqual(sent?.headers["content-type"], "image/jpeg")
    })
  )

  it.effect("an image that is too large is not sent", () =>
    Effect.gen(function* () {
      const transport = Transport.make([])
      const error = yield* RichMenus.setRichMenuImage({
        richMenuId: id,
        image: new Uint8Array(1024 * 1024 + 1),
        contentType: "image/png"
      }).pipe(Effect.flip, Effect.provide(Transport.client(transport)))
      assert.deepInclude(error, { _tag: "LineInvalidRequest" })
      assert.lengthOf(transport.sent, 0)
    })
  )

  it.effect("the user that means all users is refused", () =>
    Effect.gen(function* () {
      const transport = Transport.make([])
      const calls = [
        RichMenus.unlinkRichMenuIdFromUser({ userId: "all" }),
        RichMenus.linkRichMenuIdToUser({ userId: "all", richMenuId: id })
      ]
      for (const call of calls) {
        const error = yield* Effect.flip(Effect.provide(call, Transport.client(transport)))
        assert.deepInclude(error, { issues: [{ path: "userId", message: "must be the id of one user" }] })
      }
      assert.lengthOf(transport.sent, 0)
    })
  )

  it.effect("a menu is decoded, and an action that is not known yet does not lose it", () =>
    Effect.gen(function* () {
      const future = { type: "hologram", label: "h" }
      const menus = [
        { richMenuId: id, ...menu, premium: true },
        { richMenuId: id, ...menu, areas: [{ bounds: { x: 0, y: 0, width: 9, height: 9 }, action: future }] }
      ]
      const { richmenus } = yield* RichMenus.getRichMenuList().pipe(
        Effect.provide(Transport.client(Transport.make([Transport.answer(200, { richmenus: menus })])))
      )
      assert.deepStrictEqual<unknown>(richmenus[0], menus[0])
      assert.deepStrictEqual<unknown>(richmenus[1]?.areas[0]?.action, {
        type: "unknown",
        originalType: "hologram",
        raw: future
      })
    })
  )

  it.effect("a creation is not repeated when LINE may have acted", () =>
    Effect.gen(function* () {
      const transport = Transport.make([Transport.answer(500)])
      const error = yield* Effect.flip(Effect.provide(RichMenus.createRichMenu(menu), Transport.client(transport)))
      assert.isTrue(error.ambiguous)
      assert.lengthOf(transport.sent, 1)
    })
  )

  it.effect("a batch is repeated under one key, and tells it", () =>
    Effect.gen(function* () {
      const transport = Transport.make([Transport.reset, Transport.answer(202)])
      const call = RichMenus.richMenuBatch({ operations: [RichMenu.unlinkAll] })
      const accepted = yield* Transport.drive(Effect.provide(call, Transport.client(transport)))
      const keys = transport.sent.map(({ body }) => JSON.parse(body ?? "").resumeRequestKey)
      assert.deepStrictEqual(keys, [accepted.resumeRequestKey, accepted.resumeRequestKey])
      assert.deepInclude(accepted, { requestId: "request-202", attempts: 2 })
    })
  )
})

describe("awaitBatch", () => {
  const acceptedTime = "2026-11-25T00:00:00Z"
  const ongoing = Transport.answer(200, { phase: "ongoing", acceptedTime })
  const ask = (script: ReadonlyArray<Transport.Step>, options?: Parameters<typeof RichMenus.awaitBatch>[1]) =>
    Effect.gen(function* () {
      const transport = Transport.make(script)
      const wait = RichMenus.awaitBatch({ requestId: "r" }, options).pipe(Retry.withPolicy(Retry.none))
      const result = yield* Transport.drive(Effect.either(Effect.provide(wait, Transport.client(transport))))
      return { result, times: transport.sent.map(({ at }) => at / 1000) }
    })

  it.effect("asks ever more slowly, through failures and phases that it does not know", () =>
    Effect.gen(function* () {
      const succeeded = { phase: "succeeded", acceptedTime, completedTime: acceptedTime } as const
      const { result, times } = yield* ask([
        ongoing,
        Transport.answer(429),
        Transport.reset,
        Transport.answer(200, { phase: "paused", acceptedTime }),
        ongoing,
        ongoing,
        Transport.answer(200, succeeded)
      ])
      assert.deepStrictEqual(result, Either.right(succeeded))
      assert.deepStrictEqual(times, [0, 10, 30, 70, 150, 270, 390])
    })
  )

  it.effect("fails when the batch has", () =>
    Effect.gen(function* () {
      const { result } = yield* ask([Transport.answer(200, { phase: "failed", acceptedTime })])
      const error = Either.getOrThrow(Either.flip(result))
      assert.deepInclude(error, { _tag: "LineRichMenuBatchFailed", requestId: "r", resumeRequestKey: undefined })
      assert.strictEqual(error.message, "rich menu batch r failed")
    })
  )

  it.effect("tells the key to go on with, if it knows it", () =>
    Effect.gen(function* () {
      const transport = Transport.make([
        Transport.answer(202),
        Transport.answer(200, { phase: "failed", acceptedTime })
      ])
      const error = yield* RichMenus.richMenuBatch({ operations: [RichMenu.unlinkAll] }).pipe(
        Effect.flatMap((accepted) => RichMenus.awaitBatch(accepted)),
        Effect.flip,
        Effect.provide(Transport.client(transport))
      )
      if (error._tag !== "LineRichMenuBatchFailed") return assert.fail(error._tag)
      const { resumeRequestKey } = JSON.parse(transport.sent[0]?.body ?? "")
      assert.strictEqual(error.resumeRequestKey, resumeRequestKey)
      assert.include(error.message, `send it again with resumeRequestKey ${resumeRequestKey}`)
    })
  )

  it.effect("fails at once when LINE does not know the batch", () =>
    Effect.gen(function* () {
      const { result, times } = yield* ask([Transport.answer(404)])
      assert.deepInclude(Either.getOrThrow(Either.flip(result)), { _tag: "LineNotFound" })
      assert.lengthOf(times, 1)
    })
  )

  it.effect("gives up after an hour, with a third of LINE's questions in it", () =>
    Effect.gen(function* () {
      const { result, times } = yield* ask([ongoing])
      assert.deepInclude(Either.getOrThrow(Either.flip(result)), { _tag: "LineNotFinished", waited: 3_600_000 })
      assert.lengthOf(times, 33)
    })
  )

  it.effect("takes another schedule and deadline", () =>
    Effect.gen(function* () {
      const options = { schedule: Schedule.spaced("1 minute"), deadline: "150 seconds" } as const
      const { result, times } = yield* ask([ongoing], options)
      assert.deepInclude(Either.getOrThrow(Either.flip(result)), { _tag: "LineNotFinished", waited: 150_000 })
      assert.deepStrictEqual(times, [0, 60, 120])
    })
  )
})

interface Call {
  readonly body?: unknown
  readonly bytes?: Uint8Array
  readonly contentType?: string
}

/** Sends a request as a bot in any language would. */
const send = (method: "GET" | "POST" | "DELETE", path: string, { body, bytes, contentType }: Call = {}) =>
  Effect.gen(function* () {
    const { channel, httpClient } = yield* Emulator.Emulator
    const request = HttpClientRequest.make(method)(
      `https://${path.endsWith("/content") ? "api-data" : "api"}.line.me/v2/bot${path}`
    ).pipe(
      HttpClientRequest.setHeader("authorization", `Bearer ${Redacted.value(channel.channelAccessToken)}`),
      HttpClientRequest.bodyUint8Array(
        bytes ?? new TextEncoder().encode(body === undefined ? "" : JSON.stringify(body)),
        contentType ?? "application/json"
      )
    )
    const response = yield* httpClient.execute(request)
    const text = yield* response.text
    return [response.status, text.startsWith("{") ? JSON.parse(text) : text] as const
  })

const refusal = (message: string) => ({ message })
const undetailed = (message: string) => ({ message, details: [] })
const detailed = (...details: ReadonlyArray<readonly [property: string, message: string]>) => ({
  message: `The request body has ${details.length} error(s)`,
  details: details.map(([property, message]) => ({ message, property }))
})
const invalid = (property: string) => ({
  message: `The property, '${property}', in the request body is invalid (line: -, column: -)`
})

describe("the emulator's rich menus", () => {
  const setting = Effect.gen(function* () {
    const { userId } = yield* (yield* Emulator.Emulator).addUser()
    const first = yield* complete()
    const second = yield* complete()
    const { richMenuId: bare } = yield* RichMenus.createRichMenu(menu)
    yield* RichMenus.createRichMenuAlias({ richMenuAliasId: "first", richMenuId: first })
    return { userId, first, second, bare }
  })
  type Setting = Effect.Effect.Success<typeof setting>

  const refusals: ReadonlyArray<
    readonly [
      title: string,
      request: (setting: Setting) => ReturnType<typeof send>,
      status: number,
      body: (setting: Setting) => unknown
    ]
  > = [
    [
      "a menu is checked as LINE words it",
      () =>
        send("POST", "/richmenu", {
          body: {
            ...menu,
            name: undefined,
            size: { width: 100, height: 50 },
            areas: [{ ...menu.areas[0], action: { type: "uri", uri: "ftp://example.com" } }]
          }
        }),
      400,
      () =>
        detailed(
          ["size.width", "must be between 800 and 2500"],
          ["size.height", "must be between 250 and 1724"],
          ["name", "must be specified"],
          ["areas[0].action.uri", "invalid uri scheme"]
        )
    ],
    [
      "a menu is validated in the same words",
      () => send("POST", "/richmenu/validate", { body: { ...menu, name: undefined } }),
      400,
      () => detailed(["name", "must be specified"])
    ],
    ["an unknown menu is not found", () => send("GET", `/richmenu/${id}`), 404, () => refusal("Not found")],
    ["an unknown menu cannot be deleted", () => send("DELETE", `/richmenu/${id}`), 404, () => refusal("Not found")],
    [
      "an image needs a menu",
      () => send("POST", `/richmenu/${id}/content`, { bytes: image, contentType: "image/png" }),
      404,
      () => refusal("Not found")
    ],
    [
      "an image is a JPEG or PNG",
      ({ bare }) => send("POST", `/richmenu/${bare}/content`, { bytes: image, contentType: "image/gif" }),
      415,
      () => refusal("The content type, image/gif, is not supported")
    ],
    [
      "an image has a size that a menu may have",
      ({ bare }) => send("POST", `/richmenu/${bare}/content`, { bytes: png(799, 405), contentType: "image/png" }),
      400,
      () => refusal("The image size is not allowed for richmenu")
    ],
    [
      "what only says that it is an image is none",
      ({ bare }) => send("POST", `/richmenu/${bare}/content`, { bytes: new Uint8Array(9), contentType: "image/jpeg" }),
      400,
      () => refusal("The image size is not allowed for richmenu")
    ],
    [
      "an image cannot be replaced",
      ({ first }) => send("POST", `/richmenu/${first}/content`, { bytes: image, contentType: "image/png" }),
      400,
      () => refusal("An image has already been uploaded to the richmenu")
    ],
    [
      "an image has at most 1 MB",
      ({ bare }) =>
        send("POST", `/richmenu/${bare}/content`, { bytes: new Uint8Array(1024 * 1024 + 1), contentType: "image/png" }),
      400,
      () => refusal("The image size is not allowed for richmenu")
    ],
    [
      "a menu without its image has none to get",
      ({ bare }) => send("GET", `/richmenu/${bare}/content`),
      404,
      () => refusal("Not found")
    ],
    [
      "a menu without its image cannot be the default",
      ({ bare }) => send("POST", `/user/all/richmenu/${bare}`),
      400,
      () => undetailed("must upload richmenu image before applying it to user")
    ],
    ["the default is a menu", () => send("POST", `/user/all/richmenu/${id}`), 404, () => refusal("Not found")],
    [
      "there is no default at first",
      () => send("GET", "/user/all/richmenu"),
      404,
      () => undetailed("no default richmenu")
    ],
    [
      "an alias needs a menu with an image",
      ({ bare }) => send("POST", "/richmenu/alias", { body: { richMenuAliasId: "new", richMenuId: bare } }),
      400,
      () => refusal("richmenu not found")
    ],
    [
      "an alias needs the id of a menu",
      () => send("POST", "/richmenu/alias", { body: { richMenuAliasId: "new", richMenuId: "first" } }),
      400,
      () => detailed(["richMenuId", "invalid richMenuId"])
    ],
    [
      "an alias exists once",
      ({ second }) => send("POST", "/richmenu/alias", { body: { richMenuAliasId: "first", richMenuId: second } }),
      400,
      () => refusal("conflict richmenu alias id")
    ],
    [
      "an alias is switched to a menu",
      () => send("POST", "/richmenu/alias/first", { body: { richMenuId: id } }),
      400,
      () => refusal("richmenu not found")
    ],
    [
      "an unknown alias is not found",
      ({ second }) => send("POST", "/richmenu/alias/other", { body: { richMenuId: second } }),
      404,
      () => refusal("richmenu alias not found")
    ],
    [
      "an unknown alias cannot be deleted",
      () => send("DELETE", "/richmenu/alias/other"),
      404,
      () => refusal("richmenu alias not found")
    ],
    [
      "a user has no menu at first",
      ({ userId }) => send("GET", `/user/${userId}/richmenu`),
      404,
      () => refusal("the user has no richmenu")
    ],
    [
      "the id of a user has its form",
      ({ first }) => send("POST", `/user/mika/richmenu/${first}`),
      400,
      () => refusal("The value for the 'userId' parameter is invalid")
    ],
    [
      "an unknown menu cannot be linked",
      ({ userId }) => send("POST", `/user/${userId}/richmenu/${id}`),
      404,
      () => refusal("Not found")
    ],
    [
      "a menu without its image cannot be linked",
      ({ bare, userId }) => send("POST", `/user/${userId}/richmenu/${bare}`),
      400,
      () => undetailed("must upload richmenu image before applying it to user")
    ],
    [
      "many users are users",
      ({ first, userId }) =>
        send("POST", "/richmenu/bulk/link", { body: { richMenuId: first, userIds: [userId, "mika"] } }),
      400,
      () => invalid("userIds[1]")
    ],
    [
      "an unknown menu cannot be linked to many",
      ({ userId }) => send("POST", "/richmenu/bulk/link", { body: { richMenuId: id, userIds: [userId] } }),
      404,
      () => undetailed("richmenu not found")
    ],
    [
      "a batch changes each menu once",
      ({ first, second }) =>
        send("POST", "/richmenu/batch", {
          body: { operations: [RichMenu.link({ from: first, to: second }), RichMenu.unlink({ from: first })] }
        }),
      400,
      ({ first }) => detailed(["operations[1].from", `from richmenu (${first}) is duplicated`])
    ],
    [
      "a batch unlinks all and does nothing else",
      ({ first }) =>
        send("POST", "/richmenu/batch", {
          body: { operations: [RichMenu.unlink({ from: first }), RichMenu.unlinkAll] }
        }),
      400,
      () => detailed(["operations[1].type", "'unlinkAll' type can't be combined with other type"])
    ],
    [
      "a batch links a menu that has its image",
      ({ bare, first }) =>
        send("POST", "/richmenu/validate/batch", { body: { operations: [RichMenu.link({ from: first, to: bare })] } }),
      400,
      ({ bare }) => detailed(["operations[0].to", `'to' richmenu (${bare}) must have image but it doesn't`])
    ],
    [
      "a batch knows ids by their form",
      ({ first }) =>
        send("POST", "/richmenu/batch", { body: { operations: [RichMenu.link({ from: "first", to: first })] } }),
      400,
      () => detailed(["operations[0].from", "invalid richMenuId"])
    ],
    [
      "a batch is about menus that there are",
      () => send("POST", "/richmenu/batch", { body: { operations: [RichMenu.unlink({ from: id })] } }),
      404,
      () => refusal(`Richmenu (${id}) is not found`)
    ],
    [
      "an unknown batch is not found",
      () => send("GET", "/richmenu/progress/batch?requestId=none"),
      404,
      () => refusal("Not found")
    ]
  ]
  for (const [title, request, status, body] of refusals) {
    it.effect(title, () =>
      Effect.gen(function* () {
        const known = yield* setting
        assert.deepStrictEqual<unknown>(yield* request(known), [status, body(known)])
      }).pipe(Effect.provide(world))
    )
  }

  it.effect("menus are kept, listed and deleted", () =>
    Effect.gen(function* () {
      const first = yield* complete({ name: "first" })
      const second = yield* complete({ name: "second" })
      assert.match(first, /^richmenu-[0-9a-f]{32}$/)
      assert.deepStrictEqual<unknown>(yield* RichMenus.getRichMenu({ richMenuId: first }), {
        richMenuId: first,
        ...menu,
        name: "first"
      })
      yield* RichMenus.deleteRichMenu({ richMenuId: first })
      const { richmenus } = yield* RichMenus.getRichMenuList()
      assert.deepStrictEqual(
        richmenus.map(({ richMenuId }) => richMenuId),
        [second]
      )
    }).pipe(Effect.provide(world))
  )

  it.effect("an image comes back as it was", () =>
    Effect.gen(function* () {
      const richMenuId = yield* complete()
      const content = yield* RichMenus.getRichMenuImage({ richMenuId })
      assert.strictEqual(content.contentType, "image/png")
      assert.deepStrictEqual([...(yield* Stream.runCollect(content.stream))], [image])
    }).pipe(Effect.provide(world))
  )

  it.effect("a JPEG is measured, wherever it has its frame", () =>
    Effect.gen(function* () {
      const frame = (width: number, height: number) => [
        ...[0xff, 0xc2, 0, 11, 8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0]
      ]
      const jpeg = (...parts: ReadonlyArray<ReadonlyArray<number>>) => new Uint8Array([0xff, 0xd8, ...parts.flat()])
      const app = [0xff, 0xe0, 0, 4, 1, 2]
      const tables = [0xff, 0xff, 0xc4, 0, 3, 9]
      for (const [bytes, status] of [
        [jpeg(app, tables, frame(1200, 405)), 200],
        [jpeg(frame(2500, 1686)), 200],
        [jpeg(app, frame(2501, 1686)), 400],
        [jpeg(app, [0, 0], frame(1200, 405)), 400],
        [jpeg(app, tables), 400]
      ] as const) {
        const { richMenuId } = yield* RichMenus.createRichMenu(menu)
        const [actual] = yield* send("POST", `/richmenu/${richMenuId}/content`, { bytes, contentType: "image/jpeg" })
        assert.strictEqual(actual, status)
      }
    }).pipe(Effect.provide(world))
  )

  it.effect("there are at most 1,000 menus and 1,000 aliases", () =>
    Effect.gen(function* () {
      const richMenuId = yield* complete()
      for (let index = 1; index < 1000; index++) yield* RichMenus.createRichMenu(menu)
      for (let index = 0; index < 1000; index++) {
        yield* RichMenus.createRichMenuAlias({ richMenuAliasId: `alias-${index}`, richMenuId })
      }
      assert.deepInclude(yield* Effect.flip(RichMenus.createRichMenu(menu)), { _tag: "LineBadRequest" })
      assert.deepInclude(
        yield* Effect.flip(RichMenus.createRichMenuAlias({ richMenuAliasId: "one-more", richMenuId })),
        { _tag: "LineBadRequest" }
      )
    }).pipe(Effect.provide(world))
  )

  it.effect("the default is what it is set to, until it is cancelled or its menu deleted", () =>
    Effect.gen(function* () {
      const first = yield* complete()
      yield* RichMenus.setDefaultRichMenu({ richMenuId: first })
      assert.deepStrictEqual(yield* RichMenus.getDefaultRichMenuId(), { richMenuId: first })
      yield* RichMenus.cancelDefaultRichMenu()
      assert.deepInclude(yield* Effect.flip(RichMenus.getDefaultRichMenuId()), { _tag: "LineNotFound" })
      yield* RichMenus.setDefaultRichMenu({ richMenuId: first })
      yield* RichMenus.deleteRichMenu({ richMenuId: first })
      assert.deepInclude(yield* Effect.flip(RichMenus.getDefaultRichMenuId()), { _tag: "LineNotFound" })
    }).pipe(Effect.provide(world))
  )

  it.effect("aliases are created, switched, listed and deleted", () =>
    Effect.gen(function* () {
      const [first, second] = [yield* complete(), yield* complete()]
      const alias = { richMenuAliasId: "tab", richMenuId: first }
      yield* RichMenus.createRichMenuAlias(alias)
      assert.deepStrictEqual(yield* RichMenus.getRichMenuAlias({ richMenuAliasId: "tab" }), alias)
      yield* RichMenus.updateRichMenuAlias({ ...alias, richMenuId: second })
      const switched = { aliases: [{ ...alias, richMenuId: second }] }
      assert.deepStrictEqual(yield* RichMenus.getRichMenuAliasList(), switched)
      yield* RichMenus.deleteRichMenuAlias({ richMenuAliasId: "tab" })
      assert.deepStrictEqual(yield* RichMenus.getRichMenuAliasList(), { aliases: [] })
    }).pipe(Effect.provide(world))
  )

  it.effect("a friend gets a menu, and others get none without a word", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.Emulator
      const richMenuId = yield* complete()
      const friend = yield* line.addUser()
      const stranger = yield* line.addUser({ friend: false })
      for (const { userId } of [friend, stranger]) yield* RichMenus.linkRichMenuIdToUser({ userId, richMenuId })
      assert.strictEqual(yield* menuOf(friend), richMenuId)
      assert.isUndefined(yield* menuOf(stranger))
      yield* RichMenus.unlinkRichMenuIdFromUser({ userId: friend.userId })
      assert.isUndefined(yield* menuOf(friend))
      yield* RichMenus.linkRichMenuIdToUser({ userId: friend.userId, richMenuId })
      yield* RichMenus.deleteRichMenu({ richMenuId })
      assert.isUndefined(yield* menuOf(friend))
    }).pipe(Effect.provide(world))
  )

  it.effect("many users get and lose their menus a second later", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.Emulator
      const richMenuId = yield* complete()
      const users = [yield* line.addUser(), yield* line.addUser()]
      const userIds = users.map(({ userId }) => userId)
      yield* RichMenus.linkRichMenuIdToUsers({ richMenuId, userIds })
      assert.deepStrictEqual(yield* Effect.forEach(users, menuOf), [undefined, undefined])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* Effect.forEach(users, menuOf), [richMenuId, richMenuId])
      yield* RichMenus.unlinkRichMenuIdFromUsers({ userIds: userIds.slice(1) })
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* Effect.forEach(users, menuOf), [richMenuId, undefined])
    }).pipe(Effect.provide(world))
  )

  const linked = Effect.gen(function* () {
    const line = yield* Emulator.Emulator
    const menus = [yield* complete(), yield* complete(), yield* complete()] as const
    const users = [yield* line.addUser(), yield* line.addUser(), yield* line.addUser()] as const
    for (const [index, { userId }] of users.entries()) {
      yield* RichMenus.linkRichMenuIdToUser({ userId, richMenuId: menus[index] ?? "" })
    }
    return { menus, users }
  })

  it.effect("a batch takes two seconds, and is about the menus that users had before it", () =>
    Effect.gen(function* () {
      const {
        menus: [a, b, c],
        users
      } = yield* linked
      const { requestId } = yield* RichMenus.richMenuBatch({
        operations: [RichMenu.link({ from: a, to: b }), RichMenu.link({ from: b, to: c }), RichMenu.unlink({ from: c })]
      })
      const acceptedTime = "1970-01-01T00:00:00.000Z"
      assert.deepStrictEqual(yield* RichMenus.getRichMenuBatchProgress({ requestId }), {
        phase: "ongoing",
        acceptedTime
      })
      assert.deepStrictEqual(yield* Effect.forEach(users, menuOf), [a, b, c])
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(yield* Effect.forEach(users, menuOf), [b, c, undefined])
      const progress = yield* RichMenus.awaitBatch({ requestId })
      assert.deepStrictEqual(progress, { phase: "succeeded", acceptedTime, completedTime: "1970-01-01T00:00:02.000Z" })
      yield* TestClock.adjust("15 days")
      const error = yield* Effect.flip(RichMenus.getRichMenuBatchProgress({ requestId }))
      assert.deepInclude(error, { _tag: "LineNotFound" })
    }).pipe(Effect.provide(world))
  )

  it.effect("a batch unlinks all", () =>
    Effect.gen(function* () {
      const { users } = yield* linked
      yield* RichMenus.richMenuBatch({ operations: [RichMenu.unlinkAll] })
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(yield* Effect.forEach(users, menuOf), [undefined, undefined, undefined])
    }).pipe(Effect.provide(world))
  )

  it.effect("a batch fails if its menu is deleted meanwhile", () =>
    Effect.gen(function* () {
      const {
        menus: [a, b, c],
        users
      } = yield* linked
      const accepted = yield* RichMenus.richMenuBatch({ operations: [RichMenu.link({ from: a, to: b })] })
      yield* RichMenus.deleteRichMenu({ richMenuId: b })
      yield* TestClock.adjust("2 seconds")
      const error = yield* Effect.flip(RichMenus.awaitBatch(accepted))
      assert.deepInclude(error, { _tag: "LineRichMenuBatchFailed" })
      assert.deepStrictEqual(yield* Effect.forEach(users, menuOf), [a, undefined, c])
    }).pipe(Effect.provide(world))
  )

  it.effect("a batch under a known key passes over the users that were changed under it", () =>
    Effect.gen(function* () {
      const {
        menus: [a, b],
        users: [user]
      } = yield* linked
      const operations = [RichMenu.link({ from: a, to: b })]
      const { resumeRequestKey } = yield* RichMenus.richMenuBatch({ operations })
      yield* TestClock.adjust("2 seconds")
      yield* RichMenus.linkRichMenuIdToUser({ userId: user.userId, richMenuId: a })
      yield* RichMenus.richMenuBatch({ operations, resumeRequestKey })
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* menuOf(user), a)
      yield* TestClock.adjust("14 days")
      yield* RichMenus.richMenuBatch({ operations, resumeRequestKey })
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* menuOf(user), b)
    }).pipe(Effect.provide(world))
  )
})

const menuOf = ({ userId }: Emulator.User) =>
  RichMenus.getRichMenuIdOfUser({ userId }).pipe(
    Effect.map(({ richMenuId }) => richMenuId),
    Effect.catchTag("LineNotFound", () => Effect.succeed(undefined))
  )

const tab = (name: string, byte: number, other: string): RichMenus.DescribedMenu => ({
  menu: {
    ...menu,
    name,
    areas: [
      {
        bounds: { x: 0, y: 0, width: 1200, height: 405 },
        action: Action.richmenuswitch({ richMenuAliasId: other, data: other })
      }
    ]
  },
  image: png(1200, 405, byte),
  contentType: "image/png",
  aliases: [`tab-${name}`]
})

const first: RichMenus.Description<"a" | "b" | "old"> = {
  name: "shop",
  menus: { a: tab("a", 0, "tab-b"), b: tab("b", 0, "tab-a"), old: tab("old", 0, "tab-a") },
  default: "a"
}

/** `a` has changed, `b` has not, `old` is gone, and `c` is new. */
const second: RichMenus.Description<"a" | "b" | "c"> = {
  name: "shop",
  menus: { a: tab("a", 1, "tab-b"), b: tab("b", 0, "tab-a"), c: tab("c", 0, "tab-a") },
  default: "c"
}

/** What the channel has, with menus by their names instead of ids. */
const state = Effect.gen(function* () {
  const { richmenus } = yield* RichMenus.getRichMenuList()
  const { aliases } = yield* RichMenus.getRichMenuAliasList()
  const names = new Map(richmenus.map(({ name, richMenuId }) => [richMenuId, name]))
  const nameOf = (richMenuId: string | undefined) => names.get(richMenuId ?? "") ?? richMenuId
  const complete = yield* Effect.filter(richmenus, ({ richMenuId }) =>
    Effect.isSuccess(RichMenus.getRichMenuImage({ richMenuId }))
  )
  const defaultId = yield* RichMenus.getDefaultRichMenuId().pipe(
    Effect.map(({ richMenuId }) => richMenuId),
    Effect.catchTag("LineNotFound", () => Effect.succeed(undefined))
  )
  return {
    menus: richmenus.map(({ name }) => name).sort(),
    complete: complete.length,
    aliases: Object.fromEntries(aliases.map((alias) => [alias.richMenuAliasId, nameOf(alias.richMenuId)])),
    default: nameOf(defaultId)
  }
})

const formatted = ({ steps }: { readonly steps: ReadonlyArray<RichMenus.Step> }) => steps.map(RichMenus.formatStep)

const applied = <Name extends string>(described: RichMenus.Description<Name> | RichMenus.Plan<Name>) =>
  Transport.drive(RichMenus.apply(described))

/** A channel with menus made by hand, and with users who have them and others linked. */
const inhabited = Effect.gen(function* () {
  const line = yield* Emulator.Emulator
  const foreign = yield* complete({ name: "by hand" })
  yield* RichMenus.createRichMenuAlias({ richMenuAliasId: "by-hand", richMenuId: foreign })
  const { menus } = yield* RichMenus.apply(first)
  yield* RichMenus.apply({
    ...first,
    name: "other",
    menus: { a: { ...first.menus.a, aliases: [] } },
    default: undefined
  })
  const users = { a: yield* line.addUser(), old: yield* line.addUser(), foreign: yield* line.addUser() }
  yield* RichMenus.linkRichMenuIdToUser({ userId: users.a.userId, richMenuId: menus.a })
  yield* RichMenus.linkRichMenuIdToUser({ userId: users.old.userId, richMenuId: menus.old })
  yield* RichMenus.linkRichMenuIdToUser({ userId: users.foreign.userId, richMenuId: foreign })
  return { line, users, menus, foreign }
})

describe("plan and apply", () => {
  it.effect("bring an empty channel to what is described, and nothing a second time", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.Emulator
      const plan = yield* RichMenus.plan(first)
      assert.deepStrictEqual(formatted(plan), [
        "create menu a",
        "create menu b",
        "create menu old",
        "create alias tab-a of menu a",
        "create alias tab-b of menu b",
        "create alias tab-old of menu old",
        "make menu a the default"
      ])
      assert.strictEqual(plan.creations, 3)
      assert.deepStrictEqual((yield* state).menus, [])
      const { menus, steps } = yield* applied(plan)
      assert.deepStrictEqual(steps, plan.steps)
      const { aliases, complete, default: name, menus: names } = yield* state
      assert.match(names[0] ?? "", /^a \(line-effect shop\/a [0-9a-f]{32} [0-9a-f]{8}\)$/)
      assert.deepStrictEqual([complete, name, aliases["tab-b"]], [3, names[0], names[1]])
      assert.deepStrictEqual(yield* RichMenus.getRichMenuAlias({ richMenuAliasId: "tab-old" }), {
        richMenuAliasId: "tab-old",
        richMenuId: menus.old
      })
      const before = (yield* line.requests).length
      assert.deepStrictEqual(yield* applied(first), { menus, steps: [] })
      const again = (yield* line.requests).slice(before)
      assert.deepStrictEqual(
        again.map(({ operationId }) => operationId),
        ["getRichMenuList", "getRichMenuAliasList", "getDefaultRichMenuId"]
      )
    }).pipe(Effect.provide(world))
  )

  it.effect("replace what has changed, with the users of it, and touch nothing else", () =>
    Effect.gen(function* () {
      const { foreign, menus, users } = yield* inhabited
      const before = yield* state
      const plan = yield* RichMenus.plan(second)
      const [nameOfA, nameOfOld] = [before.aliases["tab-a"], before.aliases["tab-old"]]
      assert.deepStrictEqual(formatted(plan), [
        "create menu a, which has changed",
        "create menu c",
        "create alias tab-c of menu c",
        `switch alias tab-a to menu a from ${menus.a}`,
        `make menu c the default in place of ${menus.a}`,
        `delete alias tab-old of ${menus.old}`,
        `move users from ${menus.a} to menu a`,
        `delete ${menus.a}, it has changed: ${nameOfA}`,
        `delete ${menus.old}, it is no longer described: ${nameOfOld}`
      ])
      const after = yield* applied(plan)
      assert.notStrictEqual(after.menus.a, menus.a)
      assert.strictEqual(after.menus.b, menus.b)
      const now = yield* state
      const [a = "", b = "", c = ""] = ["tab-a", "tab-b", "tab-c"].map((alias) => now.aliases[alias])
      assert.deepStrictEqual(now, {
        menus: [a, b, c, "by hand", before.menus[0] ?? ""].sort(),
        complete: 5,
        aliases: { "by-hand": "by hand", "tab-a": a, "tab-b": b, "tab-c": c },
        default: c
      })
      assert.strictEqual(yield* menuOf(users.a), after.menus.a)
      assert.isUndefined(yield* menuOf(users.old))
      assert.strictEqual(yield* menuOf(users.foreign), foreign)
      assert.deepStrictEqual((yield* applied(second)).steps, [])
    }).pipe(Effect.provide(world))
  )

  it.effect("users may be left where they are", () =>
    Effect.gen(function* () {
      const { users } = yield* inhabited
      const { steps } = yield* applied({ ...second, moveUsers: false })
      assert.notInclude(
        steps.map(({ _tag }) => _tag),
        "MoveUsers"
      )
      assert.isUndefined(yield* menuOf(users.a))
    }).pipe(Effect.provide(world))
  )

  it.effect("the default follows its menu, and goes with it, though none is described", () =>
    Effect.gen(function* () {
      const { menus } = yield* applied(first)
      const changed = { ...second, menus: { a: second.menus.a }, default: undefined }
      assert.include(formatted(yield* RichMenus.plan(changed)), `make menu a the default in place of ${menus.a}`)
      const { menus: next } = yield* applied(changed)
      assert.deepStrictEqual(yield* RichMenus.getDefaultRichMenuId(), { richMenuId: next.a })
      const gone = { ...second, menus: { b: second.menus.b }, default: undefined }
      assert.include(formatted(yield* RichMenus.plan(gone)), `make no menu the default in place of ${next.a}`)
      yield* applied(gone)
      assert.deepInclude(yield* Effect.flip(RichMenus.getDefaultRichMenuId()), { _tag: "LineNotFound" })
    }).pipe(Effect.provide(world))
  )

  it.effect("a default of another channel is left alone, and is in the way of a described one", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.Emulator
      const forbidden = Emulator.Fault.respond(403, { message: "the richmenu is owned by another channel" })
      yield* line.fault(forbidden, { operation: "getDefaultRichMenuId", times: 2 })
      assert.strictEqual((yield* RichMenus.plan({ ...first, default: undefined })).creations, 3)
      assert.deepInclude(yield* Effect.flip(RichMenus.plan(first)), { _tag: "LineForbidden" })
    }).pipe(Effect.provide(world))
  )

  it.effect("an alias made by hand is switched if it is described", () =>
    Effect.gen(function* () {
      const richMenuId = yield* complete()
      yield* RichMenus.createRichMenuAlias({ richMenuAliasId: "tab-a", richMenuId })
      const { menus } = yield* applied(first)
      assert.deepInclude(yield* RichMenus.getRichMenuAlias({ richMenuAliasId: "tab-a" }), { richMenuId: menus.a })
      assert.deepInclude(yield* RichMenus.getRichMenu({ richMenuId }), { richMenuId })
    }).pipe(Effect.provide(world))
  )

  it.effect("what an apply that was killed has left is used if it is whole, and removed if it is not", () =>
    Effect.gen(function* () {
      const { menus } = yield* applied(first)
      const { richmenus } = yield* RichMenus.getRichMenuList()
      const [a, b] = [menus.a, menus.b].map((id) => richmenus.find(({ richMenuId }) => richMenuId === id))
      yield* RichMenus.createRichMenu({ ...menu, name: a?.name ?? "" })
      const whole = yield* complete({ name: b?.name ?? "" })
      yield* RichMenus.deleteRichMenuAlias({ richMenuAliasId: "tab-b" })
      yield* RichMenus.deleteRichMenu({ richMenuId: menus.b })
      const { menus: now, steps } = yield* applied(first)
      assert.strictEqual(now.b, whole)
      assert.deepStrictEqual(
        steps.map((step) => [step._tag, "reason" in step ? step.reason : undefined]),
        [
          ["CreateAlias", undefined],
          ["DeleteMenu", "unfinished"]
        ]
      )
    }).pipe(Effect.provide(world))
  )

  it.effect("of two menus that are the same the one that is shown stays", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.Emulator
      const { menus } = yield* applied(first)
      const { name } = yield* RichMenus.getRichMenu({ richMenuId: menus.b })
      const twin = yield* complete({ name })
      const user = yield* line.addUser()
      yield* RichMenus.linkRichMenuIdToUser({ userId: user.userId, richMenuId: twin })
      const { steps } = yield* applied(first)
      assert.deepStrictEqual(
        steps.map((step) => [step._tag, "reason" in step ? step.reason : undefined]),
        [
          ["MoveUsers", undefined],
          ["DeleteMenu", "duplicate"]
        ]
      )
      assert.strictEqual(yield* menuOf(user), menus.b)
    }).pipe(Effect.provide(world))
  )

  it.effect("the order of properties changes nothing, and all else does", () =>
    Effect.gen(function* () {
      yield* applied(first)
      const { b } = first.menus
      const { areas, chatBarText, name, selected, size } = b.menu
      const steps = (changed: Partial<RichMenus.DescribedMenu>) =>
        Effect.map(RichMenus.plan({ ...first, menus: { ...first.menus, b: { ...b, ...changed } } }), ({ steps }) =>
          steps.flatMap((step) => (step._tag === "CreateMenu" ? [step.reason] : []))
        )
      assert.deepStrictEqual(yield* steps({ menu: { chatBarText, areas, name, size, selected } }), [])
      assert.deepStrictEqual(yield* steps({ menu: { ...b.menu, selected: true } }), ["changed"])
      assert.deepStrictEqual(yield* steps({ menu: { ...b.menu, name: "renamed" } }), ["changed"])
      assert.deepStrictEqual(yield* steps({ image: png(1200, 405, 7) }), ["changed"])
      assert.deepStrictEqual(yield* steps({ contentType: "image/jpeg" }), ["changed"])
    }).pipe(Effect.provide(world))
  )

  it.effect("a plan that the channel has outrun is not carried out", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.Emulator
      const plan = yield* RichMenus.plan(second)
      yield* applied(first)
      const before = (yield* line.requests).length
      const error = yield* Effect.flip(applied(plan))
      assert.strictEqual(error._tag, "LinePlanOutdated")
      if (error._tag === "LinePlanOutdated") {
        assert.deepStrictEqual(error.plan, yield* RichMenus.plan(second))
      }
      const methods = (yield* line.requests).slice(before).map(({ method }) => method)
      assert.deepStrictEqual([...new Set(methods)], ["GET"])
    }).pipe(Effect.provide(world))
  )

  it.effect("more menus than an hour allows are not begun", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.Emulator
      const many = (count: number) =>
        Object.fromEntries(
          Array.from({ length: count }, (_, index) => [`menu-${index}`, { ...tab("t", 0, "t"), aliases: [] }])
        )
      const plan = yield* RichMenus.plan({ name: "many", menus: many(101) })
      assert.strictEqual(plan.creations, 101)
      const error = yield* Effect.flip(applied(plan))
      assert.deepInclude(error, { _tag: "LineTooManyCreations", creations: 101, possible: 100 })
      assert.include(error.message, "with all others described as they are")
      assert.lengthOf(
        (yield* line.requests).filter(({ method }) => method !== "GET"),
        0
      )
      assert.lengthOf((yield* applied({ name: "many", menus: many(100) })).steps, 100)
    }).pipe(Effect.provide(world))
  )

  it.effect("a channel has room for 1,000 menus, those included that are to be removed", () =>
    Effect.gen(function* () {
      for (let index = 0; index < 998; index++) yield* RichMenus.createRichMenu(menu)
      const error = yield* Effect.flip(applied(first))
      assert.deepInclude(error, { _tag: "LineTooManyCreations", creations: 3, possible: 2 })
    }).pipe(Effect.provide(world))
  )

  it.effect("a description that does not hold together is refused, with all that is wrong", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.Emulator
      const error = yield* Effect.flip(
        RichMenus.plan<string>({
          name: "no spaces",
          menus: {
            a: { ...first.menus.a, menu: { ...menu, name: "n".repeat(171) }, image: new Uint8Array(1024 * 1024 + 1) },
            b: { ...first.menus.b, menu: { ...menu, chatBarText: "c".repeat(15) }, aliases: ["tab-a", "tab-a"] },
            "no/slash": first.menus.b
          },
          default: "toString"
        })
      )
      assert.strictEqual(error._tag, "LineInvalidDescription")
      if (error._tag === "LineInvalidDescription") {
        assert.deepStrictEqual(
          error.issues.map(({ path }) => path),
          [
            "name",
            "menus.a.image",
            "menus.a.menu.name",
            "menus.b.menu.chatBarText",
            "menus.b.aliases[0]",
            "menus.b.aliases[1]",
            "menus.no/slash",
            "default"
          ]
        )
      }
      assert.lengthOf(yield* line.requests, 0)
    }).pipe(Effect.provide(world))
  )

  it.effect("a description is written as it is, and knows the names of its menus", () =>
    Effect.gen(function* () {
      const description = RichMenus.describe({
        name: "plain",
        menus: {
          a: {
            menu: {
              ...menu,
              areas: [{ bounds: { x: 0, y: 0, width: 1200, height: 405 }, action: { type: "message", text: "hello" } }]
            },
            image,
            contentType: "image/png"
          }
        },
        default: "a"
      })
      const { menus } = yield* applied(description)
      const id: string = menus.a
      assert.deepStrictEqual(yield* RichMenus.getDefaultRichMenuId(), { richMenuId: id })
      // @ts-expect-error: a name that is no menu's
      RichMenus.describe({ ...description, default: "b" })
      // @ts-expect-error: a menu that is not described
      assert.isUndefined(menus.b)
    }).pipe(Effect.provide(world))
  )

  it.effect("the longest names leave room for what is added to them", () =>
    Effect.gen(function* () {
      const name = "n".repeat(32)
      const { steps } = yield* applied({
        name,
        menus: { [name]: { ...first.menus.a, menu: { ...menu, name: "n".repeat(170) } } }
      })
      assert.lengthOf(steps, 2)
      assert.deepStrictEqual((yield* applied({ ...first, name: "empty", menus: {}, default: undefined })).steps, [])
    }).pipe(Effect.provide(world))
  )
})

/** What becomes of a request of an apply: it is the nth, and `perform` has LINE answer it. */
type Interference = (
  index: number,
  perform: ReturnType<HttpClient.HttpClient["execute"]>,
  request: HttpClientRequest.HttpClientRequest
) => ReturnType<HttpClient.HttpClient["execute"]>

/** What is created, and not repeated blindly. */
const sentOnce = ({ url }: HttpClientRequest.HttpClientRequest) =>
  ["/richmenu", "/content", "/alias"].some((end) => url.endsWith(end))

const lose = (request: HttpClientRequest.HttpClientRequest) =>
  new HttpClientError.RequestError({
    request,
    reason: "Transport",
    cause: Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" })
  })

/** The operation over a client whose requests are interfered with, and how many it has made. */
const interfering = <A, E>(operation: Effect.Effect<A, E, LineClient.LineClient>, interfere: Interference) =>
  Effect.gen(function* () {
    const line = yield* Emulator.Emulator
    const sent: Array<string> = []
    const httpClient = HttpClient.transform(line.httpClient, (perform, request) => {
      sent.push(`${request.method} ${new URL(request.url).pathname}`)
      return interfere(sent.length - 1, perform, request)
    })
    const result = yield* Effect.either(Transport.drive(operation)).pipe(Effect.provide(clientOf(line, httpClient)))
    return { result, sent }
  })

const interfered = (interfere: Interference) => interfering(RichMenus.apply(second), interfere)

interface Inhabited extends Effect.Effect.Success<typeof inhabited> {
  readonly before: Effect.Effect.Success<typeof state>
}

/** Runs a test for every request of an apply, each time on a world of its own that has {@link second} yet to come. */
const forEachRequest = <E>(
  test: (
    index: number,
    request: string,
    inhabited: Inhabited
  ) => Effect.Effect<void, E, Emulator.Emulator | LineClient.LineClient>
) =>
  Effect.gen(function* () {
    const { sent } = yield* Effect.provide(
      Effect.zipRight(
        inhabited,
        interfered((_, perform) => perform)
      ),
      world
    )
    assert.isAbove(sent.length, 15)
    for (const [index, request] of sent.entries()) {
      yield* Effect.gen(function* () {
        const known = yield* inhabited
        yield* test(index, request, { ...known, before: yield* state })
      }).pipe(Effect.provide(world))
    }
  })

/** Applies once more without interference, and checks that everything is as described. */
const recovers = (request: string, { before, users }: Inhabited) =>
  Effect.gen(function* () {
    const { menus } = yield* applied(second)
    const { aliases, complete, default: name, menus: names } = yield* state
    const described = ["tab-a", "tab-b", "tab-c"].map((alias) => aliases[alias] ?? "")
    assert.sameMembers(names, [...described, "by hand", before.menus[0] ?? ""], request)
    assert.deepStrictEqual([complete, name, aliases["tab-old"]], [5, described[2], undefined], request)
    assert.strictEqual(yield* menuOf(users.a), menus.a, request)
  })

/** The client of one apply, whose requests take their time on the way there and on the way back. */
const distant = (milliseconds: number) =>
  Effect.map(Emulator.Emulator, (line) => {
    const way = Effect.sleep(milliseconds)
    return clientOf(
      line,
      HttpClient.transform(line.httpClient, (perform) => Effect.zipLeft(Effect.zipRight(way, perform), way))
    )
  })

/** An apply that starts so much later, with a client that is so far away, and may be interrupted after a while. */
interface Rival {
  readonly start: number
  readonly way: number
  readonly end?: number
}

/** Runs applies of one description at the same time, and says of each whether it ended well, badly or not at all. */
const compete = (described: typeof second, rivals: ReadonlyArray<Rival>) =>
  Transport.drive(
    Effect.forEach(
      rivals,
      ({ end = Infinity, start, way }) =>
        Effect.gen(function* () {
          const client = yield* distant(way)
          yield* Effect.sleep(start)
          const apply = Effect.either(Effect.provide(RichMenus.apply(described), client))
          return yield* Effect.raceFirst(apply, Effect.as(Effect.sleep(end), undefined))
        }),
      { concurrency: "unbounded" }
    )
  )

/** Whether each alias leads to the menu that is described for it, and the default is that of the description. */
const isAsDescribed = ({ aliases, default: name }: Effect.Effect.Success<typeof state>) =>
  ["a", "b", "c"].every((menu) => aliases[`tab-${menu}`]?.includes(`(line-effect shop/${menu} `)) &&
  name === aliases["tab-c"]

describe("applies at the same time", () => {
  const channels = [
    ["an empty channel", Effect.void],
    ["a channel with an older version", inhabited]
  ] as const

  for (const [title, channel] of channels) {
    it.effect(`one of them brings ${title} to what is described`, () =>
      Effect.gen(function* () {
        yield* channel
        const outcomes = yield* compete(second, [
          { start: 0, way: 50 },
          { start: 0, way: 50 }
        ])
        const failures = outcomes.flatMap((outcome) =>
          outcome !== undefined && Either.isLeft(outcome) ? [outcome.left] : []
        )
        assert.lengthOf(failures, 1)
        const [error] = failures
        if (error?._tag !== "LineApplyFailed") return assert.fail(error?._tag)
        // It has taken back its own, and the other one may have been done by then.
        assert.include(["undone", "inPlace"], error.outcome)
        assert.deepStrictEqual(error.left, [])
        assert.strictEqual(error.cause._tag, "LineRichMenusDisturbed")
        assert.include(error.message, "apply again")
        assert.isTrue(isAsDescribed(yield* state))
        assert.deepStrictEqual((yield* applied(second)).steps, [])
      }).pipe(Effect.provide(world))
    )
  }

  const check = (channel: (typeof channels)[number][1], rivals: ReadonlyArray<Rival>) =>
    Effect.gen(function* () {
      const title = JSON.stringify(rivals)
      const before = yield* Effect.zipRight(channel, state)
      const outcomes = yield* compete(second, rivals)
      const now = yield* state
      // What was shown is shown, in one version or the other, and whoever says that it is as described is right.
      for (const name of ["tab-a", "tab-b"]) {
        if (before.aliases[name] !== undefined) assert.include(now.menus, now.aliases[name], `${title} ${name}`)
      }
      for (const target of Object.values(now.aliases)) assert.include(now.menus, target, title)
      for (const outcome of outcomes) {
        if (outcome !== undefined && Either.isLeft(outcome)) assert.include(outcome.left.message, "apply again", title)
      }
      const isOk = outcomes.some((outcome) => outcome !== undefined && Either.isRight(outcome))
      if (isOk) assert.isTrue(isAsDescribed(now), `${title} ${JSON.stringify(now)}`)
      yield* applied(second)
      const after = yield* state
      assert.isTrue(isAsDescribed(after), title)
      assert.lengthOf(
        after.menus.filter((name) => name.includes("line-effect shop/")),
        3,
        title
      )
      return isOk
    }).pipe(Effect.provide(world))

  for (const [title, channel] of channels) {
    it.effect(`none of them is wrong about ${title}, however they meet`, () =>
      Effect.gen(function* () {
        for (const way of [50, 80]) {
          for (let start = 70; start < 1500; start += 440) {
            const isOk = yield* check(channel, [
              { start: 0, way: 50 },
              { start, way }
            ])
            assert.isTrue(isOk, `${start} ${way}`)
          }
        }
      })
    )

    it.effect(`one that is interrupted takes nothing from the next on ${title}`, () =>
      Effect.gen(function* () {
        for (const start of [90, 410]) {
          for (let end = 540; end < 1800; end += 270) {
            yield* check(channel, [
              { start: 0, way: 50, end },
              { start, way: 50 }
            ])
          }
        }
      })
    )
  }
})

describe("an apply that is disturbed", () => {
  for (const isPerformed of [true, false]) {
    it.effect(`goes on when an answer is lost, and LINE has ${isPerformed ? "" : "not "}acted`, () =>
      forEachRequest((index, name, known) =>
        Effect.gen(function* () {
          const { result } = yield* interfered((at, perform, request) => {
            if (at !== index) return perform
            return isPerformed ? Effect.zipRight(perform, lose(request)) : lose(request)
          })
          assert.isTrue(Either.isRight(result), name)
          yield* recovers(name, known)
        })
      )
    )

    it.effect(`undoes what it did when it is interrupted, and LINE has ${isPerformed ? "" : "not "}acted`, () =>
      forEachRequest((index, name, known) =>
        Effect.gen(function* () {
          const line = yield* Emulator.Emulator
          const reached = yield* Deferred.make<void>()
          let count = 0
          const httpClient = HttpClient.transform(line.httpClient, (perform) => {
            if (count++ !== index) return perform
            const stop = Effect.zipRight(Deferred.succeed(reached, undefined), Effect.never)
            return isPerformed ? Effect.zipRight(perform, stop) : stop
          })
          const apply = Effect.provide(RichMenus.apply(second), clientOf(line, httpClient))
          yield* Transport.drive(Effect.raceFirst(apply, Deferred.await(reached)))
          const now = yield* state
          if (now.aliases["tab-c"] === undefined) assert.deepStrictEqual(now, known.before, name)
          else assert.notStrictEqual(now.aliases["tab-a"], known.before.aliases["tab-a"], name)
          yield* recovers(name, known)
        })
      )
    )
  }

  it.effect("undoes what it did when LINE refuses, or leaves what is in place", () =>
    Effect.gen(function* () {
      const outcomes = new Set<string>()
      yield* forEachRequest((index, name, known) =>
        Effect.gen(function* () {
          const { result } = yield* interfered((at, perform, request) =>
            at === index ? Effect.succeed(refused(request)) : perform
          )
          const error = Either.getOrThrow(Either.flip(result))
          const outcome = error._tag === "LineApplyFailed" ? error.outcome : error._tag
          outcomes.add(outcome)
          const now = yield* state
          if (outcome === "inPlace") assert.notStrictEqual(now.aliases["tab-a"], known.before.aliases["tab-a"], name)
          else assert.deepStrictEqual(now, known.before, name)
          yield* recovers(name, known)
        })
      )
      assert.deepStrictEqual([...outcomes], ["LineForbidden", "undone", "inPlace"])
    })
  )

  it.effect("loses nothing when LINE is gone for good, and says what it could not undo", () =>
    Effect.gen(function* () {
      const outcomes = new Set<string>()
      yield* forEachRequest((index, name, known) =>
        Effect.gen(function* () {
          const { result } = yield* interfered((at, perform, request) => (at >= index ? lose(request) : perform))
          const error = Either.getOrThrow(Either.flip(result))
          outcomes.add(error._tag === "LineApplyFailed" ? error.outcome : error._tag)
          if (error._tag === "LineApplyFailed" && error.outcome === "partlyUndone") {
            assert.isNotEmpty(error.left, name)
            assert.includeMembers((yield* state).menus, known.before.menus)
          }
          yield* recovers(name, known)
        })
      )
      assert.deepStrictEqual([...outcomes], ["LineNetworkError", "partlyUndone", "inPlace"])
    })
  )

  it.effect("does not delete a menu that an alias may lead to", () =>
    Effect.gen(function* () {
      const known = yield* inhabited
      let switched = 0
      const { result } = yield* interfered((_, perform, request) => {
        const isSwitch = request.method === "POST" && request.url.endsWith("/alias/tab-a")
        if (isSwitch) switched++
        if (request.method === "POST" && request.url.includes("/user/all/")) return Effect.succeed(refused(request))
        return isSwitch && switched > 1 ? Effect.succeed(refused(request)) : perform
      })
      const error = Either.getOrThrow(Either.flip(result))
      if (error._tag !== "LineApplyFailed") return assert.fail(error._tag)
      assert.strictEqual(error.outcome, "partlyUndone")
      assert.deepStrictEqual(
        error.left.map(({ _tag }) => _tag),
        ["CreateMenu", "CreateMenu", "SwitchAlias"]
      )
      assert.include(error.message, `switch alias tab-a to menu a from ${known.menus.a}; apply again`)
      const { richMenuId } = yield* RichMenus.getRichMenuAlias({ richMenuAliasId: "tab-a" })
      assert.deepInclude(yield* RichMenus.getRichMenu({ richMenuId }), { richMenuId })
    }).pipe(Effect.provide(world))
  )

  it.effect("does not create twice what it cannot look up", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* interfered((at, perform, request) => {
        if (request.method === "POST" && request.url.endsWith("/richmenu")) {
          return Effect.zipRight(perform, lose(request))
        }
        return at > 0 && request.url.endsWith("/richmenu/list") ? lose(request) : perform
      })
      assert.isTrue(Either.isLeft(result))
      assert.lengthOf(
        sent.filter((request) => request === "POST /v2/bot/richmenu"),
        1
      )
    }).pipe(Effect.provide(world))
  )

  it.effect("ends its undoing after a minute, and says what is left", () =>
    Effect.gen(function* () {
      const before = yield* Effect.zipRight(inhabited, state)
      // As a client that paces its calls waits for its turn.
      const apply = RichMenus.apply(second).pipe(
        Effect.provideService(LineClient.BeforeAttempt, ({ operationId }) =>
          operationId === "deleteRichMenu" ? Effect.never : Effect.void
        )
      )
      const { result } = yield* interfering(apply, (_, perform, request) =>
        request.method === "POST" && request.url.includes("/user/all/") ? Effect.succeed(refused(request)) : perform
      )
      const error = Either.getOrThrow(Either.flip(result))
      if (error._tag !== "LineApplyFailed") return assert.fail(error._tag)
      assert.strictEqual(error.outcome, "partlyUndone")
      assert.deepStrictEqual(
        error.left.map(({ _tag }) => _tag),
        ["CreateMenu", "CreateMenu"]
      )
      const now = yield* state
      assert.deepStrictEqual([now.aliases, now.default], [before.aliases, before.default])
    }).pipe(Effect.provide(world))
  )

  it.effect("advises to apply again only where that may help", () =>
    Effect.gen(function* () {
      const { result: lasting } = yield* interfering(RichMenus.apply(first), (_, perform, request) =>
        request.url.includes("/user/all/") && request.method === "POST" ? Effect.succeed(refused(request)) : perform
      )
      const { result: passing } = yield* interfering(RichMenus.apply(first), (_, perform, request) =>
        request.url.includes("/user/all/") && request.method === "POST" ? lose(request) : perform
      )
      const messages = [lasting, passing].map((result) => Either.getOrThrow(Either.flip(result)).message)
      assert.match(messages[0] ?? "", /\(the channel is as it was\)$/)
      assert.match(messages[1] ?? "", /\(the channel is as it was; apply again\)$/)
    }).pipe(Effect.provide(world))
  )

  it.effect("finds an alias whose id is that of the list, and menus whose names are empty or changed by LINE", () =>
    Effect.gen(function* () {
      const { a } = first.menus
      const description = RichMenus.describe({
        name: "shop",
        menus: { a: { ...a, menu: { ...a.menu, name: "" }, aliases: ["list"] } },
        default: "a"
      })
      const { result } = yield* interfering(RichMenus.apply(description), (at, perform, request) =>
        at > 2 && request.method === "POST" && sentOnce(request) ? Effect.zipRight(perform, lose(request)) : perform
      )
      const { menus } = Either.getOrThrow(result)
      const { richmenus } = yield* RichMenus.getRichMenuList()
      assert.lengthOf(richmenus, 1)
      assert.match(richmenus[0]?.name ?? "", /^\(line-effect shop\/a /)
      assert.deepStrictEqual(yield* RichMenus.getRichMenuAliasList(), {
        aliases: [{ richMenuAliasId: "list", richMenuId: menus.a }]
      })
      assert.deepStrictEqual((yield* applied(description)).steps, [])
      const error = yield* Effect.flip(RichMenus.getRichMenuAlias({ richMenuAliasId: "list" }))
      assert.strictEqual(error._tag, "LineInvalidResponse")
    }).pipe(Effect.provide(world))
  )

  it.effect("ends when the batch does not, and takes it up the next time", () =>
    Effect.gen(function* () {
      const { users } = yield* inhabited
      const hurried = RichMenus.apply(second, { deadline: "1 second" })
      const error = yield* Effect.flip(Transport.drive(hurried))
      if (error._tag !== "LineApplyFailed") return assert.fail(error._tag)
      assert.deepInclude(error, { outcome: "inPlace" })
      assert.strictEqual(error.cause._tag, "LineNotFinished")
      const { menus } = yield* applied(second)
      assert.strictEqual(yield* menuOf(users.a), menus.a)
    }).pipe(Effect.provide(world))
  )

  it.effect("keeps to the retries of its region of code", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* interfering(
        RichMenus.apply(first).pipe(Retry.withPolicy(Retry.none)),
        (_, perform, request) => (request.url.endsWith("/bot/richmenu") ? lose(request) : perform)
      )
      const error = Either.getOrThrow(Either.flip(result))
      assert.deepInclude(error, { _tag: "LineApplyFailed", outcome: "undone" })
      assert.lengthOf(
        sent.filter((request) => request === "POST /v2/bot/richmenu"),
        1
      )
    }).pipe(Effect.provide(world))
  )
})

const refused = (request: HttpClientRequest.HttpClientRequest) =>
  HttpClientResponse.fromWeb(
    request,
    new Response(JSON.stringify({ message: "no" }), { status: 403, headers: { "x-line-request-id": "refused" } })
  )
