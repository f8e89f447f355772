import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Audiences from "line-effect/Audiences"
import * as Emulator from "line-effect/Emulator"
import * as Multipart from "line-effect/emulator/Multipart"
import * as Upload from "line-effect/internal/Upload"
import * as LineClient from "line-effect/LineClient"
import type * as LineError from "line-effect/LineError"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as Recipient from "line-effect/Recipient"
import * as Retry from "line-effect/Retry"
import { astral, limits, times } from "./support/Refusals.js"
import * as Transport from "./support/Transport.js"
import { unknownMember } from "./support/Unknown.js"

const named = { description: "Guests" }
const user = { id: "U4af4980627" }
const file = new TextEncoder().encode("U4af4980627\n")

limits("an audience of ids", Audiences.CreateAudienceGroupRequest, [
  {
    limit: "has a name of 1 to 120 UTF-16 code units",
    accepts: [named, { description: "d".repeat(120) }, { description: astral.repeat(60) }, { description: " a " }],
    refuses: [
      [{}, "description"],
      [{ description: "" }, "description"],
      [{ description: "d".repeat(121) }, "description"],
      [{ description: astral.repeat(61) }, "description"]
    ]
  },
  {
    limit: "has a name without control characters and not of spaces alone",
    accepts: [{ description: "ผู้ฟัง 観客" }],
    refuses: [
      [{ description: "a\nb" }, "description"],
      [{ description: "a\u007f" }, "description"],
      [{ description: "   " }, "description"]
    ]
  },
  {
    limit: "has at most 10,000 ids, or none",
    accepts: [
      { ...named, audiences: [] },
      { ...named, audiences: times(10_000, user), isIfaAudience: true }
    ],
    refuses: [
      [{ ...named, audiences: times(10_001, user) }, "audiences"],
      [{ ...named, audiences: [user, { id: "" }] }, "audiences[1].id"]
    ]
  },
  {
    limit: "describes its upload in at most 300 UTF-16 code units",
    accepts: [
      { ...named, uploadDescription: "" },
      { ...named, uploadDescription: "u".repeat(300) }
    ],
    refuses: [[{ ...named, uploadDescription: "u".repeat(301) }, "uploadDescription"]]
  }
])

const one = { audienceGroupId: 4389303728991 }

limits("ids to add", Audiences.AddAudienceToAudienceGroupRequest, [
  {
    limit: "are 1 to 10,000",
    accepts: [
      { ...one, audiences: [user] },
      { ...one, audiences: times(10_000, user) }
    ],
    refuses: [
      [one, "audiences"],
      [{ ...one, audiences: [] }, "audiences"],
      [{ ...one, audiences: times(10_001, user) }, "audiences"],
      [{ audiences: [user] }, "audienceGroupId"],
      [{ audienceGroupId: 1.5, audiences: [user] }, "audienceGroupId"]
    ]
  }
])

limits("a file of ids to add", Audiences.AddUserIdsToAudienceRequest, [
  {
    limit: "is bytes or a stream of them",
    accepts: [
      { ...one, file },
      { ...one, file: Stream.make(file), uploadDescription: "u" }
    ],
    refuses: [
      [one, "file"],
      [{ ...one, file: "U4af4980627" }, "file"],
      [{ ...one, file, uploadDescription: "u".repeat(301) }, "uploadDescription"]
    ]
  }
])

limits("a file of ids", Audiences.CreateAudienceForUploadingUserIdsRequest, [
  {
    limit: "makes an audience with a name",
    accepts: [{ ...named, file, isIfaAudience: false }],
    refuses: [
      [{ file }, "description"],
      [named, "file"]
    ]
  }
])

const ofMessage = { ...named, requestId: "bb9744f9-47fa-4a29-941e-1234567890ab" }

limits("an audience of those who tapped a link", Audiences.CreateClickBasedAudienceGroupRequest, [
  {
    limit: "is of a message, and of one link in it or of any",
    accepts: [
      ofMessage,
      { ...ofMessage, clickUrl: "" },
      { ...ofMessage, clickUrl: `https://example.com/${"a".repeat(1980)}` }
    ],
    refuses: [
      [named, "requestId"],
      [{ ...ofMessage, requestId: "" }, "requestId"],
      [{ ...ofMessage, clickUrl: `https://example.com/${"a".repeat(1981)}` }, "clickUrl"]
    ]
  }
])

limits("an audience of those who saw a message", Audiences.CreateImpBasedAudienceGroupRequest, [
  { limit: "is of a message", accepts: [ofMessage], refuses: [[named, "requestId"]] }
])

limits("a new name", Audiences.UpdateAudienceGroupDescriptionRequest, [
  { limit: "is a name", accepts: [named], refuses: [[{ description: "\t" }, "description"]] }
])

const created = {
  audienceGroupId: 1234567890123,
  createRoute: "MESSAGING_API",
  type: "UPLOAD",
  description: "audienceGroupName_01",
  created: 1613698278,
  permission: "READ_WRITE",
  expireTimestamp: 1629250278,
  isIfaAudience: false
}

const uploaded = {
  audienceGroup: {
    audienceGroupId: 1234567890123,
    createRoute: "OA_MANAGER",
    type: "UPLOAD",
    description: "audienceGroupName_01",
    status: "READY",
    audienceCount: 1887,
    created: 1608617466,
    permission: "READ",
    isIfaAudience: false,
    expireTimestamp: 1624342266
  },
  jobs: [
    {
      audienceGroupJobId: 12345678,
      audienceGroupId: 1234567890123,
      description: "audience_list.txt",
      type: "DIFF_ADD",
      status: "FINISHED",
      failedType: null,
      audienceCount: 0,
      created: 1608617472,
      jobStatus: "FINISHED"
    }
  ]
}

const appEvent = {
  audienceGroup: {
    audienceGroupId: 2345678909876,
    createRoute: "AD_MANAGER",
    type: "APP_EVENT",
    description: "audienceGroupName_03",
    status: "READY",
    audienceCount: 8619,
    created: 1608619802,
    permission: "READ",
    activated: 1610068515,
    inactiveTimestamp: 1625620516,
    isIfaAudience: false
  },
  jobs: [],
  adaccount: { name: "Ad Account Name" }
}

const shared = {
  audienceGroup: {
    audienceGroupId: 1234567890123,
    createRoute: "BUSINESS_MANAGER",
    type: "WEBTRAFFIC",
    description: "Web traffic audience",
    status: "READY",
    audienceCount: 0,
    created: 1668179144,
    permission: "READ",
    isIfaAudience: true,
    webtraffic: {
      webtrafficIsMyTag: false,
      webtrafficBmTagSharingStatus: "SHARED",
      webtrafficIsTagDeleted: false,
      webtrafficTagCreateRoute: "OA_MANAGER",
      webtrafficVisitType: "URL_MATCHING",
      webtrafficRetentionDays: 30,
      webtrafficMatchingType: "NORMAL",
      webtrafficTagId: "01234567-8901-2345-6789-012345678901",
      webtrafficConditionGroup: [{ conditionType: "CONTAIN", keywords: ["shop"] }],
      webtrafficTagOwnerName: "LINE Developers (@linedevelopers)"
    }
  },
  jobs: [],
  owner: { serviceType: "bm", id: "0123456789ABCDEFGHIJKLMNOP", name: "LINE Developers" }
}

