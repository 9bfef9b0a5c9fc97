// Which nodes live, as every engine promises it.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { TestRedis } from '../../../../tests/support/testRedis.ts'
import { overEveryEngine } from '../testing/everyEngine.ts'
import { RedisNodes } from '../testing/redisNodes.ts'
import type { NodeReport } from './registry.ts'

const LEASE_MS = 60_000
const report = (name: string, more: Partial<NodeReport> = {}): NodeReport => ({
  name,
  version: '1.2.3',
  startedAt: 1,
  status: 'ok',
  connections: 0,
  channels: 0,
  cpu: 0.25,
  rssBytes: 1_000,
  ...more,
})

overEveryEngine((subject) => {
  it('knows the node that reports, as it reported last', async () => {
    const { registry } = subject().engine
    expect(await registry.report(report('one'), LEASE_MS)).toEqual([report('one')])
    const busy = report('one', { connections: 7, status: 'degraded' })
    expect(await registry.report(busy, LEASE_MS)).toEqual([busy])
  })
})

let redis: TestRedis
beforeAll(async () => {
  redis = await TestRedis.start()
})
afterAll(() => redis?.dispose())

it('knows all nodes on one Redis until they leave or fall silent', async () => {
  const nodes = new RedisNodes(redis.url)
  const engines = [nodes.add(), nodes.add()]
  for (const engine of engines) await engine.start({ publication: () => {}, moved: () => {} })
  const [one, two] = engines.map(({ registry }) => registry)
  const names = (reports: readonly NodeReport[] = []) => reports.map(({ name }) => name)
  const [silent, leaving] = [randomUUID(), 'b']
  await two?.report(report(silent), 200)
  expect(names(await two?.report(report(leaving), LEASE_MS))).toContain(silent)
  expect(names(await one?.report(report('a'), LEASE_MS))).toEqual(expect.arrayContaining(['a', leaving]))
  await vi.waitFor(async () =>
    expect(names(await one?.report(report('a'), LEASE_MS))).toEqual(['a', leaving]),
  )
  await two?.leave(leaving)
  expect(names(await one?.report(report('a'), LEASE_MS))).toEqual(['a'])
  for (const engine of engines) await engine.stop()
})
