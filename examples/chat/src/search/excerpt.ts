// The part of a message around what was searched for, and where to highlight.

/** A piece of a text; `hit` when it is what was searched for. */
export type Piece = { readonly at: number; readonly text: string; readonly hit: boolean }

const LEAD = 20

/** A text cut where a query occurs, without regard to case. */
export function highlight(text: string, query: string): readonly Piece[] {
  const wanted = query.trim()
  if (wanted === '') return [{ at: 0, text, hit: false }]
  const pattern = new RegExp(wanted.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'giu')
  const pieces: Piece[] = []
  let end = 0
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) pieces.push({ at: end, text: text.slice(end, match.index), hit: false })
    pieces.push({ at: match.index, text: match[0], hit: true })
    end = match.index + match[0].length
  }
  if (end < text.length) pieces.push({ at: end, text: text.slice(end), hit: false })
  return pieces
}

/** One line of a text that starts shortly before the first occurrence of a query. */
export function excerptOf(text: string, query: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  const hit = line.toLowerCase().indexOf(query.trim().toLowerCase())
  if (hit <= LEAD * 1.5) return line
  const space = line.indexOf(' ', hit - LEAD)
  return `…${line.slice(space > 0 && space < hit ? space : hit - LEAD)}`
}