/** The data of an audience, as far as a waiter looks at it. */
const data = (
  status: string,
  jobs: ReadonlyArray<{ readonly jobStatus: string; readonly description?: string | null }> = [],
  failedType?: string | null
) =>
  Transport.answer(200, {
    audienceGroup: { ...uploaded.audienceGroup, status, ...(failedType === undefined ? {} : { failedType }) },
    jobs: jobs.map((job, index) => ({ audienceGroupJobId: index, ...job }))
  })

const found = <A, E>(result: Either.Either<A, E>): A => Either.getOrThrowWith(result, (error) => error)

const failure = <A, E>(result: Either.Either<A, E>): E => Either.getOrThrow(Either.flip(result))

describe("on the wire", () => {
  const creations: Readonly<
    Record<string, Effect.Effect<Audiences.CreatedAudienceGroup, LineError.LineError, LineClient.LineClient>>
  > = {
    createAudienceGroup: Audiences.createAudienceGroup({ ...named, audiences: [user] }),
    createAudienceForUploadingUserIds: Audiences.createAudienceForUploadingUserIds({ ...named, file }),
    createClickBasedAudienceGroup: Audiences.createClickBasedAudienceGroup(ofMessage),
    createImpBasedAudienceGroup: Audiences.createImpBasedAudienceGroup(ofMessage)
  }

  for (const [operation, create] of Object.entries(creations)) {
    it.effect(`${operation} makes one audience: a lost answer is not followed by another request`, () =>
      Effect.gen(function* () {
        const made = yield* Transport.run(create, [Transport.answer(202, created)])
        assert.deepStrictEqual<unknown>(made.result, Either.right(created))
        for (const step of [Transport.reset, Transport.hang, Transport.answer(500)]) {
          const { result, sent } = yield* Transport.run(create, [step])
          assert.isTrue(failure(result).ambiguous)
          assert.lengthOf(sent, 1)
        }
      })
    )
  }

  const harmless: Readonly<Record<string, Effect.Effect<void, LineError.LineError, LineClient.LineClient>>> = {
    "PUT https://api.line.me/v2/bot/audienceGroup/upload": Audiences.addAudienceToAudienceGroup({
      ...one,
      audiences: [user]
    }),
    "PUT https://api-data.line.me/v2/bot/audienceGroup/upload/byFile": Audiences.addUserIdsToAudience({ ...one, file }),
    "PUT https://api.line.me/v2/bot/audienceGroup/4389303728991/updateDescription":
      Audiences.updateAudienceGroupDescription({ ...one, ...named }),
    "DELETE https://api.line.me/v2/bot/audienceGroup/4389303728991": Audiences.deleteAudienceGroup(one)
  }

  for (const [address, call] of Object.entries(harmless)) {
    it.effect(`${address} is repeated through doubt`, () =>
      Effect.gen(function* () {
        const { result, sent } = yield* Transport.run(call, [
          Transport.reset,
          Transport.answer(500),
          Transport.answer(202)
        ])
        assert.deepStrictEqual(result, Either.void)
        assert.deepStrictEqual(
          sent.map(({ method, url }) => `${method} ${url}`),
          times(3, address)
        )
      })
    )
  }

  it.effect("the operations that upload ids have at least 30 seconds", () =>
    Effect.gen(function* () {
      const limitOf = <A>(call: Effect.Effect<A, LineError.LineError, LineClient.LineClient>) =>
        Effect.map(Transport.run(call, [Transport.hang]), ({ result }) => {
          const error = failure(result)
          return error._tag === "LineTimeout" ? error.milliseconds : assert.fail(error._tag)
        })
      for (const [operation, create] of Object.entries(creations)) {
        assert.strictEqual(yield* limitOf(create), /Based/.test(operation) ? 10_000 : 30_000, operation)
      }
      assert.strictEqual(yield* limitOf(Audiences.addAudienceToAudienceGroup({ ...one, audiences: [user] })), 30_000)
      assert.strictEqual(yield* limitOf(Audiences.addUserIdsToAudience({ ...one, file })), 30_000)
    })
  )

  it.effect("a body has what is given, and what is in the path is nowhere else", () =>
    Effect.gen(function* () {
      const click = { ...ofMessage, clickUrl: "https://developers.line.biz/" }
      const { sent } = yield* Transport.run(
        Effect.all([
          Audiences.createAudienceGroup({ ...named, isIfaAudience: true, audiences: [user] }),
          Audiences.createClickBasedAudienceGroup(click)
        ]),
        [Transport.answer(202, created)]
      )
      assert.deepStrictEqual(
        sent.map(({ body }) => JSON.parse(body ?? "")),
        [{ ...named, isIfaAudience: true, audiences: [user] }, click]
      )
      const renamed = yield* Transport.run(Audiences.updateAudienceGroupDescription({ ...one, ...named }), [
        Transport.answer(200)
      ])
      assert.strictEqual(renamed.sent[0]?.body, JSON.stringify(named))
    })
  )

  it.effect("a file goes as a part of a form, with the fields that are set", () =>
    Effect.gen(function* () {
      const { sent } = yield* Transport.run(
        Audiences.createAudienceForUploadingUserIds({
          description: "来賓",
          isIfaAudience: false,
          uploadDescription: undefined,
          file
        }),
        [Transport.answer(202, created)]
      )
      const { body = "", headers = {}, url } = sent[0] ?? {}
      assert.strictEqual(url, "https://api-data.line.me/v2/bot/audienceGroup/upload/byFile")
      const form = yield* Effect.promise(() => new Response(body, { headers }).formData())
      const part = form.get("file")
      if (!(part instanceof File)) return assert.fail("no file")
      assert.strictEqual(part.type, "text/plain")
      assert.strictEqual(yield* Effect.promise(() => part.text()), "U4af4980627\n")
      assert.deepStrictEqual(
        [...form].filter(([name]) => name !== "file"),
        [
          ["description", "来賓"],
          ["isIfaAudience", "false"]
        ]
      )
    })
  )

  it.effect("an audience is read as LINE documents it", () =>
    Effect.gen(function* () {
      const read = (step: unknown) => Transport.run(Audiences.getAudienceData(one), [Transport.answer(200, step)])
      for (const example of [uploaded, appEvent]) {
        assert.deepStrictEqual<unknown>((yield* read(example)).result, Either.right(example))
      }
      const { result, sent } = yield* Transport.run(Audiences.getSharedAudienceData(one), [
        Transport.answer(200, shared)
      ])
      assert.deepStrictEqual<unknown>(result, Either.right(shared))
      assert.strictEqual(sent[0]?.url, "https://api.line.me/v2/bot/audienceGroup/shared/4389303728991")
    })
  )

  it.effect("what is new about an audience is unknown, what is absent is absent, and what is null is null", () =>
    Effect.gen(function* () {
      const { jobs: _, ...alone } = uploaded
      const { result } = yield* Transport.run(Audiences.getAudienceData(one), [
        Transport.answer(200, {
          audienceGroup: {
            ...uploaded.audienceGroup,
            type: "DREAM",
            status: "DREAMING",
            createRoute: "PILLOW",
            permission: "WISH",
            failedType: null
          },
          jobs: [{ audienceGroupJobId: 1, jobStatus: "PAUSED", description: null, failedType: "NIGHTMARE" }]
        })
      ])
      const { audienceGroup, jobs } = found(result)
      assert.deepInclude<unknown>(audienceGroup, {
        type: unknownMember("DREAM"),
        status: unknownMember("DREAMING"),
        createRoute: unknownMember("PILLOW"),
        permission: unknownMember("WISH"),
        failedType: null
      })
      assert.deepStrictEqual<unknown>(jobs, [
        {
          audienceGroupJobId: 1,
          jobStatus: unknownMember("PAUSED"),
          description: null,
          failedType: unknownMember("NIGHTMARE")
        }
      ])
      const bare = yield* Transport.run(Audiences.getAudienceData(one), [Transport.answer(200, alone)])
      assert.deepStrictEqual(found(bare.result).jobs, [])
    })
  )

  const page = (ids: ReadonlyArray<number>, hasNextPage: boolean) =>
    Transport.answer(200, {
      audienceGroups: ids.map((audienceGroupId) => ({ ...uploaded.audienceGroup, audienceGroupId })),
      hasNextPage,
      totalCount: 3,
      readWriteAudienceGroupTotalCount: 0,
      size: 40,
      page: 1
    })

  it.effect("a list names its page, its size and its conditions", () =>
    Effect.gen(function* () {
      const own = yield* Transport.run(
        Audiences.getAudienceGroups({
          page: 2,
          description: "a b",
          status: "READY",
          size: 40,
          includesExternalPublicGroups: false,
          createRoute: "OA_MANAGER"
        }),
        [page([], false)]
      )
      assert.strictEqual(
        own.sent[0]?.url,
        "https://api.line.me/v2/bot/audienceGroup/list?page=2&description=a+b&status=READY&size=40" +
          "&includesExternalPublicGroups=false&createRoute=OA_MANAGER"
      )
      const shared = yield* Transport.run(
        Audiences.getSharedAudienceGroups({ createRoute: "BUSINESS_MANAGER", includesOwnedAudienceGroups: true }),
        [page([], false)]
      )
      assert.strictEqual(
        shared.sent[0]?.url,
        "https://api.line.me/v2/bot/audienceGroup/shared/list?createRoute=BUSINESS_MANAGER" +
          "&includesOwnedAudienceGroups=true"
      )
      const all = yield* Transport.run(Audiences.getSharedAudienceGroups(), [page([], false)])
      assert.strictEqual(new URL(all.sent[0]?.url ?? "").search, "")
    })
  )

  it.effect("a list has pages from 1 on, of 1 to 40, and known conditions", () =>
    Effect.gen(function* () {
      const wrong: ReadonlyArray<readonly [path: string, request: object]> = [
        ["page", {}],
        ["page", { page: 0 }],
        ["size", { page: 1, size: 0 }],
        ["size", { page: 1, size: 41 }],
        ["status", { page: 1, status: "DONE" }],
        ["createRoute", { page: 1, createRoute: "BUSINESS_MANAGER" }]
      ]
      for (const [path, request] of wrong) {
        const { result, sent } = yield* Transport.run(Audiences.getAudienceGroups(request as { page: number }), [
          page([], false)
        ])
        const error = failure(result)
        if (error._tag !== "LineInvalidRequest") return assert.fail(error._tag)
        assert.deepStrictEqual(
          error.issues.map((issue) => issue.path),
          [path]
        )
        assert.lengthOf(sent, 0)
      }
    })
  )

  const lists: Readonly<
    Record<
      string,
      (request?: {
        readonly page?: number
        readonly status?: "READY"
      }) => Stream.Stream<Audiences.AudienceGroup, LineError.LineError, LineClient.LineClient>
    >
  > = { audienceGroups: Audiences.audienceGroups, sharedAudienceGroups: Audiences.sharedAudienceGroups }

  for (const [name, list] of Object.entries(lists)) {
    it.effect(`${name} go through pages, short and empty ones too, as they are needed`, () =>
      Effect.gen(function* () {
        const script = [page([1], true), page([], true), page([2, 3], false)]
        const all = yield* Transport.run(Stream.runCollect(list({ status: "READY" })), script)
        assert.deepStrictEqual(
          [...found(all.result)].map(({ audienceGroupId }) => audienceGroupId),
          [1, 2, 3]
        )
        assert.deepStrictEqual(
          all.sent.map(({ url }) => new URL(url).search),
          [1, 2, 3].map((page) => `?page=${page}&status=READY`)
        )
        assert.lengthOf((yield* Transport.run(Stream.runHead(list()), script)).sent, 1)
        const later = yield* Transport.run(Stream.runDrain(list({ page: 7 })), [page([1], false)])
        assert.deepStrictEqual(
          later.sent.map(({ url }) => new URL(url).search),
          ["?page=7"]
        )
      })
    )
  }
})

