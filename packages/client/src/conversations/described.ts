// What events of its channel change of a conversation's description. Pure: values in, values out.
import {
  type Conversation,
  type ConversationEvents,
  isObject,
  type Json,
  type Publication,
  type UserEvents,
} from '@nowcast/protocol'
import { isPosition } from '../connection/incoming.ts'
import { isMember } from './membership.ts'
import { isMessage } from './timeline.ts'

/** True for a conversation, as far as a page's state rests on it. */
export function isConversation(data: Json): data is Conversation {
  return isObject(data) && typeof data.id === 'string' && isPosition(data.position)
}

/** True for what is said of a conversation when its user has read, as far as a page's state rests on it. */
export function isRead(data: Json): data is UserEvents['conversation:read'] {
  return (
    isObject(data) &&
    typeof data.id === 'string' &&
    [data.read, data.unread, data.unreadMentions].every((value) => typeof value === 'number')
  )
}

/** A conversation after an event; the same object when it takes account of the event already. */
export function described(
  conversation: Conversation,
  { name, data, offset }: Publication,
  user: string | undefined,
): Conversation {
  const { position, memberCount, lastMessage } = conversation
  if (offset <= position.offset) return conversation
  const next = { ...conversation, position: { ...position, offset } }
  switch (name) {
    case 'member:joined':
      return { ...next, memberCount: memberCount + 1 }
    case 'member:left':
      return { ...next, memberCount: memberCount - 1 }
    case 'member:changed':
      return isMember(data) && data.id === user ? { ...next, role: data.role } : next
    case 'conversation:changed': {
      const { archivedAt: _, ...rest } = next
      return isChange(data) ? { ...rest, ...data } : next
    }
    default:
      if (!isMessage(data)) return next
      return name === 'message:created' || data.offset === lastMessage?.offset
        ? { ...next, lastMessage: data }
        : next
  }
}

function isChange(data: Json): data is ConversationEvents['conversation:changed'] {
  return isObject(data) && typeof data.name === 'string' && isObject(data.permissions)
}
