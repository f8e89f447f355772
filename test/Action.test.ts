import { assert, describe, it } from "@effect/vitest"
import * as Action from "line-effect/Action"
import { astral, family, limits, urlOf } from "./support/Refusals.js"

const labelled = (label: string | undefined) => ({ type: "message", label, text: "t" })

const labelRule = (maximum: number, required: boolean) => ({
  limit: `needs ${required ? "a label" : "no label"}, and one has at most ${maximum} grapheme clusters`,
  accepts: [
    labelled(family.repeat(maximum)),
    labelled(astral),
    ...(required ? [] : [labelled(undefined), labelled("")])
  ],
  refuses: [
    [labelled(family.repeat(maximum + 1)), "label"],
    [labelled("a".repeat(maximum + 1)), "label"],
    ...(required ? ([undefined, ""] as const).map((label) => [labelled(label), "label"] as const) : [])
  ] as const
})

limits("an action in a Flex Message", Action.Action, [labelRule(40, false)])
limits("an action of a Flex button", Action.ButtonAction, [labelRule(40, true)])
limits("an action of a template", Action.TemplateAction, [labelRule(20, true)])
limits("the action of a template beside its buttons", Action.DefaultAction, [labelRule(20, false)])
limits("an action of an image carousel", Action.ImageCarouselAction, [labelRule(12, false)])
limits("an action of a rich menu", Action.RichMenuAction, [
  labelRule(20, false),
  {
    limit: "may switch to the rich menu of an alias of at most 32 code units",
    accepts: [
      Action.richmenuswitch({ richMenuAliasId: "a".repeat(32), data: "d".repeat(300) }),
      Action.richmenuswitch({ richMenuAliasId: "", data: "" })
    ],
    refuses: [
      [Action.richmenuswitch({ richMenuAliasId: "a".repeat(33), data: "d".repeat(301) }), "richMenuAliasId", "data"],
      [{ type: "richmenuswitch", label: "l".repeat(21) }, "label", "richMenuAliasId", "data"]
    ]
  },
  { limit: "never opens the camera", accepts: [], refuses: [[Action.camera({ label: "Camera" }), "type"]] }
])
limits("an action of a quick reply", Action.QuickReplyAction, [
  labelRule(20, true),
  {
    limit: "may open the camera, the camera roll and the location screen, with a label",
    accepts: [
      Action.camera({ label: "c".repeat(20) }),
      Action.cameraRoll({ label: family.repeat(20) }),
      Action.location({ label: "l" })
    ],
    refuses: [
      [Action.camera({ label: "c".repeat(21) }), "label"],
      [Action.cameraRoll({ label: "" }), "label"],
      [{ type: "location" }, "label"]
    ]
  },
  {
    limit: "never switches rich menus",
    accepts: [],
    refuses: [[Action.richmenuswitch({ label: "l", richMenuAliasId: "a", data: "d" }), "type"]]
  },
  {
    limit: "has no deprecated text in a postback",
    accepts: [Action.postback({ label: "l", data: "d", displayText: "t" })],
    refuses: [
      [Action.postback({ label: "l", data: "d", text: "t" }), "text"],
      [Action.postback({ label: "l", data: "d", text: "t", displayText: "t", fillInText: "t" }), "text", "fillInText"]
    ]
  }
])

limits("an action", Action.Action, [
  {
    limit: "posts back at most 300 code units, which may be none",
    accepts: [Action.postback({ data: astral.repeat(150) }), Action.postback({ data: "" })],
    refuses: [
      [Action.postback({ data: `${astral.repeat(150)}a` }), "data"],
      [{ type: "postback" }, "data"]
    ]
  },
  {
    limit: "shows at most 300 grapheme clusters in the chat or the input field",
    accepts: [
      Action.postback({ data: "d", displayText: family.repeat(300) }),
      Action.postback({ data: "d", text: family.repeat(300) }),
      Action.postback({ data: "d", inputOption: "openKeyboard", fillInText: family.repeat(300) }),
      Action.postback({ data: "d", displayText: "", inputOption: "openKeyboard", fillInText: "" }),
      Action.postback({ data: "d", text: "" }),
      Action.message({ text: family.repeat(300) })
    ],
    refuses: [
      [Action.postback({ data: "d", displayText: family.repeat(301) }), "displayText"],
      [Action.postback({ data: "d", text: "t".repeat(301) }), "text"],
      [Action.postback({ data: "d", inputOption: "openKeyboard", fillInText: "t".repeat(301) }), "fillInText"],
      [Action.message({ text: family.repeat(301) }), "text"],
      [Action.message({ text: "" }), "text"]
    ]
  },
  {
    limit: "shows displayText or its deprecated form, not both",
    accepts: [],
    refuses: [[Action.postback({ data: "d", displayText: "t", text: "t" }), "text"]]
  },
  {
    limit: "fills the input field in only when it opens the keyboard",
    accepts: [Action.postback({ data: "d", inputOption: "openVoice" })],
    refuses: [
      [Action.postback({ data: "d", fillInText: "t" }), "fillInText"],
      [Action.postback({ data: "d", inputOption: "openVoice", fillInText: "t" }), "fillInText"],
      [{ type: "postback", data: "d", inputOption: "openSesame" }, "inputOption"]
    ]
  },
  {
    limit: "opens percent-encoded http, https, line and tel URIs of at most 1,000 code units",
    accepts: [
      Action.uri({ uri: urlOf(1000), altUri: { desktop: urlOf(1000) } }),
      Action.uri({ uri: "https://example.com", altUri: { desktop: "" } }),
      Action.uri({ uri: "HTTPS://user@127.0.0.1:8080?q" }),
      Action.uri({ uri: "http://example.com/?q=%E3%81%82" }),
      Action.uri({ uri: "tel:09001234567" }),
      Action.uri({ uri: "line://app/1234" })
    ],
    refuses: [
      [Action.uri({ uri: urlOf(1001), altUri: { desktop: urlOf(1001) } }), "uri", "altUri.desktop"],
      [Action.uri({ uri: "mailto:a@example.com", altUri: { desktop: "example.com" } }), "uri", "altUri.desktop"],
      ...["", "https:", "https:example.com", "http://", "https:///a", "https://?q", "http://:80", " tel:1"].map(
        (uri) => [Action.uri({ uri }), "uri"] as const
      ),
      [Action.uri({ uri: "https://example.com/あ" }), "uri"],
      [Action.uri({ uri: "https://example.com/a b" }), "uri"]
    ]
  },
  {
    limit: "copies 1 to 1,000 code units",
    accepts: [Action.clipboard({ clipboardText: astral.repeat(500) })],
    refuses: [
      [Action.clipboard({ clipboardText: `${astral.repeat(500)}a` }), "clipboardText"],
      [Action.clipboard({ clipboardText: "" }), "clipboardText"]
    ]
  }
])

