import { assert, describe, it } from "@effect/vitest"
import * as Console from "effect/Console"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Emulator from "line-effect/Emulator"
import { fork } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const kills = 50
const writers = 8

const program = fileURLToPath(new URL("./bot.ts", import.meta.url))

const start = (parameters: ReadonlyArray<string>) =>
  Effect.promise(async () => {
    const child = fork(program, parameters, {
      execArgv: ["--import", "tsx"],
      stdio: ["ignore", "inherit", "inherit", "ipc"]
    })
    const ended = once(child, "exit").then(() => assert.fail("the bot did not start"))
    const [{ port }] = (await Promise.race([once(child, "message"), ended])) as [AddressInfo]
    return { child, url: `http://127.0.0.1:${port}` }
  })

describe("a bot with an inbox in a file", () => {
  it.scopedLive(
    `answers every event once, through ${kills} kills`,
    () =>
      Effect.gen(function* () {
        const folder = yield* Effect.acquireRelease(
          Effect.sync(() => mkdtempSync(join(tmpdir(), "line-effect-"))),
          (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
        )
        const line = yield* Emulator.make({ rateLimits: false })
        const { url } = yield* Emulator.serve().pipe(Effect.provideService(Emulator.Emulator, line))
        const { channelAccessToken, channelSecret } = line.channel
        const parameters = [
          join(folder, "inbox"),
          url,
          Redacted.value(channelAccessToken),
          Redacted.value(channelSecret)
        ]
        const users = yield* Effect.replicateEffect(line.addUser(), writers)
        const said = new Map<string, Array<string>>(users.map(({ userId }) => [userId, []]))
        let number = 0
        let redeliveries = 0
        const progress = { isLast: false }
        /** Opened when a bot listens; closed again when it is killed. */
        let listens = yield* Deferred.make<void>()
        const acknowledged = yield* Queue.unbounded<void>()

        /** Says one thing after the other; what the bot did not acknowledge, LINE delivers again once it is back. */
        const write = (user: Emulator.User) =>
          Effect.gen(function* () {
            while (!progress.isLast) {
              yield* Deferred.await(listens)
              const text = `message ${number++}`
              said.get(user.userId)?.push(text)
              let delivery = yield* line.say(user, text)
              while (delivery.outcome._tag !== "Answered" || delivery.outcome.status !== 200) {
                yield* Deferred.await(listens)
                redeliveries++
                delivery = yield* line.redeliver(delivery)
              }
              // The network doubles some of what was acknowledged, too.
              if (number % 5 === 0) yield* line.redeliver(delivery)
              yield* Queue.offer(acknowledged, undefined)
            }
          })

        const writing = yield* Effect.forkAll(users.map(write))
        for (let round = 0; round <= kills; round++) {
          const { child, url } = yield* start(parameters)
          yield* line.setWebhook(url)
          yield* Deferred.succeed(listens, undefined)
          const count = yield* Random.nextIntBetween(1, 40)
          yield* Effect.replicateEffect(Queue.take(acknowledged), count, { discard: true })
          if (round === kills) {
            progress.isLast = true
            yield* Fiber.join(writing)
            // As many answers as questions; one too many would be among them.
            for (const user of users) {
              const texts = said.get(user.userId) ?? []
              yield* line.awaitMessages(user, 2 * texts.length - 1)
            }
          } else {
            listens = yield* Deferred.make<void>()
          }
          const exited = once(child, "exit")
          child.kill("SIGKILL")
          yield* Effect.promise(() => exited)
        }

        for (const user of users) {
          const messages = yield* line.messages(user)
          const answers = messages.flatMap(({ from, message }) => (from === user.userId ? [] : [message["text"]]))
          const expected = (said.get(user.userId) ?? []).map((text) => `answer to ${text}`)
          assert.deepStrictEqual(answers, expected)
        }
        yield* Console.log(`kills: ${kills}, events: ${number}, redeliveries: ${redeliveries}, lost: 0, twice: 0`)
      }).pipe(Effect.withRandom(Random.make("inbox"))),
    600_000
  )
})
