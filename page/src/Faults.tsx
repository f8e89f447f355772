/**
 * What goes wrong on demand, the time, and the settings of the account.
 */
import { useEffect, useState } from "preact/hooks"
import type { VNode } from "preact"
import * as Api from "./Api.js"
import { Field, textOf } from "./Dialog.js"
import * as Store from "./Store.js"

type Accept = "before" | "after"

const jsonOf = (text: string | undefined): unknown => {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The faults of requests, by their names. */
const faults: Readonly<
  Record<string, { readonly label: string; readonly make: (form: FormData, accept: Accept) => unknown }>
> = {
  serverError: { label: "Server error (500)", make: () => "serverError" },
  drop: { label: "Connection lost", make: () => "drop" },
  refuse: { label: "Connection refused", make: () => "refuse" },
  rateLimited: { label: "Too many requests (429)", make: () => "rateLimited" },
  quotaExceeded: { label: "Monthly limit reached (429)", make: () => "quotaExceeded" },
  delay: {
    label: "Delay",
    make: (form, accept) => ({ _tag: "Delay", accept, duration: Number(textOf(form, "duration") ?? 3000) })
  },
  respond: {
    label: "Another answer",
    make: (form, accept) => ({
      _tag: "Respond",
      accept,
      status: Number(textOf(form, "status") ?? 503),
      body: jsonOf(textOf(form, "body"))
    })
  }
}

const webhookFaults = {
  lose: "Is lost",
  duplicate: "Comes twice",
  reorder: "Comes after the next one",
  redeliver: "Comes again later, as a redelivery"
} as const

const steps = [
  ["1 minute", 60_000],
  ["1 hour", 3_600_000],
  ["1 day", 86_400_000],
  ["30 days", 30 * 86_400_000]
] as const

const act = (act: Api.Act) => Store.attempt(Api.act(act))

export const Faults = ({ world }: { readonly world: Api.World }): VNode => {
  const { faults: pending, quota, totalUsage, verified, webhook, webhookFaults: pendingWebhooks } = world
  return (
    <>
      <RequestFault />
      <WebhookFault />
      <section>
        <h2>What waits to go wrong</h2>
        {pending.length + pendingWebhooks.length === 0 ? (
          <p class="empty">Nothing.</p>
        ) : (
          <>
            <ul class="pending">
              {pending.map((fault, index) => (
                <li key={index}>
                  {describe(fault.fault)}, {fault.operation ?? "any operation"}, {times(fault.remaining)}
                </li>
              ))}
              {pendingWebhooks.map(({ fault, remaining }, index) => (
                <li key={`webhook ${index}`}>
                  The next webhook: {webhookFaults[fault].toLowerCase()}, {times(remaining)}
                </li>
              ))}
            </ul>
            <button type="button" onClick={() => void Store.attempt(Api.clearFaults())}>
              Take back
            </button>
          </>
        )}
      </section>
      <section>
        <h2>Time</h2>
        <p>
          It is <time dateTime={new Date(world.now).toISOString()}>{new Date(world.now).toLocaleString()}</time> there.
        </p>
        <div class="buttons">
          {steps.map(([label, milliseconds]) => (
            <button key={label} type="button" onClick={() => void act({ type: "advance", milliseconds })}>
              + {label}
            </button>
          ))}
        </div>
      </section>
      <section>
        <h2>Account</h2>
        <Switch
          label="Use webhook"
          checked={webhook.active}
          onChange={(active) => act({ type: "setWebhook", active })}
        />
        <Switch
          label="Webhook redelivery"
          checked={webhook.redelivery}
          onChange={(redelivery) => act({ type: "setWebhook", redelivery })}
        />
        <Switch
          label="Verified account"
          checked={verified}
          onChange={(verified) => act({ type: "setVerified", verified })}
        />
        <form
          class="inline"
          onSubmit={(event) => {
            event.preventDefault()
            const value = textOf(new FormData(event.currentTarget), "quota")
            const quota = value === undefined ? { type: "none" } : { type: "limited", value: Number(value) }
            void act({ type: "setQuota", quota })
          }}
        >
          <Field label={`Monthly limit of messages (${totalUsage} sent)`}>
            <input
              name="quota"
              type="number"
              min="0"
              placeholder="no limit"
              key={quota.type}
              defaultValue={quota.type === "limited" ? String(quota.value) : ""}
            />
          </Field>
          <button type="submit">Set</button>
        </form>
      </section>
      <section>
        <h2>Begin again</h2>
        <p>Everybody and everything is as it was when the emulator began.</p>
        <button type="button" class="danger" onClick={() => void Store.attempt(Api.reset())}>
          Reset
        </button>
      </section>
    </>
  )
}

const times = (remaining: number | undefined): string =>
  remaining === undefined ? "until it is taken back" : remaining === 1 ? "once" : `${remaining} times`

const describe = (fault: Api.World["faults"][number]["fault"]): string => {
  const when = fault.accept === "after" ? "after LINE has acted" : "before LINE acts"
  switch (fault._tag) {
    case "Respond":
      return `Answer ${fault.status} ${when}`
    case "Disconnect":
      return `${fault.code} ${when}`
    case "Delay":
      return `Delay ${when}`
  }
}

const RequestFault = (): VNode => {
  const [kind, setKind] = useState("serverError")
  return (
    <section>
      <h2>The next request</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          const form = new FormData(event.currentTarget)
          const accept: Accept = form.get("accept") === "after" ? "after" : "before"
          const operation = textOf(form, "operation")
          const isAlways = form.get("always") === "on"
          void Store.attempt(
            Api.fault({
              fault: faults[kind]?.make(form, accept),
              accept,
              operation,
              ...(isAlways ? { rate: 1 } : { times: Number(textOf(form, "times") ?? 1) })
            })
          )
        }}
      >
        <Field label="What goes wrong">
          <select value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
            {Object.entries(faults).map(([name, { label }]) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
        </Field>
        {kind === "delay" ? (
          <Field label="Milliseconds">
            <input name="duration" type="number" min="0" defaultValue="3000" />
          </Field>
        ) : null}
        {kind === "respond" ? (
          <>
            <Field label="Status">
              <input name="status" type="number" min="200" max="599" defaultValue="503" />
            </Field>
            <Field label="Body, as JSON or text">
              <textarea name="body" rows={2} />
            </Field>
          </>
        ) : null}
        <Field label="When">
          <select name="accept">
            <option value="before">Before LINE acts: nothing happens</option>
            <option value="after">After LINE has acted: only the answer goes wrong</option>
          </select>
        </Field>
        <div class="row">
          <Field label="Operation">
            <input name="operation" placeholder="any, or pushMessage …" />
          </Field>
          <Field label="Times">
            <input name="times" type="number" min="1" defaultValue="1" />
          </Field>
        </div>
        <label class="check">
          <input type="checkbox" name="always" /> Until it is taken back
        </label>
        <button type="submit" class="primary">
          Inject the fault
        </button>
      </form>
    </section>
  )
}

const WebhookFault = (): VNode => (
  <section>
    <h2>The next webhook</h2>
    <form
      class="inline"
      onSubmit={(event) => {
        event.preventDefault()
        const form = new FormData(event.currentTarget)
        void Store.attempt(Api.faultWebhook({ fault: form.get("fault"), times: Number(textOf(form, "times") ?? 1) }))
      }}
    >
      <Field label="What goes wrong">
        <select name="fault">
          {Object.entries(webhookFaults).map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      </Field>
      <Field label="Times">
        <input name="times" type="number" min="1" defaultValue="1" />
      </Field>
      <button type="submit">Inject</button>
    </form>
  </section>
)

const Switch = (props: {
  readonly label: string
  readonly checked: boolean
  readonly onChange: (checked: boolean) => Promise<unknown>
}): VNode => {
  // What is wanted is shown until the emulator has said how it is.
  const [wanted, setWanted] = useState<boolean>()
  useEffect(() => setWanted(undefined), [props.checked])
  const change = async (checked: boolean) => {
    setWanted(checked)
    if ((await props.onChange(checked)) === undefined) setWanted(undefined)
  }
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={wanted ?? props.checked}
        onChange={(event) => void change(event.currentTarget.checked)}
      />{" "}
      {props.label}
    </label>
  )
}
