// What can be done with a message, and who may do it.
import type { ChatMessage, Conversation } from '@nowcast/react'

/** A small panel that belongs to one message. */
export type MessagePanel = 'react' | 'menu' | 'info' | 'history'

/** What can be done with a message. */
export type MessageActions = {
  readonly retry: (message: ChatMessage) => void
  readonly discard: (message: ChatMessage) => void
  /** Changes the body; rejects when the server refuses. */
  readonly save: (message: ChatMessage, body: string) => Promise<unknown>
  /** Opens the editor of a message, or closes it with `undefined`. */
  readonly edit: (message: ChatMessage | undefined) => void
  /** Asks whether to delete a message. */
  readonly remove: (message: ChatMessage) => void
  readonly react: (message: ChatMessage, emoji: string, on: boolean) => void
  readonly pin: (message: ChatMessage, pinned: boolean) => void
  /** Opens its thread; absent inside of a thread. */
  readonly reply?: (message: ChatMessage) => void
  readonly copyLink: (message: ChatMessage) => void
  /** Shows what is pinned. */
  readonly showPinned: () => void
  /** Opens a small panel of the message beside an element. */
  readonly open: (panel: MessagePanel, message: ChatMessage, anchor: Element) => void
}

/** What the person may do with the messages of a conversation. */
export type Rights = {
  /** React, edit and delete one's own; more than that is needed to send any. */
  readonly takePart: boolean
  readonly pin: boolean
  readonly deleteOthers: boolean
}

/** What the person may do with the messages of a conversation; nothing while it is not known. */
export function messageRights(info: Conversation | undefined): Rights {
  const takePart = info?.role !== undefined && info.archivedAt === undefined
  const manages = takePart && info.role !== 'member'
  const direct = info?.kind === 'direct'
  return { takePart, pin: manages || (takePart && direct), deleteOthers: manages && !direct }
}

/** True for a message that the server has stored. */
export const isStored = ({ status }: ChatMessage): boolean => status !== 'sending' && status !== 'failed'

/** True for a message that the person may edit. */
export const isEditable = (message: ChatMessage): boolean =>
  message.own && isStored(message) && message.deletedAt === undefined && message.streaming !== true

/** The place of the newest message that the server has stored. */
export const newestOf = (messages: readonly ChatMessage[]): number | undefined =>
  messages.findLast(isStored)?.offset
