/**
 * Starts an emulator by the command that is given, and asks it for its page, for who is there, and as a bot does: it ends
 * well if all of it is there.
 */
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"

const [command, ...args] = process.argv.slice(2)
const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"], detached: true })

const check = async (url) => {
  const page = await fetch(`${url}/`)
  const html = await page.text()
  const [script] = /[^"]+\.js/.exec(html) ?? []
  if (!page.ok || script === undefined) throw new Error(`the page is not there: ${page.status}`)
  const code = await fetch(new URL(script, page.url))
  if (!code.ok) throw new Error(`the page has no script: ${code.status}`)
  const { channel, chats } = await (await fetch(`${url}/emulator/api/overview`)).json()
  const bot = await fetch(`${url}/v2/bot/info`, { headers: { authorization: `Bearer ${channel.channelAccessToken}` } })
  if (!bot.ok) throw new Error(`the bot is not let in: ${bot.status}`)
  console.log(`an emulator with its page and ${chats.length} chats, by ${command} ${args.join(" ")}`)
}

let isFound = false
for await (const line of createInterface({ input: child.stdout })) {
  const url = /LINE_API_BASE_URL=(\S+)/.exec(line)?.[1]
  if (url === undefined) continue
  isFound = true
  try {
    await check(url)
  } catch (error) {
    console.error(error)
    process.exitCode = 1
  }
  process.kill(-child.pid, "SIGINT")
}
if (!isFound) {
  console.error("the emulator did not say where it is")
  process.exitCode = 1
}
