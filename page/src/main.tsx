/**
 * The page of the emulator: the phones of its users, and what passes between LINE and the bot.
 */
import { render } from "preact"
import { App } from "./App.js"
import * as Store from "./Store.js"
import "./page.css"

Store.start()

const root = document.getElementById("app")
if (root !== null) render(<App />, root)
