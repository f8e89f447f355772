import { assert, describe, it } from "@effect/vitest"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Console from "effect/Console"
import * as Array from "effect/Array"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Emulator from "line-effect/Emulator"
import * as LineClient from "line-effect/LineClient"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as Retry from "line-effect/Retry"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

const rounds = 5
const perRound = 10_000
const fibers = 64

/** Every kind of fault there is, each of which a push can outlive. */
const faults: ReadonlyArray<Emulator.Fault> = [
  Emulator.Fault.serverError(),
  Emulator.Fault.serverError({ accept: "after", status: 503 }),
  Emulator.Fault.drop(),
  Emulator.Fault.drop({ accept: "after" }),
  Emulator.Fault.refuse,
  Emulator.Fault.delay("5 millis"),
  Emulator.Fault.delay("5 millis", { accept: "after" }),
  Emulator.Fault.rateLimited,
  Emulator.Fault.quotaExceeded,
  Emulator.Fault.respond(502, "<html>Bad gateway</html>", { accept: "after", headers: { "content-type": "text/html" } })
]

/** How often each has to happen, so that 30 of 100 requests meet one of them. */
const rate = 1 - 0.7 ** (1 / faults.length)

setFlagsFromString("--expose-gc")
const collect: () => void = runInNewContext("gc")

/** The heap in use, in MB. */
const heap = Effect.sync(() => {
  collect()
  return process.memoryUsage().heapUsed / 2 ** 20
})

/** As patient as it takes, and quick. */
const patient = Schedule.spaced("1 millis")

describe("a load", () => {
  it.scopedLive(
    `of ${rounds * perRound} pushes from ${fibers} fibers, of which 30 % of the requests fail, sends each message once`,
    () =>
      Effect.gen(function* () {
        const line = yield* Emulator.Emulator
        const { url } = yield* Emulator.serve()
        const client = LineClient.layer({
          channelAccessToken: line.channel.channelAccessToken,
          baseUrls: { api: url, data: url, manager: url },
          retry: patient
        }).pipe(Layer.provide(NodeHttpClient.layerUndici))

        const push = (to: string, text: string) =>
          Messaging.pushMessage({ to, messages: [Message.text(text)], retryKey: Retry.deriveKey(text) }).pipe(
            // A month's end is for the caller to wait for; the key is the same.
            Effect.retry({ while: ({ _tag }) => _tag === "LineQuotaExceeded", schedule: patient }),
            // An accepted attempt of before the month's end.
            Effect.catchTag("LineDuplicateRequest", () => Effect.void)
          )

        /** One round in a new world, after which it is empty again. Returns the heap then. */
        const round = (number: number) =>
          Effect.gen(function* () {
            const user = yield* line.addUser()
            for (const fault of faults) yield* line.fault(fault, { operation: "pushMessage", rate })
            const texts = Array.makeBy(perRound, (index) => `${number}/${index}`)
            const [duration] = yield* Effect.timed(
              Effect.forEach(texts, (text) => push(user.userId, text), { concurrency: fibers, discard: true })
            )
            const stored = (yield* line.messages(user)).map(({ message }) => String(message["text"]))
            assert.sameMembers(stored, texts)
            const requests = yield* line.requests
            const failed = requests.filter(({ status }) => status !== 200 && status !== 409)
            const full = yield* heap
            yield* line.reset
            const empty = yield* heap
            yield* Console.log(
              `round ${number}: ${perRound} pushes, each stored once, in ${Duration.toSeconds(duration).toFixed(1)} s; of the last ` +
                `${requests.length} requests ${Math.round((100 * failed.length) / requests.length)} % failed; ` +
                `heap ${full.toFixed(0)} MB, emptied ${empty.toFixed(0)} MB`
            )
            return empty
          })

        const heaps = yield* Effect.forEach(Array.range(1, rounds), round).pipe(Effect.provide(client))
        // What the first round has loaded and compiled stays.
        assert.isBelow(heaps.at(-1) ?? Infinity, 1.2 * (heaps[1] ?? 0), "the heap grows")
      }).pipe(Effect.provide(Emulator.layer({ seed: 30 }))),
    600_000
  )
})
