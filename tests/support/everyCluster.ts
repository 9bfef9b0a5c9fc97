// Nodes with all their parts in this process, over each engine: one node alone, or two that share a Redis.
import { type ConfigInput, createNode, type Node } from '@nowcast/server'
import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import { RawClient } from './rawClient.ts'
import { TestDatabase } from './testDatabase.ts'
import { TestRedis } from './testRedis.ts'

/** Limits of a configuration in which tests do as much as they like. */
export const UNLIMITED = {
  messages: false,
  events: false,
  typing: false,
  creations: false,
  joins: false,
  http: false,
  connects: false,
  connectionsPerAddress: false,
} as const

/** Running nodes on one database, and clients that speak the protocol by hand. */
export class ClusterNodes {
  readonly database: TestDatabase
  readonly nodes: readonly Node[]
  readonly urls: readonly string[]
  readonly #clients: RawClient[] = []

  private constructor(database: TestDatabase, nodes: readonly Node[], urls: readonly string[]) {
    this.database = database
    this.nodes = nodes
    this.urls = urls
  }

  /** Starts one node, or two when there is a Redis. */
  static async start(
    database: TestDatabase,
    redis: TestRedis | undefined,
    config: ConfigInput,
  ): Promise<ClusterNodes> {
    const shared = redis === undefined ? {} : { redis: { url: redis.url } }
    const nodes: Node[] = []
    const urls: string[] = []
    for (let count = redis === undefined ? 1 : 2; count > 0; count -= 1) {
      const node = await createNode({
        port: 0,
        logLevel: 'silent',
        limits: UNLIMITED,
        database: { url: database.embedded.url, pool: 8 },
        ...shared,
        ...config,
      })
      nodes.push(node)
      urls.push(await node.listen())
    }
    return new ClusterNodes(database, nodes, urls)
  }

  /** Connects a user to the node of that number; where there is one node, to that. */
  async connect(user: string, node = 0): Promise<RawClient> {
    const url = this.urls[node % this.urls.length]
    if (url === undefined) throw new Error('unreachable')
    const client = await RawClient.connect(url, user)
    this.#clients.push(client)
    return client
  }

  /** Ends all links. */
  disconnect(): void {
    for (const client of this.#clients.splice(0)) client.terminate()
  }

  async stop(): Promise<void> {
    this.disconnect()
    for (const node of this.nodes) await node.stop()
  }
}

/** Declares the tests once for a node alone, and once for two over Redis; `nodes` answers those of the running tests. */
export function overEveryCluster(config: ConfigInput, tests: (nodes: () => ClusterNodes) => void): void {
  let database: TestDatabase
  beforeAll(async () => {
    database = await TestDatabase.start()
  })
  afterAll(() => database?.stop())

  describe.each(['one node', 'two nodes over Redis'] as const)('%s', (kind) => {
    let redis: TestRedis | undefined
    let nodes: ClusterNodes
    beforeAll(async () => {
      redis = kind === 'one node' ? undefined : await TestRedis.start()
      nodes = await ClusterNodes.start(database, redis, config)
    })
    afterEach(() => nodes.disconnect())
    afterAll(async () => {
      await nodes?.stop()
      await redis?.dispose()
    })
    tests(() => nodes)
  })
}
