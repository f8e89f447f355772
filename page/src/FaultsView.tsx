/**
 * What goes wrong on demand, and the settings of the world.
 */
import { useId, useState } from "preact/hooks"
import type { VNode } from "preact"
import * as Client from "./Client.js"
import { Choice, Dialog, Field, textOf, Tick } from "./Dialog.js"
import { parsed } from "./Json.js"
import { type Session, useSession } from "./Session.js"
import type * as Traffic from "./Traffic.js"

type Kind = "serverError" | "drop" | "refuse" | "delay" | "rateLimited" | "quotaExceeded" | "respond"

const kinds: ReadonlyArray<readonly [Kind, string]> = [
  ["serverError", "500, server error"],
  ["drop", "The connection drops"],
  ["refuse", "The connection is refused"],
  ["delay", "The answer takes time"],
  ["rateLimited", "429, too many requests"],
  ["quotaExceeded", "429, monthly limit reached"],
  ["respond", "Another answer"]
]

/** Those that may also come after LINE has acted. */
const isAfterToo = (kind: Kind): boolean =>
  kind === "serverError" || kind === "drop" || kind === "delay" || kind === "respond"

const operations = [
  "replyMessage",
  "pushMessage",
  "multicast",
  "narrowcast",
  "broadcast",
  "getProfile",
  "getMessageContent",
  "showLoadingAnimation",
  "linkRichMenuIdToUser",
  "getMessageQuota"
]

export const FaultsView = (props: {
  readonly world: Client.World
  readonly entries: ReadonlyArray<Traffic.Entry>
}): VNode => (
  <div class="sections">
    <Waiting world={props.world} />
    <RequestFaults entries={props.entries} />
    <WebhookFaults />
    <Webhooks world={props.world} />
    <Time world={props.world} />
    <Account world={props.world} />
  </div>
)

const Section = (props: { readonly title: string; readonly children: unknown }): VNode => {
  const title = useId()
  return (
    <section class="section" aria-labelledby={title}>
      <h3 id={title}>{props.title}</h3>
      {props.children as VNode}
    </section>
  )
}

/** What a form does once it is sent. */
const submitting = (session: Session, submit: (form: FormData) => Promise<unknown>) => (event: SubmitEvent) => {
  event.preventDefault()
  const { currentTarget } = event
  if (currentTarget instanceof HTMLFormElement) {
    const form = new FormData(currentTarget)
    void session.attempt(() => submit(form))
  }
}

const Waiting = (props: { readonly world: Client.World }): VNode => {
  const session = useSession()
  const { faults, webhookFaults } = props.world
  const isNone = faults.length === 0 && webhookFaults.length === 0
  return (
    <Section title="Waiting to happen">
      {isNone ? (
        <p class="hint">Nothing: LINE works as it should.</p>
      ) : (
        <>
          <ul class="waiting">
            {faults.map((fault, index) => (
              <li key={index}>
                <span>{wordsOf(fault)}</span>
                <span class="faint">{timesOf(fault)}</span>
              </li>
            ))}
            {webhookFaults.map(({ fault, remaining }, index) => (
              <li key={`webhook ${index}`}>
                <span>Webhook: {webhookWords[fault]}</span>
                <span class="faint">{timesOf({ remaining })}</span>
              </li>
            ))}
          </ul>
          <button type="button" class="button" onClick={() => void session.attempt(Client.clearFaults)}>
            Clear all faults
          </button>
        </>
      )}
    </Section>
  )
}

const wordsOf = ({ fault, operation }: Client.WaitingFault): string => {
  const what =
    fault._tag === "Respond"
      ? `answer ${fault.status}`
      : fault._tag === "Delay"
        ? `delay of ${fault.duration} ms`
        : fault.code === "ECONNREFUSED"
          ? "refused connection"
          : "dropped connection"
  const when = fault.accept === "after" ? ", after LINE has acted" : ""
  return `${operation ?? "Any request"}: ${what}${when}`
}

