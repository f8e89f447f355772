/**
 * From what is described and what is there to the steps between: how the menus of a description are recognised, and
 * what has become of them.
 */
import * as Arr from "effect/Array"
import * as Order from "effect/Order"
import * as Predicate from "effect/Predicate"
import type * as RichMenus from "../RichMenus.js"

/**
 * By what a menu is known as one of a description. LINE keeps it in the menu's name, which users do not see: the only
 * place in a channel that holds a text of the developer's, and that is created together with the menu.
 */
export interface Mark {
  /** The name of the description. */
  readonly set: string
  /** The name of the menu in it. */
  readonly menu: string
  /** Of all that the menu is. LINE may encode an image anew, so what it returns does not tell. */
  readonly digest: string
  /** Of the apply that has created it, 8 hexadecimal digits: what another one has put in place is not its own. */
  readonly run: string
}

/** The form of the names in a mark. */
export const nameForm = /^[a-zA-Z0-9_-]{1,32}$/

/** How long a name may be, so that there is room for the longest mark in the 300 of a menu's name. */
export const longestName = 170

// LINE might take the space away with which the mark of an empty name would begin.
const markForm = /(?:^| )\(line-effect ([a-zA-Z0-9_-]{1,32})\/([a-zA-Z0-9_-]{1,32}) ([0-9a-f]{32}) ([0-9a-f]{8})\)$/

/** A name with a mark, which is not complete without its run. */
const mark = (name: string, { digest, menu, set }: Omit<Mark, "run">): string =>
  `${name === "" ? "" : `${name} `}(line-effect ${set}/${menu} ${digest})`

/** The name that a plan says, as a run writes it. */
export const inRun = (name: string, run: string): string => `${name.slice(0, -1)} ${run})`

/** The mark of a name. */
export const markOf = (name: string): Mark | undefined => {
  const [, set, menu, digest, run] = markForm.exec(name) ?? []
  return set === undefined || menu === undefined || digest === undefined || run === undefined
    ? undefined
    : { set, menu, digest, run }
}

/** The digests of the described menus by name. */
export const digestsOf = async ({ menus }: RichMenus.Description): Promise<ReadonlyMap<string, string>> =>
  new Map(await Promise.all(Object.entries(menus).map(async ([name, menu]) => [name, await digestOf(menu)] as const)))

/** Half a SHA-256 over all of a menu, in hexadecimal digits. */
const digestOf = async ({ contentType, image, menu }: RichMenus.DescribedMenu): Promise<string> => {
  const text = new TextEncoder().encode(canonical({ menu, contentType }))
  const bytes = new Uint8Array(text.length + image.length)
  bytes.set(text)
  bytes.set(image, text.length)
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))
  return Array.from(digest.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("")
}

/** Whether two plans do the same. */
export const isSame = (left: RichMenus.Plan["steps"], right: RichMenus.Plan["steps"]): boolean =>
  canonical(left) === canonical(right)

/** JSON in which the order of properties says nothing. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    Predicate.isRecord(part)
      ? Object.fromEntries(Object.entries(part).sort(([left], [right]) => (left < right ? -1 : 1)))
      : part
  )

/** What is there. */
export interface Channel {
  /** The menus that bear a mark of the description's name. */
  readonly menus: ReadonlyArray<MarkedMenu>
  readonly aliases: ReadonlyMap<string, string>
  readonly defaultId: string | undefined
}

/** A menu with a mark. */
export interface MarkedMenu {
  readonly richMenuId: string
  readonly name: string
  readonly mark: Mark
  readonly hasImage: boolean
}

/** The way from what is there to what is described. */
export const between = (
  description: RichMenus.Description,
  digests: ReadonlyMap<string, string>,
  channel: Channel
): { readonly steps: ReadonlyArray<RichMenus.Step>; readonly unchanged: Unchanged } => {
  const unchanged = unchangedOf(digests, channel)
  const kept = new Set(unchanged.values())
  const stale = channel.menus.filter(({ richMenuId }) => !kept.has(richMenuId))
  return {
    unchanged,
    steps: [
      ...creations(description, digests, channel, unchanged),
      ...switches(description, channel, unchanged),
      ...defaults(description, channel, unchanged, stale),
      ...unnamed(description, channel),
      ...moves(description, stale),
      ...removals(description, digests, stale)
    ]
  }
}

