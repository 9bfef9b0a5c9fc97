// What every node has seen is told once, whichever of them live and whatever they think of each other meanwhile.
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { MemoryLimits } from '../../engine/memory/memoryLimits.ts'
import { createLogger } from '../../foundation/log.ts'
import { nodeFor } from '../../foundation/rendezvous.ts'
import { SimulatedClock } from '../../testing/simulatedClock.ts'
import { ClusterNews } from './clusterNews.ts'

const NAMES = ['a', 'b', 'c']
const log = createLogger('silent')

/** Nodes over shared limits; each knows the nodes that its `views` says. */
function cluster() {
  const clock = new SimulatedClock()
  const limits = new MemoryLimits(clock, 10_000)
  const views = new Map<string, readonly string[]>(NAMES.map((name) => [name, NAMES]))
  const told: string[] = []
  const dead = new Set<string>()
  const nodes = NAMES.map((node) => ({
    node,
    news: new ClusterNews({ node, nodes: () => views.get(node) ?? [], limits, clock, log }),
  }))
  const happens = (id: string) => {
    for (const { node, news } of nodes) {
      if (dead.has(node)) continue
      news.put({ about: id, id, tell: () => dead.has(node) || told.push(id) })
    }
  }
  const recheck = async () => {
    for (const { node, news } of nodes) if (!dead.has(node)) news.recheck()
    await setImmediate()
    await clock.advance(1_000)
  }
  return { clock, views, told, dead, nodes, happens, recheck }
}

it('is told by the next node when the one whose it was has died', async () => {
  const { views, told, dead, happens, recheck } = cluster()
  const ids = Array.from({ length: 30 }, (_, index) => `room-${index}`)
  dead.add('b')
  for (const id of ids) happens(id)
  await setImmediate()
  expect([...told].sort()).toEqual(ids.filter((id) => nodeFor(NAMES, id) !== 'b').sort())
  for (const name of NAMES) views.set(name, ['a', 'c'])
  await recheck()
  expect([...told].sort()).toEqual([...ids].sort())
})

it('is told by nobody later when its time is over', async () => {
  const { clock, views, told, happens, recheck } = cluster()
  for (const name of NAMES) views.set(name, [])
  happens('room')
  await clock.advance(21_000)
  for (const name of NAMES) views.set(name, NAMES)
  await recheck()
  expect(told).toEqual([])
})

it('is told exactly once, as soon as the nodes agree', async () => {
  const view = fc.subarray(NAMES)
  const step = fc.oneof(
    fc.record({ kind: fc.constant('view' as const), node: fc.constantFrom(...NAMES), view }),
    fc.record({ kind: fc.constant('happens' as const) }),
    fc.record({ kind: fc.constant('recheck' as const) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 18 }), async (steps) => {
      const { views, told, happens, recheck } = cluster()
      let count = 0
      for (const taken of steps) {
        if (taken.kind === 'view') views.set(taken.node, taken.view)
        else if (taken.kind === 'recheck') await recheck()
        else {
          happens(`room-${count}`)
          count += 1
        }
      }
      for (const name of NAMES) views.set(name, NAMES)
      await recheck()
      expect([...told].sort()).toEqual(Array.from({ length: count }, (_, index) => `room-${index}`).sort())
    }),
    { numRuns: 200 },
  )
})
