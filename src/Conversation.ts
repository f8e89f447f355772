/**
 * Tests of a bot that read as the conversations it has. A person says and taps things, and receives what the bot sends,
 * in an emulator of this process or of another (`EmulatorClient`). A test that fails shows the whole conversation: who
 * said what, which webhooks the bot did not take, and which of its calls LINE refused.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Conversation from "line-effect/Conversation"
 * import * as Message from "line-effect/Message"
 *
 * const booking = Effect.gen(function* () {
 *   const mika = yield* Conversation.user({ displayName: "Mika" })
 *   yield* mika.says("book a table")
 *   yield* mika.receives(Message.text("For which day?"))
 *   yield* mika.picks("2026-12-24")
 *   yield* mika.receives((message) => message.type === "template")
 *   yield* mika.taps("Yes")
 *   yield* mika.receives("See you on 2026-12-24!")
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Action from "./Action.js"
import * as Emulator from "./Emulator.js"
import * as Acting from "./emulator/Acting.js"
import * as Difference from "./emulator/Difference.js"
import * as Sight from "./emulator/Sight.js"
import * as Transcript from "./emulator/Transcript.js"
import * as WallClock from "./emulator/WallClock.js"
import { chatId } from "./emulator/World.js"
import type * as Imagemap from "./Imagemap.js"
import type * as Message from "./Message.js"
import type * as RichMenu from "./RichMenu.js"

/**
 * A conversation went otherwise than its test says. The message tells what was expected, the difference, and the
 * conversation so far; the stack begins where the test expected it.
 *
 * @since 0.1.0
 * @category errors
 */
export class ConversationError extends Data.TaggedError("LineConversationError")<{ readonly message: string }> {}

/**
 * How long a person waits for the bot, by the clock on the wall: 5 seconds unless {@link withLimit} says otherwise.
 *
 * @since 0.1.0
 * @category services
 */
export class Limit extends Context.Reference<Limit>()("line-effect/Conversation/Limit", {
  defaultValue: (): Duration.DurationInput => "5 seconds"
}) {}

/**
 * Runs a region of code in which people wait longer, or shorter, for the bot.
 *
 * @example
 * ```ts
 * import * as Conversation from "line-effect/Conversation"
 *
 * const answered = (mika: Conversation.Person) => mika.receives("It is done.").pipe(Conversation.withLimit("1 minute"))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const withLimit: {
  (limit: Duration.DurationInput): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(self: Effect.Effect<A, E, R>, limit: Duration.DurationInput): Effect.Effect<A, E, R>
} = dual(2, <A, E, R>(self: Effect.Effect<A, E, R>, limit: Duration.DurationInput): Effect.Effect<A, E, R> =>
  Effect.provideService(self, Limit, limit)
)

/**
 * A message of the bot.
 *
 * @since 0.1.0
 * @category models
 */
export interface Received extends Omit<Emulator.ChatMessage, "message"> {
  readonly message: Message.Message
}

/**
 * What the next message is expected to be.
 *
 * - A text: a message that shows it in the list of chats, as the text of a text message or the alternative text of a
 *   template, imagemap or Flex Message. What else it has, such as quick replies, is left open.
 * - A message: exactly this one, as it goes over the wire, with nothing more and nothing less. The order of properties
 *   does not count, and one that is `undefined` is none.
 * - A function that says whether it is.
 *
 * @since 0.1.0
 * @category models
 */
export type Expected = string | Message.Message | ((message: Message.Message) => boolean)

/**
 * What a person can tap: the action itself, or an area of a rich menu.
 *
 * @since 0.1.0
 * @category models
 */
export type Tappable = Action.RichMenuAction | Action.QuickReplyAction | Imagemap.Action | RichMenu.Area

/**
 * Somebody in a chat with the bot: alone, or in a group or room. They read the messages of the bot one after the other,
 * each with its own `receives`.
 *
 * What cannot be done on LINE, such as to write to the bot while blocking it, is a mistake in the test, and dies.
 *
 * @since 0.1.0
 * @category models
 */
