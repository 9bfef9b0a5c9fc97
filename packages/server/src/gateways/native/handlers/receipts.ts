// Handlers of the commands about what was delivered and read.
import { NowcastError } from '@nowcast/protocol'
import type { Handlers } from './handler.ts'

const missing = () => Promise.reject(new NowcastError('internal', 'Not built yet.'))

/** Handlers of the commands about what was delivered and read. */
export const receiptHandlers = {
  'conversation.receipt': missing,
  'conversation.receipts': missing,
  'conversation.readers': missing,
  'conversation.inbox': missing,
} satisfies Partial<Handlers>
