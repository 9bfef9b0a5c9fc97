// From a user's id and name to the colour and the letters of the avatar.

const HUES = [12, 32, 52, 76, 120, 148, 168, 195, 220, 245, 268, 288, 308, 330, 350] as const

/** The hue (degrees) that belongs to an id. */
export function hueOf(id: string): number {
  let hash = 2166136261
  for (const character of id) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619)
  // The last characters reach only the lower bits; folding mixes them with the rest.
  hash = Math.imul(hash ^ (hash >>> 15), 2246822519)
  return HUES[((hash ^ (hash >>> 13)) >>> 0) % HUES.length] ?? HUES[0]
}

/** One or two capital letters for a name. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/)
  const first = Array.from(words[0] ?? '')[0] ?? '?'
  const last = words.length > 1 ? (Array.from(words.at(-1) ?? '')[0] ?? '') : ''
  return (first + last).toUpperCase()
}
