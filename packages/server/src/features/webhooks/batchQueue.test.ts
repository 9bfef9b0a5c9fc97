// Wherever a node dies, the next one goes on: nothing is lost, nothing overtakes, and what is told twice is the same batch.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MemoryQueues } from '../../engine/memory/memoryQueues.ts'
import type { Queues } from '../../engine/queues.ts'
import { overEveryEngine } from '../../testing/everyEngine.ts'
import { SimulatedClock } from '../../testing/simulatedClock.ts'
import { BatchQueue } from './batchQueue.ts'

const LANE = 'lane'
const options = { scope: '1', maxItems: 3, maxBytes: 100, waiting: { max: 1_000, ttlMs: 60_000 } }
const alone = () => false

function queueOf(queues: Queues, node = 'north') {
  return new BatchQueue<string>(node, queues, new SimulatedClock(), options)
}

/** Queues whose node dies at its `last` call, before or after the call has had its effect. */
function mortal(queues: Queues, last: number, isAfter: boolean): Queues {
  let calls = 0
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    calls += 1
    if (calls > last || (calls === last && !isAfter)) throw new Error('dead')
    const result = await work()
    if (calls === last) throw new Error('dead')
    return result
  }
  return {
    push: (...given) => guard(() => queues.push(...given)),
    take: (...given) => guard(() => queues.take(...given)),
    peek: (...given) => guard(() => queues.peek(...given)),
    drop: (...given) => guard(() => queues.drop(...given)),
    size: (...given) => guard(() => queues.size(...given)),
  }
}

overEveryEngine((subject) => {
  it('a batch has so many items and bytes at most; the next one begins when it is done', async () => {
    const queue = queueOf(subject().engine.queues)
    const long = 'x'.repeat(93)
    const items = ['a', 'b', 'c', 'd', long, 'e', `${long}${long}`]
    for (const item of items) expect(await queue.push(LANE, item)).toBe(0)
    const batches = []
    for (;;) {
      const batch = await queue.begin(LANE, alone)
      if (batch === undefined || batch === 'busy') break
      expect(await queue.isEmpty(LANE)).toBe(false)
      batches.push(batch.items)
      await queue.finish(LANE, batch)
    }
    expect(batches).toEqual([['a', 'b', 'c'], ['d', long], ['e'], [`${long}${long}`]])
    expect(await queue.isEmpty(LANE)).toBe(true)
  })

  it('a batch that was begun is begun again as it was, by whoever goes on', async () => {
    const { queues } = subject().engine
    const [north, south] = [queueOf(queues), queueOf(queues, 'south')]
    for (const item of ['a', 'b', 'c', 'd']) await north.push(LANE, item)
    const first = await north.begin(LANE, alone)
    await north.push(LANE, 'e')
    expect(await south.begin(LANE, (node) => node === 'north')).toBe('busy')
    const second = await south.begin(LANE, alone)
    expect(second).toMatchObject({ by: 'south', items: ['a', 'b', 'c'] })
    if (typeof first !== 'object' || typeof second !== 'object') throw new Error('unreachable')
    expect([second.id, second.since]).toEqual([first.id, first.since])
    // North has lost it: what it says now concerns nobody.
    await north.finish(LANE, first)
    expect(await north.begin(LANE, (node) => node === 'south')).toBe('busy')
    await south.finish(LANE, second)
    expect(await north.begin(LANE, alone)).toMatchObject({ by: 'north', items: ['d', 'e'] })
  })
})

describe('a node that dies', () => {
  it('at any moment loses nothing, and overtakes nothing', async () => {
    const deaths = fc.array(fc.tuple(fc.integer({ min: 1, max: 25 }), fc.boolean()), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(deaths, fc.integer({ min: 0, max: 12 }), async (lives, count) => {
        const shared = new MemoryQueues(new SimulatedClock(), 100)
        const items = Array.from({ length: count }, (_, index) => `item ${index}`)
        for (const item of items) await queueOf(shared).push(LANE, item)
        const told = new Map<string, readonly string[]>()
        const live = async (queue: BatchQueue<string>) => {
          for (;;) {
            const batch = await queue.begin(LANE, alone)
            if (batch === undefined || batch === 'busy') return
            const before = told.get(batch.id)
            if (before !== undefined) expect(batch.items).toEqual(before)
            told.set(batch.id, batch.items)
            await queue.finish(LANE, batch)
          }
        }
        for (const [index, [last, isAfter]] of lives.entries()) {
          await live(queueOf(mortal(shared, last, isAfter), `node-${index}`)).catch((error: Error) => {
            if (error.message !== 'dead') throw error
          })
        }
        await live(queueOf(shared, 'survivor'))
        expect([...told.values()].flat()).toEqual(items)
        expect(await queueOf(shared).isEmpty(LANE)).toBe(true)
      }),
    )
  })
})
