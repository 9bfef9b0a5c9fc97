// Everything that can be done with the messages of a conversation, and what opens for it: dialogs and small panels.
import type { ChatMessage, Conversation, ConversationHandle } from '@nowcast/react'
import { type ReactNode, useMemo, useState } from 'react'
import { linkTo, navigate } from '../app/route.ts'
import { reasonOf } from '../theme/errors.ts'
import { type MessageActions, messageRights, type Rights } from './actions.ts'
import { DeleteDialog } from './DeleteDialog.tsx'
import { MessagePanels, type OpenPanel } from './MessagePanels.tsx'

/** What can be done with messages. */
export type MessageTools = {
  readonly rights: Rights
  readonly actions: MessageActions
  /** What is open for one of them. */
  readonly opened: ReactNode
}

/**
 * What can be done with the messages of a conversation.
 * @param onEdit opens the editor of the message with an offset, or closes it
 * @param say tells the person a sentence
 */
export function useMessageTools(
  id: string,
  conversation: ConversationHandle,
  info: Conversation | undefined,
  onEdit: (offset: number | undefined) => void,
  say: (sentence: string) => void,
): MessageTools {
  const { retry, discard, edit, react, pin } = conversation
  const [deleting, setDeleting] = useState<ChatMessage>()
  const [open, setOpen] = useState<OpenPanel>()
  const { takePart, pin: mayPin, deleteOthers } = messageRights(info)
  const rights = useMemo(() => ({ takePart, pin: mayPin, deleteOthers }), [takePart, mayPin, deleteOthers])
  const actions = useMemo<MessageActions>(() => {
    const tell = (error: unknown) => say(reasonOf(error))
    return {
      retry: (message) => retry(message.id),
      discard: (message) => discard(message.id),
      save: (message, body) => edit(message.offset, body),
      edit: (message) => onEdit(message?.offset),
      remove: setDeleting,
      react: ({ offset }, emoji, on) => void react(offset, emoji, on).catch(tell),
      pin: ({ offset }, pinned) =>
        void pin(offset, pinned).then(() => say(pinned ? 'Pinned.' : 'No longer pinned.'), tell),
      reply: ({ offset }) => navigate(id, { panel: { kind: 'thread', root: offset } }),
      copyLink: (message) => void copy(linkToMessage(id, message)).then(say),
      showPinned: () => navigate(id, { panel: { kind: 'pinned' } }),
      open: (panel, message, anchor) => setOpen({ panel, message, anchor }),
    }
  }, [id, retry, discard, edit, react, pin, onEdit, say])

  const opened = (
    <>
      {open !== undefined && (
        <MessagePanels
          open={open}
          conversation={conversation}
          rights={rights}
          actions={actions}
          onOpen={(panel) => setOpen({ ...open, panel })}
          onClose={() => setOpen((now) => (now === open ? undefined : now))}
        />
      )}
      {deleting !== undefined && (
        <DeleteDialog
          message={deleting}
          onDelete={() => conversation.delete(deleting.offset)}
          onClose={() => setDeleting(undefined)}
        />
      )}
    </>
  )
  return { rights, actions, opened }
}

const linkToMessage = (conversation: string, { offset, thread }: ChatMessage): string =>
  linkTo(
    thread === undefined
      ? { conversation, message: offset }
      : { conversation, panel: { kind: 'thread', root: thread, reply: offset } },
  )

async function copy(text: string): Promise<string> {
  try {
    await navigator.clipboard.writeText(text)
    return 'Link copied.'
  } catch {
    // Without a secure connection, or without the person's leave, pages may not write there.
    return text
  }
}
