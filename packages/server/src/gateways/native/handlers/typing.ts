// Handlers of the commands about who is typing. What one connection does on one channel happens in the order it was sent.
import { type Handlers, nothing } from './handler.ts'
import { unwatchEach, watchEach } from './watching.ts'

/** Handlers of the commands about who is typing. */
export const typingHandlers = {
  'typing.start': ({ typing }, connection, { channel }) =>
    connection.turns.run(channel, async () => {
      await typing.start(connection, channel)
      return nothing
    }),
  'typing.stop': ({ typing }, connection, { channel }) =>
    connection.turns.run(channel, async () => {
      typing.stop(connection, channel)
      return nothing
    }),
  'typing.watch': ({ typing }, connection, { channels }) =>
    watchEach(connection, channels, (channel) => typing.watch(connection, channel)),
  'typing.unwatch': ({ typing }, connection, { channels }) =>
    unwatchEach(connection, channels, (channel) => typing.unwatch(connection, channel)),
} satisfies Partial<Handlers>
