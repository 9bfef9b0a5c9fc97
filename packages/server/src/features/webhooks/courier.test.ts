// What becomes of a batch: taken, refused, tried again and again, handed over, and begun by a node that died.
import { expect, it } from 'vitest'
import { MemoryQueues } from '../../engine/memory/memoryQueues.ts'
import { createLogger } from '../../foundation/log.ts'
import { SimulatedClock } from '../../testing/simulatedClock.ts'
import type { BatchQueue } from './batchQueue.ts'
import { Courier } from './courier.ts'
import { createMissedQueue, type MissedMessage } from './missedQueue.ts'
import { parseRetryAfter, type RequestOutcome } from './requests.ts'

const TALK = 'talk'
const message = (offset: number) => ({
  id: `m${offset}`,
  conversation: TALK,
  offset,
  sender: 'ada',
  body: `body ${offset}`,
  createdAt: 1,
})
const failed = { outcome: 'failed', reason: 'it answered 500' } as const

/** What nodes share, and the application. */
function world() {
  const clock = new SimulatedClock()
  const queues = new MemoryQueues(clock, 100)
  const posts: {
    readonly by: string
    readonly id: string
    readonly offsets: number[]
    readonly at: number
  }[] = []
  const startedAt = clock.now()
  let answer = (_by: string): RequestOutcome | Promise<RequestOutcome> => ({ outcome: 'accepted' })
  let owner = 'north'
  const handedOver: string[] = []
  const alive = new Set(['north', 'south'])
  const node = (name: string) => {
    const queue = createMissedQueue('1', name, queues, clock)
    const courier = new Courier({
      queue,
      windowMs: 0,
      requests: {
        post: async ({ id, items }) => {
          const offsets = items.map((missed) => missed.message.offset)
          posts.push({ by: name, id, offsets, at: clock.now() - startedAt })
          return answer(name)
        },
        stop: () => {},
      },
      retryForMs: 10_000,
      timeoutMs: 3_000,
      clock,
      log: createLogger('silent'),
      random: () => 0.5,
      isMine: () => owner === name,
      isAlive: (other) => alive.has(other),
      onHandedOver: () => handedOver.push(name),
    })
    return { courier, queue }
  }
  return {
    clock,
    posts,
    handedOver,
    alive,
    node,
    answers: (next: typeof answer) => {
      answer = next
    },
    belongsTo: (name: string) => {
      owner = name
    },
  }
}

/** Lets everything happen that needs no time, before and after `ms` milliseconds pass. */
async function pass(clock: SimulatedClock, ms = 0): Promise<void> {
  const settle = async () => {
    for (let round = 0; round < 20; round += 1) await clock.advance(0)
  }
  await settle()
  await clock.advance(ms)
  await settle()
}

async function queued(queue: BatchQueue<MissedMessage>, count: number): Promise<void> {
  for (let offset = 1; offset <= count; offset += 1)
    await queue.push(TALK, { message: message(offset), users: ['bob'] })
}

it('sends batch after batch until nothing waits', async () => {
  const { clock, posts, node } = world()
  const { courier, queue } = node('north')
  await queued(queue, 120)
  courier.wake(TALK)
  await pass(clock)
  expect(posts.map(({ offsets }) => offsets.length)).toEqual([50, 50, 20])
  expect(posts.flatMap(({ offsets }) => offsets)).toEqual(
    Array.from({ length: 120 }, (_, index) => index + 1),
  )
  expect(new Set(posts.map(({ id }) => id)).size).toBe(3)
  expect(courier.counts).toEqual({ sent: 120, failed: 0, dropped: 0, waiting: 0 })
})

it('tries again after longer and longer times, with the same id, until it is too late', async () => {
  const { clock, posts, node, answers } = world()
  const { courier, queue } = node('north')
  answers(() => failed)
  await queued(queue, 2)
  courier.wake(TALK)
  await pass(clock, 60_000)
  expect(posts.map(({ at }) => at)).toEqual([0, 500, 1_500, 3_500, 7_500])
  expect(new Set(posts.map(({ id }) => id)).size).toBe(1)
  expect(courier.counts).toEqual({ sent: 0, failed: 5, dropped: 2, waiting: 0 })
})

it('waits as long as it is asked to, and no less than it would by itself', async () => {
  const { clock, posts, node, answers } = world()
  const { courier, queue } = node('north')
  const waits = [4_000, 1]
  answers(() => {
    const retryAfterMs = waits.shift()
    return retryAfterMs === undefined ? { outcome: 'accepted' } : { ...failed, retryAfterMs }
  })
  await queued(queue, 1)
  courier.wake(TALK)
  await pass(clock, 60_000)
  expect(posts.map(({ at }) => at)).toEqual([0, 4_000, 5_000])
})

it('another node goes on with what one that died had begun', async () => {
  const { clock, posts, node, answers, alive, belongsTo } = world()
  const [north, south] = [node('north'), node('south')]
  answers((by) => (by === 'north' ? new Promise(() => {}) : { outcome: 'accepted' }))
  await queued(north.queue, 60)
  north.courier.wake(TALK)
  await pass(clock)
  alive.delete('north')
  belongsTo('south')
  south.courier.wake(TALK)
  await pass(clock)
  expect(posts.map(({ by, offsets }) => [by, offsets.length])).toEqual([
    ['north', 50],
    ['south', 50],
    ['south', 10],
  ])
  expect(posts[1]?.id).toBe(posts[0]?.id)
})

it('a node that lives finishes its attempt, and leaves the next one to the node that it belongs to now', async () => {
  const { clock, posts, node, answers, belongsTo, handedOver } = world()
  const [north, south] = [node('north'), node('south')]
  answers((by) => (by === 'north' ? failed : { outcome: 'accepted' }))
  await queued(north.queue, 1)
  north.courier.wake(TALK)
  await pass(clock, 100)
  belongsTo('south')
  south.courier.wake(TALK)
  await pass(clock, 2_000)
  expect(handedOver).toEqual(['north'])
  expect(posts).toHaveLength(1)
  await pass(clock, 2_000)
  expect(posts.map(({ by }) => by)).toEqual(['north', 'south'])
  expect(posts[1]?.id).toBe(posts[0]?.id)
})

it('does not wait any more once it is stopped, and hands over what is left', async () => {
  const { clock, posts, node, answers, handedOver } = world()
  const { courier, queue } = node('north')
  answers(() => failed)
  await queued(queue, 1)
  courier.wake(TALK)
  await pass(clock, 10)
  courier.stop()
  courier.wake(TALK)
  await pass(clock, 60_000)
  expect(posts).toHaveLength(1)
  expect(handedOver).toEqual(['north'])
  expect(await queue.isEmpty(TALK)).toBe(false)
})

it.each([
  ['3', 3_000],
  ['0', 0],
  ['-5', 0],
  [null, undefined],
  ['', undefined],
  ['soon', undefined],
  ['Thu, 01 Jan 1970 00:01:40 GMT', 90_000],
  ['Thu, 01 Jan 1970 00:00:01 GMT', 0],
])('understands Retry-After: %s', (text, waitMs) => {
  expect(parseRetryAfter(text, 10_000)).toBe(waitMs)
})
