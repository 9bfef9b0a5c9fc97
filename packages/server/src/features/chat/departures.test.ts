// Where only the signals of a conversation are listened to, a node asks the database who is still a member.
import { NowcastError } from '@nowcast/protocol'
import { expect, it } from 'vitest'
import { MemoryEngine } from '../../engine/memory/memoryEngine.ts'
import { channelKey } from '../../foundation/channelKey.ts'
import { createLogger } from '../../foundation/log.ts'
import { plainHub } from '../../testing/plainHub.ts'
import { RecordingClient } from '../../testing/recordingClient.ts'
import { SimulatedClock } from '../../testing/simulatedClock.ts'
import { Departures } from './departures.ts'

const SIGNALS = channelKey('1', 'signals-talk')
const CONVERSATION = channelKey('1', 'conversation-talk')

/** Departures of a node, over a store that knows these members. */
async function build(members: readonly string[]) {
  const clock = new SimulatedClock()
  const engine = new MemoryEngine(clock, () => 'epoch')
  const hub = plainHub(engine, clock)
  const asked: (readonly string[])[] = []
  const state = { isDown: false }
  const membersAmong = async (_app: string, _conversation: string, users: readonly string[]) => {
    asked.push(users)
    if (state.isDown) throw new NowcastError('unavailable', 'The database is out of reach.')
    return users.filter((user) => members.includes(user))
  }
  const departures = new Departures({
    app: '1',
    store: { membersAmong },
    hub,
    clock,
    log: createLogger('silent'),
  })
  const join = async (user: string, key = SIGNALS) => {
    const connection = { ...new RecordingClient(clock).connection, user: { id: user } }
    hub.connect(connection)
    await hub.subscribe(connection, key, undefined)
    return () => connection.subscriptions.has(key)
  }
  /** Ends all subscriptions to the conversation's channel, which lingers. */
  const leaveConversation = () => {
    for (const connection of [...(hub.subscribers(CONVERSATION) ?? [])])
      hub.unsubscribe(connection, CONVERSATION)
  }
  return { clock, departures, asked, state, join, leaveConversation }
}

it('ends the signals of who is no member, after a commit and when commits may have been missed', async () => {
  for (const notice of ['committed', 'resynchronize'] as const) {
    const { clock, departures, asked, join } = await build(['ada'])
    const [isAdaThere, isEveThere] = [await join('ada'), await join('eve')]
    for (let count = 0; count < 10; count += 1) {
      if (notice === 'committed') departures.committed('talk')
      else departures.resynchronize()
    }
    await clock.advance(50)
    expect([isAdaThere(), isEveThere()]).toEqual([true, false])
    expect(asked).toEqual([['ada', 'eve']])
  }
})

it('asks nothing where the conversation itself tells, or nobody listens', async () => {
  const { clock, departures, asked, join } = await build([])
  departures.committed('talk')
  await join('ada', CONVERSATION)
  await join('ada')
  departures.committed('talk')
  departures.resynchronize()
  await clock.advance(1_000)
  expect(asked).toEqual([])
})

it('asks where the conversation itself begins, or ceases, to tell', async () => {
  const { clock, departures, asked, join, leaveConversation } = await build(['ada'])
  const isEveThere = await join('eve')
  departures.opened('talk')
  await clock.advance(50)
  expect(isEveThere()).toBe(false)
  const isEveBack = await join('eve')
  await join('ada', CONVERSATION)
  leaveConversation()
  departures.committed('talk')
  await clock.advance(50)
  expect(isEveBack()).toBe(false)
  departures.opened('elsewhere')
  await clock.advance(50)
  expect(asked).toHaveLength(2)
})

it('asks again until the database answers, and nothing any more once it was stopped', async () => {
  const { clock, departures, asked, state, join } = await build([])
  const isThere = await join('eve')
  state.isDown = true
  departures.committed('talk')
  await clock.advance(1_100)
  expect(asked.length).toBe(3)
  expect(isThere()).toBe(true)
  state.isDown = false
  await clock.advance(500)
  expect(isThere()).toBe(false)
  const later = await build([])
  await later.join('eve')
  later.departures.committed('talk')
  later.departures.stop()
  await later.clock.advance(1_000)
  expect(later.asked).toEqual([])
})
