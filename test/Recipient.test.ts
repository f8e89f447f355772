import { assert, describe, it } from "@effect/vitest"
import * as Message from "line-effect/Message"
import * as Messaging from "line-effect/Messaging"
import * as Recipient from "line-effect/Recipient"
import { limits, refusals, times } from "./support/Refusals.js"

const audience = Recipient.audience(5614991017776)
const redelivery = Recipient.redelivery("5b59509c-c57b-11e9-aa8c-2a2ae2dbcce4")

limits("a recipient", Recipient.Recipient, [
  {
    limit: "is an audience, an earlier narrowcast, or a combination",
    accepts: [audience, redelivery, Recipient.and([audience, Recipient.not(redelivery)]), Recipient.or([audience])],
    refuses: [
      [{ type: "group" }, "type"],
      [{ type: "audience", audienceGroupId: "1" }, "audienceGroupId"],
      [Recipient.audience(1.5), "audienceGroupId"],
      [Recipient.audience(-1), "audienceGroupId"],
      [{ type: "redelivery", requestId: "" }, "requestId"]
    ]
  },
  {
    limit: "combines by exactly one operator, and not an empty list",
    accepts: [{ type: "operator", and: [audience], or: undefined }],
    refuses: [
      [{ type: "operator" }, ""],
      [{ type: "operator", and: [audience], not: audience }, ""],
      [Recipient.and([]), "and"],
      [Recipient.or([audience, Recipient.or([])]), "or[1].or"],
      [{ type: "operator", not: { type: "audience" } }, "not.audienceGroupId"]
    ]
  },
  {
    limit: "combines at most 10 audiences and narrowcasts, at any depth",
    accepts: [
      Recipient.or(times(10, audience)),
      Recipient.and([Recipient.or(times(5, audience)), Recipient.not(Recipient.or(times(5, redelivery)))])
    ],
    refuses: [
      [Recipient.or(times(11, audience)), ""],
      [Recipient.and([Recipient.or(times(5, audience)), Recipient.not(Recipient.or(times(6, redelivery)))]), ""]
    ]
  }
])

const gender = Recipient.gender(["male"])

limits("a demographic filter", Recipient.DemographicFilter, [
  {
    limit: "names one or more values",
    accepts: [Recipient.gender(["male", "female"]), Recipient.appType(["ios"]), Recipient.area(["jp_47", "th_08"])],
    refuses: [
      [Recipient.gender([]), "oneOf"],
      [{ type: "appType", oneOf: ["ios", "windows"] }, "oneOf[1]"],
      [{ type: "gender" }, "oneOf"],
      [{ type: "income", oneOf: ["high"] }, "type"]
    ]
  },
  {
    limit: "knows the areas of Japan, Taiwan, Thailand and Indonesia",
    accepts: [
      Recipient.area(["jp_01", "jp_10", "jp_39", "jp_47", "tw_01", "tw_19", "tw_22", "th_01", "th_08"]),
      Recipient.area(["id_01", "id_09", "id_10", "id_12"])
    ],
    refuses: [
      [
        {
          type: "area",
          oneOf: ["jp_00", "jp_48", "jp_1", "tw_00", "tw_23", "th_00", "th_09", "id_00", "id_13", "kr_01"]
        },
        ...Array.from({ length: 10 }, (_, index) => `oneOf[${index}]`)
      ]
    ]
  },
  {
    limit: "bounds ages and periods at one end at least, the lower before the upper",
    accepts: [
      Recipient.age({ gte: "age_20", lt: "age_25" }),
      Recipient.age({ lt: "age_70" }),
      Recipient.subscriptionPeriod({ gte: "day_7", lt: "day_30" }),
      Recipient.subscriptionPeriod({ gte: "day_365" })
    ],
    refuses: [
      [Recipient.age({}), ""],
      [Recipient.age({ gte: "age_20", lt: "age_20" }), "gte"],
      [Recipient.subscriptionPeriod({ gte: "day_90", lt: "day_30" }), "gte"],
      [Recipient.subscriptionPeriod({}), ""],
      [{ type: "age", gte: "age_21" }, "gte"],
      [{ type: "age", gte: "age_20", lt: "age_21" }, "lt"],
      [{ type: "subscriptionPeriod", gte: "day_1", lt: "day_30" }, "gte"]
    ]
  },
  {
    limit: "combines at most 10 conditions, by exactly one operator at a time",
    accepts: [Recipient.and([...times(8, gender), Recipient.not(gender), Recipient.age({ gte: "age_20" })])],
    refuses: [
      [Recipient.or(times(11, gender)), ""],
      [Recipient.or([gender, Recipient.and([])]), "or[1].and"],
      [{ type: "operator", or: [gender], and: [gender] }, ""]
    ]
  }
])

