/**
 * What to set in a bot, so that it speaks to this emulator.
 */
import { useState } from "preact/hooks"
import type { VNode } from "preact"
import * as Api from "./Api.js"
import { Field } from "./Dialog.js"
import * as Store from "./Store.js"

export const Setup = ({ world }: { readonly world: Api.World }): VNode => {
  const { channel, webhook } = world
  const environment = [
    `LINE_API_BASE_URL=${location.origin}`,
    `LINE_CHANNEL_ACCESS_TOKEN=${channel.channelAccessToken}`,
    `LINE_CHANNEL_SECRET=${channel.channelSecret}`
  ].join("\n")
  return (
    <>
      <section>
        <h2>Webhook</h2>
        <form
          class="inline"
          onSubmit={(event) => {
            event.preventDefault()
            const url = new FormData(event.currentTarget).get("endpoint")
            void Store.attempt(Api.act({ type: "setWebhook", endpoint: url === "" ? null : url }))
          }}
        >
          <Field label="URL of the bot">
            <input
              name="endpoint"
              type="url"
              placeholder="http://localhost:3000/callback"
              defaultValue={webhook.endpoint ?? ""}
              key={webhook.endpoint}
            />
          </Field>
          <button type="submit">Set</button>
        </form>
      </section>
      <section>
        <h2>In the bot</h2>
        <Value label="Base URL, in place of api.line.me and api-data.line.me" value={location.origin} />
        <Value label="Channel ID" value={channel.channelId} />
        <Value label="Channel secret" value={channel.channelSecret} />
        <Value label="Channel access token" value={channel.channelAccessToken} />
        <Value label="The bot's user ID" value={channel.userId} />
        <Value label="As environment variables" value={environment} />
      </section>
    </>
  )
}

const Value = ({ label, value }: { readonly label: string; readonly value: string }): VNode => {
  const [isCopied, setIsCopied] = useState(false)
  return (
    <div class="value">
      <span class="value-label">{label}</span>
      <pre tabIndex={0}>{value}</pre>
      <button
        type="button"
        aria-label={`Copy: ${label}`}
        onClick={() => void navigator.clipboard.writeText(value).then(() => setIsCopied(true))}
        onBlur={() => setIsCopied(false)}
      >
        {isCopied ? "Copied" : "Copy"}
      </button>
    </div>
  )
}