describe("a wait", () => {
  const ready = Audiences.awaitReady(one)
  const added = Audiences.awaitAdded({ ...one, uploadDescription: "today" })

  it.effect("for an audience ends when it is ready, and passes over what passes", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* Transport.run(ready, [
        data("IN_PROGRESS"),
        data("ACTIVATING"),
        data("DREAMING"),
        Transport.answer(429),
        data("READY", [{ jobStatus: "FAILED" }])
      ])
      assert.strictEqual(found(result).audienceGroup.status, "READY")
      assert.isAtLeast(sent.length, 5)
    })
  )

  it.effect("for an audience that cannot be used says why", () =>
    Effect.gen(function* () {
      for (const [status, failedType, message] of [
        ["FAILED", "INTERNAL_ERROR", "FAILED (INTERNAL_ERROR)"],
        ["FAILED", "NIGHTMARE", "FAILED (NIGHTMARE)"],
        ["FAILED", undefined, "FAILED (no reason given)"],
        ["EXPIRED", null, "EXPIRED"],
        ["INACTIVE", undefined, "INACTIVE"]
      ] as const) {
        const { result, sent } = yield* Transport.run(ready, [data(status, [], failedType)])
        const error = failure(result)
        if (error._tag !== "LineAudienceUnusable") return assert.fail(error._tag)
        assert.deepStrictEqual<unknown>(
          [error.status, error.failedType],
          [status, failedType === "NIGHTMARE" ? unknownMember(failedType) : failedType]
        )
        assert.strictEqual(error.message, `audience 1234567890123 cannot be used: ${message}`)
        assert.lengthOf(sent, 1)
      }
    })
  )

  it.effect("asks soon at first, then once a minute, and for 6 hours", () =>
    Effect.gen(function* () {
      const transport = Transport.make([data("IN_PROGRESS")])
      const wait = yield* Effect.fork(Effect.flip(Effect.provide(ready, Transport.client(transport))))
      for (let hour = 0; hour < 6; hour++) yield* TestClock.adjust("1 hour")
      const error = yield* Fiber.join(wait)
      if (error._tag !== "LineNotFinished") return assert.fail(error._tag)
      assert.strictEqual(error.waited, Duration.toMillis("6 hours"))
      const times = transport.sent.map(({ at }) => at)
      const waits = times.slice(1).map((at, index) => at - (times[index] ?? 0))
      assert.deepStrictEqual(waits.slice(0, 3), [5000, 7500, 11_250])
      assert.strictEqual(waits.at(-1), 60_000)
      assert.strictEqual(Math.max(...waits), 60_000)
    })
  )

  it.effect("asks when it is told to, and for as long", () =>
    Effect.gen(function* () {
      const options = { schedule: Schedule.spaced("1 second"), deadline: "10 seconds" } as const
      const { result, sent } = yield* Transport.run(Audiences.awaitReady(one, options), [data("IN_PROGRESS")])
      assert.strictEqual(failure(result)._tag, "LineNotFinished")
      assert.lengthOf(sent, 11)
    })
  )

  it.effect("for an audience that LINE does not know ends at once", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* Transport.run(ready, [
        Transport.answer(400, {
          message: "audience group not found",
          details: [{ message: "AUDIENCE_GROUP_NOT_FOUND" }]
        })
      ])
      assert.deepInclude<unknown>(failure(result), {
        _tag: "LineBadRequest",
        details: [{ message: "AUDIENCE_GROUP_NOT_FOUND", property: undefined }]
      })
      assert.lengthOf(sent, 1)
    })
  )

  it.effect("for an upload ends when its jobs are finished and the audience is ready", () =>
    Effect.gen(function* () {
      const other = { jobStatus: "FAILED", description: "yesterday" }
      const job = (jobStatus: string) => ({ jobStatus, description: "today" })
      const { result, sent } = yield* Transport.run(added, [
        data("READY", [other]),
        data("READY", [other, job("QUEUED")]),
        data("READY", [other, job("FINISHED"), job("WORKING")]),
        data("READY", [other, job("PAUSED")]),
        data("IN_PROGRESS", [other, job("FINISHED")]),
        data("READY", [other, job("FINISHED")])
      ])
      assert.lengthOf(found(result).jobs, 2)
      assert.lengthOf(sent, 6)
    })
  )

  it.effect("for an upload that failed, or to an audience that cannot be used, fails", () =>
    Effect.gen(function* () {
      const job = { jobStatus: "FAILED", description: "today", failedType: "INTERNAL_ERROR" }
      const failed = failure((yield* Transport.run(added, [data("READY", [job])])).result)
      if (failed._tag !== "LineAudienceNotAdded") return assert.fail(failed._tag)
      assert.strictEqual(failed.job.failedType, "INTERNAL_ERROR")
      assert.include(failed.message, "job 0 has added nobody: INTERNAL_ERROR")
      const expired = failure((yield* Transport.run(added, [data("EXPIRED")])).result)
      assert.strictEqual(expired._tag, "LineAudienceUnusable")
    })
  )

  it.effect("for an upload that was added again under another description passes over the one that failed", () =>
    Effect.gen(function* () {
      const failed = { jobStatus: "FAILED", description: "today" }
      const again = Audiences.awaitAdded({ ...one, uploadDescription: "today, again" })
      const { result, sent } = yield* Transport.run(again, [
        data("READY", [failed]),
        data("READY", [failed, { jobStatus: "FINISHED", description: "today, again" }])
      ])
      assert.lengthOf(found(result).jobs, 2)
      assert.lengthOf(sent, 2)
    })
  )
})

