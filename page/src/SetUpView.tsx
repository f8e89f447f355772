/**
 * What a bot has to know to work with this LINE.
 */
import { useState } from "preact/hooks"
import type { VNode } from "preact"
import * as Client from "./Client.js"
import { CopyButton, Field, textOf } from "./Dialog.js"
import { adviceOn } from "./Missed.js"
import { useSession } from "./Session.js"

export const SetUpView = (props: { readonly world: Client.World }): VNode => {
  const { channel, webhook } = props.world
  const url = location.origin
  const values = [
    ["Base URL", url, "For each of LINE's hosts: api.line.me, api-data.line.me, manager.line.biz"],
    ["Channel ID", channel.channelId, undefined],
    ["Channel secret", channel.channelSecret, undefined],
    ["Channel access token", channel.channelAccessToken, undefined],
    ["Bot's user ID", channel.userId, "The destination of its webhooks"],
    ["Basic ID", channel.basicId, undefined]
  ] as const
  const environment = [
    `LINE_CHANNEL_ACCESS_TOKEN=${channel.channelAccessToken}`,
    `LINE_CHANNEL_SECRET=${channel.channelSecret}`,
    `LINE_CHANNEL_ID=${channel.channelId}`,
    `LINE_API_BASE_URL=${url}`,
    `LINE_DATA_API_BASE_URL=${url}`,
    `LINE_MANAGER_BASE_URL=${url}`
  ].join("\n")
  return (
    <div class="sections">
      <WebhookUrl endpoint={webhook.endpoint} active={webhook.active} />
      <section class="section">
        <h3>The channel</h3>
        <dl class="values">
          {values.map(([name, value, hint]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <code>{value}</code>
                <CopyButton text={value} name={name} />
              </dd>
              {hint === undefined ? null : <dd class="hint">{hint}</dd>}
            </div>
          ))}
        </dl>
      </section>
      <Code title="Environment" text={environment} hint="LineClient.layerConfig reads the token and the URLs." />
      <Code
        title="LINE's SDK for Node"
        text={[
          `const baseURL = "${url}"`,
          "const client = new messagingApi.MessagingApiClient({ channelAccessToken, baseURL })",
          "const blobs = new messagingApi.MessagingApiBlobClient({ channelAccessToken, baseURL })"
        ].join("\n")}
      />
      <Code title="LINE's SDK for Python" text={`Configuration(access_token=token, host="${url}")`} />
    </div>
  )
}

const Code = (props: { readonly title: string; readonly text: string; readonly hint?: string }): VNode => (
  <section class="section">
    <div class="json-head">
      <h3>{props.title}</h3>
      <CopyButton text={props.text} name={props.title} />
    </div>
    <pre class="code" tabIndex={0} role="region" aria-label={props.title}>
      {props.text}
    </pre>
    {props.hint === undefined ? null : <p class="hint">{props.hint}</p>}
  </section>
)

/** Where webhooks go, and whether the bot answers there. */
const WebhookUrl = (props: { readonly endpoint: string | undefined; readonly active: boolean }): VNode => {
  const session = useSession()
  const [verified, setVerified] = useState<Client.Delivery>()
  const { active, endpoint } = props
  return (
    <section class="section">
      <h3>Webhook URL</h3>
      <form
        class="inline-form"
        onSubmit={(event) => {
          event.preventDefault()
          const form = new FormData(event.currentTarget)
          setVerified(undefined)
          void session.act({ type: "setWebhook", endpoint: textOf(form, "endpoint") ?? null })
        }}
      >
        <Field
          key={endpoint ?? ""}
          label="Where the bot listens"
          name="endpoint"
          type="url"
          value={endpoint ?? ""}
          placeholder="http://localhost:3000/webhook"
        />
        <button type="submit" class="button button-main">
          Set
        </button>
        <button
          type="button"
          class="button"
          disabled={endpoint === undefined}
          onClick={() => void session.attempt(async () => setVerified(await Client.send([])))}
        >
          Verify
        </button>
      </form>
      {endpoint === undefined ? <p class="hint">None is set: the bot hears nothing.</p> : null}
      {endpoint === undefined || active ? null : <p class="hint">Webhooks are off: the bot hears nothing.</p>}
      {verified === undefined ? null : <Verified delivery={verified} />}
    </section>
  )
}

const Verified = (props: { readonly delivery: Client.Delivery }): VNode => {
  const { detail, duration, outcome } = props.delivery
  if (outcome._tag === "Answered")
    return (
      <p class="good" role="status">
        The bot has answered {outcome.status} in {Math.round(duration)} ms.
      </p>
    )
  return (
    <p class="problem" role="status">
      {outcome._tag === "Failed" ? <code>{outcome.reason}</code> : "Not sent"}
      {detail === undefined ? "" : `: ${detail}.`} {adviceOn(props.delivery)}
    </p>
  )
}
