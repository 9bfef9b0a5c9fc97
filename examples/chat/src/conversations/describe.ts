// What a conversation is called and what its line in the list says.
import type { Conversation, Message } from '@nowcast/react'
import type { Person } from '../people/usePersons.ts'

/** The name to show: a direct conversation is called after the other person. */
export function titleOf(conversation: Conversation, personOf: (id: string) => Person): string {
  return conversation.peer === undefined ? conversation.name : personOf(conversation.peer.id).name
}

/** One line about the newest message. */
export function previewOf(
  conversation: Conversation,
  message: Message,
  userId: string,
  personOf: (id: string) => Person,
): string {
  const body = lineOf(message)
  if (message.sender === userId) return `You: ${body}`
  if (conversation.kind === 'direct') return body
  return `${personOf(message.sender).name.split(' ')[0]}: ${body}`
}

// What has no words of its own is a file, or is still being written.
function lineOf({ body, deletedAt, attachments }: Message): string {
  if (deletedAt !== undefined) return 'Message deleted'
  return body.replace(/\s+/g, ' ').trim() || attachments?.[0]?.name || '…'
}

/** "1 member", "12 members". */
export const memberCount = (count: number): string => (count === 1 ? '1 member' : `${count} members`)