/** The menus that stay, with their ids. */
type Unchanged = ReadonlyMap<string, string>

const unchangedOf = (digests: ReadonlyMap<string, string>, { aliases, defaultId, menus }: Channel): Unchanged => {
  const shown = new Set([...aliases.values(), defaultId])
  return new Map(
    [...digests].flatMap(([name, digest]) => {
      const same = menus.filter(({ hasImage, mark }) => hasImage && mark.menu === name && mark.digest === digest)
      const found = same.find(({ richMenuId }) => shown.has(richMenuId)) ?? same[0]
      return found === undefined ? [] : [[name, found.richMenuId] as const]
    })
  )
}

const creations = (
  { menus, name: set }: RichMenus.Description,
  digests: ReadonlyMap<string, string>,
  channel: Channel,
  unchanged: Unchanged
): ReadonlyArray<RichMenus.CreateMenu> =>
  [...digests].flatMap(([menu, digest]) => {
    if (unchanged.has(menu)) return []
    const isKnown = channel.menus.some(({ hasImage, mark }) => hasImage && mark.menu === menu)
    const name = mark(menus[menu]?.menu.name ?? "", { set, menu, digest })
    return [{ _tag: "CreateMenu", menu, name, reason: isKnown ? "changed" : "new" }]
  })

/** Described, the default menu is set; else it stays what it is, in its present version if it is of the description. */
const defaults = (
  description: RichMenus.Description,
  { defaultId }: Channel,
  unchanged: Unchanged,
  stale: ReadonlyArray<MarkedMenu>
): ReadonlyArray<RichMenus.Step> => {
  const outdated = stale.find(({ richMenuId }) => richMenuId === defaultId)?.mark.menu
  const menu = description.default ?? outdated
  if (menu === undefined) return []
  if (Object.hasOwn(description.menus, menu)) {
    const isSet = defaultId !== undefined && unchanged.get(menu) === defaultId
    return isSet ? [] : [{ _tag: "SetDefault", menu, from: defaultId }]
  }
  return defaultId === undefined ? [] : [{ _tag: "CancelDefault", from: defaultId }]
}

const aliasesOf = ({ menus }: RichMenus.Description): ReadonlyArray<readonly [richMenuAliasId: string, menu: string]> =>
  Object.entries(menus).flatMap(([menu, { aliases = [] }]) => aliases.map((alias) => [alias, menu] as const))

const switches = (
  description: RichMenus.Description,
  { aliases }: Channel,
  unchanged: Unchanged
): ReadonlyArray<RichMenus.Step> => {
  const steps = aliasesOf(description).flatMap(
    ([richMenuAliasId, menu]): ReadonlyArray<RichMenus.CreateAlias | RichMenus.SwitchAlias> => {
      const from = aliases.get(richMenuAliasId)
      if (from === undefined) return [{ _tag: "CreateAlias", richMenuAliasId, menu }]
      return from === unchanged.get(menu) ? [] : [{ _tag: "SwitchAlias", richMenuAliasId, menu, from }]
    }
  )
  // LINE creates an alias once: of two applies at the same time one ends there, before it has changed what is shown.
  return Arr.sort(
    steps,
    Order.mapInput(Order.boolean, ({ _tag }: RichMenus.Step) => _tag === "SwitchAlias")
  )
}

/**
 * Whether all that is described is there, whoever has put it in place. `complete` are menus that are known to have their
 * images, beside those that are shown.
 */
