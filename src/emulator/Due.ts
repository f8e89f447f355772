/**
 * What happens by itself when its time has come: narrowcasts are sent, and the rich menus of many users change.
 */
import * as Narrowcast from "./Narrowcast.js"
import * as RichMenus from "./RichMenus.js"
import type { World } from "./World.js"

/** When anything is due next, if anything is. */
export const next = (world: World): number | undefined => {
  const ends = [Narrowcast.nextEnd(world), RichMenus.nextEnd(world)].filter((end) => end !== undefined)
  return ends.length === 0 ? undefined : Math.min(...ends)
}

/** Does what is due. */
export const settle = (world: World, now: number): void => {
  Narrowcast.settle(world, now)
  RichMenus.settle(world, now)
}
