// Asks before deleting one's own message.
import type { ChatMessage } from '../live/nowcast.ts'
import { useAction } from '../live/useAction.ts'
import { Dialog } from '../theme/Dialog.tsx'
import { Problem } from '../theme/Problem.tsx'

/** What the dialog needs. */
export type DeleteDialogProps = {
  readonly message: ChatMessage
  /** Deletes it; rejects when the server refuses. */
  readonly onDelete: () => Promise<unknown>
  readonly onClose: () => void
}

/** Asks before deleting one's own message. */
export function DeleteDialog({ message, onDelete, onClose }: DeleteDialogProps) {
  const { state, run } = useAction()
  const remove = async () => {
    if (await run(onDelete)) onClose()
  }
  return (
    <Dialog title="Delete this message?" onClose={onClose}>
      <div className="dialog__body">
        <p className="dialog__text">It disappears for everybody. This can’t be undone.</p>
        <blockquote className="quote">{message.body}</blockquote>
        {state.status === 'failed' && <Problem reason={state.reason} />}
        <div className="dialog__actions">
          <button type="button" className="button" data-first-focus onClick={onClose}>
            Keep
          </button>
          <button
            type="button"
            className="button button--danger"
            disabled={state.status === 'running'}
            onClick={remove}
          >
            Delete
          </button>
        </div>
      </div>
    </Dialog>
  )
}
