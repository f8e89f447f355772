import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Hash from "effect/Hash"
import * as Recent from "line-effect/internal/Recent"

/** What is remembered, by the words of its contract alone: each step looks at all of it. */
const makePlain = (capacity: number, timeToLive: number): Recent.Recent => {
  let known: Array<readonly [id: string, since: number]> = []
  const forget = (now: number) => {
    known = known.slice(Math.max(0, known.length - capacity))
    while (known[0] !== undefined && known[0][1] + timeToLive <= now) known.shift()
  }
  return {
    has: (id, now) => known.some(([other, since]) => other === id && since + timeToLive > now),
    add: (id, now) => {
      forget(now)
      if (!known.some(([other]) => other === id)) known.push([id, now])
      forget(now)
    },
    entries: (now) => {
      forget(now)
      return known
    }
  }
}

const timeToLive = 1000

/** Ids that come, each so much later than the one before, of which a few come again and again. */
const comings = FastCheck.array(
  FastCheck.tuple(FastCheck.integer({ min: 0, max: 40 }).map(String), FastCheck.integer({ min: 0, max: 300 })),
  { maxLength: 200, size: "max" }
)

describe("what is remembered", () => {
  it("is what its contract says, at every step", () =>
    FastCheck.assert(
      FastCheck.property(FastCheck.integer({ min: 0, max: 8 }), comings, (capacity, comings) => {
        const recent = Recent.make({ capacity, timeToLive })
        const plain = makePlain(capacity, timeToLive)
        let now = 0
        for (const [id, later] of comings) {
          now += later
          assert.strictEqual(recent.has(id, now), plain.has(id, now))
          recent.add(id, now)
          plain.add(id, now)
          assert.deepStrictEqual(recent.entries(now), plain.entries(now))
        }
      }),
      { seed: 1 }
    ))

  it("is the latest 100,000 ids, however many came before them", () => {
    const recent = Recent.make()
    const id = (number: number) => `01KDVD${String(number).padStart(20, "0")}`
    const total = 250_000
    for (let number = 0; number < total; number++) {
      assert.isFalse(recent.has(id(number), number))
      recent.add(id(number), number)
      if (number > 0) assert.isTrue(recent.has(id(Math.max(0, number - 99_999)), number), id(number))
    }
    assert.isFalse(recent.has(id(total - 100_001), total))
    assert.deepStrictEqual(
      recent.entries(total),
      Array.from({ length: 100_000 }, (_, index) => [id(total - 100_000 + index), total - 100_000 + index] as const)
    )
  })

  it("is told apart where the hashes of all ids have the same last bits", () => {
    const ids = Array.from({ length: 200_000 }, (_, number) => number.toString(36)).filter(
      (id) => (Hash.string(id) & 1023) === 1
    )
    assert.isAbove(ids.length, 50)
    const recent = Recent.make({ capacity: ids.length - 1 })
    for (const id of ids) {
      assert.isFalse(recent.has(id, 0))
      recent.add(id, 0)
    }
    assert.deepStrictEqual(
      ids.filter((id) => recent.has(id, 0)),
      ids.slice(1)
    )
  })
})
