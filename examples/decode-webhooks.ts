/**
 * Decodes a file of recorded webhooks, one body a line, in a stream, and counts what is in it.
 *
 *     npx tsx examples/decode-webhooks.ts examples/webhooks.ndjson
 */
import { FileSystem } from "@effect/platform"
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import { Console, Effect, HashMap, Option, Schema, Stream } from "effect"
import * as WebhookEvent from "line-effect/WebhookEvent"

const Line = Schema.parseJson(WebhookEvent.WebhookBody)

const describe = (event: WebhookEvent.WebhookEvent): string => {
  switch (event.type) {
    case "message":
      return event.message.type === "unknown"
        ? `message of the unknown kind ${event.message.originalType}`
        : `message: ${event.message.type}`
    case "unknown":
      return `unknown event ${event.originalType}`
    default:
      return event.type
  }
}

const events = (path: string) =>
  Effect.map(FileSystem.FileSystem, (fileSystem) => fileSystem.stream(path)).pipe(
    Stream.unwrap,
    Stream.decodeText(),
    Stream.splitLines,
    Stream.filter((line) => line !== ""),
    Stream.mapEffect(Schema.decode(Line)),
    Stream.flatMap(({ events }) => Stream.fromIterable(events))
  )

const counts = (path: string) =>
  Stream.runFold(events(path), HashMap.empty<string, number>(), (counts, event) =>
    HashMap.modifyAt(counts, describe(event), (count) => Option.some(Option.getOrElse(count, () => 0) + 1))
  )

const [path = "examples/webhooks.ndjson"] = process.argv.slice(2)

counts(path).pipe(
  Effect.flatMap((counts) =>
    Effect.forEach([...counts].sort(), ([description, count]) => Console.log(`${count}  ${description}`))
  ),
  Effect.provide(NodeContext.layer),
  NodeRuntime.runMain
)
