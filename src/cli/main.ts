#!/usr/bin/env node
/**
 * The program `line-effect`.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeTerminal from "@effect/platform-node/NodeTerminal"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as LineEffect from "./LineEffect.js"
import type * as Output from "./Output.js"
import * as Running from "./Running.js"
import * as Shell from "./Shell.js"

const surroundings = Layer.mergeAll(NodeFileSystem.layer, NodePath.layer, NodeTerminal.layer, FetchHttpClient.layer)

const program = LineEffect.run(process.argv.slice(2)).pipe(Effect.provide(surroundings), Shell.provide)

const interrupted = 130

const exitCodeOf = (exit: Exit.Exit<void, Output.Ended>): number => {
  if (Exit.isSuccess(exit)) return 0
  const failure = Cause.failureOption(exit.cause)
  if (failure._tag === "Some") return failure.value.exitCode
  if (Cause.isInterruptedOnly(exit.cause)) return interrupted
  process.stderr.write(`line-effect is wrong, please report this:\n${Cause.pretty(exit.cause)}\n`)
  return 1
}

Shell.endWithReader()

const fiber = Effect.runFork(program)

Running.onSignal(() => fiber.unsafeInterruptAsFork(fiber.id()))

fiber.addObserver((exit) => Shell.end(exitCodeOf(exit)))
