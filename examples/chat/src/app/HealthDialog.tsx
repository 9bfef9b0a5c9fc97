// How the server is, for who wants to know.
import { HealthWidget } from '@nowcast/react'
import { Dialog } from '../theme/Dialog.tsx'

/** How the server is. */
export function HealthDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="The server" onClose={onClose}>
      <div className="dialog__body">
        <HealthWidget url={location.origin} />
      </div>
    </Dialog>
  )
}
