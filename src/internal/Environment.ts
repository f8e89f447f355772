/**
 * What is read of the environment.
 */
import * as Config from "effect/Config"
import type * as LineClient from "../LineClient.js"

const url = (name: string): Config.Config<string | undefined> =>
  Config.url(name).pipe(
    Config.map((url) => url.href),
    Config.withDefault(undefined)
  )

/** Where LINE is, as far as the environment says. */
export const baseUrls: Config.Config<LineClient.BaseUrls> = Config.all({
  api: url("LINE_API_BASE_URL"),
  data: url("LINE_DATA_API_BASE_URL"),
  manager: url("LINE_MANAGER_BASE_URL")
})
