// Handlers of the commands about how users are.
import { NowcastError } from '@nowcast/protocol'
import type { Handlers } from './handler.ts'

const missing = () => Promise.reject(new NowcastError('internal', 'Not built yet.'))

/** Handlers of the commands about how users are. */
export const peopleHandlers = {
  'people.watch': missing,
  'people.unwatch': missing,
  'people.status': missing,
} satisfies Partial<Handlers>
