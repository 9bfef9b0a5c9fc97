// Subscriptions that are wanted are made, however often Redis does not answer.
import { NowcastError } from '@nowcast/protocol'
import { beforeEach, describe, expect, it } from 'vitest'
import { type ChannelKey, channelKey } from '../../foundation/channelKey.ts'
import { SimulatedClock } from '../../testing/simulatedClock.ts'
import type { RedisLink } from './link.ts'
import { RedisSubscriptions } from './subscriptions.ts'

const ROOM = channelKey('1', 'room')

let clock: SimulatedClock
let subscribed: string[]
/** Commands that are not answered in time from now on. */
let unanswered: number
let subscriptions: RedisSubscriptions

beforeEach(() => {
  clock = new SimulatedClock()
  subscribed = []
  unanswered = 0
  const link: Pick<RedisLink, 'subscribe' | 'unsubscribe'> = {
    async subscribe(names) {
      unanswered -= 1
      if (unanswered >= 0) throw new NowcastError('unavailable', 'No answer in time.')
      subscribed.push(...names)
    },
    async unsubscribe() {},
  }
  subscriptions = new RedisSubscriptions({ link, clock, nameOf: (channel: ChannelKey) => channel })
})

/** Lets what was asked for in this turn be sent. */
async function subscribe(relayed: boolean): Promise<void> {
  const subscribing = subscriptions.subscribe(ROOM, relayed)
  await Promise.all([subscribing, clock.advance(0).then(() => clock.advance(0))])
}

describe('a connection that does not answer but is not lost', () => {
  it('is asked again until everything that is wanted is subscribed', async () => {
    await subscriptions.connected()
    await subscribe(false)
    unanswered = 3
    const connected = subscriptions.connected()
    await clock.advance(5_000)
    expect(await connected).toBe(true)
    expect(subscribed).toEqual([ROOM, ROOM])
  })

  it('is asked again for a relayed channel, whose subscription never fails', async () => {
    await subscriptions.connected()
    unanswered = 2
    await subscribe(true)
    expect(subscribed).toEqual([])
    await clock.advance(1_000)
    expect(subscribed).toEqual([ROOM])
  })
})

it('asks nothing more of a connection that is lost', async () => {
  await subscriptions.connected()
  await subscribe(false)
  unanswered = 1_000
  const connected = subscriptions.connected()
  await clock.advance(2_000)
  subscriptions.disconnected()
  const left = unanswered
  await clock.advance(5_000)
  expect(unanswered).toBe(left)
  unanswered = 0
  expect(await subscriptions.connected()).toBe(true)
  expect(await connected).toBe(false)
})
