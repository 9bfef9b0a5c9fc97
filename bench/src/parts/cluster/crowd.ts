// Subscribers of a cluster, for as long as something is measured.
import type { ClusterNode, ClusterStage } from '../../processes/clusterStage.ts'
import type { OpenOptions, Received } from '../../processes/contracts.ts'
import { settled } from '../settled.ts'

const OPEN_CONCURRENCY = 100
const CALL_MS = 60_000

/** Runs `act` with subscribers on `nodes`, spread evenly; they are cut afterwards. */
export async function withSubscribers<R>(
  { load, dialect }: ClusterStage,
  nodes: readonly ClusterNode[],
  options: Pick<OpenOptions, 'connections' | 'channels' | 'sampleEvery' | 'eager'>,
  act: () => Promise<R>,
): Promise<R> {
  await load.call('open', CALL_MS, {
    ...options,
    contestant: dialect,
    ports: nodes.map(({ port }) => port),
    concurrency: OPEN_CONCURRENCY,
  })
  const result = await act()
  await load.call('cut', CALL_MS)
  return result
}

/**
 * What the subscribers have received since the last reset, once nothing more comes.
 * @throws Error when anybody was lost or anything else than `expected` events arrived
 */
export async function receivedAll({ load, contestant }: ClusterStage, expected: number): Promise<Received> {
  const received = await settled(load)
  if (received.lost > 0) throw new Error(`${contestant} lost ${received.lost} subscribers`)
  if (received.events !== expected)
    throw new Error(`${contestant} delivered ${received.events} events instead of ${expected}`)
  return received
}
