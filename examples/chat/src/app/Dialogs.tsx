// The dialog that is open.
import { useConversations } from '@nowcast/react'
import { BrowseDialog } from '../conversations/BrowseDialog.tsx'
import { CreateDialog } from '../conversations/CreateDialog.tsx'
import { DirectDialog } from '../conversations/DirectDialog.tsx'
import { InviteDialog } from '../conversations/InviteDialog.tsx'
import { SettingsDialog } from '../conversations/SettingsDialog.tsx'
import { PersonDialog } from '../people/PersonDialog.tsx'
import { StatusDialog } from '../people/StatusDialog.tsx'
import { SearchDialog } from '../search/SearchDialog.tsx'
import type { OpenDialog } from './dialogs.ts'
import { HealthDialog } from './HealthDialog.tsx'

/** What is needed to show one. */
export type DialogsProps = {
  readonly dialog: OpenDialog
  /** The id of the open conversation. */
  readonly open: string | undefined
  readonly onClose: () => void
}

/** The dialog that is open. */
export function Dialogs({ dialog, open, onClose }: DialogsProps) {
  const { conversations } = useConversations()
  switch (dialog.kind) {
    case 'search':
      return <SearchDialog open={open} onClose={onClose} />
    case 'create':
      return <CreateDialog onClose={onClose} />
    case 'browse':
      return <BrowseDialog onClose={onClose} />
    case 'direct':
      return <DirectDialog onClose={onClose} />
    case 'person':
      return <PersonDialog id={dialog.id} onClose={onClose} />
    case 'status':
      return <StatusDialog onClose={onClose} />
    case 'health':
      return <HealthDialog onClose={onClose} />
    case 'invite':
      return <InviteDialog id={dialog.id} title={dialog.title} onClose={onClose} />
    case 'settings': {
      const info = conversations.find(({ id }) => id === dialog.id)
      return info === undefined ? null : <SettingsDialog info={info} onClose={onClose} />
    }
  }
}
