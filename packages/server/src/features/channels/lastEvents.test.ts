import { beforeEach, expect, it, vi } from 'vitest'
import type { Engine, PublishRequest } from '../../engine/engine.ts'
import { channelKey } from '../../foundation/channelKey.ts'
import { systemClock } from '../../foundation/clock.ts'
import { createLogger } from '../../foundation/log.ts'
import { overEveryEngine } from '../../testing/everyEngine.ts'
import { isCacheChannel, LastEvents } from './lastEvents.ts'
import { ChannelPolicies } from './policies.ts'
import { Publisher } from './publishing.ts'

const log = createLogger('silent')
const KEY = channelKey('1', 'cache-room')
const DAY_MS = 86_400_000

let engine: Engine
let lastEvents: LastEvents

const request = (id: string, more: Partial<PublishRequest> = {}): PublishRequest => ({
  id,
  name: 'tick',
  data: id,
  history: { size: 10, ttlMs: DAY_MS },
  idScope: 'app',
  ...more,
})

/** Publishes as nodes do, but keeps only when `keep` is called. */
async function publish(id: string, more: Partial<PublishRequest> = {}) {
  const sent = request(id, more)
  const result = await engine.publish(KEY, sent)
  return { position: result.position, keep: () => lastEvents.keep(KEY, sent, result) }
}

const NO_HISTORY = { history: { size: 0, ttlMs: 0 } }

overEveryEngine((current) => {
  beforeEach(() => {
    engine = current().engine
    // Events have the time of the engine's own clock, which is not this one.
    lastEvents = new LastEvents({ engine, clock: { ...systemClock, now: () => 0 }, log, ttlMs: 60_000 })
  })

  it('answers the last event of the backend, without whom it was not for', async () => {
    const { position } = await engine.read(KEY, { limit: 1 })
    expect(await lastEvents.lastEvent(KEY, position)).toBeUndefined()
    const first = await publish('a', { exclude: '1.2', metadata: { trace: 't' }, ...NO_HISTORY })
    await first.keep()
    const last = await lastEvents.lastEvent(KEY, first.position)
    expect(last).toMatchObject({ channel: 'cache-room', offset: 1, name: 'tick', data: 'a', id: 'a' })
    expect(last).toMatchObject({ metadata: { trace: 't' }, timestamp: expect.any(Number) })
    expect(last).not.toHaveProperty('exclude')
  })

  it('answers the one that a subscriber will not hear otherwise, though a later one was kept since', async () => {
    const first = await publish('a')
    await first.keep()
    const second = await publish('b')
    await second.keep()
    expect(await lastEvents.lastEvent(KEY, first.position)).toMatchObject({ id: 'a' })
    expect(await lastEvents.lastEvent(KEY, second.position)).toMatchObject({ id: 'b' })
  })

  it('answers one that has not been kept yet', async () => {
    await (await publish('a')).keep()
    const second = await publish('b')
    expect(await lastEvents.lastEvent(KEY, second.position)).toMatchObject({ id: 'b' })
  })

  it('keeps the last one, whichever node was faster', async () => {
    const first = await publish('a', NO_HISTORY)
    const second = await publish('b', NO_HISTORY)
    await second.keep()
    await first.keep()
    expect(await lastEvents.lastEvent(KEY, second.position)).toMatchObject({ id: 'b' })
  })

  it('passes over events of clients', async () => {
    await (await publish('a')).keep()
    await publish('b', { sender: 'ada', idScope: 'user:ada' })
    await publish('c', { name: 'client-typing', idScope: 'anonymous' })
    const byBackend = await publish('d', { name: 'client-typing' })
    await byBackend.keep()
    expect(await lastEvents.lastEvent(KEY, byBackend.position)).toMatchObject({ id: 'a' })
  })

  it('goes on with what was kept when the channel begins anew', async () => {
    const { keep, position } = await publish('a')
    await keep()
    const renewed = { epoch: 'later', offset: 0 }
    const again = {
      ...engine,
      caches: engine.caches,
      read: async () => ({ position: renewed, publications: [], more: false }),
    }
    const after = new LastEvents({ engine: again, clock: systemClock, log, ttlMs: 60_000 })
    expect(await after.lastEvent(KEY, renewed)).toMatchObject({ id: 'a' })
    // Who subscribed before that hears of the gap instead.
    expect(await after.lastEvent(KEY, position)).toMatchObject({ id: 'a' })
    expect(await after.lastEvent(KEY, { epoch: 'between', offset: 3 })).toBeUndefined()
  })

  it('forgets after its time, though the history is kept for longer', async () => {
    const { keep, position } = await publish('a')
    const [written] = (await engine.read(KEY, { limit: 1 })).publications
    const now = (written?.timestamp ?? 0) + 100
    const clock = { ...systemClock, now: () => now }
    lastEvents = new LastEvents({ engine, clock, log, ttlMs: 100 })
    await keep()
    await current().pass(100)
    await vi.waitFor(async () => expect(await lastEvents.lastEvent(KEY, position)).toBeUndefined())
  })

  it('is kept by the publisher, of cache channels alone', async () => {
    const publisher = new Publisher('1', engine, new ChannelPolicies({}, log, systemClock), 1_000, lastEvents)
    for (const channel of ['cache-a', 'presence-cache-a', 'private-a']) {
      const { position } = await publisher.publish({ channel, event: 'tick', data: 1, id: channel })
      expect(await engine.caches.getNewest(`last\0${channelKey('1', channel)}`)).toEqual(
        channel === 'private-a' ? undefined : { position, value: expect.stringContaining(channel) },
      )
    }
  })
})

it('knows the names of cache channels', () => {
  const caches = ['cache-a', 'private-cache-a', 'private-encrypted-cache-a', 'presence-cache-a']
  const others = ['a', 'cachea', 'private-a', 'presence-private-cache-a', 'my-cache-a', 'Cache-a']
  expect(caches.every(isCacheChannel)).toBe(true)
  expect(others.some(isCacheChannel)).toBe(false)
})
