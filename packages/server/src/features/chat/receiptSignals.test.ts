// What members are told of one another's receipts does not grow with the square of their number.
import { isObject, NowcastError, type Receipt, signalsChannel } from '@nowcast/protocol'
import { expect, it } from 'vitest'
import type { PublishRequest } from '../../engine/engine.ts'
import { type ChannelKey, channelKey } from '../../foundation/channelKey.ts'
import { createLogger } from '../../foundation/log.ts'
import { SimulatedClock } from '../../testing/simulatedClock.ts'
import { ReceiptSignals } from './receiptSignals.ts'

const WINDOW_MS = 300
const KEY = channelKey('1', signalsChannel('talk'))

function build(maxEventBytes = 65_536) {
  const clock = new SimulatedClock()
  const told: { readonly at: number; readonly receipts: readonly Receipt[] }[] = []
  const state = { isDown: false }
  const engine = {
    async publish(key: ChannelKey, { data }: PublishRequest) {
      expect(key).toBe(KEY)
      if (state.isDown) throw new NowcastError('unavailable', 'Out of reach.')
      const receipts = isObject(data) ? (data.receipts as unknown as readonly Receipt[]) : []
      told.push({ at: clock.now(), receipts })
      return { position: { epoch: 'e', offset: told.length }, timestamp: clock.now(), duplicate: false }
    },
  }
  const parts = { app: '1', engine, clock, log: createLogger('silent'), windowMs: WINDOW_MS, maxEventBytes }
  const signals = new ReceiptSignals(parts)
  const move = (count: number, offset: number) =>
    signals.moved(
      'talk',
      Array.from({ length: count }, (_, index) => ({
        user: `user-${index}`,
        delivered: offset,
        read: offset,
      })),
    )
  return { clock, told, state, signals, move }
}

it('tells what moves in small conversations at once', async () => {
  const { clock, told, move } = build()
  for (let offset = 1; offset <= 10; offset += 1) {
    move(15, offset)
    await clock.advance(WINDOW_MS)
  }
  expect(told.map(({ receipts }) => receipts[0]?.read)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
})

it('tells the newest receipt of each of many members now and then', async () => {
  const { clock, told, signals, move } = build()
  const start = clock.now()
  for (let offset = 1; offset <= 20; offset += 1) {
    move(100, offset)
    await clock.advance(WINDOW_MS)
  }
  await clock.advance(10_000)
  expect(told.map(({ at }) => at - start)).toEqual([0, 2_000, 4_000, 6_000])
  for (const { receipts } of told) expect(receipts).toHaveLength(100)
  expect(new Set(told.at(-1)?.receipts.map(({ read }) => read))).toEqual(new Set([20]))
  // Quiet again, it is told at once.
  move(1, 21)
  expect(told).toHaveLength(5)
  await signals.stop()
})

it('tells what waits before it ends, and leaves nothing running', async () => {
  const { clock, told, signals, move } = build()
  move(100, 1)
  move(3, 2)
  expect(told).toHaveLength(1)
  await signals.stop()
  expect(told[1]?.receipts).toHaveLength(3)
  await clock.advance(10_000)
  expect(told).toHaveLength(2)
})

it('goes on after what could not be told', async () => {
  const { clock, told, state, move } = build()
  state.isDown = true
  move(100, 1)
  move(100, 2)
  await clock.advance(1_999)
  state.isDown = false
  await clock.advance(1)
  expect(told.map(({ receipts }) => receipts[0]?.read)).toEqual([2])
})

it('never makes an event too large', () => {
  const { told, move } = build(1_024)
  move(100, 1)
  expect(told.flatMap(({ receipts }) => receipts)).toHaveLength(100)
  for (const { receipts } of told) {
    expect(Buffer.byteLength(JSON.stringify({ receipts }))).toBeLessThanOrEqual(1_024)
  }
})
