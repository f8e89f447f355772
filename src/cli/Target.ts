/**
 * Whom a command speaks to: an emulator, or LINE with `--line` only, so that nobody writes to real people by accident.
 */
import * as Options from "@effect/cli/Options"
import * as HttpApiClient from "@effect/platform/HttpApiClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as ConfigError from "effect/ConfigError"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as ParseResult from "effect/ParseResult"
import * as ChannelToken from "../ChannelToken.js"
import type { Act, Mistake } from "../emulator/Act.js"
import * as ControlApi from "../emulator/ControlApi.js"
import type { Acted, Overview } from "../emulator/Overview.js"
import * as Environment from "../internal/Environment.js"
import * as LineClient from "../LineClient.js"
import { Failure } from "./Failure.js"

/** Where the emulator is unless told otherwise. */
export const defaultEmulator = "http://127.0.0.1:4400"

const emulator = Options.text("emulator").pipe(
  Options.withPseudoName("url"),
  Options.withDescription(`Where the emulator is, ${defaultEmulator} unless set.`),
  Options.optional
)

/** The option of the commands that are about an emulator. */
export const emulatorOptions = { emulator }

/** The options of the commands that speak to an emulator or to LINE. */
export const options = {
  emulator,
  line: Options.boolean("line").pipe(
    Options.withDescription(
      "Speak to LINE, with LINE_CHANNEL_ACCESS_TOKEN (or LINE_CHANNEL_ID and LINE_CHANNEL_SECRET) of the environment. " +
        "Without it the command speaks to the emulator, whatever the environment says."
    )
  )
}

interface EmulatorOptions {
  readonly emulator: Option.Option<string>
}

interface AnyOptions extends EmulatorOptions {
  readonly line: boolean
}

type Client = Effect.Effect.Success<ReturnType<typeof makeControl>>

/** An emulator that is running. */
export interface Emulator {
  readonly _tag: "Emulator"
  readonly url: string
  readonly control: Client
  readonly overview: Overview
}

/** LINE itself, or what the environment gives for it. */
export interface Line {
  readonly _tag: "Line"
  /** Where that is, for a person to read. */
  readonly url: string
}

/** Whom a command speaks to. */
export type Target = Emulator | Line

const makeControl = (baseUrl: string) => HttpApiClient.make(ControlApi.ControlApi, { baseUrl })

/** Where the emulator is. The address of its page does as well. */
export const emulatorUrl = ({ emulator }: EmulatorOptions): Effect.Effect<string, Failure> =>
  Effect.suspend(() => {
    const text = Option.getOrElse(emulator, () => defaultEmulator)
    const url = URL.canParse(text) ? new URL(text) : undefined
    return url?.protocol === "http:" || url?.protocol === "https:"
      ? Effect.succeed(url.origin)
      : new Failure({ kind: "usage", message: `--emulator ${text} is no URL`, advice: `Such as ${defaultEmulator}` })
  })

/** The emulator that is running. */
export const findEmulator = (options: EmulatorOptions): Effect.Effect<Emulator, Failure, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const url = yield* emulatorUrl(options)
    const control = yield* makeControl(url)
    const overview = yield* Effect.mapError(control.overview(), controlFailure(url))
    return { _tag: "Emulator", url, control, overview }
  })

/** What it means that the control API fails. */
export const controlFailure =
  (url: string) =>
  (error: Mistake | HttpClientError.HttpClientError | ParseResult.ParseError | { readonly _tag: string }): Failure => {
    if (error._tag === "LineEmulatorMistake" && "message" in error) {
      return new Failure({ kind: "failed", message: error.message })
    }
    return error._tag === "RequestError"
      ? new Failure({
          kind: "unreachable",
          message: `no emulator answers at ${url}`,
          advice: "Start one with line-effect emulator, or say with --emulator where it is."
        })
      : new Failure({
          kind: "unreachable",
          message: `what answers at ${url} is not an emulator of this version of line-effect`,
          advice: "Say with --emulator where the emulator is."
        })
  }

/** Lets something happen in the emulator. */
export const act = ({ control, url }: Emulator, act: Act): Effect.Effect<Acted, Failure> =>
  // The client asks for one act of a type that is known here; the union of them all is as good.
  Effect.mapError(control.act({ payload: act } as ActOf<Act>), controlFailure(url))

interface ActOf<A extends Act> {
  readonly payload: A & { readonly type: "advance"; readonly milliseconds: number }
}

/** Says on stderr whom a command speaks to, finds it, and provides the client for it. */
export const provide =
  ({ emulator, line }: AnyOptions, credentials: "token" | "none" = "token") =>
  <A, E, R>(
    command: (target: Target) => Effect.Effect<A, E, R>
  ): Effect.Effect<A, E | Failure, Exclude<R, LineClient.LineClient> | HttpClient.HttpClient> =>
    Effect.gen(function* () {
      if (line && Option.isSome(emulator)) {
        return yield* new Failure({ kind: "usage", message: "it is either --line or --emulator" })
      }
      const target = line ? yield* findLine : yield* findEmulator({ emulator })
      yield* Console.error(line ? `To LINE, ${target.url}` : yield* announcement(target.url))
      return yield* Effect.provide(command(target), client(target, credentials))
    })

const announcement = (url: string): Effect.Effect<string> =>
  Config.option(Config.string("LINE_CHANNEL_ACCESS_TOKEN")).pipe(
    Effect.orElseSucceed(() => Option.none<string>()),
    Effect.map((token) => `To the emulator at ${url}${Option.isSome(token) ? ", to LINE only with --line" : ""}`)
  )

/** What it means that something is missing or wrong in the environment. */
export const environmentFailure = (error: ConfigError.ConfigError): Failure =>
  new Failure({ kind: "usage", message: `the environment is not enough: ${sentence(error)}` })

const sentence = (error: ConfigError.ConfigError): string =>
  error._op === "MissingData" || error._op === "InvalidData"
    ? `${error.path.join(".")}: ${error.message}`
    : String(error)

const findLine: Effect.Effect<Line, Failure> = Environment.baseUrls.pipe(
  Effect.map(({ api }): Line => {
    return { _tag: "Line", url: api === undefined ? "https://api.line.me" : `${api} as LINE_API_BASE_URL says` }
  }),
  Effect.mapError(environmentFailure)
)

/** The client for it. */
export const client = (
  target: Target,
  credentials: "token" | "none" = "token"
): Layer.Layer<LineClient.LineClient, Failure, HttpClient.HttpClient> => {
  if (target._tag === "Emulator") {
    const { channelAccessToken } = target.overview.channel
    return LineClient.layer({
      channelAccessToken,
      baseUrls: { api: target.url, data: target.url, manager: target.url }
    })
  }
  const layer =
    credentials === "token"
      ? ChannelToken.layerClientConfig()
      : LineClient.layerConfig({ channelAccessToken: ChannelToken.none })
  return Layer.catchAll(layer, (error) => Layer.fail(environmentFailure(error)))
}
