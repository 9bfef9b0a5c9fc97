// Three nodes behind a load balancer, on one Redis and one PostgreSQL, each of which every node reaches by a way of its
// own that can be cut.
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Balancer } from '../support/balancer.ts'
import { Relay } from '../support/relay.ts'
import { ServerProcess, temporaryFolder } from '../support/serverProcess.ts'
import { TestDatabase } from '../support/testDatabase.ts'
import { TestRedis } from '../support/testRedis.ts'
import { UNLIMITED_TEXT } from '../support/unlimited.ts'
import { HEAL_MS, pause } from './course.ts'

/** How long the members of a node that died stay present. */
export const LEASE_MS = 5_000

const NODES = ['north', 'east', 'west']

/** What a supervisor would wait for a node to stop. */
const STOP_MS = 30_000

/** Times are short, so that much can happen. */
const CONFIG = `export default {
  channels: {
    'kept-*': { publish: 'user', history: { size: 2000, ttl: '1h' } },
    'short-*': { publish: 'user', history: { size: 5, ttl: '1h' } },
    'live-*': { publish: 'user', history: false },
  },
  connections: { heartbeat: '3s' },
  presence: { linger: '1s', lease: ${LEASE_MS} },
  drainTimeout: '2s',
  ${UNLIMITED_TEXT},
}
`

/** One node, and its ways to Redis and PostgreSQL. */
export interface TestNode {
  readonly name: string
  readonly server: ServerProcess
  readonly redis: Relay
  readonly database: Relay
}

/** A cluster of processes. */
export class TestCluster {
  /** Holds the nodes' logs. */
  readonly folder: string
  readonly nodes: readonly TestNode[]
  readonly redis: TestRedis
  readonly database: TestDatabase
  readonly balancer: Balancer
  /** How often Redis was started again. */
  emptied = 0

  private constructor(
    folder: string,
    parts: {
      readonly nodes: readonly TestNode[]
      readonly redis: TestRedis
      readonly database: TestDatabase
      readonly balancer: Balancer
    },
  ) {
    this.folder = folder
    this.nodes = parts.nodes
    this.redis = parts.redis
    this.database = parts.database
    this.balancer = parts.balancer
  }

  /** Starts everything. */
  static async start(): Promise<TestCluster> {
    const folder = await temporaryFolder()
    const [redis, database] = await Promise.all([TestRedis.start(), TestDatabase.start()])
    const nodes: TestNode[] = []
    for (const name of NODES) nodes.push(await prepareNode(name, folder, redis, database))
    const balancer = await Balancer.start(nodes.map(({ server }) => server.port))
    const cluster = new TestCluster(folder, { nodes, redis, database, balancer })
    try {
      await Promise.all(nodes.map(({ server }) => server.start()))
    } catch (error) {
      await cluster.dispose()
      throw error
    }
    return cluster
  }

  /** Kills a node. @throws Error when it had ended by itself */
  async kill({ name, server }: TestNode): Promise<void> {
    if (!server.isRunning) throw new Error(`The node ${name} had ended by itself.`)
    await server.end('SIGKILL')
  }

  /** Tells a node to stop. @throws Error when it had ended by itself, does not end, or ends badly */
  async stop({ name, server }: TestNode): Promise<void> {
    if (!server.isRunning) throw new Error(`The node ${name} had ended by itself.`)
    const late = pause(STOP_MS).then(() => `did not stop in ${STOP_MS} ms`)
    const ended = server.end('SIGTERM').then((code) => (code === 0 ? undefined : `stopped with code ${code}`))
    const complaint = await Promise.race([ended, late])
    if (complaint !== undefined) throw new Error(`The node ${name} ${complaint}.`)
  }

  /** Starts a node as its supervisor would: again and again until it serves. */
  async startAgain({ server }: TestNode): Promise<void> {
    const deadline = Date.now() + HEAL_MS
    for (;;) {
      try {
        await server.start()
        return
      } catch (error) {
        await server.end('SIGKILL')
        if (Date.now() > deadline) throw error
        await pause(200)
      }
    }
  }

  /** Kills Redis and starts it again, empty. */
  async emptyRedis(downMs: number): Promise<void> {
    await this.redis.kill()
    await pause(downMs)
    this.emptied += 1
    await this.redis.start()
  }

  /** Nodes whose health is not "ok", and why. */
  async unwell(): Promise<string[]> {
    const reports = await Promise.all(
      this.nodes.map(async ({ name, server }) => {
        const signal = AbortSignal.timeout(5_000)
        const answer = await fetch(`${server.url}/health`, { signal }).catch((error: unknown) =>
          String(error),
        )
        if (typeof answer === 'string') return `${name}: ${answer}`
        const text = await answer.text()
        return JSON.parse(text).status === 'ok' ? undefined : `${name}: ${text}`
      }),
    )
    return reports.filter((report) => report !== undefined)
  }

  /** Ends everything, in whatever state it is. */
  async dispose({ keepFolder = false } = {}): Promise<void> {
    await this.balancer.stop()
    for (const { server, redis, database } of this.nodes) {
      await server.end('SIGKILL')
      await redis.stop()
      await database.stop()
    }
    await this.redis.dispose()
    await this.database.stop()
    if (!keepFolder) await rm(this.folder, { recursive: true, force: true })
  }
}

async function prepareNode(
  name: string,
  folder: string,
  redis: TestRedis,
  database: TestDatabase,
): Promise<TestNode> {
  const url = new URL(database.embedded.url)
  const ways = { redis: await Relay.start(redis.port), database: await Relay.start(Number(url.port)) }
  url.port = String(ways.database.port)
  const directory = join(folder, name)
  await mkdir(directory)
  const server = await ServerProcess.prepare({
    directory,
    config: CONFIG,
    flags: ['--redis', `redis://127.0.0.1:${ways.redis.port}`, '--database', url.href],
    environment: { NOWCAST_LOG_LEVEL: process.env.NOWCAST_LOG_LEVEL ?? 'warn' },
    outputFile: join(folder, `${name}.log`),
  })
  return { name, server, ...ways }
}
