/**
 * `line-effect push` and `line-effect validate`: messages from a file.
 */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Struct from "effect/Struct"
import * as Check from "../internal/Check.js"
import type * as LineError from "../LineError.js"
import type * as Message from "../Message.js"
import * as Messaging from "../Messaging.js"
import type * as Receipt from "../Receipt.js"
import { Failure, fromLine } from "./Failure.js"
import type * as Help from "./Help.js"
import * as Input from "./Input.js"
import * as Output from "./Output.js"
import * as Target from "./Target.js"

/** The help. */
export const pages = {
  push: {
    summary: "Sends the messages of a file to a user, group or room, once however often it has to be tried.",
    examples: [
      "line-effect push --to U4af4980629 message.json",
      `echo '{"type":"text","text":"hello"}' | line-effect push --to U4af4980629 -`,
      "line-effect push --line --to U4af4980629 --json message.json"
    ]
  },
  validate: {
    summary:
      "Checks the messages of a file, here and then by LINE, and sends nothing. As a push unless told otherwise.",
    examples: [
      "line-effect validate message.json",
      "line-effect validate broadcast message.json",
      "cat message.json | line-effect validate reply -"
    ]
  }
} satisfies Help.Pages

const fileDescription = "A JSON file: a message, an array of messages, or an object with messages. - is standard input."

const pushOptions = {
  file: Args.text({ name: "file" }).pipe(Args.withDescription(fileDescription)),
  to: Options.text("to").pipe(
    Options.withPseudoName("id"),
    Options.withDescription("The ID of the user, group or room.")
  ),
  retryKey: Options.text("retry-key").pipe(
    Options.withPseudoName("uuid"),
    Options.withDescription("The retry key of an earlier push that may have been sent: it is not sent twice."),
    Options.optional
  ),
  ...Target.options,
  json: Output.json
}

/** The command `push`. */
export const push = Command.make("push", pushOptions, (given) =>
  Effect.gen(function* () {
    const contents = yield* contentsOf(given.file)
    const request = {
      to: given.to,
      ...contents,
      ...(Option.isSome(given.retryKey) ? { retryKey: given.retryKey.value } : {})
    }
    // Before anything else: it needs nobody else.
    yield* check(Messaging.PushMessageRequest, request, "nothing was sent")
    yield* Target.provide(given)(() =>
      Messaging.pushMessage(request).pipe(
        Effect.flatMap((receipt) => Output.print(given.json, receipt, receiptOf(receipt))),
        Effect.catchTag("LineDuplicateRequest", (error) =>
          Output.print(given.json, duplicateOf(error), "nothing was sent: it had been sent before, with this retry key")
        ),
        Effect.mapError((error) =>
          error._tag === "LineBadRequest" ? new Failure({ ...fromLine(error), advice: unknownTo }) : fromLine(error)
        )
      )
    )
  }).pipe(Output.reporting(given.json))
).pipe(Command.withDescription(pages.push.summary))

const unknownTo =
  "Is --to the ID of a user, group or room of this bot? A user's begins with U, a group's with C, a room's with R."

const duplicateOf = ({ acceptedRequestId, retryKey, sentMessages }: LineError.DuplicateRequest) => {
  return { status: "acceptedBefore", requestId: acceptedRequestId, retryKey, sentMessages }
}

/** A receipt in words. */
export const receiptOf = ({ attempts, requestId, retryKey, sentMessages, status }: Receipt.Receipt): string => {
  const count = sentMessages.length === 1 ? "1 message" : `${sentMessages.length} messages`
  const sent = sentMessages.length === 0 ? "sent" : `sent ${count}, ${sentMessages.map(({ id }) => id).join(", ")}`
  const how = status === "alreadyAccepted" ? " (LINE had accepted an attempt whose answer was lost)" : ""
  return `${sent}${how}: request ${requestId}, retry key ${retryKey}, ${attempts === 1 ? "1 attempt" : `${attempts} attempts`}`
}

const validators = {
  reply: Messaging.validateReply,
  push: Messaging.validatePush,
  multicast: Messaging.validateMulticast,
  narrowcast: Messaging.validateNarrowcast,
  broadcast: Messaging.validateBroadcast
}

type Way = keyof typeof validators

const isWay = (text: string): text is Way => Object.hasOwn(validators, text)

const ways = Object.keys(validators).join(", ")

const validateOptions = {
  first: Args.text({ name: "way|file" }).pipe(Args.withDescription(`How they are sent, ${ways}, if not by a push.`)),
  second: Args.text({ name: "file" }).pipe(Args.withDescription(fileDescription), Args.optional),
  ...Target.options,
  json: Output.json
}

/** The command `validate`. */
export const validate = Command.make("validate", validateOptions, (given) =>
  Effect.gen(function* () {
    const { file, way } = yield* wayAndFile(given.first, Option.getOrUndefined(given.second))
    const { messages } = yield* contentsOf(file)
    yield* check(Messaging.ValidateMessageRequest, { messages }, "invalid")
    yield* Target.provide(given)(() =>
      validators[way]({ messages }).pipe(
        Effect.catchTag("LineBadRequest", ({ details, lineMessage = "" }) =>
          Effect.fail(
            new Failure({
              kind: "invalid",
              message: `LINE would not take this as a ${way}: ${lineMessage}`,
              issues: details.map(({ message = "", property = "" }) => ({ path: property, message }))
            })
          )
        ),
        Effect.mapError((error) => (error._tag === "CommandFailure" ? error : fromLine(error)))
      )
    )
    const text = `valid: LINE would take ${messages.length === 1 ? "this message" : "these messages"} as a ${way}`
    yield* Output.print(given.json, { valid: true, way, messages: messages.length }, text)
  }).pipe(Output.reporting(given.json))
).pipe(Command.withDescription(pages.validate.summary))

/** What the words of `validate` mean. */
export const wayAndFile = (
  first: string,
  second: string | undefined
): Effect.Effect<{ readonly way: Way; readonly file: string }, Failure> => {
  if (second !== undefined) {
    return isWay(first)
      ? Effect.succeed({ way: first, file: second })
      : new Failure({ kind: "usage", message: `messages are sent by ${ways}, not ${first}` })
  }
  return isWay(first)
    ? new Failure({ kind: "usage", message: "which file?", advice: `line-effect validate ${first} message.json` })
    : Effect.succeed({ way: "push", file: first })
}

interface Contents {
  readonly messages: Message.Messages
  readonly notificationDisabled?: boolean
  readonly customAggregationUnits?: ReadonlyArray<string>
}

/** The messages of a file, which are to be checked, and what goes with them. */
const contentsOf = (file: string): Effect.Effect<Contents, Failure> =>
  Effect.map(Input.json(file), (value) => {
    const contents = Predicate.isRecord(value) && "messages" in value ? value : { messages: Arr.ensure(value) }
    // `check` says what of it is not so.
    return Struct.pick(contents, "messages", "notificationDisabled", "customAggregationUnits") as Contents
  })

/** Everything in a request that is outside LINE's limits. */
const check = (
  schema: { readonly ast: Parameters<typeof Check.issues>[0] },
  request: object,
  message: string
): Effect.Effect<void, Failure> => {
  const issues = Check.issues(schema.ast, request).map(Check.toLineIssue)
  return issues.length === 0
    ? Effect.void
    : new Failure({
        kind: "invalid",
        message: `${message}: ${issues.length === 1 ? "something is" : `${issues.length} things are`} outside LINE's limits`,
        issues
      })
}