export interface Participant {
  /** Writes a text, and waits until the bot has answered the webhook. */
  readonly says: (text: string) => Effect.Effect<Emulator.Delivery>
  /** Sends anything: a sticker, an image, a location, a text that quotes another. */
  readonly sends: (message: Emulator.IncomingMessage) => Effect.Effect<Emulator.Delivery>
  /**
   * Waits for the next message of the bot in this chat, which must be as expected, if something is. The next one: a
   * message in between fails, too.
   */
  readonly receives: (expected?: Expected) => Effect.Effect<Received, ConversationError>
  /**
   * Receives no further message for so long, by the clock on the wall. That takes the time, as nothing else proves that a
   * bot is silent; `0` looks only at what has come. Where the bot answers something later on, `receives` proves it without
   * waiting.
   */
  readonly receivesNothing: (during: Duration.DurationInput) => Effect.Effect<void, ConversationError>
  /**
   * Taps what has this label: in the latest message that has it, in the quick replies of the last message, or else in
   * the rich menu; waits for it if it is not there. What has no label goes by the text that is tapped, or what it says,
   * opens or posts. Where a label is not enough, as in a carousel, give the action itself.
   */
  readonly taps: (target: string | Tappable) => Effect.Effect<Emulator.Delivery, ConversationError>
  /**
   * Picks a date, a time or both, such as `2026-12-24`, `18:30` or `2026-12-24T18:30`, with the latest datetime picker, or
   * the one of a label.
   */
  readonly picks: (value: string, label?: string) => Effect.Effect<Emulator.Delivery, ConversationError>
}

/**
 * A person, alone with the bot, and in groups.
 *
 * @since 0.1.0
 * @category models
 */
export interface Person extends Participant {
  readonly user: Emulator.User
  /** The same person in a group or room. */
  readonly in: (chat: Emulator.Group | Emulator.Room) => Participant
  /** Adds the bot as a friend, or unblocks it. */
  readonly follows: Effect.Effect<Emulator.Delivery>
  /** Blocks the bot. */
  readonly blocks: Effect.Effect<Emulator.Delivery>
}

/**
 * A new user, who is a friend of the bot unless told otherwise.
 *
 * @since 0.1.0
 * @category constructors
 */
export const user = (options?: Emulator.UserOptions): Effect.Effect<Person, never, Emulator.Emulator> =>
  Effect.flatMap(Emulator.Emulator, (line) => Effect.flatMap(line.addUser(options), of))

/**
 * A user who is there already. They read what the bot sends from now on.
 *
 * @since 0.1.0
 * @category constructors
 */
export const of = (user: Emulator.User): Effect.Effect<Person, never, Emulator.Emulator> =>
  Effect.gen(function* () {
    const line = yield* Emulator.Emulator
    const { chats, now } = yield* line.overview
    const lengths = new Map(chats.map((chat) => [chatId(chat), chat.messages]))
    const participants = new Map<string, Standing>()
    const standing = (chat: Emulator.Chat): Standing => {
      const id = chatId(chat)
      const known = participants.get(id)
      if (known !== undefined) return known
      const made = { line, user, chat, began: now, read: lengths.get(id) ?? 0, deeds: [] }
      participants.set(id, made)
      return made
    }
    const alone = standing(user)
    return {
      ...participant(alone),
      user,
      in: (chat) => participant(standing(chat)),
      follows: does(alone, "follows the bot", line.follow(user)),
      blocks: does(alone, "blocks the bot", line.unfollow(user))
    }
  })

/**
 * A new group of people, to which the bot is invited.
 *
 * @since 0.1.0
 * @category constructors
 */
export const group = (options: {
  readonly name?: string
  readonly members: ReadonlyArray<Person>
}): Effect.Effect<Emulator.Group, never, Emulator.Emulator> =>
  Effect.gen(function* () {
    const line = yield* Emulator.Emulator
    const group = yield* line.addGroup({ ...options, members: options.members.map(({ user }) => user) })
    yield* line.join(group)
    return group
  })

/** A person in a chat, and how far they have read it. */
interface Standing {
  readonly line: Emulator.Service
  readonly user: Emulator.User
  readonly chat: Emulator.Chat
  /** When they began to look, in milliseconds. */
  readonly began: number
  readonly deeds: Array<Transcript.Deed>
  /** How many messages they have read. */
  read: number
}

