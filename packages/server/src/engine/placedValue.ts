// Values with their place as one string, `<offset>:<epoch>:<value>`, so that every engine compares them alike.
import type { PlacedValue } from './caches.ts'

/** The string for a value with its place. Epochs hold no colon. */
export const encodePlaced = ({ position: { epoch, offset }, value }: PlacedValue): string =>
  `${offset}:${epoch}:${value}`

/** The value and place behind such a string. */
export function decodePlaced(text: string): PlacedValue {
  const first = text.indexOf(':')
  const second = text.indexOf(':', first + 1)
  const position = { epoch: text.slice(first + 1, second), offset: Number(text.slice(0, first)) }
  return { position, value: text.slice(second + 1) }
}
