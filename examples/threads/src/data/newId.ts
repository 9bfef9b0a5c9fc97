// Ids of what this page makes: with them, sending a thing twice makes it once.

const VERSION_4 = 0x40
const VARIANT = 0x80

/** A random UUID; also on pages without TLS, where the browser's own function is absent. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const hex = Array.from(bytes, (byte, index) => {
    if (index === 6) return VERSION_4 | (byte & 0x0f)
    return index === 8 ? VARIANT | (byte & 0x3f) : byte
  }).map((byte) => byte.toString(16).padStart(2, '0'))
  const part = (from: number, to: number) => hex.slice(from, to).join('')
  return [part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 16)].join('-')
}
