// The description as it looks in the editor, until that is there.
import './description.css'

/** A text that can't be edited yet. */
export function PlainText({ text }: { readonly text: string }) {
  return <p className="shared-text__plain">{text}</p>
}
