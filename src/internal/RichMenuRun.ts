/**
 * An apply at work: it reads the channel, takes the steps of a plan, and undoes them if it cannot end.
 */
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type * as LineClient from "../LineClient.js"
import * as LineError from "../LineError.js"
import * as Retry from "../Retry.js"
import * as RichMenu from "../RichMenu.js"
import type * as RichMenus from "../RichMenus.js"
import type * as Wait from "../Wait.js"
import * as RichMenuPlan from "./RichMenuPlan.js"

/** What an apply calls, given to it by the module that declares it and calls the apply. */
export type Line = Pick<
  typeof RichMenus,
  | "createRichMenu"
  | "setRichMenuImage"
  | "getRichMenuImage"
  | "getRichMenuList"
  | "deleteRichMenu"
  | "setDefaultRichMenu"
  | "getDefaultRichMenuId"
  | "cancelDefaultRichMenu"
  | "createRichMenuAlias"
  | "updateRichMenuAlias"
  | "deleteRichMenuAlias"
  | "getRichMenuAliasList"
  | "richMenuBatch"
  | "awaitBatch"
  | "Disturbed"
>

/** A plan, and what carrying it out must know. */
export interface Prepared extends RichMenus.Plan {
  readonly digests: ReadonlyMap<string, string>
  /** The described menus that are there, with their ids. */
  readonly unchanged: ReadonlyMap<string, string>
  /** How many menus the channel has. */
  readonly count: number
}

/** Plans what is to be done for a description that is valid. */
export const prepare = Effect.fnUntraced(function* (line: Line, description: RichMenus.Description) {
  const digests = yield* Effect.promise(() => RichMenuPlan.digestsOf(description))
  const channel = yield* read(line, description)
  // What has an alias or is the default has its image: LINE allows neither without.
  const shown = shownIn(channel)
  const menus = yield* Effect.forEach(
    channel.menus,
    (menu) =>
      Effect.map(shown.has(menu.richMenuId) ? Effect.succeed(true) : hasImage(line, menu.richMenuId), (hasImage) => ({
        ...menu,
        hasImage
      })),
    few
  )
  const { steps, unchanged } = RichMenuPlan.between(description, digests, { ...channel, menus })
  const creations = steps.filter(({ _tag }) => _tag === "CreateMenu").length
  const prepared: Prepared = { description, steps, creations, digests, unchanged, count: channel.count }
  return prepared
})

const few = { concurrency: 5 }

/** What the channel has: all that can be read without a request for each menu, at once, so that it fits together. */
const read = (line: Line, description: RichMenus.Description) =>
  Effect.map(
    Effect.all([line.getRichMenuList(), line.getRichMenuAliasList(), defaultIdFor(line, description)], few),
    ([{ richmenus }, list, defaultId]) => ({
      menus: richmenus.flatMap(({ name, richMenuId }) => {
        const mark = RichMenuPlan.markOf(name)
        return mark?.set === description.name ? [{ richMenuId, name, mark }] : []
      }),
      aliases: new Map(list.aliases.map(({ richMenuAliasId, richMenuId }) => [richMenuAliasId, richMenuId])),
      defaultId,
      count: richmenus.length
    })
  )

type State = Effect.Effect.Success<ReturnType<typeof read>>

const shownIn = ({ aliases, defaultId }: State): ReadonlySet<string | undefined> =>
  new Set([...aliases.values(), defaultId])

const defaultIdFor = (line: Line, { default: name }: RichMenus.Description) =>
  line.getDefaultRichMenuId().pipe(
    Effect.map(({ richMenuId }) => richMenuId),
    Effect.catchTag("LineNotFound", () => Effect.succeed(undefined)),
    // Another channel's default menu stays what it is, unless it would have to be replaced.
    Effect.catchTag("LineForbidden", (error) => (name === undefined ? Effect.succeed(undefined) : Effect.fail(error)))
  )

const hasImage = (line: Line, richMenuId: string) =>
  line.getRichMenuImage({ richMenuId }).pipe(
    Effect.flatMap(({ stream }) => Stream.runHead(stream)),
    Effect.as(true),
    Effect.catchTag("LineNotFound", () => Effect.succeed(false))
  )

/** The first parts of an apply can be undone, the last one cannot. */
const canBeUndone = ({ _tag }: RichMenus.Step): boolean =>
  _tag !== "DeleteAlias" && _tag !== "MoveUsers" && _tag !== "DeleteMenu"

/** Why a step failed. */
export type Reason = RichMenus.ApplyFailed["cause"]

