/**
 * A world in a file: a picture of it, and after that each step that it has made since. A step is in the file before it is
 * answered, so that a kill at any moment loses nothing that was acknowledged; the file begins anew with a picture when it
 * has grown enough, and with each start.
 *
 * The file is for this machine and this version of the emulator, or a later one. What is no state of LINE's is not in it:
 * the logs of requests and webhooks, faults that wait, and webhooks that were to be sent again.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as fs from "node:fs"
import { deserialize, serialize } from "node:v8"
import * as FileLock from "../internal/FileLock.js"
import * as OwnFile from "../internal/OwnFile.js"
import type { Act } from "./Act.js"
import * as Acts from "./Acts.js"
import * as Due from "./Due.js"
import * as Platform from "./Platform.js"
import * as Webhook from "./Webhook.js"
import type { WireRequest } from "./Wire.js"
import type { World } from "./World.js"

/**
 * The file cannot be used: it is no file of an emulator's, another emulator has it open, or the system says no.
 *
 * @since 0.1.0
 * @category errors
 */
export class FileError extends Data.TaggedError("LineEmulatorFileError")<{
  readonly file: string
  readonly reason: string
}> {
  override get message(): string {
    return `the emulator cannot use ${this.file}: ${this.reason}`
  }
}

/** A step of a world, as it is in the file. */
type Kept =
  | { readonly _tag: "Act"; readonly act: Act; readonly now: number }
  | { readonly _tag: "Due"; readonly now: number }
  | { readonly _tag: "Renew"; readonly tokens: ReadonlyArray<string>; readonly now: number }
  | {
      readonly _tag: "Request"
      readonly request: Omit<WireRequest, "query"> & { readonly query: string }
      readonly requestId: string
      readonly now: number
    }

interface Entry {
  readonly step: Kept
  /** The state of the generator before the step. */
  readonly random: number
}

/** A file that is open. */
export interface Journal {
  /** Makes a world the one of the file, if there is one in it. */
  readonly restore: (world: World) => boolean
  /** Begins the file anew with the world as it is, and keeps its steps from now on. */
  readonly begin: (world: World) => void
}

/** Opens a file, which no other emulator may have open, until the scope closes. */
export const open = (file: string): Effect.Effect<Journal, FileError, Scope.Scope> =>
  Effect.gen(function* () {
    const lock = yield* Effect.mapError(FileLock.make(file), ({ message }) => new FileError({ file, reason: message }))
    const records = yield* attempt(file, () => [...read(file)])
    const state: { descriptor: number | undefined; size: number; grown: number } = {
      descriptor: undefined,
      size: 0,
      grown: 0
    }
    const close = () => {
      if (state.descriptor !== undefined) fs.closeSync(state.descriptor)
      state.descriptor = undefined
    }
    yield* Effect.addFinalizer(() => Effect.sync(close))
    const begin = (world: World): void => {
      lock.assure()
      const picture = frame(pictureOf(world))
      const descriptor = OwnFile.replace(file, Buffer.concat([magic, picture]))
      close()
      Object.assign(state, { descriptor, size: picture.length, grown: 0 })
      world.surroundings.broken = undefined
      world.surroundings.keep = (step, random) => {
        if (state.descriptor === undefined) return
        const record = frame({ step, random })
        try {
          lock.assure()
          OwnFile.write(state.descriptor, record)
        } catch (error) {
          // The step was made, and a part of it may be in the file: nothing after it could be found again.
          close()
          world.surroundings.broken = `The emulator cannot write ${file}: ${String(error)}. Start it again when it can.`
          throw error
        }
        state.grown += record.length
        if (state.grown > Math.max(smallestGrowth, state.size)) beginAnew(world)
      }
    }
    const beginAnew = (world: World): void => {
      try {
        begin(world)
      } catch {
        // The step is in the file that there is, which goes on; there may be room for a new one later.
        state.grown = 0
      }
    }
    // What was read is not needed twice, and may be large.
    return { restore: (world) => restore(world, records.splice(0)), begin }
  })

// A file that begins anew too often would do nothing else.
const smallestGrowth = 16 * 1024 * 1024

