// Events over Pusher's HTTP API, one by one and in batches: how many a second, signature checks included.
import type { Options } from '../options.ts'
import type { Triggered } from '../processes/contracts.ts'
import { onStage, type Stage } from '../processes/start.ts'
import { tell } from './progress.ts'

/** One way of triggering. */
interface TriggersResult {
  readonly name: string
  readonly triggered: Triggered
  /** Of one core, of the server's process. */
  readonly cpuShare: number
  readonly cpuMicrosPerRequest: number
  readonly loadCpuShare: number
}

/** The part's report. */
export interface TriggersReport {
  readonly channels: number
  readonly results: readonly TriggersResult[]
}

const CHANNELS = 100
const CONNECTIONS = 32
const WARM_UP_SECONDS = 3
const CALL_MS = 120_000
const WAYS = [
  { name: 'one event a request', batch: 1 },
  { name: 'batches of 10', batch: 10 },
]

/** Runs the part. @throws Error when a request is refused */
export async function runTriggers(options: Options): Promise<TriggersReport> {
  const results: TriggersResult[] = []
  for (const way of WAYS) {
    for (const contestant of ['http', 'nowcast'] as const) {
      tell(`triggers: ${way.name}, ${contestant}`)
      results.push(await onStage(contestant, options, (stage) => measure(stage, way, options.seconds)))
    }
  }
  return { channels: CHANNELS, results }
}

async function measure(
  { server, load, port, contestant }: Stage,
  { name, batch }: (typeof WAYS)[number],
  seconds: number,
): Promise<TriggersResult> {
  const common = { port, channels: CHANNELS, connections: CONNECTIONS, batch }
  await load.call('trigger', CALL_MS, { ...common, seconds: WARM_UP_SECONDS })
  const usage = () => server.call('usage', CALL_MS, { collect: false })
  const before = await usage()
  const triggered = await load.call('trigger', CALL_MS, { ...common, seconds })
  const after = await usage()
  // Signing before the measurement costs the server nothing.
  const micros = (triggered.latency.samples / triggered.requestsPerSecond) * 1e6
  const cpuMicros = after.cpuMicros - before.cpuMicros
  return {
    name: `${contestant}, ${name}`,
    triggered,
    cpuShare: cpuMicros / micros,
    cpuMicrosPerRequest: cpuMicros / triggered.latency.samples,
    loadCpuShare: triggered.cpuMicros / micros,
  }
}
