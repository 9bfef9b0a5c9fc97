// Asks before something that can't be undone, and shows why it did not work.
import type { ReactNode } from 'react'
import { Dialog } from './Dialog.tsx'
import { Problem } from './Problem.tsx'
import { useAction } from './useAction.ts'

/** What is asked, and what follows. */
export type ConfirmDialogProps = {
  readonly title: string
  /** What it means. */
  readonly children: ReactNode
  readonly keep: string
  readonly go: string
  /** Does it; rejects when the server refuses. */
  readonly onGo: () => Promise<unknown>
  /** Called when it was done. */
  readonly onDone: () => void
  readonly onClose: () => void
}

/** A question with a safe and a dangerous answer; the safe one has the focus. */
export function ConfirmDialog({ title, children, keep, go, onGo, onDone, onClose }: ConfirmDialogProps) {
  const { state, run } = useAction()
  const confirm = async () => {
    if (await run(onGo)) onDone()
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="dialog__body">
        {children}
        {state.status === 'failed' && <Problem reason={state.reason} />}
        <div className="dialog__actions">
          <button type="button" className="button" data-first-focus onClick={onClose}>
            {keep}
          </button>
          <button
            type="button"
            className="button button--danger"
            disabled={state.status === 'running'}
            onClick={confirm}
          >
            {go}
          </button>
        </div>
      </div>
    </Dialog>
  )
}
