// Events over Pusher's HTTP API, one by one and in batches: how many a second, signature checks included.
import type { Options } from '../options.ts'
import type { Triggered } from '../processes/contracts.ts'
import { onStage } from '../processes/start.ts'
import { tell } from './progress.ts'

/** One way of triggering. */
interface TriggersResult {
  readonly name: string
  readonly triggered: Triggered
  /** Of one core, of the server's process. */
  readonly cpuShare: number
  readonly loadCpuShare: number
}

/** The part's report. */
export interface TriggersReport {
  readonly channels: number
  readonly results: readonly TriggersResult[]
}

const CHANNELS = 100
const CONNECTIONS = 32
const WARM_UP_SECONDS = 2
const CALL_MS = 120_000
const WAYS = [
  { name: 'one event a request', batch: 1 },
  { name: 'batches of 10', batch: 10 },
]

/** Runs the part. @throws Error when a request is refused */
export function runTriggers({ seconds, profile }: Options): Promise<TriggersReport> {
  return onStage('nowcast', { profile }, async ({ server, load, port }) => {
    const common = { port, channels: CHANNELS, connections: CONNECTIONS }
    const results: TriggersResult[] = []
    for (const { name, batch } of WAYS) {
      tell(`triggers: ${name}`)
      await load.call('trigger', CALL_MS, { ...common, batch, seconds: WARM_UP_SECONDS })
      const usage = () => server.call('usage', CALL_MS, { collect: false })
      const before = await usage()
      const triggered = await load.call('trigger', CALL_MS, { ...common, batch, seconds })
      const after = await usage()
      // Signing before the measurement costs the server nothing.
      const micros = (triggered.latency.samples / triggered.requestsPerSecond) * 1e6
      const cpuShare = (after.cpuMicros - before.cpuMicros) / micros
      results.push({ name, triggered, cpuShare, loadCpuShare: triggered.cpuMicros / micros })
    }
    return { channels: CHANNELS, results }
  })
}
