/**
 * Forms with files in them: bodies of the type `multipart/form-data`, taken apart.
 */

/** A part of a form: a field, or a file. */
export interface Part {
  readonly name: string
  readonly contentType: string | undefined
  readonly bytes: Uint8Array
}

/** The parts of a body, if that is a form, and whole. */
export const parse = (contentType: string, bytes: Uint8Array): ReadonlyArray<Part> | undefined => {
  const [, quoted, plain] = /^multipart\/form-data\s*;.*\bboundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType) ?? []
  const boundary = quoted ?? plain
  return boundary === undefined
    ? undefined
    : split(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), `--${boundary}`)
}

/** A part is between two delimiters, and the last of them has two dashes more. */
const split = (body: Buffer, delimiter: string): ReadonlyArray<Part> | undefined => {
  const parts: Array<Part> = []
  let start = body.indexOf(delimiter)
  while (start !== -1) {
    const head = start + delimiter.length
    if (body.toString("latin1", head, head + 2) === "--") return parts
    const blank = body.indexOf("\r\n\r\n", head)
    const end = body.indexOf(`\r\n${delimiter}`, blank + 4)
    if (blank === -1 || end === -1) return undefined
    parts.push(partOf(body.toString("utf8", head, blank), body.subarray(blank + 4, end)))
    start = end + 2
  }
  return undefined
}

const partOf = (head: string, bytes: Uint8Array): Part => ({
  name: /^content-disposition:.*;\s*name="([^"]*)"/im.exec(head)?.[1] ?? "",
  contentType: /^content-type:\s*(.+?)\s*$/im.exec(head)?.[1],
  bytes
})