const participant = (standing: Standing): Participant => {
  const { chat, line, user } = standing
  const sends = (message: string | Emulator.IncomingMessage) =>
    line.say(user, message, chat.type === "user" ? {} : { in: chat })
  const receives: Participant["receives"] = (expected) => receive(standing, expected, callSite(receives))
  const receivesNothing: Participant["receivesNothing"] = (during) =>
    receiveNothing(standing, during, callSite(receivesNothing))
  const taps: Participant["taps"] = (target) => tap(standing, target, callSite(taps))
  const picks: Participant["picks"] = (value, label) => pick(standing, value, label, callSite(picks))
  return { says: sends, sends, receives, receivesNothing, taps, picks }
}

/** Where a test calls a function: what an effect fails with has seen only the runtime. */
const callSite = (callee: (...arguments_: Array<never>) => unknown): string => {
  const site = { stack: "" }
  Error.captureStackTrace(site, callee)
  return site.stack
}

/** Does something that is no message, and remembers it. */
const does = (
  { chat, deeds, line, user }: Standing,
  what: string,
  deed: Effect.Effect<Emulator.Delivery>
): Effect.Effect<Emulator.Delivery> =>
  Effect.gen(function* () {
    const { length } = yield* line.messages(chat)
    const delivery = yield* deed
    deeds.push({ after: length, what: `${user.displayName} ${what}`, delivery })
    return delivery
  })

/** The next message of the bot, and how many messages were there with it. */
const next = ({ chat, line, read }: Standing): Effect.Effect<readonly [message: Received, read: number]> => {
  const after = (length: number): Effect.Effect<readonly [message: Received, read: number]> =>
    Effect.flatMap(line.awaitMessages(chat, length), (messages) => {
      const index = messages.findIndex(({ via }, index) => index >= read && via !== "user")
      const message = messages[index]
      // The emulator takes from a bot what is a message to send, and nothing else.
      return message === undefined
        ? after(messages.length)
        : Effect.succeed([message as unknown as Received, index + 1])
    })
  return after(read)
}

const receive = (
  standing: Standing,
  expected: Expected | undefined,
  site: string
): Effect.Effect<Received, ConversationError> =>
  Effect.gen(function* () {
    const { displayName } = standing.user
    const limit = yield* Limit
    const found = yield* WallClock.within(
      limit,
      Effect.suspend(() => next(standing))
    )
    if (Option.isNone(found)) {
      const waited = `${displayName} received nothing within ${Duration.format(limit)}.`
      return yield* failure(standing, site, [waited, ...expectation(expected)])
    }
    const [received, read] = found.value
    standing.read = read
    const differences = expected === undefined ? [] : differencesOf(expected, received.message)
    if (differences === undefined || differences.length > 0) {
      return yield* failure(
        standing,
        site,
        [
          `${displayName} received another message than expected.`,
          ...expectation(expected),
          ...paragraph("Received:", Transcript.seen({ ...received.message })),
          ...paragraph("Difference:", differences ?? [])
        ],
        received.id
      )
    }
    return received
  })

/** How a message differs from what is expected; `undefined` where that cannot be told. */
const differencesOf = (expected: Expected, message: Message.Message): ReadonlyArray<string> | undefined => {
  switch (typeof expected) {
    case "function":
      return expected(message) ? [] : undefined
    case "string": {
      const shown = Sight.summary(message)
      return shown === expected
        ? []
        : shown === undefined
          ? undefined
          : Difference.of({ text: expected }, { text: shown })
    }
    default:
      // As it goes over the wire: what is undefined is left out.
      return Difference.of(JSON.parse(JSON.stringify(expected)), message)
  }
}

const expectation = (expected: Expected | undefined): ReadonlyArray<string> => {
  switch (typeof expected) {
    case "undefined":
      return []
    case "function":
      return paragraph("Expected a message that passes:", String(expected).split("\n"))
    case "string":
      return paragraph("Expected:", expected.split("\n"))
    default:
      return paragraph("Expected:", Transcript.seen({ ...expected }))
  }
}

