// What the commands about members and settings of conversations do.
import { type Handlers, signedIn } from './handler.ts'

/** Handlers of the commands about members and settings of conversations. */
export const membershipHandlers = {
  'conversation.join': ({ membership }, connection, command) =>
    membership.join(signedIn(connection), command),
  'conversation.leave': ({ membership }, connection, command) =>
    membership.leave(signedIn(connection), command),
  'conversation.invite': ({ membership }, connection, command) =>
    membership.invite(signedIn(connection), command),
  'conversation.remove': ({ membership }, connection, command) =>
    membership.remove(signedIn(connection), command),
  'conversation.role': ({ membership }, connection, command) =>
    membership.changeRole(signedIn(connection), command),
  'conversation.update': ({ membership }, connection, command) =>
    membership.update(signedIn(connection), command),
  'conversation.archive': ({ membership }, connection, command) =>
    membership.archive(signedIn(connection), command),
} satisfies Partial<Handlers>
