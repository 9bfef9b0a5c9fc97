// Idle connections: what each costs in resident memory of the server's process, after a full garbage collection.
import type { Options } from '../options.ts'
import type { ContestantName } from '../processes/contracts.ts'
import { onStage } from '../processes/start.ts'
import { median } from '../statistics.ts'
import { BENCH_CHANNEL } from '../wire/benchEvent.ts'
import { tell } from './progress.ts'

/** What idle connections cost a server: connected alone, or subscribed to one channel as well. */
export interface IdleCost {
  /** Resident memory of the process before the first connection. */
  readonly emptyRssBytes: number
  /** Resident memory with all connections open. */
  readonly fullRssBytes: number
  /** Growth of resident memory per connection. */
  readonly rssBytes: number
  /** Growth of the JavaScript heap per connection. */
  readonly heapBytes: number
}

/** What a contestant's idle connections cost, the median of the rounds. */
interface IdleResult {
  readonly contestant: ContestantName
  readonly connected: IdleCost
  readonly subscribed: IdleCost
}

/** The part's report. */
export interface IdleReport {
  readonly connections: number
  readonly results: readonly IdleResult[]
}

const OPEN_CONCURRENCY = 50
const CALL_MS = 120_000

/** Runs the part. @throws Error when a contestant fails */
export async function runIdle(options: Options): Promise<IdleReport> {
  const contestants: ContestantName[] = [
    'floor',
    'ws',
    'socket.io',
    ...(options.peersOnly ? [] : ['nowcast' as const]),
  ]
  const results: IdleResult[] = []
  for (const contestant of contestants) {
    const connected: IdleCost[] = []
    const subscribed: IdleCost[] = []
    for (let round = 0; round < options.rounds; round += 1) {
      tell(`idle: round ${round + 1} of ${options.rounds}, ${contestant}`)
      connected.push(await weigh(contestant, [], options))
      subscribed.push(await weigh(contestant, [BENCH_CHANNEL], options))
    }
    results.push({ contestant, connected: middle(connected), subscribed: middle(subscribed) })
  }
  return { connections: options.connections, results }
}

function weigh(
  contestant: ContestantName,
  channels: readonly string[],
  { connections }: Options,
): Promise<IdleCost> {
  return onStage(contestant, { profile: false }, async (stage) => {
    const { server, load, port } = stage
    const empty = await server.call('usage', CALL_MS, { collect: true })
    const concurrency = OPEN_CONCURRENCY
    await load.call('open', CALL_MS, {
      contestant,
      ports: [port],
      connections,
      concurrency,
      channels,
      sampleEvery: connections,
    })
    const full = await server.call('usage', CALL_MS, { collect: true })
    const held = await server.call('connections', CALL_MS)
    if (held !== connections) throw new Error(`${contestant} holds ${held} connections`)
    return {
      emptyRssBytes: empty.rssBytes,
      fullRssBytes: full.rssBytes,
      rssBytes: (full.rssBytes - empty.rssBytes) / connections,
      heapBytes: (full.heapUsedBytes - empty.heapUsedBytes) / connections,
    }
  })
}

function middle(costs: readonly IdleCost[]): IdleCost {
  const of = (key: keyof IdleCost) => median(costs.map((cost) => cost[key]))
  return {
    emptyRssBytes: of('emptyRssBytes'),
    fullRssBytes: of('fullRssBytes'),
    rssBytes: of('rssBytes'),
    heapBytes: of('heapBytes'),
  }
}
