// Asks before deleting one's own message.
import type { ChatMessage } from '@nowcast/react'
import { ConfirmDialog } from '../theme/ConfirmDialog.tsx'

/** What the dialog needs. */
export type DeleteDialogProps = {
  readonly message: ChatMessage
  /** Deletes it; rejects when the server refuses. */
  readonly onDelete: () => Promise<unknown>
  readonly onClose: () => void
}

/** Asks before deleting one's own message. */
export function DeleteDialog({ message, onDelete, onClose }: DeleteDialogProps) {
  return (
    <ConfirmDialog
      title="Delete this message?"
      keep="Keep"
      go="Delete"
      onGo={onDelete}
      onDone={onClose}
      onClose={onClose}
    >
      <p className="dialog__text">It disappears for everybody. This can’t be undone.</p>
      <blockquote className="quote">{message.body}</blockquote>
    </ConfirmDialog>
  )
}
