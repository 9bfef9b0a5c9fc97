// Nodes as they are put together agree who tells what becomes of channels, also when one of them is killed.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { TestRedis } from '../../../../tests/support/testRedis.ts'
import type { OccupancyListener } from '../features/occupancy/occupancy.ts'
import { channelKey } from '../foundation/channelKey.ts'
import { parseConfig } from '../foundation/config/load.ts'
import { createLogger } from '../foundation/log.ts'
import { RecordingClient } from '../testing/recordingClient.ts'
import { engineListener } from './engine.ts'
import { buildParts } from './parts.ts'
import { buildServices } from './services.ts'

const UNUSED_DATABASE = 'postgres://nobody@127.0.0.1:1/none'
const log = createLogger('silent')

let redis: TestRedis
beforeAll(async () => {
  redis = await TestRedis.start()
})
afterAll(() => redis?.dispose())

/** The parts of a node that have to do with channels, started. */
async function startNode(told: string[], prefix: string) {
  const config = parseConfig({
    logLevel: 'silent',
    redis: { url: redis.url, prefix },
    presence: { lease: 2_000 },
    pusher: {
      linger: 200,
      subscriptionCounts: true,
      webhooks: [{ url: 'http://127.0.0.1:1/' }],
    },
  })
  const parts = buildParts(config, UNUSED_DATABASE, log)
  const { occupancy, registration } = buildServices(parts)
  const { engine, hub, calls, presences, clock } = parts
  const listener: OccupancyListener = {
    occupied: (key) => told.push(`occupied ${key}`),
    vacated: (key) => told.push(`vacated ${key}`),
    memberAdded: () => {},
    memberRemoved: () => {},
    counted: (key, count) => told.push(`${count} on ${key}`),
  }
  occupancy.listen(listener)
  await engine.start(engineListener(calls, hub))
  await calls.start()
  occupancy.start()
  await registration.start()
  return {
    occupancy,
    async join(channel: string) {
      const { connection } = new RecordingClient(clock)
      hub.connect(connection)
      await hub.subscribe(connection, channelKey('1', channel), undefined)
      return () => hub.disconnect(connection)
    },
    async kill() {
      await engine.stop()
      await occupancy.stop()
      await presences.stop()
      await registration.stop()
      calls.stop()
      hub.stop()
    },
  }
}

it('what becomes of channels is told once, whoever is killed', { timeout: 60_000 }, async () => {
  const [told, prefix] = [[] as string[], randomUUID()]
  const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 25_000, interval: 20 })
  const first = await startNode(told, prefix)
  const leave = await first.join('early')
  // Who tells is clear once a node has lived for a while; what happens before is told then.
  await until(() => expect(told).toContain('occupied 1:early'))
  const second = await startNode(told, prefix)
  const rooms = Array.from({ length: 10 }, (_, index) => `room-${index}`)
  for (const room of rooms) await second.join(room)
  await until(() => expect(told.filter((news) => news.startsWith('occupied'))).toHaveLength(11))
  await until(async () => {
    const early = await second.occupancy.channels('1', '')
    expect(early).toEqual(['early', ...rooms])
  })
  told.length = 0
  await second.kill()
  await until(() => expect(told.filter((news) => news.startsWith('vacated'))).toHaveLength(10))
  leave()
  await until(() => expect(told).toContain('vacated 1:early'))
  expect(told.filter((news) => news.startsWith('vacated')).sort()).toEqual(
    ['early', ...rooms].map((room) => `vacated 1:${room}`),
  )
  await first.kill()
})
