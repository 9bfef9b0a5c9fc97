// Handlers of the commands about who is on a channel.
import { NowcastError } from '@nowcast/protocol'
import type { Handlers } from './handler.ts'

const missing = () => Promise.reject(new NowcastError('internal', 'Not built yet.'))

/** Handlers of the commands about who is on a channel. */
export const presenceHandlers = {
  'presence.enter': missing,
  'presence.leave': missing,
  'presence.watch': missing,
  'presence.unwatch': missing,
} satisfies Partial<Handlers>
