// Waits until a server has noticed that its connections are gone.
import type { Stage } from '../processes/start.ts'

const CALL_MS = 10_000
const GONE_POLL_MS = 100
const MAX_GONE_POLLS = 100

/** Waits until the server holds no connection. @throws Error when it keeps some */
export async function allGone({ server, contestant }: Stage): Promise<void> {
  for (let poll = 0; poll < MAX_GONE_POLLS; poll += 1) {
    if ((await server.call('connections', CALL_MS)) === 0) return
    await new Promise((resolve) => setTimeout(resolve, GONE_POLL_MS))
  }
  throw new Error(`${contestant} still holds connections ten seconds after they were cut`)
}
