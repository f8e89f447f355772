/**
 * The operations of LINE that are not served. A path that is not known at all answers 404, which for many of them would
 * mean that there is none of what was asked for.
 */
import * as Notifications from "../Notifications.js"
import type { Declaration } from "../Operation.js"
import type { Route } from "./Wire.js"

const operations: ReadonlyArray<Declaration> = [
  Notifications.pushMessagesByPhone,
  Notifications.pushTemplatedMessagesByPhone,
  Notifications.getPNPMessageStatistics,
  Notifications.getTemplatedPNPMessageStatistics
]

/** The operations, without what they do. */
export const routes: ReadonlyArray<Route> = operations.map(({ authorized, host, method, operationId, path }) => ({
  operationId,
  method,
  path,
  host,
  ...(authorized ? {} : { authorized })
}))
