// What the commands about conversations do.
import { type Handlers, signedIn } from './handler.ts'

/** Handlers of the commands about conversations. */
export const conversationHandlers = {
  'conversation.create': ({ conversations }, connection, command) =>
    conversations.create(signedIn(connection), command),
  'conversation.direct': ({ conversations }, connection, command) =>
    conversations.direct(signedIn(connection), command),
  'conversation.list': ({ conversations }, connection, command) =>
    conversations.list(signedIn(connection), command),
  'conversation.get': ({ conversations }, connection, command) =>
    conversations.get(signedIn(connection), command),
  'conversation.members': ({ conversations }, connection, command) =>
    conversations.members(signedIn(connection), command),
} satisfies Partial<Handlers>
