import { randomUUID } from 'node:crypto'
import { NowcastError } from '@nowcast/protocol'
import { beforeEach, expect, it } from 'vitest'
import { MemoryEngine } from '../../../engine/memory/memoryEngine.ts'
import { createLogger } from '../../../foundation/log.ts'
import { SimulatedClock } from '../../../testing/simulatedClock.ts'
import { Whereabouts } from './whereabouts.ts'

const DAY_MS = 86_400_000
const log = createLogger('silent')
let clock: SimulatedClock
let engine: MemoryEngine
let one: Whereabouts
let other: Whereabouts

beforeEach(() => {
  clock = new SimulatedClock()
  engine = new MemoryEngine(clock, randomUUID)
  one = new Whereabouts({ caches: engine.caches, clock, log, node: 'one' })
  other = new Whereabouts({ caches: engine.caches, clock, log, node: 'other' })
})

it('finds a session as long as it lives', async () => {
  expect(await other.find('a')).toBeUndefined()
  await one.here('a')
  expect(await other.find('a')).toBe('one')
  await clock.advance(DAY_MS)
  expect(await other.find('a')).toBe('one')
  void one.gone('a')
  await clock.advance(0)
  expect(await other.find('a')).toBeUndefined()
})

it('forgets the sessions of a node that died', async () => {
  let isDead = false
  const write = engine.caches.set.bind(engine.caches)
  const dying = new Whereabouts({
    caches: {
      get: (key) => engine.caches.get(key),
      set: async (...values) => (isDead ? undefined : write(...values)),
      delete: async () => {},
    },
    clock,
    log,
    node: 'dying',
  })
  await dying.here('a')
  isDead = true
  await clock.advance(119_000)
  expect(await other.find('a')).toBe('dying')
  await clock.advance(1_000)
  expect(await other.find('a')).toBeUndefined()
  void dying.gone('a')
})

it('goes on when a renewal fails, and begins nothing that nobody could find', async () => {
  let failing = true
  const write = engine.caches.set.bind(engine.caches)
  const caches = {
    get: (key: string) => engine.caches.get(key),
    delete: (key: string) => engine.caches.delete(key),
    async set(...values: Parameters<typeof write>) {
      if (failing) throw new NowcastError('unavailable', 'Out of reach.')
      await write(...values)
    },
  }
  const shaken = new Whereabouts({ caches, clock, log, node: 'shaken' })
  await expect(shaken.here('a')).rejects.toMatchObject({ code: 'unavailable' })
  failing = false
  await clock.advance(DAY_MS)
  expect(await other.find('a')).toBeUndefined()

  await shaken.here('a')
  failing = true
  await clock.advance(90_000)
  failing = false
  await clock.advance(60_000)
  expect(await other.find('a')).toBe('shaken')
  void shaken.gone('a')
})
