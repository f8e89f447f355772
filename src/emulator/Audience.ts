/**
 * One audience: who is in it, and how far it is, which is read from the clock.
 */
import type { World } from "./World.js"

/** An audience that was made. */
export interface Audience {
  readonly audienceGroupId: number
  readonly type: "UPLOAD" | "CLICK" | "IMP"
  readonly isIfaAudience: boolean
  /** The message that it is made of, and the link in it. */
  readonly source: { readonly requestId: string; readonly clickUrl?: string | undefined } | undefined
  readonly createdAt: number
  /** What was put into it, by uploads or when it was made of a message. */
  readonly jobs: Array<Job>
  description: string
}

/** Some who are put into an audience. */
export interface Job {
  readonly audienceGroupJobId: number
  readonly description: string | undefined
  readonly createdAt: number
  readonly ids: ReadonlySet<string>
}

const queued = 1000
const working = 1000
const day = 24 * 3_600_000
const kept = 180 * day
const keptExpired = 30 * day

/** How far a job is. */
export const jobStatusOf = ({ createdAt }: Job, now: number): "QUEUED" | "WORKING" | "FINISHED" => {
  if (now < createdAt + queued) return "QUEUED"
  return now < createdAt + queued + working ? "WORKING" : "FINISHED"
}

const finished = ({ jobs }: Audience, now: number): ReadonlyArray<Job> =>
  jobs.filter((job) => jobStatusOf(job, now) === "FINISHED")

/** How many jobs have not ended. */
export const pending = (audience: Audience, now: number): number =>
  audience.jobs.length - finished(audience, now).length

/** When an audience expires. */
export const expiresAt = ({ createdAt }: Audience): number => createdAt + kept

/** How far an audience is. An empty one is never ready, nor is one of a message that too few have seen. */
export const statusOf = (world: World, audience: Audience, now: number): "IN_PROGRESS" | "READY" | "EXPIRED" => {
  if (now >= expiresAt(audience)) return "EXPIRED"
  const minimum = audience.type === "UPLOAD" ? 1 : Math.max(1, world.settings.narrowcastMinimum.recipients)
  return finished(audience, now).some(({ ids }) => ids.size >= minimum) ? "READY" : "IN_PROGRESS"
}

/** How many are in an audience, as LINE tells: of fewer than 20 only where user IDs were uploaded. */
export const countOf = (audience: Audience, now: number): number => {
  const ids = new Set<string>()
  for (const job of finished(audience, now)) for (const id of job.ids) ids.add(id)
  return ids.size >= 20 || (audience.type === "UPLOAD" && !audience.isIfaAudience) ? ids.size : 0
}

/** The audience of an ID, until it is deleted, which LINE does a month after it has expired. */
export const find = (world: World, audienceGroupId: number, now: number): Audience | undefined => {
  const audience = world.audiences.get(audienceGroupId)
  return audience !== undefined && now < expiresAt(audience) + keptExpired ? audience : undefined
}

/** The audiences, the newest first. */
export const list = (world: World, now: number): ReadonlyArray<Audience> =>
  [...world.audiences.keys()].flatMap((audienceGroupId) => find(world, audienceGroupId, now) ?? []).reverse()

/** Whom a narrowcast to an audience selects, and whether it may select few. */
export interface Members {
  readonly has: (userId: string) => boolean
  readonly mayBeFew: boolean
}

/** The members of an audience, if a narrowcast can be sent to it. */
export const members = (world: World, audienceGroupId: number, now: number): Members | undefined => {
  const audience = find(world, audienceGroupId, now)
  if (audience === undefined || statusOf(world, audience, now) !== "READY") return undefined
  const jobs = finished(audience, now)
  return { has: (userId) => jobs.some(({ ids }) => ids.has(userId)), mayBeFew: audience.type === "UPLOAD" }
}
