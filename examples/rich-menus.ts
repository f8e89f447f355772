/**
 * Two rich menus that switch to each other like tabs, described in code: what LINE would have to do is shown, done, and
 * shown again. Against the emulator, in this process; against LINE it is the same with another client.
 *
 *     npx tsx examples/rich-menus.ts
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer } from "effect"
import * as Action from "line-effect/Action"
import * as Emulator from "line-effect/Emulator"
import * as LineClient from "line-effect/LineClient"
import type * as RichMenu from "line-effect/RichMenu"
import * as RichMenus from "line-effect/RichMenus"
import { crc32, deflateSync } from "node:zlib"

const size = { width: 1200, height: 810 }

/** A PNG of one colour, so that the example needs no file. */
const png = (...colour: readonly [red: number, green: number, blue: number]): Uint8Array => {
  const row = Buffer.concat([Buffer.of(0), Buffer.alloc(size.width * 3, Buffer.from(colour))])
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size.width, 0)
  header.writeUInt32BE(size.height, 4)
  header.set([8, 2], 8)
  return Buffer.concat([
    Buffer.from("89504e470d0a1a0a", "hex"),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.concat(Array.from({ length: size.height }, () => row)))),
    chunk("IEND", Buffer.alloc(0))
  ])
}

const chunk = (type: string, data: Uint8Array): Uint8Array => {
  const content = Buffer.concat([Buffer.from(type), data])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(data.length, 0)
  frame.writeUInt32BE(crc32(content), 4)
  return Buffer.concat([frame.subarray(0, 4), content, frame.subarray(4)])
}

/** A menu whose upper edge is a row of tabs. */
const tab = (name: string, other: string, action: Action.Action): RichMenu.RichMenu => ({
  size,
  selected: true,
  name,
  chatBarText: "Menu",
  areas: [
    {
      bounds: { x: 0, y: 0, width: size.width, height: 160 },
      action: Action.richmenuswitch({ richMenuAliasId: other, data: `tab=${other}` })
    },
    { bounds: { x: 0, y: 160, width: size.width, height: 650 }, action }
  ]
})

const description = (colourOfShop: readonly [red: number, green: number, blue: number]) =>
  RichMenus.describe({
    name: "example",
    menus: {
      shop: {
        menu: tab("Shop", "help", Action.uri({ uri: "https://example.com/shop" })),
        image: png(...colourOfShop),
        contentType: "image/png",
        aliases: ["shop"]
      },
      help: {
        menu: tab("Help", "shop", Action.message({ text: "Help!" })),
        image: png(40, 90, 200),
        contentType: "image/png",
        aliases: ["help"]
      }
    },
    default: "shop"
  })

const show = (title: string, { creations, steps }: RichMenus.Plan) =>
  Console.log(
    [
      `${title}: ${steps.length} steps, of which ${creations} create a menu`,
      ...steps.map((step) => `  ${RichMenus.formatStep(step)}`)
    ].join("\n")
  )

const program = Effect.gen(function* () {
  const green = description([6, 199, 85])
  const plan = yield* RichMenus.plan(green)
  yield* show("an empty channel", plan)
  const { menus } = yield* RichMenus.apply(plan)
  yield* Console.log(`the shop is ${menus.shop}`)
  const again = yield* RichMenus.apply(green)
  yield* Console.log(`applied again: ${again.steps.length} steps`)
  yield* show("a red shop", yield* RichMenus.plan(description([200, 30, 30])))
})

const Client = Layer.unwrapEffect(
  Effect.map(Emulator.Emulator, ({ channel }) => LineClient.layer({ channelAccessToken: channel.channelAccessToken }))
).pipe(Layer.provide(Emulator.layerHttpClient), Layer.provide(Emulator.layer()))

program.pipe(Effect.provide(Client), NodeRuntime.runMain)
