// Receipts travel to the database together, few at a time or refused.
import { NowcastError } from '@nowcast/protocol'
import { expect, it } from 'vitest'
import type { CursorDraft, CursorOutcome } from '../../store/receiptStore.ts'
import { SimulatedClock } from '../../testing/simulatedClock.ts'
import { ReceiptGathering } from './receiptGathering.ts'

const WINDOW_MS = 100

function build(maxWaiting = 100, maxBatch = 100) {
  const clock = new SimulatedClock()
  const batches: (readonly CursorDraft[])[] = []
  const held: (() => void)[] = []
  const state = { isSlow: false, isDown: false }
  const keep = async (drafts: readonly CursorDraft[]): Promise<readonly CursorOutcome[]> => {
    batches.push(drafts)
    if (state.isSlow) await new Promise<void>((resolve) => held.push(resolve))
    if (state.isDown) throw new NowcastError('unavailable', 'Out of reach.')
    return drafts.map(() => ({ outcome: 'kept' }))
  }
  const gathering = new ReceiptGathering(keep, clock, { windowMs: WINDOW_MS, maxWaiting, maxBatch })
  const add = (user: string, delivered: number, read = 0) =>
    gathering.add({ app: '1', conversation: 'talk', user, delivered, read })
  return { clock, batches, held, state, gathering, add }
}

it('keeps what came within a window in one batch, one draft for each member', async () => {
  const { clock, batches, gathering, add } = build()
  const answers = [add('ada', 1), add('bob', 5, 2), add('ada', 3, 1), add('ada', 2, 2)]
  await clock.advance(WINDOW_MS - 1)
  expect(batches).toEqual([])
  expect(gathering.counts).toEqual({ batches: 0, receipts: 0, waiting: 4 })
  await clock.advance(1)
  expect(await Promise.all(answers)).toEqual(answers.map(() => ({ outcome: 'kept' })))
  expect(batches).toMatchObject([
    [
      { user: 'ada', delivered: 3, read: 2 },
      { user: 'bob', delivered: 5, read: 2 },
    ],
  ])
  expect(gathering.counts).toEqual({ batches: 1, receipts: 2, waiting: 0 })
  await clock.advance(10 * WINDOW_MS)
  expect(batches).toHaveLength(1)
})

it('gathers the next window while one is being kept', async () => {
  const { clock, batches, held, state, add } = build()
  state.isSlow = true
  const first = add('ada', 1)
  await clock.advance(WINDOW_MS)
  const second = add('ada', 2)
  await clock.advance(10 * WINDOW_MS)
  expect(batches).toHaveLength(1)
  state.isSlow = false
  held.shift()?.()
  await first
  await clock.advance(WINDOW_MS)
  await second
  expect(batches).toHaveLength(2)
})

it('refuses what is too much, and takes more once there is room', async () => {
  const { clock, add } = build(2)
  const waiting = [add('ada', 1), add('bob', 1)]
  await expect(add('cyd', 1)).rejects.toMatchObject({ code: 'unavailable', retryAfterMs: WINDOW_MS })
  await clock.advance(WINDOW_MS)
  await Promise.all(waiting)
  const later = add('cyd', 1)
  await clock.advance(WINDOW_MS)
  expect(await later).toEqual({ outcome: 'kept' })
})

it('divides what is too much for one statement', async () => {
  const { clock, batches, add } = build(100, 2)
  const answers = ['ada', 'bob', 'cyd', 'dan', 'eve'].map((user) => add(user, 1))
  await clock.advance(WINDOW_MS)
  expect(await Promise.all(answers)).toHaveLength(5)
  expect(batches.map((drafts) => drafts.map(({ user }) => user))).toEqual([
    ['ada', 'bob'],
    ['cyd', 'dan'],
    ['eve'],
  ])
})

it('tells everybody when a batch could not be kept, and goes on', async () => {
  const { clock, state, add } = build()
  state.isDown = true
  const lost = Promise.allSettled([add('ada', 1), add('ada', 2), add('bob', 1)])
  await clock.advance(WINDOW_MS)
  for (const outcome of await lost) expect(outcome).toMatchObject({ reason: { code: 'unavailable' } })
  state.isDown = false
  const kept = add('ada', 2)
  await clock.advance(WINDOW_MS)
  expect(await kept).toEqual({ outcome: 'kept' })
})

it('keeps what has gathered when it is stopped, and takes nothing more', async () => {
  const { clock, batches, held, state, gathering, add } = build()
  state.isSlow = true
  const first = add('ada', 1)
  await clock.advance(WINDOW_MS)
  const second = add('bob', 1)
  const stopping = gathering.stop()
  state.isSlow = false
  held.shift()?.()
  await stopping
  expect(await Promise.all([first, second])).toHaveLength(2)
  expect(batches).toHaveLength(2)
  await expect(add('cyd', 1)).rejects.toMatchObject({ code: 'unavailable' })
  await clock.advance(10 * WINDOW_MS)
  expect(batches).toHaveLength(2)
})
