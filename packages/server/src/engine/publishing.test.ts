// Publishing, history and relaying, as every engine promises them.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { channelKey } from '../foundation/channelKey.ts'
import {
  type EngineSubject,
  IDEMPOTENCY_WINDOW_MS,
  overEveryEngine,
  simulatedMemory,
  startSubject,
} from '../testing/everyEngine.ts'
import type { Engine, PublishRequest } from './engine.ts'

const KEY = channelKey('1', 'room')
const HISTORY = { size: 5, ttlMs: 60_000 }

let subject: EngineSubject
let engine: Engine

const event = (id: string, data: number, more: Partial<PublishRequest> = {}): PublishRequest => ({
  id,
  name: 'tick',
  data,
  history: HISTORY,
  idScope: 'app',
  ...more,
})

overEveryEngine((current) => {
  beforeEach(() => {
    subject = current()
    engine = subject.engine
  })

  it('numbers publications 1, 2, 3… and tells them to subscribers only', async () => {
    await engine.publish(KEY, event('a', 1))
    await engine.subscribe(KEY)
    const { position } = await engine.publish(KEY, event('b', 2, { sender: 'ada', metadata: { trace: 't' } }))
    await engine.publish(channelKey('1', 'other'), event('a', 1))
    expect(position.offset).toBe(2)
    expect(subject.heard).toEqual([
      {
        epoch: position.epoch,
        publication: {
          id: 'b',
          version: 1,
          channel: 'room',
          name: 'tick',
          data: 2,
          timestamp: expect.any(Number),
          sender: 'ada',
          metadata: { trace: 't' },
          offset: 2,
        },
      },
    ])
    await engine.unsubscribe(KEY)
    await engine.publish(KEY, event('c', 3))
    expect(subject.heard).toHaveLength(1)
  })

  it('takes the same id in the same scope once, and refuses other content under it', async () => {
    await engine.subscribe(KEY)
    const ada = { idScope: 'user:ada', sender: 'ada' } as const
    const first = await engine.publish(KEY, event('a', 1, ada))
    expect(await engine.publish(KEY, event('a', 1, ada))).toEqual({ ...first, duplicate: true })
    await expect(engine.publish(KEY, event('a', 2, ada))).rejects.toMatchObject({
      code: 'idempotency_conflict',
    })
    const others = await Promise.all([
      engine.publish(KEY, event('a', 2, { idScope: 'anonymous' })),
      engine.publish(KEY, event('a', 3, { idScope: 'app' })),
    ])
    expect(others.map(({ duplicate }) => duplicate)).toEqual([false, false])
    expect(subject.heard.map(({ publication }) => publication.offset)).toEqual([1, 2, 3])
  })

  it('forgets ids after the window', async () => {
    await engine.publish(KEY, event('a', 1))
    await subject.pass(IDEMPOTENCY_WINDOW_MS + 1)
    await vi.waitFor(async () =>
      expect(await engine.publish(KEY, event('a', 2))).toMatchObject({ duplicate: false }),
    )
  })

  it('keeps history by size and by age', async () => {
    for (let index = 1; index <= 12; index += 1) await engine.publish(KEY, event(`e${index}`, index))
    const offsets = async (query: Parameters<Engine['read']>[1]) =>
      (await engine.read(KEY, query)).publications.map(({ offset }) => offset)
    expect(await offsets({ after: 0, limit: 10 })).toEqual([8, 9, 10, 11, 12])
    expect(await offsets({ after: 9, limit: 2 })).toEqual([10, 11])
    expect(await offsets({ limit: 2 })).toEqual([11, 12])
    expect(await offsets({ before: 10, limit: 10 })).toEqual([8, 9])
    expect((await engine.read(KEY, { limit: 2 })).more).toBe(true)
    const short = { size: 5, ttlMs: 300 }
    await engine.publish(KEY, event('e13', 13, { history: short }))
    await subject.pass(300)
    await vi.waitFor(async () => expect(await offsets({ after: 0, limit: 10 })).toEqual([]))
    expect((await engine.read(KEY, { limit: 1 })).position.offset).toBe(13)
  })

  it('keeps a place where it keeps no history', async () => {
    const history = { size: 0, ttlMs: 0 }
    await engine.publish(KEY, event('a', 1, { history }))
    const { position, publications } = await engine.read(KEY, { after: 0, limit: 10 })
    expect([position.offset, publications]).toEqual([1, []])
  })

  it('relays what has its place already, and keeps nothing of it', async () => {
    await engine.subscribe(KEY)
    const publication = {
      id: 'm',
      version: 1,
      channel: 'room',
      name: 'n',
      data: null,
      timestamp: 1,
      offset: 7,
    }
    await engine.relay(KEY, publication, { epoch: 'durable', offset: 7 })
    expect(subject.heard).toEqual([{ publication, epoch: 'durable' }])
    expect((await engine.read(KEY, { limit: 1 })).publications).toEqual([])
  })
})