const clientOf = (line: Emulator.Service, options: Partial<LineClient.Options> = {}) =>
  LineClient.layer({ channelAccessToken: line.channel.channelAccessToken, ...options })

const world = <A, E>(
  test: (line: Emulator.Service) => Effect.Effect<A, E, LineClient.LineClient>,
  options: Emulator.Options = {}
) =>
  Effect.gen(function* () {
    const line = yield* Emulator.make(options)
    const client = Layer.provide(clientOf(line), Layer.succeed(HttpClient.HttpClient, line.httpClient))
    return yield* Effect.provide(test(line), client)
  }).pipe(Effect.scoped)

const idOf = (index: number): string => `U${index.toString(16).padStart(32, "0")}`

const ids = (count: number, from = 0): ReadonlyArray<Audiences.Audience> =>
  Array.from({ length: count }, (_, index) => ({ id: idOf(from + index) }))

const linesOf = (audiences: ReadonlyArray<Audiences.Audience>): string => audiences.map(({ id }) => `${id}\n`).join("")

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const stateOf = (request: { readonly audienceGroupId: number }) =>
  Effect.map(Audiences.getAudienceData(request), ({ audienceGroup: { audienceCount, status }, jobs }) => [
    status,
    audienceCount,
    ...jobs.map(({ audienceCount, jobStatus }) => `${String(jobStatus)} ${audienceCount}`)
  ])

const codes = <A>(call: Effect.Effect<A, LineError.LineError, LineClient.LineClient>) =>
  Effect.map(Effect.flip(call), (error) =>
    "details" in error ? [error._tag, error.lineMessage, ...error.details] : assert.fail(error.message)
  )

const code = (message: string, said = message, property?: string) => ["LineBadRequest", said, { message, property }]

/** Sends what the client would refuse. */
const raw = (
  line: Emulator.Service,
  method: "GET" | "POST" | "PUT",
  path: string,
  body: unknown = "",
  contentType = "application/json"
) => {
  const [pathname = "", query] = path.split("?")
  return line
    .handle({
      host: path.endsWith("byFile") ? "data" : "api",
      method,
      path: `/v2/bot/audienceGroup/${pathname}`,
      query: new URLSearchParams(query),
      headers: {
        authorization: `Bearer ${Redacted.value(line.channel.channelAccessToken)}`,
        "content-type": contentType
      },
      body: bytes(typeof body === "string" ? body : JSON.stringify(body))
    })
    .pipe(Effect.map(({ body, status }) => ({ status, ...JSON.parse(String(body)) })))
}