const timesOf = ({ rate = 1, remaining }: { readonly rate?: number; readonly remaining?: number }): string => {
  // Without end: JSON has no word for it.
  const times = remaining === undefined ? "until cleared" : remaining === 1 ? "once" : `${remaining} times`
  return rate < 1 ? `${Math.round(100 * rate)}% of them, ${times}` : times
}

const RequestFaults = (props: { readonly entries: ReadonlyArray<Traffic.Entry> }): VNode => {
  const session = useSession()
  const list = useId()
  const [kind, setKind] = useState<Kind>("serverError")
  const called = props.entries.flatMap(({ kind, record }) =>
    kind === "request" && record.operationId !== undefined ? [record.operationId] : []
  )
  return (
    <Section title="Faults of requests">
      <form class="form" onSubmit={submitting(session, (form) => Client.fault(faultOf(kind, form)))}>
        <Choice
          label="What goes wrong"
          name="kind"
          value={kind}
          options={kinds}
          onChange={(value) => setKind(kinds.find(([kind]) => kind === value)?.[0] ?? "serverError")}
        />
        {isAfterToo(kind) ? (
          <Choice
            label="When"
            name="accept"
            options={[
              ["before", "Before LINE acts: nothing is done"],
              ["after", "After LINE has acted: only the answer is lost"]
            ]}
          />
        ) : null}
        {kind === "delay" ? (
          <Field label="Milliseconds" name="duration" type="number" value="3000" min={0} required />
        ) : null}
        {kind === "respond" ? (
          <>
            <Field label="Status" name="status" type="number" value="503" min={200} max={599} required />
            <Field label="Body" name="body" lines={3} placeholder={'{ "message": "…" }'} hint="JSON or any text" />
            <Field label="Headers" name="headers" lines={2} placeholder="retry-after: 5" hint="One a line" />
          </>
        ) : null}
        <div class="field-row">
          <Field label="Operation" name="operation" placeholder="Any" list={list} />
          <Field label="Times" name="times" type="number" value="1" min={1} required />
        </div>
        <datalist id={list}>
          {[...new Set([...called, ...operations])].map((operation) => (
            <option key={operation} value={operation} />
          ))}
        </datalist>
        <button type="submit" class="button button-main">
          Inject the fault
        </button>
      </form>
    </Section>
  )
}

const faultOf = (kind: Kind, form: FormData): unknown => {
  const accept = textOf(form, "accept") === "after" ? "after" : "before"
  const operation = textOf(form, "operation")
  return {
    fault: bodyOf(kind, accept, form),
    accept,
    times: Number(form.get("times")),
    ...(operation === undefined ? {} : { operation })
  }
}

const bodyOf = (kind: Kind, accept: "before" | "after", form: FormData): unknown => {
  if (kind === "delay") return { _tag: "Delay", accept, duration: Number(form.get("duration")) }
  if (kind !== "respond") return kind
  const body = textOf(form, "body")
  return {
    _tag: "Respond",
    accept,
    status: Number(form.get("status")),
    ...(body === undefined ? {} : { body: parsed(body) }),
    headers: headersOf(textOf(form, "headers") ?? "")
  }
}

const headersOf = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => {
        const [, name, value] = /^\s*([^\s:]+)\s*:\s*(.*?)\s*$/.exec(line) ?? []
        if (name === undefined) throw new Client.Problem(`This is no header: ${line}`)
        return [name.toLowerCase(), value ?? ""]
      })
  )

const webhookWords: Readonly<Record<Client.WebhookFault, string>> = {
  lose: "lost",
  duplicate: "comes twice",
  reorder: "comes after the next one",
  redeliver: "comes again later, as a redelivery"
}