limits("a filter", Recipient.Filter, [
  {
    limit: "is demographic",
    accepts: [{ demographic: gender }, {}],
    refuses: [[{ demographic: Recipient.gender([]) }, "demographic.oneOf"]]
  }
])

limits("a narrowcast's limit", Recipient.Limit, [
  {
    limit: "is at least 1 recipient",
    accepts: [{ max: 1 }, {}],
    refuses: [
      [{ max: 0 }, "max"],
      [{ max: 1.5 }, "max"]
    ]
  },
  {
    limit: "forbids partial delivery only up to the remaining quota",
    accepts: [{ upToRemainingQuota: true, forbidPartialDelivery: true }, { forbidPartialDelivery: false }],
    refuses: [
      [{ forbidPartialDelivery: true }, "forbidPartialDelivery"],
      [{ max: 100, upToRemainingQuota: false, forbidPartialDelivery: true }, "forbidPartialDelivery"]
    ]
  }
])

const narrowcast = (options: object) => ({ messages: [Message.text("t")], ...options })

limits("a narrowcast", Messaging.NarrowcastRequest, [
  {
    limit: "goes to all friends, or to recipients",
    accepts: [narrowcast({}), narrowcast({ recipient: Recipient.and([audience, Recipient.not(redelivery)]) })],
    refuses: [
      [narrowcast({ recipient: Recipient.or([]) }), "recipient.or"],
      [narrowcast({ recipient: Recipient.or(times(11, audience)) }), "recipient"],
      [narrowcast({ recipient: gender }), "recipient.type"]
    ]
  },
  {
    limit: "filters by attributes",
    accepts: [narrowcast({ filter: { demographic: gender } }), narrowcast({ filter: {} })],
    refuses: [
      [narrowcast({ filter: { demographic: Recipient.age({}) } }), "filter.demographic"],
      [narrowcast({ filter: { demographic: Recipient.and([Recipient.area([])]) } }), "filter.demographic.and[0].oneOf"],
      [narrowcast({ filter: { demographic: audience } }), "filter.demographic.type"],
      [narrowcast({ filter: [] }), "filter"]
    ]
  },
  {
    limit: "is limited to a number of recipients",
    accepts: [narrowcast({ limit: { max: 1, upToRemainingQuota: true, forbidPartialDelivery: true } })],
    refuses: [
      [narrowcast({ limit: { max: 0, forbidPartialDelivery: true } }), "limit.max", "limit.forbidPartialDelivery"],
      [narrowcast({ limit: { upToRemainingQuota: "yes" } }), "limit.upToRemainingQuota"],
      [narrowcast({ limit: 100 }), "limit"]
    ]
  },
  {
    limit: "carries 1 to 5 messages, silently if wanted",
    accepts: [narrowcast({ messages: times(5, Message.text("t")), notificationDisabled: true })],
    refuses: [
      [narrowcast({ messages: [], notificationDisabled: 1 }), "messages", "notificationDisabled"],
      [narrowcast({ messages: times(6, Message.text("t")) }), "messages"],
      [{}, "messages"]
    ]
  },
  {
    limit: "names every issue at once",
    accepts: [],
    refuses: [
      [
        { messages: [{ type: "text" }], recipient: {}, filter: { demographic: {} }, limit: { max: 0.5 } },
        "messages[0].text",
        "recipient.type",
        "filter.demographic.type",
        "limit.max"
      ]
    ]
  }
])

describe("Recipient types", () => {
  it("know the areas", () => {
    // @ts-expect-error Japan has 47 areas
    const area = Recipient.area(["jp_48"])
    assert.deepStrictEqual(refusals(Recipient.DemographicFilter, area), ["oneOf[0]"])
  })
})

describe("Recipient constructors", () => {
  it("combine recipients, and filters, to LINE's trees", () => {
    const recipient: Recipient.Recipient = Recipient.and([Recipient.audience(1), Recipient.not(Recipient.audience(2))])
    const filter: Recipient.Filter = {
      demographic: Recipient.or([gender, Recipient.subscriptionPeriod({ lt: "day_30" })])
    }
    assert.deepStrictEqual(recipient, {
      type: "operator",
      and: [
        { type: "audience", audienceGroupId: 1 },
        { type: "operator", not: { type: "audience", audienceGroupId: 2 } }
      ]
    })
    assert.deepStrictEqual(filter, {
      demographic: {
        type: "operator",
        or: [
          { type: "gender", oneOf: ["male"] },
          { type: "subscriptionPeriod", lt: "day_30" }
        ]
      }
    })
  })
})
