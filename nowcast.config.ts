// The configuration of `npm start`: the examples, served with development defaults.
import { defineConfig } from '@nowcast/server'

export default defineConfig({
  pages: { '/chat/': 'examples/chat/dist' },
  conversations: { seed: { general: 'General', random: 'Random' } },
  channels: {
    'playground-*': { publish: true, history: { size: 100, ttl: '15m' } },
    'ticker-*': { latestOnly: true },
  },
  // The longest description of a thread, in any script, in one event.
  pusher: { maxEventBytes: 32_768 },
  drainTimeout: '2s',
})
