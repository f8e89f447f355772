import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import * as Chats from "line-effect/Chats"
import * as Emulator from "line-effect/Emulator"
import * as Emulated from "./support/Emulated.js"
import { limits, times } from "./support/Refusals.js"
import * as Transport from "./support/Transport.js"

const collect = <A, E, R>(stream: Stream.Stream<A, E, R>) =>
  Effect.map(Stream.runCollect(stream), (items) => [...items])

const ok = [Transport.answer(200)]

describe("groups and rooms", () => {
  for (const [call, path, answer] of [
    [
      Chats.getGroupSummary({ groupId: "Ca56" }),
      "/group/Ca56/summary",
      { groupId: "Ca56", groupName: "Group name", pictureUrl: "https://example.com/1" }
    ],
    [Chats.getGroupMemberCount({ groupId: "Ca56" }), "/group/Ca56/members/count", { count: 3 }],
    [Chats.getRoomMemberCount({ roomId: "Ra8d" }), "/room/Ra8d/members/count", { count: 3 }],
    [
      Chats.getGroupMemberProfile({ groupId: "Ca56", userId: "U4af" }),
      "/group/Ca56/member/U4af",
      { displayName: "LINE taro", userId: "U4af", pictureUrl: "https://example.com/1" }
    ],
    [
      Chats.getRoomMemberProfile({ roomId: "Ra8d", userId: "U4af" }),
      "/room/Ra8d/member/U4af",
      { displayName: "LINE taro", userId: "U4af" }
    ]
  ] as const) {
    it.effect(`are asked about at ${path}`, () =>
      Effect.gen(function* () {
        const { requests, result } = yield* Transport.run<unknown, unknown>(call, [Transport.answer(200, answer)])
        assert.deepStrictEqual(result, Either.right(answer))
        assert.deepStrictEqual(requests, [`GET /v2/bot${path}`])
      })
    )
  }

  it.effect("are left once: leaving is not repeated where the bot may have left", () =>
    Effect.gen(function* () {
      for (const [call, path] of [
        [Chats.leaveGroup({ groupId: "Ca56" }), "/v2/bot/group/Ca56/leave"],
        [Chats.leaveRoom({ roomId: "Ra8d" }), "/v2/bot/room/Ra8d/leave"]
      ] as const) {
        const { requests, result } = yield* Transport.run(call, [Transport.reset, Transport.answer(404)])
        assert.deepStrictEqual(requests, [`POST ${path}`])
        assert.strictEqual(Either.getOrThrow(Either.flip(result))._tag, "LineNetworkError")
      }
    })
  )
})

describe("members", () => {
  const pages = [
    Transport.answer(200, { memberIds: ["U1"], next: "jxEW" }),
    Transport.answer(200, { memberIds: [], next: "kyFX" }),
    Transport.answer(200, { memberIds: ["U2", "U3"] })
  ]

  for (const [of, members, path] of [
    ["a group", (start?: string) => Chats.groupMembers({ groupId: "Ca56", start }), "/v2/bot/group/Ca56/members/ids"],
    ["a room", (start?: string) => Chats.roomMembers({ roomId: "Ra8d", start }), "/v2/bot/room/Ra8d/members/ids"]
  ] as const) {
    it.effect(`of ${of} are those of all pages, also of short and empty ones`, () =>
      Effect.gen(function* () {
        const { requests, result } = yield* Transport.run(collect(members()), pages)
        assert.deepStrictEqual(result, Either.right(["U1", "U2", "U3"]))
        assert.deepStrictEqual(requests, [`GET ${path}`, `GET ${path}?start=jxEW`, `GET ${path}?start=kyFX`])
      })
    )

    it.effect(`of ${of} are asked for as they are needed, from where they are told to begin`, () =>
      Effect.gen(function* () {
        const { requests, result } = yield* Transport.run(collect(Stream.take(members("kyFX"), 1)), pages)
        assert.deepStrictEqual(result, Either.right(["U1"]))
        assert.deepStrictEqual(requests, [`GET ${path}?start=kyFX`])
      })
    )

    it.effect(`of ${of} are not found where the bot is not in it`, () =>
      Effect.gen(function* () {
        const { result } = yield* Transport.run(collect(members()), [Transport.answer(404, { message: "Not found" })])
        assert.strictEqual(Either.getOrThrow(Either.flip(result))._tag, "LineNotFound")
      })
    )
  }

  it.effect("of a large group come in pages of a hundred", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const users = yield* Effect.replicateEffect(emulator.addUser(), 250)
      const group = yield* emulator.addGroup({ members: users })
      yield* emulator.join(group)
      const members = yield* collect(Chats.groupMembers({ groupId: group.groupId }))
      assert.sameMembers(
        members,
        users.map(({ userId }) => userId)
      )
      const requests = yield* emulator.requests
      assert.lengthOf(
        requests.filter(({ operationId }) => operationId === "getGroupMembersIds"),
        3
      )
    }).pipe(Emulated.provide())
  )
})

describe("what a bot shows in a chat", () => {
  it.effect("is set, and set again through doubt", () =>
    Effect.gen(function* () {
      for (const [call, path, body] of [
        [
          Chats.showLoadingAnimation({ chatId: "U1", loadingSeconds: 5 }),
          "/v2/bot/chat/loading/start",
          '{"chatId":"U1","loadingSeconds":5}'
        ],
        [
          Chats.markMessagesAsReadByToken({ markAsReadToken: "30yhdy" }),
          "/v2/bot/chat/markAsRead",
          '{"markAsReadToken":"30yhdy"}'
        ],
        [Chats.markMessagesAsRead({ chat: { userId: "U1" } }), "/v2/bot/message/markAsRead", '{"chat":{"userId":"U1"}}']
      ] as const) {
        const { requests, result } = yield* Transport.run(call, [Transport.reset, ...ok])
        assert.deepStrictEqual(result, Either.right(undefined))
        assert.deepStrictEqual(requests, times(2, `POST ${path} ${body}`))
      }
    })
  )

  limits("a loading animation", Chats.ShowLoadingAnimationRequest, [
    {
      limit: "lasts 5 to 60 seconds in steps of 5",
      accepts: [{ chatId: "U1" }, { chatId: "U1", loadingSeconds: 5 }, { chatId: "U1", loadingSeconds: 60 }],
      refuses: [0, 4, 7, 65].map((loadingSeconds) => [{ chatId: "U1", loadingSeconds }, "loadingSeconds"] as const)
    },
    {
      limit: "is shown to a user",
      accepts: [],
      refuses: [
        [{ chatId: "" }, "chatId"],
        [{}, "chatId"]
      ]
    }
  ])
})
