import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Insights from "line-effect/Insights"
import * as Messaging from "line-effect/Messaging"
import * as RateLimit from "line-effect/RateLimit"
import { readFileSync } from "node:fs"

const contract: { readonly operations: ReadonlyArray<{ readonly operationId: string; readonly path: string }> } =
  JSON.parse(readFileSync("test/contract/line-contract.json", "utf8"))

const show = ({ limit, window }: RateLimit.RateLimit) => `${limit} in ${Duration.format(window)}`

describe("RateLimit", () => {
  it("knows each limit by the operation's id or by the operation", () => {
    assert.strictEqual(show(RateLimit.of("richMenuBatch")), "3 in 1h")
    assert.strictEqual(show(RateLimit.of("createRichMenu")), "100 in 1h")
    assert.strictEqual(show(RateLimit.of(Messaging.broadcast)), "60 in 1h")
    assert.strictEqual(show(RateLimit.of(Messaging.multicast)), "200 in 1s")
    assert.strictEqual(show(RateLimit.of(Insights.getNumberOfFollowers)), "60 in 1h")
    assert.strictEqual(show(RateLimit.of("issueChannelToken")), "370 in 1s")
  })

  it("has the usual limit for an operation that LINE gives none of its own", () => {
    for (const operation of ["pushTemplatedMessagesByPhone", "constructor", Messaging.pushMessage]) {
      assert.strictEqual(show(RateLimit.of(operation)), "2000 in 1s")
    }
  })

  it("names no operation that LINE does not have", () => {
    const known = contract.operations.map(({ operationId }) => operationId)
    for (const operationId of RateLimit.own.keys()) assert.include(known, operationId)
  })

  it("has one limit for all operations of a family where LINE says so", () => {
    const limits = (prefix: string) =>
      new Set(
        contract.operations
          .filter(({ path }) => path.startsWith(prefix))
          .map(({ operationId }) => show(RateLimit.of(operationId)))
      )
    assert.deepStrictEqual([...limits("/v2/bot/audienceGroup/")], ["60 in 1m"])
    assert.deepStrictEqual([...limits("/v2/bot/coupon")], ["200 in 1s"])
    assert.deepStrictEqual([...limits("/v2/bot/membership/")], ["200 in 1s"])
    assert.deepStrictEqual([...limits("/v2/bot/insight/")], ["60 in 1h"])
    assert.deepStrictEqual([...limits("/v2/bot/channel/webhook/endpoint")], ["1000 in 1m"])
    assert.deepStrictEqual([...limits("/v2/bot/message/validate/")], ["2000 in 1s"])
  })
})
