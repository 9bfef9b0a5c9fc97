// What the commands about messages do.
import { fitMessages } from '../fitting.ts'
import { type Handlers, signedIn } from './handler.ts'

/** Handlers of the commands about messages. */
export const messageHandlers = {
  'conversation.send': ({ messages }, connection, command) => messages.send(signedIn(connection), command),
  'conversation.edit': ({ messages }, connection, command) => messages.edit(signedIn(connection), command),
  'conversation.delete': ({ messages }, connection, command) =>
    messages.delete(signedIn(connection), command),
  'conversation.react': ({ messages }, connection, command) => messages.react(signedIn(connection), command),
  'conversation.pin': ({ messages }, connection, command) => messages.pin(signedIn(connection), command),
  'conversation.history': async ({ messageReader, maxAnswerBytes }, connection, command) => {
    const page = await messageReader.history(signedIn(connection), command)
    return { ...page, ...fitMessages(page, maxAnswerBytes, command) }
  },
  'conversation.message': ({ messageReader }, connection, command) =>
    messageReader.message(signedIn(connection), command),
  'conversation.versions': ({ messageReader }, connection, command) =>
    messageReader.versions(signedIn(connection), command),
  'conversation.pins': async ({ messageReader, maxAnswerBytes }, connection, command) => {
    const { messages } = await messageReader.pins(signedIn(connection), command)
    return { messages: fitMessages({ messages, more: false }, maxAnswerBytes, {}).messages }
  },
  'conversation.search': async ({ messageReader, maxAnswerBytes }, connection, command) =>
    fitMessages(await messageReader.search(signedIn(connection), command), maxAnswerBytes, {}),
} satisfies Partial<Handlers>
