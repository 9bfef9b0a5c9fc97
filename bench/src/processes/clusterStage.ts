// A cluster of one contestant: nodes on one Redis, and the load process that is about to connect to them.
import type {
  ContestantName,
  LoadProcess,
  RedisProcess,
  ServerProcess,
  SharedServices,
  SocketioAdapter,
} from './contracts.ts'
import type { Remote } from './remote.ts'
import { startLoad, startRedis, startServer, withFolder } from './start.ts'

/** Who takes part with several nodes. */
export const clusterContestants = [
  'nowcast',
  'socket.io classic',
  'socket.io sharded',
  'socket.io streams',
] as const

/** A contestant over Redis: Nowcast, or Socket.IO with one of its adapters. */
export type ClusterContestant = (typeof clusterContestants)[number]

const ways: Readonly<
  Record<ClusterContestant, { readonly name: ContestantName; readonly adapter?: SocketioAdapter }>
> = {
  nowcast: { name: 'nowcast' },
  'socket.io classic': { name: 'socket.io', adapter: 'classic' },
  'socket.io sharded': { name: 'socket.io', adapter: 'sharded' },
  'socket.io streams': { name: 'socket.io', adapter: 'streams' },
}

const NODES = 3
const START_MS = 60_000
const STOP_MS = 30_000

/** One node. */
export interface ClusterNode {
  readonly server: Remote<ServerProcess>
  readonly port: number
}

/** A running cluster. */
export interface ClusterStage {
  readonly contestant: ClusterContestant
  /** How its subscribers speak. */
  readonly dialect: ContestantName
  /** The node that publishes. */
  readonly publisher: ClusterNode
  /** The others. */
  readonly receivers: readonly ClusterNode[]
  readonly redis: Remote<RedisProcess>
  readonly load: Remote<LoadProcess>
}

/**
 * Runs `act` with fresh nodes, a fresh Redis and a fresh load process; all are gone afterwards.
 * @throws Error when one does not start, or what `act` throws
 */
export function onCluster<R>(
  contestant: ClusterContestant,
  databaseUrl: string,
  profile: boolean,
  act: (stage: ClusterStage) => Promise<R>,
): Promise<R> {
  const { name: dialect, adapter } = ways[contestant]
  return withFolder(async (dataDir) => {
    const redis = startRedis()
    const load = startLoad(contestant)
    const servers = Array.from({ length: NODES }, () => startServer(dialect, profile))
    try {
      const { url: redisUrl } = await redis.call('start', START_MS)
      const shared: SharedServices = { redisUrl, databaseUrl, ...(adapter === undefined ? {} : { adapter }) }
      const nodes = await Promise.all(
        servers.map(async (server) => {
          const { port } = await server.call('listen', START_MS, { dataDir, shared })
          return { server, port }
        }),
      )
      const [publisher, ...receivers] = nodes
      if (publisher === undefined) throw new Error('a cluster needs nodes')
      const result = await act({ contestant, dialect, publisher, receivers, redis, load })
      await load.stop()
      for (const server of servers) if (server.running) await server.call('close', STOP_MS)
      return result
    } finally {
      await Promise.all([load.stop(), ...servers.map((server) => server.stop())])
      await redis.stop()
    }
  })
}