/** A step that failed, and what has become of those before it. */
export type Failure = Pick<RichMenus.ApplyFailed, "step" | "cause" | "outcome" | "left">

/** Where an apply is. */
interface Run extends Prepared {
  readonly line: Line
  readonly options: Wait.Options
  /** The mark of what it creates. */
  readonly run: string
  /** The described menus that are there by now, with their images. */
  readonly ids: Map<string, string>
  /** The steps that were begun, perhaps not to their end. */
  readonly begun: Array<RichMenus.Step>
}

/** Takes the steps, and says the ids of the described menus. */
export const carryOut = Effect.fnUntraced(function* (line: Line, prepared: Prepared, options: Wait.Options) {
  const number = yield* Random.nextIntBetween(0, 2 ** 32)
  const id = number.toString(16).padStart(8, "0")
  const run: Run = { ...prepared, line, options, run: id, ids: new Map(prepared.unchanged), begun: [] }
  yield* putInPlace(run)
  for (const step of run.steps.filter((step) => !canBeUndone(step))) {
    yield* Effect.mapError(take(run, step), (cause): Failure => ({ step, cause, outcome: "inPlace", left: [] }))
  }
  return run.ids
})

const putInPlace = (run: Run): Effect.Effect<void, Failure, LineClient.LineClient> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const steps = Effect.forEach(
        run.steps.filter(canBeUndone),
        (step) => {
          run.begun.push(step)
          return take(run, step).pipe(
            Effect.catchAll((cause) => explain(run, step, cause)),
            Effect.mapError((cause) => ({ step, cause }))
          )
        },
        { discard: true }
      )
      const exit = yield* Effect.exit(restore(Effect.zipRight(steps, check(run))))
      if (Exit.isSuccess(exit)) return
      const undone = yield* undo(run)
      return yield* Effect.failCause(Cause.map(exit.cause, (failure) => ({ ...failure, ...undone })))
    })
  )

/** LINE refuses a step as well because something else has removed its menu or its alias. */
const explain = (
  run: Run,
  step: RichMenus.Step,
  cause: Reason
): Effect.Effect<never, Reason, LineClient.LineClient> => {
  if (cause._tag !== "LineBadRequest" && cause._tag !== "LineNotFound") return Effect.fail(cause)
  const isDisturbed = Effect.map(read(run.line, run.description), ({ aliases, menus }) => {
    switch (step._tag) {
      case "CreateMenu":
        // The menu of an image, which it has just created.
        return cause._tag === "LineNotFound"
      case "SwitchAlias":
        return !aliases.has(step.richMenuAliasId) || isGone(run, step.menu, menus)
      default:
        return "menu" in step && isGone(run, step.menu, menus)
    }
  })
  return isDisturbed.pipe(
    Effect.orElseSucceed(() => false),
    Effect.flatMap((isDisturbed) => Effect.fail(isDisturbed ? new run.line.Disturbed() : cause))
  )
}

const isGone = (run: Run, menu: string, menus: State["menus"]): boolean =>
  !menus.some(({ richMenuId }) => richMenuId === idOf(run, menu))

/** Before anything is removed: whatever is done at the same time, such as the undoing of another apply, may be in it. */
const check = (run: Run): Effect.Effect<void, Pick<Failure, "step" | "cause">, LineClient.LineClient> =>
  Effect.suspend(() => {
    const step = run.begun.at(-1)
    if (step === undefined) return Effect.void
    return read(run.line, run.description).pipe(
      Effect.flatMap((state) => (isInPlace(run, state) ? Effect.void : Effect.fail(new run.line.Disturbed()))),
      // LINE keeps aliases for a while, and might tell of the old ones at first.
      Effect.retry({ schedule: settling, while: ({ _tag }) => _tag === "LineRichMenusDisturbed" }),
      Effect.mapError((cause) => ({ step, cause }))
    )
  })

const settling = Schedule.exponential("1 second").pipe(Schedule.intersect(Schedule.recurs(3)))

const isInPlace = ({ description, digests, ids }: Run, state: State): boolean =>
  RichMenuPlan.isInPlace(description, digests, state, ids.values())

/** Whether all would be in place if this run had created nothing. */
const isInPlaceWithout = ({ description, digests, run, unchanged }: Run, state: State): boolean => {
  const menus = state.menus.filter(({ mark }) => mark.run !== run)
  return RichMenuPlan.isInPlace(description, digests, { ...state, menus }, unchanged.values())
}

