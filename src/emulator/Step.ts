/**
 * The steps of a world: each request that reaches its operation, each act, each point in time at which something was
 * due. With the state of the generator before it, a step can be made again and comes out the same.
 */
import * as Either from "effect/Either"
import type { Act } from "./Act.js"
import * as Acts from "./Acts.js"
import * as Due from "./Due.js"
import * as World from "./World.js"

/** A person's act. */
export const act = (world: World.World, act: Act, now: number): Either.Either<Acts.Done, string> => {
  const { broken } = world.surroundings
  if (broken !== undefined) return Either.left(broken)
  const random = world.ids.state
  const done = Acts.perform(world, act, now)
  world.surroundings.keep?.({ _tag: "Act", act, now }, random)
  World.announce(world, { _tag: "World" })
  return done
}

/** What is due by itself. */
export const settle = (world: World.World, now: number): void => {
  if (now < (Due.next(world) ?? Infinity) || world.surroundings.broken !== undefined) return
  const random = world.ids.state
  Due.settle(world, now)
  world.surroundings.keep?.({ _tag: "Due", now }, random)
  World.announce(world, { _tag: "World" })
}
