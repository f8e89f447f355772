import { assert, describe, it } from "@effect/vitest"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as LineClient from "line-effect/LineClient"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as Retry from "line-effect/Retry"
import { fork } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const kills = 50
const writers = 8

interface Address {
  readonly url: string
  readonly user: string
}

const program = fileURLToPath(new URL("./server.ts", import.meta.url))

/** Starts an emulator with a file; fails if it ends before it has said where it is. */
const start = (file: string) =>
  Effect.promise(async () => {
    const child = fork(program, [file], {
      execArgv: ["--import", "tsx"],
      stdio: ["ignore", "inherit", "inherit", "ipc"]
    })
    const ended = once(child, "exit").then(() => assert.fail("the emulator did not start"))
    const [address] = (await Promise.race([once(child, "message"), ended])) as [Address]
    return { child, address }
  })

const json = (url: string) => Effect.promise(async () => (await fetch(url)).json())

const clientOf = (url: string) =>
  Effect.map(json(`${url}/emulator/api/overview`), ({ channel }) =>
    LineClient.layer({
      channelAccessToken: Redacted.make(channel.channelAccessToken),
      baseUrls: { api: url, data: url, manager: url },
      retry: Retry.none
    })
  )

/** The texts of the conversation, and how often each is in it. */
const textsOf = ({ url, user }: Address) =>
  Effect.map(json(`${url}/emulator/api/chats/${user}/messages`), (messages) => {
    const counts = new Map<string, number>()
    for (const { message } of messages) counts.set(message.text, (counts.get(message.text) ?? 0) + 1)
    return counts
  })

describe("an emulator with a file", () => {
  it.scopedLive(
    `has every acknowledged message after each of ${kills} kills, and none twice`,
    () =>
      Effect.gen(function* () {
        const folder = yield* Effect.acquireRelease(
          Effect.sync(() => mkdtempSync(join(tmpdir(), "line-effect-"))),
          (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
        )
        const acknowledged = new Set<string>()
        /** What was tried and is not known to have arrived. */
        const open = new Set<string>()
        let next = 0

        /** Pushes until the emulator is gone: first what is open, then more and more. */
        const write = (user: string, acknowledge: Effect.Effect<unknown>) =>
          Effect.gen(function* () {
            while (true) {
              const [again] = open
              const text = again ?? `message ${next++}`
              open.delete(text)
              const result = yield* Effect.either(
                Messaging.pushMessage({ to: user, messages: [Message.text(text)], retryKey: Retry.deriveKey(text) })
              )
              if (Either.isLeft(result) && result.left._tag !== "LineDuplicateRequest") {
                open.add(text)
                return
              }
              acknowledged.add(text)
              yield* acknowledge
            }
          })

        for (let round = 0; round <= kills; round++) {
          const { address, child } = yield* start(join(folder, "line"))
          const texts = yield* textsOf(address)
          for (const text of acknowledged) assert.strictEqual(texts.get(text), 1, `round ${round}: ${text}`)
          for (const [text, count] of texts) assert.strictEqual(count, 1, `round ${round}: ${text}`)
          const acks = yield* Queue.unbounded<void>()
          const fibers = yield* Effect.forkAll(
            Array.from({ length: writers }, () => write(address.user, Queue.offer(acks, undefined)))
          ).pipe(Effect.provide(yield* clientOf(address.url)), Effect.provide(FetchHttpClient.layer))
          const last = yield* Random.nextIntBetween(1, 60)
          yield* Effect.replicateEffect(Queue.take(acks), last, { discard: true })
          child.kill("SIGKILL")
          yield* Fiber.join(fibers)
        }
        yield* Console.log(`kills: ${kills}, acknowledged messages: ${acknowledged.size}, lost: 0, twice: 0`)
      }).pipe(Effect.withRandom(Random.make("kill"))),
    600_000
  )
})
