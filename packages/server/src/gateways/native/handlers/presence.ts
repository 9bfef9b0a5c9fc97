// Handlers of the commands about who is on a channel. What one connection does on one channel happens in the order it was
// sent, subscribing included.
import { type Handlers, nothing } from './handler.ts'
import { unwatchEach, watchEach } from './watching.ts'

/** Handlers of the commands about who is on a channel. */
export const presenceHandlers = {
  'presence.enter': ({ presence }, connection, { channel, data }) =>
    connection.turns.run(channel, async () => {
      await presence.enter(connection, channel, data)
      return nothing
    }),
  'presence.leave': ({ presence }, connection, { channel }) =>
    connection.turns.run(channel, async () => {
      await presence.leave(connection, channel)
      return nothing
    }),
  'presence.watch': ({ presence }, connection, { channels }) =>
    watchEach(connection, channels, (channel) => presence.watch(connection, channel)),
  'presence.unwatch': ({ presence }, connection, { channels }) =>
    unwatchEach(connection, channels, (channel) => presence.unwatch(connection, channel)),
} satisfies Partial<Handlers>
