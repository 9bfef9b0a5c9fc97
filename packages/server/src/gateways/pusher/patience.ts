// What fails because something is out of reach is tried again here: Pusher's clients never ask a second time.
import { NowcastError } from '@nowcast/protocol'
import type { Clock } from '../../foundation/clock.ts'

/** How long is waited after each failure; then it is final. */
const WAITS_MS = [250, 500, 1_000, 2_000, 4_000]

/** Whether something may work later as it is. */
export const isOutOfReach = (error: unknown): boolean =>
  error instanceof NowcastError && error.code === 'unavailable'

/**
 * Does something as soon as that is possible. It must leave nothing behind where it fails.
 * @param isWanted whether it still makes sense
 * @throws NowcastError what `work` throws, `unavailable` only after some seconds
 */
export async function whenPossible(
  clock: Pick<Clock, 'after'>,
  isWanted: () => boolean,
  work: () => Promise<void>,
): Promise<void> {
  for (const waitMs of WAITS_MS) {
    try {
      await work()
      return
    } catch (error) {
      if (!isOutOfReach(error)) throw error
    }
    await new Promise<void>((resolve) => clock.after(waitMs, resolve))
    if (!isWanted()) return
  }
  await work()
}
