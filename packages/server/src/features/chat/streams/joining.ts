// Where a piece of a stream belongs. Pure: texts and places in, the longer text out.

/**
 * The text with a piece that stands at `at` (UTF-16 code units): what is there already is not added again.
 * @returns undefined when there is a hole before the piece, or another text in its place
 */
export function join(text: string, at: number, piece: string): string | undefined {
  if (at > text.length) return undefined
  const there = text.slice(at)
  if (there.startsWith(piece)) return text
  return piece.startsWith(there) ? text + piece.slice(there.length) : undefined
}

/** A text in parts of at most `size` code units, none of which ends within a character. */
export function partsOf(text: string, size: number): readonly string[] {
  const parts: string[] = []
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + size, text.length)
    if (end < text.length && isLowSurrogate(text.charCodeAt(end))) end -= 1
    parts.push(text.slice(start, end))
    start = end
  }
  return parts
}

const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff
