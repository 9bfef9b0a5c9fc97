// Waits until what was published has arrived.
import type { LoadProcess, Received } from '../processes/contracts.ts'
import type { Remote } from '../processes/remote.ts'

const CALL_MS = 10_000
const POLL_MS = 100
const MAX_POLLS = 100

/** Waits until no more events come. @throws Error when they don't end */
export async function settled(load: Remote<LoadProcess>): Promise<Received> {
  let before = await load.call('received', CALL_MS)
  for (let poll = 0; poll < MAX_POLLS; poll += 1) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    const now = await load.call('received', CALL_MS)
    if (now.events === before.events) return now
    before = now
  }
  throw new Error('events still arrive ten seconds after the last was published')
}
