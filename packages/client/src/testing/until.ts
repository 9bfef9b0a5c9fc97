// Waiting for a condition.
import { setTimeout as pause } from 'node:timers/promises'

/** Resolves once `condition` holds. @throws Error naming `what` after 10 s */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = Date.now() + 10_000
  while (!condition()) {
    if (Date.now() > end) throw new Error(`Waited in vain for ${what}.`)
    await pause(1)
  }
}
