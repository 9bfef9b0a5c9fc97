// Who is typing. Its place is kept free, so that nothing moves.
import './typingLine.css'

function sentence(names: readonly string[]): string {
  const [first, second] = names
  if (first === undefined) return ''
  if (second === undefined) return `${first} is typing…`
  return names.length === 2 ? `${first} and ${second} are typing…` : `${names.length} people are typing…`
}

/** Who is typing, by name. */
export function TypingLine({ names }: { readonly names: readonly string[] }) {
  return (
    <p className="typing-line" data-active={names.length > 0}>
      {sentence(names)}
    </p>
  )
}