describe("the emulator", () => {
  it.effect("makes an audience of ids in two seconds", () =>
    world(() =>
      Effect.gen(function* () {
        const made = yield* Audiences.createAudienceGroup({
          ...named,
          uploadDescription: "guests.txt",
          audiences: [...ids(3), ...ids(1)]
        })
        assert.deepInclude(made, {
          type: "UPLOAD",
          description: "Guests",
          createRoute: "MESSAGING_API",
          permission: "READ_WRITE",
          created: 0,
          expireTimestamp: 15_552_000,
          isIfaAudience: false
        })
        const states = []
        for (let second = 0; second < 3; second++) {
          states.push(yield* stateOf(made))
          yield* TestClock.adjust("1 second")
        }
        assert.deepStrictEqual(states, [
          ["IN_PROGRESS", 0, "QUEUED 0"],
          ["IN_PROGRESS", 0, "WORKING 0"],
          ["READY", 3, "FINISHED 3"]
        ])
        const { audienceGroup, jobs } = yield* Audiences.awaitReady(made)
        assert.deepInclude(audienceGroup, made)
        assert.deepInclude(jobs[0], { description: "guests.txt", failedType: null, type: "DIFF_ADD", created: 0 })
      })
    )
  )

  it.effect("keeps an audience ready while ids are added", () =>
    world(() =>
      Effect.gen(function* () {
        const made = yield* Audiences.createAudienceGroup({ ...named, audiences: ids(2) })
        yield* TestClock.adjust("2 seconds")
        yield* Audiences.addAudienceToAudienceGroup({ ...made, audiences: ids(2, 1) })
        yield* Audiences.addUserIdsToAudience({
          ...made,
          uploadDescription: "more",
          file: bytes(`\n${linesOf(ids(2, 2)).replaceAll("\n", "\r\n")}  `)
        })
        assert.deepStrictEqual(yield* stateOf(made), ["READY", 2, "FINISHED 2", "QUEUED 0", "QUEUED 0"])
        const { jobs } = yield* Transport.drive(Audiences.awaitAdded({ ...made, uploadDescription: "more" }))
        assert.deepStrictEqual(
          jobs.map(({ description }) => description),
          [null, null, "more"]
        )
        assert.deepStrictEqual(yield* stateOf(made), ["READY", 4, "FINISHED 2", "FINISHED 2", "FINISHED 2"])
      })
    )
  )

  it.effect("has an empty audience wait for ids", () =>
    world(() =>
      Effect.gen(function* () {
        const made = yield* Audiences.createAudienceGroup(named)
        yield* TestClock.adjust("1 day")
        assert.deepStrictEqual(yield* stateOf(made), ["IN_PROGRESS", 0])
        yield* Audiences.addAudienceToAudienceGroup({ ...made, audiences: ids(1), uploadDescription: "first" })
        yield* Transport.drive(Audiences.awaitAdded({ ...made, uploadDescription: "first" }))
        assert.deepStrictEqual(yield* stateOf(made), ["READY", 1, "FINISHED 1"])
      })
    )
  )

  it.effect("works on 10 uploads to an audience at once, and lists the last 50", () =>
    world(() =>
      Effect.gen(function* () {
        const made = yield* Audiences.createAudienceGroup({ ...named, audiences: ids(1) })
        const other = yield* Audiences.createAudienceGroup(named)
        const add = (request: { readonly audienceGroupId: number }, uploadDescription = "") =>
          Audiences.addAudienceToAudienceGroup({ ...request, uploadDescription, audiences: ids(1) })
        yield* Effect.replicateEffect(add(made), 9, { discard: true })
        const refused = yield* Effect.flip(Retry.withPolicy(add(made), Retry.none))
        assert.strictEqual(refused._tag, "LineRateLimited")
        yield* add(other)
        for (let round = 0; round < 5; round++) {
          yield* TestClock.adjust("1 minute")
          yield* Effect.replicateEffect(add(made, `round ${round}`), 10, { discard: true })
        }
        const { jobs } = yield* Audiences.getAudienceData(made)
        assert.lengthOf(jobs, 50)
        assert.deepStrictEqual([jobs[0]?.description, jobs[49]?.description], ["round 0", "round 4"])
      })
    )
  )

  it.effect("tells how many are in an audience of devices from 20 on, and takes their ids for it alone", () =>
    world(() =>
      Effect.gen(function* () {
        const devices = Array.from({ length: 20 }, (_, index) => ({
          id: `${index.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`
        }))
        const made = yield* Audiences.createAudienceGroup({
          ...named,
          isIfaAudience: true,
          audiences: devices.slice(0, 19)
        })
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual(yield* stateOf(made), ["READY", 0, "FINISHED 19"])
        yield* Audiences.addAudienceToAudienceGroup({ ...made, audiences: devices })
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual(yield* stateOf(made), ["READY", 20, "FINISHED 19", "FINISHED 20"])
        const format = "UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT"
        assert.deepStrictEqual(
          yield* codes(Audiences.addAudienceToAudienceGroup({ ...made, audiences: ids(1) })),
          code(format, "Invalid audience id format", "audiences")
        )
      })
    )
  )

  it.effect("makes an audience of a message that was sent, of everybody who got it", () =>
    world((line) =>
      Effect.gen(function* () {
        const [user] = yield* Effect.all([line.addUser(), line.addUser(), line.addUser()])
        const messages = [Message.text("hello")] as const
        const broadcast = yield* Messaging.broadcast({ messages })
        const narrowcast = yield* Messaging.narrowcast({ messages })
        const click = { ...broadcast, ...named, clickUrl: "https://example.com/" }
        const imp = { requestId: narrowcast.requestId, ...named }
        assert.deepStrictEqual(yield* codes(Audiences.createImpBasedAudienceGroup(imp)), code("REQUEST_NOT_FOUND"))
        yield* TestClock.adjust("2 seconds")
        const seen = yield* Audiences.createImpBasedAudienceGroup(imp)
        const clicked = yield* Audiences.createClickBasedAudienceGroup(click)
        assert.deepInclude(seen, { type: "IMP", requestId: narrowcast.requestId })
        assert.deepInclude(clicked, { type: "CLICK", requestId: broadcast.requestId, clickUrl: click.clickUrl })
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual(yield* stateOf(seen), ["READY", 0])

        const taken = code("AUDIENCE_GROUP_REQUESTID_DUPLICATE")
        assert.deepStrictEqual(yield* codes(Audiences.createImpBasedAudienceGroup(imp)), taken)
        assert.deepStrictEqual(yield* codes(Audiences.createClickBasedAudienceGroup(click)), taken)
        yield* Audiences.createClickBasedAudienceGroup({ ...broadcast, ...named, clickUrl: "" })
        assert.deepStrictEqual(yield* codes(Audiences.createClickBasedAudienceGroup({ ...broadcast, ...named })), taken)
        yield* Messaging.narrowcast({ messages, recipient: Recipient.audience(clicked.audienceGroupId) })
        yield* TestClock.adjust("2 seconds")
        assert.lengthOf(yield* line.messages(user), 3)

        const push = yield* Messaging.pushMessage({ to: user.userId, messages })
        assert.deepStrictEqual(
          yield* codes(Audiences.createImpBasedAudienceGroup({ ...push, ...named })),
          code("REQUEST_NOT_FOUND")
        )
        yield* TestClock.adjust("61 days")
        assert.deepStrictEqual(
          yield* codes(Audiences.createImpBasedAudienceGroup({ ...broadcast, ...named })),
          code("TOO_OLD_MESSAGES")
        )
        assert.deepStrictEqual(
          yield* codes(Audiences.addAudienceToAudienceGroup({ ...seen, audiences: ids(1) })),
          code("AUDIENCE_GROUP_NOT_FOUND", "audience group not found")
        )
      })
    )
  )

  it.effect("demands as many of an audience of a message as of a narrowcast, and of one of ids nobody", () =>
    world(
      (line) =>
        Effect.gen(function* () {
          const users = yield* Effect.replicateEffect(line.addUser(), 3)
          const messages = [Message.text("hello")] as const
          const { requestId } = yield* Messaging.broadcast({ messages })
          const few = yield* Audiences.createImpBasedAudienceGroup({ ...named, requestId })
          const guests = yield* Audiences.createAudienceGroup({
            ...named,
            audiences: users.slice(0, 2).map(({ userId }) => ({ id: userId }))
          })
          yield* TestClock.adjust("1 day")
          assert.deepStrictEqual(yield* stateOf(few), ["IN_PROGRESS", 0])
          const narrowcast = (recipient: Recipient.Recipient) =>
            Effect.gen(function* () {
              const receipt = yield* Messaging.narrowcast({ messages, recipient })
              yield* TestClock.adjust("2 seconds")
              const { errorCode, successCount } = yield* Messaging.getNarrowcastProgress(receipt)
              return errorCode ?? { successCount }
            })
          const audience = Recipient.audience(guests.audienceGroupId)
          assert.deepStrictEqual(yield* narrowcast(audience), { successCount: 2 })
          assert.deepStrictEqual(yield* narrowcast(Recipient.not(audience)), { successCount: 1 })
          const { requestId: earlier } = yield* Messaging.narrowcast({ messages, recipient: audience })
          yield* TestClock.adjust("2 seconds")
          assert.strictEqual(yield* narrowcast(Recipient.or([audience, Recipient.redelivery(earlier)])), 2)
        }),
      { narrowcastMinimum: { reach: 0, recipients: 50 } }
    )
  )

  it.effect("sends a narrowcast to the friends in an audience that is ready", () =>
    world((line) =>
      Effect.gen(function* () {
        const [guest, stranger, other] = yield* Effect.all([
          line.addUser(),
          line.addUser({ friend: false }),
          line.addUser()
        ])
        const { audienceGroupId } = yield* Audiences.createAudienceGroup({
          ...named,
          audiences: [{ id: guest.userId }, { id: stranger.userId }, ...ids(1)]
        })
        const send = Messaging.narrowcast({
          messages: [Message.text("hello")],
          recipient: Recipient.audience(audienceGroupId)
        })
        assert.deepStrictEqual(yield* codes(send), ["LineBadRequest", `Invalid audience group id: ${audienceGroupId}`])
        yield* TestClock.adjust("2 seconds")
        assert.strictEqual((yield* Audiences.getAudienceData({ audienceGroupId })).audienceGroup.audienceCount, 3)
        yield* send
        yield* TestClock.adjust("2 seconds")
        const counts = yield* Effect.forEach([guest, stranger, other], (user) =>
          Effect.map(line.messages(user), ({ length }) => length)
        )
        assert.deepStrictEqual(counts, [1, 0, 0])
        yield* Audiences.deleteAudienceGroup({ audienceGroupId })
        assert.strictEqual((yield* Effect.flip(send))._tag, "LineBadRequest")
      })
    )
  )

  it.effect("lets an audience expire after 180 days, and forgets it a month later", () =>
    world(() =>
      Effect.gen(function* () {
        const made = yield* Audiences.createAudienceGroup({ ...named, audiences: ids(1) })
        yield* TestClock.adjust("180 days")
        assert.deepStrictEqual(yield* stateOf(made), ["EXPIRED", 1, "FINISHED 1"])
        assert.strictEqual((yield* Effect.flip(Audiences.awaitReady(made)))._tag, "LineAudienceUnusable")
        assert.deepStrictEqual(
          yield* codes(Audiences.addUserIdsToAudience({ ...made, file: bytes(idOf(1)) })),
          code("AUDIENCE_GROUP_CAN_NOT_UPLOAD_STATUS_EXPIRED")
        )
        yield* TestClock.adjust("30 days")
        assert.deepStrictEqual(
          yield* codes(Audiences.getAudienceData(made)),
          code("AUDIENCE_GROUP_NOT_FOUND", "audience group not found")
        )
        assert.strictEqual((yield* Audiences.getAudienceGroups({ page: 1 })).totalCount, 0)
      })
    )
  )

  it.effect("renames and deletes an audience, and knows no other", () =>
    world(() =>
      Effect.gen(function* () {
        const made = yield* Audiences.createAudienceGroup(named)
        yield* Audiences.updateAudienceGroupDescription({ ...made, description: "Friends" })
        assert.strictEqual((yield* Audiences.getAudienceData(made)).audienceGroup.description, "Friends")
        yield* Audiences.deleteAudienceGroup(made)
        for (const call of [
          Audiences.getAudienceData(made),
          Audiences.deleteAudienceGroup(made),
          Audiences.updateAudienceGroupDescription({ ...made, ...named }),
          Audiences.addUserIdsToAudience({ ...made, file: bytes(idOf(1)) }),
          Audiences.getSharedAudienceData(made)
        ]) {
          assert.deepStrictEqual(
            yield* codes<unknown>(call),
            code("AUDIENCE_GROUP_NOT_FOUND", "audience group not found")
          )
        }
      })
    )
  )

  it.effect("has at most 1,000 audiences", () =>
    world(
      () =>
        Effect.gen(function* () {
          const create = Audiences.createAudienceGroup(named)
          const made = yield* Effect.replicateEffect(create, 1000)
          assert.deepStrictEqual(yield* codes(create), code("AUDIENCE_GROUP_COUNT_MAX_OVER"))
          yield* Audiences.deleteAudienceGroup({ audienceGroupId: made[0]?.audienceGroupId ?? 0 })
          yield* create
        }),
      { rateLimits: false }
    )
  )

  it.effect("lists audiences, the newest first, of any of the conditions", () =>
    world(() =>
      Effect.gen(function* () {
        for (const description of ["Guests of May", "Guests of June", "Friends"]) {
          yield* Audiences.createAudienceGroup({ description, audiences: description === "Friends" ? ids(1) : [] })
        }
        yield* TestClock.adjust("2 seconds")
        const list = (request: Audiences.AudienceGroupsRequest = {}) =>
          Effect.map(Stream.runCollect(Audiences.audienceGroups(request)), (audiences) =>
            [...audiences].map(({ description }) => description)
          )
        const all = ["Friends", "Guests of June", "Guests of May"]
        assert.deepStrictEqual(yield* list(), all)
        assert.deepStrictEqual(yield* list({ size: 1 }), all)
        assert.deepStrictEqual(yield* list({ size: 1, page: 3 }), all.slice(2))
        assert.deepStrictEqual(yield* list({ description: "of JUNE" }), ["Guests of June"])
        assert.deepStrictEqual(yield* list({ description: "may", status: "READY" }), ["Friends", "Guests of May"])
        assert.deepStrictEqual(yield* list({ status: "EXPIRED" }), [])
        assert.deepStrictEqual(yield* list({ createRoute: "MESSAGING_API" }), all)
        assert.deepStrictEqual(yield* list({ createRoute: "OA_MANAGER" }), [])
        const { audienceGroups: _, ...page } = yield* Audiences.getAudienceGroups({ page: 2, size: 2 })
        assert.deepStrictEqual<unknown>(page, {
          hasNextPage: false,
          totalCount: 3,
          readWriteAudienceGroupTotalCount: 3,
          page: 2,
          size: 2
        })
        const shared = (request: Audiences.SharedAudienceGroupsRequest) =>
          Effect.map(Stream.runCollect(Audiences.sharedAudienceGroups(request)), ({ length }) => length)
        assert.deepStrictEqual(yield* shared({}), 0)
        assert.deepStrictEqual(yield* shared({ includesOwnedAudienceGroups: true, size: 1 }), 3)
      })
    )
  )

  it.effect("gives every audience once, however many fit on a page", () =>
    Effect.promise(() =>
      FastCheck.assert(
        FastCheck.asyncProperty(FastCheck.nat(50), FastCheck.integer({ min: 1, max: 40 }), (total, size) =>
          world(
            () =>
              Effect.gen(function* () {
                const made = yield* Effect.replicateEffect(Audiences.createAudienceGroup(named), total)
                const listed = yield* Stream.runCollect(Audiences.audienceGroups({ size }))
                assert.deepStrictEqual(
                  [...listed].map(({ audienceGroupId }) => audienceGroupId),
                  made.map(({ audienceGroupId }) => audienceGroupId).reverse()
                )
              }),
            { rateLimits: false }
          ).pipe(Effect.runPromise)
        ),
        { numRuns: 20, seed: 12 }
      )
    )
  )

  const format = "UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT"

  it.effect("refuses what is wrong with an audience by LINE's codes", () =>
    world((line) =>
      Effect.gen(function* () {
        const refusals: ReadonlyArray<readonly [body: object, code: string, message?: string, property?: string]> = [
          [{}, "AUDIENCE_GROUP_NAME_EMPTY"],
          [{ description: "  " }, "AUDIENCE_GROUP_NAME_EMPTY"],
          [{ description: "a\nb" }, "AUDIENCE_GROUP_NAME_WRONG"],
          [{ description: "d".repeat(121) }, "AUDIENCE_GROUP_NAME_SIZE_OVER", "size over audienceGroupName"],
          [{ ...named, uploadDescription: "u".repeat(301) }, "AUDIENCE_GROUP_UPLOAD_DESCRIPTION_SIZE_OVER"],
          [{ ...named, audiences: ids(10_001) }, "UPLOAD_AUDIENCE_GROUP_TOO_MANY_AUDIENCE_IDS"],
          [{ ...named, audiences: [{}] }, format, "Invalid audience id format", "audiences"],
          [{ ...named, audiences: [{ id: "C1" }] }, format, "Invalid audience id format", "audiences"]
        ]
        for (const [body, code, message = code, property] of refusals) {
          assert.deepStrictEqual(yield* raw(line, "POST", "upload", body), {
            status: 400,
            message,
            details: [{ message: code, ...(property === undefined ? {} : { property }) }]
          })
        }
        assert.deepInclude(yield* raw(line, "PUT", "upload", { audienceGroupId: 1 }), {
          message: "UPLOAD_AUDIENCE_GROUP_NO_VALID_AUDIENCE_IDS"
        })
        assert.deepInclude(yield* raw(line, "PUT", "upload", { audienceGroupId: 1, audiences: [] }), {
          message: "UPLOAD_AUDIENCE_GROUP_NO_VALID_AUDIENCE_IDS"
        })
        assert.deepInclude(yield* raw(line, "POST", "upload", { description: 5 }), {
          message: "The property, 'description', in the request body is invalid (line: -, column: -)"
        })
        assert.deepInclude(yield* raw(line, "POST", "imp", named), {
          details: [{ message: "May not be empty", property: "requestId" }]
        })
        assert.strictEqual((yield* Audiences.getAudienceGroups({ page: 1 })).totalCount, 0)
      })
    )
  )

  it.effect("refuses what is wrong with a file", () =>
    world((line) =>
      Effect.gen(function* () {
        const upload = (file: string) =>
          codes(Audiences.createAudienceForUploadingUserIds({ ...named, file: bytes(file) }))
        assert.deepStrictEqual(yield* upload(" \n\n"), code("UPLOAD_AUDIENCE_GROUP_NO_VALID_AUDIENCE_IDS"))
        assert.deepStrictEqual(yield* upload(`${linesOf(ids(3))}U4af4980627...\n`), code(format, format, "file"))
        assert.deepStrictEqual(yield* upload("U\n".repeat(1_500_000)), code(format, format, "file"))
        assert.deepStrictEqual(
          yield* upload("U\n".repeat(1_500_001)),
          code("UPLOAD_AUDIENCE_GROUP_TOO_MANY_AUDIENCE_IDS")
        )
        const form = (type: string, head: string) =>
          raw(line, "POST", "upload/byFile", `--b\r\n${head}\r\n\r\n${idOf(1)}\r\n--b--\r\n`, type)
        const disposition = 'Content-Disposition: form-data; name="file"'
        const multipart = "multipart/form-data; boundary=b"
        const refused = yield* Effect.all([
          form("application/json", disposition),
          form("multipart/form-data; boundary=c", disposition),
          form(multipart, `${disposition}\r\nContent-Type: text/csv`),
          form(multipart, `${disposition}\r\nContent-Type: text/plain; charset=utf-8`)
        ])
        assert.deepStrictEqual(
          refused.map(({ message, status }) => [status, message]),
          [
            [415, "The content type, application/json, is not supported"],
            [415, "The content type, multipart/form-data; boundary=c, is not supported"],
            [415, "The content type, text/csv, is not supported"],
            [400, "AUDIENCE_GROUP_NAME_EMPTY"]
          ]
        )
        assert.strictEqual((yield* Audiences.getAudienceGroups({ page: 1 })).totalCount, 0)
      })
    )
  )

  it.effect("refuses what is wrong with a list", () =>
    world((line) =>
      Effect.gen(function* () {
        const refused = yield* Effect.forEach(
          [
            "list",
            "list?page=a",
            "list?page=0",
            "list?page=1&size=41",
            "list?page=1&status=DONE",
            "shared/list?size=41"
          ],
          (path) => raw(line, "GET", path)
        )
        assert.deepStrictEqual(
          refused.map(({ details, message, status }) => [status, message, details]),
          [
            [400, "The value for the 'page' parameter is invalid", undefined],
            [400, "The value for the 'page' parameter is invalid", undefined],
            [400, "page: must be greater than or equal to 1", [{ message: "TOO_LOW" }]],
            [400, "size: must be less than or equal to 40", [{ message: "TOO_HIGH" }]],
            [400, "The value for the 'status' parameter is invalid", undefined],
            [400, "size: must be less than or equal to 40", [{ message: "TOO_HIGH" }]]
          ]
        )
      })
    )
  )
})

