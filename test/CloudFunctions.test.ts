import * as Functions from "@google-cloud/functions-framework"
import { getTestServer } from "@google-cloud/functions-framework/testing"
import { describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as CloudFunctions from "line-effect/CloudFunctions"
import * as Servers from "./support/Servers.js"

let functions = 0

const start: Servers.Start = (options, layer, before) =>
  Effect.gen(function* () {
    const { dispose, handler } = CloudFunctions.toHandler(options, layer)
    const name = `callback${functions++}`
    Functions.http(name, (request, response) => {
      // The framework parses every body and keeps its bytes.
      if (before === "a parser") delete request.rawBody
      return handler(request, response)
    })
    const url = yield* Servers.listen(getTestServer(name))
    return { send: Servers.sendTo(url), dispose: Effect.promise(dispose) }
  })

describe("CloudFunctions", () => {
  Servers.behaves(start, { advice: /as the platform gives it, with its rawBody/, waits: true })
})