const take = (run: Run, step: RichMenus.Step): Effect.Effect<void, Reason, LineClient.LineClient> => {
  const { line } = run
  switch (step._tag) {
    case "CreateMenu":
      return createMenu(run, step)
    case "SetDefault":
      return line.setDefaultRichMenu({ richMenuId: idOf(run, step.menu) })
    case "CancelDefault":
      return line.cancelDefaultRichMenu()
    case "CreateAlias":
      return createAlias(line, { richMenuAliasId: step.richMenuAliasId, richMenuId: idOf(run, step.menu) })
    case "SwitchAlias":
      return line.updateRichMenuAlias({ richMenuAliasId: step.richMenuAliasId, richMenuId: idOf(run, step.menu) })
    case "DeleteAlias":
      return unlessGone(line.deleteRichMenuAlias({ richMenuAliasId: step.richMenuAliasId }))
    case "MoveUsers": {
      const operations = step.moves.map(({ from, menu }) => RichMenu.link({ from, to: idOf(run, menu) }))
      return Effect.flatMap(line.richMenuBatch({ operations }), (accepted) => line.awaitBatch(accepted, run.options))
    }
    case "DeleteMenu":
      return unlessGone(line.deleteRichMenu({ richMenuId: step.richMenuId }))
  }
}

/** The id of a menu. Menus are created before anything else is done with them. */
const idOf = ({ ids }: Run, menu: string): string => ids.get(menu) ?? ""

const unlessGone = <E, R>(call: Effect.Effect<void, E | LineError.NotFound, R>) =>
  Effect.catchIf(
    call,
    (error): error is LineError.NotFound => error instanceof LineError.NotFound,
    () => Effect.void
  )

const createMenu = Effect.fnUntraced(function* (run: Run, step: RichMenus.CreateMenu) {
  const { line } = run
  const described = run.description.menus[step.menu]
  if (described === undefined) return
  const { contentType, image, menu } = described
  const found = Effect.map(line.getRichMenuList(), ({ richmenus }) =>
    Option.fromNullable(richmenus.find(({ name }) => isOwn(run, step, RichMenuPlan.markOf(name))))
  )
  const creation = line.createRichMenu({ ...menu, name: RichMenuPlan.inRun(step.name, run.run) })
  const { richMenuId } = yield* once(creation, found)
  yield* once(line.setRichMenuImage({ richMenuId, image, contentType }), Effect.map(hasImage(line, richMenuId), doneIf))
  run.ids.set(step.menu, richMenuId)
})

/** Whether a mark is that of a menu which this run has created by a step. */
const isOwn = ({ description, run }: Run, step: RichMenus.Step, mark: RichMenuPlan.Mark | undefined): boolean =>
  step._tag === "CreateMenu" && mark?.set === description.name && mark.menu === step.menu && mark.run === run

const createAlias = (line: Line, { richMenuAliasId, richMenuId }: RichMenus.RichMenuAlias) =>
  Effect.suspend(() => {
    let isTaken = false
    // The list, because LINE reads the one whose id is "list" as the list.
    const isDone = Effect.map(line.getRichMenuAliasList(), ({ aliases }) => {
      const found = aliases.find((alias) => alias.richMenuAliasId === richMenuAliasId)
      isTaken = found !== undefined && found.richMenuId !== richMenuId
      return found?.richMenuId === richMenuId
    })
    return once(line.createRichMenuAlias({ richMenuAliasId, richMenuId }), Effect.map(isDone, doneIf)).pipe(
      // If it is not there, another apply may have had it, and have given it up since.
      Effect.retry({ times: 1, while: ({ _tag }) => _tag === "LineBadRequest" && !isTaken }),
      Effect.mapError((error) => (isTaken && error._tag === "LineBadRequest" ? new line.Disturbed() : error))
    )
  })

const doneIf = (isDone: boolean): Option.Option<void> => (isDone ? Option.some(undefined) : Option.none())

/**
 * A call that would act twice if it were repeated. After a failure that leaves open whether LINE has acted, and after a
 * refusal, for which an attempt before may be the reason, it is looked up; only what is not there is done again.
 */
const once = <A, E extends LineError.LineError, E2 extends LineError.LineError, R, R2>(
  call: Effect.Effect<A, E, R>,
  find: Effect.Effect<Option.Option<A>, E2, R2>
): Effect.Effect<A, E | E2, R | R2> =>
  Effect.flatMap(Retry.CurrentPolicy, (policy) =>
    call.pipe(
      Effect.catchIf(
        (error) => LineError.isAmbiguous(error) || error._tag === "LineBadRequest",
        (error) => Effect.flatMap(find, Option.match({ onNone: () => Effect.fail(error), onSome: Effect.succeed }))
      ),
      Effect.retry({ schedule: policy ?? Retry.standard, while: LineError.isAmbiguous })
    )
  )