const attempt = <A>(file: string, run: () => A): Effect.Effect<A, FileError> =>
  Effect.try({
    try: run,
    catch: (error) =>
      error instanceof FileError
        ? error
        : new FileError({ file, reason: String(error instanceof Error ? error.message : error) })
  })

const magic = Buffer.from("line-effect emulator 1\n")
const prefix = 4

const frame = (value: unknown): Buffer => {
  const bytes = serialize(value)
  const framed = Buffer.allocUnsafe(prefix + bytes.length)
  framed.writeUInt32BE(bytes.length)
  bytes.copy(framed, prefix)
  return framed
}

/** The records of a file. One that a kill has cut off was not acknowledged, and is none. */
function* read(file: string): Generator<unknown> {
  if (!fs.existsSync(file)) return
  const bytes = fs.readFileSync(file)
  if (bytes.length === 0) return
  if (!bytes.subarray(0, magic.length).equals(magic)) {
    throw new FileError({ file, reason: "it is not a file of the emulator's, or of another version" })
  }
  for (let offset = magic.length; offset + prefix <= bytes.length;) {
    const end = offset + prefix + bytes.readUInt32BE(offset)
    if (end > bytes.length) return
    try {
      yield deserialize(bytes.subarray(offset + prefix, end))
    } catch {
      throw new FileError({ file, reason: `it is damaged at byte ${offset}` })
    }
    offset = end
  }
}

/** The parts of a world that are not its state, or not for the file. */
type Passing =
  | "surroundings"
  | "ids"
  | "channel"
  | "webhook"
  | "settings"
  | "faults"
  | "disturbances"
  | "held"
  | "requests"
  | "deliveries"

type Picture = Omit<World, Passing> & {
  readonly random: number
  readonly channel: Record<keyof World["channel"], string>
  readonly webhook: Omit<World["webhook"], "target"> & { readonly target: string | undefined }
  readonly settings: World["settings"]
}

const pictureOf = (world: World): Picture => {
  const {
    channel,
    deliveries: _d,
    disturbances: _w,
    faults: _f,
    held: _h,
    ids,
    requests: _r,
    settings,
    surroundings: _s,
    webhook,
    ...state
  } = world
  const { target } = webhook
  return {
    ...state,
    random: ids.state,
    channel: {
      ...channel,
      channelSecret: Redacted.value(channel.channelSecret),
      channelAccessToken: Redacted.value(channel.channelAccessToken)
    },
    webhook: { ...webhook, target: typeof target === "string" ? target : undefined },
    settings: { ...settings }
  }
}

// What was drawn beside the steps of an earlier life is not known: this leads elsewhere.
const leap = 0x10000001
const unknownLog = 1_000_000

const restore = (world: World, [picture, ...entries]: ReadonlyArray<unknown>): boolean => {
  if (picture === undefined) return false
  // The file was written by this module: its first record is a picture, and all others are entries.
  const { channel, random, settings, webhook, ...state } = picture as Picture
  Object.assign(world, state, {
    channel: {
      ...channel,
      channelSecret: Redacted.make(channel.channelSecret),
      channelAccessToken: Redacted.make(channel.channelAccessToken)
    }
  })
  Object.assign(world.settings, settings)
  Object.assign(world.webhook, webhook)
  world.ids.state = random
  for (const entry of entries as ReadonlyArray<Entry>) {
    world.ids.state = entry.random
    repeat(world, entry.step)
  }
  world.ids.state = (world.ids.state + leap) >>> 0
  // The numbers of the logs go on above those of the earlier life, of which the latest are not known.
  world.counts.requests += unknownLog
  world.counts.deliveries += unknownLog
  return true
}

const repeat = (world: World, step: Kept): void => {
  switch (step._tag) {
    case "Act":
      Acts.perform(world, step.act, step.now)
      return
    case "Due":
      return Due.settle(world, step.now)
    case "Renew":
      return Webhook.renew(world, step.tokens, step.now)
    case "Request": {
      const { query, ...request } = step.request
      return Platform.repeat(world, { ...request, query: new URLSearchParams(query) }, step.requestId, step.now)
    }
  }
}
