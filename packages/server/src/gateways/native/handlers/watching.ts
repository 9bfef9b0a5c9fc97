// What the commands that begin and end watching channels have in common.
import { NowcastError, type WatchResult } from '@nowcast/protocol'
import type { NativeConnection } from './handler.ts'

/** Begins to watch each channel; how that went is each one's own outcome. */
export async function watchEach(
  connection: NativeConnection,
  channels: readonly string[],
  watch: (channel: string) => Promise<void>,
): Promise<{ readonly channels: readonly WatchResult[] }> {
  const results = channels.map(async (channel): Promise<WatchResult> => {
    try {
      await connection.turns.run(channel, () => watch(channel))
      return { channel }
    } catch (error) {
      if (error instanceof NowcastError) return { channel, error: error.toWire() }
      throw error
    }
  })
  return { channels: await Promise.all(results) }
}

/** Ends watching each channel, after what was sent before. */
export async function unwatchEach(
  connection: NativeConnection,
  channels: readonly string[],
  unwatch: (channel: string) => void,
): Promise<Record<never, never>> {
  await Promise.all(channels.map((channel) => connection.turns.run(channel, async () => unwatch(channel))))
  return {}
}
