/**
 * Commands that go on until somebody ends them.
 */
import * as Effect from "effect/Effect"

const signals = ["SIGINT", "SIGTERM"] as const

/**
 * Succeeds when the process is told to end, by Ctrl-C or by another process. While something waits for this, that is how
 * the command ends well; otherwise it interrupts the command.
 */
export const untilStopped: Effect.Effect<void> = Effect.async((resume) => {
  const stop = () => resume(Effect.void)
  for (const signal of signals) process.once(signal, stop)
  return Effect.sync(() => {
    for (const signal of signals) process.off(signal, stop)
  })
})

/** Calls back when the process is told to end and nothing waits for that. */
export const onSignal = (interrupt: () => void): void => {
  for (const signal of signals) {
    process.on(signal, () => {
      // This listener is the first: those of `untilStopped` are still there.
      if (process.listenerCount(signal) === 1) interrupt()
    })
  }
}
