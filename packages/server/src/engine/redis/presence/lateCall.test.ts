// A call that was given up may still reach Redis, after later ones: it must not undo them.
import { randomUUID } from 'node:crypto'
import { NowcastError } from '@nowcast/protocol'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { TestRedis } from '../../../../../../tests/support/testRedis.ts'
import { channelKey } from '../../../foundation/channelKey.ts'
import { systemClock } from '../../../foundation/clock.ts'
import { createLogger } from '../../../foundation/log.ts'
import { parseRedisAddress } from '../address.ts'
import { IoredisLink } from '../ioredisLink.ts'
import { RedisEngine } from '../redisEngine.ts'

const KEY = channelKey('1', 'room')
const PATIENCE = { timeout: 10_000, interval: 5 }
const log = createLogger('silent')

/** A link whose next script can be held back, as if the network were slower than patience. */
class SlowLink extends IoredisLink {
  #held: (() => Promise<unknown>) | undefined
  #holding: 'no' | 'before Redis' | 'behind Redis' = 'no'

  /** The next script fails; it runs in `letGo`, or has run already. */
  holdNext(where: 'before Redis' | 'behind Redis'): void {
    this.#holding = where
  }

  async letGo(): Promise<void> {
    await this.#held?.()
  }

  override async run(...parameters: Parameters<IoredisLink['run']>) {
    const holding = this.#holding
    this.#holding = 'no'
    if (holding === 'no') return super.run(...parameters)
    if (holding === 'behind Redis') await super.run(...parameters)
    else this.#held = () => super.run(...parameters)
    throw new NowcastError('unavailable', 'No answer in time.')
  }
}

let redis: TestRedis
let link: SlowLink
let engine: RedisEngine

beforeEach(async () => {
  redis = await TestRedis.start()
  link = new SlowLink(parseRedisAddress(redis.url), 'slow', systemClock, log)
  engine = new RedisEngine(link, systemClock, log, randomUUID, {
    prefix: 'test',
    node: 'slow',
    idempotencyWindowMs: 1_000,
    presenceLeaseMs: 400,
  })
  await engine.start({ publication: () => {}, moved: () => {} })
})
afterEach(async () => {
  await engine.stop()
  await redis.dispose()
})

const members = async () => (await engine.presence.members(KEY)).members.map(({ user }) => user).sort()
const unavailable = { code: 'unavailable' }

it('an enter and a leave that come late do nothing any more', async () => {
  await engine.presence.enter(KEY, 'ada', null)
  link.holdNext('before Redis')
  const calls = [engine.presence.enter(KEY, 'grace', null), engine.presence.leave(KEY, 'ada')]
  for (const call of calls) await expect(call).rejects.toMatchObject(unavailable)
  await engine.presence.enter(KEY, 'ada', null)
  await link.letGo().catch(() => {})
  expect(await members()).toEqual(['ada'])
})

it('an enter that failed and happened all the same is undone', async () => {
  await engine.presence.enter(KEY, 'ada', null)
  link.holdNext('behind Redis')
  await expect(engine.presence.enter(KEY, 'grace', null)).rejects.toMatchObject(unavailable)
  await vi.waitFor(async () => expect(await members()).toEqual(['ada']), PATIENCE)
})

it('a leave that failed and never happened is made up for', async () => {
  await engine.presence.enter(KEY, 'ada', null)
  link.holdNext('before Redis')
  await expect(engine.presence.leave(KEY, 'ada')).rejects.toMatchObject(unavailable)
  await vi.waitFor(async () => expect(await members()).toEqual([]), PATIENCE)
})
