/**
 * The scheduler of one request, for platforms such as Workers, on which timers, connections and promises belong to the
 * request that made them. Its fibers go on in that request also when another one resumes them, as the end of what both wait
 * for does; they would end with the other one otherwise.
 */
import type * as Fiber from "effect/Fiber"
import * as Scheduler from "effect/Scheduler"

// As the default scheduler does: the event loop has its turn now and then.
const maxTurns = 2048

export class RequestScheduler implements Scheduler.Scheduler {
  /** Runs something in the request: what waits for a promise goes on where it began to wait. */
  private enter: (run: () => void) => void = () => {}
  private readonly runner = new Scheduler.SchedulerRunner((turns, drain) =>
    this.enter(() => {
      if (turns < maxTurns) drain(turns + 1)
      else setTimeout(() => drain(0), 0)
    })
  )

  constructor() {
    this.wait()
  }

  private wait(): void {
    void new Promise<() => void>((resolve) => (this.enter = resolve)).then((run) => {
      this.wait()
      run()
    })
  }

  shouldYield(fiber: Fiber.RuntimeFiber<unknown, unknown>): number | false {
    return Scheduler.defaultScheduler.shouldYield(fiber)
  }

  scheduleTask(task: Scheduler.Task, priority: number): void {
    this.runner.scheduleTask(task, priority)
  }
}

/** The scheduler of the request that a fiber belongs to, if it belongs to one. */
export const of = ({ currentScheduler }: Fiber.RuntimeFiber<unknown, unknown>): RequestScheduler | undefined =>
  currentScheduler instanceof RequestScheduler ? currentScheduler : undefined
