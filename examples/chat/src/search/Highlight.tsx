// A text with what was searched for marked.
import { highlight } from './excerpt.ts'

/** A text with what was searched for marked. */
export function Highlight({ text, query }: { readonly text: string; readonly query: string }) {
  return highlight(text, query).map(({ at, text: piece, hit }) =>
    hit ? (
      <mark key={at} className="hit">
        {piece}
      </mark>
    ) : (
      piece
    ),
  )
}
