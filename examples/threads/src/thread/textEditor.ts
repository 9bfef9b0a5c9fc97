// CodeMirror on a shared text.
import { defaultKeymap } from '@codemirror/commands'
import { EditorState } from '@codemirror/state'
import { EditorView, keymap, placeholder } from '@codemirror/view'
import { yCollab, yUndoManagerKeymap } from 'y-codemirror.next'
import type { Collaboration } from './collaboration.ts'

/** Makes an editor in an element; the caller destroys it. */
export function textEditor(
  parent: HTMLElement,
  text: Collaboration['text'],
  awareness: NonNullable<Collaboration['awareness']>,
): EditorView {
  return new EditorView({
    parent,
    state: EditorState.create({
      doc: text.toString(),
      extensions: [
        keymap.of([...yUndoManagerKeymap, ...defaultKeymap]),
        EditorView.lineWrapping,
        placeholder('Describe what this is about. Everybody can edit it at the same time.'),
        EditorView.contentAttributes.of({ 'aria-label': 'Description', spellcheck: 'true' }),
        yCollab(text, awareness),
      ],
    }),
  })
}
