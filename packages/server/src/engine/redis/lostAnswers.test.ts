// What an engine makes of answers that do not come, and of a Redis that was replaced meanwhile.
import { NowcastError, type Position } from '@nowcast/protocol'
import { beforeEach, expect, it } from 'vitest'
import { channelKey } from '../../foundation/channelKey.ts'
import { createLogger } from '../../foundation/log.ts'
import { SimulatedClock } from '../../testing/simulatedClock.ts'
import { keysOf } from './keys.ts'
import type { RedisLink, RedisLinkListener } from './link.ts'
import { encodeBody } from './message.ts'
import { RedisEngine } from './redisEngine.ts'

const ROOM = channelKey('1', 'room')
const EVENT = { id: 'late', name: 'n', data: 1, history: { size: 10, ttlMs: 1_000 }, idScope: 'app' } as const

let clock: SimulatedClock
let engine: RedisEngine
let listener: RedisLinkListener | undefined
/** The marks that calls gave their messages. */
let origins: string[]
let unanswered: number
let place: { epoch: string; offset: number }
let heard: number[]
let moved: Position[]

beforeEach(async () => {
  clock = new SimulatedClock()
  origins = []
  unanswered = 0
  place = { epoch: 'one', offset: 0 }
  heard = []
  moved = []
  const link: RedisLink = {
    async start(given) {
      listener = given
      given.subscriberReady()
    },
    async stop() {},
    async run(script, _keys, args) {
      if (script === 'read') return [place.epoch, place.offset]
      origins.push(String(args[2]))
      unanswered -= 1
      if (unanswered >= 0) throw new NowcastError('unavailable', 'No answer in time.')
      place.offset += 1
      return [place.epoch, 0, place.offset]
    },
    async publish() {},
    async subscribe() {},
    async unsubscribe() {},
    ping: async () => 0,
  }
  engine = new RedisEngine(link, clock, createLogger('silent'), () => 'epoch', {
    prefix: 'n',
    node: 'here',
    idempotencyWindowMs: 1_000,
  })
  await engine.start({
    publication: (_channel, { offset }) => heard.push(offset),
    moved: (_channel, position) => moved.push(position),
  })
  await settle(engine.subscribe(ROOM))
})

async function settle<T>(work: Promise<T>): Promise<PromiseSettledResult<T> | undefined> {
  const settled = Promise.allSettled([work])
  await clock.advance(10)
  return (await settled)[0]
}

const arrive = (origin: string | undefined, offset: number) =>
  listener?.message(keysOf('n', ROOM).events, `one 0 ${origin}\n${offset} ${encodeBody(EVENT)}`)

it('hears by message what a call without an answer has published, however late', async () => {
  unanswered = 1
  expect(await settle(engine.publish(ROOM, EVENT))).toMatchObject({ status: 'rejected' })
  expect(await settle(engine.publish(ROOM, { ...EVENT, id: 'answered' }))).toMatchObject({
    status: 'fulfilled',
  })
  expect(heard).toEqual([1])
  arrive(origins[1], 1)
  expect(heard).toEqual([1])
  arrive(origins[0], 2)
  expect(heard).toEqual([1, 2])
  await engine.stop()
})

it('compares places when commands reach a server again, which may be another one', async () => {
  moved = []
  place = { epoch: 'two', offset: 0 }
  listener?.commandsReady()
  await clock.advance(10)
  expect(moved).toEqual([{ epoch: 'two', offset: 0 }])
  await engine.stop()
})