const WebhookFaults = (): VNode => {
  const session = useSession()
  return (
    <Section title="Faults of webhooks">
      <form
        class="form"
        onSubmit={submitting(session, (form) => {
          const fault = textOf(form, "fault")
          const known = Object.keys(webhookWords) as ReadonlyArray<Client.WebhookFault>
          return Client.faultWebhook(known.find((word) => word === fault) ?? "lose", Number(form.get("times")))
        })}
      >
        <div class="field-row">
          <Choice
            label="The next webhook"
            name="fault"
            options={Object.entries(webhookWords).map(([fault, words]) => [fault, words])}
          />
          <Field label="Times" name="times" type="number" value="1" min={1} required />
        </div>
        <button type="submit" class="button">
          Disturb webhooks
        </button>
      </form>
    </Section>
  )
}

const Webhooks = (props: { readonly world: Client.World }): VNode => {
  const session = useSession()
  const { active, redelivery } = props.world.webhook
  return (
    <Section title="Webhooks, as in LINE's console">
      <Tick
        label="Use webhooks"
        checked={active}
        onChange={(active) => void session.act({ type: "setWebhook", active })}
      />
      <Tick
        label="Redelivery: what failed is sent again"
        checked={redelivery}
        onChange={(redelivery) => void session.act({ type: "setWebhook", redelivery })}
      />
    </Section>
  )
}

const steps = [
  ["1 minute", 60_000],
  ["1 hour", 3_600_000],
  ["1 day", 86_400_000]
] as const

const Time = (props: { readonly world: Client.World }): VNode => {
  const session = useSession()
  const advance = (milliseconds: number) => session.act({ type: "advance", milliseconds })
  return (
    <Section title="Time">
      <p>
        It is{" "}
        <time dateTime={new Date(props.world.now).toISOString()}>{new Date(props.world.now).toLocaleString()}</time>{" "}
        there. Forward by:
      </p>
      <div class="choices choices-beside">
        {steps.map(([words, milliseconds]) => (
          <button key={words} type="button" class="button" onClick={() => void advance(milliseconds)}>
            {words}
          </button>
        ))}
        <form
          class="inline-form"
          onSubmit={submitting(session, (form) => advance(Math.round(1000 * Number(form.get("seconds")))))}
        >
          <input name="seconds" type="number" min={0} step="any" required aria-label="Seconds" placeholder="Seconds" />
          <button type="submit" class="button">
            Forward
          </button>
        </form>
      </div>
    </Section>
  )
}

const Account = (props: { readonly world: Client.World }): VNode => {
  const session = useSession()
  const [isAsking, setIsAsking] = useState(false)
  const { quota, totalUsage, verified } = props.world
  return (
    <Section title="Account">
      <p>
        {quota.type === "none"
          ? `${totalUsage} messages sent this month. There is no limit.`
          : `${totalUsage} of ${quota.value} messages sent this month.`}
      </p>
      <form
        class="inline-form"
        onSubmit={submitting(session, (form) => {
          const value = textOf(form, "quota")
          return session.act({
            type: "setQuota",
            quota: value === undefined ? { type: "none" } : { type: "limited", value: Number(value) }
          })
        })}
      >
        <label class="field">
          <span>Monthly limit</span>
          <input
            key={String(quota.type)}
            name="quota"
            type="number"
            min={0}
            step={1}
            placeholder="None"
            defaultValue={quota.type === "none" ? "" : String(quota.value)}
          />
        </label>
        <button type="submit" class="button">
          Set
        </button>
      </form>
      <Tick
        label="Verified: may list followers and members"
        checked={verified}
        onChange={(verified) => void session.act({ type: "setVerified", verified })}
      />
      <button type="button" class="button button-danger" onClick={() => setIsAsking(true)}>
        Reset the emulator…
      </button>
      {isAsking ? (
        <Dialog title="Reset the emulator?" onClose={() => setIsAsking(false)}>
          <div class="form">
            <p>All users, chats, messages, rich menus and settings are as they were at the beginning.</p>
            <div class="form-buttons">
              <button type="button" class="button" onClick={() => setIsAsking(false)}>
                Cancel
              </button>
              <button
                type="button"
                class="button button-danger"
                onClick={() => {
                  setIsAsking(false)
                  void session.reset()
                }}
              >
                Reset
              </button>
            </div>
          </div>
        </Dialog>
      ) : null}
    </Section>
  )
}
