// Asks before leaving a conversation.
import { useNowcast } from '../live/nowcast.ts'
import { useAction } from '../live/useAction.ts'
import { Dialog } from '../theme/Dialog.tsx'
import { Problem } from '../theme/Problem.tsx'
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
  const { nowcast, userId } = useNowcast()
  const { state, run } = useAction()
  const leave = async () => {
    const left = await run(() => nowcast.conversations.leave(id))
    if (!left) return
    rememberLeaving(userId, id)
    onLeft()
  }
  return (
    <Dialog title={`Leave ${title}?`} onClose={onClose}>
      <div className="dialog__body">
        <p className="dialog__text">
          You won’t receive its messages any more. If it is open to everybody, you can join again at any time.
        </p>
        {state.status === 'failed' && <Problem reason={state.reason} />}
        <div className="dialog__actions">
          <button type="button" className="button" data-first-focus onClick={onClose}>
            Stay
          </button>
          <button
            type="button"
            className="button button--danger"
            disabled={state.status === 'running'}
            onClick={leave}
          >
            Leave
          </button>
        </div>
      </div>
    </Dialog>
  )
}
