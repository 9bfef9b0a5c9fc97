// The small panel that is open beside a message, at most one.
import type { ChatMessage, ConversationHandle } from '@nowcast/react'
import { EmojiPicker } from '../reactions/EmojiPicker.tsx'
import { useMe } from '../signIn/me.ts'
import { Popover } from '../theme/Popover.tsx'
import type { MessageActions, MessagePanel, Rights } from './actions.ts'
import { EditHistory } from './EditHistory.tsx'
import { MessageInfo } from './MessageInfo.tsx'
import { MessageMenu } from './MessageMenu.tsx'

/** The panel that is open, of which message, beside what. */
export type OpenPanel = {
  readonly panel: MessagePanel
  readonly message: ChatMessage
  readonly anchor: Element
}

/** What the panel needs. */
export type MessagePanelsProps = {
  readonly open: OpenPanel
  readonly conversation: Pick<ConversationHandle, 'readers' | 'versions'>
  readonly rights: Rights
  readonly actions: MessageActions
  readonly onOpen: (panel: MessagePanel) => void
  readonly onClose: () => void
}

const LABELS = {
  react: 'Pick a reaction',
  menu: 'More',
  info: 'Who has read it',
  history: 'Earlier versions',
} as const

/** The small panel that is open beside a message. */
export function MessagePanels({ open, conversation, rights, actions, onOpen, onClose }: MessagePanelsProps) {
  const { id: me } = useMe()
  const { panel, message, anchor } = open
  const react = (emoji: string) => {
    onClose()
    const already = message.reactions?.some((one) => one.emoji === emoji && one.users.includes(me))
    actions.react(message, emoji, !already)
  }
  return (
    <Popover key={panel} anchor={anchor} label={LABELS[panel]} onClose={onClose}>
      {panel === 'react' && <EmojiPicker onPick={react} />}
      {panel === 'menu' && (
        <MessageMenu message={message} rights={rights} actions={actions} onOpen={onOpen} onClose={onClose} />
      )}
      {panel === 'info' && <MessageInfo message={message} readers={conversation.readers} />}
      {panel === 'history' && <EditHistory message={message} versions={conversation.versions} />}
    </Popover>
  )
}