const paragraph = (title: string, lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.length === 0 ? [] : ["", title, ...lines.map((line) => `    ${line}`)]

const receiveNothing = (
  standing: Standing,
  during: Duration.DurationInput,
  site: string
): Effect.Effect<void, ConversationError> =>
  Effect.gen(function* () {
    const { chat, line, read, user } = standing
    // What has come already needs no time, not even none.
    const come = (yield* line.messages(chat)).slice(read).find(({ via }) => via !== "user")
    const waited = WallClock.within(during, next(standing)).pipe(Effect.map(Option.map(([message]) => message)))
    const received = come ?? Option.getOrUndefined(yield* waited)
    if (received === undefined) return
    const lines = [`${user.displayName} received a message, and expected none.`]
    return yield* failure(standing, site, lines, received.id)
  })

/** Things to tap, and where they are. */
interface Place {
  readonly offers: ReadonlyArray<Sight.Offer>
  readonly at: { readonly messageId: string } | { readonly richMenuId: string }
}

/** All that there is to tap, the latest first and the rich menu last. */
const places = ({ chat, line, user }: Standing): Effect.Effect<ReadonlyArray<Place>> =>
  Effect.gen(function* () {
    const messages = yield* line.messages(chat)
    const inMessages = messages.flatMap(({ id, message, unsent, via }, index): ReadonlyArray<Place> => {
      if (via === "user" || unsent) return []
      const sight = Sight.of(message)
      // Quick replies go with the next message.
      const quickReplies = index === messages.length - 1 ? sight.quickReplies : []
      return [{ offers: [...Sight.offers(sight), ...quickReplies], at: { messageId: id } }]
    })
    const inMenu = chat.type === "user" ? menuOf(yield* line.overview, user) : []
    return [...inMessages.reverse(), ...inMenu]
  })

/** The rich menu that a user sees. */
const menuOf = ({ chats, richMenus }: Emulator.Overview, { userId }: Emulator.User): ReadonlyArray<Place> => {
  const seen = chats.find((chat) => chat.type === "user" && chat.userId === userId)
  return richMenus.flatMap(({ menu, richMenuId }) =>
    seen?.type === "user" && seen.richMenuId === richMenuId
      ? [{ offers: Sight.ofRichMenu(menu), at: { richMenuId } }]
      : []
  )
}

/** Waits for a place with something that is looked for, and returns that. */
const find = (
  standing: Standing,
  name: string,
  isWanted: (offer: Sight.Offer) => boolean,
  site: string
): Effect.Effect<{ readonly offer: Sight.Offer; readonly at: Place["at"] }, ConversationError> =>
  Effect.gen(function* () {
    const { displayName } = standing.user
    const limit = yield* Limit
    const look = Effect.map(places(standing), (places) =>
      Option.fromIterable(
        places.flatMap(({ at, offers }) => {
          const wanted = offers.filter(isWanted)
          return wanted.length === 0 ? [] : [{ at, offers: wanted }]
        })
      )
    )
    const found = yield* look.pipe(
      Effect.flatten,
      Effect.orElse(() =>
        Effect.flatten(
          Stream.runHead(
            Stream.filterMap(
              Stream.mapEffect(standing.line.changes, () => look),
              (place) => place
            )
          )
        )
      ),
      Effect.option,
      (found) => WallClock.within(limit, found),
      Effect.map(Option.flatten)
    )
    if (Option.isNone(found)) {
      const missing = `${displayName} found no ${name} to tap within ${Duration.format(limit)}.`
      return yield* failure(standing, site, [missing, ...(yield* alternatives(standing))])
    }
    const { at, offers } = found.value
    const [offer] = offers
    if (offer === undefined || offers.some(({ action }) => Difference.of(offer.action, action).length > 0)) {
      const several = `${displayName} found ${name} ${offers.length} times in one message: tap the action itself.`
      return yield* failure(standing, site, [several], "messageId" in at ? at.messageId : undefined)
    }
    return { offer, at }
  })

const alternatives = (standing: Standing): Effect.Effect<ReadonlyArray<string>> =>
  Effect.map(places(standing), (places) => {
    const shown = places.flatMap(({ at, offers }) =>
      offers.length === 0 ? [] : [`${Transcript.bracketed(offers)}${"richMenuId" in at ? " in the rich menu" : ""}`]
    )
    return paragraph("There is to tap:", shown)
  })

const tap = (
  standing: Standing,
  target: string | Tappable,
  site: string
): Effect.Effect<Emulator.Delivery, ConversationError> =>
  Effect.gen(function* () {
    const { displayName } = standing.user
    const action = typeof target === "string" ? undefined : "action" in target ? target.action : target
    const name = `[${action === undefined ? target : Sight.offer(action).name}]`
    const isWanted = (offer: Sight.Offer) =>
      action === undefined
        ? offer.name === target
        : Difference.of(JSON.parse(JSON.stringify(action)), offer.action).length === 0
    const { at, offer } = yield* find(standing, name, isWanted, site)
    if (offer.action.type === "datetimepicker") {
      return yield* failure(standing, site, [`${name} is a datetime picker: say what ${displayName} picks with it.`])
    }
    return yield* perform(standing, `taps ${name}`, offer.action, at)
  })

const pick = (
  standing: Standing,
  value: string,
  label: string | undefined,
  site: string
): Effect.Effect<Emulator.Delivery, ConversationError> =>
  Effect.gen(function* () {
    const name = label === undefined ? "datetime picker" : `datetime picker [${label}]`
    const isWanted = ({ action, name }: Sight.Offer) =>
      action.type === "datetimepicker" && (label === undefined || name === label)
    const { at, offer } = yield* find(standing, name, isWanted, site)
    const { action } = offer
    if (action.type !== "datetimepicker" || !canPick(action, value)) {
      const refused = `${standing.user.displayName} cannot pick ${value} with [${offer.name}].`
      return yield* failure(standing, site, [refused, ...paragraph("The picker:", [JSON.stringify(action)])])
    }
    return yield* perform(standing, `picks ${value} with [${offer.name}]`, action, at, { [action.mode]: value })
  })

const isPicker = Schema.is(Action.Action)

/** Whether a picker takes a value: what it could show first, and no more than its limits. */
const canPick = (picker: Action.DatetimePickerAction, value: string): boolean => {
  const [moment, min = "", max = "~"] = [value, picker.min, picker.max].map((text) => text?.replace("t", "T"))
  return isPicker({ ...picker, initial: value }) && moment !== undefined && min <= moment && moment <= max
}

const perform = (
  standing: Standing,
  what: string,
  action: Sight.AnyAction,
  at: Place["at"],
  params?: Readonly<Record<string, string>>
): Effect.Effect<Emulator.Delivery> => {
  const { chat, line, user } = standing
  const where = chat.type === "user" ? {} : { chatId: chatId(chat) }
  const posted = "data" in action ? `: postback ${action.data}` : ""
  return does(
    standing,
    `${what}${posted}`,
    line
      .act({
        type: "tap",
        userId: user.userId,
        ...where,
        action: { ...action },
        ...at,
        ...(params === undefined ? {} : { params })
      })
      .pipe(
        Acting.orDie,
        Effect.map(({ delivery }) => delivery)
      )
  )
}

/** Fails with what went wrong, and the conversation so far, as if where the test expected otherwise. */
const failure = (
  { began, chat, deeds, line }: Standing,
  site: string,
  lines: ReadonlyArray<string>,
  marked?: string
): Effect.Effect<never, ConversationError> =>
  Effect.gen(function* () {
    const matter = yield* Effect.all({
      overview: line.overview,
      messages: line.messages(chat),
      deliveries: line.deliveries,
      requests: Effect.map(line.requests, (requests) => requests.filter(({ timestamp }) => timestamp >= began))
    })
    const error = new ConversationError({
      message: [...lines, "", ...Transcript.of({ chat, deeds, marked, ...matter })].join("\n")
    })
    const frames = site.slice(site.indexOf("\n"))
    Object.defineProperty(error, "stack", { value: `${error.name}: ${error.message}${frames}` })
    return yield* error
  })