/** Undoes what was begun, and says what could not be undone. */
const undo = Effect.fnUntraced(function* (run: Run) {
  if (run.begun.length === 0) return { outcome: "undone", left: [] } as const
  const left = new Set(run.begun)
  const isInPlace = yield* putBack(run, left).pipe(
    // Whatever policy and whatever pace is around this, it comes to an end: it cannot be interrupted.
    Retry.withPolicy(Retry.standard),
    Effect.interruptible,
    Effect.timeoutOption("1 minute"),
    Effect.option,
    Effect.map(Option.flatten)
  )
  if (Option.contains(isInPlace, true)) return { outcome: "inPlace", left: [] } as const
  if (left.size === 0) return { outcome: "undone", left: [] } as const
  yield* Effect.logWarning("Rich menus could not be put back", [...left].map(RichMenuPlan.format))
  return { outcome: "partlyUndone", left: [...left] } as const
})

/**
 * Undoes the steps that were begun, and leaves in `left` what could not be undone. If all is in place, perhaps by another
 * apply, it says so and undoes none of it: the other may rely on what this one has done.
 */
const putBack = Effect.fnUntraced(function* (run: Run, left: Set<RichMenus.Step>) {
  const [creations, switches] = Arr.partition(run.begun, ({ _tag }) => _tag !== "CreateMenu")
  const each = (steps: ReadonlyArray<RichMenus.Step>, back: (step: RichMenus.Step) => Back) =>
    Effect.forEach(
      steps,
      (step) => Effect.ignore(Effect.tap(back(step), (isDone) => Effect.sync(() => isDone && left.delete(step)))),
      { ...few, discard: true }
    )
  const remove = (state: State) => each(creations, (step) => deleteCreated(run, state, step))
  const state = yield* read(run.line, run.description)
  if (isInPlace(run, state)) {
    if (isInPlaceWithout(run, state)) yield* remove(state)
    return true
  }
  yield* each(switches, (step) => Effect.as(switchBack(run, state, step), true))
  // What an alias may still lead to is not deleted.
  if (creations.length > 0 && !switches.some((step) => left.has(step))) {
    yield* remove(yield* read(run.line, run.description))
  }
  return false
})

type Back = Effect.Effect<boolean, LineError.LineError, LineClient.LineClient>

/** Switches back what leads to this run's menu. What leads to another is what another apply has made of it. */
const switchBack = (
  run: Run,
  { aliases, defaultId }: State,
  step: RichMenus.Step
): Effect.Effect<void, LineError.LineError, LineClient.LineClient> => {
  const { line } = run
  const leadsHere = (target: string | undefined, menu: string) => target !== undefined && target === idOf(run, menu)
  switch (step._tag) {
    case "SetDefault":
      if (!leadsHere(defaultId, step.menu)) return Effect.void
      return step.from === undefined ? line.cancelDefaultRichMenu() : line.setDefaultRichMenu({ richMenuId: step.from })
    case "CancelDefault":
      return defaultId === undefined ? line.setDefaultRichMenu({ richMenuId: step.from }) : Effect.void
    case "CreateAlias": {
      const { menu, richMenuAliasId } = step
      if (!leadsHere(aliases.get(richMenuAliasId), menu)) return Effect.void
      return unlessGone(line.deleteRichMenuAlias({ richMenuAliasId }))
    }
    case "SwitchAlias": {
      const { from, menu, richMenuAliasId } = step
      const target = aliases.get(richMenuAliasId)
      const back = line.updateRichMenuAlias({ richMenuAliasId, richMenuId: from })
      // LINE keeps aliases for a while: what is still told of may be switched all the same.
      if (target === from) return Effect.ignore(back)
      return leadsHere(target, menu) ? back : Effect.void
    }
    default:
      return Effect.void
  }
}

/** Deletes what this run has created, and says whether all of it: not what another apply has led an alias to meanwhile. */
const deleteCreated = (run: Run, state: State, step: RichMenus.Step): Back => {
  // Looked for and not remembered: the answer to a creation may be lost, or was not waited for.
  const own = state.menus.filter(({ mark }) => isOwn(run, step, mark))
  const shown = shownIn(state)
  const unshown = own.filter(({ richMenuId }) => !shown.has(richMenuId))
  return Effect.as(
    Effect.forEach(unshown, ({ richMenuId }) => unlessGone(run.line.deleteRichMenu({ richMenuId })), { discard: true }),
    unshown.length === own.length
  )
}
