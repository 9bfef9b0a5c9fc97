// Caches, as every engine promises them.
import { describe, expect, it, vi } from 'vitest'
import { overEveryEngine, simulatedMemory } from '../testing/everyEngine.ts'

overEveryEngine((subject) => {
  it('answers what was set until it is deleted, and counts hits and misses', async () => {
    const { caches } = subject().engine
    expect(await caches.get('a')).toBeUndefined()
    await caches.set('a', 'öne\n', 60_000)
    await caches.set('b', '', 60_000)
    expect([await caches.get('a'), await caches.get('b')]).toEqual(['öne\n', ''])
    await caches.set('a', 'two', 60_000)
    expect(await caches.get('a')).toBe('two')
    await caches.delete('a')
    expect(await caches.get('a')).toBeUndefined()
    expect([caches.hits, caches.misses]).toEqual([3, 2])
  })

  it('keeps the value of the latest place, in whatever order they come', async () => {
    const { caches } = subject().engine
    const at = (offset: number, epoch = 'a-1') => ({ position: { epoch, offset }, value: `${offset}:ö\n` })
    expect(await caches.getNewest('a')).toBeUndefined()
    await caches.setNewest('a', at(9), 60_000)
    await caches.setNewest('a', at(10), 60_000)
    await caches.setNewest('a', at(2), 60_000)
    expect(await caches.getNewest('a')).toEqual(at(10))
    await caches.setNewest('a', at(1, 'b-2'), 60_000)
    expect(await caches.getNewest('a')).toEqual(at(1, 'b-2'))
  })

  it('keeps the value of an earlier place once that of a later one has ended', async () => {
    const { caches } = subject().engine
    const at = (offset: number) => ({ position: { epoch: 'a', offset }, value: 'x' })
    await caches.setNewest('a', at(2), 100)
    await subject().pass(100)
    await vi.waitFor(async () => expect(await caches.getNewest('a')).toBeUndefined())
    await caches.setNewest('a', at(1), 60_000)
    expect(await caches.getNewest('a')).toEqual(at(1))
  })

  it('forgets a value after its time', async () => {
    const { caches } = subject().engine
    await caches.set('a', 'one', 100)
    await subject().pass(100)
    await vi.waitFor(async () => expect(await caches.get('a')).toBeUndefined())
  })
})

describe('the memory engine', () => {
  it('forgets what was used longest ago when there is too much', async () => {
    const { caches } = simulatedMemory({ maxCached: 2 }).engine
    await caches.set('a', '1', 60_000)
    await caches.set('b', '2', 60_000)
    await caches.get('a')
    await caches.set('c', '3', 60_000)
    expect([await caches.get('a'), await caches.get('b'), await caches.get('c')]).toEqual([
      '1',
      undefined,
      '3',
    ])
  })
})
