// What the commands about what was delivered and read do.
import { fitInbox } from '../fitting.ts'
import { type Handlers, signedIn } from './handler.ts'

/** Handlers of the commands about what was delivered and read. */
export const receiptHandlers = {
  'conversation.receipt': ({ receipts }, connection, command) =>
    receipts.receive(signedIn(connection), command, connection),
  'conversation.receipts': ({ receipts }, connection, command) =>
    receipts.list(signedIn(connection), command),
  'conversation.readers': ({ receipts }, connection, command) =>
    receipts.readers(signedIn(connection), command),
  'conversation.inbox': async ({ inbox, maxAnswerBytes }, connection) =>
    fitInbox(await inbox.read(signedIn(connection)), maxAnswerBytes),
} satisfies Partial<Handlers>
