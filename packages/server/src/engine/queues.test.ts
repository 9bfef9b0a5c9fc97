// Queues, as every engine promises them.
import { describe, expect, it, vi } from 'vitest'
import { overEveryEngine, simulatedMemory } from '../testing/everyEngine.ts'

const BOUNDS = { max: 3, ttlMs: 60_000 }

overEveryEngine((subject) => {
  it('gives items in the order in which they came, each once', async () => {
    const { queues } = subject().engine
    for (const item of ['öne', 'two words\n', '']) expect(await queues.push('ada', item, BOUNDS)).toBe(0)
    expect(await queues.size('ada')).toBe(3)
    expect(await queues.take('ada', 2)).toEqual(['öne', 'two words\n'])
    expect(await queues.take('ada', 2)).toEqual([''])
    expect(await queues.take('ada', 2)).toEqual([])
    expect(await queues.size('ada')).toBe(0)
  })

  it('shows items that stay, and lets go of those that were shown, however often it is asked to', async () => {
    const { queues } = subject().engine
    for (const item of ['a', 'b c', 'd']) await queues.push('ada', item, BOUNDS)
    expect(await queues.peek('ada', 2)).toEqual(['a', 'b c'])
    expect(await queues.peek('ada', 10)).toEqual(['a', 'b c', 'd'])
    await queues.drop('ada', ['a', 'b c'])
    await queues.drop('ada', ['a', 'b c'])
    expect(await queues.peek('ada', 10)).toEqual(['d'])
    expect(await queues.size('ada')).toBe(1)
    await queues.drop('ada', [])
    await queues.drop('bob', ['d'])
    expect(await queues.peek('bob', 1)).toEqual([])
  })

  it('lets go of no item that nobody has seen, when the oldest have gone meanwhile', async () => {
    const { queues } = subject().engine
    for (const item of ['a', 'b', 'c']) await queues.push('ada', item, BOUNDS)
    const shown = await queues.peek('ada', 2)
    await queues.push('ada', 'd', BOUNDS)
    await queues.drop('ada', shown)
    expect(await queues.take('ada', 10)).toEqual(['c', 'd'])
  })

  it('drops the oldest over its bound, and says so', async () => {
    const { queues } = subject().engine
    const dropped = []
    for (const item of ['a', 'b', 'c', 'd', 'e']) dropped.push(await queues.push('ada', item, BOUNDS))
    expect(dropped).toEqual([0, 0, 0, 1, 1])
    expect(await queues.push('ada', 'f', { ...BOUNDS, max: 1 })).toBe(3)
    expect(await queues.take('ada', 10)).toEqual(['f'])
  })

  it('drops each item after its time', async () => {
    const { queues } = subject().engine
    const short = { max: 10, ttlMs: 400 }
    await queues.push('ada', 'a', short)
    await subject().pass(200)
    await vi.waitFor(
      async () => {
        await queues.push('ada', 'b', short)
        await subject().pass(200)
        const [first] = await queues.take('ada', 1)
        expect(first).toBe('b')
      },
      { timeout: 5_000 },
    )
  })
})

describe('the memory engine', () => {
  it('forgets the queue that was used longest ago when there are too many', async () => {
    const { queues } = simulatedMemory({ maxQueues: 2 }).engine
    for (const key of ['a', 'b', 'c']) await queues.push(key, 'item', BOUNDS)
    expect([await queues.size('a'), await queues.size('b'), await queues.size('c')]).toEqual([0, 1, 1])
  })
})
