// What the commands about messages do.
import { NowcastError } from '@nowcast/protocol'
import { type Handlers, signedIn } from './handler.ts'

const missing = () => Promise.reject(new NowcastError('internal', 'Not built yet.'))

/** Handlers of the commands about messages. */
export const messageHandlers = {
  'conversation.send': ({ messages }, connection, command) => messages.send(signedIn(connection), command),
  'conversation.history': ({ messages }, connection, command) =>
    messages.history(signedIn(connection), command),
  'conversation.search': ({ messages }, connection, command) =>
    messages.search(signedIn(connection), command),
  'conversation.edit': ({ messages }, connection, command) => messages.edit(signedIn(connection), command),
  'conversation.delete': ({ messages }, connection, command) =>
    messages.delete(signedIn(connection), command),
  'conversation.message': missing,
  'conversation.versions': missing,
  'conversation.react': missing,
  'conversation.pin': missing,
  'conversation.pins': missing,
} satisfies Partial<Handlers>
