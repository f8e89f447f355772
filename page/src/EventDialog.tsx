/**
 * Everything else that can happen in a chat.
 */
import { useState } from "preact/hooks"
import type { VNode } from "preact"
import * as Client from "./Client.js"
import { Choice, Field, FormDialog, textOf, Tick } from "./Dialog.js"
import { parsed } from "./Json.js"
import * as Names from "./Names.js"
import { useSession } from "./Session.js"

type Kind = "postback" | "beacon" | "accountLink" | "membership" | "event" | "act"

const kinds: ReadonlyArray<readonly [Kind, string]> = [
  ["postback", "Postback"],
  ["beacon", "Beacon"],
  ["accountLink", "Account link"],
  ["membership", "Membership"],
  ["event", "An event as JSON"],
  ["act", "Any act of the control API as JSON"]
]

export const EventDialog = (props: {
  readonly chat: Client.Chat
  readonly userId: string
  readonly onClose: () => void
}): VNode => {
  const { chat, userId } = props
  const session = useSession()
  const [kind, setKind] = useState<Kind>("postback")
  return (
    <FormDialog
      title="Another event"
      submit="Send"
      onClose={props.onClose}
      onSubmit={async (form) => {
        if (kind === "event") return sendRaw(form)
        const made = actOf(kind, form, chat, userId)
        // What cannot be done is told in this dialog, what the bot makes of it in the chat.
        const { delivery } = await Client.act(made)
        if (delivery.outcome._tag === "Failed")
          session.tell({ kind: "problem", words: `The webhook failed: ${delivery.detail ?? delivery.outcome.reason}` })
      }}
    >
      <Choice
        label="What happens"
        name="kind"
        value={kind}
        options={kinds}
        onChange={(value) => setKind(kinds.find(([kind]) => kind === value)?.[0] ?? "postback")}
      />
      <Fields kind={kind} chat={chat} userId={userId} />
    </FormDialog>
  )
}

const Fields = (props: { readonly kind: Kind; readonly chat: Client.Chat; readonly userId: string }): VNode => {
  const { chat, kind, userId } = props
  switch (kind) {
    case "postback":
      return (
        <>
          <Field label="Data" name="data" placeholder="action=buy&item=1" required />
          <Field
            key="params"
            label="Params"
            name="params"
            lines={2}
            placeholder={'{ "date": "2026-12-24" }'}
            hint="JSON, or nothing"
          />
        </>
      )
    case "beacon":
      return (
        <>
          <Field label="Hardware ID" name="hwid" value="d41d8cd98f" required />
          <Choice
            label="Kind"
            name="beacon"
            options={[
              ["enter", "Enter: the user is near it"],
              ["banner", "Banner: the user has tapped its banner"],
              ["stay", "Stay: the user is near it still"]
            ]}
          />
          <Field label="Device message" name="dm" placeholder="0a1b2c" hint="Hexadecimal, or nothing" />
        </>
      )
    case "accountLink":
      return (
        <>
          <Field label="Link token" name="linkToken" hint="As the bot has got it with issueLinkToken" required />
          <Field label="Nonce" name="nonce" hint="10 to 255 characters of your service's" required />
        </>
      )
    case "membership":
      return (
        <>
          <Choice
            label="Kind"
            name="membership"
            options={[
              ["joined", "Joined"],
              ["renewed", "Renewed"],
              ["left", "Left"]
            ]}
          />
          <Field
            label="Membership ID"
            name="membershipId"
            type="number"
            hint="Of a plan that is there: the act addMembershipPlan makes one"
          />
        </>
      )
    case "event":
      return (
        <>
          <Field key="event" label="Events" name="json" lines={14} value={eventJson(chat, userId)} required />
          <Tick label="With a wrong signature" name="wrong" />
        </>
      )
    case "act":
      return (
        <Field
          key="act"
          label="Act"
          name="json"
          lines={10}
          value={JSON.stringify({ type: "addMembershipPlan", title: "Gold", price: 500, currency: "JPY" }, null, 2)}
          hint="What acts there are is in /emulator/api/openapi.json"
          required
        />
      )
  }
}

const eventJson = (chat: Client.Chat, userId: string): string => {
  const id = Names.chatIdOf(chat)
  const event = {
    type: "somethingNew",
    source: chat.type === "user" ? { type: "user", userId } : { type: chat.type, [`${chat.type}Id`]: id, userId },
    timestamp: Date.now(),
    mode: "active",
    webhookEventId: "01H810YECXQQZ37VAXPF6H9E6T",
    deliveryContext: { isRedelivery: false }
  }
  return JSON.stringify([event], null, 2)
}

/** Delivers what was written as it is. */
const sendRaw = async (form: FormData): Promise<void> => {
  const value = jsonOf(form, "json")
  const events: ReadonlyArray<unknown> = Array.isArray(value) ? value : [value]
  if (form.has("wrong")) {
    const { channel } = await Client.overview()
    await Client.deliver(JSON.stringify({ destination: channel.userId, events }), "d3Jvbmc=")
  } else {
    await Client.send(events)
  }
}

const jsonOf = (form: FormData, name: string): unknown => {
  const value = parsed(textOf(form, name) ?? "")
  if (typeof value === "string") throw new Client.Problem("This is no JSON")
  return value
}

const actOf = (kind: Exclude<Kind, "event">, form: FormData, chat: Client.Chat, userId: string): Client.Act => {
  const text = (name: string) => textOf(form, name) ?? ""
  switch (kind) {
    case "postback": {
      // The control API says what is wrong with them.
      const params =
        textOf(form, "params") === undefined
          ? {}
          : { params: jsonOf(form, "params") as Readonly<Record<string, string>> }
      return { type: "postback", ...Names.placeOf(chat, userId), data: text("data"), ...params }
    }
    case "beacon": {
      const dm = textOf(form, "dm")
      const beacon = text("beacon") as "enter" | "banner" | "stay"
      return { type: "beacon", userId, hwid: text("hwid"), beacon, ...(dm === undefined ? {} : { dm }) }
    }
    case "accountLink":
      return { type: "accountLink", userId, linkToken: text("linkToken"), nonce: text("nonce") }
    case "membership": {
      const id = textOf(form, "membershipId")
      const membership = text("membership") as "joined" | "left" | "renewed"
      return { type: "membership", userId, membership, ...(id === undefined ? {} : { membershipId: Number(id) }) }
    }
    case "act":
      return jsonOf(form, "json") as Client.Act
  }
}
