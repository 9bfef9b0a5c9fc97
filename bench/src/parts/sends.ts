// Durable sends: how many a second, and how long until the acknowledgement, with Nowcast's embedded PostgreSQL.
import type { Options } from '../options.ts'
import type { Sent } from '../processes/contracts.ts'
import { onStage } from '../processes/start.ts'
import { tell } from './progress.ts'

/** One way of sending. */
interface SendsResult {
  readonly name: string
  readonly senders: number
  readonly sent: Sent
}

/** The part's report. */
export interface SendsReport {
  readonly conversations: number
  readonly window: number
  readonly results: readonly SendsResult[]
}

const CONVERSATIONS = 50
const WINDOW = 32
const SENDERS = [1, 50, 500]
const OPEN_RATE = 1_000
const OPEN_SENDERS = 50
const WARM_UP_SECONDS = 2
const CALL_MS = 120_000

/** Runs the part. @throws Error when the server fails */
export function runSends(options: Options): Promise<SendsReport> {
  return onStage('nowcast', { profile: options.profile }, async ({ load, port }) => {
    const common = { port, conversations: CONVERSATIONS, seconds: options.seconds }
    const closed = { kind: 'closed', window: WINDOW } as const
    tell('sends: warming up')
    await load.call('send', CALL_MS, {
      ...common,
      seconds: WARM_UP_SECONDS,
      senders: OPEN_SENDERS,
      loop: closed,
    })
    const results: SendsResult[] = []
    tell(`sends: ${OPEN_RATE} a second`)
    const open = await load.call('send', CALL_MS, {
      ...common,
      senders: OPEN_SENDERS,
      loop: { kind: 'open', rate: OPEN_RATE },
    })
    results.push({ name: `open loop, ${OPEN_RATE} sends/s`, senders: OPEN_SENDERS, sent: open })
    for (const senders of SENDERS) {
      tell(`sends: ${senders} senders`)
      const sent = await load.call('send', CALL_MS, { ...common, senders, loop: closed })
      results.push({ name: `closed loop, ${WINDOW} in flight each`, senders, sent })
    }
    return { conversations: CONVERSATIONS, window: WINDOW, results }
  })
}
