// Nodes with all their parts in this process, over each engine: one node alone, or two that share a Redis.
import { type ConfigInput, createNode, type Node } from '@nowcast/server'
import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import { RawClient } from './rawClient.ts'
import { TestDatabase } from './testDatabase.ts'
import { TestRedis } from './testRedis.ts'
import { UNLIMITED } from './unlimited.ts'

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

  /** Starts a node for each configuration; without limits, unless it says otherwise. */
  static async start(database: TestDatabase, ...configs: readonly ConfigInput[]): Promise<ClusterNodes> {
    const nodes: Node[] = []
    const urls: string[] = []
    for (const config of configs) {
      const node = await createNode({
        port: 0,
        logLevel: 'silent',
        drainTimeout: 200,
        limits: UNLIMITED,
        database: { url: database.embedded.url, pool: 8 },
        ...config,
      })
      nodes.push(node)
      urls.push(await node.listen())
    }
    return new ClusterNodes(database, nodes, urls)
  }

  /** The address of the node of that number; where there is one node, of that. */
  urlOf(node: number): string {
    const url = this.urls[node % this.urls.length]
    if (url === undefined) throw new Error('unreachable')
    return url
  }

  /** Connects a user, or nobody, to the node of that number. */
  async connect(user?: string, node = 0, claims: Readonly<Record<string, unknown>> = {}): Promise<RawClient> {
    const client = await RawClient.connect(this.urlOf(node), user, claims)
    this.#clients.push(client)
    return client
  }

  /** Connects and subscribes. */
  async join(channel: string, user?: string, node = 0, claims = {}): Promise<RawClient> {
    const client = await this.connect(user, node, claims)
    await client.call('subscribe', { channels: [{ channel }] })
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
      if (kind === 'one node') {
        nodes = await ClusterNodes.start(database, config)
        return
      }
      redis = await TestRedis.start()
      const shared = { ...config, redis: { url: redis.url } }
      nodes = await ClusterNodes.start(database, shared, shared)
    })
    afterEach(() => nodes?.disconnect())
    afterAll(async () => {
      await nodes?.stop()
      await redis?.dispose()
    })
    tests(() => nodes)
  })
}
