// Handlers of the commands about who is typing.
import { NowcastError } from '@nowcast/protocol'
import type { Handlers } from './handler.ts'

const missing = () => Promise.reject(new NowcastError('internal', 'Not built yet.'))

/** Handlers of the commands about who is typing. */
export const typingHandlers = {
  'typing.start': missing,
  'typing.stop': missing,
  'typing.watch': missing,
  'typing.unwatch': missing,
} satisfies Partial<Handlers>
