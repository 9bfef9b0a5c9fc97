// Handlers of the commands about members and settings of conversations.
import { NowcastError } from '@nowcast/protocol'
import type { Handlers } from './handler.ts'

const missing = () => Promise.reject(new NowcastError('internal', 'Not built yet.'))

/** Handlers of the commands about members and settings of conversations. */
export const membershipHandlers = {
  'conversation.invite': missing,
  'conversation.remove': missing,
  'conversation.role': missing,
  'conversation.update': missing,
  'conversation.archive': missing,
} satisfies Partial<Handlers>
