// Who has missed what is found out behind the sender's back, in order, and later when something is out of reach.
import { type Message, NowcastError } from '@nowcast/protocol'
import { expect, it } from 'vitest'
import { createLogger } from '../../foundation/log.ts'
import { SimulatedClock } from '../../testing/simulatedClock.ts'
import { MemberIds } from './memberIds.ts'
import { MissedMessages } from './missedMessages.ts'
import type { MissedMessage } from './missedQueue.ts'

const unavailable = () => Promise.reject(new NowcastError('unavailable', 'Out of reach.'))

/** A conversation of ada, bob and carol, of whom bob is online. */
function build() {
  const clock = new SimulatedClock()
  const queued: MissedMessage[] = []
  const woken: string[] = []
  const state = { reachable: true, reads: 0, members: ['ada', 'bob', 'carol'] }
  const store = {
    members: async () => {
      state.reads += 1
      return state.members.map((id) => ({ id, role: 'member', joinedAt: 1 }) as const)
    },
  }
  const missed = new MissedMessages({
    members: new MemberIds('1', store, clock),
    people: {
      offline: async (users) => (state.reachable ? users.filter((id) => id !== 'bob') : unavailable()),
    },
    queue: {
      push: async (_conversation, message) => {
        queued.push(message)
        return 0
      },
    },
    clock,
    log: createLogger('silent'),
    onQueued: (conversation) => woken.push(conversation),
  })
  const position = (offset: number) => ({ epoch: 'e', offset })
  const message = (offset: number, fields: Partial<Message> = {}): Message => ({
    id: `m${offset}`,
    conversation: 'talk',
    offset,
    sender: 'ada',
    body: `body ${offset}`,
    createdAt: 1,
    ...fields,
  })
  const announce = (
    name: 'message:created' | 'message:completed' | 'message:edited',
    offset: number,
    fields: Partial<Message> = {},
  ) => {
    const data = message(offset, fields)
    const { conversation, sender } = data
    missed.announced({ app: '1', conversation, name, data, position: position(offset), sender, timestamp: 1 })
  }
  const joined = (id: string) =>
    missed.announced({
      app: '1',
      conversation: 'talk',
      name: 'member:joined',
      data: { id, role: 'member', joinedAt: 1 },
      position: position(1),
      sender: id,
      timestamp: 1,
    })
  /** Lets everything happen that needs no time. */
  const settle = async () => {
    for (let round = 0; round < 20; round += 1) await clock.advance(0)
  }
  return { clock, missed, queued, woken, state, announce, joined, settle }
}

const offsets = (queued: readonly MissedMessage[]) => queued.map(({ message }) => message.offset)

it('queues messages for those who are offline, but not what was changed or is still being written', async () => {
  const { announce, queued, woken, settle } = build()
  announce('message:created', 1)
  announce('message:edited', 1)
  announce('message:created', 2, { streaming: true, body: '' })
  announce('message:created', 3, { sender: 'carol' })
  announce('message:completed', 2)
  expect(queued).toEqual([])
  await settle()
  expect(queued.map(({ message, users }) => [message.offset, users])).toEqual([
    [1, ['carol']],
    [3, ['ada']],
    [2, ['carol']],
  ])
  expect(woken).toHaveLength(3)
})

it('knows the members for a few seconds, or until they change', async () => {
  const { clock, announce, joined, queued, state, settle } = build()
  announce('message:created', 1)
  announce('message:created', 2)
  await settle()
  expect(state.reads).toBe(1)
  state.members.push('dave')
  joined('dave')
  announce('message:created', 3)
  await settle()
  expect(queued.at(-1)?.users).toEqual(['carol', 'dave'])
  state.members.push('eve')
  await clock.advance(5_000)
  announce('message:created', 4)
  await settle()
  expect(queued.at(-1)?.users).toEqual(['carol', 'dave', 'eve'])
  expect(state.reads).toBe(3)
})

it('what is out of reach is asked again, and the order stays', async () => {
  const { clock, announce, queued, state, missed, settle } = build()
  state.reachable = false
  for (const offset of [1, 2, 3]) announce('message:created', offset)
  await settle()
  announce('message:created', 4)
  await clock.advance(2_500)
  expect(missed.counts).toEqual({ waiting: 4, dropped: 0 })
  state.reachable = true
  await clock.advance(1_000)
  await settle()
  expect(offsets(queued)).toEqual([1, 2, 3, 4])
  expect(missed.counts).toEqual({ waiting: 0, dropped: 0 })
})

it('keeps the newest when too many wait', async () => {
  const { clock, announce, queued, state, missed, settle } = build()
  state.reachable = false
  announce('message:created', 1)
  await settle()
  for (let offset = 2; offset <= 10_005; offset += 1) announce('message:created', offset)
  expect(missed.counts).toEqual({ waiting: 10_000, dropped: 5 })
  state.reachable = true
  await clock.advance(1_000)
  await missed.stop()
  expect(queued).toHaveLength(10_000)
  expect(queued[0]?.message.offset).toBe(6)
})

it('looks once more at what waits when it is stopped, and at nothing after that', async () => {
  const { announce, queued, missed, settle } = build()
  announce('message:created', 1)
  const stopped = missed.stop()
  announce('message:created', 2)
  await settle()
  await stopped
  expect(offsets(queued)).toEqual([1])
  const other = build()
  other.state.reachable = false
  other.announce('message:created', 1)
  await other.settle()
  await other.missed.stop()
  await other.clock.advance(60_000)
  expect(other.queued).toEqual([])
})
