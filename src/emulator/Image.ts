/**
 * The size of an image, as its first bytes say.
 */

/** In pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}

/** The size of a PNG or JPEG; `undefined` if it is neither. */
export const size = (bytes: Uint8Array): Size | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length >= 24 && view.getUint32(0) === 0x89504e47 && view.getUint32(4) === 0x0d0a1a0a) {
    return { width: view.getUint32(16), height: view.getUint32(20) }
  }
  return bytes.length >= 4 && view.getUint16(0) === 0xffd8 ? sizeOfJpeg(view, 2) : undefined
}

/** A JPEG is a row of segments, of which the frame has the size. */
const sizeOfJpeg = (view: DataView, start: number): Size | undefined => {
  for (let offset = start; offset + 9 <= view.byteLength; offset += 2 + view.getUint16(offset + 2)) {
    // A marker may be filled up to the left.
    while (offset + 10 <= view.byteLength && view.getUint16(offset) === 0xffff) offset++
    if (view.getUint8(offset) !== 0xff) return undefined
    if (isFrame(view.getUint8(offset + 1))) {
      return { width: view.getUint16(offset + 7), height: view.getUint16(offset + 5) }
    }
  }
  return undefined
}

// Of this range three are tables.
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
