// Nodes agree who works on which conversation, wake one another, and notice when somebody has died.
import { expect, it } from 'vitest'
import { MemoryQueues } from '../../engine/memory/memoryQueues.ts'
import { SimulatedClock } from '../../testing/simulatedClock.ts'
import { Rounds } from './rounds.ts'

const talks = Array.from({ length: 300 }, (_, index) => `talk-${index}`)

/** Nodes over what they share; `living` is what all of them know. */
function cluster(...names: string[]) {
  const clock = new SimulatedClock()
  const queues = new MemoryQueues(clock, 100)
  const living = new Set(names)
  const busy = new Set<string>()
  const isEmpty = async (lane: string) => !busy.has(lane)
  const woken = new Map<string, string[]>(names.map((name) => [name, []]))
  const nodes = names.map((node) => {
    const onWoken = (conversation: string) => void woken.get(node)?.push(conversation)
    return new Rounds({ scope: '1', node, nodes: () => [...living], queues, isEmpty, clock, onWoken })
  })
  for (const rounds of nodes) rounds.start()
  const owners = () => talks.map((talk) => names.filter((_, index) => nodes[index]?.isMine(talk)).join('+'))
  return { clock, living, busy, nodes, woken, owners }
}

it('every conversation has one node, and each node its share', () => {
  const { owners, living } = cluster('a', 'b', 'c')
  const before = owners()
  for (const name of ['a', 'b', 'c'])
    expect(before.filter((owner) => owner === name).length).toBeGreaterThan(60)
  living.delete('b')
  // Nothing moves but what the node had that is gone.
  expect(
    owners().every((owner, index) => (before[index] === 'b' ? owner !== 'b' : owner === before[index])),
  ).toBe(true)
})

it('whoever queues a message wakes the node that it belongs to', async () => {
  const { clock, nodes, woken, owners } = cluster('a', 'b')
  for (const talk of talks) nodes[0]?.wake(talk)
  await clock.advance(250)
  const belonging = owners()
  expect(woken.get('a')).toEqual(talks.filter((_, index) => belonging[index] === 'a'))
  expect(woken.get('b')).toEqual(talks.filter((_, index) => belonging[index] === 'b'))
})

it('what a node that died did not finish goes to another one', async () => {
  const { clock, nodes, woken, living, busy, owners } = cluster('a', 'b')
  const talk = talks[owners().indexOf('b')] ?? ''
  busy.add(talk)
  nodes[1]?.stop()
  nodes[0]?.wake(talk)
  await clock.advance(1_000)
  living.delete('b')
  await clock.advance(5_000)
  expect(woken.get('a')).toEqual([talk])
})

it('what there is no node for waits for the next one', async () => {
  const { clock, nodes, woken, living } = cluster('a')
  living.clear()
  nodes[0]?.wake('talk')
  await clock.advance(60_000)
  expect(woken.get('a')).toEqual([])
  living.add('a')
  await clock.advance(250)
  expect(woken.get('a')).toEqual(['talk'])
})