describe('the memory engine', () => {
  beforeEach(async () => {
    subject = await startSubject(simulatedMemory({ maxStreams: 3, maxBytes: 5_000 }))
    engine = subject.engine
  })
  afterEach(() => engine.stop())

  it('starts a new epoch for a channel that it had to forget', async () => {
    const first = await engine.publish(KEY, event('a', 1))
    for (const name of ['x', 'y', 'z']) await engine.publish(channelKey('1', name), event('a', 1))
    const second = await engine.publish(KEY, event('b', 2))
    expect(second.position.offset).toBe(1)
    expect(second.position.epoch).not.toBe(first.position.epoch)
  })

  it('never forgets a channel that has subscribers', async () => {
    await engine.subscribe(KEY)
    await engine.publish(KEY, event('a', 1))
    for (const name of ['x', 'y', 'z', 'w']) await engine.publish(channelKey('1', name), event('a', 1))
    expect((await engine.publish(KEY, event('b', 2))).position.offset).toBe(2)
  })

  it('keeps what was published, however many other channels are asked about or subscribed to', async () => {
    const first = await engine.publish(KEY, event('a', 1))
    for (let index = 0; index < 20; index += 1) {
      const other = channelKey('1', `other-${index}`)
      await engine.read(other, { limit: 1 })
      await engine.subscribe(other)
      await engine.read(other, { limit: 1 })
      await engine.unsubscribe(other)
    }
    expect(await engine.read(KEY, { limit: 1 })).toMatchObject({
      position: first.position,
      publications: [{ id: 'a' }],
    })
  })

  it('names the same place for a channel that nothing was published on yet', async () => {
    const { position } = await engine.read(KEY, { limit: 1 })
    await engine.subscribe(KEY)
    expect((await engine.read(KEY, { limit: 1 })).position).toEqual(position)
    const published = await engine.publish(KEY, event('a', 1))
    expect(published.position).toEqual({ epoch: position.epoch, offset: 1 })
  })

  it('keeps no more bytes than it may, whoever publishes', async () => {
    const data = 'x'.repeat(1_000)
    const channels = ['x', 'y', 'z'].map((name) => channelKey('1', name))
    await engine.subscribe(KEY)
    for (let index = 0; index < 5; index += 1) {
      for (const channel of [KEY, ...channels]) {
        await engine.publish(channel, event(`e${index}`, 0, { data }))
      }
    }
    const slices = await Promise.all(
      [KEY, ...channels].map((channel) => engine.read(channel, { limit: 100 })),
    )
    const kept = slices.flatMap(({ publications }) => publications)
    expect(kept.length).toBeGreaterThan(0)
    expect(JSON.stringify(kept).length).toBeLessThanOrEqual(5_000)
    expect((await engine.publish(KEY, event('last', 0))).position.offset).toBe(6)
  })

  it('tells repeated content from other content, however long', async () => {
    const data = 'x'.repeat(10_000)
    const first = await engine.publish(KEY, event('a', 0, { data: `${data}1` }))
    expect(await engine.publish(KEY, event('a', 0, { data: `${data}1` }))).toEqual({
      ...first,
      duplicate: true,
    })
    await expect(engine.publish(KEY, event('a', 0, { data: `${data}2` }))).rejects.toMatchObject({
      code: 'idempotency_conflict',
    })
  })
})
