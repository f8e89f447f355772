/**
 * The page of the emulator.
 */
import { render } from "preact"
import { App } from "./App.js"
import * as Session from "./Session.js"
import * as Theme from "./Theme.js"
import "./page.css"

Theme.apply(Theme.stored())
const session = Session.make()
session.connect()

const root = document.getElementById("page")
if (root !== null) {
  render(
    <Session.SessionContext.Provider value={session}>
      <App />
    </Session.SessionContext.Provider>,
    root
  )
}
