/**
 * Light or dark: as the system has it, or as the person has chosen.
 */

export type Theme = "system" | "light" | "dark"

const key = "line-emulator-theme"

/** What the person has chosen the last time. */
export const stored = (): Theme => {
  const theme = localStorage.getItem(key)
  return theme === "light" || theme === "dark" ? theme : "system"
}

export const apply = (theme: Theme): void => {
  if (theme === "system") delete document.documentElement.dataset["theme"]
  else document.documentElement.dataset["theme"] = theme
}

export const choose = (theme: Theme): void => {
  localStorage.setItem(key, theme)
  apply(theme)
}

/** The one after another, as a button goes through them. */
export const next = (theme: Theme): Theme => (({ system: "light", light: "dark", dark: "system" }) as const)[theme]
