// Nodes in this process: one alone, or two over a Redis, so that the same tests run over both.
import { type ConfigInput, createNode, type Node } from '@nowcast/server'
import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import { RawClient } from './rawClient.ts'
import { TestDatabase } from './testDatabase.ts'
import { TestRedis } from './testRedis.ts'

/** Running nodes with the same configuration, and the clients that are connected to them. */
export class TestNodes {
  readonly nodes: readonly Node[]
  readonly urls: readonly string[]
  readonly #clients: RawClient[] = []

  private constructor(nodes: readonly Node[], urls: readonly string[]) {
    this.nodes = nodes
    this.urls = urls
  }

  /** Starts a node for each configuration. */
  static async start(...configs: readonly ConfigInput[]): Promise<TestNodes> {
    const nodes: Node[] = []
    const urls: string[] = []
    for (const config of configs) {
      const node = await createNode({ port: 0, logLevel: 'silent', drainTimeout: 200, ...config })
      nodes.push(node)
      urls.push(await node.listen())
    }
    return new TestNodes(nodes, urls)
  }

  /** Connects to the node of that index; where there is only one, to that. */
  async connect(user?: string, on = 0, claims: Readonly<Record<string, unknown>> = {}): Promise<RawClient> {
    const client = await RawClient.connect(this.urls[on % this.urls.length] ?? '', user, claims)
    this.#clients.push(client)
    return client
  }

  /** Connects and subscribes. */
  async join(channel: string, user?: string, on = 0, claims = {}): Promise<RawClient> {
    const client = await this.connect(user, on, claims)
    await client.call('subscribe', { channels: [{ channel }] })
    return client
  }

  disconnectAll(): void {
    for (const client of this.#clients.splice(0)) client.terminate()
  }

  async stop(): Promise<void> {
    this.disconnectAll()
    for (const node of this.nodes) await node.stop()
  }
}

/** What tests over nodes work with. */
export interface NodesSubject {
  readonly nodes: TestNodes
  readonly database: TestDatabase
}

/** Declares the tests once for one node alone, and once for two nodes over Redis. */
export function overNodes(config: ConfigInput, tests: (subject: () => NodesSubject) => void): void {
  describe.each(['one node', 'two nodes over Redis'])('%s', (kind) => {
    let database: TestDatabase
    let redis: TestRedis | undefined
    let nodes: TestNodes

    beforeAll(async () => {
      database = await TestDatabase.start()
      const url = database.embedded.url as `postgres://${string}`
      const shared: ConfigInput = { ...config, database: { url } }
      if (kind === 'one node') {
        nodes = await TestNodes.start(shared)
        return
      }
      redis = await TestRedis.start()
      const clustered = { ...shared, redis: { url: redis.url as `redis://${string}` } }
      nodes = await TestNodes.start(clustered, clustered)
    })
    afterEach(() => nodes?.disconnectAll())
    afterAll(async () => {
      await nodes?.stop()
      await redis?.dispose()
      await database?.stop()
    })
    tests(() => ({ nodes, database }))
  })
}