it("a form arrives as it was written, whatever its fields and its file are", () => {
  const chunks = FastCheck.array(FastCheck.uint8Array({ maxLength: 40 }), { maxLength: 5 })
  FastCheck.assert(
    FastCheck.property(FastCheck.string({ unit: "binary" }), chunks, (description, chunks) => {
      const file = new Uint8Array(Buffer.concat(chunks))
      const body = Either.getOrThrow(Upload.multipart({ description, uploadDescription: undefined, file }))
      if (body._tag !== "Uint8Array") return assert.fail(body._tag)
      assert.deepStrictEqual(
        Multipart.parse(body.contentType, body.body)?.map(({ bytes, name }) => [name, [...bytes]]),
        [
          ["description", [...bytes(description)]],
          ["file", [...file]]
        ]
      )
      assert.isUndefined(Multipart.parse(body.contentType, body.body.subarray(0, -4)))
      assert.isUndefined(Multipart.parse("text/plain", body.body))
    }),
    { seed: 12 }
  )
})

/** So many ids as a stream, a thousand in each chunk. */
const streamOf = (count: number): Stream.Stream<Uint8Array> =>
  Stream.range(0, count / 1000 - 1).pipe(Stream.map((chunk) => bytes(linesOf(ids(1000, chunk * 1000)))))

