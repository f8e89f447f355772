import { validateSignature } from "@line/bot-sdk"
import { Effect, Redacted } from "effect"
import * as Signature from "line-effect/Signature"
import * as Webhook from "line-effect/Webhook"
import { work } from "./worker.ts"

const channelSecret = "8c570fa6dd201bb328f1c1eac23a96d8"
const userId = `U${"4".repeat(32)}`

const event = (index: number) => ({
  type: "message",
  timestamp: 1_767_225_600_000 + index,
  mode: "active",
  webhookEventId: `01KDVD${String(index).padStart(20, "0")}`,
  deliveryContext: { isRedelivery: false },
  source: { type: "user", userId },
  replyToken: String(index).padStart(32, "0"),
  message:
    index % 2 === 0
      ? { type: "text", id: String(index), quoteToken: "q".repeat(60), text: "Is there a table for two tonight? 🙏" }
      : {
          type: "image",
          id: String(index),
          quoteToken: "q".repeat(60),
          markAsReadToken: "m".repeat(60),
          contentProvider: { type: "line" },
          imageSet: { id: "set", index, total: 5 }
        }
})

const body = Buffer.from(JSON.stringify({ destination: userId, events: [0, 1, 2, 3, 4].map(event) }))
const secret = Redacted.make(channelSecret)
const signature = Effect.runSync(Signature.sign(body, secret))

const variants = {
  peer: () => {
    if (!validateSignature(body, channelSecret, signature)) throw new Error("refused")
    return JSON.parse(body.toString()).events.length
  },
  "line-effect": () => Effect.runSync(Webhook.receive({ body, signature, channelSecret: secret })).events.length
}

const variant = variants[process.argv[2] as keyof typeof variants]
const calls = 3000

work(calls, () => {
  for (let call = 0; call < calls; call++) if (variant() !== 5) throw new Error("lost an event")
})