const picker = (mode: Action.DatetimePickerAction["mode"], bounds: { initial?: string; min?: string; max?: string }) =>
  Action.datetimepicker({ data: "d", mode, ...bounds })

limits("a datetime picker", Action.Action, [
  {
    limit: "picks dates from 1900 to 2100 that exist",
    accepts: [picker("date", { initial: "2024-02-29", min: "1900-01-01", max: "2100-12-31" }), picker("date", {})],
    refuses: [
      [picker("date", { initial: "2023-02-29" }), "initial"],
      [picker("date", { min: "1899-12-31", max: "2101-01-01" }), "min", "max"],
      [picker("date", { initial: "2024-1-1" }), "initial"],
      [picker("date", { initial: "2024-01-01T00:00" }), "initial"]
    ]
  },
  {
    limit: "picks times of the day",
    accepts: [picker("time", { initial: "12:00", min: "00:00", max: "23:59" })],
    refuses: [
      [picker("time", { initial: "24:00" }), "initial"],
      [picker("time", { initial: "12:60" }), "initial"],
      [picker("time", { initial: "9:00" }), "initial"]
    ]
  },
  {
    limit: "picks both, with either letter T between them",
    accepts: [picker("datetime", { initial: "2026-08-31t12:00", min: "1900-01-01T00:00", max: "2100-12-31t23:59" })],
    refuses: [
      [picker("datetime", { initial: "2026-08-31 12:00" }), "initial"],
      [picker("datetime", { initial: "2026-08-31" }), "initial"],
      [picker("datetime", { max: "2101-01-01T00:00" }), "max"]
    ]
  },
  {
    limit: "has its minimum before its maximum, and starts anywhere",
    accepts: [
      picker("date", { initial: "2025-12-31", min: "2026-01-01", max: "2026-01-02" }),
      picker("time", { initial: "10:00", min: "10:00" })
    ],
    refuses: [
      [picker("date", { min: "2026-01-01", max: "2026-01-01" }), "min"],
      [picker("datetime", { min: "2026-01-01t00:01", max: "2026-01-01T00:00" }), "min"],
      [picker("date", { initial: "today", min: "2026-01-02", max: "2026-01-01" }), "initial", "min"],
      [picker("date", { min: "tomorrow", max: "2026-01-01" }), "min"]
    ]
  },
  {
    limit: "has a mode",
    accepts: [],
    refuses: [
      [{ type: "datetimepicker", data: "d", mode: "year" }, "mode"],
      [{ type: "datetimepicker", data: "d" }, "mode"]
    ]
  }
])

describe("Action constructors", () => {
  it("only add the type", () => {
    assert.deepStrictEqual(Action.postback({ label: "l", data: "d" }), { type: "postback", label: "l", data: "d" })
    assert.deepStrictEqual(Action.camera({ label: "l" }), { type: "camera", label: "l" })
  })

  it("know in their types whether there is a label", () => {
    const action: Action.TemplateAction = Action.uri({ label: "l", uri: "https://example.com/" })
    // @ts-expect-error a template's action needs a label
    const unlabelled: Action.TemplateAction = Action.uri({ uri: "https://example.com/" })
    // @ts-expect-error a quick reply cannot switch rich menus
    const switching: Action.QuickReplyAction = Action.richmenuswitch({ label: "l", richMenuAliasId: "a", data: "d" })
    assert.strictEqual(action.label, "l")
    assert.isUndefined(unlabelled.label)
    assert.strictEqual(switching.label, "l")
  })
})
