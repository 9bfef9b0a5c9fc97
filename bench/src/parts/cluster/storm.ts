// A node dies with all of its clients, who move to the others at the same moment.
import type { ClusterStage } from '../../processes/clusterStage.ts'

/** One storm. */
export interface StormSample {
  /** From the first connection attempt until half of the clients were done. */
  readonly halfMs: number
  /** Until the last one was. */
  readonly lastMs: number
  /** From the node's death until the last one was done. */
  readonly sinceDeathMs: number
  /** Events that each client recovered of those published meanwhile. */
  readonly recovered: number
  /** CPU time of the surviving nodes. */
  readonly nodesCpuMs: number
}

/** Events published on each channel while the clients are away. */
export const MISSED = 10
const CHANNELS = Array.from({ length: 100 }, (_, index) => `storm-${index}`)
const OPEN_CONCURRENCY = 100
const NOTICE_POLL_MS = 20
const MAX_NOTICE_POLLS = 500
const CALL_MS = 120_000

/**
 * Measures; the publishing node is dead afterwards.
 * @throws Error when a client of Nowcast does not recover exactly what it missed
 */
export async function measureStorm(stage: ClusterStage, clients: number): Promise<StormSample> {
  const { publisher: dying, receivers: survivors, load, dialect } = stage
  const [witness] = survivors
  if (witness === undefined) throw new Error('somebody has to survive')
  const publish = (count: number) => witness.server.call('publish', CALL_MS, { channels: CHANNELS, count })
  const usage = async () => {
    const all = survivors.map(({ server }) => server.call('usage', CALL_MS, { collect: false }))
    return (await Promise.all(all)).reduce((sum, { cpuMicros }) => sum + cpuMicros, 0)
  }
  // A channel's epoch begins with its first event; before it there is nothing to come back to.
  await publish(1)
  await load.call('open', CALL_MS, {
    contestant: dialect,
    ports: [dying.port],
    connections: clients,
    concurrency: OPEN_CONCURRENCY,
    channels: CHANNELS,
    sampleEvery: clients,
  })
  const diedAt = performance.now()
  await dying.server.kill()
  await everybodyNotices(stage, clients)
  await publish(MISSED)
  const before = await usage()
  const ports = survivors.map(({ port }) => port)
  // Socket.IO stores what a client needs for its return when the connection ends, which a node that dies can't.
  const recovers = dialect === 'nowcast'
  const storm = await load.call('recover', CALL_MS, recovers ? { missed: MISSED, ports } : { ports })
  const sinceDeathMs = performance.now() - diedAt
  const after = await usage()
  await load.call('cut', CALL_MS)
  return {
    halfMs: storm.p50Ms,
    lastMs: storm.lastMs,
    sinceDeathMs,
    recovered: recovers ? MISSED : 0,
    nodesCpuMs: (after - before) / 1e3,
  }
}

async function everybodyNotices({ load }: ClusterStage, clients: number): Promise<void> {
  for (let poll = 0; poll < MAX_NOTICE_POLLS; poll += 1) {
    const { lost } = await load.call('received', CALL_MS)
    if (lost === clients) return
    await new Promise((resolve) => setTimeout(resolve, NOTICE_POLL_MS))
  }
  throw new Error('clients have not noticed after ten seconds that their node is dead')
}
