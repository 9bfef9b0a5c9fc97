// The engine over a Redis Cluster, and over servers that Sentinel fails over.
import { spawnSync } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { temporaryFolder } from '../../../../../tests/support/serverProcess.ts'
import { TestRedis } from '../../../../../tests/support/testRedis.ts'
import { Hub, hubDefaults } from '../../core/hub.ts'
import { channelKey } from '../../foundation/channelKey.ts'
import { systemClock } from '../../foundation/clock.ts'
import { PresenceFollower } from '../../testing/presenceFollower.ts'
import { RecordingClient } from '../../testing/recordingClient.ts'
import { RedisNodes } from '../../testing/redisNodes.ts'
import type { RedisEngine } from './redisEngine.ts'

const HISTORY = { size: 100, ttlMs: 60_000 }
const PATIENCE = { timeout: 20_000, interval: 20 }
const channels = Array.from({ length: 20 }, (_, index) => channelKey('1', `room-${index}`))

let folder: string
let servers: TestRedis[]
let running: { readonly engine: RedisEngine; readonly hub: Hub; readonly follower: PresenceFollower }[]

beforeEach(async () => {
  folder = await temporaryFolder()
  servers = []
  running = []
})
afterEach(async () => {
  for (const { engine, hub } of running) {
    hub.stop()
    await engine.stop()
  }
  for (const server of servers) await server.dispose()
  await rm(folder, { recursive: true, force: true })
})

async function server(flags: readonly string[] = []): Promise<TestRedis> {
  const started = await TestRedis.start(['--dir', folder, ...flags])
  servers.push(started)
  return started
}

/** Two nodes; every channel is subscribed on the second one. */
async function twoNodes(address: string) {
  const nodes = new RedisNodes(address)
  const clients: RecordingClient[] = []
  for (const engine of [nodes.add(), nodes.add()]) {
    const natureOf = () => ({
      history: engine,
      relayed: false,
      tail: 0,
      latestOnly: false,
      urgent: false,
    })
    const hub = new Hub(engine, systemClock, natureOf, hubDefaults, () => {})
    running.push({ engine, hub, follower: new PresenceFollower(engine.presence) })
    await engine.start(hub)
    const client = new RecordingClient(systemClock)
    hub.connect(client.connection)
    clients.push(client)
  }
  const [publisher, reader] = running
  const [, client] = clients
  if (publisher === undefined || reader === undefined || client === undefined) throw new Error('unreachable')
  await Promise.all(channels.map((key) => reader.hub.subscribe(client.connection, key, undefined)))
  const publish = (id: string) =>
    Promise.all(
      channels.map((key) =>
        vi.waitFor(
          () => publisher.engine.publish(key, { id, name: 'n', data: id, history: HISTORY, idScope: 'app' }),
          PATIENCE,
        ),
      ),
    )
  const heard = (id: string) => client.events.filter(({ data }) => data === id).length
  return { publisher, reader, client, publish, heard }
}

it('works over a Redis Cluster', async () => {
  const members = []
  for (let index = 0; index < 3; index += 1) {
    members.push(await server(['--cluster-enabled', 'yes', '--cluster-config-file', `nodes-${index}.conf`]))
  }
  const hosts = members.map(({ port }) => `127.0.0.1:${port}`)
  const { status, stdout } = spawnSync('redis-cli', ['--cluster', 'create', ...hosts, '--cluster-yes'], {
    encoding: 'utf8',
  })
  expect(status, stdout).toBe(0)
  const { publish, heard, reader, publisher } = await twoNodes(`redis+cluster://${hosts.join(',')}`)
  await publish('a')
  await publish('b')
  await vi.waitFor(() => expect([heard('a'), heard('b')]).toEqual([20, 20]), PATIENCE)
  const [first] = channels
  if (first === undefined) throw new Error('unreachable')
  const { publications, position } = await reader.engine.read(first, { after: 0, limit: 10 })
  expect([publications.map(({ data }) => data), position.offset]).toEqual([['a', 'b'], 2])
  expect((await publisher.engine.health()).status).toBe('up')
  await Promise.all(channels.map((key) => reader.follower.follow(key)))
  await Promise.all(channels.map((key) => publisher.engine.presence.enter(key, 'ada', key)))
  for (const key of channels) {
    await vi.waitFor(() => expect(reader.follower.members(key)).toEqual({ ada: key }), PATIENCE)
    const takes = [publisher, reader].map(({ engine }) =>
      engine.limits.take(key, { count: 1, windowMs: 60_000 }),
    )
    expect((await Promise.all(takes)).map(({ allowed }) => allowed).sort()).toEqual([false, true])
  }
}, 60_000)

it('goes on with the replica that Sentinel promotes', async () => {
  const master = await server()
  const replica = await server(['--replicaof', '127.0.0.1', String(master.port)])
  const file = join(folder, 'sentinel.conf')
  const settings = [
    `sentinel monitor primary 127.0.0.1 ${master.port} 1`,
    'sentinel down-after-milliseconds primary 500',
    'sentinel failover-timeout primary 3000',
  ]
  await writeFile(file, settings.join('\n'))
  const sentinel = await TestRedis.startSentinel(file)
  servers.push(sentinel)
  await vi.waitFor(() => {
    const { stdout } = spawnSync(
      'redis-cli',
      ['-p', String(sentinel.port), 'sentinel', 'replicas', 'primary'],
      {
        encoding: 'utf8',
      },
    )
    expect(stdout).toContain(String(replica.port))
  }, PATIENCE)
  const { publish, heard, client, publisher, reader } = await twoNodes(
    `redis+sentinel://127.0.0.1:${sentinel.port}/primary`,
  )
  await publish('a')
  await vi.waitFor(() => expect(heard('a')).toBe(20), PATIENCE)
  const [key] = channels
  if (key === undefined) throw new Error('unreachable')
  await reader.follower.follow(key)
  await publisher.engine.presence.enter(key, 'ada', 1)
  await master.kill()
  await publish('b')
  // What a replica knows may be less than what its master acknowledged: every subscriber is told.
  await vi.waitFor(() => expect(client.gaps).toHaveLength(20), PATIENCE)
  await publish('c')
  await vi.waitFor(() => expect(heard('c')).toBe(20), PATIENCE)
  // The replica's members count for nothing; those who are there enter again.
  await vi.waitFor(() => expect(reader.follower.moves(key)).toBeGreaterThan(0), PATIENCE)
  await vi.waitFor(() => expect(reader.follower.members(key)).toEqual({ ada: 1 }), PATIENCE)
}, 90_000)
