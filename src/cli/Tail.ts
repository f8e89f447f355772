/**
 * `line-effect tail`: what happens in an emulator that runs elsewhere.
 */
import * as Command from "@effect/cli/Command"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Change } from "../emulator/Change.js"
import * as ControlApi from "../emulator/ControlApi.js"
import { Failure } from "./Failure.js"
import type * as Help from "./Help.js"
import * as Output from "./Output.js"
import * as Progress from "./Progress.js"
import * as Running from "./Running.js"
import * as Target from "./Target.js"

const options = { ...Target.emulatorOptions, json: Output.json }

type Given = Command.Command.ParseConfig<typeof options>

/** The help. */
export const pages = {
  tail: {
    summary: "Shows what the bot and the emulator say to each other, as it happens.",
    examples: ["line-effect tail", "line-effect tail --json | jq .request.operationId"]
  }
} satisfies Help.Pages

/** The command. */
export const command = Command.make("tail", options, (given) =>
  Output.reporting(given.json)(Effect.raceFirst(run(given), Running.untilStopped))
).pipe(Command.withDescription(pages.tail.summary))

const run = (given: Given): Effect.Effect<never, Failure, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const emulator = yield* Target.findEmulator(given)
    const ended = new Failure({ kind: "unreachable", message: `the emulator at ${emulator.url} has ended` })
    const endpoint = emulator.control.overview().pipe(
      Effect.map(({ webhook }) => webhook.endpoint),
      Effect.orElseSucceed(() => undefined)
    )
    const steps = yield* stepsOf(emulator.url)
    const lines = given.json
      ? Stream.map(steps, (step) => JSON.stringify(encode(step)))
      : Progress.lines(steps, endpoint)
    yield* Effect.mapError(
      Stream.runForEach(lines, (line) => Console.log(line)),
      () => ended
    )
    return yield* ended
  })

const encode = Schema.encodeSync(ControlApi.ChangeEvent)

const decode = Schema.decodeUnknownOption(Schema.parseJson(ControlApi.ChangeEvent))

/** The steps from now on. */
const stepsOf = (url: string) =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const response = yield* client
      .get(`${url}${ControlApi.base}/api/changes`)
      .pipe(Effect.flatMap(HttpClientResponse.filterStatusOk), Effect.mapError(Target.controlFailure(url)))
    yield* Console.error(`Following the emulator at ${url}. Ctrl-C ends it.`)
    return response.stream.pipe(
      Stream.decodeText(),
      Stream.splitLines,
      Stream.filterMap(changeOf),
      Stream.filter(Progress.isStep)
    )
  })

const prefix = "data: "

const changeOf = (line: string): Option.Option<Change> =>
  line.startsWith(prefix) ? decode(line.slice(prefix.length)) : Option.none()
