// What can be done with a message, at its upper edge while it is pointed at or has the focus. The buttons are no stops
// of the Tab key, or the way through a conversation would be long: Enter leads from the message to them.
import type { ChatMessage } from '@nowcast/react'
import { Ellipsis, type LucideIcon, MessageSquareText, Pencil, SmilePlus } from 'lucide-react'
import { isEditable, type MessageActions, type Rights } from './actions.ts'

/** What the toolbar needs. */
export type MessageToolbarProps = {
  readonly message: ChatMessage
  readonly rights: Rights
  readonly actions: MessageActions
}

/** What can be done with a message. */
export function MessageToolbar({ message, rights, actions }: MessageToolbarProps) {
  const { reply, edit, open } = actions
  return (
    <div className="message__actions" role="toolbar" aria-label="Message">
      {rights.takePart && (
        <ToolButton icon={SmilePlus} label="React" onPress={(anchor) => open('react', message, anchor)} />
      )}
      {reply !== undefined && (
        <ToolButton icon={MessageSquareText} label="Reply in thread" onPress={() => reply(message)} />
      )}
      {rights.takePart && isEditable(message) && (
        <ToolButton icon={Pencil} label="Edit message" onPress={() => edit(message)} />
      )}
      <ToolButton icon={Ellipsis} label="More" onPress={(anchor) => open('menu', message, anchor)} />
    </div>
  )
}

type ToolButtonProps = {
  readonly icon: LucideIcon
  readonly label: string
  readonly onPress: (button: Element) => void
}

function ToolButton({ icon: Icon, label, onPress }: ToolButtonProps) {
  return (
    <button
      type="button"
      className="icon-button icon-button--small"
      aria-label={label}
      title={label}
      tabIndex={-1}
      onClick={(event) => onPress(event.currentTarget)}
    >
      <Icon size={16} strokeWidth={1.9} aria-hidden />
    </button>
  )
}