describe("a file as a stream", () => {
  const transports: Readonly<Record<string, Layer.Layer<HttpClient.HttpClient>>> = {
    "NodeHttpClient.layerUndici": NodeHttpClient.layerUndici,
    "NodeHttpClient.layer": NodeHttpClient.layer,
    "FetchHttpClient.layer": FetchHttpClient.layer
  }

  for (const [name, transport] of Object.entries(transports)) {
    // On a test clock, which no socket waits for: the limits of time are not what this is about.
    const served = <A, E>(test: (line: Emulator.Service) => Effect.Effect<A, E, LineClient.LineClient>) =>
      Effect.gen(function* () {
        const line = yield* Emulator.Emulator
        const { url } = yield* Emulator.serve()
        const client = clientOf(line, { baseUrls: { api: url, data: url } })
        return yield* Effect.provide(test(line), Layer.provide(client, transport))
      }).pipe(Effect.provide(Emulator.layer()))

    it.scoped(`goes over the wire, however large it is (${name})`, () =>
      served(() =>
        Effect.gen(function* () {
          const made = yield* Audiences.createAudienceForUploadingUserIds({ ...named, file: streamOf(100_000) })
          yield* Audiences.addUserIdsToAudience({ ...made, file: streamOf(120_000) })
          yield* TestClock.adjust("2 seconds")
          assert.deepStrictEqual(yield* stateOf(made), ["READY", 120_000, "FINISHED 100000", "FINISHED 120000"])
        })
      )
    )

    it.scoped(`that fails makes the call fail, and no audience (${name})`, () =>
      served((line) =>
        Effect.gen(function* () {
          class Unreadable extends Data.TaggedError("Unreadable")<{ readonly line: string }> {}
          const file = Stream.concat(streamOf(50_000), Stream.fail(new Unreadable({ line: idOf(1) })))
          const error = yield* Effect.flip(Audiences.createAudienceForUploadingUserIds({ ...named, file }))
          if (error._tag !== "LineInvalidRequest") return assert.fail(error._tag)
          assert.deepStrictEqual(error.issues, [{ path: "file", message: "the file could not be read: Unreadable" }])
          assert.isFalse(error.ambiguous)
          assert.strictEqual((yield* Audiences.getAudienceGroups({ page: 1 })).totalCount, 0)
          assert.lengthOf(yield* line.requests, 1)
        })
      )
    )
  }

  /** A file of chunks that the test gives, and that tells the test when it is asked for one. */
  const given = Effect.gen(function* () {
    const asked = yield* Queue.unbounded<void>()
    const chunks = yield* Queue.unbounded<Exit.Exit<Uint8Array, Option.Option<never>>>()
    const next = Effect.zipRight(Queue.offer(asked, undefined), Effect.flatten(Queue.take(chunks)))
    return {
      file: Stream.repeatEffectOption(next),
      asked: Queue.take(asked),
      give: (chunk: Exit.Exit<Uint8Array, Option.Option<never>>) => chunks.offer(chunk)
    }
  })

  it.effect("is not cut off while it moves, however slowly", () =>
    world(() =>
      Effect.gen(function* () {
        const { asked, file, give } = yield* given
        const upload = yield* Effect.fork(Audiences.createAudienceForUploadingUserIds({ ...named, file }))
        for (const { id } of ids(10)) {
          yield* asked
          yield* TestClock.adjust("29 seconds")
          yield* give(Exit.succeed(bytes(`${id}\n`)))
        }
        yield* asked
        yield* give(Exit.fail(Option.none()))
        const made = yield* Fiber.join(upload)
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual(yield* stateOf(made), ["READY", 10, "FINISHED 10"])
      })
    )
  )

  it.effect("is cut off once it stands still", () =>
    world((line) =>
      Effect.gen(function* () {
        const { asked, file, give } = yield* given
        const create = Audiences.createAudienceForUploadingUserIds({ ...named, file })
        const upload = yield* Effect.fork(Effect.flip(create))
        yield* asked
        yield* TestClock.adjust("20 seconds")
        yield* give(Exit.succeed(bytes(idOf(1))))
        yield* asked
        yield* TestClock.adjust("29 seconds")
        assert.isTrue(Option.isNone(yield* Fiber.poll(upload)))
        yield* TestClock.adjust("1 second")
        const error = yield* Fiber.join(upload)
        assert.deepInclude<unknown>(error, { _tag: "LineTimeout", milliseconds: 30_000, ambiguous: true })
        assert.lengthOf(yield* line.requests, 0)
      })
    )
  )

  it.effect("is read anew for each attempt", () =>
    world((line) =>
      Effect.gen(function* () {
        let runs = 0
        const counted = Stream.execute(Effect.sync(() => runs++))
        const made = yield* Audiences.createAudienceGroup(named)
        yield* line.fault(Emulator.Fault.serverError())
        yield* Audiences.addUserIdsToAudience({ ...made, file: Stream.concat(counted, streamOf(1000)) }).pipe(
          Retry.withPolicy(Schedule.recurs(1))
        )
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual([runs, ...(yield* stateOf(made))], [2, "READY", 1000, "FINISHED 1000"])
      })
    )
  )
})
