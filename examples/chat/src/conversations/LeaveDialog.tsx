// Asks before leaving a conversation.
import { useConversations } from '@nowcast/react'
import { useMe } from '../signIn/me.ts'
import { ConfirmDialog } from '../theme/ConfirmDialog.tsx'
import { rememberLeaving } from './useAutoJoin.ts'

/** What the dialog needs. */
export type LeaveDialogProps = {
  readonly id: string
  readonly title: string
  readonly onClose: () => void
  /** Called when the person has left. */
  readonly onLeft: () => void
}

/** Asks before leaving a conversation. */
export function LeaveDialog({ id, title, onClose, onLeft }: LeaveDialogProps) {
  const { id: userId } = useMe()
  const conversations = useConversations()
  const leave = async () => {
    await conversations.leave(id)
    rememberLeaving(userId, id)
  }
  return (
    <ConfirmDialog
      title={`Leave ${title}?`}
      keep="Stay"
      go="Leave"
      onGo={leave}
      onDone={onLeft}
      onClose={onClose}
    >
      <p className="dialog__text">
        You won’t receive its messages any more. If it is open to everybody, you can join again at any time.
      </p>
    </ConfirmDialog>
  )
}
