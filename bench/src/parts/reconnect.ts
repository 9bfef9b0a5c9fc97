// Reconnection: everybody is cut, misses some events, and comes back at the same moment.
import type { Options } from '../options.ts'
import type { Recovered } from '../processes/contracts.ts'
import { onStage } from '../processes/start.ts'
import { allGone } from './gone.ts'
import { tell } from './progress.ts'

/** One crowd's return. */
interface ReconnectResult {
  readonly channels: number
  readonly serverCpuMs: number
  readonly recovered: Recovered
}

/** The part's report. */
export interface ReconnectReport {
  readonly connections: number
  readonly missed: number
  readonly results: readonly ReconnectResult[]
}

const MISSED = 10
const CHANNEL_COUNTS = [1, 100]
const OPEN_CONCURRENCY = 50
const CALL_MS = 120_000

/** Runs the part. @throws Error when a client does not receive exactly what it missed */
export async function runReconnect(options: Options): Promise<ReconnectReport> {
  const results: ReconnectResult[] = []
  for (const count of CHANNEL_COUNTS) {
    tell(`reconnect: ${options.connections} clients on ${count} channels`)
    results.push(await returnOf(options, count))
  }
  return { connections: options.connections, missed: MISSED, results }
}

function returnOf({ connections, profile }: Options, count: number): Promise<ReconnectResult> {
  const channels = Array.from({ length: count }, (_, index) => `bench-${index}`)
  return onStage('nowcast', { profile }, async (stage) => {
    const { server, load, contestant, port } = stage
    // A channel's epoch begins with its first event; before it there is nothing to come back to.
    await server.call('publish', CALL_MS, { channels, count: 1 })
    const concurrency = OPEN_CONCURRENCY
    await load.call('open', CALL_MS, {
      contestant,
      ports: [port],
      connections,
      concurrency,
      channels,
      sampleEvery: connections,
    })
    await load.call('cut', CALL_MS)
    await allGone(stage)
    await server.call('publish', CALL_MS, { channels, count: MISSED })
    const before = await server.call('usage', CALL_MS, { collect: false })
    const recovered = await load.call('recover', CALL_MS, { missed: MISSED, ports: [port] })
    const after = await server.call('usage', CALL_MS, { collect: false })
    await load.call('cut', CALL_MS)
    return { channels: count, recovered, serverCpuMs: (after.cpuMicros - before.cpuMicros) / 1e3 }
  })
}
