import { assert, describe, it } from "@effect/vitest"
import * as Hash from "effect/Hash"
import { PCGRandom } from "effect/Utils"
import * as Recent from "line-effect/internal/Recent"

/** What is remembered, by the words of its contract alone. */
const makePlain = (capacity: number, timeToLive: number): Recent.Recent => {
  const known = new Map<string, number>()
  const forget = (now: number) => {
    for (const [id, since] of known) {
      if (known.size <= capacity && since + timeToLive > now) return
      known.delete(id)
    }
  }
  return {
    has: (id, now) => (known.get(id) ?? -Infinity) + timeToLive > now,
    add: (id, now) => {
      forget(now)
      if (!known.has(id)) known.set(id, now)
      forget(now)
    },
    entries: (now) => {
      forget(now)
      return [...known]
    }
  }
}

describe("what is remembered", () => {
  const timeToLive = 2000
  for (const capacity of [0, 1, 7, 1024, 1500, Infinity]) {
    it(`is what its contract says while ids come and go, of ${capacity} at most`, () => {
      const random = new PCGRandom(1)
      const recent = Recent.make({ capacity, timeToLive })
      const plain = makePlain(capacity, timeToLive)
      const wrong: Array<number> = []
      let now = 10_000
      for (let step = 0; step < 20_000; step++) {
        // Few ids or many, that come fast or slowly, and sometimes the clock is set back.
        const pool = [10, 500, 6000][Math.floor(step / 2000) % 3] ?? 0
        now += random.number() < 0.001 ? -300 : random.integer(step % 8000 < 5000 ? 2 : 100)
        const id = `01KDVD${random.integer(pool)}`
        if (recent.has(id, now) !== plain.has(id, now)) wrong.push(step)
        recent.add(id, now)
        plain.add(id, now)
        // Later than the last that came: some are forgotten only here.
        if (step % 500 === 0)
          assert.deepStrictEqual(recent.entries(now + 900), plain.entries(now + 900), `step ${step}`)
      }
      assert.deepStrictEqual(wrong, [])
    })
  }

  it("is the latest 100,000 ids of a day unless it is told otherwise", () => {
    const recent = Recent.make()
    const id = (number: number) => `01KDVD${String(number).padStart(20, "0")}`
    const total = 150_000
    for (let number = 0; number < total; number++) recent.add(id(number), number)
    assert.isFalse(recent.has(id(49_999), total))
    assert.isTrue(recent.has(id(50_000), total))
    assert.deepStrictEqual(
      recent.entries(total),
      Array.from({ length: 100_000 }, (_, index) => [id(50_000 + index), 50_000 + index] as const)
    )
    const day = 86_400_000
    assert.isFalse(recent.has(id(120_000), 120_000 + day))
    assert.strictEqual(recent.entries(120_000 + day).length, total - 120_001)
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
