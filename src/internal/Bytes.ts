/**
 * Gathers the bytes of a body up to a limit. The pieces in which they come are let go of: one of a single byte takes a
 * hundred.
 */
export const gather = (limit: number) => {
  let bytes: Uint8Array = new Uint8Array()
  let size = 0
  return {
    /** How many have come, those beyond the limit included. */
    size: () => size,
    add: (piece: Uint8Array): void => {
      const end = size + piece.length
      if (end > limit) bytes = new Uint8Array()
      // The first piece is mostly all there is.
      else if (size === 0) bytes = piece
      else {
        if (end > bytes.length) {
          const larger = new Uint8Array(Math.min(limit, Math.max(2 * bytes.length, end, 1024)))
          larger.set(bytes.subarray(0, size))
          bytes = larger
        }
        bytes.set(piece, size)
      }
      size = end
    },
    /** The bytes, unless there are too many. */
    take: (): Uint8Array | undefined => (size <= limit ? bytes.subarray(0, size) : undefined)
  }
}
