// What counts against which limit, and what does not count at all.
import type { Command } from '@nowcast/protocol'
import { expect, it, vi } from 'vitest'
import type { Limits } from '../../engine/limits.ts'
import { MemoryLimits } from '../../engine/memory/memoryLimits.ts'
import { parseConfig } from '../../foundation/config/load.ts'
import { SimulatedClock } from '../../testing/simulatedClock.ts'
import { CommandLimits, type Limited } from './commandLimits.ts'
import { ResilientLimits } from './resilientLimits.ts'

const ada = { user: { id: 'ada' }, address: '1.1.1.1' }
const publish = { type: 'publish', id: 1, channel: 'a', event: 'e', eventId: 'x', data: null } as const

function build(limits: object, engine?: Limits) {
  const clock = new SimulatedClock()
  const limited = vi.fn()
  const counted = engine ?? new MemoryLimits(clock, 100)
  const commands = new CommandLimits('app', parseConfig({ limits }).limits, counted, { limited })
  return { clock, limited, take: (command: Command, caller: Limited = ada) => commands.take(command, caller) }
}

it('what is not limited is not counted, and does not wait', () => {
  const take = vi.fn()
  const { take: attempt } = build({}, { take })
  expect(attempt(publish)).toBeUndefined()
  expect(attempt({ type: 'ping', id: 1 })).toBeUndefined()
  expect(take).not.toHaveBeenCalled()
})

it('is free again as foretold', async () => {
  const { clock, take, limited } = build({ events: '2/10s' })
  await take(publish)
  await clock.advance(4_000)
  await take(publish)
  const refusal = { code: 'limit_exceeded', field: 'events', retryAfterMs: 6_000 }
  await expect(take(publish)).rejects.toMatchObject(refusal)
  expect(limited.mock.calls).toEqual([['events']])
  await clock.advance(5_999)
  await expect(take(publish)).rejects.toMatchObject({ retryAfterMs: 1 })
  await clock.advance(1)
  await expect(take(publish)).resolves.toBeUndefined()
})

it("one who has used up their own limit does not use up the app's", async () => {
  const { take } = build({ events: '1/h', app: '2/h' })
  await take(publish)
  for (let attempt = 0; attempt < 5; attempt += 1)
    await expect(take(publish)).rejects.toMatchObject({ field: 'events' })
  await expect(take(publish, { user: { id: 'bob' }, address: '' })).resolves.toBeUndefined()
  await expect(take(publish, { user: { id: 'eve' }, address: '' })).rejects.toMatchObject({ field: 'app' })
})

it('a user whose id looks like an address is nobody else', async () => {
  const { take } = build({ events: '1/h' })
  const anonymous = { user: undefined, address: '1.1.1.1' }
  await take(publish, { user: { id: '@1.1.1.1' }, address: '1.1.1.1' })
  await take(publish, { user: { id: '1.1.1.1' }, address: '1.1.1.1' })
  await expect(take(publish, anonymous)).resolves.toBeUndefined()
})

it('an engine that does not answer is not waited for, and the node counts by itself', async () => {
  const clock = new SimulatedClock()
  const engine: Limits = { take: () => new Promise(() => {}) }
  const limits = new ResilientLimits(engine, clock)
  const window = { count: 1, windowMs: 60_000 }
  const outcomes = Promise.all([limits.take('a', window), limits.take('a', window)])
  await clock.advance(1_000)
  expect(await outcomes).toEqual([
    { allowed: true, remaining: 0 },
    { allowed: false, retryAfterMs: 60_000 },
  ])
})

it('a fault that is not an outage is told', async () => {
  const engine: Limits = { take: () => Promise.reject(new TypeError('a mistake')) }
  const limits = new ResilientLimits(engine, new SimulatedClock())
  await expect(limits.take('a', { count: 1, windowMs: 1 })).rejects.toThrow('a mistake')
})
