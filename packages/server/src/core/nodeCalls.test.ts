// One node asks another: over the engine that both share, and what becomes of it when there is no answer.
import { NowcastError, type Publication } from '@nowcast/protocol'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { TestRedis } from '../../../../tests/support/testRedis.ts'
import type { Engine, EngineListener } from '../engine/engine.ts'
import { systemClock } from '../foundation/clock.ts'
import { createLogger } from '../foundation/log.ts'
import { simulatedMemory } from '../testing/everyEngine.ts'
import { RedisNodes } from '../testing/redisNodes.ts'
import { SimulatedClock } from '../testing/simulatedClock.ts'
import { NodeCalls } from './nodeCalls.ts'

const log = createLogger('silent')
const noTime = new SimulatedClock()

let redis: TestRedis
let cluster: RedisNodes
const engines: Engine[] = []

beforeAll(async () => {
  redis = await TestRedis.start()
  cluster = new RedisNodes(redis.url)
})
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.stop()
})
afterAll(() => redis?.dispose())

async function node(name: string, engine: Engine = cluster.add(), clock = systemClock): Promise<NodeCalls> {
  engines.push(engine)
  const calls = new NodeCalls(engine, clock, log, name)
  const others: EngineListener['publication'] = (key) => {
    throw new Error(`Nobody asked for ${key}.`)
  }
  await engine.start({
    publication(key, publication, epoch) {
      if (key === calls.key) calls.receive(publication)
      else others(key, publication, epoch)
    },
    moved: () => {},
  })
  await calls.start()
  return calls
}

describe('a node that asks', () => {
  it('hears what another answers, or refuses', async () => {
    const [north, south] = [await node('north'), await node('south.example')]
    south.serve('double', async (payload) => Number(payload) * 2)
    south.serve('refuse', async () => {
      throw new NowcastError('not_found', 'There is none.', { field: 'n' })
    })
    south.serve('break', async () => {
      throw new Error('a secret')
    })
    const answers = await Promise.all([1, 2, 3].map((n) => north.call('south.example', 'double', n, 5_000)))
    expect(answers).toEqual([2, 4, 6])
    const asked = (kind: string) => north.call('south.example', kind, null, 5_000)
    await expect(asked('refuse')).rejects.toMatchObject({ code: 'not_found', field: 'n' })
    await expect(asked('break')).rejects.toMatchObject({
      code: 'internal',
      message: 'Something went wrong on the other node.',
    })
    await expect(asked('nothing')).rejects.toMatchObject({ code: 'unknown_command' })
  })

  it('asks itself without the engine', async () => {
    const alone = await node('alone', simulatedMemory().engine)
    alone.serve('double', async (payload) => Number(payload) * 2)
    expect(await alone.call('alone', 'double', 4, 5_000)).toBe(8)
    await expect(alone.call('alone', 'nothing', 4, 5_000)).rejects.toMatchObject({ code: 'unknown_command' })
  })

  it('gives up in time when nobody answers, and hears no answer that comes late', async () => {
    const clock = new SimulatedClock()
    const said: Publication[] = []
    const engine = {
      subscribe: async () => {},
      relay: async (_key: unknown, publication: Publication) => void said.push(publication),
    }
    const calls = new NodeCalls(engine, clock, log, 'north')
    const asked = calls.call('nobody', 'double', 1, 3_000)
    const failed = expect(asked).rejects.toMatchObject({ code: 'timeout' })
    await clock.advance(3_000)
    await failed
    const [question] = said
    if (question === undefined) throw new Error('Nothing was asked.')
    calls.receive({ ...question, name: 'answer', data: { result: 2 } })
  })

  it('says that others are out of reach when the engine is, and when it stops', async () => {
    const engine = {
      subscribe: async () => {},
      relay: vi.fn(async () => {
        throw new NowcastError('unavailable', 'Redis is out of reach.')
      }),
    }
    const calls = new NodeCalls(engine, noTime, log, 'north')
    await expect(calls.call('south', 'double', 1, 3_000)).rejects.toMatchObject({ code: 'unavailable' })
    engine.relay.mockImplementation(async () => new Promise(() => {}))
    const waiting = calls.call('south', 'double', 1, 3_000)
    calls.stop()
    await expect(waiting).rejects.toMatchObject({ code: 'draining' })
    await expect(calls.call('south', 'double', 1, 3_000)).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('has a bounded number of questions under way', async () => {
    const engine = { subscribe: async () => {}, relay: async () => {} }
    const calls = new NodeCalls(engine, noTime, log, 'north')
    const waiting = Array.from({ length: 50_000 }, () => calls.call('south', 'double', 1, 3_000))
    await expect(calls.call('south', 'double', 1, 3_000)).rejects.toMatchObject({ code: 'unavailable' })
    calls.stop()
    expect((await Promise.allSettled(waiting)).every(({ status }) => status === 'rejected')).toBe(true)
  })
})
