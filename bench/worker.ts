/** What a worker process does: a round of calls each time it is told to, and a report of what it cost. */

export interface Sample {
  readonly calls: number
  /** Microseconds of user and system time. */
  readonly cpu: number
  /** Microseconds. */
  readonly wall: number
}

export const work = (calls: number, round: () => void | Promise<void>): void => {
  process.on("message", async () => {
    const cpuBefore = process.cpuUsage()
    const wallBefore = process.hrtime.bigint()
    await round()
    const cpu = process.cpuUsage(cpuBefore)
    const wall = Number(process.hrtime.bigint() - wallBefore) / 1000
    process.send?.({ calls, cpu: cpu.user + cpu.system, wall } satisfies Sample)
  })
  process.send?.("ready")
}
