// Names as a sentence has them: "Ada, Grace and you".

const MAX_NAMED = 8

/** Names joined by commas and "and"; of many, the first ones and how many others there are. */
export function listOf(names: readonly string[]): string {
  const others = names.length - MAX_NAMED
  const shown = others > 1 ? [...names.slice(0, MAX_NAMED), `${others} others`] : names
  const last = shown.at(-1) ?? ''
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(', ')} and ${last}`
}
