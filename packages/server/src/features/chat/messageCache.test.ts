// The cache answers only with what the conversation has now, and asks the database once for all who wait.
import { randomUUID } from 'node:crypto'
import type { Message } from '@nowcast/protocol'
import { NowcastError } from '@nowcast/protocol'
import { beforeEach, expect, it } from 'vitest'
import type { Caches } from '../../engine/caches.ts'
import { MemoryEngine } from '../../engine/memory/memoryEngine.ts'
import { createLogger } from '../../foundation/log.ts'
import type { MessageSlice } from '../../store/messageStore.ts'
import { SimulatedClock } from '../../testing/simulatedClock.ts'
import { MessageCache } from './messageCache.ts'

const KEPT = 10
const epoch = 'e'
const position = (offset: number) => ({ epoch, offset })
const message = (offset: number): Message => ({
  id: `m${offset}`,
  conversation: 'c',
  offset,
  sender: 'ada',
  body: 'x',
  createdAt: 0,
})

let clock: SimulatedClock
let caches: Pick<Caches, 'get' | 'set'>
/** Messages 1 to `newest`; every event is a message. */
let newest: number
let reads: number
let gate: Promise<void> | undefined
let cache: MessageCache
beforeEach(() => {
  clock = new SimulatedClock()
  ;({ caches } = new MemoryEngine(clock, randomUUID))
  newest = 15
  reads = 0
  gate = undefined
  cache = make()
})

function make(): MessageCache {
  const store = {
    messages: async (_app: string, _conversation: string, { limit }: { readonly limit: number }) => {
      reads += 1
      const slice: MessageSlice = {
        messages: Array.from({ length: Math.min(limit, newest) }, (_, index) => message(newest - index)),
        more: newest > limit,
        position: position(newest),
      }
      await gate
      return slice
    },
  }
  const options = { messages: KEPT, ttl: 1_000, activeTtl: 5_000 }
  return new MessageCache({ app: '1', store, caches, clock, log: createLogger('silent'), options })
}

const page = async (limit: number, before?: number, at = newest) => {
  const slice = await cache.page('c', position(at), before, limit)
  return slice && { offsets: slice.messages.map(({ offset }) => offset), more: slice.more }
}

it('answers from what it kept as long as nothing has happened', async () => {
  expect(await page(2)).toEqual({ offsets: [15, 14], more: true })
  expect(await page(3, 14)).toEqual({ offsets: [13, 12, 11], more: true })
  expect(await page(5, 11)).toEqual({ offsets: [10, 9, 8, 7, 6], more: true })
  expect(reads).toBe(1)
  expect(cache.counts).toEqual({ hits: 2, misses: 1 })
  newest = 16
  expect(await page(2)).toEqual({ offsets: [16, 15], more: true })
  expect(reads).toBe(2)
})

it('leaves to the database what it does not keep', async () => {
  await page(2)
  expect(await page(6, 11)).toBeUndefined()
  expect(await page(1, 6)).toBeUndefined()
  newest = 16
  expect(await page(1, 3)).toBeUndefined()
  expect(reads).toBe(1)
})

it('knows when it has the whole conversation', async () => {
  newest = 4
  expect(await page(20)).toEqual({ offsets: [4, 3, 2, 1], more: false })
  expect(await page(20, 3)).toEqual({ offsets: [2, 1], more: false })
  expect(await page(20, 1)).toEqual({ offsets: [], more: false })
  expect(reads).toBe(1)
})

it('asks once for all who wait, and again for who knows of something newer', async () => {
  let open = () => {}
  gate = new Promise((resolve) => {
    open = resolve
  })
  const waiting = Array.from({ length: 20 }, () => page(1))
  await clock.advance(1)
  newest = 16
  const later = Array.from({ length: 20 }, () => page(1))
  open()
  expect(await Promise.all(waiting)).toEqual(Array(20).fill({ offsets: [15], more: true }))
  expect(await Promise.all(later)).toEqual(Array(20).fill({ offsets: [16], more: true }))
  expect(reads).toBe(2)
})

it('forgets after its time', async () => {
  await page(1)
  await clock.advance(1_001)
  await page(1)
  expect(reads).toBe(2)
})

it('reads the database while there are no caches', async () => {
  const away = () => Promise.reject(new NowcastError('unavailable', 'Away.'))
  caches = { get: away, set: away }
  cache = make()
  expect(await page(2)).toEqual({ offsets: [15, 14], more: true })
  expect(await page(2)).toEqual({ offsets: [15, 14], more: true })
  expect(reads).toBe(2)
})
