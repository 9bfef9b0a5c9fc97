// The signed-in page: the list on one side, the open conversation on the other; on a phone one at a time.
import { useConversations } from '@nowcast/react'
import { useCallback, useEffect, useState } from 'react'
import { ConversationPane } from '../conversations/ConversationPane.tsx'
import { NothingOpen } from '../conversations/NothingOpen.tsx'
import { Sidebar } from '../conversations/Sidebar.tsx'
import { useAutoJoin } from '../conversations/useAutoJoin.ts'
import { useLearnPeers } from '../people/usePersons.ts'
import { ConnectionBanner } from './ConnectionBanner.tsx'
import { Dialogs } from './Dialogs.tsx'
import { DialogProvider, type OpenDialog } from './dialogs.ts'
import { settle, useRoute } from './route.ts'
import { useNarrow } from './useNarrow.ts'
import { useUnreadMark } from './useUnreadMark.ts'
import './shell.css'

const APP_TITLE = 'Nowcast Chat'

/** The signed-in page. */
export function Shell() {
  const { status, conversations, unread } = useConversations()
  const route = useRoute()
  const narrow = useNarrow()
  const [dialog, setDialog] = useState<OpenDialog>()
  const close = useCallback(() => setDialog(undefined), [])
  useLearnPeers(conversations)
  useAutoJoin(status, conversations)
  useSearchShortcut(setDialog)
  useUnreadMark(unread)

  const newest = conversations[0]?.id
  const open = route ?? (narrow ? undefined : newest)
  // What is open stays open when another conversation becomes the newest.
  useEffect(() => {
    if (route === undefined && open !== undefined) settle(open)
  }, [route, open])
  return (
    <DialogProvider value={setDialog}>
      <title>{unread > 0 ? `(${unread}) ${APP_TITLE}` : APP_TITLE}</title>
      <div className="shell" data-open={open !== undefined}>
        <ConnectionBanner />
        <Sidebar open={open} />
        {open === undefined ? <NothingOpen status={status} /> : <ConversationPane key={open} id={open} />}
      </div>
      {dialog !== undefined && <Dialogs dialog={dialog} open={open} onClose={close} />}
    </DialogProvider>
  )
}

function useSearchShortcut(open: (dialog: OpenDialog) => void): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey) || event.shiftKey) return
      event.preventDefault()
      // A dialog that is open already has the person's attention.
      if (document.querySelector('dialog[open]') === null) open({ kind: 'search' })
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [open])
}