export const isInPlace = (
  description: RichMenus.Description,
  digests: ReadonlyMap<string, string>,
  {
    aliases,
    defaultId,
    menus
  }: Omit<Channel, "menus"> & { readonly menus: ReadonlyArray<Omit<MarkedMenu, "hasImage">> },
  complete: Iterable<string>
): boolean => {
  const present = new Map(menus.map(({ mark, richMenuId }) => [richMenuId, mark]))
  const isMenu = (name: string, richMenuId: string | undefined): boolean => {
    const mark = present.get(richMenuId ?? "")
    return mark?.menu === name && mark.digest === digests.get(name)
  }
  const known = [...complete, ...aliases.values(), defaultId]
  const outdated = present.get(defaultId ?? "")?.menu
  const shown = description.default ?? outdated
  return (
    [...digests.keys()].every((name) => known.some((richMenuId) => isMenu(name, richMenuId))) &&
    aliasesOf(description).every(([alias, name]) => isMenu(name, aliases.get(alias))) &&
    (shown === undefined || isMenu(shown, defaultId))
  )
}

/** An alias belongs to the description that its menu belongs to. */
const unnamed = (description: RichMenus.Description, { aliases, menus }: Channel): ReadonlyArray<RichMenus.Step> => {
  const named = new Set(aliasesOf(description).map(([richMenuAliasId]) => richMenuAliasId))
  const own = new Set(menus.map(({ richMenuId }) => richMenuId))
  return [...aliases]
    .filter(([richMenuAliasId, from]) => own.has(from) && !named.has(richMenuAliasId))
    .map(([richMenuAliasId, from]) => ({ _tag: "DeleteAlias", richMenuAliasId, from }))
}

const moves = (
  { menus, moveUsers = true }: RichMenus.Description,
  stale: ReadonlyArray<MarkedMenu>
): ReadonlyArray<RichMenus.Step> => {
  // Nobody can have a menu without an image.
  const moves = stale
    .filter(({ hasImage, mark }) => hasImage && Object.hasOwn(menus, mark.menu))
    .map(({ mark, richMenuId }) => ({ from: richMenuId, menu: mark.menu }))
  return moveUsers && moves.length > 0 ? [{ _tag: "MoveUsers", moves }] : []
}

const removals = (
  { menus }: RichMenus.Description,
  digests: ReadonlyMap<string, string>,
  stale: ReadonlyArray<MarkedMenu>
): ReadonlyArray<RichMenus.Step> => {
  const reasonOf = ({ hasImage, mark }: MarkedMenu): RichMenus.DeleteMenu["reason"] => {
    if (!hasImage) return "unfinished"
    if (!Object.hasOwn(menus, mark.menu)) return "notDescribed"
    return digests.get(mark.menu) === mark.digest ? "duplicate" : "changed"
  }
  return stale.map((menu) => ({
    _tag: "DeleteMenu",
    richMenuId: menu.richMenuId,
    name: menu.name,
    reason: reasonOf(menu)
  }))
}

const reasons: { readonly [Reason in RichMenus.DeleteMenu["reason"]]: string } = {
  changed: "it has changed",
  notDescribed: "it is no longer described",
  duplicate: "it is there twice",
  unfinished: "it never got its image"
}

/** A step in words. */
export const format = (step: RichMenus.Step): string => {
  switch (step._tag) {
    case "CreateMenu":
      return `create menu ${step.menu}${step.reason === "new" ? "" : ", which has changed"}`
    case "SetDefault":
      return `make menu ${step.menu} the default${step.from === undefined ? "" : ` in place of ${step.from}`}`
    case "CancelDefault":
      return `make no menu the default in place of ${step.from}`
    case "CreateAlias":
      return `create alias ${step.richMenuAliasId} of menu ${step.menu}`
    case "SwitchAlias":
      return `switch alias ${step.richMenuAliasId} to menu ${step.menu} from ${step.from}`
    case "DeleteAlias":
      return `delete alias ${step.richMenuAliasId} of ${step.from}`
    case "MoveUsers":
      return `move users ${step.moves.map(({ from, menu }) => `from ${from} to menu ${menu}`).join(", ")}`
    case "DeleteMenu":
      return `delete ${step.richMenuId}, ${reasons[step.reason]}: ${step.name}`
  }
}
