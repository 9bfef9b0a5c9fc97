// Two subscriptions of one channel on one connection, as a client makes them that got no answer in time.
import { randomUUID } from 'node:crypto'
import { NowcastError } from '@nowcast/protocol'
import { expect, it } from 'vitest'
import { MemoryEngine } from '../../engine/memory/memoryEngine.ts'
import { Grants } from '../../features/channels/grants.ts'
import { channelKey } from '../../foundation/channelKey.ts'
import { plainHub } from '../../testing/plainHub.ts'
import { RecordingClient } from '../../testing/recordingClient.ts'
import { SimulatedClock } from '../../testing/simulatedClock.ts'
import { Turns } from '../turns.ts'
import { serve } from './commands.ts'
import type { Features, NativeConnection } from './handlers/handler.ts'

it('the first of them failing late does not end the second one', async () => {
  const clock = new SimulatedClock()
  const engine = new MemoryEngine(clock, randomUUID)
  const hub = plainHub(engine, clock)
  await engine.start(hub)
  const { connection } = new RecordingClient(clock)
  hub.connect(connection)
  const checks: ((error?: NowcastError) => void)[] = []
  const access = {
    allows: () => true,
    // Whether who has just subscribed still may is asked of a database that is slow.
    stillAllows: () =>
      new Promise<boolean>((resolve, reject) => {
        checks.push((error) => (error === undefined ? resolve(true) : reject(error)))
      }),
  }
  const features = { hub, access, maxAnswerBytes: 100_000 } as unknown as Features
  const subscriber: NativeConnection = Object.assign(connection, {
    turns: new Turns(),
    grants: new Grants(),
    address: '127.0.0.1',
  })
  const subscribe = () =>
    serve(features, subscriber, { type: 'subscribe', id: 1, channels: [{ channel: 'conversation-a' }] })
  const outcomes = [subscribe(), subscribe()]
  await clock.advance(10)
  checks[0]?.(new NowcastError('unavailable', 'Not now.'))
  await clock.advance(10)
  checks[1]?.()
  expect(await Promise.all(outcomes)).toMatchObject([
    { channels: [{ error: { code: 'unavailable' } }] },
    { channels: [{ recovery: 'fresh' }] },
  ])
  expect(connection.subscriptions.has(channelKey('1', 'conversation-a'))).toBe(true)
})

it('one channel waits for nothing but itself, and nothing is left behind', async () => {
  const turns = new Turns()
  const order: string[] = []
  let finish = () => {}
  const slow = turns.run('a', async () => {
    await new Promise<void>((resolve) => {
      finish = resolve
    })
    order.push('slow a')
    throw new Error('failed')
  })
  const next = turns.run('a', async () => order.push('next a'))
  await turns.run('b', async () => order.push('b'))
  finish()
  await expect(slow).rejects.toThrow('failed')
  await next
  expect(order).toEqual(['b', 'slow a', 'next a'])
})
