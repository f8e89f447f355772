/**
 * Files as messages.
 */
import { Problem, type Said } from "./Client.js"

/** As what a file is sent. */
export type Kind = "image" | "video" | "audio" | "file"

/** Which files can be chosen. */
export const accepted: Readonly<Record<Kind, string>> = {
  image: "image/*",
  video: "video/*",
  audio: "audio/*",
  file: ""
}

// As Base64 it is a third more, and the emulator takes 64 MB.
const largest = 45_000_000

/** The message that a file is sent as. */
export const messageOf = async (kind: Kind, file: File): Promise<Said> => {
  if (file.size > largest) throw new Problem(`${file.name} is too large: the emulator takes up to 45 MB`)
  const content = await base64Of(file)
  const contentType = file.type === "" ? {} : { contentType: file.type }
  switch (kind) {
    case "image":
      return { type: "image", content, ...contentType }
    case "file":
      return { type: "file", fileName: file.name, content, ...contentType }
    case "video":
    case "audio":
      return { type: kind, content, ...contentType, ...(await durationOf(kind, file)) }
  }
}

const base64Of = (file: File): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.addEventListener("load", () => resolve(String(reader.result).replace(/^[^,]*,/, "")))
    reader.addEventListener("error", () => reject(new Problem(`${file.name} cannot be read`)))
    reader.readAsDataURL(file)
  })

/** How long it plays, if this browser can play it. */
const durationOf = (kind: "video" | "audio", file: File): Promise<{ readonly duration?: number }> =>
  new Promise((resolve) => {
    const media = document.createElement(kind)
    const url = URL.createObjectURL(file)
    const end = (duration: number) => {
      URL.revokeObjectURL(url)
      resolve(Number.isFinite(duration) ? { duration: Math.round(1000 * duration) } : {})
    }
    media.preload = "metadata"
    media.addEventListener("loadedmetadata", () => end(media.duration))
    media.addEventListener("error", () => end(Number.NaN))
    media.src = url
  })
